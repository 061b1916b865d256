//! What Helm reads of a document before sorting it: kind and hook annotation, with Go's sentences where it cannot. Nothing else is checked.

use crate::functions::Helm;
use crate::value::{Data, Map, Value};

const HOOK_ANNOTATION: &str = "helm.sh/hook";
const METADATA_TYPE: &str =
    r#"struct { Name string "json:\"name\""; Annotations map[string]string "json:\"annotations\"" }"#;
const EVENTS: [&str; 9] = [
    "pre-install",
    "post-install",
    "pre-delete",
    "post-delete",
    "pre-upgrade",
    "post-upgrade",
    "pre-rollback",
    "post-rollback",
    "test",
];

/// The head of one document.
#[derive(Debug, PartialEq, Eq)]
pub struct Head {
    pub kind: String,
    pub hook: HookEvents,
}

/// What the hook annotation says.
#[derive(Debug, PartialEq, Eq)]
pub enum HookEvents {
    /// Not a hook.
    None,
    Known(Vec<String>),
    /// At least one name that Helm does not know: Helm drops the document.
    Unknown(String),
}

impl Head {
    /// Reads the head of `text`. The error is what follows `YAML parse error on FILE: `. Helm: releaseutil.SimpleHead.
    pub fn read(helm: Helm, text: &str) -> Result<Head, String> {
        let value = crate::yaml::decode(text.as_bytes()).map_err(|error| error.to_string())?;
        let mut fields = Fields::default();
        match &value.data {
            Data::Nil => {}
            Data::Map(map) => fields.read(map),
            other => {
                let package = if helm == Helm::V3 { "releaseutil" } else { "util" };
                fields.refuse(other, &format!("Go value of type {package}.SimpleHead"));
            }
        }
        if let Some(error) = fields.error {
            return Err(format!(
                "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {error}"
            ));
        }
        Ok(Head { kind: fields.kind, hook: fields.hook.map_or(HookEvents::None, |text| events(&text)) })
    }
}

fn events(annotation: &str) -> HookEvents {
    let mut known = Vec::new();
    for name in annotation.split(',') {
        let name = name.trim().to_lowercase();
        let name = if name == "test-success" { "test".to_owned() } else { name };
        if !EVENTS.contains(&name.as_str()) {
            return HookEvents::Unknown(annotation.to_owned());
        }
        known.push(name);
    }
    HookEvents::Known(known)
}

/// Fields as Go's decoder fills them: keys in sorted order, case ignored, the first type error kept.
#[derive(Default)]
struct Fields {
    kind: String,
    hook: Option<String>,
    error: Option<String>,
}

impl Fields {
    fn read(&mut self, map: &Map) {
        for (key, value) in map.entries.borrow().iter() {
            match key.lossy().to_lowercase().as_str() {
                "apiversion" => {
                    self.string(value, "SimpleHead.apiVersion");
                }
                "kind" => {
                    if let Some(kind) = self.string(value, "SimpleHead.kind") {
                        self.kind = kind;
                    }
                }
                "metadata" => match &value.data {
                    Data::Nil => {}
                    Data::Map(map) => self.metadata(map),
                    other => self.refuse(
                        other,
                        &format!("Go struct field SimpleHead.metadata of type {METADATA_TYPE}"),
                    ),
                },
                _ => {}
            }
        }
    }

    fn metadata(&mut self, map: &Map) {
        for (key, value) in map.entries.borrow().iter() {
            match key.lossy().to_lowercase().as_str() {
                "name" => {
                    self.string(value, ".metadata.name");
                }
                "annotations" => match &value.data {
                    Data::Nil => {}
                    Data::Map(annotations) => {
                        for (name, value) in annotations.entries.borrow().iter() {
                            let text = self.string(value, ".metadata.annotations");
                            if name.as_bytes() == HOOK_ANNOTATION.as_bytes() {
                                self.hook = Some(text.unwrap_or_default());
                            }
                        }
                    }
                    other => {
                        self.refuse(other, "Go struct field .metadata.annotations of type map[string]string");
                    }
                },
                _ => {}
            }
        }
    }

    /// A scalar as the text Helm's YAML reader makes of it for a string field; `None` for null and after an error.
    fn string(&mut self, value: &Value, field: &str) -> Option<String> {
        match &value.data {
            Data::Str(text) => Some(text.lossy().into_owned()),
            Data::Bool(flag) => Some(flag.to_string()),
            Data::Float(number) => Some(number.to_string()),
            Data::Int(number) | Data::Int64(number) => Some(number.to_string()),
            Data::Nil => None,
            other => {
                self.refuse(other, &format!("Go struct field {field} of type string"));
                None
            }
        }
    }

    fn refuse(&mut self, data: &Data, target: &str) {
        let what = match data {
            Data::Bool(_) => "bool",
            Data::Str(_) => "string",
            Data::List(_) => "array",
            Data::Map(_) => "object",
            _ => "number",
        };
        self.error.get_or_insert_with(|| format!("{what} into {target}"));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn heads_are_read_as_helm_reads_them() {
        let hook = |events: &[&str]| HookEvents::Known(events.iter().map(ToString::to_string).collect());
        let cases = [
            ("kind: Service", "Service", HookEvents::None),
            ("kind: 5\nmetadata: {annotations: {a: b}}", "5", HookEvents::None),
            (
                "metadata:\n  annotations: {helm.sh/hook: 'Pre-Install, test-success'}",
                "",
                hook(&["pre-install", "test"]),
            ),
            ("metadata:\n  annotations: {helm.sh/hook: nope}", "", HookEvents::Unknown("nope".to_owned())),
            ("# nothing", "", HookEvents::None),
        ];
        for (text, kind, hook) in cases {
            assert_eq!(Head::read(Helm::V4, text).unwrap(), Head { kind: kind.to_owned(), hook }, "{text}");
        }
    }

    #[test]
    fn wrong_types_are_named_in_gos_words() {
        let cases = [
            ("[a]", "array into Go value of type util.SimpleHead"),
            (
                "kind: [a]\napiVersion: {a: b}",
                "object into Go struct field SimpleHead.apiVersion of type string",
            ),
            (
                "metadata: {annotations: {a: [1]}}",
                "array into Go struct field .metadata.annotations of type string",
            ),
            (
                "metadata: {annotations: 5}",
                "number into Go struct field .metadata.annotations of type map[string]string",
            ),
        ];
        for (text, want) in cases {
            let error = Head::read(Helm::V4, text).unwrap_err();
            assert_eq!(
                error,
                format!("error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {want}")
            );
        }
    }
}
