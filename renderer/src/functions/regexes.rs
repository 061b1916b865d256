//! Sprig's regular expressions: Go's RE2 syntax, its texts of errors, and its ways of finding, replacing and splitting.

mod class;
mod translate;

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use regex::bytes::{Captures, Regex, RegexBuilder};

use super::adapter::{Text, function};
use super::splitting::string_list;
use super::strings::{check_length, piece};
use super::text::{next_rune, quoted};
use super::{CallError, Function};
use crate::limits::{LIST_ITEMS_MAX, REGEX_COMPILED_BYTES_MAX, REGEX_PATTERN_BYTES_MAX};
use crate::value::Value;

pub(super) fn family() -> Vec<Function> {
    vec![
        function!("mustRegexFind", must_find),
        function!("mustRegexFindAll", must_find_all),
        function!("mustRegexMatch", must_is_match),
        function!("mustRegexReplaceAll", must_replace_all),
        function!("mustRegexReplaceAllLiteral", must_replace_all_literal),
        function!("mustRegexSplit", must_split),
        function!("regexFind", find),
        function!("regexFindAll", find_all),
        function!("regexMatch", is_match),
        function!("regexQuoteMeta", quote_meta),
        function!("regexReplaceAll", replace_all),
        function!("regexReplaceAllLiteral", replace_all_literal),
        function!("regexSplit", split),
    ]
}

/// Patterns kept compiled; when there are more, all are forgotten.
const PATTERNS_KEPT_MAX: usize = 256;

/// A pattern ready to run, or why it is none.
type Compiled = Result<Rc<Pattern>, CallError>;

struct Pattern {
    regex: Regex,
    names: Vec<String>,
    is_empty: bool,
}

thread_local! {
    /// A cache only: what it answers does not depend on what it holds.
    static PATTERNS: RefCell<HashMap<Vec<u8>, Compiled>> = RefCell::new(HashMap::new());
}

/// Go regexp.Compile, remembered per thread.
fn compile(pattern: Text<'_>) -> Compiled {
    if let Some(known) = PATTERNS.with_borrow(|patterns| patterns.get(pattern.bytes).cloned()) {
        return known;
    }
    let compiled = compile_anew(pattern.bytes);
    PATTERNS.with_borrow_mut(|patterns| {
        if patterns.len() >= PATTERNS_KEPT_MAX {
            patterns.clear();
        }
        patterns.insert(pattern.bytes.to_vec(), compiled.clone());
    });
    compiled
}

fn compile_anew(pattern: &[u8]) -> Compiled {
    if pattern.len() > REGEX_PATTERN_BYTES_MAX {
        return Err(CallError::Limit("REGEX_PATTERN_BYTES_MAX"));
    }
    let failed = |error: String| CallError::from(format!("error parsing regexp: {error}"));
    let text = std::str::from_utf8(pattern).map_err(|error| {
        let rest = String::from_utf8_lossy(&pattern[error.valid_up_to()..]).into_owned();
        failed(translate::error("invalid UTF-8", &rest))
    })?;
    let translated = translate::translate(text).map_err(failed)?;
    let built = RegexBuilder::new(&translated.pattern).size_limit(REGEX_COMPILED_BYTES_MAX).build();
    match built {
        Ok(regex) => Ok(Rc::new(Pattern { regex, names: translated.names, is_empty: text.is_empty() })),
        Err(regex::Error::CompiledTooBig(_)) => Err(CallError::Limit("REGEX_COMPILED_BYTES_MAX")),
        Err(_) => Err(failed(translate::error("invalid or unsupported syntax", text))),
    }
}

/// Go regexp.MustCompile: its panic names the pattern.
fn compile_or_panic(pattern: Text<'_>) -> Compiled {
    compile(pattern).map_err(|error| match error {
        CallError::Message(text) => {
            let backquoted = std::str::from_utf8(pattern.bytes)
                .ok()
                .filter(|text| text.chars().all(|ch| (ch == '\t' || !ch.is_control()) && ch != '`'));
            let shown = match backquoted {
                Some(text) => format!("`{text}`"),
                None => quoted(pattern.bytes),
            };
            format!("regexp: Compile({shown}): {text}").into()
        }
        limit => limit,
    })
}

/// Go's regexpMatch swallows errors of the pattern, but not our bounds.
fn is_match(pattern: Text<'_>, s: Text<'_>) -> Result<bool, CallError> {
    match must_is_match(pattern, s) {
        Err(CallError::Message(_)) => Ok(false),
        result => result,
    }
}

fn must_is_match(pattern: Text<'_>, s: Text<'_>) -> Result<bool, CallError> {
    Ok(compile(pattern)?.regex.is_match(s.bytes))
}

fn find(pattern: Text<'_>, s: Text<'_>) -> Result<Value, CallError> {
    Ok(compile_or_panic(pattern)?.find(s))
}

fn must_find(pattern: Text<'_>, s: Text<'_>) -> Result<Value, CallError> {
    Ok(compile(pattern)?.find(s))
}

fn find_all(pattern: Text<'_>, s: Text<'_>, limit: i64) -> Result<Value, CallError> {
    compile_or_panic(pattern)?.find_all(s, limit)
}

fn must_find_all(pattern: Text<'_>, s: Text<'_>, limit: i64) -> Result<Value, CallError> {
    compile(pattern)?.find_all(s, limit)
}

fn replace_all(pattern: Text<'_>, s: Text<'_>, template: Text<'_>) -> Result<Vec<u8>, CallError> {
    compile_or_panic(pattern)?.replace(s, Some(template.bytes), &[])
}

fn must_replace_all(pattern: Text<'_>, s: Text<'_>, template: Text<'_>) -> Result<Vec<u8>, CallError> {
    compile(pattern)?.replace(s, Some(template.bytes), &[])
}

fn replace_all_literal(pattern: Text<'_>, s: Text<'_>, by: Text<'_>) -> Result<Vec<u8>, CallError> {
    compile_or_panic(pattern)?.replace(s, None, by.bytes)
}

fn must_replace_all_literal(pattern: Text<'_>, s: Text<'_>, by: Text<'_>) -> Result<Vec<u8>, CallError> {
    compile(pattern)?.replace(s, None, by.bytes)
}

fn split(pattern: Text<'_>, s: Text<'_>, limit: i64) -> Result<Value, CallError> {
    compile_or_panic(pattern)?.split(s, limit)
}

fn must_split(pattern: Text<'_>, s: Text<'_>, limit: i64) -> Result<Value, CallError> {
    compile(pattern)?.split(s, limit)
}

/// Go regexp.QuoteMeta.
fn quote_meta(s: Text<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(s.bytes.len() + 8);
    for &byte in s.bytes {
        if br"\.+*?()|[]{}^$".contains(&byte) {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out
}

impl Pattern {
    fn find(&self, s: Text<'_>) -> Value {
        self.regex.find(s.bytes).map_or_else(|| Value::from(""), |found| piece(s, found.range()))
    }

    /// Go's allMatches: no empty match at the end of the one before; negative limits mean all.
    fn ranges(&self, s: Text<'_>, limit: i64) -> Result<Vec<Range<usize>>, CallError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut all: Vec<Range<usize>> = Vec::new();
        let mut at = 0;
        while all.len() < limit && at <= s.bytes.len() {
            let Some(found) = self.regex.find_at(s.bytes, at) else { break };
            let repeats = found.is_empty() && all.last().is_some_and(|last| last.end == found.start());
            if found.end() == at {
                at += next_rune(&s.bytes[at..]).map_or(1, |(_, len)| len);
            } else {
                at = found.end();
            }
            if !repeats {
                all.push(found.range());
            }
            if all.len() > LIST_ITEMS_MAX {
                return Err(CallError::Limit("LIST_ITEMS_MAX"));
            }
        }
        Ok(all)
    }

    fn find_all(&self, s: Text<'_>, limit: i64) -> Result<Value, CallError> {
        let ranges = self.ranges(s, limit)?;
        if ranges.is_empty() {
            return Ok(Value::nil_strings());
        }
        Ok(string_list(ranges.into_iter().map(|range| piece(s, range)).collect()))
    }

    /// Go Regexp.Split.
    fn split(&self, s: Text<'_>, limit: i64) -> Result<Value, CallError> {
        if limit == 0 {
            return Ok(Value::nil_strings());
        }
        if !self.is_empty && s.bytes.is_empty() {
            return Ok(string_list(vec![s.value.clone()]));
        }
        let mut parts = Vec::new();
        let (mut begin, mut end) = (0, 0);
        for found in self.ranges(s, limit)? {
            if limit > 0 && parts.len() + 1 == usize::try_from(limit).unwrap_or(usize::MAX) {
                break;
            }
            end = found.start;
            if found.end != 0 {
                parts.push(piece(s, begin..end));
            }
            begin = found.end;
        }
        if end != s.bytes.len() {
            parts.push(piece(s, begin..s.bytes.len()));
        }
        Ok(string_list(parts))
    }

    /// Go's replaceAll by a template, or by `literal` where there is none.
    fn replace(&self, s: Text<'_>, template: Option<&[u8]>, literal: &[u8]) -> Result<Vec<u8>, CallError> {
        let mut out = Vec::with_capacity(s.bytes.len());
        let (mut last_end, mut at) = (0, 0);
        while at <= s.bytes.len() {
            let Some(captures) = self.regex.captures_at(s.bytes, at) else { break };
            let Some(found) = captures.get(0) else { break };
            out.extend_from_slice(&s.bytes[last_end..found.start()]);
            if found.end() > last_end || found.start() == 0 {
                match template {
                    Some(template) => self.expand(&mut out, template, &captures),
                    None => out.extend_from_slice(literal),
                }
            }
            check_length(out.len())?;
            last_end = found.end();
            let width = next_rune(&s.bytes[at..]).map_or(1, |(_, len)| len);
            at = if at + width > found.end() { at + width } else { found.end() };
        }
        out.extend_from_slice(&s.bytes[last_end.min(s.bytes.len())..]);
        Ok(out)
    }

    /// Go Regexp.Expand: `$1`, `$name`, `${name}` and `$$`; names are as long as they can be.
    fn expand(&self, out: &mut Vec<u8>, template: &[u8], captures: &Captures<'_>) {
        let mut rest = template;
        while let Some(dollar) = rest.iter().position(|&byte| byte == b'$') {
            out.extend_from_slice(&rest[..dollar]);
            rest = &rest[dollar + 1..];
            if let Some(after) = rest.strip_prefix(b"$") {
                out.push(b'$');
                rest = after;
                continue;
            }
            match read_name(rest) {
                None => out.push(b'$'),
                Some((name, len)) => {
                    rest = &rest[len..];
                    let found = match name.parse::<usize>() {
                        Ok(number) if name.bytes().all(|byte| byte.is_ascii_digit()) => captures.get(number),
                        // Several groups may share a name: the first that took part counts.
                        _ => (1..)
                            .zip(&self.names)
                            .find_map(|(group, known)| captures.get(group).filter(|_| *known == name)),
                    };
                    if let Some(found) = found {
                        out.extend_from_slice(found.as_bytes());
                    }
                }
            }
        }
        out.extend_from_slice(rest);
    }
}

/// The group that follows a `$`, with or without braces, and its length.
fn read_name(text: &[u8]) -> Option<(String, usize)> {
    let braced = text.starts_with(b"{");
    let inside = &text[usize::from(braced)..];
    let valid = match std::str::from_utf8(inside) {
        Ok(valid) => valid,
        Err(error) => std::str::from_utf8(&inside[..error.valid_up_to()]).unwrap_or_default(),
    };
    let end = valid.find(|ch: char| !ch.is_alphanumeric() && ch != '_').unwrap_or(valid.len());
    let name = valid[..end].to_owned();
    if name.is_empty() || braced && inside.get(end) != Some(&b'}') {
        return None;
    }
    Some((name, end + if braced { 2 } else { 0 }))
}

#[cfg(test)]
mod tests;
