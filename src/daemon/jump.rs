//! Whether the clock was set between two turns. Pure: both readings of both clocks are arguments.

use std::time::Duration;

use crate::domain::{ClockJump, Span, Timestamp};

/// A clock that is put forward by less is only said to be a little late; time services step by less. A guess.
const FORWARD: Span = Span::from_mins(5);
/// A clock that is put back by less disturbs nothing that people see. A guess.
const BACK: Span = Span::from_mins(1);

/// What both clocks showed at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reading {
    /// The clock that people set.
    pub(super) wall: Timestamp,
    /// The clock that nobody sets; only differences mean anything.
    pub(super) steady: Duration,
}

/// The jump between two readings, if the clock did not go on as time did. A machine that slept looks like a clock that was
/// put forward, and is one for us: nobody was warned meanwhile.
pub(super) fn jump(before: Reading, now: Reading) -> Option<ClockJump> {
    let passed = Span::try_from(now.steady.saturating_sub(before.steady)).unwrap_or(Span::MAX);
    let expected = before.wall.checked_add(passed).ok()?;
    let by = now.wall.duration_since(expected);
    let is_jump = by > FORWARD || by < -BACK;
    is_jump.then_some(ClockJump { expected, shown: now.wall })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(wall_s: i64, steady_s: u64) -> Reading {
        let wall = Timestamp::from_second(1_000_000 + wall_s).expect("in range");
        Reading { wall, steady: Duration::from_secs(steady_s) }
    }

    #[test]
    fn which_differences_are_jumps() {
        for (wall_s, steady_s, want) in [
            // Time alone.
            (0, 0, None),
            (60, 60, None),
            (86_400 * 30, 86_400 * 30, None),
            // A little fast, a little slow.
            (360, 60, None),
            (361, 60, Some(301)),
            (0, 60, None),
            (-1, 60, Some(-61)),
            // Set by hand, or the machine slept.
            (86_400, 60, Some(86_340)),
            (-86_400, 60, Some(-86_460)),
        ] {
            let found = jump(reading(0, 0), reading(wall_s, steady_s));
            assert_eq!(found.map(|jump| jump.by().as_secs()), want, "{wall_s} s by the wall, {steady_s} s in truth");
        }
        let jump = jump(reading(0, 10), reading(7_200, 70)).expect("a jump");
        assert_eq!((jump.expected, jump.shown), (reading(60, 0).wall, reading(7_200, 0).wall));
    }
}
