//! The data of every template of a chart tree: one scope a chart, shared by its templates. It does not run them.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::Files;
use super::chart_object;
use crate::archive::File;
use crate::chart::Chart;
use crate::functions::Helm;
use crate::render::RenderOptions;
use crate::trace::{Dependency, Trace};
use crate::value::{Data, GoType, Map, Str, Value};

/// One template file with the data it runs on.
pub struct Unit {
    /// `demo/charts/sub/templates/x.yaml`.
    pub path: String,
    /// The chart's template files, and which of them this is.
    pub templates: Rc<Vec<File>>,
    pub index: usize,
    pub scope: Scope,
}

/// A chart's `.`; setting `.Template` before a run is seen by every holder, as in Helm.
#[derive(Clone)]
pub struct Scope {
    pub data: Value,
    /// `demo/charts/sub/templates`.
    base_path: Rc<str>,
    values_type: GoType,
}

impl Scope {
    /// Says which template is about to run. Helm: engine.render.
    pub fn enter(&self, path: &str) {
        if let Some(map) = self.data.as_map() {
            let mut entries = BTreeMap::new();
            entries.insert(Str::from("BasePath"), Value::from(&*self.base_path));
            entries.insert(Str::from("Name"), Value::from(path));
            map.set("Template", typed_map(self.values_type, entries));
        }
    }
}

/// `.Release`. Helm: common/util.ToRenderValues.
#[must_use]
pub fn release(options: &RenderOptions) -> Value {
    let mut entries = BTreeMap::new();
    entries.insert(Str::from("Name"), Value::from(options.release_name.as_str()));
    entries.insert(Str::from("Namespace"), Value::from(options.namespace.as_str()));
    entries.insert(Str::from("IsUpgrade"), Value::from(options.is_upgrade));
    entries.insert(Str::from("IsInstall"), Value::from(!options.is_upgrade));
    entries.insert(Str::from("Revision"), Value::from(1_i64));
    entries.insert(Str::from("Service"), Value::from("Helm"));
    if options.traced {
        for (name, value) in &mut entries {
            value.trace = Trace::fact(Dependency::Release(name.lossy().into_owned()));
        }
    }
    Value::map(entries)
}

/// Units of the whole tree in no particular order. `values` are the coalesced values of the top chart. Helm: engine.allTemplates.
#[must_use]
pub fn scopes(chart: &Chart, values: &Value, release: &Value, capabilities: &Value, helm: Helm) -> Vec<Unit> {
    let mut walk = Walk { release, capabilities, helm, units: Vec::new() };
    walk.chart(chart, values, &chart.metadata.name, true);
    walk.units
}

struct Walk<'a> {
    release: &'a Value,
    capabilities: &'a Value,
    helm: Helm,
    units: Vec<Unit>,
}

impl Walk<'_> {
    fn chart(&mut self, chart: &Chart, values: &Value, path: &str, is_root: bool) -> Value {
        let values_type = if self.helm == Helm::V3 { "chartutil.Values" } else { "common.Values" };
        let subcharts = Value::map(BTreeMap::new());
        let mut entries = BTreeMap::new();
        entries.insert(Str::from("Chart"), chart_object::chart(&chart.metadata, is_root, self.helm));
        entries.insert(Str::from("Files"), Files::new(&chart.files).value());
        entries.insert(Str::from("Release"), self.release.clone());
        entries.insert(Str::from("Capabilities"), self.capabilities.clone());
        entries.insert(Str::from("Values"), values.clone());
        entries.insert(Str::from("Subcharts"), subcharts.clone());
        let data = typed_map(values_type, entries);
        for child in &chart.dependencies {
            let name = &child.metadata.name;
            let child_values = table(values, name).unwrap_or_else(|| typed_map(values_type, BTreeMap::new()));
            let scope = self.chart(child, &child_values, &child.full_path, false);
            if let Some(map) = subcharts.as_map() {
                map.set(name.as_str(), scope);
            }
        }
        let scope = Scope { data: data.clone(), base_path: format!("{path}/templates").into(), values_type };
        for (index, template) in chart.templates.iter().enumerate() {
            if !chart.metadata.is_library() || crate::manifest::is_partial(&template.path) {
                let path = format!("{path}/{}", template.path);
                self.units.push(Unit {
                    path,
                    templates: Rc::clone(&chart.templates),
                    index,
                    scope: scope.clone(),
                });
            }
        }
        data
    }
}

/// The map at the dotted path `name`. Helm: Values.Table.
fn table(values: &Value, name: &str) -> Option<Value> {
    let mut at = values.clone();
    for key in name.split('.') {
        at = at.as_map()?.get(key)?;
    }
    at.as_map().is_some().then_some(at)
}

pub(crate) fn typed_map(go_type: GoType, entries: BTreeMap<Str, Value>) -> Value {
    Data::Map(Rc::new(Map { go_type, entries: entries.into() })).into()
}
