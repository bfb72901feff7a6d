//! Chance that a seed decides: `SplitMix64` (Steele, Lea & Flood 2014, OOPSLA, figure 17).

/// A row of numbers that looks like chance.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A whole number from `from` up to, not including, `to`.
    pub(crate) fn between(&mut self, from: i64, to: i64) -> i64 {
        let width = u64::try_from(to - from).expect("from is below to");
        from + i64::try_from(self.next() % width).expect("less than the width")
    }

    /// True so many times in a hundred.
    pub(crate) fn percent(&mut self, chance: i64) -> bool {
        self.between(0, 100) < chance
    }

    /// A number of the normal distribution with mean 0 and deviation 1 (Box & Muller 1958, Ann. Math. Stat. 29:610).
    pub(crate) fn normal(&mut self) -> f64 {
        let mut share = || (f64::from(u32::try_from(self.next() >> 32).expect("32 bits")) + 0.5) / 4_294_967_296.0;
        let (radius, angle) = (share(), share());
        (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
    }

    /// Another row, for somebody else.
    pub(crate) fn another(&mut self) -> Self {
        Self(self.next())
    }
}
