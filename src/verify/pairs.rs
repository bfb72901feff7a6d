//! Which best track a forecast is scored against.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Hazard, Span, Technique, Timestamp};
use crate::geo;

/// A forecast and the best track of its storm.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    /// The forecast; it has a track.
    pub forecast: &'a Hazard,
    /// The best track.
    pub best: &'a Hazard,
}

/// What goes together, and what is left over.
#[derive(Debug, Default)]
pub struct Pairs<'a> {
    /// By storm, agency and time of the analysis.
    pub pairs: Vec<Pair<'a>>,
    /// Forecasts of which there is no best track.
    pub without_best: Vec<&'a Hazard>,
    /// Best tracks of which there is no forecast.
    pub without_forecast: Vec<&'a Hazard>,
}

/// Analyses that are no best tracks: the working positions of a cycle, formation alerts, single fixes.
const NO_BEST_TRACKS: [&str; 4] = ["CARQ", "WRNG", "TCFA", "FIX"];

/// Two storms of one name and time further apart than this are two storms.
const APART_KM: f64 = 600.0;

/// Pairs forecasts with best tracks by the storm's key (`ep042021`), by what either calls it besides, or by its name where
/// it was at that time. Official forecasts are taken, or those of `techniques` when some are named. One storm, agency,
/// technique and time of analysis counts once, however many documents tell it.
pub fn pairs<'a>(forecasts: &'a [Hazard], best: &'a [Hazard], techniques: &[String]) -> Pairs<'a> {
    let best = longest(best);
    let wanted = |hazard: &&Hazard| {
        hazard.track.as_ref().is_some_and(|track| {
            let is_forecast = track.fixes.iter().any(|fix| fix.tau_h > 0);
            let is_named = techniques.iter().any(|name| name.eq_ignore_ascii_case(&track.technique));
            is_forecast && if techniques.is_empty() { track.standing == Technique::Official } else { is_named }
        })
    };
    let mut found = Pairs::default();
    let mut told: BTreeMap<_, Pair<'a>> = BTreeMap::new();
    for forecast in forecasts.iter().filter(wanted) {
        let Some(best) = best.iter().copied().find(|best| are_one(forecast, best)) else {
            found.without_best.push(forecast);
            continue;
        };
        let (Some(track), Some(cycle)) = (forecast.track.as_ref(), cycle(forecast)) else { continue };
        // An agency's official forecast is one, whatever the document calls it.
        let technique = if track.standing == Technique::Official { "" } else { track.technique.as_str() };
        let key = (&best.event, &track.agency, technique, cycle);
        // The fuller of two copies; of equals the first.
        let fixes = |pair: &Pair<'_>| pair.forecast.track.as_ref().map_or(0, |track| track.fixes.len());
        let pair = Pair { forecast, best };
        if told.get(&key).is_none_or(|known| fixes(known) < fixes(&pair)) {
            told.insert(key, pair);
        }
    }
    found.pairs = told.into_values().collect();
    let used: BTreeSet<&str> = found.pairs.iter().map(|pair| pair.best.event.as_str()).collect();
    found.without_forecast = best.into_iter().filter(|best| !used.contains(best.event.as_str())).collect();
    found
}

/// The time that a forecast's hours are counted from.
pub(super) fn cycle(forecast: &Hazard) -> Option<Timestamp> {
    let first = forecast.track.as_ref()?.fixes.first()?;
    first.time.checked_sub(Span::from_hours(i64::from(first.tau_h))).ok()
}

/// The longest best track of each storm, in the storms' order.
fn longest(best: &[Hazard]) -> Vec<&Hazard> {
    let mut longest: BTreeMap<&str, (i64, &Hazard)> = BTreeMap::new();
    for hazard in best {
        let Some(track) = hazard.track.as_ref() else { continue };
        let is_best = track.standing == Technique::Analysis && !NO_BEST_TRACKS.contains(&track.technique.as_str());
        let (Some(first), Some(last), true) = (track.fixes.first(), track.fixes.last(), is_best) else { continue };
        let lasts = last.time.as_second() - first.time.as_second();
        if lasts > 0 && longest.get(hazard.event.as_str()).is_none_or(|(known, _)| *known < lasts) {
            longest.insert(&hazard.event, (lasts, hazard));
        }
    }
    longest.into_values().map(|(_, hazard)| hazard).collect()
}

fn are_one(forecast: &Hazard, best: &Hazard) -> bool {
    let keys = |hazard: &Hazard| {
        let aliases = hazard.aliases.iter().map(|alias| alias.strip_prefix("atcf:").unwrap_or(alias).to_lowercase());
        std::iter::once(hazard.event.to_lowercase()).chain(aliases).collect::<BTreeSet<String>>()
    };
    !keys(forecast).is_disjoint(&keys(best)) || (have_one_name(forecast, best) && were_together(forecast, best))
}

fn have_one_name(forecast: &Hazard, best: &Hazard) -> bool {
    let names = |hazard: &Hazard| {
        hazard.name.iter().chain(&hazard.names).map(|name| name.to_uppercase()).collect::<BTreeSet<String>>()
    };
    !names(forecast).is_disjoint(&names(best))
}

/// True when the best track was near the forecast's first fix at its time.
fn were_together(forecast: &Hazard, best: &Hazard) -> bool {
    let first = forecast.track.as_ref().and_then(|track| track.fixes.first());
    let fixes = best.track.iter().flat_map(|track| &track.fixes);
    first.is_some_and(|first| {
        let apart = |time: Timestamp| time.duration_since(first.time).abs();
        let near = fixes.filter(|fix| apart(fix.time) <= Span::from_hours(6)).min_by_key(|fix| apart(fix.time));
        near.is_some_and(|fix| geo::distance(fix.position, first.position).0 < APART_KM)
    })
}
