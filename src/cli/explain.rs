//! `seawall explain`: why an alert is what it is, from the journal.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::Value;

use super::status::asked;
use super::{Outcome, Style, run, say};
use crate::daemon::Question;
use crate::domain::{AgencyWord, Line, Loss, Money, Timestamp};
use crate::store::{SledStore, StoreError, records};

/// The most lines that are printed.
const LINES_MAX: usize = 40;
/// Of those, the ones at the end that are always kept: how it ended.
const LAST_KEPT: usize = 12;
/// Alerts named when the one asked for is not known.
const NAMED: usize = 8;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The alert's id, as its mail names it; the id of its site or lane will do where only one alert has it
    alert: String,
    /// The `timeline.ndjson` of a replay, instead of the daemon's journal
    #[arg(long, value_name = "FILE", conflicts_with = "config")]
    timeline: Option<PathBuf>,
    /// The daemon's configuration
    #[arg(long, default_value = run::CONFIG, value_name = "FILE")]
    config: PathBuf,
    /// How to print it; json gives the journal's lines about the alert, one object each
    #[arg(long, value_enum, default_value_t = Style::Text)]
    format: Style,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let Some(journal) = journal(args)? else { return Ok(Outcome::Unusable) };
    let Some(alert) = found(&journal, &args.alert) else { return Ok(Outcome::Unusable) };
    let mut out = io::BufWriter::new(io::stdout().lock());
    if args.format == Style::Json {
        for line in journal.iter().filter(|line| is_about(line, &alert)) {
            serde_json::to_writer(&mut out, line)?;
            out.write_all(b"\n")?;
        }
    } else {
        for line in told(&journal, &alert) {
            writeln!(out, "{line}")?;
        }
    }
    out.flush()?;
    Ok(Outcome::Done)
}

/// The journal's lines; `None` when there is no configuration to find them by.
fn journal(args: &Args) -> anyhow::Result<Option<Vec<Line>>> {
    if let Some(path) = &args.timeline {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                let hint = "`seawall replay` and `seawall demo` write one";
                say(&format!("error: {}: cannot be read: {error}\nhint: {hint}", path.display()));
                return Ok(None);
            }
        };
        return lines(&text).map(Some).with_context(|| path.display().to_string());
    }
    let Some(config) = run::config(&args.config) else { return Ok(None) };
    match SledStore::open(&config.data_dir.join("store")) {
        Ok(store) => Ok(Some(records::journal(&store)?)),
        Err(StoreError::Busy { .. }) => {
            let told = asked(&config.data_dir, Question::Journal)?;
            lines(&String::from_utf8_lossy(&told)).context("the daemon's journal").map(Some)
        }
        Err(error) => Err(error.into()),
    }
}

fn lines(text: &str) -> anyhow::Result<Vec<Line>> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(number, line)| serde_json::from_str(line).with_context(|| format!("line {number}"))).collect()
}

/// The alert that is meant; when it is none or several, which there are is said.
fn found(journal: &[Line], wanted: &str) -> Option<String> {
    let ids: BTreeSet<&str> = journal.iter().filter(|line| is_alert(line)).map(|line| line.id.as_str()).collect();
    if ids.contains(wanted) {
        return Some(wanted.to_owned());
    }
    let mut close: Vec<&str> = ids.iter().copied().filter(|id| id.split('.').any(|part| part == wanted)).collect();
    if let [only] = close.as_slice() {
        return Some((*only).to_owned());
    }
    let what = if close.is_empty() { "there is no alert" } else { "several alerts match" };
    if close.is_empty() {
        close = ids.into_iter().collect();
    }
    let more = if close.len() > NAMED { format!(" and {} more", close.len() - NAMED) } else { String::new() };
    close.truncate(NAMED);
    let known =
        if close.is_empty() { "the journal has none".to_owned() } else { format!("one of {}", close.join(", ")) };
    say(&format!("error: {what} `{wanted}`\nhint: {known}{more}"));
    None
}

fn is_alert(line: &Line) -> bool {
    matches!(line.what.as_str(), "alert" | "all-clear")
}

fn is_about(line: &Line, alert: &str) -> bool {
    let names = |list: &Value| list.as_array().is_some_and(|ids| ids.iter().any(|id| id == alert));
    match line.what.as_str() {
        "alert" | "all-clear" | "ack" | "escalation" => line.id == alert,
        "notice" => line.fields.get("alerts").is_some_and(names),
        _ => false,
    }
}

/// The story of an alert in at most [`LINES_MAX`] lines: when it is longer, the middle is left out and said so.
fn told(journal: &[Line], alert: &str) -> Vec<String> {
    let mut told = Vec::new();
    let newest = journal.iter().rfind(|line| is_alert(line) && line.id == alert);
    if let Some(newest) = newest {
        told.extend(heading(newest, alert));
    }
    let mut heard: BTreeMap<Timestamp, Vec<&Line>> = BTreeMap::new();
    for line in journal.iter().filter(|line| line.what == "bulletin") {
        heard.entry(line.at).or_default().push(line);
    }
    for line in journal.iter().filter(|line| is_about(line, alert)) {
        told.extend(one(line, alert, heard.get(&line.at).map_or(&[], Vec::as_slice)));
    }
    if told.len() > LINES_MAX {
        let left_out = told.len() - LINES_MAX + 1;
        let tail = told.split_off(told.len() - LAST_KEPT);
        told.truncate(LINES_MAX - LAST_KEPT - 1);
        told.push(format!("              … {left_out} lines left out; --format json has all"));
        told.extend(tail);
    }
    told
}

fn heading(newest: &Line, alert: &str) -> Vec<String> {
    let text = |pointer| at(newest, pointer).as_str().unwrap_or("unknown");
    let dealer = at(newest, "/subject/dealer").as_str().map(|id| format!(" of dealer {id}")).unwrap_or_default();
    vec![
        alert.to_owned(),
        format!(
            "{} {}{dealer}, event {}, rule {}; now {}, level {}",
            text("/subject/type"),
            text("/subject/id"),
            text("/event"),
            text("/rule"),
            text("/state"),
            text("/level")
        ),
        "times are UTC".to_owned(),
        String::new(),
    ]
}

/// What one line of the journal comes to.
fn one(line: &Line, alert: &str, heard: &[&Line]) -> Vec<String> {
    let when = brief(line.at);
    let text = |pointer| at(line, pointer).as_str().unwrap_or("unknown").to_owned();
    match line.what.as_str() {
        "alert" | "all-clear" => {
            let what = if line.what == "alert" {
                format!("{}, {}", text("/level"), text("/state"))
            } else {
                "all clear".to_owned()
            };
            let mut lines = vec![format!("{when}  {what}: {}", because(at(line, "/reason")))];
            lines.extend(why(line).into_iter().map(|numbers| format!("              {numbers}")));
            lines.extend(bulletins(heard).map(|from| format!("              heard then: {from}")));
            lines
        }
        "ack" => {
            let by = at(line, "/by").as_str().unwrap_or("the operator");
            let note = at(line, "/note").as_str().map(|note| format!(" — “{note}”")).unwrap_or_default();
            vec![format!("{when}  answer of {by}: {}{note}", text("/as"))]
        }
        "escalation" => vec![format!("{when}  climbs to {}: {}", text("/to"), because(at(line, "/reason")))],
        "notice" => {
            let changed = at(line, "/changed").as_array().into_iter().flatten();
            let mut own = changed.filter(|change| change.get("alert").is_some_and(|id| id == alert));
            let why = own.next().map(|change| because(change.get("reason").unwrap_or(&Value::Null)));
            // A mail about something else that names this alert among the others is no news of it.
            why.map(|why| format!("{when}  mail to {}: {why}", text("/person"))).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// The numbers that the rule and the advice went by, where they were the reason.
fn why(line: &Line) -> Vec<String> {
    let reason = at(line, "/reason/why").as_str().unwrap_or_default();
    if !matches!(reason, "first-match" | "level-rose" | "level-fell" | "act-by-moved") {
        return Vec::new();
    }
    let time = |pointer| at(line, pointer).as_str().and_then(|text| text.parse::<Timestamp>().ok());
    let chance = at(line, "/probability/34").as_f64().map(|p| format!("gale {:.0}%", p * 100.0));
    let early = time("/arrival_34kt/early").map(|early| format!("earliest {}", brief(early)));
    let loss: Option<Loss> = serde_json::from_value(at(line, "/loss").clone()).ok();
    let loss = loss.map(|loss| format!("expected loss {} of {}", loss.expected(), loss.at_risk()));
    let numbers: Vec<String> = [chance, early, loss].into_iter().flatten().collect();
    let advice = at(line, "/advice/0/action").as_str().zip(time("/advice/0/act_by")).map(|(action, by)| {
        let cost: Option<Money> = serde_json::from_value(at(line, "/advice/0/cost").clone()).ok();
        let cost = cost.map(|cost| format!(", costs {cost}")).unwrap_or_default();
        format!("{action} by {}{cost}", brief(by))
    });
    let numbers = (!numbers.is_empty()).then(|| numbers.join("; "));
    [numbers, advice].into_iter().flatten().chain(agencies(line)).collect()
}

/// Who said what, when several agencies forecast the storm; winds are 1-minute winds.
fn agencies(line: &Line) -> Vec<String> {
    let words: Vec<AgencyWord> = serde_json::from_value(at(line, "/agencies").clone()).unwrap_or_default();
    if words.len() < 2 {
        return Vec::new();
    }
    let told = words.iter().map(|word| {
        let gale = word.gale_from.map_or_else(|| "no gale".to_owned(), |from| format!("gale from {}", brief(from)));
        let issued = word.issued.map(|issued| format!(", as of {}", brief(issued))).unwrap_or_default();
        let (kt, km, percent) = (word.peak_kt, word.closest_km, word.p_34kt * 100.0);
        format!("{}{issued}: {gale}, up to {kt:.0} kt, {km:.0} km away, gale {percent:.0}%", word.agency)
    });
    told.collect()
}

/// UTC without saying so: the heading does.
fn brief(at: Timestamp) -> String {
    at.strftime("%d %b %H:%M").to_string()
}

/// The documents of the same turn: what had just been heard.
fn bulletins(heard: &[&Line]) -> Option<String> {
    let first = heard.first()?;
    let feed = at(first, "/feed").as_str().unwrap_or("unknown").to_owned();
    let hash: String = first.id.chars().take(19).collect();
    let more = if heard.len() > 1 { format!(" and {} more", heard.len() - 1) } else { String::new() };
    Some(format!("{feed} {hash}…{more}"))
}

/// A reason in words.
fn because(reason: &Value) -> String {
    let text = |name: &str| reason.get(name).and_then(Value::as_str).unwrap_or("unknown").to_owned();
    let why = text("why");
    match why.as_str() {
        "first-match" => "the rule matched for the first time".to_owned(),
        "level-rose" => "the level is higher than before".to_owned(),
        "level-fell" => "the level is lower than before".to_owned(),
        "act-by-moved" => {
            let hours = reason.get("by_s").and_then(Value::as_f64).unwrap_or_default() / 3600.0;
            format!("the last start moved by {hours:+.1} h")
        }
        "unanswered" => format!("nobody has answered (reminder {})", reason.get("reminder").unwrap_or(&Value::Null)),
        "climbed" => format!("{} did not answer", text("from")),
        "dealer-refused" => "the dealer refuses".to_owned(),
        "answered" => format!("answered: {}", text("kind")),
        "danger-over" => "the storm has passed or turned away".to_owned(),
        "expired" => "the warning ran out".to_owned(),
        "cancelled" => "the agency withdrew it".to_owned(),
        "merged" => format!("{} turned out to be this storm", text("from")),
        _ => why.replace('-', " "),
    }
}

/// A field by its JSON pointer; `null` when it is not there.
fn at<'l>(line: &'l Line, pointer: &str) -> &'l Value {
    let rest = pointer.trim_start_matches('/');
    let (first, rest) = rest.split_once('/').unwrap_or((rest, ""));
    let field = line.fields.get(first).unwrap_or(&Value::Null);
    if rest.is_empty() { field } else { field.pointer(&format!("/{rest}")).unwrap_or(&Value::Null) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn line(hour: i64, what: &str, id: &str, fields: &Value) -> Line {
        let mut line = Line::new(Timestamp::from_second(hour * 3600).expect("in range"), what, id);
        line.fields = fields.as_object().cloned().unwrap_or_default();
        line
    }

    #[test]
    fn a_story_has_its_beginning_and_its_end_in_forty_lines() {
        let mut journal = vec![
            line(0, "bulletin", "sha256:0123456789abcdef", &json!({ "feed": "jtwc" })),
            line(
                0,
                "alert",
                "e.S.r",
                &json!({
                    "level": "warn", "state": "open", "reason": { "why": "first-match" }, "probability": { "34": 0.2 },
                    "subject": { "type": "site", "id": "S" }, "event": "e", "rule": "r",
                }),
            ),
            line(
                0,
                "notice",
                "n",
                &json!({
                    "person": "li", "alerts": ["e.S.r"],
                    "changed": [{ "alert": "e.S.r", "reason": { "why": "first-match" } }],
                }),
            ),
        ];
        let ack = |hour| line(hour, "ack", "e.S.r", &json!({ "by": "li", "as": "told" }));
        assert_eq!(told(&journal, "e.S.r").len(), 4 + 4);
        assert!(told(&journal, "e.S.r")[4].contains("warn, open: the rule matched for the first time"));
        journal.extend((1..100).map(ack));
        journal.push(line(
            100,
            "all-clear",
            "e.S.r",
            &json!({ "state": "cleared", "reason": { "why": "danger-over" } }),
        ));
        let story = told(&journal, "e.S.r");
        assert_eq!(story.len(), LINES_MAX);
        assert!(story.last().is_some_and(|last| last.contains("all clear: the storm has passed")), "{story:#?}");
        assert!(story.iter().any(|line| line.contains("mail to li: the rule matched")), "{story:#?}");
        assert_eq!(found(&journal, "S").as_deref(), Some("e.S.r"));
        assert_eq!(found(&journal, "nothing"), None);
    }
}
