//! Rows of `job`. A job carries an id, not data; it is queued in the transaction it follows and can run twice.

use super::{Ask, Tx};
use crate::error::Result;
use crate::model::{Id, Micros};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct JobRow {
    pub id: Id,
    pub version_id: Id,
    pub attempts: i64,
}

pub async fn enqueue_scan(tx: &mut Tx, id: &Id, version: &Id, now: Micros) -> Result<()> {
    tx.query(
        "INSERT INTO job (id, kind, version_id, state, attempts, run_after, created_at)
         VALUES ($1, 'scan', $2, 'queued', 0, $3, $3)",
    )
    .bind(id.clone())
    .bind(version.clone())
    .bind(now)
    .run()
    .await?;
    Ok(())
}

/// Claims the next job that is due, or one whose worker has let its lease run out.
pub async fn claim(tx: &mut Tx, now: Micros, lease_until: Micros) -> Result<Option<JobRow>> {
    tx.query(
        "UPDATE job SET state = 'running', attempts = attempts + 1, lease_until = $2 WHERE id = (
           SELECT id FROM job WHERE (state = 'queued' AND run_after <= $1)
             OR (state = 'running' AND lease_until <= $1) ORDER BY run_after, id LIMIT 1)
         RETURNING id, version_id, attempts",
    )
    .bind(now)
    .bind(lease_until)
    .maybe()
    .await
}

pub async fn finish(tx: &mut Tx, id: &Id, now: Micros) -> Result<()> {
    tx.query("UPDATE job SET state = 'done', finished_at = $2, error = NULL WHERE id = $1")
        .bind(id.clone())
        .bind(now)
        .run()
        .await?;
    Ok(())
}

pub async fn retry(tx: &mut Tx, id: &Id, error: &str, run_after: Micros) -> Result<()> {
    tx.query("UPDATE job SET state = 'queued', error = $2, run_after = $3, lease_until = NULL WHERE id = $1")
        .bind(id.clone())
        .bind(error.to_owned())
        .bind(run_after)
        .run()
        .await?;
    Ok(())
}

/// A process that died holds no job: called once at start, when this process is the only worker.
pub async fn release_all(tx: &mut Tx) -> Result<u64> {
    tx.query("UPDATE job SET state = 'queued', lease_until = NULL WHERE state = 'running'").run().await
}

/// Jobs that are queued or running.
pub async fn open_count(on: &mut impl Ask) -> Result<i64> {
    let (count,) =
        on.query("SELECT COUNT(*) FROM job WHERE state IN ('queued', 'running')").one::<(i64,)>().await?;
    Ok(count)
}
