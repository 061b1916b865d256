//! A filled template as an HTTP answer with the headers every HTML page must have. It decides no content.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder};
use askama::Template;

/// No inline script or style, nothing from elsewhere, no framing, and no parsing of HTML by script.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types 'none'";

/// Renders `template`; a failure to render is answered as a plain 500 and logged once.
pub fn page(status: StatusCode, template: &impl Template) -> HttpResponse {
    match template.render() {
        Ok(body) => with_headers(&mut HttpResponse::build(status)).body(body),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            HttpResponse::InternalServerError()
                .content_type("text/plain; charset=utf-8")
                .body("The page could not be made. Try again; the log has the cause.\n")
        }
    }
}

/// The headers of every HTML answer.
pub fn with_headers(answer: &mut HttpResponseBuilder) -> &mut HttpResponseBuilder {
    answer
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "same-origin"))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
}

/// 303 to `place` after a form: a reload never repeats the action. `place` must begin with one `/`.
pub fn see_other(place: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, local(place))).finish()
}

/// `place` when it is a path on this server, `/` otherwise: no form sends a person to another host.
#[must_use]
pub fn local(place: &str) -> &str {
    let is_local = place.starts_with('/')
        && !place.starts_with("//")
        && !place
            .contains(|character: char| character == '\\' || character.is_control() || !character.is_ascii());
    if is_local { place } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_server_are_followed() {
        for (given, followed) in [
            ("/ui/queue?q=a%20b", "/ui/queue?q=a%20b"),
            ("//evil.example/", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example/", "/"),
            ("/a\r\nSet-Cookie: x", "/"),
            ("", "/"),
        ] {
            assert_eq!(local(given), followed);
        }
    }
}
