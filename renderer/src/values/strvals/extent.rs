//! Where the JSON value at the beginning of a text ends, as Go's stream decoder sees it. It does not decode.

/// Bytes of the JSON value that `text` begins with; all of it where that value does not end.
pub(super) fn json_extent(text: &str) -> usize {
    match text.as_bytes().first() {
        Some(b'{' | b'[' | b'"') => bracket_extent(text.as_bytes()),
        Some(b't' | b'n') => text.floor_char_boundary("true".len()),
        Some(b'f') => text.floor_char_boundary("false".len()),
        Some(b'-' | b'0'..=b'9') => number_extent(text.as_bytes()),
        _ => text.len(),
    }
}

/// A number ends where JSON's grammar lets it end, so `01` is `0` and then something else.
fn number_extent(text: &[u8]) -> usize {
    let digits = |from: usize| text[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = usize::from(text.first() == Some(&b'-'));
    at += if text.get(at) == Some(&b'0') { 1 } else { digits(at) };
    if text.get(at) == Some(&b'.') {
        at += 1 + digits(at + 1);
    }
    if matches!(text.get(at), Some(b'e' | b'E')) {
        at += 1 + usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        at += digits(at);
    }
    at
}

fn bracket_extent(bytes: &[u8]) -> usize {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for (at, byte) in bytes.iter().enumerate() {
        if in_text {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_text = false,
                _ => {}
            }
        } else {
            match byte {
                b'"' => in_text = true,
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        if depth == 0 && !in_text {
            return at + 1;
        }
    }
    bytes.len()
}
