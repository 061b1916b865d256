//! The flags and variables that say where outbound requests may go. Every command that makes such requests flattens them.

use super::{Failure, exit};
use crate::outbound::{Network, Proxy, Rules};

#[derive(clap::Args)]
pub(super) struct Flags {
    /// Network that mirrors may reach although it is private, such as 10.0.0.0/8; may be given more than once
    #[arg(
        long = "allow-network",
        env = "CHARTGATE_ALLOW_NETWORKS",
        value_name = "CIDR",
        value_delimiter = ','
    )]
    allowed_networks: Vec<String>,
    /// HTTP proxy for requests to upstreams, such as http://proxy.example.com:3128; HTTP_PROXY is not read
    // Parsed below and not by clap, whose error would print a password that the URL may carry.
    #[arg(long, env = "CHARTGATE_PROXY", value_name = "URL", hide_env_values = true)]
    proxy: Option<String>,
}

impl Flags {
    /// Empty texts count as absent, because a compose file passes variables that nobody set so.
    ///
    /// # Errors
    /// Wrong usage: no network, no proxy.
    pub(super) fn rules(&self) -> Result<Rules, Failure> {
        let wrong = |flag: &str, why: String| Failure::new(exit::USAGE, format!("{flag}: {why}"));
        let networks = self.allowed_networks.iter().map(|text| text.trim()).filter(|text| !text.is_empty());
        let allowed_networks = networks
            .map(Network::parse)
            .collect::<Result<_, _>>()
            .map_err(|error| wrong("--allow-network", error.0))?;
        let proxy = self.proxy.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let proxy = proxy.map(Proxy::parse).transpose().map_err(|error| wrong("--proxy", error.0))?;
        Ok(Rules { allowed_networks, proxy })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn flags(networks: &[&str], proxy: Option<&str>) -> Flags {
        let allowed_networks = networks.iter().map(|&text| text.to_owned()).collect();
        Flags { allowed_networks, proxy: proxy.map(str::to_owned) }
    }

    #[test]
    fn what_nobody_set_is_absent() {
        let rules = flags(&["", "10.0.0.0/8", " fd00::/8 "], Some("")).rules().unwrap();
        assert_eq!(rules.allowed_networks.len(), 2);
        assert!(rules.proxy.is_none());
    }

    #[test]
    fn wrong_values_are_wrong_usage_and_no_password_is_printed() {
        assert_eq!(flags(&["10.0.0.0/99"], None).rules().unwrap_err().code, exit::USAGE);
        let failure = flags(&[], Some("socks5://user:canary@proxy")).rules().unwrap_err();
        assert_eq!(failure.code, exit::USAGE);
        assert!(!failure.message.contains("canary"), "{}", failure.message);
        let rules = flags(&[], Some("http://user:canary@proxy:3128")).rules().unwrap();
        assert!(!format!("{rules:?}").contains("canary"));
    }
}
