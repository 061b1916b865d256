//! Which branches of which templates ran, which did not, and on what each condition depends. It runs nothing: renders fill it.
//!
//! For a scanner that explores a chart: a branch with `taken == 0` has not been seen. Where `evaluated > 0`, `depends_on` is
//! what decided against it; where it was never reached, `inside` leads to the branch that was not taken. `mentions` are the
//! switches that its condition names, evaluated or not, so that a next profile can turn them.

mod print;

pub(crate) use print::printable;
pub use print::within;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use crate::trace::Dependency;

/// Coverage of one render, or of several that were merged. Files are sorted by path, then text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    pub files: Vec<FileCoverage>,
}

/// One template file, or one text that `tpl` was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileCoverage {
    /// `demo/templates/svc.yaml`; [`TPL`] for a text of `tpl`.
    pub file: String,
    /// The text that `tpl` was given; it is the same text wherever it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The file itself and what it defines, in the order of names. Definitions that another file replaces are left out.
    pub templates: Vec<TemplateCoverage>,
}

/// Name of the file of a text that `tpl` was given.
pub const TPL: &str = "tpl";

/// One template: a file's own text or a `define`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateCoverage {
    pub name: String,
    /// How often it ran.
    pub runs: u64,
    /// Places of calls (file, 1-based line), sorted; at most [`CALLERS_MAX`].
    pub called_from: Vec<(String, u32)>,
    /// In the order of the text.
    pub branches: Vec<Branch>,
}

/// One branch: a body and what decides that it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    pub kind: BranchKind,
    /// Where its word (`if`, `range`, `else`) stands. 1-based.
    pub line: u32,
    /// 0-based byte offset in the line, as Go counts.
    pub column: u32,
    /// The condition as Go writes it; empty for `else`.
    pub condition: String,
    /// Index of the enclosing branch in this template's list.
    pub inside: Option<usize>,
    /// How often it was its turn. 0: nothing reached it.
    pub evaluated: u64,
    /// How often its body ran; for `range`, how often there was at least one item.
    pub taken: u64,
    /// What decided when it was evaluated, sorted; for `else` what decided the conditions before it. At most [`DEPENDENCIES_MAX`].
    pub depends_on: BTreeSet<Dependency>,
    /// What the condition names in its text and in that of templates it includes: known even if it was never evaluated.
    pub mentions: BTreeSet<Dependency>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BranchKind {
    If,
    ElseIf,
    With,
    ElseWith,
    Range,
    /// The last `else` of an `if`, `with` or `range`.
    Else,
}

/// Call places kept of one template.
pub const CALLERS_MAX: usize = 32;
/// Dependencies kept of one branch.
pub const DEPENDENCIES_MAX: usize = 256;

impl Coverage {
    /// Branches that ran, and all.
    #[must_use]
    pub fn taken_and_all(&self) -> (usize, usize) {
        self.files.iter().map(FileCoverage::taken_and_all).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
    }

    /// Adds what `other`, a render of the same chart, has seen. Counts add up; what only one of them knows stays.
    pub fn merge(&mut self, other: Coverage) {
        for file in other.files {
            let known = |mine: &&mut FileCoverage| mine.file == file.file && mine.text == file.text;
            match self.files.iter_mut().find(known) {
                Some(mine) => mine.merge(file),
                None => self.files.push(file),
            }
        }
        self.files.sort_by(|a, b| (&a.file, &a.text).cmp(&(&b.file, &b.text)));
    }
}

impl FileCoverage {
    /// Branches that ran, and all.
    #[must_use]
    pub fn taken_and_all(&self) -> (usize, usize) {
        let branches = || self.templates.iter().flat_map(|template| &template.branches);
        (branches().filter(|branch| branch.taken > 0).count(), branches().count())
    }

    fn merge(&mut self, other: FileCoverage) {
        for template in other.templates {
            // Another set of subcharts can let another definition of a name win, which is then another text.
            let same = |mine: &&mut TemplateCoverage| mine.name == template.name && mine.same_text(&template);
            match self.templates.iter_mut().find(same) {
                Some(mine) => mine.merge(template),
                None => self.templates.push(template),
            }
        }
        self.templates.sort_by(|a, b| a.name.cmp(&b.name));
    }
}

impl TemplateCoverage {
    fn same_text(&self, other: &TemplateCoverage) -> bool {
        let place = |branch: &Branch| (branch.kind, branch.line, branch.column, branch.condition.clone());
        self.branches.iter().map(place).eq(other.branches.iter().map(place))
    }

    fn merge(&mut self, other: TemplateCoverage) {
        self.runs += other.runs;
        let mut callers: BTreeSet<(String, u32)> =
            std::mem::take(&mut self.called_from).into_iter().collect();
        callers.extend(other.called_from);
        self.called_from = callers.into_iter().take(CALLERS_MAX).collect();
        for (mine, other) in self.branches.iter_mut().zip(other.branches) {
            mine.evaluated += other.evaluated;
            mine.taken += other.taken;
            let all = std::mem::take(&mut mine.depends_on).into_iter().chain(other.depends_on);
            mine.depends_on = all.take(DEPENDENCIES_MAX).collect();
            mine.mentions.extend(other.mentions);
        }
    }
}
