//! Go's regular expression syntax to that of the `regex` crate, with Go's errors. It compiles nothing.

use super::class::read_class;

/// Largest count of one repetition, and of nested ones together (regexp/syntax).
const REPEAT_MAX: u32 = 1_000;
/// Open groups at one place (regexp/syntax).
const NESTING_MAX: usize = 1_000;

/// A pattern in the other syntax; groups carry no names there.
pub(super) struct Translated {
    pub pattern: String,
    /// Names of the groups from 1 on; empty where a group has none.
    pub names: Vec<String>,
}

/// # Errors
/// Go's text behind `error parsing regexp: `.
pub(super) fn translate(pattern: &str) -> Result<Translated, String> {
    let mut translator = Translator {
        pattern,
        at: 0,
        out: String::with_capacity(pattern.len() + 8),
        names: Vec::new(),
        groups: Vec::new(),
        level: Level::default(),
        last_repeat: None,
    };
    while translator.at < pattern.len() {
        translator.step()?;
    }
    if !translator.groups.is_empty() {
        return Err(error("missing closing )", pattern));
    }
    Ok(Translated { pattern: translator.out, names: translator.names })
}

/// One of Go's sentences with the part of the pattern that it is about.
pub(super) fn error(what: &str, context: &str) -> String {
    format!("{what}: `{context}`")
}

/// What is known of the group being read.
#[derive(Default)]
struct Level {
    /// Largest product of repetition counts in it so far.
    repeat_max: u32,
    /// That of the last thing that a repetition could follow; `None` at the beginning of a branch.
    last: Option<u32>,
}

struct Translator<'a> {
    pattern: &'a str,
    at: usize,
    out: String,
    names: Vec<String>,
    groups: Vec<Level>,
    level: Level,
    /// Where the repetition that was just read begins.
    last_repeat: Option<usize>,
}

impl Translator<'_> {
    fn rest(&self) -> &str {
        &self.pattern[self.at..]
    }

    fn step(&mut self) -> Result<(), String> {
        let after_repeat = self.last_repeat.take();
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(()) };
        match first {
            '(' => self.open_group(),
            ')' => self.close_group(),
            '|' => {
                self.level.last = None;
                self.out.push('|');
                self.at += 1;
                Ok(())
            }
            '*' | '+' | '?' => self.repeat(after_repeat, 1, 1),
            '{' => match read_counts(rest) {
                Some((len, low, high)) => {
                    if low > REPEAT_MAX || high.is_some_and(|high| high > REPEAT_MAX || high < low) {
                        return Err(error("invalid repeat count", &rest[..len]));
                    }
                    self.repeat(after_repeat, len, high.unwrap_or(low).max(1))
                }
                None => {
                    self.literal('{', 1);
                    Ok(())
                }
            },
            '[' => {
                let (class, len) = read_class(rest)?;
                self.atom(&class, len);
                Ok(())
            }
            '^' | '$' | '.' => {
                self.atom(&first.to_string(), 1);
                Ok(())
            }
            '\\' => self.backslash(),
            _ => {
                self.literal(first, first.len_utf8());
                Ok(())
            }
        }
    }

    fn atom(&mut self, translated: &str, len: usize) {
        self.out.push_str(translated);
        self.at += len;
        self.level.last = Some(1);
        self.level.repeat_max = self.level.repeat_max.max(1);
    }

    fn literal(&mut self, ch: char, len: usize) {
        let mut text = String::new();
        write_char(&mut text, ch);
        self.atom(&text, len);
    }

    /// A repetition whose operator has `len` bytes, perhaps with a question mark behind it.
    fn repeat(&mut self, after_repeat: Option<usize>, len: usize, count: u32) -> Result<(), String> {
        let operator = self.rest()[..len].to_owned();
        let Some(weight) = self.level.last else {
            return Err(error("missing argument to repetition operator", &operator));
        };
        let start = self.at;
        self.at += len;
        self.out.push_str(&operator);
        if self.rest().starts_with('?') {
            self.at += 1;
            self.out.push('?');
        }
        if let Some(before) = after_repeat {
            return Err(error("invalid nested repetition operator", &self.pattern[before..self.at]));
        }
        let product = weight.saturating_mul(count);
        if product > REPEAT_MAX {
            return Err(error("invalid repeat count", &self.pattern[start..self.at]));
        }
        self.level.last = Some(product);
        self.level.repeat_max = self.level.repeat_max.max(product);
        self.last_repeat = Some(start);
        Ok(())
    }

    fn open_group(&mut self) -> Result<(), String> {
        let rest = self.rest();
        if let Some(name_at) =
            ["(?P<", "(?<"].iter().find(|head| rest.starts_with(**head)).map(|head| head.len())
        {
            let Some(end) = rest.find('>') else { return Err(error("invalid named capture", rest)) };
            let name = rest[name_at..end].to_owned();
            let is_word = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            if !is_word {
                return Err(error("invalid named capture", &rest[..=end]));
            }
            self.names.push(name);
            return self.enter("(", end + 1);
        }
        if rest.starts_with("(?") {
            return self.flags();
        }
        self.names.push(String::new());
        self.enter("(", 1)
    }

    fn enter(&mut self, translated: &str, len: usize) -> Result<(), String> {
        if self.groups.len() >= NESTING_MAX {
            return Err(error("expression nests too deeply", self.pattern));
        }
        self.out.push_str(translated);
        self.at += len;
        self.groups.push(std::mem::take(&mut self.level));
        Ok(())
    }

    /// `(?flags)` and `(?flags:`.
    fn flags(&mut self) -> Result<(), String> {
        let rest = self.rest();
        let (mut negated, mut seen) = (false, false);
        for (i, ch) in rest.char_indices().skip(2) {
            match ch {
                'i' | 'm' | 's' | 'U' => seen = true,
                '-' if !negated => (negated, seen) = (true, false),
                ':' | ')' if !negated || seen => {
                    let head = rest[..=i].to_owned();
                    if ch == ':' {
                        return self.enter(&head, i + 1);
                    }
                    if head != "(?)" {
                        self.out.push_str(&head);
                    }
                    self.at += i + 1;
                    return Ok(());
                }
                _ => {
                    return Err(error("invalid or unsupported Perl syntax", &rest[..i + ch.len_utf8()]));
                }
            }
        }
        Err(error("invalid or unsupported Perl syntax", rest))
    }

    fn close_group(&mut self) -> Result<(), String> {
        let Some(outer) = self.groups.pop() else { return Err(error("unexpected )", self.pattern)) };
        let inner = std::mem::replace(&mut self.level, outer);
        self.out.push(')');
        self.at += 1;
        self.level.last = Some(inner.repeat_max.max(1));
        self.level.repeat_max = self.level.repeat_max.max(inner.repeat_max);
        Ok(())
    }

    fn backslash(&mut self) -> Result<(), String> {
        let rest = self.rest();
        let boundary = match rest.as_bytes().get(1) {
            Some(b'A') => Some(r"\A"),
            Some(b'b') => Some(r"(?-u:\b)"),
            Some(b'B') => Some(r"(?-u:\B)"),
            Some(b'z') => Some(r"\z"),
            Some(b'Q') => return self.quoted_literal(),
            _ => None,
        };
        if let Some(boundary) = boundary {
            self.atom(boundary, 2);
            return Ok(());
        }
        if let Some((class, len)) = perl_class(rest) {
            self.atom(&format!("[{class}]"), len);
            return Ok(());
        }
        if let Some((class, len)) = unicode_class(rest)? {
            self.atom(&class, len);
            return Ok(());
        }
        let (ch, len) = read_escape(rest)?;
        self.literal(ch, len);
        Ok(())
    }

    /// `\Q` to `\E`, or to the end.
    fn quoted_literal(&mut self) -> Result<(), String> {
        let text = self.rest()[2..].to_owned();
        let (literal, len) = match text.find(r"\E") {
            Some(end) => (&text[..end], end + 4),
            None => (text.as_str(), text.len() + 2),
        };
        let end = self.at + len;
        for ch in literal.chars() {
            self.literal(ch, 0);
        }
        self.at = end;
        Ok(())
    }
}

/// One character that stands for itself.
pub(super) fn write_char(out: &mut String, ch: char) {
    if ch.is_ascii_alphanumeric() || !ch.is_ascii() {
        out.push(ch);
    } else {
        out.push_str(&format!("\\x{:02x}", u32::from(ch)));
    }
}

/// `{n}`, `{n,}` or `{n,m}`: its length and counts. Anything else in braces is text.
fn read_counts(text: &str) -> Option<(usize, u32, Option<u32>)> {
    let end = text.find('}')?;
    let inside = text.get(1..end)?;
    let number = |digits: &str| {
        let fits = !digits.is_empty()
            && digits.bytes().all(|b| b.is_ascii_digit())
            && (digits == "0" || !digits.starts_with('0'));
        fits.then(|| digits.parse().unwrap_or(u32::MAX))
    };
    match inside.split_once(',') {
        None => number(inside).map(|n| (end + 1, n, Some(n))),
        Some((low, "")) => number(low).map(|low| (end + 1, low, None)),
        Some((low, high)) => Some((end + 1, number(low)?, Some(number(high)?))),
    }
}

/// `\d`, `\s`, `\w` and their negations, ASCII only as in Go: what stands between brackets.
pub(super) fn perl_class(text: &str) -> Option<(&'static str, usize)> {
    let class = match text.as_bytes().get(1)? {
        b'd' => "0-9",
        b'D' => "[^0-9]",
        b's' => r"\t\n\x0c\r ",
        b'S' => r"[^\t\n\x0c\r ]",
        b'w' => "0-9A-Za-z_",
        b'W' => "[^0-9A-Za-z_]",
        _ => return None,
    };
    (text.starts_with('\\')).then_some((class, 2))
}

/// `\pN`, `\p{Greek}` and their negations.
pub(super) fn unicode_class(text: &str) -> Result<Option<(String, usize)>, String> {
    if !text.starts_with(r"\p") && !text.starts_with(r"\P") {
        return Ok(None);
    }
    let rest = &text[2..];
    let Some(first) = rest.chars().next() else { return Ok(None) };
    let (name, len) = if first == '{' {
        let end = rest.find('}').ok_or_else(|| error("invalid character class range", text))?;
        (&rest[1..end], end + 3)
    } else {
        (&rest[..first.len_utf8()], 2 + first.len_utf8())
    };
    let invalid = || error("invalid character class range", &text[..len]);
    let mut negated = text.starts_with(r"\P");
    let name = name.strip_prefix('^').inspect(|_| negated = !negated).unwrap_or(name);
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Err(invalid());
    }
    let class = if name == "Any" {
        r"\x{0}-\x{10FFFF}".to_owned()
    } else {
        let class = format!(r"\p{{{name}}}");
        if regex::Regex::new(&class).is_err() {
            return Err(invalid());
        }
        class
    };
    let not = if negated { "^" } else { "" };
    Ok(Some((format!("[{not}{class}]"), len)))
}

/// A backslash and what follows it, as one character.
pub(super) fn read_escape(text: &str) -> Result<(char, usize), String> {
    let Some(ch) = text[1..].chars().next() else {
        return Err(error("trailing backslash at end of expression", ""));
    };
    let len = 1 + ch.len_utf8();
    let bytes = text.as_bytes();
    let is_octal = |at: usize| bytes.get(at).is_some_and(|b| (b'0'..=b'7').contains(b));
    let invalid = |len: usize| Err(error("invalid escape sequence", &text[..len.min(text.len())]));
    Ok(match ch {
        'a' => ('\x07', len),
        'f' => ('\x0c', len),
        'n' => ('\n', len),
        'r' => ('\r', len),
        't' => ('\t', len),
        'v' => ('\x0b', len),
        'x' => return read_hex(text),
        '0'..='7' if ch == '0' || is_octal(2) => {
            let end = (2..4).find(|&at| !is_octal(at)).unwrap_or(4);
            let code = u32::from_str_radix(&text[1..end], 8).unwrap_or(0);
            (char::from_u32(code).unwrap_or('\0'), end)
        }
        _ if ch.is_ascii() && !ch.is_ascii_alphanumeric() => (ch, len),
        _ => return invalid(len),
    })
}

/// `\xHH` or `\x{H...}`.
fn read_hex(text: &str) -> Result<(char, usize), String> {
    let invalid = |len: usize| Err(error("invalid escape sequence", &text[..len]));
    let rest = &text[2..];
    if let Some(braced) = rest.strip_prefix('{') {
        let digits = braced.find(|ch: char| !ch.is_ascii_hexdigit()).unwrap_or(braced.len());
        let stop = braced[digits..].chars().next().map_or(0, char::len_utf8);
        let code = u32::from_str_radix(&braced[..digits], 16).ok().and_then(char::from_u32);
        return match code {
            Some(ch) if braced[digits..].starts_with('}') => Ok((ch, 3 + digits + 1)),
            _ => invalid(3 + digits + stop),
        };
    }
    let pair: Vec<char> = rest.chars().take(2).collect();
    let len = 2 + pair.iter().map(|ch| ch.len_utf8()).sum::<usize>();
    match pair[..] {
        [high, low] => match (high.to_digit(16), low.to_digit(16)) {
            (Some(high), Some(low)) => Ok((char::from_u32(high << 4 | low).unwrap_or('\0'), len)),
            _ => invalid(len),
        },
        _ => invalid(len),
    }
}
