//! What an upstream does to versions that are here: other bytes, old bytes again, none at all.

use super::double::Answer;
use super::*;
use crate::db::upstream_versions::Standing;

#[tokio::test]
async fn other_bytes_are_held_with_one_alarm_and_the_old_ones_stay() {
    let inside = inside().await;
    let ours = inside.offer("a", "1.0.0", "first");
    inside.follow().await;
    inside.summary().await;
    let before = inside.here("a", "1.0.0").await.unwrap();

    let theirs = inside.offer("a", "1.0.0", "second");
    let summary = inside.summary().await;
    assert_eq!((summary.changed, summary.new, summary.unchanged), (1, 0, 0), "{summary:?}");
    let held = inside.offered("a", "1.0.0").await;
    assert_eq!((held.state, held.digest.as_ref()), (Standing::Held, Some(&ours)));
    assert_eq!(held.changed_digest, Some(theirs.to_string()));
    let after = inside.here("a", "1.0.0").await.unwrap();
    assert_eq!((&after.digest, after.state), (&before.digest, before.state));
    assert_eq!(inside.app.blobs.read(&ours).await.unwrap(), archive("a", "1.0.0", "first"));
    assert!(inside.app.blobs.read(&theirs).await.is_err(), "the other bytes are not even stored");

    let history = registry::history(&inside.app, &admin(), &after).await.unwrap();
    let alarm = history.last().unwrap();
    assert_eq!((alarm.action.as_str(), alarm.actor.as_str()), ("upstream.changed-bytes", "mirror:up"));
    assert!(alarm.entry.contains(ours.as_str()) && alarm.entry.contains(theirs.as_str()), "{}", alarm.entry);

    // The same index read again is no second alarm.
    inside.upstream.bytes(
        "/index.yaml",
        format!("{}# touched\n", index(&[("a", &[entry("1.0.0", "a-1.0.0.tgz", theirs.hex())])])),
    );
    let summary = inside.summary().await;
    assert_eq!((summary.changed, summary.index_unchanged), (0, false));

    // The old bytes again: no longer held, and the alarm stays in the log.
    inside.offer("a", "1.0.0", "first");
    assert_eq!(inside.summary().await.unchanged, 1);
    assert_eq!(inside.offered("a", "1.0.0").await.state, Standing::Stored);
    let log: Vec<String> = inside.log().await.into_iter().filter(|action| action != "upstream.run").collect();
    assert_eq!(log, ["upstream.add", "version.push", "upstream.changed-bytes", "upstream.same-bytes"]);
    assert_eq!(registry::verify(&inside.app.db).await.unwrap().broken, None);
}

/// An index without digests says only that an entry is another one; the bytes are then fetched and compared.
#[tokio::test]
async fn without_digests_the_bytes_themselves_are_compared() {
    let inside = inside().await;
    let listed =
        |created: &str| index(&[("a", &[entry("1.0.0", "a-1.0.0.tgz", "")])]).replace("03:04:05", created);
    inside.upstream.bytes("/a-1.0.0.tgz", archive("a", "1.0.0", "first"));
    inside.upstream.bytes("/index.yaml", listed("03:04:05"));
    inside.follow().await;
    assert_eq!(inside.summary().await.new, 1);
    inside.upstream.asked();

    inside.upstream.bytes("/index.yaml", listed("04:04:05"));
    assert_eq!(inside.summary().await.unchanged, 1);
    assert_eq!(inside.upstream.paths(), ["/a-1.0.0.tgz", "/index.yaml"], "looked at again");
    assert_eq!(inside.offered("a", "1.0.0").await.state, Standing::Stored);

    inside.upstream.bytes("/a-1.0.0.tgz", archive("a", "1.0.0", "second"));
    inside.upstream.bytes("/index.yaml", listed("05:04:05"));
    assert_eq!(inside.summary().await.changed, 1);
    assert_eq!(inside.offered("a", "1.0.0").await.state, Standing::Held);

    inside.upstream.bytes("/a-1.0.0.tgz", archive("a", "1.0.0", "first"));
    inside.upstream.bytes("/index.yaml", listed("06:04:05"));
    assert_eq!(inside.summary().await.unchanged, 1);
    assert_eq!(inside.offered("a", "1.0.0").await.state, Standing::Stored);
}

#[tokio::test]
async fn what_is_gone_upstream_stays_here_and_is_marked() {
    let inside = inside().await;
    inside.offer("a", "1.0.0", "x");
    inside.follow().await;
    inside.summary().await;
    inside.offer("b", "1.0.0", "x");
    let summary = inside.summary().await;
    assert_eq!((summary.new, summary.gone), (1, 1));
    assert!(inside.offered("a", "1.0.0").await.gone_at.is_some());
    assert!(inside.here("a", "1.0.0").await.is_some());
    inside.offer("a", "1.0.0", "x");
    inside.summary().await;
    let back = inside.offered("a", "1.0.0").await;
    assert_eq!((back.gone_at, back.state), (None, Standing::Stored));
}

#[tokio::test]
async fn a_removed_upstream_brings_nothing_more_and_leaves_what_came() {
    let inside = inside().await;
    inside.offer("a", "1.0.0", "x");
    inside.follow().await;
    inside.summary().await;
    let run = registry::run_upstream(&inside.app, &admin(), "up").await.unwrap();
    registry::remove_upstream(&inside.app, &admin(), "up").await.unwrap();
    inside.upstream.asked();
    let job = inside.claim().await.unwrap();
    crate::mirror::follow(&inside.app, &job).await.unwrap();
    assert!(inside.upstream.asked().is_empty());
    let ended = crate::db::upstreams::run_by_id(&mut inside.app.db.read(), &run.id).await.unwrap().unwrap();
    assert_eq!((ended.state.as_str(), ended.error.as_deref()), ("failed", Some("the upstream was removed")));
    assert!(inside.here("a", "1.0.0").await.is_some());
    let gone = registry::upstream_view(&inside.app, &admin(), "up", 1).await.unwrap_err();
    assert_eq!(gone.kind, Kind::NotFound);
    inside.follow().await;
    inside.upstream.set("/index.yaml", Answer::Bytes(b"entries: {}\n".to_vec()));
    assert_eq!(
        inside.summary().await,
        Summary { requests: 1, ..Summary::default() },
        "the name is free again"
    );
}
