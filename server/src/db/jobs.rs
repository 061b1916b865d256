//! Rows of `job`. A job carries an id, not data; it is queued in the transaction it follows and can run twice.
//! Whoever runs it holds a lease and renews it; the number of the attempt tells a late worker that it lost the job.

use super::{Ask, Tx};
use crate::error::Result;
use crate::model::{Id, Micros};

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "lowercase")]
pub enum JobKind {
    /// Judges a version.
    Scan,
    /// Follows an upstream once.
    Mirror,
}

/// What goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// Somebody waits for it.
    Asked = 0,
    /// It comes by itself, and lets pass what somebody waits for.
    Background = 1,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct JobRow {
    pub id: Id,
    pub kind: JobKind,
    /// The version to scan, or the upstream to follow.
    pub subject_id: Id,
    pub attempts: i64,
}

pub async fn enqueue(
    tx: &mut Tx,
    id: &Id,
    kind: JobKind,
    subject: &Id,
    urgency: Urgency,
    now: Micros,
) -> Result<()> {
    tx.query(
        "INSERT INTO job (id, kind, subject_id, state, attempts, urgency, run_after, created_at)
         VALUES ($1, $2, $3, 'queued', 0, $4, $5, $5)",
    )
    .bind(id.clone())
    .bind(kind)
    .bind(subject.clone())
    .bind(urgency as i64)
    .bind(now)
    .run()
    .await?;
    Ok(())
}

/// Claims the most urgent job of a kind that is due, or one whose worker has let its lease run out. On PostgreSQL workers
/// pass over rows that another one is just claiming; SQLite has one writer at a time and needs no such words.
pub async fn claim(
    tx: &mut Tx,
    kind: JobKind,
    worker: &str,
    now: Micros,
    lease_until: Micros,
) -> Result<Option<JobRow>> {
    macro_rules! claim {
        ($lock:literal) => {
            concat!(
                "UPDATE job SET state = 'running', attempts = attempts + 1, worker = $3, lease_until = $2
                 WHERE id = (SELECT id FROM job WHERE kind = $4 AND ((state = 'queued' AND run_after <= $1)
                   OR (state = 'running' AND lease_until <= $1)) ORDER BY urgency, run_after, id LIMIT 1",
                $lock,
                ") RETURNING id, kind, subject_id, attempts"
            )
        };
    }
    tx.query_native(claim!(""), claim!(" FOR UPDATE SKIP LOCKED"))
        .bind(now)
        .bind(lease_until)
        .bind(worker.to_owned())
        .bind(kind)
        .maybe()
        .await
}

/// Renews the lease. Tells whether the job is still this worker's.
pub async fn heartbeat(tx: &mut Tx, job: &JobRow, lease_until: Micros) -> Result<bool> {
    let renewed = tx
        .query("UPDATE job SET lease_until = $3 WHERE id = $1 AND attempts = $2 AND state = 'running'")
        .bind(job.id.clone())
        .bind(job.attempts)
        .bind(lease_until)
        .run()
        .await?;
    Ok(renewed == 1)
}

/// Ends a job. Tells whether it was still this worker's to end.
pub async fn finish(tx: &mut Tx, job: &JobRow, now: Micros) -> Result<bool> {
    let ended = tx
        .query(
            "UPDATE job SET state = 'done', finished_at = $3, error = NULL, lease_until = NULL
             WHERE id = $1 AND attempts = $2 AND state = 'running'",
        )
        .bind(job.id.clone())
        .bind(job.attempts)
        .bind(now)
        .run()
        .await?;
    Ok(ended == 1)
}

/// Queues a job again, unless another worker has it by now.
pub async fn retry(tx: &mut Tx, job: &JobRow, error: &str, run_after: Micros) -> Result<()> {
    tx.query(
        "UPDATE job SET state = 'queued', error = $3, run_after = $4, lease_until = NULL
         WHERE id = $1 AND attempts = $2 AND state = 'running'",
    )
    .bind(job.id.clone())
    .bind(job.attempts)
    .bind(error.to_owned())
    .bind(run_after)
    .run()
    .await?;
    Ok(())
}

/// Frees what a worker holds that is about to end; `None`: what any worker holds, for the only process on a database.
pub async fn release(tx: &mut Tx, worker: Option<&str>) -> Result<u64> {
    tx.query(
        "UPDATE job SET state = 'queued', lease_until = NULL WHERE state = 'running'
         AND (CAST($1 AS TEXT) IS NULL OR worker = $1)",
    )
    .bind(worker.map(str::to_owned))
    .run()
    .await
}

/// Whether a job of this kind about this subject is queued or running.
pub async fn is_open(on: &mut impl Ask, kind: JobKind, subject: &Id) -> Result<bool> {
    let (count,) = on
        .query(
            "SELECT COUNT(*) FROM job WHERE kind = $1 AND subject_id = $2 AND state IN ('queued', 'running')",
        )
        .bind(kind)
        .bind(subject.clone())
        .one::<(i64,)>()
        .await?;
    Ok(count > 0)
}

/// Jobs that are queued or running.
pub async fn open_count(on: &mut impl Ask) -> Result<i64> {
    let (count,) =
        on.query("SELECT COUNT(*) FROM job WHERE state IN ('queued', 'running')").one::<(i64,)>().await?;
    Ok(count)
}
