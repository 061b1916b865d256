//! Upstreams that are down, hostile or wrong: what is said where, what is tried again, and that nothing is half done.

use super::double::Answer;
use super::*;
use crate::db::upstream_versions::Standing;

/// One good chart among bad ones: it comes in, and each bad one says why it did not.
#[tokio::test]
async fn one_bad_chart_stops_nothing() {
    let inside = inside().await;
    let good = archive("good", "1.0.0", "x");
    inside.upstream.bytes("/good-1.0.0.tgz", good.clone());
    inside.upstream.bytes("/wrong-1.0.0.tgz", archive("wrong", "1.0.0", "x"));
    inside.upstream.bytes("/broken-1.0.0.tgz", b"no gzip".to_vec());
    inside.upstream.bytes("/huge-1.0.0.tgz", vec![0; crate::config::UPLOAD_BYTES_MAX + 1]);
    inside.upstream.bytes("/liar-1.0.0.tgz", archive("liar", "1.0.1", "x"));
    let listed =
        |name: &str, version: &str, digest: &str| entry(version, &format!("{name}-1.0.0.tgz"), digest);
    let private = entry("1.0.0", "http://10.0.0.1/p-1.0.0.tgz", "");
    let file = entry("1.0.0", "file:///etc/passwd", "");
    inside.upstream.bytes(
        "/index.yaml",
        index(&[
            ("wrong", &[listed("wrong", "1.0.0", Digest::of(b"something else").hex())]),
            ("broken", &[listed("broken", "1.0.0", "")]),
            ("huge", &[listed("huge", "1.0.0", "")]),
            ("liar", &[listed("liar", "1.0.0", "")]),
            ("Bad_Name", &[entry("1.0.0", "x.tgz", "")]),
            ("lenient", &[entry("1.2", "x.tgz", "")]),
            ("private", &[private]),
            ("scheme", &[file]),
            ("good", &[listed("good", "1.0.0", Digest::of(&good).hex())]),
        ]),
    );
    inside.follow().await;
    let summary = inside.summary().await;
    assert_eq!((summary.new, summary.refused, summary.failed), (1, 7, 1), "{summary:?}");
    assert!(inside.here("good", "1.0.0").await.is_some());
    for (name, version, state, said) in [
        ("wrong", "1.0.0", Standing::Refused, "but the index says sha256:"),
        ("broken", "1.0.0", Standing::Refused, "gzip"),
        ("huge", "1.0.0", Standing::Refused, "larger than the limit of 20971520 bytes"),
        (
            "liar",
            "1.0.0",
            Standing::Refused,
            "the archive is liar 1.0.1, but the index of the upstream says liar 1.0.0",
        ),
        ("Bad_Name", "", Standing::Refused, "a chart name must be"),
        ("lenient", "1.2", Standing::Refused, "not SemVer 2.0; Helm alone would read it as 1.2.0"),
        ("private", "1.0.0", Standing::Failed, "10.0.0.1"),
        ("scheme", "1.0.0", Standing::Refused, "neither http nor https"),
    ] {
        let row = inside.offered(name, version).await;
        let why = row.error.unwrap_or_default();
        assert_eq!((row.state, row.next_try_at), (state, None), "{name}: {why}");
        assert!(why.contains(said), "{name}: {why}");
    }
    assert_eq!(inside.count("SELECT COUNT(*) FROM version").await, 1);
    assert!(inside.app.blobs.read(&Digest::of(&archive("wrong", "1.0.0", "x"))).await.is_err());
    inside.upstream.asked();
    inside.summary().await;
    let again = inside.upstream.paths();
    assert_eq!(
        again,
        ["/index.yaml"],
        "a refused version is not fetched again while its entry stays the same"
    );
}

#[tokio::test]
async fn an_address_that_is_not_allowed_is_refused_when_it_is_saved() {
    let inside = inside().await;
    for (url, said) in [
        ("http://10.1.2.3/charts", "10.1.2.3"),
        ("http://2130706434/", "127.0.0.2"),
        ("http://[::1]/", "::1"),
        ("http://169.254.169.254/latest", "169.254.169.254"),
        ("file:///etc", "only http and https"),
        ("https://user:pa55@charts.example.com/", "carries credentials"),
        ("https://charts.example.com/index.yaml", "without index.yaml"),
        ("charts.example.com", "no URL"),
    ] {
        let new = NewUpstream { url: url.to_owned(), ..inside.new_upstream() };
        let error = registry::add_upstream(&inside.app, &admin(), &new).await.unwrap_err();
        assert_eq!(error.kind, Kind::InvalidRequest, "{url}: {error}");
        assert!(error.public.contains(said) && !error.public.contains("pa55"), "{url}: {error}");
    }
    let wrong = [
        NewUpstream { name: "No Name".to_owned(), ..inside.new_upstream() },
        NewUpstream { charts: vec!["../x".to_owned()], ..inside.new_upstream() },
        NewUpstream { versions: "not a range".to_owned(), ..inside.new_upstream() },
        NewUpstream { every_seconds: 1, ..inside.new_upstream() },
        NewUpstream { repository: RepositoryName::parse("nowhere").unwrap(), ..inside.new_upstream() },
    ];
    for new in wrong {
        assert!(registry::add_upstream(&inside.app, &admin(), &new).await.is_err(), "{new:?}");
    }
    assert_eq!(inside.count("SELECT COUNT(*) FROM upstream").await, 0);
    inside.follow().await;
    let twice = registry::add_upstream(&inside.app, &admin(), &inside.new_upstream()).await.unwrap_err();
    assert_eq!(twice.kind, Kind::Conflict);
}

/// Each failed run leaves what was here as it was, says why, and waits longer than the one before.
#[tokio::test]
async fn an_index_that_cannot_be_read_leaves_no_trace_and_is_asked_for_later_and_later() {
    let inside = inside().await;
    inside.offer("a", "1.0.0", "x");
    inside.follow().await;
    inside.summary().await;
    let cut = index(&[("a", &[entry("1.0.0", "a.tgz", "")]), ("b", &[entry("1.0.0", "b.tgz", "")])]);
    let cut = format!("{cut}  c:\n  - name: \"unfinished");
    let entries: String = (0..200_001).map(|n| format!("  - version: 1.0.{n}\n")).collect();
    let answers = [
        (Answer::Bytes(b"<!doctype html><p>welcome".to_vec()), "it is a web page"),
        (Answer::Bytes(cut.into_bytes()), "not valid YAML"),
        (Answer::Bytes(b"- a\n- b\n".to_vec()), "not a mapping"),
        (Answer::Bytes(b"apiVersion: v1\n".to_vec()), "it has no entries"),
        (Answer::Bytes(format!("entries:\n  a:\n{entries}").into_bytes()), "INDEX_ENTRIES_MAX"),
        (Answer::Endless, "larger than the limit of 134217728 bytes"),
        (Answer::Torn(1_000, b"apiVersion".to_vec()), "broke off"),
        (Answer::Status(500, Vec::new()), "answered 500"),
        (Answer::Status(302, vec![("Location", "http://10.0.0.1/index.yaml".to_owned())]), "10.0.0.1"),
        (Answer::Status(302, vec![("Location", "http://127.0.0.2/index.yaml".to_owned())]), "127.0.0.2"),
        (Answer::Status(302, vec![("Location", "/index.yaml".to_owned())]), "more than 3 redirects"),
    ];
    let mut last_wait = 0;
    for (failures, (answer, said)) in (1..).zip(answers) {
        inside.upstream.set("/index.yaml", answer);
        let (_, run) = inside.run().await;
        let why = run.error.unwrap_or_default();
        assert!(run.state == "failed" && why.contains(said), "{said}: {why}");
        let row = inside.view().await.row;
        assert_eq!((row.failures, row.last_error), (failures, Some(why)));
        let wait = row.next_run_at.0 - inside.app.now().0;
        assert!(wait >= last_wait.min(10_800_000_000), "{wait} after {last_wait}");
        last_wait = wait;
    }
    assert_eq!(inside.count("SELECT COUNT(*) FROM upstream_version").await, 1);
    let kept = inside.offered("a", "1.0.0").await;
    assert_eq!((kept.state, kept.gone_at), (Standing::Stored, None));
    inside.offer("a", "1.0.0", "x");
    inside.summary().await;
    let row = inside.view().await.row;
    assert_eq!((row.failures, row.last_error), (0, None));
}

#[tokio::test]
async fn nothing_listens_there() {
    let inside = inside().await;
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let new = NewUpstream { url: format!("http://127.0.0.1:{port}"), ..inside.new_upstream() };
    registry::add_upstream(&inside.app, &admin(), &new).await.unwrap();
    let (_, run) = inside.run().await;
    assert!(run.error.as_ref().is_some_and(|why| why.contains("cannot be reached")), "{run:?}");
    assert!(inside.tick().await.is_none(), "the schedule waits");
    inside.app.clock.advance_seconds(61);
    assert!(inside.tick().await.is_some());
}

#[tokio::test]
async fn an_upstream_that_asks_to_be_left_alone_is() {
    let inside = inside().await;
    inside.offer("a", "1.0.0", "x");
    inside.follow().await;
    let patience = || Answer::Status(429, vec![("Retry-After", "900".to_owned())]);
    inside.upstream.set("/index.yaml", patience());
    let run = inside.tick().await.unwrap();
    assert!(run.error.as_ref().is_some_and(|why| why.contains("429") && why.contains("900s")), "{run:?}");
    let refused = registry::run_upstream(&inside.app, &admin(), "up").await.unwrap_err();
    assert_eq!(refused.kind, Kind::TooManyRequests, "{refused}");
    inside.app.clock.advance_seconds(899);
    assert!(inside.tick().await.is_none());

    // Now the index comes, and the archive asks for patience: nothing is counted against the version.
    inside.app.clock.advance_seconds(2);
    inside.offer("a", "1.0.0", "x");
    inside.upstream.set("/a-1.0.0.tgz", patience());
    let run = inside.tick().await.unwrap();
    assert_eq!(run.state, "failed");
    let row = inside.offered("a", "1.0.0").await;
    assert_eq!((row.state, row.attempts), (Standing::Wanted, 0));
    inside.app.clock.advance_seconds(899);
    assert!(inside.tick().await.is_none());
    inside.app.clock.advance_seconds(2);
    inside.offer("a", "1.0.0", "x");
    let summary: Summary = serde_json::from_str(&inside.tick().await.unwrap().summary).unwrap();
    assert_eq!((summary.new, summary.index_unchanged), (1, true));
}

#[tokio::test]
async fn a_missing_archive_is_tried_a_few_times_and_again_when_a_person_asks() {
    let inside = inside().await;
    inside.offer("a", "1.0.0", "x");
    inside.upstream.forget("/a-1.0.0.tgz");
    inside.follow().await;
    let mut tries = 0;
    while inside.tick().await.is_some() {
        tries += 1;
        let row = inside.offered("a", "1.0.0").await;
        assert_eq!(row.attempts, tries);
        assert!(row.error.as_ref().is_some_and(|why| why.contains("404")), "{row:?}");
        inside.app.clock.advance_seconds(4_000);
        if row.next_try_at.is_none() {
            break;
        }
    }
    assert_eq!(tries, 5);
    let row = inside.offered("a", "1.0.0").await;
    assert_eq!(row.state, Standing::Failed);
    inside.upstream.asked();
    inside.app.clock.advance_seconds(4_000);
    inside.tick().await.unwrap();
    assert_eq!(inside.upstream.paths(), ["/index.yaml"], "given up");
    inside.offer("a", "1.0.0", "x");
    assert_eq!(inside.summary().await.new, 1);
}

/// Where every archive fails alike, the host is left alone after a few; the rest stays wanted, unblamed.
#[tokio::test]
async fn a_dead_host_is_not_asked_for_every_archive() {
    let inside = inside().await;
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let entries: Vec<String> = (0..40)
        .map(|n| entry(&format!("1.0.{n}"), &format!("http://127.0.0.1:{port}/a-1.0.{n}.tgz"), ""))
        .collect();
    inside.upstream.bytes("/index.yaml", index(&[("a", &entries)]));
    inside.follow().await;
    let (summary, run) = inside.run().await;
    let why = run.error.unwrap_or_default();
    assert!(why.contains("8 archives in a row") && why.contains("cannot be reached"), "{why}");
    assert!(summary.requests <= 13 && summary.waiting == 40, "{summary:?}");
    assert_eq!(
        inside.count("SELECT COUNT(*) FROM upstream_version WHERE attempts = 0").await,
        41 - summary.requests as i64
    );
}
