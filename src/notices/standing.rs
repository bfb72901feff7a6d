//! A standing switch in words: which lane, from when to when, and its numbers; in the plan's mail and in its proposal's.

use jiff::civil::Date;
use minijinja::{Value, context};
use rust_decimal::Decimal;

use super::clean;
use super::scene::port;
use super::speaker::Speaker;
use super::view::{Block, Fact};
use crate::domain::{Case, LaneId, Matter, PlannedSwitch, Portfolio, Proposal, SeasonSwitch, SwitchProposal, What};

/// How many dealers of a lane are named.
const DEALERS_MAX: usize = 12;

/// What it costs, how punctual it is, what it keeps, up to which price it pays, and how often gales close both lanes.
pub(super) fn numbers(planned: &PlannedSwitch, says: &Speaker<'_>) -> Vec<Fact> {
    let one = &planned.switch;
    let money = |amount: Decimal| says.money(one.money(amount));
    let about = |amount: Decimal| says.estimate(one.money(amount));
    let is_cheaper = one.extra_per_box < Decimal::ZERO;
    let slower = one.slower_h.unwrap_or_default();
    let facts = [
        (
            "cost",
            context! {
                a_box => money(one.extra_per_box.abs()), boxes => one.boxes.to_string(), all => money(one.extra_cost.abs()),
                is_cheaper,
            },
        ),
        (
            "late",
            context! {
                days => number(one.days_late_saved.abs(), 2), is_later => one.days_late_saved < 0.0,
                slower => if slower > 0.0 { number(slower, 0) } else { String::new() },
                faster => if slower < 0.0 { number(-slower, 0) } else { String::new() },
            },
        ),
        ("kept", context! { sales => about(one.sales_kept), days => number(one.empty_days_saved, 1) }),
        ("even", context! { a_box => money(one.break_even_per_box) }),
        (
            "closed",
            context! {
                ours => number(planned.closed_days, 1),
                theirs => planned.closed_days_there.map(|days| number(days, 1)).unwrap_or_default(),
            },
        ),
    ];
    let fact = |(key, facts): (&str, Value)| Fact {
        label: says.word(&format!("season.{key}")),
        value: says.say(&format!("season.{key}-is"), &facts),
    };
    facts.into_iter().map(fact).collect()
}

/// The switch told in full.
pub(super) fn block(planned: &PlannedSwitch, portfolio: &Portfolio, says: &Speaker<'_>) -> Block {
    let one = &planned.switch;
    Block {
        title: lane_name(&one.lane, portfolio, says),
        dealer: dealers(&one.lane, portfolio, says),
        level: "watch",
        level_word: sentence_short(one, says),
        zone: says.say("season.id", &context! { id => clean::name(&one.id) }),
        facts: numbers(planned, says),
        ..Block::default()
    }
}

/// What the sentences of a proposal may use.
pub(super) fn facts(season: &SeasonSwitch, portfolio: &Portfolio, says: &Speaker<'_>) -> Value {
    let one = &season.planned.switch;
    let cost = season.added_cost();
    context! {
        lane => lane_name(&one.lane, portfolio, says), to => lane_name(&one.alternate, portfolio, says),
        from_day => date(season.from_day, says), to_day => date(season.to_day, says), year => season.from_day.year(),
        days => number(season.planned.closed_days, 1), is_cheaper => cost.amount < Decimal::ZERO,
        cost => says.money(one.money(cost.amount.abs())), saves => says.estimate(one.money(one.sales_kept)),
    }
}

/// The same switch before it was proposed anew; `None` the first time.
pub(super) fn before(proposal: &Proposal) -> Option<&SeasonSwitch> {
    let mut newest = proposal.trail.iter().rev().filter_map(|entry| match &entry.what {
        What::Proposed { case, .. } => Some(&**case),
        _ => None,
    });
    match newest.nth(1) {
        Some(Case { matter: Matter::Season(season), .. }) => Some(season),
        _ => None,
    }
}

/// `1 July to 30 September: by rail`.
fn sentence_short(one: &SwitchProposal, says: &Speaker<'_>) -> String {
    let (from, to) = (first_day(one, says), final_day(one, says));
    says.say("season.when", &context! { from, to, mode => mode(&one.mode, says) })
}

/// `1 Jul`.
pub(super) fn first_day(one: &SwitchProposal, says: &Speaker<'_>) -> String {
    day(1, one.first_month, says)
}

/// `30 Sep`.
pub(super) fn final_day(one: &SwitchProposal, says: &Speaker<'_>) -> String {
    day(crate::domain::last_day(one.last_month), one.last_month, says)
}

/// `1 Jul`, of a date.
pub(super) fn date(date: Date, says: &Speaker<'_>) -> String {
    day(date.day().unsigned_abs(), date.month().unsigned_abs(), says)
}

fn day(day: u8, month: u8, says: &Speaker<'_>) -> String {
    let names = says.name("form.months").unwrap_or_default();
    let month = names.split_whitespace().nth(usize::from(month.saturating_sub(1))).unwrap_or_default();
    says.say("season.day", &context! { day, month })
}

/// A mode in the reader's language.
pub(super) fn mode(mode: &str, says: &Speaker<'_>) -> String {
    says.name(&format!("mode.{}", mode.to_lowercase())).map_or_else(|| clean::name(mode), str::to_owned)
}

/// `Shanghai → Xiamen (SEA-SHA-XMN)`.
pub(super) fn lane_name(id: &LaneId, portfolio: &Portfolio, says: &Speaker<'_>) -> String {
    let name = clean::name(id.as_str());
    let Some(lane) = portfolio.lanes.get(id) else { return name };
    let (origin, destination) = (port(says, &lane.origin), port(says, &lane.destination));
    says.say("place.lane", &context! { origin, destination, id => name })
}

fn dealers(lane: &LaneId, portfolio: &Portfolio, says: &Speaker<'_>) -> String {
    let on_lane = portfolio.shipments.values().filter(|one| one.lane == *lane);
    let mut names: Vec<String> =
        on_lane.filter_map(|one| Some(clean::name(&portfolio.dealers.get(&one.dealer)?.name))).collect();
    names.sort();
    names.dedup();
    says.list(&names, DEALERS_MAX)
}

/// A number with so many digits.
pub(super) fn number(value: f64, digits: usize) -> String {
    format!("{value:.digits$}")
}
