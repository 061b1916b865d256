//! `html`, `js` and `urlquery`: escaping of text as Go's text/template does it. It knows no contexts.

use super::quote::{decode_char, is_print};

#[must_use]
pub fn html(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for &byte in text {
        match byte {
            0 => out.extend_from_slice("\u{FFFD}".as_bytes()),
            b'"' => out.extend_from_slice(b"&#34;"),
            b'\'' => out.extend_from_slice(b"&#39;"),
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            _ => out.push(byte),
        }
    }
    out
}

#[must_use]
pub fn js(mut text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    while let Some(&byte) = text.first() {
        let mut taken = 1;
        match byte {
            b'\\' | b'\'' | b'"' => out.extend_from_slice(&[b'\\', byte]),
            b'<' | b'>' | b'&' | b'=' | 0..0x20 => out.extend_from_slice(format!("\\u{byte:04X}").as_bytes()),
            0x80.. => {
                let (value, len) = decode_char(text);
                taken = len.max(1);
                if char::from_u32(value).is_some_and(is_print) {
                    out.extend_from_slice(text.get(..taken).unwrap_or_default());
                } else {
                    out.extend_from_slice(format!("\\u{value:04X}").as_bytes());
                }
            }
            _ => out.push(byte),
        }
        text = text.get(taken..).unwrap_or_default();
    }
    out
}

/// Go's url.QueryEscape.
#[must_use]
pub fn url_query(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for &byte in text {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte),
            b' ' => out.push(b'+'),
            _ => out.extend_from_slice(format!("%{byte:02X}").as_bytes()),
        }
    }
    out
}
