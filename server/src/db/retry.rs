//! Runs a change again that lost against another one. It decides nothing about what a change does.

use std::time::Duration;

use crate::error::{Kind, Result};

/// How often a change is tried in all before its caller is told to come back.
const ATTEMPTS_MAX: u32 = 5;
/// Waiting time before the next attempt: this, times the attempts so far, and up to as much again at random.
const STEP: Duration = Duration::from_millis(10);

/// Runs `work`, and again when the database took its transaction back because of another one (PostgreSQL's 40001 and
/// 40P01). `work` opens its transaction itself and repeats whatever it read before.
///
/// # Errors
/// Those of `work`; `Contended` once the attempts are used up.
pub async fn retried<T, F: Future<Output = Result<T>>>(mut work: impl FnMut() -> F) -> Result<T> {
    let mut attempt = 1;
    loop {
        match work().await {
            Err(error) if error.kind == Kind::Contended && attempt < ATTEMPTS_MAX => {
                let mut random = [0];
                getrandom::fill(&mut random)?;
                let wait = STEP * attempt;
                tokio::time::sleep(wait + wait * u32::from(random[0]) / 255).await;
                attempt += 1;
            }
            done => return done,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::cell::Cell;

    use super::*;
    use crate::error::Error;

    #[tokio::test]
    async fn a_lost_change_is_tried_again_a_few_times_and_other_errors_are_not() {
        let tries = Cell::new(0);
        let lost_until = |wins_at: u32, kind: Kind| {
            tries.set(0);
            let tries = &tries;
            retried(move || async move {
                tries.set(tries.get() + 1);
                if tries.get() == wins_at { Ok(()) } else { Err(Error::new(kind, "lost")) }
            })
        };
        lost_until(3, Kind::Contended).await.unwrap();
        assert_eq!(tries.get(), 3);
        assert_eq!(lost_until(99, Kind::Contended).await.unwrap_err().kind, Kind::Contended);
        assert_eq!(tries.get(), ATTEMPTS_MAX);
        assert_eq!(lost_until(2, Kind::Conflict).await.unwrap_err().kind, Kind::Conflict);
        assert_eq!(tries.get(), 1);
    }
}
