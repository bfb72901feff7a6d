//! A text for each dealer, in the dealer's language, ready to be copied.

use minijinja::context;

use super::actions::{action_facts, costs, title};
use super::clean;
use super::facts::is_storm;
use super::scene::{Scene, Spoken};
use super::sources::agency;
use super::speaker::Speaker;
use super::storm::storm;
use super::view::Forward;
use crate::domain::{AdvisedAction, Dealer, DealerId, Feasibility, Level};

/// How many of a dealer's sites one text names.
const SITES_MAX: usize = 10;

/// The texts, one for each dealer who must still do something at one of the places that are told in full.
pub(super) fn forwards(scene: &Scene<'_>, live: &[Spoken<'_>]) -> Vec<Forward> {
    let mut dealers: Vec<(&DealerId, &Dealer)> = Vec::new();
    for line in live.iter().filter(|line| line.is_open()) {
        if let Some(dealer) = scene.dealer(line.alert)
            && !dealers.iter().any(|(id, _)| **id == dealer.id)
        {
            dealers.push((&dealer.id, dealer));
        }
    }
    dealers.into_iter().map(|(_, dealer)| forward(scene, live, dealer)).collect()
}

fn forward(scene: &Scene<'_>, live: &[Spoken<'_>], dealer: &Dealer) -> Forward {
    let says = scene.says.in_language(dealer.language);
    let name = clean::name(&dealer.name);
    let theirs = |line: &&Spoken<'_>| line.is_open() && scene.dealer(line.alert).is_some_and(|d| d.id == dealer.id);
    let own: Vec<_> = live.iter().filter(theirs).collect();
    let mut lines = vec![says.say("forward.hello", &context! { dealer => name.as_str() })];
    if let Some(first) = own.first() {
        lines.push(threat(scene, &says, first));
    }
    for line in own.iter().take(SITES_MAX) {
        lines.push(site(scene, &says, line));
    }
    let can_begin = own.iter().any(|line| wanted(scene, line).is_some());
    lines.push(says.word(if can_begin { "forward.bye" } else { "forward.bye-safe" }));
    lines.push(says.say("forward.from", &context! { sender => clean::name(&scene.person.name) }));
    Forward { title: scene.says.say("label.forward", &context! { dealer => name }), lang: dealer.language.tag(), lines }
}

fn threat(scene: &Scene<'_>, says: &Speaker<'_>, line: &Spoken<'_>) -> String {
    let hazard = scene.hazard(line.alert);
    let issued = hazard.and_then(|hazard| hazard.issued).map(|at| says.short(at, &scene.zone_of(line.alert)));
    let facts = context! {
        storm => storm(says, scene.desk.state, &line.alert.event, line.alert.exposure.kind),
        agency => hazard.map(|hazard| agency(says, hazard)).unwrap_or_default(),
        issued => issued.unwrap_or_default(),
    };
    let key = if is_storm(&line.alert.exposure) { "forward.storm" } else { "forward.warning" };
    says.say(key, &facts)
}

/// How likely, by when what must begin, and the money: one paragraph.
fn site(scene: &Scene<'_>, says: &Speaker<'_>, line: &Spoken<'_>) -> String {
    let (alert, exposure) = (line.alert, &line.alert.exposure);
    let zone = scene.zone_of(alert);
    let at = |at: Option<jiff::Timestamp>| at.map(|at| says.short(at, &zone)).unwrap_or_default();
    let place = scene.place(says, alert);
    let mut parts = vec![if let Some(p) = exposure.probability {
        let early = exposure.gale().and_then(|gale| gale.early.or(gale.first));
        says.say("forward.site", &context! { place, chance => says.percent(p.gale), early => at(early) })
    } else {
        let facts = context! { place, onset => at(exposure.onset), expires => at(exposure.expires) };
        says.say("forward.warned", &facts)
    }];
    if exposure.surge.flag {
        parts.push(says.word("forward.sea"));
    }
    parts.extend(request(scene, says, line));
    parts.join(says.name("form.sentence").unwrap_or(" "))
}

/// What the dealer is asked to do, and what it costs against what lies there.
fn request(scene: &Scene<'_>, says: &Speaker<'_>, line: &Spoken<'_>) -> Vec<String> {
    let alert = line.alert;
    let Some(best) = wanted(scene, line) else {
        let is_late =
            scene.blows(alert) || alert.advice.actions.iter().any(|action| action.feasibility == Feasibility::TooLate);
        return match (is_late, alert.level) {
            (true, _) => vec![says.word("forward.careful")],
            (false, Level::Watch | Level::Warn) => vec![says.word("forward.watch")],
            (false, Level::Act) => Vec::new(),
        };
    };
    let facts = action_facts(scene, says, alert, best);
    let action = title(says, best, &facts);
    let mut parts = vec![match best.act_by.filter(|at| *at > scene.now()) {
        Some(by) => {
            let (when, left) = (says.short(by, &scene.zone_of(alert)), says.left(by, scene.now()));
            says.say("forward.please", &context! { when, left, action })
        }
        None => says.say("forward.please-now", &context! { action }),
    }];
    let value = scene.site(alert).and_then(|site| site.stock);
    if let (Some(value), Some(_)) = (value, best.cost) {
        let costs = capital(&costs(says, best, &facts));
        parts.push(says.say("forward.money", &context! { costs, value => says.money(value) }));
    }
    parts
}

/// What the dealer can still begin; nothing while a gale blows there.
fn wanted<'a>(scene: &Scene<'_>, line: &Spoken<'a>) -> Option<&'a AdvisedAction> {
    let theirs = |action: &&AdvisedAction| action.can_begin() && action.is_worth && action.who == "dealer";
    line.alert.advice.actions.iter().find(theirs).filter(|_| !scene.blows(line.alert))
}

/// The text with its first letter large, where a language has such letters.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
