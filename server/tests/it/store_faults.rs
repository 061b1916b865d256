//! What single calls to the blob store can do to the registry: every call of a publish fails once in every way. Refusals
//! have a reason, nothing is half there, and the same client succeeds when it repeats. Whole stores: `store_outages`.

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
use crate::doors::{LAYER_TYPE, MANIFEST_TYPE, config, digest, manifest};
use crate::faulty::{Call, Faulty, How};
use crate::http::{Answer, call, get, post_json};

/// A whole server in this process, over a store that can be told to fail, with a clock that the test moves.
struct Inside {
    runtime: tokio::runtime::Runtime,
    app: App,
    faulty: Arc<Faulty>,
    address: String,
    publisher: String,
    reviewer: String,
    approved: BTreeSet<String>,
    folder: tempfile::TempDir,
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
        let inside = runtime.enter();
        runtime.spawn(web::server(&app, listener).unwrap());
        drop(inside);
        let address = format!("http://{socket}");
        let approved = BTreeSet::new();
        Inside { runtime, app, faulty, address, publisher, reviewer, approved, folder }
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
        let index = get(&self.url("/charts/index.yaml"), None).expect(200).json();
        let entries = index["entries"]["demo"].as_array().cloned().unwrap_or_default();
        entries.iter().map(|entry| entry["version"].as_str().unwrap().to_owned()).collect()
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

/// The sweep looks for old orphans while uploads of the very same bytes come in: no row ever names a blob that is gone.
#[test]
fn the_sweep_takes_nothing_from_an_upload() {
    let inside = Inside::start();
    let (app, runtime) = (&inside.app, &inside.runtime);
    let orphaned = |bytes: &[u8]| {
        let hex = digest(bytes)["sha256:".len()..].to_owned();
        let folder = inside.folder.path().join("objects/sha256").join(&hex[..2]);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(&hex), bytes).unwrap();
        let file = std::fs::File::options().append(true).open(folder.join(&hex)).unwrap();
        file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(2 * 3_600)).unwrap();
    };
    let url = inside.url("/api/charts/charts");
    let mut swept = 0;
    for round in 0..60 {
        let bytes = clean("demo", &format!("3.0.{round}"));
        orphaned(&bytes);
        let pushed = std::thread::scope(|scope| {
            // Begun a little later each time, so that it meets every moment of an upload.
            let sweeping = scope.spawn(move || {
                std::thread::sleep(std::time::Duration::from_micros(round * 300));
                runtime.block_on(jobs::sweep(app)).unwrap()
            });
            let pushing = scope.spawn(|| call("POST", &url, Some(&inside.publisher), &[], bytes.clone()));
            swept += sweeping.join().unwrap();
            pushing.join().unwrap()
        });
        let digest =
            server::model::Digest::parse(pushed.expect(202).json()["digest"].as_str().unwrap()).unwrap();
        let read = runtime.block_on(app.blobs.read(&digest));
        assert!(read.is_ok_and(|read| read == bytes), "round {round}: its row names bytes that are gone");
    }
    eprintln!("of 60 orphans the sweep took {swept}, their uploads kept the others");
}
