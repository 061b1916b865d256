//! The tables of a TOML text while it is read: who may be extended, who is complete.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::value::{Data, List, MAP_ANY, Map, Str, Value};

#[derive(Default)]
pub(super) struct Table {
    entries: BTreeMap<Str, Item>,
    /// Made only because a key below it was named; a header may still define it once.
    implicit: bool,
}

pub(super) enum Item {
    Value(Value),
    Table(Table),
    /// `[[name]]`: the last one is in work.
    Tables(Vec<Table>),
}

impl Table {
    /// The table at `path`, made where it is missing. The error names the part that is no table.
    pub(super) fn reach(&mut self, path: &[Str]) -> Result<&mut Table, usize> {
        let mut table = self;
        for (index, part) in path.iter().enumerate() {
            let missing = || Item::Table(Table { implicit: true, ..Table::default() });
            table = match table.entries.entry(part.clone()).or_insert_with(missing) {
                Item::Table(table) => table,
                Item::Tables(tables) => tables.last_mut().ok_or(index)?,
                Item::Value(_) => return Err(index),
            };
        }
        Ok(table)
    }

    /// `[name]`; false when it is defined already.
    pub(super) fn define(&mut self, name: &Str) -> bool {
        match self.entries.get_mut(name.as_bytes()) {
            None => {
                self.entries.insert(name.clone(), Item::Table(Table::default()));
                true
            }
            Some(Item::Table(table)) => std::mem::take(&mut table.implicit),
            Some(_) => false,
        }
    }

    /// `[[name]]`; false when it is something else already.
    pub(super) fn append(&mut self, name: &Str) -> bool {
        match self.entries.entry(name.clone()).or_insert_with(|| Item::Tables(Vec::new())) {
            Item::Tables(tables) => {
                tables.push(Table::default());
                true
            }
            _ => false,
        }
    }

    /// `name = value`; false when the name is taken.
    pub(super) fn insert(&mut self, name: Str, value: Value) -> bool {
        match self.entries.get_mut(name.as_bytes()) {
            None => {
                self.entries.insert(name, Item::Value(value));
                true
            }
            // BurntSushi takes this for the table's own definition and drops the value.
            Some(Item::Table(table)) => std::mem::take(&mut table.implicit),
            Some(_) => false,
        }
    }

    pub(super) fn into_value(self) -> Value {
        let entries = self.entries.into_iter().map(|(key, item)| (key, item.into_value())).collect();
        Data::Map(Rc::new(Map { go_type: MAP_ANY, entries: std::cell::RefCell::new(entries) })).into()
    }
}

impl Item {
    fn into_value(self) -> Value {
        match self {
            Item::Value(value) => value,
            Item::Table(table) => table.into_value(),
            Item::Tables(tables) => {
                let items = tables.into_iter().map(Table::into_value).collect();
                Data::List(Rc::new(List { go_type: "[]map[string]interface {}", items })).into()
            }
        }
    }
}
