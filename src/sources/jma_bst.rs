//! RSMC Tokyo's best tracks (`bst_all.txt` and its parts): JMA's final word on where each storm was.
//!
//! In: lines of the "Format of RSMC best track data": a header `66666` for each storm (its international number, how
//! many lines follow, its name, the date of the last revision) and a line for each analysis (six-hourly, three-hourly
//! near Japan). Out: a hazard for each storm, an archive.
//!
//! Conventions, of that format's own description: times are UTC with a year of two digits, positions tenths of a
//! degree, longitudes 0 to 360 east; winds are 10-minute means in knots, 000 where JMA gives none (depressions,
//! extratropical lows, and all storms before 1977); radii are of 50 and 30 kt in nautical miles, the longest with its
//! direction (1 northeast and on clockwise to 8 north, 9 all around) and the shortest, as `jma/reach.rs` reads them.
//! `#` marks a landfall or passage over Japan and is not kept.
//!
//! Fields are read by their order and not by columns, so that copies with other spacing are read too.
//! Never: a wind that is not given.

use super::Source;
use super::formats::cyclone::{Cyclone, km_of_nmi, sound_pressure, sound_wind};
use super::formats::dates::date_time_group;
use super::formats::fault_log::FaultLog;
use super::formats::storm_key::real_name;
use super::formats::text;
use super::jma::names::{full_year, international_number};
use super::jma::reach::{Axis, GALE_KT, STORM_KT, Toward, quadrants, radius_km};
use crate::domain::{
    Averaging, Bulletin, Fault, Fix, Hazard, Parsed, Place, Position, Technique, Timestamp, WindRadii,
};

/// RSMC Tokyo's best tracks. The format is `jma-bst`.
#[derive(Debug)]
pub struct JmaBst;

/// The first word of a storm's header.
const HEADER: &str = "66666";
/// How much of a document is looked at to recognise it.
const HEAD_BYTES: usize = 4_096;

impl Source for JmaBst {
    fn id(&self) -> &'static str {
        "jma-bst"
    }

    fn recognises(&self, body: &[u8]) -> bool {
        let head = String::from_utf8_lossy(body.get(..HEAD_BYTES).unwrap_or(body));
        let mut lines = head.trim_start_matches('\u{FEFF}').lines().filter(|line| !line.trim().is_empty());
        lines.next().is_some_and(|line| Header::read(line).is_some())
    }

    fn parse(&self, bulletin: &Bulletin) -> Parsed {
        let mut log = FaultLog::default();
        let text = text::of_bulletin(bulletin, &mut log);
        let hazards = read(&text, bulletin, &mut log);
        Parsed { hazards, faults: log.into_faults(), ..Parsed::default() }
    }
}

/// What the header of a storm says.
struct Header<'a> {
    /// The international number, `YYYYNN`.
    number: String,
    /// How many lines follow.
    lines: Option<usize>,
    name: Option<&'a str>,
    /// The date of the last revision, `YYYYMMDD`.
    revised: Option<&'a str>,
}

impl<'a> Header<'a> {
    /// `66666 0413   43 0018 0413 0 6              RANANIM              20060118`
    fn read(line: &'a str) -> Option<Self> {
        let mut words = line.split_whitespace();
        if words.next()? != HEADER {
            return None;
        }
        let number = international_number(words.next()?)?;
        let lines = words.next().and_then(|word| word.parse().ok());
        let is_number = |word: &&str| word.bytes().all(|byte| byte.is_ascii_digit());
        let mut rest = words.filter(|word| word.len() == 8 || !is_number(word));
        let first = rest.next();
        let (name, revised) =
            if first.is_some_and(|word| is_number(&word)) { (None, first) } else { (first, rest.next()) };
        Some(Self { number, lines, name, revised: revised.filter(is_number) })
    }
}

/// A storm, on its way.
struct Storm<'a> {
    header: Header<'a>,
    /// The header's line.
    line: u32,
    fixes: Vec<Fix>,
    lines: usize,
}

fn read(text: &str, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let mut hazards = Vec::new();
    let mut storm: Option<Storm<'_>> = None;
    let mut strays = 0;
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        if line.trim_start().starts_with(HEADER) {
            hazards.extend(storm.take().and_then(|storm| storm.into_hazard(bulletin, log)));
            match Header::read(line) {
                Some(header) => storm = Some(Storm { header, line: number, fixes: Vec::new(), lines: 0 }),
                None => log.push(Fault::fatal(Place::line(number), "the storm's header cannot be read; it is lost")),
            }
            continue;
        }
        let Some(storm) = &mut storm else {
            strays += 1;
            continue;
        };
        storm.lines += 1;
        match read_fix(line) {
            Ok(fix) => storm.fixes.push(fix),
            Err(field) => log.add(false, || {
                Fault::minor(Place::line(number).field(field), "the line cannot be read; it is left out")
            }),
        }
    }
    hazards.extend(storm.and_then(|storm| storm.into_hazard(bulletin, log)));
    if strays > 0 {
        let what = format!("{strays} lines stand before any storm's header and are left out");
        log.push(Fault::minor(Place::default(), what));
    }
    if hazards.is_empty() && !log.has_fatal() {
        log.push(Fault::fatal(Place::default(), "there is no storm of an RSMC best track in this document"));
    }
    hazards
}

impl Storm<'_> {
    fn into_hazard(self, bulletin: &Bulletin, log: &mut FaultLog) -> Option<Hazard> {
        let place = || Place::line(self.line);
        let Some(last) = self.fixes.iter().map(|fix| fix.time).max() else {
            log.add(true, || Fault::fatal(place(), "the storm has no line that can be read; it is lost"));
            return None;
        };
        if let Some(said) = self.header.lines.filter(|said| *said != self.lines) {
            let what = format!("the header says that {said} lines follow, but there are {}", self.lines);
            log.add(false, || Fault::minor(place(), what).hint("the file was probably cut; fetch it again"));
        }
        let key = format!("jma:T{}", self.header.number);
        let mut track = Cyclone::new("jma-bst", "jma", key, "BEST", Technique::Analysis, Averaging::TenMinutes);
        let revised = self.header.revised.and_then(|date| date_time_group(&format!("{date}00")));
        track.issued = revised.filter(|revised| *revised > last).or(Some(last));
        track.name = self.header.name.and_then(real_name);
        track.aliases.push(format!("number:{}", self.header.number));
        track.fixes = self.fixes;
        Some(track.into_hazard(bulletin))
    }
}

/// `04081212 002 5 280 1213  950     080     90100 0100 10220 0180         #`: the fix, or the field that is wrong.
fn read_fix(line: &str) -> Result<Fix, &'static str> {
    let mut words = line.split_whitespace().filter(|word| *word != "#");
    let mut word = |field| words.next().ok_or(field);
    let time = time(word("time")?).ok_or("time")?;
    word("indicator")?;
    // 6 is the grade of extratropical cyclones.
    let is_extratropical = word("grade")? == "6";
    let lat = tenths(word("latitude")?).ok_or("latitude")?;
    let lon = tenths(word("longitude")?).ok_or("longitude")?;
    let position = Position::lat_lon(lat, lon).map_err(|error| match error {
        crate::domain::PositionError::Latitude(_) => "latitude",
        crate::domain::PositionError::Longitude(_) => "longitude",
    })?;
    let pressure = word("pressure").ok().and_then(whole).and_then(sound_pressure);
    let vmax_kt = word("wind").ok().and_then(whole).and_then(sound_wind);
    let mut area = |kt| {
        let (longest, shortest) = (word("radius").ok()?, word("radius").ok()?);
        radii(kt, longest, shortest)
    };
    let storm = area(STORM_KT);
    let gale = area(GALE_KT);
    Ok(Fix {
        vmax_kt,
        pmin_hpa: pressure,
        is_extratropical,
        radii: gale.into_iter().chain(storm).collect(),
        ..Fix::at(time, 0, position)
    })
}

/// `04081212`; years of two digits from 51 on are of the last century, for the tracks begin in 1951.
fn time(word: &str) -> Option<Timestamp> {
    let year = word.get(..2)?.parse().ok().map(full_year)?;
    date_time_group(&format!("{year}{}", word.get(2..)?))
}

fn whole(word: &str) -> Option<f64> {
    let is_whole = word.len() <= 6 && word.bytes().all(|byte| byte.is_ascii_digit());
    word.parse().ok().filter(|_| is_whole)
}

fn tenths(word: &str) -> Option<f64> {
    let value: i32 = word.parse().ok().filter(|value: &i32| value.abs() <= 3_600)?;
    Some(f64::from(value) / 10.0)
}

/// `90180 0180`: a digit for the direction before the longest radius, and the shortest.
fn radii(kt: u32, longest: &str, shortest: &str) -> Option<WindRadii> {
    let toward = match longest.get(..1)? {
        "9" => Toward::AllAround,
        digit => Toward::Deg(f64::from(digit.parse::<u8>().ok().filter(|digit| (1..=8).contains(digit))? % 8) * 45.0),
    };
    let long = radius_km(whole(longest.get(1..)?), None)?;
    let short = whole(shortest).map_or(long, km_of_nmi);
    // The shortest is to the opposite side, whichever that is: the longest alone tells the direction.
    quadrants(kt, &[Axis { toward, km: long }, Axis { toward, km: short.min(long) }])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FeedId;

    fn parse(body: &str) -> Parsed {
        JmaBst.parse(&Bulletin::new(FeedId::new("t"), "", "bst", Timestamp::UNIX_EPOCH, body.as_bytes().to_vec()))
    }

    const RANANIM: &str = "66666 0413    2 0018 0413 0 6              RANANIM              20060118";

    #[track_caller]
    fn check_radii(longest: &str, shortest: &str, expected: Option<[f64; 4]>) {
        let found = radii(GALE_KT, longest, shortest).map(|r| [r.ne_km, r.se_km, r.sw_km, r.nw_km]);
        assert_eq!(found, expected, "{longest} {shortest}");
    }

    #[test]
    fn directions_of_the_longest_radius() {
        check_radii("90180", "0180", Some([333.4; 4]));
        check_radii("80210", "0150", Some([388.9, 277.8, 277.8, 388.9]));
        check_radii("10200", "0050", Some([370.4, 185.2, 92.6, 185.2]));
        check_radii("30060", "0050", Some([101.4, 111.1, 101.4, 92.6]));
        check_radii("00000", "0000", None);
        check_radii("x", "0000", None);
    }

    #[test]
    fn lines() {
        let fix = read_fix("04081212 002 5 280 1213  950     080     90100 0100 10220 0180         #   ").unwrap();
        assert_eq!(fix.time.to_string(), "2004-08-12T12:00:00Z");
        assert_eq!((fix.position.lat(), fix.position.lon(), fix.vmax_kt), (28.0, 121.3, Some(80.0)));
        assert_eq!(fix.radii.iter().map(|radii| radii.kt).collect::<Vec<_>>(), [30, 50]);
        let old = read_fix("51021900 002 2 200 1385 1010         ").unwrap();
        assert_eq!((old.time.to_string().as_str(), old.vmax_kt), ("1951-02-19T00:00:00Z", None));
        let far_east = read_fix("15011300 002 2 087 1824 1006     000").unwrap().position;
        assert!((far_east.lon() + 177.6).abs() < 1e-9);
        assert_eq!(read_fix("15013300 002 2 087 1424 1006").unwrap_err(), "time");
        assert_eq!(read_fix("15011300 002 2 987 1424 1006").unwrap_err(), "latitude");
        assert_eq!(read_fix("15011300 002 2 087").unwrap_err(), "longitude");
    }

    #[test]
    fn headers_without_a_name_and_cut_files() {
        let header = Header::read("66666 5101   45 0001 5101 0 6                                   19901029").unwrap();
        assert_eq!((header.name, header.revised, header.number.as_str()), (None, Some("19901029"), "195101"));
        let parsed = parse(&format!("{RANANIM}\n04080600 002 2 153 1368 1002     000\n\n"));
        assert_eq!(parsed.hazards[0].id.as_str(), "jma:T200413:BEST");
        assert_eq!(parsed.hazards[0].issued, "2006-01-18T00:00:00Z".parse().ok());
        assert!(parsed.faults[0].what.contains("says that 2 lines follow") && !parsed.faults[0].is_fatal);
    }

    #[test]
    fn what_is_lost_is_told() {
        assert!(parse(RANANIM).faults.iter().any(|fault| fault.is_fatal));
        assert!(parse("66666 xx").faults[0].is_fatal);
        let stray = parse(&format!("04080600 002 2 153 1368 1002\n{RANANIM}\n04080600 002 2 153 1368 1002 000"));
        assert_eq!(stray.hazards.len(), 1);
        assert!(stray.faults.iter().all(|fault| !fault.is_fatal));
        assert!(!JmaBst.recognises(b"66666 is a number") && JmaBst.recognises(RANANIM.as_bytes()));
    }
}
