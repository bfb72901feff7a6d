//! JTWC's RSS: an item for each ocean, its storms only in the HTML of the description.
//!
//! ```text
//! <p><b>Typhoon  17W (Saudel) Warning #16 </b><br><b>Issued at 22/0900Z<b>
//! <ul><li><a href='https://…/products/wp1726web.txt' target='newwin'>TC Warning Text </a></li> …
//! ```
//!
//! The HTML is not well-formed, and is searched for its links. Those to the texts, the data files and the fixes are
//! followed; pictures, KML (the same data again) and reasonings are not. A storm is active while its text is linked,
//! final warnings included, but for a formation alert that is cancelled. Suspect areas are in the advisories alone.

use roxmltree::Document;

use super::super::formats::fault_log::FaultLog;
use super::super::formats::xml;
use super::message::key_in_name;
use crate::domain::{ActiveStorms, Parsed};

/// Links that are followed; an ocean has had at most nine storms and alerts at once.
const LINKS_MAX: usize = 200;
/// The longest address that is looked at, in characters.
const ADDRESS_MAX: usize = 500;
/// Endings of documents that are read.
const ENDINGS: [&str; 3] = ["web.txt", ".tcw", "fix.txt"];

pub(super) fn read(document: &Document<'_>, log: &mut FaultLog) -> Parsed {
    let mut links: Vec<String> = Vec::new();
    let mut keys: Vec<String> = Vec::new();
    let mut items = 0;
    for item in document.descendants().filter(|node| node.has_tag_name("item")) {
        items += 1;
        let description = item.children().find(|child| child.has_tag_name("description")).and_then(xml::text_of);
        let description = description.unwrap_or_default();
        for (list, link) in description.split("</ul>").flat_map(|list| links_of(list).map(move |link| (list, link))) {
            if links.len() == LINKS_MAX {
                break;
            }
            if links.iter().any(|known| known == link) {
                continue;
            }
            links.push(link.to_owned());
            keys.extend(key_of(link).filter(|_| !is_cancelled(list)));
        }
    }
    if items == 0 {
        xml::minor(
            log,
            document.root_element(),
            "item",
            "JTWC's list has no items: it tells neither storms nor that there are none",
        );
    }
    let active = (items > 0).then(|| ActiveStorms { agency: "jtwc".to_owned(), keys });
    Parsed { links, active, ..Parsed::default() }
}

/// The links that are followed.
fn links_of(html: &str) -> impl Iterator<Item = &str> {
    html.match_indices("href=").filter_map(move |(at, found)| {
        let rest = html.get(at + found.len()..)?;
        let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let end = rest.char_indices().skip(1).take(ADDRESS_MAX).find(|(_, c)| *c == quote).map(|(end, _)| end)?;
        let link = rest.get(1..end)?.trim();
        ENDINGS.iter().any(|ending| link.ends_with(ending)).then_some(link)
    })
}

/// True for a list of links whose heading says `Cancelled`.
fn is_cancelled(list: &str) -> bool {
    list.to_ascii_lowercase().contains("cancel")
}

/// The storm of `…/wp1726web.txt`: the key of its hazards.
fn key_of(link: &str) -> Option<String> {
    link.rsplit('/').next().filter(|name| name.ends_with("web.txt")).and_then(key_in_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_broken_html() {
        let html = "<ul><li><a href=\"a/io9326web.txt\">Text</a></li><li><a href='a/io9326.gif'>x</a><b>Cyclone 01B
            <a href='a/io0126web.txt' >t</a><a href=a/x.tcw><a href='x.tcw><a href=";
        assert_eq!(links_of(html).collect::<Vec<_>>(), ["a/io9326web.txt", "a/io0126web.txt"]);
        assert!(is_cancelled("<b>TCFA WTIO21 Cancelled</b>") && !is_cancelled("<b>Typhoon Warning #3"));
    }
}
