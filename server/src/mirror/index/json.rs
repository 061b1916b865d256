//! An index in JSON, which Helm reads faster than YAML: the same walk, driven by the JSON reader. Of fields given twice
//! the last counts, as in Go; charts given twice are refused.

use std::io::BufRead;

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::entry::{Field, Raw};
use super::sink::Sink;
use super::{ENTRY_URLS_MAX, Fault};
use crate::model::ChartName;

pub(super) fn read(reader: impl BufRead, sink: &mut Sink<'_>) -> Result<(), Fault> {
    let mut walk = Walk { sink, stopped: None, has_entries: false };
    let mut input = serde_json::Deserializer::from_reader(reader);
    let read = Index(&mut walk).deserialize(&mut input).and_then(|()| input.end());
    match (walk.stopped, read) {
        (Some(fault), _) => Err(fault),
        (None, Ok(())) if walk.has_entries => Ok(()),
        (None, Ok(())) => Err(Fault::NotAnIndex("it has no entries".to_owned())),
        (None, Err(error)) => {
            let (line, column) = (error.line(), error.column());
            let text = error.to_string();
            let why = text.rsplit_once(" at line ").map_or(text.as_str(), |(why, _)| why).to_owned();
            Err(Fault::Malformed { format: "JSON", line, column, why })
        }
    }
}

struct Walk<'s, 'f> {
    sink: &'s mut Sink<'f>,
    /// Why the walk ended itself; the JSON reader's error only carries it out.
    stopped: Option<Fault>,
    has_entries: bool,
}

impl Walk<'_, '_> {
    fn keep<T, E: serde::de::Error>(&mut self, result: Result<T, Fault>) -> Result<T, E> {
        result.map_err(|fault| {
            let error = E::custom(&fault);
            self.stopped = Some(fault);
            error
        })
    }
}

/// What a value can be; everything but the one kind that a place wants is passed over.
enum Value<T> {
    Wanted(T),
    Null,
    Other,
}

/// Visitor methods that take any scalar but null for a value of another kind.
macro_rules! other_scalars {
    ($($method:ident: $type:ty),*) => {
        $(fn $method<E: serde::de::Error>(self, _: $type) -> Result<Self::Value, E> {
            Ok(Value::Other)
        })*
        fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
            Ok(Value::Null)
        }
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a value")
        }
    };
}

fn pass_over_map<'de, A: MapAccess<'de>, T>(mut map: A) -> Result<Value<T>, A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(Value::Other)
}

fn pass_over_list<'de, A: SeqAccess<'de>, T>(mut list: A) -> Result<Value<T>, A::Error> {
    while list.next_element::<IgnoredAny>()?.is_some() {}
    Ok(Value::Other)
}

struct Index<'w, 's, 'f>(&'w mut Walk<'s, 'f>);

impl<'de> DeserializeSeed<'de> for Index<'_, '_, '_> {
    type Value = ();
    fn deserialize<D: serde::Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
        input.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Index<'_, '_, '_> {
    type Value = ();
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key != "entries" {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            if std::mem::replace(&mut self.0.has_entries, true) {
                return Err(A::Error::custom("the key \"entries\" is given twice"));
            }
            if let Value::Other = map.next_value_seed(Entries(self.0))? {
                let why = "its entries are not a mapping of charts".to_owned();
                return self.0.keep(Err(Fault::NotAnIndex(why)));
            }
        }
        Ok(())
    }
    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the mapping of an index")
    }
}

struct Entries<'w, 's, 'f>(&'w mut Walk<'s, 'f>);

impl<'de> DeserializeSeed<'de> for Entries<'_, '_, '_> {
    type Value = Value<()>;
    fn deserialize<D: serde::Deserializer<'de>>(self, input: D) -> Result<Self::Value, D::Error> {
        input.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Entries<'_, '_, '_> {
    type Value = Value<()>;
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            let chart = self.0.sink.chart(&key);
            let Some(chart) = self.0.keep(chart)? else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            if !self.0.sink.is_first(&chart) {
                return Err(A::Error::custom(format_args!("the chart {chart} is given twice")));
            }
            if let Value::Other = map.next_value_seed(Versions(self.0, &chart))? {
                let refused = self.0.sink.refuse(chart.as_str(), "it is not a list of versions".to_owned());
                self.0.keep(refused)?;
            }
        }
        Ok(Value::Wanted(()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        pass_over_list(list)
    }
    other_scalars!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);
}

struct Versions<'w, 's, 'f, 'c>(&'w mut Walk<'s, 'f>, &'c ChartName);

impl<'de> DeserializeSeed<'de> for Versions<'_, '_, '_, '_> {
    type Value = Value<()>;
    fn deserialize<D: serde::Deserializer<'de>>(self, input: D) -> Result<Self::Value, D::Error> {
        input.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Versions<'_, '_, '_, '_> {
    type Value = Value<()>;
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while let Some(entry) = list.next_element_seed(One)? {
            let raw = match entry {
                Value::Wanted(raw) => raw,
                Value::Null | Value::Other => Raw::faulty("it is not a mapping"),
            };
            let handed_out = self.0.sink.entry(self.1, raw);
            self.0.keep(handed_out)?;
        }
        Ok(Value::Wanted(()))
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        pass_over_map(map)
    }
    other_scalars!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);
}

/// One version's mapping.
struct One;

impl<'de> DeserializeSeed<'de> for One {
    type Value = Value<Raw>;
    fn deserialize<D: serde::Deserializer<'de>>(self, input: D) -> Result<Self::Value, D::Error> {
        input.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for One {
    type Value = Value<Raw>;
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut raw = Raw::default();
        while let Some(key) = map.next_key::<String>()? {
            match Field::of(&key) {
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
                Some(Field::Urls) => match map.next_value_seed(Urls)? {
                    Value::Wanted(urls) => raw.urls = urls,
                    Value::Null => raw.urls.clear(),
                    Value::Other => raw.wrong_kind(Field::Urls),
                },
                Some(field) => match map.next_value_seed(Text)? {
                    Value::Wanted(text) => raw.put(field, Some(text)),
                    Value::Null => raw.put(field, None),
                    Value::Other => raw.wrong_kind(field),
                },
            }
        }
        Ok(Value::Wanted(raw))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        pass_over_list(list)
    }
    other_scalars!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);
}

struct Urls;

impl<'de> DeserializeSeed<'de> for Urls {
    type Value = Value<Vec<String>>;
    fn deserialize<D: serde::Deserializer<'de>>(self, input: D) -> Result<Self::Value, D::Error> {
        input.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Urls {
    type Value = Value<Vec<String>>;
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let (mut urls, mut sound) = (Vec::new(), true);
        while let Some(url) = list.next_element_seed(Text)? {
            match url {
                Value::Wanted(url) if urls.len() < ENTRY_URLS_MAX => urls.push(url),
                Value::Wanted(_) | Value::Null => {}
                Value::Other => sound = false,
            }
        }
        Ok(if sound { Value::Wanted(urls) } else { Value::Other })
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        pass_over_map(map)
    }
    other_scalars!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);
}

struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Value<String>;
    fn deserialize<D: serde::Deserializer<'de>>(self, input: D) -> Result<Self::Value, D::Error> {
        input.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Value<String>;
    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Value::Wanted(text.to_owned()))
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        pass_over_map(map)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        pass_over_list(list)
    }
    other_scalars!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64);
}
