//! Bulletins that vary from the samples: other wrappings, missing parts, mistyped days, other oceans.

use super::*;
use crate::domain::{Certainty, FeedId, Fix, Hazard, MsgType, Timestamp};

fn parse_at(url: &str, fetched: &str, body: &str) -> Parsed {
    let fetched = fetched.parse().unwrap_or(Timestamp::UNIX_EPOCH);
    Jtwc.parse(&Bulletin::new(FeedId::new("test"), "", url, fetched, body.as_bytes().to_vec()))
}

fn parse(body: &str) -> Parsed {
    parse_at("test", "2026-09-30T20:00:00Z", body)
}

#[track_caller]
fn alone(body: &str) -> Hazard {
    let mut parsed = parse(body);
    assert!(parsed.faults.is_empty(), "{:?}", parsed.faults);
    assert_eq!(parsed.hazards.len(), 1);
    parsed.hazards.pop().unwrap()
}

fn fixes(hazard: &Hazard) -> &[Fix] {
    &hazard.track.as_ref().unwrap().fixes
}

const WARNING: &str = "\
WTPN31 PGTW 301500
SUBJ/TROPICAL STORM 21W (KESTREL) WARNING NR 005//
   WARNING POSITION:
   301200Z --- NEAR 19.4N 153.7E
   MAX SUSTAINED WINDS - 055 KT, GUSTS 070 KT
   RADIUS OF 050 KT WINDS - 040 NM NORTHEAST QUADRANT
                            030 NM SOUTHEAST QUADRANT
                            000 NM SOUTHWEST QUADRANT
                            020 NM NORTHWEST QUADRANT
   FORECASTS:
   12 HRS, VALID AT:
   010000Z --- 21.0N 152.6E
   MAX SUSTAINED WINDS - 065 KT, GUSTS 080 KT
REMARKS:
301500Z POSITION NEAR 19.8N 153.4E.
MINIMUM CENTRAL PRESSURE AT 301200Z IS 990 MB.//
NNNN
";

#[test]
fn lines_may_be_wrapped_anywhere() {
    let plain = alone(WARNING);
    let heading = WARNING.lines().next().unwrap();
    let joined = format!("{heading}\n{}", words::flat(WARNING.split_once('\n').unwrap().1));
    assert_eq!(fixes(&alone(&joined)), fixes(&plain));
    let narrow = format!("{heading}\r\n{}", WARNING.split_once('\n').unwrap().1.replace(' ', "\r\n"));
    assert_eq!(fixes(&alone(&narrow)), fixes(&plain));
    assert_eq!((plain.id.as_str(), fixes(&plain)[0].pmin_hpa), ("atcf:wp212026:JTWC", Some(990.0)));
    assert_eq!((fixes(&plain)[0].radii[0].kt, fixes(&plain)[0].radii[0].sw_km), (50, 0.0));
}

#[test]
fn the_month_is_the_nearest_to_the_fetching() {
    assert_eq!(fixes(&alone(WARNING))[1].time, "2026-10-01T00:00:00Z".parse().unwrap());
    let by_address = parse_at("/kept/wp2126web.2026-09-30T160000Z.txt", "", WARNING);
    assert_eq!(by_address.hazards[0].issued, "2026-09-30T15:00:00Z".parse().ok());
    let unknown = parse_at("test", "", WARNING);
    assert!(unknown.hazards.is_empty() && unknown.faults[0].is_fatal, "{:?}", unknown.faults);
    // What the bulletin says outranks the fetching: old ones stay at their address.
    let dated = WARNING.replace("153.4E.", "153.4E. 30JUN25.");
    assert_eq!(alone(&dated).issued, "2025-06-30T15:00:00Z".parse().ok());
}

#[test]
fn a_mistyped_forecast_time_gives_way_to_its_hours() {
    let parsed = parse(&WARNING.replace("010000Z", "020000Z"));
    assert_eq!(fixes(&parsed.hazards[0])[1].time, "2026-10-01T00:00:00Z".parse().unwrap());
    assert!(!parsed.faults[0].is_fatal && parsed.faults.len() == 1, "{:?}", parsed.faults);
}

#[test]
fn heads_of_all_kinds() {
    let subject = |words: &str| alone(&WARNING.replace("TROPICAL STORM 21W (KESTREL) WARNING NR 005", words));
    let last = subject("TROPICAL DEPRESSION 21W (TWENTYONE) FINAL WARNING NR 006");
    assert_eq!((last.is_last, last.name, last.msg), (true, None, MsgType::Alert));
    assert_eq!(subject("SUPER TYPHOON 21W (KESTREL) WARNING NR 006A CORRECTED").msg, MsgType::Update);
    assert_eq!(subject("TROPICAL STORM 21W (KESTREL) WARNING NR 007 RELOCATED").msg, MsgType::Update);
    let unnamed = subject("TROPICAL DEPRESSION 12W WARNING NR 001");
    assert_eq!((unnamed.name, unnamed.event.as_str()), (None, "wp122026"));
    let exercise = subject("TYPHOON 80W (TEST) WARNING NR 001");
    assert_eq!(exercise.status, crate::domain::Status::Exercise);
    assert_eq!(subject("TROPICAL CYCLONE 01B (ONE) WARNING NR 001").event, "io012026");
    assert_eq!(subject("TROPICAL CYCLONE 02P (TWO) WARNING NR 001").event, "sh022027");
    assert!(!subject("HURRICANE 01C (LALA) WARNING NR 030").is_last);
    let in_words = WARNING
        .replace("990 MB.//", "990 MB. THIS IS THE FINAL\nWARNING ON THIS SYSTEM BY THE JOINT\nTYPHOON WRNCEN.//");
    assert!(alone(&in_words).is_last);
}

#[test]
fn radii_of_half_circles_and_all_round() {
    let with = |radii: &str| {
        let (before, rest) = WARNING.split_once("   RADIUS").unwrap();
        let (_, after) = rest.split_once("   FORECASTS").unwrap();
        let hazard = alone(&format!("{before}{radii}\nFORECASTS{after}"));
        fixes(&hazard)[0].radii.iter().map(|r| [r.ne_km, r.se_km, r.sw_km, r.nw_km]).collect::<Vec<_>>()
    };
    assert_eq!(with("RADIUS OF 034 KT WINDS - 100 NM"), [[185.2; 4]]);
    assert_eq!(
        with("RADIUS OF 034 KT WINDS - 100 NM NORTHEAST SEMICIRCLE, 050 NM ELSEWHERE"),
        [[185.2, 92.6, 92.6, 92.6]]
    );
    assert_eq!(
        with("RADIUS OF 034 KT WINDS - 100 NM NORTHERN SEMICIRCLE 050 NM ELSEWHERE"),
        [[185.2, 92.6, 92.6, 185.2]]
    );
    assert!(with("RADIUS OF 034 KT WINDS - 000 NM NORTHEAST QUADRANT").is_empty());
}

#[test]
fn torn_and_empty_warnings_are_told() {
    let torn = WARNING.split("MAX SUSTAINED WINDS - 065").next().unwrap();
    let parsed = parse(torn);
    assert_eq!(fixes(&parsed.hazards[0]).len(), 2);
    assert!(parsed.faults[0].is_fatal, "{:?}", parsed.faults);
    for body in [
        "WTPN31 PGTW 301500\nSUBJ/TYPHOON 21W WARNING NR 001//\nREMARKS: NONE//",
        "WTPN31 PGTW 301500\n",
        "WTPN31 PGTW 999999\nx",
    ] {
        let parsed = parse(body);
        assert!(parsed.hazards.is_empty() && parsed.faults.iter().any(|fault| fault.is_fatal), "{body}");
    }
    // The reasoning behind a warning is a legal document that says nothing new.
    assert_eq!(parse("WDPN31 PGTW 301500\nSUBJ/PROGNOSTIC REASONING FOR TYPHOON 21W//"), Parsed::default());
}

#[test]
fn several_bulletins_in_one_document() {
    let other = WARNING.replace("21W (KESTREL)", "22W (HERON)");
    let parsed = parse(&format!("000\n{WARNING}\n{other}{WARNING}"));
    let events: Vec<_> = parsed.hazards.iter().map(|hazard| hazard.event.as_str()).collect();
    assert_eq!(events, ["wp212026", "wp222026", "wp212026"]);
}

#[track_caller]
fn check_alert(body: &str, id: &str, circles: usize, radius_km: f64) -> Hazard {
    let hazard = alone(body);
    assert_eq!((hazard.id.as_str(), hazard.certainty), (id, Certainty::Possible));
    let found = hazard.footprint.circles.first().map_or(0.0, |circle| circle.radius_km);
    assert_eq!((hazard.footprint.circles.len(), found), (circles, radius_km));
    hazard
}

#[test]
fn alerts_within_a_circle_and_without_a_number_in_their_subject() {
    let body = "WTXS21 PGTW 281730\nSUBJ/TROPICAL CYCLONE FORMATION ALERT (INVEST 98S)//
REF/A/JOINT TYPHOON WRNCEN PEARL HARBOR HI/262051Z APR 22//
RMKS/ 1. FORMATION OF A SIGNIFICANT TROPICAL CYCLONE IS POSSIBLE WITHIN A 125 NM RADIUS OF 15.1S 111.0E WITHIN THE
NEXT 12 TO 24 HOURS. METSAT IMAGERY AT 011800Z INDICATES THAT A CIRCULATION CENTER IS LOCATED NEAR 15.1S 111.0E.//";
    let mut parsed = parse(body);
    // The image's day is mistyped.
    assert!(parsed.faults.len() == 1 && !parsed.faults[0].is_fatal, "{:?}", parsed.faults);
    let hazard = parsed.hazards.pop().unwrap();
    assert_eq!((hazard.event.as_str(), hazard.footprint.circles.len()), ("sh982022", 1));
    assert_eq!(fixes(&hazard)[0].time, "2022-04-28T17:30:00Z".parse().unwrap());
    let body = "WTPN21 PGTW 300700 COR\nSUBJ/TROPICAL CYCLONE FORMATION ALERT CORRECTED//\nRMKS/
1. FORMATION OF A SIGNIFICANT TROPICAL CYCLONE IS POSSIBLE WITHIN\n145 NM EITHER SIDE OF A LINE FROM 15.7N 112.9E TO 20.4N
112.7E WITHIN THE NEXT 12 TO 24 HOURS. IMAGERY AT 300600Z INDICATES THAT A CIRCULATION\nCENTER IS LOCATED NEAR 16.0N 112.9E.
2. REMARKS: THE AREA OF CONVECTION (INVEST 97W) IS NEAR. 3. CANCELLED BY 010700Z.//\nNNNN";
    let hazard = check_alert(body, "atcf:wp972026:TCFA", 5, 268.5);
    assert_eq!(hazard.expires, "2026-10-01T07:00:00Z".parse().ok());
    check_alert(&body.replace("(INVEST 97W)", ""), "jtwc:wtpn21:TCFA", 5, 268.5);
}

#[test]
fn cancelled_alerts() {
    let body = "WTIO21 PGTW 281730\nSUBJ/CANCELLATION OF TROPICAL CYCLONE FORMATION ALERT (INVEST 92W)//\nRMKS/
1. THE AREA OF CONVECTION (INVEST 92W) PREVIOUSLY LOCATED NEAR 14.4N\n98.0E IS NOW LOCATED NEAR 17.3N 96.9E.//";
    let hazard = check_alert(body, "atcf:wp922026:TCFA", 0, 0.0);
    assert_eq!((hazard.msg, hazard.track), (MsgType::Cancel, None));
    let body = "WTPN21 PGTW 281730\nSUBJ/TROPICAL CYCLONE FORMATION ALERT (INVEST 93B) CANCELLATION//\nRMKS/
1. THE ALERT IN REF A IS CANCELLED.//";
    let parsed = parse(body);
    assert_eq!((parsed.hazards[0].id.as_str(), parsed.hazards[0].msg), ("atcf:io932026:TCFA", MsgType::Cancel));
}

#[test]
fn an_alert_without_its_area_is_told() {
    let parsed =
        parse("WTPN21 PGTW 301730\nSUBJ/TROPICAL CYCLONE FORMATION ALERT (INVEST 92W)//\nRMKS/ 1. FORMATION OF A");
    assert!(parsed.hazards.is_empty() && parsed.faults[0].is_fatal);
}

const FIX: &str = "\
TPPN10 PGTW 301508

A. TYPHOON 21W (KESTREL)

B. 30/1430Z

C. 19.93N

D. 144.34E

E. ONE/GK2A

F. T6.0/6.5/D1.5/24HRS  STT: D0.5/03HRS

H. REMARKS: 01A/PBO EYE/ANMTN.

I. ADDITIONAL POSITIONS:
   30/1103Z  19.60N  144.67E  AMS2
";

#[test]
fn fixes_with_and_without_a_wind() {
    let hazard = alone(FIX);
    assert_eq!((hazard.id.as_str(), hazard.name.as_deref()), ("atcf:wp212026:FIX", Some("KESTREL")));
    let told: Vec<_> = fixes(&hazard).iter().map(|fix| (fix.tau_h, fix.vmax_kt)).collect();
    assert_eq!(told, [(-3, None), (0, Some(127.0))]);
    assert_eq!(fixes(&alone(&FIX.replace("T6.0/6.5/D1.5/24HRS", "TOO WEAK/OVERLAND")))[1].vmax_kt, None);
    let disturbance = alone(&FIX.replace("TYPHOON 21W (KESTREL)", "TROPICAL DISTURBANCE 97W (YAP)"));
    assert_eq!((disturbance.name, disturbance.event.as_str()), (None, "wp972026"));
    assert!(parse(&FIX.replace("C. 19.93N", "C. N/A")).faults[0].is_fatal);
}

#[test]
fn an_advisory_that_is_torn_or_tells_no_place() {
    let body = "ABIO10 PGTW 301800\nSUBJ/SIGNIFICANT TROPICAL WEATHER ADVISORY FOR THE INDIAN\nOCEAN/301800Z-011800ZOCT2026//\nRMKS/
1. NORTH INDIAN OCEAN AREA (MALAY PENINSULA WEST TO COAST OF AFRICA):\n   A. TROPICAL CYCLONE SUMMARY:
      (1) AT 30SEP26 1200Z, TROPICAL CYCLONE 01B (ONE) WAS LOCATED NEAR\n15.0N 90.0E. MAXIMUM SUSTAINED SURFACE WINDS WERE ESTIMATED AT 45 KNOTS.
   B. TROPICAL DISTURBANCE SUMMARY:\n      (1) THE AREA OF CONVECTION (INVEST 93B) PREVIOUSLY LOCATED NEAR\n14.2N 89.1E HAS BEEN UPGRADED TO TROPICAL CYCLONE 01B. SEE PARA 1.A.(1)\nFOR FINAL WARNING.
      (2) AN AREA OF CONVECTION (INVEST 94B) IS BEING WATCHED.\n   C. SUBTROPICAL SYSTEM SUMMARY: NONE.//\nNNNN";
    let parsed = parse(body);
    let told: Vec<_> = parsed.hazards.iter().map(|hazard| (hazard.id.as_str(), hazard.msg)).collect();
    assert_eq!(told, [("atcf:io012026:ABIO", MsgType::Alert), ("atcf:io932026:ABIO", MsgType::Cancel)]);
    assert_eq!(parsed.hazards[0].expires, "2026-10-01T18:00:00Z".parse().ok());
    assert!(parsed.faults.len() == 1 && !parsed.faults[0].is_fatal, "{:?}", parsed.faults);
    assert!(parse(body.split("FOR FINAL").next().unwrap()).faults.iter().any(|fault| fault.is_fatal));
}

#[test]
fn a_list_without_storms_and_one_without_anything() {
    let rss = |items: &str| {
        parse(&format!(
            "<rss version='2.0'><channel><title>JTWC TROPICAL CYCLONE INFORMATION FEED</title>{items}</channel></rss>"
        ))
    };
    let quiet = rss("<item><description>No Current Tropical Cyclone Warnings.</description></item>");
    assert_eq!(quiet.active.unwrap().keys, Vec::<String>::new());
    assert!(quiet.faults.is_empty() && quiet.links.is_empty());
    let empty = rss("");
    assert!(empty.active.is_none() && !empty.faults[0].is_fatal);
    // A description may be escaped instead of CDATA.
    let escaped = rss("<item><description>&lt;a href='https://a.example/io0126web.txt'&gt;</description></item>");
    assert_eq!(escaped.active.unwrap().keys, ["io012026"]);
}

#[test]
fn a_chart_without_a_forecast() {
    let kml = |inside: &str| {
        format!(
            "<kml xmlns='http://www.opengis.net/kml/2.2'><Document><name>JTWC WARNINGS</name>{inside}</Document></kml>"
        )
    };
    assert!(Jtwc.recognises(kml("").as_bytes()));
    assert!(parse(&kml("")).faults[0].is_fatal);
    let last = kml("<Folder><description>TROPICAL DEPRESSION 17W (SAUDEL) WARNING NR 30</description><Placemark>
        <name>30/12Z (TROPICAL DEPRESSION 17W (SAUDEL) WARNING NR 30 - 25 knots)</name>
        <description><pre>\nWTPN31 PGTW 301500\n301200Z POSIT: NEAR 30.0N 129.0E\n30/12Z, WINDS 025 KTS, GUSTS TO 035 KTS</pre></description>
        <Point><coordinates>129.0,30.0,0</coordinates></Point></Placemark>
        <Placemark><name>26093006Z</name><description>Intensity: 30 knots</description><Point><coordinates>128.0,29.0,0</coordinates></Point></Placemark></Folder>");
    let hazard = alone(&last);
    let told: Vec<_> = fixes(&hazard).iter().map(|fix| (fix.tau_h, fix.vmax_kt, fix.gust_kt)).collect();
    assert_eq!(told, [(-6, Some(30.0), None), (0, Some(25.0), Some(35.0))]);
    assert_eq!((hazard.event.as_str(), hazard.issued), ("wp172026", "2026-09-30T15:00:00Z".parse().ok()));
    let alert = kml("<Placemark><description>WTPN21 PGTW 300700\nSUBJ/TROPICAL CYCLONE FORMATION ALERT (INVEST 97W)//\nRMKS/
        1. FORMATION OF A SIGNIFICANT TROPICAL CYCLONE IS POSSIBLE WITHIN 140 NM EITHER SIDE OF A LINE FROM 11.1N 135.8E TO 14.5N 138.4E
        WITHIN THE NEXT 12 TO 24 HOURS.//</description></Placemark>");
    assert_eq!(alone(&alert).id.as_str(), "atcf:wp972026:TCFA");
}

#[test]
fn what_is_and_what_is_not_jtwc() {
    for yes in [
        WARNING,
        FIX,
        "\n\nABPW10 PGTW 090300\n",
        "NHC  09L IDA 20210827 0000 200N 0790W 310 050 0990 1010 0300 30 040 0100 0100 0050 0080 D",
    ] {
        assert!(Jtwc.recognises(yes.as_bytes()), "{yes}");
    }
    for no in [
        "WTNT24 KNHC 080231\nTCMAT4\n",
        "WTPN51 PGTW 221500\nWARNING    ATCG MIL 17W NWP 260822133318\n",
        "ALERT      ATCF MIL 91X XXX 260822000000\n",
        "<rss version='2.0'><channel><title>GDACS</title></channel></rss>",
        "<kml xmlns='http://www.opengis.net/kml/2.2'><name>NHC</name></kml>",
        "WP, 16, 2004081206,   , BEST,   0, 273N, 1226E,  90,  954, TY",
        "{\"title\":\"JTWC\"}",
        "",
    ] {
        assert!(!Jtwc.recognises(no.as_bytes()), "{no}");
    }
}
