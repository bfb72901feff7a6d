//! How long before a wind the first forecast that rightly showed it came.

use std::collections::BTreeMap;

use super::cycle::Case;
use crate::domain::{Position, Timestamp, hours_between};

/// A wind that came to a place after a forecast, and whether the forecast's track showed it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sighting {
    place: (i64, i64),
    pub(super) kt: u32,
    lead_h: f64,
    is_warned: bool,
}

impl Sighting {
    /// Nothing where the wind did not come, or blew already.
    pub(super) fn new(place: Position, kt: u32, case: &Case, from: Timestamp) -> Option<Self> {
        let onset = case.observed.filter(|onset| *onset > from)?;
        let lead_h = hours_between(from, onset);
        Some(Self { place: key(place), kt, lead_h, is_warned: case.forecast.is_some() })
    }
}

/// Tells places apart to a tenth of a metre.
#[expect(clippy::cast_possible_truncation, reason = "at most 180 million")]
fn key(place: Position) -> (i64, i64) {
    ((place.lat() * 1e6).round() as i64, (place.lon() * 1e6).round() as i64)
}

/// The winds of all forecasts, by storm, agency, place and wind.
#[derive(Debug, Default)]
pub(super) struct Leads {
    /// The lead of the first right forecast, if any.
    first: BTreeMap<(String, (i64, i64), u32), Option<f64>>,
}

impl Leads {
    /// Adds a forecast's; those of one storm and agency (`of`) come in order of time.
    pub(super) fn add(&mut self, of: &str, sightings: &[Sighting]) {
        for sighting in sightings {
            let first = self.first.entry((of.to_owned(), sighting.place, sighting.kt)).or_default();
            if first.is_none() && sighting.is_warned {
                *first = Some(sighting.lead_h);
            }
        }
    }

    /// How many places the wind came to, to how many of them a forecast had shown it, and the mean lead in hours.
    pub(super) fn of(&self, kt: u32) -> (usize, usize, Option<f64>) {
        let of_wind = self.first.iter().filter(|((_, _, wind), _)| *wind == kt).map(|(_, lead)| *lead);
        let places = of_wind.clone().count();
        let leads: Vec<f64> = of_wind.flatten().collect();
        let mean = (!leads.is_empty()).then(|| leads.iter().sum::<f64>() / leads.len() as f64);
        (places, leads.len(), mean)
    }
}
