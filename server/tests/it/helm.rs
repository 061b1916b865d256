//! The real Helm clients, both generations: push by OCI and by the classic door, not found before approval, found by both
//! clients after, gone after a revocation.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::process::{Server, shared, tool};

/// One Helm with a home of its own.
pub struct Helm {
    program: PathBuf,
    home: tempfile::TempDir,
}

impl Helm {
    pub fn find(variable: &str) -> Option<Helm> {
        Some(Helm { program: tool(variable)?, home: tempfile::tempdir().unwrap() })
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(&self.program)
            .args(arguments)
            .current_dir(self.home.path())
            .env("HELM_CONFIG_HOME", self.home.path().join("config"))
            .env("HELM_CACHE_HOME", self.home.path().join("cache"))
            .env("HELM_DATA_HOME", self.home.path().join("data"))
            .output()
            .unwrap()
    }

    fn works(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "helm {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn fails(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(!output.status.success(), "helm {arguments:?} should have failed");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    fn log_in(&self, server: &Server, token: &str) {
        self.works(&[
            "registry",
            "login",
            &server.host(),
            "--username",
            "robot",
            "--password",
            token,
            "--plain-http",
        ]);
    }
}

/// Charts that pass the default policy with the values they ship.
const CHARTS: [(&str, &str); 3] =
    [("alertmanager", "1.42.0"), ("dex", "0.24.0"), ("cluster-autoscaler", "9.59.0")];

fn packaged(helm: &Helm, name: &str, version: &str) -> Option<PathBuf> {
    let archive = shared(&format!("charts/{name}-{version}.tgz"))?;
    let sources = helm.home.path().join("sources");
    std::fs::create_dir_all(&sources).unwrap();
    let status = Command::new("tar").arg("xzf").arg(&archive).arg("-C").arg(&sources).status().unwrap();
    assert!(status.success());
    let folder = sources.join(name);
    helm.works(&["package", folder.to_str().unwrap(), "--destination", helm.home.path().to_str().unwrap()]);
    Some(helm.home.path().join(format!("{name}-{version}.tgz")))
}

/// Waits for the scan, then approves through the command line as somebody who did not push.
fn approve(server: &mut Server, reviewer: &str, chart: &str, version: &str) {
    let path = format!("charts/{chart}");
    server.wait_for("the scan", |server| {
        let output = server.client(reviewer, &["status", &path, version, "-o", "json"]);
        String::from_utf8_lossy(&output.stdout).contains("\"in review\"")
    });
    let output = server.client(reviewer, &["approve", &path, version, "--reason", "read and found harmless"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The bytes of a chart that Helm pulls.
pub fn pull(helm: &Helm, what: &[&str], file: &str) -> Vec<u8> {
    let target = tempfile::tempdir().unwrap();
    let mut arguments = vec!["pull"];
    arguments.extend(what);
    arguments.extend(["--destination", target.path().to_str().unwrap()]);
    helm.works(&arguments);
    std::fs::read(target.path().join(file)).unwrap()
}

#[test]
fn both_helms_push_and_find_only_what_was_approved() {
    let (Some(helm3), Some(helm4)) = (Helm::find("CHARTGATE_HELM3"), Helm::find("CHARTGATE_HELM4")) else {
        return;
    };
    let mut server = Server::start(&[]);
    let publisher = server.token("ci", "publisher");
    let reviewer = server.token("ana", "reviewer");
    let (repository, oci) = (server.url("/charts"), format!("oci://{}/charts", server.host()));
    for helm in [&helm3, &helm4] {
        helm.log_in(&server, &publisher);
    }

    let mut archives: Vec<(&str, &str, Vec<u8>)> = Vec::new();
    for (number, (name, version)) in CHARTS.into_iter().enumerate() {
        let Some(archive) = packaged(&helm4, name, version) else { return };
        push(&server, [&helm3, &helm4], number, &archive, &oci, &publisher);
        archives.push((name, version, std::fs::read(&archive).unwrap()));
    }
    let consumers = [Helm::find("CHARTGATE_HELM3").unwrap(), Helm::find("CHARTGATE_HELM4").unwrap()];
    for helm in &consumers {
        helm.works(&["repo", "add", "vetted", &repository]);
        assert!(
            helm.works(&["search", "repo", "vetted/"]).contains("No results found"),
            "nothing is listed yet"
        );
        for (name, version, _) in &archives {
            helm.fails(&["pull", &format!("vetted/{name}"), "--version", version]);
            helm.fails(&["pull", &format!("{oci}/{name}"), "--version", version, "--plain-http"]);
        }
    }

    for (name, version, _) in &archives {
        approve(&mut server, &reviewer, name, version);
    }
    for helm in &consumers {
        helm.works(&["repo", "update"]);
        for (name, version, bytes) in &archives {
            let file = format!("{name}-{version}.tgz");
            assert!(helm.works(&["search", "repo", &format!("vetted/{name}")]).contains(version));
            assert_eq!(&pull(helm, &[&format!("vetted/{name}"), "--version", version], &file), bytes);
            let by_oci = [&*format!("{oci}/{name}"), "--version", version, "--plain-http"];
            assert_eq!(&pull(helm, &by_oci, &file), bytes, "the same bytes by either protocol");
            let chart = format!("vetted/{name}");
            // Without a cluster Helm built from source takes an old Kubernetes that real charts refuse.
            helm.works(&["template", "x", &chart, "--version", version, "--kube-version", "1.36.0"]);
        }
    }

    for (name, version, _) in &archives {
        let path = format!("charts/{name}");
        let output = server.client(&reviewer, &["revoke", &path, version, "--reason", "withdrawn in a test"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    for helm in &consumers {
        helm.works(&["repo", "update"]);
        for (name, version, _) in &archives {
            assert!(helm.works(&["search", "repo", &format!("vetted/{name}")]).contains("No results found"));
            let refusal =
                helm.fails(&["pull", &format!("{oci}/{name}"), "--version", version, "--plain-http"]);
            assert!(refusal.contains("withdrawn in a test"), "the reason reaches the client: {refusal}");
        }
    }
}

/// Versions as cert-manager writes them: pushed and pulled by both Helms, ordered as versions, in one spelling only.
#[test]
fn versions_with_a_leading_v_are_what_helm_takes_them_for() {
    let (Some(helm3), Some(helm4)) = (Helm::find("CHARTGATE_HELM3"), Helm::find("CHARTGATE_HELM4")) else {
        return;
    };
    let mut server = Server::start(&[]);
    let (publisher, reviewer) = (server.token("ci", "publisher"), server.token("ana", "reviewer"));
    let (repository, oci) = (server.url("/charts"), format!("oci://{}/charts", server.host()));
    let file = |helm: &Helm, version: &str| {
        let file = helm.home.path().join(format!("vee-{version}.tgz"));
        std::fs::write(&file, crate::charts::clean("vee", version)).unwrap();
        file
    };
    for (helm, version) in [(&helm3, "v1.9.0"), (&helm4, "v1.10.0")] {
        helm.log_in(&server, &publisher);
        helm.works(&["push", file(helm, version).to_str().unwrap(), &oci, "--plain-http"]);
        let refused =
            helm.fails(&["push", file(helm, &version[1..]).to_str().unwrap(), &oci, "--plain-http"]);
        assert!(refused.contains("the same version"), "{refused}");
        approve(&mut server, &reviewer, "vee", version);
    }
    for helm in [&helm3, &helm4] {
        helm.works(&["repo", "add", "vetted", &repository]);
        let newest = crate::charts::clean("vee", "v1.10.0");
        for asked in [&[][..], &["--version", "v1.10.0"], &["--version", "1.10.0"], &["--version", ">1.9"]] {
            let what = [&["vetted/vee"], asked].concat();
            assert_eq!(pull(helm, &what, "vee-v1.10.0.tgz"), newest, "{what:?}");
        }
        let by_oci = [&*format!("{oci}/vee"), "--version", "v1.9.0", "--plain-http"];
        assert_eq!(pull(helm, &by_oci, "vee-v1.9.0.tgz"), crate::charts::clean("vee", "v1.9.0"));
    }
}

/// The first by Helm 3 over OCI, the second by Helm 4 over OCI, the third through the ChartMuseum door.
fn push(server: &Server, helms: [&Helm; 2], number: usize, archive: &Path, oci: &str, publisher: &str) {
    if let Some(helm) = helms.get(number) {
        helm.works(&["push", archive.to_str().unwrap(), oci, "--plain-http"]);
        return;
    }
    let body = std::fs::read(archive).unwrap();
    let answer = crate::http::post(&server.url("/api/charts/charts"), publisher, "application/gzip", body);
    assert_eq!(answer.status, 202, "{}", answer.text);
    assert!(answer.text.contains("\"saved\":true"));
}
