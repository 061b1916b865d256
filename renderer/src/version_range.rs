//! Versions and ranges as Helm reads them (Masterminds/semver 3.5), with its error texts. It knows no charts.

mod constraint;
mod version;

pub use constraint::Constraint;
pub use version::{Version, VersionError};

/// Whether `range` is a range and accepts `version`; false for everything that is not well formed (Helm: `IsCompatibleRange`).
#[must_use]
pub fn is_compatible(range: &str, version: &str) -> bool {
    match (Version::parse_lenient(version), Constraint::parse(range)) {
        (Ok(version), Ok(range)) => range.check(&version),
        _ => false,
    }
}
