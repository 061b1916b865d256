//! Policies: what an edit does to what waits, and that a broken file approves nothing.

use super::*;
use crate::error::Kind;

#[tokio::test]
async fn a_policy_without_votes_publishes_what_passes_and_nothing_else() {
    let inside = inside().await;
    inside.policy("approvals = 0\n").await;
    let (good, bad) = (inside.push("a", "1.0.0").await, inside.push("b", "1.0.0").await);
    assert_eq!(inside.judge(&good, &[Severity::Medium]).await.unwrap().state, State::Approved);
    assert_eq!(inside.judge(&bad, &[Severity::Critical]).await.unwrap().state, State::InReview);
}

#[tokio::test]
async fn an_edited_policy_judges_again_what_waits() {
    let inside = inside().await;
    let row = inside.push("a", "1.0.0").await;
    inside.judge(&row, &[Severity::Medium]).await.unwrap();
    assert_eq!(inside.row("a", "1.0.0").await.verdict.as_deref(), Some("pass"));
    inside.policy("block-at = \"medium\"\n").await;
    rejudge_waiting(&inside.app).await.unwrap();
    let row = inside.row("a", "1.0.0").await;
    assert_eq!((row.verdict.as_deref(), row.state), (Some("block"), State::InReview));
    let entries = inside.count("SELECT COUNT(*) FROM audit_entry").await;
    rejudge_waiting(&inside.app).await.unwrap();
    assert_eq!(
        inside.count("SELECT COUNT(*) FROM audit_entry").await,
        entries,
        "judging again is written once"
    );
    inside.policy("approvals = 0\n").await;
    rejudge_waiting(&inside.app).await.unwrap();
    assert_eq!(inside.row("a", "1.0.0").await.state, State::Approved);
}

#[tokio::test]
async fn an_approved_version_stays_when_the_policy_becomes_stricter() {
    let inside = inside().await;
    inside.published("a", "1.0.0").await;
    inside.policy("block-at = \"info\"\napprovals = 9\n").await;
    rejudge_waiting(&inside.app).await.unwrap();
    assert_eq!(inside.row("a", "1.0.0").await.state, State::Approved);
}

#[tokio::test]
async fn a_broken_policy_approves_nothing() {
    let inside = inside().await;
    let row = inside.push("a", "1.0.0").await;
    inside.policy("approvals = \"none\"\n").await;
    let job = inside.claim().await;
    let report = report(row.digest.as_str(), &[]);
    assert_eq!(judge(&inside.app, &job, report, inside.app.now()).await.unwrap_err().kind, Kind::Unavailable);
    assert_eq!(inside.row("a", "1.0.0").await.state, State::Quarantined);
    rejudge_waiting(&inside.app).await.unwrap();
    assert_eq!(inside.decide(&lee(), &row, Decision::Approve).await.unwrap_err().kind, Kind::Unavailable);
}

/// An approval given under one policy is no approval under the next.
#[tokio::test]
async fn votes_count_only_under_the_policy_they_were_given_under() {
    let inside = inside().await;
    inside.policy("approvals = 2\n").await;
    let row = inside.push("a", "1.0.0").await;
    inside.judge(&row, &[]).await.unwrap();
    inside.decide(&lee(), &row, Decision::Approve).await.unwrap();
    inside.policy("approvals = 2\nblock-at = \"medium\"\n").await;
    let second = inside.decide(&someone("ana", Role::Reviewer), &row, Decision::Approve).await.unwrap();
    assert_eq!((second.state, second.votes), (State::InReview, 1));
}
