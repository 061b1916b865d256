//! Sprig's choosing functions: what counts as empty, and which of several values is taken.

use super::Function;
use super::adapter::function;
use crate::value::{Data, Value};

pub(super) fn family() -> Vec<Function> {
    vec![
        function!("all", all),
        function!("any", any),
        function!("coalesce", coalesce),
        function!("default", default),
        function!("empty", is_empty),
        function!("ternary", ternary),
    ]
}

/// Sprig `empty`: nil, false, zero, and strings, lists and maps of length zero; structs never are.
pub(crate) fn is_empty(value: &Value) -> bool {
    match &value.data {
        Data::Nil => true,
        Data::Bool(b) => !b,
        Data::Int(n) | Data::Int64(n) => *n == 0,
        Data::Sized(_, n) => *n == 0,
        Data::Float(n) => *n == 0.0,
        Data::Str(text) => text.is_empty(),
        Data::Bytes(bytes) => bytes.is_empty(),
        Data::List(list) => list.items.is_empty(),
        Data::Map(map) => map.entries.borrow().is_empty(),
        Data::Object(object) => !object.truth(),
    }
}

/// Sprig `default`: the given value unless it is empty.
fn default(fallback: &Value, given: &[Value]) -> Value {
    match given.first() {
        Some(value) if !is_empty(value) => value.clone(),
        _ => fallback.clone(),
    }
}

fn coalesce(values: &[Value]) -> Value {
    values.iter().find(|value| !is_empty(value)).cloned().unwrap_or_default()
}

fn all(values: &[Value]) -> bool {
    !values.iter().any(is_empty)
}

fn any(values: &[Value]) -> bool {
    values.iter().any(|value| !is_empty(value))
}

fn ternary(if_true: &Value, if_false: &Value, condition: bool) -> Value {
    if condition { if_true.clone() } else { if_false.clone() }
}
