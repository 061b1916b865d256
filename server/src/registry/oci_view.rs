//! The OCI form of a chart that came through another door: config and manifest, made once, deterministic, then stored.

use renderer::chart::Metadata;
use serde_json::json;

use crate::error::Result;
use crate::model::{Digest, Micros};

pub const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";
/// Helm's media types (helm.sh/helm pkg/registry/constants).
pub const CONFIG_TYPE: &str = "application/vnd.cncf.helm.config.v1+json";
pub const CHART_LAYER_TYPE: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
pub const PROVENANCE_LAYER_TYPE: &str = "application/vnd.cncf.helm.chart.provenance.v1.prov";

/// Config and manifest bytes.
pub(super) struct OciView {
    pub config: Vec<u8>,
    pub manifest: Vec<u8>,
}

/// What `helm push` would have written, with the time of the upload as its creation.
pub(super) fn synthesise(
    metadata: &Metadata,
    chart: &Digest,
    chart_bytes: usize,
    at: Micros,
) -> Result<OciView> {
    let config = serde_json::to_vec(metadata)?;
    let mut annotations = serde_json::Map::new();
    for (key, value) in &metadata.annotations {
        annotations.insert(key.clone(), json!(value));
    }
    let mut annotate = |key: &str, value: &str| {
        if !value.is_empty() {
            annotations.insert(format!("org.opencontainers.image.{key}"), json!(value));
        }
    };
    annotate("description", &metadata.description);
    annotate("url", &metadata.home);
    annotate("source", metadata.sources.first().map_or("", String::as_str));
    annotate("created", &at.rfc3339());
    annotate("title", &metadata.name);
    annotate("version", &metadata.version);
    let manifest = serde_json::to_vec(&json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": { "mediaType": CONFIG_TYPE, "digest": Digest::of(&config).as_str(), "size": config.len() },
        "layers": [{ "mediaType": CHART_LAYER_TYPE, "digest": chart.as_str(), "size": chart_bytes }],
        "annotations": annotations,
    }))?;
    Ok(OciView { config, manifest })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_same_upload_gives_the_same_bytes_and_annotations_cannot_lie_about_the_name() {
        let mut metadata =
            Metadata { name: "a".to_owned(), version: "1.0.0".to_owned(), ..Metadata::default() };
        metadata.annotations.insert("org.opencontainers.image.title".to_owned(), "b".to_owned());
        let view = || synthesise(&metadata, &Digest::of(b"x"), 1, Micros(1_700_000_000_000_000)).unwrap();
        assert_eq!(view().manifest, view().manifest);
        let manifest: serde_json::Value = serde_json::from_slice(&view().manifest).unwrap();
        assert_eq!(manifest["annotations"]["org.opencontainers.image.title"], "a");
        assert_eq!(manifest["config"]["digest"], Digest::of(&view().config).as_str());
    }
}
