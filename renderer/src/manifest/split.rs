//! One rendered file to documents, by each generation's own idea of a separator. It does not look into the documents.

use std::ops::Range;

use crate::functions::Helm;

const SEPARATOR: &str = "---";

/// Byte ranges of the documents in `text`, trimmed as that Helm trims them; blank ones are left out.
/// Helm: releaseutil.SplitManifests.
#[must_use]
pub fn split(helm: Helm, text: &str) -> Vec<Range<usize>> {
    match helm {
        Helm::V3 => split_trimmed(text),
        Helm::V4 => split_lines(text),
    }
}

/// Helm 3: white space before and after a separator belongs to it, so that a separator right after another one is content.
fn split_trimmed(text: &str) -> Vec<Range<usize>> {
    let base = text.len() - text.trim_start().len();
    let text = text.trim();
    let bytes = text.as_bytes();
    let mut parts = Vec::new();
    let mut begin = 0;
    for at in separators(text) {
        // The line break before it may have been eaten by the separator above.
        if at > 0 && at <= begin {
            continue;
        }
        let mut end = at;
        while end > begin && is_go_space(bytes[end - 1]) {
            end -= 1;
        }
        parts.push(begin..end);
        begin = at + SEPARATOR.len();
        while begin < bytes.len() && is_go_space(bytes[begin]) {
            begin += 1;
        }
    }
    parts.push(begin..text.len());
    parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .map(|part| {
            let piece = &text[part.clone()];
            let start = part.start + piece.len() - piece.trim_start().len();
            base + start..base + start + piece.trim().len()
        })
        .collect()
}

/// Helm 4: a separator is `---` at the start of a line with the blanks behind it; documents keep their ends.
fn split_lines(text: &str) -> Vec<Range<usize>> {
    let base = text.len() - text.trim_start().len();
    let text = text.trim_start();
    let bytes = text.as_bytes();
    let mut parts = Vec::new();
    let mut begin = 0;
    for at in separators(text) {
        parts.push(begin..at);
        begin = at + SEPARATOR.len();
        while begin < bytes.len() && matches!(bytes[begin], b' ' | b'\t') {
            begin += 1;
        }
    }
    parts.push(begin..text.len());
    parts
        .into_iter()
        .filter(|part| !text[part.clone()].trim().is_empty())
        .map(|part| {
            let piece = &text[part.clone()];
            base + part.start + piece.len() - piece.trim_start().len()..base + part.end
        })
        .collect()
}

/// Offsets of every `---` at the start of a line.
fn separators(text: &str) -> Vec<usize> {
    text.match_indices(SEPARATOR)
        .map(|(at, _)| at)
        .filter(|at| *at == 0 || text.as_bytes()[at - 1] == b'\n')
        .collect()
}

/// What `\s` means to Go's regular expressions.
fn is_go_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generations_split_as_helm_does() {
        let cases: &[(&str, &[&str], &[&str])] = &[
            ("a: 1\n---\nb: 2\n", &["a: 1", "b: 2"], &["a: 1\n", "b: 2\n"]),
            ("---\na: 1\n\n\n---  \n\n", &["a: 1"], &["a: 1\n\n\n"]),
            (
                "a: 1\n---\n---\n---b: 1\n------\nc: 2\n",
                &["a: 1", "---", "b: 1", "---\nc: 2"],
                &["a: 1\n", "b: 1\n", "---\nc: 2\n"],
            ),
            ("a: |\n  x\n---y: 1", &["a: |\n  x", "y: 1"], &["a: |\n  x\n", "y: 1"]),
            ("a: x---\nb: --- c\n", &["a: x---\nb: --- c"], &["a: x---\nb: --- c\n"]),
            (" \n ", &[], &[]),
        ];
        for (text, v3, v4) in cases {
            for (helm, want) in [(Helm::V3, v3), (Helm::V4, v4)] {
                let got: Vec<&str> = split(helm, text).into_iter().map(|range| &text[range]).collect();
                assert_eq!(&got, want, "{helm:?} of {text:?}");
            }
        }
    }
}
