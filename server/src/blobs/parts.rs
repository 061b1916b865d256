//! The parts of uploads that are under way: objects below `uploads/<upload>/<part>` in the same store. They wait for a
//! manifest and are worth nothing after a power cut, so on a disk they are written without a sync. Rows tell what counts.

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path as Key;
use object_store::{ObjectStoreExt as _, PutPayload};

use super::fault::{object_is_missing, told};
use super::{BODY_SECONDS_MAX, Blobs, CALL_SECONDS_MAX, bounded};
use crate::error::Result;
use crate::model::Micros;

/// The largest part; a request holds one in memory.
pub const PART_BYTES_MAX: usize = 5 * 1024 * 1024;

/// Name of a part: both are random hexadecimal text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartKey {
    pub upload: String,
    pub part: String,
}

impl PartKey {
    fn key(&self) -> Key {
        Key::from(format!("{}/{}", self.upload, self.part))
    }
}

impl Blobs {
    /// Stores a part of at most [`PART_BYTES_MAX`] bytes.
    ///
    /// # Errors
    /// The store failed; the part may be there.
    pub async fn put_part(&self, part: &PartKey, bytes: PutPayload) -> Result<()> {
        bounded(CALL_SECONDS_MAX, self.uploads.put(&part.key(), bytes)).await?;
        Ok(())
    }

    /// The bytes of a part, not checked in any way; `None` when there is no such part (any more).
    ///
    /// # Errors
    /// The store failed, or the part is larger than any that was put.
    pub async fn read_part(&self, part: &PartKey) -> Result<Option<Bytes>> {
        let found = match bounded(CALL_SECONDS_MAX, self.uploads.get(&part.key())).await {
            Ok(found) => found,
            Err(error) if object_is_missing(&error) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        if found.meta.size > PART_BYTES_MAX as u64 {
            return Err(crate::error::Error::internal(format!(
                "part {part:?} has {} bytes",
                found.meta.size
            )));
        }
        Ok(Some(bounded(BODY_SECONDS_MAX, found.bytes()).await?))
    }

    /// Takes parts away that no row names any more. What cannot be taken away now is left to the sweep.
    pub async fn delete_parts(&self, parts: &[PartKey]) {
        let keys: Vec<Result<Key, object_store::Error>> = parts.iter().map(|part| Ok(part.key())).collect();
        if keys.is_empty() {
            return;
        }
        let mut gone = self.uploads.delete_stream(futures_util::stream::iter(keys).boxed());
        let deleted = bounded(CALL_SECONDS_MAX, async {
            while let Some(result) = gone.next().await {
                match result {
                    Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        });
        if let Err(error) = deleted.await {
            tracing::warn!(error = %told(&error), "parts of an upload stay for the sweep");
        }
    }

    /// Parts written before `older_than`, whether or not a row names them.
    ///
    /// # Errors
    /// The store cannot be listed.
    pub async fn parts_untouched_since(&self, older_than: Micros) -> Result<Vec<PartKey>> {
        let old = self.uploads.list(None).try_filter_map(|meta| async move {
            let old = meta.last_modified.timestamp_micros() < older_than.0;
            let mut names = meta.location.parts();
            let named = names.next().zip(names.next()).filter(|_| old && names.next().is_none());
            Ok(named.map(|(upload, part)| PartKey {
                upload: upload.as_ref().to_owned(),
                part: part.as_ref().to_owned(),
            }))
        });
        Ok(old.try_collect().await?)
    }
}
