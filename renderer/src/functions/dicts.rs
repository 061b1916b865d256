//! Sprig's dict functions. Maps are shared: `set`, `unset` and the merges change what every holder sees.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::adapter::{Dict, Text, function};
use super::logic::is_empty;
use super::splitting::string_list;
use super::text::strval;
use super::{CallError, Function};
use crate::limits::VALUE_DEPTH_MAX;
use crate::value::{Data, List, MAP_ANY, Map, Str, Value};

pub(super) fn family() -> Vec<Function> {
    vec![
        function!("deepCopy", deep_copy),
        function!("dict", dict),
        function!("dig", dig),
        function!("get", get),
        function!("hasKey", has_key),
        function!("keys", keys),
        function!("merge", merge),
        function!("mergeOverwrite", merge_overwrite),
        function!("mustDeepCopy", deep_copy),
        function!("mustMerge", merge),
        function!("mustMergeOverwrite", merge_overwrite),
        function!("omit", omit),
        function!("pick", pick),
        function!("pluck", pluck),
        function!("set", set),
        function!("unset", unset),
        function!("values", values),
    ]
}

/// Sprig `merge`: fills what the first map lacks or has empty; changes and returns the first map.
fn merge(destination: Dict<'_>, sources: Vec<Dict<'_>>) -> Result<Value, CallError> {
    merge_all(destination, sources, false)
}

/// Sprig `mergeOverwrite`: later maps win; maps merge, everything else is replaced.
fn merge_overwrite(destination: Dict<'_>, sources: Vec<Dict<'_>>) -> Result<Value, CallError> {
    merge_all(destination, sources, true)
}

fn merge_all(destination: Dict<'_>, sources: Vec<Dict<'_>>, overwrite: bool) -> Result<Value, CallError> {
    let result = match destination.map {
        Some(_) => destination.value.clone(),
        None => Value::map(BTreeMap::new()),
    };
    if let Some(into) = result.as_map() {
        for source in sources {
            if let Some(from) = source.map {
                merge_maps(into, from, overwrite, 0)?;
            }
        }
    }
    Ok(result)
}

/// mergo's rules for `map[string]interface {}`: what is taken over is shared, not copied.
fn merge_maps(into: &Rc<Map>, from: &Rc<Map>, overwrite: bool, depth: usize) -> Result<(), CallError> {
    if depth > VALUE_DEPTH_MAX {
        return Err(CallError::Limit("VALUE_DEPTH_MAX"));
    }
    if Rc::ptr_eq(into, from) {
        return Ok(());
    }
    let entries: Vec<(Str, Value)> =
        from.entries.borrow().iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    for (key, value) in entries {
        let existing = into.entries.borrow().get(key.as_bytes()).cloned();
        if value.is_nil() {
            if overwrite {
                into.entries.borrow_mut().insert(key, value);
            }
            continue;
        }
        if let (Some(old), Data::Map(new)) = (existing.as_ref().and_then(Value::as_map), &value.data) {
            merge_maps(old, new, overwrite, depth + 1)?;
            if !old.entries.borrow().is_empty() {
                continue;
            }
        }
        if overwrite || existing.as_ref().is_none_or(is_empty) {
            into.entries.borrow_mut().insert(key, value);
        }
    }
    Ok(())
}

/// Sprig `dict`: keys and values in turn; a last key without a value gets the empty string.
fn dict(pairs: &[Value]) -> Value {
    let entries = pairs.chunks(2).map(|pair| {
        let key = pair.first().map(strval).unwrap_or_default();
        (Str::from(key), pair.get(1).cloned().unwrap_or_else(|| Value::from("")))
    });
    Value::map(entries.collect())
}

fn get(dict: Dict<'_>, key: Text<'_>) -> Value {
    dict.get(key.bytes).unwrap_or_else(|| Value::from(""))
}

fn set(dict: Dict<'_>, key: Text<'_>, value: &Value) -> Result<Value, CallError> {
    let Some(map) = dict.map else { return Err("assignment to entry in nil map".into()) };
    map.entries.borrow_mut().insert(Str::from(key.bytes), value.clone());
    Ok(dict.value.clone())
}

fn unset(dict: Dict<'_>, key: Text<'_>) -> Value {
    let Some(map) = dict.map else { return Value::map(BTreeMap::new()) };
    map.entries.borrow_mut().remove(key.bytes);
    dict.value.clone()
}

fn has_key(dict: Dict<'_>, key: Text<'_>) -> bool {
    dict.get(key.bytes).is_some()
}

fn pluck(key: Text<'_>, dicts: Vec<Dict<'_>>) -> Vec<Value> {
    dicts.into_iter().filter_map(|dict| dict.get(key.bytes)).collect()
}

/// Sprig `keys`; Go's order is random, ours is sorted.
fn keys(dicts: Vec<Dict<'_>>) -> Value {
    let keys = dicts.into_iter().flat_map(|dict| dict.entries()).map(|(key, _)| Value::from(key));
    string_list(keys.collect())
}

/// Sprig `values`; Go's order is random, ours is that of the keys.
fn values(dict: Dict<'_>) -> Vec<Value> {
    dict.entries().into_iter().map(|(_, value)| value).collect()
}

fn pick(dict: Dict<'_>, keys: Vec<Text<'_>>) -> Value {
    let picked = keys.into_iter().filter_map(|key| Some((Str::from(key.bytes), dict.get(key.bytes)?)));
    Value::map(picked.collect())
}

fn omit(dict: Dict<'_>, keys: Vec<Text<'_>>) -> Value {
    let mut entries: BTreeMap<Str, Value> = dict.entries().into_iter().collect();
    for key in keys {
        entries.remove(key.bytes);
    }
    Value::map(entries)
}

/// Sprig `dig`: keys, then a default, then the map to descend into.
fn dig(params: &[Value]) -> Result<Value, CallError> {
    let [keys @ .., default, dict] = params else {
        return Err("dig needs at least three arguments".into());
    };
    if keys.is_empty() {
        return Err("dig needs at least three arguments".into());
    }
    let mut at = dict_of(dict)?;
    let mut path = Vec::with_capacity(keys.len());
    for key in keys {
        path.push(key.as_string().ok_or_else(|| conversion(key, "string"))?);
    }
    for (i, key) in path.iter().enumerate() {
        let step = at.entries.borrow().get(key.as_bytes()).cloned();
        match step {
            None => return Ok(default.clone()),
            Some(value) if i + 1 == path.len() => return Ok(value),
            Some(value) => at = dict_of(&value)?,
        }
    }
    Ok(default.clone())
}

/// A type assertion to `map[string]interface {}`: named map types fail it, too.
fn dict_of(value: &Value) -> Result<Rc<Map>, CallError> {
    match value.as_map() {
        Some(map) if map.go_type == MAP_ANY => Ok(Rc::clone(map)),
        _ => Err(conversion(value, MAP_ANY)),
    }
}

/// Go's text for a type assertion that fails.
fn conversion(value: &Value, wanted: &str) -> CallError {
    let is = if value.is_nil() { "nil" } else { value.type_name() };
    format!("interface conversion: interface {{}} is {is}, not {wanted}").into()
}

fn deep_copy(value: &Value) -> Result<Value, CallError> {
    if value.is_nil() {
        return Err("reflect: call of reflect.Value.Type on zero Value".into());
    }
    copy(value, 0)
}

fn copy(value: &Value, depth: usize) -> Result<Value, CallError> {
    if depth > VALUE_DEPTH_MAX {
        return Err(CallError::Limit("VALUE_DEPTH_MAX"));
    }
    let data = match &value.data {
        Data::List(list) => {
            let items = list.items.iter().map(|item| copy(item, depth + 1)).collect::<Result<_, _>>()?;
            Data::List(Rc::new(List { go_type: list.go_type, items }))
        }
        Data::Map(map) => {
            let mut entries = BTreeMap::new();
            for (key, item) in map.entries.borrow().iter() {
                entries.insert(key.clone(), copy(item, depth + 1)?);
            }
            Data::Map(Rc::new(Map { go_type: map.go_type, entries: entries.into() }))
        }
        other => other.clone(),
    };
    Ok(Value { data, trace: value.trace.clone() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::super::tests::{call, error};
    use super::super::text::sprint;
    use super::*;

    fn d(pairs: &[(&str, Value)]) -> Value {
        Value::map(pairs.iter().map(|(key, value)| (Str::from(*key), value.clone())).collect())
    }

    #[test]
    fn merges_as_mergo() {
        let (s, n) = (|text: &str| Value::from(text), |n: i64| Value::from(n));
        for (name, into, from, want) in [
            ("merge", d(&[("a", n(1))]), d(&[("a", n(2)), ("b", n(3))]), "map[a:1 b:3]"),
            ("merge", d(&[("a", s(""))]), d(&[("a", n(5))]), "map[a:5]"),
            ("merge", d(&[("a", s("x"))]), d(&[("a", d(&[("b", n(1))]))]), "map[a:x]"),
            ("merge", d(&[("a", d(&[]))]), d(&[("a", d(&[("b", n(1))]))]), "map[a:map[b:1]]"),
            ("mergeOverwrite", d(&[("a", s("x"))]), d(&[("a", d(&[("b", n(1))]))]), "map[a:map[b:1]]"),
            ("mergeOverwrite", d(&[("a", d(&[("b", n(1))]))]), d(&[("a", d(&[]))]), "map[a:map[b:1]]"),
            ("mergeOverwrite", d(&[("a", n(1))]), d(&[("a", Value::nil())]), "map[a:<nil>]"),
            ("mergeOverwrite", d(&[("a", n(1))]), d(&[("a", Value::from(false))]), "map[a:false]"),
        ] {
            let merged = call(name, &[into.clone(), from]);
            assert_eq!(sprint(&merged), want.as_bytes(), "{name}");
            assert_eq!(sprint(&into), want.as_bytes(), "{name} changes its first argument");
        }
        let own = d(&[("a", n(1))]);
        call("merge", &[own.clone(), own]);
    }

    #[test]
    fn a_map_that_holds_itself_is_refused_where_it_would_never_end() {
        let own = d(&[]);
        call("set", &[own.clone(), Value::from("self"), own.clone()]);
        assert_eq!(error("deepCopy", std::slice::from_ref(&own)), "VALUE_DEPTH_MAX");
        assert!(sprint(&call("toString", std::slice::from_ref(&own))).starts_with(b"map[self:map[self:"));
        own.as_map().unwrap().entries.borrow_mut().clear();
    }

    #[test]
    fn digs() {
        let map = d(&[("a", Value::from(5))]);
        let text = error("dig", &[Value::from("a"), Value::from("b"), Value::from("d"), map]);
        assert_eq!(text, "interface conversion: interface {} is int, not map[string]interface {}");
    }
}
