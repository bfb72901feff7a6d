//! One forecast beside the best track, at each place.

use super::baselines::Baselines;
use super::lead::Sighting;
use super::pairs::{Pair, cycle};
use super::places::Places;
use super::tally::Tally;
use crate::domain::{ByThreshold, Fix, Position, Span, Timestamp, Track, TrackErrorRow, TrackErrors};
use crate::geo;
use crate::storm::ensemble::{Ensemble, Field, Forecast, Physics};
use crate::storm::{PASSAGE_STEP, Passage, Path, Snapshot, passage};

/// No forecast is scored beyond this lead.
const LEAD_MAX: Span = Span::from_hours(120);
/// Less than this of a forecast that can be scored is too little.
const WINDOW_MIN: Span = Span::from_hours(6);
/// Winds of this and more are not over yet, when a best track ends with them (kt).
const ALIVE_KT: f64 = 34.0;

/// What one forecast scores.
pub(super) struct Cycle {
    pub(super) event: String,
    pub(super) agency: String,
    pub(super) technique: String,
    pub(super) analysed: Timestamp,
    pub(super) hours: f64,
    pub(super) places: usize,
    pub(super) errors: (String, String, i16, i16),
    /// Best-track fixes of gale force and more within the time, and how many of them have radii.
    pub(super) fixes: (usize, usize),
    pub(super) tallies: ByThreshold<Tally>,
    pub(super) sightings: Vec<Sighting>,
}

/// One place and wind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case {
    pub(super) p: f64,
    pub(super) forecast: Option<Timestamp>,
    pub(super) observed: Option<Timestamp>,
    pub(super) rule_123: Option<bool>,
    pub(super) circle: bool,
}

/// `None` when the two tracks have too little time in common, or one of them tells no wind.
pub(super) fn score(pair: &Pair<'_>, places: Places<'_>, errors: &TrackErrors) -> Option<Cycle> {
    let (track, best) = (pair.forecast.track.as_ref()?, pair.best.track.as_ref()?);
    let (path, observed) = (Path::new(track)?, Path::new(best)?);
    let cycle = cycle(pair.forecast)?;
    let (from, until) = window(cycle, &path, best, &observed)?;
    let errors = row(pair, &path, errors)?;
    let ours = Told { path: &path, samples: samples(&path, from, until) };
    let theirs = Told { path: &observed, samples: samples(&observed, from, until) };
    let near = places.near(&[&hourly(&ours.samples), &hourly(&theirs.samples)]);
    let forecast = Forecast { track, path: &path, errors: &errors };
    let chances =
        Chances::new(Ensemble::new(&[forecast], &[], from, &Physics::default())?.field(1), from, until, &path);
    let baselines = Baselines::new(&path, &errors, (from, until));
    let mut scored = Cycle {
        event: pair.best.event.clone(),
        agency: track.agency.clone(),
        technique: track.technique.clone(),
        analysed: cycle,
        hours: until.duration_since(from).as_secs_f64() / 3600.0,
        places: near.len(),
        errors: (errors.agency.clone(), errors.basin.clone(), errors.from_year, errors.to_year),
        fixes: fixes(best, from, until),
        tallies: ByThreshold::default(),
        sightings: Vec::new(),
    };
    for place in near {
        let cases = cases(place, &ours, &theirs, &chances, &baselines);
        scored.add(place, from, &cases);
    }
    Some(scored)
}

impl Cycle {
    fn add(&mut self, place: Position, from: Timestamp, cases: &ByThreshold<Case>) {
        let ByThreshold { gale, storm, typhoon } = &mut self.tallies;
        for (kt, tally, case) in [(34, gale, cases.gale), (50, storm, cases.storm), (64, typhoon, cases.typhoon)] {
            tally.add(&case, from);
            self.sightings.extend(Sighting::new(place, kt, &case, from));
        }
    }
}

/// From the forecast's hour 0 to its end, or to where the storm became extratropical: NHC's verification counts tropical and
/// subtropical stages alone (its verification reports, "Forecast verification procedures"). A best track that ends with a gale has been cut off or handed over, and nothing is
/// known of what came after; one that ends with less has ended.
fn window(cycle: Timestamp, path: &Path, best: &Track, observed: &Path) -> Option<(Timestamp, Timestamp)> {
    let from = cycle.max(path.start()).max(observed.start());
    let mut until = path.end().min(cycle.checked_add(LEAD_MAX).ok()?);
    if observed.at(observed.end()).is_some_and(|storm| storm.vmax_kt >= ALIVE_KT) {
        until = until.min(observed.end());
    }
    let is_extratropical = |fix: &&Fix| fix.is_extratropical;
    if best.fixes.iter().rfind(|fix| fix.time <= from).is_some_and(|fix| fix.is_extratropical) {
        return None;
    }
    if let Some(changed) = best.fixes.iter().filter(|fix| fix.time > from).find(is_extratropical) {
        // The last fix before it: what lies between is neither.
        let last = best.fixes.iter().rfind(|fix| fix.time < changed.time);
        until = until.min(last.map_or(from, |fix| fix.time));
    }
    (observed.end() > from && until.duration_since(from) >= WINDOW_MIN).then_some((from, until))
}

/// The statistics of the forecast's agency, basin and season.
fn row(pair: &Pair<'_>, path: &Path, errors: &TrackErrors) -> Option<TrackErrorRow> {
    const BASINS: [&str; 6] = ["al", "ep", "cp", "wp", "io", "sh"];
    let basin_of = |event: &str| BASINS.into_iter().find(|basin| event.starts_with(basin));
    let basin = basin_of(&pair.forecast.event).or_else(|| basin_of(&pair.best.event)).unwrap_or("wp");
    let year = path.start().to_zoned(jiff::tz::TimeZone::UTC).year();
    errors.row(&pair.forecast.track.as_ref()?.agency, basin, year).cloned()
}

fn fixes(best: &Track, from: Timestamp, until: Timestamp) -> (usize, usize) {
    let factor = best.averaging.to_one_minute();
    let strong = best
        .fixes
        .iter()
        .filter(|fix| (from..=until).contains(&fix.time) && fix.vmax_kt.is_some_and(|kt| kt * factor >= ALIVE_KT));
    (strong.clone().count(), strong.filter(|fix| !fix.radii.is_empty()).count())
}

fn samples(path: &Path, from: Timestamp, until: Timestamp) -> Vec<Snapshot> {
    path.sampled(from, PASSAGE_STEP).into_iter().filter(|storm| storm.time <= until).collect()
}

fn hourly(samples: &[Snapshot]) -> Vec<Snapshot> {
    samples.iter().step_by(4).chain(samples.last()).cloned().collect()
}

/// A track, sampled within the time that is scored.
struct Told<'a> {
    path: &'a Path,
    samples: Vec<Snapshot>,
}

impl Told<'_> {
    /// When each wind first blows at a place.
    fn onset(&self, place: Position) -> ByThreshold<Option<Timestamp>> {
        let may_blow = |storm: &Snapshot| {
            let (east, north) = geo::plane_km(storm.position, place);
            let reach_km = storm.radii.iter().flatten().copied().fold(2.0 * storm.rmw_km, f64::max);
            // The margin is an hour's way of the fastest storms.
            east.hypot(north) <= reach_km + 130.0
        };
        // Only while the storm is near; before and after there is no wind.
        let hours = self.samples.chunks(4);
        let is_near = |hour: &[Snapshot]| hour.first().is_some_and(may_blow) || hour.last().is_some_and(may_blow);
        let first = hours.clone().position(is_near).map_or(self.samples.len(), |hour| hour * 4);
        let last = hours.clone().rposition(is_near).map_or(0, |hour| (hour * 4 + 5).min(self.samples.len()));
        let near = self.samples.get(first..last).unwrap_or_default();
        let passage: Option<Passage> = passage(self.path, near, place);
        let winds = passage.map(|passage| passage.winds).unwrap_or_default();
        let first = |wind: Option<(Timestamp, Timestamp)>| wind.map(|(first, _)| first);
        ByThreshold { gale: first(winds.gale), storm: first(winds.storm), typhoon: first(winds.typhoon) }
    }
}

/// The chances within the time that is scored.
struct Chances {
    field: Field,
    /// How many of the field's hours count; all when nothing.
    hours: Option<usize>,
}

impl Chances {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 120 hours, none below 0")]
    fn new(field: Field, from: Timestamp, until: Timestamp, path: &Path) -> Self {
        let hours = (until.duration_since(from).as_secs_f64() / 3600.0).round().clamp(0.0, 1e6) as usize;
        Self { field, hours: (until < path.end()).then_some(hours + 1) }
    }

    fn at(&self, place: Position) -> ByThreshold<f64> {
        let Some(hours) = self.hours else { return self.field.probability(place) };
        let onset = self.field.onset_hourly(place);
        let sum = |of: fn(&ByThreshold<f64>) -> f64| onset.iter().take(hours).map(of).sum::<f64>().clamp(0.0, 1.0);
        ByThreshold { gale: sum(|p| p.gale), storm: sum(|p| p.storm), typhoon: sum(|p| p.typhoon) }
    }
}

fn cases(
    place: Position,
    ours: &Told<'_>,
    theirs: &Told<'_>,
    chances: &Chances,
    baselines: &Baselines,
) -> ByThreshold<Case> {
    let (forecast, observed) = (ours.onset(place), theirs.onset(place));
    let (p, (rule_123, circle)) = (chances.at(place), baselines.at(place));
    let case = |p, forecast, observed, rule_123, circle| Case { p, forecast, observed, rule_123, circle };
    ByThreshold {
        gale: case(p.gale, forecast.gale, observed.gale, Some(rule_123), circle.gale),
        storm: case(p.storm, forecast.storm, observed.storm, None, circle.storm),
        typhoon: case(p.typhoon, forecast.typhoon, observed.typhoon, None, circle.typhoon),
    }
}
