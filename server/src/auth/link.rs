//! One-time sign-in links: printed by the operator, good for one use within minutes. There is no default password.

use super::{secret, session};
use crate::app::App;
use crate::db::{accounts, retried, sessions};
use crate::error::{Error, Kind, Result};
use crate::model::{Caller, CallerKind};
use crate::registry::{Entry, append};

/// How long a link can be used.
pub const SIGN_IN_LINK_SECONDS: i64 = 15 * 60;

/// Makes a link for an account that exists and gives its address. Only the operator's command line calls this.
///
/// # Errors
/// There is no such account.
pub async fn make_link(app: &App, account: &str) -> Result<String> {
    let secret = secret::random()?;
    let (hash, now) = (secret::hash(&secret), app.now());
    let expires_at = now.plus_seconds(SIGN_IN_LINK_SECONDS);
    retried(|| async {
        let mut tx = app.db.write().await?;
        if accounts::by_name(&mut tx, account).await?.is_none_or(|row| row.disabled_at.is_some()) {
            return Err(Error::new(Kind::NotFound, format!("there is no account {account}")));
        }
        sessions::insert_link(&mut tx, &hash, account, now, expires_at).await?;
        let entry = Entry {
            after: Some(format!("for {account}")),
            ..Entry::new(&Caller::system(), "sign-in-link.create")
        };
        append(&mut tx, now, entry).await?;
        tx.commit().await
    })
    .await?;
    Ok(app.config.url(&format!("/sign-in?link={secret}")))
}

/// Whether a link could be used now. Looking does not use it, so a preview of the link does no harm.
///
/// # Errors
/// The database's.
pub async fn is_live_link(app: &App, secret: &str) -> Result<bool> {
    sessions::link_is_live(&mut app.db.read(), &secret::hash(secret), app.now()).await
}

/// Uses a link and opens a session with the account's own rights. Gives the cookie's value.
///
/// # Errors
/// `Unauthenticated` when it is unknown, used or too old.
pub async fn sign_in_with_link(app: &App, secret: &str, request_id: &str) -> Result<String> {
    retried(|| use_link(app, secret, request_id)).await
}

async fn use_link(app: &App, secret: &str, request_id: &str) -> Result<String> {
    let mut tx = app.db.write().await?;
    let account = sessions::use_link(&mut tx, &secret::hash(secret), app.now()).await?.ok_or_else(|| {
        let what = "this sign-in link was used already or is too old; make another with: chartgate admin sign-in-link";
        Error::new(Kind::Unauthenticated, what)
    })?;
    let who = Caller {
        name: account,
        kind: CallerKind::Person,
        grants: Vec::new(),
        reads_published: false,
        request_id: request_id.to_owned(),
    };
    let cookie = session::open(app, &mut tx, &who, None).await?;
    tx.commit().await?;
    Ok(cookie)
}
