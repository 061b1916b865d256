//! TOML text to values, with BurntSushi's sentences for what is commonly wrong. Dates become their text.

use super::tree::Table;
use crate::limits::JSON_DEPTH_MAX;
use crate::value::{Str, Value};

/// The map that a TOML text describes: integers are int64, floats float64. The error is Go's text.
pub fn from_toml(text: &[u8]) -> Result<Value, String> {
    let text = match text {
        [0xEF, 0xBB, 0xBF, rest @ ..] | [0xFF, 0xFE, rest @ ..] | [0xFE, 0xFF, rest @ ..] => rest,
        _ => text,
    };
    let mut reader = Reader { text, at: 0, depth: 0, context: Vec::new(), key: Vec::new() };
    let mut root = Table::default();
    reader.document(&mut root)?;
    Ok(root.into_value())
}

pub(super) struct Reader<'a> {
    pub(super) text: &'a [u8],
    pub(super) at: usize,
    depth: usize,
    /// The header in force.
    context: Vec<Str>,
    /// The key in work.
    key: Vec<Str>,
}

impl Reader<'_> {
    fn document(&mut self, root: &mut Table) -> Result<(), String> {
        loop {
            self.skip_lines()?;
            match self.peek() {
                None => return Ok(()),
                Some(b'[') => self.header(root)?,
                Some(_) => {
                    let key = self.key_path()?;
                    self.key.clone_from(&key);
                    let value = self.value_after_equals()?;
                    let context = self.context.clone();
                    let table = self.reach(root, &context)?;
                    self.assign(table, &key, value)?;
                    self.key.clear();
                }
            }
            self.end_of_line()?;
        }
    }

    fn header(&mut self, root: &mut Table) -> Result<(), String> {
        let list = self.text[self.at..].starts_with(b"[[");
        self.at += if list { 2 } else { 1 };
        let mut path = Vec::new();
        loop {
            self.skip_blanks();
            match self.peek() {
                Some(b']') | None => {
                    return self.fail("unexpected end of table name (table names cannot be empty)");
                }
                Some(b'.') => return self.fail("unexpected table separator (table names cannot be empty)"),
                Some(_) => path.push(self.key_part()?),
            }
            self.skip_blanks();
            match self.peek() {
                Some(b'.') => self.at += 1,
                Some(b']') => break,
                _ => {
                    let shown = self.shown();
                    return self
                        .fail(&format!("expected '.' or ']' to end table name, but got {shown} instead"));
                }
            }
        }
        self.at += 1;
        if list {
            if self.peek() != Some(b']') {
                let shown = self.shown();
                return self.fail(&format!(
                    "expected end of table array name delimiter ']', but got {shown} instead"
                ));
            }
            self.at += 1;
        }
        let Some((name, parents)) = path.split_last() else { return Ok(()) };
        self.context.clear();
        let table = self.reach(root, parents)?;
        self.context.extend_from_slice(parents);
        let shown = dotted(&path);
        if list && !table.append(name) {
            return self.fail(&format!("Key '{shown}' was already created and cannot be used as an array."));
        }
        if !list && !table.define(name) {
            return self.fail(&format!("Key '{shown}' has already been defined."));
        }
        self.context.push(name.clone());
        Ok(())
    }

    /// Puts a value under a dotted key.
    fn assign(&self, table: &mut Table, key: &[Str], value: Value) -> Result<(), String> {
        let Some((name, parents)) = key.split_last() else { return Ok(()) };
        if self.reach(table, parents)?.insert(name.clone(), value) {
            return Ok(());
        }
        let path = [self.context.as_slice(), key].concat();
        self.fail(&format!("Key '{}' has already been defined.", dotted(&path)))
    }

    fn reach<'t>(&self, table: &'t mut Table, path: &[Str]) -> Result<&'t mut Table, String> {
        if path.len() > JSON_DEPTH_MAX {
            return self.fail("exceeded max depth");
        }
        match table.reach(path) {
            Ok(table) => Ok(table),
            Err(index) => {
                let shown = dotted(&path[..=index.min(path.len() - 1)]);
                self.fail(&format!("Key '{shown}' has already been defined."))
            }
        }
    }

    fn key_path(&mut self) -> Result<Vec<Str>, String> {
        let mut path = Vec::new();
        loop {
            self.skip_blanks();
            match self.peek() {
                Some(b'=') | None if path.is_empty() => {
                    return self.fail("unexpected '=': key name appears blank");
                }
                Some(b'.') if path.is_empty() => {
                    return self.fail("unexpected '.': keys cannot start with a '.'");
                }
                Some(b'=') | None => return self.fail("unexpected '='"),
                Some(b'.') => return self.fail("unexpected '.'"),
                Some(_) => path.push(self.key_part()?),
            }
            self.skip_blanks();
            match self.peek() {
                Some(b'.') => self.at += 1,
                Some(b'=') => return Ok(path),
                None => return self.fail("unexpected EOF; expected key separator '='"),
                _ => {
                    let shown = self.shown();
                    return self.fail(&format!("expected '.' or '=', but got {shown} instead"));
                }
            }
        }
    }

    fn key_part(&mut self) -> Result<Str, String> {
        match self.peek() {
            Some(quote @ (b'"' | b'\'')) => Ok(self.line_string(quote)?.into()),
            _ => {
                let start = self.at;
                while matches!(self.peek(), Some(byte) if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
                {
                    self.at += 1;
                }
                Ok(self.text[start..self.at].into())
            }
        }
    }

    fn value_after_equals(&mut self) -> Result<Value, String> {
        self.at += 1;
        self.value()
    }

    fn value(&mut self) -> Result<Value, String> {
        self.skip_blanks();
        match self.peek() {
            None => self.fail("unexpected EOF; expected value"),
            Some(b'[') => self.nested(Reader::array),
            Some(b'{') => self.nested(Reader::inline_table),
            Some(quote @ (b'"' | b'\'')) => {
                let three = [quote; 3];
                let bytes = if self.text[self.at..].starts_with(&three) {
                    self.block_string(quote)?
                } else {
                    self.line_string(quote)?
                };
                Ok(Value::from(bytes))
            }
            Some(b'.') => self.fail("floats must start with a digit, not '.'"),
            Some(b'+' | b'-' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z') => self.word(),
            Some(_) => {
                let shown = self.shown();
                self.fail(&format!("expected value but found {shown} instead"))
            }
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Value, String>) -> Result<Value, String> {
        self.depth += 1;
        if self.depth > JSON_DEPTH_MAX {
            return self.fail("exceeded max depth");
        }
        self.at += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn array(&mut self) -> Result<Value, String> {
        let mut items = Vec::new();
        loop {
            self.skip_lines()?;
            match self.peek() {
                Some(b']') => break,
                Some(b',') => return self.fail("unexpected comma"),
                _ => items.push(self.value()?),
            }
            self.skip_lines()?;
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => {
                    let shown = self.shown();
                    return self
                        .fail(&format!("expected a comma (',') or array terminator (']'), but got {shown}"));
                }
            }
        }
        self.at += 1;
        Ok(Value::list(items))
    }

    fn inline_table(&mut self) -> Result<Value, String> {
        let mut table = Table::default();
        let (outer_key, outer_context) = (self.key.clone(), self.context.clone());
        self.context.append(&mut self.key);
        loop {
            self.skip_lines()?;
            match self.peek() {
                Some(b'}') => break,
                Some(b',') => return self.fail("unexpected comma"),
                _ => {}
            }
            let key = self.key_path()?;
            self.key.clone_from(&key);
            let value = self.value_after_equals()?;
            self.assign(&mut table, &key, value)?;
            self.key.clear();
            self.skip_lines()?;
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => {
                    let shown = self.shown();
                    return self.fail(&format!(
                        "expected a comma or an inline table terminator '}}', but got {shown} instead"
                    ));
                }
            }
        }
        self.at += 1;
        (self.key, self.context) = (outer_key, outer_context);
        Ok(table.into_value())
    }

    /// Numbers, booleans and dates: what stands without quotes.
    fn word(&mut self) -> Result<Value, String> {
        let start = self.at;
        let part =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'.' | b':');
        while self.peek().is_some_and(part) {
            self.at += 1;
        }
        // A date and a time may be divided by one space.
        if self.at - start == 10
            && self.peek() == Some(b' ')
            && self.text.get(self.at + 1).is_some_and(u8::is_ascii_digit)
        {
            self.at += 1;
            while self.peek().is_some_and(part) {
                self.at += 1;
            }
        }
        let word = String::from_utf8_lossy(&self.text[start..self.at]).into_owned();
        match super::number::parse(&word) {
            Ok(Some(value)) => Ok(value),
            Ok(None) => self.fail(&format!("expected value but found {word:?} instead")),
            Err(sentence) => self.fail(&sentence),
        }
    }

    fn end_of_line(&mut self) -> Result<(), String> {
        self.skip_blanks();
        match self.peek() {
            None | Some(b'\n' | b'#') => Ok(()),
            Some(b'\r') if self.text.get(self.at + 1) == Some(&b'\n') => Ok(()),
            Some(_) => {
                let shown = self.shown();
                self.fail(&format!(
                    "expected a top-level item to end with a newline, comment, or EOF, but got {shown} instead"
                ))
            }
        }
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    /// Moves over blanks, line breaks and comments.
    fn skip_lines(&mut self) -> Result<(), String> {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                Some(b'#') => {
                    while !matches!(self.peek(), None | Some(b'\n')) {
                        self.refuse_control()?;
                        self.at += 1;
                    }
                }
                _ => return Ok(()),
            }
        }
    }

    pub(super) fn refuse_control(&self) -> Result<(), String> {
        match self.peek() {
            Some(b'\t' | b'\n' | b'\r') => Ok(()),
            Some(byte @ (..0x20 | 0x7F)) => {
                self.fail(&format!("TOML files cannot contain control characters: '0x{byte:02x}'"))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// The next character in Go's `%q`, or `end of file`.
    fn shown(&self) -> String {
        match String::from_utf8_lossy(&self.text[self.at.min(self.text.len())..]).chars().next() {
            None => "end of file".to_owned(),
            Some('"') => "'\"'".to_owned(),
            Some(character) => format!("{character:?}"),
        }
    }

    pub(super) fn fail<T>(&self, sentence: &str) -> Result<T, String> {
        let before = &self.text[..self.at.min(self.text.len())];
        let mut line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        if self.at >= self.text.len() && before.ends_with(b"\n") {
            line -= 1;
        }
        let key = dotted(&[self.context.as_slice(), self.key.as_slice()].concat());
        if key.is_empty() {
            return Err(format!("toml: line {line}: {sentence}"));
        }
        Err(format!("toml: line {line} (last key {key:?}): {sentence}"))
    }
}

fn dotted(path: &[Str]) -> String {
    let parts: Vec<String> = path.iter().map(|part| super::writer::quoted_key(&part.lossy())).collect();
    parts.join(".")
}
