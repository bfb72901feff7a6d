//! A storm's timeline (`gettimeline`): an item for each advisory so far and for each step of the newest forecast.
//!
//! Winds are metres a second and stand for whole knots; radii are nautical miles for 34, 50 and 64 kt; a pressure of 0
//! is not known. The item that is `current` is the analysis.

use serde::Deserialize;

use super::event::Event;
use crate::domain::{Bulletin, Fault, Fix, Footprint, Hazard, Place, Position, Timestamp, WindRadii};
use crate::sources::formats::cyclone::{km_of_nmi, knots_of_ms, radii, sound_pressure, sound_wind};
use crate::sources::formats::dates::rfc_2822;
use crate::sources::formats::fault_log::FaultLog;
use crate::sources::formats::json::{List, Num, Text};

/// The channel of the timeline.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Channel<'a> {
    #[serde(borrow)]
    item: List<Item<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Item<'a> {
    #[serde(borrow)]
    storm_id: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    country: Text<'a>,
    #[serde(borrow)]
    actual: Text<'a>,
    #[serde(borrow)]
    current: Text<'a>,
    #[serde(borrow)]
    advisory_datetime: Text<'a>,
    #[serde(borrow)]
    alertcolor: Text<'a>,
    latitude: Num,
    longitude: Num,
    wind_speed: Num,
    wind_gusts: Num,
    pressure: Num,
    windrad_nm_34kt_ne: Num,
    windrad_nm_34kt_se: Num,
    windrad_nm_34kt_sw: Num,
    windrad_nm_34kt_nw: Num,
    windrad_nm_50kt_ne: Num,
    windrad_nm_50kt_se: Num,
    windrad_nm_50kt_sw: Num,
    windrad_nm_50kt_nw: Num,
    windrad_nm_64kt_ne: Num,
    windrad_nm_64kt_se: Num,
    windrad_nm_64kt_sw: Num,
    windrad_nm_64kt_nw: Num,
}

/// The hazard of each storm in it; GDACS gives one.
pub(super) fn read(channel: &Channel<'_>, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    if channel.item.odd > 0 {
        let what = format!("{} items are none", channel.item.odd);
        log.push(Fault::minor(Place::default().field("channel.item"), what));
    }
    let mut storms: Vec<(&str, Vec<&Item<'_>>)> = Vec::new();
    for (at, item) in &channel.item.items {
        let Some(number) = item.storm_id.get().filter(|id| id.bytes().all(|byte| byte.is_ascii_digit())) else {
            let place = Place::default().field(format!("channel.item[{at}].storm_id"));
            log.add(true, || Fault::fatal(place, "an item without the number of its storm is lost"));
            continue;
        };
        // Items of one storm stand together, so that a look at the last one is enough.
        match storms.last_mut() {
            Some((known, items)) if *known == number => items.push(item),
            _ => storms.push((number, vec![item])),
        }
    }
    storms.into_iter().filter_map(|(number, items)| hazard(number, &items, bulletin, log)).collect()
}

fn hazard(number: &str, items: &[&Item<'_>], bulletin: &Bulletin, log: &mut FaultLog) -> Option<Hazard> {
    let timed: Vec<(Timestamp, &Item<'_>)> =
        items.iter().filter_map(|item| Some((rfc_2822(item.advisory_datetime.get()?)?, *item))).collect();
    let current = timed.iter().find(|(_, item)| item.current.is_true());
    let last_actual = || timed.iter().filter(|(_, item)| item.actual.is_true()).max_by_key(|(time, _)| *time);
    let analysis = current.or_else(last_actual).copied();
    let reference = analysis.map(|(time, _)| time);
    let fixes: Vec<Fix> = timed.iter().filter_map(|(time, item)| item.fix(*time, reference)).collect();
    if fixes.len() < items.len() {
        let what =
            format!("{} of {} items have no time or place and are left out", items.len() - fixes.len(), items.len());
        log.push(Fault::minor(Place::default().field(format!("storm_id {number}")), what));
    }
    if fixes.is_empty() {
        let what = "the timeline has no position that can be read";
        log.push(Fault::fatal(Place::default().field(format!("storm_id {number}")), what));
        return None;
    }
    let now = analysis.map(|(_, item)| item);
    let event = Event {
        kind: "TC".to_owned(),
        number: number.to_owned(),
        name: items.iter().rev().find_map(|item| item.name.owned()),
        level: now.and_then(|item| item.alertcolor.owned()),
        to: reference,
        areas: now
            .and_then(|item| item.country.get())
            .map(|name| super::event::country(name, [None, None]))
            .into_iter()
            .collect(),
        ..Event::default()
    };
    Some(event.into_track(fixes, Footprint::default(), bulletin))
}

impl Item<'_> {
    fn fix(&self, time: Timestamp, reference: Option<Timestamp>) -> Option<Fix> {
        let position = Position::lat_lon(self.latitude.0?, self.longitude.0?).ok()?;
        let hours = reference.map_or(0.0, |reference| crate::domain::hours_between(reference, time).round());
        #[expect(clippy::cast_possible_truncation, reason = "`as` clamps a float to the range of the integer")]
        let tau_h = hours as i32;
        let knots = |ms: Num| ms.0.map(knots_of_ms).and_then(sound_wind);
        Some(Fix {
            vmax_kt: knots(self.wind_speed),
            gust_kt: knots(self.wind_gusts),
            pmin_hpa: self.pressure.0.and_then(sound_pressure),
            radii: self.radii(),
            ..Fix::at(time, tau_h, position)
        })
    }

    fn radii(&self) -> Vec<WindRadii> {
        let gale = [self.windrad_nm_34kt_ne, self.windrad_nm_34kt_se, self.windrad_nm_34kt_sw, self.windrad_nm_34kt_nw];
        let storm =
            [self.windrad_nm_50kt_ne, self.windrad_nm_50kt_se, self.windrad_nm_50kt_sw, self.windrad_nm_50kt_nw];
        let typhoon =
            [self.windrad_nm_64kt_ne, self.windrad_nm_64kt_se, self.windrad_nm_64kt_sw, self.windrad_nm_64kt_nw];
        [(34, gale), (50, storm), (64, typhoon)]
            .into_iter()
            .filter_map(|(kt, quadrants)| radii(kt, quadrants.map(|nmi| km_of_nmi(nmi.0.unwrap_or(0.0)))))
            .collect()
    }
}
