//! One line of a deck: its fields, and what they mean.
//!
//! Fields, from 0: basin, number, date-time group, technique number (minutes in a best track), technique, tau,
//! latitude, longitude, vmax, mslp, level, radius threshold, its code, four radii, pouter, router, rmw, gusts, eye,
//! subregion, max seas, initials, direction, speed, name. Lines end after any of them.

use crate::domain::{NMI_KM, Position, Span, Timestamp, WindRadii};
use crate::sources::formats::dates::date_time_group;

/// Fields that are read; the last is the name.
const FIELDS: usize = 28;
/// Forecasts reach at most this far: the longest ensembles run for 46 days.
const TAU_MAX_H: i32 = 1_200;
/// `CARQ` gives positions of the last day; nothing gives older ones.
const TAU_MIN_H: i32 = -72;

/// What a line is.
#[derive(Debug, PartialEq)]
pub(super) enum Line<'a> {
    /// A point of a track.
    Row(Row<'a>),
    /// A line without a position, as intensity aids write it: `0N, 0W` or blanks.
    NoPosition,
    /// A line of an e-deck (probabilities) or f-deck (satellite and aircraft fixes).
    OtherDeck,
    /// Nothing that can be read: the field, and what is wrong with it.
    Bad(&'static str, String),
}

/// A point of a track.
#[derive(Debug, PartialEq)]
pub(super) struct Row<'a> {
    pub(super) basin: &'a str,
    pub(super) number: &'a str,
    pub(super) technique: &'a str,
    /// The date-time group: when the forecast was made.
    pub(super) dtg: Timestamp,
    /// When the storm is there.
    pub(super) time: Timestamp,
    pub(super) tau_h: i32,
    pub(super) position: Position,
    pub(super) vmax_kt: Option<f64>,
    pub(super) pmin_hpa: Option<f64>,
    pub(super) rmw_km: Option<f64>,
    pub(super) radii: Option<WindRadii>,
    /// The name as it stands, blank when there is none.
    pub(super) name: &'a str,
    /// A code of radii that is not known, so that they are not read.
    pub(super) odd_code: Option<&'a str>,
}

/// True when a line begins like one of a deck: basin, number and date.
pub(super) fn looks_like_one(line: &str) -> bool {
    let mut fields = line.split(',').map(str::trim);
    let basin = fields.next().unwrap_or_default().trim_start_matches('\u{FEFF}');
    let (number, date) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
    is_basin(basin) && is_number(number) && matches!(date.len(), 10 | 12) && date.bytes().all(|b| b.is_ascii_digit())
}

/// Reads a line that is not blank.
pub(super) fn read(line: &str) -> Line<'_> {
    let mut fields = [""; FIELDS];
    for (slot, field) in fields.iter_mut().zip(line.split(',')) {
        *slot = field.trim();
    }
    let [basin, number, date, minutes, technique, tau, lat, lon, ..] = fields;
    if !is_basin(basin) {
        return Line::Bad("basin", format!("`{}` is no basin of two letters", shown(basin)));
    }
    if !is_number(number) {
        return Line::Bad("number", format!("`{}` is no storm number", shown(number)));
    }
    if is_other_deck(date, minutes) {
        return Line::OtherDeck;
    }
    let Some(dtg) = date_time_group(date) else {
        return Line::Bad("date", format!("`{}` is no date-time group YYYYMMDDHH", shown(date)));
    };
    if technique.is_empty() {
        return Line::Bad("technique", "the technique is missing".to_owned());
    }
    let is_best = technique == "BEST";
    let Some((time, tau_h)) = valid_time(dtg, minutes, tau, is_best) else {
        return Line::Bad("tau", format!("`{}` is no forecast hour", shown(tau)));
    };
    if is_no_position(lat) && is_no_position(lon) {
        return Line::NoPosition;
    }
    let Some(position) = position(lat, lon) else {
        let what = format!("`{}, {}` is no position in tenths of a degree", shown(lat), shown(lon));
        return Line::Bad("position", what);
    };
    let (radii, odd_code) = radii(&fields);
    let [_, _, _, _, _, _, _, _, vmax, pmin, _, _, _, _, _, _, _, _, _, rmw, _, _, _, _, _, _, _, name] = fields;
    Line::Row(Row {
        basin,
        number,
        technique,
        dtg,
        time,
        tau_h,
        position,
        vmax_kt: known(vmax, 1.0, 250.0),
        pmin_hpa: known(pmin, 800.0, 1_100.0),
        rmw_km: known(rmw, 1.0, 998.0).map(nmi_to_km),
        radii,
        name,
        odd_code,
    })
}

/// A position of a deck, such as `273N` and `1226E`: tenths of a degree, or degrees when there is a decimal point.
pub(super) fn position(lat: &str, lon: &str) -> Option<Position> {
    let lat = coordinate(lat, 'N', 'S')?;
    let lon = coordinate(lon, 'E', 'W')?;
    Position::lat_lon(lat, lon).ok()
}

/// The four radii in kilometres, the first of the code's quadrant and on clockwise; `None` when all are 0 or not known.
pub(super) fn quadrants(kt: u32, code: &str, radii_nmi: [f64; 4]) -> Option<Result<WindRadii, ()>> {
    if radii_nmi.iter().any(|radius| !(0.0..=1_500.0).contains(radius)) || radii_nmi.iter().all(|radius| *radius == 0.0)
    {
        return None;
    }
    let [a, b, c, d] = radii_nmi.map(nmi_to_km);
    let [ne_km, se_km, sw_km, nw_km] = match code {
        "AAA" if a > 0.0 => [a, a, a, a],
        "AAA" => return None,
        "NEQ" => [a, b, c, d],
        "SEQ" => [d, a, b, c],
        "SWQ" => [c, d, a, b],
        "NWQ" => [b, c, d, a],
        _ => return Some(Err(())),
    };
    Some(Ok(WindRadii { kt, ne_km, se_km, sw_km, nw_km }))
}

/// Kilometres to 0.1 km; the decks give whole nautical miles.
fn nmi_to_km(nmi: f64) -> f64 {
    (nmi * NMI_KM * 10.0).round() / 10.0
}

fn is_basin(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Numbers are of two digits; a letter leads those of disturbances that have none yet (`C1`, `G9`).
fn is_number(text: &str) -> bool {
    matches!(text.len(), 1..=3) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// F-decks have dates with minutes; e-decks have two letters for the kind of probability before the technique.
fn is_other_deck(date: &str, minutes: &str) -> bool {
    let has_minutes = date.len() == 12 && date.bytes().all(|byte| byte.is_ascii_digit());
    has_minutes || (minutes.len() == 2 && minutes.bytes().all(|byte| byte.is_ascii_alphabetic()))
}

/// When the storm is there. A best track's date is that time itself, to the minutes of the next field (a landfall);
/// some copies count tau on from the first line all the same.
fn valid_time(dtg: Timestamp, minutes: &str, tau: &str, is_best: bool) -> Option<(Timestamp, i32)> {
    if is_best {
        let minutes = minutes.parse::<i64>().ok().filter(|minutes| (0..60).contains(minutes)).unwrap_or(0);
        return Some((dtg.checked_add(Span::from_mins(minutes)).ok()?, 0));
    }
    let tau_h = tau.parse::<i32>().ok().filter(|tau| (TAU_MIN_H..=TAU_MAX_H).contains(tau))?;
    Some((dtg.checked_add(Span::from_hours(i64::from(tau_h))).ok()?, tau_h))
}

/// Blank, or zero with any hemisphere. A storm at 0° N, 0° E does not exist.
fn is_no_position(text: &str) -> bool {
    text.trim_end_matches(|c: char| c.is_ascii_alphabetic()).chars().all(|c| matches!(c, '0' | '.'))
}

fn coordinate(text: &str, plus: char, minus: char) -> Option<f64> {
    let hemisphere = text.chars().next_back()?.to_ascii_uppercase();
    let digits = text.get(..text.len().checked_sub(1)?)?.trim_end();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let value: f64 = digits.parse().ok()?;
    let degrees = if digits.contains('.') { value } else { value / 10.0 };
    match hemisphere {
        letter if letter == plus => Some(degrees),
        letter if letter == minus => Some(-degrees),
        _ => None,
    }
}

/// A number within its range; anything else is not known.
fn known(text: &str, least: f64, most: f64) -> Option<f64> {
    text.parse::<f64>().ok().filter(|value| (least..=most).contains(value))
}

fn radii<'a>(fields: &[&'a str; FIELDS]) -> (Option<WindRadii>, Option<&'a str>) {
    let [_, _, _, _, _, _, _, _, _, _, _, kt, code, r1, r2, r3, r4, ..] = *fields;
    let Some(kt) = kt.parse::<u32>().ok().filter(|kt| (1..=200).contains(kt)) else { return (None, None) };
    // A blank quadrant of a line that has others is one that winds of this strength do not reach.
    let radius = |text: &str| if text.is_empty() { 0.0 } else { text.parse().unwrap_or(-1.0) };
    match quadrants(kt, code, [radius(r1), radius(r2), radius(r3), radius(r4)]) {
        None => (None, None),
        Some(Ok(radii)) => (Some(radii), None),
        Some(Err(())) => (None, Some(code)),
    }
}

fn shown(text: &str) -> String {
    text.chars().take(24).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn row(line: &str) -> Row<'_> {
        match read(line) {
            Line::Row(row) => row,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn check_radii(code: &str, values: &str, expected: Option<[f64; 4]>) {
        let line = format!("WP, 16, 2004081206,   , BEST,   0, 273N, 1226E,  90,  954, TY,  34, {code}, {values},");
        let found = row(&line).radii.map(|radii| [radii.ne_km, radii.se_km, radii.sw_km, radii.nw_km]);
        assert_eq!(found, expected, "{code} {values}");
    }

    #[test]
    fn a_line_of_a_best_track() {
        let row = row(
            "WP, 16, 2004081206,   , BEST,   0, 273N, 1226E,  90,  954, TY,  64, NEQ,   20,   20,   20,   20,    0,    0,   0, 110,   0, ",
        );
        assert_eq!((row.basin, row.number, row.technique), ("WP", "16", "BEST"));
        assert_eq!(row.time, "2004-08-12T06:00:00Z".parse().unwrap());
        assert_eq!(row.position, Position::lat_lon(27.3, 122.6).unwrap());
        assert_eq!((row.vmax_kt, row.pmin_hpa, row.rmw_km), (Some(90.0), Some(954.0), None));
        assert_eq!(row.radii.unwrap().kt, 64);
        assert_eq!(row.name, "");
    }

    #[test]
    fn nine_fields_are_enough_and_zero_is_not_known() {
        let short = row("WP, 28, 1997101100,   , BEST,   0,  38N, 1786E,  15");
        assert_eq!((short.vmax_kt, short.pmin_hpa), (Some(15.0), None));
        let zero = row("AL,01,2021052000,03,XXXX,12,300N,583W,0,0,LO,34,NEQ,0,0,0,0,-99,-99,-99");
        assert_eq!((zero.vmax_kt, zero.pmin_hpa, zero.rmw_km, zero.radii), (None, None, None, None));
    }

    #[test]
    fn radii_turn_with_their_code() {
        let km = [18.5, 37.0, 55.6, 74.1];
        let [a, b, c, d] = km;
        check_radii("NEQ", "10, 20, 30, 40", Some([a, b, c, d]));
        check_radii("SEQ", "10, 20, 30, 40", Some([d, a, b, c]));
        check_radii("SWQ", "10, 20, 30, 40", Some([c, d, a, b]));
        check_radii("NWQ", "10, 20, 30, 40", Some([b, c, d, a]));
        check_radii("AAA", "10, 0, 0, 0", Some([a, a, a, a]));
        check_radii("NEQ", "10, 0, 0, 0", Some([a, 0.0, 0.0, 0.0]));
        check_radii("NEQ", "0000, 0000, 0000, 0000", None);
        check_radii("NEQ", "-99, -99, -99, -99", None);
        check_radii("", "10, 20, 30, 40", None);
    }

    #[test]
    fn times() {
        let carq = row("EP, 18, 2023101818, 01, CARQ, -24,  78N,  927W,  15");
        assert_eq!((carq.time, carq.tau_h), ("2023-10-17T18:00:00Z".parse().unwrap(), -24));
        let landfall = row("AL, 09, 2022092819, 05, BEST,   0, 267N,  822W, 130,  941, HU");
        assert_eq!(landfall.time, "2022-09-28T19:05:00Z".parse().unwrap());
        let counted_on = row("AL, 11, 2017090506,   , BEST,   6, 166N,  564W, 135,  929");
        assert_eq!((counted_on.time, counted_on.tau_h), ("2017-09-05T06:00:00Z".parse().unwrap(), 0));
        assert_eq!(row("WP, 17, 2026081812, 03, AEMN, 006,  81N, 1549E,  34").tau_h, 6);
    }

    #[test]
    fn positions() {
        assert_eq!(position("153S", "1790W"), Position::lat_lon(-15.3, -179.0).ok());
        assert_eq!(position("15.3S", "185.0E"), Position::lat_lon(-15.3, -175.0).ok());
        for (lat, lon) in [("", ""), ("N", "E"), ("915N", "0E"), ("153", "1790W"), ("15３S", "1790W"), ("-10N", "10E")]
        {
            assert_eq!(position(lat, lon), None, "{lat} {lon}");
        }
        assert_eq!(read("AL, 01, 2021052000, 03, SHIP,  12,   0N,    0W,  30"), Line::NoPosition);
    }

    #[test]
    fn other_decks_and_prose() {
        assert_eq!(read("AL, 02, 2021061318, GN, OFCL,  48,     ,      ,  10,   48, ESB, genFcst,"), Line::OtherDeck);
        assert_eq!(read("AL, 02, 202106140000,  70, ANAL,         CI,  , 3230N,  7710W,    10,"), Line::OtherDeck);
        for (line, field) in [
            ("Storm notes 1996", "basin"),
            ("WP, 16, 2004081266,   , BEST,   0, 273N, 1226E,  90", "date"),
            ("WP, 16, 2004081206, 03, AVNO, 9999, 273N, 1226E,  90", "tau"),
            ("WP, 16, 2004081206, 03, AVNO,  12, 273N,", "position"),
            ("WP, 16, 2004081206", "technique"),
        ] {
            assert!(matches!(read(line), Line::Bad(found, _) if found == field), "{line}: {:?}", read(line));
        }
    }
}
