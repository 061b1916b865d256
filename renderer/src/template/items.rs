//! What a `range` iterates over and in which order. It runs no body.

use std::rc::Rc;

use super::operand::Operand;
use crate::value::{Data, Value};

/// What a `range` goes over. Lists cannot change; a map's entries are taken when the loop begins.
pub(super) enum Items {
    /// 0 to the number, in the number's own kind.
    Count(i128, Data),
    List(Rc<crate::value::List>),
    Pairs(Vec<(Operand, Operand)>),
}

impl Items {
    /// `None` for kinds that cannot be iterated.
    pub fn of(value: &Value) -> Option<Items> {
        Some(match &value.data {
            Data::Nil => Items::Pairs(Vec::new()),
            Data::Int(count) | Data::Int64(count) => Items::Count(i128::from(*count), value.data.clone()),
            Data::Sized(_, count) => Items::Count(*count, value.data.clone()),
            Data::List(list) => Items::List(Rc::clone(list)),
            Data::Map(map) => {
                let typed = map.go_type == crate::value::MAP_STRING;
                let entries = map.entries.borrow();
                Items::Pairs(
                    entries.iter().map(|(key, item)| pair(key.clone().into(), item.clone(), typed)).collect(),
                )
            }
            Data::Bytes(bytes) => Items::Pairs(
                (0_i64..)
                    .zip(bytes.iter())
                    .map(|(at, byte)| pair(at.into(), Data::Sized("uint8", i128::from(*byte)).into(), true))
                    .collect(),
            ),
            Data::Object(object) => match (&object.plain().data, object.kind()) {
                (Data::Map(map), "map") => {
                    let entries = map.entries.borrow();
                    let own = |key: &crate::value::Str, item: &Value| {
                        key.to_str().and_then(|key| object.field(key)).unwrap_or_else(|| item.clone())
                    };
                    Items::Pairs(
                        entries
                            .iter()
                            .map(|(key, item)| pair(key.clone().into(), own(key, item), true))
                            .collect(),
                    )
                }
                (Data::List(list), "slice") => Items::List(Rc::clone(list)),
                _ => return None,
            },
            Data::Bool(_) | Data::Float(_) | Data::Str(_) => return None,
        })
    }

    /// Key and item number `at`; the key of a count is invalid.
    pub fn get(&self, at: usize) -> Option<(Operand, Operand)> {
        let number = i64::try_from(at).ok()?;
        match self {
            Items::Count(count, kind) if i128::from(number) < *count => {
                let item = match kind {
                    Data::Int64(_) => Data::Int64(number),
                    Data::Sized(name, _) => Data::Sized(name, i128::from(number)),
                    _ => Data::Int(number),
                };
                Some((Operand::default(), Operand::concrete(item.into())))
            }
            Items::Count(..) => None,
            Items::List(list) => {
                let typed = list.go_type != crate::value::LIST_ANY;
                list.items.get(at).map(|item| pair(number.into(), item.clone(), typed))
            }
            Items::Pairs(pairs) => pairs.get(at).cloned(),
        }
    }
}

fn pair(key: Value, item: Value, typed: bool) -> (Operand, Operand) {
    (Operand::concrete(key), Operand { value: item, interface: !typed })
}
