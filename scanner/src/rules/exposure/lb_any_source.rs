//! exposure/lb-any-source: a load balancer that admits every source address.

use crate::finding::{Draft, Findings};
use crate::model::{Object, Reach, load_balancer_reach};
use crate::report::Severity;
use crate::rule::{Check, Confidence, Rule};

pub const RULE: Rule = Rule {
    id: "exposure/lb-any-source",
    severity: Severity::High,
    confidence: Confidence::High,
    title: "Load balancer admits every source address",
    explain: "Without `loadBalancerSourceRanges` (or the provider's annotation for the same) a load balancer admits \
              the whole internet. Name the ranges that need it, or keep the load balancer internal. Waive it for \
              public web sites.",
    bad: &[
        "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: LoadBalancer}}",
        "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: LoadBalancer, loadBalancerSourceRanges: []}}",
        "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8, 0.0.0.0/0]}}",
    ],
    good: &[
        "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: ClusterIP}}",
        "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: LoadBalancer, loadBalancerSourceRanges: [203.0.113.0/24]}}",
        "{apiVersion: v1, kind: Service, metadata: {name: a, annotations: {service.beta.kubernetes.io/azure-allowed-ip-ranges: 203.0.113.0/24}}, spec: {type: LoadBalancer}}",
        "{apiVersion: v1, kind: Service, metadata: {name: a, annotations: {networking.gke.io/load-balancer-type: Internal}}, spec: {type: LoadBalancer}}",
    ],
    peers: &[],
    compliance: &[
        "NIST SC-7",
        "NIST AC-3",
        "NIST AC-4",
        "NIST CM-7",
        "CSF PR.IR-01",
        "ISO 8.20",
        "ISO 8.22",
        "NSA-Net",
    ],
    check: Check::Object(check),
};

const RANGES: &str = "loadBalancerSourceRanges";

fn check(object: &Object<'_>, out: &mut Findings<'_>) {
    if object.kind != "Service" {
        return;
    }
    let Some(spec) = object.spec() else { return };
    let Some(kind) = spec.get("type").filter(|kind| kind.str() == Some("LoadBalancer")) else { return };
    if load_balancer_reach(object) != Reach::Anywhere {
        return;
    }
    let message = format!("the load balancer of Service {} admits every source address", object.name);
    let draft = match spec.get(RANGES) {
        Some(ranges) => {
            let listed: Vec<String> = ranges.items().map(|item| item.text()).collect();
            Draft::at(object, &ranges).evidence(&listed.join(", "))
        }
        None => Draft::at(object, &kind).path(&format!("{}.{RANGES}", spec.path)).evidence(""),
    };
    out.push(draft.existence_of(object).message(message));
}
