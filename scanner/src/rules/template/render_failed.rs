//! template/render-failed: the chart does not render, so nothing is known about it. The scan itself raises it.

use crate::report::Severity;
use crate::rule::{Check, Confidence, Rule};

pub const RULE: Rule = Rule {
    id: "template/render-failed",
    severity: Severity::Critical,
    confidence: Confidence::High,
    title: "Chart does not render",
    explain: "The templates end with an error under these values, so nobody can say what the chart would do. Under \
              the default values this always blocks: not rendered is not the same as nothing found. The message is \
              Helm's. Give the chart default values with which it renders, or read the missing values from the \
              message. Under the values files in `ci/` it is reported and does not block by default.",
    bad: &["values: {}\ntemplate: {{ required \"name is needed\" .Values.name }}"],
    good: &["values: {name: a}\ntemplate: {{ required \"name is needed\" .Values.name }}"],
    peers: &[],
    compliance: &[
        "NIST SI-7",
        "NIST SI-10",
        "NIST SA-11",
        "CSF PR.PS-06",
        "CSF ID.RA-09",
        "ISO 8.28",
        "ISO 8.32",
    ],
    check: Check::Scan,
};
