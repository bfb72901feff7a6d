//! A playbook: the actions that can be taken for a kind of subject, as `rules/playbooks/<id>.toml` tells them.

use std::collections::{BTreeMap, BTreeSet};

use super::cases::{self, Case};
use crate::domain::{Fault, Place, SubjectKind};
use crate::rules::{
    CaseReport, Condition, FactContext, FileFaults, PLAYBOOKS, Page, RuleFiles, Rulebook, Scope, Section, Wanted,
    with_deep_stack,
};

/// Every playbook of a folder, checked.
#[derive(Debug, Clone)]
pub struct Playbooks {
    books: BTreeMap<String, Playbook>,
    cases: Vec<Case>,
}

/// One playbook.
#[derive(Debug, Clone)]
pub struct Playbook {
    /// The name of its file.
    pub id: String,
    /// Whether it is for sites or lanes.
    pub subject: SubjectKind,
    /// The actions in the file's order.
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
    lead_h: Condition,
    cost: Option<Condition>,
    avoids: Condition,
    needs: Option<Condition>,
    refusal: Option<Refusal>,
}

#[derive(Debug, Clone)]
struct Refusal {
    when: Condition,
    because: String,
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
    /// Hours that it takes; 0 or more.
    pub lead_h: f64,
    /// What it costs.
    pub cost: Cost,
    /// Share (0..=1) of the expected loss that it avoids.
    pub avoids: f64,
    /// The key of the words that say why it is refused, when it is.
    pub refused: Option<String>,
}

const SUBJECTS: [(&str, SubjectKind); 2] = [("site", SubjectKind::Site), ("lane", SubjectKind::Lane)];
const DEADLINES: [(&str, Deadline); 3] =
    [("danger", Deadline::Danger), ("end", Deadline::End), ("none", Deadline::None)];
const WHO: [(&str, &str); 5] = [
    ("dealer", "dealer"),
    ("account-manager", "account-manager"),
    ("regional-manager", "regional-manager"),
    ("logistics", "logistics"),
    ("management", "management"),
];
/// Hours of margin between the end of an action and the danger where the file names none. A guess.
const MARGIN_H: f64 = 2.0;

impl Playbooks {
    /// Reads and checks the playbooks of a folder, with their cases.
    ///
    /// # Errors
    /// Every mistake of every file, in order of path and place.
    pub fn check(files: &RuleFiles) -> Result<Self, FileFaults> {
        with_deep_stack(|| read(files))
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
        let cost = match &self.cost {
            None => Cost::Nothing,
            Some(cost) => cost.optional_number(facts)?.map_or(Cost::Unknown, |cost| Cost::Known(cost.max(0.0))),
        };
        let refused = match &self.refusal {
            Some(refusal) if refusal.when.flag(facts)? => Some(refusal.because.clone()),
            _ => None,
        };
        let lead_h = self.lead_h.number(facts)?.max(0.0);
        let avoids = self.avoids.number(facts)?.clamp(0.0, 1.0);
        Ok(Some(Weighed { lead_h, cost, avoids, refused }))
    }
}

fn read(files: &RuleFiles) -> Result<Playbooks, FileFaults> {
    let mut faults = FileFaults::new();
    let mut books = BTreeMap::new();
    for (id, path, text) in files.of_folder(PLAYBOOKS) {
        let page = Page::new(text);
        let book = page.parse().and_then(|table| read_playbook(id, &page.root(&table)));
        let mistakes = page.into_faults();
        match book.filter(|_| mistakes.is_empty()) {
            Some(book) => _ = books.insert(id.to_owned(), book),
            None => faults.extend(mistakes.into_iter().map(|fault| (path.to_owned(), fault))),
        }
    }
    let cases = cases::read(files, &books, &mut faults);
    faults.sort_by(|(a, _), (b, _)| a.cmp(b));
    if faults.is_empty() { Ok(Playbooks { books, cases }) } else { Err(faults) }
}

fn read_playbook(id: &str, root: &Section<'_>) -> Option<Playbook> {
    let subject = root.required("subject").and_then(|()| root.word("subject", &SUBJECTS));
    // Without a subject the facts within reach are not known; sites have the most.
    let scope = Scope::of(subject.unwrap_or(SubjectKind::Site));
    let sections = root.sections("action");
    if sections.is_empty() {
        root.refuse_all("a playbook needs an action", "add an `[[action]]`");
    }
    let mut ids = BTreeSet::new();
    let read = sections.iter().filter_map(|section| {
        let action = read_action(section, &scope)?;
        if !ids.insert(action.id.clone()) {
            section.refuse("id", section.span_of("id"), format!("`{}` is there twice", action.id), "remove one");
        }
        Some(action)
    });
    let actions = read.collect();
    root.finish();
    Some(Playbook { id: id.to_owned(), subject: subject?, actions })
}

fn read_action(section: &Section<'_>, scope: &Scope) -> Option<Action> {
    let id = section.text("id");
    let who = section.required("who").and_then(|()| section.word("who", &WHO));
    let needs = section.condition("needs", Wanted::Flag, scope);
    let scope = needs.as_ref().map_or(scope.clone(), |needs| scope.behind(needs.asked()));
    let amount = |key| section.required(key).and_then(|()| section.condition(key, Wanted::Number, &scope));
    let lead_h = amount("lead_h");
    let avoids = amount("avoids");
    let cost = section.condition("cost", Wanted::Number, &scope);
    let refusal = read_refusal(section, &scope);
    let margin_h = section.number("margin_h", 0.0..336.0).unwrap_or(MARGIN_H);
    let deadline = section.word("deadline", &DEADLINES).unwrap_or(Deadline::Danger);
    let order = section.whole("order", 0..1000).unwrap_or(100);
    section.finish();
    let (id, who, lead_h, avoids) = (id?, who?.to_owned(), lead_h?, avoids?);
    Some(Action { id, who, margin_h, deadline, order, lead_h, cost, avoids, needs, refusal })
}

fn read_refusal(section: &Section<'_>, scope: &Scope) -> Option<Refusal> {
    let when = section.condition("refused_when", Wanted::Flag, scope);
    let because = section.optional_text("refused_because");
    if section.has("refused_when") != because.is_some() {
        section.refuse_all("a refusal has two parts", "give both `refused_when` and `refused_because`, or neither");
    }
    Some(Refusal { when: when?, because: because? })
}
