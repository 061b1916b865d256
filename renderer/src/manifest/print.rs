//! Manifests to the text that `helm template` writes. It does not sort.

use crate::functions::Helm;
use crate::render::{Manifest, Rendered};

/// Which parts of a render are printed.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    pub include_crds: bool,
    pub no_hooks: bool,
    /// Hooks that are tests are left out.
    pub skip_tests: bool,
    /// Patterns of `--show-only`; empty shows everything.
    pub show_only: Vec<String>,
}

/// Standard output of `helm template`. The error is the sentence for a `--show-only` pattern that matches nothing.
pub fn print(helm: Helm, rendered: &Rendered, selection: &Selection) -> Result<String, String> {
    let mut body = String::new();
    if selection.include_crds {
        for crd in &rendered.crds {
            push(&mut body, crd);
        }
    }
    for manifest in &rendered.manifests {
        push(&mut body, manifest);
    }
    let mut text = String::with_capacity(body.len() + 1);
    text.push_str(body.trim());
    text.push('\n');
    if !selection.no_hooks {
        for hook in &rendered.hooks {
            let is_test = hook.hook_events.iter().any(|event| event == "test");
            if !(selection.skip_tests && is_test) {
                push(&mut text, hook);
            }
        }
    }
    if selection.show_only.is_empty() { Ok(text) } else { only(helm, &text, &selection.show_only) }
}

fn push(text: &mut String, manifest: &Manifest) {
    text.push_str("---\n# Source: ");
    text.push_str(&manifest.source);
    text.push('\n');
    text.push_str(&manifest.text);
    text.push('\n');
}

/// Helm splits its own output again and picks by the path in the `# Source:` line, chart name cut off.
fn only(helm: Helm, text: &str, patterns: &[String]) -> Result<String, String> {
    let parts: Vec<&str> = super::split(helm, text).into_iter().map(|range| &text[range]).collect();
    let mut out = String::new();
    for pattern in patterns {
        let mut missing = true;
        for part in &parts {
            let Some(path) = source_path(part) else { continue };
            if crate::helm::path_match(pattern, path).unwrap_or(false) {
                out.push_str("---\n");
                out.push_str(part);
                out.push('\n');
                missing = false;
            }
        }
        if missing {
            return Err(format!("could not find template {pattern} in chart"));
        }
    }
    Ok(out)
}

/// The path of the first `# Source: CHART/PATH` anywhere in the part.
fn source_path(part: &str) -> Option<&str> {
    const MARK: &str = "# Source: ";
    part.match_indices(MARK).find_map(|(at, _)| {
        let line = part[at + MARK.len()..].lines().next()?;
        let (chart, path) = line.split_once('/')?;
        (!chart.is_empty() && !path.is_empty()).then_some(path)
    })
}
