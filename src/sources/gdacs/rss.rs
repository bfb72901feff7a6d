//! GDACS's RSS: one item for each event. An RSS that holds CAP alerts, and CAP alone, go on to `cap`.

use roxmltree::{Document, Node};

use super::event::{Event, country};
use super::{NAMESPACE, cap};
use crate::domain::{Bulletin, Hazard, Parsed, Position, Timestamp};
use crate::sources::cap::{alerts_in, without_repeats};
use crate::sources::formats::dates::rfc_2822;
use crate::sources::formats::fault_log::FaultLog;
use crate::sources::formats::xml;

/// Items that are read of one document; `rss_7d.xml` has about 120, an archive query of years some thousands.
const ITEMS_MAX: usize = 10_000;
/// Links that one document may lead to.
const LINKS_MAX: usize = 2_000;

pub(super) fn read(document: &Document<'_>, bulletin: &Bulletin, log: &mut FaultLog) -> Parsed {
    let root = document.root_element();
    let alerts = alerts_in(document);
    if !alerts.is_empty() {
        let hazards = alerts.into_iter().flat_map(|alert| cap::read(alert, bulletin, log)).collect();
        return Parsed { hazards: without_repeats(hazards), ..Parsed::default() };
    }
    let name = root.tag_name().name();
    if !matches!(name, "rss" | "item" | "channel") {
        let shown: String = name.chars().take(40).collect();
        xml::fatal(log, root, &shown, format!("`{shown}` is no RSS of GDACS"));
        return Parsed::default();
    }
    let channel_date = root.descendants().find(|node| node.has_tag_name("channel"));
    let channel_date = channel_date.and_then(|channel| time(channel, "pubDate", log));
    let mut parsed = Parsed::default();
    let mut seen = std::collections::HashSet::new();
    for item in xml::outermost(document, |node| node.has_tag_name("item")).into_iter().take(ITEMS_MAX) {
        let Some((hazard, link)) = read_item(item, channel_date, bulletin, log) else { continue };
        parsed.hazards.push(hazard);
        let link = link.filter(|link| parsed.links.len() < LINKS_MAX && seen.insert(link.clone()));
        parsed.links.extend(link);
    }
    parsed
}

/// The hazard of an item, and where to read on about it.
fn read_item(
    item: Node<'_, '_>,
    channel_date: Option<Timestamp>,
    bulletin: &Bulletin,
    log: &mut FaultLog,
) -> Option<(Hazard, Option<String>)> {
    let Some((kind, number)) = identity(item) else {
        xml::fatal(log, item, "eventid", "an item without event type and number is no event of GDACS; it is lost");
        return None;
    };
    let published = time(item, "pubDate", log);
    let modified = time(item, "datemodified", log).or_else(|| time(item, "dateadded", log));
    let position = place(item);
    if position.is_none() {
        xml::minor(log, item, "point", "the item has no place that can be read");
    }
    let countries = own(item, "country");
    let codes = own(item, "iso3");
    // Of several countries the code is that of the first alone.
    let code = codes.as_deref().filter(|_| countries.as_ref().is_some_and(|names| !names.contains(',')));
    let is_current = own(item, "iscurrent").map(|text| text.eq_ignore_ascii_case("true"));
    let event = Event {
        kind,
        number,
        name: own(item, "eventname"),
        headline: text(item, "title"),
        description: text(item, "description"),
        level: own(item, "alertlevel"),
        is_current,
        from: time(item, "fromdate", log),
        to: time(item, "todate", log),
        modified: modified.or(published).or(channel_date),
        areas: countries.iter().map(|name| country(name, [None, code])).collect(),
        glide: own(item, "glide"),
        position,
        source: None,
    };
    let link = (is_current != Some(false)).then(|| link_of(item, event.is_storm())).flatten();
    Some((event.into_hazard(bulletin), link))
}

/// Event type and number, from their elements or from the guid (`TC1000643`).
fn identity(item: Node<'_, '_>) -> Option<(String, String)> {
    let is_kind = |kind: &str| kind.len() == 2 && kind.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_number = |number: &str| (1..=16).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    if let (Some(kind), Some(number)) = (own(item, "eventtype"), own(item, "eventid")) {
        return (is_kind(&kind) && is_number(&number)).then(|| (kind.to_ascii_uppercase(), number));
    }
    let guid = text(item, "guid")?;
    let (kind, number) = (guid.get(..2)?, guid.get(2..)?);
    (is_kind(kind) && is_number(number)).then(|| (kind.to_ascii_uppercase(), number.to_owned()))
}

/// Of a storm its geometry, where it is linked; else the CAP document.
fn link_of(item: Node<'_, '_>, is_storm: bool) -> Option<String> {
    let geometry = || {
        let resources = item.descendants().filter(|node| node.is_element() && node.tag_name().name() == "resource");
        let mut links = resources.filter_map(|node| node.attribute("url"));
        links.find(|link| link.contains("/getgeometry?")).map(|link| link.trim().to_owned())
    };
    is_storm.then(geometry).flatten().or_else(|| own(item, "cap"))
}

/// `lat lon` of `GeoRSS`, or the W3C's point.
fn place(item: Node<'_, '_>) -> Option<Position> {
    let from_point = |text: String| {
        let mut numbers = text.split([' ', ',', '\n', '\t']).filter(|part| !part.is_empty());
        let (lat, lon) = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
        Position::lat_lon(lat, lon).ok()
    };
    let point = item.children().find(|node| node.is_element() && node.tag_name().name() == "point");
    let point = point.and_then(xml::text_of).map(std::borrow::Cow::into_owned).and_then(from_point);
    point.or_else(|| {
        let part = |name: &str| {
            let node = item.descendants().find(|node| node.is_element() && node.tag_name().name() == name)?;
            xml::text_of(node)?.parse::<f64>().ok()
        };
        Position::lat_lon(part("lat")?, part("long")?).ok()
    })
}

/// The text of a child of RSS's own.
fn text(node: Node<'_, '_>, name: &str) -> Option<String> {
    let child = node.children().find(|child| child.has_tag_name(name))?;
    xml::text_of(child).map(std::borrow::Cow::into_owned)
}

/// The text of a child of GDACS's name space, whatever its prefix.
fn own(node: Node<'_, '_>, name: &str) -> Option<String> {
    let child = node.children().find(|child| child.has_tag_name((NAMESPACE, name)))?;
    xml::text_of(child).map(std::borrow::Cow::into_owned)
}

fn time(node: Node<'_, '_>, name: &str, log: &mut FaultLog) -> Option<Timestamp> {
    let said = own(node, name).or_else(|| text(node, name))?;
    let read = rfc_2822(&said);
    if read.is_none() {
        xml::minor(log, node, name, "the date is none of RFC 822");
    }
    read
}
