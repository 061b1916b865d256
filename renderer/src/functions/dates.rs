//! Sprig's dates and Helm 4's durations. The clock is an input, and whoever reads it is recorded; the local zone is UTC.

mod duration;
mod layout;
mod methods;
mod parse;
mod time;

use duration::{SECOND_NS, in_units, parse_duration, round, truncate};
pub(crate) use layout::{MONTHS, WEEKDAYS};
use methods::go_number;
pub use methods::number_methods;
use time::{Time, Zone};

use super::adapter::{Arg, Int64, Text, function, mismatch};
use super::casts::{cut, parse_float, parse_int};
use super::text::{float, quoted};
use super::{CallError, Env, Function, Param};
use crate::value::{Data, Value};

pub(super) fn family() -> Vec<Function> {
    vec![
        function!("ago", ago),
        function!("date", date),
        function!("dateInZone", date_in_zone),
        function!("dateModify", date_modify),
        function!("date_in_zone", date_in_zone),
        function!("date_modify", date_modify),
        function!("duration", duration_of_seconds),
        function!("durationDays", duration_days, V4),
        function!("durationHours", duration_hours, V4),
        function!("durationMicroseconds", duration_microseconds, V4),
        function!("durationMilliseconds", duration_milliseconds, V4),
        function!("durationMinutes", duration_minutes, V4),
        function!("durationNanoseconds", duration_nanoseconds, V4),
        function!("durationRound", duration_round),
        function!("durationRoundTo", duration_round_to, V4),
        function!("durationSeconds", duration_seconds, V4),
        function!("durationTruncateTo", duration_truncate_to, V4),
        function!("durationWeeks", duration_weeks, V4),
        function!("htmlDate", html_date),
        function!("htmlDateInZone", html_date_in_zone),
        function!("mustDateModify", must_date_modify),
        function!("mustToDate", must_to_date),
        function!("mustToDuration", must_to_duration, V4),
        function!("must_date_modify", must_date_modify),
        function!("now", now),
        function!("toDate", to_date),
        function!("unixEpoch", unix_epoch),
    ]
}

impl<'a> Arg<'a> for &'a Time {
    const PARAM: Param = Param::Named("time.Time");
    fn take(rest: &mut std::slice::Iter<'a, Value>) -> Result<Self, CallError> {
        let value = rest.next();
        value.and_then(Time::of).ok_or_else(|| mismatch("time.Time", value))
    }
}

fn clock(env: &mut Env, by: &'static str) -> Time {
    env.records.clock.insert(by);
    Time::utc(env.clock_seconds)
}

fn now(env: &mut Env) -> Value {
    clock(env, "now").into_value()
}

/// What Sprig takes for a date: a time or a number of seconds; anything else is now.
fn date_of(env: &mut Env, by: &'static str, value: &Value) -> Time {
    match &value.data {
        Data::Int(seconds) | Data::Int64(seconds) => Time::utc(*seconds),
        Data::Sized("int32", seconds) => Time::utc(*seconds as i64),
        _ => match Time::of(value) {
            Some(time) => time.clone(),
            None => clock(env, by),
        },
    }
}

fn written(time: &Time, layout: &[u8], zone: &[u8]) -> Vec<u8> {
    layout::format(&time.told_in(Zone::load(zone).unwrap_or(Zone::Utc)), layout)
}

fn date(env: &mut Env, layout: Text<'_>, date: &Value) -> Vec<u8> {
    written(&date_of(env, "date", date), layout.bytes, b"Local")
}

fn date_in_zone(env: &mut Env, layout: Text<'_>, date: &Value, zone: Text<'_>) -> Vec<u8> {
    written(&date_of(env, "dateInZone", date), layout.bytes, zone.bytes)
}

/// An instant in UTC by a layout: what certificates say of their validity.
pub(super) fn utc_text(seconds: i64, layout: &str) -> String {
    String::from_utf8_lossy(&layout::format(&Time::utc(seconds), layout.as_bytes())).into_owned()
}

/// The layout of an HTML date field.
const HTML_DATE: &[u8] = b"2006-01-02";

fn html_date(env: &mut Env, date: &Value) -> Vec<u8> {
    written(&date_of(env, "htmlDate", date), HTML_DATE, b"Local")
}

fn html_date_in_zone(env: &mut Env, date: &Value, zone: Text<'_>) -> Vec<u8> {
    written(&date_of(env, "htmlDateInZone", date), HTML_DATE, zone.bytes)
}

/// Sprig `dateModify`: a text that is no duration changes nothing.
fn date_modify(text: Text<'_>, time: &Time) -> Value {
    time.add(parse_duration(text.bytes).unwrap_or(0)).into_value()
}

fn must_date_modify(text: Text<'_>, time: &Time) -> Result<Value, CallError> {
    Ok(time.add(parse_duration(text.bytes)?).into_value())
}

/// Sprig `toDate`: Go's zero time for a text that does not fit.
fn to_date(layout: Text<'_>, text: Text<'_>) -> Value {
    parse::parse(layout.bytes, text.bytes).unwrap_or_else(|_| Time::zero()).into_value()
}

fn must_to_date(layout: Text<'_>, text: Text<'_>) -> Result<Value, CallError> {
    Ok(parse::parse(layout.bytes, text.bytes)?.into_value())
}

fn unix_epoch(time: &Time) -> String {
    time.seconds.to_string()
}

fn printed(nanoseconds: i64) -> String {
    crate::template::print::sprint_text(&go_number("time.Duration", nanoseconds))
}

/// Sprig `ago`: how long since, to the second.
fn ago(env: &mut Env, date: &Value) -> String {
    let time = date_of(env, "ago", date);
    printed(round(clock(env, "ago").since(&time), SECOND_NS))
}

/// Sprig `duration`: seconds given as text or int64; every other type counts as none.
fn duration_of_seconds(seconds: &Value) -> String {
    let seconds = match &seconds.data {
        Data::Str(text) => text.to_str().and_then(|text| parse_int(text, 10)).unwrap_or(0),
        Data::Int64(seconds) => *seconds,
        _ => 0,
    };
    printed(seconds.wrapping_mul(SECOND_NS))
}

/// Sprig `durationRound`: the largest unit that fits more than once, cut.
fn duration_round(env: &mut Env, value: &Value) -> String {
    const HOUR_NS: u64 = 3_600_000_000_000;
    const UNITS: [(u64, &str); 6] = [
        (HOUR_NS * 24 * 365, "y"),
        (HOUR_NS * 24 * 30, "mo"),
        (HOUR_NS * 24, "d"),
        (HOUR_NS, "h"),
        (HOUR_NS / 60, "m"),
        (HOUR_NS / 3_600, "s"),
    ];
    let duration = match &value.data {
        Data::Str(text) => parse_duration(text.as_bytes()).unwrap_or(0),
        Data::Int64(nanoseconds) => *nanoseconds,
        _ => match Time::of(value) {
            Some(time) => clock(env, "durationRound").since(time),
            None => 0,
        },
    };
    let size = duration.unsigned_abs();
    let unit = UNITS.iter().find(|(unit, _)| size > *unit);
    unit.map_or_else(|| "0s".to_owned(), |(unit, name)| format!("{}{name}", size / unit))
}

/// Helm 4's asDuration: durations, texts, and numbers of seconds.
fn as_duration(value: &Value) -> Result<i64, String> {
    match &value.data {
        Data::Nil => Err("invalid duration".to_owned()),
        Data::Sized("time.Duration", nanoseconds) => Ok(*nanoseconds as i64),
        Data::Str(text) => {
            let lossy = text.lossy();
            let trimmed = lossy.trim();
            if trimmed.is_empty() {
                return Err("empty duration".to_owned());
            }
            if let Ok(duration) = parse_duration(trimmed.as_bytes()) {
                return Ok(duration);
            }
            match parse_float(trimmed) {
                Some(seconds) => from_float_seconds(seconds),
                None => Err(format!("could not parse duration {}", quoted(text.as_bytes()))),
            }
        }
        Data::Int(seconds) | Data::Int64(seconds) => from_seconds(i128::from(*seconds)),
        Data::Sized(_, seconds) => from_seconds(*seconds),
        Data::Float(seconds) => from_float_seconds(*seconds),
        _ => Err(format!("unsupported duration type {}", value.type_name())),
    }
}

fn from_seconds(seconds: i128) -> Result<i64, String> {
    let nanoseconds = i64::try_from(seconds).ok().and_then(|seconds| seconds.checked_mul(SECOND_NS));
    nanoseconds.ok_or_else(|| format!("duration seconds overflow: {seconds}"))
}

fn from_float_seconds(seconds: f64) -> Result<i64, String> {
    if !seconds.is_finite() {
        return Err(format!("invalid duration seconds: {}", float(seconds)));
    }
    let limit = i64::MAX as f64;
    if seconds.abs() > limit / SECOND_NS as f64 {
        return Err(format!("duration seconds overflow: {}", float(seconds)));
    }
    Ok(cut(seconds * SECOND_NS as f64))
}

fn must_to_duration(value: &Value) -> Result<Value, CallError> {
    Ok(go_number("time.Duration", as_duration(value)?))
}

fn duration_seconds(value: &Value) -> f64 {
    as_duration(value).map_or(0.0, |duration| in_units(duration, SECOND_NS))
}

fn duration_minutes(value: &Value) -> f64 {
    as_duration(value).map_or(0.0, |duration| in_units(duration, 60 * SECOND_NS))
}

fn duration_hours(value: &Value) -> f64 {
    as_duration(value).map_or(0.0, |duration| in_units(duration, 3_600 * SECOND_NS))
}

fn duration_days(value: &Value) -> f64 {
    duration_hours(value) / 24.0
}

fn duration_weeks(value: &Value) -> f64 {
    duration_hours(value) / 24.0 / 7.0
}

fn duration_milliseconds(value: &Value) -> Int64 {
    Int64(as_duration(value).unwrap_or(0) / 1_000_000)
}

fn duration_microseconds(value: &Value) -> Int64 {
    Int64(as_duration(value).unwrap_or(0) / 1_000)
}

fn duration_nanoseconds(value: &Value) -> Int64 {
    Int64(as_duration(value).unwrap_or(0))
}

fn duration_round_to(value: &Value, step: &Value) -> Value {
    stepped(value, step, round)
}

fn duration_truncate_to(value: &Value, step: &Value) -> Value {
    stepped(value, step, truncate)
}

/// A step that is no duration changes nothing; a value that is none gives zero.
fn stepped(value: &Value, step: &Value, change: fn(i64, i64) -> i64) -> Value {
    let duration = as_duration(value).map_or(0, |duration| match as_duration(step) {
        Ok(step) => change(duration, step),
        Err(_) => duration,
    });
    go_number("time.Duration", duration)
}

#[cfg(test)]
mod tests;
