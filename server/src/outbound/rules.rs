//! What the operator allows outbound requests, and the check of a URL that needs no network. Names are checked again
//! when they are resolved.

use std::net::IpAddr;

use reqwest::Url;

use super::failure::{Refused, shown};
use super::network::{Network, check_address};
use crate::model::Invalid;

/// What outbound requests may reach besides the public internet, and how they leave.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Networks that may be dialled although they are private, such as `10.0.0.0/8`.
    pub allowed_networks: Vec<Network>,
    /// The only proxy that is used; the environment's `HTTP_PROXY` is not.
    pub proxy: Option<Proxy>,
}

/// An HTTP proxy; its URL may carry credentials, so it is never printed whole.
#[derive(Clone)]
pub struct Proxy(Url);

impl Proxy {
    /// # Errors
    /// No `http://` or `https://` URL with a host.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        url.map(Proxy).ok_or_else(|| {
            Invalid("the proxy must be a URL such as http://proxy.example.com:3128".to_owned())
        })
    }

    pub(super) fn url(&self) -> &Url {
        &self.0
    }
}

impl std::str::FromStr for Proxy {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Proxy::parse(text)
    }
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Proxy({})", shown(&self.0))
    }
}

/// Whether a request may go to `url`, as far as its text tells: called when a person saves it, and again at every hop.
///
/// # Errors
/// Another scheme than http and https, credentials in the URL, or a host that is a refused address in any spelling.
pub fn check_url(url: &Url, rules: &Rules) -> Result<(), Refused> {
    let refuse = |why: String| Err(Refused { what: shown(url), why });
    if !matches!(url.scheme(), "http" | "https") {
        return refuse(format!("only http and https are fetched, not {}", url.scheme()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("it carries credentials; give them apart from the URL".to_owned());
    }
    let Some(host) = url.host_str() else { return refuse("it names no host".to_owned()) };
    // The URL's own parser has already turned 0177.0.0.1, 0x7f.1 and 2130706433 into dotted form.
    let literal = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    if let Ok(address) = literal.parse::<IpAddr>() {
        return check_literal(url, address, rules);
    }
    let name = host.trim_end_matches('.');
    if name.is_empty() {
        return refuse("it names no host".to_owned());
    }
    if name == "localhost" || name.ends_with(".localhost") {
        // What this name means is fixed, so it need not be resolved to be refused.
        let loopback = [IpAddr::from([127, 0, 0, 1]), std::net::Ipv6Addr::LOCALHOST.into()];
        if loopback.iter().all(|address| check_address(*address, &rules.allowed_networks).is_err()) {
            return check_literal(url, loopback[0], rules);
        }
    }
    Ok(())
}

fn check_literal(url: &Url, address: IpAddr, rules: &Rules) -> Result<(), Refused> {
    check_address(address, &rules.allowed_networks)
        .map_err(|rule| Refused::address(&shown(url), address, rule))
}
