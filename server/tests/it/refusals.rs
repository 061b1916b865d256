//! Bad input at every door: each refusal has its own status, its own sentence and its door's form, and leaves neither row
//! nor blob behind.

use crate::charts::{archive, broken, chart_yaml, clean, gzip};
use crate::doors::{DOORS, Door, Parcel, digest, push_blob, stored_files};
use crate::http::{Answer, call, get, post};
use crate::process::Server;

/// What is refused: the parcel's bytes, the status at the HTTP doors, the status and code over OCI, a part of the sentence.
struct Refusal {
    what: &'static str,
    bytes: Vec<u8>,
    status: u16,
    oci: (u16, &'static str),
    says: &'static str,
}

fn refusal(
    what: &'static str,
    bytes: Vec<u8>,
    status: u16,
    oci: (u16, &'static str),
    says: &'static str,
) -> Refusal {
    Refusal { what, bytes, status, oci, says }
}

fn with_chart_yaml(folder: &str, text: &str) -> Vec<u8> {
    archive(&[(&format!("{folder}/Chart.yaml"), text)])
}

fn bad_archives() -> Vec<Refusal> {
    let invalid = (400, "MANIFEST_INVALID");
    let good = clean("demo", "1.0.0");
    vec![
        refusal("no archive", b"this is no archive".to_vec(), 422, invalid, "gzip"),
        refusal("nothing", Vec::new(), 422, invalid, "the chart was refused"),
        refusal("half an archive", good[..good.len() / 2].to_vec(), 422, invalid, "the chart was refused"),
        refusal("gzip of no tar", gzip(b"plain text"), 422, invalid, "the chart was refused"),
        refusal("no Chart.yaml", archive(&[("demo/values.yaml", "a: 1\n")]), 422, invalid, "Chart.yaml"),
        refusal("wrong YAML", with_chart_yaml("demo", "name: [demo\n"), 422, invalid, "Chart.yaml"),
        refusal(
            "a key twice",
            with_chart_yaml("demo", "apiVersion: v2\nname: demo\nname: demo\nversion: 1.0.0\n"),
            422,
            invalid,
            "name",
        ),
        refusal(
            "a wrong name",
            with_chart_yaml("demo", &chart_yaml("../demo", "1.0.0")),
            422,
            invalid,
            "name",
        ),
        refusal(
            "another folder",
            with_chart_yaml("other", &chart_yaml("demo", "1.0.0")),
            422,
            invalid,
            "other",
        ),
        refusal(
            "a wrong version",
            with_chart_yaml("demo", &chart_yaml("demo", "1.0")),
            422,
            invalid,
            "version",
        ),
        refusal(
            "no version",
            with_chart_yaml("demo", "apiVersion: v2\nname: demo\n"),
            422,
            invalid,
            "version",
        ),
        refusal("much too large", vec![0; 60 * 1024 * 1024], 413, (413, "SIZE_INVALID"), "20971520 bytes"),
        refusal("too large", vec![0; 20 * 1024 * 1024 + 1], 413, (413, "SIZE_INVALID"), "20971520 bytes"),
    ]
}

#[test]
fn every_door_refuses_bad_charts_in_its_own_form_and_keeps_nothing() {
    let server = Server::start(&[]);
    let publisher = server.token("ci", "publisher");
    let before = stored_files(&server);
    for case in bad_archives() {
        for door in DOORS {
            let parcel = Parcel { repository: "charts", name: "demo", version: "1.0.0", bytes: &case.bytes };
            let answer = door.push(&server, Some(&publisher), parcel);
            check(door, &case, &answer);
        }
        assert_nothing_new(&server, &publisher, &before, case.what);
    }
}

fn check(door: Door, case: &Refusal, answer: &Answer) {
    let label = format!("{} at {door:?}: {} {}", case.what, answer.status, answer.text);
    let (status, code) = if door == Door::Oci { case.oci } else { (case.status, "") };
    assert_eq!(answer.status, status, "{label}");
    let sentence = door.sentence(answer);
    assert!(sentence.starts_with(code), "{label}");
    assert!(sentence.to_lowercase().contains(&case.says.to_lowercase()), "{label}: {sentence}");
}

/// No row and no blob: the queue is empty, the version unknown, the folders are as they were.
fn assert_nothing_new(server: &Server, token: &str, before: &[std::path::PathBuf], what: &str) {
    let queue = get(&server.url("/api/v1/queue"), Some(token)).expect(200).json();
    assert_eq!(queue["items"].as_array().map(Vec::len), Some(0), "{what}: {queue}");
    let version = server.url("/api/v1/repositories/charts/charts/demo/versions/1.0.0");
    get(&version, Some(token)).expect(404);
    let tags = get(&server.url("/v2/charts/demo/tags/list"), Some(token)).expect(404);
    assert!(tags.text.contains("NAME_UNKNOWN"), "{what}: {}", tags.text);
    assert_eq!(stored_files(server), before, "{what} left files behind");
}

#[test]
fn every_door_asks_who_pushes_before_it_reads() {
    let server = Server::start(&[]);
    let reader = server.token("reader", "reader");
    let reviewer = server.token("ana", "reviewer");
    let publisher = server.token("ci", "publisher");
    let elsewhere = server.token_for("other-ci", "publisher", "elsewhere");
    let before = stored_files(&server);
    let bytes = clean("demo", "1.0.0");
    for (what, token, repository, status, code) in [
        ("no token", None, "charts", 401, "UNAUTHORIZED"),
        ("no token, no such repository", None, "nowhere", 401, "UNAUTHORIZED"),
        ("a wrong token", Some("cg_wrong"), "charts", 401, "UNAUTHORIZED"),
        ("a reader's token", Some(&*reader), "charts", 403, "DENIED"),
        ("a reviewer's token", Some(&*reviewer), "charts", 403, "DENIED"),
        ("a token for another repository", Some(&*elsewhere), "charts", 403, "DENIED"),
        ("an unknown repository", Some(&*publisher), "nowhere", 404, "NAME_UNKNOWN"),
        ("a name that no repository can have", Some(&*publisher), "No_Where", 400, "NAME_INVALID"),
    ] {
        for door in DOORS {
            let parcel = Parcel { repository, name: "demo", version: "1.0.0", bytes: &bytes };
            let answer = door.push(&server, token, parcel);
            assert_eq!(answer.status, status, "{what} at {door:?}: {}", answer.text);
            let sentence = door.sentence(&answer);
            assert!(door != Door::Oci || sentence.starts_with(code), "{what}: {sentence}");
            let challenge = answer.header("www-authenticate");
            match (status, door) {
                (401, Door::Oci) => assert!(challenge.starts_with("Bearer realm="), "{challenge}"),
                (401, _) => assert!(challenge.starts_with("Basic realm="), "{challenge}"),
                _ => assert_eq!(challenge, "", "{what}"),
            }
        }
        assert_nothing_new(&server, &publisher, &before, what);
    }
}

/// The manifest alone, without its blobs, must not tell a stranger more than the blobs would.
#[test]
fn a_manifest_asks_for_the_right_before_it_is_read() {
    let server = Server::start(&[]);
    let reader = server.token("reader", "reader");
    let url = server.url("/v2/charts/demo/manifests/1.0.0");
    for (token, status) in [(None, 401), (Some(&*reader), 403)] {
        call("PUT", &url, token, &[("Content-Type", "application/json")], "no manifest").expect(status);
    }
}

#[test]
fn the_same_bytes_again_change_nothing_and_other_bytes_are_a_conflict() {
    for door in DOORS {
        let server = Server::start(&[]);
        let publisher = server.token("ci", "publisher");
        let (first, other) = (clean("demo", "1.0.0"), broken("demo", "1.0.0"));
        let parcel = |bytes| Parcel { repository: "charts", name: "demo", version: "1.0.0", bytes };
        let status = if door == Door::Oci { 201 } else { 202 };
        let answer = door.push(&server, Some(&publisher), parcel(&first)).expect(status);
        assert!(door == Door::Oci || answer.json()["created"] == true, "{door:?}: {}", answer.text);
        server.settled("charts/demo", "1.0.0", &publisher);
        let (files, entries) = (stored_files(&server), server.audit_actions());

        let again = door.push(&server, Some(&publisher), parcel(&first)).expect(status);
        if door != Door::Oci {
            let receipt = again.json();
            assert_eq!((&receipt["created"], &receipt["saved"]), (&false.into(), &true.into()), "{door:?}");
            assert_eq!(receipt["digest"], digest(&first), "{door:?}");
        }
        let conflict = door.push(&server, Some(&publisher), parcel(&other)).expect(409);
        let sentence = door.sentence(&conflict);
        assert!(sentence.contains("exists with other bytes"), "{door:?}: {sentence}");
        assert_eq!(stored_files(&server), files, "{door:?}");
        assert_eq!(server.audit_actions(), entries, "{door:?}: nothing happened");
    }
}

#[test]
fn force_does_not_overwrite() {
    let server = Server::start(&[]);
    let publisher = server.token("ci", "publisher");
    let url = server.url("/api/charts/charts?force");
    post(&url, &publisher, "application/gzip", clean("demo", "1.0.0")).expect(202);
    let answer = post(&url, &publisher, "application/gzip", broken("demo", "1.0.0")).expect(409);
    assert!(answer.text.contains("raise the version"), "{}", answer.text);
}

#[test]
fn a_wrong_digest_is_refused_and_the_upload_is_gone() {
    let server = Server::start(&[]);
    let publisher = server.token("ci", "publisher");
    let before = stored_files(&server);
    let begin = server.url("/v2/charts/demo/blobs/uploads/");
    for (given, status, code) in [
        (digest(b"other bytes"), 400, "DIGEST_INVALID"),
        ("sha256:short".to_owned(), 400, "DIGEST_INVALID"),
        ("md5:d41d8cd98f00b204e9800998ecf8427e".to_owned(), 400, "DIGEST_INVALID"),
    ] {
        let monolithic = format!("{begin}?digest={given}");
        let answer = call("POST", &monolithic, Some(&publisher), &[], "some bytes").expect(status);
        assert!(answer.text.contains(code), "{}", answer.text);
    }
    assert_eq!(stored_files(&server), before);
}

/// A client that stops in the middle leaves nothing, whatever it was sending to.
#[test]
fn an_upload_that_breaks_off_leaves_nothing() {
    use std::io::Write as _;
    let mut server = Server::start(&[]);
    let publisher = server.token("ci", "publisher");
    let before = stored_files(&server);
    let bytes = clean("demo", "1.0.0");
    for (method, path) in [
        ("POST", "/api/charts/charts".to_owned()),
        ("POST", "/api/v1/repositories/charts/charts".to_owned()),
        ("POST", format!("/v2/charts/demo/blobs/uploads/?digest={}", digest(&bytes))),
    ] {
        let mut stream = std::net::TcpStream::connect(server.host()).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {publisher}\r\nContent-Length: {}\r\n\r\n",
            server.host(),
            bytes.len()
        )
        .unwrap();
        stream.write_all(&bytes[..bytes.len() / 2]).unwrap();
        drop(stream);
    }
    server.wait_for("the staged half to go", |server| stored_files(server) == before);
    assert_nothing_new(&server, &publisher, &before, "a broken upload");
}

#[test]
fn a_blob_too_large_for_a_chart_is_cut_off() {
    let server = Server::start(&[]);
    let publisher = server.token("ci", "publisher");
    let before = stored_files(&server);
    let answer = push_blob(&server, Some(&publisher), "charts/demo", &vec![0; 24 * 1024 * 1024]).expect(413);
    assert!(Door::Oci.sentence(&answer).starts_with("SIZE_INVALID"), "{}", answer.text);
    assert_eq!(stored_files(&server), before);
}

#[test]
fn unknown_addresses_answer_in_the_form_of_their_neighbours() {
    let server = Server::start(&[]);
    for (path, status, content_type) in [
        ("/nowhere/index.yaml", 404, "text/plain; charset=utf-8"),
        ("/charts/charts/demo-1.0.0.tgz", 404, "text/plain; charset=utf-8"),
        ("/charts/charts/demo.txt", 404, "text/plain; charset=utf-8"),
        ("/api/nowhere/charts", 404, "application/json"),
        ("/api/charts/charts/demo", 404, "application/json"),
        ("/api/v1/nothing", 404, "application/problem+json"),
        ("/v2/charts/demo/tags/list", 404, "application/json"),
        ("/v2/charts/demo/manifests/1.0.0", 404, "application/json"),
        ("/v2/nothing", 404, "application/json"),
        ("/nothing/at/all", 404, "text/html; charset=utf-8"),
    ] {
        let answer = get(&server.url(path), None);
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        assert_eq!(answer.header("content-type"), content_type, "{path}");
        assert!(!answer.header("x-request-id").is_empty(), "{path}");
    }
}
