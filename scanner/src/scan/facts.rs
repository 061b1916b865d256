//! What a report says besides findings: images, files, rendered documents.

use std::collections::BTreeMap;

use renderer::archive::File;

use crate::model::{Document, Scene};
use crate::report::{FileFacts, ImageFacts, RenderedManifest};

/// Longest file whose text is kept for the pages.
const FILE_TEXT_BYTES_MAX: usize = 256 * 1024;

/// Images of every container, each once, with the objects that use it.
#[must_use]
pub(super) fn images(scene: &Scene<'_>) -> Vec<ImageFacts> {
    let mut by_reference: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for pod in &scene.pods() {
        for container in pod.containers() {
            let Some(image) = container.image().map(|image| image.text()).filter(|image| !image.is_empty())
            else {
                continue;
            };
            let users = by_reference.entry(image).or_default();
            let label = pod.object.label();
            if !users.contains(&label) {
                users.push(label);
            }
        }
    }
    by_reference.into_iter().map(|(reference, used_by)| ImageFacts { reference, used_by }).collect()
}

/// Files of the chart, in their order, with texts that are small enough to show.
#[must_use]
pub(super) fn files(files: &[File]) -> Vec<FileFacts> {
    files
        .iter()
        .map(|file| {
            let small = file.data.len() <= FILE_TEXT_BYTES_MAX;
            let text = small.then(|| std::str::from_utf8(&file.data).ok().map(str::to_owned)).flatten();
            FileFacts { path: file.path.clone(), bytes: file.data.len() as u64, text }
        })
        .collect()
}

/// Rendered documents in print order; identity is that of the first object in each.
#[must_use]
pub(super) fn manifests(documents: &[Document], scene: &Scene<'_>) -> Vec<RenderedManifest> {
    documents
        .iter()
        .map(|document| {
            let object =
                scene.objects.iter().find(|object| std::ptr::eq(object.manifest, &document.manifest));
            let part = |get: fn(&crate::model::Object<'_>) -> String| object.map(get).unwrap_or_default();
            RenderedManifest {
                source: document.manifest.source.clone(),
                kind: part(|object| object.kind.to_owned()),
                namespace: part(|object| object.namespace.clone()),
                name: part(|object| object.name.clone()),
                text: document.manifest.text.clone(),
                hook: !document.manifest.hook_events.is_empty(),
            }
        })
        .collect()
}
