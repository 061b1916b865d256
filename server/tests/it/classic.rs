//! The classic repository: what its index says, how it is cached, and that both protocols serve one store.

use std::io::Read as _;

use serde_json::{Value, json};

use crate::charts::{archive, clean};
use crate::doors::{DOORS, Door, LAYER_TYPE, Parcel, digest};
use crate::http::{call, get};
use crate::process::Server;

/// Every key that Helm's strict reader of index entries knows; any other makes the whole index unreadable.
const ENTRY_KEYS: [&str; 23] = [
    "alias",
    "annotations",
    "apiVersion",
    "appVersion",
    "condition",
    "created",
    "dependencies",
    "deprecated",
    "description",
    "digest",
    "home",
    "icon",
    "keywords",
    "kubeVersion",
    "maintainers",
    "name",
    "removed",
    "sources",
    "tags",
    "type",
    "urls",
    "version",
    "engine",
];
const DEPENDENCY_KEYS: [&str; 8] =
    ["name", "version", "repository", "condition", "tags", "enabled", "import-values", "alias"];

/// A Chart.yaml that uses much, with texts that YAML would read as something else, and a key that Helm does not know.
const RICH: &str = r#"apiVersion: v2
name: rich
version: 1.10.0
appVersion: "1.10"
kubeVersion: ">= 1.20.0-0"
type: application
description: "a: b # \"c\"\n- d"
home: https://example.org/
icon: https://example.org/i.png
keywords: ["on", "1e3"]
sources: [https://example.org/source]
maintainers: [{name: ana, email: ana@example.org, url: https://example.org/ana}]
annotations: {category: "true", "with space": "null"}
inventedKey: {deep: [1, 2]}
dependencies:
  - {name: sub, version: 0.1.0, condition: sub.enabled, tags: [a], import-values: [data], alias: other}
"#;

fn rich() -> Vec<u8> {
    archive(&[
        ("rich/Chart.yaml", RICH),
        ("rich/values.yaml", "sub:\n  enabled: false\n"),
        ("rich/templates/object.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n"),
        ("rich/charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 0.1.0\n"),
    ])
}

fn push(server: &Server, door: Door, name: &str, version: &str, bytes: &[u8]) {
    let publisher = server.token("ci", "publisher");
    let parcel = Parcel { repository: "charts", name, version, bytes };
    let answer = door.push(server, Some(&publisher), parcel);
    assert!(matches!(answer.status, 201 | 202), "{}", answer.text);
}

fn read_index(bytes: &[u8]) -> Value {
    let value =
        renderer::yaml::decode_map(bytes).unwrap_or_else(|error| panic!("the index is no YAML: {error:?}"));
    renderer::json::to_serde(&value)
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn an_empty_repository_has_an_empty_index() {
    let server = Server::start(&[]);
    let answer = get(&server.url("/charts/index.yaml"), None).expect(200);
    let index = read_index(&answer.bytes);
    assert_eq!((&index["apiVersion"], &index["entries"]), (&json!("v1"), &json!({})));
}

#[test]
fn the_index_says_only_what_strict_readers_know() {
    let server = Server::start(&[]);
    push(&server, Door::Raw, "rich", "1.10.0", &rich());
    push(&server, Door::Raw, "demo", "0.9.0", &clean("demo", "0.9.0"));
    push(&server, Door::Raw, "demo", "0.10.0", &clean("demo", "0.10.0"));
    push(&server, Door::Raw, "demo", "0.11.0", &clean("demo", "0.11.0"));
    for (chart, version) in [("rich", "1.10.0"), ("demo", "0.9.0"), ("demo", "0.10.0")] {
        server.approve(&format!("charts/{chart}"), version);
    }
    let index = read_index(&get(&server.url("/charts/index.yaml"), None).expect(200).bytes);
    assert_eq!(keys(&index), ["apiVersion", "entries", "generated"]);
    assert_eq!(keys(&index["entries"]), ["demo", "rich"]);
    let versions: Vec<&Value> =
        index["entries"]["demo"].as_array().unwrap().iter().map(|entry| &entry["version"]).collect();
    assert_eq!(versions, [&json!("0.10.0"), &json!("0.9.0")], "approved ones alone, newest first");

    let entry = &index["entries"]["rich"][0];
    for key in keys(entry) {
        assert!(ENTRY_KEYS.contains(&key), "Helm does not know {key}");
    }
    for key in keys(&entry["dependencies"][0]) {
        assert!(DEPENDENCY_KEYS.contains(&key), "Helm does not know {key} of a dependency");
    }
    assert_eq!(entry["appVersion"], "1.10");
    assert_eq!(entry["description"], "a: b # \"c\" - d", "Helm reads line ends as spaces");
    assert_eq!(entry["keywords"], json!(["on", "1e3"]));
    assert_eq!(entry["annotations"], json!({ "category": "true", "with space": "null" }));
    assert_eq!(entry["urls"], json!(["charts/rich-1.10.0.tgz"]), "relative, so that proxies do no harm");
    assert_eq!(format!("sha256:{}", entry["digest"].as_str().unwrap()), digest(&rich()));
    let served = get(&server.url("/charts/charts/rich-1.10.0.tgz"), None).expect(200);
    assert_eq!(served.bytes, rich());
}

#[test]
fn the_index_is_the_same_until_something_is_published_or_revoked() {
    let server = Server::start(&[]);
    let url = server.url("/charts/index.yaml");
    push(&server, Door::Raw, "demo", "1.0.0", &clean("demo", "1.0.0"));
    server.approve("charts/demo", "1.0.0");
    let first = get(&url, None).expect(200);
    let etag = first.header("etag").to_owned();
    assert!(etag.starts_with('"'), "a strong validator: {etag}");
    assert_eq!(first.header("cache-control"), "private, no-cache");

    push(&server, Door::Raw, "demo", "2.0.0", &clean("demo", "2.0.0"));
    let publisher = server.token("ci", "publisher");
    server.settled("charts/demo", "2.0.0", &publisher);
    let second = get(&url, None).expect(200);
    assert_eq!(
        (&second.bytes, second.header("etag")),
        (&first.bytes, &*etag),
        "a push alone changes nothing"
    );

    let same = call("GET", &url, None, &[("If-None-Match", &etag)], "").expect(304);
    assert_eq!((same.bytes.len(), same.header("etag")), (0, &*etag));
    let head = call("HEAD", &url, None, &[], "").expect(200);
    assert_eq!(head.header("content-length"), first.bytes.len().to_string());
    assert_eq!(head.header("etag"), etag);
    let gzip = call("GET", &url, None, &[("Accept-Encoding", "gzip")], "").expect(200);
    assert_eq!(gzip.header("content-encoding"), "gzip");
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(&*gzip.bytes).read_to_end(&mut plain).unwrap();
    assert_eq!(plain, first.bytes);

    let server = server.restart(&[]);
    let url = server.url("/charts/index.yaml");
    let after = get(&url, None).expect(200);
    assert_eq!((&after.bytes, after.header("etag")), (&first.bytes, &*etag), "a restart changes nothing");

    server.approve("charts/demo", "2.0.0");
    let changed = get(&url, None).expect(200);
    assert_ne!(changed.header("etag"), etag);
    let reviewer = server.token("second-person", "reviewer");
    server.decide("revoke", "charts/demo", "2.0.0", "withdrawn", &reviewer).expect(200);
    let back = read_index(&get(&url, None).expect(200).bytes);
    assert_eq!(back["entries"]["demo"].as_array().map(Vec::len), Some(1));
}

/// One store, two protocols: whichever door a chart came through, both serve the bytes that came.
#[test]
fn every_door_ends_in_the_same_store() {
    let server = Server::start(&[]);
    for (number, door) in DOORS.into_iter().enumerate() {
        let version = format!("1.0.{number}+b.1");
        let bytes = clean("demo", &version);
        push(&server, door, "demo", &version, &bytes);
        server.approve("charts/demo", &version);
        for file in [format!("demo-{version}.tgz"), format!("demo-{}.tgz", version.replace('+', "%2B"))] {
            let served = get(&server.url(&format!("/charts/charts/{file}")), None).expect(200);
            assert_eq!(served.bytes, bytes, "{door:?}");
        }
        let tag = version.replace('+', "_");
        let manifest = get(&server.url(&format!("/v2/charts/demo/manifests/{tag}")), None).expect(200);
        assert_eq!(manifest.header("docker-content-digest"), digest(&manifest.bytes));
        let layer = &manifest.json()["layers"][0];
        assert_eq!((&layer["mediaType"], &layer["digest"]), (&json!(LAYER_TYPE), &json!(digest(&bytes))));
        for part in [&manifest.json()["config"], layer] {
            let part_digest = part["digest"].as_str().unwrap();
            let blob = get(&server.url(&format!("/v2/charts/demo/blobs/{part_digest}")), None).expect(200);
            assert_eq!(digest(&blob.bytes), part_digest, "{door:?}");
            assert_eq!(part["size"], blob.bytes.len());
        }
    }
}

#[test]
fn chart_files_have_validators_and_ranges() {
    let server = Server::start(&[]);
    let bytes = clean("demo", "1.0.0");
    push(&server, Door::Raw, "demo", "1.0.0", &bytes);
    server.approve("charts/demo", "1.0.0");
    let url = server.url("/charts/charts/demo-1.0.0.tgz");
    let whole = get(&url, None).expect(200);
    let etag = whole.header("etag").to_owned();
    assert_eq!(whole.header("cache-control"), "private, no-cache", "it can be revoked");
    call("GET", &url, None, &[("If-None-Match", &etag)], "").expect(304);
    let part = call("GET", &url, None, &[("Range", "bytes=-4")], "").expect(206);
    assert_eq!(part.bytes, bytes[bytes.len() - 4..]);
    let head = call("HEAD", &url, None, &[], "").expect(200);
    assert_eq!((head.header("content-length"), head.bytes.len()), (&*bytes.len().to_string(), 0));
    get(&format!("{url}.prov"), None).expect(404);
}

#[test]
fn the_museum_api_lists_what_is_published() {
    let server = Server::start(&[]);
    for version in ["1.0.0", "1.1.0"] {
        push(&server, Door::Form, "demo", version, &clean("demo", version));
    }
    let charts = server.url("/api/charts/charts");
    assert_eq!(get(&charts, None).expect(200).json(), json!({}));
    server.approve("charts/demo", "1.0.0");
    let listed = get(&charts, None).expect(200).json();
    assert_eq!(listed["demo"].as_array().map(Vec::len), Some(1));
    let one = get(&format!("{charts}/demo/1.0.0"), None).expect(200).json();
    assert_eq!(one, get(&format!("{charts}/demo/latest"), None).expect(200).json());
    assert_eq!(one, listed["demo"][0]);
    let hidden = get(&format!("{charts}/demo/1.1.0"), None).expect(404);
    assert_eq!(hidden.json(), json!({ "error": "no chart version found for demo-1.1.0" }));
}

/// A repository that is not open to everybody asks for a token everywhere.
#[test]
fn reading_can_be_closed() {
    let server = Server::start(&["--anonymous-read", "false"]);
    push(&server, Door::Raw, "demo", "1.0.0", &clean("demo", "1.0.0"));
    server.approve("charts/demo", "1.0.0");
    let reader = server.token("reader", "reader");
    let elsewhere = server.token_for("elsewhere", "reader", "other");
    for path in [
        "/charts/index.yaml",
        "/charts/charts/demo-1.0.0.tgz",
        "/api/charts/charts",
        "/v2/charts/demo/tags/list",
        "/v2/charts/demo/manifests/1.0.0",
    ] {
        let url = server.url(path);
        get(&url, None).expect(401);
        get(&url, Some(&reader)).expect(200);
        get(&url, Some(&elsewhere)).expect(404);
        let basic = crate::http::send(|client| client.get(&url).basic_auth("anybody", Some(&reader)));
        basic.expect(200);
    }
}
