//! What pages and the API show, with the caller's rights applied: the queue, charts, one version with its report.

use scanner::policy::{Policy, Verdict, decide};
use scanner::report::Report;

use super::judge::report_of;
use super::resolve::{Sight, open, sight};
use super::{demand, find_repository};
use crate::app::App;
use crate::db::audit::{self, AuditRow};
use crate::db::charts as chart_rows;
use crate::db::scans::{self, ScanRow};
use crate::db::versions::{self, VersionRow};
use crate::db::votes::{self, VoteRow};
use crate::error::{Error, Kind, Result};
use crate::model::{Action, Caller, ChartName, Digest, Id, Micros, RepositoryName, State, Version};

/// A version and the scan in force.
#[derive(Clone, Debug)]
pub struct VersionView {
    pub row: VersionRow,
    pub scan: Option<ScanRow>,
}

/// Everything about one version.
#[derive(Debug)]
pub struct VersionPage {
    pub row: VersionRow,
    pub scan: Option<ScanRow>,
    pub report: Option<Report>,
    /// By the policy in force now, which is what a decision is bound to.
    pub verdict: Option<Verdict>,
    /// `None` when the policy file cannot be read; then nothing can be approved.
    pub policy: Option<Policy>,
    pub policy_version: String,
    pub votes: Vec<VoteRow>,
    pub history: Vec<AuditRow>,
    /// The caller has the role to decide here.
    pub may_review: bool,
    /// Why this caller cannot approve now, when the role is there.
    pub approve_hindrance: Option<String>,
}

/// One chart and those of its versions that the caller may know, newest first.
#[derive(Clone, Debug)]
pub struct Charts {
    pub repository: RepositoryName,
    pub chart: ChartName,
    pub versions: Vec<VersionRow>,
}

/// What waits for a scan or a person, oldest first, after `(uploaded_at, id)`. One's own uploads, and for those with
/// the right to inspect, everybody's.
///
/// # Errors
/// Anonymous callers are asked to sign in.
pub async fn queue(
    app: &App,
    caller: &Caller,
    repository: Option<&RepositoryName>,
    after: Option<(Micros, &Id)>,
    limit: i64,
) -> Result<Vec<VersionView>> {
    if caller.is_anonymous() {
        demand(caller, Action::Inspect, repository)?;
    }
    let mut rows = versions::waiting(&mut app.db.read(), repository, after, limit).await?;
    rows.retain(|row| sight(caller, row) == Sight::Open);
    let mut views = Vec::with_capacity(rows.len());
    for row in rows {
        let scan = scan_of(app, &row).await?;
        views.push(VersionView { row, scan });
    }
    Ok(views)
}

/// The charts of a repository, in name order, with the versions this caller may know. Charts without one are absent.
///
/// # Errors
/// The repository may not be read.
pub async fn charts(app: &App, caller: &Caller, repository: &RepositoryName) -> Result<Vec<Charts>> {
    let row = find_repository(app, caller, repository).await?;
    let mut list = Vec::new();
    for chart in chart_rows::of_repository(&mut app.db.read(), &row.id).await? {
        let versions = known_versions(app, caller, &chart.id).await?;
        if !versions.is_empty() {
            list.push(Charts { repository: row.name.clone(), chart: chart.name, versions });
        }
    }
    Ok(list)
}

/// The versions of one chart that this caller may know, newest first.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn versions_of(
    app: &App,
    caller: &Caller,
    repository: &RepositoryName,
    chart: &ChartName,
) -> Result<Vec<VersionRow>> {
    let row = find_repository(app, caller, repository).await?;
    let unknown =
        || Error::new(Kind::NotFound, format!("there is no chart {chart} in repository {repository}"));
    let chart_row = chart_rows::by_name(&mut app.db.read(), &row.id, chart).await?.ok_or_else(unknown)?;
    let versions = known_versions(app, caller, &chart_row.id).await?;
    if versions.is_empty() { Err(unknown()) } else { Ok(versions) }
}

/// Versions of a chart with what a caller may know of: approved ones, and others as the rights allow.
async fn known_versions(app: &App, caller: &Caller, chart: &Id) -> Result<Vec<VersionRow>> {
    let mut rows = versions::of_chart(&mut app.db.read(), chart).await?;
    rows.retain(|row| {
        sight(caller, row) == Sight::Open || caller.may(Action::KnowUnapproved, Some(&row.repository))
    });
    rows.sort_by(|a, b| b.version.total_cmp(&a.version));
    Ok(rows)
}

/// Where one version stands, for those who may see it; no report is read for it.
///
/// # Errors
/// As [`version_page`].
pub async fn find_version(
    app: &App,
    caller: &Caller,
    repository: &RepositoryName,
    chart: &ChartName,
    version: &Version,
) -> Result<VersionRow> {
    find_repository(app, caller, repository).await?;
    let unknown = || {
        Error::new(
            Kind::UnknownManifest,
            format!("there is no chart {chart} {version} in repository {repository}"),
        )
    };
    let row = versions::by_name(&mut app.db.read(), repository, chart, version).await?.ok_or_else(unknown)?;
    open(app, caller, &row, unknown())?;
    Ok(row)
}

/// Everything about one version, for those who may see it.
///
/// # Errors
/// `UnknownManifest` where the caller may not know of it, `NotApproved` with the reason where it is withheld.
pub async fn version_page(
    app: &App,
    caller: &Caller,
    repository: &RepositoryName,
    chart: &ChartName,
    version: &Version,
) -> Result<VersionPage> {
    let row = find_version(app, caller, repository, chart, version).await?;
    let scan = scan_of(app, &row).await?;
    let report = report_of(app, &row).await?;
    let policy = app.policies.current(&mut app.db.read(), repository).await.ok();
    let verdict = match (&report, &policy) {
        (Some(report), Some(policy)) => Some(decide(report, policy)),
        _ => None,
    };
    let may_review = caller.may(Action::Review, Some(repository));
    let may_inspect = caller.name == row.uploaded_by || caller.may(Action::Inspect, Some(repository));
    let history = if may_inspect {
        audit::of_version(&mut app.db.read(), repository, chart, version).await?
    } else {
        Vec::new()
    };
    let votes = if may_inspect { votes::of_version(&mut app.db.read(), &row.id).await? } else { Vec::new() };
    let approve_hindrance =
        may_review.then(|| hindrance(caller, &row, policy.as_ref(), verdict.as_ref())).flatten();
    let policy_version = policy.as_ref().map(Policy::version).unwrap_or_default();
    Ok(VersionPage {
        row,
        scan,
        report,
        verdict,
        policy,
        policy_version,
        votes,
        history,
        may_review,
        approve_hindrance,
    })
}

/// Versions with this archive that the caller may see.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn find_digest(app: &App, caller: &Caller, digest: &Digest) -> Result<Vec<VersionRow>> {
    let mut rows = versions::by_digest(&mut app.db.read(), digest).await?;
    rows.retain(|row| sight(caller, row) == Sight::Open);
    if rows.is_empty() {
        return Err(Error::new(Kind::NotFound, "no version with this digest is visible to you"));
    }
    Ok(rows)
}

async fn scan_of(app: &App, row: &VersionRow) -> Result<Option<ScanRow>> {
    match &row.scan_id {
        Some(id) => scans::by_id(&mut app.db.read(), id).await,
        None => Ok(None),
    }
}

fn hindrance(
    caller: &Caller,
    row: &VersionRow,
    policy: Option<&Policy>,
    verdict: Option<&Verdict>,
) -> Option<String> {
    use scanner::policy::Outcome;
    if row.state != State::InReview {
        return Some(format!("it is {}", row.state));
    }
    let Some(policy) = policy else {
        return Some("the policy of this repository cannot be read".to_owned());
    };
    match verdict {
        None => return Some("it has not been judged".to_owned()),
        Some(verdict) if verdict.outcome != Outcome::Pass => return Some(verdict.reason.clone()),
        Some(_) => {}
    }
    (row.uploaded_by == caller.name && !policy.uploader_may_approve)
        .then(|| "you uploaded it; somebody else must approve".to_owned())
}
