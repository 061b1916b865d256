//! One form of error for each surface, one request id for each request. A handler returns `Error`; this gives it the
//! shape that the client of its path expects, and logs its cause once.

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, HttpResponse, HttpResponseBuilder, ResponseError};
use serde_json::json;

use crate::app::App;
use crate::error::{Error, Kind};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Bytes of a client's own request id that are taken over.
const REQUEST_ID_BYTES_MAX: usize = 64;

/// When a client may come back after a 503 or 507.
const RETRY_AFTER_SECONDS: u32 = 10;

/// The id of a request, in its extensions and in the answer's `X-Request-Id`.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// Who reads the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// HTML.
    Page,
    /// `{"error": "..."}` of the ChartMuseum API.
    ChartMuseum,
    /// Problem details, RFC 9457.
    Api,
    /// `{"errors": [...]}` of the OCI distribution specification.
    Oci,
    /// One line of text.
    Classic,
}

impl Surface {
    /// The surface of a path; unknown paths are pages.
    #[must_use]
    pub fn of(path: &str) -> Surface {
        let mut segments = path.trim_start_matches('/').split('/');
        let (first, second, third) = (segments.next().unwrap_or(""), segments.next(), segments.next());
        match (first, second, third) {
            ("v2" | "auth", _, _) => Surface::Oci,
            ("api", Some("v1"), _) => Surface::Api,
            ("api", _, _) | (_, Some("api"), _) => Surface::ChartMuseum,
            ("ui" | "sign-in" | "sign-out" | "static", _, _) => Surface::Page,
            ("healthz" | "readyz", _, _) | (_, Some("index.yaml"), None) | (_, Some("charts"), Some(_)) => {
                Surface::Classic
            }
            _ => Surface::Page,
        }
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// What is sent where the middleware is absent: the sentence alone.
    fn error_response(&self) -> HttpResponse<BoxBody> {
        HttpResponse::build(self.status_code())
            .content_type("text/plain; charset=utf-8")
            .body(format!("{self}\n"))
    }
}

/// The middleware around every route.
///
/// # Errors
/// None of its own: errors become answers.
pub async fn respond(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let id = request_id(&request);
    request.extensions_mut().insert(RequestId(id.clone()));
    let surface = Surface::of(request.path());
    // No clone of the request may be kept over this call: the router needs it for itself alone. Errors of handlers and
    // extractors arrive as answers; only a middleware further in could fail here, and there is none.
    let mut response = next.call(request).await?.map_into_boxed_body();
    if let Some(error) = failure(&response) {
        log(&response, &id, &error);
        let kept = kept_headers(response.headers());
        let address = response
            .request()
            .app_data::<actix_web::web::Data<App>>()
            .map(|app| app.config.public_url.clone());
        let mut built = render(surface, &error, &id, address.as_deref(), response.request());
        for (name, value) in kept {
            built.headers_mut().insert(name, value);
        }
        response = response.into_response(built);
    }
    let put_off = matches!(response.status().as_u16(), 503 | 507);
    let headers = response.headers_mut();
    // Pages build their own errors, so this stands where every answer comes by.
    if put_off && !headers.contains_key(header::RETRY_AFTER) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS));
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}

/// A client's id when it is plain, else one of ours.
fn request_id(request: &ServiceRequest) -> String {
    let given = request.headers().get(&REQUEST_ID).and_then(|value| value.to_str().ok()).unwrap_or("");
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if !given.is_empty() && given.len() <= REQUEST_ID_BYTES_MAX && given.bytes().all(plain) {
        return given.to_owned();
    }
    let now = request.app_data::<actix_web::web::Data<App>>().map(|app| app.now()).unwrap_or_default();
    crate::model::Id::new(now).map_or_else(|_| "unknown".to_owned(), |id| id.to_string())
}

/// The error of an answer: ours, or actix's in our words. An answer that a handler built itself is left alone.
fn failure(response: &ServiceResponse<BoxBody>) -> Option<Error> {
    let status = response.status();
    if let Some(error) = response.response().error() {
        if let Some(ours) = error.as_error::<Error>() {
            return Some(Error {
                kind: ours.kind,
                public: ours.public.clone(),
                source: ours.source.as_ref().map(|cause| chain(cause.as_ref()).into()),
                report: ours.report.clone(),
            });
        }
        return Some(foreign(status, &error.to_string()));
    }
    let empty = matches!(response.response().body().size(), BodySize::None | BodySize::Sized(0));
    let is_head = response.request().method() == Method::HEAD;
    match status {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED if empty && !is_head => {
            Some(foreign(status, ""))
        }
        _ => None,
    }
}

/// An error of the framework: an extractor's or the router's.
fn foreign(status: StatusCode, text: &str) -> Error {
    match status {
        StatusCode::NOT_FOUND => Error::new(Kind::NotFound, "there is nothing at this address"),
        StatusCode::METHOD_NOT_ALLOWED => {
            Error::new(Kind::MethodNotAllowed, "this address does not take this method")
        }
        StatusCode::PAYLOAD_TOO_LARGE => {
            Error::new(Kind::TooLarge, "the request is larger than this address takes")
        }
        status if status.is_client_error() => {
            Error::new(Kind::InvalidRequest, format!("the request is not valid: {text}"))
        }
        _ => Error::internal(text.to_owned()),
    }
}

fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

fn log(response: &ServiceResponse<BoxBody>, id: &str, error: &Error) {
    let (method, path) = (response.request().method(), response.request().path());
    match &error.source {
        Some(cause) => {
            tracing::error!(request_id = id, %method, ?path, kind = error.kind.slug(), cause = %cause, "request failed");
        }
        None => tracing::debug!(request_id = id, %method, ?path, kind = error.kind.slug(), "request refused"),
    }
}

/// Headers that a handler set on its error and that belong to the answer.
fn kept_headers(headers: &HeaderMap) -> Vec<(HeaderName, HeaderValue)> {
    [header::WWW_AUTHENTICATE, header::ALLOW, header::RETRY_AFTER]
        .into_iter()
        .filter_map(|name| headers.get(&name).map(|value| (name, value.clone())))
        .collect()
}

fn render(
    surface: Surface,
    error: &Error,
    id: &str,
    address: Option<&str>,
    request: &actix_web::HttpRequest,
) -> HttpResponse<BoxBody> {
    let (status, slug, code) = error.kind.table();
    // The distribution specification knows no 422 for a manifest.
    let status = if surface == Surface::Oci && error.kind == Kind::ChartRefused { 400 } else { status };
    let mut answer =
        HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    answer.insert_header((header::CACHE_CONTROL, "no-store"));
    if error.kind == Kind::Unauthenticated {
        challenge(&mut answer, surface, address, request);
    }
    match surface {
        Surface::Page => {
            super::ui::page::with_headers(&mut answer).body(super::ui::error_page(error, id, request))
        }
        Surface::ChartMuseum => answer.json(json!({ "error": error.public })),
        Surface::Api => answer.content_type("application/problem+json").body(
            json!({
                "type": format!("urn:chartgate:problem:{slug}"),
                "title": slug.replace('-', " "),
                "status": status,
                "detail": error.public,
                "request_id": id,
                "report": error.report,
            })
            .to_string(),
        ),
        Surface::Oci => answer.json(json!({ "errors": [{
            "code": code,
            "message": error.public,
            "detail": { "reason": slug, "report": error.report, "request_id": id },
        }] })),
        Surface::Classic => {
            if let Some(report) = &error.report {
                answer.insert_header(("X-Chartgate-Report", report.as_str()));
            }
            answer.content_type("text/plain; charset=utf-8").body(format!("{}\n", error.public))
        }
    }
}

/// Asks for credentials in the way the surface's clients know: Bearer for OCI, Basic for the rest, none on pages.
fn challenge(
    answer: &mut HttpResponseBuilder,
    surface: Surface,
    address: Option<&str>,
    request: &actix_web::HttpRequest,
) {
    let text = match surface {
        Surface::Page => return,
        Surface::Oci => super::oci_challenge(address.unwrap_or_default(), request),
        Surface::ChartMuseum | Surface::Api | Surface::Classic => "Basic realm=\"chartgate\"".to_owned(),
    };
    answer.insert_header((header::WWW_AUTHENTICATE, text));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_has_the_surface_that_its_clients_read() {
        for (path, surface) in [
            ("/v2/", Surface::Oci),
            ("/v2/charts/nginx/manifests/1.0.0", Surface::Oci),
            ("/auth/token", Surface::Oci),
            ("/api/v1/queue", Surface::Api),
            ("/api/charts/charts", Surface::ChartMuseum),
            ("/charts/api/charts", Surface::ChartMuseum),
            ("/charts/index.yaml", Surface::Classic),
            ("/charts/charts/a-1.0.0.tgz", Surface::Classic),
            ("/ui/charts/charts/a/1.0.0", Surface::Page),
            ("/ui/charts", Surface::Page),
            ("/", Surface::Page),
            ("/nothing", Surface::Page),
        ] {
            assert_eq!(Surface::of(path), surface, "{path}");
        }
    }
}
