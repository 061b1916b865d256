//! Values as text (`%v`, Sprig's strval) and text as Go source (`%q`). It does not know the other verbs of printf.

use std::rc::Rc;

use crate::trace::{Source, TextBuilder, Trace, TraceData};
use crate::value::{Data, Value};

/// Sprig's `strval`: what `toString`, `quote`, `join` and `cat` see.
pub(super) fn strval(value: &Value) -> Vec<u8> {
    match &value.data {
        Data::Bytes(bytes) => bytes.to_vec(),
        _ => sprint(value),
    }
}

/// Go's `fmt.Sprintf("%v", value)`.
pub(super) fn sprint(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    print_into(&mut out, value);
    out
}

fn print_into(out: &mut Vec<u8>, value: &Value) {
    match &value.data {
        Data::Nil => out.extend_from_slice(b"<nil>"),
        Data::Bool(b) => out.extend_from_slice(if *b { b"true" } else { b"false" }),
        Data::Int(n) | Data::Int64(n) => out.extend_from_slice(n.to_string().as_bytes()),
        Data::Sized(_, n) => out.extend_from_slice(n.to_string().as_bytes()),
        Data::Float(n) => out.extend_from_slice(float(*n).as_bytes()),
        Data::Str(text) => out.extend_from_slice(text.as_bytes()),
        Data::Bytes(bytes) => {
            let items: Vec<String> = bytes.iter().map(u8::to_string).collect();
            out.extend_from_slice(format!("[{}]", items.join(" ")).as_bytes());
        }
        Data::List(list) => {
            out.push(b'[');
            for (i, item) in list.items.iter().enumerate() {
                if i > 0 {
                    out.push(b' ');
                }
                print_into(out, item);
            }
            out.push(b']');
        }
        Data::Map(map) => {
            out.extend_from_slice(b"map[");
            for (i, (key, item)) in map.entries.borrow().iter().enumerate() {
                if i > 0 {
                    out.push(b' ');
                }
                out.extend_from_slice(key.as_bytes());
                out.push(b':');
                print_into(out, item);
            }
            out.push(b']');
        }
        Data::Object(object) => out.extend_from_slice(object.print().as_bytes()),
    }
}

/// Go's `%g` with the fewest digits that read back: exponent form below 1e-4 and from 1e6 up
/// (strconv.FormatFloat with `g` and -1).
pub(super) fn float(n: f64) -> String {
    if n.is_nan() {
        return "NaN".to_owned();
    }
    if n.is_infinite() {
        return if n > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let scientific = format!("{n:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..GO_SHORTEST_EXPONENT_MAX).contains(&exponent) {
        return format!("{n}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// The decimal exponent from which `%g` without a precision turns to exponent form.
const GO_SHORTEST_EXPONENT_MAX: i32 = 6;

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
        _ if is_printable(ch) => None,
        _ if u32::from(ch) <= 0xFFFF => Some(format!("\\u{:04x}", u32::from(ch))),
        _ => Some(format!("\\U{:08x}", u32::from(ch))),
    }
}

/// Go's unicode.IsPrint: letters, marks, numbers, punctuation, symbols and the ASCII space.
pub(crate) fn is_printable(ch: char) -> bool {
    // Behind another character the debug form escapes a character only because it cannot be printed.
    let mut pair = String::from("a");
    pair.push(ch);
    ch.is_ascii_graphic() || ch == ' ' || pair.escape_debug().nth(1) == Some(ch) && ch != '\\'
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
    fn floats_print_as_go_prints_them() {
        for (n, text) in [
            (100_000.0, "100000"),
            (1_000_000.0, "1e+06"),
            (12_345_678.0, "1.2345678e+07"),
            (123_456.7, "123456.7"),
            (0.00001, "1e-05"),
            (0.0001, "0.0001"),
            (1e21, "1e+21"),
            (-3.5, "-3.5"),
            (-0.0, "-0"),
            (9_007_199_254_740_992.0, "9.007199254740992e+15"),
        ] {
            assert_eq!(float(n), text);
        }
    }

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
