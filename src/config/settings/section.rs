//! A TOML document as sections that are asked for their keys. What nobody asked for is unknown, and what
//! does not fit is noted with its line and column; the reading goes on, so that all mistakes come at once.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::super::words::{clean, nearest};
use crate::domain::{Fault, Place};

/// A document and all that is found wrong with it.
pub(super) struct Document<'t> {
    text: &'t str,
    faults: RefCell<Vec<(usize, Fault)>>,
}

/// One table of the document.
pub(super) struct Section<'a> {
    document: &'a Document<'a>,
    name: String,
    start: usize,
    entries: BTreeMap<&'a str, Entry<'a>>,
    /// Every key that was asked for, so that unknown ones can be told.
    asked: Vec<&'static str>,
}

struct Entry<'a> {
    key_at: usize,
    value: &'a Spanned<DeValue<'a>>,
}

impl<'t> Document<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, faults: RefCell::new(Vec::new()) }
    }

    /// Reads the document's root table; what stands in it and was not asked for is named.
    pub(super) fn read<T>(&self, read: impl FnOnce(&mut Section<'_>) -> T) -> T {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            let at = error.span().map_or(0, |span: Range<usize>| span.start);
            self.fault(at, "", error.message().to_owned(), "this is not TOML here", true);
        }
        let document = Document { text: self.text, faults: RefCell::new(Vec::new()) };
        let out = {
            let mut root = document.section("the file", 0, table.get_ref());
            read(&mut root)
        };
        self.faults.borrow_mut().extend(document.faults.into_inner());
        out
    }

    /// What was wrong, in the order of the file.
    pub(super) fn into_faults(self) -> Vec<Fault> {
        let mut faults = self.faults.into_inner();
        faults.sort_by_key(|(at, _)| *at);
        faults.into_iter().map(|(_, fault)| fault).collect()
    }

    fn section<'a>(&'a self, name: &str, start: usize, table: &'a DeTable<'a>) -> Section<'a> {
        let entries = table
            .iter()
            .map(|(key, value)| (key.get_ref().as_ref(), Entry { key_at: key.span().start, value }))
            .collect();
        Section { document: self, name: name.to_owned(), start, entries, asked: Vec::new() }
    }

    fn fault(&self, at: usize, field: &str, what: String, hint: &str, is_fatal: bool) {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        let as_u32 = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let mut place = Place::at(as_u32(line), as_u32(column));
        if !field.is_empty() {
            place = place.field(field);
        }
        let fault = Fault { place, what, hint: Some(hint.to_owned()), is_fatal };
        self.faults.borrow_mut().push((at, fault));
    }
}

impl<'a> Section<'a> {
    /// A mistake with the value of a key.
    pub(super) fn fatal(&self, key: &str, what: impl Into<String>, hint: &str) {
        self.document.fault(self.value_at(key), key, what.into(), hint, true);
    }

    /// Something odd about the value of a key.
    pub(super) fn minor(&self, key: &str, what: impl Into<String>, hint: &str) {
        self.document.fault(self.value_at(key), key, what.into(), hint, false);
    }

    /// A mistake with the section itself: something is missing.
    pub(super) fn fatal_here(&self, what: impl Into<String>, hint: &str) {
        self.document.fault(self.start, "", what.into(), hint, true);
    }

    /// Something odd about the section itself.
    pub(super) fn minor_here(&self, what: impl Into<String>, hint: &str) {
        self.document.fault(self.start, "", what.into(), hint, false);
    }

    /// True when the key is there; it counts as asked for.
    pub(super) fn has(&mut self, key: &'static str) -> bool {
        self.value(key).is_some()
    }

    /// A text that is not blank.
    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        let Some(raw) = self.value(key)?.as_str() else {
            self.wrong_kind(key, "a text in quotes");
            return None;
        };
        let (text, is_changed) = clean(raw);
        if is_changed || text.is_empty() {
            self.fatal(key, "the text is blank, very long or holds hidden characters", "retype it");
            return None;
        }
        Some(text)
    }

    /// A text as it stands, for passwords.
    pub(super) fn raw_text(&mut self, key: &'static str) -> Option<String> {
        let text = self.value(key)?.as_str().map(str::to_owned);
        if text.is_none() {
            self.wrong_kind(key, "a text in quotes");
        }
        text
    }

    /// A text that must be there.
    pub(super) fn needed_text(&mut self, key: &'static str, hint: &str) -> Option<String> {
        if !self.has(key) {
            self.fatal_here(format!("`{key}` is missing in {}", self.name), hint);
        }
        self.text(key)
    }

    /// A list of texts; `None` when there is no such key.
    pub(super) fn texts(&mut self, key: &'static str) -> Option<Vec<String>> {
        let list = self.value(key)?.as_array().and_then(|list| {
            list.iter().map(|item| item.get_ref().as_str().map(|text| clean(text).0)).collect::<Option<Vec<_>>>()
        });
        if list.is_none() {
            self.wrong_kind(key, "a list of texts: [\"…\", \"…\"]");
        }
        list
    }

    /// True or false.
    pub(super) fn flag(&mut self, key: &'static str) -> Option<bool> {
        let flag = self.value(key)?.as_bool();
        if flag.is_none() {
            self.wrong_kind(key, "true or false");
        }
        flag
    }

    /// A whole number within a range.
    pub(super) fn integer(&mut self, key: &'static str, range: RangeInclusive<u64>) -> Option<u64> {
        let number = match self.value(key)? {
            DeValue::Integer(number) => number.to_string().parse::<u64>().ok(),
            _ => None,
        };
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            self.wrong_kind(key, &format!("a whole number of {} to {}", range.start(), range.end()));
        }
        number
    }

    /// A duration: `<key>_s` in seconds, or `<key>` in words such as `"10m"` or `"500ms"`.
    pub(super) fn duration(&mut self, key: &'static str, range: RangeInclusive<Duration>) -> Option<Duration> {
        let key_s = seconds_key(key);
        if self.has(key) && self.has(key_s) {
            self.fatal(key_s, format!("both `{key}` and `{key_s}` are given"), "keep one of them");
        }
        let (key, duration) = match (self.value(key), self.value(key_s)) {
            (Some(value), _) => (key, value.as_str().and_then(in_words)),
            (None, Some(value)) => (key_s, seconds(value)),
            (None, None) => return None,
        };
        let duration = duration.filter(|duration| range.contains(duration));
        if duration.is_none() {
            let what = format!("a time of {:?} to {:?}", range.start(), range.end());
            self.wrong_kind(
                key,
                &format!("{what}, as seconds (`{key_s} = 90`) or in words (\"90s\", \"10m\", \"500ms\")"),
            );
        }
        duration
    }

    /// The table of a key.
    pub(super) fn table(&mut self, key: &'static str) -> Option<Section<'a>> {
        let start = self.entry(key)?.key_at;
        let document = self.document;
        let Some(table) = self.value(key)?.as_table() else {
            self.wrong_kind(key, "a table");
            return None;
        };
        Some(document.section(&format!("[{key}]"), start, table))
    }

    /// The tables of `[[key]]`, none when there is no such key.
    pub(super) fn tables(&mut self, key: &'static str) -> Vec<Section<'a>> {
        let document = self.document;
        let Some(value) = self.value(key) else { return Vec::new() };
        let list = value.as_array().map(|list| {
            list.iter()
                .filter_map(|item| Some((item.span().start, item.get_ref().as_table()?)))
                .map(|(start, table)| document.section(&format!("this [[{key}]]"), start, table))
                .collect::<Vec<_>>()
        });
        if list.is_none() {
            self.wrong_kind(key, &format!("tables, each begun with [[{key}]]"));
        }
        list.unwrap_or_default()
    }

    fn entry(&mut self, key: &'static str) -> Option<&Entry<'a>> {
        self.asked.push(key);
        self.entries.get(key)
    }

    fn value(&mut self, key: &'static str) -> Option<&'a DeValue<'a>> {
        self.entry(key).map(|entry| entry.value.get_ref())
    }

    fn value_at(&self, key: &str) -> usize {
        let entry = self.entries.get(key).or_else(|| self.entries.get(format!("{key}_s").as_str()));
        entry.map_or(self.start, |entry| entry.value.span().start)
    }

    fn wrong_kind(&self, key: &str, wanted: &str) {
        self.fatal(key, "the value does not fit", &format!("write {wanted}"));
    }
}

impl Drop for Section<'_> {
    /// Names the keys that nobody asked for: by now every known one was.
    fn drop(&mut self) {
        for (key, entry) in &self.entries {
            if !self.asked.contains(key) {
                let hint = nearest(key, &self.asked)
                    .map_or_else(|| "take it out".to_owned(), |near| format!("did you mean `{near}`?"));
                let what = format!("unknown key `{key}` in {}", self.name);
                self.document.fault(entry.key_at, "", what, &hint, true);
            }
        }
    }
}

fn seconds_key(key: &'static str) -> &'static str {
    match key {
        "tick" => "tick_s",
        "cadence" => "cadence_s",
        "near_cadence" => "near_cadence_s",
        "silence_after" => "silence_after_s",
        "issues_every" => "issues_every_s",
        "every" => "every_s",
        _ => "timeout_s",
    }
}

fn seconds(value: &DeValue<'_>) -> Option<Duration> {
    let text = match value {
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        _ => return None,
    };
    Duration::try_from_secs_f64(text.parse().ok()?).ok()
}

fn in_words(text: &str) -> Option<Duration> {
    Duration::try_from(text.parse::<jiff::SignedDuration>().ok()?).ok()
}
