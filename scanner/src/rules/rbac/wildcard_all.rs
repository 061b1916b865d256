//! rbac/wildcard-all: a role that may do everything.

use crate::finding::{Draft, Findings};
use crate::model::{Bound, RbacRule, Role};
use crate::report::Severity;
use crate::rule::{Check, Confidence, Rule};

pub const RULE: Rule = Rule {
    id: "rbac/wildcard-all",
    severity: Severity::Critical,
    confidence: Confidence::High,
    title: "Role may do everything",
    explain: "`*` verbs on `*` resources in `*` groups is cluster-admin under another name; `*` on all non-resource \
              URLs likewise. List what the software uses. In a Role, or a ClusterRole bound in one namespace, it is \
              high. Waive it for tools whose purpose is to administer the cluster.",
    bad: &[
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: a}, rules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]}",
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: a}, rules: [{apiGroups: [''], resources: [pods], verbs: [get]}, {apiGroups: ['', '*'], resources: ['*'], verbs: [get, '*']}]}",
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: a}, rules: [{nonResourceURLs: ['*'], verbs: ['*']}]}",
    ],
    good: &[
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: a}, rules: [{apiGroups: ['*'], resources: ['*'], verbs: [get, list]}]}",
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: a}, rules: [{apiGroups: [apps], resources: ['*'], verbs: ['*']}]}",
    ],
    peers: &["KSV-0044", "KSV-0046", "KSV-0112", "kube-linter:wildcard-in-rules", "CKV_K8S_49", "C-0187"],
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

fn check(role: &Role<'_>, out: &mut Findings<'_>) {
    let severity = if role.bound == Bound::Namespace { Severity::High } else { Severity::Critical };
    for rule in &role.rules {
        if !RbacRule::has(&rule.verbs, "*") {
            continue;
        }
        let (key, what) = if RbacRule::has(&rule.resources, "*") && RbacRule::has(&rule.groups, "*") {
            ("resources", "every verb on every resource of every group")
        } else if RbacRule::has(&rule.non_resource_urls, "*") {
            ("nonResourceURLs", "every verb on every URL of the API server")
        } else {
            continue;
        };
        let Some(field) = rule.field.get(key) else { continue };
        let message = format!("{} allows {what}{}", role.object.label(), role.bound.phrase());
        let draft = Draft::at(role.object, &field).existence_of(role.object);
        out.push(draft.evidence("*").severity(severity).message(message));
    }
}
