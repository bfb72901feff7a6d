use std::path::PathBuf;

use jiff::civil::{Time, Weekday};

use super::*;
use crate::domain::{DealerId, Insured, LaneId, Language, PersonId, ShipmentId, SiteId, SiteKind};

const PEOPLE: &str = "id,name,email,role,reports_to,language,time_zone,quiet,visit\n\
    li,Li Wei,li@example.com,account-manager,chen,zh-CN,Asia/Shanghai,22:00-07:00,周四\n\
    chen,Chen,chen@example.com,regional-manager,,en,Asia/Shanghai,,\n";
const DEALERS: &str = "id,name,tier,manager,language,time_zone\nD-1,Ma,A,li,zh-CN,Asia/Shanghai\n";
const SITES: &str = "id,dealer,name,kind,lat,lon,coast_m,elevation_m,stock_value,currency,insured,handling_h,\
    handling_cost,shelter_site,from,to\n\
    S-1,D-1,Seawall,warehouse,28.66,121.45,40,3,600000,CNY,uninsurable,14,10000,S-2,,\n\
    S-2,D-1,Depot,warehouse,29.14,121.03,,,,,,,,,,\n";

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    for (name, text) in [("people.csv", PEOPLE), ("dealers.csv", DEALERS), ("sites.csv", SITES)] {
        std::fs::write(dir.path().join(name), text).expect("written");
    }
    for (name, text) in files {
        std::fs::write(dir.path().join(name), text).expect("written");
    }
    dir
}

fn read(files: &[(&str, &str)]) -> (Portfolio, Vec<String>) {
    let dir = folder(files);
    let (portfolio, faults) = read_portfolio(dir.path()).expect("readable");
    (portfolio, faults.iter().map(|(file, fault)| fault.in_file(file)).collect())
}

/// One bad row in `file`: exactly one fault, which begins so.
fn check(file: &str, text: &str, begins: &str) -> Portfolio {
    let (portfolio, faults) = read(&[(file, text)]);
    assert!(faults.len() == 1 && faults[0].starts_with(begins), "{faults:#?}");
    assert!(faults[0].contains("\nhint: "), "{}", faults[0]);
    portfolio
}

fn with_row(table: &str, row: &str) -> String {
    format!("{table}{row}\n")
}

#[test]
fn the_sample_has_no_fault() {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/rananim-2004/portfolio");
    let (portfolio, faults) = read_portfolio(&dir).expect("readable");
    assert_eq!(faults, []);
    assert_eq!((portfolio.sites.len(), portfolio.lanes.len(), portfolio.shipments.len()), (19, 10, 8));
    let site = &portfolio.sites[&SiteId::new("TZ-01")];
    assert_eq!(site.insured, Insured::Uninsurable);
    assert_eq!(site.stock.expect("stock").to_string(), "600,000 CNY");
    assert_eq!(portfolio.manager_of(&DealerId::new("D-MA")).expect("manager").email, "li.wei@example.com");
}

#[test]
fn every_cell_finds_its_field() {
    let (portfolio, faults) = read(&[]);
    assert_eq!(faults, Vec::<String>::new());
    let li = &portfolio.people[&PersonId::new("li")];
    assert_eq!((li.language, li.visit), (Language::Chinese, Some(Weekday::Thursday)));
    let quiet = li.quiet.expect("quiet");
    assert_eq!((quiet.from, quiet.to), (Time::constant(22, 0, 0, 0), Time::constant(7, 0, 0, 0)));
    let bare = &portfolio.sites[&SiteId::new("S-2")];
    assert_eq!((bare.coast_m, bare.stock, bare.insured), (None, None, Insured::Unknown));
    assert_eq!(bare.kind, SiteKind::Warehouse);
}

#[test]
fn a_byte_order_mark_and_crlf_are_no_matter() {
    let text = format!("\u{feff}{}", DEALERS.replace('\n', "\r\n"));
    let (portfolio, faults) = read(&[("dealers.csv", &text)]);
    assert_eq!(faults, Vec::<String>::new());
    assert_eq!(portfolio.dealers.len(), 1);
}

#[test]
fn swapped_coordinates_are_named_as_such() {
    let text = with_row(SITES, "S-3,D-1,X,shop,121.45,28.66,,,,,,,,,,");
    let portfolio = check("sites.csv", &text, "warning: sites.csv:4: latitude 121.45");
    assert_eq!(portfolio.sites.len(), 2);
    check("sites.csv", &with_row(SITES, "S-3,D-1,X,shop,0,0,,,,,,,,,,"), "warning: sites.csv:4: 0, 0 lies in the sea");
    check("sites.csv", &with_row(SITES, "S-3,D-1,X,shop,NaN,121,,,,,,,,,,"), "warning: sites.csv:4: `NaN` is not");
    let at_sea = with_row(SITES, "S-3,D-1,X,shop,28,124,,,,,,,,,,");
    let portfolio = check("sites.csv", &at_sea, "warning: sites.csv:4: the place lies in the sea");
    assert_eq!(portfolio.sites.len(), 3, "it is kept");
    check("sites.csv", &with_row(SITES, "S-3,D-1,X,shop,28.6,,,,,,,,,,,"), "warning: sites.csv:4: `lon` is blank");
}

#[test]
fn many_sites_at_sea_are_counted_and_not_all_named() {
    use std::fmt::Write as _;
    let mut text = SITES.to_owned();
    for number in 0..30 {
        writeln!(text, "X-{number},D-1,X,shop,28,124,,,,,,,,,,").expect("a row");
    }
    let (portfolio, faults) = read(&[("sites.csv", &text)]);
    assert_eq!((portfolio.sites.len(), faults.len()), (32, 21));
    assert!(faults.iter().any(|fault| fault.contains("the places of 10 more rows lie in the sea")), "{faults:?}");
}

#[test]
fn bad_cells_of_a_site_cost_the_cell_and_not_the_site() {
    for (row, begins) in [
        ("S-3,D-1,X,shop,28,121,-4,,,,,,,,,", "warning: sites.csv:4: -4 is not within"),
        ("S-3,D-1,X,shop,28,121,,,-1,CNY,,,,,,", "warning: sites.csv:4: `-1` is not an amount"),
        ("S-3,D-1,X,shop,28,121,,,\"600,000\",CNY,,,,,,", "warning: sites.csv:4: `600,000` is not an amount"),
        ("S-3,D-1,X,shop,28,121,,,600,,,,,,,", "warning: sites.csv:4: 600 has no currency"),
        ("S-3,D-1,X,shop,28,121,,,,yuan,,,,,,", "warning: sites.csv:4: `YUAN` is not an ISO"),
        ("S-3,D-1,X,shop,28,121,,,,,perhaps,,,,,", "warning: sites.csv:4: `perhaps` is not known"),
        ("S-3,D-1,X,shop,28,121,,,,,,,,S-3,,", "warning: sites.csv:4: `S-3` is no other site"),
        ("S-3,D-1,X,shop,28,121,,,,,,,,S-9,,", "warning: sites.csv:4: `S-9` is no other site"),
        (
            "S-3,D-1,X,occasion,28,121,,,,,,,,,2004-08-12T08:00,",
            "warning: sites.csv:4: `2004-08-12T08:00` names no zone",
        ),
        ("S-3,D-1,X,occasion,28,121,,,,,,,,,soon,", "warning: sites.csv:4: `soon` is not a time"),
        (
            "S-3,D-1,X,occasion,28,121,,,,,,,,,2004-08-13T00:00Z,2004-08-12T00:00Z",
            "warning: sites.csv:4: it ends before",
        ),
        ("S-3,D-1,X\u{7},shop,28,121,,,,,,,,,,", "warning: sites.csv:4: the value holds hidden characters"),
    ] {
        let portfolio = check("sites.csv", &with_row(SITES, row), begins);
        assert!(portfolio.sites.contains_key(&SiteId::new("S-3")), "{row}");
    }
}

#[test]
fn rows_out_of_shape() {
    let shifted = with_row(SITES, "S-3,D-1,X,shop,28,121,40,3,600,000,CNY,yes,14,10,000,S-1,,");
    let (portfolio, faults) = read(&[("sites.csv", &shifted)]);
    assert!(faults[0].starts_with("warning: sites.csv:4: the row has 18 values for 16 columns"), "{faults:#?}");
    assert!(portfolio.sites.contains_key(&SiteId::new("S-3")), "a place that is not watched is worse");
    let long = with_row(SITES, "S-3,D-1,X,shop,28,121,,,,,,,,,,,more");
    assert_eq!(check("sites.csv", &long, "warning: sites.csv:4: the row has 17 values").sites.len(), 2);
    let swallowed = format!("{DEALERS}D-2,\"Wang,B,li,en,Asia/Shanghai\nD-3,Sun,B,li,en,Asia/Shanghai\n");
    check("dealers.csv", &swallowed, "error: dealers.csv:3: a quoted value runs over several lines");
    let (_, faults) = read(&[("stock.csv", "dealer;sku;on_hand\nD-1;A;3\n")]);
    assert!(faults[1].starts_with("error: stock.csv:1: the header lacks dealer, sku"), "{faults:#?}");
    assert!(faults[1].ends_with("with commas, not semicolons"), "{faults:#?}");
}

#[test]
fn unknown_and_doubled_columns_are_named() {
    let text = "id,name,email,role,time_zone,phone,name\nli,L,li@example.com,account-manager,Asia/Shanghai,1,2\n";
    let (_, faults) = read(&[("people.csv", text)]);
    assert!(faults[0].starts_with("warning: people.csv:1: unknown column `phone`"), "{faults:#?}");
    assert!(faults[1].starts_with("warning: people.csv:1: the column `name` is there twice"), "{faults:#?}");
}

#[test]
fn people_that_cannot_be_written_to_leave_their_dealers_with_nobody() {
    let text = PEOPLE.replace("li@example.com", "li@example.com\u{d}Bcc");
    let (portfolio, faults) = read(&[("people.csv", &text.replace("li@example.com\rBcc", "Li <li@example.com>"))]);
    assert!(faults[0].starts_with("warning: people.csv:2: the address holds"), "{faults:#?}");
    assert!(faults[1].starts_with("error: dealers.csv:2: `li` is nobody"), "{faults:#?}");
    assert_eq!(portfolio.dealers.len(), 1, "the dealer stays, so that assess can go on");
    let dir = folder(&[("people.csv", &text.replace("li@example.com\rBcc", "li"))]);
    let (_, faults) = read_portfolio(dir.path()).expect("readable");
    assert!(!is_fit_to_run(&faults));
}

#[test]
fn odd_people_stay_reachable() {
    for (row, begins) in [
        ("w,W,w@example.com,logistics,,fr,Asia/Shanghai,,", "warning: people.csv:4: there are no texts in `fr`"),
        ("w,W,w@example.com,logistics,,en,Shanghai,,", "warning: people.csv:4: the time zone is `Shanghai`"),
        ("w,W,w@example.com,logistics,,en,Asia/Shanghai,night,", "warning: people.csv:4: `night` are no quiet hours"),
        ("w,W,w@example.com,logistics,,en,Asia/Shanghai,,someday", "warning: people.csv:4: `someday` is no weekday"),
        ("w,W,w@example.com,logistics,boss,en,Asia/Shanghai,,", "warning: people.csv:4: there is no person `boss`"),
    ] {
        let portfolio = check("people.csv", &with_row(PEOPLE, row), begins);
        assert!(portfolio.people.contains_key(&PersonId::new("w")), "{row}");
    }
    check(
        "people.csv",
        &with_row(PEOPLE, "w,W,w@example.com,accountmanager,,en,Asia/Shanghai,,"),
        "warning: people.csv:4: there is no role",
    );
    check(
        "people.csv",
        &with_row(PEOPLE, "li,W,w@example.com,logistics,,en,Asia/Shanghai,,"),
        "warning: people.csv:4: the id `li` is already on line 2",
    );
}

#[test]
fn a_ring_of_bosses_is_cut_once() {
    let text = PEOPLE.replace("regional-manager,,", "regional-manager,li,");
    let portfolio = check("people.csv", &text, "warning: people.csv:2: `li` reports");
    assert_eq!(portfolio.people[&PersonId::new("chen")].reports_to, Some(PersonId::new("li")));
}

#[test]
fn a_site_of_no_dealer_is_fatal() {
    let text = with_row(SITES, "S-3,D-9,X,shop,28,121,,,,,,,,,,");
    check("sites.csv", &text, "error: sites.csv:4: there is no dealer `D-9`");
}

const LANES_GOOD: &str = r#"{"type":"FeatureCollection","features":[
 {"type":"Feature","properties":{"id":"L-1","mode":"sea","origin":"A","destination":"B","transit_h":60,"cost":"2600","currency":"CNY","alternates":["L-2"]},
  "geometry":{"type":"LineString","coordinates":[[121.5,31.2],[118.1,24.4]]}},
 {"type":"Feature","properties":{"id":"L-2","alternates":"L-1; L-9"},"geometry":{"type":"LineString","coordinates":[[121.5,31.2],[118.1,24.4]]}},
 {"type":"Feature","properties":{"id":"L-3"},"geometry":{"type":"LineString","coordinates":[[31.2,121.5],[24.4,118.1]]}},
 {"type":"Feature","properties":{"id":"L-4"},"geometry":{"type":"Point","coordinates":[121.5,31.2]}},
 {"type":"Feature","properties":{"id":"L-5","transit_h":"long","cost":5},"geometry":{"type":"LineString","coordinates":[[121.5,31.2],[118.1,24.4]]}},
 {"type":"Feature","properties":{},"geometry":{"type":"LineString","coordinates":[[121.5,31.2]]}}, 7]}"#;

#[test]
fn lanes_are_read_one_by_one() {
    let (portfolio, faults) = read(&[("lanes.geojson", LANES_GOOD)]);
    assert_eq!(portfolio.lanes.keys().map(LaneId::as_str).collect::<Vec<_>>(), ["L-1", "L-2", "L-5"]);
    let lane = &portfolio.lanes[&LaneId::new("L-1")];
    assert_eq!((lane.transit_h, lane.course.len()), (Some(60.0), 2));
    assert!((lane.course[0].lat() - 31.2).abs() < 1e-9);
    assert_eq!(portfolio.lanes[&LaneId::new("L-2")].alternates, [LaneId::new("L-1")]);
    let all = faults.join("\n");
    for part in [
        "latitude 121.5 is not",
        "`features[3].geometry`",
        "`long` is no number of hours",
        "(in `features[4].cost`)",
        "the lane has no id",
        "not a GeoJSON feature",
        "`L-9` is no other lane",
        "the alternates form a circle: L-1, L-2, L-1; each is tried once (in `features[1].alternates`)",
    ] {
        assert!(all.contains(part), "{part} in {all}");
    }
    assert_eq!(faults.len(), 8, "{all}");
    check("lanes.geojson", "{\"type\":\n oops", "error: lanes.geojson:2:2: not JSON");
    check("lanes.geojson", "[]", "error: lanes.geojson:1: not a GeoJSON FeatureCollection");
}

/// A chain is no circle; a longer circle is named once, whichever way leads into it.
#[test]
fn circles_of_alternates_are_named_once() {
    let lane = |id: &str, alternates: &str| {
        format!(
            r#"{{"type":"Feature","properties":{{"id":"{id}","alternates":"{alternates}"}},"geometry":{{"type":"LineString","coordinates":[[121.5,31.2],[118.1,24.4]]}}}}"#
        )
    };
    let file = |lanes: &[String]| format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, lanes.join(","));
    let chain = file(&[lane("A", "B C"), lane("B", "C"), lane("C", "D"), lane("D", "")]);
    assert_eq!(read(&[("lanes.geojson", &chain)]).1, Vec::<String>::new());
    let ring = file(&[lane("A", "B"), lane("B", "C"), lane("C", "D"), lane("D", "B")]);
    let portfolio = check("lanes.geojson", &ring, "warning: lanes.geojson: the alternates form a circle: B, C, D, B");
    assert_eq!(portfolio.lanes[&LaneId::new("D")].alternates, [LaneId::new("B")], "it is kept");
}

/// Costs in two currencies are named; the same currency, or a blank cost, is no matter.
#[test]
fn costs_without_a_rate_are_named() {
    let lane = |id: &str, cost: &str| {
        format!(
            r#"{{"type":"Feature","properties":{{"id":"{id}",{cost}"alternates":"B C D"}},"geometry":{{"type":"LineString","coordinates":[[121.5,31.2],[118.1,24.4]]}}}}"#
        )
    };
    let alone = |id: &str, cost: &str| lane(id, cost).replace("B C D", "");
    let (yuan, dollars) = (r#""cost":"2600","currency":"CNY","#, r#""cost":"300","currency":"USD","#);
    let lanes = [lane("A", yuan), alone("B", dollars), alone("C", yuan), alone("D", "")];
    let file = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, lanes.join(","));
    let says = "warning: lanes.geojson: `A` costs CNY and its alternate `B` USD: no rate is known";
    let portfolio = check("lanes.geojson", &file, says);
    assert_eq!(portfolio.lanes[&LaneId::new("A")].alternates.len(), 3, "they are kept");
}

#[test]
fn a_dealers_person_of_no_dealer_is_named() {
    let text = "id,name,email,role,time_zone,dealer\nli,Li,li@example.com,account-manager,Asia/Shanghai,\n\
        gao,Gao,gao@example.com,dealer,Asia/Shanghai,D-9\nma,Ma,ma@example.com,dealer,Asia/Shanghai,D-1\n";
    let portfolio = check("people.csv", text, "warning: people.csv:3: there is no dealer `D-9`");
    let dealer = |id: &str| portfolio.people[&PersonId::new(id)].dealer.clone();
    assert_eq!((dealer("gao"), dealer("ma")), (None, Some(DealerId::new("D-1"))));
}

#[test]
fn shipments_and_stock() {
    let shipments = "id,lane,dealer,etd,eta,value,currency,required_by,status\n\
        H-1,L-1,D-1,2004-08-11T20:00+08:00,2004-08-14T08:00+08:00,240000,CNY,2004-08-14T20:00+08:00,Planned\n\
        H-2,L-1,D-1,2004-08-14T00:00Z,2004-08-12T00:00Z,,,,\n\
        H-3,L-9,D-1,,,,,,\n\
        H-4,L-1,D-9,,,,,,\n";
    let stock = "dealer,sku,on_hand,daily_sales,on_order,unit_value,currency\nD-1,FAN,-3,1,1,1,CNY\nD-1,AC,3,1,1,1,CNY\nD-1,AC,4,1,1,1,CNY\nD-9,AC,4,1,1,1,CNY\n";
    let lane = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":"L-1"},"geometry":{"type":"LineString","coordinates":[[121.5,31.2],[118.1,24.4]]}}]}"#;
    let (portfolio, faults) = read(&[("shipments.csv", shipments), ("stock.csv", stock), ("lanes.geojson", lane)]);
    let first = &portfolio.shipments[&ShipmentId::new("H-1")];
    assert_eq!(first.etd.expect("etd").to_string(), "2004-08-11T12:00:00Z");
    assert_eq!(first.status, "planned");
    assert_eq!(portfolio.shipments[&ShipmentId::new("H-2")].etd, None);
    assert_eq!((portfolio.shipments.len(), portfolio.stock.len()), (2, 1));
    let begins: Vec<String> = faults.iter().map(|f| f.chars().take(26).collect()).collect();
    assert_eq!(
        begins,
        [
            "warning: shipments.csv:3: ",
            "warning: shipments.csv:4: ",
            "warning: shipments.csv:5: ",
            "warning: stock.csv:2: `-3`",
            "warning: stock.csv:4: an e",
            "warning: stock.csv:5: ther",
        ]
    );
}

#[test]
fn what_must_be_there() {
    let dir = folder(&[]);
    std::fs::remove_file(dir.path().join("people.csv")).expect("gone");
    assert!(matches!(read_portfolio(dir.path()), Err(ConfigError::Unreadable { .. })));
    check("sites.csv", "id,dealer,lat,lon\n", "error: sites.csv:1: the file has no rows");
    check("sites.csv", "", "error: sites.csv:1: the file has no header");
    let (_, faults) = read(&[("sites.csv", "id,dealer,lat,lon\nS-1,D-1,28,121\n")]);
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn rows_in_another_charset_are_named() {
    let dir = folder(&[]);
    let mut bytes = DEALERS.as_bytes().to_vec();
    bytes.extend_from_slice(b"D-2,\xcd\xf5,A,li,zh-CN,Asia/Shanghai\nD-3,Sun,A,li,en,Asia/Shanghai\n");
    std::fs::write(dir.path().join("dealers.csv"), bytes).expect("written");
    let (portfolio, faults) = read_portfolio(dir.path()).expect("readable");
    assert_eq!(
        faults[0].1.to_string(),
        ":3: the row is not UTF-8 text; it is skipped\nhint: save the file as CSV UTF-8"
    );
    assert_eq!(portfolio.dealers.len(), 2);
}

proptest::proptest! {
    #[test]
    fn no_bytes_stop_the_reading(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
        let with_head = [SITES.as_bytes(), &bytes].concat();
        let found = read_rows(&with_head, &places::SITES, places::read_site);
        proptest::prop_assert!(found.rows.len() >= 2);
        read_rows(&bytes, &people::COLUMNS, people::read);
        lanes::read(&bytes);
    }
}
