//! `seawall season`: a lane that typhoons close, a railway behind the hills, and a mail to logistics in each language.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::harness::{Stage, mails_in, seawall};

const PEOPLE: &str = "\
id,name,email,role,reports_to,language,time_zone,quiet,visit
li-wei,Li Wei,li.wei@example.com,account-manager,,en,Asia/Shanghai,,
wang-fang,王芳,wang.fang@example.com,account-manager,,zh-CN,Asia/Shanghai,,
sun,Sun Qiang,sun@example.com,logistics,,en,Asia/Shanghai,,
he,何平,he@example.com,logistics,,zh-CN,Asia/Shanghai,,
";
const LANES: &str = r#"{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"id":"SEA","mode":"sea","origin":"CNNGB","destination":"CNWNZ","transit_h":24,"cost":"900","currency":"CNY","alternates":["RAIL"]},
 "geometry":{"type":"LineString","coordinates":[[121.87,29.95],[122.4,28.8],[121.0,27.9]]}},
{"type":"Feature","properties":{"id":"RAIL","mode":"rail","origin":"CNNGB","destination":"CNWNZ","transit_h":12,"cost":"1500","currency":"CNY","alternates":[]},
 "geometry":{"type":"LineString","coordinates":[[115.9,28.7],[114.9,25.9]]}}]}"#;
const SHIPMENTS: &str = "\
id,lane,dealer,etd,eta,value,currency,required_by,status
S1,SEA,D-WZ,2004-07-01T00:00:00Z,2004-07-02T00:00:00Z,50000,CNY,2004-07-02T12:00:00Z,planned
S2,SEA,D-WZ,2004-07-11T00:00:00Z,2004-07-12T00:00:00Z,50000,CNY,2004-07-12T12:00:00Z,planned
";
const STOCK: &str = "dealer,sku,on_hand,daily_sales,on_order,unit_value,currency\nD-WZ,LOCK,400,100,0,80,CNY\n";

/// Rananim's landfall of 2004 as JTWC's best track has it, and a storm of another year that closes nothing.
const RANANIM: &str = "\
WP, 16, 2004081118,   , BEST,   0, 253N, 1243E,  90,  954, TY,  34, NEQ,   90,  110,  110,   90,
WP, 16, 2004081200,   , BEST,   0, 264N, 1238E,  90,  954, TY,  34, NEQ,  100,  110,  110,  100,
WP, 16, 2004081206,   , BEST,   0, 273N, 1226E,  90,  954, TY,  34, NEQ,  120,  100,  100,  120,
WP, 16, 2004081212,   , BEST,   0, 280N, 1213E,  85,  958, TY,  34, NEQ,  120,   90,   70,   70,
WP, 16, 2004081218,   , BEST,   0, 284N, 1201E,  70,  967, TY,  34, NEQ,   50,   50,   50,   50,
WP, 16, 2004081300,   , BEST,   0, 285N, 1189E,  60,  976, TS,  34, NEQ,   50,   50,   50,   50,
";
const FAR: &str = "\
WP, 03, 2005060100,   , BEST,   0, 150N, 1500E,  45,  994, TS,  34, NEQ,   60,   60,   60,   60,
WP, 03, 2005060112,   , BEST,   0, 160N, 1500E,  45,  994, TS,  34, NEQ,   60,   60,   60,   60,
";

/// A lane that gales close, a railway, shipments and stock.
pub(crate) fn write_lanes(stage: &Stage) {
    for (file, text) in [("shipments", SHIPMENTS), ("stock", STOCK)] {
        stage.write(&format!("portfolio/{file}.csv"), text);
    }
    stage.write("portfolio/lanes.geojson", LANES);
}

/// The best tracks of two years.
pub(crate) fn write_tracks(stage: &Stage) -> [PathBuf; 2] {
    [stage.write("bwp162004.dat", RANANIM), stage.write("bwp032005.dat", FAR)]
}

fn stage(story: &str) -> (Stage, String, [PathBuf; 2]) {
    let stage = Stage::new(story);
    stage.write("portfolio/people.csv", PEOPLE);
    write_lanes(&stage);
    let tracks = write_tracks(&stage);
    let portfolio = stage.path("portfolio").display().to_string();
    (stage, portfolio, tracks)
}

#[test]
fn from_tracks_to_a_mail() {
    let (stage, portfolio, [first, second]) = stage("season");
    let (first, second) = (first.display().to_string(), second.display().to_string());
    let mail = stage.path("mail");
    let asked = |more: &[&str]| {
        let fixed = ["season", "--portfolio", &portfolio, "--at", "2006-03-01T00:00:00Z", "--tracks", &first, &second];
        seawall(&[&fixed, more].concat())
    };
    let said = asked(&["--all-years", "--mail", &mail.display().to_string()]);
    let (table, talk) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    assert_eq!(said.status.code(), Some(0), "{talk}");
    assert!(table.lines().all(|line| line.chars().count() <= 100), "too wide:\n{table}");
    assert!(table.contains("SEA: from 1 August to 31 August go by rail (RAIL): +600 CNY per box"), "{table}");
    assert!(table.contains("no insurer takes them: TZ-01"), "{table}");

    let mails = mails_in(&mail);
    assert_eq!(mails.len(), 2, "one a person of logistics");
    for (person, words) in [("sun", "go by rail from 1 Aug to 31 Aug"), ("he", "改走铁路")] {
        let eml = fs::read_to_string(mail.join(format!("season-{person}.eml"))).expect("the mail");
        assert!(eml.contains("X-Seawall-Level: watch"), "{eml}");
        let is_told = mails.iter().any(|mail| mail.text.replace('\n', " ").contains(words));
        assert!(is_told, "{person}: {words}");
    }

    let said = asked(&["--all-years", "--format", "json"]);
    let lines: Vec<Value> =
        String::from_utf8_lossy(&said.stdout).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let of = |what: &str| lines.iter().filter(|line| line["what"] == what).collect::<Vec<_>>();
    assert_eq!((of("lane-month").len(), of("lane").len(), of("archive").len()), (24, 2, 1));
    let [proposal] = of("proposal")[..] else { panic!("{lines:?}") };
    assert_eq!((&proposal["id"], &proposal["currency"]), (&"season:SEA:0801-0831:RAIL".into(), &"CNY".into()));
    assert!(of("site").iter().any(|line| line["site"] == "TZ-01" && line["gap"] == "near-sea"));
}

#[test]
fn single_storms_are_no_climate() {
    let (_stage, portfolio, [first, _]) = stage("season-partial");
    let said = seawall(&["season", "--portfolio", &portfolio, "--tracks", &first.display().to_string()]);
    let talk = String::from_utf8_lossy(&said.stderr);
    assert_eq!(said.status.code(), Some(2), "{talk}");
    assert!(talk.contains("2004 (1); left out of the rates") && talk.contains("--all-years"), "{talk}");
}
