//! What must hold of anything that a source returns, whatever it was given.

use seawall::domain::{Bulletin, FeedId, Fix, Hazard, Position, Timestamp};
use seawall::sources::Source;

/// Reads a document twice and looks at all that comes of it.
pub(crate) fn check(source: &dyn Source, body: &[u8]) {
    let bulletin = Bulletin::new(FeedId::new("fuzz"), "", "fuzz", Timestamp::UNIX_EPOCH, body.to_vec());
    source.recognises(body);
    let parsed = source.parse(&bulletin);
    assert_eq!(parsed, source.parse(&bulletin), "the same bytes gave another answer");
    for hazard in &parsed.hazards {
        assert_eq!((&hazard.bulletin, hazard.format.as_str()), (&bulletin.hash, source.id()));
        assert!(!hazard.event.is_empty() && !hazard.id.as_str().is_empty() && !hazard.source.is_empty());
        check_hazard(hazard);
    }
    for fault in &parsed.faults {
        assert!(!fault.what.is_empty() && fault.what.len() < 2_000, "{fault:?}");
    }
    assert!(parsed.faults.len() <= 101, "faults without end");
}

fn check_hazard(hazard: &Hazard) {
    let json = serde_json::to_string(hazard).unwrap();
    assert_eq!(&serde_json::from_str::<Hazard>(&json).unwrap(), hazard, "its JSON does not come back the same");
    for fixes in hazard.track.iter().map(|track| &track.fixes) {
        assert!(!fixes.is_empty() && fixes.windows(2).all(|pair| pair[0].time < pair[1].time), "fixes out of order");
        fixes.iter().for_each(check_fix);
    }
    for ring in hazard.footprint.polygons.iter().flatten() {
        assert!(ring.len() >= 4 && ring.first() == ring.last(), "a ring is open");
        ring.iter().copied().for_each(check_place);
    }
    for circle in &hazard.footprint.circles {
        check_place(circle.centre);
        assert!((0.0..=21_000.0).contains(&circle.radius_km), "{circle:?}");
    }
    for period in hazard.probabilities.iter().flat_map(|place| &place.periods) {
        assert!((0.0..=1.0).contains(&period.onset) && (0.0..=1.0).contains(&period.cumulative), "{period:?}");
    }
    for step in hazard.forecast.iter().flat_map(|forecast| &forecast.steps) {
        let numbers = [step.wind_kt, step.gust_kt, step.from_deg, step.rain_mm, step.wave_m];
        assert!(numbers.into_iter().flatten().all(f64::is_finite), "{step:?}");
    }
}

fn check_fix(fix: &Fix) {
    check_place(fix.position);
    assert!(fix.vmax_kt.is_none_or(|kt| (0.0..=400.0).contains(&kt)), "{fix:?}");
    assert!(fix.gust_kt.is_none_or(|kt| (0.0..=600.0).contains(&kt)), "{fix:?}");
    assert!(fix.pmin_hpa.is_none_or(|hpa| (700.0..=1_100.0).contains(&hpa)), "{fix:?}");
    assert!(fix.rmw_km.is_none_or(|km| (0.0..=5_000.0).contains(&km)), "{fix:?}");
    for radii in &fix.radii {
        let all = [radii.ne_km, radii.se_km, radii.sw_km, radii.nw_km];
        assert!(all.iter().all(|km| (0.0..=5_000.0).contains(km)) && radii.max_km() > 0.0, "{radii:?}");
    }
    assert!(fix.radii.windows(2).all(|pair| pair[0].kt <= pair[1].kt), "radii out of order: {fix:?}");
}

fn check_place(place: Position) {
    assert!((-90.0..=90.0).contains(&place.lat()) && (-180.0..=180.0).contains(&place.lon()), "{place:?}");
}
