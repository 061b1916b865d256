//! Plain, quoted and block scalars: their text after folding and unescaping. What a text means is not decided here.

use super::error::YamlError;
use super::scanner::Scanner;
use super::source::Mark;
use super::token::{ScalarStyle, Token, TokenKind};

/// White space between two words of a flow scalar, kept until it is known what follows.
#[derive(Default)]
struct Gap {
    /// Blanks before the first line break.
    blanks: Vec<u8>,
    first_break: Vec<u8>,
    later_breaks: Vec<u8>,
    broken: bool,
}

impl Gap {
    /// Appends what the white space means: itself, or a space or the further breaks where the line was folded.
    fn join(&mut self, text: &mut Vec<u8>) {
        if self.broken {
            let folds = self.first_break.first() == Some(&b'\n');
            if folds && self.later_breaks.is_empty() {
                text.push(b' ');
            } else {
                if !folds {
                    text.append(&mut self.first_break);
                }
                text.append(&mut self.later_breaks);
            }
        } else {
            text.append(&mut self.blanks);
        }
        self.blanks.clear();
        self.first_break.clear();
        self.later_breaks.clear();
        self.broken = false;
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Chomping {
    Strip,
    Clip,
    Keep,
}

impl Scanner<'_> {
    pub(super) fn scan_plain(&mut self) -> Result<Token, YamlError> {
        let start = self.source.mark;
        let (mut end, indent) = (start, self.indent + 1);
        let (mut text, mut gap) = (Vec::new(), Gap::default());
        loop {
            self.source.need(4)?;
            if self.source.is_document_indicator() || self.source.peek(0) == b'#' {
                break;
            }
            while !self.source.is_blankz(0) && !self.ends_plain() {
                if gap.broken || !gap.blanks.is_empty() {
                    gap.join(&mut text);
                }
                self.source.take(&mut text);
                end = self.source.mark;
                self.source.need(2)?;
            }
            if !(self.source.is_blank(0) || self.source.is_break(0)) {
                break;
            }
            self.scan_gap(&mut gap, Some(indent))?;
            if self.flow_level == 0 && self.is_left_of(indent) {
                break;
            }
        }
        if gap.broken {
            self.simple_key_allowed = true;
        }
        Ok(Token { kind: TokenKind::Scalar { value: text, style: ScalarStyle::Plain }, start, end })
    }

    /// Whether an indicator here ends a plain scalar.
    fn ends_plain(&self) -> bool {
        match self.source.peek(0) {
            b':' => self.source.is_blankz(1),
            b',' | b'?' | b'[' | b']' | b'{' | b'}' => self.flow_level > 0,
            _ => false,
        }
    }

    pub(super) fn scan_quoted(&mut self, style: ScalarStyle) -> Result<Token, YamlError> {
        let start = self.source.mark;
        let quote = if style == ScalarStyle::SingleQuoted { b'\'' } else { b'"' };
        self.source.skip();
        let (mut text, mut gap) = (Vec::new(), Gap::default());
        loop {
            self.source.need(4)?;
            if self.source.is_document_indicator() {
                return self.fail("found unexpected document indicator");
            }
            if self.source.at_end() {
                return self.fail("found unexpected end of stream");
            }
            while !self.source.is_blankz(0) {
                match self.source.peek(0) {
                    b'\'' if quote == b'\'' && self.source.peek(1) == b'\'' => {
                        text.push(b'\'');
                        self.source.skip_many(2);
                    }
                    byte if byte == quote => break,
                    b'\\' if quote == b'"' && self.source.is_break(1) => {
                        self.source.need(3)?;
                        self.source.skip();
                        self.source.skip_break();
                        gap.broken = true;
                        break;
                    }
                    b'\\' if quote == b'"' => self.scan_escape(&mut text)?,
                    _ => self.source.take(&mut text),
                }
                self.source.need(2)?;
            }
            self.source.need(1)?;
            if self.source.peek(0) == quote {
                break;
            }
            // An escaped line break counts as a break without text, so that folding adds nothing for it.
            let escaped = gap.broken;
            self.scan_gap(&mut gap, None)?;
            if escaped && gap.first_break.is_empty() {
                text.append(&mut gap.later_breaks);
                gap = Gap::default();
            } else {
                gap.join(&mut text);
            }
        }
        self.source.skip();
        Ok(Token { kind: TokenKind::Scalar { value: text, style }, start, end: self.source.mark })
    }

    /// Collects blanks and breaks. Tabs left of `indent` on a later line are refused.
    fn scan_gap(&mut self, gap: &mut Gap, indent: Option<isize>) -> Result<(), YamlError> {
        self.source.need(1)?;
        loop {
            if self.source.is_blank(0) {
                let tab = self.source.peek(0) == b'\t';
                if gap.broken && tab && indent.is_some_and(|indent| self.is_left_of(indent)) {
                    return self.fail("found a tab character that violates indentation");
                }
                if gap.broken {
                    self.source.skip();
                } else {
                    self.source.take(&mut gap.blanks);
                }
            } else if self.source.is_break(0) {
                self.source.need(2)?;
                if gap.broken {
                    self.source.take_break(&mut gap.later_breaks);
                } else {
                    gap.blanks.clear();
                    self.source.take_break(&mut gap.first_break);
                    gap.broken = true;
                }
            } else {
                return Ok(());
            }
            self.source.need(1)?;
        }
    }

    fn is_left_of(&self, indent: isize) -> bool {
        isize::try_from(self.source.mark.column).is_ok_and(|column| column < indent)
    }

    /// One escape sequence of a double-quoted scalar.
    fn scan_escape(&mut self, text: &mut Vec<u8>) -> Result<(), YamlError> {
        let plain = match self.source.peek(1) {
            b'0' => "\0",
            b'a' => "\x07",
            b'b' => "\x08",
            b't' | b'\t' => "\t",
            b'n' => "\n",
            b'v' => "\x0B",
            b'f' => "\x0C",
            b'r' => "\r",
            b'e' => "\x1B",
            b' ' => " ",
            b'"' => "\"",
            b'\'' => "'",
            b'\\' => "\\",
            b'N' => "\u{85}",
            b'_' => "\u{A0}",
            b'L' => "\u{2028}",
            b'P' => "\u{2029}",
            b'x' => return self.scan_code(2, text),
            b'u' => return self.scan_code(4, text),
            b'U' => return self.scan_code(8, text),
            _ => return self.fail("found unknown escape character"),
        };
        text.extend_from_slice(plain.as_bytes());
        self.source.skip_many(2);
        Ok(())
    }

    /// `\x`, `\u` or `\U` with its hexadecimal digits.
    fn scan_code(&mut self, digits: usize, text: &mut Vec<u8>) -> Result<(), YamlError> {
        self.source.skip_many(2);
        self.source.need(digits)?;
        let mut code = 0u32;
        for ahead in 0..digits {
            let Some(digit) = char::from(self.source.peek(ahead)).to_digit(16) else {
                return self.fail("did not find expected hexdecimal number");
            };
            code = (code << 4) | digit;
        }
        let Some(character) = char::from_u32(code) else {
            return self.fail("found invalid Unicode character escape code");
        };
        text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        self.source.skip_many(digits);
        Ok(())
    }

    pub(super) fn scan_block_scalar(&mut self, style: ScalarStyle) -> Result<Token, YamlError> {
        let start = self.source.mark;
        self.source.skip();
        let (chomping, increment) = self.scan_block_header()?;
        let mut end = self.source.mark;
        let mut indent = increment.map(|increment| self.indent.max(0) + increment);
        let (mut text, mut first_break, mut later_breaks) = (Vec::new(), Vec::new(), Vec::new());
        let mut after_blank = false;
        self.scan_block_breaks(&mut indent, &mut later_breaks, &mut end)?;
        self.source.need(1)?;
        while indent == isize::try_from(self.source.mark.column).ok() && !self.source.at_end() {
            let blank = self.source.is_blank(0);
            let folds =
                style == ScalarStyle::Folded && !after_blank && !blank && first_break.first() == Some(&b'\n');
            if !folds {
                text.append(&mut first_break);
            } else if later_breaks.is_empty() {
                text.push(b' ');
            }
            first_break.clear();
            text.append(&mut later_breaks);
            after_blank = blank;
            while !self.source.is_breakz(0) {
                self.source.take(&mut text);
                self.source.need(1)?;
            }
            self.source.need(2)?;
            self.source.take_break(&mut first_break);
            self.scan_block_breaks(&mut indent, &mut later_breaks, &mut end)?;
        }
        if chomping != Chomping::Strip {
            text.append(&mut first_break);
        }
        if chomping == Chomping::Keep {
            text.append(&mut later_breaks);
        }
        Ok(Token { kind: TokenKind::Scalar { value: text, style }, start, end })
    }

    /// What follows `|` or `>` on its line: `+` or `-` and a digit in either order, then a comment.
    fn scan_block_header(&mut self) -> Result<(Chomping, Option<isize>), YamlError> {
        self.source.need(1)?;
        let (mut chomping, mut increment) = (None, None);
        for _ in 0..2 {
            match self.source.peek(0) {
                b'+' if chomping.is_none() => chomping = Some(Chomping::Keep),
                b'-' if chomping.is_none() => chomping = Some(Chomping::Strip),
                b'0' if increment.is_none() => return self.fail("found an indentation indicator equal to 0"),
                digit @ b'1'..=b'9' if increment.is_none() => increment = Some(isize::from(digit - b'0')),
                _ => break,
            }
            self.source.skip();
            self.source.need(1)?;
        }
        self.source.skip_blanks()?;
        self.source.skip_comment()?;
        if !self.source.is_breakz(0) {
            return self.fail("did not find expected comment or line break");
        }
        self.source.need(2)?;
        self.source.skip_break();
        Ok((chomping.unwrap_or(Chomping::Clip), increment))
    }

    /// Moves over indentation and empty lines; finds out the indentation where it was not given.
    fn scan_block_breaks(
        &mut self,
        indent: &mut Option<isize>,
        breaks: &mut Vec<u8>,
        end: &mut Mark,
    ) -> Result<(), YamlError> {
        *end = self.source.mark;
        let mut deepest = 0;
        loop {
            self.source.need(1)?;
            while self.source.peek(0) == b' ' && indent.is_none_or(|indent| self.is_left_of(indent)) {
                self.source.skip();
                self.source.need(1)?;
            }
            deepest = deepest.max(isize::try_from(self.source.mark.column).unwrap_or(isize::MAX));
            if self.source.peek(0) == b'\t' && indent.is_none_or(|indent| self.is_left_of(indent)) {
                return self.fail("found a tab character where an indentation space is expected");
            }
            if !self.source.is_break(0) {
                break;
            }
            self.source.need(2)?;
            self.source.take_break(breaks);
            *end = self.source.mark;
        }
        if indent.is_none() {
            *indent = Some(deepest.max(self.indent + 1).max(1));
        }
        Ok(())
    }
}
