//! One rule: which exposures matter, at which level, who hears of it and how often.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::condition::{Condition, FactContext, Wanted};
use super::facts::{FactValue, Facts};
use super::page::Section;
use super::scope::Scope;
use crate::domain::{Fault, HazardKind, Level, Role, RuleId, SubjectKind};

/// Who hears of an alert first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Audience {
    /// The account manager of the site's dealer.
    AccountManager,
    /// The account managers of the dealers whose shipments take the lane.
    ShipmentManagers,
    /// Everybody of a role.
    Everyone(Role),
}

/// Whom an unanswered alert climbs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClimbTo {
    /// The `reports_to` of the person who did not answer.
    ReportsTo,
    /// Everybody of a role.
    Everyone(Role),
}

/// How an alert is kept before a person's eyes until they answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Ladder {
    /// Hours until each reminder, never growing; the last repeats. Empty: no reminders.
    pub remind_h: Vec<f64>,
    /// Reminders by mail alone; each later one goes out on one more of the person's further channels as well.
    pub channel_after: u32,
    /// Unanswered reminders after which the next person is told.
    pub climb_after: u32,
    /// Who that is.
    pub climb_to: ClimbTo,
}

/// What need not be told while a graver alert about the same subject is live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inhibition {
    /// The rules whose alerts say it all when they are warn or higher, and no lower than this rule's own.
    pub rules: BTreeSet<RuleId>,
    /// The kinds of hazard that add nothing then.
    pub kinds: BTreeSet<HazardKind>,
}

/// A rule, read and checked.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The name of its file.
    pub id: RuleId,
    /// What it is about, in a line.
    pub title: String,
    /// Whether it is about sites or lanes.
    pub subject: SubjectKind,
    /// The kinds of hazard; empty means any.
    pub kinds: BTreeSet<HazardKind>,
    /// The playbook: what the files of `playbooks/` offer under its name.
    pub playbook: String,
    /// Who is told, in the file's order.
    pub audience: Vec<Audience>,
    /// Reminders and climbing.
    pub ladder: Ladder,
    /// Levels below this respect a person's quiet hours.
    pub quiet_below: Level,
    /// Hours that an act-by must move to be told.
    pub act_by_moved_h: f64,
    /// The share by which the expected loss must rise to be told: 1 is twice as much.
    pub loss_rose: f64,
    /// Bulletins in a row without a match after which the alert is cleared.
    pub clear_after: u32,
    /// Under which other alerts its own are not told.
    pub inhibited_by: Option<Inhibition>,
    /// While the chance of gale is at least this, an open alert is kept as a watch although no level matches.
    pub linger_p_34kt: f64,
    when: Condition,
    /// Highest first.
    levels: Vec<(Level, Condition)>,
}

/// What a rule says of an exposure.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The rule.
    pub rule: RuleId,
    /// The highest level whose condition holds; `None` when the rule does not match.
    pub level: Option<Level>,
    /// The facts that its conditions name, as far as they are known.
    pub facts: BTreeMap<String, FactValue>,
    /// Conditions that could not be evaluated: they count as false.
    pub faults: Vec<Fault>,
}

const LEVELS: [(&str, Level); 3] = [("act", Level::Act), ("warn", Level::Warn), ("watch", Level::Watch)];
const SUBJECTS: [(&str, SubjectKind); 2] = [("site", SubjectKind::Site), ("lane", SubjectKind::Lane)];
const AUDIENCES: [(&str, Audience); 6] = [
    ("account-manager", Audience::AccountManager),
    ("shipment-managers", Audience::ShipmentManagers),
    ("logistics", Audience::Everyone(Role::Logistics)),
    ("regional-manager", Audience::Everyone(Role::RegionalManager)),
    ("management", Audience::Everyone(Role::Management)),
    ("operator", Audience::Everyone(Role::Operator)),
];
const CLIMBS: [(&str, ClimbTo); 3] = [
    ("reports-to", ClimbTo::ReportsTo),
    ("regional-manager", ClimbTo::Everyone(Role::RegionalManager)),
    ("management", ClimbTo::Everyone(Role::Management)),
];
const KINDS: [(&str, HazardKind); 10] = [
    ("tropical-cyclone", HazardKind::TropicalCyclone),
    ("wind", HazardKind::Wind),
    ("surge", HazardKind::Surge),
    ("flood", HazardKind::Flood),
    ("winter", HazardKind::Winter),
    ("thunderstorm", HazardKind::Thunderstorm),
    ("tsunami", HazardKind::Tsunami),
    ("earthquake", HazardKind::Earthquake),
    ("fire", HazardKind::Fire),
    ("other", HazardKind::Other),
];

/// Hours that a ladder or deadline may speak of: up to two weeks.
const HOURS: Range<f64> = 0.0..336.0;

impl Rule {
    /// Reads a rule's file; `None` when something must be mended first. Each mistake is noted on the page.
    pub(super) fn read(id: &str, page: &Section<'_>, playbooks: &BTreeSet<&str>) -> Option<Self> {
        let title = page.text("title");
        let subject = page.required("subject").and_then(|()| page.word("subject", &SUBJECTS));
        let kinds = chosen(page, "kinds", &KINDS).unwrap_or_default().into_iter().collect();
        let playbook = read_playbook(page, playbooks);
        let audience = page.required("audience").and_then(|()| chosen(page, "audience", &AUDIENCES));
        let ladder = page.required("ladder").and_then(|()| read_ladder(&page.section("ladder")?));
        let quiet_below = page.word("quiet_below", &LEVELS).unwrap_or(Level::Act);
        let act_by_moved_h = page.number("act_by_moved_h", HOURS).unwrap_or(3.0);
        let loss_rose = page.number("loss_rose", 0.05..100.0).unwrap_or(1.0);
        let clear_after = page.whole("clear_after", 1..100).unwrap_or(2);
        let linger_p_34kt = page.number("linger_p_34kt", 0.0..1.0).unwrap_or(0.03);
        let inhibited_by = page.section("inhibited_by").and_then(|section| read_inhibition(&section));
        // Without a subject the facts within reach are not known; sites have the most.
        let scope = Scope::of(subject.unwrap_or(SubjectKind::Site));
        let when = page.required("when").and_then(|()| page.condition("when", Wanted::Flag, &scope));
        let scope = when.as_ref().map_or(scope.clone(), |when| scope.behind(when.asked()));
        let levels = page.required("levels").and_then(|()| read_levels(&page.section("levels")?, &scope));
        page.finish();
        let (id, title, subject, playbook) = (RuleId::new(id), title?, subject?, playbook?);
        let (audience, ladder, when, levels) = (audience?, ladder?, when?, levels?);
        Some(Self {
            id,
            title,
            subject,
            kinds,
            playbook,
            audience,
            ladder,
            quiet_below,
            act_by_moved_h,
            loss_rose,
            clear_after,
            inhibited_by,
            linger_p_34kt,
            when,
            levels,
        })
    }

    /// True when the rule speaks of such hazards on such subjects.
    #[must_use]
    pub fn is_about(&self, subject: SubjectKind, kind: HazardKind) -> bool {
        self.subject == subject && (self.kinds.is_empty() || self.kinds.contains(&kind))
    }

    /// The highest level that holds, and the conditions that could not be evaluated.
    pub(super) fn level(&self, facts: &FactContext) -> (Option<Level>, Vec<Fault>) {
        let mut faults = Vec::new();
        let mut holds = |condition: &Condition| {
            condition.flag(facts).unwrap_or_else(|fault| {
                faults.push(fault);
                false
            })
        };
        let level =
            if holds(&self.when) { self.levels.iter().find(|(_, c)| holds(c)).map(|(level, _)| *level) } else { None };
        (level, faults)
    }

    /// The judgement of an exposure with these facts.
    pub(super) fn judge(&self, known: &Facts, facts: &FactContext) -> Judgement {
        let (level, faults) = self.level(facts);
        let named = self.levels.iter().map(|(_, condition)| condition).chain([&self.when]);
        let names: BTreeSet<_> = named.flat_map(Condition::names).collect();
        let facts = names.into_iter().filter_map(|name| Some(((*name).to_owned(), known.0.get(name)?.clone())));
        Judgement { rule: self.id.clone(), level, facts: facts.collect(), faults }
    }
}

/// The words of a list and what they mean; a word that means nothing is noted and left out.
fn chosen<T: Clone>(page: &Section<'_>, key: &'static str, words: &[(&'static str, T)]) -> Option<Vec<T>> {
    let texts = page.texts(key)?;
    Some(texts.into_iter().filter_map(|(text, span)| page.choose(key, &text, span, words)).collect())
}

fn read_playbook(page: &Section<'_>, playbooks: &BTreeSet<&str>) -> Option<String> {
    let playbook = page.text("playbook")?;
    if playbooks.contains(playbook.as_str()) {
        return Some(playbook);
    }
    let names: Vec<&str> = playbooks.iter().copied().collect();
    let hint = match super::nearest(&playbook, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are: {}", names.join(", ")),
    };
    page.refuse("playbook", page.span_of("playbook"), format!("there is no playbook `{playbook}`"), hint);
    None
}

fn read_ladder(section: &Section<'_>) -> Option<Ladder> {
    let remind_h = section.required("remind_h").and_then(|()| section.numbers("remind_h", &HOURS));
    let channel_after = section.whole("channel_after", 0..100).unwrap_or(1);
    let climb_after = section.whole("climb_after", 1..100).unwrap_or(2);
    let climb_to = section.word("climb_to", &CLIMBS).unwrap_or(ClimbTo::ReportsTo);
    section.finish();
    let remind_h = remind_h?;
    let grows = remind_h.windows(2).any(|pair| matches!(pair, [first, second] if second > first));
    if grows || remind_h.iter().any(|hours| *hours < 0.25) {
        let hint = "as in `remind_h = [12, 6, 3]`; a quarter of an hour is the least";
        section.refuse("remind_h", section.span_of("remind_h"), "reminders must come faster, not slower", hint);
        return None;
    }
    Some(Ladder { remind_h, channel_after, climb_after, climb_to })
}

fn read_inhibition(section: &Section<'_>) -> Option<Inhibition> {
    let rules = section.required("rules").and_then(|()| section.texts("rules"));
    let kinds = section.required("kinds").and_then(|()| chosen(section, "kinds", &KINDS));
    section.finish();
    let rules = rules?.into_iter().map(|(id, _)| RuleId::new(id)).collect();
    Some(Inhibition { rules, kinds: kinds?.into_iter().collect() })
}

fn read_levels(section: &Section<'_>, scope: &Scope) -> Option<Vec<(Level, Condition)>> {
    let wanted: Vec<_> = LEVELS.into_iter().filter(|(key, _)| section.has(key)).collect();
    let count = wanted.len();
    let read =
        wanted.into_iter().filter_map(|(key, level)| Some((level, section.condition(key, Wanted::Flag, scope)?)));
    let levels: Vec<_> = read.collect();
    section.finish();
    if count == 0 {
        section.refuse_all("a rule needs a level", "add `watch = …`, `warn = …` or `act = …`");
    }
    (count > 0 && levels.len() == count).then_some(levels)
}
