//! A document against a compiled schema: every fault, in the order in which v6 finds them (keys sorted where v6's order is random).

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::compile::{Compiled, Draft};
use super::fault::{Fault, Faults, Kind};
use super::{format, number};
use crate::limits::{SCHEMA_DEPTH_MAX, SCHEMA_STEPS_MAX};

mod collections;
mod scalars;

/// Checks `document`; the error holds every fault.
pub(super) fn run(compiled: &Compiled<'_>, document: &Json) -> Result<(), Faults> {
    let mut evaluator = Evaluator { compiled, path: Vec::new(), depth: 0, steps: 0, scopes: Vec::new() };
    match evaluator.schema(compiled.root, document) {
        Ok(_) => Ok(()),
        Err(fault) if matches!(fault.kind, Kind::Group) => Err(Faults(fault.causes)),
        Err(fault) => Err(Faults(vec![fault])),
    }
}

/// Keys and items that a schema has looked at.
#[derive(Default)]
struct Seen {
    keys: BTreeSet<String>,
    items: BTreeSet<usize>,
}

impl Seen {
    fn add(&mut self, other: Seen) {
        self.keys.extend(other.keys);
        self.items.extend(other.items);
    }
}

struct Evaluator<'a> {
    compiled: &'a Compiled<'a>,
    path: Vec<String>,
    depth: usize,
    steps: usize,
    /// Schemas on the way here that judge the same value, to find reference cycles.
    scopes: Vec<(usize, usize)>,
}

/// What one schema found about one value so far.
struct Pass<'s> {
    node: &'s serde_json::Map<String, Json>,
    faults: Vec<Fault>,
    seen: Seen,
}

impl<'s> Pass<'s> {
    fn count(&self, keyword: &str) -> Option<usize> {
        let number = self.node.get(keyword)?.as_f64()?;
        // Counts beyond what memory can hold accept or refuse everything alike.
        (number.fract() == 0.0 && number >= 0.0).then_some(number as usize)
    }

    fn child(&self, keyword: &str) -> Option<&'s Json> {
        self.node.get(keyword).filter(|json| json.is_object() || json.is_boolean())
    }

    fn list(&self, keyword: &str) -> &'s [Json] {
        self.node.get(keyword).and_then(Json::as_array).map_or(&[], Vec::as_slice)
    }

    fn keep(&mut self, result: Result<Seen, Fault>) {
        match result {
            Ok(seen) => self.seen.add(seen),
            Err(fault) => self.faults.push(fault),
        }
    }

    /// As `keep`, for a value inside this one: what was seen there says nothing here.
    fn keep_inner(&mut self, result: Result<Seen, Fault>) {
        if let Err(fault) = result {
            self.faults.push(fault);
        }
    }
}

impl<'a> Evaluator<'a> {
    fn fault(&self, text: impl Into<String>) -> Fault {
        Fault { path: self.path.clone(), kind: Kind::Text(text.into()), causes: Vec::new() }
    }

    fn with_causes(&self, text: &str, causes: Vec<Fault>) -> Fault {
        Fault { causes, ..self.fault(text) }
    }

    fn at(&mut self, schema: &'a Json, value: &Json, step: String) -> Result<Seen, Fault> {
        self.path.push(step);
        let result = self.schema(schema, value);
        self.path.pop();
        result
    }

    /// One schema against one value.
    fn schema(&mut self, schema: &'a Json, value: &Json) -> Result<Seen, Fault> {
        self.steps += 1;
        if self.depth >= SCHEMA_DEPTH_MAX || self.steps > SCHEMA_STEPS_MAX {
            return Err(self.fault("the schema is too deep or too large to be judged"));
        }
        let node = match schema {
            Json::Bool(true) => return Ok(Seen::default()),
            Json::Object(node) => node,
            _ => return Err(self.fault("false schema")),
        };
        let scope = (std::ptr::from_ref(schema) as usize, std::ptr::from_ref(value) as usize);
        if self.scopes.contains(&scope) {
            return Err(self.fault("reference cycle"));
        }
        self.depth += 1;
        self.scopes.push(scope);
        let result = self.keywords(schema, node, value);
        self.scopes.pop();
        self.depth -= 1;
        result
    }

    fn keywords(
        &mut self,
        schema: &'a Json,
        node: &'a serde_json::Map<String, Json>,
        value: &Json,
    ) -> Result<Seen, Fault> {
        let draft = self.compiled.draft;
        let mut pass = Pass { node, faults: Vec::new(), seen: Seen::default() };
        let target = self.compiled.target(schema, "$ref");
        if draft < Draft::D2019
            && let Some(target) = target
        {
            return self.reference(target, value);
        }
        if let Some(fault) = self.first_faults(node, value) {
            return Err(fault);
        }
        if let Some(target) = target {
            let result = self.reference(target, value);
            pass.keep(result);
        }
        match value {
            Json::Object(map) => self.object(&mut pass, map, value),
            Json::Array(items) => self.array(&mut pass, items),
            Json::String(text) => self.string(&mut pass, text),
            Json::Number(number) => self.number(&mut pass, number),
            Json::Null | Json::Bool(_) => {}
        }
        for keyword in ["$recursiveRef", "$dynamicRef"] {
            if let Some(target) = self.compiled.target(schema, keyword) {
                let result = self.reference(target, value);
                pass.keep(result);
            }
        }
        self.conditions(&mut pass, value);
        if draft >= Draft::D2019 {
            self.unevaluated(&mut pass, value);
        }
        match pass.faults.len() {
            0 => Ok(pass.seen),
            1 => Err(pass.faults.remove(0)),
            _ => Err(Fault { path: self.path.clone(), kind: Kind::Group, causes: pass.faults }),
        }
    }

    /// Faults that end the judgement of a value: type, const, enum, format.
    fn first_faults(&self, node: &serde_json::Map<String, Json>, value: &Json) -> Option<Fault> {
        let wanted: Vec<&str> = match node.get("type") {
            Some(Json::String(name)) => vec![name],
            Some(Json::Array(names)) => names.iter().filter_map(Json::as_str).collect(),
            _ => Vec::new(),
        };
        if !wanted.is_empty() && !wanted.iter().any(|name| is_type(value, name)) {
            let mut names = wanted;
            names.sort_by_key(|name| TYPE_ORDER.iter().position(|known| known == name));
            return Some(self.fault(format!("got {}, want {}", type_name(value), names.join(" or "))));
        }
        if let Some(want) = node.get("const").filter(|_| self.compiled.draft > Draft::D4)
            && !equal(value, want)
        {
            let text = if is_primitive(want) {
                format!("value must be {}", scalars::display(want))
            } else {
                "'const' failed".to_owned()
            };
            return Some(self.fault(text));
        }
        if let Some(Json::Array(wants)) = node.get("enum")
            && !wants.iter().any(|want| equal(value, want))
        {
            return Some(self.fault(scalars::enum_text(wants)));
        }
        if self.compiled.asserts_format
            && let Some(Json::String(name)) = node.get("format")
            && let Some(why) = format::check(name, value)
        {
            return Some(self.fault(format!("{} is not valid {name}: {why}", scalars::display(value))));
        }
        None
    }

    fn reference(&mut self, target: &'a Json, value: &Json) -> Result<Seen, Fault> {
        self.schema(target, value).map_err(|fault| {
            let causes = if matches!(fault.kind, Kind::Group) { fault.causes } else { vec![fault] };
            Fault { path: self.path.clone(), kind: Kind::Reference, causes }
        })
    }

    /// not, allOf, anyOf, oneOf, if.
    fn conditions(&mut self, pass: &mut Pass<'a>, value: &Json) {
        if let Some(not) = pass.child("not")
            && self.schema(not, value).is_ok()
        {
            pass.faults.push(self.fault("'not' failed"));
        }
        let mut causes = Vec::new();
        for schema in pass.list("allOf") {
            match self.schema(schema, value) {
                Ok(seen) => pass.seen.add(seen),
                Err(fault) => causes.push(fault),
            }
        }
        if !causes.is_empty() {
            pass.faults.push(self.with_causes("'allOf' failed", causes));
        }
        let any = pass.list("anyOf");
        let mut causes = Vec::new();
        for schema in any {
            match self.schema(schema, value) {
                Ok(seen) => pass.seen.add(seen),
                Err(fault) => causes.push(fault),
            }
        }
        if !any.is_empty() && causes.len() == any.len() {
            pass.faults.push(self.with_causes("'anyOf' failed", causes));
        }
        self.one_of(pass, value);
        if let Some(condition) = pass.child("if").filter(|_| self.compiled.draft >= Draft::D7) {
            let branch = match self.schema(condition, value) {
                Ok(seen) => {
                    pass.seen.add(seen);
                    "then"
                }
                Err(_) => "else",
            };
            if let Some(schema) = pass.child(branch) {
                let result = self.schema(schema, value);
                pass.keep(result);
            }
        }
    }

    fn one_of(&mut self, pass: &mut Pass<'a>, value: &Json) {
        let schemas = pass.list("oneOf");
        let mut matched: Option<usize> = None;
        let mut causes = Vec::new();
        for (at, schema) in schemas.iter().enumerate() {
            match (self.schema(schema, value), matched) {
                (Ok(seen), None) => {
                    pass.seen.add(seen);
                    matched = Some(at);
                }
                (Ok(_), Some(first)) => {
                    pass.faults.push(self.fault(format!("'oneOf' failed, subschemas {first}, {at} matched")));
                    return;
                }
                (Err(fault), None) => causes.push(fault),
                (Err(_), Some(_)) => {}
            }
        }
        if !schemas.is_empty() && matched.is_none() {
            pass.faults.push(self.with_causes("'oneOf' failed, none matched", causes));
        }
    }

    fn unevaluated(&mut self, pass: &mut Pass<'a>, value: &Json) {
        if let (Some(schema), Json::Object(map)) = (pass.child("unevaluatedProperties"), value) {
            for (key, inner) in
                map.iter().filter(|(key, _)| !pass.seen.keys.contains(*key)).collect::<Vec<_>>()
            {
                let result = self.at(schema, inner, key.clone());
                pass.keep_inner(result);
            }
            pass.seen.keys.extend(map.keys().cloned());
        }
        if let (Some(schema), Json::Array(items)) = (pass.child("unevaluatedItems"), value) {
            for (at, inner) in items.iter().enumerate() {
                if !pass.seen.items.contains(&at) {
                    let result = self.at(schema, inner, at.to_string());
                    pass.keep_inner(result);
                }
            }
            pass.seen.items.extend(0..items.len());
        }
    }
}

const TYPE_ORDER: [&str; 7] = ["null", "boolean", "number", "integer", "string", "array", "object"];

fn type_name(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}

fn is_type(value: &Json, name: &str) -> bool {
    type_name(value) == name
        || (name == "integer" && matches!(value, Json::Number(number) if number::is_integer(number)))
}

fn is_primitive(value: &Json) -> bool {
    !value.is_array() && !value.is_object()
}

/// Equality by value: `1` is `1.0`.
fn equal(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => a == b || number::float(a) == number::float(b),
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        _ => a == b,
    }
}
