//! Reads a chart at hand for `scan` and `template`: a packed file as it is, a folder as its files.

use std::path::{Path, PathBuf};

use renderer::archive::File;
use renderer::limits::{ARCHIVE_ENTRIES_MAX, ARCHIVE_PATH_DEPTH_MAX, ARCHIVE_UNPACKED_BYTES_MAX};

use super::{Failure, exit};

/// A chart as it lies on disk.
pub(super) enum ChartFiles {
    Archive(Vec<u8>),
    /// Paths below the folder, in Helm's walking order; nothing is left out.
    Folder(Vec<File>),
}

/// Reads what `path` names.
///
/// # Errors
/// It is not there, cannot be read, or is over a limit.
pub(super) fn read_chart(path: &Path) -> Result<ChartFiles, Failure> {
    let cannot = |error: std::io::Error| {
        let code =
            if error.kind() == std::io::ErrorKind::NotFound { exit::NOT_FOUND } else { exit::UNEXPECTED };
        Failure::new(code, format!("{}: {error}", path.display()))
    };
    if !std::fs::metadata(path).map_err(cannot)?.is_dir() {
        return Ok(ChartFiles::Archive(std::fs::read(path).map_err(cannot)?));
    }
    let mut walk = Walk { root: path.to_owned(), files: Vec::new(), bytes: 0 };
    walk.folder(&PathBuf::new(), 0).map_err(cannot)?;
    Ok(ChartFiles::Folder(walk.files))
}

struct Walk {
    root: PathBuf,
    files: Vec<File>,
    bytes: u64,
}

impl Walk {
    fn folder(&mut self, below: &Path, depth: usize) -> std::io::Result<()> {
        if depth > ARCHIVE_PATH_DEPTH_MAX {
            return Err(std::io::Error::other(format!(
                "folders are nested deeper than {ARCHIVE_PATH_DEPTH_MAX}"
            )));
        }
        let entries = std::fs::read_dir(self.root.join(below))?;
        let mut names =
            entries.map(|entry| entry.map(|entry| entry.file_name())).collect::<Result<Vec<_>, _>>()?;
        names.sort();
        for name in names {
            let path = below.join(name);
            if std::fs::metadata(self.root.join(&path))?.is_dir() {
                self.folder(&path, depth + 1)?;
            } else {
                self.file(&path)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path) -> std::io::Result<()> {
        let data = std::fs::read(self.root.join(path))?;
        self.bytes += data.len() as u64;
        if self.files.len() >= ARCHIVE_ENTRIES_MAX || self.bytes > ARCHIVE_UNPACKED_BYTES_MAX {
            return Err(std::io::Error::other(format!(
                "the folder holds more than {ARCHIVE_ENTRIES_MAX} files or {ARCHIVE_UNPACKED_BYTES_MAX} bytes"
            )));
        }
        self.files.push(File { path: path.to_string_lossy().into_owned(), data });
        Ok(())
    }
}
