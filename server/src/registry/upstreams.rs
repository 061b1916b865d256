//! Verbs about upstreams: adding, listing, running and removing what mirrors follow, and the alarm when bytes change.
//! They fetch nothing; `mirror` does, and brings what it finds to `intake`.

use reqwest::Url;

use super::upstream_words::{description, shown_url};
use super::{Entry, append, demand, find_repository};
use crate::app::App;
use crate::db::jobs::{self, JobKind, Urgency};
use crate::db::upstream_versions::{self as offered, Counts, OfferedRow, Standing};
use crate::db::upstreams::{self, RunRow, UpstreamRow};
use crate::db::{Tx, retried};
use crate::error::{Error, Kind, Result};
use crate::model::{Action, Caller, CallerKind, ChartName, Digest, Grant, Id, Micros, RepositoryName, Role};
use crate::outbound::check_url;

/// Charts that one upstream can be narrowed to by name.
pub const UPSTREAM_CHARTS_MAX: usize = 500;
/// Shortest and longest time between two runs.
pub const EVERY_SECONDS_MIN: i64 = 60;
pub const EVERY_SECONDS_MAX: i64 = 30 * 24 * 3_600;
/// Bytes of an upstream's name and of its URL.
const NAME_BYTES_MAX: usize = 63;
const URL_BYTES_MAX: usize = 2_000;
/// Upstreams of one server.
const UPSTREAMS_MAX: usize = 500;
/// Runs that the schedule queues at one look.
const DUE_AT_ONCE: i64 = 50;

/// An upstream as a person describes it.
#[derive(Clone, Debug)]
pub struct NewUpstream {
    pub name: String,
    /// Address of a classic repository, as `helm repo add` takes it.
    pub url: String,
    pub repository: RepositoryName,
    /// Only these charts; empty for all.
    pub charts: Vec<String>,
    /// Only these versions, as a range of Helm's; empty for all.
    pub versions: String,
    pub every_seconds: i64,
}

/// An upstream, how its versions stand, and its newest runs.
#[derive(Clone, Debug)]
pub struct UpstreamView {
    pub row: UpstreamRow,
    pub counts: Counts,
    /// Newest first.
    pub runs: Vec<RunRow>,
    /// The caller may run and remove it.
    pub may_change: bool,
}

impl UpstreamView {
    /// The run that is queued or under way.
    #[must_use]
    pub fn open_run(&self) -> Option<&RunRow> {
        self.runs.iter().find(|run| run.finished_at.is_none())
    }
}

/// Everything about a new upstream that can be checked without asking it.
///
/// # Errors
/// What is wrong and how it should be.
pub fn check_upstream(app: &App, new: &NewUpstream) -> Result<Url> {
    let wrong = |text: String| Err(Error::new(Kind::InvalidRequest, text));
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.');
    let begins = new.name.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
    if !begins || new.name.len() > NAME_BYTES_MAX || !new.name.bytes().all(plain) {
        return wrong(format!(
            "an upstream's name must be 1 to {NAME_BYTES_MAX} lower-case letters, digits, dashes, underscores and dots"
        ));
    }
    if new.url.len() > URL_BYTES_MAX {
        return wrong(format!("the URL is longer than {URL_BYTES_MAX} bytes"));
    }
    let url = match Url::parse(new.url.trim()) {
        Ok(url) => url,
        Err(error) => return wrong(format!("this is no URL of a Helm repository: {error}")),
    };
    if let Err(refused) = check_url(&url, &app.config.outbound) {
        return wrong(refused.to_string());
    }
    if url.path().ends_with("/index.yaml") {
        return wrong("give the repository's address without index.yaml, as for helm repo add".to_owned());
    }
    if new.charts.len() > UPSTREAM_CHARTS_MAX {
        return wrong(format!(
            "at most {UPSTREAM_CHARTS_MAX} charts can be named; without names all are followed"
        ));
    }
    for chart in &new.charts {
        ChartName::parse(chart)?;
    }
    if !new.versions.is_empty()
        && let Err(error) = renderer::version_range::Constraint::parse(&new.versions)
    {
        return wrong(format!("the range of versions is not one that Helm understands: {error}"));
    }
    if !(EVERY_SECONDS_MIN..=EVERY_SECONDS_MAX).contains(&new.every_seconds) {
        return wrong("an upstream is asked at most every minute and at least every 30 days".to_owned());
    }
    Ok(url)
}

/// Follows an upstream from now on; its first run is due at once.
///
/// # Errors
/// The caller may not, the repository is unknown, the name is taken, or something in it is not valid.
pub async fn add_upstream(app: &App, caller: &Caller, new: &NewUpstream) -> Result<UpstreamRow> {
    demand(caller, Action::Administer, Some(&new.repository))?;
    let url = check_upstream(app, new)?;
    let repository = find_repository(app, caller, &new.repository).await?;
    let now = app.now();
    let row = UpstreamRow {
        id: app.new_id()?,
        name: new.name.clone(),
        url: url.to_string(),
        repository_id: repository.id,
        repository: repository.name,
        charts: serde_json::to_string(&new.charts)?,
        versions: new.versions.trim().to_owned(),
        every_seconds: new.every_seconds,
        etag: None,
        last_modified: None,
        index_digest: None,
        next_run_at: now,
        not_before: Micros(0),
        failures: 0,
        last_run_at: None,
        last_success_at: None,
        last_error: None,
        created_by: caller.name.clone(),
        created_at: now,
        removed_at: None,
    };
    retried(|| async {
        let mut tx = app.db.write().await?;
        if upstreams::by_name(&mut tx, &row.name).await?.is_some() {
            let what =
                format!("there is an upstream {} already; choose another name or remove it first", row.name);
            return Err(Error::new(Kind::Conflict, what));
        }
        if upstreams::all(&mut tx).await?.len() >= UPSTREAMS_MAX {
            let what = format!("{UPSTREAMS_MAX} upstreams are followed already; remove one first");
            return Err(Error::new(Kind::Conflict, what));
        }
        upstreams::insert(&mut tx, &row).await?;
        let entry = Entry {
            repository: Some(row.repository.to_string()),
            after: Some(description(&row)),
            ..Entry::new(caller, "upstream.add")
        };
        append(&mut tx, now, entry).await?;
        tx.commit().await
    })
    .await?;
    app.wake_mirror.notify_one();
    Ok(row)
}

/// The upstreams whose repository the caller may inspect, in name order, with their newest runs.
///
/// # Errors
/// The caller may inspect nothing anywhere.
pub async fn upstream_views(app: &App, caller: &Caller, runs: i64) -> Result<Vec<UpstreamView>> {
    if !caller.may_somewhere(Action::Inspect) {
        demand(caller, Action::Inspect, None)?;
    }
    let mut views = Vec::new();
    for row in upstreams::all(&mut app.db.read()).await? {
        if caller.may(Action::Inspect, Some(&row.repository)) {
            views.push(view(app, caller, row, runs).await?);
        }
    }
    Ok(views)
}

/// One upstream by its name.
///
/// # Errors
/// There is none, or the caller may not know of it.
pub async fn upstream_view(app: &App, caller: &Caller, name: &str, runs: i64) -> Result<UpstreamView> {
    let row = visible(app, caller, name).await?;
    view(app, caller, row, runs).await
}

/// One page of an upstream's versions, in order of chart and version, after a name.
///
/// # Errors
/// There is no such upstream, or the caller may not know of it.
pub async fn offered_versions(
    app: &App,
    caller: &Caller,
    name: &str,
    state: Option<Standing>,
    after: (&str, &str),
    limit: i64,
) -> Result<Vec<OfferedRow>> {
    let row = visible(app, caller, name).await?;
    offered::page(&mut app.db.read(), &row.id, state, after, limit).await
}

/// A run by its id, for those who may know its upstream.
///
/// # Errors
/// There is none.
pub async fn upstream_run(app: &App, caller: &Caller, name: &str, id: &Id) -> Result<RunRow> {
    let row = visible(app, caller, name).await?;
    let run = upstreams::run_by_id(&mut app.db.read(), id).await?.filter(|run| run.upstream_id == row.id);
    run.ok_or_else(|| Error::new(Kind::NotFound, format!("there is no such run of upstream {name}")))
}

/// Starts a run now, or joins the one that is open. Gives it.
///
/// # Errors
/// The caller may not, or the upstream asked to be left alone for a while.
pub async fn run_upstream(app: &App, caller: &Caller, name: &str) -> Result<RunRow> {
    let row = changeable(app, caller, name).await?;
    if row.not_before > app.now() {
        let what = format!("upstream {name} asked to be left alone until {}; run it then", row.not_before);
        return Err(Error::new(Kind::TooManyRequests, what));
    }
    let run = retried(|| async {
        let mut tx = app.db.write().await?;
        if let Some(open) = upstreams::open_run(&mut tx, &row.id).await? {
            return Ok(open);
        }
        let id = queue(app, &mut tx, &row, Some(&caller.name)).await?;
        let entry = Entry {
            repository: Some(row.repository.to_string()),
            after: Some(format!("run {id} of {}", row.name)),
            ..Entry::new(caller, "upstream.run")
        };
        append(&mut tx, app.now(), entry).await?;
        let run = upstreams::run_by_id(&mut tx, &id).await?.ok_or_else(|| unknown(name))?;
        tx.commit().await?;
        Ok(run)
    })
    .await?;
    app.wake_mirror.notify_one();
    Ok(run)
}

/// Follows an upstream no more. What came from it stays.
///
/// # Errors
/// The caller may not, or there is none.
pub async fn remove_upstream(app: &App, caller: &Caller, name: &str) -> Result<UpstreamRow> {
    let row = changeable(app, caller, name).await?;
    retried(|| async {
        let mut tx = app.db.write().await?;
        let now = app.now();
        if !upstreams::remove(&mut tx, &row.id, now).await? {
            return Err(unknown(name));
        }
        let entry = Entry {
            repository: Some(row.repository.to_string()),
            before: Some(description(&row)),
            ..Entry::new(caller, "upstream.remove")
        };
        append(&mut tx, now, entry).await?;
        tx.commit().await
    })
    .await?;
    Ok(row)
}

/// Queues a run of every upstream whose time has come. Tells how many.
///
/// # Errors
/// The database cannot be used.
pub async fn queue_due_upstreams(app: &App) -> Result<usize> {
    let due = upstreams::due(&mut app.db.read(), app.now(), DUE_AT_ONCE).await?;
    for row in &due {
        retried(|| async {
            let mut tx = app.db.begin().await?;
            queue(app, &mut tx, row, None).await?;
            tx.commit().await
        })
        .await?;
    }
    if !due.is_empty() {
        app.wake_mirror.notify_one();
    }
    Ok(due.len())
}

/// Writes what a run found out about a version whose bytes changed upstream, or are the old ones again, with the entry
/// that tells of it. The version here is not touched.
///
/// # Errors
/// The database's.
pub async fn record_bytes(app: &App, upstream: &UpstreamRow, row: &OfferedRow) -> Result<()> {
    let ours = row.digest.clone();
    let (action, after, what) = match &row.changed_digest {
        Some(theirs) => (
            "upstream.changed-bytes",
            theirs.clone(),
            "offers other bytes under this version; what is here stays",
        ),
        None => {
            let ours = ours.as_ref().map(ToString::to_string).unwrap_or_default();
            ("upstream.same-bytes", ours, "offers the bytes that are here again")
        }
    };
    retried(|| async {
        let mut tx = app.db.write().await?;
        offered::put(&mut tx, row).await?;
        let entry = Entry {
            repository: Some(upstream.repository.to_string()),
            chart: Some(row.chart.clone()),
            version: Some(row.version.clone()),
            digest: ours.clone(),
            before: ours.as_ref().map(Digest::to_string),
            after: Some(after.clone()),
            reason: Some(format!("{} of {} {what}", upstream.name, shown_url(upstream))),
            ..Entry::new(&mirror_caller(upstream), action)
        };
        append(&mut tx, app.now(), entry).await?;
        tx.commit().await
    })
    .await
}

/// The product, acting for an upstream. No account can have this name, since account names have no colon.
#[must_use]
pub fn mirror_caller(upstream: &UpstreamRow) -> Caller {
    Caller {
        name: format!("mirror:{}", upstream.name),
        kind: CallerKind::System,
        grants: vec![Grant { role: Role::Publisher, repository: Some(upstream.repository.clone()) }],
        reads_published: false,
        request_id: String::new(),
    }
}

/// A run and its job, unless a run is open.
async fn queue(app: &App, tx: &mut Tx, row: &UpstreamRow, asked_by: Option<&str>) -> Result<Id> {
    let (id, now) = (app.new_id()?, app.now());
    if upstreams::queue_run(tx, &id, &row.id, asked_by, now).await? {
        let urgency = if asked_by.is_some() { Urgency::Asked } else { Urgency::Background };
        jobs::enqueue(tx, &id, JobKind::Mirror, &row.id, urgency, now).await?;
    }
    Ok(id)
}

async fn view(app: &App, caller: &Caller, row: UpstreamRow, runs: i64) -> Result<UpstreamView> {
    Ok(UpstreamView {
        counts: offered::counts(&mut app.db.read(), &row.id).await?,
        runs: upstreams::runs(&mut app.db.read(), &row.id, runs).await?,
        may_change: caller.may(Action::Administer, Some(&row.repository)),
        row,
    })
}

async fn visible(app: &App, caller: &Caller, name: &str) -> Result<UpstreamRow> {
    if !caller.may_somewhere(Action::Inspect) {
        demand(caller, Action::Inspect, None)?;
    }
    let row = upstreams::by_name(&mut app.db.read(), name).await?;
    row.filter(|row| caller.may(Action::Inspect, Some(&row.repository))).ok_or_else(|| unknown(name))
}

async fn changeable(app: &App, caller: &Caller, name: &str) -> Result<UpstreamRow> {
    let row = visible(app, caller, name).await?;
    demand(caller, Action::Administer, Some(&row.repository))?;
    Ok(row)
}

fn unknown(name: &str) -> Error {
    Error::new(Kind::NotFound, format!("there is no upstream {name}"))
}
