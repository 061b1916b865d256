//! Mirror jobs: queued when an upstream's time has come, and run beside the scans, so that an upstream with thousands of
//! charts keeps no upload waiting, and a slow one no other upstream.

use tokio::sync::watch;

use super::TICK;
use super::lease::run_next;
use crate::app::App;
use crate::db::jobs::JobKind;
use crate::registry;

/// Upstreams that one process follows at a time.
pub(super) const AT_ONCE: usize = 4;

/// Follows upstreams until the process stops. A run that is cut short then is free at once, and goes on elsewhere.
pub(super) async fn follow_upstreams(app: App, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        if let Err(error) = registry::queue_due_upstreams(&app).await {
            tracing::error!(%error, cause = ?error.source, "upstreams that are due could not be queued");
        }
        let ran = tokio::select! {
            ran = run_next(&app, JobKind::Mirror) => ran,
            _ = stopped.changed() => return,
        };
        match ran {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::error!(%error, cause = ?error.source, "mirror jobs cannot be claimed"),
        }
        tokio::select! {
            () = app.wake_mirror.notified() => {}
            () = tokio::time::sleep(TICK) => {}
            _ = stopped.changed() => {}
        }
    }
}
