//! Manifests and chart files to findings and a verdict. Pure: no HTTP, no SQL, no processes, no files.

pub mod policy;
pub mod report;

use sha2::{Digest, Sha256};

/// Lower-case hex sha256 of `bytes`.
#[must_use]
pub fn hex_sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
