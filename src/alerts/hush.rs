//! What is not told though it is owed: by somebody's silence, or since a graver alert about the same place says more.
//! Nothing is lost by it: what is held stays owed, and is told when what held it is over, if it is still true.

use crate::domain::{Alert, Level, PersonId, Reason, Silence, Timestamp};
use crate::rules::Inhibition;

/// The silence that holds back mails about an alert to a person; of several the one that ends last.
pub fn silenced<'a>(
    alert: &Alert,
    person: &PersonId,
    silences: impl Iterator<Item = &'a Silence>,
    now: Timestamp,
) -> Option<Reason> {
    let holding = silences.filter(|silence| silence.holds(alert, person, now)).max_by_key(|silence| silence.until)?;
    Some(Reason::Silenced { by: holding.id.clone(), until: holding.until })
}

/// The live alert of one of the named rules about the same subject, at no lower level, under which this one adds
/// nothing.
pub fn inhibited<'a>(
    alert: &Alert,
    inhibition: Option<&Inhibition>,
    mut others: impl Iterator<Item = &'a Alert>,
) -> Option<Reason> {
    let inhibition = inhibition.filter(|inhibition| inhibition.kinds.contains(&alert.exposure.kind))?;
    let hides = |other: &&Alert| {
        inhibition.rules.contains(&other.rule)
            && other.subject == alert.subject
            && other.is_live()
            && other.level >= alert.level.max(Level::Warn)
    };
    others.find(hides).map(|other| Reason::Inhibited { by: other.id.clone() })
}
