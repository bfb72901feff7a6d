//! The comparison as tables for people: one an advisory, then the summary.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use super::published::{Comparison, Summary};

/// Lays it out; probabilities in per cent.
pub(super) fn table(comparisons: &[Comparison], summaries: &[Summary]) -> String {
    let mut text = String::new();
    for of_advisory in comparisons.chunk_by(|a, b| (&a.event, a.issued) == (&b.event, b.issued)) {
        let Some(first) = of_advisory.first() else { continue };
        let issued = first.issued.map_or_else(String::new, |issued| format!(", issued {issued}"));
        let mut table = plain(&["place", "kt", "ours %", "published %", "difference"]);
        for one in of_advisory {
            let (ours, theirs) = (one.p_ours * 100.0, one.p_published * 100.0);
            table.add_row([
                one.place.clone(),
                one.kt.to_string(),
                format!("{ours:.1}"),
                format!("{theirs:.0}"),
                format!("{:+.1}", ours - theirs),
            ]);
        }
        laid(&mut text, &format!("{}{issued}", first.event), &table);
    }
    let mut table = plain(&["kt", "places", "mean absolute difference", "bias", "largest"]);
    for one in summaries {
        table.add_row([
            one.kt.to_string(),
            one.count.to_string(),
            format!("{:.2}", one.mean_absolute_points),
            format!("{:+.2}", one.bias_points),
            format!("{:.0}", one.largest_points),
        ]);
    }
    laid(&mut text, "All, in points (of 100)", &table);
    text
}

pub(super) fn plain(head: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(head.iter().copied());
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

pub(super) fn laid(text: &mut String, title: &str, table: &Table) {
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    // Writing into a string cannot fail.
    writeln!(text, "{title}\n{}\n", lines.join("\n")).unwrap_or_default();
}
