//! The storm between its fixes: position on the geodesic, wind and radii linear in time.
//!
//! Monotone interpolation, motion-dependent asymmetry and decay over land come with the fuller storm
//! maths; their place is [`Path::at`] and [`Knot::from_fix`].

use super::willoughby_2006;
use crate::domain::{Fix, MS_PER_KNOT, Position, Span, THRESHOLDS_KT, Timestamp, Track, hours_between};
use crate::geo;

/// How far a wind reaches towards NE, SE, SW, NW, in kilometres; 0 where it does not blow.
pub type Quadrants = [f64; 4];

/// The storm at one instant. Winds are 1-minute winds.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The instant.
    pub time: Timestamp,
    /// Hours since the analysis that the track starts from; 0 for what has been observed.
    pub lead_h: f64,
    /// The centre.
    pub position: Position,
    /// The direction of motion, degrees clockwise from north.
    pub heading_deg: f64,
    /// The highest 1-minute wind in knots.
    pub vmax_kt: f64,
    /// The radius of maximum wind in kilometres.
    pub rmw_km: f64,
    /// The reach of 34, 50 and 64 kt, in that order.
    pub radii: [Quadrants; 3],
}

/// A track ready to be asked where the storm is.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    knots: Vec<Knot>,
}

#[derive(Debug, Clone, PartialEq)]
struct Knot {
    time: Timestamp,
    /// Towards the next knot; the last one's is that of its arrival.
    heading_deg: f64,
    lead_h: f64,
    position: Position,
    vmax_kt: f64,
    rmw_km: f64,
    radii: [Quadrants; 3],
}

impl Path {
    /// A path through the fixes that have a wind; a missing wind is taken from its neighbours in time.
    /// `None` when no fix has one.
    pub fn new(track: &Track) -> Option<Self> {
        let factor = track.averaging.to_one_minute();
        let winds = filled_winds(&track.fixes)?;
        let mut knots: Vec<Knot> =
            track.fixes.iter().zip(winds).map(|(fix, vmax)| Knot::from_fix(fix, vmax, factor)).collect();
        head(&mut knots);
        Some(Self { knots })
    }

    /// The first instant.
    pub fn start(&self) -> Timestamp {
        self.knots.first().map_or(Timestamp::UNIX_EPOCH, |knot| knot.time)
    }

    /// The last instant.
    pub fn end(&self) -> Timestamp {
        self.knots.last().map_or(Timestamp::UNIX_EPOCH, |knot| knot.time)
    }

    /// The storm at an instant within the path.
    pub fn at(&self, time: Timestamp) -> Option<Snapshot> {
        let after = self.knots.partition_point(|knot| knot.time <= time);
        let before = self.knots.get(after.checked_sub(1)?)?;
        let Some(next) = self.knots.get(after) else {
            return (before.time == time).then(|| Self::arrived(before));
        };
        let share = hours_between(before.time, time) / hours_between(before.time, next.time);
        let mix = |a: f64, b: f64| a + (b - a) * share;
        let mut radii = [[0.0; 4]; 3];
        for (mixed, (a, b)) in radii.iter_mut().zip(before.radii.iter().zip(&next.radii)) {
            for (km, (a, b)) in mixed.iter_mut().zip(a.iter().zip(b)) {
                *km = mix(*a, *b);
            }
        }
        Some(Snapshot {
            time,
            lead_h: mix(before.lead_h, next.lead_h).max(0.0),
            position: geo::between(before.position, next.position, share),
            heading_deg: before.heading_deg,
            vmax_kt: mix(before.vmax_kt, next.vmax_kt),
            rmw_km: mix(before.rmw_km, next.rmw_km),
            radii,
        })
    }

    /// Snapshots every `step` from `from` (or the start, if later) to the end, the end included.
    pub fn sampled(&self, from: Timestamp, step: Span) -> Vec<Snapshot> {
        let mut samples = Vec::new();
        let mut time = from.max(self.start());
        while time < self.end() {
            samples.extend(self.at(time));
            let Ok(next) = time.checked_add(step) else { break };
            time = next;
        }
        if from <= self.end() {
            samples.extend(self.at(self.end()));
        }
        samples
    }

    fn arrived(last: &Knot) -> Snapshot {
        Snapshot {
            time: last.time,
            lead_h: last.lead_h.max(0.0),
            position: last.position,
            heading_deg: last.heading_deg,
            vmax_kt: last.vmax_kt,
            rmw_km: last.rmw_km,
            radii: last.radii,
        }
    }
}

/// Worked out once a knot, as a path is sampled many times between two.
fn head(knots: &mut [Knot]) {
    let positions: Vec<Position> = knots.iter().map(|knot| knot.position).collect();
    let headings = positions.iter().zip(positions.iter().skip(1)).map(|(from, to)| heading(*from, *to));
    let mut newest = 0.0;
    let mut headings = headings.fuse();
    for knot in knots {
        newest = headings.next().unwrap_or(newest);
        knot.heading_deg = newest;
    }
}

/// No eye is smaller; the smallest known is some 4 km across (Wilma 2005, NHC). Keeps ratios of distances finite.
const LEAST_RMW_KM: f64 = 1.0;

fn heading(from: Position, to: Position) -> f64 {
    if from == to { 0.0 } else { geo::bearing_deg(from, to) }
}

impl Knot {
    fn from_fix(fix: &Fix, vmax: f64, factor: f64) -> Self {
        let lat = fix.position.lat();
        let vmax_kt = vmax * factor;
        let smallest = fix.radii.iter().flat_map(|r| [r.ne_km, r.se_km, r.sw_km, r.nw_km]).filter(|km| *km > 0.0);
        let ceiling = smallest.fold(f64::INFINITY, f64::min) * 0.9;
        let rmw_km = fix
            .rmw_km
            .unwrap_or_else(|| willoughby_2006::rmw_km(vmax_kt * MS_PER_KNOT, lat))
            .min(ceiling)
            .max(LEAST_RMW_KM);
        let radii = THRESHOLDS_KT.map(|kt| reach(fix, f64::from(kt), vmax_kt, rmw_km, factor));
        Self {
            time: fix.time,
            heading_deg: 0.0,
            lead_h: f64::from(fix.tau_h),
            position: fix.position,
            vmax_kt,
            rmw_km,
            radii: ordered(radii),
        }
    }
}

/// How far `kt` (1-minute) reaches in each quadrant: as the agency's radii say, whatever its own thresholds and its
/// averaging period are (Beaufort 7, 10 and 12 of 2-minute winds, 30 and 50 kt of 10-minute ones); where it gave none,
/// as the parametric profile says.
fn reach(fix: &Fix, kt: f64, vmax_kt: f64, rmw_km: f64, factor: f64) -> Quadrants {
    if vmax_kt < kt {
        return [0.0; 4];
    }
    if fix.radii.is_empty() {
        let lat = fix.position.lat();
        return [willoughby_2006::radius_km(kt * MS_PER_KNOT, vmax_kt * MS_PER_KNOT, rmw_km, lat); 4];
    }
    let mut quadrants = [0.0; 4];
    for (at, km) in quadrants.iter_mut().enumerate() {
        let given = fix.radii.iter().filter_map(|radii| {
            let km = [radii.ne_km, radii.se_km, radii.sw_km, radii.nw_km].get(at).copied()?;
            Some((f64::from(radii.kt) * factor, km))
        });
        *km = reach_in_quadrant(given, kt, (vmax_kt, rmw_km));
    }
    quadrants
}

/// No gales have reached further than Tip's of 1979 (JTWC).
const LARGEST_KM: f64 = 1_100.0;

/// How far `kt` reaches in one quadrant, given winds with their reach and the maximum wind at its own radius: on the
/// power law through the two given winds on either side, or, for a weaker wind than any given, through the last two.
/// 0 where a weaker wind than `kt`, or `kt` itself, does not blow.
fn reach_in_quadrant(given: impl Iterator<Item = (f64, f64)>, kt: f64, (vmax_kt, rmw_km): (f64, f64)) -> f64 {
    let (mut inner, mut outer) = ((vmax_kt, rmw_km), None::<(f64, f64)>);
    let mut before = None;
    for (wind, km) in given {
        if (wind - kt).abs() < 0.5 {
            return km;
        }
        if wind > kt {
            // Stronger: the nearest in strength that blows at all here and lies further out than the maximum.
            if km > inner.1 && wind < inner.0 {
                (before, inner) = (Some(inner), (wind, km));
            } else if km > rmw_km && wind < vmax_kt && before.is_none_or(|(w, _)| wind < w) {
                before = Some((wind, km));
            }
        } else if km <= 0.0 {
            return 0.0;
        } else if outer.is_none_or(|(w, _)| wind > w) {
            outer = Some((wind, km));
        }
    }
    match outer {
        Some((wind, km)) if km > inner.1 && inner.1 > 0.0 => {
            let share = (inner.0 / kt).ln() / (inner.0 / wind).ln();
            inner.1 * (km / inner.1).powf(share)
        }
        Some((_, km)) => km,
        None => {
            // Exponents of modified Rankine vortices are 0.4..0.6 (Depperman 1947; Hughes 1952); the clamp is wider.
            let (w0, r0) = before.unwrap_or((vmax_kt, rmw_km));
            let is_slope = inner.1 > r0 && inner.0 < w0;
            let exponent = if is_slope { (w0 / inner.0).ln() / (inner.1 / r0).ln() } else { 0.5 };
            let km = inner.1 * (inner.0 / kt).powf(1.0 / exponent.clamp(0.3, 1.0));
            if inner.1 <= rmw_km { 0.0 } else { km.min(inner.1.max(LARGEST_KM)) }
        }
    }
}

/// A stronger wind never reaches further than a weaker one, whatever the bulletin says.
fn ordered(mut radii: [Quadrants; 3]) -> [Quadrants; 3] {
    let [gale, storm, typhoon] = &mut radii;
    for ((g, s), t) in gale.iter_mut().zip(storm.iter_mut()).zip(typhoon.iter()) {
        *s = s.max(*t);
        *g = g.max(*s);
    }
    radii
}

fn filled_winds(fixes: &[Fix]) -> Option<Vec<f64>> {
    let known: Vec<(Timestamp, f64)> = fixes.iter().filter_map(|fix| Some((fix.time, fix.vmax_kt?))).collect();
    let first = known.first()?;
    let winds = fixes.iter().map(|fix| {
        let after = known.partition_point(|(time, _)| *time <= fix.time);
        let (Some(a), b) = (after.checked_sub(1).and_then(|i| known.get(i)), known.get(after)) else { return first.1 };
        b.map_or(a.1, |b| a.1 + (b.1 - a.1) * hours_between(a.0, fix.time) / hours_between(a.0, b.0))
    });
    Some(winds.collect())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::{Averaging, NMI_KM, Technique, WindRadii};

    pub(in crate::storm) fn at(lat: f64, lon: f64) -> Position {
        Position::lat_lon(lat, lon).expect("a position")
    }

    pub(in crate::storm) fn time(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn fix(when: &str, lat: f64, lon: f64, vmax: f64, radii: &[(u32, [f64; 4])]) -> Fix {
        let radii = radii.iter().map(|(kt, [ne, se, sw, nw])| WindRadii {
            kt: *kt,
            ne_km: ne * NMI_KM,
            se_km: se * NMI_KM,
            sw_km: sw * NMI_KM,
            nw_km: nw * NMI_KM,
        });
        Fix { vmax_kt: Some(vmax), radii: radii.collect(), ..Fix::at(time(when), 0, at(lat, lon)) }
    }

    /// Rananim's landfall, JTWC best track (1-minute winds, radii in nautical miles).
    pub(in crate::storm) fn rananim() -> Track {
        let fixes = vec![
            fix(
                "2004-08-11T18:00:00Z",
                25.3,
                124.3,
                90.0,
                &[(34, [90.0, 110.0, 110.0, 90.0]), (50, [30.0; 4]), (64, [20.0; 4])],
            ),
            fix(
                "2004-08-12T00:00:00Z",
                26.4,
                123.8,
                90.0,
                &[(34, [100.0, 110.0, 110.0, 100.0]), (50, [30.0; 4]), (64, [20.0; 4])],
            ),
            fix(
                "2004-08-12T06:00:00Z",
                27.3,
                122.6,
                90.0,
                &[(34, [120.0, 100.0, 100.0, 120.0]), (50, [30.0; 4]), (64, [20.0; 4])],
            ),
            fix(
                "2004-08-12T12:00:00Z",
                28.0,
                121.3,
                85.0,
                &[(34, [120.0, 90.0, 70.0, 70.0]), (50, [30.0, 30.0, 20.0, 20.0]), (64, [10.0, 10.0, 5.0, 5.0])],
            ),
            fix("2004-08-12T18:00:00Z", 28.4, 120.1, 70.0, &[(34, [50.0; 4]), (50, [30.0, 30.0, 20.0, 20.0])]),
            fix("2004-08-13T00:00:00Z", 28.5, 118.9, 60.0, &[(34, [50.0; 4]), (50, [30.0, 30.0, 20.0, 20.0])]),
        ];
        let (agency, technique) = ("jtwc".to_owned(), "BEST".to_owned());
        Track { agency, technique, standing: Technique::Analysis, averaging: Averaging::OneMinute, fixes }
    }

    #[test]
    fn goes_through_its_fixes_and_between_them() {
        let path = Path::new(&rananim()).expect("a path");
        let there = path.at(time("2004-08-12T06:00:00Z")).expect("within");
        assert_eq!(there.position, at(27.3, 122.6));
        let midway = path.at(time("2004-08-12T09:00:00Z")).expect("within");
        assert!((midway.vmax_kt - 87.5).abs() < 1e-9);
        assert!((midway.position.lat() - 27.65).abs() < 0.01, "{:?}", midway.position);
        assert!((300.0..305.0).contains(&midway.heading_deg), "{}", midway.heading_deg);
        assert!((midway.radii[0][3] - 95.0 * NMI_KM).abs() < 1e-6);
        assert_eq!(path.at(time("2004-08-11T17:59:00Z")), None);
        assert_eq!(path.at(time("2004-08-13T00:01:00Z")), None);
        assert!(path.at(path.end()).is_some());
    }

    #[test]
    fn missing_winds_and_radii_are_filled_never_zero() {
        let mut track = rananim();
        track.fixes[2].vmax_kt = None;
        track.fixes[2].radii.clear();
        let path = Path::new(&track).expect("a path");
        let there = path.at(time("2004-08-12T06:00:00Z")).expect("within");
        assert!((there.vmax_kt - 87.5).abs() < 1e-9);
        assert!(there.radii[0].iter().all(|km| (150.0..400.0).contains(km)), "{:?}", there.radii);
        track.fixes.iter_mut().for_each(|fix| fix.vmax_kt = None);
        assert_eq!(Path::new(&track), None);
    }

    #[test]
    fn ten_minute_radii_reach_further_on_one_minute() {
        let mut track = rananim();
        track.averaging = Averaging::TenMinutes;
        let ten = Path::new(&track).expect("a path").at(time("2004-08-12T06:00:00Z")).expect("within");
        let one = Path::new(&rananim()).expect("a path").at(time("2004-08-12T06:00:00Z")).expect("within");
        assert!(ten.radii[0][0] > one.radii[0][0] && ten.vmax_kt > one.vmax_kt);
    }

    /// Beaufort 7, 10 and 12 of 2-minute winds (28, 48, 64 kt): gale reach lies between the first two.
    #[test]
    fn other_thresholds_and_periods_serve_as_well() {
        let mut track = rananim();
        let radii = |kt, km| WindRadii { kt, ne_km: km, se_km: km, sw_km: km, nw_km: 0.0 };
        for fix in &mut track.fixes {
            (fix.vmax_kt, fix.radii) = (Some(80.0), vec![radii(28, 300.0), radii(48, 120.0), radii(64, 60.0)]);
        }
        track.averaging = Averaging::TwoMinutes;
        let path = Path::new(&track).expect("a path");
        let [gale, storm, typhoon] = path.at(path.start()).expect("within").radii;
        assert!(gale[0] > 200.0 && gale[0] < 290.0, "{gale:?}");
        assert!(storm[0] > 110.0 && storm[0] < 125.0, "{storm:?}");
        assert!(typhoon[0] > 60.0 && typhoon[0] < 70.0, "{typhoon:?}");
        assert_eq!((gale[3], storm[3], typhoon[3]), (0.0, 0.0, 0.0));
    }

    /// 30 and 50 kt of 10-minute winds, as JMA gives them.
    #[test]
    fn a_stronger_wind_alone_tells_how_far_the_gale_reaches() {
        let fifty = [(50.0 / 0.93, 100.0)];
        let gale = reach_in_quadrant(fifty.into_iter(), 34.0, (90.0, 30.0));
        assert!(gale > 150.0 && gale < 400.0, "{gale}");
        let both = [(30.0 / 0.93, 350.0), (50.0 / 0.93, 100.0)];
        let gale = reach_in_quadrant(both.into_iter(), 34.0, (90.0, 30.0));
        assert!(gale > 300.0 && gale < 350.0, "{gale}");
        assert!(reach_in_quadrant([(34.0, 0.0)].into_iter(), 34.0, (90.0, 30.0)).abs() < 1e-9);
    }
}
