//! How playbooks are written: `rules/playbooks/<action>.toml` is one action with its words and cases, offered in one
//! playbook or several; a file with `[[action]]` is a whole playbook, and takes the place of all that is offered under its name.

use std::collections::{BTreeMap, BTreeSet};

use super::cases;
use super::holidays::Holidays;
use super::playbook::{Action, Deadline, Hours, Playbook, Playbooks, Refusal};
use crate::domain::{Fault, SubjectKind};
use crate::rules::{FileFaults, PLAYBOOKS, Page, RuleFiles, Scope, Section, Wanted};

const SUBJECTS: [(&str, SubjectKind); 2] = [("site", SubjectKind::Site), ("lane", SubjectKind::Lane)];
const DEADLINES: [(&str, Deadline); 3] =
    [("danger", Deadline::Danger), ("end", Deadline::End), ("none", Deadline::None)];
const HOURS: [(&str, Hours); 2] = [("site", Hours::Site), ("any", Hours::Any)];
const WHO: [(&str, &str); 5] = [
    ("dealer", "dealer"),
    ("account-manager", "account-manager"),
    ("regional-manager", "regional-manager"),
    ("logistics", "logistics"),
    ("management", "management"),
];
/// Hours of margin between the end of an action and the danger where the file names none. A guess.
const MARGIN_H: f64 = 2.0;

/// What an action's own file offers: the playbook's name and the action, as it is there.
struct Offers {
    subject: SubjectKind,
    actions: Vec<(String, Action)>,
}

/// Every playbook, holiday and case of a folder of rules.
pub(super) fn read(files: &RuleFiles) -> Result<Playbooks, FileFaults> {
    let mut faults = FileFaults::new();
    let mut books: BTreeMap<String, Playbook> = BTreeMap::new();
    let mut whole: BTreeSet<String> = BTreeSet::new();
    let mut offered: Vec<(&str, Offers)> = Vec::new();
    for (id, path, text) in files.of_folder(PLAYBOOKS) {
        let page = Page::new(text);
        if let Some(table) = page.parse() {
            let root = page.root(&table);
            if root.has("action") || !root.has("offer") {
                let book = read_playbook(id, &root).filter(|_| page.is_clean());
                whole.insert(id.to_owned());
                books.extend(book.map(|book| (id.to_owned(), book)));
            } else if let Some(offers) = read_offers(id, &root).filter(|_| page.is_clean()) {
                offered.push((path, offers));
            }
        }
        // What two offers take from the file is read twice.
        let mut mistakes = page.into_faults();
        mistakes.dedup();
        faults.extend(mistakes.into_iter().map(|fault| (path.to_owned(), fault)));
    }
    for (path, offers) in offered {
        lay_in(&mut books, &whole, path, offers, &mut faults);
    }
    let cases = cases::read(files, &books, &mut faults);
    let holidays = Holidays::read(files, &mut faults);
    faults.sort_by(|(a, _), (b, _)| a.cmp(b));
    if faults.is_empty() { Ok(Playbooks { books, cases, holidays }) } else { Err(faults) }
}

/// Puts what a file offers into the playbooks that it names, but for those that are whole files of their own.
fn lay_in(
    books: &mut BTreeMap<String, Playbook>,
    whole: &BTreeSet<String>,
    path: &str,
    offers: Offers,
    faults: &mut FileFaults,
) {
    for (id, action) in offers.actions.into_iter().filter(|(id, _)| !whole.contains(id)) {
        let fresh = || Playbook { id: id.clone(), subject: offers.subject, actions: Vec::new() };
        let book = books.entry(id.clone()).or_insert_with(fresh);
        if book.subject == offers.subject {
            book.actions.push(action);
        } else {
            let what = format!("playbook `{id}` is for another kind of subject");
            let hint = "offer the action in playbooks of its own `subject`";
            faults.push((path.to_owned(), Fault::fatal(crate::domain::Place::line(1).field("offer"), what).hint(hint)));
        }
    }
}

fn read_playbook(id: &str, root: &Section<'_>) -> Option<Playbook> {
    let subject = read_subject(root);
    // Without a subject the facts within reach are not known; sites have the most.
    let scope = Scope::of(subject.unwrap_or(SubjectKind::Site));
    let sections = root.sections("action");
    if sections.is_empty() {
        root.refuse_all(
            "a playbook needs an action",
            "add an `[[action]]`, or an `[[offer]]` when the file is one action",
        );
    }
    let mut ids = BTreeSet::new();
    let read = sections.iter().filter_map(|section| {
        let id = section.text("id");
        let action = read_action(id, &Layers { own: section, below: None }, &scope);
        section.finish();
        let action = action?;
        if !ids.insert(action.id.clone()) {
            section.refuse("id", section.span_of("id"), format!("`{}` is there twice", action.id), "remove one");
        }
        Some(action)
    });
    let actions = read.collect();
    root.finish();
    Some(Playbook { id: id.to_owned(), subject: subject?, actions })
}

/// One action's file. Keys of an `[[offer]]` go before the file's own.
fn read_offers(id: &str, root: &Section<'_>) -> Option<Offers> {
    let subject = read_subject(root);
    let scope = Scope::of(subject.unwrap_or(SubjectKind::Site));
    let mut actions = Vec::new();
    let mut is_whole = true;
    for offer in root.sections("offer") {
        let names = offer.required("playbooks").and_then(|()| offer.texts("playbooks")).unwrap_or_default();
        let action = read_action(Some(id.to_owned()), &Layers { own: &offer, below: Some(root) }, &scope);
        offer.finish();
        is_whole &= action.is_some();
        actions.extend(names.into_iter().filter_map(|(name, _)| Some((name, action.clone()?))));
    }
    // Its words are the notices' to read, its cases the cases'.
    for key in ["text", "base", "case"] {
        root.has(key);
    }
    root.finish();
    is_whole.then_some(Offers { subject: subject?, actions })
}

fn read_subject(root: &Section<'_>) -> Option<SubjectKind> {
    root.required("subject").and_then(|()| root.word("subject", &SUBJECTS))
}

/// Where a key of an action stands: in its own section, else in the one below.
struct Layers<'a, 'p> {
    own: &'a Section<'p>,
    below: Option<&'a Section<'p>>,
}

impl<'a, 'p> Layers<'a, 'p> {
    fn of(&self, key: &'static str) -> &'a Section<'p> {
        // Asked first, so that a key which every offer has too is known in the file.
        let below = self.below.filter(|below| below.has(key));
        if self.own.has(key) { self.own } else { below.unwrap_or(self.own) }
    }
}

fn read_action(id: Option<String>, at: &Layers<'_, '_>, scope: &Scope) -> Option<Action> {
    let who = at.of("who").required("who").and_then(|()| at.of("who").word("who", &WHO));
    let needs = at.of("needs").condition("needs", Wanted::Flag, scope);
    let scope = needs.as_ref().map_or(scope.clone(), |needs| scope.behind(needs.asked()));
    let unless = at.of("unless").condition("unless", Wanted::Flag, &scope);
    let amount = |key| at.of(key).required(key).and_then(|()| at.of(key).condition(key, Wanted::Number, &scope));
    let lead_h = amount("lead_h");
    let avoids = amount("avoids");
    let travel_h = at.of("travel_h").condition("travel_h", Wanted::Number, &scope);
    let cost = at.of("cost").condition("cost", Wanted::Number, &scope);
    let refusal = read_refusal(at.of("refused_when"), &scope);
    let margin_h = at.of("margin_h").number("margin_h", 0.0..336.0).unwrap_or(MARGIN_H);
    let deadline = at.of("deadline").word("deadline", &DEADLINES).unwrap_or(Deadline::Danger);
    let order = at.of("order").whole("order", 0..1000).unwrap_or(100);
    let hours = at.of("hours").word("hours", &HOURS);
    let (id, who, lead_h, avoids) = (id?, who?.to_owned(), lead_h?, avoids?);
    // The dealer's people work when the site does; a telephone call can be made at any hour.
    let hours = hours.unwrap_or(if who == "dealer" { Hours::Site } else { Hours::Any });
    Some(Action { id, who, margin_h, deadline, order, hours, lead_h, travel_h, cost, avoids, needs, unless, refusal })
}

fn read_refusal(section: &Section<'_>, scope: &Scope) -> Option<Refusal> {
    let when = section.condition("refused_when", Wanted::Flag, scope);
    let because = section.optional_text("refused_because");
    if section.has("refused_when") != because.is_some() {
        section.refuse_all("a refusal has two parts", "give both `refused_when` and `refused_because`, or neither");
    }
    Some(Refusal { when: when?, because: because? })
}
