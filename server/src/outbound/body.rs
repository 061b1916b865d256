//! The body of an answer, read piece by piece under a cap on its bytes and a deadline. It keeps nothing it has given out.

use std::time::Duration;

use bytes::Bytes;
use sha2::Digest as _;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::time::Instant;

use super::client::{READ_SECONDS, describe};
use super::failure::Failure;
use super::gzip::Gunzip;
use crate::model::Digest;

/// A body that is still arriving. Dropping it closes the connection.
pub struct Body {
    pub(super) response: Box<reqwest::Response>,
    pub(super) url: String,
    pub(super) bytes_max: u64,
    pub(super) started: Instant,
    pub(super) deadline: Duration,
    pub(super) gunzip: Option<Box<Gunzip>>,
    pub(super) pending: Bytes,
    pub(super) received: u64,
    pub(super) given: u64,
    pub(super) ended: bool,
}

impl Body {
    /// The next piece, decoded; `None` at the end.
    ///
    /// # Errors
    /// More bytes than the request allows (as they arrive or decoded), too slow, torn, or badly compressed.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Failure> {
        loop {
            if !self.pending.is_empty() {
                let piece = self.next_decoded()?;
                if piece.is_empty() {
                    continue;
                }
                return self.give(piece).map(Some);
            }
            if self.ended {
                return Ok(None);
            }
            if let Some(received) = self.receive().await? {
                self.received += received.len() as u64;
                // Headers and padding of gzip could be endless without decoding to anything.
                if self.received > self.bytes_max {
                    return Err(self.too_large());
                }
                self.pending = received;
                continue;
            }
            self.ended = true;
            if let Some(gunzip) = &mut self.gunzip {
                let rest = gunzip.finish().map_err(|error| bad_gzip(&self.url, &error))?;
                if !rest.is_empty() {
                    return self.give(rest.into()).map(Some);
                }
            }
        }
    }

    /// The whole body in memory.
    ///
    /// # Errors
    /// As [`Body::chunk`].
    pub async fn bytes(mut self) -> Result<Vec<u8>, Failure> {
        let mut all = Vec::new();
        while let Some(piece) = self.chunk().await? {
            all.extend_from_slice(&piece);
        }
        Ok(all)
    }

    /// Writes the whole body to `out` and flushes it; gives its bytes and their digest.
    ///
    /// # Errors
    /// As [`Body::chunk`], and [`Failure::Storage`] where `out` fails.
    pub async fn copy_to(mut self, out: &mut (impl AsyncWrite + Unpin)) -> Result<(u64, Digest), Failure> {
        let mut hasher = sha2::Sha256::new();
        while let Some(piece) = self.chunk().await? {
            hasher.update(&piece);
            out.write_all(&piece).await.map_err(|error| self.storage(&error))?;
        }
        out.flush().await.map_err(|error| self.storage(&error))?;
        Ok((self.given, Digest::from_hasher(hasher)))
    }

    /// Bytes as they came over the wire, compressed where the server compressed them.
    #[must_use]
    pub fn received_bytes(&self) -> u64 {
        self.received
    }

    async fn receive(&mut self) -> Result<Option<Bytes>, Failure> {
        let read = Duration::from_secs(READ_SECONDS);
        let left = (self.started + self.deadline).saturating_duration_since(Instant::now());
        match tokio::time::timeout(left.min(read), self.response.chunk()).await {
            Ok(Ok(piece)) => Ok(piece),
            Ok(Err(error)) => {
                let why = format!("the body broke off after {} bytes: {}", self.received, describe(&error));
                Err(Failure::Unreachable { url: self.url.clone(), why })
            }
            Err(_) if left <= read => Err(self.timed_out("the whole answer did not arrive", self.deadline)),
            Err(_) => Err(self.timed_out("nothing arrived", read)),
        }
    }

    fn next_decoded(&mut self) -> Result<Bytes, Failure> {
        match &mut self.gunzip {
            None => Ok(std::mem::take(&mut self.pending)),
            Some(gunzip) => {
                let decoded = gunzip.decode(&mut self.pending);
                decoded.map(Bytes::from).map_err(|error| bad_gzip(&self.url, &error))
            }
        }
    }

    fn give(&mut self, piece: Bytes) -> Result<Bytes, Failure> {
        self.given += piece.len() as u64;
        if self.given > self.bytes_max { Err(self.too_large()) } else { Ok(piece) }
    }

    fn too_large(&self) -> Failure {
        Failure::TooLarge { url: self.url.clone(), bytes_max: self.bytes_max }
    }

    fn timed_out(&self, what: &'static str, after: Duration) -> Failure {
        Failure::TimedOut { url: self.url.clone(), what, after }
    }

    fn storage(&self, error: &std::io::Error) -> Failure {
        Failure::Storage { url: self.url.clone(), why: error.to_string() }
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Body")
            .field("url", &self.url)
            .field("received", &self.received)
            .finish_non_exhaustive()
    }
}

fn bad_gzip(url: &str, error: &std::io::Error) -> Failure {
    Failure::BadContent { url: url.to_owned(), why: format!("it is not the gzip it says to be: {error}") }
}
