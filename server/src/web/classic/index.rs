//! `index.yaml` and ChartMuseum's list as answers: the rope as it is, whole or gzipped. What it says, the registry knows.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;

use crate::app::App;
use crate::error::{Error, Result};
use crate::model::{Caller, RepositoryName};
use crate::registry::{Index, Resolved, Want, resolve};
use crate::web::object;
use std::sync::Arc;

/// Bytes that are handed to a connection at once; what a slow reader holds besides the shared rope.
const SLICE_BYTES: usize = 64 * 1024;

/// GET and HEAD: the same bytes until a version is published or revoked.
pub(super) async fn index(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<String>,
) -> Result<HttpResponse> {
    let index = index_of(&app, &caller, &path).await?;
    let gzip = takes_gzip(&request);
    let etag = if gzip { index.gzip_etag() } else { index.etag() };
    if object::not_modified(&request, &etag) {
        return Ok(object::headed(StatusCode::NOT_MODIFIED, &etag, index.changed_at).finish());
    }
    let mut answer = object::headed(StatusCode::OK, &etag, index.changed_at);
    answer.content_type("application/x-yaml");
    if !gzip {
        return Ok(answer.body(Rope::new(index, Index::pieces, Index::length)));
    }
    if !index.is_compressed() {
        let index = Arc::clone(&index);
        tokio::task::spawn_blocking(move || index.gzip().length()).await?;
    }
    answer.insert_header((CONTENT_ENCODING, "gzip"));
    Ok(answer.body(Rope::new(index, |index| index.gzip().pieces(), |index| index.gzip().length())))
}

/// The index of a repository that the caller may read.
pub(super) async fn index_of(app: &App, caller: &Caller, repository: &str) -> Result<Arc<Index>> {
    let repository = RepositoryName::parse(repository)?;
    match resolve(app, caller, &repository, Want::Index).await? {
        Resolved::Index(index) => Ok(index),
        _ => Err(Error::internal("no index was asked for")),
    }
}

/// Whether the client asks for gzip (RFC 9110 section 12.5.3); who asks for nothing gets the text as it is.
fn takes_gzip(request: &HttpRequest) -> bool {
    let given = request.headers().get_all(ACCEPT_ENCODING).filter_map(|value| value.to_str().ok());
    given.flat_map(|text| text.split(',')).any(accepts_gzip)
}

fn accepts_gzip(choice: &str) -> bool {
    let (coding, parameters) = choice.split_once(';').unwrap_or((choice, ""));
    let coding = coding.trim();
    let refused = parameters
        .trim()
        .strip_prefix("q=")
        .is_some_and(|weight| weight.trim().parse::<f32>().is_ok_and(|weight| weight <= 0.0));
    (coding.eq_ignore_ascii_case("gzip") || coding.eq_ignore_ascii_case("x-gzip")) && !refused
}

/// A body of known length, sent piece by piece out of an index that is kept until the last one.
struct Rope {
    index: Arc<Index>,
    pieces: fn(&Index) -> &[Bytes],
    length: u64,
    /// Piece and byte in it that come next.
    at: (usize, usize),
}

impl Rope {
    fn new(index: Arc<Index>, pieces: fn(&Index) -> &[Bytes], length: fn(&Index) -> u64) -> Rope {
        Rope { length: length(&index), index, pieces, at: (0, 0) }
    }
}

impl MessageBody for Rope {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.length)
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        let (piece, from) = self.at;
        let Some(bytes) = (self.pieces)(&self.index).get(piece) else { return Poll::Ready(None) };
        let to = bytes.len().min(from + SLICE_BYTES);
        let slice = bytes.slice(from..to);
        self.at = if to == bytes.len() { (piece + 1, 0) } else { (piece, to) };
        Poll::Ready(Some(Ok(slice)))
    }
}

#[cfg(test)]
mod tests {
    use super::accepts_gzip;

    #[test]
    fn gzip_is_sent_to_those_who_ask_for_it() {
        for (text, wanted) in [
            ("gzip", true),
            (" GZIP ;q=0.5", true),
            ("gzip;q=0", false),
            ("gzip; q=0.000", false),
            ("br", false),
            ("identity", false),
            ("*", false),
        ] {
            assert_eq!(accepts_gzip(text), wanted, "{text}");
        }
    }
}
