//! Which IP addresses are public, and networks that an operator allows besides. It resolves no names.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use crate::model::Invalid;

/// A range of addresses in CIDR form, such as `10.0.0.0/8`; one address is a range of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    prefix_bits: u32,
}

impl Network {
    /// # Errors
    /// No CIDR, or an address with bits behind the prefix; the sentence names the form that was probably meant.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let wrong = || {
            Invalid(format!(
                "{text:?} is not a network; write an address and a prefix such as 10.0.0.0/8 or fd00::/8, or one address"
            ))
        };
        let (address, prefix) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
        let first: IpAddr = address.parse().map_err(|_| wrong())?;
        let width = width_bits(first);
        let prefix_bits = match prefix {
            None => width,
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
                digits.parse().ok().filter(|bits| *bits <= width).ok_or_else(wrong)?
            }
            Some(_) => return Err(wrong()),
        };
        let start = masked(first, prefix_bits);
        if start != first {
            return Err(Invalid(format!("{text:?} has bits behind its prefix; write {start}/{prefix_bits}")));
        }
        Ok(Network { first, prefix_bits })
    }

    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.first.is_ipv4() == address.is_ipv4() && masked(address, self.prefix_bits) == self.first
    }
}

impl FromStr for Network {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Network::parse(text)
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix_bits)
    }
}

/// Why an address is not dialled. `allowable` is false where no configuration can allow it, because it names no one host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub what: &'static str,
    pub allowable: bool,
}

/// The IPv4 ranges of the IANA special-purpose registry that are not globally reachable.
const SPECIAL_V4: &[(Ipv4Addr, u32, &str, bool)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8, "an address of this host (0.0.0.0/8)", false),
    (Ipv4Addr::new(10, 0, 0, 0), 8, "a private address (10.0.0.0/8)", true),
    (Ipv4Addr::new(100, 64, 0, 0), 10, "a carrier-grade NAT address (100.64.0.0/10)", true),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "a loopback address (127.0.0.0/8)", true),
    (Ipv4Addr::new(169, 254, 0, 0), 16, "a link-local or metadata address (169.254.0.0/16)", true),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "a private address (172.16.0.0/12)", true),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "a protocol assignment (192.0.0.0/24)", true),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "a documentation address (192.0.2.0/24)", true),
    (Ipv4Addr::new(192, 88, 99, 0), 24, "a 6to4 relay address (192.88.99.0/24)", true),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "a private address (192.168.0.0/16)", true),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "a benchmarking address (198.18.0.0/15)", true),
    (Ipv4Addr::new(198, 51, 100, 0), 24, "a documentation address (198.51.100.0/24)", true),
    (Ipv4Addr::new(203, 0, 113, 0), 24, "a documentation address (203.0.113.0/24)", true),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "a multicast address (224.0.0.0/4)", false),
    (Ipv4Addr::new(240, 0, 0, 0), 4, "a reserved or broadcast address (240.0.0.0/4)", false),
];

/// IPv6 ranges that are not globally reachable, the narrow before the wide. What embeds an IPv4 address is judged by that.
const SPECIAL_V6: &[(Ipv6Addr, u32, &str, bool)] = &[
    (Ipv6Addr::UNSPECIFIED, 128, "the unspecified address (::)", false),
    (Ipv6Addr::LOCALHOST, 128, "a loopback address (::1)", true),
    (Ipv6Addr::new(0x2001, 0x0db8, 0, 0, 0, 0, 0, 0), 32, "a documentation address (2001:db8::/32)", true),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, "a protocol assignment (2001::/23)", true),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, "a 6to4 address (2002::/16)", true),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, "a documentation address (3fff::/20)", true),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, "a private address (fc00::/7)", true),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, "a link-local address (fe80::/10)", true),
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10, "a site-local address (fec0::/10)", true),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, "a multicast address (ff00::/8)", false),
];
/// All that IANA has given out for public use (2000::/3).
const GLOBAL_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
/// The well-known prefix under which NAT64 embeds IPv4 addresses.
const NAT64: (Ipv6Addr, u32) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// `Err` with the rule that keeps `address` from being dialled; networks in `allowed` may be dialled although they are not public.
pub(super) fn check_address(address: IpAddr, allowed: &[Network]) -> Result<(), Rule> {
    let embedded = match address {
        IpAddr::V6(v6) => embedded_v4(v6).map(IpAddr::V4),
        IpAddr::V4(_) => None,
    };
    let judged = embedded.unwrap_or(address);
    match special(judged) {
        None => Ok(()),
        Some(rule) if rule.allowable => {
            let named = |network: &Network| network.contains(address) || network.contains(judged);
            if allowed.iter().any(named) { Ok(()) } else { Err(rule) }
        }
        Some(rule) => Err(rule),
    }
}

fn special(address: IpAddr) -> Option<Rule> {
    let within = |first: IpAddr, bits: u32| masked(address, bits) == first;
    match address {
        IpAddr::V4(_) => SPECIAL_V4
            .iter()
            .find(|(first, bits, ..)| within((*first).into(), *bits))
            .map(|&(.., what, allowable)| Rule { what, allowable }),
        IpAddr::V6(_) => SPECIAL_V6
            .iter()
            .find(|(first, bits, ..)| within((*first).into(), *bits))
            .map(|&(.., what, allowable)| Rule { what, allowable })
            .or_else(|| {
                let what = "an address outside the public range (2000::/3)";
                (!within(GLOBAL_V6.0.into(), GLOBAL_V6.1)).then_some(Rule { what, allowable: true })
            }),
    }
}

/// The IPv4 address that a mapped (`::ffff:a.b.c.d`), compatible (`::a.b.c.d`) or NAT64 address leads to.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [.., a, b, c, d] = address.octets();
    let last = Ipv4Addr::new(a, b, c, d);
    let compatible = address.segments()[..6] == [0; 6] && u32::from(last) > 1;
    let nat64 = masked(address.into(), NAT64.1) == IpAddr::V6(NAT64.0);
    address.to_ipv4_mapped().or_else(|| (compatible || nat64).then_some(last))
}

fn width_bits(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// The first address of the network of `prefix_bits` that `address` lies in.
fn masked(address: IpAddr, prefix_bits: u32) -> IpAddr {
    let behind = width_bits(address).saturating_sub(prefix_bits);
    match address {
        IpAddr::V4(v4) => Ipv4Addr::from(u32::MAX.checked_shl(behind).unwrap_or(0) & u32::from(v4)).into(),
        IpAddr::V6(v6) => Ipv6Addr::from(u128::MAX.checked_shl(behind).unwrap_or(0) & u128::from(v6)).into(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn refused(address: &str, allowed: &[&str]) -> bool {
        let allowed: Vec<Network> = allowed.iter().map(|text| Network::parse(text).unwrap()).collect();
        check_address(address.parse().unwrap(), &allowed).is_err()
    }

    #[test]
    fn only_public_addresses_are_dialled() {
        for inside in [
            "0.0.0.0",
            "0.1.2.3",
            "10.255.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(refused(inside, &[]), "{inside}");
        }
        for public in [
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "2606:4700::1",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
            "2a00::1",
        ] {
            assert!(!refused(public, &[]), "{public}");
        }
    }

    #[test]
    fn an_allowed_network_opens_itself_and_nothing_else() {
        assert!(!refused("10.1.2.3", &["10.0.0.0/8"]));
        assert!(!refused("::ffff:10.1.2.3", &["10.0.0.0/8"]));
        assert!(!refused("fd00::1", &["fd00::/8"]));
        assert!(!refused("127.0.0.1", &["127.0.0.1"]));
        assert!(refused("127.0.0.2", &["127.0.0.1"]));
        assert!(!refused("172.16.0.1", &["172.16.0.0/12"]));
        assert!(refused("192.168.0.1", &["10.0.0.0/8"]));
        assert!(refused("::1", &["127.0.0.0/8"]));
        for never in ["0.0.0.0", "224.0.0.1", "255.255.255.255", "ff02::1", "::"] {
            assert!(refused(never, &["0.0.0.0/0", "::/0"]), "{never}");
        }
    }

    #[test]
    fn networks_are_read_strictly() {
        for good in ["10.0.0.0/8", "0.0.0.0/0", "::/0", "fd00::/8", "127.0.0.1", "::1"] {
            assert!(Network::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/+8", "10.0.0.0/", "fd00::/129", "host/8"] {
            assert!(Network::parse(bad).is_err(), "{bad}");
        }
        assert!(Network::parse("10.1.0.0/8").unwrap_err().0.contains("write 10.0.0.0/8"));
    }
}
