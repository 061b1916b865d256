//! A schema document made ready: its draft, its embedded resources and anchors, and every reference resolved. It evaluates nothing.

use std::collections::HashMap;

use serde_json::Value as Json;

use super::Verdict;
use super::keywords;

/// The address under which Helm registers a chart's schema.
pub(super) const ROOT_URL: &str = "file:///values.schema.json";

/// A JSON Schema draft by its number or year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Draft {
    D4,
    D6,
    D7,
    D2019,
    D2020,
}

impl Draft {
    /// By `$schema`; 2020-12 where there is none. The error is an address that is no known draft.
    pub fn of(schema: &Json) -> Result<Draft, String> {
        let Some(address) = schema.get("$schema").and_then(Json::as_str) else { return Ok(Draft::D2020) };
        let plain = address.split('#').next().unwrap_or(address);
        let name = plain.strip_prefix("https://").or_else(|| plain.strip_prefix("http://")).unwrap_or(plain);
        match name {
            "json-schema.org/schema" | "json-schema.org/draft/2020-12/schema" => Ok(Draft::D2020),
            "json-schema.org/draft/2019-09/schema" => Ok(Draft::D2019),
            "json-schema.org/draft-07/schema" => Ok(Draft::D7),
            "json-schema.org/draft-06/schema" => Ok(Draft::D6),
            "json-schema.org/draft-04/schema" => Ok(Draft::D4),
            _ => Err(plain.to_owned()),
        }
    }

    fn id_keyword(self) -> &'static str {
        if self == Draft::D4 { "id" } else { "$id" }
    }
}

/// A schema whose references are resolved.
pub(super) struct Compiled<'a> {
    pub root: &'a Json,
    pub draft: Draft,
    /// Whether `format` can refuse a value.
    pub asserts_format: bool,
    /// Targets of references, by the address of the node that holds them and the keyword.
    targets: HashMap<(usize, &'static str), &'a Json>,
}

impl<'a> Compiled<'a> {
    pub fn target(&self, node: &Json, keyword: &'static str) -> Option<&'a Json> {
        self.targets.get(&(address(node), keyword)).copied()
    }
}

fn address(node: &Json) -> usize {
    std::ptr::from_ref(node) as usize
}

/// Resources and anchors of a document, by absolute address.
struct Index<'a> {
    draft: Draft,
    /// `file:///values.schema.json` and every `$id`.
    resources: HashMap<String, &'a Json>,
    /// `address#name`.
    anchors: HashMap<String, &'a Json>,
    /// The base of every schema node that was walked.
    bases: HashMap<usize, String>,
}

/// Resolves every reference that can be reached. Errors are Helm's texts, or a reference that leads out of the document.
pub(super) fn compile(root: &Json, draft: Draft) -> Result<Compiled<'_>, Verdict> {
    let mut index =
        Index { draft, resources: HashMap::new(), anchors: HashMap::new(), bases: HashMap::new() };
    index.resources.insert(ROOT_URL.to_owned(), root);
    index.walk(root, ROOT_URL.to_owned());
    let mut compiled =
        Compiled { root, draft, asserts_format: draft < Draft::D2019, targets: HashMap::new() };
    let mut queue = vec![root];
    let mut seen = std::collections::HashSet::new();
    while let Some(node) = queue.pop() {
        if !seen.insert(address(node)) {
            continue;
        }
        for keyword in ["$ref", "$recursiveRef", "$dynamicRef"] {
            let known = match keyword {
                "$recursiveRef" => draft == Draft::D2019,
                "$dynamicRef" => draft == Draft::D2020,
                _ => true,
            };
            if let Some(reference) = node.get(keyword).and_then(Json::as_str)
                && known
            {
                let target = index.resolve(node, reference)?;
                compiled.targets.insert((address(node), keyword), target);
                queue.push(target);
            }
        }
        if draft < Draft::D2019 && node.get("$ref").is_some_and(Json::is_string) {
            continue;
        }
        queue.extend(keywords::subschemas(node));
    }
    Ok(compiled)
}

impl<'a> Index<'a> {
    fn walk(&mut self, root: &'a Json, base: String) {
        let mut queue = vec![(root, base)];
        while let Some((node, mut base)) = queue.pop() {
            let ignored = self.draft < Draft::D2019 && node.get("$ref").is_some();
            if !ignored {
                if let Some(id) = node.get(self.draft.id_keyword()).and_then(Json::as_str) {
                    let (path, fragment) = id.split_once('#').unwrap_or((id, ""));
                    if !path.is_empty() {
                        base = join(&base, path);
                        self.resources.insert(base.clone(), node);
                    }
                    if !fragment.is_empty() {
                        self.anchors.insert(format!("{base}#{fragment}"), node);
                    }
                }
                for keyword in ["$anchor", "$dynamicAnchor"] {
                    if let Some(name) = node.get(keyword).and_then(Json::as_str) {
                        self.anchors.insert(format!("{base}#{name}"), node);
                    }
                }
            }
            self.bases.insert(address(node), base.clone());
            queue.extend(keywords::subschemas(node).into_iter().map(|child| (child, base.clone())));
        }
    }

    fn resolve(&self, node: &'a Json, reference: &str) -> Result<&'a Json, Verdict> {
        let base = self.bases.get(&address(node)).map_or(ROOT_URL, String::as_str);
        let (path, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let url = if path.is_empty() { base.to_owned() } else { join(base, path) };
        let Some(resource) = self.resources.get(&url) else {
            return Err(Verdict::Remote(url));
        };
        let fragment = percent_decoded(fragment);
        if fragment.is_empty() || fragment.starts_with('/') {
            return resource.pointer(&fragment).ok_or_else(|| {
                Verdict::Invalid(format!("json-pointer in \"{ROOT_URL}#{fragment}\" not found"))
            });
        }
        self.anchors.get(&format!("{url}#{fragment}")).copied().ok_or_else(|| {
            Verdict::Invalid(format!("anchor in \"{url}#{fragment}\" not found in schema \"{ROOT_URL}\""))
        })
    }
}

/// A reference against a base, as far as schemas need it: absolute, rooted, or beside the base.
fn join(base: &str, path: &str) -> String {
    let scheme_end = path.find(':').unwrap_or(0);
    if scheme_end > 0 && path[..scheme_end].chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)) {
        return path.to_owned();
    }
    let host_start = base.find("://").map_or(0, |at| at + 3);
    let path_start = base[host_start..].find('/').map_or(base.len(), |at| host_start + at);
    if path.starts_with('/') {
        return format!("{}{path}", &base[..path_start]);
    }
    let mut parts: Vec<&str> = base[path_start..].trim_start_matches('/').split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    format!("{}/{}", &base[..path_start], parts.join("/"))
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match (bytes[at], hex) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
