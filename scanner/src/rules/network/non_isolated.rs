//! network/non-isolated: no NetworkPolicy of the chart selects the pods.

use crate::finding::{Draft, Findings};
use crate::model::{Exposure, PodSpec, Scene, exposures};
use crate::report::Severity;
use crate::rule::{Check, Confidence, Rule};

pub const RULE: Rule = Rule {
    id: "network/non-isolated",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    title: "No NetworkPolicy selects the pods",
    explain: "Pods that no NetworkPolicy selects accept connections from every pod of the cluster. Ship one that \
              admits the known callers only. Pods that can be reached from outside are medium. Waive it where the \
              platform supplies policies for every namespace.",
    bad: &[
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {template: {metadata: {labels: {app: a}}, spec: {containers: []}}}}",
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {template: {metadata: {labels: {app: a}}, spec: {containers: []}}}}\n---\n{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: n}, spec: {podSelector: {matchLabels: {app: other}}}}",
    ],
    good: &[
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {template: {metadata: {labels: {app: a}}, spec: {containers: []}}}}\n---\n{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: n}, spec: {podSelector: {matchLabels: {app: a}}}}",
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {template: {metadata: {labels: {app: a}}, spec: {containers: []}}}}\n---\n{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: n}, spec: {podSelector: {}}}",
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {template: {metadata: {labels: {app: a}}, spec: {containers: []}}}}\n---\n{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: n}, spec: {endpointSelector: {matchExpressions: [{key: app, operator: In, values: [a, b]}]}}}",
    ],
    peers: &[
        "kube-linter:non-isolated-pod",
        "CKV2_K8S_6",
        "C-0260",
        "C-0030",
        "C-0206",
        "polaris:missingNetworkPolicy",
        "kube-score:pod-networkpolicy",
    ],
    compliance: &["CIS 5.3.2", "NIST SC-7", "NIST AC-4", "CSF PR.IR-01", "ISO 8.20", "ISO 8.22", "NSA-Net"],
    check: Check::Objects(check),
};

fn check(scene: &Scene<'_>, out: &mut Findings<'_>) {
    let pods = scene.pods();
    let doors = exposures(scene, &pods);
    for pod in &pods {
        // The pods of hooks end with the hook.
        if pod.object.is_hook() || is_selected(scene, pod) {
            continue;
        }
        let severity = if is_exposed(&doors, pod) { Severity::Medium } else { Severity::Low };
        let message = format!("no NetworkPolicy of the chart selects the pods of {}", pod.object.label());
        out.push(
            Draft::absent(pod.object, &pod.object.kind_field(), "")
                .path("")
                .severity(severity)
                .message(message),
        );
    }
}

fn is_exposed(doors: &[Exposure<'_>], pod: &PodSpec<'_>) -> bool {
    doors
        .iter()
        .flat_map(|door| &door.targets)
        .any(|target| std::ptr::eq(target.pod.object, pod.object) && target.pod.spec.path == pod.spec.path)
}

/// (kind, whether it holds for every namespace, path of its selector).
const POLICIES: &[(&str, bool, &[&str])] = &[
    ("NetworkPolicy", false, &["spec", "podSelector"]),
    ("CiliumNetworkPolicy", false, &["spec", "endpointSelector"]),
    ("CiliumClusterwideNetworkPolicy", true, &["spec", "endpointSelector"]),
];

fn is_selected(scene: &Scene<'_>, pod: &PodSpec<'_>) -> bool {
    scene.objects.iter().any(|object| {
        let Some((_, everywhere, path)) = POLICIES.iter().find(|(kind, ..)| *kind == object.kind) else {
            return false;
        };
        if !everywhere && object.namespace != pod.object.namespace {
            return false;
        }
        // Calico's selector is an expression; one that names a label and value of the pod is taken to select it.
        if let Some(expression) = object.root.at(&["spec", "selector"]).and_then(|field| field.str()) {
            return expression == "all()"
                || pod.labels.values().any(|value| expression.contains(value.as_str()));
        }
        object.root.at(path).is_some_and(|selector| pod.is_selected_by(&selector))
    })
}
