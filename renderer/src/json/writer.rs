//! Values to JSON text: Go's key order, escapes and number forms, with the origin of every scalar.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{positional, shortest};
use crate::limits::WRITE_DEPTH_MAX;
use crate::trace::{TextBuilder, Trace};
use crate::value::{Data, Value};

/// Go's `json.Marshal`: one line, HTML characters escaped. The error is Go's text.
pub fn to_json(value: &Value) -> Result<Value, String> {
    write(value, None, true)
}

/// Go's `json.MarshalIndent` with two spaces.
pub fn to_pretty_json(value: &Value) -> Result<Value, String> {
    write(value, Some(2), true)
}

/// One line, HTML characters as they are.
pub fn to_raw_json(value: &Value) -> Result<Value, String> {
    write(value, None, false)
}

fn write(value: &Value, indent: Option<usize>, html: bool) -> Result<Value, String> {
    let mut writer = Writer { out: TextBuilder::new(), indent, html, depth: 0 };
    writer.value(value)?;
    Ok(writer.out.finish())
}

struct Writer {
    out: TextBuilder,
    indent: Option<usize>,
    html: bool,
    depth: usize,
}

impl Writer {
    fn value(&mut self, value: &Value) -> Result<(), String> {
        let trace = &value.trace;
        match &value.data {
            Data::Nil => self.atom("null", trace),
            Data::Bool(value) => self.atom(if *value { "true" } else { "false" }, trace),
            Data::Int(number) | Data::Int64(number) => self.atom(&number.to_string(), trace),
            Data::Sized(_, number) => self.atom(&number.to_string(), trace),
            Data::Float(number) => self.atom(&float_text(*number)?, trace),
            Data::Str(text) => self.string(text.as_bytes(), trace),
            Data::Bytes(bytes) => self.string(base64_text(bytes).as_bytes(), trace),
            Data::List(list) if list.is_nil() => self.atom("null", trace),
            Data::List(list) => self.list(&list.items)?,
            Data::Map(map) if map.is_nil() => self.atom("null", trace),
            Data::Map(map) => self.map(map)?,
            Data::Object(object) => {
                if let Some(members) = object.members() {
                    return self.structure(&members);
                }
                let mut plain = object.plain();
                if plain.trace.is_empty() {
                    plain.trace = trace.clone();
                }
                if matches!(plain.data, Data::Object(_)) {
                    return Err(format!("json: unsupported type: {}", object.type_name()));
                }
                self.value(&plain)?;
            }
        }
        Ok(())
    }

    fn list(&mut self, items: &[Value]) -> Result<(), String> {
        self.enter(b"[")?;
        for (index, item) in items.iter().enumerate() {
            self.separate(index);
            self.value(item)?;
        }
        self.leave(b"]", items.is_empty());
        Ok(())
    }

    fn map(&mut self, map: &crate::value::Map) -> Result<(), String> {
        let entries = map.entries.borrow();
        self.enter(b"{")?;
        for (index, (key, value)) in entries.iter().enumerate() {
            self.separate(index);
            self.string(key.as_bytes(), &Trace::default());
            self.out.literal(if self.indent.is_some() { b": " } else { b":" });
            self.value(value)?;
        }
        self.leave(b"}", entries.is_empty());
        Ok(())
    }

    fn structure(&mut self, members: &[(&'static str, Value)]) -> Result<(), String> {
        self.enter(b"{")?;
        for (index, (name, value)) in members.iter().enumerate() {
            self.separate(index);
            self.string(name.as_bytes(), &Trace::default());
            self.out.literal(if self.indent.is_some() { b": " } else { b":" });
            self.value(value)?;
        }
        self.leave(b"}", members.is_empty());
        Ok(())
    }

    fn enter(&mut self, bracket: &[u8]) -> Result<(), String> {
        self.depth += 1;
        if self.depth > WRITE_DEPTH_MAX {
            return Err("json: unsupported value: encountered a cycle via map[string]interface {}".to_owned());
        }
        self.out.literal(bracket);
        Ok(())
    }

    fn leave(&mut self, bracket: &[u8], empty: bool) {
        self.depth -= 1;
        if !empty {
            self.line();
        }
        self.out.literal(bracket);
    }

    fn separate(&mut self, index: usize) {
        if index > 0 {
            self.out.literal(b",");
        }
        self.line();
    }

    fn line(&mut self) {
        if let Some(width) = self.indent {
            self.out.literal(b"\n");
            self.out.literal(&vec![b' '; width * self.depth]);
        }
    }

    fn atom(&mut self, text: &str, trace: &Trace) {
        let source = trace.sources().next();
        self.out.from_source(text.as_bytes(), source);
    }

    fn string(&mut self, text: &[u8], trace: &Trace) {
        self.out.literal(b"\"");
        let (mut at, mut run) = (0, 0);
        while at < text.len() {
            let (width, escape) = escape_at(text, at, self.html);
            if let Some(escape) = escape {
                self.out.slice(text, trace, run..at);
                self.out.slice_as(escape.as_bytes(), trace, at..at + width);
                run = at + width;
            }
            at += width;
        }
        self.out.slice(text, trace, run..text.len());
        self.out.literal(b"\"");
    }
}

/// The width of the character at `at` and how JSON escapes it, if it does.
fn escape_at(text: &[u8], at: usize, html: bool) -> (usize, Option<Cow<'static, str>>) {
    let byte = text[at];
    let escape = match byte {
        b'"' => "\\\"",
        b'\\' => "\\\\",
        b'\n' => "\\n",
        b'\r' => "\\r",
        b'\t' => "\\t",
        0x08 => "\\b",
        0x0C => "\\f",
        b'<' | b'>' | b'&' if html => return (1, Some(format!("\\u{byte:04x}").into())),
        0..0x20 => return (1, Some(format!("\\u{byte:04x}").into())),
        0x20..0x80 => return (1, None),
        _ => return escape_wide(&text[at..]),
    };
    (1, Some(escape.into()))
}

fn escape_wide(text: &[u8]) -> (usize, Option<Cow<'static, str>>) {
    let width = crate::yaml::char_width(text[0]).min(text.len());
    match std::str::from_utf8(&text[..width]) {
        Ok("\u{2028}") => (3, Some("\\u2028".into())),
        Ok("\u{2029}") => (3, Some("\\u2029".into())),
        Ok(_) => (width, None),
        // Go replaces byte by byte.
        Err(_) => (1, Some("\\ufffd".into())),
    }
}

/// A JSON string with its quotes.
pub(crate) fn write_string(out: &mut Vec<u8>, text: &str, html: bool) {
    let bytes = text.as_bytes();
    out.push(b'"');
    let mut at = 0;
    while at < bytes.len() {
        match escape_at(bytes, at, html) {
            (width, Some(escape)) => {
                out.extend_from_slice(escape.as_bytes());
                at += width;
            }
            (width, None) => {
                out.extend_from_slice(&bytes[at..at + width]);
                at += width;
            }
        }
    }
    out.push(b'"');
}

/// Text with every invalid byte replaced by U+FFFD.
pub(crate) fn valid_text(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    Cow::Owned(text)
}

pub(crate) fn base64_text(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Exponent form below 1e-6 and from 1e21, without a zero before a one-digit exponent.
pub(crate) fn float_text(number: f64) -> Result<String, String> {
    if !number.is_finite() {
        return Err(format!("json: unsupported value: {}", shortest(number)));
    }
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i32 = exponent.parse().unwrap_or_default();
    if number != 0.0 && !(-6..21).contains(&power) {
        let sign = if power < 0 { '-' } else { '+' };
        return Ok(format!("{mantissa}e{sign}{:02}", power.abs()).replace("e-0", "e-"));
    }
    Ok(positional(mantissa, power))
}
