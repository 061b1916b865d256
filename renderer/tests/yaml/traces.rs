//! Every scalar that is written keeps the source it came from.

use std::collections::BTreeMap;
use std::rc::Rc;

use renderer::trace::{Trace, TraceData, ValuesPath};
use renderer::value::Value;
use renderer::{json, toml, yaml};

#[test]
fn written_scalars_know_their_values_path() {
    let read = |key: &str, value: Value| {
        value.with_trace(Trace::path(Rc::new(ValuesPath { parent: None, key: key.into() })))
    };
    let value = Value::map(BTreeMap::from([
        ("a".into(), read("text", "two\nlines".into())),
        ("b".into(), read("number", 8080.0.into())),
        ("c".into(), Value::list(vec![read("quoted", "tab\there".into()), "own".into()])),
    ]));
    let cases = [
        (yaml::to_yaml(&value).unwrap(), ["two", "lines", "8080", "tab", "\\t"]),
        (yaml::to_yaml_pretty(&value).unwrap(), ["two", "lines", "8080", "tab", "here"]),
        (json::to_json(&value).unwrap(), ["two", "\\n", "8080", "tab", "\\t"]),
        (toml::to_toml(&value).unwrap(), ["two", "\\n", "8080.0", "tab", "\\t"]),
    ];
    for (text, pieces) in cases {
        for (piece, path) in pieces.iter().zip(["text", "text", "number", "quoted", "quoted"]) {
            assert_eq!(
                path_at(&text, piece).as_deref(),
                Some(path),
                "{piece} in {text:?}",
                text = shown(&text)
            );
        }
        assert_eq!(path_at(&text, "own"), None);
    }
}

/// The values path of the bytes where `piece` stands.
fn path_at(text: &Value, piece: &str) -> Option<String> {
    let at = shown(text).find(piece).unwrap();
    let TraceData::Spans(spans) = text.trace.0.as_deref()? else { return None };
    let span = spans.iter().find(|span| span.range.contains(&at) && at + piece.len() <= span.range.end)?;
    Some(span.source.reads[0].dotted())
}

fn shown(text: &Value) -> String {
    text.as_string().unwrap().lossy().into_owned()
}
