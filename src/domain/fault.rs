//! What was wrong with something from outside: what, where, and how to mend it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where in a document or file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The line, from 1.
    pub line: Option<u32>,
    /// The column, from 1.
    pub column: Option<u32>,
    /// The field, element or column name.
    pub field: Option<String>,
}

impl Place {
    /// A line alone.
    #[must_use]
    pub fn line(line: u32) -> Self {
        Self { line: Some(line), ..Self::default() }
    }

    /// A line and column.
    #[must_use]
    pub fn at(line: u32, column: u32) -> Self {
        Self { line: Some(line), column: Some(column), field: None }
    }

    /// The same place, in this field.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }
}

/// One thing wrong with one document, file, row or rule. Data, not an error: the rest goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Where it is.
    pub place: Place,
    /// What is wrong: lower case, no full stop.
    pub what: String,
    /// How to mend it, when we know.
    pub hint: Option<String>,
    /// True when the document gave nothing at all because of it, or should not exist so.
    pub is_fatal: bool,
}

/// The longest words of a fault, in characters: what a document says in it may be of any length.
const WORDS_MAX: usize = 500;

/// Words that can be shown: bounded, and without control characters, which could do anything to a terminal.
fn told(what: String) -> String {
    if what.len() <= WORDS_MAX && !what.contains(char::is_control) {
        return what;
    }
    let shown: String = what.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).take(WORDS_MAX).collect();
    if what.chars().nth(WORDS_MAX).is_some() { shown + "…" } else { shown }
}

impl Fault {
    /// Something odd that lost nothing else.
    pub fn minor(place: Place, what: impl Into<String>) -> Self {
        Self { place, what: told(what.into()), hint: None, is_fatal: false }
    }

    /// Something that made the document invalid.
    pub fn fatal(place: Place, what: impl Into<String>) -> Self {
        Self { place, what: told(what.into()), hint: None, is_fatal: true }
    }

    /// The same fault with the way to mend it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// `file:line:column: what (field)` and, on its own line, the hint.
    #[must_use]
    pub fn in_file(&self, file: &str) -> String {
        let word = if self.is_fatal { "error" } else { "warning" };
        format!("{word}: {file}{self}")
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.place.line {
            write!(f, ":{line}")?;
            if let Some(column) = self.place.column {
                write!(f, ":{column}")?;
            }
        }
        write!(f, ": {}", self.what)?;
        if let Some(field) = &self.place.field {
            write!(f, " (in `{field}`)")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\nhint: {hint}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_from_outside_are_bounded_and_harm_no_terminal() {
        let fault = Fault::minor(Place::default(), format!("`\u{1b}[2J{}`", "x".repeat(9_000)));
        assert_eq!(fault.what.chars().count(), WORDS_MAX + 1);
        assert!(!fault.what.contains('\u{1b}') && fault.what.ends_with('…'));
        assert_eq!(Fault::fatal(Place::default(), "no `scope`").what, "no `scope`");
    }
}
