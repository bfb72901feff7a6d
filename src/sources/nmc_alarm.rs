//! Warnings in force all over China, as the National Meteorological Centre lists them: `www.nmc.cn/rest/findAlarm`.
//!
//! In: JSON whose rows give an id, a time and a title, nothing else. Out: a warning for each row, and a link to the
//! next page where the document's address says how to name it.
//!
//! What a title tells: `<place><office>发布<event><colour>色预警[信号]`. 解除 lifts. The first six digits of an id that begins
//! with digits are the place's code (GB/T 2260). Times are UTC+8 without seconds. The colour gives the severity
//! (see [`china::severity_of_colour`]); without one in the title, the level in the picture's name does (`p0005003.png`:
//! 001 red, 002 orange, 003 yellow, 004 blue). Urgency, certainty and the end are not told: CMA's own CAP messages
//! leave them unknown too. A warning that ends without 解除 only vanishes from the list.
//!
//! The id is issuer and event (`nmc-alarm:43312541600000:大雾`), so that a raised or renewed warning takes the old one's
//! place: an issuer has one warning of a kind in force (CMA order No. 16, 2007: a new signal replaces the
//! old).
//!
//! Never: a shape. The document has none.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use super::Source;
use super::formats::china;
use super::formats::fault_log::FaultLog;
use super::formats::json::{List, Maybe, Num, Text};
use super::formats::{dates, json, text};
use crate::domain::{Area, Bulletin, Fault, Hazard, HazardId, HazardText, MsgType, Parsed, Place, Severity, Timestamp};

/// NMC's list of warnings. The format is `nmc-alarm`.
#[derive(Debug)]
pub struct NmcAlarm;

/// The site's clock.
const HOURS_AHEAD: i8 = 8;
/// An answer without data is shorter than this.
const EMPTY_MAX: usize = 256;

impl Source for NmcAlarm {
    fn id(&self) -> &'static str {
        "nmc-alarm"
    }

    fn recognises(&self, body: &[u8]) -> bool {
        let is_answer = json::has_keys(body, &["msg", "code", "data"]);
        let holds = |key: &str| json::has_keys(body, &[key]);
        (is_answer && (holds("page") || holds("alertid") || holds("provinceAlarms") || body.len() < EMPTY_MAX))
            || json::has_keys(body, &["alertid", "issuetime"])
    }

    fn parse(&self, bulletin: &Bulletin) -> Parsed {
        let mut log = FaultLog::default();
        let text = text::of_bulletin(bulletin, &mut log);
        let text = china::mend_strings(&text);
        let mut parsed = Parsed::default();
        match json::parse::<Answer<'_>>(&text) {
            Ok(answer) => read(&answer, bulletin, &mut parsed, &mut log),
            Err(fault) => log.push(fault),
        }
        Parsed { faults: log.into_faults(), ..parsed }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer<'a> {
    #[serde(borrow)]
    msg: Text<'a>,
    code: Option<Num>,
    #[serde(borrow)]
    data: Maybe<Data<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data<'a> {
    #[serde(borrow)]
    page: Maybe<Page<'a>>,
    #[serde(borrow, rename = "provinceAlarms")]
    provinces: List<Row<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Page<'a> {
    #[serde(borrow)]
    list: List<Row<'a>>,
    count: Num,
    #[serde(borrow, rename = "pageNo")]
    number: Text<'a>,
    #[serde(borrow)]
    next: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Row<'a> {
    #[serde(borrow, rename = "alertid")]
    id: Text<'a>,
    #[serde(borrow, rename = "issuetime")]
    issued: Text<'a>,
    #[serde(borrow)]
    title: Text<'a>,
    #[serde(borrow, rename = "pic")]
    picture: Text<'a>,
}

fn read(answer: &Answer<'_>, bulletin: &Bulletin, parsed: &mut Parsed, log: &mut FaultLog) {
    let is_refused = answer.code.is_some_and(|code| code.0 != Some(0.0));
    let Some(data) = answer.data.0.as_ref().filter(|_| !is_refused) else {
        // About one answer in eight comes without data.
        let what = format!("the answer holds no data (`{}`)", answer.msg.get().unwrap_or("no message"));
        let is_known = answer.code.is_some() && !is_refused;
        let place = Place::default().field("data");
        let fault = if is_known { Fault::minor(place, what) } else { Fault::fatal(place, what) };
        return log.push(fault.hint("ask again"));
    };
    let empty = List::default();
    let rows = data.page.0.as_ref().map_or(&empty, |page| &page.list);
    let odd = rows.odd + data.provinces.odd;
    if odd > 0 {
        let place = Place::default().field("data.page.list");
        log.push(Fault::minor(place, format!("{odd} rows that are no objects are passed over")));
    }
    let mut newest = Newest::default();
    for (list, rows) in [("page.list", rows), ("provinceAlarms", &data.provinces)] {
        for (at, row) in &rows.items {
            match hazard_of(row, bulletin) {
                Ok(hazard) => newest.add(hazard),
                Err(what) => log.push(Fault::minor(Place::default().field(format!("data.{list}[{at}]")), what)),
            }
        }
    }
    let lost = rows.items.len() + data.provinces.items.len();
    if newest.hazards.is_empty() && lost > 0 {
        let place = Place::default().field("data.page.list");
        log.push(Fault::fatal(place, format!("none of {lost} warnings could be read")));
    }
    parsed.hazards = newest.hazards;
    if let Some(page) = &data.page.0 {
        turn_page(page, bulletin, parsed, log);
    }
}

/// Warnings in their order, of each id the newest: the rows of the provinces repeat those of the page.
#[derive(Default)]
struct Newest {
    hazards: Vec<Hazard>,
    places: HashMap<HazardId, usize>,
}

impl Newest {
    fn add(&mut self, hazard: Hazard) {
        match self.places.get(&hazard.id).and_then(|at| self.hazards.get_mut(*at)) {
            Some(known) if known.issued < hazard.issued => *known = hazard,
            Some(_) => {}
            None => {
                self.places.insert(hazard.id.clone(), self.hazards.len());
                self.hazards.push(hazard);
            }
        }
    }
}

/// The next page, when there is one and the address tells how pages are asked for.
fn turn_page(page: &Page<'_>, bulletin: &Bulletin, parsed: &mut Parsed, log: &mut FaultLog) {
    let number = |text: &Text<'_>| text.get().and_then(|text| text.parse::<u32>().ok());
    let Some((this, next)) = number(&page.number).zip(number(&page.next)).filter(|(this, next)| next > this) else {
        return;
    };
    let from = format!("pageNo={this}");
    match bulletin.url.split_once(&*from) {
        Some((before, after)) if after.is_empty() || after.starts_with(['&', '#']) => {
            parsed.links.push(format!("{before}pageNo={next}{after}"));
        }
        _ => {
            let all = page.count.0.unwrap_or_default();
            let what = format!("of {all} warnings only those of page {this} stand here");
            let fault = Fault::minor(Place::default().field("data.page.next"), what);
            log.push(fault.hint("put `pageNo=1&pageSize=1000` into the feed's address"));
        }
    }
}

/// What a title says.
#[derive(Debug, PartialEq, Eq)]
struct Title<'a> {
    /// Who warns: `四川省达州市万源市气象台`.
    sender: &'a str,
    /// Where: `四川省达州市万源市`; nothing for the national centre.
    place: Option<&'a str>,
    /// Of what: `雷电`.
    event: &'a str,
    severity: Option<Severity>,
    is_lifted: bool,
}

/// Words that part who warns from what is warned of. The first that stands in a title counts; 解除 is looked for
/// first, because a title may say 发布 beside it.
const VERBS: [&str; 10] =
    ["继续发布", "联合发布", "更新发布", "变更发布", "发布", "更新", "继续", "升级", "降级", "变更"];
/// What ends the event in a title.
const COLOURS: [&str; 10] = ["红色", "橙色", "黄色", "蓝色", "白色", "Ⅰ级", "Ⅱ级", "Ⅲ级", "Ⅳ级", "预警"];

impl<'a> Title<'a> {
    fn of(title: &'a str) -> Option<Self> {
        let title = title.trim();
        // `【雷雨大风预警信息解除】…` repeats itself in brackets.
        let title = title.strip_prefix('【').and_then(|rest| rest.split_once('】')).map_or(title, |(_, rest)| rest);
        let lifted = title.split_once("解除").map(|(sender, rest)| (sender, rest, true));
        let issued = || {
            let (at, verb) = VERBS.iter().filter_map(|verb| Some((title.find(verb)?, *verb))).min()?;
            Some((title.get(..at)?, title.get(at + verb.len()..)?, false))
        };
        let (sender, rest, is_lifted) = lifted.or_else(issued)?;
        // `…气象台将暴雨橙色预警信号升级为红色预警信号`: what it was stands before the verb, what it is behind it.
        if let Some((office, old)) = sender.split_once('将').filter(|_| rest.starts_with('为')) {
            return Some(Self { severity: china::severity_of_colour(rest), ..Self::told(office, old, is_lifted)? });
        }
        Self::told(sender, rest, is_lifted)
    }

    fn told(sender: &'a str, rest: &'a str, is_lifted: bool) -> Option<Self> {
        let sender = without_date(VERBS.iter().fold(sender, |sender, verb| sender.trim_end_matches(verb)));
        let rest = VERBS.iter().fold(rest, |rest, verb| rest.trim_start_matches(verb));
        let end = COLOURS.iter().filter_map(|colour| rest.find(colour)).min().unwrap_or(rest.len());
        let event = rest.get(..end)?.trim().trim_matches(['“', '”', '"', '的']);
        Some(Self {
            sender,
            place: china::place_of_office(sender),
            event: if event.is_empty() { "气象灾害" } else { event },
            severity: rest.get(end..).and_then(china::severity_of_colour),
            is_lifted,
        })
    }
}

/// The sender without the date that some titles put behind it: `中央气象台9月12日18时`.
fn without_date(sender: &str) -> &str {
    let is_of_date = |c: char| c.is_ascii_digit() || matches!(c, '年' | '月' | '日' | '时' | '分' | ' ');
    let cut = sender.trim_end_matches(is_of_date);
    // `日` and `时` alone are no date.
    if sender.get(cut.len()..).is_some_and(|date| date.contains(|c: char| c.is_ascii_digit())) { cut } else { sender }
}

fn hazard_of(row: &Row<'_>, bulletin: &Bulletin) -> Result<Hazard, &'static str> {
    let title = row.title.get().ok_or("a warning without a title is passed over")?;
    let told = Title::of(title).ok_or("a warning whose title says not what it is about is passed over")?;
    let id = row.id.get().unwrap_or_default();
    let issuer = id.split_once('_').map(|(issuer, _)| issuer).filter(|issuer| is_digits(issuer) && issuer.len() >= 6);
    let key = format!("nmc-alarm:{}:{}", issuer.unwrap_or(told.sender), told.event);
    let event = format!("{}预警", told.event);
    let text =
        HazardText { lang: "zh-CN".to_owned(), event, headline: Some(title.to_owned()), ..HazardText::default() };
    let severity = told.severity.or_else(|| severity_of_picture(row.picture.get()?));
    Ok(Hazard {
        aliases: issuer.map(|_| format!("cma:{id}")).into_iter().collect(),
        issued: row.issued.get().and_then(|text| dates::civil(text, HOURS_AHEAD)).or_else(|| issued_of_id(id)),
        msg: if told.is_lifted { MsgType::Cancel } else { MsgType::Alert },
        severity: severity.unwrap_or(Severity::Unknown),
        texts: vec![text],
        areas: area_of(&told, issuer).into_iter().collect(),
        ..Hazard::new(HazardId::new(&*key), "cma", "nmc-alarm", &bulletin.hash, &key, china::kind_of(told.event))
    })
}

/// The time in an id: `43312541600000_20260920004312`, on the site's clock.
fn issued_of_id(id: &str) -> Option<Timestamp> {
    dates::civil(id.split_once('_')?.1, HOURS_AHEAD)
}

/// The place with its code (GB/T 2260). Codes that begin with 00 are the nation's.
fn area_of(told: &Title<'_>, issuer: Option<&str>) -> Option<Area> {
    let code = issuer.and_then(|issuer| issuer.get(..6)).filter(|code| !code.starts_with("00"));
    let geocodes: BTreeMap<_, _> = code.map(|code| ("GB/T 2260".to_owned(), code.to_owned())).into_iter().collect();
    let name = told.place.map(str::to_owned);
    (name.is_some() || !geocodes.is_empty()).then(|| Area { name: name.unwrap_or_default(), geocodes })
}

/// `…/p0005003.png`: type 0005, level 003.
fn severity_of_picture(picture: &str) -> Option<Severity> {
    let (_, name) = picture.rsplit_once('/').unwrap_or(("", picture));
    match name.strip_prefix('p')?.get(4..7)? {
        "001" => Some(Severity::Extreme),
        "002" => Some(Severity::Severe),
        "003" => Some(Severity::Moderate),
        "004" => Some(Severity::Minor),
        _ => None,
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FeedId, HazardKind};

    fn parse(url: &str, body: &str) -> Parsed {
        let bulletin = Bulletin::new(FeedId::new("test"), "", url, Timestamp::UNIX_EPOCH, body.as_bytes().to_vec());
        NmcAlarm.parse(&bulletin)
    }

    /// Place, event, severity and whether it is lifted.
    #[track_caller]
    fn check(title: &str, place: Option<&str>, event: &str, severity: Option<Severity>, is_lifted: bool) {
        let told = Title::of(title).unwrap();
        assert_eq!((told.place, told.event, told.severity, told.is_lifted), (place, event, severity, is_lifted));
    }

    #[test]
    fn titles() {
        use Severity::{Extreme, Minor, Moderate, Severe};
        check(
            "四川省达州市万源市气象台发布雷电黄色预警信号",
            Some("四川省达州市万源市"),
            "雷电",
            Some(Moderate),
            false,
        );
        check("海南省气象台发布海上雷雨大风红色预警信号", Some("海南省"), "海上雷雨大风", Some(Extreme), false);
        check("浙江省水利厅、浙江省气象台发布山洪灾害蓝色预警", Some("浙江省"), "山洪灾害", Some(Minor), false);
        check("中央气象台9月12日18时继续发布台风橙色预警", None, "台风", Some(Severe), false);
        check("榆林气象台解除霜冻蓝色预警信号", Some("榆林"), "霜冻", Some(Minor), true);
        check(
            "【雷雨大风预警信息解除】珠海市气象台解除雷雨大风黄色预警",
            Some("珠海市"),
            "雷雨大风",
            Some(Moderate),
            true,
        );
        check("上海市气象台将暴雨蓝色预警信号升级为红色预警信号", Some("上海市"), "暴雨", Some(Extreme), false);
        check("惠东县气象台更新暴雨黄色预警信号", Some("惠东县"), "暴雨", Some(Moderate), false);
        check("南通市住房和城乡建设局发布内涝黄色预警[III级/较重]", Some("南通市"), "内涝", Some(Moderate), false);
        check("深圳市气象台发布台风白色预警信号", Some("深圳市"), "台风", Some(Minor), false);
        check("广西水利厅与广西气象局联合发布渍涝风险预警", Some("广西"), "渍涝风险", None, false);
        assert_eq!(Title::of("气象知识"), None);
    }

    fn answer(rows: &str, page: &str) -> String {
        format!("{{\"msg\":\"success\",\"code\":0,\"data\":{{\"page\":{{{page}\"list\":[{rows}]}}}}}}")
    }

    #[test]
    fn no_warnings_are_no_fault_but_no_data_are() {
        assert_eq!(parse("", &answer("", "")), Parsed::default());
        for empty in ["\"\"", "null", "[]"] {
            let body = format!("{{\"msg\":\"success\",\"code\":0,\"data\":{empty}}}");
            assert!(NmcAlarm.recognises(body.as_bytes()));
            let faults = parse("", &body).faults;
            assert!(faults.len() == 1 && !faults[0].is_fatal, "{faults:?}");
        }
        assert!(parse("", "{\"msg\":\"error\",\"code\":500,\"data\":null}").faults[0].is_fatal);
    }

    #[test]
    fn the_next_page_is_a_link_where_the_address_names_the_page() {
        let body = answer("", "\"pageNo\":1,\"next\":2,\"count\":31,");
        let parsed = parse("http://www.nmc.cn/rest/findAlarm?pageNo=1&pageSize=30", &body);
        assert_eq!(parsed.links, ["http://www.nmc.cn/rest/findAlarm?pageNo=2&pageSize=30"]);
        assert_eq!(parse("http://x/", &body).faults.len(), 1);
        let last = answer("", "\"pageNo\":2,\"next\":2,\"count\":31,");
        assert!(parse("http://x/?pageNo=2", &last).links.is_empty());
    }

    #[test]
    fn a_renewed_warning_takes_the_old_ones_place() {
        let row = |id: &str, time: &str, colour: &str| {
            let title = format!("万源市气象台发布暴雨{colour}预警信号");
            format!("{{\"alertid\":\"51178141600000_{id}\",\"issuetime\":\"{time}\",\"title\":\"{title}\"}}")
        };
        let old = row("20260920002955", "2026/09/20 00:29", "黄色");
        let new = row("20260920042955", "2026/09/20 04:29", "橙色");
        for rows in [[&*old, &new].join(","), [&*new, &old].join(",")] {
            let hazards = parse("", &answer(&rows, "")).hazards;
            assert_eq!((hazards.len(), hazards[0].severity), (1, Severity::Severe));
            assert_eq!(hazards[0].kind, HazardKind::Flood);
            assert_eq!(hazards[0].areas[0].geocodes["GB/T 2260"], "511781");
        }
    }

    #[test]
    fn rows_that_say_nothing_are_told() {
        let parsed = parse("", &answer("{\"title\":\"\"},7", ""));
        assert!(parsed.hazards.is_empty() && parsed.faults.iter().any(|fault| fault.is_fatal));
    }
}
