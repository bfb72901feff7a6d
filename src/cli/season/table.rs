//! The plan as tables of at most 100 columns.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use rust_decimal::Decimal;

use super::super::portfolio::gap_words;
use crate::domain::{
    ClosedDays, LaneSeason, Portfolio, SeasonNote, SeasonPlan, SiteGap, SwitchProposal, SwitchVerdict, Weighed,
    last_day,
};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// The most characters of a lane's id; longer ones are cut.
const ID_CHARS: usize = 18;
/// The width of running text.
const WIDTH: usize = 100;

/// Lays it out.
pub(super) fn table(plan: &SeasonPlan, portfolio: &Portfolio, port_tail_h: f64) -> String {
    let mut text = basis(plan);
    if plan.lanes.is_empty() {
        text.push_str("\nThis portfolio has no lanes.\n");
    } else {
        closed(&mut text, &plan.lanes, port_tail_h);
        proposals(&mut text, &plan.lanes);
        weighed(&mut text, &plan.lanes);
        notes(&mut text, &plan.lanes);
    }
    sites(&mut text, plan, portfolio);
    text
}

/// Writing into a string cannot fail.
fn line(text: &mut String, words: &str) {
    let mut column = 0;
    for (at, word) in words.split(' ').enumerate() {
        let size = word.chars().count();
        if at > 0 && column + 1 + size > WIDTH {
            text.push_str("\n  ");
            column = 2;
        } else if at > 0 {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += size;
    }
    text.push('\n');
}

fn basis(plan: &SeasonPlan) -> String {
    let mut text = String::new();
    let mut by_basin: BTreeMap<&str, Vec<i16>> = BTreeMap::new();
    for year in plan.years.iter().filter(|year| year.is_counted) {
        by_basin.entry(&year.basin).or_default().push(year.year);
    }
    let counted: Vec<String> = by_basin
        .into_iter()
        .map(|(basin, years)| format!("{basin} {} ({} years)", spans(&years), years.len()))
        .collect();
    let tracks = plan.tracks;
    let years = if counted.is_empty() { "no whole year".to_owned() } else { counted.join("; ") };
    line(&mut text, &format!("Best tracks of {} storms; counted: {years}.", tracks.storms));
    if tracks.without_radii > 0 {
        let words = format!(
            "{} of the storms come without wind radii: a parametric vortex says how far their gales reached.",
            tracks.without_radii
        );
        line(&mut text, &words);
    }
    text
}

/// `1990-2013, 2015`.
fn spans(years: &[i16]) -> String {
    let runs = years.chunk_by(|a, b| *b == a + 1);
    let words = runs.filter_map(|run| match (run.first()?, run.last()?) {
        (first, last) if first == last => Some(first.to_string()),
        (first, last) => Some(format!("{first}-{last}")),
    });
    words.collect::<Vec<_>>().join(", ")
}

fn closed(text: &mut String, lanes: &[LaneSeason], port_tail_h: f64) {
    text.push_str("\nDays a year on which gales close a lane\n\n");
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    let months = MONTHS.iter().filter_map(|month| month.get(..3));
    table.set_header(["lane", ""].into_iter().chain(months).chain(["year"]));
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
        column.set_padding((0, 1));
    }
    for lane in lanes.iter().filter(|lane| !lane.years.is_empty()) {
        let all = || lane.months.iter().map(|month| &month.closed).chain([&lane.year]);
        let row = |title: String, kind: &str, get: fn(&ClosedDays) -> String| {
            [title, kind.to_owned()].into_iter().chain(all().map(get)).collect::<Vec<_>>()
        };
        let id: String = lane.lane.as_str().chars().take(ID_CHARS).collect();
        table.add_row(row(id, "mean", |days| if days.days == 0 { "0".to_owned() } else { tenth(days.mean) }));
        table.add_row(row(format!("  {}", lane.mode), "low", |days| tenth(days.low)));
        table.add_row(row(String::new(), "high", |days| tenth(days.high)));
    }
    for row in table.lines() {
        text.push_str(row.trim_end());
        text.push('\n');
    }
    let tail = format!(
        "low, high: the mean lies between them with 90 %. Gale: 34 kt (1-minute) anywhere on the lane; for ships, ports \
         stay closed {port_tail_h} h longer (a guess). Storms of the tropics alone: winter gales are in no best track."
    );
    text.push('\n');
    line(text, &tail);
    for lane in lanes.iter().filter(|lane| lane.years.is_empty()) {
        line(text, &format!("{}: no whole year of basin {} in these files.", lane.lane, lane.basin));
    }
}

fn tenth(days: f64) -> String {
    format!("{days:.1}")
}

fn proposals(text: &mut String, lanes: &[LaneSeason]) {
    text.push_str("\nSwitches that pay, to be approved before the season\n\n");
    let all: Vec<(&LaneSeason, &SwitchProposal)> =
        lanes.iter().flat_map(|lane| lane.proposals.iter().map(move |one| (lane, one))).collect();
    if all.is_empty() {
        line(text, "None: on no lane does an alternate save more than it costs in any month.");
    }
    for (lane, one) in &all {
        let money = |amount: Decimal| one.money(amount).to_string();
        line(
            text,
            &format!(
                "{}: from {} to {} go by {} ({}): {} per box, {}, break-even at {} per box.",
                lane.lane,
                day(1, one.first_month),
                day(last_day(one.last_month), one.last_month),
                one.mode,
                one.alternate,
                signed(one.extra_per_box, &money(one.extra_per_box)),
                late(one.days_late_saved),
                money(one.break_even_per_box),
            ),
        );
        line(
            text,
            &format!(
                "  On average a year: {} boxes cost {} more, keep {} of sales and spare {:.1} days of empty shelves; net {}. {}",
                one.boxes,
                money(one.extra_cost),
                money(one.sales_kept),
                one.empty_days_saved,
                money(one.net),
                slower(one.slower_h),
            ),
        );
        line(text, &format!("  {}", one.id));
    }
    if !all.is_empty() {
        line(text, "Sales are at sales value, for margins are in no file; today's sales rate stands for every month.");
    }
}

fn day(day: u8, month: u8) -> String {
    let name = MONTHS.get(usize::from(month.saturating_sub(1))).copied().unwrap_or_default();
    format!("{day} {name}")
}

fn signed(amount: Decimal, words: &str) -> String {
    if amount < Decimal::ZERO { words.to_owned() } else { format!("+{words}") }
}

fn late(saved: f64) -> String {
    if saved < 0.0 { format!("{:.2} days later", -saved) } else { format!("{saved:.2} days less late") }
}

fn slower(hours: Option<f64>) -> String {
    match hours {
        None => "How long it takes is not known.".to_owned(),
        Some(hours) if hours > 0.0 => format!("The way takes {hours:.0} h more."),
        Some(hours) if hours < 0.0 => format!("The way takes {:.0} h less.", -hours),
        Some(_) => "The way takes as long.".to_owned(),
    }
}

fn weighed(text: &mut String, lanes: &[LaneSeason]) {
    let others: Vec<(&LaneSeason, &Weighed)> = lanes
        .iter()
        .flat_map(|lane| lane.weighed.iter().map(move |one| (lane, one)))
        .filter(|(lane, one)| one.verdict != SwitchVerdict::Proposed && !lane.years.is_empty())
        .collect();
    if others.is_empty() {
        return;
    }
    text.push_str("\nWeighed, and not proposed\n\n");
    for (lane, one) in others {
        let money = |amount: Decimal| {
            one.currency.map_or_else(String::new, |currency| crate::domain::Money::new(amount, currency).to_string())
        };
        let extra = one.extra_per_box.map(|amount| format!("{} per box", signed(amount, &money(amount))));
        let even = one.break_even_per_box.map(&money).unwrap_or_default();
        let why = match one.verdict {
            SwitchVerdict::SecondBest | SwitchVerdict::Proposed => "pays too, but another keeps more".to_owned(),
            SwitchVerdict::DoesNotPay => format!("does not pay: break-even at {even} in its best month"),
            SwitchVerdict::CostUnknown => "its cost or the lane's is blank in lanes.geojson".to_owned(),
            SwitchVerdict::TwoCurrencies => "the two lanes' costs are in two currencies".to_owned(),
            SwitchVerdict::LossUnknown => "what empty shelves cost is not known in the lane's currency".to_owned(),
        };
        let closed = format!("closed {:.1} days a year instead of {:.1}", one.closed_days, lane.year.mean);
        let extra = extra.map(|extra| format!("{extra}, ")).unwrap_or_default();
        line(text, &format!("{} by {} ({}): {extra}{closed}; {why}.", lane.lane, one.mode, one.alternate));
    }
}

fn notes(text: &mut String, lanes: &[LaneSeason]) {
    let mut by_words: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for lane in lanes {
        for note in &lane.notes {
            if let Some(words) = note_words(note) {
                by_words.entry(words).or_default().push(lane.lane.to_string());
            }
        }
    }
    if by_words.is_empty() {
        return;
    }
    text.push_str("\nAssumed or not known\n\n");
    for (words, lanes) in by_words {
        line(text, &format!("{words}: {}", lanes.join(", ")));
    }
}

fn note_words(note: &SeasonNote) -> Option<String> {
    Some(match note {
        SeasonNote::NoYears | SeasonNote::NoAlternate => return None,
        SeasonNote::TransitUnknown => "no `transit_h`, one day is assumed".to_owned(),
        SeasonNote::ShipmentsUnknown => "fewer than two shipments with `etd`, one a week is assumed".to_owned(),
        SeasonNote::NobodyWaits => {
            "no shipment in shipments.csv says whose goods go there, nothing is weighed".to_owned()
        }
        SeasonNote::SalesUnknown { dealer } => format!("no sales of {dealer} in stock.csv"),
        SeasonNote::SlackUnknown { dealer } => format!("no `required_by` and no cover of {dealer}"),
        SeasonNote::NotWeighed { currency } => format!("sales in {currency} are not weighed against another currency"),
        SeasonNote::Circle { alternate } => {
            format!("{alternate} is to be left for this lane in the same months; choose one")
        }
    })
}

fn sites(text: &mut String, plan: &SeasonPlan, portfolio: &Portfolio) {
    text.push_str("\nBefore the season, at the sites\n\n");
    let mut by_gap: BTreeMap<SiteGap, Vec<&str>> = BTreeMap::new();
    for finding in &plan.sites {
        by_gap.entry(finding.gap).or_default().push(finding.site.as_str());
    }
    if by_gap.is_empty() {
        let words = format!("Nothing is lacking at {} sites.", portfolio.sites.len());
        line(text, &words);
    }
    for (gap, sites) in by_gap {
        line(text, &format!("{}: {}", gap_words(gap), sites.join(", ")));
    }
    let words = if plan.sites.is_empty() { "" } else { "`seawall portfolio check` says what to do at each.\n" };
    write!(text, "{words}").unwrap_or_default();
}
