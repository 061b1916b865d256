//! Values as leaves with dotted paths, and the line of a key in a values file. It coalesces nothing.

use renderer::yaml::Node;
use serde_json::Value;

/// One scalar of the values: `controller.external.type` and what it is.
#[derive(Clone, Debug)]
pub struct Leaf<'a> {
    pub path: String,
    pub value: &'a Value,
}

/// Keys that Helm adds to a subchart's values and that no chart's file has.
const GLOBAL: &str = "global";

/// Every scalar below `values`, with list items as `[0]`.
#[must_use]
pub fn leaves(values: &Value) -> Vec<Leaf<'_>> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), values)];
    while let Some((path, value)) = open.pop() {
        match value {
            Value::Object(map) => {
                for (key, value) in map.iter().rev() {
                    // Globals are repeated in every subchart; the top one speaks for all.
                    if key == GLOBAL && !path.is_empty() {
                        continue;
                    }
                    let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    open.push((path, value));
                }
            }
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate().rev() {
                    open.push((format!("{path}[{index}]"), value));
                }
            }
            _ => found.push(Leaf { path, value }),
        }
    }
    found
}

/// The value at `keys` below the subchart path `prefix`.
#[must_use]
pub fn leaf_at<'a>(values: &'a Value, prefix: &[&str], keys: &str) -> Option<(String, &'a Value)> {
    let steps: Vec<&str> = prefix.iter().copied().chain(keys.split('.')).collect();
    let value = steps.iter().try_fold(values, |value, key| value.get(key))?;
    Some((steps.join("."), value))
}

/// 1-based line on which the key `path` stands in a parsed values file.
#[must_use]
pub fn line_of(file: &Node, path: &str) -> Option<u32> {
    let mut node = file;
    let mut line = None;
    for step in path.split('.') {
        let (key, index) = match step.split_once('[') {
            Some((key, rest)) => (key, rest.strip_suffix(']').and_then(|text| text.parse::<usize>().ok())),
            None => (step, None),
        };
        let entry = node.entries().iter().rev().find(|entry| entry.key == key)?;
        // Nodes know their own line; a scalar stands beside its key.
        node = &entry.value;
        line = Some(node.line);
        if let Some(index) = index {
            node = node.items().get(index)?;
            line = Some(node.line);
        }
    }
    line
}
