//! Immutable bytes named by their sha256, over one `object_store`. It knows no rows and no rights:
//! `registry::resolve` decides who may have what.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt as _, PutMode, PutPayload};

use crate::error::{Error, Result};
use crate::model::{Digest, Micros};

/// A blob without a row is taken by the sweep after this time; longer than the longest upload.
pub const ORPHAN_GRACE_SECONDS: i64 = 3_600;

/// The blob store. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    staging: PathBuf,
}

impl Blobs {
    /// A folder on disk: `blobs/` and `staging/` below `data`, made when absent. Writes are synced before they return.
    ///
    /// # Errors
    /// The folders cannot be made.
    pub fn in_folder(data: &Path) -> Result<Blobs> {
        let (root, staging) = (data.join("blobs"), data.join("staging"));
        for folder in [&root, &staging] {
            std::fs::create_dir_all(folder).map_err(|error| {
                Error::unavailable(format!("the folder {} cannot be made: {error}", folder.display()), error)
            })?;
        }
        let store = LocalFileSystem::new_with_prefix(&root)?.with_fsync(true);
        Ok(Blobs { store: Arc::new(store), staging })
    }

    /// Where doors stage uploads that arrive in parts; on the same disk, emptied at start.
    #[must_use]
    pub fn staging_dir(&self) -> &Path {
        &self.staging
    }

    /// Stores bytes under their digest. The same bytes again are kept, written anew when they no longer hash right
    /// or have lain so long that the sweep may have chosen them.
    ///
    /// # Errors
    /// The store failed; nothing is visible under the digest, or what was there before.
    pub async fn put(&self, bytes: Bytes, now: Micros) -> Result<Digest> {
        let digest = Digest::of(&bytes);
        let key = key(&digest);
        let payload = PutPayload::from_bytes(bytes);
        match self.store.put_opts(&key, payload.clone(), PutMode::Create.into()).await {
            Ok(_) => {}
            Err(object_store::Error::AlreadyExists { .. }) => {
                let meta = self.store.head(&key).await?;
                let aged = now.0 / 1_000_000 - meta.last_modified.timestamp() > ORPHAN_GRACE_SECONDS / 2;
                if aged || self.read(&digest).await.is_err() {
                    self.store.put(&key, payload).await?;
                }
            }
            Err(error) => return Err(error.into()),
        }
        Ok(digest)
    }

    /// The bytes of a blob, hashed before they are given out.
    ///
    /// # Errors
    /// The blob is missing or its bytes do not hash to its name: the store is damaged, and nothing is served.
    pub async fn read(&self, digest: &Digest) -> Result<Bytes> {
        let bytes = match self.store.get(&key(digest)).await {
            Ok(result) => result.bytes().await?,
            Err(error @ object_store::Error::NotFound { .. }) => {
                return Err(damaged(digest, "is missing", error));
            }
            Err(error) => return Err(error.into()),
        };
        let found = Digest::of(&bytes);
        if found == *digest {
            return Ok(bytes);
        }
        Err(damaged(digest, "does not hash to its name", format!("found {found}")))
    }

    /// Takes a blob away. Only for bytes that no row names.
    ///
    /// # Errors
    /// The store failed. A blob that is not there is no error.
    pub async fn delete(&self, digest: &Digest) -> Result<()> {
        match self.store.delete(&key(digest)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Digests whose bytes have lain untouched since before `older_than`.
    ///
    /// # Errors
    /// The store cannot be listed.
    pub async fn untouched_since(&self, older_than: Micros) -> Result<Vec<Digest>> {
        let objects: Vec<_> =
            self.store.list(Some(&Key::from("sha256"))).map(|meta| meta).try_collect().await?;
        Ok(objects
            .into_iter()
            .filter(|meta| meta.last_modified.timestamp_micros() < older_than.0)
            .filter_map(|meta| Digest::parse(&format!("sha256:{}", meta.location.filename()?)).ok())
            .collect())
    }

    /// Whether the store answers; for `/readyz`.
    ///
    /// # Errors
    /// It does not.
    pub async fn check(&self) -> Result<()> {
        match self.store.list(Some(&Key::from("sha256"))).next().await {
            None | Some(Ok(_)) => Ok(()),
            Some(Err(error)) => Err(error.into()),
        }
    }
}

/// `sha256/ab/<hex>`.
fn key(digest: &Digest) -> Key {
    let hex = digest.hex();
    Key::from(format!("sha256/{}/{hex}", &hex[..2]))
}

fn damaged(digest: &Digest, what: &str, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    tracing::error!(%digest, "a stored blob {what}");
    Error::internal(cause)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn bytes_are_kept_once_and_served_only_when_they_hash() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::in_folder(folder.path()).unwrap();
        let now = Micros(jiff::Timestamp::now().as_microsecond());
        let digest = blobs.put(Bytes::from_static(b"chart"), now).await.unwrap();
        assert_eq!(blobs.put(Bytes::from_static(b"chart"), now).await.unwrap(), digest);
        assert_eq!(blobs.read(&digest).await.unwrap(), "chart");

        let file = folder.path().join("blobs/sha256").join(&digest.hex()[..2]).join(digest.hex());
        std::fs::write(&file, b"swapped").unwrap();
        assert!(blobs.read(&digest).await.is_err(), "bytes that do not hash are never served");
        blobs.put(Bytes::from_static(b"chart"), now).await.unwrap();
        assert_eq!(blobs.read(&digest).await.unwrap(), "chart", "storing the right bytes again heals");

        assert_eq!(blobs.untouched_since(now.plus_seconds(60)).await.unwrap(), vec![digest.clone()]);
        blobs.delete(&digest).await.unwrap();
        assert!(blobs.read(&digest).await.is_err());
    }
}
