//! One scalar to YAML text: which style it may have, and its characters in that style. It does not know collections.

use super::writer::{Dialect, Writer};
use crate::trace::Trace;

/// Column behind which goyaml.v2 folds at the next space; goyaml.v3 never folds.
const FOLD_COLUMN: usize = 80;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    Root,
    Item,
    MapValue,
    SimpleKey,
    LongKey,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
}

/// What a text allows.
#[allow(clippy::struct_excessive_bools)]
pub(super) struct Analysis {
    pub multiline: bool,
    plain: bool,
    single_quoted: bool,
    literal: bool,
}

impl Analysis {
    pub(super) fn of(text: &[u8], dialect: Dialect) -> Analysis {
        if text.is_empty() {
            return Analysis { multiline: false, plain: true, single_quoted: true, literal: false };
        }
        let mut indicators = text.starts_with(b"---") || text.starts_with(b"...");
        let (mut breaks, mut special, mut tabs) = (false, false, false);
        let (mut break_space, mut space_break) = (false, false);
        let (mut after_space, mut after_break, mut after_white) = (false, false, true);
        let mut at = 0;
        while at < text.len() {
            let width = width_at(text, at);
            let next = text.get(at + width).copied();
            let before_white = matches!(next, None | Some(b' ' | b'\t'));
            indicators |= match text[at] {
                b'#' | b',' | b'[' | b']' | b'{' | b'}' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"'
                | b'%' | b'@' | b'`'
                    if at == 0 =>
                {
                    true
                }
                b'?' | b'-' if at == 0 => before_white,
                b':' => before_white,
                b'#' => after_white,
                _ => false,
            };
            if dialect == Dialect::Pretty && text[at] == b'\t' {
                tabs = true;
            } else if !is_printable(text, at) {
                special = true;
            }
            let (space, line_break) = (text[at] == b' ', is_break(text, at));
            break_space |= space && after_break;
            space_break |= line_break && after_space;
            breaks |= line_break;
            (after_space, after_break) = (space, line_break);
            after_white = space || line_break || matches!(text[at], b'\t' | 0);
            at += width;
        }
        let white_start = text[0] == b' ' || is_break(text, 0);
        let white_end = after_space || after_break;
        let quoted_only = break_space || space_break || special || tabs;
        Analysis {
            multiline: breaks,
            plain: !(indicators || breaks || white_start || white_end || quoted_only),
            single_quoted: !quoted_only,
            literal: !(after_space || space_break || special),
        }
    }
}

impl Writer {
    pub(super) fn write_scalar(&mut self, text: &str, trace: &Trace, context: Context, wanted: Style) {
        let bytes = text.as_bytes();
        let analysis = Analysis::of(bytes, self.dialect);
        let simple_key = context == Context::SimpleKey;
        let mut style = if simple_key && analysis.multiline { Style::DoubleQuoted } else { wanted };
        if style == Style::Plain && (!analysis.plain || (text.is_empty() && simple_key)) {
            style = Style::SingleQuoted;
        }
        if (style == Style::SingleQuoted && !analysis.single_quoted)
            || (style == Style::Literal && (!analysis.literal || simple_key))
        {
            style = Style::DoubleQuoted;
        }
        let folds = !simple_key && self.dialect == Dialect::Plain;
        match style {
            Style::Plain => {
                if !self.whitespace {
                    self.put(b" ");
                }
                self.write_flow(bytes, trace, folds, None);
            }
            Style::SingleQuoted => {
                self.indicator(b"'", true, false, false);
                self.write_flow(bytes, trace, folds, Some(b'\''));
                self.indicator(b"'", false, false, false);
            }
            Style::DoubleQuoted => self.write_double_quoted(bytes, trace, folds),
            Style::Literal => return self.write_literal(bytes, trace),
        }
        (self.whitespace, self.indention) = (false, false);
    }

    /// A plain or single-quoted text.
    fn write_flow(&mut self, text: &[u8], trace: &Trace, folds: bool, quote: Option<u8>) {
        let (mut after_space, mut after_break) = (false, false);
        let (mut at, mut run) = (0, 0);
        while at < text.len() {
            let width = width_at(text, at);
            if text[at] == b' ' {
                let inside = quote.is_none() || (at > 0 && at + 1 < text.len());
                let next_space = text.get(at + 1) == Some(&b' ');
                if folds && !after_space && self.column > FOLD_COLUMN && inside && !next_space {
                    self.copy(text, trace, run, at);
                    self.write_indent();
                    run = at + 1;
                } else {
                    self.column += 1;
                }
                after_space = true;
            } else if is_break(text, at) {
                self.copy(text, trace, run, at);
                if !after_break && text[at] == b'\n' {
                    self.put_break();
                }
                self.copy(text, trace, at, at + width);
                run = at + width;
                self.column = 0;
                self.indention = true;
                after_break = true;
            } else {
                if after_break {
                    self.write_indent();
                }
                if Some(text[at]) == quote {
                    self.copy(text, trace, run, at);
                    self.put(b"'");
                    run = at;
                }
                self.column += 1;
                self.indention = false;
                (after_space, after_break) = (false, false);
            }
            at += width;
        }
        self.copy(text, trace, run, text.len());
    }

    fn write_double_quoted(&mut self, text: &[u8], trace: &Trace, folds: bool) {
        self.indicator(b"\"", true, false, false);
        // goyaml looks for the byte order mark at the start of the text, whatever character it is at.
        let all_escaped = text.starts_with(b"\xEF\xBB\xBF");
        let mut after_space = false;
        let (mut at, mut run) = (0, 0);
        while at < text.len() {
            let width = width_at(text, at);
            if all_escaped
                || !is_printable(text, at)
                || is_break(text, at)
                || matches!(text[at], b'"' | b'\\')
            {
                self.copy(text, trace, run, at);
                let escape = escape_text(&text[at..at + width]);
                self.column += escape.len();
                self.out.slice_as(escape.as_bytes(), trace, at..at + width);
                run = at + width;
                after_space = false;
            } else if text[at] == b' ' {
                if folds && !after_space && self.column > FOLD_COLUMN && at > 0 && at + 1 < text.len() {
                    self.copy(text, trace, run, at);
                    self.write_indent();
                    if text[at + 1] == b' ' {
                        self.put(b"\\");
                    }
                    run = at + 1;
                } else {
                    self.column += 1;
                }
                after_space = true;
            } else {
                self.column += 1;
                after_space = false;
            }
            at += width;
        }
        self.copy(text, trace, run, text.len());
        self.indicator(b"\"", false, false, false);
    }

    fn write_literal(&mut self, text: &[u8], trace: &Trace) {
        self.indicator(b"|", true, false, false);
        if text[0] == b' ' || is_break(text, 0) {
            self.put(b"2");
        }
        self.put(chomping(text));
        self.put_break();
        (self.indention, self.whitespace) = (true, true);
        let (mut at, mut run, mut after_break) = (0, 0, true);
        while at < text.len() {
            let width = width_at(text, at);
            if is_break(text, at) {
                self.copy(text, trace, run, at + width);
                run = at + width;
                self.column = 0;
                self.indention = true;
                after_break = true;
            } else {
                if after_break {
                    self.write_indent();
                }
                self.column += 1;
                self.indention = false;
                after_break = false;
            }
            at += width;
        }
        self.copy(text, trace, run, text.len());
    }

    /// Bytes of the text as they are. The caller counts the column.
    fn copy(&mut self, text: &[u8], trace: &Trace, start: usize, end: usize) {
        if start < end {
            self.out.slice(text, trace, start..end);
        }
    }
}

/// What says how the line breaks at the end are meant.
fn chomping(text: &[u8]) -> &'static [u8] {
    let last = last_char(text);
    if !is_break(text, last) {
        b"-"
    } else if last == 0 || is_break(text, last_char(&text[..last])) {
        b"+"
    } else {
        b""
    }
}

/// Where the last character begins.
fn last_char(text: &[u8]) -> usize {
    text.iter().rposition(|byte| byte & 0xC0 != 0x80).unwrap_or(0)
}

fn escape_text(character: &[u8]) -> String {
    let code = std::str::from_utf8(character).ok().and_then(|text| text.chars().next()).map_or(0, u32::from);
    let short = match code {
        0x00 => '0',
        0x07 => 'a',
        0x08 => 'b',
        0x09 => 't',
        0x0A => 'n',
        0x0B => 'v',
        0x0C => 'f',
        0x0D => 'r',
        0x1B => 'e',
        0x22 => '"',
        0x5C => '\\',
        0x85 => 'N',
        0xA0 => '_',
        0x2028 => 'L',
        0x2029 => 'P',
        _ if code <= 0xFF => return format!("\\x{code:02X}"),
        _ if code <= 0xFFFF => return format!("\\u{code:04X}"),
        _ => return format!("\\U{code:08X}"),
    };
    format!("\\{short}")
}

fn width_at(text: &[u8], at: usize) -> usize {
    super::source::char_width(text[at]).min(text.len() - at)
}

fn is_break(text: &[u8], at: usize) -> bool {
    matches!(text[at..], [b'\r' | b'\n', ..] | [0xC2, 0x85, ..] | [0xE2, 0x80, 0xA8 | 0xA9, ..])
}

/// goyaml's idea of printable: no tab, nothing outside of the Basic Multilingual Plane.
fn is_printable(text: &[u8], at: usize) -> bool {
    match text[at..] {
        [b'\n' | 0x20..=0x7E, ..]
        | [0xC2, 0xA0..=0xFF, ..]
        | [0xC3..=0xEC | 0xEE, ..]
        | [0xED, ..=0x9F, ..] => true,
        [0xEF, 0xBB, 0xBF, ..] | [0xEF, 0xBF, 0xBE | 0xBF, ..] => false,
        [0xEF, ..] => true,
        _ => false,
    }
}
