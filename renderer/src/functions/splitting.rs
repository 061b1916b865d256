//! Sprig's functions between strings and lists of strings. Lists in general are in `lists`.

use std::ops::Range;
use std::rc::Rc;

use super::adapter::{Text, function};
use super::strings::{check_length, find, piece, whole};
use super::text::{next_rune, strval};
use super::{CallError, Function};
use crate::trace::TextBuilder;
use crate::value::{Data, LIST_STRING, List, MAP_STRING, Map, Str, Value};

pub(super) fn family() -> Vec<Function> {
    vec![
        function!("join", join),
        function!("split", split),
        function!("splitList", split_list),
        function!("splitn", splitn),
        function!("toStrings", to_strings),
    ]
}

/// Sprig `join`: the items of a list (nil ones left out) with `separator` between; another value as it prints.
fn join(separator: Text<'_>, values: &Value) -> Result<Value, CallError> {
    let mut out = TextBuilder::new();
    for (i, item) in text_items(values).iter().enumerate() {
        if i > 0 {
            out.slice(separator.bytes, separator.trace, 0..separator.bytes.len());
        }
        out.string(item);
        check_length(out.bytes.len())?;
    }
    Ok(out.finish())
}

/// Sprig's strslice: a list's items as strings without the nil ones, any other value as one string, nil as none.
pub(super) fn text_items(value: &Value) -> Vec<Value> {
    let as_text = |item: &Value| match &item.data {
        Data::Str(_) => item.clone(),
        _ => Value::from(strval(item)).with_trace(whole(&item.trace)),
    };
    match &value.data {
        Data::Nil => Vec::new(),
        Data::List(list) => list.items.iter().filter(|item| !item.is_nil()).map(as_text).collect(),
        Data::Bytes(bytes) => bytes.iter().map(|byte| Value::from(byte.to_string())).collect(),
        _ => vec![as_text(value)],
    }
}

/// A `[]string`.
pub(super) fn string_list(items: Vec<Value>) -> Value {
    Data::List(Rc::new(List { go_type: LIST_STRING, items })).into()
}

fn to_strings(value: &Value) -> Value {
    string_list(text_items(value))
}

/// The ranges between separators (Go strings.SplitN): at most `limit` of them when it is positive, all when negative.
fn split_ranges(separator: &[u8], limit: i64, text: &[u8]) -> Vec<Range<usize>> {
    let limit = match limit {
        0 => return Vec::new(),
        ..0 => usize::MAX,
        _ => usize::try_from(limit).unwrap_or(usize::MAX),
    };
    let mut ranges = Vec::new();
    let mut start = 0;
    if separator.is_empty() {
        while let Some((_, len)) = next_rune(&text[start..]) {
            let end = if ranges.len() + 1 == limit { text.len() } else { start + len };
            ranges.push(start..end);
            start = end;
        }
        return ranges;
    }
    while ranges.len() + 1 < limit
        && let Some(hit) = find(text, separator, start)
    {
        ranges.push(start..hit);
        start = hit + separator.len();
    }
    ranges.push(start..text.len());
    ranges
}

/// Go strings.Split with the arguments exchanged.
fn split_list(separator: Text<'_>, s: Text<'_>) -> Value {
    string_list(split_ranges(separator.bytes, -1, s.bytes).into_iter().map(|range| piece(s, range)).collect())
}

/// Sprig `split`: the parts under the keys `_0`, `_1`, ...
fn split(separator: Text<'_>, s: Text<'_>) -> Value {
    splitn(separator, -1, s)
}

fn splitn(separator: Text<'_>, limit: i64, s: Text<'_>) -> Value {
    let parts = split_ranges(separator.bytes, limit, s.bytes).into_iter().enumerate();
    let entries = parts.map(|(i, range)| (Str::from(format!("_{i}")), piece(s, range))).collect();
    Data::Map(Rc::new(Map { go_type: MAP_STRING, entries: std::cell::RefCell::new(entries) })).into()
}

#[cfg(test)]
mod tests {
    use super::super::tests::call;
    use super::super::text::sprint;
    use super::*;

    #[test]
    fn splits_and_joins() {
        let s = |text: &str| Value::from(text);
        let n = |n: i64| Value::from(n);
        for (name, args, want) in [
            ("join", vec![s("-"), Value::list(vec![n(1), Value::nil(), s("b")])], "1-b"),
            ("split", vec![s("."), s("a.b")], "map[_0:a _1:b]"),
            ("splitn", vec![s("."), n(2), s("a.b.c")], "map[_0:a _1:b.c]"),
            ("splitList", vec![s(""), s("aé")], "[a é]"),
        ] {
            assert_eq!(sprint(&call(name, &args)), want.as_bytes(), "{name}");
        }
    }
}
