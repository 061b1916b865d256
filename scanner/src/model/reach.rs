//! From how far a load balancer can be reached: providers' annotations and source ranges.

use super::field::Field;
use super::object::Object;

/// From how far the door can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Marked as internal to the provider's network, or private source ranges only.
    Internal,
    /// From named public ranges.
    Restricted,
    Anywhere,
}

/// How far a LoadBalancer Service reaches: provider annotations first, then its source ranges.
#[must_use]
pub fn load_balancer_reach(service: &Object<'_>) -> Reach {
    if is_internal(service) {
        return Reach::Internal;
    }
    let ranges = source_ranges(service);
    if ranges.is_empty() || ranges.iter().any(|range| is_any_range(range)) {
        Reach::Anywhere
    } else if ranges.iter().all(|range| is_private_range(range)) {
        Reach::Internal
    } else {
        Reach::Restricted
    }
}

/// Source ranges of a LoadBalancer Service, from its field or from the providers' annotations for the same thing.
#[must_use]
pub fn source_ranges(service: &Object<'_>) -> Vec<String> {
    const ANNOTATIONS: &[&str] = &[
        "service.beta.kubernetes.io/load-balancer-source-ranges",
        "service.beta.kubernetes.io/azure-allowed-ip-ranges",
        "service.beta.kubernetes.io/aws-load-balancer-inbound-cidrs",
        "networking.gke.io/load-balancer-source-ranges",
    ];
    let mut ranges: Vec<String> = service
        .root
        .at(&["spec", "loadBalancerSourceRanges"])
        .iter()
        .flat_map(Field::items)
        .map(|item| item.text())
        .collect();
    for key in ANNOTATIONS {
        let Some(list) = service.annotation(key) else { continue };
        ranges.extend(
            list.text().split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()),
        );
    }
    ranges
}

#[must_use]
pub fn is_any_range(range: &str) -> bool {
    matches!(range.trim(), "0.0.0.0/0" | "::/0" | "0/0")
}

/// RFC 1918, carrier-grade NAT, loopback, link-local, and unique local IPv6.
fn is_private_range(range: &str) -> bool {
    let (address, _) = range.trim().split_once('/').unwrap_or((range.trim(), ""));
    match address.parse() {
        Ok(std::net::IpAddr::V4(v4)) => {
            let [first, second, ..] = v4.octets();
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || (first == 100 && (64..128).contains(&second))
        }
        Ok(std::net::IpAddr::V6(v6)) => v6.is_loopback() || (v6.segments()[0] & 0xfe00) == 0xfc00,
        Err(_) => false,
    }
}

/// Annotations by which the providers' controllers keep a load balancer inside: (key, values that mean it).
const INTERNAL: &[(&str, &[&str])] = &[
    ("networking.gke.io/load-balancer-type", &["internal"]),
    ("cloud.google.com/load-balancer-type", &["internal"]),
    ("service.beta.kubernetes.io/azure-load-balancer-internal", &["true"]),
    ("service.beta.kubernetes.io/aws-load-balancer-scheme", &["internal"]),
    ("service.beta.kubernetes.io/aws-load-balancer-internal", &["true", "0.0.0.0/0"]),
    ("service.beta.kubernetes.io/openstack-internal-load-balancer", &["true"]),
    ("service.beta.kubernetes.io/oci-load-balancer-internal", &["true"]),
    ("service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type", &["intranet"]),
    ("service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type", &["private"]),
];

fn is_internal(object: &Object<'_>) -> bool {
    INTERNAL.iter().any(|(key, meaning)| {
        let value = object.annotation(key).map(|field| field.text().to_ascii_lowercase());
        value.is_some_and(|value| meaning.contains(&value.as_str()))
    })
}
