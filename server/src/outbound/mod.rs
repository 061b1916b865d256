//! Requests to servers that a person named: one client that dials only addresses it has checked, follows few redirects,
//! keeps credentials to their origin and bounds size and time. It knows nothing of mirrors or charts.

mod body;
mod client;
mod failure;
mod gzip;
mod network;
mod resolver;
mod retry_after;
mod rules;
#[cfg(test)]
mod tests;

pub use body::Body;
pub use client::{Answer, Client, Credentials, Fresh, Request, Resume};
pub use failure::{Failure, Refused, shown};
pub use network::Network;
pub use rules::{Proxy, Rules, check_url};
