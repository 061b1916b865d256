//! pod/run-as-root: nothing keeps the container's process from being root.

use crate::finding::{Draft, Findings};
use crate::model::Container;
use crate::report::Severity;
use crate::rule::{Check, Confidence, Rule};

pub const RULE: Rule = Rule {
    id: "pod/run-as-root",
    severity: Severity::Medium,
    confidence: Confidence::High,
    title: "Container may run as root",
    explain: "A process that is root in its container is root for every kernel bug and every mount. Set \
              `runAsNonRoot: true` (the kubelet then refuses to start root) and a `runAsUser` other than 0, on the pod \
              or the container; the container's own setting counts where both are given. Waive it for software that \
              needs root, with dropped capabilities.",
    bad: &[
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c}]}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, securityContext: {runAsUser: 1000}}]}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {securityContext: {runAsNonRoot: true}, containers: [{name: c, securityContext: {runAsNonRoot: false}}]}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {securityContext: {runAsNonRoot: true, runAsUser: 0}, containers: [{name: c}]}}",
    ],
    good: &[
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {securityContext: {runAsNonRoot: true}, containers: [{name: c}]}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, securityContext: {runAsNonRoot: true, runAsUser: 10001}}]}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {hostUsers: false, containers: [{name: c}]}}",
    ],
    peers: &[
        "KSV-0012",
        "kube-linter:run-as-non-root",
        "CKV_K8S_23",
        "CKV_K8S_6",
        "C-0013",
        "C-0198",
        "polaris:runAsRootAllowed",
        "psa:runAsNonRoot",
    ],
    compliance: &["CIS 5.2.7", "NIST AC-6", "NIST CM-6", "CSF PR.PS-01", "ISO 8.9", "ISO 8.2", "NSA-Pod"],
    check: Check::Container(check),
};

fn check(container: &Container<'_>, out: &mut Findings<'_>) {
    let pod = container.pod;
    // A user namespace of its own makes the container's root somebody else on the node.
    if pod.spec.get("hostUsers").is_some_and(|field| field.is_false()) {
        return;
    }
    let user = container.effective_context("runAsUser");
    if let Some(user) = user.filter(|user| user.integer() == Some(0)) {
        let message = format!("{} runs as user 0, root", container.label());
        out.push(Draft::at(pod.object, &user).message(message));
        return;
    }
    match container.effective_context("runAsNonRoot") {
        Some(field) if field.is_true() => {}
        Some(field) => {
            let message = format!("{} may run as root: runAsNonRoot is not true", container.label());
            out.push(Draft::at(pod.object, &field).message(message));
        }
        None => {
            let anchor = container.context_anchor();
            let inside = anchor.path != container.field.path;
            let missing = if inside { "runAsNonRoot" } else { "securityContext.runAsNonRoot" };
            let message = format!("{} may run as root: runAsNonRoot is not set", container.label());
            let draft = Draft::absent(pod.object, &anchor, missing);
            let draft = if inside { draft.content_of(pod.object, &anchor) } else { draft };
            out.push(draft.message(message));
        }
    }
}
