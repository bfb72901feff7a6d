//! What an agency's fixes leave blank: winds, the radius of maximum wind, how far winds reach.
//!
//! What is known is never changed but to put it in order; what fills it is named by [`Filled::said`]. Why these formulas and
//! no others is measured in `docs/wind.md`.

use super::ensemble::vortex;
use super::hermite::Curve;
use super::holland_1980::AIR_KG_M3;
use super::path::Quadrants;
use super::{er11, holland_2010, land, willoughby_2006};
use crate::domain::{Fix, MS_PER_KNOT, NMI_KM, Position, THRESHOLDS_KT, Timestamp, Track, WindRadii, hours_between};
use crate::geo;

/// No eye is smaller; the smallest known is some 4 km across (Wilma 2005, NHC). Keeps ratios of distances finite.
const LEAST_RMW_KM: f64 = 1.0;
/// No gales have reached further than Tip's of 1979 (JTWC).
const LARGEST_KM: f64 = 1_100.0;
/// After how many hours a share 1/e of a known size still counts for a fix without radii: that of the ensemble, tuned there.
const SIZE_MEMORY_H: f64 = 26.0;
/// How much larger or smaller than the parametric one a storm may be taken to be. A guess: Tip and Tracy lie beyond it.
const SIZE_RATIO: (f64, f64) = (0.3, 3.0);

/// The storm at a fix, nothing blank.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Filled {
    /// The highest 1-minute wind in knots.
    pub(super) vmax_kt: f64,
    pub(super) rmw_km: f64,
    pub(super) radii: [Quadrants; 3],
    /// Central pressure, where it is known or lies between known ones.
    pub(super) pmin_hpa: Option<f64>,
}

/// From each fix to the next, the last one's being that of its arrival.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Leg {
    pub(super) bearing_deg: f64,
    pub(super) km: f64,
    pub(super) motion_kt: f64,
}

/// What filled it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Agency,
    PowerLaw,
    Holland2010,
    Parametric,
}

/// Each fix of a track filled, and the profile's name; `None` when no fix has a wind.
pub(super) fn filled(track: &Track, legs: &[Leg]) -> Option<(Vec<Filled>, String)> {
    let factor = track.averaging.to_one_minute();
    let winds = winds(&track.fixes, factor)?;
    let pressures = pressures(&track.fixes);
    let mut sources: Vec<Source> = Vec::new();
    let mut storms = Vec::with_capacity(winds.len());
    for ((fix, vmax_kt), pmin_hpa) in track.fixes.iter().zip(winds).zip(pressures) {
        let rmw_km = rmw_km(fix, vmax_kt);
        let core = Core { vmax_kt, rmw_km, factor, pmin_hpa: pmin_hpa.filter(|_| is_of_nhc(fix.position)) };
        let mut radii = [[0.0; 4]; 3];
        if has_radii(fix) {
            radii = THRESHOLDS_KT.map(|kt| core.reach(fix, f64::from(kt), &mut sources));
        }
        storms.push(Filled { vmax_kt, rmw_km, radii, pmin_hpa });
    }
    let sizes: Vec<(Timestamp, f64)> = track.fixes.iter().zip(&storms).filter_map(size).collect();
    for ((fix, storm), leg) in track.fixes.iter().zip(&mut storms).zip(legs) {
        if !has_radii(fix) {
            sources.push(Source::Parametric);
            let size = remembered(&sizes, fix.time);
            storm.radii = THRESHOLDS_KT.map(|kt| parametric(f64::from(kt), storm, fix.position.lat(), *leg, size));
        }
        storm.radii = ordered(storm.radii);
    }
    let is_rmw_known = track.fixes.iter().all(|fix| usable_rmw(fix).is_some());
    Some((storms, said(&sources, is_rmw_known, !sizes.is_empty())))
}

fn said(sources: &[Source], is_rmw_known: bool, is_scaled: bool) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let has = |source| sources.contains(&source);
    parts.extend(has(Source::Agency).then_some("radii of the agency"));
    parts.extend(has(Source::PowerLaw).then_some("power law between known winds"));
    parts.extend(has(Source::Holland2010).then_some("Holland 2010 through the known radius"));
    parts.extend(has(Source::Parametric).then_some(if is_scaled {
        "later Willoughby 2006 and ER11 in the known size"
    } else {
        "Willoughby 2006 and ER11"
    }));
    parts.extend((!is_rmw_known).then_some("radius of maximum wind by Willoughby 2006"));
    parts.join("; ")
}

/// Basins in which Holland 2010 through a known radius and pressure did better than the power law: those of NHC.
fn is_of_nhc(position: Position) -> bool {
    position.lat() >= 0.0 && position.lon() < 0.0
}

fn has_radii(fix: &Fix) -> bool {
    fix.radii.iter().any(|radii| quadrants(radii).iter().all(|km| km.is_finite()))
}

fn quadrants(radii: &WindRadii) -> Quadrants {
    [radii.ne_km, radii.se_km, radii.sw_km, radii.nw_km]
}

fn usable_rmw(fix: &Fix) -> Option<f64> {
    fix.rmw_km.filter(|km| km.is_finite() && *km > 0.0)
}

fn rmw_km(fix: &Fix, vmax_kt: f64) -> f64 {
    let smallest = fix.radii.iter().flat_map(quadrants).filter(|km| *km > 0.0);
    let ceiling = smallest.fold(f64::INFINITY, f64::min) * 0.9;
    let rmw_km = usable_rmw(fix).unwrap_or_else(|| willoughby_2006::rmw_km(vmax_kt * MS_PER_KNOT, fix.position.lat()));
    rmw_km.min(ceiling).max(LEAST_RMW_KM)
}

/// 1-minute winds at all fixes: between known ones on a monotone curve; before them the first; after them the last, over land
/// decaying as Kaplan and `DeMaria` have it (an agency that still gives a wind has the land in it).
fn winds(fixes: &[Fix], factor: f64) -> Option<Vec<f64>> {
    let start = fixes.first()?.time;
    let usable = |fix: &Fix| fix.vmax_kt.filter(|kt| kt.is_finite() && *kt >= 0.0).map(|kt| kt * factor);
    let known: Vec<(f64, f64)> =
        fixes.iter().filter_map(|fix| Some((hours_between(start, fix.time), usable(fix)?))).collect();
    let curve = Curve::new(&known)?;
    let (first, last) = curve.ends()?;
    let mut kt = last.1;
    let mut before: Option<&Fix> = None;
    let winds = fixes.iter().map(|fix| {
        let hour = hours_between(start, fix.time);
        if hour > last.0 {
            if let Some(before) = before {
                kt = over_land(kt, before, fix);
            }
            before = Some(fix);
            return kt;
        }
        before = Some(fix);
        curve.at(hour).unwrap_or(first.1)
    });
    Some(winds.collect())
}

/// The wind at a fix, known at the one before, where the storm weakens over land and does not grow again over water.
fn over_land(mut kt: f64, before: &Fix, fix: &Fix) -> f64 {
    let hours = hours_between(before.time, fix.time).clamp(0.0, 240.0);
    let mut hour = 0.5;
    while hour < hours {
        let place = geo::between(before.position, fix.position, hour / hours);
        if land::is_land(place.lat(), place.lon()) {
            kt = land::an_hour_over_land(kt);
        }
        hour += 1.0;
    }
    kt
}

fn pressures(fixes: &[Fix]) -> Vec<Option<f64>> {
    let Some(start) = fixes.first().map(|fix| fix.time) else { return Vec::new() };
    let hour = |fix: &Fix| hours_between(start, fix.time);
    // What lies outside was never measured at sea level (870 hPa: Tip 1979).
    let usable = |fix: &Fix| fix.pmin_hpa.filter(|hpa| (850.0..=1050.0).contains(hpa));
    let known: Vec<(f64, f64)> = fixes.iter().filter_map(|fix| Some((hour(fix), usable(fix)?))).collect();
    let curve = Curve::new(&known);
    fixes.iter().map(|fix| curve.as_ref()?.at(hour(fix))).collect()
}

/// The middle of the storm, from which reaches are reckoned.
struct Core {
    vmax_kt: f64,
    rmw_km: f64,
    factor: f64,
    /// Where Holland 2010 is to be used.
    pmin_hpa: Option<f64>,
}

impl Core {
    /// How far `kt` (1-minute) reaches in each quadrant: as the agency's radii say, whatever its own thresholds and its
    /// averaging period are (Beaufort 7, 10 and 12 of 2-minute winds, 30 and 50 kt of 10-minute ones).
    fn reach(&self, fix: &Fix, kt: f64, sources: &mut Vec<Source>) -> Quadrants {
        if self.vmax_kt < kt {
            return [0.0; 4];
        }
        let mut reach = [0.0; 4];
        for (at, km) in reach.iter_mut().enumerate() {
            let given = fix.radii.iter().filter_map(|radii| {
                let km = quadrants(radii).get(at).copied().filter(|km| km.is_finite())?;
                Some((f64::from(radii.kt) * self.factor, km.max(0.0)))
            });
            let (reach, source) = self.in_quadrant(given, kt);
            *km = reach;
            sources.push(source);
        }
        reach
    }

    /// How far `kt` reaches in one quadrant, given winds with their reach and the maximum wind at its own radius: on the
    /// power law through the two winds on either side, or, for a weaker wind than any given, through the last two. 0 where
    /// a weaker wind than `kt`, or `kt` itself, does not blow.
    fn in_quadrant(&self, given: impl Iterator<Item = (f64, f64)>, kt: f64) -> (f64, Source) {
        let (vmax_kt, rmw_km) = (self.vmax_kt, self.rmw_km);
        let (mut inner, mut outer) = ((vmax_kt, rmw_km), None::<(f64, f64)>);
        let mut before = None;
        for (wind, km) in given {
            if (wind - kt).abs() < 0.5 {
                return (km, Source::Agency);
            }
            if wind > kt {
                // Stronger: the nearest in strength that blows at all here and lies further out than the maximum.
                if km > inner.1 && wind < inner.0 {
                    (before, inner) = (Some(inner), (wind, km));
                } else if km > rmw_km && wind < vmax_kt && before.is_none_or(|(w, _)| wind < w) {
                    before = Some((wind, km));
                }
            } else if km <= 0.0 {
                return (0.0, Source::Agency);
            } else if outer.is_none_or(|(w, _)| wind > w) {
                outer = Some((wind, km));
            }
        }
        match outer {
            Some(outer) if outer.1 > inner.1 && inner.1 > 0.0 => self.between(inner, outer, kt),
            Some((_, km)) => (km, Source::PowerLaw),
            None => (self.beyond(before, inner, kt), Source::PowerLaw),
        }
    }

    fn between(&self, inner: (f64, f64), (wind, km): (f64, f64), kt: f64) -> (f64, Source) {
        if let Some(pmin_hpa) = self.pmin_hpa.filter(|_| inner.1 <= self.rmw_km) {
            let known = holland_2010::Known { vmax: self.vmax_kt, rmw: self.rmw_km, outer: wind, outer_radius: km };
            let vmax_ms = self.vmax_kt * MS_PER_KNOT;
            // At the surface: B by the definition of the maximum, within the range of Holland 2008.
            let deficit_pa = (SURROUNDINGS_HPA - pmin_hpa).max(1.0) * 100.0;
            let b = (vmax_ms * vmax_ms * AIR_KG_M3 * std::f64::consts::E / deficit_pa).clamp(0.81, 2.025);
            return (holland_2010::radius(kt, known, b), Source::Holland2010);
        }
        let share = (inner.0 / kt).ln() / (inner.0 / wind).ln();
        (inner.1 * (km / inner.1).powf(share), Source::PowerLaw)
    }

    fn beyond(&self, before: Option<(f64, f64)>, inner: (f64, f64), kt: f64) -> f64 {
        // Exponents of modified Rankine vortices are 0.4..0.6 (Depperman 1947; Hughes 1952); the clamp is wider.
        let (w0, r0) = before.unwrap_or((self.vmax_kt, self.rmw_km));
        let is_slope = inner.1 > r0 && inner.0 < w0;
        let exponent = if is_slope { (w0 / inner.0).ln() / (inner.1 / r0).ln() } else { 0.5 };
        let km = inner.1 * (inner.0 / kt).powf(1.0 / exponent.clamp(0.3, 1.0));
        if inner.1 <= self.rmw_km { 0.0 } else { km.min(inner.1.max(LARGEST_KM)) }
    }
}

/// The pressure round the storms of NHC's basins, hPa, as CLIMADA has it.
const SURROUNDINGS_HPA: f64 = 1010.0;

/// How much larger a storm with known radii is than the parametric one, by its gales.
fn size((fix, storm): (&Fix, &Filled)) -> Option<(Timestamp, f64)> {
    let [gale, ..] = &storm.radii;
    let known = gale.iter().sum::<f64>() / 4.0;
    let mean = outer_km(34.0, storm.vmax_kt, storm.rmw_km, fix.position.lat());
    let is_known = has_radii(fix) && known > 0.0 && mean > 0.0;
    is_known.then(|| (fix.time, (known / mean).clamp(SIZE_RATIO.0, SIZE_RATIO.1)))
}

/// What of the nearest known size still counts.
fn remembered(sizes: &[(Timestamp, f64)], time: Timestamp) -> f64 {
    let far = |(known, _): &(Timestamp, f64)| hours_between(*known, time).abs();
    let nearest = sizes.iter().min_by(|a, b| far(a).total_cmp(&far(b)));
    nearest.map_or(1.0, |known| 1.0 + (known.1 - 1.0) * (-far(known) / SIZE_MEMORY_H).exp())
}

/// Gales by Willoughby 2006, stronger winds by ER11.
fn outer_km(kt: f64, vmax_kt: f64, rmw_km: f64, lat: f64) -> f64 {
    let (wind, vmax) = (kt * MS_PER_KNOT, vmax_kt * MS_PER_KNOT);
    if kt < 50.0 {
        willoughby_2006::radius_km(wind, vmax, rmw_km, lat)
    } else {
        er11::radius_km(wind, vmax, rmw_km, lat)
    }
}

/// The reach in each quadrant's middle of a vortex with one wave of asymmetry: V(r, θ) = V(r) + a cos(θ − θ0), the strongest
/// side being to the right of the motion north of the equator and to the left south of it, so that the maximum is the
/// agency's (Schwerdt, Ho & Watkins 1979, NOAA Technical Report NWS 23).
fn parametric(kt: f64, storm: &Filled, lat: f64, leg: Leg, size: f64) -> Quadrants {
    let a = vortex::asymmetry_kt(leg.motion_kt).min(storm.vmax_kt / 2.0);
    let strongest = leg.bearing_deg + if lat < 0.0 { -90.0 } else { 90.0 };
    [45.0_f64, 135.0, 225.0, 315.0].map(|bearing| {
        let here_kt = kt - a * (bearing - strongest).to_radians().cos();
        let mean_kt = storm.vmax_kt - a;
        if storm.vmax_kt < kt || mean_kt < here_kt {
            return 0.0;
        }
        // Which formula counts is the wind's own affair, not that of its side.
        let km = if kt < 50.0 {
            willoughby_2006::radius_km(here_kt * MS_PER_KNOT, mean_kt * MS_PER_KNOT, storm.rmw_km, lat)
        } else {
            er11::radius_km(here_kt * MS_PER_KNOT, mean_kt * MS_PER_KNOT, storm.rmw_km, lat)
        };
        (km * size).min(LARGEST_KM)
    })
}

/// A stronger wind never reaches further than a weaker one, whatever the bulletin says.
pub(super) fn ordered(mut radii: [Quadrants; 3]) -> [Quadrants; 3] {
    let [gale, storm, typhoon] = &mut radii;
    for ((g, s), t) in gale.iter_mut().zip(storm.iter_mut()).zip(typhoon.iter()) {
        *s = s.max(*t);
        *g = g.max(*s);
    }
    radii
}

/// The legs between fixes.
pub(super) fn legs(fixes: &[Fix]) -> Vec<Leg> {
    let mut legs: Vec<Leg> = Vec::with_capacity(fixes.len());
    let mut arrived = Leg::default();
    for (from, to) in fixes.iter().zip(fixes.iter().skip(1)) {
        let hours = hours_between(from.time, to.time);
        let (km, bearing_deg) = geo::distance_and_bearing(from.position, to.position);
        let motion_kt = if hours > 0.0 { km.0 / NMI_KM / hours } else { 0.0 };
        // A storm that stands looks the way it came.
        let leg =
            if km.0 > 0.0 { Leg { bearing_deg, km: km.0, motion_kt } } else { Leg { km: 0.0, motion_kt, ..arrived } };
        arrived =
            Leg { bearing_deg: geo::destination_and_bearing(from.position, leg.bearing_deg, km).1, km: 0.0, motion_kt };
        legs.push(leg);
    }
    legs.push(arrived);
    legs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn core(vmax_kt: f64, rmw_km: f64) -> Core {
        Core { vmax_kt, rmw_km, factor: 1.0, pmin_hpa: None }
    }

    /// 30 and 50 kt of 10-minute winds, as JMA gives them.
    #[test]
    fn a_stronger_wind_alone_tells_how_far_the_gale_reaches() {
        let fifty = [(50.0 / 0.93, 100.0)];
        let (gale, _) = core(90.0, 30.0).in_quadrant(fifty.into_iter(), 34.0);
        assert!(gale > 150.0 && gale < 400.0, "{gale}");
        let both = [(30.0 / 0.93, 350.0), (50.0 / 0.93, 100.0)];
        let (gale, _) = core(90.0, 30.0).in_quadrant(both.into_iter(), 34.0);
        assert!(gale > 300.0 && gale < 350.0, "{gale}");
        assert!(core(90.0, 30.0).in_quadrant([(34.0, 0.0)].into_iter(), 34.0).0.abs() < 1e-9);
    }

    #[test]
    fn holland_lies_between_what_is_known() {
        let nhc = Core { pmin_hpa: Some(950.0), ..core(100.0, 40.0) };
        let given = || [(34.0, 220.0)].into_iter();
        let ((fifty, source), (sixty_four, _)) = (nhc.in_quadrant(given(), 50.0), nhc.in_quadrant(given(), 64.0));
        assert_eq!(source, Source::Holland2010);
        assert!(fifty > sixty_four && fifty < 220.0 && sixty_four > 40.0, "{fifty} {sixty_four}");
        assert_eq!(core(100.0, 40.0).in_quadrant(given(), 50.0).1, Source::PowerLaw);
    }

    #[test]
    fn the_stronger_side_is_to_the_right_and_in_the_south_to_the_left() {
        let storm = Filled { vmax_kt: 80.0, rmw_km: 40.0, radii: [[0.0; 4]; 3], pmin_hpa: None };
        let north = Leg { bearing_deg: 0.0, km: 100.0, motion_kt: 12.0 };
        let [ne, se, sw, nw] = parametric(34.0, &storm, 25.0, north, 1.0);
        assert!(ne > nw * 1.1 && (ne - se).abs() < 1e-9 && (nw - sw).abs() < 1e-9, "{ne} {nw}");
        let [ne, _, _, nw] = parametric(34.0, &storm, -25.0, north, 1.0);
        assert!(nw > ne * 1.1, "{ne} {nw}");
        let still = parametric(34.0, &storm, 25.0, Leg::default(), 1.0);
        assert!(still.iter().all(|km| (km - still[0]).abs() < 1e-9));
        // What is nowhere stronger than the maximum blows on the strong side alone.
        let [ne, _, _, nw] = parametric(76.0, &storm, 25.0, north, 1.0);
        assert!(ne > 0.0 && nw.abs() < 1e-12, "{ne} {nw}");
    }
}
