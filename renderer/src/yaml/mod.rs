//! YAML as Helm reads and writes it (sigs.k8s.io/yaml over goyaml.v2, goyaml.v3 for the pretty form).

mod decode;
mod error;
mod feed;
mod go_syntax;
mod marked;
mod natural_order;
mod node;
mod parser;
mod parser_flow;
mod parser_tags;
mod resolve;
mod scalar_out;
mod scan_names;
mod scan_scalars;
mod scanner;
mod source;
mod stream;
#[cfg(test)]
mod tests;
mod timestamp;
mod token;
mod tree;
mod writer;

pub use error::{DecodeError, YamlError, YamlErrorKind};
pub use node::{Entry, Node, NodeKind};
pub use stream::{Event, Stream};

use crate::value::{Data, LIST_ANY, MAP_ANY, Value};
pub(crate) use source::char_width;
pub(crate) use timestamp::is_timestamp;
use tree::Documents;

/// The marked trees of all documents. An empty text has none; an empty document is null.
pub fn parse(text: &[u8]) -> Result<Vec<Node>, YamlError> {
    let mut documents = Documents::new(text)?;
    let mut nodes = Vec::new();
    while let Some(document) = documents.next()? {
        nodes.push(marked::mark_document(&document, false)?);
    }
    Ok(nodes)
}

/// The marked tree of the first document, which is all that Helm reads of most files; what follows may even be broken.
pub fn parse_first(text: &[u8]) -> Result<Option<Node>, YamlError> {
    match Documents::new(text)?.next()? {
        None => Ok(None),
        Some(document) => marked::mark_document(&document, false).map(Some),
    }
}

/// The only document of a text that must not use what two readers could understand differently: anchors, aliases,
/// merge keys, repeated keys, further documents. Each is an error of its own kind. An empty text is null.
pub fn parse_strict(text: &[u8]) -> Result<Node, YamlError> {
    let mut documents = Documents::new(text)?;
    documents.strict = true;
    let Some(document) = documents.next()? else {
        return Ok(Node { kind: NodeKind::Null, bytes: 0..0, line: 1 });
    };
    let node = marked::mark_document(&document, true)?;
    match documents.next()? {
        None => Ok(node),
        Some(second) => {
            let line = second.nodes[second.root].start.line + 1;
            Err(YamlError::bound(YamlErrorKind::SecondDocument, line))
        }
    }
}

/// The first document as sigs.k8s.io/yaml gives it to Go: all numbers float64, all keys strings, the last of repeated
/// keys. An empty text is nil.
pub fn decode(text: &[u8]) -> Result<Value, DecodeError> {
    match Documents::new(text)?.next()? {
        None => Ok(Value::nil()),
        Some(document) => decode::decode_document(&document),
    }
}

/// Every document, as [`decode`] gives the first.
pub fn decode_all(text: &[u8]) -> Result<Vec<Value>, DecodeError> {
    let mut documents = Documents::new(text)?;
    let mut values = Vec::new();
    while let Some(document) = documents.next()? {
        values.push(decode::decode_document(&document)?);
    }
    Ok(values)
}

/// [`decode`] into a map; null gives the empty map, other kinds Go's error.
pub fn decode_map(text: &[u8]) -> Result<Value, DecodeError> {
    decode_map_as(text, MAP_ANY)
}

/// [`decode_map`] with another Go type in the error, such as `common.Values`.
pub fn decode_map_as(text: &[u8], wanted: &'static str) -> Result<Value, DecodeError> {
    let value = decode(text)?;
    match value.data {
        Data::Map(_) => Ok(value),
        Data::Nil => Ok(Value::map(std::collections::BTreeMap::new())),
        _ => Err(DecodeError::Kind { found: json_kind(&value), wanted }),
    }
}

/// [`decode`] into a list; null gives the empty list, other kinds Go's error.
pub fn decode_list(text: &[u8]) -> Result<Value, DecodeError> {
    let value = decode(text)?;
    match value.data {
        Data::List(_) => Ok(value),
        Data::Nil => Ok(Value::list(Vec::new())),
        _ => Err(DecodeError::Kind { found: json_kind(&value), wanted: LIST_ANY }),
    }
}

/// goyaml.v2 text of a value, its last newline included; the error is Go's text. `toYaml` cuts the newline.
pub fn to_yaml(value: &Value) -> Result<Value, String> {
    writer::write(value, writer::Dialect::Plain)
}

/// goyaml.v3 text of a value with indentation 2, its last newline included.
pub fn to_yaml_pretty(value: &Value) -> Result<Value, String> {
    writer::write(value, writer::Dialect::Pretty)
}

/// JSON's name of a value's kind in the errors of encoding/json.
pub(crate) fn json_kind(value: &Value) -> &'static str {
    match value.data {
        Data::Nil => "null",
        Data::Bool(_) => "bool",
        Data::Int(_) | Data::Int64(_) | Data::Sized(..) | Data::Float(_) => "number",
        Data::Str(_) | Data::Bytes(_) => "string",
        Data::List(_) => "array",
        Data::Map(_) | Data::Object(_) => "object",
    }
}
