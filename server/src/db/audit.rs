//! Rows of `audit_entry`: appended in the transaction they tell of, never changed.

use super::{Ask, Tx};
use crate::error::Result;
use crate::model::{ChartName, Micros, RepositoryName, Version};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AuditRow {
    pub seq: i64,
    pub at: Micros,
    pub actor: String,
    pub action: String,
    pub repository: String,
    pub chart: String,
    pub version: String,
    /// The hashed JSON.
    pub entry: String,
    pub prev_hash: String,
    pub hash: String,
}

/// The last entry's sequence number and hash.
pub async fn head(on: &mut impl Ask) -> Result<Option<(i64, String)>> {
    on.query("SELECT seq, hash FROM audit_entry ORDER BY seq DESC LIMIT 1").maybe().await
}

pub async fn insert(tx: &mut Tx, row: &AuditRow) -> Result<()> {
    tx.query(
        "INSERT INTO audit_entry (seq, at, actor, action, repository, chart, version, entry, prev_hash, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(row.seq)
    .bind(row.at)
    .bind(row.actor.clone())
    .bind(row.action.clone())
    .bind(row.repository.clone())
    .bind(row.chart.clone())
    .bind(row.version.clone())
    .bind(row.entry.clone())
    .bind(row.prev_hash.clone())
    .bind(row.hash.clone())
    .run()
    .await?;
    Ok(())
}

/// Entries from `seq` on, oldest first.
pub async fn from_seq(on: &mut impl Ask, seq: i64, limit: i64) -> Result<Vec<AuditRow>> {
    on.query("SELECT * FROM audit_entry WHERE seq >= $1 ORDER BY seq LIMIT $2")
        .bind(seq)
        .bind(limit)
        .all()
        .await
}

/// What a page of the log asks for; absent means any.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    pub actor: Option<String>,
    pub action: Option<String>,
    pub repository: Option<String>,
    /// Chart name, exactly.
    pub chart: Option<String>,
    pub version: Option<String>,
    /// Entries older than this sequence number.
    pub before: Option<i64>,
}

/// Entries that match, newest first.
pub async fn page(on: &mut impl Ask, filter: &AuditFilter, limit: i64) -> Result<Vec<AuditRow>> {
    on.query(
        "SELECT * FROM audit_entry WHERE seq < $1
         AND (CAST($2 AS TEXT) IS NULL OR actor = $2) AND (CAST($3 AS TEXT) IS NULL OR action = $3)
         AND (CAST($4 AS TEXT) IS NULL OR repository = $4) AND (CAST($5 AS TEXT) IS NULL OR chart = $5)
         AND (CAST($6 AS TEXT) IS NULL OR version = $6) ORDER BY seq DESC LIMIT $7",
    )
    .bind(filter.before.unwrap_or(i64::MAX))
    .bind(filter.actor.clone())
    .bind(filter.action.clone())
    .bind(filter.repository.clone())
    .bind(filter.chart.clone())
    .bind(filter.version.clone())
    .bind(limit)
    .all()
    .await
}

/// Everything that happened to one version, oldest first.
pub async fn of_version(
    on: &mut impl Ask,
    repository: &RepositoryName,
    chart: &ChartName,
    version: &Version,
) -> Result<Vec<AuditRow>> {
    on.query("SELECT * FROM audit_entry WHERE repository = $1 AND chart = $2 AND version = $3 ORDER BY seq")
        .bind(repository.clone())
        .bind(chart.clone())
        .bind(version.clone())
        .all()
        .await
}

/// Whether an entry with this hash is in the log.
pub async fn contains(on: &mut impl Ask, hash: &str) -> Result<bool> {
    let row = on
        .query("SELECT seq FROM audit_entry WHERE hash = $1")
        .bind(hash.to_owned())
        .maybe::<(i64,)>()
        .await?;
    Ok(row.is_some())
}
