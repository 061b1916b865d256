//! Go's string literals both ways (strconv.Quote, Unquote, UnquoteChar) on bytes. It does not lex.

/// One character of a Go literal: its value, whether it is a single byte (`\x`, `\101`), and how many input bytes it took.
/// `quote` is the closing quote that must be escaped. `None` is Go's `invalid syntax`.
#[must_use]
pub fn unquote_char(text: &[u8], quote: u8) -> Option<(u32, bool, usize)> {
    let first = *text.first()?;
    if first == quote && (quote == b'\'' || quote == b'"') {
        return None;
    }
    if first >= 0x80 {
        let (c, len) = decode_char(text);
        return Some((c, false, len));
    }
    if first != b'\\' {
        return Some((u32::from(first), false, 1));
    }
    let kind = *text.get(1)?;
    let simple = |c: u8| Some((u32::from(c), false, 2));
    match kind {
        b'a' => simple(7),
        b'b' => simple(8),
        b'f' => simple(12),
        b'n' => simple(b'\n'),
        b'r' => simple(b'\r'),
        b't' => simple(b'\t'),
        b'v' => simple(11),
        b'\\' => simple(b'\\'),
        b'\'' | b'"' if kind == quote => simple(kind),
        b'x' => Some((digits(text.get(2..4)?, 16)?, true, 4)),
        b'u' => char_value(digits(text.get(2..6)?, 16)?).map(|c| (c, false, 6)),
        b'U' => char_value(digits(text.get(2..10)?, 16)?).map(|c| (c, false, 10)),
        b'0'..=b'7' => digits(text.get(1..4)?, 8).filter(|value| *value <= 255).map(|value| (value, true, 4)),
        _ => None,
    }
}

fn char_value(value: u32) -> Option<u32> {
    char::from_u32(value).map(u32::from)
}

fn digits(text: &[u8], base: u32) -> Option<u32> {
    text.iter().try_fold(0_u32, |value, byte| {
        let digit = char::from(*byte).to_digit(base)?;
        value.checked_mul(base)?.checked_add(digit)
    })
}

/// The first character of `text` and its length; U+FFFD and 1 where it is not UTF-8 (Go: utf8.DecodeRune).
#[must_use]
pub fn decode_char(text: &[u8]) -> (u32, usize) {
    let head = text.get(..text.len().min(4)).unwrap_or_default();
    match std::str::from_utf8(head) {
        Ok(valid) => valid.chars().next().map_or((0xFFFD, 0), |c| (u32::from(c), c.len_utf8())),
        Err(error) if error.valid_up_to() > 0 => {
            let valid = head.get(..error.valid_up_to()).and_then(|valid| std::str::from_utf8(valid).ok());
            valid.and_then(|valid| valid.chars().next()).map_or((0xFFFD, 1), |c| (u32::from(c), c.len_utf8()))
        }
        Err(_) => (0xFFFD, 1),
    }
}

/// The value of a literal with its quotes (`"` or a back quote); `None` is Go's `invalid syntax`.
#[must_use]
pub fn unquote(literal: &[u8]) -> Option<Vec<u8>> {
    let (&quote, rest) = literal.split_first()?;
    let (&last, mut body) = rest.split_last()?;
    if quote != last {
        return None;
    }
    if quote == b'`' {
        return Some(body.iter().copied().filter(|byte| *byte != b'\r').collect());
    }
    let mut out = Vec::with_capacity(body.len());
    while !body.is_empty() {
        let (value, is_byte, len) = unquote_char(body, quote)?;
        if is_byte {
            out.push(u8::try_from(value).ok()?);
        } else if value == 0xFFFD && len == 1 {
            out.extend_from_slice("\u{FFFD}".as_bytes());
        } else {
            out.extend_from_slice(char::from_u32(value)?.encode_utf8(&mut [0; 4]).as_bytes());
        }
        body = body.get(len..)?;
    }
    Some(out)
}

/// Go's strconv.Quote (`ascii`: QuoteToASCII).
#[must_use]
pub fn quote(text: &[u8], ascii: bool) -> String {
    quote_with(text, '"', ascii)
}

/// A character literal as `%q` of an integer prints it.
#[must_use]
pub fn quote_char(value: i128, ascii: bool) -> String {
    let c = u32::try_from(value).ok().and_then(char::from_u32).unwrap_or('\u{FFFD}');
    quote_with(c.encode_utf8(&mut [0; 4]).as_bytes(), '\'', ascii)
}

fn quote_with(mut text: &[u8], quote: char, ascii: bool) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    while let Some(&first) = text.first() {
        let (value, len) = decode_char(text);
        if value == 0xFFFD && len == 1 {
            out.push_str(&format!("\\x{first:02x}"));
        } else {
            push_escaped(&mut out, char::from_u32(value).unwrap_or('\u{FFFD}'), quote, ascii);
        }
        text = text.get(len.max(1)..).unwrap_or_default();
    }
    out.push(quote);
    out
}

fn push_escaped(out: &mut String, c: char, quote: char, ascii: bool) {
    match c {
        _ if c == quote || c == '\\' => {
            out.push('\\');
            out.push(c);
        }
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{b}' => out.push_str("\\v"),
        _ if c.is_ascii() && !c.is_ascii_control() => out.push(c),
        _ if !ascii && is_print(c) => out.push(c),
        _ if c < ' ' || c == '\u{7f}' => out.push_str(&format!("\\x{:02x}", u32::from(c))),
        _ if u32::from(c) < 0x1_0000 => out.push_str(&format!("\\u{:04x}", u32::from(c))),
        _ => out.push_str(&format!("\\U{:08x}", u32::from(c))),
    }
}

/// Go's unicode.IsPrint: letters, marks, numbers, punctuation, symbols and the ASCII space.
#[must_use]
pub fn is_print(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    if c == '\u{FFFD}' {
        return true;
    }
    // The standard library's own escaping knows the printable characters, but for marks, which Go prints.
    let mut escaped = c.escape_debug();
    let plain = escaped.next() == Some(c) && escaped.next().is_none();
    (plain || is_mark(c)) && !c.is_whitespace()
}

/// Grapheme extenders are escaped by `escape_debug` though they are marks; the format characters among them are not printed by Go.
fn is_mark(c: char) -> bool {
    let value = u32::from(c);
    !(c.is_control() || matches!(value, 0x200C | 0xE0020..=0xE007F))
        && matches!(value, 0x300..=0x36F | 0x483..=0x489 | 0x591..=0x5BD | 0x610..=0x61A | 0x64B..=0x65F
            | 0x900..=0x903 | 0x93A..=0x94F | 0xE31..=0xE3A | 0xE47..=0xE4E | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF
            | 0x20D0..=0x20F0 | 0x302A..=0x302F | 0x3099..=0x309A | 0xFE00..=0xFE0F | 0xFE20..=0xFE2F | 0xE0100..=0xE01EF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_read_and_write_as_go_does() {
        assert_eq!(unquote(br#""a\"\\\t\u00e9\x41\101""#).as_deref(), Some("a\"\\\t\u{e9}AA".as_bytes()));
        assert_eq!(unquote(b"`raw \\n`").as_deref(), Some(&b"raw \\n"[..]));
        assert_eq!(unquote(br#""\q""#), None);
        assert_eq!(quote("a\"b\\c\n\u{2603}\0".as_bytes(), false), "\"a\\\"b\\\\c\\n\u{2603}\\x00\"");
        assert_eq!(quote("\u{2603}\u{200b}".as_bytes(), true), "\"\\u2603\\u200b\"");
        assert_eq!(quote(b"\xff", false), "\"\\xff\"");
        assert_eq!(quote_char(-42, false), "'\u{fffd}'");
    }
}
