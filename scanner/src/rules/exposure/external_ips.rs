//! exposure/external-ips: a Service that takes over addresses.

use crate::finding::{Draft, Findings};
use crate::model::Object;
use crate::report::Severity;
use crate::rule::{Check, Confidence, Rule};

pub const RULE: Rule = Rule {
    id: "exposure/external-ips",
    severity: Severity::High,
    confidence: Confidence::High,
    title: "Service claims external addresses",
    explain: "`spec.externalIPs` makes every node accept traffic for the listed addresses, whoever owns them \
              (CVE-2020-8554): traffic of others can be taken over. Use a LoadBalancer or an Ingress instead. Waive it \
              where the addresses are the cluster's own and admission limits who may claim them.",
    bad: &["{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {externalIPs: [203.0.113.7]}}"],
    good: &[
        "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {externalIPs: []}}",
        "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 80}]}}",
    ],
    peers: &["KSV-0108", "C-0283"],
    compliance: &[
        "CIS 1.2.3",
        "NIST SC-7",
        "NIST AC-4",
        "NIST CM-7",
        "CSF PR.IR-01",
        "ISO 8.20",
        "ISO 8.22",
        "NSA-Net",
    ],
    check: Check::Object(check),
};

fn check(object: &Object<'_>, out: &mut Findings<'_>) {
    if object.kind != "Service" {
        return;
    }
    let Some(ips) = object.root.at(&["spec", "externalIPs"]) else { return };
    let listed: Vec<String> = ips.items().map(|ip| ip.text()).collect();
    if listed.is_empty() {
        return;
    }
    let message = format!("Service {} claims the addresses {}", object.name, listed.join(", "));
    out.push(Draft::at(object, &ips).existence_of(object).evidence(&listed.join(", ")).message(message));
}
