//! The lines of f-decks (fixes) and e-decks (probabilities), after NRL's "ATCF database", sections "Fixes" and
//! "Probability aids", and checked against the decks of one storm.
//!
//! An f-deck line is one observation of a storm by satellite, radar or aircraft. Fields, from 0: basin, number, date
//! with minutes, format (10 subjective Dvorak … 70 analysis), type (`DVTS`, `AIRC` …), what it tells (letters: C centre,
//! I intensity, R wind radii, P pressure), which of these are flagged as unfit, latitude and longitude in hundredths of
//! a degree, height, confidence, wind, confidence, pressure, confidence, its derivation, radius threshold, its code, four
//! radii, four modifiers, confidence, radius of maximum wind. All lines of a storm that fix its centre become one track,
//! technique `FIX`: an analysis of what was seen, each fix as its own observer saw it, so that neighbours may disagree.
//!
//! An e-deck line is a chance. Of the kind `TR` (that the centre is within a circle) the fields are, from 5: tau, latitude
//! and longitude in tenths, percentage, radius in nautical miles; they become the track of the technique with its
//! circles, named `<technique>-TR` for it tells no winds and must not replace the a-deck's. The other kinds (`GN`
//! genesis, `IN` and `RI` intensity, `WR` radii …) tell no place that is not the analysis, and are counted alone.

use super::row::{
    Deck, FIELDS, Row, Unread, bad, bad_position, forecast_hour, is_no_position, known, position, position_in, radii,
    shown,
};
use crate::domain::{Span, Timestamp};
use crate::sources::formats::cyclone::km_of_nmi;
use crate::sources::formats::dates::date_time_group;

/// The name of the track of an f-deck's fixes.
pub(super) const FIX: &str = "FIX";
/// The end of the name of a technique's track of circles.
pub(super) const CIRCLES: &str = "-TR";
/// Parts of a degree in an f-deck.
const HUNDREDTHS: f64 = 100.0;

/// A line of an f-deck.
pub(super) fn read_fix<'a>(fields: &[&'a str; FIELDS]) -> Result<Row<'a>, Unread> {
    let [basin, number, date, _, _, told, flagged, lat, lon, ..] = *fields;
    let Some(time) = time_of(date) else {
        return bad("date", format!("`{}` is no time YYYYMMDDHHMM", shown(date)));
    };
    if !told.contains('C') && !told.is_empty() || flagged.contains(['C', 'E']) {
        return Err(Unread::NoCentre);
    }
    if is_no_position(lat) && is_no_position(lon) {
        return Err(Unread::NoPosition);
    }
    let Some(position) = position_in(HUNDREDTHS, lat, lon) else { return bad_position(lat, lon) };
    let [_, _, _, _, _, _, _, _, _, _, _, vmax, _, pmin, _, _, kt, code, r1, r2, r3, r4, _, _, _, _, _, rmw] = *fields;
    let (radii, odd_code) = if flagged.contains('R') { (None, None) } else { radii(kt, code, [r1, r2, r3, r4]) };
    Ok(Row {
        deck: Deck::Fixes,
        basin,
        number,
        technique: FIX,
        dtg: time,
        time,
        tau_h: 0,
        position,
        vmax_kt: known(vmax, 1.0, 250.0).filter(|_| !flagged.contains('I')),
        pmin_hpa: known(pmin, 800.0, 1_100.0).filter(|_| !flagged.contains('P')),
        rmw_km: known(rmw, 1.0, 998.0).map(km_of_nmi),
        circle_km: None,
        is_extratropical: false,
        radii,
        name: "",
        odd_code,
    })
}

/// A line of an e-deck.
pub(super) fn read_chance<'a>(fields: &[&'a str; FIELDS], dtg: Timestamp) -> Result<Row<'a>, Unread> {
    let [basin, number, _, kind, technique, tau, lat, lon, _, radius, ..] = *fields;
    if kind != "TR" || (is_no_position(lat) && is_no_position(lon)) {
        return Err(Unread::Chance);
    }
    let time = forecast_hour(tau).and_then(|tau_h| {
        let time = dtg.checked_add(Span::from_hours(i64::from(tau_h))).ok()?;
        Some((time, tau_h))
    });
    let Some((time, tau_h)) = time else {
        return bad("tau", format!("`{}` is no forecast hour", shown(tau)));
    };
    let Some(position) = position(lat, lon) else { return bad_position(lat, lon) };
    Ok(Row {
        deck: Deck::Circles,
        basin,
        number,
        technique,
        dtg,
        time,
        tau_h,
        position,
        vmax_kt: None,
        pmin_hpa: None,
        rmw_km: None,
        is_extratropical: false,
        circle_km: known(radius, 1.0, 2_000.0).map(km_of_nmi),
        radii: None,
        name: "",
        odd_code: None,
    })
}

/// `YYYYMMDDHHMM`.
fn time_of(date: &str) -> Option<Timestamp> {
    let (hour, minutes) = date.split_at_checked(10)?;
    let minutes = minutes.parse::<i64>().ok().filter(|minutes| (0..60).contains(minutes))?;
    date_time_group(hour)?.checked_add(Span::from_mins(minutes)).ok()
}

#[cfg(test)]
mod tests {
    use super::super::row::{LastDate, read};
    use super::*;
    use crate::domain::Position;

    fn line(text: &str) -> Result<Row<'_>, Unread> {
        read(text, &mut LastDate::default())
    }

    #[track_caller]
    fn row(text: &str) -> Row<'_> {
        match line(text) {
            Ok(row) => row,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_fix_by_scatterometer() {
        let row = row(
            "AL, 02, 202106150002,  31, ASCT,        CIR,  , 3607N,  7072W,      , 1,  38, 2,     , 3,     ,  34,  NEQ,    0,   70,    0,    0,  ,  ,  ,  , 3,  20,    ,  ,   NHC, SRS",
        );
        assert_eq!((row.deck, row.technique, row.tau_h), (Deck::Fixes, "FIX", 0));
        assert_eq!(row.time, "2021-06-15T00:02:00Z".parse().unwrap());
        assert_eq!(row.position, Position::lat_lon(36.07, -70.72).unwrap());
        assert_eq!((row.vmax_kt, row.pmin_hpa, row.rmw_km), (Some(38.0), None, Some(37.0)));
        let radii = row.radii.unwrap();
        assert_eq!((radii.kt, radii.ne_km, radii.se_km), (34, 0.0, 129.6));
    }

    #[test]
    fn what_is_flagged_is_left_out() {
        let flagged = row("AL, 02, 202106141132,  10, DVTS,  CI, I, 3450N,  7450W,      , 2,  55, 2,  990,  , DVRK");
        assert_eq!((flagged.vmax_kt, flagged.pmin_hpa), (None, Some(990.0)));
        for text in [
            "AL, 02, 202106141750,  20, DVTO,  I,  , 3546N, 7291W,      , 3,  32, 2,  997, 2, DVRK",
            "AL, 02, 202106141132,  10, DVTS,  CI, CI, 3450N,  7450W,      , 2,  55",
        ] {
            assert_eq!(line(text), Err(Unread::NoCentre), "{text}");
        }
        assert_eq!(line("AL, 02, 202106141132,  10, DVTS,  CI, , , ,      , 2,  55"), Err(Unread::NoPosition));
        assert!(matches!(line("AL, 02, 202106141199, 10, DVTS, CI, , 3450N, 7450W"), Err(Unread::Bad("date", _))));
    }

    #[test]
    fn a_circle_of_an_e_deck() {
        let row =
            row("AL, 02, 2021061412, TR, GPCC,  24, 397N,  656W,  68,   40,   ,   0,    ,    0,    0,    0,    0, ");
        assert_eq!((row.deck, row.technique, row.tau_h), (Deck::Circles, "GPCC", 24));
        assert_eq!(row.circle_km, Some(74.1));
        assert_eq!(row.time, "2021-06-15T12:00:00Z".parse().unwrap());
    }

    #[test]
    fn other_chances_tell_no_place() {
        for text in [
            "AL, 02, 2021061318, GN, OFCL,  48,     ,      ,  10,   48, ESB, genFcst,",
            "AL, 02, 2021061400, RI, EIOB,  12, 323N,  771W,   0,  20,  40,",
            "AL, 02, 2021061412, TR, TVCN,  12,     ,      ,  68,  25,",
        ] {
            assert_eq!(line(text), Err(Unread::Chance), "{text}");
        }
    }
}
