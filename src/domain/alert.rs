//! The lifecycle of (rule, event, subject).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Advice, AlertId, EventId, Exposure, PersonId, RuleId, SilenceId, Span, Subject, Timestamp};

/// How near and how bad, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Keep an eye on it.
    Watch,
    /// Get ready.
    Warn,
    /// Do it now.
    Act,
}

impl Level {
    /// `watch`, `warn` or `act`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Watch => "watch",
            Self::Warn => "warn",
            Self::Act => "act",
        }
    }
}

/// Where an alert stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertState {
    /// Nobody has answered.
    Open,
    /// The dealer has been told.
    Acknowledged,
    /// The dealer is doing it.
    Acting,
    /// The dealer will not.
    Refused,
    /// It is done.
    Done,
    /// The danger is over.
    Cleared,
}

/// Why something was sent or not, or a state changed. Stored, shown and tested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum Reason {
    /// The rule matched for the first time.
    FirstMatch,
    /// The level is higher than what the person was last told.
    LevelRose,
    /// The act-by time moved by this many seconds (negative: earlier) since the person was last told.
    ActByMoved {
        /// Seconds; negative is earlier.
        by_s: i64,
    },
    /// Nobody has answered since.
    Unanswered {
        /// The first mail that went unanswered.
        since: Timestamp,
        /// Which reminder this is, from 1.
        reminder: u32,
    },
    /// Whoever hears of it first is away, and this person stands in for them.
    StandsIn {
        /// Who is away.
        of: PersonId,
    },
    /// Reminders went unanswered, so the next person is told.
    Climbed {
        /// Whose silence it was.
        from: PersonId,
    },
    /// The dealer refused, so the next person is told.
    DealerRefused,
    /// A person answered.
    Answered {
        /// As what: `told`, `moving`, `refused`, `done`.
        kind: String,
    },
    /// Nothing has changed since the person was told.
    AlreadyTold,
    /// What doing nothing costs on average has risen by much since the person was last told.
    LossRose {
        /// What they were told.
        from: super::Money,
        /// What it is.
        to: super::Money,
    },
    /// Somebody asked for silence.
    Silenced {
        /// The silence.
        by: SilenceId,
        /// Its end.
        until: Timestamp,
    },
    /// A graver alert about the same place says it all.
    Inhibited {
        /// That alert.
        by: AlertId,
    },
    /// The person sleeps and the level is below act.
    QuietHours {
        /// When they end.
        until: Timestamp,
    },
    /// The wind is here; going out would be dangerous.
    TooDangerous,
    /// The level is lower than what the person was last told; said in the next mail, not by itself.
    LevelFell,
    /// The agency withdrew the warning.
    Cancelled,
    /// The warning ran out.
    Expired,
    /// The storm has passed or turned away.
    DangerOver,
    /// Two events turned out to be one storm.
    Merged {
        /// The event that is told under another's name from now on.
        from: EventId,
    },
}

impl Reason {
    /// The reason's name, as its JSON tag and its key in the texts.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Self::FirstMatch => "first-match",
            Self::LevelRose => "level-rose",
            Self::ActByMoved { .. } => "act-by-moved",
            Self::Unanswered { .. } => "unanswered",
            Self::StandsIn { .. } => "stands-in",
            Self::LossRose { .. } => "loss-rose",
            Self::Silenced { .. } => "silenced",
            Self::Inhibited { .. } => "inhibited",
            Self::Climbed { .. } => "climbed",
            Self::DealerRefused => "dealer-refused",
            Self::Answered { .. } => "answered",
            Self::AlreadyTold => "already-told",
            Self::QuietHours { .. } => "quiet-hours",
            Self::TooDangerous => "too-dangerous",
            Self::LevelFell => "level-fell",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::DangerOver => "danger-over",
            Self::Merged { .. } => "merged",
        }
    }

    /// An act-by time that moved.
    #[must_use]
    pub fn act_by_moved(by: Span) -> Self {
        Self::ActByMoved { by_s: by.as_secs() }
    }
}

/// What one person was last told of one alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// When a mail last named this alert to them.
    pub at: Timestamp,
    /// When they were first told.
    pub first_at: Timestamp,
    /// When they were last asked for an answer: the first mail, or the last that counted as a reminder.
    pub asked_at: Timestamp,
    /// The level they were told.
    pub level: Level,
    /// The act-by they were told.
    pub act_by: Option<Timestamp>,
    /// The state they were told.
    pub state: AlertState,
    /// How many reminders they have had since they were last answered.
    pub reminders: u32,
    /// The chance of 34-kt wind that they were told, 0..=1; `None` without a track.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_34kt: Option<f64>,
    /// The expected loss that they were told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_loss: Option<super::Money>,
}

/// One change of an alert, with its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    /// When.
    pub at: Timestamp,
    /// The state after it.
    pub state: AlertState,
    /// The level after it.
    pub level: Level,
    /// Why.
    pub reason: Reason,
    /// Who, when it was a person.
    pub by: Option<PersonId>,
    /// Their words.
    pub note: Option<String>,
}

/// What was weighed at the height of the danger: kept for the ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Weighing {
    /// When.
    pub at: Timestamp,
    /// The best action that was in time.
    pub action: Option<String>,
    /// Its act-by time.
    pub act_by: Option<Timestamp>,
    /// What it was to cost.
    pub cost: Option<super::Money>,
    /// What doing nothing was to cost on average.
    pub expected_loss: Option<super::Money>,
    /// The chance of 34-kt wind, 0..=1.
    pub p_34kt: Option<f64>,
    /// The chance weighted by damage, 0..=1.
    pub p: Option<f64>,
    /// The chance above which that action paid, 0..=1.
    pub break_even: Option<f64>,
}

/// An alert and all that must be known to continue it after a crash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// Its id: the same (rule, event, subject) gives the same id.
    pub id: AlertId,
    /// The rule that opened it.
    pub rule: RuleId,
    /// The event it is about.
    pub event: EventId,
    /// The subject it is about.
    pub subject: Subject,
    /// How near and how bad, now.
    pub level: Level,
    /// Where it stands.
    pub state: AlertState,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// The newest exposure that mattered.
    pub exposure: Exposure,
    /// The newest advice.
    pub advice: Advice,
    /// Bulletins in a row, each newer than the last, in which the level was lower than the alert's.
    pub lower_in_a_row: u32,
    /// The issue time of the newest bulletin counted in `lower_in_a_row`.
    pub counted: Option<Timestamp>,
    /// What each person was last told.
    pub told: BTreeMap<PersonId, Told>,
    /// The newest changes, oldest first.
    pub history: Vec<Transition>,
    /// The alert that goes on in its place, when its event turned out to be another's storm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<AlertId>,
    /// What was weighed when the expected loss was highest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weighed: Option<Weighing>,
}

impl Alert {
    /// True until the danger is over.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.state != AlertState::Cleared
    }
}
