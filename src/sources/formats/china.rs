//! What the sources of China share: the colours of warnings, the numbers of storms, the Beaufort thresholds of wind
//! radii, and whose word a forecast is.

use std::borrow::Cow;

use super::json::Num;
use super::{cyclone, storm_key};
use crate::domain::{Averaging, HazardKind, Position, Severity, Timestamp, WindRadii};

/// CMA's wind circles by their Beaufort force (7, 10, 12), each with the force's lowest whole knot (WMO-No. 8, annex
/// to part I, chapter 5: 28–33, 48–55, 64 and over). Sites name them `30KTS`, `50KTS`, `64KTS` all the same.
pub(crate) const CIRCLES_KT: [u32; 3] = [28, 48, 64];

/// Radii of one of CMA's circles from the knots that its name bears: 30 (force 7), 50 (force 10), 64 (force 12).
/// What is not known in one quadrant is not known at all.
pub(crate) fn circle(named_kt: f64, quadrants: [Option<f64>; 4]) -> Option<WindRadii> {
    let kt = match named_kt {
        kt if (28.0..=34.0).contains(&kt) => 28,
        kt if (48.0..=50.0).contains(&kt) => 48,
        kt if (63.0..=64.0).contains(&kt) => 64,
        _ => return None,
    };
    let [Some(ne), Some(se), Some(sw), Some(nw)] = quadrants else { return None };
    cyclone::radii(kt, [ne, se, sw, nw])
}

/// CAP's severity of a Chinese warning colour, wherever it stands in the text.
///
/// There are four grades (I 特别严重 red, II 严重 orange, III 较重 yellow, IV 一般 blue: Measures for issuing warning
/// signals, CMA order No. 16, 2007) and CAP has four; CMA's own CAP messages call red extreme, and so on
/// down. Guangdong's white typhoon signal is below blue and minor too.
pub(crate) fn severity_of_colour(text: &str) -> Option<Severity> {
    const COLOURS: [(Severity, &[&str]); 4] = [
        (Severity::Extreme, &["红", "紅", "red"]),
        (Severity::Severe, &["橙", "orange"]),
        (Severity::Moderate, &["黄", "黃", "yellow"]),
        (Severity::Minor, &["蓝", "藍", "blue"]),
    ];
    let text = text.to_lowercase();
    let found = COLOURS.iter().find(|(_, words)| words.iter().any(|word| text.contains(word)));
    let is_white = || text.contains("白色") || text.contains("white");
    let by_colour = found.map(|(severity, _)| *severity).or_else(|| is_white().then_some(Severity::Minor));
    by_colour.or_else(|| severity_of_grade(&text))
}

/// The same of a grade without its colour: `Ⅱ级`. The longer numerals come first, for `i级` stands within them.
fn severity_of_grade(text: &str) -> Option<Severity> {
    const GRADES: [(Severity, [&str; 3]); 4] = [
        (Severity::Minor, ["ⅳ级", "iv级", "四级"]),
        (Severity::Moderate, ["ⅲ级", "iii级", "三级"]),
        (Severity::Severe, ["ⅱ级", "ii级", "二级"]),
        (Severity::Extreme, ["ⅰ级", "i级", "一级"]),
    ];
    GRADES.iter().find(|(_, words)| words.iter().any(|word| text.contains(word))).map(|(severity, _)| *severity)
}

/// The kind that a Chinese warning's event means. What Chinese puts otherwise than the shared words is added here:
/// geological disasters and waterlogging (内涝, 渍涝) come of rain.
pub(crate) fn kind_of(event: &str) -> HazardKind {
    match super::kind::kind_of(event) {
        HazardKind::Other if ["涝", "滑坡", "泥石流", "汛"].iter().any(|word| event.contains(word)) => {
            HazardKind::Flood
        }
        HazardKind::Other if ["结冰", "低温", "冻"].iter().any(|word| event.contains(word)) => HazardKind::Winter,
        HazardKind::Other if event.contains('风') && !event.contains("干热风") => HazardKind::Wind,
        kind => kind,
    }
}

/// The last season before which CMA's numbers ran apart from the international ones: in 2004 CMA had one storm more
/// (its 0414 is 0413 to JMA). From 2005 on the published lists agree.
const FIRST_YEAR_IN_STEP: u16 = 2005;
/// More named storms no season of the north-west Pacific has had (1964: 39).
const STORMS_MAX: u16 = 50;

/// The aliases of a storm by CMA's number: `2628`, `202628`. A depression's number (`20260027`) is none.
pub(crate) fn number_aliases(number: &str) -> Vec<String> {
    let Some((year, storm)) = number_of(number) else { return Vec::new() };
    let own = format!("cma:{year}{storm:02}");
    if year < FIRST_YEAR_IN_STEP { vec![own] } else { vec![format!("number:{year}{storm:02}"), own] }
}

/// Year and number in the year of `2628` or `202628`. Two digits of a year from 45 on are of the last century, for
/// CMA's records begin in 1949 (the websites' in 1945).
pub(crate) fn number_of(number: &str) -> Option<(u16, u16)> {
    let number = number.trim();
    if !matches!(number.len(), 4 | 6) || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (year, storm) = number.split_at_checked(number.len() - 2)?;
    let (year, storm) = (year.parse::<u16>().ok()?, storm.parse::<u16>().ok()?);
    let year = match year {
        0..=44 => 2000 + year,
        45..=99 => 1900 + year,
        _ => year,
    };
    ((1900..=2100).contains(&year) && (1..=STORMS_MAX).contains(&storm)).then_some((year, storm))
}

/// The English name in capitals; `nameless` is none.
pub(crate) fn english_name(text: &str) -> Option<String> {
    storm_key::real_name(text).filter(|name| name != "NAMELESS")
}

/// The Chinese name; what only says that there is none (热带低压: tropical depression) is none.
pub(crate) fn chinese_name(text: &str) -> Option<String> {
    let name: String = text.chars().filter(|c| !c.is_control() && !c.is_whitespace()).collect();
    let is_none = ["热带低压", "热带扰动", "未命名", "nameless", "null"].iter().any(|none| name.starts_with(none));
    (!name.is_empty() && !is_none).then_some(name)
}

/// Who makes a forecast that another relays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Centre {
    /// The agency in small letters.
    pub(crate) agency: String,
    /// The name of its forecast.
    pub(crate) technique: String,
    /// What it averages winds over.
    pub(crate) averaging: Averaging,
    /// True when we know the agency, and so what it averages over; else ten minutes, WMO's rule, are a guess.
    pub(crate) is_known: bool,
}

impl Centre {
    /// The centre by its WMO location indicator (as NMC has it) or its country (as Zhejiang's site has it).
    ///
    /// Averaging periods: WMO Typhoon Committee, Operational Manual (TCP-23), table of members' practice.
    pub(crate) fn named(name: &str) -> Self {
        use Averaging::{OneMinute, TenMinutes, TwoMinutes};
        let name = name.trim();
        let (agency, averaging) = match name {
            "BABJ" | "中国" | "中央台" | "中央气象台" => ("cma", TwoMinutes),
            "RJTD" | "日本" => ("jma", TenMinutes),
            "PGTW" | "美国" => ("jtwc", OneMinute),
            "RCTP" | "中国台湾" | "台湾" => ("cwa", TenMinutes),
            "VHHH" | "中国香港" | "香港" => ("hko", TenMinutes),
            "RKSL" | "韩国" => ("kma", TenMinutes),
            "RPMM" | "菲律宾" => ("pagasa", TenMinutes),
            "ECMF" | "欧洲" => return Self::unknown("ecmwf"),
            _ => return Self::unknown(name),
        };
        let technique = agency.to_uppercase();
        Self { agency: agency.to_owned(), technique, averaging, is_known: true }
    }

    fn unknown(name: &str) -> Self {
        Self {
            agency: name.to_lowercase(),
            technique: name.to_uppercase(),
            averaging: Averaging::TenMinutes,
            is_known: false,
        }
    }
}

/// Whole hours from the analysis to a time.
pub(crate) fn tau_h(time: Timestamp, analysis: Timestamp) -> i32 {
    let seconds = time.duration_since(analysis).as_secs();
    i32::try_from((seconds + 1_800).div_euclid(3_600)).unwrap_or(0)
}

/// The digits that follow a word in an address: `3304099` after `view_` in `…/jsons/view_3304099?t=1`.
pub(crate) fn digits_after<'a>(address: &'a str, word: &str) -> Option<&'a str> {
    let (_, rest) = address.rsplit_once(word)?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest.get(..end).filter(|digits| !digits.is_empty() && digits.len() <= 20)
}

/// The language that a text is written in, as far as its letters tell.
pub(crate) fn language_of(text: &str) -> &'static str {
    let has = |from: char, to: char| text.chars().any(|c| (from..=to).contains(&c));
    if has('\u{3040}', '\u{30FF}') {
        "ja"
    } else if has('\u{AC00}', '\u{D7A3}') {
        "ko"
    } else if has('\u{4E00}', '\u{9FFF}') {
        "zh-CN"
    } else {
        "en"
    }
}

/// JSON with the raw control characters inside its strings made blanks: the sites write line breaks of their database
/// as they are, which RFC 8259 section 7 forbids.
pub(crate) fn mend_strings(text: &str) -> Cow<'_, str> {
    let (mut is_string, mut is_escaped) = (false, false);
    let mut is_torn = |byte: u8| {
        let is_inside = is_string;
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_string => is_escaped = true,
            b'"' => is_string = !is_string,
            _ => {}
        }
        is_inside && byte < b' '
    };
    let torn: Vec<usize> = text.bytes().enumerate().filter(|(_, byte)| is_torn(*byte)).map(|(at, _)| at).collect();
    if torn.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut bytes = text.as_bytes().to_vec();
    for at in torn {
        if let Some(byte) = bytes.get_mut(at) {
            *byte = b' ';
        }
    }
    // Control characters are single bytes, so that the text stays UTF-8.
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// A wind in m/s as knots, when a storm can have it.
pub(crate) fn wind_kt(ms: Num) -> Option<f64> {
    ms.0.map(cyclone::knots_of_ms).and_then(cyclone::sound_wind)
}

/// A position; 0, 0 stands for none.
pub(crate) fn position(lat: Num, lon: Num) -> Option<Position> {
    let (lat, lon) = (lat.0?, lon.0?);
    if lat == 0.0 && lon == 0.0 { None } else { Position::lat_lon(lat, lon).ok() }
}

/// Beginnings of offices' names, before which the place stands.
const OFFICES: [&str; 20] = [
    "气象",
    "水利",
    "水务",
    "水文",
    "自然资源",
    "应急",
    "住房",
    "住建",
    "农业",
    "林业",
    "林草",
    "海洋",
    "生态",
    "环境",
    "交通",
    "公安",
    "规划",
    "预警",
    "人民政府",
    "防汛",
];

/// The place that an office is of: `四川省达州市万源市` of `四川省达州市万源市气象台`; `None` for a national one.
pub(crate) fn place_of_office(office: &str) -> Option<&str> {
    let at = OFFICES.iter().filter_map(|word| office.find(word)).min()?;
    let place = office.get(..at)?.trim();
    (!place.is_empty() && !["中央", "国家", "中国"].contains(&place)).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_number(number: &str, expected: &[&str]) {
        assert_eq!(number_aliases(number), expected, "{number}");
    }

    #[test]
    fn numbers_of_storms() {
        check_number("2628", &["number:202628", "cma:202628"]);
        check_number("202116", &["number:202116", "cma:202116"]);
        check_number("0414", &["cma:200414"]);
        check_number("194905", &["cma:194905"]);
        for none in ["20260027", "0000", "202600", "", "26a8", "202699", "２６２８"] {
            check_number(none, &[]);
        }
    }

    #[test]
    fn colours() {
        for (text, severity) in [
            ("台风红色预警", Some(Severity::Extreme)),
            ("大雾橙色预警信号", Some(Severity::Severe)),
            ("Yellow", Some(Severity::Moderate)),
            ("蓝色", Some(Severity::Minor)),
            ("台风白色预警信号", Some(Severity::Minor)),
            ("渍涝风险预警", None),
            ("台风Ⅱ级预警", Some(Severity::Severe)),
            ("暴雨IV级应急响应", Some(Severity::Minor)),
        ] {
            assert_eq!(severity_of_colour(text), severity, "{text}");
        }
    }

    #[test]
    fn kinds() {
        for (event, kind) in [
            ("台风", HazardKind::TropicalCyclone),
            ("雷雨大风", HazardKind::Thunderstorm),
            ("海上大风", HazardKind::Wind),
            ("道路结冰", HazardKind::Winter),
            ("地质灾害气象风险", HazardKind::Flood),
            ("内涝", HazardKind::Flood),
            ("森林火险", HazardKind::Fire),
            ("大雾", HazardKind::Other),
            ("高温", HazardKind::Other),
        ] {
            assert_eq!(kind_of(event), kind, "{event}");
        }
    }

    #[test]
    fn names() {
        assert_eq!(english_name("Choi-wan").as_deref(), Some("CHOI-WAN"));
        assert_eq!(english_name("nameless"), None);
        assert_eq!(chinese_name("小熊\n").as_deref(), Some("小熊"));
        assert_eq!(chinese_name("热带低压"), None);
    }

    #[test]
    fn centres() {
        assert_eq!(Centre::named("美国").technique, "JTWC");
        assert_eq!(Centre::named("BABJ").averaging, Averaging::TwoMinutes);
        assert_eq!(Centre::named("ECMF").agency, "ecmwf");
        assert!(!Centre::named("欧洲").is_known);
        assert_eq!(Centre::named("越南").agency, "越南");
    }

    #[test]
    fn places_of_offices() {
        for (office, place) in [
            ("四川省达州市万源市气象台", Some("四川省达州市万源市")),
            ("浙江省水利厅、浙江省气象台", Some("浙江省")),
            ("南通市住房和城乡建设局", Some("南通市")),
            ("中央气象台", None),
            ("自然资源部", None),
            ("Met Office", None),
        ] {
            assert_eq!(place_of_office(office), place, "{office}");
        }
    }

    #[test]
    fn torn_strings_are_mended() {
        assert_eq!(mend_strings("{\"a\":\n\"b\\\"\"}"), "{\"a\":\n\"b\\\"\"}");
        assert_eq!(mend_strings("[\"小熊\n\",\n\"\\\\\"]"), "[\"小熊 \",\n\"\\\\\"]");
    }

    #[test]
    fn hours_and_digits() {
        let at = |hour: i64| Timestamp::from_second(hour * 3_600).unwrap();
        assert_eq!((tau_h(at(9), at(12)), tau_h(at(36), at(12))), (-3, 24));
        assert_eq!(digits_after("http://x/jsons/view_3304099?t=1", "view_"), Some("3304099"));
        assert_eq!(digits_after("view_", "view_"), None);
    }

    #[test]
    fn circles_keep_the_agencys_threshold() {
        let all = [Some(500.0); 4];
        assert_eq!(circle(30.0, all).map(|radii| radii.kt), Some(28));
        assert_eq!(circle(50.0, all).map(|radii| radii.kt), Some(48));
        assert!(circle(30.0, [Some(1.0), None, None, None]).is_none() && circle(99.0, all).is_none());
    }
}
