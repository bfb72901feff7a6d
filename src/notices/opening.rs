//! The first lines: what changed, and why the person is told now.

use minijinja::Value;
use minijinja::value::Serde;
use serde::Serialize;

use super::clean::{self, NOTE_MAX};
use super::facts::is_storm;
use super::scene::{Scene, Spoken};
use super::sources::agency;
use crate::domain::{Alert, Level, PersonId, Reason, Span, Transition};

/// How many places one line names.
const PLACES_MAX: usize = 2;
/// How many lines the opening has.
const LINES_MAX: usize = 6;

/// What a line says of one alert but its place; equal ones are told together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Change {
    key: String,
    level: String,
    before: String,
    by: String,
    earlier: bool,
    to: String,
    since: String,
    span: String,
    reminder: u32,
    who: String,
    answer: String,
    note: String,
    agency: String,
}

/// A change with its places, as the texts see it.
#[derive(Serialize)]
struct Line<'a> {
    storm: &'a str,
    places: String,
    n: usize,
    is_storm: bool,
    can_go: bool,
    dealers: String,
    level: &'a str,
    before: &'a str,
    by: &'a str,
    earlier: bool,
    to: &'a str,
    since: &'a str,
    span: &'a str,
    reminder: u32,
    who: &'a str,
    answer: &'a str,
    note: &'a str,
    agency: &'a str,
}

/// What changed, a line a kind of change, in the draft's order.
pub(super) fn opening(scene: &Scene<'_>) -> Vec<String> {
    let mut groups: Vec<(Change, Vec<&Alert>)> = Vec::new();
    let has_news = scene.lines.iter().any(|line| line.reason.is_some());
    for line in scene.lines.iter().filter(|line| line.reason.is_some() || !has_news) {
        let change = change(scene, line);
        match groups.iter_mut().find(|(known, _)| *known == change) {
            Some((_, alerts)) => alerts.push(line.alert),
            None => groups.push((change, vec![line.alert])),
        }
    }
    // What asks for something comes before what only informs.
    groups.sort_by_key(|(change, _)| informs(&change.key));
    let mut lines: Vec<_> = groups.iter().map(|(change, alerts)| sentence(scene, change, alerts)).collect();
    if lines.len() > LINES_MAX {
        let n = lines.len() - LINES_MAX;
        lines.truncate(LINES_MAX);
        lines.push(scene.says.say("place.more", &minijinja::context! { n }));
    }
    lines
}

/// The person and words of the newest answer to an alert.
pub(super) fn last_answer(alert: &Alert) -> Option<&Transition> {
    alert
        .history
        .iter()
        .rev()
        .find(|change| change.state == alert.state && matches!(change.reason, Reason::Answered { .. }))
}

fn informs(key: &str) -> bool {
    let informing = ["answered", "level-fell", "cancelled", "expired", "danger-over", "still"];
    key.strip_prefix("reason.").is_some_and(|key| informing.contains(&key))
}

fn sentence(scene: &Scene<'_>, change: &Change, alerts: &[&Alert]) -> String {
    let says = &scene.says;
    let places: Vec<String> = alerts.iter().map(|alert| scene.place(says, alert)).collect();
    let mut dealers: Vec<String> = alerts.iter().map(|alert| scene.dealer_name(alert)).collect();
    dealers.retain(|name| !name.is_empty());
    dealers.dedup();
    if dealers.is_empty() {
        dealers.push(says.word("answer.someone-dealer"));
    }
    let line = Line {
        storm: &scene.storm,
        n: places.len(),
        is_storm: alerts.iter().any(|alert| is_storm(&alert.exposure)),
        can_go: alerts.iter().all(|alert| scene.site(alert).is_some() && !scene.blows(alert)),
        places: says.list(&places, PLACES_MAX),
        dealers: says.list(&dealers, PLACES_MAX),
        level: &change.level,
        before: &change.before,
        by: &change.by,
        earlier: change.earlier,
        to: &change.to,
        since: &change.since,
        span: &change.span,
        reminder: change.reminder,
        who: &change.who,
        answer: &change.answer,
        note: &change.note,
        agency: &change.agency,
    };
    says.say(&change.key, &Value::from(Serde(&line)))
}

fn change(scene: &Scene<'_>, line: &Spoken<'_>) -> Change {
    let (says, alert, zone) = (&scene.says, line.alert, scene.zone_of(line.alert));
    let level = |level: Level| says.word(&format!("level.{}", level.as_str()));
    let key = match line.reason {
        Some(Reason::AlreadyTold | Reason::QuietHours { .. } | Reason::Silenced { .. } | Reason::Inhibited { .. })
        | None => "still",
        Some(reason) => reason.key(),
    };
    let mut change = Change { key: format!("reason.{key}"), ..Change::default() };
    match line.reason {
        Some(Reason::LevelRose | Reason::LevelFell) => {
            change.level = level(alert.level);
            change.before = level_before(alert).map(level).unwrap_or_default();
        }
        Some(Reason::ActByMoved { by_s }) => {
            change.by = says.span(Span::from_secs(by_s.saturating_abs()));
            change.earlier = *by_s < 0;
            change.to = alert.advice.act_by.map(|at| says.short(at, &zone)).unwrap_or_default();
        }
        Some(Reason::Unanswered { since, reminder }) => {
            change.since = says.short(*since, &zone);
            change.span = says.span(scene.now().duration_since(*since));
            change.reminder = *reminder;
        }
        Some(Reason::LossRose { from, to }) => {
            change.before = says.estimate(*from);
            change.to = says.estimate(*to);
        }
        Some(Reason::Climbed { from: who } | Reason::StandsIn { of: who }) => change.who = scene.person_name(who),
        Some(Reason::DealerRefused | Reason::Answered { .. }) => answered(scene, line, &mut change),
        Some(Reason::Cancelled) => {
            change.agency =
                scene.hazard(alert).map_or_else(|| says.word("answer.someone-agency"), |hazard| agency(says, hazard));
        }
        _ => {}
    }
    change
}

fn answered(scene: &Scene<'_>, line: &Spoken<'_>, change: &mut Change) {
    let answer = last_answer(line.alert);
    let who = answer.and_then(|answer| answer.by.as_ref()).map(|id: &PersonId| scene.person_name(id));
    change.who = who.unwrap_or_else(|| scene.says.word("answer.someone"));
    change.note =
        answer.and_then(|answer| answer.note.as_deref()).map(|n| clean::clean(n, NOTE_MAX)).unwrap_or_default();
    if let Some(Reason::Answered { kind }) = line.reason {
        change.answer = match kind.as_str() {
            kind @ ("told" | "moving" | "refused" | "done") => {
                let is_lane = scene.lane(line.alert).is_some();
                scene.says.say(&format!("answer.{kind}"), &minijinja::context! { is_lane })
            }
            other => clean::name(other),
        };
    }
}

/// The level before the last change of it, when it is still remembered.
fn level_before(alert: &Alert) -> Option<Level> {
    alert.history.iter().rev().map(|change| change.level).find(|level| *level != alert.level)
}
