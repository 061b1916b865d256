//! template/helm-generations-differ: Helm 3 and Helm 4 do not make the same of the chart. The scan itself raises it.

use crate::report::Severity;
use crate::rule::{Check, Confidence, Rule};

pub const RULE: Rule = Rule {
    id: "template/helm-generations-differ",
    severity: Severity::High,
    confidence: Confidence::High,
    title: "Helm 3 and Helm 4 render the chart differently",
    explain: "Both generations of Helm install charts. Where only one of them can render this chart, its users get an \
              error or an old version (high). Where both can but the objects differ, approval has to hold for both \
              (low): every rule looked at both. Mend the template that depends on the generation; waive it where only \
              one of them is in use.",
    bad: &["a template that Helm 4 refuses and Helm 3 renders"],
    good: &["a template that both render alike"],
    peers: &[],
    compliance: &["NIST SI-7", "NIST SA-11", "CSF PR.PS-06", "ISO 8.32"],
    check: Check::Scan,
};
