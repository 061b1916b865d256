//! A folder on disk as a blob store, and what only a disk leaves behind: files that were being written when the process
//! was killed. `object_store` names them `<object>#<number>` and passes over them, so nobody else would take them away.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use object_store::local::LocalFileSystem;

use super::{Blobs, UPLOADS};
use crate::error::{Error, Result};
use crate::model::Micros;

impl Blobs {
    /// A folder on disk: `blobs/` below `data`, made when absent. Writes are synced before they return.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn in_folder(data: &Path) -> Result<Blobs> {
        let root = data.join("blobs");
        let parts = root.join(UPLOADS);
        std::fs::create_dir_all(&parts).map_err(|error| {
            Error::unavailable(format!("the folder {} cannot be made: {error}", root.display()), error)
        })?;
        let store = LocalFileSystem::new_with_prefix(&root)?.with_fsync(true);
        // With a root of its own: empty folders are taken away up to the root, and one above an upload's own could go
        // while another upload is about to make its folder in it.
        let uploads = LocalFileSystem::new_with_prefix(&parts)?.with_automatic_cleanup(true);
        Ok(Blobs { store: Arc::new(store), uploads: Arc::new(uploads), root: Some(root) })
    }

    /// Takes away files that nobody has written to since `older_than` and that never became an object. Tells how many;
    /// none where the store is no folder.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub async fn discard_unfinished(&self, older_than: Micros) -> Result<usize> {
        let Some(root) = self.root.clone() else { return Ok(0) };
        let older_than = Duration::from_micros(u64::try_from(older_than.0).unwrap_or_default());
        tokio::task::spawn_blocking(move || discard(root, older_than))
            .await?
            .map_err(|error| Error::unavailable("the folder of the blob store cannot be swept", error))
    }
}

fn discard(root: PathBuf, older_than: Duration) -> std::io::Result<usize> {
    let (mut folders, mut discarded) = (vec![root], 0);
    while let Some(folder) = folders.pop() {
        // A folder can go while it is looked at: the last part of an upload takes its own with it.
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            let Ok(meta) = entry.metadata() else { continue };
            if meta.is_dir() {
                folders.push(entry.path());
                continue;
            }
            let age = meta.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
            if is_unfinished(&entry.file_name().to_string_lossy()) && age < older_than {
                std::fs::remove_file(entry.path())?;
                discarded += 1;
            }
        }
    }
    Ok(discarded)
}

fn is_unfinished(name: &str) -> bool {
    name.split_once('#')
        .is_some_and(|(_, number)| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use bytes::Bytes;

    use super::*;

    /// Each upload takes its folder away when it ends, while others make theirs.
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn uploads_that_end_are_in_nobodys_way() {
        let data = tempfile::tempdir().unwrap();
        let blobs = Blobs::in_folder(data.path()).unwrap();
        let upload = async |number: usize, blobs: Blobs| {
            for round in 0..200 {
                let part =
                    crate::blobs::PartKey { upload: format!("{number}-{round}"), part: "a".to_owned() };
                blobs.put_part(&part, Bytes::from_static(b"part").into()).await.unwrap();
                blobs.delete_parts(std::slice::from_ref(&part)).await;
            }
        };
        futures_util::future::join_all((0..8).map(|number| upload(number, blobs.clone()))).await;
        assert_eq!(std::fs::read_dir(data.path().join("blobs/uploads")).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn only_old_files_that_never_became_objects_are_discarded() {
        let data = tempfile::tempdir().unwrap();
        let blobs = Blobs::in_folder(data.path()).unwrap();
        let now = Micros(jiff::Timestamp::now().as_microsecond());
        let digest = blobs.put(Bytes::from_static(b"chart"), now).await.unwrap();
        let folder = data.path().join("blobs/sha256").join(&digest.hex()[..2]);
        for name in ["cut-short#1", "being-written#12", "no-number#x"] {
            std::fs::write(folder.join(name), "half a ch").unwrap();
        }
        let hour_ago = std::time::SystemTime::now() - Duration::from_secs(3_600);
        for name in ["cut-short#1", "no-number#x", digest.hex()] {
            let file = std::fs::File::options().append(true).open(folder.join(name)).unwrap();
            file.set_modified(hour_ago).unwrap();
        }
        assert_eq!(blobs.discard_unfinished(now.plus_seconds(-60)).await.unwrap(), 1);
        assert!(!folder.join("cut-short#1").exists());
        assert!(folder.join("being-written#12").exists() && folder.join("no-number#x").exists());
        assert_eq!(blobs.read(&digest).await.unwrap(), "chart");
    }
}
