//! The body of a mail: the one thing to do first, the money, and each place in turn.

use minijinja::context;

use super::actions::{Actions, action_facts, actions, costs, title};
use super::clean;
use super::facts::{chances, facts, map, quote};
use super::scene::{Scene, Spoken};
use super::view::{Block, Todo};
use crate::domain::{AdvisedAction, AlertState, Feasibility, Level, Money, Reason};

/// How many places a mail tells in full; the rest are named with their level and deadline.
pub(super) const BLOCKS_MAX: usize = 20;
/// How many shipments of a lane a mail names.
const SHIPMENTS_MAX: usize = 10;

/// The one thing to do first: the worst open alert with something to do, by the earliest deadline.
pub(super) fn todo(scene: &Scene<'_>, live: &[Spoken<'_>]) -> Option<Todo> {
    let says = &scene.says;
    let can_begin = |line: &&Spoken<'_>| line.is_open() && !scene.blows(line.alert);
    let (line, best) = live.iter().filter(can_begin).find_map(|line| Some((line, line.alert.advice.best()?)))?;
    let place = scene.place(says, line.alert);
    let facts = action_facts(scene, says, line.alert, best);
    let title = title(says, best, &facts);
    let is_visit = line.is_visit() && scene.site(line.alert).is_some();
    let key = if is_visit { "todo.visit" } else { "todo.action" };
    let what = says.say(key, &context! { title, place });
    let zone = scene.zone_of(line.alert);
    let link = scene.link(line.alert);
    let Some(at) = best.act_by.filter(|at| *at > scene.now()) else {
        let by = says.word("todo.now");
        return Some(Todo { line: format!("{by}: {what}"), what, by, left: String::new(), yours: None, link });
    };
    let (when, left) = (says.full(at, &zone), says.left(at, scene.now()));
    let yours = (!zone.shows_same(&scene.zone, at))
        .then(|| says.say("todo.yours", &context! { when => says.full(at, &scene.zone) }));
    Some(Todo {
        line: says.say("todo.line", &context! { when => when.as_str(), left => left.as_str(), what => what.as_str() }),
        what,
        by: says.say("todo.by", &context! { when }),
        left,
        yours,
        link,
    })
}

/// What to say when there is nothing to begin.
pub(super) fn calm(scene: &Scene<'_>, live: &[Spoken<'_>]) -> Option<String> {
    let worst = live.first()?;
    let is_late = |action: &AdvisedAction| action.feasibility == Feasibility::TooLate;
    let key = if !live.iter().any(Spoken::is_open) {
        "todo.calm-acting"
    } else if live
        .iter()
        .filter(|line| line.is_open())
        .any(|line| scene.blows(line.alert) || line.alert.advice.actions.iter().any(is_late))
    {
        "todo.calm-late"
    } else if worst.alert.level == Level::Watch {
        "todo.calm-watch"
    } else {
        "todo.calm-none"
    };
    Some(scene.says.word(key))
}

/// A line of money for each place where money is known and somebody must still decide.
pub(super) fn money(scene: &Scene<'_>, live: &[Spoken<'_>]) -> Vec<String> {
    live.iter().filter(|line| line.is_open()).filter_map(|line| money_line(scene, line)).take(BLOCKS_MAX).collect()
}

/// One alert told in full.
pub(super) fn block(scene: &Scene<'_>, line: &Spoken<'_>) -> Block {
    let (says, alert) = (&scene.says, line.alert);
    // What is done needs no more orders.
    let is_done = alert.state == AlertState::Done;
    let actions = if is_done { Actions::default() } else { actions(scene, alert) };
    let link = scene.link(alert);
    let answer =
        link.is_none().then(|| says.say("unanswerable.line", &context! { alert => clean::name(alert.id.as_str()) }));
    Block {
        title: scene.place(says, alert),
        dealer: scene.dealer_name(alert),
        level: alert.level.as_str(),
        level_word: says.word(&format!("level.{}", alert.level.as_str())),
        zone: says.zone(&scene.zone_of(alert), scene.now()),
        chances: chances(scene, &alert.exposure),
        facts: facts(scene, line),
        quote: quote(scene, alert),
        shipments: shipments(scene, line),
        actions: actions.possible,
        late: actions.late,
        refused: actions.refused,
        map: line.is_visit().then(|| map(scene, alert)).flatten(),
        link,
        answer,
    }
}

/// A place that is not told in full: its level and deadline.
pub(super) fn brief(scene: &Scene<'_>, line: &Spoken<'_>) -> String {
    let says = &scene.says;
    let level = says.word(&format!("level.{}", line.alert.level.as_str()));
    let by = line.alert.advice.act_by.map(|at| {
        let facts = context! { when => says.short(at, &scene.zone_of(line.alert)), left => says.left(at, scene.now()) };
        says.say("action.by", &facts)
    });
    let parts: Vec<_> = [Some(scene.place(says, line.alert)), Some(level), by].into_iter().flatten().collect();
    parts.join(" · ")
}

fn money_line(scene: &Scene<'_>, line: &Spoken<'_>) -> Option<String> {
    let says = &scene.says;
    let loss = line.alert.exposure.loss.as_ref().filter(|loss| !loss.expected.is_zero())?;
    let place = scene.place(says, line.alert);
    let (expected, at_risk) = (says.estimate(loss.expected()), says.money(loss.at_risk()));
    let expected_number = says.estimate_number(loss.expected());
    let paid =
        |action: &&AdvisedAction| action.feasibility == Feasibility::InTime && action.is_worth && costs_money(action);
    let best = line.alert.advice.actions.iter().find(paid);
    let costs = best.map(|best| costs(says, best, &action_facts(scene, says, line.alert, best))).unwrap_or_default();
    let break_even = best.and_then(|best| best.break_even_p).map(|p| says.fine_percent(p)).unwrap_or_default();
    let chance = line.alert.exposure.probability.map(|p| says.percent(p.gale)).unwrap_or_default();
    let key = if best.is_some() { "money.line" } else { "money.bare" };
    Some(says.say(key, &context! { place, costs, expected, expected_number, at_risk, break_even, chance }))
}

fn costs_money(action: &AdvisedAction) -> bool {
    action.cost.is_some_and(|cost: Money| !cost.amount.is_zero())
}

fn shipments(scene: &Scene<'_>, line: &Spoken<'_>) -> Vec<String> {
    let Some(lane) = scene.lane(line.alert) else { return Vec::new() };
    let says = &scene.says;
    let all = scene.shipments(lane);
    if all.is_empty() {
        return vec![says.word("shipment.none")];
    }
    let zone = scene.zone_of(line.alert);
    let at = |at: Option<jiff::Timestamp>| at.map(|at| says.short(at, &zone)).unwrap_or_default();
    let tell = |shipment: &&crate::domain::Shipment| {
        let dealer = scene.desk.portfolio.dealers.get(&shipment.dealer).map(|dealer| clean::name(&dealer.name));
        let facts = context! {
            id => clean::name(shipment.id.as_str()), dealer => dealer.unwrap_or_default(), etd => at(shipment.etd),
            eta => at(shipment.eta), value => shipment.value.map(|value| says.money(value)).unwrap_or_default(),
        };
        says.say("shipment.line", &facts)
    };
    let mut lines: Vec<String> = all.iter().take(SHIPMENTS_MAX).map(tell).collect();
    if all.len() > SHIPMENTS_MAX {
        lines.push(says.say("shipment.more", &context! { n => all.len() - SHIPMENTS_MAX }));
    }
    lines
}

/// True when every change says that something is over, and nothing is left to fear.
pub(super) fn is_over(scene: &Scene<'_>) -> bool {
    !scene.lines.iter().any(Spoken::is_live)
}

/// What remains to be done when a storm has passed; nothing when it was only called off.
pub(super) fn after(scene: &Scene<'_>) -> Option<String> {
    let has_passed = scene.lines.iter().any(|line| line.reason == Some(&Reason::DangerOver));
    (has_passed && is_over(scene)).then(|| scene.says.word("over.after"))
}
