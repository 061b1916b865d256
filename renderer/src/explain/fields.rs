//! The fields of rendered objects by their paths, and which of them a question names. It knows no templates.

use std::ops::Range;

use crate::render::Manifest;
use crate::yaml::{self, Node, NodeKind};

/// One scalar, empty list or empty map of an object.
pub(super) struct Field<'a> {
    pub manifest: &'a Manifest,
    /// `Service/web`.
    pub object: String,
    /// `spec.ports[0].port`, `metadata.annotations["a.b/c"]`.
    pub path: String,
    /// In the manifest's text; of the key where the value has no text of its own.
    pub bytes: Range<usize>,
}

/// Every field of a manifest in the order of its text.
pub(super) fn of(manifest: &Manifest) -> Vec<Field<'_>> {
    let Ok(Some(root)) = yaml::parse_first(manifest.text.as_bytes()) else { return Vec::new() };
    let text = |path: &[&str]| root.at(path).and_then(Node::scalar_text).unwrap_or_default();
    let object = format!("{}/{}", text(&["kind"]), text(&["metadata", "name"]));
    let mut fields = Vec::new();
    let mut open = vec![(String::new(), &root, root.bytes.clone())];
    while let Some((path, node, key_bytes)) = open.pop() {
        let below: Vec<(String, &Node, Range<usize>)> = match &node.kind {
            NodeKind::Map(entries) => entries
                .iter()
                .map(|entry| (joined(&path, &entry.key), &entry.value, entry.key_bytes.clone()))
                .collect(),
            NodeKind::List(items) => items
                .iter()
                .enumerate()
                .map(|(at, item)| (format!("{path}[{at}]"), item, key_bytes.clone()))
                .collect(),
            _ => Vec::new(),
        };
        if below.is_empty() {
            let bytes = if node.bytes.is_empty() { key_bytes } else { node.bytes.clone() };
            fields.push(Field { manifest, object: object.clone(), path, bytes });
        }
        open.extend(below.into_iter().rev());
    }
    fields
}

/// Keys that would break a dotted path stand in brackets.
fn joined(path: &str, key: &str) -> String {
    let plain = !key.is_empty()
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    match plain {
        true if path.is_empty() => key.to_owned(),
        true => format!("{path}.{key}"),
        false => format!("{path}[{key:?}]"),
    }
}

/// What was asked for: fields at or below a path, of one object or of all.
pub(super) struct Question {
    object: Option<String>,
    /// Without quotes and brackets around keys; empty for all fields.
    path: String,
}

impl Question {
    /// `KIND/NAME PATH`, `KIND/NAME` where there is such an object, or `PATH`.
    pub fn read(text: &str, fields: &[Field<'_>]) -> Question {
        let text = text.trim();
        let (object, path) = match text.split_once(char::is_whitespace) {
            Some((object, path)) => (Some(object), path.trim()),
            None if fields.iter().any(|field| field.object == text) => (Some(text), ""),
            None => (None, text),
        };
        Question { object: object.map(str::to_owned), path: plain(path) }
    }

    pub fn names(&self, field: &Field<'_>) -> bool {
        if self.object.as_ref().is_some_and(|object| *object != field.object) {
            return false;
        }
        let path = plain(&field.path);
        let Some(below) = path.strip_prefix(&self.path) else { return false };
        self.path.is_empty() || below.is_empty() || below.starts_with(['.', '['])
    }

    /// Why nothing is named, with objects or paths that are spelled alike.
    pub fn near_misses(&self, fields: &[Field<'_>], most: usize) -> String {
        let objects: Vec<String> = fields.iter().map(|field| field.object.clone()).collect();
        if let Some(object) = &self.object
            && !objects.contains(object)
        {
            return format!("no object {object} is rendered{}", suggestion(object, objects, most));
        }
        let of_object =
            |field: &&Field<'_>| self.object.as_ref().is_none_or(|object| *object == field.object);
        let paths = fields.iter().filter(of_object).flat_map(|field| prefixes(&field.path)).collect();
        let of = self.object.as_ref().map(|object| format!(" in {object}")).unwrap_or_default();
        format!("no field {} is rendered{of}{}", self.path, suggestion(&self.path, paths, most))
    }
}

/// `metadata.annotations["a.b/c"]` as `metadata.annotations.a.b/c`: people write either.
fn plain(path: &str) -> String {
    path.replace("[\"", ".").replace("\"]", "").trim_start_matches('.').to_owned()
}

/// A path and all paths above it.
fn prefixes(path: &str) -> Vec<String> {
    let cuts = path.char_indices().filter(|(at, c)| *at > 0 && matches!(c, '.' | '[')).map(|(at, _)| at);
    cuts.chain(std::iter::once(path.len())).filter_map(|end| path.get(..end).map(plain)).collect()
}

/// Texts longer than this are not compared.
const COMPARED_BYTES_MAX: usize = 200;

fn suggestion(wanted: &str, mut known: Vec<String>, most: usize) -> String {
    known.sort_unstable();
    known.dedup();
    let last = |path: &str| path.rsplit(['.', '/']).next().unwrap_or(path).to_lowercase();
    let allowed = (wanted.len() / 3).max(2);
    let mut near: Vec<(usize, String)> = known
        .into_iter()
        .filter(|path| path.len() <= COMPARED_BYTES_MAX && wanted.len() <= COMPARED_BYTES_MAX)
        .map(|path| (distance(&wanted.to_lowercase(), &path.to_lowercase()), path))
        .filter(|(distance, path)| *distance <= allowed || last(path) == last(wanted))
        .collect();
    near.sort();
    let near: Vec<String> = near.into_iter().take(most).map(|(_, path)| path).collect();
    if near.is_empty() { String::new() } else { format!("; near it: {}", near.join(", ")) }
}

/// How many bytes must be put in, taken out or changed to make one text of the other (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (at, x) in a.bytes().enumerate() {
        let mut corner = row[0];
        row[0] = at + 1;
        for (column, y) in b.bytes().enumerate() {
            let changed = corner + usize::from(x != y);
            corner = row[column + 1];
            row[column + 1] = changed.min(corner + 1).min(row[column] + 1);
        }
    }
    row[b.len()]
}
