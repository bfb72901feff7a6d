//! Small lists: columns in any order, agencies, what is missing.

use super::*;
use crate::domain::{Averaging, FeedId, Timestamp};

fn parsed(text: &str) -> Parsed {
    let (feed, body) = (FeedId::new("test"), text.as_bytes().to_vec());
    Ibtracs.parse(&Bulletin::new(feed, "", "test", Timestamp::UNIX_EPOCH, body))
}

/// Each hazard as its id, source, averaging period, count of fixes and strongest wind.
#[track_caller]
fn check(text: &str, expected: &[(&str, &str, Averaging, usize, Option<f64>)]) {
    let parsed = parsed(text);
    assert!(parsed.faults.is_empty(), "{:?}", parsed.faults);
    let told = parsed.hazards.iter().map(|hazard| {
        let track = hazard.track.as_ref().unwrap();
        let vmax = track.fixes.iter().filter_map(|fix| fix.vmax_kt).max_by(f64::total_cmp);
        (hazard.id.as_str(), hazard.source.as_str(), track.averaging, track.fixes.len(), vmax)
    });
    assert_eq!(told.collect::<Vec<_>>(), expected);
}

const HEAD: &str = "SID,BASIN,NAME,ISO_TIME,LAT,LON,WMO_WIND,WMO_AGENCY,USA_ATCF_ID,USA_LAT,USA_LON,USA_WIND,\
                    TOKYO_LAT,TOKYO_LON,TOKYO_WIND\n ,, , ,degrees_north,degrees_east,kts, , ,degrees_north,\
                    degrees_east,kts,degrees_north,degrees_east,kts\n";

#[test]
fn each_agency_has_its_track() {
    let rows = "2004219N15137,WP,RANANIM,2004-08-11 06:00:00,26.0,124.2,75,tokyo,WP162004,26.1,124.2,90,26.0,124.1,75\n\
                2004219N15137,WP,RANANIM,2004-08-11 12:00:00,26.9,123.0, , ,WP162004,27.0,123.1,90, , , \n";
    check(
        &format!("{HEAD}{rows}"),
        &[
            ("atcf:wp162004:BEST", "jtwc", Averaging::OneMinute, 2, Some(90.0)),
            ("atcf:wp162004:BEST-JMA", "jma", Averaging::TenMinutes, 1, Some(75.0)),
            ("atcf:wp162004:BEST-WMO", "wmo", Averaging::TenMinutes, 2, Some(75.0)),
        ],
    );
}

#[test]
fn a_storm_without_a_number_has_the_archives_key() {
    let row = "1884177N17124,WP,NOT_NAMED,1884-06-25 16:00:00,16.5,124.0, , , , , , , , , \n";
    check(&format!("{HEAD}{row}"), &[("ibtracs:1884177N17124:BEST-WMO", "wmo", Averaging::TenMinutes, 1, None)]);
    let hazard = parsed(&format!("{HEAD}{row}")).hazards.remove(0);
    assert!(hazard.name.is_none() && hazard.aliases.is_empty());
}

#[test]
fn cuts_with_the_archives_position_alone() {
    let text = "ISO_TIME,LON,LAT,SID,USA_WIND\n2004-08-11 06:00,184.2,26.1,2004219N15137,90\n";
    check(text, &[("ibtracs:2004219N15137:BEST", "jtwc", Averaging::OneMinute, 1, Some(90.0))]);
    let track = parsed(text).hazards.remove(0).track.unwrap();
    assert_eq!((track.fixes[0].position.lat(), track.fixes[0].position.lon()), (26.1, -175.8));
}

#[test]
fn reduced_tables() {
    let us = "track_id,season,basin,time,lat,lon,status,wind,slp,sshs_cat\n\
              2004219N15137,2004,WP,2004-08-11 06:00:00,26.1,124.2,TY,90.0,9.54e+02,2\n";
    check(us, &[("ibtracs:2004219N15137:BEST", "jtwc", Averaging::OneMinute, 1, Some(90.0))]);
    let track = parsed(us).hazards.remove(0).track.unwrap();
    assert_eq!(track.fixes[0].pmin_hpa, Some(954.0));
    let wmo =
        "track_id,season,basin,time,lon,lat,wind,slp\n2004219N15137,2004,WP,2004-08-11 06:00:00,124.2,26.1,75,950\n";
    check(wmo, &[("ibtracs:2004219N15137:BEST-WMO", "wmo", Averaging::TenMinutes, 1, Some(75.0))]);
}

#[test]
fn winds_of_one_track_have_one_period() {
    let rows = "2015270N15137,EP,OHO,2015-10-01 00:00:00,10.0,-179.0,100,hurdat_epa,EP012015, , , , , , \n\
                2015270N15137,WP,OHO,2015-10-01 06:00:00,10.0,181.0,93,tokyo,EP012015, , , , , , \n";
    check(&format!("{HEAD}{rows}"), &[("atcf:ep012015:BEST-WMO", "wmo", Averaging::OneMinute, 2, Some(100.0))]);
    let fixes = parsed(&format!("{HEAD}{rows}")).hazards.remove(0).track.unwrap().fixes;
    // 93 kt over 10 minutes are 100 kt over one.
    assert_eq!((fixes[1].vmax_kt, fixes[1].position.lon()), (Some(100.0), -179.0));
}

#[track_caller]
fn check_fault(text: &str, hazards: usize, is_fatal: bool, expected: &str) {
    let parsed = parsed(text);
    assert_eq!(parsed.hazards.len(), hazards);
    let fault = parsed.faults.iter().find(|fault| fault.what.contains(expected));
    assert!(fault.is_some_and(|fault| fault.is_fatal == is_fatal), "{:?}", parsed.faults);
}

#[test]
fn torn_lines_are_told() {
    let good = "2004219N15137,WP,RANANIM,2004-08-11 06:00:00,26.0,124.2\n";
    check_fault(&format!("{HEAD}{good}2004219N15137,WP,RANANIM,soon,26.0,124.2\n"), 1, false, "no time");
    check_fault(&format!("{HEAD}{good}2004219N15137,WP,RANANIM,2004-08-11 09:00:00,260,124.2\n"), 1, false, "position");
    check_fault(&format!("{HEAD}{good},WP,RANANIM,2004-08-11 09:00:00,26.0,124.2\n"), 1, false, "no storm");
    check_fault(&format!("{HEAD}2004219N15137,WP,RANANIM\n"), 0, true, "no line");
    check_fault("a,b,c\n1,2,3\n", 0, true, "head line");
}

#[test]
fn a_list_of_no_storms_is_no_fault() {
    let parsed = parsed(HEAD);
    assert!(parsed.hazards.is_empty() && parsed.faults.is_empty());
}

#[test]
fn other_tables_are_not_taken() {
    for body in ["id,lat,lon,time\n1,2,3,4\n", "track_id,time,lat,lon\nA1,2004-08-11,26,124\n", "", "SID\n"] {
        assert!(!Ibtracs.recognises(body.as_bytes()), "{body}");
    }
    assert!(Ibtracs.recognises(HEAD.as_bytes()));
}
