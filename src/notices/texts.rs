//! The texts of all languages: read, checked all at once, and layered, so that an override that fails
//! when it is used falls back to what is shipped.

use std::collections::{BTreeMap, BTreeSet};

use toml::de::{DeTable, DeValue};

use super::keys::{ACTION_FACTS, FORM, OPEN_TABLES, required};
use super::languages;
use super::voice::Voice;
use crate::domain::{Fault, Language, Place};

/// Where the files of single actions lie.
const PLAYBOOKS: &str = "playbooks/";

/// The layouts: wordless, shared by all languages unless a language's folder has its own.
pub(super) const LAYOUTS: [&str; 2] = ["mail.txt", "mail.html"];

/// One text with where it stands.
#[derive(Debug, Clone)]
pub(super) struct Phrase {
    /// The template.
    pub(super) text: String,
    /// Its file under `rules/texts/`.
    pub(super) file: String,
    /// Its line there, from 1.
    pub(super) line: u32,
}

/// Keys such as `reason.first-match`, `action.move-stock.title`, `name.RANANIM`, `mail.html`.
pub(super) type Phrases = BTreeMap<String, Phrase>;

/// The words of every language, ready to be spoken.
#[derive(Debug)]
pub struct Texts {
    /// Preferred first; the last is what is shipped.
    layers: Vec<BTreeMap<&'static str, Voice>>,
    /// What each language's top layer was made from.
    phrases: BTreeMap<&'static str, Phrases>,
}

impl Texts {
    /// Reads a full set of texts: `en/words.toml`, `mail.txt`, `mail.html`, ..., and `playbooks/<action>.toml` for the
    /// words of actions; `en/actions.toml` goes before those.
    ///
    /// # Errors
    /// Every mistake at once, each with its file: bad TOML, a missing or unknown key, a template that does
    /// not parse or uses a fact that it does not have.
    pub fn parse(files: &BTreeMap<String, String>) -> Result<Self, Vec<(String, Fault)>> {
        Self::build(files, None)
    }

    /// The same texts with some replaced; what an override breaks when used falls back to these.
    /// An override may hold a few keys of a file alone.
    ///
    /// # Errors
    /// As [`Texts::parse`], for the overriding files.
    pub fn with_overrides(self, files: &BTreeMap<String, String>) -> Result<Self, Vec<(String, Fault)>> {
        Self::build(files, Some(self))
    }

    /// The voices of a language, preferred first.
    pub(super) fn voices(&self, language: Language) -> impl Iterator<Item = &Voice> {
        self.layers.iter().filter_map(move |layer| layer.get(language.tag()))
    }

    fn build(files: &BTreeMap<String, String>, under: Option<Self>) -> Result<Self, Vec<(String, Fault)>> {
        let (mut layers, below) = under.map_or((Vec::new(), BTreeMap::new()), |t| (t.layers, t.phrases));
        let mut faults = stray(files);
        let (mut top, mut phrases) = (BTreeMap::new(), BTreeMap::new());
        for language in languages::ALL {
            let tag = language.tag();
            let mut all = below.get(tag).cloned().unwrap_or_default();
            let own = read(files, tag, &mut faults);
            check(tag, &own, &mut faults);
            all.extend(own);
            missing(tag, &all, &mut faults);
            match Voice::new(&all) {
                Ok(voice) => drop(top.insert(tag, voice)),
                Err(found) => faults.extend(found),
            }
            phrases.insert(tag, all);
        }
        if faults.is_empty() {
            layers.insert(0, top);
            Ok(Self { layers, phrases })
        } else {
            faults.sort_by(|a, b| (&a.0, a.1.place.line, &a.1.what).cmp(&(&b.0, b.1.place.line, &b.1.what)));
            faults.dedup();
            Err(faults)
        }
    }
}

/// All texts of one language, flattened.
fn read(files: &BTreeMap<String, String>, tag: &str, faults: &mut Vec<(String, Fault)>) -> Phrases {
    let mut phrases = Phrases::new();
    for (path, text) in files {
        // A playbook's action brings its own words: `playbooks/move-stock.toml`, tables `[text.<language>]`.
        let Some(id) = path.strip_prefix(PLAYBOOKS).and_then(|name| name.strip_suffix(".toml")) else { continue };
        // What does not read there is told of by whoever reads the playbook.
        let Ok(table) = DeTable::parse(text) else { continue };
        let words =
            table.get_ref().get("text").and_then(|texts| texts.get_ref().as_table()?.get(tag)?.get_ref().as_table());
        if let Some(words) = words {
            flatten(words, &format!("action.{id}."), path, text, &mut phrases, faults);
        }
    }
    for (file, prefix) in [("words.toml", ""), ("actions.toml", "action."), ("storm-names.toml", "name.")] {
        let path = format!("{tag}/{file}");
        let Some(text) = files.get(&path) else { continue };
        match DeTable::parse(text) {
            Ok(table) => flatten(table.get_ref(), prefix, &path, text, &mut phrases, faults),
            Err(error) => {
                let place = error.span().map_or_else(Place::default, |span| line_column(text, span.start));
                faults.push((path, Fault::fatal(place, error.message())));
            }
        }
    }
    for layout in LAYOUTS {
        let own = format!("{tag}/{layout}");
        if let Some((path, text)) = files.get_key_value(&own).or_else(|| files.get_key_value(layout)) {
            phrases.insert(layout.to_owned(), Phrase { text: text.clone(), file: path.clone(), line: 1 });
        }
    }
    phrases
}

fn flatten(
    table: &DeTable<'_>,
    prefix: &str,
    path: &str,
    source: &str,
    phrases: &mut Phrases,
    faults: &mut Vec<(String, Fault)>,
) {
    for (name, value) in table {
        let key = format!("{prefix}{}", name.get_ref());
        let place = line_column(source, name.span().start);
        match value.get_ref() {
            DeValue::String(text) => {
                let line = place.line.unwrap_or(1);
                phrases.insert(key, Phrase { text: text.to_string(), file: path.to_owned(), line });
            }
            // An action's words are three deep, all else is two: deeper is refused as unknown.
            DeValue::Table(inner) if key.split('.').count() < 3 => {
                flatten(inner, &format!("{key}."), path, source, phrases, faults);
            }
            other => {
                let fault = Fault::fatal(place, format!("`{key}` is no text but {}", other.type_str()))
                    .hint("put the words in quotation marks");
                faults.push((path.to_owned(), fault));
            }
        }
    }
}

/// Files that no language would ever read.
fn stray(files: &BTreeMap<String, String>) -> Vec<(String, Fault)> {
    let tags: Vec<_> = languages::ALL.iter().map(|language| language.tag()).collect();
    let known = |path: &str| {
        LAYOUTS.contains(&path)
            || path.starts_with(PLAYBOOKS)
            || path.split_once('/').is_some_and(|(tag, file)| {
                tags.contains(&tag)
                    && (LAYOUTS.contains(&file)
                        || ["words.toml", "actions.toml", "storm-names.toml", super::pages::FILE].contains(&file))
            })
    };
    let strays = files.keys().filter(|path| !known(path));
    strays
        .map(|path| {
            let hint =
                format!("the languages are {}; a folder holds words.toml, actions.toml, mail.html", tags.join(", "));
            (path.clone(), Fault::fatal(Place::default(), "no language reads this file").hint(hint))
        })
        .collect()
}

/// Keys that do not exist.
fn check(tag: &str, phrases: &Phrases, faults: &mut Vec<(String, Fault)>) {
    let words = format!("{tag}/words.toml");
    let keys: BTreeSet<String> = required().map(|(key, _)| key).collect();
    for (key, phrase) in phrases.iter().filter(|(_, phrase)| phrase.file == words) {
        let table = key.split('.').next().unwrap_or_default();
        if !keys.contains(key) && !OPEN_TABLES.contains(&table) {
            let same = keys.iter().filter(|known| known.split('.').next() == Some(table)).cloned().collect::<Vec<_>>();
            let hint = if same.is_empty() {
                "the shipped words.toml names every key".to_owned()
            } else {
                format!("[{table}] has {}", same.join(", "))
            };
            let fault = Fault::fatal(Place::line(phrase.line).field(key), "no mail uses this text").hint(hint);
            faults.push((phrase.file.clone(), fault));
        }
    }
}

/// Keys that a language lacks, counting what lies below an override.
fn missing(tag: &str, phrases: &Phrases, faults: &mut Vec<(String, Fault)>) {
    let path = format!("{tag}/words.toml");
    for (key, _) in required().filter(|(key, _)| !phrases.contains_key(key)) {
        let place = Place::default().field(&key);
        let fault = Fault::fatal(place, "a text is missing").hint("copy the key from the shipped words.toml");
        faults.push((path.clone(), fault));
    }
    for layout in LAYOUTS.into_iter().filter(|layout| !phrases.contains_key(*layout)) {
        faults.push((layout.to_owned(), Fault::fatal(Place::default(), format!("the layout is missing for {tag}"))));
    }
}

/// The facts that the text of this key may use; `None` for what is looked up as it stands.
pub(super) fn facts_of(key: &str) -> Option<Vec<&'static str>> {
    let table = key.split('.').next().unwrap_or_default();
    if table == FORM || table == "name" || OPEN_TABLES.contains(&table) || LAYOUTS.contains(&key) {
        return None;
    }
    let listed = required().find(|(known, _)| known == key).map(|(_, facts)| facts.split_whitespace().collect());
    Some(listed.unwrap_or_else(|| ACTION_FACTS.to_vec()))
}

fn line_column(text: &str, at: usize) -> Place {
    let before = text.get(..at).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Place::at(u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}
