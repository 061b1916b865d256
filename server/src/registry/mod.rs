//! The verbs: everything that changes a row or decides who may see what. Each takes the caller first.

mod audit;
mod hot;
mod index;
mod intake;
mod judge;
mod oci_view;
mod pages;
mod policies;
mod repositories;
mod resolve;
mod review;
mod upstream_words;
mod upstreams;

pub use audit::{AUDIT_GENESIS, Chain, Entry, append, history, log_contains, log_page, verify};
pub use hot::Hot;
pub use index::{Gzip, Index, IndexCache};
pub use intake::{OciPush, Origin, Receipt, Upload, intake};
pub use judge::{Judged, judge, rejudge_waiting};
pub use oci_view::{CHART_LAYER_TYPE, CONFIG_TYPE, MANIFEST_TYPE, PROVENANCE_LAYER_TYPE};
pub use pages::{
    Charts, VersionPage, VersionView, charts, find_digest, find_version, queue, version_page, versions_of,
};
pub use policies::{POLICY_BYTES_MAX, Policies, parse_policy, read_policy, read_policy_text, set_policy};
pub use repositories::{create_repository, find_repository, publishable, readable_repositories};
pub use resolve::{Object, Reference, Resolved, Want, resolve};
pub use review::{Decided, Decision, Expected, review, revoke};
pub use upstream_words::{description, every_words, shown_url};
pub use upstreams::{
    EVERY_SECONDS_MAX, EVERY_SECONDS_MIN, NewUpstream, UpstreamView, add_upstream, check_upstream,
    mirror_caller, offered_versions, queue_due_upstreams, record_bytes, remove_upstream, run_upstream,
    upstream_run, upstream_view, upstream_views,
};

use crate::error::{Error, Kind, Result};
use crate::model::{Action, Caller, ChartName, RepositoryName, Version};

/// Path of the page that shows a version and its report.
#[must_use]
pub fn report_path(repository: &RepositoryName, chart: &ChartName, version: &Version) -> String {
    format!("/ui/charts/{repository}/{chart}/{}", version.as_str().replace('+', "%2B"))
}

/// Asks for a right and says which one is missing. Anonymous callers are asked to sign in.
///
/// # Errors
/// `Unauthenticated` or `Forbidden`.
pub fn demand(caller: &Caller, action: Action, repository: Option<&RepositoryName>) -> Result<()> {
    if caller.may(action, repository) {
        return Ok(());
    }
    let what = match action {
        Action::Read => "read charts",
        Action::Publish => "push charts",
        Action::KnowUnapproved | Action::Inspect => "see unapproved charts",
        Action::Review => "review charts",
        Action::Audit => "read the log",
        Action::Administer => "administer this server",
    };
    let place = repository.map_or_else(String::new, |name| format!(" in repository {name}"));
    if caller.is_anonymous() {
        return Err(Error::new(
            Kind::Unauthenticated,
            format!("a token or a session is needed to {what}{place}"),
        ));
    }
    Err(Error::new(
        Kind::Forbidden,
        format!("{} may not {what}{place}; ask an admin for the role", caller.name),
    ))
}

#[cfg(test)]
mod tests;
