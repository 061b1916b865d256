//! Small pieces of data that several pages show: times, counts, chips, places of source. No page of its own.

use scanner::report::{Finding, ObjectRef, Severity};

/// A point in time, ready to show.
#[derive(Clone, Debug, Default)]
pub struct Moment {
    /// RFC 3339, for `datetime`.
    pub iso: String,
    /// `2026-11-23 09:12 UTC`.
    pub text: String,
}

impl Moment {
    /// From microseconds since 1970 UTC, the unit of the database; a time out of range shows as nothing.
    #[must_use]
    pub fn from_micros(micros: i64) -> Moment {
        let Ok(at) = jiff::Timestamp::from_microsecond(micros) else { return Moment::default() };
        Moment {
            iso: at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            text: at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        }
    }

    /// A fixed time for sample pages.
    #[must_use]
    pub fn sample() -> Moment {
        Moment::from_micros(1_795_512_720_000_000)
    }
}

/// How long something waits: `3 min`, `5 h`, `2 d`.
#[must_use]
pub fn waits(micros: i64) -> String {
    const MINUTE_MICROS: i64 = 60_000_000;
    match micros.max(0) / MINUTE_MICROS {
        0 => "now".to_owned(),
        minutes @ 1..60 => format!("{minutes} min"),
        minutes @ 60..2880 => format!("{} h", minutes / 60),
        minutes => format!("{} d", minutes / 1440),
    }
}

/// `1 finding`, `2 findings`.
#[must_use]
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

#[must_use]
pub fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
        Severity::Info => "info",
    }
}

/// How many findings of one severity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    pub word: &'static str,
    pub count: usize,
}

/// Findings by severity, most severe first, without zeros.
#[must_use]
pub fn counts(severities: impl Iterator<Item = Severity>) -> Vec<Count> {
    let mut by_severity = [0usize; 5];
    for severity in severities {
        by_severity[severity as usize] += 1;
    }
    [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info]
        .into_iter()
        .map(|severity| Count { word: severity_word(severity), count: by_severity[severity as usize] })
        .filter(|count| count.count > 0)
        .collect()
}

/// A filter that is one click away.
#[derive(Clone, Debug)]
pub struct Chip {
    pub word: String,
    pub count: usize,
    pub href: String,
    pub current: bool,
}

/// A name and what stands for it.
#[derive(Clone, Debug)]
pub struct Pair {
    pub name: String,
    pub value: String,
}

/// `Service/web`, or nothing for a finding about the chart as a whole.
#[must_use]
pub fn object_words(object: Option<&ObjectRef>) -> String {
    object.map_or_else(String::new, |object| format!("{}/{}", object.kind, object.name))
}

/// `f-1a2b…`: where a finding stands on the findings page.
#[must_use]
pub fn anchor(finding: &Finding) -> String {
    format!("f-{}", finding.fingerprint)
}

/// Percent-encodes one path segment or query value.
#[must_use]
pub fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_time_is_one_word_and_a_unit() {
        for (minutes, shown) in
            [(0, "now"), (1, "1 min"), (59, "59 min"), (60, "1 h"), (2879, "47 h"), (2880, "2 d")]
        {
            assert_eq!(waits(minutes * 60_000_000), shown);
        }
    }

    #[test]
    fn counts_go_from_critical_to_info_without_zeros() {
        let counted: Vec<_> = counts([Severity::Low, Severity::Critical, Severity::Low].into_iter())
            .into_iter()
            .map(|count| (count.word, count.count))
            .collect();
        assert_eq!(counted, [("critical", 1), ("low", 2)]);
    }

    #[test]
    fn encoding_keeps_versions_readable_and_everything_else_safe() {
        assert_eq!(encoded("1.0.0+a/b?"), "1.0.0%2Ba%2Fb%3F");
    }
}
