//! What an operator meets: a broken policy, exit codes of a scan.

use std::process::Stdio;

use crate::charts;
use crate::process::chartgate;

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
