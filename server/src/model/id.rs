//! Row ids: made by us, text, in order of time. They are names, not secrets.

use super::{Micros, digest::hex};

/// 13 hex digits of microseconds since 1970 and 12 random ones; sorts by time as text.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, sqlx::Type,
)]
#[sqlx(transparent)]
#[serde(transparent)]
pub struct Id(String);

impl Id {
    /// # Errors
    /// The operating system gave no randomness.
    pub fn new(now: Micros) -> Result<Self, getrandom::Error> {
        let mut random = [0u8; 6];
        getrandom::fill(&mut random)?;
        Ok(Id(format!("{:013x}{}", now.0, hex(&random))))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// An id that came back from a client: looked up, never trusted.
    #[must_use]
    pub fn from_client(text: &str) -> Self {
        Id(text.chars().take(64).collect())
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
