//! `people.csv`: who is told, where, when not to be woken, and whom their silence climbs to.

use jiff::civil::{Date, Time, Weekday};

use super::super::table::{Columns, Row};
use super::super::words::{check_email, nearest};
use crate::domain::{DealerId, DigestWish, Person, PersonId, QuietHours, Role};

pub(super) const COLUMNS: Columns = Columns {
    required: &["id", "name", "email", "role"],
    optional: &[
        "reports_to",
        "language",
        "time_zone",
        "quiet",
        "visit",
        "dealer",
        "digest",
        "channels",
        "deputy",
        "away",
    ],
};

const ROLES: [(&str, Role); 6] = [
    ("account-manager", Role::AccountManager),
    ("regional-manager", Role::RegionalManager),
    ("logistics", Role::Logistics),
    ("management", Role::Management),
    ("operator", Role::Operator),
    ("dealer", Role::Dealer),
];

/// One person; a row without an id, a good address or a known role is skipped.
pub(super) fn read(row: &mut Row<'_>) -> Option<Person> {
    let id = PersonId::new(row.needed("id")?);
    let name = row.text("name").unwrap_or_else(|| id.to_string());
    let email = email(row);
    let role = role(row);
    Some(Person {
        id,
        name,
        email: email?,
        role: role?,
        reports_to: row.text("reports_to").map(PersonId::new),
        language: row.language("language"),
        time_zone: row.time_zone("time_zone"),
        quiet: quiet(row),
        visit: visit(row),
        dealer: row.text("dealer").map(DealerId::new),
        digest: digest(row),
        channels: channels(row),
        deputy: row.text("deputy").map(PersonId::new),
        away: away(row),
    })
}

fn email(row: &mut Row<'_>) -> Option<String> {
    let text = row.needed("email")?;
    match check_email(&text) {
        Ok(()) => Some(text),
        Err(bad) => {
            row.fault("email", format!("{}; the row is skipped", bad.what), bad.hint);
            None
        }
    }
}

fn role(row: &mut Row<'_>) -> Option<Role> {
    let text = row.needed("role")?.to_lowercase().replace(['_', ' '], "-");
    if let Some((_, role)) = ROLES.iter().find(|(name, _)| *name == text) {
        return Some(*role);
    }
    let names = ROLES.map(|(name, _)| name);
    let hint = nearest(&text, &names)
        .map_or_else(|| format!("roles are {}", names.join(", ")), |near| format!("did you mean `{near}`?"));
    row.fault("role", format!("there is no role `{text}`; the row is skipped"), &hint);
    None
}

fn quiet(row: &mut Row<'_>) -> Option<QuietHours> {
    let text = row.text("quiet")?;
    let hours = text.replace(['–', '—', '~'], "-");
    let hours =
        hours.split_once('-').and_then(|(from, to)| Some(QuietHours { from: clock_time(from)?, to: clock_time(to)? }));
    match hours {
        Some(hours) if hours.from != hours.to => Some(hours),
        _ => {
            let what = format!("`{text}` are no quiet hours; the person may be written to at any hour");
            row.fault("quiet", what, "write them like 22:00-07:00");
            None
        }
    }
}

/// `07:30`, or `07:30 always` for a word also when there is nothing to tell.
fn digest(row: &mut Row<'_>) -> Option<DigestWish> {
    let text = row.text("digest")?;
    let (time, even_when_quiet) = match text.split_once(' ') {
        None => (text.as_str(), Some(false)),
        Some((time, word)) => (time, (word.trim() == "always").then_some(true)),
    };
    let wish = clock_time(time).zip(even_when_quiet).map(|(at, even_when_quiet)| DigestWish { at, even_when_quiet });
    if wish.is_none() {
        row.fault("digest", format!("`{text}` is no hour; all is told as it comes"), "write 07:30, or 07:30 always");
    }
    wish
}

/// Ids of channels, blanks, commas or semicolons between, in the order in which they are tried.
fn channels(row: &mut Row<'_>) -> Vec<String> {
    let text = row.text("channels").unwrap_or_default();
    listed(&text).map(str::to_owned).collect()
}

/// Days and runs of days (`2026-08-01/2026-08-14`), the last one included.
fn away(row: &mut Row<'_>) -> Vec<(Date, Date)> {
    let text = row.text("away").unwrap_or_default();
    let mut days = Vec::new();
    for part in listed(&text) {
        let (first, last) = part.split_once('/').unwrap_or((part, part));
        match (first.parse::<Date>(), last.parse::<Date>()) {
            (Ok(first), Ok(last)) if first <= last => days.push((first, last)),
            _ => {
                let what = format!("`{part}` are no days; the person counts as here on them");
                row.fault("away", what, "write them like 2026-08-01/2026-08-14");
            }
        }
    }
    days
}

fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', ',', ';', '，', '、', '；']).filter(|part| !part.is_empty())
}

pub(super) fn clock_time(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

fn visit(row: &mut Row<'_>) -> Option<Weekday> {
    let text = row.text("visit")?;
    let day = weekday(&text);
    if day.is_none() {
        row.fault(
            "visit",
            format!("`{text}` is no weekday; no visit is planned"),
            "write Mon, Tue, Wed, Thu, Fri, Sat or Sun",
        );
    }
    day
}

pub(super) fn weekday(text: &str) -> Option<Weekday> {
    let text = text.to_lowercase();
    let chinese = ["周", "星期", "礼拜"].iter().find_map(|prefix| text.strip_prefix(prefix));
    if let Some(day) = chinese {
        return match day {
            "一" => Some(Weekday::Monday),
            "二" => Some(Weekday::Tuesday),
            "三" => Some(Weekday::Wednesday),
            "四" => Some(Weekday::Thursday),
            "五" => Some(Weekday::Friday),
            "六" => Some(Weekday::Saturday),
            "日" | "天" => Some(Weekday::Sunday),
            _ => None,
        };
    }
    match text.as_str() {
        "mon" | "monday" => Some(Weekday::Monday),
        "tue" | "tues" | "tuesday" => Some(Weekday::Tuesday),
        "wed" | "wednesday" => Some(Weekday::Wednesday),
        "thu" | "thurs" | "thursday" => Some(Weekday::Thursday),
        "fri" | "friday" => Some(Weekday::Friday),
        "sat" | "saturday" => Some(Weekday::Saturday),
        "sun" | "sunday" => Some(Weekday::Sunday),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weekdays_in_two_languages() {
        assert_eq!(weekday("Thu"), Some(Weekday::Thursday));
        assert_eq!(weekday("MONDAY"), Some(Weekday::Monday));
        assert_eq!(weekday("周一"), Some(Weekday::Monday));
        assert_eq!(weekday("星期天"), Some(Weekday::Sunday));
        assert_eq!(weekday("someday"), None);
    }

    #[test]
    fn times_of_day() {
        assert_eq!(clock_time("22:00"), Time::new(22, 0, 0, 0).ok());
        assert_eq!(clock_time(" 7:05 "), Time::new(7, 5, 0, 0).ok());
        assert_eq!(clock_time("25:00"), None);
        assert_eq!(clock_time("2200"), None);
    }
}
