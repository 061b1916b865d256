//! exposure/load-balancer: a Service asks the provider for a load balancer.

use crate::finding::{Draft, Findings};
use crate::model::{Field, Object, Reach, load_balancer_reach};
use crate::report::Severity;
use crate::rule::{Check, Confidence, Rule};

pub const RULE: Rule = Rule {
    id: "exposure/load-balancer",
    severity: Severity::High,
    confidence: Confidence::High,
    title: "Service opens a load balancer",
    explain: "A Service of type `LoadBalancer` gets an address outside the cluster, on most providers a public one, \
              as soon as the chart is installed. Use `ClusterIP` by default and let the person who installs decide to \
              expose it, best through an Ingress with TLS and a login. Internal load balancers and private source \
              ranges lower the severity. Waive it for charts whose purpose is to be the entrance, such as ingress \
              controllers.",
    bad: &[
        "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: LoadBalancer, ports: [{port: 80}]}}",
        "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: LoadBalancer}}]}",
        "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8]}}",
    ],
    good: &[
        "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 80}]}}",
        "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: ClusterIP}}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, spec: {type: LoadBalancer}}",
    ],
    peers: &["kube-linter:exposed-services", "C-0256"],
    compliance: &[
        "CIS 5.3.2",
        "NIST SC-7",
        "NIST AC-3",
        "NIST AC-4",
        "NIST CM-7",
        "CSF PR.IR-01",
        "CSF PR.PS-01",
        "ISO 8.20",
        "ISO 8.22",
        "ISO 8.9",
        "NSA-Net",
    ],
    check: Check::Object(check),
};

fn check(object: &Object<'_>, out: &mut Findings<'_>) {
    if object.kind != "Service" {
        return;
    }
    let Some(kind) = object.root.at(&["spec", "type"]).filter(|kind| kind.str() == Some("LoadBalancer"))
    else {
        return;
    };
    let reach = load_balancer_reach(object);
    let (severity, how) = match reach {
        Reach::Anywhere => (Severity::High, "opens a load balancer that anybody may call"),
        Reach::Restricted => (Severity::Medium, "opens a load balancer for named source ranges"),
        Reach::Internal => (Severity::Medium, "opens a load balancer inside the provider's network"),
    };
    let ports: Vec<String> = object
        .root
        .at(&["spec", "ports"])
        .iter()
        .flat_map(Field::items)
        .filter_map(|port| port.get("port"))
        .map(|port| port.text())
        .collect();
    let ports = if ports.is_empty() { String::new() } else { format!(" (port {})", ports.join(", ")) };
    let draft = Draft::at(object, &kind).severity(severity);
    out.push(draft.existence_of(object).message(format!("Service {} {how}{ports}", object.name)));
}
