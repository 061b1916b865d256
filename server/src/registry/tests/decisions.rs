//! Decisions: who may, on what evidence, and that each leaves one entry.

use super::*;
use crate::error::Kind;
use crate::model::{Digest, Id};

#[tokio::test]
async fn a_blocked_version_waits_and_cannot_be_approved_but_rejected() {
    let inside = inside().await;
    let row = inside.push("a", "1.0.0").await;
    let early = inside.decide(&lee(), &row, Decision::Approve).await.unwrap_err();
    assert_eq!(early.kind, Kind::Conflict, "nothing is approved before its scan");
    assert_eq!(inside.judge(&row, &[Severity::High]).await.unwrap().state, State::InReview);
    let error = inside.decide(&lee(), &row, Decision::Approve).await.unwrap_err();
    assert_eq!(error.kind, Kind::Blocked);
    assert!(error.public.contains("pod/privileged"), "{error}");
    assert_eq!(inside.decide(&lee(), &row, Decision::Reject).await.unwrap().state, State::Rejected);
    for decision in [Decision::Approve, Decision::Reject] {
        let error = inside.decide(&lee(), &row, decision).await.unwrap_err();
        assert_eq!(error.kind, Kind::Stale, "rejected is final");
        assert!(error.public.contains("rejected") && error.public.contains("lee"), "{error}");
    }
}

#[tokio::test]
async fn an_incomplete_scan_never_passes() {
    let inside = inside().await;
    let row = inside.push("a", "1.0.0").await;
    let job = inside.claim().await;
    let about_other_bytes = report(Digest::of(b"other").as_str(), &[]);
    judge(&inside.app, &job, about_other_bytes, inside.app.now()).await.unwrap();
    assert_eq!(inside.row("a", "1.0.0").await.verdict.as_deref(), Some("incomplete"));
    assert_eq!(inside.decide(&lee(), &row, Decision::Approve).await.unwrap_err().kind, Kind::Blocked);
}

#[tokio::test]
async fn nobody_approves_an_own_upload_and_nobody_without_the_role() {
    let inside = inside().await;
    let row = inside.push("a", "1.0.0").await;
    inside.judge(&row, &[]).await.unwrap();
    let other_hat = Caller { grants: lee().grants, ..robot() };
    for (caller, kind) in [
        (other_hat, Kind::Forbidden),
        (robot(), Kind::Forbidden),
        (someone("eve", Role::Auditor), Kind::Forbidden),
        (anonymous(), Kind::Unauthenticated),
    ] {
        assert_eq!(inside.decide(&caller, &row, Decision::Approve).await.unwrap_err().kind, kind);
    }
    assert_eq!(inside.row("a", "1.0.0").await.state, State::InReview);
    assert_eq!(inside.count("SELECT COUNT(*) FROM vote").await, 0);
}

#[tokio::test]
async fn a_decision_on_old_evidence_is_refused_and_says_what_changed() {
    let inside = inside().await;
    let row = inside.push("a", "1.0.0").await;
    inside.judge(&row, &[]).await.unwrap();
    let row = inside.row("a", "1.0.0").await;
    let fresh = Expected {
        digest: row.digest.clone(),
        policy_version: row.policy_version.clone().unwrap(),
        scan_id: row.scan_id.clone(),
    };
    let name = (&row.repository, &row.chart, &row.version);
    for (expected, word) in [
        (Expected { digest: Digest::of(b"seen before"), ..fresh.clone() }, "digest"),
        (Expected { policy_version: "000000000000".to_owned(), ..fresh.clone() }, "policy"),
        (Expected { scan_id: Some(Id::from_client("before")), ..fresh.clone() }, "scanned again"),
    ] {
        let error = review(&inside.app, &lee(), name, Decision::Approve, "ok", &expected).await.unwrap_err();
        assert_eq!(error.kind, Kind::Stale);
        assert!(error.public.contains(word), "{error}");
    }
    for reason in ["", "  ", &"x".repeat(crate::config::REASON_BYTES_MAX + 1)] {
        let error = review(&inside.app, &lee(), name, Decision::Approve, reason, &fresh).await.unwrap_err();
        assert_eq!(error.kind, Kind::InvalidRequest);
    }
    inside.policy("block-at = \"low\"\n").await;
    let error = review(&inside.app, &lee(), name, Decision::Approve, "ok", &fresh).await.unwrap_err();
    assert_eq!(error.kind, Kind::Stale, "an edited policy makes every open form stale: {error}");
}

#[tokio::test]
async fn two_approvals_are_two_people() {
    let inside = inside().await;
    inside.policy("approvals = 2\n").await;
    let row = inside.push("a", "1.0.0").await;
    inside.judge(&row, &[]).await.unwrap();
    let first = inside.decide(&lee(), &row, Decision::Approve).await.unwrap();
    assert_eq!((first.state, first.votes, first.approvals), (State::InReview, 1, 2));
    assert_eq!(inside.last_action().await, "version.vote");
    assert_eq!(inside.decide(&lee(), &row, Decision::Approve).await.unwrap_err().kind, Kind::Conflict);
    let second = inside.decide(&someone("ana", Role::Reviewer), &row, Decision::Approve).await.unwrap();
    assert_eq!((second.state, second.votes), (State::Approved, 2));
}

/// Somebody who has lost the role takes the vote along.
#[tokio::test]
async fn a_vote_ends_with_the_right_to_vote() {
    let inside = inside().await;
    inside.policy("approvals = 2\n").await;
    let row = inside.push("a", "1.0.0").await;
    inside.judge(&row, &[]).await.unwrap();
    inside.decide(&lee(), &row, Decision::Approve).await.unwrap();
    let tokens = crate::auth::list_tokens(&inside.app, &Caller::system()).await.unwrap();
    let lees = tokens.iter().find(|token| token.account == "lee").unwrap();
    crate::auth::revoke_token(&inside.app, &Caller::system(), &lees.id).await.unwrap();
    let second = inside.decide(&someone("ana", Role::Reviewer), &row, Decision::Approve).await.unwrap();
    assert_eq!((second.state, second.votes), (State::InReview, 1));
}

/// Two reviewers at once: one decides, the other is told; never both.
#[tokio::test]
async fn of_two_decisions_at_once_one_counts() {
    for _ in 0..20 {
        let inside = inside().await;
        let row = inside.push("a", "1.0.0").await;
        inside.judge(&row, &[]).await.unwrap();
        let ana = someone("ana", Role::Reviewer);
        let (approve, reject) = tokio::join!(inside.decide(&ana, &row, Decision::Approve), async {
            inside.decide(&lee(), &row, Decision::Reject).await
        });
        assert!(approve.is_ok() != reject.is_ok(), "{approve:?} {reject:?}");
        assert_eq!(inside.count("SELECT COUNT(*) FROM vote").await, 1);
        let decided = inside
            .count("SELECT COUNT(*) FROM audit_entry WHERE action IN ('version.approve', 'version.reject')");
        assert_eq!(decided.await, 1);
    }
}

#[tokio::test]
async fn every_change_of_state_has_its_entry_and_the_chain_holds() {
    let inside = inside().await;
    let row = inside.published("a", "1.0.0").await;
    revoke(&inside.app, &lee(), (&row.repository, &row.chart, &row.version), "no longer", None)
        .await
        .unwrap();
    let history = history(&inside.app, &lee(), &row).await.unwrap();
    let steps: Vec<_> = history
        .iter()
        .map(|row| serde_json::from_str::<Entry>(&row.entry).unwrap())
        .map(|entry| (entry.action, entry.actor, entry.before, entry.after.unwrap()))
        .collect();
    let step = |action: &str, actor: &str, before: Option<&str>, after: &str| {
        (action.to_owned(), actor.to_owned(), before.map(str::to_owned), after.to_owned())
    };
    assert_eq!(
        steps,
        [
            step("version.push", "robot", None, "quarantined"),
            step("version.judge", "chartgate", Some("quarantined"), "in review"),
            step("version.approve", "lee", Some("in review"), "approved"),
            step("version.revoke", "lee", Some("approved"), "revoked"),
        ]
    );
    let approved: Entry = serde_json::from_str(&history[2].entry).unwrap();
    assert_eq!(approved.digest.as_ref(), Some(&row.digest));
    assert_eq!(approved.reason.as_deref(), Some("looked at it"));
    assert_eq!(approved.request_id.as_deref(), Some("req-1"));
    assert_eq!(approved.policy_version, row.policy_version);
    assert_eq!(verify(&inside.app.db).await.unwrap().broken, None);
}

/// The database holds the line where code would not: no state without its evidence.
#[tokio::test]
async fn the_database_refuses_states_without_evidence() {
    let inside = inside().await;
    inside.push("a", "1.0.0").await;
    for statement in [
        "UPDATE version SET state = 'approved'",
        "UPDATE version SET state = 'in review'",
        "UPDATE version SET state = 'published'",
        "UPDATE version SET state = 'approved', scan_id = 'x', verdict = 'block', policy_version = 'x', published_at = 1",
        "UPDATE version SET state = 'approved', scan_id = 'x', verdict = 'incomplete', policy_version = 'x', published_at = 1",
    ] {
        let mut tx = inside.app.db.write().await.unwrap();
        assert!(tx.query(statement).run().await.is_err(), "{statement}");
    }
}
