//! Doubled, repeated, false.

use super::*;

#[test]
fn complaint_01_updates_are_shown_as_new_alerts() {
    let mut stage = Stage::new();
    stage.hear(h(0), vec![gale("A1", 0, &[])]);
    for (hour, names) in [(1, vec!["A1"]), (2, vec!["A1", "A2"]), (3, vec!["A3"])] {
        stage.hear(h(hour), vec![gale(&format!("A{}", hour + 1), hour, &names)]);
    }
    assert_eq!((stage.state.events.len(), stage.state.alerts.len()), (1, 1), "the number of alerts remains the same");
    assert_eq!(to(&stage, "li"), ["first-match"]);
}

#[test]
fn complaint_02_a_cancellation_leaves_six_of_two_zones_standing() {
    let mut stage = Stage::new();
    let first = warning("A1", 0, TAIZHOU, &[]);
    stage.hear(h(0), vec![first.clone(), sibling(&first, 2, WENZHOU)]);
    for (hour, name) in [(1, "A2"), (2, "A3")] {
        let next = warning(name, hour, TAIZHOU, &["A1"]);
        stage.hear(h(hour), vec![next.clone(), sibling(&next, 2, WENZHOU)]);
    }
    assert_eq!(stage.live(), 2);
    stage.hear(h(3), vec![cancel("A4", 3, &["A3"])]);
    assert_eq!((stage.live(), stage.state.hazards.len()), (0, 0));
}

#[test]
fn complaint_03_an_id_that_vanishes_is_called_cancelled() {
    let mut stage = Stage::new();
    stage.hear(h(0), vec![gale("A1", 0, &[])]);
    // The update takes the old id out of the index; a copy behind a slow mirror then shows the old one again.
    stage.hear(h(1), vec![gale("A2", 1, &["A1"])]);
    stage.hear(h(2), vec![gale("A1", 0, &[])]);
    stage.hear(h(3), vec![]);
    stage.ticks(4..=20);
    assert!(stage.alert("TZ").is_live());
    assert_eq!(to(&stage, "li").iter().filter(|why| why.contains("cancelled")).count(), 0);
}

#[test]
fn complaint_04_an_unchanged_warning_alarms_every_hour() {
    let mut stage = Stage::new();
    stage.hear(h(0), vec![gale("A1", 0, &[])]);
    let (state, said) = (stage.state.alerts.clone(), stage.mails.len());
    for hour in 1..=5 {
        // The same words with a new time of sending.
        stage.hear(h(hour), vec![gale("A1", hour, &[])]);
    }
    assert_eq!(stage.mails.len(), said, "{:?}", whys(&stage.mails));
    assert_eq!(stage.state.alerts.len(), state.len());
    // What did change is said first, in words.
    let mut many = Stage::new();
    many.hear(h(0), vec![storm("wp01", 0, TAIZHOU, 84)]);
    many.hear(h(6), vec![storm("wp01", 6, TAIZHOU, 40)]);
    let mail = many.mails.iter().rev().find(|mail| mail.person.as_str() == "li").expect("a mail");
    assert!(mail.text.contains("Worse for"), "{}", mail.text);
}

#[test]
fn complaint_05_a_time_out_resets_the_count_and_tells_all_again() {
    let mut stage = watched();
    hours(&mut stage, 0..=0, |hour| well(hour, 0));
    let first = warning("A1", 0, TAIZHOU, &[]);
    stage.hear(h(0), (1..=8).map(|number| sibling(&first, number, TAIZHOU)).collect());
    let said = to(&stage, "li");
    let failing = |hour: i64| FeedState { failures: 4, fault: Some("timed out".to_owned()), ..well(hour.min(0), 0) };
    hours(&mut stage, 1..=9, failing);
    hours(&mut stage, 10..=12, |hour| well(hour, 0));
    stage.hear(h(12), (1..=8).map(|number| sibling(&first, number, TAIZHOU)).collect());
    let more: Vec<String> = to(&stage, "li").split_off(said.len());
    assert!(more.iter().all(|why| why == "unanswered"), "no notice but reminders: {more:?}");
}

#[test]
fn complaint_06_new_ids_and_slightly_other_words_make_doubles() {
    let mut stage = Stage::new();
    stage.hear(h(0), vec![gale("one", 0, &[])]);
    let mut again = gale("another", 1, &[]);
    again.texts = vec![HazardText { lang: "en".to_owned(), ..HazardText::default() }];
    again.texts[0].description = Some("Gales are to be expected.".to_owned());
    assert!(stage.hear(h(1), vec![again.clone()]).is_empty(), "{:?}", whys(&stage.mails));
    assert_eq!((stage.state.events.len(), stage.state.alerts.len()), (1, 1));
    // The other side of it: a severe one is not hidden by the mild one that it resembles.
    let severe = Hazard { severity: Severity::Extreme, ..gale("third", 2, &[]) };
    assert_eq!(whys(&stage.hear(h(2), vec![severe])), ["li level-rose"]);
    // Nor is one for another place, or another day.
    let elsewhere = Hazard { footprint: warning("x", 3, WENZHOU, &[]).footprint, ..gale("fourth", 3, &[]) };
    stage.hear(h(3), vec![elsewhere]);
    assert_eq!(stage.state.events.len(), 2);
}

#[test]
fn complaint_12_daily_low_level_notices_leave_only_all_or_nothing() {
    let mut stage = Stage::new();
    edit(&mut stage, "li", |li| {
        li.digest = Some(DigestWish { at: "07:30".parse().expect("a time"), even_when_quiet: false });
    });
    stage.tick(h(0));
    for day in 0..5 {
        let mild = Hazard { severity: Severity::Moderate, ..gale(&format!("day {day}"), day * 24, &[]) };
        let mild = Hazard { expires: Some(h(day * 24 + 24)), ..mild };
        stage.hear(h(day * 24), vec![mild]);
        stage.ticks(day * 24 + 1..=day * 24 + 23);
    }
    assert_eq!(to(&stage, "li"), ["digest"; 5], "one mail a day for what is small");
    let grave = gale("grave", 120, &[]);
    assert_eq!(whys(&stage.hear(h(120), vec![grave])), ["li first-match"], "and the next grave one at once");
}

#[test]
fn complaint_19_a_pair_of_daemons_sends_doubles() {
    // Two houses that have read the same send the same Message-IDs: whoever takes both keeps one.
    let ids = || {
        let mut stage = Stage::new();
        stage.hear(h(0), vec![storm("wp01", 0, TAIZHOU, 80)]);
        stage.ticks(1..=30);
        stage.mails.into_iter().map(|mail| mail.message_id).collect::<Vec<_>>()
    };
    assert!(ids().len() > 1);
    assert_eq!(ids(), ids());
}

#[test]
fn complaint_23_a_box_far_too_large_to_be_useful_counts_as_here() {
    // A box of ten degrees round a storm that goes elsewhere.
    let mut stage = Stage::new();
    let mut far = storm("wp01", 0, (40.0, 160.0), 72);
    let (south, north, west, east) = (15.0, 45.0, 110.0, 165.0);
    let ring = [(south, west), (south, east), (north, east), (north, west), (south, west)].map(place).to_vec();
    far.footprint = Footprint { polygons: vec![vec![ring]], circles: Vec::new() };
    stage.hear(h(0), vec![far]);
    assert_eq!(stage.live(), 0, "the track says who is near, not a box: {:?}", stage.state.alerts.keys());
}

#[test]
fn complaint_24_a_cancel_goes_out_as_a_new_alert() {
    let mut stage = Stage::new();
    stage.hear(h(0), vec![cancel("A2", 0, &["never heard of"])]);
    stage.hear(h(1), vec![cancel("A3", 1, &[])]);
    stage.ticks(2..=10);
    assert!(stage.mails.is_empty() && stage.state.alerts.is_empty(), "{:?}", whys(&stage.mails));
    // References that name two messages end both, and only the sender's own.
    stage.hear(h(11), vec![warning("B1", 11, TAIZHOU, &[])]);
    stage.hear(h(12), vec![cancel("B9", 12, &["B1", "somebody else's"])]);
    assert_eq!(stage.live(), 0);
}
