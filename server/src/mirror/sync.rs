//! One run of a mirror, from the job to its end: the index, then the archives, then when to come back. A run that is
//! killed at any moment is taken up again by its job and goes on where the rows say.

use std::time::Duration;

use reqwest::Url;

use super::address::index_url;
use super::fetch::{fetch_due, is_followed};
use super::offers::read_offers;
use super::spool::Spool;
use super::{Summary, schedule};
use crate::app::App;
use crate::db::jobs::{self, JobRow};
use crate::db::retried;
use crate::db::upstream_versions as offered;
use crate::db::upstreams::{self, Ending, IndexMark, RunRow, UpstreamRow};
use crate::error::{Error, Result};
use crate::model::Micros;
use crate::outbound::{Answer, Failure, Fresh, Request};

/// Decoded bytes of an index.
const INDEX_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// The whole index, from the request to its last byte.
const INDEX_DEADLINE: Duration = Duration::from_secs(300);
/// Ended runs that an upstream's page can show.
const RUNS_KEPT: i64 = 50;

/// A run under way.
pub(super) struct Run<'a> {
    pub upstream: &'a UpstreamRow,
    pub summary: Summary,
}

/// Why a run ends before everything is done.
pub(super) enum Stop {
    /// The upstream is the reason, in words for its page; and until when it asked to be left alone.
    Upstream { why: String, asked: Option<Micros> },
    /// Nobody follows it any more.
    Removed,
    /// Something of ours failed.
    Ours(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Ours(error)
    }
}

/// Runs the mirror job of one upstream.
///
/// # Errors
/// The database cannot be used; the job is to be tried again.
pub async fn follow(app: &App, job: &JobRow) -> Result<()> {
    let upstream = upstreams::by_id(&mut app.db.read(), &job.subject_id).await?;
    let run = upstreams::run_by_id(&mut app.db.read(), &job.id).await?;
    let (Some(upstream), Some(row)) = (upstream, run) else {
        return Err(Error::internal("the job's upstream or its run does not exist"));
    };
    begin(app, &upstream, &row).await?;
    let mut run = Run { upstream: &upstream, summary: Summary::default() };
    let ended = bring_in(app, &mut run).await;
    let summary = run.summary;
    finish(app, job, &upstream, summary, ended).await
}

async fn begin(app: &App, upstream: &UpstreamRow, run: &RunRow) -> Result<()> {
    retried(|| async {
        let mut tx = app.db.begin().await?;
        upstreams::start_run(&mut tx, &run.id, app.now()).await?;
        if run.asked_by.is_some() {
            offered::want_failed_again(&mut tx, &upstream.id, app.now()).await?;
        }
        tx.commit().await
    })
    .await
}

async fn bring_in(app: &App, run: &mut Run<'_>) -> Result<(), Stop> {
    if !is_followed(app, run.upstream).await? {
        return Err(Stop::Removed);
    }
    read_index(app, run).await?;
    let fetched = fetch_due(app, run).await;
    let counts = offered::counts(&mut app.db.read(), &run.upstream.id).await?;
    run.summary.unchanged = u64::try_from(counts.stored).unwrap_or_default().saturating_sub(run.summary.new);
    let (waiting, _) = offered::waiting(&mut app.db.read(), &run.upstream.id).await?;
    run.summary.waiting = u64::try_from(waiting).unwrap_or_default();
    fetched
}

/// Asks for the index, and reads it into rows unless it is the one that was read before.
async fn read_index(app: &App, run: &mut Run<'_>) -> Result<(), Stop> {
    let upstream = run.upstream;
    let url = Url::parse(&upstream.url).map_err(Error::internal)?;
    let url = index_url(&url).map_err(Error::from)?;
    let request = Request {
        etag: upstream.etag.clone(),
        last_modified: upstream.last_modified.clone(),
        gzip: true,
        ..Request::new(INDEX_BYTES_MAX, INDEX_DEADLINE)
    };
    run.summary.requests += 1;
    match app.outbound.get(&url, &request).await {
        Ok(Answer::NotModified) => {
            run.summary.index_unchanged = true;
            Ok(())
        }
        Ok(Answer::Fresh(fresh)) => take_index(app, run, fresh).await,
        Err(failure) => Err(stop(app, &failure)),
    }
}

async fn take_index(app: &App, run: &mut Run<'_>, fresh: Fresh) -> Result<(), Stop> {
    let mut mark = IndexMark { etag: fresh.etag, last_modified: fresh.last_modified, digest: String::new() };
    let (spool, digest) = match Spool::fill(&app.config.scratch(), fresh.body).await {
        Ok(filled) => filled,
        Err(failure) => return Err(stop(app, &failure)),
    };
    mark.digest = digest.to_string();
    if run.upstream.index_digest.as_ref() == Some(&mark.digest) {
        run.summary.index_unchanged = true;
        retried(|| async {
            let mut tx = app.db.begin().await?;
            upstreams::set_index(&mut tx, &run.upstream.id, &mark).await?;
            tx.commit().await
        })
        .await?;
        return Ok(());
    }
    read_offers(app, run, spool, &mark).await
}

/// What a failed request for the index means.
fn stop(app: &App, failure: &Failure) -> Stop {
    if let Failure::Storage { why, .. } = failure {
        return Stop::Ours(Error::unavailable("the folder for indexes cannot be written", why.clone()));
    }
    let asked = schedule::asks_to_wait(failure).then(|| schedule::asked(app.now(), failure.retry_after()));
    Stop::Upstream { why: failure.to_string(), asked }
}

/// Writes how the run ended and when the next one is due, and ends the job, all or nothing.
async fn finish(
    app: &App,
    job: &JobRow,
    upstream: &UpstreamRow,
    summary: Summary,
    ended: Result<(), Stop>,
) -> Result<()> {
    let (error, asked) = match ended {
        Ok(()) => (None, None),
        Err(Stop::Upstream { why, asked }) => (Some(why), asked),
        Err(Stop::Removed) => (Some("the upstream was removed".to_owned()), None),
        Err(Stop::Ours(error)) => {
            tracing::error!(upstream = upstream.name, %error, cause = ?error.source, "a mirror's run failed here");
            (Some(error.public), None)
        }
    };
    match &error {
        None if summary.changed > 0 => tracing::warn!(upstream = upstream.name, "{}", summary.words()),
        None => tracing::info!(upstream = upstream.name, "{}", summary.words()),
        Some(why) => tracing::warn!(upstream = upstream.name, why, "a mirror's run failed"),
    }
    let text = serde_json::to_string(&summary)?;
    let (now, dice) = (app.now(), schedule::throw());
    retried(|| async {
        let mut tx = app.db.begin().await?;
        if !jobs::finish(&mut tx, job, now).await? {
            return Ok(());
        }
        let (_, due) = offered::waiting(&mut tx, &upstream.id).await?;
        let failures = if error.is_some() { upstream.failures + 1 } else { 0 };
        let next = match &error {
            None => schedule::after_success(now, upstream.every_seconds, due, dice),
            Some(_) => schedule::after_failures(now, failures, dice),
        };
        let not_before = asked.unwrap_or(Micros(0));
        let next_run_at = next.max(not_before);
        let ending = Ending { error: error.clone(), failures, next_run_at, not_before };
        upstreams::set_ending(&mut tx, &upstream.id, &ending, now).await?;
        upstreams::end_run(&mut tx, &job.id, &text, error.as_deref(), now).await?;
        upstreams::forget_runs(&mut tx, &upstream.id, RUNS_KEPT).await?;
        tx.commit().await
    })
    .await
}
