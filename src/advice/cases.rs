//! The cases beside a playbook or in an action's file: which actions it offers, refuses, leaves out or calls too late.

use std::collections::{BTreeMap, BTreeSet};

use super::playbook::{Action, Deadline, Playbook};
use crate::domain::{Fault, Place};
use crate::rules::{
    CaseFailure, FactContext, Facts, FileFaults, PLAYBOOKS, Page, RuleFiles, Scope, Section, base_facts, case_facts,
};

/// One case.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// The playbook.
    pub(super) playbook: String,
    path: String,
    line: u32,
    name: String,
    facts: Facts,
    /// What is wanted of some actions; of the others nothing is said.
    pub(super) wants: Vec<(Answer, String)>,
}

/// What a playbook says of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Answer {
    Offers,
    Late,
    Refuses,
    Omits,
}

const ANSWERS: [(&str, Answer); 4] =
    [("offers", Answer::Offers), ("late", Answer::Late), ("refuses", Answer::Refuses), ("omits", Answer::Omits)];

/// Runs a case; `None` when it got what it wants.
pub(super) fn run(case: &Case, playbook: &Playbook) -> Option<CaseFailure> {
    let context = FactContext::of(&case.facts);
    let mut wrong = Vec::new();
    for action in &playbook.actions {
        match answer(action, &case.facts, &context) {
            Ok(got) => {
                let wanted = case.wants.iter().filter(|(want, id)| *id == action.id && *want != got);
                wrong.extend(wanted.map(|(want, id)| format!("`{id}` wants {want:?}, got {got:?}")));
            }
            Err(fault) => wrong.push(format!("`{}`: {fault}", action.id)),
        }
    }
    let (path, line, name) = (case.path.clone(), case.line, case.name.clone());
    (!wrong.is_empty()).then(|| CaseFailure { path, line, name, what: wrong.join("; ") })
}

/// Reads the cases of the playbooks; mistakes go to `faults`.
pub(super) fn read(files: &RuleFiles, books: &BTreeMap<String, Playbook>, faults: &mut FileFaults) -> Vec<Case> {
    let mut all = Vec::new();
    for (id, path, text) in files.of_folder(PLAYBOOKS) {
        let page = Page::new(text);
        if let Some(table) = page.parse() {
            all.extend(read_own(&page.root(&table), id, books, path));
        }
        // What is wrong outside of the cases was told when the action was read.
        faults.extend(page.into_faults().into_iter().map(|fault| (path.to_owned(), fault)));
    }
    for (path, text) in &files.0 {
        let id = path.strip_prefix(PLAYBOOKS).and_then(|rest| rest.strip_prefix('/')?.strip_suffix(".cases.toml"));
        let Some(id) = id else { continue };
        let Some(book) = books.get(id) else {
            // A playbook that did not read has its own faults; only a missing one is news.
            if files.get(&format!("{PLAYBOOKS}/{id}.toml")).is_none() {
                let what = format!("there is no playbook `{id}` for these cases");
                faults.push((path.clone(), Fault::fatal(Place::line(1), what)));
            }
            continue;
        };
        let page = Page::new(text);
        if let Some(table) = page.parse() {
            all.extend(read_file(&page.root(&table), book, path));
        }
        faults.extend(page.into_faults().into_iter().map(|fault| (path.clone(), fault)));
    }
    all
}

/// The cases in an action's own file. Each asks the first playbook that offers it, or the one that it names.
fn read_own(root: &Section<'_>, id: &str, books: &BTreeMap<String, Playbook>, path: &str) -> Vec<Case> {
    if !root.has("offer") || !root.has("case") {
        return Vec::new();
    }
    let offers = root.sections("offer");
    let first = offers.first().and_then(|offer| offer.texts("playbooks")?.into_iter().next());
    // Without that playbook the action itself did not read.
    let Some(first) = first.map(|(name, _)| name).filter(|name| books.contains_key(name)) else { return Vec::new() };
    let Some(book) = books.get(&first) else { return Vec::new() };
    let scope = Scope::of(book.subject);
    let base = base_facts(root, &scope);
    let read = root.sections("case").into_iter().filter_map(|case| {
        let name = case.text("name");
        let playbook = case.optional_text("playbook").unwrap_or_else(|| first.clone());
        let facts = case_facts(&case, &base, &scope);
        let want = case.required("want").and_then(|()| case.word("want", &ANSWERS));
        case.finish();
        let has_action = |book: &Playbook| book.actions.iter().any(|action| action.id == id);
        if !books.get(&playbook).is_some_and(has_action) {
            case.refuse(
                "playbook",
                case.span_of("playbook"),
                format!("`{playbook}` does not offer it"),
                "name one that does",
            );
        }
        let (path, line) = (path.to_owned(), case.line());
        Some(Case { playbook, path, line, name: name?, facts, wants: vec![(want?, id.to_owned())] })
    });
    read.collect()
}

fn read_file(root: &Section<'_>, book: &Playbook, path: &str) -> Vec<Case> {
    let scope = Scope::of(book.subject);
    let base = base_facts(root, &scope);
    let sections = root.sections("case");
    root.finish();
    let known: BTreeSet<&str> = book.actions.iter().map(|action| action.id.as_str()).collect();
    let read = sections.iter().filter_map(|case| {
        let name = case.text("name");
        let facts = case_facts(case, &base, &scope);
        let wants = read_wants(case, &known);
        case.finish();
        let (playbook, path) = (book.id.clone(), path.to_owned());
        Some(Case { playbook, path, line: case.line(), name: name?, facts, wants })
    });
    read.collect()
}

fn read_wants(case: &Section<'_>, known: &BTreeSet<&str>) -> Vec<(Answer, String)> {
    let mut wants = Vec::new();
    for (key, answer) in ANSWERS {
        for (id, span) in case.texts(key).unwrap_or_default() {
            if known.contains(id.as_str()) {
                wants.push((answer, id));
            } else {
                let hint = format!("there are: {}", known.iter().copied().collect::<Vec<_>>().join(", "));
                case.refuse(key, span, format!("there is no action `{id}`"), hint);
            }
        }
    }
    if wants.is_empty() {
        case.refuse_all("the case wants nothing", "give it `offers`, `late`, `refuses` or `omits`");
    }
    wants
}

fn answer(action: &Action, facts: &Facts, context: &FactContext) -> Result<Answer, Fault> {
    let Some(weighed) = action.weigh(context)? else { return Ok(Answer::Omits) };
    if weighed.refused.is_some() {
        return Ok(Answer::Refuses);
    }
    let left_h = match action.deadline {
        Deadline::Danger => facts.number("exposure.danger_h"),
        Deadline::End => facts.number("exposure.expires_h"),
        Deadline::None => None,
    };
    let is_late = left_h.is_some_and(|left_h| left_h < weighed.lead_h + weighed.travel_h + action.margin_h);
    Ok(if is_late { Answer::Late } else { Answer::Offers })
}
