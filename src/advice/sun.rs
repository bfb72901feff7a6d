//! Daylight: from civil dawn to civil dusk.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::domain::{Position, Span, Timestamp};

/// Civil twilight: the sun's centre 6° below the horizon (NOAA Solar Calculator, glossary). Until then goods can be
/// loaded out of doors without lamps.
const ZENITH_CIVIL_DEG: f64 = 96.0;

/// When it is light on a civil date at a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Daylight {
    /// From, to.
    Between(Timestamp, Timestamp),
    /// It does not get dark.
    Always,
    /// It does not get light.
    Never,
}

/// Civil dawn and dusk on a date of the zone.
///
/// NOAA Global Monitoring Division, "General Solar Position Calculations" (solareqns.pdf): fractional year, equation
/// of time and declination as Fourier series, hour angle for a zenith distance. Good to about a minute or two below
/// 60° of latitude, which is less than the step in which act-by times are given.
pub(super) fn daylight(date: Date, zone: &TimeZone, place: Position) -> Option<Daylight> {
    let midnight = date.to_zoned(TimeZone::UTC).ok()?.timestamp();
    let (noon_min, half_min) = noon_and_half(date, place, ZENITH_CIVIL_DEG);
    let at = |minutes: f64| midnight.checked_add(crate::domain::hours(minutes / 60.0)).ok();
    // Near the date line a zone's date is not the sun's.
    let off = at(noon_min)?.to_zoned(zone.clone()).date().until(date).ok()?.get_days();
    let shift = Span::from_hours(24 * i64::from(off));
    Some(match half_min {
        Half::Minutes(half) => Daylight::Between(
            at(noon_min - half)?.checked_add(shift).ok()?,
            at(noon_min + half)?.checked_add(shift).ok()?,
        ),
        Half::All => Daylight::Always,
        Half::None => Daylight::Never,
    })
}

enum Half {
    Minutes(f64),
    All,
    None,
}

/// The sun's noon in minutes after 0 h UTC of the date, and half the time that it is above the zenith distance.
fn noon_and_half(date: Date, place: Position, zenith_deg: f64) -> (f64, Half) {
    let year_days = f64::from(date.days_in_year());
    let g = std::f64::consts::TAU / year_days * (f64::from(date.day_of_year()) - 1.0);
    let eqtime_min = 229.18
        * (0.000_075 + 0.001_868 * g.cos()
            - 0.032_077 * g.sin()
            - 0.014_615 * (2.0 * g).cos()
            - 0.040_849 * (2.0 * g).sin());
    let declination = 0.006_918 - 0.399_912 * g.cos() + 0.070_257 * g.sin() - 0.006_758 * (2.0 * g).cos()
        + 0.000_907 * (2.0 * g).sin()
        - 0.002_697 * (3.0 * g).cos()
        + 0.001_48 * (3.0 * g).sin();
    let latitude = place.lat().to_radians();
    let cos_hour_angle =
        zenith_deg.to_radians().cos() / (latitude.cos() * declination.cos()) - latitude.tan() * declination.tan();
    let half = match cos_hour_angle {
        cos if cos > 1.0 => Half::None,
        cos if cos >= -1.0 => Half::Minutes(4.0 * cos.acos().to_degrees()),
        _ => Half::All,
    };
    (720.0 - 4.0 * place.lon() - eqtime_min, half)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).expect("a zone")
    }

    /// Sunrise and sunset (zenith 90.833°) of the Hong Kong Observatory's almanac for 2024.
    #[test]
    fn sunrise_is_what_the_almanac_says() {
        let hong_kong = Position::lat_lon(22.302, 114.174).expect("place");
        for (day, rise, set) in [(date(2024, 6, 21), "05:40", "19:10"), (date(2024, 12, 21), "06:58", "17:44")] {
            let (noon, half) = noon_and_half(day, hong_kong, 90.833);
            let Half::Minutes(half) = half else { panic!("there is a night") };
            for (told, got) in [(rise, noon - half + 480.0), (set, noon + half + 480.0)] {
                let (hour, minute) = told.split_once(':').expect("a time");
                let told = hour.parse::<f64>().expect("hour") * 60.0 + minute.parse::<f64>().expect("minute");
                assert!((told - got).abs() < 2.0, "{day} {told} {got}");
            }
        }
    }

    #[test]
    fn the_day_is_the_zones_own() {
        // Kiritimati lies at 157° W and keeps UTC+14.
        let place = Position::lat_lon(1.87, -157.4).expect("place");
        let zone = zone("Pacific/Kiritimati");
        let Some(Daylight::Between(from, to)) = daylight(date(2026, 3, 1), &zone, place) else { panic!("day") };
        assert_eq!(from.to_zoned(zone.clone()).date(), date(2026, 3, 1));
        assert_eq!(to.to_zoned(zone).date(), date(2026, 3, 1));
    }

    #[test]
    fn the_far_north_has_no_night_in_june_and_no_day_in_december() {
        let place = Position::lat_lon(78.2, 15.6).expect("place");
        let zone = zone("Arctic/Longyearbyen");
        assert_eq!(daylight(date(2026, 6, 21), &zone, place), Some(Daylight::Always));
        assert_eq!(daylight(date(2026, 12, 21), &zone, place), Some(Daylight::Never));
    }
}
