//! Everything that one render shows: objects, values, what the output depends on. Rules that join objects get this.

use renderer::functions::Records;
use renderer::render::{Manifest, Rendered};
use renderer::trace::Trace;
use renderer::yaml;
use serde_json::Value;

use super::chart::Chart;
use super::object::{Document, Object};
use super::pod::PodSpec;

/// One rendered profile, borrowed from its documents.
pub struct Scene<'a> {
    pub objects: Vec<Object<'a>>,
    /// The values the templates saw; absent for plain manifests.
    pub values: Option<&'a Value>,
    pub records: Option<&'a Records>,
    pub chart: Option<&'a Chart<'a>>,
}

impl<'a> Scene<'a> {
    #[must_use]
    pub fn new(documents: &'a [Document], release_namespace: &str) -> Self {
        let objects =
            documents.iter().flat_map(|document| Object::of_document(document, release_namespace)).collect();
        Scene { objects, values: None, records: None, chart: None }
    }

    /// Pods of every object.
    #[must_use]
    pub fn pods(&self) -> Vec<PodSpec<'_>> {
        self.objects.iter().flat_map(PodSpec::of_object).collect()
    }

    pub fn of_kind<'s>(&'s self, kind: &'s str) -> impl Iterator<Item = &'s Object<'a>> + 's {
        self.objects.iter().filter(move |object| object.kind == kind)
    }

    /// The object of this kind, namespace and name.
    #[must_use]
    pub fn find(&self, kind: &str, namespace: &str, name: &str) -> Option<&Object<'a>> {
        self.objects
            .iter()
            .find(|object| object.kind == kind && object.namespace == namespace && object.name == name)
    }
}

/// Parses what a render printed.
///
/// # Errors
/// Which manifest is not YAML, and why.
pub fn documents_of_render(rendered: &Rendered) -> Result<Vec<Document>, String> {
    let all = rendered.manifests.iter().chain(&rendered.hooks).chain(&rendered.crds);
    all.map(|manifest| document(manifest.clone())).collect()
}

/// Parses plain manifests, several documents in one text.
///
/// # Errors
/// Where the text is not YAML, and why.
pub fn documents_of_text(text: &str) -> Result<Vec<Document>, String> {
    let manifest = Manifest {
        source: String::new(),
        text: text.to_owned(),
        hook_events: Vec::new(),
        trace: Trace::default(),
    };
    Ok(vec![document(manifest)?])
}

fn document(manifest: Manifest) -> Result<Document, String> {
    match yaml::parse(manifest.text.as_bytes()) {
        Ok(nodes) => Ok(Document { manifest, nodes }),
        Err(error) if manifest.source.is_empty() => Err(format!("the manifests are not YAML: {error}")),
        Err(error) => Err(format!("what {} renders is not YAML: {error}", manifest.source)),
    }
}
