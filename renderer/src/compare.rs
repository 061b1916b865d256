//! One chart in both generations of Helm: which renders it, and which objects and fields differ. It does not judge.
//!
//! Consumers use both generations, and they do not always agree: a null in a parent's values.yaml takes a subchart's default
//! away under Helm 3 and does nothing under Helm 4. White space and comments are no difference here.

use std::collections::{BTreeMap, HashSet};

use crate::chart::Chart;
use crate::functions::Helm;
use crate::render::{Manifest, Origin, Prepared, RenderError, RenderOptions, Rendered};
use crate::value::Value;
use crate::yaml::{self, Node, NodeKind};

/// Differences that are listed; a chart with more differs everywhere.
pub const DIFFERENCES_MAX: usize = 10_000;
/// Deepest `kind: List` inside `kind: List` that is opened.
const LIST_DEPTH_MAX: usize = 4;

/// What the two generations made of a chart.
#[derive(Debug)]
pub enum Comparison {
    Both { v3: Rendered, v4: Rendered, differences: Vec<Difference> },
    OnlyV3 { v3: Rendered, v4: RenderError },
    OnlyV4 { v3: RenderError, v4: Rendered },
    Neither { v3: RenderError, v4: RenderError },
}

/// One thing that is not the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    OnlyV3(ObjectId),
    OnlyV4(ObjectId),
    /// Both have the object.
    Field(Box<FieldDifference>),
}

/// An object as Kubernetes names it; `namespace` is empty where the manifest names none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    pub kind: String,
    pub namespace: String,
    pub name: String,
}

/// A field with one value in one generation and another, or none, in the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldDifference {
    pub object: ObjectId,
    /// `spec.ports[0].port`.
    pub path: String,
    pub v3: Option<Side>,
    pub v4: Option<Side>,
}

/// What one generation has at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// A scalar's text, or the YAML of a list or map as it stands in the manifest.
    pub text: String,
    /// Where it comes from, when the render was traced.
    pub origin: Option<Origin>,
}

impl Difference {
    #[must_use]
    pub fn object(&self) -> &ObjectId {
        match self {
            Difference::OnlyV3(object) | Difference::OnlyV4(object) => object,
            Difference::Field(field) => &field.object,
        }
    }
}

/// Renders one chart, as each generation loaded it, with the same `user` values in both.
///
/// # Errors
/// A sentence that says which file renders to what is not YAML.
pub fn compare(v3: &Chart, v4: &Chart, user: &Value, options: &RenderOptions) -> Result<Comparison, String> {
    let render = |chart: &Chart, helm: Helm| {
        Prepared::new(chart, helm).render(user, &RenderOptions { helm, ..options.clone() })
    };
    Ok(match (render(v3, Helm::V3), render(v4, Helm::V4)) {
        (Ok(v3), Ok(v4)) => {
            let differences = differences(&v3, &v4)?;
            Comparison::Both { v3, v4, differences }
        }
        (Ok(v3), Err(v4)) => Comparison::OnlyV3 { v3, v4 },
        (Err(v3), Ok(v4)) => Comparison::OnlyV4 { v3, v4 },
        (Err(v3), Err(v4)) => Comparison::Neither { v3, v4 },
    })
}

/// Where two renders of one chart differ, object by object; at most [`DIFFERENCES_MAX`].
///
/// # Errors
/// A sentence that says which file renders to what is not YAML.
pub fn differences(v3: &Rendered, v4: &Rendered) -> Result<Vec<Difference>, String> {
    let (old, new) = (all(v3), all(v4));
    let key = |manifest: &Manifest| (manifest.source.clone(), manifest.text.trim_end().to_owned());
    let [old_keys, new_keys] =
        [&old, &new].map(|side| side.iter().map(|manifest| key(manifest)).collect::<HashSet<_>>());
    // What both print alike need not be parsed.
    let old = documents(old.into_iter().filter(|manifest| !new_keys.contains(&key(manifest))))?;
    let new = documents(new.into_iter().filter(|manifest| !old_keys.contains(&key(manifest))))?;
    let (old, new) = (objects(&old), objects(&new));
    let mut found = Vec::new();
    for (id, before) in &old {
        match new.get(id) {
            None => found.push(Difference::OnlyV3(id.0.clone())),
            Some(after) => {
                let mut fields =
                    Fields { object: &id.0, found: &mut found, v3: before.manifest, v4: after.manifest };
                fields.compare(String::new(), Some(before.node), Some(after.node));
            }
        }
    }
    let added = new.keys().filter(|id| !old.contains_key(*id));
    found.extend(added.map(|id| Difference::OnlyV4(id.0.clone())));
    found.truncate(DIFFERENCES_MAX);
    Ok(found)
}

fn all(rendered: &Rendered) -> Vec<&Manifest> {
    rendered.manifests.iter().chain(&rendered.hooks).chain(&rendered.crds).collect()
}

fn documents<'r>(
    manifests: impl Iterator<Item = &'r Manifest>,
) -> Result<Vec<(&'r Manifest, Vec<Node>)>, String> {
    manifests
        .map(|manifest| match yaml::parse(manifest.text.as_bytes()) {
            Ok(nodes) => Ok((manifest, nodes)),
            Err(error) => Err(format!("what {} renders is not YAML: {error}", manifest.source)),
        })
        .collect()
}

struct Object<'r> {
    manifest: &'r Manifest,
    node: &'r Node,
}

/// Objects by identity; what is there more than once is told apart by its number.
fn objects<'r>(documents: &'r [(&'r Manifest, Vec<Node>)]) -> BTreeMap<(ObjectId, usize), Object<'r>> {
    let mut found = BTreeMap::new();
    let mut add = |manifest: &'r Manifest, node: &'r Node| {
        let text = |path: &[&str]| node.at(path).and_then(Node::scalar_text).unwrap_or_default();
        let id = ObjectId {
            kind: text(&["kind"]),
            namespace: text(&["metadata", "namespace"]),
            name: text(&["metadata", "name"]),
        };
        let number = (0..).find(|number| !found.contains_key(&(id.clone(), *number))).unwrap_or_default();
        found.insert((id, number), Object { manifest, node });
    };
    for (manifest, nodes) in documents {
        nodes.iter().filter(|node| !node.is_null()).for_each(|node| opened(manifest, node, 0, &mut add));
    }
    found
}

/// The objects of a document, those of a `kind: List` one by one.
fn opened<'r>(
    manifest: &'r Manifest,
    node: &'r Node,
    depth: usize,
    add: &mut impl FnMut(&'r Manifest, &'r Node),
) {
    let is_list = node.get("kind").and_then(Node::as_str).is_some_and(|kind| kind.ends_with("List"));
    match node.get("items") {
        Some(items) if is_list && depth < LIST_DEPTH_MAX => {
            items.items().iter().for_each(|item| opened(manifest, item, depth + 1, add));
        }
        _ => add(manifest, node),
    }
}

/// Compares the fields of one object.
struct Fields<'r, 'f> {
    object: &'f ObjectId,
    found: &'f mut Vec<Difference>,
    v3: &'r Manifest,
    v4: &'r Manifest,
}

impl Fields<'_, '_> {
    fn compare(&mut self, path: String, v3: Option<&Node>, v4: Option<&Node>) {
        if v3 == v4 || self.found.len() >= DIFFERENCES_MAX {
            return;
        }
        match (v3.map(|node| &node.kind), v4.map(|node| &node.kind)) {
            (Some(NodeKind::Map(old)), Some(NodeKind::Map(new))) => {
                let mut seen = HashSet::new();
                for entry in old.iter().chain(new) {
                    let key = entry.key.as_str();
                    if seen.insert(key) {
                        let inner = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
                        let [v3, v4] = [v3, v4].map(|node| node.and_then(|node| node.get(key)));
                        self.compare(inner, v3, v4);
                    }
                }
            }
            (Some(NodeKind::List(old)), Some(NodeKind::List(new))) => {
                for at in 0..old.len().max(new.len()) {
                    self.compare(format!("{path}[{at}]"), old.get(at), new.get(at));
                }
            }
            _ => {
                let [v3, v4] =
                    [(self.v3, v3), (self.v4, v4)].map(|(manifest, node)| Some(side(manifest, node?)));
                let object = self.object.clone();
                self.found.push(Difference::Field(Box::new(FieldDifference { object, path, v3, v4 })));
            }
        }
    }
}

fn side(manifest: &Manifest, node: &Node) -> Side {
    let written = || manifest.text.get(node.bytes.clone()).unwrap_or_default().to_owned();
    Side { text: node.scalar_text().unwrap_or_else(written), origin: manifest.origin(node.bytes.clone()) }
}
