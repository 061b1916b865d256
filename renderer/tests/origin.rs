//! Origins proven by rendering again: what changes when one values leaf changes must have named that leaf before.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

#[path = "origin/alignment.rs"]
mod alignment;
#[path = "origin/leaves.rs"]
mod leaves;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use alignment::{Change, Object, changes, objects};
use leaves::{Leaf, Random, leaves};
use renderer::archive;
use renderer::chart::{Chart, load_archive};
use renderer::functions::Helm;
use renderer::render::{Origin, Prepared, RenderOptions, Rendered};
use renderer::{json, values, yaml};

const STACK_BYTES: usize = 256 * 1024 * 1024;
const TEMPLATE_STACK_BYTES: usize = 192 * 1024 * 1024;
/// Share of changed scalars that must name the leaf, in percent.
const NAMED_PERCENT_MIN: usize = 95;
/// Leaves that are changed per chart; `ORIGIN_LEAVES` asks for another number.
const LEAVES_PER_CHART: usize = 8;
/// Fewer changed scalars than this prove nothing.
const CHANGED_MIN: usize = 500;
/// Which leaves are picked; `ORIGIN_SEED` asks for others.
const SEED: u64 = 6;
const OTHER_RENDER_SEED: u64 = 77;
const THREADS: usize = 2;

/// Scalars that changed, and how many of them named the leaf.
#[derive(Clone, Copy, Default)]
struct Tally {
    changed: usize,
    named: usize,
    /// Named as content, not only as a condition.
    as_content: usize,
    /// Scalars that went away with the change, and how many of them named the leaf.
    gone: usize,
    gone_named: usize,
}

#[test]
fn what_changes_with_a_leaf_names_it() {
    let Some(shared) = shared() else { return };
    let charts = default_charts(&shared);
    let next = AtomicUsize::new(0);
    let total = Mutex::new(Tally::default());
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            let work = || {
                while let Some(name) = charts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let one = try_chart(&shared, name);
                    let mut sum = total.lock().unwrap();
                    sum.changed += one.changed;
                    sum.named += one.named;
                    sum.as_content += one.as_content;
                    sum.gone += one.gone;
                    sum.gone_named += one.gone_named;
                }
            };
            std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work).unwrap();
        }
    });
    let Tally { changed, named, as_content, gone, gone_named } = *total.lock().unwrap();
    eprintln!("changed scalars {changed}, naming the leaf {named}, as content {as_content}");
    eprintln!("scalars gone {gone}, naming the leaf {gone_named}");
    if std::env::var("ORIGIN_CHART").is_err() {
        assert!(changed >= CHANGED_MIN, "only {changed} scalars changed");
        assert!(named * 100 >= changed * NAMED_PERCENT_MIN, "{named} of {changed} name the leaf");
    }
}

fn shared() -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    if shared.is_dir() {
        return Some(shared);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "the shared charts are absent");
    eprintln!("SKIPPED: the shared charts are absent, no origin was proven");
    None
}

/// Charts whose default values Helm 4 renders; `ORIGIN_CHART` picks those that contain that text.
fn default_charts(shared: &Path) -> Vec<String> {
    let only = std::env::var("ORIGIN_CHART").unwrap_or_default();
    let table = std::fs::read_to_string(shared.join("goldens/cases.tsv")).unwrap();
    let rows = table.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>());
    rows.filter(|cells| cells[1] == "defaults" && cells[4] == "ok" && cells[0].contains(&only))
        .map(|cells| cells[0].to_owned())
        .collect()
}

fn options(seed: u64) -> RenderOptions {
    RenderOptions { traced: true, seed, stack_bytes: TEMPLATE_STACK_BYTES, ..RenderOptions::default() }
}

fn load(shared: &Path, name: &str) -> Chart {
    let packed = std::fs::read(shared.join("charts").join(format!("{name}.tgz"))).unwrap();
    load_archive(&archive::read(&packed).unwrap(), Helm::V4).unwrap()
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn try_chart(shared: &Path, name: &str) -> Tally {
    let chart = load(shared, name);
    let prepared = Prepared::new(&chart, Helm::V4);
    let Ok(first) = prepared.render(&values::empty(), &options(0)) else {
        panic!("{name} does not render");
    };
    let other = prepared.render(&values::empty(), &options(OTHER_RENDER_SEED)).unwrap();
    let (before, other) = (objects(&first), objects(&other));
    let random: HashSet<(usize, String)> =
        changes(&before, &other).iter().map(|change| (change.object, change.path.clone())).collect();
    let mut found = leaves(&json::to_serde(&chart.values));
    Random::new(number("ORIGIN_SEED", SEED), name).shuffle(&mut found);
    let count = usize::try_from(number("ORIGIN_LEAVES", LEAVES_PER_CHART as u64)).unwrap();
    let mut tally = Tally::default();
    for leaf in found.iter().take(count) {
        let user = yaml::decode(leaf.overlay.as_bytes()).unwrap();
        let Ok(second) = prepared.render(&user, &options(0)) else { continue };
        judge(name, leaf, &first, &before, &objects(&second), &random, &mut tally);
    }
    tally
}

fn judge(
    chart: &str,
    leaf: &Leaf,
    first: &Rendered,
    before: &[Object],
    after: &[Object],
    random: &HashSet<(usize, String)>,
    tally: &mut Tally,
) {
    for change in changes(before, after) {
        if random.contains(&(change.object, change.path.clone())) {
            continue;
        }
        let object = &before[change.object];
        let manifest = object.manifest(first);
        let origin = manifest.origin(change.bytes.clone()).unwrap_or_default();
        let as_content = origin.values.contains(&leaf.path);
        let named = as_content || origin.conditions.contains(&leaf.path);
        if change.after.is_none() {
            tally.gone += 1;
            tally.gone_named += usize::from(named);
            continue;
        }
        tally.changed += 1;
        tally.named += usize::from(named);
        tally.as_content += usize::from(as_content);
        if !named {
            report(chart, leaf, object, &change, &origin);
        }
    }
}

fn report(chart: &str, leaf: &Leaf, object: &Object, change: &Change, origin: &Origin) {
    let short = |text: &str| text.chars().take(120).collect::<String>();
    eprintln!(
        "LOST {chart} {}: {} {}\n    {:?} -> {:?}\n    at {}:{} values {:?} conditions {:?}",
        leaf.path,
        object.label,
        change.path,
        short(&change.before),
        short(change.after.as_deref().unwrap_or_default()),
        origin.template,
        origin.line,
        origin.values,
        origin.conditions,
    );
}
