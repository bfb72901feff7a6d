//! NHC's and CPHC's wind speed probabilities (PWS), 2006 to now, bare or in a web page.
//!
//! In: the table of places, each with a line for 34, 50 and 64 kt. Out: one hazard a text without a track, its id
//! `…:PWS`, its `probabilities` in the order of the text. A text may hold no place at all.
//! Conventions (nhc.noaa.gov/aboutnhcprod.shtml#WSP): chances are per cent of a 1-minute wind of at least the threshold,
//! `X` is less than 1 % and counts as 0; a column is `onset(cumulative)`, but the first has the onset alone, as both are the
//! same there; its hours are counted from the synoptic time, three hours before issue. A place is listed for 34 and 50 kt
//! from 3 % within five days on, for 64 kt from 1 % on: a place or threshold that is missing is below that, not unknown.
//! The texts of 2012 to 2015 begin with a table of intensities (part I): it stays in the description as it stands.
//! Never: a position for a place that the text gives by name alone; sea points (`20N 120W`) have one.

use super::Source;
use super::formats::fault_log::FaultLog;
use super::formats::{cyclone, text};
use super::nhc::place;
use super::nhc::plain::{self, Word};
use super::nhc::product::{self, Heading, Kind};
use super::nhc_tcm::synoptic;
use crate::domain::{
    Bulletin, Certainty, Fault, Hazard, HazardId, HazardKind, HazardText, Parsed, PeriodProbability, Place,
    PlaceProbability, Span, Timestamp, Urgency,
};

/// Wind speed probability texts. The format is `nhc-pws`.
#[derive(Debug)]
pub struct NhcPws;

/// The hours of the columns when the text does not say.
const HOURS: [i32; 7] = [12, 24, 36, 48, 72, 96, 120];
/// More words than any place's name has.
const NAME_WORDS_MAX: usize = 5;

impl Source for NhcPws {
    fn id(&self) -> &'static str {
        "nhc-pws"
    }

    fn recognises(&self, body: &[u8]) -> bool {
        plain::head(body).is_some_and(|head| {
            let capitals = head.to_ascii_uppercase();
            product::kind(&plain::words(&capitals)) == Some(Kind::Probabilities)
        })
    }

    fn parse(&self, bulletin: &Bulletin) -> Parsed {
        let mut log = FaultLog::default();
        let text = text::of_bulletin(bulletin, &mut log);
        let hazards = read(self.id(), &text, bulletin, &mut log).into_iter().collect();
        Parsed { hazards, faults: log.into_faults(), ..Parsed::default() }
    }
}

/// The hazard of one text.
pub(super) fn read(format: &'static str, text: &str, bulletin: &Bulletin, log: &mut FaultLog) -> Option<Hazard> {
    let text = plain::plain(text);
    let capitals = text.to_ascii_uppercase();
    let words = plain::words(&capitals);
    if product::kind(&words) != Some(Kind::Probabilities) {
        let what = "the text is no table of wind speed probabilities";
        log.push(Fault::fatal(Place::default(), what).hint("is it a PWS product, and whole? fetch it again"));
        return None;
    }
    let heading = product::heading(&words, None, bulletin, log).or_else(|| {
        log.add(true, || Fault::fatal(Place::default().field("heading"), "the heading names no storm"));
        None
    })?;
    let Some(table) = product::find(&words, "LOCATION KT") else {
        let what = "the text breaks off before its table of places (`LOCATION       KT`)";
        log.push(Fault::fatal(Place::default().field("location"), what).hint("fetch it again"));
        return None;
    };
    let hours = hours(words.get(..table).unwrap_or_default(), log);
    let places = rows(words.get(table + 2..).unwrap_or_default(), &hours, log);
    let is_ended = words
        .get(table..)
        .is_some_and(|rest| rest.iter().any(|word| matches!(word.text, "$$" | "NNNN" | "FORECASTER")));
    if !is_ended {
        let what = "the table breaks off before its end (`$$`); places may be missing";
        log.push(Fault::fatal(Place::line(words.last().map_or(1, |word| word.line)), what).hint("fetch it again"));
    }
    let part_one = product::find(&words, "I MAXIMUM WIND SPEED").and_then(|at| words.get(at)).map(|word| word.line);
    let part_two =
        product::find(&words, "II WIND SPEED PROBABILITY").and_then(|at| words.get(at)).map(|word| word.line);
    let description = part_one.zip(part_two).and_then(|(from, to)| product::lines_between(&text, from - 1, to));
    let analysis = analysis(&words, heading.issued);
    let end = analysis.checked_add(Span::from_hours(i64::from(*hours.last()?))).ok();
    Some(hazard(format, heading, description, places, (analysis, end), bulletin))
}

/// The time that the hours are counted from: the newest one of the hour in `BETWEEN 00Z TUE AND THE FORECAST HOUR`, else
/// the synoptic time before the issue.
fn analysis(words: &[Word<'_>], issued: Timestamp) -> Timestamp {
    let synoptic = synoptic(issued);
    let hour = |word: &Word<'_>| word.text.strip_suffix('Z')?.parse::<i64>().ok().filter(|hour| (0..24).contains(hour));
    let stated = product::find(words, "BETWEEN").and_then(|at| words.get(at + 1)).and_then(hour);
    let Some(hour) = stated else { return synoptic };
    let since = (issued.as_second() - hour * 3_600).rem_euclid(24 * 3_600);
    // A text is out within a few hours of its analysis.
    let found = issued.checked_sub(Span::from_secs(since)).ok().filter(|_| since <= 12 * 3_600);
    found.unwrap_or(synoptic)
}

/// The hours of `FORECAST HOUR    (12)   (24) …`, the last such line before the table.
fn hours(before: &[Word<'_>], log: &mut FaultLog) -> Vec<i32> {
    let is_here =
        |pair: &[Word<'_>]| matches!(pair, [a, b] if a.text == "FORECAST" && matches!(b.text, "HOUR" | "HOURS"));
    let at = before.windows(2).rposition(is_here).map_or(before.len(), |at| at + 2);
    let hour = |word: &Word<'_>| word.text.trim_matches(['(', ')']).parse::<i32>().ok();
    let hours: Vec<i32> = before.get(at..).unwrap_or_default().iter().map_while(hour).collect();
    let is_sound = matches!(hours.first(), Some(1..)) && hours.windows(2).all(|pair| matches!(pair, [a, b] if a < b));
    if is_sound && hours.last().is_some_and(|last| *last <= 240) {
        return hours;
    }
    let what = "the line of the forecast hours cannot be read; 12, 24, 36, 48, 72, 96 and 120 are taken";
    log.push(Fault::minor(Place::default().field("forecast hour"), what));
    HOURS.to_vec()
}

/// The rows of the table, wherever their lines break.
fn rows(words: &[Word<'_>], hours: &[i32], log: &mut FaultLog) -> Vec<PlaceProbability> {
    let mut places: Vec<PlaceProbability> = Vec::new();
    let (mut at, mut start) = (0, 0);
    while let Some(word) = words.get(at) {
        if matches!(word.text, "$$" | "NNNN" | "FORECASTER") {
            break;
        }
        let kt = word.text.parse::<u32>().ok().filter(|kt| matches!(kt, 34 | 50 | 64));
        let Some((kt, (periods, after))) = kt.and_then(|kt| Some((kt, periods(words, at + 1, hours)?))) else {
            at += 1;
            continue;
        };
        let unread = words.get(start..at).unwrap_or_default();
        // What could not be read on the lines before is no part of the name.
        let of_name: Vec<&str> = unread.iter().filter(|other| other.line == word.line).map(|word| word.text).collect();
        if of_name.len() < unread.len() {
            tell_unread(unread, log);
        }
        let named = (!of_name.is_empty() && of_name.len() <= NAME_WORDS_MAX).then(|| of_name.join(" "));
        // A line without a name goes on with the place of the line before.
        let place = named.or_else(|| places.last().map(|last| last.place.clone()).filter(|_| of_name.is_empty()));
        match place {
            Some(place) => places.push(PlaceProbability { position: place::of_sea_point(&place), place, kt, periods }),
            None => tell_unread(words.get(at..=at).unwrap_or_default(), log),
        }
        (at, start) = (after, after);
    }
    tell_unread(words.get(start..at).unwrap_or_default(), log);
    places
}

fn tell_unread(words: &[Word<'_>], log: &mut FaultLog) {
    if let Some(first) = words.first() {
        let what = format!(
            "a line of the table cannot be read and is left out: `{}`",
            first.text.chars().take(40).collect::<String>()
        );
        log.push(Fault::minor(Place::line(first.line), what));
    }
}

/// As many columns as there are hours, from a word on; and the word after them.
fn periods(words: &[Word<'_>], from: usize, hours: &[i32]) -> Option<(Vec<PeriodProbability>, usize)> {
    let mut cells = Cells { words, at: from, rest: "" };
    let mut periods = Vec::with_capacity(hours.len());
    for (column, tau_h) in hours.iter().enumerate() {
        let onset = cells.chance()?;
        let cumulative = if column == 0 { onset } else { cells.bracketed()? };
        periods.push(PeriodProbability { tau_h: *tau_h, onset, cumulative });
    }
    (cells.rest.is_empty()).then_some((periods, cells.at))
}

/// The cells of a row: `X   X( X)  11(11)` has blanks within them, or none between.
struct Cells<'a, 'b> {
    words: &'b [Word<'a>],
    at: usize,
    rest: &'a str,
}

impl Cells<'_, '_> {
    fn fill(&mut self) -> Option<()> {
        if self.rest.is_empty() {
            self.rest = self.words.get(self.at)?.text;
            self.at += 1;
        }
        Some(())
    }

    /// `X` or a whole number of per cent, as a part of one.
    fn chance(&mut self) -> Option<f64> {
        self.fill()?;
        if let Some(rest) = self.rest.strip_prefix('X') {
            self.rest = rest;
            return Some(0.0);
        }
        let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = self.rest.split_at_checked(digits)?;
        let per_cent: f64 = number.parse().ok().filter(|value| (0.0..=100.0).contains(value))?;
        self.rest = rest;
        Some(per_cent / 100.0)
    }

    fn bracketed(&mut self) -> Option<f64> {
        self.take('(')?;
        let chance = self.chance()?;
        self.take(')')?;
        Some(chance)
    }

    fn take(&mut self, c: char) -> Option<()> {
        self.fill()?;
        self.rest = self.rest.strip_prefix(c)?;
        Some(())
    }
}

fn hazard(
    format: &'static str,
    heading: Heading,
    description: Option<String>,
    probabilities: Vec<PlaceProbability>,
    (onset, expires): (Timestamp, Option<Timestamp>),
    bulletin: &Bulletin,
) -> Hazard {
    let scheme = if cyclone::is_atcf_key(&heading.key) { "atcf:" } else { "" };
    let id = HazardId::new(format!("{scheme}{}:PWS", heading.key));
    let told = HazardText {
        lang: "en".to_owned(),
        event: heading.designation,
        headline: Some(heading.title),
        description,
        instruction: None,
    };
    Hazard {
        name: heading.name,
        issued: Some(heading.issued),
        onset: Some(onset),
        expires,
        status: heading.status,
        urgency: Urgency::Expected,
        certainty: Certainty::Possible,
        texts: vec![told],
        probabilities,
        ..Hazard::new(id, "nhc", format, &bulletin.hash, &heading.key, HazardKind::TropicalCyclone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOURS_HERE: [i32; 3] = [12, 24, 36];

    fn read_rows(text: &str) -> (Vec<PlaceProbability>, usize) {
        let mut log = FaultLog::default();
        let rows = rows(&plain::words(text), &HOURS_HERE, &mut log);
        (rows, log.into_faults().len())
    }

    type Row<'a> = (&'a str, u32, [(u32, u32); 3]);

    /// Place, threshold, and each period's onset and cumulative chance in per cent.
    #[track_caller]
    fn check(text: &str, expected: &[Row<'_>], faults: usize) {
        let (rows, told) = read_rows(text);
        let per_cent = |chance: f64| format!("{:.0}", chance * 100.0).parse::<u32>().unwrap();
        let read: Vec<_> = rows
            .iter()
            .map(|row| {
                let periods: Vec<_> = row.periods.iter().map(|p| (per_cent(p.onset), per_cent(p.cumulative))).collect();
                (row.place.as_str(), row.kt, <[(u32, u32); 3]>::try_from(periods).unwrap())
            })
            .collect();
        assert_eq!((read.as_slice(), told), (expected, faults), "{text}");
    }

    #[test]
    fn cells() {
        check("TAMPA FL       34 13   7(20)   4(24)\n", &[("TAMPA FL", 34, [(13, 13), (7, 20), (4, 24)])], 0);
        check("TAMPA FL       50  X   X( X)   1( 1)\n", &[("TAMPA FL", 50, [(0, 0), (0, 0), (1, 1)])], 0);
        check("COZUMEL MX     34100   X(99)  X(100)\n", &[], 1);
        check("COZUMEL MX     34 99   X(99) 1(100)\n", &[("COZUMEL MX", 34, [(99, 99), (0, 99), (1, 100)])], 0);
    }

    #[test]
    fn names() {
        let chances = [(1, 1), (0, 1), (0, 1)];
        check("GFMX 290N 850W 34  1   X( 1)   X( 1)", &[("GFMX 290N 850W", 34, chances)], 0);
        check("BUOY 51050 34  1   X( 1)   X( 1)", &[("BUOY 51050", 34, chances)], 0);
        check(
            "A 34 1 X(1) X(1)\n 50 1 X(1) X(1) \n B 64 1 X(1) X(1) $$ FORECASTER X",
            &[("A", 34, chances), ("A", 50, chances), ("B", 64, chances)],
            0,
        );
    }

    #[test]
    fn lines_that_cannot_be_read_are_told() {
        let chances = [(1, 1), (0, 1), (0, 1)];
        check("A 34 1 X(1)\nB 34 1 X(1) X(1)", &[("B", 34, chances)], 1);
        check("A 34 ? X(1) X(1)\nB 34 1 X(1) X(1)\nC 34 1 X(1", &[("B", 34, chances)], 2);
        check("34 1 X(1) X(1)", &[], 1);
    }

    #[test]
    fn hours_of_the_last_such_line() {
        let mut log = FaultLog::default();
        let words = plain::words("FORECAST HOUR 12 24 - -\nDISSIPATED 2 6\nFORECAST HOUR    (12)   (24)  (60)\n- - -");
        assert_eq!(hours(&words, &mut log), [12, 24, 60]);
        assert_eq!(hours(&plain::words("FORECAST HOUR (24) (12)"), &mut log), HOURS);
        assert_eq!(log.into_faults().len(), 1);
    }
}
