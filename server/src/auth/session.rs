//! Sessions of browsers: a random cookie, a row on the server with an end, and a token that every form carries.

use super::secret;
use super::token::{caller, find_live};
use crate::app::App;
use crate::db::retried;
use crate::db::sessions::{self, SessionRow};
use crate::db::{Tx, accounts, tokens};
use crate::error::Result;
use crate::model::{Caller, CallerKind, Id};
use crate::registry::{Entry, append};

/// Name of the cookie; `HttpOnly; SameSite=Lax; Path=/`.
pub const SESSION_COOKIE: &str = "chartgate_session";
/// How long a session lasts.
pub const SESSION_SECONDS: i64 = 12 * 3_600;

/// A signed-in browser.
#[derive(Clone, Debug)]
pub struct Session {
    pub caller: Caller,
    /// Goes into every form of this session as the field `form_token`.
    pub form_token: String,
    hash: String,
}

/// The session behind a cookie, if it is live. Rights are read anew each time.
///
/// # Errors
/// The database's.
pub async fn find_session(app: &App, cookie: &str) -> Result<Option<Session>> {
    let hash = secret::hash(cookie);
    let Some(row) = sessions::live(&mut app.db.read(), &hash, app.now()).await? else { return Ok(None) };
    let grants = match &row.token_id {
        None => accounts::grants(&mut app.db.read(), &row.account).await?,
        Some(id) => {
            let token = tokens::by_id(&mut app.db.read(), id).await?;
            let Some(token) = token.filter(|token| token.is_live(app.now())) else { return Ok(None) };
            token.grant().into_iter().collect()
        }
    };
    let caller = Caller {
        name: row.account,
        kind: CallerKind::Person,
        grants,
        reads_published: app.config.anonymous_read,
        request_id: String::new(),
    };
    Ok(Some(Session { caller, form_token: row.form_token, hash }))
}

/// Opens a session with an API token, with that token's rights. Gives the cookie's value.
///
/// # Errors
/// `Unauthenticated` for a token that is not live.
pub async fn sign_in_with_token(app: &App, token: &str, request_id: &str) -> Result<String> {
    let row = find_live(app, token.trim()).await?;
    let mut who = caller(app, &row);
    request_id.clone_into(&mut who.request_id);
    retried(|| async {
        let mut tx = app.db.write().await?;
        let cookie = open(app, &mut tx, &who, Some(row.id.clone())).await?;
        tx.commit().await?;
        Ok(cookie)
    })
    .await
}

/// Opens a session inside a transaction; the id is always a new one.
pub(super) async fn open(app: &App, tx: &mut Tx, who: &Caller, token_id: Option<Id>) -> Result<String> {
    let cookie = secret::random()?;
    let now = app.now();
    sessions::delete_expired(tx, now).await?;
    let row = SessionRow {
        hash: secret::hash(&cookie),
        account: who.name.clone(),
        token_id,
        form_token: secret::random()?,
        created_at: now,
        expires_at: now.plus_seconds(SESSION_SECONDS),
    };
    sessions::insert(tx, &row).await?;
    append(tx, now, Entry::new(who, "session.open")).await?;
    Ok(cookie)
}

/// Ends a session on the server; its cookie is worth nothing from then on.
///
/// # Errors
/// The database's.
pub async fn sign_out(app: &App, session: &Session) -> Result<()> {
    retried(|| async {
        let mut tx = app.db.write().await?;
        sessions::delete(&mut tx, &session.hash).await?;
        append(&mut tx, app.now(), Entry::new(&session.caller, "session.close")).await?;
        tx.commit().await
    })
    .await
}
