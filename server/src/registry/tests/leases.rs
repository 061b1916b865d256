//! Jobs change hands: whoever lost a job writes nothing, whoever has it does.

use super::*;

#[tokio::test]
async fn a_worker_that_lost_its_job_writes_nothing_and_the_next_one_judges() {
    let inside = inside().await;
    let row = inside.push("web", "1.0.0").await;
    let first = inside.claim().await;
    assert!(none_due(&inside).await, "a held job is nobody else's");

    inside.app.clock.advance_seconds(61);
    let second = inside.claim().await;
    assert_eq!((second.id.clone(), second.attempts), (first.id.clone(), 2));

    let late = judge(&inside.app, &first, report(row.digest.as_str(), &[]), inside.app.now()).await.unwrap();
    assert!(late.is_none());
    assert_eq!(inside.row("web", "1.0.0").await.state, State::Quarantined);
    assert_eq!(inside.count("SELECT COUNT(*) FROM scan").await, 0);

    let judged =
        judge(&inside.app, &second, report(row.digest.as_str(), &[]), inside.app.now()).await.unwrap();
    assert_eq!(judged.unwrap().state, State::InReview);
    let again =
        judge(&inside.app, &second, report(row.digest.as_str(), &[]), inside.app.now()).await.unwrap();
    assert!(again.is_none(), "a job ends once");
    assert_eq!(inside.count("SELECT COUNT(*) FROM scan").await, 1);
}

#[tokio::test]
async fn a_heartbeat_keeps_a_job_and_comes_too_late_for_one_that_was_taken() {
    let inside = inside().await;
    inside.push("web", "1.0.0").await;
    let job = inside.claim().await;
    inside.app.clock.advance_seconds(50);
    assert!(heartbeat(&inside, &job).await);
    inside.app.clock.advance_seconds(50);
    assert!(none_due(&inside).await, "the lease runs from the last sign of life");
    inside.app.clock.advance_seconds(11);
    let taken = inside.claim().await;
    assert!(!heartbeat(&inside, &job).await);
    assert!(heartbeat(&inside, &taken).await);
}

#[tokio::test]
async fn a_worker_that_ends_gives_back_what_it_holds_and_only_that() {
    let inside = inside().await;
    inside.push("web", "1.0.0").await;
    inside.push("web", "1.0.1").await;
    let (mine, _other) = (inside.claim().await, inside.claim_as("other").await);
    let mut tx = inside.app.db.write().await.unwrap();
    assert_eq!(jobs::release(&mut tx, Some("test")).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(inside.claim().await.id, mine.id);
    assert!(none_due(&inside).await);
}

async fn heartbeat(inside: &Inside, job: &jobs::JobRow) -> bool {
    let mut tx = inside.app.db.begin().await.unwrap();
    let held = jobs::heartbeat(&mut tx, job, inside.app.now().plus_seconds(60)).await.unwrap();
    tx.commit().await.unwrap();
    held
}

async fn none_due(inside: &Inside) -> bool {
    let mut tx = inside.app.db.begin().await.unwrap();
    let now = inside.app.now();
    jobs::claim(&mut tx, jobs::JobKind::Scan, "other", now, now.plus_seconds(60)).await.unwrap().is_none()
}
