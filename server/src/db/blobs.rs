//! Rows of `blob`: which digests are in use. The bytes are in `crate::blobs`.

use super::{Ask, Tx};
use crate::error::Result;
use crate::model::{Digest, Micros};

/// Records a blob whose bytes are already stored; a known one is left as it is.
pub async fn record(tx: &mut Tx, digest: &Digest, size: u64, now: Micros) -> Result<()> {
    tx.query(
        "INSERT INTO blob (digest, size, created_at) VALUES ($1, $2, $3) ON CONFLICT (digest) DO NOTHING",
    )
    .bind(digest.clone())
    .bind(i64::try_from(size).unwrap_or(i64::MAX))
    .bind(now)
    .run()
    .await?;
    Ok(())
}

pub async fn is_known(on: &mut impl Ask, digest: &Digest) -> Result<bool> {
    let row =
        on.query("SELECT size FROM blob WHERE digest = $1").bind(digest.clone()).maybe::<(i64,)>().await?;
    Ok(row.is_some())
}

/// The digests in use from `first` to `last`, both included, in the order of their text.
pub async fn known_between(on: &mut impl Ask, first: &Digest, last: &Digest) -> Result<Vec<Digest>> {
    let rows = on
        .query("SELECT digest FROM blob WHERE digest >= $1 AND digest <= $2")
        .bind(first.clone())
        .bind(last.clone())
        .all::<(Digest,)>()
        .await?;
    Ok(rows.into_iter().map(|(digest,)| digest).collect())
}
