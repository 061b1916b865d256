//! A YAML document with the place of every node: what rules look at. It does not resolve Helm's number rules.

use std::ops::Range;

use crate::values::general_32;

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

    /// What sigs.k8s.io/yaml makes of a scalar where Go wants a text: integers in decimal, floats shortened to 32 bits;
    /// `None` for null, lists and maps.
    #[must_use]
    pub fn go_text(&self) -> Option<String> {
        match &self.kind {
            NodeKind::Bool(value) => Some(value.to_string()),
            NodeKind::String(text) => Some(text.clone()),
            NodeKind::Number { value, text } => Some(number_text(*value, text)),
            NodeKind::Null | NodeKind::List(_) | NodeKind::Map(_) => None,
        }
    }
}

fn number_text(value: f64, text: &str) -> String {
    let plain = text.replace('_', "");
    let digits = plain.trim_start_matches(['+', '-']);
    let prefixed = ["0x", "0X", "0b", "0B", "0o", "0O"].iter().any(|prefix| digits.starts_with(prefix));
    let octal = digits.len() > 1 && digits.starts_with('0');
    let is_integer = prefixed
        || (!digits.is_empty()
            && digits.bytes().all(|byte| byte.is_ascii_digit() && !(octal && byte > b'7')));
    if !is_integer {
        return general_32(value);
    }
    if !prefixed && !octal {
        // Beyond 64 bits goyaml has a float.
        let exact = plain.trim_start_matches('+').parse::<i128>().ok();
        let fits = exact.filter(|number| i128::from(i64::MIN) <= *number && *number <= i128::from(u64::MAX));
        return fits.map_or_else(|| general_32(value), |number| number.to_string());
    }
    format!("{value:.0}")
}
