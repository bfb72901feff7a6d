//! Draws that are the same on every run and for every number of threads.

/// `SplitMix64` (Steele, Lea & Flood 2014, OOPSLA): a counter and a mixing function. A stream a member, so that a
/// member's draws do not hang on which thread makes it.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

/// The golden ratio's odd 64-bit fraction, the paper's step.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

impl Random {
    /// The stream of a number.
    pub(super) fn new(stream: u64) -> Self {
        // Streams that begin at neighbouring numbers would be the same draws a step apart: mix first.
        Self(mixed(stream.wrapping_mul(STEP) ^ 0x5EA3_A11D_0000_2009))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mixed(self.0)
    }

    /// Evenly within 0..1, neither end among them.
    pub(super) fn uniform(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// A standard normal draw: Box & Muller 1958 (Ann. Math. Statist. 29:610), the cosine alone.
    pub(super) fn normal(&mut self) -> f64 {
        let (radius, turn) = (self.uniform(), self.uniform());
        (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * turn).cos()
    }

    /// The inverse of a chi draw of eight degrees of freedom over its mean, so that its own mean is 1. Normal draws
    /// times one of these are Student's t draws of eight degrees: their tails are fatter, their mean size is the same.
    pub(super) fn fat(&mut self) -> f64 {
        /// E(1/chi) of 8 degrees: Γ(7/2) / (√2 Γ(4)).
        const MEAN: f64 = 0.391_663;
        let product = self.uniform() * self.uniform() * self.uniform() * self.uniform();
        1.0 / (MEAN * (-2.0 * product.ln()).sqrt())
    }
}

fn mixed(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(draw: impl Fn(&mut Random) -> f64) -> (f64, f64) {
        let draws: Vec<f64> = (0..20_000).map(|stream| draw(&mut Random::new(stream))).collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        (mean, draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / draws.len() as f64)
    }

    /// The first draws of neighbouring streams, which is how they are used.
    #[test]
    fn draws_have_the_moments_they_should() {
        let (mean, variance) = moments(Random::normal);
        assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.03, "{mean} {variance}");
        let (mean, variance) = moments(Random::uniform);
        assert!((mean - 0.5).abs() < 0.01 && (variance - 1.0 / 12.0).abs() < 0.003, "{mean} {variance}");
        let (mean, _) = moments(Random::fat);
        assert!((mean - 1.0).abs() < 0.01, "{mean}");
    }

    #[test]
    fn a_stream_is_always_the_same() {
        let draws = |stream| {
            let mut random = Random::new(stream);
            [random.next(), random.next()]
        };
        assert_eq!(draws(7), draws(7));
        assert_ne!(draws(7), draws(8));
    }
}
