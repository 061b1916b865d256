//! Ranges: groups joined by `||`, conditions in a group joined by spaces or commas. It compares versions, nothing else.

use std::cmp::Ordering;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::version::{Version, compare_prereleases};
use crate::values::quote;

const CONSTRAINT_BYTES_MAX: usize = 512;
const CONSTRAINT_GROUPS_MAX: usize = 32;

/// A range (Masterminds: `Constraints`).
#[derive(Clone, Debug)]
pub struct Constraint {
    groups: Vec<Group>,
}

#[derive(Clone, Debug)]
struct Group {
    conditions: Vec<Condition>,
    /// One condition names a prerelease, which lets prereleases in.
    takes_prereleases: bool,
}

#[derive(Clone, Debug)]
struct Condition {
    operator: Operator,
    version: Version,
    /// The version as written, for messages.
    written: String,
    /// Which of its parts are wild: any, minor (and patch), patch.
    dirty: bool,
    minor_dirty: bool,
    patch_dirty: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterEqual,
    LessEqual,
    Tilde,
    Caret,
}

/// White space as Go's `\s` has it.
const SPACE: &str = r"[\t\n\f\r ]";
const OPERATORS: &str = r"=||!=|>|<|>=|=>|<=|=<|~|~>|\^";
const VERSION: &str = concat!(
    r"v?([0-9|x|X|\*]+)(\.[0-9|x|X|\*]+)?(\.[0-9|x|X|\*]+)?",
    r"(-([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?",
    r"(\+([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?"
);

struct Patterns {
    one: Regex,
    hyphen: Regex,
    find: Regex,
    group: Regex,
}

/// `None` never happens: the patterns are constants that a test compiles.
static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(|| {
    let item = format!("({OPERATORS}){SPACE}*({VERSION})");
    Some(Patterns {
        one: Regex::new(&format!("^{SPACE}*{item}{SPACE}*$")).ok()?,
        hyphen: Regex::new(&format!("{SPACE}*({VERSION}){SPACE}+-{SPACE}+({VERSION}){SPACE}*")).ok()?,
        find: Regex::new(&item).ok()?,
        group: Regex::new(&format!("^({SPACE}*{item}{SPACE}*)((?:{SPACE}+|,{SPACE}*){item}{SPACE}*)*$"))
            .ok()?,
    })
});

impl Constraint {
    /// # Errors
    /// Masterminds' text: `improper constraint: "x"`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let patterns = PATTERNS.as_ref().ok_or("constraint parser error")?;
        if text.len() > CONSTRAINT_BYTES_MAX {
            return Err(format!("constraint string is too long (max {CONSTRAINT_BYTES_MAX} bytes)"));
        }
        let text = rewrite_hyphens(text, patterns);
        let groups: Vec<&str> = text.split("||").collect();
        if groups.len() > CONSTRAINT_GROUPS_MAX {
            return Err(format!("too many constraint groups (max {CONSTRAINT_GROUPS_MAX})"));
        }
        let groups =
            groups.into_iter().map(|group| parse_group(group, patterns)).collect::<Result<_, _>>()?;
        Ok(Constraint { groups })
    }

    /// Whether one group accepts `version`.
    #[must_use]
    pub fn check(&self, version: &Version) -> bool {
        self.groups.iter().any(|group| {
            group.conditions.iter().all(|one| one.check(version, group.takes_prereleases).is_ok())
        })
    }

    /// Nothing when a group accepts `version`, else every reason why it does not, in Masterminds' words.
    ///
    /// # Errors
    /// The reasons.
    pub fn validate(&self, version: &Version) -> Result<(), Vec<String>> {
        let mut reasons = Vec::new();
        let mut told_prerelease = false;
        for group in &self.groups {
            let mut accepts = true;
            for condition in &group.conditions {
                if !group.takes_prereleases && !version.prerelease.is_empty() {
                    if !told_prerelease {
                        reasons.push(only_releases(version));
                        told_prerelease = true;
                    }
                    accepts = false;
                } else if let Err(reason) = condition.check(version, group.takes_prereleases) {
                    reasons.push(reason);
                    accepts = false;
                }
            }
            if accepts {
                return Ok(());
            }
        }
        Err(reasons)
    }
}

/// `1.2 - 3` means `>= 1.2, <= 3`.
fn rewrite_hyphens(text: &str, patterns: &Patterns) -> String {
    let mut rewritten = text.to_owned();
    for found in patterns.hyphen.captures_iter(text) {
        let range = format!(">= {}, <= {} ", capture(&found, 1), capture(&found, 11));
        rewritten = rewritten.replacen(capture(&found, 0), &range, 1);
    }
    rewritten
}

fn parse_group(text: &str, patterns: &Patterns) -> Result<Group, String> {
    // An empty group is `*`; Masterminds' own pattern lets it through as such.
    if !patterns.group.is_match(text) {
        return Err(format!("improper constraint: {}", quote(text)));
    }
    let conditions: Vec<Condition> = patterns
        .find
        .find_iter(text)
        .map(|one| parse_condition(one.as_str(), patterns))
        .collect::<Result<_, _>>()?;
    let takes_prereleases = conditions.iter().any(|one| !one.version.prerelease.is_empty());
    Ok(Group { conditions, takes_prereleases })
}

fn parse_condition(text: &str, patterns: &Patterns) -> Result<Condition, String> {
    let Some(found) = patterns.one.captures(text) else {
        return Err(format!("improper constraint: {}", quote(text)));
    };
    let [major, minor, patch] = [3, 4, 5].map(|at| capture(&found, at));
    let tail = capture(&found, 6);
    let wild = |part: &str| matches!(part.trim_start_matches('.'), "" | "x" | "X" | "*");
    let (version, dirty, minor_dirty, patch_dirty) = if wild(major) {
        (format!("0.0.0{tail}"), true, false, false)
    } else if wild(minor) {
        (format!("{major}.0.0{tail}"), true, true, false)
    } else if wild(patch) {
        (format!("{major}{minor}.0{tail}"), true, false, true)
    } else {
        (capture(&found, 2).to_owned(), false, false, false)
    };
    Ok(Condition {
        operator: operator(capture(&found, 1)),
        version: Version::parse_lenient(&version).map_err(|_| "constraint parser error".to_owned())?,
        written: capture(&found, 2).to_owned(),
        dirty,
        minor_dirty,
        patch_dirty,
    })
}

fn operator(text: &str) -> Operator {
    match text {
        "!=" => Operator::NotEqual,
        ">" => Operator::Greater,
        "<" => Operator::Less,
        ">=" | "=>" => Operator::GreaterEqual,
        "<=" | "=<" => Operator::LessEqual,
        "~" | "~>" => Operator::Tilde,
        "^" => Operator::Caret,
        _ => Operator::Equal,
    }
}

fn capture<'t>(found: &Captures<'t>, group: usize) -> &'t str {
    found.get(group).map_or("", |part| part.as_str())
}

fn only_releases(version: &Version) -> String {
    format!("\"{version}\" is a prerelease version and the constraint is only looking for release versions")
}

impl Condition {
    fn check(&self, v: &Version, takes_prereleases: bool) -> Result<(), String> {
        if !v.prerelease.is_empty() && !takes_prereleases {
            return Err(only_releases(v));
        }
        let order = v.compare(&self.version);
        let unless = |wrong: bool, relation: &str| if wrong { Err(self.reason(v, relation)) } else { Ok(()) };
        match self.operator {
            Operator::Equal if self.dirty => self.tilde(v),
            Operator::Equal => unless(order != Ordering::Equal, "is not equal to"),
            Operator::NotEqual => unless(self.equals_wildly(v), "is equal to"),
            Operator::Greater => unless(!self.is_below(v), "is less than or equal to"),
            Operator::Less => unless(order != Ordering::Less, "is greater than or equal to"),
            Operator::GreaterEqual => unless(order == Ordering::Less, "is less than"),
            Operator::LessEqual => unless(!self.admits_at_most(v), "is greater than"),
            Operator::Tilde => self.tilde(v),
            Operator::Caret => self.caret(v),
        }
    }

    fn reason(&self, v: &Version, relation: &str) -> String {
        format!("\"{v}\" {relation} {}", quote(&self.written))
    }

    /// For `!=`: wild parts are equal to anything.
    fn equals_wildly(&self, v: &Version) -> bool {
        let c = &self.version;
        if self.dirty {
            if c.major != v.major || (c.minor != v.minor && !self.minor_dirty) {
                return false;
            }
            if self.minor_dirty {
                return true;
            }
            if c.patch != v.patch && !self.patch_dirty {
                return false;
            }
            if self.patch_dirty {
                let plain = v.prerelease.is_empty() && c.prerelease.is_empty();
                return plain || compare_prereleases(&v.prerelease, &c.prerelease) == Ordering::Equal;
            }
        }
        v.compare(c) == Ordering::Equal
    }

    /// For `>`: `>11` begins with 12, `>11.1` with 11.2.
    fn is_below(&self, v: &Version) -> bool {
        let c = &self.version;
        if self.dirty && v.major != c.major {
            return v.major > c.major;
        }
        if self.dirty && self.minor_dirty {
            return false;
        }
        if self.dirty && self.patch_dirty {
            return v.minor > c.minor;
        }
        v.compare(c) == Ordering::Greater
    }

    /// For `<=`: `<=11` admits all of 11.
    fn admits_at_most(&self, v: &Version) -> bool {
        let c = &self.version;
        if !self.dirty {
            return v.compare(c) != Ordering::Greater;
        }
        v.major <= c.major && (v.major != c.major || v.minor <= c.minor || self.minor_dirty)
    }

    /// `~1.2.3` stays in 1.2, `~1` in 1; `~0.0.0` is anything.
    fn tilde(&self, v: &Version) -> Result<(), String> {
        let c = &self.version;
        if v.compare(c) == Ordering::Less {
            return Err(self.reason(v, "is less than"));
        }
        if (c.major, c.minor, c.patch) == (0, 0, 0) && !self.minor_dirty && !self.patch_dirty {
            return Ok(());
        }
        if v.major != c.major {
            return Err(self.reason(v, "does not have same major version as"));
        }
        if v.minor != c.minor && !self.minor_dirty {
            return Err(self.reason(v, "does not have same major and minor version as"));
        }
        Ok(())
    }

    /// `^1.2.3` stays in 1, `^0.2.3` in 0.2, `^0.0.3` is that version.
    fn caret(&self, v: &Version) -> Result<(), String> {
        let c = &self.version;
        if v.compare(c) == Ordering::Less {
            return Err(self.reason(v, "is less than"));
        }
        if c.major > 0 || self.minor_dirty {
            return if v.major == c.major {
                Ok(())
            } else {
                Err(self.reason(v, "does not have same major version as"))
            };
        }
        if v.major > 0 {
            return Err(self.reason(v, "does not have same major version as"));
        }
        if c.minor > 0 || self.patch_dirty {
            return if v.minor == c.minor {
                Ok(())
            } else {
                let reason = self.reason(v, "does not have same minor version as");
                Err(format!("{reason}. Expected minor versions to match when constraint major version is 0"))
            };
        }
        if v.minor > 0 {
            return Err(self.reason(v, "does not have same minor version as"));
        }
        if c.patch == v.patch {
            return Ok(());
        }
        let reason = self.reason(v, "does not equal");
        Err(format!("{reason}. Expect version and constraint to equal when major and minor versions are 0"))
    }
}
