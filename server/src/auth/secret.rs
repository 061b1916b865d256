//! Random secrets and the hashes under which they are kept. 256 random bits need no slow hash.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::Result;
use crate::model::Digest;

/// 256 random bits as 43 characters that are safe in URLs and headers.
pub(super) fn random() -> Result<String> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// What is kept of a secret, and what it is found by.
pub(super) fn hash(secret: &str) -> String {
    Digest::of(secret.as_bytes()).hex().to_owned()
}
