//! Pairs of a forecast and what was published with it, and the two probabilities of each place.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use serde::Serialize;

use super::places::plain;
use crate::domain::{
    ByThreshold, Fix, Hazard, Km, NMI_KM, PlaceProbability, Position, Span, THRESHOLDS_KT, Timestamp, Track,
    TrackErrorRow, TrackErrors,
};
use crate::geo;
use crate::storm::Path;
use crate::storm::ensemble::{Ensemble, Field, Forecast, Physics};

/// A forecast and the published table of the same advisory.
pub(super) struct Pair<'a> {
    forecast: &'a Hazard,
    published: &'a Hazard,
}

/// One place and wind: ours beside theirs. Probabilities are those within the whole table, parts of one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Comparison {
    pub(super) event: String,
    pub(super) issued: Option<Timestamp>,
    pub(super) place: String,
    pub(super) kt: u32,
    pub(super) p_ours: f64,
    pub(super) p_published: f64,
    pub(super) periods: Vec<Period>,
}

/// The same up to one hour of the table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Period {
    pub(super) tau_h: i32,
    pub(super) p_ours: f64,
    pub(super) p_published: f64,
}

/// How far apart they are over all places at one threshold; in points, of which a hundred are certainty.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Summary {
    pub(super) kt: u32,
    pub(super) count: usize,
    pub(super) mean_absolute_points: f64,
    pub(super) bias_points: f64,
    pub(super) largest_points: f64,
}

/// Two issues further apart are of different advisories (they come every six hours, intermediate ones every three).
const APART_MAX: Span = Span::from_mins(90);

/// Each published table with the forecast of the same storm whose issue is nearest.
pub(super) fn pairs<'a>(forecasts: &'a [Hazard], published: &'a [Hazard]) -> Vec<Pair<'a>> {
    let mut pairs = Vec::new();
    for table in published.iter().filter(|hazard| hazard.track.is_none()) {
        let apart = |forecast: &Hazard| Some(forecast.issued?.duration_since(table.issued?).abs());
        let of_storm = forecasts.iter().filter(|forecast| forecast.track.is_some() && forecast.event == table.event);
        let near = of_storm.filter_map(|forecast| Some((apart(forecast).filter(|span| *span <= APART_MAX)?, forecast)));
        pairs.extend(near.min_by_key(|(span, _)| *span).map(|(_, forecast)| Pair { forecast, published: table }));
    }
    pairs
}

/// The places that are named without a position and are not among those known.
pub(super) fn unknown(pairs: &[Pair<'_>], places: &BTreeMap<String, Position>) -> BTreeSet<String> {
    let rows = pairs.iter().flat_map(|pair| &pair.published.probabilities);
    rows.filter(|row| position(row, places).is_none()).map(|row| plain(&row.place)).collect()
}

fn position(row: &PlaceProbability, places: &BTreeMap<String, Position>) -> Option<Position> {
    row.position.or_else(|| places.get(&plain(&row.place)).copied())
}

/// The comparisons of a pair in the order of its table.
pub(super) fn compare(pair: &Pair<'_>, places: &BTreeMap<String, Position>, errors: &TrackErrors) -> Vec<Comparison> {
    let Some(field) = field(pair.forecast, errors) else { return Vec::new() };
    let rows = pair.published.probabilities.iter();
    let known = rows.filter_map(|row| Some((row, position(row, places)?)));
    known.map(|(row, place)| comparison(pair, row, &field.onset_hourly(place))).collect()
}

fn comparison(pair: &Pair<'_>, row: &PlaceProbability, onset: &[ByThreshold<f64>]) -> Comparison {
    let of_wind = |onset: &ByThreshold<f64>| match row.kt {
        34 => onset.gale,
        50 => onset.storm,
        _ => onset.typhoon,
    };
    let until = |tau_h: i32| {
        let hours = usize::try_from(tau_h).unwrap_or_default() + 1;
        thousandth(onset.iter().take(hours).map(of_wind).sum::<f64>().clamp(0.0, 1.0))
    };
    let periods: Vec<Period> = row
        .periods
        .iter()
        .map(|period| Period { tau_h: period.tau_h, p_ours: until(period.tau_h), p_published: period.cumulative })
        .collect();
    Comparison {
        event: pair.forecast.event.clone(),
        issued: pair.published.issued,
        place: row.place.clone(),
        kt: row.kt,
        p_ours: periods.last().map_or(0.0, |last| last.p_ours),
        p_published: periods.last().map_or(0.0, |last| last.p_published),
        periods,
    }
}

fn thousandth(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// The chances of a forecast from the hour on that its hours are counted from.
fn field(forecast: &Hazard, errors: &TrackErrors) -> Option<Field> {
    let track = from_analysis(forecast.track.as_ref()?, words(forecast));
    let path = Path::new(&track)?;
    let basin = forecast.event.get(..2).unwrap_or("al");
    let year = path.start().to_zoned(jiff::tz::TimeZone::UTC).year();
    let none = || TrackErrorRow {
        agency: "none".to_owned(),
        basin: basin.to_owned(),
        from_year: year,
        to_year: year,
        mean_error_km: vec![(0.0, NMI_KM)],
        mean_wind_error_kt: Vec::new(),
    };
    let errors = errors.row(&track.agency, basin, year).cloned().unwrap_or_else(none);
    let forecast = Forecast { track: &track, path: &path, errors: &errors };
    let ensemble = Ensemble::new(&[forecast], &[], path.start(), &Physics::default())?;
    Some(ensemble.field(thread::available_parallelism().map_or(1, usize::from)))
}

/// What the advisory says.
pub(super) fn words(forecast: &Hazard) -> &str {
    forecast.texts.first().and_then(|text| text.description.as_deref()).unwrap_or_default()
}

/// The track from hour 0 on. An advisory gives the centre at its issue, some three hours later: before, it is taken to have
/// moved as the text says that it moves now, or else as it goes on, with the same winds.
pub(super) fn from_analysis(track: &Track, text: &str) -> Track {
    let mut track = track.clone();
    let [first, second, ..] = track.fixes.as_slice() else { return track };
    if !(1..=6).contains(&first.tau_h) || second.tau_h <= first.tau_h {
        return track;
    }
    let onwards = || {
        let km = geo::distance(first.position, second.position).0;
        (geo::bearing_deg(first.position, second.position), km / f64::from(second.tau_h - first.tau_h))
    };
    let (course_deg, km_h) = movement(text).unwrap_or_else(onwards);
    let back = Km(km_h * f64::from(first.tau_h));
    if let Ok(time) = first.time.checked_sub(Span::from_hours(i64::from(first.tau_h))) {
        let position = geo::destination(first.position, (course_deg + 180.0).rem_euclid(360.0), back);
        let before = Fix { time, tau_h: 0, position, ..first.clone() };
        track.fixes.insert(0, before);
    }
    track
}

/// `PRESENT MOVEMENT TOWARD THE NORTHWEST OR 305 DEGREES AT  11 KT`: degrees and kilometres an hour.
fn movement(text: &str) -> Option<(f64, f64)> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let said = words.windows(6).find_map(|words| match words {
        ["OR", degrees, "DEGREES", "AT", kt, unit] if unit.starts_with("KT") => {
            Some((degrees.parse::<f64>().ok()?, kt.parse::<f64>().ok()?))
        }
        _ => None,
    });
    said.filter(|(degrees, kt)| (0.0..=360.0).contains(degrees) && (0.0..150.0).contains(kt))
        .map(|(degrees, kt)| (degrees, kt * NMI_KM))
}

impl Summary {
    /// One for each threshold of which there is a comparison.
    pub(super) fn of(comparisons: &[Comparison]) -> Vec<Self> {
        let of_wind = |kt: u32| {
            let points: Vec<f64> = comparisons
                .iter()
                .filter(|one| one.kt == kt)
                .map(|one| (one.p_ours - one.p_published) * 100.0)
                .collect();
            let count = points.len() as f64;
            let mean = |sum: f64| (sum / count * 100.0).round() / 100.0;
            (!points.is_empty()).then(|| Self {
                kt,
                count: points.len(),
                mean_absolute_points: mean(points.iter().map(|point| point.abs()).sum()),
                bias_points: mean(points.iter().sum()),
                largest_points: points.iter().map(|point| point.abs()).fold(0.0, f64::max).round(),
            })
        };
        THRESHOLDS_KT.into_iter().filter_map(of_wind).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Bulletin, FeedId};
    use crate::sources;

    const TCM: &str = "HURRICANE IDA FORECAST/ADVISORY NUMBER 12\nNWS NATIONAL HURRICANE CENTER MIAMI FL AL092021\n\
        0900 UTC SUN AUG 29 2021\n\nHURRICANE CENTER LOCATED NEAR 28.0N  89.1W AT 29/0900Z\n\
        PRESENT MOVEMENT TOWARD THE NORTHWEST OR 315 DEGREES AT  13 KT\n\
        MAX SUSTAINED WINDS 130 KT WITH GUSTS TO 160 KT.\n64 KT....... 45NE  35SE  20SW  30NW.\n\
        50 KT....... 70NE  60SE  40SW  60NW.\n34 KT.......120NE 100SE  80SW 110NW.\n\
        FORECAST VALID 29/1800Z 29.2N  90.4W...ON THE COAST\nMAX WIND 130 KT...GUSTS 160 KT.\n\
        FORECAST VALID 30/0600Z 31.0N  91.0W...INLAND\nMAX WIND  60 KT...GUSTS  75 KT.\nNEXT ADVISORY AT 29/1500Z\n";
    const PWS: &str = "HURRICANE IDA WIND SPEED PROBABILITIES NUMBER  12\nNWS NATIONAL HURRICANE CENTER MIAMI FL       AL092021\n\
        0900 UTC SUN AUG 29 2021\n\nFORECAST HOUR    (12)   (24)\nLOCATION       KT\n\
        NEW ORLEANS LA 34 90   5(95)\nNEW ORLEANS LA 64 20  10(30)\nGFMX 280N 890W 34 99   X(99)\n\
        NOWHERE        34  2   1( 3)\n$$\n";

    fn hazard(text: &str) -> Hazard {
        let bulletin = Bulletin::new(FeedId::new("t"), "", "t", Timestamp::UNIX_EPOCH, text.as_bytes().to_vec());
        sources::parse(None, &bulletin).expect("reads").hazards.remove(0)
    }

    fn new_orleans() -> BTreeMap<String, Position> {
        [("NEW ORLEANS LA".to_owned(), Position::lat_lon(30.0, -90.1).expect("a position"))].into()
    }

    #[test]
    fn an_advisory_and_its_table_are_compared_place_by_place() {
        let (forecasts, published) = ([hazard(TCM)], [hazard(PWS)]);
        let pairs = pairs(&forecasts, &published);
        assert_eq!(unknown(&pairs, &new_orleans()).into_iter().collect::<Vec<_>>(), ["NOWHERE"]);
        let compared = compare(&pairs[0], &new_orleans(), &TrackErrors::default());
        let rows: Vec<_> = compared.iter().map(|one| (one.place.as_str(), one.kt, one.p_published)).collect();
        assert_eq!(rows, [("NEW ORLEANS LA", 34, 0.95), ("NEW ORLEANS LA", 64, 0.30), ("GFMX 280N 890W", 34, 0.99)]);
        assert!(
            compared[0].p_ours > 0.9 && compared[1].p_ours <= compared[0].p_ours && compared[2].p_ours > 0.9,
            "{compared:?}"
        );
        assert!(compared.iter().all(|one| one.periods.len() == 2 && one.periods[0].p_ours <= one.p_ours));
        let summary = Summary::of(&compared);
        assert_eq!(summary.iter().map(|one| (one.kt, one.count)).collect::<Vec<_>>(), [(34, 2), (64, 1)]);
        let line = serde_json::to_value(&compared[0]).expect("JSON");
        assert_eq!(line["event"], "al092021");
    }

    #[test]
    fn other_storms_and_other_hours_are_no_pair() {
        let (forecasts, published) = ([hazard(TCM)], [hazard(&PWS.replace("AL092021", "AL102021"))]);
        assert!(pairs(&forecasts, &published).is_empty());
        let published = [hazard(&PWS.replace("0900 UTC", "1500 UTC"))];
        assert!(pairs(&forecasts, &published).is_empty());
    }

    #[test]
    fn the_way_before_the_issue_is_as_the_text_says() {
        let forecast = hazard(TCM);
        let text = forecast.texts[0].description.clone().unwrap_or_default();
        let track = from_analysis(forecast.track.as_ref().expect("a track"), &text);
        let first = &track.fixes[0];
        assert_eq!((first.tau_h, first.time.to_string().as_str()), (0, "2021-08-29T06:00:00Z"));
        let (distance, bearing) = geo::distance_and_bearing(first.position, track.fixes[1].position);
        assert!((distance.0 - 39.0 * NMI_KM).abs() < 0.1 && (bearing - 315.0).abs() < 1.0, "{distance:?} {bearing}");
        assert_eq!(movement("STATIONARY"), None);
    }
}
