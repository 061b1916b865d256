//! Patterns of `.Files.Glob`: `*` and `?` within a path part, `**` across parts, `[abc]`, `[!a-z]`, `{a,b}`. Semantics of gobwas/glob with `/`
//! as separator. It does not touch files.

use crate::limits::{GLOB_CHARS_MAX, GLOB_DEPTH_MAX, GLOB_STEPS_MAX};

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob(Vec<Token>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Literal(char),
    /// `?`: one character that is no separator.
    Single,
    /// `*`: any characters but separators.
    Any,
    /// `**`: any characters.
    Super,
    /// `[...]`.
    Class {
        negated: bool,
        items: Vec<(char, char)>,
    },
    /// `{a,b}`.
    Choice(Vec<Vec<Token>>),
}

impl Glob {
    /// `None` where the pattern is malformed or longer than GLOB_CHARS_MAX.
    #[must_use]
    pub fn parse(pattern: &str) -> Option<Glob> {
        let chars: Vec<char> = pattern.chars().collect();
        if chars.len() > GLOB_CHARS_MAX {
            return None;
        }
        let mut at = 0;
        let tokens = sequence(&chars, &mut at, 0)?;
        (at == chars.len()).then_some(Glob(tokens))
    }

    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let chars: Vec<char> = text.chars().collect();
        let mut steps = 0;
        run(&mut Stack::new(&self.0), &chars, &mut steps)
    }
}

/// Tokens up to the end, or to `,` or `}` inside braces.
fn sequence(chars: &[char], at: &mut usize, depth: usize) -> Option<Vec<Token>> {
    if depth > GLOB_DEPTH_MAX {
        return None;
    }
    let mut tokens = Vec::new();
    while let Some(&c) = chars.get(*at) {
        match c {
            ',' | '}' if depth > 0 => return Some(tokens),
            '}' => return None,
            '*' => {
                *at += 1;
                let mut token = Token::Any;
                while chars.get(*at) == Some(&'*') {
                    token = Token::Super;
                    *at += 1;
                }
                tokens.push(token);
                continue;
            }
            '?' => tokens.push(Token::Single),
            '\\' => {
                *at += 1;
                tokens.push(Token::Literal(*chars.get(*at)?));
            }
            '[' => {
                tokens.push(class(chars, at)?);
                continue;
            }
            '{' => {
                tokens.push(choice(chars, at, depth)?);
                continue;
            }
            other => tokens.push(Token::Literal(other)),
        }
        *at += 1;
    }
    (depth == 0).then_some(tokens)
}

fn choice(chars: &[char], at: &mut usize, depth: usize) -> Option<Token> {
    let mut arms = Vec::new();
    loop {
        *at += 1;
        arms.push(sequence(chars, at, depth + 1)?);
        match chars.get(*at)? {
            ',' => {}
            _ => {
                *at += 1;
                return Some(Token::Choice(arms));
            }
        }
    }
}

fn class(chars: &[char], at: &mut usize) -> Option<Token> {
    *at += 1;
    let negated = chars.get(*at) == Some(&'!');
    *at += usize::from(negated);
    let mut items = Vec::new();
    loop {
        let mut c = *chars.get(*at)?;
        if c == ']' {
            *at += 1;
            return (!items.is_empty()).then_some(Token::Class { negated, items });
        }
        if c == '\\' {
            *at += 1;
            c = *chars.get(*at)?;
        }
        *at += 1;
        let mut last = c;
        if chars.get(*at) == Some(&'-') && chars.get(*at + 1).is_some_and(|next| *next != ']') {
            last = *chars.get(*at + 1)?;
            *at += 2;
            if last < c {
                return None;
            }
        }
        items.push((c, last));
    }
}

/// What is left to match: sequences of tokens, the innermost last.
#[derive(Clone)]
struct Stack<'a>(Vec<&'a [Token]>);

impl<'a> Stack<'a> {
    fn new(tokens: &'a [Token]) -> Self {
        Stack(vec![tokens])
    }

    fn next(&mut self) -> Option<&'a Token> {
        loop {
            let top = self.0.last_mut()?;
            if let Some((first, rest)) = top.split_first() {
                *top = rest;
                return Some(first);
            }
            self.0.pop();
        }
    }
}

/// Backtracking with a bound on its steps: past it the answer is no.
fn run(stack: &mut Stack<'_>, mut text: &[char], steps: &mut usize) -> bool {
    loop {
        *steps += 1;
        if *steps > GLOB_STEPS_MAX {
            return false;
        }
        let Some(token) = stack.next() else { return text.is_empty() };
        let one = |accepts: bool| accepts.then(|| &text[1..]);
        let rest = match token {
            Token::Literal(c) => one(text.first() == Some(c)),
            Token::Single => one(text.first().is_some_and(|c| *c != '/')),
            Token::Class { negated, items } => one(text
                .first()
                .is_some_and(|c| items.iter().any(|(low, high)| (low..=high).contains(&c)) != *negated)),
            Token::Any | Token::Super => {
                let crosses = *token == Token::Super;
                let reach = if crosses {
                    text.len()
                } else {
                    text.iter().position(|c| *c == '/').unwrap_or(text.len())
                };
                return (0..=reach).any(|taken| run(&mut stack.clone(), &text[taken..], steps));
            }
            Token::Choice(arms) => {
                return arms.iter().any(|arm| {
                    let mut inner = stack.clone();
                    inner.0.push(arm);
                    run(&mut inner, text, steps)
                });
            }
        };
        match rest {
            Some(rest) => text = rest,
            None => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_helm() {
        let cases = [
            ("*", "a.txt", true),
            ("*", "conf/a", false),
            ("**", "conf/sub/a", true),
            ("conf/*", "conf/a", true),
            ("conf/*", "conf/sub/a", false),
            ("conf/**", "conf/sub/a", true),
            ("conf/?.conf", "conf/x.conf", true),
            ("conf/[xy].conf", "conf/y.conf", true),
            ("conf/[!xy].conf", "conf/y.conf", false),
            ("conf/[a-c].conf", "conf/b.conf", true),
            ("{a.txt,u.txt}", "u.txt", true),
            ("x/{a,{b,c}*}", "x/cde", true),
            ("\\*", "*", true),
            ("**.yaml", "a/b.yaml", true),
            ("", "", true),
        ];
        for (pattern, text, want) in cases {
            assert_eq!(Glob::parse(pattern).is_some_and(|glob| glob.matches(text)), want, "{pattern} {text}");
        }
    }

    #[test]
    fn malformed_and_hostile_patterns_end() {
        for pattern in ["[", "[]", "{a", "a}", "\\"] {
            assert_eq!(Glob::parse(pattern), None, "{pattern}");
        }
        let hostile = "**a".repeat(40);
        let text = "a".repeat(200);
        assert!(Glob::parse(&hostile).is_some_and(|glob| glob.matches(&text)));
        assert!(!Glob::parse(&format!("{hostile}b")).is_some_and(|glob| glob.matches(&text)));
    }
}
