//! A chart as it came, ready to be loaded for either generation of Helm and to be looked at file by file.

use renderer::archive::{self, Archive, File, Refusal};
use renderer::chart::{self, Fault, LoadError, Metadata};
use renderer::functions::Helm;

use crate::model::Chart;

/// What is judged.
pub(super) struct Input {
    packed: Option<Archive>,
    /// Every file, packed subcharts opened: `charts/<folder>/...`.
    pub files: Vec<File>,
    /// The chart's own files, as they came.
    own: Vec<File>,
}

impl Input {
    pub fn of_archive(archive: Archive) -> Self {
        let mut files = Vec::new();
        flatten(&archive, "", &mut files);
        Input { packed: Some(archive), files, own: Vec::new() }
    }

    /// A folder's files; the strict reading of Chart.yaml holds for them too.
    pub fn of_files(files: &[File]) -> Result<(Self, Metadata), Refusal> {
        let not_loadable = |error: LoadError| match error {
            LoadError::Refused(refusal) => refusal,
            other => Refusal::Chart(Fault::NotLoadable(other.to_string())),
        };
        let chart = chart::load_folder(files, Helm::V4).map_err(not_loadable)?;
        // A folder may have any name; the chart's own stands for it.
        let mut archive = Archive { top: chart.metadata.name, files: files.to_vec(), subcharts: Vec::new() };
        let identity = chart::identity(&archive)?;
        for file in
            files.iter().filter(|file| file.path.starts_with("charts/") && file.path.ends_with(".tgz"))
        {
            if let Ok(subchart) = archive::read(&file.data) {
                archive.subcharts.push((file.path.clone(), subchart));
            }
        }
        let mut all = Vec::new();
        flatten(&archive, "", &mut all);
        Ok((Input { packed: None, files: all, own: files.to_vec() }, identity.metadata))
    }

    /// The chart tree as this generation of Helm loads it.
    pub fn load(&self, helm: Helm) -> Result<chart::Chart, String> {
        let loaded = match &self.packed {
            Some(archive) => chart::load_archive(archive, helm),
            None => chart::load_folder(&self.own, helm),
        };
        loaded.map_err(|error| error.to_string())
    }

    pub fn view<'a>(&'a self, name: &'a str) -> Chart<'a> {
        Chart::new(name, &self.files)
    }

    /// The chart's own values files for continuous integration, which show how its authors use it.
    pub fn ci_values(&self) -> Vec<&File> {
        let is_ci = |path: &str| {
            path.strip_prefix("ci/").is_some_and(|name| !name.contains('/') && name.ends_with("-values.yaml"))
        };
        let mut found: Vec<&File> = self.files.iter().filter(|file| is_ci(&file.path)).collect();
        found.sort_by(|a, b| a.path.cmp(&b.path));
        found
    }
}

fn flatten(archive: &Archive, prefix: &str, into: &mut Vec<File>) {
    for file in &archive.files {
        if archive.subcharts.iter().all(|(path, _)| *path != file.path) {
            into.push(File { path: format!("{prefix}{}", file.path), data: file.data.clone() });
        }
    }
    for (path, subchart) in &archive.subcharts {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        flatten(subchart, &format!("{prefix}{folder}/{}/", subchart.top), into);
    }
}
