//! One request for a page: who asks, with which session and preferences; and how an error looks to a person.

use std::future::Future;
use std::pin::Pin;

use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use askama::Template as _;

use super::addresses::with_query;
use super::frame::{Frame, Link, Notice, Person, Place, Theme};
use super::messages::ErrorPage;
use super::page::{page, see_other};
use crate::app::App;
use crate::auth::{SESSION_COOKIE, SESSION_SECONDS, Session};
use crate::db::versions;
use crate::error::{Error, Kind, Result};
use crate::model::{Action, Caller};
use crate::registry;
use crate::web::extract::{self, Visitor};

/// Cookies of the preferences; they hold a word each and no secret.
pub const THEME_COOKIE: &str = "chartgate_theme";
pub const KEYS_COOKIE: &str = "chartgate_keys";
/// How long a preference is kept, in days.
const PREFERENCE_DAYS: i64 = 365;

/// A person, or nobody in particular, looks at a page.
pub struct Visit {
    pub app: App,
    pub visitor: Visitor,
    pub theme: Theme,
    pub keys: bool,
    pub request_id: String,
    /// Path and query of the request.
    pub here: String,
    is_get: bool,
    /// Sequence number of the audit entry that the action before this page wrote.
    done: Option<i64>,
}

impl FromRequest for Visit {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let visitor = Visitor::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move { read(&request, visitor.await?) })
    }
}

fn read(request: &HttpRequest, visitor: Visitor) -> Result<Visit> {
    let query = request.query_string();
    Ok(Visit {
        app: extract::app(request)?.clone(),
        theme: theme(request),
        keys: cookie(request, KEYS_COOKIE).as_deref() != Some("off"),
        request_id: extract::request_id(request),
        here: if query.is_empty() {
            request.path().to_owned()
        } else {
            format!("{}?{query}", request.path())
        },
        is_get: request.method() == actix_web::http::Method::GET,
        done: query.split('&').find_map(|pair| pair.strip_prefix("done=")).and_then(|seq| seq.parse().ok()),
        visitor,
    })
}

fn cookie(request: &HttpRequest, name: &str) -> Option<String> {
    request.cookie(name).map(|cookie| cookie.value().to_owned())
}

fn theme(request: &HttpRequest) -> Theme {
    Theme::from_word(&cookie(request, THEME_COOKIE).unwrap_or_default())
}

/// The error page where no handler ran: an unknown address, a request that could not be read.
#[must_use]
pub fn error_page(error: &Error, request_id: &str, request: &HttpRequest) -> String {
    let (headline, todo) = words(error.kind);
    let filled = ErrorPage {
        frame: Frame {
            title: headline.to_owned(),
            theme: theme(request),
            keys: cookie(request, KEYS_COOKIE).as_deref() != Some("off"),
            request_id: Some(request_id.to_owned()),
            here: "/".to_owned(),
            ..Frame::default()
        },
        headline: headline.to_owned(),
        what: sentence(&error.public),
        todo: todo.to_owned(),
    };
    filled.render().unwrap_or_else(|_| error.public.clone())
}

impl Visit {
    /// What `base.html` needs for this page.
    pub async fn frame(&self, title: &str, place: Place) -> Frame {
        let person = self.visitor.session.as_ref().map(|session| Person {
            name: session.caller.name.clone(),
            form_token: session.form_token.clone(),
            sees_queue: true,
            sees_log: session.caller.may_somewhere(Action::Audit),
            sees_mirrors: session.caller.may_somewhere(Action::Inspect),
        });
        let counts_all = self.visitor.session.is_some() && self.caller().may(Action::Inspect, None);
        let queue_count =
            if counts_all { versions::waiting_count(&mut self.app.db.read()).await.ok() } else { None };
        Frame {
            title: title.to_owned(),
            place,
            theme: self.theme,
            keys: self.keys,
            person,
            queue_count: queue_count.and_then(|count| u64::try_from(count).ok()),
            notice: self.notice().await,
            request_id: Some(self.request_id.clone()),
            here: self.here.clone(),
            searched: String::new(),
        }
    }

    /// The sentence after an action: told from the audit entry it wrote, to the one who did it, so that a link cannot
    /// put words into a page.
    async fn notice(&self) -> Option<Notice> {
        let seq = self.done?;
        let rows = crate::db::audit::from_seq(&mut self.app.db.read(), seq, 1).await.ok()?;
        let row = rows.into_iter().next().filter(|row| row.seq == seq && row.actor == self.caller().name)?;
        let entry: registry::Entry = serde_json::from_str(&row.entry).ok()?;
        let object = format!("{} {}", row.chart, row.version);
        let text = match (entry.action.as_str(), entry.after.as_deref()) {
            ("version.vote", _) => format!("Your approval of {object} is counted; others are needed."),
            ("version.approve" | "version.reject" | "version.revoke", Some(state)) => {
                format!("{object} is {state}.")
            }
            _ => return None,
        };
        let link = Link { href: format!("/ui/log?q=object:{}", row.chart), word: "See the log".to_owned() };
        Some(Notice { good: true, text, link: Some(link) })
    }

    /// The answer, or the page that tells what went wrong. A visitor who is not signed in is asked to.
    pub async fn answer(&self, result: Result<HttpResponse>) -> HttpResponse {
        let error = match result {
            Ok(response) => return response,
            Err(error) => error,
        };
        if error.kind == Kind::Unauthenticated && self.is_get && self.visitor.session.is_none() {
            return see_other(&with_query("/sign-in", &[("back", &self.here)]));
        }
        self.error(&error).await
    }

    /// The error page.
    pub async fn error(&self, error: &Error) -> HttpResponse {
        if let Some(source) = &error.source {
            tracing::error!(request_id = %self.request_id, kind = error.kind.slug(), %source, "{}", error.public);
        }
        let (headline, todo) = words(error.kind);
        let status = StatusCode::from_u16(error.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        page(
            status,
            &ErrorPage {
                frame: self.frame(headline, Place::Elsewhere).await,
                headline: headline.to_owned(),
                what: sentence(&error.public),
                todo: todo.to_owned(),
            },
        )
    }

    /// The session of a form post, after the form token and the request's origin were checked.
    ///
    /// # Errors
    /// `Unauthenticated` without a session, `CrossSite` for a form that is not ours.
    pub fn form(&self, form_token: &str) -> Result<&Session> {
        self.visitor.form(form_token)
    }

    #[must_use]
    pub fn caller(&self) -> &Caller {
        &self.visitor.caller
    }

    /// Forms that have no session yet (signing in, preferences) are checked by their origin alone.
    ///
    /// # Errors
    /// `CrossSite`.
    pub fn check_origin(&self) -> Result<()> {
        if self.visitor.same_origin {
            return Ok(());
        }
        Err(Error::new(Kind::CrossSite, "this form came from another site; open the page here and repeat"))
    }

    /// What fills an empty page.
    #[must_use]
    pub fn push_command(&self) -> String {
        format!("chartgate push --server {} CHART-VERSION.tgz charts", self.app.config.public_url)
    }

    /// The cookie of a new session, or one that ends it.
    #[must_use]
    pub fn session_cookie(&self, value: Option<&str>) -> Cookie<'static> {
        let seconds = if value.is_some() { SESSION_SECONDS } else { 0 };
        Cookie::build(SESSION_COOKIE, value.unwrap_or_default().to_owned())
            .path("/")
            .http_only(true)
            .secure(self.app.config.public_url.starts_with("https://"))
            .same_site(SameSite::Lax)
            .max_age(actix_web::cookie::time::Duration::seconds(seconds))
            .finish()
    }
}

/// A cookie that keeps a preference.
#[must_use]
pub fn preference_cookie(name: &'static str, word: &'static str) -> Cookie<'static> {
    Cookie::build(name, word)
        .path("/")
        .same_site(SameSite::Lax)
        .http_only(true)
        .max_age(actix_web::cookie::time::Duration::days(PREFERENCE_DAYS))
        .finish()
}

/// The sentence of an error as a page says it: capital letter, full stop.
#[must_use]
pub fn sentence(text: &str) -> String {
    let mut characters = text.trim().chars();
    let Some(first) = characters.next() else { return String::new() };
    let mut out: String = first.to_uppercase().chain(characters).collect();
    if !out.ends_with(['.', '!', '?']) {
        out.push('.');
    }
    out
}

/// Headline of an error page and what to do.
fn words(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Unauthenticated => ("You are not signed in", "Sign in, then repeat what you did."),
        Kind::Forbidden => ("You may not do this", ""),
        Kind::CrossSite => {
            ("This form was not accepted", "Nothing was changed. Go back, load the page again and repeat.")
        }
        Kind::NotApproved => ("Not available", ""),
        Kind::Blocked => ("Blocked", "Nothing was changed."),
        Kind::NotFound
        | Kind::UnknownRepository
        | Kind::UnknownManifest
        | Kind::UnknownBlob
        | Kind::UnknownUpload => {
            ("There is no such page", "Check the address, or sign in with an account that may see it.")
        }
        Kind::MethodNotAllowed => ("This address does not take that", ""),
        Kind::Conflict | Kind::Stale => {
            ("Something changed meanwhile", "Nothing was changed. Look again and decide.")
        }
        Kind::TooLarge => ("Too large", ""),
        Kind::ChartRefused => {
            ("The chart was refused", "Package it with helm package and upload the file it makes.")
        }
        Kind::TooManyRequests => ("Too many requests", "Wait a moment and repeat."),
        Kind::Internal => {
            ("Something failed here", "Try again; if it stays, ask the operator and give the request id.")
        }
        Kind::Contended | Kind::StorageFull => ("Not now", "Nothing was changed."),
        Kind::Unavailable | Kind::Unreachable => (
            "Not available at the moment",
            "Try again; if it stays, ask the operator and give the request id.",
        ),
        Kind::InvalidRequest
        | Kind::InvalidName
        | Kind::InvalidDigest
        | Kind::InvalidSize
        | Kind::InvalidUpload
        | Kind::InvalidManifest
        | Kind::MissingBlob
        | Kind::InvalidRange => ("This could not be understood", "Go back, correct it and send it again."),
    }
}
