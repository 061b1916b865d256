//! The OCI door as its clients use it: signing in, uploads in parts, reading by tag and digest, and who may see what.

use serde_json::json;

use crate::charts::{clean, privileged};
use crate::doors::{
    Door, LAYER_TYPE, MANIFEST_TYPE, Parcel, config, digest, manifest, push_blob, push_manifest, stored_files,
};
use crate::http::{Answer, call, get, post_json};
use crate::process::Server;

const PROVENANCE_TYPE: &str = "application/vnd.cncf.helm.chart.provenance.v1.prov";

fn parcel<'a>(name: &'a str, version: &'a str, bytes: &'a [u8]) -> Parcel<'a> {
    Parcel { repository: "charts", name, version, bytes }
}

fn code(answer: &Answer) -> String {
    answer.json()["errors"][0]["code"].as_str().unwrap_or_default().to_owned()
}

fn head(url: &str, token: Option<&str>) -> Answer {
    call("HEAD", url, token, &[], "")
}

#[test]
fn clients_learn_how_to_sign_in() {
    let server = Server::start(&[]);
    let publisher = server.token("ci", "publisher");
    let ping = get(&server.url("/v2/"), None).expect(401);
    let realm = format!("Bearer realm=\"{}\",service=\"{}\"", server.url("/auth/token"), server.host());
    assert_eq!(ping.header("www-authenticate"), realm);
    assert_eq!(code(&ping), "UNAUTHORIZED");
    get(&server.url("/v2/"), Some(&publisher)).expect(200);
    get(&server.url("/v2/"), Some("wrong")).expect(401);
    let push = call("POST", &server.url("/v2/charts/demo/blobs/uploads/"), None, &[], "").expect(401);
    let challenge = push.header("www-authenticate");
    assert!(challenge.ends_with(",scope=\"repository:charts/demo:pull,push\""), "{challenge}");
}

#[test]
fn the_token_endpoint_gives_tokens_that_work() {
    let server = Server::start(&[]);
    let publisher = server.token("ci", "publisher");
    let url =
        server.url("/auth/token?service=x&scope=repository:charts/demo:pull,push&scope=repository:b/c:pull");
    let by_get =
        crate::http::send(|client| client.get(&url).basic_auth("robot", Some(&publisher))).expect(200);
    let form = |grant: &str| {
        let url = server.url("/auth/token");
        call("POST", &url, None, &[("Content-Type", "application/x-www-form-urlencoded")], grant)
    };
    let by_post =
        form(&format!("grant_type=password&service=x&client_id=helm&username=robot&password={publisher}"));
    for answer in [by_get, by_post.expect(200)] {
        let body = answer.json();
        assert!(body["expires_in"].as_u64().unwrap() >= 60, "{body}");
        assert_eq!(body["token"], body["access_token"]);
        let token = body["token"].as_str().unwrap();
        get(&server.url("/v2/"), Some(token)).expect(200);
        call("POST", &server.url("/v2/charts/demo/blobs/uploads/"), Some(token), &[], "").expect(202);
    }
    let anonymous = get(&url, None).expect(200).json()["token"].as_str().unwrap().to_owned();
    get(&server.url("/v2/charts/demo/tags/list"), Some(&anonymous)).expect(404);
    call("POST", &server.url("/v2/charts/demo/blobs/uploads/"), Some(&anonymous), &[], "").expect(401);
    crate::http::send(|client| client.get(&url).basic_auth("robot", Some("wrong"))).expect(401);
    assert_eq!(code(&form("grant_type=password&password=wrong").expect(401)), "UNAUTHORIZED");
    form("grant_type=magic").expect(400);
}

#[test]
fn a_blob_can_come_in_one_request_or_in_parts() {
    let server = Server::start(&[]);
    let publisher = server.token("ci", "publisher");
    let token = Some(&*publisher);
    let begin = server.url("/v2/charts/demo/blobs/uploads/");
    let whole =
        call("POST", &format!("{begin}?digest={}", digest(b"whole")), token, &[], "whole").expect(201);
    assert_eq!(whole.header("location"), format!("/v2/charts/demo/blobs/{}", digest(b"whole")));
    assert_eq!(whole.header("docker-content-digest"), digest(b"whole"));

    let begun = call("POST", &begin, token, &[], "").expect(202);
    let address = server.url(begun.header("location"));
    let first = call("PATCH", &address, token, &[("Content-Range", "0-2")], "abc").expect(202);
    assert_eq!(first.header("range"), "0-2");
    for wrong in ["0-2", "4-5"] {
        let refused = call("PATCH", &address, token, &[("Content-Range", wrong)], "xy").expect(416);
        assert_eq!(code(&refused), "BLOB_UPLOAD_INVALID");
    }
    let state = get(&address, token).expect(204);
    assert_eq!(state.header("range"), "0-2", "a refused part changes nothing");
    call("PATCH", &address, token, &[], "de").expect(202);
    let last = format!("{address}?digest={}", digest(b"abcdefg"));
    call("PUT", &last, token, &[("Content-Range", "5-6")], "fg").expect(201);
    assert_eq!(code(&get(&address, token).expect(404)), "BLOB_UPLOAD_UNKNOWN");

    let blob = server.url(&format!("/v2/charts/demo/blobs/{}", digest(b"abcdefg")));
    assert_eq!(get(&blob, token).expect(200).text, "abcdefg");
    assert_eq!(head(&blob, token).expect(200).header("content-length"), "7");
    let other = server.token("other", "publisher");
    assert_eq!(code(&get(&blob, Some(&other)).expect(404)), "BLOB_UNKNOWN");
    head(&blob, None).expect(404);

    let mounted = format!("{begin}?mount={}&from=charts/demo", digest(b"abcdefg"));
    call("POST", &mounted, token, &[], "").expect(201);
    let unknown = format!("{begin}?mount={}&from=charts/demo", digest(b"unknown"));
    call("POST", &unknown, token, &[], "").expect(202);
    call("POST", &mounted, Some(&other), &[], "").expect(202);
}

#[test]
fn an_upload_belongs_to_its_owner_and_can_be_cancelled() {
    let server = Server::start(&[]);
    let (publisher, other) = (server.token("ci", "publisher"), server.token("other", "publisher"));
    let before = stored_files(&server);
    let begun =
        call("POST", &server.url("/v2/charts/demo/blobs/uploads/"), Some(&publisher), &[], "").expect(202);
    assert!(begun.header("location").starts_with("/v2/charts/demo/blobs/uploads/"), "relative");
    let address = server.url(begun.header("location"));
    for method in ["GET", "PATCH", "DELETE"] {
        call(method, &address, Some(&other), &[], "").expect(404);
    }
    call("DELETE", &address, Some(&publisher), &[], "").expect(204);
    call("DELETE", &address, Some(&publisher), &[], "").expect(404);
    assert_eq!(stored_files(&server), before);
}

/// Each manifest disagrees with what it carries in one way.
#[test]
fn a_manifest_must_agree_with_its_chart() {
    let server = Server::start(&[]);
    let publisher = server.token("ci", "publisher");
    let token = Some(&*publisher);
    let chart = clean("demo", "1.0.0");
    let good = config("demo", "1.0.0");
    let layer: &[(&str, &[u8])] = &[(LAYER_TYPE, &chart)];
    let (other_name, other_version) = (config("other", "1.0.0"), config("demo", "1.0.1"));
    let no_json = b"no json".to_vec();
    let unknown = manifest(&config("demo", "9.9.9"), layer);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let wrong_size =
        text(&manifest(&good, layer)).replace(&format!("\"size\":{}", chart.len()), "\"size\":7");
    let wrong_schema = text(&manifest(&good, layer)).replace("\"schemaVersion\":2", "\"schemaVersion\":1");
    let image = text(&manifest(&good, layer))
        .replace("application/vnd.cncf.helm.config.v1+json", "application/vnd.oci.image.config.v1+json");
    let right = manifest(&good, layer);
    let elsewhere = digest(b"elsewhere");
    for (what, name, reference, body, wanted, says) in [
        ("another tag", "demo", "1.0.1", right.clone(), "MANIFEST_INVALID", "its tag is 1.0.0"),
        ("no version as tag", "demo", "latest", right.clone(), "MANIFEST_INVALID", "latest"),
        ("another name", "demo2", "1.0.0", right.clone(), "MANIFEST_INVALID", "push it as demo"),
        ("another digest", "demo", &elsewhere, right, "DIGEST_INVALID", "hashes to"),
        (
            "config of another name",
            "demo",
            "1.0.0",
            manifest(&other_name, layer),
            "MANIFEST_INVALID",
            "other",
        ),
        (
            "config of another version",
            "demo",
            "1.0.0",
            manifest(&other_version, layer),
            "MANIFEST_INVALID",
            "1.0.1",
        ),
        ("config that is no JSON", "demo", "1.0.0", manifest(&no_json, layer), "MANIFEST_INVALID", "JSON"),
        ("no layer", "demo", "1.0.0", manifest(&good, &[]), "MANIFEST_INVALID", "no layer"),
        ("a blob that is missing", "demo", "1.0.0", unknown, "MANIFEST_BLOB_UNKNOWN", "upload it first"),
        ("another size", "demo", "1.0.0", wrong_size.into_bytes(), "MANIFEST_INVALID", "7"),
        ("another schema", "demo", "1.0.0", wrong_schema.into_bytes(), "MANIFEST_INVALID", "schemaVersion"),
        ("an image", "demo", "1.0.0", image.into_bytes(), "MANIFEST_INVALID", "only Helm charts"),
        ("no JSON", "demo", "1.0.0", b"{".to_vec(), "MANIFEST_INVALID", "JSON"),
    ] {
        let name = format!("charts/{name}");
        for blob in [&chart, &good, &other_name, &other_version, &no_json] {
            push_blob(&server, token, &name, blob).expect(201);
        }
        let answer = push_manifest(&server, token, &name, reference, &body);
        assert_eq!((answer.status, &*code(&answer)), (400, wanted), "{what}: {}", answer.text);
        assert!(answer.text.contains(says), "{what}: {}", answer.text);
    }
    let queue = get(&server.url("/api/v1/queue"), token).expect(200).json();
    assert_eq!(queue["items"], json!([]), "nothing came in");
}

/// Helm sorts layers by digest, so the signature can stand before the chart.
#[test]
fn the_order_of_layers_does_not_matter_and_the_signature_is_served() {
    let server = Server::start(&[]);
    let publisher = server.token("ci", "publisher");
    let token = Some(&*publisher);
    for (version, first) in [("1.0.0", true), ("1.0.1", false)] {
        let (chart, signature) = (clean("demo", version), format!("signature of {version}").into_bytes());
        let config = config("demo", version);
        for blob in [&config, &chart, &signature] {
            push_blob(&server, token, "charts/demo", blob).expect(201);
        }
        let mut layers: Vec<(&str, &[u8])> = vec![(PROVENANCE_TYPE, &signature), (LAYER_TYPE, &chart)];
        if !first {
            layers.reverse();
        }
        push_manifest(&server, token, "charts/demo", version, &manifest(&config, &layers)).expect(201);
        server.approve("charts/demo", version);
        let file = server.url(&format!("/charts/charts/demo-{version}.tgz"));
        assert_eq!(get(&file, None).expect(200).bytes, chart);
        assert_eq!(get(&format!("{file}.prov"), None).expect(200).bytes, signature);
    }
}

/// What Helm does: by digest, read back, then by tag. Two PUTs are one intake.
#[test]
fn two_puts_are_one_version() {
    let server = Server::start(&[]);
    let publisher = server.token("ci", "publisher");
    let token = Some(&*publisher);
    let (chart, config) = (clean("demo", "1.0.0+build.7"), config("demo", "1.0.0+build.7"));
    push_blob(&server, token, "charts/demo", &chart).expect(201);
    push_blob(&server, token, "charts/demo", &config).expect(201);
    let bytes = manifest(&config, &[(LAYER_TYPE, &chart)]);
    let by_digest = push_manifest(&server, token, "charts/demo", &digest(&bytes), &bytes).expect(201);
    assert_eq!(by_digest.header("docker-content-digest"), digest(&bytes));
    let back = get(&server.url(&format!("/v2/charts/demo/manifests/{}", digest(&bytes))), token).expect(200);
    assert_eq!((back.bytes, back.headers["content-type"].to_str().unwrap()), (bytes.clone(), MANIFEST_TYPE));
    push_manifest(&server, token, "charts/demo", "1.0.0_build.7", &bytes).expect(201);
    server.settled("charts/demo", "1.0.0+build.7", &publisher);
    let pushes = server.audit_actions().iter().filter(|line| line.starts_with("version.push")).count();
    assert_eq!(pushes, 1);
    let tagged = head(&server.url("/v2/charts/demo/manifests/1.0.0_build.7"), token).expect(200);
    assert_eq!(tagged.header("docker-content-digest"), digest(&bytes));
    assert_eq!(tagged.header("content-length"), bytes.len().to_string());
}

#[test]
fn what_is_not_approved_is_seen_by_its_pusher_alone() {
    let server = Server::start(&[]);
    let (publisher, other) = (server.token("ci", "publisher"), server.token("other", "publisher"));
    let reader = server.token("reader", "reader");
    let chart = clean("demo", "1.0.0");
    Door::Oci.push(&server, Some(&publisher), parcel("demo", "1.0.0", &chart)).expect(201);
    server.settled("charts/demo", "1.0.0", &publisher);
    let by_tag = server.url("/v2/charts/demo/manifests/1.0.0");
    let bytes = get(&by_tag, Some(&publisher)).expect(200).bytes;
    let by_digest = server.url(&format!("/v2/charts/demo/manifests/{}", digest(&bytes)));
    let blob = server.url(&format!("/v2/charts/demo/blobs/{}", digest(&chart)));
    let file = server.url("/charts/charts/demo-1.0.0.tgz");
    for (url, unknown) in
        [(&by_tag, "MANIFEST_UNKNOWN"), (&by_digest, "MANIFEST_UNKNOWN"), (&blob, "BLOB_UNKNOWN")]
    {
        get(url, Some(&publisher)).expect(200);
        for token in [None, Some(&*reader)] {
            assert_eq!(code(&get(url, token).expect(404)), unknown, "{url}");
            head(url, token).expect(404);
        }
        let denied = get(url, Some(&other)).expect(403);
        assert_eq!(code(&denied), "DENIED");
        assert!(denied.text.contains("is in review"), "{}", denied.text);
    }
    get(&file, None).expect(404);

    server.approve("charts/demo", "1.0.0");
    for url in [&by_tag, &by_digest, &blob, &file] {
        get(url, None).expect(200);
    }
    let wrong_place = server.url(&format!("/v2/charts/another/blobs/{}", digest(&chart)));
    get(&wrong_place, None).expect(404);
}

#[test]
fn withheld_versions_say_why_and_where_to_read_more() {
    let server = Server::start(&[]);
    let (publisher, reviewer) = (server.token("ci", "publisher"), server.token("ana", "reviewer"));
    let (approved, rejected) = (clean("demo", "1.0.0"), privileged("demo", "2.0.0"));
    Door::Oci.push(&server, Some(&publisher), parcel("demo", "1.0.0", &approved)).expect(201);
    Door::Raw.push(&server, Some(&publisher), parcel("demo", "2.0.0", &rejected)).expect(202);
    server.approve("charts/demo", "1.0.0");
    server.decide("revoke", "charts/demo", "1.0.0", "a leaked key", &reviewer).expect(200);
    server.settled("charts/demo", "2.0.0", &reviewer);
    server.decide("reject", "charts/demo", "2.0.0", "too much power", &reviewer).expect(200);
    for (version, why) in [("1.0.0", "was revoked: a leaked key"), ("2.0.0", "was rejected: pod/privileged")]
    {
        let report = server.url(&format!("/ui/charts/charts/demo/{version}"));
        let refused = get(&server.url(&format!("/v2/charts/demo/manifests/{version}")), None).expect(403);
        let error = &refused.json()["errors"][0];
        assert_eq!(error["code"], "DENIED");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(why) && message.contains(&report), "{message}");
        assert_eq!(error["detail"]["report"], report);
        let file = get(&server.url(&format!("/charts/charts/demo-{version}.tgz")), None).expect(403);
        assert!(file.text.contains(why), "{}", file.text);
        assert_eq!(file.header("x-chartgate-report"), report);
    }
    get(&server.url("/v2/charts/demo/tags/list"), None).expect(404);
}

#[test]
fn tags_come_in_pages() {
    let server = Server::start(&[]);
    let publisher = server.token("ci", "publisher");
    for version in ["0.1.0", "0.2.0+a.b", "0.3.0", "0.4.0"] {
        let chart = clean("demo", version);
        Door::Oci.push(&server, Some(&publisher), parcel("demo", version, &chart)).expect(201);
        if version != "0.4.0" {
            server.approve("charts/demo", version);
        }
    }
    let list = |query: &str| get(&server.url(&format!("/v2/charts/demo/tags/list{query}")), None).expect(200);
    let all = list("");
    assert_eq!(all.json(), json!({ "name": "charts/demo", "tags": ["0.1.0", "0.2.0_a.b", "0.3.0"] }));
    assert_eq!(all.header("link"), "");
    let first = list("?n=2");
    assert_eq!(first.json()["tags"], json!(["0.1.0", "0.2.0_a.b"]));
    assert_eq!(first.header("link"), "</v2/charts/demo/tags/list?n=2&last=0.2.0_a.b>; rel=\"next\"");
    let second = list("?n=2&last=0.2.0_a.b");
    assert_eq!((second.json()["tags"].clone(), second.header("link")), (json!(["0.3.0"]), ""));
    let none = list("?n=0");
    assert_eq!((none.json()["tags"].clone(), none.header("link")), (json!([]), ""));
    get(&server.url("/v2/charts/demo/tags/list?n=x"), None).expect(400);
}

#[test]
fn ranges_referrers_and_deletion_answer_as_the_specification_says() {
    let server = Server::start(&[]);
    let publisher = server.token("ci", "publisher");
    let chart = clean("demo", "1.0.0");
    Door::Oci.push(&server, Some(&publisher), parcel("demo", "1.0.0", &chart)).expect(201);
    server.approve("charts/demo", "1.0.0");
    let blob = server.url(&format!("/v2/charts/demo/blobs/{}", digest(&chart)));
    let part = call("GET", &blob, None, &[("Range", "bytes=2-5")], "").expect(206);
    assert_eq!(part.bytes, chart[2..6]);
    assert_eq!(part.header("content-range"), format!("bytes 2-5/{}", chart.len()));
    call("GET", &blob, None, &[("Range", "bytes=9999999-")], "").expect(416);
    let whole = head(&blob, None).expect(200);
    assert_eq!(whole.header("content-length"), chart.len().to_string());

    let referrers =
        get(&server.url(&format!("/v2/charts/demo/referrers/{}", digest(&chart))), None).expect(200);
    assert_eq!(referrers.header("content-type"), "application/vnd.oci.image.index.v1+json");
    assert_eq!(referrers.json()["manifests"], json!([]));
    get(&server.url("/v2/charts/demo/referrers/nodigest"), None).expect(400);

    for path in ["manifests/1.0.0".to_owned(), format!("blobs/{}", digest(&chart))] {
        let url = server.url(&format!("/v2/charts/demo/{path}"));
        assert_eq!(code(&call("DELETE", &url, Some(&publisher), &[], "").expect(405)), "UNSUPPORTED");
        get(&url, None).expect(200);
    }
    let gone =
        post_json(&server.url("/v2/charts/demo/manifests/1.0.0"), Some(&publisher), &json!({})).expect(405);
    assert_eq!(code(&gone), "UNSUPPORTED");
}
