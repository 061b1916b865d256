//! A PostgreSQL for the tests: the system's own binaries, a folder and a free port of its own, as an unprivileged user.
//! It ends with the test process however that ends. It knows nothing of chartgate's tables.
//! The tests of the library include this file too.

use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(60);
/// Who PostgreSQL runs as when the tests run as root, which it refuses: Debian's `nobody` and `nogroup`.
const NOBODY: u32 = 65_534;
/// Debian's packages keep every major version in a folder of its own below this one.
const PACKAGES: &str = "/usr/lib/postgresql";
/// Settings of the tests' server: durable as in earnest, small, and with room for many small pools at once.
const SETTINGS: &[&str] =
    &["fsync=on", "max_connections=400", "shared_buffers=64MB", "lc_messages=C", "log_min_messages=panic"];
/// Everything on the loopback is trusted, except `locked`, whose password is `right`.
const ACCESS: &str =
    "host all locked 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\nlocal all all trust\n";
/// Stays beside the server: ends it as it is told, or removes it with its folder once nobody holds the pipe any more.
const WATCHER: &str = r#"folder=$1; shift
"$@" </dev/null & server=$!
read -r signal || signal=INT-and-remove
kill "-${signal%-and-remove}" "$server" 2>/dev/null; wait "$server"
if [ "$signal" = INT-and-remove ]; then rm -rf "$folder"; fi"#;

/// One running PostgreSQL with databases for many tests.
pub struct Postgres {
    folder: PathBuf,
    pub binaries: PathBuf,
    pub port: u16,
    watcher: Option<Child>,
}

/// The one that the tests of this process share; `None`, said loudly, where PostgreSQL is not installed.
pub fn shared() -> Option<&'static Postgres> {
    static SHARED: OnceLock<Option<Postgres>> = OnceLock::new();
    SHARED.get_or_init(Postgres::begin).as_ref()
}

impl Postgres {
    /// One for a test that stops and starts it.
    pub fn begin() -> Option<Postgres> {
        let Some(binaries) = binaries() else {
            let text = format!("MISSING: no PostgreSQL below {PACKAGES}; run ./test to have it installed");
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{text}");
            eprintln!("!! {text}");
            return None;
        };
        let folder = tempfile::Builder::new().prefix("chartgate-pg-").tempdir().unwrap().keep();
        if is_root() {
            std::os::unix::fs::chown(&folder, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let mut postgres = Postgres { folder, binaries, port: free_port(), watcher: None };
        postgres.make_cluster();
        postgres.start();
        postgres.psql("postgres", "CREATE ROLE chartgate LOGIN");
        postgres.psql("postgres", "CREATE ROLE locked LOGIN PASSWORD 'right'");
        Some(postgres)
    }

    /// A fresh database that belongs to `chartgate`, who is no superuser; gives its URL.
    pub fn database(&self) -> String {
        self.copy("template1")
    }

    /// A fresh database with what another one has, to which nobody may be connected.
    pub fn copy(&self, template: &str) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("t{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let free = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{template}' AND usename = 'chartgate'"
        );
        self.psql("postgres", &free);
        self.psql("postgres", &format!("CREATE DATABASE {name} TEMPLATE {template} OWNER chartgate"));
        self.url("chartgate", &name)
    }

    /// The URL of a database as somebody sees it; `who` may be `user:password`.
    pub fn url(&self, who: &str, database: &str) -> String {
        format!("postgres://{who}@127.0.0.1:{}/{database}", self.port)
    }

    /// Runs statements as the superuser and gives what they print, one row a line.
    pub fn psql(&self, database: &str, sql: &str) -> String {
        let output = self.try_psql(database, sql);
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn try_psql(&self, database: &str, sql: &str) -> std::process::Output {
        Command::new(self.binaries.join("psql"))
            .args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", "postgres"])
            .args(["-p", &self.port.to_string(), "-d", database, "-c", sql])
            .output()
            .unwrap()
    }

    /// Starts it on its folder and port, and waits until it answers from that very folder.
    pub fn start(&mut self) {
        let mut server = self.unprivileged("postgres");
        server.arg("-D").arg(self.data()).args(["-p", &self.port.to_string()]);
        for setting in SETTINGS {
            server.args(["-c", setting]);
        }
        let mut watcher = Command::new("sh");
        watcher.args(["-c", WATCHER, "sh"]).arg(&self.folder).arg(server.get_program());
        watcher.args(server.get_args()).stdin(Stdio::piped()).stdout(Stdio::null());
        // Not in the terminal's group: Ctrl-C ends the tests, and their end is what ends this.
        watcher.process_group(0);
        self.watcher = Some(watcher.spawn().unwrap());
        let until = Instant::now() + PATIENCE;
        loop {
            let output = self.try_psql("postgres", "SHOW data_directory");
            if output.status.success() {
                let place = String::from_utf8(output.stdout).unwrap();
                assert_eq!(place.trim(), self.data().to_str().unwrap(), "another server has this port");
                return;
            }
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(Instant::now() < until, "PostgreSQL does not start: {said}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Ends it in order, open connections or not; its folder stays.
    pub fn stop(&mut self) {
        self.end(b"INT\n");
    }

    /// Ends it as a crash would: nothing is written any more, and the next start recovers from its log.
    pub fn crash(&mut self) {
        self.end(b"QUIT\n");
    }

    fn end(&mut self, signal: &[u8]) {
        if let Some(mut watcher) = self.watcher.take() {
            watcher.stdin.take().unwrap().write_all(signal).unwrap();
            watcher.wait().unwrap();
        }
    }

    fn make_cluster(&self) {
        let output = self
            .unprivileged("initdb")
            .arg("-D")
            .arg(self.data())
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"])
            .output()
            .unwrap();
        assert!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
        std::fs::write(self.data().join("pg_hba.conf"), ACCESS).unwrap();
        let place = format!(
            "listen_addresses = '127.0.0.1'\nunix_socket_directories = '{}'\n",
            self.folder.display()
        );
        std::fs::write(self.data().join("postgresql.auto.conf"), place).unwrap();
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// A program of PostgreSQL's, as a user that it accepts.
    fn unprivileged(&self, program: &str) -> Command {
        let program = self.binaries.join(program);
        if !is_root() {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        let id = NOBODY.to_string();
        command.args(["--reuid", &id, "--regid", &id, "--clear-groups"]).arg(program);
        command.current_dir("/");
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        match self.watcher.take() {
            Some(mut watcher) => {
                drop(watcher.stdin.take());
                let _ = watcher.wait();
            }
            None => {
                let _ = std::fs::remove_dir_all(&self.folder);
            }
        }
    }
}

/// The programs of the newest installed version.
fn binaries() -> Option<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir(PACKAGES)
        .ok()?
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, bin)| bin.join("initdb").exists() && bin.join("psql").exists())
        .collect();
    versions.sort();
    versions.pop().map(|(_, bin)| bin)
}

/// A port that the system says is free.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Whether the tests run as root: only root owns its own entry in the process table.
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    Path::new("/proc/self").metadata().is_ok_and(|meta| meta.uid() == 0)
}

/// The tests' own ground: what was committed is there after a stop, and nobody without the password comes in.
#[test]
fn it_stops_starts_and_asks_for_a_password() {
    let Some(mut postgres) = Postgres::begin() else { return };
    let url = postgres.database();
    let name = url.rsplit('/').next().unwrap().to_owned();
    postgres.psql(&name, "CREATE TABLE x (a TEXT); INSERT INTO x VALUES ('kept')");
    postgres.stop();
    assert!(!postgres.try_psql(&name, "SELECT 1").status.success(), "it still answers");
    postgres.start();
    assert_eq!(postgres.psql(&name, "SELECT a FROM x"), "kept");
    let folder = postgres.folder.clone();
    drop(postgres);
    assert!(!folder.exists(), "its folder stays behind");
}
