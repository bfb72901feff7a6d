//! A place on the earth. The only way in is [`Position::lat_lon`], so that the two cannot be swapped.

use serde::{Deserialize, Serialize};

/// Degrees of latitude (north positive) and longitude (east positive, −180..=180), WGS84.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Position {
    lat: f64,
    lon: f64,
}

/// Why two numbers are no position.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PositionError {
    /// Latitude outside −90..=90, or no number.
    #[error("latitude {0} is not within -90..90 (are latitude and longitude swapped?)")]
    Latitude(f64),
    /// Longitude outside −360..=360, or no number.
    #[error("longitude {0} is not within -180..180 or 0..360")]
    Longitude(f64),
}

impl Position {
    /// A position from latitude and longitude; longitudes of 180..=360 are taken as west.
    ///
    /// # Errors
    /// When either is out of range or no number.
    ///
    /// ```
    /// # use seawall::domain::Position;
    /// let honolulu = Position::lat_lon(21.3, 202.1).unwrap();
    /// assert!((honolulu.lon() - -157.9).abs() < 1e-9);
    /// assert!(Position::lat_lon(121.4, 28.7).is_err());
    /// ```
    pub fn lat_lon(lat: f64, lon: f64) -> Result<Self, PositionError> {
        if !(-90.0..=90.0).contains(&lat) {
            return Err(PositionError::Latitude(lat));
        }
        if !(-360.0..=360.0).contains(&lon) {
            return Err(PositionError::Longitude(lon));
        }
        Ok(Self { lat, lon: wrap(lon) })
    }

    /// Degrees north.
    #[must_use]
    pub fn lat(self) -> f64 {
        self.lat
    }

    /// Degrees east, −180..=180.
    #[must_use]
    pub fn lon(self) -> f64 {
        self.lon
    }
}

fn wrap(lon: f64) -> f64 {
    if lon > 180.0 {
        lon - 360.0
    } else if lon < -180.0 {
        lon + 360.0
    } else {
        lon
    }
}
