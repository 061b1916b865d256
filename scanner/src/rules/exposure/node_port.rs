//! exposure/node-port: a Service opens a port on every node.

use crate::finding::{Draft, Findings};
use crate::model::{Field, Object};
use crate::report::Severity;
use crate::rule::{Check, Confidence, Rule};

pub const RULE: Rule = Rule {
    id: "exposure/node-port",
    severity: Severity::High,
    confidence: Confidence::High,
    title: "Service opens a port on every node",
    explain: "A `NodePort` is open on the address of every node of the cluster; nothing but the firewall before the \
              nodes protects it, and NetworkPolicies see the node as source. Use `ClusterIP` and an Ingress. A \
              `nodePort` number on a Service of another type is reported too: it opens as soon as the type changes. \
              Waive it where a load balancer of your own points to the nodes.",
    bad: &[
        "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: NodePort, ports: [{port: 80}]}}",
        "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: ClusterIP, ports: [{port: 80, nodePort: 30080}]}}",
    ],
    good: &[
        "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: ClusterIP, ports: [{port: 80}]}}",
        "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: LoadBalancer, ports: [{port: 80, nodePort: 30080}]}}",
        "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: ClusterIP, ports: [{port: 80, nodePort: null}]}}",
    ],
    peers: &["kube-linter:exposed-services", "kube-score:service-type"],
    compliance: &[
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
    let Some(spec) = object.spec() else { return };
    let kind = spec.get("type");
    let numbers: Vec<Field<'_>> =
        spec.get("ports").iter().flat_map(Field::items).filter_map(|port| port.get("nodePort")).collect();
    match kind.as_ref().and_then(Field::str) {
        Some("NodePort") => {
            let Some(kind) = kind else { return };
            let list: Vec<String> = numbers.iter().map(Field::text).collect();
            let which =
                if list.is_empty() { "a port".to_owned() } else { format!("port {}", list.join(", ")) };
            let message = format!("Service {} opens {which} on every node", object.name);
            out.push(Draft::at(object, &kind).existence_of(object).message(message));
        }
        // A load balancer has node ports by design; its own rule speaks of it.
        Some("LoadBalancer") => {}
        _ => {
            for number in numbers.iter().filter(|number| number.integer() != Some(0)) {
                let message = format!(
                    "Service {} keeps node port {} ready on a type that does not use it",
                    object.name,
                    number.text()
                );
                out.push(Draft::at(object, number).severity(Severity::Low).message(message));
            }
        }
    }
}
