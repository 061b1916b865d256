//! Theme and keys: words in cookies, written by the server so that pages come in the right colours without script.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::account::AccountPage;
use super::frame::{Place, Theme};
use super::page::{page, see_other};
use super::visit::{KEYS_COOKIE, THEME_COOKIE, Visit, preference_cookie};
use crate::error::{Error, Result};
use crate::model::Action;

#[derive(serde::Deserialize)]
pub struct PreferencesForm {
    theme: Option<String>,
    keys: Option<String>,
    /// Sent by the form that shows the choice of keys; an unchecked box itself sends nothing.
    keys_shown: Option<String>,
    #[serde(default)]
    back: String,
}

/// `POST /ui/preferences`: from the foot of every page and from the account page.
pub async fn post(visit: Visit, sent: web::Form<PreferencesForm>) -> HttpResponse {
    visit.answer(keep(&visit, &sent)).await
}

fn keep(visit: &Visit, sent: &PreferencesForm) -> Result<HttpResponse> {
    visit.check_origin()?;
    let mut response = see_other(&sent.back);
    let mut cookies = Vec::new();
    if let Some(theme) = &sent.theme {
        cookies.push(preference_cookie(THEME_COOKIE, Theme::from_word(theme).word()));
    }
    if sent.keys_shown.is_some() {
        cookies.push(preference_cookie(KEYS_COOKIE, if sent.keys.is_some() { "on" } else { "off" }));
    }
    for cookie in cookies {
        response.add_cookie(&cookie).map_err(Error::internal)?;
    }
    Ok(response)
}

/// `GET /ui/account`.
pub async fn account(visit: Visit) -> HttpResponse {
    let session = match visit.visitor.signed_in() {
        Ok(session) => session,
        Err(error) => return visit.answer(Err(error)).await,
    };
    let mut roles: Vec<String> = session
        .caller
        .grants
        .iter()
        .map(|grant| match &grant.repository {
            Some(repository) => format!("{} of {repository}", grant.role.as_str()),
            None => format!("{} of every repository", grant.role.as_str()),
        })
        .collect();
    roles.sort();
    let filled = AccountPage {
        frame: visit.frame("Account", Place::Elsewhere).await,
        name: session.caller.name.clone(),
        roles: roles.join(", "),
        may_administer: visit.caller().may(Action::Administer, None),
    };
    page(StatusCode::OK, &filled)
}
