//! A content digest in the form that OCI and Helm share: `sha256:` and 64 lower-case hex digits.

use sha2::Digest as _;

use super::{Invalid, text_newtype};

/// `sha256:<64 lower-case hex digits>`; the exact grammar, because digests become storage keys.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type)]
#[sqlx(transparent)]
pub struct Digest(String);
text_newtype!(Digest);

impl Digest {
    /// # Errors
    /// Anything but the exact grammar; other algorithms are not stored here.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match text.strip_prefix("sha256:") {
            Some(hex) if hex.len() == 64 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) => {
                Ok(Digest(text.to_owned()))
            }
            _ => Err(Invalid("a digest must be sha256: and 64 lower-case hexadecimal digits".to_owned())),
        }
    }

    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Digest::from_hasher(sha2::Sha256::new_with_prefix(bytes))
    }

    #[must_use]
    pub fn from_hasher(hasher: sha2::Sha256) -> Self {
        Digest(format!("sha256:{}", hex(&hasher.finalize())))
    }

    /// The 64 hex digits.
    #[must_use]
    pub fn hex(&self) -> &str {
        &self.0["sha256:".len()..]
    }
}

/// Lower-case hex.
#[must_use]
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| DIGITS[usize::from(digit)]).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_the_exact_grammar_is_a_digest() {
        let good = Digest::of(b"");
        assert_eq!(good.hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(Digest::parse(good.as_str()).unwrap(), good);
        let upper = good.as_str().to_uppercase();
        for bad in ["", "sha256:", "sha256:../../x", &good.as_str()[..70], &upper, "md5:00", "sha512:00"] {
            assert!(Digest::parse(bad).is_err(), "{bad}");
        }
    }
}
