//! The calendar entry of a thread: the latest start of what must begin first at the worst level. One uid a person and storm for ever, so that a
//! later mail moves the entry, and takes it out when nothing is left to begin.

use minijinja::context;

use super::actions::{action_facts, title};
use super::calendar::{Entry, Method};
use super::clean;
use super::compose::domain;
use super::scene::{Scene, Spoken};
use super::todo::{best, is_for, money_line};
use crate::domain::{AdvisedAction, Attachment, Notice, Span, Thread, Timestamp};

/// How long the entry lasts: long enough to be seen in a calendar's day. A guess.
const LENGTH: Span = Span::from_mins(30);
/// How long before the latest start the calendar rings.
const ALARM: Span = Span::from_hours(2);

/// The entry that goes with a mail, and when what then stands in the reader's calendar begins.
pub(super) fn entry(
    scene: &Scene<'_>,
    notice: &Notice,
    thread: Option<&Thread>,
) -> (Option<Attachment>, Option<Timestamp>) {
    let stands = thread.and_then(|thread| thread.entry_at);
    let first_id = thread.and_then(|thread| thread.message_ids.first()).unwrap_or(&notice.message_id);
    let bare = Entry {
        uid: format!("act-by-{}", first_id.trim_matches(['<', '>'])),
        sequence: thread.map_or(0, |thread| thread.count),
        method: Method::Cancel,
        start: scene.now(),
        end: scene.now(),
        summary: String::new(),
        description: String::new(),
        location: None,
        url: None,
        organizer: Some(organizer(scene)),
        attendee: Some(notice.to.clone()),
        stamp: scene.now(),
        alarm_before: None,
    };
    if let Some((line, action, at)) = earliest(scene) {
        return (Some(latest_start(scene, &line, action, at, bare).attachment("act-by")), Some(at));
    }
    let is_open = scene.live().iter().any(Spoken::is_open);
    match stands.filter(|_| !is_open) {
        Some(start) => {
            let summary = scene.says.say("entry.over", &context! { storm => scene.storm.as_str() });
            let over = Entry { start, end: end(start), summary, ..bare };
            (Some(over.attachment("act-by")), None)
        }
        None => (None, stands),
    }
}

/// Whoever sends the mails; a domain's alerts where no address is known.
fn organizer(scene: &Scene<'_>) -> String {
    let own = scene.desk.sender.map(str::to_owned);
    own.unwrap_or_else(|| format!("seawall@{}", domain(scene.desk.sender_domain)))
}

/// What must begin first among the mail's most urgent places, the reader's own before others', and when at the latest: a
/// deadline that can be missed would hide the one that cannot.
fn earliest<'a>(scene: &Scene<'a>) -> Option<(Spoken<'a>, &'a AdvisedAction, Timestamp)> {
    let open = scene.live().into_iter().filter(|line| line.is_open() && !scene.blows(line.alert));
    let starts = open.filter_map(|line| {
        let action = best(&line, scene.person.role)?;
        Some((line, action, action.act_by.filter(|at| *at > scene.now())?))
    });
    starts.min_by_key(|(line, action, at)| {
        let is_others = !is_for(action, scene.person.role);
        (std::cmp::Reverse(line.alert.level), is_others, *at, line.alert.id.clone())
    })
}

fn latest_start(scene: &Scene<'_>, line: &Spoken<'_>, action: &AdvisedAction, at: Timestamp, bare: Entry) -> Entry {
    let says = &scene.says;
    let title = title(says, action, &action_facts(scene, says, line.alert, action));
    let place = scene.place(says, line.alert);
    let site = scene.site(line.alert);
    let id = clean::name(&line.alert.subject.id);
    let link = scene.link(line.alert);
    let more = scene.live().iter().filter(|other| other.is_open() && other.alert.id != line.alert.id).count();
    let mut words = vec![
        says.say("todo.action", &context! { title => title.as_str(), place => place.as_str() }),
        says.say("todo.by", &context! { when => says.full(at, &scene.zone_of(line.alert)) }),
    ];
    words.extend(line.alert.exposure.probability.map(|p| {
        let facts = context! { storm => scene.storm.as_str(), chance => says.chance(p.gale) };
        says.say("entry.chance", &facts)
    }));
    words.extend(money_line(scene, line));
    if more > 0 {
        words.push(says.say("entry.more", &context! { n => more }));
    }
    words.extend(link.as_ref().map(|link| says.say("entry.answer", &context! { link => link.as_str() })));
    Entry {
        method: Method::Request,
        start: at,
        end: end(at),
        summary: says.say("entry.summary", &context! { title, id }),
        description: words.join("\n"),
        location: Some(site.map_or_else(
            || place.clone(),
            |site| format!("{place} ({:.4}, {:.4})", site.position.lat(), site.position.lon()),
        )),
        url: link,
        alarm_before: Some(ALARM),
        ..bare
    }
}

fn end(start: Timestamp) -> Timestamp {
    start.checked_add(LENGTH).unwrap_or(start)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::World;
    use super::super::{Composed, fixtures::at};
    use crate::domain::*;

    fn ics(composed: &Composed) -> Option<String> {
        let part = composed.notice.attachments.iter().find(|part| part.name == "act-by.ics")?;
        let text = String::from_utf8(part.bytes.clone()).expect("UTF-8").replace("\r\n ", "");
        let method = part.media_type.rsplit('=').next().expect("a method");
        assert!(text.contains(&format!("METHOD:{method}\r\n")), "{}", part.media_type);
        Some(text)
    }

    fn line<'a>(ics: &'a str, name: &str) -> &'a str {
        ics.split("\r\n").find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap_or_default()
    }

    const BOTH: [(&str, Reason); 2] = [("a1f3", Reason::FirstMatch), ("b2c4", Reason::FirstMatch)];

    #[test]
    fn the_entry_is_the_earliest_start_of_all_places() {
        for (language, summary) in [
            (Language::English, "Latest start for TZ-01: Move the stock inland"),
            (Language::Chinese, "TZ-01最迟开始：把库存转移到内陆"),
        ] {
            let composed = World::new(language).compose("li", "wp162004", &BOTH, &[]);
            let ics = ics(&composed).expect("an entry");
            assert_eq!(line(&ics, "DTSTART"), "20040811T040000Z");
            assert_eq!(line(&ics, "SUMMARY"), summary);
            assert_eq!((line(&ics, "SEQUENCE"), line(&ics, "TRIGGER")), ("0", "-PT120M"));
            assert_eq!(line(&ics, "ORGANIZER"), "mailto:seawall@alerts.example.com");
            assert!(line(&ics, "DESCRIPTION").contains("https://seawall.example.com/a/v1."), "{ics}");
            assert_eq!(composed.thread.entry_at, Some(at("2004-08-11T04:00:00Z")));
        }
    }

    #[test]
    fn a_later_mail_moves_it_and_the_end_takes_it_out_once() {
        let mut world = World::new(Language::English);
        let first = world.compose("li", "wp162004", &BOTH, &[]);
        let uid = line(&ics(&first).expect("an entry"), "UID").to_owned();
        assert!(uid.starts_with("act-by-"), "{uid}");

        world.now = at("2004-08-10T20:00:00Z");
        world.answer("a1f3", AlertState::Acting, "moving", "li", None);
        let answered = [("a1f3", Reason::Answered { kind: "moving".to_owned() })];
        let second = world.compose_in(Some(&first.thread), "chen", "wp162004", &answered, &["b2c4"]);
        let moved = ics(&second).expect("an entry");
        assert_eq!((line(&moved, "UID"), line(&moved, "SEQUENCE")), (uid.as_str(), "1"));
        assert_eq!(line(&moved, "DTSTART"), "20040811T160000Z", "the other place's start");

        for id in ["a1f3", "b2c4"] {
            world.alert(id).state = AlertState::Cleared;
        }
        let over = [("a1f3", Reason::DangerOver), ("b2c4", Reason::DangerOver)];
        let third = world.compose_in(Some(&second.thread), "li", "wp162004", &over, &[]);
        let gone = ics(&third).expect("an entry");
        assert_eq!((line(&gone, "UID"), line(&gone, "SEQUENCE")), (uid.as_str(), "2"));
        assert_eq!((line(&gone, "METHOD"), line(&gone, "STATUS")), ("CANCEL", "CANCELLED"));
        assert_eq!((line(&gone, "DTSTART"), third.thread.entry_at), ("20040811T160000Z", None));

        let fourth = world.compose_in(Some(&third.thread), "li", "wp162004", &over, &[]);
        assert_eq!(ics(&fourth), None, "it is out already");
    }

    #[test]
    fn what_is_too_late_or_has_no_start_leaves_the_calendar_alone() {
        let mut world = World::new(Language::English);
        let first = world.compose("li", "wp162004", &BOTH, &[]);
        world.now = at("2004-08-12T10:00:00Z");
        let later = world.compose_in(Some(&first.thread), "li", "wp162004", &[], &["a1f3", "b2c4"]);
        assert_eq!((ics(&later), later.thread.entry_at), (None, first.thread.entry_at));
    }
}
