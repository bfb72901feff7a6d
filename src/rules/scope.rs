//! What a condition may ask for, and which unknown facts have been asked about before it.

use std::collections::BTreeSet;

use super::facts::{FACTS, FactRow};
use crate::domain::SubjectKind;

/// The facts within a condition's reach.
#[derive(Debug, Clone)]
pub struct Scope {
    subject: SubjectKind,
    guarded: BTreeSet<&'static str>,
}

impl Scope {
    /// Every fact of such a subject; none asked about yet.
    #[must_use]
    pub fn of(subject: SubjectKind) -> Self {
        Self { subject, guarded: BTreeSet::new() }
    }

    /// The same, behind a guard that asked `has(…)` of these facts.
    #[must_use]
    pub fn behind(&self, asked: &BTreeSet<&'static str>) -> Self {
        Self { subject: self.subject, guarded: self.guarded.union(asked).copied().collect() }
    }

    /// The row of a fact within reach.
    pub fn row(&self, name: &str) -> Option<&'static FactRow> {
        FactRow::named(name).filter(|row| row.is_about(self.subject))
    }

    /// The names within reach.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        let subject = self.subject;
        FACTS.iter().filter(move |row| row.is_about(subject)).map(|row| row.name)
    }

    /// True when a guard before the condition asked `has(…)` of it.
    pub fn is_guarded(&self, name: &str) -> bool {
        self.guarded.contains(name)
    }
}
