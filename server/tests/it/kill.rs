//! Servers and workers killed (SIGKILL) at any moment while robots push and people decide, round after round on one
//! database: what was acknowledged holds, the rest is absent or whole, every job is taken up again, and the log verifies.
//! `CHARTGATE_TEST_ROUNDS` asks for more rounds, `CHARTGATE_TEST_SEED` repeats a run's chances (not the scheduler's).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::charts;
use crate::dice::{Dice, asked_count};
use crate::doors::{self, Door, digest};
use crate::http::{Line, Reply};
use crate::process::{PATIENCE, Server, Worker};
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
    publisher: String,
    reviewer: String,
    pushes: AtomicUsize,
    stop: AtomicBool,
    /// Answers that told a client to come back.
    put_off: AtomicUsize,
}

#[test]
fn nothing_is_lost_however_often_a_server_on_sqlite_is_killed() {
    rounds(Place::of(Database::Sqlite, Store::Folder).unwrap());
}

#[test]
fn nothing_is_lost_however_often_servers_and_workers_on_postgresql_are_killed() {
    if let Some(mut place) = Place::of(Database::Postgres, Store::S3) {
        place.set("CHARTGATE_WORKERS", "0");
        place.set("CHARTGATE_LEASE_SECONDS", LEASE_SECONDS);
        rounds(place);
    }
}

fn rounds(mut place: Place) {
    let mut dice = Dice::thrown();
    println!("CHARTGATE_TEST_SEED={} repeats these chances", dice.seed);
    place.set("CHARTGATE_LOG", "error");
    let mut server = Server::start_in(place, &[]);
    let mut worker = Worker::beside(&server.data);
    let known = Known {
        facts: Mutex::default(),
        publisher: server.token("robot-2", "publisher"),
        reviewer: server.token("lee", "reviewer"),
        pushes: AtomicUsize::new(0),
        stop: AtomicBool::new(false),
        put_off: AtomicUsize::new(0),
    };
    let (mut head, count) = (None, asked_count("CHARTGATE_TEST_ROUNDS", ROUNDS));
    let began = Instant::now();
    for round in 0..count {
        // Where workers are processes of their own, every third round takes one of them instead of the server.
        let of_worker = worker.is_some() && dice.below(3) == 0;
        let wait = KILL_MILLISECONDS.start + dice.below(KILL_MILLISECONDS.len());
        known.pushes.store(0, Ordering::SeqCst);
        known.stop.store(false, Ordering::SeqCst);
        let touched = std::thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS)
                .map(|client| {
                    let (line, dice) = (Line::to(&server.url("")), Dice::of(dice.next()));
                    let known = &known;
                    scope.spawn(move || known.live(&line, dice, &format!("{round}.{client}")))
                })
                .collect();
            std::thread::sleep(Duration::from_millis(wait as u64));
            if of_worker {
                worker = worker.take().map(Worker::kill_and_replace);
            } else {
                server.kill_in_place();
            }
            known.stop.store(true, Ordering::SeqCst);
            clients.into_iter().flat_map(|client| client.join().unwrap()).collect::<HashSet<Name>>()
        });
        if !of_worker {
            server = Server::start_in(server.leave(), &[]);
        }
        all_is_judged(&server.data);
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
    println!(
        "{count} kills in {:?}: {} versions tried, {pushed} acknowledged, {decided} decisions, {} answers put off",
        began.elapsed(),
        facts.len(),
        known.put_off.load(Ordering::SeqCst)
    );
    assert!(pushed > count && decided > count, "the load was too small to prove anything");
}

impl Known {
    /// One client until the server is gone or the round is over; gives the versions it had to do with.
    fn live(&self, line: &Line, mut dice: Dice, numbers: &str) -> HashSet<Name> {
        let (mut touched, mut count) = (HashSet::new(), 0);
        while !self.stop.load(Ordering::SeqCst) {
            let done = match dice.below(10) {
                0..4 if self.pushes.fetch_add(1, Ordering::SeqCst) < PUSHES_MAX => {
                    count += 1;
                    let name = (dice.one_of(&CHARTS).to_owned(), format!("{numbers}.{count}"));
                    touched.insert(name.clone());
                    self.push(line, &mut dice, &name)
                }
                0..8 => match self.some_version(&mut dice) {
                    Some(name) => {
                        touched.insert(name.clone());
                        self.decide(line, dice.one_of(&VERBS), &name)
                    }
                    None => Some(()),
                },
                _ => self.some_version(&mut dice).map_or(Some(()), |name| self.pull(line, &name)),
            };
            if done.is_none() {
                break;
            }
        }
        touched
    }

    fn some_version(&self, dice: &mut Dice) -> Option<Name> {
        let facts = self.facts.lock().unwrap();
        if facts.is_empty() {
            return None;
        }
        facts.keys().nth(dice.below(facts.len())).cloned()
    }

    /// Pushes through a door; `None` when nobody answers any more.
    fn push(&self, line: &Line, dice: &mut Dice, name: &Name) -> Option<()> {
        let privileged = dice.below(6) == 0;
        let bytes =
            if privileged { charts::privileged(&name.0, &name.1) } else { charts::clean(&name.0, &name.1) };
        let fact = Fact { digest: digest(&bytes), privileged, ..Fact::default() };
        self.facts.lock().unwrap().insert(name.clone(), fact);
        let reply = self.through(line, dice.one_of(&doors::DOORS), name, bytes)?;
        if self.done(&reply, &[201, 202], &[]) {
            self.facts.lock().unwrap().get_mut(name).unwrap().pushed = true;
        }
        Some(())
    }

    fn through(&self, line: &Line, door: Door, name: &Name, bytes: Vec<u8>) -> Option<Reply> {
        let token = Some(self.publisher.as_str());
        let gzip = "application/gzip";
        match door {
            Door::Raw => line.call("POST", "/api/charts/charts", token, gzip, bytes),
            Door::Api => line.call("POST", "/api/v1/repositories/charts/charts", token, gzip, bytes),
            Door::Form => {
                let mut body =
                    b"--edge\r\nContent-Disposition: form-data; name=\"chart\"; filename=\"c.tgz\"\r\n\r\n"
                        .to_vec();
                body.extend_from_slice(&bytes);
                body.extend_from_slice(b"\r\n--edge--\r\n");
                line.call("POST", "/charts/api/charts", token, "multipart/form-data; boundary=edge", body)
            }
            Door::Oci => {
                let (chart, version) = name;
                let config = doors::config(chart, version);
                let manifest = doors::manifest(&config, &[(doors::LAYER_TYPE, &bytes)]);
                for blob in [config, bytes] {
                    let path = format!("/v2/charts/{chart}/blobs/uploads/?digest={}", digest(&blob));
                    let reply = line.call("POST", &path, token, "application/octet-stream", blob)?;
                    if reply.status != 201 {
                        return Some(reply);
                    }
                }
                let path = format!("/v2/charts/{chart}/manifests/{version}");
                line.call("PUT", &path, token, doors::MANIFEST_TYPE, manifest)
            }
        }
    }

    /// Decides on what stands there now; `None` when nobody answers any more.
    fn decide(&self, line: &Line, verb: &'static str, name: &Name) -> Option<()> {
        let path = api_path(name);
        let reply = line.call("GET", &path, Some(&self.reviewer), "", Vec::new())?;
        if !self.done(&reply, &[200], &[404]) {
            return Some(());
        }
        let status = reply.json();
        let body = serde_json::json!({
            "reason": "seen in a test",
            "digest": status["digest"],
            "policy_version": status["policy_version"],
        });
        let path = format!("{path}/{verb}");
        let body = body.to_string().into_bytes();
        let reply = line.call("POST", &path, Some(&self.reviewer), "application/json", body)?;
        if self.done(&reply, &[200], &[409]) {
            self.facts.lock().unwrap().get_mut(name).unwrap().decided.push(verb);
        }
        Some(())
    }

    /// Pulls as anybody would; what is given must hash. `None` when nobody answers any more.
    fn pull(&self, line: &Line, name: &Name) -> Option<()> {
        let path = format!("/charts/charts/{}-{}.tgz", name.0, name.1);
        let reply = line.call("GET", &path, None, "", Vec::new())?;
        if self.done(&reply, &[200], &[403, 404]) {
            let mut facts = self.facts.lock().unwrap();
            let fact = facts.get_mut(name).unwrap();
            assert_eq!(digest(&reply.bytes), fact.digest, "{name:?} was served with other bytes");
            fact.served = true;
        }
        Some(())
    }

    /// Whether it was done; refused is as good, and so is being told to come back. All else fails the test.
    fn done(&self, reply: &Reply, done: &[u16], refused: &[u16]) -> bool {
        if reply.status == 503 {
            self.put_off.fetch_add(1, Ordering::SeqCst);
        }
        let known = done.contains(&reply.status) || refused.contains(&reply.status) || reply.status == 503;
        assert!(known, "{}: {}", reply.status, String::from_utf8_lossy(&reply.bytes));
        done.contains(&reply.status)
    }

    /// Acknowledged is there, unacknowledged is absent or whole, and states agree with the decisions that were told.
    fn check_versions(&self, server: &Server, names: &HashSet<Name>) {
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
    fn check_index(&self, server: &Server) {
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
    fn check_bytes(&self, server: &Server) {
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

fn api_path(name: &Name) -> String {
    format!("/api/v1/repositories/charts/charts/{}/versions/{}", name.0, name.1)
}

/// Waits until no job is left, whoever held it when it was killed.
fn all_is_judged(place: &Place) {
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
fn check_rows(place: &Place) {
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
fn check_log(place: &Place, before: Option<&str>) -> String {
    let mut arguments = vec!["audit", "verify"];
    arguments.extend(before.map(|head| ["--contains", head]).iter().flatten());
    place.done(&arguments).rsplit(' ').next().unwrap().to_owned()
}
