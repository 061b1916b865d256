//! Names to addresses, every one checked before it is dialled: what was checked is what is dialled, so an answer that
//! changes between check and use gains nothing. Hosts that are addresses do not come here; `check_url` has seen them.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::failure::Refused;
use super::network::{Network, check_address};

type Found = Pin<Box<dyn Future<Output = std::io::Result<Vec<IpAddr>>> + Send>>;
/// Where addresses come from: the system, or a test.
pub(super) type Lookup = Arc<dyn Fn(String) -> Found + Send + Sync>;

/// The system's resolver: its hosts file and its name servers.
pub(super) fn system() -> Lookup {
    Arc::new(|name| {
        Box::pin(async move {
            let addresses = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(addresses.map(|address| address.ip()).collect())
        })
    })
}

#[derive(Clone)]
pub(super) struct Checked {
    pub lookup: Lookup,
    pub allowed: Arc<[Network]>,
}

impl Checked {
    /// The addresses of `name` that may be dialled.
    ///
    /// # Errors
    /// [`Refused`] when there are addresses and none may be; the lookup's own error otherwise.
    async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, Box<dyn std::error::Error + Send + Sync>> {
        let found = (self.lookup)(name.to_owned()).await?;
        let mut refusal = None;
        let mut good = Vec::with_capacity(found.len());
        for address in found {
            match check_address(address, &self.allowed) {
                Ok(()) => good.push(address),
                Err(rule) => refusal = Some(Refused::address(name, address, rule)),
            }
        }
        match refusal {
            Some(refusal) if good.is_empty() => Err(refusal.into()),
            _ => Ok(good),
        }
    }

    /// For requests through a proxy, which resolves names by itself: what this machine's resolver knows to be inside is
    /// refused all the same, what it does not know is the proxy's to judge.
    pub(super) async fn refuse_known(&self, name: &str) -> Result<(), Refused> {
        match self.addresses(name).await {
            Ok(_) => Ok(()),
            Err(error) => error.downcast::<Refused>().map_or(Ok(()), |refused| Err(*refused)),
        }
    }
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let this = self.clone();
        Box::pin(async move {
            let addresses = this.addresses(name.as_str()).await?;
            let sockets: Addrs = Box::new(addresses.into_iter().map(|ip| SocketAddr::new(ip, 0)));
            Ok(sockets)
        })
    }
}
