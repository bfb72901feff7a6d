//! A satellite fix: where analysts saw the centre, and how strong they hold the storm by its clouds.
//!
//! ```text
//! TPPN10 PGTW 221508
//! A. TYPHOON 17W (SAUDEL)
//! B. 22/1430Z
//! C. 19.93N
//! D. 144.34E
//! E. ONE/GK2A
//! F. T6.0/6.0/D1.5/24HRS  STT: D0.5/03HRS
//! I. ADDITIONAL POSITIONS:
//!    20/0034Z  22.28N  171.23W  AMS2
//! ```
//!
//! The second number of `F` is Dvorak's current intensity. It gives the wind by Dvorak's table (1984, NOAA Technical
//! Report NESDIS 11, table of CI number and mean wind speed), which JTWC itself sets beside it ("T6.5 - 127 KTS" in its
//! reasonings). Additional positions, by microwave, tell no wind.

use super::FORMAT;
use super::message::{Clock, Message, key_of};
use super::words::{flat, name, position_of, storm_code};
use crate::domain::{Averaging, Bulletin, Fix, Hazard, HazardText, Position, Technique};
use crate::sources::formats::cyclone::{Cyclone, in_order};
use crate::sources::formats::fault_log::FaultLog;
use crate::sources::formats::storm_key::{status, storm_of_code};

/// Knots by Dvorak's current intensity, from 1.0 in steps of 0.5 (1984, table as above).
const KNOTS_BY_CI: [f64; 15] =
    [25.0, 25.0, 30.0, 35.0, 45.0, 55.0, 65.0, 77.0, 90.0, 102.0, 115.0, 127.0, 140.0, 155.0, 170.0];

pub(super) fn read(message: &Message<'_>, clock: Clock, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let storm = item(message.text, 'A').unwrap_or_default();
    let time = item(message.text, 'B').and_then(|time| clock.at(time));
    let place = item(message.text, 'C').zip(item(message.text, 'D')).and_then(|(lat, lon)| position_of(lat, lon));
    let (Some(time), Some(place), Some((code, rest))) = (time, place, storm_code(storm)) else {
        log.push(message.fatal("the fix has no storm, time or position").hint("fetch it again"));
        return Vec::new();
    };
    let Some((basin, number)) = storm_of_code(code, Some(place)) else { return Vec::new() };
    let vmax_kt = item(message.text, 'F').and_then(wind);
    let mut fixes = vec![Fix { vmax_kt, ..Fix::at(time, 0, place) }];
    for (at, place) in additional(message.text, clock) {
        let tau_h = i32::try_from(at.duration_since(time).as_hours()).unwrap_or(0);
        fixes.push(Fix::at(at, tau_h, place));
    }
    let is_named = !storm.contains("DISTURBANCE") && !storm.contains("INVEST");
    let cyclone = Cyclone {
        issued: Some(clock.issued),
        name: name(rest).filter(|_| is_named),
        fixes: in_order(fixes),
        texts: vec![text(message, storm)],
        status: status(number),
        ..Cyclone::new(
            FORMAT,
            "jtwc",
            key_of(basin, number, time, bulletin),
            "FIX",
            Technique::Analysis,
            Averaging::OneMinute,
        )
    };
    vec![cyclone.into_hazard(bulletin)]
}

/// What stands behind a letter, on its line.
fn item(text: &str, letter: char) -> Option<&str> {
    text.lines().find_map(|line| line.trim_start().strip_prefix(letter)?.strip_prefix('.')).map(str::trim)
}

/// Knots by `T6.0/6.0/D1.5/24HRS`: the second number.
fn wind(classification: &str) -> Option<f64> {
    let number = classification.strip_prefix('T')?.split('/').nth(1)?;
    let number: f64 = number.get(..3)?.parse().ok()?;
    let step = (number - 1.0) * 2.0;
    let at = KNOTS_BY_CI.iter().zip(0_u8..).find(|(_, at)| (f64::from(*at) - step).abs() < 0.01);
    at.map(|(knots, _)| *knots)
}

/// The positions behind `I.`: `20/0034Z  22.28N  171.23W  AMS2`.
fn additional(text: &str, clock: Clock) -> Vec<(crate::domain::Timestamp, Position)> {
    let lines = text.lines().skip_while(|line| !line.contains("ADDITIONAL POSITIONS"));
    let read = |line: &str| {
        let mut words = line.split_whitespace();
        Some((clock.at(words.next()?)?, position_of(words.next()?, words.next()?)?))
    };
    lines.filter_map(read).collect()
}

fn text(message: &Message<'_>, storm: &str) -> HazardText {
    let items = ['E', 'F', 'H'].iter().filter_map(|letter| item(message.text, *letter));
    HazardText {
        lang: "en".to_owned(),
        event: "Satellite fix".to_owned(),
        headline: Some(storm.to_owned()),
        description: Some(flat(&items.collect::<Vec<_>>().join("; "))).filter(|text| !text.is_empty()),
        instruction: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn winds_by_dvorak() {
        assert_eq!(wind("T6.0/6.0/D1.5/24HRS  STT: D0.5/03HRS"), Some(115.0));
        assert_eq!(wind("T4.5/5.5/W1.5/24HRS"), Some(102.0));
        assert_eq!(wind("T2.0/2.5"), Some(35.0));
        assert_eq!(wind("T8.0/8.0"), Some(170.0));
        for none in ["TOO WEAK", "T1.0", "T1.0/", "N/A", "T0.0/0.0", "T9.0/9.0/D", "OVERLAND", "XT3.0/3.0"] {
            assert_eq!(wind(none), None, "{none}");
        }
    }
}
