//! A storm's track against sites and lanes.

use std::collections::BTreeMap;

use super::region::region;
use super::{Models, Scene};
use crate::domain::{
    Arrival, ByThreshold, Exposure, Hazard, Km, Lane, Loss, Position, Site, Span, Subject, SubjectKind, Surge,
    Technique, Timestamp, TrackErrorRow,
};
use crate::storm::{Likelihood, PASSAGE_STEP, Passage, Path, Snapshot};
use crate::{geo, storm};

/// Subjects that the storm never comes nearer to than this are not spoken of.
const FAR_KM: f64 = 1000.0;
/// How finely a lane is looked at.
const LANE_STEP: Km = Km(50.0);
/// How finely possible tracks are looked at.
const LIKELIHOOD_STEP: Span = Span::from_hours(1);
/// From this chance of gale on, a low site by the sea is flagged for surge. A guess: one in ten.
const SURGE_P_34KT: f64 = 0.1;

/// A storm made ready once, to be asked about many subjects.
pub(super) struct Storm<'a> {
    hazard: &'a Hazard,
    path: Path,
    fine: Vec<Snapshot>,
    coarse: Vec<Snapshot>,
    errors: TrackErrorRow,
}

impl<'a> Storm<'a> {
    /// The hazard's track from `now` on; `None` when it has no track with a wind, or the track has ended.
    pub(super) fn new(hazard: &'a Hazard, models: &Models<'_>, now: Timestamp) -> Option<Self> {
        let track = hazard.track.as_ref()?;
        let path = Path::new(track)?;
        let (fine, coarse) = (path.sampled(now, PASSAGE_STEP), path.sampled(now, LIKELIHOOD_STEP));
        if fine.is_empty() {
            return None;
        }
        let basin = hazard.event.get(..2).unwrap_or("wp");
        let year = path.start().to_zoned(jiff::tz::TimeZone::UTC).year();
        let no_errors = || TrackErrorRow {
            agency: "none".to_owned(),
            basin: basin.to_owned(),
            from_year: year,
            to_year: year,
            mean_error_km: vec![(0.0, 0.0)],
        };
        let errors = models.errors.row(&track.agency, basin, year).cloned().unwrap_or_else(no_errors);
        Some(Self { hazard, path, fine, coarse, errors })
    }

    /// What the storm means for a site.
    pub(super) fn on_site(&self, site: &Site, scene: &Scene<'_>) -> Option<Exposure> {
        if self.distance_km(site.position) > FAR_KM || !is_watched(site, scene.now, self.path.end()) {
            return None;
        }
        let passage = storm::passage(&self.path, &self.fine, site.position)?;
        let likelihood = storm::likelihood(&self.coarse, &[site.position], &self.errors);
        let subject = Subject { kind: SubjectKind::Site, id: site.id.to_string(), dealer: Some(site.dealer.clone()) };
        let mut exposure = self.exposure(subject, &passage, &likelihood, scene);
        exposure.surge = surge(site, &exposure, scene.models);
        exposure.loss = site.stock.map(|stock| Loss {
            currency: stock.currency,
            at_risk: stock.amount,
            expected: stock.share(expected_share(site, &likelihood, scene.models)).amount,
        });
        Some(exposure)
    }

    /// What the storm means for a lane: the worst of its places.
    pub(super) fn on_lane(&self, lane: &Lane, scene: &Scene<'_>) -> Option<Exposure> {
        let dense = geo::densify(&lane.course, LANE_STEP).into_iter();
        let near: Vec<(f64, Position)> =
            dense.map(|place| (self.distance_km(place), place)).filter(|(km, _)| *km <= FAR_KM).collect();
        let places: Vec<Position> = near.iter().map(|(_, place)| *place).collect();
        let likelihood = storm::likelihood(&self.coarse, &places, &self.errors);
        let worst = self.worst(&near).into_iter();
        let passages = worst.filter_map(|place| storm::passage(&self.path, &self.fine, place));
        let passage = passages.reduce(|a, b| joined(&a, &b))?;
        let subject = Subject { kind: SubjectKind::Lane, id: lane.id.to_string(), dealer: None };
        Some(self.exposure(subject, &passage, &likelihood, scene))
    }

    fn distance_km(&self, place: Position) -> f64 {
        let from = |storm: &Snapshot| {
            let (east, north) = geo::plane_km(storm.position, place);
            east.hypot(north)
        };
        self.coarse.iter().map(from).fold(f64::INFINITY, f64::min)
    }

    /// The places that decide a lane's passage, each given with its distance from the track: those within gale
    /// reach, else the nearest one.
    fn worst(&self, places: &[(f64, Position)]) -> Vec<Position> {
        let reach = self.coarse.iter().flat_map(|s| s.radii.first().into_iter().flatten().copied()).fold(0.0, f64::max);
        let near: Vec<Position> =
            places.iter().filter(|(km, _)| *km <= reach + 30.0).map(|(_, place)| *place).collect();
        if near.is_empty() {
            let nearest = places.iter().min_by(|a, b| a.0.total_cmp(&b.0));
            return nearest.map(|(_, place)| *place).into_iter().collect();
        }
        near
    }

    fn exposure(&self, subject: Subject, passage: &Passage, likelihood: &Likelihood, scene: &Scene<'_>) -> Exposure {
        let arrival = ByThreshold {
            gale: arrival(passage.winds.gale, likelihood.arrival.gale),
            storm: arrival(passage.winds.storm, likelihood.arrival.storm),
            typhoon: arrival(passage.winds.typhoon, likelihood.arrival.typhoon),
        };
        let inside = passage.winds.gale.is_some_and(|(first, last)| first <= scene.now && scene.now <= last);
        Exposure {
            event: scene.event.clone(),
            hazard: self.hazard.id.clone(),
            kind: self.hazard.kind,
            subject,
            at: scene.now,
            issued: self.hazard.issued,
            inside,
            onset: None,
            expires: None,
            severity: self.hazard.severity,
            closest_km: Some(tenth(passage.closest_km)),
            closest_at: Some(passage.closest_at),
            peak_kt: Some(tenth(passage.peak_kt)),
            peak_at: Some(passage.peak_at),
            arrival: Some(arrival),
            probability: Some(ByThreshold {
                gale: thousandth(likelihood.probability.gale),
                storm: thousandth(likelihood.probability.storm),
                typhoon: thousandth(likelihood.probability.typhoon),
            }),
            surge: Surge::default(),
            loss: None,
            basis: self.basis(),
        }
    }

    fn basis(&self) -> BTreeMap<String, String> {
        let errors = &self.errors;
        let (technique, standing) = self
            .hazard
            .track
            .as_ref()
            .map_or(("", ""), |track| (track.technique.as_str(), standing_word(track.standing)));
        let period = format!("{} {} {}-{}", errors.agency, errors.basin, errors.from_year, errors.to_year);
        [("technique", technique), ("standing", standing), ("track_errors", period.as_str())]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    }
}

fn standing_word(standing: Technique) -> &'static str {
    match standing {
        Technique::Official => "official",
        Technique::Analysis => "analysis",
        Technique::Guidance => "guidance",
        Technique::Member => "member",
    }
}

/// An occasion is watched for its dates, a day either side; everything else always.
fn is_watched(site: &Site, now: Timestamp, track_end: Timestamp) -> bool {
    let day = Span::from_hours(24);
    let ended = site.to.and_then(|to| to.checked_add(day).ok()).is_some_and(|to| now > to);
    let later = site.from.and_then(|from| from.checked_sub(day).ok()).is_some_and(|from| track_end < from);
    !ended && !later
}

fn arrival(on_track: Option<(Timestamp, Timestamp)>, possible: Option<(Timestamp, Timestamp)>) -> Option<Arrival> {
    if on_track.is_none() && possible.is_none() {
        return None;
    }
    let (first, last) = (on_track.map(|(first, _)| first), on_track.map(|(_, last)| last));
    let early = [possible.map(|(early, _)| early), first].into_iter().flatten().min();
    let late = [possible.map(|(_, late)| late), first].into_iter().flatten().max();
    Some(Arrival { first, early, late, last })
}

/// Two places of one lane: the earliest first, the latest last, the nearest and the strongest.
fn joined(a: &Passage, b: &Passage) -> Passage {
    let nearer = if b.closest_km < a.closest_km { b } else { a };
    let stronger = if b.peak_kt > a.peak_kt { b } else { a };
    let both = |a: Option<(Timestamp, Timestamp)>, b: Option<(Timestamp, Timestamp)>| match (a, b) {
        (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
        (one, other) => one.or(other),
    };
    Passage {
        closest_km: nearer.closest_km,
        closest_at: nearer.closest_at,
        peak_kt: stronger.peak_kt,
        peak_at: stronger.peak_at,
        winds: ByThreshold {
            gale: both(a.winds.gale, b.winds.gale),
            storm: both(a.winds.storm, b.winds.storm),
            typhoon: both(a.winds.typhoon, b.winds.typhoon),
        },
    }
}

fn expected_share(site: &Site, likelihood: &Likelihood, models: &Models<'_>) -> f64 {
    let params = models.damage;
    let v_half = region(site.position).and_then(|code| params.v_half_ms.get(code)).copied();
    let v_half = v_half.unwrap_or(params.default_v_half_ms);
    let is_low = storm::is_surge_zone(site.coast_m, site.elevation_m, params);
    let share = |kt: f64| {
        let sea = if is_low { storm::surge_damage(kt, params) } else { 0.0 };
        storm::wind_damage(kt, v_half).max(sea)
    };
    likelihood.peaks_kt.iter().map(|(weight, kt)| weight * share(*kt)).sum()
}

fn surge(site: &Site, exposure: &Exposure, models: &Models<'_>) -> Surge {
    let is_low = storm::is_surge_zone(site.coast_m, site.elevation_m, models.damage);
    if !is_low || exposure.p_34kt() < SURGE_P_34KT {
        return Surge::default();
    }
    let mut reasons = Vec::new();
    reasons.extend(site.coast_m.map(|m| format!("{m:.0} m from the sea")));
    reasons.push(match site.elevation_m {
        Some(m) => format!("{m:.0} m above the sea"),
        None => "height above the sea unknown".to_owned(),
    });
    reasons.push(format!("chance of gale {:.0} %", exposure.p_34kt() * 100.0));
    Surge { flag: true, reasons }
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn thousandth(value: f64) -> f64 {
    // Adding zero makes a negative zero plain.
    (value * 1000.0).round() / 1000.0 + 0.0
}
