//! Values to YAML, JSON and TOML and back, by the readers and writers of this crate. Those know the formats; this file only
//! knows what Helm and Sprig do with their errors.

use std::collections::BTreeMap;

use super::adapter::{Text, function};
use super::strings::piece;
use super::{CallError, Function};
use crate::value::{Str, Value};
use crate::{json, toml, yaml};

pub(super) fn family() -> Vec<Function> {
    vec![
        function!("fromJson", from_json),
        function!("fromJsonArray", from_json_array),
        function!("fromToml", from_toml),
        function!("fromYaml", from_yaml),
        function!("fromYamlArray", from_yaml_array),
        function!("mustFromJson", must_from_json),
        function!("mustToJson", must_to_json),
        function!("mustToPrettyJson", must_to_pretty_json),
        function!("mustToRawJson", must_to_raw_json),
        function!("mustToToml", must_to_toml, V4),
        function!("mustToYaml", must_to_yaml, V4),
        function!("toJson", to_json),
        function!("toPrettyJson", to_pretty_json),
        function!("toRawJson", must_to_raw_json),
        function!("toToml", to_toml),
        function!("toYaml", to_yaml),
        function!("toYamlPretty", to_yaml_pretty),
    ]
}

/// Helm `toYaml`: without the last newline; empty where the value cannot be written.
fn to_yaml(value: &Value) -> Value {
    must_to_yaml(value).unwrap_or_else(|_| Value::from(""))
}

/// Helm 4 `mustToYaml`.
fn must_to_yaml(value: &Value) -> Result<Value, CallError> {
    Ok(without_newline(yaml::to_yaml(value)?))
}

/// Helm `toYamlPretty`: lists indented under their key.
fn to_yaml_pretty(value: &Value) -> Value {
    yaml::to_yaml_pretty(value).map_or_else(|_| Value::from(""), without_newline)
}

fn without_newline(value: Value) -> Value {
    match value.as_string().map(|text| text.as_bytes().strip_suffix(b"\n").map(<[u8]>::len)) {
        Some(Some(len)) => {
            let bytes = value.as_string().map(Str::as_bytes).unwrap_or_default();
            piece(Text { bytes, trace: &value.trace, value: &value }, 0..len)
        }
        _ => value,
    }
}

/// `{"Error": message}`, which Helm gives instead of failing.
fn error_map(message: String) -> Value {
    Value::map(BTreeMap::from([(Str::from("Error"), Value::from(message))]))
}

fn from_yaml(text: Text<'_>) -> Value {
    yaml::decode_map(text.bytes).unwrap_or_else(|error| error_map(error.to_string()))
}

fn from_yaml_array(text: Text<'_>) -> Value {
    yaml::decode_list(text.bytes).unwrap_or_else(|error| Value::list(vec![Value::from(error.to_string())]))
}

/// Helm `fromJson`: what was read before the error stays beside it.
fn from_json(text: Text<'_>) -> Value {
    let (value, error) = json::from_json_map(text.bytes);
    if let (Some(map), Some(error)) = (value.as_map(), error) {
        map.set("Error", Value::from(error));
    }
    value
}

fn from_json_array(text: Text<'_>) -> Value {
    json::from_json_list(text.bytes).unwrap_or_else(|error| Value::list(vec![Value::from(error)]))
}

fn must_from_json(text: Text<'_>) -> Result<Value, CallError> {
    Ok(json::from_json(text.bytes)?)
}

fn to_json(value: &Value) -> Value {
    json::to_json(value).unwrap_or_else(|_| Value::from(""))
}

fn must_to_json(value: &Value) -> Result<Value, CallError> {
    Ok(json::to_json(value)?)
}

fn to_pretty_json(value: &Value) -> Value {
    json::to_pretty_json(value).unwrap_or_else(|_| Value::from(""))
}

fn must_to_pretty_json(value: &Value) -> Result<Value, CallError> {
    Ok(json::to_pretty_json(value)?)
}

/// Sprig `toRawJson` panics where its must form returns the error, which reads the same.
fn must_to_raw_json(value: &Value) -> Result<Value, CallError> {
    Ok(json::to_raw_json(value)?)
}

/// Helm `fromToml`.
fn from_toml(text: Text<'_>) -> Value {
    toml::from_toml(text.bytes).unwrap_or_else(error_map)
}

/// Helm `toToml`: the encoder's error is the result, its panic ends the render.
fn to_toml(value: &Value) -> Result<Value, CallError> {
    match toml::to_toml(value) {
        Err(toml::TomlError::Refused(text)) => Ok(Value::from(text)),
        Err(toml::TomlError::Panic(text)) => Err(text.into()),
        Ok(text) => Ok(text),
    }
}

/// Helm 4 `mustToToml`.
fn must_to_toml(value: &Value) -> Result<Value, CallError> {
    match toml::to_toml(value) {
        Err(toml::TomlError::Refused(text) | toml::TomlError::Panic(text)) => Err(text.into()),
        Ok(text) => Ok(text),
    }
}
