//! The mail that tells at once what was too small for a mail of its own: several storms and places together, or that all is
//! quiet and the feeds are heard.

use std::cell::RefCell;

use minijinja::context;

use super::clean;
use super::compose::{About, Composed, Desk, posted, spoken};
use super::error::NoticeError;
use super::facts::role_key;
use super::opening::opening;
use super::scene::{Scene, Spoken, web_address};
use super::speaker::Speaker;
use super::storm::storm;
use super::table::row;
use super::view::{Mail, Row};
use super::when::Zone;
use crate::domain::{DraftLine, EventId, Fault, Level, Person, PersonId, Timestamp, UnsubscribeClaim, UnsubscribeFrom};

/// How many places a digest names.
const ROWS_MAX: usize = 40;
/// How far a chance must have moved since the person was told it, to be named. A guess.
const MOVED_MIN: f64 = 0.05;

/// What a digest tells one person.
#[derive(Debug, Clone, Copy)]
pub struct DigestNews<'a> {
    /// What changed since the person was last told, the most urgent first; may be empty.
    pub lines: &'a [DraftLine],
    /// How the feeds are, where that is known.
    pub feeds: Option<FeedsHeard>,
}

/// That the feeds are heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedsHeard {
    /// How many feeds answer as they should.
    pub well: usize,
    /// How many are asked.
    pub all: usize,
    /// The oldest of their newest answers.
    pub since: Timestamp,
}

/// Writes one mail of everything that was held back for a person, or that there is nothing. Digests of a month are one thread.
///
/// # Errors
/// When the person is not in the portfolio, or there is neither a line nor a word of the feeds. Never for a text.
pub fn compose_digest(news: &DigestNews<'_>, person: &PersonId, desk: &Desk<'_>) -> Result<Composed, NoticeError> {
    let known = desk.portfolio.people.get(person);
    let person = known.ok_or_else(|| NoticeError::NoSuchPerson { person: person.clone() })?;
    let faults = RefCell::new(Vec::new());
    let zone = Zone::first_of(&[&person.time_zone]);
    let event = EventId::new(format!("digest-{}", zone.month(desk.now)));
    let scenes = scenes(news, person, desk, &faults);
    if scenes.is_empty() && news.feeds.is_none() {
        return Err(NoticeError::NothingToSay { person: person.id.clone(), event });
    }
    let says = Speaker::new(desk.texts, desk.lang_override.unwrap_or(person.language), &faults);
    let live: Vec<&Spoken<'_>> = scenes.iter().flat_map(|scene| &scene.lines).filter(|line| line.is_live()).collect();
    let level = live.iter().map(|line| line.alert.level).max().unwrap_or(Level::Watch);
    // Who is warned of something to do cannot be talked out of warnings by a digest.
    let link = (level == Level::Watch).then(|| unsubscribe(person, desk)).flatten();
    let thread = desk.state.threads.get(&(person.id.clone(), event.clone()));
    let subject =
        thread.map_or_else(|| clean::clean(&says.word("digest.subject"), 150), |thread| thread.subject.clone());
    let mail = mail(news, &scenes, &says, &zone, subject, link.as_deref());
    let about = About { event, level, why: "digest".to_owned() };
    let (mut notice, thread) = posted(&mail, about, person, desk, &says);
    notice.alerts = scenes.iter().flat_map(|scene| &scene.lines).map(|line| line.alert.id.clone()).collect();
    notice.list_unsubscribe = link.filter(|link| link.starts_with("https://"));
    drop(scenes);
    Ok(Composed { notice, thread, faults: faults.into_inner() })
}

/// A scene an event, in the order of the lines.
fn scenes<'a>(
    news: &DigestNews<'a>,
    person: &'a Person,
    desk: &'a Desk<'a>,
    faults: &'a RefCell<Vec<Fault>>,
) -> Vec<Scene<'a>> {
    let mut scenes: Vec<(EventId, Scene<'a>)> = Vec::new();
    let lines = spoken(news.lines.iter().map(|line| (&line.alert, Some(&line.reason))), desk, faults);
    for line in lines {
        let event = &line.alert.event;
        if let Some((_, scene)) = scenes.iter_mut().find(|(known, _)| known == event) {
            scene.lines.push(line);
            continue;
        }
        let says = Speaker::new(desk.texts, desk.lang_override.unwrap_or(person.language), faults);
        let storm = storm(&says, desk.state, event, line.alert.exposure.kind);
        let zone = Zone::first_of(&[&person.time_zone]);
        scenes.push((event.clone(), Scene { desk, says, person, zone, storm, lines: vec![line] }));
    }
    scenes.into_iter().map(|(_, scene)| scene).collect()
}

fn mail(
    news: &DigestNews<'_>,
    scenes: &[Scene<'_>],
    says: &Speaker<'_>,
    zone: &Zone,
    subject: String,
    link: Option<&str>,
) -> Mail {
    let n = scenes.iter().map(|scene| scene.lines.len()).sum::<usize>();
    let is_quiet = n == 0;
    let mut lines =
        vec![if is_quiet { says.word("digest.quiet") } else { says.say("digest.opening", &context! { n }) }];
    for scene in scenes {
        lines.extend(opening(scene));
        lines.extend(scene.lines.iter().filter_map(|line| moved(scene, line)));
    }
    let mut rows: Vec<Row> =
        scenes.iter().flat_map(|scene| scene.live().into_iter().map(|line| row(scene, &line, &[]))).collect();
    let beyond = rows.len().saturating_sub(ROWS_MAX);
    rows.truncate(ROWS_MAX);
    let feeds = news.feeds.map(|heard| {
        let facts = context! { well => heard.well, all => heard.all, at => says.full(heard.since, zone) };
        says.say("digest.feeds", &facts)
    });
    let role = scenes.first().map(|scene| scene.person.role);
    let mut why: Vec<String> = role.map(|role| says.word(&format!("why.{}", role_key(role)))).into_iter().collect();
    why.push(says.word("digest.why"));
    why.extend(link.map(|link| says.say("digest.stop", &context! { link })));
    Mail {
        lang: says.language().tag().to_owned(),
        subject,
        preheader: lines.iter().take(2).cloned().collect::<Vec<_>>().join(" "),
        level: if is_quiet { "over" } else { "watch" },
        tag: says.word(if is_quiet { "digest.tag-quiet" } else { "digest.tag" }),
        fonts: says.name("form.fonts").unwrap_or("sans-serif").to_owned(),
        opening: lines,
        calm: if is_quiet { feeds.clone() } else { None },
        todo: None,
        money: Vec::new(),
        answer: says.word("label.answer"),
        answers: says.word("label.answers"),
        picture: None,
        rows_title: says.word("label.place"),
        rows_chance: says.word("label.gale"),
        rows,
        more: (beyond > 0).then(|| says.say("place.more", &context! { n => beyond })),
        months: None,
        blocks: Vec::new(),
        forwards: Vec::new(),
        sure: if is_quiet { Vec::new() } else { feeds.into_iter().collect() },
        why,
    }
}

/// How the chance of gale moved since the person was told it.
fn moved(scene: &Scene<'_>, line: &Spoken<'_>) -> Option<String> {
    let was = line.alert.told.get(&scene.person.id)?.p_34kt?;
    let now = line.alert.exposure.probability?.gale;
    if !line.is_live() || (now - was).abs() < MOVED_MIN {
        return None;
    }
    let says = &scene.says;
    let facts = context! {
        place => scene.place(says, line.alert), was_p => says.percent(was), p => says.percent(now),
    };
    Some(says.say("digest.moved", &facts))
}

/// Where the person stops these digests; `None` when there is no page.
fn unsubscribe(person: &Person, desk: &Desk<'_>) -> Option<String> {
    let base = web_address(desk.base_url?)?;
    let expires = desk.now.checked_add(desk.link_life).unwrap_or(Timestamp::MAX);
    let claim =
        UnsubscribeClaim { person: person.id.clone(), from: UnsubscribeFrom::Digest, expires_s: expires.as_second() };
    Some(format!("{base}/u/{}", desk.link_key.sign(&claim)))
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{World, at};
    use super::*;
    use crate::domain::{AlertId, Language, LinkKey, Reason, Told};

    fn digest(world: &World, changed: &[(&str, Reason)], feeds: Option<FeedsHeard>) -> Result<Composed, NoticeError> {
        let line = |(id, reason): &(&str, Reason)| DraftLine { alert: AlertId::new(*id), reason: reason.clone() };
        let lines: Vec<_> = changed.iter().map(line).collect();
        let key = LinkKey::new(vec![7; 32]);
        let news = DigestNews { lines: &lines, feeds };
        compose_digest(&news, &PersonId::new("li"), &world.desk(&key))
    }

    fn heard() -> FeedsHeard {
        FeedsHeard { well: 9, all: 9, since: at("2004-08-10T13:40:00Z") }
    }

    #[test]
    fn several_storms_are_one_mail() {
        for (language, name) in [(Language::English, "en"), (Language::Chinese, "zh-CN")] {
            let mut world = World::new(language);
            let told = Told {
                at: at("2004-08-10T02:00:00Z"),
                first_at: at("2004-08-10T02:00:00Z"),
                asked_at: at("2004-08-10T02:00:00Z"),
                level: Level::Watch,
                act_by: None,
                state: crate::domain::AlertState::Open,
                reminders: 0,
                p_34kt: Some(0.41),
                expected_loss: None,
            };
            world.alert("b2c4").level = Level::Watch;
            world.alert("b2c4").told.insert(PersonId::new("li"), told);
            world.alert("d4e6").level = Level::Watch;
            let changed = [("b2c4", Reason::LevelFell), ("d4e6", Reason::Expired)];
            let composed = digest(&world, &changed, Some(heard())).unwrap();
            assert_eq!(composed.faults, Vec::new());
            insta::assert_snapshot!(format!("digest-{name}.txt"), composed.notice.text);
            assert_eq!(composed.notice.alerts.len(), 2);
            let link = composed.notice.list_unsubscribe.expect("a link");
            let token = link.strip_prefix("https://seawall.example.com/u/").expect("ours");
            let claim: UnsubscribeClaim = LinkKey::new(vec![7; 32]).verify(token, world.now).expect("good");
            assert_eq!((claim.person.as_str(), claim.from), ("li", UnsubscribeFrom::Digest));
        }
    }

    #[test]
    fn all_quiet_is_said_with_how_the_feeds_are() {
        let world = World::new(Language::English);
        let composed = digest(&world, &[], Some(heard())).unwrap();
        assert_eq!(composed.faults, Vec::new());
        let text = &composed.notice.text;
        assert!(text.contains("All quiet") && text.contains("9 of 9") && text.contains("21:40"), "{text}");
        assert!(digest(&world, &[], None).is_err());
    }

    #[test]
    fn who_must_act_is_not_offered_to_unsubscribe() {
        let world = World::new(Language::English);
        let composed = digest(&world, &[("a1f3", Reason::LevelFell)], None).unwrap();
        assert_eq!(composed.notice.list_unsubscribe, None);
        assert!(!composed.notice.text.contains("/u/"), "{}", composed.notice.text);
    }
}
