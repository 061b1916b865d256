//! One version: lenient (`v1`, `1.2`, `01.2.3`) or strict SemVer 2.0, and its precedence. It knows no ranges.

use std::cmp::Ordering;
use std::fmt;

use thiserror::Error;

use crate::values::quote;

const VERSION_BYTES_MAX: usize = 256;

/// A version as Masterminds/semver keeps it. `Display` prints the normal form without a leading `v`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Version {
    pub major: u64,
    pub minor: u64,
    pub patch: u64,
    /// Without its hyphen; empty when there is none.
    pub prerelease: String,
    /// Without its plus sign; empty when there is none.
    pub build: String,
    /// The text that was parsed.
    pub original: String,
}

/// Why a text is no version, in Masterminds' words.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum VersionError {
    #[error("invalid semantic version")]
    Invalid,
    #[error("version string empty")]
    Empty,
    #[error("invalid characters in version")]
    Characters,
    #[error("version segment starts with 0")]
    LeadingZero,
    #[error("invalid metadata string")]
    Build,
    #[error("invalid prerelease string")]
    Prerelease,
    #[error("version string is too long (max {VERSION_BYTES_MAX} bytes)")]
    TooLong,
    /// A number beyond 64 bits; strict parsing says it without the leading words.
    #[error("{0}")]
    OutOfRange(String),
}

impl Version {
    /// `semver.NewVersion`: a leading `v`, missing parts and leading zeros are fine.
    ///
    /// # Errors
    /// Text that is no version even so.
    pub fn parse_lenient(text: &str) -> Result<Self, VersionError> {
        if text.len() > VERSION_BYTES_MAX {
            return Err(VersionError::TooLong);
        }
        let rest = text.strip_prefix('v').unwrap_or(text);
        let (rest, build) = split_tail(rest, '+');
        let (numbers, prerelease) = split_tail(rest, '-');
        let parts: Vec<&str> = numbers.split('.').collect();
        let sound = parts.len() <= 3
            && parts.iter().all(|part| is_digits(part))
            && [build, prerelease].into_iter().flatten().all(|tail| tail.split('.').all(is_identifier));
        if !sound {
            return Err(VersionError::Invalid);
        }
        let number = |at: usize| match parts.get(at) {
            None => Ok(0),
            Some(digits) => integer(digits)
                .map_err(|text| VersionError::OutOfRange(format!("error parsing version segment: {text}"))),
        };
        let (major, minor, patch) = (number(0)?, number(1)?, number(2)?);
        let prerelease = prerelease.unwrap_or_default().to_owned();
        check_prerelease(&prerelease)?;
        let build = build.unwrap_or_default().to_owned();
        Ok(Version { major, minor, patch, prerelease, build, original: text.to_owned() })
    }

    /// `semver.StrictNewVersion`: SemVer 2.0 and nothing else.
    ///
    /// # Errors
    /// The first rule that the text breaks.
    pub fn parse_strict(text: &str) -> Result<Self, VersionError> {
        if text.is_empty() {
            return Err(VersionError::Empty);
        }
        if text.len() > VERSION_BYTES_MAX {
            return Err(VersionError::TooLong);
        }
        let mut parts = text.splitn(3, '.');
        let (Some(major), Some(minor), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(VersionError::Invalid);
        };
        let (rest, build) = split_tail(rest, '+');
        if build.is_some_and(|build| !build.split('.').all(is_identifier)) {
            return Err(VersionError::Build);
        }
        let (patch, prerelease) = split_tail(rest, '-');
        if prerelease.is_some_and(|prerelease| !prerelease.split('.').all(is_identifier)) {
            return Err(VersionError::Prerelease);
        }
        check_prerelease(prerelease.unwrap_or_default())?;
        for part in [major, minor, patch] {
            if !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(VersionError::Characters);
            }
            if part.len() > 1 && part.starts_with('0') {
                return Err(VersionError::LeadingZero);
            }
        }
        let number = |digits| integer(digits).map_err(VersionError::OutOfRange);
        Ok(Version {
            major: number(major)?,
            minor: number(minor)?,
            patch: number(patch)?,
            prerelease: prerelease.unwrap_or_default().to_owned(),
            build: build.unwrap_or_default().to_owned(),
            original: text.to_owned(),
        })
    }

    /// SemVer precedence: build metadata does not count.
    #[must_use]
    pub fn compare(&self, other: &Version) -> Ordering {
        (self.major, self.minor, self.patch)
            .cmp(&(other.major, other.minor, other.patch))
            .then_with(|| compare_prereleases(&self.prerelease, &other.prerelease))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.prerelease.is_empty() {
            write!(f, "-{}", self.prerelease)?;
        }
        if !self.build.is_empty() {
            write!(f, "+{}", self.build)?;
        }
        Ok(())
    }
}

/// A release stands above its prereleases; prereleases compare part by part, numbers below texts.
pub(super) fn compare_prereleases(left: &str, right: &str) -> Ordering {
    match (left.is_empty(), right.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let (mut left, mut right) = (left.split('.'), right.split('.'));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(left), Some(right)) => match (left.parse::<u64>(), right.parse::<u64>()) {
                (Ok(left), Ok(right)) => left.cmp(&right),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => left.cmp(right),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn split_tail(text: &str, mark: char) -> (&str, Option<&str>) {
    text.split_once(mark).map_or((text, None), |(head, tail)| (head, Some(tail)))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Numeric parts of a prerelease have no leading zero.
fn check_prerelease(prerelease: &str) -> Result<(), VersionError> {
    let leading_zero = |part: &str| part.len() > 1 && part.starts_with('0') && is_digits(part);
    if prerelease.split('.').any(leading_zero) { Err(VersionError::LeadingZero) } else { Ok(()) }
}

fn integer(digits: &str) -> Result<u64, String> {
    let problem = if digits.is_empty() { "invalid syntax" } else { "value out of range" };
    digits.parse().map_err(|_| format!("strconv.ParseUint: parsing {}: {problem}", quote(digits)))
}
