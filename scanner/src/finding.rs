//! Collects what one rule finds in one profile, and resolves each place to template line and values keys.

use std::ops::Range;

use renderer::render::{Manifest, Origin};

use crate::evidence::shorten;
use crate::hex_sha256;
use crate::model::{Field, Object, Scene};
use crate::report::{Finding, ObjectRef, Severity, TemplateRef};
use crate::rule::Rule;

/// Values keys that a finding names; a template that prints a whole block of values has hundreds.
const VALUES_KEYS_MAX: usize = 16;
/// Hex digits of a fingerprint.
const FINGERPRINT_DIGITS: usize = 16;

/// Where a rule reports. One per rule and profile.
pub struct Findings<'f> {
    rule: &'static Rule,
    profile: &'f str,
    found: Vec<Finding>,
}

/// A finding being made; [`Findings::push`] finishes it.
pub struct Draft {
    /// How many of `values` are content; the rest decided that it is there.
    content: usize,
    severity: Option<Severity>,
    object: Option<ObjectRef>,
    path: String,
    template: Option<TemplateRef>,
    values: Vec<String>,
    evidence: String,
    message: String,
}

impl Draft {
    /// About a field of an object: evidence is its scalar, place and values keys come from the bytes that wrote it.
    #[must_use]
    pub fn at(object: &Object<'_>, field: &Field<'_>) -> Self {
        Draft::of_bytes(object, field, template_of(object.manifest, field), field.node.bytes.clone())
    }

    /// About one line of a text of many lines: the first that has all `parts`. Where no line has them as they are (an
    /// encoded Secret), about the whole field.
    #[must_use]
    pub fn at_line(object: &Object<'_>, field: &Field<'_>, parts: &[&str]) -> Self {
        let Some(line) = line_with(&object.manifest.text, field.node.bytes.clone(), parts) else {
            return Draft::at(object, field);
        };
        let place = place_of(object.manifest, line.clone()).or_else(|| template_of(object.manifest, field));
        Draft::of_bytes(object, field, place, line)
    }

    fn of_bytes(
        object: &Object<'_>,
        field: &Field<'_>,
        template: Option<TemplateRef>,
        bytes: Range<usize>,
    ) -> Self {
        let mut draft = Draft {
            content: 0,
            severity: None,
            object: Some(object.reference()),
            path: field.path.clone(),
            template,
            values: Vec::new(),
            evidence: shorten(&field.text()),
            message: String::new(),
        };
        if let Some(origin) = origin(object.manifest, bytes) {
            draft = draft.values(origin.values);
            draft.content = draft.values.len();
            draft = draft.values(origin.conditions);
        }
        draft
    }

    /// About something that should stand below `field`: no evidence, and only conditions as values keys.
    #[must_use]
    pub fn absent(object: &Object<'_>, field: &Field<'_>, missing: &str) -> Self {
        let path =
            if field.path.is_empty() { missing.to_owned() } else { format!("{}.{missing}", field.path) };
        // The parent's own bytes hold every key inside it; what matters is what wrote its first line.
        let values = origin(object.manifest, field.place_bytes());
        let draft = Draft {
            content: 0,
            severity: None,
            object: Some(object.reference()),
            path,
            template: template_of(object.manifest, field),
            values: Vec::new(),
            evidence: String::new(),
            message: String::new(),
        };
        match values {
            Some(origin) => draft.values(origin.values).values(origin.conditions),
            None => draft,
        }
    }

    /// About a file of the chart or the chart as a whole; `path` is the file's path.
    #[must_use]
    pub fn of_file(path: &str, template: Option<TemplateRef>) -> Self {
        Draft {
            content: 0,
            severity: None,
            object: None,
            path: path.to_owned(),
            template,
            values: Vec::new(),
            evidence: String::new(),
            message: String::new(),
        }
    }

    /// About a values key; place is its line in the values file, where the chart has one.
    #[must_use]
    pub fn of_value(scene: &Scene<'_>, key: &str) -> Self {
        let place = scene.chart.and_then(|chart| chart.values_place(key));
        let template = place.map(|(file, line)| TemplateRef { file, line });
        Draft::of_file(key, template).values(vec![key.to_owned()])
    }

    /// Replaces the path: empty for the object as a whole.
    #[must_use]
    pub fn path(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    #[must_use]
    pub fn evidence(mut self, text: &str) -> Self {
        self.evidence = shorten(text);
        self
    }

    #[must_use]
    pub fn message(mut self, text: impl Into<String>) -> Self {
        self.message = text.into();
        self
    }

    /// More values keys, behind those that are there; each once.
    #[must_use]
    pub fn values(mut self, keys: Vec<String>) -> Self {
        for key in keys {
            if !key.is_empty() && !self.values.contains(&key) {
                self.values.push(key);
            }
        }
        self
    }

    /// Values keys whose content the field is.
    #[must_use]
    pub fn content_keys(&self) -> &[String] {
        &self.values[..self.content.min(self.values.len())]
    }

    /// Puts the keys that `wanted` accepts before the others.
    #[must_use]
    pub fn first(mut self, wanted: impl Fn(&str) -> bool) -> Self {
        self.values.sort_by_key(|key| !wanted(key));
        self
    }

    /// The conditions under which `object` is rendered at all.
    #[must_use]
    pub fn existence_of(self, object: &Object<'_>) -> Self {
        let bytes = object.kind_field().place_bytes();
        let conditions = origin(object.manifest, bytes).map(|origin| origin.conditions);
        self.values(conditions.unwrap_or_default())
    }

    /// The same, before all other keys.
    #[must_use]
    pub fn existence_first(self, object: &Object<'_>) -> Self {
        let bytes = object.kind_field().place_bytes();
        let conditions = origin(object.manifest, bytes).map(|origin| origin.conditions).unwrap_or_default();
        self.first(|key| conditions.iter().any(|condition| condition == key))
    }

    /// What wrote a further field, before all other keys: its content's values keys, or for a map or list the key above
    /// all of them.
    #[must_use]
    pub fn content_of(self, object: &Object<'_>, field: &Field<'_>) -> Self {
        let origin = origin(object.manifest, field.node.bytes.clone());
        let mut keys = origin.map(|origin| origin.values).unwrap_or_default();
        if field.node.scalar_text().is_none() && keys.len() > 1 {
            keys = common_parent(&keys).into_iter().collect();
        }
        let wanted = keys.clone();
        self.values(keys).first(|key| wanted.iter().any(|known| known == key))
    }
}

/// The longest key that stands before all of `keys`.
fn common_parent(keys: &[String]) -> Option<String> {
    let (first, rest) = keys.split_first()?;
    let mut steps: Vec<&str> = first.split('.').collect();
    steps.pop();
    for key in rest {
        let same = steps.iter().zip(key.split('.')).take_while(|(a, b)| **a == *b).count();
        steps.truncate(same);
    }
    (!steps.is_empty()).then(|| steps.join("."))
}

impl<'f> Findings<'f> {
    #[must_use]
    pub fn new(rule: &'static Rule, profile: &'f str) -> Self {
        Findings { rule, profile, found: Vec::new() }
    }

    pub fn push(&mut self, mut draft: Draft) {
        draft.values.truncate(VALUES_KEYS_MAX);
        let object = draft.object;
        let fingerprint = fingerprint(self.rule.id, object.as_ref(), &draft.path);
        // A rule that meets the same place twice has one thing to say about it.
        if let Some(known) = self.found.iter_mut().find(|finding| finding.fingerprint == fingerprint) {
            for key in draft.values {
                if known.values.len() < VALUES_KEYS_MAX && !known.values.contains(&key) {
                    known.values.push(key);
                }
            }
            return;
        }
        self.found.push(Finding {
            rule: self.rule.id.to_owned(),
            severity: draft.severity.unwrap_or(self.rule.severity),
            object,
            path: draft.path,
            template: draft.template,
            values: draft.values,
            evidence: draft.evidence,
            message: draft.message,
            fingerprint,
            profile: self.profile.to_owned(),
        });
    }

    #[must_use]
    pub fn into_vec(self) -> Vec<Finding> {
        self.found
    }
}

/// Survives line moves and releases: rule, object and field path.
#[must_use]
pub fn fingerprint(rule: &str, object: Option<&ObjectRef>, path: &str) -> String {
    let (kind, namespace, name) =
        object.map_or(("", "", ""), |object| (&object.kind, &object.namespace, &object.name));
    let identity = [rule, kind, namespace, name, path].join("\0");
    hex_sha256(identity.as_bytes())[..FINGERPRINT_DIGITS].to_owned()
}

fn origin(manifest: &Manifest, bytes: Range<usize>) -> Option<Origin> {
    manifest.origin(bytes)
}

/// The template line that wrote the field's key; the value's own line where the key has none.
fn template_of(manifest: &Manifest, field: &Field<'_>) -> Option<TemplateRef> {
    let place =
        place_of(manifest, field.place_bytes()).or_else(|| place_of(manifest, field.node.bytes.clone()));
    // Documents that no template made (crds/, plain manifests) are their own source.
    let untraced = manifest.trace.is_empty() && !manifest.source.is_empty();
    let own = || TemplateRef { file: manifest.source.clone(), line: field.node.line };
    place.or_else(|| untraced.then(own))
}

fn place_of(manifest: &Manifest, bytes: Range<usize>) -> Option<TemplateRef> {
    let origin = manifest.origin(bytes).filter(|origin| !origin.template.is_empty())?;
    Some(TemplateRef { file: origin.template, line: origin.line })
}

/// The bytes of the first line inside `range` that contains every part.
fn line_with(text: &str, range: Range<usize>, parts: &[&str]) -> Option<Range<usize>> {
    let mut at = range.start;
    for line in text.get(range)?.split_inclusive('\n') {
        let end = at + line.len();
        if parts.iter().all(|part| line.contains(part)) {
            let indent = line.len() - line.trim_start().len();
            return Some(at + indent..at + line.trim_end().len());
        }
        at = end;
    }
    None
}
