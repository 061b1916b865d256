//! Go's `%#v` of a document's node, for error texts. It follows aliases and stops where the text gets long.

use super::decode::followed;
use super::resolve::{Scalar, resolve};
use super::tree::{Document, NodeId, RawKind};

/// Bytes after which no more is written: the text only serves a message.
const SHOWN_BYTES_MAX: usize = 4096;

pub(super) fn go_syntax(document: &Document, id: NodeId) -> String {
    let mut out = String::new();
    if is_null(document, id) {
        return "<nil>".to_owned();
    }
    write_node(document, id, 0, &mut out);
    out
}

fn write_node(document: &Document, id: NodeId, depth: usize, out: &mut String) {
    if out.len() > SHOWN_BYTES_MAX || depth > 64 {
        return;
    }
    if is_null(document, id) {
        out.push_str("interface {}(nil)");
        return;
    }
    match &document.nodes[followed(document, id)].kind {
        RawKind::Scalar { tag, value, implicit } => {
            let resolved = if tag.is_empty() && !implicit { Ok(Scalar::Text) } else { resolve(tag, value) };
            match resolved {
                Ok(Scalar::Bool(value)) => out.push_str(if value { "true" } else { "false" }),
                Ok(Scalar::Int(value)) => out.push_str(&value.to_string()),
                Ok(Scalar::Uint(value)) => out.push_str(&format!("{value:#x}")),
                Ok(Scalar::Float(value)) => out.push_str(&crate::json::shortest_float(&format!("{value:e}"))),
                _ => out.push_str(&crate::values::quote(value)),
            }
        }
        RawKind::Sequence(items) => {
            out.push_str("[]interface {}{");
            for (index, &item) in items.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                write_node(document, item, depth + 1, out);
            }
            out.push('}');
        }
        RawKind::Mapping(children) => {
            out.push_str("map[interface {}]interface {}{");
            let mut pairs: Vec<(String, NodeId)> = Vec::new();
            for pair in children.chunks_exact(2) {
                let mut key = String::new();
                write_node(document, pair[0], depth + 1, &mut key);
                pairs.push((key, pair[1]));
            }
            pairs.sort_by(|a, b| a.0.cmp(&b.0));
            for (index, (key, value)) in pairs.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                out.push_str(key);
                out.push(':');
                write_node(document, *value, depth + 1, out);
            }
            out.push('}');
        }
        RawKind::Alias { .. } => {}
    }
}

fn is_null(document: &Document, id: NodeId) -> bool {
    matches!(&document.nodes[followed(document, id)].kind, RawKind::Scalar { tag, value, implicit }
        if (*implicit || !tag.is_empty()) && resolve(tag, value) == Ok(Scalar::Null))
}
