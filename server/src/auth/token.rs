//! API tokens: made once, shown once, found by hash. Accepted as Basic password with any user name, or as Bearer.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{check_account_name, secret};
use crate::app::App;
use crate::db::accounts;
use crate::db::retried;
use crate::db::tokens::{self, TokenRow};
use crate::error::{Error, Kind, Result};
use crate::model::{Action, Caller, CallerKind, Grant, Id, Micros, RepositoryName, Role};
use crate::registry::{Entry, append, demand};

/// What `/auth/token` gives to those without credentials, so that OCI clients can read anonymously.
pub const ANONYMOUS_BEARER: &str = "anonymous";

/// How often the time of last use is written, at most.
const LAST_USED_STEP_SECONDS: i64 = 300;

/// What an `Authorization` header holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// No header, or an anonymous bearer.
    None,
    Token(String),
}

/// Reads an `Authorization` header. In Basic the token is the password; a token as user name without password also counts.
///
/// # Errors
/// Another scheme, or text that is no credential of its scheme.
pub fn parse_authorization(header: Option<&str>) -> Result<Credentials> {
    let wrong = || {
        let what = "the Authorization header must be Basic or Bearer with a chartgate token";
        Error::new(Kind::Unauthenticated, what)
    };
    let Some(header) = header else { return Ok(Credentials::None) };
    let (scheme, rest) = header.trim().split_once(' ').ok_or_else(wrong)?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Ok(if rest == ANONYMOUS_BEARER {
            Credentials::None
        } else {
            Credentials::Token(rest.to_owned())
        });
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(wrong());
    }
    let decoded = STANDARD.decode(rest).map_err(|_| wrong())?;
    let text = String::from_utf8(decoded).map_err(|_| wrong())?;
    let (user, password) = text.split_once(':').ok_or_else(wrong)?;
    match (user, password) {
        ("", "") => Ok(Credentials::None),
        (user, "") => Ok(Credentials::Token(user.to_owned())),
        (_, password) => Ok(Credentials::Token(password.to_owned())),
    }
}

/// The caller behind credentials. Wrong ones are refused even where anonymous callers may read.
///
/// # Errors
/// `Unauthenticated` for an unknown, expired or revoked token.
pub async fn caller_of_token(app: &App, credentials: &Credentials) -> Result<Caller> {
    let Credentials::Token(token) = credentials else {
        return Ok(Caller::anonymous(app.config.anonymous_read));
    };
    let hash = secret::hash(token);
    let row = app.hot.token(&app.db, &hash, app.now()).await?.ok_or_else(not_live)?;
    touch(app, &row, &hash).await;
    Ok(caller(app, &row))
}

/// The live row of a token by what rows say now: what is made from it outlives the request.
pub(super) async fn find_live(app: &App, token: &str) -> Result<TokenRow> {
    let row = tokens::by_hash(&mut app.db.read(), &secret::hash(token)).await?;
    row.filter(|row| row.is_live(app.now())).ok_or_else(not_live)
}

fn not_live() -> Error {
    let text = "this token is unknown, expired or revoked; ask an admin for a new one";
    Error::new(Kind::Unauthenticated, text)
}

pub(super) fn caller(app: &App, row: &TokenRow) -> Caller {
    Caller {
        name: row.account.clone(),
        kind: CallerKind::Token,
        grants: row.grant().into_iter().collect(),
        reads_published: app.config.anonymous_read,
        request_id: String::new(),
    }
}

/// Keeps the time of last use roughly right without a write for each request. Failing to is no reason to refuse.
async fn touch(app: &App, row: &TokenRow, hash: &str) {
    let now = app.now();
    if row.last_used_at.is_some_and(|at| now < at.plus_seconds(LAST_USED_STEP_SECONDS)) {
        return;
    }
    let written = async {
        let mut tx = app.db.begin().await?;
        tokens::used(&mut tx, &row.id, now).await?;
        tx.commit().await
    };
    let written = written.await;
    app.hot.forget_token(hash);
    if let Err(error) = written {
        tracing::warn!(%error, "the time of last use of a token was not written");
    }
}

/// A token that was just made; the secret is shown once and never again.
#[derive(Debug)]
pub struct NewToken {
    pub id: Id,
    pub secret: String,
}

/// Makes a token for an account, making the account as a robot when it is new.
///
/// # Errors
/// The caller is no admin, the name is not valid, or the repository is unknown.
pub async fn create_token(
    app: &App,
    caller: &Caller,
    account: &str,
    role: Role,
    repository: Option<&RepositoryName>,
    expires_at: Option<Micros>,
) -> Result<NewToken> {
    demand(caller, Action::Administer, None)?;
    check_account_name(account).map_err(|invalid| Error::new(Kind::InvalidRequest, invalid.0))?;
    if let Some(name) = repository {
        crate::registry::find_repository(app, caller, name).await?;
    }
    let secret = format!("cg_{}", secret::random()?);
    let id = app.new_id()?;
    let now = app.now();
    let grant = Grant { role, repository: repository.cloned() };
    let hash = secret::hash(&secret);
    retried(|| async {
        let mut tx = app.db.write().await?;
        accounts::ensure(&mut tx, account, "robot", now).await?;
        tokens::insert(&mut tx, &id, account, &hash, &grant, &caller.name, (now, expires_at)).await?;
        let entry = Entry {
            repository: repository.map(ToString::to_string),
            after: Some(format!("token {id} for {account} as {}", role.as_str())),
            ..Entry::new(caller, "token.create")
        };
        append(&mut tx, now, entry).await?;
        tx.commit().await
    })
    .await?;
    Ok(NewToken { id, secret })
}

/// Every token, newest first; never a secret.
///
/// # Errors
/// The caller is no admin.
pub async fn list_tokens(app: &App, caller: &Caller) -> Result<Vec<TokenRow>> {
    demand(caller, Action::Administer, None)?;
    tokens::all(&mut app.db.read()).await
}

/// Ends a token and every session opened with it.
///
/// # Errors
/// The caller is no admin, or there is no such live token.
pub async fn revoke_token(app: &App, caller: &Caller, id: &Id) -> Result<()> {
    demand(caller, Action::Administer, None)?;
    retried(|| async {
        let mut tx = app.db.write().await?;
        let row = tokens::by_id(&mut tx, id).await?;
        let live = tokens::revoke(&mut tx, id, app.now()).await?;
        let Some(row) = row.filter(|_| live) else {
            return Err(Error::new(Kind::NotFound, "there is no such token, or it was revoked before"));
        };
        let entry = Entry {
            before: Some(format!("token {id} for {} as {}", row.account, row.role.as_str())),
            ..Entry::new(caller, "token.revoke")
        };
        append(&mut tx, app.now(), entry).await?;
        tx.commit().await
    })
    .await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn headers_give_the_token_of_either_scheme() {
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
        let token = |text: &str| Credentials::Token(text.to_owned());
        for (header, expected) in [
            ("Bearer cg_x".to_owned(), token("cg_x")),
            ("bearer  cg_x ".to_owned(), token("cg_x")),
            ("Bearer anonymous".to_owned(), Credentials::None),
            (basic("anyone:cg_x"), token("cg_x")),
            (basic(":cg_x"), token("cg_x")),
            (basic("cg_x:"), token("cg_x")),
            (basic(":"), Credentials::None),
            (basic("a:b:c"), token("b:c")),
        ] {
            assert_eq!(parse_authorization(Some(&header)).unwrap(), expected, "{header}");
        }
        assert_eq!(parse_authorization(None).unwrap(), Credentials::None);
        for bad in ["Digest x", "Basic ???", "Bearer", "", "Basic eA=="] {
            assert_eq!(parse_authorization(Some(bad)).unwrap_err().kind, Kind::Unauthenticated, "{bad}");
        }
    }
}
