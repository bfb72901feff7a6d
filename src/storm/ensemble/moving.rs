//! The members asked about something that moves: what each brings to where a ship is at that hour.

use super::field::TIMED;
use super::members::{Member, Step};
use super::official::Hour;
use super::{DEGREE_KM, LEVELS_KT, Members};
use crate::domain::{ByThreshold, Position, Timestamp, hours_between};
use crate::geo;

/// What one member brings to something that moves.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Met {
    /// Hours in each wind or more.
    pub hours: ByThreshold<f64>,
    /// The first and the last place's time at which each wind blows.
    pub times: ByThreshold<Option<(Timestamp, Timestamp)>>,
    /// The highest 1-minute wind in knots; 0 below a gale.
    pub peak_kt: f64,
}

/// A place of the way as the members are asked about it.
struct Stage {
    time: Timestamp,
    /// The step before it and how far on to the next.
    step: usize,
    share: f32,
    place: (f32, f32),
    /// The least cosine of latitude on the way to a storm whose gale reaches here.
    cos: f32,
    /// The hours that the place stands for: half of the way to each neighbour.
    hours: f64,
}

/// No gale reaches further than so many degrees of latitude; see [`Stage::is_beyond`].
const FARTHEST_DEG: f64 = 30.0;

impl Stage {
    /// True when the gale of the hour does not reach here, wherever between its two ends the storm is. Cheap: most stages of
    /// most members are far from the storm.
    fn is_beyond(&self, step: &Step, next: &Step, hour: &Hour) -> bool {
        let reach = |step: &Step| step.reach_km.first().copied().unwrap_or_default();
        let far_deg = reach(step).max(reach(next)) * hour.furthest / DEGREE_KM as f32;
        let (lat, lon) = self.place;
        let way = ((next.lat - step.lat).abs(), (next.lon - step.lon).abs());
        f64::from(far_deg + way.0) < FARTHEST_DEG
            && ((lat - step.lat).abs() > far_deg + way.0 || (lon - step.lon).abs() * self.cos > far_deg + way.1)
    }
}

/// As [`Members::met`].
pub(super) fn met(members: &Members<'_>, way: &[(Timestamp, Position)]) -> Vec<Met> {
    let stages = stages(members, way);
    members.members.iter().map(|member| met_by(members, member, &stages)).collect()
}

/// The part of a way that lies within the forecast.
fn stages(members: &Members<'_>, way: &[(Timestamp, Position)]) -> Vec<Stage> {
    let ensemble = members.ensemble;
    let gap = |a: Option<&(Timestamp, Position)>, b: Option<&(Timestamp, Position)>| {
        a.zip(b).map_or(0.0, |(a, b)| hours_between(a.0, b.0).max(0.0) / 2.0)
    };
    let stage = |(at, (time, position)): (usize, &(Timestamp, Position))| {
        let since = hours_between(ensemble.from, *time);
        let lon = geo::shortest_lon(position.lon() - ensemble.meridian);
        (since >= 0.0).then(|| Stage {
            time: *time,
            step: since as usize,
            share: since.fract() as f32,
            place: (position.lat() as f32, lon as f32),
            cos: (position.lat().abs() + FARTHEST_DEG).min(89.0).to_radians().cos() as f32,
            hours: gap(at.checked_sub(1).and_then(|before| way.get(before)), way.get(at))
                + gap(way.get(at), way.get(at + 1)),
        })
    };
    way.iter().enumerate().filter_map(stage).collect()
}

fn met_by(members: &Members<'_>, member: &Member, stages: &[Stage]) -> Met {
    let hours = members.ensemble.groups.get(member.group).map(Vec::as_slice).unwrap_or_default();
    let mut met = Met::default();
    for stage in stages {
        let (Some(step), Some(hour)) = (member.steps.get(stage.step), hours.get(stage.step)) else { continue };
        let next = member.steps.get(stage.step + 1);
        if stage.is_beyond(step, next.unwrap_or(step), hour) {
            continue;
        }
        // The last hour of a forecast stands for itself and no later.
        let Some(now) = next.map(|next| step.towards(next, stage.share)).or((stage.share <= 0.0).then_some(*step))
        else {
            continue;
        };
        let kt = now.wind_kt(hour, stage.place);
        if f64::from(kt) > met.peak_kt {
            met.peak_kt = f64::from(kt);
        }
        for (at, level) in LEVELS_KT.iter().take(TIMED).enumerate() {
            if f64::from(kt) >= *level {
                let (hours, times) = met.level_mut(at);
                *hours += stage.hours;
                *times = Some((times.map_or(stage.time, |(first, _)| first), stage.time));
            }
        }
    }
    met
}

impl Met {
    fn level_mut(&mut self, level: usize) -> (&mut f64, &mut Option<(Timestamp, Timestamp)>) {
        match level {
            0 => (&mut self.hours.gale, &mut self.times.gale),
            1 => (&mut self.hours.storm, &mut self.times.storm),
            _ => (&mut self.hours.typhoon, &mut self.times.typhoon),
        }
    }
}
