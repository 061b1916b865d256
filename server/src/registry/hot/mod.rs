//! What readers ask for again and again, kept in memory: tokens, repositories, and approved versions with their bytes.
//! It holds nothing that rows do not say, and it never says no: whatever is not found here is asked of the rows.
//!
//! Everything kept carries the mark of the rows at the time before it was read, and counts only while the mark is the same.
//! Marks are read again after every commit of this process, and at least every [`MARKS_TRUSTED`] for those of others: what
//! one server revokes, no other serves longer than that.

mod recent;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use recent::Recent;

use crate::db::repositories::{self, RepositoryRow};
use crate::db::tokens::{self, TokenRow};
use crate::db::versions::VersionRow;
use crate::db::{Db, charts, marks};
use crate::error::Result;
use crate::model::{ChartName, Digest, Id, Micros, RepositoryName, State, Tag, Version};

/// After this time a request reads the marks again while others go on with the old ones.
const MARKS_RENEWED: Duration = Duration::from_millis(100);
/// After this time nobody goes on without new marks. Promised to readers: a second.
const MARKS_TRUSTED: Duration = Duration::from_millis(500);
/// Tokens, repositories and charts that are kept, of each.
const ROWS_MAX: usize = 10_000;
/// Versions that are kept.
const VERSIONS_MAX: usize = 20_000;
/// Bytes of blobs that are kept, and of the largest one.
const BLOBS_BYTES_MAX: usize = 32 * 1024 * 1024;
const BLOB_BYTES_MAX: usize = 2 * 1024 * 1024;

/// How a reader names something of a chart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Name {
    Tag(Tag),
    Manifest(Digest),
    Blob(Digest),
    /// The archive of a version, by its file name.
    Archive(Version),
}

/// Something of an approved version.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub version: Arc<VersionRow>,
    pub digest: Digest,
    pub media_type: Arc<str>,
}

/// The caches of a process. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Hot(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    marks: Mutex<Option<Marks>>,
    tokens: Mutex<Recent<String, (marks::Accounts, Arc<TokenRow>)>>,
    repositories: Mutex<Recent<RepositoryName, (marks::Contents, Arc<RepositoryRow>)>>,
    charts: Mutex<Recent<(Id, ChartName), Arc<Chart>>>,
    found: Mutex<Recent<(Id, Name), (i64, Found)>>,
    blobs: Mutex<Recent<Digest, Bytes>>,
}

/// The marks, and what they were read after.
#[derive(Clone, Copy, Debug)]
struct Marks {
    read: marks::Marks,
    commits: u64,
    at: Instant,
    renew_at: Instant,
}

/// A chart's row as far as it matters here.
#[derive(Debug)]
pub(super) struct Chart {
    id: Id,
    revision: i64,
    /// The repository's revision at which the chart's was still this one.
    checked: AtomicI64,
}

impl Default for Hot {
    fn default() -> Hot {
        Hot(Arc::new(Inner {
            marks: Mutex::new(None),
            tokens: Mutex::new(Recent::new(ROWS_MAX)),
            repositories: Mutex::new(Recent::new(ROWS_MAX)),
            charts: Mutex::new(Recent::new(ROWS_MAX)),
            found: Mutex::new(Recent::new(VERSIONS_MAX)),
            blobs: Mutex::new(Recent::new(BLOBS_BYTES_MAX)),
        }))
    }
}

impl Hot {
    /// The marks in force.
    async fn marks(&self, db: &Db) -> Result<marks::Marks> {
        let commits = db.commits();
        if let Some(read) = self.kept_marks(commits) {
            return Ok(read);
        }
        let at = Instant::now();
        let read = marks::read(&mut db.read()).await?;
        let mut kept = lock(&self.0.marks);
        if kept.is_none_or(|kept| kept.at < at) {
            *kept = Some(Marks { read, commits, at, renew_at: at + MARKS_RENEWED });
        }
        Ok(read)
    }

    /// Marks that still count. One request at a time gets none a little early, and reads new ones for all.
    fn kept_marks(&self, commits: u64) -> Option<marks::Marks> {
        let mut kept = lock(&self.0.marks);
        let kept = kept.as_mut().filter(|kept| kept.commits == commits)?;
        let now = Instant::now();
        if now >= kept.renew_at {
            kept.renew_at = now + MARKS_RENEWED;
            return None;
        }
        (now.duration_since(kept.at) < MARKS_TRUSTED).then_some(kept.read)
    }

    /// The live row of a token.
    pub(crate) async fn token(&self, db: &Db, hash: &str, now: Micros) -> Result<Option<Arc<TokenRow>>> {
        let mark = self.marks(db).await?.accounts;
        if let Some((of, row)) = lock(&self.0.tokens).get(hash)
            && of == mark
            && row.is_live(now)
        {
            return Ok(Some(row));
        }
        let row = tokens::by_hash(&mut db.read(), hash).await?.filter(|row| row.is_live(now)).map(Arc::new);
        if let Some(row) = &row {
            lock(&self.0.tokens).put(hash.to_owned(), (mark, Arc::clone(row)), 1);
        }
        Ok(row)
    }

    /// Forgets a token whose row was written.
    pub(crate) fn forget_token(&self, hash: &str) {
        lock(&self.0.tokens).remove(hash);
    }

    /// A repository's row; its policy may be older than the rest.
    pub(super) async fn repository(
        &self,
        db: &Db,
        name: &RepositoryName,
    ) -> Result<Option<Arc<RepositoryRow>>> {
        let mark = self.marks(db).await?.contents;
        if let Some((of, row)) = lock(&self.0.repositories).get(name)
            && of == mark
        {
            return Ok(Some(row));
        }
        let row = repositories::by_name(&mut db.read(), name).await?.map(Arc::new);
        if let Some(row) = &row {
            lock(&self.0.repositories).put(name.clone(), (mark, Arc::clone(row)), 1);
        }
        Ok(row)
    }

    /// The chart under which things are looked up and kept, as it was at the repository's revision or later.
    pub(super) async fn chart(
        &self,
        db: &Db,
        of: &RepositoryRow,
        name: &ChartName,
    ) -> Result<Option<Arc<Chart>>> {
        let key = (of.id.clone(), name.clone());
        let kept = lock(&self.0.charts).get(&key);
        if let Some(chart) = &kept
            && chart.checked.load(Ordering::Acquire) == of.revision
        {
            return Ok(kept);
        }
        let Some(row) = charts::by_name(&mut db.read(), &of.id, name).await? else { return Ok(None) };
        if let Some(chart) = kept.filter(|chart| chart.revision == row.revision) {
            chart.checked.store(of.revision, Ordering::Release);
            return Ok(Some(chart));
        }
        let chart =
            Arc::new(Chart { id: row.id, revision: row.revision, checked: AtomicI64::new(of.revision) });
        lock(&self.0.charts).put(key, Arc::clone(&chart), 1);
        Ok(Some(chart))
    }

    /// Something of an approved version of a chart.
    pub(super) fn found(&self, chart: &Chart, name: &Name) -> Option<Found> {
        let (revision, found) = lock(&self.0.found).get(&(chart.id.clone(), name.clone()))?;
        (revision == chart.revision).then_some(found)
    }

    /// Keeps what rows said after `chart` was looked up. Only what everybody may see who may read.
    pub(super) fn keep(&self, chart: &Chart, name: Name, found: &Found) {
        if found.version.state == State::Approved {
            let kept = (chart.revision, found.clone());
            lock(&self.0.found).put((chart.id.clone(), name), kept, 1);
        }
    }

    /// The bytes of a digest; they were hashed when they were kept. Who may have them, the caller has asked.
    pub(super) fn blob(&self, digest: &Digest) -> Option<Bytes> {
        lock(&self.0.blobs).get(digest)
    }

    /// Keeps bytes that hash to a digest, when they are not too many.
    pub(super) fn keep_blob(&self, digest: &Digest, bytes: &Bytes) {
        if bytes.len() <= BLOB_BYTES_MAX {
            lock(&self.0.blobs).put(digest.clone(), bytes.clone(), bytes.len());
        }
    }
}

#[cfg(test)]
impl Hot {
    /// Makes the marks count as just read.
    pub(super) fn refresh(&self, db: &Db) {
        if let Some(kept) = lock(&self.0.marks).as_mut() {
            let now = Instant::now();
            *kept = Marks { read: kept.read, commits: db.commits(), at: now, renew_at: now + MARKS_RENEWED };
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
