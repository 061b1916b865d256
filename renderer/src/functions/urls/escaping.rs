//! Percent escapes of the parts of a URL, as Go's net/url decides them. It does not know where parts begin.

use crate::functions::text::quoted;

/// Which part of a URL a text is; each allows other characters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Path,
    Host,
    /// The zone of an IPv6 address.
    Zone,
    User,
    Fragment,
}

/// Whether Go escapes this byte in that part.
fn needs_escape(byte: u8, part: Part) -> bool {
    let is_host = matches!(part, Part::Host | Part::Zone);
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => false,
        _ if is_host => !b"!$&'()*+,;=:[]<>\"".contains(&byte),
        b'$' | b'&' | b'+' | b',' | b'/' | b':' | b';' | b'=' | b'?' | b'@' => match part {
            Part::Path => byte == b'?',
            Part::User => b"@/?:".contains(&byte),
            _ => false,
        },
        b'!' | b'(' | b')' | b'*' => part != Part::Fragment,
        _ => true,
    }
}

pub(super) fn escape(text: &[u8], part: Part) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for &byte in text {
        if needs_escape(byte, part) {
            out.extend_from_slice(format!("%{byte:02X}").as_bytes());
        } else {
            out.push(byte);
        }
    }
    out
}

/// Takes escapes apart.
///
/// # Errors
/// Go's text for a malformed escape, one that the part forbids, or a character that no host has.
pub(super) fn unescape(text: &[u8], part: Part) -> Result<Vec<u8>, String> {
    let invalid = |at: usize| {
        let end = text.len().min(at + 3);
        Err(format!("invalid URL escape {}", quoted(&text[at..end])))
    };
    let digit = |at: usize| text.get(at).and_then(|&byte| char::from(byte).to_digit(16));
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        if byte != b'%' {
            if matches!(part, Part::Host | Part::Zone) && byte < 0x80 && needs_escape(byte, part) {
                return Err(format!("invalid character {} in host name", quoted(&[byte])));
            }
            out.push(byte);
            at += 1;
            continue;
        }
        let (Some(high), Some(low)) = (digit(at + 1), digit(at + 2)) else { return invalid(at) };
        let value = u8::try_from(high << 4 | low).unwrap_or(b'%');
        let is_percent = value == b'%';
        // A host may escape only what is not ASCII; a zone only what it could also write.
        let forbidden = match part {
            Part::Host => high < 8 && !is_percent,
            Part::Zone => !is_percent && value != b' ' && needs_escape(value, Part::Host),
            _ => false,
        };
        if forbidden {
            return invalid(at);
        }
        out.push(value);
        at += 3;
    }
    Ok(out)
}
