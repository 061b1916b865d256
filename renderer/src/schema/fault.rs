//! Faults as a tree, and the indented text of it. It judges nothing.

use std::fmt;

/// One fault with the faults that caused it.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    /// Where in the document; empty for the whole.
    pub path: Vec<String>,
    pub kind: Kind,
    pub causes: Vec<Fault>,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// Several faults of one place; printed as its causes inside a reference, else by its own line.
    Group,
    /// Faults behind a reference.
    Reference,
    /// A sentence.
    Text(String),
}

/// All faults of a document.
#[derive(Debug)]
pub(super) struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = Vec::new();
        for fault in &self.0 {
            fault.lines(0, &mut lines);
        }
        f.write_str(&lines.join("\n"))
    }
}

impl Fault {
    fn lines(&self, indent: usize, lines: &mut Vec<String>) {
        let skipped = matches!(self.kind, Kind::Reference) && self.causes.len() == 1;
        let mut inner = indent;
        if !skipped {
            let text = match &self.kind {
                Kind::Group | Kind::Reference => "validation failed",
                Kind::Text(text) => text,
            };
            lines.push(format!("{}- at {}: {text}", "  ".repeat(indent), quote(&pointer(&self.path))));
            inner += 1;
        }
        for cause in &self.causes {
            cause.lines(inner, lines);
        }
    }
}

fn pointer(path: &[String]) -> String {
    path.iter().map(|part| format!("/{}", part.replace('~', "~0").replace('/', "~1"))).collect()
}

/// Go's quoting with single quotes.
pub(super) fn quote(text: &str) -> String {
    let quoted = crate::values::quote(text).replace("\\\"", "\"").replace('\'', "\\'");
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(&quoted);
    format!("'{inner}'")
}

pub(super) fn quoted_list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(quote).collect::<Vec<_>>().join(", ")
}
