//! Source beside rendered: the few lines around a finding in its template and in the manifest it became. Pure text work.

use renderer::yaml::{Node, NodeKind};
use scanner::report::{Finding, RenderedManifest, Report};

/// Lines shown before and after the offending one.
const CONTEXT_LINES: usize = 4;
/// Characters of a line that are shown; a longer one is a blob, not something to read.
const LINE_CHARS_MAX: usize = 400;

/// One side of the comparison.
#[derive(Clone, Debug)]
pub struct Pane {
    pub caption: String,
    pub lines: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// 1-based.
    pub number: usize,
    pub text: String,
    pub hit: bool,
}

/// The template around the line that a finding names; `None` when the report does not carry that text.
#[must_use]
pub fn template_pane(report: &Report, finding: &Finding) -> Option<Pane> {
    let place = finding.template.as_ref()?;
    let text = file_text(report, &place.file)?;
    let line = usize::try_from(place.line).ok()?;
    Some(Pane { caption: format!("{}:{line}", place.file), lines: around(text, line)? })
}

/// The rendered manifest around the field that a finding names.
#[must_use]
pub fn rendered_pane(report: &Report, finding: &Finding) -> Option<Pane> {
    let manifest = manifest_of(report, finding)?;
    let line = field_line(&manifest.text, &finding.path)?;
    Some(Pane {
        caption: format!("{}/{} as rendered, line {line}", manifest.kind, manifest.name),
        lines: around(&manifest.text, line)?,
    })
}

/// The manifest of the finding's object; the one from the finding's template first, since names may repeat.
#[must_use]
pub fn manifest_of<'r>(report: &'r Report, finding: &Finding) -> Option<&'r RenderedManifest> {
    let object = finding.object.as_ref()?;
    let same = |manifest: &&RenderedManifest| manifest.kind == object.kind && manifest.name == object.name;
    let template = finding.template.as_ref().map(|place| place.file.as_str());
    report
        .manifests
        .iter()
        .filter(same)
        .find(|manifest| Some(manifest.source.as_str()) == template)
        .or_else(|| report.manifests.iter().find(same))
}

/// Line (1-based) of a field path such as `spec.containers[0].image`; the deepest part that exists counts, so that
/// a missing field points at where it is missing.
#[must_use]
pub fn field_line(text: &str, path: &str) -> Option<usize> {
    let documents = renderer::yaml::parse(text.as_bytes()).ok()?;
    let mut node = documents.first()?;
    let mut line = node.line;
    for step in steps(path) {
        let Some((next_line, next)) = step_into(node, &step, text) else { break };
        (line, node) = (next_line, next);
    }
    usize::try_from(line).ok()
}

fn step_into<'n>(node: &'n Node, step: &str, text: &str) -> Option<(u32, &'n Node)> {
    match &node.kind {
        NodeKind::Map(entries) => entries.iter().rev().find(|entry| entry.key == step).map(|entry| {
            let before = &text.as_bytes()[..entry.key_bytes.start.min(text.len())];
            let newlines = before.iter().filter(|byte| **byte == b'\n').count();
            (u32::try_from(newlines + 1).unwrap_or(u32::MAX), &entry.value)
        }),
        NodeKind::List(items) => {
            let by_index = step.parse::<usize>().ok().and_then(|index| items.get(index));
            let named = || items.iter().find(|item| item.get("name").and_then(Node::as_str) == Some(step));
            by_index.or_else(named).map(|item| (item.line, item))
        }
        _ => None,
    }
}

/// `spec.ports[0].x["a.b/c"]` as `spec`, `ports`, `0`, `x`, `a.b/c`.
fn steps(path: &str) -> Vec<String> {
    let mut steps = Vec::new();
    let mut step = String::new();
    let mut in_brackets = false;
    for character in path.trim_start_matches('.').chars() {
        match character {
            '[' if !in_brackets => {
                steps.push(std::mem::take(&mut step));
                in_brackets = true;
            }
            ']' if in_brackets => {
                steps.push(step.trim_matches(['"', '\'']).to_owned());
                step.clear();
                in_brackets = false;
            }
            '.' if !in_brackets => steps.push(std::mem::take(&mut step)),
            other => step.push(other),
        }
    }
    steps.push(step);
    steps.retain(|step| !step.is_empty());
    steps
}

/// Text of a chart file by the name a template is known by (`demo/templates/x.yaml`) or its path in the archive.
#[must_use]
pub fn file_text<'r>(report: &'r Report, name: &str) -> Option<&'r str> {
    report.files.iter().find(|file| same_file(name, &file.path)).and_then(|file| file.text.as_deref())
}

/// Whether a template's name is this path in the archive, with the chart's folder before it or without.
#[must_use]
pub fn same_file(name: &str, path: &str) -> bool {
    name == path || name.split_once('/').is_some_and(|(_, rest)| rest == path)
}

/// The lines around `line`, which is marked; `None` when the text has no such line.
fn around(text: &str, line: usize) -> Option<Vec<Line>> {
    let first = line.saturating_sub(CONTEXT_LINES).max(1);
    let lines: Vec<Line> = numbered(text)
        .skip(first - 1)
        .take(line + CONTEXT_LINES + 1 - first)
        .map(|(number, text)| Line { number, text, hit: number == line })
        .collect();
    lines.iter().any(|line| line.hit).then_some(lines)
}

/// Lines with their numbers, long ones cut visibly.
pub fn numbered(text: &str) -> impl Iterator<Item = (usize, String)> + '_ {
    text.lines().enumerate().map(|(index, line)| (index + 1, shortened(line)))
}

fn shortened(line: &str) -> String {
    match line.char_indices().nth(LINE_CHARS_MAX) {
        Some((at, _)) => format!("{}… ({} more bytes)", &line[..at], line.len() - at),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const POD: &str = "kind: Pod\nmetadata:\n  annotations:\n    a.b/c: x\nspec:\n  containers:\n    - name: web\n      image: nginx\n    - name: side\n      securityContext:\n        privileged: true\n";

    #[test]
    fn a_field_path_leads_to_its_line() {
        for (path, line) in [
            ("kind", 1),
            ("spec.containers[0].image", 8),
            ("spec.containers[1].securityContext.privileged", 11),
            ("spec.containers[side].securityContext", 10),
            ("metadata.annotations[\"a.b/c\"]", 4),
            ("spec.containers[1].securityContext.runAsUser", 10),
            ("spec.absent.deeper", 5),
        ] {
            assert_eq!(field_line(POD, path), Some(line), "{path}");
        }
        assert_eq!(field_line("a: [", "a"), None);
    }

    #[test]
    fn both_sides_mark_the_offending_line() {
        let report = crate::web::ui::version::sample::report();
        let finding = report.findings.first().unwrap();
        for pane in [template_pane(&report, finding).unwrap(), rendered_pane(&report, finding).unwrap()] {
            let hits: Vec<_> = pane.lines.iter().filter(|line| line.hit).collect();
            assert_eq!(hits.len(), 1);
            assert!(hits[0].text.contains("type:"), "{}", pane.caption);
        }
    }

    #[test]
    fn a_long_line_is_cut_at_a_character() {
        let line = "é".repeat(LINE_CHARS_MAX + 1);
        assert!(shortened(&line).ends_with("… (2 more bytes)"));
    }
}
