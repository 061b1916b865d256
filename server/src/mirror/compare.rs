//! What an index says of a version, against what is known of it. Pure: it reads and writes no row.

use crate::db::upstream_versions::{OfferedRow, Standing};
use crate::model::{Id, Micros};

/// One version as an index offers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub chart: String,
    pub version: String,
    /// Of the archive, absolute; empty where there is none.
    pub url: String,
    /// `sha256:<hex>`, or empty where the index says none.
    pub digest: String,
    /// 0 where the index says none.
    pub created_at: Micros,
    /// Place in the list of the chart's versions.
    pub position: i64,
    /// Why it cannot be taken, whatever its bytes are.
    pub refused: Option<String>,
}

/// What follows from an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The row as it is to be written.
    Put(OfferedRow),
    /// The upstream now offers other bytes than are here: the row as it is to be written, with an alarm.
    Changed(OfferedRow),
    /// The upstream offers the bytes that are here again.
    Returned(OfferedRow),
    /// This reading has seen the version before; its first entry counts, as for Helm.
    Repeated,
}

/// Decides about one offer of one reading of the index.
#[must_use]
pub fn compare(upstream: &Id, known: Option<OfferedRow>, offer: &Offer, reading: &str, now: Micros) -> Step {
    let Some(known) = known else {
        return Step::Put(first_seen(upstream, offer, reading, now));
    };
    if known.reading == reading {
        return Step::Repeated;
    }
    let says_other = known.url != offer.url
        || known.said_digest != offer.digest
        || known.said_created_at != offer.created_at
        || known.gone_at.is_some();
    let row = OfferedRow {
        url: offer.url.clone(),
        said_digest: offer.digest.clone(),
        said_created_at: offer.created_at,
        position: offer.position,
        reading: reading.to_owned(),
        gone_at: None,
        ..known
    };
    match row.state {
        Standing::Stored | Standing::Held => against_ours(row, offer, says_other, now),
        Standing::Wanted | Standing::Refused | Standing::Failed if says_other => Step::Put(OfferedRow {
            first_seen_at: row.first_seen_at,
            ..first_seen(upstream, offer, reading, now)
        }),
        Standing::Wanted | Standing::Refused | Standing::Failed => Step::Put(row),
    }
}

/// The row of a version that an index offers for the first time.
#[must_use]
pub fn first_seen(upstream: &Id, offer: &Offer, reading: &str, now: Micros) -> OfferedRow {
    let wanted = offer.refused.is_none();
    OfferedRow {
        upstream_id: upstream.clone(),
        chart: offer.chart.clone(),
        version: offer.version.clone(),
        url: offer.url.clone(),
        said_digest: offer.digest.clone(),
        said_created_at: offer.created_at,
        position: offer.position,
        state: if wanted { Standing::Wanted } else { Standing::Refused },
        version_id: None,
        digest: None,
        attempts: 0,
        next_try_at: wanted.then_some(now),
        error: offer.refused.clone(),
        changed_digest: None,
        changed_at: None,
        reading: reading.to_owned(),
        first_seen_at: now,
        gone_at: None,
    }
}

/// A version that is here, against what the index says of its bytes now.
fn against_ours(row: OfferedRow, offer: &Offer, says_other: bool, now: Micros) -> Step {
    let ours = row.digest.as_ref().map_or("", |digest| digest.as_str());
    if offer.digest.is_empty() {
        // Nothing is said of the bytes, so they are fetched and compared, but only when the entry says something new.
        let next_try_at = if says_other && offer.refused.is_none() { Some(now) } else { row.next_try_at };
        return Step::Put(OfferedRow { attempts: 0, next_try_at, ..row });
    }
    if offer.digest == ours {
        return if row.state == Standing::Held {
            Step::Returned(returned(row))
        } else {
            Step::Put(settled(row))
        };
    }
    let is_known = row.changed_digest.as_deref() == Some(offer.digest.as_str());
    let digest = offer.digest.clone();
    if is_known && row.state == Standing::Held {
        Step::Put(settled(row))
    } else {
        Step::Changed(changed(row, digest, now))
    }
}

fn settled(row: OfferedRow) -> OfferedRow {
    OfferedRow { next_try_at: None, attempts: 0, ..row }
}

/// The row of a version whose upstream offers bytes of another digest.
#[must_use]
pub fn changed(row: OfferedRow, digest: String, now: Micros) -> OfferedRow {
    let error = Some("the upstream offers other bytes under this version; they are not taken".to_owned());
    OfferedRow {
        state: Standing::Held,
        changed_digest: Some(digest),
        changed_at: Some(now),
        error,
        ..settled(row)
    }
}

/// The row of a version whose upstream offers the bytes that are here again.
#[must_use]
pub fn returned(row: OfferedRow) -> OfferedRow {
    let state = if row.version_id.is_some() { Standing::Stored } else { row.state };
    OfferedRow { state, changed_digest: None, changed_at: None, error: None, ..settled(row) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use crate::model::Digest;

    const NOW: Micros = Micros(1_000);
    const LATER: Micros = Micros(2_000);

    fn upstream() -> Id {
        Id::from_client("u")
    }

    fn digest(of: &str) -> String {
        Digest::of(of.as_bytes()).to_string()
    }

    fn offer(digest: &str) -> Offer {
        Offer {
            chart: "a".to_owned(),
            version: "1.0.0".to_owned(),
            url: "https://charts.example.com/a-1.0.0.tgz".to_owned(),
            digest: digest.to_owned(),
            created_at: Micros(7),
            position: 0,
            refused: None,
        }
    }

    fn put(step: Step) -> OfferedRow {
        match step {
            Step::Put(row) => row,
            other => panic!("{other:?}"),
        }
    }

    fn stored(said: &str) -> OfferedRow {
        let row = put(compare(&upstream(), None, &offer(said), "r1", NOW));
        OfferedRow {
            state: Standing::Stored,
            version_id: Some(Id::from_client("v")),
            digest: Some(Digest::of(b"old")),
            next_try_at: None,
            ..row
        }
    }

    #[test]
    fn a_new_version_is_wanted_and_a_refused_one_is_not() {
        let row = put(compare(&upstream(), None, &offer(""), "r1", NOW));
        assert_eq!((row.state, row.next_try_at), (Standing::Wanted, Some(NOW)));
        let refused = Offer { refused: Some("no URL".to_owned()), ..offer("") };
        let row = put(compare(&upstream(), None, &refused, "r1", NOW));
        assert_eq!(
            (row.state, row.next_try_at, row.error.as_deref()),
            (Standing::Refused, None, Some("no URL"))
        );
        // The upstream mends its entry.
        let row = put(compare(&upstream(), Some(row), &offer(&digest("old")), "r2", LATER));
        assert_eq!((row.state, row.next_try_at, row.first_seen_at), (Standing::Wanted, Some(LATER), NOW));
    }

    #[test]
    fn the_first_of_two_entries_of_one_index_counts() {
        let row = put(compare(&upstream(), None, &offer(&digest("old")), "r1", NOW));
        assert_eq!(compare(&upstream(), Some(row), &offer(&digest("new")), "r1", NOW), Step::Repeated);
    }

    #[test]
    fn other_bytes_are_an_alarm_once_and_the_old_ones_end_it() {
        let row = stored(&digest("old"));
        let Step::Changed(held) = compare(&upstream(), Some(row), &offer(&digest("new")), "r2", NOW) else {
            panic!("no alarm")
        };
        assert_eq!(
            (held.state, held.changed_digest.as_deref()),
            (Standing::Held, Some(digest("new").as_str()))
        );
        assert_eq!(held.digest, Some(Digest::of(b"old")), "what is here stays");
        let again = put(compare(&upstream(), Some(held.clone()), &offer(&digest("new")), "r3", LATER));
        assert_eq!((again.state, again.changed_at), (Standing::Held, Some(NOW)), "no second alarm");
        let third = compare(&upstream(), Some(held.clone()), &offer(&digest("third")), "r3", LATER);
        assert!(matches!(third, Step::Changed(_)), "third bytes are another alarm");
        let Step::Returned(back) = compare(&upstream(), Some(held), &offer(&digest("old")), "r4", LATER)
        else {
            panic!("still held")
        };
        assert_eq!((back.state, back.changed_digest), (Standing::Stored, None));
    }

    #[test]
    fn without_a_digest_the_bytes_are_compared_again_only_when_the_entry_changed() {
        let row = stored("");
        assert_eq!(put(compare(&upstream(), Some(row.clone()), &offer(""), "r2", LATER)).next_try_at, None);
        let newer = Offer { created_at: Micros(8), ..offer("") };
        let row = put(compare(&upstream(), Some(row), &newer, "r2", LATER));
        assert_eq!((row.state, row.next_try_at), (Standing::Stored, Some(LATER)));
    }

    #[test]
    fn what_is_gone_and_comes_back_is_looked_at_again() {
        let failed = OfferedRow {
            state: Standing::Failed,
            next_try_at: None,
            ..put(compare(&upstream(), None, &offer(""), "r1", NOW))
        };
        let same = put(compare(&upstream(), Some(failed.clone()), &offer(""), "r2", LATER));
        assert_eq!((same.state, same.next_try_at), (Standing::Failed, None));
        let gone = OfferedRow { gone_at: Some(NOW), ..failed };
        let back = put(compare(&upstream(), Some(gone), &offer(""), "r2", LATER));
        assert_eq!((back.state, back.next_try_at, back.gone_at), (Standing::Wanted, Some(LATER), None));
    }
}
