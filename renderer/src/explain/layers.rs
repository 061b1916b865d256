//! Which layer of values a key comes from: flags over files over the chart's values.yaml over those of its subcharts.
//! It coalesces nothing and reads no files.

use crate::chart::Chart;
use crate::functions::Helm;
use crate::trace::ValuesPath;
use crate::value::{Str, Value};
use crate::yaml::{self, Node};

/// Characters of a flag that are shown.
const FLAG_CHARS_MAX: usize = 60;

/// One `-f` file or flag.
pub struct Given {
    /// `prod.yaml`, `--set a.b=c`.
    pub name: String,
    /// What it alone says.
    pub values: Value,
    /// The text of a file, for its line numbers.
    pub text: Option<Vec<u8>>,
}

/// All layers of one render.
pub struct Layers<'a> {
    helm: Helm,
    /// As loaded, before its dependencies were processed.
    chart: &'a Chart,
    /// The one that wins last.
    given: Vec<Given>,
}

impl<'a> Layers<'a> {
    /// `given` in the order in which each is laid over those before it.
    #[must_use]
    pub fn new(helm: Helm, chart: &'a Chart, given: Vec<Given>) -> Self {
        Layers { helm, chart, given }
    }

    /// The layer that `path` comes from: `values.yaml:34`, `prod.yaml:3`, `--set a=b`, `charts/sub/values.yaml:7`, or that
    /// no layer sets it.
    #[must_use]
    pub fn won(&self, path: &ValuesPath) -> String {
        let keys = keys(path);
        for layer in self.given.iter().rev() {
            let is_flag = layer.text.is_none();
            if matches!(reach(&layer.values, &keys, is_flag), Reach::Found(_) | Reach::Replaced) {
                return match &layer.text {
                    Some(text) => self.at_line(&layer.name, text, &keys),
                    None => shown(&layer.name),
                };
            }
        }
        self.default(self.chart, "", &keys).unwrap_or_else(|| "set nowhere".to_owned())
    }

    /// The same among the defaults of `chart`, whose files stand in `folder`, and of its subcharts.
    fn default(&self, chart: &Chart, folder: &str, keys: &[Str]) -> Option<String> {
        if let (Reach::Found(value), Some(text)) = (reach(&chart.values, keys, false), &chart.values_text)
            && !value.is_nil()
        {
            return Some(self.at_line(&format!("{folder}values.yaml"), text, keys));
        }
        for sub in &chart.dependencies {
            let name = &sub.metadata.name;
            let wanted = chart.metadata.dependencies.iter().filter(|wanted| wanted.name == *name);
            let folder = format!("{folder}charts/{name}/");
            let known_as = |key: &Str| {
                let mut aliases = wanted.clone().map(|wanted| &wanted.alias);
                key.as_bytes() == name.as_bytes() || aliases.any(|alias| alias.as_bytes() == key.as_bytes())
            };
            if let Some((key, below)) = keys.split_first()
                && known_as(key)
                && let Some(found) = self.default(sub, &folder, below)
            {
                return Some(found);
            }
            for item in wanted.clone().flat_map(|wanted| &wanted.import_values) {
                let imported = imported(item, keys);
                if let Some(found) = imported.and_then(|keys| self.default(sub, &folder, &keys)) {
                    return Some(found);
                }
            }
        }
        None
    }

    fn at_line(&self, name: &str, text: &[u8], keys: &[Str]) -> String {
        let documents = match self.helm {
            Helm::V3 => yaml::parse_first(text).map(|first| first.into_iter().collect()),
            Helm::V4 => yaml::parse(text),
        };
        let documents = documents.unwrap_or_default();
        // A later document is laid over those before it.
        match documents
            .iter()
            .rev()
            .filter_map(|document| line(document, text, keys))
            .max_by_key(|(depth, _)| *depth)
        {
            Some((_, line)) => format!("{name}:{line}"),
            None => name.to_owned(),
        }
    }
}

/// The keys of a path, the top one first; list items as `[0]`.
fn keys(path: &ValuesPath) -> Vec<Str> {
    let mut keys: Vec<Str> = std::iter::successors(Some(path), |path| path.parent.as_deref())
        .map(|path| path.key.clone())
        .collect();
    keys.reverse();
    keys
}

enum Reach {
    Found(Value),
    /// Something that holds no keys, null too, stands above: it took away what lower layers have there.
    Replaced,
    Missing,
}

/// With `padded`, nulls in lists only fill the place of items that a flag leaves alone.
fn reach(values: &Value, keys: &[Str], padded: bool) -> Reach {
    let mut at = values.clone();
    for key in keys {
        let next = match (at.as_map(), at.as_list()) {
            (Some(map), _) => map.entries.borrow().get(key).cloned(),
            (_, Some(list)) => {
                let item = index(key).and_then(|index| list.items.get(index).cloned());
                item.filter(|item| !(padded && item.is_nil()))
            }
            _ => return Reach::Replaced,
        };
        match next {
            Some(next) => at = next,
            None => return Reach::Missing,
        }
    }
    Reach::Found(at)
}

fn index(key: &Str) -> Option<usize> {
    key.to_str()?.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

/// How many of `keys` the document has, and the 1-based line of the last of them; `None` when it has none.
fn line(document: &Node, text: &[u8], keys: &[Str]) -> Option<(usize, usize)> {
    let mut at = document;
    let mut found = None;
    for (depth, key) in keys.iter().enumerate() {
        let entry = at.entries().iter().rev().find(|entry| entry.key.as_bytes() == key.as_bytes());
        if let Some(entry) = entry {
            let before = text.get(..entry.key_bytes.start).unwrap_or(text);
            found = Some((depth + 1, before.iter().filter(|byte| **byte == b'\n').count() + 1));
            at = &entry.value;
        } else if let Some(item) = index(key).and_then(|index| at.items().get(index)) {
            found = Some((depth + 1, usize::try_from(item.line).unwrap_or(usize::MAX)));
            at = item;
        } else {
            break;
        }
    }
    found
}

/// `keys` of a parent as those of the subchart that an entry of `import-values` takes them from.
fn imported(item: &serde_json::Value, keys: &[Str]) -> Option<Vec<Str>> {
    let (child, parent) = match item {
        serde_json::Value::String(name) => (format!("exports.{name}"), "."),
        other => (other.get("child")?.as_str()?.to_owned(), other.get("parent")?.as_str()?),
    };
    let mut rest = keys;
    for wanted in parent.split('.').filter(|key| !key.is_empty()) {
        let (key, below) = rest.split_first()?;
        if key.as_bytes() != wanted.as_bytes() {
            return None;
        }
        rest = below;
    }
    Some(child.split('.').map(Str::from).chain(rest.iter().cloned()).collect())
}

fn shown(flag: &str) -> String {
    if flag.chars().count() <= FLAG_CHARS_MAX {
        return flag.to_owned();
    }
    let mut cut: String = flag.chars().take(FLAG_CHARS_MAX).collect();
    cut.push('…');
    cut
}
