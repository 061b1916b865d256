//! Everything a verb needs, built once and shared by web, jobs, cli and tests. Cheap to clone.

use std::sync::Arc;

use tokio::sync::{Notify, Semaphore};

use crate::blobs::Blobs;
use crate::config::Config;
use crate::db::Db;
use crate::error::Result;
use crate::mirror::Hosts;
use crate::model::{Clock, Id, Micros};
use crate::outbound;
use crate::registry::{Hot, IndexCache, Policies};
use crate::uploads::Uploads;

/// Uploads that are unpacked at one time; others wait their turn.
const UNPACKING_AT_ONCE: usize = 2;

#[derive(Clone, Debug)]
pub struct App {
    pub config: Arc<Config>,
    pub db: Db,
    pub blobs: Blobs,
    pub clock: Clock,
    pub policies: Policies,
    /// Index bytes by repository revision; made again from rows.
    pub index: IndexCache,
    /// What readers ask for again and again.
    pub hot: Hot,
    /// Wakes the workers when a job was queued.
    pub wake: Arc<Notify>,
    /// Wakes the one that follows upstreams.
    pub wake_mirror: Arc<Notify>,
    /// The only way to other servers, and turns at fetching archives from each of them.
    pub outbound: outbound::Client,
    pub hosts: Arc<Hosts>,
    /// Name of this process among the workers of its database.
    pub worker: Arc<str>,
    /// Turns at unpacking an archive; each may take as much memory as a chart may hold.
    pub unpacking: Arc<Semaphore>,
    /// OCI uploads that wait for their manifest.
    pub uploads: Uploads,
}

impl App {
    /// Opens database and blobs below `config.data`, making what is absent.
    ///
    /// # Errors
    /// The folder or the database cannot be used.
    pub async fn open(config: Config, clock: Clock) -> Result<App> {
        let blobs = Blobs::open(&config)?;
        let db = Db::open(&config).await?;
        let policies =
            if db.is_shared() { Policies::Rows } else { Policies::Folder(config.data.join("policies")) };
        let uploads = Uploads::new(db.clone(), blobs.clone());
        Ok(App {
            db,
            blobs,
            clock,
            policies,
            index: IndexCache::default(),
            hot: Hot::default(),
            wake: Arc::new(Notify::new()),
            wake_mirror: Arc::new(Notify::new()),
            outbound: outbound::Client::new(&config.outbound)?,
            hosts: Arc::new(Hosts::default()),
            worker: worker_name()?,
            unpacking: Arc::new(Semaphore::new(UNPACKING_AT_ONCE)),
            uploads,
            config: Arc::new(config),
        })
    }

    #[must_use]
    pub fn now(&self) -> Micros {
        self.clock.now()
    }

    /// # Errors
    /// The operating system gave no randomness.
    pub fn new_id(&self) -> Result<Id> {
        Ok(Id::new(self.now())?)
    }
}

/// Process id and a random part: two containers can have the same of the first.
fn worker_name() -> Result<Arc<str>> {
    let mut random = [0; 4];
    getrandom::fill(&mut random)?;
    Ok(format!("{}-{:08x}", std::process::id(), u32::from_be_bytes(random)).into())
}
