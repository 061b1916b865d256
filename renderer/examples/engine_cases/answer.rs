//! One engine case to the answers of both generations; shared by the example and the test.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use renderer::archive::File;
use renderer::chart;
use renderer::functions::Helm;
use renderer::render::{Prepared, RenderOptions};
use renderer::value::Value;
use renderer::values::{self, strvals};
use serde_json::{Map, Value as Json, json};

/// Stack of the thread that answers.
pub const STACK_BYTES: usize = 512 * 1024 * 1024;
/// What of it templates may use; the rest is for the functions they call.
const TEMPLATE_STACK_BYTES: usize = 384 * 1024 * 1024;
const ABSENT: &str = "\0absent";
const CHART_YAML: &str =
    "apiVersion: v2\nname: demo\nversion: 1.2.3\nappVersion: \"4.5\"\ndescription: A demo\n";

/// Every case of the folder, `@common` replaced; cli.jsonl has another form and is left out.
pub fn read_cases(folder: &Path) -> std::io::Result<Vec<Json>> {
    let common = std::fs::read_to_string(folder.join("common-values.yaml"))?;
    let mut paths: Vec<_> =
        std::fs::read_dir(folder)?.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    paths.sort();
    let mut cases = Vec::new();
    for path in paths {
        let is_jsonl = path.extension().is_some_and(|extension| extension == "jsonl");
        if !is_jsonl || path.file_name().is_some_and(|name| name == "cli.jsonl") {
            continue;
        }
        for line in std::fs::read_to_string(&path)?.lines().filter(|line| !line.trim().is_empty()) {
            let mut case: Json = serde_json::from_str(line)?;
            if case["values"] == "@common" {
                case["values"] = Json::String(common.clone());
            }
            cases.push(case);
        }
    }
    Ok(cases)
}

/// `{"name", "v3", "v4"}`.
pub fn answer(case: &Json) -> Json {
    let one = |helm| {
        catch_unwind(AssertUnwindSafe(|| generation(case, helm))).unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
            Err(format!("panic: {}", text.unwrap_or_default()))
        })
    };
    let result = |helm| one(helm).unwrap_or_else(|error| json!({ "error": error }));
    json!({"name": case["name"], "v3": result(Helm::V3), "v4": result(Helm::V4)})
}

fn generation(case: &Json, helm: Helm) -> Result<Json, String> {
    let user = user_values(case, helm)?;
    if case["kind"] == "strvals" {
        return Ok(json!({ "values": renderer::json::to_serde(&user) }));
    }
    let chart = chart::load_files(&files(case), helm).map_err(|error| error.to_string())?;
    let prepared = Prepared::new(&chart, helm);
    if case["kind"] == "values" {
        let seen = prepared.values(&user).map_err(|error| error.helm_text(helm))?;
        return Ok(json!({ "values": renderer::json::to_serde(&seen) }));
    }
    let texts = prepared.texts(&user, &options(case, helm)).map_err(|error| error.helm_text(helm))?;
    let out: Map<String, Json> = texts
        .files
        .into_iter()
        .map(|(path, text)| {
            (path, text.as_string().map_or_else(String::new, |text| repaired(text.as_bytes())).into())
        })
        .collect();
    Ok(json!({ "out": out }))
}

/// Text as Go writes it into JSON: every byte that is no UTF-8 becomes U+FFFD.
fn repaired(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '\u{FFFD}'));
    }
    text
}

fn user_values(case: &Json, helm: Helm) -> Result<Value, String> {
    let mut user = values::empty();
    if let Some(text) = case["values"].as_str() {
        let wanted = if helm == Helm::V3 { "chartutil.Values" } else { "common.Values" };
        user = renderer::yaml::decode_map_as(text.as_bytes(), wanted).map_err(|error| error.to_string())?;
    }
    for pair in case["set"].as_array().into_iter().flatten() {
        let text = pair[1].as_str().unwrap_or_default();
        let flag = match pair[0].as_str() {
            Some("string") => strvals::Flag::SetString,
            Some("json") => strvals::Flag::SetJson,
            Some("literal") => strvals::Flag::SetLiteral,
            _ => strvals::Flag::Set,
        };
        strvals::apply(flag, text, &user, helm)?;
    }
    Ok(user)
}

fn files(case: &Json) -> Vec<File> {
    let mut texts: std::collections::BTreeMap<String, String> =
        [("Chart.yaml".to_owned(), CHART_YAML.to_owned())].into();
    if let Some(text) = case["tpl"].as_str() {
        texts.insert("templates/t.yaml".to_owned(), text.to_owned());
    }
    for (path, text) in case["files"].as_object().into_iter().flatten() {
        texts.insert(path.clone(), text.as_str().unwrap_or_default().to_owned());
    }
    texts.retain(|_, text| text != ABSENT);
    texts.into_iter().map(|(path, text)| File { path, data: text.into_bytes() }).collect()
}

fn options(case: &Json, helm: Helm) -> RenderOptions {
    RenderOptions {
        helm,
        release_name: "rel".to_owned(),
        namespace: "ns".to_owned(),
        is_upgrade: case["is_upgrade"] == true,
        kube_version: case["kube_version"].as_str().unwrap_or("1.36.0").to_owned(),
        api_versions: case["api_versions"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect(),
        strict: case["strict"] == true,
        stack_bytes: TEMPLATE_STACK_BYTES,
        ..RenderOptions::default()
    }
}
