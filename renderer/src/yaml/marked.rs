//! A document to the tree with places that rules look at. Aliases are expanded and merge keys applied, as Helm does.

use super::decode::{BINARY_TAG, binary_text};
use super::decode::{followed, is_merge, key_text};
use super::error::{YamlError, YamlErrorKind};
use super::node::{Entry, Node, NodeKind};
use super::resolve::{Scalar, resolve};
use super::tree::{Document, NodeId, RawKind};
use crate::limits::{YAML_DEPTH_MAX, YAML_NODES_MAX};

pub(super) fn mark_document(document: &Document, strict: bool) -> Result<Node, YamlError> {
    let mut marker = Marker { document, strict, count: 0, depth: 0 };
    marker.node(document.root)
}

struct Marker<'a> {
    document: &'a Document,
    /// Refuse merge keys and duplicate keys.
    strict: bool,
    count: usize,
    depth: usize,
}

impl Marker<'_> {
    fn node(&mut self, id: NodeId) -> Result<Node, YamlError> {
        let raw = &self.document.nodes[id];
        let line = raw.start.line + 1;
        self.count += 1;
        self.depth += 1;
        if self.depth > YAML_DEPTH_MAX {
            return Err(YamlError::bound(YamlErrorKind::TooDeep, line));
        }
        if self.count > YAML_NODES_MAX {
            return Err(YamlError::bound(YamlErrorKind::TooLarge, line));
        }
        // An alias stands at its own place; what is inside it stands where it was written.
        let kind = match &self.document.nodes[followed(self.document, id)].kind {
            RawKind::Scalar { tag, value, implicit } => scalar_kind(tag, value, *implicit, line)?,
            RawKind::Sequence(items) => {
                NodeKind::List(items.iter().map(|&item| self.node(item)).collect::<Result<_, _>>()?)
            }
            RawKind::Mapping(children) => {
                let mut entries = Vec::with_capacity(children.len() / 2);
                self.entries(children, &mut entries)?;
                NodeKind::Map(entries)
            }
            RawKind::Alias { .. } => NodeKind::Null,
        };
        self.depth -= 1;
        Ok(Node { kind, bytes: raw.start.offset..raw.end.max(raw.start.offset), line })
    }

    fn entries(&mut self, children: &[NodeId], entries: &mut Vec<Entry>) -> Result<(), YamlError> {
        let mut seen = std::collections::HashSet::new();
        for pair in children.chunks_exact(2) {
            let raw = &self.document.nodes[pair[0]];
            let line = raw.start.line + 1;
            if is_merge(self.document, pair[0]) {
                if self.strict {
                    return Err(YamlError::bound(YamlErrorKind::MergeKey, line));
                }
                self.merge(pair[1], entries)?;
                continue;
            }
            let key = self.key(pair[0])?;
            if self.strict && !seen.insert(key.clone()) {
                return Err(YamlError::bound(YamlErrorKind::DuplicateKey(key), line));
            }
            let value = self.node(pair[1])?;
            entries.push(Entry { key, key_bytes: raw.start.offset..raw.end, value });
        }
        Ok(())
    }

    fn key(&self, id: NodeId) -> Result<String, YamlError> {
        let line = self.document.nodes[id].start.line + 1;
        let RawKind::Scalar { tag, value, implicit } = &self.document.nodes[followed(self.document, id)].kind
        else {
            return Err(YamlError::unplaced("invalid map key", line));
        };
        if tag.is_empty() && !implicit {
            return Ok(value.clone());
        }
        match resolve(tag, value).map_err(|sentence| YamlError::unplaced(sentence, line))? {
            Scalar::Null | Scalar::Uint(_) => Err(YamlError::unplaced("unsupported map key", line)),
            resolved => Ok(key_text(&resolved).unwrap_or_else(|| value.clone())),
        }
    }

    fn merge(&mut self, id: NodeId, entries: &mut Vec<Entry>) -> Result<(), YamlError> {
        let target = followed(self.document, id);
        match &self.document.nodes[target].kind {
            RawKind::Sequence(items) if target == id => {
                for &item in items.iter().rev() {
                    self.merge_one(item, entries)?;
                }
                Ok(())
            }
            _ => self.merge_one(id, entries),
        }
    }

    fn merge_one(&mut self, id: NodeId, entries: &mut Vec<Entry>) -> Result<(), YamlError> {
        match self.node(id)?.kind {
            NodeKind::Map(merged) => {
                entries.extend(merged);
                Ok(())
            }
            _ => {
                let line = self.document.nodes[id].start.line + 1;
                Err(YamlError::unplaced("map merge requires map or sequence of maps as the value", line))
            }
        }
    }
}

pub(super) fn scalar_kind(tag: &str, text: &str, implicit: bool, line: u32) -> Result<NodeKind, YamlError> {
    if tag.is_empty() && !implicit {
        return Ok(NodeKind::String(text.to_owned()));
    }
    if tag == BINARY_TAG {
        return binary_text(text, line).map(NodeKind::String);
    }
    #[allow(clippy::cast_precision_loss)] // JSON numbers are float64 in Go.
    Ok(match resolve(tag, text).map_err(|sentence| YamlError::unplaced(sentence, line))? {
        Scalar::Null => NodeKind::Null,
        Scalar::Bool(value) => NodeKind::Bool(value),
        Scalar::Int(value) => NodeKind::Number { value: value as f64, text: text.to_owned() },
        Scalar::Uint(value) => NodeKind::Number { value: value as f64, text: text.to_owned() },
        Scalar::Float(value) => NodeKind::Number { value, text: text.to_owned() },
        Scalar::Text | Scalar::Timestamp => NodeKind::String(text.to_owned()),
    })
}
