//! One Kubernetes object of a rendered manifest: identity, scope and fields. `kind: List` is flattened before rules see it.

use renderer::render::Manifest;
use renderer::yaml::Node;

use super::field::Field;
use super::pod::PodSpec;
use crate::report::ObjectRef;

/// A rendered manifest with its parsed documents (one, unless a template hid several in one).
#[derive(Debug)]
pub struct Document {
    pub manifest: Manifest,
    pub nodes: Vec<Node>,
}

/// One object. Borrowed from its document.
#[derive(Clone, Debug)]
pub struct Object<'a> {
    pub manifest: &'a Manifest,
    pub root: Field<'a>,
    pub api_version: &'a str,
    pub kind: &'a str,
    pub name: String,
    /// The release namespace where the manifest names none; empty for cluster-scoped kinds.
    pub namespace: String,
}

/// Deepest `kind: List` inside `kind: List` that is followed.
const LIST_DEPTH_MAX: usize = 4;

impl<'a> Object<'a> {
    /// Every object of a document.
    #[must_use]
    pub fn of_document(document: &'a Document, release_namespace: &str) -> Vec<Object<'a>> {
        let mut found = Vec::new();
        for node in &document.nodes {
            collect(&document.manifest, node, release_namespace, 0, &mut found);
        }
        found
    }

    #[must_use]
    pub fn reference(&self) -> ObjectRef {
        ObjectRef { kind: self.kind.to_owned(), namespace: self.namespace.clone(), name: self.name.clone() }
    }

    /// `Deployment/web`.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{}/{}", self.kind, self.name)
    }

    /// API group without version; empty for the core group.
    #[must_use]
    pub fn group(&self) -> &'a str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    #[must_use]
    pub fn is_hook(&self) -> bool {
        !self.manifest.hook_events.is_empty()
    }

    #[must_use]
    pub fn spec(&self) -> Option<Field<'a>> {
        self.root.get("spec")
    }

    #[must_use]
    pub fn annotation(&self, key: &str) -> Option<Field<'a>> {
        self.root.at(&["metadata", "annotations", key])
    }

    /// Annotations as (key, field).
    #[must_use]
    pub fn annotations(&self) -> Vec<(&'a str, Field<'a>)> {
        self.root
            .at(&["metadata", "annotations"])
            .map(|annotations| annotations.entries().collect())
            .unwrap_or_default()
    }

    /// The field that exists in every object: where findings about the whole object point.
    #[must_use]
    pub fn kind_field(&self) -> Field<'a> {
        self.root.get("kind").unwrap_or_else(|| self.root.clone())
    }

    /// Pod specifications inside this object, wherever its kind keeps them.
    #[must_use]
    pub fn pods(&self) -> Vec<PodSpec<'_>> {
        PodSpec::of_object(self)
    }

    /// The values path of the (sub)chart that rendered it: `["zookeeper"]` for `pinot/charts/zookeeper/templates/x.yaml`.
    #[must_use]
    pub fn subchart_path(&self) -> Vec<&'a str> {
        subchart_path(&self.manifest.source)
    }
}

/// Names of the subcharts along a `# Source:` path; aliases stand there as Helm writes them.
#[must_use]
pub fn subchart_path(source: &str) -> Vec<&str> {
    let mut parts = source.split('/').skip(1);
    let mut path = Vec::new();
    while parts.next() == Some("charts") {
        match parts.next() {
            Some(name) => path.push(name),
            None => break,
        }
    }
    path
}

fn collect<'a>(
    manifest: &'a Manifest,
    node: &'a Node,
    release_namespace: &str,
    depth: usize,
    found: &mut Vec<Object<'a>>,
) {
    let kind = node.get("kind").and_then(Node::as_str).unwrap_or_default();
    if kind.ends_with("List") && depth < LIST_DEPTH_MAX && node.get("items").is_some() {
        for item in node.get("items").map(Node::items).unwrap_or_default() {
            collect(manifest, item, release_namespace, depth + 1, found);
        }
        return;
    }
    if node.entries().is_empty() {
        return;
    }
    let text = |path: &[&str]| node.at(path).and_then(Node::scalar_text).unwrap_or_default();
    let namespace = if is_cluster_scoped(kind) {
        String::new()
    } else {
        Some(text(&["metadata", "namespace"]))
            .filter(|namespace| !namespace.is_empty())
            .unwrap_or_else(|| release_namespace.to_owned())
    };
    let name = Some(text(&["metadata", "name"]))
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| text(&["metadata", "generateName"]));
    found.push(Object {
        manifest,
        root: Field::root(node),
        api_version: node.get("apiVersion").and_then(Node::as_str).unwrap_or_default(),
        kind,
        name,
        namespace,
    });
}

/// Kinds without a namespace, of Kubernetes and of the products whose resources charts often carry. Others count as namespaced.
fn is_cluster_scoped(kind: &str) -> bool {
    const KINDS: &[&str] = &[
        "APIService",
        "CSIDriver",
        "CSINode",
        "CertificateSigningRequest",
        "CiliumClusterwideNetworkPolicy",
        "ClusterIssuer",
        "ClusterPolicy",
        "ClusterRole",
        "ClusterRoleBinding",
        "ClusterSecretStore",
        "ClusterTriggerAuthentication",
        "ComponentStatus",
        "CustomResourceDefinition",
        "FlowSchema",
        "GatewayClass",
        "IngressClass",
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PodSecurityPolicy",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "RuntimeClass",
        "SecurityContextConstraints",
        "StorageClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
        "VolumeSnapshotClass",
    ];
    KINDS.binary_search(&kind).is_ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::model::scene::documents_of_text;

    #[test]
    fn lists_are_flattened_and_namespaces_filled_in() {
        let documents = documents_of_text(
            "kind: List\napiVersion: v1\nitems:\n- {kind: Service, apiVersion: v1, metadata: {name: a}}\n- {kind: ClusterRole, apiVersion: rbac.authorization.k8s.io/v1, metadata: {name: b, namespace: x}}\n",
        )
        .unwrap();
        let objects = Object::of_document(&documents[0], "prod");
        let seen: Vec<_> = objects.iter().map(|object| (object.label(), object.namespace.clone())).collect();
        assert_eq!(
            seen,
            [("Service/a".to_owned(), "prod".to_owned()), ("ClusterRole/b".to_owned(), String::new())]
        );
    }

    #[test]
    fn the_source_names_the_subcharts() {
        assert_eq!(subchart_path("top/templates/a.yaml"), Vec::<&str>::new());
        assert_eq!(subchart_path("top/charts/zk/charts/common/templates/a.yaml"), ["zk", "common"]);
        assert_eq!(subchart_path("top/crds/charts/a.yaml"), Vec::<&str>::new());
    }
}
