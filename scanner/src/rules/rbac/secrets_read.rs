//! rbac/secrets-read: a role that may read Secrets without naming them.

use crate::finding::{Draft, Findings};
use crate::model::{Bound, Role};
use crate::report::Severity;
use crate::rule::{Check, Confidence, Rule};

pub const RULE: Rule = Rule {
    id: "rbac/secrets-read",
    severity: Severity::High,
    confidence: Confidence::High,
    title: "Role may read Secrets",
    explain: "`get`, `list` or `watch` on `secrets` without `resourceNames` reads every password, key and service \
              account token in reach: of the cluster with a ClusterRoleBinding, of one namespace otherwise (medium). \
              `list` and `watch` return contents too, and names do not limit them. Name the Secrets and allow `get` \
              only, or mount what is needed. Waive it for controllers that manage Secrets by design.",
    bad: &[
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: a}, rules: [{apiGroups: [''], resources: [pods, secrets], verbs: [get, list]}]}",
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: a}, rules: [{apiGroups: ['*'], resources: [secrets], verbs: ['*']}]}",
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: a}, rules: [{apiGroups: [''], resources: [secrets], resourceNames: [x], verbs: [list]}]}",
    ],
    good: &[
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: a}, rules: [{apiGroups: [''], resources: [secrets], resourceNames: [x], verbs: [get]}]}",
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: a}, rules: [{apiGroups: [''], resources: [configmaps], verbs: [get]}]}",
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: a}, rules: [{apiGroups: [''], resources: [secrets], verbs: [create]}]}",
    ],
    peers: &["KSV-0041", "KSV-0113", "kube-linter:access-to-secrets", "CKV2_K8S_5", "C-0015", "C-0186"],
    compliance: &[
        "CIS 5.1.2",
        "NIST AC-2",
        "NIST AC-3",
        "NIST AC-6",
        "CSF PR.AA-05",
        "ISO 5.15",
        "ISO 8.2",
        "ISO 8.3",
        "NSA-Auth",
    ],
    check: Check::Role(check),
};

fn check(role: &Role<'_>, out: &mut Findings<'_>) {
    let severity = if role.bound == Bound::Namespace || role.object.kind == "Role" {
        Severity::Medium
    } else {
        Severity::High
    };
    for rule in &role.rules {
        if !rule.in_group("") || !rule.covers("secrets") {
            continue;
        }
        let wanted: &[&str] =
            if rule.names.is_empty() { &["get", "list", "watch"] } else { &["list", "watch"] };
        if !rule.allows(wanted) {
            continue;
        }
        let Some(field) = rule.field.get("resources") else { continue };
        let verbs = rule.verbs.join(", ");
        let message = format!("{} allows {verbs} on Secrets{}", role.object.label(), role.bound.phrase());
        let draft = Draft::at(role.object, &field).existence_of(role.object);
        out.push(draft.evidence(&rule.resources.join(", ")).severity(severity).message(message));
    }
}
