//! Chart.yaml to [`Metadata`] as Go's JSON decoder does it over sigs.k8s.io/yaml: loose about keys and numbers, exact about
//! kinds, with its error texts. It validates nothing.

use std::collections::BTreeMap;

use super::metadata::{Dependency, Lock, Maintainer, Metadata};
use crate::functions::Helm;
use crate::yaml::{Node, NodeKind};

/// Lays what `document` says over `metadata` (requirements.yaml is laid over Chart.yaml in this way).
pub(super) fn metadata(
    document: Option<&Node>,
    metadata: &mut Metadata,
    helm: Helm,
) -> Result<Marks, String> {
    let mut decoder = Decoder { helm, first_error: None, marks: Marks::default() };
    if let Some(fields) = decoder.root(document, "Metadata") {
        for (key, node) in fields {
            decoder.metadata_field(&key, node, metadata);
        }
    }
    decoder.finish()
}

/// What the plain form of the lists cannot say.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marks {
    /// `maintainers` holds null.
    pub(super) null_maintainer: bool,
    /// `dependencies` holds null.
    pub(super) null_dependency: bool,
    /// `dependencies` is a list, be it empty.
    pub(super) dependency_list: bool,
}

/// Chart.lock and requirements.lock.
pub(super) fn lock(document: Option<&Node>, helm: Helm) -> Result<Lock, String> {
    let mut decoder = Decoder { helm, first_error: None, marks: Marks::default() };
    let mut lock = Lock::default();
    if let Some(fields) = decoder.root(document, "Lock") {
        for (key, node) in fields {
            match field(&key, &["generated", "digest", "dependencies"]) {
                Some("digest") => decoder.text(node, &mut lock.digest, "Lock.digest"),
                Some("dependencies") => decoder.dependencies(node, &mut lock.dependencies, "Lock"),
                _ => {}
            }
        }
    }
    decoder.finish()?;
    Ok(lock)
}

/// Names of the fields of Chart.yaml.
pub(super) const METADATA_FIELDS: [&str; 17] = [
    "name",
    "home",
    "sources",
    "version",
    "description",
    "keywords",
    "maintainers",
    "icon",
    "apiVersion",
    "condition",
    "tags",
    "appVersion",
    "deprecated",
    "annotations",
    "kubeVersion",
    "dependencies",
    "type",
];
pub(super) const MAINTAINER_FIELDS: [&str; 3] = ["name", "email", "url"];
pub(super) const DEPENDENCY_FIELDS: [&str; 8] =
    ["name", "version", "repository", "condition", "tags", "enabled", "import-values", "alias"];

/// Entries by key in Go's order; of a repeated key the last.
type Fields<'n> = BTreeMap<String, &'n Node>;

struct Decoder {
    helm: Helm,
    /// Go decodes on after a value of the wrong kind and reports the first.
    first_error: Option<String>,
    marks: Marks,
}

impl Decoder {
    fn finish(self) -> Result<Marks, String> {
        self.first_error.map_or(Ok(self.marks), Err)
    }

    fn root<'n>(&mut self, document: Option<&'n Node>, go_type: &str) -> Option<Fields<'n>> {
        let node = document?;
        match &node.kind {
            NodeKind::Map(_) => Some(fields(node)),
            NodeKind::Null => None,
            _ => {
                let go_type = format!("{}.{go_type}", self.package());
                self.wrong_kind(node, None, &go_type);
                None
            }
        }
    }

    fn package(&self) -> &'static str {
        match self.helm {
            Helm::V3 => "chart",
            Helm::V4 => "v2",
        }
    }

    fn wrong_kind(&mut self, node: &Node, path: Option<&str>, go_type: &str) {
        let found = match &node.kind {
            NodeKind::Null => "null",
            NodeKind::Bool(_) => "bool",
            NodeKind::Number { .. } => "number",
            NodeKind::String(_) => "string",
            NodeKind::List(_) => "array",
            NodeKind::Map(_) => "object",
        };
        let target = path.map_or("Go value".to_owned(), |path| format!("Go struct field {path}"));
        self.first_error
            .get_or_insert_with(|| format!("json: cannot unmarshal {found} into {target} of type {go_type}"));
    }

    fn metadata_field(&mut self, key: &str, node: &Node, into: &mut Metadata) {
        let Some(name) = field(key, &METADATA_FIELDS) else { return };
        let path = format!("Metadata.{name}");
        let text = match name {
            "name" => &mut into.name,
            "home" => &mut into.home,
            "version" => &mut into.version,
            "description" => &mut into.description,
            "icon" => &mut into.icon,
            "apiVersion" => &mut into.api_version,
            "condition" => &mut into.condition,
            "tags" => &mut into.tags,
            "appVersion" => &mut into.app_version,
            "kubeVersion" => &mut into.kube_version,
            "type" => &mut into.kind,
            "sources" => return self.texts(node, &mut into.sources, &path),
            "keywords" => return self.texts(node, &mut into.keywords, &path),
            "deprecated" => return self.truth(node, &mut into.deprecated, &path),
            "annotations" => return self.annotations(node, &mut into.annotations, &path),
            "maintainers" => return self.maintainers(node, &mut into.maintainers),
            _ => return self.dependencies(node, &mut into.dependencies, "Metadata"),
        };
        self.text(node, text, &path);
    }

    /// A text; numbers and truth values become one, null leaves what was there.
    fn text(&mut self, node: &Node, into: &mut String, path: &str) {
        match &node.kind {
            NodeKind::Null => {}
            NodeKind::List(_) | NodeKind::Map(_) => self.wrong_kind(node, Some(path), "string"),
            _ => *into = node.go_text().unwrap_or_default(),
        }
    }

    fn truth(&mut self, node: &Node, into: &mut bool, path: &str) {
        match node.kind {
            NodeKind::Null => {}
            NodeKind::Bool(value) => *into = value,
            _ => self.wrong_kind(node, Some(path), "bool"),
        }
    }

    fn texts(&mut self, node: &Node, into: &mut Vec<String>, path: &str) {
        let Some(items) = self.items(node, path, "[]string", into) else { return };
        let mut old = std::mem::take(into).into_iter();
        for item in items {
            let mut text = old.next().unwrap_or_default();
            self.text(item, &mut text, path);
            into.push(text);
        }
    }

    /// The items of a list; null empties the target. Go writes items over the old ones in their places, so that what an
    /// item does not say stays: requirements.yaml beside dependencies of Chart.yaml shows it.
    fn items<'n, T>(
        &mut self,
        node: &'n Node,
        path: &str,
        go_type: &str,
        into: &mut Vec<T>,
    ) -> Option<&'n [Node]> {
        match &node.kind {
            NodeKind::List(items) => return Some(items),
            NodeKind::Null => into.clear(),
            _ => self.wrong_kind(node, Some(path), go_type),
        }
        None
    }

    fn annotations(&mut self, node: &Node, into: &mut BTreeMap<String, String>, path: &str) {
        match &node.kind {
            NodeKind::Null => into.clear(),
            NodeKind::Map(_) => {
                for (key, value) in fields(node) {
                    let mut text = String::new();
                    self.text(value, &mut text, path);
                    into.insert(key, text);
                }
            }
            _ => self.wrong_kind(node, Some(path), "map[string]string"),
        }
    }

    fn maintainers(&mut self, node: &Node, into: &mut Vec<Maintainer>) {
        let path = "Metadata.maintainers";
        let go_type = format!("{}.Maintainer", self.package());
        let Some(items) = self.items(node, path, &format!("[]*{go_type}"), into) else { return };
        let mut old = std::mem::take(into).into_iter();
        for item in items {
            let mut one = old.next().unwrap_or_default();
            let Some(fields) = self.structure(item, path, &go_type) else {
                self.marks.null_maintainer = true;
                continue;
            };
            for (key, node) in fields {
                match field(&key, &MAINTAINER_FIELDS) {
                    Some("name") => self.text(node, &mut one.name, "Maintainer.maintainers.name"),
                    Some("email") => self.text(node, &mut one.email, "Maintainer.maintainers.email"),
                    Some(_) => self.text(node, &mut one.url, "Maintainer.maintainers.url"),
                    None => {}
                }
            }
            into.push(one);
        }
    }

    fn dependencies(&mut self, node: &Node, into: &mut Vec<Dependency>, parent: &str) {
        let path = format!("{parent}.dependencies");
        let go_type = format!("{}.Dependency", self.package());
        let Some(items) = self.items(node, &path, &format!("[]*{go_type}"), into) else { return };
        self.marks.dependency_list = true;
        let mut old = std::mem::take(into).into_iter();
        for item in items {
            let mut one = old.next().unwrap_or_default();
            let Some(fields) = self.structure(item, &path, &go_type) else {
                self.marks.null_dependency = true;
                continue;
            };
            for (key, node) in fields {
                self.dependency_field(&key, node, &mut one);
            }
            into.push(one);
        }
    }

    fn dependency_field(&mut self, key: &str, node: &Node, into: &mut Dependency) {
        let Some(name) = field(key, &DEPENDENCY_FIELDS) else { return };
        let path = format!("Dependency.dependencies.{name}");
        let text = match name {
            "name" => &mut into.name,
            "version" => &mut into.version,
            "repository" => &mut into.repository,
            "condition" => &mut into.condition,
            "alias" => &mut into.alias,
            "enabled" => return self.truth(node, &mut into.enabled, &path),
            "tags" => return self.texts(node, &mut into.tags, &path),
            _ => {
                if let Some(items) = self.items(node, &path, "[]interface {}", &mut into.import_values) {
                    into.import_values = items.iter().map(json).collect();
                }
                return;
            }
        };
        self.text(node, text, &path);
    }

    /// The fields of a pointer to a struct; `None` for null, and for other kinds an empty struct after the error.
    fn structure<'n>(&mut self, node: &'n Node, path: &str, go_type: &str) -> Option<Fields<'n>> {
        match &node.kind {
            NodeKind::Null => None,
            NodeKind::Map(_) => Some(fields(node)),
            _ => {
                self.wrong_kind(node, Some(path), go_type);
                Some(Fields::new())
            }
        }
    }
}

fn fields(node: &Node) -> Fields<'_> {
    node.entries().iter().map(|entry| (entry.key.clone(), &entry.value)).collect()
}

/// The field that Go's decoder writes for a key: the exact one, else the one equal under Unicode simple folding (B02).
pub(super) fn field(key: &str, known: &[&'static str]) -> Option<&'static str> {
    let exact = known.iter().find(|name| **name == key);
    exact.or_else(|| known.iter().find(|name| fold(name) == fold(key))).copied()
}

fn fold(key: &str) -> String {
    // U+017F folds to s but is its own lower case; U+212A lowers to k by itself.
    key.chars().map(|c| if c == '\u{17f}' { 's' } else { c }).flat_map(char::to_lowercase).collect()
}

/// `interface {}` as Go's JSON decoder fills it: every number a float64.
fn json(node: &Node) -> serde_json::Value {
    match &node.kind {
        NodeKind::Null => serde_json::Value::Null,
        NodeKind::Bool(value) => (*value).into(),
        NodeKind::Number { value, .. } => (*value).into(),
        NodeKind::String(text) => text.as_str().into(),
        NodeKind::List(items) => items.iter().map(json).collect(),
        NodeKind::Map(_) => fields(node).into_iter().map(|(key, value)| (key, json(value))).collect(),
    }
}
