//! Which scalars of two renders differ. Objects meet by identity, list items by name or by what stays equal around them.

use std::collections::HashMap;
use std::ops::Range;

use renderer::render::{Manifest, Rendered};
use renderer::yaml::{self, Node, NodeKind};

/// Keys that name an item of a list in Kubernetes.
const NAMES: [&str; 4] = ["name", "mountPath", "containerPort", "port"];

/// One rendered object.
pub struct Object {
    /// `templates/svc.yaml Service/web`, with a number where that is there more than once.
    pub label: String,
    /// What stays when the name changes.
    place: String,
    is_hook: bool,
    at: usize,
    node: Node,
}

impl Object {
    pub fn manifest<'r>(&self, rendered: &'r Rendered) -> &'r Manifest {
        if self.is_hook { &rendered.hooks[self.at] } else { &rendered.manifests[self.at] }
    }
}

/// A scalar that is another one, or gone.
pub struct Change {
    /// Index among the objects before.
    pub object: usize,
    pub path: String,
    /// Its place in the text before.
    pub bytes: Range<usize>,
    pub before: String,
    /// `None` when it is gone.
    pub after: Option<String>,
}

pub fn objects(rendered: &Rendered) -> Vec<Object> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let manifests = rendered.manifests.iter().enumerate().map(|(at, manifest)| (false, at, manifest));
    let hooks = rendered.hooks.iter().enumerate().map(|(at, manifest)| (true, at, manifest));
    let mut found = Vec::new();
    for (is_hook, at, manifest) in manifests.chain(hooks) {
        let Ok(Some(node)) = yaml::parse_first(manifest.text.as_bytes()) else { continue };
        let text = |path: &[&str]| node.at(path).and_then(Node::scalar_text).unwrap_or_default();
        let place = format!("{} {}", manifest.source, text(&["kind"]));
        let label = format!("{place}/{}/{}", text(&["metadata", "namespace"]), text(&["metadata", "name"]));
        let mut numbered = |text: String| {
            let count = seen.entry(text.clone()).or_default();
            *count += 1;
            if *count == 1 { text } else { format!("{text} #{count}") }
        };
        let (label, place) = (numbered(label), numbered(place));
        found.push(Object { label, place, is_hook, at, node });
    }
    found
}

/// Changed and gone scalars; what is only in `after` has no place before.
pub fn changes(before: &[Object], after: &[Object]) -> Vec<Change> {
    let by_label: HashMap<&str, usize> =
        after.iter().enumerate().map(|(at, object)| (object.label.as_str(), at)).collect();
    let mut taken = vec![false; after.len()];
    let mut partners: Vec<Option<usize>> = before
        .iter()
        .map(|object| {
            let partner = by_label.get(object.label.as_str()).copied();
            partner.inspect(|&at| taken[at] = true)
        })
        .collect();
    for (object, partner) in before.iter().zip(&mut partners).filter(|(_, partner)| partner.is_none()) {
        let free = after.iter().enumerate().find(|(at, other)| !taken[*at] && other.place == object.place);
        *partner = free.map(|(at, _)| at).inspect(|&at| taken[at] = true);
    }
    let mut found = Vec::new();
    for (index, (object, partner)) in before.iter().zip(&partners).enumerate() {
        let other = partner.and_then(|at| after.get(at)).map(|object| &object.node);
        compare(&object.node, other, String::new(), &mut |path, bytes, before, after| {
            found.push(Change { object: index, path, bytes, before, after });
        });
    }
    found
}

type Report<'r> = dyn FnMut(String, Range<usize>, String, Option<String>) + 'r;

fn compare(before: &Node, after: Option<&Node>, path: String, report: &mut Report<'_>) {
    match &before.kind {
        NodeKind::Map(entries) => {
            for entry in entries {
                let inner = after.and_then(|after| after.get(&entry.key));
                compare(&entry.value, inner, format!("{path}.{}", entry.key), report);
            }
        }
        NodeKind::List(items) => {
            let others = after.map(Node::items).unwrap_or_default();
            for ((at, item), partner) in items.iter().enumerate().zip(aligned(items, others)) {
                compare(item, partner.and_then(|at| others.get(at)), format!("{path}[{at}]"), report);
            }
        }
        _ => {
            let old = shown(before);
            match after {
                None => report(path, before.bytes.clone(), old, None),
                Some(after) if before == after => {}
                Some(after) => report(path, before.bytes.clone(), old, Some(shown(after))),
            }
        }
    }
}

fn shown(node: &Node) -> String {
    match &node.kind {
        NodeKind::Null => "null".to_owned(),
        NodeKind::List(_) => "a list".to_owned(),
        NodeKind::Map(_) => "a map".to_owned(),
        _ => node.scalar_text().unwrap_or_default(),
    }
}

/// The partner of each item: the one of its name, else by the longest common sequence, else the one that stands in its gap.
fn aligned(items: &[Node], others: &[Node]) -> Vec<Option<usize>> {
    for name in NAMES {
        let named = |list: &[Node]| -> Option<Vec<String>> {
            let names: Vec<String> = list.iter().filter_map(|item| item.get(name)?.scalar_text()).collect();
            let unique: std::collections::HashSet<&String> = names.iter().collect();
            (names.len() == list.len() && unique.len() == list.len()).then_some(names)
        };
        if let (Some(own), Some(theirs)) = (named(items), named(others))
            && own.iter().any(|name| theirs.contains(name))
        {
            return own.iter().map(|name| theirs.iter().position(|other| other == name)).collect();
        }
    }
    if items.len() == others.len() {
        return (0..items.len()).map(Some).collect();
    }
    in_gaps(items.len(), others.len(), &common(items, others))
}

/// Pairs of equal items, in order, as many as there can be.
fn common(items: &[Node], others: &[Node]) -> Vec<(usize, usize)> {
    let (rows, columns) = (items.len(), others.len());
    let mut longest = vec![vec![0_u32; columns + 1]; rows + 1];
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            longest[row][column] = if items[row] == others[column] {
                longest[row + 1][column + 1] + 1
            } else {
                longest[row + 1][column].max(longest[row][column + 1])
            };
        }
    }
    let (mut row, mut column) = (0, 0);
    let mut pairs = Vec::new();
    while row < rows && column < columns {
        if items[row] == others[column] {
            pairs.push((row, column));
            (row, column) = (row + 1, column + 1);
        } else if longest[row + 1][column] >= longest[row][column + 1] {
            row += 1;
        } else {
            column += 1;
        }
    }
    pairs
}

/// Between two common items, those left over pair when they are equally many.
fn in_gaps(rows: usize, columns: usize, pairs: &[(usize, usize)]) -> Vec<Option<usize>> {
    let mut partners = vec![None; rows];
    let (mut row, mut column) = (0, 0);
    for &(next_row, next_column) in pairs.iter().chain(&[(rows, columns)]) {
        if next_row - row == next_column - column {
            (row..next_row).zip(column..next_column).for_each(|(at, other)| partners[at] = Some(other));
        }
        if let Some(partner) = partners.get_mut(next_row) {
            *partner = Some(next_column);
        }
        (row, column) = (next_row + 1, next_column + 1);
    }
    partners
}
