//! An S3-compatible store from its settings, with bounds on how long it may take. What a wrong setting does is said at
//! start, in words for the operator; the keys themselves are said nowhere.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use object_store::aws::{AmazonS3Builder, Checksum, S3ConditionalPut};
use object_store::path::Path as Key;
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};

use super::fault::{Fault, fault, told};
use super::{CALL_SECONDS_MAX, bounded};
use crate::config::{S3Settings, Secret};
use crate::error::{Error, Kind, Result};

/// Attempts after the first that failed on the way or with a 5xx.
const RETRIES_MAX: usize = 2;
/// No attempt begins later than this after the first.
const RETRY_SECONDS_MAX: u64 = 4;
const CONNECT_SECONDS_MAX: u64 = 2;
/// Silence after which a connection counts as dead.
const SILENT_SECONDS_MAX: u64 = 5;

/// The store of these settings; nothing is asked of it yet.
///
/// # Errors
/// The settings contradict themselves: `InvalidRequest`, in words for the operator.
pub(super) fn store(settings: &S3Settings) -> Result<Arc<dyn ObjectStore>> {
    let wrong = |text: String| Error::new(Kind::InvalidRequest, text);
    let builder = match (&settings.access_key_id, &settings.secret_access_key) {
        (Some(id), Some(secret)) => {
            AmazonS3Builder::new().with_access_key_id(id).with_secret_access_key(Secret::reveal(secret))
        }
        (None, None) => AmazonS3Builder::from_env(),
        _ => {
            return Err(wrong(
                "an S3 access key id and its secret go together; give both or none".to_owned(),
            ));
        }
    };
    let mut builder = builder
        .with_bucket_name(&settings.bucket)
        .with_region(&settings.region)
        .with_virtual_hosted_style_request(false)
        .with_conditional_put(S3ConditionalPut::ETagMatch)
        .with_checksum_algorithm(Checksum::SHA256)
        .with_client_options(
            ClientOptions::new()
                .with_connect_timeout(Duration::from_secs(CONNECT_SECONDS_MAX))
                .with_read_timeout(Duration::from_secs(SILENT_SECONDS_MAX))
                .with_timeout_disabled(),
        )
        .with_retry(RetryConfig {
            backoff: BackoffConfig {
                init_backoff: Duration::from_millis(100),
                max_backoff: Duration::from_secs(1),
                base: 3.0,
            },
            max_retries: RETRIES_MAX,
            retry_timeout: Duration::from_secs(RETRY_SECONDS_MAX),
        });
    if let Some(endpoint) = &settings.endpoint {
        builder = builder.with_endpoint(checked(endpoint)?).with_allow_http(endpoint.starts_with("http://"));
    }
    let store = builder.build().map_err(|error| {
        wrong(format!("the S3 store cannot be used with these settings: {}", told(&error)))
    })?;
    let prefix = Key::parse(&settings.prefix).map_err(|error| {
        wrong(format!("the prefix {} is not one that an S3 store takes: {error}", settings.prefix))
    })?;
    if prefix.as_ref().is_empty() {
        return Ok(Arc::new(store));
    }
    Ok(Arc::new(PrefixStore::new(store, prefix)))
}

/// Asks the store for a list once, so that a wrong setting is found before the first push.
///
/// # Errors
/// `InvalidRequest` for what the operator must set right, `Unreachable` when the store cannot be reached.
pub(super) async fn try_out(store: &dyn ObjectStore, settings: &S3Settings) -> Result<()> {
    let mut list = store.list(Some(&Key::from("sha256")));
    let first = bounded(CALL_SECONDS_MAX, async { list.next().await.transpose() }).await;
    let Err(error) = first else { return Ok(()) };
    let place = place(settings);
    let (kind, text) = match fault(&error) {
        Fault::Refused => (
            Kind::InvalidRequest,
            format!(
                "{place} refuses the credentials; check the S3 access key and its rights to list and write"
            ),
        ),
        Fault::NoBucket => (Kind::InvalidRequest, format!("{place} does not exist; make the bucket first")),
        Fault::WrongRegion => (
            Kind::InvalidRequest,
            format!("{place} is not in region {}; check region and endpoint", settings.region),
        ),
        Fault::Full | Fault::NoConditions | Fault::Unavailable => (
            Kind::Unreachable,
            format!("{place} cannot be reached: {}; check the endpoint and the network", told(&error)),
        ),
    };
    Err(Error { source: Some(told(&error).into()), ..Error::new(kind, text) })
}

fn place(settings: &S3Settings) -> String {
    let at = settings.endpoint.as_deref().unwrap_or("AWS");
    format!("the S3 bucket {} at {at}", settings.bucket)
}

/// An endpoint without a path, and without a password that errors would show.
fn checked(endpoint: &str) -> Result<&str> {
    let wrong = |text: &str| {
        let text = format!("the S3 endpoint {text}; write it as https://HOST or https://HOST:PORT");
        Err(Error::new(Kind::InvalidRequest, text))
    };
    let Some(("http" | "https", rest)) = endpoint.split_once("://") else {
        return wrong("does not begin with https:// or http://");
    };
    let host = rest.trim_end_matches('/');
    if host.contains('@') {
        return wrong("holds credentials, which belong in the S3 access key");
    }
    if host.is_empty() || host.contains(['/', '?', '#']) {
        return wrong("is more or less than scheme and host");
    }
    Ok(endpoint.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn settings() -> S3Settings {
        S3Settings {
            bucket: "charts".to_owned(),
            prefix: "a/b".to_owned(),
            endpoint: Some("http://127.0.0.1:9000".to_owned()),
            region: "us-east-1".to_owned(),
            access_key_id: Some("id".to_owned()),
            secret_access_key: Some(Secret::new("canary".to_owned())),
        }
    }

    #[test]
    fn settings_that_contradict_themselves_are_refused_without_their_secrets() {
        store(&settings()).unwrap();
        store(&S3Settings { prefix: String::new(), ..settings() }).unwrap();
        assert!(!format!("{:?}", settings()).contains("canary"));
        for (wrong, says) in [
            (S3Settings { secret_access_key: None, ..settings() }, "go together"),
            (S3Settings { access_key_id: None, ..settings() }, "go together"),
            (S3Settings { endpoint: Some("store:9000".to_owned()), ..settings() }, "begin with"),
            (S3Settings { endpoint: Some("http://u:canary@store".to_owned()), ..settings() }, "credentials"),
            (
                S3Settings { endpoint: Some("https://store/charts".to_owned()), ..settings() },
                "scheme and host",
            ),
            (S3Settings { prefix: "a//b".to_owned(), ..settings() }, "prefix"),
        ] {
            let error = store(&wrong).unwrap_err();
            assert_eq!(error.kind, Kind::InvalidRequest);
            assert!(error.public.contains(says) && !format!("{error:?}").contains("canary"), "{error:?}");
        }
    }
}
