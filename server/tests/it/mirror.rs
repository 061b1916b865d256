//! Mirrors from outside: a real index of real charts on a real nginx, the commands, the pages, and upstreams that are in
//! trouble. The schedule and every odd answer are tested with a clock that moves, inside the crate.

#[path = "../../src/mirror/tests/double.rs"]
pub mod double;

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use double::{Answer, Upstream};
use serde_json::Value;

use crate::charts;
use crate::http::{call, get};
use crate::nginx::Nginx;
use crate::process::{Server, shared, tool};
use crate::stores::Place;
use crate::ui::Visitor;

/// All the real charts, judged by a debug build on a busy machine.
const PATIENCE_FOR_ALL: Duration = Duration::from_secs(900);

/// A server that may reach the loopback and judges with two workers.
fn server() -> Server {
    let mut place = Place::fresh();
    place.set("CHARTGATE_ALLOW_NETWORKS", "127.0.0.0/8");
    place.set("CHARTGATE_WORKERS", "2");
    Server::start_in(place, &[])
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[track_caller]
fn done(output: Output) -> String {
    assert_eq!(code(&output), 0, "{}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a mirror to its end; what it says as JSON.
#[track_caller]
fn run(server: &Server, admin: &str, name: &str) -> Value {
    serde_json::from_str(&done(server.client(admin, &["mirror", "run", name, "-o", "json"]))).unwrap()
}

fn listed(server: &Server, admin: &str) -> Value {
    let text = done(server.client(admin, &["mirror", "list", "-o", "json"]));
    serde_json::from_str::<Value>(&text).unwrap()["items"].take()
}

/// Waits until no run of this upstream is open, and gives its entry in the list.
fn settled(server: &Server, admin: &str, name: &str) -> Value {
    let until = Instant::now() + PATIENCE_FOR_ALL;
    loop {
        let item = get(&server.url(&format!("/api/v1/upstreams/{name}")), Some(admin)).expect(200).json();
        if item["last_run"]["finished_at"].is_string() {
            return item;
        }
        assert!(Instant::now() < until, "the run does not end: {item}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn index_by_helm(folder: &Path) -> Option<()> {
    let helm = tool("CHARTGATE_HELM4")?;
    let made = Command::new(helm).args(["repo", "index"]).arg(folder).output().unwrap();
    assert!(made.status.success(), "{}", said(&made));
    Some(())
}

/// The whole path: a real index arrives, is judged by two workers, a second run transfers nothing, and changed bytes are
/// held while the old ones go on being served.
#[test]
fn a_real_index_arrives_once_and_changed_bytes_are_held() {
    let Some(charts) = shared("charts") else { return };
    let upstream = tempfile::tempdir().unwrap();
    let mut count = 0;
    for file in std::fs::read_dir(charts).unwrap().map(|entry| entry.unwrap().path()) {
        if file.extension().is_some_and(|extension| extension == "tgz") {
            std::fs::copy(&file, upstream.path().join(file.file_name().unwrap())).unwrap();
            count += 1;
        }
    }
    assert!(count >= 100, "only {count} charts");
    let Some(()) = index_by_helm(upstream.path()) else { return };
    let Some(nginx) = Nginx::serve(upstream.path()) else { return };
    let server = server();
    let admin = server.token("ada", "admin");

    // It arrives: every archive is fetched once.
    let added =
        done(server.client(&admin, &["mirror", "add", "real", &nginx.url(), "--repository", "charts"]));
    assert!(added.contains("into charts every 1 h: every chart, every version"), "{added}");
    let began = Instant::now();
    let item = settled(&server, &admin, "real");
    eprintln!("{count} charts arrived after {:?}", began.elapsed());
    assert_eq!(item["standing"]["stored"], count, "{item}");
    assert_eq!(item["last_run"]["summary"]["new"], count, "{item}");
    let first = nginx.answered();
    assert_eq!(first.len(), count + 1, "an index and every archive");
    assert!(first.iter().all(|(status, ..)| *status == 200), "{first:?}");

    // Two workers judge them.
    let until = Instant::now() + PATIENCE_FOR_ALL;
    let items = loop {
        let queue = get(&server.url("/api/v1/queue"), Some(&admin)).expect(200).json();
        let items = queue["items"].as_array().unwrap().clone();
        assert_eq!(items.len(), count);
        if items.iter().all(|item| item["state"] != "quarantined") {
            break items;
        }
        assert!(Instant::now() < until, "they are not judged");
        std::thread::sleep(Duration::from_secs(1));
    };
    eprintln!("{count} charts were judged after {:?}", began.elapsed());
    assert!(items.iter().all(|item| item["uploaded_by"] == "mirror:real" && item["verdict"].is_string()));

    // The second run transfers nothing.
    let second = run(&server, &admin, "real");
    assert_eq!(second["summary"]["unchanged"], count, "{second}");
    let asked = nginx.answered()[first.len()..].to_vec();
    assert_eq!(asked, [(304, "/index.yaml".to_owned(), 0)]);

    // One version passes, is approved, and then its bytes change upstream.
    let passed = items.iter().find(|item| item["verdict"] == "pass").expect("a chart that passes");
    let text = |key: &str| passed[key].as_str().unwrap().to_owned();
    let (chart, version, digest) = (text("chart"), text("version"), text("digest"));
    server.approve(&format!("charts/{chart}"), &version);
    let file = upstream.path().join(format!("{chart}-{version}.tgz"));
    let before = std::fs::read(&file).unwrap();
    let mut unpacked = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(before.as_slice()), &mut unpacked).unwrap();
    let after = charts::gzip(&unpacked);
    assert_ne!(before, after);
    std::fs::write(&file, &after).unwrap();
    index_by_helm(upstream.path()).unwrap();
    let third = server.client(&admin, &["mirror", "run", "real"]);
    assert!(said(&third).contains("1 with CHANGED BYTES (held)"), "{}", said(&third));
    assert_eq!(code(&third), 0);
    let asked = nginx.answered();
    assert!(!asked[first.len() + 1..].iter().any(|(_, path, _)| path.contains(&chart)), "nothing to fetch");

    let served = get(&server.url(&format!("/charts/charts/{chart}-{version}.tgz")), None).expect(200);
    assert_eq!(served.bytes, before, "the old bytes are served");
    let log =
        get(&server.url("/api/v1/audit?action=upstream.changed-bytes"), Some(&admin)).expect(200).json();
    let alarm = &log["items"][0]["entry"];
    assert_eq!(
        (&alarm["chart"], &alarm["version"], &alarm["before"]),
        (&chart.into(), &version.into(), &digest.into())
    );
    let visitor = Visitor::new(&server, &admin);
    for page in ["/ui/mirrors", "/ui/mirrors/real", "/ui/mirrors/real?state=held"] {
        let page = visitor.get(page).expect(200).text;
        assert!(page.contains("The bytes of 1 known version changed upstream."), "{page}");
    }
    assert!(server.data.done(&["audit", "verify"]).contains("ok"), "the chain verifies");
}

/// Gives a server with the sample charts a mirror that has every kind of version: for whoever looks at its pages.
pub fn fill(server: &Server) {
    let upstream = Upstream::start();
    upstream.bytes("/fine-1.0.0.tgz", charts::clean("fine", "1.0.0"));
    let entry = |name: &str, version: &str, more: &str| {
        format!(
            "  {name}:\n  - name: {name}\n    version: {version}\n    urls: [{name}-{version}.tgz]\n{more}"
        )
    };
    let other = format!("    digest: {}\n", "a".repeat(64));
    let index = [
        "entries:\n".to_owned(),
        entry("fine", "1.0.0", ""),
        entry("hello-web", "1.0.0", &other),
        entry("lenient", "1.2", ""),
        entry("missing", "1.0.0", ""),
    ];
    upstream.bytes("/index.yaml", index.concat());
    let admin = server.token("ada", "admin");
    done(server.client(&admin, &["mirror", "add", "up", &upstream.url(), "--repository", "charts"]));
    let item = settled(server, &admin, "up");
    let standing = &item["standing"];
    for state in ["stored", "held", "refused", "wanted"] {
        assert_eq!(standing[state], 1, "{state}: {item}");
    }
}

#[test]
fn commands_say_what_is_wrong_with_the_exit_code_of_the_contract() {
    let server = server();
    let upstream = Upstream::start();
    let admin = server.token("ada", "admin");
    let add = |name: &str, url: &str, repository: &str, more: &[&str]| {
        let fixed = ["mirror", "add", name, url, "--repository", repository];
        server.client(&admin, &[&fixed, more].concat())
    };
    for (output, expected, words) in [
        (add("a", "http://192.168.0.1/", "charts", &[]), 2, "--allow-network 192.168.0.1"),
        (add("a", "ftp://charts.example.com/", "charts", &[]), 2, "only http and https"),
        (add("a", &upstream.url(), "charts", &["--every", "1w"]), 2, "write it as 90s, 15m, 1h or 2d"),
        (add("a", &upstream.url(), "charts", &["--every", "1s"]), 2, "every minute"),
        (
            add("a", &upstream.url(), "charts", &["--versions", "no range"]),
            2,
            "not one that Helm understands",
        ),
        (add("a", &upstream.url(), "charts", &["--chart", "A/b"]), 2, "a chart name must be"),
        (add("a", &upstream.url(), "nowhere", &[]), 5, "there is no repository nowhere"),
        (server.client(&admin, &["mirror", "run", "a"]), 5, "there is no upstream a"),
        (server.client(&admin, &["mirror", "remove", "a"]), 5, "there is no upstream a"),
        (
            server.client(&server.token("pia", "publisher"), &["mirror", "list"]),
            6,
            "may not see unapproved charts",
        ),
        (server.client("", &["mirror", "list"]), 4, "a token or a session is needed"),
    ] {
        assert_eq!(code(&output), expected, "{}", said(&output));
        assert!(said(&output).contains(words), "{words}: {}", said(&output));
    }
    assert_eq!(done(server.client(&admin, &["mirror", "list"])).trim(), "nothing is followed");

    // A reviewer may look and not touch.
    upstream.bytes("/index.yaml", "apiVersion: v1\nentries: {}\n");
    done(add("a", &upstream.url(), "charts", &["--every", "2h", "--chart", "x", "--versions", ">=1"]));
    let reviewer = server.token("rea", "reviewer");
    let list = done(server.client(&reviewer, &["mirror", "list"]));
    assert!(list.contains("every 2 h") && list.contains("0 stored"), "{list}");
    assert_eq!(code(&server.client(&reviewer, &["mirror", "run", "a"])), 6);
    assert_eq!(code(&server.client(&reviewer, &["mirror", "remove", "a"])), 6);
    assert_eq!(code(&add("a", &upstream.url(), "charts", &[])), 6, "the name is taken");

    // What an upstream does wrong is said by the run, and afterwards by the list and the page.
    settled(&server, &admin, "a");
    let visitor = Visitor::new(&server, &reviewer);
    for (answer, words) in [
        (Answer::Bytes(b"a: [1".to_vec()), "not valid YAML"),
        (Answer::Bytes(b"<html>".to_vec()), "it is a web page"),
        (Answer::Status(302, vec![("Location", "http://169.254.169.254/".to_owned())]), "169.254.169.254"),
        (
            Answer::Status(429, vec![("Retry-After", "3600".to_owned())]),
            "answered 429 and asks to wait 3600s",
        ),
    ] {
        upstream.set("/index.yaml", answer);
        let ran = server.client(&admin, &["mirror", "run", "a"]);
        assert_eq!(code(&ran), 7, "{}", said(&ran));
        assert!(said(&ran).contains(words), "{words}: {}", said(&ran));
        let list = done(server.client(&admin, &["mirror", "list"]));
        assert!(list.contains("FAILED") && list.contains(words), "{words}: {list}");
        let page = visitor.get("/ui/mirrors/a").expect(200).text;
        assert!(page.contains("The last run failed.") && page.contains(words), "{words}: {page}");
    }
    let again = server.client(&admin, &["mirror", "run", "a"]);
    assert_eq!(code(&again), 7, "{}", said(&again));
    assert!(said(&again).contains("asked to be left alone until"), "{}", said(&again));
    let removed = done(server.client(&admin, &["mirror", "remove", "a"]));
    assert!(removed.contains("a is followed no more"), "{removed}");
    let nothing_there = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    done(add("a", &format!("http://{nothing_there}"), "charts", &[]));
    let ran = server.client(&admin, &["mirror", "run", "a"]);
    assert!(code(&ran) == 7 && said(&ran).contains("cannot be reached"), "{}", said(&ran));
    assert!(listed(&server, &admin)[0]["last_error"].is_string());
}

/// The page works without script: follow, run, look, follow no more; with the checks of every form.
#[test]
fn a_mirror_is_kept_on_its_pages() {
    let server = server();
    let upstream = Upstream::start();
    upstream.bytes(
        "/index.yaml",
        "entries:\n  web:\n  - name: web\n    version: 1.0.0\n    urls: [web-1.0.0.tgz]\n",
    );
    upstream.bytes("/web-1.0.0.tgz", charts::clean("web", "1.0.0"));
    let admin = server.token("ada", "admin");
    let visitor = Visitor::new(&server, &admin);
    assert!(visitor.get("/ui/charts").text.contains("href=\"/ui/mirrors\""), "it stands in the navigation");
    let token = visitor.hidden("/ui/mirrors", "form_token");
    let form = |name: &str, url: &str, token: &str| {
        let url = url.replace(':', "%3A").replace('/', "%2F");
        format!("form_token={token}&name={name}&url={url}&repository=charts&charts=web&versions=&every=3600")
    };
    visitor.post("/ui/mirrors", &form("up", &upstream.url(), "forged")).expect(403);
    let refused = visitor.post("/ui/mirrors", &form("up", "http://10.0.0.1", &token)).expect(422).text;
    assert!(refused.contains("role=\"alert\"") && refused.contains("value=\"http://10.0.0.1\""), "{refused}");
    let made = visitor.post("/ui/mirrors", &form("up", &upstream.url(), &token)).expect(303);
    assert_eq!(made.header("location"), "/ui/mirrors/up");
    settled(&server, &admin, "up");
    let page = visitor.get("/ui/mirrors/up").expect(200).text;
    for words in [">stored<", "href=\"/ui/charts/charts/web/1.0.0\"", "1 new, 0 unchanged", "on schedule"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let history = visitor.get("/ui/charts/charts/web/1.0.0/history").expect(200).text;
    assert!(
        history.contains("mirror:up") && history.contains("of upstream up; the index says no digest"),
        "{history}"
    );

    let action = format!("form_token={token}");
    let reviewer = Visitor::new(&server, &server.token("rea", "reviewer"));
    let theirs = reviewer.hidden("/ui/mirrors", "form_token");
    assert!(!reviewer.get("/ui/mirrors").text.contains("Run now"), "no button for what may not be done");
    for path in ["/ui/mirrors/up/run", "/ui/mirrors/up/remove"] {
        visitor.post(path, "form_token=forged").expect(403);
        reviewer.post(path, &format!("form_token={theirs}")).expect(403);
        call("POST", &server.url(path), None, &[], action.clone()).expect(400);
    }
    visitor.post("/ui/mirrors/up/run", &action).expect(303);
    settled(&server, &admin, "up");
    visitor.get("/ui/mirrors/none").expect(404);
    visitor.get("/ui/mirrors/up?state=nonsense").expect(400);
    visitor.post("/ui/mirrors/up/remove", &action).expect(303);
    visitor.get("/ui/mirrors/up").expect(404);
    let publisher = Visitor::new(&server, &server.token("pia", "publisher"));
    publisher.get("/ui/mirrors").expect(403);
    get(&server.url("/ui/mirrors"), None).expect(303);
}

/// Killed again and again in the middle of a run: after the last start everything is there, once.
#[test]
fn a_killed_server_goes_on_with_its_mirror() {
    let upstream = Upstream::start();
    let mut index = "entries:\n  web:\n".to_owned();
    let versions: Vec<String> = (0..40).map(|patch| format!("1.0.{patch}")).collect();
    for version in &versions {
        let bytes = charts::clean("web", version);
        let digest = sha2_hex(&bytes);
        index.push_str(&format!(
            "  - name: web\n    version: {version}\n    digest: {digest}\n    urls: [web-{version}.tgz]\n"
        ));
        upstream.bytes(&format!("/web-{version}.tgz"), bytes);
    }
    upstream.bytes("/index.yaml", index);
    let mut server = server();
    let admin = server.token("ada", "admin");
    done(server.client(&admin, &["mirror", "add", "up", &upstream.url(), "--repository", "charts"]));
    for kill in 1..=5 {
        // At least one more archive was asked for: the run is under way.
        upstream.asked();
        let until = Instant::now() + Duration::from_secs(60);
        while upstream.asked().iter().all(|asked| asked.path == "/index.yaml") && Instant::now() < until {
            if get(&server.url("/api/v1/upstreams/up"), Some(&admin)).json()["last_run_at"].is_string() {
                break;
            }
            std::thread::sleep(Duration::from_millis(2 * kill));
        }
        let place = server.kill();
        server = Server::start_in(place, &[]);
    }
    let item = settled(&server, &admin, "up");
    assert_eq!(item["standing"]["stored"], 40, "{item}");
    for version in [&versions[0], &versions[39]] {
        server.settled("charts/web", version, &admin);
    }
    let pushes =
        server.data.ask("SELECT version FROM audit_entry WHERE action = 'version.push' ORDER BY version");
    assert_eq!(pushes.len(), 40, "each came in once: {pushes:?}");
    assert!(server.data.done(&["audit", "verify"]).contains("ok"));
}

fn sha2_hex(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
