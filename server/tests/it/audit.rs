//! The audit log: one entry for each change of state, in order, and no change to it stays unseen.

use std::process::Output;

use crate::charts::{clean, privileged};
use crate::doors::{Door, Parcel};
use crate::http::get;
use crate::process::Server;
use crate::stores::Place;

fn verify(place: &Place, more: &[&str]) -> Output {
    place.run(&[&["audit", "verify"], more].concat())
}

/// Pushes, approves, revokes one version and rejects another.
fn lived_in() -> Server {
    let server = Server::start(&[]);
    let (publisher, reviewer) = (server.token("ci", "publisher"), server.token("ana", "reviewer"));
    for (version, bytes) in [("1.0.0", clean("demo", "1.0.0")), ("2.0.0", privileged("demo", "2.0.0"))] {
        let parcel = Parcel { repository: "charts", name: "demo", version, bytes: &bytes };
        Door::Raw.push(&server, Some(&publisher), parcel).expect(202);
        server.settled("charts/demo", version, &publisher);
    }
    server.decide("approve", "charts/demo", "1.0.0", "read", &reviewer).expect(200);
    server.decide("revoke", "charts/demo", "1.0.0", "a leaked key", &reviewer).expect(200);
    server.decide("reject", "charts/demo", "2.0.0", "too much power", &reviewer).expect(200);
    server
}

#[test]
fn every_change_of_state_is_one_entry() {
    let server = lived_in();
    let wanted = [
        "version.push demo 1.0.0 ->quarantined",
        "version.judge demo 1.0.0 quarantined>in review",
        "version.push demo 2.0.0 ->quarantined",
        "version.judge demo 2.0.0 quarantined>in review",
        "version.approve demo 1.0.0 in review>approved",
        "version.revoke demo 1.0.0 approved>revoked",
        "version.reject demo 2.0.0 in review>rejected",
    ];
    assert_eq!(server.audit_actions(), wanted);
    let auditor = server.token("auditor", "auditor");
    let url = server.url("/api/v1/audit?action=version.revoke");
    let page = get(&url, Some(&auditor)).expect(200).json();
    let entry = &page["items"][0]["entry"];
    assert_eq!((&entry["actor"], &entry["reason"]), (&"ana".into(), &"a leaked key".into()));
    for field in ["digest", "policy_version", "request_id"] {
        assert!(entry[field].is_string(), "{field} in {entry}");
    }
    for token in [None, Some(&*server.token("ci", "publisher"))] {
        let answer = get(&server.url("/api/v1/audit"), token);
        assert!(matches!(answer.status, 401 | 403), "{}", answer.status);
    }
}

#[test]
fn the_log_comes_in_pages_without_gaps() {
    let server = lived_in();
    let auditor = server.token("auditor", "auditor");
    let (mut seen, mut before): (Vec<i64>, Option<i64>) = (Vec::new(), None);
    loop {
        let from = before.map_or_else(String::new, |before| format!("&before={before}"));
        let url = server.url(&format!("/api/v1/audit?limit=3{from}"));
        let page = get(&url, Some(&auditor)).expect(200).json();
        seen.extend(page["items"].as_array().unwrap().iter().map(|row| row["seq"].as_i64().unwrap()));
        match page["next"].as_i64() {
            Some(next) => before = Some(next),
            None => break,
        }
    }
    let newest = seen[0];
    assert_eq!(seen, (1..=newest).rev().collect::<Vec<i64>>());
}

#[test]
fn tampering_with_the_log_is_found() {
    let place = lived_in().kill();
    let sound = verify(&place, &[]);
    assert_eq!(sound.status.code(), Some(0), "{}", String::from_utf8_lossy(&sound.stderr));
    let text = String::from_utf8(sound.stdout).unwrap();
    let head = text.trim().rsplit(' ').next().unwrap().to_owned();
    let known = verify(&place, &["--contains", &head]);
    assert_eq!(known.status.code(), Some(0), "{}", String::from_utf8_lossy(&known.stderr));
    let cut = "DELETE FROM audit_entry WHERE seq = (SELECT MAX(seq) FROM audit_entry)";
    for (what, statement, more) in [
        ("a changed actor", "UPDATE audit_entry SET entry = replace(entry, '\"ana\"', '\"eve\"')", vec![]),
        ("a changed column", "UPDATE audit_entry SET actor = 'eve' WHERE actor = 'ana'", vec![]),
        ("a missing entry", "DELETE FROM audit_entry WHERE seq = 3", vec![]),
        ("a cut end", cut, vec!["--contains", &*head]),
    ] {
        let copy = place.copy_of_database();
        copy.tamper("audit_entry", statement);
        let output = verify(&copy, &more);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_ne!(output.status.code(), Some(0), "{what} was not found: {said}");
        assert!(said.contains("audit log"), "{what}: {said}");
    }
}
