//! Servers, workers and PostgreSQL killed at any moment while robots push, people decide and a mirror fetches, round after round on one
//! database: what was acknowledged holds, the rest is absent or whole, every job is taken up again, and the log verifies.
//! `CHARTGATE_TEST_ROUNDS` asks for more rounds, `CHARTGATE_TEST_SEED` repeats a run's chances (not the scheduler's).

mod checks;
mod clients;
mod mirrored;

use std::collections::{BTreeMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use checks::{all_is_judged, check_log, check_rows};
use mirrored::Mirrored;

use crate::dice::{Dice, asked_count};
use crate::http::{Line, get};
use crate::postgres::Postgres;
use crate::process::{Server, Worker};
use crate::stores::{Database, Place, Store};

const ROUNDS: usize = 50;
/// Threads that push, decide and pull at once.
const CLIENTS: usize = 4;
/// New versions of one round: as many as are judged in about a second.
const PUSHES_MAX: usize = 16;
/// The kill comes this long after the first request, at the earliest and the latest.
const KILL_MILLISECONDS: std::ops::Range<usize> = 30..700;
/// How long a job stays with a worker that was killed.
const LEASE_SECONDS: &str = "1";
/// A push by OCI that is broken off leaves its blobs waiting for an hour, and one robot may have 64 of them.
const ROBOT_ROUNDS: usize = 20;
const CHARTS: [&str; 3] = ["alpha", "beta", "gamma"];
const VERBS: [&str; 6] = ["approve", "approve", "approve", "reject", "revoke", "revoke"];

/// Chart and version.
type Name = (String, String);

/// What the clients know of one version.
#[derive(Debug, Default)]
struct Fact {
    digest: String,
    privileged: bool,
    /// Somebody was told that it is in.
    pushed: bool,
    /// Verbs that somebody was told are done.
    decided: Vec<&'static str>,
    /// Anonymous clients were given its bytes.
    served: bool,
}

/// What all clients know, over all rounds.
struct Known {
    facts: Mutex<BTreeMap<Name, Fact>>,
    /// The robot's token. Another robot comes every [`ROBOT_ROUNDS`].
    publisher: Mutex<String>,
    reviewer: String,
    pushes: AtomicUsize,
    stop: AtomicBool,
    /// Answers that told a client to come back.
    put_off: AtomicUsize,
}

/// Who is killed in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Victim {
    Server,
    Worker,
    Database,
}

/// Where workers are processes of their own, and the database too.
const VICTIMS: [Victim; 7] = [
    Victim::Server,
    Victim::Server,
    Victim::Server,
    Victim::Worker,
    Victim::Worker,
    Victim::Worker,
    Victim::Database,
];

#[test]
fn nothing_is_lost_however_often_a_server_on_sqlite_is_killed() {
    rounds(Place::of(Database::Sqlite, Store::Folder).unwrap(), None);
}

#[test]
fn nothing_is_lost_however_often_servers_workers_and_postgresql_are_killed() {
    let Some(postgres) = Postgres::begin() else { return };
    let mut place = Place::of(Database::Sqlite, Store::S3).unwrap();
    place.set("CHARTGATE_DATABASE", &postgres.database());
    place.set("CHARTGATE_WORKERS", "0");
    place.set("CHARTGATE_LEASE_SECONDS", LEASE_SECONDS);
    rounds(place, Some(postgres));
}

fn rounds(mut place: Place, mut postgres: Option<Postgres>) {
    let mut dice = Dice::thrown();
    eprintln!("CHARTGATE_TEST_SEED={} repeats these chances", dice.seed);
    place.set("CHARTGATE_LOG", "error");
    place.set("CHARTGATE_ALLOW_NETWORKS", "127.0.0.0/8");
    let mut server = Server::start_in(place, &[]);
    let mut worker = Worker::beside(&server.data);
    let known = Known {
        facts: Mutex::default(),
        publisher: Mutex::default(),
        reviewer: server.token("lee", "reviewer"),
        pushes: AtomicUsize::new(0),
        stop: AtomicBool::new(false),
        put_off: AtomicUsize::new(0),
    };
    let mirrored = Mirrored::follow(&server);
    let (mut head, count) = (None, asked_count("CHARTGATE_TEST_ROUNDS", ROUNDS));
    let began = Instant::now();
    for round in 0..count {
        let victim = if postgres.is_some() { dice.one_of(&VICTIMS) } else { Victim::Server };
        let wait = KILL_MILLISECONDS.start + dice.below(KILL_MILLISECONDS.len());
        if round % ROBOT_ROUNDS == 0 {
            *known.publisher.lock().unwrap() = server.token(&format!("robot-{round}"), "publisher");
        }
        known.pushes.store(0, Ordering::SeqCst);
        known.stop.store(false, Ordering::SeqCst);
        let offered = mirrored.offer(&server, &known, round);
        let mut touched = std::thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS)
                .map(|client| {
                    let (line, dice) = (Line::to(&server.url("")), Dice::of(dice.next()));
                    let known = &known;
                    scope.spawn(move || known.live(&line, dice, &format!("{round}.{client}")))
                })
                .collect();
            std::thread::sleep(Duration::from_millis(wait as u64));
            match victim {
                Victim::Server => server.kill_in_place(),
                Victim::Worker => worker = worker.take().map(Worker::kill_and_replace),
                Victim::Database => postgres.as_mut().unwrap().crash(),
            }
            known.stop.store(true, Ordering::SeqCst);
            clients.into_iter().flat_map(|client| client.join().unwrap()).collect::<HashSet<Name>>()
        });
        match victim {
            Victim::Server => server = Server::start_in(server.leave(), &[]),
            Victim::Worker => {}
            Victim::Database => {
                postgres.as_mut().unwrap().start();
                server.wait_for("the database", |server| get(&server.url("/readyz"), None).status == 200);
            }
        }
        all_is_judged(&server.data);
        Mirrored::has_arrived(&known, &offered);
        Mirrored::check_rows(&server.data);
        touched.extend(offered);
        known.check_versions(&server, &touched);
        check_rows(&server.data);
        head = Some(check_log(&server.data, head.as_deref()));
        known.check_index(&server);
    }
    let all: HashSet<Name> = known.facts.lock().unwrap().keys().cloned().collect();
    known.check_versions(&server, &all);
    known.check_bytes(&server);
    let facts = known.facts.lock().unwrap();
    let pushed = facts.values().filter(|fact| fact.pushed).count();
    let decided: usize = facts.values().map(|fact| fact.decided.len()).sum();
    eprintln!(
        "{count} kills in {:?}: {} versions tried, {pushed} acknowledged, {decided} decisions, {} answers put off",
        began.elapsed(),
        facts.len(),
        known.put_off.load(Ordering::SeqCst)
    );
    assert!(pushed > count && decided > count, "the load was too small to prove anything");
}

fn api_path(name: &Name) -> String {
    format!("/api/v1/repositories/charts/charts/{}/versions/{}", name.0, name.1)
}
