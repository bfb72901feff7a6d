//! Decks as wholes, line by line; their goldens are with their samples.

use super::*;
use crate::domain::{FeedId, Hazard, Technique, Timestamp};

fn parse(body: &str) -> Parsed {
    Atcf.parse(&Bulletin::new(FeedId::new("test"), "", "deck", Timestamp::UNIX_EPOCH, body.as_bytes().to_vec()))
}

fn track(hazard: &Hazard) -> &crate::domain::Track {
    hazard.track.as_ref().unwrap()
}

const BEST: &str = "\
WP, 16, 2004080700,   , BEST,   0, 148N, 1302E,  25, 1000, TD,   0,    ,    0,    0,    0,    0, 1004,  140,  50,   0,   0,
WP, 16, 2004081206,   , BEST,   0, 273N, 1226E,  90,  954, TY,  64, NEQ,   20,   20,   20,   20,    0,    0,   0, 110,   0,
WP, 16, 2004081206,   , BEST,   0, 273N, 1226E,  90,  954, TY,  34, NEQ,  120,  100,  100,  120,    0,    0,   0, 110,   0,
";

#[test]
fn one_hazard_for_a_best_track() {
    let parsed = parse(BEST);
    assert!(parsed.faults.is_empty());
    let [hazard] = parsed.hazards.as_slice() else { panic!("{parsed:?}") };
    assert_eq!((hazard.id.as_str(), hazard.event.as_str()), ("atcf:wp162004:BEST", "wp162004"));
    assert_eq!(hazard.source, "jtwc");
    assert_eq!(hazard.name, None);
    assert_eq!(hazard.issued, hazard.expires);
    assert_eq!(track(hazard).standing, Technique::Analysis);
    let [first, last] = track(hazard).fixes.as_slice() else { panic!() };
    assert!(first.radii.is_empty());
    assert_eq!(first.rmw_km, Some(92.6));
    assert_eq!(last.radii.iter().map(|radii| radii.kt).collect::<Vec<_>>(), [34, 64]);
    assert!((last.radii[0].ne_km - 222.2).abs() < 1e-9);
}

#[test]
fn seasons_of_one_number_are_apart_and_new_year_is_no_season() {
    let line = |dtg: &str| format!("WP, 23, {dtg},   , BEST,   0, 148N, 1302E,  25\n");
    let body = ["2014123118", "2015010100", "2015110100"].map(line).concat();
    let events: Vec<_> = parse(&body).hazards.into_iter().map(|hazard| hazard.event).collect();
    assert_eq!(events, ["wp232014", "wp232015"]);
}

#[test]
fn a_hazard_for_each_technique_and_cycle() {
    let body = "\
EP, 18, 2023102212, 01, CARQ, -24,  90N,  960W,  25,    0, DB,  34, AAA,    0,    0,    0,    0,    0,    0,   0,   0,   0,   E,   0,   X,   0,   0,     INVEST,  ,
EP, 18, 2023102212, 01, CARQ,   0,  98N,  967W,  30, 1006, TD,  34, NEQ,    0,    0,    0,    0, 1010,  150,  60,   0,   0,   E,   0,   X, 325,   4,   EIGHTEEN, S,
EP, 18, 2023102212, 03, OFCL,   0,  98N,  967W,  30,    0, TD,  34, NEQ,    0,    0,    0,    0,    0,    0,   0,  40,   0,
EP, 18, 2023102212, 03, OFCL,  12, 102N,  968W,  35,    0, TS,  34, NEQ,   30,    0,    0,    0,    0,    0,   0,  45,   0,
EP, 18, 2023102212, 03, SHIP,  12,   0N,    0W,  38,    0, XX,
EP, 18, 2023102218, 03, OFCL,   0, 102N,  969W,  35,    0, TS,  34, NEQ,   60,   60,    0,    0,    0,    0,   0,  45,   0,
EP, 18, 2023102218, 03, AVNO,   0, 102N,  969W,  65,    0, XX
EP, 18, 2023102218, 01, CARQ,   0, 102N,  969W,  35, 1004, TS,  34, NEQ,   60,   60,    0,    0, 1010,  150,  40,   0,   0,   E,   0,   X, 325,   4,       OTIS, S,
";
    let parsed = parse(body);
    assert!(parsed.faults.is_empty(), "{:?}", parsed.faults);
    let told: Vec<_> = parsed
        .hazards
        .iter()
        .map(|hazard| {
            let words = (hazard.severity, hazard.urgency, hazard.certainty);
            format!("{} {} {} {:?}", hazard.id, hazard.issued.unwrap(), track(hazard).fixes.len(), words)
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    atcf:ep182023:CARQ 2023-10-22T12:00:00Z 2 (Minor, Expected, Observed)
    atcf:ep182023:OFCL 2023-10-22T12:00:00Z 2 (Moderate, Expected, Likely)
    atcf:ep182023:OFCL 2023-10-22T18:00:00Z 1 (Moderate, Immediate, Likely)
    atcf:ep182023:AVNO 2023-10-22T18:00:00Z 1 (Extreme, Immediate, Possible)
    atcf:ep182023:CARQ 2023-10-22T18:00:00Z 1 (Moderate, Immediate, Observed)
    ");
    assert!(parsed.hazards.iter().all(|hazard| hazard.name.as_deref() == Some("OTIS")));
}

#[test]
fn chances_of_no_place_are_one_small_fault() {
    let parsed = parse("AL, 02, 2021061318, GN, OFCL,  48,     ,      ,  10,   48, ESB, genFcst,\n".repeat(9).as_str());
    assert!(parsed.hazards.is_empty());
    assert_eq!(parsed.faults.len(), 1);
    assert!(!parsed.faults[0].is_fatal);
    assert!(parsed.faults[0].what.starts_with("9 e-deck lines"));
}

#[test]
fn a_bad_line_is_named_and_the_rest_is_read() {
    let parsed = parse(&format!("{BEST}WP, 16, 20040812,   , BEST\n"));
    assert_eq!(parsed.hazards.len(), 1);
    assert_eq!(parsed.faults[0].to_string(), ":4: `20040812` is no date-time group YYYYMMDDHH (in `date`)");
    assert!(!parsed.faults[0].is_fatal);
}

#[test]
fn lines_in_any_order_and_twice_are_one_track() {
    let mut lines: Vec<_> = BEST.lines().chain(BEST.lines()).collect();
    lines.reverse();
    assert_eq!(parse(&lines.join("\n")).hazards[0].track, parse(BEST).hazards[0].track);
}

#[test]
fn fixes_are_one_track_for_each_storm() {
    let body = "\
WP, 17, 202608221430,  10, DVTS,         CI,  , 1993N, 14434E,      , 1, 115, 2,     , 2, DVRK,    ,     ,
WP, 17, 202608221208,  31, ASCT,        CIR,  , 1950N, 14490E,      , 1,     ,  ,     , 3,     ,  34,  NEQ,  140,  120,  100,  120,  ,  ,  ,  , 3,
WP, 17, 202608221100,  20, DVTO,          I,  , 1950N, 14500E,      , 3, 110, 2,
WP, 18, 202608221200,  10, DVTS,          C,  , 2000N, 10800E,      , 3,    ,  ,
";
    let parsed = parse(body);
    assert_eq!(parsed.faults[0].what, "1 f-deck lines fix no centre and are passed over");
    let [saudel, narra] = parsed.hazards.as_slice() else { panic!("{:?}", parsed.hazards) };
    assert_eq!((saudel.id.as_str(), saudel.source.as_str()), ("atcf:wp172026:FIX", "jtwc"));
    assert_eq!(track(saudel).standing, Technique::Analysis);
    let [first, second] = track(saudel).fixes.as_slice() else { panic!() };
    assert_eq!((first.vmax_kt, first.radii.len(), first.tau_h), (None, 1, 0));
    assert_eq!((second.vmax_kt, second.time), (Some(115.0), "2026-08-22T14:30:00Z".parse().unwrap()));
    assert_eq!(saudel.issued, Some(second.time));
    assert_eq!(narra.event, "wp182026");
}

#[test]
fn circles_stand_beside_the_forecast() {
    let body = "\
AL, 02, 2021061412, TR, TVCN,  12, 366N,  709W,  68,   25,   ,   0,
AL, 02, 2021061412, TR, TVCN,  24, 397N,  656W,  68,   40,   ,   0,
AL, 02, 2021061412, IN, IVCN,  24,     ,      ,  68,  26,   ,    6,
";
    let parsed = parse(body);
    let [hazard] = parsed.hazards.as_slice() else { panic!("{:?}", parsed.hazards) };
    assert_eq!(hazard.id.as_str(), "atcf:al022021:TVCN-TR");
    let circles: Vec<_> = track(hazard).fixes.iter().map(|fix| (fix.tau_h, fix.circle_km)).collect();
    assert_eq!(circles, [(12, Some(46.3)), (24, Some(74.1))]);
    assert_eq!(parsed.faults.len(), 1);
}

#[test]
fn a_track_crosses_the_date_line() {
    let line = |tau: i32, lon: &str| {
        format!("WP, 12, 2026072612, 01, CARQ, {tau}, 117N, {lon},  20,    0, DB,  34, AAA,    0,    0,    0,    0,\n")
    };
    let parsed = parse(&[line(-24, "1708W"), line(-12, "1790W"), line(0, "1793E")].concat());
    let [hazard] = parsed.hazards.as_slice() else { panic!("{:?}", parsed.hazards) };
    let lons: Vec<_> = track(hazard).fixes.iter().map(|fix| fix.position.lon()).collect();
    assert_eq!(lons, [-170.8, -179.0, 179.3]);
    assert_eq!(hazard.onset, Some("2026-07-25T12:00:00Z".parse().unwrap()));
}

#[test]
fn a_data_file_tells_gusts_pressure_and_the_end_in_its_prose() {
    let body = "\
WTPN51 PGTW 221500
WARNING    ATCG MIL 17W NWP 260822133318
2026082212 17W SAUDEL     017  03 315 14 SATL 030
T000 196N 1448E 105 R034 140 NE QD 120 SE QD 100 SW QD 120 NW QD
T012 211N 1425E 115
AMP
   221200Z --- NEAR 19.6N 144.8E
   MAX SUSTAINED WINDS - 105 KT, GUSTS 130 KT
   12 HRS, VALID AT:
   230000Z --- 21.1N 142.5E
   MAX SUSTAINED WINDS - 115 KT, GUSTS 140 KT
REMARKS:
MINIMUM CENTRAL PRESSURE AT 221200Z IS 956 MB. THIS IS THE FINAL
WARNING ON THIS SYSTEM BY THE JOINT TYPHOON WRNCEN PEARL HARBOR HI.//
1726082212 196N1448E 105
NNNN
";
    let parsed = parse(body);
    assert!(parsed.faults.is_empty(), "{:?}", parsed.faults);
    let hazard = &parsed.hazards[0];
    assert!(hazard.is_last);
    assert_eq!(hazard.issued, "2026-08-22T15:00:00Z".parse().ok());
    let told: Vec<_> = track(hazard).fixes.iter().map(|fix| (fix.gust_kt, fix.pmin_hpa, fix.radii.len())).collect();
    assert_eq!(told, [(Some(130.0), Some(956.0), 1), (Some(140.0), None, 0)]);
}

#[test]
fn when_a_data_file_was_issued() {
    let issued = |heading: &str, stamp: &str| {
        let body = format!(
            "{heading}\nWARNING    ATCG MIL 01C NEP {stamp}\n2026083106 01C LALA       041\nT000 302N 1714W 075\nAMP\n"
        );
        parse(&body).hazards[0].issued.unwrap().to_string()
    };
    assert_eq!(issued("WTPN51 PHNC 311600", "260831145402"), "2026-08-31T16:00:00Z");
    // A heading left over from the warning before, and one of the next month.
    assert_eq!(issued("WTPN51 PHNC 311000", "260831145402"), "2026-08-31T14:54:02Z");
    assert_eq!(issued("WTPN51 PHNC 010100", ""), "2026-09-01T01:00:00Z");
    for (heading, stamp) in [("", ""), ("WTPN51 PHNC 251600", "260901"), ("WTPN51", "260931145402")] {
        assert_eq!(issued(heading, stamp), "2026-08-31T06:00:00Z", "{heading} {stamp}");
    }
}
