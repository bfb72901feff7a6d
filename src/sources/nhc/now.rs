//! Public advisories, updates, position estimates and discussions: where the storm is now, and the table of forecast
//! positions that discussions and inland advisories end with.
//!
//! Winds come in miles an hour, rounded to 5 from NHC's multiples of 5 kt: 85 mph is 75 kt, 150 mph 130 kt. The nearest
//! multiple of 5 kt is the one that was rounded, for all winds from 20 to 185 kt (checked over all of them in the tests).

use super::plain::{self, Word};
use super::product::{self, Heading};
use super::{FORMAT, place, when};
use crate::domain::{
    Averaging, Bulletin, Fault, Fix, Hazard, HazardId, HazardKind, HazardText, NMI_KM, Place, Position, Technique,
    Timestamp,
};
use crate::sources::formats::cyclone::{self, Cyclone};
use crate::sources::formats::fault_log::FaultLog;
use crate::sources::nhc_tcm::synoptic;

/// One statute mile in kilometres, exactly (NIST Handbook 44, appendix C).
const MILE_KM: f64 = 1.609_344;

/// Miles an hour as NHC has them in knots.
pub(super) fn knots_of_mph(mph: f64) -> Option<f64> {
    let kt = mph * MILE_KM / NMI_KM;
    // What is no multiple of 5 was not rounded by NHC.
    let as_nhc = if mph % 5.0 == 0.0 { (kt / 5.0).round() * 5.0 } else { cyclone::tenth(kt) };
    cyclone::sound_wind(as_nhc)
}

/// The storm as a summary tells it.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(super) struct Now {
    pub(super) position: Option<Position>,
    pub(super) vmax_kt: Option<f64>,
    pub(super) pmin_hpa: Option<f64>,
}

/// A public advisory, its translation, an update or an estimate.
pub(super) fn read(text: &str, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let capitals = text.to_ascii_uppercase();
    let words = plain::words(&capitals);
    let Some(heading) = heading(&words, bulletin, log) else { return Vec::new() };
    let body = words.get(heading.at..).unwrap_or_default();
    let now = summary(body);
    if !has_end(body) {
        let what = "the text breaks off before its end (`$$`)";
        log.push(Fault::fatal(Place::line(words.last().map_or(1, |word| word.line)), what).hint("fetch it again"));
    }
    let mut hazards = vec![of_now(text, &words, &heading, now, bulletin)];
    hazards.extend(forecast(body, &heading, bulletin, log));
    hazards
}

/// A discussion: its table, and the words.
pub(super) fn read_discussion(text: &str, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let capitals = text.to_ascii_uppercase();
    let words = plain::words(&capitals);
    let Some(heading) = heading(&words, bulletin, log) else { return Vec::new() };
    let body = words.get(heading.at..).unwrap_or_default();
    let Some(mut hazard) = forecast(body, &heading, bulletin, log) else {
        let what = "the discussion has no table of forecast positions; nothing in it warns";
        log.push(Fault::minor(Place::default().field("forecast positions"), what));
        return Vec::new();
    };
    let issue_line = words.get(heading.at).map_or(1, |word| word.line);
    let table = product::find(&words, "FORECAST POSITIONS").and_then(|at| words.get(at)).map_or(u32::MAX, |w| w.line);
    if let Some(told) = hazard.texts.first_mut() {
        told.description = product::lines_between(text, issue_line, table);
    }
    vec![hazard]
}

fn heading(words: &[Word<'_>], bulletin: &Bulletin, log: &mut FaultLog) -> Option<Heading> {
    product::heading(words, None, bulletin, log).or_else(|| {
        log.add(true, || Fault::fatal(Place::default().field("heading"), "the heading names no storm, or no time"));
        None
    })
}

fn has_end(words: &[Word<'_>]) -> bool {
    words.iter().any(|word| matches!(word.text, "$$" | "NNNN" | "FORECASTER" | "PRONOSTICADOR"))
}

/// The block of figures, or else the sentences that say the same.
fn summary(words: &[Word<'_>]) -> Now {
    let after = |names: &[&str]| words.iter().position(|word| names.contains(&word.text));
    let by_block = after(&["LOCATION", "LOCALIZACION", "LOCALIZACIÓN"]).and_then(|at| place::at(words, at + 2));
    let by_sentence = || {
        let lat = after(&["LATITUDE", "LATITUD"])?;
        let lon = lat + words.get(lat..)?.iter().take(12).position(|w| matches!(w.text, "LONGITUDE" | "LONGITUD"))?;
        // Joined, the two read as a position of four words.
        let joined: Vec<Word<'_>> =
            [lat + 1, lat + 2, lon + 1, lon + 2].iter().filter_map(|at| words.get(*at).copied()).collect();
        place::at(&joined, 0)
    };
    let position = by_block.or_else(by_sentence).map(|(position, _)| position);
    let winds = ["MAXIMUM SUSTAINED WINDS", "VIENTOS MAXIMOS SOSTENIDOS", "VIENTOS MÁXIMOS SOSTENIDOS"];
    let pressure = ["CENTRAL PRESSURE", "PRESION CENTRAL MINIMA", "PRESIÓN CENTRAL MÍNIMA"];
    Now {
        position,
        vmax_kt: measure(words, &winds, "MPH").and_then(knots_of_mph),
        pmin_hpa: measure(words, &pressure, "MB").and_then(cyclone::sound_pressure),
    }
}

/// The number before a unit, soon after one of these phrases.
fn measure(words: &[Word<'_>], phrases: &[&str], unit: &str) -> Option<f64> {
    let from =
        phrases.iter().find_map(|phrase| product::find(words, phrase).map(|at| at + phrase.split(' ').count()))?;
    let near = words.get(from..)?.iter().take(12);
    let numbers: Vec<&Word<'_>> = near.collect();
    numbers.windows(2).find_map(|pair| match pair {
        [number, of] if of.text == unit => number.text.parse().ok().filter(|value: &f64| value.is_finite()),
        _ => None,
    })
}

fn language(text: &str) -> &'static str {
    let capitals = text.get(..600.min(text.len())).map(str::to_ascii_uppercase).unwrap_or_default();
    if capitals.contains("ADVERTENCIA") { "es" } else { "en" }
}

/// The hazard of the storm as it is now. Without a position it has no track, and an id of its own, so that it takes the
/// place of none that has one.
fn of_now(text: &str, words: &[Word<'_>], heading: &Heading, now: Now, bulletin: &Bulletin) -> Hazard {
    let issue_line = words.get(heading.at).map_or(1, |word| word.line);
    let summary_line = line_of(words, "SUMMARY OF").or_else(|| line_of(words, "RESUMEN DE")).unwrap_or(u32::MAX);
    let headline = product::lines_between(text, issue_line, summary_line.min(issue_line.saturating_add(14)));
    let told = HazardText {
        lang: language(text).to_owned(),
        event: heading.designation.clone(),
        headline: headline.as_deref().and_then(headline_of).or_else(|| Some(heading.title.clone())),
        description: product::lines_between(text, issue_line, end_line(words, heading.at)),
        instruction: None,
    };
    let mut hazard = of_summary(heading, now, product::is_last(words), bulletin);
    hazard.texts = vec![told];
    hazard
}

/// The line where the words on the storm end.
fn end_line(words: &[Word<'_>], from: usize) -> u32 {
    let rest = words.get(from..).unwrap_or_default();
    rest.iter().find(|word| matches!(word.text, "$$" | "NNNN")).map_or(u32::MAX, |word| word.line)
}

fn line_of(words: &[Word<'_>], phrase: &str) -> Option<u32> {
    product::find(words, phrase).and_then(|at| words.get(at)).map(|word| word.line)
}

/// The lines between dots, joined: `...IDA NEARS THE COAST...`.
fn headline_of(lines: &str) -> Option<String> {
    let mut inside = false;
    let mut kept: Vec<&str> = Vec::new();
    for line in lines.lines() {
        inside |= line.starts_with("...");
        if inside {
            kept.push(line);
            inside = !line.ends_with("...");
        }
    }
    let joined = kept.join(" ");
    let parts: Vec<&str> = joined.split("...").map(str::trim).filter(|part| !part.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// A track of the one fix that a summary gives.
pub(super) fn of_summary(heading: &Heading, now: Now, is_last: bool, bulletin: &Bulletin) -> Hazard {
    let fix = now.position.map(|position| Fix {
        vmax_kt: now.vmax_kt,
        pmin_hpa: now.pmin_hpa,
        ..Fix::at(heading.issued, 0, position)
    });
    let has_fix = fix.is_some();
    let cyclone = Cyclone {
        issued: Some(heading.issued),
        name: heading.name.clone(),
        fixes: fix.into_iter().collect(),
        status: heading.status,
        is_last,
        ..Cyclone::new(FORMAT, "nhc", heading.key.clone(), "CURR", Technique::Analysis, Averaging::OneMinute)
    };
    let hazard = cyclone.into_hazard(bulletin);
    if has_fix {
        return hazard;
    }
    let id = hazard.id.as_str().replace(":CURR", ":TEXT");
    Hazard { id: HazardId::new(id), kind: HazardKind::TropicalCyclone, ..hazard }
}

/// `INIT  31/2100Z 15.9N  20.0W   30 KT  35 MPH` and the lines for the hours after, if there are any.
fn forecast(words: &[Word<'_>], heading: &Heading, bulletin: &Bulletin, log: &mut FaultLog) -> Option<Hazard> {
    let start = words.iter().position(|word| word.text == "INIT" || word.text == "INITIAL")?;
    let mut fixes: Vec<Fix> = Vec::new();
    let mut base: Option<Timestamp> = None;
    for at in start..words.len() {
        let text = |at: usize| words.get(at).map_or("", |word| word.text);
        let is_row = text(at) == "INIT" || text(at) == "INITIAL" || is_hours(text(at), text(at + 1));
        let from = at + 1 + usize::from(text(at + 1) == "HR") + usize::from(matches!(text(at + 1), "VT"));
        let Some(time) = when::day_and_time(text(from), heading.issued).filter(|_| is_row) else { continue };
        let Some((position, after)) = place::at(words, from + 1) else { continue };
        if fixes.last().is_some_and(|last| last.time >= time) {
            let line = words.get(at).map_or(1, |word| word.line);
            log.push(Fault::minor(
                Place::line(line),
                "a forecast position is not later than the one before; it is left out",
            ));
            continue;
        }
        let base = *base.get_or_insert_with(|| synoptic(time));
        let tau_h = i32::try_from(time.duration_since(base).as_hours()).unwrap_or(0);
        let vmax = text(after).parse().ok().filter(|_| text(after + 1) == "KT").and_then(cyclone::sound_wind);
        fixes.push(Fix { vmax_kt: vmax, ..Fix::at(time, tau_h, position) });
    }
    let told = HazardText {
        lang: "en".to_owned(),
        event: heading.designation.clone(),
        headline: Some(heading.title.clone()),
        ..HazardText::default()
    };
    let cyclone = Cyclone {
        issued: Some(heading.issued),
        name: heading.name.clone(),
        texts: vec![told],
        status: heading.status,
        ..Cyclone::new(FORMAT, "nhc", heading.key.clone(), "FCST", Technique::Guidance, Averaging::OneMinute)
    };
    (!fixes.is_empty()).then(|| Cyclone { fixes, ..cyclone }.into_hazard(bulletin))
}

/// `12H`, or `12HR` and `12 HR` of older texts.
fn is_hours(word: &str, next: &str) -> bool {
    let digits = word.trim_end_matches(['H', 'R']);
    let is_number = !digits.is_empty() && digits.len() <= 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number && (digits.len() < word.len() || next == "HR")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn miles_an_hour_come_back_as_the_knots_that_they_were() {
        for step in 4..=37 {
            let kt = f64::from(step) * 5.0;
            let mph = (kt * NMI_KM / MILE_KM / 5.0).round() * 5.0;
            assert_eq!(knots_of_mph(mph), Some(kt), "{mph} mph");
        }
        assert_eq!(knots_of_mph(37.0), Some(32.2));
        assert_eq!(knots_of_mph(0.0), None);
    }

    #[track_caller]
    fn check(text: &str, expected: (Option<(f64, f64)>, Option<f64>, Option<f64>)) {
        let now = summary(&plain::words(text));
        let position = now.position.map(|position| (position.lat(), position.lon()));
        assert_eq!((position, now.vmax_kt, now.pmin_hpa), expected, "{text}");
    }

    #[test]
    fn summaries() {
        check(
            "LOCATION...28.5N 89.6W\nMAXIMUM SUSTAINED WINDS...150 MPH...240 KM/H\n\
             MINIMUM CENTRAL PRESSURE...933 MB...27.55 INCHES",
            (Some((28.5, -89.6)), Some(130.0), Some(933.0)),
        );
        check(
            "LOCALIZACION...14.7 NORTE 82.0 OESTE\nVIENTOS MAXIMOS SOSTENIDOS...120 MPH...195 KM/H\n\
             PRESION CENTRAL MINIMA...957 MB...28.26 PULGADAS",
            (Some((14.7, -82.0)), Some(105.0), Some(957.0)),
        );
        check(
            "WAS LOCATED NEAR LATITUDE 28.3 NORTH...LONGITUDE 85.9 WEST.\nMAXIMUM SUSTAINED WINDS REMAIN NEAR 60 MPH",
            (Some((28.3, -85.9)), Some(50.0), None),
        );
        check("NOTHING", (None, None, None));
    }

    #[test]
    fn hours_of_the_table() {
        for (word, next) in [("12H", "01/0600Z"), ("120H", ""), ("12HR", ""), ("12", "HR")] {
            assert!(is_hours(word, next), "{word}");
        }
        for (word, next) in [("12", "KT"), ("H", ""), ("1200H", ""), ("", "HR")] {
            assert!(!is_hours(word, next), "{word}");
        }
    }
}
