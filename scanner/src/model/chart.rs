//! The files of a chart as rules see them: paths, texts, values files. It renders nothing.

use renderer::archive::File;
use renderer::yaml::{self, Node};

use super::values::line_of;

/// A chart's own files. Subcharts that are folders are among them; packed ones are listed by their archive's path.
#[derive(Debug)]
pub struct Chart<'a> {
    pub name: &'a str,
    pub files: &'a [File],
    /// Parsed `values.yaml` of the chart and of unpacked subcharts, by folder prefix (`""`, `charts/zookeeper/`).
    values_files: Vec<(String, Node)>,
    /// Names that Chart.yaml gives to subcharts: (folder of the parent, alias, name).
    aliases: Vec<(String, String, String)>,
}

impl<'a> Chart<'a> {
    #[must_use]
    pub fn new(name: &'a str, files: &'a [File]) -> Self {
        let values_files = files
            .iter()
            .filter_map(|file| {
                let folder = file.path.strip_suffix("values.yaml")?;
                let own = folder.is_empty() || (folder.starts_with("charts/") && folder.ends_with('/'));
                let node = own.then(|| yaml::parse(&file.data).ok()?.into_iter().next())??;
                Some((folder.to_owned(), node))
            })
            .collect();
        Chart { name, files, values_files, aliases: aliases(files) }
    }

    /// File (from the chart's top folder, as in `# Source:`) and line where a values key is set, looking from the top chart down.
    #[must_use]
    pub fn values_place(&self, key: &str) -> Option<(String, u32)> {
        let mut folder = String::new();
        let mut rest = key;
        loop {
            let file = self.values_files.iter().find(|(at, _)| *at == folder);
            if let Some(line) = file.and_then(|(_, node)| line_of(node, rest)) {
                return Some((format!("{}/{folder}values.yaml", self.name), line));
            }
            let (subchart, tail) = rest.split_once('.')?;
            let alias = self.aliases.iter().find(|(at, alias, _)| *at == folder && alias == subchart);
            let own = alias.map_or(subchart, |(_, _, name)| name);
            folder = format!("{folder}charts/{own}/");
            rest = tail;
        }
    }

    /// The text of a file, where it is UTF-8.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&'a str> {
        let file = self.files.iter().find(|file| file.path == path)?;
        std::str::from_utf8(&file.data).ok()
    }
}

fn aliases(files: &[File]) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for file in files {
        let folder = ["Chart.yaml", "requirements.yaml"].iter().find_map(|name| file.path.strip_suffix(name));
        let Some(folder) = folder.filter(|folder| folder.is_empty() || folder.starts_with("charts/")) else {
            continue;
        };
        let Some(node) = yaml::parse(&file.data).ok().and_then(|nodes| nodes.into_iter().next()) else {
            continue;
        };
        for dependency in node.get("dependencies").map(Node::items).unwrap_or_default() {
            let text = |key| dependency.get(key).and_then(Node::as_str).map(str::to_owned);
            if let (Some(alias), Some(name)) = (text("alias"), text("name")) {
                found.push((folder.to_owned(), alias, name));
            }
        }
    }
    found
}
