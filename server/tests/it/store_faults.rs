//! What the blob store can do to the registry: every call of a publish fails once in every way, whole stores go away, disks
//! fill up, bytes change. Refusals have a reason, nothing is half there, and all works again without a restart.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::sync::Arc;

use object_store::local::LocalFileSystem;
use server::app::App;
use server::blobs::Blobs;
use server::config::Config;
use server::db::Ask as _;
use server::db::jobs::JobKind;
use server::model::{Caller, Clock, Micros, RepositoryName, Role};
use server::uploads::Uploads;
use server::{auth, jobs, registry, setup, web};

use crate::charts::clean;
use crate::doors::{Door, LAYER_TYPE, MANIFEST_TYPE, Parcel, config, digest, manifest};
use crate::faulty::{Call, Faulty, How};
use crate::http::{Answer, call, get, post_json};
use crate::process::{Server, free_port};
use crate::s3::{Fault, PREFIX, S3, SECRET_ACCESS_KEY};
use crate::stores::{Database, Place, Store};

/// A whole server in this process, over a store that can be told to fail, with a clock that the test moves.
struct Inside {
    runtime: tokio::runtime::Runtime,
    app: App,
    faulty: Arc<Faulty>,
    address: String,
    publisher: String,
    reviewer: String,
    approved: BTreeSet<String>,
    _folder: tempfile::TempDir,
}

impl Inside {
    fn start() -> Inside {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = listener.local_addr().unwrap();
        let mut config = Config::new(folder.path().to_owned(), socket);
        config.scan.program = Some(env!("CARGO_BIN_EXE_chartgate").into());
        let now = Micros(jiff::Timestamp::now().as_microsecond());
        let files = folder.path().join("objects");
        std::fs::create_dir(&files).unwrap();
        let faulty = Faulty::before(Arc::new(LocalFileSystem::new_with_prefix(files).unwrap()));
        let (app, publisher, reviewer) = runtime.block_on(async {
            let mut app = App::open(config, Clock::fixed(now)).await.unwrap();
            app.blobs = Blobs::over(faulty.clone());
            app.uploads = Uploads::new(app.db.clone(), app.blobs.clone());
            setup::prepare(&app).await.unwrap();
            let (system, charts) = (Caller::system(), RepositoryName::parse("charts").unwrap());
            let mut tokens = Vec::new();
            for (name, role) in [("ci", Role::Publisher), ("ana", Role::Reviewer)] {
                let made = auth::create_token(&app, &system, name, role, Some(&charts), None).await.unwrap();
                tokens.push(made.secret);
            }
            let reviewer = tokens.pop().unwrap();
            (app, tokens.pop().unwrap(), reviewer)
        });
        runtime.spawn(runtime.block_on(async { web::server(&app, listener).unwrap() }));
        let address = format!("http://{socket}");
        let approved = BTreeSet::new();
        Inside { runtime, app, faulty, address, publisher, reviewer, approved, _folder: folder }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// Repeats until it works, as a client does; a refusal must say why and leave readers what they had.
    fn insist(&self, what: &str, call: impl Fn() -> Answer) -> Answer {
        for _ in 0..3 {
            let answer = call();
            if answer.status < 400 {
                return answer;
            }
            assert!(matches!(answer.status, 500 | 503 | 507), "{what}: {} {}", answer.status, answer.text);
            assert!(answer.text.len() > 20, "{what} gives a reason: {}", answer.text);
            let later = answer.header("retry-after").parse::<u32>().is_ok();
            assert!(later || answer.status == 500, "{what} says when to come back");
            assert_eq!(self.listed(), self.approved, "{what} changed what readers see");
        }
        panic!("{what} does not work although the store is well again");
    }

    /// The versions in the index.
    fn listed(&self) -> BTreeSet<String> {
        let index = get(&self.url("/charts/index.yaml"), None).expect(200).text;
        let versions = index.lines().filter_map(|line| line.trim().strip_prefix("version: "));
        versions.map(|version| version.trim_matches(['"', '\'']).to_owned()).collect()
    }

    /// Push through the OCI door with every kind of upload; judge, approve, pull through both protocols.
    fn publish(&mut self, version: &str) {
        let (chart, config) = (clean("demo", version), config("demo", version));
        let manifest = manifest(&config, &[(LAYER_TYPE, &chart)]);
        self.insist("push", || self.push(version, &chart, &config, &manifest));
        let status = self.judged(version);
        let decide = serde_json::json!({
            "reason": "read and found harmless",
            "digest": status["digest"],
            "policy_version": status["policy_version"],
        });
        let path = format!("/api/v1/repositories/charts/charts/demo/versions/{version}/approve");
        self.insist("approve", || post_json(&self.url(&path), Some(&self.reviewer), &decide));
        self.approved.insert(version.to_owned());
        assert_eq!(self.listed(), self.approved);
        for (path, bytes) in [
            (format!("/charts/charts/demo-{version}.tgz"), &chart),
            (format!("/v2/charts/demo/manifests/{version}"), &manifest),
            (format!("/v2/charts/demo/blobs/{}", digest(&config)), &config),
        ] {
            let pulled = self.insist("pull", || get(&self.url(&path), None));
            assert!(pulled.bytes == *bytes, "{path} gave other bytes");
        }
    }

    fn push(&self, version: &str, chart: &[u8], config: &[u8], manifest: &[u8]) -> Answer {
        let (token, uploads) = (Some(&*self.publisher), self.url("/v2/charts/demo/blobs/uploads/"));
        let begun = call("POST", &uploads, token, &[], "");
        if begun.status != 202 {
            return begun;
        }
        let (address, (head, tail)) = (self.url(begun.header("location")), chart.split_at(100));
        let steps: [(&str, String, &[u8]); 4] = [
            ("PATCH", address.clone(), head),
            ("PUT", format!("{address}?digest={}", digest(chart)), tail),
            ("POST", format!("{uploads}?digest={}", digest(config)), config),
            ("PUT", self.url(&format!("/v2/charts/demo/manifests/{version}")), manifest),
        ];
        let mut last = begun;
        for (method, url, body) in steps {
            last = call(method, &url, token, &[("Content-Type", MANIFEST_TYPE)], body);
            if last.status >= 400 {
                break;
            }
        }
        last
    }

    /// Runs jobs until the version has a verdict.
    fn judged(&self, version: &str) -> serde_json::Value {
        let path = format!("/api/v1/repositories/charts/charts/demo/versions/{version}");
        for _ in 0..5 {
            self.runtime.block_on(jobs::run_next(&self.app, JobKind::Scan)).unwrap();
            let status = self.insist("status", || get(&self.url(&path), Some(&self.publisher))).json();
            if status["state"] == "in review" {
                assert_eq!(status["verdict"], "pass", "a store that failed once is no finding: {status}");
                return status;
            }
            assert_eq!(status["state"], "quarantined");
            self.app.clock.advance_seconds(10);
        }
        panic!("{version} is not judged although the store is well again");
    }

    /// What failed clients began and repeated anew counts against them for an hour; the test has no hour.
    fn forget_what_clients_left(&self) {
        let later = self.app.now().plus_seconds(2 * 3_600);
        self.runtime.block_on(self.app.uploads.expire(later)).unwrap();
    }

    /// Once nothing is under way, the store holds what rows name and nothing else, and the log is whole.
    fn check_all(&self) {
        self.runtime.block_on(async {
            self.app.clock.advance_seconds(2 * 3_600);
            jobs::sweep(&self.app).await.unwrap();
            let later = self.app.now().plus_seconds(3_600);
            let stored = self.app.blobs.untouched_since(later).await.unwrap();
            let rows = self.app.db.read().query("SELECT digest FROM blob").all::<(String,)>().await.unwrap();
            let stored: BTreeSet<String> = stored.iter().map(ToString::to_string).collect();
            assert_eq!(stored, rows.into_iter().map(|(digest,)| digest).collect());
            assert_eq!(self.app.blobs.parts_untouched_since(later).await.unwrap(), Vec::new());
            let chain = registry::verify(&self.app.db).await.unwrap();
            assert_eq!(chain.broken, None);
            let pushes = "SELECT COUNT(*) FROM audit_entry WHERE action = 'version.push'";
            let pushes = self.app.db.read().query(pushes).one::<(i64,)>().await.unwrap().0;
            assert_eq!(pushes as usize, self.approved.len(), "one entry for each push");
        });
    }
}

/// Whatever call to the store fails, in whatever way: a refusal with a reason, and the same client succeeds afterwards.
#[test]
fn every_call_of_a_publish_can_fail() {
    let mut inside = Inside::start();
    let mut calls = 0;
    for (number, how) in [How::Refused, How::Lost, How::Full, How::Torn, How::Wrong].into_iter().enumerate() {
        let mut at = 0;
        loop {
            inside.faulty.arm(at, how);
            inside.publish(&format!("1.{number}.{at}"));
            let made = inside.faulty.calls();
            inside.forget_what_clients_left();
            let has_body = made.get(at) == Some(&Call::Read);
            if at >= made.len() {
                break;
            }
            calls += usize::from(has_body || !matches!(how, How::Torn | How::Wrong));
            at += 1;
            while matches!(how, How::Torn | How::Wrong)
                && made.get(at).is_some_and(|call| *call != Call::Read)
            {
                at += 1;
            }
        }
    }
    inside.check_all();
    assert!(calls > 50, "only {calls} calls failed");
    eprintln!("{calls} failed calls in {} publishes", inside.approved.len());
}

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
    let (token, first) = (Some(&*publisher), clean("demo", "1.0.0"));
    Door::Oci.push(&server, token, parcel("1.0.0", &first)).expect(201);
    server.approve("charts/demo", "1.0.0");
    let file = server.url("/charts/charts/demo-1.0.0.tgz");
    let blob = server.url(&format!("/v2/charts/demo/blobs/{}", digest(&first)));
    let second = clean("demo", "2.0.0");
    let index = get(&server.url("/charts/index.yaml"), None).expect(200).bytes;

    for (fault, status) in [
        (Some(Fault::Status(500)), 503),
        (Some(Fault::Status(403)), 503),
        (Some(Fault::Status(507)), 507),
        (None, 503),
    ] {
        match fault {
            Some(_) => s3.fault(fault),
            None => s3.stop(),
        }
        for door in [Door::Raw, Door::Oci, Door::Api] {
            refused(&door.push(&server, token, parcel("2.0.0", &second)), status);
        }
        for url in [&file, &blob, &server.url("/readyz")] {
            refused(&get(url, None), status);
        }
        get(&server.url("/healthz"), None).expect(200);
        assert_eq!(get(&server.url("/charts/index.yaml"), None).expect(200).bytes, index);
        match fault {
            Some(_) => s3.fault(None),
            None => s3.start_again(),
        }
        server.wait_for("the store", |server| get(&server.url("/readyz"), None).status == 200);
        assert_eq!(get(&file, None).expect(200).bytes, first);
    }
    for (fault, status) in [(Fault::TornBody, 503), (Fault::WrongBytes, 500)] {
        s3.fault(Some(fault));
        for url in [&file, &blob] {
            assert_eq!(get(url, None).status, status, "{fault:?}");
        }
        s3.fault(None);
    }
    let begun = std::time::Instant::now();
    s3.fault(Some(Fault::Slow(std::time::Duration::from_secs(60))));
    refused(&get(&file, None), 503);
    assert!(begun.elapsed().as_secs() < 13, "a dead store is noticed: {:?}", begun.elapsed());
    s3.fault(None);
    Door::Raw.push(&server, token, parcel("2.0.0", &second)).expect(202);
    server.approve("charts/demo", "2.0.0");
    assert_eq!(get(&server.url("/charts/charts/demo-2.0.0.tgz"), None).expect(200).bytes, second);
    let pushes = server.audit_actions().iter().filter(|line| line.starts_with("version.push")).count();
    assert_eq!(pushes, 2, "refused pushes are none");
}

/// What an operator gets wrong is said at start, with the exit code for it and without the secret.
#[test]
fn a_store_that_cannot_be_used_is_named_at_start() {
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
    s3.stop();
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
        .stdout(std::process::Stdio::null())
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let until = std::time::Instant::now() + crate::process::PATIENCE;
    while std::net::TcpStream::connect(&listen).is_err() {
        assert!(std::time::Instant::now() < until, "the server does not listen");
        std::thread::sleep(std::time::Duration::from_millis(50));
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
        let name = digest(&one)["sha256:".len()..].to_owned();
        let folder = server.data_dir().join("blobs").join(format!("sha256/{}", &name[..2]));
        let in_s3 = s3.objects(PREFIX).into_iter().find(|file| file.ends_with(&name));
        let stored = in_s3.unwrap_or_else(|| folder.join(&name));
        let mut bytes = std::fs::read(&stored).unwrap();
        bytes[20] ^= 1;
        std::fs::write(&stored, &bytes).unwrap();
        for path in
            ["/charts/charts/demo-1.0.0.tgz".to_owned(), format!("/v2/charts/demo/blobs/{}", digest(&one))]
        {
            let answer = get(&server.url(&path), None).expect(500);
            assert!(answer.bytes.len() < 1_000, "{path}: words, not bytes of the chart");
        }
        assert_eq!(get(&server.url("/charts/charts/demo-2.0.0.tgz"), None).expect(200).bytes, two);
        Door::Api.push(&server, Some(&publisher), parcel("1.0.0", &one)).expect(200);
        let healed = get(&server.url("/charts/charts/demo-1.0.0.tgz"), None).expect(200);
        assert_eq!(healed.bytes, one, "the same chart again heals what was damaged");
    }
}

/// A small disk that goes with the test.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    fn mount(folder: &std::path::Path, size: &str) -> Option<SmallDisk> {
        std::fs::create_dir_all(folder).unwrap();
        let size = format!("size={size}");
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(folder)
            .output()
            .unwrap();
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
    fn fill(&self) -> std::path::PathBuf {
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
        let _ = std::process::Command::new("umount").arg("-l").arg(&self.0).status();
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
