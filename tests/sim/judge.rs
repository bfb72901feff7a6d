//! What must hold whatever the seed, read from the journal (each line committed with what it tells of) and from
//! what the receiving server has.

use std::collections::{BTreeMap, BTreeSet};

use seawall::domain::{Line, Timestamp};
use serde_json::Value;

use crate::house::Taken;

/// The warehouse of the story, and who looks after it.
const HERO: &str = "TZ-01";
const MANAGER: &str = "li-wei";
/// A warehouse about which some seeds ask for silence.
pub(crate) const HUSHED: &str = "WZ-01";
/// When the gale reached it, by the analyses.
const GALE: &str = "2004-08-12T04:56:00Z";
/// Reminders that the shipped rules count before they climb.
const CLIMB_AFTER: usize = 2;
const ENDS: [&str; 3] = ["danger-over", "expired", "cancelled"];

/// The first thing that should not be.
pub(crate) fn judge(journal: &[Line], taken: &BTreeMap<String, Taken>) -> Result<(), String> {
    nothing_lost(journal, taken)?;
    nothing_twice(journal)?;
    let mut watch = Watch::default();
    for line in journal {
        watch.look(line).map_err(|what| format!("at {}: {what}: {}", line.at, Value::from(line.fields.clone())))?;
    }
    warned_in_time(journal, taken)
}

/// Each mail of the journal was taken in the end, and no other.
fn nothing_lost(journal: &[Line], taken: &BTreeMap<String, Taken>) -> Result<(), String> {
    let written: BTreeSet<&str> = notices(journal).map(|line| text(line, "message_id")).collect();
    let had: BTreeSet<&str> = taken.keys().map(String::as_str).collect();
    if written == had {
        return Ok(());
    }
    Err(format!("never taken {:?}, never written {:?}", &written - &had, &had - &written))
}

fn nothing_twice(journal: &[Line]) -> Result<(), String> {
    let (mut ids, mut news, mut visits) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for line in notices(journal) {
        if !ids.insert(text(line, "message_id")) {
            return Err(format!("Message-ID {} is used twice", text(line, "message_id")));
        }
        // Asking for a signature is no word about an alert.
        if line.fields.contains_key("proposal") {
            continue;
        }
        if let Some(day) = line.fields.get("visit") {
            let is_brief = why(line.fields.get("reason")) == "day-before";
            let sequence = line.fields.get("sequence").filter(|_| !is_brief).map(ToString::to_string);
            if !visits.insert((text(line, "person"), day.to_string(), sequence)) {
                return Err(format!("{} is told the same twice of the visit of {day}", text(line, "person")));
            }
            continue;
        }
        let changed = line.fields.get("changed").map(ToString::to_string);
        let event = line.fields.get("alerts").map(ToString::to_string);
        if !news.insert((text(line, "person"), event, changed, line.at)) {
            return Err(format!("{} is told the same twice at {}", text(line, "person"), line.at));
        }
    }
    Ok(())
}

/// The manager learns at warn or above a day before the gale, and the mail is there before it.
fn warned_in_time(journal: &[Line], taken: &BTreeMap<String, Taken>) -> Result<(), String> {
    let gale: Timestamp = GALE.parse().expect("a time");
    let warns = |line: &&Line| {
        let of_hero = line.fields.get("alerts").is_some_and(|ids| ids.to_string().contains(HERO));
        of_hero && text(line, "person") == MANAGER && matches!(text(line, "level"), "warn" | "act")
    };
    let Some(first) = notices(journal).find(warns) else { return Err(format!("nobody was warned for {HERO}")) };
    let arrived = taken.get(text(first, "message_id")).map(|taken| taken.first_at);
    let is_in_time = gale.duration_since(first.at).as_hours() >= 24 && arrived.is_some_and(|at| at < gale);
    if is_in_time { Ok(()) } else { Err(format!("warned for {HERO} at {}, in the mailbox at {arrived:?}", first.at)) }
}

/// What is known of one alert as the journal goes on.
#[derive(Debug, Default)]
struct Life {
    state: String,
    level: String,
    refused_by: String,
    /// How often it was opened.
    openings: usize,
    /// How often each person was told: at all, for the first time, of the end.
    told: BTreeMap<String, usize>,
    first: BTreeMap<String, usize>,
    ends: BTreeMap<String, usize>,
}

#[derive(Debug, Default)]
struct Watch {
    alerts: BTreeMap<String, Life>,
    /// From when until when one warehouse is not to be spoken of below act.
    hushed: Option<(Timestamp, Timestamp)>,
}

impl Watch {
    fn look(&mut self, line: &Line) -> Result<(), String> {
        match line.what.as_str() {
            "alert" | "all-clear" => self.note(line),
            "ack" => {
                let life = self.alerts.entry(line.id.clone()).or_default();
                let refused = text(line, "as") == "refused";
                life.refused_by = if refused { text(line, "by").to_owned() } else { String::new() };
            }
            "silence" => {
                let time = |field| text(line, field).parse::<Timestamp>().ok();
                self.hushed = time("from").zip(time("until"));
            }
            "notice" => return self.told(line),
            _ => {}
        }
        Ok(())
    }

    fn note(&mut self, line: &Line) {
        let life = self.alerts.entry(line.id.clone()).or_default();
        text(line, "state").clone_into(&mut life.state);
        text(line, "level").clone_into(&mut life.level);
        life.openings += usize::from(why(line.fields.get("reason")) == "first-match");
    }

    fn told(&mut self, line: &Line) -> Result<(), String> {
        let person = text(line, "person");
        // Asking for a signature is no word about an alert, a brief of a visit only repeats it, and what is said to operators
        // of clocks is about none.
        if ["proposal", "visit", "why"].iter().any(|field| line.fields.contains_key(*field)) {
            return Ok(());
        }
        let changed = line.fields.get("changed").and_then(Value::as_array).cloned().unwrap_or_default();
        if changed.is_empty() {
            return Err("a mail without news".to_owned());
        }
        for news in &changed {
            let alert = news.get("alert").and_then(Value::as_str).unwrap_or_default();
            let Some(life) = self.alerts.get_mut(alert) else { return Err(format!("a mail about unknown {alert}")) };
            let reason = news.get("reason");
            let is_hushed = self.hushed.is_some_and(|(from, until)| (from..until).contains(&line.at));
            if is_hushed && alert.contains(HUSHED) && (life.level != "act" || life.state == "cleared") {
                return Err(format!("{alert} is spoken of in a silence"));
            }
            fits(life, why(reason), person).map_err(|what| format!("{alert}: {what}"))?;
            if let Some(below) = reason.and_then(|reason| reason.get("from")).and_then(Value::as_str)
                && life.told.get(below).is_none_or(|mails| *mails <= CLIMB_AFTER)
            {
                return Err(format!("{alert} climbs early past {below}"));
            }
            life.tell(why(reason), person)?;
        }
        Ok(())
    }
}

impl Life {
    fn tell(&mut self, why: &str, person: &str) -> Result<(), String> {
        *self.told.entry(person.to_owned()).or_default() += 1;
        let counted = match why {
            "first-match" => &mut self.first,
            end if ENDS.contains(&end) => &mut self.ends,
            _ => return Ok(()),
        };
        let count = counted.entry(person.to_owned()).or_default();
        *count += 1;
        if *count > self.openings { Err(format!("{person} hears {why} too often")) } else { Ok(()) }
    }
}

/// Whether a mail for this reason may go to a person while the alert stands so.
fn fits(life: &Life, why: &str, person: &str) -> Result<(), String> {
    let is_end = ENDS.contains(&why);
    let is_reminder = matches!(why, "unanswered" | "climbed");
    let is_right = match life.state.as_str() {
        "open" => !is_end && why != "dealer-refused",
        "acknowledged" => !is_end && !is_reminder && why != "dealer-refused",
        "acting" => !is_end && !is_reminder && !matches!(why, "dealer-refused" | "level-rose"),
        "done" => matches!(why, "answered" | "first-match" | "stands-in"),
        "refused" => !(is_end || is_reminder && life.refused_by == person),
        "cleared" => is_end,
        _ => false,
    };
    if is_right { Ok(()) } else { Err(format!("{person} hears {why} while it is {}", life.state)) }
}

fn notices(journal: &[Line]) -> impl Iterator<Item = &Line> {
    journal.iter().filter(|line| line.what == "notice")
}

fn text<'a>(line: &'a Line, field: &str) -> &'a str {
    line.fields.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn why(reason: Option<&Value>) -> &str {
    reason.and_then(|reason| reason.get("why")).and_then(Value::as_str).unwrap_or_default()
}
