//! The real binary with its own data folder on a port of the system's choice, and charts to push. Not a mock of anything.

use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

const BINARY: &str = env!("CARGO_BIN_EXE_chartgate");

/// A running server.
pub struct Instance {
    pub url: String,
    pub folder: tempfile::TempDir,
    process: Child,
}

impl Instance {
    /// Starts with `arguments` besides data folder and address, and waits until every door is open.
    pub async fn start(arguments: &[&str]) -> Instance {
        let folder = tempfile::tempdir().expect("a folder");
        let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port");
        let process = Command::new(BINARY)
            .args(["serve", "--listen", &free.to_string(), "--data"])
            .arg(folder.path().join("data"))
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let instance = Instance { url: format!("http://{free}"), folder, process };
        for _ in 0..200 {
            let ready = reqwest::get(format!("{}/readyz", instance.url)).await;
            if ready.is_ok_and(|answer| answer.status().is_success()) {
                return instance;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the server was not ready within 20 s");
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn admin(&self, arguments: &[&str]) -> String {
        let Output { status, stdout, stderr } = Command::new(BINARY)
            .arg("admin")
            .args(arguments)
            .arg("--data")
            .arg(self.data())
            .output()
            .expect("the admin command runs");
        assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
        String::from_utf8(stdout).expect("text").trim().to_owned()
    }

    /// A fresh one-time link, on this instance's address whatever the command believes it to be.
    pub fn sign_in_link(&self) -> String {
        let printed = self.admin(&["sign-in-link"]);
        let link = printed.split_whitespace().find(|word| word.contains("/ui/sign-in")).expect("a link");
        let at = link.find("/ui/sign-in").expect("a path");
        format!("{}{}", self.url, &link[at..])
    }

    pub fn token(&self, name: &str, role: &str) -> String {
        self.admin(&["token", "--name", name, "--role", role])
    }

    /// Changes the policy of `charts`, as an operator would.
    pub fn set_policy(&self, text: &str) {
        std::fs::write(self.data().join("policies/charts.toml"), text).expect("the policy can be written");
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Writes `<name>-<version>.tgz` into `folder`: Chart.yaml, values and templates as given.
pub fn package(folder: &Path, name: &str, version: &str, files: &[(&str, &str)]) -> PathBuf {
    let path = folder.join(format!("{name}-{version}.tgz"));
    let mut archive = tar::Builder::new(Vec::new());
    let about = format!("apiVersion: v2\nname: {name}\nversion: {version}\ndescription: A chart of a test\n");
    for (file, text) in std::iter::once(&("Chart.yaml", about.as_str())).chain(files) {
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, format!("{name}/{file}"), text.as_bytes()).expect("a small file");
    }
    let bytes = archive.into_inner().expect("an archive in memory");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&bytes).expect("memory");
    std::fs::write(&path, gzip.finish().expect("memory")).expect("the archive can be written");
    path
}

/// Files of a chart that passes the default policy.
pub const CLEAN: &[(&str, &str)] = &[
    ("values.yaml", "greeting: hello\n"),
    (
        "templates/config.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-greeting\ndata:\n  greeting: {{ .Values.greeting | quote }}\n",
    ),
];

/// Files of a chart that is blocked: a privileged container, and text that tries to be markup.
pub const BLOCKED: &[(&str, &str)] = &[
    ("values.yaml", "image: registry.example/agent:1.0.0\nprivileged: true\n"),
    (
        "templates/pod.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: agent\n  annotations:\n    note: \"<script>document.title='owned'</script>\"\nspec:\n  containers:\n    - name: agent\n      image: {{ .Values.image }}\n      securityContext:\n        privileged: {{ .Values.privileged }}\n",
    ),
];
