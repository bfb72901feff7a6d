//! A CSV file as rows whose cells are asked for by column name. What is wrong with a cell or row is
//! noted with its line and column; the rest goes on.

use std::ops::RangeInclusive;

use rust_decimal::Decimal;

use super::words::{clean, nearest};
use crate::domain::{Currency, Fault, Language, Money, Place, Timestamp};

/// A file's columns. Those of `required` must be in the header; any cell may be blank.
pub(super) struct Columns {
    pub(super) required: &'static [&'static str],
    pub(super) optional: &'static [&'static str],
}

/// What was read: each thing with the line it stood on, and what was wrong.
pub(super) struct Read<T> {
    pub(super) rows: Vec<(u32, T)>,
    pub(super) faults: Vec<Fault>,
}

// Not derived, because that would ask `T` for a default.
impl<T> Default for Read<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), faults: Vec::new() }
    }
}

/// One row while it is being read.
pub(super) struct Row<'a> {
    line: u32,
    header: &'a [String],
    cells: &'a [String],
    faults: &'a mut Vec<Fault>,
}

/// Reads every row through `read`, which gives `None` for a row to skip after it has noted why.
pub(super) fn read_rows<T>(bytes: &[u8], columns: &Columns, read: impl Fn(&mut Row<'_>) -> Option<T>) -> Read<T> {
    let mut out = Read::default();
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).has_headers(false).trim(csv::Trim::All).from_reader(bytes);
    let mut record = csv::ByteRecord::new();
    let mut header: Option<Vec<String>> = None;
    while matches!(reader.read_byte_record(&mut record), Ok(true)) {
        let line = record.position().map_or(0, |at| u32::try_from(at.line()).unwrap_or(u32::MAX));
        let Some(cells) = as_text(&record) else {
            out.faults.push(
                Fault::minor(Place::line(line), "the row is not UTF-8 text; it is skipped")
                    .hint("save the file as CSV UTF-8"),
            );
            continue;
        };
        let Some(header) = &header else {
            match check_header(&cells, columns, line, &mut out.faults) {
                Some(names) => header = Some(names),
                None => return out,
            }
            continue;
        };
        if cells.iter().all(String::is_empty) || !has_right_shape(&cells, header, line, &mut out.faults) {
            continue;
        }
        let mut row = Row { line, header, cells: &cells, faults: &mut out.faults };
        if let Some(thing) = read(&mut row) {
            out.rows.push((line, thing));
        }
    }
    if header.is_none() {
        out.faults.push(Fault::fatal(Place::line(1), "the file has no header").hint(header_hint(columns)));
    }
    out
}

impl Row<'_> {
    /// Notes something wrong with a cell.
    pub(super) fn fault(&mut self, column: &str, what: impl Into<String>, hint: &str) {
        self.faults.push(Fault::minor(Place::line(self.line).field(column), what).hint(hint));
    }

    /// The cell's text without hidden characters; `None` when blank or no such column.
    pub(super) fn text(&mut self, column: &str) -> Option<String> {
        let index = self.header.iter().position(|name| name == column)?;
        let cells = self.cells;
        let raw = cells.get(index).filter(|cell| !cell.is_empty())?;
        let (text, is_changed) = clean(raw);
        if is_changed {
            self.fault(column, "the value holds hidden characters or is very long; it was shortened", "retype it");
        }
        (!text.is_empty()).then_some(text)
    }

    /// The cell's text; when blank it is noted that the row is skipped.
    pub(super) fn needed(&mut self, column: &str) -> Option<String> {
        let text = self.text(column);
        if text.is_none() {
            self.fault(column, format!("`{column}` is blank; the row is skipped"), "fill it in");
        }
        text
    }

    /// A number within a range; blank is `None` without a word, anything else is noted.
    pub(super) fn number(&mut self, column: &str, range: RangeInclusive<f64>) -> Option<f64> {
        let text = self.text(column)?;
        match text.parse::<f64>() {
            Ok(number) if range.contains(&number) => Some(number),
            Ok(_) => {
                let (low, high) = (range.start(), range.end());
                self.fault(
                    column,
                    format!("{text} is not within {low}..{high}; taken as unknown"),
                    "check the value and its unit",
                );
                None
            }
            Err(_) => {
                self.fault(column, format!("`{text}` is not a number; taken as unknown"), NUMBER_HINT);
                None
            }
        }
    }

    /// A decimal of 0 or more; blank is `None`.
    pub(super) fn amount(&mut self, column: &str) -> Option<Decimal> {
        let text = self.text(column)?;
        match Money::parse_amount(&text) {
            Ok(amount) => Some(amount),
            Err(error) => {
                self.fault(column, format!("{error}; taken as unknown"), NUMBER_HINT);
                None
            }
        }
    }

    /// The row's currency; blank is `None`.
    pub(super) fn currency(&mut self, column: &str) -> Option<Currency> {
        let text = self.text(column)?;
        match Currency::parse(&text.to_ascii_uppercase()) {
            Ok(currency) => Some(currency),
            Err(error) => {
                self.fault(column, error.to_string(), "write the three letters of ISO 4217");
                None
            }
        }
    }

    /// An amount in the row's currency.
    pub(super) fn money(&mut self, column: &str, currency: Option<Currency>) -> Option<Money> {
        let amount = self.amount(column)?;
        if currency.is_none() {
            self.fault(column, format!("{amount} has no currency; taken as unknown"), "fill in the `currency` column");
        }
        Some(Money::new(amount, currency?))
    }

    /// An instant. Without a zone it is taken as UTC, and that is noted.
    pub(super) fn time(&mut self, column: &str) -> Option<Timestamp> {
        let text = self.text(column)?;
        if let Ok(time) = text.parse::<Timestamp>() {
            return Some(time);
        }
        let time = text.parse::<jiff::civil::DateTime>().ok().and_then(|t| t.to_zoned(jiff::tz::TimeZone::UTC).ok());
        match &time {
            Some(_) => {
                self.fault(
                    column,
                    format!("`{text}` names no zone; taken as UTC"),
                    "add the offset: 2004-08-12T08:00+08:00",
                );
            }
            None => {
                self.fault(
                    column,
                    format!("`{text}` is not a time; taken as unknown"),
                    "write it like 2004-08-12T08:00+08:00",
                );
            }
        }
        time.map(|zoned| zoned.timestamp())
    }

    /// A language; English, noted, when it is not one of ours.
    pub(super) fn language(&mut self, column: &str) -> Language {
        let Some(text) = self.text(column) else { return Language::English };
        Language::from_tag(&text).unwrap_or_else(|| {
            self.fault(column, format!("there are no texts in `{text}`; taken as en"), "write en or zh-CN");
            Language::English
        })
    }

    /// An IANA time zone; UTC, noted, when there is none of that name.
    pub(super) fn time_zone(&mut self, column: &str) -> String {
        let text = self.text(column).unwrap_or_default();
        // "Local" and the like are no names that mean the same on every machine.
        let is_name = text.contains('/') || text.eq_ignore_ascii_case("utc");
        if let Some(zone) = is_name.then(|| jiff::tz::TimeZone::get(&text).ok()).flatten() {
            return zone.iana_name().unwrap_or("UTC").to_owned();
        }
        let what = if text.is_empty() { "blank".to_owned() } else { format!("`{text}`, no name of a time zone") };
        self.fault(
            column,
            format!("the time zone is {what}; taken as UTC"),
            "write an IANA name such as Asia/Shanghai",
        );
        "UTC".to_owned()
    }
}

const NUMBER_HINT: &str = "write digits with a point, without thousands marks or units: 1200.50";

fn as_text(record: &csv::ByteRecord) -> Option<Vec<String>> {
    record.iter().map(|cell| String::from_utf8(cell.to_vec()).ok()).collect()
}

fn header_hint(columns: &Columns) -> String {
    format!("the first line must name the columns {}", columns.required.join(","))
}

/// The names in lower case, or `None`, noted as fatal, when a required one is missing.
fn check_header(cells: &[String], columns: &Columns, line: u32, faults: &mut Vec<Fault>) -> Option<Vec<String>> {
    let names: Vec<String> =
        cells.iter().map(|cell| cell.trim_start_matches('\u{feff}').trim().to_lowercase()).collect();
    let known: Vec<&str> = columns.required.iter().chain(columns.optional).copied().collect();
    for (index, name) in names.iter().enumerate() {
        if names.iter().take(index).any(|earlier| earlier == name && !name.is_empty()) {
            faults.push(
                Fault::minor(
                    Place::line(line).field(name),
                    format!("the column `{name}` is there twice; the first counts"),
                )
                .hint("take one of them out"),
            );
        } else if !name.is_empty() && !known.contains(&name.as_str()) {
            let hint = nearest(name, &known).map_or_else(
                || "it is not used; it may stay".to_owned(),
                |near| format!("did you mean `{near}`? otherwise it may stay, unused"),
            );
            faults.push(Fault::minor(Place::line(line).field(name), format!("unknown column `{name}`")).hint(hint));
        }
    }
    let missing: Vec<&str> = columns.required.iter().copied().filter(|c| !names.iter().any(|n| n == c)).collect();
    if missing.is_empty() {
        return Some(names);
    }
    let hint = match names.as_slice() {
        [one] if one.contains(';') => "separate the columns with commas, not semicolons".to_owned(),
        [one] if one.contains('\t') => "separate the columns with commas, not tabs".to_owned(),
        _ => header_hint(columns),
    };
    faults.push(
        Fault::fatal(Place::line(line), format!("the header lacks {}; nothing was read", missing.join(", ")))
            .hint(hint),
    );
    None
}

/// False, noted, when the row has more cells than the header, or a quote swallowed the lines after it.
fn has_right_shape(cells: &[String], header: &[String], line: u32, faults: &mut Vec<Fault>) -> bool {
    let used = cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
    if cells.len() < header.len() && cells.iter().any(|cell| cell.contains('\n')) {
        let what = "a quoted value runs over several lines; the rows in it were not read";
        faults.push(Fault::fatal(Place::line(line), what).hint("close the quote mark on this line"));
        return false;
    }
    if cells.len() > header.len() {
        // Blank cells at the end may be a comma too many or a comma within a value; the row is kept then,
        // because a place that is not watched is worse than one with an odd value.
        let is_kept = used <= header.len();
        let end = if is_kept { "check that none has slipped" } else { "it is skipped" };
        let what = format!("the row has {} values for {} columns; {end}", cells.len(), header.len());
        faults.push(Fault::minor(Place::line(line), what).hint("put values that hold a comma in quotes"));
        return is_kept;
    }
    true
}
