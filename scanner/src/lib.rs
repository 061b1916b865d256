//! Manifests and chart files to findings and a verdict. Pure: no HTTP, no SQL, no processes, no files.

mod evidence;
mod finding;
mod model;
pub mod output;
mod passwords;
pub mod policy;
pub mod report;
pub mod rule;
pub mod rules;
mod run;
mod scan;

use sha2::{Digest, Sha256};

pub use finding::{Draft, Findings};
pub use model::{Chart, Container, Object, PodSpec, Role, Scene};
pub use scan::{Options, scan, scan_files, scan_manifests};

/// Lower-case hex sha256 of `bytes`.
#[must_use]
pub fn hex_sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
