//! The strict reading of Chart.yaml at intake: only what every reader understands alike becomes a name and a version.
//! Rendering does not use it; it loads charts as Helm does.

use super::decode::{self, DEPENDENCY_FIELDS, MAINTAINER_FIELDS, METADATA_FIELDS};
use super::fault::Fault;
use super::metadata::Metadata;
use super::validate::{is_alias, validate};
use crate::archive::{Archive, Refusal, is_hidden};
use crate::functions::Helm;
use crate::limits::{CHART_NAME_BYTES_MAX, METADATA_FIELD_BYTES_MAX};
use crate::version_range::Version;
use crate::yaml::{self, Node, NodeKind, YamlErrorKind};

const CHART_FILE: &str = "Chart.yaml";
const REQUIREMENTS_FILE: &str = "requirements.yaml";

/// Who a chart is, and all that an index or an OCI config says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Lower-case letters, digits, `-` and `.`; also the archive's top folder.
    pub name: String,
    /// Strict SemVer 2.0 after at most one leading `v`, as written.
    pub version: String,
    pub metadata: Metadata,
}

/// The identity of a packed chart.
///
/// # Errors
/// [`Refusal::Chart`] for what Chart.yaml says (B01 to B15), [`Refusal::FolderNotChartName`] (A10).
pub fn identity(archive: &Archive) -> Result<Identity, Refusal> {
    let metadata = read_metadata(archive)?;
    if archive.top != metadata.name {
        return Err(Refusal::FolderNotChartName { folder: archive.top.clone(), name: metadata.name });
    }
    Ok(Identity { name: metadata.name.clone(), version: metadata.version.clone(), metadata })
}

fn read_metadata(archive: &Archive) -> Result<Metadata, Fault> {
    let text = file(archive, CHART_FILE).ok_or(Fault::Missing)?;
    let document = parse(CHART_FILE, text)?;
    check_keys(CHART_FILE, &document, &METADATA_FIELDS)?;
    check_lists(CHART_FILE, &document)?;
    check_texts(CHART_FILE, &document)?;
    for field in ["name", "version"] {
        check_unquoted(field, text, document.get(field))?;
    }
    let mut metadata = Metadata::default();
    let malformed = |file: &str, text| Fault::Malformed { file: file.to_owned(), text };
    decode::metadata(Some(&document), &mut metadata, Helm::V4).map_err(|text| malformed(CHART_FILE, text))?;
    if metadata.api_version.is_empty() {
        "v1".clone_into(&mut metadata.api_version);
    }
    check_name(&metadata.name)?;
    check_version(&metadata.version)?;
    if let Some(text) = file(archive, REQUIREMENTS_FILE) {
        let document = parse(REQUIREMENTS_FILE, text)?;
        if let Some(stray) = document.entries().iter().find(|entry| entry.key != "dependencies") {
            return Err(Fault::RequirementsKey {
                key: stray.key.clone(),
                line: line(text, stray.key_bytes.start),
            });
        }
        check_lists(REQUIREMENTS_FILE, &document)?;
        check_texts(REQUIREMENTS_FILE, &document)?;
        decode::metadata(Some(&document), &mut metadata, Helm::V4)
            .map_err(|text| malformed(REQUIREMENTS_FILE, text))?;
    }
    check_dependencies(&metadata)?;
    validate(&mut metadata, decode::Marks::default()).map_err(Fault::NotLoadable)?;
    Ok(metadata)
}

fn file<'a>(archive: &'a Archive, path: &str) -> Option<&'a [u8]> {
    let file = archive.files.iter().find(|file| file.path == path)?;
    Some(file.data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&file.data))
}

fn parse(file: &str, text: &[u8]) -> Result<Node, Fault> {
    yaml::parse_strict(text).map_err(|error| {
        let (file, line) = (file.to_owned(), error.line);
        match &error.kind {
            YamlErrorKind::SecondDocument => Fault::SecondDocument { file, line },
            YamlErrorKind::Anchor(_) | YamlErrorKind::Alias(_) | YamlErrorKind::MergeKey => {
                Fault::Anchor { file, line }
            }
            YamlErrorKind::DuplicateKey(key) => Fault::DuplicateKey { file, key: key.clone(), line },
            _ => Fault::Yaml { file, text: error.to_string() },
        }
    })
}

/// Keys that Helm takes for a known one though they are spelled otherwise (B02). Unknown keys mean nothing to anyone.
fn check_keys(file: &str, map: &Node, known: &[&'static str]) -> Result<(), Fault> {
    for entry in map.entries() {
        match decode::field(&entry.key, known) {
            Some(name) if name != entry.key => {
                let (file, key) = (file.to_owned(), entry.key.clone());
                return Err(Fault::FoldedKey { file, key, known: name, line: entry.value.line });
            }
            _ => {}
        }
    }
    Ok(())
}

/// Empty entries of lists (B08) and the keys of their maps (B02).
fn check_lists(file: &str, document: &Node) -> Result<(), Fault> {
    let no_nulls = |field: &'static str, list: Option<&Node>| {
        let has_null = list.is_some_and(|list| list.items().iter().any(Node::is_null));
        if has_null { Err(Fault::NullEntry { file: file.to_owned(), field }) } else { Ok(()) }
    };
    for field in ["maintainers", "dependencies", "keywords", "sources"] {
        no_nulls(field, document.get(field))?;
    }
    for (field, known) in
        [("maintainers", MAINTAINER_FIELDS.as_slice()), ("dependencies", &DEPENDENCY_FIELDS)]
    {
        for item in document.get(field).map(Node::items).unwrap_or_default() {
            check_keys(file, item, known)?;
            no_nulls("import-values", item.get("import-values"))?;
            no_nulls("tags", item.get("tags"))?;
        }
    }
    Ok(())
}

/// Length (B12) and characters (B06, B13) of every text that is kept.
fn check_texts(file: &str, document: &Node) -> Result<(), Fault> {
    for entry in document.entries().iter().filter(|entry| METADATA_FIELDS.contains(&entry.key.as_str())) {
        let prose = matches!(entry.key.as_str(), "description" | "annotations");
        let mut pending = vec![&entry.value];
        while let Some(node) = pending.pop() {
            match &node.kind {
                NodeKind::List(items) => pending.extend(items),
                NodeKind::Map(entries) => {
                    for inner in entries {
                        check_text(file, &entry.key, &inner.key, false)?;
                        pending.push(&inner.value);
                    }
                }
                NodeKind::String(text) => check_text(file, &entry.key, text, prose)?,
                NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number { .. } => {}
            }
        }
    }
    Ok(())
}

/// Prose may have line breaks, tabs and joined emoji; nothing else may.
fn check_text(file: &str, field: &str, text: &str, prose: bool) -> Result<(), Fault> {
    let (file, field) = (|| file.to_owned(), || field.to_owned());
    if text.len() > METADATA_FIELD_BYTES_MAX {
        return Err(Fault::FieldTooLong { file: file(), field: field(), bytes: text.len() });
    }
    let text = if prose { text } else { text.trim_end_matches('\n') };
    let allowed = |c: char| prose && matches!(c, '\n' | '\r' | '\t' | '\u{200d}' | '\u{200b}' | '\u{ad}');
    if text.chars().any(|c| is_hidden(c) && !allowed(c)) {
        return Err(Fault::ControlCharacter { file: file(), field: field() });
    }
    Ok(())
}

/// A scalar that YAML does not take for text must at least read back as it is written (B03).
fn check_unquoted(field: &'static str, text: &[u8], node: Option<&Node>) -> Result<(), Fault> {
    let Some(node) = node.filter(|node| matches!(node.kind, NodeKind::Bool(_) | NodeKind::Number { .. }))
    else {
        return Ok(());
    };
    let written = String::from_utf8_lossy(text.get(node.bytes.clone()).unwrap_or_default()).into_owned();
    let read = node.go_text().unwrap_or_default();
    if written == read { Ok(()) } else { Err(Fault::Unquoted { field, written, read }) }
}

fn check_name(name: &str) -> Result<(), Fault> {
    if name.len() > CHART_NAME_BYTES_MAX {
        return Err(Fault::NameTooLong(name.len()));
    }
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let inside = |byte: u8| plain(byte) || byte == b'-' || byte == b'.';
    let bytes = name.as_bytes();
    let sound = bytes.first().copied().is_some_and(plain)
        && bytes.last().copied().is_some_and(plain)
        && bytes.iter().copied().all(inside);
    if sound { Ok(()) } else { Err(Fault::Name(name.to_owned())) }
}

/// B15. A leading `v` is the one leniency that real charts need (cert-manager); Helm keeps it in file names and tags.
fn check_version(version: &str) -> Result<(), Fault> {
    let strict = version.strip_prefix('v').unwrap_or(version);
    Version::parse_strict(strict).map(|_| ()).map_err(|_| Fault::Version(version.to_owned()))
}

/// B09.
fn check_dependencies(metadata: &Metadata) -> Result<(), Fault> {
    let mut names: Vec<&str> = Vec::new();
    for dependency in &metadata.dependencies {
        if !dependency.alias.is_empty() && !is_alias(&dependency.alias) {
            return Err(Fault::Alias { name: dependency.name.clone(), alias: dependency.alias.clone() });
        }
        let name = dependency.effective_name();
        if names.contains(&name) {
            return Err(Fault::AliasTwice(name.to_owned()));
        }
        names.push(name);
    }
    Ok(())
}

/// 1-based line of a byte.
fn line(text: &[u8], at: usize) -> u32 {
    let breaks = text.iter().take(at).filter(|byte| **byte == b'\n').count();
    u32::try_from(breaks + 1).unwrap_or(u32::MAX)
}
