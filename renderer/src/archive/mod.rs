//! A chart archive (.tgz) to a flat list of files: strict, reject first, nothing is ever unpacked to disk.

mod gzip;
mod path;
mod pax;
mod refusal;
mod tar;
#[cfg(test)]
mod tests;

pub(crate) use path::is_hidden;
pub use refusal::Refusal;

use crate::limits::{
    ARCHIVE_ENTRIES_MAX, ARCHIVE_NESTING_DEPTH_MAX, ARCHIVE_PACKED_BYTES_MAX, ARCHIVE_UNPACKED_BYTES_MAX,
};

/// One regular file of a chart: path below the chart's top folder, `/` separated, and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub path: String,
    pub data: Vec<u8>,
}

/// What an archive holds: the name of its one top folder and the files below it in archive order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive {
    pub top: String,
    pub files: Vec<File>,
    /// The archives among the files that Helm would load as subcharts (`charts/x.tgz`, at any depth), by path.
    pub subcharts: Vec<(String, Archive)>,
}

/// Reads a packed chart and every chart packed inside it, under one budget.
///
/// # Errors
/// The first thing that two readers could understand differently, or that is over a limit.
pub fn read(bytes: &[u8]) -> Result<Archive, Refusal> {
    if bytes.len() as u64 > ARCHIVE_PACKED_BYTES_MAX {
        return Err(Refusal::PackedTooLarge(bytes.len() as u64));
    }
    read_level(bytes, &mut Budget::new(), 0)
}

fn read_level(bytes: &[u8], budget: &mut Budget, depth: usize) -> Result<Archive, Refusal> {
    if depth >= ARCHIVE_NESTING_DEPTH_MAX {
        return Err(Refusal::NestingTooDeep);
    }
    let mut files = tar::read(&mut gzip::Member::open(bytes)?, budget)?;
    let top = drop_top_folder(&mut files)?;
    let mut subcharts = Vec::new();
    for file in files.iter().filter(|file| is_subchart_archive(&file.path)) {
        let archive = read_level(&file.data, budget, depth + 1)
            .map_err(|refusal| Refusal::Subchart { path: file.path.clone(), refusal: Box::new(refusal) })?;
        subcharts.push((file.path.clone(), archive));
    }
    Ok(Archive { top, files, subcharts })
}

/// Every file must lie in one folder, whose name Helm drops whatever it is (A10).
fn drop_top_folder(files: &mut [File]) -> Result<String, Refusal> {
    let mut top: Option<String> = None;
    for file in files {
        let Some((folder, below)) = file.path.split_once('/') else {
            return Err(Refusal::OutsideFolder(file.path.clone()));
        };
        match &top {
            None => top = Some(folder.to_owned()),
            Some(first) if first != folder => {
                return Err(Refusal::SecondTopFolder { first: first.clone(), second: folder.to_owned() });
            }
            Some(_) => {}
        }
        file.path = below.to_owned();
    }
    top.ok_or(Refusal::Empty)
}

/// `charts/x.tgz`, or the same below unpacked subcharts: what Helm's loader opens as an archive.
fn is_subchart_archive(path: &str) -> bool {
    let mut rest = path;
    while let Some(below) = rest.strip_prefix("charts/") {
        match below.split_once('/') {
            None => return below.ends_with(".tgz") && !below.starts_with(['_', '.']),
            Some((folder, _)) if folder.starts_with(['_', '.']) => return false,
            Some((_, inside)) => rest = inside,
        }
    }
    false
}

/// What one whole tree of archives may still cost (A25 to A27).
struct Budget {
    bytes_left: u64,
    entries_left: usize,
}

impl Budget {
    fn new() -> Self {
        Budget { bytes_left: ARCHIVE_UNPACKED_BYTES_MAX, entries_left: ARCHIVE_ENTRIES_MAX }
    }

    fn take_bytes(&mut self, bytes: u64) -> Result<(), Refusal> {
        self.bytes_left = self.bytes_left.checked_sub(bytes).ok_or(Refusal::UnpackedTooLarge)?;
        Ok(())
    }

    fn take_entry(&mut self) -> Result<(), Refusal> {
        self.entries_left = self.entries_left.checked_sub(1).ok_or(Refusal::TooManyEntries)?;
        Ok(())
    }
}
