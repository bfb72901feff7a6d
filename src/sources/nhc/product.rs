//! What all text products of NHC, CPHC and WPC on one storm share: which product it is, whose storm, which number, when.
//!
//! A storm's key is the ATCF id of the heading (`AL282020`; `AL0101` before 2003, number and year of two digits each).
//! Texts of before 1998 have none: then a storm that is still called by its number has it from there (`THREE-C` of 1994 is
//! `cp031994`), and one with a name is `nhc:al1991-ana`, as names are not used twice in a basin's year.

use super::plain::Word;
use super::when;
use crate::domain::{Bulletin, Fault, Place, Status, Timestamp};
use crate::sources::formats::fault_log::FaultLog;
use crate::sources::formats::storm_key;

/// A kind of text product, by NHC's own names for them (nhc.noaa.gov/aboutnhcprod.shtml).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// TCM: forecast/advisory.
    ForecastAdvisory,
    /// PWS: wind speed probabilities.
    Probabilities,
    /// TCP: public advisory; also its translation.
    PublicAdvisory,
    /// TCU, TCE: update, position estimate.
    Update,
    /// TCD: discussion.
    Discussion,
    /// TCV: watches and warnings by zone.
    WatchWarning,
    /// TWO: outlook.
    Outlook,
}

/// Words of a heading before which its header ends.
const HEADER_WORDS: usize = 60;
/// Words that say what kind of storm it is. One must stand in the heading of every product on a storm.
const STORM_WORDS: [&str; 17] = [
    "HURRICANE",
    "STORM",
    "DEPRESSION",
    "CYCLONE",
    "REMNANT",
    "REMNANTS",
    "LOW",
    "DISTURBANCE",
    "TYPHOON",
    "WAVE",
    "HURACAN",
    "HURACÁN",
    "TORMENTA",
    "DEPRESION",
    "DEPRESIÓN",
    "CICLON",
    "CICLÓN",
];
/// Words that go before or with those.
const STORM_BY_WORDS: [&str; 16] = [
    "TROPICAL",
    "SUBTROPICAL",
    "POST-TROPICAL",
    "POSTTROPICAL",
    "EXTRATROPICAL",
    "POTENTIAL",
    "MAJOR",
    "SUPER",
    "FORMER",
    "OF",
    "DE",
    "LA",
    "POTENCIAL",
    "POST-TROPICAL/REMNANT",
    "TROP",
    "REMANENTES",
];

/// Which product a text is, from its header or, failing that, its title. Words in capitals.
pub(crate) fn kind(words: &[Word<'_>]) -> Option<Kind> {
    let head = words.get(..HEADER_WORDS).unwrap_or(words);
    kind_by_header(words).or_else(|| {
        // A title, not a mention: it stands before the issue time.
        let title = title_words(head);
        let says = |phrase: &str| contains(title, phrase);
        let is_forecast = says("FORECAST/ADVISORY") || says("MARINE ADVISORY");
        let titles = [
            (is_forecast, Kind::ForecastAdvisory),
            (says("WIND SPEED PROBABILITIES"), Kind::Probabilities),
            (says("TROPICAL WEATHER OUTLOOK"), Kind::Outlook),
            (says("LOCAL WATCH/WARNING STATEMENT/ADVISORY"), Kind::WatchWarning),
            (says("TROPICAL CYCLONE UPDATE"), Kind::Update),
            (says("BULLETIN") && says("ADVISORY NUMBER"), Kind::PublicAdvisory),
        ];
        titles.into_iter().find(|(is_it, _)| *is_it).map(|(_, kind)| kind)
    })
}

/// Which product a text is, by its header alone.
pub(crate) fn kind_by_header(words: &[Word<'_>]) -> Option<Kind> {
    words.iter().take(14).find_map(|word| awips(word.text).or_else(|| wmo(word.text)))
}

/// By the identifier of the product: `TCMAT3`, `MIATCMAT3`, `HFOPWSCP2`, `TCVHGX`.
fn awips(word: &str) -> Option<Kind> {
    let bytes = word.as_bytes();
    let is_id = (5..=9).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_alphanumeric);
    let product = match bytes.len() {
        _ if !is_id => return None,
        5 | 6 => word,
        _ => word.get(3..)?,
    };
    let (name, place) = product.split_at_checked(3)?;
    let basin = place.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_basin = matches!(basin, "AT" | "EP" | "CP" | "SP" | "PA" | "PQ" | "ASP");
    let is_office = name == "TCV" && place.len() == 3 && place.bytes().all(|byte| byte.is_ascii_uppercase());
    match name {
        "TCM" if is_basin => Some(Kind::ForecastAdvisory),
        "PWS" if is_basin => Some(Kind::Probabilities),
        "TCP" | "TAS" if is_basin => Some(Kind::PublicAdvisory),
        "TCU" | "TCE" if is_basin => Some(Kind::Update),
        "TCD" if is_basin => Some(Kind::Discussion),
        "TCV" if is_basin || is_office => Some(Kind::WatchWarning),
        "TWO" if is_basin => Some(Kind::Outlook),
        _ => None,
    }
}

/// By the heading of the World Meteorological Organization: `WTNT23`, `FONT11`, `ABNT20`.
fn wmo(word: &str) -> Option<Kind> {
    let (area, number) = word.split_at_checked(4).filter(|(_, number)| number.len() == 2)?;
    let ten = number.bytes().next().filter(|_| number.bytes().all(|byte| byte.is_ascii_digit()))?;
    match (area, ten) {
        ("WTNT" | "WTPZ" | "WTPA", b'2') => Some(Kind::ForecastAdvisory),
        ("WTNT" | "WTPZ" | "WTPA", b'3') => Some(Kind::PublicAdvisory),
        ("WTNT" | "WTPZ" | "WTPA", b'6') => Some(Kind::Update),
        ("WTNT" | "WTPZ" | "WTPA", b'8') => Some(Kind::WatchWarning),
        ("FONT" | "FOPZ" | "FOPA", b'1') => Some(Kind::Probabilities),
        ("ABNT" | "ABPZ", b'2') => Some(Kind::Outlook),
        _ => None,
    }
}

/// The words before the issue time, or all.
fn title_words<'a, 'b>(words: &'b [Word<'a>]) -> &'b [Word<'a>] {
    let end = when::first(words).map_or(words.len(), |(at, _)| at);
    words.get(..end).unwrap_or(words)
}

/// True when these words stand there one after the other.
pub(crate) fn contains(words: &[Word<'_>], phrase: &str) -> bool {
    find(words, phrase).is_some()
}

/// Where these words stand one after the other, for the first time.
pub(crate) fn find(words: &[Word<'_>], phrase: &str) -> Option<usize> {
    let wanted: Vec<&str> = phrase.split(' ').collect();
    words.windows(wanted.len()).position(|window| window.iter().zip(&wanted).all(|(word, wanted)| word.text == *wanted))
}

/// What the heading of a product on a storm says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Heading {
    /// The storm's key.
    pub(crate) key: String,
    /// Its name in capitals, when it has one.
    pub(crate) name: Option<String>,
    /// What the text calls it: `TROPICAL STORM ZETA`.
    pub(crate) designation: String,
    /// The whole title: `TROPICAL STORM ZETA FORECAST/ADVISORY NUMBER 10`.
    pub(crate) title: String,
    /// When it was issued.
    pub(crate) issued: Timestamp,
    /// Exercises have numbers of their own.
    pub(crate) status: Status,
    /// True when the title says what kind of storm it is.
    pub(crate) says_kind: bool,
    /// How many words stand before the issue time.
    pub(crate) at: usize,
}

/// Reads the heading. `at` is the storm's position, for the basin of old texts that name none.
pub(crate) fn heading(
    words: &[Word<'_>],
    position: Option<crate::domain::Position>,
    bulletin: &Bulletin,
    log: &mut FaultLog,
) -> Option<Heading> {
    let (at, issued) = issue(words, bulletin, log)?;
    let before = words.get(..at).unwrap_or(words);
    let title = title(before);
    let designation: Vec<&str> = designation(&title);
    let says_kind = designation.iter().any(|word| STORM_WORDS.contains(word));
    let is_kind = |word: &&str| STORM_WORDS.contains(word) || STORM_BY_WORDS.contains(word);
    let called: Vec<&str> = designation.iter().copied().skip_while(is_kind).collect();
    let called = called.join(" ");
    let (key, number) = match before.iter().rev().find_map(|word| atcf_key(word.text)) {
        Some(found) => found,
        None => derived_key(before, &called, position, issued)?,
    };
    Some(Heading {
        key,
        name: storm_key::real_name(&called),
        designation: designation.join(" "),
        title: title.join(" ").replace(" ... ", "...").replace(" ...", "..."),
        issued,
        status: storm_key::status(&number),
        says_kind,
        at,
    })
}

/// How many words stand before the issue time, and the time; that of the text's coming when it gives none.
fn issue(words: &[Word<'_>], bulletin: &Bulletin, log: &mut FaultLog) -> Option<(usize, Timestamp)> {
    let found = when::first(words.get(..HEADER_WORDS * 4).unwrap_or(words));
    match found {
        Some(found) => Some(found),
        None if bulletin.fetched != Timestamp::UNIX_EPOCH => {
            let what = "the text has no line that says when it was issued; the time of its coming is used instead";
            log.push(Fault::minor(Place::default().field("issued"), what));
            Some((words.len().min(HEADER_WORDS), bulletin.fetched))
        }
        None => {
            let what = "the text has no line that says when it was issued, such as `0300 UTC TUE OCT 27 2020`";
            let hint = "its month and year are not known without it; fetch the text again";
            log.push(Fault::fatal(Place::default().field("issued"), what).hint(hint));
            None
        }
    }
}

/// The title: from the storm's kind, or else from the beginning of its line, to the advisory's number.
fn title<'a>(before: &[Word<'a>]) -> Vec<&'a str> {
    let is_start = |word: &Word<'_>| STORM_WORDS.contains(&word.text) || STORM_BY_WORDS.contains(&word.text);
    let is_end = |word: &Word<'_>| matches!(word.text, "NWS" | "NATIONAL" | "SNM" | "CENTRAL" | "TPC");
    let end = before.iter().position(is_end).unwrap_or(before.len());
    let before = before.get(..end).unwrap_or(before);
    let start = before.iter().position(is_start).unwrap_or_else(|| {
        let marker = before.iter().position(|word| is_marker(word.text)).unwrap_or(0);
        let line = before.get(marker).map_or(0, |word| word.line);
        before.iter().position(|word| word.line == line).unwrap_or(0)
    });
    before.get(start..).unwrap_or_default().iter().map(|word| word.text).collect()
}

fn is_marker(word: &str) -> bool {
    matches!(
        word,
        "FORECAST/ADVISORY"
            | "ADVISORY"
            | "MARINE"
            | "SPECIAL"
            | "INTERMEDIATE"
            | "WIND"
            | "DISCUSSION"
            | "LOCAL"
            | "WATCH/WARNING"
            | "ADVERTENCIA"
            | "UPDATE"
            | "POSITION"
            | "FORECAST"
            | "NUMBER"
    )
}

/// What the title calls the storm: all before the product's own name.
fn designation<'a>(title: &[&'a str]) -> Vec<&'a str> {
    let is_update = |at: usize| title.get(at..at + 3) == Some(&["TROPICAL", "CYCLONE", "UPDATE"]);
    let end = (0..title.len()).find(|at| title.get(*at).is_some_and(|word| is_marker(word)) || is_update(*at));
    let words = title.iter().take(end.unwrap_or(title.len()));
    words.copied().filter(|word| *word != "...").collect()
}

/// `AL282020`, or `AL0101` of older texts; the key and the number.
pub(crate) fn atcf_key(word: &str) -> Option<(String, String)> {
    let (basin, digits) = word.split_at_checked(2)?;
    let is_basin = matches!(basin, "AL" | "EP" | "CP" | "WP" | "IO" | "SH" | "SL");
    if !is_basin || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (number, year) = digits.split_at_checked(2)?;
    let year = match year.len() {
        4 => year.to_owned(),
        2 if year >= "50" => format!("19{year}"),
        2 => format!("20{year}"),
        _ => return None,
    };
    Some((format!("{}{number}{year}", basin.to_ascii_lowercase()), number.to_owned()))
}

/// The key of a text that gives none: see the module's head.
fn derived_key(
    before: &[Word<'_>],
    called: &str,
    position: Option<crate::domain::Position>,
    issued: Timestamp,
) -> Option<(String, String)> {
    let suffix = called.rsplit_once('-').map(|(_, letter)| letter);
    let basin = match suffix {
        Some("E") => Some("ep"),
        Some("C") => Some("cp"),
        _ => before.iter().find_map(|word| basin_of(word.text)),
    };
    let basin = basin.or_else(|| position.map(basin_at))?;
    let year = issued.to_zoned(jiff::tz::TimeZone::UTC).year();
    if let Some(number) = storm_key::spelled_number(called) {
        let number = format!("{number:02}");
        return Some((storm_key::event_key(basin, &number, issued), number));
    }
    let slug = slug(called);
    (!slug.is_empty()).then(|| (format!("nhc:{basin}{year}-{slug}"), String::new()))
}

/// Small letters, digits and single hyphens.
pub(crate) fn slug(text: &str) -> String {
    let lower = text.to_lowercase();
    let parts: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
    parts.join("-").chars().take(80).collect()
}

/// The basin of a product's identifier.
fn basin_of(word: &str) -> Option<&'static str> {
    let without_number = word.trim_end_matches(|c: char| c.is_ascii_digit());
    if wmo(word).is_some() {
        return match word.get(2..4) {
            Some("NT") => Some("al"),
            Some("PZ") => Some("ep"),
            Some("PA") => Some("cp"),
            _ => None,
        };
    }
    awips(word)?;
    [("AT", "al"), ("EP", "ep"), ("CP", "cp")]
        .iter()
        .find(|(end, _)| without_number.ends_with(end))
        .map(|(_, basin)| *basin)
}

/// The basin of a place, by a rough line along the American isthmus. A guess, for texts that name none.
pub(crate) fn basin_at(at: crate::domain::Position) -> &'static str {
    let isthmus = match at.lat() {
        lat if lat < 9.0 => -77.5,
        lat if lat < 15.0 => -84.0,
        lat if lat < 18.0 => -92.5,
        lat if lat < 24.0 => -99.0,
        _ => -106.0,
    };
    match at.lon() {
        lon if lon > isthmus && lon < 30.0 => "al",
        lon if lon < -140.0 => "cp",
        lon if lon > 100.0 => "wp",
        _ => "ep",
    }
}

/// True when the text says that it is the agency's last on this storm. One centre of the house handing it on to the
/// other (NHC to CPHC or back) is none: both are told of as `nhc`.
pub(crate) fn is_last(words: &[Word<'_>]) -> bool {
    let says_last = |at: usize| {
        let after = words.get(at + 1..).unwrap_or_default();
        let names =
            |word: &Word<'_>| matches!(word.text, "ADVISORY" | "FORECAST/ADVISORY" | "ADVERTENCIA" | "BULLETIN");
        let before = |back: usize| at.checked_sub(back).and_then(|at| words.get(at)).map_or("", |word| word.text);
        let is_statement = before(1) == "THE" && matches!(before(2), "IS" | "BE");
        is_statement && after.iter().take(4).any(names)
    };
    let Some(at) = (0..words.len()).find(|at| words.get(*at).is_some_and(|w| w.text == "LAST") && says_last(*at))
    else {
        return false;
    };
    let after = words.get(at..).unwrap_or_default();
    let future = find(after, "FUTURE").or_else(|| find(after, "SUBSEQUENT")).and_then(|future| after.get(future..));
    !future.is_some_and(|future| contains(future, "CENTRAL PACIFIC HURRICANE CENTER"))
}

/// The lines of a text from one to another, trimmed, with single blank lines; `None` when there are none.
pub(crate) fn lines_between(text: &str, from: u32, to: u32) -> Option<String> {
    let mut kept: Vec<&str> = Vec::new();
    for (line, row) in (1..).zip(text.lines()) {
        let row = row.trim();
        let is_blank_again = row.is_empty() && kept.last().is_none_or(|last| last.is_empty());
        if line > from && line < to && !is_blank_again {
            kept.push(row);
        }
    }
    let joined = kept.join("\n").trim().to_owned();
    (!joined.is_empty()).then_some(joined)
}

#[cfg(test)]
mod tests {
    use super::super::plain;
    use super::*;
    use crate::domain::{FeedId, Position};

    fn read(text: &str) -> Option<Heading> {
        let bulletin = Bulletin::new(FeedId::new("t"), "", "t", Timestamp::UNIX_EPOCH, Vec::new());
        let words = plain::words(text);
        heading(&words, Position::lat_lon(35.8, -71.8).ok(), &bulletin, &mut FaultLog::default())
    }

    #[track_caller]
    fn check(text: &str, key: &str, name: Option<&str>, designation: &str) {
        let heading = read(text).unwrap();
        assert_eq!((heading.key.as_str(), heading.name.as_deref()), (key, name), "{text}");
        assert_eq!(heading.designation, designation);
    }

    #[test]
    fn headings_of_all_years() {
        let miami = "NWS NATIONAL HURRICANE CENTER MIAMI FL";
        let date = "0300 UTC TUE OCT 27 2020";
        check(
            &format!(
                "000\nWTNT23 KNHC 270246\nTCMAT3\n\nHURRICANE ZETA FORECAST/ADVISORY NUMBER  10\n{miami} AL282020\n{date}"
            ),
            "al282020",
            Some("ZETA"),
            "HURRICANE ZETA",
        );
        check(
            &format!("TROPICAL STORM EMILY\nSPECIAL FORECAST/ADVISORY NUMBER   1...CORRECTED\n{miami} AL0511\n{date}"),
            "al052011",
            Some("EMILY"),
            "TROPICAL STORM EMILY",
        );
        check(
            &format!("REMNANTS OF ARLENE FORECAST/ADVISORY NUMBER  10\n{miami} AL012011\n{date}"),
            "al012011",
            Some("ARLENE"),
            "REMNANTS OF ARLENE",
        );
        check(
            "WTPA23 PHNL 222100\nTROPICAL DEPRESSION THREE-C ADVISORY NUMBER 1\nNATIONAL WEATHER SERVICE HONOLULU HI\n2100Z SAT OCT 22 1994",
            "cp031994",
            None,
            "TROPICAL DEPRESSION THREE-C",
        );
        check(
            "ZCZC MIAWRKAM1 LOC\nTROPICAL STORM ANA MARINE ADVISORY NUMBER   1\nNATIONAL WEATHER SERVICE MIAMI FL\n2200Z WED JUL 03 1991",
            "nhc:al1991-ana",
            Some("ANA"),
            "TROPICAL STORM ANA",
        );
        check(
            &format!("HURRICANE HECTOR TROPICAL CYCLONE UPDATE\nNWS CENTRAL PACIFIC HURRICANE CENTER EP102018\n{date}"),
            "ep102018",
            Some("HECTOR"),
            "HURRICANE HECTOR",
        );
        check(
            &format!(
                "BERYL LOCAL WATCH/WARNING STATEMENT/ADVISORY NUMBER 35\nNATIONAL WEATHER SERVICE X AL022024\n{date}"
            ),
            "al022024",
            Some("BERYL"),
            "BERYL",
        );
    }

    #[test]
    fn products() {
        let kind_of = |text: &str| kind(&plain::words(text));
        assert_eq!(kind_of("ZCZC MIATCMAT3 ALL"), Some(Kind::ForecastAdvisory));
        assert_eq!(kind_of("WTPA23 PHNL 222100"), Some(Kind::ForecastAdvisory));
        assert_eq!(kind_of("FONT14 KNHC 251451 PWSAT4"), Some(Kind::Probabilities));
        assert_eq!(kind_of("WTCA44 TJSJ 021822 TCPSP4"), Some(Kind::PublicAdvisory));
        assert_eq!(kind_of("WTUS84 KHGX 070904 TCVHGX"), Some(Kind::WatchWarning));
        assert_eq!(kind_of("TROPICAL STORM ANA MARINE ADVISORY NUMBER 1"), Some(Kind::ForecastAdvisory));
        for text in ["WTPN31 PGTW 220300", "TROPICAL STORM", "", "TCMXYZ", "TCPUDP"] {
            assert_eq!(kind_of(text), None, "{text}");
        }
    }

    #[test]
    fn last_words() {
        let last = |text: &str| is_last(&plain::words(text));
        assert!(last("THIS IS THE LAST FORECAST/ADVISORY ISSUED BY THE NATIONAL HURRICANE CENTER ON ANA."));
        assert!(last("...THIS WILL BE THE LAST NHC ADVISORY ON EPSILON..."));
        assert!(!last("THE LAST ADVISORY SAID"));
        assert!(!last(
            "THIS IS THE LAST FORECAST/ADVISORY ISSUED BY THE NATIONAL HURRICANE CENTER. FUTURE FORECAST/ADVISORIES \
             WILL BE ISSUED BY THE CENTRAL PACIFIC HURRICANE CENTER"
        ));
    }

    #[test]
    fn basins_of_places() {
        let at = |lat, lon| basin_at(Position::lat_lon(lat, lon).unwrap());
        assert_eq!([at(28.0, -94.0), at(20.0, -95.0), at(12.0, -82.0)], ["al"; 3]);
        assert_eq!([at(14.7, -94.1), at(12.0, -99.0), at(8.0, -82.0), at(22.0, -108.0)], ["ep"; 4]);
        assert_eq!([at(12.8, -157.3), at(12.8, 170.0)], ["cp", "wp"]);
    }
}
