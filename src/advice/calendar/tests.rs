//! The worked examples of `docs/decisions.md`, and a search over minutes as judge.

use proptest::prelude::*;

use super::*;
use crate::domain::{Codes, DealerId, Insured, SiteId, SiteKind};
use crate::rules::RuleFiles;

fn site(hours: Option<(i8, i8)>, weekdays: Option<Vec<Weekday>>, daylight: bool) -> Site {
    let time = |hour: i8| Time::constant(hour, 0, 0, 0);
    Site {
        id: SiteId::new("TZ-01"),
        dealer: DealerId::new("D"),
        name: "Taizhou".into(),
        kind: SiteKind::Warehouse,
        position: Position::lat_lon(28.66, 121.42).expect("position"),
        coast_m: None,
        elevation_m: None,
        stock: None,
        insured: Insured::Unknown,
        handling_h: None,
        handling_cost: None,
        shelter_site: None,
        dates: None,
        codes: Codes::default(),
        work: Some(Box::new(WorkTime {
            hours: hours.map(|(from, to)| (time(from), time(to))),
            weekdays,
            country: None,
            daylight: Some(daylight),
        })),
        floors: None,
        room: None,
    }
}

fn shipped() -> Holidays {
    let mut faults = Vec::new();
    let holidays = Holidays::read(&RuleFiles::shipped(), &mut faults);
    assert_eq!(faults, []);
    holidays
}

const MON_SAT: [Weekday; 6] =
    [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday, Weekday::Saturday];

fn at(text: &str) -> Timestamp {
    format!("{text}+08:00").parse().expect("time")
}

/// Arrival and what is wanted are local times at Taizhou; 14 h of work, 2 h on the road, 2 h of margin.
fn check(site: &Site, arrival: &str, start_by: &str, last_call: &str) {
    let holidays = shipped();
    let calendar = Calendar::of(site, "Asia/Shanghai", &holidays);
    let got = act_by(at(arrival), 14.0, 2.0, 2.0, &calendar).expect("a time");
    let want = (at(start_by), at(last_call));
    assert_eq!((got.start_by, got.last_call), want, "{got:?}");
}

#[test]
fn the_worked_examples() {
    // A: no hours known: any hour will do. 20:00 less 4 h is 16:00, less 14 h is 02:00.
    check(&site(None, None, false), "2026-08-13T20:00", "2026-08-13T02:00", "2026-08-13T02:00");
    // B: 08:00-20:00. Thursday gives 08:00-16:00, 8 h; the other 6 h are Wednesday's 14:00-20:00.
    check(&site(Some((8, 20)), None, false), "2026-08-13T20:00", "2026-08-12T14:00", "2026-08-13T02:00");
    // C: Monday to Saturday. The gale comes on Monday 17 August at 14:00: Monday gives 08:00-10:00, Sunday nothing,
    // Saturday its 12 h: Saturday 08:00.
    let six_days = site(Some((8, 20)), Some(MON_SAT.to_vec()), false);
    check(&six_days, "2026-08-17T14:00", "2026-08-15T08:00", "2026-08-16T20:00");
    // D: the National Day's week (1 to 7 October 2026) is no working time: back to 30 September.
    check(&six_days, "2026-10-06T12:00", "2026-09-29T18:00", "2026-10-05T18:00");
    // E: the night shift, 20:00-04:00.
    check(&site(Some((20, 4)), None, false), "2026-08-13T20:00", "2026-08-11T22:00", "2026-08-13T02:00");
}

#[test]
fn daylight_ends_the_day_in_december() {
    // Civil dusk at Taizhou on 10 December 2026 is about 17:23, dawn on the 11th about 06:13; 08:00-20:00.
    // 8 h on the 11th until 16:00, and 6 h before dusk of the 10th: 11:23, given as 11:20.
    check(&site(Some((8, 20)), None, true), "2026-12-11T20:00", "2026-12-10T11:20", "2026-12-11T02:00");
}

#[test]
fn what_is_not_known_is_said() {
    let holidays = shipped();
    let unknown = |site: &Site, zone: &str, when: &str| Calendar::of(site, zone, &holidays).unknown(at(when));
    assert_eq!(unknown(&site(None, None, false), "Asia/Shanghai", "2026-08-13T20:00"), ["hours-unknown"]);
    let six_days = site(Some((8, 20)), Some(MON_SAT.to_vec()), false);
    assert_eq!(unknown(&six_days, "Asia/Shanghai", "2026-08-13T20:00"), [""; 0]);
    assert_eq!(unknown(&six_days, "Asia/Shanghai", "2035-08-13T20:00"), ["holidays-unknown"]);
    assert_eq!(unknown(&six_days, "Europe/Oslo", "2026-08-13T20:00"), ["holidays-unknown"]);
}

#[test]
fn a_site_that_is_never_open_should_have_begun_long_ago() {
    let holidays = shipped();
    let never = site(Some((8, 20)), Some(Vec::new()), false);
    let got = act_by(at("2026-08-13T20:00"), 1.0, 0.0, 0.0, &Calendar::of(&never, "Asia/Shanghai", &holidays));
    assert!(got.expect("a time").start_by < at("2026-07-01T00:00"));
}

/// Whether the site works at this minute, asked the plain way.
fn is_open(site: &Site, china: &Country, zone: &TimeZone, at: Timestamp) -> bool {
    let local = at.to_zoned(zone.clone());
    let (from, to) = site.work.as_ref().and_then(|work| work.hours).expect("hours");
    let day = if from < to || local.time() >= from { local.date() } else { local.date().yesterday().expect("a day") };
    let is_hour =
        if from < to { (from..to).contains(&local.time()) } else { local.time() >= from || local.time() < to };
    let days = site.work.as_ref().and_then(|work| work.weekdays.as_ref()).expect("days");
    is_hour && days.contains(&day.weekday()) && !china.is_holiday(day)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn never_later_than_a_search_over_minutes_finds(
        from in 0i8..24, length in 1i8..24, mask in 1u8..128, arrival_min in 0i64..(90 * 1440), work_min in 1i64..600,
    ) {
        let all = [MON_SAT.as_slice(), &[Weekday::Sunday]].concat();
        let days: Vec<_> = all.into_iter().enumerate().filter(|(bit, _)| mask >> bit & 1 == 1).map(|(_, day)| day).collect();
        let site = site(Some((from, (from + length) % 24)), Some(days), false);
        let holidays = shipped();
        let arrival = at("2026-08-20T00:00") + Span::from_mins(arrival_min);
        let got = act_by(arrival, work_min as f64 / 60.0, 1.0, 1.0, &Calendar::of(&site, "Asia/Shanghai", &holidays));
        let got = got.expect("a time");
        let (china, zone) = (holidays.of(Some("CN"), "").expect("CN"), TimeZone::get("Asia/Shanghai").expect("zone"));
        // Minute by minute back from the deadline until enough open minutes are found.
        let (mut start, mut left) = (got.finish_by, work_min);
        while left > 0 && arrival.duration_since(start) < Span::from_hours(24 * 58) {
            start -= Span::from_mins(1);
            left -= i64::from(is_open(&site, china, &zone, start));
        }
        if left == 0 {
            prop_assert!(got.start_by <= start, "{} {}", got.start_by, start);
            prop_assert!(start.duration_since(got.start_by) < Span::from_mins(10), "{} {}", got.start_by, start);
        }
        prop_assert!(got.start_by <= got.last_call);
    }
}
