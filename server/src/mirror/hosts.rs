//! Turns at fetching from a host, shared by every run of this process. It fetches nothing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Url;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Archives fetched from one host at a time, whatever the number of upstreams there.
pub const FETCHES_PER_HOST_MAX: usize = 4;

/// The hosts that are being fetched from.
#[derive(Debug, Default)]
pub struct Hosts(Mutex<HashMap<String, Arc<Semaphore>>>);

impl Hosts {
    /// Waits for a turn at the host of `url`; it lasts until it is dropped. `None` only if turns were closed, which they
    /// never are.
    pub async fn turn(&self, url: &Url) -> Option<OwnedSemaphorePermit> {
        let host = url.origin().ascii_serialization();
        let turns = {
            let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // A host that nobody fetches from has all its turns, and need not be remembered.
            hosts.retain(|_, turns| Arc::strong_count(turns) > 1);
            hosts.entry(host).or_insert_with(|| Arc::new(Semaphore::new(FETCHES_PER_HOST_MAX))).clone()
        };
        turns.acquire_owned().await.ok()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_host_has_four_turns_and_each_host_its_own() {
        let hosts = Hosts::default();
        let url = |text: &str| Url::parse(text).unwrap();
        let here = url("https://a.example/x");
        let mut turns = Vec::new();
        for _ in 0..FETCHES_PER_HOST_MAX {
            turns.push(hosts.turn(&here).await);
        }
        assert!(hosts.turn(&here).now_or_never().is_none());
        assert!(hosts.turn(&url("https://b.example/x")).now_or_never().is_some());
        turns.pop();
        assert!(hosts.turn(&here).now_or_never().is_some());
        drop(turns);
        drop(hosts.turn(&here).await);
        assert_eq!(hosts.0.lock().unwrap().len(), 1, "only the last one is remembered");
    }
}
