//! Why the Chart.yaml of an upload is refused: one variant for each hostile shape. It decides nothing.

use thiserror::Error;

use crate::limits::{CHART_NAME_BYTES_MAX, METADATA_FIELD_BYTES_MAX};

/// A Chart.yaml that two readers could understand differently, or that is unfit to be an identity.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    #[error("Chart.yaml is missing: package the chart with `helm package`")]
    Missing,
    /// B10 and every other text that is not YAML.
    #[error("{file} is not valid YAML: {text}")]
    Yaml { file: String, text: String },
    /// B07.
    #[error("{file} line {line}: a second document: keep one")]
    SecondDocument { file: String, line: u32 },
    /// B04.
    #[error("{file} line {line}: anchors, aliases and merge keys are not allowed: write the values out")]
    Anchor { file: String, line: u32 },
    /// B05.
    #[error("{file} line {line}: key {key:?} is given twice: keep one")]
    DuplicateKey { file: String, key: String, line: u32 },
    /// B02.
    #[error("{file} line {line}: key {key:?} differs from {known:?} only in letter case: write {known:?}")]
    FoldedKey { file: String, key: String, known: &'static str, line: u32 },
    /// B08, and a field that is a list where Helm wants a text.
    #[error("{file}: {text}")]
    Malformed { file: String, text: String },
    /// B08.
    #[error("{file}: {field} has an empty entry: remove it")]
    NullEntry { file: String, field: &'static str },
    /// B01.
    #[error("requirements.yaml line {line}: key {key:?}: only `dependencies` is allowed there")]
    RequirementsKey { key: String, line: u32 },
    /// A31, B06.
    #[error(
        "chart name {0:?} is not allowed: use lower-case letters, digits, `-` and `.`, beginning and ending with a letter or digit"
    )]
    Name(String),
    /// B06.
    #[error("the chart name has {0} bytes, more than {CHART_NAME_BYTES_MAX}: shorten it")]
    NameTooLong(usize),
    /// B15.
    #[error("chart version {0:?} is not SemVer 2.0: write it as MAJOR.MINOR.PATCH")]
    Version(String),
    /// B03: a value that YAML reads as a number or a truth value and prints otherwise.
    #[error("{field} is written {written:?} but Helm reads {read:?}: put it in quotes")]
    Unquoted { field: &'static str, written: String, read: String },
    /// B06, B13.
    #[error("{file}: {field} has a control or invisible character: remove it")]
    ControlCharacter { file: String, field: String },
    /// B09.
    #[error("dependency {name:?} has the alias {alias:?}: use letters, digits, `_` and `-`")]
    Alias { name: String, alias: String },
    /// B09.
    #[error("two dependencies go by the name {0:?}: give one an alias")]
    AliasTwice(String),
    /// B12.
    #[error("{file}: {field} has {bytes} bytes, more than {METADATA_FIELD_BYTES_MAX}: shorten it")]
    FieldTooLong { file: String, field: String, bytes: usize },
    /// What Helm itself says of the loaded chart.
    #[error("{0}")]
    NotLoadable(String),
}

impl Fault {
    /// A stable name for APIs, pages and statistics.
    #[must_use]
    pub fn slug(&self) -> &'static str {
        match self {
            Fault::Missing => "chart/missing",
            Fault::Yaml { .. } => "chart/yaml",
            Fault::SecondDocument { .. } => "chart/second-document",
            Fault::Anchor { .. } => "chart/anchor",
            Fault::DuplicateKey { .. } => "chart/duplicate-key",
            Fault::FoldedKey { .. } => "chart/folded-key",
            Fault::Malformed { .. } => "chart/malformed",
            Fault::NullEntry { .. } => "chart/null-entry",
            Fault::RequirementsKey { .. } => "chart/requirements-key",
            Fault::Name(_) => "chart/name",
            Fault::NameTooLong(_) => "chart/name-too-long",
            Fault::Version(_) => "chart/version",
            Fault::Unquoted { .. } => "chart/unquoted",
            Fault::ControlCharacter { .. } => "chart/control-character",
            Fault::Alias { .. } => "chart/alias",
            Fault::AliasTwice(_) => "chart/alias-twice",
            Fault::FieldTooLong { .. } => "chart/field-too-long",
            Fault::NotLoadable(_) => "chart/not-loadable",
        }
    }
}
