//! The mail to an operator about a feed: what is wrong, since when, what rests on it, and where to look.

use std::cell::RefCell;

use minijinja::context;

use super::compose::{About, Composed, Desk, posted};
use super::error::NoticeError;
use super::sources::agency_named;
use super::speaker::Speaker;
use super::view::Mail;
use super::when::Zone;
use super::{clean, plain};
use crate::domain::{EventId, FeedTrouble, FeedWatch, HazardId, Level, Person, PersonId, TroubleKind};

/// The most of a fault that a mail quotes, in characters.
const FAULT_MAX: usize = 300;
/// How many storms are named.
const STORMS_MAX: usize = 5;

/// What is to be told of a feed.
#[derive(Debug, Clone, Copy)]
pub struct FeedNews<'a> {
    /// The feed.
    pub watch: &'a FeedWatch,
    /// What is wrong, or was.
    pub trouble: FeedTrouble,
    /// It is over.
    pub is_over: bool,
    /// What was seen.
    pub fault: Option<&'a str>,
    /// The storms that the agency no longer names.
    pub storms: &'a [HazardId],
    /// How many live alerts rest on the agency.
    pub alerts: usize,
}

/// Writes the mail about a feed to one operator, as a reply within the thread about that feed when there is one.
///
/// # Errors
/// When the person is not in the portfolio.
pub fn compose_feed(news: &FeedNews<'_>, person: &PersonId, desk: &Desk<'_>) -> Result<Composed, NoticeError> {
    let known = desk.portfolio.people.get(person);
    let person = known.ok_or_else(|| NoticeError::NoSuchPerson { person: person.clone() })?;
    let faults = RefCell::new(Vec::new());
    let says = Speaker::new(desk.texts, desk.lang_override.unwrap_or(person.language), &faults);
    let event = EventId::new(format!("feed-{}", news.watch.feed));
    let thread = desk.state.threads.get(&(person.id.clone(), event.clone()));
    let names = context! { feed => news.watch.feed.as_str(), agency => agency_named(&says, &news.watch.agency) };
    let subject =
        thread.map_or_else(|| clean::clean(&says.say("feed.subject", &names), 150), |thread| thread.subject.clone());
    let mail = mail(news, person, desk, &says, &subject);
    let why = if news.is_over { "feed-over".to_owned() } else { format!("feed-{}", news.trouble.kind.as_str()) };
    let about = About { event, level: Level::Warn, why };
    let (notice, thread) = posted(&mail, about, person, desk, &says);
    Ok(Composed { notice, short: plain::short(&mail), thread, faults: faults.into_inner() })
}

fn mail(news: &FeedNews<'_>, person: &Person, desk: &Desk<'_>, says: &Speaker<'_>, subject: &str) -> Mail {
    let opening = opening(news, person, desk, says);
    let feed = clean::name(news.watch.feed.as_str());
    let check = says.say("feed.check", &context! { command => format!("seawall feeds check {feed}") });
    let tag = says.word(if news.is_over { "feed.tag-over" } else { "feed.tag" });
    let level = if news.is_over { "over" } else { "warn" };
    operators_mail(says, subject, (level, tag), opening, (!news.is_over).then_some(check))
}

/// A mail to whoever looks after Seawall: a few sentences, and what to look at.
pub(super) fn operators_mail(
    says: &Speaker<'_>,
    subject: &str,
    (level, tag): (&'static str, String),
    opening: Vec<String>,
    check: Option<String>,
) -> Mail {
    Mail {
        lang: says.language().tag().to_owned(),
        subject: subject.to_owned(),
        preheader: opening.first().cloned().unwrap_or_default(),
        level,
        tag,
        fonts: says.name("form.fonts").unwrap_or("sans-serif").to_owned(),
        opening,
        calm: check,
        todo: None,
        money: Vec::new(),
        answer: says.word("label.answer"),
        answers: says.word("label.answers"),
        picture: None,
        rows_title: says.word("label.place"),
        rows_chance: says.word("label.gale"),
        rows: Vec::new(),
        more: None,
        months: None,
        blocks: Vec::new(),
        forwards: Vec::new(),
        sure: Vec::new(),
        why: vec![says.word("why.operator")],
    }
}

fn opening(news: &FeedNews<'_>, person: &Person, desk: &Desk<'_>, says: &Speaker<'_>) -> Vec<String> {
    let zone = Zone::first_of(&[&person.time_zone]);
    let feed = clean::name(news.watch.feed.as_str());
    let agency = agency_named(says, &news.watch.agency);
    let since = says.full(news.trouble.since, &zone);
    let facts = context! { feed, agency, since };
    if news.is_over {
        return vec![says.say("feed.over", &facts)];
    }
    let first = match news.trouble.kind {
        TroubleKind::Silent => says.say("feed.silent", &facts),
        TroubleKind::Stale => says.say("feed.stale", &facts),
        TroubleKind::Odd => says.say("feed.odd", &facts),
        TroubleKind::Unnamed => {
            let storms = says.list(&storms(news, desk), STORMS_MAX);
            says.say("feed.unnamed", &context! { storms, ..facts })
        }
    };
    let fault = news.fault.and_then(|fault| fault.lines().next());
    let fault = fault.map(|fault| says.say("feed.fault", &context! { fault => clean::clean(fault, FAULT_MAX) }));
    let rests = match news.alerts {
        0 => says.word("feed.nothing-rests"),
        n => says.say("feed.alerts", &context! { n }),
    };
    [Some(first), fault, Some(rests)].into_iter().flatten().collect()
}

/// The storms by name, else by the agency's own key.
fn storms(news: &FeedNews<'_>, desk: &Desk<'_>) -> Vec<String> {
    let hazards = news.storms.iter().filter_map(|id| desk.state.hazards.get(id));
    hazards.map(|hazard| clean::name(hazard.name.as_deref().unwrap_or(&hazard.event))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::clean::columns;
    use super::super::fixtures::{World, at};
    use super::*;
    use crate::domain::{FeedId, Language, LinkKey, Span};

    fn mail(language: Language, kind: TroubleKind, is_over: bool, fault: Option<&str>) -> String {
        let world = World::new(language);
        let watch = FeedWatch {
            feed: FeedId::new("jtwc"),
            url: "https://example.com/".to_owned(),
            agency: "jtwc".to_owned(),
            silence_after: Span::from_mins(30),
            issues_every: None,
            since: at("2004-08-01T00:00:00Z"),
        };
        let trouble = FeedTrouble { kind, since: at("2004-08-10T09:00:00Z") };
        let storms: Vec<HazardId> = world.state.hazards.keys().take(1).cloned().collect();
        let news = FeedNews { watch: &watch, trouble, is_over, fault, storms: &storms, alerts: 3 };
        let desk = Desk {
            portfolio: &world.portfolio,
            state: &world.state,
            texts: &world.texts,
            sender_domain: "alerts.example.com",
            sender: None,
            base_url: None,
            link_key: &LinkKey::new(vec![7; 32]),
            link_life: Span::from_hours(1),
            lang_override: Some(language),
            album: &world.album,
            now: world.now,
            silence: &[],
        };
        let composed = compose_feed(&news, &PersonId::new("chen"), &desk).expect("a mail");
        assert_eq!(composed.faults, []);
        assert!(composed.notice.html.contains("<h1"), "{}", composed.notice.html);
        for line in composed.notice.text.lines() {
            assert!(columns(line) <= 76, "too wide: {line}");
        }
        format!("Subject: {}\n\n{}", composed.notice.subject, composed.notice.text)
    }

    #[test]
    fn an_english_mail() {
        let fault = Some("https://example.com/: no whole answer in time\nhint: x");
        insta::assert_snapshot!(mail(Language::English, TroubleKind::Silent, false, fault), @r"
        Subject: Feed jtwc (JTWC)

        [Feed in trouble]
        No good answer from JTWC since Tue 10 Aug 17:00 (Shanghai, UTC+8; 09:00 UTC)
        (feed jtwc).
        What we see: https://example.com/: no whole answer in time
        Live alerts that rest on this agency: 3. None is cleared by this.

        To look closer: seawall feeds check jtwc

        ----------------------------------------------------------------------------

        Why you got this
        You look after Seawall.
        ");
    }

    #[test]
    fn a_chinese_mail() {
        insta::assert_snapshot!("feed-stale-zh-CN.txt", mail(Language::Chinese, TroubleKind::Stale, false, None));
    }

    #[test]
    fn its_first_words_say_what_is_wrong() {
        let first = |language, kind, is_over| {
            let text = mail(language, kind, is_over, None);
            text.lines().skip(2).take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
        };
        let mut all = Vec::new();
        for language in [Language::English, Language::Chinese] {
            for kind in [TroubleKind::Stale, TroubleKind::Unnamed, TroubleKind::Odd] {
                all.push(first(language, kind, false));
            }
            all.push(first(language, TroubleKind::Silent, true));
        }
        insta::assert_snapshot!("feed-first-words", all.join("\n"));
    }
}
