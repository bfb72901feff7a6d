//! Says things in one language, and never fails: an override that breaks gives way to the shipped
//! sentence, and that, should it break, to its bare facts. Each failure is kept as a fault.

use std::cell::RefCell;

use minijinja::{Value, context};

use super::clean;
use super::texts::Texts;
use crate::domain::{Fault, Language, Place};

/// One language's words for one mail.
pub(super) struct Speaker<'a> {
    texts: &'a Texts,
    language: Language,
    faults: &'a RefCell<Vec<Fault>>,
}

impl<'a> Speaker<'a> {
    /// Speaks this language; what goes wrong is put into `faults`.
    pub(super) fn new(texts: &'a Texts, language: Language, faults: &'a RefCell<Vec<Fault>>) -> Self {
        Self { texts, language, faults }
    }

    /// The same, in another language.
    pub(super) fn in_language(&self, language: Language) -> Self {
        Self { texts: self.texts, language, faults: self.faults }
    }

    /// The language spoken.
    pub(super) fn language(&self) -> Language {
        self.language
    }

    /// A sentence with its facts.
    pub(super) fn say(&self, key: &str, facts: &Value) -> String {
        self.try_say(key, facts).unwrap_or_else(|| {
            self.note(Fault::minor(Place::default().field(key), "a text is missing or broken"));
            bare(facts)
        })
    }

    /// A sentence without facts.
    pub(super) fn word(&self, key: &str) -> String {
        self.say(key, &context! {})
    }

    /// A sentence or layout, or `None` when no layer can say it.
    pub(super) fn try_say(&self, key: &str, facts: &Value) -> Option<String> {
        for voice in self.texts.voices(self.language) {
            match voice.say(key, facts) {
                Some(Ok(text)) => return Some(text),
                Some(Err(fault)) => self.note(fault),
                None => {}
            }
        }
        None
    }

    /// A setting or looked-up name, `currency.CNY`, when this language has it.
    pub(super) fn name(&self, key: &str) -> Option<&'a str> {
        let texts = self.texts;
        texts.voices(self.language).find_map(|voice| voice.name(key))
    }

    /// `A, B and C`; beyond `max` items, `A, B and 5 more`.
    pub(super) fn list(&self, items: &[String], max: usize) -> String {
        let mut shown: Vec<String> = items.iter().take(max).cloned().collect();
        let hidden = items.len().saturating_sub(shown.len());
        if hidden > 0 {
            shown.push(self.say("place.more", &context! { n => hidden }));
        }
        let Some((last, rest)) = shown.split_last() else { return String::new() };
        if rest.is_empty() {
            return last.clone();
        }
        let comma = self.name("form.list_comma").unwrap_or(", ");
        let and = self.name("form.list_and").unwrap_or(comma);
        format!("{}{and}{last}", rest.join(comma))
    }

    /// Keeps what went wrong beside the words.
    pub(super) fn note(&self, fault: Fault) {
        let mut faults = self.faults.borrow_mut();
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }
}

/// The facts by themselves, for a sentence that nobody can say.
fn bare(facts: &Value) -> String {
    let Ok(names) = facts.try_iter() else { return String::new() };
    let texts = names.filter_map(|name| facts.get_item(&name).ok()).filter(Value::is_true);
    clean::clean(&texts.map(|value| value.to_string()).collect::<Vec<_>>().join(" "), clean::NOTE_MAX)
}
