//! GDACS's CAP: what `cap` makes of it, with GDACS's own key and level.
//!
//! The identifier names an episode (`GDACS_TC_1001150_2`), so that every update seems another event, and a Green storm is
//! `Moderate` there. The parameters have the event's number and level: they decide, as in GDACS's other documents.
//! Areas of fires with holes or several parts have all rings in one polygon, with the brackets of the text that they were
//! made from: `1,2 3,4 1),2 5,(6 …`. CAP knows one ring a polygon, so that each becomes its own.

use std::borrow::Cow;

use roxmltree::Node;

use super::event::{key, severity, storm_name};
use crate::domain::{Bulletin, Hazard, HazardId, HazardKind, Severity};
use crate::sources::cap::read_alert;
use crate::sources::formats::dates::rfc_2822;
use crate::sources::formats::fault_log::FaultLog;
use crate::sources::formats::xml;

/// The parameters that are dates.
const DATES: [&str; 3] = ["fromdate", "todate", "datemodified"];

/// The text with each ring in a polygon of its own, where GDACS has left brackets between them.
pub(super) fn without_brackets(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.contains("),") && !text.contains(",(") {
        return text;
    }
    let mut mended = String::with_capacity(text.len() + 1_000);
    let mut rest: &str = &text;
    while let Some((before, after)) = rest.split_once("polygon>") {
        let tag_start = before.rfind('<').and_then(|at| before.get(at..)).unwrap_or("<");
        mended.push_str(before);
        mended.push_str("polygon>");
        rest = after;
        if tag_start.starts_with("</") {
            continue;
        }
        let Some((points, _)) = rest.split_once('<') else { break };
        rest = rest.get(points.len()..).unwrap_or_default();
        let prefix = tag_start.trim_start_matches('<');
        push_rings(points, prefix, &mut mended);
    }
    mended.push_str(rest);
    mended.into()
}

/// The points with a new polygon before each that opens a bracket.
fn push_rings(points: &str, prefix: &str, mended: &mut String) {
    let mut is_first = true;
    for pair in points.split_whitespace() {
        if pair.contains('(') && !is_first {
            for part in ["</", prefix, "polygon><", prefix, "polygon>"] {
                mended.push_str(part);
            }
        }
        mended.extend(pair.chars().filter(|c| !matches!(c, '(' | ')')));
        mended.push(' ');
        is_first = false;
    }
}

pub(super) fn read(alert: Node<'_, '_>, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let hazards = read_alert(alert, bulletin, "gdacs", log);
    let parameters: Vec<_> =
        xml::cap_children(alert, "info").flat_map(|info| xml::cap_children(info, "parameter")).collect();
    let value = |wanted: &str| {
        let found =
            parameters.iter().find(|node| xml::cap_text(**node, "valueName").is_some_and(|name| name == wanted));
        found.and_then(|node| xml::cap_text(*node, "value")).map(std::borrow::Cow::into_owned)
    };
    for name in DATES {
        if value(name).is_some_and(|date| rfc_2822(&date).is_none()) {
            xml::fatal(log, alert, name, format!("the parameter `{name}` is no date of RFC 822"));
        }
    }
    let Some((kind, number)) = value("eventtype").zip(value("eventid")) else { return hazards };
    let key = key(&kind.to_ascii_uppercase(), &number);
    let level = severity(value("alertlevel").as_deref());
    let glide = value("glide");
    let name = value("eventname").as_deref().and_then(storm_name);
    let amended = |(at, mut hazard): (usize, Hazard)| {
        let number = if at == 0 { String::new() } else { format!("#{}", at + 1) };
        hazard.id = HazardId::new(format!("{key}:CAP{number}"));
        hazard.event.clone_from(&key);
        "gdacs".clone_into(&mut hazard.source);
        if level != Severity::Unknown {
            hazard.severity = level;
        }
        hazard.name = name.clone().filter(|_| hazard.kind == HazardKind::TropicalCyclone);
        hazard.aliases.extend(glide.as_ref().map(|glide| format!("glide:{glide}")));
        hazard
    };
    hazards.into_iter().enumerate().map(amended).collect()
}
