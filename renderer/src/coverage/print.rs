//! Coverage as text for people: per file how much ran, then what did not and what that hangs on.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Branch, BranchKind, Coverage, Dependency, FileCoverage, TPL};

/// Characters of a condition that a line shows.
const CONDITION_CHARS_MAX: usize = 100;
/// Dependencies that a line names.
const NAMED_MAX: usize = 8;

impl Coverage {
    /// One block per file that has branches. `chart` is the name of the top chart, whose folder the paths leave out.
    #[must_use]
    pub fn text(&self, chart: &str) -> String {
        let (taken, all) = self.taken_and_all();
        let mut out = format!("{taken} of {all} branches ran\n");
        for file in &self.files {
            file.print(&mut out, chart);
        }
        printable(&out)
    }
}

impl FileCoverage {
    fn print(&self, out: &mut String, chart: &str) {
        let (taken, all) = self.taken_and_all();
        if all == 0 {
            return;
        }
        let name = match &self.text {
            Some(text) => format!("{TPL} {:?}", shortened(text)),
            None => within(&self.file, chart).to_owned(),
        };
        let callers = self.templates.iter().flat_map(|template| &template.called_from);
        let callers: BTreeSet<String> =
            callers.map(|(file, line)| format!("{}:{line}", within(file, chart))).collect();
        let called = match (&self.text, callers.first()) {
            (Some(_), Some(first)) => format!(", called from {first}"),
            _ => String::new(),
        };
        let _ = writeln!(out, "\n{name}  {taken}/{all}{called}");
        // Names are what the model sorts by; a reader goes through the file.
        let mut templates: Vec<_> =
            self.templates.iter().filter(|template| !template.branches.is_empty()).collect();
        templates
            .sort_by_key(|template| template.branches.first().map(|branch| (branch.line, branch.column)));
        let place = if self.text.is_some() { TPL } else { within(&self.file, chart) };
        for template in templates {
            if template.runs == 0 {
                let line = template.branches.first().map_or(0, |branch| branch.line);
                let (name, count) = (&template.name, template.branches.len());
                let _ =
                    writeln!(out, "  {place}:{line} template {name:?} was never called: {count} branches");
                continue;
            }
            for branch in template.branches.iter().filter(|branch| branch.taken == 0) {
                let _ = writeln!(out, "  {place}:{}", branch.line_text());
            }
        }
    }
}

impl Branch {
    /// `12:3 if .Values.ingress.enabled: never true  <- values ingress.enabled`.
    fn line_text(&self) -> String {
        let (word, never) = match self.kind {
            BranchKind::If => ("if", "never true"),
            BranchKind::ElseIf => ("else if", "never true"),
            BranchKind::With => ("with", "never set"),
            BranchKind::ElseWith => ("else with", "never set"),
            BranchKind::Range => ("range", "never an item"),
            BranchKind::Else => ("else", "never its turn"),
        };
        let space = if self.condition.is_empty() { "" } else { " " };
        let condition = shortened(&self.condition);
        let (state, on) = match self.evaluated {
            0 => ("not evaluated", &self.mentions),
            _ => (never, &self.depends_on),
        };
        let mut line = format!("{}:{} {word}{space}{condition}: {state}", self.line, self.column);
        let shown: Vec<String> = on.iter().take(NAMED_MAX).map(Dependency::to_string).collect();
        if !shown.is_empty() {
            let _ = write!(line, "  <- {}", shown.join(", "));
        }
        if on.len() > NAMED_MAX {
            let _ = write!(line, " and {} more", on.len() - NAMED_MAX);
        }
        line
    }
}

/// A template's path below the top chart's folder.
#[must_use]
pub fn within<'a>(file: &'a str, chart: &str) -> &'a str {
    file.strip_prefix(chart).and_then(|rest| rest.strip_prefix('/')).unwrap_or(file)
}

/// A chart's words may hold terminal escapes; only line breaks survive.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// One line of a text.
fn shortened(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= CONDITION_CHARS_MAX {
        return line;
    }
    let mut cut: String = line.chars().take(CONDITION_CHARS_MAX).collect();
    cut.push('…');
    cut
}
