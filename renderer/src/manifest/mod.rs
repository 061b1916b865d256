//! Rendered files to manifests: split into documents, told apart as hooks or not, sorted for installation, printed as `helm template` does.
//! It does not render and knows nothing of charts.

mod head;
mod kinds;
mod print;
mod split;

pub use head::{Head, HookEvents};
pub use kinds::install_rank;
pub use print::{Selection, print};
pub use split::split;

use crate::functions::Helm;
use crate::render::Manifest;
use crate::trace::TextBuilder;
use crate::value::Value;

/// Manifests and hooks of a whole render, each in Helm's order.
#[derive(Debug, Default)]
pub struct Sorted {
    pub manifests: Vec<Manifest>,
    pub hooks: Vec<Manifest>,
    /// What Helm logs while sorting.
    pub warnings: Vec<String>,
}

/// Splits, classifies and sorts `files` (path and text with its trace). The error is the sentence Helm prints, with the file's path.
/// Helm: releaseutil.SortManifests.
pub fn sort(helm: Helm, files: &[(String, Value)]) -> Result<Sorted, String> {
    let mut order: Vec<&(String, Value)> = files.iter().collect();
    order.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
    let mut sorted = Sorted::default();
    let mut manifests = Vec::new();
    let mut hooks = Vec::new();
    for (path, output) in order {
        if is_partial(path) || is_notes(path) {
            continue;
        }
        let Some(text) = output.as_string() else { continue };
        let text_lossy = text.lossy();
        if text_lossy.trim().is_empty() {
            continue;
        }
        // Spans are byte ranges of the text as rendered; a text that is not UTF-8 is shown repaired and loses them.
        let traced = matches!(text_lossy, std::borrow::Cow::Borrowed(_));
        for range in split(helm, &text_lossy) {
            let part = &text_lossy[range.clone()];
            let head = Head::read(helm, part).map_err(|why| format!("YAML parse error on {path}: {why}"))?;
            let trace = if traced && !output.trace.is_empty() {
                let mut piece = TextBuilder::new();
                piece.slice(text.as_bytes(), &output.trace, range);
                piece.finish().trace
            } else {
                crate::trace::Trace::default()
            };
            let mut manifest =
                Manifest { source: path.clone(), text: part.to_owned(), hook_events: Vec::new(), trace };
            match head.hook {
                HookEvents::None => manifests.push((head.kind, manifest)),
                HookEvents::Known(events) => {
                    manifest.hook_events = events;
                    hooks.push((head.kind, manifest));
                }
                HookEvents::Unknown(text) => {
                    sorted.warnings.push(format!("{path}: unknown hook {text:?}: the document is left out"));
                }
            }
        }
    }
    sorted.manifests = kinds::in_install_order(helm, manifests);
    sorted.hooks = kinds::in_install_order(helm, hooks);
    Ok(sorted)
}

/// A file that holds only definitions for others: its base name begins with `_`.
#[must_use]
pub fn is_partial(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|base| base.starts_with('_'))
}

/// Notes for the person who installs; never a manifest.
#[must_use]
pub fn is_notes(path: &str) -> bool {
    path.ends_with("NOTES.txt")
}
