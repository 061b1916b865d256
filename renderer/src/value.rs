//! The values that templates compute with: Go's kinds, Go's sharing of maps, and a trace of where each came from.
//! It does not know YAML, JSON or Helm.

use std::borrow::{Borrow, Cow};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use crate::trace::Trace;

/// A Go string: bytes that are usually, not always, UTF-8 (`.Files.Get` of a binary, `trunc` inside a character).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Str(Rc<[u8]>);

impl Str {
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    #[must_use]
    pub fn to_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// The text with every byte of invalid UTF-8 replaced by U+FFFD.
    #[must_use]
    pub fn lossy(&self) -> Cow<'_, str> {
        lossy(&self.0)
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Text of bytes with one U+FFFD for each invalid byte, as Go reads and writes strings.
#[must_use]
pub fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len() + 8);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    Cow::Owned(text)
}

impl Borrow<[u8]> for Str {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}
impl From<&str> for Str {
    fn from(text: &str) -> Self {
        Str(Rc::from(text.as_bytes()))
    }
}
impl From<String> for Str {
    fn from(text: String) -> Self {
        Str(Rc::from(text.into_bytes()))
    }
}
impl From<&[u8]> for Str {
    fn from(bytes: &[u8]) -> Self {
        Str(Rc::from(bytes))
    }
}
impl From<Vec<u8>> for Str {
    fn from(bytes: Vec<u8>) -> Self {
        Str(Rc::from(bytes))
    }
}
impl fmt::Debug for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.lossy())
    }
}
impl fmt::Display for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lossy())
    }
}

/// Go's name of a type as `%T` prints it: `string`, `[]interface {}`, `map[string]interface {}`, `time.Time`.
pub type GoType = &'static str;

pub const LIST_ANY: GoType = "[]interface {}";
/// Marks Go's nil `[]interface {}`, which prints as an empty list and is `null` in YAML and JSON.
const LIST_ANY_NIL: GoType = "[]interface {}(nil)";
/// The same for `[]string`.
const LIST_STRING_NIL: GoType = "[]string(nil)";
pub const LIST_STRING: GoType = "[]string";
pub const LIST_INT: GoType = "[]int";
pub const MAP_ANY: GoType = "map[string]interface {}";
pub const MAP_STRING: GoType = "map[string]string";

/// A value and where it came from. Equality and order never look at the trace.
#[derive(Clone, Default)]
pub struct Value {
    pub data: Data,
    pub trace: Trace,
}

/// What a value is, by Go kind. Lists cannot change once built; maps are shared and can (`set` is seen by every holder).
#[derive(Clone, Default)]
pub enum Data {
    /// The nil interface (YAML null, a missing key).
    #[default]
    Nil,
    Bool(bool),
    /// Go `int`: constants of templates, results of most integer functions.
    Int(i64),
    /// Go `int64`: numbers given by `--set`, results of Sprig's `int64`, `add`, `mul`, ...
    Int64(i64),
    /// Other integer kinds that Go types of `.Capabilities`, semver and time return, with Go's type name.
    Sized(GoType, i128),
    /// Go `float64`: every number of YAML and JSON.
    Float(f64),
    Str(Str),
    /// Go `[]byte`.
    Bytes(Rc<[u8]>),
    List(Rc<List>),
    Map(Rc<Map>),
    /// A Go value with fields and methods of its own: time, version, certificate, files, capabilities, chart (Helm 3).
    Object(Rc<dyn Object>),
}

pub struct List {
    pub go_type: GoType,
    pub items: Vec<Value>,
}

pub struct Map {
    pub go_type: GoType,
    pub entries: RefCell<BTreeMap<Str, Value>>,
}

/// A Go value that is neither map nor list: what templates can ask of it.
pub trait Object {
    /// `%T`, such as `time.Time` or `*chart.Metadata`.
    fn type_name(&self) -> GoType;
    /// reflect.Kind as text: `struct`, `ptr`, `map`, `slice`, `int64`.
    fn kind(&self) -> &'static str;
    /// A field, or `None` where the type has none of this name.
    fn field(&self, name: &str) -> Option<Value>;
    /// A method's result; `None` where the type has no such method.
    fn call(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>>;
    /// `%v`.
    fn print(&self) -> String;
    /// What YAML and JSON writers see: a map, a string or a number.
    fn plain(&self) -> Value;
    /// A struct's fields by JSON name in Go's order, which JSON keeps and YAML does not; `None` for what is no struct.
    fn members(&self) -> Option<Vec<(&'static str, Value)>> {
        None
    }
    /// Truth in `if`; structs are always true.
    fn truth(&self) -> bool {
        true
    }
    fn as_any(&self) -> &dyn std::any::Any;
}

impl Value {
    #[must_use]
    pub fn nil() -> Self {
        Value::default()
    }

    #[must_use]
    pub fn list(items: Vec<Value>) -> Self {
        Data::List(Rc::new(List { go_type: LIST_ANY, items })).into()
    }

    /// Go's nil `[]interface {}`: what `rest` and `initial` of an empty list give.
    #[must_use]
    pub fn nil_list() -> Self {
        Data::List(Rc::new(List { go_type: LIST_ANY_NIL, items: Vec::new() })).into()
    }

    /// Go's nil `[]string`: what a search that finds nothing gives.
    #[must_use]
    pub fn nil_strings() -> Self {
        Data::List(Rc::new(List { go_type: LIST_STRING_NIL, items: Vec::new() })).into()
    }

    /// A `[]string`.
    #[must_use]
    pub fn strings<S: Into<Str>>(items: impl IntoIterator<Item = S>) -> Self {
        let items = items.into_iter().map(|s| Value::from(s.into())).collect();
        Data::List(Rc::new(List { go_type: LIST_STRING, items })).into()
    }

    #[must_use]
    pub fn map(entries: BTreeMap<Str, Value>) -> Self {
        Data::Map(Rc::new(Map { go_type: MAP_ANY, entries: RefCell::new(entries) })).into()
    }

    #[must_use]
    pub fn is_nil(&self) -> bool {
        matches!(self.data, Data::Nil)
    }

    #[must_use]
    pub fn as_map(&self) -> Option<&Rc<Map>> {
        if let Data::Map(map) = &self.data { Some(map) } else { None }
    }

    #[must_use]
    pub fn as_list(&self) -> Option<&Rc<List>> {
        if let Data::List(list) = &self.data { Some(list) } else { None }
    }

    #[must_use]
    pub fn as_string(&self) -> Option<&Str> {
        if let Data::Str(text) = &self.data { Some(text) } else { None }
    }

    #[must_use]
    pub fn with_trace(mut self, trace: Trace) -> Self {
        self.trace = trace;
        self
    }

    /// Go's `%T`; `<nil>` for nil.
    #[must_use]
    pub fn type_name(&self) -> GoType {
        match &self.data {
            Data::Nil => "<nil>",
            Data::Bool(_) => "bool",
            Data::Int(_) => "int",
            Data::Int64(_) => "int64",
            Data::Sized(name, _) => name,
            Data::Float(_) => "float64",
            Data::Str(_) => "string",
            Data::Bytes(_) => "[]uint8",
            Data::List(list) if list.go_type == LIST_ANY_NIL => LIST_ANY,
            Data::List(list) if list.go_type == LIST_STRING_NIL => LIST_STRING,
            Data::List(list) => list.go_type,
            Data::Map(map) => map.go_type,
            Data::Object(object) => object.type_name(),
        }
    }

    /// A copy that shares no map or list with this one.
    #[must_use]
    pub fn deep_copy(&self) -> Value {
        let data = match &self.data {
            Data::List(list) => Data::List(Rc::new(List {
                go_type: list.go_type,
                items: list.items.iter().map(Value::deep_copy).collect(),
            })),
            Data::Map(map) => Data::Map(Rc::new(Map {
                go_type: map.go_type,
                entries: RefCell::new(
                    map.entries.borrow().iter().map(|(k, v)| (k.clone(), v.deep_copy())).collect(),
                ),
            })),
            other => other.clone(),
        };
        Value { data, trace: self.trace.clone() }
    }
}

impl List {
    /// True for Go's nil slice.
    #[must_use]
    pub fn is_nil(&self) -> bool {
        self.go_type == LIST_ANY_NIL || self.go_type == LIST_STRING_NIL
    }
}

impl Map {
    /// True for Go's nil map: the only empty `map[string]string` that templates meet is a chart's lack of annotations.
    #[must_use]
    pub fn is_nil(&self) -> bool {
        self.go_type == MAP_STRING && self.entries.borrow().is_empty()
    }

    #[must_use]
    pub fn get(&self, key: &str) -> Option<Value> {
        self.entries.borrow().get(key.as_bytes()).cloned()
    }

    pub fn set(&self, key: impl Into<Str>, value: Value) {
        self.entries.borrow_mut().insert(key.into(), value);
    }
}

impl From<Data> for Value {
    fn from(data: Data) -> Self {
        Value { data, trace: Trace::default() }
    }
}
impl From<bool> for Value {
    fn from(v: bool) -> Self {
        Data::Bool(v).into()
    }
}
impl From<i64> for Value {
    /// Go `int`.
    fn from(v: i64) -> Self {
        Data::Int(v).into()
    }
}
impl From<f64> for Value {
    fn from(v: f64) -> Self {
        Data::Float(v).into()
    }
}
impl From<Str> for Value {
    fn from(v: Str) -> Self {
        Data::Str(v).into()
    }
}
impl From<&str> for Value {
    fn from(v: &str) -> Self {
        Data::Str(v.into()).into()
    }
}
impl From<String> for Value {
    fn from(v: String) -> Self {
        Data::Str(v.into()).into()
    }
}
impl From<Vec<u8>> for Value {
    /// A Go string of these bytes, not `[]byte`.
    fn from(v: Vec<u8>) -> Self {
        Data::Str(v.into()).into()
    }
}
