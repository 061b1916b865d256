//! Holding a job: claim, signs of life while it runs, and giving it back. What a job does, the files beside this one know.

use std::time::Duration;

use super::scan;
use crate::app::App;
use crate::db::jobs::{self, JobKind, JobRow};
use crate::db::retried;
use crate::error::{Error, Result};
use crate::mirror;
use crate::model::Micros;

/// Signs of life within one lease: two may get lost.
const HEARTBEATS_PER_LEASE: u32 = 3;
/// Waiting time after the n-th failure: n times this, up to the maximum.
const RETRY_STEP_SECONDS: i64 = 1;
const RETRY_SECONDS_MAX: i64 = 60;

/// Runs the next due job of a kind. Tells whether there was one.
///
/// # Errors
/// The database cannot be used to claim a job.
pub async fn run_next(app: &App, kind: JobKind) -> Result<bool> {
    let job = retried(|| async {
        let mut tx = app.db.begin().await?;
        let job = jobs::claim(&mut tx, kind, &app.worker, app.now(), lease_end(app)).await?;
        tx.commit().await?;
        Ok(job)
    })
    .await?;
    let Some(job) = job else { return Ok(false) };
    tokio::select! {
        done = run(app, &job) => {
            if let Err(error) = done {
                let cause = error.source.as_ref().map(ToString::to_string).unwrap_or_default();
                tracing::error!(job = %job.id, subject = %job.subject_id, %error, cause, "a job failed and will be tried again");
                retry(app, &job, &error.public).await?;
            }
        }
        () = lose(app, &job) => {
            tracing::warn!(job = %job.id, subject = %job.subject_id, "another worker has this job now; it is left");
        }
    }
    Ok(true)
}

async fn run(app: &App, job: &JobRow) -> Result<()> {
    match job.kind {
        JobKind::Scan => scan::run(app, job).await,
        JobKind::Mirror => mirror::follow(app, job).await,
    }
}

/// Queues the job again, later each time.
///
/// # Errors
/// The database cannot be used; then the job is free once its lease has run out.
pub(super) async fn retry(app: &App, job: &JobRow, why: &str) -> Result<()> {
    let wait = (RETRY_STEP_SECONDS * job.attempts).min(RETRY_SECONDS_MAX);
    retried(|| async {
        let mut tx = app.db.begin().await?;
        jobs::retry(&mut tx, job, why, app.now().plus_seconds(wait)).await?;
        tx.commit().await
    })
    .await
}

/// Renews the lease for as long as it can be, and ends when the job is no longer this worker's.
async fn lose(app: &App, job: &JobRow) {
    let mut held_until = lease_end(app);
    loop {
        tokio::time::sleep(app.config.lease / HEARTBEATS_PER_LEASE).await;
        let until = lease_end(app);
        let renewed = async {
            let mut tx = app.db.begin().await?;
            let held = jobs::heartbeat(&mut tx, job, until).await?;
            tx.commit().await?;
            Ok::<_, Error>(held)
        };
        match renewed.await {
            Ok(true) => held_until = until,
            Ok(false) => return,
            // A database that does not answer takes no other worker's claim either, until the lease has run out.
            Err(error) if app.now() < held_until => {
                tracing::warn!(job = %job.id, %error, "no sign of life was given");
            }
            Err(_) => return,
        }
    }
}

fn lease_end(app: &App) -> Micros {
    let lease: Duration = app.config.lease;
    Micros(app.now().0.saturating_add(i64::try_from(lease.as_micros()).unwrap_or(i64::MAX)))
}
