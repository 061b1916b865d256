//! Complete uploads that wait for their manifest. A blob is staged once however many pushes sent it, and stays until the
//! last of them ends.

use bytes::Bytes;

use super::body::Received;
use super::{Uploads, damaged, keys};
use crate::db::retried;
use crate::db::uploads::{self, UploadRow};
use crate::error::Result;
use crate::model::{Digest, Micros, RepositoryName};

impl Uploads {
    /// Size of a blob that `owner` staged in `repository`.
    ///
    /// # Errors
    /// The database cannot be used.
    pub async fn staged_size(
        &self,
        repository: &RepositoryName,
        owner: &str,
        digest: &Digest,
    ) -> Result<Option<u64>> {
        let row = uploads::staged(&mut self.db.read(), repository, owner, digest).await?;
        Ok(row.and_then(|row| u64::try_from(row.size).ok()))
    }

    /// Bytes of a blob that `owner` staged in `repository`, each part hashed before they are given out.
    ///
    /// # Errors
    /// Storage fails, or the bytes were damaged; then they are forgotten, and the client has to send them again.
    pub async fn staged(
        &self,
        repository: &RepositoryName,
        owner: &str,
        digest: &Digest,
    ) -> Result<Option<Bytes>> {
        let mut suspect = None;
        loop {
            let Some(row) = uploads::staged(&mut self.db.read(), repository, owner, digest).await? else {
                return Ok(None);
            };
            let parts = uploads::parts(&mut self.db.read(), &row.upload_id).await?;
            if parts.iter().map(|part| part.size).sum::<i64>() == row.size
                && let Some(bytes) = self.gather(&parts).await?
            {
                return Ok(Some(bytes));
            }
            // The first time, another request may have taken the blob in while it was read here.
            if suspect.replace(row.upload_id.clone()).as_ref() == Some(&row.upload_id) {
                self.drop_if(&row.upload_id, false).await?;
                return Err(damaged(&row.upload_id));
            }
        }
    }

    /// Takes staged blobs away once a manifest was taken in or refused for good, unless another push needs them still.
    ///
    /// # Errors
    /// The database cannot be used; they stay until they expire.
    pub async fn forget(&self, repository: &RepositoryName, owner: &str, digests: &[Digest]) -> Result<()> {
        if digests.is_empty() {
            return Ok(());
        }
        // In one order, so that two pushes of the same blobs do not wait for each other.
        let mut digests = digests.to_vec();
        digests.sort_by(|one, other| one.as_str().cmp(other.as_str()));
        let gone = retried(|| async {
            let mut gone = Vec::new();
            let mut tx = self.db.begin().await?;
            for digest in &digests {
                if let Some(upload) = uploads::unstage(&mut tx, repository, owner, digest).await? {
                    gone.extend(uploads::delete(&mut tx, &upload).await?);
                }
            }
            tx.commit().await?;
            Ok(gone)
        });
        self.blobs.delete_parts(&keys(&gone.await?)).await;
        Ok(())
    }

    /// Makes a complete upload a staged blob; `new` when it has no row yet. When the same bytes wait already, they are
    /// counted once more and these ones are dropped.
    pub(super) async fn stage(
        &self,
        row: &UploadRow,
        new: bool,
        received: &Received,
        digest: &Digest,
        now: Micros,
    ) -> Result<()> {
        let superfluous = retried(|| async {
            let mut tx = self.db.begin().await?;
            if new {
                uploads::insert(&mut tx, row, now).await?;
            }
            self.advance(&mut tx, row, received, "staged", now).await?;
            let holder = uploads::stage(&mut tx, row, digest, received.end, now).await?;
            let superfluous =
                if holder == row.id { Vec::new() } else { uploads::delete(&mut tx, &row.id).await? };
            tx.commit().await?;
            Ok(superfluous)
        });
        self.blobs.delete_parts(&keys(&superfluous.await?)).await;
        Ok(())
    }
}
