//! One scan job from its version to a verdict. It can run twice: a version that was decided meanwhile is left as it is.

use scanner::report::{ChartFacts, Completeness, Report};

use super::child::{Subject, scan_in_child};
use super::lease::retry;
use crate::app::App;
use crate::db::jobs::JobRow;
use crate::db::versions::{self, VersionRow};
use crate::error::{Error, Result};
use crate::registry;

/// The namespace that charts are judged for; Helm's own default.
const NAMESPACE: &str = "default";
/// Judges the version of one job.
///
/// # Errors
/// Storage fails; the job is to be tried again.
pub(super) async fn run(app: &App, job: &JobRow) -> Result<()> {
    let Some(row) = versions::by_id(&mut app.db.read(), &job.subject_id).await? else {
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
