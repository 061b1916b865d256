//! Manifests: fetching by tag or digest, and the push that turns staged blobs into an intake.

use actix_web::http::header::{CONTENT_TYPE, LOCATION};
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use serde::Deserialize;

use super::{digest, names, publishable, reference};
use crate::app::App;
use crate::error::{Error, Kind, Result};
use crate::model::{Caller, ChartName, Digest, Door, RepositoryName};
use crate::registry::{
    CHART_LAYER_TYPE, CONFIG_TYPE, MANIFEST_TYPE, OciPush, PROVENANCE_LAYER_TYPE, Receipt, Reference, Upload,
    Want, intake, resolve,
};
use crate::web::extract::read_body;
use crate::web::object;

/// The distribution specification's customary limit.
pub const MANIFEST_BYTES_MAX: usize = 4 * 1024 * 1024;
/// What Helm wrote before it had a type of its own.
const LEGACY_CHART_LAYER_TYPE: &str = "application/tar+gzip";

/// The part of an image manifest that a chart needs (OCI image specification); other keys are kept as bytes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ImageManifest {
    schema_version: u8,
    config: Descriptor,
    layers: Vec<Descriptor>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: String,
    digest: String,
    size: u64,
}

/// GET and HEAD.
pub async fn fetch(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
) -> Result<HttpResponse> {
    let (repository, chart) = names(&path.0)?;
    let want = Want::Manifest(&chart, reference(&path.1)?);
    let found = resolve(&app, &caller, &repository, want).await?.into_object()?;
    object::respond(&request, &found, &found.media_type)
}

/// PUT by digest and PUT by tag. Helm sends both; the second finds the version and changes nothing.
pub async fn push(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
    payload: Payload,
) -> Result<HttpResponse> {
    let (repository, chart) = publishable(&app, &caller, &path.0).await?;
    let reference = reference(&path.1)?;
    let bytes = read_body(payload, MANIFEST_BYTES_MAX).await?;
    let found = Digest::of(&bytes);
    if let Reference::Digest(expected) = &reference
        && *expected != found
    {
        let text = format!("the manifest hashes to {found}, not to {expected}");
        return Err(Error::new(Kind::InvalidDigest, text));
    }
    let manifest = parse(&request, &bytes)?;
    let mut parts =
        Parts { app: &app, caller: &caller, repository: &repository, chart: &chart, used: Vec::new() };
    let layer = manifest.layers.iter().find(|layer| layer.is_chart()).ok_or_else(|| {
        Error::new(Kind::InvalidManifest, format!("the manifest has no layer of type {CHART_LAYER_TYPE}"))
    })?;
    let provenance = manifest.layers.iter().find(|layer| layer.media_type == PROVENANCE_LAYER_TYPE);
    let (archive, config) = (parts.bytes(layer).await?, parts.bytes(&manifest.config).await?);
    let provenance_bytes = match provenance {
        Some(layer) => Some(parts.bytes(layer).await?),
        None => None,
    };
    let push = OciPush {
        manifest: bytes,
        media_type: MANIFEST_TYPE.to_owned(),
        config,
        provenance: provenance_bytes,
        chart: chart.to_string(),
        tag: if let Reference::Tag(tag) = &reference { Some(tag.to_string()) } else { None },
    };
    let upload = Upload {
        repository: repository.clone(),
        bytes: archive,
        door: Door::Oci,
        oci: Some(push),
        origin: None,
    };
    let result = intake(&app, &caller, upload).await;
    parts.settle(&result).await;
    let receipt = result?;
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, format!("/v2/{}/manifests/{found}", path.0)))
        .insert_header(("Docker-Content-Digest", found.to_string()))
        .insert_header(("X-Chartgate-State", receipt.state.as_str()))
        .insert_header(("X-Chartgate-Report", receipt.report_url))
        .finish())
}

/// Helm leaves `mediaType` out of the manifest, so the header decides; only charts are taken.
fn parse(request: &HttpRequest, bytes: &[u8]) -> Result<ImageManifest> {
    let wrong = |text: String| Error::new(Kind::InvalidManifest, text);
    let given =
        request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or(MANIFEST_TYPE);
    if given.split(';').next().map(str::trim) != Some(MANIFEST_TYPE) {
        return Err(wrong(format!("a manifest of type {given} is not taken; charts are {MANIFEST_TYPE}")));
    }
    let manifest: ImageManifest = serde_json::from_slice(bytes)
        .map_err(|error| wrong(format!("the manifest is not the JSON of an image manifest: {error}")))?;
    if manifest.schema_version != 2 {
        return Err(wrong(format!(
            "the manifest's schemaVersion is {}; it must be 2",
            manifest.schema_version
        )));
    }
    if manifest.config.media_type != CONFIG_TYPE {
        let text = format!(
            "only Helm charts are taken: the config's type is {}, not {CONFIG_TYPE}",
            manifest.config.media_type
        );
        return Err(wrong(text));
    }
    Ok(manifest)
}

impl Descriptor {
    fn is_chart(&self) -> bool {
        self.media_type == CHART_LAYER_TYPE || self.media_type == LEGACY_CHART_LAYER_TYPE
    }
}

/// Where the blobs of one manifest are looked for: what the caller staged, then what the caller may see of this chart.
struct Parts<'a> {
    app: &'a App,
    caller: &'a Caller,
    repository: &'a RepositoryName,
    chart: &'a ChartName,
    /// What was found among the caller's staged blobs.
    used: Vec<Digest>,
}

impl Parts<'_> {
    async fn bytes(&mut self, descriptor: &Descriptor) -> Result<Bytes> {
        let digest = digest(&descriptor.digest)?;
        let bytes = match self.app.uploads.staged(self.repository, &self.caller.name, &digest).await? {
            Some(bytes) => {
                self.used.push(digest.clone());
                bytes
            }
            None => self.known(&digest).await?,
        };
        if bytes.len() as u64 != descriptor.size {
            let text = format!("{digest} has {} bytes, the manifest says {}", bytes.len(), descriptor.size);
            return Err(Error::new(Kind::InvalidManifest, text));
        }
        Ok(bytes)
    }

    async fn known(&self, digest: &Digest) -> Result<Bytes> {
        match resolve(self.app, self.caller, self.repository, Want::Blob(self.chart, digest)).await {
            Ok(found) => Ok(found.into_object()?.bytes),
            Err(error) if error.kind == Kind::UnknownBlob || error.kind == Kind::NotFound => {
                let text = format!("the manifest names {digest}, which was not uploaded; upload it first");
                Err(Error::new(Kind::MissingBlob, text))
            }
            Err(error) => Err(error),
        }
    }

    /// What was staged for this manifest has served once it is taken in or refused for good; a second PUT finds it in
    /// the registry. It stays when we failed, so that the client can repeat the manifest alone.
    async fn settle(&self, result: &Result<Receipt>) {
        if result.as_ref().is_err_and(|error| error.kind.status() >= 500) {
            return;
        }
        if let Err(error) = self.app.uploads.forget(self.repository, &self.caller.name, &self.used).await {
            tracing::warn!(%error, cause = ?error.source, "staged blobs stay until they expire");
        }
    }
}
