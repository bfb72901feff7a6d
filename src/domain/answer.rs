//! What a person says, by link or command: about an alert, or to a proposal.

use serde::{Deserialize, Serialize};

use super::{
    AlertId, AnswerId, Decision, Found, Hush, LetterWord, Outcome, PersonId, PlanWord, Subscription, Timestamp,
};

/// What the person says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnswerKind {
    /// The dealer has been told.
    Told,
    /// The dealer is moving the stock.
    Moving,
    /// The dealer refuses.
    Refused,
    /// It is done.
    Done,
}

impl AnswerKind {
    /// All of them, in the order of the buttons.
    pub const ALL: [Self; 4] = [Self::Told, Self::Moving, Self::Refused, Self::Done];

    /// `told`, `moving`, `refused` or `done`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::Moving => "moving",
            Self::Refused => "refused",
            Self::Done => "done",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What somebody said, as it lies in the store's inbox.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Said {
    /// A word on a proposal.
    Decision(Decision),
    /// A silence, as it is to be.
    Hush(Hush),
    /// Whether a kind of mails is to come.
    Subscription(Subscription),
    /// A season's plan whose switches are to be signed.
    Plan(PlanWord),
    /// What is to become of a notice that was given up.
    Letter(LetterWord),
    /// An answer for an alert.
    Answer(Answer),
}

impl Said {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> &AnswerId {
        match self {
            Self::Decision(decision) => &decision.id,
            Self::Hush(hush) => &hush.id,
            Self::Subscription(word) => &word.id,
            Self::Plan(plan) => &plan.id,
            Self::Letter(word) => &word.id,
            Self::Answer(answer) => &answer.id,
        }
    }

    /// When.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Decision(decision) => decision.at,
            Self::Hush(hush) => hush.at,
            Self::Subscription(word) => word.at,
            Self::Plan(plan) => plan.at,
            Self::Letter(word) => word.at,
            Self::Answer(answer) => answer.at,
        }
    }
}

impl From<Answer> for Said {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}

impl From<Hush> for Said {
    fn from(hush: Hush) -> Self {
        Self::Hush(hush)
    }
}

impl From<Subscription> for Said {
    fn from(word: Subscription) -> Self {
        Self::Subscription(word)
    }
}

impl From<Decision> for Said {
    fn from(decision: Decision) -> Self {
        Self::Decision(decision)
    }
}

impl From<PlanWord> for Said {
    fn from(plan: PlanWord) -> Self {
        Self::Plan(plan)
    }
}

impl From<LetterWord> for Said {
    fn from(word: LetterWord) -> Self {
        Self::Letter(word)
    }
}

/// What a person says about an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Its id: the same press of the same button twice gives the same id.
    pub id: AnswerId,
    /// The alert.
    pub alert: AlertId,
    /// Who; `None` when given on the command line by an operator.
    pub person: Option<PersonId>,
    /// What.
    pub kind: AnswerKind,
    /// The words with it.
    pub note: Option<String>,
    /// When.
    pub at: Timestamp,
    /// What came of the alert, entered after the storm: then `kind` says nothing, and the alert stays as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Found>,
}

impl Answer {
    /// The outcome that the answer brings, when it brings one.
    #[must_use]
    pub fn as_outcome(&self) -> Option<Outcome> {
        let found = self.outcome.clone()?;
        let (id, alert, note, by) = (self.id.clone(), self.alert.clone(), self.note.clone(), self.person.clone());
        Some(Outcome { id, alert, found, note, by, at: self.at })
    }
}
