//! How a rule wants its alerts told, repeated, climbed and cleared.

use super::pace::LAST_HOURS;
use crate::domain::{Level, Span, Timestamp, hours, hours_between};
use crate::rules::{ClimbTo, Rule};

/// The part of a rule that the alert's life hangs on.
#[derive(Debug, Clone, PartialEq)]
pub struct Ladder {
    /// Hours until each reminder; the last repeats.
    pub remind_h: Vec<f64>,
    /// Reminders by mail alone; each later one goes out on one more of the person's further channels as well.
    pub channel_after: u32,
    /// Unanswered reminders after which the next person is told.
    pub climb_after: u32,
    /// Who that is.
    pub climb_to: ClimbTo,
    /// Levels below this respect quiet hours.
    pub quiet_below: Level,
    /// Hours by which an act-by time must move to be told.
    pub act_by_moved_h: f64,
    /// The share by which the expected loss must rise to be told: 0.5 is half as much again.
    pub loss_rose: f64,
    /// Bulletins in a row, each newer, at a lower level or none, before the alert believes it.
    pub clear_after: u32,
}

/// No reminder follows the last sooner than this, however near the deadline.
const SHORTEST_H: f64 = 2.0;
/// From this many hours before the act-by time on, reminders shorten.
pub(super) const NEAR_HOURS: f64 = 12.0;

impl Ladder {
    /// The ladder of a rule.
    pub fn of(rule: &Rule) -> Self {
        Self {
            remind_h: rule.ladder.remind_h.clone(),
            channel_after: rule.ladder.channel_after,
            climb_after: rule.ladder.climb_after,
            climb_to: rule.ladder.climb_to,
            quiet_below: rule.quiet_below,
            act_by_moved_h: rule.act_by_moved_h,
            loss_rose: rule.loss_rose,
            clear_after: rule.clear_after,
        }
    }

    /// The ladder of alerts whose rule is no longer in the folder: nothing is asked any more, and whoever was told
    /// still hears when the danger is over.
    pub fn of_a_rule_gone() -> Self {
        Self {
            remind_h: Vec::new(),
            channel_after: u32::MAX,
            climb_after: u32::MAX,
            climb_to: ClimbTo::ReportsTo,
            quiet_below: Level::Act,
            act_by_moved_h: f64::INFINITY,
            loss_rose: f64::INFINITY,
            clear_after: 2,
        }
    }

    /// When the next reminder is due to a person last asked at `asked_at`, after `reminders` of them. In the
    /// last hours before the act-by time the wait shortens to half the time that was left.
    ///
    /// The reminder that goes out with the climb is the last of the ladder: the next person knows then, and whoever was
    /// silent through all of it is called once more, in the last hours before the act-by time. A deadline that moves away
    /// with each forecast makes a new last call twice a day at most.
    pub fn next_reminder(&self, asked_at: Timestamp, reminders: u32, act_by: Option<Timestamp>) -> Option<Timestamp> {
        if reminders > self.climb_after {
            let act_by = act_by?;
            let call = act_by.checked_sub(hours(LAST_HOURS)).ok()?;
            let call = call.max(asked_at.checked_add(hours(NEAR_HOURS)).ok()?);
            return (call < act_by).then_some(call);
        }
        let index = usize::try_from(reminders).unwrap_or(usize::MAX);
        let planned = self.remind_h.get(index).or(self.remind_h.last()).copied()?;
        let left =
            act_by.map(|act_by| hours_between(asked_at, act_by)).filter(|left| (0.0..=NEAR_HOURS).contains(left));
        let wait = left.map_or(planned, |left| planned.min(left / 2.0).max(SHORTEST_H));
        asked_at.checked_add(hours(wait)).ok()
    }

    /// The amount as a span.
    pub fn act_by_moved(&self) -> Span {
        hours(self.act_by_moved_h)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(reminders: u32, act_by: Option<&str>, want: Option<&str>) {
        let ladder = Ladder {
            remind_h: vec![12.0, 6.0, 3.0],
            channel_after: 1,
            climb_after: 2,
            climb_to: ClimbTo::ReportsTo,
            quiet_below: Level::Act,
            act_by_moved_h: 3.0,
            loss_rose: 1.0,
            clear_after: 2,
        };
        let told: Timestamp = "2004-08-10T00:00:00Z".parse().expect("a time");
        let act_by = act_by.map(|text| text.parse().expect("a time"));
        let next = ladder.next_reminder(told, reminders, act_by).map(|at| at.to_string());
        assert_eq!(next.as_deref(), want, "after {reminders}, act by {act_by:?}");
    }

    #[test]
    fn reminders_shorten() {
        check(0, None, Some("2004-08-10T12:00:00Z"));
        check(1, None, Some("2004-08-10T06:00:00Z"));
        check(2, None, Some("2004-08-10T03:00:00Z"));
        check(0, Some("2004-08-10T08:00:00Z"), Some("2004-08-10T04:00:00Z"));
        check(0, Some("2004-08-10T00:30:00Z"), Some("2004-08-10T02:00:00Z"));
        check(0, Some("2004-08-09T00:00:00Z"), Some("2004-08-10T12:00:00Z"));
    }

    #[test]
    fn after_the_climb_there_is_one_last_call() {
        check(3, None, None);
        check(3, Some("2004-08-12T00:00:00Z"), Some("2004-08-11T20:00:00Z"));
        check(9, Some("2004-08-12T00:00:00Z"), Some("2004-08-11T20:00:00Z"));
        check(3, Some("2004-08-10T14:00:00Z"), Some("2004-08-10T12:00:00Z"));
        // Asked half a day before already.
        check(3, Some("2004-08-10T12:00:00Z"), None);
        check(3, Some("2004-08-09T00:00:00Z"), None);
    }
}
