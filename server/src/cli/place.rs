//! Where a server keeps what it has: the flags and variables that `serve`, `worker`, `admin`, `audit` and `policy` share.
//! Secrets come from files or the environment, never from flags, which other users of a machine can see.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::blob_flags::BlobFlags;
use super::{Failure, exit};
use crate::app::App;
use crate::config::{Config, DATABASE_FILE, Database};
use crate::db::postgres_options;
use crate::model::Clock;

/// Written by a running server into its data folder; tells the address to print in links.
pub(super) const ADDRESS_FILE: &str = "address";
/// Bytes of a file with a secret.
const SECRET_BYTES_MAX: u64 = 4_096;

#[derive(clap::Args)]
pub(super) struct Place {
    /// Folder of everything that is kept on this machine; `serve` makes it
    #[arg(long, env = "CHARTGATE_DATA", default_value = "./chartgate-data")]
    pub(super) data: PathBuf,
    /// PostgreSQL that servers and workers share, postgres://USER@HOST:PORT/NAME; a file in the data folder when absent
    #[arg(long, env = "CHARTGATE_DATABASE", value_name = "URL", hide_env_values = true)]
    database: Option<String>,
    /// File with the password of the PostgreSQL user
    #[arg(long, env = "CHARTGATE_DATABASE_PASSWORD_FILE", value_name = "FILE")]
    database_password_file: Option<PathBuf>,
    #[command(flatten)]
    blobs: BlobFlags,
    /// Address that people and clients use, when it differs, such as https://charts.example.com
    #[arg(long, env = "CHARTGATE_PUBLIC_URL", value_name = "URL")]
    pub(super) public_url: Option<String>,
}

/// How a process runs jobs, and where those that fetch may go.
#[derive(clap::Args)]
pub(super) struct Running {
    /// Jobs that this process runs at one time; when absent 1, and 0 for a server on PostgreSQL, where workers run them
    #[arg(long, env = "CHARTGATE_WORKERS")]
    workers: Option<usize>,
    /// Seconds after which another worker takes over a job of one that gives no sign of life
    #[arg(long, env = "CHARTGATE_LEASE_SECONDS", value_parser = clap::value_parser!(u64).range(1..=3_600))]
    lease_seconds: Option<u64>,
    #[command(flatten)]
    outbound: super::outbound::Flags,
}

impl Running {
    /// # Errors
    /// A value that is not valid.
    pub(super) fn apply(&self, config: &mut Config, workers_default: usize) -> Result<(), Failure> {
        config.workers = self.workers.unwrap_or(workers_default);
        if let Some(seconds) = self.lease_seconds {
            config.lease = Duration::from_secs(seconds);
        }
        config.outbound = self.outbound.rules()?;
        Ok(())
    }
}

impl Place {
    /// The configuration that these flags and variables make; everything else has its default.
    ///
    /// # Errors
    /// A value that is not valid, or a file that cannot be read.
    pub(super) fn config(&self, listen: std::net::SocketAddr) -> Result<Config, Failure> {
        let mut config = Config::new(self.data.clone(), listen);
        config.database = self.database()?;
        config.blobs = self.blobs.store()?;
        if let Some(url) = given(self.public_url.as_ref()) {
            config.public_url = checked_url(url)?;
        }
        Ok(config)
    }

    fn database(&self) -> Result<Database, Failure> {
        let password_file = given_path(self.database_password_file.as_ref());
        let Some(url) = given(self.database.as_ref()) else {
            return match password_file {
                None => Ok(Database::File),
                Some(_) => Err(Failure::new(exit::USAGE, "--database-password-file needs --database")),
            };
        };
        let mut options = postgres_options(url)?;
        if let Some(file) = password_file {
            options = options.password(&secret(file)?);
        }
        Ok(Database::Postgres(Box::new(options)))
    }

    /// Opens what a server has made here, for a command beside it.
    ///
    /// # Errors
    /// There is nothing at this place, or it cannot be opened.
    pub(super) async fn open(&self) -> Result<App, Failure> {
        let mut config = self.config(super::serve::DEFAULT_LISTEN)?;
        if matches!(config.database, Database::File) {
            if !self.data.join(DATABASE_FILE).is_file() {
                let data = self.data.display();
                let what = format!(
                    "{data} is not the data folder of a chartgate server; give it with --data, or start one with: chartgate serve --data {data}"
                );
                return Err(Failure::new(exit::NOT_FOUND, what));
            }
            if let (None, Ok(address)) =
                (given(self.public_url.as_ref()), std::fs::read_to_string(self.data.join(ADDRESS_FILE)))
            {
                config.public_url = address.trim().to_owned();
            }
        }
        Ok(App::open(config, Clock::System).await?)
    }
}

/// A value that was given: an empty one counts as absent, because a compose file passes variables that nobody set so.
pub(super) fn given(text: Option<&String>) -> Option<&str> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty())
}

pub(super) fn given_path(path: Option<&PathBuf>) -> Option<&Path> {
    path.map(PathBuf::as_path).filter(|path| !path.as_os_str().is_empty())
}

/// The text of a file with a secret, without the line end that editors put there.
pub(super) fn secret(file: &Path) -> Result<String, Failure> {
    let cannot = |error: std::io::Error| {
        Failure::new(exit::USAGE, format!("{} cannot be read: {error}", file.display()))
    };
    if std::fs::metadata(file).map_err(cannot)?.len() > SECRET_BYTES_MAX {
        let what =
            format!("{} is larger than {SECRET_BYTES_MAX} bytes; it should hold one secret", file.display());
        return Err(Failure::new(exit::USAGE, what));
    }
    let text = std::fs::read_to_string(file).map_err(cannot)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// The public address without its last slash.
fn checked_url(url: &str) -> Result<String, Failure> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = rest.unwrap_or_default().trim_end_matches('/');
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']');
    if host.is_empty() || !host.bytes().all(plain) {
        let what = format!("--public-url {url} must be http:// or https:// and a host, without a path");
        return Err(Failure::new(exit::USAGE, what));
    }
    Ok(url.trim_end_matches('/').to_owned())
}
