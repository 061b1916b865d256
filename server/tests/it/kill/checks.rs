//! What must hold after every kill: of what clients were told, of the rows alone, of the bytes, of index and log.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

use super::{Known, Name, api_path};
use crate::doors::digest;
use crate::http::Line;
use crate::process::{PATIENCE, Server};
use crate::stores::Place;

impl Known {
    /// Acknowledged is there, unacknowledged is absent or whole, and states agree with the decisions that were told.
    pub(super) fn check_versions(&self, server: &Server, names: &HashSet<Name>) {
        let line = Line::to(&server.url(""));
        for name in names {
            let reply = line.call("GET", &api_path(name), Some(&self.reviewer), "", Vec::new()).unwrap();
            let facts = self.facts.lock().unwrap();
            let fact = &facts[name];
            if reply.status == 404 {
                assert!(!fact.pushed && !fact.served, "{name:?} is lost: {fact:?}");
                continue;
            }
            assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.bytes));
            let status = reply.json();
            let state = status["state"].as_str().unwrap();
            assert_eq!(status["digest"], fact.digest, "{name:?}");
            assert_eq!(status["verdict"], if fact.privileged { "block" } else { "pass" }, "{status}");
            let may_be: &[&str] = match &fact.decided[..] {
                [] if fact.served => &["approved", "revoked"],
                [] => &["in review", "approved", "rejected", "revoked"],
                ["approve"] => &["approved", "revoked"],
                ["reject"] => &["rejected"],
                ["revoke"] | ["approve", "revoke"] => &["revoked"],
                more => panic!("{name:?} was decided on more than once: {more:?}"),
            };
            assert!(may_be.contains(&state), "{name:?} is {state}, and clients know {fact:?}");
            assert!(!fact.privileged || !matches!(state, "approved" | "revoked"), "{name:?} was blocked");
        }
    }

    /// The index has exactly what is approved, with the right digests.
    pub(super) fn check_index(&self, server: &Server) {
        let reply =
            Line::to(&server.url("")).call("GET", "/charts/index.yaml", None, "", Vec::new()).unwrap();
        let index = renderer::yaml::decode_map(&reply.bytes).unwrap_or_else(|error| panic!("{error:?}"));
        let index = renderer::json::to_serde(&index);
        let facts = self.facts.lock().unwrap();
        let mut listed: Vec<String> = Vec::new();
        for entry in index["entries"].as_object().unwrap().values().flat_map(|of| of.as_array().unwrap()) {
            let text = |key: &str| entry[key].as_str().unwrap().to_owned();
            let name = (text("name"), text("version"));
            assert_eq!(
                format!("sha256:{}", text("digest").trim_start_matches("sha256:")),
                facts[&name].digest
            );
            listed.push(format!("{} {}", name.0, name.1));
        }
        listed.sort();
        let mut approved = server.data.ask(
            "SELECT chart.name || ' ' || version.version FROM version JOIN chart ON chart.id = version.chart_id
             WHERE version.state = 'approved'",
        );
        approved.sort();
        assert_eq!(listed, approved, "the index is not what is approved");
    }

    /// Every blob that a row names is stored whole, and every approved version is served with its bytes.
    pub(super) fn check_bytes(&self, server: &Server) {
        let stored: HashMap<String, std::path::PathBuf> = server
            .data
            .stored_files()
            .into_iter()
            .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), path))
            .collect();
        for named in server.data.ask("SELECT digest FROM blob") {
            let path = stored.get(named.trim_start_matches("sha256:"));
            let bytes = std::fs::read(path.unwrap_or_else(|| panic!("{named} is not stored"))).unwrap();
            assert_eq!(digest(&bytes), named);
        }
        let line = Line::to(&server.url(""));
        let mut served = 0;
        for name in self.facts.lock().unwrap().keys() {
            let path = format!("/charts/charts/{}-{}.tgz", name.0, name.1);
            let reply = line.call("GET", &path, None, "", Vec::new()).unwrap();
            served += usize::from(reply.status == 200);
        }
        let approved = server.data.ask("SELECT id FROM version WHERE state = 'approved'").len();
        assert_eq!(served, approved);
    }
}

/// Waits until no job is left, whoever held it when it was killed.
pub(super) fn all_is_judged(place: &Place) {
    let until = Instant::now() + PATIENCE;
    loop {
        let left = place.ask("SELECT state || ' ' || id FROM job WHERE state IN ('queued', 'running')");
        if left.is_empty() {
            break;
        }
        assert!(Instant::now() < until, "jobs are not taken up again: {left:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
    let failed = place.ask("SELECT id || ' ' || COALESCE(error, '') FROM job WHERE state = 'failed'");
    assert!(failed.is_empty(), "{failed:?}");
}

/// What rows alone must tell: no state without its evidence, and the log agrees with every row.
pub(super) fn check_rows(place: &Place) {
    let without_evidence = place.ask(
        "SELECT version.id FROM version WHERE state IN ('approved', 'revoked') AND (
           verdict <> 'pass' OR published_at IS NULL
           OR NOT EXISTS (SELECT 1 FROM scan WHERE scan.id = version.scan_id AND scan.digest = version.digest
                          AND scan.complete)
           OR NOT EXISTS (SELECT 1 FROM vote WHERE vote.version_id = version.id AND vote.decision = 'approve'
                          AND vote.digest = version.digest AND vote.scan_id = version.scan_id)
           OR NOT EXISTS (SELECT 1 FROM manifest WHERE manifest.version_id = version.id))",
    );
    assert!(without_evidence.is_empty(), "published without evidence: {without_evidence:?}");
    let waiting = place.ask("SELECT id FROM version WHERE state = 'quarantined'");
    assert!(waiting.is_empty(), "no job and not judged: {waiting:?}");
    let mut states: BTreeMap<String, String> = BTreeMap::new();
    for entry in place.ask("SELECT entry FROM audit_entry WHERE action LIKE 'version.%' ORDER BY seq") {
        let entry: serde_json::Value = serde_json::from_str(&entry).unwrap();
        let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
        let name = format!("{} {}", text("chart"), text("version"));
        let before = states.get(&name).cloned().unwrap_or_default();
        assert_eq!(text("before"), before, "the log has a gap at {entry}");
        states.insert(name, text("after"));
    }
    let rows = place.ask(
        "SELECT chart.name || ' ' || version.version || '=' || version.state
         FROM version JOIN chart ON chart.id = version.chart_id",
    );
    let rows: BTreeMap<String, String> =
        rows.iter().map(|row| row.split_once('=').unwrap()).map(|(a, b)| (a.into(), b.into())).collect();
    assert_eq!(rows, states, "rows and log disagree");
}

/// The chain holds and still contains the head of the round before; gives its head now.
pub(super) fn check_log(place: &Place, before: Option<&str>) -> String {
    let mut arguments = vec!["audit", "verify"];
    arguments.extend(before.map(|head| ["--contains", head]).iter().flatten());
    place.done(&arguments).rsplit(' ').next().unwrap().to_owned()
}
