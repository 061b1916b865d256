//! A Go struct as templates see it: named fields, `%v`, and the names that JSON and YAML give them. It has no methods of its own.

use std::any::Any;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::value::{Data, GoType, Object, Str, Value};

/// One field: Go's name, the name in JSON (`None` where it is not written) and the value.
pub(super) struct Field {
    pub name: &'static str,
    pub json: Option<&'static str>,
    pub value: Value,
}

pub(super) struct GoStruct {
    pub type_name: GoType,
    /// `%v` of a pointer begins with `&`.
    pub pointer: bool,
    pub fields: Vec<Field>,
    /// Methods without arguments.
    pub methods: Vec<(&'static str, Value)>,
    /// The text of its String method where it has one.
    pub shown: Option<String>,
}

impl GoStruct {
    pub fn value(self) -> Value {
        Data::Object(Rc::new(self)).into()
    }
}

impl Object for GoStruct {
    fn type_name(&self) -> GoType {
        self.type_name
    }

    fn kind(&self) -> &'static str {
        if self.pointer { "ptr" } else { "struct" }
    }

    fn field(&self, name: &str) -> Option<Value> {
        self.fields.iter().find(|field| field.name == name).map(|field| field.value.clone())
    }

    fn call(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        let (_, result) = self.methods.iter().find(|(method, _)| *method == name)?;
        Some(if args.is_empty() {
            Ok(result.clone())
        } else {
            Err(format!("wrong number of args for {name}: want 0 got {}", args.len()))
        })
    }

    fn print(&self) -> String {
        if let Some(text) = &self.shown {
            return text.clone();
        }
        let fields: Vec<String> = self.fields.iter().map(|field| show(&field.value)).collect();
        format!("{}{{{}}}", if self.pointer { "&" } else { "" }, fields.join(" "))
    }

    fn plain(&self) -> Value {
        let mut entries = BTreeMap::new();
        for field in &self.fields {
            if let Some(json) = field.json {
                let value = match &field.value.data {
                    Data::Object(object) => object.plain(),
                    _ => field.value.clone(),
                };
                entries.insert(Str::from(json), value);
            }
        }
        Value::map(entries)
    }

    fn members(&self) -> Option<Vec<(&'static str, Value)>> {
        Some(self.fields.iter().filter_map(|field| Some((field.json?, field.value.clone()))).collect())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `%v` of the kinds that fields of these structs have.
fn show(value: &Value) -> String {
    match &value.data {
        Data::Nil => "<nil>".to_owned(),
        Data::Str(text) => text.lossy().into_owned(),
        Data::Bool(flag) => flag.to_string(),
        Data::List(list) => format!("[{}]", list.items.iter().map(show).collect::<Vec<_>>().join(" ")),
        Data::Map(map) => {
            let entries = map.entries.borrow();
            let shown: Vec<String> =
                entries.iter().map(|(key, value)| format!("{key}:{}", show(value))).collect();
            format!("map[{}]", shown.join(" "))
        }
        Data::Object(object) => object.print(),
        Data::Int(number) | Data::Int64(number) => number.to_string(),
        Data::Sized(_, number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        Data::Bytes(bytes) => format!("{bytes:?}"),
    }
}
