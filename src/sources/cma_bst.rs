//! CMA's best tracks of the north-west Pacific: `CHYYYYBST.txt`, one season a file (tcdata.typhoon.org.cn, "CMA best
//! track dataset").
//!
//! In: a header `66666 BBBB CCC DDDD EEEE F G NAME DATE` (international number, lines, serial number with
//! depressions, CMA's number, how it ended, hours between lines, name, date of revision) and lines `YYYYMMDDHH I LAT
//! LON PRES WND [OWD]`, in fixed columns or spaced anew. Out: one analysis for each storm.
//!
//! CMA's conventions: times are UTC; latitudes are tenths north, longitudes tenths east up to 360; winds are 2-minute
//! means in m/s and become knots. `WND` 0 is missing and 9 means "less than 10 m/s": both are unknown, and so is grade
//! 0's wind. `OWD` is a wind at the coast, not at the centre, and is left out. A header's `0000` is no number. `(-)n`
//! after the name is a storm's n-th secondary centre: a storm by itself here.
//!
//! The key is `cma:` with season and serial number (`cma:20170017`), for an ATCF number is not told. Seasons' files run
//! on into January.
//!
//! Never: a line that has run together is guessed apart.

use std::collections::HashSet;

use super::Source;
use super::formats::china;
use super::formats::cyclone::{Cyclone, knots_of_ms, sound_pressure, sound_wind};
use super::formats::fault_log::FaultLog;
use super::formats::{dates, json, text};
use crate::domain::{Averaging, Bulletin, Fault, Fix, Hazard, Parsed, Place, Position, Technique, Timestamp};

/// CMA's best tracks. The format is `cma-bst`.
#[derive(Debug)]
pub struct CmaBst;

/// What a header begins with.
const INDICATOR: &str = "66666";
/// `WND` below this is no wind: 0 is missing, 9 is "less than 10 m/s".
const WIND_LEAST_MS: f64 = 9.5;

impl Source for CmaBst {
    fn id(&self) -> &'static str {
        "cma-bst"
    }

    fn recognises(&self, body: &[u8]) -> bool {
        let head = json::head(body);
        let mut lines = head.trim_start_matches('\u{FEFF}').lines().filter(|line| !line.trim().is_empty());
        let is_header = lines.next().and_then(header_of).is_some();
        // JMA's best tracks have the same header; their lines bear `002` after a date of eight digits.
        is_header && lines.next().is_none_or(|line| header_of(line).is_some() || date_of(line).is_some())
    }

    fn parse(&self, bulletin: &Bulletin) -> Parsed {
        let mut log = FaultLog::default();
        let text = text::of_bulletin(bulletin, &mut log);
        let hazards = read(&text, bulletin, &mut log);
        Parsed { hazards, faults: log.into_faults(), ..Parsed::default() }
    }
}

/// A header as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Header {
    international: String,
    lines: usize,
    serial: String,
    number: String,
    name: String,
    revised: Option<Timestamp>,
}

/// A storm on its way through the file.
struct Storm {
    header: Header,
    at: u32,
    lines: usize,
    fixes: Vec<Fix>,
}

fn read(text: &str, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let mut hazards = Vec::new();
    let mut keys = HashSet::new();
    let mut storm: Option<Storm> = None;
    for (number, line) in (1_u32..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        if line.split_whitespace().next() == Some(INDICATOR) {
            hazards.extend(storm.take().and_then(|storm| finish(storm, &mut keys, bulletin, log)));
            match header_of(line) {
                Some(header) => storm = Some(Storm { header, at: number, lines: 0, fixes: Vec::new() }),
                None => log.push(Fault::fatal(Place::line(number), "the header of a storm cannot be read")),
            }
        } else if let Some(storm) = &mut storm {
            storm.lines += 1;
            match fix_of(line) {
                Some(fix) => storm.fixes.push(fix),
                None => log.push(Fault::minor(Place::line(number), "a line without a time or place is passed over")),
            }
        } else {
            log.push(Fault::minor(Place::line(number), "a line before the first header is passed over"));
        }
    }
    hazards.extend(storm.and_then(|storm| finish(storm, &mut keys, bulletin, log)));
    if hazards.is_empty() && !log.has_fatal() {
        let fault = Fault::fatal(Place::default(), "the document holds no storm");
        log.push(fault.hint("a storm begins with a line `66666 …`"));
    }
    hazards
}

fn finish(storm: Storm, keys: &mut HashSet<String>, bulletin: &Bulletin, log: &mut FaultLog) -> Option<Hazard> {
    let Storm { header, at, lines, mut fixes } = storm;
    if lines != header.lines {
        let what = format!("the header tells of {} lines, but {lines} follow", header.lines);
        log.push(Fault::minor(Place::line(at), what));
    }
    let (first, last) = (fixes.iter().map(|fix| fix.time).min(), fixes.iter().map(|fix| fix.time).max());
    let Some((first, last)) = first.zip(last) else {
        log.push(Fault::fatal(Place::line(at), "the storm has no line that could be read"));
        return None;
    };
    for fix in &mut fixes {
        fix.tau_h = china::tau_h(fix.time, last);
    }
    let (name, centre) = name_and_centre(&header.name);
    let season = season(&header, first);
    let key = unique(&format!("cma:{season}{}{centre}", header.serial), keys);
    let numbers = [&header.international, &header.number].map(|number| in_season(number, season));
    // A serial number of 0000 (2017) means that the next field counts depressions.
    let is_alone = centre.is_empty() && header.serial != "0000";
    let cyclone = Cyclone {
        issued: header.revised.or(Some(last)),
        name: china::english_name(name.split('_').next_back().unwrap_or_default()),
        names: earlier_names(name),
        aliases: if is_alone { aliases(&numbers) } else { Vec::new() },
        fixes,
        ..Cyclone::new("cma-bst", "cma", key, "BEST", Technique::Analysis, Averaging::TwoMinutes)
    };
    Some(cyclone.into_hazard(bulletin))
}

/// A key that no storm of this file has yet: two that share a serial number get the count of those before behind.
fn unique(key: &str, keys: &mut HashSet<String>) -> String {
    let mut unique = key.to_owned();
    let mut count = 1;
    while !keys.insert(unique.clone()) {
        count += 1;
        unique = format!("{key}.{count}");
    }
    unique
}

/// The season: the year of the first line, or the year before for what began in January under last year's number.
fn season(header: &Header, first: Timestamp) -> i16 {
    let year = first.to_zoned(jiff::tz::TimeZone::UTC).year();
    let numbers = [&header.international, &header.number].into_iter();
    let told = numbers.filter_map(|number| china::number_of(number)).find_map(|(year, _)| i16::try_from(year).ok());
    told.filter(|told| (year - 1..=year).contains(told)).unwrap_or(year)
}

/// A number of this season, `YYYYNN`; `None` for `0000` and for a number that only counts depressions (`0001` in 2017).
fn in_season(number: &str, season: i16) -> Option<(i16, u16)> {
    let (year, storm) = china::number_of(number)?;
    (i16::try_from(year).ok()? == season).then_some((season, storm))
}

/// `number:` where the international number is told, `cma:` where CMA's is.
fn aliases([international, own]: &[Option<(i16, u16)>; 2]) -> Vec<String> {
    let told = |word: &str, number: &Option<(i16, u16)>| number.map(|(year, storm)| format!("{word}:{year}{storm:02}"));
    [told("number", international), told("cma", own)].into_iter().flatten().collect()
}

/// The name without the mark of a secondary centre, and that mark for the key: `Freda(-)1` is `Freda`, `-1`.
fn name_and_centre(name: &str) -> (&str, String) {
    for mark in ["(-)", "(-1)"] {
        if let Some((name, number)) = name.split_once(mark) {
            return (name, format!("-{}", number.trim()));
        }
    }
    (name, String::new())
}

/// The names that a storm bore before the last: `Karen_Lucille`.
fn earlier_names(name: &str) -> Vec<String> {
    let mut names: Vec<&str> = name.split('_').collect();
    names.pop();
    names.into_iter().filter_map(china::english_name).collect()
}

/// A header by its words. The name may hold blanks; what follows it is a date of eight digits, or nothing.
fn header_of(line: &str) -> Option<Header> {
    let mut words: Vec<&str> = line.split_whitespace().collect();
    let is_date = |word: &&str| word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_digit());
    let revised = words.last().copied().filter(is_date).and_then(|word| dates::civil(word, 0));
    if words.len() > 8 && words.last().is_some_and(is_date) {
        words.pop();
    }
    let [INDICATOR, international, lines, serial, number, _end, _hours, name @ ..] = words.as_slice() else {
        return None;
    };
    let is_number = |word: &str| word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit());
    if ![international, serial, number].into_iter().all(|word| is_number(word)) {
        return None;
    }
    let name = name.iter().filter(|word| !is_date(word)).copied().collect::<Vec<_>>().join(" ");
    Some(Header {
        international: (*international).to_owned(),
        lines: lines.parse().ok()?,
        serial: (*serial).to_owned(),
        number: (*number).to_owned(),
        name,
        revised,
    })
}

fn date_of(line: &str) -> Option<Timestamp> {
    dates::date_time_group(line.split_whitespace().next()?)
}

/// A line as a fix, yet without tau.
fn fix_of(line: &str) -> Option<Fix> {
    let mut words = line.split_whitespace();
    let time = dates::date_time_group(words.next()?)?;
    let _grade = words.next()?;
    let mut number = || words.next().and_then(|word| word.parse::<f64>().ok()).filter(|value| value.is_finite());
    let (lat, lon, pressure, wind) = (number()?, number()?, number(), number());
    let position = Position::lat_lon(lat / 10.0, lon / 10.0).ok()?;
    Some(Fix {
        vmax_kt: wind.filter(|ms| *ms >= WIND_LEAST_MS).map(knots_of_ms).and_then(sound_wind),
        pmin_hpa: pressure.and_then(sound_pressure),
        ..Fix::at(time, 0, position)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FeedId;

    fn parse(body: &str) -> Parsed {
        let at = Timestamp::UNIX_EPOCH;
        CmaBst.parse(&Bulletin::new(FeedId::new("test"), "", "CH2017BST.txt", at, body.as_bytes().to_vec()))
    }

    /// Key, name and aliases of one storm's header, with one line behind it.
    #[track_caller]
    fn check(header: &str, line: &str, key: &str, name: Option<&str>, aliases: &[&str]) {
        let hazard = parse(&format!("{header}\n{line}\n")).hazards.remove(0);
        assert_eq!((hazard.event.as_str(), hazard.name.as_deref()), (key, name), "{header}");
        assert_eq!(hazard.aliases, aliases, "{header}");
    }

    #[test]
    fn headers() {
        let line = "2017082306 5 220 1132 950 48";
        let hato = "66666 1713    1 0014 1713 0 6 HATO                               20180501\r";
        check(hato, line, "cma:20170014", Some("HATO"), &["number:201713", "cma:201713"]);
        check("66666 0000 1 0014 1713 0 6 Hato 20180501 ", line, "cma:20170014", Some("HATO"), &["cma:201713"]);
        check("66666 0000 1 0000 0001 0 6 (nameless) 20180501", line, "cma:20170000", None, &[]);
        check("66666 0000 1 0014 0000 0 3 Hato(-)1 20180501", line, "cma:20170014-1", Some("HATO"), &[]);
        check("66666 1713 1 0014 1713 0 6 Hato", line, "cma:20170014", Some("HATO"), &["number:201713", "cma:201713"]);
        check(
            "66666 1726 1 0029 1726 0 6 Tembin",
            "2018010100 2 90 1100 998 18",
            "cma:20170029",
            Some("TEMBIN"),
            &["number:201726", "cma:201726"],
        );
    }

    #[track_caller]
    fn check_line(line: &str, expected: Option<(f64, f64, Option<f64>, Option<f64>)>) {
        let fix = fix_of(line).map(|fix| (fix.position.lat(), fix.position.lon(), fix.pmin_hpa, fix.vmax_kt));
        assert_eq!(fix, expected, "{line}");
    }

    #[test]
    fn lines() {
        check_line("2017082306 5 220 1132  950      48      50", Some((22.0, 113.2, Some(950.0), Some(93.3))));
        check_line("2017082306 0 220 1132 1004       9", Some((22.0, 113.2, Some(1004.0), None)));
        check_line("2017082306 0  46 1132 0 0", Some((4.6, 113.2, None, None)));
        check_line("2006081918 1 100 2029 1010", Some((10.0, 202.9 - 360.0, Some(1010.0), None)));
        for none in ["", "2017082306", "2017082306 5 220", "17082306 002 5 220 1132", "2017083206 5 220 1132 950 48"] {
            check_line(none, None);
        }
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let parsed = parse("2017082306 5 220 1132 950 48\n66666 0000 2 0001 0000 0 6 X 20180501\nnonsense\n");
        let fatal: Vec<_> = parsed.faults.iter().map(|fault| fault.is_fatal).collect();
        assert_eq!((parsed.hazards.len(), fatal), (0, vec![false, false, false, true]), "{:?}", parsed.faults);
        let short = parse("66666 0000 2 0001 0000 0 6 X 20180501\n2017082306 5 220 1132 950 48\n");
        assert_eq!((short.hazards.len(), short.faults.len()), (1, 1));
    }

    #[test]
    fn two_storms_of_one_serial_number_are_two() {
        let storm = "66666 0000 1 0011 0000 0 6 (nameless) 20110729\n1956090100 1 125 1154 1004 12\n";
        let hazards = parse(&storm.repeat(2)).hazards;
        assert_eq!((hazards[0].event.as_str(), hazards[1].event.as_str()), ("cma:19560011", "cma:19560011.2"));
    }

    #[test]
    fn jmas_best_tracks_are_not_ours() {
        let jma = b"66666 9119 150 0045 9119 0 6 MIRREILE 19920701\n91091306 002 2 157 1560 1010 000\n";
        assert!(!CmaBst.recognises(jma));
    }
}
