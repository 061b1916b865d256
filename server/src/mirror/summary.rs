//! What one run of a mirror found and did: numbers for the command line, the page and the log. Data only.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Counts of one run. Fields are only added, so that old rows stay readable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Summary {
    /// The index was the one that was read before, so nothing of it was read again.
    pub index_unchanged: bool,
    /// Entries of the index that were read.
    pub entries: u64,
    /// Versions that came in.
    pub new: u64,
    /// Versions that were here with the bytes that the upstream offers.
    pub unchanged: u64,
    /// Versions that were not taken, with a reason on the page.
    pub refused: u64,
    /// Versions that could not be fetched, and will not be tried again by themselves.
    pub failed: u64,
    /// Versions whose bytes changed upstream: an alarm each.
    pub changed: u64,
    /// Versions that the index has no more.
    pub gone: u64,
    /// Versions that are still to be fetched.
    pub waiting: u64,
    /// Requests that were sent.
    pub requests: u64,
    /// Bytes of the archives that were fetched.
    pub bytes: u64,
}

impl Summary {
    /// One line for people, such as `118 new, 0 unchanged`; zeros are left out but for the first two.
    #[must_use]
    pub fn words(&self) -> String {
        let mut words = format!("{} new, {} unchanged", self.new, self.unchanged);
        let further = [
            (self.changed, "with CHANGED BYTES (held)"),
            (self.refused, "refused"),
            (self.failed, "failed"),
            (self.gone, "gone upstream"),
            (self.waiting, "still to be fetched"),
        ];
        for (count, what) in further.into_iter().filter(|(count, _)| *count > 0) {
            words.push_str(&format!(", {count} {what}"));
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_reads_as_one_line_without_zeros() {
        assert_eq!(Summary { new: 118, ..Summary::default() }.words(), "118 new, 0 unchanged");
        let summary = Summary { unchanged: 117, changed: 1, failed: 2, ..Summary::default() };
        assert_eq!(summary.words(), "0 new, 117 unchanged, 1 with CHANGED BYTES (held), 2 failed");
    }
}
