//! A value inside the evaluator: with what Go's reflect knows beyond the value. It has no behaviour of templates.

use crate::functions::Param;
use crate::value::{Data, LIST_ANY, LIST_STRING, Value};

/// A value and whether its static type is `interface {}`. Nil without it is Go's invalid reflect.Value.
#[derive(Clone, Default)]
pub struct Operand {
    pub value: Value,
    pub interface: bool,
}

impl Operand {
    #[must_use]
    pub fn concrete(value: Value) -> Self {
        Operand { value, interface: false }
    }

    #[must_use]
    pub fn interface(value: Value) -> Self {
        Operand { value, interface: true }
    }

    /// What is inside an interface (Go: `Value.Elem`).
    #[must_use]
    pub fn inside(self) -> Self {
        Operand { interface: false, ..self }
    }

    /// Go's invalid value: a nil that came out of a pipeline.
    #[must_use]
    pub fn is_invalid(&self) -> bool {
        self.value.is_nil() && !self.interface
    }

    /// Name of the static type, as `can't evaluate field x in type T` says it.
    #[must_use]
    pub fn type_text(&self) -> &'static str {
        if self.interface { "interface {}" } else { self.value.type_name() }
    }
}

/// Go's truth (template.IsTrue).
#[must_use]
pub fn truth(value: &Value) -> bool {
    match &value.data {
        Data::Nil => false,
        Data::Bool(truth) => *truth,
        Data::Int(int) | Data::Int64(int) => *int != 0,
        Data::Sized(_, int) => *int != 0,
        Data::Float(float) => *float != 0.0,
        Data::Str(text) => !text.is_empty(),
        Data::Bytes(bytes) => !bytes.is_empty(),
        Data::List(list) => !list.items.is_empty(),
        Data::Map(map) => !map.entries.borrow().is_empty(),
        Data::Object(object) => object.truth(),
    }
}

/// Go's name of a parameter type.
#[must_use]
pub fn param_name(param: Param) -> &'static str {
    match param {
        Param::Any => "interface {}",
        Param::String => "string",
        Param::Int => "int",
        Param::Int64 => "int64",
        Param::Uint32 => "uint32",
        Param::Float64 => "float64",
        Param::Bool => "bool",
        Param::Dict => "map[string]interface {}",
        Param::List => "[]interface {}",
        Param::Strings => "[]string",
        Param::Named(name) => name,
    }
}

/// Go: canBeNil.
#[must_use]
pub fn can_be_nil(param: Param) -> bool {
    match param {
        Param::Any | Param::Dict | Param::List | Param::Strings => true,
        Param::Named(name) => name.starts_with('*') || name.starts_with("[]") || name.starts_with("map["),
        _ => false,
    }
}

/// Go: `Type.AssignableTo`, for values that are not nil.
#[must_use]
pub fn assignable(value: &Value, param: Param) -> bool {
    match (param, &value.data) {
        (Param::Any, _)
        | (Param::String, Data::Str(_))
        | (Param::Int, Data::Int(_))
        | (Param::Int64, Data::Int64(_))
        | (Param::Float64, Data::Float(_))
        | (Param::Uint32, Data::Sized("uint32", _))
        | (Param::Bool, Data::Bool(_)) => true,
        // A named map type such as chartutil.Values has the same underlying type; other unnamed map types have not.
        (Param::Dict, Data::Map(map)) => {
            map.go_type == "map[string]interface {}" || !map.go_type.starts_with("map[")
        }
        (Param::List, Data::List(_)) => value.type_name() == LIST_ANY,
        (Param::Strings, Data::List(_)) => value.type_name() == LIST_STRING,
        (Param::Named(name), _) => {
            let own = value.type_name();
            own == name || own.strip_prefix('*') == Some(name)
        }
        _ => false,
    }
}
