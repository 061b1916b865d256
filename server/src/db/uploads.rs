//! Rows of `upload`, `upload_part` and `staged_blob`: which bytes of the blob store belong to which upload, and how far it
//! is. The bytes are in `crate::blobs`.

use super::{Ask, Tx};
use crate::error::Result;
use crate::model::{Digest, Micros, RepositoryName};

/// An upload that can still grow.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct UploadRow {
    pub id: String,
    pub repository: RepositoryName,
    pub owner: String,
    /// Bytes that arrived so far.
    pub size: i64,
}

/// Some bytes of an upload: the object `uploads/<upload_id>/<id>`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PartRow {
    pub upload_id: String,
    /// Offset of its first byte.
    pub start: i64,
    pub id: String,
    pub size: i64,
    /// Of its bytes as the client sent them.
    pub digest: Digest,
}

/// A complete upload whose bytes hash to a digest.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct StagedRow {
    pub upload_id: String,
    pub size: i64,
}

/// Uploads and staged blobs: of everybody, and of `owner`. What nobody touched since `since` does not count.
pub async fn count(on: &mut impl Ask, owner: &str, since: Micros) -> Result<(i64, i64)> {
    on.query(
        "SELECT CAST(COUNT(*) AS BIGINT), CAST(COALESCE(SUM(CASE WHEN owner = $1 THEN 1 ELSE 0 END), 0) AS BIGINT)
         FROM (SELECT owner FROM upload WHERE state = 'open' AND touched_at >= $2
               UNION ALL SELECT owner FROM staged_blob WHERE touched_at >= $2) AS held",
    )
    .bind(owner.to_owned())
    .bind(since)
    .one()
    .await
}

pub async fn insert(tx: &mut Tx, row: &UploadRow, now: Micros) -> Result<()> {
    tx.query(
        "INSERT INTO upload (id, repository, owner, state, size, created_at, touched_at)
         VALUES ($1, $2, $3, 'open', $4, $5, $5)",
    )
    .bind(row.id.clone())
    .bind(row.repository.clone())
    .bind(row.owner.clone())
    .bind(row.size)
    .bind(now)
    .run()
    .await?;
    Ok(())
}

/// An upload under way of this owner in this repository.
pub async fn open(
    on: &mut impl Ask,
    id: &str,
    repository: &RepositoryName,
    owner: &str,
) -> Result<Option<UploadRow>> {
    on.query(
        "SELECT id, repository, owner, size FROM upload
         WHERE id = $1 AND repository = $2 AND owner = $3 AND state = 'open'",
    )
    .bind(id.to_owned())
    .bind(repository.clone())
    .bind(owner.to_owned())
    .maybe()
    .await
}

/// Moves an upload on from where its writer saw it. `false`: another request was first, or the upload is gone.
pub async fn grow(
    tx: &mut Tx,
    seen: &UploadRow,
    size: i64,
    state: &'static str,
    now: Micros,
) -> Result<bool> {
    let changed = tx
        .query(
            "UPDATE upload SET size = $3, state = $4, touched_at = $5
             WHERE id = $1 AND size = $2 AND state = 'open'",
        )
        .bind(seen.id.clone())
        .bind(seen.size)
        .bind(size)
        .bind(state)
        .bind(now)
        .run()
        .await?;
    Ok(changed == 1)
}

/// Whether an upload is still open; it stays so until the transaction ends.
pub async fn hold_open(tx: &mut Tx, id: &str) -> Result<bool> {
    let held = tx
        .query("UPDATE upload SET touched_at = touched_at WHERE id = $1 AND state = 'open'")
        .bind(id.to_owned())
        .run()
        .await?;
    Ok(held == 1)
}

pub async fn insert_part(tx: &mut Tx, part: &PartRow) -> Result<()> {
    tx.query("INSERT INTO upload_part (upload_id, start, id, size, digest) VALUES ($1, $2, $3, $4, $5)")
        .bind(part.upload_id.clone())
        .bind(part.start)
        .bind(part.id.clone())
        .bind(part.size)
        .bind(part.digest.clone())
        .run()
        .await?;
    Ok(())
}

/// The parts of an upload in order.
pub async fn parts(on: &mut impl Ask, upload: &str) -> Result<Vec<PartRow>> {
    on.query("SELECT upload_id, start, id, size, digest FROM upload_part WHERE upload_id = $1 ORDER BY start")
        .bind(upload.to_owned())
        .all()
        .await
}

pub async fn is_part(on: &mut impl Ask, upload: &str, part: &str) -> Result<bool> {
    let row = on
        .query("SELECT size FROM upload_part WHERE upload_id = $1 AND id = $2")
        .bind(upload.to_owned())
        .bind(part.to_owned())
        .maybe::<(i64,)>()
        .await?;
    Ok(row.is_some())
}

/// Counts one more push of these bytes, and gives the upload that holds them: `upload`, unless they were there before.
pub async fn stage(
    tx: &mut Tx,
    upload: &UploadRow,
    digest: &Digest,
    size: i64,
    now: Micros,
) -> Result<String> {
    let (holder,) = tx
        .query(
            "INSERT INTO staged_blob (repository, owner, digest, upload_id, size, pushes, touched_at)
             VALUES ($1, $2, $3, $4, $5, 1, $6)
             ON CONFLICT (repository, owner, digest)
             DO UPDATE SET pushes = staged_blob.pushes + 1, touched_at = excluded.touched_at
             RETURNING upload_id",
        )
        .bind(upload.repository.clone())
        .bind(upload.owner.clone())
        .bind(digest.clone())
        .bind(upload.id.clone())
        .bind(size)
        .bind(now)
        .one::<(String,)>()
        .await?;
    Ok(holder)
}

pub async fn staged(
    on: &mut impl Ask,
    repository: &RepositoryName,
    owner: &str,
    digest: &Digest,
) -> Result<Option<StagedRow>> {
    on.query("SELECT upload_id, size FROM staged_blob WHERE repository = $1 AND owner = $2 AND digest = $3")
        .bind(repository.clone())
        .bind(owner.to_owned())
        .bind(digest.clone())
        .maybe()
        .await
}

/// Counts one push of these bytes less. Gives the upload that held them once no push needs it; its rows go next.
pub async fn unstage(
    tx: &mut Tx,
    repository: &RepositoryName,
    owner: &str,
    digest: &Digest,
) -> Result<Option<String>> {
    let left = tx
        .query(
            "UPDATE staged_blob SET pushes = pushes - 1 WHERE repository = $1 AND owner = $2 AND digest = $3
             RETURNING upload_id, pushes",
        )
        .bind(repository.clone())
        .bind(owner.to_owned())
        .bind(digest.clone())
        .maybe::<(String, i64)>()
        .await?;
    Ok(left.and_then(|(upload, pushes)| (pushes <= 0).then_some(upload)))
}

/// Takes an upload away with all its rows, and gives the parts whose objects are to follow.
pub async fn delete(tx: &mut Tx, upload: &str) -> Result<Vec<PartRow>> {
    let parts = parts(tx, upload).await?;
    for statement in [
        "DELETE FROM staged_blob WHERE upload_id = $1",
        "DELETE FROM upload_part WHERE upload_id = $1",
        "DELETE FROM upload WHERE id = $1",
    ] {
        tx.query(statement).bind(upload.to_owned()).run().await?;
    }
    Ok(parts)
}

/// Some uploads that nobody touched since `before`.
pub async fn untouched_since(on: &mut impl Ask, before: Micros) -> Result<Vec<String>> {
    let rows = on
        .query(
            "SELECT upload.id FROM upload LEFT JOIN staged_blob ON staged_blob.upload_id = upload.id
             WHERE upload.touched_at < $1 AND COALESCE(staged_blob.touched_at, upload.touched_at) < $1
             ORDER BY upload.touched_at LIMIT 100",
        )
        .bind(before)
        .all::<(String,)>()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
