//! What is not told though it is owed: by somebody's silence, or since a graver alert about the same place says more.
//! Nothing is lost by it: what is held stays owed, and is told when what held it is over, if it is still true.

use crate::domain::{Alert, Level, PersonId, Reason, Silence, Span, Timestamp};
use crate::rules::Inhibition;

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

/// Whether a silence may be kept. One that is ended (its end is not after its beginning any more than `now`) may.
///
/// # Errors
/// With what must be mended.
pub fn check_silence(silence: &Silence) -> Result<(), NoSilence> {
    let Silence { from, until, .. } = *silence;
    if silence.covers.is_empty() {
        Err(NoSilence::CoversNothing)
    } else if silence.reason.trim().is_empty() {
        Err(NoSilence::NoReason)
    } else if until < from {
        Err(NoSilence::Backwards { from, until })
    } else if until.duration_since(from) > SILENCE_MAX {
        Err(NoSilence::TooLong)
    } else {
        Ok(())
    }
}

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
