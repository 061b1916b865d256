//! Files to a tree of charts, with Helm's rules and error texts (Helm: `loader.LoadFiles`). It reads no disk.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

use thiserror::Error;

use super::decode::{self, Marks};
use super::validate::validate;
use super::{Chart, Lock, Metadata};
use crate::archive::{self, Archive, File, Refusal};
use crate::functions::Helm;
use crate::values;
use crate::yaml::{self, Node};

/// Why a chart cannot be loaded; the text is Helm's but for archives that we refuse and Helm does not.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LoadError {
    #[error("Chart.yaml file is missing")]
    Missing,
    /// `cannot load Chart.yaml: ...` and the like.
    #[error("cannot load {file}: {text}")]
    Unreadable { file: &'static str, text: String },
    /// `validation: ...`.
    #[error("{0}")]
    Invalid(String),
    #[error("error unpacking subchart tar in {parent}: expected {expected}, got {got}")]
    NotOneFile { parent: String, expected: String, got: String },
    #[error("error unpacking subchart {subchart} in {parent}: {error}")]
    Subchart { subchart: String, parent: String, error: Box<LoadError> },
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// Loads what [`archive::read`] gave.
///
/// # Errors
/// What Helm would say.
pub fn load_archive(archive: &Archive, helm: Helm) -> Result<Chart, LoadError> {
    let packed = archive.subcharts.iter().map(|(path, archive)| (path.as_str(), archive)).collect();
    let mut chart = Loader { helm, packed }.chart(archive.files.iter().map(Entry::unmarked).collect())?;
    chart.set_paths(None);
    Ok(chart)
}

/// Loads a folder that the caller has read: `.helmignore` is applied and byte order marks are dropped, as Helm does (A23).
///
/// # Errors
/// As [`load_files`], and what Helm says of a `.helmignore` that it cannot read.
pub fn load_folder(files: &[File], helm: Helm) -> Result<Chart, LoadError> {
    let text = files.iter().find(|file| file.path == ".helmignore").map_or(&[][..], |file| &file.data);
    let rules = super::ignore::Rules::parse(text).map_err(LoadError::Invalid)?;
    let kept: Vec<File> = files
        .iter()
        .filter(|file| rules.keeps(&file.path))
        .map(|file| File { path: file.path.clone(), data: without_mark(&file.data).to_vec() })
        .collect();
    load_files(&kept, helm)
}

fn without_mark(data: &[u8]) -> &[u8] {
    data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data)
}

/// Loads files as they are (Helm: `loader.LoadFiles`); [`load_folder`] is for what stands on a disk.
///
/// # Errors
/// What Helm would say, and a refusal of a packed subchart.
pub fn load_files(files: &[File], helm: Helm) -> Result<Chart, LoadError> {
    let mut chart = Loader { helm, packed: BTreeMap::new() }.chart(files.iter().map(Entry::new).collect())?;
    chart.set_paths(None);
    Ok(chart)
}

struct Loader<'a> {
    helm: Helm,
    /// Packed subcharts that have been read already, by path below the top chart.
    packed: BTreeMap<&'a str, &'a Archive>,
}

/// A file under the name that it has in the chart at hand.
struct Entry<'a> {
    name: &'a str,
    whole_path: &'a str,
    data: &'a [u8],
}

impl<'a> Entry<'a> {
    fn new(file: &'a File) -> Self {
        Entry { name: &file.path, whole_path: &file.path, data: &file.data }
    }

    /// A byte order mark at the beginning of an archive's file is dropped, as Helm drops it (A23).
    fn unmarked(file: &'a File) -> Self {
        Entry { data: without_mark(&file.data), ..Entry::new(file) }
    }

    fn file(&self) -> File {
        File { path: self.name.to_owned(), data: self.data.to_vec() }
    }
}

impl Loader<'_> {
    fn chart(&self, entries: Vec<Entry<'_>>) -> Result<Chart, LoadError> {
        let mut parts = Parts::default();
        let mut subcharts: BTreeMap<&str, Vec<Entry<'_>>> = BTreeMap::new();
        for entry in entries.iter().filter(|entry| entry.name == "Chart.yaml") {
            parts.metadata(entry, "Chart.yaml", self.helm)?;
            let metadata = parts.metadata.get_or_insert_default();
            if metadata.api_version.is_empty() {
                "v1".clone_into(&mut metadata.api_version);
            }
        }
        for entry in entries {
            if let Some(below) = entry.name.strip_prefix("charts/")
                && !below.ends_with(".prov")
            {
                let folder = below.split('/').next().unwrap_or(below);
                subcharts.entry(folder).or_default().push(Entry { name: below, ..entry });
            } else {
                parts.take(&entry, self.helm)?;
            }
        }
        let mut chart = parts.chart()?;
        for (name, entries) in subcharts {
            if name.starts_with(['_', '.']) {
                continue;
            }
            let sub = self.subchart(name, &chart.metadata.name, entries)?;
            chart.dependencies.push(sub);
        }
        Ok(chart)
    }

    fn subchart(&self, name: &str, parent: &str, entries: Vec<Entry<'_>>) -> Result<Chart, LoadError> {
        let loaded = if name.ends_with(".tgz") {
            match entries.first() {
                Some(first) if first.name == name => self.packed_subchart(first),
                first => {
                    let got = first.map(|first| first.name.to_owned()).unwrap_or_default();
                    let parent = parent.to_owned();
                    return Err(LoadError::NotOneFile { parent, expected: name.to_owned(), got });
                }
            }
        } else {
            let entries = entries.into_iter().filter_map(|entry| {
                let (_, name) = entry.name.split_once('/')?;
                Some(Entry { name, ..entry })
            });
            self.chart(entries.collect())
        };
        loaded.map_err(|error| LoadError::Subchart {
            subchart: name.to_owned(),
            parent: parent.to_owned(),
            error: Box::new(error),
        })
    }

    fn packed_subchart(&self, entry: &Entry<'_>) -> Result<Chart, LoadError> {
        let archive = match self.packed.get(entry.whole_path) {
            Some(archive) => Cow::Borrowed(*archive),
            None => Cow::Owned(archive::read(entry.data)?),
        };
        load_archive(&archive, self.helm)
    }
}

/// A chart while its files come in.
#[derive(Default)]
struct Parts {
    metadata: Option<Metadata>,
    marks: Marks,
    lock: Option<Lock>,
    files: Vec<File>,
    templates: Vec<File>,
    values: Option<crate::value::Value>,
    values_text: Option<Vec<u8>>,
    schema: Option<Vec<u8>>,
    warnings: Vec<String>,
}

impl Parts {
    fn take(&mut self, entry: &Entry<'_>, helm: Helm) -> Result<(), LoadError> {
        let unreadable = |file, text| LoadError::Unreadable { file, text };
        match entry.name {
            "Chart.yaml" => {}
            "Chart.lock" => self.lock(entry, "Chart.lock", helm)?,
            "values.yaml" => {
                self.values =
                    Some(values::read(entry.data, helm).map_err(|text| unreadable("values.yaml", text))?);
                self.values_text = Some(entry.data.to_vec());
            }
            "values.schema.json" => self.schema = Some(entry.data.to_vec()),
            "requirements.yaml" => {
                self.metadata(entry, "requirements.yaml", helm)?;
                self.legacy(entry, "Dependencies are handled in Chart.yaml since apiVersion \"v2\"");
            }
            "requirements.lock" => {
                self.lock(entry, "requirements.lock", helm)?;
                self.legacy(entry, "Dependency locking is handled in Chart.lock since apiVersion \"v2\"");
            }
            name if name.starts_with("templates/") => self.templates.push(entry.file()),
            _ => self.files.push(entry.file()),
        }
        Ok(())
    }

    fn metadata(&mut self, entry: &Entry<'_>, file: &'static str, helm: Helm) -> Result<(), LoadError> {
        let unreadable = |text| LoadError::Unreadable { file, text };
        let document = first_document(entry.data).map_err(unreadable)?;
        let metadata = self.metadata.get_or_insert_default();
        let marks =
            decode::metadata(document.as_ref(), metadata, helm).map_err(|text| unreadable(in_json(&text)))?;
        self.marks.null_maintainer |= marks.null_maintainer;
        self.marks.null_dependency |= marks.null_dependency;
        self.marks.dependency_list |= marks.dependency_list;
        Ok(())
    }

    fn lock(&mut self, entry: &Entry<'_>, file: &'static str, helm: Helm) -> Result<(), LoadError> {
        let unreadable = |text| LoadError::Unreadable { file, text };
        let document = first_document(entry.data).map_err(unreadable)?;
        self.lock = Some(decode::lock(document.as_ref(), helm).map_err(|text| unreadable(in_json(&text)))?);
        Ok(())
    }

    /// Files of the old layout stay among `.Files` of charts that have it, and earn a warning in others.
    fn legacy(&mut self, entry: &Entry<'_>, warning: &str) {
        if self.metadata.get_or_insert_default().api_version == "v1" {
            self.files.push(entry.file());
        } else {
            self.warnings.push(format!("Warning: {warning}."));
        }
    }

    fn chart(self) -> Result<Chart, LoadError> {
        let mut metadata = self.metadata.ok_or(LoadError::Missing)?;
        validate(&mut metadata, self.marks).map_err(LoadError::Invalid)?;
        Ok(Chart {
            metadata,
            lock: self.lock,
            files: Rc::new(self.files),
            templates: Rc::new(self.templates),
            values: self.values.unwrap_or_else(values::empty),
            values_text: self.values_text.map(Rc::new),
            schema: self.schema.map(Rc::new),
            dependencies: Vec::new(),
            warnings: self.warnings,
            has_dependency_list: self.marks.dependency_list,
            full_path: String::new(),
            load_path: String::new(),
            is_copy: false,
        })
    }
}

fn first_document(text: &[u8]) -> Result<Option<Node>, String> {
    yaml::parse_first(text).map_err(|error| {
        // The decoder of values knows Go's words for what stands in a bad key.
        let known = yaml::decode(text).err().map(|error| error.to_string());
        known.unwrap_or_else(|| format!("error converting YAML to JSON: {error}"))
    })
}

fn in_json(text: &str) -> String {
    format!("error unmarshaling JSON: while decoding JSON: {text}")
}
