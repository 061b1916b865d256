//! Signing in and out. A one-time link is shown first and used by its button, so that a preview does not use it up.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::account::SignInPage;
use super::frame::Place;
use super::page::{local, page, see_other};
use super::visit::{Visit, sentence};
use crate::auth;
use crate::error::{Error, Kind, Result};

#[derive(serde::Deserialize)]
pub struct SignInQuery {
    link: Option<String>,
    #[serde(default)]
    back: String,
}

#[derive(serde::Deserialize)]
pub struct LinkForm {
    link: String,
}

#[derive(serde::Deserialize)]
pub struct TokenForm {
    token: String,
    #[serde(default)]
    back: String,
}

#[derive(serde::Deserialize)]
pub struct SignOutForm {
    #[serde(default)]
    form_token: String,
}

/// `GET /sign-in`, with `?link=` from a one-time link.
pub async fn get(visit: Visit, query: web::Query<SignInQuery>) -> HttpResponse {
    let SignInQuery { link, back } = query.into_inner();
    let (link, error) = match link {
        None => (None, None),
        Some(link) => match auth::is_live_link(&visit.app, &link).await {
            Ok(true) => (Some(link), None),
            Ok(false) => {
                (None, Some("This sign-in link was used already or is too old. Make another.".to_owned()))
            }
            Err(error) => return visit.error(&error).await,
        },
    };
    let status = if error.is_some() { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
    page(status, &form(&visit, link, back, error).await)
}

/// `POST /sign-in/link`: uses the link.
pub async fn post_link(visit: Visit, sent: web::Form<LinkForm>) -> HttpResponse {
    let opened = match visit.check_origin() {
        Ok(()) => auth::sign_in_with_link(&visit.app, &sent.link, &visit.request_id).await,
        Err(error) => Err(error),
    };
    signed_in(&visit, opened, "").await
}

/// `POST /sign-in`: opens a session with an API token and its rights.
pub async fn post_token(visit: Visit, sent: web::Form<TokenForm>) -> HttpResponse {
    let opened = match visit.check_origin() {
        Ok(()) => auth::sign_in_with_token(&visit.app, &sent.token, &visit.request_id).await,
        Err(error) => Err(error),
    };
    signed_in(&visit, opened, &sent.back).await
}

/// `POST /sign-out`.
pub async fn post_sign_out(visit: Visit, sent: web::Form<SignOutForm>) -> HttpResponse {
    visit.answer(sign_out(&visit, &sent.form_token).await).await
}

async fn sign_out(visit: &Visit, form_token: &str) -> Result<HttpResponse> {
    auth::sign_out(&visit.app, visit.form(form_token)?).await?;
    let mut response = see_other("/sign-in");
    let added = response.add_cookie(&visit.session_cookie(None));
    added.map_err(Error::internal)?;
    Ok(response)
}

async fn signed_in(visit: &Visit, opened: Result<String>, back: &str) -> HttpResponse {
    match opened {
        Ok(cookie) => {
            let mut response = see_other(if back.is_empty() { "/" } else { local(back) });
            match response.add_cookie(&visit.session_cookie(Some(&cookie))) {
                Ok(()) => response,
                Err(error) => visit.error(&Error::internal(error)).await,
            }
        }
        Err(error) if error.kind == Kind::Unauthenticated => {
            let said = Some(sentence(&error.public));
            page(StatusCode::UNAUTHORIZED, &form(visit, None, back.to_owned(), said).await)
        }
        Err(error) => visit.error(&error).await,
    }
}

async fn form(visit: &Visit, link: Option<String>, back: String, error: Option<String>) -> SignInPage {
    SignInPage {
        frame: visit.frame("Sign in", Place::Elsewhere).await,
        error,
        link,
        back,
        link_command: "chartgate admin sign-in-link".to_owned(),
    }
}
