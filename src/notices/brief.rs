//! The brief before a manager's weekly visit: whom to see first and why, what waits there, and an entry for the calendar.

use std::cell::RefCell;
use std::collections::BTreeMap;

use jiff::civil::Date;
use minijinja::context;

use super::calendar::{Entry, Method};
use super::compose::{About, Composed, Desk, posted};
use super::error::NoticeError;
use super::scene::answer_link;
use super::speaker::Speaker;
use super::view::{Block, Mail, Row, Todo};
use super::when::Zone;
use super::{clean, plain};
use crate::domain::{Brief, DealerDanger, DealerId, EventId, Level, Person, SiteFinding, Stop, Timestamp, VisitReason};

mod stop;

/// How many dealers the table names.
const ROWS_MAX: usize = 40;
/// How many dealers are told in full.
const BLOCKS_MAX: usize = 8;
/// How many dealers one line names.
const NAMED_MAX: usize = 3;

/// What is to be told of a visit.
#[derive(Debug, Clone, Copy)]
pub struct BriefNews<'a> {
    /// The visit.
    pub brief: &'a Brief,
    /// What the sites lack before the season, by dealer.
    pub findings: &'a BTreeMap<DealerId, Vec<SiteFinding>>,
}

/// Writes a brief, with the calendar's entry attached; a change of it is a reply to it.
///
/// # Errors
/// When the person is not in the portfolio.
pub fn compose_brief(news: &BriefNews<'_>, desk: &Desk<'_>) -> Result<Composed, NoticeError> {
    let told = &news.brief.told;
    let known = desk.portfolio.people.get(&told.person);
    let person = known.ok_or_else(|| NoticeError::NoSuchPerson { person: told.person.clone() })?;
    let faults = RefCell::new(Vec::new());
    let says = Speaker::new(desk.texts, desk.lang_override.unwrap_or(person.language), &faults);
    let event = EventId::new(format!("visit-{}", week(told.week)));
    let zone = Zone::first_of(&[&person.time_zone]);
    let letter = Letter { news, desk, person, says: &says, zone };
    let thread = desk.state.threads.get(&(person.id.clone(), event.clone()));
    let subject = thread.map_or_else(|| letter.subject(), |thread| thread.subject.clone());
    let level = letter.stops().filter_map(|stop| stop.danger.as_ref()).map(|danger| danger.level).max();
    let mail = letter.mail(&subject);
    let about = About { event, level: level.unwrap_or(Level::Watch), why: format!("visit-{}", news.brief.why.key()) };
    let (mut notice, thread) = posted(&mail, about, person, desk, &says);
    notice.attachments.push(letter.entry(&mail).attachment("visit"));
    Ok(Composed { notice, short: plain::short(&mail), thread, faults: faults.into_inner() })
}

/// `2004-W33`.
fn week(monday: Date) -> String {
    let week = monday.iso_week_date();
    format!("{}-W{:02}", week.year(), week.week())
}

/// One mail on its way.
pub(super) struct Letter<'a> {
    pub(super) news: &'a BriefNews<'a>,
    pub(super) desk: &'a Desk<'a>,
    pub(super) person: &'a Person,
    pub(super) says: &'a Speaker<'a>,
    pub(super) zone: Zone,
}

impl Letter<'_> {
    fn stops(&self) -> impl Iterator<Item = &Stop> {
        self.news.brief.stops.iter()
    }

    /// Those for whom somebody must still do something, by their level and last start.
    fn endangered(&self) -> impl Iterator<Item = (&Stop, &DealerDanger)> {
        let order = &self.news.brief.told.order;
        self.stops().filter(|stop| order.contains(&stop.dealer)).filter_map(|stop| Some((stop, stop.danger.as_ref()?)))
    }

    fn subject(&self) -> String {
        clean::clean(&self.says.say("visit.subject", &context! { day => self.date(self.news.brief.told.day) }), 150)
    }

    fn mail(&self, subject: &str) -> Mail {
        let says = self.says;
        let opening = self.opening();
        let is_brief = matches!(self.news.brief.why, VisitReason::DayBefore);
        let worst = self.endangered().map(|(_, danger)| danger.level).max();
        // Nobody is sent into a gale, unless there is time to go before it.
        let is_early = self.news.brief.told.go_on.is_some();
        let first = self.endangered().find(|(stop, _)| is_early || !stop.is_out_of_bounds);
        let told: Vec<Block> = self.stops().filter_map(|stop| self.block(stop)).take(BLOCKS_MAX).collect();
        let more = self.stops().count().saturating_sub(ROWS_MAX);
        let weekday = self.person.visit.map(|day| self.weekday(day)).unwrap_or_default();
        Mail {
            lang: says.language().tag().to_owned(),
            subject: subject.to_owned(),
            preheader: opening.first().cloned().unwrap_or_default(),
            level: worst.map_or("watch", Level::as_str),
            tag: says.word(if is_brief { "visit.tag" } else { "visit.tag-change" }),
            fonts: says.name("form.fonts").unwrap_or("sans-serif").to_owned(),
            opening,
            todo: first.map(|(stop, danger)| self.todo(stop, danger)),
            calm: self.stops().all(|stop| stop.danger.is_none()).then(|| says.word("visit.calm")),
            money: Vec::new(),
            picture: None,
            answer: says.word("label.answer"),
            answers: says.word("label.answers"),
            rows_title: says.word("visit.dealers"),
            rows_chance: says.word("label.gale"),
            rows: self.stops().take(ROWS_MAX).map(|stop| self.row(stop)).collect(),
            more: (more > 0).then(|| says.say("place.more", &context! { n => more })),
            months: None,
            blocks: told,
            forwards: Vec::new(),
            sure: Vec::new(),
            why: vec![
                says.say("visit.why", &context! { weekday }),
                says.word("why.account-manager"),
                says.word("visit.calendar"),
            ],
        }
    }

    fn opening(&self) -> Vec<String> {
        let (brief, says) = (self.news.brief, self.says);
        let day = self.date(brief.told.day);
        let first = self.endangered().next().map(|(stop, _)| self.dealer(&stop.dealer)).unwrap_or_default();
        let mut lines = Vec::new();
        match brief.why {
            VisitReason::OrderChanged => lines.push(says.say("visit.order-changed", &context! { day, first })),
            VisitReason::GoEarlier { .. } => {}
            _ => {
                let is_today = self.local(self.desk.now) == brief.told.day;
                let (n, endangered) = (self.stops().count(), self.endangered().count());
                lines.push(says.say("visit.due", &context! { is_today, day, n, endangered }));
            }
        }
        lines.extend(self.earlier());
        let bound = self.stops().filter(|stop| stop.is_out_of_bounds).map(|stop| self.dealer(&stop.dealer));
        let bound: Vec<String> = bound.collect();
        if !bound.is_empty() {
            lines.push(says.say("visit.keep-away", &context! { dealers => says.list(&bound, NAMED_MAX) }));
        }
        lines
    }

    /// That the visit should be earlier, by the earliest last start.
    fn earlier(&self) -> Option<String> {
        let told = &self.news.brief.told;
        let on = told.go_on?;
        let last = |(stop, danger): (&Stop, &DealerDanger)| {
            danger.act_by.filter(|at| *at > self.desk.now).map(|at| (at, stop.dealer.clone()))
        };
        let (act_by, dealer) = self.endangered().filter_map(last).min()?;
        let (day, on) = (self.date(told.day), self.date(on));
        let act_by = self.says.short(act_by, &self.zone);
        Some(self.says.say("visit.go-earlier", &context! { day, on, first => self.dealer(&dealer), act_by }))
    }

    fn todo(&self, stop: &Stop, danger: &DealerDanger) -> Todo {
        let (says, now) = (self.says, self.desk.now);
        let what = says.say("visit.first", &context! { name => self.dealer(&stop.dealer), tier => "" });
        let place = self.place(&danger.alert);
        let act_by = danger.act_by.filter(|at| *at > now);
        let by = act_by.map_or_else(
            || says.word("todo.now"),
            |at| says.say("todo.by", &context! { when => says.local(at, &self.zone) }),
        );
        Todo {
            line: format!("{what}. {by}"),
            what,
            place,
            late: None,
            threat: None,
            left: act_by.map(|at| says.left(at, now)).unwrap_or_default(),
            by,
            yours: None,
            link: answer_link(self.desk, self.person, &danger.alert),
        }
    }

    fn row(&self, stop: &Stop) -> Row {
        let says = self.says;
        let tier = self.desk.portfolio.dealers.get(&stop.dealer).map(|dealer| clean::name(&dealer.tier));
        let title = says.say("visit.dealer", &context! { name => self.dealer(&stop.dealer), tier });
        let (level, level_word) = match &stop.danger {
            None => ("over", says.word("visit.quiet")),
            Some(danger) if danger.is_in_hand => ("over", says.word("short.acting")),
            Some(danger) => (danger.level.as_str(), says.word(&format!("level.{}", danger.level.as_str()))),
        };
        let danger = stop.danger.as_ref();
        let act_by = danger.filter(|danger| !danger.is_in_hand).and_then(|danger| danger.act_by);
        let by = act_by.filter(|at| *at > self.desk.now).map(|at| self.begin_by(at));
        let keep_away = stop.is_out_of_bounds.then(|| says.word("visit.keep-away-short"));
        let chance = danger.and_then(|danger| danger.p_34kt).map(|p| says.percent(p)).unwrap_or_default();
        let by = [by, keep_away].into_iter().flatten().collect::<Vec<_>>().join(" · ");
        Row { title, level, level_word, chance, by, link: None }
    }

    /// The entry in the calendar.
    fn entry(&self, mail: &Mail) -> Entry {
        let (brief, says) = (self.news.brief, self.says);
        let told = &brief.told;
        let names: Vec<String> = self.stops().map(|stop| self.dealer(&stop.dealer)).collect();
        let facts = context! {
            is_earlier => told.go_on.is_some(), day => self.date(told.day), dealers => says.list(&names, NAMED_MAX),
        };
        let mut lines = mail.opening.clone();
        for (number, stop) in (1..).zip(self.stops().take(ROWS_MAX)) {
            let row = self.row(stop);
            let by = [row.level_word, row.by].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
            let facts = context! { number, place => row.title, by => by.join(" · ") };
            lines.push(says.say("visit.entry-line", &facts));
        }
        Entry {
            uid: format!("visit-{}-{}@{}", told.person, week(told.week), self.desk.sender_domain),
            sequence: told.sequence,
            method: Method::Publish,
            start: brief.hours.0,
            end: brief.hours.1,
            summary: says.say("visit.entry", &facts),
            description: lines.join("\n"),
            location: self.endangered().next().map(|(_, danger)| self.place(&danger.alert)),
            url: None,
            organizer: None,
            attendee: None,
            stamp: self.desk.now,
            alarm_before: None,
        }
    }

    /// A dealer's name.
    pub(super) fn dealer(&self, id: &DealerId) -> String {
        let known = self.desk.portfolio.dealers.get(id).map(|dealer| clean::name(&dealer.name));
        known.filter(|name| !name.is_empty()).unwrap_or_else(|| clean::name(id.as_str()))
    }

    /// `begin by Wed 11 Aug 14:00`.
    pub(super) fn begin_by(&self, at: Timestamp) -> String {
        self.says.say("short.by", &context! { when => self.says.short(at, &self.zone) })
    }

    fn local(&self, at: Timestamp) -> Date {
        at.to_zoned(self.person.zone()).date()
    }

    /// `Thu 12 Aug`.
    fn date(&self, date: Date) -> String {
        let names = self.says.name("form.months").unwrap_or_default();
        let month = usize::from(date.month().unsigned_abs()).saturating_sub(1);
        let facts = context! {
            weekday => self.weekday(date.weekday()), day => date.day(),
            month => names.split_whitespace().nth(month).unwrap_or_default(),
        };
        self.says.say("time.date", &facts)
    }

    fn weekday(&self, day: jiff::civil::Weekday) -> String {
        let names = self.says.name("form.weekdays").unwrap_or_default();
        let at = usize::try_from(day.to_monday_zero_offset()).unwrap_or_default();
        names.split_whitespace().nth(at).unwrap_or_default().to_owned()
    }
}
