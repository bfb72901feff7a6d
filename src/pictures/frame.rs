//! Which part of the world a map shows, and where on it a place is: Mercator, so that circles stay round.

use crate::domain::Position;
use crate::geo;

/// The least that a map shows from side to side, in degrees of longitude: some 400 km at 30 degrees.
const SPAN_DEG_MIN: f64 = 4.0;
/// How much is left free on each side of what must be shown.
const MARGIN: f64 = 0.13;
/// Beyond this latitude Mercator is no map.
const LAT_MAX: f64 = 75.0;
const EARTH_KM: f64 = 6371.0;

/// A part of the world on so many pixels.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Frame {
    /// The middle: longitude, and latitude stretched as Mercator does, in degrees.
    middle: (f64, f64),
    /// Pixels a degree of longitude.
    scale: f64,
    size: (f64, f64),
}

impl Frame {
    /// The frame of `size` pixels in which all the places are; `None` without any, or near a pole.
    pub(super) fn around(places: &[Position], size: (f64, f64)) -> Option<Self> {
        let first = places.first()?.lon();
        if places.iter().any(|place| place.lat().abs() > LAT_MAX) {
            return None;
        }
        let points =
            || places.iter().map(|place| (first + geo::shortest_lon(place.lon() - first), stretched(place.lat())));
        let (west, east) = ends(points().map(|point| point.0));
        let (south, north) = ends(points().map(|point| point.1));
        let room = 1.0 - 2.0 * MARGIN;
        let (across, up) = ((east - west).max(SPAN_DEG_MIN), (north - south).max(SPAN_DEG_MIN * 0.6));
        let scale = (size.0 * room / across).min(size.1 * room / up);
        Some(Self { middle: (f64::midpoint(west, east), f64::midpoint(south, north)), scale, size })
    }

    /// Pixels from the left and from the top.
    pub(super) fn at(&self, place: Position) -> (f64, f64) {
        self.at_degrees(place.lat(), self.middle.0 + geo::shortest_lon(place.lon() - self.middle.0))
    }

    /// The same for a longitude that is meant as it stands, beyond 180 too.
    pub(super) fn at_degrees(&self, lat: f64, lon: f64) -> (f64, f64) {
        let (lon0, y0) = self.middle;
        (self.size.0 / 2.0 + (lon - lon0) * self.scale, self.size.1 / 2.0 - (stretched(lat) - y0) * self.scale)
    }

    /// West, east, south, north, in degrees; longitudes may lie beyond 180.
    pub(super) fn bounds(&self) -> (f64, f64, f64, f64) {
        let (lon0, y0) = self.middle;
        let (half, tall) = (self.size.0 / 2.0 / self.scale, self.size.1 / 2.0 / self.scale);
        (lon0 - half, lon0 + half, unstretched(y0 - tall), unstretched(y0 + tall))
    }

    /// Pixels across and down.
    pub(super) fn size(&self) -> (f64, f64) {
        self.size
    }

    /// True for what is at least `margin` pixels inside.
    pub(super) fn holds(&self, (x, y): (f64, f64), margin: f64) -> bool {
        (margin..=self.size.0 - margin).contains(&x) && (margin..=self.size.1 - margin).contains(&y)
    }

    /// A round number of kilometres that is some fifth of the width, and its pixels, at the middle's latitude.
    pub(super) fn bar(&self) -> (f64, f64) {
        let px_a_km = self.scale / (EARTH_KM.to_radians() * unstretched(self.middle.1).to_radians().cos());
        let wanted = self.size.0 / 5.0 / px_a_km;
        let ten = 10_f64.powf(wanted.log10().floor());
        let km = [5.0, 2.0, 1.0].into_iter().map(|step| step * ten).find(|km| *km <= wanted).unwrap_or(ten);
        (km, km * px_a_km)
    }
}

fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)))
}

/// Latitude on Mercator's scale, in degrees of longitude.
fn stretched(lat: f64) -> f64 {
    let lat = lat.clamp(-85.0, 85.0).to_radians();
    (std::f64::consts::FRAC_PI_4 + lat / 2.0).tan().ln().to_degrees()
}

fn unstretched(y: f64) -> f64 {
    (2.0 * y.to_radians().exp().atan()).to_degrees() - 90.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(lat: f64, lon: f64) -> Position {
        Position::lat_lon(lat, lon).expect("a position")
    }

    #[test]
    fn every_place_is_inside_with_room() {
        for places in [
            vec![place(28.66, 121.45), place(23.0, 126.5)],
            vec![place(28.66, 121.45)],
            vec![place(-17.0, 179.5), place(-19.0, -178.0)],
            vec![place(10.0, -170.0), place(12.0, 170.0), place(30.0, 160.0)],
        ] {
            let frame = Frame::around(&places, (480.0, 360.0)).expect("a frame");
            assert!(places.iter().all(|place| frame.holds(frame.at(*place), 40.0)), "{places:?}");
            let (km, px) = frame.bar();
            assert!((30.0..=100.0).contains(&px), "{km} km are {px} px");
        }
    }

    #[test]
    fn scale_and_latitude_are_true() {
        let frame = Frame::around(&[place(30.0, 120.0), place(34.0, 126.0)], (480.0, 360.0)).expect("a frame");
        let ((x0, y0), (x1, y1)) = (frame.at(place(32.0, 122.0)), frame.at(place(32.0, 123.0)));
        let (km, px) = frame.bar();
        let real = geo::distance(place(32.0, 122.0), place(32.0, 123.0)).0;
        assert!((y0 - y1).abs() < 1e-9 && ((x1 - x0) / px * km - real).abs() < real * 0.02);
        assert!((unstretched(stretched(41.5)) - 41.5).abs() < 1e-9);
    }

    #[test]
    fn nothing_and_the_poles_have_no_frame() {
        assert_eq!(Frame::around(&[], (480.0, 360.0)), None);
        assert_eq!(Frame::around(&[place(89.0, 0.0)], (480.0, 360.0)), None);
    }
}
