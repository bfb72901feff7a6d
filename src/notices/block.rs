//! One place told in full: when and how likely, what to do, and what is on the way there.

use minijinja::context;

use super::actions::{Actions, actions};
use super::clean;
use super::facts::{chances, facts, map, quote};
use super::scene::{Scene, Spoken};
use super::table::standing;
use super::view::Block;

/// How many shipments of a lane a mail names.
const SHIPMENTS_MAX: usize = 10;

/// One alert told in full.
pub(super) fn block(scene: &Scene<'_>, line: &Spoken<'_>) -> Block {
    let (says, alert) = (&scene.says, line.alert);
    // What is done or under way needs no more orders.
    let is_open = line.is_open();
    let actions = if is_open { actions(scene, alert) } else { Actions::default() };
    let link = scene.link(alert);
    let answer =
        link.is_none().then(|| says.say("unanswerable.line", &context! { alert => clean::name(alert.id.as_str()) }));
    let (level, level_word) = standing(scene, line);
    Block {
        title: scene.place(says, alert),
        dealer: scene.dealer_name(alert),
        level,
        level_word,
        zone: says.zone(&scene.zone_of(alert), scene.now()),
        chances: if is_open { chances(scene, &alert.exposure) } else { Vec::new() },
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
            eta => at(shipment.eta), has_left => shipment.etd.is_some_and(|at| at <= scene.now()),
            is_due => shipment.eta.is_some_and(|at| at <= scene.now()), value => shipment.value.map(|value| says.money(value)).unwrap_or_default(),
        };
        says.say("shipment.line", &facts)
    };
    let mut lines: Vec<String> = all.iter().take(SHIPMENTS_MAX).map(tell).collect();
    if all.len() > SHIPMENTS_MAX {
        lines.push(says.say("shipment.more", &context! { n => all.len() - SHIPMENTS_MAX }));
    }
    lines
}
