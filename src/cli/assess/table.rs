//! Exposures as a table of 80 columns: storms first, then plain warnings; what is nearest to danger on top.

use std::collections::BTreeMap;

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};
use jiff::tz::TimeZone;

use crate::domain::{Event, EventId, Exposure, Money, Portfolio, SiteId, SubjectKind, Timestamp};

/// The most characters of an id; longer ones are cut.
const ID_CHARS: usize = 14;

/// Lays it out.
pub(super) fn table(
    exposures: &[Exposure],
    events: &BTreeMap<EventId, Event>,
    portfolio: &Portfolio,
    at: Timestamp,
) -> String {
    let day = at.to_zoned(TimeZone::UTC).strftime("%d %b %Y %H:%M").to_string();
    let mut text = format!("Judged at {day}. All times are UTC.\n");
    if exposures.is_empty() {
        text.push_str("\nNothing of this portfolio is in danger, by these documents at this time.\n");
        return text;
    }
    let mut by_event: BTreeMap<&EventId, Vec<&Exposure>> = BTreeMap::new();
    for exposure in exposures {
        by_event.entry(&exposure.event).or_default().push(exposure);
    }
    let (storms, warnings): (Vec<_>, Vec<_>) =
        by_event.into_iter().partition(|(_, of_event)| of_event.iter().any(|one| one.probability.is_some()));
    for (event, of_event) in storms {
        text.push_str(&titled(event, events, &of_event, &storm(&of_event, portfolio)));
        text.push_str(STORM_LEGEND);
    }
    for (event, of_event) in warnings {
        text.push_str(&titled(event, events, &of_event, &warning(&of_event, portfolio)));
    }
    text
}

const STORM_LEGEND: &str = "\
gale: chance of 34 kt and more, and when it comes; ~ the earliest, when only
some possible tracks bring it. peak: 1-minute wind, km: nearest, both on the
forecast track. loss: average over the possible tracks, doing nothing. sea: it
may come in.
";

fn titled(id: &EventId, events: &BTreeMap<EventId, Event>, of_event: &[&Exposure], table: &Table) -> String {
    let name = events.get(id).and_then(|event| event.name.clone()).map(|name| format!(" {name}")).unwrap_or_default();
    let count = |kind| of_event.iter().filter(|one| one.subject.kind == kind).count();
    let (sites, lanes) = (count(SubjectKind::Site), count(SubjectKind::Lane));
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    format!("\n{id}{name}: {sites} sites, {lanes} lanes\n{}\n", lines.join("\n"))
}

/// A table without lines, these columns to the right.
pub(in crate::cli) fn bare(header: &[&str], right: &[usize]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header.iter().copied());
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    for index in right {
        if let Some(column) = table.column_mut(*index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn storm(of_event: &[&Exposure], portfolio: &Portfolio) -> Table {
    let header = ["", "gale", "from", "peak kt", "km", "loss", "of value", ""];
    let mut table = bare(&header, &[1, 3, 4, 5, 6]);
    let mut rows = of_event.to_vec();
    rows.sort_by(|a, b| b.p_34kt().total_cmp(&a.p_34kt()).then_with(|| closest(a).total_cmp(&closest(b))));
    for (kind, title) in [(SubjectKind::Site, "SITES"), (SubjectKind::Lane, "LANES")] {
        let mut of_kind = rows.iter().filter(|one| one.subject.kind == kind).peekable();
        if of_kind.peek().is_some() {
            table.add_row([title]);
        }
        for exposure in of_kind {
            table.add_row(storm_row(exposure, portfolio));
        }
    }
    table
}

fn storm_row(exposure: &Exposure, portfolio: &Portfolio) -> Vec<Cell> {
    let gale = exposure.gale();
    let on_track = gale.and_then(|gale| gale.first).map(short);
    let possible = gale.and_then(|gale| gale.early).map(|at| format!("~{}", short(at)));
    let loss = exposure.loss.as_ref();
    let digits = |money: Money| money.to_string().rsplit_once(' ').map(|(n, _)| n.to_owned()).unwrap_or_default();
    let from = on_track.or(possible).or_else(|| exposure.onset.map(short));
    let cells = [
        name(exposure, portfolio),
        exposure.probability.map(|p| format!("{:.0}%", p.gale * 100.0)).unwrap_or_default(),
        from.unwrap_or_default(),
        exposure.peak_kt.map(|kt| format!("{kt:.0}")).unwrap_or_default(),
        exposure.closest_km.map(|km| format!("{km:.0}")).unwrap_or_default(),
        loss.map(|loss| digits(loss.expected())).unwrap_or_default(),
        loss.map(|loss| loss.at_risk().to_string()).unwrap_or_default(),
        if exposure.surge.flag { "sea" } else { "" }.to_owned(),
    ];
    cells.into_iter().map(Cell::new).collect()
}

fn warning(of_event: &[&Exposure], portfolio: &Portfolio) -> Table {
    let mut table = bare(&["", "severity", "from", "until", "value at risk"], &[4]);
    let mut rows = of_event.to_vec();
    rows.sort_by_key(|one| (std::cmp::Reverse(one.severity), one.onset, one.subject.clone()));
    for (kind, title) in [(SubjectKind::Site, "SITES"), (SubjectKind::Lane, "LANES")] {
        let mut of_kind = rows.iter().filter(|one| one.subject.kind == kind).peekable();
        if of_kind.peek().is_some() {
            table.add_row([title]);
        }
        for exposure in of_kind {
            let severity = serde_json::to_value(exposure.severity).ok();
            let severity = severity.as_ref().and_then(|word| word.as_str()).unwrap_or_default().to_owned();
            let risk = exposure.loss.as_ref().map(|loss| loss.at_risk().to_string()).unwrap_or_default();
            let (from, until) = (exposure.onset.map(short), exposure.expires.map(short));
            table.add_row([
                name(exposure, portfolio),
                severity,
                from.unwrap_or_default(),
                until.unwrap_or_default(),
                risk,
            ]);
        }
    }
    table
}

fn name(exposure: &Exposure, portfolio: &Portfolio) -> String {
    let id = &exposure.subject.id;
    let is_known = exposure.subject.kind == SubjectKind::Lane || portfolio.sites.contains_key(&SiteId::new(id.clone()));
    let text = if is_known { id.clone() } else { format!("{id} ?") };
    let cut: String = text.chars().take(ID_CHARS).collect();
    format!("  {cut}")
}

fn closest(exposure: &Exposure) -> f64 {
    exposure.closest_km.unwrap_or(f64::INFINITY)
}

pub(in crate::cli) fn short(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%d %b %H:%M").to_string()
}
