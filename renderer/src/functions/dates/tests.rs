//! Cases of the date functions, as Go answers them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::super::tests::{call, error};
use super::super::text::sprint;
use crate::value::Value;

fn s(text: &str) -> Value {
    Value::from(text)
}

#[test]
fn layouts_both_ways() {
    for (layout, text, want) in [
        ("2006-01-02", "2024-02-29", "2024-02-29 00:00:00 +0000 UTC"),
        ("Jan _2 15:04:05 2006", "feb  3 04:05:06.5 2021", "2021-02-03 04:05:06.5 +0000 UTC"),
        ("2006-01-02T15:04:05Z07:00", "2024-01-02T03:04:05-03:30", "2024-01-02 03:04:05 -0330 -0330"),
        ("3:04PM MST 2006-002", "1:30PM CET 2024-060", "2024-02-29 13:30:00 +0000 CET"),
    ] {
        assert_eq!(String::from_utf8(sprint(&call("mustToDate", &[s(layout), s(text)]))).unwrap(), want);
    }
    for (layout, text, want) in [
        ("2006-01-02", "bad", "parsing time \"bad\" as \"2006-01-02\": cannot parse \"bad\" as \"2006\""),
        ("2006-01-02", "2024-13-01", "parsing time \"2024-13-01\": month out of range"),
        ("2006-01-02", "2023-02-29", "parsing time \"2023-02-29\": day out of range"),
        ("2006", "2024x", "parsing time \"2024x\": extra text: \"x\""),
        ("15:04", "9", "parsing time \"9\" as \"15:04\": cannot parse \"\" as \":\""),
    ] {
        assert_eq!(error("mustToDate", &[s(layout), s(text)]), want);
    }
    let layout = "Monday Mon January Jan 1 01 2 _2 __2 002 15 3 03 4 05 PM .000 .999 06 MST Z0700 -07:00:00";
    let text = call("dateInZone", &[s(layout), Value::from(1_709_190_000), s("Europe/Berlin")]);
    assert_eq!(
        String::from_utf8(sprint(&text)).unwrap(),
        "Thursday Thu February Feb 2 02 29 29  60 060 08 8 08 0 00 AM .000  24 CET +0100 +01:00:00"
    );
}

#[test]
fn durations() {
    for (name, value, want) in [
        ("durationRound", s("400h"), "16d"),
        ("durationRound", s("2h10m5s"), "2h"),
        ("duration", s("3661"), "1h1m1s"),
        ("duration", Value::from(95), "0s"),
        ("durationMinutes", s("90s"), "1.5"),
        ("mustToDuration", s("2.5"), "2.5s"),
        ("durationSeconds", s("x"), "0"),
    ] {
        assert_eq!(String::from_utf8(sprint(&call(name, &[value]))).unwrap(), want, "{name}");
    }
    assert_eq!(error("mustToDuration", &[s("x")]), "could not parse duration \"x\"");
}
