//! A profile that is bent to a wind known further out.
//!
//! Holland, Belanger & Fritz 2010 (Mon. Wea. Rev. 138:4393), equations 10 and 11: V(r) = Vm [(Rm/r)^b e^(1 − (Rm/r)^b)]^x with
//! x = 0.5 within the radius of maximum wind and outside x = 0.5 + (r − Rm)(xn − 0.5)/(rn − Rm), where xn is what makes the
//! wind Vn at rn; x is kept above 0.4, as CLIMADA does. Any units, the same ones for all winds and for all distances.

/// The least exponent. Without it the wind rises again far out when the known wind is strong there.
const LEAST_EXPONENT: f64 = 0.4;

/// The storm's maximum and its radius, and a wind known further out with its own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Known {
    /// The maximum wind.
    pub vmax: f64,
    /// Its radius.
    pub rmw: f64,
    /// A weaker wind.
    pub outer: f64,
    /// How far that reaches; further than `rmw`.
    pub outer_radius: f64,
}

/// The wind at a distance; `b` is the profile's shape at the surface ([`super::holland_2008::b_s`]).
pub fn wind(r: f64, known: Known, b: f64) -> f64 {
    let Known { vmax, rmw, outer, outer_radius } = known;
    if r <= 0.0 {
        return 0.0;
    }
    let shape = |r: f64| {
        let ratio = (rmw / r).powf(b);
        ratio * (1.0 - ratio).exp()
    };
    let exponent = if r < rmw {
        0.5
    } else {
        let at_outer = (outer / vmax).ln() / shape(outer_radius).ln();
        (0.5 + (r - rmw) * (at_outer - 0.5) / (outer_radius - rmw)).max(LEAST_EXPONENT)
    };
    vmax * shape(r).powf(exponent)
}

/// How far a wind between the maximum and the known outer one reaches, by halving.
///
/// ```
/// use seawall::storm::holland_2010::{Known, radius, wind};
/// let known = Known { vmax: 90.0, rmw: 35.0, outer: 34.0, outer_radius: 220.0 };
/// let storm_force = radius(50.0, known, 1.5);
/// assert!((wind(storm_force, known, 1.5) - 50.0).abs() < 0.01 && (35.0..220.0).contains(&storm_force));
/// ```
pub fn radius(wanted: f64, known: Known, b: f64) -> f64 {
    let (mut near, mut far) = (known.rmw, known.outer_radius);
    for _ in 0..40 {
        let middle = f64::midpoint(near, far);
        if wind(middle, known, b) >= wanted {
            near = middle;
        } else {
            far = middle;
        }
    }
    near
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values of CLIMADA's unit tests.
    #[test]
    fn agrees_with_climada() {
        let known = Known { vmax: 35.0, rmw: 75.0, outer: 17.0, outer_radius: 300.0 };
        for (r, want) in [(0.0, 0.0), (75.0, 35.0), (220.0, 21.181_497), (300.0, 17.0), (490.0, 12.103_461)] {
            let wind = wind(r, known, 1.75);
            assert!((wind - want).abs() < 5e-7, "{r}: {wind} {want}");
        }
    }
}
