//! `.Chart`: what Chart.yaml says, as each generation shows it (3: a struct, 4: a map with Go's field names). It judges nothing.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::go_struct::{Field, GoStruct};
use crate::chart::{Dependency, Maintainer, Metadata};
use crate::functions::Helm;
use crate::value::{Data, GoType, List, MAP_STRING, Map, Str, Value};

/// The object of one chart; `is_root` is true for the chart on top.
pub(super) fn chart(metadata: &Metadata, is_root: bool, helm: Helm) -> Value {
    let mut fields = metadata_fields(metadata, helm);
    fields.push(Field { name: "IsRoot", json: Some("IsRoot"), value: Value::from(is_root) });
    if helm == Helm::V4 {
        return as_map(fields);
    }
    let embedded = GoStruct {
        type_name: "chart.Metadata",
        pointer: false,
        fields: metadata_fields(metadata, helm),
        methods: Vec::new(),
        shown: None,
    };
    let shown = format!("{{{} {is_root}}}", crate::value::Object::print(&embedded));
    fields.push(Field { name: "Metadata", json: None, value: embedded.value() });
    GoStruct {
        type_name: "struct { chart.Metadata; IsRoot bool }",
        pointer: false,
        fields,
        methods: Vec::new(),
        shown: Some(shown),
    }
    .value()
}

/// Fields in Go's order; the JSON name is left out where the value is empty, as `omitempty` does.
fn metadata_fields(metadata: &Metadata, helm: Helm) -> Vec<Field> {
    let annotations: BTreeMap<Str, Value> = metadata
        .annotations
        .iter()
        .map(|(key, text)| (Str::from(key.as_str()), Value::from(text.as_str())))
        .collect();
    let annotations_empty = annotations.is_empty();
    let annotations = Data::Map(Rc::new(Map { go_type: MAP_STRING, entries: annotations.into() }));
    let maintainers: Vec<Value> = metadata.maintainers.iter().map(|one| maintainer(one, helm)).collect();
    let dependencies: Vec<Value> = metadata.dependencies.iter().map(|one| dependency(one, helm)).collect();
    vec![
        text("Name", "name", &metadata.name),
        text("Home", "home", &metadata.home),
        texts("Sources", "sources", &metadata.sources),
        text("Version", "version", &metadata.version),
        text("Description", "description", &metadata.description),
        texts("Keywords", "keywords", &metadata.keywords),
        list("Maintainers", "maintainers", "[]*chart.Maintainer", maintainers, helm),
        text("Icon", "icon", &metadata.icon),
        text("APIVersion", "apiVersion", &metadata.api_version),
        text("Condition", "condition", &metadata.condition),
        text("Tags", "tags", &metadata.tags),
        text("AppVersion", "appVersion", &metadata.app_version),
        Field {
            name: "Deprecated",
            json: metadata.deprecated.then_some("deprecated"),
            value: Value::from(metadata.deprecated),
        },
        Field {
            name: "Annotations",
            json: (!annotations_empty).then_some("annotations"),
            value: annotations.into(),
        },
        text("KubeVersion", "kubeVersion", &metadata.kube_version),
        list("Dependencies", "dependencies", "[]*chart.Dependency", dependencies, helm),
        text("Type", "type", &metadata.kind),
    ]
}

fn maintainer(one: &Maintainer, helm: Helm) -> Value {
    let fields = vec![
        text("Name", "name", &one.name),
        text("Email", "email", &one.email),
        text("URL", "url", &one.url),
    ];
    structure("*chart.Maintainer", fields, helm)
}

fn dependency(one: &Dependency, helm: Helm) -> Value {
    let imports: Vec<Value> = one.import_values.iter().map(crate::json::from_serde).collect();
    let fields = vec![
        text("Name", "name", &one.name),
        text("Version", "version", &one.version),
        Field { json: Some("repository"), ..text("Repository", "repository", &one.repository) },
        text("Condition", "condition", &one.condition),
        texts("Tags", "tags", &one.tags),
        Field { name: "Enabled", json: one.enabled.then_some("enabled"), value: Value::from(one.enabled) },
        Field {
            name: "ImportValues",
            json: (!imports.is_empty()).then_some("import-values"),
            value: Value::list(imports),
        },
        text("Alias", "alias", &one.alias),
    ];
    structure("*chart.Dependency", fields, helm)
}

fn structure(type_name: GoType, fields: Vec<Field>, helm: Helm) -> Value {
    if helm == Helm::V4 {
        return as_map(fields);
    }
    GoStruct { type_name, pointer: true, fields, methods: Vec::new(), shown: None }.value()
}

/// Helm 4 shows structs as maps by their Go names.
fn as_map(fields: Vec<Field>) -> Value {
    Value::map(fields.into_iter().map(|field| (Str::from(field.name), field.value)).collect())
}

fn text(name: &'static str, json: &'static str, value: &str) -> Field {
    Field { name, json: (!value.is_empty()).then_some(json), value: Value::from(value) }
}

fn texts(name: &'static str, json: &'static str, items: &[String]) -> Field {
    let json = (!items.is_empty()).then_some(json);
    Field { name, json, value: Value::strings(items.iter().map(String::as_str)) }
}

fn list(name: &'static str, json: &'static str, go_type: GoType, items: Vec<Value>, helm: Helm) -> Field {
    let json = (!items.is_empty()).then_some(json);
    let go_type = if helm == Helm::V4 { crate::value::LIST_ANY } else { go_type };
    Field { name, json, value: Data::List(Rc::new(List { go_type, items })).into() }
}
