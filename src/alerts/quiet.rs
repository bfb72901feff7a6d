//! Quiet hours, in the person's own zone.

use jiff::civil::Time;

use crate::domain::{Person, Span, Timestamp};

/// When the person's quiet hours end, if they are in them at `now`.
pub fn quiet_until(person: &Person, now: Timestamp) -> Option<Timestamp> {
    let quiet = person.quiet?;
    let zone = person.zone();
    let local = now.to_zoned(zone.clone());
    let time: Time = local.time();
    let is_quiet = if quiet.from <= quiet.to {
        quiet.from <= time && time < quiet.to
    } else {
        time >= quiet.from || time < quiet.to
    };
    if !is_quiet {
        return None;
    }
    let ends_today = time < quiet.to;
    let day = if ends_today { local.date() } else { local.date().tomorrow().ok()? };
    let until = day.to_datetime(quiet.to).to_zoned(zone).ok()?.timestamp();
    Some(until.max(now.checked_add(Span::from_secs(1)).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Language, PersonId, QuietHours, Role};

    fn check(from: &str, to: &str, now: &str, want: Option<&str>) {
        let quiet = Some(QuietHours { from: from.parse().expect("a time"), to: to.parse().expect("a time") });
        let person = Person {
            id: PersonId::new("li"),
            name: "Li".to_owned(),
            email: "li@example.com".to_owned(),
            role: Role::AccountManager,
            reports_to: None,
            language: Language::Chinese,
            time_zone: "Asia/Shanghai".to_owned(),
            quiet,
            visit: None,
            digest: None,
            channels: Vec::new(),
            deputy: None,
            away: Vec::new(),
            dealer: None,
        };
        let until = quiet_until(&person, now.parse().expect("a time")).map(|time| time.to_string());
        assert_eq!(until.as_deref(), want, "{from}-{to} at {now}");
    }

    #[test]
    fn the_night_is_the_persons_own() {
        check("22:00", "07:00", "2004-08-10T14:30:00Z", Some("2004-08-10T23:00:00Z"));
        check("22:00", "07:00", "2004-08-10T20:30:00Z", Some("2004-08-10T23:00:00Z"));
        check("22:00", "07:00", "2004-08-10T23:00:00Z", None);
        check("22:00", "07:00", "2004-08-10T06:00:00Z", None);
        check("12:00", "13:00", "2004-08-10T04:30:00Z", Some("2004-08-10T05:00:00Z"));
        check("12:00", "13:00", "2004-08-10T05:30:00Z", None);
    }
}
