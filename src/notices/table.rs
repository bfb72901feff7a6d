//! All places at a glance, and which of them a mail tells in full.

use minijinja::context;

use super::scene::{Scene, Spoken};
use super::view::Row;
use crate::domain::{AlertState, Level, Reason};

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

fn row(scene: &Scene<'_>, line: &Spoken<'_>, detailed: &[Spoken<'_>]) -> Row {
    let (says, alert) = (&scene.says, line.alert);
    let is_settled = !line.is_open();
    let level_word = says.word(&format!("level.{}", alert.level.as_str()));
    let is_detailed = detailed.iter().any(|other| other.alert.id == alert.id);
    Row {
        title: scene.place(says, alert),
        level: if is_settled { "over" } else { alert.level.as_str() },
        level_word: if is_settled { says.word(settled(alert.state)) } else { level_word },
        chance: alert.exposure.probability.map(|p| says.percent(p.gale)).unwrap_or_default(),
        by: if is_settled { String::new() } else { deadline(scene, line) },
        // What is told in full has its button there, and what is settled needs none.
        link: (!is_detailed && !is_settled).then(|| scene.link(alert)).flatten(),
    }
}

fn settled(state: AlertState) -> &'static str {
    if state == AlertState::Done { "short.done" } else { "short.acting" }
}

/// By when something must begin there, or that nothing can.
fn deadline(scene: &Scene<'_>, line: &Spoken<'_>) -> String {
    let says = &scene.says;
    if scene.blows(line.alert) {
        return says.word("short.blows");
    }
    let ahead = line.alert.advice.act_by.filter(|at| *at > scene.now());
    let told = (line.alert.state == AlertState::Acknowledged).then(|| {
        let is_lane = scene.lane(line.alert).is_some();
        says.say("short.told", &context! { is_lane })
    });
    let by = match ahead {
        Some(at) => Some(says.say("short.by", &context! { when => says.short(at, &scene.zone_of(line.alert)) })),
        None if line.alert.advice.actions.is_empty() => None,
        None => Some(says.word("short.late")),
    };
    let parts: Vec<_> = by.into_iter().chain(told).collect();
    parts.join(says.name("form.list_comma").unwrap_or(", "))
}
