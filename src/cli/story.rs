//! The demo's story: the timeline of one warehouse, in a screenful.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use minijinja::{Environment, Value, context};

use crate::daemon::Replayed;
use crate::domain::{
    Alert, AlertState, Line, Money, PersonId, Portfolio, Site, SiteId, SubjectKind, Timestamp, hours_between,
};

/// The warehouse that the story follows.
pub(super) const HERO: &str = "TZ-01";
/// The story's own zone.
const ZONE: &str = "Asia/Shanghai";
/// The most lines that a story has.
const LINES_MAX: usize = 52;
/// The dealer supplied by sea, whose proposals the story follows.
const SECOND: &str = "D-SEA";

/// Tells it.
pub(super) fn told(
    replayed: &Replayed,
    portfolio: &Portfolio,
    words: &BTreeMap<String, String>,
    gale_at: Option<Timestamp>,
    out: &str,
) -> Vec<String> {
    let teller = Teller { replayed, portfolio, words, gale_at };
    let mut story = teller.opening();
    let mut happened = teller.happened();
    let closing = teller.closing(out);
    happened.truncate(LINES_MAX.saturating_sub(story.len() + closing.len()));
    story.append(&mut happened);
    story.extend(closing);
    story
}

struct Teller<'a> {
    replayed: &'a Replayed,
    portfolio: &'a Portfolio,
    words: &'a BTreeMap<String, String>,
    /// When the gale came, by the analyses.
    gale_at: Option<Timestamp>,
}

impl Teller<'_> {
    fn opening(&self) -> Vec<String> {
        let (sites, lanes) = (self.portfolio.sites.len(), self.portfolio.lanes.len());
        let mut lines = vec![
            self.say("title", &context! { sites, lanes, dealers => self.portfolio.dealers.len() }),
            self.say("honest", &context! {}),
        ];
        if let Some(hero) = self.hero() {
            let coast = format!("{:.0}", hero.coast_m.unwrap_or_default());
            lines.push(self.say("times", &context! { site => HERO, name => hero.name.as_str(), coast }));
        }
        lines.push(String::new());
        lines
    }

    /// The hero's lines in order of time, each with its local time.
    fn happened(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(first) = self.replayed.timeline.first() {
            lines.push((first.at, self.say("first_news", &context! {})));
        }
        for line in &self.replayed.timeline {
            lines.extend(self.tell(line).into_iter().map(|text| (line.at, text)));
        }
        if let Some(at) = self.gale_at {
            let after = lines.iter().position(|(time, _)| *time > at).unwrap_or(lines.len());
            lines.insert(after, (at, self.say("gale", &context! { site => HERO })));
        }
        // The same reminder over and over is no story.
        let reminder = self.word("why", "unanswered");
        let mut reminded = BTreeSet::new();
        lines.retain(|(_, text)| !text.contains(&reminder) || reminded.insert(text.clone()));
        lines.into_iter().map(|(at, text)| format!("{}  {text}", self.local(at))).collect()
    }

    fn tell(&self, line: &Line) -> Vec<String> {
        match line.what.as_str() {
            "alert" if is_hero(line) => self.tell_alert(line),
            "all-clear" if is_hero(line) => vec![self.say("cleared", &context! { site => HERO })],
            "ack" if line.id.contains(HERO) => vec![self.tell_answer(line)],
            "escalation" if is_hero_id(&line.id) => vec![self.tell_escalation(line)],
            "notice" => self.tell_notice(line).or_else(|| self.tell_brief(line)).into_iter().collect(),
            "proposal" if value(line, "/dealer") == SECOND => self.tell_proposal(line).into_iter().collect(),
            "decision" if value(line, "/refused").is_null() => vec![self.tell_decision(line)],
            _ => Vec::new(),
        }
    }

    fn tell_alert(&self, line: &Line) -> Vec<String> {
        let text = |pointer: &str| value(line, pointer).as_str().unwrap_or_default().to_owned();
        let key = match text("/reason/why").as_str() {
            "first-match" => "opened",
            "level-rose" => "rose",
            "level-fell" => "fell",
            _ => return Vec::new(),
        };
        let level = self.word("level", &text("/level"));
        let percent = format!("{:.0}", value(line, "/probability/34").as_f64().unwrap_or_default() * 100.0);
        let from = time(line, "/arrival_34kt/early");
        let mut lines =
            vec![self.say(key, &context! { site => HERO, level, percent, from => from.map(|at| self.local(at)) })];
        let best = value(line, "/advice/0/cost").clone();
        let cost: Option<Money> = serde_json::from_value(best).ok();
        let risk = self.hero().and_then(|hero| hero.stock);
        if let (Some(act_by), Some(cost), Some(risk), "opened" | "rose") = (time(line, "/act_by"), cost, risk, key) {
            let (act_by, cost, risk) = (self.local(act_by), cost.to_string(), risk.to_string());
            lines.push(format!("  {}", self.say("act_by", &context! { act_by, cost, risk })));
        }
        lines
    }

    /// What is proposed for the second dealer, or that all have signed.
    fn tell_proposal(&self, line: &Line) -> Option<String> {
        let money = |pointer: &str| {
            serde_json::from_value::<Money>(value(line, pointer).clone()).ok().map(|money| money.to_string())
        };
        let dealer = self.portfolio.dealers.values().find(|dealer| dealer.id.as_str() == SECOND);
        let dealer = dealer.map(|dealer| dealer.name.clone());
        match (value(line, "/state").as_str()?, value(line, "/kind").as_str()?) {
            ("proposed", "switch") if !value(line, "/matter").is_null() => {
                let text = |pointer: &str| value(line, pointer).as_str().unwrap_or_default().to_owned();
                let arrives = time(line, "/matter/ways/0/arrives").map(|at| self.local(at));
                let planned = time(line, "/matter/planned/arrives").map(|at| self.local(at));
                let facts = context! {
                    shipment => text("/matter/shipment"), way => text("/matter/ways/0/lane"), arrives, planned,
                    cost => money("/matter/ways/0/added_cost"), lost => money("/matter/planned/stock_out"),
                };
                Some(self.say("proposed_switch", &facts))
            }
            ("proposed", "order") => {
                let lines = value(line, "/matter/lines").as_array()?.iter();
                let goods = lines.filter_map(|line| {
                    Some(format!("{} {}", line.get("quantity")?.as_str()?, line.get("sku")?.as_str()?))
                });
                Some(self.say("proposed_order", &context! { dealer, goods => goods.collect::<Vec<_>>().join(", ") }))
            }
            ("approved", kind) => Some(self.say(&format!("approved_{kind}"), &context! { dealer })),
            _ => None,
        }
    }

    fn tell_decision(&self, line: &Line) -> String {
        let who = self.name(value(line, "/by").as_str().unwrap_or_default());
        let word = self.word("decided", value(line, "/as").as_str().unwrap_or_default());
        let note = value(line, "/note").as_str().unwrap_or_default().to_owned();
        self.say("answered", &context! { who, answer => word, note })
    }

    /// What people entered after the storm: the ledger's lines.
    fn ledger(&self) -> Vec<String> {
        let outcomes = self.replayed.timeline.iter().filter(|line| line.what == "outcome");
        let told = outcomes.map(|line| {
            let money = |pointer: &str| {
                let money: Option<Money> = serde_json::from_value(value(line, pointer).clone()).ok();
                money.map_or_else(|| "–".to_owned(), |money| money.to_string())
            };
            let by = self.name(value(line, "/by").as_str().unwrap_or_default());
            let note = value(line, "/note").as_str().unwrap_or_default().to_owned();
            let (spent, saved) = (money("/found/spent"), money("/found/saved"));
            self.say("ledger", &context! { site => HERO, spent, saved, by, note })
        });
        told.collect()
    }

    fn tell_answer(&self, line: &Line) -> String {
        let who = self.name(value(line, "/by").as_str().unwrap_or_default());
        let answer = self.word("answer", value(line, "/as").as_str().unwrap_or_default());
        let note = value(line, "/note").as_str().unwrap_or_default().to_owned();
        self.say("answered", &context! { who, answer, note })
    }

    fn tell_escalation(&self, line: &Line) -> String {
        let who = self.name(value(line, "/to").as_str().unwrap_or_default());
        let from = value(line, "/reason/from").as_str().map(|id| self.name(id));
        match from {
            Some(from) => self.say("climbed", &context! { who, from }),
            None => self.say("refused", &context! { who }),
        }
    }

    /// A mail that speaks of the hero because something of the hero's changed.
    fn tell_notice(&self, line: &Line) -> Option<String> {
        let changed = value(line, "/changed").as_array()?;
        let is_hero = |line: &&serde_json::Value| line.get("alert").and_then(|id| id.as_str()).is_some_and(is_hero_id);
        let of_hero = changed.iter().find(is_hero)?;
        let why = self.word("why", of_hero.pointer("/reason/why")?.as_str()?);
        let who = self.name(value(line, "/person").as_str()?);
        Some(self.say("mail", &context! { who, why }))
    }

    /// The hero's manager is briefed before a visit.
    fn tell_brief(&self, line: &Line) -> Option<String> {
        let day = value(line, "/visit").as_str()?;
        let manager = self.portfolio.manager_of(&self.hero()?.dealer)?;
        let is_hers = value(line, "/person") == manager.id.as_str();
        let first = value(line, "/order/0").as_str()?;
        let dealers = &self.portfolio.dealers;
        let first = dealers.values().find(|dealer| dealer.id.as_str() == first).map(|dealer| dealer.name.clone());
        let why = self.word("why", value(line, "/reason/why").as_str()?);
        is_hers.then(|| self.say("brief", &context! { who => manager.name.clone(), why, day, first }))
    }

    fn closing(&self, out: &str) -> Vec<String> {
        let mut lines = vec![String::new()];
        lines.extend(self.lead());
        lines.extend(self.outcome());
        lines.extend(self.ledger());
        let sites: BTreeSet<&str> = self.alerted(SubjectKind::Site);
        let (alerted, lanes) = (sites.len(), self.alerted(SubjectKind::Lane).len());
        let all = self.portfolio.sites.len();
        let quiet = all - alerted;
        lines.push(self.say("others", &context! { alerted, sites => all, lanes, quiet }));
        let people: BTreeSet<&str> = self.replayed.notices.iter().map(|notice| notice.to.as_str()).collect();
        let (mails, people) = (self.replayed.notices.len(), people.len());
        lines.push(self.say("count", &context! { mails, people, out }));
        lines
    }

    /// How long before the gale the first warning left, and how long before it its last start lay.
    fn lead(&self) -> Option<String> {
        let gale = self.gale_at?;
        let notice = self.replayed.timeline.iter().find(|line| {
            let level = value(line, "/level").as_str().unwrap_or_default();
            line.what == "notice" && level != "watch" && self.tell_notice(line).is_some()
        })?;
        let mut warned =
            self.replayed.timeline.iter().filter(|line| line.what == "alert" && is_hero(line) && line.at <= notice.at);
        let act_by = time(warned.next_back()?, "/act_by")?;
        let whole = |hours: f64| format!("{:.0}", hours.floor());
        let (lead, spare) = (whole(hours_between(notice.at, gale)), whole(hours_between(act_by, gale)));
        Some(self.say("lead", &context! { lead, spare }))
    }

    /// Said only when a person said that it was done.
    fn outcome(&self) -> Option<String> {
        let done = |alert: &&Alert| alert.history.iter().any(|change| change.state == AlertState::Done);
        self.replayed.state.alerts.values().find(|alert| alert.subject.id == HERO && done(alert))?;
        let hero = self.hero()?;
        let (cost, stock) = (hero.handling_cost?.to_string(), hero.stock?.to_string());
        Some(self.say("outcome", &context! { cost, stock }))
    }

    fn alerted(&self, kind: SubjectKind) -> BTreeSet<&str> {
        let alerts = self.replayed.state.alerts.values();
        alerts.filter(|alert| alert.subject.kind == kind).map(|alert| alert.subject.id.as_str()).collect()
    }

    fn hero(&self) -> Option<&Site> {
        self.portfolio.sites.get(&SiteId::new(HERO))
    }

    fn name(&self, person: &str) -> String {
        let known = self.portfolio.people.get(&PersonId::new(person));
        known.map_or_else(|| person.to_owned(), |person| person.name.clone())
    }

    fn word(&self, kind: &str, word: &str) -> String {
        self.words.get(&format!("{kind}_{word}")).cloned().unwrap_or_else(|| word.to_owned())
    }

    fn local(&self, at: Timestamp) -> String {
        local(at, self.words)
    }

    fn say(&self, key: &str, context: &Value) -> String {
        let template = self.words.get(key).map_or(key, String::as_str);
        Environment::new().render_str(template, context).unwrap_or_else(|_| template.to_owned())
    }
}

fn is_hero(line: &Line) -> bool {
    value(line, "/subject/id") == HERO
}

fn time(line: &Line, pointer: &str) -> Option<Timestamp> {
    value(line, pointer).as_str()?.parse().ok()
}

/// A field by its JSON pointer; `null` when it is not there.
fn value<'l>(line: &'l Line, pointer: &str) -> &'l serde_json::Value {
    let (first, rest) =
        pointer.trim_start_matches('/').split_once('/').unwrap_or((pointer.trim_start_matches('/'), ""));
    let field = line.fields.get(first).unwrap_or(&serde_json::Value::Null);
    if rest.is_empty() { field } else { field.pointer(&format!("/{rest}")).unwrap_or(&serde_json::Value::Null) }
}

fn is_hero_id(alert: &str) -> bool {
    alert.split('.').any(|part| part == HERO)
}

/// Local time in the story's own zone, as its language writes it.
pub(super) fn local(at: Timestamp, words: &BTreeMap<String, String>) -> String {
    let format = words.get("time_format").map_or("%d %b %H:%M", String::as_str);
    let there = at.to_zoned(TimeZone::get(ZONE).unwrap_or(TimeZone::UTC));
    jiff::fmt::strtime::format(format, &there).unwrap_or_else(|_| at.to_string())
}
