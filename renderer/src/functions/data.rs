//! Values to YAML, JSON and TOML and back, by the readers and writers of this crate. Those know the formats; this file only
//! knows what Helm and Sprig do with their errors.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::adapter::{Text, function};
use super::strings::piece;
use super::{CallError, Function};
use crate::trace::{TextBuilder, Trace};
use crate::value::{Data, List, Str, Value};
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
    let value = yaml::decode_map(text.bytes).unwrap_or_else(|error| error_map(error.to_string()));
    traced(value, text)
}

fn from_yaml_array(text: Text<'_>) -> Value {
    let list = yaml::decode_list(text.bytes);
    traced(list.unwrap_or_else(|error| Value::list(vec![Value::from(error.to_string())])), text)
}

/// What was read from a text, each part with what the text knows of its origin. JSON is read as YAML for this.
fn traced(value: Value, text: Text<'_>) -> Value {
    if text.trace.is_empty() {
        return value;
    }
    match yaml::parse_first(text.bytes) {
        Ok(Some(node)) => from_node(value, &node, text),
        _ => value,
    }
}

fn from_node(mut value: Value, node: &yaml::Node, text: Text<'_>) -> Value {
    match &value.data {
        Data::Map(map) => {
            let entries: Vec<(Str, Value)> =
                map.entries.borrow().iter().map(|(key, item)| (key.clone(), item.clone())).collect();
            for (key, item) in entries {
                if let Some(inner) = key.to_str().and_then(|key| node.get(key)) {
                    map.set(key, from_node(item, inner, text));
                }
            }
        }
        Data::List(list) => {
            let items = list.items.iter().zip(node.items());
            let items: Vec<Value> = items.map(|(item, inner)| from_node(item.clone(), inner, text)).collect();
            if items.len() == list.items.len() {
                value.data = Data::List(Rc::new(List { go_type: list.go_type, items }));
            }
        }
        _ => {
            let mut token = TextBuilder::new();
            token.slice_last(text.bytes, text.trace, node.bytes.clone());
            let same = value.as_string().is_some_and(|own| own.as_bytes() == token.bytes);
            let trace = token.finish().trace;
            value.trace = if same { trace } else { Trace::union([&trace]) };
        }
    }
    value
}

/// Helm `fromJson`: what was read before the error stays beside it.
fn from_json(text: Text<'_>) -> Value {
    let (value, error) = json::from_json_map(text.bytes);
    if let (Some(map), Some(error)) = (value.as_map(), error) {
        map.set("Error", Value::from(error));
    }
    traced(value, text)
}

fn from_json_array(text: Text<'_>) -> Value {
    let list = json::from_json_list(text.bytes);
    traced(list.unwrap_or_else(|error| Value::list(vec![Value::from(error)])), text)
}

fn must_from_json(text: Text<'_>) -> Result<Value, CallError> {
    Ok(traced(json::from_json(text.bytes)?, text))
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
