//! The fields of NHC's map layers, in small letters or capitals.

use serde::Deserialize;

use super::when;
use crate::domain::Timestamp;
use crate::sources::formats::cyclone;
use crate::sources::formats::dates;
use crate::sources::formats::geometry::Geometry;
use crate::sources::formats::json::{self, List, Maybe, Num, Text};
use crate::sources::formats::storm_key;

/// How much of the beginning and of the end is looked at: the fields may stand behind a long shape.
const EDGE_BYTES: usize = 4_096;
/// True for a collection of features with NHC's field names.
pub(super) fn recognises(body: &[u8]) -> bool {
    let head = json::head(body);
    if !head.trim_start().starts_with('{') || !head.contains("FeatureCollection") {
        return false;
    }
    let tail =
        String::from_utf8_lossy(body.get(body.len().saturating_sub(EDGE_BYTES)..).unwrap_or_default()).into_owned();
    let edges = format!("{head}{tail}").to_ascii_lowercase();
    let has = |key: &str| edges.contains(&format!("\"{key}\""));
    let is_storm = has("stormnum") || has("stormid");
    is_storm && (has("basin") || has("stormtype") || has("tcww") || has("advisnum") || has("advnum"))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Collection<'a> {
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow)]
    pub(super) features: List<Feature<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Feature<'a> {
    #[serde(borrow)]
    pub(super) properties: Maybe<Fields<'a>>,
    #[serde(borrow)]
    pub(super) geometry: Maybe<Geometry<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Fields<'a> {
    #[serde(borrow, alias = "STORMNAME")]
    pub(super) stormname: Text<'a>,
    #[serde(borrow, alias = "STORMTYPE")]
    pub(super) stormtype: Text<'a>,
    #[serde(alias = "STORMNUM")]
    pub(super) stormnum: Num,
    #[serde(borrow, alias = "STORMID")]
    pub(super) stormid: Text<'a>,
    #[serde(borrow, alias = "BASIN")]
    pub(super) basin: Text<'a>,
    #[serde(borrow, alias = "ADVDATE")]
    pub(super) advdate: Text<'a>,
    #[serde(borrow, alias = "ADVISNUM", alias = "ADVNUM", alias = "advnum")]
    pub(super) advisnum: Text<'a>,
    #[serde(alias = "FCSTPRD")]
    pub(super) fcstprd: Num,
    #[serde(alias = "TAU")]
    pub(super) tau: Num,
    #[serde(alias = "MAXWIND")]
    pub(super) maxwind: Num,
    #[serde(alias = "GUST")]
    pub(super) gust: Num,
    #[serde(alias = "MSLP")]
    pub(super) mslp: Num,
    #[serde(borrow, alias = "SYNOPTIME")]
    pub(super) synoptime: Text<'a>,
    #[serde(borrow, alias = "VALIDTIME")]
    pub(super) validtime: Text<'a>,
    #[serde(borrow, alias = "DTG")]
    pub(super) dtg: Text<'a>,
    #[serde(alias = "INTENSITY")]
    pub(super) intensity: Num,
    #[serde(alias = "RADII")]
    pub(super) radii: Num,
    #[serde(borrow, alias = "STARTDTG")]
    pub(super) startdtg: Text<'a>,
    #[serde(borrow, alias = "ENDDTG")]
    pub(super) enddtg: Text<'a>,
    #[serde(borrow, alias = "TCWW")]
    pub(super) tcww: Text<'a>,
    #[serde(borrow)]
    pub(super) idp_source: Text<'a>,
}

/// The key and the number: `stormid`, or basin, number and the year of the layer's name or of a time.
pub(super) fn key(fields: &Fields<'_>, layer: &str) -> Option<(String, String)> {
    let source = [fields.stormid.get(), fields.idp_source.get(), Some(layer)];
    let named = source.into_iter().flatten().find_map(|name| {
        let id = name.get(..8)?.to_ascii_lowercase();
        cyclone::is_atcf_key(&id).then(|| (id.clone(), id.get(2..4).unwrap_or_default().to_owned()))
    });
    named.or_else(|| {
        let basin = fields.basin.get().filter(|basin| basin.len() == 2)?;
        let number = format!("{:02}", whole(fields.stormnum.within(1.0, 99.0)?));
        let first = issued(fields).or_else(|| fields.dtg.get().and_then(dates::date_time_group))?;
        Some((storm_key::event_key(basin, &number, first), number))
    })
}

pub(super) fn issued(fields: &Fields<'_>) -> Option<Timestamp> {
    fields.advdate.get().and_then(when::of_line)
}

/// A number that was checked to be small, without its fraction.
#[expect(clippy::cast_possible_truncation, reason = "clamped to what fits")]
pub(super) fn whole(value: f64) -> i32 {
    value.round().clamp(-10_000.0, 10_000.0) as i32
}
