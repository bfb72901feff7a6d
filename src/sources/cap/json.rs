//! CAP in the dress of JSON: the same names as in the XML, with arrays where an element may repeat.
//!
//! Leaves are lenient (see [`crate::sources::formats::json`]); what CAP demands and a message lacks is fatal, as in
//! the XML reader, whose words, grouping of languages and chains of messages serve here too.

use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::alert::{self, INFOS_MAX};
use super::area;
use super::info::{DEFAULT_LANGUAGE, Info, grouped};
use super::words::{CERTAINTIES, MESSAGES, SEVERITIES, STATUSES, URGENCIES};
use crate::domain::{
    Area, Bulletin, CapFacts, Certainty, Fault, Footprint, Hazard, HazardKind, HazardText, MsgType, Place, Severity,
    Status, Timestamp, Urgency,
};
use crate::sources::formats::dates;
use crate::sources::formats::fault_log::FaultLog;
use crate::sources::formats::json::{List, Text};
use crate::sources::formats::kind::kind_of;

/// One text or several: a lone one is a list of one. What is no text is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Texts<'a>(Vec<Text<'a>>);

impl Texts<'_> {
    /// The texts that are not blank, trimmed.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(Text::get)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Texts<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Leaf;
        impl<'de> Visitor<'de> for Leaf {
            type Value = Texts<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }
            fn visit_str<E>(self, value: &str) -> Result<Texts<'de>, E> {
                Ok(Texts(vec![Text(Some(value.to_owned().into()))]))
            }
            fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Texts<'de>, E> {
                Ok(Texts(vec![Text(Some(value.into()))]))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Texts<'de>, E> {
                Ok(Texts(vec![Text(Some(value.to_string().into()))]))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Texts<'de>, E> {
                Ok(Texts(vec![Text(Some(value.to_string().into()))]))
            }
            fn visit_f64<E>(self, _: f64) -> Result<Texts<'de>, E> {
                Ok(Texts::default())
            }
            fn visit_bool<E>(self, _: bool) -> Result<Texts<'de>, E> {
                Ok(Texts::default())
            }
            fn visit_unit<E>(self) -> Result<Texts<'de>, E> {
                Ok(Texts::default())
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Texts<'de>, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Texts::default())
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Texts<'de>, A::Error> {
                let mut texts = Vec::new();
                while let Some(text) = seq.next_element()? {
                    texts.push(text);
                }
                Ok(Texts(texts))
            }
        }
        deserializer.deserialize_any(Leaf)
    }
}

/// CAP's alert.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct JsonAlert<'a> {
    #[serde(borrow)]
    identifier: Text<'a>,
    sender: Text<'a>,
    sent: Text<'a>,
    status: Text<'a>,
    msg_type: Text<'a>,
    scope: Text<'a>,
    references: Texts<'a>,
    info: List<JsonInfo<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct JsonInfo<'a> {
    #[serde(borrow)]
    language: Text<'a>,
    category: Texts<'a>,
    event: Text<'a>,
    urgency: Text<'a>,
    severity: Text<'a>,
    certainty: Text<'a>,
    event_code: List<Pair<'a>>,
    effective: Text<'a>,
    onset: Text<'a>,
    expires: Text<'a>,
    headline: Text<'a>,
    description: Text<'a>,
    instruction: Text<'a>,
    parameter: List<Pair<'a>>,
    area: List<JsonArea<'a>>,
}

/// A value and the system that it belongs to.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Pair<'a> {
    #[serde(borrow)]
    value_name: Text<'a>,
    value: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct JsonArea<'a> {
    #[serde(borrow)]
    area_desc: Text<'a>,
    polygon: Texts<'a>,
    circle: Texts<'a>,
    geocode: List<Pair<'a>>,
}

/// The hazards of one alert, as the XML reader makes them; `path` is where it stands.
///
/// An info whose `awareness_level` is green warns of nothing and is left out. When no other is left, the alert is no
/// hazard; but if it replaces an earlier message, it withdraws that: the level went down to green.
pub(crate) fn read(
    alert: &JsonAlert<'_>,
    path: &str,
    bulletin: &Bulletin,
    format: &str,
    log: &mut FaultLog,
) -> Vec<Hazard> {
    let Some(facts) = read_facts(alert, path, log) else { return Vec::new() };
    let Some(status) = read_status(&alert.status, path, log) else { return Vec::new() };
    let sent = date(&alert.sent, path, "sent", log);
    let stated = word(&alert.msg_type, path, "msgType", MESSAGES, log).unwrap_or(MsgType::Alert);
    let total = alert.info.items.len();
    if total > INFOS_MAX {
        fatal(log, path, "info", || format!("infos beyond the first {INFOS_MAX} are not read"));
    }
    let is_green = |info: &JsonInfo<'_>| info.awareness("awareness_level").is_some_and(is_green);
    let is_all_green = total > 0 && alert.info.iter().all(is_green);
    let msg = match stated {
        MsgType::Alert | MsgType::Update if is_all_green && facts.references.is_empty() => return Vec::new(),
        MsgType::Alert | MsgType::Update if is_all_green => MsgType::Cancel,
        _ => stated,
    };
    let kept = alert.info.items.iter().take(INFOS_MAX).filter(|(_, info)| is_all_green || !is_green(info));
    let infos = kept.map(|(at, info)| info.read(&format!("{path}.info[{at}]"), log)).collect();
    let mut groups = grouped(infos);
    if groups.is_empty() {
        groups.push(Info::nothing());
    }
    let alert = alert::Alert::new(facts, status, msg, sent);
    groups.into_iter().enumerate().map(|(at, info)| alert.hazard(at, info, bulletin, format)).collect()
}

fn read_facts(alert: &JsonAlert<'_>, path: &str, log: &mut FaultLog) -> Option<CapFacts> {
    let identifier = required(&alert.identifier, path, "identifier", log);
    let sender = required(&alert.sender, path, "sender", log);
    let sent = required(&alert.sent, path, "sent", log);
    let references: Vec<String> = alert.references.iter().flat_map(str::split_whitespace).map(str::to_owned).collect();
    for reference in references.iter().filter(|reference| alert::parts(reference).is_none()) {
        minor(log, path, "references", || format!("`{}` is not `sender,identifier,sent`", shown(reference)));
    }
    Some(CapFacts {
        identifier: identifier?,
        sender: sender?,
        sent: sent.unwrap_or_default(),
        msg_type: alert.msg_type.owned().unwrap_or_default(),
        scope: alert.scope.owned().unwrap_or_default(),
        references,
    })
}

/// The status. Missing or unknown is fatal: to take it for `Actual` would alert, to take it for a test would hide.
fn read_status(text: &Text<'_>, path: &str, log: &mut FaultLog) -> Option<Status> {
    let text = required(text, path, "status", log)?;
    let status = find(&text, STATUSES);
    if status.is_none() {
        let what = || format!("status `{}` is none of CAP's, so the alert is not read", shown(&text));
        fatal(log, path, "status", what);
    }
    status
}

impl JsonInfo<'_> {
    fn read(&self, path: &str, log: &mut FaultLog) -> Info {
        let text = HazardText {
            lang: self.language.owned().unwrap_or_else(|| DEFAULT_LANGUAGE.to_owned()),
            event: required(&self.event, path, "event", log).unwrap_or_default(),
            headline: self.headline.owned(),
            description: self.description.owned(),
            instruction: self.instruction.owned(),
        };
        let mut footprint = Footprint::default();
        let read = |(at, area): &(usize, JsonArea<'_>)| area.read(&format!("{path}.area[{at}]"), &mut footprint, log);
        let areas = self.area.items.iter().map(read).collect();
        Info {
            kind: self.kind(),
            texts: vec![text],
            severity: word(&self.severity, path, "severity", SEVERITIES, log).unwrap_or(Severity::Unknown),
            urgency: word(&self.urgency, path, "urgency", URGENCIES, log).unwrap_or(Urgency::Unknown),
            certainty: word(&self.certainty, path, "certainty", CERTAINTIES, log).unwrap_or(Certainty::Unknown),
            effective: date(&self.effective, path, "effective", log),
            onset: date(&self.onset, path, "onset", log),
            expires: date(&self.expires, path, "expires", log),
            areas,
            footprint,
        }
    }

    /// The value of a MeteoAlarm parameter.
    fn awareness(&self, name: &str) -> Option<&str> {
        let named = |pair: &&Pair<'_>| pair.value_name.get().is_some_and(|its| its.eq_ignore_ascii_case(name));
        self.parameter.iter().find(named).and_then(|pair| pair.value.get())
    }

    /// The kind by the most telling words. MeteoAlarm's type comes first: events are in the country's own words.
    fn kind(&self) -> HazardKind {
        let awareness = self.awareness("awareness_type");
        if let Some(kind) = awareness.and_then(kind_of_awareness) {
            return kind;
        }
        let codes = self.event_code.iter().filter_map(|code| code.value.get());
        let words = awareness.into_iter().chain(self.event.get()).chain(codes).chain(self.headline.get());
        let found = words.chain(self.category.iter()).map(kind_of).find(|kind| *kind != HazardKind::Other);
        found.unwrap_or(HazardKind::Other)
    }
}

/// True for MeteoAlarm's level 1, `1; green; Minor`: no warning.
fn is_green(level: &str) -> bool {
    let mut parts = level.split(';').map(str::trim);
    let (number, colour) = (parts.next().unwrap_or_default(), parts.next());
    match colour {
        Some(colour) => colour.eq_ignore_ascii_case("green"),
        None => number == "1" || number.eq_ignore_ascii_case("green"),
    }
}

/// MeteoAlarm's types by number (MeteoAlarm CAP profile, `awareness_type`): the words behind it come in many
/// spellings. Fog, heat and what is not in the list have no kind of their own.
fn kind_of_awareness(text: &str) -> Option<HazardKind> {
    let number = text.split(';').next()?.trim();
    match number {
        "1" => Some(HazardKind::Wind),
        "2" | "6" | "9" => Some(HazardKind::Winter),
        "3" => Some(HazardKind::Thunderstorm),
        "7" => Some(HazardKind::Surge),
        "8" => Some(HazardKind::Fire),
        "10" | "11" | "12" => Some(HazardKind::Flood),
        _ => None,
    }
}

impl JsonArea<'_> {
    fn read(&self, path: &str, footprint: &mut Footprint, log: &mut FaultLog) -> Area {
        if self.area_desc.get().is_none() {
            minor(log, path, "areaDesc", || "the area has no name".to_owned());
        }
        let mut area = Area { name: self.area_desc.owned().unwrap_or_default(), ..Area::default() };
        let mut seen = HashSet::new();
        for code in self.geocode.iter() {
            if let (Some(system), Some(value)) = (code.value_name.get(), code.value.get()) {
                add_code(&mut area, system, value, &mut seen);
            }
        }
        for text in self.polygon.iter() {
            match area::draw(text, footprint) {
                Ok(odd) => odd.into_iter().flatten().for_each(|what| minor(log, path, "polygon", || what.to_owned())),
                Err(expected) => {
                    fatal(log, path, "polygon", || format!("`{}` is no polygon: {expected} are expected", shown(text)));
                }
            }
        }
        for text in self.circle.iter() {
            match area::parse_circle(text) {
                Some(circle) => footprint.circles.push(circle),
                None => fatal(log, path, "circle", || format!("`{}` is no circle `lat,lon radius`", shown(text))),
            }
        }
        area
    }
}

/// Adds a code to an area; values of one system are joined by a blank, each once.
pub(crate) fn add_code<'t>(area: &mut Area, system: &'t str, value: &'t str, seen: &mut HashSet<(&'t str, &'t str)>) {
    if seen.insert((system, value)) {
        let values = area.geocodes.entry(system.to_owned()).or_default();
        if !values.is_empty() {
            values.push(' ');
        }
        values.push_str(value);
    }
}

/// A text that CAP demands; told as a fatal fault when it is not there.
fn required(text: &Text<'_>, path: &str, field: &str, log: &mut FaultLog) -> Option<String> {
    let found = text.owned();
    if found.is_none() {
        fatal(log, path, field, || format!("the required `{field}` is missing or empty"));
    }
    found
}

/// A date; one that cannot be read or lacks its offset is told.
pub(crate) fn date(text: &Text<'_>, path: &str, field: &str, log: &mut FaultLog) -> Option<Timestamp> {
    let text = text.get()?;
    let when = dates::rfc_3339(text);
    match when {
        Some(dates::When::At(_)) => {}
        Some(dates::When::WithoutOffset(_)) => {
            minor(log, path, field, || format!("`{}` has no offset from UTC; it is taken as UTC", shown(text)));
        }
        None => minor(log, path, field, || format!("`{}` is no date such as 2004-08-11T14:00:00+08:00", shown(text))),
    }
    when.map(dates::When::instant)
}

/// One of CAP's words; whatever else stands there is told. Missing is not known.
pub(crate) fn word<T: Copy>(
    text: &Text<'_>,
    path: &str,
    field: &str,
    words: &[(&str, T)],
    log: &mut FaultLog,
) -> Option<T> {
    let text = text.get()?;
    let found = find(text, words);
    if found.is_none() {
        let known = || words.iter().map(|(known, _)| *known).collect::<Vec<_>>().join(", ");
        minor(log, path, field, || format!("`{}` is none of {}", shown(text), known()));
    }
    found
}

fn find<T: Copy>(text: &str, words: &[(&str, T)]) -> Option<T> {
    words.iter().find(|(known, _)| text.eq_ignore_ascii_case(known)).map(|(_, value)| *value)
}

/// A text from outside, cut for a message to people.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}

/// Tells of something odd at a place in the document.
pub(crate) fn minor(log: &mut FaultLog, path: &str, field: &str, what: impl FnOnce() -> String) {
    log.add(false, || Fault::minor(place(path, field), what()));
}

/// Tells of something that makes the document invalid.
pub(crate) fn fatal(log: &mut FaultLog, path: &str, field: &str, what: impl FnOnce() -> String) {
    log.add(true, || Fault::fatal(place(path, field), what()));
}

fn place(path: &str, field: &str) -> Place {
    let dot = if path.is_empty() || field.is_empty() { "" } else { "." };
    Place::default().field(format!("{path}{dot}{field}"))
}
