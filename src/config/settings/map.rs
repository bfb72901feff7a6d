//! `[map]`: a base map of one's own in place of the built-in one.

use url::{Host, Url};

use super::MapConfig;
use super::section::Section;

const HINT: &str = "write an https address: https://tiles.example.com/{z}/{x}/{y}.png";

pub(super) fn read(section: &mut Section<'_>) -> Option<MapConfig> {
    let (tiles, style) = (section.text("tiles"), section.text("style"));
    let attribution = section.text("attribution").unwrap_or_default();
    let (key, address) = match (tiles, style) {
        (Some(tiles), None) => ("tiles", tiles),
        (None, Some(style)) => ("style", style),
        (Some(_), Some(_)) => {
            section.fatal("style", "`tiles` is there too", "name one of them: a style has its own tiles");
            return None;
        }
        (None, None) => {
            section.fatal_here("neither `tiles` nor `style` is there", HINT);
            return None;
        }
    };
    let Some(origin) = origin(&address) else {
        section.fatal(key, "this is no https address", HINT);
        return None;
    };
    if key == "tiles" && !["{z}", "{x}", "{y}"].iter().all(|part| address.contains(part)) {
        section.fatal(key, "it lacks {z}, {x} or {y}", HINT);
        return None;
    }
    Some(MapConfig { is_style: key == "style", address, origin, attribution })
}

/// The origin of an address that a page may ask: https, or http of this machine.
fn origin(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let is_here = match url.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    };
    let is_good = url.scheme() == "https" || (url.scheme() == "http" && is_here);
    (is_good && url.username().is_empty()).then(|| url.origin().ascii_serialization())
}
