//! template/lookup: what is installed depends on what is already in the cluster.

use crate::finding::{Draft, Findings};
use crate::model::Scene;
use crate::report::Severity;
use crate::rule::{Check, Confidence, Rule};

pub const RULE: Rule = Rule {
    id: "template/lookup",
    severity: Severity::Low,
    confidence: Confidence::High,
    title: "Template reads the cluster",
    explain: "`lookup` answers nothing while a chart is reviewed and real objects while it is installed: what was \
              approved is the branch without them. Reading Secrets is high, because a template can carry their \
              contents into another object. Take the object's name as a value instead. Waive it for charts that keep \
              a generated password across upgrades, after reading the branch.",
    bad: &[
        "a: {{ (lookup \"v1\" \"ConfigMap\" \"default\" \"x\") | toJson }}",
        "a: {{ (lookup \"v1\" \"Secret\" .Release.Namespace \"x\") | toJson }}",
    ],
    good: &["a: {{ .Values.lookup }}", "a: {{/* lookup \"v1\" \"Secret\" */}} b"],
    peers: &[],
    compliance: &["NIST SI-7", "NIST CM-5", "NIST SA-11", "CSF PR.PS-06", "ISO 8.28", "ISO 8.32"],
    check: Check::Render(check),
};

fn check(scene: &Scene<'_>, out: &mut Findings<'_>) {
    let Some(records) = scene.records else { return };
    for what in &records.lookups {
        let kind = what.rsplit('/').next().unwrap_or_default();
        let severity = if kind == "Secret" || kind == "*" { Severity::High } else { Severity::Low };
        let message = format!("templates look up {what} in the cluster: only the branch without it was seen");
        out.push(
            Draft::of_file(&format!("lookup {what}"), None)
                .severity(severity)
                .evidence(what)
                .message(message),
        );
    }
    for host in &records.hosts {
        let message = format!("templates ask the resolver for {host}: names of values can leave that way");
        out.push(
            Draft::of_file(&format!("getHostByName {host}"), None)
                .severity(Severity::Medium)
                .evidence(host)
                .message(message),
        );
    }
}
