//! Values put together from flags, defaults and subcharts, compared as JSON with what Helm gives.
#![allow(clippy::unwrap_used, clippy::panic)]

use serde_json::{Value as Json, json};

use super::strvals::{Flag, apply};
use super::{annotate, coalesce, empty, process_dependencies, read};
use crate::archive::File;
use crate::chart::{Chart, load_files};
use crate::functions::Helm;
use crate::json::to_serde;
use crate::value::Value;

fn chart(files: &[(&str, &str)], helm: Helm) -> Chart {
    let file =
        |(path, text): &(&str, &str)| File { path: (*path).to_owned(), data: text.as_bytes().to_vec() };
    load_files(&files.iter().map(file).collect::<Vec<_>>(), helm).unwrap()
}

fn values(files: &[(&str, &str)], user: &str, helm: Helm) -> Result<(Value, Chart), String> {
    let mut chart = chart(files, helm);
    let user = read(user.as_bytes(), helm)?;
    let mut warnings = Vec::new();
    process_dependencies(&mut chart, &user, helm, &mut warnings).map_err(|error| error.to_string())?;
    let values = coalesce(&chart, &user, helm, &mut warnings).map_err(|error| error.to_string())?;
    Ok((values, chart))
}

#[test]
fn flags_write_what_helm_writes() {
    let ok = |values: Json| Ok(values);
    let error = |text: &str| Err(text.to_owned());
    let cases = [
        (
            Flag::Set,
            "a=1,b=1.5,c=true,d=01,e=",
            ok(json!({"a": 1, "b": "1.5", "c": true, "d": "01", "e": ""})),
        ),
        (Flag::Set, "a.b[1].c={x,2}", ok(json!({"a": {"b": [null, {"c": ["x", 2]}]}}))),
        (Flag::Set, r"a\.b=c\,d", ok(json!({"a.b": "c,d"}))),
        (Flag::SetString, "a=1,b=null", ok(json!({"a": "1", "b": "null"}))),
        (Flag::SetJson, "a={\"b\":[1]},c=null", ok(json!({"a": {"b": [1]}, "c": null}))),
        (Flag::SetLiteral, "a=b=c,d", ok(json!({"a": "b=c,d"}))),
        (Flag::Set, "a", error("key \"a\" has no value")),
        (Flag::Set, "a,b=1", error("key \"a\" has no value (cannot end with ,)")),
        (Flag::Set, "a={x", error("list must terminate with '}'")),
        (Flag::Set, "a[x]=1", error("error parsing index: strconv.Atoi: parsing \"x\": invalid syntax")),
        (Flag::Set, "a[-1]=1", error("negative -1 index not allowed")),
        (Flag::Set, "a[65537]=1", error("index of 65537 is greater than maximum supported index of 65536")),
        (Flag::Set, "a[0]x=1", error("unexpected data at end of array index: ['x']")),
        (Flag::SetJson, "a=bad", error("invalid character 'b' looking for beginning of value")),
    ];
    for (flag, text, wanted) in cases {
        let base = empty();
        let got = apply(flag, text, &base, Helm::V4).map(|()| to_serde(&base));
        assert_eq!(got.map(|got| got.to_string()), wanted.map(|wanted: Json| wanted.to_string()), "{text}");
    }
}

const TOP: (&str, &str) = (
    "Chart.yaml",
    "apiVersion: v2\nname: demo\nversion: 1.0.0\ndependencies:\n- {name: sub, version: 0.1.0, condition: sub.used, import-values: [data]}\n- {name: sub, version: ^0.1, alias: twin}\n",
);
const SUB: (&str, &str) = ("charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 0.1.0\n");

#[test]
fn defaults_subcharts_and_globals_meet() {
    let files = [
        TOP,
        SUB,
        ("values.yaml", "a: {x: 1, z: 2}\nw: ~\nsub: {k: ~}\nglobal: {g: {h: 1}}\n"),
        ("charts/sub/values.yaml", "k: 5\nexports: {data: {e: 1}}\n"),
    ];
    let user = "a: {x: ~}\ntwin: {global: {g: {h: 9, i: 2}}}\n";
    let exports = json!({"data": {"e": 1}});
    let plain = json!({"g": {"h": 1}});
    for (helm, k) in [(Helm::V3, None), (Helm::V4, Some(5))] {
        let (values, _) = values(&files, user, helm).unwrap();
        let mut sub = json!({"exports": exports, "global": plain});
        if let Some(k) = k {
            sub["k"] = json!(k);
        }
        let mut wanted = json!({
            "a": {"z": 2}, "e": 1, "global": plain, "sub": sub,
            "twin": {"k": 5, "exports": exports, "global": {"g": {"h": 1, "i": 2}}},
        });
        if helm == Helm::V3 {
            wanted["w"] = Json::Null;
        }
        assert_eq!(normal(&to_serde(&values)), wanted, "{helm:?}");
    }
    let (values, chart) = values(&files, "sub: {used: false}", Helm::V4).unwrap();
    assert_eq!(chart.dependencies.len(), 1);
    assert_eq!(chart.dependencies[0].full_path, "demo/charts/twin");
    assert_eq!(normal(&to_serde(&values))["sub"], json!({"used": false}));
}

/// Whole floats as integers, so that literals compare.
fn normal(value: &Json) -> Json {
    match value {
        Json::Number(number) => match number.as_f64() {
            Some(float) if float.fract() == 0.0 => json!(format!("{float}").parse::<i64>().unwrap()),
            _ => value.clone(),
        },
        Json::Array(items) => items.iter().map(normal).collect(),
        Json::Object(pairs) => pairs.iter().map(|(key, value)| (key.clone(), normal(value))).collect(),
        other => other.clone(),
    }
}

#[test]
fn a_subchart_needs_a_map() {
    let error = values(&[TOP, SUB, ("values.yaml", "sub: [1, ~]")], "", Helm::V4).err().unwrap();
    assert_eq!(error, "type mismatch on sub: [%!t(float64=1) <nil>]");
}

#[test]
fn documents_merge_in_helm_4_only() {
    let text = b"a: {b: 1}\n--- # more\na: {c: 2}\n";
    assert_eq!(normal(&to_serde(&read(text, Helm::V3).unwrap())), json!({"a": {"b": 1}}));
    assert_eq!(normal(&to_serde(&read(text, Helm::V4).unwrap())), json!({"a": {"b": 1, "c": 2}}));
    let error = read(b"a: 1\n---x\n", Helm::V4).err().unwrap();
    assert_eq!(error, "error reading yaml document: invalid Yaml document separator: x");
}

#[test]
fn every_value_knows_its_path() {
    let files = [
        TOP,
        SUB,
        ("values.yaml", "l: [{m: 1}]\nglobal: {g: 1}\n"),
        ("charts/sub/values.yaml", "k: {v: 5}\nglobal: {own: 2}\n"),
    ];
    let (values, chart) = values(&files, "", Helm::V4).unwrap();
    annotate(&values, &chart);
    let at = |path: &[&str]| {
        let step = |value: &Value, key: &&str| match key.parse::<usize>() {
            Ok(index) => value.as_list().unwrap().items[index].clone(),
            Err(_) => value.as_map().unwrap().get(key).unwrap(),
        };
        let found = path.iter().fold(values.clone(), |value, key| step(&value, key));
        let source = found.trace.sources().next().cloned().unwrap();
        source.reads[0].dotted()
    };
    assert_eq!(at(&["l", "0", "m"]), "l[0].m");
    assert_eq!(at(&["sub", "k", "v"]), "sub.k.v");
    assert_eq!(at(&["sub", "global", "g"]), "global.g");
    assert_eq!(at(&["twin", "global", "own"]), "twin.global.own");
}
