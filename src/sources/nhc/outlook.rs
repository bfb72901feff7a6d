//! Tropical Weather Outlooks: the text (TWO) and the graphical one as KML.
//!
//! In: areas with their chances of a tropical cyclone's formation within 48 hours and 7 days (5 days before 2023, 48 hours
//! alone before 2013). Out: one hazard an area, certainty possible (unlikely when the last chance is near 0 %), the
//! chances in its headline; KML gives the area's shape as well. An outlook that expects nothing is a document with nothing in it.
//! The key is the ATCF id of a numbered disturbance (`(AL94)`), else basin and name of the area. An outlook holds
//! for twelve hours, as the next but one is due by then (NHC: every six hours): a guess.
//! Never: a track, for there is no storm yet.

use roxmltree::Node;

use super::plain::{self, Word};
use super::{FORMAT, product, when};
use crate::domain::{
    Bulletin, Certainty, Fault, Footprint, Hazard, HazardId, HazardKind, HazardText, Place, Position, Ring, Severity,
    Span, Timestamp, Urgency,
};
use crate::sources::formats::fault_log::FaultLog;
use crate::sources::formats::{dates, json, xml};

/// How long an outlook holds.
const VALID: Span = Span::from_hours(12);
/// More areas than any outlook has.
const AREAS_MAX: usize = 100;

/// One area where a storm may form.
#[derive(Debug, Default, Clone, PartialEq)]
struct Region {
    name: String,
    /// Hours ahead and per cent.
    chances: Vec<(u32, u32)>,
    words: String,
    footprint: Footprint,
}

/// True for the KML of a graphical outlook.
pub(super) fn is_kml(body: &[u8]) -> bool {
    json::head(body).contains("Tropical Weather Outlook") && xml::root_name(body).as_deref() == Some("kml")
}

/// The text.
pub(super) fn read(text: &str, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let capitals = text.to_ascii_uppercase();
    let words = plain::words(&capitals);
    let Some((at, issued)) = when::first(&words) else {
        let what = "the outlook has no line that says when it was issued";
        log.push(Fault::fatal(Place::default().field("issued"), what).hint("fetch it again"));
        return Vec::new();
    };
    if !words.iter().any(|word| matches!(word.text, "$$" | "NNNN" | "FORECASTER")) {
        let what = "the outlook breaks off before its end (`$$`)";
        log.push(Fault::fatal(Place::line(words.last().map_or(1, |word| word.line)), what).hint("fetch it again"));
    }
    let basin = words.get(..at).unwrap_or_default().iter().find_map(|word| basin_of(word.text)).unwrap_or("nhc");
    let from = words.get(at).map_or(0, |word| word.line);
    let regions = paragraphs(text, from).into_iter().filter_map(|paragraph| region(&paragraph)).take(AREAS_MAX);
    regions.map(|region| hazard(region, basin, "TWO", issued, bulletin)).collect()
}

fn basin_of(word: &str) -> Option<&'static str> {
    let known = [("ABNT", "al"), ("ABPZ", "ep"), ("ACPN", "cp"), ("TWOAT", "al"), ("TWOEP", "ep"), ("TWOCP", "cp")];
    known.iter().find(|(begin, _)| word.starts_with(begin) || word.ends_with(begin)).map(|(_, basin)| *basin)
}

/// The text's paragraphs after a line, to its end.
fn paragraphs(text: &str, from: u32) -> Vec<String> {
    let mut done: Vec<Vec<&str>> = vec![Vec::new()];
    for line in text.lines().skip(from as usize).map(str::trim) {
        match line {
            "$$" | "&&" | "NNNN" => break,
            "" => done.push(Vec::new()),
            line => done.last_mut().into_iter().for_each(|paragraph| paragraph.push(line)),
        }
    }
    let mut joined: Vec<String> = Vec::new();
    for paragraph in done.into_iter().filter(|lines| !lines.is_empty()).map(|lines| lines.join("\n")) {
        // The chances may stand apart from the words that they are about.
        match joined.last_mut().filter(|_| paragraph.starts_with('*')) {
            Some(before) => {
                before.push('\n');
                before.push_str(&paragraph);
            }
            None => joined.push(paragraph),
        }
    }
    joined
}

/// An area, when the paragraph gives a chance.
fn region(paragraph: &str) -> Option<Region> {
    let capitals = paragraph.to_ascii_uppercase();
    let chances = chances(&plain::words(&capitals));
    (!chances.is_empty()).then(|| Region {
        name: name_of(paragraph),
        chances,
        words: paragraph.to_owned(),
        footprint: Footprint::default(),
    })
}

/// What stands before the colon of the first line, without its number; else the first words.
fn name_of(paragraph: &str) -> String {
    let without_number = paragraph.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ' ' | ')'));
    let first = without_number.lines().next().unwrap_or_default();
    let name = match first.split_once(':') {
        Some((name, _)) if name.len() <= 80 => name.trim().to_owned(),
        _ => without_number.split_whitespace().take(12).collect::<Vec<_>>().join(" "),
    };
    name.chars().take(120).collect()
}

/// `FORMATION CHANCE THROUGH 48 HOURS...LOW...30 PERCENT`, and before 2013 `MEDIUM CHANCE...50 PERCENT...OF BECOMING A TROPICAL
/// CYCLONE DURING THE NEXT 48 HOURS`.
fn chances(words: &[Word<'_>]) -> Vec<(u32, u32)> {
    let text = |at: usize| words.get(at).map_or("", |word| word.text);
    let mut chances: Vec<(u32, u32)> = Vec::new();
    for at in 0..words.len() {
        let Some(per_cent) = text(at).parse::<u32>().ok().filter(|p| *p <= 100 && text(at + 1) == "PERCENT") else {
            continue;
        };
        let hours = |at: usize| {
            let number = text(at).parse::<u32>().ok().filter(|number| (1..=240).contains(number))?;
            match text(at + 1) {
                "HOURS" => Some(number),
                "DAYS" if number <= 14 => Some(number * 24),
                _ => None,
            }
        };
        let before = (at.saturating_sub(8)..at).rev().find_map(hours);
        let found = before.or_else(|| (at + 2..at + 16).find_map(hours));
        let is_chance =
            words.get(at.saturating_sub(12)..at).is_some_and(|near| near.iter().any(|w| w.text == "CHANCE"));
        if let Some(hours) = found.filter(|hours| is_chance && !chances.iter().any(|(known, _)| known == hours)) {
            chances.push((hours, per_cent));
        }
    }
    chances
}

/// The KML.
pub(super) fn read_kml(text: &str, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let document = match xml::parse(text.trim_start()) {
        Ok(document) => document,
        Err(fault) => {
            log.push(fault);
            return Vec::new();
        }
    };
    let name =
        document.descendants().find(|node| node.has_tag_name_any("name")).and_then(xml::text_of).unwrap_or_default();
    let Some(issued) =
        issued_of(&name).or_else(|| (bulletin.fetched != Timestamp::UNIX_EPOCH).then_some(bulletin.fetched))
    else {
        let what = "the outlook's name does not end in its date, such as `Wed Aug 19 05:25:08 2026`";
        log.push(Fault::fatal(Place::default().field("name"), what));
        return Vec::new();
    };
    let basin = match name.to_ascii_lowercase() {
        name if name.contains("atlantic") => "al",
        name if name.contains("central") => "cp",
        name if name.contains("pacific") => "ep",
        _ => "nhc",
    };
    let mut regions: Vec<(String, Region)> = Vec::new();
    for placemark in document.descendants().filter(|node| node.has_tag_name_any("Placemark")) {
        let Some((number, read)) = placemark_of(placemark, log) else { continue };
        match regions.iter().position(|(known, _)| *known == number).and_then(|at| regions.get_mut(at)) {
            Some((_, known)) => known.footprint.polygons.extend(read.footprint.polygons),
            None => regions.push((number, read)),
        }
        if regions.len() == AREAS_MAX {
            break;
        }
    }
    regions.into_iter().map(|(_, region)| hazard(region, basin, "GTWO", issued, bulletin)).collect()
}

trait AnyNamespace {
    fn has_tag_name_any(&self, name: &str) -> bool;
}

impl AnyNamespace for Node<'_, '_> {
    fn has_tag_name_any(&self, name: &str) -> bool {
        self.is_element() && self.tag_name().name() == name
    }
}

/// A placemark of a numbered disturbance: its area, or its place now, which has no shape.
fn placemark_of(placemark: Node<'_, '_>, log: &mut FaultLog) -> Option<(String, Region)> {
    let data = |wanted: &str| {
        let mut all = placemark.descendants().filter(|node| node.has_tag_name_any("Data"));
        let found = all.find(|node| node.attribute("name") == Some(wanted))?;
        found
            .children()
            .find(|node| node.has_tag_name_any("value"))
            .and_then(xml::text_of)
            .map(std::borrow::Cow::into_owned)
    };
    let number = data("Disturbance")?;
    let words = data("Discussion").unwrap_or_default();
    let per_cent = |wanted: &str| data(wanted)?.trim_end_matches('%').trim().parse::<u32>().ok().filter(|p| *p <= 100);
    let periods = [("2day_percentage", 48), ("5day_percentage", 120), ("7day_percentage", 168)];
    let chances = periods.iter().filter_map(|(field, hours)| Some((*hours, per_cent(field)?))).collect();
    let mut footprint = Footprint::default();
    for polygon in placemark.descendants().filter(|node| node.has_tag_name_any("Polygon")) {
        let rings: Vec<Ring> = polygon
            .descendants()
            .filter(|node| node.has_tag_name_any("coordinates"))
            .filter_map(|node| ring(&xml::text_of(node)?))
            .collect();
        if rings.is_empty() {
            xml::minor(log, polygon, "coordinates", "the area's ring cannot be read; it is left out");
        } else {
            footprint.polygons.push(rings);
        }
    }
    Some((number, Region { name: name_of(&words), chances, words, footprint }))
}

/// `-115.89,18.75,0 -115.66,18.68,0 …`, closed.
fn ring(text: &str) -> Option<Ring> {
    let place = |word: &str| {
        let mut parts = word.split(',');
        let (lon, lat) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Position::lat_lon(lat, lon).ok()
    };
    let mut ring: Ring = text.split_whitespace().map(place).collect::<Option<_>>()?;
    if ring.first() != ring.last() {
        ring.extend(ring.first().copied());
    }
    (ring.len() >= 4).then_some(ring)
}

/// `… - Wed Aug 19 05:25:08 2026`, in UTC (it is some 35 minutes before the hour of the text).
fn issued_of(name: &str) -> Option<Timestamp> {
    let words: Vec<&str> = name.split_whitespace().collect();
    let [month, day, time, year] = *words.get(words.len().checked_sub(4)?..)? else { return None };
    dates::rfc_2822(&format!("{day} {month} {year} {time} +0000"))
}

fn hazard(region: Region, basin: &str, part: &str, issued: Timestamp, bulletin: &Bulletin) -> Hazard {
    let invest = region.name.to_ascii_uppercase();
    let year = issued.to_zoned(jiff::tz::TimeZone::UTC).year();
    let numbered = invest.split(|c: char| !c.is_ascii_alphanumeric()).find_map(|word| {
        let is_id = word.len() == 4 && matches!(word.get(..2), Some("AL" | "EP" | "CP"));
        product::atcf_key(&format!("{word}{year}")).filter(|_| is_id).map(|(key, _)| key)
    });
    let event = numbered.unwrap_or_else(|| format!("nhc:two-{basin}:{}", product::slug(&region.name)));
    let chances: Vec<String> = region
        .chances
        .iter()
        .map(|(hours, per_cent)| match hours {
            0..=72 => format!("{per_cent} % within {hours} hours"),
            _ => format!("{per_cent} % within {} days", hours / 24),
        })
        .collect();
    let is_unlikely = region.chances.iter().all(|(_, per_cent)| *per_cent == 0);
    let told = HazardText {
        lang: "en".to_owned(),
        event: "Tropical cyclone formation".to_owned(),
        headline: Some(format!("{}: {}", region.name, chances.join(", "))),
        description: Some(region.words),
        instruction: None,
    };
    let kind = HazardKind::TropicalCyclone;
    Hazard {
        issued: Some(issued),
        onset: Some(issued),
        expires: issued.checked_add(VALID).ok(),
        severity: Severity::Minor,
        urgency: Urgency::Future,
        certainty: if is_unlikely { Certainty::Unlikely } else { Certainty::Possible },
        texts: vec![told],
        footprint: region.footprint,
        ..Hazard::new(HazardId::new(format!("{event}:{part}")), "nhc", FORMAT, &bulletin.hash, &event, kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(paragraph: &str, name: &str, chances: &[(u32, u32)]) {
        let read = region(paragraph).unwrap();
        assert_eq!((read.name.as_str(), read.chances.as_slice()), (name, chances), "{paragraph}");
    }

    #[test]
    fn areas_of_all_years() {
        check(
            "Central Tropical Atlantic:\nWords.\n* Formation chance through 48 hours...low...30 percent.\n\
             * Formation chance through 7 days...high...70 percent.",
            "Central Tropical Atlantic",
            &[(48, 30), (168, 70)],
        );
        check(
            "1. East of the Windward Islands (AL94): Words.\n* Formation chance through 48 hours...low...near 0 percent.\n\
             * Formation chance through 5 days...medium...50 percent.",
            "East of the Windward Islands (AL94)",
            &[(48, 0), (120, 50)],
        );
        check(
            "1. A BROAD AREA OF LOW PRESSURE OVER THE GULF OF MEXICO. THIS SYSTEM HAS A HIGH\nCHANCE...90 PERCENT...OF \
             BECOMING A TROPICAL CYCLONE DURING THE NEXT\n48 HOURS.",
            "A BROAD AREA OF LOW PRESSURE OVER THE GULF OF MEXICO. THIS",
            &[(48, 90)],
        );
    }

    #[test]
    fn what_is_no_area() {
        for paragraph in
            ["Tropical cyclone formation is not expected during the next 7 days.", "Rain fell 90 percent", ""]
        {
            assert_eq!(region(paragraph), None, "{paragraph}");
        }
    }

    #[test]
    fn dates_of_kml() {
        let name = "Graphical Tropical Weather Outlook - North Atlantic basin - Wed Aug 19 05:25:08 2026";
        assert_eq!(issued_of(name), Some("2026-08-19T05:25:08Z".parse().unwrap()));
        assert_eq!(issued_of("Outlook"), None);
    }

    #[test]
    fn rings_are_closed() {
        assert_eq!(ring("1,2,0 3,4,0 5,6,0").map(|ring| ring.len()), Some(4));
        for text in ["", "1,2 3,4", "1,2 3,4 x,y", "200,91 1,2 3,4"] {
            assert_eq!(ring(text), None, "{text}");
        }
    }
}
