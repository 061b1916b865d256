//! An index on its way from the network to its reader: a file without a name, gone with the process that holds it.

use std::fs::File;
use std::io::Seek as _;
use std::path::Path;

use crate::model::Digest;
use crate::outbound::{Body, Failure};

/// A whole document, to be read from its beginning.
pub(super) struct Spool(pub File);

impl Spool {
    /// Writes a body to a file of `folder`, made when absent, and gives it with the digest of its decoded bytes.
    ///
    /// # Errors
    /// The body's failures, and [`Failure::Storage`].
    pub async fn fill(folder: &Path, body: Body) -> Result<(Spool, Digest), Failure> {
        let kept =
            |error: std::io::Error| Failure::Storage { url: "the index".to_owned(), why: error.to_string() };
        let mut file = tokio::fs::File::from_std(nameless(folder).map_err(kept)?);
        let (_, digest) = body.copy_to(&mut file).await?;
        let mut file = file.into_std().await;
        file.rewind().map_err(kept)?;
        Ok((Spool(file), digest))
    }
}

/// The folder holds a name but for the moment in which the file loses it.
fn nameless(folder: &Path) -> std::io::Result<File> {
    std::fs::create_dir_all(folder)?;
    let mut random = [0; 8];
    getrandom::fill(&mut random)?;
    let path = folder.join(format!("chartgate-{:016x}", u64::from_ne_bytes(random)));
    let file = File::options().read(true).write(true).create_new(true).open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}
