//! The Retry-After header in both of its forms. It does not wait.

use std::time::Duration;

/// The longest wait that a server may impose.
const RETRY_AFTER_SECONDS_MAX: u64 = 24 * 60 * 60;

/// Seconds, or an HTTP date against `now_seconds` (since 1970); `None` for anything else. A date that has passed is no wait.
pub(super) fn parse(header: &str, now_seconds: i64) -> Option<Duration> {
    let header = header.trim();
    let seconds = if !header.is_empty() && header.bytes().all(|b| b.is_ascii_digit()) {
        header.parse().unwrap_or(RETRY_AFTER_SECONDS_MAX)
    } else {
        // A server that is wrong about the weekday is still right about the day.
        let parser = jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true);
        let at = parser.parse_timestamp(header).ok()?;
        u64::try_from(at.as_second().saturating_sub(now_seconds)).unwrap_or(0)
    };
    Some(Duration::from_secs(seconds.min(RETRY_AFTER_SECONDS_MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read_and_capped() {
        let now = 784_111_777; // Sun, 06 Nov 1994 08:49:37 GMT
        let seconds = |header| parse(header, now).map(|wait| wait.as_secs());
        assert_eq!(seconds("120"), Some(120));
        assert_eq!(seconds(" 0 "), Some(0));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:50:37 GMT"), Some(60));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:00 GMT"), Some(0));
        assert_eq!(seconds("99999999999999999999999"), Some(RETRY_AFTER_SECONDS_MAX));
        assert_eq!(seconds("Sun, 06 Nov 2094 08:49:37 GMT"), Some(RETRY_AFTER_SECONDS_MAX));
        for nonsense in ["", "-1", "soon", "1.5", "Sun, 99 Nov 1994"] {
            assert_eq!(seconds(nonsense), None, "{nonsense}");
        }
    }
}
