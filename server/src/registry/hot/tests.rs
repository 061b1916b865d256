//! What is kept never outlives a commit of this process, nor longer than promised a commit of another one.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::db::Ask as _;

/// A database of its own, its repository `charts` and one token in it.
async fn inside() -> (tempfile::TempDir, crate::app::App) {
    let folder = tempfile::tempdir().unwrap();
    let config = crate::config::Config::new(folder.path().to_owned(), "127.0.0.1:8080".parse().unwrap());
    let app = crate::app::App::open(config, crate::model::Clock::System).await.unwrap();
    crate::setup::prepare(&app).await.unwrap();
    (folder, app)
}

#[tokio::test]
async fn marks_are_read_after_every_commit_and_when_they_are_old() {
    let (_folder, app) = inside().await;
    let hot = Hot::default();
    let first = hot.marks(&app.db).await.unwrap();
    assert_eq!(hot.kept_marks(app.db.commits()), Some(first), "nothing happened since");
    assert_eq!(hot.kept_marks(app.db.commits() + 1), None, "a commit makes them doubtful");

    let mut tx = app.db.write().await.unwrap();
    tx.query("UPDATE repository SET revision = revision + 1").run().await.unwrap();
    let before = app.db.commits();
    tx.commit().await.unwrap();
    assert!(app.db.commits() > before, "every commit counts");
    assert_ne!(hot.marks(&app.db).await.unwrap().contents, first.contents);

    let age = |by: Duration| {
        let mut kept = lock(&hot.0.marks);
        let kept = kept.as_mut().unwrap();
        kept.at = Instant::now().checked_sub(by).unwrap();
        kept.renew_at = Instant::now();
    };
    age(MARKS_RENEWED);
    let number = app.db.commits();
    assert_eq!(hot.kept_marks(number), None, "the first to see them old reads new ones");
    assert!(hot.kept_marks(number).is_some(), "others go on meanwhile");
    age(MARKS_TRUSTED);
    assert_eq!(hot.kept_marks(number), None);
    assert_eq!(hot.kept_marks(number), None, "but not for ever");
}

/// As another server or a command beside this one does it: the row changes, and no commit counted here tells.
#[tokio::test]
async fn a_commit_of_another_process_is_seen_in_time() {
    let (_folder, app) = inside().await;
    let (hash,): (String,) = app.db.read().query("SELECT hash FROM token").one().await.unwrap();
    assert!(app.hot.token(&app.db, &hash, app.now()).await.unwrap().is_some());
    let other = Db::open(&app.config).await.unwrap();
    let mut tx = other.write().await.unwrap();
    tx.query("UPDATE token SET revoked_at = 1").run().await.unwrap();
    tx.commit().await.unwrap();
    let until = Instant::now() + MARKS_TRUSTED + Duration::from_millis(500);
    while app.hot.token(&app.db, &hash, app.now()).await.unwrap().is_some() {
        assert!(Instant::now() < until, "a revoked token is taken too long");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
