//! The one error of the server: a kind, a sentence that is safe to show, and a cause that is logged and never sent.
//! One table turns a kind into status, slug and OCI code; `web::respond` gives each surface its form.

use crate::model::Invalid;

/// What went wrong, as a client must tell it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    InvalidRequest,
    InvalidName,
    InvalidDigest,
    InvalidSize,
    InvalidUpload,
    InvalidManifest,
    /// A manifest names a blob that was not uploaded.
    MissingBlob,
    /// The archive or its Chart.yaml was refused.
    ChartRefused,
    Unauthenticated,
    Forbidden,
    /// A cross-site or forged form.
    CrossSite,
    /// The version exists and is withheld: rejected, revoked, or not yet decided and the caller may know.
    NotApproved,
    /// A verdict forbids what was asked.
    Blocked,
    NotFound,
    UnknownRepository,
    UnknownManifest,
    UnknownBlob,
    UnknownUpload,
    MethodNotAllowed,
    /// Other bytes or another identity under a known version.
    Conflict,
    /// What the caller decided on has changed since.
    Stale,
    TooLarge,
    InvalidRange,
    TooManyRequests,
    Internal,
    /// Storage, database, policy or scanner cannot be used now.
    Unavailable,
    /// Storage or database does not answer; it may come back by itself.
    Unreachable,
    /// Another change came first, again and again.
    Contended,
    /// The disk or the store has no room.
    StorageFull,
}

impl Kind {
    /// The table: status, slug, OCI code.
    #[must_use]
    pub fn table(self) -> (u16, &'static str, &'static str) {
        match self {
            Kind::InvalidRequest => (400, "invalid-request", "UNSUPPORTED"),
            Kind::InvalidName => (400, "invalid-name", "NAME_INVALID"),
            Kind::InvalidDigest => (400, "invalid-digest", "DIGEST_INVALID"),
            Kind::InvalidSize => (400, "invalid-size", "SIZE_INVALID"),
            Kind::InvalidUpload => (400, "invalid-upload", "BLOB_UPLOAD_INVALID"),
            Kind::InvalidManifest => (400, "invalid-manifest", "MANIFEST_INVALID"),
            Kind::MissingBlob => (400, "missing-blob", "MANIFEST_BLOB_UNKNOWN"),
            Kind::ChartRefused => (422, "chart-refused", "MANIFEST_INVALID"),
            Kind::Unauthenticated => (401, "unauthenticated", "UNAUTHORIZED"),
            Kind::Forbidden => (403, "forbidden", "DENIED"),
            Kind::CrossSite => (403, "cross-site", "DENIED"),
            Kind::NotApproved => (403, "not-approved", "DENIED"),
            Kind::Blocked => (409, "blocked", "DENIED"),
            Kind::NotFound => (404, "not-found", "NAME_UNKNOWN"),
            Kind::UnknownRepository => (404, "unknown-repository", "NAME_UNKNOWN"),
            Kind::UnknownManifest => (404, "unknown-version", "MANIFEST_UNKNOWN"),
            Kind::UnknownBlob => (404, "unknown-blob", "BLOB_UNKNOWN"),
            Kind::UnknownUpload => (404, "unknown-upload", "BLOB_UPLOAD_UNKNOWN"),
            Kind::MethodNotAllowed => (405, "method-not-allowed", "UNSUPPORTED"),
            Kind::Conflict => (409, "conflict", "DENIED"),
            Kind::Stale => (409, "stale", "DENIED"),
            Kind::TooLarge => (413, "too-large", "SIZE_INVALID"),
            Kind::InvalidRange => (416, "invalid-range", "BLOB_UPLOAD_INVALID"),
            Kind::TooManyRequests => (429, "too-many-requests", "TOOMANYREQUESTS"),
            Kind::Internal => (500, "internal", "UNKNOWN"),
            Kind::Unavailable | Kind::Unreachable => (503, "unavailable", "UNAVAILABLE"),
            Kind::Contended => (503, "busy", "UNAVAILABLE"),
            Kind::StorageFull => (507, "storage-full", "UNAVAILABLE"),
        }
    }

    #[must_use]
    pub fn status(self) -> u16 {
        self.table().0
    }

    #[must_use]
    pub fn slug(self) -> &'static str {
        self.table().1
    }

    #[must_use]
    pub fn oci_code(self) -> &'static str {
        self.table().2
    }
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What every verb and handler returns when it cannot do what it was asked.
#[derive(Debug)]
pub struct Error {
    pub kind: Kind,
    /// What, where, what to do. Shown to the client.
    pub public: String,
    /// Logged once with the request id, never sent.
    pub source: Option<Cause>,
    /// Address of the report that explains the refusal, where there is one.
    pub report: Option<String>,
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub fn new(kind: Kind, public: impl Into<String>) -> Self {
        Error { kind, public: public.into(), source: None, report: None }
    }

    /// A failure of ours: the client learns only that it happened.
    pub fn internal(source: impl Into<Cause>) -> Self {
        let public = "something failed on the server; it is in the log under this request id";
        Error { kind: Kind::Internal, public: public.to_owned(), source: Some(source.into()), report: None }
    }

    /// Something the server depends on cannot be used now.
    pub fn unavailable(public: impl Into<String>, source: impl Into<Cause>) -> Self {
        Error { kind: Kind::Unavailable, public: public.into(), source: Some(source.into()), report: None }
    }

    /// Something the server depends on does not answer.
    pub fn unreachable(public: impl Into<String>, source: impl Into<Cause>) -> Self {
        Error { kind: Kind::Unreachable, public: public.into(), source: Some(source.into()), report: None }
    }

    #[must_use]
    pub fn with_report(mut self, address: String) -> Self {
        self.report = Some(address);
        self
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.public)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|cause| cause.as_ref() as &(dyn std::error::Error + 'static))
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let kind = database_kind(&error);
        let public = match kind {
            Kind::Internal => return Error::internal(error),
            Kind::StorageFull => {
                "the database has no room; nothing was changed. Free some space and try again"
            }
            Kind::Contended => "another change came first; nothing was changed. Try again",
            _ => "the database cannot be used now; nothing was changed. Try again",
        };
        Error { kind, public: public.to_owned(), source: Some(error.into()), report: None }
    }
}

/// What a failure of the database means for its client. Codes: SQLite's result codes; PostgreSQL manual, appendix A.
fn database_kind(error: &sqlx::Error) -> Kind {
    match error {
        sqlx::Error::Database(refusal) => match refusal.code().as_deref() {
            Some("13" | "53100") => Kind::StorageFull,
            Some("6" | "261" | "517" | "40001" | "40P01") => Kind::Contended,
            // The lock was waited for as long as anybody should wait.
            Some("5" | "55P03") => Kind::Unreachable,
            // SQLite's input and output errors, and a file that can no longer be opened or written.
            Some(code) if code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 8 | 10 | 14)) => {
                Kind::Unavailable
            }
            _ if is_restarting(refusal.as_ref()) => Kind::Unreachable,
            _ => Kind::Internal,
        },
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => Kind::Unreachable,
        _ => Kind::Internal,
    }
}

/// PostgreSQL that starts, stops, lost the connection or has none left; its own statement timeout counts with them.
#[must_use]
pub fn is_restarting(refusal: &dyn sqlx::error::DatabaseError) -> bool {
    refusal.code().is_some_and(|code| {
        code.starts_with("08") || matches!(&*code, "53300" | "57P01" | "57P02" | "57P03" | "57014" | "25P03")
    })
}

impl From<getrandom::Error> for Error {
    fn from(error: getrandom::Error) -> Self {
        Error::internal(error)
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Error::internal(error)
    }
}

impl From<tokio::task::JoinError> for Error {
    fn from(error: tokio::task::JoinError) -> Self {
        Error::internal(error)
    }
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        Error::new(Kind::InvalidName, invalid.0)
    }
}

impl From<renderer::archive::Refusal> for Error {
    fn from(refusal: renderer::archive::Refusal) -> Self {
        Error::new(Kind::ChartRefused, format!("the chart was refused ({}): {refusal}", refusal.slug()))
    }
}
