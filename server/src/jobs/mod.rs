//! The workers of a process: they claim jobs, watch policies for changes, and sweep. Each can be stopped and started at
//! any moment; what was not finished is claimed again.

mod child;
mod framing;
mod lease;
mod mirror;
mod scan;
mod sweep;

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use child::{Subject, scan_in_child};
pub use framing::read_files;
pub use lease::run_next;
pub use sweep::sweep;

use crate::app::App;
use crate::db::jobs::{self, JobKind};
use crate::error::Result;
use crate::registry;

/// How often a worker looks for jobs that nobody announced, and for changed policies.
const TICK: Duration = Duration::from_secs(1);
const SWEEP_EVERY: Duration = Duration::from_secs(600);
/// How long a running scan may go on once the server stops; then it is killed and claimed again at the next start.
const DRAIN: Duration = Duration::from_secs(10);

/// The running workers.
pub struct Workers {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    app: App,
}

/// Starts the workers of this process, as many as the configuration says. On a database that is not shared they are the
/// only ones, and whatever was running when the last process ended is free at once.
///
/// # Errors
/// The database cannot be used.
pub async fn start(app: &App) -> Result<Workers> {
    if !app.db.is_shared() {
        let mut tx = app.db.write().await?;
        jobs::release(&mut tx, None).await?;
        tx.commit().await?;
    }
    let (stop, stopped) = watch::channel(false);
    let mut tasks: Vec<_> =
        (0..app.config.workers).map(|_| tokio::spawn(work(app.clone(), stopped.clone()))).collect();
    if app.config.workers > 0 {
        tasks.extend(
            (0..mirror::AT_ONCE)
                .map(|_| tokio::spawn(mirror::follow_upstreams(app.clone(), stopped.clone()))),
        );
        tasks.push(tokio::spawn(keep_house(app.clone(), stopped)));
    }
    Ok(Workers { stop, tasks, app: app.clone() })
}

impl Workers {
    /// Lets running scans end, for a while, then stops them.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        let until = tokio::time::Instant::now() + DRAIN;
        for task in &mut self.tasks {
            if tokio::time::timeout_at(until, &mut *task).await.is_err() {
                task.abort();
            }
        }
        if let Err(error) = self.release().await {
            tracing::warn!(%error, "what was being judged is free once its lease has run out");
        }
    }

    /// Other workers need not wait for the leases of this process.
    async fn release(&self) -> Result<()> {
        let mut tx = self.app.db.begin().await?;
        jobs::release(&mut tx, Some(&self.app.worker)).await?;
        tx.commit().await
    }
}

async fn work(app: App, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        match run_next(&app, JobKind::Scan).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::error!(%error, cause = ?error.source, "jobs cannot be claimed"),
        }
        tokio::select! {
            () = app.wake.notified() => {}
            () = tokio::time::sleep(TICK) => {}
            _ = stopped.changed() => {}
        }
    }
}

async fn keep_house(app: App, mut stopped: watch::Receiver<bool>) {
    let mut swept: Option<std::time::Instant> = None;
    while !*stopped.borrow() {
        if let Err(error) = registry::rejudge_waiting(&app).await {
            tracing::error!(%error, cause = ?error.source, "waiting versions could not be judged again");
        }
        if swept.is_none_or(|at| at.elapsed() >= SWEEP_EVERY) {
            match sweep(&app).await {
                Ok(0) => {}
                Ok(taken) => tracing::info!(taken, "blobs without a row were taken away"),
                Err(error) => tracing::error!(%error, cause = ?error.source, "the sweep failed"),
            }
            swept = Some(std::time::Instant::now());
        }
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            _ = stopped.changed() => {}
        }
    }
}
