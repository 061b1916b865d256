//! `.helmignore`: which files of a folder are no part of the chart (Helm: `pkg/ignore`). Archives are never filtered.

/// The rules of one `.helmignore`, and Helm's own rule for hidden files among templates.
#[derive(Clone, Debug)]
pub struct Rules {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    pattern: Vec<char>,
    negated: bool,
    folders_only: bool,
    /// Compared with the whole path rather than with the last part.
    whole_path: bool,
}

impl Rules {
    /// The rules in `text`, the content of `.helmignore`; no file is an empty text.
    ///
    /// # Errors
    /// Helm's text for `**` and for patterns that are malformed.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let text = String::from_utf8_lossy(text);
        let mut rules: Vec<Rule> = Vec::new();
        for line in text.lines().chain(["templates/.?*"]) {
            rules.extend(parse_rule(line.trim())?);
        }
        Ok(Rules { rules })
    }

    /// Whether the file at `path`, relative to the chart, belongs to the chart: neither it nor a folder above it is ignored.
    #[must_use]
    pub fn keeps(&self, path: &str) -> bool {
        let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
        !folders.into_iter().any(|folder| self.ignores(folder, true)) && !self.ignores(path, false)
    }

    /// The first rule that speaks decides; a negated one ignores all that it does not match.
    #[must_use]
    pub fn ignores(&self, path: &str, is_folder: bool) -> bool {
        if matches!(path, "" | "." | "./") {
            return false;
        }
        for rule in &self.rules {
            let wrong_kind = rule.folders_only && !is_folder;
            if rule.negated {
                if wrong_kind || !rule.matches(path) {
                    return true;
                }
            } else if !wrong_kind && rule.matches(path) {
                return true;
            }
        }
        false
    }
}

fn parse_rule(line: &str) -> Result<Option<Rule>, String> {
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    if line.contains("**") {
        return Err("double-star (**) syntax is not supported".to_owned());
    }
    if !is_well_formed(&line.chars().collect::<Vec<_>>()) {
        return Err("syntax error in pattern".to_owned());
    }
    let (negated, line) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
    let (folders_only, line) = line.strip_suffix('/').map_or((false, line), |rest| (true, rest));
    let (rooted, line) = line.strip_prefix('/').map_or((false, line), |rest| (true, rest));
    let whole_path = rooted || line.contains('/');
    Ok(Some(Rule { pattern: line.chars().collect(), negated, folders_only, whole_path }))
}

impl Rule {
    fn matches(&self, path: &str) -> bool {
        let path = if self.whole_path { path } else { path.rsplit('/').next().unwrap_or(path) };
        matches(&self.pattern, &path.chars().collect::<Vec<_>>())
    }
}

/// One element of a pattern of Go's `path.Match`.
enum Element {
    Any,
    Star,
    One(char),
    Class { negated: bool, ranges: Vec<(char, char)> },
}

/// The element at the beginning of `pattern` and its length; `None` where it is malformed.
fn element(pattern: &[char]) -> Option<(Element, usize)> {
    match pattern.first()? {
        '*' => Some((Element::Star, 1)),
        '?' => Some((Element::Any, 1)),
        '\\' => Some((Element::One(*pattern.get(1)?), 2)),
        '[' => class(pattern),
        c => Some((Element::One(*c), 1)),
    }
}

/// `[a-z]` or `[^a-z]`; a class is never empty.
fn class(pattern: &[char]) -> Option<(Element, usize)> {
    let mut at = 1;
    let negated = pattern.get(at) == Some(&'^');
    at += usize::from(negated);
    let mut ranges = Vec::new();
    while ranges.is_empty() || pattern.get(at) != Some(&']') {
        let (low, length) = class_char(pattern.get(at..)?)?;
        at += length;
        let mut high = low;
        if pattern.get(at) == Some(&'-') {
            let (end, length) = class_char(pattern.get(at + 1..)?)?;
            high = end;
            at += 1 + length;
        }
        ranges.push((low, high));
    }
    Some((Element::Class { negated, ranges }, at + 1))
}

fn class_char(pattern: &[char]) -> Option<(char, usize)> {
    match pattern.first()? {
        '-' | ']' => None,
        '\\' => Some((*pattern.get(1)?, 2)),
        c => Some((*c, 1)),
    }
}

fn is_well_formed(mut pattern: &[char]) -> bool {
    while !pattern.is_empty() {
        let Some((_, length)) = element(pattern) else { return false };
        pattern = &pattern[length..];
    }
    true
}

/// Go's `path.Match`: neither `*` nor `?` crosses a slash.
fn matches(pattern: &[char], name: &[char]) -> bool {
    let (mut p, mut n) = (0, 0);
    // Where to go on when the text after the last star does not fit: one character more for the star.
    let mut retry: Option<(usize, usize)> = None;
    loop {
        let fits = match element(&pattern[p..]) {
            None if p == pattern.len() => {
                if n == name.len() {
                    return true;
                }
                false
            }
            None => return false,
            Some((Element::Star, length)) => {
                p += length;
                retry = Some((p, n));
                continue;
            }
            Some((one, length)) => match name.get(n) {
                Some(c) if one.accepts(*c) => {
                    p += length;
                    n += 1;
                    true
                }
                _ => false,
            },
        };
        if !fits {
            match retry {
                Some((after_star, taken)) if name.get(taken).is_some_and(|c| *c != '/') => {
                    retry = Some((after_star, taken + 1));
                    (p, n) = (after_star, taken + 1);
                }
                _ => return false,
            }
        }
    }
}

impl Element {
    fn accepts(&self, c: char) -> bool {
        match self {
            Element::Any | Element::Star => c != '/',
            Element::One(wanted) => *wanted == c,
            Element::Class { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn rules_decide_as_helms() {
        // (rules, path, kept)
        let cases = [
            ("", "templates/.hidden.yaml", false),
            ("", "templates/a.yaml", true),
            ("*.tmp\n", "a/b.tmp", false),
            ("# *.tmp", "b.tmp", true),
            ("/b.tmp", "a/b.tmp", true),
            ("docs/", "docs/x.md", false),
            ("docs/", "docs", true),
            ("a/*.md", "a/x.md", false),
            ("a/*.md", "a/b/x.md", true),
            ("!keep.txt", "other.txt", false),
            ("[a-c]?.txt", "b1.txt", false),
            ("[^a-c].txt", "b.txt", true),
            ("\\*.txt", "a.txt", true),
        ];
        for (rules, path, kept) in cases {
            assert_eq!(Rules::parse(rules.as_bytes()).unwrap().keeps(path), kept, "{rules:?} {path}");
        }
        assert_eq!(Rules::parse(b"a/**/b").unwrap_err(), "double-star (**) syntax is not supported");
        assert_eq!(Rules::parse(b"[a").unwrap_err(), "syntax error in pattern");
    }
}
