//! `eq`, `lt` and their kin with Go's rules of kinds (text/template funcs.go). Deep equality is not here.

use super::operand::Operand;
use super::printf::sprintf;
use crate::value::{Data, Value};

enum Basic<'v> {
    Bool(bool),
    /// Signed or unsigned; they compare by value.
    Int(i128),
    Float(f64),
    Str(&'v [u8]),
    /// Not of a basic kind.
    Other,
}

fn basic(value: &Value) -> Basic<'_> {
    match &value.data {
        Data::Bool(truth) => Basic::Bool(*truth),
        Data::Int(int) | Data::Int64(int) => Basic::Int(i128::from(*int)),
        Data::Sized(_, int) => Basic::Int(*int),
        Data::Float(float) => Basic::Float(*float),
        Data::Str(text) => Basic::Str(text.as_bytes()),
        _ => Basic::Other,
    }
}

fn incompatible(left: &Value, right: &Value) -> String {
    format!("incompatible types for comparison: {} and {}", left.type_name(), right.type_name())
}

/// `eq A B C...`: is A equal to any other.
pub fn equal(args: &[Operand]) -> Result<bool, String> {
    let Some((first, others)) = args.split_first() else { return Ok(false) };
    if others.is_empty() {
        return Err("missing argument for comparison".to_owned());
    }
    for other in others {
        if equal_to(&first.value, &other.value)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn equal_to(left: &Value, right: &Value) -> Result<bool, String> {
    Ok(match (basic(left), basic(right)) {
        (Basic::Bool(left), Basic::Bool(right)) => left == right,
        (Basic::Int(left), Basic::Int(right)) => left == right,
        (Basic::Float(left), Basic::Float(right)) => left == right,
        (Basic::Str(left), Basic::Str(right)) => left == right,
        (Basic::Other, Basic::Other) => return equal_other(left, right),
        _ if left.is_nil() || right.is_nil() => false,
        _ => return Err(incompatible(left, right)),
    })
}

fn equal_other(left: &Value, right: &Value) -> Result<bool, String> {
    if left.is_nil() || right.is_nil() {
        return Ok(left.is_nil() && right.is_nil());
    }
    let kind = |value: &Value| match &value.data {
        Data::Map(_) => "map",
        Data::List(_) | Data::Bytes(_) => "slice",
        Data::Object(object) => object.kind(),
        _ => "",
    };
    // The text goes through Go's %s, so that numbers inside show as its complaint.
    let shown = |value: &Value| {
        let text = sprintf(&Value::from("%s"), std::slice::from_ref(value));
        super::print::sprint_text(&text)
    };
    if kind(left) != kind(right) {
        return Err(format!(
            "non-comparable types {}: {}, {}: {}",
            shown(left),
            left.type_name(),
            right.type_name(),
            super::print::sprint_text(right)
        ));
    }
    match (&left.data, &right.data) {
        (Data::Object(left), Data::Object(right)) if !matches!(left.kind(), "map" | "slice") => {
            Ok(std::rc::Rc::ptr_eq(left, right)
                || (left.kind() == "struct"
                    && left.type_name() == right.type_name()
                    && left.print() == right.print()))
        }
        _ => Err(format!("non-comparable type {}: {}", shown(right), right.type_name())),
    }
}

/// `lt A B`.
pub fn less(args: &[Operand]) -> Result<bool, String> {
    let [left, right] = args else { return Err("missing argument for comparison".to_owned()) };
    let (left, right) = (&left.value, &right.value);
    let bad = || Err("invalid type for comparison".to_owned());
    match (basic(left), basic(right)) {
        (Basic::Other, _) | (_, Basic::Other) | (Basic::Bool(_), Basic::Bool(_)) => bad(),
        (Basic::Int(left), Basic::Int(right)) => Ok(left < right),
        (Basic::Float(left), Basic::Float(right)) => Ok(left < right),
        (Basic::Str(left), Basic::Str(right)) => Ok(left < right),
        _ => Err(incompatible(left, right)),
    }
}

/// `le A B`.
pub fn less_or_equal(args: &[Operand]) -> Result<bool, String> {
    Ok(less(args)? || equal(args)?)
}
