//! `QWeather`'s warnings, in both shapes.
//!
//! Severity is the document's own word in CAP's sense, with `QWeather`'s two more: `Standard` counts as minor, `Major`
//! (between moderate and severe) as severe. Where it gives none, the colour does.

use std::collections::HashSet;

use serde::Deserialize;

use super::time;
use crate::domain::{
    Area, Bulletin, Certainty, Fault, Hazard, HazardId, HazardKind, HazardText, MsgType, Place, Severity, Urgency,
};
use crate::sources::formats::china;
use crate::sources::formats::fault_log::FaultLog;
use crate::sources::formats::json::{List, Maybe, Text};
use crate::sources::formats::kind::kind_of;

/// A warning of `v7/warning/now`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct V7<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    sender: Text<'a>,
    #[serde(borrow, rename = "pubTime")]
    published: Text<'a>,
    #[serde(borrow)]
    title: Text<'a>,
    #[serde(borrow, rename = "startTime")]
    start: Text<'a>,
    #[serde(borrow, rename = "endTime")]
    end: Text<'a>,
    /// `active`, `update` or `cancel`.
    #[serde(borrow)]
    status: Text<'a>,
    /// The colour in Chinese; deprecated since `severity` and `severityColor` came.
    #[serde(borrow)]
    level: Text<'a>,
    #[serde(borrow)]
    severity: Text<'a>,
    #[serde(borrow, rename = "severityColor")]
    colour: Text<'a>,
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, rename = "typeName")]
    kind_name: Text<'a>,
    #[serde(borrow)]
    urgency: Text<'a>,
    #[serde(borrow)]
    certainty: Text<'a>,
    #[serde(borrow)]
    text: Text<'a>,
}

/// A warning of `weatheralert/v1/current`; its first draft had `msgType`, `event` and `eventCodes`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct V1<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow, rename = "senderName")]
    sender: Text<'a>,
    #[serde(borrow, rename = "issuedTime")]
    issued: Text<'a>,
    #[serde(borrow, rename = "messageType")]
    message: Maybe<Code<'a>>,
    #[serde(borrow, rename = "msgType")]
    old_message: Text<'a>,
    #[serde(borrow, rename = "eventType")]
    event: Maybe<Code<'a>>,
    #[serde(borrow, rename = "event")]
    old_event: Text<'a>,
    #[serde(borrow, rename = "eventCodes")]
    old_codes: List<OldCode<'a>>,
    #[serde(borrow)]
    urgency: Text<'a>,
    #[serde(borrow)]
    severity: Text<'a>,
    #[serde(borrow)]
    certainty: Text<'a>,
    #[serde(borrow, rename = "color")]
    colour: Maybe<Code<'a>>,
    #[serde(borrow, rename = "onsetTime")]
    onset: Text<'a>,
    #[serde(borrow, rename = "effectiveTime")]
    effective: Text<'a>,
    #[serde(borrow, rename = "expireTime")]
    expires: Text<'a>,
    #[serde(borrow)]
    headline: Text<'a>,
    #[serde(borrow)]
    description: Text<'a>,
    #[serde(borrow)]
    instruction: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Code<'a> {
    #[serde(borrow)]
    code: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OldCode<'a> {
    #[serde(borrow)]
    value: Text<'a>,
}

/// What both shapes say.
struct Told<'a> {
    id: Option<&'a str>,
    sender: Option<&'a str>,
    code: Option<&'a str>,
    event: Option<&'a str>,
    headline: Option<&'a str>,
    message: Option<&'a str>,
    severity: Option<&'a str>,
    colour: Option<&'a str>,
    urgency: Option<&'a str>,
    certainty: Option<&'a str>,
}

pub(super) fn read_v7(warnings: &List<V7<'_>>, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let mut reader = Reader { list: "warning", bulletin, log, keys: HashSet::new() };
    let read = |(at, warning): &(usize, V7<'_>)| {
        let told = Told {
            id: warning.id.get(),
            sender: warning.sender.get(),
            code: warning.kind.get(),
            event: warning.kind_name.get(),
            headline: warning.title.get(),
            message: warning.status.get(),
            severity: warning.severity.get(),
            colour: warning.colour.get().or_else(|| warning.level.get()).or_else(|| warning.title.get()),
            urgency: warning.urgency.get(),
            certainty: warning.certainty.get(),
        };
        let text = HazardText { description: warning.text.owned(), ..HazardText::default() };
        let hazard = reader.hazard(*at, &told, text)?;
        let issued = time(&warning.published);
        Some(Hazard { issued, onset: time(&warning.start), expires: time(&warning.end), ..hazard })
    };
    warnings.items.iter().filter_map(read).collect()
}

pub(super) fn read_v1(alerts: &List<V1<'_>>, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let mut reader = Reader { list: "alerts", bulletin, log, keys: HashSet::new() };
    let read = |(at, alert): &(usize, V1<'_>)| {
        let (message, event) = (alert.message.0.as_ref(), alert.event.0.as_ref());
        let old_code = alert.old_codes.iter().next().and_then(|code| code.value.get());
        let told = Told {
            id: alert.id.get(),
            sender: alert.sender.get(),
            code: event.and_then(|event| event.code.get()).or(old_code),
            event: event.and_then(|event| event.name.get()).or_else(|| alert.old_event.get()),
            headline: alert.headline.get(),
            message: message.and_then(|message| message.code.get()).or_else(|| alert.old_message.get()),
            severity: alert.severity.get(),
            colour: alert.colour.0.as_ref().and_then(|colour| colour.code.get()).or_else(|| alert.headline.get()),
            urgency: alert.urgency.get(),
            certainty: alert.certainty.get(),
        };
        let (description, instruction) = (alert.description.owned(), alert.instruction.owned());
        let text = HazardText { description, instruction, ..HazardText::default() };
        let hazard = reader.hazard(*at, &told, text)?;
        let onset = time(&alert.onset).or_else(|| time(&alert.effective));
        Some(Hazard { issued: time(&alert.issued), onset, expires: time(&alert.expires), ..hazard })
    };
    alerts.items.iter().filter_map(read).collect()
}

/// Makes hazards of one document's warnings.
struct Reader<'a> {
    list: &'static str,
    bulletin: &'a Bulletin,
    log: &'a mut FaultLog,
    /// The keys given so far.
    keys: HashSet<String>,
}

impl Reader<'_> {
    /// The hazard but for its times; `None` for what is no warning.
    fn hazard(&mut self, at: usize, told: &Told<'_>, text: HazardText) -> Option<Hazard> {
        if told.is_green() {
            return None;
        }
        let Some(key) = self.key(told) else {
            let place = Place::default().field(format!("{}[{at}]", self.list));
            self.log.push(Fault::fatal(place, "a warning without an id, sender and event is lost"));
            return None;
        };
        let headline = told.headline.map(str::to_owned);
        let event = told.event.or(told.headline).unwrap_or("warning").to_owned();
        let lang = china::language_of(text.description.as_deref().or(told.headline).unwrap_or(&event)).to_owned();
        let source = if self.bulletin.agency.is_empty() { "qweather" } else { &self.bulletin.agency };
        Some(Hazard {
            msg: told.msg(),
            severity: told.severity(),
            urgency: urgency(told.urgency),
            certainty: certainty(told.certainty),
            texts: vec![HazardText { lang, event, headline, ..text }],
            areas: told.area().into_iter().collect(),
            ..Hazard::new(HazardId::new(&*key), source, "qweather", &self.bulletin.hash, &key, told.kind())
        })
    }

    /// Who warns of what, or, when that is taken or not told, the warning's own id.
    fn key(&mut self, told: &Told<'_>) -> Option<String> {
        let of_what = told.sender.zip(told.code.or(told.event));
        let stable = of_what.map(|(sender, what)| format!("qweather:{sender}:{what}"));
        let own = told.id.map(|id| format!("qweather:{id}"));
        let key = stable.filter(|key| !self.keys.contains(key)).or(own)?;
        self.keys.insert(key.clone());
        Some(key)
    }
}

impl Told<'_> {
    fn is_green(&self) -> bool {
        let is = |text: Option<&str>, word: &str| text.is_some_and(|text| text.eq_ignore_ascii_case(word));
        is(self.severity, "none") || (is(self.colour, "green") && !is(self.message, "cancel"))
    }

    fn msg(&self) -> MsgType {
        let is = |text: Option<&str>, word: &str| text.is_some_and(|text| text.eq_ignore_ascii_case(word));
        let is_lifted = self.headline.is_some_and(|headline| headline.contains("解除"));
        if is(self.message, "cancel") || is(self.severity, "cancel") || is_lifted {
            MsgType::Cancel
        } else if is(self.message, "update") {
            MsgType::Update
        } else {
            MsgType::Alert
        }
    }

    fn severity(&self) -> Severity {
        let word = self.severity.unwrap_or_default().to_ascii_lowercase();
        match word.as_str() {
            "extreme" => Severity::Extreme,
            "severe" | "major" => Severity::Severe,
            "moderate" => Severity::Moderate,
            "minor" | "standard" => Severity::Minor,
            _ => self.colour.and_then(china::severity_of_colour).unwrap_or(Severity::Unknown),
        }
    }

    /// The place that the sender is of, with `QWeather`'s code of the place that was asked for: a v7 id begins with its
    /// nine digits when that is in China (`101…`), and a date follows.
    fn area(&self) -> Option<Area> {
        let is_digits = |text: &&str| text.bytes().all(|byte| byte.is_ascii_digit());
        let id = self.id.filter(is_digits).filter(|id| id.len() > 23 && id.starts_with("101"));
        let code = id.and_then(|id| id.get(..9));
        let geocodes = code.map(|code| ("QWeather LocationID".to_owned(), code.to_owned())).into_iter().collect();
        let name = self.sender.and_then(china::place_of_office);
        (name.is_some() || code.is_some())
            .then(|| Area { name: name.or(self.sender).unwrap_or_default().to_owned(), geocodes })
    }

    /// By the event's name; by the headline when that says nothing.
    fn kind(&self) -> HazardKind {
        let kinds = [self.event, self.headline].into_iter().flatten().map(|text| match china::kind_of(text) {
            HazardKind::Other => kind_of(text),
            kind => kind,
        });
        kinds.into_iter().find(|kind| *kind != HazardKind::Other).unwrap_or(HazardKind::Other)
    }
}

fn urgency(word: Option<&str>) -> Urgency {
    match word.unwrap_or_default().to_ascii_lowercase().as_str() {
        "immediate" => Urgency::Immediate,
        "expected" => Urgency::Expected,
        "future" => Urgency::Future,
        "past" => Urgency::Past,
        _ => Urgency::Unknown,
    }
}

fn certainty(word: Option<&str>) -> Certainty {
    match word.unwrap_or_default().to_ascii_lowercase().as_str() {
        "observed" => Certainty::Observed,
        "likely" => Certainty::Likely,
        "possible" => Certainty::Possible,
        "unlikely" => Certainty::Unlikely,
        _ => Certainty::Unknown,
    }
}
