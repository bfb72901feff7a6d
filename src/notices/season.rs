//! The mail before the season: which lanes to move, from when to when, at what price, and why.

use std::cell::RefCell;

use minijinja::context;
use rust_decimal::Decimal;

use super::clean::{self, columns};
use super::compose::{About, Composed, Desk, posted};
use super::error::NoticeError;
use super::scene::port;
use super::speaker::Speaker;
use super::view::{Block, Fact, Mail, MonthRow, Months};
use crate::domain::{
    EventId, LaneId, LaneSeason, Level, PersonId, Portfolio, SeasonPlan, SiteGap, SwitchProposal, last_day,
};

/// The columns of one month in plain text.
const CELL: usize = 5;
/// How many sites of one finding are named.
const SITES_MAX: usize = 12;
/// The most characters of a lane's id in the table.
const ID_MAX: usize = 30;

/// Writes the mail about a season's plan to one person.
///
/// # Errors
/// When the person is not in the portfolio.
pub fn compose_season(plan: &SeasonPlan, person: &PersonId, desk: &Desk<'_>) -> Result<Composed, NoticeError> {
    let known = desk.portfolio.people.get(person);
    let person = known.ok_or_else(|| NoticeError::NoSuchPerson { person: person.clone() })?;
    let faults = RefCell::new(Vec::new());
    let says = Speaker::new(desk.texts, desk.lang_override.unwrap_or(person.language), &faults);
    let event = EventId::new(format!("season-{}", desk.now.strftime("%Y")));
    let subject = clean::clean(&says.word("season.subject"), 150);
    let mail = mail(plan, desk.portfolio, &says, &subject);
    let about = About { event, level: Level::Watch, why: "season".to_owned() };
    let (notice, thread) = posted(&mail, about, person, desk, &says);
    Ok(Composed { notice, thread, faults: faults.into_inner() })
}

fn mail(plan: &SeasonPlan, portfolio: &Portfolio, says: &Speaker<'_>, subject: &str) -> Mail {
    let proposals: Vec<(&LaneSeason, &SwitchProposal)> =
        plan.lanes.iter().flat_map(|lane| lane.proposals.iter().map(move |one| (lane, one))).collect();
    let opening = if proposals.is_empty() {
        vec![says.word("season.none")]
    } else {
        proposals.iter().map(|(_, one)| sentence(one, portfolio, says)).collect()
    };
    let mut blocks: Vec<Block> = proposals.iter().map(|(lane, one)| block(lane, one, plan, portfolio, says)).collect();
    blocks.extend(sites(plan, says));
    Mail {
        lang: says.language().tag().to_owned(),
        subject: subject.to_owned(),
        preheader: opening.first().cloned().unwrap_or_default(),
        level: "watch",
        tag: says.word("season.tag"),
        fonts: says.name("form.fonts").unwrap_or("sans-serif").to_owned(),
        opening,
        calm: (!proposals.is_empty()).then(|| says.word("season.ask")),
        todo: None,
        money: Vec::new(),
        answer: says.word("label.answer"),
        answers: says.word("label.answers"),
        picture: None,
        rows_title: says.word("label.place"),
        rows_chance: says.word("label.gale"),
        rows: Vec::new(),
        more: None,
        months: months(plan, says),
        blocks,
        forwards: Vec::new(),
        sure: sure(plan, says),
        why: vec![says.word("why.logistics")],
    }
}

/// The standing proposal in one sentence.
fn sentence(one: &SwitchProposal, portfolio: &Portfolio, says: &Speaker<'_>) -> String {
    let facts = context! {
        lane => lane_name(&one.lane, portfolio, says), mode => mode(one, says), from => day(1, one.first_month, says),
        to => day(last_day(one.last_month), one.last_month, says),
    };
    says.say("season.go", &facts)
}

fn block(
    lane: &LaneSeason,
    one: &SwitchProposal,
    plan: &SeasonPlan,
    portfolio: &Portfolio,
    says: &Speaker<'_>,
) -> Block {
    let money = |amount: Decimal| says.money(one.money(amount));
    let about = |amount: Decimal| says.estimate(one.money(amount));
    let is_cheaper = one.extra_per_box < Decimal::ZERO;
    let closed = |season: &LaneSeason| -> f64 {
        let months = || one.months().filter_map(|month| season.months.get(usize::from(month) - 1));
        months().map(|month| month.closed.mean).sum()
    };
    let other = plan.lanes.iter().find(|season| season.lane == one.alternate);
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
                ours => number(closed(lane), 1), theirs => other.map(|other| number(closed(other), 1)).unwrap_or_default(),
            },
        ),
    ];
    let facts = facts.into_iter().map(|(key, facts)| Fact {
        label: says.word(&format!("season.{key}")),
        value: says.say(&format!("season.{key}-is"), &facts),
    });
    Block {
        title: lane_name(&one.lane, portfolio, says),
        dealer: dealers(&one.lane, portfolio, says),
        level: "watch",
        level_word: sentence_short(one, says),
        zone: says.say("season.id", &context! { id => clean::name(&one.id) }),
        chances: Vec::new(),
        facts: facts.collect(),
        quote: None,
        shipments: Vec::new(),
        actions: Vec::new(),
        late: Vec::new(),
        refused: Vec::new(),
        map: None,
        link: None,
        answer: None,
    }
}

/// `1 July to 30 September: by rail`.
fn sentence_short(one: &SwitchProposal, says: &Speaker<'_>) -> String {
    let facts = context! {
        from => day(1, one.first_month, says), to => day(last_day(one.last_month), one.last_month, says),
        mode => mode(one, says),
    };
    says.say("season.when", &facts)
}

/// What the sites lack, a line a finding.
fn sites(plan: &SeasonPlan, says: &Speaker<'_>) -> Option<Block> {
    let gaps = [
        (SiteGap::Uninsured, "uninsured"),
        (SiteGap::InsuranceUnknown, "insurance-unknown"),
        (SiteGap::Uninsurable, "uninsurable"),
        (SiteGap::NearSea, "near-sea"),
        (SiteGap::NoShelter, "no-shelter"),
        (SiteGap::NoContact, "no-contact"),
        (SiteGap::HandlingUnknown, "handling-unknown"),
    ];
    let facts: Vec<Fact> = gaps
        .into_iter()
        .filter_map(|(gap, key)| {
            let of_gap = plan.sites.iter().filter(|finding| finding.gap == gap);
            let sites: Vec<String> = of_gap.map(|finding| clean::name(finding.site.as_str())).collect();
            let label = says.word(&format!("season.{key}"));
            (!sites.is_empty()).then(|| Fact { label, value: says.list(&sites, SITES_MAX) })
        })
        .collect();
    (!facts.is_empty()).then(|| Block {
        title: says.word("season.sites"),
        dealer: String::new(),
        level: "watch",
        level_word: says.word("season.settle"),
        zone: String::new(),
        chances: Vec::new(),
        facts,
        quote: None,
        shipments: Vec::new(),
        actions: Vec::new(),
        late: Vec::new(),
        refused: Vec::new(),
        map: None,
        link: None,
        answer: None,
    })
}

/// The months of every lane that gales ever closed.
fn months(plan: &SeasonPlan, says: &Speaker<'_>) -> Option<Months> {
    let names = says.name("form.months_narrow").unwrap_or_default().split_whitespace().map(right).collect();
    let rows = plan.lanes.iter().filter(|lane| lane.year.days > 0).map(|lane| {
        let cells = lane
            .months
            .iter()
            .map(|month| if month.closed.days == 0 { "0".to_owned() } else { number(month.closed.mean, 1) });
        let facts = context! {
            lane => clean::clean(lane.lane.as_str(), ID_MAX), days => number(lane.year.mean, 1),
            low => number(lane.year.low, 1), high => number(lane.year.high, 1),
        };
        MonthRow { title: says.say("season.year", &facts), cells: cells.map(|cell| right(&cell)).collect() }
    });
    let rows: Vec<MonthRow> = rows.collect();
    (!rows.is_empty()).then(|| Months { title: says.word("season.table"), names, rows })
}

/// What the numbers stand on.
fn sure(plan: &SeasonPlan, says: &Speaker<'_>) -> Vec<String> {
    let counted = || plan.years.iter().filter(|year| year.is_counted).map(|year| year.year);
    let mut years: Vec<i16> = counted().collect();
    years.sort_unstable();
    years.dedup();
    let facts = context! {
        n => years.len(), first => counted().min().unwrap_or_default(), last => counted().max().unwrap_or_default(),
        storms => plan.tracks.storms,
    };
    let basis = says.say("season.basis", &facts);
    [basis].into_iter().chain(["meaning", "value", "winter"].map(|key| says.word(&format!("season.{key}")))).collect()
}

fn right(cell: &str) -> String {
    format!("{}{cell}", " ".repeat(CELL.saturating_sub(columns(cell))))
}

fn number(value: f64, digits: usize) -> String {
    format!("{value:.digits$}")
}

fn day(day: u8, month: u8, says: &Speaker<'_>) -> String {
    let names = says.name("form.months").unwrap_or_default();
    let month = names.split_whitespace().nth(usize::from(month.saturating_sub(1))).unwrap_or_default();
    says.say("season.day", &context! { day, month })
}

fn mode(one: &SwitchProposal, says: &Speaker<'_>) -> String {
    says.name(&format!("mode.{}", one.mode)).map_or_else(|| clean::name(&one.mode), str::to_owned)
}

/// `Shanghai → Xiamen (SEA-SHA-XMN)`.
fn lane_name(id: &LaneId, portfolio: &Portfolio, says: &Speaker<'_>) -> String {
    let Some(lane) = portfolio.lanes.get(id) else { return clean::name(id.as_str()) };
    let (origin, destination) = (port(says, &lane.origin), port(says, &lane.destination));
    let facts = context! { origin, destination, id => clean::name(id.as_str()) };
    says.say("place.lane", &facts)
}

fn dealers(lane: &LaneId, portfolio: &Portfolio, says: &Speaker<'_>) -> String {
    let on_lane = portfolio.shipments.values().filter(|one| one.lane == *lane);
    let mut names: Vec<String> =
        on_lane.filter_map(|one| Some(clean::name(&portfolio.dealers.get(&one.dealer)?.name))).collect();
    names.sort();
    names.dedup();
    says.list(&names, SITES_MAX)
}
