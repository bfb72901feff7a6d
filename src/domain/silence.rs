//! A silence: what need not be told for a while, by whose word and why.

use serde::{Deserialize, Serialize};

use super::{Alert, AnswerId, DealerId, EventId, Level, PersonId, RuleId, SilenceId, Span, Timestamp};

/// No silence is longer: nothing is quiet for ever because somebody forgot it.
pub const SILENCE_MAX: Span = Span::from_hours(30 * 24);

/// Why a silence cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoSilence {
    /// It covers everything, or nothing.
    #[error("a silence must say what it covers\nhint: name an event, a subject, a dealer, a rule or a person")]
    CoversNothing,
    /// It gives no reason.
    #[error("a silence needs a reason\nhint: whoever wonders why no mail comes will read it")]
    NoReason,
    /// It ends before it begins.
    #[error("the silence ends at {until}, before it begins at {from}")]
    Backwards {
        /// Its beginning.
        from: Timestamp,
        /// Its end.
        until: Timestamp,
    },
    /// It is too long.
    #[error("a silence of more than 30 days is not kept\nhint: renew it when it ends, if it is still meant")]
    TooLong,
}

/// What a silence covers: all that is given must agree. One that gives nothing covers nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    /// Mails about this alert's event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventId>,
    /// About this site or lane, by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// About this dealer's sites.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dealer: Option<DealerId>,
    /// By this rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleId>,
    /// To this person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
}

/// A word that something is known and need not be told until an instant. Nothing is lost by it: what is owed then is
/// told when it ends. Level act breaks it unless it was meant to hold that too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// Its id.
    pub id: SilenceId,
    /// What it covers.
    pub covers: Covered,
    /// Whether it holds level act too.
    #[serde(default)]
    pub even_act: bool,
    /// Whose word it is; `None` is an operator's on the command line.
    pub author: Option<PersonId>,
    /// Why.
    pub reason: String,
    /// Its first instant.
    pub from: Timestamp,
    /// Its end; one ended early has the instant of that here.
    pub until: Timestamp,
}

/// A person's word that a silence is so from now on: a new one, or a known one that is changed or ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hush {
    /// The id of the word, so that it is heard once.
    pub id: AnswerId,
    /// The silence as it is to be.
    pub silence: Silence,
    /// When it was said.
    pub at: Timestamp,
}

impl Covered {
    /// True when it names nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// True when mails about the alert to the person are covered.
    #[must_use]
    pub fn covers(&self, alert: &Alert, person: &PersonId) -> bool {
        fn agrees<T: PartialEq>(wanted: Option<&T>, given: Option<&T>) -> bool {
            wanted.is_none() || wanted == given
        }
        !self.is_empty()
            && agrees(self.event.as_ref(), Some(&alert.event))
            && self.subject.as_ref().is_none_or(|subject| *subject == alert.subject.id)
            && agrees(self.dealer.as_ref(), alert.subject.dealer.as_ref())
            && agrees(self.rule.as_ref(), Some(&alert.rule))
            && agrees(self.person.as_ref(), Some(person))
    }
}

impl Silence {
    /// Whether it may be kept. One that is ended (its end is not after its beginning any more than now) may.
    ///
    /// # Errors
    /// With what must be mended.
    pub fn check(&self) -> Result<(), NoSilence> {
        let Self { from, until, .. } = *self;
        if self.covers.is_empty() {
            Err(NoSilence::CoversNothing)
        } else if self.reason.trim().is_empty() {
            Err(NoSilence::NoReason)
        } else if until < from {
            Err(NoSilence::Backwards { from, until })
        } else if until.duration_since(from) > SILENCE_MAX {
            Err(NoSilence::TooLong)
        } else {
            Ok(())
        }
    }

    /// True when it holds back a mail about the alert to the person at an instant.
    #[must_use]
    pub fn holds(&self, alert: &Alert, person: &PersonId, now: Timestamp) -> bool {
        let is_on = self.from <= now && now < self.until;
        is_on && (self.even_act || alert.level < Level::Act || !alert.is_live()) && self.covers.covers(alert, person)
    }
}
