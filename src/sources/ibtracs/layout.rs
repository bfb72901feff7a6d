//! Which column of a list is what.

use std::collections::HashMap;

use csv::StringRecord;

use crate::domain::{Averaging, WindRadii};
use crate::sources::formats::cyclone::{km_of_nmi, radii};

/// An agency with columns of its own.
pub(super) struct Agency {
    /// What its columns begin with.
    prefix: &'static str,
    /// The agency; empty for the US ones, which the basin tells.
    pub(super) name: &'static str,
    pub(super) technique: &'static str,
    pub(super) averaging: Averaging,
}

/// The agencies with columns of their own.
pub(super) const AGENCIES: [Agency; 10] = [
    agency("usa", "", "BEST", Averaging::OneMinute),
    agency("tokyo", "jma", "BEST-JMA", Averaging::TenMinutes),
    agency("cma", "cma", "BEST-CMA", Averaging::TwoMinutes),
    agency("hko", "hko", "BEST-HKO", Averaging::TenMinutes),
    agency("kma", "kma", "BEST-KMA", Averaging::TenMinutes),
    agency("newdelhi", "imd", "BEST-IMD", Averaging::ThreeMinutes),
    agency("reunion", "mfr", "BEST-MFR", Averaging::TenMinutes),
    agency("bom", "bom", "BEST-BOM", Averaging::TenMinutes),
    agency("nadi", "fms", "BEST-FMS", Averaging::TenMinutes),
    agency("wellington", "metservice", "BEST-METSERVICE", Averaging::TenMinutes),
];

const fn agency(prefix: &'static str, name: &'static str, technique: &'static str, averaging: Averaging) -> Agency {
    Agency { prefix, name, technique, averaging }
}

/// Where the columns of a list stand.
pub(super) struct Layout {
    pub(super) sid: usize,
    pub(super) time: usize,
    pub(super) lat: usize,
    pub(super) lon: usize,
    pub(super) name: Option<usize>,
    pub(super) basin: Option<usize>,
    pub(super) atcf: Option<usize>,
    pub(super) wmo_agency: Option<usize>,
    /// The archive's own track.
    pub(super) wmo: Columns,
    /// Those of [`AGENCIES`], in that order; `None` when the list has nothing of that agency.
    pub(super) agencies: [Option<Columns>; AGENCIES.len()],
    /// True for names that no other table uses.
    pub(super) is_official: bool,
}

impl Layout {
    /// `None` when the columns that every list needs are not there.
    pub(super) fn of(head: &StringRecord) -> Option<Self> {
        let mut names = HashMap::new();
        for (at, name) in head.iter().enumerate() {
            let name = name.trim().trim_matches(|c: char| c == '"' || c == '\u{FEFF}').to_ascii_lowercase();
            names.entry(name).or_insert(at);
        }
        let column = |name: &str| names.get(name).copied();
        let either = |a: &str, b: &str| column(a).or_else(|| column(b));
        // Of the tables without agencies only the one of US winds has categories, which are defined by those.
        let plain = Columns { wind: column("wind"), pres: either("slp", "pres"), ..Columns::default() };
        let is_us = plain.wind.is_some() && column("sshs_cat").is_some();
        let mut agencies = AGENCIES.map(|agency| Columns::of(&column, agency.prefix));
        let mut wmo = Columns { lat: None, lon: None, ..Columns::of(&column, "wmo").unwrap_or_default() };
        if wmo.wind.is_none() && wmo.pres.is_none() && !is_us {
            wmo = plain.clone();
        }
        if let ([usa @ None, ..], true) = (&mut agencies, is_us) {
            *usa = Some(plain);
        }
        Some(Self {
            sid: either("sid", "track_id")?,
            time: either("iso_time", "time")?,
            lat: column("lat")?,
            lon: column("lon")?,
            name: column("name"),
            basin: column("basin"),
            atcf: column("usa_atcf_id"),
            wmo_agency: column("wmo_agency"),
            wmo,
            agencies,
            is_official: column("sid").is_some() && column("iso_time").is_some(),
        })
    }
}

/// The columns of one agency.
#[derive(Clone, Default)]
pub(super) struct Columns {
    /// Its own position; without these columns the archive's position is its.
    pub(super) lat: Option<usize>,
    pub(super) lon: Option<usize>,
    pub(super) wind: Option<usize>,
    pub(super) pres: Option<usize>,
    pub(super) rmw: Option<usize>,
    pub(super) gust: Option<usize>,
    /// For each threshold in knots, the columns of NE, SE, SW, NW.
    quadrants: Vec<(u32, [usize; 4])>,
    /// For each threshold in knots, the columns of direction, longest and shortest radius.
    ovals: Vec<(u32, [usize; 3])>,
}

impl Columns {
    /// `None` when the list has neither position nor wind of the agency.
    fn of(column: &impl Fn(&str) -> Option<usize>, prefix: &str) -> Option<Self> {
        let own = |name: &str| column(&format!("{prefix}_{name}"));
        let quadrants = |kt: u32| {
            let of = |quadrant: &str| own(&format!("r{kt}_{quadrant}"));
            Some((kt, [of("ne")?, of("se")?, of("sw")?, of("nw")?]))
        };
        let oval = |kt: u32| {
            let of = |part: &str| own(&format!("r{kt}_{part}"));
            Some((kt, [of("dir")?, of("long")?, of("short")?]))
        };
        let (lat, lon) = own("lat").zip(own("lon")).unzip();
        let columns = Self {
            lat,
            lon,
            wind: own("wind"),
            pres: own("pres"),
            rmw: own("rmw"),
            gust: own("gust"),
            quadrants: [34, 50, 64].into_iter().filter_map(quadrants).collect(),
            ovals: [30, 50].into_iter().filter_map(oval).collect(),
        };
        (columns.lat.is_some() || columns.wind.is_some() || columns.pres.is_some()).then_some(columns)
    }

    /// The wind radii that a line gives.
    pub(super) fn radii(&self, record: &StringRecord) -> Vec<WindRadii> {
        let nmi = |at: usize| number(record, Some(at));
        let quadrants = self.quadrants.iter().filter_map(|(kt, columns)| {
            let all = columns.map(nmi);
            // A quadrant that alone is blank is taken for none, which is a guess.
            let km = all.map(|nmi| km_of_nmi(nmi.unwrap_or(0.0)));
            all.iter().any(Option::is_some).then(|| radii(*kt, km)).flatten()
        });
        let ovals = self.ovals.iter().filter_map(|(kt, [direction, long, short])| {
            let long = nmi(*long)?;
            radii(*kt, oval(nmi(*direction), long, nmi(*short).unwrap_or(long)).map(km_of_nmi))
        });
        quadrants.chain(ovals).collect()
    }
}

/// A number of a line; `None` for a blank, a text, or a number below zero.
pub(super) fn number(record: &StringRecord, at: Option<usize>) -> Option<f64> {
    let text = record.get(at?)?.trim();
    if text.is_empty() { None } else { text.parse().ok().filter(|number: &f64| *number >= 0.0) }
}

/// The farthest reach in NE, SE, SW and NW of an area that JMA gives by its longest radius, the direction of that (1 NE,
/// 2 E, and on clockwise to 8 N; 9 all alike) and its shortest radius.
///
/// JMA draws it as a circle whose centre is moved from the storm's along that direction, so that a bearing `a` away from
/// it the edge is at `d cos a + √(r² − d² sin² a)`, with `r` half the sum and `d` half the difference of the two radii.
/// A quadrant's reach is that of its bearing nearest to the direction.
fn oval(direction: Option<f64>, long: f64, short: f64) -> [f64; 4] {
    let Some(direction) = direction.filter(|code| (1.0..=8.0).contains(code)) else { return [long.max(short); 4] };
    let (r, d) = (f64::midpoint(long, short), (long - short) / 2.0);
    [45.0, 135.0, 225.0, 315.0].map(|middle: f64| {
        let apart = (middle - direction * 45.0).rem_euclid(360.0);
        let nearest = (apart.min(360.0 - apart) - 45.0).max(0.0).to_radians();
        d * nearest.cos() + (r * r - (d * nearest.sin()).powi(2)).max(0.0).sqrt()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(direction: Option<f64>, long: f64, short: f64, expected: [f64; 4]) {
        let apart = oval(direction, long, short).into_iter().zip(expected).map(|(a, b)| (a - b).abs());
        assert!(apart.fold(0.0, f64::max) <= 0.5, "{direction:?} {long} {short}");
    }

    #[test]
    fn areas_that_reach_farther_on_one_side() {
        check(Some(9.0), 180.0, 180.0, [180.0; 4]);
        check(None, 180.0, 120.0, [180.0; 4]);
        // To the east: both eastern quadrants touch the longest radius; due north the edge is at √(180 · 120).
        check(Some(2.0), 180.0, 120.0, [180.0, 180.0, 147.0, 147.0]);
        check(Some(1.0), 180.0, 120.0, [180.0, 170.0, 127.0, 170.0]);
        check(Some(8.0), 180.0, 120.0, [180.0, 147.0, 147.0, 180.0]);
    }

    #[test]
    fn columns_are_found_by_name() {
        let head: StringRecord = "track_id,season,time,lon,lat,wind,slp".split(',').collect();
        let layout = Layout::of(&head).unwrap();
        assert_eq!((layout.lat, layout.lon, layout.wmo.wind), (4, 3, Some(5)));
        assert!(layout.agencies.iter().all(Option::is_none) && !layout.is_official);
        let head: StringRecord = "LON,LAT,ISO_TIME,SID,USA_WIND".split(',').collect();
        let layout = Layout::of(&head).unwrap();
        assert!(layout.is_official && layout.agencies[0].as_ref().unwrap().wind == Some(4));
        assert!(Layout::of(&"id,time,lat,lon".split(',').collect()).is_none());
    }
}
