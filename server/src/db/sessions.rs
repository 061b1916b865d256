//! Rows of `session` and `sign_in_link`, both found by the hash of their secret.

use super::{Ask, Tx};
use crate::error::Result;
use crate::model::{Id, Micros};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SessionRow {
    pub hash: String,
    pub account: String,
    /// The token it was opened with; its rights are the session's.
    pub token_id: Option<Id>,
    pub form_token: String,
    pub created_at: Micros,
    pub expires_at: Micros,
}

pub async fn live(on: &mut impl Ask, hash: &str, now: Micros) -> Result<Option<SessionRow>> {
    on.query(
        "SELECT session.hash, session.account, session.token_id, session.form_token, session.created_at,
         session.expires_at FROM session JOIN account ON account.name = session.account
         WHERE session.hash = $1 AND session.expires_at > $2 AND account.disabled_at IS NULL",
    )
    .bind(hash.to_owned())
    .bind(now)
    .maybe()
    .await
}

pub async fn insert(tx: &mut Tx, row: &SessionRow) -> Result<()> {
    tx.query(
        "INSERT INTO session (hash, account, token_id, form_token, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(row.hash.clone())
    .bind(row.account.clone())
    .bind(row.token_id.clone())
    .bind(row.form_token.clone())
    .bind(row.created_at)
    .bind(row.expires_at)
    .run()
    .await?;
    Ok(())
}

pub async fn delete(tx: &mut Tx, hash: &str) -> Result<()> {
    tx.query("DELETE FROM session WHERE hash = $1").bind(hash.to_owned()).run().await?;
    Ok(())
}

/// Takes away what has expired.
pub async fn delete_expired(tx: &mut Tx, now: Micros) -> Result<()> {
    tx.query("DELETE FROM session WHERE expires_at <= $1").bind(now).run().await?;
    tx.query("DELETE FROM sign_in_link WHERE expires_at <= $1").bind(now).run().await?;
    Ok(())
}

pub async fn insert_link(
    tx: &mut Tx,
    hash: &str,
    account: &str,
    now: Micros,
    expires_at: Micros,
) -> Result<()> {
    tx.query("INSERT INTO sign_in_link (hash, account, created_at, expires_at) VALUES ($1, $2, $3, $4)")
        .bind(hash.to_owned())
        .bind(account.to_owned())
        .bind(now)
        .bind(expires_at)
        .run()
        .await?;
    Ok(())
}

/// Whether a link could still be used; looking does not use it.
pub async fn link_is_live(on: &mut impl Ask, hash: &str, now: Micros) -> Result<bool> {
    let row = on
        .query("SELECT account FROM sign_in_link WHERE hash = $1 AND expires_at > $2 AND used_at IS NULL")
        .bind(hash.to_owned())
        .bind(now)
        .maybe::<(String,)>()
        .await?;
    Ok(row.is_some())
}

/// Uses a link: gives its account once.
pub async fn use_link(tx: &mut Tx, hash: &str, now: Micros) -> Result<Option<String>> {
    let row = tx
        .query(
            "UPDATE sign_in_link SET used_at = $2 WHERE hash = $1 AND expires_at > $2 AND used_at IS NULL
             RETURNING account",
        )
        .bind(hash.to_owned())
        .bind(now)
        .maybe::<(String,)>()
        .await?;
    Ok(row.map(|(account,)| account))
}
