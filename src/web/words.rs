//! The words of the pages, by language.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::Language;

/// Words by language and key, as the texts give them.
#[derive(Debug, Clone, Default)]
pub struct PageWords(Arc<BTreeMap<Language, BTreeMap<String, String>>>);

impl PageWords {
    /// The words of each language.
    pub fn new(words: impl IntoIterator<Item = (Language, BTreeMap<String, String>)>) -> Self {
        Self(Arc::new(words.into_iter().collect()))
    }

    /// The words of a language, English where it has none.
    #[must_use]
    pub fn of(&self, language: Language) -> BTreeMap<String, String> {
        let mut words = self.0.get(&Language::English).cloned().unwrap_or_default();
        words.extend(self.0.get(&language).cloned().unwrap_or_default());
        words
    }
}
