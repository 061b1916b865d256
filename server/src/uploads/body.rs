//! Request bodies into parts of the blob store and back, with one part in memory at a time. Rows are written elsewhere:
//! what is written here counts only once they name it.

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _};
use object_store::PutPayload;
use sha2::{Digest as _, Sha256};

use super::{Uploads, key, keys, random_hex};
use crate::blobs::PART_BYTES_MAX;
use crate::config::UPLOAD_BYTES_MAX;
use crate::db::uploads::{PartRow, UploadRow};
use crate::error::{Error, Kind, Result};
use crate::model::Digest;

/// The parts that one request wrote, and where the upload would end with them.
pub(super) struct Received {
    pub(super) parts: Vec<PartRow>,
    pub(super) end: i64,
}

impl Uploads {
    /// Writes a body into parts behind the bytes that `row` has. On an error none of them counts.
    pub(super) async fn receive<S, E>(
        &self,
        row: &UploadRow,
        mut body: S,
        hasher: Option<&mut Sha256>,
    ) -> Result<Received>
    where
        S: Stream<Item = std::result::Result<Bytes, E>> + Unpin,
        E: std::fmt::Display,
    {
        let mut received = Received { parts: Vec::new(), end: row.size };
        match self.fill(row, &mut body, hasher, &mut received).await {
            Ok(()) => Ok(received),
            // A store that does not answer would only be waited for again; the sweep takes what is left.
            Err(error) if error.kind == Kind::Unreachable => Err(error),
            Err(error) => {
                self.blobs.delete_parts(&keys(&received.parts)).await;
                Err(error)
            }
        }
    }

    async fn fill<S, E>(
        &self,
        row: &UploadRow,
        body: &mut S,
        mut hasher: Option<&mut Sha256>,
        received: &mut Received,
    ) -> Result<()>
    where
        S: Stream<Item = std::result::Result<Bytes, E>> + Unpin,
        E: std::fmt::Display,
    {
        let mut buffer = Vec::new();
        while let Some(chunk) = body.next().await {
            let so_far = received.end + length(buffer.len());
            let mut chunk = chunk.map_err(|error| {
                Error::new(Kind::InvalidUpload, format!("the upload broke off after {so_far} bytes: {error}"))
            })?;
            if so_far + length(chunk.len()) > length(UPLOAD_BYTES_MAX) {
                let text = format!("a blob may have at most {UPLOAD_BYTES_MAX} bytes");
                return Err(Error::new(Kind::TooLarge, text));
            }
            if let Some(hasher) = hasher.as_deref_mut() {
                hasher.update(&chunk);
            }
            while buffer.len() + chunk.len() > PART_BYTES_MAX {
                let fits = chunk.split_to(PART_BYTES_MAX - buffer.len());
                take(&mut buffer, &fits);
                self.write(row, std::mem::take(&mut buffer).into(), received).await?;
            }
            take(&mut buffer, &chunk);
        }
        if buffer.is_empty() { Ok(()) } else { self.write(row, buffer.into(), received).await }
    }

    async fn write(&self, row: &UploadRow, bytes: Bytes, received: &mut Received) -> Result<()> {
        let part = PartRow {
            upload_id: row.id.clone(),
            start: received.end,
            id: random_hex::<8>()?,
            size: length(bytes.len()),
            digest: Digest::of(&bytes),
        };
        received.end += part.size;
        received.parts.push(part.clone());
        self.blobs.put_part(&key(&part), PutPayload::from_bytes(bytes)).await
    }

    /// All bytes of these parts; `None` when one of them is gone or damaged.
    pub(super) async fn gather(&self, parts: &[PartRow]) -> Result<Option<Bytes>> {
        if let [part] = parts {
            return self.part(part).await;
        }
        let mut bytes = BytesMut::new();
        for part in parts {
            let Some(more) = self.part(part).await? else { return Ok(None) };
            bytes.extend_from_slice(&more);
        }
        Ok(Some(bytes.freeze()))
    }

    /// The bytes of a part as the client sent them; `None` when they are gone or damaged. They are read twice before
    /// they count as damaged, because a byte can also be hurt on its way.
    pub(super) async fn part(&self, part: &PartRow) -> Result<Option<Bytes>> {
        for _ in 0..2 {
            let Some(bytes) = self.blobs.read_part(&key(part)).await? else { return Ok(None) };
            if Digest::of(&bytes) == part.digest {
                return Ok(Some(bytes));
            }
            tracing::warn!(
                upload = part.upload_id,
                part = part.id,
                "a part of an upload does not hash right"
            );
        }
        Ok(None)
    }
}

/// Adds to a part's buffer, which doubles as it grows, but never beyond a part: that is what a request holds in memory.
fn take(buffer: &mut Vec<u8>, more: &[u8]) {
    if buffer.capacity() - buffer.len() < more.len() {
        let wanted = (2 * buffer.capacity()).clamp(buffer.len() + more.len(), PART_BYTES_MAX);
        buffer.reserve_exact(wanted - buffer.len());
    }
    buffer.extend_from_slice(more);
}

/// Sizes are far below what either type holds: [`UPLOAD_BYTES_MAX`] bounds them.
fn length(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
