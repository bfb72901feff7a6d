//! The numbers of the ensemble that are no agency's statistics. `docs/probabilities.md` tells them with their sources.

/// All of them in one place, so that a test can turn one.
#[derive(Debug, Clone, PartialEq)]
pub struct Physics {
    /// How many possible storms there are: [`MEMBERS`](super::MEMBERS), or fewer for whoever plays thousands of days and
    /// needs no third digit of a chance.
    pub members: usize,
    /// Errors along the motion over those across it, of a storm that moves at 10 kt or more.
    pub along_over_cross: f64,
    /// The errors over the published ones.
    pub track_width: f64,
    /// How much of a track error is left after twelve hours.
    pub track_memory: f64,
    /// The same for the error of the wind.
    pub wind_memory: f64,
    /// What part of the distance from a forecast wind to the mean storm's is taken back in five days.
    pub wind_towards_mean: f64,
    /// The mean storm's wind in knots.
    pub wind_mean_kt: f64,
    /// How fast a storm regains its wind over water, knots an hour.
    pub recovery_kt_h: f64,
    /// How fast a storm that has come ashore as forecast goes to its forecast wind, share an hour.
    pub inland_pull: f64,
    /// Storms weaker than this have ended.
    pub wind_least_kt: f64,
    /// No storm is stronger.
    pub wind_most_kt: f64,
    /// The asymmetry over the climatological one.
    pub asymmetry: f64,
    /// How much of the wave in the agency's radii round their mean is kept.
    pub lean: f64,
    /// The size where the agency gives radii, over them.
    pub given_size: f64,
    /// The size where it gives none, over the climatological one.
    pub climate_size: f64,
    /// After how many hours a share 1/e of the agency's radii still counts.
    pub radii_memory_h: f64,
    /// An agency's radii are at most so many times the climatological ones.
    pub ratio_max: f64,
    /// The standard deviation of the logarithm of the size, at the analysis and after five days.
    pub size_sigma: (f64, f64),
    /// How much of an error of the size is left after twelve hours.
    pub size_memory: f64,
}

impl Physics {
    /// Those of `docs/probabilities.md`.
    pub const DOCUMENTED: Self = Self {
        members: super::MEMBERS,
        along_over_cross: 1.0,
        track_width: 1.3,
        track_memory: 0.9,
        wind_memory: 0.95,
        wind_towards_mean: 0.35,
        wind_mean_kt: 63.0,
        recovery_kt_h: 1.0,
        inland_pull: 0.35,
        wind_least_kt: 18.0,
        wind_most_kt: 170.0,
        asymmetry: 0.8,
        lean: 0.9,
        given_size: 0.95,
        climate_size: 0.9,
        radii_memory_h: 26.0,
        ratio_max: 20.0,
        size_sigma: (0.05, 0.6),
        size_memory: 0.6,
    };
}

impl Default for Physics {
    fn default() -> Self {
        Self::DOCUMENTED
    }
}
