//! All storms of the day together: what the official tracks and the possible storms bring to something that moves.

use super::Threat;
use crate::domain::{
    ByThreshold, Meeting, ModeParams, Position, Stay, Timestamp, TransportParams, hours, hours_between,
};
use crate::storm::ensemble::Met;
use crate::{geo, storm};

/// Beyond this from every storm nothing is asked: wider than any 34-kt radius with the widest margin (some 1,100 and 556 km).
const FAR_KM: f64 = 1_700.0;

/// The storms as they stand at an instant. Members of the same number go together: storms are taken as independent.
#[derive(Debug)]
pub(super) struct Storms<'a> {
    pub(super) threats: &'a [Threat<'a>],
    pub(super) now: Timestamp,
    /// Hours from now to the end of the longest forecast.
    pub(super) end_h: f64,
    pub(super) members: usize,
}

impl<'a> Storms<'a> {
    /// `None` when no storm has anything ahead.
    pub(super) fn new(threats: &'a [Threat<'a>], now: Timestamp) -> Option<Self> {
        let end = threats.iter().map(|threat| threat.possible.end()).max()?;
        let members = threats.iter().map(|threat| threat.possible.of_forecast(None).met(&[]).len()).max()?;
        Some(Self { threats, now, end_h: hours_between(now, end).max(0.0), members })
    }

    /// The instant so many hours from now, to the minute.
    pub(super) fn instant(&self, hours_on: f64) -> Timestamp {
        self.now.checked_add(hours((hours_on * 60.0).round() / 60.0)).unwrap_or(self.now)
    }

    /// True when no official track comes near any of some places.
    pub(super) fn are_far_from(&self, places: &[Position]) -> bool {
        let is_near = |storm: Position| {
            places.iter().any(|place| {
                let (east, north) = geo::plane_km(storm, *place);
                east.hypot(north) <= FAR_KM
            })
        };
        let steps = self.threats.iter().flat_map(|threat| threat.path.sampled(self.now, hours(6.0)));
        !steps.into_iter().any(|step| is_near(step.position))
    }

    /// What each member brings to a way; one value a member.
    pub(super) fn met(&self, way: &[(Timestamp, Position)]) -> Vec<Met> {
        let mut all = vec![Met::default(); self.members];
        for threat in self.threats {
            for (sum, met) in all.iter_mut().zip(threat.possible.of_forecast(None).met(way)) {
                *sum = joined(sum, &met);
            }
        }
        all
    }

    /// What a way meets, by the official tracks and by the members, given what each brings.
    pub(super) fn meeting(
        &self,
        way: &[(Timestamp, Position)],
        met: &[Met],
        mode: &ModeParams,
        params: &TransportParams,
    ) -> Meeting {
        let share = 1.0 / met.len().max(1) as f64;
        let mean = |hours: &dyn Fn(&Met) -> f64| met.iter().map(hours).sum::<f64>() * share;
        let chance = |kt: u32| met.iter().filter(|met| of(&met.hours, kt) > 0.0).count() as f64 * share;
        let mut meeting = Meeting {
            limit_kt: mode.limit_kt,
            gale_h_mean: tenth(mean(&|met| met.hours.gale)),
            limit_h_mean: tenth(mean(&|met| of(&met.hours, mode.limit_kt))),
            p_34kt: thousandth(chance(34)),
            p_limit: thousandth(chance(mode.limit_kt)),
            ..Meeting::default()
        };
        self.official(way, mode, params, &mut meeting);
        meeting
    }

    fn official(
        &self,
        way: &[(Timestamp, Position)],
        mode: &ModeParams,
        params: &TransportParams,
        meeting: &mut Meeting,
    ) {
        let (mut gale_h, mut limit_h, mut peak_kt) = (0.0, 0.0, 0.0_f64);
        for (at, (time, place)) in way.iter().enumerate() {
            let storms = || self.threats.iter().filter_map(|threat| threat.path.at(*time));
            let kt = storms().map(|storm| storm::wind_kt(&storm, *place)).fold(0.0, f64::max);
            let stands_for_h = stands_for_h(way, at);
            peak_kt = peak_kt.max(kt);
            gale_h += if kt >= 34.0 { stands_for_h } else { 0.0 };
            limit_h += if kt >= f64::from(mode.limit_kt) { stands_for_h } else { 0.0 };
            let is_within = |storm: storm::Snapshot| {
                let [gale, ..] = storm.radii;
                let radius_km = gale.into_iter().fold(0.0, f64::max);
                let far_km = radius_km + params.margin_km(storm.lead_h);
                radius_km > 0.0 && geo::distance(storm.position, *place).0 <= far_km
            };
            if mode.is_afloat && storms().any(is_within) {
                let first = meeting.danger_123.map_or(*time, |stay| stay.first);
                meeting.danger_123 = Some(Stay { first, last: *time });
            }
        }
        (meeting.gale_h, meeting.limit_h, meeting.peak_kt) = (tenth(gale_h), tenth(limit_h), tenth(peak_kt));
    }
}

/// Half of the way to each neighbour.
fn stands_for_h(way: &[(Timestamp, Position)], at: usize) -> f64 {
    let gap = |a: Option<usize>, b: usize| {
        let (a, b) = (a.and_then(|a| way.get(a)), way.get(b));
        a.zip(b).map_or(0.0, |(a, b)| hours_between(a.0, b.0).max(0.0) / 2.0)
    };
    gap(at.checked_sub(1), at) + gap(Some(at), at + 1)
}

fn joined(a: &Met, b: &Met) -> Met {
    let both = |a: Option<(Timestamp, Timestamp)>, b: Option<(Timestamp, Timestamp)>| match (a, b) {
        (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
        (one, other) => one.or(other),
    };
    Met {
        hours: ByThreshold {
            gale: a.hours.gale + b.hours.gale,
            storm: a.hours.storm + b.hours.storm,
            typhoon: a.hours.typhoon + b.hours.typhoon,
        },
        times: ByThreshold {
            gale: both(a.times.gale, b.times.gale),
            storm: both(a.times.storm, b.times.storm),
            typhoon: both(a.times.typhoon, b.times.typhoon),
        },
        peak_kt: a.peak_kt.max(b.peak_kt),
    }
}

/// The value of one of the three thresholds; of the gale for any other.
pub(super) fn of<T: Copy>(values: &ByThreshold<T>, kt: u32) -> T {
    match kt {
        50 => values.storm,
        64 => values.typhoon,
        _ => values.gale,
    }
}

pub(super) fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0 + 0.0
}

pub(super) fn thousandth(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0 + 0.0
}
