//! A database that is away, refuses, or has other tables: every door says so and when to come back, nothing is lost, and
//! work goes on without a restart once it is back. What the blob store can do wrong is in `store_faults`.

use std::process::Output;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::charts::clean;
use crate::doors::{Door, Parcel};
use crate::http::{Line, get};
use crate::postgres::Postgres;
use crate::process::{PATIENCE, Server, free_port};
use crate::stores::{Database, Place, Store};

/// Nobody waits longer than this to learn that the database is away.
const REFUSAL_MAX: Duration = Duration::from_secs(12);
/// In a URL or a file of these tests, and nowhere in what is printed.
const CANARY: &str = "canary-5d1f9c3a";

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A server on this database that is expected to end at once.
fn refused(place: &Place) -> Output {
    place.run(&["serve", "--listen", "127.0.0.1:0"])
}

#[test]
fn without_postgresql_every_door_says_so_and_all_goes_on_when_it_is_back() {
    let Some(mut postgres) = Postgres::begin() else { return };
    let mut place = Place::of(Database::Sqlite, Store::Folder).unwrap();
    place.set("CHARTGATE_DATABASE", &postgres.database());
    place.set("CHARTGATE_WORKERS", "1");
    let server = Server::start_in(place, &[]);
    let (publisher, reviewer) = (server.token("ci", "publisher"), server.token("lee", "reviewer"));
    let bytes = clean("demo", "1.0.0");
    let parcel = Parcel { repository: "charts", name: "demo", version: "1.0.0", bytes: &bytes };
    Door::Raw.push(&server, Some(&publisher), parcel).expect(202);
    server.approve("charts/demo", "1.0.0");
    let index = get(&server.url("/charts/index.yaml"), None).expect(200);

    let stop = AtomicBool::new(false);
    let acknowledged = std::thread::scope(|scope| {
        let pushing = scope.spawn(|| push_until(&stop, &server.url(""), &publisher));
        let ended = Ended(&stop);
        std::thread::sleep(Duration::from_millis(300));
        postgres.crash();
        get(&server.url("/healthz"), None).expect(200);
        let refusals = [
            ("GET", "/readyz", None),
            ("GET", "/charts/index.yaml", None),
            ("GET", "/charts/charts/demo-1.0.0.tgz", None),
            ("GET", "/v2/charts/demo/manifests/1.0.0", None),
            ("GET", "/ui/charts", None),
            ("POST", "/api/charts/charts", Some(&publisher)),
            ("POST", "/v2/charts/demo/blobs/uploads/", Some(&publisher)),
            ("POST", "/api/v1/repositories/charts/charts", Some(&publisher)),
            ("GET", "/api/v1/queue", Some(&reviewer)),
        ]
        .map(|(method, path, token)| {
            let url = server.url("");
            scope.spawn(move || put_off(&url, method, path, token))
        });
        for refusal in refusals {
            refusal.join().unwrap();
        }
        assert_eq!(server.data.run(&["audit", "verify"]).status.code(), Some(7));
        let output = server.client(&publisher, &["queue"]);
        assert_eq!(output.status.code(), Some(7), "{}", stderr(&output));
        postgres.start();
        let until = Instant::now() + PATIENCE;
        while get(&server.url("/readyz"), None).status != 200 {
            assert!(Instant::now() < until, "the server does not come back");
            std::thread::sleep(Duration::from_millis(100));
        }
        std::thread::sleep(Duration::from_millis(300));
        drop(ended);
        pushing.join().unwrap()
    });
    assert!(!acknowledged.is_empty());
    for version in acknowledged {
        let status = server.settled("charts/load", &version, &reviewer);
        assert_eq!(status["state"], "in review", "{status}");
    }
    let again = get(&server.url("/charts/index.yaml"), None).expect(200);
    assert_eq!((again.header("etag"), &again.bytes), (index.header("etag"), &index.bytes));
    server.data.done(&["audit", "verify"]);
}

/// One request that must be told in time that the database is away, and when to come back.
fn put_off(url: &str, method: &str, path: &str, token: Option<&String>) {
    let began = Instant::now();
    let (content_type, body) =
        if method == "POST" { ("application/gzip", clean("demo", "2.0.0")) } else { ("", Vec::new()) };
    let reply = Line::to(url).call(method, path, token.map(String::as_str), content_type, body).unwrap();
    let text = String::from_utf8_lossy(&reply.bytes);
    assert_eq!(reply.status, 503, "{method} {path}: {text}");
    assert!(reply.retry_after.is_some(), "{method} {path} does not say when to come back");
    assert!(text.contains("database"), "{method} {path} does not say why: {text}");
    assert!(began.elapsed() < REFUSAL_MAX, "{method} {path} took {:?}", began.elapsed());
}

/// Tells the pushing thread to stop, also when the test has failed.
struct Ended<'a>(&'a AtomicBool);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Pushes new versions until told to stop; gives those that were acknowledged. Nothing but 202 and 503 is an answer.
fn push_until(stop: &AtomicBool, url: &str, publisher: &str) -> Vec<String> {
    let line = Line::to(url);
    let mut acknowledged = Vec::new();
    for number in 0.. {
        if stop.load(Ordering::SeqCst) {
            break;
        }
        let version = format!("1.{number}.0");
        let bytes = clean("load", &version);
        let reply =
            line.call("POST", "/api/charts/charts", Some(publisher), "application/gzip", bytes).unwrap();
        match reply.status {
            202 => acknowledged.push(version),
            503 => assert!(reply.retry_after.is_some()),
            other => panic!("{other}: {}", String::from_utf8_lossy(&reply.bytes)),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    acknowledged
}

#[test]
fn a_database_that_cannot_be_reached_or_refuses_is_told_apart_at_the_start() {
    let mut place = Place::of(Database::Sqlite, Store::Folder).unwrap();
    let port = free_port();
    place.set("CHARTGATE_DATABASE", &format!("postgres://chartgate:{CANARY}@127.0.0.1:{port}/charts"));
    for output in [refused(&place), place.run(&["worker"]), place.run(&["admin", "sign-in-link"])] {
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(7), "{said}");
        assert!(said.contains(&format!("127.0.0.1:{port}")) && said.contains("cannot be reached"), "{said}");
        assert!(!said.contains(CANARY), "{said}");
    }
    for no_url in ["mysql://a@b/c", "postgres://", "/var/lib/x", &format!("postgres:/x:{CANARY}@")] {
        place.set("CHARTGATE_DATABASE", no_url);
        let output = refused(&place);
        let said = stderr(&output);
        assert!(matches!(output.status.code(), Some(2 | 7)), "{no_url}: {said}");
        assert!(!said.contains(CANARY), "{said}");
    }
    let Some(postgres) = crate::postgres::shared() else { return };
    let database = postgres.database();
    let name = database.rsplit('/').next().unwrap();
    for (who, why) in [
        (format!("locked:{CANARY}"), "password authentication failed"),
        ("nobody-of-that-name".to_owned(), "does not exist"),
    ] {
        place.set("CHARTGATE_DATABASE", &postgres.url(&who, name));
        let output = refused(&place);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("refuses the connection") && said.contains(why), "{said}");
        assert!(!said.contains(CANARY), "{said}");
    }
    place.set("CHARTGATE_DATABASE", &postgres.url("chartgate", "no_such_database"));
    let output = refused(&place);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("no_such_database"), "{}", stderr(&output));
}

#[test]
fn tables_of_another_version_are_left_alone_on_sqlite() {
    tables_of_another_version(Place::of(Database::Sqlite, Store::Folder).unwrap());
}

#[test]
fn tables_of_another_version_are_left_alone_on_postgresql() {
    if let Some(place) = Place::of(Database::Postgres, Store::Folder) {
        tables_of_another_version(place);
    }
}

fn tables_of_another_version(place: Place) {
    let place = Server::start_in(place, &[]).kill();
    for (what, statement, says) in [
        (
            "a newer database",
            "INSERT INTO _sqlx_migrations (version, description, installed_on, success, checksum, execution_time)
             SELECT 9999, 'later', installed_on, success, checksum, execution_time
             FROM _sqlx_migrations WHERE version = 1",
            ["newer chartgate", "9999"],
        ),
        (
            "another history",
            "UPDATE _sqlx_migrations SET checksum = (SELECT checksum FROM _sqlx_migrations WHERE version = 2)
             WHERE version = 1",
            ["not made by a released chartgate", "migration 1"],
        ),
        (
            "an unfinished migration",
            "UPDATE _sqlx_migrations SET success = false WHERE version = 1",
            ["unfinished migration 1", "backup"],
        ),
        (
            "tables of somebody else",
            "DELETE FROM _sqlx_migrations",
            ["cannot be migrated", "already exists"],
        ),
    ] {
        let copy = place.copy_of_database();
        copy.tamper("audit_entry", statement);
        let rows = || copy.ask("SELECT hash FROM audit_entry ORDER BY seq");
        let before = rows();
        for output in [refused(&copy), copy.run(&["audit", "verify"])] {
            let said = stderr(&output);
            assert_eq!(output.status.code(), Some(2), "{what}: {said}");
            for says in says {
                assert!(said.contains(says), "{what}: {said}");
            }
        }
        assert_eq!(rows(), before, "{what} was changed");
    }
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let place = Place::of(Database::Sqlite, Store::Folder).unwrap();
    std::fs::create_dir_all(place.data_dir()).unwrap();
    let file = place.data_dir().join("chartgate.db");
    std::fs::write(&file, vec![b'x'; 8_192]).unwrap();
    let output = refused(&place);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("chartgate.db"), "{}", stderr(&output));
    assert_eq!(std::fs::read(&file).unwrap(), vec![b'x'; 8_192], "it was written to");
}
