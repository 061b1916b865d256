//! Values to TOML text in the layout of BurntSushi's encoder: plain keys first, then tables, two spaces a level.

use crate::json::shortest;
use crate::limits::WRITE_DEPTH_MAX;
use crate::trace::{TextBuilder, Trace};
use crate::value::{Data, Map, Value};

/// Why a value has no TOML text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TomlError {
    /// The encoder's error, which `toToml` gives as its result.
    Refused(String),
    /// The encoder panics, which ends the render.
    Panic(String),
}

/// TOML text of a value: a map's lines, or the bare text of any other value.
pub fn to_toml(value: &Value) -> Result<Value, TomlError> {
    if value.is_nil() {
        return Err(TomlError::Panic("reflect: call of reflect.Value.Type on zero Value".to_owned()));
    }
    let mut writer = Writer { out: TextBuilder::new(), depth: 0 };
    writer.encode(&mut Vec::new(), value).map_err(TomlError::Refused)?;
    Ok(writer.out.finish())
}

/// What decides where a value may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Nil,
    Table,
    TableList,
    Other,
}

struct Writer {
    out: TextBuilder,
    depth: usize,
}

impl Writer {
    fn encode(&mut self, key: &mut Vec<String>, value: &Value) -> Result<(), String> {
        match (&value.data, kind_of(value, 0)?) {
            (Data::Nil, _) => Ok(()),
            (Data::Object(object), _) => self.encode(key, &object.plain()),
            (Data::Map(map), _) => {
                if key.len() == 1 {
                    self.newline();
                }
                if !key.is_empty() {
                    self.header(key, "[", "]");
                }
                self.table(key, map)
            }
            (Data::List(list), Kind::TableList) => {
                if key.is_empty() {
                    return Err("toml: top-level values must be Go maps or structs".to_owned());
                }
                for item in list.items.iter().filter(|item| !item.is_nil()) {
                    self.newline();
                    self.header(key, "[[", "]]");
                    if let Data::Map(map) = &item.data {
                        self.table(key, map)?;
                    }
                }
                Ok(())
            }
            _ => match key.last() {
                None => self.element(value),
                Some(name) => {
                    let name = quoted_key(name);
                    self.indent(key.len());
                    self.out.literal(format!("{name} = ").as_bytes());
                    self.element(value)?;
                    self.newline();
                    Ok(())
                }
            },
        }
    }

    fn header(&mut self, key: &[String], open: &str, close: &str) {
        let path: Vec<String> = key.iter().map(|part| quoted_key(part)).collect();
        self.indent(key.len());
        self.out.literal(format!("{open}{}{close}\n", path.join(".")).as_bytes());
    }

    fn table(&mut self, key: &mut Vec<String>, map: &Map) -> Result<(), String> {
        self.enter()?;
        let (direct, tables) = split(map)?;
        for (name, value) in direct.iter().chain(&tables) {
            key.push(name.clone());
            self.encode(key, value)?;
            key.pop();
        }
        self.depth -= 1;
        Ok(())
    }

    fn inline_table(&mut self, map: &Map) -> Result<(), String> {
        self.enter()?;
        let (direct, tables) = split(map)?;
        self.out.literal(b"{");
        for (part, more) in [(&direct, !tables.is_empty()), (&tables, false)] {
            for (index, (name, value)) in part.iter().enumerate() {
                if value.is_nil() {
                    continue;
                }
                self.out.literal(format!("{} = ", quoted_key(name)).as_bytes());
                self.element(value)?;
                if more || index + 1 < part.len() {
                    self.out.literal(b", ");
                }
            }
        }
        self.out.literal(b"}");
        self.depth -= 1;
        Ok(())
    }

    fn element(&mut self, value: &Value) -> Result<(), String> {
        let trace = &value.trace;
        match &value.data {
            Data::Nil => return Err("toml: cannot encode array with nil element".to_owned()),
            Data::Bool(value) => self.atom(if *value { "true" } else { "false" }, trace),
            Data::Int(number) | Data::Int64(number) => self.atom(&number.to_string(), trace),
            Data::Sized(_, number) => self.atom(&number.to_string(), trace),
            Data::Float(number) => self.atom(&float_text(*number), trace),
            Data::Str(text) => self.string(text.as_bytes(), trace),
            Data::Bytes(bytes) => {
                let items: Vec<String> = bytes.iter().map(u8::to_string).collect();
                self.atom(&format!("[{}]", items.join(", ")), trace);
            }
            Data::List(list) => {
                self.enter()?;
                self.out.literal(b"[");
                for (index, item) in list.items.iter().enumerate() {
                    if index > 0 {
                        self.out.literal(b", ");
                    }
                    self.element(item)?;
                }
                self.out.literal(b"]");
                self.depth -= 1;
            }
            Data::Map(map) => self.inline_table(map)?,
            Data::Object(object) => self.element(&object.plain())?,
        }
        Ok(())
    }

    fn string(&mut self, text: &[u8], trace: &Trace) {
        self.out.literal(b"\"");
        let mut run = 0;
        for (at, byte) in text.iter().enumerate() {
            if let Some(escape) = escape_of(*byte) {
                self.out.slice(text, trace, run..at);
                self.out.slice_as(escape.as_bytes(), trace, at..at + 1);
                run = at + 1;
            }
        }
        self.out.slice(text, trace, run..text.len());
        self.out.literal(b"\"");
    }

    fn atom(&mut self, text: &str, trace: &Trace) {
        let source = trace.sources().next();
        self.out.from_source(text.as_bytes(), source);
    }

    fn enter(&mut self) -> Result<(), String> {
        self.depth += 1;
        if self.depth > WRITE_DEPTH_MAX { Err(too_deep()) } else { Ok(()) }
    }

    fn indent(&mut self, key_parts: usize) {
        self.out.literal(&b"  ".repeat(key_parts.saturating_sub(1)));
    }

    /// Nothing at the very start.
    fn newline(&mut self) {
        if !self.out.bytes.is_empty() {
            self.out.literal(b"\n");
        }
    }
}

type Pairs = Vec<(String, Value)>;

/// The entries that stand on a line of their own, and the tables, which come after them.
fn split(map: &Map) -> Result<(Pairs, Pairs), String> {
    let (mut direct, mut tables) = (Vec::new(), Vec::new());
    for (key, value) in map.entries.borrow().iter() {
        let into = match kind_of(value, 0)? {
            Kind::Table | Kind::TableList => &mut tables,
            Kind::Nil | Kind::Other => &mut direct,
        };
        into.push((key.lossy().into_owned(), value.clone()));
    }
    Ok((direct, tables))
}

fn kind_of(value: &Value, depth: usize) -> Result<Kind, String> {
    if depth > WRITE_DEPTH_MAX {
        return Err(too_deep());
    }
    Ok(match &value.data {
        Data::Nil => Kind::Nil,
        Data::Map(_) => Kind::Table,
        Data::List(list) => {
            let mut all_tables = !list.items.is_empty();
            for item in &list.items {
                match kind_of(item, depth + 1)? {
                    Kind::Nil => return Err("toml: cannot encode array with nil element".to_owned()),
                    Kind::Table => {}
                    Kind::TableList | Kind::Other => all_tables = false,
                }
            }
            if all_tables { Kind::TableList } else { Kind::Other }
        }
        Data::Object(object) => kind_of(&object.plain(), depth + 1)?,
        _ => Kind::Other,
    })
}

fn too_deep() -> String {
    format!("toml: exceeded max depth of {WRITE_DEPTH_MAX}")
}

pub(super) fn quoted_key(key: &str) -> String {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if !key.is_empty() && key.bytes().all(bare) {
        return key.to_owned();
    }
    let mut quoted = "\"".to_owned();
    for character in key.chars() {
        match u8::try_from(character).ok().and_then(escape_of) {
            Some(escape) => quoted.push_str(&escape),
            None => quoted.push(character),
        }
    }
    quoted + "\""
}

fn escape_of(byte: u8) -> Option<String> {
    Some(match byte {
        b'"' => "\\\"".to_owned(),
        b'\\' => "\\\\".to_owned(),
        0x08 => "\\b".to_owned(),
        b'\t' => "\\t".to_owned(),
        b'\n' => "\\n".to_owned(),
        0x0C => "\\f".to_owned(),
        b'\r' => "\\r".to_owned(),
        0..0x20 | 0x7F => format!("\\u{byte:04x}"),
        _ => return None,
    })
}

fn float_text(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let text = shortest(number);
    if text.contains(['e', '.']) { text } else { text + ".0" }
}
