//! Every folder in `tests/charts` is a chart; its `expected.json` holds the verdict and every finding, in order.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};

use renderer::archive::File;
use scanner::policy::{Policy, decide};
use scanner::report::Report;
use scanner::{Options, scan_files};
use serde_json::{Value, json};

const EXPECTED: &str = "expected.json";

#[test]
fn every_chart_folder_is_judged_as_expected() {
    let mut wrong = Vec::new();
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/charts"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
    folders.sort();
    assert!(folders.len() >= 9, "charts are missing");
    for folder in &folders {
        let report = scan_files(&files(folder, folder), &Options::default());
        let seen = seen(&report);
        // `UPDATE_EXPECTED=1` writes what is seen; read the difference before you keep it.
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            let text = serde_json::to_string_pretty(&seen).unwrap() + "\n";
            std::fs::write(folder.join(EXPECTED), text).unwrap();
        }
        let expected: Value = serde_json::from_slice(&std::fs::read(folder.join(EXPECTED)).unwrap()).unwrap();
        if seen != expected {
            let text = serde_json::to_string_pretty(&seen).unwrap();
            wrong.push(format!("{} differs, it is now:\n{text}", folder.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn files(top: &Path, folder: &Path) -> Vec<File> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(top, &path));
        } else if path.file_name().is_some_and(|name| name != EXPECTED) {
            let below = path.strip_prefix(top).unwrap().to_str().unwrap().replace('\\', "/");
            found.push(File { path: below, data: std::fs::read(&path).unwrap() });
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn seen(report: &Report) -> Value {
    let findings: Vec<Value> = report
        .findings
        .iter()
        .map(|finding| {
            json!({
                "rule": finding.rule,
                "severity": finding.severity,
                "object": finding.object.as_ref().map(|object| format!("{}/{}", object.kind, object.name)),
                "path": finding.path,
                "template": finding.template.as_ref().map(|place| format!("{}:{}", place.file, place.line)),
                "values": finding.values,
                "evidence": finding.evidence,
                "profile": finding.profile,
            })
        })
        .collect();
    json!({ "verdict": decide(report, &Policy::default()).outcome, "findings": findings })
}
