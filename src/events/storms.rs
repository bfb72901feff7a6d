//! When two agencies speak of one storm: by number, then by name, then by place and time.
//!
//! Never two alerts for one storm, never one alert for two. So a number or name that agencies share counts only while
//! the places do not contradict it, a place alone only when nothing else does, and what turns out to be one storm told
//! as two, or two told as one, is put right with the next bulletin.

use std::collections::{BTreeMap, BTreeSet};

use super::whereabouts::apart_km;
use super::{keys, names};
use crate::domain::{Event, EventId, Hazard, HazardId, HazardKind, HazardText, Span, Technique, Timestamp};

/// A shared number is a slip when the centres are further apart than this: no analysis errs so far.
const NUMBER_KM: f64 = 1_500.0;
/// A shared name means the same storm up to this distance: forecasts of several days may lie so far apart.
const NAME_KM: f64 = 800.0;
/// Centres of one storm lie this near in different agencies' analyses. Weak systems' are up to 200 km apart (a guess
/// from agencies' first bulletins); two storms so near would be one within a day.
const PLACE_KM: f64 = 200.0;
/// Nearer than this even storms of two different names are one: an agency names storms by itself (PAGASA does).
const EYE_KM: f64 = 75.0;
/// Storms told as one by their place alone are two when their centres are further apart than this.
const APART_KM: f64 = 600.0;
/// Names come again after years, numbers of disturbances after weeks.
const NAME_SPAN: Span = Span::from_hours(24 * 5);
/// A storm that seemed to be over is the same one when it comes back within this time.
const REVIVAL: Span = Span::from_hours(24 * 10);
/// Two bulletins of this age difference or less are compared in place.
const SAME_DAY: Span = Span::from_hours(24);

/// Hazards in force, by id.
pub type InForce = BTreeMap<HazardId, Hazard>;

/// Why a hazard is held to speak of an event's storm, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Bond {
    /// Its centre lies there, and nothing speaks against it.
    Place,
    /// It bears its name.
    Name,
    /// It bears one of its numbers.
    Number,
    /// The agency has told of this event under this very number.
    Own,
}

/// True for a storm, with a track or without.
pub(super) fn is_storm(hazard: &Hazard) -> bool {
    hazard.kind == HazardKind::TropicalCyclone && hazard.cap.is_none()
}

/// The known storm that a hazard speaks of: by the strongest bond, then the nearest centre.
pub(super) fn find(hazard: &Hazard, events: &BTreeMap<EventId, Event>, in_force: &InForce) -> Option<EventId> {
    let bonds = candidates(hazard, events).filter_map(|event| {
        let (bond, km) = bond(hazard, event, in_force)?;
        Some((event, bond, km.unwrap_or(f64::INFINITY)))
    });
    let best = bonds.max_by(|a, b| (a.1.cmp(&b.1)).then(b.2.total_cmp(&a.2)).then(b.0.id.cmp(&a.0.id)));
    best.map(|(event, ..)| event.id.clone())
}

/// The storm that a warning without a track names in its words, when it is one alone: a CAP typhoon warning.
pub(super) fn named_in(hazard: &Hazard, events: &BTreeMap<EventId, Event>) -> Option<EventId> {
    if hazard.kind != HazardKind::TropicalCyclone {
        return None;
    }
    let texts = || hazard.texts.iter().flat_map(words);
    let speaks_of = |event: &&Event| {
        let is_near = gap(hazard.issued, event.issued).is_none_or(|gap| gap <= NAME_SPAN);
        let named = event.names.iter().any(|name| texts().any(|text| names::is_named_in(name, text)));
        event.over.is_none() && is_near && named
    };
    let mut found = events.values().filter(speaks_of);
    let first = found.next()?;
    found.next().is_none().then(|| first.id.clone())
}

fn words(text: &HazardText) -> impl Iterator<Item = &str> {
    [Some(text.event.as_str()), text.headline.as_deref(), text.description.as_deref()].into_iter().flatten()
}

/// Other live events that turn out to be the storm that `hazard`, heard as `id`, speaks of.
pub(super) fn one_with(
    hazard: &Hazard,
    id: &EventId,
    events: &BTreeMap<EventId, Event>,
    in_force: &InForce,
) -> Vec<EventId> {
    let own = events.get(id).map(|event| told(event, in_force)).unwrap_or_default();
    let is_one = |event: &&Event| {
        let others = told(event, in_force);
        let is_rival = own.iter().any(|ours| others.iter().any(|theirs| are_rivals(ours, theirs)));
        let bond = bond(hazard, event, in_force);
        let is_bound = match bond {
            Some((Bond::Place, km)) => km.is_some_and(|km| km <= EYE_KM),
            Some(_) => true,
            None => false,
        };
        event.id != *id && event.over.is_none() && !is_rival && is_bound
    };
    candidates(hazard, events).filter(is_one).map(|event| event.id.clone()).collect()
}

/// The hazards of an event that speak of another storm than `hazard` does: told as one by their place alone, they have
/// gone apart. Those stay that bear the event's own key.
pub(super) fn strays(hazard: &Hazard, event: &Event, in_force: &InForce) -> BTreeSet<HazardId> {
    let hazards = told(event, in_force);
    let apart = hazards.iter().filter(|other| have_gone_apart(hazard, other));
    let mut strays: BTreeSet<HazardId> = apart.map(|other| other.id.clone()).collect();
    if strays.is_empty() {
        return strays;
    }
    let is_founder = |known: &&&Hazard| keys(known).contains(event.id.as_str());
    if hazards.iter().filter(|known| strays.contains(&known.id)).any(|known| is_founder(&known)) {
        let of_it = hazards.iter().filter(|known| known.event == hazard.event || known.id == hazard.id);
        strays = of_it.filter(|known| !is_founder(known)).map(|known| known.id.clone()).collect();
    }
    strays
}

fn have_gone_apart(a: &Hazard, b: &Hazard) -> bool {
    let is_fresh = gap(a.issued, b.issued).is_some_and(|gap| gap <= SAME_DAY);
    let is_bound = a.event == b.event || !keys(a).is_disjoint(&keys(b)) || share_name(a, b);
    is_fresh && !is_bound && apart_km(a, b).is_some_and(|km| km > APART_KM)
}

/// Every plain name that a hazard bears.
pub(super) fn names_of(hazard: &Hazard) -> BTreeSet<String> {
    hazard.name.iter().chain(&hazard.names).filter_map(|name| names::plain(name)).collect()
}

fn share_name(a: &Hazard, b: &Hazard) -> bool {
    let (of_a, of_b) = (names_of(a), names_of(b));
    of_a.iter().any(|a| of_b.iter().any(|b| names::is_same(a, b)))
}

/// Storms that could be meant, by their age.
fn candidates<'a>(hazard: &'a Hazard, events: &'a BTreeMap<EventId, Event>) -> impl Iterator<Item = &'a Event> {
    events.values().filter(move |event| {
        let is_recent = gap(hazard.issued, event.issued).is_none_or(|gap| gap <= REVIVAL);
        let is_alive = event.over.is_none() || is_recent;
        event.kind == HazardKind::TropicalCyclone && event.merged_into.is_none() && is_alive
    })
}

/// What ties a hazard to an event, and how far apart the centres are when that is known.
fn bond(hazard: &Hazard, event: &Event, in_force: &InForce) -> Option<(Bond, Option<f64>)> {
    let told = told(event, in_force);
    let is_told = told.iter().any(|known| known.event == hazard.event);
    if is_told || (told.is_empty() && event.keys.contains(&hazard.event)) {
        return Some((Bond::Own, None));
    }
    if told.iter().any(|known| are_rivals(hazard, known)) {
        return None;
    }
    let km = told.iter().filter_map(|known| apart_km(hazard, known)).min_by(f64::total_cmp);
    let within = |most: f64| km.is_none_or(|km| km <= most);
    let own = keys(hazard);
    if !own.is_disjoint(&event.keys) && within(NUMBER_KM) {
        return Some((Bond::Number, km));
    }
    let names = names_of(hazard);
    let is_named = names.iter().any(|name| event.names.iter().any(|known| names::is_same(name, known)));
    let is_of_now = gap(hazard.issued, event.issued).is_none_or(|gap| gap <= NAME_SPAN);
    if is_named && is_of_now && within(NAME_KM) {
        return Some((Bond::Name, km));
    }
    let have_two_names = !names.is_empty() && !event.names.is_empty() && !is_named;
    let near = if have_two_names { EYE_KM } else { PLACE_KM };
    let is_there = km.is_some_and(|km| km <= near) && event.over.is_none();
    is_there.then_some((Bond::Place, km))
}

/// The hazards in force that speak of an event.
fn told<'a>(event: &Event, in_force: &'a InForce) -> Vec<&'a Hazard> {
    event.hazards.iter().filter_map(|id| in_force.get(id)).collect()
}

/// True when one numbering holds the two for two storms at one time. Numbers of disturbances (90 to 99, or with a
/// letter) are given up for a storm's own, so that those are no rivals.
fn are_rivals(a: &Hazard, b: &Hazard) -> bool {
    let is_word = |hazard: &Hazard| hazard.track.as_ref().is_some_and(|track| track.standing <= Technique::Analysis);
    let is_fresh = gap(a.issued, b.issued).is_some_and(|gap| gap <= SAME_DAY);
    let is_one_numbering = numbering(&a.event) == numbering(&b.event);
    a.event != b.event
        && is_one_numbering
        && is_fresh
        && is_word(a)
        && is_word(b)
        && !is_disturbance(&a.event)
        && !is_disturbance(&b.event)
}

/// Who gave a key: `jma` of `jma:TC2624`; ATCF's keys have no prefix.
fn numbering(key: &str) -> &str {
    key.split_once(':').map_or("atcf", |(numbering, _)| numbering)
}

/// True for ATCF's `wp942026` and `epc12021`.
fn is_disturbance(key: &str) -> bool {
    let is_letter_or_nine = |c: char| c == '9' || c.is_ascii_alphabetic();
    numbering(key) == "atcf" && key.chars().nth(2).is_some_and(is_letter_or_nine)
}

fn gap(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Span> {
    Some(a?.duration_since(b?).abs())
}
