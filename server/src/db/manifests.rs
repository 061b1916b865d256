//! Rows of `manifest`: the OCI manifests of a version.

use super::{Ask, Tx};
use crate::error::Result;
use crate::model::{Digest, Id, Micros};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ManifestRow {
    pub version_id: Id,
    pub digest: Digest,
    pub media_type: String,
    pub size: i64,
    pub config_digest: Digest,
    pub provenance_digest: Option<Digest>,
    pub created_at: Micros,
}

pub async fn of_version(on: &mut impl Ask, version: &Id, digest: &Digest) -> Result<Option<ManifestRow>> {
    on.query("SELECT * FROM manifest WHERE version_id = $1 AND digest = $2")
        .bind(version.clone())
        .bind(digest.clone())
        .maybe()
        .await
}

/// The first provenance file pushed with a version, if any.
pub async fn provenance(on: &mut impl Ask, version: &Id) -> Result<Option<Digest>> {
    let row = on
        .query(
            "SELECT provenance_digest FROM manifest WHERE version_id = $1 AND provenance_digest IS NOT NULL
             ORDER BY created_at, digest LIMIT 1",
        )
        .bind(version.clone())
        .maybe::<(Digest,)>()
        .await?;
    Ok(row.map(|(digest,)| digest))
}

/// Adds a manifest to a version; the same one again changes nothing. Tells whether it is new.
pub async fn insert(tx: &mut Tx, row: &ManifestRow) -> Result<bool> {
    let changed = tx
        .query(
            "INSERT INTO manifest (version_id, digest, media_type, size, config_digest, provenance_digest, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (version_id, digest) DO NOTHING",
        )
        .bind(row.version_id.clone())
        .bind(row.digest.clone())
        .bind(row.media_type.clone())
        .bind(row.size)
        .bind(row.config_digest.clone())
        .bind(row.provenance_digest.clone())
        .bind(row.created_at)
        .run()
        .await?;
    Ok(changed > 0)
}
