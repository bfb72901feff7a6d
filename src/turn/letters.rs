//! Notices that were given up, and what an operator wants done with them.

use super::House;
use crate::domain::{LetterFate, LetterWord};

impl House<'_> {
    /// Sends a notice that was given up again, or drops it; whose word that was and why is in the journal.
    pub(super) fn take_letter(&mut self, word: &LetterWord) {
        self.answers.push(word.id.clone());
        let line = self
            .line("letter", word.letter.as_str())
            .with("as", word.fate)
            .with("person", &word.person)
            .with("by", &word.by)
            .with("note", &word.why);
        self.timeline.push(line);
        let person = self.world.portfolio.people.get(&word.person);
        let to = person.map(|person| (person.name.clone(), person.email.clone()));
        self.letters.push(LetterFate { letter: word.letter.clone(), fate: word.fate, to });
    }
}
