//! `chartgate serve`: the server. Without configuration it is the whole of it in one process; the first start makes what is
//! missing and says how to sign in, push and pull.

use std::io::IsTerminal as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;

use super::place::{ADDRESS_FILE, Place, Running};
use super::{Failure, Outcome, exit, note, print, runtime};
use crate::app::App;
use crate::config::Database;
use crate::model::Clock;
use crate::setup::{self, Welcome};
use crate::{jobs, registry, web};

/// Where the server listens unless told otherwise.
pub(super) const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
/// Held by a running server, so that a second one on the same folder stops at once.
const LOCK_FILE: &str = "serve.lock";

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    place: Place,
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, env = "CHARTGATE_LISTEN", default_value_t = DEFAULT_LISTEN)]
    listen: SocketAddr,
    /// Let everybody read approved charts without a token
    #[arg(long, env = "CHARTGATE_ANONYMOUS_READ", default_value_t = true, action = clap::ArgAction::Set)]
    anonymous_read: bool,
    #[command(flatten)]
    running: Running,
    /// Take in three small charts that show a pass, a block and a chart that cannot be judged
    #[arg(long)]
    sample: bool,
}

pub(super) fn run(args: &Args) -> Outcome {
    start_log();
    runtime()?.block_on(serve(args))
}

async fn serve(args: &Args) -> Outcome {
    let listener = TcpListener::bind(args.listen)
        .map_err(|error| Failure::new(exit::USAGE, format!("cannot listen on {}: {error}", args.listen)))?;
    let address = listener
        .local_addr()
        .map_err(|error| Failure::new(exit::USAGE, format!("cannot listen on {}: {error}", args.listen)))?;
    let mut config = args.place.config(address)?;
    config.anonymous_read = args.anonymous_read;
    let alone = matches!(config.database, Database::File);
    args.running.apply(&mut config, usize::from(alone))?;
    let lock = if alone { Some(lock(&args.place.data)?) } else { None };
    let app = App::open(config, Clock::System).await?;
    app.blobs.try_out(&app.config).await?;
    let welcome = if alone { setup::prepare(&app).await? } else { setup::prepare_silently(&app).await? };
    for repository in registry::readable_repositories(&app, &crate::model::Caller::system()).await? {
        app.policies.current(&mut app.db.read(), &repository.name).await?;
    }
    if alone {
        let address_file = args.place.data.join(ADDRESS_FILE);
        std::fs::write(&address_file, &app.config.public_url)
            .map_err(|error| cannot(&address_file, &error))?;
    }

    let server = web::server(&app, listener)
        .map_err(|error| Failure::new(exit::UNEXPECTED, format!("the server cannot start: {error}")))?;
    let handle = server.handle();
    let workers = jobs::start(&app).await?;
    let running = tokio::spawn(server);
    if args.sample {
        setup::take_samples(&app).await?;
    }
    print(&greeting(&app, &welcome))?;
    let ended = tokio::select! {
        signal = stop_signal() => { note(&format!("{signal}: finishing what is under way")); None }
        ended = running => Some(ended),
    };
    handle.stop(true).await;
    workers.stop().await;
    app.db.close().await;
    drop(lock);
    match ended {
        None => Ok(exit::DONE),
        Some(how) => Err(Failure::new(exit::UNEXPECTED, format!("the server ended by itself: {how:?}"))),
    }
}

/// One server for one folder; the system releases the lock whatever way the process ends.
fn lock(data: &Path) -> Result<std::fs::File, Failure> {
    std::fs::create_dir_all(data).map_err(|error| cannot(data, &error))?;
    let path = data.join(LOCK_FILE);
    let file = std::fs::File::create(&path).map_err(|error| cannot(&path, &error))?;
    file.try_lock().map_err(|_| {
        Failure::new(
            exit::USAGE,
            format!("another chartgate server uses {}; stop it or give another --data", data.display()),
        )
    })?;
    Ok(file)
}

fn greeting(app: &App, welcome: &Welcome) -> String {
    let url = &app.config.public_url;
    let host = app.config.host();
    let plain = if url.starts_with("http://") { " --plain-http" } else { "" };
    let mut text = format!("chartgate {} is ready: {url}\n", env!("CARGO_PKG_VERSION"));
    let data = app.config.data_flag();
    match &welcome.sign_in_link {
        Some(link) => text.push_str(&format!("\nSign in as admin (once, within 15 minutes):\n  {link}\n")),
        None => text.push_str(&format!("\nSign in: chartgate admin sign-in-link{data}\n")),
    }
    let token = match &welcome.robot_token {
        Some(token) => {
            text.push_str("\nPush charts as robot (this token is shown only now):\n");
            token.as_str()
        }
        None => {
            let make = format!("chartgate admin token{data} --name NAME --role publisher");
            text.push_str(&format!("\nPush charts (a token: {make}):\n"));
            "TOKEN"
        }
    };
    let repository = welcome.repository.as_str();
    text.push_str(&format!(
        "  curl --fail-with-body -u robot:{token} --data-binary @mychart-1.0.0.tgz {url}/{repository}/api/charts\n  \
           helm registry login {host} -u robot -p {token}{plain}\n  \
           helm push mychart-1.0.0.tgz oci://{host}/{repository}{plain}\n"
    ));
    text.push_str(&format!(
        "\nUse what was approved:\n  \
           helm repo add {repository} {url}/{repository}\n  \
           helm pull oci://{host}/{repository}/mychart --version 1.0.0{plain}\n"
    ));
    text
}

pub(super) fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("CHARTGATE_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,server=info"));
    // A second start in one process keeps the first log; nothing is lost.
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let log =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr);
    let _ = log.try_init();
}

pub(super) async fn stop_signal() -> &'static str {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return "interrupted";
    };
    tokio::select! {
        _ = terminate.recv() => "asked to stop",
        _ = tokio::signal::ctrl_c() => "interrupted",
    }
}

fn cannot(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(exit::USAGE, format!("{}: {error}", path.display()))
}
