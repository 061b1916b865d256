//! Names, quoted texts and numbers inside actions, for the lexer. What numbers mean is in `number`.

use super::lexer::{Item, Kind, Lexer, char_name, is_alphanumeric, is_space};
use super::quote::quote;

impl Lexer {
    pub(super) fn lex_identifier(&mut self) -> Item {
        while self.peek().is_some_and(is_alphanumeric) {
            self.next();
        }
        if let Some(error) = self.check_terminator() {
            return error;
        }
        let kind = match self.text.get(self.start..self.pos).unwrap_or_default() {
            "block" => Kind::Block,
            "break" => Kind::Break,
            "continue" => Kind::Continue,
            "define" => Kind::Define,
            "else" => Kind::Else,
            "end" => Kind::End,
            "if" => Kind::If,
            "range" => Kind::Range,
            "nil" => Kind::Nil,
            "template" => Kind::Template,
            "with" => Kind::With,
            "true" | "false" => Kind::Bool,
            _ => Kind::Identifier,
        };
        self.emit(kind)
    }

    /// A field or variable whose first character is read; `bare` when nothing follows it.
    pub(super) fn lex_name(&mut self, kind: Kind, bare: Kind) -> Item {
        if self.at_terminator() {
            return self.emit(bare);
        }
        while self.peek().is_some_and(is_alphanumeric) {
            self.next();
        }
        if let Some(error) = self.check_terminator() {
            return error;
        }
        self.emit(kind)
    }

    fn at_terminator(&self) -> bool {
        match self.peek() {
            None | Some('.' | ',' | '|' | ':' | ')' | '(') => true,
            Some(c) => is_space(c) || self.rest().starts_with("}}"),
        }
    }

    fn check_terminator(&mut self) -> Option<Item> {
        if self.at_terminator() {
            return None;
        }
        let name = self.peek().map(char_name).unwrap_or_default();
        Some(self.fail(format!("bad character {name}")))
    }

    pub(super) fn lex_quote(&mut self, close: char, kind: Kind, unterminated: &str) -> Item {
        loop {
            match self.next() {
                Some('\\') => {
                    if matches!(self.next(), None | Some('\n')) {
                        return self.fail(unterminated);
                    }
                }
                None | Some('\n') => return self.fail(unterminated),
                Some(c) if c == close => return self.emit(kind),
                Some(_) => {}
            }
        }
    }

    pub(super) fn lex_number(&mut self) -> Item {
        let mut ok = self.scan_number();
        let mut kind = Kind::Number;
        if ok && matches!(self.peek(), Some('+' | '-')) {
            kind = Kind::Complex;
            ok = self.scan_number() && self.text.get(..self.pos).is_some_and(|text| text.ends_with('i'));
        }
        if ok {
            return self.emit(kind);
        }
        let text = self.text.get(self.start..self.pos).unwrap_or_default();
        let message = format!("bad number syntax: {}", quote(text.as_bytes(), false));
        self.fail(message)
    }

    fn accept(&mut self, set: &str) -> bool {
        let found = self.peek().is_some_and(|c| set.contains(c));
        if found {
            self.next();
        }
        found
    }

    fn accept_run(&mut self, set: &str) {
        while self.accept(set) {}
    }

    fn scan_number(&mut self) -> bool {
        self.accept("+-");
        let mut digits = "0123456789_";
        if self.accept("0") {
            if self.accept("xX") {
                digits = "0123456789abcdefABCDEF_";
            } else if self.accept("oO") {
                digits = "01234567_";
            } else if self.accept("bB") {
                digits = "01_";
            }
        }
        self.accept_run(digits);
        if self.accept(".") {
            self.accept_run(digits);
        }
        let exponent = match digits.len() {
            11 => self.accept("eE"),
            23 => self.accept("pP"),
            _ => false,
        };
        if exponent {
            self.accept("+-");
            self.accept_run("0123456789_");
        }
        self.accept("i");
        if self.peek().is_some_and(is_alphanumeric) {
            self.next();
            return false;
        }
        true
    }
}
