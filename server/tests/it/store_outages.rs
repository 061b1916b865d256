//! What whole blob stores can do to a running server: they go away, answer badly, fill up, change bytes, or never were there.
//! Everybody is told why and when to come back, and all works again without a restart.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::charts::clean;
use crate::doors::{Door, Parcel, config, digest};
use crate::http::{Answer, get};
use crate::process::{PATIENCE, Server, free_port, plain_status};
use crate::s3::{Fault, PREFIX, S3, SECRET_ACCESS_KEY};
use crate::stores::{Database, Place, Store};

fn parcel<'a>(version: &'a str, bytes: &'a [u8]) -> Parcel<'a> {
    Parcel { repository: "charts", name: "demo", version, bytes }
}

/// A place whose blobs are in this store.
fn on_s3(mut place: Place, s3: &S3) -> Place {
    for (name, value) in s3.env() {
        place.set(&name, &value);
    }
    place
}

/// The reason of a refusal that asks the client to come back later.
#[track_caller]
fn refused(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert!(answer.text.contains("store") || answer.text.contains("room"), "a reason: {}", answer.text);
    assert!(answer.header("retry-after").parse::<u32>().is_ok(), "says when to come back");
}

/// A store that went away or answers badly: everybody is told so in time, and nobody needs to restart anything.
#[test]
fn a_store_that_fails_is_told_about_and_comes_back() {
    let mut s3 = S3::start();
    let mut server = Server::start_in(on_s3(Place::fresh(), &s3), &["--workers", "1"]);
    let publisher = server.token("ci", "publisher");
    let token = Some(&*publisher);
    // Each is read for the first time while the store fails: what was read lately is served from memory.
    let versions: Vec<String> = (0..7).map(|number| format!("1.0.{number}")).collect();
    let charts: Vec<Vec<u8>> = versions.iter().map(|version| clean("demo", version)).collect();
    for (version, chart) in versions.iter().zip(&charts) {
        Door::Oci.push(&server, token, parcel(version, chart)).expect(201);
        server.approve("charts/demo", version);
    }
    let address = server.url("");
    let file = |number: usize| format!("{address}/charts/charts/demo-1.0.{number}.tgz");
    let blob = |number: usize| format!("{address}/v2/charts/demo/blobs/{}", digest(&charts[number]));
    let new = clean("demo", "2.0.0");
    let index = get(&server.url("/charts/index.yaml"), None).expect(200).bytes;

    let failures = [
        (Some(Fault::Status(500)), 503),
        (Some(Fault::Status(403)), 503),
        (Some(Fault::Status(507)), 507),
        (None, 503),
    ];
    for (number, (fault, status)) in failures.into_iter().enumerate() {
        match fault {
            Some(_) => s3.fault(fault),
            None => s3.stop(),
        }
        for door in [Door::Raw, Door::Oci, Door::Api] {
            refused(&door.push(&server, token, parcel("2.0.0", &new)), status);
        }
        for url in [&file(number), &blob(number), &server.url("/readyz")] {
            refused(&get(url, None), status);
        }
        for (before, chart) in charts[..number].iter().enumerate() {
            assert_eq!(get(&file(before), None).expect(200).bytes, *chart);
        }
        get(&server.url("/healthz"), None).expect(200);
        assert_eq!(get(&server.url("/charts/index.yaml"), None).expect(200).bytes, index);
        match fault {
            Some(_) => s3.fault(None),
            None => s3.start_again(),
        }
        server.wait_for("the store", |server| get(&server.url("/readyz"), None).status == 200);
        assert_eq!(get(&file(number), None).expect(200).bytes, charts[number]);
    }
    for (number, fault, status) in [(4, Fault::TornBody, 503), (5, Fault::WrongBytes, 500)] {
        s3.fault(Some(fault));
        for url in [file(number), blob(number)] {
            assert_eq!(get(&url, None).status, status, "{fault:?}");
        }
        s3.fault(None);
        assert_eq!(get(&file(number), None).expect(200).bytes, charts[number]);
    }
    s3.fault(Some(Fault::Slow(Duration::from_secs(60))));
    let in_time = |ask: &dyn Fn() -> Answer| {
        let begun = Instant::now();
        refused(&ask(), 503);
        assert!(begun.elapsed().as_secs() < 12, "a dead store is noticed: {:?}", begun.elapsed());
    };
    in_time(&|| get(&file(6), None));
    in_time(&|| get(&server.url("/readyz"), None));
    for door in [Door::Raw, Door::Oci] {
        in_time(&|| door.push(&server, token, parcel("2.0.0", &new)));
    }
    s3.fault(None);
    Door::Raw.push(&server, token, parcel("2.0.0", &new)).expect(202);
    server.approve("charts/demo", "2.0.0");
    assert_eq!(get(&server.url("/charts/charts/demo-2.0.0.tgz"), None).expect(200).bytes, new);
    let pushes = server.audit_actions().iter().filter(|line| line.starts_with("version.push")).count();
    assert_eq!(pushes, 8, "refused pushes are none");
}

/// What an operator gets wrong is said at start, with the exit code for it and without the secret.
#[test]
fn a_store_that_cannot_be_used_is_named_at_start_where_it_is_needed() {
    let mut s3 = S3::start();
    let start = |name: &str, value: &str| {
        let mut place = on_s3(Place::fresh(), &s3);
        place.set(name, value);
        place.run(&["serve", "--listen", "127.0.0.1:0"])
    };
    let check = |output: std::process::Output, code: i32, says: &str| {
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert_eq!(output.status.code(), Some(code), "{text}");
        assert!(text.contains(says) && !text.contains("canary"), "{text}");
    };
    check(start("CHARTGATE_S3_SECRET_ACCESS_KEY", "canary-wrong"), 2, "refuses the credentials");
    check(start("CHARTGATE_BLOBS", "s3://elsewhere/store"), 2, "make the bucket first");
    check(start("CHARTGATE_S3_ENDPOINT", "http://u:canary@127.0.0.1:1"), 2, "holds credentials");
    check(
        start("CHARTGATE_S3_ENDPOINT", &format!("http://127.0.0.1:{}", free_port())),
        7,
        "cannot be reached",
    );
    s3.fault(Some(Fault::Status(500)));
    check(start("CHARTGATE_LOG", "debug"), 7, "500 Internal Server Error InternalError");
    s3.fault(None);
    let place = on_s3(Place::fresh(), &s3);
    let server = Server::start_in(place, &[]);
    s3.stop();
    server.data.done(&["audit", "verify"]);
    server.token("late", "publisher");
}

/// The most talkative log of a server whose store refuses it holds neither the secret nor a signature.
#[test]
fn secrets_stay_out_of_the_log() {
    let s3 = S3::start();
    let place = on_s3(Place::fresh(), &s3);
    let log = place.path().join("log");
    let port = free_port();
    let listen = format!("127.0.0.1:{port}");
    let mut server = place
        .command(&["serve", "--listen", &listen])
        .env("CHARTGATE_LOG", "trace")
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let until = Instant::now() + PATIENCE;
    while plain_status(&listen, "/readyz") != Some(200) {
        assert!(Instant::now() < until, "the server does not become ready");
        std::thread::sleep(Duration::from_millis(50));
    }
    s3.fault(Some(Fault::Status(403)));
    let answer = get(&format!("http://{listen}/readyz"), None).expect(503);
    server.kill().unwrap();
    server.wait().unwrap();
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains("403 Forbidden InternalError"), "the cause is there: {log}");
    assert!(!log.contains(SECRET_ACCESS_KEY) && !answer.text.contains("canary"));
    assert!(!log.contains("Signature="), "no header of a signed request");
}

/// Bytes that changed where they lie are refused, whichever store it is; the other charts go on.
#[test]
fn changed_bytes_are_never_served() {
    let s3 = S3::start();
    for place in [Place::of(Database::Sqlite, Store::Folder).unwrap(), on_s3(Place::fresh(), &s3)] {
        let server = Server::start_in(place, &["--workers", "1"]);
        let publisher = server.token("ci", "publisher");
        let (one, two) = (clean("demo", "1.0.0"), clean("demo", "2.0.0"));
        for (version, bytes) in [("1.0.0", &one), ("2.0.0", &two)] {
            Door::Oci.push(&server, Some(&publisher), parcel(version, bytes)).expect(201);
            server.approve("charts/demo", version);
        }
        let settings = config("demo", "1.0.0");
        for bytes in [&one, &settings] {
            let name = digest(bytes)["sha256:".len()..].to_owned();
            let folder = server.data_dir().join("blobs").join(format!("sha256/{}", &name[..2]));
            let in_s3 = s3.objects(PREFIX).into_iter().find(|file| file.ends_with(&name));
            let stored = in_s3.unwrap_or_else(|| folder.join(&name));
            let mut bytes = std::fs::read(&stored).unwrap();
            bytes[20] ^= 1;
            std::fs::write(&stored, &bytes).unwrap();
        }
        let blob = |bytes: &[u8]| format!("/v2/charts/demo/blobs/{}", digest(bytes));
        for path in ["/charts/charts/demo-1.0.0.tgz", &blob(&one), &blob(&settings)] {
            let answer = get(&server.url(path), None).expect(500);
            assert!(answer.bytes.len() < 1_000, "{path}: words, not bytes of the chart");
        }
        assert_eq!(get(&server.url("/charts/charts/demo-2.0.0.tgz"), None).expect(200).bytes, two);
        Door::Oci.push(&server, Some(&publisher), parcel("1.0.0", &one)).expect(201);
        assert_eq!(get(&server.url(&blob(&settings)), None).expect(200).bytes, settings);
        let healed = get(&server.url("/charts/charts/demo-1.0.0.tgz"), None).expect(200);
        assert_eq!(healed.bytes, one, "the same chart again heals what was damaged");
    }
}

/// A small disk that goes with the test.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(folder: &Path, size: &str) -> Option<SmallDisk> {
        std::fs::create_dir_all(folder).unwrap();
        let size = format!("size={size}");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder).output().unwrap();
        if mounted.status.success() {
            return Some(SmallDisk(folder.to_owned()));
        }
        let why = String::from_utf8_lossy(&mounted.stderr).into_owned();
        eprintln!(
            "!! MISSING: no small disk can be mounted ({why}); full disks are tested by injected errors alone"
        );
        None
    }

    /// Writes until nothing more fits.
    fn fill(&self) -> PathBuf {
        use std::io::Write as _;
        let filler = self.0.join("filler");
        let mut file = std::fs::File::create(&filler).unwrap();
        for size in [65_536, 4_096, 512, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
        filler
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// A full disk, under the blobs or under the database alone: refused with the reason, and well again once there is room.
#[test]
fn a_full_disk_refuses_and_recovers() {
    let s3 = S3::start();
    let plain = || Place::of(Database::Sqlite, Store::Folder).unwrap();
    for (place, what) in [(plain(), "blobs"), (on_s3(plain(), &s3), "database")] {
        let Some(disk) = SmallDisk::mount(&place.data_dir(), "6m") else { return };
        let server = Server::start_in(place, &[]);
        let publisher = server.token("ci", "publisher");
        let token = Some(&*publisher);
        let (one, two) = (clean("demo", "1.0.0"), clean("demo", "2.0.0"));
        Door::Raw.push(&server, token, parcel("1.0.0", &one)).expect(202);
        server.approve("charts/demo", "1.0.0");
        let filler = disk.fill();
        for door in [Door::Raw, Door::Oci, Door::Api] {
            refused(&door.push(&server, token, parcel("2.0.0", &two)), 507);
        }
        let served = get(&server.url("/charts/charts/demo-1.0.0.tgz"), None).expect(200);
        assert_eq!(served.bytes, one, "{what}: what is there is served");
        std::fs::remove_file(filler).unwrap();
        Door::Oci.push(&server, token, parcel("2.0.0", &two)).expect(201);
        server.approve("charts/demo", "2.0.0");
        assert_eq!(get(&server.url("/charts/charts/demo-2.0.0.tgz"), None).expect(200).bytes, two, "{what}");
        let pushes = server.audit_actions().iter().filter(|line| line.starts_with("version.push")).count();
        assert_eq!(pushes, 2, "{what}: a refused push is none");
        assert_eq!(server.interrupt(), Some(0));
    }
}
