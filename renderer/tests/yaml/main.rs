//! The readers and writers against Helm's own answers, without the template engine: the cases whose template is one of
//! a few known ones are answered by calling the same functions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

mod traces;

use std::collections::BTreeMap;
use std::path::PathBuf;

use renderer::value::{Str, Value};
use renderer::{json, yaml};
use serde_json::Value as Json;

const VALUES_JSON: &str = "{{ .Values | toJson }}";
const FROM_YAML: &str = "{{ $x := fromYaml (.Files.Get \"in.txt\") }}{{ $x | toJson }} {{ kindOf $x.v }}";
const FROM_BOTH: &str =
    "{{ fromYaml (.Files.Get \"in.txt\") | toJson }} {{ fromYamlArray (.Files.Get \"in.txt\") | toJson }}";
const KEYS: &str = "{{ $x := index (fromJson (.Files.Get \"s.json\")) \"s\" }}{{ dict $x 1 | toYaml }}|{{ dict \"a\" (dict $x (dict \"b\" $x)) | toYaml | nindent 2 }}|{{ toYamlPretty (dict \"l\" (list $x)) }}|{{ toToml (dict \"k\" $x) }}";
const STRINGS: &str = "{{ $x := index (fromJson (.Files.Get \"s.json\")) \"s\" }}{{ dict \"k\" $x | toYaml }}|{{ list $x (list $x) | toYaml }}|{{ $x | toYaml }}|{{ $x | toJson }}|{{ $x | quote }}|{{ $x | squote }}";
const TREES: &str = "{{ $x := get (fromJson (printf \"{\\\"r\\\":%s}\" (.Files.Get \"s.json\"))) \"r\" }}{{ toYaml $x }}|{{ toYamlPretty $x }}|{{ toJson $x }}|{{ toPrettyJson $x }}|{{ toRawJson $x }}";
const TOML: &str =
    "{{ toToml (dict \"r\" (get (fromJson (printf \"{\\\"r\\\":%s}\" (.Files.Get \"s.json\"))) \"r\")) }}";

#[test]
fn helm_gives_the_same() {
    let (mut seen, mut wrong) = (0, Vec::new());
    for area in ["yaml-in", "yaml-out"] {
        for case in cases(area) {
            let Some(wanted) = case["both"]["out"]["demo/templates/t.yaml"].as_str() else { continue };
            let Some(got) = answer(&case) else { continue };
            seen += 1;
            // What follows a `|` or a space belongs to functions that are not called here.
            let partial = got.ends_with(['|', ' ']);
            if !(wanted == got || partial && wanted.starts_with(&got)) {
                wrong.push(format!(
                    "{}\n  input  {}\n  wanted {wanted:?}\n  got    {got:?}",
                    case["name"], case["files"]
                ));
            }
        }
    }
    if seen > 0 {
        assert!(seen > 500, "only {seen} cases have a known template");
    }
    assert!(wrong.is_empty(), "{} of {seen} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn helm_refuses_with_the_same_words() {
    let mut wrong = Vec::new();
    for case in cases("yaml-in") {
        let Some(wanted) = ["both", "v3"].iter().find_map(|helm| case[helm]["error"].as_str()) else {
            continue;
        };
        let (text, kind) = match case["values"].as_str() {
            Some(text) => (text, "chartutil.Values"),
            None => (case["files"]["values.yaml"].as_str().unwrap_or_default(), "map[string]interface {}"),
        };
        let got = yaml::decode_map_as(text.as_bytes(), kind).err().map(|error| error.to_string());
        if got.as_deref() != Some(wanted.strip_prefix("cannot load values.yaml: ").unwrap_or(wanted)) {
            wrong.push(format!("{}\n  input  {text:?}\n  wanted {wanted:?}\n  got    {got:?}", case["name"]));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// What the case's template gives, or the beginning of it.
fn answer(case: &Json) -> Option<String> {
    let file = |name: &str| case["files"][name].as_str().unwrap_or_default().as_bytes();
    match case["tpl"].as_str()? {
        VALUES_JSON => {
            let text = case["values"].as_str().map_or_else(|| file("values.yaml"), str::as_bytes);
            Some(text_of(json::to_json(&yaml::decode_map(text).ok()?)))
        }
        FROM_YAML => Some(text_of(json::to_json(&from_yaml(file("in.txt")))) + " "),
        FROM_BOTH => {
            let list = yaml::decode_list(file("in.txt"))
                .unwrap_or_else(|error| Value::list(vec![error.to_string().into()]));
            let map = text_of(json::to_json(&from_yaml(file("in.txt"))));
            Some(format!("{map} {}", text_of(json::to_json(&list))))
        }
        KEYS => {
            let x = input(file("s.json"), "s");
            let key = x.as_string()?.clone();
            let inner = dict(key.clone(), dict("b", x.clone()));
            let nested = to_yaml(&dict("a", inner)).replace('\n', "\n  ");
            let list = yaml::to_yaml_pretty(&dict("l", Value::list(vec![x.clone()])));
            let line = text_of(renderer::toml::to_toml(&dict("k", x)).map_err(|error| format!("{error:?}")));
            Some(format!("{}|\n  {nested}|{}|{line}", to_yaml(&dict(key, 1.into())), cut(list)))
        }
        STRINGS => {
            let x = input(file("s.json"), "s");
            let list = Value::list(vec![x.clone(), Value::list(vec![x.clone()])]);
            let map = to_yaml(&dict("k", x.clone()));
            Some(format!("{map}|{}|{}|{}|", to_yaml(&list), to_yaml(&x), text_of(json::to_json(&x))))
        }
        TOML => {
            let wrapped = [b"{\"r\":".as_slice(), file("s.json"), b"}"].concat();
            Some(match renderer::toml::to_toml(&dict("r", input(&wrapped, "r"))) {
                Ok(text) => text.as_string()?.lossy().into_owned(),
                Err(error) => match error {
                    renderer::toml::TomlError::Refused(text) | renderer::toml::TomlError::Panic(text) => text,
                },
            })
        }
        TREES => {
            let wrapped = [b"{\"r\":".as_slice(), file("s.json"), b"}"].concat();
            let x = input(&wrapped, "r");
            let (pretty, raw) = (text_of(json::to_pretty_json(&x)), text_of(json::to_raw_json(&x)));
            let (yaml2, yaml3) = (to_yaml(&x), cut(yaml::to_yaml_pretty(&x)));
            Some(format!("{yaml2}|{yaml3}|{}|{pretty}|{raw}", text_of(json::to_json(&x))))
        }
        _ => None,
    }
}

fn from_yaml(text: &[u8]) -> Value {
    yaml::decode_map(text).unwrap_or_else(|error| dict("Error", error.to_string().into()))
}

fn input(text: &[u8], key: &str) -> Value {
    json::from_json_map(text).0.as_map().and_then(|map| map.get(key)).unwrap_or_default()
}

fn dict(key: impl Into<Str>, value: Value) -> Value {
    Value::map(BTreeMap::from([(key.into(), value)]))
}

fn to_yaml(value: &Value) -> String {
    cut(yaml::to_yaml(value))
}

fn cut(result: Result<Value, String>) -> String {
    let text = text_of(result);
    text.strip_suffix('\n').map_or(text.clone(), str::to_owned)
}

fn text_of(result: Result<Value, String>) -> String {
    result.ok().and_then(|value| value.as_string().map(|text| text.lossy().into_owned())).unwrap_or_default()
}

/// The cases of one area, from the folder beside the workspace.
fn cases(area: &str) -> Vec<Json> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/engine-cases");
    let Ok(text) = std::fs::read_to_string(folder.join(format!("{area}.jsonl"))) else {
        assert!(std::env::var_os("CI").is_none(), "{} is needed for this test", folder.display());
        eprintln!("SKIPPED: {} is absent, nothing was compared", folder.display());
        return Vec::new();
    };
    text.lines().map(|line| serde_json::from_str(line).expect("a case is JSON")).collect()
}
