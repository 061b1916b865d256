//! The states of a version and the one function that moves between them. The database repeats the names in a CHECK.

use scanner::policy::Outcome;

/// Where a version stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum State {
    Quarantined,
    #[sqlx(rename = "in review")]
    #[serde(rename = "in review")]
    InReview,
    /// Published.
    Approved,
    Rejected,
    Revoked,
}

impl State {
    pub const ALL: [State; 5] =
        [State::Quarantined, State::InReview, State::Approved, State::Rejected, State::Revoked];

    /// The one spelling used in rows, JSON, pages and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            State::Quarantined => "quarantined",
            State::InReview => "in review",
            State::Approved => "approved",
            State::Rejected => "rejected",
            State::Revoked => "revoked",
        }
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What happens to a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A scan was judged under a policy that asks for so many approvals.
    Judged {
        outcome: Outcome,
        approvals: u32,
    },
    /// People approved: the verdict they saw, how many votes count, how many the policy asks for.
    Approved {
        outcome: Outcome,
        votes: u32,
        approvals: u32,
    },
    Rejected,
    Revoked,
}

/// Why an event is not possible now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the verdict blocks this version")]
    Blocked,
    #[error("the version could not be judged completely")]
    Incomplete,
    #[error("the version is {0} and waits for its scan")]
    NotJudged(State),
    #[error("the version is {0}; only a version in review can be approved or rejected")]
    NotInReview(State),
    #[error("the version is {0}; only an approved version can be revoked")]
    NotApproved(State),
}

/// The next state, or why there is none. The only place that knows the transitions.
///
/// # Errors
/// The event is not possible in this state, or the verdict forbids it.
pub fn next(state: State, event: Event) -> Result<State, Refusal> {
    match (state, event) {
        (State::Quarantined | State::InReview, Event::Judged { outcome: Outcome::Pass, approvals: 0 }) => {
            Ok(State::Approved)
        }
        (State::Quarantined | State::InReview, Event::Judged { .. }) => Ok(State::InReview),
        (state, Event::Judged { .. }) => Err(Refusal::NotInReview(state)),
        (State::InReview, Event::Approved { outcome: Outcome::Block, .. }) => Err(Refusal::Blocked),
        (State::InReview, Event::Approved { outcome: Outcome::Incomplete, .. }) => Err(Refusal::Incomplete),
        (State::InReview, Event::Approved { outcome: Outcome::Pass, votes, approvals }) => {
            Ok(if votes >= approvals { State::Approved } else { State::InReview })
        }
        (State::InReview, Event::Rejected) => Ok(State::Rejected),
        (State::Quarantined, Event::Approved { .. } | Event::Rejected) => Err(Refusal::NotJudged(state)),
        (state, Event::Approved { .. } | Event::Rejected) => Err(Refusal::NotInReview(state)),
        (State::Approved, Event::Revoked) => Ok(State::Revoked),
        (state, Event::Revoked) => Err(Refusal::NotApproved(state)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events() -> Vec<Event> {
        let mut events = vec![Event::Rejected, Event::Revoked];
        for outcome in [Outcome::Pass, Outcome::Block, Outcome::Incomplete] {
            for approvals in 0..3 {
                events.push(Event::Judged { outcome, approvals });
                for votes in 0..3 {
                    events.push(Event::Approved { outcome, votes, approvals });
                }
            }
        }
        events
    }

    /// The whole table: every state with every event; what is not listed as a move is a refusal.
    #[test]
    fn only_the_listed_transitions_exist() {
        for state in State::ALL {
            for event in events() {
                let expected = match (state, event) {
                    (State::Quarantined | State::InReview, Event::Judged { outcome, approvals }) => {
                        let publish = outcome == Outcome::Pass && approvals == 0;
                        Some(if publish { State::Approved } else { State::InReview })
                    }
                    (State::InReview, Event::Approved { outcome: Outcome::Pass, votes, approvals }) => {
                        Some(if votes >= approvals { State::Approved } else { State::InReview })
                    }
                    (State::InReview, Event::Rejected) => Some(State::Rejected),
                    (State::Approved, Event::Revoked) => Some(State::Revoked),
                    _ => None,
                };
                assert_eq!(next(state, event).ok(), expected, "{state} {event:?}");
            }
        }
    }

    #[test]
    fn no_event_leaves_a_final_state_and_nothing_but_pass_is_approved() {
        for event in events() {
            assert!(next(State::Rejected, event).is_err() && next(State::Revoked, event).is_err());
            for state in State::ALL {
                if next(state, event) == Ok(State::Approved) {
                    assert!(matches!(
                        event,
                        Event::Judged { outcome: Outcome::Pass, .. }
                            | Event::Approved { outcome: Outcome::Pass, .. }
                    ));
                }
            }
        }
    }
}
