//! NHC's and CPHC's list of the storms that are now: `CurrentStorms.json`.
//!
//! In: the list. Out: it is NHC's list of all its storms, also when empty; for each storm a track of one fix, technique
//! `CURR`, standing analysis, so that it never takes the place of the forecast; and links to its forecast/advisory
//! and wind speed probability texts, which are web pages.
//! Conventions (nhc.noaa.gov/productexamples, "NHC Tropical Cyclone Status JSON File Reference"): winds are 1-minute means
//! in knots, pressure hectopascals, both as strings; times UTC; `longitudeNumeric` is degrees east. A product that is not
//! there is `null`. The file may lag the texts by minutes.
//! Never: a fix without a position, or an issue time that is not in the file.

use std::collections::HashSet;

use serde::Deserialize;

use super::Source;
use super::formats::cyclone::{self, Cyclone};
use super::formats::fault_log::FaultLog;
use super::formats::json::{self, List, Maybe, Num, Text};
use super::formats::{dates, storm_key, text};
use super::nhc::place;
use crate::domain::{
    ActiveStorms, Averaging, Bulletin, Fault, Fix, Hazard, HazardText, Parsed, Place, Position, Technique,
};

/// `CurrentStorms.json`. The format is `nhc-storms`.
#[derive(Debug)]
pub struct NhcStorms;

/// NHC's codes for what a storm is.
const CLASSES: [(&str, &str); 8] = [
    ("TD", "Tropical Depression"),
    ("STD", "Subtropical Depression"),
    ("TS", "Tropical Storm"),
    ("STS", "Subtropical Storm"),
    ("HU", "Hurricane"),
    ("TY", "Typhoon"),
    ("PTC", "Post-Tropical Cyclone"),
    ("PC", "Potential Tropical Cyclone"),
];

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Document<'a> {
    #[serde(borrow, rename = "activeStorms")]
    storms: Option<List<Storm<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Storm<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    classification: Text<'a>,
    intensity: Num,
    pressure: Num,
    #[serde(borrow)]
    latitude: Text<'a>,
    #[serde(borrow)]
    longitude: Text<'a>,
    latitude_numeric: Num,
    longitude_numeric: Num,
    movement_dir: Num,
    movement_speed: Num,
    #[serde(borrow)]
    last_update: Text<'a>,
    #[serde(borrow)]
    public_advisory: Maybe<Product<'a>>,
    #[serde(borrow)]
    forecast_advisory: Maybe<Product<'a>>,
    #[serde(borrow)]
    wind_speed_probabilities: Maybe<Product<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Product<'a> {
    #[serde(borrow)]
    adv_num: Text<'a>,
    #[serde(borrow)]
    issuance: Text<'a>,
    #[serde(borrow)]
    url: Text<'a>,
}

impl Source for NhcStorms {
    fn id(&self) -> &'static str {
        "nhc-storms"
    }

    fn recognises(&self, body: &[u8]) -> bool {
        json::has_keys(body, &["activeStorms"])
    }

    fn parse(&self, bulletin: &Bulletin) -> Parsed {
        let mut log = FaultLog::default();
        let text = text::of_bulletin(bulletin, &mut log);
        let mut parsed = Parsed::default();
        match json::parse::<Document<'_>>(&text) {
            Ok(Document { storms: Some(storms) }) => parsed = read(&storms, bulletin, &mut log),
            Ok(_) => {
                let what = "the document has no list `activeStorms`";
                log.push(Fault::fatal(Place::default().field("activeStorms"), what));
            }
            Err(fault) => log.push(fault),
        }
        parsed.faults = log.into_faults();
        parsed
    }
}

fn read(storms: &List<Storm<'_>>, bulletin: &Bulletin, log: &mut FaultLog) -> Parsed {
    let mut parsed = Parsed::default();
    let mut keys: Vec<String> = Vec::new();
    let mut seen = HashSet::new();
    if storms.odd > 0 {
        let what = format!("{} of the list's elements are no storms", storms.odd);
        log.push(Fault::fatal(Place::default().field("activeStorms"), what));
    }
    for (at, storm) in &storms.items {
        let field = |name: &str| Place::default().field(format!("activeStorms[{at}].{name}"));
        let Some(key) = storm.id.get().map(str::to_ascii_lowercase).filter(|key| cyclone::is_atcf_key(key)) else {
            log.push(Fault::fatal(field("id"), "a storm has no id such as `al092021`; it is left out"));
            continue;
        };
        for product in [&storm.forecast_advisory, &storm.wind_speed_probabilities] {
            let link = product.0.as_ref().and_then(|product| product.url.owned());
            parsed.links.extend(link.filter(|link| seen.insert(link.clone())));
        }
        if keys.contains(&key) {
            log.push(Fault::minor(field("id"), format!("`{key}` is in the list twice; the first one is taken")));
            continue;
        }
        match hazard(storm, &key, bulletin) {
            Ok(hazard) => parsed.hazards.push(hazard),
            Err(lack) => log.push(Fault::fatal(field(lack), "the storm's place or time cannot be read")),
        }
        keys.push(key);
    }
    parsed.active = Some(ActiveStorms { agency: "nhc".to_owned(), keys });
    parsed
}

/// The storm as it is now, or the field that lacks.
fn hazard(storm: &Storm<'_>, key: &str, bulletin: &Bulletin) -> Result<Hazard, &'static str> {
    let advisory = storm.public_advisory.0.as_ref();
    let instant = |text: &Text<'_>| text.get().and_then(dates::rfc_3339).map(dates::When::instant);
    let issued = instant(&storm.last_update).or_else(|| advisory.and_then(|advisory| instant(&advisory.issuance)));
    let issued = issued.ok_or("lastUpdate")?;
    let position = position(storm).ok_or("latitude")?;
    let called = storm.name.get().unwrap_or_default();
    let class = storm.classification.get().unwrap_or_default();
    let class = CLASSES.iter().find(|(code, _)| *code == class).map_or(class, |(_, words)| *words);
    let number = advisory.and_then(|advisory| advisory.adv_num.get());
    let told = HazardText {
        lang: "en".to_owned(),
        event: format!("{class} {called}").trim().to_owned(),
        headline: number.map(|number| format!("Advisory number {}", number.trim_start_matches('0').to_uppercase())),
        description: motion(storm),
        instruction: None,
    };
    let fix = Fix {
        vmax_kt: storm.intensity.0.and_then(cyclone::sound_wind),
        pmin_hpa: storm.pressure.0.and_then(cyclone::sound_pressure),
        ..Fix::at(issued, 0, position)
    };
    let cyclone = Cyclone {
        issued: Some(issued),
        name: storm_key::real_name(called),
        fixes: vec![fix],
        texts: vec![told],
        status: storm_key::status(key.get(2..4).unwrap_or_default()),
        ..Cyclone::new("nhc-storms", "nhc", key, "CURR", Technique::Analysis, Averaging::OneMinute)
    };
    Ok(cyclone.into_hazard(bulletin))
}

fn position(storm: &Storm<'_>) -> Option<Position> {
    let of_text =
        |text: &Text<'_>, positive, negative| place::degrees(&text.get()?.to_ascii_uppercase(), positive, negative);
    let lat = storm.latitude_numeric.0.or_else(|| of_text(&storm.latitude, 'N', 'S'))?;
    let lon = storm.longitude_numeric.0.or_else(|| of_text(&storm.longitude, 'E', 'W'))?;
    Position::lat_lon(lat, lon).ok()
}

/// Where it goes, in words: the track has no field for it.
fn motion(storm: &Storm<'_>) -> Option<String> {
    let speed = storm.movement_speed.within(0.0, 150.0)?;
    if speed == 0.0 {
        return Some("Stationary".to_owned());
    }
    let towards = storm.movement_dir.within(0.0, 360.0)?;
    Some(format!("Moving towards {towards:.0} degrees at {speed:.0} kt"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FeedId, Timestamp};

    fn parse(body: &str) -> Parsed {
        NhcStorms.parse(&Bulletin::new(FeedId::new("t"), "", "t", Timestamp::UNIX_EPOCH, body.as_bytes().to_vec()))
    }

    const STORM: &str = r#"{"id":"AL092021","name":"Ida","classification":"HU","intensity":"130","pressure":"930",
        "latitude":"29.0N","longitude":"90.0W","lastUpdate":"2021-08-29T16:00:00.000Z"}"#;

    #[test]
    fn an_empty_list_is_a_list() {
        let parsed = parse("{\"activeStorms\": []}");
        assert_eq!(parsed.active, Some(ActiveStorms { agency: "nhc".to_owned(), keys: Vec::new() }));
        assert!(parsed.faults.is_empty());
        assert!(parse("{\"storms\": []}").faults[0].is_fatal && parse("[]").faults[0].is_fatal);
        assert!(parse("{\"activeStorms\": null}").active.is_none());
    }

    #[test]
    fn texts_serve_where_numbers_lack() {
        let hazard = parse(&format!("{{\"activeStorms\":[{STORM}]}}")).hazards.remove(0);
        let fix = &hazard.track.unwrap().fixes[0];
        assert_eq!((fix.position.lat(), fix.position.lon(), fix.vmax_kt), (29.0, -90.0, Some(130.0)));
        assert_eq!((hazard.event.as_str(), hazard.id.as_str()), ("al092021", "atcf:al092021:CURR"));
    }

    #[test]
    fn odd_storms_lose_themselves_alone() {
        let body = format!("{{\"activeStorms\":[{STORM},{{\"id\":\"x\"}},7,{STORM},{{\"id\":\"ep012021\"}}]}}");
        let parsed = parse(&body);
        assert_eq!((parsed.hazards.len(), parsed.faults.len()), (1, 4));
        assert_eq!(parsed.active.unwrap().keys, ["al092021", "ep012021"]);
    }
}
