//! A CSV file as rows whose cells are asked for by column name. What is wrong with a cell or row is
//! noted with its line and column; the rest goes on.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use csv::{ByteRecord, StringRecord};
use memchr::{memchr, memchr_iter};
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

impl<T> Read<T> {
    fn append(&mut self, mut later: Self) {
        self.rows.append(&mut later.rows);
        self.faults.append(&mut later.faults);
    }
}

/// One row while it is being read.
pub(super) struct Row<'a> {
    line: u32,
    header: &'a Header,
    cells: &'a StringRecord,
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
    if let [part] = parts.as_slice() {
        out.append(read_part(part, &header, &read));
        return out;
    }
    let next = AtomicUsize::new(0);
    // A few parts are read and wait at most, so that little of what is read lies about twice.
    let (done, all_done) = mpsc::sync_channel(threads);
    let work = |done: mpsc::SyncSender<(usize, Read<T>)>| {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(part) = parts.get(number) else { return };
            // It fails when the other end has panicked, which that end tells.
            if done.send((number, read_part(part, &header, &read))).is_err() {
                return;
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads.min(parts.len()) {
            let done = done.clone();
            scope.spawn(|| work(done));
        }
        drop(done);
        let mut early = BTreeMap::new();
        let mut wanted = 0;
        for (number, read) in all_done {
            early.insert(number, read);
            while let Some(read) = early.remove(&wanted) {
                out.append(read);
                wanted += 1;
            }
        }
    });
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
fn read_header<'a>(bytes: &'a [u8], columns: &Columns, faults: &mut Vec<Fault>) -> Option<(Header, Part<'a>)> {
    let mut records = Records::of(bytes);
    while let Some((line, record)) = records.next() {
        let Some(cells) = record else {
            faults.push(not_text(line));
            continue;
        };
        let header = check_header(cells, columns, line, faults)?;
        let position = records.reader.position();
        let below = bytes.get(usize::try_from(position.byte()).ok()?..)?;
        return Some((Header::of(header), Part { bytes: below, line: line_of(Some(position)) }));
    }
    faults.push(Fault::fatal(Place::line(1), "the file has no header").hint(header_hint(columns)));
    None
}

/// Parts that end with a line. A quote may run over lines: a file with one is read in one piece.
fn parts(body: Part<'_>, threads: usize, part_bytes: usize) -> Vec<Part<'_>> {
    if threads < 2 || body.bytes.len() <= part_bytes || memchr(b'"', body.bytes).is_some() {
        return vec![body];
    }
    let (mut parts, mut rest, mut line) = (Vec::new(), body.bytes, body.line);
    while !rest.is_empty() {
        let after = rest.get(part_bytes..).and_then(|after| memchr(b'\n', after));
        let (bytes, after) = rest.split_at(after.map_or(rest.len(), |at| part_bytes + at + 1));
        parts.push(Part { bytes, line });
        line = line.saturating_add(u32::try_from(memchr_iter(b'\n', bytes).count()).unwrap_or(u32::MAX));
        rest = after;
    }
    parts
}

fn read_part<T>(part: &Part<'_>, header: &Header, read: &impl Fn(&mut Row<'_>) -> Option<T>) -> Read<T> {
    let mut out = Read::default();
    let mut records = Records::of(part.bytes);
    while let Some((line, record)) = records.next() {
        let line = line.saturating_add(part.line.saturating_sub(1));
        let Some(cells) = record else {
            out.faults.push(not_text(line));
            continue;
        };
        if cells.iter().all(is_blank) || !has_right_shape(cells, header.names.len(), line, &mut out.faults) {
            continue;
        }
        let mut row = Row { line, header, cells, faults: &mut out.faults };
        if let Some(thing) = read(&mut row) {
            out.rows.push((line, thing));
        }
    }
    out
}

/// A file's records, one after the other in the same memory.
struct Records<'a> {
    bytes: &'a [u8],
    reader: csv::Reader<&'a [u8]>,
    record: StringRecord,
}

impl<'a> Records<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        let reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(bytes);
        Self { bytes, reader, record: StringRecord::new() }
    }

    /// The next one with its line; without its cells when they are not UTF-8.
    fn next(&mut self) -> Option<(u32, Option<&StringRecord>)> {
        let mut bytes: ByteRecord = std::mem::take(&mut self.record).into_byte_record();
        if !matches!(self.reader.read_byte_record(&mut bytes), Ok(true)) {
            return None;
        }
        let line = self.line_of(bytes.position());
        match StringRecord::from_byte_record(bytes) {
            Ok(record) => {
                self.record = record;
                Some((line, Some(&self.record)))
            }
            Err(_) => Some((line, None)),
        }
    }

    /// The line on which a record's first character stands: to the reader, blank lines before it and the second half of a
    /// line end of two characters belong to it.
    fn line_of(&self, position: Option<&csv::Position>) -> u32 {
        let begin = position.and_then(|at| usize::try_from(at.byte()).ok()).unwrap_or_default();
        let before = self.bytes.iter().skip(begin).take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let blank = u32::try_from(before.filter(|byte| **byte == b'\n').count()).unwrap_or(u32::MAX);
        line_of(position).saturating_add(blank)
    }
}

/// The columns as a file names them.
struct Header {
    names: Vec<String>,
    marks: Vec<(usize, Option<u8>)>,
}

impl Header {
    fn of(names: Vec<String>) -> Self {
        Self { marks: names.iter().map(|name| mark(name)).collect(), names }
    }

    /// Where a column stands; the first, where a name is there twice.
    fn find(&self, column: &str) -> Option<usize> {
        let mark = mark(column);
        let mut alike = self.marks.iter().zip(&self.names).enumerate().filter(|(_, (own, _))| **own == mark);
        alike.find_map(|(at, (_, name))| (name == column).then_some(at))
    }
}

/// A million rows ask for twenty columns: length and last letter nearly always say that it is another one.
fn mark(name: &str) -> (usize, Option<u8>) {
    (name.len(), name.as_bytes().last().copied())
}

fn is_blank(cell: &str) -> bool {
    cell.trim_ascii().is_empty()
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
        let index = self.header.find(column)?;
        let cells = self.cells;
        let raw: &'a str = cells.get(index).map(str::trim_ascii).filter(|cell| !cell.is_empty())?;
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
        match Currency::parse(&text).or_else(|_| Currency::parse(&text.to_ascii_uppercase())) {
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

fn header_hint(columns: &Columns) -> String {
    format!("the first line must name the columns {}", columns.required.join(","))
}

/// The names in lower case, or `None`, noted as fatal, when a required one is missing.
fn check_header(cells: &StringRecord, columns: &Columns, line: u32, faults: &mut Vec<Fault>) -> Option<Vec<String>> {
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
fn has_right_shape(cells: &StringRecord, columns: usize, line: u32, faults: &mut Vec<Fault>) -> bool {
    if cells.len() < columns && cells.iter().any(|cell| cell.contains('\n')) {
        let what = "a quoted value runs over several lines; the rows in it were not read";
        faults.push(Fault::fatal(Place::line(line), what).hint("close the quote mark on this line"));
        return false;
    }
    if cells.len() > columns {
        // Blank cells at the end may be a comma too many or a comma within a value; the row is kept then,
        // because a place that is not watched is worse than one with an odd value.
        let used = (0..).zip(cells).filter(|(_, cell)| !is_blank(cell)).last().map_or(0, |(last, _)| last + 1);
        let is_kept = used <= columns;
        let end = if is_kept { "check that none has slipped" } else { "it is skipped" };
        let what = format!("the row has {} values for {} columns; {end}", cells.len(), columns);
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
        for text in [plain.clone(), plain.replace('\n', "\r\n")] {
            let lines: Vec<u32> = read(&text, 8).0.iter().map(|(line, _)| *line).collect();
            // A blank line stands below the first row.
            assert_eq!((lines.first(), lines.get(1), lines.last()), (Some(&2), Some(&4), Some(&112)));
        }
    }
}
