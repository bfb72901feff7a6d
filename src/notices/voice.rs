//! One language's words, compiled: sentences, looked-up names, and the two layouts.

use std::collections::BTreeMap;
use std::io;

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior, Value};

use super::clean::{fold, fold_from, pad};
use super::texts::{LAYOUTS, Phrases, facts_of};
use crate::domain::{Fault, Place};

/// Steps that one template may take; a mail of twenty sites takes a tenth of it.
const FUEL: u64 = 500_000;
/// The largest part of a mail in bytes; mail readers cut HTML at about a tenth of it.
const OUTPUT_MAX: usize = 1024 * 1024;

/// The longest id that is kept on one line.
const ID_MAX: usize = 20;

/// One language.
#[derive(Debug)]
pub(super) struct Voice {
    sentences: Environment<'static>,
    names: BTreeMap<String, String>,
}

impl Voice {
    /// Compiles every phrase.
    ///
    /// # Errors
    /// Each template that does not parse or uses a fact that it does not have, with its file.
    pub(super) fn new(phrases: &Phrases) -> Result<Self, Vec<(String, Fault)>> {
        let mut voice = Self { sentences: environment(), names: BTreeMap::new() };
        let mut faults = Vec::new();
        for (key, phrase) in phrases {
            let facts = facts_of(key);
            if facts.is_none() && !LAYOUTS.contains(&key.as_str()) {
                voice.names.insert(key.clone(), phrase.text.clone());
                continue;
            }
            let is_file = LAYOUTS.contains(&key.as_str());
            let fault = match voice.sentences.add_template_owned(key.clone(), phrase.text.clone()) {
                Ok(()) => facts.and_then(|facts| voice.strange(key, &facts)),
                Err(error) => Some(as_fault(&error)),
            };
            if let Some(mut fault) = fault {
                let inside = fault.place.line.unwrap_or(1);
                fault.place = Place::line(if is_file { inside } else { phrase.line }).field(key);
                faults.push((phrase.file.clone(), fault));
            }
        }
        if faults.is_empty() { Ok(voice) } else { Err(faults) }
    }

    /// A sentence or layout with its facts filled in; `None` when this language has no such text.
    pub(super) fn say(&self, key: &str, facts: &Value) -> Option<Result<String, Fault>> {
        let template = self.sentences.get_template(key).ok()?;
        let mut output = Capped::default();
        Some(match template.render_captured_to(facts.clone(), &mut output) {
            Ok(_) => String::from_utf8(output.bytes).map_err(|error| Fault::minor(Place::default(), error.to_string())),
            Err(error) => Err(as_fault(&error)),
        })
    }

    /// A setting or a looked-up name, as it stands.
    pub(super) fn name(&self, key: &str) -> Option<&str> {
        self.names.get(key).map(String::as_str)
    }

    /// A fact that a sentence uses and does not have.
    fn strange(&self, key: &str, facts: &[&str]) -> Option<Fault> {
        let used = self.sentences.get_template(key).ok()?.undeclared_variables(false);
        let mut unknown: Vec<_> = used.iter().filter(|name| !facts.contains(&name.as_str())).collect();
        unknown.sort();
        let name = unknown.first()?;
        let hint =
            if facts.is_empty() { "it can use none".to_owned() } else { format!("it can use {}", facts.join(", ")) };
        Some(Fault::fatal(Place::default(), format!("unknown fact `{name}`")).hint(hint))
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    // By our own names of templates, so that a file's name never decides whether markup is escaped.
    environment.set_auto_escape_callback(|name| if name == "mail.html" { AutoEscape::Html } else { AutoEscape::None });
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        environment.set_syntax(syntax);
    }
    environment.add_filter("fold", |text: &str, width: usize, indent: Option<usize>| {
        fold(text, width.clamp(20, 1000), indent.unwrap_or(0).min(40))
    });
    environment.add_filter("hang", |text: &str, width: usize, indent: usize| {
        fold_from(text, indent.min(40), width.clamp(20, 1000), indent.min(40))
    });
    environment.add_filter("ids", |text: &str| Value::from_safe_string(ids(text)));
    environment.add_filter("pad", |text: &str, width: usize| pad(text, width.min(200)));
    environment
}

/// The text as HTML, escaped, in which no id such as `TZ-01` is broken at its hyphen.
fn ids(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let (before, tail) = rest.split_at(start);
        let end = tail.find(|c| !is_part(c)).unwrap_or(tail.len());
        let (id, after) = tail.split_at(end);
        out.push_str(&escaped(before));
        if id.contains('-') && id.len() <= ID_MAX {
            out.extend(["<span style=\"white-space:nowrap\">", id, "</span>"]);
        } else {
            out.push_str(id);
        }
        rest = after;
    }
    out + &escaped(rest)
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#x27;"),
            other => out.push(other),
        }
    }
    out
}

fn as_fault(error: &Error) -> Fault {
    let what = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    let line = error.line().and_then(|line| u32::try_from(line).ok());
    Fault::fatal(Place { line, column: None, field: error.name().map(str::to_owned) }, what)
}

/// Takes bytes up to [`OUTPUT_MAX`].
#[derive(Default)]
struct Capped {
    bytes: Vec<u8>,
}

impl io::Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > OUTPUT_MAX {
            return Err(io::Error::other(format!("the text is longer than {OUTPUT_MAX} bytes")));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
