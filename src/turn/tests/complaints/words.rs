//! Words and languages.

use super::*;
use crate::sources;

fn text(lang: &str, event: &str) -> HazardText {
    HazardText { lang: lang.to_owned(), event: event.to_owned(), ..HazardText::default() }
}

#[test]
fn complaint_25_chinese_warnings_are_eight_hours_off() {
    let body = include_bytes!("../../../../tests/data/sources/nmc-alarm/findAlarm.json").to_vec();
    let bulletin = Bulletin::new(FeedId::new("nmc-alarm"), "", "https://example.com/", h(0), body);
    let parsed = sources::parse(Some("nmc-alarm"), &bulletin).expect("the format is known");
    // It says 2021/07/25 09:45, and means Beijing.
    let issued = parsed.hazards.first().and_then(|hazard| hazard.issued);
    assert_eq!(issued, "2021-07-25T01:45:00Z".parse().ok());
}

#[test]
fn complaint_26_an_upgraded_chinese_warning_is_shown_twice_or_not_at_all() {
    let mut stage = Stage::new();
    let mut blue = gale("blue", 0, &[]);
    (blue.urgency, blue.certainty) = (Urgency::Unknown, Certainty::Unknown);
    blue.texts = vec![text("zh-CN", "大风蓝色预警")];
    let red = Hazard {
        severity: Severity::Extreme,
        texts: vec![text("zh-CN", "大风红色预警")],
        ..Hazard { urgency: Urgency::Unknown, certainty: Certainty::Unknown, ..gale("red", 2, &["blue"]) }
    };
    assert_eq!(whys(&stage.hear(h(0), vec![blue])), ["li first-match"], "an unknown urgency is told all the same");
    assert_eq!(whys(&stage.hear(h(2), vec![red])), ["li level-rose"]);
    assert_eq!(stage.state.alerts.len(), 1);
    // Who reads English is not given half a sentence of Chinese.
    let mail = stage.mails.last().expect("a mail");
    assert!(mail.text.contains("Wind warning") && !mail.text.contains("大风"), "{}", mail.text);
}

#[test]
fn complaint_27_the_language_block_that_comes_last_wins() {
    for texts in [["en", "zh-CN"], ["zh-CN", "en"]] {
        let mut stage = Stage::new();
        let mut both = gale("A1", 0, &[]);
        both.texts = texts.map(|lang| text(lang, if lang == "en" { "Gale Warning" } else { "大风预警" })).to_vec();
        let mails = stage.hear(h(0), vec![both]);
        let mail = mails.first().expect("a mail");
        assert!(mail.text.contains("Gale Warning"), "{texts:?}: {}", mail.text);
    }
}
