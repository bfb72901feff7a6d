//! The advice as people read it: an order, one more sentence, and its terms.

use minijinja::{Value, context};

use super::clean;
use super::scene::Scene;
use super::speaker::Speaker;
use super::view::Action;
use super::when::Zone;
use crate::domain::{AdvisedAction, Alert, Feasibility};

/// The actions of one alert, sorted by what can still be done.
#[derive(Default)]
pub(super) struct Actions {
    /// In time: those worth their cost first.
    pub(super) possible: Vec<Action>,
    /// Too late.
    pub(super) late: Vec<Action>,
    /// Refused, with the reason.
    pub(super) refused: Vec<Action>,
}

/// The words for all the advice of an alert.
pub(super) fn actions(scene: &Scene<'_>, alert: &Alert) -> Actions {
    let says = &scene.says;
    let zone = scene.zone_of(alert);
    let mut actions = Actions::default();
    let (mut worth, mut poor) = (Vec::new(), Vec::new());
    for advised in &alert.advice.actions {
        let facts = action_facts(scene, says, alert, advised);
        let title = title(says, advised, &facts);
        match &advised.feasibility {
            Feasibility::InTime | Feasibility::Overtime => {
                let detail = part(says, advised, "detail", &facts).unwrap_or_default();
                let action = Action { title, detail, terms: terms(scene, advised, &zone) };
                if advised.is_worth { worth.push(action) } else { poor.push(action) }
            }
            Feasibility::TooLate => {
                let terms = match advised.act_by {
                    Some(at) => says.say("action.late", &context! { when => says.short(at, &zone) }),
                    None => says.word("action.late-plain"),
                };
                actions.late.push(Action { title, detail: String::new(), terms });
            }
            Feasibility::Refused { because } => {
                // `insure.refused` is the key `refused` of the action `insure`.
                let because = because.rsplit('.').next().unwrap_or_default();
                let reason = part(says, advised, because, &facts);
                let terms = reason.unwrap_or_else(|| says.word("action.refused"));
                actions.refused.push(Action { title, detail: String::new(), terms });
            }
        }
    }
    actions.possible = worth.into_iter().chain(poor).collect();
    actions
}

/// The order, in the speaker's language; an action without words is called by its id.
pub(super) fn title(says: &Speaker<'_>, action: &AdvisedAction, facts: &Value) -> String {
    part(says, action, "title", facts).unwrap_or_else(|| clean::name(&action.action))
}

/// `moving costs 10,000 CNY`.
pub(super) fn costs(says: &Speaker<'_>, action: &AdvisedAction, facts: &Value) -> String {
    let is_free = action.cost.is_some_and(|cost| cost.amount.is_zero());
    let own = if is_free { None } else { part(says, action, "costs", facts) };
    own.unwrap_or_else(|| {
        let cost = if is_free { says.word("money.free") } else { cost(says, action) };
        says.say("money.costs", &context! { title => title(says, action, facts), cost })
    })
}

/// What the words of an action may use.
pub(super) fn action_facts(scene: &Scene<'_>, says: &Speaker<'_>, alert: &Alert, action: &AdvisedAction) -> Value {
    let chosen = alert.advice.shelter.as_ref();
    let named = scene.site(alert).and_then(|site| site.shelter_site.as_ref());
    let shelter = named.or(chosen.map(|chosen| &chosen.site)).map(|id| {
        let name = scene.desk.portfolio.sites.get(id).map(|site| clean::name(&site.name)).unwrap_or_default();
        let id = clean::name(id.as_str());
        let place = if name.is_empty() { id } else { says.say("place.site", &context! { name, id }) };
        match chosen.filter(|chosen| !chosen.is_named) {
            Some(chosen) => {
                let has_room = chosen.has_room == Some(true);
                says.say("place.nearest", &context! { place, km => says.km(chosen.km), has_room })
            }
            None => place,
        }
    });
    let place = scene.place(says, alert);
    let is_lane = scene.lane(alert).is_some();
    context! {
        site => if is_lane { "" } else { place.as_str() },
        lane => if is_lane { place.as_str() } else { "" },
        dealer => scene.dealer_name(alert),
        shelter => shelter.unwrap_or_default(),
        storm => super::storm::storm(says, scene.desk.state, &alert.event, alert.exposure.kind),
        cost => cost(says, action),
    }
}

fn cost(says: &Speaker<'_>, action: &AdvisedAction) -> String {
    action.cost.map_or_else(|| says.word("money.unknown"), |cost| says.money(cost))
}

fn part(says: &Speaker<'_>, action: &AdvisedAction, part: &str, facts: &Value) -> Option<String> {
    says.try_say(&format!("action.{}.{part}", action.action), facts)
}

/// By when, how long, what it costs and saves, by whom.
fn terms(scene: &Scene<'_>, action: &AdvisedAction, zone: &Zone) -> String {
    let says = &scene.says;
    let mut terms = Vec::new();
    if let Some(at) = action.last_call.filter(|_| action.feasibility == Feasibility::Overtime) {
        let left = says.left(at, scene.now());
        terms.push(says.say("action.by-night", &context! { when => says.short(at, zone), left }));
    } else if let Some(at) = action.act_by {
        let left = says.left(at, scene.now());
        terms.push(says.say("action.by", &context! { when => says.short(at, zone), left }));
    }
    if action.lead_h > 0.0 {
        let road = (action.travel_h >= 0.25).then(|| says.span(crate::domain::hours(quarter_up(action.travel_h))));
        let span = says.span(crate::domain::hours(action.lead_h));
        terms.push(says.say("action.takes", &context! { span, road => road.unwrap_or_default() }));
    }
    match action.cost {
        Some(cost) if cost.amount.is_zero() => terms.push(says.word("action.free")),
        Some(cost) => terms.push(says.say("action.cost", &context! { cost => says.money(cost) })),
        None => {}
    }
    if !action.is_worth {
        terms.push(says.word("action.poor"));
    } else if let Some(saved) = action.loss_avoided.filter(|saved| !saved.amount.is_zero()) {
        terms.push(says.say("action.saves", &context! { saved => says.estimate(saved) }));
    }
    let is_mine = action.who == super::facts::role_key(scene.person.role);
    let who = if is_mine { "you" } else { action.who.as_str() };
    if let Some(who) = says.try_say(&format!("who.{who}"), &context! {}) {
        terms.push(who);
    }
    terms.join(says.name("form.clause").unwrap_or("; "))
}

/// Hours on the road, up to the next quarter: more would feign a precision that the guess lacks.
fn quarter_up(h: f64) -> f64 {
    (h * 4.0).ceil() / 4.0
}
