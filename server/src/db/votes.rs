//! Rows of `vote`: what a person decided about one version, seen under one scan and one policy.

use super::{Ask, Tx};
use crate::error::Result;
use crate::model::{Digest, Id, Micros};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct VoteRow {
    pub id: Id,
    pub version_id: Id,
    pub voter: String,
    /// `approve` or `reject`.
    pub decision: String,
    pub reason: String,
    pub digest: Digest,
    pub scan_id: Id,
    pub policy_version: String,
    pub created_at: Micros,
}

/// Votes on a version, oldest first.
pub async fn of_version(on: &mut impl Ask, version: &Id) -> Result<Vec<VoteRow>> {
    on.query("SELECT * FROM vote WHERE version_id = $1 ORDER BY id").bind(version.clone()).all().await
}

/// Writes a vote; `false` when this voter has voted already on the same evidence.
pub async fn insert(tx: &mut Tx, row: &VoteRow) -> Result<bool> {
    let changed = tx
        .query(
            "INSERT INTO vote (id, version_id, voter, decision, reason, digest, scan_id, policy_version, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (version_id, voter, scan_id, policy_version) DO NOTHING",
        )
        .bind(row.id.clone())
        .bind(row.version_id.clone())
        .bind(row.voter.clone())
        .bind(row.decision.clone())
        .bind(row.reason.clone())
        .bind(row.digest.clone())
        .bind(row.scan_id.clone())
        .bind(row.policy_version.clone())
        .bind(row.created_at)
        .run()
        .await?;
    Ok(changed > 0)
}
