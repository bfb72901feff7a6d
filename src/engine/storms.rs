//! A storm's track against sites and lanes.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::thread;

use super::region::region;
use super::spread::spread;
use super::surge::surge;
use super::{Models, Scene, StormAhead, tracks};
use crate::domain::{
    AgencyWord, Arrival, ByThreshold, Exposure, Hazard, Km, Lane, Loss, Position, Site, Span, Subject, SubjectKind,
    Surge, Technique, Timestamp, Track, TrackErrorRow,
};
use crate::storm::ensemble::{Arrivals, Ensemble, Field, Forecast, Likelihood, Members, Physics};
use crate::storm::{PASSAGE_STEP, Passage, Path, Snapshot};
use crate::{geo, storm};

/// Subjects that the storm never comes nearer to than this are not spoken of.
pub(super) const FAR_KM: f64 = 1000.0;
/// How finely a lane is looked at.
const LANE_STEP: Km = Km(50.0);
/// How finely possible tracks are looked at.
const LIKELIHOOD_STEP: Span = Span::from_hours(1);

/// A storm made ready once, to be asked about many subjects: what each agency says of it, the leading one first.
pub(super) struct Storm<'a> {
    lead: Told<'a>,
    others: Vec<Told<'a>>,
    /// The leading track as the members of a model's ensemble would have it.
    ensemble: Vec<Vec<Snapshot>>,
    now: Timestamp,
    physics: &'a Physics,
    has_many_sites: bool,
    /// The possible storms; made for the first subject that is near.
    possible: OnceLock<Option<Ensemble>>,
    /// Their chances on a grid, of all together and of each agency; made when there are many sites.
    fields: OnceLock<Vec<Field>>,
}

/// From so many sites on, the grid is cheaper than asking each member about each site. Beside a place's own distance from
/// the storm the two differ by what lies between the grid's cells.
const MANY_SITES: usize = 300;

/// One agency's track.
struct Told<'a> {
    hazard: &'a Hazard,
    track: &'a Track,
    path: Path,
    fine: Vec<Snapshot>,
    coarse: Vec<Snapshot>,
    errors: TrackErrorRow,
}

impl<'a> Storm<'a> {
    /// The tracks from `now` on, as [`tracks`] orders them; `None` when none of them has a wind and an end ahead.
    /// Members of an ensemble among `hazards` tell how far the tracks may part.
    pub(super) fn new(hazards: &[&'a Hazard], models: &Models<'a>, now: Timestamp, sites: usize) -> Option<Self> {
        let mut told = tracks(hazards).into_iter().filter_map(|hazard| Told::new(hazard, models, now));
        let (lead, others) = (told.next()?, told.collect());
        let ensemble = spread(&lead.coarse, lead.hazard.issued, hazards);
        let (possible, fields) = (OnceLock::new(), OnceLock::new());
        let (physics, has_many_sites) = (models.physics, sites >= MANY_SITES);
        Some(Self { lead, others, ensemble, now, physics, has_many_sites, possible, fields })
    }

    /// The leading path and the possible storms.
    pub(super) fn into_ahead(self) -> Option<StormAhead> {
        self.possible()?;
        self.into_made()
    }

    /// The same, if somebody has asked for the possible storms.
    pub(super) fn into_made(self) -> Option<StormAhead> {
        Some(StormAhead { path: self.lead.path, possible: self.possible.into_inner()?? })
    }

    /// What the storm means for a site.
    pub(super) fn on_site(&self, site: &Site, scene: &Scene<'_>) -> Option<Exposure> {
        if self.distance_km(site.position) > FAR_KM || !is_watched(site, scene.now, self.lead.path.end()) {
            return None;
        }
        let places = [site.position];
        let passage = self.lead.passage(&places)?;
        let chances = self.at_site(site.position);
        let likelihood = chances.first()?;
        let subject = Subject { kind: SubjectKind::Site, id: site.id.to_string(), dealer: Some(site.dealer.clone()) };
        let mut exposure = self.exposure(subject, &passage, likelihood, scene);
        exposure.agencies = self.agencies(&passage, &chances, &places);
        exposure.surge = surge(site, &exposure, &self.lead.fine, scene.models);
        exposure.loss = site.stock.map(|stock| Loss {
            currency: stock.currency,
            at_risk: stock.amount,
            expected: stock.share(expected_share(site, likelihood, scene.models)).amount,
        });
        Some(exposure)
    }

    /// What the storm means for a lane: the worst of its places.
    pub(super) fn on_lane(&self, lane: &Lane, scene: &Scene<'_>) -> Option<Exposure> {
        let dense = geo::densify(&lane.course, LANE_STEP).into_iter();
        let places: Vec<Position> = dense.filter(|place| self.distance_km(*place) <= FAR_KM).collect();
        let passage = self.lead.passage(&places)?;
        // A lane is closed where any place of it is: what one member brings to a place it brings to the next one too, so the
        // members are asked about all places together.
        let chances: Vec<Likelihood> = self.asked().iter().map(|members| members.at_any_of(&places)).collect();
        let subject = Subject { kind: SubjectKind::Lane, id: lane.id.to_string(), dealer: None };
        let mut exposure = self.exposure(subject, &passage, chances.first()?, scene);
        exposure.agencies = self.agencies(&passage, &chances, &places);
        Some(exposure)
    }

    fn all(&self) -> impl Iterator<Item = &Told<'a>> {
        std::iter::once(&self.lead).chain(&self.others)
    }

    fn possible(&self) -> Option<&Ensemble> {
        let made = self.possible.get_or_init(|| {
            let forecasts: Vec<Forecast<'_>> = self.all().map(Told::forecast).collect();
            Ensemble::new(&forecasts, &self.ensemble, self.now, self.physics)
        });
        made.as_ref()
    }

    /// All members; where agencies stand side by side, then each agency's own.
    fn asked(&self) -> Vec<Members<'_>> {
        let Some(possible) = self.possible() else { return Vec::new() };
        let is_alone = self.others.is_empty() && self.ensemble.is_empty();
        let agencies = if is_alone { 0 } else { 1 + self.others.len() };
        std::iter::once(None).chain((0..agencies).map(Some)).map(|group| possible.of_forecast(group)).collect()
    }

    fn at_site(&self, place: Position) -> Vec<Likelihood> {
        if !self.has_many_sites {
            return self.asked().iter().map(|members| members.at_any_of(&[place])).collect();
        }
        let threads = || thread::available_parallelism().map_or(1, usize::from);
        let fields = self.fields.get_or_init(|| self.asked().iter().map(|members| members.field(threads())).collect());
        fields.iter().map(|field| field.at(place)).collect()
    }

    /// Every place that any agency's track comes to.
    pub(super) fn way(&self) -> Vec<Position> {
        self.all().flat_map(|told| &told.coarse).map(|storm| storm.position).collect()
    }

    /// The nearest that any agency brings the storm.
    fn distance_km(&self, place: Position) -> f64 {
        self.all().map(|told| told.distance_km(place)).fold(f64::INFINITY, f64::min)
    }

    /// Agencies side by side, each with its own chances; `chances` are those of all, then of each.
    fn agencies(&self, lead: &Passage, chances: &[Likelihood], places: &[Position]) -> Vec<AgencyWord> {
        let Some((of_all, of_each)) = chances.split_first() else { return Vec::new() };
        let of_lead = self.lead.word(lead, of_each.first().unwrap_or(of_all));
        let others = self.others.iter().zip(of_each.iter().skip(1));
        let others = others.filter_map(|(told, likelihood)| Some(told.word(&told.passage(places)?, likelihood)));
        std::iter::once(of_lead).chain(others).collect()
    }

    fn exposure(&self, subject: Subject, passage: &Passage, likelihood: &Likelihood, scene: &Scene<'_>) -> Exposure {
        let arrival = ByThreshold {
            gale: arrival(passage.winds.gale, likelihood.arrival.gale),
            storm: arrival(passage.winds.storm, likelihood.arrival.storm),
            typhoon: arrival(passage.winds.typhoon, likelihood.arrival.typhoon),
        };
        let inside = passage.winds.gale.is_some_and(|(first, last)| first <= scene.now && scene.now <= last);
        let hazard = self.lead.hazard;
        Exposure {
            event: scene.event.clone(),
            hazard: hazard.id.clone(),
            kind: hazard.kind,
            subject,
            at: scene.now,
            issued: hazard.issued,
            inside,
            onset: None,
            expires: None,
            severity: hazard.severity,
            closest_km: Some(tenth(passage.closest_km)),
            closest_at: Some(passage.closest_at),
            peak_kt: Some(tenth(passage.peak_kt)),
            peak_at: Some(passage.peak_at),
            peak_dir_deg: Some(passage.peak_dir_deg.round().rem_euclid(360.0)),
            arrival: Some(arrival),
            probability: Some(ByThreshold {
                gale: thousandth(likelihood.probability.gale),
                storm: thousandth(likelihood.probability.storm),
                typhoon: thousandth(likelihood.probability.typhoon),
            }),
            surge: Surge::default(),
            loss: None,
            basis: self.lead.basis(),
            agencies: Vec::new(),
        }
    }
}

impl<'a> Told<'a> {
    fn new(hazard: &'a Hazard, models: &Models<'_>, now: Timestamp) -> Option<Self> {
        let track = hazard.track.as_ref()?;
        let path = Path::new(track)?;
        let (fine, coarse) = (path.sampled(now, PASSAGE_STEP), path.sampled(now, LIKELIHOOD_STEP));
        let first = coarse.first()?.position;
        let basin = storm::basin(&hazard.event, first);
        let year = path.start().to_zoned(jiff::tz::TimeZone::UTC).year();
        let no_errors = || TrackErrorRow {
            agency: "none".to_owned(),
            basin: basin.to_owned(),
            from_year: year,
            to_year: year,
            mean_error_km: vec![(0.0, 0.0)],
            mean_wind_error_kt: Vec::new(),
        };
        let errors = models.errors.row(&track.agency, basin, year).cloned().unwrap_or_else(no_errors);
        Some(Self { hazard, track, path, fine, coarse, errors })
    }

    fn forecast(&self) -> Forecast<'_> {
        Forecast { track: self.track, path: &self.path, errors: &self.errors }
    }

    fn distance_km(&self, place: Position) -> f64 {
        let from = |storm: &Snapshot| {
            let (east, north) = geo::plane_km(storm.position, place);
            east.hypot(north)
        };
        self.coarse.iter().map(from).fold(f64::INFINITY, f64::min)
    }

    /// The passage at the worst of some places.
    fn passage(&self, places: &[Position]) -> Option<Passage> {
        let near: Vec<(f64, Position)> = places.iter().map(|place| (self.distance_km(*place), *place)).collect();
        let worst = self.worst(&near).into_iter();
        let passages = worst.filter_map(|place| storm::passage(&self.path, &self.fine, place));
        passages.reduce(|a, b| joined(&a, &b))
    }

    /// The places that decide a passage, each given with its distance from the track: those within gale reach, else the
    /// nearest one.
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

    fn word(&self, passage: &Passage, likelihood: &Likelihood) -> AgencyWord {
        AgencyWord {
            agency: self.hazard.track.as_ref().map_or_else(String::new, |track| track.agency.clone()),
            hazard: self.hazard.id.clone(),
            issued: self.hazard.issued,
            closest_km: tenth(passage.closest_km),
            closest_at: passage.closest_at,
            peak_kt: tenth(passage.peak_kt),
            gale_from: passage.winds.gale.map(|(first, _)| first),
            p_34kt: thousandth(likelihood.probability.gale),
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
        let profile = self.path.profile();
        [("technique", technique), ("standing", standing), ("track_errors", period.as_str()), ("profile", profile)]
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
    let Some(dates) = &site.dates else { return true };
    let ended = dates.to.and_then(|to| to.checked_add(day).ok()).is_some_and(|to| now > to);
    let later = dates.from.and_then(|from| from.checked_sub(day).ok()).is_some_and(|from| track_end < from);
    !ended && !later
}

fn arrival(on_track: Option<(Timestamp, Timestamp)>, possible: Option<Arrivals>) -> Option<Arrival> {
    if on_track.is_none() && possible.is_none() {
        return None;
    }
    let (first, last) = (on_track.map(|(first, _)| first), on_track.map(|(_, last)| last));
    let early = [possible.map(|arrivals| arrivals.p10), first].into_iter().flatten().min();
    let late = [possible.map(|arrivals| arrivals.p90), first].into_iter().flatten().max();
    let likely = possible.map(|arrivals| arrivals.p50);
    Some(Arrival { first, early, likely, late, last })
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
        peak_dir_deg: stronger.peak_dir_deg,
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

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn thousandth(value: f64) -> f64 {
    // Adding zero makes a negative zero plain.
    (value * 1000.0).round() / 1000.0 + 0.0
}
