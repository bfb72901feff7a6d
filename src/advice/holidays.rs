//! Public holidays by country, as `rules/holidays/<CC>.toml` tells them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use jiff::civil::Date;

use crate::domain::Fault;
use crate::rules::{FileFaults, Page, RuleFiles, Section};

/// The folder.
const HOLIDAYS: &str = "holidays";
/// The longest run of days that one entry may name.
const RUN_DAYS_MAX: usize = 31;

/// The holidays of every country that has a file.
#[derive(Debug, Clone, Default)]
pub struct Holidays(BTreeMap<String, Country>);

/// One country's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Country {
    /// Time zones that lie in this country alone: a site's country when its file names none.
    zones: BTreeSet<String>,
    /// Month and day of those that are alike each year.
    fixed: BTreeSet<(i8, i8)>,
    /// The others.
    dates: BTreeSet<Date>,
    /// Years for which `dates` is whole.
    listed: Option<RangeInclusive<i16>>,
}

impl Holidays {
    /// Reads the files of a folder of rules; mistakes go to `faults`.
    pub(super) fn read(files: &RuleFiles, faults: &mut FileFaults) -> Self {
        let mut all = BTreeMap::new();
        for (id, path, text) in files.of_folder(HOLIDAYS) {
            let page = Page::new(text);
            let country = page.parse().map(|table| read_country(&page.root(&table)));
            faults.extend(page.into_faults().into_iter().map(|fault: Fault| (path.to_owned(), fault)));
            all.extend(country.map(|country| (id.to_ascii_uppercase(), country)));
        }
        Self(all)
    }

    /// The country of a code (ISO 3166-1 alpha-2), else the one that has the time zone to itself.
    #[must_use]
    pub fn of(&self, code: Option<&str>, zone: &str) -> Option<&Country> {
        match code {
            Some(code) => self.0.get(&code.to_ascii_uppercase()),
            None => self.0.values().find(|country| country.zones.contains(zone)),
        }
    }

    /// The codes, in order.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl Country {
    /// True on a public holiday.
    #[must_use]
    pub fn is_holiday(&self, date: Date) -> bool {
        self.fixed.contains(&(date.month(), date.day())) || self.dates.contains(&date)
    }

    /// True when the year's movable holidays are listed.
    #[must_use]
    pub fn knows(&self, year: i16) -> bool {
        self.listed.as_ref().is_some_and(|listed| listed.contains(&year))
    }
}

fn read_country(root: &Section<'_>) -> Country {
    root.text("source");
    let zones = root.texts("zones").unwrap_or_default().into_iter().map(|(zone, _)| zone).collect();
    let mut country = Country { zones, ..Country::default() };
    for (text, span) in root.texts("fixed").unwrap_or_default() {
        // 2028 is a leap year, so that 29 February is a date.
        match format!("2028-{text}").parse::<Date>() {
            Ok(date) => _ = country.fixed.insert((date.month(), date.day())),
            Err(_) => root.refuse("fixed", span, format!("`{text}` is no day of a year"), "write it like 10-01"),
        }
    }
    for (text, span) in root.texts("dates").unwrap_or_default() {
        if let Some(days) = run(&text) {
            country.dates.extend(days);
        } else {
            let hint = "write 2026-02-17, or 2026-02-15..2026-02-23 for a run of at most a month";
            root.refuse("dates", span, format!("`{text}` is no date and no run of dates"), hint);
        }
    }
    let years: BTreeSet<i16> = country.dates.iter().map(|date| date.year()).collect();
    country.listed = years.first().zip(years.last()).map(|(first, last)| *first..=*last);
    root.finish();
    country
}

fn run(text: &str) -> Option<Vec<Date>> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let (first, last): (Date, Date) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    let days: Vec<Date> =
        first.series(jiff::Span::new().days(1)).take_while(|day| *day <= last).take(RUN_DAYS_MAX + 1).collect();
    (!days.is_empty() && days.len() <= RUN_DAYS_MAX).then_some(days)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_shipped_countries_read() {
        let mut faults = Vec::new();
        let holidays = Holidays::read(&RuleFiles::shipped(), &mut faults);
        assert_eq!(faults, []);
        assert_eq!(holidays.codes().collect::<Vec<_>>(), ["CN", "HK", "JP", "KR", "PH", "TW", "US", "VN"]);
        let check = |code: &str, day: Date, want: bool| {
            let country = holidays.of(Some(code), "").expect(code);
            assert_eq!(country.is_holiday(day), want, "{code} {day}");
            assert!(country.knows(2026) && country.knows(2027) && country.knows(2028), "{code}");
        };
        check("CN", date(2026, 2, 17), true); // Spring Festival
        check("CN", date(2031, 10, 1), true); // National Day is fixed
        check("CN", date(2026, 3, 3), false);
        check("HK", date(2026, 4, 7), true); // the day after Easter Monday, which fell on Ching Ming's
        check("TW", date(2026, 2, 16), true);
        check("JP", date(2026, 9, 22), true); // between two holidays
        check("KR", date(2027, 2, 9), true); // in lieu of a Sunday
        check("PH", date(2026, 8, 31), true); // last Monday of August
        check("US", date(2026, 7, 3), true); // observed
        check("us", date(2028, 11, 23), true);
        check("VN", date(2026, 4, 30), true);
        assert_eq!(holidays.of(None, "Asia/Shanghai"), holidays.of(Some("CN"), ""));
        assert_eq!(holidays.of(None, "UTC"), None);
    }

    #[test]
    fn mistakes_are_named() {
        let text = "source = 's'\nfixed = ['13-01']\ndates = ['2026-02-30', '2026-01-01..2026-05-01', '2026-02-02..2026-02-01']\nzone = 1\n";
        let files = RuleFiles([("holidays/XX.toml".to_owned(), text.to_owned())].into());
        let mut faults = Vec::new();
        Holidays::read(&files, &mut faults);
        let lines: Vec<_> = faults.iter().map(|(_, fault)| fault.place.line).collect();
        assert_eq!(lines, [Some(2), Some(3), Some(3), Some(3), Some(4)]);
    }
}
