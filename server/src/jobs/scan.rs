//! One scan job from claim to verdict. It can run twice: a version that was decided meanwhile is left as it is.

use scanner::report::{ChartFacts, Completeness, Report};

use super::child::{Subject, scan_in_child};
use crate::app::App;
use crate::db::jobs::{self, JobRow};
use crate::db::versions::{self, VersionRow};
use crate::error::{Error, Result};
use crate::registry;

/// The namespace that charts are judged for; Helm's own default.
const NAMESPACE: &str = "default";
/// How long a worker holds a job beyond the scan's own time.
const LEASE_SLACK_SECONDS: i64 = 60;
/// Waiting time after the n-th failure: n times this, up to the maximum.
const RETRY_STEP_SECONDS: i64 = 1;
const RETRY_SECONDS_MAX: i64 = 60;

/// Runs the next due job. Tells whether there was one.
///
/// # Errors
/// The database cannot be used to claim a job.
pub async fn run_next(app: &App) -> Result<bool> {
    let now = app.now();
    let wall = i64::try_from(app.config.scan.wall.as_secs()).unwrap_or(i64::MAX / 4);
    let mut tx = app.db.write().await?;
    let job = jobs::claim(&mut tx, now, now.plus_seconds(wall + LEASE_SLACK_SECONDS)).await?;
    tx.commit().await?;
    let Some(job) = job else { return Ok(false) };
    if let Err(error) = run(app, &job).await {
        let cause = error.source.as_ref().map(ToString::to_string).unwrap_or_default();
        tracing::error!(job = %job.id, version = %job.version_id, %error, cause, "a scan job failed and will be tried again");
        retry(app, &job, &error.public).await?;
    }
    Ok(true)
}

async fn run(app: &App, job: &JobRow) -> Result<()> {
    let Some(row) = versions::by_id(&mut app.db.read(), &job.version_id).await? else {
        return Err(Error::internal("the job's version does not exist"));
    };
    let started_at = app.now();
    let archive = app.blobs.read(&row.digest).await?;
    let report = match scan_in_child(&app.config.scan, Subject::Archive(archive), NAMESPACE).await {
        Ok(report) => report,
        Err(reason) if job.attempts < app.config.scan.attempts => {
            tracing::warn!(version = %row.id, reason, "a scan could not judge and is tried again");
            return retry(app, job, &reason).await;
        }
        Err(reason) => not_judged(&row, reason),
    };
    let judged = registry::judge(app, job, report, started_at).await?;
    if let Some(judged) = judged {
        tracing::info!(chart = %row.chart, version = %row.version, state = %judged.state, reason = judged.verdict.reason, "judged");
    }
    Ok(())
}

async fn retry(app: &App, job: &JobRow, why: &str) -> Result<()> {
    let wait = (RETRY_STEP_SECONDS * job.attempts).min(RETRY_SECONDS_MAX);
    let mut tx = app.db.write().await?;
    jobs::retry(&mut tx, &job.id, why, app.now().plus_seconds(wait)).await?;
    tx.commit().await
}

/// The report of a scan that gave none.
fn not_judged(row: &VersionRow, reason: String) -> Report {
    let metadata: renderer::chart::Metadata = serde_json::from_str(&row.metadata).unwrap_or_default();
    let some = |text: String| (!text.is_empty()).then_some(text);
    Report {
        digest: Some(row.digest.to_string()),
        chart: Some(ChartFacts {
            name: metadata.name,
            version: metadata.version,
            app_version: some(metadata.app_version),
            description: some(metadata.description),
            chart_type: some(metadata.kind),
        }),
        completeness: Completeness::Incomplete { reason },
        ..Report::empty()
    }
}
