//! Sprig's `wrap` and `wrapWith`: lines of limited width.

use super::Function;
use super::adapter::{Text, function};
use crate::trace::{TextBuilder, Trace};
use crate::value::Value;

pub(super) fn family() -> Vec<Function> {
    vec![function!("wrap", wrap), function!("wrapWith", wrap_with)]
}

fn wrap(width: i64, s: Text<'_>) -> Value {
    wrap_custom(s, width, b"\n", &Trace::default(), false)
}

fn wrap_with(width: i64, separator: Text<'_>, s: Text<'_>) -> Value {
    let newline = if separator.bytes.is_empty() { b"\n" } else { separator.bytes };
    wrap_custom(s, width, newline, separator.trace, true)
}

/// goutils.WrapCustom: lines of at most `width` bytes, broken at spaces; long words are cut only when asked for.
fn wrap_custom(s: Text<'_>, width: i64, newline: &[u8], newline_trace: &Trace, cut_words: bool) -> Value {
    let width = usize::try_from(width.max(1)).unwrap_or(usize::MAX);
    let len = s.bytes.len();
    let mut out = TextBuilder::new();
    let line = |out: &mut TextBuilder, range: std::ops::Range<usize>| {
        out.slice(s.bytes, s.trace, range);
        out.slice(newline, newline_trace, 0..newline.len());
    };
    let mut at = 0;
    while len - at > width {
        if s.bytes[at] == b' ' {
            at += 1;
            continue;
        }
        let window = &s.bytes[at..=at + width];
        let next_space =
            |from: usize| s.bytes[from..].iter().position(|&byte| byte == b' ').map(|i| i + from);
        if let Some(space) = window.iter().rposition(|&byte| byte == b' ') {
            line(&mut out, at..at + space);
            at += space + 1;
        } else if cut_words {
            line(&mut out, at..at + width);
            at += width;
        } else if let Some(space) = next_space(at + width) {
            line(&mut out, at..space);
            at = space + 1;
        } else {
            out.slice(s.bytes, s.trace, at..len);
            at = len;
        }
    }
    out.slice(s.bytes, s.trace, at..len);
    out.finish()
}

#[cfg(test)]
mod tests {
    use super::super::tests::call;
    use super::*;

    #[test]
    fn wraps_at_spaces() {
        let wrapped = call("wrap", &[Value::from(10), Value::from("the quick brown fox jumps")]);
        assert_eq!(wrapped.as_string(), Value::from("the quick\nbrown fox\njumps").as_string());
    }
}
