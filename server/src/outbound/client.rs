//! The guarded client: GET with conditions, redirects by hand, every hop checked. It does not retry.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::{StatusCode, Url};
use tokio::time::Instant;

use super::body::Body;
use super::failure::{Failure, Refused, shown};
use super::gzip::Gunzip;
use super::resolver::{self, Checked, Lookup};
use super::retry_after;
use super::rules::{Rules, check_url};
use crate::error::{Error, Result as ServerResult};

/// A connection, TLS included.
const CONNECT_SECONDS: u64 = 10;
/// Silence in the middle of an answer.
pub(super) const READ_SECONDS: u64 = 30;
/// Redirects that one request follows.
const REDIRECTS_MAX: usize = 3;
/// Idle connections kept for one host.
const IDLE_CONNECTIONS_MAX: usize = 8;
/// An ETag or a date that is sent back to the server.
const VALIDATOR_BYTES_MAX: usize = 1_024;

/// The one way out of the server. Cheap to clone; connections are shared.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    rules: Arc<Rules>,
    checked: Checked,
}

/// One GET.
#[derive(Clone, Debug)]
pub struct Request {
    /// Of an earlier answer, sent back as they came: an unchanged document is then not sent again.
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    pub credentials: Option<Credentials>,
    /// Value of the Accept header.
    pub accept: Option<&'static str>,
    /// Ask for gzip and decode it. Without this the bytes are given as they come, whatever Content-Encoding says, because
    /// Helm reads archives so and a digest is one of those bytes.
    pub gzip: bool,
    /// Go on with a body that broke off.
    pub resume: Option<Resume>,
    /// Bytes of the body, on the wire and decoded.
    pub bytes_max: u64,
    /// From the start of the request to the last byte of the body, redirects included.
    pub deadline: Duration,
}

impl Request {
    #[must_use]
    pub fn new(bytes_max: u64, deadline: Duration) -> Self {
        Request {
            etag: None,
            last_modified: None,
            credentials: None,
            accept: None,
            gzip: false,
            resume: None,
            bytes_max,
            deadline,
        }
    }
}

/// The rest of a body from `offset`, if it is still the one that `etag` names (a strong one); the whole otherwise.
#[derive(Clone, Debug)]
pub struct Resume {
    pub offset: u64,
    pub etag: String,
}

/// A secret for one origin (scheme, host and port); the client sends it nowhere else, whatever URL is asked for.
#[derive(Clone)]
pub struct Credentials {
    origin: Url,
    header: HeaderValue,
}

impl Credentials {
    /// HTTP Basic for the origin of `url`.
    ///
    /// # Errors
    /// A user name with a colon, or control characters.
    pub fn basic(url: &Url, user: &str, password: &str) -> Result<Self, crate::model::Invalid> {
        use base64::Engine as _;
        if user.contains(':') {
            return Err(crate::model::Invalid("a user name cannot contain a colon".to_owned()));
        }
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        Self::with(url, &format!("Basic {pair}"))
    }

    /// A bearer token for the origin of `url`.
    ///
    /// # Errors
    /// Control characters in the token.
    pub fn bearer(url: &Url, token: &str) -> Result<Self, crate::model::Invalid> {
        Self::with(url, &format!("Bearer {token}"))
    }

    fn with(url: &Url, value: &str) -> Result<Self, crate::model::Invalid> {
        let mut header = HeaderValue::from_str(value).map_err(|_| {
            crate::model::Invalid("the credentials contain characters that no header can carry".to_owned())
        })?;
        header.set_sensitive(true);
        Ok(Credentials { origin: url.clone(), header })
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials({})", self.origin.origin().ascii_serialization())
    }
}

/// What a server said to a GET.
#[allow(clippy::large_enum_variant)] // There is one of these for a request, and it moves once.
#[derive(Debug)]
pub enum Answer {
    /// The document is the one that the request's validators name.
    NotModified,
    Fresh(Fresh),
}

/// A document that is arriving.
#[derive(Debug)]
pub struct Fresh {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    pub content_type: Option<String>,
    /// Where the body begins in the document: 0, or the offset of [`Resume`] where the server went on.
    pub offset: u64,
    /// Where the document came from in the end.
    pub url: Url,
    pub body: Body,
}

impl Client {
    /// # Errors
    /// TLS or the proxy cannot be set up.
    pub fn new(rules: &Rules) -> ServerResult<Self> {
        Self::with_lookup(rules, resolver::system())
    }

    pub(super) fn with_lookup(rules: &Rules, lookup: Lookup) -> ServerResult<Self> {
        let checked = Checked { lookup, allowed: rules.allowed_networks.clone().into() };
        let builder = reqwest::Client::builder()
            .user_agent(concat!("chartgate/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(Duration::from_secs(CONNECT_SECONDS))
            .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .no_proxy();
        let builder = match &rules.proxy {
            // The only host that is dialled is then the operator's own proxy, which may well have a private address.
            Some(proxy) => builder.proxy(reqwest::Proxy::all(proxy.url().clone()).map_err(Error::internal)?),
            None => builder.dns_resolver(Arc::new(checked.clone())),
        };
        let http = builder.build().map_err(Error::internal)?;
        Ok(Client { http, rules: Arc::new(rules.clone()), checked })
    }

    /// What this client is allowed.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Fetches `url`. The body is read afterwards, under the same deadline.
    ///
    /// # Errors
    /// Everything that is neither the document nor "not modified".
    pub async fn get(&self, url: &Url, request: &Request) -> Result<Answer, Failure> {
        let started = Instant::now();
        let mut url = url.clone();
        let mut trusted = true;
        for _ in 0..=REDIRECTS_MAX {
            let response = self.hop(&url, request, trusted, started).await?;
            if !is_redirect(response.status()) {
                return answer(response, url, request, started);
            }
            let next = target(&url, text(&response, &header::LOCATION).as_deref())?;
            // Once a request has left its origin it stays without credentials, even if it is sent back.
            trusted &= next.origin() == url.origin();
            url = next;
        }
        let why = format!("more than {REDIRECTS_MAX} redirects");
        Err(Failure::Redirect { url: shown(&url), to: "yet another address".to_owned(), why })
    }

    async fn hop(
        &self,
        url: &Url,
        request: &Request,
        trusted: bool,
        started: Instant,
    ) -> Result<reqwest::Response, Failure> {
        check_url(url, &self.rules)?;
        if self.rules.proxy.is_some()
            && let Some(host) = url.host_str()
        {
            self.checked.refuse_known(host).await?;
        }
        let sending = self.http.get(url.clone()).headers(headers(url, request, trusted)?).send();
        let left = request.deadline.saturating_sub(started.elapsed());
        let patience = Duration::from_secs(CONNECT_SECONDS + READ_SECONDS);
        match tokio::time::timeout(left.min(patience), sending).await {
            Ok(sent) => sent.map_err(|error| unreachable_because(url, &error)),
            Err(_) => {
                let after = left.min(patience);
                Err(Failure::TimedOut { url: shown(url), what: "no answer began", after })
            }
        }
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("rules", &self.rules).finish_non_exhaustive()
    }
}

fn headers(url: &Url, request: &Request, trusted: bool) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    let encoding = if request.gzip { "gzip" } else { "identity" };
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(encoding));
    if let Some(accept) = request.accept {
        headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
    }
    if let Some(credentials) = &request.credentials
        && trusted
        && credentials.origin.origin() == url.origin()
    {
        headers.insert(header::AUTHORIZATION, credentials.header.clone());
    }
    let mut put = |name: HeaderName, value: &str| match HeaderValue::from_str(value) {
        Ok(value) => {
            headers.insert(name, value);
            Ok(())
        }
        Err(_) => {
            let why = format!("the {name} of an earlier answer cannot be sent back");
            Err(Failure::BadContent { url: shown(url), why })
        }
    };
    if let Some(etag) = &request.etag {
        put(header::IF_NONE_MATCH, etag)?;
    }
    if let Some(at) = &request.last_modified {
        put(header::IF_MODIFIED_SINCE, at)?;
    }
    if let Some(Resume { offset, etag }) = &request.resume {
        put(header::RANGE, &format!("bytes={offset}-"))?;
        put(header::IF_RANGE, etag)?;
    }
    Ok(headers)
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// Where a redirect leads. Whether that may be dialled is the next hop's question.
pub(super) fn target(url: &Url, location: Option<&str>) -> Result<Url, Failure> {
    let Some(next) = location.and_then(|location| url.join(location).ok()) else {
        let why = "it redirects without saying where to".to_owned();
        return Err(Failure::BadContent { url: shown(url), why });
    };
    if url.scheme() == "https" && next.scheme() == "http" {
        let why = "it leads from https to http".to_owned();
        return Err(Failure::Redirect { url: shown(url), to: shown(&next), why });
    }
    Ok(next)
}

fn answer(
    response: reqwest::Response,
    url: Url,
    request: &Request,
    started: Instant,
) -> Result<Answer, Failure> {
    let status = response.status();
    let conditional = request.etag.is_some() || request.last_modified.is_some();
    let offset = match (status.as_u16(), &request.resume) {
        (200, _) => 0,
        (304, _) if conditional => return Ok(Answer::NotModified),
        (206, Some(resume)) if continues_at(&response, resume.offset) => resume.offset,
        (206, Some(_)) => {
            let why = "it sent another part than was asked for".to_owned();
            return Err(Failure::BadContent { url: shown(&url), why });
        }
        (status, _) => {
            let now = jiff::Timestamp::now().as_second();
            let wait = text(&response, &header::RETRY_AFTER).and_then(|wait| retry_after::parse(&wait, now));
            return Err(Failure::Status { url: shown(&url), status, retry_after: wait });
        }
    };
    // A server that says the size gets its refusal before a byte is read.
    if response.content_length().is_some_and(|bytes| bytes > request.bytes_max) {
        return Err(Failure::TooLarge { url: shown(&url), bytes_max: request.bytes_max });
    }
    let gunzip = if request.gzip { decoder(&url, &response)? } else { None };
    let validator = |name| text(&response, name).filter(|value| value.len() <= VALIDATOR_BYTES_MAX);
    Ok(Answer::Fresh(Fresh {
        etag: validator(&header::ETAG),
        last_modified: validator(&header::LAST_MODIFIED),
        content_type: text(&response, &header::CONTENT_TYPE),
        offset,
        body: Body {
            url: shown(&url),
            bytes_max: request.bytes_max,
            started,
            deadline: request.deadline,
            gunzip,
            pending: Bytes::new(),
            received: 0,
            given: 0,
            ended: false,
            response: Box::new(response),
        },
        url,
    }))
}

fn continues_at(response: &reqwest::Response, offset: u64) -> bool {
    text(response, &header::CONTENT_RANGE).is_some_and(|range| range.starts_with(&format!("bytes {offset}-")))
}

fn decoder(url: &Url, response: &reqwest::Response) -> Result<Option<Box<Gunzip>>, Failure> {
    let encoding = text(response, &header::CONTENT_ENCODING).unwrap_or_default().to_ascii_lowercase();
    match encoding.as_str() {
        "" | "identity" => Ok(None),
        "gzip" | "x-gzip" => Ok(Some(Box::new(Gunzip::new()))),
        _ => {
            let why = "its Content-Encoding is not the gzip that was asked for".to_owned();
            Err(Failure::BadContent { url: shown(url), why })
        }
    }
}

fn text(response: &reqwest::Response, name: &HeaderName) -> Option<String> {
    response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// The refusal of our own resolver if there is one in the chain, else what the deepest cause says.
fn unreachable_because(url: &Url, error: &reqwest::Error) -> Failure {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(here) = cause {
        if let Some(refused) = here.downcast_ref::<Refused>() {
            return Failure::Refused(refused.clone());
        }
        cause = here.source();
    }
    if error.is_timeout() {
        let after = Duration::from_secs(CONNECT_SECONDS);
        return Failure::TimedOut { url: shown(url), what: "no connection came about", after };
    }
    Failure::Unreachable { url: shown(url), why: describe(error) }
}

/// The deepest cause, which is the one that says something; reqwest's own text repeats the URL with its query.
pub(super) fn describe(error: &reqwest::Error) -> String {
    let mut cause: &(dyn std::error::Error + 'static) = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    if std::ptr::addr_eq(cause, error) { "the request failed".to_owned() } else { cause.to_string() }
}
