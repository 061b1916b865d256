//! JSON as Go's encoding/json reads and writes it. YAML and TOML live elsewhere.

mod reader;
mod writer;

pub use reader::{from_json, from_json_list, from_json_map};
pub(crate) use writer::{base64_text, float_text, valid_text, write_string};
pub use writer::{to_json, to_pretty_json, to_raw_json};

use std::collections::BTreeMap;

use crate::value::{Data, Str, Value};

/// Decimal exponent from which Go's `%v` of a float takes the exponent form.
const GENERAL_EXPONENT: i32 = 6;

/// Go's `strconv.FormatFloat(x, 'g', -1, 64)`.
pub(crate) fn shortest(number: f64) -> String {
    shortest_float(&format!("{number:e}"))
}

/// `strconv 'g' -1` of a float, from Rust's shortest exponent form (`1.25e-7`).
pub(crate) fn shortest_float(scientific: &str) -> String {
    general(scientific, GENERAL_EXPONENT)
}

fn general(scientific: &str, exponent_from: i32) -> String {
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return match scientific {
            "inf" => "+Inf".to_owned(),
            "-inf" => "-Inf".to_owned(),
            other => other.to_owned(),
        };
    };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..exponent_from).contains(&exponent) {
        return positional(mantissa, exponent);
    }
    let sign_of_exponent = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign_of_exponent}{:02}", exponent.abs())
}

/// `mantissa` times ten to `exponent` without an exponent.
pub(crate) fn positional(mantissa: &str, exponent: i32) -> String {
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or_default());
    if exponent < 0 {
        return format!("{sign}0.{}{digits}", zeros(-exponent - 1));
    }
    if exponent + 1 >= count {
        return format!("{sign}{digits}{}", zeros(exponent + 1 - count));
    }
    let point = usize::try_from(exponent + 1).unwrap_or_default();
    format!("{sign}{}.{}", &digits[..point], &digits[point..])
}

/// A serde value as Go would have it: all numbers float64.
#[must_use]
pub fn from_serde(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::nil(),
        serde_json::Value::Bool(value) => (*value).into(),
        serde_json::Value::Number(number) => number.as_f64().unwrap_or(f64::NAN).into(),
        serde_json::Value::String(text) => text.as_str().into(),
        serde_json::Value::Array(items) => Value::list(items.iter().map(from_serde).collect()),
        serde_json::Value::Object(entries) => {
            let entries: BTreeMap<Str, Value> =
                entries.iter().map(|(key, value)| (key.as_str().into(), from_serde(value))).collect();
            Value::map(entries)
        }
    }
}

/// A value as serde has it; integral numbers become integers, what JSON lacks becomes null.
#[must_use]
pub fn to_serde(value: &Value) -> serde_json::Value {
    to_serde_at(value, 0)
}

fn to_serde_at(value: &Value, depth: usize) -> serde_json::Value {
    if depth > crate::limits::WRITE_DEPTH_MAX {
        return serde_json::Value::Null;
    }
    match &value.data {
        Data::Nil => serde_json::Value::Null,
        Data::Bool(value) => (*value).into(),
        Data::Int(value) | Data::Int64(value) => (*value).into(),
        Data::Sized(_, value) => i64::try_from(*value)
            .map(serde_json::Value::from)
            .or_else(|_| u64::try_from(*value).map(serde_json::Value::from))
            .unwrap_or_default(),
        Data::Float(value) => float_to_serde(*value),
        Data::Str(text) => text.lossy().into_owned().into(),
        Data::Bytes(bytes) => base64_text(bytes).into(),
        Data::List(list) => list.items.iter().map(|item| to_serde_at(item, depth + 1)).collect(),
        Data::Map(map) => serde_json::Value::Object(
            map.entries
                .borrow()
                .iter()
                .map(|(key, value)| (key.lossy().into_owned(), to_serde_at(value, depth + 1)))
                .collect(),
        ),
        Data::Object(object) => to_serde_at(&object.plain(), depth + 1),
    }
}

fn float_to_serde(value: f64) -> serde_json::Value {
    // Integers that a float holds exactly print without a point in Go's JSON.
    #[allow(clippy::cast_possible_truncation)]
    if value.fract() == 0.0 && value.abs() < 9e15 {
        return (value as i64).into();
    }
    serde_json::Number::from_f64(value).map_or(serde_json::Value::Null, serde_json::Value::Number)
}
