//! Gives every value of the coalesced tree its path, so that a finding can name the key. Plain renders skip it.

use std::collections::HashSet;
use std::rc::Rc;

use super::GLOBAL_KEY;
use crate::chart::Chart;
use crate::trace::{Trace, ValuesPath};
use crate::value::{Data, List, Map, Str, Value};

/// Writes `Trace::path` into every node below `values`, the coalesced values of `chart`. A subchart's values carry the
/// path from the top (`sub.a.b`); its globals carry the path of the top chart's globals where they come from there.
pub fn annotate(values: &Value, chart: &Chart) {
    let Some(top) = values.as_map() else { return };
    let mut annotator = Annotator { done: HashSet::new() };
    if let Some(globals) = top.get(GLOBAL_KEY) {
        annotator.entry(top, &Str::from(GLOBAL_KEY), &globals, None);
    }
    annotator.chart(top, chart, None, top);
}

struct Annotator {
    /// Maps that have their path: shared ones keep the first.
    done: HashSet<*const Map>,
}

impl Annotator {
    /// The values of one chart; `top` holds the globals that reach it.
    fn chart(&mut self, map: &Rc<Map>, chart: &Chart, path: Option<&Rc<ValuesPath>>, top: &Rc<Map>) {
        self.done.insert(Rc::as_ptr(map));
        for (key, value) in snapshot(map) {
            let sub = chart.dependencies.iter().find(|sub| sub.metadata.name.as_bytes() == key.as_bytes());
            if key.as_bytes() == GLOBAL_KEY.as_bytes() {
                if path.is_some() {
                    self.globals(map, &value, path, top);
                }
            } else if let (Some(sub), Some(inner)) = (sub, value.as_map()) {
                let here = step(path, &key);
                map.set(key, value.clone().with_trace(Trace::path(Rc::clone(&here))));
                self.chart(inner, sub, Some(&here), top);
            } else {
                self.entry(map, &key, &value, path);
            }
        }
    }

    /// A subchart's globals: the top chart's where it has that key, the subchart's own otherwise.
    fn globals(&mut self, map: &Rc<Map>, value: &Value, path: Option<&Rc<ValuesPath>>, top: &Rc<Map>) {
        let key = Str::from(GLOBAL_KEY);
        let own = step(path, &key);
        let shared = step(None, &key);
        let origin = top.get(GLOBAL_KEY);
        if let Some(globals) = value.as_map() {
            self.inherited(globals, origin.as_ref().and_then(Value::as_map), &own, &shared);
        }
        map.set(key, value.clone().with_trace(Trace::path(shared)));
    }

    fn inherited(
        &mut self,
        map: &Rc<Map>,
        origin: Option<&Rc<Map>>,
        own: &Rc<ValuesPath>,
        shared: &Rc<ValuesPath>,
    ) {
        if !self.done.insert(Rc::as_ptr(map)) {
            return;
        }
        for (key, value) in snapshot(map) {
            let from = origin.and_then(|origin| origin.entries.borrow().get(&key).cloned());
            let (inner, from_inner) = (value.as_map(), from.as_ref().and_then(Value::as_map));
            if let (Some(inner), Some(from_inner)) = (inner, from_inner) {
                let (own, shared) = (step(Some(own), &key), step(Some(shared), &key));
                self.inherited(inner, Some(from_inner), &own, &shared);
                map.set(key, value.clone().with_trace(Trace::path(shared)));
            } else {
                let path = if from.is_some() { shared } else { own };
                self.entry(map, &key, &value, Some(path));
            }
        }
    }

    /// One entry of a map and all below it.
    fn entry(&mut self, map: &Rc<Map>, key: &Str, value: &Value, path: Option<&Rc<ValuesPath>>) {
        let annotated = self.value(value, step(path, key));
        map.set(key.clone(), annotated);
    }

    fn value(&mut self, value: &Value, path: Rc<ValuesPath>) -> Value {
        let data = match &value.data {
            Data::Map(map) => {
                if self.done.insert(Rc::as_ptr(map)) {
                    for (key, value) in snapshot(map) {
                        self.entry(map, &key, &value, Some(&path));
                    }
                }
                Data::Map(Rc::clone(map))
            }
            Data::List(list) => {
                let items = list.items.iter().enumerate();
                let items = items
                    .map(|(at, item)| self.value(item, step(Some(&path), &Str::from(format!("[{at}]")))));
                Data::List(Rc::new(List { go_type: list.go_type, items: items.collect() }))
            }
            other => other.clone(),
        };
        Value { data, trace: Trace::path(path) }
    }
}

fn snapshot(map: &Map) -> Vec<(Str, Value)> {
    map.entries.borrow().iter().map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn step(parent: Option<&Rc<ValuesPath>>, key: &Str) -> Rc<ValuesPath> {
    Rc::new(ValuesPath { parent: parent.cloned(), key: key.clone() })
}
