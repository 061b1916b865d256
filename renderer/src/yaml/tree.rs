//! Events to one document's nodes, in an arena: anchors are bound, nothing is resolved.

use std::collections::HashMap;

use super::error::{YamlError, YamlErrorKind};
use super::parser::{Event, EventKind, Parser};
use super::source::Mark;
use crate::limits::{YAML_DEPTH_MAX, YAML_NODES_MAX};

pub(super) type NodeId = usize;

#[derive(Debug)]
pub(super) enum RawKind {
    /// `tag` is empty where none was written; `implicit` is true for plain scalars.
    Scalar {
        tag: String,
        value: String,
        implicit: bool,
    },
    Sequence(Vec<NodeId>),
    /// Keys and values in turn.
    Mapping(Vec<NodeId>),
    Alias {
        name: String,
        target: NodeId,
    },
}

#[derive(Debug)]
pub(super) struct RawNode {
    pub kind: RawKind,
    pub start: Mark,
    /// Byte offset behind the node.
    pub end: usize,
}

#[derive(Debug)]
pub(super) struct Document {
    pub nodes: Vec<RawNode>,
    pub root: NodeId,
}

/// Reads documents one by one.
pub(super) struct Documents<'a> {
    parser: Parser<'a>,
    /// Refuse anchors and aliases.
    pub strict: bool,
}

/// A collection that is not closed yet.
struct Open {
    id: NodeId,
    children: Vec<NodeId>,
    mapping: bool,
}

impl<'a> Documents<'a> {
    pub(super) fn new(text: &'a [u8]) -> Result<Self, YamlError> {
        let mut parser = Parser::new(text)?;
        parser.next()?;
        Ok(Documents { parser, strict: false })
    }

    /// The next document; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Document>, YamlError> {
        match self.parser.next()?.kind {
            EventKind::DocumentStart => {}
            _ => return Ok(None),
        }
        let (mut nodes, mut open) = (Vec::new(), Vec::<Open>::new());
        let mut anchors = HashMap::new();
        loop {
            let event = self.parser.next()?;
            let done = match event.kind {
                EventKind::SequenceEnd | EventKind::MappingEnd => close(&mut nodes, &mut open, &event),
                _ => {
                    let opens = matches!(
                        event.kind,
                        EventKind::SequenceStart { .. } | EventKind::MappingStart { .. }
                    );
                    let mapping = matches!(event.kind, EventKind::MappingStart { .. });
                    let id = self.add(&mut nodes, &mut anchors, event)?;
                    if let Some(parent) = open.last_mut() {
                        parent.children.push(id);
                    }
                    if opens {
                        if open.len() == YAML_DEPTH_MAX {
                            return Err(YamlError::bound(YamlErrorKind::TooDeep, nodes[id].start.line + 1));
                        }
                        open.push(Open { id, children: Vec::new(), mapping });
                    }
                    open.is_empty()
                }
            };
            if done {
                break;
            }
        }
        self.parser.next()?;
        Ok(Some(Document { nodes, root: 0 }))
    }

    fn add(
        &self,
        nodes: &mut Vec<RawNode>,
        anchors: &mut HashMap<String, NodeId>,
        event: Event,
    ) -> Result<NodeId, YamlError> {
        let (id, line) = (nodes.len(), event.start.line + 1);
        if id == YAML_NODES_MAX {
            return Err(YamlError::bound(YamlErrorKind::TooLarge, line));
        }
        let (kind, anchor) = match event.kind {
            EventKind::Alias(name) if self.strict => {
                return Err(YamlError::bound(YamlErrorKind::Alias(name), line));
            }
            EventKind::Alias(name) => match anchors.get(&name) {
                None => return Err(YamlError::unplaced(format!("unknown anchor '{name}' referenced"), line)),
                Some(&target) => (RawKind::Alias { name, target }, None),
            },
            EventKind::Scalar { anchor, tag, value, implicit, .. } => {
                let value = String::from_utf8(value)
                    .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
                (RawKind::Scalar { tag, value, implicit }, anchor)
            }
            EventKind::MappingStart { anchor } => (RawKind::Mapping(Vec::new()), anchor),
            EventKind::SequenceStart { anchor } => (RawKind::Sequence(Vec::new()), anchor),
            _ => return Err(YamlError::unplaced("did not find expected node content", line)),
        };
        if let Some(name) = anchor {
            if self.strict {
                return Err(YamlError::bound(YamlErrorKind::Anchor(name), line));
            }
            anchors.insert(name, id);
        }
        nodes.push(RawNode { kind, start: event.start, end: event.end.offset });
        Ok(id)
    }
}

/// Closes the innermost collection; true when it was the root.
fn close(nodes: &mut [RawNode], open: &mut Vec<Open>, event: &Event) -> bool {
    let Some(Open { id, children, mapping }) = open.pop() else { return true };
    // A block collection's end mark lies at the next token, behind comments; its own end is its last child's.
    let last = children.last().map_or(nodes[id].end, |&child| nodes[child].end);
    nodes[id].end = if event.end.offset > event.start.offset { event.end.offset } else { last };
    nodes[id].kind = if mapping { RawKind::Mapping(children) } else { RawKind::Sequence(children) };
    open.is_empty()
}
