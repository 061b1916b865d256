//! A chart as a tree: metadata, templates, files, default values and subcharts, loaded as Helm loads it.

mod decode;
mod fault;
mod identity;
pub mod ignore;
mod load;
mod metadata;
mod validate;

use std::rc::Rc;

pub use fault::Fault;
pub use identity::{Identity, identity};
pub use load::{LoadError, load_archive, load_files, load_folder};
pub use metadata::{Dependency, Lock, Maintainer, Metadata};

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
    /// Defaults from values.yaml as this generation of Helm reads them; a map, empty where there is no such file.
    pub values: Value,
    /// values.yaml as it is.
    pub values_text: Option<Rc<Vec<u8>>>,
    /// values.schema.json as it is.
    pub schema: Option<Rc<Vec<u8>>>,
    pub lock: Option<Lock>,
    /// Subcharts by the names of their archives and folders. Helm's order is that of a Go map: none.
    pub dependencies: Vec<Chart>,
    /// What Helm would log while loading this chart; subcharts keep their own.
    pub warnings: Vec<String>,
    /// `demo/charts/sub`, the beginning of the names of its templates (Helm: `ChartFullPath`). Below an aliased copy Helm
    /// does not always follow the alias, so this is not simply the place in the tree.
    pub full_path: String,
    /// The same before dependencies were processed.
    pub(crate) load_path: String,
    /// Chart.yaml or requirements.yaml has a list of dependencies, be it empty: only then are conditions looked at.
    pub(crate) has_dependency_list: bool,
    /// Made for an entry of its parent's dependencies.
    pub(crate) is_copy: bool,
}

impl Chart {
    /// Paths as they are in the tree.
    pub(crate) fn set_paths(&mut self, parent: Option<&str>) {
        let name = &self.metadata.name;
        self.full_path = parent.map_or_else(|| name.clone(), |parent| format!("{parent}/charts/{name}"));
        self.load_path.clone_from(&self.full_path);
        for sub in &mut self.dependencies {
            sub.set_paths(Some(&self.full_path));
        }
    }
}
