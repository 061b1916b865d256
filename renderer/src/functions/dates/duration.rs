//! Go durations: nanoseconds in 64 bits, read from texts like `1h2m3.5s`, rounded and cut. Printing is the printer's.

use crate::functions::text::quoted;

pub(super) const SECOND_NS: i64 = 1_000_000_000;

/// Go time.ParseDuration.
///
/// # Errors
/// Go's text.
pub(super) fn parse_duration(text: &[u8]) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", quoted(text));
    let (negative, mut rest) = match text.first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == b"0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total = 0_u64;
    while !rest.is_empty() {
        let (whole, after) = digits(rest);
        let (fraction, after) = match after.strip_prefix(b".") {
            Some(after) => digits(after),
            None => (&after[..0], after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let unit_len = after.iter().position(|byte| *byte == b'.' || byte.is_ascii_digit());
        let (unit, after) = after.split_at(unit_len.unwrap_or(after.len()));
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration {}", quoted(text)));
        }
        let unit_ns = unit_nanoseconds(unit)
            .ok_or_else(|| format!("time: unknown unit {} in duration {}", quoted(unit), quoted(text)))?;
        let value = number(whole).and_then(|n| n.checked_mul(unit_ns)).filter(|n| *n <= 1 << 63);
        let value = value.ok_or_else(invalid)? + fraction_nanoseconds(fraction, unit_ns);
        total = total.checked_add(value).filter(|n| *n <= 1 << 63).ok_or_else(invalid)?;
        rest = after;
    }
    if negative {
        return Ok(0_i64.wrapping_sub_unsigned(total));
    }
    i64::try_from(total).map_err(|_| invalid())
}

fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(text.iter().take_while(|byte| byte.is_ascii_digit()).count())
}

fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |n, digit| n.checked_mul(10)?.checked_add(u64::from(digit - b'0')))
}

fn unit_nanoseconds(unit: &[u8]) -> Option<u64> {
    Some(match unit {
        b"ns" => 1,
        b"us" | b"\xc2\xb5s" | b"\xce\xbcs" => 1_000,
        b"ms" => 1_000_000,
        b"s" => 1_000_000_000,
        b"m" => 60_000_000_000,
        b"h" => 3_600_000_000_000,
        _ => return None,
    })
}

/// The fraction of a unit, in floating point as Go computes it; digits beyond 64 bits are dropped.
fn fraction_nanoseconds(digits: &[u8], unit_ns: u64) -> u64 {
    let (mut value, mut scale) = (0_u64, 1.0_f64);
    for digit in digits {
        let next = value.checked_mul(10).and_then(|n| n.checked_add(u64::from(digit - b'0')));
        match next.filter(|n| *n <= 1 << 63) {
            Some(next) => (value, scale) = (next, scale * 10.0),
            None => break,
        }
    }
    (value as f64 * (unit_ns as f64 / scale)) as u64
}

/// Go Duration.Round: half away from zero; steps of zero or less change nothing.
pub(super) fn round(duration: i64, step: i64) -> i64 {
    if step <= 0 {
        return duration;
    }
    let rest = duration % step;
    if rest.unsigned_abs() * 2 < step.unsigned_abs() {
        return duration - rest;
    }
    if duration < 0 {
        (duration - rest).checked_sub(step).unwrap_or(i64::MIN)
    } else {
        (duration - rest).checked_add(step).unwrap_or(i64::MAX)
    }
}

/// Go Duration.Truncate.
pub(super) fn truncate(duration: i64, step: i64) -> i64 {
    if step <= 0 { duration } else { duration - duration % step }
}

/// Duration.Seconds, Minutes and Hours: whole units and the rest added as floats.
pub(super) fn in_units(duration: i64, unit_ns: i64) -> f64 {
    (duration / unit_ns) as f64 + (duration % unit_ns) as f64 / unit_ns as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_as_go_reads_them() {
        for (text, want) in [
            ("1h2m3.5s", Ok(3_723_500_000_000)),
            ("-1.5h", Ok(-5_400_000_000_000)),
            ("0", Ok(0)),
            ("1us", Ok(1_000)),
            (".5s", Ok(500_000_000)),
            ("bad", Err("time: invalid duration \"bad\"")),
            ("1", Err("time: missing unit in duration \"1\"")),
            ("1x", Err("time: unknown unit \"x\" in duration \"1x\"")),
            ("9999999h", Err("time: invalid duration \"9999999h\"")),
        ] {
            assert_eq!(parse_duration(text.as_bytes()), want.map_err(str::to_owned), "{text}");
        }
        assert_eq!(round(-1_500, 1_000), -2_000);
        assert_eq!(truncate(-1_500, 1_000), -1_000);
    }
}
