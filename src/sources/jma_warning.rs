//! The warnings on JMA's web pages: `bosai/warning/data/r8/<office>.json`, and the older tree that it took the place of.
//!
//! In: an array of bulletins, in no order of time, each of one kind of telegram (`warning.class10Items[]` for forecast
//! districts and `class20Items[]` for municipalities, with `kinds[]` of code, status, additions and properties); or
//! the shape before May 2026, one bulletin with `areaTypes[].areas[].warnings[]`, alone or in an array. Out: a hazard
//! for each area and phenomenon, by the newest bulletin that speaks of both. A kind without a code (発表警報・注意報は
//! なし) says that there is none, and is none; it lifts what an older bulletin of the same telegram (`dataTypeCode`) had.
//!
//! Codes, levels and severity are those of `jma/kinds.rs`. A kind's status may tell its level now (`危険警報から注意報`);
//! of a landslide warning (29) its properties may (`significancyPart.locals[].code`: 21 advisory, 22 warning, 23
//! danger warning, 24 emergency warning; 3x, 4x and 5x as in JMA's table code.Significancy). A municipality that only
//! continues (継続) is at the level to which its district was lowered in the same bulletin, when the code is the same.
//! Times bear their offset.
//!
//! Never: a warning without an end given one, or an area's shape, which these documents do not have.

use serde::Deserialize;

use super::Source;
use super::formats::fault_log::FaultLog;
use super::formats::json::{self, List, Maybe, Row, Text};
use super::formats::{dates, text};
use super::jma::kinds::Level;
use super::jma::warnings::{Book, Issue, Tier, Told};
use crate::domain::{Bulletin, Fault, Hazard, Parsed, Place, Status, Timestamp};

/// JMA's warning pages. The format is `jma-warning`.
#[derive(Debug)]
pub struct JmaWarning;

/// When JMA stopped writing the older tree, which still answers: 28 May 2026, 10:16 JST (last-modified of its files).
const FROZEN: Timestamp = Timestamp::constant(1_779_930_960, 0);

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Report<'a> {
    #[serde(borrow, rename = "reportDatetime")]
    issued: Text<'a>,
    /// `VPWW55` and on: which telegram the bulletin was.
    #[serde(borrow)]
    data_type_code: Text<'a>,
    #[serde(borrow)]
    info_type: Text<'a>,
    #[serde(borrow)]
    headline_text: Text<'a>,
    #[serde(borrow)]
    warning: Maybe<Warnings<'a>>,
    #[serde(borrow)]
    area_types: List<AreaType<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Warnings<'a> {
    #[serde(borrow)]
    class10_items: List<Item<'a>>,
    #[serde(borrow)]
    class20_items: List<Item<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AreaType<'a> {
    #[serde(borrow)]
    areas: List<Item<'a>>,
}

/// An area and what holds there, in either shape.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Item<'a> {
    #[serde(borrow, alias = "areaCode")]
    code: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow, alias = "warnings")]
    kinds: List<Kind<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Kind<'a> {
    #[serde(borrow)]
    code: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    status: Text<'a>,
    #[serde(borrow)]
    additions: Row<Text<'a>>,
    #[serde(borrow)]
    properties: List<Property<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Property<'a> {
    #[serde(borrow)]
    significancy_part: Maybe<Significancy<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Significancy<'a> {
    #[serde(borrow)]
    locals: List<Local<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Local<'a> {
    #[serde(borrow)]
    code: Text<'a>,
}

impl Source for JmaWarning {
    fn id(&self) -> &'static str {
        "jma-warning"
    }

    fn recognises(&self, body: &[u8]) -> bool {
        let shapes = ["areaTypes", "class10Items", "class20Items"];
        shapes.iter().any(|shape| json::has_keys(body, &["reportDatetime", shape]))
    }

    fn parse(&self, bulletin: &Bulletin) -> Parsed {
        let mut log = FaultLog::default();
        let text = text::of_bulletin(bulletin, &mut log);
        let hazards = match json::parse::<List<Report<'_>>>(&text) {
            Ok(reports) => read(&reports, json::without_padding(&text), bulletin, &mut log),
            Err(fault) => {
                log.push(fault);
                Vec::new()
            }
        };
        Parsed { hazards, faults: log.into_faults(), ..Parsed::default() }
    }
}

fn read(reports: &List<Report<'_>>, text: &str, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let mut book = Book::default();
    let mut is_known = reports.items.is_empty() && reports.odd == 0 && text.starts_with('[');
    if reports.odd > 0 {
        let what = format!("{} elements are no bulletins and are passed over", reports.odd);
        log.push(Fault::minor(Place::default(), what));
    }
    for (at, report) in &reports.items {
        let is_old = !report.area_types.items.is_empty();
        if !is_old && report.warning.0.is_none() {
            if report.issued.get().is_some() {
                let what = "the bulletin has no warnings of a shape that is known; it is left out";
                log.add(false, || Fault::minor(Place::default().field(format!("[{at}].warning")), what));
                is_known |= report.info_type.get().is_some();
            }
            continue;
        }
        is_known = true;
        if is_old && bulletin.fetched > FROZEN {
            let what = "this address has not been written to since 28 May 2026, whatever its answer";
            let hint = "poll https://www.jma.go.jp/bosai/warning/data/r8/<office>.json instead";
            log.add(false, || Fault::minor(Place::default().field("areaTypes"), what).hint(hint));
        }
        read_report(*at, report, &mut book, log);
    }
    if !is_known {
        let what = "there is no bulletin of JMA's warnings in this document";
        log.push(Fault::fatal(Place::default(), what).hint("fetch it again; if it stays so, tell the agency"));
    }
    book.into_hazards("jma-warning", bulletin, log)
}

fn read_report(at: usize, report: &Report<'_>, book: &mut Book, log: &mut FaultLog) {
    let issued = report.issued.get().and_then(dates::rfc_3339).map(dates::When::instant);
    if issued.is_none() {
        let place = Place::default().field(format!("[{at}].reportDatetime"));
        log.add(true, || Fault::fatal(place, "the bulletin does not say when it was issued; it is left out"));
        return;
    }
    let info_type = report.info_type.get();
    book.begin(Issue {
        issued,
        headline: report.headline_text.owned(),
        status: Status::Actual,
        is_correction: info_type == Some("訂正"),
        is_withdrawal: info_type == Some("取消"),
        telegram: report.data_type_code.owned(),
    });
    let mut lowered: Vec<(&str, &str)> = Vec::new();
    let none = List::default();
    let warning = report.warning.0.as_ref();
    let districts = warning.map_or(&none, |warning| &warning.class10_items);
    let towns = warning.map_or(&none, |warning| &warning.class20_items);
    // The older shape has districts first and then municipalities; with one list alone, the codes tell.
    let by_tier = report.area_types.items.len() >= 2;
    let areas = report.area_types.items.iter().map(|(_, areas)| ("areaTypes", by_tier, &areas.areas));
    for (field, by_tier, items) in
        [("class10Items", true, districts), ("class20Items", true, towns)].into_iter().chain(areas)
    {
        for item in items.iter() {
            for kind in item.kinds.iter() {
                let context = Context { at, field, by_tier, item, kind };
                context.add(&mut lowered, book, log);
            }
        }
    }
}

/// A kind, and where it stands.
struct Context<'a, 'b> {
    at: usize,
    field: &'static str,
    /// The list holds districts or municipalities, and no prefectures.
    by_tier: bool,
    item: &'b Item<'a>,
    kind: &'b Kind<'a>,
}

impl<'b> Context<'_, 'b> {
    fn add(&self, lowered: &mut Vec<(&'b str, &'b str)>, book: &mut Book, log: &mut FaultLog) {
        let status = self.kind.status.get().unwrap_or_default();
        let Some(code) = self.kind.code.get().filter(|code| *code != "00") else {
            if let Some(area) = self.item.code.get().filter(|_| status.contains("なし")) {
                book.add_nothing(area);
            }
            return;
        };
        let place = || Place::default().field(format!("[{}].{}", self.at, self.field));
        let Some(area) = self.item.code.get() else {
            log.add(true, || Fault::fatal(place(), "a warning does not say for which area it is"));
            return;
        };
        let tier = match Tier::of_code(area) {
            Tier::Office if self.by_tier => Tier::Class10,
            tier => tier,
        };
        let is_town = tier == Tier::Class20;
        if !is_town && status.contains("から") && lowered.len() < 100 {
            lowered.push((code, status));
        }
        // The level is said of the district; its towns only go on.
        let lowered = lowered.iter().find(|(of, _)| is_town && status == "継続" && *of == code);
        let additions: Vec<_> = self.kind.additions.0.iter().filter_map(Text::get).collect();
        let told = Told {
            area,
            area_name: self.item.name.get(),
            tier,
            code,
            name: self.kind.name.get(),
            status: lowered.map_or(status, |(_, status)| status),
            additions: &additions.join("、"),
            level: if code == "29" { self.level() } else { None },
        };
        book.add(&told, place, log);
    }

    /// The gravest level that the properties of a landslide warning give.
    fn level(&self) -> Option<Level> {
        let parts = self.kind.properties.iter().filter_map(|property| property.significancy_part.0.as_ref());
        let codes = parts.flat_map(|part| part.locals.iter()).filter_map(|local| local.code.get());
        let level = |code: &str| match code {
            "20" | "21" => Some(Level::Advisory),
            "22" => Some(Level::Warning),
            "23" => Some(Level::Danger),
            "24" => Some(Level::Emergency),
            _ if code.len() != 2 => None,
            _ if code.starts_with('3') => Some(Level::Warning),
            _ if code.starts_with('4') => Some(Level::Danger),
            _ if code.starts_with('5') => Some(Level::Emergency),
            _ => None,
        };
        codes.filter_map(level).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FeedId, MsgType, Severity};

    fn parse_at(fetched: Timestamp, body: &str) -> Parsed {
        JmaWarning.parse(&Bulletin::new(FeedId::new("t"), "", "130000.json", fetched, body.as_bytes().to_vec()))
    }

    fn parse(body: &str) -> Parsed {
        parse_at(Timestamp::UNIX_EPOCH, body)
    }

    /// A document of the new shape: districts and towns as they stand in JSON.
    fn report(class10: &str, class20: &str) -> String {
        format!(
            r#"[{{"reportDatetime":"2026-09-27T05:00:00+09:00","infoType":"発表","headlineText":"",
            "warning":{{"class10Items":[{class10}],"class20Items":[{class20}]}}}}]"#
        )
    }

    #[track_caller]
    fn check(body: &str, expected: &[(&str, Severity, MsgType)]) {
        let parsed = parse(body);
        let found: Vec<_> =
            parsed.hazards.iter().map(|hazard| (hazard.event.as_str(), hazard.severity, hazard.msg)).collect();
        assert_eq!(found, expected, "{body}");
        assert!(parsed.faults.is_empty(), "{:?}", parsed.faults);
    }

    #[test]
    fn none_is_no_hazard_and_no_fault() {
        check("[]", &[]);
        check(&report("", r#"{"areaCode":"1310200","kinds":[{"status":"発表警報・注意報はなし"}]}"#), &[]);
        check(&report("", r#"{"areaCode":"1310200"}"#), &[]);
    }

    #[test]
    fn landslides_have_their_level_in_the_properties() {
        let town = |code: &str| {
            format!(
                r#"{{"areaCode":"1410011","kinds":[{{"code":"29","status":"継続","properties":[
                {{"type":"土砂災害危険度","significancyPart":{{"locals":[{{"code":"21"}},{{"code":"{code}"}}]}}}}]}}]}}"#
            )
        };
        let cases = [("21", Severity::Moderate), ("22", Severity::Severe), ("24", Severity::Extreme)];
        for (code, severity) in cases {
            check(&report("", &town(code)), &[("jma:1410011:landslide", severity, MsgType::Update)]);
        }
        let named = &parse(&report("", &town("23"))).hazards[0];
        assert_eq!((named.texts[0].event.as_str(), named.severity), ("土砂災害危険警報", Severity::Severe));
    }

    #[test]
    fn a_town_goes_on_at_the_level_that_its_district_has_now() {
        let district = r#"{"areaCode":"140010","kinds":[{"code":"49","status":"危険警報から注意報"}]}"#;
        let town = r#"{"areaCode":"1410011","kinds":[{"code":"49","status":"継続"}]}"#;
        check(
            &report(district, town),
            &[
                ("jma:140010:landslide", Severity::Moderate, MsgType::Update),
                ("jma:1410011:landslide", Severity::Moderate, MsgType::Update),
            ],
        );
    }

    #[test]
    fn nothing_lifts_what_an_older_bulletin_of_the_same_telegram_had() {
        let bulletin = |telegram: &str, time: &str, kind: &str| {
            format!(
                r#"{{"dataTypeCode":"{telegram}","reportDatetime":"2026-09-27T{time}:00+09:00","warning":{{
                "class20Items":[{{"areaCode":"1310100","kinds":[{kind}]}}]}}}}"#
            )
        };
        let none = r#"{"status":"発表警報・注意報はなし"}"#;
        let early = bulletin("VPWW55", "05:00", r#"{"code":"03","status":"継続"}"#);
        let late = bulletin("VPWW55", "06:00", none);
        let lifted = [("jma:1310100:heavy-rain", Severity::Severe, MsgType::Cancel)];
        check(&format!("[{early},{late}]"), &lifted);
        check(&format!("[{late},{early}]"), &lifted);
        let other = bulletin("VPWW58", "06:00", none);
        check(&format!("[{other},{early}]"), &[("jma:1310100:heavy-rain", Severity::Severe, MsgType::Update)]);
        check(
            &format!("[{early},{}]", bulletin("VPWW55", "04:00", none)),
            &[(lifted[0].0, lifted[0].1, MsgType::Update)],
        );
    }

    #[test]
    fn the_older_shape_says_when_it_is_stale() {
        let body = r#"{"reportDatetime":"2026-05-28T10:16:00+09:00","areaTypes":[
            {"areas":[{"code":"130010","warnings":[{"code":"15","status":"継続"}]}]},
            {"areas":[{"code":"1310100","warnings":[{"status":"発表警報・注意報はなし"}]}]}]}"#;
        check(body, &[("jma:130010:storm", Severity::Moderate, MsgType::Update)]);
        let late = parse_at("2026-06-01T00:00:00Z".parse().unwrap(), body);
        assert!(late.faults[0].what.contains("28 May 2026") && !late.faults[0].is_fatal);
        assert_eq!(FROZEN.to_string(), "2026-05-28T01:16:00Z");
    }

    #[test]
    fn what_is_no_bulletin_is_told() {
        for body in ["{}", "[{}]", "null", "[1]", r#"{"reportDatetime":"2026-09-27T05:00:00+09:00","timeSeries":[]}"#] {
            assert!(parse(body).faults.iter().any(|fault| fault.is_fatal), "{body}");
        }
        let no_time = report("", r#"{"areaCode":"1310100","kinds":[{"code":"14","status":"発表"}]}"#)
            .replace("2026-09-27T05:00:00+09:00", "soon");
        assert!(parse(&no_time).faults[0].is_fatal && parse(&no_time).hazards.is_empty());
        let no_area = report("", r#"{"kinds":[{"code":"14","status":"発表"}]}"#);
        assert!(parse(&no_area).faults[0].is_fatal);
        let new_code = report("", r#"{"areaCode":"1310100","kinds":[{"code":"77","status":"発表"}]}"#);
        let parsed = parse(&new_code);
        assert_eq!((parsed.hazards[0].event.as_str(), parsed.faults[0].is_fatal), ("jma:1310100:code-77", false));
    }

    #[test]
    fn a_correction_and_a_withdrawal() {
        let town = r#"{"areaCode":"1310100","kinds":[{"code":"14","status":"発表"}]}"#;
        let corrected = report("", town).replace("\"発表\",\"headline", "\"訂正\",\"headline");
        check(&corrected, &[("jma:1310100:thunderstorm", Severity::Minor, MsgType::Update)]);
        let withdrawn = report("", town).replace("\"発表\",\"headline", "\"取消\",\"headline");
        check(&withdrawn, &[("jma:1310100:thunderstorm", Severity::Minor, MsgType::Cancel)]);
    }
}
