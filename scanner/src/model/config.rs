//! How a container is configured: environment, ConfigMaps and Secrets followed to their texts. It interprets none of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::field::Field;
use super::object::Object;
use super::pod::{Container, PodSpec};
use super::scene::Scene;

/// One key of a ConfigMap or Secret, decoded.
#[derive(Clone, Debug)]
pub struct DataEntry<'a> {
    pub key: &'a str,
    pub field: Field<'a>,
    pub text: String,
}

/// One environment variable of a container, followed to where its value is written.
#[derive(Clone, Debug)]
pub struct Setting {
    pub name: String,
    /// `None` when it comes from something the chart does not render (a Secret made by somebody else, a pod field).
    pub value: Option<String>,
}

/// Entries of a ConfigMap (`data`) or Secret (`data` decoded, `stringData`); nothing for other kinds or for binary content.
#[must_use]
pub fn data_entries<'a>(object: &'a Object<'a>) -> Vec<DataEntry<'a>> {
    let (plain, encoded) = match object.kind {
        "ConfigMap" => (Some("data"), None),
        "Secret" => (Some("stringData"), Some("data")),
        _ => return Vec::new(),
    };
    let mut found = Vec::new();
    for (key, field) in plain.and_then(|key| object.root.get(key)).iter().flat_map(Field::entries) {
        let text = field.text();
        found.push(DataEntry { key, field, text });
    }
    for (key, field) in encoded.and_then(|key| object.root.get(key)).iter().flat_map(Field::entries) {
        let packed: String = field.text().split_ascii_whitespace().collect();
        let Some(text) = STANDARD.decode(packed).ok().and_then(|bytes| String::from_utf8(bytes).ok()) else {
            continue;
        };
        found.push(DataEntry { key, field, text });
    }
    found
}

/// Environment of a container: literal, by key, and whole ConfigMaps and Secrets.
#[must_use]
pub fn settings_of<'s>(scene: &'s Scene<'_>, container: &'s Container<'s>) -> Vec<Setting> {
    let owner = container.pod.object;
    let mut found = Vec::new();
    for item in container.field.get("envFrom").iter().flat_map(Field::items) {
        let prefix = item.get("prefix").map(|prefix| prefix.text()).unwrap_or_default();
        for (key, kind) in [("configMapRef", "ConfigMap"), ("secretRef", "Secret")] {
            let Some(name) = item.at(&[key, "name"]) else { continue };
            let Some(source) = scene.find(kind, &owner.namespace, &name.text()) else { continue };
            found.extend(
                data_entries(source)
                    .into_iter()
                    .map(|entry| Setting { name: format!("{prefix}{}", entry.key), value: Some(entry.text) }),
            );
        }
    }
    for item in container.field.get("env").iter().flat_map(Field::items) {
        let Some(name) = item.get("name") else { continue };
        found.push(setting(scene, owner, name.text(), &item));
    }
    found
}

fn setting<'s>(scene: &'s Scene<'_>, owner: &'s Object<'s>, name: String, item: &Field<'s>) -> Setting {
    if let Some(value) = item.get("value") {
        return Setting { name, value: Some(value.text()) };
    }
    for (key, kind) in [("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")] {
        let Some(reference) = item.at(&["valueFrom", key]) else { continue };
        let wanted = |part| reference.get(part).map(|field| field.text()).unwrap_or_default();
        let source = scene.find(kind, &owner.namespace, &wanted("name"));
        let key = wanted("key");
        let entry = source.and_then(|source| data_entries(source).into_iter().find(|entry| entry.key == key));
        if let Some(entry) = entry {
            return Setting { name, value: Some(entry.text) };
        }
    }
    let referenced = item.get("valueFrom").is_some();
    // A variable without value and reference is the empty string.
    Setting { name, value: (!referenced).then(String::new) }
}

/// Texts of the ConfigMaps and Secrets that a pod mounts or reads its environment from.
#[must_use]
pub fn config_of<'s>(scene: &'s Scene<'_>, pod: &'s PodSpec<'s>) -> Vec<DataEntry<'s>> {
    let mut names: Vec<(&str, String)> = Vec::new();
    let mut add = |kind: &'static str, name: Option<Field<'_>>| {
        let Some(name) = name.map(|name| name.text()) else { return };
        if !names.contains(&(kind, name.clone())) {
            names.push((kind, name));
        }
    };
    for volume in pod.spec.get("volumes").iter().flat_map(Field::items) {
        add("ConfigMap", volume.at(&["configMap", "name"]));
        add("Secret", volume.at(&["secret", "secretName"]));
        for source in volume.at(&["projected", "sources"]).iter().flat_map(Field::items) {
            add("ConfigMap", source.at(&["configMap", "name"]));
            add("Secret", source.at(&["secret", "name"]));
        }
    }
    for list in ["containers", "initContainers"] {
        for container in pod.spec.get(list).iter().flat_map(Field::items) {
            for item in container.get("envFrom").iter().flat_map(Field::items) {
                add("ConfigMap", item.at(&["configMapRef", "name"]));
                add("Secret", item.at(&["secretRef", "name"]));
            }
        }
    }
    names
        .iter()
        .filter_map(|(kind, name)| scene.find(kind, &pod.object.namespace, name))
        .flat_map(data_entries)
        .collect()
}
