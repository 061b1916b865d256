//! Go's `%q` of a text and `%v` of a float, for the error texts of values and versions.

use std::fmt::Write as _;

use crate::json::shortest_float;

/// Go's `strconv.Quote` for text that is UTF-8.
#[must_use]
pub(crate) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{b}' => quoted.push_str("\\v"),
            c if (c as u32) < 0x20 || c as u32 == 0x7f => {
                let _ = write!(quoted, "\\x{:02x}", c as u32);
            }
            c if c != ' ' && (c.is_control() || c.is_whitespace() || crate::archive::is_hidden(c)) => {
                let width = if c as u32 > 0xffff { 8 } else { 4 };
                let letter = if width == 8 { 'U' } else { 'u' };
                let _ = write!(quoted, "\\{letter}{:0width$x}", c as u32);
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Go's `strconv.QuoteRune`.
#[must_use]
pub(crate) fn quote_char(c: char) -> String {
    match c {
        '\'' => "'\\''".to_owned(),
        '"' => "'\"'".to_owned(),
        other => quote(other.encode_utf8(&mut [0; 4])).replace('"', "'"),
    }
}

/// `strconv.FormatFloat(x, 'g', -1, 64)`.
#[must_use]
pub(crate) fn general_64(number: f64) -> String {
    shortest_float(&format!("{number:e}"))
}

/// `strconv.FormatFloat(x, 'g', -1, 32)`: what sigs.k8s.io/yaml makes of a float where a text is wanted.
#[must_use]
pub(crate) fn general_32(number: f64) -> String {
    // Rounding to 32 bits is what Go does here.
    #[allow(clippy::cast_possible_truncation)]
    let number = number as f32;
    shortest_float(&format!("{number:e}"))
}
