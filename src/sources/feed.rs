//! Atom and RSS indexes that lead to CAP documents, with the alerts that some embed.
//!
//! In: an index. Out: links in its order, each once; hazards of embedded alerts; and a hazard of an entry that leads to
//! no alert, when it tells one itself: by CAP's fields (`cap:event`, `cap:severity` …, as NWS and `MeteoAlarm` have
//! them) or by an area of `GeoRSS`. A point alone is no area, and such an entry no warning of any place.
//! Never: a hazard made of an entry's summary where there is a link, for the document says more and says it surely.
//!
//! A link is kept as it stands; to resolve and to fetch it is the fetcher's.

use std::collections::{BTreeMap, HashSet};

use roxmltree::{Document, Node};
use serde::de::DeserializeOwned;

use super::Source;
use super::cap::{alerts_in, read_alert, without_repeats};
use super::formats::fault_log::FaultLog;
use super::formats::kind::kind_of;
use super::formats::{dates, text, xml};
use crate::domain::{
    Area, Bulletin, Fault, Footprint, Hazard, HazardId, HazardText, Parsed, Place, Position, Ring, Timestamp,
};

/// Links that are followed from one index. The largest recorded has about 300 entries.
const LINKS_MAX: usize = 2_000;
/// The media type of CAP documents (CAP 1.2 section 3.4, and the links of USGS and MeteoAlarm).
const CAP_MEDIA_TYPE: &str = "application/cap+xml";
/// Endings of what may be CAP.
const DOCUMENT_ENDINGS: [&str; 1] = [".xml"];
/// Endings of what is for people to read, not CAP.
const PAGE_ENDINGS: [&str; 12] =
    [".html", ".htm", ".shtml", ".php", ".asp", ".aspx", ".jsp", ".pdf", ".png", ".jpg", ".gif", ".kmz"];
/// Name spaces of GeoRSS and the W3C's points: a feed that declares one tells of places, and need not link to CAP.
const PLACE_NAMESPACES: [&str; 2] = ["http://www.georss.org/georss", "http://www.w3.org/2003/01/geo/wgs84_pos#"];

/// Indexes of CAP documents. The format is `feed`.
#[derive(Debug)]
pub struct Feed;

impl Source for Feed {
    fn id(&self) -> &'static str {
        "feed"
    }

    fn recognises(&self, body: &[u8]) -> bool {
        xml::root_name(body).is_some_and(|name| is_feed_root(&name))
    }

    fn parse(&self, bulletin: &Bulletin) -> Parsed {
        let mut log = FaultLog::default();
        let text = text::of_bulletin(bulletin, &mut log);
        let (hazards, links) = match xml::parse(&text) {
            Ok(document) => read_document(&document, bulletin, &mut log),
            Err(fault) => {
                log.push(fault);
                (Vec::new(), Vec::new())
            }
        };
        Parsed { hazards, links, faults: log.into_faults(), ..Parsed::default() }
    }
}

fn is_feed_root(name: &str) -> bool {
    matches!(name, "feed" | "rss" | "RDF" | "channel" | "entry" | "item")
}

fn read_document(document: &Document<'_>, bulletin: &Bulletin, log: &mut FaultLog) -> (Vec<Hazard>, Vec<String>) {
    let root = document.root_element();
    let name = root.tag_name().name();
    if !is_feed_root(name) && !xml::is_cap(root, "alert") {
        let shown: String = name.chars().take(40).collect();
        xml::fatal(log, root, &shown, format!("`{shown}` is neither an Atom nor an RSS feed"));
        return (Vec::new(), Vec::new());
    }
    let mut links = Links::default();
    let mut hazards = Vec::new();
    let tells_of_places = root.namespaces().any(|ns| PLACE_NAMESPACES.contains(&ns.uri()));
    let entries = xml::outermost(document, is_entry);
    let alerts = alerts_in(document);
    for entry in &entries {
        let next = alerts.partition_point(|alert| alert.range().start < entry.range().start);
        let embeds = alerts.get(next).is_some_and(|alert| alert.range().start < entry.range().end);
        let is_linked = links.read_entry(*entry, embeds, tells_of_places, log);
        if !embeds && !is_linked {
            hazards.extend(read_summary(*entry, bulletin));
        }
    }
    for alert in alerts {
        let next = entries.partition_point(|entry| entry.range().start < alert.range().start);
        let before = next.checked_sub(1).and_then(|at| entries.get(at)).copied();
        let entry = before.filter(|entry| alert.range().start < entry.range().end);
        hazards.extend(read_embedded(alert, entry, bulletin, log));
    }
    if links.left_out > 0 {
        let what = format!("{} links beyond the first {LINKS_MAX} are not followed", links.left_out);
        log.push(Fault::fatal(Place::default().field("link"), what));
    }
    (without_repeats(hazards), links.kept)
}

fn is_entry(node: Node<'_, '_>) -> bool {
    node.is_element() && matches!(node.tag_name().name(), "entry" | "item")
}

/// The hazards of an alert inside an entry. A stunted copy is left alone when the entry links to the whole one.
fn read_embedded(
    node: Node<'_, '_>,
    entry: Option<Node<'_, '_>>,
    bulletin: &Bulletin,
    log: &mut FaultLog,
) -> Vec<Hazard> {
    if entry.is_none() && node.parent_element().is_some() {
        xml::fatal(log, node, "alert", "an alert stands outside any entry of the feed; it is read all the same");
    }
    let mut its = FaultLog::default();
    let hazards = read_alert(node, bulletin, "feed", &mut its);
    let is_linked = entry.map(links_of).is_some_and(|links| !links.is_by_id && links.best().next().is_some());
    if its.has_fatal() && is_linked {
        xml::minor(log, node, "alert", "the alert inside the entry is not whole; the entry's link is followed instead");
        return Vec::new();
    }
    its.into_faults().into_iter().for_each(|fault| log.push(fault));
    hazards
}

/// The hazard that an entry tells in its own fields, when it tells one: it has a name, a time, and CAP's event or an area.
fn read_summary(entry: Node<'_, '_>, bulletin: &Bulletin) -> Option<Hazard> {
    let event = field(entry, "event");
    let footprint = areas_of(entry);
    if event.is_none() && footprint.is_empty() {
        return None;
    }
    let id = ["identifier", "id", "guid"].into_iter().find_map(|name| field(entry, name))?;
    let time = |names: &[&str]| names.iter().find_map(|name| instant(&field(entry, name)?));
    let issued = time(&["sent", "updated", "published", "pubDate", "date"])?;
    let title = field(entry, "title");
    let words = event.or_else(|| title.clone())?;
    let source = if bulletin.agency.is_empty() { bulletin.feed.as_str() } else { &bulletin.agency };
    // Another feed may number its entries in the same way.
    let event = format!("{source}:{id}");
    let hazard_id = HazardId::new(format!("feed:{event}"));
    let mut hazard = Hazard::new(hazard_id, source, "feed", &bulletin.hash, &event, kind_of(&words));
    hazard.issued = Some(issued);
    hazard.onset = time(&["onset", "effective"]);
    hazard.expires = time(&["expires"]);
    hazard.status = word(entry, "status").unwrap_or(hazard.status);
    hazard.msg = word(entry, "msgType").or_else(|| word(entry, "message_type")).unwrap_or(hazard.msg);
    hazard.severity = word(entry, "severity").unwrap_or(hazard.severity);
    hazard.urgency = word(entry, "urgency").unwrap_or(hazard.urgency);
    hazard.certainty = word(entry, "certainty").unwrap_or(hazard.certainty);
    let description = field(entry, "summary").or_else(|| field(entry, "description"));
    let text = HazardText { lang: "en-US".to_owned(), event: words, headline: title, description, instruction: None };
    hazard.texts.push(text);
    let geocodes = geocodes_of(entry);
    let area = field(entry, "areaDesc");
    hazard
        .areas
        .extend((area.is_some() || !geocodes.is_empty()).then(|| Area { name: area.unwrap_or_default(), geocodes }));
    hazard.footprint = footprint;
    Some(hazard)
}

/// The text of a child of this local name, whatever its name space.
fn field(entry: Node<'_, '_>, name: &str) -> Option<String> {
    let mut found = entry.children().filter(|child| child.is_element() && child.tag_name().name() == name);
    found.find_map(xml::text_of).map(std::borrow::Cow::into_owned)
}

/// A word of CAP in a field.
fn word<T: DeserializeOwned>(entry: Node<'_, '_>, name: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(field(entry, name)?.to_ascii_lowercase())).ok()
}

fn instant(text: &str) -> Option<Timestamp> {
    dates::rfc_3339(text).map(dates::When::instant).or_else(|| dates::rfc_2822(text))
}

/// The codes: `valueName` and `value` in turn, several systems in one `geocode`.
fn geocodes_of(entry: Node<'_, '_>) -> BTreeMap<String, String> {
    let mut codes = BTreeMap::new();
    let mut system = None;
    let of_geocode = |node: &Node<'_, '_>| node.is_element() && node.tag_name().name() == "geocode";
    for part in entry.children().filter(of_geocode).flat_map(|node| node.children()).filter(Node::is_element) {
        let Some(text) = xml::text_of(part) else { continue };
        if part.tag_name().name() == "valueName" {
            system = Some(text.into_owned());
        } else if let Some(system) = system.take() {
            let codes: &mut String = codes.entry(system).or_default();
            if !codes.is_empty() {
                codes.push(' ');
            }
            codes.push_str(&text);
        }
    }
    codes
}

/// The polygons of an entry: CAP's and `GeoRSS`'s `polygon`, and `posList` in its `where`. All are latitude before
/// longitude, with commas or blanks between.
fn areas_of(entry: Node<'_, '_>) -> Footprint {
    let mut footprint = Footprint::default();
    let is_ring = |node: &Node<'_, '_>| node.is_element() && matches!(node.tag_name().name(), "polygon" | "posList");
    for node in entry.descendants().filter(is_ring) {
        // A line has a list of positions too.
        let is_line = node.ancestors().skip(1).take(2).any(|above| above.tag_name().name() == "LineString");
        let ring = xml::text_of(node).filter(|_| !is_line).and_then(|text| ring_of(&text));
        footprint.polygons.extend(ring.map(|ring| vec![ring]));
    }
    footprint
}

fn ring_of(text: &str) -> Option<Ring> {
    let mut numbers = text.split(|c: char| c.is_whitespace() || c == ',').filter(|part| !part.is_empty());
    let mut ring = Ring::new();
    while let Some(lat) = numbers.next() {
        let lon = numbers.next()?;
        ring.push(Position::lat_lon(lat.parse().ok()?, lon.parse().ok()?).ok()?);
    }
    if ring.first() != ring.last() {
        ring.extend(ring.first().copied());
    }
    (ring.len() >= 4).then_some(ring)
}

/// The links met so far.
#[derive(Default)]
struct Links {
    kept: Vec<String>,
    seen: HashSet<String>,
    left_out: usize,
}

impl Links {
    /// Takes the links of an entry; true when there is one.
    fn read_entry(&mut self, entry: Node<'_, '_>, embeds: bool, tells_of_places: bool, log: &mut FaultLog) -> bool {
        let found = links_of(entry);
        let mut is_linked = false;
        // An id is no link: it is followed only when the entry gives nothing else.
        for link in found.best().filter(|_| !(embeds && found.is_by_id)) {
            is_linked = true;
            self.add(link);
        }
        if !embeds {
            tell_what_lacks(entry, &found, is_linked, tells_of_places, log);
        }
        is_linked
    }

    fn add(&mut self, link: &str) {
        if self.seen.contains(link) {
            return;
        }
        if self.kept.len() == LINKS_MAX {
            self.left_out += 1;
            return;
        }
        self.seen.insert(link.to_owned());
        self.kept.push(link.to_owned());
    }
}

/// What an entry points to, by how surely it is CAP.
#[derive(Default)]
struct EntryLinks {
    /// Named as CAP by type or element.
    cap: Vec<String>,
    /// Looks like CAP by its address.
    likely: Vec<String>,
    /// Neither that nor a page.
    unclear: Vec<String>,
    /// Pages for people.
    pages: usize,
    /// True when only the id could be followed.
    is_by_id: bool,
}

impl EntryLinks {
    fn best(&self) -> impl Iterator<Item = &str> {
        let best = [&self.cap, &self.likely, &self.unclear].into_iter().find(|links| !links.is_empty());
        best.into_iter().flatten().map(String::as_str)
    }

    fn add(&mut self, address: &str, media_type: Option<&str>) {
        let address = address.trim();
        if address.is_empty() || address.contains(char::is_whitespace) {
            return;
        }
        let kind = match media_type {
            Some(named) if named.trim().to_ascii_lowercase().starts_with(CAP_MEDIA_TYPE) => &mut self.cap,
            Some(named) if named.trim().eq_ignore_ascii_case("text/html") => {
                self.pages += 1;
                return;
            }
            _ if looks_like_cap(address) => &mut self.likely,
            _ if looks_like_page(address) => {
                self.pages += 1;
                return;
            }
            _ => &mut self.unclear,
        };
        kind.push(address.to_owned());
    }
}

/// The links of an entry: Atom's `link` and RSS's, enclosures, GDACS's `cap`, and failing all of them the id.
fn links_of(entry: Node<'_, '_>) -> EntryLinks {
    let mut links = EntryLinks::default();
    for child in entry.children().filter(Node::is_element) {
        match child.tag_name().name() {
            "link" => read_link(child, &mut links),
            "enclosure" => {
                let media_type = child.attribute("type").filter(|named| named.starts_with(CAP_MEDIA_TYPE));
                links.cap.extend(media_type.and(child.attribute("url")).map(|url| url.trim().to_owned()));
            }
            "cap" => links.cap.extend(xml::text_of(child).map(std::borrow::Cow::into_owned)),
            _ => {}
        }
    }
    if links.best().next().is_none() && links.pages == 0 {
        for id in entry.children().filter(|child| matches!(child.tag_name().name(), "id" | "guid")) {
            if let Some(id) = xml::text_of(id).filter(|id| id.starts_with("http://") || id.starts_with("https://")) {
                links.add(&id, None);
                links.is_by_id = true;
            }
        }
    }
    links
}

fn read_link(node: Node<'_, '_>, links: &mut EntryLinks) {
    let relation = node.attribute("rel").unwrap_or("alternate");
    let media_type = node.attribute("type");
    let is_cap = media_type.is_some_and(|named| named.starts_with(CAP_MEDIA_TYPE));
    match (node.attribute("href"), xml::text_of(node)) {
        (Some(href), _) if is_cap || matches!(relation, "alternate" | "enclosure" | "via") => {
            links.add(href, media_type);
        }
        (None, Some(text)) => links.add(&text, media_type),
        _ => {}
    }
}

/// True for `….cap`, `….xml` and addresses with `cap` in them, such as `wwacapget.php?x=…`.
fn looks_like_cap(address: &str) -> bool {
    let lower = address.to_ascii_lowercase();
    lower.contains("cap") || DOCUMENT_ENDINGS.iter().any(|ending| path_of(&lower).ends_with(ending))
}

/// True for pages by their ending, and for a site's front page.
fn looks_like_page(address: &str) -> bool {
    let lower = address.to_ascii_lowercase();
    let path = path_of(&lower);
    path.is_empty() || path == "/" || PAGE_ENDINGS.iter().any(|ending| path.ends_with(ending))
}

/// The path of an address, without host, query and fragment.
fn path_of(address: &str) -> &str {
    let address = address.split(['?', '#']).next().unwrap_or_default();
    match address.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default(),
        None => address,
    }
}

/// Tells of an entry that leads nowhere, or only by its id.
fn tell_what_lacks(
    entry: Node<'_, '_>,
    found: &EntryLinks,
    is_linked: bool,
    tells_of_places: bool,
    log: &mut FaultLog,
) {
    let has = |names: &[&str]| {
        entry.children().any(|child| names.contains(&child.tag_name().name()) && xml::text_of(child).is_some())
    };
    let name = entry.tag_name().name();
    if is_linked && !found.is_by_id {
        return;
    }
    if found.is_by_id && is_linked {
        xml::fatal(log, entry, "link", format!("the {name} has no link; its id is followed instead"));
    } else if found.pages > 0 {
        xml::minor(log, entry, "link", format!("the {name} links to a page, not to a CAP document"));
    } else if tells_of_places || (name == "item" && has(&["title", "description"])) {
        // RSS 2.0 lets an item be a title alone (section "Elements of <item>"): odd in an index, but no mistake.
        xml::minor(log, entry, "link", format!("the {name} has no link to a CAP document"));
    } else {
        xml::fatal(log, entry, "link", format!("the {name} has neither a link nor an id that could be followed"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FeedId, Timestamp};

    fn parse(body: &str) -> Parsed {
        let bulletin =
            Bulletin::new(FeedId::new("test"), "", "index.xml", Timestamp::UNIX_EPOCH, body.as_bytes().to_vec());
        Feed.parse(&bulletin)
    }

    /// Links found, and whether each fault is fatal.
    #[track_caller]
    fn check(entries: &str, links: &[&str], faults: &[bool]) {
        let parsed = parse(&format!("<feed xmlns='http://www.w3.org/2005/Atom'>{entries}</feed>"));
        assert_eq!(parsed.links, links, "{entries}");
        let fatal: Vec<_> = parsed.faults.iter().map(|fault| fault.is_fatal).collect();
        assert_eq!(fatal, faults, "{:?}", parsed.faults);
    }

    #[test]
    fn an_empty_index_says_nothing() {
        check("<id>x</id><title>none</title><link href='http://a.example/'/>", &[], &[]);
        let parsed = parse("<rss version='2.0'><channel><title>none</title></channel></rss>");
        assert_eq!(parsed, Parsed::default());
    }

    #[test]
    fn a_link_typed_as_cap_outranks_the_others() {
        let entry = "<entry><link rel='alternate' type='text/html' href='http://q.example/1'/>
            <link href='http://q.example/cap/other'/>
            <link rel='related' type='application/cap+xml' href='http://q.example/1.cap'/></entry>";
        check(entry, &["http://q.example/1.cap"], &[]);
    }

    #[test]
    fn one_alert_listed_for_each_area_is_one_link() {
        let entry = "<entry><id>x?area=0</id><link type='application/cap+xml' href='https://m.example/w/1'/></entry>";
        check(&entry.repeat(3), &["https://m.example/w/1"], &[]);
    }

    #[test]
    fn plain_links_are_followed_unless_they_are_pages() {
        check(
            "<entry><link href='http://n.example/wwacapget.php?x=1'/></entry>",
            &["http://n.example/wwacapget.php?x=1"],
            &[],
        );
        check("<entry><link href='alerts/17'/></entry>", &["alerts/17"], &[]);
        check(
            "<entry><id>http://n.example/</id><link href='http://n.example/text/a.shtml?x=1'/></entry>",
            &[],
            &[false],
        );
    }

    #[test]
    fn rss_and_gdacs() {
        let body = "<rss version='2.0' xmlns:gdacs='http://www.gdacs.org'><channel><link>http://g.example/</link>
            <item><title>a</title><link>http://g.example/report.aspx?id=1</link>
              <gdacs:cap>http://g.example/cap_1.xml</gdacs:cap></item>
            <item><link>http://g.example/GetCapAlert.aspx?capID=2</link><guid>2</guid></item></channel></rss>";
        let parsed = parse(body);
        assert_eq!(parsed.links, ["http://g.example/cap_1.xml", "http://g.example/GetCapAlert.aspx?capID=2"]);
        assert!(parsed.faults.is_empty(), "{:?}", parsed.faults);
    }

    #[test]
    fn entries_that_lead_nowhere_are_told() {
        check("<entry><title>gale</title></entry>", &[], &[true]);
        check("<entry><id>id1</id><title>gale</title><content/></entry>", &[], &[true]);
        check("<entry><id>http://n.example/cap?x=1</id></entry>", &["http://n.example/cap?x=1"], &[true]);
        assert!(parse("<rss><channel><item/></channel></rss>").faults[0].is_fatal);
        assert!(!parse("<rss><channel><item><title>t</title></item></channel></rss>").faults[0].is_fatal);
    }

    const ALERT: &str = "<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'><identifier>1</identifier>
        <sender>a@b.example</sender><sent>2026-08-01T00:00:00Z</sent><status>Actual</status>
        <msgType>Alert</msgType><scope>Public</scope></alert>";

    #[test]
    fn embedded_alerts_are_read_and_links_are_still_followed() {
        let entry = format!("<entry><link href='1.cap'/><content type='text/xml'>{ALERT}</content></entry>");
        let parsed = parse(&format!("<feed>{entry}{entry}</feed>"));
        assert_eq!(parsed.hazards.len(), 1);
        assert_eq!(parsed.hazards[0].format, "feed");
        assert_eq!(parsed.links, ["1.cap"]);
        assert!(parsed.faults.is_empty());
    }

    #[test]
    fn an_alert_outside_any_entry_is_read_and_told() {
        let parsed = parse(&format!("<feed>{ALERT}</feed>"));
        assert_eq!(parsed.hazards.len(), 1);
        assert!(parsed.faults[0].is_fatal);
        let alone = parse(ALERT);
        assert_eq!((alone.hazards.len(), alone.faults.len()), (1, 0));
    }

    #[test]
    fn a_stunted_alert_gives_way_to_the_link() {
        let stunted = "<alert><identifier>!</identifier><sender>!</sender></alert>";
        let parsed = parse(&format!("<feed><entry><link href='1.cap'/>{stunted}</entry></feed>"));
        assert_eq!((parsed.hazards.len(), parsed.links.len()), (0, 1));
        assert!(parsed.faults.iter().all(|fault| !fault.is_fatal), "{:?}", parsed.faults);
        assert!(parse(&format!("<feed><entry>{stunted}</entry></feed>")).faults[0].is_fatal);
    }

    #[test]
    fn an_entry_without_link_tells_its_warning_itself() {
        let fields = "<id>urn:oid:1</id><updated>2026-08-01T00:00:00Z</updated><title>Gale Warning by NWS</title>
            <c:event>Gale Warning</c:event><c:expires>2026-08-01T12:00:00Z</c:expires><c:severity>Severe</c:severity>
            <c:msgType>Update</c:msgType><c:areaDesc>Off Point X</c:areaDesc><c:polygon>28,120 28,122 30,122 28,120</c:polygon>
            <c:geocode><valueName>UGC</valueName><value>AKZ204</value><valueName>FIPS6</valueName><value>2185</value></c:geocode>";
        let feed = |link: &str| {
            parse(&format!("<feed xmlns:c='urn:oasis:names:tc:emergency:cap:1.1'><entry>{link}{fields}</entry></feed>"))
        };
        let parsed = feed("");
        let hazard = &parsed.hazards[0];
        assert_eq!((hazard.id.as_str(), hazard.kind), ("feed:test:urn:oid:1", crate::domain::HazardKind::Wind));
        assert_eq!((hazard.severity, hazard.msg), (crate::domain::Severity::Severe, crate::domain::MsgType::Update));
        assert_eq!((hazard.footprint.polygons.len(), hazard.areas[0].geocodes.len()), (1, 2));
        assert!(feed("<link href='1.cap'/>").hazards.is_empty());
    }

    #[test]
    fn areas_of_georss() {
        let entry = |shape: &str| {
            let body = format!(
                "<rss xmlns:g='http://www.georss.org/georss'><channel><item><title>Flood at X</title><guid>7</guid>
                <pubDate>Sat, 22 Aug 2026 06:00:00 GMT</pubDate>{shape}</item></channel></rss>"
            );
            parse(&body).hazards.iter().map(|hazard| hazard.footprint.polygons.len()).collect::<Vec<_>>()
        };
        assert_eq!(entry("<g:polygon>28 120 28 122 30 122 28 120</g:polygon>"), [1]);
        assert_eq!(
            entry(
                "<g:where><Polygon><exterior><LinearRing><posList>28 120 28 122 30 122</posList></LinearRing></exterior></Polygon></g:where>"
            ),
            [1]
        );
        for none in
            ["<g:point>28 120</g:point>", "<g:polygon>28 120</g:polygon>", "<g:polygon>98 1 2 3 4 5 6 7</g:polygon>"]
        {
            assert!(entry(none).is_empty(), "{none}");
        }
        assert!(
            entry("<g:where><LineString><posList>28 120 28 122 30 122</posList></LineString></g:where>").is_empty()
        );
    }

    #[test]
    fn the_number_of_links_is_bounded() {
        use std::fmt::Write;
        let mut entries = String::new();
        for number in 0..2_100 {
            write!(entries, "<entry><link href='{number}.cap'/></entry>").unwrap();
        }
        let parsed = parse(&format!("<feed>{entries}</feed>"));
        assert_eq!(parsed.links.len(), LINKS_MAX);
        assert!(parsed.faults[0].what.starts_with("100 links"), "{:?}", parsed.faults);
    }

    #[test]
    fn an_external_entity_is_never_expanded() {
        let body = "<!DOCTYPE feed [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><feed><title>&x;</title></feed>";
        let parsed = parse(body);
        assert!(Feed.recognises(body.as_bytes()));
        assert!(parsed.faults[0].is_fatal);
        assert!(parsed.hazards.is_empty() && parsed.links.is_empty());
    }
}
