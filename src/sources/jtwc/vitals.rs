//! Lines of NCEP's tcvitals: where a storm is, as the agency tells the models.
//!
//! ```text
//! JTWC 11W NOUL      20260725 1200 218N 1159E 300 062 0970 1003 0315 41 027 0222 0204 0167 0195 D
//! ```
//!
//! Fields (NCEP, "TC vitals record format"): agency, number and basin letter, name, date, time (UTC), position in tenths
//! of a degree, direction, speed in tenths of m/s, central pressure and that of the last closed isobar in hPa, its
//! radius in km, wind in m/s, radius of maximum wind in km, radii of 34 kt winds in km (NE, SE, SW, NW), depth (S, M or
//! D). -99 and -999 are unknown. The wind is the agency's own in whole m/s, so that knots come out odd. All lines of a
//! storm and agency become one track.

use std::collections::HashMap;

use super::FORMAT;
use super::words::is_storm_code;
use crate::domain::{Averaging, Bulletin, Fault, Fix, Hazard, Place, Position, Technique, Timestamp};
use crate::sources::formats::cyclone::{Cyclone, in_order, knots_of_ms, radii, sound_pressure, sound_wind};
use crate::sources::formats::dates::civil;
use crate::sources::formats::fault_log::FaultLog;
use crate::sources::formats::storm_key::{event_key, real_name, status, storm_of_code};

/// The agencies of these lines whose winds are known to be 1-minute means.
const AGENCIES: [(&str, &str); 3] = [("JTWC", "jtwc"), ("NHC", "nhc"), ("CPHC", "nhc")];

/// One line.
struct Line<'a> {
    agency: &'static str,
    code: &'a str,
    name: &'a str,
    fix: Fix,
}

/// One storm as one agency tells it.
struct Storm<'a> {
    agency: &'static str,
    code: &'a str,
    name: Option<String>,
    fixes: Vec<Fix>,
}

/// True when the first line that is not blank is one.
pub(super) fn is_first(text: &str) -> bool {
    text.lines().find(|line| !line.trim().is_empty()).is_some_and(|line| read_line(line).is_some())
}

pub(super) fn read(text: &str, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let mut storms: Vec<Storm<'_>> = Vec::new();
    let mut known = HashMap::new();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let Some(line) = read_line(line) else {
            log.add(false, || Fault::minor(Place::line(number), "the line is no tcvitals of JTWC or NHC"));
            continue;
        };
        let at = *known.entry((line.agency, line.code)).or_insert_with(|| {
            storms.push(Storm { agency: line.agency, code: line.code, name: None, fixes: Vec::new() });
            storms.len() - 1
        });
        let Some(storm) = storms.get_mut(at) else { continue };
        storm.name = real_name(line.name).or(storm.name.take());
        storm.fixes.push(line.fix);
    }
    storms.into_iter().filter_map(|storm| hazard(storm, bulletin)).collect()
}

fn hazard(storm: Storm<'_>, bulletin: &Bulletin) -> Option<Hazard> {
    let fixes = in_order(storm.fixes);
    let (first, last) = (fixes.first()?, fixes.last()?);
    let (basin, number) = storm_of_code(storm.code, Some(last.position))?;
    let key = event_key(basin, number, first.time);
    let cyclone = Cyclone {
        issued: Some(last.time),
        name: storm.name,
        status: status(number),
        fixes,
        ..Cyclone::new(FORMAT, storm.agency, key, "VITALS", Technique::Analysis, Averaging::OneMinute)
    };
    Some(cyclone.into_hazard(bulletin))
}

fn read_line(line: &str) -> Option<Line<'_>> {
    let mut words = line.split_ascii_whitespace();
    let agency = words.next()?;
    let (_, agency) = *AGENCIES.iter().find(|(known, _)| *known == agency)?;
    let code = words.next().filter(|code| is_storm_code(code))?;
    let mut words = words.peekable();
    // A name may be missing or of two words; the date is of eight digits.
    let is_date = |word: &&str| word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_digit());
    let name = words.next_if(|word| !is_date(word)).unwrap_or_default();
    while words.next_if(|word| !is_date(word)).is_some() {}
    let time = time(words.next()?, words.next()?)?;
    let position = Position::lat_lon(tenths(words.next()?, 'N', 'S')?, tenths(words.next()?, 'E', 'W')?).ok()?;
    let mut number = || words.next().and_then(|word| word.parse::<f64>().ok()).filter(|number| *number > -9.0);
    let (_direction, _speed) = (number(), number());
    let (pmin, _outside, _outermost, vmax_ms, rmw) = (number(), number(), number(), number(), number());
    let reach = [number(), number(), number(), number()];
    let gales = match reach {
        [Some(ne), Some(se), Some(sw), Some(nw)] => radii(34, [ne, se, sw, nw]),
        _ => None,
    };
    let fix = Fix {
        vmax_kt: vmax_ms.map(knots_of_ms).and_then(sound_wind),
        pmin_hpa: pmin.and_then(sound_pressure),
        rmw_km: rmw.filter(|km| (1.0..1_000.0).contains(km)),
        radii: gales.into_iter().collect(),
        ..Fix::at(time, 0, position)
    };
    Some(Line { agency, code, name, fix })
}

fn time(date: &str, time: &str) -> Option<Timestamp> {
    civil(&format!("{date}{time}"), 0).filter(|_| time.len() == 4)
}

fn tenths(word: &str, plus: char, minus: char) -> Option<f64> {
    let sign = if word.ends_with(plus) { 1.0 } else { -1.0 };
    let digits = word.strip_suffix([plus, minus])?;
    let is_number = matches!(digits.len(), 1..=4) && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse::<f64>().ok().filter(|_| is_number).map(|tenths| sign * tenths / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line() {
        let line = read_line(
            "JTWC 11W NOUL      20260725 1200 218N 1159E 300 062 0970 1003 0315 41 027 0222 0204 0167 0195 D",
        );
        let Line { agency, code, name, fix } = line.unwrap();
        assert_eq!((agency, code, name), ("jtwc", "11W", "NOUL"));
        assert_eq!(fix.time, "2026-07-25T12:00:00Z".parse().unwrap());
        assert_eq!(fix.position, Position::lat_lon(21.8, 115.9).unwrap());
        assert_eq!((fix.vmax_kt, fix.pmin_hpa, fix.rmw_km), (Some(79.7), Some(970.0), Some(27.0)));
        assert_eq!((fix.radii[0].kt, fix.radii[0].se_km), (34, 204.0));
    }

    #[test]
    fn what_is_unknown_is_none() {
        let line = "NHC  09L           20210827 0000 153S 1790W -99 -99 -999 -999 -999 -9 -99 -999 -999 -999 -999 X";
        let fix = read_line(line).unwrap().fix;
        assert_eq!((fix.vmax_kt, fix.pmin_hpa, fix.rmw_km, fix.radii.len()), (None, None, None, 0));
        assert_eq!(fix.position, Position::lat_lon(-15.3, -179.0).unwrap());
        for none in [
            "",
            "JTWC",
            "JTWC 11W NOUL 20260725",
            "JTWC 11W NOUL 20260725 1200 218 1159E 1",
            "KMA 11W X 20260725 1200 218N 1159E",
        ] {
            assert!(read_line(none).is_none(), "{none}");
        }
    }
}
