//! Rankings, closed ports and orders as tables of some 80 columns.

use comfy_table::Table;
use jiff::tz::TimeZone;

use super::super::assess::table::{bare, short};
use crate::domain::{Choice, ChoiceKind, Freight, Money, OrderAhead, PortClosure, RankedBy, Ranking, Timestamp, Why};
use crate::transport::Outlook;

/// Lays it out.
pub(super) fn table(outlook: &Outlook, at: Timestamp) -> String {
    let day = at.to_zoned(TimeZone::UTC).strftime("%d %b %Y %H:%M").to_string();
    let mut text = format!("Judged at {day}. All times are UTC.\n");
    if outlook.rankings.is_empty() && outlook.closures.is_empty() {
        text.push_str("\nNo shipment, lane or port of this portfolio is in danger, by these documents at this time.\n");
        return text;
    }
    for ranking in &outlook.rankings {
        text.push_str(&titled(&title(ranking), &choices(ranking)));
    }
    if !outlook.rankings.is_empty() {
        text.push_str(LEGEND);
    }
    if !outlook.closures.is_empty() {
        text.push_str(&titled("Ports that may close", &closures(&outlook.closures)));
    }
    for order in &outlook.orders {
        text.push_str(&titled(&order_title(order), &order_lines(order)));
    }
    text
}

const LEGEND: &str = "\
in: arrival at half and at nine of ten of the possible storms. late: chance of
coming after the time it is required by. wind: chance of meeting a wind at which
its mode stops. added: freight beyond the plan. out: sales lost by goods running
out. ?: not known, or in several currencies, which are not summed.
";

fn title(ranking: &Ranking) -> String {
    let subject = match &ranking.subject {
        Freight::Shipment(id) => format!("Shipment {id}"),
        Freight::Lane(id) => format!("Lane {id}, worst departure"),
    };
    let dealer = ranking.dealer.as_ref().map(|dealer| format!(" for {dealer}")).unwrap_or_default();
    let due = ranking.required_by.map(|at| format!(", required by {}", short(at))).unwrap_or_default();
    let by = match ranking.ranked_by {
        RankedBy::Cost => "by cost",
        RankedBy::Lateness => "by lateness and exposure, as not all costs are known",
    };
    format!("{subject}{dealer}{due}; ranked {by}")
}

fn choices(ranking: &Ranking) -> Table {
    let mut table =
        bare(&["", "leaves", "in, half", "nine in ten", "late", "wind", "added", "out", "total"], &[4, 5, 6, 7, 8]);
    for choice in &ranking.choices {
        let percent = |p: f64| format!("{:.0}%", p * 100.0);
        table.add_row([
            format!("  {}", name(choice)),
            short(choice.etd),
            short(choice.arrival.p50),
            short(choice.arrival.p90),
            choice.p_late.map(percent).unwrap_or_default(),
            percent(choice.meeting.p_limit),
            amount(choice.added_cost),
            amount(choice.stock_out),
            amount(choice.total),
        ]);
    }
    table
}

fn name(choice: &Choice) -> String {
    let words = match &choice.kind {
        ChoiceKind::Keep => "keep".to_owned(),
        ChoiceKind::Wait { .. } => "wait".to_owned(),
        ChoiceKind::Early { .. } => "go early".to_owned(),
        ChoiceKind::Lane { lane } | ChoiceKind::Mode { lane, .. } | ChoiceKind::Port { lane, .. } => lane.to_string(),
    };
    let is_several = choice.reasons.iter().any(|why| matches!(why, Why::SeveralCurrencies { .. }));
    if is_several { format!("{words} (currencies differ)") } else { words }
}

fn amount(money: Option<Money>) -> String {
    money.map_or_else(|| "?".to_owned(), |money| money.to_string())
}

fn closures(closures: &[PortClosure]) -> Table {
    let mut table = bare(&["", "mode", "chance", "closes", "opens", "nine in ten", "queue gone"], &[2]);
    for closure in closures {
        table.add_row([
            format!("  {}", closure.port),
            closure.mode.clone(),
            format!("{:.0}%", closure.p * 100.0),
            short(closure.from.p50),
            short(closure.until.p50),
            short(closure.until.p90),
            short(closure.queue_until.p50),
        ]);
    }
    table
}

fn order_title(order: &OrderAhead) -> String {
    let worth: Vec<String> = order.values.iter().map(ToString::to_string).collect();
    let worth = if worth.is_empty() { String::new() } else { format!(", {}", worth.join(" and ")) };
    let until = short(order.outage_until);
    let (days, safety) = (order.outage_days, order.safety_days);
    format!("Order ahead for {}: nothing may come until {until} ({days} days, and {safety} kept){worth}", order.dealer)
}

fn order_lines(order: &OrderAhead) -> Table {
    let mut table = bare(&["", "on hand", "days", "runs out", "comes in time", "order", "worth"], &[1, 2, 4, 5, 6]);
    for line in &order.lines {
        table.add_row([
            format!("  {}", line.sku),
            line.on_hand.to_string(),
            line.days_of_cover.map(|days| days.to_string()).unwrap_or_default(),
            line.runs_out.map(short).unwrap_or_default(),
            line.on_order_in_time.to_string(),
            line.quantity.to_string(),
            amount(line.value),
        ]);
    }
    table
}

fn titled(title: &str, table: &Table) -> String {
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    format!("\n{title}\n{}\n", lines.join("\n"))
}
