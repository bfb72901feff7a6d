//! One alert of api.weather.gov becomes a hazard.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Deserialize;

use super::ID;
use super::shape::Shape;
use super::vtec::{self, Vtec};
use crate::domain::{
    Area, Bulletin, CapFacts, Certainty, DocumentHash, Fault, Footprint, Hazard, HazardId, HazardKind, HazardText,
    MsgType, Place, Severity, Status, Timestamp, Urgency,
};
use crate::sources::cap::json::{Texts, add_code, date, fatal, minor, shown, word};
use crate::sources::cap::words::{CERTAINTIES, MESSAGES, SEVERITIES, STATUSES, URGENCIES, parts};
use crate::sources::formats::dates;
use crate::sources::formats::fault_log::FaultLog;
use crate::sources::formats::json::{List, Maybe, Text};
use crate::sources::formats::kind::kind_of;

/// The language of alerts that name none.
const DEFAULT_LANGUAGE: &str = "en-US";

/// An alert's properties, and those by which the API's other answers are told from it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Properties<'a> {
    #[serde(borrow, rename = "@id")]
    ld_id: Text<'a>,
    #[serde(rename = "@type")]
    ld_kind: Text<'a>,
    id: Text<'a>,
    area_desc: Text<'a>,
    geocode: Maybe<BTreeMap<String, Texts<'a>>>,
    affected_zones: Texts<'a>,
    references: List<Reference<'a>>,
    sent: Text<'a>,
    effective: Text<'a>,
    onset: Text<'a>,
    expires: Text<'a>,
    ends: Text<'a>,
    replaced_at: Text<'a>,
    status: Text<'a>,
    message_type: Text<'a>,
    severity: Text<'a>,
    certainty: Text<'a>,
    urgency: Text<'a>,
    event: Text<'a>,
    sender: Text<'a>,
    headline: Text<'a>,
    description: Text<'a>,
    instruction: Text<'a>,
    parameters: Maybe<Parameters<'a>>,
    scope: Text<'a>,
    language: Text<'a>,
    pub(super) geometry: Shape<'a>,
    forecast_generator: Text<'a>,
    station_identifier: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Reference<'a> {
    #[serde(borrow)]
    identifier: Text<'a>,
    sender: Text<'a>,
    sent: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Parameters<'a> {
    #[serde(borrow, rename = "VTEC")]
    vtec: Texts<'a>,
    #[serde(rename = "NWSheadline")]
    headline: Texts<'a>,
    #[serde(rename = "expiredReferences")]
    expired_references: Texts<'a>,
    #[serde(rename = "eventEndingTime")]
    event_ending_time: Texts<'a>,
}

/// What a JSON-LD type of the API holds instead of alerts.
pub(super) fn answer_of(ld_kind: &str) -> Option<&'static str> {
    match ld_kind {
        "wx:Point" => Some("a point's answer"),
        "wx:Gridpoint" => Some("a forecast"),
        "wx:Zone" => Some("a zone"),
        "wx:ObservationStation" | "wx:ObservationCollection" => Some("an observation"),
        _ => None,
    }
}

impl Properties<'_> {
    pub(super) fn is_alert(&self) -> bool {
        self.ld_kind.get() == Some("wx:Alert") || self.message_type.get().is_some() || self.event.get().is_some()
    }

    /// Which other of the API's answers this is.
    pub(super) fn answer(&self) -> Option<&'static str> {
        let by_type = self.ld_kind.get().and_then(answer_of);
        let forecast = || self.forecast_generator.get().map(|_| "a forecast");
        by_type.or_else(forecast).or_else(|| self.station_identifier.get().map(|_| "an observation"))
    }

    /// The CAP identifier; where it is an address, its last part.
    fn identifier(&self) -> Option<&str> {
        let id = self.id.get().or_else(|| self.ld_id.get())?;
        let last = if id.starts_with("http") { id.rsplit('/').next() } else { Some(id) };
        last.filter(|id| !id.is_empty())
    }

    fn parameter(&self, of: impl Fn(&Parameters<'_>) -> Option<String>) -> Option<String> {
        self.parameters.0.as_ref().and_then(of)
    }

    fn vtec(&self) -> Option<Vtec<'_>> {
        self.parameters.0.as_ref().and_then(|parameters| Vtec::leading(parameters.vtec.iter()))
    }

    /// Every earlier message, as CAP writes it; those that have run out stand in a parameter.
    fn references(&self) -> Vec<String> {
        let stated = self.references.iter().filter_map(|reference| {
            let identifier = reference.identifier.get()?;
            let (sender, sent) = (reference.sender.get().unwrap_or_default(), reference.sent.get().unwrap_or_default());
            Some(format!("{sender},{identifier},{sent}"))
        });
        let expired = self.parameters.0.iter().flat_map(|parameters| parameters.expired_references.iter());
        let expired = expired.flat_map(str::split_whitespace).filter(|reference| parts(reference).is_some());
        stated.chain(expired.map(str::to_owned)).collect()
    }

    /// One area: the name of all its zones with their codes. Where codes are left out, the zones' addresses give them.
    fn area(&self) -> Area {
        let mut area = Area { name: self.area_desc.owned().unwrap_or_default(), ..Area::default() };
        let mut seen = HashSet::new();
        for (system, codes) in self.geocode.0.iter().flatten() {
            codes.iter().for_each(|code| add_code(&mut area, system, code, &mut seen));
        }
        if !area.geocodes.contains_key("UGC") {
            let zones = self.affected_zones.iter().filter_map(|zone| zone.rsplit('/').next());
            zones.filter(|code| is_ugc(code)).for_each(|code| add_code(&mut area, "UGC", code, &mut seen));
        }
        area
    }

    /// The kind by the event's name, else by its VTEC; a statement's by its headline.
    fn kind(&self) -> HazardKind {
        let event = self.event.get().unwrap_or_default();
        let named = Some(kind_of(event)).filter(|kind| *kind != HazardKind::Other);
        let vtec = self.vtec();
        let headline = || {
            let tells_in_headline = vtec.is_none() && (event.contains("Statement") || event.contains("Outlook"));
            let headline = self.parameter(|parameters| parameters.headline.iter().next().map(str::to_owned));
            headline.filter(|_| tells_in_headline).map(|headline| kind_of(&headline))
        };
        named.or_else(|| vtec.and_then(|vtec| vtec.kind())).or_else(headline).unwrap_or(HazardKind::Other)
    }
}

/// True for a zone's or county's code, `HIZ026` or `HIC003`.
fn is_ugc(code: &str) -> bool {
    let bytes = code.as_bytes();
    bytes.len() == 6
        && bytes.iter().take(2).all(u8::is_ascii_uppercase)
        && bytes.get(2).is_some_and(|byte| matches!(byte, b'Z' | b'C'))
        && bytes.iter().skip(3).all(u8::is_ascii_digit)
}

/// The alerts read so far.
pub(super) struct Alerts<'d> {
    bulletin: &'d Bulletin,
    pub(super) log: &'d mut FaultLog,
    pub(super) hazards: Vec<Hazard>,
    /// What bears each id at each time of issue, and in which order it came.
    told: HashMap<(String, String), HashMap<u64, usize>>,
    has_told_of_others: bool,
}

impl<'d> Alerts<'d> {
    pub(super) fn new(bulletin: &'d Bulletin, log: &'d mut FaultLog) -> Self {
        Self { bulletin, log, hazards: Vec::new(), told: HashMap::new(), has_told_of_others: false }
    }

    /// Tells of something in an alert's place that is none.
    pub(super) fn lost(&mut self, path: &str, what: &str) {
        fatal(self.log, path, "", || what.to_owned());
    }

    /// Tells how many elements of a list were no structures.
    pub(super) fn odd(&mut self, count: usize, field: &str) {
        if count > 0 {
            fatal(self.log, field, "", || format!("{count} elements are no alerts"));
        }
    }

    /// Reads one alert; `path` is where it stands. Without a status that we know it is not read: to take it for
    /// actual would alert, to take it for a test would hide.
    pub(super) fn read(&mut self, alert: &Properties<'_>, shape: &Shape<'_>, path: &str) {
        if !alert.is_alert() {
            return self.pass_over(alert, path);
        }
        let Some(stated) = word(&alert.status, path, "status", STATUSES, self.log) else {
            let status = shown(alert.status.get().unwrap_or_default());
            fatal(self.log, path, "status", || format!("status `{status}` is none of CAP's, so the alert is not read"));
            return;
        };
        if alert.event.get().is_none() {
            fatal(self.log, path, "event", || "the alert has no event".to_owned());
        }
        let vtec = alert.vtec();
        let is_test = vtec.is_some_and(|vtec| vtec.is_test()) && stated == Status::Actual;
        let status = if is_test { Status::Test } else { stated };
        let msg = word(&alert.message_type, path, "messageType", MESSAGES, self.log).unwrap_or(MsgType::Alert);
        let withdraws = vtec.is_some_and(|vtec| vtec.withdraws()) && matches!(msg, MsgType::Alert | MsgType::Update);
        let msg = if withdraws { MsgType::Cancel } else { msg };
        let hazard = self.hazard(alert, shape, path);
        self.hazards.push(Hazard { status, msg, ..hazard });
    }

    /// A feature that is another of the API's answers: told once; one that is nothing known is lost.
    fn pass_over(&mut self, properties: &Properties<'_>, path: &str) {
        match properties.answer() {
            Some(answer) if !self.has_told_of_others => {
                self.has_told_of_others = true;
                minor(self.log, path, "", || format!("this is {answer}: there is no warning in it"));
            }
            Some(_) => {}
            None => self.lost(path, "this is no alert: it has neither an event nor a message type"),
        }
    }

    fn hazard(&mut self, alert: &Properties<'_>, shape: &Shape<'_>, path: &str) -> Hazard {
        let area = alert.area();
        let mut footprint = Footprint::default();
        if shape.add_to(&mut footprint) > 0 {
            let is_lost = footprint.is_empty() && area.geocodes.is_empty();
            self.log.add(is_lost, || {
                Fault::minor(Place::default().field(path.to_owned()), "a part of the geometry is no polygon")
            });
        }
        let times = Times::read(alert, path, self.log);
        let keys = self.keys(alert, &area, times.sent, path);
        let source = Some(self.bulletin.agency.as_str()).filter(|agency| !agency.is_empty()).unwrap_or("nws");
        Hazard {
            aliases: keys.vtec.map(|key| format!("vtec:{key}")).into_iter().collect(),
            issued: times.sent.or(times.effective),
            onset: times.onset.or(times.effective).or(times.sent),
            expires: times.end,
            severity: word(&alert.severity, path, "severity", SEVERITIES, self.log).unwrap_or(Severity::Unknown),
            urgency: word(&alert.urgency, path, "urgency", URGENCIES, self.log).unwrap_or(Urgency::Unknown),
            certainty: word(&alert.certainty, path, "certainty", CERTAINTIES, self.log).unwrap_or(Certainty::Unknown),
            texts: vec![HazardText {
                lang: alert.language.owned().unwrap_or_else(|| DEFAULT_LANGUAGE.to_owned()),
                event: alert.event.owned().unwrap_or_default(),
                headline: alert.headline.owned(),
                description: alert.description.owned(),
                instruction: alert.instruction.owned(),
            }],
            areas: if area == Area::default() { Vec::new() } else { vec![area] },
            footprint,
            cap: keys.cap,
            ..Hazard::new(keys.id, source, ID, &self.bulletin.hash, &keys.event, alert.kind())
        }
    }

    /// What the alert replaces and is replaced by.
    fn keys(&mut self, alert: &Properties<'_>, area: &Area, sent: Option<Timestamp>, path: &str) -> Keys {
        let sender = alert.sender.get().unwrap_or_default();
        let Some(identifier) = alert.identifier() else {
            minor(self.log, path, "id", || "the alert has no id; its words stand for it".to_owned());
            let texts = [&alert.event, &alert.effective, &alert.area_desc, &alert.headline, &alert.description];
            let words: Vec<&str> = texts.into_iter().map(|text| text.get().unwrap_or_default()).collect();
            let event = format!("nws:{}", digits(&words.join("\n"), 12));
            return Keys { id: HazardId::new(event.clone()), event, vtec: None, cap: None };
        };
        let references = alert.references();
        let dated = references.iter().filter_map(|reference| parts(reference)).map(|(_, identifier, sent)| {
            (dates::rfc_3339(sent).map_or(Timestamp::MAX, dates::When::instant), identifier)
        });
        let oldest = dated.min();
        let first = oldest.map(|(sent, _)| sent).filter(|sent| *sent != Timestamp::MAX).or(sent);
        let vtec = alert.vtec().map(|vtec| vtec.key(first.map(vtec::year)));
        let root = vtec.as_deref().unwrap_or_else(|| oldest.map_or(identifier, |(_, identifier)| identifier));
        let mut event = format!("{root}/{}", zones(area));
        let number = self.number(&event, alert);
        if number > 1 {
            event = format!("{event}#{number}");
        }
        let facts = CapFacts {
            identifier: identifier.to_owned(),
            sender: sender.to_owned(),
            sent: alert.sent.owned().unwrap_or_default(),
            msg_type: alert.message_type.owned().unwrap_or_default(),
            scope: alert.scope.get().unwrap_or("Public").to_owned(),
            references,
        };
        Keys { id: HazardId::new(format!("cap:{sender},{event}")), event, vtec, cap: Some(facts) }
    }

    /// Alerts that bear one key and were sent at one time are counted, unless they say the same.
    fn number(&mut self, event: &str, alert: &Properties<'_>) -> usize {
        let mut hasher = DefaultHasher::new();
        let its = [&alert.id, &alert.event, &alert.headline, &alert.description, &alert.area_desc, &alert.onset];
        its.into_iter().chain([&alert.ends, &alert.severity]).for_each(|text| text.get().hash(&mut hasher));
        let at_once = (event.to_owned(), alert.sent.owned().unwrap_or_default());
        let numbers = self.told.entry(at_once).or_default();
        let next = numbers.len() + 1;
        *numbers.entry(hasher.finish()).or_insert(next)
    }
}

struct Keys {
    id: HazardId,
    event: String,
    vtec: Option<String>,
    cap: Option<CapFacts>,
}

struct Times {
    sent: Option<Timestamp>,
    effective: Option<Timestamp>,
    onset: Option<Timestamp>,
    end: Option<Timestamp>,
}

impl Times {
    /// The times. A `sent` that is none makes the alert invalid; another is merely not known.
    fn read(alert: &Properties<'_>, path: &str, log: &mut FaultLog) -> Self {
        let sent = alert.sent.get().and_then(|text| {
            let when = dates::rfc_3339(text);
            if when.is_none() {
                fatal(log, path, "sent", || format!("`{}` is no date such as 2004-08-11T14:00:00+08:00", shown(text)));
            }
            when.map(dates::When::instant)
        });
        let ends = date(&alert.ends, path, "ends", log);
        let ending = alert.parameter(|parameters| parameters.event_ending_time.iter().next().map(str::to_owned));
        let ending = ending.and_then(|text| dates::rfc_3339(&text)).map(dates::When::instant);
        let expires = date(&alert.expires, path, "expires", log);
        let replaced = date(&alert.replaced_at, path, "replacedAt", log);
        let end = ends.or(ending).or(expires);
        Self {
            sent,
            effective: date(&alert.effective, path, "effective", log),
            onset: date(&alert.onset, path, "onset", log),
            end: end.into_iter().chain(replaced).min(),
        }
    }
}

/// The zones of an area as a short key: the same zones give the same key, in whatever order.
fn zones(area: &Area) -> String {
    let mut codes: Vec<&str> = area.geocodes.get("UGC").into_iter().flat_map(|codes| codes.split(' ')).collect();
    if codes.is_empty() {
        codes = area.geocodes.values().flat_map(|codes| codes.split(' ')).collect();
    }
    codes.sort_unstable();
    codes.dedup();
    if codes.is_empty() { digits(&area.name, 8) } else { digits(&codes.join(" "), 8) }
}

fn digits(text: &str, length: usize) -> String {
    DocumentHash::of(text.as_bytes()).digits().get(..length).unwrap_or_default().to_owned()
}
