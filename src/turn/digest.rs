//! Several storms and warnings in one mail: a person's daily digest, and what would be too many mails at once.

use super::House;
use crate::alerts;
use crate::domain::{
    Alert, AlertId, Draft, DraftLine, EventId, Level, Mailbox, PersonId, Reason, Subscription, Timestamp,
};
use crate::notices::{self, DigestNews, FeedsHeard};

impl House<'_> {
    /// Stops a kind of mails to a person, or has it again.
    pub(super) fn take_subscription(&mut self, word: &Subscription) {
        self.answers.push(word.id.clone());
        let line =
            self.line("subscription", word.person.as_str()).with("of", word.kind).with("stopped", word.is_stopped);
        self.timeline.push(line);
        let known = self.state.mailboxes.get(&word.person).cloned();
        let mut mailbox = known.unwrap_or_else(|| Mailbox::new(word.person.clone()));
        if word.is_stopped {
            mailbox.stopped.insert(word.kind);
        } else {
            mailbox.stopped.remove(&word.kind);
        }
        self.put_mailbox(mailbox);
    }

    /// True when a person who wants a daily digest can wait for it with all that there is to say of an event.
    pub(super) fn waits_for_digest(&self, person: &PersonId, changed: &[DraftLine]) -> bool {
        let wants = self.world.portfolio.people.get(person).is_some_and(|person| person.digest.is_some());
        let can_wait = |line: &DraftLine| {
            let level = self.state.alerts.get(&line.alert).map(|alert| told_level(alert, person));
            level.is_some_and(|level| alerts::can_wait(level, &line.reason))
        };
        wants && changed.iter().all(can_wait)
    }

    /// True for what a bundle of mails does not wait for.
    pub(super) fn is_urgent(&self, line: &DraftLine) -> bool {
        let alert = self.state.alerts.get(&line.alert);
        let presses = matches!(line.reason, Reason::Climbed { .. } | Reason::DealerRefused);
        alert.is_some_and(|alert| alert.is_live() && (presses || alert.level == Level::Act))
    }

    /// The day's digest when its hour has come: what was small, or that all is quiet for whoever wants to hear it.
    pub(super) fn tell_digest(&mut self, id: &PersonId, small: std::collections::BTreeMap<EventId, Vec<DraftLine>>) {
        let Some(person) = self.world.portfolio.people.get(id) else { return };
        if !alerts::digest_is_due(person, self.state.mailboxes.get(id), self.now) {
            return;
        }
        let today = alerts::local(person, self.now).date();
        let even_when_quiet = person.digest.is_some_and(|wish| wish.even_when_quiet);
        let lines: Vec<DraftLine> = small.into_values().flatten().collect();
        if !lines.is_empty() || even_when_quiet {
            self.write_bundle(id, lines);
        }
        let known = self.state.mailboxes.get(id).cloned();
        let mailbox = known.unwrap_or_else(|| Mailbox::new(id.clone()));
        self.put_mailbox(Mailbox { digest_day: Some(today), ..mailbox });
    }

    /// One mail of all these lines, whatever they are about.
    pub(super) fn write_bundle(&mut self, person: &PersonId, lines: Vec<DraftLine>) {
        let lines = self.by_urgency(lines);
        let news = DigestNews { lines: &lines, feeds: self.feeds_heard() };
        if lines.is_empty() && news.feeds.is_none() {
            return;
        }
        let composed = match notices::compose_digest(&news, person, &self.desk()) {
            Ok(composed) => composed,
            Err(fault) => return self.note_unwritten(&fault),
        };
        let event = composed.thread.event.clone();
        let draft = Draft { person: person.clone(), event, changed: lines, standing: Vec::new() };
        self.remember(&draft);
        self.note_notice(&composed.notice, &draft);
        self.count_mail(person);
        self.post(composed);
    }

    /// How the feeds are; nothing where none is watched, as in a replay.
    fn feeds_heard(&self) -> Option<FeedsHeard> {
        let answered: Vec<Timestamp> = self
            .world
            .watches
            .iter()
            .filter_map(|watch| self.state.feeds.get(&(watch.feed.clone(), watch.url.clone()))?.ok_at)
            .collect();
        let is_well = |watch: &&crate::domain::FeedWatch| super::trouble(watch, &self.state, self.now).is_none();
        let well = self.world.watches.iter().filter(is_well).count();
        let since = answered.into_iter().min()?;
        Some(FeedsHeard { well, all: self.world.watches.len(), since })
    }

    /// The most urgent first.
    pub(super) fn by_urgency(&self, mut lines: Vec<DraftLine>) -> Vec<DraftLine> {
        let urgency = |line: &DraftLine| {
            let alert = self.state.alerts.get(&line.alert);
            let act_by = alert.and_then(|alert| alert.advice.act_by);
            let id: AlertId = line.alert.clone();
            (std::cmp::Reverse(alert.map(|alert| alert.level)), act_by, id)
        };
        lines.sort_by_key(urgency);
        lines
    }
}

/// The level that matters to a person: an all-clear of what they were told as act is no small thing.
fn told_level(alert: &Alert, person: &PersonId) -> Level {
    alert.told.get(person).map_or(alert.level, |told| told.level.max(alert.level))
}
