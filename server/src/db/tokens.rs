//! Rows of `token`: API tokens by the hash of their secret.

use super::accounts::{read_grant, repository_text};
use super::{Ask, Tx};
use crate::error::Result;
use crate::model::{Grant, Id, Micros, Role};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct TokenRow {
    pub id: Id,
    pub account: String,
    pub role: Role,
    /// Empty for every repository.
    pub repository: String,
    pub created_by: String,
    pub created_at: Micros,
    pub expires_at: Option<Micros>,
    pub last_used_at: Option<Micros>,
    pub revoked_at: Option<Micros>,
}

impl TokenRow {
    #[must_use]
    pub fn grant(&self) -> Option<Grant> {
        read_grant(self.role, &self.repository)
    }

    #[must_use]
    pub fn is_live(&self, now: Micros) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|at| now < at)
    }
}

pub async fn by_hash(on: &mut impl Ask, hash: &str) -> Result<Option<TokenRow>> {
    on.query(
        "SELECT token.id, token.account, token.role, token.repository, token.created_by, token.created_at,
         token.expires_at, token.last_used_at, token.revoked_at FROM token
         JOIN account ON account.name = token.account WHERE token.hash = $1 AND account.disabled_at IS NULL",
    )
    .bind(hash.to_owned())
    .maybe()
    .await
}

pub async fn by_id(on: &mut impl Ask, id: &Id) -> Result<Option<TokenRow>> {
    on.query(
        "SELECT id, account, role, repository, created_by, created_at, expires_at, last_used_at, revoked_at
         FROM token WHERE id = $1",
    )
    .bind(id.clone())
    .maybe()
    .await
}

/// Every token, newest first.
pub async fn all(on: &mut impl Ask) -> Result<Vec<TokenRow>> {
    on.query(
        "SELECT id, account, role, repository, created_by, created_at, expires_at, last_used_at, revoked_at
         FROM token ORDER BY id DESC",
    )
    .all()
    .await
}

pub async fn insert(
    tx: &mut Tx,
    id: &Id,
    account: &str,
    hash: &str,
    grant: &Grant,
    by: &str,
    times: (Micros, Option<Micros>),
) -> Result<()> {
    tx.query(
        "INSERT INTO token (id, account, hash, role, repository, created_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(id.clone())
    .bind(account.to_owned())
    .bind(hash.to_owned())
    .bind(grant.role)
    .bind(repository_text(grant.repository.as_ref()))
    .bind(by.to_owned())
    .bind(times.0)
    .bind(times.1)
    .run()
    .await?;
    Ok(())
}

pub async fn used(tx: &mut Tx, id: &Id, now: Micros) -> Result<()> {
    tx.query("UPDATE token SET last_used_at = $2 WHERE id = $1").bind(id.clone()).bind(now).run().await?;
    Ok(())
}

/// Ends a token and the sessions that were opened with it. Tells whether it was live.
pub async fn revoke(tx: &mut Tx, id: &Id, now: Micros) -> Result<bool> {
    tx.query("DELETE FROM session WHERE token_id = $1").bind(id.clone()).run().await?;
    let changed = tx
        .query("UPDATE token SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL")
        .bind(id.clone())
        .bind(now)
        .run()
        .await?;
    Ok(changed > 0)
}
