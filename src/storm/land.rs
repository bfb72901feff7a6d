//! Land and sea, and what land does to a storm's wind.
//!
//! The grid is Natural Earth's land at 1:50 million (public domain), a cell of 0.2 degrees (some 22 km) being land when its
//! middle is; `tests/land/bake.py` makes it. Islands smaller than that are sea here.

use std::sync::LazyLock;

use crate::domain::Position;

const CELLS_A_DEGREE: f64 = 5.0;
const COLUMNS: usize = 1_800;
const ROWS: usize = 900;

/// A bit a cell, from 90 N southwards, from 180 W eastwards.
static LAND: LazyLock<Vec<u64>> = LazyLock::new(|| bits(include_bytes!("land.bin")));

/// True on land. Longitudes may lie beyond 180.
pub(super) fn is_land(lat: f64, lon: f64) -> bool {
    let row = cell((90.0 - lat) * CELLS_A_DEGREE).min(ROWS - 1);
    let column = cell((lon + 180.0).rem_euclid(360.0) * CELLS_A_DEGREE).min(COLUMNS - 1);
    let bit = row * COLUMNS + column;
    LAND.get(bit / 64).is_some_and(|word| word >> (bit % 64) & 1 == 1)
}

/// True when neither the cell of a place nor any beside it is land: the open sea, or an island that the grid does not know.
pub fn is_open_sea(lat: f64, lon: f64) -> bool {
    let around = || [-1.0, 0.0, 1.0].into_iter().map(|cells| cells / CELLS_A_DEGREE);
    !around().any(|north| around().any(|east| is_land(lat + north, lon + east)))
}

/// How far round a place the sea is looked for, in cells. A guess: some 70 km, far enough that a bay or a headland of one
/// cell does not turn the answer.
const SEA_CELLS: i32 = 3;
/// Where sea and land hold each other the balance by more than this, no side is the sea's: an island, a strait. A guess; a
/// straight coast gives 0.42.
const SEA_BALANCE: f64 = 0.15;

/// The direction in which the sea lies from a place by it: degrees clockwise from north. `None` where there is none in some
/// 70 km, or sea on all sides alike.
///
/// The mean of the directions of all sea cells less those of land.
pub fn sea_bearing_deg(place: Position) -> Option<f64> {
    let (mut east, mut north, mut cells) = (0.0, 0.0, 0.0_f64);
    let stretch = place.lat().to_radians().cos().max(0.05);
    for up in -SEA_CELLS..=SEA_CELLS {
        for right in -SEA_CELLS..=SEA_CELLS {
            let (x, y) = (f64::from(right), f64::from(up));
            let far = x.hypot(y);
            if far < 0.5 || far > f64::from(SEA_CELLS) + 0.5 {
                continue;
            }
            let lat = place.lat() + y / CELLS_A_DEGREE;
            let side = if is_land(lat, place.lon() + x / CELLS_A_DEGREE / stretch) { -1.0 } else { 1.0 };
            east += side * x / far;
            north += side * y / far;
            cells += 1.0;
        }
    }
    let is_one_sided = east.hypot(north) / cells > SEA_BALANCE;
    is_one_sided.then(|| east.atan2(north).to_degrees().rem_euclid(360.0))
}

/// NaN becomes 0.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before the cast")]
fn cell(value: f64) -> usize {
    value.clamp(0.0, 1e6) as usize
}

/// As the script writes it: for each row the number of changes, then the columns at which sea and land change.
fn bits(mut baked: &[u8]) -> Vec<u64> {
    let mut land = vec![0_u64; (ROWS * COLUMNS).div_ceil(64)];
    for row in 0..ROWS {
        let Some((count, rest)) = baked.split_first() else { break };
        let Some((changes, rest)) = rest.split_at_checked(usize::from(*count) * 2) else { break };
        baked = rest;
        let (columns, _) = changes.as_chunks::<2>();
        let columns: Vec<usize> = columns.iter().map(|pair| usize::from(u16::from_le_bytes(*pair))).collect();
        for stretch in columns.chunks(2) {
            let from = stretch.first().copied().unwrap_or(COLUMNS);
            for column in from..stretch.get(1).copied().unwrap_or(COLUMNS) {
                let bit = row * COLUMNS + column;
                if let Some(word) = land.get_mut(bit / 64) {
                    *word |= 1 << (bit % 64);
                }
            }
        }
    }
    land
}

/// The wind an hour later over land: Kaplan & DeMaria 1995 (J. Appl. Meteor. 34:2499, eq. 4): it decays towards 26.7 kt at
/// 0.095 an hour. Their sudden loss at the coast (to 0.9 within the first hour) is [`COAST`].
///
/// ```text
/// 100 kt: 93.4 kt after an hour, 49.9 kt after twelve
/// ```
pub(super) fn an_hour_over_land(wind_kt: f64) -> f64 {
    if wind_kt <= BACKGROUND_KT { wind_kt } else { BACKGROUND_KT + (wind_kt - BACKGROUND_KT) * (-DECAY_AN_H).exp() }
}

const BACKGROUND_KT: f64 = 26.7;
const DECAY_AN_H: f64 = 0.095;
/// What is left of the wind when a storm comes ashore (as above).
pub(super) const COAST: f64 = 0.9;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn land_and_sea_are_where_they_are() {
        for (lat, lon) in [(39.9, 116.4), (35.0, 135.5), (23.8, 121.0), (28.5, -81.7), (21.0, -89.0), (-25.0, 135.0)] {
            assert!(is_land(lat, lon), "{lat} {lon}");
        }
        for (lat, lon) in [(28.0, 124.0), (25.0, -90.0), (0.0, 179.99), (0.0, 180.5), (20.0, 300.0), (45.0, -30.0)] {
            assert!(!is_land(lat, lon), "{lat} {lon}");
        }
        assert!(is_land(-75.0, 100.0) && !is_land(89.9, 0.0) && is_land(28.5, 278.3));
        let share = LAND.iter().map(|word| word.count_ones()).sum::<u32>();
        // More than the 29 % of the earth's face, as cells are smaller where most land is; but the ice round the south pole
        // is missing, where the source's outline has no end.
        assert!((0.27..0.35).contains(&(f64::from(share) / (ROWS * COLUMNS) as f64)), "{share}");
        assert!(!is_land(f64::NAN, f64::NAN));
    }

    #[test]
    fn the_open_sea_begins_a_cell_from_land() {
        // Putuo Island's quay, Taizhou's seawall and Keelung's harbour are by the sea and not in it.
        for (lat, lon) in [(29.95, 122.29), (28.66, 121.45), (25.13, 121.73), (36.0, 120.32), (1.26, 103.84)] {
            assert!(!is_open_sea(lat, lon), "{lat} {lon}");
        }
        for (lat, lon) in [(28.0, 124.0), (20.0, 300.0), (0.0, 179.95), (-45.0, -120.0)] {
            assert!(is_open_sea(lat, lon), "{lat} {lon}");
        }
    }

    #[test]
    fn the_sea_lies_where_the_map_has_it() {
        for (name, lat, lon, want) in [
            ("Taizhou", 28.66, 121.45, 100.0),
            ("Miami", 25.76, -80.19, 90.0),
            ("San Diego", 32.7, -117.16, 255.0),
            ("Haiphong", 20.85, 106.7, 140.0),
            ("Mobile", 30.3, -88.05, 180.0),
            ("Fukuoka", 33.6, 130.4, 325.0),
            ("Beira", -19.8, 34.9, 130.0),
        ] {
            let place = Position::lat_lon(lat, lon).expect("a position");
            let bearing = sea_bearing_deg(place).unwrap_or(f64::NAN);
            assert!((bearing - want).abs() < 40.0, "{name}: {bearing}, the map says {want}");
        }
        for (lat, lon) in [(39.9, 110.0), (0.0, -150.0), (-25.0, 135.0), (90.0, 0.0)] {
            let place = Position::lat_lon(lat, lon).expect("a position");
            assert_eq!(sea_bearing_deg(place), None, "{lat} {lon}");
        }
    }

    #[test]
    fn winds_decay_as_published() {
        let after = |hours| (0..hours).fold(100.0, |wind, _| an_hour_over_land(wind));
        assert!((after(1) - 93.4).abs() < 0.1 && (after(12) - 50.1).abs() < 0.2, "{} {}", after(1), after(12));
        assert!((an_hour_over_land(20.0) - 20.0).abs() < 1e-12);
    }
}
