//! CAP's info: one warning in one language (CAP 1.2 section 3.2.2), and which infos translate each other.

use std::borrow::Cow;
use std::collections::HashSet;

use super::area;
use crate::domain::{Area, Certainty, Footprint, HazardKind, HazardText, Severity, Timestamp, Urgency};
use crate::sources::formats::dates;
use crate::sources::formats::fault_log::FaultLog;
use crate::sources::formats::kind::kind_of;
use crate::sources::formats::slim_xml::{self as xml, Node};

/// CAP's default language (CAP 1.2 section 3.2.2, `language`).
const DEFAULT_LANGUAGE: &str = "en-US";

/// One `<info>`, or several that say the same in other languages.
#[derive(Debug)]
pub(super) struct Info {
    pub(super) texts: Vec<HazardText>,
    pub(super) kind: HazardKind,
    pub(super) severity: Severity,
    pub(super) urgency: Urgency,
    pub(super) certainty: Certainty,
    pub(super) effective: Option<Timestamp>,
    pub(super) onset: Option<Timestamp>,
    pub(super) expires: Option<Timestamp>,
    pub(super) areas: Vec<Area>,
    pub(super) footprint: Footprint,
}

impl Info {
    /// Reads one `<info>`.
    pub(super) fn read(node: Node<'_, '_>, log: &mut FaultLog) -> Self {
        let owned = |name: &'static str| xml::cap_text(node, name).map(Cow::into_owned);
        let text = HazardText {
            lang: owned("language").unwrap_or_else(|| DEFAULT_LANGUAGE.to_owned()),
            event: required(node, "event", log).unwrap_or_default(),
            headline: owned("headline"),
            description: owned("description"),
            instruction: owned("instruction"),
        };
        let mut footprint = Footprint::default();
        let areas = xml::cap_children(node, "area").map(|child| area::read(child, &mut footprint, log)).collect();
        Self {
            kind: kind_of_info(node, &text),
            texts: vec![text],
            severity: word(node, "severity", SEVERITIES, log).unwrap_or(Severity::Unknown),
            urgency: word(node, "urgency", URGENCIES, log).unwrap_or(Urgency::Unknown),
            certainty: word(node, "certainty", CERTAINTIES, log).unwrap_or(Certainty::Unknown),
            effective: date(node, "effective", log),
            onset: date(node, "onset", log),
            expires: date(node, "expires", log),
            areas,
            footprint,
        }
    }

    fn has_language_of(&self, other: &Self) -> bool {
        self.texts.iter().any(|text| other.texts.iter().any(|its| its.lang.eq_ignore_ascii_case(&text.lang)))
    }

    /// True when both can be one warning in two languages: nothing that needs no translation differs.
    fn is_like(&self, other: &Self) -> bool {
        let facts = |info: &Self| (info.severity, info.urgency, info.certainty, info.areas.len());
        let times = |info: &Self| (info.effective, info.onset, info.expires);
        !self.has_language_of(other)
            && facts(self) == facts(other)
            && times(self) == times(other)
            && self.footprint == other.footprint
    }

    /// Takes in a translation. Where the two differ, the graver word and the longer time stand.
    fn merge(&mut self, other: Self) {
        self.texts.extend(other.texts);
        if self.kind == HazardKind::Other {
            self.kind = other.kind;
        }
        self.severity = self.severity.max(other.severity);
        self.urgency = self.urgency.max(other.urgency);
        self.certainty = self.certainty.max(other.certainty);
        self.effective = earliest(self.effective, other.effective);
        self.onset = earliest(self.onset, other.onset);
        self.expires = self.expires.max(other.expires);
        if self.footprint.is_empty() {
            self.footprint = other.footprint;
        }
        for (area, same) in self.areas.iter_mut().zip(other.areas) {
            for (system, value) in same.geocodes {
                area.geocodes.entry(system).or_insert(value);
            }
        }
    }
}

/// The infos with translations put together: one for each warning, in order.
///
/// Infos of differing languages and as many areas are one warning, as CAP 1.2 means them; otherwise, those that differ
/// in words alone. Two of one language are always two: a bulletin may tell of two fires.
pub(super) fn grouped(infos: Vec<Info>) -> Vec<Info> {
    let mut languages = HashSet::new();
    let areas = infos.first().map(|info| info.areas.len());
    let are_languages = infos.iter().all(|info| {
        let are_new = info.texts.iter().all(|text| languages.insert(text.lang.to_ascii_lowercase()));
        are_new && Some(info.areas.len()) == areas
    });
    let mut groups: Vec<Info> = Vec::new();
    for info in infos {
        match groups.iter_mut().find(|group| are_languages || group.is_like(&info)) {
            Some(group) => group.merge(info),
            None => groups.push(info),
        }
    }
    groups
}

/// The text of an element that CAP demands; told as a fatal fault when it is not there.
pub(super) fn required(node: Node<'_, '_>, name: &'static str, log: &mut FaultLog) -> Option<String> {
    let text = xml::cap_text(node, name).map(Cow::into_owned);
    if text.is_none() {
        let parent = node.name();
        xml::fatal(log, node, name, format!("the required element `{name}` of `{parent}` is missing or empty"));
    }
    text
}

/// A date; one that cannot be read or lacks its offset is told.
pub(super) fn date(node: Node<'_, '_>, name: &'static str, log: &mut FaultLog) -> Option<Timestamp> {
    let child = xml::cap_children(node, name).next()?;
    let text = xml::text_of(child)?;
    let when = dates::rfc_3339(&text);
    match when {
        Some(dates::When::At(_)) => {}
        Some(dates::When::WithoutOffset(_)) => {
            xml::minor(log, child, name, format!("`{text}` has no offset from UTC; it is taken as UTC"));
        }
        None => {
            let shown: String = text.chars().take(40).collect();
            xml::minor(log, child, name, format!("`{shown}` is no date such as 2004-08-11T14:00:00+08:00"));
        }
    }
    when.map(dates::When::instant)
}

/// One of CAP's words; whatever else stands there is told. Missing is fatal, unknown is not.
pub(super) fn word<T: Copy>(
    node: Node<'_, '_>,
    name: &'static str,
    words: &[(&str, T)],
    log: &mut FaultLog,
) -> Option<T> {
    let text = required(node, name, log)?;
    let found = words.iter().find(|(known, _)| text.eq_ignore_ascii_case(known)).map(|(_, value)| *value);
    if found.is_none() {
        let shown: String = text.chars().take(40).collect();
        let known: Vec<&str> = words.iter().map(|(known, _)| *known).collect();
        xml::minor(log, node, name, format!("`{shown}` is none of {}", known.join(", ")));
    }
    found
}

const SEVERITIES: &[(&str, Severity)] = &[
    ("Extreme", Severity::Extreme),
    ("Severe", Severity::Severe),
    ("Moderate", Severity::Moderate),
    ("Minor", Severity::Minor),
    ("Unknown", Severity::Unknown),
];

const URGENCIES: &[(&str, Urgency)] = &[
    ("Immediate", Urgency::Immediate),
    ("Expected", Urgency::Expected),
    ("Future", Urgency::Future),
    ("Past", Urgency::Past),
    ("Unknown", Urgency::Unknown),
];

/// `Very Likely` is CAP 1.0's word; CAP 1.2 section 3.2.2 says to read it as `Likely`.
const CERTAINTIES: &[(&str, Certainty)] = &[
    ("Observed", Certainty::Observed),
    ("Likely", Certainty::Likely),
    ("Very Likely", Certainty::Likely),
    ("Possible", Certainty::Possible),
    ("Unlikely", Certainty::Unlikely),
    ("Unknown", Certainty::Unknown),
];

/// The kind by the most telling words: the event, its codes, the headline, and last the category.
fn kind_of_info(node: Node<'_, '_>, text: &HazardText) -> HazardKind {
    let coded = xml::cap_children(node, "eventCode").filter_map(|code| xml::cap_text(code, "value"));
    let awareness = xml::cap_children(node, "parameter")
        .filter(|parameter| xml::cap_text(*parameter, "valueName").is_some_and(|name| name == "awareness_type"))
        .filter_map(|parameter| xml::cap_text(parameter, "value"));
    let words = std::iter::once(Cow::Borrowed(text.event.as_str()))
        .chain(awareness)
        .chain(coded)
        .chain(text.headline.as_deref().map(Cow::Borrowed))
        .chain(xml::cap_children(node, "category").filter_map(xml::text_of));
    words.map(|words| kind_of(&words)).find(|kind| *kind != HazardKind::Other).unwrap_or(HazardKind::Other)
}

fn earliest(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    a.into_iter().chain(b).min()
}
