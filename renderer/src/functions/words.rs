//! Sprig's string functions about case and words. Cutting and joining is in `strings`.

use std::sync::LazyLock;

use regex::Regex;

use super::Function;
use super::adapter::{Text, function};
use super::strings::whole;
use crate::trace::TraceData;
use crate::value::Value;

pub(super) fn family() -> Vec<Function> {
    vec![
        function!("camelcase", camelcase),
        function!("initials", initials),
        function!("kebabcase", kebabcase),
        function!("lower", lower),
        function!("nospace", nospace),
        function!("snakecase", snakecase),
        function!("swapcase", swapcase),
        function!("title", title),
        function!("untitle", untitle),
        function!("upper", upper),
    ]
}

/// Go unicode.ToUpper: one character for one, so that `ß` stays.
fn to_upper(ch: char) -> char {
    let mut mapped = ch.to_uppercase();
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => one,
        _ => ch,
    }
}

/// Go unicode.ToLower: one character for one.
fn to_lower(ch: char) -> char {
    if ch == 'İ' { 'i' } else { ch.to_lowercase().next().unwrap_or(ch) }
}

/// Go unicode.ToTitle: as upper case but for the digraphs that have a form of their own.
fn to_title(ch: char) -> char {
    match ch {
        'Ǆ'..='ǆ' => 'ǅ',
        'Ǉ'..='ǉ' => 'ǈ',
        'Ǌ'..='ǌ' => 'ǋ',
        'Ǳ'..='ǳ' => 'ǲ',
        _ => to_upper(ch),
    }
}

/// A text changed character by character; it keeps the ranges of its trace when no length changed.
fn recased(s: Text<'_>, text: String) -> Value {
    let trace = match s.trace.0.as_deref() {
        Some(TraceData::Spans(_)) if text.len() != s.bytes.len() => whole(s.trace),
        _ => s.trace.clone(),
    };
    Value::from(text).with_trace(trace)
}

fn upper(s: Text<'_>) -> Value {
    recased(s, s.lossy().chars().map(to_upper).collect())
}

fn lower(s: Text<'_>) -> Value {
    recased(s, s.lossy().chars().map(to_lower).collect())
}

/// Go strings.Title: upper case after every character that is not of a word.
fn title(s: Text<'_>) -> Value {
    let mut previous = ' ';
    let read = s.lossy();
    let text = read.chars().map(|ch| {
        let starts = is_separator(previous);
        previous = ch;
        if starts { to_title(ch) } else { ch }
    });
    recased(s, text.collect())
}

fn is_separator(ch: char) -> bool {
    if ch.is_ascii() { !ch.is_ascii_alphanumeric() && ch != '_' } else { ch.is_whitespace() }
}

/// goutils.Uncapitalize: lower case after white space.
fn untitle(s: Text<'_>) -> Value {
    let mut starts = true;
    let read = s.lossy();
    let text = read.chars().map(|ch| {
        if ch.is_whitespace() {
            starts = true;
            ch
        } else if std::mem::take(&mut starts) {
            to_lower(ch)
        } else {
            ch
        }
    });
    recased(s, text.collect())
}

/// goutils.SwapCase: a small letter after white space becomes title case.
fn swapcase(s: Text<'_>) -> Value {
    let mut after_space = true;
    let read = s.lossy();
    let text = read.chars().map(|ch| {
        if ch.is_uppercase() || matches!(ch, 'ǅ' | 'ǈ' | 'ǋ' | 'ǲ') {
            after_space = false;
            to_lower(ch)
        } else if ch.is_lowercase() {
            if std::mem::take(&mut after_space) { to_title(ch) } else { to_upper(ch) }
        } else {
            after_space = ch.is_whitespace();
            ch
        }
    });
    recased(s, text.collect())
}

/// goutils.DeleteWhiteSpace, which reads bytes as Latin-1 as soon as there is something to delete.
fn nospace(s: Text<'_>) -> Value {
    let kept = || s.bytes.iter().map(|&byte| char::from(byte)).filter(|ch| !ch.is_whitespace());
    if kept().count() == s.bytes.len() {
        return s.value.clone();
    }
    Value::from(kept().collect::<String>()).with_trace(whole(s.trace))
}

/// goutils.Initials, bytes read as Latin-1.
fn initials(s: Text<'_>) -> Value {
    let mut after_gap = true;
    let mut text = String::new();
    for ch in s.bytes.iter().map(|&byte| char::from(byte)) {
        if ch.is_whitespace() {
            after_gap = true;
        } else if std::mem::take(&mut after_gap) {
            text.push(ch);
        }
    }
    Value::from(text).with_trace(whole(s.trace))
}

/// Sprig `camelcase` (xstrings.ToPascalCase): words joined with capitals, leading and doubled connectors kept.
fn camelcase(s: Text<'_>) -> Value {
    let text = s.lossy();
    let mut out = String::new();
    let mut chars = text.chars();
    let mut current = None;
    let mut in_capitals = false;
    for ch in chars.by_ref() {
        if is_connector(ch) {
            out.push(ch);
        } else {
            in_capitals = ch.is_uppercase();
            current = Some(to_upper(ch));
            break;
        }
    }
    let Some(mut current) = current else {
        // A text of nothing but connectors gets its last one twice.
        out.extend(text.chars().next_back());
        return Value::from(out).with_trace(whole(s.trace));
    };
    for next in chars {
        let previous = std::mem::replace(&mut current, next);
        if is_connector(next) && is_connector(previous) {
            out.push(previous);
        } else if is_connector(previous) {
            in_capitals = next.is_uppercase();
            current = to_upper(next);
        } else {
            if in_capitals {
                in_capitals = next.is_uppercase();
                current = if in_capitals { to_lower(next) } else { next };
            }
            out.push(previous);
        }
    }
    out.push(current);
    Value::from(out).with_trace(whole(s.trace))
}

fn snakecase(s: Text<'_>) -> Value {
    Value::from(separate_words(&s.lossy(), '_')).with_trace(whole(s.trace))
}

fn kebabcase(s: Text<'_>) -> Value {
    Value::from(separate_words(&s.lossy(), '-')).with_trace(whole(s.trace))
}

fn is_connector(ch: char) -> bool {
    ch == '-' || ch == '_' || ch.is_whitespace()
}

/// What xstrings takes for one run of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Run {
    End,
    Number,
    Capitals,
    Letters,
    Connector,
    Punctuation,
    Other,
}

impl Run {
    fn is_letters_or_number(self) -> bool {
        matches!(self, Run::Letters | Run::Number)
    }
}

/// Unicode category P, which the standard library does not tell apart from symbols.
fn is_punctuation(ch: char) -> bool {
    static PUNCTUATION: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{P}$").ok());
    if ch.is_ascii() {
        return ch.is_ascii_punctuation() && !"$+<=>^`|~".contains(ch);
    }
    PUNCTUATION.as_ref().is_some_and(|pattern| pattern.is_match(ch.encode_utf8(&mut [0; 4])))
}

/// A letter that can be part of a word with case; Chinese characters are runs of their own.
fn is_letter(ch: char) -> bool {
    ch.is_alphabetic()
        && !matches!(ch, '\u{4E00}'..='\u{9FCC}' | '\u{3400}'..='\u{4D85}' | '\u{20000}'..='\u{2B81D}')
}

/// The next run of `text` and what follows it (xstrings nextWord).
fn next_run(text: &str) -> (Run, &str, &str) {
    let Some(first) = text.chars().next() else { return (Run::End, "", "") };
    let length_while = |from: usize, test: &dyn Fn(char) -> bool| {
        text[from..].find(|ch| !test(ch)).map_or(text.len(), |len| from + len)
    };
    let small = |ch: char| is_letter(ch) && !ch.is_uppercase();
    let (run, len) = if is_connector(first) {
        (Run::Connector, length_while(0, &is_connector))
    } else if is_punctuation(first) {
        (Run::Punctuation, length_while(0, &is_punctuation))
    } else if first.is_uppercase() {
        let capitals = length_while(0, &char::is_uppercase);
        let next = text[capitals..].chars().next();
        let last = text[..capitals].chars().next_back().map_or(0, char::len_utf8);
        let len = match next {
            Some(next) if is_letter(next) && capitals == first.len_utf8() => length_while(capitals, &small),
            // The last capital before small letters begins the next word.
            Some(next) if is_letter(next) => capitals - last,
            _ => capitals,
        };
        (Run::Capitals, len)
    } else if is_letter(first) {
        (Run::Letters, length_while(0, &small))
    } else if first.is_numeric() {
        (Run::Number, length_while(0, &char::is_numeric))
    } else {
        let other = |ch: char| !is_connector(ch) && !is_letter(ch) && !ch.is_numeric() && !is_punctuation(ch);
        (Run::Other, length_while(first.len_utf8(), &other))
    };
    (run, &text[..len], &text[len..])
}

fn write_run(out: &mut String, run: Run, word: &str, connector: char) {
    match run {
        Run::Capitals => out.extend(word.chars().map(to_lower)),
        Run::Connector => out.extend(word.chars().map(|_| connector)),
        _ => out.push_str(word),
    }
}

/// xstrings camelCaseToLowerCase: a connector between words, and before a number that small letters follow.
fn separate_words(text: &str, connector: char) -> String {
    let mut out = String::new();
    let (mut run, mut word, mut rest) = next_run(text);
    while !rest.is_empty() {
        if run != Run::Connector {
            write_run(&mut out, run, word, connector);
        }
        let (before, before_word) = (run, word);
        (run, word, rest) = next_run(rest);
        match before {
            Run::Connector => write_run(&mut out, before, before_word, connector),
            Run::Punctuation => {}
            Run::Number => {
                (run, word, rest) = write_while_mixed(&mut out, (run, word, rest), connector);
            }
            _ if run != Run::Number => {
                if !matches!(run, Run::Connector | Run::Punctuation) {
                    out.push(connector);
                }
            }
            _ if rest.is_empty() => {}
            _ => {
                let number = word;
                (run, word, rest) = next_run(rest);
                if run == Run::Letters {
                    out.push(connector);
                    write_run(&mut out, Run::Number, number, connector);
                    (run, word, rest) = write_while_mixed(&mut out, (run, word, rest), connector);
                } else {
                    write_run(&mut out, Run::Number, number, connector);
                    if !matches!(run, Run::Connector | Run::Punctuation) {
                        out.push(connector);
                    }
                }
            }
        }
    }
    write_run(&mut out, run, word, connector);
    out
}

/// Letters and digits that belong to the number before them, then the connector to what follows.
fn write_while_mixed<'a>(
    out: &mut String,
    (mut run, mut word, mut rest): (Run, &'a str, &'a str),
    connector: char,
) -> (Run, &'a str, &'a str) {
    while run.is_letters_or_number() {
        write_run(out, run, word, connector);
        (run, word, rest) = next_run(rest);
    }
    if !matches!(run, Run::End | Run::Connector | Run::Punctuation) {
        out.push(connector);
    }
    (run, word, rest)
}

#[cfg(test)]
mod tests {
    use super::super::tests::call;
    use super::*;

    #[test]
    fn words() {
        for (name, text, want) in [
            ("camelcase", "http_server", "HttpServer"),
            ("camelcase", "_complex__case_", "_Complex_Case_"),
            ("camelcase", "GOLANG_IS_GREAT", "GolangIsGreat"),
            ("camelcase", "_-", "_--"),
            ("snakecase", "HTTPServer", "http_server"),
            ("snakecase", "NoHTTPS", "no_https"),
            ("snakecase", "http2xx", "http_2xx"),
            ("snakecase", "HTTP20xOK", "http_20x_ok"),
            ("snakecase", "Duration2m3s", "duration_2m3s"),
            ("snakecase", "Bld4Floor3rd", "bld4_floor_3rd"),
            ("kebabcase", "GO PATH", "go-path"),
            ("kebabcase", "3.9", "3.9"),
            ("title", "a-b c_d é", "A-B C_d É"),
            ("untitle", "Ab Cd", "ab cd"),
            ("swapcase", "This Is a Test", "tHIS iS A tEST"),
            ("initials", "John doe", "Jd"),
            ("nospace", "a b\tc", "abc"),
            ("upper", "straße", "STRAßE"),
        ] {
            assert_eq!(
                call(name, &[Value::from(text)]).as_string(),
                Value::from(want).as_string(),
                "{name} {text}"
            );
        }
    }
}
