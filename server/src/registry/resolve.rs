//! The one function that decides what a caller may fetch: index, tags, files, manifests, blobs. Every byte path asks it.

use std::sync::Arc;

use bytes::Bytes;

use super::hot::{Chart, Found, Name};
use super::oci_view::{CHART_LAYER_TYPE, CONFIG_TYPE, PROVENANCE_LAYER_TYPE};
use super::{Index, report_path, repositories};
use crate::app::App;
use crate::db::charts;
use crate::db::manifests;
use crate::db::repositories::RepositoryRow;
use crate::db::versions::{self, VersionRow};
use crate::error::{Error, Kind, Result};
use crate::model::{Action, Caller, ChartName, Digest, Micros, RepositoryName, State, Tag, Version};

/// What is asked for.
#[derive(Clone, Debug)]
pub enum Want<'a> {
    Index,
    /// `<name>-<version>.tgz`, or the same with `.prov`.
    File(&'a str),
    /// Tags of approved versions.
    Tags(&'a ChartName),
    Manifest(&'a ChartName, Reference),
    /// Archive, config or provenance that a visible version of this chart has.
    Blob(&'a ChartName, &'a Digest),
}

/// How a manifest is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    Tag(Tag),
    Digest(Digest),
}

/// What may be given out.
#[derive(Clone, Debug)]
pub enum Resolved {
    Index(Arc<Index>),
    Tags(Vec<Tag>),
    Object(Box<Object>),
}

/// Bytes that hash to their digest, and what they are.
#[derive(Clone, Debug)]
pub struct Object {
    pub bytes: Bytes,
    pub digest: Digest,
    pub media_type: Arc<str>,
    /// The version they belong to.
    pub version: Arc<VersionRow>,
    /// When they became visible, or arrived.
    pub modified: Micros,
}

impl Resolved {
    /// # Errors
    /// Something else was asked for.
    pub fn into_object(self) -> Result<Object> {
        if let Resolved::Object(object) = self {
            Ok(*object)
        } else {
            Err(Error::internal("no object was asked for"))
        }
    }
}

/// How much of a version a caller may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// Everything.
    Open,
    /// That it exists, its state and why; no bytes.
    Withheld,
    /// Nothing, not even that it exists.
    Hidden,
}

/// The table: state of the version by rights of the caller.
pub(super) fn sight(caller: &Caller, row: &VersionRow) -> Sight {
    let repository = Some(&row.repository);
    let uploaded = !caller.is_anonymous() && caller.name == row.uploaded_by;
    if uploaded || caller.may(Action::Inspect, repository) {
        return Sight::Open;
    }
    if !caller.may(Action::Read, repository) {
        return Sight::Hidden;
    }
    match row.state {
        State::Approved => Sight::Open,
        State::Rejected | State::Revoked => Sight::Withheld,
        State::Quarantined | State::InReview if caller.may(Action::KnowUnapproved, repository) => {
            Sight::Withheld
        }
        State::Quarantined | State::InReview => Sight::Hidden,
    }
}

/// Gives what is asked for if this caller may have it.
///
/// # Errors
/// `UnknownRepository`, `UnknownManifest`, `UnknownBlob` or `NotFound` for what is absent or may not be known;
/// `NotApproved` with reason and report for what is withheld; `Unauthenticated` where anonymous reading is off.
pub async fn resolve(
    app: &App,
    caller: &Caller,
    repository: &RepositoryName,
    want: Want<'_>,
) -> Result<Resolved> {
    repositories::readable(caller, repository)?;
    let known = app.hot.repository(&app.db, repository).await?;
    let repository = known.ok_or_else(|| repositories::unknown(repository))?;
    match want {
        Want::Index => Ok(Resolved::Index(app.index.of(app, &repository).await?)),
        Want::Tags(chart) => tags(app, &repository, chart).await,
        Want::File(name) => file(app, caller, &repository, name).await,
        Want::Manifest(chart, reference) => manifest(app, caller, &repository, chart, reference).await,
        Want::Blob(chart, digest) => blob(app, caller, &repository, chart, digest).await,
    }
}

/// Tags of approved versions in text order. A chart without one is as unknown as one that never was.
async fn tags(app: &App, repository: &RepositoryRow, chart: &ChartName) -> Result<Resolved> {
    let unknown =
        || Error::new(Kind::UnknownRepository, format!("there is no chart {chart} in {}", repository.name));
    let row = charts::by_name(&mut app.db.read(), &repository.id, chart).await?.ok_or_else(unknown)?;
    let mut tags: Vec<Tag> = versions::of_chart(&mut app.db.read(), &row.id)
        .await?
        .into_iter()
        .filter(|version| version.state == State::Approved)
        .map(|version| version.tag)
        .collect();
    if tags.is_empty() {
        return Err(unknown());
    }
    tags.sort();
    Ok(Resolved::Tags(tags))
}

async fn file(app: &App, caller: &Caller, repository: &RepositoryRow, name: &str) -> Result<Resolved> {
    let unknown =
        || Error::new(Kind::NotFound, format!("there is no file {name} in repository {}", repository.name));
    let (stem, provenance) = match name.strip_suffix(".prov") {
        Some(rest) => (rest, true),
        None => (name, false),
    };
    let row = archive_of(app, repository, stem).await?.ok_or_else(unknown)?.version;
    open(app, caller, &row, unknown())?;
    if !provenance {
        let digest = row.digest.clone();
        return object(app, Found { version: row, digest, media_type: CHART_LAYER_TYPE.into() }).await;
    }
    let digest = manifests::provenance(&mut app.db.read(), &row.id).await?.ok_or_else(unknown)?;
    object(app, Found { version: row, digest, media_type: PROVENANCE_LAYER_TYPE.into() }).await
}

/// The version of a file name. Names and versions both hold dashes, so every split is tried; at most one is a known
/// version's computed name.
async fn archive_of(app: &App, repository: &RepositoryRow, file: &str) -> Result<Option<Found>> {
    let Some(stem) = file.strip_suffix(".tgz") else { return Ok(None) };
    for (at, _) in stem.match_indices('-') {
        let (Ok(chart), Ok(version)) = (ChartName::parse(&stem[..at]), Version::parse(&stem[at + 1..]))
        else {
            continue;
        };
        let Some(hot) = app.hot.chart(&app.db, repository, &chart).await? else { continue };
        let name = Name::Archive(version);
        if let Some(found) = app.hot.found(&hot, &name) {
            return Ok(Some(found));
        }
        let Name::Archive(version) = &name else { continue };
        let row = versions::by_name(&mut app.db.read(), &repository.name, &chart, version).await?;
        if let Some(row) = row.map(Arc::new) {
            let found =
                Found { digest: row.digest.clone(), version: row, media_type: CHART_LAYER_TYPE.into() };
            app.hot.keep(&hot, name, &found);
            return Ok(Some(found));
        }
    }
    Ok(None)
}

async fn manifest(
    app: &App,
    caller: &Caller,
    repository: &RepositoryRow,
    chart: &ChartName,
    reference: Reference,
) -> Result<Resolved> {
    let unknown = || {
        Error::new(
            Kind::UnknownManifest,
            format!("there is no such version of {chart} in {}", repository.name),
        )
    };
    let hot = app.hot.chart(&app.db, repository, chart).await?.ok_or_else(unknown)?;
    let name = match &reference {
        Reference::Tag(tag) => Name::Tag(tag.clone()),
        Reference::Digest(digest) => Name::Manifest(digest.clone()),
    };
    if let Some(found) = app.hot.found(&hot, &name) {
        open(app, caller, &found.version, unknown())?;
        return object(app, found).await;
    }
    let candidates = match &reference {
        Reference::Tag(tag) => {
            versions::by_tag(&mut app.db.read(), &repository.name, chart, tag).await?.into_iter().collect()
        }
        Reference::Digest(digest) => {
            versions::reaching(&mut app.db.read(), &repository.name, chart, digest).await?
        }
    };
    let mut refusal = unknown();
    for row in candidates {
        let digest = match &reference {
            Reference::Tag(_) => row.manifest_digest.clone(),
            Reference::Digest(digest) => digest.clone(),
        };
        let Some(manifest) = manifests::of_version(&mut app.db.read(), &row.id, &digest).await? else {
            continue;
        };
        match open(app, caller, &row, unknown()) {
            Ok(()) => return first(app, &hot, name, digest, &manifest.media_type, row).await,
            Err(error) => refusal = plainer(refusal, error),
        }
    }
    Err(refusal)
}

async fn blob(
    app: &App,
    caller: &Caller,
    repository: &RepositoryRow,
    chart: &ChartName,
    digest: &Digest,
) -> Result<Resolved> {
    let unknown =
        || Error::new(Kind::UnknownBlob, format!("there is no such blob of {chart} in {}", repository.name));
    let hot = app.hot.chart(&app.db, repository, chart).await?.ok_or_else(unknown)?;
    let name = Name::Blob(digest.clone());
    if let Some(found) = app.hot.found(&hot, &name) {
        open(app, caller, &found.version, unknown())?;
        return object(app, found).await;
    }
    let mut refusal = unknown();
    for row in versions::reaching(&mut app.db.read(), &repository.name, chart, digest).await? {
        let media_type = if row.digest == *digest { CHART_LAYER_TYPE } else { CONFIG_TYPE };
        match open(app, caller, &row, unknown()) {
            Ok(()) => return first(app, &hot, name, digest.clone(), media_type, row).await,
            Err(error) => refusal = plainer(refusal, error),
        }
    }
    Err(refusal)
}

/// Of two refusals the one that tells more; a withheld version is named only to those who may know.
fn plainer(before: Error, after: Error) -> Error {
    if after.kind == Kind::NotApproved { after } else { before }
}

/// What was looked up in rows and may be seen: kept for the next one who asks, and given out.
async fn first(
    app: &App,
    hot: &Chart,
    name: Name,
    digest: Digest,
    media_type: &str,
    row: VersionRow,
) -> Result<Resolved> {
    let found = Found { version: Arc::new(row), digest, media_type: media_type.into() };
    app.hot.keep(hot, name, &found);
    object(app, found).await
}

async fn object(app: &App, found: Found) -> Result<Resolved> {
    let Found { version, digest, media_type } = found;
    let bytes = match app.hot.blob(&digest) {
        Some(bytes) => bytes,
        None => {
            let bytes = app.blobs.read(&digest).await?;
            if version.state == State::Approved {
                app.hot.keep_blob(&digest, &bytes);
            }
            bytes
        }
    };
    let modified = version.published_at.unwrap_or(version.uploaded_at);
    Ok(Resolved::Object(Box::new(Object { bytes, digest, media_type, version, modified })))
}

/// Whether this caller may have the bytes of a version; otherwise why not, or `unknown` for who may not know.
pub(super) fn open(app: &App, caller: &Caller, row: &VersionRow, unknown: Error) -> Result<()> {
    match sight(caller, row) {
        Sight::Open => Ok(()),
        Sight::Hidden => Err(unknown),
        Sight::Withheld => Err(withheld(app, row)),
    }
}

/// The refusal that a consumer of a withheld version gets: state, reason, address of the report.
fn withheld(app: &App, row: &VersionRow) -> Error {
    let address = app.config.url(&report_path(&row.repository, &row.chart, &row.version));
    let deciding = row.deciding();
    let why = match row.state {
        State::Rejected if !deciding.is_empty() => format!("was rejected: {}", deciding.join(", ")),
        State::Rejected => {
            format!("was rejected: {}", row.decision_reason.as_deref().unwrap_or("no reason is known"))
        }
        State::Revoked => {
            format!("was revoked: {}", row.decision_reason.as_deref().unwrap_or("no reason is known"))
        }
        State::Quarantined => "is quarantined: it waits for its scan".to_owned(),
        State::InReview if !deciding.is_empty() => {
            format!("is in review: blocked by {}", deciding.join(", "))
        }
        State::InReview | State::Approved => "is in review: it waits for a person".to_owned(),
    };
    Error::new(Kind::NotApproved, format!("chart {} {} {why}; report {address}", row.chart, row.version))
        .with_report(address)
}
