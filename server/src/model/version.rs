//! A chart's version and its OCI tag. Strict SemVer 2.0: what Helm reads leniently is refused at intake.

use super::{Invalid, text_newtype};

/// Bytes of an OCI tag, and so of a version.
pub const VERSION_BYTES_MAX: usize = 128;

/// A strict SemVer 2.0 version, kept as its text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, sqlx::Type)]
#[sqlx(transparent)]
pub struct Version(String);
text_newtype!(Version);

/// An OCI tag by the grammar of the distribution specification.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type)]
#[sqlx(transparent)]
pub struct Tag(String);
text_newtype!(Tag);

impl Version {
    /// # Errors
    /// Not strict SemVer 2.0, or longer than a tag may be.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.len() > VERSION_BYTES_MAX {
            return Err(Invalid(format!(
                "a version must have at most {VERSION_BYTES_MAX} bytes, as OCI tags do"
            )));
        }
        match semver::Version::parse(text) {
            Ok(_) => Ok(Version(text.to_owned())),
            Err(error) => Err(Invalid(format!("the version is not Semantic Versioning 2.0: {error}"))),
        }
    }

    /// The tag under which Helm pulls this version: `+` becomes `_`, which no SemVer text contains.
    #[must_use]
    pub fn tag(&self) -> Tag {
        Tag(self.0.replace('+', "_"))
    }

    /// A total order: SemVer precedence, then build metadata, so that no two versions tie.
    #[must_use]
    pub fn total_cmp(&self, other: &Version) -> std::cmp::Ordering {
        match (semver::Version::parse(&self.0), semver::Version::parse(&other.0)) {
            (Ok(a), Ok(b)) => a.cmp(&b).then_with(|| self.0.cmp(&other.0)),
            _ => self.0.cmp(&other.0),
        }
    }
}

impl Tag {
    /// # Errors
    /// Not `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        let good = text.len() <= VERSION_BYTES_MAX
            && text.bytes().next().is_some_and(word)
            && text.bytes().all(|b| word(b) || matches!(b, b'.' | b'-'));
        if good { Ok(Tag(text.to_owned())) } else { Err(Invalid("this is not a valid OCI tag".to_owned())) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn versions_are_strict_and_tags_follow() {
        for bad in ["v1.2.3", "1.2", "01.2.3", "1.2.3_a", "", "1.2.3 ", "latest"] {
            assert!(Version::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Version::parse("1.0.0-rc.1+a.b").unwrap().tag().as_str(), "1.0.0-rc.1_a.b");
    }

    #[test]
    fn versions_that_differ_only_by_build_metadata_have_an_order() {
        let (a, b) = (Version::parse("1.0.0+a").unwrap(), Version::parse("1.0.0+b").unwrap());
        assert!(a.total_cmp(&b).is_lt() && b.total_cmp(&a).is_gt());
        assert!(Version::parse("1.10.0").unwrap().total_cmp(&Version::parse("1.9.0").unwrap()).is_gt());
    }
}
