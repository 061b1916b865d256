//! When to ask again: the schedule with a little spread, longer and longer waits after failures, and what an upstream
//! asks for itself. Pure; whoever calls it brings the clock and the dice.

use std::time::Duration;

use crate::model::Micros;
use crate::outbound::Failure;

/// Waiting time after the first failed run of an upstream; twice as long after each further one.
const RUN_BACKOFF_SECONDS: i64 = 60;
const RUN_BACKOFF_SECONDS_MAX: i64 = 6 * 3_600;
/// Waiting time after the first failed try of one version; four times as long after each further one.
const TRY_BACKOFF_SECONDS: i64 = 60;
/// Tries of one version before it is given up until a person asks or its entry in the index changes.
pub const TRIES_MAX: i64 = 5;
/// What an upstream asks for is kept up to this long.
const ASKED_SECONDS_MAX: i64 = 24 * 3_600;
/// A server that asks to be asked less often and does not say how.
const ASKED_SECONDS_DEFAULT: i64 = 60;

/// A number in `0..=255`, so that many upstreams do not run at one moment.
pub type Dice = u8;

/// The next run after one that went well: the period, up to a twentieth more; earlier when a version is due before.
#[must_use]
pub fn after_success(now: Micros, every_seconds: i64, due: Option<Micros>, dice: Dice) -> Micros {
    let regular = now.plus_seconds(every_seconds + every_seconds * i64::from(dice) / 255 / 20);
    due.map_or(regular, |due| regular.min(due.max(now.plus_seconds(1))))
}

/// The next run after so many failures in a row.
#[must_use]
pub fn after_failures(now: Micros, failures: i64, dice: Dice) -> Micros {
    let doubled = u32::try_from((failures - 1).clamp(0, 20)).unwrap_or(20);
    let wait = RUN_BACKOFF_SECONDS.saturating_mul(1 << doubled).min(RUN_BACKOFF_SECONDS_MAX);
    now.plus_seconds(wait / 2 + wait / 2 * i64::from(dice) / 255)
}

/// The next try of a version after so many failed ones; `None` when it is given up.
#[must_use]
pub fn after_tries(now: Micros, tries: i64, dice: Dice) -> Option<Micros> {
    let fourfold = u32::try_from((tries - 1).max(0)).ok().filter(|_| tries < TRIES_MAX)?;
    let wait = TRY_BACKOFF_SECONDS.saturating_mul(4_i64.saturating_pow(fourfold));
    Some(now.plus_seconds(wait / 2 + wait / 2 * i64::from(dice) / 255))
}

/// Whether an answer means "ask less often" rather than "this failed".
#[must_use]
pub fn asks_to_wait(failure: &Failure) -> bool {
    match failure {
        Failure::Status { status: 429, .. } => true,
        Failure::Status { status: 503, retry_after, .. } => retry_after.is_some(),
        _ => false,
    }
}

/// Until when an upstream wants to be left alone that answered "too many requests" or "not now".
#[must_use]
pub fn asked(now: Micros, retry_after: Option<Duration>) -> Micros {
    let seconds = retry_after
        .map_or(ASKED_SECONDS_DEFAULT, |wait| i64::try_from(wait.as_secs()).unwrap_or(ASKED_SECONDS_MAX));
    now.plus_seconds(seconds.clamp(1, ASKED_SECONDS_MAX))
}

/// Throws the dice.
#[must_use]
pub fn throw() -> Dice {
    let mut random = [0];
    // Without randomness everything is merely done at one moment.
    let _ = getrandom::fill(&mut random);
    random[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Micros = Micros(0);

    #[test]
    fn the_schedule_is_kept_with_a_little_spread_and_broken_for_what_is_due() {
        assert_eq!(after_success(NOW, 3_600, None, 0), Micros(3_600_000_000));
        assert_eq!(after_success(NOW, 3_600, None, 255), Micros(3_780_000_000));
        assert_eq!(after_success(NOW, 3_600, Some(Micros(90_000_000)), 9), Micros(90_000_000));
        assert_eq!(after_success(NOW, 3_600, Some(Micros(-5)), 9), Micros(1_000_000), "never at once");
    }

    #[test]
    fn failures_wait_longer_and_longer_up_to_a_bound() {
        let waits: Vec<i64> =
            [1, 2, 3, 30, i64::MAX].iter().map(|n| after_failures(NOW, *n, 255).0 / 1_000_000).collect();
        assert_eq!(waits, [60, 120, 240, 21_600, 21_600]);
        assert_eq!(after_failures(NOW, 1, 0), Micros(30_000_000));
    }

    #[test]
    fn a_version_is_given_up_after_a_few_tries() {
        let waits: Vec<Option<i64>> =
            (1..=5).map(|n| after_tries(NOW, n, 255).map(|at| at.0 / 1_000_000)).collect();
        assert_eq!(waits, [Some(60), Some(240), Some(960), Some(3_840), None]);
    }

    #[test]
    fn what_an_upstream_asks_for_is_kept_within_a_day() {
        assert_eq!(asked(NOW, Some(Duration::from_secs(7))), Micros(7_000_000));
        assert_eq!(asked(NOW, None), Micros(60_000_000));
        assert_eq!(asked(NOW, Some(Duration::from_secs(u64::MAX))), Micros(86_400_000_000));
    }
}
