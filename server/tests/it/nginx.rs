//! A real nginx that serves a folder on a free loopback port, as the servers of upstream repositories do; with its own
//! configuration, log and folders, ended with the test.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use crate::process::{PATIENCE, free_port, tool};

pub struct Nginx {
    child: Child,
    pub port: u16,
    log: PathBuf,
    _folder: tempfile::TempDir,
}

impl Nginx {
    /// Serves `root`; `None`, said loudly, when there is no nginx.
    pub fn serve(root: &Path) -> Option<Nginx> {
        let program = tool("CHARTGATE_NGINX")?;
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let below = |name: &str| folder.path().join(name).display().to_string();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .iter()
            .map(|kind| format!("    {kind}_temp_path {};\n", below(kind)))
            .collect();
        let configuration = format!(
            "daemon off;\nmaster_process off;\npid {pid};\nerror_log stderr warn;\nevents {{}}\nhttp {{\n{temporary}\
             \x20   log_format plain '$status $request_uri $body_bytes_sent';\n    access_log {log} plain;\n\
             \x20   gzip on;\n    gzip_types *;\n    server {{ listen 127.0.0.1:{port}; root {root}; }}\n}}\n",
            pid = below("pid"),
            log = below("access.log"),
            root = root.display(),
        );
        let file = folder.path().join("nginx.conf");
        std::fs::write(&file, configuration).unwrap();
        let child = Command::new(program)
            .arg("-p")
            .arg(folder.path())
            .arg("-c")
            .arg(&file)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let mut nginx = Nginx { child, port, log: folder.path().join("access.log"), _folder: folder };
        let until = Instant::now() + PATIENCE;
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(nginx.child.try_wait().unwrap().is_none(), "nginx ended at once");
            assert!(Instant::now() < until, "nginx does not listen");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        Some(nginx)
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What it answered so far: status, path and bytes of each body.
    pub fn answered(&self) -> Vec<(u16, String, u64)> {
        let log = std::fs::read_to_string(&self.log).unwrap();
        log.lines()
            .map(|line| {
                let mut words = line.split(' ');
                let mut next = || words.next().unwrap().to_owned();
                (next().parse().unwrap(), next(), next().parse().unwrap())
            })
            .collect()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
