//! Times are microseconds UTC in a newtype; the clock is an argument so that tests never sleep.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Microseconds since 1970-01-01 UTC.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    sqlx::Type,
)]
#[sqlx(transparent)]
#[serde(transparent)]
pub struct Micros(pub i64);

impl Micros {
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Micros(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// RFC 3339 in UTC with seconds, such as `2026-11-23T09:41:07Z`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        let seconds = self.0.div_euclid(1_000_000);
        jiff::Timestamp::from_second(seconds).map_or_else(|_| "unknown".to_owned(), |t| t.to_string())
    }

    /// The date form of HTTP headers, such as `Mon, 23 Nov 2026 09:41:07 GMT`.
    #[must_use]
    pub fn http_date(self) -> String {
        let seconds = self.0.div_euclid(1_000_000);
        jiff::Timestamp::from_second(seconds)
            .map_or_else(|_| "unknown".to_owned(), |t| t.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
    }
}

impl std::fmt::Display for Micros {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

/// Where `now` comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    System,
    /// Microseconds that a test sets and moves.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    #[must_use]
    pub fn fixed(at: Micros) -> Self {
        Clock::Fixed(Arc::new(AtomicI64::new(at.0)))
    }

    #[must_use]
    pub fn now(&self) -> Micros {
        match self {
            Clock::System => Micros(jiff::Timestamp::now().as_microsecond()),
            Clock::Fixed(at) => Micros(at.load(Ordering::Relaxed)),
        }
    }

    /// Moves a fixed clock; the system's goes its own way.
    pub fn advance_seconds(&self, seconds: i64) {
        if let Clock::Fixed(at) = self {
            at.fetch_add(seconds.saturating_mul(1_000_000), Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_print_in_the_two_forms_of_the_wire() {
        let at = Micros(1_700_000_000_999_999);
        assert_eq!(at.rfc3339(), "2023-11-14T22:13:20Z");
        assert_eq!(at.http_date(), "Tue, 14 Nov 2023 22:13:20 GMT");
    }
}
