//! Sprig's list functions. Lists never change: each function makes a new one.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::rc::Rc;

use super::adapter::function;
use super::casts::to_int64;
use super::kinds::{equal, kind_of};
use super::logic::is_empty;
use super::splitting::{string_list, text_items};
use super::text::{sprint, strval};
use super::{CallError, Function};
use crate::limits::LIST_ITEMS_MAX;
use crate::value::{Data, LIST_ANY, List, Value};

pub(super) fn family() -> Vec<Function> {
    vec![
        function!("append", append),
        function!("chunk", chunk),
        function!("compact", compact),
        function!("concat", concat),
        function!("first", first),
        function!("has", has),
        function!("initial", initial),
        function!("last", last),
        function!("list", list),
        function!("mustAppend", append),
        function!("mustChunk", chunk),
        function!("mustCompact", compact),
        function!("mustFirst", first),
        function!("mustHas", has),
        function!("mustInitial", initial),
        function!("mustLast", last),
        function!("mustPrepend", prepend),
        function!("mustPush", append),
        function!("mustRest", rest),
        function!("mustReverse", reverse),
        function!("mustSlice", slice),
        function!("mustUniq", uniq),
        function!("mustWithout", without),
        function!("prepend", prepend),
        function!("push", append),
        function!("rest", rest),
        function!("reverse", reverse),
        function!("slice", slice),
        function!("sortAlpha", sort_alpha),
        function!("tuple", list),
        function!("uniq", uniq),
        function!("without", without),
    ]
}

/// Go's `[][]interface {}`.
const LIST_OF_LISTS: &str = "[][]interface {}";
/// What reflection answers when it is asked for the type of nil.
pub(super) const NIL_TYPE_PANIC: &str = "runtime error: invalid memory address or nil pointer dereference";

/// The items of anything of Go kind slice; otherwise Sprig's refusal, where `verb` says what could not be done.
fn items<'a>(value: &'a Value, verb: &str) -> Result<Cow<'a, [Value]>, CallError> {
    match &value.data {
        Data::List(list) => Ok(Cow::Borrowed(&list.items)),
        Data::Bytes(bytes) => {
            Ok(Cow::Owned(bytes.iter().map(|&b| Data::Sized("uint8", i128::from(b)).into()).collect()))
        }
        Data::Nil => Err(NIL_TYPE_PANIC.into()),
        Data::Object(object) if object.kind() == "slice" => match object.plain().data {
            Data::List(list) => Ok(Cow::Owned(list.items.clone())),
            _ => Ok(Cow::Owned(Vec::new())),
        },
        _ => Err(format!("{verb} {}", kind_of(value)).into()),
    }
}

fn list(values: &[Value]) -> Vec<Value> {
    values.to_vec()
}

fn first(list: &Value) -> Result<Value, CallError> {
    Ok(items(list, "Cannot find first on type")?.first().cloned().unwrap_or_default())
}

fn last(list: &Value) -> Result<Value, CallError> {
    Ok(items(list, "Cannot find last on type")?.last().cloned().unwrap_or_default())
}

fn rest(list: &Value) -> Result<Value, CallError> {
    let items = items(list, "Cannot find rest on type")?;
    Ok(items.split_first().map_or_else(Value::nil_list, |(_, rest)| Value::list(rest.to_vec())))
}

fn initial(list: &Value) -> Result<Value, CallError> {
    let items = items(list, "Cannot find initial on type")?;
    Ok(items.split_last().map_or_else(Value::nil_list, |(_, initial)| Value::list(initial.to_vec())))
}

fn append(list: &Value, item: &Value) -> Result<Vec<Value>, CallError> {
    let mut all = items(list, "Cannot push on type")?.into_owned();
    all.push(item.clone());
    Ok(all)
}

fn prepend(list: &Value, item: &Value) -> Result<Vec<Value>, CallError> {
    let mut all = items(list, "Cannot prepend on type")?.into_owned();
    all.insert(0, item.clone());
    Ok(all)
}

fn concat(lists: &[Value]) -> Result<Value, CallError> {
    let mut all = Vec::new();
    for list in lists {
        let items = items(list, "Cannot concat type").map_err(|error| match error {
            CallError::Message(text) if text.starts_with("Cannot") => format!("{text} as list").into(),
            other => other,
        })?;
        if all.len() + items.len() > LIST_ITEMS_MAX {
            return Err(CallError::Limit("LIST_ITEMS_MAX"));
        }
        all.extend_from_slice(&items);
    }
    Ok(if all.is_empty() { Value::nil_list() } else { Value::list(all) })
}

fn reverse(list: &Value) -> Result<Vec<Value>, CallError> {
    let mut all = items(list, "Cannot find reverse on type")?.into_owned();
    all.reverse();
    Ok(all)
}

fn compact(list: &Value) -> Result<Vec<Value>, CallError> {
    let items = items(list, "Cannot compact on type")?;
    Ok(items.iter().filter(|item| !is_empty(item)).cloned().collect())
}

/// Values seen so far: scalars by their type and text, others one by one.
#[derive(Default)]
struct Seen {
    scalars: BTreeSet<(&'static str, Vec<u8>)>,
    others: Vec<Value>,
}

impl Seen {
    fn key(value: &Value) -> Option<(&'static str, Vec<u8>)> {
        match &value.data {
            // Zero and minus zero are equal; NaN equals nothing.
            Data::Float(n) if n.is_nan() => None,
            Data::Float(n) => Some(("float64", sprint(&Value::from(*n + 0.0)))),
            Data::Nil | Data::Bool(_) | Data::Int(_) | Data::Int64(_) | Data::Sized(..) | Data::Str(_) => {
                Some((value.type_name(), sprint(value)))
            }
            _ => None,
        }
    }

    fn has(&self, value: &Value) -> Result<bool, CallError> {
        if let Some(key) = Seen::key(value) {
            return Ok(self.scalars.contains(&key));
        }
        for other in &self.others {
            if equal(value, other, 0)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn add(&mut self, value: &Value) {
        match Seen::key(value) {
            Some(key) => {
                self.scalars.insert(key);
            }
            None => self.others.push(value.clone()),
        }
    }
}

fn uniq(list: &Value) -> Result<Vec<Value>, CallError> {
    let mut seen = Seen::default();
    let mut kept = Vec::new();
    for item in items(list, "Cannot find uniq on type")?.iter() {
        if !seen.has(item)? {
            seen.add(item);
            kept.push(item.clone());
        }
    }
    Ok(kept)
}

fn without(list: &Value, omit: &[Value]) -> Result<Vec<Value>, CallError> {
    let mut omitted = Seen::default();
    omit.iter().for_each(|item| omitted.add(item));
    let mut kept = Vec::new();
    for item in items(list, "Cannot find without on type")?.iter() {
        if !omitted.has(item)? {
            kept.push(item.clone());
        }
    }
    Ok(kept)
}

fn has(needle: &Value, haystack: &Value) -> Result<bool, CallError> {
    if haystack.is_nil() {
        return Ok(false);
    }
    for item in items(haystack, "Cannot find has on type")?.iter() {
        if equal(needle, item, 0)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Sprig `slice`, which in Helm stands for Go's own: items from the first index to before the second.
fn slice(list: &Value, indices: &[Value]) -> Result<Value, CallError> {
    let items = items(list, "list should be type of slice or array but")?;
    if items.is_empty() {
        return Ok(Value::nil());
    }
    let len = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let start = indices.first().map_or(0, to_int64);
    let end = indices.get(1).map_or(len, to_int64);
    let part = match (usize::try_from(start), usize::try_from(end)) {
        (Ok(start), Ok(end)) => items.get(start..end),
        _ => None,
    };
    let part = part.ok_or_else(|| CallError::from("reflect.Value.Slice: slice index out of bounds"))?;
    let go_type = if let Data::List(list) = &list.data { list.go_type } else { LIST_ANY };
    Ok(Data::List(Rc::new(List { go_type, items: part.to_vec() })).into())
}

/// Sprig `chunk`: lists of `size` items. The count is computed in floating point as there, odd sizes included.
fn chunk(size: i64, list: &Value) -> Result<Value, CallError> {
    let items = items(list, "Cannot chunk type")?;
    let no_length = || CallError::from("runtime error: makeslice: len out of range");
    let (len, step) = (items.len() as f64, size as f64);
    let count = ((len - 1.0) / step).floor() + 1.0;
    if !(0.0..=LIST_ITEMS_MAX as f64).contains(&count) {
        return Err(no_length());
    }
    let last_len = (len % step).floor();
    let mut chunks = Vec::new();
    for i in 0..count as usize {
        let wanted = if i + 1 == count as usize && last_len != 0.0 { last_len } else { step };
        if wanted < 0.0 {
            return Err(no_length());
        }
        let start = i.saturating_mul(size.unsigned_abs() as usize);
        let end = start.saturating_add(wanted as usize);
        let part =
            items.get(start..end).ok_or_else(|| CallError::from("reflect: slice index out of range"))?;
        chunks.push(Value::list(part.to_vec()));
    }
    Ok(Data::List(Rc::new(List { go_type: LIST_OF_LISTS, items: chunks })).into())
}

/// Sprig `sortAlpha`: the items as strings, sorted by bytes; another value as a list of its text.
fn sort_alpha(list: &Value) -> Value {
    let mut texts = match &list.data {
        Data::List(_) | Data::Bytes(_) => text_items(list),
        _ => vec![Value::from(strval(list))],
    };
    texts.sort_by(|a, b| a.as_string().cmp(&b.as_string()));
    string_list(texts)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::super::tests::{call, error};
    use super::*;

    #[test]
    fn lists_as_sprig_makes_them() {
        let n = |n: i64| Value::from(n);
        let numbers = Value::list((1..=5).map(n).collect());
        for (name, args, want) in [
            ("rest", vec![numbers.clone()], "[2 3 4 5]"),
            ("initial", vec![numbers.clone()], "[1 2 3 4]"),
            ("chunk", vec![n(2), numbers.clone()], "[[1 2] [3 4] [5]]"),
            ("chunk", vec![n(2), Value::list(Vec::new())], "[]"),
            ("slice", vec![numbers.clone(), n(1), n(3)], "[2 3]"),
            ("sortAlpha", vec![Value::list(vec![n(10), n(9), Value::from("C")])], "[10 9 C]"),
            ("uniq", vec![Value::list(vec![n(1), Value::from(1.0), n(1), Value::nil()])], "[1 1 <nil>]"),
            ("without", vec![numbers.clone(), n(2), n(5)], "[1 3 4]"),
        ] {
            assert_eq!(sprint(&call(name, &args)), want.as_bytes(), "{name}");
        }
        assert_eq!(error("first", &[Value::from("a")]), "Cannot find first on type string");
        assert_eq!(error("concat", &[n(1)]), "Cannot concat type int as list");
        assert_eq!(error("chunk", &[n(0), numbers]), "runtime error: makeslice: len out of range");
        assert_eq!(error("append", &[Value::nil(), n(1)]), NIL_TYPE_PANIC);
    }
}
