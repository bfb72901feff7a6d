//! `seawall transport`: a dealer supplied by sea, the day before Rananim; and files with every mistake.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::harness::{Stage, seawall};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Exit status, lines of JSON and talk.
fn transport(portfolio: &Path, more: &[&str]) -> (Option<i32>, Vec<Value>, String) {
    let deck = format!("{ROOT}/examples/rananim-2004/archive/20040811T092000Z_jtwc_awp162004.dat");
    let portfolio = portfolio.to_str().expect("UTF-8");
    let mut args = vec!["transport", "--portfolio", portfolio, "--hazards", &deck, "--at", "2004-08-11T09:20:00Z"];
    args.extend(more);
    let output = seawall(&args);
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let lines = if more.contains(&"json") {
        text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    } else {
        vec![Value::String(text)]
    };
    (output.status.code(), lines, String::from_utf8_lossy(&output.stderr).into_owned())
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn of<'v>(lines: &'v [Value], what: &'v str) -> impl Iterator<Item = &'v Value> {
    lines.iter().filter(move |line| text(line, "/what") == what)
}

#[test]
fn the_dealer_supplied_by_sea() {
    let portfolio = Path::new(ROOT).join("examples/rananim-2004/portfolio");
    let (status, lines, talk) = transport(&portfolio, &["--format", "json"]);
    assert_eq!((status, talk.as_str()), (Some(0), ""));
    let ship = of(&lines, "ranking").find(|line| text(line, "/subject/id") == "SH-2004-0802").expect("in danger");
    assert_eq!((text(ship, "/dealer"), text(ship, "/ranked_by")), ("D-SEA", "cost"));
    let choices = ship["choices"].as_array().expect("choices");
    let kinds: Vec<&str> = choices.iter().map(|choice| text(choice, "/kind/is")).collect();
    for kind in ["keep", "wait", "mode"] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    let keep = choices.iter().find(|choice| text(choice, "/kind/is") == "keep").expect("to keep");
    assert!(keep["meeting"]["p_limit"].as_f64().is_some_and(|p| p > 0.3), "{keep}");
    assert_eq!(text(&choices[0], "/kind/is"), "mode", "by rail or road: {}", choices[0]);
    // It has arrived by its plan, and is spoken of no more.
    assert!(of(&lines, "ranking").all(|line| text(line, "/subject/id") != "SH-2004-0801"));
    let order = of(&lines, "order-ahead").find(|line| text(line, "/dealer") == "D-SEA").expect("an order");
    let fans = order["lines"].as_array().expect("lines").iter().find(|line| text(line, "/sku") == "FAN-40");
    assert!(fans.is_some_and(|fans| text(fans, "/quantity").parse::<u32>().is_ok_and(|count| count > 0)), "{order}");
    let ports: Vec<&str> = of(&lines, "port-closure").map(|line| text(line, "/port")).collect();
    assert!(ports.contains(&"CNTZO") && !ports.contains(&"KRPUS"), "{ports:?}");
    let (_, again, _) = transport(&portfolio, &["--format", "json"]);
    assert_eq!(lines, again);
}

#[test]
fn people_read_a_table() {
    let portfolio = Path::new(ROOT).join("examples/rananim-2004/portfolio");
    let (status, table, _) = transport(&portfolio, &[]);
    let table = table[0].as_str().expect("a text");
    assert_eq!(status, Some(0));
    for part in [
        "Shipment SH-2004-0802 for D-SEA",
        "ranked by cost",
        "RAIL-SHA-XMN",
        "Ports that may close",
        "Order ahead for D-SEA",
    ] {
        assert!(table.contains(part), "{part} in\n{table}");
    }
    assert!(table.lines().all(|line| line.chars().count() <= 130), "{table}");
}

/// Each mistake is named, and what is right is reckoned all the same.
#[test]
fn mistakes_are_named_and_the_rest_goes_on() {
    let stage = Stage::new("transport-mistakes");
    let dir = stage.path("portfolio");
    fs::create_dir_all(&dir).expect("a folder");
    let from = Path::new(ROOT).join("examples/rananim-2004/portfolio");
    for file in fs::read_dir(&from).expect("the sample").flatten() {
        fs::copy(file.path(), dir.join(file.file_name())).expect("copied");
    }
    let mend = |file: &str, edit: &dyn Fn(String) -> String| {
        let path = dir.join(file);
        fs::write(&path, edit(fs::read_to_string(&path).expect("a file"))).expect("written");
    };
    mend("lanes.geojson", &|text| {
        text.replace(r#""id": "ROAD-SHA-XMN", "mode": "road", "origin": "CNSHA", "destination": "CNXMN", "transit_h": 28, "cost": "9000", "currency": "CNY", "alternates": []"#,
            r#""id": "ROAD-SHA-XMN", "mode": "road", "origin": "CNSHA", "destination": "CNXMN", "transit_h": 28, "cost": "1200", "currency": "USD", "alternates": ["RAIL-SHA-XMN"]"#)
    });
    mend("shipments.csv", &|text| {
        text + "X-1,SEA-SHA-XMN,D-SEA,2004-08-14T00:00Z,2004-08-12T00:00Z,1,CNY,,planned\nX-2,SEA-NO,D-SEA,,,,,,\n"
    });
    mend("stock.csv", &|text| text + "D-SEA,LAMP,-5,2,10,30,CNY\n");
    mend("sites.csv", &|text| text + "X-SEA,D-SEA,At sea,warehouse,27.0,125.0,,,,,,,,,,\n");
    let (status, lines, talk) = transport(&dir, &["--format", "json"]);
    assert_eq!(status, Some(1), "{talk}");
    for part in [
        "the alternates form a circle: RAIL-SHA-XMN, ROAD-SHA-XMN, RAIL-SHA-XMN",
        "it arrives before it departs",
        "there is no lane `SEA-NO`",
        "`-5` is not an amount",
        "the place lies in the sea",
        "shipment X-1 has neither `etd` nor `eta`",
    ] {
        assert!(talk.contains(part), "{part} in\n{talk}");
    }
    let ship = of(&lines, "ranking").find(|line| text(line, "/subject/id") == "SH-2004-0802").expect("in danger");
    let choices = ship["choices"].as_array().expect("choices");
    let road = choices.iter().find(|choice| text(choice, "/lane") == "ROAD-SHA-XMN").expect("by road");
    assert!(road["total"].is_null() && road["added_cost"].is_null(), "{road}");
    let whys: Vec<&str> = road["reasons"].as_array().expect("reasons").iter().map(|why| text(why, "/why")).collect();
    assert!(whys.contains(&"several-currencies"), "{whys:?}");
    assert_eq!(text(ship, "/ranked_by"), "lateness");
}
