//! Documents of the bench's own making: of usual size and shape, from seeded numbers, the same in every run.

use std::fmt::Write as _;

/// Alerts in the JSON, so that it is about 200 kB.
const ALERTS: usize = 55;
/// Corners of a polygon.
const CORNERS: usize = 100;
/// Forecasts in the deck, of fifteen lines each.
const FORECASTS: usize = 40;
/// Where the numbers begin.
const SEED: u64 = 20_040_811;

/// `splitmix64` (Steele, Lea, Flood, OOPSLA 2014), as numbers from 0 to 1.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        (mixed >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A closed ring around a place, latitude first: uneven as a coast is, no edge of it crossing another.
    fn ring(&mut self, lat: f64, lon: f64) -> Vec<(f64, f64)> {
        let mut ring: Vec<(f64, f64)> = (0..CORNERS)
            .map(|corner| {
                let bearing = std::f64::consts::TAU * corner as f64 / CORNERS as f64;
                let reach = 0.4 + 0.1 * self.next();
                (lat + reach * bearing.sin(), lon + reach * bearing.cos())
            })
            .collect();
        ring.extend(ring.first().copied());
        ring
    }
}

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>urn:oid:2.49.0.1.999.1.2004.8.11.6.0.1</identifier>
  <sender>warnings@weather.example</sender>
  <sent>2004-08-11T14:00:00+08:00</sent>
  <status>Exercise</status>
  <msgType>Update</msgType>
  <scope>Public</scope>
  <references>warnings@weather.example,urn:oid:2.49.0.1.999.1.2004.8.11.0.0.1,2004-08-11T08:00:00+08:00</references>
"#;

const FACTS: &str = "    <urgency>Immediate</urgency>
    <severity>Extreme</severity>
    <certainty>Likely</certainty>
    <eventCode><valueName>BENCH-EVENT</valueName><value>TYW</value></eventCode>
    <effective>2004-08-11T14:00:00+08:00</effective>
    <onset>2004-08-12T08:00:00+08:00</onset>
    <expires>2004-08-13T08:00:00+08:00</expires>
    <senderName>Weather Office of Example Province</senderName>
";

const PARAMETERS: &str = "    <web>https://weather.example/warnings/2004/17</web>
    <contact>duty@weather.example</contact>
    <parameter><valueName>maximumWind</valueName><value>45 m/s</value></parameter>
    <parameter><valueName>rain24h</valueName><value>300 mm</value></parameter>
    <parameter><valueName>surge</valueName><value>2.1 m</value></parameter>
";

const ENGLISH: (&str, &str, &str) = (
    "Red typhoon warning for the coast of Example Province",
    "At 14:00 the centre of the typhoon lay some 350 km south-east of Stone Harbour &amp; is moving west-north-west at \
     20 km/h. Near its centre the wind reaches 45 m/s, in gusts 55 m/s. It is expected to come ashore tomorrow evening \
     between Stone Harbour and Pine Point. The wind will reach gale force on the coast by tomorrow noon. Up to 300 mm of \
     rain within a day may let rivers rise and slopes slide; at high water the sea may stand 2 m above the tide table.",
    "Move goods from ground floors and yards by tomorrow noon, lash containers, lower cranes, and send vehicles to the \
     shelters inland. Nobody should stay on quays and dykes. Follow what the harbour office says, and come back only when \
     this warning is lifted.",
);

const CHINESE: (&str, &str, &str) = (
    "示例省沿海台风红色预警",
    "今天14时台风中心位于石港东南方向约350公里的洋面上，中心附近最大风力45米/秒，阵风55米/秒，将以每小时20公里左右的速度\
     向西北偏西方向移动，预计明天傍晚在石港到松岬一带沿海登陆，沿海明天中午前后风力增强到八级以上，过程雨量可达300毫米。",
    "请于明天中午前将底层和露天货物转移至高处，加固集装箱，停止户外作业，人员撤离堤岸，等待解除预警后返回。",
);

/// A CAP alert of 5.7 kB: two languages, one polygon.
pub(super) fn alert() -> String {
    let mut corners = String::new();
    for (lat, lon) in Numbers(SEED).ring(28.4, 121.6) {
        write!(corners, "{lat:.4},{lon:.4} ").unwrap_or_default();
    }
    let polygon = format!("      <polygon>{}</polygon>\n", corners.trim_end());
    let info = |lang: &str, event: &str, (headline, description, instruction): (&str, &str, &str), polygon: &str| {
        format!(
            "  <info>\n    <language>{lang}</language>\n    <category>Met</category>\n    <event>{event}</event>\n    \
             <responseType>Prepare</responseType>\n{FACTS}    <headline>{headline}</headline>\n    \
             <description>{description}</description>\n    <instruction>{instruction}</instruction>\n{PARAMETERS}    \
             <area>\n      <areaDesc>Stone Harbour, Pine Point and the islands</areaDesc>\n{polygon}      \
             <geocode><valueName>BENCH-ZONE</valueName><value>331000</value></geocode>\n    </area>\n  </info>\n"
        )
    };
    let english = info("en", "Typhoon warning", ENGLISH, &polygon);
    let chinese = info("zh-CN", "台风预警", CHINESE, "");
    format!("{HEAD}{english}{chinese}</alert>\n")
}

/// Alerts as api.weather.gov gives them, with a polygon each: some 200 kB of GeoJSON.
pub(super) fn alerts_json() -> String {
    let mut numbers = Numbers(SEED);
    let features: Vec<String> = (0..ALERTS)
        .map(|at| {
            let (lat, lon) = (26.0 + 15.0 * numbers.next(), -97.0 + 20.0 * numbers.next());
            let ring: Vec<String> =
                numbers.ring(lat, lon).iter().map(|(lat, lon)| format!("[{lon:.4},{lat:.4}]")).collect();
            feature(at, &ring.join(","))
        })
        .collect();
    format!(
        r#"{{"@context":["https://geojson.org/geojson-ld/geojson-context.jsonld"],"type":"FeatureCollection","features":[{}],"title":"Current watches, warnings, and advisories","updated":"2005-08-29T06:00:00+00:00"}}"#,
        features.join(",")
    )
}

fn feature(at: usize, ring: &str) -> String {
    let (headline, description, instruction) = ENGLISH;
    let (number, zone) = (at + 1, at % 90 + 1);
    format!(
        r#"{{"id":"https://api.weather.gov/alerts/urn:oid:2.49.0.1.840.0.{at:040x}.001.1","type":"Feature","geometry":{{"type":"Polygon","coordinates":[[{ring}]]}},"properties":{{"id":"urn:oid:2.49.0.1.840.0.{at:040x}.001.1","areaDesc":"County {number}","geocode":{{"SAME":["0220{zone:02}"],"UGC":["LAZ0{zone:02}"]}},"affectedZones":["https://api.weather.gov/zones/forecast/LAZ0{zone:02}"],"references":[],"sent":"2005-08-29T01:00:00-05:00","effective":"2005-08-29T01:00:00-05:00","onset":"2005-08-29T06:00:00-05:00","expires":"2005-08-29T13:00:00-05:00","ends":"2005-08-30T01:00:00-05:00","status":"Actual","messageType":"Alert","category":"Met","severity":"Extreme","certainty":"Likely","urgency":"Immediate","event":"Hurricane Warning","sender":"w-nws.webmaster@noaa.gov","senderName":"NWS Example","headline":"{headline}","description":"{description}","instruction":"{instruction}","response":"Prepare","parameters":{{"VTEC":["/O.NEW.KLIX.HU.W.{number:04}.050829T1100Z-050830T0600Z/"]}}}}}}"#
    )
}

/// A deck of one storm's forecasts by five techniques: three thresholds at each of five times.
pub(super) fn deck() -> String {
    let mut numbers = Numbers(SEED);
    let mut deck = String::new();
    for at in 0..FORECASTS {
        let (day, hour) = (8 + at / 20, at / 5 % 4 * 6);
        let technique = ["OFCL", "AVNO", "HWRF", "EGRR", "TVCN"].get(at % 5).unwrap_or(&"OFCL");
        for tau in [0, 12, 24, 36, 48] {
            let vmax = 70.0 + 30.0 * numbers.next();
            let (lat, lon) = (180.0 + f64::from(tau), 750.0 + 2.0 * f64::from(tau) + 10.0 * numbers.next());
            for (kt, reach) in [(34, 120.0), (50, 60.0), (64, 30.0)] {
                let [ne, se, sw, nw] = [0; 4].map(|_: i32| reach * (0.5 + 0.5 * numbers.next()));
                writeln!(
                    deck,
                    "AL, 12, 200508{day:02}{hour:02}, 03, {technique}, {tau:3}, {lat:.0}N, {lon:.0}W, {vmax:3.0}, 970, \
                     HU, {kt:3}, NEQ, {ne:4.0}, {se:4.0}, {sw:4.0}, {nw:4.0}, 1010, 200, 20,"
                )
                .unwrap_or_default();
            }
        }
    }
    deck
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Bulletin, FeedId, Timestamp};

    #[track_caller]
    fn check(format: &str, text: String, bytes: std::ops::Range<usize>, hazards: usize) {
        assert!(bytes.contains(&text.len()), "{format}: {} bytes", text.len());
        let source = crate::sources::by_id(format).unwrap();
        assert!(source.recognises(text.as_bytes()), "{format}");
        let parsed =
            source.parse(&Bulletin::new(FeedId::new("bench"), "", format, Timestamp::UNIX_EPOCH, text.into_bytes()));
        assert_eq!((parsed.hazards.len(), parsed.faults), (hazards, Vec::new()), "{format}");
    }

    #[test]
    fn samples_are_what_they_stand_for() {
        check("cap", alert(), 5_500..5_900, 1);
        check("atcf", deck(), 40_000..80_000, FORECASTS);
        assert_eq!(alert(), alert());
    }

    #[test]
    fn the_json_is_of_the_size_that_is_told() {
        assert!((190_000..210_000).contains(&alerts_json().len()), "{}", alerts_json().len());
        assert!(serde_json::from_str::<serde_json::Value>(&alerts_json()).is_ok());
    }
}
