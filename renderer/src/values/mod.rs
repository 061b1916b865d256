//! Values on their way to templates: flags, files, defaults and subcharts become one tree (Helm: `chartutil`, `strvals`).
//! It knows no templates.

mod annotate;
mod coalesce;
mod dependencies;
mod document;
mod quote;
pub mod strvals;
#[cfg(test)]
mod tests;

use std::rc::Rc;

pub use annotate::annotate;
pub use coalesce::{coalesce, merge_tables};
pub use dependencies::process_dependencies;
pub use document::read;
pub(crate) use quote::{general_32, general_64, quote};

use thiserror::Error;

use crate::value::{Map, Value};

/// Key of the values that every subchart sees.
pub const GLOBAL_KEY: &str = "global";

/// Values that cannot be put together; the text is Helm's.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ValuesError {
    /// A subchart's part of the values is not a map.
    #[error("type mismatch on {chart}: {shown}")]
    TypeMismatch { chart: String, shown: String },
}

/// `over` laid on `base`, as Helm merges `-f` files: maps deeply, everything else replaced, nulls kept.
/// Neither argument changes; untouched parts are shared. What is not a map counts as empty.
#[must_use]
pub fn merge_files(base: &Value, over: &Value) -> Value {
    let merged = empty();
    if let (Some(map), Some(base)) = (merged.as_map(), base.as_map()) {
        map.entries.replace(base.entries.borrow().clone());
    }
    if let (Some(map), Some(over)) = (merged.as_map(), over.as_map()) {
        for (key, value) in over.entries.borrow().iter() {
            let mut entries = map.entries.borrow_mut();
            let joined = match entries.get(key) {
                Some(old) if old.as_map().is_some() && value.as_map().is_some() => merge_files(old, value),
                _ => value.clone(),
            };
            entries.insert(key.clone(), joined);
        }
    }
    merged
}

/// An empty map of Go type `map[string]interface {}`.
#[must_use]
pub fn empty() -> Value {
    Value::map(std::collections::BTreeMap::new())
}

/// The map inside, or a new empty one.
fn map_or_empty(value: &Value) -> Rc<Map> {
    value.as_map().map_or_else(
        || Rc::new(Map { go_type: crate::value::MAP_ANY, entries: std::cell::RefCell::default() }),
        Rc::clone,
    )
}
