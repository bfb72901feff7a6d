//! The first screen of a mail: the one thing to do, by when, and the money; or why there is nothing to begin.

use minijinja::context;

use super::actions::{action_facts, costs, title};
use super::decision::decision;
use super::facts::{money, role_key};
use super::scene::{Scene, Spoken};
use super::view::Todo;
use crate::domain::{AdvisedAction, AlertState, Feasibility, Level, Money, Reason, Role};

/// The alert that asks for the first thing to do, with that action. The worst level comes first; within it, what the
/// reader can have done; of that, whatever got no answer, by deadline; then what was answered but not begun, with what changed before what only stands.
pub(super) fn first<'a>(scene: &Scene<'_>, live: &[Spoken<'a>]) -> Option<(Spoken<'a>, &'a AdvisedAction)> {
    let mut open: Vec<_> = live
        .iter()
        .filter(|line| line.is_open() && !scene.blows(line.alert))
        .filter_map(|line| Some((*line, best(line, scene.person.role)?)))
        .collect();
    open.sort_by_key(|(line, best)| {
        let is_told = line.alert.state == AlertState::Acknowledged;
        let stands = is_told && line.reason.is_none();
        let is_others = !is_for(best, scene.person.role);
        (std::cmp::Reverse(line.alert.level), is_others, is_told, stands, best.act_by.unwrap_or(jiff::Timestamp::MAX))
    });
    open.first().copied()
}

/// The one thing to do first.
pub(super) fn todo(scene: &Scene<'_>, line: &Spoken<'_>, best: &AdvisedAction) -> Todo {
    let says = &scene.says;
    let place = scene.place(says, line.alert);
    let facts = action_facts(scene, says, line.alert, best);
    let title = title(says, best, &facts);
    let is_visit = line.is_visit() && scene.site(line.alert).is_some();
    let what = if is_visit {
        {
            let refused = line.alert.state == AlertState::Refused;
            says.say("todo.visit", &context! { title, refused })
        }
    } else {
        title
    };
    let zone = scene.zone_of(line.alert);
    let link = scene.link(line.alert);
    let late = too_late(scene, line, best);
    let threat = threat(scene, line);
    let whole = says.say("todo.action", &context! { title => what.as_str(), place => place.as_str() });
    let Some(at) = best.act_by.filter(|at| *at > scene.now()) else {
        let by = says.word("todo.now");
        let line = says.say("todo.line-now", &context! { what => whole.as_str() });
        return Todo { line, what, place, by, left: String::new(), yours: None, threat, late, link };
    };
    let left = says.left(at, scene.now());
    let yours = (!zone.shows_same(&scene.zone, at))
        .then(|| says.say("todo.yours", &context! { when => says.local(at, &scene.zone) }));
    Todo {
        line: says.say(
            "todo.line",
            &context! { when => says.short(at, &zone), left => left.as_str(), what => whole.as_str() },
        ),
        what,
        place,
        by: says.say("todo.by", &context! { when => says.full(at, &zone) }),
        left,
        yours,
        threat,
        late,
        link,
    }
}

/// Gale in 1-minute winds. A forecast track that brings less says nothing beside a chance of gale.
const GALE_KT: f64 = 34.0;

/// How likely the wind is there, from when, how strong, and whether the sea may come in.
fn threat(scene: &Scene<'_>, line: &Spoken<'_>) -> Option<String> {
    let (says, exposure) = (&scene.says, &line.alert.exposure);
    let p = exposure.probability?;
    let early = exposure.gale().and_then(|gale| gale.early.or(gale.first)).filter(|at| *at > scene.now());
    let facts = context! {
        chance => says.percent(p.gale),
        early => early.map(|at| says.short(at, &scene.zone_of(line.alert))).unwrap_or_default(),
        wind => exposure.peak_kt.filter(|kt| *kt >= GALE_KT).map(|kt| says.wind(kt)).unwrap_or_default(),
        sea => exposure.surge.flag,
    };
    Some(says.say("todo.threat", &facts))
}

/// What to say when there is nothing to begin.
pub(super) fn calm(scene: &Scene<'_>, live: &[Spoken<'_>]) -> Option<String> {
    let worst = live.first()?;
    let open: Vec<_> = live.iter().filter(|line| line.is_open()).collect();
    let is_lane = |lines: &[&Spoken<'_>]| lines.iter().all(|line| scene.lane(line.alert).is_some());
    let key = if open.is_empty() {
        "todo.calm-acting"
    } else if must_wait(scene, live) {
        "todo.calm-late"
    } else if worst.alert.level == Level::Watch {
        "todo.calm-watch"
    } else {
        "todo.calm-none"
    };
    let about = if open.is_empty() { live.iter().collect() } else { open };
    Some(scene.says.say(key, &context! { is_lane => is_lane(&about) }))
}

/// True when something is open for which it is too late, or the wind is there.
pub(super) fn must_wait(scene: &Scene<'_>, live: &[Spoken<'_>]) -> bool {
    let is_late = |action: &AdvisedAction| action.feasibility == Feasibility::TooLate;
    let mut open = live.iter().filter(|line| line.is_open());
    open.any(|line| scene.blows(line.alert) || line.alert.advice.actions.iter().any(is_late))
}

/// The money of the first thing to do: what it costs against what waiting costs; of a lane, what is on it.
pub(super) fn stake(scene: &Scene<'_>, line: &Spoken<'_>) -> Vec<String> {
    let says = &scene.says;
    let Some(lane) = scene.lane(line.alert) else {
        return money_line(scene, line).into_iter().chain(decision(scene, line)).collect();
    };
    let shipments = scene.shipments(lane);
    if shipments.is_empty() {
        return vec![says.word("shipment.none")];
    }
    let mut sums: Vec<Money> = Vec::new();
    for value in shipments.iter().filter_map(|shipment| shipment.value) {
        match sums.iter_mut().find(|sum| sum.currency == value.currency) {
            Some(sum) => sum.amount = sum.amount.saturating_add(value.amount),
            None => sums.push(value),
        }
    }
    let sums: Vec<String> = sums.into_iter().map(|sum| says.money(sum)).collect();
    let value = says.list(&sums, sums.len());
    vec![says.say("money.lane", &context! { n => shipments.len(), value })]
}

/// What acting costs against what waiting costs, for a place of which both are known.
pub(super) fn money_line(scene: &Scene<'_>, line: &Spoken<'_>) -> Option<String> {
    let says = &scene.says;
    let loss = line.alert.exposure.loss.as_ref().filter(|loss| !loss.expected.is_zero())?;
    let best = money(line.alert);
    let costs = best.map(|best| costs(says, best, &action_facts(scene, says, line.alert, best)));
    let key = if best.is_some() { "money.line" } else { "money.bare" };
    let facts = context! {
        place => scene.place(says, line.alert),
        costs => costs.map(|costs| super::forward::capital(&costs)).unwrap_or_default(),
        expected => says.estimate(loss.expected()),
        expected_number => says.estimate_number(loss.expected()),
        at_risk => says.money(loss.at_risk()),
    };
    Some(says.say(key, &facts))
}

/// True when nothing is left to fear.
pub(super) fn is_over(scene: &Scene<'_>) -> bool {
    !scene.lines.iter().any(Spoken::is_live)
}

/// What remains to be done when a storm has passed; nothing when it was only called off.
pub(super) fn after(scene: &Scene<'_>) -> Option<String> {
    let passed: Vec<_> = scene.lines.iter().filter(|line| line.reason == Some(&Reason::DangerOver)).collect();
    let is_lane = passed.iter().all(|line| scene.lane(line.alert).is_some());
    (!passed.is_empty() && is_over(scene)).then(|| scene.says.say("over.after", &context! { is_lane }))
}

/// The best action that can be begun now, the reader's own before those of others; what has neither a deadline nor
/// a length comes after the storm.
pub(super) fn best<'a>(line: &Spoken<'a>, role: Role) -> Option<&'a AdvisedAction> {
    let can_begin = |action: &&AdvisedAction| {
        action.can_begin() && action.is_worth && (action.act_by.is_some() || action.lead_h > 0.0)
    };
    let all = || line.alert.advice.actions.iter().filter(can_begin);
    all().find(|action| is_for(action, role)).or_else(|| all().next())
}

/// True when the reader does it or asks the dealer for it: logistics moves shipments, the others see to sites.
pub(super) fn is_for(action: &AdvisedAction, role: Role) -> bool {
    (action.who == role_key(Role::Logistics)) == (role == Role::Logistics)
}

/// A better action that was open when the alert was, and for which it has become too late.
fn too_late(scene: &Scene<'_>, line: &Spoken<'_>, best: &AdvisedAction) -> Option<String> {
    let alert = line.alert;
    let saved = |action: &AdvisedAction| action.loss_avoided.map(|saved| saved.amount);
    let missed = |action: &&AdvisedAction| {
        action.feasibility == Feasibility::TooLate
            && action.is_worth
            && action.act_by.is_some_and(|at| at >= alert.opened_at)
    };
    let missed = alert.advice.actions.iter().find(missed)?;
    let was_better = match (saved(missed), saved(best)) {
        (Some(missed), Some(best)) => missed > best,
        (None, None) => missed.act_by < best.act_by,
        (missed, None) => missed.is_some(),
        (None, Some(_)) => false,
    };
    let says = &scene.says;
    let title = title(says, missed, &action_facts(scene, says, alert, missed));
    let when = missed.act_by.map(|at| says.short(at, &scene.zone_of(alert))).unwrap_or_default();
    was_better.then(|| says.say("todo.too-late", &context! { title, when }))
}
