//! Act or wait, in the words of a tired person: what the decision is, and how the numbers moved since the last mail.

use minijinja::context;

use super::actions::{action_facts, title};
use super::facts::money;
use super::scene::{Scene, Spoken};
use crate::domain::{ActOrWait, AdvisedAction, Alert, Feasibility, Money, Timestamp, Verdict, VerdictWhy};

/// A chance told anew when it moved by this much: percentages are shown whole.
const MOVED_P: f64 = 0.01;

/// The lines below the money: the decision, what is out of the ordinary about it, and what moved.
pub(super) fn decision(scene: &Scene<'_>, line: &Spoken<'_>) -> Vec<String> {
    let paid = money(line.alert);
    let mut lines = Vec::new();
    // What does not pay yet is worth a word too: it may tomorrow.
    let weighed = |action: &&AdvisedAction| action.can_begin() && action.act_or_wait.is_some();
    let told = paid.or_else(|| line.alert.advice.actions.iter().find(weighed));
    lines.extend(told.and_then(|told| Some(verdict(scene, line.alert, told, told.act_or_wait.as_ref()?))));
    lines.extend(paid.and_then(|paid| overtime(scene, line.alert, paid)));
    lines.extend(part(scene, line.alert));
    lines.extend(moved(scene, line));
    lines
}

fn verdict(scene: &Scene<'_>, alert: &Alert, paid: &AdvisedAction, weighed: &ActOrWait) -> String {
    let says = &scene.says;
    let zone = scene.zone_of(alert);
    let at = |at: Option<Timestamp>| at.map(|at| says.short(at, &zone)).unwrap_or_default();
    let key = match (weighed.verdict, weighed.why) {
        (Verdict::Act, VerdictWhy::LastChance) => "decide.last-chance",
        (Verdict::Act, _) => "decide.pays-anyway",
        (Verdict::Wait, _) => "decide.wait",
        (Verdict::Leave, _) => "decide.leave",
    };
    let last = weighed.too_late_after.filter(|last| Some(*last) != weighed.next_bulletin_at);
    let facts = context! {
        next => at(weighed.next_bulletin_at), last => at(last),
        p => says.fine_percent(weighed.p), break_even => paid.break_even_p.map(|p| says.fine_percent(p)).unwrap_or_default(),
        risk => says.estimate(weighed.waiting_risks), title => title(says, paid, &action_facts(scene, says, alert, paid)),
    };
    says.say(key, &facts)
}

/// The last start in working hours is past, but not the last of all.
fn overtime(scene: &Scene<'_>, alert: &Alert, paid: &AdvisedAction) -> Option<String> {
    let last_call = paid.last_call.filter(|_| paid.feasibility == Feasibility::Overtime)?;
    let says = &scene.says;
    let facts =
        context! { when => says.short(last_call, &scene.zone_of(alert)), left => says.left(last_call, scene.now()) };
    Some(says.say("decide.overtime", &facts))
}

/// What can still be done of an action for which it is too late as a whole.
fn part(scene: &Scene<'_>, alert: &Alert) -> Option<String> {
    let is_part = |action: &&AdvisedAction| {
        let has_work = action.lead_h > 0.0 && action.loss_avoided.is_some_and(|avoided| !avoided.amount.is_zero());
        action.feasibility == Feasibility::TooLate && has_work && action.hours_left.is_some_and(|left| left >= 1.0)
    };
    let action = alert.advice.actions.iter().find(is_part)?;
    let says = &scene.says;
    let span = |h: f64| says.span(crate::domain::hours(h.floor()));
    let title = title(says, action, &action_facts(scene, says, alert, action));
    Some(says.say(
        "decide.part",
        &context! { title, left => span(action.hours_left?), takes => says.span(crate::domain::hours(action.lead_h)) },
    ))
}

/// How the numbers moved since the person was last told of this alert; nothing when they did not.
fn moved(scene: &Scene<'_>, line: &Spoken<'_>) -> Option<String> {
    let says = &scene.says;
    let told = line.alert.told.get(&scene.person.id)?;
    let (was_p, p) = (told.p_34kt?, line.alert.exposure.probability?.gale);
    let now = line.alert.exposure.loss.as_ref().map(crate::domain::Loss::expected);
    let (was_loss, loss) = (told.expected_loss.map(|was| says.estimate(was)), now.map(|now: Money| says.estimate(now)));
    let has_moved = (p - was_p).abs() >= MOVED_P || was_loss != loss;
    let (was, now) = was_loss.zip(loss).filter(|(was, now)| was != now).unwrap_or_default();
    has_moved
        .then(|| says.say("decide.moved", &context! { was_p => says.percent(was_p), p => says.percent(p), was, now }))
}

/// What the deadlines of a site take for granted.
pub(super) fn assumed(scene: &Scene<'_>, alert: &Alert) -> String {
    let says = &scene.says;
    let notes = alert.advice.notes.iter().filter_map(|note| says.try_say(&format!("decide.{note}"), &context! {}));
    notes.collect::<Vec<_>>().join(says.name("form.clause").unwrap_or("; "))
}
