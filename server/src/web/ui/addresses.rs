//! Addresses of pages, built in one place so that a link cannot be misspelt. No rights are asked here.

use crate::model::{ChartName, Digest, RepositoryName, Version};
use crate::registry::report_path;

use super::parts::encoded;

/// `/ui/charts/<repository>/<chart>`.
#[must_use]
pub fn chart(repository: &RepositoryName, chart: &ChartName) -> String {
    format!("/ui/charts/{repository}/{chart}")
}

/// `/ui/charts/<repository>/<chart>/<version>`, the same as in error messages of the other doors.
#[must_use]
pub fn version(repository: &RepositoryName, chart: &ChartName, version: &Version) -> String {
    report_path(repository, chart, version)
}

/// The version page by what it shows: a link that can never show other bytes.
#[must_use]
pub fn digest(digest: &Digest) -> String {
    format!("/by-digest/{digest}")
}

/// `path` with the queries that have a value.
#[must_use]
pub fn with_query(path: &str, queries: &[(&str, &str)]) -> String {
    let mut out = path.to_owned();
    for (name, value) in queries.iter().filter(|(_, value)| !value.is_empty()) {
        out.push(if out.contains('?') { '&' } else { '?' });
        out.push_str(&format!("{name}={}", encoded(value)));
    }
    out
}
