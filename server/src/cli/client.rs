//! The command line as a client of a running server: address, token, requests, and the exit code of every failure.
//! It opens no data folder.

use std::path::PathBuf;

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;

use super::{Failure, exit};
use crate::web::api::body::VersionStatus;

/// Time for one request, uploads included.
pub const REQUEST_SECONDS_MAX: u64 = 120;

/// Where the server is; shared by every client command.
#[derive(Clone, Debug, clap::Args)]
pub struct ServerArgs {
    /// Address of the server.
    #[arg(long, env = "CHARTGATE_SERVER", default_value = "http://127.0.0.1:8080")]
    pub server: String,
}

/// `REPO/CHART`.
#[derive(Clone, Debug)]
pub struct ChartPath {
    pub repository: String,
    pub chart: String,
}

impl std::str::FromStr for ChartPath {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('/') {
            Some((repository, chart))
                if !repository.is_empty() && !chart.is_empty() && !chart.contains('/') =>
            {
                Ok(ChartPath { repository: repository.to_owned(), chart: chart.to_owned() })
            }
            _ => Err(format!("{text} is not REPOSITORY/CHART, such as charts/nginx")),
        }
    }
}

/// One server and the token for it.
pub struct Client {
    base: String,
    token: Option<String>,
    http: reqwest::Client,
}

impl Client {
    /// The token comes from `CHARTGATE_TOKEN`, else from the credentials file; never from a flag.
    ///
    /// # Errors
    /// The address is no URL, or the credentials file cannot be read.
    pub fn new(args: &ServerArgs) -> Result<Client, Failure> {
        let base = args.server.trim_end_matches('/').to_owned();
        if !base.starts_with("http://") && !base.starts_with("https://") {
            let text = format!("{base} is no address of a server; it begins with http:// or https://");
            return Err(Failure::new(exit::USAGE, text));
        }
        let token = match std::env::var("CHARTGATE_TOKEN") {
            Ok(token) if !token.trim().is_empty() => Some(token.trim().to_owned()),
            _ => stored_token(&base)?,
        };
        let http = reqwest::Client::builder()
            .timeout(std::time::Duration::from_secs(REQUEST_SECONDS_MAX))
            .user_agent(concat!("chartgate/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Failure::new(1, format!("the HTTP client cannot start: {error}")))?;
        Ok(Client { base, token, http })
    }

    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// A request to `path` (begins with a slash) with the token.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends and reads a JSON answer.
    ///
    /// # Errors
    /// Unreachable, refused, or an answer that is not what this version expects.
    pub async fn json<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Failure> {
        let response = self.send(request).await?;
        response.json().await.map_err(|error| {
            Failure::new(
                exit::PENDING,
                format!("{} answered something else than expected: {error}", self.base),
            )
        })
    }

    /// Sends; every status but success is a failure with the server's own sentence.
    ///
    /// # Errors
    /// Unreachable or refused.
    pub async fn send(&self, request: RequestBuilder) -> Result<Response, Failure> {
        let response = request.send().await.map_err(|error| {
            let text = format!(
                "{} cannot be reached: {}; is the server running, is --server right?",
                self.base,
                root(&error)
            );
            Failure::new(exit::PENDING, text)
        })?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body = response.text().await.unwrap_or_default();
        Err(Failure::new(
            exit_of(status),
            detail(&body).unwrap_or_else(|| format!("the server answered {status}")),
        ))
    }

    /// Where a version stands.
    ///
    /// # Errors
    /// As [`Client::json`].
    pub async fn status(&self, chart: &ChartPath, version: &str) -> Result<VersionStatus, Failure> {
        self.json(self.request(Method::GET, &version_path(chart, version))).await
    }
}

/// `/api/v1/repositories/R/charts/C/versions/V`.
#[must_use]
pub fn version_path(chart: &ChartPath, version: &str) -> String {
    let version = version.replace('%', "%25").replace('+', "%2B").replace('/', "%2F");
    format!("/api/v1/repositories/{}/charts/{}/versions/{version}", chart.repository, chart.chart)
}

fn exit_of(status: StatusCode) -> u8 {
    match status.as_u16() {
        401 => exit::AUTHENTICATION,
        403 | 409 | 413 | 422 => exit::BLOCKED,
        404 => exit::NOT_FOUND,
        400 => exit::USAGE,
        429 | 502..=504 => exit::PENDING,
        _ => 1,
    }
}

/// The sentence in a problem JSON or ChartMuseum error.
fn detail(body: &str) -> Option<String> {
    let json: serde_json::Value = serde_json::from_str(body).ok()?;
    ["detail", "error"].iter().find_map(|key| json.get(key)?.as_str().map(str::to_owned))
}

fn root(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

/// `[servers."http://host:port"] token = "..."` in the user's configuration folder.
fn stored_token(base: &str) -> Result<Option<String>, Failure> {
    let Some(file) = credentials_file() else { return Ok(None) };
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(Failure::new(exit::USAGE, format!("{} cannot be read: {error}", file.display())));
        }
    };
    let table: toml::Table = text
        .parse()
        .map_err(|error| Failure::new(exit::USAGE, format!("{} is not right: {error}", file.display())))?;
    let token =
        table.get("servers").and_then(|servers| servers.get(base)).and_then(|server| server.get("token"));
    Ok(token.and_then(toml::Value::as_str).map(str::to_owned))
}

fn credentials_file() -> Option<PathBuf> {
    let folder = match std::env::var_os("XDG_CONFIG_HOME") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(std::env::var_os("HOME")?).join(".config"),
    };
    Some(folder.join("chartgate").join("credentials.toml"))
}
