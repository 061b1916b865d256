//! The rules that schemas themselves must follow, reduced to what can refuse a schema. It holds no annotations.

use serde_json::{Value as Json, json};

use super::Verdict;
use super::compile::{self, Draft, ROOT_URL};

/// Checks a chart's schema against its draft. The error is Helm's text.
pub(super) fn check(draft: Draft, schema: &Json) -> Result<(), Verdict> {
    let (url, rules, rules_draft) = match draft {
        Draft::D4 => ("http://json-schema.org/draft-04/schema#", draft_4(), Draft::D4),
        Draft::D6 => ("http://json-schema.org/draft-06/schema#", draft_6_or_7(false), Draft::D6),
        Draft::D7 => ("http://json-schema.org/draft-07/schema#", draft_6_or_7(true), Draft::D7),
        Draft::D2019 => ("https://json-schema.org/draft/2019-09/schema#", vocabularies(false), Draft::D2019),
        Draft::D2020 => ("https://json-schema.org/draft/2020-12/schema#", vocabularies(true), Draft::D2020),
    };
    let mut compiled = compile::compile(&rules, rules_draft)?;
    compiled.asserts_format = true;
    super::evaluate::run(&compiled, schema).map_err(|faults| {
        Verdict::Invalid(format!(
            "\"{ROOT_URL}#\" is not valid against metaschema: jsonschema validation failed with '{url}'\n{faults}"
        ))
    })
}

fn types() -> Json {
    let names = json!(["array", "boolean", "integer", "null", "number", "object", "string"]);
    json!({"anyOf": [
        {"enum": names},
        {"type": "array", "items": {"enum": names}, "minItems": 1, "uniqueItems": true}
    ]})
}

fn draft_4() -> Json {
    let count = json!({"type": "integer", "minimum": 0});
    let count_or_default = json!({"allOf": [{"$ref": "#/definitions/positiveInteger"}, {}]});
    let schemas = json!({"type": "array", "minItems": 1, "items": {"$ref": "#"}});
    let by_name = json!({"type": "object", "additionalProperties": {"$ref": "#"}});
    let names = json!({"type": "array", "minItems": 1, "uniqueItems": true, "items": {"type": "string"}});
    json!({
        "type": "object",
        "definitions": {"positiveInteger": count, "positiveIntegerDefault0": count_or_default, "schemaArray": schemas, "stringArray": names},
        "properties": {
            "id": {"type": "string"}, "$schema": {"type": "string"}, "title": {"type": "string"}, "description": {"type": "string"},
            "multipleOf": {"type": "number", "minimum": 0, "exclusiveMinimum": true},
            "maximum": {"type": "number"}, "exclusiveMaximum": {"type": "boolean"},
            "minimum": {"type": "number"}, "exclusiveMinimum": {"type": "boolean"},
            "maxLength": {"$ref": "#/definitions/positiveInteger"}, "minLength": {"$ref": "#/definitions/positiveIntegerDefault0"},
            "pattern": {"type": "string", "format": "regex"},
            "additionalItems": {"anyOf": [{"type": "boolean"}, {"$ref": "#"}]},
            "items": {"anyOf": [{"$ref": "#"}, {"$ref": "#/definitions/schemaArray"}]},
            "maxItems": {"$ref": "#/definitions/positiveInteger"}, "minItems": {"$ref": "#/definitions/positiveIntegerDefault0"},
            "uniqueItems": {"type": "boolean"},
            "maxProperties": {"$ref": "#/definitions/positiveInteger"}, "minProperties": {"$ref": "#/definitions/positiveIntegerDefault0"},
            "required": {"$ref": "#/definitions/stringArray"},
            "additionalProperties": {"anyOf": [{"type": "boolean"}, {"$ref": "#"}]},
            "definitions": by_name, "properties": by_name, "patternProperties": by_name,
            "dependencies": {"type": "object", "additionalProperties": {"anyOf": [{"$ref": "#"}, {"$ref": "#/definitions/stringArray"}]}},
            "enum": {"type": "array"}, "type": types(), "format": {"type": "string"},
            "allOf": {"$ref": "#/definitions/schemaArray"}, "anyOf": {"$ref": "#/definitions/schemaArray"},
            "oneOf": {"$ref": "#/definitions/schemaArray"}, "not": {"$ref": "#"}
        },
        "dependencies": {"exclusiveMaximum": ["maximum"], "exclusiveMinimum": ["minimum"]}
    })
}

fn draft_6_or_7(conditions: bool) -> Json {
    let by_name = json!({"type": "object", "additionalProperties": {"$ref": "#"}});
    let patterns = json!({"type": "object", "additionalProperties": {"$ref": "#"}, "propertyNames": {"format": "regex"}});
    let mut rules = json!({
        "type": ["object", "boolean"],
        "definitions": {
            "schemaArray": {"type": "array", "minItems": 1, "items": {"$ref": "#"}},
            "nonNegativeInteger": {"type": "integer", "minimum": 0},
            "nonNegativeIntegerDefault0": {"allOf": [{"$ref": "#/definitions/nonNegativeInteger"}, {}]},
            "stringArray": {"type": "array", "items": {"type": "string"}, "uniqueItems": true}
        },
        "properties": {
            "$id": {"type": "string"}, "$schema": {"type": "string"}, "$ref": {"type": "string"}, "title": {"type": "string"},
            "description": {"type": "string"}, "examples": {"type": "array"},
            "multipleOf": {"type": "number", "exclusiveMinimum": 0}, "maximum": {"type": "number"}, "minimum": {"type": "number"},
            "exclusiveMaximum": {"type": "number"}, "exclusiveMinimum": {"type": "number"},
            "maxLength": {"$ref": "#/definitions/nonNegativeInteger"}, "minLength": {"$ref": "#/definitions/nonNegativeIntegerDefault0"},
            "pattern": {"type": "string", "format": "regex"}, "additionalItems": {"$ref": "#"},
            "items": {"anyOf": [{"$ref": "#"}, {"$ref": "#/definitions/schemaArray"}]},
            "maxItems": {"$ref": "#/definitions/nonNegativeInteger"}, "minItems": {"$ref": "#/definitions/nonNegativeIntegerDefault0"},
            "uniqueItems": {"type": "boolean"}, "contains": {"$ref": "#"},
            "maxProperties": {"$ref": "#/definitions/nonNegativeInteger"}, "minProperties": {"$ref": "#/definitions/nonNegativeIntegerDefault0"},
            "required": {"$ref": "#/definitions/stringArray"}, "additionalProperties": {"$ref": "#"},
            "definitions": by_name, "properties": by_name, "patternProperties": patterns,
            "dependencies": {"type": "object", "additionalProperties": {"anyOf": [{"$ref": "#"}, {"$ref": "#/definitions/stringArray"}]}},
            "propertyNames": {"$ref": "#"}, "enum": {"type": "array"}, "type": types(), "format": {"type": "string"},
            "allOf": {"$ref": "#/definitions/schemaArray"}, "anyOf": {"$ref": "#/definitions/schemaArray"},
            "oneOf": {"$ref": "#/definitions/schemaArray"}, "not": {"$ref": "#"}
        }
    });
    if conditions && let Some(properties) = rules["properties"].as_object_mut() {
        for keyword in ["if", "then", "else"] {
            properties.insert(keyword.to_owned(), json!({"$ref": "#"}));
        }
        properties.insert("$comment".to_owned(), json!({"type": "string"}));
        for keyword in ["readOnly", "writeOnly"] {
            properties.insert(keyword.to_owned(), json!({"type": "boolean"}));
        }
    }
    rules
}

/// 2019-09 and 2020-12: one set of rules a vocabulary. What is a dynamic reference in the originals is one to the whole here.
fn vocabularies(of_2020: bool) -> Json {
    let by_name = json!({"type": "object", "additionalProperties": {"$ref": "#"}});
    let patterns = json!({"type": "object", "additionalProperties": {"$ref": "#"}, "propertyNames": {"format": "regex"}});
    let schemas = json!({"type": "array", "minItems": 1, "items": {"$ref": "#"}});
    let count = json!({"type": "integer", "minimum": 0});
    let names = json!({"type": "array", "items": {"type": "string"}, "uniqueItems": true});
    let items = if of_2020 {
        json!({"$ref": "#"})
    } else {
        json!({"anyOf": [{"$ref": "#"}, {"$ref": "#/$defs/schemaArray"}]})
    };
    let one = json!({"$ref": "#"});
    let kind = json!(["object", "boolean"]);
    json!({
        "allOf": [
            {"$ref": "#/$defs/core"}, {"$ref": "#/$defs/applicator"}, {"$ref": "#/$defs/unevaluated"}, {"$ref": "#/$defs/validation"},
            {"$ref": "#/$defs/meta-data"}, {"$ref": "#/$defs/format"}, {"$ref": "#/$defs/content"}
        ],
        "type": kind,
        "properties": {
            "definitions": by_name,
            "dependencies": {"type": "object", "additionalProperties": {"anyOf": [{"$ref": "#"}, {"$ref": "#/$defs/stringArray"}]}}
        },
        "$defs": {
            "schemaArray": schemas, "stringArray": names, "nonNegativeInteger": count,
            "core": {"type": kind, "properties": {
                "$id": {"type": "string", "pattern": "^[^#]*#?$"}, "$schema": {"type": "string"}, "$ref": {"type": "string"},
                "$anchor": {"type": "string"}, "$comment": {"type": "string"}, "$defs": by_name
            }},
            "applicator": {"type": kind, "properties": {
                "prefixItems": {"$ref": "#/$defs/schemaArray"}, "items": items, "contains": one, "additionalItems": one, "additionalProperties": one,
                "properties": by_name, "patternProperties": patterns, "dependentSchemas": by_name, "propertyNames": one,
                "if": one, "then": one, "else": one, "allOf": {"$ref": "#/$defs/schemaArray"}, "anyOf": {"$ref": "#/$defs/schemaArray"},
                "oneOf": {"$ref": "#/$defs/schemaArray"}, "not": one
            }},
            "unevaluated": {"type": kind, "properties": {"unevaluatedItems": one, "unevaluatedProperties": one}},
            "validation": {"type": kind, "properties": {
                "type": types(), "enum": {"type": "array"}, "multipleOf": {"type": "number", "exclusiveMinimum": 0},
                "maximum": {"type": "number"}, "exclusiveMaximum": {"type": "number"}, "minimum": {"type": "number"}, "exclusiveMinimum": {"type": "number"},
                "maxLength": {"$ref": "#/$defs/nonNegativeInteger"}, "minLength": {"$ref": "#/$defs/nonNegativeInteger"},
                "pattern": {"type": "string", "format": "regex"},
                "maxItems": {"$ref": "#/$defs/nonNegativeInteger"}, "minItems": {"$ref": "#/$defs/nonNegativeInteger"}, "uniqueItems": {"type": "boolean"},
                "maxContains": {"$ref": "#/$defs/nonNegativeInteger"}, "minContains": {"$ref": "#/$defs/nonNegativeInteger"},
                "maxProperties": {"$ref": "#/$defs/nonNegativeInteger"}, "minProperties": {"$ref": "#/$defs/nonNegativeInteger"},
                "required": {"$ref": "#/$defs/stringArray"},
                "dependentRequired": {"type": "object", "additionalProperties": {"$ref": "#/$defs/stringArray"}}
            }},
            "meta-data": {"type": kind, "properties": {
                "title": {"type": "string"}, "description": {"type": "string"}, "deprecated": {"type": "boolean"},
                "readOnly": {"type": "boolean"}, "writeOnly": {"type": "boolean"}, "examples": {"type": "array"}
            }},
            "format": {"type": kind, "properties": {"format": {"type": "string"}}},
            "content": {"type": kind, "properties": {
                "contentEncoding": {"type": "string"}, "contentMediaType": {"type": "string"}, "contentSchema": one
            }}
        }
    })
}
