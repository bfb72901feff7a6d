//! Open-Meteo's forecasts for points: weather and waves.
//!
//! In: an answer of `api.open-meteo.com/v1/forecast` or `marine-api.open-meteo.com/v1/marine`, for one point or, as an
//! array, for several. Out: a hazard for each point and model that bears nothing but the forecast: a model is no
//! warning, so that its severity is unknown and it has no footprint. [`addresses`] makes what to ask.
//!
//! Conventions (open-meteo.com/en/docs): the place is the middle of the model's grid cell, not the point asked for.
//! Units stand in `<block>_units`; without them they are km/h, mm and metres, as the API's own defaults. Times have no
//! zone: they are local by `utc_offset_seconds`, or `unixtime` in UTC. Winds are at 10 m; a gust or an amount of rain
//! is of the step before its time. `null` is not known, inland too, where the sea has no waves: never nothing.
//! Several models give each variable their name as a suffix. Of the blocks the first that says something is read, in
//! the order hourly, every 15 minutes, daily (a day's maxima stand at its beginning), current.
//! No time of issue is given: `generationtime_ms` is how long the answer took.
//! Never: an alert of its own; a value interpolated between steps.

mod block;
mod request;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use self::block::{BLOCKS, Block, Kind, Quantity};
pub use self::request::addresses;
use super::Source;
use super::formats::fault_log::FaultLog;
use super::formats::json::{self, List, Maybe, Num, Text};
use super::formats::text;
use crate::domain::{
    Bulletin, Certainty, Fault, Hazard, HazardId, HazardKind, Parsed, Place, PointForecast, PointStep, Position,
    Timestamp,
};

/// Open-Meteo's answers. The format is `open-meteo`.
#[derive(Debug)]
pub struct OpenMeteo;

const ID: &str = "open-meteo";

impl Source for OpenMeteo {
    fn id(&self) -> &'static str {
        ID
    }

    fn recognises(&self, body: &[u8]) -> bool {
        let has = |keys: &[&str]| json::has_keys(body, keys);
        let is_point = has(&["latitude", "longitude"])
            && (has(&["generationtime_ms"])
                || has(&["utc_offset_seconds"])
                || has(&["timezone_abbreviation"])
                || BLOCKS.iter().any(|(name, _)| json::has_keys(body, &[&format!("{name}_units")])));
        is_point || has(&["error", "reason"]) && json::head(body).contains("true")
    }

    fn parse(&self, bulletin: &Bulletin) -> Parsed {
        let mut log = FaultLog::default();
        let text = text::of_bulletin(bulletin, &mut log);
        let mut hazards = Vec::new();
        match json::parse::<List<Answer<'_>>>(&text) {
            Ok(answers) => {
                if answers.items.is_empty() && answers.odd == 0 {
                    log.push(unknown(Place::default()));
                }
                for (at, answer) in &answers.items {
                    let path = if answers.items.len() > 1 { format!("[{at}].") } else { String::new() };
                    hazards.extend(answer.read(&path, bulletin, &mut log));
                }
                if answers.odd > 0 {
                    let what = format!("{} elements are no answers", answers.odd);
                    log.push(Fault::fatal(Place::default(), what));
                }
            }
            Err(fault) => log.push(fault),
        }
        Parsed { hazards, faults: log.into_faults(), ..Parsed::default() }
    }
}

fn unknown(place: Place) -> Fault {
    let fault = Fault::fatal(place, "there is no forecast of Open-Meteo in this document");
    fault.hint("an answer has `latitude`, `longitude` and blocks such as `hourly`")
}

/// The answer for one point.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer<'a> {
    error: Text<'a>,
    #[serde(borrow)]
    reason: Text<'a>,
    latitude: Num,
    longitude: Num,
    utc_offset_seconds: Num,
    timezone: Text<'a>,
    hourly: Block<'a>,
    hourly_units: Maybe<Units<'a>>,
    minutely_15: Block<'a>,
    minutely_15_units: Maybe<Units<'a>>,
    daily: Block<'a>,
    daily_units: Maybe<Units<'a>>,
    current: Block<'a>,
    current_units: Maybe<Units<'a>>,
}

/// The unit of each variable.
type Units<'a> = BTreeMap<Cow<'a, str>, Text<'a>>;

impl<'a> Answer<'a> {
    fn read(&self, path: &str, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
        if let (true, Some(reason)) = (self.error.is_true(), self.reason.get()) {
            let reason: String = reason.chars().take(200).collect();
            log.push(Fault::fatal(place(path, "reason"), format!("Open-Meteo refused: {reason}")));
            return Vec::new();
        }
        let (latitude, longitude) = (self.latitude.0, self.longitude.0);
        let position = latitude.zip(longitude).and_then(|(lat, lon)| Position::lat_lon(lat, lon).ok());
        let Some(position) = position else {
            log.push(unknown(place(path, "latitude")));
            return Vec::new();
        };
        let Some((name, kind, block, units)) = self.chosen() else { return Vec::new() };
        let path = format!("{path}{name}");
        let times = self.times(block, &path, log);
        if block.columns.is_empty() {
            let what = "it says nothing of wind, gusts, rain or waves";
            log.push(
                Fault::minor(place(&path, ""), what).hint("ask for wind_speed_10m, wind_gusts_10m, precipitation"),
            );
        }
        let columns = block.columns.iter().filter_map(|(key, values)| {
            let (quantity, model) = Quantity::of(key, kind)?;
            let unit = units.and_then(|units| units.get(key.as_ref())).and_then(Text::get);
            let factor = quantity.factor(unit);
            if factor.is_none() {
                let unit: String = unit.unwrap_or_default().chars().take(20).collect();
                log.push(Fault::minor(
                    place(&path, key),
                    format!("the unit `{unit}` is not known, so the values are not"),
                ));
            }
            Some(Column { quantity, model, factor, values })
        });
        let columns: Vec<_> = columns.collect();
        let mut models: BTreeSet<Option<&str>> = columns.iter().map(|column| column.model).collect();
        if models.is_empty() {
            models.insert(None);
        }
        let hazard = |model| hazard(position, model, &times, &columns, bulletin);
        models.into_iter().filter_map(hazard).collect()
    }

    /// The block that is read: the first that says something of wind, rain or waves, else the first with times.
    fn chosen(&self) -> Option<(&'static str, Kind, &Block<'a>, Option<&Units<'a>>)> {
        let parts = [
            (&self.hourly, &self.hourly_units),
            (&self.minutely_15, &self.minutely_15_units),
            (&self.daily, &self.daily_units),
            (&self.current, &self.current_units),
        ];
        let all = || BLOCKS.iter().zip(parts).filter(|(_, (block, _))| !block.time.is_empty());
        let (&(name, kind), (block, units)) =
            all().find(|(_, (block, _))| !block.columns.is_empty()).or_else(|| all().next())?;
        Some((name, kind, block, units.0.as_ref()))
    }

    /// The times in UTC, each with its place in the columns; those that are none are told.
    fn times(&self, block: &Block<'_>, path: &str, log: &mut FaultLog) -> Vec<(Timestamp, usize)> {
        let clock = block::Clock::new(self.utc_offset_seconds.0, self.timezone.get());
        let read = |(at, text): (usize, &Text<'_>)| Some((clock.instant(text.get()?)?, at));
        let mut times: Vec<_> = block.time.iter().enumerate().filter_map(read).collect();
        let odd = block.time.len() - times.len();
        if odd > 0 {
            log.push(Fault::minor(
                place(path, "time"),
                format!("{odd} times cannot be read; their steps are left out"),
            ));
        }
        if clock.is_unsure() && !times.is_empty() {
            log.push(Fault::minor(place(path, "time"), "the clock's offset is not known; it is taken as UTC"));
        }
        times.sort_by_key(|(time, _)| *time);
        times.dedup_by_key(|(time, _)| *time);
        times
    }
}

/// The values of one quantity by one model.
struct Column<'a> {
    quantity: Quantity,
    model: Option<&'a str>,
    /// What a value is multiplied by; `None` when its unit is not known.
    factor: Option<f64>,
    values: &'a [Num],
}

impl Column<'_> {
    fn value(&self, at: usize) -> Option<f64> {
        let value = self.values.get(at)?.0? * self.factor?;
        self.quantity
            .is_sound(value)
            .then(|| if self.factor == Some(1.0) { value } else { self.quantity.rounded(value) })
    }
}

/// One model's forecast at one point.
fn hazard(
    position: Position,
    model: Option<&str>,
    times: &[(Timestamp, usize)],
    columns: &[Column<'_>],
    bulletin: &Bulletin,
) -> Option<Hazard> {
    let its =
        |quantity: Quantity| columns.iter().find(move |column| column.quantity == quantity && column.model == model);
    let [wind, gust, from, rain, wave] =
        [its(Quantity::Wind), its(Quantity::Gust), its(Quantity::Direction), its(Quantity::Rain), its(Quantity::Wave)];
    let steps: Vec<PointStep> = times
        .iter()
        .map(|&(time, at)| PointStep {
            time,
            wind_kt: wind.and_then(|column| column.value(at)),
            gust_kt: gust.and_then(|column| column.value(at)),
            from_deg: from.and_then(|column| column.value(at)),
            rain_mm: rain.and_then(|column| column.value(at)),
            wave_m: wave.and_then(|column| column.value(at)),
        })
        .collect();
    let (first, last) = (steps.first()?.time, steps.last()?.time);
    // Waves come from another service on another grid: they do not take the place of the winds of the same point.
    let of_sea = wave.is_some() && [wind, gust, rain].iter().all(Option::is_none);
    let service = if of_sea { "marine" } else { "forecast" };
    let event = format!("open-meteo:{service}:{:.4},{:.4}", position.lat(), position.lon());
    let id = model.map_or_else(|| event.clone(), |model| format!("{event}:{model}"));
    let source = Some(bulletin.agency.as_str()).filter(|agency| !agency.is_empty()).unwrap_or(ID);
    Some(Hazard {
        onset: Some(first),
        expires: Some(last),
        certainty: Certainty::Possible,
        forecast: Some(PointForecast { position, model: model.map(str::to_owned), steps }),
        ..Hazard::new(HazardId::new(id), source, ID, &bulletin.hash, &event, HazardKind::Wind)
    })
}

fn place(path: &str, field: &str) -> Place {
    let dot = if path.is_empty() || path.ends_with('.') || field.is_empty() { "" } else { "." };
    Place::default().field(format!("{path}{dot}{field}"))
}

#[cfg(test)]
mod tests;
