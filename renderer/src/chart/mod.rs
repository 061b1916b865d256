//! A chart as a tree: metadata, templates, files, default values and subcharts, loaded as Helm loads it.

mod fault;
mod metadata;

use std::rc::Rc;

pub use fault::Fault;
pub use metadata::{Dependency, Maintainer, Metadata};

use crate::archive::File;
use crate::value::Value;

/// One chart with its subcharts (Helm: `chart.Chart`). Cloning copies the tree and the values, never the files.
#[derive(Clone)]
pub struct Chart {
    pub metadata: Metadata,
    /// What `.Files` offers: everything that has no place of its own.
    pub files: Rc<Vec<File>>,
    /// `templates/*`, partials and NOTES.txt included, paths below the chart's folder.
    pub templates: Rc<Vec<File>>,
    /// Defaults from values.yaml; a map, or nil where there is no such file.
    pub values: Value,
    /// values.schema.json as it is.
    pub schema: Option<Rc<Vec<u8>>>,
    /// Subcharts in order of their place in `charts/`.
    pub dependencies: Vec<Chart>,
}
