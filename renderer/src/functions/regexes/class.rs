//! Bracketed character classes of Go's regular expressions, written with nothing that the other syntax reads otherwise.

use super::translate::{error, perl_class, read_escape, unicode_class, write_char};

/// Reads a class that begins at the `[` of `text`: its translation and its length.
///
/// # Errors
/// Go's text behind `error parsing regexp: `.
pub(super) fn read_class(text: &str) -> Result<(String, usize), String> {
    let mut out = String::from("[");
    let mut at = 1;
    if text[at..].starts_with('^') {
        out.push('^');
        at += 1;
    }
    let mut first = true;
    while first || !text[at..].starts_with(']') {
        first = false;
        let rest = &text[at..];
        if let Some((class, len)) = posix_class(rest)? {
            out.push_str(&class);
            at += len;
        } else if let Some((class, len)) = unicode_class(rest)? {
            out.push_str(&class);
            at += len;
        } else if let Some((class, len)) = perl_class(rest) {
            out.push_str(class);
            at += len;
        } else {
            let (low, len) = read_member(rest, text)?;
            let mut end = at + len;
            let mut high = low;
            if text[end..].starts_with('-') && text.len() > end + 1 && !text[end + 1..].starts_with(']') {
                let (to, len) = read_member(&text[end + 1..], text)?;
                high = to;
                end += 1 + len;
                if high < low {
                    return Err(error("invalid character class range", &text[at..end]));
                }
            }
            write_char(&mut out, low);
            if high != low {
                out.push('-');
                write_char(&mut out, high);
            }
            at = end;
        }
    }
    out.push(']');
    Ok((out, at + 1))
}

/// One character of a class.
fn read_member(rest: &str, class: &str) -> Result<(char, usize), String> {
    match rest.chars().next() {
        None => Err(error("missing closing ]", class)),
        Some('\\') => read_escape(rest),
        Some(ch) => Ok((ch, ch.len_utf8())),
    }
}

/// `[:alpha:]` and its like; text that only looks so is read as members.
fn posix_class(rest: &str) -> Result<Option<(String, usize)>, String> {
    const NAMES: [&str; 14] = [
        "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
        "upper", "word", "xdigit",
    ];
    if !rest.starts_with("[:") {
        return Ok(None);
    }
    let Some(end) = rest[2..].find(":]") else { return Ok(None) };
    let name = &rest[2..2 + end];
    let class = &rest[..end + 4];
    if NAMES.contains(&name.strip_prefix('^').unwrap_or(name)) {
        Ok(Some((class.to_owned(), class.len())))
    } else {
        Err(error("invalid character class range", class))
    }
}
