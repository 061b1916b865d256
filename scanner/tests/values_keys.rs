//! The values key that a finding names is the right one: setting it changes the field that the finding is about.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

#[allow(dead_code)]
#[path = "../../renderer/tests/origin/leaves.rs"]
mod leaves;

use std::path::Path;

use leaves::{Leaf, leaves};
use renderer::compare::{Difference, differences};
use renderer::functions::Helm;
use renderer::render::{Prepared, RenderOptions, Rendered};
use renderer::yaml::Node;
use renderer::{archive, chart, json, values, yaml};
use scanner::report::{DEFAULTS, Finding, ObjectRef};
use scanner::{Options, scan};

const STACK_BYTES: usize = 256 * 1024 * 1024;
const TEMPLATE_STACK_BYTES: usize = 192 * 1024 * 1024;
const CHARTS: usize = 15;
const FINDINGS_PER_CHART: usize = 2;

#[test]
fn setting_the_key_of_a_finding_changes_its_field() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/charts");
    if !folder.is_dir() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "the shared charts are absent");
        eprintln!("SKIPPED: the shared charts are absent, no key was proven");
        return;
    }
    let worker = std::thread::Builder::new().stack_size(STACK_BYTES);
    let (charts, right, wrong) = worker.spawn(move || prove(&folder)).unwrap().join().unwrap();
    eprintln!("{charts} charts, {right} findings with the right key");
    assert!(wrong.is_empty(), "{} findings name another key:\n{}", wrong.len(), wrong.join("\n"));
    assert!(charts >= CHARTS && right >= CHARTS * FINDINGS_PER_CHART, "{right} of {charts} charts");
}

fn prove(folder: &Path) -> (usize, usize, Vec<String>) {
    let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.extension().is_some_and(|extension| extension == "tgz"));
    names.sort();
    let (mut charts, mut right, mut wrong) = (0, 0, Vec::new());
    for path in names {
        if charts == CHARTS {
            break;
        }
        let packed = std::fs::read(&path).unwrap();
        let loaded = chart::load_archive(&archive::read(&packed).unwrap(), Helm::V4).unwrap();
        let prepared = Prepared::new(&loaded, Helm::V4);
        let Ok(all) = prepared.values(&values::empty()) else { continue };
        let found = leaves(&json::to_serde(&all));
        let report = scan(&packed, &Options { ci_profiles: false, ..Options::default() });
        let mut rules = Vec::new();
        let mut judged = 0;
        for finding in &report.findings {
            // One finding of a rule is enough; keys that hold no scalar cannot be changed without knowing what they mean.
            let leaf = finding.values.first().and_then(|key| found.iter().find(|leaf| leaf.path == *key));
            let (Some(leaf), Some(_)) = (leaf, &finding.object) else { continue };
            let fits =
                finding.profile == DEFAULTS && !finding.path.is_empty() && !rules.contains(&&finding.rule);
            if !fits || judged == FINDINGS_PER_CHART {
                continue;
            }
            let Some(changed) = changes_field(&prepared, leaf, finding) else { continue };
            rules.push(&finding.rule);
            judged += 1;
            if changed {
                right += 1;
            } else {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                wrong.push(format!(
                    "{name} {} {:?} {} {:?}",
                    finding.rule, finding.object, finding.path, finding.values
                ));
            }
        }
        charts += usize::from(judged == FINDINGS_PER_CHART);
    }
    (charts, right, wrong)
}

/// `None` when the chart does not render with the changed leaf.
fn changes_field(prepared: &Prepared, leaf: &Leaf, finding: &Finding) -> Option<bool> {
    let options = RenderOptions { stack_bytes: TEMPLATE_STACK_BYTES, ..RenderOptions::default() };
    let before = prepared.render(&values::empty(), &options).unwrap();
    let after = prepared.render(&yaml::decode(leaf.overlay.as_bytes()).unwrap(), &options).ok()?;
    let object = finding.object.as_ref()?;
    // A field that the chart does not write stands for the map that lacks it.
    let parent = finding.path.rsplit_once('.').map_or("", |(parent, _)| parent);
    let path = if is_written(&before, object, &finding.path) { finding.path.as_str() } else { parent };
    let about = |difference: &Difference| {
        let id = difference.object();
        id.kind == object.kind
            && id.name == object.name
            && match difference {
                Difference::OnlyV3(_) | Difference::OnlyV4(_) => true,
                Difference::Field(field) => field.path.starts_with(path) || path.starts_with(&field.path),
            }
    };
    Some(differences(&before, &after).unwrap().iter().any(about))
}

fn is_written(rendered: &Rendered, object: &ObjectRef, path: &str) -> bool {
    let manifests = rendered.manifests.iter().chain(&rendered.hooks);
    let nodes = manifests.flat_map(|manifest| yaml::parse(manifest.text.as_bytes()).unwrap());
    nodes
        .filter(|node| {
            let is = |at: &[&str], text: &str| node.at(at).and_then(Node::as_str) == Some(text);
            is(&["kind"], &object.kind) && is(&["metadata", "name"], &object.name)
        })
        .any(|node| has(&node, "", path))
}

fn has(node: &Node, here: &str, path: &str) -> bool {
    if !path.starts_with(here) {
        return false;
    }
    let below = |key: &str| if here.is_empty() { key.to_owned() } else { format!("{here}.{key}") };
    here == path
        || node.entries().iter().any(|entry| has(&entry.value, &below(&entry.key), path))
        || node.items().iter().enumerate().any(|(at, item)| has(item, &format!("{here}[{at}]"), path))
}
