//! One alert in the ledger.

use serde::Serialize;

use crate::domain::{
    Alert, AlertId, AlertState, DealerId, EventId, Found, Level, Money, Outcome, PersonId, Portfolio, Reason, RuleId,
    Subject, Timestamp,
};

/// Whether warning and acting were right, by what was known then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Judgement {
    /// It came.
    Hit,
    /// It did not come, and acting was right all the same: the chance was above break-even.
    FalseButRight,
    /// It did not come, and the chance was below break-even.
    FalseAndPoor,
    /// It did not come; cost or value were not known, so that there is no break-even.
    False,
    /// Nobody entered what came.
    Unknown,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Said {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Option<PersonId>,
    /// `told`, `moving`, `refused` or `done`.
    pub kind: String,
    /// The dealer's words.
    pub note: Option<String>,
}

/// One alert: what was warned, answered, done, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// The alert.
    pub alert: AlertId,
    /// Its event.
    pub event: EventId,
    /// Its rule.
    pub rule: RuleId,
    /// Its subject.
    pub subject: Subject,
    /// Whose it is.
    pub dealer: Option<DealerId>,
    /// The dealer's account manager.
    pub manager: Option<PersonId>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When a person was first told; `None` when nobody was.
    pub warned_at: Option<Timestamp>,
    /// When it was cleared.
    pub cleared_at: Option<Timestamp>,
    /// The highest level that it had.
    pub level: Level,
    /// Where it stands.
    pub state: AlertState,
    /// The last answer of a person before the all-clear, as a state: acknowledged, acting, refused, done.
    pub answer: Option<AlertState>,
    /// People's answers, oldest first.
    pub answers: Vec<Said>,
    /// The best action that was advised at the height of the danger.
    pub action: Option<String>,
    /// Its act-by time.
    pub act_by: Option<Timestamp>,
    /// What it was to cost.
    pub cost: Option<Money>,
    /// What doing nothing was to cost on average.
    pub expected_loss: Option<Money>,
    /// The chance of 34-kt wind at that time, 0..=1.
    pub p_34kt: Option<f64>,
    /// The chance weighted by damage, 0..=1.
    pub p: Option<f64>,
    /// Above which chance acting paid.
    pub break_even: Option<f64>,
    /// What a person entered; all `None` when nobody did.
    pub found: Found,
    /// The words with it.
    pub note: Option<String>,
    /// Who entered it.
    pub found_by: Option<PersonId>,
    /// Whether it was right.
    pub judgement: Judgement,
}

impl Entry {
    /// The row of an alert.
    pub(super) fn of(alert: &Alert, outcome: Option<&Outcome>, portfolio: &Portfolio) -> Self {
        let dealer = alert.subject.dealer.clone();
        let manager = dealer.as_ref().and_then(|id| portfolio.manager_of(id)).map(|person| person.id.clone());
        let weighed = alert.weighed.as_ref();
        let found = outcome.map(|outcome| outcome.found.clone()).unwrap_or_default();
        let (p, break_even) = (weighed.and_then(|w| w.p), weighed.and_then(|w| w.break_even));
        let level = alert.history.iter().map(|change| change.level).fold(alert.level, Level::max);
        let answers = said(alert);
        Self {
            alert: alert.id.clone(),
            event: alert.event.clone(),
            rule: alert.rule.clone(),
            subject: alert.subject.clone(),
            dealer,
            manager,
            opened_at: alert.opened_at,
            warned_at: alert.told.values().map(|told| told.first_at).min(),
            cleared_at: (!alert.is_live()).then(|| alert.history.last().map(|last| last.at)).flatten(),
            level,
            state: alert.state,
            answer: alert.history.iter().rev().find(|change| is_answer(&change.reason)).map(|change| change.state),
            answers,
            action: weighed.and_then(|w| w.action.clone()),
            act_by: weighed.and_then(|w| w.act_by),
            cost: weighed.and_then(|w| w.cost),
            expected_loss: weighed.and_then(|w| w.expected_loss),
            p_34kt: weighed.and_then(|w| w.p_34kt),
            p,
            break_even,
            judgement: judge(found.hit, p, break_even),
            found,
            note: outcome.and_then(|outcome| outcome.note.clone()),
            found_by: outcome.and_then(|outcome| outcome.by.clone()),
        }
    }

    /// True when the dealer acted, as far as anybody said.
    #[must_use]
    pub fn is_acted(&self) -> bool {
        matches!(self.answer, Some(AlertState::Acting | AlertState::Done))
    }
}

fn is_answer(reason: &Reason) -> bool {
    matches!(reason, Reason::Answered { .. })
}

fn said(alert: &Alert) -> Vec<Said> {
    let of = |change: &crate::domain::Transition| match &change.reason {
        Reason::Answered { kind } => {
            Some(Said { at: change.at, by: change.by.clone(), kind: kind.clone(), note: change.note.clone() })
        }
        _ => None,
    };
    alert.history.iter().filter_map(of).collect()
}

fn judge(hit: Option<bool>, p: Option<f64>, break_even: Option<f64>) -> Judgement {
    match (hit, p.zip(break_even)) {
        (None, _) => Judgement::Unknown,
        (Some(true), _) => Judgement::Hit,
        (Some(false), Some((p, break_even))) if p >= break_even => Judgement::FalseButRight,
        (Some(false), Some(_)) => Judgement::FalseAndPoor,
        (Some(false), None) => Judgement::False,
    }
}
