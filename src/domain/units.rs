//! Units that can be swapped get a type; a wind carries its averaging period.

use serde::{Deserialize, Serialize};

/// One international nautical mile in kilometres, exactly (BIPM, SI Brochure 8th ed., table 8).
pub const NMI_KM: f64 = 1.852;
/// One knot in metres a second: 1852 m an hour, exactly.
pub const MS_PER_KNOT: f64 = 1852.0 / 3600.0;

/// A speed in knots.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Knots(pub f64);

/// A distance in kilometres.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Km(pub f64);

/// The minutes over which an agency averages its sustained wind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Averaging {
    /// JTWC, NHC, CPHC.
    OneMinute,
    /// CMA.
    TwoMinutes,
    /// IMD.
    ThreeMinutes,
    /// JMA, HKO and most others.
    TenMinutes,
}

impl Averaging {
    /// The period in minutes, as `averaging_min` of the public contract.
    #[must_use]
    pub fn minutes(self) -> u8 {
        match self {
            Self::OneMinute => 1,
            Self::TwoMinutes => 2,
            Self::ThreeMinutes => 3,
            Self::TenMinutes => 10,
        }
    }

    /// The period from its minutes, when an agency that we know uses it.
    #[must_use]
    pub fn from_minutes(minutes: u8) -> Option<Self> {
        match minutes {
            1 => Some(Self::OneMinute),
            2 => Some(Self::TwoMinutes),
            3 => Some(Self::ThreeMinutes),
            10 => Some(Self::TenMinutes),
            _ => None,
        }
    }

    /// What a wind of this period is multiplied by to become a 1-minute wind, at sea.
    ///
    /// 10-minute: 1/0.93 (Harper, Kepert & Ginger 2010, WMO/TD-1555, table 1.1, at sea).
    /// 2-minute: 1/0.97 and 3-minute: 1/0.96 are guesses on that table's scale; the paper gives no such rows.
    #[must_use]
    pub fn to_one_minute(self) -> f64 {
        match self {
            Self::OneMinute => 1.0,
            Self::TwoMinutes => 1.0 / 0.97,
            Self::ThreeMinutes => 1.0 / 0.96,
            Self::TenMinutes => 1.0 / 0.93,
        }
    }
}

impl Serialize for Averaging {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.minutes())
    }
}

impl<'de> Deserialize<'de> for Averaging {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let minutes = u8::deserialize(deserializer)?;
        Self::from_minutes(minutes)
            .ok_or_else(|| serde::de::Error::custom(format!("averaging_min {minutes} is not 1, 2, 3 or 10")))
    }
}

/// A sustained wind with its averaging period. Compare two through [`Wind::on`] only.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wind {
    speed: Knots,
    averaging: Averaging,
}

impl Wind {
    /// A wind as an agency gave it.
    #[must_use]
    pub fn new(speed: Knots, averaging: Averaging) -> Self {
        Self { speed, averaging }
    }

    /// The same wind on another averaging period.
    ///
    /// ```
    /// # use seawall::domain::{Averaging, Knots, Wind};
    /// let jma = Wind::new(Knots(80.0), Averaging::TenMinutes);
    /// assert!((jma.on(Averaging::OneMinute).0 - 86.02).abs() < 0.01);
    /// ```
    #[must_use]
    pub fn on(self, basis: Averaging) -> Knots {
        Knots(self.speed.0 * self.averaging.to_one_minute() / basis.to_one_minute())
    }
}
