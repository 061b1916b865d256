//! An index that has arrived, read into rows: what is wanted of it, what changed, what is gone. It fetches nothing.

use std::collections::HashSet;
use std::io::Seek as _;
use std::ops::ControlFlow;

use renderer::version_range::Constraint;
use reqwest::Url;
use tokio::sync::mpsc;

use super::address::{archive_url, index_url};
use super::compare::{Offer, Step, compare, first_seen};
use super::fetch::is_followed;
use super::index::{self, Entry, Fault, Found, Limits};
use super::spool::Spool;
use super::sync::{Run, Stop};
use crate::app::App;
use crate::db::retried;
use crate::db::upstream_versions::{self as offered, Standing};
use crate::db::upstreams::{self, IndexMark, UpstreamRow};
use crate::error::{Error, Result};
use crate::model::{Digest, Micros};
use crate::outbound::shown;
use crate::registry;

/// Versions written in one transaction.
const BATCH: usize = 200;
/// Batches that are read ahead of their writing.
const BATCHES_AHEAD: usize = 2;

/// Which entries of an index are wanted.
#[derive(Clone)]
struct Filter {
    charts: HashSet<String>,
    versions: Option<Constraint>,
    repository: Url,
}

/// Reads an index into rows. It is looked through once before anything is written: an index that is no index to its last
/// byte leaves no trace.
///
/// # Errors
/// The index is not one or is beyond the limits, or its mirror was removed meanwhile.
pub(super) async fn read_offers(
    app: &App,
    run: &mut Run<'_>,
    spool: Spool,
    mark: &IndexMark,
) -> Result<(), Stop> {
    let upstream = run.upstream;
    let filter = Filter::of(upstream)?;
    let (sender, mut batches) = mpsc::channel(BATCHES_AHEAD);
    let reading_it = {
        let filter = filter.clone();
        tokio::task::spawn_blocking(move || {
            look_through(&spool).and_then(|()| read(&spool, &filter, &sender))
        })
    };
    let reading = app.new_id()?.to_string();
    while let Some(batch) = batches.recv().await {
        if !is_followed(app, upstream).await? {
            return Err(Stop::Removed);
        }
        write(app, run, &batch, &reading).await?;
    }
    let counts = reading_it.await.map_err(Error::from)?.map_err(|fault| {
        let url = index_url(&filter.repository).map(|url| shown(&url)).unwrap_or_default();
        Stop::Upstream { why: format!("{url}: {fault}"), asked: None }
    })?;
    run.summary.entries = counts.entries as u64;
    run.summary.gone = retried(|| async {
        let mut tx = app.db.begin().await?;
        let gone = offered::mark_gone(&mut tx, &upstream.id, &reading, app.now()).await?;
        upstreams::set_index(&mut tx, &upstream.id, mark).await?;
        tx.commit().await?;
        Ok(gone)
    })
    .await?;
    Ok(())
}

fn look_through(spool: &Spool) -> Result<(), Fault> {
    index::read(from_start(spool)?, &Limits::default(), |_| ControlFlow::Continue(())).map(|_| ())
}

fn from_start(spool: &Spool) -> Result<&std::fs::File, Fault> {
    (&spool.0).rewind().map_err(|error| Fault::Unreadable(error.to_string()))?;
    Ok(&spool.0)
}

fn read(spool: &Spool, filter: &Filter, sender: &mpsc::Sender<Vec<Offer>>) -> Result<index::Counts, Fault> {
    let mut batch = Vec::with_capacity(BATCH);
    let counts = index::read(from_start(spool)?, &Limits::default(), |found| {
        batch.extend(filter.wanted(found));
        if batch.len() < BATCH {
            return ControlFlow::Continue(());
        }
        let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH));
        // Nobody takes it where writing has failed; that error is the one to tell of.
        if sender.blocking_send(full).is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    let _ = sender.blocking_send(batch);
    Ok(counts)
}

impl Filter {
    fn of(upstream: &UpstreamRow) -> Result<Filter> {
        let versions = match upstream.versions.as_str() {
            "" => None,
            range => Some(Constraint::parse(range).map_err(Error::internal)?),
        };
        let repository = Url::parse(&upstream.url).map_err(Error::internal)?;
        Ok(Filter { charts: upstream.chart_names().into_iter().collect(), versions, repository })
    }

    fn wanted(&self, found: Found) -> Option<Offer> {
        let chart = match &found {
            Found::Entry(entry) => entry.chart.as_str(),
            Found::Refused(refused) => &refused.chart,
        };
        if !self.charts.is_empty() && !self.charts.contains(chart) {
            return None;
        }
        match found {
            Found::Entry(entry) => {
                let in_range = self.versions.as_ref().is_none_or(|range| range.check(&entry.read));
                in_range.then(|| self.offer(entry))
            }
            Found::Refused(refused) => Some(Offer {
                chart: refused.chart,
                version: refused.version,
                url: String::new(),
                digest: String::new(),
                created_at: Micros(0),
                position: refused.position as i64,
                refused: Some(refused.why),
            }),
        }
    }

    fn offer(&self, entry: Entry) -> Offer {
        let written = entry.urls.iter().find(|url| !url.is_empty()).map_or("", String::as_str);
        let (url, bad_url) = match archive_url(&self.repository, written) {
            Ok(url) => (url.to_string(), None),
            Err(invalid) => (String::new(), Some(invalid.to_string())),
        };
        let bad_version = entry.version.is_none().then(|| {
            format!(
                "its version {} is not SemVer 2.0; Helm alone would read it as {}",
                entry.written, entry.read
            )
        });
        Offer {
            chart: entry.chart.to_string(),
            version: entry.written,
            url,
            digest: entry.digest.as_ref().map(Digest::to_string).unwrap_or_default(),
            created_at: entry.created.unwrap_or(Micros(0)),
            position: entry.position as i64,
            refused: bad_version.or(bad_url),
        }
    }
}

/// Writes one batch, then raises the alarms of what changed in it, each with its entry in the log.
async fn write(app: &App, run: &mut Run<'_>, batch: &[Offer], reading: &str) -> Result<()> {
    let upstream = run.upstream;
    let steps = retried(|| async {
        let mut tx = app.db.begin().await?;
        let mut steps = Vec::new();
        for offer in batch {
            let row = first_seen(&upstream.id, offer, reading, app.now());
            if offered::mark_seen(&mut tx, &row).await? {
                continue;
            }
            let known = offered::by_name(&mut tx, &upstream.id, &offer.chart, &offer.version).await?;
            let step = compare(&upstream.id, known, offer, reading, app.now());
            if let Step::Put(row) = &step {
                offered::put(&mut tx, row).await?;
            }
            steps.push(step);
        }
        tx.commit().await?;
        Ok(steps)
    })
    .await?;
    let mut told = HashSet::new();
    for step in steps {
        match step {
            Step::Put(row) if row.state == Standing::Refused => run.summary.refused += 1,
            Step::Put(_) | Step::Repeated => {}
            // Within one batch an index can list a version twice; its first entry counts.
            Step::Changed(row) if told.insert((row.chart.clone(), row.version.clone())) => {
                run.summary.changed += 1;
                registry::record_bytes(app, upstream, &row).await?;
            }
            Step::Returned(row) if told.insert((row.chart.clone(), row.version.clone())) => {
                registry::record_bytes(app, upstream, &row).await?;
            }
            Step::Changed(_) | Step::Returned(_) => {}
        }
    }
    Ok(())
}
