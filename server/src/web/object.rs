//! Bytes that `registry::resolve` gave out, as an HTTP answer: validators, ranges and lengths the same on every door.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_RANGE, ETAG, IF_NONE_MATCH, LAST_MODIFIED, RANGE, VARY,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};

use crate::error::{Error, Kind, Result};
use crate::model::Micros;
use crate::registry::Object;

/// Approved bytes can be revoked, so caches must ask again each time; and what one caller may see another may not.
pub const CACHE_RULE: &str = "private, no-cache";

/// The whole object, the range that was asked for, or "not modified". HEAD gets the same headers without a body.
///
/// # Errors
/// `InvalidRange` when the one range asked for lies outside.
pub fn respond(request: &HttpRequest, object: &Object, content_type: &str) -> Result<HttpResponse> {
    let etag = format!("\"{}\"", object.digest);
    if not_modified(request, &etag) {
        return Ok(headed(StatusCode::NOT_MODIFIED, &etag, object.modified).finish());
    }
    let size = object.bytes.len();
    let wanted =
        request.headers().get(RANGE).and_then(|value| value.to_str().ok()).and_then(|text| range(text, size));
    let (status, body) = match wanted {
        None => (StatusCode::OK, object.bytes.clone()),
        Some(Some((from, to))) => (StatusCode::PARTIAL_CONTENT, object.bytes.slice(from..to)),
        Some(None) => {
            let text = format!("the range lies outside of the {size} bytes that are there");
            return Err(Error::new(Kind::InvalidRange, text));
        }
    };
    let mut answer = headed(status, &etag, object.modified);
    answer.content_type(content_type).insert_header(("Docker-Content-Digest", object.digest.to_string()));
    if let Some(Some((from, to))) = wanted {
        answer.insert_header((CONTENT_RANGE, format!("bytes {from}-{}/{size}", to - 1)));
    }
    Ok(answer.body(body))
}

/// Whether the client has these bytes already (RFC 9110 section 13.1.2, weak comparison).
#[must_use]
pub fn not_modified(request: &HttpRequest, etag: &str) -> bool {
    let given =
        request.headers().get(IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    given.split(',').map(|tag| tag.trim().trim_start_matches("W/")).any(|tag| tag == etag || tag == "*")
}

/// An answer with validators and the cache rule.
pub fn headed(status: StatusCode, etag: &str, modified: Micros) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    answer
        .insert_header((ETAG, etag))
        .insert_header((CACHE_CONTROL, CACHE_RULE))
        .insert_header((VARY, "Authorization, Accept-Encoding"))
        .insert_header((ACCEPT_RANGES, "bytes"));
    if let Ok(at) = jiff::Timestamp::from_microsecond(modified.0) {
        answer.insert_header((LAST_MODIFIED, at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()));
    }
    answer
}

/// One `bytes=a-b` range as a half-open interval: `None` when the header is to be ignored (no range, several ranges,
/// another unit), `Some(None)` when it lies outside.
fn range(text: &str, size: usize) -> Option<Option<(usize, usize)>> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    if last.contains(',') {
        return None;
    }
    if first.is_empty() {
        let suffix: usize = last.parse().ok()?;
        return Some((suffix > 0 && size > 0).then(|| (size.saturating_sub(suffix), size)));
    }
    let from: usize = first.parse().ok()?;
    let to = if last.is_empty() { size } else { last.parse::<usize>().ok()?.saturating_add(1).min(size) };
    Some((from < to).then_some((from, to)))
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn ranges_follow_rfc_9110() {
        for (text, wanted) in [
            ("bytes=0-3", Some(Some((0, 4)))),
            ("bytes=4-", Some(Some((4, 10)))),
            ("bytes=-2", Some(Some((8, 10)))),
            ("bytes=8-99", Some(Some((8, 10)))),
            ("bytes=10-", Some(None)),
            ("bytes=5-4", Some(None)),
            ("bytes=-0", Some(None)),
            ("bytes=0-1,3-4", None),
            ("lines=0-1", None),
            ("bytes=x-1", None),
        ] {
            assert_eq!(range(text, 10), wanted, "{text}");
        }
    }
}
