//! When people can work at a site, and how much room it has: optional columns of `sites.csv`.

use std::num::NonZeroU8;

use jiff::civil::{Time, Weekday};

use super::super::table::Row;
use super::super::words::{NO, YES, is_one_of};
use super::people::{clock_time, weekday};
use crate::domain::WorkTime;

/// `hours` (`08:00-20:00`), `weekdays` (`Mon-Sat`, `Mon Wed Fri`), `country` (`CN`), `daylight` (yes or no).
pub(super) fn read(row: &mut Row<'_>) -> Option<Box<WorkTime>> {
    let (hours, weekdays, country) = (hours(row), weekdays(row), country(row));
    let work = WorkTime { hours, weekdays, country, daylight: yes_or_no(row, "daylight") };
    (work != WorkTime::default()).then(|| Box::new(work))
}

/// Floors that goods can lie on.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 200 by the range before the cast")]
pub(super) fn floors(row: &mut Row<'_>) -> Option<NonZeroU8> {
    row.number("floors", 1.0..=200.0).and_then(|floors| NonZeroU8::new(floors as u8))
}

/// Yes or no; blank is `None`, anything else is noted.
pub(super) fn yes_or_no(row: &mut Row<'_>, column: &str) -> Option<bool> {
    match row.word(column)? {
        word if is_one_of(&word, &YES) => Some(true),
        word if is_one_of(&word, &NO) => Some(false),
        text => {
            row.fault(column, format!("`{text}` is not known; taken as unknown"), "write yes, no or nothing");
            None
        }
    }
}

fn hours(row: &mut Row<'_>) -> Option<(Time, Time)> {
    let text = row.text("hours")?;
    let hours = text.replace(['–', '—', '~'], "-");
    let hours = hours.split_once('-').and_then(|(from, to)| Some((clock_time(from)?, end_time(to)?)));
    if hours.is_none() {
        let what = format!("`{text}` are no hours of work; taken as unknown, so that any hour counts");
        row.fault("hours", what, "write them like 08:00-20:00");
    }
    hours
}

/// An end of work: 24:00 is midnight.
fn end_time(text: &str) -> Option<Time> {
    if text.trim() == "24:00" { Some(Time::midnight()) } else { clock_time(text) }
}

fn weekdays(row: &mut Row<'_>) -> Option<Vec<Weekday>> {
    let text = row.text("weekdays")?;
    let days = parse_weekdays(&text);
    if days.is_none() {
        let what = format!("`{text}` are no weekdays; taken as unknown, so that every day counts");
        row.fault("weekdays", what, "write them like Mon-Sat or Mon Wed Fri");
    }
    days
}

/// Days and runs of days, blanks, commas or semicolons between, Monday first.
fn parse_weekdays(text: &str) -> Option<Vec<Weekday>> {
    let text = text.replace(['–', '—', '~', '至'], "-");
    let mut days = Vec::new();
    for part in text.split([' ', ',', ';', '、']).filter(|part| !part.is_empty()) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (weekday(first)?, weekday(last)?);
        days.extend(first.cycle_forward().take(7).scan(false, |is_over, day| {
            let is_in = !*is_over;
            *is_over |= day == last;
            is_in.then_some(day)
        }));
    }
    days.sort_by_key(|day| day.to_monday_zero_offset());
    days.dedup();
    (!days.is_empty()).then_some(days)
}

fn country(row: &mut Row<'_>) -> Option<String> {
    let code = row.text("country")?.to_ascii_uppercase();
    let is_code = code.len() == 2 && code.chars().all(|c| c.is_ascii_uppercase());
    if !is_code {
        row.fault(
            "country",
            format!("`{code}` is no country; taken as unknown"),
            "write two letters of ISO 3166-1: CN",
        );
    }
    is_code.then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_lists_of_days() {
        let check = |text: &str, want: &str| {
            let letter =
                |day: &Weekday| "MTWTFSS".chars().nth(usize::try_from(day.to_monday_zero_offset()).unwrap()).unwrap();
            let got = parse_weekdays(text).map(|days| days.iter().map(letter).collect::<String>());
            assert_eq!(got.as_deref().unwrap_or("-"), want, "{text}");
        };
        check("Mon-Sat", "MTWTFS");
        check("mon, wed; fri", "MWF");
        check("Sat-Mon", "MSS");
        check("周一至周五", "MTWTF");
        check("Mon-Mon", "M");
        check("never", "-");
    }
}
