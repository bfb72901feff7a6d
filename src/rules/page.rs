//! A TOML file being read: every mistake is noted with its line and column, and the reading goes on.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::condition::{Condition, Wanted};
use super::nearest::nearest;
use super::scope::Scope;
use crate::domain::{Fault, Place};

/// One file's text and the faults met in it.
#[derive(Debug)]
pub struct Page<'t> {
    text: &'t str,
    faults: RefCell<Vec<Fault>>,
}

/// One table of a page. Remembers which keys were asked for, so that the others can be named as unknown.
pub struct Section<'p> {
    page: &'p Page<'p>,
    table: &'p DeTable<'p>,
    /// The table's own place, for what is missing in it.
    span: Range<usize>,
    /// `levels` or `action[2]`; empty for the whole file.
    name: String,
    asked: RefCell<BTreeSet<&'static str>>,
}

impl<'t> Page<'t> {
    /// A page of this text.
    pub fn new(text: &'t str) -> Self {
        Self { text, faults: RefCell::default() }
    }

    /// The file's tables; `None` when it is no TOML, with each syntax error noted.
    pub fn parse(&self) -> Option<Spanned<DeTable<'t>>> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in &errors {
            let what = error.message().lines().next().unwrap_or("no TOML").to_lowercase();
            self.note(error.span().map_or(0, |span| span.start), "", Fault::fatal(Place::default(), what));
        }
        errors.is_empty().then_some(table)
    }

    /// The whole file as a section.
    pub fn root<'p>(&'p self, table: &'p Spanned<DeTable<'p>>) -> Section<'p> {
        Section { page: self, table: table.get_ref(), span: 0..0, name: String::new(), asked: RefCell::default() }
    }

    /// The faults so far, in order of place.
    pub fn into_faults(self) -> Vec<Fault> {
        let mut faults = self.faults.into_inner();
        faults.sort_by_key(|fault| (fault.place.line, fault.place.column));
        faults
    }

    /// True when nothing was wrong so far.
    pub fn is_clean(&self) -> bool {
        self.faults.borrow().is_empty()
    }

    /// Notes a fault at a byte of the text, in this field.
    fn note(&self, at: usize, field: &str, mut fault: Fault) {
        let (line, column) = line_column(self.text, at);
        fault.place = Place::at(line, column);
        if !field.is_empty() {
            fault.place = fault.place.field(field);
        }
        self.faults.borrow_mut().push(fault);
    }
}

impl<'p> Section<'p> {
    /// The line (from 1) on which the section stands.
    pub fn line(&self) -> u32 {
        line_column(self.page.text, self.span.start).0
    }

    /// True when the section has the key.
    pub fn has(&self, key: &'static str) -> bool {
        self.value(key).is_some()
    }

    /// A text that must be there.
    pub fn text(&self, key: &'static str) -> Option<String> {
        self.required(key)?;
        self.optional_text(key)
    }

    /// A text that may be there.
    pub fn optional_text(&self, key: &'static str) -> Option<String> {
        let value = self.value(key)?;
        let text = value.get_ref().as_str().map(str::to_owned);
        self.expect(key, value, text, "a text in quotes")
    }

    /// A number (whole or with decimals) within a range.
    pub fn number(&self, key: &'static str, range: Range<f64>) -> Option<f64> {
        let value = self.value(key)?;
        let number = as_number(value.get_ref()).filter(|number| range.contains(number));
        self.expect(key, value, number, &format!("a number from {} to below {}", range.start, range.end))
    }

    /// A whole number within a range.
    pub fn whole(&self, key: &'static str, range: Range<u32>) -> Option<u32> {
        let value = self.value(key)?;
        let number = value.get_ref().as_integer().and_then(|i| u32::from_str_radix(i.as_str(), i.radix()).ok());
        let number = number.filter(|number| range.contains(number));
        self.expect(key, value, number, &format!("a whole number from {} to {}", range.start, range.end - 1))
    }

    /// A list of texts that may be there, each with its place for [`Section::refuse`].
    pub fn texts(&self, key: &'static str) -> Option<Vec<(String, Range<usize>)>> {
        let value = self.value(key)?;
        let texts = value.get_ref().as_array().and_then(|array| {
            array.iter().map(|item| Some((item.get_ref().as_str()?.to_owned(), item.span()))).collect()
        });
        self.expect(key, value, texts, "a list of texts in quotes")
    }

    /// A list of numbers within a range that may be there.
    pub fn numbers(&self, key: &'static str, range: &Range<f64>) -> Option<Vec<f64>> {
        let value = self.value(key)?;
        let numbers = value.get_ref().as_array().and_then(|array| {
            array.iter().map(|item| as_number(item.get_ref()).filter(|number| range.contains(number))).collect()
        });
        self.expect(key, value, numbers, &format!("a list of numbers from {} to below {}", range.start, range.end))
    }

    /// One of a few words, turned into what it means.
    pub fn word<T: Clone>(&self, key: &'static str, words: &[(&'static str, T)]) -> Option<T> {
        let text = self.optional_text(key)?;
        let span = self.value(key)?.span();
        self.choose(key, &text, span, words)
    }

    /// What a word of a few means; notes it when it is none of them.
    pub fn choose<T: Clone>(
        &self,
        key: &'static str,
        text: &str,
        span: Range<usize>,
        words: &[(&'static str, T)],
    ) -> Option<T> {
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| meaning.clone());
        if found.is_none() {
            let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let hint = match nearest(text, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it can be {}", names.join(", ")),
            };
            self.refuse(key, span, format!("unknown word `{text}`"), hint);
        }
        found
    }

    /// A condition or amount in CEL, or a bare number where an amount is wanted.
    pub fn condition(&self, key: &'static str, wanted: Wanted, scope: &Scope) -> Option<Condition> {
        let value = self.value(key)?;
        if let (Some(number), Wanted::Number) = (as_number(value.get_ref()), wanted) {
            return Some(Condition::constant(number));
        }
        let Some(source) = value.get_ref().as_str() else {
            return self.expect(key, value, None, "a CEL expression in quotes");
        };
        let raw = self.page.text.get(value.span()).unwrap_or_default();
        let (line, column) = line_column(self.page.text, value.span().start);
        let place = Place::at(line, column).field(self.field(key));
        match Condition::compile(source, wanted, scope, place) {
            Ok(condition) => Some(condition),
            Err(mistakes) => {
                for mistake in mistakes {
                    let at = value.span().start + raw_offset(raw, mistake.at);
                    let mut fault = Fault::fatal(Place::default(), mistake.what);
                    fault.hint = mistake.hint;
                    self.page.note(at, &self.field(key), fault);
                }
                None
            }
        }
    }

    /// The table under a key that may be there.
    pub fn section(&self, key: &'static str) -> Option<Section<'p>> {
        let value = self.value(key)?;
        let section = value.get_ref().as_table().map(|table| self.below(table, value.span(), self.field(key)));
        self.expect(key, value, section, &format!("a table `[{key}]`"))
    }

    /// The table under a key whose name is data.
    pub fn below_entry(&self, key: &str) -> Option<Section<'p>> {
        let (name, value, _) = self.entries().find(|(name, ..)| *name == key)?;
        let section = value.get_ref().as_table().map(|table| self.below(table, value.span(), self.field(name)));
        self.expect(name, value, section, &format!("a table `[{key}]`"))
    }

    /// True or false.
    pub fn flag(&self, key: &'static str) -> Option<bool> {
        let value = self.value(key)?;
        self.expect(key, value, value.get_ref().as_bool(), "true or false")
    }

    /// Each table of a list `[[key]]`; none when the key is not there.
    pub fn sections(&self, key: &'static str) -> Vec<Section<'p>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let sections = value.get_ref().as_array().and_then(|array| {
            let each = array.iter().enumerate().map(|(index, item)| {
                let name = format!("{}[{}]", self.field(key), index + 1);
                item.get_ref().as_table().map(|table| self.below(table, item.span(), name))
            });
            each.collect::<Option<Vec<_>>>()
        });
        self.expect(key, value, sections, &format!("tables `[[{key}]]`")).unwrap_or_default()
    }

    /// Each key and value of a section whose keys are data, not names known to us.
    pub fn entries(&self) -> impl Iterator<Item = (&'p str, &'p Spanned<DeValue<'p>>, Range<usize>)> {
        self.table.iter().map(|(key, value)| (key.get_ref().as_ref(), value, key.span()))
    }

    /// Notes that a key must be there, when it is not.
    pub fn required(&self, key: &'static str) -> Option<()> {
        if self.has(key) {
            return Some(());
        }
        let what = format!("`{}` is missing", self.field(key));
        self.page.note(self.span.start, "", Fault::fatal(Place::default(), what).hint(format!("add `{key} = …`")));
        None
    }

    /// Notes something wrong with a key's value.
    pub fn refuse(&self, key: &str, span: Range<usize>, what: impl Into<String>, hint: impl Into<String>) {
        self.page.note(span.start, &self.field(key), Fault::fatal(Place::default(), what).hint(hint));
    }

    /// Notes something wrong with the section as a whole.
    pub fn refuse_all(&self, what: impl Into<String>, hint: impl Into<String>) {
        self.page.note(self.span.start, &self.name, Fault::fatal(Place::default(), what).hint(hint));
    }

    /// Where a key's value stands.
    pub fn span_of(&self, key: &'static str) -> Range<usize> {
        self.value(key).map_or(self.span.clone(), Spanned::span)
    }

    /// Names each key that nobody asked for. Call last.
    pub fn finish(&self) {
        let asked = self.asked.borrow();
        for (key, _) in self.table.iter().filter(|(key, _)| !asked.contains(key.get_ref().as_ref())) {
            let name: &str = key.get_ref().as_ref();
            let hint = match nearest(name, asked.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known here: {}", asked.iter().copied().collect::<Vec<_>>().join(", ")),
            };
            let what = format!("unknown key `{}`", self.field(name));
            self.page.note(key.span().start, "", Fault::fatal(Place::default(), what).hint(hint));
        }
    }

    fn below(&self, table: &'p DeTable<'p>, span: Range<usize>, name: String) -> Section<'p> {
        Section { page: self.page, table, span, name, asked: RefCell::default() }
    }

    fn value(&self, key: &'static str) -> Option<&'p Spanned<DeValue<'p>>> {
        self.asked.borrow_mut().insert(key);
        self.table.get(key)
    }

    fn field(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    /// Passes what was read on, or notes what the value should have been.
    fn expect<T>(&self, key: &str, value: &Spanned<DeValue<'_>>, read: Option<T>, wanted: &str) -> Option<T> {
        if read.is_none() {
            let what = format!("`{}` should be {wanted}", self.field(key));
            self.page.note(value.span().start, "", Fault::fatal(Place::default(), what));
        }
        read
    }
}

/// A TOML number as a finite float.
pub fn as_number(value: &DeValue<'_>) -> Option<f64> {
    let float = value.as_float().and_then(|float| float.as_str().parse::<f64>().ok());
    // Whole numbers in rules are hours, metres and money: far below 2^52.
    let whole = || value.as_integer().and_then(|i| i64::from_str_radix(i.as_str(), i.radix()).ok()).map(|i| i as f64);
    float.or_else(whole).filter(|number| number.is_finite())
}

/// Line and column, from 1 and in characters, of a byte of a text.
fn line_column(text: &str, at: usize) -> (u32, u32) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

/// The byte of a TOML string as written (`raw`, with its quotes) that became the `nth` character of its value.
fn raw_offset(raw: &str, nth: usize) -> usize {
    let quote = ["'''", "\"\"\"", "'", "\""].into_iter().find(|quote| raw.starts_with(quote)).unwrap_or_default();
    let mut at = quote.len();
    let rest = |at: usize| raw.get(at..).unwrap_or_default();
    if quote.len() == 3 {
        // TOML 1.0: a newline right after the opening quotes is not part of the value.
        at += ["\r\n", "\n"].into_iter().find(|newline| rest(at).starts_with(newline)).map_or(0, str::len);
    }
    let escapes = quote.starts_with('"');
    for _ in 0..nth {
        while escapes && starts_line_ending_backslash(rest(at)) {
            at += 1 + rest(at).chars().skip(1).take_while(|c| c.is_whitespace()).map(char::len_utf8).sum::<usize>();
        }
        at += written_len(rest(at), escapes);
    }
    at
}

fn starts_line_ending_backslash(text: &str) -> bool {
    text.strip_prefix('\\').is_some_and(|rest| rest.trim_start_matches([' ', '\t', '\r']).starts_with('\n'))
}

/// How many bytes the first character of a TOML string takes as written.
fn written_len(text: &str, escapes: bool) -> usize {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some('\\'), Some(kind)) if escapes => match kind {
            'x' => 4,
            'u' => 6,
            'U' => 10,
            other => 1 + other.len_utf8(),
        },
        (Some(plain), _) => plain.len_utf8(),
        (None, _) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_of_the_value_is_found_as_written() {
        assert_eq!(raw_offset("'abc'", 2), 3);
        assert_eq!(raw_offset("\"a\\\"b\"", 2), 4);
        assert_eq!(raw_offset("'''\nabc'''", 0), 4);
        assert_eq!(raw_offset("\"\"\"\\\n   abc\"\"\"", 1), 9);
        assert_eq!(raw_offset("\"\\u4e2dx\"", 1), 7);
        assert_eq!(raw_offset("'中x'", 1), 4);
        assert_eq!(raw_offset("'a'", 99), 3);
    }

    #[test]
    fn every_mistake_of_a_page_is_named() {
        let page = Page::new("title = 3\nlevel = \"wran\"\nremind = [1, \"x\"]\nhuge = 99\ntitel = 1\n");
        let table = page.parse().expect("toml");
        let root = page.root(&table);
        assert_eq!(root.text("title"), None);
        assert_eq!(root.word("level", &[("warn", 1), ("act", 2)]), None);
        assert_eq!(root.numbers("remind", &(0.0..10.0)), None);
        assert_eq!(root.whole("huge", 0..10), None);
        assert_eq!(root.text("playbook"), None);
        root.finish();
        let told: Vec<String> = page.into_faults().iter().map(|fault| fault.in_file("a.toml")).collect();
        let want = [
            "error: a.toml:1:1: `playbook` is missing\nhint: add `playbook = …`",
            "error: a.toml:1:9: `title` should be a text in quotes",
            "error: a.toml:2:9: unknown word `wran` (in `level`)\nhint: did you mean `warn`?",
            "error: a.toml:3:10: `remind` should be a list of numbers from 0 to below 10",
            "error: a.toml:4:8: `huge` should be a whole number from 0 to 9",
            "error: a.toml:5:1: unknown key `titel`\nhint: did you mean `title`?",
        ];
        assert_eq!(told, want);
    }

    #[test]
    fn what_is_no_toml_is_named_with_its_line() {
        let page = Page::new("a = 1\nb = = 2\nc = \"x\n");
        assert!(page.parse().is_none());
        let lines: Vec<_> = page.into_faults().iter().map(|fault| fault.place.line).collect();
        assert_eq!(lines.first(), Some(&Some(2)));
        assert!(lines.contains(&Some(3)), "{lines:?}");
    }
}
