//! docker-compose.yml as the tests read it: merged, with variables filled in. It knows what a key means only where a test asks.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// A file of the project's root.
pub fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

pub fn text_of(path: &str) -> String {
    std::fs::read_to_string(project(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub struct Compose(Value);

/// One of its services.
#[derive(Clone, Copy)]
pub struct Service<'c> {
    pub name: &'c str,
    value: &'c Value,
}

impl Compose {
    /// The file, with these variables set where it is read.
    pub fn read(variables: &BTreeMap<&str, String>) -> Compose {
        let text = text_of("docker-compose.yml");
        let value = renderer::yaml::decode(text.as_bytes()).expect("docker-compose.yml is YAML");
        let mut value = renderer::json::to_serde(&value);
        fill_in(&mut value, variables);
        Compose(value)
    }

    pub fn services(&self) -> Vec<Service<'_>> {
        let all = self.0["services"].as_object().unwrap();
        all.iter().map(|(name, value)| Service { name, value }).collect()
    }

    #[track_caller]
    pub fn service(&self, name: &str) -> Service<'_> {
        let found = self.services().into_iter().find(|service| service.name == name);
        found.unwrap_or_else(|| panic!("there is no service {name}"))
    }

    /// Anything else, by its path of keys.
    pub fn at(&self, path: &[&str]) -> &Value {
        path.iter().fold(&self.0, |value, key| &value[*key])
    }
}

impl<'c> Service<'c> {
    pub fn at(&self, path: &[&str]) -> &'c Value {
        path.iter().fold(self.value, |value, key| &value[*key])
    }

    /// The texts of a list, or the keys of a map: `depends_on` and `networks` can be either.
    pub fn list(&self, path: &[&str]) -> Vec<String> {
        match self.at(path) {
            Value::Null => Vec::new(),
            Value::Array(items) => items.iter().map(text).collect(),
            Value::Object(map) => map.keys().cloned().collect(),
            other => panic!("{} {path:?} is neither list nor map: {other}", self.name),
        }
    }

    pub fn environment(&self) -> BTreeMap<String, String> {
        let Some(map) = self.at(&["environment"]).as_object() else { return BTreeMap::new() };
        map.iter().map(|(name, value)| (name.clone(), text(value))).collect()
    }

    /// The program and arguments of its health check.
    pub fn health_check(&self) -> Vec<String> {
        let mut words = self.list(&["healthcheck", "test"]);
        assert!(
            words.len() > 1 && words[0] == "CMD",
            "{}: no health check without a shell: {words:?}",
            self.name
        );
        words.remove(0);
        words
    }

    /// Bytes of memory that it may have.
    pub fn memory(&self) -> u64 {
        let limit = text(self.at(&["deploy", "resources", "limits", "memory"]));
        let (number, unit) = limit.split_at(limit.len() - 1);
        let unit = match unit {
            "m" => 1024 * 1024,
            "g" => 1024 * 1024 * 1024,
            other => panic!("{}: memory in {other}", self.name),
        };
        number.parse::<u64>().unwrap() * unit
    }
}

/// A scalar as Compose passes it on. Numbers and booleans of YAML are refused for variables, where 1.0 would become 1.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => panic!("{other} must be quoted in docker-compose.yml"),
    }
}

/// `${NAME:-default}` and `$$`, as Compose has them; anything else with a dollar is a mistake.
fn fill_in(value: &mut Value, variables: &BTreeMap<&str, String>) {
    match value {
        Value::String(text) => *text = filled_in(text, variables),
        Value::Array(items) => items.iter_mut().for_each(|item| fill_in(item, variables)),
        Value::Object(map) => map.values_mut().for_each(|item| fill_in(item, variables)),
        _ => {}
    }
}

fn filled_in(text: &str, variables: &BTreeMap<&str, String>) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let inner = after.strip_prefix('{').and_then(|after| after.split_once('}'));
        let (inner, after) = inner.unwrap_or_else(|| panic!("a lone dollar: {text}"));
        let (name, default) = inner.split_once(":-").unwrap_or_else(|| panic!("no default: {text}"));
        out.push_str(variables.get(name).map_or(default, String::as_str));
        rest = after;
    }
    out + rest
}
