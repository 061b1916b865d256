//! Keywords of objects and arrays.

use serde_json::{Map, Value as Json};

use super::super::compile::Draft;
use super::super::fault::{Kind, quote, quoted_list};
use super::super::{format, number};
use super::{Evaluator, Pass, equal};

impl<'a> Evaluator<'a> {
    pub(super) fn object(&mut self, pass: &mut Pass<'a>, map: &Map<String, Json>, value: &Json) {
        if let Some(want) = pass.count("minProperties").filter(|want| map.len() < *want) {
            pass.faults.push(self.fault(size("minProperties", map.len(), want)));
        }
        if let Some(want) = pass.count("maxProperties").filter(|want| map.len() > *want) {
            pass.faults.push(self.fault(size("maxProperties", map.len(), want)));
        }
        let missing = missing(map, pass.list("required"));
        match missing.as_slice() {
            [] => {}
            [one] => pass.faults.push(self.fault(format!("missing property {}", quote(one)))),
            many => pass
                .faults
                .push(self.fault(format!("missing properties {}", quoted_list(many.iter().copied())))),
        }
        self.dependents(pass, map, value, "dependencies");
        self.properties(pass, map);
        if self.compiled.draft == Draft::D4 {
            return;
        }
        self.property_names(pass, map);
        if self.compiled.draft >= Draft::D2019 {
            self.dependents(pass, map, value, "dependentSchemas");
            self.dependents(pass, map, value, "dependentRequired");
        }
    }

    /// Entries that bind only when their key exists: lists of keys, or schemas for the whole object.
    fn dependents(&mut self, pass: &mut Pass<'a>, map: &Map<String, Json>, value: &Json, keyword: &str) {
        let Some(Json::Object(dependents)) = pass.node.get(keyword) else { return };
        for (key, dependent) in dependents.iter().filter(|(key, _)| map.contains_key(*key)) {
            if let Json::Array(names) = dependent {
                let missing = missing(map, names);
                if !missing.is_empty() {
                    let names = quoted_list(missing);
                    pass.faults
                        .push(self.fault(format!("properties {names} required, if {} exists", quote(key))));
                }
            } else {
                let result = self.schema(dependent, value);
                pass.keep(result);
            }
        }
    }

    fn properties(&mut self, pass: &mut Pass<'a>, map: &Map<String, Json>) {
        let properties = pass.node.get("properties").and_then(Json::as_object);
        let patterns: Vec<(regex::Regex, &'a Json)> = pass
            .node
            .get("patternProperties")
            .and_then(Json::as_object)
            .into_iter()
            .flatten()
            .filter_map(|(pattern, schema)| Some((format::pattern(pattern).ok()?, schema)))
            .collect();
        let additional = pass.child("additionalProperties");
        let mut refused = Vec::new();
        for (key, inner) in map {
            let mut known = false;
            if let Some(schema) = properties.and_then(|map| map.get(key)) {
                known = true;
                let result = self.at(schema, inner, key.clone());
                pass.keep_inner(result);
            }
            for (pattern, schema) in &patterns {
                if pattern.is_match(key) {
                    known = true;
                    let result = self.at(schema, inner, key.clone());
                    pass.keep_inner(result);
                }
            }
            match additional {
                Some(Json::Bool(false)) if !known => refused.push(key.as_str()),
                Some(schema) if !known => {
                    let result = self.at(schema, inner, key.clone());
                    pass.keep_inner(result);
                }
                _ => {}
            }
            if known || additional.is_some() {
                pass.seen.keys.insert(key.clone());
            }
        }
        if !refused.is_empty() {
            pass.faults
                .push(self.fault(format!("additional properties {} not allowed", quoted_list(refused))));
        }
    }

    fn property_names(&mut self, pass: &mut Pass<'a>, map: &Map<String, Json>) {
        let Some(schema) = pass.child("propertyNames") else { return };
        for key in map.keys() {
            let outer = std::mem::take(&mut self.path);
            let result = self.schema(schema, &Json::String(key.clone()));
            self.path = outer;
            if let Err(fault) = result {
                let causes = if matches!(fault.kind, Kind::Group) { fault.causes } else { vec![fault] };
                pass.faults.push(self.with_causes(&format!("invalid propertyName {}", quote(key)), causes));
            }
        }
    }

    pub(super) fn array(&mut self, pass: &mut Pass<'a>, items: &[Json]) {
        if let Some(want) = pass.count("minItems").filter(|want| items.len() < *want) {
            pass.faults.push(self.fault(size("minItems", items.len(), want)));
        }
        if let Some(want) = pass.count("maxItems").filter(|want| items.len() > *want) {
            pass.faults.push(self.fault(size("maxItems", items.len(), want)));
        }
        if pass.node.get("uniqueItems") == Some(&Json::Bool(true))
            && let Some((first, second)) = duplicate(items)
        {
            pass.faults.push(self.fault(format!("items at {first} and {second} are equal")));
        }
        if self.compiled.draft < Draft::D2020 {
            self.items_before_2020(pass, items);
        } else {
            let prefix = pass.list("prefixItems");
            for (at, (schema, item)) in prefix.iter().zip(items).enumerate() {
                let result = self.at(schema, item, at.to_string());
                pass.keep_inner(result);
                pass.seen.items.insert(at);
            }
            if let Some(schema) = pass.child("items") {
                self.rest(pass, schema, items, prefix.len());
            }
        }
        if self.compiled.draft > Draft::D4 {
            self.contains(pass, items);
        }
    }

    /// Every item from `from` on.
    fn rest(&mut self, pass: &mut Pass<'a>, schema: &'a Json, items: &[Json], from: usize) {
        for (at, item) in items.iter().enumerate().skip(from) {
            let result = self.at(schema, item, at.to_string());
            pass.keep_inner(result);
            pass.seen.items.insert(at);
        }
    }

    fn items_before_2020(&mut self, pass: &mut Pass<'a>, items: &[Json]) {
        if let Some(schema) = pass.child("items") {
            self.rest(pass, schema, items, 0);
            return;
        }
        let schemas = pass.list("items");
        for (at, (schema, item)) in schemas.iter().zip(items).enumerate() {
            let result = self.at(schema, item, at.to_string());
            pass.keep_inner(result);
            pass.seen.items.insert(at);
        }
        if !pass.node.get("items").is_some_and(Json::is_array) {
            return;
        }
        match pass.child("additionalItems") {
            Some(Json::Bool(false)) if items.len() > schemas.len() => {
                let count = number::grouped(items.len() - schemas.len());
                pass.faults.push(self.fault(format!("last {count} additionalItem(s) not allowed")));
            }
            Some(schema) => self.rest(pass, schema, items, schemas.len()),
            None => {}
        }
    }

    fn contains(&mut self, pass: &mut Pass<'a>, items: &[Json]) {
        let Some(schema) = pass.child("contains") else { return };
        let mut causes = Vec::new();
        let mut matched = Vec::new();
        for (at, item) in items.iter().enumerate() {
            match self.at(schema, item, at.to_string()) {
                Ok(_) => matched.push(at),
                Err(fault) => causes.push(fault),
            }
        }
        if self.compiled.draft >= Draft::D2020 {
            pass.seen.items.extend(&matched);
        }
        let bounds = self.compiled.draft >= Draft::D2019;
        let shown = matched.iter().map(usize::to_string).collect::<Vec<_>>().join(" ");
        let found = number::grouped(matched.len());
        match pass.count("minContains").filter(|_| bounds) {
            Some(want) if matched.len() < want => {
                let want = number::grouped(want);
                let text = if matched.is_empty() {
                    format!("min {want} items required to match contains schema, but none matched")
                } else {
                    format!(
                        "min {want} items required to match contains schema, but matched {found} items at {shown}"
                    )
                };
                pass.faults.push(self.with_causes(&text, causes));
            }
            None if matched.is_empty() => {
                pass.faults.push(self.with_causes("no items match contains schema", causes));
            }
            _ => {}
        }
        if let Some(want) = pass.count("maxContains").filter(|want| bounds && matched.len() > *want) {
            let want = number::grouped(want);
            let text = format!(
                "max {want} items required to match contains schema, but matched {found} items at {shown}"
            );
            pass.faults.push(self.fault(text));
        }
    }
}

fn missing<'m>(map: &Map<String, Json>, names: &'m [Json]) -> Vec<&'m str> {
    names.iter().filter_map(Json::as_str).filter(|name| !map.contains_key(*name)).collect()
}

fn size(keyword: &str, got: usize, want: usize) -> String {
    format!("{keyword}: got {}, want {}", number::grouped(got), number::grouped(want))
}

/// The first item that repeats an earlier one.
fn duplicate(items: &[Json]) -> Option<(usize, usize)> {
    (1..items.len()).find_map(|second| {
        (0..second).find(|first| equal(&items[*first], &items[second])).map(|first| (first, second))
    })
}
