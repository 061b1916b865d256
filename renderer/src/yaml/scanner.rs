//! Characters to tokens, in the spirit of libyaml's scanner and with its sentences. It does not check the order of tokens.

use std::collections::VecDeque;

use super::error::{YamlError, YamlErrorKind};
use super::source::{Mark, Source};
use super::token::{ScalarStyle, Token, TokenKind};

/// How far behind a key its `:` may be, in characters (YAML 1.2, 7.4.2).
const SIMPLE_KEY_CHARS_MAX: usize = 1024;

/// A place where a key without `?` may have begun: decided when a `:` is met, or not met in time.
#[derive(Clone, Copy, Debug, Default)]
struct SimpleKey {
    possible: bool,
    /// In block context at the indentation of the mapping, only a key can stand here.
    required: bool,
    /// Whether the queue waits for it. libyaml forgets the key that an empty flow collection may be.
    awaited: bool,
    /// Counted from the first token of the stream.
    token_number: usize,
    mark: Mark,
}

pub(super) struct Scanner<'a> {
    pub(super) source: Source<'a>,
    queue: VecDeque<Token>,
    /// Tokens handed out.
    tokens_taken: usize,
    started: bool,
    ended: bool,
    /// Column of the innermost block collection; -1 outside of all.
    pub(super) indent: isize,
    indents: Vec<isize>,
    pub(super) flow_level: usize,
    pub(super) simple_key_allowed: bool,
    /// One per flow level; token numbers never fall towards the top.
    simple_keys: Vec<SimpleKey>,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(source: Source<'a>) -> Self {
        Scanner {
            source,
            queue: VecDeque::new(),
            tokens_taken: 0,
            started: false,
            ended: false,
            indent: -1,
            indents: Vec::new(),
            flow_level: 0,
            simple_key_allowed: true,
            simple_keys: vec![SimpleKey::default()],
        }
    }

    /// The next token, which stays in the queue. After the end of the stream it is the end again.
    pub(super) fn peek(&mut self) -> Result<&Token, YamlError> {
        while (self.queue.is_empty() || self.head_may_be_key()?) && !self.ended {
            self.fetch()?;
        }
        let mark = self.source.mark;
        if self.queue.is_empty() {
            self.push(TokenKind::StreamEnd, mark);
        }
        Ok(&self.queue[0])
    }

    /// Takes the token that `peek` showed.
    pub(super) fn take(&mut self) -> Result<Token, YamlError> {
        self.peek()?;
        self.tokens_taken += 1;
        let mark = self.source.mark;
        Ok(self.queue.pop_front().unwrap_or(Token { kind: TokenKind::StreamEnd, start: mark, end: mark }))
    }

    /// An error at the current place. Go shows no line for the first one.
    pub(super) fn fail<T>(&self, sentence: &str) -> Result<T, YamlError> {
        let line = self.source.mark.line;
        Err(YamlError {
            kind: YamlErrorKind::Malformed(sentence.to_owned()),
            line: line + 1,
            shown_line: if line > 0 { line + 1 } else { 0 },
        })
    }

    fn fetch(&mut self) -> Result<(), YamlError> {
        self.source.need(1)?;
        if !self.started {
            self.started = true;
            self.push(TokenKind::StreamStart, self.source.mark);
            return Ok(());
        }
        self.skip_to_token()?;
        self.unroll_indent(column_of(self.source.mark));
        self.source.begin_token();
        self.source.need(4)?;
        if self.source.at_end() {
            return self.fetch_stream_end();
        }
        let (first, second_ends) = (self.source.peek(0), self.source.is_blankz(1));
        if self.source.mark.column == 0 && first == b'%' {
            self.leave_block()?;
            let token = self.scan_directive()?;
            self.queue.push_back(token);
            return Ok(());
        }
        if self.source.is_document_indicator() {
            let kind = if first == b'-' { TokenKind::DocumentStart } else { TokenKind::DocumentEnd };
            self.leave_block()?;
            self.push_indicator(kind, 3);
            return Ok(());
        }
        let in_flow = self.flow_level > 0;
        match first {
            b'[' => self.fetch_flow_start(TokenKind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(TokenKind::FlowMappingStart),
            b']' => self.fetch_flow_end(TokenKind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(TokenKind::FlowMappingEnd),
            b',' => self.fetch_flow_entry(),
            b'-' if second_ends => self.fetch_block_entry(),
            b'?' if in_flow || second_ends => self.fetch_key(),
            b':' if in_flow || second_ends => self.fetch_value(),
            b'*' | b'&' => self.fetch_scalar_like(|scanner| scanner.scan_anchor(first == b'*')),
            b'!' => self.fetch_scalar_like(Scanner::scan_tag),
            b'|' | b'>' if !in_flow => {
                self.remove_simple_key()?;
                self.simple_key_allowed = true;
                let token = self.scan_block_scalar(if first == b'|' {
                    ScalarStyle::Literal
                } else {
                    ScalarStyle::Folded
                })?;
                self.queue.push_back(token);
                Ok(())
            }
            b'\'' => self.fetch_scalar_like(|scanner| scanner.scan_quoted(ScalarStyle::SingleQuoted)),
            b'"' => self.fetch_scalar_like(|scanner| scanner.scan_quoted(ScalarStyle::DoubleQuoted)),
            b'-' | b'?' | b':' => self.fetch_scalar_like(Scanner::scan_plain),
            b'#' | b'|' | b'>' | b'%' | b'@' | b'`' | b'\t' => {
                self.fail("found character that cannot start any token")
            }
            _ => self.fetch_scalar_like(Scanner::scan_plain),
        }
    }

    /// Moves over blanks, comments and line breaks.
    fn skip_to_token(&mut self) -> Result<(), YamlError> {
        loop {
            self.source.begin_token();
            self.source.need(1)?;
            if self.source.mark.column == 0
                && self.source.mark.index == 0
                && self.source.peek(0) == 0xEF
                && self.source.peek(1) == 0xBB
                && self.source.peek(2) == 0xBF
            {
                self.source.skip();
            }
            self.source.need(1)?;
            // A tab may not stand for indentation, so it ends the blanks where a key may begin.
            while self.source.peek(0) == b' '
                || (self.source.peek(0) == b'\t' && (self.flow_level > 0 || !self.simple_key_allowed))
            {
                self.source.skip();
                self.source.need(1)?;
            }
            self.source.skip_comment()?;
            if !self.source.is_break(0) {
                return Ok(());
            }
            self.source.need(2)?;
            self.source.skip_break();
            if self.flow_level == 0 {
                self.simple_key_allowed = true;
            }
        }
    }

    fn fetch_stream_end(&mut self) -> Result<(), YamlError> {
        if self.source.mark.column != 0 {
            self.source.mark.column = 0;
            self.source.mark.line += 1;
        }
        self.leave_block()?;
        self.push(TokenKind::StreamEnd, self.source.mark);
        self.ended = true;
        Ok(())
    }

    /// What every directive, document mark and the end of the stream do: close all block collections.
    fn leave_block(&mut self) -> Result<(), YamlError> {
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        Ok(())
    }

    fn fetch_flow_start(&mut self, kind: TokenKind) -> Result<(), YamlError> {
        self.save_simple_key()?;
        let token_number = self.next_number();
        self.simple_keys.push(SimpleKey { token_number, mark: self.source.mark, ..SimpleKey::default() });
        self.flow_level += 1;
        self.simple_key_allowed = true;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: TokenKind) -> Result<(), YamlError> {
        self.remove_simple_key()?;
        if self.flow_level > 0 {
            self.flow_level -= 1;
            let closed = self.simple_keys.pop();
            if let (Some(closed), Some(top)) = (closed, self.simple_keys.last_mut())
                && closed.token_number == top.token_number
            {
                top.awaited = false;
            }
        }
        self.simple_key_allowed = false;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn fetch_flow_entry(&mut self) -> Result<(), YamlError> {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.push_indicator(TokenKind::FlowEntry, 1);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<(), YamlError> {
        // In flow context the parser complains, because it can say what it expected instead.
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return self.fail("block sequence entries are not allowed in this context");
            }
            self.roll_indent(None, TokenKind::BlockSequenceStart, self.source.mark);
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.push_indicator(TokenKind::BlockEntry, 1);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<(), YamlError> {
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return self.fail("mapping keys are not allowed in this context");
            }
            self.roll_indent(None, TokenKind::BlockMappingStart, self.source.mark);
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = self.flow_level == 0;
        self.push_indicator(TokenKind::Key, 1);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<(), YamlError> {
        let level = self.simple_keys.len() - 1;
        if self.is_valid_key(level)? {
            let key = self.simple_keys[level];
            let at = key.token_number - self.tokens_taken;
            self.queue.insert(at, Token { kind: TokenKind::Key, start: key.mark, end: key.mark });
            self.roll_indent(Some(key.token_number), TokenKind::BlockMappingStart, key.mark);
            self.simple_keys[level].possible = false;
            // A simple key cannot follow another one on the same line.
            self.simple_key_allowed = false;
        } else {
            if self.flow_level == 0 {
                if !self.simple_key_allowed {
                    return self.fail("mapping values are not allowed in this context");
                }
                self.roll_indent(None, TokenKind::BlockMappingStart, self.source.mark);
            }
            self.simple_key_allowed = self.flow_level == 0;
        }
        self.push_indicator(TokenKind::Value, 1);
        Ok(())
    }

    /// Tokens that may begin a simple key and after which none can begin.
    fn fetch_scalar_like(
        &mut self,
        scan: impl FnOnce(&mut Self) -> Result<Token, YamlError>,
    ) -> Result<(), YamlError> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let token = scan(self)?;
        self.queue.push_back(token);
        Ok(())
    }

    /// Whether the token at the head of the queue may still turn out to be a key.
    fn head_may_be_key(&mut self) -> Result<bool, YamlError> {
        let number = self.tokens_taken;
        let first = self.simple_keys.partition_point(|key| key.token_number < number);
        for level in first..self.simple_keys.len() {
            let key = self.simple_keys[level];
            if key.token_number != number {
                break;
            }
            if key.possible && key.awaited {
                return self.is_valid_key(level);
            }
        }
        Ok(false)
    }

    fn is_valid_key(&mut self, level: usize) -> Result<bool, YamlError> {
        let (key, mark) = (self.simple_keys[level], self.source.mark);
        if !key.possible {
            return Ok(false);
        }
        if key.mark.line == mark.line && key.mark.index + SIMPLE_KEY_CHARS_MAX >= mark.index {
            return Ok(true);
        }
        if key.required {
            return self.fail("could not find expected ':'");
        }
        self.simple_keys[level].possible = false;
        Ok(false)
    }

    fn save_simple_key(&mut self) -> Result<(), YamlError> {
        let mark = self.source.mark;
        let required = self.flow_level == 0 && self.indent == column_of(mark);
        if self.simple_key_allowed {
            self.remove_simple_key()?;
            let key =
                SimpleKey { possible: true, required, awaited: true, token_number: self.next_number(), mark };
            if let Some(top) = self.simple_keys.last_mut() {
                *top = key;
            }
        }
        Ok(())
    }

    fn remove_simple_key(&mut self) -> Result<(), YamlError> {
        let Some(key) = self.simple_keys.last_mut() else { return Ok(()) };
        if key.possible && key.required {
            return self.fail("could not find expected ':'");
        }
        key.possible = false;
        Ok(())
    }

    /// Opens a block collection if the column is deeper than the current one.
    fn roll_indent(&mut self, number: Option<usize>, kind: TokenKind, mark: Mark) {
        let column = column_of(mark);
        if self.flow_level > 0 || self.indent >= column {
            return;
        }
        self.indents.push(self.indent);
        self.indent = column;
        let token = Token { kind, start: mark, end: mark };
        match number {
            None => self.queue.push_back(token),
            Some(number) => self.queue.insert(number - self.tokens_taken, token),
        }
    }

    /// Closes every block collection deeper than `column`.
    fn unroll_indent(&mut self, column: isize) {
        while self.flow_level == 0 && self.indent > column {
            self.push(TokenKind::BlockEnd, self.source.mark);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    /// The number that the next token of the queue's end will have.
    fn next_number(&self) -> usize {
        self.tokens_taken + self.queue.len()
    }

    fn push(&mut self, kind: TokenKind, mark: Mark) {
        self.queue.push_back(Token { kind, start: mark, end: mark });
    }

    fn push_indicator(&mut self, kind: TokenKind, chars: usize) {
        let start = self.source.mark;
        self.source.skip_many(chars);
        self.queue.push_back(Token { kind, start, end: self.source.mark });
    }
}

/// Columns and the indentation -1 in one type.
fn column_of(mark: Mark) -> isize {
    isize::try_from(mark.column).unwrap_or(isize::MAX)
}
