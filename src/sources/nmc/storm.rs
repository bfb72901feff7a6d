//! One storm of a view becomes hazards: CMA's track, and one for every other centre whose forecast is shown.

use std::collections::BTreeMap;

use super::model::{Circle, Point, Step, StormRow};
use crate::domain::{Bulletin, Fault, Fix, Hazard, Place, Span, Technique, Timestamp, WindRadii, hours};
use crate::sources::formats::china::{self, Centre, tau_h};
use crate::sources::formats::cyclone::{Cyclone, sound_pressure};
use crate::sources::formats::dates;
use crate::sources::formats::fault_log::FaultLog;
use crate::sources::formats::json::Placed;

/// CMA's own location indicator.
const CMA: &str = "BABJ";
/// How old CMA's latest forecast may be, counted from the latest fix: a guess, for it is renewed every 3 to 6 hours.
const FORECAST_AGE_MAX: Span = Span::from_hours(24);
/// Nobody forecasts a storm further than that.
const TAU_MAX_H: f64 = 384.0;

/// The latest forecast of one centre.
struct Forecast<'a> {
    base: Timestamp,
    steps: &'a [Placed<Step<'a>>],
    is_on_last_point: bool,
    place: String,
}

/// The hazards of a storm.
pub(super) fn read(row: &StormRow<'_>, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let address_id = || china::digits_after(&bulletin.url, "view_");
    let Some(id) = row.id.get().or_else(address_id) else {
        let fault = Fault::fatal(Place::default().field("typhoon[0]"), "the storm has no id, here or in its address");
        log.push(fault.hint("keep the file under its own name, `view_ID`"));
        return Vec::new();
    };
    let told = Told { row, key: format!("nmc:{id}"), bulletin };
    let (past, forecasts) = read_points(row, log);
    let Some(now) = past.iter().map(|fix| fix.time).max() else {
        let place = Place::default().field("typhoon[8]");
        let fault = if row.points.0.is_empty() { Fault::minor } else { Fault::fatal };
        log.push(fault(place, "the storm has no point that could be read".to_owned()));
        return Vec::new();
    };
    let mut hazards = vec![told.of_cma(past, now, forecasts.get(CMA), log)];
    for (name, forecast) in forecasts.iter().filter(|(name, _)| name.as_str() != CMA) {
        hazards.extend(told.of_another(name, forecast, log));
    }
    hazards
}

/// The fixes of the points, in their order and yet without tau, and each centre's latest forecast.
fn read_points<'a>(row: &'a StormRow<'a>, log: &mut FaultLog) -> (Vec<Fix>, BTreeMap<String, Forecast<'a>>) {
    let mut fixes = Vec::new();
    let mut forecasts: BTreeMap<String, Forecast<'a>> = BTreeMap::new();
    let last = row.points.0.len().saturating_sub(1);
    for (at, point) in row.points.0.iter().enumerate() {
        let place = format!("typhoon[8][{at}]");
        let fix = point.0.as_ref().and_then(|point| Some((point, fix_of(point)?)));
        let Some((point, fix)) = fix else {
            log.push(Fault::minor(Place::default().field(place), "a point without a time or place is passed over"));
            continue;
        };
        for (name, steps) in &point.forecasts.0 {
            let base = steps.0.iter().filter_map(|step| step.0.as_ref()).find_map(|step| label(step.base.get()?));
            let forecast = Forecast {
                base: base.unwrap_or(fix.time),
                steps: &steps.0,
                is_on_last_point: at == last,
                place: format!("{place}[11].{name}"),
            };
            if !steps.0.is_empty() && forecasts.get(name).is_none_or(|known| known.base <= forecast.base) {
                forecasts.insert(name.clone(), forecast);
            }
        }
        fixes.push(fix);
    }
    (fixes, forecasts)
}

/// What one view says of one storm.
struct Told<'a> {
    row: &'a StormRow<'a>,
    key: String,
    bulletin: &'a Bulletin,
}

impl Told<'_> {
    /// CMA's track up to now, and its forecast from there.
    fn of_cma(
        &self,
        mut fixes: Vec<Fix>,
        now: Timestamp,
        forecast: Option<&Forecast<'_>>,
        log: &mut FaultLog,
    ) -> Hazard {
        for fix in &mut fixes {
            fix.tau_h = tau_h(fix.time, now);
        }
        let counts = |forecast: &&Forecast<'_>| {
            let age = now.duration_since(forecast.base);
            forecast.is_on_last_point || (!self.row.is_stopped() && age <= FORECAST_AGE_MAX)
        };
        if let Some(forecast) = forecast.filter(counts) {
            fixes.extend(steps_of(forecast, now, log).into_iter().filter(|fix| fix.time > now));
        }
        let is_last = self.row.is_stopped();
        self.hazard(&Centre::named(CMA), Technique::Official, now, fixes, is_last)
    }

    /// Another centre's forecast.
    fn of_another(&self, name: &str, forecast: &Forecast<'_>, log: &mut FaultLog) -> Option<Hazard> {
        let fixes = steps_of(forecast, forecast.base, log);
        let has_any = !fixes.is_empty() && !name.trim().is_empty();
        let centre = Centre::named(name);
        has_any.then(|| self.hazard(&centre, Technique::Guidance, forecast.base, fixes, false))
    }

    fn hazard(
        &self,
        centre: &Centre,
        standing: Technique,
        issued: Timestamp,
        fixes: Vec<Fix>,
        is_last: bool,
    ) -> Hazard {
        let cyclone = Cyclone {
            issued: Some(issued),
            name: self.row.english.get().and_then(china::english_name),
            names: self.row.chinese.get().and_then(china::chinese_name).into_iter().collect(),
            aliases: self.row.number.get().map(china::number_aliases).unwrap_or_default(),
            fixes,
            is_last,
            ..Cyclone::new("nmc", &centre.agency, &*self.key, &centre.technique, standing, centre.averaging)
        };
        cyclone.into_hazard(self.bulletin)
    }
}

/// A point as a fix.
fn fix_of(point: &Point<'_>) -> Option<Fix> {
    let milliseconds = point.milliseconds.get().and_then(|text| text.parse().ok());
    let time = milliseconds.filter(|ms| *ms > 0).and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let time = time.or_else(|| label(point.label.get()?))?;
    let radii = point.radii.0.iter().filter_map(|circle| radii_of(circle.0.as_ref()?));
    Some(Fix {
        vmax_kt: china::wind_kt(point.wind_ms),
        pmin_hpa: point.pressure_hpa.0.and_then(sound_pressure),
        radii: radii.collect(),
        ..Fix::at(time, 0, china::position(point.lat, point.lon)?)
    })
}

/// The steps of a forecast as fixes, counted from an analysis.
fn steps_of(forecast: &Forecast<'_>, analysis: Timestamp, log: &mut FaultLog) -> Vec<Fix> {
    let mut fixes = Vec::with_capacity(forecast.steps.len());
    for (at, step) in forecast.steps.iter().enumerate() {
        let Some(fix) = step.0.as_ref().and_then(|step| step_of(step, forecast.base, analysis)) else {
            let place = Place::default().field(format!("{}[{at}]", forecast.place));
            log.push(Fault::minor(place, "a step of the forecast without an hour or place is passed over"));
            continue;
        };
        fixes.push(fix);
    }
    fixes
}

fn step_of(step: &Step<'_>, base: Timestamp, analysis: Timestamp) -> Option<Fix> {
    let hour = step.hours.within(0.0, TAU_MAX_H)?;
    let base = step.base.get().and_then(label).unwrap_or(base);
    let time = base.checked_add(hours(hour)).ok()?;
    Some(Fix {
        vmax_kt: china::wind_kt(step.wind_ms),
        pmin_hpa: step.pressure_hpa.0.and_then(sound_pressure),
        ..Fix::at(time, tau_h(time, analysis), china::position(step.lat, step.lon)?)
    })
}

/// `202608212100`, in UTC.
fn label(text: &str) -> Option<Timestamp> {
    dates::civil(text, 0)
}

/// A circle's radii; its label begins with its knots.
fn radii_of(circle: &Circle<'_>) -> Option<WindRadii> {
    let label = circle.label.get()?;
    let knots: f64 = label.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().ok()?;
    china::circle(knots, circle.quadrants.map(|km| km.0))
}
