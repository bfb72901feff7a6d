//! The mail before the season: which lanes to move, from when to when, at what price, and why.

use std::cell::RefCell;

use minijinja::context;

use super::clean::{self, columns};
use super::compose::{About, Composed, Desk, posted};
use super::error::NoticeError;
use super::plain;
use super::speaker::Speaker;
use super::standing::{block, final_day, first_day, lane_name, mode, number};
use super::view::{Block, Fact, Mail, MonthRow, Months};
use crate::domain::{EventId, Level, PersonId, Portfolio, SeasonPlan, SiteFinding, SiteGap, SwitchProposal};

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
    Ok(Composed { notice, short: plain::short(&mail), thread, faults: faults.into_inner() })
}

fn mail(plan: &SeasonPlan, portfolio: &Portfolio, says: &Speaker<'_>, subject: &str) -> Mail {
    let proposals = plan.planned();
    let opening = if proposals.is_empty() {
        vec![says.word("season.none")]
    } else {
        proposals.iter().map(|one| sentence(&one.switch, portfolio, says)).collect()
    };
    let mut blocks: Vec<Block> = proposals.iter().map(|one| block(one, portfolio, says)).collect();
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
        lane => lane_name(&one.lane, portfolio, says), mode => mode(&one.mode, says), from => first_day(one, says),
        to => final_day(one, says),
    };
    says.say("season.go", &facts)
}

/// What sites lack, a line a finding.
pub(super) fn gaps(findings: &[SiteFinding], says: &Speaker<'_>) -> Vec<Fact> {
    let gaps = [
        (SiteGap::Uninsured, "uninsured"),
        (SiteGap::InsuranceUnknown, "insurance-unknown"),
        (SiteGap::Uninsurable, "uninsurable"),
        (SiteGap::NearSea, "near-sea"),
        (SiteGap::NoShelter, "no-shelter"),
        (SiteGap::NoContact, "no-contact"),
        (SiteGap::HandlingUnknown, "handling-unknown"),
        (SiteGap::HoursUnknown, "hours-unknown"),
        (SiteGap::CountryUnknown, "country-unknown"),
    ];
    let of_gap = |(gap, key): (SiteGap, &str)| {
        let of_gap = findings.iter().filter(|finding| finding.gap == gap);
        let sites: Vec<String> = of_gap.map(|finding| clean::name(finding.site.as_str())).collect();
        let label = says.word(&format!("season.{key}"));
        (!sites.is_empty()).then(|| Fact { label, value: says.list(&sites, SITES_MAX) })
    };
    gaps.into_iter().filter_map(of_gap).collect()
}

fn sites(plan: &SeasonPlan, says: &Speaker<'_>) -> Option<Block> {
    let facts = gaps(&plan.sites, says);
    (!facts.is_empty()).then(|| Block {
        title: says.word("season.sites"),
        level: "watch",
        level_word: says.word("season.settle"),
        facts,
        ..Block::default()
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
