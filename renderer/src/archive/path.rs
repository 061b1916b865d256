//! Names of archive members: which are plain enough that every reader sees the same file, and which are twins.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization;

use super::Refusal;
use crate::limits::{ARCHIVE_PATH_BYTES_MAX, ARCHIVE_PATH_DEPTH_MAX};

/// A member's name as plain text without the slash that ends a folder's name.
pub(super) fn check(name: &[u8]) -> Result<&str, Refusal> {
    if name.len() > ARCHIVE_PATH_BYTES_MAX {
        return Err(Refusal::PathTooLong(name.len()));
    }
    let text = std::str::from_utf8(name)
        .map_err(|_| Refusal::PathNotUtf8(String::from_utf8_lossy(name).into_owned()))?;
    let shown = || text.to_owned();
    if text.chars().any(is_hidden) {
        return Err(Refusal::PathControl(shown()));
    }
    if text.contains('\\') {
        return Err(Refusal::PathBackslash(shown()));
    }
    if text.starts_with('/') {
        return Err(Refusal::PathAbsolute(shown()));
    }
    let plain = text.strip_suffix('/').unwrap_or(text);
    let mut depth = 0;
    for part in plain.split('/') {
        depth += 1;
        // Helm refuses `..hidden` too, because it looks at the first two bytes only.
        if part.is_empty() || part == "." || part.starts_with("..") {
            return Err(Refusal::PathNotPlain(shown()));
        }
        if let [letter, b':'] = part.as_bytes()
            && letter.is_ascii_alphabetic()
        {
            return Err(Refusal::PathDrive(shown()));
        }
    }
    if depth > ARCHIVE_PATH_DEPTH_MAX {
        return Err(Refusal::PathTooDeep(shown()));
    }
    Ok(plain)
}

/// Characters that change what a person sees or that a terminal acts on: controls, bidirectional and zero-width marks,
/// line separators, tags, byte order marks.
#[must_use]
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The paths seen so far, and how each looks on a system that folds case or normalises Unicode.
#[derive(Default)]
pub(super) struct Seen {
    by_fold: BTreeMap<String, (String, Kind)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Folder,
}

impl Seen {
    /// Takes a folder in; the same folder may come again.
    pub(super) fn folder(&mut self, path: &str) -> Result<(), Refusal> {
        self.insert(path, Kind::Folder)
    }

    /// Takes a file and the folders above it in.
    pub(super) fn file(&mut self, path: &str) -> Result<(), Refusal> {
        for (at, _) in path.match_indices('/') {
            self.insert(&path[..at], Kind::Folder)?;
        }
        self.insert(path, Kind::File)
    }

    fn insert(&mut self, path: &str, kind: Kind) -> Result<(), Refusal> {
        let fold = fold(path);
        let Some((first, first_kind)) = self.by_fold.get(&fold) else {
            self.by_fold.insert(fold, (path.to_owned(), kind));
            return Ok(());
        };
        if first != path {
            return Err(Refusal::PathTwins { first: first.clone(), second: path.to_owned() });
        }
        match (first_kind, kind) {
            (Kind::Folder, Kind::Folder) => Ok(()),
            (Kind::File, Kind::File) => Err(Refusal::PathTwice(path.to_owned())),
            _ => Err(Refusal::FileAndFolder(path.to_owned())),
        }
    }
}

/// One spelling for all that a case-insensitive or normalising file system takes for one name.
fn fold(path: &str) -> String {
    if path.is_ascii() {
        return path.to_ascii_lowercase();
    }
    path.nfd().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfc().collect()
}
