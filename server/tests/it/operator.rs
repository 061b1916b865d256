//! What an operator meets: a broken policy, a server killed at any moment, exit codes of a scan.

use std::process::Stdio;

use crate::charts;
use crate::http;
use crate::process::{Server, chartgate};
use crate::stores::Place;

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

/// Killed in the middle of pushes, again and again: what was acknowledged is there whole, the rest is absent or whole,
/// every scan ends, and the log holds.
#[test]
fn nothing_acknowledged_is_lost_when_the_server_is_killed() {
    let mut keep = Some(Place::fresh());
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
    server.data.done(&["audit", "verify"]);
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
