//! CXML, in which centres exchange the storm tracks of their ensembles (THORPEX TIGGE; cxml.1.1.xsd).
//!
//! In: XML with a head (centre, base time) and a `data` element for the analysis, the deterministic forecast and each
//! member, each with its disturbances and their fixes. Units stand in attributes and are heeded: positions in `deg N`
//! or `deg S`, `deg E` or `deg W`, winds in m/s, kt or km/h, pressures in hPa or Pa, radii in km, m or nautical miles.
//! Times are UTC.
//! Out: a hazard for each disturbance of each `data` element. Members are `ECMF01` and on (the centre's code and the
//! number), their standing member; the control run is `ECMF00` and the deterministic one `ECMF`, both guidance; the
//! analysis is `ECMF-ANALYSIS`. A centre's forecasters do not sign these: nothing here is an official forecast.
//! The key is the ATCF key, made of basin, number and season, when the number is one that warning centres give (1 to 49,
//! or an invest's, 90 to 99); else it is the centre's own mark of the disturbance. A number of four digits is the
//! international one.
//! Averaging period: CXML tells none. A model's wind at one time step and grid cell is taken for a 10-minute mean, which
//! is a guess.
//! Never: a position without its hemisphere, a number whose unit is not known.

use std::borrow::Cow;
use std::collections::HashSet;

use super::Source;
use super::formats::cyclone::{
    Cyclone, km_of_nmi, knots_of_kmh, knots_of_ms, radii, sound_pressure, sound_wind, tenth,
};
use super::formats::fault_log::FaultLog;
use super::formats::slim_xml::{self, Document, Node};
use super::formats::storm_key::{event_key, real_name, status};
use super::formats::{dates, text, xml};
use crate::domain::{
    Averaging, Bulletin, Fault, Fix, Hazard, MsgType, Parsed, Place, Position, Span, Status, Technique, Timestamp,
    WindRadii,
};

/// CXML documents. The format is `cxml`.
#[derive(Debug)]
pub struct Cxml;

/// Centres by their codes (WMO common table C-1's location indicators, as TIGGE uses them).
const CENTRES: [(&str, &str); 8] = [
    ("ecmf", "ecmwf"),
    ("egrr", "ukmo"),
    ("kwbc", "ncep"),
    ("cwao", "cmc"),
    ("rjtd", "jma"),
    ("babj", "cma"),
    ("rksl", "kma"),
    ("lfpw", "meteo-france"),
];

/// Basins by the words and letters in use for them, as ATCF names them; the southern ones are one to ATCF.
const BASINS: [(&str, &str); 16] = [
    ("north atlantic", "AL"),
    ("atlantic", "AL"),
    ("northeast pacific", "EP"),
    ("eastern pacific", "EP"),
    ("central pacific", "CP"),
    ("northwest pacific", "WP"),
    ("western pacific", "WP"),
    ("north indian", "IO"),
    ("southwest indian", "SH"),
    ("south indian", "SH"),
    ("southeast indian", "SH"),
    ("australia", "SH"),
    ("south pacific", "SH"),
    ("southwest pacific", "SH"),
    ("southern hemisphere", "SH"),
    ("southeast pacific", "SH"),
];

/// The longest centre code or member number that is kept.
const MARK_MAX: usize = 16;

impl Source for Cxml {
    fn id(&self) -> &'static str {
        "cxml"
    }

    fn recognises(&self, body: &[u8]) -> bool {
        xml::root_name(body).as_deref() == Some("cxml")
    }

    fn parse(&self, bulletin: &Bulletin) -> Parsed {
        let mut log = FaultLog::default();
        let text = text::of_bulletin(bulletin, &mut log);
        let hazards = match slim_xml::parse_long(&text) {
            Ok(document) => read(&document, bulletin, &mut log),
            Err(fault) => {
                log.push(fault);
                Vec::new()
            }
        };
        Parsed { hazards, faults: log.into_faults(), ..Parsed::default() }
    }
}

fn read(document: &Document<'_>, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let Some(root) = document.root_element().filter(|root| root.name() == "cxml") else {
        log.push(Fault::fatal(Place::at(1, 1).field("cxml"), "the root element is not `cxml`"));
        return Vec::new();
    };
    let head = Head::read(root, log);
    let mut hazards: Vec<Hazard> = Vec::new();
    let mut seen = HashSet::new();
    for data in children(root, "data") {
        let Some(run) = Run::read(data, &head, log) else { continue };
        for disturbance in children(data, "disturbance") {
            let Some(hazard) = run.hazard(disturbance, &head, bulletin, log) else { continue };
            if seen.insert(hazard.id.clone()) {
                hazards.push(hazard);
            } else {
                let what = format!("`{}` is told twice; the first stands", hazard.id);
                slim_xml::minor(log, disturbance, "disturbance", what);
            }
        }
    }
    hazards
}

/// What all of a document shares.
struct Head {
    centre: Option<String>,
    base: Option<Timestamp>,
    created: Option<Timestamp>,
    status: Status,
}

impl Head {
    fn read(root: Node<'_, '_>, log: &mut FaultLog) -> Self {
        let Some(header) = children(root, "header").next() else {
            slim_xml::minor(log, root, "header", "the document has no header");
            return Self { centre: None, base: None, created: None, status: Status::Actual };
        };
        let mut time = |name: &str| {
            let node = children(header, name).next()?;
            let text = slim_xml::text_of(node)?;
            let when = dates::rfc_3339(&text).map(dates::When::instant);
            if when.is_none() {
                slim_xml::minor(log, node, name, format!("`{}` is no time", shown(&text)));
            }
            when
        };
        let (base, created) = (time("baseTime"), time("creationTime"));
        let tells_test = |node: Node<'_, '_>| {
            node.name() == "productionStatus"
                && slim_xml::text_of(node).is_some_and(|text| text.eq_ignore_ascii_case("test"))
        };
        let status = if header.descendants().any(tells_test) { Status::Test } else { Status::Actual };
        let centre = children(header, "productionCenter").next().and_then(slim_xml::text_of).map(|text| mark(&text));
        Self { centre, base, created, status }
    }
}

/// One run of a model: a `data` element.
struct Run {
    centre: String,
    technique: String,
    standing: Technique,
}

impl Run {
    fn read(data: Node<'_, '_>, head: &Head, log: &mut FaultLog) -> Option<Self> {
        let origin = data.attribute("origin").map(|origin| mark(&origin)).filter(|origin| !origin.is_empty());
        let Some(code) = origin.or_else(|| head.centre.clone()).filter(|code| !code.is_empty()) else {
            slim_xml::fatal(log, data, "origin", "neither the data nor the header say which centre it is");
            return None;
        };
        let kind = data.attribute("type").unwrap_or_default();
        let kind = kind.as_ref();
        let member = data.attribute("member").map(|member| mark(&member)).filter(|member| !member.is_empty());
        let is_control = data.attribute("perturb").is_some_and(|perturb| perturb.eq_ignore_ascii_case("control"));
        let (technique, standing) = match (kind, member) {
            ("analysis", _) => (format!("{code}-ANALYSIS"), Technique::Analysis),
            ("forecast", None) => (code.clone(), Technique::Guidance),
            ("forecast" | "ensembleForecast", Some(member)) if is_control || member.trim_matches('0').is_empty() => {
                (format!("{code}{member:0>2}"), Technique::Guidance)
            }
            ("forecast" | "ensembleForecast", Some(member)) => (format!("{code}{member:0>2}"), Technique::Member),
            ("ensembleForecast", None) if is_control => (format!("{code}00"), Technique::Guidance),
            _ => {
                let what = format!("data of type `{}` are no tracks that are read", shown(kind));
                slim_xml::minor(log, data, "type", what);
                return None;
            }
        };
        let lower = code.to_ascii_lowercase();
        let centre = CENTRES.iter().find(|(known, _)| *known == lower).map_or(lower.as_str(), |(_, centre)| centre);
        Some(Self { centre: centre.to_owned(), technique, standing })
    }

    fn hazard(
        &self,
        disturbance: Node<'_, '_>,
        head: &Head,
        bulletin: &Bulletin,
        log: &mut FaultLog,
    ) -> Option<Hazard> {
        let mut fixes = Vec::new();
        for node in children(disturbance, "fix") {
            fixes.extend(read_fix(node, head, log));
        }
        let first = fixes.iter().map(|fix| fix.time).min()?;
        let names = Names::read(disturbance, &self.centre, head.base.unwrap_or(first));
        let Some(key) = names.key else {
            slim_xml::minor(log, disturbance, "ID", "the disturbance has neither number nor mark and is left out");
            return None;
        };
        let cyclone = Cyclone {
            issued: head.created.or(head.base).or(Some(first)),
            name: names.name,
            aliases: names.aliases,
            status: if head.status == Status::Actual { names.status } else { head.status },
            msg: MsgType::Alert,
            fixes,
            ..Cyclone::new("cxml", &self.centre, key, &self.technique, self.standing, Averaging::TenMinutes)
        };
        Some(cyclone.into_hazard(bulletin))
    }
}

/// What a disturbance is called.
struct Names {
    key: Option<String>,
    aliases: Vec<String>,
    name: Option<String>,
    status: Status,
}

impl Names {
    fn read(disturbance: Node<'_, '_>, centre: &str, base: Timestamp) -> Self {
        let text = |name: &str| children(disturbance, name).next().and_then(slim_xml::text_of);
        let own = disturbance.attribute("ID").or_else(|| disturbance.attribute("id"));
        let own = own.map(|own| own.trim().to_owned()).filter(|own| !own.is_empty());
        let own = own.or_else(|| text("localID").map(Cow::into_owned));
        let own = own.map(|own| format!("{centre}:{own}"));
        let number = text("cycloneNumber").unwrap_or_default();
        let digits = number.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let basin = text("basin").and_then(|basin| basin_of(&basin));
        let number = digits.parse::<u16>().ok();
        let atcf = match (basin, number) {
            (Some(basin), Some(1..=49 | 90..=99)) => Some(event_key(basin, digits, base)),
            _ => None,
        };
        // The international number: year and number in four digits, such as 1416, of this century.
        let international = number.filter(|number| digits.len() == 4 && number % 100 > 0);
        let mut aliases: Vec<String> =
            international.map(|number| format!("number:20{number:04}")).into_iter().collect();
        if atcf.is_some() {
            aliases.extend(own.clone());
        }
        let status = if atcf.is_some() { status(digits) } else { Status::Actual };
        Self { key: atcf.or(own), aliases, name: text("cycloneName").and_then(|name| real_name(&name)), status }
    }
}

/// ATCF's basin by words (`Northeast Pacific`) or letters (`EP`, `WP`, `SH`).
fn basin_of(text: &str) -> Option<&'static str> {
    let text = text.trim().to_ascii_lowercase().replace(" ocean", "");
    let letters = ["AL", "EP", "CP", "WP", "IO", "SH"].into_iter().find(|basin| text.eq_ignore_ascii_case(basin));
    letters.or_else(|| BASINS.iter().find(|(words, _)| *words == text).map(|(_, basin)| *basin))
}

fn read_fix(node: Node<'_, '_>, head: &Head, log: &mut FaultLog) -> Option<Fix> {
    let hour = node.attribute("hour").and_then(|hour| hour.trim().parse::<i32>().ok());
    let hour = hour.filter(|hour| (-1_200..=1_200).contains(hour));
    let text = children(node, "validTime").next().and_then(slim_xml::text_of);
    let stated = text.as_deref().and_then(dates::rfc_3339).map(dates::When::instant);
    let worked_out = || head.base?.checked_add(Span::from_hours(i64::from(hour?))).ok();
    let Some(time) = stated.or_else(worked_out) else {
        slim_xml::minor(log, node, "validTime", "the fix has no valid time and is left out");
        return None;
    };
    let degrees = |name: &'static str, plus: char, minus: char| {
        let (number, units) = quantity(children(node, name).next()?)?;
        let letter = units.trim().chars().last()?.to_ascii_uppercase();
        let sign = if letter == plus { 1.0 } else { -1.0 };
        (letter == plus || letter == minus).then_some(number * sign)
    };
    let position = degrees("latitude", 'N', 'S').zip(degrees("longitude", 'E', 'W'));
    let Some(position) = position.and_then(|(lat, lon)| Position::lat_lon(lat, lon).ok()) else {
        slim_xml::minor(log, node, "latitude", "the fix has no position with its hemispheres and is left out");
        return None;
    };
    let since_base = head.base.map(|base| time.duration_since(base).as_hours());
    let tau_h = hour.or_else(|| since_base.and_then(|hours| i32::try_from(hours).ok())).unwrap_or(0);
    let mut fix = Fix::at(time, tau_h, position);
    if let Some(data) = children(node, "cycloneData").next() {
        read_data(data, &mut fix);
    }
    Some(fix)
}

fn read_data(data: Node<'_, '_>, fix: &mut Fix) {
    let within = |outer: &str, inner: &'static str| {
        children(data, outer).next().and_then(|node| children(node, inner).next()).and_then(quantity)
    };
    let speed = |(number, units): (f64, Cow<'_, str>)| knots(number, &units);
    fix.pmin_hpa = within("minimumPressure", "pressure").and_then(hectopascals).and_then(sound_pressure);
    fix.vmax_kt = within("maximumWind", "speed").and_then(speed).and_then(sound_wind);
    fix.gust_kt = within("maximumWind", "gust").and_then(speed).and_then(sound_wind);
    let rmw = within("maximumWind", "radius").and_then(|(number, units)| kilometres(number, &units));
    fix.rmw_km = rmw.filter(|km| (1.0..=1_850.0).contains(km));
    let contours = children(data, "windContours").flat_map(|contours| children(contours, "windSpeed"));
    for contour in contours {
        let Some(radii) = read_contour(contour) else { continue };
        if fix.radii.iter().all(|known| known.kt != radii.kt) {
            fix.radii.push(radii);
        }
    }
}

/// A wind's radii: its speed as text, then `radius` elements with their sector, `AAA` for all around.
fn read_contour(contour: Node<'_, '_>) -> Option<WindRadii> {
    let (number, units) = quantity(contour)?;
    let kt = knots(number, &units).filter(|kt| (10.0..=250.0).contains(kt))?.round();
    let mut km = [0.0; 4];
    for radius in children(contour, "radius") {
        let Some(reach) = quantity(radius).and_then(|(number, units)| kilometres(number, &units)) else { continue };
        let sector = radius.attribute("sector").unwrap_or("AAA".into());
        for (slot, name) in km.iter_mut().zip(["NEQ", "SEQ", "SWQ", "NWQ"]) {
            if sector == name || sector == "AAA" {
                *slot = reach;
            }
        }
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 10 and 250")]
    radii(kt as u32, km)
}

/// The number that an element bears, and its unit.
fn quantity<'i>(node: Node<'_, 'i>) -> Option<(f64, Cow<'i, str>)> {
    let number = slim_xml::text_of(node)?.parse().ok()?;
    Some((number, node.attribute("units").unwrap_or_default()))
}

fn knots(number: f64, units: &str) -> Option<f64> {
    match units.trim() {
        "m/s" | "ms-1" | "m s-1" | "m.s-1" => Some(knots_of_ms(number)),
        "kt" | "kts" | "knots" | "knot" => Some(number),
        "km/h" | "kph" | "kmh-1" | "km h-1" => Some(knots_of_kmh(number)),
        _ => None,
    }
}

fn hectopascals((number, units): (f64, Cow<'_, str>)) -> Option<f64> {
    match units.trim() {
        "hPa" | "mb" | "mbar" | "millibar" => Some(number),
        "Pa" => Some(tenth(number / 100.0)),
        _ => None,
    }
}

fn kilometres(number: f64, units: &str) -> Option<f64> {
    match units.trim() {
        "km" => Some(number),
        "m" => Some(tenth(number / 1_000.0)),
        "nm" | "nmi" | "n mi" | "NM" | "nautical miles" => Some(km_of_nmi(number)),
        _ => None,
    }
}

/// A code or number as part of a technique: letters and digits in capitals.
fn mark(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).take(MARK_MAX).collect::<String>().to_ascii_uppercase()
}

fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}

fn children<'a, 'i>(node: Node<'a, 'i>, name: &str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| child.name() == name)
}

#[cfg(test)]
mod tests;
