//! A report and the policy in force become a verdict and the next state, in one transaction.

use bytes::Bytes;
use scanner::policy::{Outcome, Policy, Verdict, decide};
use scanner::report::{Completeness, Report, Severity};

use super::policies::policy_change;
use super::{Entry, append};
use crate::app::App;
use crate::db::jobs::{self, JobRow};
use crate::db::scans::{self, ScanRow};
use crate::db::versions::{self, Judgement, VersionRow};
use crate::db::{Tx, blobs, repositories, retried};
use crate::error::{Error, Kind, Result};
use crate::model::{Caller, Digest, Event, Id, Micros, RepositoryName, State, next};

/// Findings kept as rows for one scan; the report keeps all of them.
const FINDING_ROWS_MAX: usize = 5_000;

/// What a judgement led to.
#[derive(Clone, Debug)]
pub struct Judged {
    pub state: State,
    pub verdict: Verdict,
}

/// Writes scan, findings, verdict, next state and audit entry, and ends the job, all in one transaction.
/// A report about other bytes than the version's counts as incomplete. A version that was decided meanwhile is left.
///
/// # Errors
/// The policy cannot be read, or storage fails; then nothing has changed and the job can run again.
pub async fn judge(
    app: &App,
    job: &JobRow,
    mut report: Report,
    started_at: Micros,
) -> Result<Option<Judged>> {
    let row = versions::by_id(&mut app.db.read(), &job.subject_id)
        .await?
        .ok_or_else(|| Error::new(Kind::NotFound, format!("job {} names no version", job.id)))?;
    if report.digest.as_deref() != Some(row.digest.as_str()) {
        report.completeness =
            Completeness::Incomplete { reason: "the report is about other bytes".to_owned() };
        report.digest = Some(row.digest.to_string());
    }
    let bytes = Bytes::from(serde_json::to_vec(&report)?);
    let digest = Digest::of(&bytes);
    let new = app.blobs.put_new(&digest, bytes.clone(), app.now()).await?;
    let judged = retried(|| write(app, job, &report, &bytes, started_at)).await?;
    if !new && judged.is_some() {
        // As in intake: an old orphan of the same bytes could have gone before the rows named it.
        app.blobs.keep(&digest, &bytes, app.now()).await?;
    }
    Ok(judged)
}

async fn write(
    app: &App,
    job: &JobRow,
    report: &Report,
    bytes: &Bytes,
    started_at: Micros,
) -> Result<Option<Judged>> {
    let mut tx = app.db.write().await?;
    if !jobs::finish(&mut tx, job, app.now()).await? {
        return Ok(None);
    }
    let row = versions::by_id(&mut tx, &job.subject_id)
        .await?
        .ok_or_else(|| Error::internal("the version is gone"))?;
    let policy = app.policies.current(&mut tx, &row.repository).await?;
    let verdict = decide(report, &policy);
    let event = Event::Judged { outcome: verdict.outcome, approvals: policy.approvals };
    let Ok(state) = next(row.state, event) else {
        tx.commit().await?;
        return Ok(None);
    };
    let report_digest = Digest::of(bytes);
    blobs::record(&mut tx, &report_digest, bytes.len() as u64, app.now()).await?;
    let scan = scan_row(app, &row, report, report_digest, started_at)?;
    scans::insert(&mut tx, &scan).await?;
    for (finding, position) in report.findings.iter().take(FINDING_ROWS_MAX).zip(0i64..) {
        scans::insert_finding(&mut tx, &scan.id, position, finding).await?;
    }
    write_judgement(app, &mut tx, &row, &scan.id, &verdict, &policy, state).await?;
    tx.commit().await?;
    Ok(Some(Judged { state, verdict }))
}

/// Judges again, by the reports that exist, what waits under a policy that has changed since.
///
/// # Errors
/// Storage fails. A policy that cannot be read is logged and leaves everything as it is.
pub async fn rejudge_waiting(app: &App) -> Result<()> {
    for repository in repositories::all(&mut app.db.read()).await? {
        let policy = match app.policies.current(&mut app.db.read(), &repository.name).await {
            Ok(policy) => policy,
            Err(error) => {
                tracing::error!(repository = %repository.name, %error, "nothing can be approved here");
                continue;
            }
        };
        let version = policy.version();
        if version != repository.policy_version {
            retried(|| note_policy(app, &repository.name, &version)).await?;
        }
        for row in versions::judged_under_other_policy(&mut app.db.read(), &repository.id, &version).await? {
            rejudge(app, &row, &policy).await?;
        }
    }
    Ok(())
}

/// Writes down that another policy is in force, unless that was done meanwhile.
async fn note_policy(app: &App, name: &RepositoryName, version: &str) -> Result<()> {
    let mut tx = app.db.write().await?;
    let Some(row) = repositories::by_name(&mut tx, name).await? else { return Ok(()) };
    if row.policy_version == version {
        return Ok(());
    }
    repositories::set_policy_version(&mut tx, &row.id, version).await?;
    append(&mut tx, app.now(), policy_change(&Caller::system(), &row, version)).await?;
    tx.commit().await
}

/// Judges one version in review again under `policy`, from its report.
pub(super) async fn rejudge(app: &App, row: &VersionRow, policy: &Policy) -> Result<()> {
    let Some(report) = report_of(app, row).await? else { return Ok(()) };
    let verdict = decide(&report, policy);
    retried(|| write_again(app, row, policy, &verdict)).await
}

async fn write_again(app: &App, row: &VersionRow, policy: &Policy, verdict: &Verdict) -> Result<()> {
    let mut tx = app.db.write().await?;
    let Some(now) = versions::by_id(&mut tx, &row.id).await? else { return Ok(()) };
    let (Some(scan_id), true) = (now.scan_id.clone(), now.scan_id == row.scan_id) else { return Ok(()) };
    if now.policy_version.as_deref() == Some(policy.version().as_str()) {
        return Ok(());
    }
    let event = Event::Judged { outcome: verdict.outcome, approvals: policy.approvals };
    let Ok(state) = next(now.state, event) else { return Ok(()) };
    write_judgement(app, &mut tx, &now, &scan_id, verdict, policy, state).await?;
    tx.commit().await
}

/// The report of the scan in force.
pub(super) async fn report_of(app: &App, row: &VersionRow) -> Result<Option<Report>> {
    let Some(scan_id) = &row.scan_id else { return Ok(None) };
    let Some(scan) = scans::by_id(&mut app.db.read(), scan_id).await? else { return Ok(None) };
    let bytes = app.blobs.read(&scan.report_digest).await?;
    Ok(Some(serde_json::from_slice(&bytes)?))
}

async fn write_judgement(
    app: &App,
    tx: &mut Tx,
    row: &VersionRow,
    scan: &Id,
    verdict: &Verdict,
    policy: &Policy,
    state: State,
) -> Result<()> {
    let now = app.now();
    let judgement = Judgement {
        scan_id: scan.clone(),
        verdict: outcome_name(verdict.outcome),
        verdict_reason: verdict.reason.clone(),
        deciding_rules: serde_json::to_string(&verdict.deciding_rules)?,
        policy_version: policy.version(),
    };
    versions::set_judgement(tx, &row.id, &judgement, state, now).await?;
    if state == State::Approved {
        repositories::content_changed(tx, &row.repository_id, &row.chart_id, now).await?;
    }
    let entry = Entry {
        reason: Some(format!("{}: {}", judgement.verdict, verdict.reason)),
        policy_version: Some(judgement.policy_version.clone()),
        ..Entry::about(&Caller::system(), "version.judge", row, Some(row.state), state)
    };
    append(tx, now, entry).await
}

fn scan_row(
    app: &App,
    row: &VersionRow,
    report: &Report,
    report_digest: Digest,
    started_at: Micros,
) -> Result<ScanRow> {
    let count = |severity: Severity| report.findings.iter().filter(|f| f.severity == severity).count() as i64;
    let incomplete_reason = match &report.completeness {
        Completeness::Complete => None,
        Completeness::Incomplete { reason } => Some(reason.clone()),
    };
    Ok(ScanRow {
        id: app.new_id()?,
        version_id: row.id.clone(),
        digest: row.digest.clone(),
        scanner_version: report.scanner_version.clone(),
        report_digest,
        complete: incomplete_reason.is_none(),
        incomplete_reason,
        critical: count(Severity::Critical),
        high: count(Severity::High),
        medium: count(Severity::Medium),
        low: count(Severity::Low),
        info: count(Severity::Info),
        started_at,
        finished_at: app.now(),
    })
}

/// The one spelling of an outcome in rows, JSON and pages.
pub(super) fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Block => "block",
        Outcome::Incomplete => "incomplete",
    }
}
