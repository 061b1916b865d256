//! Fetches the versions that a mirror wants and brings each to `registry::intake`, as a push would. It reads no index.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use tokio::task::JoinSet;

use super::compare::{changed, returned};
use super::schedule;
use super::sync::{Run, Stop};
use crate::app::App;
use crate::config::UPLOAD_BYTES_MAX;
use crate::db::retried;
use crate::db::upstream_versions::{self as offered, OfferedRow, Standing};
use crate::db::upstreams::{self, UpstreamRow};
use crate::db::versions::{self, VersionRow};
use crate::error::{Error, Kind, Result};
use crate::model::{ChartName, Digest, Door, Version};
use crate::outbound::{Answer, Failure, Request, shown};
use crate::registry::{self, Origin, Upload};

/// Archives that one run fetches at a time; `Hosts` bounds what all runs fetch from one host.
const FETCHES_AT_ONCE: usize = 4;
/// Versions that are looked up at a time.
const DUE_AT_ONCE: i64 = 64;
/// One archive, from the request to its last byte.
const ARCHIVE_DEADLINE: Duration = Duration::from_secs(120);
/// So many failures in a row mean that the host is the trouble, not its charts: the rest waits for the next run.
const FAILURES_IN_A_ROW_MAX: u32 = 8;

/// What became of one version.
enum Fate {
    /// Here, with the bytes that the upstream offers; new when this run brought it.
    Stored {
        row: Box<VersionRow>,
        new: bool,
    },
    /// The bytes here are what the upstream offers, again.
    Returned,
    /// Other bytes than the ones here, which are of this version.
    Changed {
        digest: Digest,
        ours: Option<Box<VersionRow>>,
    },
    Refused(String),
    /// Not now; `blames_host` when any other archive of the host would have failed as well.
    Failed {
        why: String,
        blames_host: bool,
    },
    /// Not now nor ever, unless somebody changes something.
    GivenUp(String),
    /// The host asks to be left alone.
    Asked {
        failure: Failure,
    },
    /// Nobody follows the upstream any more.
    Removed,
}

/// Fetches everything that is due, newest first.
///
/// # Errors
/// The upstream cannot be reached or asks to be left alone, its mirror was removed, or storage fails. What was not
/// fetched stays wanted.
pub(super) async fn fetch_due(app: &App, run: &mut Run<'_>) -> Result<(), Stop> {
    loop {
        let due = offered::due(&mut app.db.read(), &run.upstream.id, app.now(), DUE_AT_ONCE).await?;
        if due.is_empty() {
            return Ok(());
        }
        fetch_all(app, run, due).await?;
    }
}

/// Once something speaks against going on, no further fetch begins; those under way end and are written down. Each is a
/// task of its own, since one that waits for its turn to write must not keep another from ending its transaction.
async fn fetch_all(app: &App, run: &mut Run<'_>, due: Vec<OfferedRow>) -> Result<(), Stop> {
    let upstream = Arc::new(run.upstream.clone());
    let mut due = due.into_iter();
    let mut fetches = JoinSet::new();
    let (mut ended, mut failures_in_a_row) = (Ok(()), 0);
    loop {
        while ended.is_ok() && fetches.len() < FETCHES_AT_ONCE {
            let Some(row) = due.next() else { break };
            fetches.spawn(fetch(app.clone(), upstream.clone(), row));
        }
        let Some(fetched) = fetches.join_next().await else { return ended };
        let (row, traffic, fate) = fetched.map_err(Error::from)?;
        run.summary.requests += traffic.requests;
        run.summary.bytes += traffic.bytes;
        let blamed = match &fate {
            Ok(Fate::Failed { why, blames_host: true }) => Some(why.clone()),
            _ => None,
        };
        failures_in_a_row = if blamed.is_some() { failures_in_a_row + 1 } else { 0 };
        let recorded = match fate {
            Ok(fate) => record(app, run, row, fate).await,
            Err(error) => Err(error.into()),
        };
        if let Err(stop) = recorded {
            ended = ended.and(Err(stop));
        } else if let Some(last) = blamed.filter(|_| failures_in_a_row == FAILURES_IN_A_ROW_MAX) {
            let why = format!("{FAILURES_IN_A_ROW_MAX} archives in a row could not be fetched: {last}");
            ended = ended.and(Err(Stop::Upstream { why, asked: None }));
        }
    }
}

/// Whether somebody still wants what this upstream brings.
pub(super) async fn is_followed(app: &App, upstream: &UpstreamRow) -> Result<bool> {
    let row = upstreams::by_id(&mut app.db.read(), &upstream.id).await?;
    Ok(row.is_some_and(|row| row.removed_at.is_none()))
}

/// What was sent and received for one version.
#[derive(Default)]
struct Traffic {
    requests: u64,
    bytes: u64,
}

async fn fetch(app: App, upstream: Arc<UpstreamRow>, row: OfferedRow) -> (OfferedRow, Traffic, Result<Fate>) {
    let mut traffic = Traffic::default();
    let fate = decide(&app, &upstream, &row, &mut traffic).await;
    (row, traffic, fate)
}

async fn decide(app: &App, upstream: &UpstreamRow, row: &OfferedRow, traffic: &mut Traffic) -> Result<Fate> {
    if !is_followed(app, upstream).await? {
        return Ok(Fate::Removed);
    }
    let here = match here(app, upstream, row).await {
        Ok(here) => here,
        Err(error) if error.kind == Kind::InvalidName => return Ok(Fate::Refused(error.public)),
        Err(error) => return Err(error),
    };
    // Where the index says the digest, what is here already needs no request.
    if let (Some(here), false) = (&here, row.said_digest.is_empty()) {
        return Ok(if here.digest.as_str() == row.said_digest { same(row, here) } else { other(row, here)? });
    }
    let bytes = match download(app, row, traffic).await {
        Ok(bytes) => bytes,
        Err(failure) => return Ok(fate_of(failure)),
    };
    let digest = Digest::of(&bytes);
    if !row.said_digest.is_empty() && digest.as_str() != row.said_digest {
        return Ok(Fate::Refused(format!(
            "its bytes hash to {digest}, but the index says {}; nothing was stored",
            row.said_digest
        )));
    }
    match here {
        Some(here) if here.digest == digest => Ok(same(row, &here)),
        Some(here) => Ok(Fate::Changed { digest, ours: Some(Box::new(here)) }),
        None => take_in(app, upstream, row, bytes).await,
    }
}

/// The version of this name that is here already.
async fn here(app: &App, upstream: &UpstreamRow, row: &OfferedRow) -> Result<Option<VersionRow>> {
    let (chart, version) = (ChartName::parse(&row.chart)?, Version::parse(&row.version)?);
    versions::by_name(&mut app.db.read(), &upstream.repository, &chart, &version).await
}

fn same(row: &OfferedRow, here: &VersionRow) -> Fate {
    if row.state == Standing::Held {
        return Fate::Returned;
    }
    Fate::Stored { row: Box::new(here.clone()), new: false }
}

fn other(row: &OfferedRow, here: &VersionRow) -> Result<Fate> {
    Ok(Fate::Changed { digest: Digest::parse(&row.said_digest)?, ours: Some(Box::new(here.clone())) })
}

async fn download(app: &App, row: &OfferedRow, traffic: &mut Traffic) -> Result<Vec<u8>, Failure> {
    let url = Url::parse(&row.url).map_err(|error| Failure::BadContent {
        url: "the archive's URL".to_owned(),
        why: format!("it is none: {error}"),
    })?;
    let request = Request::new(UPLOAD_BYTES_MAX as u64, ARCHIVE_DEADLINE);
    let _turn = app.hosts.turn(&url).await;
    traffic.requests += 1;
    match app.outbound.get(&url, &request).await? {
        Answer::Fresh(fresh) => {
            let bytes = fresh.body.bytes().await?;
            traffic.bytes += bytes.len() as u64;
            Ok(bytes)
        }
        Answer::NotModified => Err(Failure::BadContent {
            url: shown(&url),
            why: "it answered \"not modified\" without being asked".to_owned(),
        }),
    }
}

fn fate_of(failure: Failure) -> Fate {
    let why = failure.to_string();
    match failure {
        asks if schedule::asks_to_wait(&asks) => Fate::Asked { failure: asks },
        Failure::TooLarge { .. } => Fate::Refused(why),
        Failure::Refused(_) | Failure::Redirect { .. } => Fate::GivenUp(why),
        Failure::Unreachable { .. } | Failure::TimedOut { .. } => Fate::Failed { why, blames_host: true },
        Failure::Status { .. } | Failure::BadContent { .. } | Failure::Storage { .. } => {
            Fate::Failed { why, blames_host: false }
        }
    }
}

async fn take_in(app: &App, upstream: &UpstreamRow, row: &OfferedRow, bytes: Vec<u8>) -> Result<Fate> {
    let digest = Digest::of(&bytes);
    let origin = Origin {
        upstream: upstream.name.clone(),
        url: Url::parse(&row.url).map(|url| shown(&url)).unwrap_or_default(),
        chart: row.chart.clone(),
        version: row.version.clone(),
        said_digest: (!row.said_digest.is_empty()).then(|| digest.clone()),
    };
    let upload = Upload {
        repository: upstream.repository.clone(),
        bytes: bytes.into(),
        door: Door::Mirror,
        oci: None,
        origin: Some(origin),
    };
    let taken = registry::intake(app, &registry::mirror_caller(upstream), upload).await;
    let here = match taken {
        Ok(_) => here(app, upstream, row).await?,
        // Somebody pushed other bytes between our look and this; or the other spelling of the version is here.
        Err(error) if error.kind == Kind::Conflict => match here(app, upstream, row).await? {
            Some(ours) if ours.digest != digest => {
                return Ok(Fate::Changed { digest, ours: Some(Box::new(ours)) });
            }
            _ => return Ok(Fate::Refused(error.public)),
        },
        Err(error) if is_charts_fault(error.kind) => return Ok(Fate::Refused(error.public)),
        Err(error) => return Err(error),
    };
    let row = here.ok_or_else(|| Error::internal("a version that was taken in is not there"))?;
    Ok(Fate::Stored { row: Box::new(row), new: true })
}

fn is_charts_fault(kind: Kind) -> bool {
    matches!(kind, Kind::ChartRefused | Kind::InvalidName | Kind::TooLarge | Kind::InvalidManifest)
}

/// Writes what became of a version, and counts it.
async fn record(app: &App, run: &mut Run<'_>, row: OfferedRow, fate: Fate) -> Result<(), Stop> {
    let now = app.now();
    let row = match fate {
        Fate::Stored { row: here, new } => {
            run.summary.new += u64::from(new);
            let (id, digest) = (Some(here.id), Some(here.digest));
            let state = Standing::Stored;
            OfferedRow { state, version_id: id, digest, attempts: 0, next_try_at: None, error: None, ..row }
        }
        Fate::Returned => {
            registry::record_bytes(app, run.upstream, &returned(row)).await?;
            return Ok(());
        }
        Fate::Changed { digest, ours } => {
            let is_known = row.changed_digest.as_deref() == Some(digest.as_str());
            let (version_id, ours) = ours.map(|ours| (ours.id, ours.digest)).unzip();
            let row = OfferedRow { version_id, digest: ours, attempts: 0, next_try_at: None, ..row };
            if !is_known {
                run.summary.changed += 1;
                registry::record_bytes(app, run.upstream, &changed(row, digest.to_string(), now)).await?;
                return Ok(());
            }
            row
        }
        Fate::Refused(why) => {
            run.summary.refused += 1;
            let (state, error) = (Standing::Refused, Some(why));
            OfferedRow { state, error, attempts: 0, next_try_at: None, ..row }
        }
        Fate::Removed => return Err(Stop::Removed),
        Fate::GivenUp(why) => failed(run, row, why, true, now),
        Fate::Failed { why, .. } => failed(run, row, why, false, now),
        Fate::Asked { failure } => {
            let until = schedule::asked(now, failure.retry_after());
            retried(|| async {
                let mut tx = app.db.begin().await?;
                offered::postpone(&mut tx, &run.upstream.id, until).await?;
                tx.commit().await
            })
            .await?;
            return Err(Stop::Upstream { why: failure.to_string(), asked: Some(until) });
        }
    };
    put(app, &row).await?;
    Ok(())
}

/// A failed try: another one later, or none any more. What is here already stays as it is.
fn failed(
    run: &mut Run<'_>,
    row: OfferedRow,
    why: String,
    for_good: bool,
    now: crate::model::Micros,
) -> OfferedRow {
    let attempts = row.attempts + 1;
    let next_try_at = if for_good { None } else { schedule::after_tries(now, attempts, schedule::throw()) };
    let mut state = row.state;
    if next_try_at.is_none() {
        run.summary.failed += 1;
        if state == Standing::Wanted {
            state = Standing::Failed;
        }
    }
    OfferedRow { state, attempts, next_try_at, error: Some(why), ..row }
}

async fn put(app: &App, row: &OfferedRow) -> Result<()> {
    retried(|| async {
        let mut tx = app.db.begin().await?;
        offered::put(&mut tx, row).await?;
        tx.commit().await
    })
    .await
}
