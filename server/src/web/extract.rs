//! What handlers take as arguments: the caller of a protocol route, the session of a page, the request id, a body.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _};

use super::respond::RequestId;
use crate::app::App;
use crate::auth::{self, Session};
use crate::error::{Error, Kind, Result};
use crate::model::Caller;

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T>>>>;

/// The caller of a protocol route: by the `Authorization` header alone, never by a cookie.
impl FromRequest for Caller {
    type Error = Error;
    type Future = Extracting<Caller>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let credentials =
                auth::parse_authorization(header_text(&request, header::AUTHORIZATION.as_str()))?;
            let mut caller = auth::caller_of_token(app(&request)?, &credentials).await?;
            caller.request_id = request_id(&request);
            Ok(caller)
        })
    }
}

/// A page's visitor: signed in or not. The caller of a visitor without a session is anonymous.
#[derive(Clone, Debug)]
pub struct Visitor {
    pub session: Option<Session>,
    pub caller: Caller,
    /// The browser says that this request comes from our own pages.
    pub same_origin: bool,
}

impl Visitor {
    /// The session, or the request to sign in.
    ///
    /// # Errors
    /// `Unauthenticated`.
    pub fn signed_in(&self) -> Result<&Session> {
        self.session.as_ref().ok_or_else(|| Error::new(Kind::Unauthenticated, "sign in first"))
    }

    /// The session behind a form post, after the cross-site checks. Every handler that changes something starts here.
    ///
    /// # Errors
    /// `Unauthenticated` or `CrossSite`.
    pub fn form(&self, form_token: &str) -> Result<&Session> {
        let session = self.signed_in()?;
        auth::check_form(session, form_token, self.same_origin)?;
        Ok(session)
    }
}

impl FromRequest for Visitor {
    type Error = Error;
    type Future = Extracting<Visitor>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let app = app(&request)?;
            let mut session = match request.cookie(auth::SESSION_COOKIE) {
                Some(cookie) => auth::find_session(app, cookie.value()).await?,
                None => None,
            };
            if let Some(session) = &mut session {
                session.caller.request_id = request_id(&request);
            }
            let mut caller = Caller::anonymous(app.config.anonymous_read);
            caller.request_id = request_id(&request);
            let caller = session.as_ref().map_or(caller, |session| session.caller.clone());
            let same_origin = auth::same_origin(
                header_text(&request, "sec-fetch-site"),
                header_text(&request, "origin"),
                header_text(&request, "host"),
            );
            Ok(Visitor { session, caller, same_origin })
        })
    }
}

/// The id of this request; empty only where the middleware is absent.
#[must_use]
pub fn request_id(request: &HttpRequest) -> String {
    request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default()
}

/// The server behind a request.
///
/// # Errors
/// `Internal` when the route was set up without one.
pub fn app(request: &HttpRequest) -> Result<&App> {
    request
        .app_data::<web::Data<App>>()
        .map(|data| data.as_ref())
        .ok_or_else(|| Error::internal("no app in the request"))
}

/// A whole body, or one field of a form, of at most `bytes_max` bytes, cut off at the first byte over it.
///
/// # Errors
/// `TooLarge`, or `InvalidRequest` when the body ends before it is complete.
pub async fn read_body<S, E>(mut payload: S, bytes_max: usize) -> Result<Bytes>
where
    S: Stream<Item = std::result::Result<Bytes, E>> + Unpin,
    E: std::fmt::Display,
{
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| {
            Error::new(Kind::InvalidRequest, format!("the body ended before it was complete: {error}"))
        })?;
        if body.len() + chunk.len() > bytes_max {
            return Err(Error::new(Kind::TooLarge, format!("the body is larger than {bytes_max} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn header_text<'r>(request: &'r HttpRequest, name: &str) -> Option<&'r str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}
