//! The numbers that lie beside the rules: how far forecasts miss, and what storms do to goods.

use std::collections::BTreeMap;

use super::page::{Page, Section, as_number};
use crate::domain::{DamageParams, Fault, NMI_KM, TrackErrorRow, TrackErrors};

/// Reads `errors/track.toml`.
pub(super) fn read_track_errors(text: &str) -> Result<TrackErrors, Vec<Fault>> {
    let page = Page::new(text);
    let rows = page.parse().map(|table| {
        let root = page.root(&table);
        let rows = root.sections("row");
        if rows.is_empty() {
            root.refuse_all("there is no row", "add a `[[row]]` for the basin `wp` at least");
        }
        root.finish();
        rows.iter().filter_map(read_row).collect()
    });
    let faults = page.into_faults();
    rows.filter(|_| faults.is_empty()).map(|rows| TrackErrors { rows }).ok_or(faults)
}

/// Reads `damage.toml`.
pub(super) fn read_damage(text: &str) -> Result<DamageParams, Vec<Fault>> {
    let page = Page::new(text);
    let params = page.parse().and_then(|table| read_params(&page.root(&table)));
    let faults = page.into_faults();
    params.filter(|_| faults.is_empty()).ok_or(faults)
}

fn read_row(row: &Section<'_>) -> Option<TrackErrorRow> {
    let agency = row.text("agency");
    let basin = row.text("basin");
    // The source is for people; it must be there, it is not kept.
    let source = row.text("source");
    let years = row.required("years").and_then(|()| row.numbers("years", &(1900.0..2200.0)));
    let errors = match (row.section("mean_error_nmi"), row.section("mean_error_km")) {
        (Some(nmi), None) => read_errors(&nmi, NMI_KM),
        (None, Some(km)) => read_errors(&km, 1.0),
        _ => {
            row.refuse_all("the errors are missing, or there twice", "give `mean_error_nmi` or `mean_error_km`");
            None
        }
    };
    let wind = row.section("mean_wind_error_kt");
    let mean_wind_error_kt = wind.as_ref().map(|wind| read_errors(wind, 1.0));
    row.finish();
    let (from_year, to_year) = match years?.as_slice() {
        [from, to] if from <= to => (as_year(*from)?, as_year(*to)?),
        _ => {
            row.refuse("years", row.span_of("years"), "`years` should be two years", "as in `years = [2014, 2018]`");
            return None;
        }
    };
    let (agency, basin) = (agency?.to_lowercase(), basin?.to_lowercase());
    source?;
    let mean_wind_error_kt = mean_wind_error_kt.map_or(Some(Vec::new()), |read| read)?;
    Some(TrackErrorRow { agency, basin, from_year, to_year, mean_error_km: errors?, mean_wind_error_kt })
}

#[expect(clippy::cast_possible_truncation, reason = "the reader took 1900 to 2199 only")]
fn as_year(year: f64) -> Option<i16> {
    (1900.0..2200.0).contains(&year).then_some(year as i16)
}

/// Forecast hour to error, in order of the hour, in kilometres.
fn read_errors(section: &Section<'_>, unit_km: f64) -> Option<Vec<(f64, f64)>> {
    let mut errors = Vec::new();
    for (hour, value, span) in section.entries() {
        let tau = hour.parse::<u32>().ok().filter(|tau| *tau <= 240).map(f64::from);
        match (tau, as_number(value.get_ref()).filter(|error| (0.0..10_000.0).contains(error))) {
            (Some(tau), Some(error)) => errors.push((tau, error * unit_km)),
            _ => section.refuse(hour, span, "this should be `hour = error`", "as in `{ 24 = 46, 48 = 78 }`"),
        }
    }
    errors.sort_by(|a, b| a.0.total_cmp(&b.0));
    if errors.is_empty() {
        section.refuse_all("there is no error", "as in `{ 24 = 46, 48 = 78 }`");
    }
    (!errors.is_empty()).then_some(errors)
}

fn read_params(root: &Section<'_>) -> Option<DamageParams> {
    let number = |section: &Section<'_>, key, range| section.required(key).and_then(|()| section.number(key, range));
    let wind = root.required("wind").and_then(|()| root.section("wind"));
    let default_v_half_ms = wind.as_ref().and_then(|wind| number(wind, "default_v_half_ms", 26.0..1000.0));
    let v_half_ms = wind.as_ref().and_then(|wind| {
        wind.required("v_half_ms")?;
        read_regions(&wind.section("v_half_ms")?)
    });
    if let Some(wind) = &wind {
        wind.finish();
    }
    let surge = root.required("surge").and_then(|()| root.section("surge"));
    let part = |key, range| surge.as_ref().and_then(|surge| number(surge, key, range));
    let surge_coast_m = part("coast_m", 0.0..100_000.0);
    let surge_elevation_m = part("elevation_m", 0.0..100.0);
    let surge_share_max = part("share_max", 0.0..1.01);
    if let Some(surge) = &surge {
        surge.finish();
    }
    root.finish();
    Some(DamageParams {
        v_half_ms: v_half_ms?,
        default_v_half_ms: default_v_half_ms?,
        surge_coast_m: surge_coast_m?,
        surge_elevation_m: surge_elevation_m?,
        surge_share_max: surge_share_max?.min(1.0),
    })
}

/// Half-damage winds by region; each above the 25.7 m/s at which damage begins (Emanuel 2011).
fn read_regions(section: &Section<'_>) -> Option<BTreeMap<String, f64>> {
    let mut regions = BTreeMap::new();
    for (region, value, span) in section.entries() {
        match as_number(value.get_ref()).filter(|speed| (26.0..1000.0).contains(speed)) {
            Some(speed) => _ = regions.insert(region.to_owned(), speed),
            None => section.refuse(region, span, "this should be a wind in m/s above 26", "as in `WP3 = 80.2`"),
        }
    }
    (!regions.is_empty()).then_some(regions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_in_kilometres() {
        let text = "[[row]]\nagency = 'JTWC'\nbasin = 'wp'\nyears = [1978, 1993]\nsource = 'x'\nmean_error_nmi = { 48 = 227, 24 = 100 }\n";
        let errors = read_track_errors(text).expect("reads");
        let row = errors.row("jtwc", "wp", 2004).expect("row");
        assert_eq!((row.from_year, row.to_year), (1978, 1993));
        assert_eq!(row.mean_error_km.first().map(|(tau, _)| *tau), Some(24.0));
        assert!((row.mean_error_km[1].1 - 420.404).abs() < 1e-9);
    }

    fn told(faults: Vec<Fault>) -> Vec<String> {
        faults.into_iter().map(|fault| fault.to_string()).collect()
    }

    #[test]
    fn mistakes_are_named() {
        let faults = read_track_errors("[[row]]\nagency = 'a'\nbasin = 'wp'\nyears = [2]\nmean_error_km = { x = 1 }\n");
        assert_eq!(told(faults.expect_err("faults")).len(), 4);
        let faults = read_damage("[wind]\ndefault_v_half_ms = 1\nv_half_ms = { WP3 = 3 }\n");
        assert_eq!(told(faults.expect_err("faults")).len(), 3);
        assert!(read_damage("").is_err());
        assert!(read_track_errors("").is_err());
    }
}
