//! The words of pages and of the demo's story: `rules/texts/<tag>/pages.toml`, a table of plain texts.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::languages;
use crate::domain::{Fault, Language, Place};

/// Words by language, `table_key` each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pages(BTreeMap<Language, BTreeMap<String, String>>);

/// The file in each language's folder.
pub(super) const FILE: &str = "pages.toml";

impl Pages {
    /// Reads each language's file; every language must have every key that English has.
    ///
    /// # Errors
    /// Every mistake at once, each with its file.
    pub fn parse(files: &BTreeMap<String, String>) -> Result<Self, Vec<(String, Fault)>> {
        let mut faults = Vec::new();
        let mut pages = BTreeMap::new();
        for language in languages::ALL {
            let path = format!("{}/{FILE}", language.tag());
            match read(files.get(&path).map_or("", String::as_str)) {
                Ok(words) => drop(pages.insert(*language, words)),
                Err(fault) => faults.push((path, fault)),
            }
        }
        let english = pages.get(&Language::English).cloned().unwrap_or_default();
        for (language, words) in &pages {
            let path = format!("{}/{FILE}", language.tag());
            let missing = english.keys().filter(|key| !words.contains_key(*key));
            faults.extend(missing.map(|key| {
                (path.clone(), Fault::fatal(Place::default().field(key), "a text is missing").hint("see en/pages.toml"))
            }));
        }
        if faults.is_empty() { Ok(Self(pages)) } else { Err(faults) }
    }

    /// The words of a language, without the table's name: `of(en, "answer")["ask"]`.
    #[must_use]
    pub fn of(&self, language: Language, table: &str) -> BTreeMap<String, String> {
        let words = self.0.get(&language).into_iter().flatten();
        let in_table = words.filter_map(|(key, text)| Some((key.strip_prefix(table)?.strip_prefix('.')?, text)));
        in_table.map(|(key, text)| (key.to_owned(), text.clone())).collect()
    }
}

fn read(text: &str) -> Result<BTreeMap<String, String>, Fault> {
    let table = DeTable::parse(text).map_err(|error| Fault::fatal(Place::default(), error.message()))?;
    let mut words = BTreeMap::new();
    for (name, value) in table.get_ref() {
        let DeValue::Table(inner) = value.get_ref() else {
            return Err(Fault::fatal(
                Place::default().field(name.get_ref().to_string()),
                "a text outside of any table",
            ));
        };
        for (key, value) in inner {
            let full = format!("{}.{}", name.get_ref(), key.get_ref());
            let Some(text) = value.get_ref().as_str() else {
                return Err(
                    Fault::fatal(Place::default().field(full), "this is no text").hint("put it in quotation marks")
                );
            };
            words.insert(full, text.to_owned());
        }
    }
    Ok(words)
}
