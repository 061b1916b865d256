//! A real `chartgate serve` in a process of its own, on a free loopback port with a folder of its own; ended with the test.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::stores::Place;

/// How long anything that happens in the background may take before a test gives up.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct Server {
    child: Child,
    pub port: u16,
    pub data: Place,
    /// Behind a lock so that threads of one test can share the server.
    lines: Mutex<Receiver<String>>,
    printed: Vec<String>,
}

/// The binary under test.
pub fn chartgate() -> Command {
    Command::new(env!("CARGO_BIN_EXE_chartgate"))
}

impl Server {
    /// Starts with further arguments and waits until all doors are open.
    pub fn start(arguments: &[&str]) -> Server {
        Server::start_in(Place::fresh(), arguments)
    }

    pub fn start_in(data: Place, arguments: &[&str]) -> Server {
        let port = free_port();
        let mut child = data
            .command(&["serve", "--listen", &format!("127.0.0.1:{port}")])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let stdout = child.stdout.take().unwrap();
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let mut server = Server { child, port, data, lines: Mutex::new(lines), printed: Vec::new() };
        server.wait_for("all doors to open", |server| {
            plain_status(&format!("127.0.0.1:{}", server.port), "/readyz") == Some(200)
        });
        server
    }

    /// Ctrl-C, then a new process on the same folder and another port.
    pub fn restart(mut self, arguments: &[&str]) -> Server {
        assert_eq!(self.interrupt_in_place(), Some(0));
        Server::start_in(self.leave(), arguments)
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn data_dir(&self) -> PathBuf {
        self.data.data_dir()
    }

    /// Everything printed so far on standard output.
    pub fn printed(&mut self) -> String {
        self.printed.extend(self.lines.get_mut().unwrap().try_iter());
        self.printed.join("\n")
    }

    /// A token made by `chartgate admin token` while the server runs.
    pub fn token(&self, name: &str, role: &str) -> String {
        self.made_token(&["--name", name, "--role", role])
    }

    /// A token for one repository.
    pub fn token_for(&self, name: &str, role: &str, repository: &str) -> String {
        self.data.done(&["admin", "repository", repository]);
        self.made_token(&["--name", name, "--role", role, "--repository", repository])
    }

    fn made_token(&self, arguments: &[&str]) -> String {
        let text = self.data.done(&[&["admin", "token"], arguments].concat());
        assert_eq!(text.lines().count(), 1, "nothing but the token: {text}");
        text
    }

    /// A client command against this server.
    pub fn client(&self, token: &str, arguments: &[&str]) -> Output {
        chartgate()
            .args(arguments)
            .env("CHARTGATE_SERVER", self.url(""))
            .env("CHARTGATE_TOKEN", token)
            .output()
            .unwrap()
    }

    /// Waits until the scan of a version is done; gives its status as the API tells it.
    pub fn settled(&self, chart: &str, version: &str, token: &str) -> serde_json::Value {
        let (repository, name) = chart.split_once('/').unwrap();
        let path = format!(
            "/api/v1/repositories/{repository}/charts/{name}/versions/{}",
            version.replace('+', "%2B")
        );
        let until = Instant::now() + PATIENCE;
        loop {
            let status = crate::http::get(&self.url(&path), Some(token)).expect(200).json();
            if status["state"] != "quarantined" {
                return status;
            }
            assert!(Instant::now() < until, "the scan of {chart} {version} does not end: {status}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// As [`Server::settled`], for the one version that the queue has of a chart, once it has it.
    pub fn settled_in_time(&self, chart: &str, token: &str) -> serde_json::Value {
        let name = chart.split_once('/').unwrap().1;
        let until = Instant::now() + PATIENCE;
        loop {
            let queue = crate::http::get(&self.url("/api/v1/queue"), Some(token)).expect(200).json();
            if let Some(item) = queue["items"].as_array().unwrap().iter().find(|item| item["chart"] == name) {
                return self.settled(chart, item["version"].as_str().unwrap(), token);
            }
            assert!(Instant::now() < until, "{chart} does not come in");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits for words on standard output, which come after the doors are open.
    pub fn wait_until_printed(&mut self, words: &str) {
        let until = Instant::now() + PATIENCE;
        while !self.printed().contains(words) {
            assert!(Instant::now() < until, "the server does not print {words}: {}", self.printed());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Decides through the API on what stands there now.
    pub fn decide(
        &self,
        verb: &str,
        chart: &str,
        version: &str,
        reason: &str,
        token: &str,
    ) -> crate::http::Answer {
        let status = self.settled(chart, version, token);
        let (repository, name) = chart.split_once('/').unwrap();
        let escaped = version.replace('+', "%2B");
        let path = format!("/api/v1/repositories/{repository}/charts/{name}/versions/{escaped}/{verb}");
        let body = serde_json::json!({
            "reason": reason,
            "digest": status["digest"],
            "policy_version": status["policy_version"],
        });
        crate::http::post_json(&self.url(&path), Some(token), &body)
    }

    /// Approves as somebody who pushes nothing, and must succeed.
    pub fn approve(&self, chart: &str, version: &str) {
        let reviewer = self.token("second-person", "reviewer");
        let decided =
            self.decide("approve", chart, version, "read and found harmless", &reviewer).expect(200).json();
        assert_eq!(decided["state"], "approved", "{decided}");
    }

    /// What the audit log says of versions, oldest first: `action chart version before>after`.
    pub fn audit_actions(&self) -> Vec<String> {
        let auditor = self.token("auditor", "auditor");
        let page = crate::http::get(&self.url("/api/v1/audit"), Some(&auditor)).expect(200).json();
        let rows = page["items"].as_array().unwrap().iter().rev();
        let text = |value: &serde_json::Value| value.as_str().unwrap_or("-").to_owned();
        rows.filter(|row| text(&row["action"]).starts_with("version."))
            .map(|row| {
                let entry = &row["entry"];
                let (before, after) = (text(&entry["before"]), text(&entry["after"]));
                format!(
                    "{} {} {} {before}>{after}",
                    text(&row["action"]),
                    text(&row["chart"]),
                    text(&row["version"])
                )
            })
            .collect()
    }

    /// Waits until `ready`; fails the test after [`PATIENCE`] or when the server ended.
    pub fn wait_for(&mut self, what: &str, ready: impl Fn(&Server) -> bool) {
        let until = Instant::now() + PATIENCE;
        while !ready(self) {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!(
                    "the server ended ({status}) while waiting for {what}; it printed:\n{}",
                    self.printed()
                );
            }
            assert!(Instant::now() < until, "gave up waiting for {what}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// SIGKILL, as a crash or a power cut of the process; gives the place that it leaves.
    pub fn kill(mut self) -> Place {
        self.kill_in_place();
        self.leave()
    }

    /// SIGKILL while others still hold this server.
    pub fn kill_in_place(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ctrl-C; gives the exit code.
    pub fn interrupt(mut self) -> Option<i32> {
        self.interrupt_in_place()
    }

    fn interrupt_in_place(&mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < until, "the server does not stop");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// What the ended server kept.
    pub fn leave(&mut self) -> Place {
        let beside = self.data.beside();
        std::mem::replace(&mut self.data, beside)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A real `chartgate worker`; killed with the test.
pub struct Worker {
    child: Child,
    command: Box<dyn Fn() -> Command + Send>,
}

impl Worker {
    /// Starts one on a place, where such a place has workers of its own: on PostgreSQL.
    pub fn beside(place: &Place) -> Option<Worker> {
        place.database_url()?;
        Some(Worker::begin(place.later(&["worker"])))
    }

    fn begin(command: Box<dyn Fn() -> Command + Send>) -> Worker {
        let mut child = command().stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let said = lines.next().and_then(Result::ok).unwrap_or_default();
        assert!(said.contains("is ready"), "the worker does not start: {said}");
        Worker { child, command }
    }

    /// SIGKILL, then another one on the same place.
    pub fn kill_and_replace(mut self) -> Worker {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let command = std::mem::replace(&mut self.command, Box::new(chartgate));
        Worker::begin(command)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that the system says is free.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Status of a plain GET without a client library, for the first moments of a server.
pub fn plain_status(host: &str, path: &str) -> Option<u16> {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(host).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split_whitespace().nth(1)?.parse().ok()
}

/// Material that the tests read beside the project.
pub fn shared(path: &str) -> Option<PathBuf> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared").join(path);
    if file.exists() {
        return Some(file);
    }
    let text = format!("MISSING: {} is not there; what needs it is not tested", file.display());
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{text}");
    eprintln!("!! {text}");
    None
}

/// A tool named by an environment variable that `./test` sets.
pub fn tool(variable: &str) -> Option<PathBuf> {
    match std::env::var_os(variable) {
        Some(path) if Path::new(&path).exists() => Some(path.into()),
        _ => {
            let text = format!("MISSING: {variable} names no program; run ./test to have it built");
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{text}");
            eprintln!("!! {text}");
            None
        }
    }
}
