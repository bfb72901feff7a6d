//! How dealers stand in the storms and warnings in force, by their live alerts.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::domain::{Alert, AlertId, AlertState, DealerDanger, DealerId, Exposure, Level, Loss, Timestamp};

/// Where an alert stands among a dealer's: what nobody has in hand, the highest level, the earliest last start.
type Rank = (bool, Reverse<Level>, Timestamp, AlertId);

/// Each dealer with a live alert at a site.
#[must_use]
pub fn dangers<'a>(alerts: impl Iterator<Item = &'a Alert>) -> BTreeMap<DealerId, DealerDanger> {
    let mut dangers: BTreeMap<DealerId, (Rank, DealerDanger)> = BTreeMap::new();
    for alert in alerts.filter(|alert| alert.is_live()) {
        let Some(dealer) = &alert.subject.dealer else { continue };
        let (rank, mut danger) = (rank(alert), of_alert(alert));
        match dangers.get_mut(dealer) {
            None => drop(dangers.insert(dealer.clone(), (rank, danger))),
            Some((known_rank, known)) => {
                danger.gale = joined(danger.gale, known.gale);
                known.gale = danger.gale;
                if rank < *known_rank {
                    (*known_rank, *known) = (rank, danger);
                }
            }
        }
    }
    dangers.into_iter().map(|(dealer, (_, danger))| (dealer, danger)).collect()
}

fn rank(alert: &Alert) -> Rank {
    let act_by = alert.advice.act_by.unwrap_or(Timestamp::MAX);
    (is_in_hand(alert), Reverse(alert.level), act_by, alert.id.clone())
}

fn is_in_hand(alert: &Alert) -> bool {
    matches!(alert.state, AlertState::Acting | AlertState::Done)
}

fn of_alert(alert: &Alert) -> DealerDanger {
    DealerDanger {
        alert: alert.id.clone(),
        level: alert.level,
        is_in_hand: is_in_hand(alert),
        act_by: alert.advice.act_by,
        p_34kt: alert.exposure.probability.map(|p| p.gale),
        expected_loss: alert.exposure.loss.as_ref().map(Loss::expected),
        // A small chance keeps nobody away.
        gale: gale(&alert.exposure).filter(|_| alert.level >= Level::Warn),
    }
}

/// From the earliest reasonable gale to the latest; of a plain warning, the time that it is in force.
fn gale(exposure: &Exposure) -> Option<(Timestamp, Timestamp)> {
    let storm = exposure.gale().and_then(|gale| Some((gale.early.or(gale.first)?, gale.late.max(gale.last)?)));
    storm.or_else(|| exposure.onset.zip(exposure.expires))
}

fn joined(a: Option<(Timestamp, Timestamp)>, b: Option<(Timestamp, Timestamp)>) -> Option<(Timestamp, Timestamp)> {
    match (a, b) {
        (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
        (a, b) => a.or(b),
    }
}
