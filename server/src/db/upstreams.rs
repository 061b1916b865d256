//! Rows of `upstream`, and of `upstream_run`, its log. What an upstream offers stands in `upstream_versions`.

use super::{Ask, Tx};
use crate::error::Result;
use crate::model::{Id, Micros, RepositoryName};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct UpstreamRow {
    pub id: Id,
    pub name: String,
    /// Address of the classic repository, without `index.yaml`.
    pub url: String,
    pub repository_id: Id,
    pub repository: RepositoryName,
    /// JSON list of chart names; empty for every chart.
    pub charts: String,
    /// A version range; empty for every version.
    pub versions: String,
    pub every_seconds: i64,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    /// Digest of the index that was read last.
    pub index_digest: Option<String>,
    pub next_run_at: Micros,
    /// Until when the upstream asked to be left alone.
    pub not_before: Micros,
    /// Failed runs since the last one that did not fail.
    pub failures: i64,
    pub last_run_at: Option<Micros>,
    pub last_success_at: Option<Micros>,
    pub last_error: Option<String>,
    pub created_by: String,
    pub created_at: Micros,
    pub removed_at: Option<Micros>,
}

impl UpstreamRow {
    /// Chart names that are followed; empty for all.
    #[must_use]
    pub fn chart_names(&self) -> Vec<String> {
        serde_json::from_str(&self.charts).unwrap_or_default()
    }
}

/// The columns of `UpstreamRow` and their join, followed by the rest of one statement.
macro_rules! select_upstream {
    ($rest:literal) => {
        concat!(
            "SELECT upstream.id, upstream.name, upstream.url, upstream.repository_id, repository.name AS repository,
             upstream.charts, upstream.versions, upstream.every_seconds, upstream.etag, upstream.last_modified,
             upstream.index_digest, upstream.next_run_at, upstream.not_before, upstream.failures,
             upstream.last_run_at, upstream.last_success_at, upstream.last_error, upstream.created_by,
             upstream.created_at, upstream.removed_at
             FROM upstream JOIN repository ON repository.id = upstream.repository_id ",
            $rest
        )
    };
}

pub async fn by_id(on: &mut impl Ask, id: &Id) -> Result<Option<UpstreamRow>> {
    on.query(select_upstream!("WHERE upstream.id = $1")).bind(id.clone()).maybe().await
}

/// The upstream of this name that is not removed.
pub async fn by_name(on: &mut impl Ask, name: &str) -> Result<Option<UpstreamRow>> {
    on.query(select_upstream!("WHERE upstream.name = $1 AND upstream.removed_at IS NULL"))
        .bind(name.to_owned())
        .maybe()
        .await
}

/// Every upstream that is not removed, in name order.
pub async fn all(on: &mut impl Ask) -> Result<Vec<UpstreamRow>> {
    on.query(select_upstream!("WHERE upstream.removed_at IS NULL ORDER BY upstream.name")).all().await
}

/// Upstreams whose time has come and that no run is open for, longest overdue first.
pub async fn due(on: &mut impl Ask, now: Micros, limit: i64) -> Result<Vec<UpstreamRow>> {
    on.query(select_upstream!(
        "WHERE upstream.removed_at IS NULL AND upstream.next_run_at <= $1
         AND NOT EXISTS (SELECT 1 FROM upstream_run WHERE upstream_run.upstream_id = upstream.id
           AND upstream_run.state IN ('queued', 'running'))
         ORDER BY upstream.next_run_at, upstream.id LIMIT $2"
    ))
    .bind(now)
    .bind(limit)
    .all()
    .await
}

pub async fn insert(tx: &mut Tx, row: &UpstreamRow) -> Result<()> {
    tx.query(
        "INSERT INTO upstream (id, name, url, repository_id, charts, versions, every_seconds, next_run_at,
         not_before, failures, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(row.id.clone())
    .bind(row.name.clone())
    .bind(row.url.clone())
    .bind(row.repository_id.clone())
    .bind(row.charts.clone())
    .bind(row.versions.clone())
    .bind(row.every_seconds)
    .bind(row.next_run_at)
    .bind(row.not_before)
    .bind(row.failures)
    .bind(row.created_by.clone())
    .bind(row.created_at)
    .run()
    .await?;
    Ok(())
}

/// Marks it as removed. Tells whether it was there.
pub async fn remove(tx: &mut Tx, id: &Id, now: Micros) -> Result<bool> {
    let removed = tx
        .query("UPDATE upstream SET removed_at = $2 WHERE id = $1 AND removed_at IS NULL")
        .bind(id.clone())
        .bind(now)
        .run()
        .await?;
    Ok(removed == 1)
}

/// What identifies an index that was read to its end.
#[derive(Clone, Debug, Default)]
pub struct IndexMark {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    /// `sha256:<hex>` of its decoded bytes.
    pub digest: String,
}

/// Written in the transaction of the index's last rows, so that a later "not modified" speaks of rows that are there.
pub async fn set_index(tx: &mut Tx, id: &Id, mark: &IndexMark) -> Result<()> {
    tx.query("UPDATE upstream SET etag = $2, last_modified = $3, index_digest = $4 WHERE id = $1")
        .bind(id.clone())
        .bind(mark.etag.clone())
        .bind(mark.last_modified.clone())
        .bind(mark.digest.clone())
        .run()
        .await?;
    Ok(())
}

/// How a run ended and when the next one is due.
#[derive(Clone, Debug)]
pub struct Ending {
    pub error: Option<String>,
    pub failures: i64,
    pub next_run_at: Micros,
    pub not_before: Micros,
}

pub async fn set_ending(tx: &mut Tx, id: &Id, ending: &Ending, now: Micros) -> Result<()> {
    tx.query(
        "UPDATE upstream SET last_run_at = $2, last_success_at = CASE WHEN $3 THEN $2 ELSE last_success_at END,
         last_error = $4, failures = $5, next_run_at = $6, not_before = $7 WHERE id = $1",
    )
    .bind(id.clone())
    .bind(now)
    .bind(ending.error.is_none())
    .bind(ending.error.clone())
    .bind(ending.failures)
    .bind(ending.next_run_at)
    .bind(ending.not_before)
    .run()
    .await?;
    Ok(())
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct RunRow {
    pub id: Id,
    pub upstream_id: Id,
    /// Who asked for it; absent where the schedule did.
    pub asked_by: Option<String>,
    /// `queued`, `running`, `done` or `failed`.
    pub state: String,
    /// JSON of `mirror::Summary`.
    pub summary: String,
    pub error: Option<String>,
    pub queued_at: Micros,
    pub started_at: Option<Micros>,
    pub finished_at: Option<Micros>,
}

/// Queues a run unless one is open. Tells whether it did.
pub async fn queue_run(
    tx: &mut Tx,
    id: &Id,
    upstream: &Id,
    asked_by: Option<&str>,
    now: Micros,
) -> Result<bool> {
    let queued = tx
        .query(
            "INSERT INTO upstream_run (id, upstream_id, asked_by, state, summary, queued_at)
             VALUES ($1, $2, $3, 'queued', '{}', $4) ON CONFLICT DO NOTHING",
        )
        .bind(id.clone())
        .bind(upstream.clone())
        .bind(asked_by.map(str::to_owned))
        .bind(now)
        .run()
        .await?;
    Ok(queued == 1)
}

pub async fn run_by_id(on: &mut impl Ask, id: &Id) -> Result<Option<RunRow>> {
    on.query("SELECT * FROM upstream_run WHERE id = $1").bind(id.clone()).maybe().await
}

/// The run that is queued or running, if there is one.
pub async fn open_run(on: &mut impl Ask, upstream: &Id) -> Result<Option<RunRow>> {
    on.query(
        "SELECT * FROM upstream_run WHERE upstream_id = $1 AND state IN ('queued', 'running') ORDER BY id LIMIT 1",
    )
    .bind(upstream.clone())
    .maybe()
    .await
}

/// Runs of one upstream, newest first.
pub async fn runs(on: &mut impl Ask, upstream: &Id, limit: i64) -> Result<Vec<RunRow>> {
    on.query("SELECT * FROM upstream_run WHERE upstream_id = $1 ORDER BY id DESC LIMIT $2")
        .bind(upstream.clone())
        .bind(limit)
        .all()
        .await
}

/// A queued run begins, or one that another worker did not end begins again.
pub async fn start_run(tx: &mut Tx, id: &Id, now: Micros) -> Result<()> {
    tx.query(
        "UPDATE upstream_run SET state = 'running', started_at = $2 WHERE id = $1 AND state IN ('queued', 'running')",
    )
    .bind(id.clone())
    .bind(now)
    .run()
    .await?;
    Ok(())
}

pub async fn end_run(tx: &mut Tx, id: &Id, summary: &str, error: Option<&str>, now: Micros) -> Result<()> {
    tx.query(
        "UPDATE upstream_run SET state = CASE WHEN CAST($3 AS TEXT) IS NULL THEN 'done' ELSE 'failed' END,
         summary = $2, error = $3, finished_at = $4 WHERE id = $1",
    )
    .bind(id.clone())
    .bind(summary.to_owned())
    .bind(error.map(str::to_owned))
    .bind(now)
    .run()
    .await?;
    Ok(())
}

/// Forgets ended runs and their jobs but for the newest ones, so that a schedule does not fill the database.
pub async fn forget_runs(tx: &mut Tx, upstream: &Id, keep: i64) -> Result<()> {
    tx.query(
        "DELETE FROM upstream_run WHERE upstream_id = $1 AND state IN ('done', 'failed') AND id NOT IN
         (SELECT id FROM upstream_run WHERE upstream_id = $1 ORDER BY id DESC LIMIT $2)",
    )
    .bind(upstream.clone())
    .bind(keep)
    .run()
    .await?;
    tx.query(
        "DELETE FROM job WHERE state = 'done' AND kind = 'mirror' AND subject_id = $1
         AND id NOT IN (SELECT id FROM upstream_run WHERE upstream_id = $1)",
    )
    .bind(upstream.clone())
    .run()
    .await?;
    Ok(())
}
