//! Who is owed a mail: gathered to one a person and event, held in quiet hours, written, remembered.

use std::collections::{BTreeMap, BTreeSet};

use super::House;
use crate::alerts::{self, Owed, Question, Way};
use crate::domain::{
    Alert, AlertId, Draft, DraftLine, EventId, Fault, Level, Mailbox, Notice, NoticeId, PersonId, Place, Reason,
};
use crate::notices::{self, Composed, Desk, NoticeError};

/// What is owed to one person, by event.
type OfPerson = BTreeMap<EventId, Vec<DraftLine>>;

impl House<'_> {
    /// Writes the mails that are owed now: one a storm or warning, or together what would be too many.
    pub(super) fn tell(&mut self) {
        let mut gathered = self.gather();
        let people = self.world.portfolio.people.values();
        for person in people.filter(|person| person.digest.is_some()) {
            gathered.entry(person.id.clone()).or_default();
        }
        for (person, events) in gathered {
            self.tell_person(&person, events);
        }
    }

    fn gather(&self) -> BTreeMap<PersonId, OfPerson> {
        let mut gathered: BTreeMap<PersonId, OfPerson> = BTreeMap::new();
        for alert in self.state.alerts.values() {
            for Owed { person, reason } in self.owed(alert) {
                if let Some(line) = self.sayable(alert, &person, reason) {
                    gathered.entry(person).or_default().entry(alert.event.clone()).or_default().push(line);
                }
            }
        }
        gathered
    }

    fn tell_person(&mut self, person: &PersonId, events: OfPerson) {
        let (small, own): (OfPerson, OfPerson) =
            events.into_iter().partition(|(_, changed)| self.waits_for_digest(person, changed));
        let mut ready: OfPerson = BTreeMap::new();
        for (event, changed) in own {
            if !self.comes_too_soon(person, &event, &changed) && !self.is_asleep(person, &changed) {
                let changed = self.pulled_forward(person, &event, changed);
                ready.insert(event, changed);
            }
        }
        let is_urgent = ready.values().flatten().any(|line| self.is_urgent(line));
        match alerts::way(self.state.mailboxes.get(person), ready.len(), is_urgent, self.now) {
            Way::Each => ready.into_iter().for_each(|(event, changed)| self.write(person, event, changed)),
            Way::Together => self.write_bundle(person, ready.into_values().flatten().collect()),
            Way::NotYet => {}
        }
        self.tell_digest(person, small);
    }

    fn owed(&self, alert: &Alert) -> Vec<Owed> {
        let (portfolio, ladder, now) = (self.world.portfolio, &self.ladder(alert), self.now);
        let rule = self.world.rules.rule(&alert.rule);
        let audience =
            rule.map(|rule| alerts::audience(&rule.audience, &alert.subject, portfolio, now)).unwrap_or_default();
        alerts::owed(&Question { alert, audience: &audience, portfolio, ladder, now })
    }

    /// True while the last mail of the thread is too fresh for what there is to say.
    fn comes_too_soon(&self, person: &PersonId, event: &EventId, changed: &[DraftLine]) -> bool {
        let last = self.state.threads.get(&(person.clone(), event.clone())).map(|thread| thread.last_at);
        let is_open = || self.told_of(person, event).any(|alert| alert.level >= Level::Warn);
        let so_far = match last {
            None => alerts::SoFar::Nothing,
            Some(last) if is_open() => alerts::SoFar::Open(last),
            Some(last) => alerts::SoFar::Over(last),
        };
        let may_go = |line: &DraftLine| {
            let alert = self.state.alerts.get(&line.alert);
            alert.is_some_and(|alert| alerts::not_before(alert, &line.reason, so_far, self.now) <= self.now)
        };
        !changed.iter().any(may_go)
    }

    /// Below the rule's level a person's night is kept; what is owed stays owed till morning.
    fn is_asleep(&self, person: &PersonId, changed: &[DraftLine]) -> bool {
        let Some(person) = self.world.portfolio.people.get(person) else { return false };
        let Some(morning) = alerts::quiet_until(person, self.now) else { return false };
        let wakes = |line: &DraftLine| {
            let Some(alert) = self.state.alerts.get(&line.alert) else { return false };
            // Asking again can wait for the morning when the deadline does.
            let is_reminder = matches!(line.reason, Reason::Unanswered { .. } | Reason::Climbed { .. });
            let can_wait = is_reminder && alert.advice.act_by.is_none_or(|act_by| act_by > morning);
            alert.is_live() && alert.level >= self.ladder(alert).quiet_below && !can_wait
        };
        !changed.iter().any(wakes)
    }

    fn pulled_forward(&self, person: &PersonId, event: &EventId, mut changed: Vec<DraftLine>) -> Vec<DraftLine> {
        for alert in self.told_of(person, event) {
            if changed.iter().any(|line| line.alert == alert.id) {
                continue;
            }
            let told = alert.told.get(person);
            let reason =
                told.and_then(|told| alerts::early_reminder(alert, person, told, &self.ladder(alert), self.now));
            changed.extend(reason.and_then(|reason| self.sayable(alert, person, reason)));
        }
        self.by_urgency(changed)
    }

    /// The line that says why an alert is spoken of to a person; nothing while it is held back from them.
    fn sayable(&self, alert: &Alert, person: &PersonId, reason: Reason) -> Option<DraftLine> {
        self.held(alert, person).is_none().then(|| DraftLine { alert: alert.id.clone(), reason })
    }

    /// Live alerts of an event that the person has been told of.
    fn told_of(&self, person: &PersonId, event: &EventId) -> impl Iterator<Item = &Alert> {
        let alerts = self.state.alerts.values();
        alerts.filter(move |alert| alert.event == *event && alert.is_live() && alert.told.contains_key(person))
    }

    fn write(&mut self, person: &PersonId, event: EventId, changed: Vec<DraftLine>) {
        let named: BTreeSet<AlertId> = changed.iter().map(|line| line.alert.clone()).collect();
        let standing: Vec<AlertId> =
            self.told_of(person, &event).map(|alert| alert.id.clone()).filter(|id| !named.contains(id)).collect();
        let draft = Draft { person: person.clone(), event: event.clone(), changed, standing };
        let desk = self.desk();
        let thread = self.state.threads.get(&(person.clone(), event));
        let composed = match notices::compose(&draft, thread, &desk) {
            Ok(composed) => composed,
            Err(fault) => return self.note_unwritten(&fault),
        };
        let further = self.further(&draft, &composed);
        self.remember(&draft);
        self.note_notice(&composed.notice, &draft);
        self.count_mail(person);
        self.post(composed);
        for notice in further {
            self.note_notice(&notice, &draft);
            self.notices.push(notice);
        }
    }

    /// The same in a few lines on the person's further channels, when mail alone has not helped or is too slow.
    fn further(&self, draft: &Draft, composed: &Composed) -> Vec<Notice> {
        let asked = |line: &DraftLine| {
            let alert = self.state.alerts.get(&line.alert)?;
            Some(alerts::further_channels(alert, &line.reason, &self.ladder(alert), self.now))
        };
        let count = draft.changed.iter().filter_map(asked).max().unwrap_or(0);
        let channels = self.world.portfolio.people.get(&draft.person).map(|person| person.channels.as_slice());
        let mail = &composed.notice;
        let copy = |channel: &String| {
            let id = NoticeId::new(format!("{}.{channel}", mail.id));
            let domain = &self.world.letterhead.sender_domain;
            Notice {
                message_id: format!("<{id}@{domain}>"),
                id,
                channel: channel.clone(),
                text: composed.short.clone(),
                html: String::new(),
                attachments: Vec::new(),
                references: Vec::new(),
                ..mail.clone()
            }
        };
        channels.unwrap_or_default().iter().take(count).map(copy).collect()
    }

    /// A mail that is written goes into its thread and the outbox.
    pub(super) fn post(&mut self, composed: Composed) {
        let Composed { notice, thread, faults, .. } = composed;
        self.faults.extend(faults);
        self.state.threads.insert((thread.person.clone(), thread.event.clone()), thread.clone());
        self.threads.push(thread);
        self.notices.push(notice);
    }

    pub(super) fn note_unwritten(&mut self, fault: &NoticeError) {
        self.faults.push(Fault::fatal(Place::default(), format!("no mail could be written: {fault}")));
    }

    pub(super) fn count_mail(&mut self, person: &PersonId) {
        let known = self.state.mailboxes.remove(person);
        let mut mailbox = known.unwrap_or_else(|| Mailbox::new(person.clone()));
        mailbox.note(self.now);
        self.put_mailbox(mailbox);
    }

    pub(super) fn put_mailbox(&mut self, mailbox: Mailbox) {
        self.mailboxes.insert(mailbox.person.clone());
        self.state.mailboxes.insert(mailbox.person.clone(), mailbox);
    }

    /// What mails are written from.
    pub(super) fn desk(&self) -> Desk<'_> {
        let letterhead = self.world.letterhead;
        Desk {
            portfolio: self.world.portfolio,
            state: &self.state,
            texts: self.world.texts,
            sender_domain: &letterhead.sender_domain,
            sender: letterhead.sender.as_deref(),
            base_url: letterhead.base_url.as_deref(),
            link_key: &letterhead.link_key,
            link_life: letterhead.link_life,
            lang_override: letterhead.language,
            album: &letterhead.album,
            now: self.now,
            silence: &self.silence,
        }
    }

    pub(super) fn remember(&mut self, draft: &Draft) {
        for line in &draft.changed {
            let Some(mut alert) = self.state.alerts.get(&line.alert).cloned() else { continue };
            if let Reason::Climbed { .. } | Reason::DealerRefused = line.reason {
                self.note_escalation(&alert, &draft.person, &line.reason);
            }
            let ladder = self.ladder(&alert);
            alerts::tell(&mut alert, &draft.person, &line.reason, &ladder, self.now);
            self.put_alert(alert);
        }
        for id in &draft.standing {
            let Some(mut alert) = self.state.alerts.get(id).cloned() else { continue };
            alerts::show(&mut alert, &draft.person);
            self.put_alert(alert);
        }
    }
}
