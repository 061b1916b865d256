//! The characters of a YAML text with the place of the next one. Checks the text as it is reached, as libyaml's reader does;
//! it knows nothing of tokens.

use std::borrow::Cow;

use super::error::YamlError;
use super::feed::Feed;

/// libyaml reads its input in pieces of this size and checks a whole piece at once. An error in a piece that is never reached
/// (after the first document, after another error) is never reported, so the size is part of the behaviour.
const PIECE_BYTES: usize = 512;
/// How far behind what was checked a line break or a document mark may be looked for.
const LOOK_AHEAD_BYTES: usize = 16;

/// A place in the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    /// Bytes from the start.
    pub offset: usize,
    /// Characters from the start.
    pub index: usize,
    /// 0-based.
    pub line: u32,
    /// 0-based, in characters.
    pub column: usize,
}

pub(super) struct Source<'a> {
    /// The text, or the part of it that is held while it arrives from `feed`.
    text: Cow<'a, [u8]>,
    /// Where `text` begins in the whole text.
    base: usize,
    feed: Option<Feed<'a>>,
    /// Where the token in work began, which a feed bounds.
    token_start: usize,
    pub mark: Mark,
    /// Bytes that have been checked.
    checked: usize,
    /// Characters that have been checked.
    checked_chars: usize,
}

impl<'a> Source<'a> {
    pub(super) fn new(text: &'a [u8]) -> Result<Self, YamlError> {
        let (text, start) = match text {
            [0xFF, 0xFE, rest @ ..] => (Cow::Owned(from_utf16(rest, u16::from_le_bytes)?), 0),
            [0xFE, 0xFF, rest @ ..] => (Cow::Owned(from_utf16(rest, u16::from_be_bytes)?), 0),
            [0xEF, 0xBB, 0xBF, ..] => (Cow::Borrowed(text), 3),
            _ => (Cow::Borrowed(text), 0),
        };
        Ok(Source::over(text, start, None))
    }

    /// A text that is read as it is needed and forgotten behind the token in work. UTF-16 is not read in this way.
    pub(super) fn streaming(mut feed: Feed<'a>) -> Result<Self, YamlError> {
        let mut text = Vec::new();
        feed.fill(&mut text, PIECE_BYTES)?;
        match text.as_slice() {
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => {
                Err(YamlError::unplaced("UTF-16 is not read here; use UTF-8", 1))
            }
            [0xEF, 0xBB, 0xBF, ..] => Ok(Source::over(text.into(), 3, Some(feed))),
            // goyaml reads an empty text as an empty line.
            [] => Ok(Source::over(Cow::Borrowed(b"\n"), 0, None)),
            _ => Ok(Source::over(text.into(), 0, Some(feed))),
        }
    }

    fn over(text: Cow<'a, [u8]>, start: usize, feed: Option<Feed<'a>>) -> Self {
        let mark = Mark { offset: start, ..Mark::default() };
        Source { text, base: 0, feed, token_start: start, mark, checked: start, checked_chars: 0 }
    }

    /// Where a feed begins to count the bytes of a token.
    #[inline]
    pub(super) fn begin_token(&mut self) {
        self.token_start = self.mark.offset;
    }

    /// Behind the last byte that is held.
    #[inline]
    fn end(&self) -> usize {
        self.base + self.text.len()
    }

    /// Makes sure that the next `count` characters are ones that YAML allows.
    #[inline]
    pub(super) fn need(&mut self, count: usize) -> Result<(), YamlError> {
        if self.mark.index + count <= self.checked_chars { Ok(()) } else { self.check_more(count) }
    }

    #[cold]
    fn check_more(&mut self, count: usize) -> Result<(), YamlError> {
        while self.mark.index + count > self.checked_chars {
            self.read_ahead()?;
            if self.checked >= self.end() {
                break;
            }
            let end = self.end().min(self.checked + PIECE_BYTES);
            let at_end = end == self.end();
            let (bytes, chars) = check_piece(&self.text[self.checked - self.base..end - self.base], at_end)
                .map_err(|sentence| YamlError::unplaced(sentence, self.mark.line + 1))?;
            self.checked += bytes;
            self.checked_chars += chars;
        }
        Ok(())
    }

    /// Holds more than the next piece, so that looking a few bytes ahead of what was checked sees what is there.
    fn read_ahead(&mut self) -> Result<(), YamlError> {
        let Some(feed) = &mut self.feed else { return Ok(()) };
        feed.check_token(self.mark.offset - self.token_start, self.mark.line)?;
        let held = self.text.to_mut();
        if self.base + held.len() >= self.checked + PIECE_BYTES + LOOK_AHEAD_BYTES {
            return Ok(());
        }
        // All that is behind the place of reading has been copied into tokens.
        held.drain(..self.mark.offset - self.base);
        self.base = self.mark.offset;
        feed.fill(held, self.checked - self.base + PIECE_BYTES + LOOK_AHEAD_BYTES)
    }

    /// The byte `ahead` of the next one; 0 after the end.
    #[inline]
    pub(super) fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.mark.offset - self.base + ahead).copied().unwrap_or(0)
    }

    #[inline]
    pub(super) fn at_end(&self) -> bool {
        self.mark.offset >= self.end()
    }

    /// Bytes of the line break at `ahead`; 0 where there is none.
    #[inline]
    pub(super) fn break_width(&self, ahead: usize) -> usize {
        match self.peek(ahead) {
            b'\r' if self.peek(ahead + 1) == b'\n' => 2,
            b'\r' | b'\n' => 1,
            0xC2 if self.peek(ahead + 1) == 0x85 => 2,
            0xE2 if self.peek(ahead + 1) == 0x80 && matches!(self.peek(ahead + 2), 0xA8 | 0xA9) => 3,
            _ => 0,
        }
    }

    #[inline]
    pub(super) fn is_break(&self, ahead: usize) -> bool {
        self.break_width(ahead) > 0
    }

    #[inline]
    pub(super) fn is_blank(&self, ahead: usize) -> bool {
        matches!(self.peek(ahead), b' ' | b'\t')
    }

    /// A break or the end.
    #[inline]
    pub(super) fn is_breakz(&self, ahead: usize) -> bool {
        self.peek(ahead) == 0 || self.is_break(ahead)
    }

    /// A blank, a break or the end.
    #[inline]
    pub(super) fn is_blankz(&self, ahead: usize) -> bool {
        self.is_blank(ahead) || self.is_breakz(ahead)
    }

    /// A letter, digit, `_` or `-`.
    #[inline]
    pub(super) fn is_word(&self) -> bool {
        matches!(self.peek(0), b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'-')
    }

    /// `---` or `...` at the start of a line, followed by a blank, a break or the end.
    pub(super) fn is_document_indicator(&self) -> bool {
        self.mark.column == 0
            && matches!((self.peek(0), self.peek(1), self.peek(2)), (b'-', b'-', b'-') | (b'.', b'.', b'.'))
            && self.is_blankz(3)
    }

    /// Moves over one character, which is not a line break.
    #[inline]
    pub(super) fn skip(&mut self) {
        self.mark.offset += char_width(self.peek(0));
        self.mark.index += 1;
        self.mark.column += 1;
    }

    pub(super) fn skip_many(&mut self, count: usize) {
        for _ in 0..count {
            self.skip();
        }
    }

    /// Moves over one character and copies it.
    #[inline]
    pub(super) fn take(&mut self, into: &mut Vec<u8>) {
        let start = self.mark.offset;
        self.skip();
        let end = self.mark.offset.min(self.end());
        into.extend_from_slice(&self.text[start - self.base..end - self.base]);
    }

    /// Moves over a line break, if there is one.
    pub(super) fn skip_break(&mut self) {
        let width = self.break_width(0);
        if width == 0 {
            return;
        }
        self.mark.index += if self.peek(0) == b'\r' && width == 2 { 2 } else { 1 };
        self.mark.offset += width;
        self.mark.column = 0;
        self.mark.line += 1;
    }

    /// Moves over a line break and copies it: every kind becomes `\n`, but for the two Unicode separators.
    pub(super) fn take_break(&mut self, into: &mut Vec<u8>) {
        let start = self.mark.offset;
        match self.break_width(0) {
            0 => return,
            3 => into.extend_from_slice(&self.text[start - self.base..start - self.base + 3]),
            _ => into.push(b'\n'),
        }
        self.skip_break();
    }

    /// Moves over blanks.
    pub(super) fn skip_blanks(&mut self) -> Result<(), YamlError> {
        self.need(1)?;
        while self.is_blank(0) {
            self.skip();
            self.need(1)?;
        }
        Ok(())
    }

    /// Moves to the end of the line if a comment begins here.
    pub(super) fn skip_comment(&mut self) -> Result<(), YamlError> {
        if self.peek(0) == b'#' {
            while !self.is_breakz(0) {
                self.skip();
                self.need(1)?;
            }
        }
        Ok(())
    }
}

/// Bytes of a character by its first byte.
#[inline]
pub(crate) fn char_width(first: u8) -> usize {
    match first {
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF7 => 4,
        _ => 1,
    }
}

/// Bytes and characters of the whole characters in `piece`, or libyaml's sentence about a bad one.
fn check_piece(piece: &[u8], at_end: bool) -> Result<(usize, usize), &'static str> {
    let (mut at, mut chars) = (0, 0);
    while at < piece.len() {
        let first = piece[at];
        if (0x20..0x7F).contains(&first) || matches!(first, b'\n' | b'\t' | b'\r') {
            at += 1;
            chars += 1;
            continue;
        }
        let width = match first {
            0..=0x7F => return Err("control characters are not allowed"),
            0xC0..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF7 => 4,
            _ => return Err("invalid leading UTF-8 octet"),
        };
        let Some(bytes) = piece.get(at..at + width) else {
            if at_end {
                return Err("incomplete UTF-8 octet sequence");
            }
            break;
        };
        check_wide(bytes)?;
        at += width;
        chars += 1;
    }
    Ok((at, chars))
}

fn check_wide(bytes: &[u8]) -> Result<(), &'static str> {
    let first = u32::from(bytes[0]);
    let mut value = match bytes.len() {
        2 => first & 0x1F,
        3 => first & 0x0F,
        _ => first & 0x07,
    };
    for octet in &bytes[1..] {
        if octet & 0xC0 != 0x80 {
            return Err("invalid trailing UTF-8 octet");
        }
        value = (value << 6) | u32::from(octet & 0x3F);
    }
    let shortest = match bytes.len() {
        2 => 0x80,
        3 => 0x800,
        _ => 0x1_0000,
    };
    if value < shortest {
        return Err("invalid length of a UTF-8 sequence");
    }
    match value {
        0xD800..=0xDFFF | 0x11_0000.. => Err("invalid Unicode character"),
        0x85 | 0xA0..=0xD7FF | 0xE000..=0xFFFD | 0x1_0000.. => Ok(()),
        _ => Err("control characters are not allowed"),
    }
}

/// UTF-16 with a byte order mark is YAML too; its places are those of the UTF-8 text it becomes.
fn from_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Vec<u8>, YamlError> {
    let mut units = bytes.chunks_exact(2);
    let decoded = char::decode_utf16(units.by_ref().map(|pair| unit([pair[0], pair[1]])))
        .collect::<Result<String, _>>();
    if !units.remainder().is_empty() {
        return Err(YamlError::unplaced("incomplete UTF-16 character", 0));
    }
    decoded.map(String::into_bytes).map_err(|error| {
        let low = error.unpaired_surrogate() & 0xFC00 == 0xDC00;
        let sentence = if low { "unexpected low surrogate area" } else { "expected low surrogate area" };
        YamlError::unplaced(sentence, 0)
    })
}
