//! Hazards times portfolio.
//!
//! In: the hazards of one event, a portfolio, an instant. Out: exposures, in order of subject.
//! Never: knows a level or a person.
//!
//! Every pair is looked at, pruned by distance; the index for a million sites takes its place here.

mod region;
mod storms;
mod warnings;

use std::cmp::Reverse;

use crate::domain::{DamageParams, EventId, Exposure, Hazard, Portfolio, Span, Status, Timestamp, TrackErrors};

/// The published statistics that the storm maths stand on.
#[derive(Debug, Clone, Copy)]
pub struct Models<'a> {
    /// How far track forecasts have missed.
    pub errors: &'a TrackErrors,
    /// What wind and sea do to goods.
    pub damage: &'a DamageParams,
}

/// What is the same for every subject of one assessment.
struct Scene<'a> {
    event: &'a EventId,
    models: &'a Models<'a>,
    now: Timestamp,
}

/// What the hazards of one event mean for the portfolio at `now`. Only `actual` hazards in force count.
pub fn assess(
    event: &EventId,
    hazards: &[&Hazard],
    portfolio: &Portfolio,
    models: &Models<'_>,
    now: Timestamp,
) -> Vec<Exposure> {
    let scene = Scene { event, models, now };
    let in_force: Vec<&Hazard> =
        hazards.iter().copied().filter(|hazard| hazard.status == Status::Actual && !is_expired(hazard, now)).collect();
    let mut exposures = Vec::new();
    if let Some(storm) = leading(&in_force).and_then(|hazard| storms::Storm::new(hazard, models, now)) {
        exposures.extend(portfolio.sites.values().filter_map(|site| storm.on_site(site, &scene)));
        exposures.extend(portfolio.lanes.values().filter_map(|lane| storm.on_lane(lane, &scene)));
    }
    for hazard in in_force.iter().filter(|hazard| hazard.track.is_none()) {
        exposures.extend(portfolio.sites.values().filter_map(|site| warnings::on_site(hazard, site, &scene)));
        exposures.extend(portfolio.lanes.values().filter_map(|lane| warnings::on_lane(hazard, lane, &scene)));
    }
    exposures
}

/// The track that counts: an official forecast before an analysis before guidance, then the newest.
///
/// Agencies side by side, with their spread, take this function's place.
pub fn leading<'a>(hazards: &[&'a Hazard]) -> Option<&'a Hazard> {
    let tracks = hazards.iter().filter_map(|hazard| Some((hazard.track.as_ref()?, *hazard)));
    tracks.max_by_key(|(track, hazard)| (Reverse(track.standing), hazard.issued, hazard.id.clone())).map(|(_, h)| h)
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
