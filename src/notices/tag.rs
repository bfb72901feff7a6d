//! What kind of mail it is, in two words: a new danger, a reminder, in hand, all clear.

use minijinja::context;

use super::scene::{Scene, Spoken};
use super::todo::must_wait;
use crate::domain::{Level, Reason};

/// The colour, and the words above the headline. A reminder must not look like a new alert, nor what is in hand
/// like something to do.
pub(super) fn tag(scene: &Scene<'_>, live: &[Spoken<'_>], first: Option<&Spoken<'_>>) -> (&'static str, String) {
    let says = &scene.says;
    if live.is_empty() {
        let is_clear = scene.lines.iter().any(|line| line.reason == Some(&Reason::DangerOver));
        return ("over", says.word(if is_clear { "tag.clear" } else { "tag.over" }));
    }
    let open = live.iter().filter(|line| line.is_open());
    let Some(level) = first.map(|line| line.alert.level).or_else(|| open.map(|line| line.alert.level).max()) else {
        return ("over", says.word("tag.in-hand"));
    };
    let is_over = |line: &&Spoken<'_>| !line.is_live();
    if first.is_none() && scene.lines.iter().filter(|line| line.reason.is_some()).all(|line| is_over(&line)) {
        return ("over", says.word("tag.part-clear"));
    }
    if first.is_none() && must_wait(scene, live) {
        let is_lane = live.iter().filter(|line| line.is_open()).all(|line| scene.lane(line.alert).is_some());
        return (level.as_str(), says.say("tag.wait", &context! { is_lane }));
    }
    (level.as_str(), reminder(scene, level).unwrap_or_else(|| level_word(scene, level)))
}

fn reminder(scene: &Scene<'_>, level: Level) -> Option<String> {
    let reasons = || scene.lines.iter().filter_map(|line| line.reason);
    let numbers = reasons().filter_map(|reason| match reason {
        Reason::Unanswered { reminder, .. } => Some(*reminder),
        _ => None,
    });
    let is_news = |reason: &Reason| !matches!(reason, Reason::Unanswered { .. } | Reason::Answered { .. });
    let n = numbers.max().filter(|_| !reasons().any(is_news))?;
    Some(scene.says.say("tag.reminder", &context! { n, level => level_word(scene, level) }))
}

fn level_word(scene: &Scene<'_>, level: Level) -> String {
    scene.says.word(&format!("level.{}", level.as_str()))
}
