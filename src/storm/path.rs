//! The storm between its fixes: position on the geodesic, wind, pressure and radii on monotone curves in time.
//!
//! Between two fixes no wind is stronger or weaker and no radius wider or narrower than at both; whatever the agency left
//! blank at a fix is filled there first ([`Path::profile`] says by what). All winds are 1-minute winds.

use super::fill::{Filled, Leg, filled, legs, ordered};
use super::hermite;
use crate::domain::{Km, Position, Span, Timestamp, Track, hours_between};
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
    /// The speed of motion in knots.
    pub motion_kt: f64,
    /// The highest 1-minute wind in knots.
    pub vmax_kt: f64,
    /// The radius of maximum wind in kilometres.
    pub rmw_km: f64,
    /// The reach of 34, 50 and 64 kt, in that order.
    pub radii: [Quadrants; 3],
    /// The central pressure in hectopascals; `None` outside of the fixes that have one.
    pub pmin_hpa: Option<f64>,
}

/// A track ready to be asked where the storm is.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    knots: Vec<Knot>,
    profile: String,
}

/// Wind, radius of maximum wind and the twelve radii: what runs on curves.
type Values = [f64; 14];

#[derive(Debug, Clone, PartialEq)]
struct Knot {
    time: Timestamp,
    lead_h: f64,
    position: Position,
    leg: Leg,
    values: Values,
    /// Of each value, an hour.
    slopes: Values,
    /// Central pressure and its slope.
    pressure: Option<(f64, f64)>,
}

impl Path {
    /// A path through the fixes; a missing wind is taken from its neighbours in time, the rest from parametric vortices.
    /// `None` when no fix has a wind.
    pub fn new(track: &Track) -> Option<Self> {
        let legs = legs(&track.fixes);
        let (storms, profile) = filled(track, &legs)?;
        let mut knots: Vec<Knot> = Vec::with_capacity(storms.len());
        for ((fix, storm), leg) in track.fixes.iter().zip(&storms).zip(legs) {
            let (time, lead_h, position) = (fix.time, f64::from(fix.tau_h), fix.position);
            let pressure = storm.pmin_hpa.map(|hpa| (hpa, 0.0));
            knots.push(Knot { time, lead_h, position, leg, values: values(storm), slopes: [0.0; 14], pressure });
        }
        incline(&mut knots);
        Some(Self { knots, profile })
    }

    /// By what the winds at the fixes are known or filled, for people.
    pub fn profile(&self) -> &str {
        &self.profile
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
            return (before.time == time).then(|| before.snapshot());
        };
        if before.time == time {
            return Some(before.snapshot());
        }
        let hours = hours_between(before.time, next.time);
        let share = hours_between(before.time, time) / hours;
        let mut values = before.values;
        for ((value, slope), (to, slope_to)) in
            values.iter_mut().zip(before.slopes).zip(next.values.iter().zip(next.slopes))
        {
            *value = hermite::between(share, hours, (*value, slope), (*to, slope_to));
        }
        let pressure = before.pressure.zip(next.pressure);
        let there = Km(before.leg.km * share);
        let (position, heading_deg) = geo::destination_and_bearing(before.position, before.leg.bearing_deg, there);
        Some(
            Snapshot {
                time,
                lead_h: before.lead_h + (next.lead_h - before.lead_h) * share,
                position,
                heading_deg,
                pmin_hpa: pressure.map(|(from, to)| hermite::between(share, hours, from, to)),
                ..before.snapshot()
            }
            .with(values),
        )
    }

    /// The wind on straight lines between fixes; `None` outside of the path.
    pub(super) fn straight_kt(&self, time: Timestamp) -> Option<f64> {
        let after = self.knots.partition_point(|knot| knot.time <= time);
        let before = self.knots.get(after.checked_sub(1)?)?;
        let [from, ..] = before.values;
        let Some(next) = self.knots.get(after) else { return Some(from) };
        let [to, ..] = next.values;
        let share = hours_between(before.time, time) / hours_between(before.time, next.time);
        Some(from + (to - from) * share)
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
}

impl Knot {
    fn snapshot(&self) -> Snapshot {
        Snapshot {
            time: self.time,
            lead_h: self.lead_h.max(0.0),
            position: self.position,
            heading_deg: self.leg.bearing_deg,
            motion_kt: self.leg.motion_kt,
            vmax_kt: 0.0,
            rmw_km: 0.0,
            radii: [[0.0; 4]; 3],
            pmin_hpa: self.pressure.map(|(hpa, _)| hpa),
        }
        .with(self.values)
    }
}

impl Snapshot {
    fn with(self, values: Values) -> Self {
        let [vmax_kt, rmw_km, reaches @ ..] = values;
        let mut radii = [[0.0; 4]; 3];
        for (own, reach) in radii.as_flattened_mut().iter_mut().zip(reaches) {
            *own = reach;
        }
        Self { vmax_kt, rmw_km, radii: ordered(radii), lead_h: self.lead_h.max(0.0), ..self }
    }
}

fn values(storm: &Filled) -> Values {
    let mut values = [0.0; 14];
    let all = [storm.vmax_kt, storm.rmw_km].into_iter().chain(storm.radii.as_flattened().iter().copied());
    for (own, value) in values.iter_mut().zip(all) {
        *own = value;
    }
    values
}

/// Gives each knot its slopes. The pressure has a curve of its own through the knots that have one, which follow each other.
fn incline(knots: &mut [Knot]) {
    let Some(start) = knots.first().map(|knot| knot.time) else { return };
    let hours: Vec<f64> = knots.iter().map(|knot| hours_between(start, knot.time)).collect();
    for at in 0..knots.first().map_or(0, |knot| knot.values.len()) {
        let values: Vec<f64> = knots.iter().filter_map(|knot| knot.values.get(at).copied()).collect();
        for (knot, slope) in knots.iter_mut().zip(hermite::slopes(&hours, &values)) {
            if let Some(own) = knot.slopes.get_mut(at) {
                *own = slope;
            }
        }
    }
    let known = knots.iter().zip(&hours).filter_map(|(knot, hour)| Some((*hour, knot.pressure?.0)));
    let (hours, values): (Vec<f64>, Vec<f64>) = known.unzip();
    let pressures = knots.iter_mut().filter_map(|knot| knot.pressure.as_mut());
    for (pressure, slope) in pressures.zip(hermite::slopes(&hours, &values)) {
        pressure.1 = slope;
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{Averaging, Fix, NMI_KM, Technique, WindRadii};

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
        assert!(midway.vmax_kt > 87.5 && midway.vmax_kt < 90.0, "{}", midway.vmax_kt);
        assert!((midway.position.lat() - 27.65).abs() < 0.01, "{:?}", midway.position);
        assert!((300.0..305.0).contains(&midway.heading_deg), "{}", midway.heading_deg);
        assert!(midway.radii[0][3] > 70.0 * NMI_KM && midway.radii[0][3] < 120.0 * NMI_KM, "{:?}", midway.radii);
        assert!((midway.motion_kt - 13.5).abs() < 0.5, "{}", midway.motion_kt);
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
        assert!(there.vmax_kt > 85.0 && there.vmax_kt <= 90.0, "{}", there.vmax_kt);
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

    #[test]
    fn says_by_what_it_was_filled() {
        let mut track = rananim();
        let said = |track: &Track| Path::new(track).expect("a path").profile().to_owned();
        assert_eq!(
            said(&track),
            "radii of the agency; power law between known winds; radius of maximum wind by Willoughby 2006"
        );
        track.fixes.iter_mut().skip(3).for_each(|fix| fix.radii.clear());
        assert_eq!(
            said(&track),
            "radii of the agency; later Willoughby 2006 and ER11 in the known size; radius of maximum wind by \
             Willoughby 2006"
        );
        track.fixes.iter_mut().for_each(|fix| {
            fix.radii.clear();
            fix.rmw_km = Some(30.0);
        });
        assert_eq!(said(&track), "Willoughby 2006 and ER11");
    }

    #[test]
    fn a_size_that_is_known_is_kept_for_a_day() {
        let mut track = rananim();
        let gale = |track: &Track, at: usize| {
            let path = Path::new(track).expect("a path");
            let [gale, ..] = path.at(track.fixes[at].time).expect("within").radii;
            gale.iter().sum::<f64>()
        };
        track.fixes.iter_mut().for_each(|fix| fix.radii.clear());
        let unknown = gale(&track, 1);
        let half = unknown / 8.0;
        let radii = WindRadii { kt: 34, ne_km: half, se_km: half, sw_km: half, nw_km: half };
        track.fixes[0].radii = vec![radii];
        assert!(gale(&track, 1) < unknown * 0.75 && gale(&track, 1) > unknown * 0.5, "{unknown}");
        assert!(gale(&track, 4) / gale(&track, 1) > 0.6, "less of it counts later");
    }

    #[test]
    fn a_wind_that_is_not_said_decays_over_land() {
        let mut track = rananim();
        for fix in &mut track.fixes {
            fix.vmax_kt = fix.vmax_kt.filter(|_| fix.time <= time("2004-08-12T12:00:00Z"));
        }
        let wind = |when| Path::new(&track).expect("a path").at(time(when)).expect("within").vmax_kt;
        // 26.7 + (85 − 26.7) e^(−0.095 · 6) = 59.7 after six hours on land; its first hour is by the sea.
        let (six, twelve) = (wind("2004-08-12T18:00:00Z"), wind("2004-08-13T00:00:00Z"));
        assert!((57.0..70.0).contains(&six) && twelve < six - 8.0, "{six} {twelve}");
    }

    #[test]
    fn pressure_is_known_between_known_ones_alone() {
        let mut track = rananim();
        (track.fixes[1].pmin_hpa, track.fixes[3].pmin_hpa) = (Some(954.0), Some(958.0));
        let path = Path::new(&track).expect("a path");
        let hpa = |when| path.at(time(when)).expect("within").pmin_hpa;
        assert!(hpa("2004-08-12T07:00:00Z").is_some_and(|hpa| hpa > 954.0 && hpa < 958.0));
        assert_eq!((hpa("2004-08-11T20:00:00Z"), hpa("2004-08-12T13:00:00Z")), (None, None));
        assert_eq!(hpa("2004-08-12T12:00:00Z"), Some(958.0));
    }

    #[test]
    fn near_a_pole_and_over_the_line_it_goes_the_short_way() {
        let fix = |when, lat, lon| fix(when, lat, lon, 50.0, &[]);
        for (from, to) in
            [((89.0, 10.0), (89.0, -170.0)), ((70.0, 179.5), (71.0, -179.0)), ((-17.0, 179.0), (-18.0, -179.0))]
        {
            let fixes = vec![fix("2004-08-11T18:00:00Z", from.0, from.1), fix("2004-08-12T06:00:00Z", to.0, to.1)];
            let path = Path::new(&Track { fixes, ..rananim() }).expect("a path");
            let (a, b) = (at(from.0, from.1), at(to.0, to.1));
            let middle = path.at(time("2004-08-12T00:00:00Z")).expect("within").position;
            let halves = (geo::distance(a, middle).0, geo::distance(middle, b).0);
            assert!((halves.0 - halves.1).abs() < 1e-6 && halves.0 < 120.0, "{halves:?}");
            assert_eq!(path.at(path.end()).expect("within").position, b);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        /// Winds and radii of whatever figures: between two fixes nothing leaves what both have, and order is kept.
        #[test]
        fn between_fixes_nothing_overshoots(
            figures in prop::collection::vec((15.0..170.0_f64, 0.0..400.0_f64, 0.0..1.0_f64, 0.0..1.0_f64), 6),
            second in 0..21_600_i64, leg in 0..5_usize,
        ) {
            let mut track = rananim();
            for (fix, (vmax, gale, storm, typhoon)) in track.fixes.iter_mut().zip(&figures) {
                fix.vmax_kt = Some(*vmax);
                let radii = |kt, km: f64| WindRadii { kt, ne_km: km, se_km: km * 0.8, sw_km: 0.0, nw_km: km * 0.5 };
                let storm = gale * storm;
                fix.radii = vec![radii(34, *gale), radii(50, storm), radii(64, storm * typhoon)];
            }
            let path = Path::new(&track).expect("a path");
            let (from, to) = (track.fixes[leg].time, track.fixes[leg + 1].time);
            let when = from + Span::from_secs(second);
            let storms = [from, when, to].map(|time| path.at(time).expect("within"));
            let flat = |storm: &Snapshot| {
                let radii: Vec<f64> = storm.radii.iter().flatten().copied().collect();
                [vec![storm.vmax_kt, storm.rmw_km], radii].concat()
            };
            let [before, there, after] = storms.each_ref().map(flat);
            for ((value, a), b) in there.iter().zip(&before).zip(&after) {
                prop_assert!(value.is_finite() && *value >= a.min(*b) - 1e-9 && *value <= a.max(*b) + 1e-9, "{value} {a} {b}");
            }
            let [gale, storm, typhoon] = storms[1].radii;
            prop_assert!((0..4).all(|at| gale[at] >= storm[at] && storm[at] >= typhoon[at]));
        }
    }
}
