//! pod/host-ipc: pod shares the node's IPC.

use crate::finding::{Draft, Findings};
use crate::model::{Field, PodSpec};
use crate::report::Severity;
use crate::rule::{Check, Confidence, Rule};

pub const RULE: Rule = Rule {
    id: "pod/host-ipc",
    severity: Severity::High,
    confidence: Confidence::High,
    title: "Pod shares the node's IPC",
    explain: "With `hostIPC: true` the pod reads and writes the shared memory and semaphores of the \
              node's processes. Use an `emptyDir` with `medium: Memory` inside the pod. Waive it for \
              software that cannot work otherwise.",
    bad: &[
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {hostIPC: true}}",
        "{apiVersion: batch/v1, kind: CronJob, metadata: {name: a}, spec: {jobTemplate: {spec: {template: {spec: {hostIPC: true}}}}}}",
    ],
    good: &[
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {hostIPC: false}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: []}}",
    ],
    peers: &[
        "KSV-0008",
        "kube-linter:host-ipc",
        "CKV_K8S_18",
        "CKV_K8S_3",
        "C-0038",
        "C-0276",
        "polaris:hostIPCSet",
        "psa:hostNamespaces",
    ],
    compliance: &[
        "CIS 5.2.4",
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
    let Some(field) = pod.spec.get("hostIPC").filter(Field::is_true) else { return };
    let message = format!("{} shares the inter-process communication of its node", pod.object.label());
    out.push(Draft::at(pod.object, &field).message(message));
}
