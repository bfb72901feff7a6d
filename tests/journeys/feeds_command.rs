//! `seawall feeds`: tells good, slow, stale and broken feeds apart, shows the catalogue, and turns a feed on.

use std::time::Duration;

use serde_json::Value;

use crate::harness::{Answer, Feeds, Stage, Weather, seawall};

const HEAD: &str = "data_dir = \"data\"\nportfolio = \"portfolio\"\ncontact = \"ops@example.com\"\n\
                    base_url = \"http://seawall.test\"\n[smtp]\nhost = \"localhost\"\ntls = \"none\"\nfrom = \"s@example.com\"\n";

/// Id, path, and what is to be said of it.
const FEEDS: [(&str, &str, &str, &str); 6] = [
    ("good", "/good.dat", "good", "200"),
    ("slow", "/slow.dat", "slow", "200"),
    ("stale", "/stale.dat", "stale", "200"),
    ("page", "/page", "broken", "200"),
    ("gone", "/gone", "broken", "404"),
    ("mute", "/mute", "broken", "time-out"),
];

#[test]
fn check_tells_good_slow_stale_and_broken_apart() {
    let (stage, feeds, weather) = (Stage::new("feeds-check"), Feeds::start(), Weather::today());
    feeds.put("/good.dat", Answer::Document(weather.a_deck(4)));
    feeds.put("/slow.dat", Answer::Slow(Duration::from_millis(900), weather.a_deck(4)));
    feeds.put("/stale.dat", Answer::Document(Weather::of_last_year().a_deck(4)));
    feeds.put("/page", Answer::Document(b"<html><title>Log in</title></html>".to_vec()));
    feeds.put("/mute", Answer::Silence);
    let of_feed = |(id, path, ..): &(&str, &str, &str, &str)| {
        format!("[[feed]]\nid = \"{id}\"\nurl = \"{}\"\nformat = \"atcf\"\ntimeout = \"4s\"\n", feeds.url(path))
    };
    let text: String = FEEDS.iter().map(of_feed).collect();
    let config = stage.write("seawall.toml", &format!("{HEAD}{text}")).display().to_string();

    let said = seawall(&["feeds", "check", "--config", &config, "--format", "json"]);
    assert_eq!(said.status.code(), Some(1), "{}", String::from_utf8_lossy(&said.stderr));
    let lines: Vec<Value> =
        String::from_utf8_lossy(&said.stdout).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), FEEDS.len());
    for ((id, _, verdict, what), line) in FEEDS.iter().zip(&lines) {
        assert_eq!(
            (&line["feed"], &line["verdict"], &line["what"]),
            (&(*id).into(), &(*verdict).into(), &(*what).into()),
            "{line}"
        );
        assert_eq!(line["hint"].is_null(), *verdict == "good", "{line}");
    }
    assert!(lines[0]["hazards"].as_u64() > Some(0) && lines[0]["age"].is_string(), "{}", lines[0]);
    assert!(lines[3]["hint"].as_str().is_some_and(|hint| hint.contains("`Log in`")), "{}", lines[3]);

    let said = seawall(&["feeds", "check", "--config", &config, "good"]);
    let table = String::from_utf8_lossy(&said.stdout).into_owned();
    assert_eq!(said.status.code(), Some(0), "{table}");
    assert!(table.lines().any(|line| line.contains("good") && line.contains("200")), "{table}");
    assert!(!table.contains("stale"), "{table}");
    let said = seawall(&["feeds", "check", "--config", &config, "jtcw"]);
    assert_eq!(said.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&said.stderr).contains("did you mean `jtwc`?"));
}

#[test]
fn a_feed_of_the_catalogue_is_shown_and_turned_on() {
    let stage = Stage::new("feeds-add");
    let path = stage.write("seawall.toml", HEAD);
    let config = path.display().to_string();
    for id in ["jtwc", "meteoalarm-germany"] {
        let said = seawall(&["feeds", "add", id, "--config", &config]);
        assert_eq!(said.status.code(), Some(0), "{}", String::from_utf8_lossy(&said.stderr));
    }
    let said = seawall(&["feeds", "add", "jtwc", "--config", &config]);
    assert_eq!(said.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&said.stderr).contains("feed `jtwc` is on already"));
    let text = std::fs::read_to_string(&path).expect("the configuration");
    assert!(text.contains("# Source: Joint Typhoon Warning Center. Licence: "), "{text}");

    let said = seawall(&["feeds", "list", "--config", &config, "--format", "json"]);
    assert_eq!(said.status.code(), Some(0));
    let on: Vec<String> = String::from_utf8_lossy(&said.stdout)
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .flat_map(|line| line["on"].as_array().cloned().unwrap_or_default())
        .filter_map(|id| id.as_str().map(str::to_owned))
        .collect();
    assert_eq!(on, ["jtwc", "meteoalarm-germany"]);
    let table = seawall(&["feeds", "list"]);
    let table = String::from_utf8_lossy(&table.stdout).into_owned();
    assert!(table.contains("meteoalarm-{country}") && table.contains("zjwater"), "{table}");
}
