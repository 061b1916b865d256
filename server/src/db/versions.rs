//! Rows of `version`, read together with the names of their chart and repository.

use super::{Ask, Tx};
use crate::error::Result;
use crate::model::{ChartName, Digest, Door, Id, Micros, RepositoryName, State, Tag, Version};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct VersionRow {
    pub id: Id,
    pub chart_id: Id,
    pub repository_id: Id,
    pub repository: RepositoryName,
    pub chart: ChartName,
    pub version: Version,
    pub tag: Tag,
    /// Of the archive.
    pub digest: Digest,
    pub size: i64,
    pub state: State,
    pub door: Door,
    /// Chart.yaml as JSON.
    pub metadata: String,
    /// Of the OCI manifest this version is known by.
    pub manifest_digest: Digest,
    pub uploaded_by: String,
    pub uploaded_at: Micros,
    pub state_changed_at: Micros,
    pub published_at: Option<Micros>,
    pub scan_id: Option<Id>,
    /// `pass`, `block` or `incomplete`; absent until judged.
    pub verdict: Option<String>,
    pub verdict_reason: Option<String>,
    /// JSON list of rule ids, most severe first.
    pub deciding_rules: Option<String>,
    pub policy_version: Option<String>,
    pub decided_by: Option<String>,
    pub decision_reason: Option<String>,
}

impl VersionRow {
    /// Rule ids that decide, most severe first.
    #[must_use]
    pub fn deciding(&self) -> Vec<String> {
        self.deciding_rules.as_deref().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
    }

    /// `<name>-<version>.tgz`, computed, never taken from a client.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{}-{}.tgz", self.chart, self.version)
    }
}

/// What the index says of an approved version.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PublishedRow {
    pub version: Version,
    /// Of the archive.
    pub digest: Digest,
    /// Chart.yaml as JSON.
    pub metadata: String,
    pub published_at: Option<Micros>,
    pub uploaded_at: Micros,
}

/// The columns of `VersionRow` and their joins, followed by the rest of one statement.
macro_rules! select_version {
    ($rest:literal) => {
        concat!(
            "SELECT version.id, version.chart_id, chart.repository_id, repository.name AS repository,
             chart.name AS chart, version.version, version.tag, version.digest, version.size, version.state,
             version.door, version.metadata, version.manifest_digest, version.uploaded_by, version.uploaded_at,
             version.state_changed_at, version.published_at, version.scan_id, version.verdict,
             version.verdict_reason, version.deciding_rules, version.policy_version, version.decided_by,
             version.decision_reason
             FROM version JOIN chart ON chart.id = version.chart_id
             JOIN repository ON repository.id = chart.repository_id ",
            $rest
        )
    };
}

pub async fn by_id(on: &mut impl Ask, id: &Id) -> Result<Option<VersionRow>> {
    on.query(select_version!("WHERE version.id = $1")).bind(id.clone()).maybe().await
}

pub async fn by_name(
    on: &mut impl Ask,
    repository: &RepositoryName,
    chart: &ChartName,
    version: &Version,
) -> Result<Option<VersionRow>> {
    on.query(select_version!("WHERE repository.name = $1 AND chart.name = $2 AND version.version = $3"))
        .bind(repository.clone())
        .bind(chart.clone())
        .bind(version.clone())
        .maybe()
        .await
}

pub async fn by_tag(
    on: &mut impl Ask,
    repository: &RepositoryName,
    chart: &ChartName,
    tag: &Tag,
) -> Result<Option<VersionRow>> {
    on.query(select_version!("WHERE repository.name = $1 AND chart.name = $2 AND version.tag = $3"))
        .bind(repository.clone())
        .bind(chart.clone())
        .bind(tag.clone())
        .maybe()
        .await
}

/// Versions with this archive, in any repository, oldest first.
pub async fn by_digest(on: &mut impl Ask, digest: &Digest) -> Result<Vec<VersionRow>> {
    on.query(select_version!("WHERE version.digest = $1 ORDER BY version.id"))
        .bind(digest.clone())
        .all()
        .await
}

/// Every version of one chart, any state, in no useful order (SemVer order is the caller's).
pub async fn of_chart(on: &mut impl Ask, chart_id: &Id) -> Result<Vec<VersionRow>> {
    on.query(select_version!("WHERE version.chart_id = $1")).bind(chart_id.clone()).all().await
}

/// The approved versions of one chart, in no useful order.
pub async fn published(on: &mut impl Ask, chart_id: &Id) -> Result<Vec<PublishedRow>> {
    on.query(
        "SELECT version, digest, metadata, published_at, uploaded_at FROM version
         WHERE chart_id = $1 AND state = 'approved'",
    )
    .bind(chart_id.clone())
    .all()
    .await
}

/// Versions of one chart from which this digest can be reached: its archive, a manifest, a config or a provenance.
pub async fn reaching(
    on: &mut impl Ask,
    repository: &RepositoryName,
    chart: &ChartName,
    digest: &Digest,
) -> Result<Vec<VersionRow>> {
    on.query(select_version!(
        "WHERE repository.name = $1 AND chart.name = $2 AND (version.digest = $3 OR version.id IN
         (SELECT version_id FROM manifest WHERE digest = $3 OR config_digest = $3 OR provenance_digest = $3))
         ORDER BY version.id"
    ))
    .bind(repository.clone())
    .bind(chart.clone())
    .bind(digest.clone())
    .all()
    .await
}

/// What waits: quarantined and in review, oldest first, after `(uploaded_at, id)`; `None` for every repository.
pub async fn waiting(
    on: &mut impl Ask,
    repository: Option<&RepositoryName>,
    after: Option<(Micros, &Id)>,
    limit: i64,
) -> Result<Vec<VersionRow>> {
    let (at, id) = after.map_or((Micros(i64::MIN), String::new()), |(at, id)| (at, id.to_string()));
    on.query(select_version!(
        "WHERE version.state IN ('quarantined', 'in review')
         AND (CAST($1 AS TEXT) IS NULL OR repository.name = $1)
         AND (version.uploaded_at, version.id) > ($2, $3)
         ORDER BY version.uploaded_at, version.id LIMIT $4"
    ))
    .bind(repository.cloned())
    .bind(at)
    .bind(id)
    .bind(limit)
    .all()
    .await
}

/// How many versions wait for a scan or a person.
pub async fn waiting_count(on: &mut impl Ask) -> Result<i64> {
    let count: (i64,) =
        on.query("SELECT COUNT(*) FROM version WHERE state IN ('quarantined', 'in review')").one().await?;
    Ok(count.0)
}

/// Versions of a repository whose judgement was made under another policy and that still wait.
pub async fn judged_under_other_policy(
    on: &mut impl Ask,
    repository: &Id,
    policy_version: &str,
) -> Result<Vec<VersionRow>> {
    on.query(select_version!(
        "WHERE chart.repository_id = $1 AND version.state = 'in review' AND version.policy_version <> $2
         ORDER BY version.id"
    ))
    .bind(repository.clone())
    .bind(policy_version.to_owned())
    .all()
    .await
}

/// A new version, quarantined.
pub async fn insert(tx: &mut Tx, row: &VersionRow) -> Result<()> {
    tx.query(
        "INSERT INTO version (id, chart_id, version, tag, digest, size, state, door, metadata, manifest_digest,
         uploaded_by, uploaded_at, state_changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)",
    )
    .bind(row.id.clone())
    .bind(row.chart_id.clone())
    .bind(row.version.clone())
    .bind(row.tag.clone())
    .bind(row.digest.clone())
    .bind(row.size)
    .bind(row.state)
    .bind(row.door)
    .bind(row.metadata.clone())
    .bind(row.manifest_digest.clone())
    .bind(row.uploaded_by.clone())
    .bind(row.uploaded_at)
    .run()
    .await?;
    Ok(())
}

/// The judgement of a version, written with the state it leads to.
#[derive(Clone, Debug)]
pub struct Judgement {
    pub scan_id: Id,
    pub verdict: &'static str,
    pub verdict_reason: String,
    pub deciding_rules: String,
    pub policy_version: String,
}

pub async fn set_judgement(
    tx: &mut Tx,
    id: &Id,
    judgement: &Judgement,
    state: State,
    now: Micros,
) -> Result<()> {
    tx.query(
        "UPDATE version SET scan_id = $2, verdict = $3, verdict_reason = $4, deciding_rules = $5, policy_version = $6,
         state = $7, state_changed_at = CASE WHEN state = $7 THEN state_changed_at ELSE $8 END,
         published_at = CASE WHEN $7 = 'approved' THEN $8 ELSE published_at END WHERE id = $1",
    )
    .bind(id.clone())
    .bind(judgement.scan_id.clone())
    .bind(judgement.verdict)
    .bind(judgement.verdict_reason.clone())
    .bind(judgement.deciding_rules.clone())
    .bind(judgement.policy_version.clone())
    .bind(state)
    .bind(now)
    .run()
    .await?;
    Ok(())
}

pub async fn set_decision(
    tx: &mut Tx,
    id: &Id,
    state: State,
    decided_by: &str,
    reason: &str,
    now: Micros,
) -> Result<()> {
    tx.query(
        "UPDATE version SET state = $2, decided_by = $3, decision_reason = $4, state_changed_at = $5,
         published_at = CASE WHEN $2 = 'approved' THEN $5 ELSE published_at END WHERE id = $1",
    )
    .bind(id.clone())
    .bind(state)
    .bind(decided_by.to_owned())
    .bind(reason.to_owned())
    .bind(now)
    .run()
    .await?;
    Ok(())
}
