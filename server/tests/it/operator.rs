//! What an operator does and meets: first start, folders, policies, the audit log, a server killed at any moment.

use std::process::{Command, Stdio};

use crate::charts;
use crate::http;
use crate::process::{Server, chartgate, free_port};

#[test]
fn the_first_start_says_everything_and_the_next_one_keeps_its_secrets() {
    let mut server = Server::start(&["--sample"]);
    server.wait_for("the greeting", |_| true);
    let status = |chart: &str, version: &str, server: &Server| {
        let lee = server.token("lee", "reviewer");
        let found = server.settled(chart, version, &lee);
        (found["state"].clone(), found["verdict"].clone())
    };
    assert_eq!(status("charts/hello-web", "1.0.0", &server), ("in review".into(), "pass".into()));
    assert_eq!(status("charts/open-console", "0.3.0", &server), ("in review".into(), "block".into()));
    assert_eq!(status("charts/broken-render", "0.1.0", &server), ("in review".into(), "block".into()));
    let printed = server.printed();
    for expected in ["/sign-in?link=", "cg_", "/charts/api/charts", "helm push", "helm repo add charts"] {
        assert!(printed.contains(expected), "{expected} is missing in:\n{printed}");
    }
    let data = server.data_dir();
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("data");
    assert_eq!(server.interrupt(), Some(0), "Ctrl-C drains and ends with 0");
    assert!(!data.exists(), "the test's folder goes with its server");

    std::fs::create_dir(&copy).unwrap();
    let mut first = Server::start_in(folder, &[]);
    first.wait_for("the greeting", |_| true);
    let place = first.data_dir();
    let second = chartgate()
        .args(["serve", "--listen", &format!("127.0.0.1:{}", free_port()), "--data"])
        .arg(&place)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(second.status.code(), Some(2), "one folder, one server");
    let link = chartgate().args(["admin", "sign-in-link", "--data"]).arg(&place).output().unwrap();
    let link = String::from_utf8(link.stdout).unwrap();
    assert!(link.starts_with(&first.url("/sign-in?link=")), "{link}");
}

#[test]
fn a_policy_that_is_none_stops_the_start_and_names_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let policies = folder.path().join("data/policies");
    std::fs::create_dir_all(&policies).unwrap();
    std::fs::write(policies.join("charts.toml"), "block-at = \"high\"\naprovals = 1\n").unwrap();
    let output = chartgate()
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path().join("data"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("charts.toml") && text.contains("aprovals") && text.contains("line 2"), "{text}");
}

#[test]
fn audit_verify_holds_for_a_true_log_and_names_the_entry_of_a_changed_one() {
    let server = Server::start(&[]);
    let robot = server.token("robot-2", "publisher");
    http::post(&server.url("/charts/api/charts"), &robot, "application/gzip", charts::clean("a", "1.0.0"))
        .expect(202);
    let verify = |arguments: &[&str]| {
        chartgate()
            .args(["audit", "verify", "--data"])
            .arg(server.data_dir())
            .args(arguments)
            .output()
            .unwrap()
    };
    server.settled("charts/a", "1.0.0", &server.token("lee", "reviewer"));
    let good = verify(&[]);
    let text = String::from_utf8(good.stdout).unwrap();
    assert_eq!(good.status.code(), Some(0), "{text}");
    let head = text.trim().rsplit(' ').next().unwrap();
    assert_eq!(verify(&["--contains", head]).status.code(), Some(0));
    assert_eq!(
        verify(&["--contains", "sha256:elsewhere"]).status.code(),
        Some(1),
        "a log cut short is noticed"
    );
    change_log(&server.data_dir().join("chartgate.db"));
    let bad = verify(&[]);
    let text = String::from_utf8_lossy(&bad.stderr);
    assert_eq!(bad.status.code(), Some(1), "{text}");
    assert!(text.contains("broken at entry 2"), "{text}");
}

/// Somebody with the file in hand takes the guards away and changes who did something.
fn change_log(file: &std::path::Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
        let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
        let guarded =
            sqlx::query("UPDATE audit_entry SET entry = replace(entry, 'admin', 'nobody') WHERE seq = 2");
        assert!(guarded.execute(&pool).await.is_err(), "entries cannot be changed while the guards stand");
        for statement in [
            "DROP TRIGGER audit_entry_no_update",
            "UPDATE audit_entry SET entry = replace(entry, 'admin', 'nobody') WHERE seq = 2",
        ] {
            sqlx::query(statement).execute(&pool).await.unwrap();
        }
        pool.close().await;
    });
}

/// Killed in the middle of pushes, again and again: what was acknowledged is there whole, the rest is absent or whole,
/// every scan ends, and the log holds.
#[test]
fn nothing_acknowledged_is_lost_when_the_server_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let mut keep = Some(folder);
    let mut acknowledged = Vec::new();
    for round in 0..4u32 {
        let server = Server::start_in(keep.take().unwrap(), &[]);
        let token = server.token("robot-2", "publisher");
        let url = server.url("/charts/api/charts");
        let pushing = std::thread::spawn(move || {
            let mut done = Vec::new();
            for number in 0..200 {
                let version = format!("{round}.{number}.0");
                if http::try_post(&url, &token, charts::clean("a", &version)) != Some(202) {
                    break;
                }
                done.push(version);
            }
            done
        });
        std::thread::sleep(std::time::Duration::from_millis(150 + u64::from(round) * 130));
        keep = Some(server.kill());
        acknowledged.extend(pushing.join().unwrap());
    }
    assert!(!acknowledged.is_empty(), "the test was too slow to push anything");
    let server = Server::start_in(keep.take().unwrap(), &[]);
    let lee = server.token("lee", "reviewer");
    for version in &acknowledged {
        let status = server.settled("charts/a", version, &lee);
        assert_eq!(status["state"], "in review", "{status}");
        let file = server.url(&format!("/charts/charts/a-{version}.tgz"));
        assert_eq!(http::get(&file, Some(&lee)).expect(200).bytes, charts::clean("a", version));
    }
    let verify = Command::new(env!("CARGO_BIN_EXE_chartgate"))
        .args(["audit", "verify", "--data"])
        .arg(path.join("data"))
        .output()
        .unwrap();
    assert!(verify.status.success(), "{}", String::from_utf8_lossy(&verify.stderr));
}

#[test]
fn scan_answers_by_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: Vec<u8>| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let clean = file("clean.tgz", charts::clean("a", "1.0.0"));
    let privileged = file("privileged.tgz", charts::privileged("a", "1.0.0"));
    let broken = file("broken.tgz", charts::broken("a", "1.0.0"));
    let garbage = file("garbage.tgz", b"no archive".to_vec());
    let policy = file("policy.toml", b"blok-at = \"low\"\n".to_vec());
    let scan = |path: &std::path::Path, arguments: &[&str]| {
        chartgate().arg("scan").arg(path).args(arguments).output().unwrap()
    };
    for (path, arguments, code) in [
        (&clean, &[][..], 0),
        (&privileged, &[], 3),
        (&broken, &[], 8),
        (&garbage, &[], 8),
        (&folder.path().join("nothing"), &[], 5),
        (&clean, &["--policy", policy.to_str().unwrap()], 2),
        (&clean, &["--nonsense"], 2),
    ] {
        let output = scan(path, arguments);
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{} {arguments:?}: {text}", path.display());
    }
    let json: serde_json::Value = serde_json::from_slice(&scan(&privileged, &["-o", "json"]).stdout).unwrap();
    assert_eq!(json["verdict"], "block");
    let rules: Vec<_> =
        json["findings"].as_array().unwrap().iter().map(|finding| finding["rule"].clone()).collect();
    assert!(rules.contains(&"pod/privileged".into()), "{rules:?}");
}
