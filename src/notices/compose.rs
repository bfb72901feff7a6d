//! A draft becomes a notice, its place in the thread, and whatever was wrong with the texts.

use std::cell::RefCell;

use minijinja::value::Serde;
use minijinja::{Value, context};
use sha2::{Digest as _, Sha256};

use super::block::block;
use super::entry::entry;
use super::error::NoticeError;
use super::forward::forwards;
use super::keys::required;
use super::opening::opening;
use super::picture::picture;
use super::scene::{Scene, Spoken};
use super::sources::{sure, why};
use super::speaker::Speaker;
use super::storm::storm;
use super::table::{beyond, detailed, rows};
use super::tag::tag;
use super::texts::Texts;
use super::todo::{after, calm, first, stake, todo};
use super::view::{Mail, Picture};
use super::when::Zone;
use super::{clean, plain};
use crate::domain::{
    AlertId, Draft, EventId, Fault, Language, Level, LinkKey, Notice, NoticeId, Person, PersonId, Place, Portfolio,
    Reason, Role, Span, State, Thread, Timestamp,
};
use crate::pictures::Album;

/// How many Message-IDs a thread keeps beside its first.
const NEWEST_KEPT: usize = 10;

/// Everything that a mail is written from.
#[derive(Debug, Clone, Copy)]
pub struct Desk<'a> {
    /// Dealers, sites, lanes, shipments and people.
    pub portfolio: &'a Portfolio,
    /// Alerts, events and hazards, this turn's changes already in.
    pub state: &'a State,
    /// The words.
    pub texts: &'a Texts,
    /// The domain after the `@` of Message-IDs.
    pub sender_domain: &'a str,
    /// The address that mails come from, when it is known: calendar entries name it.
    pub sender: Option<&'a str>,
    /// Where people answer, `https://…`; `None` when there is no page.
    pub base_url: Option<&'a str>,
    /// What signs the links.
    pub link_key: &'a LinkKey,
    /// How long a link is good.
    pub link_life: Span,
    /// One language for every mail, whatever people prefer.
    pub lang_override: Option<Language>,
    /// The instant of the mail.
    pub now: Timestamp,
    /// What draws the maps.
    pub album: &'a Album,
    /// Agencies that have gone silent, and since when.
    pub silence: &'a [(String, Timestamp)],
}

/// A mail, the thread as it now is, and what was wrong with the texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composed {
    /// The mail.
    pub notice: Notice,
    /// The same in a few lines, for channels on which nobody reads more.
    pub short: String,
    /// The thread with this mail in it.
    pub thread: Thread,
    /// Texts that broke and were replaced, and alerts that were not found.
    pub faults: Vec<Fault>,
}

/// Writes the mail that a draft calls for, as a reply within `thread` when there is one.
///
/// # Errors
/// When the person is not in the portfolio, or none of the alerts exists. Never for a text.
pub fn compose(draft: &Draft, thread: Option<&Thread>, desk: &Desk<'_>) -> Result<Composed, NoticeError> {
    let person = desk.portfolio.people.get(&draft.person);
    let person = person.ok_or_else(|| NoticeError::NoSuchPerson { person: draft.person.clone() })?;
    let faults = RefCell::new(Vec::new());
    let changed = draft.changed.iter().map(|line| (&line.alert, Some(&line.reason)));
    let standing = draft.standing.iter().map(|alert| (alert, None));
    let lines = spoken(changed.chain(standing), desk, &faults);
    let Some(first) = lines.first() else {
        return Err(NoticeError::NothingToSay { person: draft.person.clone(), event: draft.event.clone() });
    };
    let says = Speaker::new(desk.texts, desk.lang_override.unwrap_or(person.language), &faults);
    let storm = storm(&says, desk.state, &draft.event, first.alert.exposure.kind);
    let scene = Scene { zone: Zone::first_of(&[&person.time_zone]), desk, says, person, storm, lines };
    let subject = thread.map_or_else(|| subject(&scene), |thread| thread.subject.clone());
    let (picture, map) = picture(&scene).unzip();
    let mail = mail(&scene, &subject, picture);
    let (text, html) = laid_out(&scene.says, &mail);
    let short = plain::short(&mail);
    let mut notice = notice(&scene, draft, thread, subject, (text, html));
    let (calendar, entry_at) = entry(&scene, &notice, thread);
    notice.attachments.extend(map.into_iter().chain(calendar));
    let thread = Thread { entry_at, ..threaded(thread, &notice) };
    drop(scene);
    Ok(Composed { notice, short, thread, faults: faults.into_inner() })
}

/// The alerts by their ids, each once; one that is not found is a fault.
pub(super) fn spoken<'a>(
    told: impl Iterator<Item = (&'a AlertId, Option<&'a Reason>)>,
    desk: &Desk<'a>,
    faults: &RefCell<Vec<Fault>>,
) -> Vec<Spoken<'a>> {
    let mut lines: Vec<Spoken<'a>> = Vec::new();
    for (id, reason) in told {
        match desk.state.alerts.get(id) {
            Some(alert) if lines.iter().any(|line| line.alert.id == alert.id) => {}
            Some(alert) => lines.push(Spoken { alert, reason }),
            None => faults.borrow_mut().push(Fault::minor(Place::default().field(id.as_str()), "no such alert")),
        }
    }
    lines
}

fn subject(scene: &Scene<'_>) -> String {
    let key = match scene.person.role {
        Role::AccountManager => "subject.account-manager",
        Role::Logistics => "subject.logistics",
        _ => "subject.other",
    };
    // A subject is a header: whatever an override puts there, it stays one line.
    clean::clean(&scene.says.say(key, &context! { storm => scene.storm.as_str() }), 150)
}

fn mail(scene: &Scene<'_>, subject: &str, picture: Option<Picture>) -> Mail {
    let live = scene.live();
    let opening = opening(scene);
    let first = first(scene, &live);
    let todo = first.map(|(line, best)| todo(scene, &line, best));
    let full = detailed(&live, first.as_ref().map(|(line, _)| line));
    let (level, tag) = tag(scene, &live, first.as_ref().map(|(line, _)| line));
    let headline = opening.first().cloned();
    let preheader = todo.as_ref().map(|todo| todo.line.clone()).into_iter().chain(headline);
    Mail {
        lang: scene.says.language().tag().to_owned(),
        subject: subject.to_owned(),
        preheader: preheader.collect::<Vec<_>>().join(" "),
        level,
        tag,
        fonts: scene.says.name("form.fonts").unwrap_or("sans-serif").to_owned(),
        opening,
        calm: if todo.is_none() { calm(scene, &live).or_else(|| after(scene)) } else { None },
        todo,
        money: first.map(|(line, _)| stake(scene, &line)).unwrap_or_default(),
        answer: scene.says.word("label.answer"),
        answers: scene.says.word("label.answers"),
        picture,
        rows_title: scene.says.word("label.place"),
        rows_chance: scene.says.word("label.gale"),
        rows: rows(scene, &live, &full),
        more: beyond(scene, &live),
        months: None,
        blocks: full.iter().map(|line| block(scene, line)).collect(),
        forwards: forwards(scene, &full),
        sure: sure(scene),
        why: why(scene),
    }
}

fn laid_out(says: &Speaker<'_>, mail: &Mail) -> (String, String) {
    let labels = required().filter(|(key, facts)| key.starts_with("label.") && facts.is_empty());
    let words: std::collections::BTreeMap<String, String> =
        labels.map(|(key, _)| (key.trim_start_matches("label.").to_owned(), says.word(&key))).collect();
    let facts = context! { mail => Value::from(Serde(mail)), w => words };
    let text = says.try_say("mail.txt", &facts).filter(|text| !text.trim().is_empty());
    let html = says.try_say("mail.html", &facts).filter(|html| !html.trim().is_empty());
    (text.unwrap_or_else(|| plain::text(mail)), html.unwrap_or_else(|| plain::html(mail)))
}

fn notice(
    scene: &Scene<'_>,
    draft: &Draft,
    thread: Option<&Thread>,
    subject: String,
    (text, html): (String, String),
) -> Notice {
    let Person { id, name, email, .. } = scene.person;
    let notice_id = notice_id(&draft.person, &draft.event, thread, scene.now());
    let live = scene.live();
    let level = live.first().map(|line| line.alert.level);
    let mut why: Vec<String> = Vec::new();
    for key in draft.changed.iter().map(|line| line.reason.key()) {
        if !why.iter().any(|known| known == key) {
            why.push(key.to_owned());
        }
    }
    Notice {
        message_id: format!("<{notice_id}@{}>", domain(scene.desk.sender_domain)),
        id: notice_id,
        person: id.clone(),
        channel: "email".to_owned(),
        to_name: clean::name(name),
        to: email.clone(),
        event: draft.event.clone(),
        alerts: scene.lines.iter().map(|line| line.alert.id.clone()).collect(),
        level: level.or_else(|| scene.lines.iter().map(|line| line.alert.level).max()).unwrap_or(Level::Watch),
        act_by: first(scene, &live).and_then(|(_, best)| best.act_by),
        why,
        lang: scene.says.language().tag().to_owned(),
        subject,
        references: thread.map(|thread| thread.message_ids.clone()).unwrap_or_default(),
        text,
        html,
        list_unsubscribe: None,
        attachments: Vec::new(),
        queued_at: scene.now(),
        attempts: 0,
        next_try: None,
        last_fault: None,
    }
}

/// What a mail that speaks of no alert is about.
pub(super) struct About {
    /// The event, or whatever else makes a thread of its own.
    pub(super) event: EventId,
    pub(super) level: Level,
    /// The reason's key.
    pub(super) why: String,
}

/// A mail that speaks of no alert as a notice to a person, and its thread with it in it.
pub(super) fn posted(
    mail: &Mail,
    about: About,
    person: &Person,
    desk: &Desk<'_>,
    says: &Speaker<'_>,
) -> (Notice, Thread) {
    let thread = desk.state.threads.get(&(person.id.clone(), about.event.clone()));
    let (text, html) = laid_out(says, mail);
    let id = notice_id(&person.id, &about.event, thread, desk.now);
    let notice = Notice {
        message_id: format!("<{id}@{}>", domain(desk.sender_domain)),
        id,
        person: person.id.clone(),
        channel: "email".to_owned(),
        to_name: clean::name(&person.name),
        to: person.email.clone(),
        event: about.event,
        alerts: Vec::new(),
        level: about.level,
        act_by: None,
        why: vec![about.why],
        lang: says.language().tag().to_owned(),
        subject: mail.subject.clone(),
        references: thread.map(|thread| thread.message_ids.clone()).unwrap_or_default(),
        text,
        html,
        list_unsubscribe: None,
        attachments: Vec::new(),
        queued_at: desk.now,
        attempts: 0,
        next_try: None,
        last_fault: None,
    };
    let thread = threaded(thread, &notice);
    (notice, thread)
}

/// The same person, event and instant in the same thread give the same id, so that a repeat is recognised.
fn notice_id(person: &PersonId, event: &EventId, thread: Option<&Thread>, now: Timestamp) -> NoticeId {
    let count = thread.map_or(0, |thread| thread.count).saturating_add(1);
    let seed = format!("{person}\0{event}\0{count}\0{now}");
    let digest = Sha256::digest(seed.as_bytes());
    NoticeId::new(digest.iter().take(16).fold(String::new(), |hex, byte| format!("{hex}{byte:02x}")))
}

fn threaded(thread: Option<&Thread>, notice: &Notice) -> Thread {
    let mut message_ids = notice.references.clone();
    message_ids.push(notice.message_id.clone());
    while message_ids.len() > NEWEST_KEPT + 1 {
        message_ids.remove(1);
    }
    Thread {
        person: notice.person.clone(),
        event: notice.event.clone(),
        subject: notice.subject.clone(),
        message_ids,
        last_at: notice.queued_at,
        count: thread.map_or(0, |thread| thread.count).saturating_add(1),
        entry_at: thread.and_then(|thread| thread.entry_at),
    }
}

/// A domain that is safe in a header.
pub(super) fn domain(text: &str) -> String {
    let safe: String = text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-')).collect();
    if safe.is_empty() { "localhost".to_owned() } else { safe }
}
