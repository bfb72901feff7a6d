//! What users of alert systems complain of most, a story each, numbered and named after the complaint. Those about
//! feeds, channels and the daemon's own health that need a whole process (21, 28) lie in `tests/journeys/channels.rs`.

mod nights;
mod noise;
mod silence;
mod words;

use super::super::Input;
use super::stage::*;
use crate::domain::*;

/// Mails to somebody, by reason.
fn to(stage: &Stage, person: &str) -> Vec<String> {
    let of_person = stage.mails.iter().filter(|mail| mail.person.as_str() == person);
    of_person.map(|mail| mail.why.join(",")).collect()
}

/// A gale warning, a day long, sent at that hour.
fn gale(identifier: &str, sent: i64, references: &[&str]) -> Hazard {
    let mut gale = warning(identifier, sent, TAIZHOU, references);
    gale.kind = HazardKind::Wind;
    gale
}

fn night() -> QuietHours {
    QuietHours { from: "22:00".parse().expect("a time"), to: "07:00".parse().expect("a time") }
}

fn edit(stage: &mut Stage, person: &str, change: impl FnOnce(&mut Person)) {
    change(stage.portfolio.people.get_mut(&PersonId::new(person)).expect("a person"));
}

/// A feed of a storm agency that answered well at that hour, with its newest issue of another.
fn well(hour: i64, issued: i64) -> FeedState {
    FeedState { ok_at: Some(h(hour)), issued: Some(h(issued)), ..FeedState::new(FeedId::new("jtwc"), "index") }
}

fn watched() -> Stage {
    let mut stage = Stage::new();
    stage.watches = vec![FeedWatch {
        feed: FeedId::new("jtwc"),
        url: "index".to_owned(),
        agency: "jtwc".to_owned(),
        silence_after: Span::from_hours(1),
        issues_every: Some(Span::from_hours(6)),
        since: h(-100),
    }];
    stage
}

/// A turn an hour with what is known of the feed then.
fn hours(stage: &mut Stage, hours: std::ops::RangeInclusive<i64>, feed: impl Fn(i64) -> FeedState) {
    for hour in hours {
        stage.turn(h(hour), vec![Input::Feed(Box::new(feed(hour)))]);
    }
}
