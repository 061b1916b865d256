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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ranges_accept_what_masterminds_accepts() {
        // (range, version, accepted)
        let cases = [
            ("^1.2.3", "1.9.0", true),
            ("^1.2.3", "2.0.0", false),
            ("^0.2.3", "0.3.0", false),
            ("^0.0.3", "0.0.4", false),
            ("^0", "0.9.0", true),
            ("~1.2", "1.2.9", true),
            ("~1", "1.9.9", true),
            ("~0.0.0", "7.0.0", true),
            ("1.2.x", "1.2.7", true),
            ("!=4.1.x", "4.1.3", false),
            (">11", "11.1.0", false),
            ("<=1.1", "1.1.9", true),
            ("1.0 - 2", "2.5.0", true),
            (">1.1, <2", "1.1.1", false),
            (">=1.0.0", "1.1.0-rc1", false),
            (">=1.0.0-0", "1.1.0-rc1", true),
            ("<0.5 || >=2", "v2.1", true),
            ("*", "1.0.0-rc1", false),
            (">= 1.25.0-0", "1.36.0", true),
            ("", "1.0.0", false),
            ("bad", "1.0.0", false),
        ];
        for (range, version, accepted) in cases {
            assert_eq!(is_compatible(range, version), accepted, "{range:?} {version}");
        }
    }

    #[test]
    fn reasons_and_errors_are_masterminds() {
        let check = |range, version| {
            Constraint::parse(range).unwrap().validate(&Version::parse_lenient(version).unwrap())
        };
        assert_eq!(check(">2", "1.0.0").unwrap_err(), ["\"1.0.0\" is less than or equal to \"2\""]);
        assert_eq!(Constraint::parse("a b").unwrap_err(), "improper constraint: \"a b\"");
        let strict = ["", "1.2", "01.2.3", "1.2.x", "1.2.3-01", "1.2.3-", "1.2.3+"];
        let texts: Vec<String> =
            strict.iter().map(|text| Version::parse_strict(text).unwrap_err().to_string()).collect();
        let wanted = [
            "version string empty",
            "invalid semantic version",
            "version segment starts with 0",
            "invalid characters in version",
            "version segment starts with 0",
            "invalid prerelease string",
            "invalid metadata string",
        ];
        assert_eq!(texts, wanted);
        assert_eq!(Version::parse_lenient("v01.2").unwrap().to_string(), "1.2.0");
    }
}
