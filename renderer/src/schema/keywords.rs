//! Where schemas stand inside schemas. It knows no meaning of keywords.

use serde_json::Value as Json;

const ONE: [&str; 12] = [
    "not",
    "if",
    "then",
    "else",
    "items",
    "additionalItems",
    "additionalProperties",
    "contains",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "contentSchema",
];
const LISTS: [&str; 5] = ["allOf", "anyOf", "oneOf", "prefixItems", "items"];
const MAPS: [&str; 6] =
    ["properties", "patternProperties", "dependencies", "dependentSchemas", "$defs", "definitions"];

/// The schemas directly inside `node`.
pub(super) fn subschemas(node: &Json) -> Vec<&Json> {
    let Some(map) = node.as_object() else { return Vec::new() };
    let is_schema = |json: &&Json| json.is_object() || json.is_boolean();
    let mut found: Vec<&Json> =
        ONE.iter().filter_map(|keyword| map.get(*keyword)).filter(is_schema).collect();
    for keyword in LISTS {
        found.extend(map.get(keyword).and_then(Json::as_array).into_iter().flatten().filter(is_schema));
    }
    for keyword in MAPS {
        found.extend(
            map.get(keyword)
                .and_then(Json::as_object)
                .into_iter()
                .flat_map(|map| map.values())
                .filter(is_schema),
        );
    }
    found
}
