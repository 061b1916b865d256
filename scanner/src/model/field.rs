//! A node of an object together with its field path and the bytes that wrote it. It knows nothing of Kubernetes.

use std::ops::Range;

use renderer::yaml::Node;

/// A place in an object: `spec.template.spec.containers[0].image` and the node there.
#[derive(Clone, Debug)]
pub struct Field<'a> {
    pub node: &'a Node,
    pub path: String,
    /// Bytes of the key that holds the node, in the manifest's text; a list item borrows those of its list.
    pub key_bytes: Range<usize>,
    /// Whether the bytes of the key lie on the line where the node itself is written.
    is_item: bool,
}

impl<'a> Field<'a> {
    #[must_use]
    pub fn root(node: &'a Node) -> Self {
        Field { node, path: String::new(), key_bytes: node.bytes.clone(), is_item: true }
    }

    /// The field under `key`, unless absent or null: Kubernetes treats both alike.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Field<'a>> {
        let entry = self.node.entries().iter().rev().find(|entry| entry.key == key)?;
        if entry.value.is_null() {
            return None;
        }
        let path = if self.path.is_empty() { entry_key(key) } else { join(&self.path, key) };
        Some(Field { node: &entry.value, path, key_bytes: entry.key_bytes.clone(), is_item: false })
    }

    /// [`Field::get`] along several keys.
    #[must_use]
    pub fn at(&self, keys: &[&str]) -> Option<Field<'a>> {
        keys.iter().try_fold(self.clone(), |field, key| field.get(key))
    }

    /// The deepest field that exists along `keys`, and whether all of them did: where a missing field would stand.
    #[must_use]
    pub fn nearest(&self, keys: &[&str]) -> Field<'a> {
        let mut here = self.clone();
        for key in keys {
            match here.get(key) {
                Some(next) => here = next,
                None => break,
            }
        }
        here
    }

    /// Items of a list with their indices in the path; nothing for other kinds.
    pub fn items(&self) -> impl Iterator<Item = Field<'a>> + use<'a> {
        let path = self.path.clone();
        let key_bytes = self.key_bytes.clone();
        self.node.items().iter().enumerate().map(move |(index, node)| Field {
            node,
            path: format!("{path}[{index}]"),
            key_bytes: key_bytes.clone(),
            is_item: true,
        })
    }

    /// Entries of a map; nothing for other kinds. Null values are left out.
    pub fn entries(&self) -> impl Iterator<Item = (&'a str, Field<'a>)> + use<'a> {
        let path = self.path.clone();
        self.node.entries().iter().filter(|entry| !entry.value.is_null()).map(move |entry| {
            let path = if path.is_empty() { entry_key(&entry.key) } else { join(&path, &entry.key) };
            let field =
                Field { node: &entry.value, path, key_bytes: entry.key_bytes.clone(), is_item: false };
            (entry.key.as_str(), field)
        })
    }

    /// Every scalar below this field.
    #[must_use]
    pub fn scalars(&self) -> Vec<Field<'a>> {
        let mut found = Vec::new();
        let mut open = vec![self.clone()];
        while let Some(field) = open.pop() {
            let items: Vec<_> = field.items().collect();
            let entries: Vec<_> = field.entries().map(|(_, field)| field).collect();
            if items.is_empty() && entries.is_empty() && field.node.scalar_text().is_some() {
                found.push(field);
                continue;
            }
            open.extend(items.into_iter().rev());
            open.extend(entries.into_iter().rev());
        }
        found
    }

    #[must_use]
    pub fn str(&self) -> Option<&'a str> {
        self.node.as_str()
    }

    /// The scalar as text, whatever its kind; empty for lists and maps.
    #[must_use]
    pub fn text(&self) -> String {
        self.node.scalar_text().unwrap_or_default()
    }

    #[must_use]
    pub fn is_true(&self) -> bool {
        self.node.as_bool() == Some(true)
    }

    #[must_use]
    pub fn is_false(&self) -> bool {
        self.node.as_bool() == Some(false)
    }

    /// Whole numbers only.
    #[must_use]
    pub fn integer(&self) -> Option<i64> {
        let value = self.node.as_f64()?;
        #[expect(clippy::cast_possible_truncation, reason = "checked to be a whole number in range")]
        (value.fract() == 0.0 && value.abs() < 9.0e15).then_some(value as i64)
    }

    /// A list or map without content counts as absent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.node.items().is_empty() && self.node.entries().is_empty() && self.node.scalar_text().is_none()
    }

    /// Bytes that show on which template line the field is written: its key, or the item itself.
    #[must_use]
    pub fn place_bytes(&self) -> Range<usize> {
        if self.is_item {
            self.node.bytes.start
                ..self.node.bytes.end.min(self.node.bytes.start + 1).max(self.node.bytes.start)
        } else {
            self.key_bytes.clone()
        }
    }
}

fn join(path: &str, key: &str) -> String {
    let key = entry_key(key);
    if key.starts_with('[') { format!("{path}{key}") } else { format!("{path}.{key}") }
}

/// Keys that would break a dotted path stand in brackets: `metadata.annotations["a.b/c"]`.
fn entry_key(key: &str) -> String {
    let plain = !key.is_empty()
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if plain { key.to_owned() } else { format!("[{key:?}]") }
}
