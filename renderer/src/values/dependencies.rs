//! Which subcharts take part, under which names, and what they export (Helm: `chartutil` dependencies). It loads nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::coalesce::{coalesce, merge_tables, merge_values};
use super::{ValuesError, empty, general_64, map_or_empty};
use crate::chart::{Chart, Dependency};
use crate::functions::Helm;
use crate::value::{Data, Map, Str, Value};
use crate::version_range::is_compatible;

/// Applies conditions, tags, aliases and import-values: the tree loses its disabled subcharts, aliased copies appear,
/// and the charts' default values gain what they import. `user` are the values given from outside.
///
/// # Errors
/// A subchart's part of the values that is not a map.
pub fn process_dependencies(
    chart: &mut Chart,
    user: &Value,
    helm: Helm,
    warnings: &mut Vec<String>,
) -> Result<(), ValuesError> {
    enable(chart, user, "", helm, warnings)?;
    settle_paths(chart, true, helm);
    import(chart, true, helm, warnings)
}

/// Decides for `chart` first, then for what is left below it. `prefix` is `sub.` for the values of a subchart `sub`.
fn enable(
    chart: &mut Chart,
    values: &Value,
    prefix: &str,
    helm: Helm,
    warnings: &mut Vec<String>,
) -> Result<(), ValuesError> {
    if !chart.has_dependency_list {
        return Ok(());
    }
    chart.dependencies = named_copies(chart);
    for wanted in &mut chart.metadata.dependencies {
        wanted.enabled = true;
        if !wanted.alias.is_empty() {
            wanted.name.clone_from(&wanted.alias);
        }
    }
    let values = coalesce(chart, values, helm, warnings)?;
    apply_tags(&mut chart.metadata.dependencies, &values, warnings);
    apply_conditions(&mut chart.metadata.dependencies, &values, prefix, warnings);
    let disabled: BTreeSet<String> = (chart.metadata.dependencies.iter())
        .filter(|wanted| !wanted.enabled)
        .map(|wanted| wanted.name.clone())
        .collect();
    chart.dependencies.retain(|sub| !disabled.contains(&sub.metadata.name));
    let mut seen = Shared::default();
    for sub in &mut chart.dependencies {
        if helm == Helm::V3 && seen.earlier(sub).is_some() {
            // Copies of one chart share their entries in Helm 3: an earlier copy has put the aliases in already.
            for wanted in &mut sub.metadata.dependencies {
                wanted.name = wanted.effective_name().to_owned();
            }
        }
        seen.add(sub);
        let prefix = format!("{prefix}{}.", sub.metadata.name);
        enable(sub, &values, &prefix, helm, warnings)?;
    }
    chart.metadata.dependencies.retain(|wanted| !disabled.contains(&wanted.name));
    Ok(())
}

/// Copies of one loaded chart among siblings, and the dependencies that they had when they were looked at.
#[derive(Default)]
struct Shared {
    by_origin: BTreeMap<(String, String), BTreeSet<String>>,
}

impl Shared {
    fn earlier(&self, chart: &Chart) -> Option<&BTreeSet<String>> {
        self.by_origin.get(&Self::origin(chart))
    }

    fn add(&mut self, chart: &Chart) {
        let names = chart.metadata.dependencies.iter().map(|wanted| wanted.name.clone());
        self.by_origin.entry(Self::origin(chart)).or_default().extend(names);
    }

    fn origin(chart: &Chart) -> (String, String) {
        (chart.load_path.clone(), chart.metadata.version.clone())
    }
}

/// The subcharts that Chart.yaml does not speak of, then one copy for each entry that a subchart answers.
fn named_copies(chart: &Chart) -> Vec<Chart> {
    let answers = |sub: &Chart, wanted: &Dependency| {
        sub.metadata.name == wanted.name && is_compatible(&wanted.version, &sub.metadata.version)
    };
    let wanted = &chart.metadata.dependencies;
    let unlisted = chart.dependencies.iter().filter(|sub| !wanted.iter().any(|wanted| answers(sub, wanted)));
    let mut copies: Vec<Chart> = unlisted.cloned().collect();
    for wanted in wanted {
        let Some(mut copy) = chart.dependencies.iter().find(|sub| answers(sub, wanted)).cloned() else {
            continue;
        };
        if !wanted.alias.is_empty() {
            copy.metadata.name.clone_from(&wanted.alias);
        }
        copy.is_copy = true;
        copies.push(copy);
    }
    copies
}

/// Helm keeps in each chart a pointer to its parent. It is set anew where the parent's dependencies were looked at, and in
/// Helm 4 for the subcharts of a copy; elsewhere it leads to the parent as it was loaded, under its first name.
fn settle_paths(chart: &mut Chart, looked_at: bool, helm: Helm) {
    let looked_at = looked_at && chart.has_dependency_list;
    let follows = looked_at || (helm == Helm::V4 && chart.is_copy);
    let above = if follows { &chart.full_path } else { &chart.load_path };
    for sub in &mut chart.dependencies {
        sub.full_path = format!("{above}/charts/{}", sub.metadata.name);
        settle_paths(sub, looked_at, helm);
    }
}

/// Enabled if one tag is true, disabled if one is false and none true.
fn apply_tags(dependencies: &mut [Dependency], values: &Value, warnings: &mut Vec<String>) {
    let Ok(tags) = table(values, "tags") else { return };
    for wanted in dependencies {
        let (mut any_true, mut any_false) = (false, false);
        for tag in &wanted.tags {
            match tags.get(tag).map(|value| value.data) {
                Some(Data::Bool(true)) => any_true = true,
                Some(Data::Bool(false)) => any_false = true,
                Some(_) => {
                    warnings.push(format!(
                        "Warning: Tag '{tag}' for chart {} returned non-bool value",
                        wanted.name
                    ));
                }
                None => {}
            }
        }
        wanted.enabled = any_true || !any_false;
    }
}

/// The first path that leads to a truth value decides.
fn apply_conditions(
    dependencies: &mut [Dependency],
    values: &Value,
    prefix: &str,
    warnings: &mut Vec<String>,
) {
    for wanted in dependencies {
        for path in wanted.condition.trim().split(',').filter(|path| !path.is_empty()) {
            match scalar(values, &format!("{prefix}{path}")).map(|value| value.data) {
                Some(Data::Bool(enabled)) => {
                    wanted.enabled = enabled;
                    break;
                }
                Some(_) => warnings.push(format!(
                    "Warning: Condition path '{path}' for chart {} returned non-bool value",
                    wanted.name
                )),
                None => {}
            }
        }
    }
}

/// import-values, leaves first: what children export becomes their parent's defaults, under the parent's own.
/// An empty list counts as one where nobody looked at it: Helm then still folds the subcharts' values into the defaults.
fn import(
    chart: &mut Chart,
    looked_at: bool,
    helm: Helm,
    warnings: &mut Vec<String>,
) -> Result<(), ValuesError> {
    let looked_at = looked_at && chart.has_dependency_list;
    let mut seen = Shared::default();
    for sub in &mut chart.dependencies {
        if helm == Helm::V3
            && let Some(done) = seen.earlier(sub)
        {
            // For the same reason an earlier copy has used their import-values up.
            let used = sub.metadata.dependencies.iter_mut().filter(|wanted| done.contains(&wanted.name));
            used.for_each(|wanted| wanted.import_values.clear());
        }
        import(sub, looked_at, helm, warnings)?;
        seen.add(sub);
    }
    if chart.metadata.dependencies.is_empty() && (looked_at || !chart.has_dependency_list) {
        return Ok(());
    }
    let values = merge_values(chart, &empty(), helm, warnings)?;
    let imported = map_or_empty(&empty());
    for wanted in &chart.metadata.dependencies {
        for item in &wanted.import_values {
            let (child, parent) = match item {
                serde_json::Value::String(name) => (format!("exports.{name}"), ".".to_owned()),
                serde_json::Value::Object(pair) => (shown(pair.get("child")), shown(pair.get("parent"))),
                _ => continue,
            };
            match table(&values, &format!("{}.{child}", wanted.name)) {
                Ok(found) => merge_tables(&imported, &placed(&parent, &found), warnings),
                Err(missing) => warnings.push(format!(
                    "Warning: ImportValues missing table from chart {}: {} is not a table",
                    wanted.name,
                    super::quote(&missing)
                )),
            }
        }
    }
    let own = values.deep_copy();
    merge_tables(&map_or_empty(&own), &imported, warnings);
    chart.values = own;
    Ok(())
}

/// `found` under the dotted path; `.` is the root.
fn placed(path: &str, found: &Rc<Map>) -> Rc<Map> {
    if path == "." {
        return Rc::clone(found);
    }
    let inner: Value = Data::Map(Rc::clone(found)).into();
    let outer =
        path.rsplit('.').fold(inner, |inner, key| Value::map(BTreeMap::from([(Str::from(key), inner)])));
    map_or_empty(&outer)
}

/// The map at a dotted path, or the part of the path that leads to none. An empty one is a new one.
fn table(values: &Value, path: &str) -> Result<Rc<Map>, String> {
    let mut at = map_or_empty(values);
    for key in path.split('.') {
        let next = at.get(key);
        at = Rc::clone(next.as_ref().and_then(Value::as_map).ok_or_else(|| key.to_owned())?);
    }
    Ok(if at.entries.borrow().is_empty() { map_or_empty(&empty()) } else { at })
}

/// The value at a dotted path if it is there and no map (Helm: `Values.PathValue`).
fn scalar(values: &Value, path: &str) -> Option<Value> {
    let found = match path.rsplit_once('.') {
        None => values.as_map()?.get(path)?,
        Some((above, key)) => table(values, above).ok()?.get(key)?,
    };
    found.as_map().is_none().then_some(found)
}

/// Go's `%v` of what import-values holds.
fn shown(value: Option<&serde_json::Value>) -> String {
    match value {
        None | Some(serde_json::Value::Null) => "<nil>".to_owned(),
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(serde_json::Value::Number(number)) => general_64(number.as_f64().unwrap_or(0.0)),
        Some(serde_json::Value::Bool(value)) => value.to_string(),
        Some(serde_json::Value::Array(items)) => {
            let items: Vec<String> = items.iter().map(|item| shown(Some(item))).collect();
            format!("[{}]", items.join(" "))
        }
        Some(serde_json::Value::Object(pairs)) => {
            let pairs: Vec<String> =
                pairs.iter().map(|(key, value)| format!("{key}:{}", shown(Some(value)))).collect();
            format!("map[{}]", pairs.join(" "))
        }
    }
}
