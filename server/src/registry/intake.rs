//! The one way in: every door ends here. Strict reading, then blobs, then one transaction; a refusal leaves no row.

use bytes::Bytes;
use futures_util::future::try_join_all;
use renderer::chart::Metadata;

use super::oci_view::{MANIFEST_TYPE, synthesise};
use super::{Entry, append, publishable, report_path};
use crate::app::App;
use crate::config::UPLOAD_BYTES_MAX;
use crate::db::Tx;
use crate::db::charts::{self, ChartRow};
use crate::db::jobs::{self, JobKind, Urgency};
use crate::db::manifests::{self, ManifestRow};
use crate::db::repositories::RepositoryRow;
use crate::db::versions::{self, VersionRow};
use crate::db::{Ask as _, blobs, retried};
use crate::error::{Error, Kind, Result};
use crate::model::{Caller, ChartName, Digest, Door, RepositoryName, State, Tag, Version};

/// Manifests that may be kept for one version; the same chart pushed again with other annotations makes one more.
const MANIFESTS_PER_VERSION_MAX: i64 = 32;

/// One chart as it arrives.
pub struct Upload {
    pub repository: RepositoryName,
    /// The archive.
    pub bytes: Bytes,
    pub door: Door,
    /// What an OCI push says besides the archive.
    pub oci: Option<OciPush>,
    /// Where a mirror found it.
    pub origin: Option<Origin>,
}

/// Where a mirror found a chart, and what the upstream's index says it is. The archive must be that.
pub struct Origin {
    /// Name of the upstream.
    pub upstream: String,
    /// Address of the archive, without what may be secret in it.
    pub url: String,
    pub chart: String,
    pub version: String,
    /// The digest by the index; the bytes were compared with it.
    pub said_digest: Option<Digest>,
}

impl Origin {
    /// What is kept of it on record.
    fn words(&self) -> String {
        let said = match &self.said_digest {
            Some(digest) => format!("the index says {digest}"),
            None => "the index says no digest".to_owned(),
        };
        format!("mirrored from {} of upstream {}; {said}", self.url, self.upstream)
    }
}

/// The parts of an OCI push. The door has checked that the manifest names these blobs; names are checked here.
pub struct OciPush {
    /// Exactly as received.
    pub manifest: Bytes,
    pub media_type: String,
    /// Chart.yaml as JSON; must agree with the archive.
    pub config: Bytes,
    pub provenance: Option<Bytes>,
    /// Last segment of the OCI name; must be the chart's name.
    pub chart: String,
    /// The tag it is pushed under, if any; must be the version's.
    pub tag: Option<String>,
}

/// What became of an upload.
#[derive(Clone, Debug)]
pub struct Receipt {
    pub repository: RepositoryName,
    pub chart: ChartName,
    pub version: Version,
    pub tag: Tag,
    /// Of the archive.
    pub digest: Digest,
    /// Of the manifest that was pushed, or of the one made here.
    pub manifest_digest: Digest,
    pub state: State,
    /// `false` when these bytes were known under this version.
    pub created: bool,
    pub report_url: String,
}

/// The bytes of one version, ready to be stored.
struct Parts {
    chart: ChartName,
    version: Version,
    metadata: Metadata,
    archive: Blob,
    manifest: Blob,
    media_type: String,
    config: Blob,
    provenance: Option<Blob>,
    /// How it came, as the log says it.
    how: String,
}

/// Bytes with their digest, which is taken once.
struct Blob {
    digest: Digest,
    bytes: Bytes,
}

impl From<Bytes> for Blob {
    fn from(bytes: Bytes) -> Self {
        Blob { digest: Digest::of(&bytes), bytes }
    }
}

impl Parts {
    fn blobs(&self) -> impl Iterator<Item = &Blob> {
        [&self.archive, &self.config, &self.manifest].into_iter().chain(&self.provenance)
    }
}

/// Takes a chart in: quarantined, with an audit entry and a scan job, or known already.
///
/// # Errors
/// No right, unknown repository, an archive or Chart.yaml that is refused, or other bytes under a known version.
/// No row is left behind then; of an upload that lost a race, blobs stay until the sweep.
pub async fn intake(app: &App, caller: &Caller, upload: Upload) -> Result<Receipt> {
    let repository = publishable(app, caller, &upload.repository).await?;
    let door = upload.door;
    let parts = read(app, upload).await?;
    let known = known_version(&mut app.db.read(), &repository, &parts).await?;
    let pushed_oci = door == Door::Oci;
    if let Some(row) = &known
        && (!pushed_oci
            || manifests::of_version(&mut app.db.read(), &row.id, &parts.manifest.digest).await?.is_some())
    {
        // The manifest that a classic push is given is made anew each time; only what these rows name is healed.
        let named = parts.blobs().take(if pushed_oci { usize::MAX } else { 1 });
        for blob in named {
            app.blobs.heal(&blob.digest, &blob.bytes).await?;
        }
        return Ok(receipt(app, row, pushed_oci.then(|| parts.manifest.digest.clone()), false));
    }
    let now = app.now();
    let stored = parts.blobs().map(|blob| app.blobs.put_new(&blob.digest, blob.bytes.clone(), now));
    let new = try_join_all(stored).await?;
    // Should the rows lose a race, the blobs stay for the sweep: taking them back at once could take them from another
    // upload of the same bytes that has stored them and not yet written its rows.
    let (row, created) = retried(|| write(app, caller, &repository, &parts, door)).await?;
    // What lay here already could be an old orphan that the sweep had chosen and took between our bytes and our rows. From
    // here on rows name it, so nothing takes it away again.
    let old = parts.blobs().zip(new).filter(|(_, new)| !new);
    try_join_all(old.map(|(blob, _)| app.blobs.keep(&blob.digest, &blob.bytes, now))).await?;
    app.wake.notify_one();
    Ok(receipt(app, &row, Some(parts.manifest.digest.clone()), created))
}

/// Everything that can be refused without looking at rows.
async fn read(app: &App, upload: Upload) -> Result<Parts> {
    if upload.bytes.len() > UPLOAD_BYTES_MAX {
        return Err(Error::new(
            Kind::TooLarge,
            format!("the chart has {} bytes; at most {UPLOAD_BYTES_MAX} are taken", upload.bytes.len()),
        ));
    }
    let archive = upload.bytes;
    let copy = archive.clone();
    let turn = app.unpacking.acquire().await.map_err(Error::internal)?;
    let identity = tokio::task::spawn_blocking(move || {
        renderer::archive::read(&copy).and_then(|archive| renderer::chart::identity(&archive))
    })
    .await??;
    drop(turn);
    let refused =
        |invalid: crate::model::Invalid| Error::new(Kind::ChartRefused, format!("Chart.yaml: {invalid}"));
    let chart = ChartName::parse(&identity.name).map_err(refused)?;
    let version = Version::parse(&identity.version).map_err(refused)?;
    if let Some(origin) = &upload.origin {
        check_origin(origin, &chart, &version)?;
    }
    let how = match &upload.origin {
        Some(origin) => origin.words(),
        None => format!("pushed through the {} door", upload.door.as_str()),
    };
    let archive = Blob::from(archive);
    let metadata = identity.metadata;
    let Some(oci) = upload.oci else {
        let view = synthesise(&metadata, &archive.digest, archive.bytes.len(), app.now())?;
        return Ok(Parts {
            chart,
            version,
            metadata,
            archive,
            manifest: Bytes::from(view.manifest).into(),
            media_type: MANIFEST_TYPE.to_owned(),
            config: Bytes::from(view.config).into(),
            provenance: None,
            how,
        });
    };
    check_agreement(&oci, &chart, &version)?;
    Ok(Parts {
        chart,
        version,
        metadata,
        archive,
        manifest: oci.manifest.into(),
        media_type: oci.media_type,
        config: oci.config.into(),
        provenance: oci.provenance.map(Blob::from),
        how,
    })
}

/// An upstream's index must say what the archive says; identity comes from the archive alone.
fn check_origin(origin: &Origin, chart: &ChartName, version: &Version) -> Result<()> {
    if origin.chart == chart.as_str() && origin.version == version.as_str() {
        return Ok(());
    }
    Err(Error::new(
        Kind::ChartRefused,
        format!(
            "the archive is {chart} {version}, but the index of the upstream says {} {}",
            origin.chart, origin.version
        ),
    ))
}

/// Name, tag and config of an OCI push must say what the archive says; identity comes from the archive alone.
fn check_agreement(oci: &OciPush, chart: &ChartName, version: &Version) -> Result<()> {
    let wrong = |what: String| Err(Error::new(Kind::InvalidManifest, what));
    if oci.chart != chart.as_str() {
        return wrong(format!(
            "the name ends in {}, but the chart in the layer is {chart}; push it as {chart}",
            oci.chart
        ));
    }
    if let Some(tag) = &oci.tag
        && tag != version.tag().as_str()
    {
        return wrong(format!(
            "the tag is {tag}, but the chart in the layer is version {version}; its tag is {}",
            version.tag()
        ));
    }
    let config: Metadata = match serde_json::from_slice(&oci.config) {
        Ok(config) => config,
        Err(error) => return wrong(format!("the config is not the JSON of a Chart.yaml: {error}")),
    };
    if config.name != chart.as_str() || config.version != version.as_str() {
        return wrong(format!(
            "the config says {} {}, but the chart in the layer is {chart} {version}",
            config.name, config.version
        ));
    }
    Ok(())
}

/// The version these bytes are, when it is known.
///
/// # Errors
/// `Conflict` when the name and version, or the tag, belong to other bytes.
async fn known_version(
    on: &mut impl crate::db::Ask,
    repository: &RepositoryRow,
    parts: &Parts,
) -> Result<Option<VersionRow>> {
    let Some(row) = versions::by_tag(on, &repository.name, &parts.chart, &parts.version.tag()).await? else {
        let other = parts.version.other_spelling();
        if versions::by_name(on, &repository.name, &parts.chart, &other).await?.is_none() {
            return Ok(None);
        }
        return Err(Error::new(
            Kind::Conflict,
            format!(
                "{} exists as version {other}, and for Helm {} is the same version; choose another version",
                parts.chart, parts.version
            ),
        ));
    };
    if row.version != parts.version {
        return Err(Error::new(
            Kind::Conflict,
            format!(
                "{} {} has the OCI tag {}, which version {} has already; choose another version",
                parts.chart, parts.version, row.tag, row.version
            ),
        ));
    }
    if row.digest != parts.archive.digest {
        return Err(Error::new(
            Kind::Conflict,
            format!(
                "{} {} exists with other bytes ({}); a version never changes, so raise the version",
                parts.chart, parts.version, row.digest
            ),
        ));
    }
    Ok(Some(row))
}

async fn write(
    app: &App,
    caller: &Caller,
    repository: &RepositoryRow,
    parts: &Parts,
    door: Door,
) -> Result<(VersionRow, bool)> {
    let mut tx = app.db.write().await?;
    let known = known_version(&mut tx, repository, parts).await?;
    let now = app.now();
    for blob in parts.blobs() {
        blobs::record(&mut tx, &blob.digest, blob.bytes.len() as u64, now).await?;
    }
    let (row, created) = match known {
        Some(row) => (row, false),
        None => (write_version(app, &mut tx, caller, repository, parts, door).await?, true),
    };
    let (manifests,) = tx
        .query("SELECT COUNT(*) FROM manifest WHERE version_id = $1")
        .bind(row.id.clone())
        .one::<(i64,)>()
        .await?;
    if manifests >= MANIFESTS_PER_VERSION_MAX {
        return Err(Error::new(
            Kind::Conflict,
            format!("{} {} has {manifests} manifests already; no more are kept", row.chart, row.version),
        ));
    }
    let manifest = ManifestRow {
        version_id: row.id.clone(),
        digest: parts.manifest.digest.clone(),
        media_type: parts.media_type.clone(),
        size: parts.manifest.bytes.len() as i64,
        config_digest: parts.config.digest.clone(),
        provenance_digest: parts.provenance.as_ref().map(|blob| blob.digest.clone()),
        created_at: now,
    };
    manifests::insert(&mut tx, &manifest).await?;
    tx.commit().await?;
    Ok((row, created))
}

async fn write_version(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    repository: &RepositoryRow,
    parts: &Parts,
    door: Door,
) -> Result<VersionRow> {
    let now = app.now();
    let chart_id = match charts::by_name(tx, &repository.id, &parts.chart).await? {
        Some(chart) => chart.id,
        None => {
            let chart = ChartRow {
                id: app.new_id()?,
                repository_id: repository.id.clone(),
                name: parts.chart.clone(),
                revision: 0,
                created_at: now,
            };
            charts::insert(tx, &chart).await?;
            chart.id
        }
    };
    let row = VersionRow {
        id: app.new_id()?,
        chart_id,
        repository_id: repository.id.clone(),
        repository: repository.name.clone(),
        chart: parts.chart.clone(),
        version: parts.version.clone(),
        tag: parts.version.tag(),
        digest: parts.archive.digest.clone(),
        size: parts.archive.bytes.len() as i64,
        state: State::Quarantined,
        door,
        metadata: serde_json::to_string(&parts.metadata)?,
        manifest_digest: parts.manifest.digest.clone(),
        uploaded_by: caller.name.clone(),
        uploaded_at: now,
        state_changed_at: now,
        published_at: None,
        scan_id: None,
        verdict: None,
        verdict_reason: None,
        deciding_rules: None,
        policy_version: None,
        decided_by: None,
        decision_reason: None,
    };
    versions::insert(tx, &row).await?;
    let urgency = if door == Door::Mirror { Urgency::Background } else { Urgency::Asked };
    jobs::enqueue(tx, &app.new_id()?, JobKind::Scan, &row.id, urgency, now).await?;
    let entry = Entry {
        reason: Some(parts.how.clone()),
        ..Entry::about(caller, "version.push", &row, None, State::Quarantined)
    };
    append(tx, now, entry).await?;
    Ok(row)
}

fn receipt(app: &App, row: &VersionRow, manifest: Option<Digest>, created: bool) -> Receipt {
    Receipt {
        repository: row.repository.clone(),
        chart: row.chart.clone(),
        version: row.version.clone(),
        tag: row.tag.clone(),
        digest: row.digest.clone(),
        manifest_digest: manifest.unwrap_or_else(|| row.manifest_digest.clone()),
        state: row.state,
        created,
        report_url: app.config.url(&report_path(&row.repository, &row.chart, &row.version)),
    }
}
