//! Helm's own answers to small cases, area by area: what is equal may not become less.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

#[path = "../examples/engine_cases/answer.rs"]
mod answer;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value as Json;

/// Share of equal answers, in percent, that every area must reach.
const EQUAL_PERCENT_MIN: usize = 97;

#[test]
fn cases_are_answered_as_helm_answers_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/engine-cases");
    if !folder.is_dir() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "the shared engine cases are absent");
        eprintln!("SKIPPED: the shared engine cases are absent, nothing was compared");
        return;
    }
    let worker = std::thread::Builder::new().stack_size(answer::STACK_BYTES);
    let areas = worker.spawn(move || compare(&folder)).unwrap().join().unwrap();
    for (area, (equal, all)) in &areas {
        eprintln!("{area:28} {equal:5}/{all}");
    }
    for (area, (equal, all)) in &areas {
        assert!(
            equal * 100 >= all * EQUAL_PERCENT_MIN,
            "{area}: {equal} of {all} are equal, {EQUAL_PERCENT_MIN} % are the least"
        );
    }
}

fn compare(folder: &Path) -> BTreeMap<String, (usize, usize)> {
    let mut areas: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for case in answer::read_cases(folder).unwrap() {
        let got = answer::answer(&case);
        let area = areas.entry(case["area"].as_str().unwrap().to_owned()).or_default();
        for generation in ["v3", "v4"] {
            let wants: Vec<&Json> = match case["any_of"].as_array() {
                Some(any) => any.iter().map(|one| wanted(one, generation)).collect(),
                None => vec![wanted(&case, generation)],
            };
            let equal = wants.iter().any(|want| same(want, &got[generation]));
            area.1 += 1;
            area.0 += usize::from(equal);
            if !equal {
                eprintln!(
                    "{} {generation}:\n    want {}\n    got  {}",
                    case["name"], wants[0], got[generation]
                );
            }
        }
    }
    areas
}

fn wanted<'c>(case: &'c Json, generation: &str) -> &'c Json {
    case.get(generation).unwrap_or(&case["both"])
}

/// Equal in every part; where Helm itself crashed, any error will do.
fn same(want: &Json, got: &Json) -> bool {
    if want["error"].as_str().is_some_and(|text| text.starts_with("panic:")) {
        return got["error"].is_string();
    }
    ["out", "values", "error"].iter().all(|part| alike(&want[part], &got[part]))
}

/// Equality of values: numbers by their value, an empty part like an absent one.
fn alike(a: &Json, b: &Json) -> bool {
    let empty =
        |json: &Json| json.is_null() || json.as_object().is_some_and(serde_json::Map::is_empty) || json == "";
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => a.as_f64() == b.as_f64(),
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Json::Object(x), Json::Object(y)) => {
            x.len() == y.len() && x.iter().all(|(key, x)| y.get(key).is_some_and(|y| equal(x, y)))
        }
        _ => a == b || (empty(a) && empty(b)),
    }
}

fn equal(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Null, _) | (_, Json::Null) | (Json::String(_), _) | (Json::Bool(_), _) => a == b,
        _ => alike(a, b) && a.is_object() == b.is_object(),
    }
}
