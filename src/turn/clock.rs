//! The clock was set: what was written down ahead of it is put right, and the operators are told.

use super::House;
use crate::alerts;
use crate::domain::{Alert, ClockJump, EventId, Mailbox, PersonId, Role, Span, Thread};
use crate::notices;

/// A clock that jumps to and fro is told this often and no more; the journal has each jump.
const PAUSE: Span = Span::from_hours(1);

impl House<'_> {
    /// Deadlines are instants and need nothing: from now on they are reckoned by the new time.
    pub(super) fn take_jump(&mut self, jump: &ClockJump) {
        let line = self
            .line("clock", "jump")
            .with("expected", jump.expected)
            .with("shown", jump.shown)
            .with("by_s", jump.by().as_secs());
        self.timeline.push(line);
        self.put_back();
        let operators: Vec<PersonId> =
            self.world.portfolio.people_with(Role::Operator).map(|person| person.id.clone()).collect();
        for operator in operators.iter().filter(|person| !self.was_told_of_the_clock(person)).collect::<Vec<_>>() {
            match notices::compose_clock(jump, operator, &self.desk()) {
                Ok(composed) => {
                    self.note_feed_notice(&composed.notice);
                    self.post(composed);
                }
                Err(fault) => self.note_unwritten(&fault),
            }
        }
    }

    fn was_told_of_the_clock(&self, person: &PersonId) -> bool {
        let thread = self.state.threads.get(&(person.clone(), EventId::new(notices::CLOCK)));
        thread.is_some_and(|thread| self.now.duration_since(thread.last_at) < PAUSE)
    }

    /// What bears an instant that has not come yet was written by a clock that was wrong. Left so, reminders and the pace of
    /// mails would wait for it.
    fn put_back(&mut self) {
        let now = self.now;
        let alerts = self.state.alerts.values();
        let alerts: Vec<Alert> = alerts.filter_map(|alert| alerts::put_back(alert, now)).collect();
        for alert in alerts {
            self.put_alert(alert);
        }
        let ahead = self.state.threads.values().filter(|thread| thread.last_at > now);
        let threads: Vec<Thread> = ahead.map(|thread| Thread { last_at: now, ..thread.clone() }).collect();
        for thread in threads {
            self.state.threads.insert((thread.person.clone(), thread.event.clone()), thread.clone());
            self.threads.push(thread);
        }
        let mailboxes: Vec<Mailbox> =
            self.state.mailboxes.values().filter_map(|mailbox| mailbox.put_back(now)).collect();
        for mailbox in mailboxes {
            self.put_mailbox(mailbox);
        }
    }
}
