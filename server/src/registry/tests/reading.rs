//! Reading: what each caller gets before approval, after it, and after revocation.

use super::*;
use crate::error::Kind;
use crate::model::Digest;

async fn index_of(inside: &Inside) -> (Bytes, String) {
    match resolve(&inside.app, &anonymous(), &charts(), Want::Index).await.unwrap() {
        Resolved::Index(index) => (index.pieces().concat().into(), index.etag()),
        _ => panic!("an index was asked for"),
    }
}

/// The answer to every way of asking for one version: `Ok` with the digest served, or the kind of the refusal.
async fn ask(inside: &Inside, caller: &Caller, row: &VersionRow) -> Vec<Result<Digest, Kind>> {
    let file = row.file_name();
    let wants = [
        Want::File(&file),
        Want::Manifest(&row.chart, Reference::Tag(row.tag.clone())),
        Want::Manifest(&row.chart, Reference::Digest(row.manifest_digest.clone())),
        Want::Blob(&row.chart, &row.digest),
    ];
    let mut answers = Vec::new();
    for want in wants {
        let answer = resolve(&inside.app, caller, &charts(), want).await;
        answers.push(
            answer
                .map(|found| found.into_object().unwrap())
                .map(|object| {
                    assert_eq!(Digest::of(&object.bytes), object.digest);
                    object.digest
                })
                .map_err(|error| error.kind),
        );
    }
    answers
}

fn served(row: &VersionRow) -> Vec<Result<Digest, Kind>> {
    [&row.digest, &row.manifest_digest, &row.manifest_digest, &row.digest]
        .map(|digest| Ok(digest.clone()))
        .to_vec()
}

const UNKNOWN: [Kind; 4] = [Kind::NotFound, Kind::UnknownManifest, Kind::UnknownManifest, Kind::UnknownBlob];

#[tokio::test]
async fn nothing_of_an_unapproved_version_can_be_seen_without_the_right() {
    let inside = inside().await;
    let before = index_of(&inside).await;
    let row = inside.push("a", "1.0.0").await;
    let absent = VersionRow { version: Version::parse("9.9.9").unwrap(), ..row.clone() };
    for judged in [false, true] {
        if judged {
            inside.judge(&row, &[Severity::High]).await.unwrap();
        }
        assert_eq!(index_of(&inside).await, before, "not a byte of the index has changed");
        let unknown: Vec<_> = UNKNOWN.map(Err).to_vec();
        assert_eq!(ask(&inside, &anonymous(), &row).await, unknown);
        assert_eq!(ask(&inside, &someone("reader", Role::Reader), &row).await, unknown);
        assert_eq!(ask(&inside, &robot(), &row).await, served(&row), "its pusher reads back what was pushed");
        assert_eq!(ask(&inside, &lee(), &row).await, served(&row));
        let other = ask(&inside, &someone("other", Role::Publisher), &row).await;
        assert!(
            other.iter().all(|answer| *answer == Err(Kind::NotApproved)),
            "publishers learn that it exists: {other:?}"
        );
        let tags = resolve(&inside.app, &anonymous(), &charts(), Want::Tags(&row.chart)).await.unwrap_err();
        assert_eq!(tags.kind, Kind::UnknownRepository);
        let page =
            version_page(&inside.app, &anonymous(), &charts(), &row.chart, &row.version).await.unwrap_err();
        let gone = version_page(&inside.app, &anonymous(), &charts(), &row.chart, &absent.version)
            .await
            .unwrap_err();
        assert_eq!((page.kind, page.public.replace("1.0.0", "9.9.9")), (gone.kind, gone.public));
        assert!(super::super::charts(&inside.app, &anonymous(), &charts()).await.unwrap().is_empty());
        assert!(find_digest(&inside.app, &anonymous(), &row.digest).await.is_err());
    }
}

#[tokio::test]
async fn an_approved_version_is_served_to_everybody_and_a_revoked_one_to_nobody() {
    let inside = inside().await;
    let before = index_of(&inside).await;
    let row = inside.published("a", "1.0.0+b.1").await;
    assert_eq!(ask(&inside, &anonymous(), &row).await, served(&row));
    let index = index_of(&inside).await;
    assert_ne!(index.1, before.1);
    assert_eq!(index_of(&inside).await, index, "the same content gives the same bytes");
    let yaml = renderer::json::to_serde(&renderer::yaml::decode(&index.0).unwrap());
    let entry = &yaml["entries"]["a"][0];
    assert_eq!(entry["digest"], row.digest.hex());
    assert_eq!(entry["urls"][0], "charts/a-1.0.0+b.1.tgz");
    let Resolved::Tags(tags) =
        resolve(&inside.app, &anonymous(), &charts(), Want::Tags(&row.chart)).await.unwrap()
    else {
        panic!("tags were asked for")
    };
    assert_eq!(tags.iter().map(ToString::to_string).collect::<Vec<_>>(), ["1.0.0_b.1"]);

    inside.app.clock.advance_seconds(5);
    let name = (&row.repository, &row.chart, &row.version);
    revoke(&inside.app, &lee(), name, "a flaw was found", Some(&row.digest)).await.unwrap();
    for answer in ask(&inside, &anonymous(), &row).await {
        assert_eq!(answer, Err(Kind::NotApproved));
    }
    let want = Want::Manifest(&row.chart, Reference::Tag(row.tag.clone()));
    let refusal = resolve(&inside.app, &anonymous(), &charts(), want).await.unwrap_err();
    assert!(refusal.public.contains("was revoked: a flaw was found"), "{refusal}");
    assert!(refusal.report.unwrap().ends_with("/ui/charts/charts/a/1.0.0%2Bb.1"));
    let empty = renderer::json::to_serde(&renderer::yaml::decode(&index_of(&inside).await.0).unwrap());
    assert_eq!(empty["entries"], serde_json::json!({}));
    assert_eq!(ask(&inside, &lee(), &row).await, served(&row), "reviewers can still look");
}

#[tokio::test]
async fn a_blob_is_found_only_under_its_own_chart() {
    let inside = inside().await;
    let (a, b) = (inside.published("a", "1.0.0").await, inside.published("b", "1.0.0").await);
    let cross =
        resolve(&inside.app, &anonymous(), &charts(), Want::Blob(&b.chart, &a.digest)).await.unwrap_err();
    assert_eq!(cross.kind, Kind::UnknownBlob);
}

#[tokio::test]
async fn without_anonymous_reading_strangers_are_asked_to_sign_in_and_learn_no_names() {
    let inside = inside().await;
    let closed = Caller::anonymous(false);
    for name in [charts(), RepositoryName::parse("nowhere").unwrap()] {
        let error = resolve(&inside.app, &closed, &name, Want::Index).await.unwrap_err();
        assert_eq!(error.kind, Kind::Unauthenticated);
    }
    let elsewhere = Caller { reads_published: false, ..robot() };
    let other = RepositoryName::parse("other").unwrap();
    create_repository(&inside.app, &Caller::system(), &other).await.unwrap();
    let error = resolve(&inside.app, &elsewhere, &other, Want::Index).await.unwrap_err();
    assert_eq!(error.kind, Kind::UnknownRepository, "a repository without a grant is as good as absent");
}

#[tokio::test]
async fn damaged_bytes_are_never_served() {
    let inside = inside().await;
    let row = inside.published("a", "1.0.0").await;
    let hex = row.digest.hex();
    let file = inside.folder.path().join("blobs/sha256").join(&hex[..2]).join(hex);
    for damage in [&b""[..], b"other bytes"] {
        std::fs::write(&file, damage).unwrap();
        let error =
            resolve(&inside.app, &anonymous(), &charts(), Want::File(&row.file_name())).await.unwrap_err();
        assert_eq!(error.kind, Kind::Internal);
    }
}
