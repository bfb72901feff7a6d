//! Best tracks of past years: each storm once, and which years an archive holds as a whole.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::domain::{ArchiveYear, Averaging, Hazard, Status, Technique, Timestamp, Track, TrackCount};
use crate::geo;
use crate::storm::Path;

/// Tracks whose centres lie so near on average over their common time are of one storm (as `events` holds it: weak
/// systems' centres are up to 200 km apart between agencies). Two storms so near would be one within a day.
const SAME_KM: f64 = 200.0;
/// The wind from which a storm counts for a year's number.
const GALE_KT: f64 = 34.0;

/// Storms of gale force below which a year of a basin is held to be partial: about the quietest seasons known. WP: 14
/// named storms in 2010 (JMA), AL: 4 in 1983 (NHC's HURDAT2), EP: 8 in 2010 (NHC). The others are guesses on that
/// scale, for the southern hemisphere by calendar years.
const QUIETEST: [(&str, u32); 6] = [("wp", 12), ("al", 4), ("ep", 6), ("cp", 1), ("io", 2), ("sh", 10)];

/// An archive made ready: every storm once.
#[derive(Debug)]
pub struct Archive {
    storms: Vec<Storm>,
    count: TrackCount,
}

/// A storm by the track that tells most of it.
#[derive(Debug)]
struct Storm {
    path: Path,
    basin: &'static str,
    year: i16,
    is_gale: bool,
}

/// A track of the archive.
struct Told<'a> {
    hazard: &'a Hazard,
    track: &'a Track,
    path: Path,
}

impl Archive {
    /// The best tracks among some hazards. Forecasts, exercises and tracks without any wind are passed over and counted.
    #[must_use]
    pub fn new(hazards: &[Hazard]) -> Self {
        let mut told: Vec<Told<'_>> = hazards.iter().filter_map(Told::new).collect();
        let mut count = TrackCount { unfit: small(hazards.len() - told.len()), ..TrackCount::default() };
        told.sort_by(|a, b| (a.path.start(), &a.hazard.id).cmp(&(b.path.start(), &b.hazard.id)));
        let mut groups: Vec<Vec<Told<'_>>> = Vec::new();
        for one in told {
            // Storms last for weeks: only the newest groups can be meant.
            let known =
                groups.iter_mut().rev().take(NEWEST).find(|group| group.iter().any(|known| is_one(known, &one)));
            match known {
                Some(group) => group.push(one),
                None => groups.push(vec![one]),
            }
        }
        count.storms = small(groups.len());
        count.doubles = small(groups.iter().map(|group| group.len() - 1).sum());
        let best = groups.into_iter().filter_map(|group| group.into_iter().max_by(|a, b| a.worth().cmp(&b.worth())));
        let best: Vec<Told<'_>> = best.collect();
        count.without_radii = small(best.iter().filter(|told| told.has_radii() == 0).count());
        Self { storms: best.iter().map(Told::storm).collect(), count }
    }

    /// What was made of the tracks.
    pub(super) fn count(&self) -> TrackCount {
        self.count
    }

    /// The storms' paths.
    pub(super) fn paths(&self) -> Vec<&Path> {
        self.storms.iter().map(|storm| &storm.path).collect()
    }

    /// Every year that any storm of a basin began in. A year counts when it was over at `now` and has as many storms as
    /// the quietest seasons known, or in any case with `is_all`.
    pub(super) fn years(&self, now: Timestamp, is_all: bool) -> Vec<ArchiveYear> {
        let mut storms: BTreeMap<(&str, i16), u32> = BTreeMap::new();
        for storm in &self.storms {
            *storms.entry((storm.basin, storm.year)).or_default() += u32::from(storm.is_gale);
        }
        let this_year = year_of(now);
        let years = storms.into_iter().map(|((basin, year), storms)| {
            let quietest = QUIETEST.iter().find(|(known, _)| *known == basin).map_or(1, |(_, storms)| *storms);
            let is_counted = is_all || (storms >= quietest && year < this_year);
            ArchiveYear { basin: basin.to_owned(), year, storms, is_counted }
        });
        years.collect()
    }
}

/// More storms than these have never begun within the life of one.
const NEWEST: usize = 64;

impl<'a> Told<'a> {
    fn new(hazard: &'a Hazard) -> Option<Self> {
        let track = hazard.track.as_ref().filter(|track| track.standing == Technique::Analysis)?;
        let is_past = track.fixes.iter().all(|fix| fix.tau_h <= 0);
        let path = Path::new(track).filter(|_| is_past && hazard.status == Status::Actual)?;
        Some(Self { hazard, track, path })
    }

    fn has_radii(&self) -> usize {
        self.track.fixes.iter().filter(|fix| !fix.radii.is_empty()).count()
    }

    /// What tells most is worth most: wind radii, then 1-minute winds, then the longest; the id settles the rest.
    fn worth(&self) -> (usize, bool, usize, &str) {
        let winds = self.track.fixes.iter().filter(|fix| fix.vmax_kt.is_some()).count();
        (self.has_radii(), self.track.averaging == Averaging::OneMinute, winds, self.hazard.id.as_str())
    }

    fn storm(&self) -> Storm {
        let factor = self.track.averaging.to_one_minute();
        let peak = self.track.fixes.iter().filter_map(|fix| fix.vmax_kt).fold(0.0, f64::max) * factor;
        let first = self.track.fixes.first().map(|fix| fix.position);
        Storm {
            path: self.path.clone(),
            basin: first.map_or("wp", |first| crate::storm::basin(&self.hazard.event, first)),
            year: year_of(self.path.start()),
            is_gale: peak >= GALE_KT,
        }
    }
}

/// True when two tracks are of one storm: by their number, else by being at the same places at the same times.
fn is_one(a: &Told<'_>, b: &Told<'_>) -> bool {
    if a.hazard.event == b.hazard.event {
        return true;
    }
    let have_two_numbers = is_numbered(&a.hazard.event) && is_numbered(&b.hazard.event);
    if have_two_numbers || a.path.end() < b.path.start() || b.path.end() < a.path.start() {
        return false;
    }
    let apart = b.track.fixes.iter().filter_map(|fix| Some((a.path.at(fix.time)?.position, fix.position)));
    let (count, sum) = apart.fold((0.0, 0.0), |(count, sum), (one, other)| {
        let (east, north) = geo::plane_km(one, other);
        (count + 1.0, sum + east.hypot(north))
    });
    count > 0.0 && sum / count <= SAME_KM
}

/// True for a number of the season such as `wp162004`; disturbances (90 and up) change theirs.
fn is_numbered(event: &str) -> bool {
    let number = event.get(2..4).and_then(|number| number.parse::<u8>().ok());
    event.len() == 8 && number.is_some_and(|number| number < 90)
}

fn year_of(time: Timestamp) -> i16 {
    time.to_zoned(TimeZone::UTC).year()
}

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
