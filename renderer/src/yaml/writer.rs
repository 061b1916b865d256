//! Values to YAML text in the layout of goyaml.v2 (`toYaml`) and goyaml.v3 (`toYamlPretty`), origins kept. Scalars are in `scalar_out`.

use std::borrow::Cow;

use super::natural_order::sort_keys;
use super::resolve::{Scalar, resolve_plain};
use super::scalar_out::{Analysis, Context, Style};
use crate::json::{base64_text, float_text, shortest, valid_text};
use crate::limits::WRITE_DEPTH_MAX;
use crate::trace::{TextBuilder, Trace};
use crate::value::{Data, Value};

/// Bytes of a key that may be written without `? `.
const SIMPLE_KEY_BYTES_MAX: usize = 128;
/// Characters of a JSON key, quotes included, behind which the YAML reader that toYaml goes through loses it.
const JSON_KEY_CHARS_MAX: usize = 1024;

/// Base64 characters on one line of binary data.
const BINARY_LINE_BYTES: usize = 70;
const BINARY_TAG: &[u8] = b"!!binary";

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// goyaml.v2 behind JSON, as `toYaml` has it.
    Plain,
    /// goyaml.v3 with indentation 2, as `toYamlPretty` has it.
    Pretty,
}

/// YAML text with its last newline, or Go's error text.
pub(super) fn write(value: &Value, dialect: Dialect) -> Result<Value, String> {
    let mut writer = Writer {
        out: TextBuilder::new(),
        dialect,
        indent: -1,
        column: 0,
        whitespace: true,
        indention: true,
        depth: 0,
    };
    writer.node(value, Context::Root)?;
    writer.indent = -1;
    writer.write_indent();
    Ok(writer.out.finish())
}

pub(super) struct Writer {
    pub(super) out: TextBuilder,
    pub(super) dialect: Dialect,
    /// Column of the collection in work; -1 outside of all.
    indent: isize,
    /// Characters since the line began.
    pub(super) column: usize,
    /// The last thing written was white space that an indicator may follow.
    pub(super) whitespace: bool,
    /// The line holds nothing but indentation and `-`, `?`, `:` so far.
    pub(super) indention: bool,
    depth: usize,
}

impl Writer {
    fn node(&mut self, value: &Value, context: Context) -> Result<(), String> {
        self.depth += 1;
        if self.depth > WRITE_DEPTH_MAX {
            return Err(format!("yaml: exceeded max depth of {WRITE_DEPTH_MAX}"));
        }
        let trace = &value.trace;
        match &value.data {
            Data::Nil => self.atom("null", trace, context),
            Data::Bool(value) => self.atom(if *value { "true" } else { "false" }, trace, context),
            Data::Int(number) | Data::Int64(number) => self.atom(&number.to_string(), trace, context),
            Data::Sized(_, number) => self.atom(&number.to_string(), trace, context),
            Data::Float(number) => {
                let text = self.float(*number)?;
                self.atom(&text, trace, context);
            }
            Data::Str(text) => self.string(text.as_bytes(), trace, context)?,
            Data::Bytes(bytes) if self.dialect == Dialect::Plain => {
                self.string(base64_text(bytes).as_bytes(), trace, context)?;
            }
            Data::Bytes(bytes) => {
                let items: Vec<Value> = bytes.iter().map(|byte| i64::from(*byte).into()).collect();
                self.list(&items, context)?;
            }
            // JSON, the way to the plain dialect, has no nil list.
            Data::List(list) if list.is_nil() && self.dialect == Dialect::Plain => {
                self.atom("null", trace, context);
            }
            Data::List(list) => self.list(&list.items, context)?,
            Data::Map(map) if map.is_nil() && self.dialect == Dialect::Plain => {
                self.atom("null", trace, context);
            }
            Data::Map(map) => self.map(map, context)?,
            Data::Object(object) => {
                let mut plain = object.plain();
                if plain.trace.is_empty() {
                    plain.trace = trace.clone();
                }
                self.node(&plain, context)?;
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn list(&mut self, items: &[Value], context: Context) -> Result<(), String> {
        if items.is_empty() {
            self.indicator(b"[", true, true, false);
            self.indicator(b"]", false, false, false);
            return Ok(());
        }
        let outer = self.indent;
        let indentless = self.dialect == Dialect::Plain && context == Context::MapValue && !self.indention;
        if outer < 0 {
            self.indent = 0;
        } else if !indentless {
            self.indent += 2;
        }
        for item in items {
            self.write_indent();
            self.indicator(b"-", true, false, true);
            self.node(item, Context::Item)?;
        }
        self.indent = outer;
        Ok(())
    }

    fn map(&mut self, map: &crate::value::Map, _context: Context) -> Result<(), String> {
        let entries = map.entries.borrow();
        if entries.is_empty() {
            self.indicator(b"{", true, true, false);
            self.indicator(b"}", false, false, false);
            return Ok(());
        }
        let mut pairs = Vec::with_capacity(entries.len());
        for (key, value) in entries.iter() {
            pairs.push((self.key_text(key.as_bytes())?, value));
        }
        sort_keys(&mut pairs, self.dialect == Dialect::Pretty);
        let outer = self.indent;
        self.indent = if outer < 0 { 0 } else { outer + 2 };
        for (key, value) in &pairs {
            self.write_indent();
            self.key(key);
            self.node(value, Context::MapValue)?;
        }
        self.indent = outer;
        Ok(())
    }

    fn key(&mut self, key: &[u8]) {
        let (bytes, multiline) = match std::str::from_utf8(key) {
            Ok(_) => (key.len(), Analysis::of(key, self.dialect).multiline),
            Err(_) => {
                let encoded = binary_text(key);
                (encoded.len() + BINARY_TAG.len(), encoded.contains('\n'))
            }
        };
        if !multiline && bytes <= SIMPLE_KEY_BYTES_MAX {
            self.string_text(key, &Trace::default(), Context::SimpleKey);
            self.indicator(b":", false, false, false);
        } else {
            self.indicator(b"?", true, false, true);
            self.string_text(key, &Trace::default(), Context::LongKey);
            self.write_indent();
            self.indicator(b":", true, false, true);
        }
    }

    /// A key as the JSON in between has it.
    fn key_text<'k>(&self, key: &'k [u8]) -> Result<Cow<'k, [u8]>, String> {
        if self.dialect == Dialect::Pretty {
            return Ok(Cow::Borrowed(key));
        }
        let text = valid_text(key);
        if key.len() > JSON_KEY_CHARS_MAX / 8 || text.contains('\u{85}') {
            let mut json = Vec::new();
            crate::json::write_string(&mut json, &text, true);
            let chars = String::from_utf8_lossy(&json).chars().count();
            if chars > JSON_KEY_CHARS_MAX || text.contains('\u{85}') {
                return Err("yaml: did not find expected ',' or '}'".to_owned());
            }
        }
        refuse_control(&text)?;
        Ok(match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        })
    }

    fn string(&mut self, text: &[u8], trace: &Trace, context: Context) -> Result<(), String> {
        if self.dialect == Dialect::Pretty {
            self.string_text(text, trace, context);
            return Ok(());
        }
        let valid = valid_text(text);
        refuse_control(&valid)?;
        // JSON leaves U+0085 as it is, and YAML folds it as a line break.
        if valid.contains('\u{85}') {
            let mut json = Vec::new();
            crate::json::write_string(&mut json, &valid, true);
            let folded = super::decode(&json).map_err(|error| error.to_string())?;
            if let Data::Str(folded) = folded.data {
                let whole = Trace::union([trace]);
                self.string_text(folded.as_bytes(), &whole, context);
            }
            return Ok(());
        }
        match valid {
            Cow::Borrowed(valid) => self.string_text(valid.as_bytes(), trace, context),
            Cow::Owned(valid) => self.string_text(valid.as_bytes(), &Trace::union([trace]), context),
        }
        Ok(())
    }

    /// A string in the style that goyaml picks for it.
    fn string_text(&mut self, text: &[u8], trace: &Trace, context: Context) {
        let Ok(valid) = std::str::from_utf8(text) else {
            return self.binary(text, trace, context);
        };
        let style = if valid.contains('\n') {
            Style::Literal
        } else if reads_back(valid) {
            Style::Plain
        } else {
            Style::DoubleQuoted
        };
        self.scalar(valid, trace, context, style);
    }

    /// Only goyaml.v3 meets bytes that are not text.
    fn binary(&mut self, bytes: &[u8], trace: &Trace, context: Context) {
        if !self.whitespace {
            self.put(b" ");
        }
        self.put(BINARY_TAG);
        (self.whitespace, self.indention) = (false, false);
        let text = binary_text(bytes);
        let style = if text.contains('\n') { Style::Literal } else { Style::Plain };
        self.scalar(&text, &Trace::union([trace]), context, style);
    }

    fn atom(&mut self, text: &str, trace: &Trace, context: Context) {
        self.scalar(text, &Trace::union([trace]), context, Style::Plain);
    }

    fn float(&self, number: f64) -> Result<String, String> {
        if self.dialect == Dialect::Pretty {
            return Ok(match number {
                _ if number.is_nan() => ".nan".to_owned(),
                f64::INFINITY => ".inf".to_owned(),
                f64::NEG_INFINITY => "-.inf".to_owned(),
                _ => shortest(number),
            });
        }
        // Through JSON and back: what has no point there is an integer, if it fits one.
        let json = float_text(number).map_err(|error| format!("error marshaling into JSON: {error}"))?;
        Ok(match resolve_plain(&json, true) {
            Scalar::Int(value) => value.to_string(),
            Scalar::Uint(value) => value.to_string(),
            _ => shortest(number),
        })
    }

    fn scalar(&mut self, text: &str, trace: &Trace, context: Context, style: Style) {
        let outer = self.indent;
        self.indent = if outer < 0 { 2 } else { outer + 2 };
        self.write_scalar(text, trace, context, style);
        self.indent = outer;
    }

    /// Goes to the indentation of the collection in work, on a new line where this one is used.
    pub(super) fn write_indent(&mut self) {
        let indent = usize::try_from(self.indent).unwrap_or(0);
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.put_break();
        }
        if self.column < indent {
            let spaces = vec![b' '; indent - self.column];
            self.put(&spaces);
        }
        self.whitespace = true;
        self.indention = true;
    }

    pub(super) fn indicator(
        &mut self,
        text: &[u8],
        needs_space: bool,
        is_whitespace: bool,
        is_indention: bool,
    ) {
        if needs_space && !self.whitespace {
            self.put(b" ");
        }
        self.put(text);
        self.whitespace = is_whitespace;
        self.indention = self.indention && is_indention;
    }

    /// ASCII of the writer's own.
    pub(super) fn put(&mut self, text: &[u8]) {
        self.out.literal(text);
        self.column += text.len();
    }

    pub(super) fn put_break(&mut self) {
        self.out.literal(b"\n");
        self.column = 0;
    }
}

/// Base64 in lines, as goyaml breaks it.
fn binary_text(bytes: &[u8]) -> String {
    let encoded = base64_text(bytes);
    if encoded.len() < BINARY_LINE_BYTES {
        return encoded;
    }
    encoded.as_bytes().chunks(BINARY_LINE_BYTES).map(|line| String::from_utf8_lossy(line) + "\n").collect()
}

/// The YAML reader behind JSON refuses what JSON does not escape.
fn refuse_control(text: &str) -> Result<(), String> {
    let refused = |c: char| matches!(c, '\u{7F}'..='\u{84}' | '\u{86}'..='\u{9F}' | '\u{FFFE}' | '\u{FFFF}');
    if text.is_ascii() && !text.as_bytes().contains(&0x7F) || !text.contains(refused) {
        Ok(())
    } else {
        Err("yaml: control characters are not allowed".to_owned())
    }
}

/// Whether a plain scalar with this text is a string again.
fn reads_back(text: &str) -> bool {
    if is_base60(text) {
        return false;
    }
    resolve_plain(text, true) == Scalar::Text
}

/// `1:30`, `190:20:30.15`: numbers to base 60 in YAML 1.1.
fn is_base60(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    if !fraction.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
        return false;
    }
    let mut parts = whole.split(':');
    let first = parts.next().unwrap_or_default();
    let first_fits = first.starts_with(|c: char| c.is_ascii_digit())
        && first.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let mut count = 0;
    let rest_fits = parts.all(|part| {
        count += 1;
        matches!(part.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9'])
    });
    first_fits && rest_fits && count > 0
}
