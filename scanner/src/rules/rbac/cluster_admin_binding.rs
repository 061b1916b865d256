//! rbac/cluster-admin-binding: somebody gets one of the built-in administrator roles.

use crate::finding::{Draft, Findings};
use crate::model::{Field, Object};
use crate::report::Severity;
use crate::rule::{Check, Confidence, Rule};

pub const RULE: Rule = Rule {
    id: "rbac/cluster-admin-binding",
    severity: Severity::Critical,
    confidence: Confidence::High,
    title: "Binding to cluster-admin",
    explain: "`cluster-admin` may do everything everywhere: who takes over one pod with this service account owns the \
              cluster. A RoleBinding to it owns one namespace (high); `admin` and `edit` are medium. Write a role with \
              the permissions that the software uses. Waive it for tools whose purpose is to administer the cluster, \
              together with a login before them.",
    bad: &[
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: a}, roleRef: {kind: ClusterRole, name: cluster-admin}, subjects: [{kind: ServiceAccount, name: s}]}",
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: a}, roleRef: {kind: ClusterRole, name: cluster-admin}}",
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: a}, roleRef: {kind: ClusterRole, name: edit}}",
    ],
    good: &[
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: a}, roleRef: {kind: ClusterRole, name: view}}",
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: a}, roleRef: {kind: Role, name: cluster-admin}}",
    ],
    peers: &[
        "KSV-0111",
        "kube-linter:cluster-admin-role-binding",
        "C-0035",
        "C-0185",
        "C-0272",
        "polaris:clusterrolebindingClusterAdmin",
        "polaris:rolebindingClusterAdminClusterRole",
    ],
    compliance: &[
        "CIS 5.1.1",
        "NIST AC-2",
        "NIST AC-3",
        "NIST AC-6",
        "CSF PR.AA-05",
        "ISO 5.15",
        "ISO 8.2",
        "ISO 8.3",
        "NSA-Auth",
    ],
    check: Check::Object(check),
};

fn check(object: &Object<'_>, out: &mut Findings<'_>) {
    let cluster = match object.kind {
        "ClusterRoleBinding" => true,
        "RoleBinding" => false,
        _ => return,
    };
    if object.root.at(&["roleRef", "kind"]).is_none_or(|kind| kind.str() != Some("ClusterRole")) {
        return;
    }
    let Some(name) = object.root.at(&["roleRef", "name"]) else { return };
    let severity = match (name.text().as_str(), cluster) {
        ("cluster-admin", true) => Severity::Critical,
        ("cluster-admin", false) => Severity::High,
        ("admin" | "edit", _) => Severity::Medium,
        _ => return,
    };
    let subjects: Vec<String> = object
        .root
        .get("subjects")
        .iter()
        .flat_map(Field::items)
        .filter_map(|subject| {
            Some(format!("{} {}", subject.get("kind")?.text(), subject.get("name")?.text()))
        })
        .collect();
    let whom = if subjects.is_empty() { "somebody".to_owned() } else { subjects.join(", ") };
    let place = if cluster { "in the whole cluster" } else { "in its namespace" };
    let message = format!("{} gives {} {place} to {whom}", object.label(), name.text());
    out.push(Draft::at(object, &name).existence_of(object).severity(severity).message(message));
}
