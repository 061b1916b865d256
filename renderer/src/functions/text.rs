//! Sprig's strval, and strings as Go literals whose bytes keep their trace. Printing in general is the template engine's.

use std::rc::Rc;

use crate::template::float::format_float;
pub(super) use crate::template::print::sprint;
use crate::template::quote::is_print;
use crate::trace::{Source, TextBuilder, Trace, TraceData};
use crate::value::{Data, Value};

/// Sprig's `strval`: what `toString`, `quote`, `join` and `cat` see.
pub(super) fn strval(value: &Value) -> Vec<u8> {
    match &value.data {
        Data::Bytes(bytes) => bytes.to_vec(),
        _ => sprint(value),
    }
}

/// Go's `%g` with the fewest digits that read back.
pub(super) fn float(n: f64) -> String {
    format_float(n, 'g', None)
}

/// Writes `text` as a Go string literal (strconv.Quote); what is kept of it keeps its trace.
pub(super) fn quote_into(out: &mut TextBuilder, text: &[u8], trace: &Trace) {
    out.literal(b"\"");
    let mut kept_from = 0;
    let mut at = 0;
    while let Some((ch, len)) = next_rune(&text[at..]) {
        if let Some(escape) = go_escape(ch, text[at]) {
            out.slice(text, trace, kept_from..at);
            out.from_source(escape.as_bytes(), source_at(trace, at));
            kept_from = at + len;
        }
        at += len;
    }
    out.slice(text, trace, kept_from..text.len());
    out.literal(b"\"");
}

/// Go's `%q` of a string, untraced.
pub(crate) fn quoted(text: &[u8]) -> String {
    let mut out = TextBuilder::new();
    quote_into(&mut out, text, &Trace::default());
    String::from_utf8_lossy(&out.bytes).into_owned()
}

/// The escape that Go writes for this character; `None` where it is written as it is. `None` as `ch` is an invalid byte.
fn go_escape(ch: Option<char>, byte: u8) -> Option<String> {
    let Some(ch) = ch else { return Some(format!("\\x{byte:02x}")) };
    match ch {
        '"' => Some("\\\"".to_owned()),
        '\\' => Some("\\\\".to_owned()),
        ' '..='~' => None,
        '\x07' => Some("\\a".to_owned()),
        '\x08' => Some("\\b".to_owned()),
        '\x0c' => Some("\\f".to_owned()),
        '\n' => Some("\\n".to_owned()),
        '\r' => Some("\\r".to_owned()),
        '\t' => Some("\\t".to_owned()),
        '\x0b' => Some("\\v".to_owned()),
        '\0'..='\x1f' | '\x7f' => Some(format!("\\x{:02x}", u32::from(ch))),
        _ if is_print(ch) => None,
        _ if u32::from(ch) <= 0xFFFF => Some(format!("\\u{:04x}", u32::from(ch))),
        _ => Some(format!("\\U{:08x}", u32::from(ch))),
    }
}

/// The next character and its length in bytes; an invalid byte is `(None, 1)`, as Go decodes it.
pub(super) fn next_rune(text: &[u8]) -> Option<(Option<char>, usize)> {
    let first = *text.first()?;
    if first < 0x80 {
        return Some((Some(char::from(first)), 1));
    }
    let longest = &text[..text.len().min(4)];
    let valid = match std::str::from_utf8(longest) {
        Ok(valid) => valid,
        Err(error) => std::str::from_utf8(&longest[..error.valid_up_to()]).unwrap_or_default(),
    };
    match valid.chars().next() {
        Some(ch) => Some((Some(ch), ch.len_utf8())),
        None => Some((None, 1)),
    }
}

/// The source of the byte at `at`.
pub(super) fn source_at(trace: &Trace, at: usize) -> Option<&Rc<Source>> {
    match trace.0.as_deref()? {
        TraceData::Whole(source) => Some(source),
        TraceData::Spans(spans) => {
            spans.iter().find(|span| span.range.contains(&at)).map(|span| &span.source)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_as_strconv_quote() {
        for (text, literal) in [
            (&b"a\"b\\"[..], r#""a\"b\\""#),
            (b"\n\t\x00\x7f", r#""\n\t\x00\x7f""#),
            ("é☃\u{301}".as_bytes(), "\"é☃\u{301}\""),
            ("\u{feff}\u{a0}".as_bytes(), r#""\ufeff\u00a0""#),
            (b"\xff", r#""\xff""#),
        ] {
            assert_eq!(quoted(text), literal);
        }
    }
}
