//! What a scan says: findings with evidence, and whether the scan was complete. Data only.

use serde::{Deserialize, Serialize};

/// Version of the report's JSON; fields are only added.
pub const REPORT_SCHEMA: &str = "chartgate.report/1";

/// Profile of a chart's default values as Helm 4 renders them.
pub const DEFAULTS: &str = "defaults";
/// The same as Helm 3 renders them; only what Helm 4 does not show carries it.
pub const HELM_3_DEFAULTS: &str = "defaults (helm 3)";

/// The result of scanning one archive. Its JSON is what the scan child prints and what is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    pub schema: String,
    /// Version of the binary that scanned.
    pub scanner_version: String,
    /// `sha256:<hex>` of the archive, or of nothing for a folder.
    pub digest: Option<String>,
    pub chart: Option<ChartFacts>,
    pub completeness: Completeness,
    pub findings: Vec<Finding>,
    pub profiles: Vec<Profile>,
    /// Rendered documents of the default profile, in print order.
    pub manifests: Vec<RenderedManifest>,
    pub files: Vec<FileFacts>,
    pub images: Vec<ImageFacts>,
}

impl Report {
    /// A complete report about nothing.
    #[must_use]
    pub fn empty() -> Self {
        Report {
            schema: REPORT_SCHEMA.to_owned(),
            scanner_version: env!("CARGO_PKG_VERSION").to_owned(),
            digest: None,
            chart: None,
            completeness: Completeness::Complete,
            findings: Vec::new(),
            profiles: Vec::new(),
            manifests: Vec::new(),
            files: Vec::new(),
            images: Vec::new(),
        }
    }
}

/// Only a complete scan can pass; the reason says what could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum Completeness {
    Complete,
    Incomplete { reason: String },
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChartFacts {
    pub name: String,
    pub version: String,
    pub app_version: Option<String>,
    pub description: Option<String>,
    pub chart_type: Option<String>,
}

/// One set of values the chart was rendered with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Profile {
    /// `defaults`, or the path of a values file in the chart.
    pub name: String,
    /// `None` when it rendered.
    pub error: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RenderedManifest {
    /// As after `# Source:`.
    pub source: String,
    pub kind: String,
    pub namespace: String,
    pub name: String,
    pub text: String,
    pub hook: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FileFacts {
    pub path: String,
    pub bytes: u64,
    /// The text when it is UTF-8 and small enough to show.
    pub text: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ImageFacts {
    pub reference: String,
    /// `Deployment/web` and the like.
    pub used_by: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectRef {
    pub kind: String,
    pub namespace: String,
    pub name: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateRef {
    pub file: String,
    pub line: u32,
}

/// One thing a rule found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// `exposure/load-balancer`.
    pub rule: String,
    pub severity: Severity,
    /// Absent for findings about the archive or the chart as a whole.
    pub object: Option<ObjectRef>,
    /// Field path in the object: `spec.template.spec.containers[0].image`.
    pub path: String,
    pub template: Option<TemplateRef>,
    /// Dotted values keys that lead here; the most direct first.
    pub values: Vec<String>,
    /// The value that was found, shortened.
    pub evidence: String,
    /// One sentence for a person.
    pub message: String,
    /// Survives line moves: first 16 hex digits of sha256 over rule, object and path.
    pub fingerprint: String,
    /// `defaults` or the profile in which it appears.
    pub profile: String,
}
