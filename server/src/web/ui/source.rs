//! The few lines around a finding in its template. Pure text work.

use scanner::report::{Finding, Report};

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

/// Text of a chart file by the name a template is known by (`demo/templates/x.yaml`) or its path in the archive.
#[must_use]
pub fn file_text<'r>(report: &'r Report, name: &str) -> Option<&'r str> {
    let inside = name.split_once('/').map(|(_, rest)| rest);
    report
        .files
        .iter()
        .find(|file| file.path == name || Some(file.path.as_str()) == inside)
        .and_then(|file| file.text.as_deref())
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
