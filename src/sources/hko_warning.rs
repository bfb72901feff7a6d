//! The Hong Kong Observatory's warnings in force: the JSON of its open data, `warnsum` and `warningInfo`.
//!
//! In: an object that is keyed by warning (`warnsum`), or one with the array `details` (`warningInfo`; the array alone
//! is read too). Out: a hazard for each. `{}` means that nothing is in force. Of one warning `warnsum` tells what was
//! done (issued, extended, cancelled), `warningInfo` the words; both have one id, and the newer stands.
//!
//! Conventions (HKO Open Data API Documentation, "Weather warning summary" and "Weather warning information"):
//! - The key names the warning (`WTCSGNL`), `code` or `subtype` its level (`TC8NE`, `WRAINB`, `WFIREY`).
//! - `actionCode` is `ISSUE`, `REISSUE`, `UPDATE`, `EXTEND` or `CANCEL`; a cancelled warning stays in the document for
//!   a while, and says so there alone.
//! - Times bear Hong Kong's offset (+08:00). `issueTime` may lie before or after `updateTime`: the later one counts.
//! - The language is not named: `lang=en|tc|sc` of the address tells, else the script.
//! - The warnings hold for the whole territory; see [`territory`].
//!
//! Severity is ours, from HKO's own definitions of the signals ("The tropical cyclone warning signals of Hong Kong",
//! "Rainstorm warning system"); see [`level`]. Never: an end that HKO does not state.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Source;
use super::formats::dates::{When, rfc_3339};
use super::formats::fault_log::FaultLog;
use super::formats::json::{self, List, Maybe, Row, Text};
use super::formats::kind::kind_of;
use super::formats::text;
use crate::domain::{
    Area, Bulletin, Certainty, Fault, Footprint, Hazard, HazardId, HazardKind, HazardText, MsgType, Parsed, Place,
    Position, Severity, Span, Timestamp, Urgency,
};

/// HKO's warnings. The format is `hko-warning`.
#[derive(Debug)]
pub struct HkoWarning;

/// How far Hong Kong's clock is ahead of UTC.
const CLOCK: Span = Span::from_hours(8);
/// The warnings that one document may hold; there are twelve kinds.
const WARNINGS_MAX: usize = 200;

impl Source for HkoWarning {
    fn id(&self) -> &'static str {
        "hko-warning"
    }

    fn recognises(&self, body: &[u8]) -> bool {
        json::has_keys(body, &["actionCode", "code", "issueTime"])
            || json::has_keys(body, &["contents", "warningStatementCode"])
    }

    fn parse(&self, bulletin: &Bulletin) -> Parsed {
        read(bulletin, self.id())
    }
}

/// True when the document begins as JSON.
pub(super) fn is_json(body: &[u8]) -> bool {
    json::has_keys(body, &[])
}

/// The warnings of a document, as hazards of this format.
pub(super) fn read(bulletin: &Bulletin, format: &'static str) -> Parsed {
    let mut log = FaultLog::default();
    let text = text::of_bulletin(bulletin, &mut log);
    let warnings = match read_warnings(&text, &mut log) {
        Ok(warnings) => warnings,
        Err(fault) => {
            log.push(fault);
            Vec::new()
        }
    };
    let lang = language(&bulletin.url, &warnings);
    let hazards = warnings.iter().filter_map(|warning| warning.hazard(format, lang, bulletin, &mut log)).collect();
    Parsed { hazards, faults: log.into_faults(), ..Parsed::default() }
}

/// One warning as either document tells it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Warning<'a> {
    /// The key under which `warnsum` has it.
    #[serde(borrow, rename = "warningStatementCode")]
    key: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow, alias = "subtype")]
    code: Text<'a>,
    #[serde(borrow, rename = "type")]
    level_name: Text<'a>,
    #[serde(borrow, rename = "actionCode")]
    action: Text<'a>,
    #[serde(borrow, rename = "issueTime")]
    issued: Text<'a>,
    #[serde(borrow, rename = "expireTime")]
    expires: Text<'a>,
    #[serde(borrow, rename = "updateTime")]
    updated: Text<'a>,
    #[serde(borrow)]
    contents: Row<Text<'a>>,
}

fn read_warnings<'a>(text: &'a str, log: &mut FaultLog) -> Result<Vec<Warning<'a>>, Fault> {
    if json::without_padding(text).starts_with('[') {
        return json::parse::<List<Warning<'a>>>(text).map(|list| in_list(list, log));
    }
    let entries: BTreeMap<String, Maybe<Warning<'a>>> = json::parse(text)?;
    if entries.contains_key("details") {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Info<'a> {
            #[serde(borrow)]
            details: List<Warning<'a>>,
        }
        return json::parse::<Info<'a>>(text).map(|info| in_list(info.details, log));
    }
    let is_warning = |warning: &Warning<'_>| warning.code.get().is_some() || warning.action.get().is_some();
    let is_empty = entries.is_empty();
    let mut warnings = Vec::new();
    for (key, entry) in entries.into_iter().take(WARNINGS_MAX) {
        if let Some(warning) = entry.0.filter(is_warning) {
            warnings.push(Warning { key: Text(Some(key.into())), ..warning });
        } else {
            let shown: String = key.chars().take(40).collect();
            log.add(false, || Fault::minor(Place::default().field(shown), "the entry is no warning"));
        }
    }
    if warnings.is_empty() && !is_empty {
        let fault = Fault::fatal(Place::default(), "the document is neither HKO's `warnsum` nor its `warningInfo`");
        return Err(fault.hint("is it the answer of another `dataType`?"));
    }
    Ok(warnings)
}

fn in_list<'a>(list: List<Warning<'a>>, log: &mut FaultLog) -> Vec<Warning<'a>> {
    if list.odd > 0 {
        let what = format!("{} entries are no warnings", list.odd);
        log.push(Fault::minor(Place::default().field("details"), what));
    }
    list.items.into_iter().map(|(_, warning)| warning).take(WARNINGS_MAX).collect()
}

impl Warning<'_> {
    fn hazard(&self, format: &'static str, lang: &str, bulletin: &Bulletin, log: &mut FaultLog) -> Option<Hazard> {
        let Some(key) = self.key.get().or_else(|| self.code.get()) else {
            log.push(Fault::fatal(
                Place::default().field("warningStatementCode"),
                "a warning without its code is lost",
            ));
            return None;
        };
        let place = |field: &str| Place::default().field(format!("{key}.{field}"));
        let mut time = |text: &Text<'_>, field: &str| {
            let read = text.get().and_then(instant);
            if read.is_none() && text.get().is_some() {
                log.push(Fault::minor(place(field), "the time cannot be read"));
            }
            read
        };
        let issue = time(&self.issued, "issueTime");
        let update = time(&self.updated, "updateTime");
        let expires = time(&self.expires, "expireTime");
        let code = self.code.get().filter(|code| *code != "CANCEL").unwrap_or(key);
        let (severity, urgency, certainty) = level(code);
        let id = HazardId::new(format!("hko-warning:{key}"));
        let kind = self.kind(key);
        let mut hazard = Hazard::new(id, "hko", format, &bulletin.hash, &format!("hko:{key}"), kind);
        hazard.issued = issue.max(update);
        hazard.onset = issue.or(update);
        hazard.expires = expires;
        hazard.msg = self.msg(log, place("actionCode"));
        (hazard.severity, hazard.urgency, hazard.certainty) = (severity, urgency, certainty);
        if urgency == Urgency::Unknown {
            let shown: String = code.chars().take(40).collect();
            log.add(false, || {
                Fault::minor(place("code"), format!("the code `{shown}` is not known; nor is its severity"))
            });
        }
        if hazard.issued.is_none() {
            log.push(Fault::fatal(place("updateTime"), "the warning has no time that can be read"));
        }
        hazard.texts.push(self.words(key, lang));
        hazard.areas.push(area(key, lang));
        hazard.footprint = territory();
        Some(hazard)
    }

    fn msg(&self, log: &mut FaultLog, place: Place) -> MsgType {
        if self.code.get() == Some("CANCEL") {
            return MsgType::Cancel;
        }
        match self.action.get().map(str::to_ascii_uppercase).as_deref() {
            Some("CANCEL") => MsgType::Cancel,
            Some("REISSUE" | "UPDATE" | "EXTEND") => MsgType::Update,
            Some("ISSUE") | None => MsgType::Alert,
            Some(_) => {
                log.push(Fault::minor(place, "the action is not known; the warning counts as issued"));
                MsgType::Alert
            }
        }
    }

    fn kind(&self, key: &str) -> HazardKind {
        match key {
            "WTCSGNL" | "WTCPRE8" => HazardKind::TropicalCyclone,
            "WRAIN" | "WL" | "WFNTSA" => HazardKind::Flood,
            "WTS" => HazardKind::Thunderstorm,
            "WMSGNL" => HazardKind::Wind,
            "WTMW" => HazardKind::Tsunami,
            "WFIRE" => HazardKind::Fire,
            "WFROST" | "WCOLD" => HazardKind::Winter,
            "WHOT" => HazardKind::Other,
            _ => self.name.get().map_or(HazardKind::Other, kind_of),
        }
    }

    /// `warnsum` has the name and the level; `warningInfo` only paragraphs, and the name comes from HKO's list.
    fn words(&self, key: &str, lang: &str) -> HazardText {
        let paragraphs: Vec<&str> = self.contents.0.iter().filter_map(Text::get).collect();
        let event = self.name.get().or_else(|| name_of(key, lang)).unwrap_or(key).to_owned();
        let headline = self.level_name.get().or_else(|| paragraphs.first().copied()).map(str::to_owned);
        let description = (!paragraphs.is_empty()).then(|| paragraphs.join("\n"));
        HazardText { lang: lang.to_owned(), event, headline, description, instruction: None }
    }
}

/// How bad, how soon and how sure a level is.
///
/// Winds are means at about sea level: signal 1 a storm within 800 km; 3 strong wind of 41 to 62 km/h; 8 gale or storm
/// of 63 to 117 km/h; 9 gale or storm increasing; 10 hurricane of 118 km/h and more. Rain: amber more than 30, red 50,
/// black 70 mm in an hour. The announcement before signal 8 comes within two hours of it. Strong monsoon: more than
/// 40 km/h. What has no figure is our own judgement: landslips and a tsunami severe, floods in the north of the New
/// Territories and thunderstorms moderate, heat, cold, frost and yellow fire danger minor.
fn level(code: &str) -> (Severity, Urgency, Certainty) {
    let (soon, now) = (Urgency::Expected, Urgency::Immediate);
    match code {
        "TC1" => (Severity::Minor, Urgency::Future, Certainty::Possible),
        "WTCPRE8" => (Severity::Severe, soon, Certainty::Likely),
        "TC8" | "TC8NE" | "TC8SE" | "TC8SW" | "TC8NW" | "WRAINR" | "WL" | "WTMW" => {
            (Severity::Severe, now, Certainty::Likely)
        }
        "TC9" | "TC10" => (Severity::Extreme, now, Certainty::Observed),
        "WRAINA" => (Severity::Moderate, now, Certainty::Likely),
        "WRAINB" => (Severity::Extreme, now, Certainty::Likely),
        "WFIRER" => (Severity::Moderate, soon, Certainty::Possible),
        "WFIREY" | "WHOT" | "WCOLD" | "WFROST" => (Severity::Minor, soon, Certainty::Likely),
        "TC3" | "WTS" | "WFNTSA" | "WMSGNL" => (Severity::Moderate, soon, Certainty::Likely),
        // The signal without its level: it is in force, we cannot say how strong.
        "WTCSGNL" | "WRAIN" | "WFIRE" => (Severity::Unknown, soon, Certainty::Likely),
        _ => (Severity::Unknown, Urgency::Unknown, Certainty::Unknown),
    }
}

/// The name of a warning in HKO's list of them.
fn name_of(key: &str, lang: &str) -> Option<&'static str> {
    let (english, traditional, simplified) = match key {
        "WTCSGNL" => ("Tropical Cyclone Warning Signal", "熱帶氣旋警告信號", "热带气旋警告信号"),
        "WTCPRE8" => ("Pre-no. 8 Special Announcement", "預警八號熱帶氣旋警告信號", "预警八号热带气旋警告信号"),
        "WRAIN" => ("Rainstorm Warning Signal", "暴雨警告信號", "暴雨警告信号"),
        "WL" => ("Landslip Warning", "山泥傾瀉警告", "山泥倾泻警告"),
        "WFNTSA" => (
            "Special Announcement on Flooding in the northern New Territories",
            "新界北部水浸特別報告",
            "新界北部水浸特别报告",
        ),
        "WTS" => ("Thunderstorm Warning", "雷暴警告", "雷暴警告"),
        "WMSGNL" => ("Strong Monsoon Signal", "強烈季候風信號", "强烈季候风信号"),
        "WTMW" => ("Tsunami Warning", "海嘯警告", "海啸警告"),
        "WFIRE" => ("Fire Danger Warning", "火災危險警告", "火灾危险警告"),
        "WFROST" => ("Frost Warning", "霜凍警告", "霜冻警告"),
        "WHOT" => ("Very Hot Weather Warning", "酷熱天氣警告", "酷热天气警告"),
        "WCOLD" => ("Cold Weather Warning", "寒冷天氣警告", "寒冷天气警告"),
        _ => return None,
    };
    Some(match lang {
        "zh-HK" => traditional,
        "zh-CN" => simplified,
        _ => english,
    })
}

/// Characters of HKO's warnings that only the simplified script has.
const SIMPLIFIED: &str = "热带气号强红颜黄报区险灾风预发务请员雾泻倾别冻啸时间应处较过结后";

/// The language of the whole document: what its address asks for, else what its script is.
fn language(url: &str, warnings: &[Warning<'_>]) -> &'static str {
    let asked = url.split(['?', '&', '#']).find_map(|part| part.strip_prefix("lang="));
    match asked {
        Some("en") => return "en",
        Some("tc") => return "zh-HK",
        Some("sc") => return "zh-CN",
        _ => {}
    }
    let texts = warnings.iter().flat_map(|warning| {
        [&warning.name, &warning.level_name].into_iter().chain(&warning.contents.0).filter_map(Text::get)
    });
    let mut found = "en";
    for c in texts.flat_map(str::chars) {
        if SIMPLIFIED.contains(c) {
            return "zh-CN";
        }
        if ('\u{4E00}'..='\u{9FFF}').contains(&c) {
            found = "zh-HK";
        }
    }
    found
}

fn area(key: &str, lang: &str) -> Area {
    let name = match (key, lang) {
        ("WFNTSA", "zh-HK" | "zh-CN") => "新界北部",
        ("WFNTSA", _) => "Northern New Territories",
        (_, "zh-HK" | "zh-CN") => "香港",
        _ => "Hong Kong",
    };
    let code = |system: &str, code: &str| (system.to_owned(), code.to_owned());
    Area { name: name.to_owned(), geocodes: [code("ISO 3166-1", "HK"), code("ISO 3166-2", "CN-HK")].into() }
}

/// Corners of a coarse outline of Hong Kong's land and waters, latitude before longitude.
const OUTLINE: [[f64; 2]; 22] = [
    [22.400, 113.860],
    [22.425, 113.885],
    [22.455, 113.940],
    [22.490, 114.000],
    [22.505, 114.030],
    [22.517, 114.070],
    [22.531, 114.113],
    [22.537, 114.130],
    [22.555, 114.155],
    [22.549, 114.225],
    [22.550, 114.260],
    [22.560, 114.330],
    [22.565, 114.440],
    [22.540, 114.460],
    [22.470, 114.455],
    [22.365, 114.502],
    [22.148, 114.502],
    [22.148, 113.870],
    [22.180, 113.830],
    [22.210, 113.825],
    [22.280, 113.855],
    [22.330, 113.870],
];

/// The territory of Hong Kong, as the place of every warning.
///
/// The territory lies within 22°08' to 22°35' N and 113°49' to 114°31' E (Survey and Mapping Office, "Hong Kong
/// geographic data"). That rectangle holds half of Shenzhen, which HKO does not warn, so that the outline is drawn
/// within it by hand along Deep Bay, the Shenzhen River and Mirs Bay: a guess to about a kilometre.
fn territory() -> Footprint {
    let corners = OUTLINE.iter().chain(OUTLINE.first());
    let ring = corners.filter_map(|[lat, lon]| Position::lat_lon(*lat, *lon).ok()).collect();
    Footprint { polygons: vec![vec![ring]], circles: Vec::new() }
}

fn instant(text: &str) -> Option<Timestamp> {
    match rfc_3339(text)? {
        When::At(instant) => Some(instant),
        When::WithoutOffset(instant) => instant.checked_sub(CLOCK).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FeedId;
    use crate::geo;

    fn parse_at(url: &str, body: &str) -> Parsed {
        HkoWarning.parse(&Bulletin::new(FeedId::new("t"), "", url, Timestamp::UNIX_EPOCH, body.as_bytes().to_vec()))
    }

    fn parse(body: &str) -> Parsed {
        parse_at("warnsum.json", body)
    }

    /// The severity and message type of one warning of `warnsum`.
    #[track_caller]
    fn check(key: &str, code: &str, action: &str, severity: Severity, msg: MsgType) {
        let parsed = parse(&format!(
            "{{\"{key}\":{{\"name\":\"x\",\"code\":\"{code}\",\"actionCode\":\"{action}\",
            \"issueTime\":\"2025-09-23T14:20:00+08:00\",\"updateTime\":\"2025-09-23T14:20:00+08:00\"}}}}"
        ));
        let hazard = &parsed.hazards[0];
        assert_eq!((hazard.severity, hazard.msg), (severity, msg), "{code} {action}: {:?}", parsed.faults);
    }

    #[test]
    fn levels_and_actions() {
        check("WTCSGNL", "TC1", "ISSUE", Severity::Minor, MsgType::Alert);
        check("WTCSGNL", "TC3", "REISSUE", Severity::Moderate, MsgType::Update);
        check("WTCSGNL", "TC8NW", "ISSUE", Severity::Severe, MsgType::Alert);
        check("WTCSGNL", "TC10", "UPDATE", Severity::Extreme, MsgType::Update);
        check("WTCSGNL", "CANCEL", "CANCEL", Severity::Unknown, MsgType::Cancel);
        check("WRAIN", "WRAINB", "ISSUE", Severity::Extreme, MsgType::Alert);
        check("WTS", "WTS", "EXTEND", Severity::Moderate, MsgType::Update);
        check("WFIRE", "WFIREY", "CANCEL", Severity::Minor, MsgType::Cancel);
        check("WNEW", "WNEW1", "ISSUE", Severity::Unknown, MsgType::Alert);
    }

    #[test]
    fn nothing_in_force_is_no_fault() {
        for body in ["{}", " {}\n", "{\"details\":[]}", "[]"] {
            assert_eq!(parse(body), Parsed::default(), "{body}");
        }
        for body in ["", "{\"a\":1}", "{\"swt\":[]}", "<html/>", "{\"WTS\":", "null", "7"] {
            assert!(parse(body).faults.iter().any(|fault| fault.is_fatal), "{body}");
        }
    }

    #[test]
    fn the_later_of_two_times_counts() {
        let parsed = parse(
            "{\"WTS\":{\"code\":\"WTS\",\"actionCode\":\"EXTEND\",\"issueTime\":\"2020-09-24T11:40:00+08:00\",
            \"expireTime\":\"2020-09-24T19:30:00+08:00\",\"updateTime\":\"2020-09-24T05:00:00+08:00\"}}",
        );
        let hazard = &parsed.hazards[0];
        assert_eq!(hazard.issued.unwrap().to_string(), "2020-09-24T03:40:00Z");
        assert_eq!(hazard.expires.unwrap().to_string(), "2020-09-24T11:30:00Z");
    }

    #[test]
    fn languages() {
        let body = |name: &str| {
            format!("{{\"WTS\":{{\"name\":\"{name}\",\"code\":\"WTS\",\"updateTime\":\"2025-09-23T14:20:00\"}}}}")
        };
        for (name, lang) in [
            ("Thunderstorm Warning", "en"),
            ("雷暴警告", "zh-HK"),
            ("強烈季候風信號", "zh-HK"),
            ("热带气旋警告信号", "zh-CN"),
        ] {
            assert_eq!(parse(&body(name)).hazards[0].texts[0].lang, lang, "{name}");
        }
        let asked = parse_at("https://h.example/weather.php?dataType=warnsum&lang=sc", &body("雷暴警告"));
        assert_eq!(asked.hazards[0].texts[0].lang, "zh-CN");
        assert_eq!(asked.hazards[0].issued.unwrap().to_string(), "2025-09-23T06:20:00Z");
    }

    #[test]
    fn information_has_paragraphs() {
        let parsed = parse(
            "{\"details\":[{\"contents\":[\"Signal 8 within two hours.\",\"\",\"Winds will strengthen.\"],
            \"warningStatementCode\":\"WTCPRE8\",\"updateTime\":\"2025-09-23T12:20:00+08:00\"},7,{\"contents\":[]}]}",
        );
        let text = &parsed.hazards[0].texts[0];
        assert_eq!(text.event, "Pre-no. 8 Special Announcement");
        assert_eq!(text.description.as_deref(), Some("Signal 8 within two hours.\nWinds will strengthen."));
        assert_eq!(parsed.faults.iter().map(|fault| fault.is_fatal).collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn the_outline_holds_hong_kong_and_not_shenzhen() {
        let covers = |lat, lon| geo::covers(&territory(), Position::lat_lon(lat, lon).unwrap());
        // The Observatory, the airport, Lo Wu, Sha Tau Kok, Po Toi, Tai O, Ping Chau.
        for (lat, lon) in [
            (22.302, 114.174),
            (22.309, 113.915),
            (22.528, 114.113),
            (22.544, 114.212),
            (22.166, 114.262),
            (22.254, 113.862),
            (22.546, 114.436),
        ] {
            assert!(covers(lat, lon), "{lat} {lon}");
        }
        // Futian, Luohu, Shekou, Yantian, Nan'ao, Guishan, Macau.
        for (lat, lon) in [
            (22.530, 114.055),
            (22.548, 114.120),
            (22.485, 113.915),
            (22.575, 114.270),
            (22.535, 114.490),
            (22.135, 113.820),
            (22.198, 113.543),
        ] {
            assert!(!covers(lat, lon), "{lat} {lon}");
        }
    }
}
