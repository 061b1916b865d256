//! The JSON bodies of `/api/v1`: what handlers answer and the command line reads. Data only.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a push answers.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PushReceipt {
    /// Always true; what ChartMuseum clients look for.
    pub saved: bool,
    pub repository: String,
    pub chart: String,
    pub version: String,
    /// `sha256:<hex>` of the archive.
    pub digest: String,
    /// quarantined, in review, approved, rejected, revoked.
    pub state: String,
    /// False when the same bytes were here already.
    pub created: bool,
    /// Address of the page that shows the report.
    pub report: String,
}

/// Where a version stands and why.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct VersionStatus {
    pub repository: String,
    pub chart: String,
    pub version: String,
    pub digest: String,
    pub state: String,
    /// pass, block, incomplete; absent before the scan.
    pub verdict: Option<String>,
    /// Why the verdict is what it is.
    pub reason: Option<String>,
    pub deciding_rules: Vec<String>,
    pub policy_version: Option<String>,
    pub uploaded_by: String,
    /// RFC 3339.
    pub uploaded_at: String,
    pub decided_by: Option<String>,
    pub decision_reason: Option<String>,
    pub report: String,
}

/// A list and where it goes on.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Queue {
    /// Oldest first.
    pub items: Vec<VersionStatus>,
}

/// A person's decision, bound to what the person saw.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionRequest {
    /// Mandatory; kept in the log.
    pub reason: String,
    /// Digest that was looked at; another one now is refused with 409.
    pub digest: String,
    /// Policy version that was looked at; absent for a revocation.
    #[serde(default)]
    pub policy_version: Option<String>,
}

/// One entry of the audit log.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditRow {
    pub seq: i64,
    /// RFC 3339.
    pub at: String,
    pub actor: String,
    pub action: String,
    pub repository: String,
    pub chart: String,
    pub version: String,
    /// The whole entry, exactly as it was hashed.
    pub entry: serde_json::Value,
    pub hash: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditPage {
    /// Newest first.
    pub items: Vec<AuditRow>,
    /// Give it as `before` to read on; absent at the end.
    pub next: Option<i64>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RepositoryItem {
    pub name: String,
    pub index: String,
}

/// RFC 9457 problem details.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    pub detail: String,
    #[serde(default)]
    pub request_id: Option<String>,
}
