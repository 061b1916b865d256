//! How any value becomes a number, as spf13/cast and Go's strconv read it. Nothing here computes.

use crate::value::{Data, Value};

/// Go's conversion of a float to an integer on amd64: cut towards zero, the smallest integer when out of range.
pub(super) fn cut(n: f64) -> i64 {
    const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;
    if (-TWO_TO_63..TWO_TO_63).contains(&n) { n as i64 } else { i64::MIN }
}

/// spf13/cast ToInt64, with its zero for everything it cannot read.
pub(super) fn to_int64(value: &Value) -> i64 {
    match &value.data {
        Data::Int(n) | Data::Int64(n) => *n,
        // A type of its own that cast does not know.
        Data::Sized("time.Duration", _) => 0,
        // Go's conversions between integer types keep the low bits.
        Data::Sized(_, n) => *n as i64,
        Data::Float(n) => cut(*n),
        Data::Bool(b) => i64::from(*b),
        Data::Str(text) => text.to_str().and_then(|text| parse_int(trim_zero_decimal(text), 0)).unwrap_or(0),
        _ => 0,
    }
}

/// spf13/cast ToFloat64, with its zero for everything it cannot read.
pub(super) fn to_float64(value: &Value) -> f64 {
    match &value.data {
        Data::Int(n) | Data::Int64(n) => *n as f64,
        Data::Sized("time.Duration", _) => 0.0,
        Data::Sized(_, n) => *n as f64,
        Data::Float(n) => *n,
        Data::Bool(b) => f64::from(*b),
        Data::Str(text) => text.to_str().and_then(parse_float).unwrap_or(0.0),
        _ => 0.0,
    }
}

/// `12.00` and `12.` followed by zeros only read as integers.
fn trim_zero_decimal(text: &str) -> &str {
    match text.trim_end_matches('0').strip_suffix('.') {
        Some(whole) if text.ends_with('0') => whole,
        _ => text,
    }
}

/// Go strconv.ParseInt into 64 bits; base 0 reads prefixes and underscores. `None` where Go gives an error.
pub(super) fn parse_int(text: &str, base: u32) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'+' => (false, &text[1..]),
        b'-' => (true, &text[1..]),
        _ => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match (base, lower.as_str()) {
        (0, d) if d.len() > 2 && d.starts_with("0x") => (16, &d[2..]),
        (0, d) if d.len() > 2 && d.starts_with("0b") => (2, &d[2..]),
        (0, d) if d.len() > 2 && d.starts_with("0o") => (8, &d[2..]),
        (0, d) if d.len() > 1 && d.starts_with('0') => (8, &d[1..]),
        (0, d) => (10, d),
        (base, d) => (base, d),
    };
    // An underscore may follow a prefix or a digit and must stand before a digit.
    let plain: String = match digits.contains('_') {
        true if base != 0 => return None,
        true if digits.contains("__") || digits.ends_with('_') => return None,
        true if digits.starts_with('_') && radix == 10 => return None,
        true => digits.replace('_', ""),
        false => digits.to_owned(),
    };
    if plain.starts_with(['+', '-']) {
        return None;
    }
    let magnitude = i128::from_str_radix(&plain, radix).ok()?;
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

/// Go strconv.ParseFloat into 64 bits; `None` where Go gives an error, numbers out of range included.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    let (sign, magnitude) = match text.as_bytes().first()? {
        b'+' => (1.0, &text[1..]),
        b'-' => (-1.0, &text[1..]),
        _ => (1.0, text),
    };
    let mut lower = magnitude.to_ascii_lowercase();
    if lower.contains('_') {
        lower = without_underscores(&lower)?;
    }
    if lower == "inf" || lower == "infinity" {
        return Some(sign * f64::INFINITY);
    }
    if lower == "nan" {
        return (magnitude.len() == text.len()).then_some(f64::NAN);
    }
    if let Some(hex) = lower.strip_prefix("0x") {
        return parse_hex_float(hex).map(|n| sign * n);
    }
    if !lower.starts_with(|ch: char| ch.is_ascii_digit() || ch == '.') {
        return None;
    }
    lower.parse::<f64>().ok().filter(|n| n.is_finite()).map(|n| sign * n)
}

/// A number's text without the underscores that stand between its digits or behind `0x`; `None` for others.
fn without_underscores(text: &str) -> Option<String> {
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_hexdigit);
    let bytes = text.as_bytes();
    let allowed = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        (is_digit(before) || at == 2 && text.starts_with("0x")) && is_digit(bytes.get(at + 1))
    };
    let fits = bytes.iter().enumerate().all(|(at, byte)| *byte != b'_' || allowed(at));
    fits.then(|| text.replace('_', ""))
}

/// What follows `0x`: hexadecimal digits, perhaps a point, and an obligatory binary exponent.
fn parse_hex_float(text: &str) -> Option<f64> {
    let (digits, exponent) = text.split_once('p')?;
    let exponent: i32 = exponent.parse().ok()?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut mantissa = 0.0_f64;
    for ch in whole.chars().chain(fraction.chars()) {
        mantissa = mantissa.mul_add(16.0, f64::from(ch.to_digit(16)?));
    }
    let shift = exponent.saturating_sub(i32::try_from(fraction.len()).ok()?.saturating_mul(4));
    let n = mantissa * 2.0_f64.powi(shift.clamp(-1_200, 1_200));
    n.is_finite().then_some(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_integers_as_cast_reads_them() {
        for (text, want) in [
            ("12", 12),
            ("12.00", 12),
            ("12.7", 0),
            ("12.", 0),
            ("010", 8),
            ("0x1F", 31),
            ("1_000", 1000),
            ("_1", 0),
            (" 5", 0),
            ("-3", -3),
            ("9223372036854775808", 0),
        ] {
            assert_eq!(to_int64(&Value::from(text)), want, "{text}");
        }
        assert_eq!(to_int64(&Value::from(1e19)), i64::MIN);
    }
}
