//! Which event a hazard belongs to, and how an event goes on.

use super::*;
use crate::domain::{Averaging, CapFacts, Certainty, Fix, HazardText, Position, Severity, Technique, Track, Urgency};

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
        let id = identify(hazard, &events, &InForce::new());
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
    assert_ne!(identify(&next, &events, &InForce::new()), id);
    assert_eq!(identify(&Hazard { msg: MsgType::Cancel, ..next }, &events, &InForce::new()), id);
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

/// A storm as one agency tells it: its key, name, other keys, agency, and where it is at hour 0 and a day later.
#[derive(Clone, Copy)]
struct Telling<'a> {
    key: &'a str,
    name: &'a str,
    aliases: &'a [&'a str],
    agency: &'a str,
    at: (f64, f64),
    hour: i64,
}

const JTWC: Telling<'static> =
    Telling { key: "wp172026", name: "SAUDEL", aliases: &[], agency: "jtwc", at: (20.0, 130.0), hour: 0 };

fn told(telling: Telling<'_>) -> Hazard {
    let (lat, lon) = telling.at;
    let fix = |tau_h: i32, lat, lon| Fix {
        vmax_kt: Some(65.0),
        ..Fix::at(at(telling.hour + i64::from(tau_h)), tau_h, Position::lat_lon(lat, lon).expect("a place"))
    };
    let track = Track {
        agency: telling.agency.to_owned(),
        technique: telling.agency.to_uppercase(),
        standing: Technique::Official,
        averaging: Averaging::OneMinute,
        fixes: vec![fix(0, lat, lon), fix(24, lat + 2.0, lon - 3.0)],
    };
    Hazard {
        id: HazardId::new(format!("{}:{}", telling.key, telling.agency)),
        name: Some(telling.name.to_owned()).filter(|name| !name.is_empty()),
        aliases: telling.aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        issued: Some(at(telling.hour)),
        track: Some(track),
        ..hazard(telling.key, None)
    }
}

/// The events after hearing each in order, with their hazards' keys; what is one is merged, what strays leaves.
fn fused(tellings: &[Telling<'_>]) -> Vec<Vec<String>> {
    let (mut events, mut in_force) = (BTreeMap::new(), InForce::new());
    for hazard in tellings.iter().map(|telling| told(*telling)) {
        let id = identify(&hazard, &events, &in_force);
        let event = hear(&hazard, id.clone(), events.get(&id), at(0));
        events.insert(id.clone(), event);
        in_force.insert(hazard.id.clone(), hazard.clone());
        for stray in strays(&hazard, &events[&id], &in_force) {
            let stray = in_force[&stray].clone();
            let left = without(&events[&id], &stray, &in_force);
            events.insert(id.clone(), left);
            let own = identify(&stray, &events, &in_force);
            let begun = hear(&stray, own.clone(), events.get(&own), at(0));
            events.insert(own, begun);
        }
        let id = events.values().find(|event| event.hazards.contains(&hazard.id)).expect("its event").id.clone();
        for other in one_with(&hazard, &id, &events, &in_force) {
            let (into, gone) = merge(&events[&id], &events[&other], at(0));
            events.insert(into.id.clone(), into);
            events.insert(gone.id.clone(), gone);
        }
    }
    let live = events.values().filter(|event| event.over.is_none());
    let keys = |event: &Event| event.hazards.iter().map(|id| in_force[id].event.clone()).collect();
    live.map(keys).collect()
}

#[track_caller]
fn check_fused(tellings: &[Telling<'_>], storms: usize) {
    let fused = fused(tellings);
    assert_eq!(fused.len(), storms, "{fused:?}");
    let mut backwards = tellings.to_vec();
    backwards.reverse();
    let fused = self::fused(&backwards);
    assert_eq!(fused.len(), storms, "backwards: {fused:?}");
}

#[test]
fn four_agencies_tell_of_one_storm() {
    let jma = Telling { key: "jma:TC2624", aliases: &["number:202617"], agency: "jma", at: (20.3, 130.2), ..JTWC };
    let cma = Telling { key: "nmc:3304099", aliases: &["number:202617"], agency: "cma", at: (19.8, 129.9), ..JTWC };
    let hko = Telling { key: "hko:2617", name: "Saudel", agency: "hko", at: (20.1, 129.6), ..JTWC };
    check_fused(&[JTWC, jma, cma, hko], 1);
}

#[test]
fn a_number_or_name_does_not_join_what_lies_on_another_sea() {
    let far = Telling { key: "jma:TC2611", aliases: &["wp172026"], name: "", agency: "jma", at: (20.0, 170.0), ..JTWC };
    check_fused(&[JTWC, far], 2);
    let namesake = Telling { key: "hko:2617", agency: "hko", at: (30.0, 145.0), ..JTWC };
    check_fused(&[JTWC, namesake], 2);
    let years_later = Telling { key: "wp092032", hour: 24 * 365 * 6, ..JTWC };
    check_fused(&[JTWC, years_later], 2);
}

#[test]
fn without_name_and_number_the_place_decides() {
    let near = Telling { key: "gdacs:TC1001", name: "", agency: "gdacs", at: (20.8, 130.8), ..JTWC };
    check_fused(&[JTWC, near], 1);
    check_fused(&[JTWC, Telling { at: (23.0, 133.0), ..near }], 2);
    // Another name at 130 km is another storm; at 30 km it is a name that one agency gives by itself.
    let named = Telling { key: "pagasa:PAENG", name: "PAENG", ..near };
    check_fused(&[JTWC, named], 2);
    check_fused(&[JTWC, Telling { at: (20.2, 130.2), ..named }], 1);
}

#[test]
fn an_agency_s_two_numbers_are_two_storms_however_near() {
    let twin = Telling { key: "wp182026", name: "", at: (20.5, 130.9), ..JTWC };
    check_fused(&[JTWC, twin], 2);
    // A disturbance gives its number up for the storm's.
    check_fused(&[Telling { key: "wp942026", name: "", ..JTWC }, JTWC], 1);
}

#[test]
fn two_that_turn_out_to_be_one_are_merged() {
    let early = Telling { key: "jma:TC2624", name: "", agency: "jma", at: (24.0, 134.0), ..JTWC };
    let later = Telling { at: (20.4, 130.4), aliases: &["number:202617"], name: "SAUDEL", ..early };
    assert_eq!(fused(&[JTWC, early]).len(), 2);
    let fused = fused(&[JTWC, early, later]);
    assert_eq!(fused, [["jma:TC2624", "wp172026"]], "{fused:?}");
}

#[test]
fn one_that_turns_out_to_be_two_goes_apart() {
    let near = Telling { key: "gdacs:TC1001", name: "", agency: "gdacs", at: (20.8, 130.8), ..JTWC };
    let away = Telling { at: (27.0, 137.0), hour: 6, ..near };
    let mut fused = fused(&[JTWC, near, away]);
    fused.sort();
    assert_eq!(fused, [["gdacs:TC1001"], ["wp172026"]]);
}

#[test]
fn a_warning_in_words_belongs_to_the_storm_that_it_names() {
    let storm = told(JTWC);
    let events = heard(std::slice::from_ref(&storm));
    let warning = |words: &str| Hazard {
        kind: HazardKind::TropicalCyclone,
        texts: vec![HazardText { lang: "en".to_owned(), event: words.to_owned(), ..HazardText::default() }],
        ..message("A1", &[])
    };
    let id = |words: &str| identify(&warning(words), &events, &InForce::new());
    assert_eq!(id("Typhoon Saudel: signal no. 8").as_str(), "wp172026");
    assert_ne!(id("Typhoon warning").as_str(), "wp172026");
    let joined = hear(&warning("Typhoon Saudel"), EventId::new("wp172026"), events.values().next(), at(1));
    assert_eq!(joined.name.as_deref(), Some("SAUDEL"), "a warning's words are no storm's name");
}
