//! Rows of `upstream_version`: every version that an upstream offers and its mirror wants, and what became of it.

use super::{Ask, Tx};
use crate::error::Result;
use crate::model::{Digest, Id, Micros};

/// What became of a version that an upstream offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "lowercase")]
pub enum Standing {
    /// Still to be fetched.
    Wanted,
    /// Here, with the bytes that the upstream offers.
    Stored,
    /// Not taken: what the index or the archive says is wrong.
    Refused,
    /// Could not be fetched, again and again.
    Failed,
    /// The upstream offers other bytes than the ones that are here; those stay.
    Held,
}

impl Standing {
    pub const ALL: [Standing; 5] =
        [Standing::Wanted, Standing::Stored, Standing::Refused, Standing::Failed, Standing::Held];

    /// The one spelling used in rows, JSON and pages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Standing::Wanted => "wanted",
            Standing::Stored => "stored",
            Standing::Refused => "refused",
            Standing::Failed => "failed",
            Standing::Held => "held",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct OfferedRow {
    pub upstream_id: Id,
    /// As the index writes it; a chart's name only where `state` is not `Refused`.
    pub chart: String,
    pub version: String,
    /// Of the archive; empty where the index gives none that can be fetched.
    pub url: String,
    /// `sha256:<hex>` of the archive by the index; empty where it says none.
    pub said_digest: String,
    /// Time of the version by the index; 0 where it says none.
    pub said_created_at: Micros,
    /// Place in the index's list of the chart's versions.
    pub position: i64,
    pub state: Standing,
    pub version_id: Option<Id>,
    /// Of the bytes here.
    pub digest: Option<Digest>,
    /// Tries that failed.
    pub attempts: i64,
    /// When to fetch it; absent where there is nothing to fetch.
    pub next_try_at: Option<Micros>,
    pub error: Option<String>,
    /// Other bytes that the upstream offers under this version.
    pub changed_digest: Option<String>,
    pub changed_at: Option<Micros>,
    /// The reading of the index that saw it last.
    pub reading: String,
    pub first_seen_at: Micros,
    pub gone_at: Option<Micros>,
}

/// Marks a row as seen when the index says of it what it said before. Tells whether it does.
pub async fn mark_seen(tx: &mut Tx, row: &OfferedRow) -> Result<bool> {
    let seen = tx
        .query(
            "UPDATE upstream_version SET reading = $7 WHERE upstream_id = $1 AND chart = $2 AND version = $3
             AND url = $4 AND said_digest = $5 AND said_created_at = $6 AND gone_at IS NULL AND reading <> $7",
        )
        .bind(row.upstream_id.clone())
        .bind(row.chart.clone())
        .bind(row.version.clone())
        .bind(row.url.clone())
        .bind(row.said_digest.clone())
        .bind(row.said_created_at)
        .bind(row.reading.clone())
        .run()
        .await?;
    Ok(seen == 1)
}

pub async fn by_name(
    on: &mut impl Ask,
    upstream: &Id,
    chart: &str,
    version: &str,
) -> Result<Option<OfferedRow>> {
    on.query("SELECT * FROM upstream_version WHERE upstream_id = $1 AND chart = $2 AND version = $3")
        .bind(upstream.clone())
        .bind(chart.to_owned())
        .bind(version.to_owned())
        .maybe()
        .await
}

/// Writes a row, new or known.
pub async fn put(tx: &mut Tx, row: &OfferedRow) -> Result<()> {
    tx.query(
        "INSERT INTO upstream_version (upstream_id, chart, version, url, said_digest, said_created_at, position,
           state, version_id, digest, attempts, next_try_at, error, changed_digest, changed_at, reading,
           first_seen_at, gone_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
         ON CONFLICT (upstream_id, chart, version) DO UPDATE SET url = $4, said_digest = $5, said_created_at = $6,
           position = $7, state = $8, version_id = $9, digest = $10, attempts = $11, next_try_at = $12, error = $13,
           changed_digest = $14, changed_at = $15, reading = $16, gone_at = $18",
    )
    .bind(row.upstream_id.clone())
    .bind(row.chart.clone())
    .bind(row.version.clone())
    .bind(row.url.clone())
    .bind(row.said_digest.clone())
    .bind(row.said_created_at)
    .bind(row.position)
    .bind(row.state)
    .bind(row.version_id.clone())
    .bind(row.digest.clone())
    .bind(row.attempts)
    .bind(row.next_try_at)
    .bind(row.error.clone())
    .bind(row.changed_digest.clone())
    .bind(row.changed_at)
    .bind(row.reading.clone())
    .bind(row.first_seen_at)
    .bind(row.gone_at)
    .run()
    .await?;
    Ok(())
}

/// What the reading of an index did not see is gone: it stays here, and what was not fetched yet is not wanted any more.
pub async fn mark_gone(tx: &mut Tx, upstream: &Id, reading: &str, now: Micros) -> Result<u64> {
    tx.query(
        "UPDATE upstream_version SET gone_at = $3, next_try_at = NULL,
         error = CASE WHEN state = 'wanted' THEN 'gone from the index before it was fetched' ELSE error END,
         state = CASE WHEN state = 'wanted' THEN 'failed' ELSE state END
         WHERE upstream_id = $1 AND reading <> $2 AND gone_at IS NULL",
    )
    .bind(upstream.clone())
    .bind(reading.to_owned())
    .bind(now)
    .run()
    .await
}

/// What is due to be fetched, newest first.
pub async fn due(on: &mut impl Ask, upstream: &Id, now: Micros, limit: i64) -> Result<Vec<OfferedRow>> {
    on.query(
        "SELECT * FROM upstream_version WHERE upstream_id = $1 AND next_try_at <= $2
         ORDER BY said_created_at DESC, position, chart, version LIMIT $3",
    )
    .bind(upstream.clone())
    .bind(now)
    .bind(limit)
    .all()
    .await
}

/// How many versions are still to be fetched, and when the first of them is due.
pub async fn waiting(on: &mut impl Ask, upstream: &Id) -> Result<(i64, Option<Micros>)> {
    on.query(
        "SELECT COUNT(*), MIN(next_try_at) FROM upstream_version
         WHERE upstream_id = $1 AND next_try_at IS NOT NULL",
    )
    .bind(upstream.clone())
    .one()
    .await
}

/// Nothing of this upstream's is fetched before then.
pub async fn postpone(tx: &mut Tx, upstream: &Id, until: Micros) -> Result<u64> {
    tx.query("UPDATE upstream_version SET next_try_at = $2 WHERE upstream_id = $1 AND next_try_at < $2")
        .bind(upstream.clone())
        .bind(until)
        .run()
        .await
}

/// A person asked to try again what could not be fetched.
pub async fn want_failed_again(tx: &mut Tx, upstream: &Id, now: Micros) -> Result<u64> {
    tx.query(
        "UPDATE upstream_version SET state = 'wanted', attempts = 0, next_try_at = $2, error = NULL
         WHERE upstream_id = $1 AND state = 'failed' AND gone_at IS NULL",
    )
    .bind(upstream.clone())
    .bind(now)
    .run()
    .await?;
    tx.query("UPDATE upstream_version SET next_try_at = $2 WHERE upstream_id = $1 AND next_try_at > $2")
        .bind(upstream.clone())
        .bind(now)
        .run()
        .await
}

/// How many versions of an upstream stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Counts {
    pub wanted: i64,
    pub stored: i64,
    pub refused: i64,
    pub failed: i64,
    /// Versions whose bytes changed upstream.
    pub held: i64,
    /// Those that the index has no more, whatever their state.
    pub gone: i64,
}

impl Counts {
    #[must_use]
    pub fn of(&self, state: Standing) -> i64 {
        match state {
            Standing::Wanted => self.wanted,
            Standing::Stored => self.stored,
            Standing::Refused => self.refused,
            Standing::Failed => self.failed,
            Standing::Held => self.held,
        }
    }
}

pub async fn counts(on: &mut impl Ask, upstream: &Id) -> Result<Counts> {
    on.query(
        "SELECT COUNT(CASE WHEN state = 'wanted' THEN 1 END) AS wanted,
         COUNT(CASE WHEN state = 'stored' THEN 1 END) AS stored,
         COUNT(CASE WHEN state = 'refused' THEN 1 END) AS refused,
         COUNT(CASE WHEN state = 'failed' THEN 1 END) AS failed,
         COUNT(CASE WHEN state = 'held' THEN 1 END) AS held, COUNT(gone_at) AS gone
         FROM upstream_version WHERE upstream_id = $1",
    )
    .bind(upstream.clone())
    .one()
    .await
}

/// One page of an upstream's versions in order of chart and version, after a name; `None` for every state.
pub async fn page(
    on: &mut impl Ask,
    upstream: &Id,
    state: Option<Standing>,
    after: (&str, &str),
    limit: i64,
) -> Result<Vec<OfferedRow>> {
    on.query(
        "SELECT * FROM upstream_version WHERE upstream_id = $1 AND (CAST($2 AS TEXT) IS NULL OR state = $2)
         AND (chart, version) > ($3, $4) ORDER BY chart, version LIMIT $5",
    )
    .bind(upstream.clone())
    .bind(state)
    .bind(after.0.to_owned())
    .bind(after.1.to_owned())
    .bind(limit)
    .all()
    .await
}
