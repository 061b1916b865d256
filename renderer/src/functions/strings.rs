//! Sprig's string functions that cut, pad and quote. Splitting and joining is in `splitting`, case and words in `words`.

use std::ops::Range;

use super::adapter::{Text, function};
use super::text::{next_rune, quote_into, strval};
use super::{CallError, Function};
use crate::limits::STRING_BYTES_MAX;
use crate::trace::{TextBuilder, Trace};
use crate::value::{Data, Value};

pub(super) fn family() -> Vec<Function> {
    vec![
        function!("abbrev", abbrev),
        function!("abbrevboth", abbrevboth),
        function!("cat", cat),
        function!("contains", contains),
        function!("hasPrefix", has_prefix),
        function!("hasSuffix", has_suffix),
        function!("hello", hello),
        function!("indent", indent),
        function!("nindent", nindent),
        function!("plural", plural),
        function!("quote", quote),
        function!("repeat", repeat),
        function!("replace", replace),
        function!("squote", squote),
        function!("substr", substr),
        function!("toString", to_string),
        function!("trim", trim),
        function!("trimAll", trim_all),
        function!("trimPrefix", trim_prefix),
        function!("trimSuffix", trim_suffix),
        function!("trimall", trim_all),
        function!("trunc", trunc),
    ]
}

/// The bytes `range` of a string argument, with their trace.
pub(super) fn piece(s: Text<'_>, range: Range<usize>) -> Value {
    if range == (0..s.bytes.len()) {
        return s.value.clone();
    }
    let mut out = TextBuilder::new();
    out.slice_last(s.bytes, s.trace, range);
    out.finish()
}

/// Refuses texts beyond our bound before they are built.
pub(super) fn check_length(bytes: usize) -> Result<(), CallError> {
    if bytes > STRING_BYTES_MAX { Err(CallError::Limit("STRING_BYTES_MAX")) } else { Ok(()) }
}

/// Go's panic text for a slice expression out of range.
fn out_of_range(what: impl std::fmt::Display) -> CallError {
    format!("runtime error: slice bounds out of range [{what}").into()
}

/// Sprig `trunc`: the first `count` bytes, or the last ones for a negative count.
fn trunc(count: i64, s: Text<'_>) -> Value {
    let len = s.bytes.len();
    let wanted = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    match count {
        i64::MIN..0 if wanted < len => piece(s, len - wanted..len),
        0.. if wanted < len => piece(s, 0..wanted),
        _ => s.value.clone(),
    }
}

/// Sprig `substr`: bytes `start..end`; a negative start means from the beginning, a negative end means to the end.
fn substr(start: i64, end: i64, s: Text<'_>) -> Result<Value, CallError> {
    let len = s.bytes.len();
    let size = i64::try_from(len).unwrap_or(i64::MAX);
    let as_index = |n: i64| usize::try_from(n).unwrap_or(0);
    if start < 0 {
        return match end {
            ..0 => Err(out_of_range(format_args!(":{end}]"))),
            _ if end > size => Err(out_of_range(format_args!(":{end}] with length {size}"))),
            _ => Ok(piece(s, 0..as_index(end))),
        };
    }
    if end < 0 || end > size {
        if start > size {
            return Err(out_of_range(format_args!("{start}:{size}]")));
        }
        return Ok(piece(s, as_index(start)..len));
    }
    if start > end {
        return Err(out_of_range(format_args!("{start}:{end}]")));
    }
    Ok(piece(s, as_index(start)..as_index(end)))
}

/// Go strings.TrimSpace.
fn trim(s: Text<'_>) -> Value {
    trim_where(s, char::is_whitespace)
}

/// Go strings.Trim with the arguments exchanged: `cutset` is a set of characters.
fn trim_all(cutset: Text<'_>, s: Text<'_>) -> Value {
    let set = cutset.lossy();
    trim_where(s, |ch| set.contains(ch))
}

fn trim_where(s: Text<'_>, cut: impl Fn(char) -> bool) -> Value {
    let mut start = 0;
    while let Some((Some(ch), len)) = next_rune(&s.bytes[start..])
        && cut(ch)
    {
        start += len;
    }
    let mut end = s.bytes.len();
    while end > start {
        let tail =
            (end.saturating_sub(4).max(start)..end).rev().find_map(|at| match next_rune(&s.bytes[at..end]) {
                Some((Some(ch), len)) if at + len == end => Some((ch, at)),
                _ => None,
            });
        match tail {
            Some((ch, at)) if cut(ch) => end = at,
            _ => break,
        }
    }
    piece(s, start..end)
}

/// Go strings.TrimPrefix with the arguments exchanged.
fn trim_prefix(prefix: Text<'_>, s: Text<'_>) -> Value {
    let start = if s.bytes.starts_with(prefix.bytes) { prefix.bytes.len() } else { 0 };
    piece(s, start..s.bytes.len())
}

/// Go strings.TrimSuffix with the arguments exchanged.
fn trim_suffix(suffix: Text<'_>, s: Text<'_>) -> Value {
    let cut = if s.bytes.ends_with(suffix.bytes) { suffix.bytes.len() } else { 0 };
    piece(s, 0..s.bytes.len() - cut)
}

fn contains(part: Text<'_>, s: Text<'_>) -> bool {
    part.bytes.is_empty() || find(s.bytes, part.bytes, 0).is_some()
}

fn has_prefix(prefix: Text<'_>, s: Text<'_>) -> bool {
    s.bytes.starts_with(prefix.bytes)
}

fn has_suffix(suffix: Text<'_>, s: Text<'_>) -> bool {
    s.bytes.ends_with(suffix.bytes)
}

fn hello() -> &'static str {
    "Hello!"
}

/// Where `needle`, which is not empty, begins in `text` from `from` on.
pub(super) fn find(text: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let first = *needle.first()?;
    let mut at = from;
    while let Some(skip) = text.get(at..)?.iter().position(|&byte| byte == first) {
        at += skip;
        if text[at..].starts_with(needle) {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// Go strings.Repeat with the arguments exchanged.
fn repeat(count: i64, s: Text<'_>) -> Result<Value, CallError> {
    let count = usize::try_from(count).map_err(|_| CallError::from("strings: negative Repeat count"))?;
    check_length(s.bytes.len().saturating_mul(count))?;
    let mut out = TextBuilder::new();
    for _ in 0..count {
        out.slice(s.bytes, s.trace, 0..s.bytes.len());
        if s.bytes.is_empty() {
            break;
        }
    }
    Ok(out.finish())
}

/// Go strings.ReplaceAll with the text last; an empty `old` matches around every character.
fn replace(old: Text<'_>, new: Text<'_>, src: Text<'_>) -> Result<Value, CallError> {
    let mut out = TextBuilder::new();
    let mut at = 0;
    if old.bytes.is_empty() {
        out.slice(new.bytes, new.trace, 0..new.bytes.len());
        while let Some((_, len)) = next_rune(&src.bytes[at..]) {
            out.slice(src.bytes, src.trace, at..at + len);
            out.slice(new.bytes, new.trace, 0..new.bytes.len());
            check_length(out.bytes.len())?;
            at += len;
        }
        return Ok(out.finish());
    }
    while let Some(hit) = find(src.bytes, old.bytes, at) {
        out.slice(src.bytes, src.trace, at..hit);
        out.slice(new.bytes, new.trace, 0..new.bytes.len());
        check_length(out.bytes.len())?;
        at = hit + old.bytes.len();
    }
    if at == 0 {
        return Ok(src.value.clone());
    }
    out.slice(src.bytes, src.trace, at..src.bytes.len());
    Ok(out.finish())
}

/// Sprig `indent`: spaces before every line, empty ones too.
fn indent(spaces: i64, s: Text<'_>) -> Result<Value, CallError> {
    indent_after(b"", spaces, s)
}

/// Sprig `nindent`: a newline, then `indent`.
fn nindent(spaces: i64, s: Text<'_>) -> Result<Value, CallError> {
    indent_after(b"\n", spaces, s)
}

fn indent_after(head: &[u8], spaces: i64, s: Text<'_>) -> Result<Value, CallError> {
    let width = usize::try_from(spaces).map_err(|_| CallError::from("strings: negative Repeat count"))?;
    let lines = s.bytes.iter().filter(|&&byte| byte == b'\n').count() + 1;
    check_length(width.saturating_mul(lines).saturating_add(s.bytes.len()))?;
    let pad = vec![b' '; width];
    let mut out = TextBuilder::new();
    out.literal(head);
    let mut at = 0;
    for line in s.bytes.split_inclusive(|&byte| byte == b'\n') {
        out.literal(&pad);
        out.slice(s.bytes, s.trace, at..at + line.len());
        at += line.len();
    }
    if s.bytes.is_empty() || s.bytes.ends_with(b"\n") {
        out.literal(&pad);
    }
    Ok(out.finish())
}

/// Sprig `quote`: every argument but nil as a Go string literal, with spaces between.
fn quote(values: &[Value]) -> Value {
    let mut out = TextBuilder::new();
    each_text(&mut out, values, quote_into);
    out.finish()
}

/// Sprig `squote`: every argument but nil between single quotes, nothing escaped.
fn squote(values: &[Value]) -> Value {
    let mut out = TextBuilder::new();
    each_text(&mut out, values, |out, text, trace| {
        out.literal(b"'");
        out.slice(text, trace, 0..text.len());
        out.literal(b"'");
    });
    out.finish()
}

fn each_text(out: &mut TextBuilder, values: &[Value], write: impl Fn(&mut TextBuilder, &[u8], &Trace)) {
    for (i, value) in values.iter().filter(|value| !value.is_nil()).enumerate() {
        if i > 0 {
            out.literal(b" ");
        }
        match &value.data {
            Data::Str(text) => write(out, text.as_bytes(), &value.trace),
            _ => write(out, &strval(value), &whole(&value.trace)),
        }
    }
}

/// A trace for a text whose bytes are not those that the trace's ranges speak of.
pub(super) fn whole(trace: &Trace) -> Trace {
    if trace.is_empty() { Trace::default() } else { Trace::union([trace]) }
}

/// Sprig `cat`: the arguments but nil with spaces between, trimmed as a format and then printed with it.
fn cat(values: &[Value]) -> Value {
    let mut out = TextBuilder::new();
    each_text(&mut out, values, |out, text, trace| out.slice(text, trace, 0..text.len()));
    out.finish()
}

fn to_string(value: &Value) -> Value {
    match &value.data {
        Data::Str(_) => value.clone(),
        _ => Value::from(strval(value)).with_trace(whole(&value.trace)),
    }
}

fn plural(one: Text<'_>, many: Text<'_>, count: i64) -> Value {
    if count == 1 { one.value.clone() } else { many.value.clone() }
}

/// Sprig `abbrev`: at most `width` bytes, the last three of them dots; widths below four change nothing.
fn abbrev(width: i64, s: Text<'_>) -> Value {
    abbreviate(s, 0, width)
}

/// Sprig `abbrevboth`: dots on both sides around what begins at byte `left`.
fn abbrevboth(left: i64, right: i64, s: Text<'_>) -> Value {
    if left > 0 && right < 7 { s.value.clone() } else { abbreviate(s, left, right) }
}

/// goutils.AbbreviateFull: the part around `offset` that fits `width`, its own cut marks included.
fn abbreviate(s: Text<'_>, offset: i64, width: i64) -> Value {
    let Ok(width) = usize::try_from(width) else { return s.value.clone() };
    let len = s.bytes.len();
    if width < 4 || len <= width {
        return s.value.clone();
    }
    let room = width - 3;
    let offset = usize::try_from(offset).unwrap_or(0).min(len).min(len - room.min(len));
    let mut out = TextBuilder::new();
    if offset <= 4 {
        out.slice(s.bytes, s.trace, 0..room);
        out.literal(b"...");
    } else if offset + room < len {
        out.literal(b"...");
        out.slice(s.bytes, s.trace, offset..offset + room.saturating_sub(3));
        out.literal(b"...");
    } else {
        out.literal(b"...");
        out.slice(s.bytes, s.trace, len - room..len);
    }
    out.finish()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::super::tests::{call, error};
    use super::super::text::sprint;
    use std::rc::Rc;

    use super::*;
    use crate::trace::{TraceData, ValuesPath};

    #[test]
    fn texts() {
        let s = |text: &str| Value::from(text);
        let n = |n: i64| Value::from(n);
        for (name, args, want) in [
            ("trunc", vec![n(-3), s("hello")], "llo"),
            ("substr", vec![n(-1), n(3), s("hello")], "hel"),
            ("substr", vec![n(2), n(-1), s("hello")], "llo"),
            ("trimAll", vec![s("/"), s("//a/b//")], "a/b"),
            ("trim", vec![s("\t a\u{a0}\n")], "a"),
            ("replace", vec![s(""), s("-"), s("abc")], "-a-b-c-"),
            ("indent", vec![n(2), s("a\n\nb\n")], "  a\n  \n  b\n  "),
            ("quote", vec![s("a\"b"), Value::nil(), n(1)], "\"a\\\"b\" \"1\""),
            ("cat", vec![s("a"), n(1), Value::nil(), s("b")], "a 1 b"),
            ("abbrev", vec![n(5), s("hello world")], "he..."),
            ("abbrevboth", vec![n(5), n(10), s("1234 5678 9123")], "...5678..."),
        ] {
            assert_eq!(sprint(&call(name, &args)), want.as_bytes(), "{name}");
        }
        assert_eq!(error("repeat", &[n(-1), s("a")]), "strings: negative Repeat count");
        assert_eq!(
            error("substr", &[n(3), n(1), s("hello")]),
            "runtime error: slice bounds out of range [3:1]"
        );
    }

    #[test]
    fn kept_bytes_keep_their_trace() {
        let path = Trace::path(Rc::new(ValuesPath { parent: None, key: "a".into() }));
        let quoted = call("quote", &[Value::from("x\ny").with_trace(path)]);
        let Some(TraceData::Spans(spans)) = quoted.trace.0.as_deref() else { panic!("no spans") };
        let ranges: Vec<_> = spans.iter().map(|span| span.range.clone()).collect();
        assert_eq!(ranges, [1..2, 2..4, 4..5]);
    }
}
