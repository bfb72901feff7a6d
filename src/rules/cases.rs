//! Cases: examples that lie beside a rule or playbook and say what it must answer. `seawall rules test` runs them.
//!
//! A file has a `[base]` of facts and some `[[case]]`s; each case changes facts (`facts`) or makes them unknown
//! (`without`).

use std::fmt;

use toml::de::DeValue;

use super::facts::{FactValue, Facts, Getter};
use super::nearest::nearest;
use super::page::{Section, as_number};
use super::scope::Scope;

/// What running the cases gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseReport {
    /// How many cases were run.
    pub count: usize,
    /// Those that did not get what they want.
    pub failures: Vec<CaseFailure>,
}

/// A case that did not get what it wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFailure {
    /// The file, relative to `rules/`.
    pub path: String,
    /// The line of the case, from 1.
    pub line: u32,
    /// Its name.
    pub name: String,
    /// What it wanted and what it got.
    pub what: String,
}

impl fmt::Display for CaseFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: case `{}`: {}", self.path, self.line, self.name, self.what)
    }
}

impl CaseReport {
    /// Both reports in one.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.count += other.count;
        self.failures.extend(other.failures);
        self
    }
}

/// The facts of a file's `[base]`.
pub fn base_facts(root: &Section<'_>, scope: &Scope) -> Facts {
    let mut facts = Facts::default();
    if let Some(base) = root.required("base").and_then(|()| root.section("base")) {
        lay_over(&mut facts, &base, scope);
    }
    facts
}

/// The facts of one case: the base, with `facts` laid over and `without` taken away.
pub fn case_facts(case: &Section<'_>, base: &Facts, scope: &Scope) -> Facts {
    let mut facts = base.clone();
    if let Some(section) = case.section("facts") {
        lay_over(&mut facts, &section, scope);
    }
    for (name, span) in case.texts("without").unwrap_or_default() {
        match scope.row(&name) {
            Some(row) => _ = facts.0.remove(row.name),
            None => case.refuse("without", span, format!("unknown fact `{name}`"), hint(&name, scope)),
        }
    }
    facts
}

/// Lays `group.fact = value` over the facts; what is no fact, or of another kind, is noted.
fn lay_over(facts: &mut Facts, section: &Section<'_>, scope: &Scope) {
    for (group, value, span) in section.entries() {
        let Some(table) = value.get_ref().as_table() else {
            section.refuse(group, span, "a fact has two parts", "as in `site.coast_m = 40`");
            continue;
        };
        for (fact, value) in table {
            let name = format!("{group}.{}", fact.get_ref());
            let Some(row) = scope.row(&name) else {
                section.refuse(&name, fact.span(), format!("unknown fact `{name}`"), hint(&name, scope));
                continue;
            };
            match value_of(&row.of, value.get_ref()) {
                Some(value) => _ = facts.0.insert(row.name, value),
                None => section.refuse(&name, value.span(), "this is not the fact's kind of value", row.unit),
            }
        }
    }
}

fn value_of(getter: &Getter, value: &DeValue<'_>) -> Option<FactValue> {
    match getter {
        Getter::Number(_) => as_number(value).map(FactValue::Number),
        Getter::Text(_) => value.as_str().map(|text| FactValue::Text(text.to_owned())),
        Getter::Flag(_) => value.as_bool().map(FactValue::Flag),
    }
}

fn hint(name: &str, scope: &Scope) -> String {
    match nearest(name, scope.names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`seawall rules list` names them all".to_owned(),
    }
}
