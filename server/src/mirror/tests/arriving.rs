//! What arrives, how, and that nothing arrives twice.

use super::double::{Answer, Upstream};
use super::*;
use crate::db::upstream_versions::Standing;
use crate::model::{Door, State};

#[tokio::test]
async fn charts_come_in_like_pushes_with_their_origin_on_record() {
    let inside = inside().await;
    let other_host = Upstream::start();
    let (near, far) = (archive("near", "v1.13.0", "x"), archive("far", "2.0.0", "x"));
    inside.upstream.bytes("/deep/near-v1.13.0.tgz", near.clone());
    other_host.bytes("/far-2.0.0.tgz?token=s3cret", far.clone());
    let absolute = format!("{}/far-2.0.0.tgz?token=s3cret", other_host.url());
    inside.upstream.bytes(
        "/index.yaml",
        index(&[
            ("far", &[entry("2.0.0", &absolute, "")]),
            ("near", &[entry("v1.13.0", "deep/near-v1.13.0.tgz", Digest::of(&near).hex())]),
        ]),
    );
    inside.follow().await;
    let summary = inside.summary().await;
    assert_eq!((summary.new, summary.entries, summary.requests), (2, 2, 3), "{summary:?}");
    assert_eq!(summary.bytes, (near.len() + far.len()) as u64);

    let row = inside.here("near", "v1.13.0").await.unwrap();
    assert_eq!(
        (row.state, row.door, row.uploaded_by.as_str()),
        (State::Quarantined, Door::Mirror, "mirror:up")
    );
    assert_eq!(row.digest, Digest::of(&near));
    let history = registry::history(&inside.app, &admin(), &row).await.unwrap();
    let said = format!(
        "mirrored from {}/deep/near-v1.13.0.tgz of upstream up; the index says {}",
        inside.upstream.url(),
        row.digest
    );
    assert!(history[0].entry.contains(&said), "{}", history[0].entry);
    let far = inside.here("far", "2.0.0").await.unwrap();
    let history = registry::history(&inside.app, &admin(), &far).await.unwrap();
    assert!(history[0].entry.contains("the index says no digest"), "{}", history[0].entry);
    assert!(!history[0].entry.contains("s3cret"), "a query may hold a secret: {}", history[0].entry);
    assert_eq!(inside.count("SELECT COUNT(*) FROM job WHERE kind = 'scan' AND state = 'queued'").await, 2);
    assert_eq!(inside.log().await, ["upstream.add", "upstream.run", "version.push", "version.push"]);
}

#[tokio::test]
async fn an_unchanged_index_costs_one_request() {
    let inside = inside().await;
    inside.offer("a", "1.0.0", "x");
    inside.follow().await;
    let run = inside.tick().await.unwrap();
    assert_eq!(run.asked_by, None);
    assert_eq!(inside.upstream.paths(), ["/a-1.0.0.tgz", "/index.yaml"]);
    assert!(inside.tick().await.is_none(), "the next run is due in an hour");

    // The same bytes without a validator: fetched, hashed, not read.
    inside.app.clock.advance_seconds(4_000);
    let run = inside.tick().await.unwrap();
    let summary: Summary = serde_json::from_str(&run.summary).unwrap();
    assert!(summary.index_unchanged && summary.entries == 0 && summary.unchanged == 1, "{summary:?}");
    assert_eq!(inside.upstream.paths(), ["/index.yaml"]);

    // The same bytes with one: first noted, then not even sent.
    let body =
        index(&[("a", &[entry("1.0.0", "a-1.0.0.tgz", Digest::of(&archive("a", "1.0.0", "x")).hex())])]);
    inside.upstream.set("/index.yaml", Answer::Tagged(body.into(), "\"one\""));
    inside.summary().await;
    inside.upstream.asked();
    let summary = inside.summary().await;
    assert_eq!((summary.index_unchanged, summary.requests, summary.bytes), (true, 1, 0));
    let asked = inside.upstream.asked();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].headers.contains(&"if-none-match: \"one\"".to_owned()), "{:?}", asked[0]);
    assert!(asked[0].headers.contains(&"accept-encoding: gzip".to_owned()), "{:?}", asked[0]);
}

#[tokio::test]
async fn names_and_a_range_narrow_what_is_wanted() {
    let inside = inside().await;
    let mut listed = Vec::new();
    for name in ["a", "b"] {
        let mut entries = Vec::new();
        for version in ["3.0.0", "2.1.0-rc.1", "2.0.0", "1.0.0"] {
            let file = format!("{name}-{version}.tgz");
            inside.upstream.bytes(&format!("/{file}"), archive(name, version, "x"));
            entries.push(entry(version, &file, ""));
        }
        listed.push((name, entries));
    }
    let listed: Vec<(&str, &[String])> = listed.iter().map(|(name, list)| (*name, list.as_slice())).collect();
    inside.upstream.bytes("/index.yaml", index(&listed));
    let new = NewUpstream {
        charts: vec!["b".to_owned()],
        versions: ">=1.0.0 <3".to_owned(),
        ..inside.new_upstream()
    };
    registry::add_upstream(&inside.app, &admin(), &new).await.unwrap();
    inside.summary().await;
    assert_eq!(inside.upstream.paths(), ["/b-1.0.0.tgz", "/b-2.0.0.tgz", "/index.yaml"]);
}

/// A chart that was pushed here before, with the same bytes or with others.
#[tokio::test]
async fn what_was_pushed_before_is_noted_or_held_and_never_replaced() {
    let inside = inside().await;
    let (same, other) = (archive("a", "1.0.0", "same"), archive("b", "1.0.0", "ours"));
    for bytes in [&same, &other] {
        let upload = registry::Upload {
            repository: charts(),
            bytes: bytes.clone(),
            door: Door::Api,
            oci: None,
            origin: None,
        };
        registry::intake(&inside.app, &admin(), upload).await.unwrap();
    }
    let theirs = archive("b", "1.0.0", "theirs");
    inside.upstream.bytes("/b-1.0.0.tgz", theirs.clone());
    inside.upstream.bytes(
        "/index.yaml",
        index(&[
            ("a", &[entry("1.0.0", "a-1.0.0.tgz", Digest::of(&same).hex())]),
            ("b", &[entry("1.0.0", "b-1.0.0.tgz", "")]),
        ]),
    );
    inside.follow().await;
    let summary = inside.summary().await;
    assert_eq!((summary.new, summary.changed, summary.unchanged), (0, 1, 1), "{summary:?}");
    assert_eq!(inside.upstream.paths(), ["/b-1.0.0.tgz", "/index.yaml"], "known bytes need no request");
    assert_eq!(inside.offered("a", "1.0.0").await.state, Standing::Stored);
    let held = inside.offered("b", "1.0.0").await;
    assert_eq!((held.state, held.digest), (Standing::Held, Some(Digest::of(&other))));
    assert_eq!(held.changed_digest, Some(Digest::of(&theirs).to_string()));
    assert_eq!(inside.here("b", "1.0.0").await.unwrap().digest, Digest::of(&other));
    assert_eq!(inside.log().await.last().unwrap(), "upstream.changed-bytes");
}

/// A schedule that runs for years keeps the newest runs alone.
#[tokio::test]
async fn old_runs_are_forgotten_with_their_jobs() {
    let inside = inside().await;
    inside.offer("a", "1.0.0", "x");
    inside.follow().await;
    for _ in 0..55 {
        inside.app.clock.advance_seconds(4_000);
        inside.tick().await.unwrap();
    }
    assert_eq!(inside.count("SELECT COUNT(*) FROM upstream_run").await, 50);
    assert_eq!(inside.count("SELECT COUNT(*) FROM job WHERE kind = 'mirror'").await, 50);
    assert_eq!(inside.count("SELECT COUNT(*) FROM job WHERE kind = 'scan'").await, 1);
}

#[tokio::test]
async fn an_upload_is_judged_before_what_a_mirror_brought() {
    let inside = inside().await;
    inside.offer("a", "1.0.0", "x");
    inside.follow().await;
    inside.summary().await;
    inside.app.clock.advance_seconds(10);
    let (bytes, door) = (archive("b", "1.0.0", "x"), Door::Api);
    let upload = registry::Upload { repository: charts(), bytes, door, oci: None, origin: None };
    registry::intake(&inside.app, &admin(), upload).await.unwrap();
    let mut tx = inside.app.db.begin().await.unwrap();
    let now = inside.app.now();
    for name in ["b", "a"] {
        let job =
            jobs::claim(&mut tx, JobKind::Scan, "test", now, now.plus_seconds(60)).await.unwrap().unwrap();
        assert_eq!(Some(job.subject_id), inside.here(name, "1.0.0").await.map(|row| row.id), "{name}");
    }
}

/// A run is cut off after so many steps, again and again, and its job taken up by the next worker.
#[tokio::test]
async fn a_run_that_is_killed_at_any_moment_is_taken_up_and_ends_complete() {
    let inside = inside().await;
    let mut entries = Vec::new();
    for patch in 0..12 {
        let (version, file) = (format!("1.0.{patch}"), format!("a-1.0.{patch}.tgz"));
        let bytes = archive("a", &version, "x");
        entries.push(entry(&version, &file, Digest::of(&bytes).hex()));
        inside.upstream.bytes(&format!("/{file}"), bytes);
    }
    inside.upstream.bytes("/index.yaml", index(&[("a", &entries)]));
    inside.follow().await;
    registry::queue_due_upstreams(&inside.app).await.unwrap();
    let mut kills = 0;
    for step in 1.. {
        let Some(job) = inside.claim().await else { panic!("the job is lost") };
        let mut run = Box::pin(crate::mirror::follow(&inside.app, &job));
        let patience = std::time::Duration::from_millis(3 * step);
        if tokio::time::timeout(patience, &mut run).await.is_ok_and(|ended| ended.is_ok()) {
            break;
        }
        drop(run);
        kills += 1;
        inside.app.clock.advance_seconds(61);
    }
    assert!(kills > 2, "only {kills} kills");
    let run = inside.view().await.runs.remove(0);
    assert_eq!((run.state.as_str(), run.error), ("done", None), "after {kills} kills");
    let after = ("", "");
    let rows = registry::offered_versions(&inside.app, &admin(), "up", None, after, 99).await.unwrap();
    for row in rows {
        assert_eq!((row.state, row.error), (Standing::Stored, None), "{} after {kills} kills", row.version);
    }
    assert_eq!(inside.count("SELECT COUNT(*) FROM version WHERE door = 'mirror'").await, 12);
    assert_eq!(inside.count("SELECT COUNT(*) FROM upstream_version WHERE state = 'stored'").await, 12);
    assert_eq!(inside.count("SELECT COUNT(*) FROM job WHERE kind = 'scan'").await, 12);
    assert_eq!(inside.count("SELECT COUNT(*) FROM upstream_run WHERE state = 'done'").await, 1);
    assert!(inside.tick().await.is_none());
    assert_eq!(registry::verify(&inside.app.db).await.unwrap().broken, None);
}
