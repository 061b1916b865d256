//! Many robots on one version at the same moment, through every door and both replicas: one is first, and all others are
//! told so. People's races are in the tests of the registry.

use crate::charts::{clean, with_template};
use crate::doors::{DOORS, Parcel, digest};
use crate::http::{Answer, get};
use crate::process::Server;
use crate::stores::{Database, Place, Store};

const PUSHERS: usize = 64;
/// What rows there are of one version that was pushed and judged: archive, config, manifest and report.
const BLOBS: &str = "SELECT digest FROM blob";
const PUSHED: &str = "SELECT entry FROM audit_entry WHERE action = 'version.push'";

#[test]
fn of_64_pushes_of_different_bytes_one_comes_in_on_sqlite() {
    different_bytes(&[Server::start_in(sqlite(), &[])]);
}

#[test]
fn of_64_pushes_of_different_bytes_one_comes_in_on_two_replicas() {
    if let Some(replicas) = replicas() {
        different_bytes(&replicas);
    }
}

#[test]
fn the_same_bytes_64_times_at_once_are_one_version_on_sqlite() {
    same_bytes(&[Server::start_in(sqlite(), &[])]);
}

#[test]
fn the_same_bytes_64_times_at_once_are_one_version_on_two_replicas() {
    if let Some(replicas) = replicas() {
        same_bytes(&replicas);
    }
}

fn sqlite() -> Place {
    Place::of(Database::Sqlite, Store::Folder).unwrap()
}

/// Two servers on one PostgreSQL and one S3.
fn replicas() -> Option<[Server; 2]> {
    let place = Place::of(Database::Postgres, Store::S3)?;
    let beside = place.beside();
    Some([Server::start_in(place, &[]), Server::start_in(beside, &[])])
}

fn different_bytes(servers: &[Server]) {
    let settings = |number: usize| format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c{number}\n");
    let answers = push_at_once(servers, |number| with_template("demo", "1.0.0", &settings(number)));
    let statuses: Vec<u16> = answers.iter().map(|(_, answer)| answer.status).collect();
    let won: Vec<_> = answers.iter().filter(|(_, answer)| matches!(answer.status, 201 | 202)).collect();
    assert_eq!(won.len(), 1, "{statuses:?}");
    let winner = &won[0].0;
    for (number, (_, answer)) in answers.iter().enumerate().filter(|(_, (_, answer))| answer.status > 202) {
        assert_eq!(answer.status, 409, "{statuses:?}: {}", answer.text);
        let said = DOORS[number % DOORS.len()].sentence(answer);
        assert!(said.contains("demo 1.0.0") && said.contains(&digest(winner)), "{said}");
        assert!(said.contains("raise the version"), "{said}");
    }
    one_version(servers, winner);
}

fn same_bytes(servers: &[Server]) {
    let bytes = clean("demo", "1.0.0");
    let answers = push_at_once(servers, |_| bytes.clone());
    for (_, answer) in &answers {
        assert!(matches!(answer.status, 201 | 202), "{}: {}", answer.status, answer.text);
    }
    one_version(servers, &bytes);
}

/// Pushes version 1.0.0 of `demo` by all doors at once; what was pushed, and what was answered.
fn push_at_once(servers: &[Server], bytes: impl Fn(usize) -> Vec<u8> + Sync) -> Vec<(Vec<u8>, Answer)> {
    let publisher = servers[0].token("ci", "publisher");
    let start = std::sync::Barrier::new(PUSHERS);
    std::thread::scope(|scope| {
        let pushers: Vec<_> = (0..PUSHERS)
            .map(|number| {
                let (start, publisher, bytes) = (&start, &publisher, &bytes);
                scope.spawn(move || {
                    let bytes = bytes(number);
                    let parcel =
                        Parcel { repository: "charts", name: "demo", version: "1.0.0", bytes: &bytes };
                    // Each door meets each replica.
                    let server = &servers[number / DOORS.len() % servers.len()];
                    start.wait();
                    let answer = DOORS[number % DOORS.len()].push(server, Some(publisher), parcel);
                    (bytes, answer)
                })
            })
            .collect();
        pushers.into_iter().map(|pusher| pusher.join().unwrap()).collect()
    })
}

/// One version, one push in the log, one set of blobs, and the winner's bytes from every server.
fn one_version(servers: &[Server], winner: &[u8]) {
    let server = &servers[0];
    let publisher = server.token("ci", "publisher");
    let status = server.settled("charts/demo", "1.0.0", &publisher);
    assert_eq!(status["digest"], digest(winner));
    assert_eq!(server.data.ask("SELECT digest FROM version"), [digest(winner)]);
    assert_eq!(server.data.ask(PUSHED).len(), 1, "one push is in the log");
    let manifests = server.data.ask("SELECT digest FROM manifest").len();
    let named = server.data.ask(BLOBS);
    let configs = server.data.ask("SELECT DISTINCT config_digest FROM manifest").len();
    assert_eq!(named.len(), 2 + manifests + configs, "archive, report, manifests and configs: {named:?}");
    let stored = server.data.stored_files();
    for digest in named {
        let name = digest.trim_start_matches("sha256:");
        assert!(stored.iter().any(|path| path.ends_with(name)), "{digest} has a row and no bytes");
    }
    server.approve("charts/demo", "1.0.0");
    for server in servers {
        assert_eq!(get(&server.url("/charts/charts/demo-1.0.0.tgz"), None).expect(200).bytes, winner);
    }
    server.data.done(&["audit", "verify"]);
}
