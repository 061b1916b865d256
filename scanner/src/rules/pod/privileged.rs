//! pod/privileged: a container with all rights of the node.

use crate::finding::{Draft, Findings};
use crate::model::{Container, Field};
use crate::report::Severity;
use crate::rule::{Check, Confidence, Rule};

pub const RULE: Rule = Rule {
    id: "pod/privileged",
    severity: Severity::Critical,
    confidence: Confidence::High,
    title: "Container is privileged",
    explain: "A privileged container has every capability and every device of the node: whoever runs code in it owns \
              the node, and with it the secrets of all pods there. Grant single capabilities or devices instead. \
              Waive it for node agents (storage, network, security) after reading what they do.",
    bad: &[
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, securityContext: {privileged: true}}]}}",
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {template: {spec: {initContainers: [{name: c, securityContext: {privileged: true}}]}}}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {ephemeralContainers: [{name: c, securityContext: {privileged: true}}]}}",
    ],
    good: &[
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, securityContext: {privileged: false}}]}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {securityContext: {privileged: true}, containers: [{name: c}]}}",
    ],
    peers: &[
        "KSV-0017",
        "kube-linter:privileged-container",
        "CKV_K8S_16",
        "CKV_K8S_2",
        "C-0057",
        "C-0193",
        "polaris:runAsPrivileged",
        "kube-score:container-security-context-privileged",
        "psa:privileged",
    ],
    compliance: &[
        "CIS 5.2.2",
        "NIST AC-6",
        "NIST CM-6",
        "NIST CM-7",
        "NIST SC-39",
        "CSF PR.PS-01",
        "CSF PR.AA-05",
        "ISO 8.9",
        "ISO 8.2",
        "NSA-Pod",
    ],
    check: Check::Container(check),
};

fn check(container: &Container<'_>, out: &mut Findings<'_>) {
    let Some(field) = container.own_context("privileged").filter(Field::is_true) else { return };
    let message = format!("{} is privileged: it owns the node it runs on", container.label());
    out.push(Draft::at(container.pod.object, &field).message(message));
}
