//! Which event a hazard belongs to, and how an event goes on.

use super::*;
use crate::domain::{CapFacts, Certainty, HazardText, Severity, Urgency};

fn at(hour: i64) -> Timestamp {
    Timestamp::from_second(1_092_000_000 + hour * 3600).expect("a time")
}

fn hazard(event: &str, cap: Option<CapFacts>) -> Hazard {
    let kind = if cap.is_some() { HazardKind::Flood } else { HazardKind::TropicalCyclone };
    Hazard {
        issued: Some(at(0)),
        severity: Severity::Severe,
        urgency: Urgency::Expected,
        certainty: Certainty::Likely,
        cap,
        ..Hazard::new(HazardId::new(format!("id of {event}")), "test", "test", &DocumentHash::of(b"x"), event, kind)
    }
}

fn message(identifier: &str, references: &[&str]) -> Hazard {
    let references: Vec<String> = references.iter().map(|named| format!("s,{named},2004-08-08T00:00:00Z")).collect();
    let cap = CapFacts { identifier: identifier.to_owned(), sender: "s".to_owned(), references, ..CapFacts::default() };
    hazard(identifier, Some(cap))
}

fn heard(hazards: &[Hazard]) -> BTreeMap<EventId, Event> {
    let mut events = BTreeMap::new();
    for (hour, hazard) in (0..).zip(hazards) {
        let id = identify(hazard, &events);
        let event = hear(hazard, id.clone(), events.get(&id), at(hour));
        events.insert(id, event);
    }
    events
}

fn check(hazards: &[Hazard], events: usize) {
    assert_eq!(heard(hazards).len(), events);
}

#[test]
fn a_chain_of_references_is_one_event() {
    check(&[message("A1", &[]), message("A2", &["A1"]), message("A3", &["A2"]), message("A4", &["A3"])], 1);
    check(&[message("A1", &[]), message("A2", &["A1"]), message("A3", &["A1"])], 1);
    check(&[message("A2", &["A1"]), message("A1", &[])], 1);
    check(&[message("A1", &[]), message("B1", &[])], 2);
    check(&[message("A1", &[]), message("A2", &["", "nonsense"])], 2);
}

#[test]
fn a_storm_is_its_number() {
    check(&[hazard("wp162004", None), hazard("wp162004", None), hazard("wp172004", None)], 2);
    assert_eq!(heard(&[hazard("wp162004", None)]).keys().next().map(EventId::as_str), Some("wp162004"));
}

#[test]
fn an_event_that_is_over_is_continued_by_nobody_but_a_withdrawal() {
    let first = message("A1", &[]);
    let mut events = heard(std::slice::from_ref(&first));
    let (id, event) = events.pop_first().expect("an event");
    let over = forget(&event, &first.id, at(9));
    assert_eq!((over.over, over.hazards.len()), (Some(at(9)), 0));
    assert_eq!(forget(&over, &first.id, at(10)).over, Some(at(9)), "it ends once");
    events.insert(id.clone(), over);
    let next = message("A2", &["A1"]);
    assert_ne!(identify(&next, &events), id);
    assert_eq!(identify(&Hazard { msg: MsgType::Cancel, ..next }, &events), id);
    let again = hear(&first, id.clone(), events.get(&id), at(11));
    assert_eq!((again.over, again.hazards.len()), (None, 1));
}

#[test]
fn hearing_keeps_the_newest_time_and_every_name() {
    let late = Hazard { issued: Some(at(-5)), ..message("A2", &["A1"]) };
    let events = heard(&[message("A1", &[]), late]);
    let event = events.values().next().expect("an event");
    assert_eq!((event.issued, event.first_heard, event.last_heard), (Some(at(0)), at(0), at(1)));
    for key in ["A1", "A2", &full_name("s", "A1"), &full_name("s", "A2")] {
        assert!(event.keys.contains(key), "{key}: {:?}", event.keys);
    }
}

#[test]
fn a_name_is_the_storms_or_the_warnings_in_english_if_there_is_one() {
    let text = |lang: &str, event: &str| HazardText {
        lang: lang.to_owned(),
        event: event.to_owned(),
        ..HazardText::default()
    };
    for (kind, named, texts, want) in [
        (HazardKind::TropicalCyclone, Some("RANANIM"), vec![text("en", "Typhoon Warning")], Some("RANANIM")),
        (HazardKind::Flood, Some("RANANIM"), vec![text("zh", "洪水"), text("EN-us", "Flood")], Some("Flood")),
        (HazardKind::Flood, None, vec![text("zh", "洪水")], Some("洪水")),
        (HazardKind::Flood, None, vec![text("en", "")], None),
        (HazardKind::Flood, None, vec![], None),
    ] {
        let hazard = Hazard { kind, name: named.map(str::to_owned), texts, ..message("A1", &[]) };
        let events = heard(&[hazard]);
        assert_eq!(events.values().next().and_then(|event| event.name.as_deref()), want);
    }
}
