//! Sprig's reflection: Go's names of types and kinds, and equality in depth.

use std::rc::Rc;

use super::adapter::{Text, function};
use super::{CallError, Function};
use crate::limits::VALUE_DEPTH_MAX;
use crate::value::{Data, Value};

pub(super) fn family() -> Vec<Function> {
    vec![
        function!("deepEqual", deep_equal),
        function!("kindIs", kind_is),
        function!("kindOf", kind_of),
        function!("typeIs", type_is),
        function!("typeIsLike", type_is_like),
        function!("typeOf", type_of),
    ]
}

/// Go's reflect.Kind as text; `invalid` for nil.
pub(super) fn kind_of(value: &Value) -> &'static str {
    match &value.data {
        Data::Nil => "invalid",
        Data::Bool(_) => "bool",
        Data::Int(_) => "int",
        Data::Int64(_) => "int64",
        Data::Sized("time.Duration", _) => "int64",
        Data::Sized("time.Month" | "time.Weekday", _) => "int",
        Data::Sized(name, _) => name,
        Data::Float(_) => "float64",
        Data::Str(_) => "string",
        Data::Bytes(_) | Data::List(_) => "slice",
        Data::Map(_) => "map",
        Data::Object(object) => object.kind(),
    }
}

fn kind_is(kind: Text<'_>, value: &Value) -> bool {
    kind.bytes == kind_of(value).as_bytes()
}

fn type_of(value: &Value) -> &'static str {
    value.type_name()
}

fn type_is(name: Text<'_>, value: &Value) -> bool {
    name.bytes == value.type_name().as_bytes()
}

/// True for a pointer to the type, too.
fn type_is_like(name: Text<'_>, value: &Value) -> bool {
    let is = value.type_name().as_bytes();
    name.bytes == is || is.strip_prefix(b"*") == Some(name.bytes)
}

fn deep_equal(a: &Value, b: &Value) -> Result<bool, CallError> {
    equal(a, b, 0)
}

/// Go reflect.DeepEqual: the same types all the way down, and equal contents.
pub(super) fn equal(a: &Value, b: &Value, depth: usize) -> Result<bool, CallError> {
    if depth > VALUE_DEPTH_MAX {
        return Err(CallError::Limit("VALUE_DEPTH_MAX"));
    }
    Ok(match (&a.data, &b.data) {
        (Data::Nil, Data::Nil) => true,
        (Data::Bool(a), Data::Bool(b)) => a == b,
        (Data::Int(a), Data::Int(b)) | (Data::Int64(a), Data::Int64(b)) => a == b,
        (Data::Sized(kind_a, a), Data::Sized(kind_b, b)) => kind_a == kind_b && a == b,
        (Data::Float(a), Data::Float(b)) => a == b,
        (Data::Str(a), Data::Str(b)) => a == b,
        (Data::Bytes(a), Data::Bytes(b)) => a == b,
        (Data::List(a), Data::List(b)) => {
            if a.go_type != b.go_type || a.items.len() != b.items.len() {
                return Ok(false);
            }
            for (a, b) in a.items.iter().zip(&b.items) {
                if !equal(a, b, depth + 1)? {
                    return Ok(false);
                }
            }
            true
        }
        (Data::Map(a), Data::Map(b)) => {
            if Rc::ptr_eq(a, b) {
                return Ok(true);
            }
            let (entries_a, entries_b) = (a.entries.borrow(), b.entries.borrow());
            if a.go_type != b.go_type || entries_a.len() != entries_b.len() {
                return Ok(false);
            }
            for ((key_a, a), (key_b, b)) in entries_a.iter().zip(entries_b.iter()) {
                if key_a != key_b || !equal(a, b, depth + 1)? {
                    return Ok(false);
                }
            }
            true
        }
        (Data::Object(a), Data::Object(b)) => {
            Rc::ptr_eq(a, b) || a.type_name() == b.type_name() && equal(&a.plain(), &b.plain(), depth + 1)?
        }
        _ => false,
    })
}
