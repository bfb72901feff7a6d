//! NHC's RSS: a basin's index (`index-at.xml`) or one item of it.
//!
//! In: items with a product as a `<pre>` inside CDATA, with `nhc:Cyclone` (since 2014), or with a link alone. Out: the
//! hazards of every product, as the readers of the texts find them; a storm's summary only where no public advisory
//! says the same; links to the texts that are not in the feed itself; and the basin's storms.
//! The list of storms is one basin's, so that its agency is `nhc-al`, `nhc-ep` or `nhc-cp`: a storm of another basin is not
//! missing there. A single item is no list.
//! Never: a link to pictures, pages for people or archives of shapes, which are no texts to be read.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use roxmltree::{Document, Node};

use super::now::{self, Now};
use super::plain;
use super::product::{self, Heading};
use super::{read_product, when};
use crate::domain::{ActiveStorms, Bulletin, Fault, Hazard, HazardText, Parsed, Place, Position, Timestamp};
use crate::sources::formats::cyclone;
use crate::sources::formats::fault_log::FaultLog;
use crate::sources::formats::{dates, json, storm_key, xml};

/// Signs of NHC's own feeds, in the head or, of a single item, at its end.
const MARKS: [&str; 4] =
    ["nhcwebmaster@noaa.gov", "xmlns:nhc=", "<link>https://www.nhc.noaa.gov", "<link>http://www.nhc.noaa.gov"];
const EDGE_BYTES: usize = 4_096;
/// More items than any index has: a basin with nine storms has some 150.
const ITEMS_MAX: usize = 2_000;

pub(super) fn recognises(body: &[u8]) -> bool {
    let head = json::head(body);
    if !head.trim_start_matches('\u{FEFF}').trim_start().starts_with('<') {
        return false;
    }
    let tail = String::from_utf8_lossy(body.get(body.len().saturating_sub(EDGE_BYTES)..).unwrap_or_default());
    let is_marked = |text: &str| MARKS.iter().any(|mark| text.contains(mark));
    (is_marked(&head) || is_marked(&tail))
        && xml::root_name(body).is_some_and(|root| matches!(root.as_str(), "rss" | "channel" | "item"))
}

pub(super) fn read(text: &str, bulletin: &Bulletin, log: &mut FaultLog) -> Parsed {
    let document = match xml::parse(text) {
        Ok(document) => document,
        Err(fault) => {
            log.push(fault);
            return Parsed::default();
        }
    };
    let mut feed = Feed::default();
    let items = xml::outermost(&document, |node| node.is_element() && node.tag_name().name() == "item");
    if items.len() > ITEMS_MAX {
        let what = format!("items beyond the first {ITEMS_MAX} are not read");
        log.push(Fault::fatal(Place::default().field("item"), what));
    }
    for item in items.into_iter().take(ITEMS_MAX) {
        feed.read_item(item, bulletin, log);
    }
    let active = basin(&document).map(|basin| ActiveStorms { agency: format!("nhc-{basin}"), keys: feed.keys });
    Parsed { hazards: feed.hazards, links: feed.links, active, ..Parsed::default() }
}

/// The basin of an index, by its title.
fn basin(document: &Document<'_>) -> Option<&'static str> {
    let channel = document.descendants().find(|node| node.is_element() && node.tag_name().name() == "channel")?;
    let title = child_text(channel, "title")?.to_ascii_lowercase();
    match title {
        title if title.contains("wallet") => None,
        title if title.contains("atlantic") => Some("al"),
        title if title.contains("central") && title.contains("pacific") => Some("cp"),
        title if title.contains("pacific") => Some("ep"),
        _ => None,
    }
}

fn child_text<'a>(node: Node<'a, '_>, name: &str) -> Option<Cow<'a, str>> {
    node.children().find(|child| child.is_element() && child.tag_name().name() == name).and_then(xml::text_of)
}

#[derive(Default)]
struct Feed {
    hazards: Vec<Hazard>,
    at: BTreeMap<String, usize>,
    links: Vec<String>,
    seen: HashSet<String>,
    keys: Vec<String>,
}

impl Feed {
    fn read_item(&mut self, item: Node<'_, '_>, bulletin: &Bulletin, log: &mut FaultLog) {
        let cyclone = item.children().find(|child| child.is_element() && child.tag_name().name() == "Cyclone");
        if let Some(cyclone) = cyclone {
            let published = child_text(item, "pubDate").and_then(|date| dates::rfc_2822(&date));
            match summary(cyclone, published, bulletin) {
                Some(hazard) => self.add(hazard, true),
                None => xml::minor(log, cyclone, "nhc:Cyclone", "the summary names no storm or time; it is left out"),
            }
            return;
        }
        let description = child_text(item, "description").unwrap_or_default();
        let text = plain::plain(&description);
        let capitals = text.to_ascii_uppercase();
        let body = after_issue_words(&capitals);
        // By its header alone: pictures and local statements speak of products too.
        if let Some(kind) = product::kind_by_header(&plain::words(body)) {
            let text = text.get(text.len() - body.len()..).unwrap_or(&text);
            let mut its = FaultLog::default();
            let hazards = read_product(kind, text, bulletin, &mut its);
            for fault in its.into_faults() {
                let title = child_text(item, "title").unwrap_or_default();
                let what = format!("`{}`: {}", title.chars().take(80).collect::<String>(), fault.what);
                log.push(Fault { place: xml::place(item), what, ..fault });
            }
            for hazard in hazards {
                self.add(hazard, !matches!(kind, product::Kind::Outlook));
            }
            return;
        }
        if let Some(link) = child_text(item, "link") {
            self.link(&link);
        } else if child_text(item, "title").is_none() {
            xml::minor(log, item, "item", "an item has neither a title nor a link");
        }
    }

    /// Adds a hazard; of two with one id the newer one stays, and of two as new the one that tells more.
    fn add(&mut self, hazard: Hazard, is_storm: bool) {
        if is_storm && !self.keys.contains(&hazard.event) {
            self.keys.push(hazard.event.clone());
        }
        if let Some(known) = self.at.get(hazard.id.as_str()).and_then(|at| self.hazards.get_mut(*at)) {
            let is_told = |hazard: &Hazard| hazard.texts.iter().any(|text| text.description.is_some());
            let says_more = hazard.issued == known.issued && is_told(&hazard) && !is_told(known);
            if hazard.issued > known.issued || says_more {
                *known = hazard;
            }
        } else {
            self.at.insert(hazard.id.as_str().to_owned(), self.hazards.len());
            self.hazards.push(hazard);
        }
    }

    /// A text that the item only points to.
    fn link(&mut self, link: &str) {
        let is_text = link.contains("/text/");
        if is_text && !link.contains(char::is_whitespace) && self.seen.insert(link.to_owned()) {
            self.links.push(link.to_owned());
        }
    }
}

/// `Issued at 0300 UTC MON OCT 26 2020` goes before the product, and would be taken for its own issue line.
fn after_issue_words(text: &str) -> &str {
    let trimmed = text.trim_start();
    if !trimmed.starts_with("ISSUED AT") {
        return text;
    }
    let headers = ["ZCZC ", "WTNT", "WTPZ", "WTPA", "FONT", "FOPZ", "FOPA", "ABNT", "ABPZ", "ACPN"];
    let starts = headers.iter().filter_map(|header| trimmed.find(header));
    starts.min().and_then(|at| trimmed.get(at..)).unwrap_or(text)
}

/// The storm as `nhc:Cyclone` has it.
fn summary(cyclone: Node<'_, '_>, published: Option<Timestamp>, bulletin: &Bulletin) -> Option<Hazard> {
    let field = |name: &str| child_text(cyclone, name);
    let (key, number) = product::atcf_key(&field("atcf")?.to_ascii_uppercase())?;
    let issued = field("datetime").and_then(|text| time_of(&text, published)).or(published)?;
    let centre = field("center").and_then(|text| {
        let (lat, lon) = text.split_once(',')?;
        Position::lat_lon(lat.trim().parse().ok()?, lon.trim().parse().ok()?).ok()
    });
    let number_of = |name: &str| field(name)?.split_whitespace().next()?.parse::<f64>().ok();
    let name = field("name").and_then(|name| storm_key::real_name(&name));
    let designation = format!("{} {}", field("type").unwrap_or_default(), field("name").unwrap_or_default());
    let heading = Heading {
        key,
        name,
        designation: designation.trim().to_owned(),
        title: String::new(),
        issued,
        status: storm_key::status(&number),
        says_kind: true,
        at: 0,
    };
    let now = Now {
        position: centre,
        vmax_kt: number_of("wind").and_then(now::knots_of_mph),
        pmin_hpa: number_of("pressure").and_then(cyclone::sound_pressure),
    };
    let headline = field("headline").map(|text| text.trim_matches(['.', ' ']).replace("... ...", "; "));
    let is_last = headline.as_deref().is_some_and(|text| product::is_last(&plain::words(&text.to_ascii_uppercase())));
    let mut hazard = now::of_summary(&heading, now, is_last, bulletin);
    hazard.texts =
        vec![HazardText { lang: "en".to_owned(), event: heading.designation, headline, ..HazardText::default() }];
    Some(hazard)
}

/// `3:00 AM GMT Mon Oct 26`: the year is the one that brings it nearest to when the item was published.
fn time_of(text: &str, published: Option<Timestamp>) -> Option<Timestamp> {
    let near = published?;
    let year = near.to_zoned(jiff::tz::TimeZone::UTC).year();
    let candidates = [year - 1, year, year + 1].into_iter().filter_map(|year| when::of_line(&format!("{text} {year}")));
    candidates.min_by_key(|at| at.duration_since(near).unsigned_abs())
}
