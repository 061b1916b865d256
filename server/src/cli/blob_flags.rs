//! Which blob store: the flags and variables of a folder or an S3-compatible store. It opens nothing.

use std::path::PathBuf;

use super::place::{given, given_path, secret};
use super::{Failure, exit};
use crate::config::{BlobStore, S3Settings, Secret};

/// What the S3 protocol asks for where the store has no regions.
const REGION_DEFAULT: &str = "us-east-1";
/// The secret key itself, where it is not in a file.
const SECRET_VARIABLE: &str = "CHARTGATE_S3_SECRET_ACCESS_KEY";

#[derive(clap::Args)]
pub(super) struct BlobFlags {
    /// Where charts are kept, s3://BUCKET or s3://BUCKET/PREFIX; the folder blobs/ of the data folder when absent
    #[arg(long, env = "CHARTGATE_BLOBS", value_name = "URL")]
    blobs: Option<String>,
    /// Address of an S3-compatible store, such as https://s3.example.com; AWS when absent
    #[arg(long, env = "CHARTGATE_S3_ENDPOINT", value_name = "URL")]
    s3_endpoint: Option<String>,
    /// Region of the bucket
    #[arg(long, env = "CHARTGATE_S3_REGION", value_name = "NAME", default_value = REGION_DEFAULT)]
    s3_region: String,
    /// Access key; AWS's own variables and services are asked when absent
    #[arg(long, env = "CHARTGATE_S3_ACCESS_KEY_ID", value_name = "ID")]
    s3_access_key_id: Option<String>,
    /// File with the secret key; CHARTGATE_S3_SECRET_ACCESS_KEY can hold it instead
    #[arg(long, env = "CHARTGATE_S3_SECRET_ACCESS_KEY_FILE", value_name = "FILE")]
    s3_secret_access_key_file: Option<PathBuf>,
}

impl BlobFlags {
    /// # Errors
    /// An address that is none, half a pair of keys, or a file that cannot be read.
    pub(super) fn store(&self) -> Result<BlobStore, Failure> {
        let wrong = |what: &str| Failure::new(exit::USAGE, what);
        let endpoint = given(self.s3_endpoint.as_ref());
        let Some(url) = given(self.blobs.as_ref()) else {
            return match endpoint {
                None => Ok(BlobStore::Folder),
                Some(_) => Err(wrong("--s3-endpoint needs --blobs s3://BUCKET")),
            };
        };
        let place = url.strip_prefix("s3://").unwrap_or_default();
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        let plain = |text: &str| {
            text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'/'))
        };
        if bucket.is_empty() || !plain(place) {
            return Err(wrong(&format!("--blobs {url} must be s3://BUCKET or s3://BUCKET/PREFIX")));
        }
        let secret_access_key = match given_path(self.s3_secret_access_key_file.as_ref()) {
            Some(file) => Some(secret(file)?),
            None => std::env::var(SECRET_VARIABLE).ok().filter(|text| !text.is_empty()),
        };
        let access_key_id = given(self.s3_access_key_id.as_ref()).map(str::to_owned);
        if access_key_id.is_some() != secret_access_key.is_some() {
            return Err(wrong(&format!(
                "--s3-access-key-id and its secret (--s3-secret-access-key-file or {SECRET_VARIABLE}) go together"
            )));
        }
        Ok(BlobStore::S3(S3Settings {
            bucket: bucket.to_owned(),
            prefix: prefix.trim_matches('/').to_owned(),
            endpoint: endpoint.map(str::to_owned),
            region: self.s3_region.clone(),
            access_key_id,
            secret_access_key: secret_access_key.map(Secret::new),
        }))
    }
}
