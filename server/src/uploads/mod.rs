//! OCI upload sessions and the blobs they end in, until a manifest takes them into the registry. Rows and the blob store
//! hold everything, so that any replica can go on with any upload, after any restart. Nothing here decides rights.

mod body;
mod staged;

use body::Received;
use bytes::Bytes;
use futures_util::Stream;
use sha2::{Digest as _, Sha256};

use crate::blobs::{Blobs, PartKey};
use crate::db::uploads::{self, PartRow, UploadRow};
use crate::db::{Db, retried};
use crate::error::{Error, Kind, Result};
use crate::model::{Digest, Micros, RepositoryName};

/// A session or staged blob that nobody touched for so long is taken away.
pub const UPLOAD_IDLE_SECONDS: i64 = 3_600;
/// Sessions and staged blobs together.
pub const UPLOADS_MAX: i64 = 512;
/// Sessions and staged blobs of one caller.
pub const UPLOADS_PER_CALLER_MAX: i64 = 64;

/// Every upload of every replica.
#[derive(Clone, Debug)]
pub struct Uploads {
    db: Db,
    blobs: Blobs,
}

/// How far an upload was when it was looked at. What goes on from here fails when another request was faster.
#[derive(Clone, Debug)]
pub struct Session(UploadRow);

impl Session {
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// Bytes that arrived so far.
    #[must_use]
    pub fn size(&self) -> u64 {
        u64::try_from(self.0.size).unwrap_or_default()
    }
}

impl Uploads {
    #[must_use]
    pub fn new(db: Db, blobs: Blobs) -> Uploads {
        Uploads { db, blobs }
    }

    /// Begins a session for `owner`.
    ///
    /// # Errors
    /// Too many uploads wait, or the database cannot be used.
    pub async fn begin(&self, repository: &RepositoryName, owner: &str, now: Micros) -> Result<Session> {
        self.admit(owner, now).await?;
        let row = new_row(repository, owner)?;
        retried(|| async {
            let mut tx = self.db.begin().await?;
            uploads::insert(&mut tx, &row, now).await?;
            tx.commit().await
        })
        .await?;
        Ok(Session(row))
    }

    /// Looks at a session.
    ///
    /// # Errors
    /// No such session of this caller in this repository.
    pub async fn session(&self, id: &str, repository: &RepositoryName, owner: &str) -> Result<Session> {
        let row = uploads::open(&mut self.db.read(), id, repository, owner).await?;
        row.map(Session).ok_or_else(unknown_upload)
    }

    /// Appends a request's body; all of it counts, or nothing.
    ///
    /// # Errors
    /// The body breaks off, the upload grows over `UPLOAD_BYTES_MAX`, another request went on with it meanwhile, or
    /// storage fails. The session is as it was.
    pub async fn append<S, E>(&self, session: Session, body: S, now: Micros) -> Result<Session>
    where
        S: Stream<Item = std::result::Result<Bytes, E>> + Unpin,
        E: std::fmt::Display,
    {
        let Session(mut row) = session;
        let received = self.receive(&row, body, None).await?;
        let advanced = retried(|| async {
            let mut tx = self.db.begin().await?;
            self.advance(&mut tx, &row, &received, "open", now).await?;
            tx.commit().await
        });
        if let Err(error) = advanced.await {
            self.blobs.delete_parts(&keys(&received.parts)).await;
            return Err(error);
        }
        row.size = received.end;
        Ok(Session(row))
    }

    /// Ends a session, with a last body, in a blob that waits for its manifest.
    ///
    /// # Errors
    /// As [`Uploads::append`]; or the bytes do not hash to `expected`, and the session is gone.
    pub async fn finish<S, E>(&self, session: Session, body: S, expected: &Digest, now: Micros) -> Result<()>
    where
        S: Stream<Item = std::result::Result<Bytes, E>> + Unpin,
        E: std::fmt::Display,
    {
        let Session(row) = session;
        let mut hasher = Sha256::new();
        for part in uploads::parts(&mut self.db.read(), &row.id).await? {
            let Some(bytes) = self.part(&part).await? else {
                self.drop_open(&row.id).await?;
                return Err(damaged(&row.id));
            };
            hasher.update(&bytes);
        }
        let received = self.receive(&row, body, Some(&mut hasher)).await?;
        let staged = match checked(hasher, expected) {
            Ok(()) => self.stage(&row, false, &received, expected, now).await,
            Err(error) => {
                self.drop_open(&row.id).await?;
                Err(error)
            }
        };
        if staged.is_err() {
            self.blobs.delete_parts(&keys(&received.parts)).await;
        }
        staged
    }

    /// Takes a whole blob in one request: one transaction, no session.
    ///
    /// # Errors
    /// Those of [`Uploads::begin`] and [`Uploads::finish`]; nothing is left.
    pub async fn whole<S, E>(
        &self,
        repository: &RepositoryName,
        owner: &str,
        body: S,
        expected: &Digest,
        now: Micros,
    ) -> Result<()>
    where
        S: Stream<Item = std::result::Result<Bytes, E>> + Unpin,
        E: std::fmt::Display,
    {
        self.admit(owner, now).await?;
        let row = new_row(repository, owner)?;
        let mut hasher = Sha256::new();
        let received = self.receive(&row, body, Some(&mut hasher)).await?;
        let staged = match checked(hasher, expected) {
            Ok(()) => self.stage(&row, true, &received, expected, now).await,
            Err(error) => Err(error),
        };
        if staged.is_err() {
            self.blobs.delete_parts(&keys(&received.parts)).await;
        }
        staged
    }

    /// Ends a session without a blob.
    ///
    /// # Errors
    /// The database cannot be used.
    pub async fn cancel(&self, session: &Session) -> Result<()> {
        self.drop_open(session.id()).await
    }

    /// Takes away what nobody touched for [`UPLOAD_IDLE_SECONDS`].
    ///
    /// # Errors
    /// The database cannot be used.
    pub async fn expire(&self, now: Micros) -> Result<()> {
        let before = now.plus_seconds(-UPLOAD_IDLE_SECONDS);
        loop {
            let gone = retried(|| async {
                let mut gone = Vec::new();
                let mut tx = self.db.begin().await?;
                let old = uploads::untouched_since(&mut tx, before).await?;
                for upload in &old {
                    gone.extend(uploads::delete(&mut tx, upload).await?);
                }
                tx.commit().await?;
                Ok((old.is_empty(), gone))
            });
            let (done, gone) = gone.await?;
            self.blobs.delete_parts(&keys(&gone)).await;
            if done {
                return Ok(());
            }
        }
    }

    /// Takes away parts that lie in the store since before `older_than` without a row: a request that broke off, or a
    /// server that was killed between the object and its row.
    ///
    /// # Errors
    /// The store or the database cannot be used.
    pub async fn sweep(&self, older_than: Micros) -> Result<usize> {
        let mut orphans = Vec::new();
        for part in self.blobs.parts_untouched_since(older_than).await? {
            if !uploads::is_part(&mut self.db.read(), &part.upload, &part.part).await? {
                orphans.push(part);
            }
        }
        self.blobs.delete_parts(&orphans).await;
        Ok(orphans.len())
    }

    async fn admit(&self, owner: &str, now: Micros) -> Result<()> {
        let since = now.plus_seconds(-UPLOAD_IDLE_SECONDS);
        let (all, owned) = uploads::count(&mut self.db.read(), owner, since).await?;
        if all >= UPLOADS_MAX || owned >= UPLOADS_PER_CALLER_MAX {
            let text =
                format!("too many uploads wait for their manifest (at most {UPLOADS_PER_CALLER_MAX} each)");
            return Err(Error::new(Kind::TooManyRequests, text));
        }
        Ok(())
    }

    /// The rows of what was received, if the upload is still where its writer saw it.
    async fn advance(
        &self,
        tx: &mut crate::db::Tx,
        row: &UploadRow,
        received: &Received,
        state: &'static str,
        now: Micros,
    ) -> Result<()> {
        if !uploads::grow(tx, row, received.end, state, now).await? {
            return match uploads::open(tx, &row.id, &row.repository, &row.owner).await? {
                None => Err(unknown_upload()),
                Some(other) => Err(Error::new(
                    Kind::InvalidRange,
                    format!("another request went on with this upload, which has {} bytes now", other.size),
                )),
            };
        }
        for part in &received.parts {
            uploads::insert_part(tx, part).await?;
        }
        Ok(())
    }

    /// Takes a session away that is still open; one that another request ended in a blob stays.
    async fn drop_open(&self, id: &str) -> Result<()> {
        self.drop_if(id, true).await
    }

    /// Rows first: what is left behind by a crash is an object without a row, which the sweep finds.
    async fn drop_if(&self, id: &str, only_open: bool) -> Result<()> {
        let parts = retried(|| async {
            let mut tx = self.db.begin().await?;
            if only_open && !uploads::hold_open(&mut tx, id).await? {
                return Ok(Vec::new());
            }
            let parts = uploads::delete(&mut tx, id).await?;
            tx.commit().await?;
            Ok(parts)
        });
        self.blobs.delete_parts(&keys(&parts.await?)).await;
        Ok(())
    }
}

fn new_row(repository: &RepositoryName, owner: &str) -> Result<UploadRow> {
    Ok(UploadRow {
        id: random_hex::<16>()?,
        repository: repository.clone(),
        owner: owner.to_owned(),
        size: 0,
    })
}

fn random_hex<const BYTES: usize>() -> Result<String> {
    let mut random = [0; BYTES];
    getrandom::fill(&mut random)?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn checked(hasher: Sha256, expected: &Digest) -> Result<()> {
    let found = Digest::from_hasher(hasher);
    if found == *expected {
        return Ok(());
    }
    let text = format!("the bytes sent hash to {found}, not to {expected}; send the blob again");
    Err(Error::new(Kind::InvalidDigest, text))
}

fn key(part: &PartRow) -> PartKey {
    PartKey { upload: part.upload_id.clone(), part: part.id.clone() }
}

fn keys(parts: &[PartRow]) -> Vec<PartKey> {
    parts.iter().map(key).collect()
}

/// What the store did to an upload; it is forgotten, so that the client's next attempt begins anew.
fn damaged(upload: &str) -> Error {
    let text = "the bytes that were uploaded are damaged or gone in the store; push the chart again";
    Error::unreachable(text, format!("upload {upload}"))
}

fn unknown_upload() -> Error {
    Error::new(Kind::UnknownUpload, "there is no such upload of yours here; begin a new one")
}
