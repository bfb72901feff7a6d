//! Dead letters and late notices are told to the operators by whatever way still works, at most once an hour each: a
//! warning that has not left must be carried by somebody.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Shared;
use super::routes::{EMAIL, Routes, sender_domain};
use crate::domain::{
    DocumentHash, EventId, Language, Level, Notice, NoticeId, Person, PersonId, Role, Span, Timestamp,
};
use crate::store::outbox::{self, DeadLetter};

/// A notice that waits for longer is the operator's business, every hour anew.
const OVERDUE: Span = Span::from_hours(1);
/// Between two mails to one operator about this.
const PAUSE: Span = Span::from_hours(1);
/// The most rows of a kind that a mail shows.
const ROWS_MAX: usize = 20;
/// What these mails are about: they are no cause for another.
const EVENT: &str = "undelivered";

/// What has been told.
pub(super) struct Undelivered {
    /// When the log was last told of a notice that waits.
    complaints: BTreeMap<NoticeId, Timestamp>,
    /// When an operator was last told.
    told: BTreeMap<PersonId, Timestamp>,
    /// Letters that died before are old news.
    since: Timestamp,
}

impl Undelivered {
    /// Begins at an instant; what died within the hour before may not have been told yet.
    pub(super) fn new(now: Timestamp) -> Self {
        let since = now.checked_sub(PAUSE).unwrap_or(now);
        Self { complaints: BTreeMap::new(), told: BTreeMap::new(), since }
    }

    /// Looks for what is late or dead, says so in the log, and tells the operators whose turn it is.
    pub(super) async fn look(&mut self, shared: &Arc<Shared>, routes: &Routes, waiting: &[Notice]) {
        let now = shared.clock.now();
        for notice in self.complained_of(waiting, now) {
            let (since, attempts) = (notice.queued_at, notice.attempts);
            let fault = notice.last_fault.as_deref().unwrap_or("an earlier mail to the same person waits");
            tracing::error!(notice = %notice.id, person = %notice.person, %since, attempts, fault, "a warning has not left; call the person");
        }
        let portfolio = shared.portfolio.get();
        let operators = portfolio.people_with(Role::Operator);
        let due: Vec<&Person> = operators.filter(|person| self.is_due(&person.id, now)).collect();
        let late: Vec<&Notice> = waiting.iter().filter(|notice| is_late(notice, now)).collect();
        let has_news = shared.has_dead_letters.load(Ordering::Relaxed) || !late.is_empty();
        if due.is_empty() || !has_news {
            return;
        }
        // Those whose hour is not over yet are told when it is. Before the letters are read, so that none is missed.
        let is_everyone_due = due.len() == portfolio.people_with(Role::Operator).count();
        shared.has_dead_letters.fetch_and(!is_everyone_due, Ordering::Relaxed);
        let Some(letters) = dead_letters(shared).await else { return };
        let mut mails = Vec::new();
        for person in due {
            let since = self.told.get(&person.id).copied().unwrap_or(self.since);
            let dead: Vec<&DeadLetter> =
                letters.iter().filter(|letter| letter.at > since && !is_own(&letter.notice)).collect();
            if dead.is_empty() && late.is_empty() {
                continue;
            }
            self.told.insert(person.id.clone(), now);
            let channel = way_to(person, routes);
            let domain = sender_domain(&shared.config);
            mails.push(written(&Told { dead: &dead, late: &late }, person, &channel, &domain, now));
        }
        queue(shared, mails).await;
    }

    /// The notices that have waited for too long and were not complained of within the hour.
    fn complained_of<'a>(&mut self, waiting: &'a [Notice], now: Timestamp) -> Vec<&'a Notice> {
        self.complaints.retain(|id, _| waiting.iter().any(|notice| notice.id == *id));
        let has_passed = |since: Timestamp| now.duration_since(since) >= OVERDUE;
        let late = waiting.iter().filter(|notice| has_passed(notice.queued_at));
        let late: Vec<&Notice> =
            late.filter(|notice| self.complaints.get(&notice.id).is_none_or(|last| has_passed(*last))).collect();
        self.complaints.extend(late.iter().map(|notice| (notice.id.clone(), now)));
        late
    }

    fn is_due(&self, person: &PersonId, now: Timestamp) -> bool {
        self.told.get(person).is_none_or(|told| now.duration_since(*told) >= PAUSE || *told > now)
    }
}

async fn dead_letters(shared: &Arc<Shared>) -> Option<Vec<DeadLetter>> {
    let store = shared.store.clone();
    match tokio::task::spawn_blocking(move || outbox::dead_letters(&*store)).await {
        Ok(Ok(letters)) => return Some(letters),
        Ok(Err(error)) => tracing::error!(%error, "the dead letters cannot be read"),
        Err(error) => tracing::error!(%error, "the dead letters cannot be read"),
    }
    None
}

async fn queue(shared: &Arc<Shared>, mails: Vec<Notice>) {
    if mails.is_empty() {
        return;
    }
    let store = shared.store.clone();
    let queued = tokio::task::spawn_blocking(move || outbox::queue(&*store, &mails)).await;
    match queued {
        Ok(Ok(())) => shared.post.notify_one(),
        Ok(Err(error)) => tracing::error!(%error, "the operators cannot be told of what has not left"),
        Err(error) => tracing::error!(%error, "the operators cannot be told of what has not left"),
    }
}

fn is_own(notice: &Notice) -> bool {
    notice.event.as_str() == EVENT
}

fn is_late(notice: &Notice, now: Timestamp) -> bool {
    now.duration_since(notice.queued_at) >= OVERDUE && !is_own(notice)
}

/// The first of mail and the person's channels by which the newest message left; mail when none is left.
fn way_to(person: &Person, routes: &Routes) -> String {
    let works = |id: &&str| routes.get(*id).is_some_and(|route| !route.is_failing());
    let mut ways = std::iter::once(EMAIL).chain(person.channels.iter().map(String::as_str));
    ways.find(works).unwrap_or(EMAIL).to_owned()
}

/// What a mail tells.
struct Told<'a> {
    dead: &'a [&'a DeadLetter],
    late: &'a [&'a Notice],
}

fn written(told: &Told<'_>, person: &Person, channel: &str, domain: &str, now: Timestamp) -> Notice {
    let words = words(person.language);
    let text = text(told, &words);
    // The same in the same hour, so that a restart does not tell it again.
    let hour = now.as_second().div_euclid(3_600);
    let seed = format!("{EVENT}\0{}\0{channel}\0{hour}", person.id);
    let id: String = DocumentHash::of(seed.as_bytes()).digits().chars().take(32).collect();
    Notice {
        message_id: format!("<{id}@{domain}>"),
        id: NoticeId::new(&id),
        person: person.id.clone(),
        channel: channel.to_owned(),
        to_name: person.name.clone(),
        to: person.email.clone(),
        event: EventId::new(EVENT),
        alerts: Vec::new(),
        level: Level::Warn,
        act_by: None,
        why: vec![EVENT.to_owned()],
        lang: person.language.tag().to_owned(),
        subject: words.subject.to_owned(),
        references: Vec::new(),
        html: format!("<html lang=\"{}\"><body><pre>{}</pre></body></html>\n", person.language.tag(), escaped(&text)),
        text,
        list_unsubscribe: None,
        attachments: Vec::new(),
        queued_at: now,
        attempts: 0,
        next_try: None,
        last_fault: None,
    }
}

/// The words of one language.
struct Words {
    subject: &'static str,
    first: &'static str,
    dead: &'static str,
    late: &'static str,
    more: &'static str,
    hint: &'static str,
}

fn words(language: Language) -> Words {
    match language {
        Language::Chinese => Words {
            subject: "Seawall：有消息没有送出",
            first: "有警报没有送到收件人手中，请打电话告知他们。",
            dead: "已放弃：",
            late: "等待超过1小时：",
            more: "……另有",
            hint: "`seawall outbox list` 列出全部。原因消除后，等待中的会自动重发；已放弃的请用 `seawall outbox retry` 重发。",
        },
        Language::English => Words {
            subject: "Seawall: messages that have not left",
            first: "Warnings have not reached the people below. Call them.",
            dead: "Given up:",
            late: "Waiting for more than an hour:",
            more: "… and more:",
            hint: "`seawall outbox list` lists them all. Once the cause is gone, what waits is tried again by itself, and what was given up by `seawall outbox retry`.",
        },
    }
}

fn text(told: &Told<'_>, words: &Words) -> String {
    let mut lines = vec![words.first.to_owned()];
    let dead: Vec<String> = told.dead.iter().map(|letter| row(&letter.notice)).collect();
    let late: Vec<String> = told.late.iter().map(|notice| row(notice)).collect();
    for (title, rows) in [(words.dead, dead), (words.late, late)] {
        if rows.is_empty() {
            continue;
        }
        lines.extend([String::new(), title.to_owned()]);
        lines.extend(rows.iter().take(ROWS_MAX).cloned());
        if let Some(more) = rows.len().checked_sub(ROWS_MAX).filter(|more| *more > 0) {
            lines.push(format!("{} {more}", words.more));
        }
    }
    lines.extend([String::new(), words.hint.to_owned()]);
    lines.join("\n") + "\n"
}

/// Whom, by which way, since when, about what, and why not.
fn row(notice: &Notice) -> String {
    let since = notice.queued_at.strftime("%Y-%m-%d %H:%M UTC");
    let fault = notice.last_fault.as_deref().and_then(|fault| fault.lines().next()).unwrap_or("-");
    let (name, id, channel, level) = (&notice.to_name, &notice.person, &notice.channel, notice.level.as_str());
    let subject: String = notice.subject.chars().take(60).collect();
    format!("- {name} ({id}), {channel}, {level}, {since}: {subject}\n  {fault}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::super::post::tests::{at, notice};
    use super::*;

    fn operator(language: Language) -> Person {
        Person {
            id: PersonId::new("ops"),
            name: "Operations".to_owned(),
            email: "ops@example.com".to_owned(),
            role: Role::Operator,
            reports_to: None,
            language,
            time_zone: "UTC".to_owned(),
            quiet: None,
            visit: None,
            dealer: None,
            digest: None,
            channels: vec!["ops-room".to_owned()],
            deputy: None,
            away: Vec::new(),
        }
    }

    #[test]
    fn the_log_is_told_of_each_late_notice_once_an_hour() {
        let notices = [notice("old", 0), notice("new", 3000)];
        let mut undelivered = Undelivered::new(at(0));
        let mut told = |second| undelivered.complained_of(&notices, at(second)).len();
        assert_eq!([told(3599), told(3600), told(3605), told(6600), told(7200)], [0, 1, 0, 1, 1]);
        undelivered.complained_of(&[], at(7300));
        assert!(undelivered.complaints.is_empty(), "what has left is forgotten");
    }

    #[test]
    fn an_operator_is_told_once_an_hour() {
        let mut undelivered = Undelivered::new(at(0));
        let ops = PersonId::new("ops");
        assert!(undelivered.is_due(&ops, at(10)));
        undelivered.told.insert(ops.clone(), at(10));
        assert_eq!([11, 3609, 3610, 9].map(|second| undelivered.is_due(&ops, at(second))), [false, false, true, true]);
    }

    #[test]
    fn the_mail_names_whom_to_call_and_why() {
        let fault = Some("the mail server refused the recipient: 550 5.1.1 <address>".to_owned());
        let dead = DeadLetter { notice: Notice { last_fault: fault, ..notice("n1", 0) }, at: at(5) };
        let late: Vec<Notice> = (0..23).map(|n| notice(&format!("l{n}"), 60)).collect();
        let late: Vec<&Notice> = late.iter().collect();
        for language in [Language::English, Language::Chinese] {
            let told = Told { dead: &[&dead], late: &late };
            let mail = written(&told, &operator(language), "email", "example.com", at(4000));
            assert!(mail.text.contains("- Li (li), email, warn, 1970-01-01 00:00 UTC"), "{}", mail.text);
            assert!(mail.text.contains("5.1.1 <address>") && mail.html.contains("&lt;address&gt;"));
            assert_eq!(mail.text.matches("- Li (li)").count(), 21);
            assert!(mail.text.contains(" 3\n"), "three more are counted: {}", mail.text);
            let again = written(&told, &operator(language), "email", "example.com", at(4100));
            assert_eq!(mail.id, again.id, "the same in the same hour");
            assert!(is_own(&mail) && !is_late(&mail, at(1_000_000)));
        }
    }
}
