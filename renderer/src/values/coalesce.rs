//! Defaults under given values, down the tree of charts (Helm: `chartutil` coalesce). Files and flags are merged elsewhere.

use std::rc::Rc;

use super::{GLOBAL_KEY, ValuesError, empty, general_64, map_or_empty};
use crate::chart::Chart;
use crate::functions::Helm;
use crate::value::{Data, Map, Str, Value};

/// What the top chart's templates see: `user` over the defaults of `chart` and of its subcharts, globals spread.
/// `.Values` of a subchart is the very map under its name. Helm's warnings are appended to `warnings`.
///
/// # Errors
/// A subchart's part that is not a map.
pub fn coalesce(
    chart: &Chart,
    user: &Value,
    helm: Helm,
    warnings: &mut Vec<String>,
) -> Result<Value, ValuesError> {
    Coalescer { helm, keep_nulls: false, warnings }.run(chart, user)
}

/// The same with nulls kept: what import-values starts from (Helm: `MergeValues`).
pub(super) fn merge_values(
    chart: &Chart,
    user: &Value,
    helm: Helm,
    warnings: &mut Vec<String>,
) -> Result<Value, ValuesError> {
    Coalescer { helm, keep_nulls: true, warnings }.run(chart, user)
}

/// `dst` over `src` with nulls kept; both maps change and come to share parts, as in Helm (`MergeTables`).
pub fn merge_tables(dst: &Rc<Map>, src: &Rc<Map>, warnings: &mut Vec<String>) {
    Coalescer { helm: Helm::V4, keep_nulls: true, warnings }.tables(dst, src, "", true);
}

struct Coalescer<'a> {
    helm: Helm,
    keep_nulls: bool,
    warnings: &'a mut Vec<String>,
}

impl Coalescer<'_> {
    fn run(&mut self, chart: &Chart, user: &Value) -> Result<Value, ValuesError> {
        let copy = if user.as_map().is_some() { user.deep_copy() } else { empty() };
        self.chart(chart, &map_or_empty(&copy), "").map(|map| Data::Map(map).into())
    }

    fn chart(&mut self, chart: &Chart, dest: &Rc<Map>, prefix: &str) -> Result<Rc<Map>, ValuesError> {
        let prefix = join(prefix, &chart.metadata.name);
        self.defaults(chart, dest, &prefix);
        for sub in &chart.dependencies {
            let name = sub.metadata.name.as_str();
            let part = match dest.get(name) {
                None => empty(),
                Some(part) if part.as_map().is_some() => part,
                Some(other) => {
                    return Err(ValuesError::TypeMismatch {
                        chart: name.to_owned(),
                        shown: as_bool_verb(&other),
                    });
                }
            };
            dest.set(name, part.clone());
            let part = map_or_empty(&part);
            self.globals(&part, dest);
            self.chart(sub, &part, &prefix)?;
        }
        Ok(Rc::clone(dest))
    }

    /// The chart's own defaults under `dest`.
    fn defaults(&mut self, chart: &Chart, dest: &Rc<Map>, prefix: &str) {
        let defaults = chart.values.deep_copy();
        let drops_nulls = self.helm == Helm::V4;
        for (key, default) in entries(&map_or_empty(&defaults)) {
            let given = dest.entries.borrow().get(&key).cloned();
            let Some(given) = given else {
                if drops_nulls && !self.keep_nulls {
                    if default.is_nil() {
                        continue;
                    }
                    remove_nulls(&default);
                }
                dest.entries.borrow_mut().insert(key, default);
                continue;
            };
            if given.is_nil() && !self.keep_nulls {
                dest.entries.borrow_mut().remove(&key);
            } else if let Some(given) = given.as_map() {
                let Some(table) = default.as_map() else {
                    if !default.is_nil() {
                        self.warnings
                            .push(format!("warning: skipped value for {prefix}.{key}: Not a table."));
                    }
                    continue;
                };
                let is_subchart =
                    chart.dependencies.iter().any(|sub| sub.metadata.name.as_bytes() == key.as_bytes());
                let keep_nulls = self.keep_nulls || is_subchart;
                if drops_nulls && !keep_nulls {
                    remove_nulls(&default);
                }
                self.tables(given, table, &join(prefix, &key.lossy()), keep_nulls);
            }
        }
    }

    /// Copies the globals of `src` into `dest`, a subchart's map; on conflict `src`, the parent, wins.
    fn globals(&mut self, dest: &Rc<Map>, src: &Rc<Map>) {
        let dest_globals = dest.get(GLOBAL_KEY).unwrap_or_else(empty);
        let src_globals = src.get(GLOBAL_KEY).unwrap_or_else(empty);
        for (side, globals) in [("destination", &dest_globals), ("source", &src_globals)] {
            if globals.as_map().is_none() {
                self.warnings
                    .push(format!("warning: skipping globals because {side} {GLOBAL_KEY} is not a table."));
                return;
            }
        }
        let into = map_or_empty(&dest_globals);
        for (key, value) in entries(&map_or_empty(&src_globals)) {
            let existing = into.entries.borrow().get(&key).cloned();
            if let Some(table) = value.as_map() {
                let copy = Rc::new(Map { go_type: table.go_type, entries: table.entries.clone() });
                match existing {
                    None => {}
                    Some(existing) => {
                        let Some(existing) = existing.as_map() else {
                            self.warnings.push(format!(
                                "Conflict: cannot merge map onto non-map for \"{key}\". Skipping."
                            ));
                            continue;
                        };
                        self.tables(&copy, existing, &key.lossy(), true);
                    }
                }
                into.set(key, Value { data: Data::Map(copy), trace: value.trace });
            } else if existing.is_some_and(|existing| existing.as_map().is_some()) {
                self.warnings.push(format!("key {key} is table. Skipping"));
            } else {
                into.set(key, value);
            }
        }
        dest.set(GLOBAL_KEY, Value { data: Data::Map(into), trace: dest_globals.trace });
    }

    /// `src` under `dst` (Helm: `coalesceTablesFullKey`). Nulls of `dst` are written into `src` first, as Helm does.
    fn tables(&mut self, dst: &Rc<Map>, src: &Rc<Map>, prefix: &str, keep_nulls: bool) {
        if Rc::ptr_eq(dst, src) {
            return;
        }
        let had_value: Vec<Str> =
            entries(src).into_iter().filter(|(_, value)| !value.is_nil()).map(|(key, _)| key).collect();
        for (key, value) in entries(dst) {
            if value.is_nil() {
                src.set(key, Value::nil());
            }
        }
        for (key, value) in entries(src) {
            let given = dst.entries.borrow().get(&key).cloned();
            let Some(given) = given else {
                dst.set(key, value);
                continue;
            };
            if !keep_nulls && given.is_nil() && had_value.binary_search(&key).is_ok() {
                dst.entries.borrow_mut().remove(&key);
            } else if let Some(table) = value.as_map() {
                if let Some(given) = given.as_map() {
                    self.tables(given, table, &join(prefix, &key.lossy()), keep_nulls);
                } else {
                    let key = join(prefix, &key.lossy());
                    self.warnings.push(format!("warning: cannot overwrite table with non table for {key}"));
                }
            } else if given.as_map().is_some() && !value.is_nil() {
                let key = join(prefix, &key.lossy());
                self.warnings
                    .push(format!("warning: destination for {key} is a table. Ignoring non-table value"));
            }
        }
    }
}

/// A snapshot, so that the map may change while it is walked.
fn entries(map: &Map) -> Vec<(Str, Value)> {
    map.entries.borrow().iter().map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Removes nulls from a map at every depth, in place (Helm 4: `cleanNilValues`); lists are left alone.
fn remove_nulls(value: &Value) {
    if let Some(map) = value.as_map() {
        map.entries.borrow_mut().retain(|_, value| !value.is_nil());
        for value in map.entries.borrow().values() {
            remove_nulls(value);
        }
    }
}

fn join(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") }
}

/// Inside lists and maps nil is no bad verb.
fn inner_as_bool_verb(value: &Value) -> String {
    if value.is_nil() { "<nil>".to_owned() } else { as_bool_verb(value) }
}

/// Go's `%t`, which Helm uses here for values of any type.
fn as_bool_verb(value: &Value) -> String {
    match &value.data {
        Data::Nil => "%!t(<nil>)".to_owned(),
        Data::Bool(value) => value.to_string(),
        Data::Int(number) => format!("%!t(int={number})"),
        Data::Int64(number) => format!("%!t(int64={number})"),
        Data::Float(number) => format!("%!t(float64={})", general_64(*number)),
        Data::Str(text) => format!("%!t(string={})", text.lossy()),
        Data::List(list) => {
            let items: Vec<String> = list.items.iter().map(inner_as_bool_verb).collect();
            format!("[{}]", items.join(" "))
        }
        Data::Map(map) => {
            let items: Vec<String> = entries(map)
                .iter()
                .map(|(key, value)| format!("%!t(string={}):{}", key.lossy(), inner_as_bool_verb(value)))
                .collect();
            format!("map[{}]", items.join(" "))
        }
        Data::Sized(..) | Data::Bytes(_) | Data::Object(_) => format!("%!t({})", value.type_name()),
    }
}
