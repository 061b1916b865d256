//! rbac/wildcard-resources: a role that may write, or read secrets among, all resources.

use crate::finding::{Draft, Findings};
use crate::model::{Bound, RbacRule, Role};
use crate::report::Severity;
use crate::rule::{Check, Confidence, Rule};

pub const RULE: Rule = Rule {
    id: "rbac/wildcard-resources",
    severity: Severity::High,
    confidence: Confidence::High,
    title: "Role covers every resource",
    explain: "A rule on resources `*` of all groups or of the core group includes Secrets, pods and, with all groups, \
              roles and webhooks: with any verb that writes or reads contents this is nearly cluster-admin. List the \
              resources. Waive it for tools whose purpose is to see or change everything.",
    bad: &[
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: a}, rules: [{apiGroups: ['*'], resources: ['*'], verbs: [get, list, watch, create, update, patch, delete]}]}",
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: a}, rules: [{apiGroups: [''], resources: ['*'], verbs: [list]}]}",
    ],
    good: &[
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: a}, rules: [{apiGroups: [apps], resources: ['*'], verbs: [get]}]}",
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: a}, rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]}",
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: a}, rules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]}",
    ],
    peers: &["KSV-0046", "KSV-0112", "kube-linter:wildcard-in-rules", "CKV_K8S_49", "C-0187", "C-0267"],
    compliance: &[
        "CIS 5.1.3",
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

/// Verbs that change something or show the contents of secrets.
const TELLING: &[&str] = &[
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "bind",
    "escalate",
    "impersonate",
];

fn check(role: &Role<'_>, out: &mut Findings<'_>) {
    let severity = if role.bound == Bound::Namespace { Severity::Medium } else { Severity::High };
    for rule in &role.rules {
        let everything = RbacRule::has(&rule.groups, "*") && RbacRule::has(&rule.verbs, "*");
        if !RbacRule::has(&rule.resources, "*") || !rule.in_group("") || everything || !rule.allows(TELLING) {
            continue;
        }
        let Some(field) = rule.field.get("resources") else { continue };
        let groups = if RbacRule::has(&rule.groups, "*") { "every group" } else { "the core group" };
        let verbs = rule.verbs.join(", ");
        let message = format!(
            "{} allows {verbs} on every resource of {groups}{}",
            role.object.label(),
            role.bound.phrase()
        );
        let draft = Draft::at(role.object, &field).existence_of(role.object);
        out.push(draft.evidence("*").severity(severity).message(message));
    }
}
