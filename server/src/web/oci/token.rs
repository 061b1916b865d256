//! The token endpoint that the registry's challenge names (distribution token specification, GET; OAuth2 form, POST).
//! API tokens are bearer tokens already, so a client gets back the token that it signed in with: it can be revoked at any
//! moment, and its rights are asked at each request. Who comes without credentials gets a token that means nobody.

use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::json;

use crate::app::App;
use crate::auth::{ANONYMOUS_BEARER, Credentials, caller_of_token, parse_authorization};
use crate::error::{Error, Kind, Result};

/// What clients may rely on; the token itself may live longer.
const TOKEN_SECONDS: u64 = 3_600;

/// GET: Basic credentials, or none.
pub async fn by_get(request: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
    let header = request.headers().get("Authorization").and_then(|value| value.to_str().ok());
    give(&app, &parse_authorization(header)?).await
}

#[derive(Deserialize)]
pub struct Grant {
    grant_type: String,
    password: Option<String>,
    refresh_token: Option<String>,
}

/// POST: `password` or `refresh_token` grant.
pub async fn by_post(app: Data<App>, grant: Form<Grant>) -> Result<HttpResponse> {
    let grant = grant.into_inner();
    let secret = match grant.grant_type.as_str() {
        "password" => grant.password,
        "refresh_token" => grant.refresh_token,
        other => {
            return Err(Error::new(Kind::InvalidRequest, format!("the grant {other} is not known here")));
        }
    };
    let secret = secret.ok_or_else(|| Error::new(Kind::InvalidRequest, "the grant carries no token"))?;
    give(&app, &Credentials::Token(secret)).await
}

/// # Errors
/// `Unauthenticated` for a token that is not live.
async fn give(app: &App, credentials: &Credentials) -> Result<HttpResponse> {
    caller_of_token(app, credentials).await?;
    let token = match credentials {
        Credentials::None => ANONYMOUS_BEARER,
        Credentials::Token(token) => token,
    };
    Ok(HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).json(json!({
        "token": token,
        "access_token": token,
        "refresh_token": token,
        "expires_in": TOKEN_SECONDS,
        "issued_at": app.now().to_string(),
    })))
}
