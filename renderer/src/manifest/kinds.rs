//! The order in which kinds are installed, and the sort by it. It does not read documents.

use crate::functions::Helm;
use crate::render::Manifest;

/// Kinds in the order of installation; Helm 3 does not know the last two. Helm: releaseutil.InstallOrder.
const INSTALL_ORDER: [&str; 38] = [
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];
const KNOWN_TO_HELM_3: usize = INSTALL_ORDER.len() - 2;

/// Place of `kind` in the order of installation; `None` for kinds that come last, by name.
#[must_use]
pub fn install_rank(helm: Helm, kind: &str) -> Option<usize> {
    let known = if helm == Helm::V3 { KNOWN_TO_HELM_3 } else { INSTALL_ORDER.len() };
    INSTALL_ORDER[..known].iter().position(|name| *name == kind)
}

/// Stable sort by kind: known ones in their order, then the others by name.
pub(super) fn in_install_order(helm: Helm, mut parts: Vec<(String, Manifest)>) -> Vec<Manifest> {
    parts.sort_by_cached_key(|(kind, _)| match install_rank(helm, kind) {
        Some(rank) => (rank, String::new()),
        None => (usize::MAX, kind.clone()),
    });
    parts.into_iter().map(|(_, manifest)| manifest).collect()
}
