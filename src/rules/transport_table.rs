//! `transport.toml`: how transport stands up to wind.

use std::collections::BTreeMap;

use super::page::{Page, Section, as_number};
use crate::domain::{ByThreshold, Fault, ModeParams, NMI_KM, SEASON_LEAD_DAYS, THRESHOLDS_KT, TransportParams};

/// Reads `transport.toml`.
pub(super) fn read_transport(text: &str) -> Result<TransportParams, Vec<Fault>> {
    let page = Page::new(text);
    let params = page.parse().and_then(|table| read(&page.root(&table)));
    let faults = page.into_faults();
    params.filter(|_| faults.is_empty()).ok_or(faults)
}

fn read(root: &Section<'_>) -> Option<TransportParams> {
    let part = |key| root.required(key).and_then(|()| root.section(key));
    let (danger, port, waiting) = (part("danger"), part("port"), part("waiting"));
    let (loss, order, modes) = (part("loss"), part("order"), part("mode"));
    let of = |section: &Option<Section<'_>>, key, range| section.as_ref().and_then(|s| number(s, key, range));
    let margins_km = danger.as_ref().and_then(read_margins);
    let (danger_p, lane_h) = (of(&danger, "p", 0.0..1.0), of(&danger, "lane_h", 0.0..241.0));
    let queue_h_per_closed_h = of(&port, "queue_h_per_closed_h", 0.0..10.0);
    let wait = |key, from| of(&waiting, key, from..241.0);
    let (hold_step_h, try_step_h) = (wait("hold_step_h", 1.0), wait("try_step_h", 1.0));
    let (wait_h_max, early_lead_h, early_h_max) =
        (wait("wait_h_max", 0.0), wait("early_lead_h", 0.0), wait("early_h_max", 0.0));
    let share = |key| of(&loss, key, 0.0..1.01);
    let (gale, storm, typhoon) = (share("gale"), share("storm"), share("typhoon"));
    let safety_days = of(&order, "safety_days", 0.0..366.0);
    let modes = modes.as_ref().and_then(read_modes);
    for section in [&danger, &port, &waiting, &loss, &order].into_iter().flatten() {
        section.finish();
    }
    root.finish();
    Some(TransportParams {
        modes: modes?,
        margins_km: margins_km?,
        queue_h_per_closed_h: queue_h_per_closed_h?,
        danger_p: danger_p?,
        hold_step_h: hold_step_h?,
        try_step_h: try_step_h?,
        wait_h_max: wait_h_max?,
        early_lead_h: early_lead_h?,
        early_h_max: early_h_max?,
        lane_h: lane_h?,
        loss_share: ByThreshold { gale: gale?, storm: storm?, typhoon: typhoon? },
        safety_days: safety_days?,
    })
}

fn number(section: &Section<'_>, key: &'static str, range: std::ops::Range<f64>) -> Option<f64> {
    section.required(key).and_then(|()| section.number(key, range))
}

fn read_margins(danger: &Section<'_>) -> Option<Vec<(f64, f64)>> {
    danger.required("margin_nmi")?;
    let section = danger.section("margin_nmi")?;
    let mut margins = Vec::new();
    for (hour, value, span) in section.entries() {
        let lead_h = hour.parse::<u32>().ok().filter(|hour| (1..=240).contains(hour)).map(f64::from);
        match (lead_h, as_number(value.get_ref()).filter(|nmi| (0.0..2_000.0).contains(nmi))) {
            (Some(lead_h), Some(nmi)) => margins.push((lead_h, nmi * NMI_KM)),
            _ => section.refuse(hour, span, "this should be `hour = nautical miles`", "as in `{ 24 = 100, 48 = 200 }`"),
        }
    }
    margins.sort_by(|a, b| a.0.total_cmp(&b.0));
    Some(margins)
}

/// The modes; a name of one is data. `sea` must be there, as others fall back on it.
fn read_modes(section: &Section<'_>) -> Option<BTreeMap<String, ModeParams>> {
    section.required("sea")?;
    let mut modes = BTreeMap::new();
    for (name, _, _) in section.entries() {
        let mode = section.below_entry(name)?;
        let of = |key, range| number(&mode, key, range);
        let limit = mode.required("limit_kt").and_then(|()| mode.whole("limit_kt", 1..200));
        let limit_kt = limit.filter(|kt| THRESHOLDS_KT.contains(kt));
        if let (Some(kt), None) = (limit, limit_kt) {
            let what = format!("{kt} kt is no wind that is reckoned with");
            mode.refuse("limit_kt", mode.span_of("limit_kt"), what, "write 34, 50 or 64");
        }
        let (tail_h, speed_kmh) = (of("tail_h", 0.0..241.0), of("speed_kmh", 1.0..1_000.0));
        let switch_lead_h = of("switch_lead_h", 0.0..241.0);
        let is_afloat = mode.required("is_afloat").and_then(|()| mode.flag("is_afloat"));
        // Files of before the key was known have none.
        let season_lead_days = mode.number("season_lead_days", 0.0..366.0).unwrap_or(SEASON_LEAD_DAYS);
        mode.finish();
        if let (Some(limit_kt), Some(tail_h), Some(speed_kmh), Some(switch_lead_h), Some(is_afloat)) =
            (limit_kt, tail_h, speed_kmh, switch_lead_h, is_afloat)
        {
            let params = ModeParams { limit_kt, tail_h, speed_kmh, switch_lead_h, season_lead_days, is_afloat };
            modes.insert(name.to_owned(), params);
        }
    }
    Some(modes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RuleFiles;

    fn shipped() -> String {
        RuleFiles::shipped().get("transport.toml").expect("it is built in").to_owned()
    }

    #[test]
    fn the_shipped_file_reads() {
        let params = read_transport(&shipped()).expect("reads");
        assert_eq!(params.modes.keys().map(String::as_str).collect::<Vec<_>>(), ["barge", "rail", "road", "sea"]);
        assert_eq!(
            (params.mode("rail").limit_kt, params.mode("sea").limit_kt, params.mode("mule").limit_kt),
            (50, 34, 34)
        );
        assert_eq!((params.mode("rail").season_lead_days, params.mode("road").season_lead_days), (14.0, 3.0));
        for (lead_h, km) in [(0.0, 0.0), (12.0, 92.6), (24.0, 185.2), (36.0, 277.8), (72.0, 555.6), (120.0, 555.6)] {
            assert!((params.margin_km(lead_h) - km).abs() < 1e-9, "{lead_h}: {}", params.margin_km(lead_h));
        }
    }

    fn check(from: &str, to: &str, begins: &str) {
        let text = shipped();
        assert!(text.contains(from), "{from}");
        let faults = read_transport(&text.replacen(from, to, 1)).expect_err("a fault");
        assert!(faults.len() == 1 && faults[0].in_file("t.toml").contains(begins), "{faults:#?}");
    }

    #[test]
    fn mistakes_are_named() {
        check("limit_kt = 34", "limit_kt = 33", "33 kt is no wind that is reckoned with");
        check("24 = 100", "noon = 100", "this should be `hour = nautical miles`");
        check("tail_h = 8", "tail_h = -8", "`mode.rail.tail_h` should be a number");
        check("season_lead_days = 14", "season_lead_days = -1", "`mode.rail.season_lead_days` should be a number");
        check("is_afloat = false", "is_afloat = 1", "should be true or false");
        check("hold_step_h = 3", "hold_step_h = 0", "should be a number from 1");
        check("safety_days = 2", "safety_days = -2", "`order.safety_days` should be a number");
        check("[mode.sea]", "[mode.see]", "`mode.sea` is missing");
        assert!(read_transport("").is_err());
    }
}
