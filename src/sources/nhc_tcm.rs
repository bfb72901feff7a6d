//! NHC's and CPHC's forecast/advisory texts (TCM), 1991 to now, bare or in a web page.
//!
//! In: `HURRICANE ZETA FORECAST/ADVISORY NUMBER 10` and what follows; line breaks may be lost (RSS relays). Out: one
//! hazard with the technique `OFCL`: the centre now, the forecasts and the outlook.
//! Conventions (nhc.noaa.gov/aboutnhcprod.shtml and NWSI 10-601): winds are 1-minute means in knots, radii nautical
//! miles in the quadrants NE SE SW NW (0 = none there), times UTC with the day of the month alone: month and year come from
//! the issue line. The hours (`tau_h`) are counted from the synoptic time (00, 06, 12, 18 UTC) at or before the centre's
//! time, as in the ATCF decks: of an advisory at 0300 the centre is at hour 3 and the first forecast at hour 12.
//! The key is the ATCF id of the heading, or as `nhc::product` says.
//! Never: a fix for `DISSIPATED` or `ABSORBED`, which give no position; the position of three hours before, which has no
//! wind (it stays in the description, as do movement, eye and seas); a radius of maximum wind out of the eye's diameter.

use super::Source;
use super::formats::cyclone::{self, Cyclone};
use super::formats::fault_log::FaultLog;
use super::formats::text;
use super::nhc::plain::{self, Word};
use super::nhc::product::{self, Heading, Kind};
use super::nhc::{place, when};
use crate::domain::{
    Averaging, Bulletin, Fault, Fix, Hazard, HazardText, Parsed, Place, Position, Span, Technique, Timestamp, Urgency,
};

/// Forecast/advisory texts. The format is `nhc-tcm`.
#[derive(Debug)]
pub struct NhcTcm;

/// Quadrants in the order of the texts and of the radii.
const QUADRANTS: [&str; 4] = ["NE", "SE", "SW", "NW"];
/// More forecasts in one text than NHC has ever given (12 h steps to five days are nine).
const BLOCKS_MAX: usize = 60;

impl Source for NhcTcm {
    fn id(&self) -> &'static str {
        "nhc-tcm"
    }

    fn recognises(&self, body: &[u8]) -> bool {
        plain::head(body).is_some_and(|head| {
            let capitals = head.to_ascii_uppercase();
            product::kind(&plain::words(&capitals)) == Some(Kind::ForecastAdvisory)
        })
    }

    fn parse(&self, bulletin: &Bulletin) -> Parsed {
        let mut log = FaultLog::default();
        let text = text::of_bulletin(bulletin, &mut log);
        let hazards = read(self.id(), &text, bulletin, &mut log).into_iter().collect();
        Parsed { hazards, faults: log.into_faults(), ..Parsed::default() }
    }
}

/// What is said of one time.
#[derive(Debug, Default)]
struct Block {
    time: Option<Timestamp>,
    position: Option<Position>,
    vmax_kt: Option<f64>,
    gust_kt: Option<f64>,
    pmin_hpa: Option<f64>,
    radii: Vec<(u32, [f64; 4])>,
    line: u32,
}

/// The hazard of one text.
pub(super) fn read(format: &'static str, text: &str, bulletin: &Bulletin, log: &mut FaultLog) -> Option<Hazard> {
    let text = plain::plain(text);
    let capitals = text.to_ascii_uppercase();
    let words = plain::words(&capitals);
    let centre = centre(&words);
    let Some((at, position)) = centre else {
        let what = "the text has no `CENTER LOCATED NEAR` with a position and a time";
        log.push(Fault::fatal(Place::default(), what).hint("is it a forecast/advisory, and whole? fetch it again"));
        return None;
    };
    let heading = product::heading(&words, Some(position), bulletin, log).or_else(|| {
        log.add(true, || Fault::fatal(Place::default().field("heading"), "the heading names no storm"));
        None
    })?;
    if !heading.says_kind {
        let what = format!("the heading `{}` does not say what kind of storm it is", short(&heading.title));
        log.push(Fault::fatal(Place::default().field("heading"), what));
    }
    let blocks = blocks(&words, at, position, heading.issued, log);
    if !has_end(&words) {
        let what = "the text breaks off before its end (`NEXT ADVISORY`, `FORECASTER` or `$$`)";
        log.push(Fault::fatal(Place::line(words.last().map_or(1, |word| word.line)), what).hint("fetch it again"));
    }
    let fixes = fixes(blocks, heading.issued, log);
    Some(hazard(format, &text, &words, heading, fixes, bulletin))
}

fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

/// Where the centre's sentence ends, and the position; that of `REPEAT` when there is no other.
fn centre(words: &[Word<'_>]) -> Option<(usize, Position)> {
    (0..words.len()).find_map(|at| {
        let is_centre =
            word(words, at) == "LOCATED" && !matches!(at.checked_sub(1).map(|at| word(words, at)), Some("WAS"));
        let from = (at + 1..at + 3).find(|from| is_centre && !matches!(word(words, *from), "NEAR" | "AT"))?;
        let (position, after) = place::at(words, from)?;
        (word(words, after) == "AT" && word(words, after + 1).contains('/')).then_some((after + 1, position))
    })
}

fn word<'a>(words: &[Word<'a>], at: usize) -> &'a str {
    words.get(at).map_or("", |word| word.text)
}

fn number(words: &[Word<'_>], at: usize) -> Option<f64> {
    word(words, at).parse().ok().filter(|value: &f64| value.is_finite())
}

/// The centre now, then every forecast with a time.
fn blocks(words: &[Word<'_>], at: usize, position: Position, issued: Timestamp, log: &mut FaultLog) -> Vec<Block> {
    let line = |at: usize| words.get(at).map_or(1, |word| word.line);
    let time = when::day_and_time(word(words, at), issued);
    if time.is_none() {
        log.push(Fault::minor(Place::line(line(at)), "the time of the centre cannot be read; the issue time is used"));
    }
    let mut now = Block { time: time.or(Some(issued)), position: Some(position), line: line(at), ..Block::default() };
    let mut done: Vec<Block> = Vec::new();
    for at in at + 1..words.len() {
        match word(words, at) {
            "VALID" if matches!(word(words, at - 1), "FORECAST" | "OUTLOOK") => {
                if done.len() == BLOCKS_MAX {
                    log.push(Fault::fatal(
                        Place::line(line(at)),
                        "more forecasts than one text can have; the rest is left out",
                    ));
                    break;
                }
                done.push(std::mem::replace(&mut now, forecast(words, at + 1, issued, log)));
            }
            "MAX" => wind(words, at, &mut now),
            "PRESSURE" => now.pmin_hpa = now.pmin_hpa.or_else(|| cyclone::sound_pressure(number(words, at + 1)?)),
            "KT" => now.radii.extend(radii(words, at)),
            _ => {}
        }
    }
    done.push(now);
    done
}

/// `FORECAST VALID` 28/0000Z 23.1N 90.7W...OVER WATER; without a position the storm is gone by then.
fn forecast(words: &[Word<'_>], at: usize, issued: Timestamp, log: &mut FaultLog) -> Block {
    let line = words.get(at).map_or(1, |word| word.line);
    let time = when::day_and_time(word(words, at), issued);
    let position = place::at(words, at + 1).map(|(position, _)| position);
    let goes = ["DISSIPATED", "ABSORBED", "DISSIPATING", "MERGED", "DISSIPATION"];
    let is_gone = (at + 1..at + 6).any(|at| goes.contains(&word(words, at)));
    if time.is_none() {
        log.push(Fault::minor(Place::line(line).field("valid"), "a forecast's time cannot be read; it is left out"));
    } else if position.is_none() && !is_gone {
        log.push(Fault::minor(Place::line(line).field("position"), "a forecast has no position; it is left out"));
    }
    Block { time, position, line, ..Block::default() }
}

/// `MAX SUSTAINED WINDS 70 KT WITH GUSTS TO 85 KT`, `MAX WIND 70 KT...GUSTS 85 KT`.
fn wind(words: &[Word<'_>], at: usize, block: &mut Block) {
    let from = at + 1 + usize::from(word(words, at + 1) == "SUSTAINED");
    if !matches!(word(words, from), "WIND" | "WINDS") || word(words, from + 2) != "KT" || block.vmax_kt.is_some() {
        return;
    }
    block.vmax_kt = number(words, from + 1).and_then(cyclone::sound_wind);
    if let Some(gusts) = (from + 3..from + 6).find(|at| word(words, *at) == "GUSTS") {
        let from = gusts + 1 + usize::from(word(words, gusts + 1) == "TO");
        block.gust_kt = number(words, from).filter(|_| word(words, from + 1) == "KT").and_then(cyclone::sound_wind);
    }
}

/// `64 KT... 40NE  40SE   0SW   0NW`, and of 1991 `34 KT WINDS  50NE …`; in nautical miles.
fn radii(words: &[Word<'_>], at: usize) -> Option<(u32, [f64; 4])> {
    let kt = word(words, at.checked_sub(1)?).parse().ok().filter(|kt| (20..=120).contains(kt))?;
    let from = (at + 1..at + 4).find(|at| !matches!(word(words, *at), "..." | "WINDS" | "WIND"))?;
    let mut nmi = [None; 4];
    for at in from..from + 4 {
        let (radius, quadrant) = quadrant(word(words, at))?;
        if let Some(slot) = nmi.get_mut(quadrant) {
            *slot = Some(radius);
        }
    }
    let [Some(ne), Some(se), Some(sw), Some(nw)] = nmi else { return None };
    Some((kt, [ne, se, sw, nw]))
}

/// `120NE` is 120 in quadrant 0.
fn quadrant(word: &str) -> Option<(f64, usize)> {
    let digits = word.find(|c: char| !c.is_ascii_digit()).filter(|digits| (1..=4).contains(digits))?;
    let (radius, name) = word.split_at_checked(digits)?;
    let quadrant = QUADRANTS.iter().position(|quadrant| *quadrant == name)?;
    Some((radius.parse().ok()?, quadrant))
}

/// True when the text has come to its end.
fn has_end(words: &[Word<'_>]) -> bool {
    words.iter().any(|word| matches!(word.text, "$$" | "NNNN" | "FORECASTER"))
        || product::contains(words, "NEXT ADVISORY")
        || product::contains(words, "THIS IS THE LAST")
}

/// The synoptic time at or before an instant.
pub(super) fn synoptic(time: Timestamp) -> Timestamp {
    let seconds = time.as_second().rem_euclid(6 * 3_600);
    time.checked_sub(Span::from_secs(seconds)).unwrap_or(time)
}

fn fixes(blocks: Vec<Block>, issued: Timestamp, log: &mut FaultLog) -> Vec<Fix> {
    let base = synoptic(blocks.first().and_then(|block| block.time).unwrap_or(issued));
    let mut fixes: Vec<Fix> = Vec::with_capacity(blocks.len());
    for block in blocks {
        let (Some(time), Some(position)) = (block.time, block.position) else { continue };
        if fixes.last().is_some_and(|last| last.time >= time) {
            let what = "a forecast is not for a later time than the one before it; it is left out";
            log.push(Fault::minor(Place::line(block.line).field("valid"), what));
            continue;
        }
        let tau_h = i32::try_from(time.duration_since(base).as_hours()).unwrap_or(0);
        let in_km = |(kt, nmi): (u32, [f64; 4])| cyclone::radii(kt, nmi.map(cyclone::km_of_nmi));
        fixes.push(Fix {
            vmax_kt: block.vmax_kt,
            gust_kt: block.gust_kt,
            pmin_hpa: block.pmin_hpa,
            radii: block.radii.into_iter().filter_map(in_km).collect(),
            ..Fix::at(time, tau_h, position)
        });
    }
    fixes
}

fn hazard(
    format: &'static str,
    text: &str,
    words: &[Word<'_>],
    heading: Heading,
    fixes: Vec<Fix>,
    bulletin: &Bulletin,
) -> Hazard {
    let issue_line = words.get(heading.at).map_or(1, |word| word.line);
    let repeat = words.iter().find(|word| matches!(word.text, "REPEAT" | "VALID")).map_or(u32::MAX, |word| word.line);
    let now = fixes.first().and_then(|fix| fix.vmax_kt);
    let told = HazardText {
        lang: "en".to_owned(),
        event: heading.designation,
        headline: Some(heading.title),
        description: product::lines_between(text, issue_line, repeat),
        instruction: None,
    };
    let cyclone = Cyclone {
        issued: Some(heading.issued),
        name: heading.name,
        fixes,
        texts: vec![told],
        status: heading.status,
        is_last: product::is_last(words),
        ..Cyclone::new(format, "nhc", heading.key, "OFCL", Technique::Official, Averaging::OneMinute)
    };
    // The centre is given for the issue time, not for hour 0: its wind is the wind now.
    let urgency = if now.is_some_and(|vmax| vmax >= 34.0) { Urgency::Immediate } else { Urgency::Expected };
    Hazard { urgency, ..cyclone.into_hazard(bulletin) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FeedId;

    const HEAD: &str = "HURRICANE IDA FORECAST/ADVISORY NUMBER 12\nNWS NATIONAL HURRICANE CENTER MIAMI FL AL092021\n\
        0900 UTC SUN AUG 29 2021\n\nHURRICANE CENTER LOCATED NEAR 28.0N  89.1W AT 29/0900Z\n";

    fn parse(text: &str) -> Parsed {
        NhcTcm.parse(&Bulletin::new(FeedId::new("t"), "", "t", Timestamp::UNIX_EPOCH, text.as_bytes().to_vec()))
    }

    /// Hour, wind, gust and the number of radii of each fix.
    #[track_caller]
    fn check(body: &str, expected: &[(i32, Option<f64>, Option<f64>, usize)], faults: usize) {
        let parsed = parse(&format!("{HEAD}{body}\nNEXT ADVISORY AT 29/1500Z\n"));
        assert_eq!(parsed.faults.len(), faults, "{:?}", parsed.faults);
        let track = parsed.hazards.into_iter().next().unwrap().track.unwrap();
        let read: Vec<_> = track.fixes.iter().map(|f| (f.tau_h, f.vmax_kt, f.gust_kt, f.radii.len())).collect();
        assert_eq!(read, expected, "{body}");
    }

    #[test]
    fn winds_and_radii() {
        check(
            "MAX SUSTAINED WINDS 130 KT WITH GUSTS TO 160 KT.\n64 KT....... 45NE  35SE  20SW  30NW.\n\
             12 FT SEAS..180NE 180SE 150SW 120NW.\nFORECAST VALID 29/1800Z 29.2N  90.4W...ON THE COAST\n\
             MAX WIND 135 KT...GUSTS 165 KT.\n34 KT...130NE 110SE  90SW 100NW.\n50 KT...  0NE   0SE   0SW   0NW.",
            &[(3, Some(130.0), Some(160.0), 1), (12, Some(135.0), Some(165.0), 1)],
            0,
        );
        check("34 KT... 45NE  35SE  20SW.\n34 KT... 45NE XXSE  20SW  30NW.", &[(3, None, None, 0)], 0);
        check("RADIUS IN NM OF 34 KT WINDS           50NE  50SE  50SW  50NW.", &[(3, None, None, 1)], 0);
        check("MAX SUSTAINED WINDS 999 KT WITH GUSTS TO 0 KT.", &[(3, None, None, 0)], 0);
    }

    #[test]
    fn storms_that_go_have_no_fix() {
        check("FORECAST VALID 30/0600Z...DISSIPATED", &[(3, None, None, 0)], 0);
        check("OUTLOOK VALID 02/0600Z...ABSORBED BY EXTRATROPICAL LOW", &[(3, None, None, 0)], 0);
        check("FORECAST VALID 30/0600Z...INLAND", &[(3, None, None, 0)], 1);
        check("FORECAST VALID 31/0600Z 33N", &[(3, None, None, 0)], 1);
    }

    #[test]
    fn times_that_do_not_advance() {
        let twice = "OUTLOOK VALID 30/0600Z 30.0N 90.0W\nOUTLOOK VALID 30/0600Z 31.0N 90.0W";
        check(twice, &[(3, None, None, 0), (24, None, None, 0)], 1);
        check("FORECAST VALID 01/0600Z 36.7N  85.2W", &[(3, None, None, 0), (69 + 3, None, None, 0)], 0);
    }

    #[test]
    fn lost_line_breaks_lose_the_description_alone() {
        let whole = format!("{HEAD}MAX SUSTAINED WINDS 130 KT WITH GUSTS TO 160 KT.\nREPEAT...CENTER\nNEXT ADVISORY");
        let flat = whole.replace('\n', " ");
        let (mut whole, mut flat) = (parse(&whole).hazards.remove(0), parse(&flat).hazards.remove(0));
        assert!(whole.texts[0].description.is_some());
        whole.texts[0].description = None;
        flat.bulletin = whole.bulletin.clone();
        assert_eq!(whole, flat);
    }

    #[test]
    fn what_lacks_is_fatal() {
        for text in
            [HEAD, &HEAD.replace("28.0N", ""), &HEAD.replace("0900 UTC", ""), &HEAD.replace("HURRICANE IDA", "IDA")]
        {
            assert!(parse(text).faults.iter().any(|fault| fault.is_fatal), "{text}");
        }
        let moved = format!("{HEAD}THIS IS THE LAST FORECAST/ADVISORY ISSUED ON IDA.");
        assert!(parse(&moved).hazards[0].is_last);
    }

    #[test]
    fn hours_are_counted_from_the_synoptic_time() {
        for (time, base) in
            [("2021-08-29T12:00:00Z", "2021-08-29T12:00:00Z"), ("2011-08-01T23:30:00Z", "2011-08-01T18:00:00Z")]
        {
            assert_eq!(synoptic(time.parse().unwrap()), base.parse().unwrap());
        }
    }
}
