//! Whose word it is, how old, how sure, when the next is due, who is silent; and why the person gets it.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::context;

use super::clean;
use super::scene::Scene;
use super::speaker::Speaker;
use crate::domain::{AlertId, Hazard, RuleId, Span, Timestamp};

/// Hours between an agency's storm forecasts. JTWC, NHC, JMA and CMA issue at least every 6 h (WMO Typhoon
/// Committee Operational Manual, TCP-23; NHC product description), more often near land.
const FORECAST_EVERY: Span = Span::from_hours(6);
/// How long after its nominal time a forecast may come before we call it late. A forecast bears the time of its
/// analysis and is sent about 3 h later (JTWC warnings: within 3 h of the synoptic hour); the fourth is a guess.
const GRACE: Span = Span::from_hours(4);
/// How many alert ids the last lines name.
const IDS_MAX: usize = 12;

/// An agency's name in the reader's language, else its id in capitals.
pub(super) fn agency(says: &Speaker<'_>, hazard: &Hazard) -> String {
    let id = hazard.agency();
    agency_named(says, id)
}

/// How sure we are, by whom, issued when; and who is silent.
pub(super) fn sure(scene: &Scene<'_>) -> Vec<String> {
    let says = &scene.says;
    let live = scene.live();
    let mut lines = Vec::new();
    let mut hazards: Vec<&Hazard> = scene.lines.iter().filter_map(|line| scene.hazard(line.alert)).collect();
    hazards.sort_by(|a, b| a.id.cmp(&b.id));
    hazards.dedup_by(|a, b| a.id == b.id);
    for hazard in &hazards {
        let agency = agency(says, hazard);
        let key = if hazard.track.is_some() { "sure.track" } else { "sure.warning" };
        lines.push(match hazard.issued {
            Some(issued) => says.say(key, &context! { agency, issued => says.full(issued, &scene.zone) }),
            None => says.say("sure.undated", &context! { agency }),
        });
    }
    lines.extend(side_by_side(scene));
    let newest = hazards.iter().filter(|hazard| hazard.track.is_some()).filter_map(|hazard| hazard.issued).max();
    if !live.is_empty() {
        lines.extend(newest.map(|issued| next(scene, issued)));
        if live.iter().any(|line| line.alert.exposure.gale().is_some_and(|gale| gale.early.is_some())) {
            lines.push(says.word("sure.earliest"));
            lines.push(says.word("sure.unsure"));
        } else if newest.is_none() {
            lines.push(says.word("sure.warning-changes"));
        }
    }
    for (agency, since) in scene.desk.silence {
        let facts = context! { agency => agency_named(says, agency), since => says.full(*since, &scene.zone) };
        lines.push(says.say("sure.silence", &facts));
    }
    lines.extend(hazards.iter().filter_map(|hazard| unnamed(scene, hazard)));
    lines.dedup();
    lines
}

/// What each agency says of the most urgent place, when several forecast the storm.
fn side_by_side(scene: &Scene<'_>) -> Vec<String> {
    let says = &scene.says;
    let live = scene.live();
    let told = live.iter().map(|line| line.alert).find(|alert| alert.exposure.agencies.len() > 1);
    let Some(alert) = told else { return Vec::new() };
    let mut lines = vec![says.say("sure.side-by-side", &context! { place => scene.place(says, alert) })];
    let short = |at: Option<Timestamp>| at.map(|at| says.short(at, &scene.zone)).unwrap_or_default();
    lines.extend(alert.exposure.agencies.iter().map(|word| {
        let facts = context! {
            agency => agency_named(says, &word.agency),
            gale => short(word.gale_from),
            wind => says.wind(word.peak_kt),
            km => says.km(word.closest_km),
            percent => says.percent(word.p_34kt),
            issued => short(word.issued),
        };
        says.say("sure.agency", &facts)
    }));
    lines
}

/// Why the person gets it: their part, the rule, the alerts, and how to ask further.
pub(super) fn why(scene: &Scene<'_>) -> Vec<String> {
    let says = &scene.says;
    let mut rules: BTreeMap<&RuleId, BTreeSet<&AlertId>> = BTreeMap::new();
    for line in &scene.lines {
        rules.entry(&line.alert.rule).or_default().insert(&line.alert.id);
    }
    let mut lines = vec![says.word(&format!("why.{}", super::facts::role_key(scene.person.role)))];
    for (rule, alerts) in rules {
        let mut ids: Vec<String> = alerts.iter().take(IDS_MAX).map(|id| clean::name(id.as_str())).collect();
        if alerts.len() > IDS_MAX {
            ids.push(says.say("place.more", &context! { n => alerts.len() - IDS_MAX }));
        }
        lines.push(says.say("why.rule", &context! { rule => clean::name(rule.as_str()), alerts => ids.join(", ") }));
    }
    if let Some(line) = scene.lines.first() {
        let command = format!("seawall explain {}", clean::name(line.alert.id.as_str()));
        lines.push(says.say("why.explain", &context! { command }));
    }
    lines
}

fn next(scene: &Scene<'_>, issued: Timestamp) -> String {
    let due = issued.checked_add(FORECAST_EVERY).unwrap_or(issued);
    let is_late = due.checked_add(GRACE).is_ok_and(|late| late < scene.now());
    let key = if is_late { "sure.overdue" } else { "sure.next" };
    scene.says.say(key, &context! { at => scene.says.short(due, &scene.zone) })
}

/// The agency stopped naming the storm without a final bulletin.
fn unnamed(scene: &Scene<'_>, hazard: &Hazard) -> Option<String> {
    let dropped = scene.desk.state.feeds.values().filter_map(|feed| feed.vigil.unnamed.get(&hazard.id));
    let since = scene.says.full(*dropped.min()?, &scene.zone);
    Some(scene.says.say("sure.unnamed", &context! { agency => agency(&scene.says, hazard), since }))
}

pub(super) fn agency_named(says: &Speaker<'_>, id: &str) -> String {
    let id = clean::name(id);
    let known = says.name(&format!("agency.{}", id.to_lowercase()));
    // An id has no blanks; what has is a name already.
    known.map_or_else(|| if id.contains(' ') { id.clone() } else { id.to_uppercase() }, str::to_owned)
}
