//! `chartgate worker`: judges charts and follows upstreams beside any number of servers, over the database they share.
//! It serves nothing but its own health.

use std::net::{SocketAddr, TcpListener};

use super::place::{Place, Running};
use super::serve::{start_log, stop_signal};
use super::{Failure, Outcome, exit, note, print, runtime};
use crate::app::App;
use crate::model::Clock;
use crate::{jobs, web};

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    running: Running,
    /// Address and port of /healthz and /readyz; none when absent
    #[arg(long, env = "CHARTGATE_LISTEN")]
    listen: Option<SocketAddr>,
}

pub(super) fn run(args: &Args) -> Outcome {
    start_log();
    runtime()?.block_on(work(args))
}

async fn work(args: &Args) -> Outcome {
    let mut config = args.place.config(args.listen.unwrap_or(super::serve::DEFAULT_LISTEN))?;
    args.running.apply(&mut config, 1)?;
    config.workers = config.workers.max(1);
    if matches!(config.database, crate::config::Database::File) {
        let what = "a worker needs the PostgreSQL database that its servers use (--database); with a file as database, the server runs the jobs itself";
        return Err(Failure::new(exit::USAGE, what));
    }
    let health = match args.listen {
        Some(listen) => Some(
            TcpListener::bind(listen)
                .map_err(|error| Failure::new(exit::USAGE, format!("cannot listen on {listen}: {error}")))?,
        ),
        None => None,
    };
    let app = App::open(config, Clock::System).await?;
    app.blobs.try_out(&app.config).await?;
    let server = health.map(|listener| web::health_server(&app, listener)).transpose().map_err(|error| {
        Failure::new(exit::UNEXPECTED, format!("the worker's health cannot be served: {error}"))
    })?;
    let handle = server.as_ref().map(actix_web::dev::Server::handle);
    let serving = server.map(tokio::spawn);
    let workers = jobs::start(&app).await?;
    print(&format!("chartgate {} worker {} is ready\n", env!("CARGO_PKG_VERSION"), app.worker))?;
    note(&format!("{}: finishing what is under way", stop_signal().await));
    workers.stop().await;
    if let (Some(handle), Some(serving)) = (handle, serving) {
        handle.stop(true).await;
        let _ = serving.await;
    }
    app.db.close().await;
    Ok(exit::DONE)
}
