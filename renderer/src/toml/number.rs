//! TOML's booleans, numbers and dates from the word they are written as.

use crate::value::{Data, Value};
use crate::yaml::is_timestamp;

/// `None` for a word that is no value; an error where BurntSushi has a sentence of its own.
pub(super) fn parse(word: &str) -> Result<Option<Value>, String> {
    match word {
        "true" => return Ok(Some(true.into())),
        "false" => return Ok(Some(false.into())),
        "inf" | "+inf" => return Ok(Some(f64::INFINITY.into())),
        "-inf" => return Ok(Some(f64::NEG_INFINITY.into())),
        "nan" | "+nan" | "-nan" => return Ok(Some(f64::NAN.into())),
        _ => {}
    }
    let unsigned = word.strip_prefix(['+', '-']).unwrap_or(word);
    if !unsigned.starts_with(|c: char| c.is_ascii_digit()) {
        return Ok(None);
    }
    if is_timestamp(word) || is_time(word) {
        return Ok(Some(word.into()));
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = word.strip_prefix(prefix) {
            let plain = without_underscores("integer", word, digits)?;
            return match i64::from_str_radix(&plain, radix) {
                Ok(value) => Ok(Some(integer(value))),
                Err(_) => Err(format!("{word} is out of range for int64")),
            };
        }
    }
    if unsigned.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
        let plain = without_underscores("integer", word, unsigned)?;
        refuse_leading_zero("integer", word, &plain)?;
        let signed = if word.starts_with('-') { format!("-{plain}") } else { plain };
        return signed
            .parse()
            .map(|value| Some(integer(value)))
            .map_err(|_| format!("{word} is out of range for int64"));
    }
    float(word, unsigned)
}

fn float(word: &str, unsigned: &str) -> Result<Option<Value>, String> {
    if !unsigned.bytes().all(|byte| byte.is_ascii_digit() || b"_.eE+-".contains(&byte)) {
        return Ok(None);
    }
    let whole = unsigned.split(['.', 'e', 'E']).next().unwrap_or_default();
    let underscores_fit =
        unsigned.split(['.', 'e', 'E', '+', '-']).all(|part| part.is_empty() || divides(part));
    if !underscores_fit {
        return Err(format!("Invalid float {word:?}: underscores must be surrounded by digits"));
    }
    refuse_leading_zero("float", word, whole)?;
    let mut after_point = unsigned.split('.').skip(1);
    if after_point.any(|part| !part.starts_with(|c: char| c.is_ascii_digit())) {
        return Err(format!("Invalid float {word:?}: '.' must be followed by one or more digits"));
    }
    match word.replace('_', "").parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(Some(value.into())),
        Ok(_) => Err(format!("{word} is out of range for float64")),
        Err(_) => Err(format!("Invalid float value: {word:?}")),
    }
}

fn without_underscores(kind: &str, word: &str, digits: &str) -> Result<String, String> {
    if divides(digits) {
        Ok(digits.replace('_', ""))
    } else {
        Err(format!("Invalid {kind} {word:?}: underscores must be surrounded by digits"))
    }
}

/// Whether every underscore stands between two other characters.
fn divides(digits: &str) -> bool {
    digits.split('_').all(|part| !part.is_empty())
}

fn refuse_leading_zero(kind: &str, word: &str, digits: &str) -> Result<(), String> {
    if digits.len() > 1 && digits.starts_with('0') {
        return Err(format!("Invalid {kind} {word:?}: cannot have leading zeroes"));
    }
    Ok(())
}

/// `07:32:00` or `07:32`, with a fraction.
fn is_time(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.len() >= 5
        && bytes[2] == b':'
        && bytes.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'))
}

/// Go's int64.
fn integer(value: i64) -> Value {
    Data::Int64(value).into()
}
