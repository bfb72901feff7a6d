//! The arrays of typhoon.nmc.cn, place by place.

use serde::de::SeqAccess;

use crate::sources::formats::json::{Dict, Num, Placed, Positional, Row, Text, next};

/// One answer: a list, a storm, or one of the small ones.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct Document<'a> {
    #[serde(borrow, rename = "typhoonList")]
    pub(super) list: Option<Row<Placed<StormRow<'a>>>>,
    #[serde(borrow, rename = "typhoon")]
    pub(super) storm: Option<Placed<StormRow<'a>>>,
    #[serde(borrow)]
    year: Text<'a>,
    #[serde(borrow)]
    tip: Text<'a>,
    #[serde(borrow)]
    orgs: Option<Dict<Text<'a>>>,
}

impl Document<'_> {
    /// True for the newest year, the centres and the tip of the day: they tell of no storm.
    pub(super) fn is_small_answer(&self) -> bool {
        self.year.0.is_some() || self.tip.0.is_some() || self.orgs.is_some()
    }
}

/// A storm, in a list (eight places) as in a view (with its points in the ninth):
/// `[id, english, chinese, number, number, _, meaning, status, points, …]`.
#[derive(Debug, Default)]
pub(super) struct StormRow<'a> {
    pub(super) id: Text<'a>,
    pub(super) english: Text<'a>,
    pub(super) chinese: Text<'a>,
    /// CMA's number: `2628`; a depression has one of its own (`20260027`).
    pub(super) number: Text<'a>,
    /// `start` while it runs, `stop` afterwards.
    pub(super) status: Text<'a>,
    pub(super) points: Row<Placed<Point<'a>>>,
}

impl StormRow<'_> {
    pub(super) fn is_stopped(&self) -> bool {
        self.status.get().is_some_and(|status| status.eq_ignore_ascii_case("stop"))
    }
}

impl<'de: 'a, 'a> Positional<'de> for StormRow<'a> {
    fn read<A: SeqAccess<'de>>(places: &mut A) -> Result<Self, A::Error> {
        let (id, english, chinese) = (next(places)?, next(places)?, next(places)?);
        let number: Text<'a> = next(places)?;
        let (other, _third, _meaning): (Text<'a>, Text<'a>, Text<'a>) = (next(places)?, next(places)?, next(places)?);
        let number = if number.get().is_some() { number } else { other };
        Ok(Self { id, english, chinese, number, status: next(places)?, points: next(places)? })
    }
}

/// Where the storm was:
/// `[id, "202608212100", 1787346000000, grade, lon, lat, hPa, m/s, heading, km/h, radii, forecasts, update]`.
#[derive(Debug, Default)]
pub(super) struct Point<'a> {
    pub(super) label: Text<'a>,
    pub(super) milliseconds: Text<'a>,
    pub(super) lon: Num,
    pub(super) lat: Num,
    pub(super) pressure_hpa: Num,
    pub(super) wind_ms: Num,
    /// Each `["30KTS", NE, SE, SW, NW, id]`.
    pub(super) radii: Row<Placed<Circle<'a>>>,
    /// By the centre that forecasts: `BABJ` is CMA.
    pub(super) forecasts: Dict<Row<Placed<Step<'a>>>>,
}

impl<'de: 'a, 'a> Positional<'de> for Point<'a> {
    fn read<A: SeqAccess<'de>>(places: &mut A) -> Result<Self, A::Error> {
        let _id: Text<'a> = next(places)?;
        let (label, milliseconds) = (next(places)?, next(places)?);
        let _grade: Text<'a> = next(places)?;
        let (lon, lat, pressure_hpa, wind_ms) = (next(places)?, next(places)?, next(places)?, next(places)?);
        let (_heading, _speed): (Text<'a>, Num) = (next(places)?, next(places)?);
        let (radii, forecasts) = (next(places)?, next(places)?);
        Ok(Self { label, milliseconds, lon, lat, pressure_hpa, wind_ms, radii, forecasts })
    }
}

/// A wind circle.
#[derive(Debug, Default)]
pub(super) struct Circle<'a> {
    pub(super) label: Text<'a>,
    pub(super) quadrants: [Num; 4],
}

impl<'de: 'a, 'a> Positional<'de> for Circle<'a> {
    fn read<A: SeqAccess<'de>>(places: &mut A) -> Result<Self, A::Error> {
        let label = next(places)?;
        let quadrants = [next(places)?, next(places)?, next(places)?, next(places)?];
        Ok(Self { label, quadrants })
    }
}

/// A step of a forecast: `[hours, "202608212100", lon, lat, hPa, m/s, centre, grade]`; the label is the forecast's
/// base, not the time it is for.
#[derive(Debug, Default)]
pub(super) struct Step<'a> {
    pub(super) hours: Num,
    pub(super) base: Text<'a>,
    pub(super) lon: Num,
    pub(super) lat: Num,
    pub(super) pressure_hpa: Num,
    pub(super) wind_ms: Num,
}

impl<'de: 'a, 'a> Positional<'de> for Step<'a> {
    fn read<A: SeqAccess<'de>>(places: &mut A) -> Result<Self, A::Error> {
        let (hours, base, lon, lat) = (next(places)?, next(places)?, next(places)?, next(places)?);
        Ok(Self { hours, base, lon, lat, pressure_hpa: next(places)?, wind_ms: next(places)? })
    }
}
