//! The bytes of index.yaml: one fragment per chart, made again only when that chart's content changes.
//! Strings are written as quoted JSON, so that nothing a chart says can become YAML syntax.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use serde_json::{Value, json};

use crate::app::App;
use crate::db::charts::{self, ChartRow};
use crate::db::repositories::RepositoryRow;
use crate::db::versions::{self, VersionRow};
use crate::error::Result;
use crate::model::{ChartName, Digest, Id, Micros, State};

/// One repository's index, as readers see it.
#[derive(Debug)]
pub struct Index {
    pub bytes: Bytes,
    /// Strong, quoted, over the bytes.
    pub etag: String,
    pub changed_at: Micros,
    revision: i64,
    fragments: BTreeMap<ChartName, Arc<Fragment>>,
}

/// The entries of one chart, newest version first.
#[derive(Debug)]
struct Fragment {
    revision: i64,
    text: String,
    entries: Vec<Value>,
}

impl Index {
    /// Entries by chart name, newest version first: the JSON of ChartMuseum's API.
    pub fn entries(&self) -> impl Iterator<Item = (&ChartName, &[Value])> {
        self.fragments.iter().map(|(name, fragment)| (name, fragment.entries.as_slice()))
    }

    /// Entries of one chart, newest version first; empty where there is no approved version.
    #[must_use]
    pub fn chart(&self, name: &str) -> &[Value] {
        let found = self.fragments.iter().find(|(chart, _)| chart.as_str() == name);
        found.map_or(&[], |(_, fragment)| fragment.entries.as_slice())
    }
}

/// Indexes by repository, each under the revision it was made from.
#[derive(Clone, Debug, Default)]
pub struct IndexCache(Arc<Mutex<HashMap<Id, Arc<Index>>>>);

impl IndexCache {
    /// The index of a repository row that was just read.
    pub(super) async fn of(&self, app: &App, repository: &RepositoryRow) -> Result<Arc<Index>> {
        let cached = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&repository.id).cloned();
        if let Some(index) = &cached
            && index.revision == repository.revision
        {
            return Ok(Arc::clone(index));
        }
        let index = Arc::new(build(app, repository, cached.as_deref()).await?);
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(repository.id.clone(), Arc::clone(&index));
        Ok(index)
    }
}

async fn build(app: &App, repository: &RepositoryRow, before: Option<&Index>) -> Result<Index> {
    let mut fragments = BTreeMap::new();
    for chart in charts::published(&mut app.db.read(), &repository.id).await? {
        let known = before.and_then(|index| index.fragments.get(&chart.name));
        let fragment = match known.filter(|fragment| fragment.revision == chart.revision) {
            Some(fragment) => Arc::clone(fragment),
            None => Arc::new(fragment(&chart, versions::of_chart(&mut app.db.read(), &chart.id).await?)),
        };
        if !fragment.entries.is_empty() {
            fragments.insert(chart.name, fragment);
        }
    }
    let mut text = String::from("apiVersion: v1\n");
    text.push_str(if fragments.is_empty() { "entries: {}\n" } else { "entries:\n" });
    for fragment in fragments.values() {
        text.push_str(&fragment.text);
    }
    let _ = writeln!(text, "generated: {}", quote(&repository.content_changed_at.rfc3339()));
    let bytes = Bytes::from(text);
    Ok(Index {
        etag: format!("\"{}\"", Digest::of(&bytes).hex()),
        bytes,
        changed_at: repository.content_changed_at,
        revision: repository.revision,
        fragments,
    })
}

fn fragment(chart: &ChartRow, mut rows: Vec<VersionRow>) -> Fragment {
    rows.retain(|row| row.state == State::Approved);
    rows.sort_by(|a, b| b.version.total_cmp(&a.version));
    let entries: Vec<Value> = rows.iter().map(entry).collect();
    let mut text = format!("  {}:\n", quote(chart.name.as_str()));
    for entry in &entries {
        write_value(&mut text, entry, 2, true);
    }
    Fragment { revision: chart.revision, text, entries }
}

/// One version as Helm's repo.ChartVersion: Chart.yaml's fields, digest, time of publication, relative address.
fn entry(row: &VersionRow) -> Value {
    let mut entry: Value = serde_json::from_str(&row.metadata).unwrap_or_else(|_| json!({}));
    entry["name"] = json!(row.chart);
    entry["version"] = json!(row.version);
    entry["created"] = json!(row.published_at.unwrap_or(row.uploaded_at).rfc3339());
    entry["digest"] = json!(row.digest.hex());
    entry["urls"] = json!([format!("charts/{}", row.file_name())]);
    entry
}

/// Writes a value as block YAML. `item` begins it with a dash at `indent`.
fn write_value(out: &mut String, value: &Value, indent: usize, item: bool) {
    let mut lead = if item { format!("{}- ", " ".repeat(indent)) } else { String::new() };
    let inner = if item { indent + 2 } else { indent };
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                let start = if lead.is_empty() { " ".repeat(inner) } else { std::mem::take(&mut lead) };
                let _ = write!(out, "{start}{}:", key_text(key));
                write_nested(out, value, inner);
            }
        }
        Value::Array(items) if !items.is_empty() && item => {
            let _ = writeln!(out, "{lead}{}", flow(value));
        }
        Value::Array(items) if !items.is_empty() => {
            for value in items {
                write_value(out, value, inner, true);
            }
        }
        _ => {
            let _ = writeln!(out, "{lead}{}", flow(value));
        }
    }
}

fn write_nested(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push('\n');
            write_value(out, value, indent + 2, false);
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('\n');
            write_value(out, value, indent, false);
        }
        _ => {
            let _ = writeln!(out, " {}", flow(value));
        }
    }
}

/// Scalars and empty collections, and lists inside lists, on one line.
fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => quote(text),
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let fields: Vec<_> =
                map.iter().map(|(key, value)| format!("{}: {}", quote(key), flow(value))).collect();
            format!("{{{}}}", fields.join(", "))
        }
        other => other.to_string(),
    }
}

/// Field names of Chart.yaml are plain words; whatever else a chart uses as a key is quoted.
fn key_text(key: &str) -> String {
    const PLAIN: [&str; 26] = [
        "alias",
        "annotations",
        "apiVersion",
        "appVersion",
        "condition",
        "created",
        "dependencies",
        "deprecated",
        "description",
        "digest",
        "email",
        "enabled",
        "home",
        "icon",
        "import-values",
        "keywords",
        "kubeVersion",
        "maintainers",
        "name",
        "repository",
        "sources",
        "tags",
        "type",
        "url",
        "urls",
        "version",
    ];
    if PLAIN.contains(&key) { key.to_owned() } else { quote(key) }
}

/// A double-quoted scalar that JSON and YAML read alike: every character that is not plainly printable is escaped.
fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if must_escape(c) => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Controls, line separators, byte-order marks, non-characters and direction marks; all lie below U+10000.
fn must_escape(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' | '\u{61c}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn nothing_a_chart_says_becomes_syntax() {
        let entry = json!({
            "annotations": { "a: b\n- c": "!!python/object", "name": "x" },
            "description": "x\"\n  - name: evil\u{85}\u{2028}\u{0}",
            "keywords": ["- a", "{b}", ["c", { "d": 1 }]],
            "dependencies": [{ "name": "d", "tags": ["t"], "import-values": [{ "child": "a", "parent": "b" }] }],
            "deprecated": true,
            "urls": []
        });
        let mut text = String::from("entries:\n  \"a\":\n");
        write_value(&mut text, &entry, 2, true);
        let read =
            renderer::yaml::decode(text.as_bytes()).map(|value| renderer::json::to_serde(&value)).unwrap();
        assert_eq!(read["entries"]["a"][0], entry, "{text}");
    }
}
