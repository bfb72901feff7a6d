//! Briefs before visits: one a visit, one change a day, and an entry in the calendar that is the same throughout.

use super::stage::{Stage, TAIZHOU, h, storm, whys};
use crate::domain::*;

/// Li visits on Thursdays; the stage begins on Sunday 8 August 2004, eleven in the morning in Shanghai.
fn stage() -> Stage {
    let mut stage = Stage::new();
    let li = stage.portfolio.people.get_mut(&PersonId::new("li")).expect("li");
    li.visit = Some(jiff::civil::Weekday::Thursday);
    stage
}

fn briefs(mails: Vec<Notice>) -> Vec<Notice> {
    mails.into_iter().filter(|mail| mail.why.iter().any(|why| why.starts_with("visit-"))).collect()
}

/// Property and value of the attached entry.
fn entry(mail: &Notice, property: &str) -> String {
    let ics = String::from_utf8(mail.attachments[0].bytes.clone()).expect("UTF-8").replace("\r\n ", "");
    let line = ics.lines().find(|line| line.starts_with(&format!("{property}:"))).unwrap_or_else(|| panic!("{ics}"));
    line.split_once(':').expect("a value").1.to_owned()
}

#[test]
fn without_a_storm_a_brief_comes_once_on_the_day_before() {
    let mut stage = stage();
    // Wednesday, four in the afternoon: 77 hours on.
    assert_eq!(briefs(stage.ticks(0..=76)).len(), 0);
    let mails = stage.tick(h(77));
    assert_eq!(whys(&mails), ["li visit-day-before"]);
    let mail = &mails[0];
    assert_eq!(mail.subject, "Visits on Thu 12 Aug");
    let text = mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "Tomorrow, Thu 12 Aug, you visit 1 dealer.",
        "No storm or warning threatens these dealers now.",
        "No insurer TZ and WZ",
        "Working hours TZ and WZ",
    ] {
        assert!(text.contains(words), "{words}: {}", mail.text);
    }
    assert_eq!(entry(mail, "UID"), "visit-li-2004-W33@example.com");
    assert_eq!((entry(mail, "SEQUENCE"), entry(mail, "DTSTART")), ("0".to_owned(), "20040812T010000Z".to_owned()));
    assert_eq!(entry(mail, "METHOD"), "PUBLISH");
    // Then nothing until the next week's.
    assert_eq!(briefs(stage.ticks(78..=77 + 7 * 24 - 1)).len(), 0);
    let next = stage.tick(h(77 + 7 * 24));
    assert_eq!(entry(&next[0], "UID"), "visit-li-2004-W34@example.com");
    assert!(next[0].references.is_empty(), "a thread of its own");
}

#[test]
fn a_last_start_before_the_visit_brings_it_forward_once_a_day() {
    let mut stage = stage();
    // A typhoon over Taizhou some two days on: the last start falls before Thursday, and on Monday somebody can go.
    let mails = briefs(stage.hear(h(0), vec![storm("wp16", 0, TAIZHOU, 54)]));
    assert_eq!(whys(&mails), ["li visit-go-earlier"]);
    let text = mails[0].text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("Do not wait for Thu 12 Aug: at D-MA the last start is"), "{}", mails[0].text);
    assert!(text.contains(">> See D-MA first"), "{}", mails[0].text);
    assert!(entry(&mails[0], "SUMMARY").starts_with("Go earlier (not Thu 12 Aug): D-MA"));
    assert!(entry(&mails[0], "DTSTART").as_str() < "20040812", "moved in the calendar");
    // The same again is no news, and worse news of the same day waits for the next.
    assert_eq!(briefs(stage.hear(h(6), vec![storm("wp16", 6, TAIZHOU, 48)])).len(), 0);
    assert_eq!(briefs(stage.hear(h(9), vec![storm("wp16", 9, TAIZHOU, 34)])).len(), 0);
    let day_two = briefs(stage.ticks(10..=36));
    assert!(day_two.len() <= 1, "{:?}", whys(&day_two));
    // In hand, nothing is brought forward; the brief of the day before comes all the same, in the same entry.
    let alerts: Vec<AlertId> = stage.state.alerts.keys().cloned().collect();
    for alert in alerts {
        stage.answer(h(37), &alert, "li", AnswerKind::Done);
    }
    let rest = briefs(stage.ticks(38..=77));
    assert_eq!(whys(&rest), ["li visit-day-before"]);
    assert_eq!(entry(&rest[0], "UID"), entry(&mails[0], "UID"));
    let number = |mail: &Notice| entry(mail, "SEQUENCE").parse::<u32>().expect("a number");
    assert!(number(&rest[0]) > number(&mails[0]), "it changes the entry");
    assert_eq!(rest[0].references.first(), Some(&mails[0].message_id), "a reply");
    assert!(rest[0].text.contains("done") && rest[0].text.contains("Last answer"), "{}", rest[0].text);
}

#[test]
fn nobody_is_sent_into_a_gale() {
    let mut stage = stage();
    // Over Taizhou on Thursday at noon.
    stage.hear(h(60), vec![storm("wp16", 60, TAIZHOU, 37)]);
    let mails = briefs(stage.ticks(61..=77));
    let brief = mails.last().expect("a brief");
    let text = brief.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("Reckon with gales at D-MA in the hours of the visit. Do not go there then"), "{text}");
}

#[test]
fn what_was_told_reads_back_and_is_not_told_again() {
    let mut stage = stage();
    stage.hear(h(0), vec![storm("wp16", 0, TAIZHOU, 66)]);
    stage.ticks(1..=78);
    let records: Vec<String> =
        stage.state.visits.values().map(|told| serde_json::to_string(told).expect("JSON")).collect();
    let told = records.iter().map(|record| serde_json::from_str::<VisitTold>(record).expect("reads back"));
    let visits = told.map(|told| ((told.person.clone(), told.week), told)).collect();
    assert_eq!(visits, stage.state.visits);
    stage.state.visits = visits;
    assert_eq!(briefs(stage.tick(h(79))).len(), 0);
}
