//! What can be wrong with a YAML text, in goyaml's words. It does not say where the text came from.

use std::fmt;

use crate::limits::{YAML_DEPTH_MAX, YAML_NODES_MAX};

/// Why a YAML text was refused, and where. `Display` gives Go's text, `yaml: line 3: did not find expected key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YamlError {
    pub kind: YamlErrorKind,
    /// 1-based line of the problem; 0 where the place is not known.
    pub line: u32,
    /// The line that Go prints, which is not always the real one; 0 when it prints none.
    pub(super) shown_line: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum YamlErrorKind {
    /// A sentence of the reader, scanner or parser of libyaml, or of the decoder of goyaml.
    Malformed(String),
    /// More nested collections than [`YAML_DEPTH_MAX`].
    TooDeep,
    /// More nodes than [`YAML_NODES_MAX`], aliases expanded.
    TooLarge,
    /// Refused by the strict reader only.
    Anchor(String),
    /// Refused by the strict reader only.
    Alias(String),
    /// Refused by the strict reader only.
    MergeKey,
    /// Refused by the strict reader only.
    DuplicateKey(String),
    /// Refused by the strict reader only.
    SecondDocument,
}

impl YamlError {
    /// An error that Go prints without a line.
    pub(super) fn unplaced(sentence: impl Into<String>, line: u32) -> Self {
        YamlError { kind: YamlErrorKind::Malformed(sentence.into()), line, shown_line: 0 }
    }

    pub(super) fn bound(kind: YamlErrorKind, line: u32) -> Self {
        YamlError { kind, line, shown_line: line }
    }
}

impl fmt::Display for YamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("yaml: ")?;
        if self.shown_line > 0 {
            write!(f, "line {}: ", self.shown_line)?;
        }
        write!(f, "{}", self.kind)
    }
}

impl fmt::Display for YamlErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            YamlErrorKind::Malformed(sentence) => f.write_str(sentence),
            YamlErrorKind::TooDeep => write!(f, "exceeded max depth of {YAML_DEPTH_MAX}"),
            YamlErrorKind::TooLarge => write!(f, "exceeded max number of nodes of {YAML_NODES_MAX}"),
            YamlErrorKind::Anchor(name) => write!(f, "anchor '{name}' is not allowed here"),
            YamlErrorKind::Alias(name) => write!(f, "alias '{name}' is not allowed here"),
            YamlErrorKind::MergeKey => f.write_str("merge key '<<' is not allowed here"),
            YamlErrorKind::DuplicateKey(key) => write!(f, "key {key:?} is given twice"),
            YamlErrorKind::SecondDocument => f.write_str("a second document is not allowed here"),
        }
    }
}

impl std::error::Error for YamlError {}

/// Why a YAML text could not become a value. `Display` gives the text of sigs.k8s.io/yaml.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// The text is not YAML, or not YAML that goyaml decodes.
    Yaml(YamlError),
    /// YAML that JSON cannot express: keys that are null, numbers that are infinite.
    Conversion(String),
    /// The document is not of the kind that was asked for.
    Kind { found: &'static str, wanted: &'static str },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DecodeError::Yaml(error) => write!(f, "error converting YAML to JSON: {error}"),
            DecodeError::Conversion(text) => write!(f, "error converting YAML to JSON: {text}"),
            DecodeError::Kind { found, wanted } => write!(
                f,
                "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {found} into Go value of type {wanted}"
            ),
        }
    }
}

impl std::error::Error for DecodeError {}

impl From<YamlError> for DecodeError {
    fn from(error: YamlError) -> Self {
        DecodeError::Yaml(error)
    }
}
