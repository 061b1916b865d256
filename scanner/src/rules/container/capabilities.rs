//! container/capabilities: rights of root that are added to a container.

use crate::finding::{Draft, Findings};
use crate::model::{Container, Field};
use crate::report::Severity;
use crate::rule::{Check, Confidence, Rule};

pub const RULE: Rule = Rule {
    id: "container/capabilities",
    severity: Severity::High,
    confidence: Confidence::High,
    title: "Dangerous capabilities are added",
    explain: "`capabilities.add` grants parts of root's power. Those from which the node can be taken over \
              (`SYS_ADMIN`, `SYS_MODULE`, `ALL`, ...) are critical, those outside the baseline of the Pod Security \
              Standards high, the rest medium; `NET_BIND_SERVICE` is fine. Drop `ALL` and add only what the software \
              is documented to need. Waive it for node agents.",
    bad: &[
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, securityContext: {capabilities: {add: [SYS_ADMIN]}}}]}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {initContainers: [{name: c, securityContext: {capabilities: {add: [CAP_NET_RAW]}}}]}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, securityContext: {capabilities: {add: [CHOWN]}}}]}}",
    ],
    good: &[
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, securityContext: {capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}}}]}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c}]}}",
    ],
    peers: &[
        "KSV-0005",
        "KSV-0022",
        "KSV-0119",
        "KSV-0120",
        "CKV_K8S_25",
        "CKV_K8S_24",
        "CKV_K8S_39",
        "C-0046",
        "C-0200",
        "polaris:dangerousCapabilities",
        "psa:capabilities_baseline",
    ],
    compliance: &[
        "CIS 5.2.9",
        "CIS 5.2.8",
        "NIST AC-6",
        "NIST CM-6",
        "CSF PR.PS-01",
        "ISO 8.9",
        "ISO 8.2",
        "NSA-Pod",
    ],
    check: Check::Container(check),
};

/// From these the node can be taken over.
const TAKEOVER: &[&str] = &[
    "ALL",
    "BPF",
    "DAC_READ_SEARCH",
    "MAC_ADMIN",
    "MAC_OVERRIDE",
    "PERFMON",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_MODULE",
    "SYS_PTRACE",
    "SYS_RAWIO",
];

/// What the baseline level of the Pod Security Standards lets through.
const BASELINE: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

fn check(container: &Container<'_>, out: &mut Findings<'_>) {
    let Some(added) = container.field.at(&["securityContext", "capabilities", "add"]) else { return };
    let items: Vec<Field<'_>> = added.items().collect();
    for item in items {
        let text = item.text().to_ascii_uppercase();
        let name = text.strip_prefix("CAP_").unwrap_or(&text);
        let (severity, what) = match name {
            "NET_BIND_SERVICE" => continue,
            name if TAKEOVER.contains(&name) => {
                (Severity::Critical, ", from which the node can be taken over")
            }
            name if BASELINE.contains(&name) => (Severity::Medium, ""),
            _ => (Severity::High, ", which the baseline of the Pod Security Standards forbids"),
        };
        let message = format!("{} adds the capability {name}{what}", container.label());
        out.push(Draft::at(container.pod.object, &item).severity(severity).message(message));
    }
}
