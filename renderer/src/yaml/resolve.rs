//! What a plain scalar means: the YAML 1.1 tables of goyaml.v2. It decides kinds, not JSON's view of them.

use super::parser::CORE_TAG_PREFIX;
use super::timestamp::is_timestamp;

/// A scalar after resolution, by Go kind.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    /// Integers beyond int64.
    Uint(u64),
    Float(f64),
    Text,
    Timestamp,
}

impl Scalar {
    fn tag(&self) -> &'static str {
        match self {
            Scalar::Null => "!!null",
            Scalar::Bool(_) => "!!bool",
            Scalar::Int(_) | Scalar::Uint(_) => "!!int",
            Scalar::Float(_) => "!!float",
            Scalar::Text => "!!str",
            Scalar::Timestamp => "!!timestamp",
        }
    }
}

/// Resolves a scalar with its tag (long form; empty for none). The error is goyaml's sentence.
pub(super) fn resolve(tag: &str, text: &str) -> Result<Scalar, String> {
    let short = match tag.strip_prefix(CORE_TAG_PREFIX) {
        Some(rest) => rest,
        None if tag.is_empty() => "",
        None => return Ok(Scalar::Text),
    };
    match short {
        "str" => return Ok(Scalar::Text),
        "" | "bool" | "int" | "float" | "null" | "timestamp" => {}
        _ => return Ok(Scalar::Text),
    }
    let found = resolve_plain(text, short.is_empty() || short == "timestamp");
    match (short, &found) {
        ("", _) => Ok(found),
        // Go converts the int only.
        #[allow(clippy::cast_precision_loss)]
        ("float", Scalar::Int(value)) => Ok(Scalar::Float(*value as f64)),
        _ if found.tag().strip_prefix("!!") == Some(short) => Ok(found),
        _ => Err(format!("cannot decode {} `{text}` as a !!{short}", found.tag())),
    }
}

/// Resolves a scalar without tag.
pub(super) fn resolve_plain(text: &str, timestamps: bool) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Scalar::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Scalar::Bool(false);
        }
        ".nan" | ".NaN" | ".NAN" => return Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Scalar::Float(f64::NEG_INFINITY),
        _ => {}
    }
    match text.as_bytes()[0] {
        b'.' => parse_decimal(text).map_or(Scalar::Text, Scalar::Float),
        b'0'..=b'9' | b'+' | b'-' => resolve_number(text, timestamps),
        _ => Scalar::Text,
    }
}

fn resolve_number(text: &str, timestamps: bool) -> Scalar {
    if timestamps && is_timestamp(text) {
        return Scalar::Timestamp;
    }
    let plain: std::borrow::Cow<'_, str> =
        if text.contains('_') { text.replace('_', "").into() } else { text.into() };
    if let Some(found) = parse_integer(&plain) {
        return found;
    }
    if let Some(value) = parse_decimal(&plain) {
        return Scalar::Float(value);
    }
    // A sign behind the prefix slips through Go's second try at binary numbers.
    if let Some(digits) = plain.strip_prefix("0b")
        && let Ok(value) = i64::from_str_radix(digits, 2)
    {
        return Scalar::Int(value);
    }
    Scalar::Text
}

/// Go's ParseInt, then ParseUint, with base 0.
fn parse_integer(text: &str) -> Option<Scalar> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.is_empty() || !digits.bytes().all(|digit| char::from(digit).is_digit(radix)) {
        return None;
    }
    let value = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        return 0i64.checked_sub_unsigned(value).map(Scalar::Int);
    }
    match i64::try_from(value) {
        Ok(value) => Some(Scalar::Int(value)),
        // ParseUint knows no sign.
        Err(_) if text.starts_with('+') => None,
        Err(_) => Some(Scalar::Uint(value)),
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?` that is finite.
fn parse_decimal(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let well_formed = match mantissa.split_once('.') {
        Some(("", fraction)) => !fraction.is_empty() && digits(fraction),
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => !mantissa.is_empty() && digits(mantissa),
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    if !well_formed || !exponent_fits {
        return None;
    }
    text.parse().ok().filter(|value: &f64| value.is_finite())
}
