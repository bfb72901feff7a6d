//! The parts of one advisory become one storm.
//!
//! The table (`specifications.json`) tells of winds, pressures and radii, the map's geometry (`forecast.json`) of the
//! centres, the circles and the past track. Read together, the table's word stands where both speak.
//!
//! - The past track bears no times. Its points are JMA's analyses of every three hours, the newest last and equal to
//!   the centre now: observed in a month of recorded advisories, not documented. Where the analysis is not of such an
//!   hour (JMA's hourly ones off Japan), the past is left out.
//! - A forecast's storm warning area (暴風警戒域) is where storm winds may blow while the centre is anywhere in the
//!   70 % circle: the circle's radius is taken off to get the storm's own (JMA, "台風情報の種類と表現方法": 暴風警戒域).
//!   JMA forecasts no gale area.
//! - A wind of 0 in a forecast is none that JMA gives: below 35 kt it is not stated.

use super::bosai::{Drawn, Length, Part, Side, Speed, tell_odd};
use super::names::{FORECAST_FROM_H, international_number, key_of, texts};
use super::reach::{Axis, GALE_KT, STORM_KT, direction, of_circle, quadrants, radius_km};
use super::wire::position;
use crate::domain::{Averaging, Bulletin, Fault, Fix, Hazard, Place, Position, Span, Technique, Timestamp, WindRadii};
use crate::geo;
use crate::sources::formats::cyclone::{Cyclone, knots_of_ms, sound_pressure, sound_wind, tenth};
use crate::sources::formats::fault_log::FaultLog;
use crate::sources::formats::json::{List, Num, Row};
use crate::sources::formats::storm_key::real_name;

/// Points of a past track that are read: a storm of fifty days.
const PAST_MAX: usize = 400;
/// The hours between two points of a past track.
const PAST_STEP_H: i32 = 3;
/// JMA forecasts five days ahead; a part beyond twice that is a mistake.
const AHEAD_MAX_H: f64 = 240.0;

/// What belongs to one issue.
pub(super) struct Advisory<'a, 'b> {
    /// JMA's own number of the storm, when it is known: `TC2620`.
    pub(super) tc: Option<&'b str>,
    /// The issue time that stands outside the parts.
    pub(super) issued: Option<Timestamp>,
    /// The parts of `forecast.json`.
    pub(super) forecast: &'b List<Part<'a>>,
    /// The parts of `specifications.json`.
    pub(super) table: &'b List<Part<'a>>,
    /// Where in the document it is, for faults: `snapshots[3].`.
    pub(super) path: String,
}

impl<'a, 'b> Advisory<'a, 'b> {
    /// Every part with the name of its document, the table's first.
    fn parts(&self) -> impl Iterator<Item = (&'static str, usize, &'b Part<'a>)> {
        let table = self.table.items.iter().map(|(at, part)| ("specifications", *at, part));
        table.chain(self.forecast.items.iter().map(|(at, part)| ("forecast", *at, part)))
    }

    fn place(&self, document: &str, at: usize, field: &str) -> Place {
        let path = &self.path;
        // A document that stands alone is the array itself.
        let document = if path.is_empty() { "" } else { document };
        Place::default().field(format!("{path}{document}[{at}].{field}"))
    }
}

impl Part<'_> {
    fn is_title(&self) -> bool {
        let is_named = [self.heading.japanese(), self.heading.english()].contains(&Some("title"));
        is_named || (self.advanced_hours.0.is_none() && self.valid_time.instant().is_none() && self.has_issue())
    }

    fn has_issue(&self) -> bool {
        self.issue.instant().is_some()
    }

    fn is_analysis(&self) -> bool {
        self.heading.japanese() == Some("実況") || self.advanced_hours == Num(Some(0.0))
    }

    fn hours_ahead(&self) -> Option<Span> {
        let hours = self.advanced_hours.within(0.0, AHEAD_MAX_H)?;
        #[expect(clippy::cast_possible_truncation, reason = "it lies within 0 and 240")]
        Some(Span::from_hours(hours.round() as i64))
    }
}

/// The storm of one issue, or a fatal fault when no part of it tells where the storm is.
pub(super) fn read_advisory(advisory: &Advisory<'_, '_>, bulletin: &Bulletin, log: &mut FaultLog) -> Option<Hazard> {
    tell_odd(&format!("{}specifications", advisory.path), advisory.table.odd, log);
    tell_odd(&format!("{}forecast", advisory.path), advisory.forecast.odd, log);
    let analysed =
        advisory.parts().filter(|(_, _, part)| part.is_analysis()).find_map(|(.., p)| p.valid_time.instant());
    let base = analysed.or_else(|| {
        let ahead = |part: &Part<'_>| part.valid_time.instant()?.checked_sub(part.hours_ahead()?).ok();
        advisory.parts().find_map(|(.., part)| ahead(part))
    });
    let fixes = read_fixes(advisory, base, log);
    if fixes.is_empty() {
        let place = Place::default().field(advisory.path.trim_end_matches('.'));
        log.push(
            Fault::fatal(place, "no part of the advisory tells where a storm is and when")
                .hint("fetch it again; if it stays so, tell the agency"),
        );
        return None;
    }
    let issued = advisory.parts().find_map(|(.., part)| part.issue.instant()).or(advisory.issued).or(base);
    let key = key(advisory, log)?;
    let is_last = is_last(advisory, &fixes);
    let (technique, standing) = standing(advisory, &fixes, is_last);
    let mut storm = Cyclone::new("jma", "jma", key, technique, standing, Averaging::TenMinutes);
    storm.issued = issued.or_else(|| fixes.first().map(|fix| fix.time));
    storm.is_last = is_last;
    storm.fixes = fixes;
    name(&mut storm, advisory);
    Some(storm.into_hazard(bulletin))
}

/// The key by JMA's own number; failing that, by the international number, or by a depression's letter.
fn key(advisory: &Advisory<'_, '_>, log: &mut FaultLog) -> Option<String> {
    if let Some(key) = advisory.tc.and_then(key_of) {
        return Some(key);
    }
    let number = advisory.parts().find_map(|(.., part)| part.typhoon_number.get());
    let word = number.map(|number| international_number(number).map_or_else(|| number.to_owned(), |n| format!("T{n}")));
    let key = word.as_deref().and_then(key_of);
    let what = "neither the document nor its address names the storm by its TC number";
    let fault = match &key {
        Some(_) => Fault::minor(Place::default(), format!("{what}; its typhoon number is taken instead")),
        None => Fault::fatal(Place::default(), what),
    };
    log.push(fault.hint("keep the address as JMA has it: …/TC2624/specifications.json"));
    key
}

fn name(storm: &mut Cyclone, advisory: &Advisory<'_, '_>) {
    let parts = || advisory.parts().map(|(.., part)| part);
    let number = parts().find_map(|part| part.typhoon_number.get()).and_then(international_number);
    storm.aliases.extend(number.map(|number| format!("number:{number}")));
    storm.name = parts().find_map(|part| part.name.english()).and_then(real_name);
    storm.names.extend(parts().find_map(|part| part.name.japanese()).map(str::to_owned));
    let now = parts().find(|part| part.is_analysis() && part.category.japanese().is_some());
    storm.texts = texts(
        now.and_then(|part| part.category.japanese()),
        now.and_then(|part| part.category.english()),
        None,
        now.and_then(|part| part.location.get()),
    );
}

/// Whose word an advisory is. The map's geometry alone has no winds and must not take the place of the table, so that
/// it only guides; an analysis without a forecast, between two forecasts, must not take the place of the one before.
fn standing(advisory: &Advisory<'_, '_>, fixes: &[Fix], is_last: bool) -> (&'static str, Technique) {
    let has_forecast = fixes.iter().any(|fix| fix.tau_h >= FORECAST_FROM_H);
    if advisory.table.iter().all(Part::is_title) {
        ("JMA", Technique::Guidance)
    } else if has_forecast || is_last {
        ("JMA", Technique::Official)
    } else {
        ("BEST", Technique::Analysis)
    }
}

/// JMA's last advisory on a storm has an analysis of what became of it and no forecast.
fn is_last(advisory: &Advisory<'_, '_>, fixes: &[Fix]) -> bool {
    let now = advisory.table.iter().find(|part| part.is_analysis()).and_then(|part| part.category.english());
    matches!(now, Some("TD" | "LOW" | "L" | "Low")) && fixes.iter().all(|fix| fix.tau_h <= 0)
}

fn read_fixes(advisory: &Advisory<'_, '_>, base: Option<Timestamp>, log: &mut FaultLog) -> Vec<Fix> {
    let mut fixes = Vec::new();
    for (document, at, part) in advisory.parts().filter(|(.., part)| !part.is_title()) {
        let ahead = || base?.checked_add(part.hours_ahead()?).ok();
        let Some(time) = part.valid_time.instant().or_else(ahead) else {
            let place = advisory.place(document, at, "validtime");
            log.add(false, || Fault::minor(place, "the part does not say for when it holds; it is left out"));
            continue;
        };
        let given = part.position.0.as_ref().map(|place| &place.deg);
        let Some(centre) = position(&part.center).or_else(|| given.and_then(position)) else {
            let field = if document == "forecast" { "center" } else { "position.deg" };
            let place = advisory.place(document, at, field);
            log.add(false, || Fault::minor(place, "the part does not say where the storm is; it is left out"));
            continue;
        };
        let tau_h = base.map_or(0, |base| whole_hours(base, time));
        let past = part.track.0.as_ref().filter(|_| tau_h == 0);
        if let Some(points) = past.map(|past| joined(&past.pre_typhoon, &past.typhoon)) {
            fixes.extend(past_fixes(&points, centre, time));
        }
        fixes.push(fix_of(part, time, tau_h, centre));
    }
    fixes
}

fn whole_hours(base: Timestamp, time: Timestamp) -> i32 {
    let minutes = time.duration_since(base).as_mins();
    i32::try_from(minutes.div_euclid(60)).unwrap_or(i32::MAX)
}

/// Both stretches of the past; the second begins where the first ends.
fn joined(before: &Row<Row<Num>>, since: &Row<Row<Num>>) -> Vec<Position> {
    let mut points: Vec<Position> = before.0.iter().filter_map(position).collect();
    let since: Vec<Position> = since.0.iter().filter_map(position).collect();
    if points.last().is_some() && points.last() == since.first() {
        points.pop();
    }
    points.extend(since);
    points
}

/// The analyses before the one at `now`, when the track ends there and keeps the three hours.
fn past_fixes(points: &[Position], centre: Position, now: Timestamp) -> Vec<Fix> {
    let is_of_three_hours = now.as_second().rem_euclid(i64::from(PAST_STEP_H) * 3_600) == 0;
    let Some((last, before)) = points.split_last() else { return Vec::new() };
    if *last != centre || !is_of_three_hours {
        return Vec::new();
    }
    let steps = before.iter().rev().zip(1..).take(PAST_MAX);
    let fixes = steps.filter_map(|(point, step)| {
        let time = now.checked_sub(Span::from_hours(i64::from(PAST_STEP_H * step))).ok()?;
        Some(Fix::at(time, -PAST_STEP_H * step, *point))
    });
    fixes.collect()
}

fn fix_of(part: &Part<'_>, time: Timestamp, tau_h: i32, centre: Position) -> Fix {
    let wind = part.maximum_wind.0.as_ref();
    let of_table = part.probability_circle_radius.0.as_ref().and_then(Length::in_km);
    let drawn = part.probability_circle.0.as_ref().and_then(|drawn| metres_in_km(drawn.radius));
    let circle_km = of_table.or(drawn);
    let lessened_km = circle_km.unwrap_or_default();
    let gales = [
        quadrants(GALE_KT, &axes(&part.gale_warning, 0.0)),
        part.gale_warning_area.0.as_ref().and_then(|drawn| area(GALE_KT, centre, drawn, 0.0)),
    ];
    let storms = [
        quadrants(STORM_KT, &axes(&part.storm_warning, lessened_km)),
        part.storm_warning_area.0.as_ref().and_then(|drawn| area(STORM_KT, centre, drawn, lessened_km)),
    ];
    let first = |given: [Option<WindRadii>; 2]| given.into_iter().flatten().next();
    Fix {
        vmax_kt: wind.and_then(|wind| wind.sustained.0.as_ref()).and_then(Speed::in_knots),
        gust_kt: wind.and_then(|wind| wind.gust.0.as_ref()).and_then(Speed::in_knots),
        pmin_hpa: part.pressure.0.and_then(sound_pressure),
        circle_km,
        radii: [first(gales), first(storms)].into_iter().flatten().collect(),
        ..Fix::at(time, tau_h, centre)
    }
}

impl Speed {
    fn in_knots(&self) -> Option<f64> {
        self.kt.0.or(self.ms.0.map(knots_of_ms)).and_then(sound_wind)
    }
}

impl Length {
    fn in_km(&self) -> Option<f64> {
        radius_km(self.nm.within(0.0, 1_500.0), self.km.within(0.0, 2_800.0))
    }
}

fn metres_in_km(metres: Num) -> Option<f64> {
    metres.within(1.0, 2_800_000.0).map(|metres| tenth(metres / 1_000.0))
}

fn axes(sides: &List<Side<'_>>, lessened_km: f64) -> Vec<Axis> {
    let axis = |side: &Side<'_>| {
        let word = side.area.japanese().or_else(|| side.area.english())?;
        let km = side.range.0.as_ref().and_then(Length::in_km)? - lessened_km;
        (km > 0.0).then_some(Axis { toward: direction(word)?, km })
    };
    sides.iter().filter_map(axis).collect()
}

/// The quadrants of a drawn area: a circle, or of several stretches the one around the storm's centre.
fn area(kt: u32, centre: Position, drawn: &Drawn, lessened_km: f64) -> Option<WindRadii> {
    let circle = position(&drawn.center).zip(metres_in_km(drawn.radius));
    let arcs = drawn.arc.0.iter().filter_map(|arc| position(&arc.centre).zip(metres_in_km(arc.radius_m)));
    let off_km = |(middle, _): &(Position, f64)| geo::distance(centre, *middle).0;
    let nearest = circle.or_else(|| arcs.min_by(|a, b| off_km(a).total_cmp(&off_km(b))))?;
    let km = nearest.1 - lessened_km;
    (km > 0.0).then(|| of_circle(kt, centre, nearest.0, km)).flatten()
}
