//! All places at a glance, and which of them a mail tells in full.

use minijinja::context;

use super::scene::{Scene, Spoken};
use super::view::Row;
use crate::domain::{AdvisedAction, AlertState, Feasibility, Level, Reason};

/// How many places a mail tells in full: more is an endless scroll on a phone.
const DETAILS_MAX: usize = 4;
/// How many places the table names.
const ROWS_MAX: usize = 40;
/// Up to how many places each is told in full.
const FEW: usize = 2;

/// The places that are told in full: those asked about without an answer, and those that changed, from level warn up.
pub(super) fn detailed<'a>(live: &[Spoken<'a>], first: Option<&Spoken<'a>>) -> Vec<Spoken<'a>> {
    if live.len() <= FEW {
        return live.to_vec();
    }
    let is_news = |line: &Spoken<'_>| !matches!(line.reason, None | Some(Reason::Answered { .. } | Reason::LevelFell));
    let is_asked = |line: &Spoken<'_>| line.alert.state != AlertState::Acknowledged;
    let is_first = |line: &Spoken<'_>| first.is_some_and(|first| first.alert.id == line.alert.id);
    let matters = |line: &&Spoken<'a>| {
        is_first(line)
            || line.is_visit()
            || line.is_open() && line.alert.level >= Level::Warn && (is_news(line) || is_asked(line))
    };
    let mut lines: Vec<_> = live.iter().filter(matters).copied().collect();
    // What asks for the first thing to do stands first, then what is news.
    lines.sort_by_key(|line| (!is_first(line), std::cmp::Reverse(line.alert.level), !is_news(line)));
    lines.truncate(DETAILS_MAX);
    lines
}

/// A row for each place that is still in danger, worst first; none when there is one place alone.
pub(super) fn rows(scene: &Scene<'_>, live: &[Spoken<'_>], detailed: &[Spoken<'_>]) -> Vec<Row> {
    if live.len() < 2 {
        return Vec::new();
    }
    live.iter().take(ROWS_MAX).map(|line| row(scene, line, detailed)).collect()
}

/// The places beyond the table, as a count.
pub(super) fn beyond(scene: &Scene<'_>, live: &[Spoken<'_>]) -> Option<String> {
    let n = live.len().saturating_sub(ROWS_MAX);
    (n > 0).then(|| scene.says.say("place.more", &context! { n }))
}

/// One place in the table.
pub(super) fn row(scene: &Scene<'_>, line: &Spoken<'_>, detailed: &[Spoken<'_>]) -> Row {
    let (says, alert) = (&scene.says, line.alert);
    let (level, level_word) = standing(scene, line);
    let is_detailed = detailed.iter().any(|other| other.alert.id == alert.id);
    let deadline = alert.advice.act_by.filter(|at| line.is_open() && !scene.blows(alert) && *at > scene.now());
    let by = deadline.map(|at| says.say("short.by", &context! { when => says.short(at, &scene.zone_of(alert)) }));
    let is_lane = scene.lane(alert).is_some();
    let told = (alert.state == AlertState::Acknowledged).then(|| says.say("short.told", &context! { is_lane }));
    Row {
        title: scene.place(says, alert),
        level,
        level_word,
        chance: alert.exposure.probability.map(|p| says.percent(p.gale)).unwrap_or_default(),
        by: by.into_iter().chain(told).collect::<Vec<_>>().join(says.name("form.clause").unwrap_or("; ")),
        // What is told in full has its button there, and what is settled needs none.
        link: (!is_detailed && line.is_open()).then(|| scene.link(alert)).flatten(),
    }
}

/// The colour and word of a place: its level, but nobody is told to act where all is done, or nothing can be.
pub(super) fn standing(scene: &Scene<'_>, line: &Spoken<'_>) -> (&'static str, String) {
    let (says, alert) = (&scene.says, line.alert);
    let is_late = || {
        let late = |action: &AdvisedAction| action.feasibility == Feasibility::TooLate;
        alert.advice.actions.iter().any(late) && alert.advice.act_by.is_none_or(|at| at <= scene.now())
    };
    let level = alert.level.as_str();
    match alert.state {
        AlertState::Done => ("over", says.word("short.done")),
        AlertState::Acting => ("over", says.word("short.acting")),
        _ if scene.blows(alert) => (level, says.word("short.blows")),
        _ if is_late() => (level, says.word("short.late")),
        _ => (level, says.word(&format!("level.{level}"))),
    }
}
