//! Hazards times portfolio.
//!
//! In: the hazards of one event, a portfolio, an instant. Out: exposures, in order of subject.
//! Never: knows a level or a person.
//!
//! Only pairs that can meet are looked at: [`Places`] finds them.

mod places;
mod region;
mod slots;
mod spread;
mod storms;
mod surge;
mod warnings;

use std::cmp::Reverse;

pub use places::{Places, RestingPlaces};
pub use warnings::unplaced;

use crate::domain::{DamageParams, EventId, Exposure, Hazard, Km, Span, Status, Technique, Timestamp, TrackErrors};
use crate::storm::Path;
use crate::storm::ensemble::{Ensemble, Physics};

/// The published statistics that the storm maths stand on.
#[derive(Debug, Clone, Copy)]
pub struct Models<'a> {
    /// How far track forecasts have missed.
    pub errors: &'a TrackErrors,
    /// What wind and sea do to goods.
    pub damage: &'a DamageParams,
    /// The numbers of the ensemble that are no agency's.
    pub physics: &'a Physics,
}

/// What is the same for every subject of one assessment.
struct Scene<'a> {
    event: &'a EventId,
    models: &'a Models<'a>,
    now: Timestamp,
}

/// The storm of an event, for those who ask about what moves.
#[derive(Debug)]
pub struct StormAhead {
    /// The leading agency's track.
    pub path: Path,
    /// The possible storms from the instant of the judgement on.
    pub possible: Ensemble,
}

/// The storm of one event's hazards at `now`; `None` when no track has anything ahead.
pub fn storm_ahead(hazards: &[&Hazard], models: &Models<'_>, now: Timestamp) -> Option<StormAhead> {
    storms::Storm::new(&in_force(hazards, now), models, now, 0)?.into_ahead()
}

fn in_force<'a>(hazards: &[&'a Hazard], now: Timestamp) -> Vec<&'a Hazard> {
    hazards.iter().copied().filter(|hazard| hazard.status == Status::Actual && !is_expired(hazard, now)).collect()
}

/// What an event means.
#[derive(Debug, Default)]
pub struct Assessed {
    /// For each subject that it reaches, in order of subject.
    pub exposures: Vec<Exposure>,
    /// The storm that was made ready for it, when a subject was near enough to ask: the same as of [`storm_ahead`].
    pub storm: Option<StormAhead>,
}

/// What the hazards of one event mean for the portfolio at `now`. Only `actual` hazards in force count.
pub fn assess(
    event: &EventId,
    hazards: &[&Hazard],
    places: &Places<'_>,
    models: &Models<'_>,
    now: Timestamp,
) -> Assessed {
    let scene = Scene { event, models, now };
    let in_force = in_force(hazards, now);
    let (mut exposures, mut ahead) = (Vec::new(), None);
    if let Some(storm) = storms::Storm::new(&in_force, models, now, places.portfolio.sites.len()) {
        let (way, reach) = (storm.way(), Km(storms::FAR_KM));
        exposures.extend(places.sites_near(&way, reach).into_iter().filter_map(|site| storm.on_site(site, &scene)));
        exposures.extend(places.lanes_near(&way, reach).into_iter().filter_map(|lane| storm.on_lane(lane, &scene)));
        ahead = storm.into_made();
    }
    // A model's forecast of a point is no warning.
    for hazard in in_force.iter().filter(|hazard| hazard.track.is_none() && hazard.forecast.is_none()) {
        exposures.extend(places.sites_in(hazard).into_iter().map(|site| warnings::on_site(hazard, site, &scene)));
        exposures.extend(places.lanes_in(hazard).into_iter().map(|lane| warnings::on_lane(hazard, lane, &scene)));
    }
    Assessed { exposures, storm: ahead }
}

/// Agencies in the order in which one leads: the one whose words the deadlines are reckoned by. JTWC and NHC give winds of
/// 34, 50 and 64 kt by quadrant for five days; then those on whose coast the storm is. A fixed order keeps an alert from
/// moving to and fro with each agency's bulletin. The order is our choice.
const LEADS: [&str; 6] = ["jtwc", "nhc", "cma", "jma", "hko", "cwa"];
/// A track this much older than the newest is not of the same day any more. Agencies issue every 3 to 12 h (JTWC's
/// warnings of the Indian Ocean), and some bear the time of their analysis, which is up to 3 h before they come.
const SIDE_BY_SIDE: Span = Span::from_hours(18);

/// The tracks that count, the leading one first: official forecasts before analyses before guidance, one an agency, none
/// much older than the newest. A member of an ensemble never counts alone.
pub fn tracks<'a>(hazards: &[&'a Hazard]) -> Vec<&'a Hazard> {
    let standing = |hazard: &Hazard| hazard.track.as_ref().map(|track| track.standing);
    let told = || hazards.iter().copied().filter(|hazard| standing(hazard).is_some_and(|s| s != Technique::Member));
    let Some(best) = told().filter_map(standing).min() else { return Vec::new() };
    let newest = told().filter(|hazard| standing(hazard) == Some(best)).filter_map(|hazard| hazard.issued).max();
    let is_fresh = |hazard: &&Hazard| match (newest, hazard.issued) {
        (Some(newest), Some(issued)) => newest.duration_since(issued) <= SIDE_BY_SIDE,
        (newest, _) => newest.is_none(),
    };
    let mut tracks: Vec<&Hazard> = told().filter(|hazard| standing(hazard) == Some(best)).filter(is_fresh).collect();
    // Of one agency the newest counts, and its own document before one that passes it on.
    tracks.sort_by_key(|hazard| (rank(hazard), agency(hazard), Reverse(hazard.issued), is_relay(hazard), &hazard.id));
    tracks.dedup_by_key(|hazard| agency(hazard));
    // Guidance is many models' and no agency's word: the newest speaks alone.
    if best == Technique::Guidance {
        tracks.sort_by_key(|hazard| (Reverse(hazard.issued), Reverse(&hazard.id)));
        tracks.truncate(1);
    }
    tracks
}

/// The track that leads.
pub fn leading<'a>(hazards: &[&'a Hazard]) -> Option<&'a Hazard> {
    tracks(hazards).first().copied()
}

fn agency(hazard: &Hazard) -> &str {
    hazard.track.as_ref().map_or("", |track| &track.agency)
}

fn rank(hazard: &Hazard) -> usize {
    LEADS.iter().position(|known| *known == agency(hazard)).unwrap_or(LEADS.len())
}

/// True when the storm's key is another's: `zjwater:…` for what JMA says.
fn is_relay(hazard: &Hazard) -> bool {
    hazard.event.split_once(':').is_some_and(|(numbering, _)| numbering != agency(hazard))
}

/// A warning that names no end lasts this long from its onset or issue. CAP leaves the end open then; two days is a
/// guess, longer than agencies leave a warning without an update.
const OPEN_END: Span = Span::from_hours(48);

/// True when a warning has run out. A track is in force until its last fix is a day old.
pub fn is_expired(hazard: &Hazard, now: Timestamp) -> bool {
    let (end, grace) = match hazard.expires {
        Some(expires) if hazard.track.is_some() => (Some(expires), Span::from_hours(24)),
        Some(expires) => (Some(expires), Span::ZERO),
        None => (hazard.onset.max(hazard.issued), OPEN_END),
    };
    end.and_then(|end| end.checked_add(grace).ok()).is_some_and(|end| now > end)
}

/// An exposure with no newer bulletin, as it stands at `now`.
pub fn aged(exposure: &Exposure, now: Timestamp) -> Exposure {
    let mut aged = exposure.clone();
    aged.at = now;
    if let Some(gale) = exposure.gale() {
        aged.inside = gale.first.is_some_and(|first| first <= now) && gale.last.is_some_and(|last| now <= last);
    }
    aged
}

#[cfg(test)]
mod tests;
