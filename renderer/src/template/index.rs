//! `index`, `slice` and `len` of Go's text/template. Sprig's list functions are not here.

use std::rc::Rc;

use super::operand::Operand;
use crate::value::{Data, List, MAP_STRING, Value};

/// `index X KEY...`.
pub fn index(args: &[Operand]) -> Result<Value, String> {
    let Some((item, keys)) = args.split_first() else { return Err("index of untyped nil".to_owned()) };
    if item.value.is_nil() {
        return Err("index of untyped nil".to_owned());
    }
    keys.iter().try_fold(item.value.clone(), |item, key| one(&item, &key.value))
}

fn one(item: &Value, key: &Value) -> Result<Value, String> {
    let own_trace =
        |byte: u8| Value::from(Data::Sized("uint8", i128::from(byte))).with_trace(item.trace.clone());
    match &item.data {
        Data::Nil => Err("index of nil pointer".to_owned()),
        Data::List(list) => {
            let at = position(key, list.items.len())?;
            list.items.get(at).cloned().ok_or_else(|| past_end("slice"))
        }
        Data::Str(text) => {
            let at = position(key, text.len())?;
            text.as_bytes().get(at).map(|byte| own_trace(*byte)).ok_or_else(|| past_end("string"))
        }
        Data::Bytes(bytes) => {
            let at = position(key, bytes.len())?;
            bytes.get(at).map(|byte| own_trace(*byte)).ok_or_else(|| past_end("slice"))
        }
        Data::Map(map) => {
            let key = map_key(key)?;
            let found = map.entries.borrow().get(key.as_bytes()).cloned();
            Ok(found.unwrap_or_else(|| {
                if map.go_type == MAP_STRING {
                    return Value::from("");
                }
                let trace = key.to_str().map(|key| super::output::missing_key(&item.trace, key));
                Value::nil().with_trace(trace.unwrap_or_default())
            }))
        }
        Data::Object(object) if object.kind() == "map" => {
            let key = map_key(key)?;
            let field = key.to_str().and_then(|key| object.field(key));
            Ok(field.unwrap_or_else(Value::nil))
        }
        Data::Object(object) if object.kind() == "slice" => one(&object.plain(), key),
        _ => Err(format!("can't index item of type {}", item.type_name())),
    }
}

fn past_end(kind: &str) -> String {
    format!("reflect: {kind} index out of range")
}

/// Go: prepareArg for a string key.
fn map_key(key: &Value) -> Result<crate::value::Str, String> {
    match &key.data {
        Data::Str(text) => Ok(text.clone()),
        Data::Nil => Err("value is nil; should be of type string".to_owned()),
        _ => Err(format!("value has type {}; should be string", key.type_name())),
    }
}

/// Go: indexArg. `cap` itself passes.
fn position(key: &Value, cap: usize) -> Result<usize, String> {
    let at = match &key.data {
        Data::Int(int) | Data::Int64(int) => i128::from(*int),
        Data::Sized(_, int) => *int,
        Data::Nil => return Err("cannot index slice/array with nil".to_owned()),
        _ => return Err(format!("cannot index slice/array with type {}", key.type_name())),
    };
    usize::try_from(at).ok().filter(|at| *at <= cap).ok_or_else(|| format!("index out of range: {at}"))
}

/// `slice X FROM TO CAP`.
pub fn slice(args: &[Operand]) -> Result<Value, String> {
    let Some((item, bounds)) = args.split_first() else { return Err("slice of untyped nil".to_owned()) };
    let item = &item.value;
    if bounds.len() > 3 {
        return Err(format!("too many slice indexes: {}", bounds.len()));
    }
    let len = match &item.data {
        Data::Nil => return Err("slice of untyped nil".to_owned()),
        Data::Str(_) if bounds.len() == 3 => return Err("cannot 3-index slice a string".to_owned()),
        Data::Str(text) => text.len(),
        Data::List(list) => list.items.len(),
        Data::Bytes(bytes) => bytes.len(),
        _ => return Err(format!("can't slice item of type {}", item.type_name())),
    };
    let mut ends = [0, len, len];
    for (end, bound) in ends.iter_mut().zip(bounds) {
        *end = position(&bound.value, len)?;
    }
    let [from, to, cap] = ends;
    if from > to {
        return Err(format!("invalid slice index: {from} > {to}"));
    }
    if to > cap {
        return Err(format!("invalid slice index: {to} > {cap}"));
    }
    Ok(match &item.data {
        Data::Str(text) => {
            let mut builder = crate::trace::TextBuilder::new();
            builder.slice(text.as_bytes(), &item.trace, from..to);
            builder.finish()
        }
        Data::List(list) => {
            let items = list.items.get(from..to).unwrap_or_default().to_vec();
            Value::from(Data::List(Rc::new(List { go_type: list.go_type, items })))
                .with_trace(item.trace.clone())
        }
        Data::Bytes(bytes) => Data::Bytes(Rc::from(bytes.get(from..to).unwrap_or_default())).into(),
        _ => Value::nil(),
    })
}

/// `len X`; bytes of strings.
pub fn len(args: &[Operand]) -> Result<Value, String> {
    let Some(item) = args.first() else { return Err("len of nil pointer".to_owned()) };
    if item.is_invalid() {
        return Err("reflect: call of reflect.Value.Type on zero Value".to_owned());
    }
    let len = match &item.value.data {
        Data::Nil => return Err("len of nil pointer".to_owned()),
        Data::Str(text) => text.len(),
        Data::Bytes(bytes) => bytes.len(),
        Data::List(list) => list.items.len(),
        Data::Map(map) => map.entries.borrow().len(),
        Data::Object(object) if matches!(object.kind(), "map" | "slice") => match &object.plain().data {
            Data::List(list) => list.items.len(),
            Data::Map(map) => map.entries.borrow().len(),
            _ => 0,
        },
        _ => return Err(format!("len of type {}", item.value.type_name())),
    };
    Ok(Value::from(i64::try_from(len).unwrap_or(i64::MAX)))
}
