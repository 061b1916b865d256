//! What stands for Docker: PostgreSQL and S3 of the tests in place of those services, and plain processes in place of
//! containers, each with nothing but the variables of its image and its service. It judges nothing.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::Instant;

use super::compose::{Compose, Service, text_of};
use crate::postgres::Postgres;
use crate::process::{PATIENCE, chartgate, free_port};
use crate::s3::{ACCESS_KEY_ID, S3, SECRET_ACCESS_KEY};

/// No log may ever hold it, nor the store's secret.
pub const DATABASE_PASSWORD: &str = "canary-2f1e97d0 with 'quotes'";

pub struct Ground {
    pub compose: Compose,
    pub postgres: Postgres,
    pub s3: S3,
    folder: tempfile::TempDir,
}

/// A container of a service, as a process.
pub struct Replica {
    child: Child,
    pub port: u16,
    environment: Vec<(String, String)>,
    health_check: Vec<String>,
    log: PathBuf,
}

impl Ground {
    /// The stores, made as the compose file makes them. `None`, said loudly, without PostgreSQL.
    pub fn begin(variables: &BTreeMap<&str, String>) -> Option<Ground> {
        let postgres = Postgres::begin()?;
        let compose = Compose::read(variables);
        let ground = Ground { compose, postgres, s3: S3::start(), folder: tempfile::tempdir().unwrap() };
        for folder in ["secrets", "tmp", "root"] {
            std::fs::create_dir(ground.folder.path().join(folder)).unwrap();
        }
        // Below a file, not even root makes a folder.
        std::fs::write(ground.folder.path().join("file"), "").unwrap();
        for (name, text) in [
            ("postgres_password", "unused"),
            ("database_password", DATABASE_PASSWORD),
            ("s3_secret_access_key", SECRET_ACCESS_KEY),
        ] {
            std::fs::write(ground.folder.path().join("secrets").join(name), text).unwrap();
        }
        ground.make_database();
        Some(ground)
    }

    /// Runs the script that the image of PostgreSQL runs at its first start, and lets in only who knows the password.
    fn make_database(&self) {
        self.postgres.psql("postgres", "DROP ROLE chartgate");
        let hba = self.postgres.psql("postgres", "SHOW hba_file");
        let rules =
            "(VALUES ('host all postgres 127.0.0.1/32 trust'), ('host all all 127.0.0.1/32 scram-sha-256'))";
        self.postgres.psql("postgres", &format!("COPY {rules} TO '{hba}'"));
        self.postgres.psql("postgres", "SELECT pg_reload_conf()");
        let script = text_of(self.compose.at(&["configs", "database", "file"]).as_str().unwrap());
        let path = format!("{}:/usr/bin:/bin", self.postgres.binaries.display());
        let output = Command::new("sh")
            .args(["-ec", &self.local(&script, 0)])
            .env_clear()
            .envs([("PATH", path), ("PGHOST", "127.0.0.1".to_owned())])
            .env("PGPORT", self.postgres.port.to_string())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Names and places of containers as they are here.
    fn local(&self, text: &str, port: u16) -> String {
        text.replace("@postgres:5432/", &format!("@127.0.0.1:{}/", self.postgres.port))
            .replace("http://s3:7070", &self.s3.endpoint())
            .replace("/run/secrets/", &format!("{}/secrets/", self.folder.path().display()))
            .replace("0.0.0.0:8080", &format!("127.0.0.1:{port}"))
    }

    /// Everything that a container of the service would find in its environment.
    fn environment(&self, service: Service<'_>, port: u16) -> Vec<(String, String)> {
        let mut all = image_environment();
        all.extend(service.environment());
        all.insert("CHARTGATE_S3_ACCESS_KEY_ID".to_owned(), ACCESS_KEY_ID.to_owned());
        let folder = self.folder.path().display();
        if let Some(data) = all.get_mut("CHARTGATE_DATA") {
            *data = format!("{folder}/file{data}");
        }
        // The one place that a container can write to.
        assert!(service.list(&["tmpfs"])[0].starts_with("/tmp:"), "{} has no /tmp", service.name);
        all.insert("TMPDIR".to_owned(), format!("{folder}/tmp"));
        // Where `chartgate check` asks; in a container it is the port that both sides take by default.
        all.insert("CHARTGATE_SERVER".to_owned(), format!("http://127.0.0.1:{port}"));
        all.into_iter().map(|(name, value)| (name, self.local(&value, port))).collect()
    }

    /// Starts one more container of a service on a port and waits until its health check passes.
    pub fn start(&self, service: &str, port: u16) -> Replica {
        let service = self.compose.service(service);
        let environment = self.environment(service, port);
        let log = self.folder.path().join(format!("{}-{port}.log", service.name));
        let file = std::fs::File::create(&log).unwrap();
        let child = chartgate()
            .args(service.list(&["command"]))
            .env_clear()
            .envs(environment.iter().cloned())
            .current_dir(self.folder.path().join("root"))
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap();
        let mut replica = Replica { child, port, environment, health_check: service.health_check(), log };
        let until = Instant::now() + PATIENCE;
        while !replica.is_healthy() {
            let ended = replica.child.try_wait().unwrap();
            assert!(ended.is_none(), "{} ended ({ended:?}): {}", service.name, replica.log());
            assert!(Instant::now() < until, "{} does not get healthy: {}", service.name, replica.log());
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
        replica
    }

    /// Files that a container left where it can write or was started.
    pub fn left_behind(&self) -> Vec<PathBuf> {
        let in_folder = |name| std::fs::read_dir(self.folder.path().join(name)).unwrap();
        ["tmp", "root"].into_iter().flat_map(in_folder).map(|entry| entry.unwrap().path()).collect()
    }
}

impl Replica {
    /// Whether the health check of its service passes.
    pub fn is_healthy(&self) -> bool {
        let (program, arguments) = self.health_check.split_first().unwrap();
        assert_eq!(program, "chartgate");
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        self.execute(&arguments).status.success()
    }

    /// `docker compose exec SERVICE chartgate ARGUMENTS`.
    pub fn execute(&self, arguments: &[&str]) -> Output {
        chartgate().args(arguments).env_clear().envs(self.environment.iter().cloned()).output().unwrap()
    }

    /// `docker compose exec -T SERVICE chartgate ARGUMENTS < FILE`, which must succeed.
    pub fn feed(&self, arguments: &[&str], input: &str) {
        let mut command = chartgate();
        command.args(arguments).env_clear().envs(self.environment.iter().cloned()).stdin(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "{arguments:?} fails with: {input}");
    }

    /// As [`Replica::execute`], which must succeed; what it printed, trimmed.
    #[track_caller]
    pub fn done(&self, arguments: &[&str]) -> String {
        let output = self.execute(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// A client's command, through this server.
    #[track_caller]
    pub fn client(&self, token: &str, arguments: &[&str]) -> String {
        let mut client = chartgate();
        client.args(arguments).env("CHARTGATE_SERVER", self.url("")).env("CHARTGATE_TOKEN", token);
        let output = client.output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Everything it has said so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, as `docker compose stop` sends it; gives the exit code.
    pub fn stop(&mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < until, "it does not stop: {}", self.log());
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The variables of the image's last stage.
fn image_environment() -> BTreeMap<String, String> {
    let dockerfile = text_of("Dockerfile");
    let last_stage = dockerfile.rsplit("\nFROM ").next().unwrap();
    let words =
        last_stage.lines().filter_map(|line| line.strip_prefix("ENV ")).flat_map(str::split_whitespace);
    words
        .map(|word| word.split_once('=').expect("ENV NAME=VALUE"))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Two ports that the system says are free.
pub fn two_ports() -> [u16; 2] {
    [free_port(), free_port()]
}
