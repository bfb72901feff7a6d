//! A playbook: the actions that can be taken for a kind of subject, as `rules/playbooks/<id>.toml` tells them.

use std::collections::BTreeMap;

use super::cases::{self, Case};
use super::holidays::Holidays;
use super::read;
use crate::domain::{Fault, Place, SubjectKind};
use crate::rules::{CaseReport, Condition, FactContext, FileFaults, RuleFiles, Rulebook, with_deep_stack};

/// Every playbook of a folder, checked.
#[derive(Debug, Clone)]
pub struct Playbooks {
    pub(super) books: BTreeMap<String, Playbook>,
    pub(super) cases: Vec<Case>,
    pub(super) holidays: Holidays,
}

/// One playbook: what the rules that name it offer.
#[derive(Debug, Clone)]
pub struct Playbook {
    /// Its name, as rules and the actions' `[[offer]]` give it.
    pub id: String,
    /// Whether it is for sites or lanes.
    pub subject: SubjectKind,
    /// The actions in order of their files, or of their places in one file.
    pub actions: Vec<Action>,
}

/// What an action must be done before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deadline {
    /// The danger's beginning: the earliest reasonable gale, else the warning's onset.
    Danger,
    /// The warning's end.
    End,
    /// Nothing.
    None,
}

/// One action.
#[derive(Debug, Clone)]
pub struct Action {
    /// Its id: `move-stock`. Its words are in the texts.
    pub id: String,
    /// Who does it: `dealer`, `account-manager`, `logistics`.
    pub who: String,
    /// Hours between its end and what it must be done before.
    pub margin_h: f64,
    /// What it must be done before.
    pub deadline: Deadline,
    /// Breaks ties, smallest first.
    pub order: u32,
    /// When it can be worked on.
    pub hours: Hours,
    pub(super) lead_h: Condition,
    pub(super) travel_h: Option<Condition>,
    pub(super) cost: Option<Condition>,
    pub(super) avoids: Condition,
    pub(super) needs: Option<Condition>,
    pub(super) unless: Option<Condition>,
    pub(super) refusal: Option<Refusal>,
}

/// When an action can be worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hours {
    /// In the working time of the site.
    Site,
    /// At any hour.
    Any,
}

#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) when: Condition,
    pub(super) because: String,
}

/// What an action costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cost {
    /// Nothing worth counting.
    Nothing,
    /// This much, in the subject's currency.
    Known(f64),
    /// Something, and nobody knows how much.
    Unknown,
}

/// An action with its amounts for one exposure.
#[derive(Debug, Clone, PartialEq)]
pub struct Weighed {
    /// Hours of work that it takes; 0 or more.
    pub lead_h: f64,
    /// Hours on the road after that; 0 or more.
    pub travel_h: f64,
    /// What it costs.
    pub cost: Cost,
    /// Share (0..=1) of the expected loss that it avoids.
    pub avoids: f64,
    /// The key of the words that say why it is refused, when it is.
    pub refused: Option<String>,
}

impl Playbooks {
    /// Reads and checks the playbooks of a folder, with their cases.
    ///
    /// # Errors
    /// Every mistake of every file, in order of path and place.
    pub fn check(files: &RuleFiles) -> Result<Self, FileFaults> {
        with_deep_stack(|| read::read(files))
            .unwrap_or_else(|error| Err(vec![(String::new(), Fault::fatal(Place::default(), error.to_string()))]))
    }

    /// A playbook.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Playbook> {
        self.books.get(id)
    }

    /// The playbooks in order of id.
    pub fn iter(&self) -> impl Iterator<Item = &Playbook> {
        self.books.values()
    }

    /// The public holidays by country.
    #[must_use]
    pub fn holidays(&self) -> &Holidays {
        &self.holidays
    }

    /// Rules whose playbook is about another kind of subject than they are.
    #[must_use]
    pub fn mismatches(&self, rulebook: &Rulebook) -> FileFaults {
        let wrong = rulebook.rules().filter(|rule| self.get(&rule.playbook).is_some_and(|p| p.subject != rule.subject));
        let fault = |playbook: &str| {
            Fault::fatal(Place::default().field("playbook"), format!("`{playbook}` is for another kind of subject"))
                .hint("give the rule a playbook with the same `subject`")
        };
        wrong.map(|rule| (format!("{}.toml", rule.id), fault(&rule.playbook))).collect()
    }

    /// Runs the cases that lie beside the playbooks.
    #[must_use]
    pub fn run_cases(&self) -> CaseReport {
        let failures = self.cases.iter().filter_map(|case| cases::run(case, self.books.get(&case.playbook)?)).collect();
        CaseReport { count: self.cases.len(), failures }
    }

    /// The cases, for the test that asks for both answers of each action.
    #[cfg(test)]
    pub(super) fn cases(&self) -> &[Case] {
        &self.cases
    }
}

impl Action {
    /// The action's amounts for these facts; `None` when it is not needed here.
    ///
    /// # Errors
    /// When a condition or amount cannot be evaluated: the action is then left out, and the fault told.
    pub fn weigh(&self, facts: &FactContext) -> Result<Option<Weighed>, Fault> {
        if !self.needs.as_ref().map_or(Ok(true), |needs| needs.flag(facts))? {
            return Ok(None);
        }
        if self.unless.as_ref().map_or(Ok(false), |unless| unless.flag(facts))? {
            return Ok(None);
        }
        let cost = match &self.cost {
            None => Cost::Nothing,
            Some(cost) => cost.optional_number(facts)?.map_or(Cost::Unknown, |cost| Cost::Known(cost.max(0.0))),
        };
        let refused = match &self.refusal {
            Some(refusal) if refusal.when.flag(facts)? => Some(refusal.because.clone()),
            _ => None,
        };
        let lead_h = self.lead_h.number(facts)?.max(0.0);
        let travel_h = self.travel_h.as_ref().map_or(Ok(0.0), |travel| travel.number(facts))?.max(0.0);
        let avoids = self.avoids.number(facts)?.clamp(0.0, 1.0);
        Ok(Some(Weighed { lead_h, travel_h, cost, avoids, refused }))
    }
}
