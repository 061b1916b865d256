//! Fragments and entries, without a database.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::*;
use crate::model::Version;

fn row(version: &str, metadata: &Value) -> PublishedRow {
    PublishedRow {
        version: Version::parse(version).unwrap(),
        digest: Digest::of(version.as_bytes()),
        metadata: metadata.to_string(),
        published_at: Some(Micros(0)),
        uploaded_at: Micros(0),
    }
}

fn repository() -> RepositoryRow {
    RepositoryRow {
        id: Id::from_client("r"),
        name: crate::model::RepositoryName::parse("charts").unwrap(),
        revision: 1,
        content_changed_at: Micros(0),
        policy_version: String::new(),
        policy: None,
        created_at: Micros(0),
    }
}

fn index(charts: &[(&str, Vec<PublishedRow>)]) -> Index {
    let fragments = charts.iter().map(|(name, rows)| {
        let name = ChartName::parse(name).unwrap();
        let fragment = Fragment::of(&name, rows.clone());
        (name, Arc::new(fragment))
    });
    Index::new(&repository(), fragments.collect())
}

#[test]
fn nothing_a_chart_says_becomes_syntax() {
    let metadata = json!({
        "annotations": { "a: b\n- c": "!!python/object", "name": "x" },
        "description": "x\"\n  - name: evil\u{85}\u{2028}\u{0}\u{7f}\u{202e} ü 😀",
        "dependencies": [{ "name": "d", "tags": ["t"], "import-values": [{ "child": "a", "parent": "b" }] }],
        "deprecated": true,
        "name": "a",
        "version": "1.0.0",
    });
    let text = index(&[("a", vec![row("1.0.0", &metadata)])]).pieces().concat();
    let by_yaml = renderer::json::to_serde(&renderer::yaml::decode(&text).unwrap());
    let by_json: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(by_yaml, by_json);
    let mut entry = by_yaml["entries"]["a"][0].clone();
    for added in ["created", "digest", "urls"] {
        assert!(entry.as_object_mut().unwrap().remove(added).is_some(), "{added}");
    }
    assert_eq!(entry, metadata);
    let plain = |c: char| c == '\n' || (' '..='~').contains(&c) || matches!(c, 'ü' | '😀');
    assert!(std::str::from_utf8(&text).unwrap().chars().all(plain), "no reader can trip over a character");
}

#[test]
fn both_forms_and_both_lists_say_the_same() {
    let empty = index(&[]);
    assert_eq!(
        empty.pieces().concat(),
        b"{\"apiVersion\":\"v1\",\"entries\":{},\"generated\":\"1970-01-01T00:00:00Z\"}\n"
    );
    let versions = |name: &str| {
        ["1.9.0", "1.10.0", "1.10.0-rc.1"]
            .map(|version| row(version, &json!({ "name": name, "version": version })))
            .to_vec()
    };
    let full = index(&[("b", versions("b")), ("a", versions("a"))]);
    let text = full.pieces().concat();
    assert_eq!(text.len() as u64, full.length());
    let read: Value = serde_json::from_slice(&text).unwrap();
    let order: Vec<_> =
        read["entries"]["a"].as_array().unwrap().iter().map(|entry| entry["version"].clone()).collect();
    assert_eq!(order, ["1.10.0", "1.10.0-rc.1", "1.9.0"]);
    let charts: Value = serde_json::from_slice(&full.charts().concat()).unwrap();
    assert_eq!(charts, read["entries"]);
    let chart: Value = serde_json::from_slice(&full.chart(&ChartName::parse("b").unwrap()).unwrap()).unwrap();
    assert_eq!(chart, read["entries"]["b"]);
    let mut unzipped = Vec::new();
    let gzip = full.gzip().pieces().concat();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&*gzip), &mut unzipped).unwrap();
    assert_eq!(unzipped, text);
    assert_ne!(full.etag(), full.gzip_etag(), "other bytes, another strong validator");
    assert_eq!(
        full.etag(),
        index(&[("a", versions("a")), ("b", versions("b"))]).etag(),
        "made from content alone"
    );
    assert_ne!(full.etag(), empty.etag());
}
