//! A YAML document with the place of every node: what rules look at. It does not resolve Helm's number rules.

use std::ops::Range;

/// One node. `bytes` is its range in the text that was parsed (for a scalar the token itself, quotes included).
#[derive(Clone, Debug)]
pub struct Node {
    pub kind: NodeKind,
    pub bytes: Range<usize>,
    /// 1-based line of its first byte.
    pub line: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    Null,
    Bool(bool),
    /// Integral numbers keep their text in `text`.
    Number {
        value: f64,
        text: String,
    },
    String(String),
    List(Vec<Node>),
    /// In document order; a repeated key appears as often as written.
    Map(Vec<Entry>),
}

#[derive(Clone, Debug)]
pub struct Entry {
    pub key: String,
    pub key_bytes: Range<usize>,
    pub value: Node,
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}
impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key && self.value == other.value
    }
}

impl Node {
    /// The value under `key`; the last one when the key is repeated, as Helm reads it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().rev().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// `get` along a path of keys.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Entries of a map; empty for every other kind.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        if let NodeKind::Map(entries) = &self.kind { entries } else { &[] }
    }

    /// Items of a list; empty for every other kind.
    #[must_use]
    pub fn items(&self) -> &[Node] {
        if let NodeKind::List(items) = &self.kind { items } else { &[] }
    }

    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let NodeKind::String(text) = &self.kind { Some(text) } else { None }
    }

    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let NodeKind::Bool(value) = self.kind { Some(value) } else { None }
    }

    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        if let NodeKind::Number { value, .. } = self.kind { Some(value) } else { None }
    }

    #[must_use]
    pub fn is_null(&self) -> bool {
        self.kind == NodeKind::Null
    }

    /// Scalar as text, whatever its kind; `None` for null, lists and maps.
    #[must_use]
    pub fn scalar_text(&self) -> Option<String> {
        match &self.kind {
            NodeKind::Bool(value) => Some(value.to_string()),
            NodeKind::Number { text, .. } => Some(text.clone()),
            NodeKind::String(text) => Some(text.clone()),
            NodeKind::Null | NodeKind::List(_) | NodeKind::Map(_) => None,
        }
    }
}
