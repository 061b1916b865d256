//! What the operator decides: flags and environment, with defaults that need none. Read once at start.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::outbound::Rules;

/// A chart as it arrives; the renderer's own limit is the same.
pub const UPLOAD_BYTES_MAX: usize = 20 * 1024 * 1024;
/// A text that a person gives as the reason of a decision.
pub const REASON_BYTES_MAX: usize = 2_000;

/// The database's name in the data folder, where the database is a file.
pub const DATABASE_FILE: &str = "chartgate.db";

/// Below the data folder: files of the moment.
const SCRATCH_FOLDER: &str = "scratch";

/// Where rows are kept.
#[derive(Clone, Debug, Default)]
pub enum Database {
    /// SQLite, in the data folder: one server, which runs its own workers.
    #[default]
    File,
    /// Any number of servers and workers share it.
    Postgres(Box<sqlx::postgres::PgConnectOptions>),
}

#[derive(Clone, Debug)]
pub struct Config {
    /// Everything the server keeps on this machine.
    pub data: PathBuf,
    pub database: Database,
    pub listen: SocketAddr,
    /// Address that people and clients use, without a slash at its end. Every absolute URL is built from it.
    pub public_url: String,
    /// Anyone may read what is approved.
    pub anonymous_read: bool,
    pub scan: ScanLimits,
    /// Jobs that this process runs at one time; none where `chartgate worker` runs them.
    pub workers: usize,
    /// How long a job stays with a worker that gives no sign of life.
    pub lease: Duration,
    /// Where requests to upstreams may go.
    pub outbound: Rules,
    pub blobs: BlobStore,
}

/// Where the bytes of charts and reports are kept.
#[derive(Clone, Debug, Default)]
pub enum BlobStore {
    /// `blobs/` below the data folder.
    #[default]
    Folder,
    S3(S3Settings),
}

/// An S3-compatible store; addressed by path, so that it needs no names of its own in DNS.
#[derive(Clone, Debug)]
pub struct S3Settings {
    pub bucket: String,
    /// Key prefix without slashes at its ends; empty for none.
    pub prefix: String,
    /// `https://host[:port]`, or `http://` where the network is trusted; AWS itself when absent.
    pub endpoint: Option<String>,
    pub region: String,
    /// Both keys or none; without them the chain of AWS's environment variables and services is asked.
    pub access_key_id: Option<String>,
    pub secret_access_key: Option<Secret>,
}

/// A text that no log, error or page may show.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    #[must_use]
    pub fn new(text: String) -> Secret {
        Secret(text)
    }

    /// The text itself, for the one call that needs it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// Bounds on one scan; whatever exceeds them could not be judged.
#[derive(Clone, Debug)]
pub struct ScanLimits {
    pub wall: Duration,
    pub cpu_seconds: u64,
    pub memory_bytes: u64,
    pub output_bytes: usize,
    /// How often a scan that could not be judged is tried in all.
    pub attempts: i64,
    /// The program that is started with `scan-child`; this very binary unless a test names another.
    pub program: Option<PathBuf>,
}

impl Default for ScanLimits {
    fn default() -> Self {
        ScanLimits {
            wall: Duration::from_secs(60),
            cpu_seconds: 45,
            memory_bytes: 2 * 1024 * 1024 * 1024,
            output_bytes: 64 * 1024 * 1024,
            attempts: 3,
            program: None,
        }
    }
}

/// The address to name for a socket that listens on every interface: this machine's own.
fn reachable(listen: SocketAddr) -> SocketAddr {
    match listen.ip() {
        ip if !ip.is_unspecified() => listen,
        IpAddr::V4(_) => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), listen.port()),
        IpAddr::V6(_) => SocketAddr::new(Ipv6Addr::LOCALHOST.into(), listen.port()),
    }
}

impl Config {
    /// The embedded default below one folder.
    #[must_use]
    pub fn new(data: PathBuf, listen: SocketAddr) -> Self {
        Config {
            data,
            database: Database::File,
            listen,
            public_url: format!("http://{}", reachable(listen)),
            anonymous_read: true,
            scan: ScanLimits::default(),
            workers: 1,
            lease: Duration::from_secs(30),
            outbound: Rules::default(),
            blobs: BlobStore::Folder,
        }
    }

    /// Folder for files that live no longer than the work they are made for: beside a database that is a file; else the
    /// system's, since servers and workers that share a database and a store need no folder of their own.
    #[must_use]
    pub fn scratch(&self) -> PathBuf {
        match self.database {
            Database::File => self.data.join(SCRATCH_FOLDER),
            Database::Postgres(_) => std::env::temp_dir(),
        }
    }

    /// What a command beside this server must be told to use the same data, a space before it. Nothing where a database
    /// is shared: its variables hold in the server's surroundings, and only the operator knows the flags.
    #[must_use]
    pub fn data_flag(&self) -> String {
        match self.database {
            Database::File => format!(" --data {}", self.data.display()),
            Database::Postgres(_) => String::new(),
        }
    }

    /// An absolute URL; `path` begins with a slash.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.public_url)
    }

    /// `host:port` of the public address, as OCI references write it.
    #[must_use]
    pub fn host(&self) -> &str {
        let rest = self.public_url.split_once("://").map_or(self.public_url.as_str(), |(_, rest)| rest);
        rest.split('/').next().unwrap_or(rest)
    }
}
