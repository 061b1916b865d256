//! A values file as text to one map: Helm 3 reads its first document, Helm 4 lays every later one over it.

use super::{empty, merge_files};
use crate::functions::Helm;
use crate::value::{Data, Value};
use crate::yaml;

/// values.yaml or a file given with `-f`.
///
/// # Errors
/// Helm's text, without the words that name the file (`cannot load values.yaml: `, `failed to parse x.yaml: `).
pub fn read(text: &[u8], helm: Helm) -> Result<Value, String> {
    if helm == Helm::V3 {
        return read_map(text);
    }
    let mut values = empty();
    let (pieces, bad_separator) = documents(text);
    for piece in pieces {
        let over = read_map(piece).map_err(|text| format!("cannot unmarshal yaml document: {text}"))?;
        values = merge_files(&values, &over);
    }
    if let Some(rest) = bad_separator {
        return Err(format!("error reading yaml document: invalid Yaml document separator: {rest}"));
    }
    Ok(values)
}

/// The first document as a map; null is an empty one.
fn read_map(text: &[u8]) -> Result<Value, String> {
    let value = yaml::decode(text).map_err(|error| error.to_string())?;
    let kind = match &value.data {
        Data::Map(_) => return Ok(value),
        Data::Nil => return Ok(empty()),
        Data::List(_) => "array",
        Data::Bool(_) => "bool",
        Data::Str(_) => "string",
        _ => "number",
    };
    let text = "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal";
    Err(format!("{text} {kind} into Go value of type map[string]interface {{}}"))
}

/// Cuts at lines that hold `---` and nothing but a comment (Kubernetes' YAML reader). Each piece is read on its own, so
/// that lines in errors count from the piece's beginning, as Helm's do. The second part is what stands behind a `---`
/// that ends the reading.
fn documents(text: &[u8]) -> (Vec<&[u8]>, Option<String>) {
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if let Some(rest) = line.strip_prefix(b"---") {
            let rest = String::from_utf8_lossy(rest).trim().to_owned();
            if !rest.is_empty() && !rest.starts_with('#') {
                return (pieces, Some(rest));
            }
            if at > start {
                pieces.push(&text[start..at]);
                start = at + line.len();
            }
        }
        at += line.len();
    }
    if at > start {
        pieces.push(&text[start..at]);
    }
    (pieces, None)
}
