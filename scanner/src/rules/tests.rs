//! Tests that hold for every rule: the list is sorted, every bad example is reported and no good one is.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;

use renderer::archive::File;
use renderer::yaml;

use super::all;
use crate::finding::Findings;
use crate::model::{Chart, Scene, documents_of_text};
use crate::rule::{Check, Rule};
use crate::run::run_rule;
use crate::scan::{Options, scan_files};

#[test]
fn ids_are_unique_sorted_and_named_after_their_family() {
    let ids: Vec<&str> = all().map(|rule| rule.id).collect();
    assert!(ids.is_sorted());
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    let shaped = |id: &str| {
        id.split('/').count() == 2
            && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"/-".contains(&b))
    };
    assert!(ids.iter().all(|id| shaped(id)), "{ids:?}");
    assert!(super::RULES.is_sorted_by_key(|rule| rule.id), "the list in rules/mod.rs is sorted");
}

#[test]
fn every_rule_explains_itself() {
    for rule in all() {
        assert!(rule.explain.len() > 80, "{}", rule.id);
        assert!(!rule.title.ends_with('.') && !rule.title.is_empty(), "{}", rule.id);
        assert!(!rule.compliance.is_empty(), "{}", rule.id);
        let raised_by_scan = matches!(rule.check, Check::Scan);
        assert!(
            raised_by_scan || (!rule.bad.is_empty() && !rule.good.is_empty()),
            "{} has no examples",
            rule.id
        );
    }
}

/// The reader's reasons are not a list that a program can walk, so their names are taken from its source.
#[test]
fn every_reason_for_a_refusal_is_a_rule() {
    let sources = [
        include_str!("../../../renderer/src/archive/refusal.rs"),
        include_str!("../../../renderer/src/chart/fault.rs"),
    ];
    let mut slugs = BTreeSet::new();
    for line in sources.iter().flat_map(|source| source.lines()).filter(|line| line.contains("=> \"")) {
        let slug = line.split('"').nth(1).unwrap();
        slugs.insert(slug);
    }
    let known: BTreeSet<&str> = super::refusals::REFUSALS.iter().map(|rule| rule.id).collect();
    assert!(slugs.len() > 50, "the sources have another form now");
    assert_eq!(slugs, known);
}

#[test]
fn every_bad_example_is_reported_and_no_good_one() {
    let mut wrong = Vec::new();
    for rule in all().filter(|rule| !matches!(rule.check, Check::Scan)) {
        for (examples, bad) in [(rule.bad, true), (rule.good, false)] {
            for example in examples {
                if reports(rule, example) != bad {
                    wrong.push(format!(
                        "{} should {}report: {example}",
                        rule.id,
                        if bad { "" } else { "not " }
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn reports(rule: &'static Rule, example: &str) -> bool {
    match rule.check {
        Check::Chart(check) => {
            let files = [File { path: "files/example.txt".to_owned(), data: example.as_bytes().to_vec() }];
            let mut out = Findings::new(rule, "defaults");
            check(&Chart::new("example", &files), &mut out);
            !out.into_vec().is_empty()
        }
        Check::Values(_) => {
            let values = json(&yaml::parse(example.as_bytes()).unwrap()[0]);
            let scene = Scene { values: Some(&values), ..Scene::new(&[], "default") };
            !run_rule(rule, &scene, "defaults").is_empty()
        }
        Check::Render(_) => {
            let report = scan_files(&chart_with(example), &Options::default());
            report.findings.iter().any(|finding| finding.rule == rule.id)
        }
        _ => {
            let documents =
                documents_of_text(example).unwrap_or_else(|error| panic!("{}: {error}\n{example}", rule.id));
            let scene = Scene::new(&documents, "default");
            !run_rule(rule, &scene, "defaults").is_empty()
        }
    }
}

/// A chart with one template and a value or two.
fn chart_with(template: &str) -> Vec<File> {
    let file = |path: &str, text: &str| File { path: path.to_owned(), data: text.as_bytes().to_vec() };
    vec![
        file("Chart.yaml", "apiVersion: v2\nname: example\nversion: 1.0.0\n"),
        file("values.yaml", "lookup: a\npassword: b\n"),
        file("templates/example.yaml", &format!("kind: ConfigMap\napiVersion: v1\n{template}\n")),
    ]
}

fn json(node: &yaml::Node) -> serde_json::Value {
    use serde_json::Value;
    if !node.items().is_empty() {
        return node.items().iter().map(json).collect();
    }
    if !node.entries().is_empty() {
        return node.entries().iter().map(|entry| (entry.key.clone(), json(&entry.value))).collect();
    }
    node.as_bool().map(Value::from).or_else(|| node.scalar_text().map(Value::from)).unwrap_or(Value::Null)
}
