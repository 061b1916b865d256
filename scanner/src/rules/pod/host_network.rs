//! pod/host-network: pod shares the node's network.

use crate::finding::{Draft, Findings};
use crate::model::{Field, PodSpec};
use crate::report::Severity;
use crate::rule::{Check, Confidence, Rule};

pub const RULE: Rule = Rule {
    id: "pod/host-network",
    severity: Severity::High,
    confidence: Confidence::High,
    title: "Pod shares the node's network",
    explain: "With `hostNetwork: true` the pod sees every interface of the node, can listen on its \
              addresses and reaches services that listen on localhost only; NetworkPolicies do not \
              hold for it. Use a Service, and `hostPort` only where a port of the node is really \
              needed. Waive it for network agents.",
    bad: &[
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {hostNetwork: true}}",
        "{apiVersion: batch/v1, kind: CronJob, metadata: {name: a}, spec: {jobTemplate: {spec: {template: {spec: {hostNetwork: true}}}}}}",
    ],
    good: &[
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {hostNetwork: false}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: []}}",
    ],
    peers: &[
        "KSV-0009",
        "kube-linter:host-network",
        "CKV_K8S_19",
        "CKV_K8S_4",
        "C-0041",
        "polaris:hostNetworkSet",
        "psa:hostNamespaces",
    ],
    compliance: &[
        "CIS 5.2.5",
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
    check: Check::PodSpec(check),
};

fn check(pod: &PodSpec<'_>, out: &mut Findings<'_>) {
    let Some(field) = pod.spec.get("hostNetwork").filter(Field::is_true) else { return };
    let message = format!("{} shares the network of its node", pod.object.label());
    out.push(Draft::at(pod.object, &field).message(message));
}
