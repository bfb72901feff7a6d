//! Where a feed may lead us. An index on a public host must not point us at this machine or its network.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// The most documents that one index may lead to.
pub const LINKS_MAX: usize = 500;

/// The longest address that is taken.
const URL_MAX: usize = 2_048;

/// Why a link or redirect is not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkRefused {
    /// It is no address.
    #[error("it is no address of at most 2048 characters")]
    Unreadable,
    /// Neither http nor https.
    #[error("only http and https are fetched")]
    Scheme,
    /// From https to http.
    #[error("it leads from https to http")]
    Downgrade,
    /// With a name or password in it.
    #[error("it holds a name or password")]
    Credentials,
    /// From the public network to this machine or a private network.
    #[error("it leads from a public host into a private network")]
    Private,
    /// More than [`LINKS_MAX`] links, or more than five redirects.
    #[error("there are too many of them")]
    TooMany,
}

/// What an index leads to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// The addresses to fetch, in order, each once.
    pub urls: Vec<String>,
    /// How many of the others there were, by why.
    pub refused: Vec<LinkRefused>,
}

/// A link as an address, relative to the address that its document came from.
///
/// A plain http link in a document that came by https is asked for by https: many indexes are older than
/// their agency's certificate.
///
/// # Errors
/// When it is not to be followed.
///
/// ```
/// # use seawall::sources::fetch::resolve_link;
/// let base = "https://example.com/rss/index.xml?key=1";
/// assert_eq!(resolve_link(base, "../cap/7.xml#top").unwrap(), "https://example.com/cap/7.xml");
/// assert!(resolve_link(base, "http://127.0.0.1/admin").is_err());
/// ```
pub fn resolve_link(base: &str, link: &str) -> Result<String, LinkRefused> {
    let link = link.trim();
    if link.is_empty() || link.len() > URL_MAX || link.chars().any(char::is_control) {
        return Err(LinkRefused::Unreadable);
    }
    let base = Url::parse(base).ok().ok_or(LinkRefused::Unreadable)?;
    let mut url = base.join(link).ok().ok_or(LinkRefused::Unreadable)?;
    if base.scheme() == "https" && url.scheme() == "http" && url.port().is_none() {
        // Cannot fail between http and https; if it did, the next check refuses the link.
        url.set_scheme("https").ok();
    }
    check_step(&base, &url)?;
    url.set_fragment(None);
    Ok(url.into())
}

/// All links of an index, resolved, each once, at most [`LINKS_MAX`].
#[must_use]
pub fn follow(base: &str, links: &[String]) -> Links {
    let mut out = Links::default();
    let mut seen = BTreeSet::new();
    for link in links {
        match resolve_link(base, link) {
            Ok(url) if seen.contains(&url) => {}
            Ok(_) if out.urls.len() >= LINKS_MAX => out.refused.push(LinkRefused::TooMany),
            Ok(url) => {
                seen.insert(url.clone());
                out.urls.push(url);
            }
            Err(refusal) => out.refused.push(refusal),
        }
    }
    out
}

/// Whether one may go from an address to another, by link or redirect.
pub(super) fn check_step(from: &Url, to: &Url) -> Result<(), LinkRefused> {
    if !matches!(to.scheme(), "http" | "https") {
        return Err(LinkRefused::Scheme);
    }
    if from.scheme() == "https" && to.scheme() == "http" {
        return Err(LinkRefused::Downgrade);
    }
    if !to.username().is_empty() || to.password().is_some() {
        return Err(LinkRefused::Credentials);
    }
    if to.as_str().len() > URL_MAX {
        return Err(LinkRefused::Unreadable);
    }
    if reach(to) > reach(from) && from.host() != to.host() {
        return Err(LinkRefused::Private);
    }
    Ok(())
}

/// The address of a configured feed or resolved link.
pub(super) fn parse_address(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).ok().ok_or("this is no address")?;
    if matches!(url.scheme(), "http" | "https") { Ok(url) } else { Err("only http and https are fetched") }
}

pub(super) fn is_loopback(url: &Url) -> bool {
    reach(url) == Reach::Machine
}

/// How far inside an address lies, by its letters alone: a public name may still resolve to a private address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    Public,
    Network,
    Machine,
}

fn reach(url: &Url) -> Reach {
    match url.host() {
        Some(Host::Ipv4(ip)) => reach_of(IpAddr::V4(ip)),
        Some(Host::Ipv6(ip)) => reach_of(IpAddr::V6(ip)),
        Some(Host::Domain(name)) => reach_of_name(name),
        None => Reach::Machine,
    }
}

fn reach_of_name(name: &str) -> Reach {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let ends = |suffix: &str| name == suffix || name.ends_with(&format!(".{suffix}"));
    if ends("localhost") {
        Reach::Machine
    } else if !name.contains('.') || ["local", "internal", "lan", "home.arpa"].iter().any(|suffix| ends(suffix)) {
        Reach::Network
    } else {
        Reach::Public
    }
}

fn reach_of(ip: IpAddr) -> Reach {
    match ip {
        IpAddr::V4(ip) => reach_of_v4(ip),
        IpAddr::V6(ip) => match ip.to_ipv4_mapped().or_else(|| embedded(ip)) {
            Some(inner) => reach_of_v4(inner),
            None if ip.is_loopback() || ip.is_unspecified() => Reach::Machine,
            None if ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_multicast() => Reach::Network,
            None => Reach::Public,
        },
    }
}

/// The IPv4 address within a NAT64 (`64:ff9b::/96`, RFC 6052) or 6to4 (`2002::/16`, RFC 3056) address.
fn embedded(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let pair = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match ip.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => Some(pair(high, low)),
        _ => None,
    }
}

fn reach_of_v4(ip: Ipv4Addr) -> Reach {
    let [first, second, ..] = ip.octets();
    // 100.64.0.0/10 is carriers' (RFC 6598).
    let is_carriers = first == 100 && (64..128).contains(&second);
    if ip.is_loopback() || first == 0 {
        Reach::Machine
    } else if ip.is_private() || ip.is_link_local() || ip.is_multicast() || ip.is_broadcast() || is_carriers {
        Reach::Network
    } else {
        Reach::Public
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: &str = "https://example.com/rss/index.xml?key=1";

    fn check(base: &str, link: &str, expected: Result<&str, LinkRefused>) {
        assert_eq!(resolve_link(base, link), expected.map(str::to_owned), "{base} -> {link}");
    }

    #[test]
    fn relative_and_absolute_links() {
        check(PUBLIC, "cap/1.xml", Ok("https://example.com/rss/cap/1.xml"));
        check(PUBLIC, " /cap/1.xml\n", Ok("https://example.com/cap/1.xml"));
        check(PUBLIC, "//other.example/1.xml#x", Ok("https://other.example/1.xml"));
        check(PUBLIC, "http://example.com/1.xml", Ok("https://example.com/1.xml"));
        check("http://example.com/", "http://example.org/1.xml", Ok("http://example.org/1.xml"));
    }

    #[test]
    fn a_public_feed_cannot_point_inside() {
        for host in [
            "127.0.0.1",
            "127.8.8.8:8484",
            "2130706433",
            "0x7f.1",
            "0.0.0.0",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "[::1]",
            "[::]",
            "[::ffff:10.0.0.1]",
            "[fe80::1]",
            "[fd00::1]",
            "[64:ff9b::7f00:1]",
            "[2002:a00:1::]",
            "localhost",
            "LOCALHOST.",
            "x.localhost",
            "intranet",
            "metadata.google.internal",
            "printer.local",
        ] {
            check(PUBLIC, &format!("https://{host}/"), Err(LinkRefused::Private));
        }
        check(PUBLIC, "https://172.15.0.1/", Ok("https://172.15.0.1/"));
        check(PUBLIC, "https://[2400:3200::1]/", Ok("https://[2400:3200::1]/"));
    }

    #[test]
    fn a_mirror_inside_may_point_where_it_stands() {
        check("http://127.0.0.1:9/index", "http://127.0.0.1:9/1.xml", Ok("http://127.0.0.1:9/1.xml"));
        check("http://127.0.0.1:9/index", "http://10.0.0.1/1.xml", Ok("http://10.0.0.1/1.xml"));
        check("http://10.0.0.1/index", "1.xml", Ok("http://10.0.0.1/1.xml"));
        check("http://10.0.0.1/index", "http://127.0.0.1/", Err(LinkRefused::Private));
    }

    #[test]
    fn what_is_no_link() {
        check(PUBLIC, "", Err(LinkRefused::Unreadable));
        check(PUBLIC, "a\r\nb", Err(LinkRefused::Unreadable));
        check(PUBLIC, &"a".repeat(3_000), Err(LinkRefused::Unreadable));
        check(PUBLIC, "https://", Err(LinkRefused::Unreadable));
        check(PUBLIC, "file:///etc/passwd", Err(LinkRefused::Scheme));
        check(PUBLIC, "javascript:alert(1)", Err(LinkRefused::Scheme));
        check(PUBLIC, "http://example.com:8080/", Err(LinkRefused::Downgrade));
        check(PUBLIC, "https://me:pw@example.com/", Err(LinkRefused::Credentials));
        check("no base", "1.xml", Err(LinkRefused::Unreadable));
    }

    #[test]
    fn an_index_leads_to_so_many_and_to_each_once() {
        let links: Vec<String> = (0..LINKS_MAX + 2).map(|n| format!("{n}.xml")).collect();
        let found = follow(PUBLIC, &[links.clone(), links].concat());
        assert_eq!((found.urls.len(), found.refused.len()), (LINKS_MAX, 4));
        let found = follow(PUBLIC, &["1.xml".to_owned(), "1.xml#a".to_owned(), "ftp://x/".to_owned()]);
        assert_eq!((found.urls.len(), found.refused), (1, vec![LinkRefused::Scheme]));
    }
}
