//! OCI upload sessions and the blobs they end in, until a manifest takes them into the registry. They live below the
//! staging folder, which is emptied at start: a client that meets a restart begins again. Nothing here decides rights.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use sha2::{Digest as _, Sha256};
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;

use crate::config::UPLOAD_BYTES_MAX;
use crate::error::{Error, Kind, Result};
use crate::model::{Digest, Micros, RepositoryName};

/// A session or staged blob that nobody touched for so long is taken away.
pub const UPLOAD_IDLE_SECONDS: i64 = 3_600;
/// Sessions and staged blobs together.
pub const UPLOADS_MAX: usize = 512;
/// Sessions and staged blobs of one caller.
pub const UPLOADS_PER_CALLER_MAX: usize = 64;

/// Every upload of this process.
#[derive(Debug)]
pub struct Uploads {
    folder: PathBuf,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    open: HashMap<String, Session>,
    staged: HashMap<(RepositoryName, String, Digest), Staged>,
}

/// A file that goes with its owner: a request that breaks off leaves nothing behind.
#[derive(Debug)]
struct StagedFile(PathBuf);

impl Drop for StagedFile {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0) {
            tracing::warn!(file = %self.0.display(), %error, "a staged upload could not be removed");
        }
    }
}

/// One upload under way. Whoever works on it takes it out, so that two requests never write one file.
#[derive(Debug)]
pub struct Session {
    pub id: String,
    pub repository: RepositoryName,
    /// Name of the caller; nobody else may go on with it.
    pub owner: String,
    pub size: u64,
    file: StagedFile,
    hasher: Sha256,
    touched: Micros,
}

#[derive(Debug)]
struct Staged {
    /// Shared with who reads it, so that it stays while it is read.
    file: Arc<StagedFile>,
    size: u64,
    /// How many uploads ended in these bytes and were not taken in yet: two pushes at once can share a blob, and the
    /// first to end must not take it from the second.
    pushes: usize,
    touched: Micros,
}

impl Uploads {
    /// Uploads staged as files of `folder`, made when absent.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn in_folder(folder: PathBuf) -> Result<Uploads> {
        std::fs::create_dir_all(&folder).map_err(|error| {
            Error::unavailable(format!("the folder {} cannot be made: {error}", folder.display()), error)
        })?;
        Ok(Uploads { folder, held: Mutex::default() })
    }

    /// Begins a session for `owner`.
    ///
    /// # Errors
    /// Too many uploads wait, the system has no randomness, or the file cannot be made.
    pub async fn begin(&self, repository: &RepositoryName, owner: &str, now: Micros) -> Result<Session> {
        self.expire(now);
        {
            let held = self.held();
            let owned = held.open.values().filter(|session| session.owner == owner).count()
                + held.staged.keys().filter(|(_, name, _)| name == owner).count();
            if held.open.len() + held.staged.len() >= UPLOADS_MAX || owned >= UPLOADS_PER_CALLER_MAX {
                let text = format!(
                    "too many uploads wait for their manifest (at most {UPLOADS_PER_CALLER_MAX} each)"
                );
                return Err(Error::new(Kind::TooManyRequests, text));
            }
        }
        let mut random = [0; 16];
        getrandom::fill(&mut random)?;
        let id: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let file = StagedFile(self.folder.join(&id));
        File::create(&file.0).await.map_err(unwritable)?;
        Ok(Session {
            id,
            repository: repository.clone(),
            owner: owner.to_owned(),
            size: 0,
            file,
            hasher: Sha256::new(),
            touched: now,
        })
    }

    /// Takes a session out to work on it; [`Uploads::keep`] gives it back.
    ///
    /// # Errors
    /// No such session of this caller in this repository, or another request works on it.
    pub fn take(&self, id: &str, repository: &RepositoryName, owner: &str) -> Result<Session> {
        let mut held = self.held();
        match held.open.remove(id) {
            Some(session) if session.owner == owner && session.repository == *repository => Ok(session),
            Some(session) => {
                held.open.insert(id.to_owned(), session);
                Err(unknown_upload())
            }
            None => Err(unknown_upload()),
        }
    }

    /// Gives a session back for its next request.
    pub fn keep(&self, mut session: Session, now: Micros) {
        session.touched = now;
        self.held().open.insert(session.id.clone(), session);
    }

    /// Ends a session in a blob that waits for its manifest.
    ///
    /// # Errors
    /// The bytes do not hash to `expected`; the session is gone.
    pub fn finish(&self, session: Session, expected: &Digest, now: Micros) -> Result<()> {
        let found = Digest::from_hasher(session.hasher.clone());
        if found != *expected {
            return Err(Error::new(
                Kind::InvalidDigest,
                format!("the bytes sent hash to {found}, not to {expected}; send the blob again"),
            ));
        }
        let new = || Staged { file: Arc::new(session.file), size: session.size, pushes: 0, touched: now };
        let mut held = self.held();
        let staged = held.staged.entry((session.repository, session.owner, found)).or_insert_with(new);
        staged.pushes += 1;
        staged.touched = now;
        Ok(())
    }

    /// Size of a blob that `owner` staged in `repository`.
    #[must_use]
    pub fn staged_size(&self, repository: &RepositoryName, owner: &str, digest: &Digest) -> Option<u64> {
        let key = (repository.clone(), owner.to_owned(), digest.clone());
        self.held().staged.get(&key).map(|staged| staged.size)
    }

    /// Bytes of a blob that `owner` staged in `repository`.
    ///
    /// # Errors
    /// The staged file cannot be read.
    pub async fn staged(
        &self,
        repository: &RepositoryName,
        owner: &str,
        digest: &Digest,
    ) -> Result<Option<Bytes>> {
        let key = (repository.clone(), owner.to_owned(), digest.clone());
        let Some(file) = self.held().staged.get(&key).map(|staged| Arc::clone(&staged.file)) else {
            return Ok(None);
        };
        let bytes = tokio::fs::read(&file.0).await.map_err(unwritable)?;
        Ok(Some(bytes.into()))
    }

    /// Takes staged blobs away once a manifest was taken in or refused for good, unless another push needs them still.
    pub fn forget(&self, repository: &RepositoryName, owner: &str, digests: &[&Digest]) {
        let mut held = self.held();
        for digest in digests {
            let key = (repository.clone(), owner.to_owned(), (*digest).clone());
            if let Some(staged) = held.staged.get_mut(&key) {
                staged.pushes = staged.pushes.saturating_sub(1);
                if staged.pushes == 0 {
                    held.staged.remove(&key);
                }
            }
        }
    }

    /// Takes away what nobody touched for [`UPLOAD_IDLE_SECONDS`].
    pub fn expire(&self, now: Micros) {
        let oldest = now.0 - UPLOAD_IDLE_SECONDS * 1_000_000;
        let mut held = self.held();
        held.open.retain(|_, session| session.touched.0 >= oldest);
        held.staged.retain(|_, staged| staged.touched.0 >= oldest);
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    /// Appends a request's body.
    ///
    /// # Errors
    /// The body breaks off, is larger than [`UPLOAD_BYTES_MAX`] in all, or the file cannot be written.
    pub async fn append<S, E>(&mut self, mut body: S) -> Result<()>
    where
        S: Stream<Item = std::result::Result<Bytes, E>> + Unpin,
        E: std::fmt::Display,
    {
        let mut file = File::options().append(true).open(&self.file.0).await.map_err(unwritable)?;
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| {
                Error::new(
                    Kind::InvalidUpload,
                    format!("the upload broke off after {} bytes: {error}", self.size),
                )
            })?;
            self.size += chunk.len() as u64;
            if self.size > UPLOAD_BYTES_MAX as u64 {
                return Err(Error::new(
                    Kind::TooLarge,
                    format!("a blob may have at most {UPLOAD_BYTES_MAX} bytes"),
                ));
            }
            self.hasher.update(&chunk);
            file.write_all(&chunk).await.map_err(unwritable)?;
        }
        file.flush().await.map_err(unwritable)
    }
}

fn unwritable(error: std::io::Error) -> Error {
    Error::unavailable("the upload cannot be staged now; try again", error)
}

fn unknown_upload() -> Error {
    Error::new(Kind::UnknownUpload, "there is no such upload of yours here; begin a new one")
}
