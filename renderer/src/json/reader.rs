//! JSON text to values, with the error texts of Go's encoding/json. Numbers are float64, the last of repeated keys wins.

use std::collections::BTreeMap;

use crate::limits::JSON_DEPTH_MAX;
use crate::value::{Data, LIST_ANY, MAP_ANY, Str, Value};

/// What `json.Unmarshal` into an `interface {}` gives.
pub fn from_json(text: &[u8]) -> Result<Value, String> {
    let (value, error) = read(text)?;
    error.map_or(Ok(value), Err)
}

/// What `fromJson` gives: the map, and Go's error text if there is one. A number beyond float64 is reported, and the
/// rest of the map is kept.
#[must_use]
pub fn from_json_map(text: &[u8]) -> (Value, Option<String>) {
    let empty = || Value::map(BTreeMap::new());
    match read(text) {
        Err(error) => (empty(), Some(error)),
        Ok((value, error)) => match value.data {
            Data::Map(_) => (value, error),
            Data::Nil => (empty(), error),
            _ => (empty(), Some(wrong_kind(&value, MAP_ANY))),
        },
    }
}

/// What `json.Unmarshal` into a `[]interface {}` gives.
pub fn from_json_list(text: &[u8]) -> Result<Value, String> {
    let (value, error) = read(text)?;
    match value.data {
        Data::List(_) => error.map_or(Ok(value), Err),
        Data::Nil => Ok(Value::list(Vec::new())),
        _ => Err(wrong_kind(&value, LIST_ANY)),
    }
}

fn wrong_kind(value: &Value, wanted: &str) -> String {
    format!("json: cannot unmarshal {} into Go value of type {wanted}", crate::yaml::json_kind(value))
}

fn read(text: &[u8]) -> Result<(Value, Option<String>), String> {
    let mut reader = Reader { text, at: 0, depth: 0, number_error: None };
    let value = reader.value("looking for beginning of value")?;
    reader.skip_space();
    match reader.peek() {
        None => Ok((value, reader.number_error)),
        Some(_) => Err(reader.invalid("after top-level value")),
    }
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    depth: usize,
    number_error: Option<String>,
}

impl Reader<'_> {
    fn value(&mut self, context: &str) -> Result<Value, String> {
        self.skip_space();
        match self.peek() {
            None => Err(END.to_owned()),
            Some(b'{') => self.object(),
            Some(b'[') => self.array(),
            Some(b'"') => Ok(Value::from(self.string()?)),
            Some(b't') => self.word("true", true.into()),
            Some(b'f') => self.word("false", false.into()),
            Some(b'n') => self.word("null", Value::nil()),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => Err(self.invalid(context)),
        }
    }

    fn object(&mut self) -> Result<Value, String> {
        self.enter()?;
        let mut entries = BTreeMap::<Str, Value>::new();
        self.skip_space();
        if self.peek() == Some(b'}') {
            return Ok(self.leave(Value::map(entries)));
        }
        loop {
            self.skip_space();
            match self.peek() {
                Some(b'"') => {}
                None => return Err(END.to_owned()),
                Some(_) => return Err(self.invalid("looking for beginning of object key string")),
            }
            let key = self.string()?;
            self.expect(b":", "after object key")?;
            let value = self.value("looking for beginning of value")?;
            entries.insert(key.into(), value);
            if self.expect(b",}", "after object key:value pair")? == b'}' {
                self.at -= 1;
                return Ok(self.leave(Value::map(entries)));
            }
        }
    }

    fn array(&mut self) -> Result<Value, String> {
        self.enter()?;
        let mut items = Vec::new();
        self.skip_space();
        if self.peek() == Some(b']') {
            return Ok(self.leave(Value::list(items)));
        }
        loop {
            items.push(self.value("looking for beginning of value")?);
            if self.expect(b",]", "after array element")? == b']' {
                self.at -= 1;
                return Ok(self.leave(Value::list(items)));
            }
        }
    }

    fn enter(&mut self) -> Result<(), String> {
        self.depth += 1;
        self.at += 1;
        if self.depth > JSON_DEPTH_MAX { Err("exceeded max depth".to_owned()) } else { Ok(()) }
    }

    fn leave(&mut self, value: Value) -> Value {
        self.depth -= 1;
        self.at += 1;
        value
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, String> {
        for (index, wanted) in word.bytes().enumerate() {
            if self.peek() != Some(wanted) {
                let wanted = char::from(wanted);
                let context = format!("in literal {word} (expecting '{wanted}')");
                // Go ends the text with a space to see whether it was complete.
                return Err(match self.peek() {
                    None if index > 0 => format!("invalid character ' ' {context}"),
                    _ => self.invalid(&context),
                });
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<Value, String> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits("in numeric literal")?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        let text = String::from_utf8_lossy(&self.text[start..self.at]);
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number.into()),
            _ => {
                let error = format!("json: cannot unmarshal number {text} into Go value of type float64");
                self.number_error.get_or_insert(error);
                Ok(Value::nil())
            }
        }
    }

    fn digits(&mut self, context: &str) -> Result<(), String> {
        match self.peek() {
            Some(b'0'..=b'9') => {}
            None => return Err(format!("invalid character ' ' {context}")),
            Some(_) => return Err(self.invalid(context)),
        }
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<Vec<u8>, String> {
        self.at += 1;
        let (mut bytes, mut run) = (Vec::new(), self.at);
        loop {
            match self.peek() {
                None => return Err(END.to_owned()),
                Some(b'"') => {
                    bytes.extend_from_slice(&self.text[run..self.at]);
                    self.at += 1;
                    break;
                }
                Some(b'\\') => {
                    bytes.extend_from_slice(&self.text[run..self.at]);
                    self.at += 1;
                    self.escape(&mut bytes)?;
                    run = self.at;
                }
                Some(..0x20) => return Err(self.invalid("in string literal")),
                Some(_) => self.at += 1,
            }
        }
        Ok(match super::valid_text(&bytes) {
            std::borrow::Cow::Borrowed(_) => bytes,
            std::borrow::Cow::Owned(text) => text.into_bytes(),
        })
    }

    fn escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), String> {
        let byte = match self.peek() {
            None => return Err("invalid character ' ' in string escape code".to_owned()),
            Some(b'u') => return self.unicode_escape(bytes),
            Some(byte @ (b'"' | b'\\' | b'/')) => byte,
            Some(b'b') => 0x08,
            Some(b'f') => 0x0C,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(_) => return Err(self.invalid("in string escape code")),
        };
        self.at += 1;
        bytes.push(byte);
        Ok(())
    }

    fn unicode_escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), String> {
        let first = self.hex4()?;
        let mut character = char::from_u32(first);
        if (0xD800..0xDC00).contains(&first) && self.text[self.at..].starts_with(b"\\u") {
            let back = self.at;
            self.at += 1;
            let second = self.hex4()?;
            if (0xDC00..0xE000).contains(&second) {
                character = char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00));
            } else {
                self.at = back;
            }
        }
        let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
        bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(())
    }

    /// `u` and four hexadecimal digits.
    fn hex4(&mut self) -> Result<u32, String> {
        self.at += 1;
        let mut code = 0;
        for _ in 0..4 {
            let digit = match self.peek() {
                None => return Err("invalid character ' ' in \\u hexadecimal character escape".to_owned()),
                Some(byte) => char::from(byte).to_digit(16),
            };
            let Some(digit) = digit else { return Err(self.invalid("in \\u hexadecimal character escape")) };
            code = (code << 4) | digit;
            self.at += 1;
        }
        Ok(code)
    }

    fn expect(&mut self, wanted: &[u8], context: &str) -> Result<u8, String> {
        self.skip_space();
        match self.peek() {
            None => Err(END.to_owned()),
            Some(byte) if wanted.contains(&byte) => {
                self.at += 1;
                Ok(byte)
            }
            Some(_) => Err(self.invalid(context)),
        }
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn invalid(&self, context: &str) -> String {
        let shown = match self.peek() {
            None => return END.to_owned(),
            Some(b'\'') => "'\\''".to_owned(),
            Some(b'"') => "'\"'".to_owned(),
            Some(b'\\') => "'\\\\'".to_owned(),
            Some(b'\n') => "'\\n'".to_owned(),
            Some(b'\r') => "'\\r'".to_owned(),
            Some(b'\t') => "'\\t'".to_owned(),
            Some(0x07) => "'\\a'".to_owned(),
            Some(0x08) => "'\\b'".to_owned(),
            Some(0x0B) => "'\\v'".to_owned(),
            Some(0x0C) => "'\\f'".to_owned(),
            Some(byte @ (..0x20 | 0x7F)) => format!("'\\x{byte:02x}'"),
            // Go makes a character of the byte alone.
            Some(byte @ 0x80..0xA0) => format!("'\\u{byte:04x}'"),
            Some(byte) => format!("'{}'", char::from(byte)),
        };
        format!("invalid character {shown} {context}")
    }
}

const END: &str = "unexpected end of JSON input";
