//! An alert as lists show it: everything that a row or a marker needs, with the names of what it points to.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{
    Alert, AlertState, Level, Money, Person, Portfolio, Reason, SiteId, State, SubjectKind, Timestamp,
};

/// A level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::web) enum LevelWord {
    Watch,
    Warn,
    Act,
}

impl From<Level> for LevelWord {
    fn from(level: Level) -> Self {
        match level {
            Level::Watch => Self::Watch,
            Level::Warn => Self::Warn,
            Level::Act => Self::Act,
        }
    }
}

/// Where an alert stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::web) enum StateWord {
    Open,
    Acknowledged,
    Acting,
    Refused,
    Done,
    Cleared,
}

impl From<AlertState> for StateWord {
    fn from(state: AlertState) -> Self {
        match state {
            AlertState::Open => Self::Open,
            AlertState::Acknowledged => Self::Acknowledged,
            AlertState::Acting => Self::Acting,
            AlertState::Refused => Self::Refused,
            AlertState::Done => Self::Done,
            AlertState::Cleared => Self::Cleared,
        }
    }
}

/// An amount with its currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::web) struct Amount {
    /// The decimal number.
    pub(in crate::web) amount: String,
    /// ISO 4217.
    pub(in crate::web) currency: String,
}

impl From<Money> for Amount {
    fn from(money: Money) -> Self {
        Self { amount: money.amount.normalize().to_string(), currency: money.currency.to_string() }
    }
}

/// Somebody's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::web) struct Answered {
    /// When.
    pub(in crate::web) at: Timestamp,
    /// Who, an id of people.csv; `null` for an operator.
    pub(in crate::web) by: Option<String>,
    /// Their name.
    pub(in crate::web) by_name: Option<String>,
    /// told, moving, refused or done.
    pub(in crate::web) kind: String,
    /// The words with it.
    pub(in crate::web) note: Option<String>,
}

/// An alert with what it is about.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(in crate::web) struct AlertRow {
    /// Its id.
    pub(in crate::web) id: String,
    /// The rule that opened it.
    pub(in crate::web) rule: String,
    /// The event.
    pub(in crate::web) event: String,
    /// The event's name.
    pub(in crate::web) event_name: Option<String>,
    /// What kind of threat: tropical-cyclone, wind, surge …
    #[schema(value_type = String)]
    pub(in crate::web) kind: crate::domain::HazardKind,
    /// site or lane.
    #[schema(value_type = String)]
    pub(in crate::web) subject_type: SubjectKind,
    /// The site or lane.
    pub(in crate::web) subject: String,
    /// Its name; of a lane, from where to where.
    pub(in crate::web) subject_name: Option<String>,
    /// Whose it is; a lane is nobody's.
    pub(in crate::web) dealer: Option<String>,
    /// The dealer's name.
    pub(in crate::web) dealer_name: Option<String>,
    /// The dealer's account manager.
    pub(in crate::web) manager: Option<String>,
    /// Their name.
    pub(in crate::web) manager_name: Option<String>,
    /// The dealer's IANA time zone.
    pub(in crate::web) time_zone: Option<String>,
    /// Where the site is, degrees north.
    pub(in crate::web) lat: Option<f64>,
    /// Where the site is, degrees east.
    pub(in crate::web) lon: Option<f64>,
    /// How near and how bad.
    pub(in crate::web) level: LevelWord,
    /// Where it stands.
    pub(in crate::web) state: StateWord,
    /// When it was opened.
    pub(in crate::web) opened_at: Timestamp,
    /// The last instant at which the best action can begin.
    pub(in crate::web) act_by: Option<Timestamp>,
    /// The best action that is in time and worth its cost.
    pub(in crate::web) action: Option<String>,
    /// What it costs.
    pub(in crate::web) cost: Option<Amount>,
    /// What could be lost at most.
    pub(in crate::web) at_risk: Option<Amount>,
    /// What is lost on average, doing nothing.
    pub(in crate::web) expected_loss: Option<Amount>,
    /// The probability of 34-kt wind, 0 to 1.
    pub(in crate::web) p_34kt: Option<f64>,
    /// When 34-kt wind comes at the earliest (one in ten), else the warning's onset.
    pub(in crate::web) danger_from: Option<Timestamp>,
    /// When it ends on the forecast track, else the warning's end.
    pub(in crate::web) danger_to: Option<Timestamp>,
    /// The highest 1-minute wind on the forecast track, kt.
    pub(in crate::web) peak_kt: Option<f64>,
    /// When that is.
    pub(in crate::web) peak_at: Option<Timestamp>,
    /// Closest approach, km.
    pub(in crate::web) closest_km: Option<f64>,
    /// Whether the sea may come in.
    pub(in crate::web) surge: bool,
    /// The newest answer.
    pub(in crate::web) answered: Option<Answered>,
}

impl AlertRow {
    pub(super) fn of(alert: &Alert, state: &State, portfolio: &Portfolio) -> Self {
        let site =
            portfolio.sites.get(&SiteId::new(&alert.subject.id)).filter(|_| alert.subject.kind == SubjectKind::Site);
        let dealer = alert.subject.dealer.as_ref().and_then(|id| portfolio.dealers.get(id));
        let manager = dealer.and_then(|dealer| portfolio.people.get(&dealer.manager));
        let exposure = &alert.exposure;
        let best = alert.advice.best();
        Self {
            id: alert.id.to_string(),
            rule: alert.rule.to_string(),
            event: alert.event.to_string(),
            event_name: state.events.get(&alert.event).and_then(|event| event.name.clone()),
            kind: exposure.kind,
            subject_type: alert.subject.kind,
            subject: alert.subject.id.clone(),
            subject_name: site.map(|site| site.name.to_string()).or_else(|| lane_name(alert, portfolio)),
            dealer: alert.subject.dealer.as_ref().map(ToString::to_string),
            dealer_name: dealer.map(|dealer| dealer.name.clone()),
            manager: dealer.map(|dealer| dealer.manager.to_string()),
            manager_name: manager.map(|person| person.name.clone()),
            time_zone: dealer.map(|dealer| dealer.time_zone.clone()),
            lat: site.map(|site| site.position.lat()),
            lon: site.map(|site| site.position.lon()),
            level: alert.level.into(),
            state: alert.state.into(),
            opened_at: alert.opened_at,
            act_by: alert.advice.act_by,
            action: best.map(|action| action.action.clone()),
            cost: best.and_then(|action| action.cost).map(Amount::from),
            at_risk: exposure.loss.as_ref().map(|loss| loss.at_risk().into()),
            expected_loss: exposure.loss.as_ref().map(|loss| loss.expected().into()),
            p_34kt: exposure.probability.map(|p| p.gale),
            danger_from: exposure.danger_from(),
            danger_to: exposure.gale().and_then(|gale| gale.last.or(gale.late)).or(exposure.expires),
            peak_kt: exposure.peak_kt,
            peak_at: exposure.peak_at,
            closest_km: exposure.closest_km,
            surge: exposure.surge.flag,
            answered: answers(alert, portfolio).last(),
        }
    }
}

fn lane_name(alert: &Alert, portfolio: &Portfolio) -> Option<String> {
    let is_lane = alert.subject.kind == SubjectKind::Lane;
    let lane = portfolio.lanes.get(&crate::domain::LaneId::new(&alert.subject.id)).filter(|_| is_lane)?;
    Some(format!("{} → {}", lane.origin, lane.destination))
}

/// What people answered, oldest first.
pub(super) fn answers<'a>(alert: &'a Alert, portfolio: &'a Portfolio) -> impl Iterator<Item = Answered> + 'a {
    alert.history.iter().filter_map(|change| {
        let Reason::Answered { kind } = &change.reason else { return None };
        let person: Option<&Person> = change.by.as_ref().and_then(|id| portfolio.people.get(id));
        Some(Answered {
            at: change.at,
            by: change.by.as_ref().map(ToString::to_string),
            by_name: person.map(|person| person.name.clone()),
            kind: kind.clone(),
            note: change.note.clone(),
        })
    })
}

/// The key of a list's order: the nearest act-by first, those without one last, then the highest level.
pub(super) fn order(alert: &Alert) -> String {
    let act_by = alert.advice.act_by.map_or(i64::MAX, |at| at.as_second().max(0));
    let level = match alert.level {
        Level::Act => 0,
        Level::Warn => 1,
        Level::Watch => 2,
    };
    format!("{act_by:020} {level} {}", alert.id)
}
