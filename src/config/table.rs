//! A CSV file as rows whose cells are asked for by column name. What is wrong with a cell or row is
//! noted with its line and column; the rest goes on.

use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::thread;

use rust_decimal::Decimal;

use super::words::{cleaned, nearest};
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
    cells: &'a [&'a str],
    faults: &'a mut Vec<Fault>,
}

/// Bytes of a file that one thread reads at a time.
const PART_BYTES: usize = 4 << 20;

/// Reads every row through `read`, which gives `None` for a row to skip after it has noted why. Large files are read on all
/// threads; what comes out is the same on any number of them.
pub(super) fn read_rows<T: Send>(
    bytes: &[u8],
    columns: &Columns,
    read: impl Fn(&mut Row<'_>) -> Option<T> + Sync,
) -> Read<T> {
    read_rows_on(thread::available_parallelism().map_or(1, usize::from), PART_BYTES, bytes, columns, read)
}

fn read_rows_on<T: Send>(
    threads: usize,
    part_bytes: usize,
    bytes: &[u8],
    columns: &Columns,
    read: impl Fn(&mut Row<'_>) -> Option<T> + Sync,
) -> Read<T> {
    let mut out = Read::default();
    let Some((header, body)) = read_header(bytes, columns, &mut out.faults) else { return out };
    let parts = parts(body, threads, part_bytes);
    // Part by part, so many at a time as there are threads: of what is read, little lies about twice.
    for several in parts.chunks(threads.max(1)) {
        let read_all: Vec<Read<T>> = thread::scope(|scope| {
            let read_one = |part: &Part<'_>| read_part(part, &header, &read);
            let (first, others) =
                several.split_first().map_or((None, several), |(first, others)| (Some(first), others));
            let others: Vec<_> = others.iter().map(|part| scope.spawn(move || read_one(part))).collect();
            let first = first.map(read_one);
            let others =
                others.into_iter().map(|other| other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            first.into_iter().chain(others).collect()
        });
        for read in read_all {
            out.rows.extend(read.rows);
            out.faults.extend(read.faults);
        }
    }
    out
}

/// Some lines of a file below its header.
#[derive(Clone, Copy)]
struct Part<'a> {
    bytes: &'a [u8],
    /// The number of its first line.
    line: u32,
}

/// The names of the columns, and what stands below them.
fn read_header<'a>(bytes: &'a [u8], columns: &Columns, faults: &mut Vec<Fault>) -> Option<(Vec<String>, Part<'a>)> {
    let mut reader = reader_of(bytes);
    let mut record = csv::ByteRecord::new();
    while matches!(reader.read_byte_record(&mut record), Ok(true)) {
        let line = line_of(record.position());
        let Some(cells) = as_text(&record) else {
            faults.push(not_text(line));
            continue;
        };
        let header = check_header(&cells, columns, line, faults)?;
        let below = bytes.get(usize::try_from(reader.position().byte()).ok()?..)?;
        return Some((header, Part { bytes: below, line: line_of(Some(reader.position())) }));
    }
    faults.push(Fault::fatal(Place::line(1), "the file has no header").hint(header_hint(columns)));
    None
}

/// Parts that end with a line. A quote may run over lines, and a carriage return ends one too: a file with either is read
/// in one piece.
fn parts(body: Part<'_>, threads: usize, part_bytes: usize) -> Vec<Part<'_>> {
    let is_plain =
        threads > 1 && body.bytes.len() > part_bytes && !body.bytes.iter().any(|b| matches!(b, b'"' | b'\r'));
    if !is_plain {
        return vec![body];
    }
    let (mut parts, mut rest, mut line) = (Vec::new(), body.bytes, body.line);
    while !rest.is_empty() {
        let end = rest.iter().skip(part_bytes).position(|b| *b == b'\n').map_or(rest.len(), |at| part_bytes + at + 1);
        let (bytes, after) = rest.split_at(end);
        parts.push(Part { bytes, line });
        let lines = bytes.split(|b| *b == b'\n').count().saturating_sub(1);
        line = line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        rest = after;
    }
    parts
}

fn read_part<T>(part: &Part<'_>, header: &[String], read: &impl Fn(&mut Row<'_>) -> Option<T>) -> Read<T> {
    let mut out = Read::default();
    let mut reader = reader_of(part.bytes);
    let mut record = csv::ByteRecord::new();
    while matches!(reader.read_byte_record(&mut record), Ok(true)) {
        let line = line_of(record.position()).saturating_add(part.line.saturating_sub(1));
        let Some(cells) = as_text(&record) else {
            out.faults.push(not_text(line));
            continue;
        };
        if cells.iter().all(|cell| cell.is_empty()) || !has_right_shape(&cells, header, line, &mut out.faults) {
            continue;
        }
        let mut row = Row { line, header, cells: &cells, faults: &mut out.faults };
        if let Some(thing) = read(&mut row) {
            out.rows.push((line, thing));
        }
    }
    out
}

fn reader_of(bytes: &[u8]) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().flexible(true).has_headers(false).trim(csv::Trim::All).from_reader(bytes)
}

fn line_of(position: Option<&csv::Position>) -> u32 {
    position.map_or(0, |at| u32::try_from(at.line()).unwrap_or(u32::MAX))
}

fn not_text(line: u32) -> Fault {
    Fault::minor(Place::line(line), "the row is not UTF-8 text; it is skipped").hint("save the file as CSV UTF-8")
}

impl<'a> Row<'a> {
    /// Notes something wrong with a cell.
    pub(super) fn fault(&mut self, column: &str, what: impl Into<String>, hint: &str) {
        self.faults.push(Fault::minor(Place::line(self.line).field(column), what).hint(hint));
    }

    /// The cell's text without hidden characters; `None` when blank or no such column.
    pub(super) fn text(&mut self, column: &str) -> Option<String> {
        self.word(column).map(Cow::into_owned)
    }

    /// The same, without a copy where nothing had to be taken out.
    pub(super) fn word(&mut self, column: &str) -> Option<Cow<'a, str>> {
        let index = self.header.iter().position(|name| name == column)?;
        let cells = self.cells;
        let raw: &'a str = cells.get(index).filter(|cell| !cell.is_empty())?;
        let (text, is_changed) = cleaned(raw);
        if is_changed {
            self.fault(column, "the value holds hidden characters or is very long; it was shortened", "retype it");
        }
        (!text.is_empty()).then_some(text)
    }

    /// The cell's text; when blank it is noted that the row is skipped.
    pub(super) fn needed(&mut self, column: &str) -> Option<String> {
        self.needed_word(column).map(Cow::into_owned)
    }

    /// The same, without a copy where nothing had to be taken out.
    pub(super) fn needed_word(&mut self, column: &str) -> Option<Cow<'a, str>> {
        let text = self.word(column);
        if text.is_none() {
            self.fault(column, format!("`{column}` is blank; the row is skipped"), "fill it in");
        }
        text
    }

    /// A number within a range; blank is `None` without a word, anything else is noted.
    pub(super) fn number(&mut self, column: &str, range: RangeInclusive<f64>) -> Option<f64> {
        let text = self.word(column)?;
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
        let text = self.word(column)?;
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
        let text = self.word(column)?;
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
        let text = self.word(column)?;
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

fn as_text(record: &csv::ByteRecord) -> Option<Vec<&str>> {
    record.iter().map(|cell| std::str::from_utf8(cell).ok()).collect()
}

fn header_hint(columns: &Columns) -> String {
    format!("the first line must name the columns {}", columns.required.join(","))
}

/// The names in lower case, or `None`, noted as fatal, when a required one is missing.
fn check_header(cells: &[&str], columns: &Columns, line: u32, faults: &mut Vec<Fault>) -> Option<Vec<String>> {
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
fn has_right_shape(cells: &[&str], header: &[String], line: u32, faults: &mut Vec<Fault>) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Ids with the lines they stand on, and what was wrong.
    fn read(text: &str, threads: usize) -> (Vec<(u32, String)>, Vec<String>) {
        let columns = Columns { required: &["id"], optional: &["n"] };
        let one = |row: &mut Row<'_>| row.number("n", 0.0..=9.0).and_then(|_| row.needed("id"));
        let read = read_rows_on(threads, 16, text.as_bytes(), &columns, one);
        (read.rows, read.faults.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn any_number_of_threads_reads_the_same() {
        let rows: Vec<String> =
            (0..100).map(|n| format!("id-{n},{}\n{}", n % 12, if n % 9 == 0 { "\n" } else { "" })).collect();
        let plain = format!("id,n\n{}", rows.concat());
        for text in [
            plain.clone(),
            plain.replace('\n', "\r\n"),
            plain.replace("id-7,", "\"id\n7\","),
            format!("\n\n{plain},,,\n"),
        ] {
            let one = read(&text, 1);
            assert!(one.0.len() > 70 && !one.1.is_empty(), "{one:?}");
            assert_eq!((read(&text, 2), read(&text, 8)), (one.clone(), one));
        }
        assert_eq!(read(&plain, 8).0.first(), Some(&(2, "id-0".to_owned())));
        assert_eq!(read(&plain, 8).0.last().map(|(line, _)| *line), Some(112));
    }
}
