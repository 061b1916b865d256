//! What a store's error means: which kind it is for the client, and how much of it the log may say. The bodies of S3's
//! answers stay out of both: a refused signature is answered with the signed headers, a session token among them.

use std::error::Error as _;
use std::fmt::Write as _;
use std::io::ErrorKind;

use object_store::client::HttpError;

use crate::error::{Error, Kind};

/// An error code of S3 that is longer is not one.
const CODE_BYTES_MAX: usize = 64;
/// Codes of S3-compatible stores that have no room: AWS has none, MinIO and Ceph do.
const FULL: [&str; 4] = ["XMinioStorageFull", "QuotaExceeded", "InsufficientStorage", "StorageFull"];

/// What an operator must look at, told apart at start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Full,
    /// The credentials are not known, or may not do this.
    Refused,
    NoBucket,
    /// The bucket is elsewhere.
    WrongRegion,
    /// A put with a condition, which this store does not have.
    NoConditions,
    Unavailable,
}

/// Status and error code of an answer that was no success, where there was one.
#[derive(Debug, Default)]
struct Answered<'t> {
    status: Option<u16>,
    code: Option<&'t str>,
}

impl From<object_store::Error> for Error {
    fn from(error: object_store::Error) -> Self {
        let (kind, public) = match fault(&error) {
            Fault::Full => (Kind::StorageFull, "the blob store has no room left; an operator must make room"),
            Fault::Refused => (
                Kind::Unavailable,
                "the blob store refuses this server's credentials; an operator must look at them",
            ),
            Fault::NoBucket | Fault::WrongRegion => {
                (Kind::Unavailable, "the blob store does not have its bucket; an operator must look at it")
            }
            Fault::NoConditions | Fault::Unavailable => {
                (Kind::Unreachable, "the blob store cannot be used now; try again")
            }
        };
        Error { source: Some(told(&error).into()), ..Error::new(kind, public) }
    }
}

/// Tells a store's error apart.
pub(super) fn fault(error: &object_store::Error) -> Fault {
    if io_kinds(error).any(|kind| matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded)) {
        return Fault::Full;
    }
    let text = error.to_string();
    let answered = answered(&text);
    match (answered.status, answered.code) {
        (Some(507), _) => Fault::Full,
        (_, Some(code)) if FULL.contains(&code) => Fault::Full,
        (_, Some("NoSuchBucket")) => Fault::NoBucket,
        (Some(301 | 307), _) | (_, Some("AuthorizationHeaderMalformed" | "PermanentRedirect")) => {
            Fault::WrongRegion
        }
        (Some(401 | 403), _) => Fault::Refused,
        (Some(501), _) | (_, Some("NotImplemented")) => Fault::NoConditions,
        _ => Fault::Unavailable,
    }
}

/// Whether the object alone is missing, not the bucket around it.
pub(super) fn object_is_missing(error: &object_store::Error) -> bool {
    matches!(error, object_store::Error::NotFound { .. }) && fault(error) != Fault::NoBucket
}

/// The error in words that are safe in a log: no body of an answer but its code, no query of an address.
pub(super) fn told(error: &object_store::Error) -> String {
    let text = error.to_string();
    let (before, code) = (without_body(&text), answered(&text).code);
    let mut words: Vec<&str> = before
        .split_whitespace()
        .map(|word| if word.contains("://") { word.split('?').next().unwrap_or_default() } else { word })
        .collect();
    words.extend(code);
    let mut told = words.join(" ");
    // The deepest cause is the telling one, such as a refused connection; only of these types is it known to be plain.
    for cause in causes(error) {
        if let Some(http) = cause.downcast_ref::<HttpError>() {
            let _ = write!(told, " ({:?})", http.kind());
        }
        if let Some(io) = cause.downcast_ref::<std::io::Error>()
            && !told.contains(&io.to_string())
            && io.raw_os_error().is_some()
        {
            let _ = write!(told, ": {io}");
        }
    }
    told
}

/// `object_store` keeps the type of an answer's error to itself, so its words are read (version 0.14, `client/retry.rs`).
const STATUS: &str = "status code: ";
const RESPONSE: &str = "Server returned error response: ";

fn without_body(text: &str) -> &str {
    if let Some(at) = text.find(STATUS).map(|at| at + STATUS.len()) {
        return text[at..].find(':').map_or(text, |end| &text[..at + end]);
    }
    text.find(RESPONSE).map_or(text, |at| &text[..at + RESPONSE.len()])
}

fn answered(text: &str) -> Answered<'_> {
    let status = text.find(STATUS).and_then(|at| text.get(at + STATUS.len()..at + STATUS.len() + 3));
    let code =
        text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")).map(|(code, _)| code);
    let plain = |code: &&str| {
        code.len() <= CODE_BYTES_MAX && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
    };
    let redirected = text.contains("redirect without LOCATION").then_some(301);
    Answered {
        status: status.and_then(|digits| digits.parse().ok()).or(redirected),
        code: code.filter(plain),
    }
}

fn io_kinds(error: &object_store::Error) -> impl Iterator<Item = ErrorKind> {
    causes(error).filter_map(|cause| cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind))
}

type Cause<'e> = &'e (dyn std::error::Error + 'static);

fn causes(error: &object_store::Error) -> impl Iterator<Item = Cause<'_>> {
    std::iter::successors(error.source(), |cause: &Cause<'_>| (*cause).source())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// An error as `object_store` words it for this answer.
    fn answer(status: &str, body: &str) -> object_store::Error {
        let text = format!(
            "Error performing GET http://store:9000/charts?prefix=a in 3ms - Server returned non-2xx status code: {status}: {body}"
        );
        object_store::Error::Generic { store: "S3", source: text.into() }
    }

    #[test]
    fn an_answer_is_told_apart_by_status_and_code() {
        let error = |code: &str| format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code></Error>");
        for (status, code, wanted) in [
            ("403 Forbidden", "SignatureDoesNotMatch", Fault::Refused),
            ("403 Forbidden", "QuotaExceeded", Fault::Full),
            ("404 Not Found", "NoSuchBucket", Fault::NoBucket),
            ("400 Bad Request", "AuthorizationHeaderMalformed", Fault::WrongRegion),
            ("500 Internal Server Error", "InternalError", Fault::Unavailable),
            ("507 Insufficient Storage", "XMinioStorageFull", Fault::Full),
            ("507 Insufficient Storage", "", Fault::Full),
            ("501 Not Implemented", "NotImplemented", Fault::NoConditions),
        ] {
            assert_eq!(fault(&answer(status, &error(code))), wanted, "{status} {code}");
        }
    }

    #[test]
    fn the_log_gets_the_code_and_neither_body_nor_query() {
        let body = "<Error><Code>SignatureDoesNotMatch</Code><CanonicalRequest>x-amz-security-token:canary</CanonicalRequest></Error>";
        let text = told(&answer("403 Forbidden", body));
        assert_eq!(
            text,
            "Generic S3 error: Error performing GET http://store:9000/charts in 3ms - Server returned non-2xx status code: 403 Forbidden SignatureDoesNotMatch"
        );
        let odd = answer("403 Forbidden", "<Code>a canary, no code</Code>");
        assert!(!told(&odd).contains("canary"));
    }

    #[test]
    fn a_full_disk_is_found_below_the_stores_own_words() {
        for (kind, wanted) in [
            (ErrorKind::StorageFull, Kind::StorageFull),
            (ErrorKind::QuotaExceeded, Kind::StorageFull),
            (ErrorKind::PermissionDenied, Kind::Unreachable),
        ] {
            let source = Box::new(std::io::Error::from(kind));
            let error = Error::from(object_store::Error::Generic { store: "LocalFileSystem", source });
            assert_eq!(error.kind, wanted);
            assert!(error.source.is_some());
        }
    }
}
