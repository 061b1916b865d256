//! pod/host-pid: pod shares the node's processes.

use crate::finding::{Draft, Findings};
use crate::model::{Field, PodSpec};
use crate::report::Severity;
use crate::rule::{Check, Confidence, Rule};

pub const RULE: Rule = Rule {
    id: "pod/host-pid",
    severity: Severity::High,
    confidence: Confidence::High,
    title: "Pod shares the node's processes",
    explain: "With `hostPID: true` the pod sees every process of the node, their command lines and \
              environments, and can signal those of its user. Use `shareProcessNamespace` where \
              containers of one pod need to see each other. Waive it for node agents that watch \
              processes.",
    bad: &[
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {hostPID: true}}",
        "{apiVersion: batch/v1, kind: CronJob, metadata: {name: a}, spec: {jobTemplate: {spec: {template: {spec: {hostPID: true}}}}}}",
    ],
    good: &[
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {hostPID: false}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: []}}",
    ],
    peers: &[
        "KSV-0010",
        "kube-linter:host-pid",
        "CKV_K8S_17",
        "CKV_K8S_1",
        "C-0038",
        "C-0275",
        "polaris:hostPIDSet",
        "psa:hostNamespaces",
    ],
    compliance: &[
        "CIS 5.2.3",
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
    let Some(field) = pod.spec.get("hostPID").filter(Field::is_true) else { return };
    let message = format!("{} shares the process list of its node", pod.object.label());
    out.push(Draft::at(pod.object, &field).message(message));
}
