//! `QWeather`'s (和风天气) answers: weather warnings (`v7/warning/now`, `weatheralert/v1/current`) and storms
//! (`v7/tropical/storm-list`, `storm-track`, `storm-forecast`).
//!
//! In: one JSON object. Out: a warning for each of its warnings; of a storm's track one analysis, of its forecast one
//! track; of the list the active storms and links to both.
//!
//! `QWeather`'s conventions (dev.qweather.com, "API"): numbers are strings in v7, `""` where not known; times bear their
//! offset and no seconds (`2021-07-27T03:00+00:00`); winds are m/s; `windRadius30`, `50` and `64` are the circles of
//! Beaufort 7, 10 and 12 in kilometres, and become 28, 48 and 64 kt. It relays warnings of many agencies; storms only
//! of the north-west Pacific, in CMA's grades (`STY`, `SuperTY`) and thus, we take it, in CMA's figures and 2-minute
//! winds. As a relay its forecast is guidance.
//!
//! A storm's documents do not name the storm: its id stands in the address alone (`stormid=NP_2106`). Without it a
//! track is known by its first fix, which stays the same, and a forecast by its own, which does not: told as a fault.
//!
//! A warning's id changes with every update. Here it is known by who warns of what (`qweather:南通市气象台:1003`), so
//! that the next takes its place; a second one of the same in one answer keeps its own id.
//!
//! Never: `None`, `Green` and `Standard` entries as threats beyond what they are: green is no warning.

mod storm;
mod warning;

use serde::Deserialize;

use super::Source;
use super::formats::fault_log::FaultLog;
use super::formats::json::{List, Maybe, Text};
use super::formats::{china, json, text};
use crate::domain::{Bulletin, Fault, Parsed, Place, Timestamp};

/// `QWeather`'s answers. The format is `qweather`.
#[derive(Debug)]
pub struct Qweather;

impl Source for Qweather {
    fn id(&self) -> &'static str {
        "qweather"
    }

    fn recognises(&self, body: &[u8]) -> bool {
        json::has_keys(body, &["code", "updateTime", "fxLink"])
            || json::has_keys(body, &["metadata", "zeroResult"])
            || (json::has_keys(body, &["metadata", "alerts"]) && json::head(body).contains("qweather"))
    }

    fn parse(&self, bulletin: &Bulletin) -> Parsed {
        let mut log = FaultLog::default();
        let text = text::of_bulletin(bulletin, &mut log);
        let text = china::mend_strings(&text);
        let mut parsed = Parsed::default();
        match json::parse::<Answer<'_>>(&text) {
            Ok(answer) => read(&answer, bulletin, &mut parsed, &mut log),
            Err(fault) => log.push(fault),
        }
        Parsed { faults: log.into_faults(), ..parsed }
    }
}

/// Any of the answers: which one it is shows in the key that it has.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer<'a> {
    /// `200`, or why there is nothing.
    #[serde(borrow)]
    code: Text<'a>,
    #[serde(borrow, rename = "updateTime")]
    updated: Text<'a>,
    #[serde(borrow)]
    metadata: Maybe<Metadata<'a>>,
    /// v7 warnings.
    #[serde(borrow, rename = "warning")]
    warnings: Option<List<warning::V7<'a>>>,
    /// v1 warnings.
    #[serde(borrow)]
    alerts: Option<List<warning::V1<'a>>>,
    /// A list of storms.
    #[serde(borrow, rename = "storm")]
    storms: Option<List<storm::Listed<'a>>>,
    /// A storm's forecast.
    #[serde(borrow)]
    forecast: Option<List<storm::Point<'a>>>,
    /// A storm's track.
    #[serde(borrow)]
    track: Option<List<storm::Point<'a>>>,
    #[serde(borrow)]
    now: Maybe<storm::Point<'a>>,
    #[serde(borrow, rename = "isActive")]
    is_active: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Metadata<'a> {
    #[serde(borrow, rename = "zeroResult")]
    is_empty: Text<'a>,
}

fn read(answer: &Answer<'_>, bulletin: &Bulletin, parsed: &mut Parsed, log: &mut FaultLog) {
    // 204: the place or storm is right, but there is nothing to tell.
    let is_nothing = answer.code.get() == Some("204")
        || answer.metadata.0.as_ref().is_some_and(|metadata| metadata.is_empty.is_true());
    if let Some(code) = answer.code.get().filter(|code| !matches!(*code, "200" | "204")) {
        let fault = Fault::fatal(Place::default().field("code"), format!("the service answers {code}"));
        return log.push(fault.hint("see `Status Code` at dev.qweather.com"));
    }
    if let Some(warnings) = &answer.warnings {
        parsed.hazards = warning::read_v7(warnings, bulletin, log);
    } else if let Some(alerts) = &answer.alerts {
        parsed.hazards = warning::read_v1(alerts, bulletin, log);
    } else if let Some(storms) = &answer.storms {
        storm::read_list(storms, bulletin, parsed, log);
    } else if answer.track.is_some() || answer.now.0.is_some() {
        parsed.hazards.extend(storm::read_track(answer, bulletin, log));
    } else if let Some(forecast) = &answer.forecast {
        parsed.hazards.extend(storm::read_forecast(forecast, answer, bulletin, log));
    } else if !is_nothing {
        let what = "the answer holds neither warnings nor storms";
        log.push(Fault::fatal(Place::default(), what).hint("fetch `v7/warning/now` or `v7/tropical/storm-list`"));
    }
}

/// A time with its offset.
fn time(text: &Text<'_>) -> Option<Timestamp> {
    let text = text.get()?;
    // RFC 3339 demands the seconds that QWeather leaves out.
    let (date, rest) = text.split_at_checked(16)?;
    let is_short = rest.is_empty() || rest.starts_with(['+', '-', 'Z']);
    let whole = if is_short { format!("{date}:00{rest}") } else { text.to_owned() };
    super::formats::dates::rfc_3339(&whole).map(super::formats::dates::When::instant)
}

#[cfg(test)]
mod tests;
