//! API tokens for administrators: list, make, revoke. A secret is shown once and never again.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::frame::{Frame, Place};
use super::page::{page, see_other};
use super::parts::{Moment, Pair};
use super::visit::{Visit, sentence};
use crate::auth;
use crate::db::tokens::TokenRow as Stored;
use crate::error::{Kind, Result};
use crate::model::{Id, RepositoryName, Role};
use crate::registry;

#[derive(Default, serde::Deserialize)]
pub struct NewForm {
    #[serde(default)]
    form_token: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    repository: String,
}

#[derive(serde::Deserialize)]
pub struct RevokeForm {
    #[serde(default)]
    form_token: String,
    id: String,
}

/// `GET /ui/tokens`.
pub async fn get(visit: Visit) -> HttpResponse {
    let result = build(&visit, &NewForm::default(), None, None).await;
    visit.answer(result.map(|filled| page(StatusCode::OK, &filled))).await
}

/// `POST /ui/tokens`: makes one. The answer shows the secret, so it is no redirect.
pub async fn post(visit: Visit, sent: web::Form<NewForm>) -> HttpResponse {
    let (created, error) = match make(&visit, &sent).await {
        Ok(secret) => (Some(Pair { name: sent.name.clone(), value: secret }), None),
        Err(error)
            if matches!(error.kind, Kind::InvalidRequest | Kind::InvalidName | Kind::UnknownRepository) =>
        {
            (None, Some(sentence(&error.public)))
        }
        Err(error) => return visit.answer(Err(error)).await,
    };
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let typed = if error.is_some() { sent.into_inner() } else { NewForm::default() };
    let result = build(&visit, &typed, created, error).await;
    visit.answer(result.map(|filled| page(status, &filled))).await
}

/// `POST /ui/tokens/revoke`.
pub async fn post_revoke(visit: Visit, sent: web::Form<RevokeForm>) -> HttpResponse {
    let result = revoke(&visit, &sent).await;
    visit.answer(result).await
}

async fn make(visit: &Visit, sent: &NewForm) -> Result<String> {
    let caller = &visit.form(&sent.form_token)?.caller;
    let role: Role = sent.role.parse()?;
    let repository =
        if sent.repository.is_empty() { None } else { Some(RepositoryName::parse(&sent.repository)?) };
    let made =
        auth::create_token(&visit.app, caller, sent.name.trim(), role, repository.as_ref(), None).await?;
    Ok(made.secret)
}

async fn revoke(visit: &Visit, sent: &RevokeForm) -> Result<HttpResponse> {
    let caller = &visit.form(&sent.form_token)?.caller;
    auth::revoke_token(&visit.app, caller, &Id::from_client(&sent.id)).await?;
    Ok(see_other("/ui/tokens"))
}

async fn build(
    visit: &Visit,
    typed: &NewForm,
    created: Option<Pair>,
    error: Option<String>,
) -> Result<TokensPage> {
    let tokens = auth::list_tokens(&visit.app, visit.caller()).await?;
    let repositories = registry::readable_repositories(&visit.app, visit.caller()).await?;
    Ok(TokensPage {
        frame: visit.frame("Tokens", Place::Elsewhere).await,
        created,
        error,
        roles: Role::ALL.iter().map(|role| role.as_str().to_owned()).collect(),
        repositories: repositories.into_iter().map(|row| row.name.to_string()).collect(),
        typed_name: typed.name.clone(),
        typed_role: typed.role.clone(),
        typed_repository: typed.repository.clone(),
        rows: tokens.iter().map(TokenRow::from).collect(),
        token_command: "chartgate admin token --name ci --role publisher".to_owned(),
    })
}

impl From<&Stored> for TokenRow {
    fn from(row: &Stored) -> TokenRow {
        let everywhere = row.repository.is_empty();
        TokenRow {
            id: row.id.to_string(),
            name: row.account.clone(),
            role: row.role.as_str().to_owned(),
            repository: if everywhere { "every repository".to_owned() } else { row.repository.clone() },
            made_at: Moment::from_micros(row.created_at.0),
            revoked: row.revoked_at.is_some(),
        }
    }
}

#[derive(Template)]
#[template(path = "tokens.html")]
pub struct TokensPage {
    pub frame: Frame,
    /// The token just made, shown once.
    pub created: Option<Pair>,
    pub error: Option<String>,
    pub roles: Vec<String>,
    pub repositories: Vec<String>,
    pub typed_name: String,
    pub typed_role: String,
    pub typed_repository: String,
    pub rows: Vec<TokenRow>,
    pub token_command: String,
}

pub struct TokenRow {
    pub id: String,
    pub name: String,
    pub role: String,
    pub repository: String,
    pub made_at: Moment,
    pub revoked: bool,
}

impl TokensPage {
    #[must_use]
    pub fn sample() -> TokensPage {
        let row = |name: &str, revoked| TokenRow {
            id: name.to_owned(),
            name: name.to_owned(),
            role: "publisher".to_owned(),
            repository: "charts".to_owned(),
            made_at: Moment::sample(),
            revoked,
        };
        TokensPage {
            frame: Frame::sample("Tokens", Place::Elsewhere),
            created: Some(Pair { name: "ci".to_owned(), value: "cg_sample".to_owned() }),
            error: None,
            roles: vec!["publisher".to_owned(), "reviewer".to_owned()],
            repositories: vec!["charts".to_owned()],
            typed_name: String::new(),
            typed_role: "publisher".to_owned(),
            typed_repository: String::new(),
            rows: vec![row("ci", false), row("old", true)],
            token_command: String::new(),
        }
    }
}
