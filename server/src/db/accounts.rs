//! Rows of `account` and `account_grant`: who exists, and what people may do after signing in.

use super::{Ask, Tx};
use crate::error::Result;
use crate::model::{Grant, Micros, RepositoryName, Role};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AccountRow {
    pub name: String,
    /// `person` or `robot`.
    pub kind: String,
    pub created_at: Micros,
    pub disabled_at: Option<Micros>,
}

pub async fn by_name(on: &mut impl Ask, name: &str) -> Result<Option<AccountRow>> {
    on.query("SELECT * FROM account WHERE name = $1").bind(name.to_owned()).maybe().await
}

pub async fn all(on: &mut impl Ask) -> Result<Vec<AccountRow>> {
    on.query("SELECT * FROM account ORDER BY name").all().await
}

/// Makes an account unless there is one of this name. Tells whether it is new.
pub async fn ensure(tx: &mut Tx, name: &str, kind: &'static str, now: Micros) -> Result<bool> {
    let changed = tx
        .query(
            "INSERT INTO account (name, kind, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING",
        )
        .bind(name.to_owned())
        .bind(kind)
        .bind(now)
        .run()
        .await?;
    Ok(changed > 0)
}

pub async fn grant(tx: &mut Tx, name: &str, grant: &Grant) -> Result<()> {
    tx.query(
        "INSERT INTO account_grant (account, role, repository) VALUES ($1, $2, $3)
         ON CONFLICT (account, role, repository) DO NOTHING",
    )
    .bind(name.to_owned())
    .bind(grant.role)
    .bind(repository_text(grant.repository.as_ref()))
    .run()
    .await?;
    Ok(())
}

pub async fn grants(on: &mut impl Ask, name: &str) -> Result<Vec<Grant>> {
    let rows = on
        .query("SELECT role, repository FROM account_grant WHERE account = $1 ORDER BY role, repository")
        .bind(name.to_owned())
        .all::<(Role, String)>()
        .await?;
    Ok(rows.into_iter().filter_map(|(role, repository)| read_grant(role, &repository)).collect())
}

/// What an account may do now by any way in: its own grants and those of its live tokens; nothing when it is disabled.
pub async fn grants_now(on: &mut impl Ask, name: &str, now: Micros) -> Result<Vec<Grant>> {
    let rows = on
        .query(
            "SELECT account_grant.role, account_grant.repository FROM account_grant
             JOIN account ON account.name = account_grant.account
             WHERE account_grant.account = $1 AND account.disabled_at IS NULL
             UNION
             SELECT token.role, token.repository FROM token JOIN account ON account.name = token.account
             WHERE token.account = $1 AND account.disabled_at IS NULL AND token.revoked_at IS NULL
             AND (token.expires_at IS NULL OR token.expires_at > $2)",
        )
        .bind(name.to_owned())
        .bind(now)
        .all::<(Role, String)>()
        .await?;
    Ok(rows.into_iter().filter_map(|(role, repository)| read_grant(role, &repository)).collect())
}

/// An empty text stands for every repository, because a key column cannot be null.
#[must_use]
pub(super) fn repository_text(repository: Option<&RepositoryName>) -> String {
    repository.map(ToString::to_string).unwrap_or_default()
}

/// A grant from its columns. One that names no possible repository gives no right.
pub(super) fn read_grant(role: Role, repository: &str) -> Option<Grant> {
    if repository.is_empty() {
        return Some(Grant { role, repository: None });
    }
    RepositoryName::parse(repository).ok().map(|name| Grant { role, repository: Some(name) })
}
