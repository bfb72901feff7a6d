//! The scores as tables for people, at most 100 columns wide.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use comfy_table::Table;

use super::table::{laid, plain};
use crate::verify::{Bin, CycleScore, REACH_KM, Scores, ThresholdScore};

/// Lays them out.
pub(super) fn table(scores: &Scores, has_sites: bool) -> String {
    let mut text = String::new();
    let places = if has_sites { "the sites" } else { "the whole degrees of latitude and longitude" };
    let (storms, cycles) = scores.thresholds.first().map_or((0, 0), |first| (first.storms, first.cycles));
    let many = |count: usize, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
    let head = format!(
        "{} of {}, each to its own end (120 h at most) or the storm's extratropical stage,\n\
         at {places} within {REACH_KM} km of the forecast or the best track",
        many(cycles, "forecast"),
        many(storms, "storm")
    );
    laid(&mut text, &head, &of_thresholds(&scores.thresholds));
    laid(&mut text, "Reliability: chances given, and the share in which the wind came", &of_bins(&scores.bins));
    laid(
        &mut text,
        "By storm, 34 kt: places that would have it (expected: the sum of the chances)",
        &of_storms(scores),
    );
    notes(&mut text, scores);
    text
}

fn of_thresholds(scores: &[ThresholdScore]) -> Table {
    let mut table = plain(&["", "34 kt", "50 kt", "64 kt"]);
    let mut row = |name: &str, of: &dyn Fn(&ThresholdScore) -> String| {
        table.add_row(std::iter::once(name.to_owned()).chain(scores.iter().map(of)).collect::<Vec<_>>());
    };
    row("cases", &|score| score.cases.to_string());
    row("of them with the wind", &|score| score.observed.to_string());
    row("base rate", &|score| number(score.base_rate, 4));
    row("track alone: hit rate", &|score| number(score.hit_rate, 3));
    row("track alone: false alarm ratio", &|score| number(score.false_alarm_ratio, 3));
    row("track alone: critical success index", &|score| number(score.csi, 3));
    row("arrivals shown that came", &|score| score.arrival.count.to_string());
    row("their mean error, h (+ too late)", &|score| signed(score.arrival.mean_h, 1));
    row("their mean absolute error, h", &|score| number(score.arrival.mean_absolute_h, 1));
    row("places that the wind came to", &|score| score.lead.places.to_string());
    row("of them shown beforehand", &|score| score.lead.warned.to_string());
    row("mean lead of the first right one, h", &|score| number(score.lead.mean_h, 1));
    row("chances: Brier score", &|score| number(score.brier, 4));
    row("  skill over the base rate", &|score| signed(score.brier_skill.base_rate, 3));
    row("  skill over the track alone", &|score| signed(score.brier_skill.track, 3));
    row("  skill over a climatological circle", &|score| signed(score.brier_skill.circle, 3));
    row("  skill over the 1-2-3 rule", &|score| signed(score.brier_skill.rule_123, 3));
    row("  reliability (0 is best)", &|score| number(score.reliability, 5));
    row("  resolution", &|score| number(score.resolution, 5));
    row("  uncertainty", &|score| number(score.uncertainty, 5));
    row("largest difference, bins over 200", &|score| signed(score.worst_bin_difference, 3));
    table
}

fn of_bins(bins: &[Bin]) -> Table {
    let mut table =
        plain(&["chance", "34 kt: cases", "given", "came", "50: cases", "given", "came", "64: cases", "given", "came"]);
    let of_wind = |kt: u32| bins.iter().filter(move |bin| bin.kt == kt);
    for ((gale, storm), typhoon) in of_wind(34).zip(of_wind(50)).zip(of_wind(64)) {
        let name = if gale.to > 0.0 { format!("{:.1}-{:.1}", gale.above, gale.to) } else { "0".to_owned() };
        let cells = [gale, storm, typhoon]
            .into_iter()
            .flat_map(|bin| [bin.count.to_string(), number(bin.p, 3), number(bin.observed, 3)]);
        table.add_row(std::iter::once(name).chain(cells).collect::<Vec<_>>());
    }
    table
}

fn of_storms(scores: &Scores) -> Table {
    let mut table =
        plain(&["storm", "agency", "forecasts", "had it", "expected", "hits", "false alarms", "Brier score"]);
    for cycles in scores.cycles.chunk_by(|a, b| (&a.event, &a.agency) == (&b.event, &b.agency)) {
        let Some(first) = cycles.first() else { continue };
        let sum = |of: fn(&CycleScore) -> usize| cycles.iter().map(of).sum::<usize>();
        let places = sum(|cycle| cycle.places) as f64;
        let brier: f64 = cycles.iter().filter_map(|cycle| Some(cycle.kt.gale.brier? * cycle.places as f64)).sum();
        table.add_row([
            first.event.clone(),
            first.agency.clone(),
            cycles.len().to_string(),
            sum(|cycle| cycle.kt.gale.observed).to_string(),
            format!("{:.0}", cycles.iter().map(|cycle| cycle.kt.gale.expected).sum::<f64>()),
            sum(|cycle| cycle.kt.gale.hits).to_string(),
            sum(|cycle| cycle.kt.gale.false_alarms).to_string(),
            number((places > 0.0).then(|| brier / places), 4),
        ]);
    }
    table
}

fn notes(text: &mut String, scores: &Scores) {
    let share = scores.thresholds.first().and_then(|first| first.observed_radii_share);
    let share = share.map_or_else(
        || "no fix of the best tracks has 34 kt".to_owned(),
        |share| {
            format!(
                "{:.0} % of the best tracks' fixes of 34 kt and more have radii;\n\
                 a parametric profile fills in for the others",
                share * 100.0
            )
        },
    );
    let rows: BTreeSet<&str> = scores.cycles.iter().map(|cycle| cycle.errors.as_str()).collect();
    let rows: Vec<&str> = rows.into_iter().collect();
    // Writing into a string cannot fail.
    writeln!(
        text,
        "{share}.\nThe cases of one storm hang together: what is independent is the storms.\n\
         Error statistics: rules/errors/track.toml,\n  {}.",
        rows.join("\n  ")
    )
    .unwrap_or_default();
}

fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
}

fn signed(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:+.digits$}"))
}
