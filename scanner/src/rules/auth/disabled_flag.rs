//! auth/disabled-flag: the chart offers a login and leaves it off.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::finding::{Draft, Findings};
use crate::model::{Scene, leaf_at, leaves};
use crate::report::Severity;
use crate::rule::{Check, Confidence, Rule};

pub const RULE: Rule = Rule {
    id: "auth/disabled-flag",
    severity: Severity::High,
    confidence: Confidence::Medium,
    title: "Login is switched off by default",
    explain: "The chart has a switch for authentication and its default is off, so everybody who installs it without \
              reading runs without login. Known switches of known products are high; a switch that only looks like \
              one is low. Turn it on in the chart's values and take credentials from a Secret. Waive it where another \
              layer asks for the login.",
    bad: &[
        "pinotAuth: {enabled: false}",
        "basicAuth: {enabled: false, password: x}",
        "web: {auth: {enabled: false}}",
    ],
    good: &[
        "pinotAuth: {enabled: true}",
        "web: {enabled: false, auth: {enabled: false}}",
        "podSecurityContext: {enabled: false}",
        "rbac: {enabled: false}",
    ],
    peers: &[],
    compliance: &["NIST AC-14", "NIST IA-2", "NIST AC-3", "CSF PR.AA-03", "ISO 8.5", "ISO 8.9", "NSA-Auth"],
    check: Check::Values(check),
};

/// Switches that are known to be the product's login: (chart, empty for any; key below the chart's own values).
const KNOWN: &[(&str, &str)] = &[
    ("", "auth.authentication.enabled"),
    ("", "basicAuth.enabled"),
    ("", "milvus.auth.enabled"),
    ("", "pinotAuth.enabled"),
    ("elasticsearch", "security.enabled"),
    ("etcd", "auth.rbac.create"),
    ("mlflow", "auth.enabled"),
    ("mlflow", "tracking.auth.enabled"),
    ("mongodb", "auth.enabled"),
    ("redis", "auth.enabled"),
    ("redis", "usePassword"),
    ("redis-cluster", "usePassword"),
    ("valkey", "auth.enabled"),
    ("zookeeper", "auth.client.enabled"),
];

/// Keys that mean a login when they have a switch below them.
const GENERIC: &[&str] = &[
    "acl",
    "acls",
    "auth",
    "authentication",
    "authorization",
    "basicauth",
    "basic_auth",
    "login",
    "security",
    "sso",
];

fn check(scene: &Scene<'_>, out: &mut Findings<'_>) {
    let Some(values) = scene.values else { return };
    let known = known_switches(scene, values);
    for key in &known {
        let message = format!("{key} is false: the product's login is off unless somebody turns it on");
        out.push(Draft::of_value(scene, key).evidence("false").message(message));
    }
    for leaf in leaves(values) {
        if leaf.value == &Value::Bool(false)
            && is_generic(&leaf.path)
            && !known.contains(&leaf.path)
            && is_on(values, &leaf.path)
        {
            let message = format!("{} is false: a login that the chart offers seems to be off", leaf.path);
            out.push(
                Draft::of_value(scene, &leaf.path).severity(Severity::Low).evidence("false").message(message),
            );
        }
    }
}

/// Known switches that are off, in the chart and in each subchart that renders something.
fn known_switches(scene: &Scene<'_>, values: &Value) -> BTreeSet<String> {
    let mut places: BTreeSet<Vec<&str>> = scene.objects.iter().map(|object| object.subchart_path()).collect();
    places.insert(Vec::new());
    let top = scene.chart.map_or("", |chart| chart.name);
    let mut found = BTreeSet::new();
    for place in &places {
        let name = place.last().copied().unwrap_or(top);
        for (_, key) in KNOWN.iter().filter(|(chart, _)| chart.is_empty() || *chart == name) {
            if let Some((path, Value::Bool(false))) = leaf_at(values, place, key)
                && is_on(values, &path)
            {
                found.insert(path);
            }
        }
    }
    found
}

fn is_generic(path: &str) -> bool {
    let mut steps = path.rsplit('.');
    let is_switch = matches!(steps.next(), Some("enabled" | "enable"));
    is_switch && steps.next().is_some_and(|key| GENERIC.contains(&key.to_ascii_lowercase().as_str()))
}

/// Whether nothing above the switch's own block is itself switched off.
fn is_on(values: &Value, path: &str) -> bool {
    let steps: Vec<&str> = path.split('.').collect();
    let above = steps.len().saturating_sub(2);
    let mut here = values;
    for step in &steps[..above] {
        let Some(next) = here.get(step) else { return true };
        here = next;
        if matches!(here.get("enabled"), Some(Value::Bool(false))) {
            return false;
        }
    }
    true
}
