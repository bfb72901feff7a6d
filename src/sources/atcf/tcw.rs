//! JTWC's `.tcw` files (JMV 3.0): the data lines of a warning, or of a formation alert, before and behind its prose.
//!
//! A warning has `WARNING ATCG MIL 17W …`, then `2026082212 17W SAUDEL …`, then a line each for `T000`, `T012` …:
//! position, wind, and radii by threshold and quadrant. A formation alert (`ALERT ATCF MIL 91X …`) has bare numbers:
//! the hour, two ends of a line and how far from it a storm may form, where the centre is; and at its end the past
//! track, `9126082000  95N1100W  15`. Longitudes of its numbers run from 0 to 360 east.

use super::row::{position, quadrants};
use super::told::Told;
use crate::domain::{
    Bulletin, Certainty, Fault, Fix, Footprint, Hazard, HazardText, NMI_KM, Place, Position, Span, Timestamp, WindRadii,
};
use crate::sources::formats::cyclone::{add_fix, in_order};
use crate::sources::formats::dates::{civil, date_time_group, near};
use crate::sources::formats::fault_log::FaultLog;
use crate::sources::formats::geometry::circles_along;
use crate::sources::formats::storm_key::{real_name, storm_of_code};
use crate::sources::jtwc::Prose;

/// The marks of the two kinds, within the first lines.
const WARNING_MARK: &str = "ATCG MIL";
const ALERT_MARK: &str = "ATCF MIL";
/// A mark stands within this many lines.
const MARK_LINES: usize = 4;
/// How long a formation alert holds.
const ALERT_VALID: Span = Span::from_hours(24);

/// True for a `.tcw` file, of a warning or a formation alert.
pub(super) fn is_tcw(text: &str) -> bool {
    text.lines().take(MARK_LINES).any(|line| line.contains(WARNING_MARK) || line.contains(ALERT_MARK))
}

/// The warning's forecast, or the alert's past track and area.
pub(super) fn read(text: &str, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let mut lines = (1..).zip(text.lines());
    let head: Vec<_> = text.lines().take(MARK_LINES).collect();
    let mark = lines.by_ref().find_map(|(_, line)| mark_of(line));
    let read = match mark {
        Some((true, code)) => read_warning(code, &head, lines, log).map(|told| told.into_hazard(bulletin)),
        Some((false, code)) => read_alert(code, lines, bulletin),
        None => None,
    };
    let Some(mut hazard) = read else {
        let what = "the data lines of the .tcw file cannot be read";
        log.push(Fault::fatal(Place::default(), what).hint("it was probably cut off on the way; fetch it again"));
        return Vec::new();
    };
    hazard.texts.extend(subject(text));
    vec![hazard]
}

/// Whether a line marks a warning, and the storm's number with its basin's letter (`17W`).
fn mark_of(line: &str) -> Option<(bool, &str)> {
    let (is_warning, (_, after)) = match line.split_once(WARNING_MARK) {
        Some(split) => (true, split),
        None => (false, line.split_once(ALERT_MARK)?),
    };
    after.split_whitespace().next().map(|code| (is_warning, code))
}

type Lines<'a> = std::iter::Zip<std::ops::RangeFrom<u32>, std::str::Lines<'a>>;

fn read_warning<'a>(code: &'a str, head: &[&str], mut lines: Lines<'a>, log: &mut FaultLog) -> Option<Told<'a>> {
    let (_, first) = lines.by_ref().find(|(_, line)| !line.trim().is_empty())?;
    let mut words = first.split_whitespace();
    let dtg = date_time_group(words.next()?)?;
    let name = words.nth(1).and_then(real_name);
    let mut fixes = Vec::new();
    for (number, line) in lines.by_ref() {
        let Some((tau_h, rest)) = forecast_hour(line) else {
            if line.trim() == "AMP" {
                break;
            }
            continue;
        };
        match read_fix(dtg, tau_h, rest) {
            Some(fix) => add_fix(&mut fixes, fix),
            None if rest.contains("DISS") => {}
            None => log.add(false, || Fault::minor(Place::line(number), "the forecast line has no position")),
        }
    }
    let fixes = in_order(fixes);
    let first = fixes.first()?.position;
    let (basin, number) = storm_of_code(code, Some(first))?;
    let prose = Prose::read(lines.flat_map(|(_, line)| line.split_whitespace()), dtg);
    let is_last = prose.is_last;
    let fixes = with_prose(fixes, prose);
    let (texts, footprint) = (Vec::new(), Footprint::default());
    let issued = issued(head, dtg);
    Some(Told { basin, number, first: dtg, technique: "JTWC".into(), issued, name, fixes, texts, footprint, is_last })
}

/// When a warning was issued: by its heading (`WTPN51 PGTW 221500`), or by the clock in its mark (`… NWP 260822133318`)
/// when that is later, for headings are sometimes left over from the warning before. Both follow the analysis, by three
/// hours or, for storms of the central Pacific, by up to ten: with the analysis's own time a warning would seem older
/// than the text of the one before.
fn issued(head: &[&str], dtg: Timestamp) -> Timestamp {
    let times = head.iter().filter_map(|line| heading_time(line, dtg).or_else(|| mark_time(line, dtg)));
    let is_sound = |issued: &Timestamp| (Span::ZERO..=Span::from_hours(24)).contains(&issued.duration_since(dtg));
    times.filter(is_sound).max().unwrap_or(dtg)
}

fn heading_time(line: &str, dtg: Timestamp) -> Option<Timestamp> {
    let mut words = line.split_whitespace();
    let is_heading = words.next()?.starts_with("WT") && words.next()?.len() == 4;
    let time = words.next().filter(|time| is_heading && time.len() == 6)?;
    let part = |from: usize| time.get(from..from + 2)?.parse::<i8>().ok();
    near(part(0)?, part(2)?, part(4)?, dtg)
}

fn mark_time(line: &str, dtg: Timestamp) -> Option<Timestamp> {
    let stamp = line.split_once(WARNING_MARK)?.1.split_whitespace().nth(2)?;
    civil(&format!("{}{stamp}", century(dtg)), 0).filter(|_| stamp.len() == 12)
}

/// The fixes with what only the prose says of them: gusts and the central pressure.
fn with_prose(fixes: Vec<Fix>, prose: Prose) -> Vec<Fix> {
    let is_known = |fix: &Fix| fixes.iter().any(|known| known.time == fix.time);
    let told: Vec<_> = prose.fixes.into_iter().filter(is_known).collect();
    in_order(fixes.into_iter().chain(told).collect())
}

/// `T012 211N 1425E …` gives 12 and what follows.
fn forecast_hour(line: &str) -> Option<(i32, &str)> {
    let rest = line.strip_prefix('T')?;
    let (hours, rest) = rest.split_once(' ')?;
    let is_hours = hours.len() == 3 && hours.bytes().all(|byte| byte.is_ascii_digit());
    hours.parse().ok().filter(|_| is_hours).map(|hours| (hours, rest))
}

/// `211N 1425E 115 R064 040 NE QD 040 SE QD …`
fn read_fix(dtg: Timestamp, tau_h: i32, text: &str) -> Option<Fix> {
    let mut words = text.split_whitespace().peekable();
    let position = position(words.next()?, words.next()?)?;
    let vmax_kt = words.next().and_then(|word| word.parse::<f64>().ok()).filter(|vmax| (1.0..=250.0).contains(vmax));
    let mut radii: Vec<WindRadii> = Vec::new();
    let mut threshold: Option<(u32, [f64; 4])> = None;
    while let Some(word) = words.next() {
        if let Some(kt) = word.strip_prefix('R').and_then(|kt| kt.parse().ok()) {
            radii.extend(threshold.replace((kt, [0.0; 4])).and_then(radii_of));
        } else if let (Ok(radius), Some((_, quadrant_radii)), Some(quadrant)) =
            (word.parse::<f64>(), threshold.as_mut(), words.peek())
        {
            let at = ["NE", "SE", "SW", "NW"].iter().position(|known| known == quadrant);
            if let Some(slot) = at.and_then(|at| quadrant_radii.get_mut(at)) {
                *slot = radius;
            }
        }
    }
    radii.extend(threshold.and_then(radii_of));
    let time = dtg.checked_add(Span::from_hours(i64::from(tau_h))).ok()?;
    Some(Fix { vmax_kt, radii, ..Fix::at(time, tau_h, position) })
}

fn radii_of((kt, radii_nmi): (u32, [f64; 4])) -> Option<WindRadii> {
    quadrants(kt, "NEQ", radii_nmi)?.ok()
}

/// The bare numbers of a formation alert, and its past track.
///
/// The threat is what may form, so that it is possible, not observed, and holds for the 24 hours that JTWC gives such
/// an alert ("within the next 24 hours"; reissued, raised or cancelled by then).
fn read_alert(code: &str, mut lines: Lines<'_>, bulletin: &Bulletin) -> Option<Hazard> {
    let mut next = || lines.by_ref().map(|(_, line)| line.trim()).find(|line| !line.is_empty());
    let dtg = date_time_group(next()?)?;
    let (from, to) = (degrees(next()?)?, degrees(next()?)?);
    let radius_km = next()?.parse::<f64>().ok().filter(|nmi| (1.0..=1_000.0).contains(nmi))? * NMI_KM;
    let centre = degrees(next()?)?;
    let issued = next().zip(next()).and_then(|(_, date)| issue_time(date, dtg)).unwrap_or(dtg);
    let past = lines.filter_map(|(_, line)| past_fix(code, line, dtg));
    let here = Fix::at(dtg, 0, centre);
    let fixes = in_order(past.chain(std::iter::once(here)).collect());
    let (basin, number) = storm_of_code(code, Some(centre))?;
    let first = fixes.first()?.time;
    let footprint = Footprint { polygons: Vec::new(), circles: circles_along(from, to, radius_km) };
    let told = Told {
        basin,
        number,
        first,
        technique: "TCFA".into(),
        issued,
        name: None,
        fixes,
        texts: Vec::new(),
        footprint,
        is_last: false,
    };
    let expires = issued.checked_add(ALERT_VALID).ok();
    Some(Hazard { onset: Some(issued), expires, certainty: Certainty::Possible, ..told.into_hazard(bulletin) })
}

/// `2608210600`, YYMMDDHHMM, within two days of the analysis; anything else is no issue time.
fn issue_time(text: &str, dtg: Timestamp) -> Option<Timestamp> {
    let (date, minutes) = text.split_at_checked(8)?;
    let hour = date_time_group(&format!("{}{date}", century(dtg)))?;
    let issued =
        hour.checked_add(Span::from_mins(minutes.parse::<i64>().ok().filter(|m| (0..60).contains(m))?)).ok()?;
    let age = issued.duration_since(dtg);
    (age >= Span::ZERO && age <= Span::from_hours(48)).then_some(issued)
}

/// The first two digits of a year.
fn century(at: Timestamp) -> i16 {
    at.to_zoned(jiff::tz::TimeZone::UTC).year() / 100
}

/// `8.4 246.4`: degrees north and degrees east.
fn degrees(text: &str) -> Option<Position> {
    let mut words = text.split_whitespace();
    Position::lat_lon(words.next()?.parse().ok()?, words.next()?.parse().ok()?).ok()
}

/// `9126082000  95N1100W  15`: number, YYMMDDHH, position, wind. The century is the alert's own.
fn past_fix(code: &str, line: &str, dtg: Timestamp) -> Option<Fix> {
    let (date, rest) = line.split_at_checked(10)?;
    let (lat, rest) = rest.split_at_checked(5)?;
    let (lon, vmax) = rest.split_at_checked(5)?;
    let date = date.strip_prefix(code.get(..2)?)?;
    let time = date_time_group(&format!("{}{date}", century(dtg))).filter(|time| *time <= dtg)?;
    let position = position(lat.trim(), lon.trim())?;
    let vmax_kt = vmax.trim().parse::<f64>().ok().filter(|vmax| (1.0..=250.0).contains(vmax));
    let tau_h = i32::try_from(time.duration_since(dtg).as_hours()).ok()?;
    Some(Fix { vmax_kt, ..Fix::at(time, tau_h, position) })
}

/// The line that says what the file is about, as a text.
fn subject(text: &str) -> Option<HazardText> {
    let line = text.lines().find_map(|line| line.strip_prefix("SUBJ"))?;
    let headline = line.trim_start_matches([':', '/', ' ']).trim_end_matches(['/', ' ', '\r']).trim();
    let event = if headline.contains("FORMATION ALERT") {
        "Tropical cyclone formation alert"
    } else {
        "Tropical cyclone warning"
    };
    let headline = (!headline.is_empty()).then(|| headline.to_owned());
    Some(HazardText { lang: "en".to_owned(), event: event.to_owned(), headline, ..HazardText::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forecast_line() {
        let dtg = "2026-08-22T12:00:00Z".parse().unwrap();
        let line = "T024 322N 1736W 065 R064 025 NE QD 020 SE QD 000 SW QD 030 NW QD R034 150 NE QD 110 SE QD 110 SW QD 140 NW QD ";
        let (tau_h, rest) = forecast_hour(line).unwrap();
        let fix = read_fix(dtg, tau_h, rest).unwrap();
        assert_eq!(fix.time, "2026-08-23T12:00:00Z".parse().unwrap());
        assert_eq!(fix.position, Position::lat_lon(32.2, -173.6).unwrap());
        assert_eq!(fix.vmax_kt, Some(65.0));
        let thresholds: Vec<_> = fix.radii.iter().map(|radii| (radii.kt, radii.ne_km, radii.sw_km)).collect();
        assert_eq!(thresholds, [(64, 46.3, 0.0), (34, 277.8, 203.7)]);
    }
}
