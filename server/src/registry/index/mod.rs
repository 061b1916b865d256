//! The index of a repository: one fragment per chart, made again only when that chart's content changes, and sent as a rope
//! of fragments that is never copied into one text. It is JSON, which YAML readers take too and Helm reads ten times faster.

mod entry;
mod gzip;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use gzip::Deflated;
pub use gzip::Gzip;

use crate::app::App;
use crate::db::charts;
use crate::db::repositories::RepositoryRow;
use crate::db::versions::{self, PublishedRow};
use crate::error::Result;
use crate::model::{ChartName, Digest, Id, Micros};

/// Stands between two fragments.
const SEPARATOR: &[u8] = b",\n";
/// Part of every validator; another number where the same rows would give other bytes.
const FORMAT: &[u8] = b"chartgate.index/2\n";

/// One repository's index, as readers see it.
#[derive(Debug)]
pub struct Index {
    pub changed_at: Micros,
    /// Of the repository's row that it was made from; its charts may be newer, never older.
    revision: i64,
    fragments: BTreeMap<ChartName, Arc<Fragment>>,
    /// Beginning, fragments with separators, end.
    pieces: Vec<Bytes>,
    length: u64,
    /// Strong, without quotes: over the fragments' hashes and the end.
    validator: String,
    gzip: OnceLock<Gzip>,
}

/// The entries of one chart, newest version first: `"name":[` and one entry a line.
#[derive(Debug)]
struct Fragment {
    bytes: Bytes,
    /// Where the list begins, after the name.
    list_at: usize,
    hash: [u8; 32],
    deflated: OnceLock<Deflated>,
}

impl Index {
    fn new(repository: &RepositoryRow, fragments: BTreeMap<ChartName, Arc<Fragment>>) -> Index {
        let generated = entry::text(&repository.content_changed_at.rfc3339());
        let line = if fragments.is_empty() { "" } else { "\n" };
        let begin = Bytes::from(format!("{{\"apiVersion\":\"v1\",\"entries\":{{{line}"));
        let end = Bytes::from(format!("{line}}},\"generated\":{generated}}}\n"));
        let mut hasher = Sha256::new_with_prefix(FORMAT);
        for fragment in fragments.values() {
            hasher.update(fragment.hash);
        }
        hasher.update(&end);
        let pieces = joined(begin, &fragments, end);
        Index {
            changed_at: repository.content_changed_at,
            revision: repository.revision,
            length: pieces.iter().map(|piece| piece.len() as u64).sum(),
            pieces,
            fragments,
            validator: Digest::from_hasher(hasher).hex().to_owned(),
            gzip: OnceLock::new(),
        }
    }

    /// Strong and quoted.
    #[must_use]
    pub fn etag(&self) -> String {
        format!("\"{}\"", self.validator)
    }

    /// As [`Index::etag`], of the gzip form: other bytes, another validator.
    #[must_use]
    pub fn gzip_etag(&self) -> String {
        format!("\"{}-gzip\"", self.validator)
    }

    /// The text in order, in pieces.
    #[must_use]
    pub fn pieces(&self) -> &[Bytes] {
        &self.pieces
    }

    /// Bytes of the text.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The text as one gzip member. The first call compresses each fragment that no index before this one did, which takes
    /// a second for a hundred megabytes; later ones are free.
    pub fn gzip(&self) -> &Gzip {
        self.gzip.get_or_init(|| {
            let mut fragments = self.fragments.values();
            Gzip::of(self.pieces.iter().map(|piece| {
                // A fragment begins with its chart's name; no other piece begins with a quote.
                let is_fragment = piece.first() == Some(&b'"');
                let known = if is_fragment { fragments.next() } else { None };
                (piece, known.map(|fragment| fragment.deflated.get_or_init(|| Deflated::of(&fragment.bytes))))
            }))
        })
    }

    /// Whether [`Index::gzip`] is ready.
    #[must_use]
    pub fn is_compressed(&self) -> bool {
        self.gzip.get().is_some()
    }

    /// Entries by chart name, newest version first, as JSON in pieces: ChartMuseum's list.
    #[must_use]
    pub fn charts(&self) -> Vec<Bytes> {
        joined(Bytes::from_static(b"{\n"), &self.fragments, Bytes::from_static(b"\n}\n"))
    }

    /// Entries of one chart as a JSON list, newest version first, where there is an approved version.
    #[must_use]
    pub fn chart(&self, name: &ChartName) -> Option<Bytes> {
        self.fragments.get(name).map(|fragment| fragment.bytes.slice(fragment.list_at..))
    }
}

fn joined(begin: Bytes, fragments: &BTreeMap<ChartName, Arc<Fragment>>, end: Bytes) -> Vec<Bytes> {
    let mut pieces = Vec::with_capacity(fragments.len() * 2 + 2);
    pieces.push(begin);
    for (place, fragment) in fragments.values().enumerate() {
        if place > 0 {
            pieces.push(Bytes::from_static(SEPARATOR));
        }
        pieces.push(fragment.bytes.clone());
    }
    pieces.push(end);
    pieces
}

impl Fragment {
    fn of(chart: &ChartName, mut rows: Vec<PublishedRow>) -> Fragment {
        rows.sort_by_cached_key(|row| std::cmp::Reverse(row.version.order()));
        let mut text = format!("{}:", entry::text(chart.as_str()));
        let list_at = text.len();
        for (place, row) in rows.iter().enumerate() {
            text.push_str(if place == 0 { "[\n" } else { ",\n" });
            entry::write(&mut text, chart, row);
        }
        text.push_str("\n]");
        text.shrink_to_fit();
        let bytes = Bytes::from(text);
        Fragment { hash: Sha256::digest(&bytes).into(), bytes, list_at, deflated: OnceLock::new() }
    }
}

/// Indexes by repository. What is kept here is made again from rows whenever it is not there.
#[derive(Clone, Debug, Default)]
pub struct IndexCache(Arc<Mutex<HashMap<Id, Arc<Slot>>>>);

#[derive(Debug, Default)]
struct Slot {
    index: Mutex<Option<Arc<Index>>>,
    /// Held by the one request that makes the next index; others wait for what it makes.
    building: tokio::sync::Mutex<()>,
}

impl Slot {
    fn get(&self) -> Option<Arc<Index>> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn at(&self, revision: i64) -> Option<Arc<Index>> {
        self.get().filter(|index| index.revision >= revision)
    }
}

impl IndexCache {
    /// The index of a repository row that was just read.
    pub(super) async fn of(&self, app: &App, repository: &RepositoryRow) -> Result<Arc<Index>> {
        let slot = {
            let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(slots.entry(repository.id.clone()).or_default())
        };
        if let Some(index) = slot.at(repository.revision) {
            return Ok(index);
        }
        let _turn = slot.building.lock().await;
        if let Some(index) = slot.at(repository.revision) {
            return Ok(index);
        }
        let index = Arc::new(build(app, repository, slot.get().as_deref()).await?);
        *slot.index.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&index));
        Ok(index)
    }
}

/// Reads the charts that changed since `before`, and nothing of the others.
async fn build(app: &App, repository: &RepositoryRow, before: Option<&Index>) -> Result<Index> {
    let known = before.map_or(0, |index| index.revision);
    let mut fragments = before.map(|index| index.fragments.clone()).unwrap_or_default();
    for chart in charts::changed_since(&mut app.db.read(), &repository.id, known).await? {
        let rows = versions::published(&mut app.db.read(), &chart.id).await?;
        if rows.is_empty() {
            fragments.remove(&chart.name);
        } else {
            let fragment = Arc::new(Fragment::of(&chart.name, rows));
            fragments.insert(chart.name, fragment);
        }
    }
    Ok(Index::new(repository, fragments))
}

#[cfg(test)]
mod tests;
