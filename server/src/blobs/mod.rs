//! Immutable bytes named by their sha256, over one `object_store`: a folder or an S3-compatible store. It knows no rows
//! and no rights: `registry::resolve` decides who may have what.

mod fault;
mod folder;
mod parts;
mod s3;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use object_store::path::Path as Key;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt as _, PutMode, PutPayload};

pub use parts::{PART_BYTES_MAX, PartKey};

use fault::Fault;

use crate::config::{BlobStore, Config};
use crate::error::{Error, Kind, Result};
use crate::model::{Digest, Micros};

/// A blob without a row is taken by the sweep after this time; longer than the longest upload.
pub const ORPHAN_GRACE_SECONDS: i64 = 3_600;
/// Nothing larger is stored or read into memory: the largest report that a scan may write.
pub const BLOB_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How long the store may take to answer, retries included; then it counts as not usable.
const CALL_SECONDS_MAX: u64 = 10;
/// How long a body may take once it is under way, besides the bound on silence.
const BODY_SECONDS_MAX: u64 = 60;
/// What a body adds to the time that a call may take, for each of so many bytes.
const BYTES_PER_SECOND_MIN: usize = 1024 * 1024;

/// What the keys of uploads under way begin with.
const UPLOADS: &str = "uploads";

/// The blob store. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    /// Everything below `uploads/` in the same place, for what may be lost at a power cut.
    uploads: Arc<dyn ObjectStore>,
    /// Of a store on disk, to tell an unmounted disk from an empty one.
    root: Option<PathBuf>,
}

impl Blobs {
    /// The store that the configuration names; a remote one is asked nothing yet, so that commands which need no blobs
    /// work without it.
    ///
    /// # Errors
    /// `InvalidRequest` for settings that contradict themselves; a folder that cannot be made.
    pub fn open(config: &Config) -> Result<Blobs> {
        match &config.blobs {
            BlobStore::Folder => Blobs::in_folder(&config.data),
            BlobStore::S3(settings) => Ok(Blobs::over(s3::store(settings)?)),
        }
    }

    /// Asks a remote store something once, so that a process which serves or judges tells at start what is wrong.
    ///
    /// # Errors
    /// `InvalidRequest` for what the operator must set right, `Unreachable` when the store cannot be reached.
    pub async fn try_out(&self, config: &Config) -> Result<()> {
        match &config.blobs {
            BlobStore::Folder => Ok(()),
            BlobStore::S3(settings) => s3::try_out(&*self.store, settings).await,
        }
    }

    /// Any other store, for tests that make it fail.
    #[must_use]
    pub fn over(store: Arc<dyn ObjectStore>) -> Blobs {
        Blobs { uploads: Arc::new(PrefixStore::new(Arc::clone(&store), UPLOADS)), store, root: None }
    }

    /// Stores bytes under their digest. The same bytes again are kept, written anew when they no longer hash right
    /// or have lain so long that the sweep may have chosen them.
    ///
    /// # Errors
    /// The store failed; nothing is visible under the digest, or what was there before.
    pub async fn put(&self, bytes: Bytes, now: Micros) -> Result<Digest> {
        let digest = Digest::of(&bytes);
        self.put_new(&digest, bytes, now).await?;
        Ok(digest)
    }

    /// As [`Blobs::put`], for bytes that hash to `digest`; tells whether they were new.
    ///
    /// # Errors
    /// Those of [`Blobs::put`].
    pub async fn put_new(&self, digest: &Digest, bytes: Bytes, now: Micros) -> Result<bool> {
        if bytes.len() > BLOB_BYTES_MAX {
            return Err(Error::internal(format!(
                "a blob of {} bytes is more than is ever read",
                bytes.len()
            )));
        }
        let (key, seconds) = (key(digest), CALL_SECONDS_MAX + (bytes.len() / BYTES_PER_SECOND_MIN) as u64);
        let payload = PutPayload::from_bytes(bytes);
        match bounded(seconds, self.store.put_opts(&key, payload.clone(), PutMode::Create.into())).await {
            Ok(_) => return Ok(true),
            Err(object_store::Error::AlreadyExists { .. }) => {}
            Err(error) if fault::fault(&error) == Fault::NoConditions => {}
            Err(error) => return Err(error.into()),
        }
        let meta = match bounded(CALL_SECONDS_MAX, self.store.head(&key)).await {
            Ok(meta) => meta,
            // A store without conditional puts: the name says what the bytes are, so overwriting does no harm.
            Err(error) if fault::object_is_missing(&error) => {
                bounded(seconds, self.store.put(&key, payload)).await?;
                return Ok(true);
            }
            Err(error) => return Err(error.into()),
        };
        if is_aged(&meta, now) || self.read(digest).await.is_err() {
            bounded(seconds, self.store.put(&key, payload)).await?;
        }
        Ok(false)
    }

    /// Sees to it that bytes which rows name are there: a look, and a transfer only where they are not.
    ///
    /// # Errors
    /// The store failed.
    pub async fn keep(&self, digest: &Digest, bytes: &Bytes, now: Micros) -> Result<()> {
        match bounded(CALL_SECONDS_MAX, self.store.head(&key(digest))).await {
            Ok(meta) if meta.size == bytes.len() as u64 => Ok(()),
            Ok(_) => self.put_new(digest, bytes.clone(), now).await.map(drop),
            Err(error) if fault::object_is_missing(&error) => {
                self.put_new(digest, bytes.clone(), now).await.map(drop)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Writes bytes that rows name anew when they are missing or damaged.
    ///
    /// # Errors
    /// The store failed.
    pub async fn heal(&self, digest: &Digest, bytes: &Bytes) -> Result<()> {
        match self.read(digest).await {
            Ok(_) => Ok(()),
            Err(error) if error.kind == Kind::Internal => {
                let seconds = CALL_SECONDS_MAX + (bytes.len() / BYTES_PER_SECOND_MIN) as u64;
                let payload = PutPayload::from_bytes(bytes.clone());
                bounded(seconds, self.store.put(&key(digest), payload)).await?;
                tracing::warn!(%digest, "a damaged blob was written anew from an upload of the same bytes");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// The bytes of a blob, hashed before they are given out.
    ///
    /// # Errors
    /// The blob is missing or its bytes do not hash to its name: the store is damaged, and nothing is served.
    pub async fn read(&self, digest: &Digest) -> Result<Bytes> {
        let found = match bounded(CALL_SECONDS_MAX, self.store.get(&key(digest))).await {
            Ok(found) => found,
            Err(error) if fault::object_is_missing(&error) => {
                return Err(damaged(digest, "is missing", fault::told(&error)));
            }
            Err(error) => return Err(error.into()),
        };
        if found.meta.size > BLOB_BYTES_MAX as u64 {
            return Err(damaged(digest, "is too large", format!("{} bytes", found.meta.size)));
        }
        let bytes = bounded(BODY_SECONDS_MAX, found.bytes()).await?;
        let found = Digest::of(&bytes);
        if found == *digest {
            return Ok(bytes);
        }
        Err(damaged(digest, "does not hash to its name", format!("found {found}")))
    }

    /// Takes a blob away that nobody touched since `older_than`, and tells whether it did. Only for bytes that no row
    /// names. It looks again, because an upload writes an old orphan anew before its rows name it.
    ///
    /// # Errors
    /// The store failed. A blob that is not there is no error.
    pub async fn delete_untouched(&self, digest: &Digest, older_than: Micros) -> Result<bool> {
        match bounded(CALL_SECONDS_MAX, self.store.head(&key(digest))).await {
            Ok(meta) if meta.last_modified.timestamp_micros() < older_than.0 => {}
            Ok(_) => return Ok(false),
            Err(error) if fault::object_is_missing(&error) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        match bounded(CALL_SECONDS_MAX, self.store.delete(&key(digest))).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    /// Digests whose bytes have lain untouched since before `older_than`.
    ///
    /// # Errors
    /// The store cannot be listed.
    pub async fn untouched_since(&self, older_than: Micros) -> Result<Vec<Digest>> {
        let old = self.store.list(Some(&Key::from("sha256"))).try_filter_map(|meta| async move {
            let old = meta.last_modified.timestamp_micros() < older_than.0;
            let name = meta.location.filename().filter(|_| old);
            Ok(name.and_then(|hex| Digest::parse(&format!("sha256:{hex}")).ok()))
        });
        Ok(old.try_collect().await?)
    }

    /// Whether the store answers; for `/readyz`.
    ///
    /// # Errors
    /// It does not.
    pub async fn check(&self) -> Result<()> {
        if let Some(root) = &self.root {
            tokio::fs::metadata(root)
                .await
                .map_err(|error| Error::unavailable("the folder of the blob store is not there", error))?;
        }
        match bounded(CALL_SECONDS_MAX, self.store.get(&Key::from(NO_OBJECT))).await {
            Ok(_) => Ok(()),
            Err(error) if fault::object_is_missing(&error) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// A key that is never written: a store that says so is there, and one small question costs less than a list.
const NO_OBJECT: &str = "ready";

/// Waits for the store, but not for ever.
async fn bounded<T>(
    seconds: u64,
    call: impl Future<Output = object_store::Result<T>>,
) -> object_store::Result<T> {
    match tokio::time::timeout(Duration::from_secs(seconds), call).await {
        Ok(result) => result,
        Err(_) => {
            let text = format!("no answer within {seconds} seconds");
            let source = Box::new(std::io::Error::new(std::io::ErrorKind::TimedOut, text));
            Err(object_store::Error::Generic { store: "blob store", source })
        }
    }
}

/// Whether a blob has lain so long that the sweep may have chosen it.
fn is_aged(meta: &object_store::ObjectMeta, now: Micros) -> bool {
    now.0 / 1_000_000 - meta.last_modified.timestamp() > ORPHAN_GRACE_SECONDS / 2
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
        assert!(!blobs.delete_untouched(&digest, now.plus_seconds(-60)).await.unwrap());
        assert!(blobs.delete_untouched(&digest, now.plus_seconds(60)).await.unwrap());
        assert!(blobs.read(&digest).await.is_err());
        assert!(!blobs.delete_untouched(&digest, now.plus_seconds(60)).await.unwrap(), "it is gone");
    }
}
