//! template/nondeterministic: two renders of the same chart and values are not the same.

use crate::finding::{Draft, Findings};
use crate::model::Scene;
use crate::report::Severity;
use crate::rule::{Check, Confidence, Rule};

pub const RULE: Rule = Rule {
    id: "template/nondeterministic",
    severity: Severity::Medium,
    confidence: Confidence::High,
    title: "Output depends on chance or the clock",
    explain: "Random values, generated keys and dates make every render different: what was approved is not what is \
              installed to the byte, and tools that render again at every sync rotate passwords each time. Take the \
              value from an existing Secret or from values. Waive it for passwords that are generated once and kept.",
    bad: &["a: {{ randAlphaNum 8 }}", "a: {{ now | date \"2006\" }}"],
    good: &["a: {{ .Values.password }}"],
    peers: &[],
    compliance: &["NIST SI-7", "NIST CM-5", "CSF PR.PS-06", "ISO 8.32"],
    check: Check::Render(check),
};

fn check(scene: &Scene<'_>, out: &mut Findings<'_>) {
    let Some(records) = scene.records else { return };
    for (names, what) in [(&records.random, "chance"), (&records.clock, "the clock")] {
        for name in names {
            let message = format!("templates call {name}, so the output depends on {what}");
            out.push(Draft::of_file(name, None).evidence(name).message(message));
        }
    }
}
