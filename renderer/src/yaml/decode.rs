//! A document to the value that Helm gets: goyaml.v2 to JSON to Go, in one walk. It keeps no places.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::error::{DecodeError, YamlError, YamlErrorKind};
use super::go_syntax::go_syntax;
use super::resolve::{Scalar, resolve};
use super::tree::{Document, NodeId, RawKind};
use crate::limits::{YAML_DEPTH_MAX, YAML_NODES_MAX};
use crate::value::{Data, Str, Value};

/// Decoded nodes up to which almost all may come from aliases (goyaml's alias_ratio_range_low and _high).
const ALIAS_FREE_NODES: f64 = 400_000.0;
const ALIAS_SCARCE_NODES: f64 = 4_000_000.0;

type Entries = BTreeMap<Str, Value>;

/// The value of one document.
pub(super) fn decode_document(document: &Document) -> Result<Value, DecodeError> {
    let mut decoder = Decoder {
        document,
        count: 0,
        alias_count: 0,
        aliases: Vec::new(),
        depth: 0,
        conversion: None,
        number: None,
    };
    let value = decoder.node(document.root)?;
    // goyaml finishes before the conversion to JSON begins, and that before JSON is written.
    match decoder.conversion.or(decoder.number) {
        Some(text) => Err(DecodeError::Conversion(text)),
        None => Ok(value),
    }
}

struct Decoder<'a> {
    document: &'a Document,
    count: usize,
    alias_count: usize,
    /// The aliases being followed.
    aliases: Vec<NodeId>,
    depth: usize,
    /// First key that JSON cannot have.
    conversion: Option<String>,
    /// First number that JSON cannot have.
    number: Option<String>,
}

impl Decoder<'_> {
    fn node(&mut self, id: NodeId) -> Result<Value, YamlError> {
        self.enter(id)?;
        let document = self.document;
        let value = match &document.nodes[id].kind {
            RawKind::Scalar { tag, value, implicit } => self.scalar(id, tag, value, *implicit)?,
            RawKind::Sequence(items) => {
                Value::list(items.iter().map(|&item| self.node(item)).collect::<Result<_, _>>()?)
            }
            RawKind::Mapping(children) => {
                let mut entries = Entries::new();
                self.mapping(children, &mut entries)?;
                Value::map(entries)
            }
            RawKind::Alias { name, target } => self.alias(id, name, |decoder| decoder.node(*target))?,
        };
        self.depth -= 1;
        Ok(value)
    }

    /// Counts the node against goyaml's rule about aliases and our bounds.
    fn enter(&mut self, id: NodeId) -> Result<(), YamlError> {
        self.count += 1;
        if !self.aliases.is_empty() {
            self.alias_count += 1;
        }
        let line = self.document.nodes[id].start.line + 1;
        if self.alias_count > 100 && self.count > 1000 && alias_share_exceeded(self.alias_count, self.count) {
            return Err(YamlError::unplaced("document contains excessive aliasing", line));
        }
        self.depth += 1;
        // An alias is a level of the walk but not of the document, hence twice the bound.
        if self.depth > 2 * YAML_DEPTH_MAX {
            return Err(YamlError::bound(YamlErrorKind::TooDeep, line));
        }
        if self.count > YAML_NODES_MAX {
            return Err(YamlError::bound(YamlErrorKind::TooLarge, line));
        }
        Ok(())
    }

    fn alias<T>(
        &mut self,
        id: NodeId,
        name: &str,
        follow: impl FnOnce(&mut Self) -> Result<T, YamlError>,
    ) -> Result<T, YamlError> {
        if self.aliases.contains(&id) {
            let line = self.document.nodes[id].start.line + 1;
            return Err(YamlError::unplaced(format!("anchor '{name}' value contains itself"), line));
        }
        self.aliases.push(id);
        let followed = follow(self)?;
        self.aliases.pop();
        Ok(followed)
    }

    fn scalar(&mut self, id: NodeId, tag: &str, text: &str, implicit: bool) -> Result<Value, YamlError> {
        if tag.is_empty() && !implicit {
            return Ok(text.into());
        }
        let line = self.document.nodes[id].start.line + 1;
        if tag == BINARY_TAG {
            return binary_text(text, line).map(Value::from);
        }
        #[allow(clippy::cast_precision_loss)] // JSON numbers are float64 in Go.
        Ok(match resolve(tag, text).map_err(|sentence| YamlError::unplaced(sentence, line))? {
            Scalar::Null => Value::nil(),
            Scalar::Bool(value) => value.into(),
            Scalar::Int(value) => (value as f64).into(),
            Scalar::Uint(value) => (value as f64).into(),
            Scalar::Float(value) => {
                if !value.is_finite() && self.number.is_none() {
                    self.number = Some(format!("json: unsupported value: {}", infinite_text(value)));
                }
                value.into()
            }
            Scalar::Text | Scalar::Timestamp => text.into(),
        })
    }

    fn mapping(&mut self, children: &[NodeId], entries: &mut Entries) -> Result<(), YamlError> {
        for pair in children.chunks_exact(2) {
            let (key, value) = (pair[0], pair[1]);
            if is_merge(self.document, key) {
                self.merge(value, entries)?;
                continue;
            }
            let name = self.key(key)?;
            let value_id = value;
            let value = self.node(value)?;
            match name {
                Ok(name) => {
                    entries.insert(name, value);
                }
                Err(shown) => {
                    let shown_value = go_syntax(self.document, value_id);
                    self.conversion.get_or_insert_with(|| {
                        format!("unsupported map key of type: {shown}, value: {shown_value}")
                    });
                }
            }
        }
        Ok(())
    }

    /// A key as JSON has it, or Go's words for one that it cannot have.
    fn key(&mut self, id: NodeId) -> Result<Result<Str, &'static str>, YamlError> {
        let document = self.document;
        let target = followed(document, id);
        let line = document.nodes[id].start.line + 1;
        let RawKind::Scalar { tag, value: text, implicit } = &document.nodes[target].kind else {
            self.node(id)?;
            let shown = go_syntax(document, target);
            return Err(YamlError::unplaced(format!("invalid map key: {shown}"), line));
        };
        let value = self.node(id)?;
        // A number that only a key has is never written as JSON number.
        self.number = self.number.take().filter(|_| !matches!(value.data, Data::Float(f) if !f.is_finite()));
        if tag.is_empty() && !implicit {
            return Ok(Ok(text.as_str().into()));
        }
        let resolved = resolve(tag, text).map_err(|sentence| YamlError::unplaced(sentence, line))?;
        Ok(match key_text(&resolved) {
            Some(name) => Ok(name.into()),
            None if resolved == Scalar::Null => Err("%!s(<nil>), key: <nil>"),
            None => match value.data {
                Data::Str(text) => Ok(text),
                _ => Err("uint64, key: 0xffffffffffffffff"),
            },
        })
    }

    fn merge(&mut self, id: NodeId, entries: &mut Entries) -> Result<(), YamlError> {
        let document = self.document;
        let line = document.nodes[id].start.line + 1;
        match &document.nodes[id].kind {
            RawKind::Sequence(items) => {
                // Earlier maps win, so they come last.
                for &item in items.iter().rev() {
                    self.merge_one(item, entries, line)?;
                }
                Ok(())
            }
            _ => self.merge_one(id, entries, line),
        }
    }

    fn merge_one(&mut self, id: NodeId, entries: &mut Entries, line: u32) -> Result<(), YamlError> {
        let document = self.document;
        let target = followed(document, id);
        let RawKind::Mapping(children) = &document.nodes[target].kind else {
            return Err(YamlError::unplaced("map merge requires map or sequence of maps as the value", line));
        };
        self.enter(id)?;
        if let RawKind::Alias { name, .. } = &document.nodes[id].kind {
            self.alias(id, name, |decoder| {
                decoder.enter(target)?;
                decoder.mapping(children, entries)?;
                decoder.depth -= 1;
                Ok(())
            })?;
        } else {
            self.mapping(children, entries)?;
        }
        self.depth -= 1;
        Ok(())
    }
}

#[allow(clippy::cast_precision_loss)] // Counts stay far below 2^53.
fn alias_share_exceeded(alias_count: usize, count: usize) -> bool {
    let count = count as f64;
    let over = ((count - ALIAS_FREE_NODES) / (ALIAS_SCARCE_NODES - ALIAS_FREE_NODES)).clamp(0.0, 1.0);
    alias_count as f64 / count > 0.99 - 0.89 * over
}

/// The node that an alias stands for.
pub(super) fn followed(document: &Document, id: NodeId) -> NodeId {
    if let RawKind::Alias { target, .. } = document.nodes[id].kind { target } else { id }
}

/// Whether a key is the merge key: plain, or tagged as one.
pub(super) fn is_merge(document: &Document, id: NodeId) -> bool {
    matches!(&document.nodes[id].kind, RawKind::Scalar { tag, value, implicit }
        if value == "<<" && (*implicit || tag == "tag:yaml.org,2002:merge"))
}

/// Go's `%v` of a float without digits.
fn infinite_text(value: f64) -> &'static str {
    if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "+Inf"
    } else {
        "-Inf"
    }
}

/// How sigs.k8s.io/yaml writes a resolved scalar as a key; `None` for strings (they stay) and what cannot be one.
pub(super) fn key_text(scalar: &Scalar) -> Option<String> {
    match scalar {
        Scalar::Bool(value) => Some(value.to_string()),
        Scalar::Int(value) => Some(value.to_string()),
        Scalar::Float(value) if value.is_nan() => Some(".nan".to_owned()),
        Scalar::Float(value) if value.is_infinite() => {
            Some(if *value > 0.0 { ".inf" } else { "-.inf" }.to_owned())
        }
        // sigs.k8s.io/yaml formats with 32 bits.
        #[allow(clippy::cast_possible_truncation)]
        Scalar::Float(value) => Some(match *value as f32 {
            short if short.is_infinite() => if short > 0.0 { ".inf" } else { "-.inf" }.to_owned(),
            short => crate::json::shortest_float(&format!("{short:e}")),
        }),
        Scalar::Null | Scalar::Uint(_) | Scalar::Text | Scalar::Timestamp => None,
    }
}

pub(super) const BINARY_TAG: &str = "tag:yaml.org,2002:binary";

/// What a `!!binary` scalar says.
pub(super) fn binary_text(text: &str, line: u32) -> Result<String, YamlError> {
    let compact: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    match STANDARD.decode(compact) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(_) => Err(YamlError::unplaced("!!binary value contains invalid base64 data", line)),
    }
}
