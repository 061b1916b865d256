//! Rows of `chart`.

use super::{Ask, Tx};
use crate::error::Result;
use crate::model::{ChartName, Id, Micros};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ChartRow {
    pub id: Id,
    pub repository_id: Id,
    pub name: ChartName,
    /// The repository's revision at which readers last saw a change of this chart; 0 before the first.
    pub revision: i64,
    pub created_at: Micros,
}

pub async fn by_name(on: &mut impl Ask, repository: &Id, name: &ChartName) -> Result<Option<ChartRow>> {
    on.query("SELECT * FROM chart WHERE repository_id = $1 AND name = $2")
        .bind(repository.clone())
        .bind(name.clone())
        .maybe()
        .await
}

pub async fn insert(tx: &mut Tx, row: &ChartRow) -> Result<()> {
    tx.query("INSERT INTO chart (id, repository_id, name, revision, created_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(row.id.clone())
        .bind(row.repository_id.clone())
        .bind(row.name.clone())
        .bind(row.revision)
        .bind(row.created_at)
        .run()
        .await?;
    Ok(())
}

/// Charts of a repository whose approved versions changed after a revision of it; 0 for all that ever had one.
pub async fn changed_since(on: &mut impl Ask, repository: &Id, revision: i64) -> Result<Vec<ChartRow>> {
    on.query("SELECT * FROM chart WHERE repository_id = $1 AND revision > $2")
        .bind(repository.clone())
        .bind(revision)
        .all()
        .await
}

/// Every chart of a repository, whatever the state of its versions: for callers who may know.
pub async fn of_repository(on: &mut impl Ask, repository: &Id) -> Result<Vec<ChartRow>> {
    on.query("SELECT * FROM chart WHERE repository_id = $1 ORDER BY name")
        .bind(repository.clone())
        .all()
        .await
}
