//! `behind_proxy`: whose word on where a request came from is believed.

use std::net::IpAddr;

use super::section::Section;

/// Addresses that begin alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    /// How many bits count.
    prefix: u32,
}

impl Network {
    /// `10.0.0.0/8`, or one address.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().ok()?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Some(bits), |prefix| prefix.parse().ok())?;
        (prefix <= bits).then_some(Self { address, prefix })
    }

    /// True when an address is one of them.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let alike = |own: u128, other: u128, bits: u32| {
            let shift = bits - self.prefix;
            // Shifted by all its bits nothing is left to differ.
            own.checked_shr(shift).unwrap_or(0) == other.checked_shr(shift).unwrap_or(0)
        };
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => alike(own.to_bits().into(), other.to_bits().into(), 32),
            (IpAddr::V6(own), IpAddr::V6(other)) => alike(own.to_bits(), other.to_bits(), 128),
            _ => false,
        }
    }
}

pub(super) fn read(root: &mut Section<'_>) -> Vec<Network> {
    let mut networks = Vec::new();
    for text in root.texts("behind_proxy").unwrap_or_default() {
        match Network::parse(&text) {
            Some(network) => networks.push(network),
            None => root.fatal(
                "behind_proxy",
                format!("`{text}` is no address or network"),
                "write addresses of proxies: [\"127.0.0.1\", \"10.0.0.0/8\"]",
            ),
        }
    }
    networks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_what_begins_like_them() {
        let check = |network: &str, address: &str, expected: Option<bool>| {
            let found = Network::parse(network).map(|network| network.contains(address.parse().expect("an address")));
            assert_eq!(found, expected, "{network} {address}");
        };
        check("127.0.0.1", "127.0.0.1", Some(true));
        check("127.0.0.1", "127.0.0.2", Some(false));
        check("127.0.0.1", "::ffff:127.0.0.1", Some(true));
        check("10.0.0.0/8", "10.255.0.1", Some(true));
        check("10.0.0.0/8", "11.0.0.1", Some(false));
        check("0.0.0.0/0", "203.0.113.9", Some(true));
        check("2001:db8::/32", "2001:db8:1::1", Some(true));
        check("::/0", "2001:db8:1::1", Some(true));
        check("2001:db8::/32", "10.0.0.1", Some(false));
        check("10.0.0.0/33", "10.0.0.1", None);
        check("proxy", "10.0.0.1", None);
    }
}
