//! container/allow-privilege-escalation: a process may gain rights that its parent does not have.

use crate::finding::{Draft, Findings};
use crate::model::Container;
use crate::report::Severity;
use crate::rule::{Check, Confidence, Rule};

pub const RULE: Rule = Rule {
    id: "container/allow-privilege-escalation",
    severity: Severity::Medium,
    confidence: Confidence::High,
    title: "Privilege escalation is allowed",
    explain: "Unless `allowPrivilegeEscalation: false` is set, a process can gain rights through setuid programs. The \
              default of the API is to allow it, so a missing setting counts; an explicit `true` is high. Set it to \
              false in the container's securityContext. Waive it for software that needs setuid.",
    bad: &[
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c}]}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, securityContext: {allowPrivilegeEscalation: true}}]}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, securityContext: {}}]}}",
    ],
    good: &[
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, securityContext: {allowPrivilegeEscalation: false}}]}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {os: {name: windows}, containers: [{name: c}]}}",
    ],
    peers: &[
        "KSV-0001",
        "kube-linter:privilege-escalation-container",
        "CKV_K8S_20",
        "CKV_K8S_5",
        "C-0016",
        "C-0197",
        "polaris:privilegeEscalationAllowed",
        "psa:allowPrivilegeEscalation",
    ],
    compliance: &["CIS 5.2.6", "NIST AC-6", "NIST CM-6", "CSF PR.PS-01", "ISO 8.9", "ISO 8.2", "NSA-Pod"],
    check: Check::Container(check),
};

const KEY: &str = "allowPrivilegeEscalation";

fn check(container: &Container<'_>, out: &mut Findings<'_>) {
    let object = container.pod.object;
    if container.pod.is_windows() {
        return;
    }
    match container.own_context(KEY) {
        Some(field) if field.is_false() => {}
        Some(field) => {
            let message = format!("{} allows privilege escalation", container.label());
            out.push(Draft::at(object, &field).severity(Severity::High).message(message));
        }
        None => {
            let anchor = container.context_anchor();
            let inside = anchor.path != container.field.path;
            let missing = if inside { KEY.to_owned() } else { format!("securityContext.{KEY}") };
            let message = format!("{} does not forbid privilege escalation", container.label());
            let draft = Draft::absent(object, &anchor, &missing);
            let draft = if inside { draft.content_of(object, &anchor) } else { draft };
            out.push(draft.message(message));
        }
    }
}
