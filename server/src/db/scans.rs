//! Rows of `scan` and `finding`.

use scanner::report::{Finding, Severity};

use super::{Ask, Tx};
use crate::error::Result;
use crate::model::{Digest, Id, Micros};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ScanRow {
    pub id: Id,
    pub version_id: Id,
    /// Of the archive that was scanned.
    pub digest: Digest,
    pub scanner_version: String,
    /// Of the report's JSON.
    pub report_digest: Digest,
    pub complete: bool,
    pub incomplete_reason: Option<String>,
    pub critical: i64,
    pub high: i64,
    pub medium: i64,
    pub low: i64,
    pub info: i64,
    pub started_at: Micros,
    pub finished_at: Micros,
}

pub async fn by_id(on: &mut impl Ask, id: &Id) -> Result<Option<ScanRow>> {
    on.query("SELECT * FROM scan WHERE id = $1").bind(id.clone()).maybe().await
}

pub async fn insert(tx: &mut Tx, row: &ScanRow) -> Result<()> {
    tx.query(
        "INSERT INTO scan (id, version_id, digest, scanner_version, report_digest, complete, incomplete_reason,
         critical, high, medium, low, info, started_at, finished_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(row.id.clone())
    .bind(row.version_id.clone())
    .bind(row.digest.clone())
    .bind(row.scanner_version.clone())
    .bind(row.report_digest.clone())
    .bind(row.complete)
    .bind(row.incomplete_reason.clone())
    .bind(row.critical)
    .bind(row.high)
    .bind(row.medium)
    .bind(row.low)
    .bind(row.info)
    .bind(row.started_at)
    .bind(row.finished_at)
    .run()
    .await?;
    Ok(())
}

pub async fn insert_finding(tx: &mut Tx, scan: &Id, position: i64, finding: &Finding) -> Result<()> {
    let object = finding.object.clone().unwrap_or_default();
    let template = finding.template.clone().unwrap_or_default();
    tx.query(
        "INSERT INTO finding (scan_id, position, rule, severity, object_kind, object_namespace, object_name, path,
         template_file, template_line, values_keys, evidence, message, fingerprint, profile)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(scan.clone())
    .bind(position)
    .bind(finding.rule.clone())
    .bind(severity_name(finding.severity))
    .bind(object.kind)
    .bind(object.namespace)
    .bind(object.name)
    .bind(finding.path.clone())
    .bind(template.file)
    .bind(i64::from(template.line))
    .bind(serde_json::to_string(&finding.values)?)
    .bind(finding.evidence.clone())
    .bind(finding.message.clone())
    .bind(finding.fingerprint.clone())
    .bind(finding.profile.clone())
    .run()
    .await?;
    Ok(())
}

/// The one spelling of a severity in rows, JSON and pages.
#[must_use]
pub fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}
