//! Runs every rule over one scene and collects the findings. It walks; rules look.

use crate::finding::Findings;
use crate::model::{Chart, Role, Scene};
use crate::report::Finding;
use crate::rule::{Check, Rule};
use crate::rules;

/// Findings of every rule about one rendered profile.
#[must_use]
pub fn run_scene(scene: &Scene<'_>, profile: &str) -> Vec<Finding> {
    rules::all().flat_map(|rule| run_rule(rule, scene, profile)).collect()
}

/// Findings of one rule about one rendered profile.
#[must_use]
pub fn run_rule(rule: &'static Rule, scene: &Scene<'_>, profile: &str) -> Vec<Finding> {
    let mut out = Findings::new(rule, profile);
    match rule.check {
        Check::Scan | Check::Chart(_) => {}
        Check::Values(check) | Check::Render(check) | Check::Objects(check) => check(scene, &mut out),
        Check::Object(check) => scene.objects.iter().for_each(|object| check(object, &mut out)),
        Check::PodSpec(check) => scene.pods().iter().for_each(|pod| check(pod, &mut out)),
        Check::Container(check) => {
            for pod in &scene.pods() {
                pod.containers().iter().for_each(|container| check(container, &mut out));
            }
        }
        Check::Role(check) => {
            let roles = scene.objects.iter().filter_map(|object| Role::of_object(object, scene));
            roles.for_each(|role| check(&role, &mut out));
        }
    }
    out.into_vec()
}

/// Findings of the rules that look at a chart's files.
#[must_use]
pub fn run_chart(chart: &Chart<'_>, profile: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    for rule in rules::all() {
        if let Check::Chart(check) = rule.check {
            let mut out = Findings::new(rule, profile);
            check(chart, &mut out);
            found.extend(out.into_vec());
        }
    }
    found
}
