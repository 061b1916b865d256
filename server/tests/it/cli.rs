//! The client verbs and `/api/v1` behind them: a chart's way from push to revocation, and the exit code of every answer.

use std::process::Output;

use serde_json::{Value, json};

use crate::charts::{broken, clean, privileged, with_template};
use crate::doors::{Door, Parcel};
use crate::http::{Answer, get, post_json};
use crate::process::{Server, chartgate, free_port};

const VERSION: &str = "/api/v1/repositories/charts/charts/demo/versions/1.0.0";

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[track_caller]
fn ends(output: &Output, wanted: i32, says: &str) {
    assert_eq!(code(output), wanted, "{}", said(output));
    assert!(said(output).contains(says), "{}", said(output));
}

fn push(server: &Server, token: &str, bytes: &[u8]) -> Answer {
    let parcel = Parcel { repository: "charts", name: "demo", version: "1.0.0", bytes };
    Door::Api.push(server, Some(token), parcel).expect(202)
}

#[test]
fn a_chart_goes_the_whole_way_by_command() {
    let server = Server::start(&[]);
    let (publisher, reviewer) = (server.token("ci", "publisher"), server.token("ana", "reviewer"));
    let file = server.data.path().join("demo-1.0.0.tgz");
    std::fs::write(&file, clean("demo", "1.0.0")).unwrap();
    let file = file.to_str().unwrap();
    ends(&server.client(&reviewer, &["push", file, "charts"]), 6, "");
    let pushed = server.client(&publisher, &["push", file, "charts", "-o", "json"]);
    let receipt: Value = serde_json::from_slice(&pushed.stdout).unwrap();
    assert_eq!((code(&pushed), &receipt["created"]), (0, &json!(true)), "{}", said(&pushed));
    ends(&server.client(&publisher, &["push", file, "charts"]), 0, "");
    server.settled("charts/demo", "1.0.0", &publisher);

    let status = ["status", "charts/demo", "1.0.0"];
    ends(&server.client(&publisher, &status), 7, "in review");
    let waited = server.client(&publisher, &[&status[..], &["--wait", "--timeout", "1"]].concat());
    ends(&waited, 7, "in review");
    let queue = server.client(&reviewer, &["queue"]);
    assert!(String::from_utf8_lossy(&queue.stdout).contains("charts/demo 1.0.0"), "{}", said(&queue));

    let approve = ["approve", "charts/demo", "1.0.0", "--reason"];
    ends(&server.client(&publisher, &[&approve[..], &["mine"]].concat()), 6, "");
    ends(&server.client(&reviewer, &[&approve[..], &[" "]].concat()), 2, "reason");
    ends(&server.client(&reviewer, &["approve", "charts/demo", "1.0.0"]), 2, "--reason");
    ends(&server.client(&reviewer, &[&approve[..], &["read"]].concat()), 0, "");
    ends(&server.client(&reviewer, &[&approve[..], &["again"]].concat()), 6, "changed");
    ends(&server.client(&publisher, &[&status[..], &["--wait"]].concat()), 0, "");
    assert!(server.client(&reviewer, &["queue"]).stdout.starts_with(b"nothing waits"));

    let target = tempfile::tempdir().unwrap();
    let pull = ["pull", "charts/demo", "1.0.0", "--destination", target.path().to_str().unwrap()];
    ends(&server.client("", &pull), 0, "");
    assert_eq!(std::fs::read(target.path().join("demo-1.0.0.tgz")).unwrap(), clean("demo", "1.0.0"));

    let revoke = ["revoke", "charts/demo", "1.0.0", "--reason", "a leaked key"];
    ends(&server.client(&reviewer, &revoke), 0, "");
    ends(&server.client(&publisher, &status), 6, "a leaked key");
    ends(&server.client("", &pull), 6, "a leaked key");
}

#[test]
fn exit_codes_tell_failures_apart() {
    let server = Server::start(&[]);
    let publisher = server.token("ci", "publisher");
    let status = ["status", "charts/demo", "1.0.0"];
    ends(&server.client("wrong", &status), 4, "token");
    ends(&server.client(&publisher, &status), 5, "demo");
    ends(&server.client(&publisher, &["status", "demo", "1.0.0"]), 2, "REPOSITORY/CHART");
    ends(&server.client(&publisher, &["push", "/nowhere.tgz", "charts"]), 2, "/nowhere.tgz");
    ends(&server.client("", &["pull", "charts/demo", "1.0.0"]), 5, "");
    let unreachable = chartgate()
        .args(status)
        .args(["--server", &format!("http://127.0.0.1:{}", free_port())])
        .output()
        .unwrap();
    ends(&unreachable, 7, "cannot be reached");
}

#[test]
fn template_says_what_ran_and_where_a_field_comes_from() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("demo-1.0.0.tgz");
    let text = "{{ if .Values.on }}\nkind: Pod\nmetadata: {name: p}\nspec: {hostNetwork: {{ .Values.host }}}\n{{ end }}";
    std::fs::write(&file, with_template("demo", "1.0.0", text)).unwrap();
    let template = |flags: &[&str]| {
        chartgate().args(["template", "x"]).arg(&file).args(flags).output().expect("chartgate starts")
    };
    let covered = template(&["--coverage=json"]);
    let report: Value = serde_json::from_slice(&covered.stdout).unwrap();
    let branch = &report["files"][0]["templates"][0]["branches"][0];
    assert_eq!((code(&covered), &branch["taken"], &branch["line"]), (0, &json!(0), &json!(1)), "{report}");
    let shown = template(&["--coverage"]);
    let text = "1:3 if .Values.on: never true  <- values on\n";
    assert!(String::from_utf8_lossy(&shown.stdout).ends_with(text), "{shown:?}");
    let on = ["--set", "on=true,host=true", "--explain"];
    let explained = template(&[&on[..], &["Pod/p spec.hostNetwork"]].concat());
    let line =
        "Pod/p spec.hostNetwork  <- templates/object.yaml:4 <- values host (--set on=true,host=true)\n";
    assert!(String::from_utf8_lossy(&explained.stdout).starts_with(line), "{explained:?}");
    ends(&template(&[&on[..], &["spec.hostNetwrk"]].concat()), 5, "near it: spec.hostNetwork");
    ends(&template(&["--coverage", "--explain", "spec"]), 2, "cannot be used with");
}

#[test]
fn what_is_blocked_cannot_be_approved_and_the_answer_names_the_rule() {
    for (bytes, rule) in
        [(privileged("demo", "1.0.0"), "pod/privileged"), (broken("demo", "1.0.0"), "template/render-failed")]
    {
        let server = Server::start(&[]);
        let (publisher, reviewer) = (server.token("ci", "publisher"), server.token("ana", "reviewer"));
        push(&server, &publisher, &bytes);
        let waited = server.client(&publisher, &["status", "charts/demo", "1.0.0", "--wait"]);
        ends(&waited, 6, rule);
        let refused = server.decide("approve", "charts/demo", "1.0.0", "please", &reviewer).expect(409);
        assert_eq!(refused.json()["type"], "urn:chartgate:problem:blocked");
        let detail = refused.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(rule), "{detail}");
        let approve = ["approve", "charts/demo", "1.0.0", "--reason", "please"];
        ends(&server.client(&reviewer, &approve), 6, rule);
        let reject = ["reject", "charts/demo", "1.0.0", "--reason", "no"];
        ends(&server.client(&reviewer, &reject), 0, "");
        ends(&server.client(&reviewer, &reject), 6, "rejected");
        ends(&server.client("", &["pull", "charts/demo", "1.0.0"]), 6, "was rejected");
    }
}

#[test]
fn nobody_approves_an_upload_of_their_own() {
    let server = Server::start(&[]);
    let admin = server.token("boss", "admin");
    push(&server, &admin, &clean("demo", "1.0.0"));
    let refused = server.decide("approve", "charts/demo", "1.0.0", "mine", &admin).expect(403);
    assert!(refused.json()["detail"].as_str().unwrap().contains("somebody else must"), "{}", refused.text);
    let approve = ["approve", "charts/demo", "1.0.0", "--reason", "mine"];
    ends(&server.client(&admin, &approve), 6, "somebody else must");
    let other_token = server.token("boss", "reviewer");
    server.decide("approve", "charts/demo", "1.0.0", "same person", &other_token).expect(403);
    server.approve("charts/demo", "1.0.0");
}

#[test]
fn a_decision_is_bound_to_what_was_seen() {
    let server = Server::start(&[]);
    let (publisher, reviewer) = (server.token("ci", "publisher"), server.token("ana", "reviewer"));
    push(&server, &publisher, &clean("demo", "1.0.0"));
    let seen = server.settled("charts/demo", "1.0.0", &reviewer);
    let (digest, policy) = (&seen["digest"], &seen["policy_version"]);
    let other = crate::doors::digest(b"other");
    for (what, body, status, says) in [
        ("another digest", json!({"reason": "x", "digest": other, "policy_version": policy}), 409, "digest"),
        ("another policy", json!({"reason": "x", "digest": digest, "policy_version": "old"}), 409, "policy"),
        ("no digest at all", json!({"reason": "x", "policy_version": policy}), 400, "digest"),
        ("a wrong digest", json!({"reason": "x", "digest": "x", "policy_version": policy}), 400, "digest"),
        ("no policy", json!({"reason": "x", "digest": digest}), 400, "policy_version"),
        ("no reason", json!({"digest": digest, "policy_version": policy}), 400, "reason"),
        (
            "an empty reason",
            json!({"reason": " ", "digest": digest, "policy_version": policy}),
            400,
            "reason",
        ),
        (
            "a key too many",
            json!({"reason": "x", "digest": digest, "policy_version": policy, "y": 1}),
            400,
            "y",
        ),
    ] {
        for verb in ["approve", "reject"] {
            let url = server.url(&format!("{VERSION}/{verb}"));
            let answer = post_json(&url, Some(&reviewer), &body);
            assert_eq!(answer.status, status, "{what}: {}", answer.text);
            assert!(Door::Api.sentence(&answer).contains(says), "{what}: {}", answer.text);
            assert_eq!(get(&server.url(VERSION), Some(&reviewer)).json()["state"], "in review", "{what}");
        }
    }
    let body = json!({"reason": "x", "digest": digest, "policy_version": policy});
    for (token, status) in [(None, 401), (Some(&*publisher), 403)] {
        post_json(&server.url(&format!("{VERSION}/approve")), token, &body).expect(status);
    }
    server.decide("revoke", "charts/demo", "1.0.0", "too early", &reviewer).expect(409);
}

/// The document is made from the handlers; every route it names answers, and every route of the table is named.
#[test]
fn the_openapi_document_lists_every_route() {
    let server = Server::start(&[]);
    let document = get(&server.url("/api/v1/openapi.json"), None).expect(200).json();
    let version = "/api/v1/repositories/{repository}/charts/{chart}/versions/{version}";
    let mut routes: Vec<String> = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        routes.extend(methods.as_object().unwrap().keys().map(|method| format!("{method} {path}")));
    }
    routes.sort();
    let mut wanted = vec![
        "get /api/v1/audit".to_owned(),
        "get /api/v1/queue".to_owned(),
        "get /api/v1/repositories".to_owned(),
        "post /api/v1/repositories/{repository}/charts".to_owned(),
        format!("get {version}"),
        format!("get {version}/report"),
    ];
    wanted.extend(["approve", "reject", "revoke"].map(|verb| format!("post {version}/{verb}")));
    let upstreams =
        ["get ", "post ", "get /{name}", "delete /{name}", "get /{name}/versions", "post /{name}/runs"];
    for route in upstreams.into_iter().chain(["get /{name}/runs/{id}"]) {
        let (method, below) = route.split_once(' ').unwrap();
        wanted.push(format!("{method} /api/v1/upstreams{below}"));
    }
    wanted.sort();
    assert_eq!(routes, wanted);
}
