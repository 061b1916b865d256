//! Rows of `repository`.

use super::{Ask, Tx};
use crate::error::Result;
use crate::model::{Id, Micros, RepositoryName};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct RepositoryRow {
    pub id: Id,
    pub name: RepositoryName,
    pub revision: i64,
    pub content_changed_at: Micros,
    pub policy_version: String,
    /// TOML, where policies are kept in rows.
    pub policy: Option<String>,
    pub created_at: Micros,
}

pub async fn by_name(on: &mut impl Ask, name: &RepositoryName) -> Result<Option<RepositoryRow>> {
    on.query("SELECT * FROM repository WHERE name = $1").bind(name.clone()).maybe().await
}

pub async fn all(on: &mut impl Ask) -> Result<Vec<RepositoryRow>> {
    on.query("SELECT * FROM repository ORDER BY name").all().await
}

pub async fn insert(tx: &mut Tx, row: &RepositoryRow) -> Result<()> {
    tx.query(
        "INSERT INTO repository (id, name, revision, content_changed_at, policy_version, policy, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(row.id.clone())
    .bind(row.name.clone())
    .bind(row.revision)
    .bind(row.content_changed_at)
    .bind(row.policy_version.clone())
    .bind(row.policy.clone())
    .bind(row.created_at)
    .run()
    .await?;
    Ok(())
}

/// What readers may see of this chart has changed: its fragment and its repository's index are made again.
pub async fn content_changed(tx: &mut Tx, repository: &Id, chart: &Id, now: Micros) -> Result<()> {
    tx.query("UPDATE repository SET revision = revision + 1, content_changed_at = $2 WHERE id = $1")
        .bind(repository.clone())
        .bind(now)
        .run()
        .await?;
    tx.query("UPDATE chart SET revision = (SELECT revision FROM repository WHERE id = $1) WHERE id = $2")
        .bind(repository.clone())
        .bind(chart.clone())
        .run()
        .await?;
    Ok(())
}

pub async fn set_policy_version(tx: &mut Tx, repository: &Id, version: &str) -> Result<()> {
    tx.query("UPDATE repository SET policy_version = $2 WHERE id = $1")
        .bind(repository.clone())
        .bind(version.to_owned())
        .run()
        .await?;
    Ok(())
}

/// The policy's text, where policies are kept in rows.
pub async fn set_policy(tx: &mut Tx, repository: &Id, text: &str) -> Result<()> {
    tx.query("UPDATE repository SET policy = $2 WHERE id = $1")
        .bind(repository.clone())
        .bind(text.to_owned())
        .run()
        .await?;
    Ok(())
}
