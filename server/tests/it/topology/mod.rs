//! The topology of docker-compose.yml without Docker: its services are checked for what they may do, and its commands run
//! with its variables as plain processes against PostgreSQL and S3 of the tests. Images are not built here.

mod compose;
mod ground;
mod rules;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use ground::{DATABASE_PASSWORD, Ground, Replica, two_ports};

use crate::charts::clean;
use crate::helm::Helm;
use crate::http::{call, get};
use crate::process::PATIENCE;
use crate::s3::SECRET_ACCESS_KEY;

/// Push at one server, judged by a worker, approved, served by the other server; then half of it dies.
#[test]
fn two_servers_and_two_workers_are_one_registry() {
    let [first, second] = two_ports();
    let variables = BTreeMap::from([
        // A load balancer would be here. Links of the index lead to the server that lives to the end.
        ("CHARTGATE_PUBLIC_URL", format!("http://127.0.0.1:{second}")),
        ("CHARTGATE_ALLOW_NETWORKS", "127.0.0.0/8".to_owned()),
    ]);
    let Some(ground) = Ground::begin(&variables) else { return };
    let mut servers = [ground.start("server", first), ground.start("server", second)];
    let [port, other] = two_ports();
    let mut workers = [ground.start("worker", port), ground.start("worker", other)];

    sign_in(&servers[0], &servers[1]);
    // The container has no editor and no folder: the policy comes through the pipe, and is in force everywhere.
    let policy = "block-at = \"critical\"\n";
    servers[0].feed(&["policy", "set", "charts", "-"], policy);
    assert_eq!(servers[1].done(&["policy", "show", "charts"]), policy.trim());
    let [publisher, reviewer] = ["publisher", "reviewer"]
        .map(|role| servers[0].done(&["admin", "token", "--name", role, "--role", role]));
    let bytes = publish(&servers, "demo", &publisher, &reviewer);
    assert!(servers.iter().all(|server| !server.log().contains("judged")), "a server judged");
    assert!(workers.iter().any(|worker| worker.log().contains("judged chart=demo")), "no worker judged");
    the_servers_agree(&servers, &bytes, &reviewer);
    helm_pulls(&servers[1], &bytes);
    mirror(&servers, &reviewer);

    // Some of these are being judged when their worker dies; the other takes them over once the lease has run out.
    for name in ["a", "b", "c", "d"] {
        push(&servers[0], name, &publisher);
    }
    workers[0].kill();
    servers[0].kill();
    for name in ["a", "b", "c", "d"] {
        settled(&servers[1], name, &reviewer);
    }
    let [_, survivor] = &servers;
    approve(survivor, "d", &reviewer);
    get(&survivor.url("/charts/charts/d-1.0.0.tgz"), None).expect(200);
    survivor.done(&["audit", "verify"]);

    for log in servers.iter().chain(&workers).map(Replica::log) {
        for secret in [DATABASE_PASSWORD, SECRET_ACCESS_KEY, "link=", &publisher, &reviewer] {
            assert!(!log.contains(secret), "a log tells {secret}: {log}");
        }
    }
    assert_eq!(servers[1].stop(), Some(0));
    assert_eq!(workers[1].stop(), Some(0));
    assert_eq!(ground.left_behind(), Vec::<std::path::PathBuf>::new());
}

/// How the first person gets in: a link made in the container of one server, used at the other.
fn sign_in(server: &Replica, other: &Replica) {
    let link = server.done(&["admin", "sign-in-link"]);
    let secret = link.split_once("link=").expect("a link").1;
    assert!(link.starts_with(&other.url("/")), "{link} does not lead to the public address");
    let origin = other.url("");
    let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Origin", &*origin)];
    let form = format!("link={secret}");
    let answer = call("POST", &other.url("/sign-in/link"), None, &headers, form.as_str()).expect(303);
    let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
    for replica in [server, other] {
        call("GET", &replica.url("/ui/tokens"), None, &[("Cookie", &cookie)], "").expect(200);
    }
}

fn push(server: &Replica, name: &str, token: &str) -> Vec<u8> {
    let bytes = clean(name, "1.0.0");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chart.tgz");
    std::fs::write(&file, &bytes).unwrap();
    server.client(token, &["push", file.to_str().unwrap(), "charts"]);
    bytes
}

/// Waits until a worker has judged a chart.
fn settled(server: &Replica, name: &str, token: &str) {
    let url = server.url(&format!("/api/v1/repositories/charts/charts/{name}/versions/1.0.0"));
    let until = Instant::now() + PATIENCE;
    loop {
        let status = get(&url, Some(token)).expect(200).json();
        if status["state"] == "in review" {
            return;
        }
        assert!(status["state"] == "quarantined" && Instant::now() < until, "{status}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn approve(server: &Replica, name: &str, token: &str) {
    let chart = format!("charts/{name}");
    server.client(token, &["approve", &chart, "1.0.0", "--reason", "read and found harmless"]);
}

/// Push and approve at the first server; the second serves it within a second, and nothing before.
fn publish(servers: &[Replica; 2], name: &str, publisher: &str, reviewer: &str) -> Vec<u8> {
    let index = |server: &Replica| get(&server.url("/charts/index.yaml"), None).expect(200);
    let bytes = push(&servers[0], name, publisher);
    settled(&servers[1], name, reviewer);
    let before = index(&servers[1]);
    assert!(!before.text.contains(name), "{}", before.text);
    approve(&servers[0], name, reviewer);
    let approved = Instant::now();
    let mut after = index(&servers[1]);
    while !after.text.contains(&format!("{name}-1.0.0.tgz")) {
        assert!(approved.elapsed() < Duration::from_secs(1), "not a second later: {}", after.text);
        std::thread::sleep(Duration::from_millis(20));
        after = index(&servers[1]);
    }
    assert_ne!(before.header("etag"), after.header("etag"));
    bytes
}

/// Index with its ETag, archive and manifest are the same at both servers, and a client's copy of one is good at the other.
fn the_servers_agree(servers: &[Replica; 2], bytes: &[u8], token: &str) {
    let both = |path: &str| servers.each_ref().map(|server| get(&server.url(path), Some(token)).expect(200));
    let [one, other] = both("/charts/index.yaml");
    assert!(!one.header("etag").is_empty());
    assert_eq!((one.header("etag"), &one.bytes), (other.header("etag"), &other.bytes));
    for (server, etag) in [(&servers[0], other.header("etag")), (&servers[1], one.header("etag"))] {
        call("GET", &server.url("/charts/index.yaml"), None, &[("If-None-Match", etag)], "").expect(304);
    }
    for answer in both("/charts/charts/demo-1.0.0.tgz") {
        assert_eq!(answer.bytes, bytes);
    }
    let [one, other] = both("/v2/charts/demo/manifests/1.0.0");
    assert_eq!(one.bytes, other.bytes);
    let layer = one.json()["layers"][0]["digest"].as_str().unwrap().to_owned();
    for answer in both(&format!("/v2/charts/demo/blobs/{layer}")) {
        assert_eq!(answer.bytes, bytes);
    }
}

/// Helm finds the same bytes by either protocol.
fn helm_pulls(server: &Replica, bytes: &[u8]) {
    let Some(helm) = Helm::find("CHARTGATE_HELM4") else { return };
    let oci = format!("oci://127.0.0.1:{}/charts/demo", server.port);
    let by_oci = [&oci, "--version", "1.0.0", "--plain-http"];
    assert_eq!(crate::helm::pull(&helm, &by_oci, "demo-1.0.0.tgz"), bytes);
    let classic = ["demo", "--version", "1.0.0", "--repo", &server.url("/charts")];
    assert_eq!(crate::helm::pull(&helm, &classic, "demo-1.0.0.tgz"), bytes);
}

/// A worker follows an upstream, for which the second server stands here, and writes only below its /tmp.
fn mirror(servers: &[Replica; 2], reviewer: &str) {
    let admin = servers[0].done(&["admin", "token", "--name", "mirrors", "--role", "admin"]);
    servers[0].done(&["admin", "repository", "copies"]);
    let upstream = servers[1].url("/charts");
    servers[0].client(&admin, &["mirror", "add", "itself", &upstream, "--repository", "copies"]);
    servers[1].client(&admin, &["mirror", "run", "itself"]);
    let url = servers[0].url("/api/v1/repositories/copies/charts/demo/versions/1.0.0");
    get(&url, Some(reviewer)).expect(200);
}
