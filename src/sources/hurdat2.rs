//! HURDAT2, the National Hurricane Center's best tracks of whole seasons.
//!
//! In: a head line for each storm (key, name, count of lines), and under it a line for each fix, as "The revised
//! Atlantic (Northeast and North Central Pacific) hurricane database (HURDAT2)" lays them out: date, time (UTC), record
//! identifier, status, position with hemisphere letters, wind (kt, 1-minute, to 5 kt), pressure (hPa), twelve wind radii
//! (34, 50, 64 kt; NE, SE, SW, NW; nautical miles) and, since the season of 2021, the radius of maximum wind (nautical
//! miles). Lines may end after any field behind the position. Storms of the central Pacific stand in the file of the
//! eastern one.
//! Out: a hazard for each storm, its standing analysis, its key the ATCF key. What is said of single fixes (landfall,
//! closest approach, peak) is told in its text.
//! Never: a made-up number. A wind of -99, and -999 anywhere, is not known; four radii of 0 are none.

use super::Source;
use super::formats::cyclone::{Cyclone, is_atcf_key, km_of_nmi, radii, sound_pressure, sound_wind};
use super::formats::fault_log::FaultLog;
use super::formats::storm_key::{real_name, status};
use super::formats::{dates, text};
use crate::domain::{
    Averaging, Bulletin, Fault, Fix, Hazard, HazardText, Parsed, Place, Position, Technique, Timestamp,
};

/// HURDAT2 files. The format is `hurdat2`.
#[derive(Debug)]
pub struct Hurdat2;

/// How much of a document is looked at to recognise it.
const HEAD_BYTES: usize = 4_096;
/// Fields of a fix that are read; the last is the radius of maximum wind.
const FIELDS: usize = 21;
/// Fields that a fix must have: up to the position.
const FIELDS_MIN: usize = 6;
/// Remarks of one storm that are told; none has had so many.
const REMARKS_MAX: usize = 100;

impl Source for Hurdat2 {
    fn id(&self) -> &'static str {
        "hurdat2"
    }

    fn recognises(&self, body: &[u8]) -> bool {
        let head = body.get(..HEAD_BYTES).unwrap_or(body);
        let head = String::from_utf8_lossy(head);
        let first = head.trim_start_matches('\u{FEFF}').lines().find(|line| !line.trim().is_empty());
        first.is_some_and(|line| Head::read(line).is_some())
    }

    fn parse(&self, bulletin: &Bulletin) -> Parsed {
        let mut log = FaultLog::default();
        let text = text::of_bulletin(bulletin, &mut log);
        let hazards = read(&text, bulletin, &mut log);
        Parsed { hazards, faults: log.into_faults(), ..Parsed::default() }
    }
}

fn read(text: &str, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let mut hazards = Vec::new();
    let mut storm: Option<Storm<'_>> = None;
    let mut strays = 0;
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        if let Some(head) = Head::read(line) {
            hazards.extend(storm.replace(Storm::new(head, number)).and_then(|storm| storm.into_hazard(bulletin, log)));
        } else if let Some(storm) = &mut storm {
            storm.add(line, number, log);
        } else {
            strays += 1;
        }
    }
    hazards.extend(storm.and_then(|storm| storm.into_hazard(bulletin, log)));
    if hazards.is_empty() && !log.has_fatal() {
        log.push(Fault::fatal(Place::default(), "there is no storm of a HURDAT2 file in this document"));
    } else if strays > 0 {
        let what = format!("{strays} lines before the first storm belong to none and are passed over");
        log.push(Fault::minor(Place::line(1), what));
    }
    hazards
}

/// The head line of a storm: `AL092021,                IDA,     40,`.
#[derive(Debug, PartialEq)]
struct Head<'a> {
    id: &'a str,
    name: &'a str,
    lines: usize,
}

impl<'a> Head<'a> {
    /// `None` for a line of another kind.
    fn read(line: &'a str) -> Option<Self> {
        let mut fields = line.trim_start_matches('\u{FEFF}').split(',').map(str::trim);
        let (id, name, lines) = (fields.next()?, fields.next()?, fields.next()?);
        let is_head = id.bytes().take(2).all(|byte| byte.is_ascii_uppercase())
            && is_atcf_key(&id.to_ascii_lowercase())
            && fields.all(str::is_empty);
        Some(Self { id, name, lines: lines.parse().ok()? }).filter(|_| is_head)
    }
}

/// A storm as far as it is read.
struct Storm<'a> {
    head: Head<'a>,
    line: u32,
    lines: usize,
    fixes: Vec<Fix>,
    remarks: Vec<String>,
}

impl<'a> Storm<'a> {
    fn new(head: Head<'a>, line: u32) -> Self {
        Self { head, line, lines: 0, fixes: Vec::new(), remarks: Vec::new() }
    }

    fn add(&mut self, line: &str, number: u32, log: &mut FaultLog) {
        self.lines += 1;
        match read_fix(line) {
            Ok((fix, identifier)) => {
                if let (Some(meaning), true) = (meaning(identifier), self.remarks.len() < REMARKS_MAX) {
                    self.remarks.push(remark(&fix, meaning));
                }
                self.fixes.push(fix);
            }
            Err((field, what)) => log.add(false, || Fault::minor(Place::line(number).field(field), what)),
        }
    }

    fn into_hazard(self, bulletin: &Bulletin, log: &mut FaultLog) -> Option<Hazard> {
        let Head { id, name, lines } = self.head;
        if self.lines < lines {
            let what = format!("{id} has {} of the {lines} lines that its head counts", self.lines);
            log.add(true, || Fault::fatal(Place::line(self.line), what).hint("the file is cut off; fetch it again"));
        } else if self.lines > lines {
            let what = format!("{id} has {} lines where its head counts {lines}", self.lines);
            log.add(false, || Fault::minor(Place::line(self.line), what));
        }
        let issued = self.fixes.iter().map(|fix| fix.time).max()?;
        let key = id.to_ascii_lowercase();
        let number: String = key.chars().skip(2).take(2).collect();
        let cyclone = Cyclone {
            issued: Some(issued),
            name: real_name(name),
            texts: texts(&self.remarks),
            fixes: self.fixes,
            status: status(&number),
            ..Cyclone::new("hurdat2", "nhc", key, "BEST", Technique::Analysis, Averaging::OneMinute)
        };
        Some(cyclone.into_hazard(bulletin))
    }
}

/// A fix and its record identifier; else the field that cannot be read, and why.
fn read_fix(line: &str) -> Result<(Fix, &str), (&'static str, String)> {
    let mut fields = [""; FIELDS];
    let mut count = 0;
    for (slot, field) in fields.iter_mut().zip(line.split(',')) {
        *slot = field.trim();
        count += 1;
    }
    if count < FIELDS_MIN {
        return Err(("line", "the line ends before its position".to_owned()));
    }
    let [date, time, identifier, stage, lat, lon, vmax, pmin, rest @ ..] = fields;
    let at = instant(date, time).ok_or_else(|| ("date", format!("`{date}, {time}` is no date and time")))?;
    let position = position(lat, lon).ok_or_else(|| ("position", format!("`{lat}, {lon}` is no position")))?;
    let [r34, r50, r64] = [34, 50, 64];
    let [ne34, se34, sw34, nw34, ne50, se50, sw50, nw50, ne64, se64, sw64, nw64, rmw] = rest;
    let rows = [(r34, [ne34, se34, sw34, nw34]), (r50, [ne50, se50, sw50, nw50]), (r64, [ne64, se64, sw64, nw64])];
    let fix = Fix {
        vmax_kt: known(vmax).and_then(sound_wind),
        pmin_hpa: known(pmin).and_then(sound_pressure),
        is_extratropical: stage == "EX",
        rmw_km: known(rmw).filter(|rmw| (1.0..999.0).contains(rmw)).map(km_of_nmi),
        radii: rows.into_iter().filter_map(|(kt, row)| quadrants(kt, row)).collect(),
        ..Fix::at(at, 0, position)
    };
    Ok((fix, identifier))
}

/// Four radii; a quadrant that alone is not known (-999) leaves the others useless, so that all are unknown.
fn quadrants(kt: u32, row: [&str; 4]) -> Option<crate::domain::WindRadii> {
    let [ne, se, sw, nw] = row.map(|field| known(field).map(km_of_nmi));
    radii(kt, [ne?, se?, sw?, nw?])
}

/// A number that is given: neither blank nor one of the marks for a missing one.
fn known(field: &str) -> Option<f64> {
    field.parse().ok().filter(|number: &f64| *number >= 0.0)
}

fn instant(date: &str, time: &str) -> Option<Timestamp> {
    let is_whole = date.len() == 8 && time.len() == 4;
    is_whole.then(|| dates::civil(&format!("{date}{time}"), 0)).flatten()
}

/// `28.5N` and `89.6W`; a longitude may pass 180.
fn position(lat: &str, lon: &str) -> Option<Position> {
    let degrees = |text: &str, plus: char, minus: char| {
        let (number, sign) = match text.strip_suffix(plus) {
            Some(number) => (number, 1.0),
            None => (text.strip_suffix(minus)?, -1.0),
        };
        number.trim().parse::<f64>().ok().map(|degrees| sign * degrees)
    };
    Position::lat_lon(degrees(lat, 'N', 'S')?, degrees(lon, 'E', 'W')?).ok()
}

/// What a record identifier says of its fix (HURDAT2's own list); `None` for a blank or an unknown one.
fn meaning(identifier: &str) -> Option<&'static str> {
    Some(match identifier {
        "C" => "closest to a coast, without landfall",
        "G" => "genesis",
        "I" => "lowest pressure and strongest wind",
        "L" => "landfall",
        "P" => "lowest pressure",
        "R" => "rapid change of intensity",
        "S" => "change of status",
        "T" => "track in more detail",
        "W" => "strongest wind",
        _ => return None,
    })
}

/// One line on one fix: `2021-08-29 16:55 UTC, 29.1 -90.2: landfall, 130 kt`.
fn remark(fix: &Fix, meaning: &str) -> String {
    let at = fix.time.strftime("%Y-%m-%d %H:%M UTC");
    let wind = fix.vmax_kt.map(|vmax| format!(", {vmax} kt")).unwrap_or_default();
    format!("{at}, {} {}: {meaning}{wind}", fix.position.lat(), fix.position.lon())
}

fn texts(remarks: &[String]) -> Vec<HazardText> {
    if remarks.is_empty() {
        return Vec::new();
    }
    let description = Some(remarks.join("\n"));
    vec![HazardText { lang: "en".to_owned(), event: "Best track".to_owned(), description, ..HazardText::default() }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FeedId;

    const FIX: &str = "20210829, 1655, L, HU, 29.1N,  90.2W, 130,  931,  130,  110,   80,  110,   70,   60,   40,   60,   45,   35,   20,   30,   10";

    fn parsed(text: &str) -> Parsed {
        let (feed, body) = (FeedId::new("test"), text.as_bytes().to_vec());
        Hurdat2.parse(&Bulletin::new(feed, "", "test", Timestamp::UNIX_EPOCH, body))
    }

    #[track_caller]
    fn check_fault(text: &str, hazards: usize, is_fatal: bool, expected: &str) {
        let parsed = parsed(text);
        assert_eq!(parsed.hazards.len(), hazards, "{:?}", parsed.faults);
        let fault = &parsed.faults[0];
        assert!(fault.what.contains(expected) && fault.is_fatal == is_fatal, "{fault}");
    }

    #[test]
    fn a_fix_as_it_stands() {
        let (fix, identifier) = read_fix(FIX).unwrap();
        assert_eq!(identifier, "L");
        assert_eq!(fix.time, "2021-08-29T16:55:00Z".parse().unwrap());
        assert_eq!((fix.vmax_kt, fix.pmin_hpa, fix.rmw_km), (Some(130.0), Some(931.0), Some(18.5)));
        let widest: Vec<_> = fix.radii.iter().map(|radii| (radii.kt, radii.ne_km, radii.nw_km)).collect();
        assert_eq!(widest, [(34, 240.8, 203.7), (50, 129.6, 111.1), (64, 83.3, 55.6)]);
    }

    #[test]
    fn what_is_missing_is_unknown() {
        let line = "18510625, 0000,  , HU, 28.0N,  94.8W, -99, -999, -999, -999, -999, -999, -999, -999, -999, -999, -999, -999, -999, -999, -999";
        let (fix, _) = read_fix(line).unwrap();
        assert_eq!((fix.vmax_kt, fix.pmin_hpa, fix.rmw_km, fix.radii.len()), (None, None, None, 0));
        let (short, _) = read_fix("19200907, 0600,  , TS, 10.0S, 179.9E,  40").unwrap();
        assert_eq!((short.vmax_kt, short.position.lat(), short.position.lon()), (Some(40.0), -10.0, 179.9));
        let (beyond, _) = read_fix("20180910, 0600,  , HU, 19.0N, 181.5W,  70,  985").unwrap();
        assert_eq!((beyond.vmax_kt, beyond.position.lon()), (Some(70.0), 178.5));
    }

    #[test]
    fn heads() {
        let head = Head::read("AL092021,                IDA,     40,").unwrap();
        assert_eq!(head, Head { id: "AL092021", name: "IDA", lines: 40 });
        for line in [FIX, "AL, 09, 2021082612,   , BEST,   0, 166N,  788W", "AL092021,IDA", "al092021, IDA, 40,", ""] {
            assert_eq!(Head::read(line), None, "{line}");
        }
    }

    #[test]
    fn counts_are_checked() {
        check_fault(&format!("AL092021, IDA, 2,\n{FIX}\n"), 1, true, "1 of the 2");
        check_fault(&format!("AL092021, IDA, 1,\n{FIX}\n{FIX}\n"), 1, false, "2 lines where");
        check_fault(&format!("AL092021, IDA, 2,\n{FIX}\n20210829, 9999, , HU, 29.1N, 90.2W, 130\n"), 1, false, "date");
        check_fault(&format!("notes\nAL092021, IDA, 1,\n{FIX}\n"), 1, false, "before the first storm");
        check_fault("AL092021, IDA, 0,\n", 0, true, "no storm");
    }

    #[test]
    fn storms_are_told_apart_and_unnamed_ones_have_no_name() {
        let parsed = parsed(&format!("AL092021, IDA, 1,\r\n{FIX}\r\nCP012021, UNNAMED, 1,\r\n{FIX}\r\n"));
        let told: Vec<_> = parsed.hazards.iter().map(|hazard| (hazard.id.as_str(), hazard.name.as_deref())).collect();
        assert_eq!(told, [("atcf:al092021:BEST", Some("IDA")), ("atcf:cp012021:BEST", None)]);
        assert!(parsed.faults.is_empty());
        let description = parsed.hazards[0].texts[0].description.as_deref().unwrap();
        assert_eq!(description, "2021-08-29 16:55 UTC, 29.1 -90.2: landfall, 130 kt");
    }
}
