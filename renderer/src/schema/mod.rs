//! values.schema.json against coalesced values: draft-04 to 2020-12, with the sentences of santhosh-tekuri/jsonschema v6, which Helm uses.
//! References to files or the network are never followed: such a schema is not judged.

mod compile;
mod evaluate;
mod fault;
mod format;
mod keywords;
mod metaschema;
mod number;

use serde_json::Value as Json;
use thiserror::Error;

use crate::chart::Chart;
use crate::value::{Data, Value};

pub use compile::Draft;

/// Why values were not accepted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SchemaError {
    /// Helm's text, one line a fault.
    #[error("{0}")]
    Invalid(String),
    /// The schema refers to something outside the chart; `reference` is its address.
    #[error(
        "the values could not be judged: the schema of chart {chart} refers to {reference:?}, and references outside the chart are never opened. \
         Put that schema into values.schema.json"
    )]
    NotJudged { chart: String, reference: String },
}

/// Checks the values of `chart` and of its subcharts. Helm: common/util.ValidateAgainstSchema.
pub fn check(chart: &Chart, values: &Value) -> Result<(), SchemaError> {
    let mut text = String::new();
    tree(chart, values, &mut text)?;
    if text.is_empty() {
        return Ok(());
    }
    Err(SchemaError::Invalid(format!(
        "values don't meet the specifications of the schema(s) in the following chart(s):\n{text}"
    )))
}

fn tree(chart: &Chart, values: &Value, text: &mut String) -> Result<(), SchemaError> {
    if let Some(schema) = &chart.schema {
        match validate(schema, &to_json(values)) {
            Ok(()) => {}
            Err(Verdict::Invalid(why)) => {
                text.push_str(&chart.metadata.name);
                text.push_str(":\n");
                text.push_str(&why);
            }
            Err(Verdict::Remote(reference)) => {
                return Err(SchemaError::NotJudged { chart: chart.metadata.name.clone(), reference });
            }
        }
    }
    for child in &chart.dependencies {
        let name = &child.metadata.name;
        let Some(part) = values.as_map().and_then(|map| map.get(name)) else { continue };
        if part.is_nil() {
            continue;
        }
        if part.as_map().is_some() {
            tree(child, &part, text)?;
        } else {
            text.push_str(&format!(
                "{name}:\ninvalid type for values: expected object (map), got {}\n",
                part.type_name()
            ));
        }
    }
    Ok(())
}

/// What one schema says of one document.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Faults, or why the schema itself is not usable, as Helm prints them.
    Invalid(String),
    /// A reference that is not followed.
    Remote(String),
}

/// Checks `document` against the schema text. Helm: common/util.ValidateAgainstSingleSchema.
pub fn validate(schema: &[u8], document: &Json) -> Result<(), Verdict> {
    let schema: Json = read(schema).map_err(Verdict::Invalid)?;
    let draft = Draft::of(&schema).map_err(Verdict::Remote)?;
    metaschema::check(draft, &schema)?;
    let compiled = compile::compile(&schema, draft)?;
    evaluate::run(&compiled, document).map_err(|faults| Verdict::Invalid(format!("{faults}\n")))
}

/// Schema text to JSON; errors in the words of Go's decoder where they are simple.
fn read(text: &[u8]) -> Result<Json, String> {
    if text.iter().all(u8::is_ascii_whitespace) {
        return Err("EOF".to_owned());
    }
    let error = match serde_json::from_slice(text) {
        Ok(json) => return Ok(json),
        Err(error) => error,
    };
    let mut stream = serde_json::Deserializer::from_slice(text).into_iter::<Json>();
    if matches!(stream.next(), Some(Ok(_))) {
        return Err("invalid character after top-level value".to_owned());
    }
    Err(format!("values.schema.json is not JSON: {error}"))
}

/// Values as JSON; whole numbers stay whole.
fn to_json(value: &Value) -> Json {
    match &value.data {
        Data::Nil => Json::Null,
        Data::Bool(flag) => Json::Bool(*flag),
        Data::Int(number) | Data::Int64(number) => Json::from(*number),
        Data::Sized(_, number) => i64::try_from(*number).map_or(Json::Null, Json::from),
        Data::Float(number) => serde_json::Number::from_f64(*number).map_or(Json::Null, Json::Number),
        Data::Str(text) => Json::String(text.lossy().into_owned()),
        Data::Bytes(bytes) => Json::String(String::from_utf8_lossy(bytes).into_owned()),
        Data::List(list) => Json::Array(list.items.iter().map(to_json).collect()),
        Data::Map(map) => Json::Object(
            map.entries
                .borrow()
                .iter()
                .map(|(key, value)| (key.lossy().into_owned(), to_json(value)))
                .collect(),
        ),
        Data::Object(object) => to_json(&object.plain()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Schema, document, what is said of it (empty: accepted).
    const CASES: &[(&str, &str, &str)] = &[
        (r#"{"type": "integer"}"#, "2.0", ""),
        (r#"{"type": ["string", "null"]}"#, "1", "- at '': got number, want null or string\n"),
        (r#"{"required": ["a", "b"]}"#, "{}", "- at '': missing properties 'a', 'b'\n"),
        (
            r#"{"additionalProperties": false}"#,
            r#"{"x": 1}"#,
            "- at '': additional properties 'x' not allowed\n",
        ),
        (
            r##"{"$ref": "#/$defs/d", "$defs": {"d": {"type": "null"}}}"##,
            "1",
            "- at '': got number, want null\n",
        ),
        (
            r#"{"oneOf": [{"type": "integer"}, {"minimum": 5}]}"#,
            "7",
            "- at '': 'oneOf' failed, subschemas 0, 1 matched\n",
        ),
        (
            r#"{"properties": {"a/b": {"maximum": 1}}}"#,
            r#"{"a/b": 12345678}"#,
            "- at '/a~1b': maximum: got 1.2345678×10⁰⁷, want 1\n",
        ),
        (
            r#"{"properties": {"a": {}}, "unevaluatedProperties": false}"#,
            r#"{"b": 1}"#,
            "- at '/b': false schema\n",
        ),
        (
            r#"{"$schema": "http://json-schema.org/draft-04/schema#", "minimum": 1, "exclusiveMinimum": true}"#,
            "1",
            "- at '': exclusiveMinimum: got 1, want 1\n",
        ),
        ("true", "1", ""),
        ("", "1", "EOF"),
        (r##"{"$ref": "#/nope"}"##, "1", "json-pointer in \"file:///values.schema.json#/nope\" not found"),
        (
            "[]",
            "1",
            "\"file:///values.schema.json#\" is not valid against metaschema: jsonschema validation failed with 'https://json-schema.org/draft/2020-12/schema#'\n- at '': got array, want boolean or object",
        ),
    ];

    #[test]
    fn sentences_are_helms() {
        for (schema, document, want) in CASES {
            let document = serde_json::from_str(document).unwrap();
            let got = match validate(schema.as_bytes(), &document) {
                Ok(()) => String::new(),
                Err(Verdict::Invalid(text)) => text,
                Err(Verdict::Remote(reference)) => reference,
            };
            assert_eq!(&got, want, "{schema}");
        }
    }

    #[test]
    fn references_outside_are_named_and_never_opened() {
        for reference in ["http://example.com/s.json", "file:///etc/passwd"] {
            let schema = format!(r#"{{"$ref": "{reference}"}}"#);
            assert_eq!(validate(schema.as_bytes(), &Json::Null), Err(Verdict::Remote(reference.to_owned())));
        }
    }

    #[test]
    fn recursion_without_end_is_a_fault() {
        assert!(validate(br##"{"$ref": "#"}"##, &Json::Null).is_err());
    }
}
