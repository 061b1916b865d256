//! Why a request brought nothing: told apart as an operator must tell it apart. No sentence contains a credential, a
//! query string or a body.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::Url;
use thiserror::Error;

use super::network::Rule;

/// A URL or an address that no request may go to.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{what} is not fetched: {why}")]
pub struct Refused {
    /// The URL or the host, without secrets.
    pub what: String,
    /// The rule, and how an operator allows it where that is possible.
    pub why: String,
}

impl Refused {
    pub(super) fn address(what: &str, address: IpAddr, rule: Rule) -> Self {
        let mut why = format!("{address} is {}", rule.what);
        if rule.allowable {
            why.push_str(&format!(
                "; if the upstream is meant to be there, start chartgate with --allow-network {address} or its network"
            ));
        }
        Refused { what: what.to_owned(), why }
    }
}

/// Why a request brought nothing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Failure {
    /// The URL, or every address of its host, is one that is not dialled.
    #[error("{0}")]
    Refused(#[from] Refused),
    /// No connection, or it broke.
    #[error("{url} cannot be reached: {why}")]
    Unreachable { url: String, why: String },
    #[error("{url} took too long: {what} within {}s", after.as_secs())]
    TimedOut { url: String, what: &'static str, after: Duration },
    #[error("{url} is larger than the limit of {bytes_max} bytes")]
    TooLarge { url: String, bytes_max: u64 },
    /// An answer that is no success. `retry_after` is what the server asked for, capped.
    #[error("{url} answered {status}{}", waiting(*retry_after))]
    Status { url: String, status: u16, retry_after: Option<Duration> },
    /// A redirect that is not followed.
    #[error("{url} redirects to {to}, which is not followed: {why}")]
    Redirect { url: String, to: String, why: String },
    /// A body or header that is not what it says.
    #[error("{url} sent what cannot be read: {why}")]
    BadContent { url: String, why: String },
    /// The place where the body was to go failed; the server is not to blame.
    #[error("the answer of {url} cannot be kept: {why}")]
    Storage { url: String, why: String },
}

impl Failure {
    /// How long the server asks to be left alone.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        if let Failure::Status { retry_after, .. } = self { *retry_after } else { None }
    }

    /// Whether the same request may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Failure::Unreachable { .. } | Failure::TimedOut { .. } | Failure::Storage { .. } => true,
            // Bodies are also torn on the way, and proxies answer pages of their own for a while.
            Failure::BadContent { .. } => true,
            Failure::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500..=599),
            Failure::Refused(_) | Failure::TooLarge { .. } | Failure::Redirect { .. } => false,
        }
    }
}

fn waiting(retry_after: Option<Duration>) -> String {
    retry_after.map_or_else(String::new, |wait| format!(" and asks to wait {}s", wait.as_secs()))
}

/// A URL as it may be shown and logged: without credentials, query and fragment, which may hold tokens.
#[must_use]
pub fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // These fail only for URLs that cannot have credentials.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
}
