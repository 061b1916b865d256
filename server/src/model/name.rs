//! Names of repositories and charts. Both are path segments of OCI and of classic URLs, so both are strict.

use super::{Invalid, text_newtype};

/// Bytes of a repository name.
pub const REPOSITORY_NAME_BYTES_MAX: usize = 63;

/// First path segments that belong to the product and can never be a repository.
pub const RESERVED_SEGMENTS: &[&str] = &[
    "api",
    "auth",
    "blocked",
    "by-digest",
    "favicon.ico",
    "healthz",
    "info",
    "livez",
    "metrics",
    "readyz",
    "robots.txt",
    "sign-in",
    "sign-out",
    "static",
    "ui",
    "v1",
    "v2",
];

/// A namespace of charts with one policy: one lower-case path segment, not a reserved one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type)]
#[sqlx(transparent)]
pub struct RepositoryName(String);
text_newtype!(RepositoryName);

impl RepositoryName {
    /// # Errors
    /// Not `[a-z0-9]` groups joined by single `.`, `_` or `-`, too long, or reserved.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.len() > REPOSITORY_NAME_BYTES_MAX || !is_segment(text) {
            return Err(Invalid(format!(
                "a repository name must be 1 to {REPOSITORY_NAME_BYTES_MAX} lower-case letters and digits, with single . _ or - between them"
            )));
        }
        if RESERVED_SEGMENTS.contains(&text) {
            return Err(Invalid(format!("the name {text} is used by chartgate itself; choose another")));
        }
        Ok(RepositoryName(text.to_owned()))
    }
}

/// A chart's name, as `renderer::chart::identity` accepts it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type)]
#[sqlx(transparent)]
pub struct ChartName(String);
text_newtype!(ChartName);

impl ChartName {
    /// # Errors
    /// Not `[a-z0-9]([a-z0-9.-]*[a-z0-9])?` of at most 63 bytes.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let bytes = text.as_bytes();
        let plain = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let ends = bytes.first().is_some_and(plain) && bytes.last().is_some_and(plain);
        if ends
            && bytes.len() <= renderer::limits::CHART_NAME_BYTES_MAX
            && bytes.iter().all(|b| plain(b) || matches!(b, b'.' | b'-'))
        {
            return Ok(ChartName(text.to_owned()));
        }
        Err(Invalid(format!(
            "a chart name must be 1 to {} lower-case letters, digits, dots and dashes, and begin and end with a letter or digit",
            renderer::limits::CHART_NAME_BYTES_MAX
        )))
    }
}

/// One path component of an OCI name, with single separators.
fn is_segment(text: &str) -> bool {
    !text.is_empty()
        && text.split(['.', '_', '-']).all(|group| {
            !group.is_empty() && group.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repository_names_are_strict() {
        for good in ["charts", "team-a", "a.b_c", "0"] {
            assert!(RepositoryName::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "Charts", "a--b", "-a", "a/", "..", "a b", "v2", "api", "ui", "ä", &"a".repeat(64)] {
            assert!(RepositoryName::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn chart_names_are_strict() {
        for good in ["a", "nginx", "a-1", "x.y"] {
            assert!(ChartName::parse(good).is_ok(), "{good}");
        }
        for bad in ["", ".", "..", "A", "a_b", "a/b", "-a", "a-", &"a".repeat(64)] {
            assert!(ChartName::parse(bad).is_err(), "{bad}");
        }
    }
}
