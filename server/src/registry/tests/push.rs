//! Intake: what is new, what is known, what is refused, and what each leaves behind.

use super::*;
use crate::error::Kind;
use crate::jobs::sweep;

#[tokio::test]
async fn a_push_is_quarantined_with_one_entry_and_one_job() {
    let inside = inside().await;
    let row = inside.push("a", "1.0.0").await;
    assert_eq!((row.state, row.uploaded_by.as_str()), (State::Quarantined, "robot"));
    assert_eq!(inside.last_action().await, "version.push");
    assert_eq!(jobs::open_count(&mut inside.app.db.read()).await.unwrap(), 1);
}

#[tokio::test]
async fn the_same_bytes_again_change_nothing_and_other_bytes_are_refused() {
    let inside = inside().await;
    inside.push("a", "1.0.0").await;
    let before = inside.traces().await;
    let again = intake(&inside.app, &robot(), upload(archive("a", "1.0.0", "first"))).await.unwrap();
    assert!(!again.created);
    let other = intake(&inside.app, &robot(), upload(archive("a", "1.0.0", "second"))).await.unwrap_err();
    assert_eq!(other.kind, Kind::Conflict);
    assert_eq!(inside.traces().await, before);
}

/// Helm takes `1.0.0` and `v1.0.0` for one version: whichever came first keeps its place, and is served as it is written.
#[tokio::test]
async fn a_version_has_one_spelling() {
    let inside = inside().await;
    let row = inside.published("a", "v1.0.0").await;
    assert_eq!((row.file_name().as_str(), row.tag.as_str()), ("a-v1.0.0.tgz", "v1.0.0"));
    inside.push("b", "1.0.0").await;
    let before = inside.traces().await;
    for (name, version) in [("a", "1.0.0"), ("b", "v1.0.0")] {
        let error = intake(&inside.app, &robot(), upload(archive(name, version, "first"))).await.unwrap_err();
        assert_eq!(error.kind, Kind::Conflict, "{error}");
        assert!(error.public.contains("the same version"), "{error}");
    }
    assert_eq!(inside.traces().await, before);
    let file = resolve(&inside.app, &anonymous(), &charts(), Want::File("a-v1.0.0.tgz")).await.unwrap();
    assert_eq!(file.into_object().unwrap().digest, row.digest);
}

#[tokio::test]
async fn a_refused_upload_leaves_no_row_and_no_blob() {
    let inside = inside().await;
    let before = inside.traces().await;
    let good = || archive("a", "1.0.0", "first");
    let elsewhere = Upload { repository: RepositoryName::parse("nowhere").unwrap(), ..upload(good()) };
    let everywhere = Caller { grants: vec![Grant { role: Role::Publisher, repository: None }], ..robot() };
    let pushed_as = |chart: &str, tag: &str, config: &str| Upload {
        oci: Some(OciPush {
            manifest: Bytes::from_static(b"{}"),
            media_type: MANIFEST_TYPE.to_owned(),
            config: Bytes::from(config.to_owned()),
            provenance: None,
            chart: chart.to_owned(),
            tag: Some(tag.to_owned()),
        }),
        door: Door::Oci,
        ..upload(good())
    };
    let config = r#"{"name":"a","version":"1.0.0"}"#;
    for (caller, upload, kind) in [
        (robot(), upload(Bytes::from_static(b"no gzip")), Kind::ChartRefused),
        (robot(), upload(good().slice(..good().len() / 2)), Kind::ChartRefused),
        (robot(), upload(archive("a", "1.0", "x")), Kind::ChartRefused),
        (robot(), upload(archive("A", "1.0.0", "x")), Kind::ChartRefused),
        (robot(), upload(vec![0; crate::config::UPLOAD_BYTES_MAX + 1].into()), Kind::TooLarge),
        (anonymous(), upload(good()), Kind::Unauthenticated),
        (lee(), upload(good()), Kind::Forbidden),
        (everywhere, elsewhere, Kind::UnknownRepository),
        (robot(), pushed_as("b", "1.0.0", config), Kind::InvalidManifest),
        (robot(), pushed_as("a", "1.0.1", config), Kind::InvalidManifest),
        (robot(), pushed_as("a", "1.0.0", r#"{"name":"a","version":"2.0.0"}"#), Kind::InvalidManifest),
        (robot(), pushed_as("a", "1.0.0", "[]"), Kind::InvalidManifest),
    ] {
        let error = intake(&inside.app, &caller, upload).await.unwrap_err();
        assert_eq!(error.kind, kind, "{error}");
    }
    assert_eq!(inside.traces().await, before);
}

/// Many pushes of one version with different bytes: one wins, the others leave no row, and no blob once swept.
#[tokio::test]
async fn one_of_many_parallel_pushes_wins() {
    let inside = inside().await;
    let mut pushes = tokio::task::JoinSet::new();
    for number in 0..16 {
        let app = inside.app.clone();
        let bytes = archive("a", "1.0.0", &format!("number {number}"));
        pushes.spawn(async move { intake(&app, &robot(), upload(bytes)).await.map_err(|error| error.kind) });
    }
    let results = pushes.join_all().await;
    assert_eq!(
        results.iter().filter(|result| result.as_ref().is_ok_and(|receipt| receipt.created)).count(),
        1
    );
    assert_eq!(results.iter().filter(|result| matches!(result, Err(Kind::Conflict))).count(), 15);
    let row = inside.row("a", "1.0.0").await;
    inside.app.clock.advance_seconds(crate::blobs::ORPHAN_GRACE_SECONDS + 60);
    crate::jobs::sweep(&inside.app).await.unwrap();
    assert!(inside.app.blobs.read(&row.digest).await.is_ok());
    assert_eq!(
        files_below(&inside.folder.path().join("blobs")) as i64,
        inside.count("SELECT COUNT(*) FROM blob").await
    );
}

/// The same chart by OCI after a classic push is the same version, with one more manifest.
#[tokio::test]
async fn two_doors_lead_to_one_version() {
    let inside = inside().await;
    let row = inside.push("a", "1.0.0").await;
    let manifest = Bytes::from_static(b"{\"pushed\":true}");
    let oci = OciPush {
        manifest: manifest.clone(),
        media_type: MANIFEST_TYPE.to_owned(),
        config: Bytes::from_static(br#"{"name":"a","version":"1.0.0","apiVersion":"v2"}"#),
        provenance: None,
        chart: "a".to_owned(),
        tag: None,
    };
    let upload = Upload { door: Door::Oci, oci: Some(oci), ..upload(archive("a", "1.0.0", "first")) };
    let receipt = intake(&inside.app, &robot(), upload).await.unwrap();
    assert!(!receipt.created);
    assert_eq!(receipt.manifest_digest, crate::model::Digest::of(&manifest));
    assert_eq!(
        inside.row("a", "1.0.0").await.manifest_digest,
        row.manifest_digest,
        "the tag stays where it was"
    );
    let want = Want::Manifest(&row.chart, Reference::Digest(receipt.manifest_digest));
    let object = resolve(&inside.app, &robot(), &charts(), want).await.unwrap().into_object().unwrap();
    assert_eq!(object.bytes, manifest);
}

#[tokio::test]
async fn the_sweep_takes_old_orphans_and_nothing_else() {
    let inside = inside().await;
    let row = inside.push("a", "1.0.0").await;
    let orphan =
        inside.app.blobs.put(Bytes::from_static(b"left by a crash"), inside.app.now()).await.unwrap();
    assert_eq!(sweep(&inside.app).await.unwrap(), 0, "a young orphan may be an upload under way");
    inside.app.clock.advance_seconds(crate::blobs::ORPHAN_GRACE_SECONDS + 60);
    assert_eq!(sweep(&inside.app).await.unwrap(), 1);
    assert!(inside.app.blobs.read(&orphan).await.is_err());
    assert!(inside.app.blobs.read(&row.digest).await.is_ok());
}
