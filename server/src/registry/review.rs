//! What people decide: approve, reject, revoke. Each is bound to what the person saw, has a reason, and is one transaction.

use scanner::policy::{Outcome, Policy};

use super::judge::rejudge;
use super::resolve::{Sight, sight};
use super::{Entry, append, demand, find_repository};
use crate::app::App;
use crate::config::REASON_BYTES_MAX;
use crate::db::versions::{self, VersionRow};
use crate::db::votes::{self, VoteRow};
use crate::db::{Tx, accounts, repositories, retried};
use crate::error::{Error, Kind, Result};
use crate::model::{
    Action, Caller, CallerKind, ChartName, Digest, Event, Id, Refusal, RepositoryName, State, Version, next,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Approve,
    Reject,
}

/// What the person saw when deciding.
#[derive(Clone, Debug)]
pub struct Expected {
    pub digest: Digest,
    pub policy_version: String,
    /// The scan whose findings were shown; absent leaves it unchecked.
    pub scan_id: Option<Id>,
}

/// What a decision led to.
#[derive(Clone, Debug)]
pub struct Decided {
    pub state: State,
    /// Approvals that count now, and how many the policy asks for.
    pub votes: u32,
    pub approvals: u32,
}

/// Approves or rejects a version in review.
///
/// # Errors
/// `Forbidden` without the role or for one's own upload, `InvalidRequest` without a reason, `Stale` when digest, policy,
/// scan or state have changed since, `Blocked` when the verdict forbids approval, naming the rules.
pub async fn review(
    app: &App,
    caller: &Caller,
    name: (&RepositoryName, &ChartName, &Version),
    decision: Decision,
    reason: &str,
    expected: &Expected,
) -> Result<Decided> {
    demand(caller, Action::Review, Some(name.0))?;
    let reason = checked_reason(reason)?;
    let row = visible(app, caller, name).await?;
    let policy = app.policies.current(&mut app.db.read(), &row.repository).await?;
    if row.state == State::InReview && row.policy_version.as_deref() != Some(policy.version().as_str()) {
        rejudge(app, &row, &policy).await?;
    }
    retried(|| async {
        let mut tx = app.db.write().await?;
        let row = versions::by_id(&mut tx, &row.id).await?.ok_or_else(|| unknown(name))?;
        let policy = app.policies.current(&mut tx, &row.repository).await?;
        check_fresh(&row, &policy, expected)?;
        let decided = match decision {
            Decision::Approve => approve(app, &mut tx, caller, &row, &policy, &reason).await?,
            Decision::Reject => reject(app, &mut tx, caller, &row, &policy, &reason).await?,
        };
        tx.commit().await?;
        Ok(decided)
    })
    .await
}

/// Takes an approved version out of index, tags and downloads, for ever.
///
/// # Errors
/// As `review`; only an approved version can be revoked.
pub async fn revoke(
    app: &App,
    caller: &Caller,
    name: (&RepositoryName, &ChartName, &Version),
    reason: &str,
    expected: Option<&Digest>,
) -> Result<Decided> {
    demand(caller, Action::Review, Some(name.0))?;
    let reason = checked_reason(reason)?;
    let row = visible(app, caller, name).await?;
    retried(|| async {
        let mut tx = app.db.write().await?;
        let row = versions::by_id(&mut tx, &row.id).await?.ok_or_else(|| unknown(name))?;
        if expected.is_some_and(|digest| *digest != row.digest) {
            return Err(stale(&row, &format!("its digest is {}", row.digest)));
        }
        let state = next(row.state, Event::Revoked).map_err(|refusal| refused(&row, refusal))?;
        decide(app, &mut tx, caller, &row, "version.revoke", state, &reason).await?;
        tx.commit().await?;
        Ok(Decided { state, votes: 0, approvals: 0 })
    })
    .await
}

async fn approve(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    row: &VersionRow,
    policy: &Policy,
    reason: &str,
) -> Result<Decided> {
    let outcome = match row.verdict.as_deref() {
        Some("pass") => Outcome::Pass,
        Some("block") => Outcome::Block,
        _ => Outcome::Incomplete,
    };
    let event = |votes| Event::Approved { outcome, votes, approvals: policy.approvals };
    next(row.state, event(0)).map_err(|refusal| refused(row, refusal))?;
    if row.uploaded_by == caller.name && !policy.uploader_may_approve {
        return Err(Error::new(
            Kind::Forbidden,
            format!(
                "{} uploaded {} {} and cannot approve it; somebody else must",
                caller.name, row.chart, row.version
            ),
        ));
    }
    vote(app, tx, caller, row, policy, "approve", reason).await?;
    let votes = counted(app, tx, caller, row, policy).await?;
    let state = next(row.state, event(votes)).map_err(|refusal| refused(row, refusal))?;
    if state == row.state {
        let entry = Entry {
            reason: Some(reason.to_owned()),
            policy_version: row.policy_version.clone(),
            ..Entry::about(caller, "version.vote", row, Some(row.state), state)
        };
        append(tx, app.now(), entry).await?;
    } else {
        decide(app, tx, caller, row, "version.approve", state, reason).await?;
    }
    Ok(Decided { state, votes, approvals: policy.approvals })
}

async fn reject(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    row: &VersionRow,
    policy: &Policy,
    reason: &str,
) -> Result<Decided> {
    let state = next(row.state, Event::Rejected).map_err(|refusal| refused(row, refusal))?;
    vote(app, tx, caller, row, policy, "reject", reason).await?;
    decide(app, tx, caller, row, "version.reject", state, reason).await?;
    Ok(Decided { state, votes: counted(app, tx, caller, row, policy).await?, approvals: policy.approvals })
}

/// Writes the vote. One person has one vote on one evidence; a rejection after one's own approval is possible.
async fn vote(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    row: &VersionRow,
    policy: &Policy,
    decision: &str,
    reason: &str,
) -> Result<()> {
    let scan_id = row.scan_id.clone().ok_or_else(|| refused(row, Refusal::NotJudged(row.state)))?;
    let new = VoteRow {
        id: app.new_id()?,
        version_id: row.id.clone(),
        voter: caller.name.clone(),
        decision: decision.to_owned(),
        reason: reason.to_owned(),
        digest: row.digest.clone(),
        scan_id,
        policy_version: policy.version(),
        created_at: app.now(),
    };
    if votes::insert(tx, &new).await? || decision == "reject" {
        return Ok(());
    }
    let what = format!(
        "{} has approved {} {} already; another person is needed",
        caller.name, row.chart, row.version
    );
    Err(Error::new(Kind::Conflict, what))
}

/// Approvals by different people on this digest, scan and policy; the uploader's only where the policy lets it count, and
/// nobody's who has lost the role since.
async fn counted(app: &App, tx: &mut Tx, caller: &Caller, row: &VersionRow, policy: &Policy) -> Result<u32> {
    let mut voters: Vec<String> = votes::of_version(tx, &row.id)
        .await?
        .into_iter()
        .filter(|vote| {
            vote.decision == "approve"
                && vote.digest == row.digest
                && Some(&vote.scan_id) == row.scan_id.as_ref()
                && vote.policy_version == policy.version()
                && (policy.uploader_may_approve || vote.voter != row.uploaded_by)
        })
        .map(|vote| vote.voter)
        .collect();
    voters.sort();
    voters.dedup();
    let mut count = 0;
    for voter in voters {
        if voter == caller.name || may_still_review(app, tx, voter, &row.repository).await? {
            count += 1;
        }
    }
    Ok(count)
}

async fn may_still_review(
    app: &App,
    tx: &mut Tx,
    voter: String,
    repository: &RepositoryName,
) -> Result<bool> {
    let grants = accounts::grants_now(tx, &voter, app.now()).await?;
    let voter = Caller {
        name: voter,
        kind: CallerKind::Person,
        grants,
        reads_published: false,
        request_id: String::new(),
    };
    Ok(voter.may(Action::Review, Some(repository)))
}

async fn decide(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    row: &VersionRow,
    action: &str,
    state: State,
    reason: &str,
) -> Result<()> {
    let now = app.now();
    versions::set_decision(tx, &row.id, state, &caller.name, reason, now).await?;
    if row.state == State::Approved || state == State::Approved {
        repositories::content_changed(tx, &row.repository_id, &row.chart_id, now).await?;
    }
    let entry = Entry {
        reason: Some(reason.to_owned()),
        policy_version: row.policy_version.clone(),
        ..Entry::about(caller, action, row, Some(row.state), state)
    };
    append(tx, now, entry).await
}

fn checked_reason(reason: &str) -> Result<String> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::new(Kind::InvalidRequest, "a reason is needed; it is kept in the log"));
    }
    if reason.len() > REASON_BYTES_MAX {
        return Err(Error::new(
            Kind::InvalidRequest,
            format!("the reason is longer than {REASON_BYTES_MAX} bytes"),
        ));
    }
    Ok(reason.to_owned())
}

/// The version, for a caller who may see it whole.
async fn visible(
    app: &App,
    caller: &Caller,
    name: (&RepositoryName, &ChartName, &Version),
) -> Result<VersionRow> {
    find_repository(app, caller, name.0).await?;
    match versions::by_name(&mut app.db.read(), name.0, name.1, name.2).await? {
        Some(row) if sight(caller, &row) == Sight::Open => Ok(row),
        _ => Err(unknown(name)),
    }
}

fn unknown(name: (&RepositoryName, &ChartName, &Version)) -> Error {
    Error::new(
        Kind::UnknownManifest,
        format!("there is no chart {} {} in repository {}", name.1, name.2, name.0),
    )
}

/// A decision on something that has changed since is refused, and the answer says what.
fn check_fresh(row: &VersionRow, policy: &Policy, expected: &Expected) -> Result<()> {
    if expected.digest != row.digest {
        return Err(stale(row, &format!("its digest is {}, you decided on {}", row.digest, expected.digest)));
    }
    let policy_version = policy.version();
    if expected.policy_version != policy_version {
        return Err(stale(
            row,
            &format!(
                "the policy is version {policy_version} now, you decided under {}",
                expected.policy_version
            ),
        ));
    }
    if expected.scan_id.is_some() && expected.scan_id != row.scan_id {
        return Err(stale(row, "it was scanned again, and the findings may be others"));
    }
    Ok(())
}

fn stale(row: &VersionRow, what: &str) -> Error {
    Error::new(
        Kind::Stale,
        format!("{} {} has changed: {what}. Look at it again and decide", row.chart, row.version),
    )
}

fn refused(row: &VersionRow, refusal: Refusal) -> Error {
    let name = format!("{} {}", row.chart, row.version);
    match refusal {
        Refusal::Blocked => Error::new(
            Kind::Blocked,
            format!("{name} cannot be approved: blocked by {}", row.deciding().join(", ")),
        ),
        Refusal::Incomplete => {
            let why = row.verdict_reason.clone().unwrap_or_default();
            Error::new(Kind::Blocked, format!("{name} cannot be approved: {why}"))
        }
        Refusal::NotJudged(_) => Error::new(Kind::Conflict, format!("{name}: {refusal}")),
        Refusal::NotInReview(_) | Refusal::NotApproved(_) => {
            let by = row.decided_by.as_ref().map_or_else(String::new, |who| format!(" (decided by {who})"));
            stale(row, &format!("{refusal}{by}"))
        }
    }
}
