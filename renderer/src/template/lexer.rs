//! Cuts a template text into items as Go's text/template/parse does, trim marks included. It knows no grammar.

use std::rc::Rc;

use super::quote::{decode_char, is_print};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Error,
    Bool,
    Char,
    CharConstant,
    Complex,
    Assign,
    Declare,
    Eof,
    Field,
    Identifier,
    LeftDelim,
    LeftParen,
    Number,
    Pipe,
    RawString,
    RightDelim,
    RightParen,
    Space,
    String,
    Text,
    Variable,
    Block,
    Break,
    Continue,
    Dot,
    Define,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

impl Kind {
    /// Keywords print as `<word>` in error texts.
    fn is_keyword(self) -> bool {
        use Kind::*;
        matches!(
            self,
            Block | Break | Continue | Dot | Define | Else | End | If | Nil | Range | Template | With
        )
    }
}

/// One lexed item; `start..end` in the text, `line` 1-based. `message` only for errors.
#[derive(Clone, Debug)]
pub struct Item {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
    pub line: u32,
    pub message: Option<Rc<str>>,
}

pub struct Lexer {
    pub text: Rc<str>,
    pub(super) pos: usize,
    pub(super) start: usize,
    line: u32,
    start_line: u32,
    paren_depth: i32,
    inside_action: bool,
    failed: bool,
}

const SPACES: [char; 4] = [' ', '\t', '\r', '\n'];

pub(super) fn is_space(c: char) -> bool {
    SPACES.contains(&c)
}

pub(super) fn is_alphanumeric(c: char) -> bool {
    c == '_' || c.is_alphabetic() || (c.is_numeric() && (c.is_ascii_digit() || !c.is_ascii()))
}

impl Lexer {
    #[must_use]
    pub fn new(text: Rc<str>) -> Self {
        Lexer {
            text,
            pos: 0,
            start: 0,
            line: 1,
            start_line: 1,
            paren_depth: 0,
            inside_action: false,
            failed: false,
        }
    }

    /// The next item; after an error or the end it stays at the end.
    pub fn next_item(&mut self) -> Item {
        if self.failed {
            return Item { kind: Kind::Eof, start: 0, end: 0, line: self.start_line, message: None };
        }
        if self.inside_action { self.lex_action() } else { self.lex_text() }
    }

    pub(super) fn rest(&self) -> &str {
        self.text.get(self.pos..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.pos += c.len_utf8();
        if c == '\n' {
            self.line += 1;
        }
        Some(c)
    }

    pub(super) fn emit(&mut self, kind: Kind) -> Item {
        let item = Item { kind, start: self.start, end: self.pos, line: self.start_line, message: None };
        self.start = self.pos;
        self.start_line = self.line;
        item
    }

    pub(super) fn fail(&mut self, message: impl Into<Rc<str>>) -> Item {
        self.failed = true;
        Item {
            kind: Kind::Error,
            start: self.start,
            end: self.start,
            line: self.start_line,
            message: Some(message.into()),
        }
    }

    /// Skips to `to`, counting its lines.
    fn skip_to(&mut self, to: usize) {
        self.line += lines_in(self.text.get(self.start..to).unwrap_or_default());
        self.pos = to;
        self.start = to;
        self.start_line = self.line;
    }

    fn lex_text(&mut self) -> Item {
        loop {
            let rest = self.rest();
            let Some(found) = rest.find("{{") else {
                let end = self.text.len();
                if end > self.pos {
                    self.line += lines_in(rest);
                    self.pos = end;
                    return self.emit(Kind::Text);
                }
                return self.emit(Kind::Eof);
            };
            let text = rest.get(..found).unwrap_or_default();
            let trim = has_left_mark(rest.get(found + 2..).unwrap_or_default());
            let kept = if trim { text.trim_end_matches(SPACES) } else { text };
            let (kept_len, kept_lines, at) = (kept.len(), lines_in(kept), self.pos + found);
            if kept_len > 0 {
                self.line += kept_lines;
                self.pos += kept_len;
                let item = self.emit(Kind::Text);
                self.skip_to(at);
                return item;
            }
            self.skip_to(at);
            let after = at + 2 + if trim { 2 } else { 0 };
            if self.text.get(after..).is_some_and(|rest| rest.starts_with("/*")) {
                if let Some(error) = self.skip_comment(after) {
                    return error;
                }
                continue;
            }
            self.pos = at + 2;
            let item = self.emit(Kind::LeftDelim);
            self.inside_action = true;
            self.paren_depth = 0;
            self.skip_to(after);
            return item;
        }
    }

    /// Skips a comment whose `/*` is at `at`; an item when it is wrong.
    fn skip_comment(&mut self, at: usize) -> Option<Item> {
        self.skip_to(at);
        let body = self.text.get(at + 2..).unwrap_or_default();
        let Some(close) = body.find("*/") else { return Some(self.fail("unclosed comment")) };
        let end = at + 2 + close + 2;
        let rest = self.text.get(end..).unwrap_or_default();
        let next = if has_right_mark(rest) && rest.get(2..).is_some_and(|rest| rest.starts_with("}}")) {
            let after = rest.get(4..).unwrap_or_default();
            end + 4 + (after.len() - after.trim_start_matches(SPACES).len())
        } else if rest.starts_with("}}") {
            end + 2
        } else {
            return Some(self.fail("comment ends before closing delimiter"));
        };
        self.skip_to(next);
        None
    }

    /// At `}}` (`Some(false)`) or ` -}}` (`Some(true)`).
    fn right_delim(&self) -> Option<bool> {
        let rest = self.rest();
        if has_right_mark(rest) && rest.get(2..).is_some_and(|rest| rest.starts_with("}}")) {
            Some(true)
        } else if rest.starts_with("}}") {
            Some(false)
        } else {
            None
        }
    }

    fn lex_right_delim(&mut self, trim: bool) -> Item {
        if trim {
            self.skip_to(self.pos + 2);
        }
        self.pos += 2;
        let item = self.emit(Kind::RightDelim);
        if trim {
            let rest = self.rest();
            let spaces = rest.len() - rest.trim_start_matches(SPACES).len();
            self.skip_to(self.pos + spaces);
        }
        self.inside_action = false;
        item
    }

    fn lex_action(&mut self) -> Item {
        if let Some(trim) = self.right_delim() {
            if self.paren_depth == 0 {
                return self.lex_right_delim(trim);
            }
            return self.fail("unclosed left paren");
        }
        let Some(c) = self.peek() else { return self.fail("unclosed action") };
        if is_space(c) {
            return self.lex_space();
        }
        let before = self.pos;
        self.next();
        match c {
            '=' => self.emit(Kind::Assign),
            ':' => {
                if self.next() == Some('=') {
                    self.emit(Kind::Declare)
                } else {
                    self.fail("expected :=")
                }
            }
            '|' => self.emit(Kind::Pipe),
            '"' => self.lex_quote('"', Kind::String, "unterminated quoted string"),
            '\'' => self.lex_quote('\'', Kind::CharConstant, "unterminated character constant"),
            '`' => loop {
                match self.next() {
                    None => return self.fail("unterminated raw quoted string"),
                    Some('`') => return self.emit(Kind::RawString),
                    Some(_) => {}
                }
            },
            '$' => self.lex_name(Kind::Variable, Kind::Variable),
            '.' if !self.peek().is_some_and(|c| c.is_ascii_digit()) && self.pos < self.text.len() => {
                self.lex_name(Kind::Field, Kind::Dot)
            }
            '.' | '+' | '-' | '0'..='9' => {
                self.pos = before;
                self.lex_number()
            }
            _ if is_alphanumeric(c) => self.lex_identifier(),
            '(' => {
                self.paren_depth += 1;
                self.emit(Kind::LeftParen)
            }
            ')' => {
                self.paren_depth -= 1;
                if self.paren_depth < 0 {
                    return self.fail("unexpected right paren");
                }
                self.emit(Kind::RightParen)
            }
            _ if c.is_ascii() && !c.is_ascii_control() => self.emit(Kind::Char),
            _ => self.fail(format!("unrecognized character in action: {}", char_name(c))),
        }
    }

    /// A run of spaces; the last one may belong to ` -}}`.
    fn lex_space(&mut self) -> Item {
        let mut count = 0;
        while self.peek().is_some_and(is_space) {
            self.next();
            count += 1;
        }
        let rest = self.text.get(self.pos - 1..).unwrap_or_default();
        if has_right_mark(rest) && rest.get(2..).is_some_and(|rest| rest.starts_with("}}")) {
            self.pos -= 1;
            if rest.starts_with('\n') {
                self.line -= 1;
            }
            if count == 1 {
                return self.lex_right_delim(true);
            }
        }
        self.emit(Kind::Space)
    }

    /// How error texts show an item (Go: item.String).
    #[must_use]
    pub fn describe(&self, item: &Item) -> String {
        if let Some(message) = &item.message {
            return message.to_string();
        }
        let value = self.text.get(item.start..item.end).unwrap_or_default();
        match item.kind {
            Kind::Eof => "EOF".to_owned(),
            kind if kind.is_keyword() => format!("<{value}>"),
            _ if value.len() > 10 => {
                let cut: String = value.chars().take(10).collect();
                format!("{}...", super::quote::quote(cut.as_bytes(), false))
            }
            _ => super::quote::quote(value.as_bytes(), false),
        }
    }
}

fn lines_in(text: &str) -> u32 {
    u32::try_from(text.bytes().filter(|byte| *byte == b'\n').count()).unwrap_or(u32::MAX)
}

fn has_left_mark(rest: &str) -> bool {
    let bytes = rest.as_bytes();
    bytes.first() == Some(&b'-') && bytes.get(1).is_some_and(|byte| is_space(char::from(*byte)))
}

fn has_right_mark(rest: &str) -> bool {
    let bytes = rest.as_bytes();
    bytes.first().is_some_and(|byte| is_space(char::from(*byte))) && bytes.get(1) == Some(&b'-')
}

/// Go's `%#U`: `U+005B '['`.
pub(super) fn char_name(c: char) -> String {
    let (value, _) = decode_char(c.encode_utf8(&mut [0; 4]).as_bytes());
    if is_print(c) { format!("U+{value:04X} '{c}'") } else { format!("U+{value:04X}") }
}
