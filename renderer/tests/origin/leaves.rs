//! Leaves of values, each with the values that change it and nothing else. It renders nothing.

use serde_json::{Value as Json, json};

/// One scalar of the values.
pub struct Leaf {
    /// As origins write it: `a.b[0].c`.
    pub path: String,
    /// YAML that gives the leaf another value.
    pub overlay: String,
}

/// Every scalar of `values`.
pub fn leaves(values: &Json) -> Vec<Leaf> {
    let mut found = Vec::new();
    walk(values, "", &|changed| changed, &mut found);
    found
}

/// `wrap` puts a changed node into what the whole values file must say.
fn walk(node: &Json, path: &str, wrap: &dyn Fn(Json) -> Json, found: &mut Vec<Leaf>) {
    match node {
        Json::Object(entries) => {
            for (key, inner) in entries {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                walk(inner, &path, &|changed| wrap(json!({ key: changed })), found);
            }
        }
        Json::Array(items) => {
            for (at, inner) in items.iter().enumerate() {
                let with = |changed: Json| {
                    let mut items = items.clone();
                    items[at] = merged(&items[at], changed);
                    wrap(Json::Array(items))
                };
                walk(inner, &format!("{path}[{at}]"), &with, found);
            }
        }
        scalar => {
            let overlay = wrap(other(scalar)).to_string();
            found.push(Leaf { path: path.to_owned(), overlay });
        }
    }
}

/// A list is replaced as a whole, so that an item keeps its other keys only when they are said again.
fn merged(item: &Json, changed: Json) -> Json {
    match (item, changed) {
        (Json::Object(old), Json::Object(new)) => {
            let mut all = old.clone();
            for (key, value) in new {
                let before = all.get(&key).cloned().unwrap_or_default();
                all.insert(key, merged(&before, value));
            }
            Json::Object(all)
        }
        (_, changed) => changed,
    }
}

/// Another scalar of the same kind.
fn other(scalar: &Json) -> Json {
    match scalar {
        Json::Bool(truth) => json!(!truth),
        Json::Number(number) => number.as_i64().map_or(json!(2.5), |number| json!(number + 1)),
        Json::String(text) if text.is_empty() => json!("changed"),
        Json::String(text) => match text.parse::<i64>() {
            Ok(number) => json!((number + 1).to_string()),
            Err(_) => json!(format!("{text}x")),
        },
        _ => json!("changed"),
    }
}

/// A seeded generator (SplitMix64).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64, name: &str) -> Self {
        let mixed =
            name.bytes().fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3));
        Random(mixed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            let with = usize::try_from(self.next() % (at as u64 + 1)).unwrap();
            items.swap(at, with);
        }
    }
}
