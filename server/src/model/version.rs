//! A chart's version and its OCI tag. Strict SemVer 2.0, with a leading `v` where the chart has one; what else Helm reads
//! leniently is refused at intake.

use super::{Invalid, text_newtype};

/// Bytes of an OCI tag, and so of a version.
pub const VERSION_BYTES_MAX: usize = 128;

/// A strict SemVer 2.0 version, kept as its text. A leading `v` is part of the text, as it is for Helm's file names and
/// tags; it has no part in the order.
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
    /// Not strict SemVer 2.0 after at most one leading `v`, or longer than a tag may be.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.len() > VERSION_BYTES_MAX {
            return Err(Invalid(format!(
                "a version must have at most {VERSION_BYTES_MAX} bytes, as OCI tags do"
            )));
        }
        match semver::Version::parse(without_v(text)) {
            Ok(_) => Ok(Version(text.to_owned())),
            Err(error) => Err(Invalid(format!("the version is not Semantic Versioning 2.0: {error}"))),
        }
    }

    /// The tag under which Helm pulls this version: `+` becomes `_`, which no SemVer text contains.
    #[must_use]
    pub fn tag(&self) -> Tag {
        Tag(self.0.replace('+', "_"))
    }

    /// The other way to write this version: with the leading `v`, or without it. Helm takes both for one version, so a
    /// chart can have one of them only.
    #[must_use]
    pub fn other_spelling(&self) -> Version {
        match self.0.strip_prefix('v') {
            Some(rest) => Version(rest.to_owned()),
            None => Version(format!("v{}", self.0)),
        }
    }

    /// A total order: SemVer precedence, then build metadata, then the text, so that no two versions tie.
    #[must_use]
    pub fn total_cmp(&self, other: &Version) -> std::cmp::Ordering {
        self.order().cmp(&other.order())
    }

    /// The key of that order, for sorting many: each text is parsed once.
    #[must_use]
    pub fn order(&self) -> impl Ord + use<> {
        (semver::Version::parse(without_v(&self.0)).ok(), self.0.clone())
    }
}

fn without_v(text: &str) -> &str {
    text.strip_prefix('v').unwrap_or(text)
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
        for bad in ["v1.2", "vv1.2.3", "V1.2.3", "v", "1.2", "01.2.3", "1.2.3_a", "", "1.2.3 ", "latest"] {
            assert!(Version::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Version::parse("1.0.0-rc.1+a.b").unwrap().tag().as_str(), "1.0.0-rc.1_a.b");
    }

    #[test]
    fn a_leading_v_is_kept_in_the_text_and_left_out_of_the_order() {
        let (old, new) = (Version::parse("v1.9.0").unwrap(), Version::parse("1.10.0").unwrap());
        assert_eq!((old.as_str(), old.tag().as_str()), ("v1.9.0", "v1.9.0"));
        assert!(new.total_cmp(&old).is_gt() && old.total_cmp(&new).is_lt());
        assert!(Version::parse("v1.10.0").unwrap().total_cmp(&new).is_ne(), "no two texts tie");
        for text in ["v1.9.0", "1.9.0", "v1.0.0-rc.1+a"] {
            let version = Version::parse(text).unwrap();
            let other = version.other_spelling();
            assert_ne!(other, version);
            assert_eq!(
                (Version::parse(other.as_str()), other.other_spelling()),
                (Ok(other.clone()), version)
            );
        }
    }

    #[test]
    fn versions_that_differ_only_by_build_metadata_have_an_order() {
        let (a, b) = (Version::parse("1.0.0+a").unwrap(), Version::parse("1.0.0+b").unwrap());
        assert!(a.total_cmp(&b).is_lt() && b.total_cmp(&a).is_gt());
        assert!(Version::parse("1.10.0").unwrap().total_cmp(&Version::parse("1.9.0").unwrap()).is_gt());
    }
}
