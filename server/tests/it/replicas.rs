//! Two servers on one PostgreSQL and one S3-compatible store, with nothing else in common: what one decides, the other
//! serves within a second, with the same bytes and validators.

use std::time::{Duration, Instant};

use crate::charts::clean;
use crate::doors::{DOORS, Parcel};
use crate::http::{Answer, get};
use crate::process::Server;
use crate::stores::{Database, Place, Store};

/// How long a decision may take to be served by another replica.
const PROPAGATION_MAX: Duration = Duration::from_secs(1);
const VERSIONS: usize = 5;

/// Asks until the answer is as wanted; how long that took, at most [`PROPAGATION_MAX`].
fn within_a_second(what: &str, began: Instant, ask: impl Fn() -> bool) -> Duration {
    while !ask() {
        assert!(began.elapsed() < PROPAGATION_MAX, "{what} is not served within a second");
        std::thread::sleep(Duration::from_millis(5));
    }
    let took = began.elapsed();
    assert!(took < PROPAGATION_MAX, "{what} took {took:?}");
    took
}

fn index(server: &Server) -> Answer {
    get(&server.url("/charts/index.yaml"), None).expect(200)
}

#[test]
fn what_one_replica_decides_the_other_serves_within_a_second() {
    let Some(place) = Place::of(Database::Postgres, Store::S3) else { return };
    let beside = place.beside();
    let (a, b) = (Server::start_in(place, &[]), Server::start_in(beside, &[]));
    let (publisher, reviewer) = (a.token("ci", "publisher"), b.token("lee", "reviewer"));
    let mut slowest = Duration::ZERO;
    for number in 0..VERSIONS {
        let version = format!("1.{number}.0");
        let bytes = clean("demo", &version);
        let parcel = Parcel { repository: "charts", name: "demo", version: &version, bytes: &bytes };
        let pushed = DOORS[number % DOORS.len()].push(&a, Some(&publisher), parcel);
        assert!(matches!(pushed.status, 201 | 202), "{}", pushed.text);
        b.settled("charts/demo", &version, &reviewer);
        let file = format!("/charts/charts/demo-{version}.tgz");
        let served = |server: &Server| get(&server.url(&file), None);
        let before = index(&b);
        assert_ne!(served(&b).status, 200);

        let decided = a.decide("approve", "charts/demo", &version, "fine", &reviewer).expect(200);
        let began = Instant::now();
        assert_eq!(decided.json()["state"], "approved");
        within_a_second("an approval", began, || served(&b).status == 200);
        slowest = slowest.max(within_a_second("a new index", began, || {
            let seen = index(&b);
            seen.header("etag") != before.header("etag") && seen.text.contains(&format!("demo-{version}.tgz"))
        }));
        assert_eq!(served(&b).bytes, bytes);
        let (here, there) = (index(&a), index(&b));
        assert_eq!(here.header("etag"), there.header("etag"), "one state, two validators");
        assert_eq!(here.header("last-modified"), there.header("last-modified"));
        assert_eq!(here.bytes, there.bytes);

        b.decide("revoke", "charts/demo", &version, "found out", &reviewer).expect(200);
        let began = Instant::now();
        within_a_second("a revocation", began, || served(&a).status != 200);
        slowest = slowest.max(within_a_second("the index after it", began, || {
            !index(&a).text.contains(&format!("demo-{version}.tgz"))
        }));
        assert_eq!(index(&a).header("etag"), index(&b).header("etag"));
    }
    eprintln!("the slowest of {} changes was served by the other replica after {slowest:?}", 2 * VERSIONS);
    a.data.done(&["audit", "verify"]);
}

/// One replica is killed in the middle of its work; the other goes on, and the log stays one chain.
#[test]
fn the_second_replica_goes_on_when_the_first_is_killed() {
    let Some(place) = Place::of(Database::Postgres, Store::S3) else { return };
    let beside = place.beside();
    let (a, b) = (Server::start_in(place, &[]), Server::start_in(beside, &[]));
    let publisher = a.token("ci", "publisher");
    for (number, door) in DOORS.into_iter().enumerate() {
        let version = format!("1.{number}.0");
        let bytes = clean("demo", &version);
        let parcel = Parcel { repository: "charts", name: "demo", version: &version, bytes: &bytes };
        assert!(matches!(door.push(&a, Some(&publisher), parcel).status, 201 | 202));
    }
    a.kill();
    for number in 0..DOORS.len() {
        b.approve("charts/demo", &format!("1.{number}.0"));
    }
    assert_eq!(index(&b).text.matches(".tgz").count(), DOORS.len());
    b.data.done(&["audit", "verify"]);
}
