//! One line of a deck: its fields, and what they mean.
//!
//! Fields, from 0: basin, number, date-time group, technique number (minutes in a best track), technique, tau,
//! latitude, longitude, vmax, mslp, level, radius threshold, its code, four radii, pouter, router, rmw, gusts, eye,
//! subregion, max seas, initials, direction, speed, name. Lines end after any of them.

use super::other_decks;
use crate::domain::{Position, Span, Timestamp, WindRadii};
use crate::sources::formats::cyclone::km_of_nmi;
use crate::sources::formats::dates::date_time_group;

/// Fields that are read; the last is the name.
pub(super) const FIELDS: usize = 28;
/// Forecasts reach at most this far: the longest ensembles run for 46 days.
const TAU_MAX_H: i32 = 1_200;
/// `CARQ` gives positions of the last day; nothing gives older ones.
const TAU_MIN_H: i32 = -72;

/// Why a line is no point of a track.
#[derive(Debug, PartialEq)]
pub(super) enum Unread {
    /// It has no position, as intensity aids write it: `0N, 0W` or blanks.
    NoPosition,
    /// A chance that an e-deck gives of something other than the place: genesis, intensity, wind radii.
    Chance,
    /// A fix of an f-deck that tells no centre, or whose centre is flagged as unfit.
    NoCentre,
    /// It cannot be read: the field, and what is wrong with it.
    Bad(&'static str, String),
}

/// What kind of track a line belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Deck {
    /// A forecast: a track for each technique and date-time group.
    Forecast,
    /// The best track: one for each storm.
    Best,
    /// The fixes of an f-deck: one track for each storm.
    Fixes,
    /// The chances of an e-deck that the centre is within a circle: as forecasts.
    Circles,
}

/// A point of a track.
#[derive(Debug, PartialEq)]
pub(super) struct Row<'a> {
    pub(super) deck: Deck,
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
    pub(super) circle_km: Option<f64>,
    pub(super) is_extratropical: bool,
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

/// The date-time group of the line before, for hundreds of lines share one.
#[derive(Debug, Default)]
pub(super) struct LastDate<'a>(Option<(&'a str, Timestamp)>);

impl<'a> LastDate<'a> {
    fn read(&mut self, text: &'a str) -> Option<Timestamp> {
        match self.0 {
            Some((last, at)) if last == text => Some(at),
            _ => {
                let at = date_time_group(text)?;
                self.0 = Some((text, at));
                Some(at)
            }
        }
    }
}

/// Reads a line that is not blank.
pub(super) fn read<'a>(line: &'a str, last: &mut LastDate<'a>) -> Result<Row<'a>, Unread> {
    let fields = fields_of(line);
    let [basin, number, date, minutes, technique, ..] = fields;
    if !is_basin(basin) {
        return bad("basin", format!("`{}` is no basin of two letters", shown(basin)));
    }
    if !is_number(number) {
        return bad("number", format!("`{}` is no storm number", shown(number)));
    }
    if is_fix(date) {
        return other_decks::read_fix(&fields);
    }
    let Some(dtg) = last.read(date) else {
        return bad("date", format!("`{}` is no date-time group YYYYMMDDHH", shown(date)));
    };
    if technique.is_empty() {
        return bad("technique", "the technique is missing");
    }
    if is_chance(minutes) { other_decks::read_chance(&fields, dtg) } else { read_point(&fields, dtg) }
}

/// The fields of a line, trimmed; blank where the line has ended. Fields are of a few bytes, so that a plain walk takes
/// half the time of `split`, which sets up a search for each.
fn fields_of(line: &str) -> [&str; FIELDS] {
    let mut fields = [""; FIELDS];
    let mut slots = fields.iter_mut();
    let mut start = 0;
    let ends = line.bytes().enumerate().filter(|(_, byte)| *byte == b',').map(|(at, _)| at);
    for end in ends.chain([line.len()]) {
        let Some(slot) = slots.next() else { break };
        *slot = line.get(start..end).unwrap_or_default().trim_ascii();
        start = end + 1;
    }
    fields
}

/// A line of an a-deck or b-deck.
fn read_point<'a>(fields: &[&'a str; FIELDS], dtg: Timestamp) -> Result<Row<'a>, Unread> {
    let [basin, number, _, minutes, technique, tau, lat, lon, vmax, pmin, stage, ..] = *fields;
    let [.., rmw, _, _, _, _, _, _, _, name] = *fields;
    let deck = if technique == "BEST" { Deck::Best } else { Deck::Forecast };
    let Some((time, tau_h)) = valid_time(dtg, minutes, tau, deck) else {
        return bad("tau", format!("`{}` is no forecast hour", shown(tau)));
    };
    if is_no_position(lat) && is_no_position(lon) {
        return Err(Unread::NoPosition);
    }
    let Some(position) = position(lat, lon) else { return bad_position(lat, lon) };
    let [_, _, _, _, _, _, _, _, _, _, _, kt, code, r1, r2, r3, r4, ..] = *fields;
    let (radii, odd_code) = radii(kt, code, [r1, r2, r3, r4]);
    Ok(Row {
        deck,
        basin,
        number,
        technique,
        dtg,
        time,
        tau_h,
        position,
        // The level of development: EX and ET are extratropical.
        is_extratropical: matches!(stage, "EX" | "ET"),
        vmax_kt: known(vmax, 1.0, 250.0),
        pmin_hpa: known(pmin, 800.0, 1_100.0),
        rmw_km: known(rmw, 1.0, 998.0).map(km_of_nmi),
        circle_km: None,
        radii,
        name,
        odd_code,
    })
}

pub(super) fn bad<'a>(field: &'static str, what: impl Into<String>) -> Result<Row<'a>, Unread> {
    Err(Unread::Bad(field, what.into()))
}

pub(super) fn bad_position<'a>(lat: &str, lon: &str) -> Result<Row<'a>, Unread> {
    bad("position", format!("`{}, {}` is no position in tenths of a degree", shown(lat), shown(lon)))
}

/// A position of a deck, such as `273N` and `1226E`: tenths of a degree, or degrees when there is a decimal point.
pub(super) fn position(lat: &str, lon: &str) -> Option<Position> {
    position_in(10.0, lat, lon)
}

/// A position whose whole numbers are parts of a degree, so many to the degree.
pub(super) fn position_in(parts: f64, lat: &str, lon: &str) -> Option<Position> {
    Position::lat_lon(coordinate(lat, b'N', b'S', parts)?, coordinate(lon, b'E', b'W', parts)?).ok()
}

/// The four radii in kilometres, the first of the code's quadrant and on clockwise; `None` when all are 0 or not known.
pub(super) fn quadrants(kt: u32, code: &str, radii_nmi: [f64; 4]) -> Option<Result<WindRadii, ()>> {
    if radii_nmi.iter().any(|radius| !(0.0..=1_500.0).contains(radius)) || radii_nmi.iter().all(|radius| *radius == 0.0)
    {
        return None;
    }
    let [a, b, c, d] = radii_nmi.map(km_of_nmi);
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

fn is_basin(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Numbers are of two digits; a letter leads those of disturbances that have none yet (`C1`, `G9`).
fn is_number(text: &str) -> bool {
    matches!(text.len(), 1..=3) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// F-decks have dates with minutes.
fn is_fix(date: &str) -> bool {
    date.len() == 12 && date.bytes().all(|byte| byte.is_ascii_digit())
}

/// E-decks have two letters for the kind of probability before the technique.
fn is_chance(kind: &str) -> bool {
    kind.len() == 2 && kind.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// When the storm is there. A best track's date is that time itself, to the minutes of the next field (a landfall);
/// some copies count tau on from the first line all the same.
fn valid_time(dtg: Timestamp, minutes: &str, tau: &str, deck: Deck) -> Option<(Timestamp, i32)> {
    if deck == Deck::Best {
        let minutes = minutes.parse::<i64>().ok().filter(|minutes| (0..60).contains(minutes)).unwrap_or(0);
        return Some((dtg.checked_add(Span::from_mins(minutes)).ok()?, 0));
    }
    let tau_h = forecast_hour(tau)?;
    Some((dtg.checked_add(Span::from_hours(i64::from(tau_h))).ok()?, tau_h))
}

/// A forecast hour within reason.
pub(super) fn forecast_hour(tau: &str) -> Option<i32> {
    tau.parse::<i32>().ok().filter(|tau| (TAU_MIN_H..=TAU_MAX_H).contains(tau))
}

/// Blank, or zero with any hemisphere. A storm at 0° N, 0° E does not exist.
pub(super) fn is_no_position(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0' | b'.') || byte.is_ascii_alphabetic())
}

/// Degrees of `273N`; whole numbers are in parts of a degree, `parts` to the degree.
fn coordinate(text: &str, plus: u8, minus: u8, parts: f64) -> Option<f64> {
    let (hemisphere, digits) = text.as_bytes().split_last()?;
    let digits = text.get(..digits.len())?.trim_ascii_end();
    if !digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let value = number(digits)?;
    let degrees = if digits.contains('.') { value } else { value / parts };
    match hemisphere.to_ascii_uppercase() {
        letter if letter == plus => Some(degrees),
        letter if letter == minus => Some(-degrees),
        _ => None,
    }
}

/// A number; nearly all are whole and short, and are read digit by digit, which takes half the time.
fn number(text: &str) -> Option<f64> {
    if !matches!(text.len(), 1..=9) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    Some(f64::from(text.bytes().fold(0_u32, |sum, digit| sum * 10 + u32::from(digit - b'0'))))
}

/// A number within its range; anything else is not known.
pub(super) fn known(text: &str, least: f64, most: f64) -> Option<f64> {
    number(text).filter(|value| (least..=most).contains(value))
}

/// The radii of a threshold as a line gives them, and its code when that is not known.
pub(super) fn radii<'a>(kt: &str, code: &'a str, radii_nmi: [&str; 4]) -> (Option<WindRadii>, Option<&'a str>) {
    let Some(kt) = kt.parse::<u32>().ok().filter(|kt| (1..=200).contains(kt)) else { return (None, None) };
    // A blank quadrant of a line that has others is one that winds of this strength do not reach.
    let radius = |text: &str| if text.is_empty() { 0.0 } else { number(text).unwrap_or(-1.0) };
    match quadrants(kt, code, radii_nmi.map(radius)) {
        None => (None, None),
        Some(Ok(radii)) => (Some(radii), None),
        Some(Err(())) => (None, Some(code)),
    }
}

pub(super) fn shown(text: &str) -> String {
    text.chars().take(24).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn row(line: &str) -> Row<'_> {
        match read(line, &mut LastDate::default()) {
            Ok(row) => row,
            other => panic!("{other:?}"),
        }
    }

    fn read_alone(line: &str) -> Result<Row<'_>, Unread> {
        read(line, &mut LastDate::default())
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
        assert_eq!(read_alone("AL, 01, 2021052000, 03, SHIP,  12,   0N,    0W,  30"), Err(Unread::NoPosition));
    }

    #[test]
    fn prose_and_bad_fields() {
        for (line, field) in [
            ("Storm notes 1996", "basin"),
            ("WP, 16, 2004081266,   , BEST,   0, 273N, 1226E,  90", "date"),
            ("WP, 16, 2004081206, 03, AVNO, 9999, 273N, 1226E,  90", "tau"),
            ("WP, 16, 2004081206, 03, AVNO,  12, 273N,", "position"),
            ("WP, 16, 2004081206", "technique"),
        ] {
            assert!(
                matches!(read_alone(line), Err(Unread::Bad(found, _)) if found == field),
                "{line}: {:?}",
                read_alone(line)
            );
        }
    }
}
