//! What a rule is: a constant with its explanation, its examples and the function that looks. It does not run rules.

use crate::finding::Findings;
use crate::model::{Chart, Container, Object, PodSpec, Role, Scene};
use crate::report::Severity;

/// How often a finding of the rule is a real problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    Low,
    Medium,
    High,
}

/// One rule. Documentation, rule pages and output metadata are made from these constants.
pub struct Rule {
    /// `family/name`; never reused for another meaning.
    pub id: &'static str,
    /// What a finding has unless the rule says otherwise for the case at hand.
    pub severity: Severity,
    pub confidence: Confidence,
    pub title: &'static str,
    /// Markdown: why it matters, what to do instead, when to waive it.
    pub explain: &'static str,
    /// Inputs of the rule's level that it must report; see [`Check`] for the form.
    pub bad: &'static [&'static str],
    /// Inputs of the rule's level about which it must be silent.
    pub good: &'static [&'static str],
    /// The same check in other scanners: `KSV-0017`, `CKV_K8S_16`, `C-0057`, `kube-linter:..`, `polaris:..`,
    /// `kube-score:..`, `psa:..`.
    pub peers: &'static [&'static str],
    /// Controls that the rule helps to meet: `CIS 5.2.2`, `NIST AC-6`, `CSF PR.PS-01`, `ISO 8.9`, `NSA-Pod`.
    pub compliance: &'static [&'static str],
    pub check: Check,
}

/// At which level a rule looks; the runner walks. The comment says what an example of the level is.
#[derive(Clone, Copy)]
pub enum Check {
    /// Raised by the scan itself: a refused archive, a chart that does not render. Examples are prose.
    Scan,
    /// Once per chart, over its files. An example is the text of one file.
    Chart(fn(&Chart<'_>, &mut Findings<'_>)),
    /// Once per profile, over the values that the templates saw. An example is a values file.
    Values(fn(&Scene<'_>, &mut Findings<'_>)),
    /// Once per profile, over what the render depended on. An example is a template.
    Render(fn(&Scene<'_>, &mut Findings<'_>)),
    /// Every object. Examples of this and the following levels are YAML documents.
    Object(fn(&Object<'_>, &mut Findings<'_>)),
    /// Every pod specification, wherever its kind keeps it.
    PodSpec(fn(&PodSpec<'_>, &mut Findings<'_>)),
    /// Every container: init and ephemeral ones too.
    Container(fn(&Container<'_>, &mut Findings<'_>)),
    /// Every Role and ClusterRole, with how it is bound.
    Role(fn(&Role<'_>, &mut Findings<'_>)),
    /// Once per profile, for rules that join objects.
    Objects(fn(&Scene<'_>, &mut Findings<'_>)),
}

impl Rule {
    /// The part of the id before the slash.
    #[must_use]
    pub fn family(&self) -> &'static str {
        self.id.split('/').next().unwrap_or(self.id)
    }
}
