//! Answers: heard once, known or not; and what silence leads to.

use super::super::Input;
use super::stage::*;
use crate::domain::*;

fn warned() -> (Stage, AlertId) {
    let mut stage = Stage::new();
    stage.hear(h(0), vec![storm("wp01", 0, TAIZHOU, 80)]);
    let id = stage.alert("TZ").id.clone();
    (stage, id)
}

#[test]
fn an_answer_to_nothing_is_taken_and_noted() {
    let mut stage = Stage::new();
    let before = stage.state.clone();
    let answer = Answer {
        id: AnswerId::new("a"),
        alert: AlertId::new("no.such.alert"),
        person: Some(PersonId::new("li")),
        kind: AnswerKind::Done,
        note: Some("x".to_owned()),
        at: h(1),
        outcome: None,
    };
    let changes = stage.turned(h(1), vec![Input::from(answer.clone())]).changes;
    assert_eq!(changes.answers, [AnswerId::new("a")]);
    let [line] = &changes.timeline[..] else { panic!("{:?}", changes.timeline) };
    assert_eq!((line.what.as_str(), line.id.as_str()), ("ack", "no.such.alert"));
    assert_eq!(line.fields.get("known"), Some(&serde_json::Value::from(false)));
    assert!(stage.turn(h(1), vec![Input::from(answer)]).is_empty());
    assert_eq!(stage.state, before);
}

#[test]
fn silence_is_reminded_and_climbs_and_an_answer_ends_it() {
    let (mut stage, id) = warned();
    let mut mails = Vec::new();
    for hour in 1..60 {
        mails = stage.tick(h(hour));
        if mails.iter().any(|mail| mail.person.as_str() == "chen") {
            break;
        }
    }
    assert!(whys(&mails).contains(&"chen climbed".to_owned()), "{:?}", whys(&stage.mails));
    let reminders = whys(&stage.mails).iter().filter(|why| why.starts_with("li unanswered")).count();
    assert!(reminders >= 2, "{:?}", whys(&stage.mails));
    let now = stage.mails.last().expect("a mail").queued_at;
    let alerts: Vec<AlertId> = stage.state.alerts.keys().cloned().collect();
    assert!(alerts.contains(&id));
    for alert in &alerts {
        stage.answer(now, alert, "li", AnswerKind::Done);
    }
    let said = stage.mails.len();
    for hour in 1..40 {
        stage.tick(now + Span::from_hours(hour));
    }
    let after = whys(&stage.mails[said..]);
    assert!(after.iter().all(|why| why == "chen answered") && after.len() <= 1, "{after:?}");
}

#[test]
fn a_refusal_is_told_to_the_manager_above() {
    let (mut stage, id) = warned();
    let mails = stage.answer(h(2), &id, "li", AnswerKind::Refused);
    assert_eq!(whys(&mails), ["chen dealer-refused"]);
    assert_eq!(stage.lines.iter().filter(|line| line.what == "escalation").count(), 1);
}

#[test]
fn answer_and_bulletin_in_one_turn_are_both_heard() {
    let (mut stage, id) = warned();
    let answer = Answer {
        id: AnswerId::new("a"),
        alert: id.clone(),
        person: Some(PersonId::new("li")),
        kind: AnswerKind::Moving,
        note: None,
        at: h(6),
        outcome: None,
    };
    let news = document(h(6), "news", vec![storm("wp01", 6, TAIZHOU, 30)]);
    let mails = stage.turn(h(6), vec![news, Input::from(answer)]);
    let alert = stage.alert("TZ");
    assert_eq!((alert.state, alert.exposure.issued), (AlertState::Acting, Some(h(6))));
    assert!(mails.iter().all(|mail| !mail.why.iter().any(|why| why == "unanswered")), "{:?}", whys(&mails));
}

#[test]
fn a_feed_is_journaled_only_when_it_turns() {
    let mut stage = Stage::new();
    let feed = |failures| {
        Input::Feed(Box::new(FeedState {
            feed: FeedId::new("jtwc"),
            url: "https://example.com/".to_owned(),
            etag: None,
            last_modified: None,
            document: None,
            ok_at: None,
            failures,
            fault: None,
            ..FeedState::new(FeedId::new("f"), "")
        }))
    };
    for (failures, lines) in [(0, 0), (1, 1), (2, 1), (0, 2), (0, 2)] {
        stage.turn(h(0), vec![feed(failures)]);
        assert_eq!(stage.lines.len(), lines, "after {failures} failures");
    }
}

#[test]
fn an_outcome_is_kept_and_changes_no_alert() {
    let (stage, id) = warned();
    let found = Found { hit: Some(false), ..Found::default() };
    let answer = Answer {
        id: AnswerId::new("o"),
        alert: id.clone(),
        person: Some(PersonId::new("li")),
        kind: AnswerKind::Done,
        note: Some("nothing came".to_owned()),
        at: h(90),
        outcome: Some(found.clone()),
    };
    let changes = stage.turned(h(90), vec![Input::from(answer.clone())]).changes;
    assert_eq!(changes.answers, [AnswerId::new("o")]);
    assert_eq!(changes.outcomes, answer.as_outcome().into_iter().collect::<Vec<_>>());
    assert_eq!(changes.outcomes[0].found, found);
    assert!(changes.timeline.iter().any(|line| line.what == "outcome" && line.id == id.as_str()));
    assert!(changes.timeline.iter().all(|line| line.what != "ack"));
}

#[test]
fn a_notice_that_was_given_up_goes_to_the_address_that_its_person_has_now() {
    let stage = Stage::new();
    for (person, to) in [("li", Some(("li".to_owned(), "li@example.com".to_owned()))), ("gone", None)] {
        let word = LetterWord {
            id: AnswerId::new("word"),
            letter: NoticeId::new("n1"),
            person: PersonId::new(person),
            fate: Fate::Retry,
            why: Some("the address is mended".to_owned()),
            by: None,
            at: h(0),
        };
        let changes = stage.turned(h(0), vec![Input::from(word.clone())]).changes;
        assert_eq!(changes.answers, [word.id]);
        assert_eq!(changes.letters, [LetterFate { letter: word.letter, fate: Fate::Retry, to }]);
        let line = changes.timeline.iter().find(|line| line.what == "letter").expect("a line");
        assert_eq!(line.fields["as"], "retry");
        assert_eq!(line.fields["note"], "the address is mended");
    }
}
