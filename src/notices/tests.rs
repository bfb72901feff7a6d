//! Whole mails, as they are read: a golden of text and of HTML for each story, in each language.

use std::collections::{BTreeMap, BTreeSet};

use super::fixtures::{World, at, files, told};
use super::*;
use crate::domain::*;

const BOTH: [Language; 2] = [Language::English, Language::Chinese];

/// Compares the mail with its goldens; no mail may have a fault or a line that is too wide.
fn golden(story: &str, language: Language, composed: &Composed) {
    assert_eq!(composed.faults, Vec::new(), "{story}");
    let notice = &composed.notice;
    for line in notice.text.lines().filter(|line| !line.contains("http")) {
        assert!(clean::columns(line) <= 76, "{story}: too wide: {line}");
    }
    assert!(!notice.text.contains("  \n") && !notice.text.contains("\n\n\n"), "{story}: gaps in\n{}", notice.text);
    let name = format!("{story}-{}", language.tag());
    insta::assert_snapshot!(format!("{name}.txt"), format!("Subject: {}\n\n{}", notice.subject, notice.text));
    insta::assert_snapshot!(format!("{name}.html"), without_hash(&notice.html));
}

/// The picture's id is made from its bytes: another shade is no other mail.
fn without_hash(html: &str) -> String {
    let mut parts = html.split("cid:map-");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |html, part| html + "cid:map-" + part.trim_start_matches(|c: char| c.is_ascii_hexdigit()))
}

#[test]
fn first_warning_of_two_sites() {
    for language in BOTH {
        let world = World::new(language);
        let first = [("a1f3", Reason::FirstMatch), ("b2c4", Reason::FirstMatch)];
        golden("first", language, &world.compose("li", "wp162004", &first, &[]));
    }
}

#[test]
fn agencies_side_by_side() {
    for language in BOTH {
        let mut world = World::new(language);
        let word = |agency: &str, closest_km, peak_kt, gale_from: Option<&str>, p_34kt| AgencyWord {
            agency: agency.to_owned(),
            hazard: HazardId::new("h-storm"),
            issued: Some(at("2004-08-10T12:00:00Z")),
            closest_km,
            closest_at: at("2004-08-12T12:00:00Z"),
            peak_kt,
            gale_from: gale_from.map(at),
            p_34kt,
        };
        world.alert("a1f3").exposure.agencies = vec![
            word("jtwc", 23.4, 88.2, Some("2004-08-12T03:20:00Z"), 0.72),
            word("cma", 61.0, 71.0, Some("2004-08-12T05:40:00Z"), 0.55),
            word("jma", 210.0, 31.5, None, 0.12),
        ];
        golden("agencies", language, &world.compose("li", "wp162004", &[("a1f3", Reason::FirstMatch)], &[]));
    }
}

#[test]
fn second_reminder() {
    for language in BOTH {
        let mut world = World::new(language);
        world.now = at("2004-08-10T22:05:00Z");
        world.silence = vec![("jma".to_owned(), at("2004-08-10T09:00:00Z"))];
        let reason = Reason::Unanswered { since: at("2004-08-10T14:00:00Z"), reminder: 2 };
        golden("reminder", language, &world.compose("li", "wp162004", &[("a1f3", reason)], &["b2c4"]));
    }
}

#[test]
fn climbs_to_the_regional_manager() {
    for language in BOTH {
        let world = World::new(language);
        let reason = Reason::Climbed { from: PersonId::new("li") };
        golden("climb", language, &world.compose("chen", "wp162004", &[("a1f3", reason)], &[]));
    }
}

#[test]
fn the_dealer_refuses() {
    for language in BOTH {
        let mut world = World::new(language);
        world.answer("a1f3", AlertState::Refused, "refused", "li", Some("they never flooded before"));
        golden("refused", language, &world.compose("chen", "wp162004", &[("a1f3", Reason::DealerRefused)], &[]));
    }
}

#[test]
fn a_lane() {
    for language in BOTH {
        let world = World::new(language);
        golden("lane", language, &world.compose("log", "wp162004", &[("c3d5", Reason::FirstMatch)], &[]));
    }
}

#[test]
fn an_official_warning_without_a_storm() {
    for language in BOTH {
        let world = World::new(language);
        golden("warning", language, &world.compose("li", "cap-77aa", &[("d4e6", Reason::FirstMatch)], &[]));
    }
}

#[test]
fn worse_and_sooner_while_one_is_done() {
    for language in BOTH {
        let mut world = World::new(language);
        world.answer("b2c4", AlertState::Done, "done", "li", None);
        let before = Transition {
            at: at("2004-08-10T02:00:00Z"),
            state: AlertState::Open,
            level: Level::Warn,
            reason: Reason::FirstMatch,
            by: None,
            note: None,
        };
        world.alert("a1f3").history.push(before);
        let changed = [
            ("a1f3", Reason::LevelRose),
            ("b2c4", Reason::Answered { kind: "done".to_owned() }),
            ("c3d5", Reason::ActByMoved { by_s: -4 * 3600 }),
        ];
        golden("worse", language, &world.compose("li", "wp162004", &changed, &[]));
    }
}

#[test]
fn the_best_is_too_late_and_the_next_best_is_named() {
    for language in BOTH {
        let mut world = World::new(language);
        world.now = at("2004-08-11T05:00:00Z");
        world.alert("a1f3").advice.actions[0].feasibility = Feasibility::TooLate;
        let reason = Reason::Unanswered { since: at("2004-08-10T14:00:00Z"), reminder: 3 };
        golden("too-late", language, &world.compose("li", "wp162004", &[("a1f3", reason)], &[]));
    }
}

#[test]
fn many_sites_make_a_short_mail() {
    let mut world = World::new(Language::English);
    let ids: Vec<String> = (0..30).map(|n| format!("x{n:03}")).collect();
    for (n, id) in ids.iter().enumerate() {
        let mut alert = world.alert("a1f3").clone();
        (alert.id, alert.level) = (AlertId::new(id), if n < 20 { Level::Act } else { Level::Watch });
        alert.state = if n < 15 { AlertState::Done } else { AlertState::Open };
        world.state.alerts.insert(alert.id.clone(), alert);
    }
    let standing: Vec<_> = ids.iter().skip(1).map(String::as_str).collect();
    let composed = world.compose("li", "wp162004", &[("x016", Reason::LevelRose)], &standing);
    let text = &composed.notice.text;
    // Four are told in full; each other that is open has its own link; what is done is a line.
    assert_eq!(text.matches("\nTo do\n").count(), 4, "{text}");
    assert_eq!(text.matches("/a/v1.").count(), 15, "{text}");
    assert_eq!(text.matches("\n  Done\n").count(), 14, "{text}");
    assert!(composed.notice.html.len() < 60_000, "{} bytes", composed.notice.html.len());
}

#[test]
fn cancelled() {
    for language in BOTH {
        let mut world = World::new(language);
        world.alert("d4e6").state = AlertState::Cleared;
        golden("cancelled", language, &world.compose("li", "cap-77aa", &[("d4e6", Reason::Cancelled)], &[]));
    }
}

#[test]
fn all_clear() {
    for language in BOTH {
        let mut world = World::new(language);
        let over = [("a1f3", Reason::DangerOver), ("b2c4", Reason::DangerOver)];
        for (id, _) in &over {
            world.alert(id).state = AlertState::Cleared;
        }
        golden("all-clear", language, &world.compose("li", "wp162004", &over, &[]));
    }
}

#[test]
fn every_reason_has_a_first_line() {
    let reasons = [
        Reason::AlreadyTold,
        Reason::QuietHours { until: at("2004-08-11T00:00:00Z") },
        Reason::TooDangerous,
        Reason::LevelFell,
        Reason::Expired,
        Reason::ActByMoved { by_s: 3600 * 3 },
        Reason::Answered { kind: "moving".to_owned() },
    ];
    for language in BOTH {
        let world = World::new(language);
        let lines: Vec<String> = reasons
            .iter()
            .map(|reason| {
                let composed = world.compose("li", "wp162004", &[("a1f3", reason.clone())], &[]);
                assert_eq!(composed.faults, Vec::new());
                composed.notice.text.lines().take(3).collect::<Vec<_>>().join(" ")
            })
            .collect();
        insta::assert_snapshot!(format!("reasons-{}", language.tag()), lines.join("\n"));
    }
}

#[test]
fn nobody_is_sent_into_the_wind() {
    let mut world = World::new(Language::English);
    world.now = at("2004-08-12T03:00:00Z");
    world.answer("a1f3", AlertState::Refused, "refused", "li", None);
    let composed = world.compose("chen", "wp162004", &[("a1f3", Reason::DealerRefused)], &[]);
    let text = &composed.notice.text;
    assert!(!text.contains("in person") && text.contains("It is too late to move goods."), "{text}");
    assert!(text.contains("Gale comes    it is blowing now") && text.contains("大风期间请勿外出"), "{text}");
}

#[test]
fn ids_and_threads_are_the_same_each_time() {
    let world = World::new(Language::English);
    let first = world.compose("li", "wp162004", &[("a1f3", Reason::FirstMatch)], &[]);
    assert_eq!(first, world.compose("li", "wp162004", &[("a1f3", Reason::FirstMatch)], &[]));
    assert_eq!(first.notice.id.as_str().len(), 32);
    assert_eq!(first.notice.message_id, format!("<{}@alerts.example.com>", first.notice.id));
    assert!(first.notice.references.is_empty());
    let mut thread = first.thread.clone();
    let mut ids = vec![first.notice.message_id.clone()];
    for _ in 0..14 {
        let next = world.compose_in(Some(&thread), "li", "wp162004", &[("a1f3", Reason::LevelRose)], &[]);
        assert_eq!(next.notice.subject, first.notice.subject);
        assert_eq!(next.notice.references, thread.message_ids);
        assert!(!ids.contains(&next.notice.message_id));
        ids.push(next.notice.message_id.clone());
        thread = next.thread;
    }
    assert_eq!((thread.count, thread.message_ids.len()), (15, 11));
    assert_eq!(thread.message_ids[0], ids[0]);
    assert_eq!(thread.message_ids[10], ids[14]);
}

#[test]
fn the_link_is_this_persons_own() {
    let mut world = World::new(Language::English);
    let composed = world.compose("li", "wp162004", &[("a1f3", Reason::FirstMatch)], &[]);
    let link =
        composed.notice.text.lines().find_map(|line| line.strip_prefix("https://seawall.example.com/a/")).unwrap();
    let claim: LinkClaim = LinkKey::new(vec![7; 32]).verify(link, world.now).unwrap();
    assert_eq!((claim.alert.as_str(), claim.person.as_str()), ("a1f3", "li"));
    for base in [None, Some("javascript:alert(1)".to_owned()), Some("https://x y".to_owned())] {
        world.base_url = base;
        let composed = world.compose("li", "wp162004", &[("a1f3", Reason::FirstMatch)], &[]);
        assert!(!composed.notice.html.contains("/a/v1") && !composed.notice.html.contains("javascript"));
        assert!(composed.notice.text.contains("to your duty desk: alert a1f3."));
    }
}

#[test]
fn hostile_names_stay_words() {
    let mut world = World::new(Language::English);
    let evil = "<script>alert(1)</script>\"'&\r\nBcc: x@y\u{202E}\u{2028}{{ 7 * 7 }}";
    let site = world.portfolio.sites.get_mut(&SiteId::new("TZ-01")).unwrap();
    site.name = evil.into();
    world.portfolio.dealers.get_mut(&DealerId::new("D-MA")).unwrap().name = format!("{evil}{}", "x".repeat(5000));
    world.state.events.get_mut(&EventId::new("wp162004")).unwrap().name = Some(evil.to_owned());
    world.portfolio.people.get_mut(&PersonId::new("li")).unwrap().name = evil.to_owned();
    world.answer("a1f3", AlertState::Acknowledged, "told", "li", Some(evil));
    let composed = world.compose("li", "wp162004", &[("a1f3", Reason::FirstMatch)], &[]);
    let notice = &composed.notice;
    assert_eq!(composed.faults, Vec::new());
    assert!(!notice.html.contains("<script") && notice.html.contains("&lt;script&gt;"));
    assert!(!notice.html.contains("49") && notice.html.contains("{{ 7 * 7 }}"));
    for text in [&notice.subject, &notice.to_name] {
        assert!(!text.contains(['\r', '\n', '\u{202E}', '\u{2028}']), "{text:?}");
    }
    assert!(!notice.text.contains(['\r', '\u{202E}', '\u{2028}']));
    assert!(notice.text.len() < 12_000 && !notice.text.contains(&"x".repeat(100)));
}

#[test]
fn a_portfolio_that_lost_everything_still_gets_a_mail() {
    let mut world = World::new(Language::English);
    world.portfolio.sites.clear();
    world.portfolio.dealers.clear();
    world.portfolio.lanes.clear();
    world.state.events.clear();
    world.state.hazards.clear();
    world.alert("a1f3").advice.actions[0].action = "dance".to_owned();
    let composed =
        world.compose("li", "wp162004", &[("a1f3", Reason::FirstMatch), ("gone", Reason::FirstMatch)], &["c3d5"]);
    assert!(composed.notice.text.contains(">> dance\n   TZ-01\n"));
    let faults: Vec<_> = composed.faults.iter().map(ToString::to_string).collect();
    assert_eq!(faults, [": no such alert (in `gone`)"]);
}

#[test]
fn a_hundred_sites_fit_in_one_mail() {
    let mut world = World::new(Language::English);
    let ids: Vec<String> = (0..100).map(|n| format!("x{n:03}")).collect();
    for id in &ids {
        let mut alert = world.alert("a1f3").clone();
        alert.id = AlertId::new(id);
        world.state.alerts.insert(alert.id.clone(), alert);
    }
    let changed: Vec<_> = ids.iter().map(|id| (id.as_str(), Reason::FirstMatch)).collect();
    let composed = world.compose("li", "wp162004", &changed, &[]);
    assert_eq!(composed.faults, Vec::new());
    assert_eq!(composed.notice.alerts.len(), 100);
    assert!(composed.notice.text.contains("and 98 more"));
}

#[test]
fn who_cannot_be_told_is_named() {
    let world = World::new(Language::English);
    let key = LinkKey::new(vec![7; 32]);
    let desk = Desk {
        portfolio: &world.portfolio,
        state: &world.state,
        texts: &world.texts,
        sender_domain: "",
        sender: None,
        base_url: None,
        link_key: &key,
        link_life: Span::from_hours(1),
        lang_override: None,
        album: &world.album,
        now: world.now,
        silence: &[],
    };
    let draft = |person: &str| Draft {
        person: PersonId::new(person),
        event: EventId::new("wp162004"),
        changed: vec![DraftLine { alert: AlertId::new("gone"), reason: Reason::FirstMatch }],
        standing: Vec::new(),
    };
    let nobody = compose(&draft("nobody"), None, &desk).unwrap_err();
    assert!(nobody.to_string().starts_with("`nobody` is owed a mail but is not in people.csv"));
    let nothing = compose(&draft("li"), None, &desk).unwrap_err();
    assert_eq!(nothing.to_string(), "the mail to `li` about `wp162004` names no alert that exists");
}

#[test]
fn an_override_replaces_one_sentence() {
    let own =
        BTreeMap::from([("en/words.toml".to_owned(), "[reason]\nfirst-match = \"Look out: {{ storm }}!\"".to_owned())]);
    let mut world = World::new(Language::English);
    world.texts = world.texts.with_overrides(&own).unwrap();
    let composed = world.compose("li", "wp162004", &[("a1f3", Reason::FirstMatch)], &[]);
    assert!(composed.notice.text.contains("]\nLook out: Typhoon Rananim!\n"));
    assert_eq!(composed.faults, Vec::new());
}

#[test]
fn an_override_that_breaks_in_use_gives_way() {
    let own = BTreeMap::from([
        ("en/words.toml".to_owned(), "[reason]\nfirst-match = \"{{ storm.rain.now }}\"".to_owned()),
        ("mail.txt".to_owned(), "{{ mail.nothing.at_all }}".to_owned()),
        (
            "en/mail.html".to_owned(),
            "{% for i in range(9999) %}{% for j in range(9999) %}x{% endfor %}{% endfor %}".to_owned(),
        ),
    ]);
    let mut world = World::new(Language::English);
    let shipped = world.compose("li", "wp162004", &[("a1f3", Reason::FirstMatch)], &[]);
    world.texts = world.texts.with_overrides(&own).unwrap();
    let composed = world.compose("li", "wp162004", &[("a1f3", Reason::FirstMatch)], &[]);
    assert_eq!(composed.notice, shipped.notice);
    let faults: Vec<_> = composed.faults.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(faults.join("\n"), @r"
    :1: `storm.rain` is undefined (in `reason.first-match`)
    :1: `mail.nothing` is undefined (in `mail.txt`)
    :1: engine ran out of fuel (in `mail.html`)
    ");
}

#[test]
fn every_mistake_is_named_at_once() {
    let own = BTreeMap::from([
        (
            "en/words.toml".to_owned(),
            "[reason]\nfirst-match = \"{{ strom }}\"\nexpired = \"{{ storm\"\nexpird = \"x\"\n[level]\nact = 3\n"
                .to_owned(),
        ),
        ("en/actions.toml".to_owned(), "[insure]\ntitle = \"{{ price }}\"\n".to_owned()),
        ("zh-CN/words.toml".to_owned(), "[reason\n".to_owned()),
        ("fr/words.toml".to_owned(), String::new()),
        ("mail.html".to_owned(), "\n{% if %}".to_owned()),
    ]);
    let faults = World::new(Language::English).texts.with_overrides(&own).unwrap_err();
    insta::assert_snapshot!(told(&faults), @r"
    error: en/actions.toml:2: unknown fact `price` (in `action.insure.title`)
    hint: it can use site, dealer, shelter, lane, storm, cost
    error: en/words.toml:2: unknown fact `strom` (in `reason.first-match`)
    hint: it can use storm, places, n, is_storm, can_go, dealers, level, before, by, earlier, to, since, span, reminder, who, answer, note, agency
    error: en/words.toml:3: unexpected end of input, expected end of variable block (in `reason.expired`)
    error: en/words.toml:4: no mail uses this text (in `reason.expird`)
    hint: [reason] has reason.act-by-moved, reason.answered, reason.cancelled, reason.climbed, reason.danger-over, reason.dealer-refused, reason.expired, reason.first-match, reason.level-fell, reason.level-rose, reason.loss-rose, reason.stands-in, reason.still, reason.too-dangerous, reason.unanswered
    error: en/words.toml:6:1: `level.act` is no text but integer
    hint: put the words in quotation marks
    error: fr/words.toml: no language reads this file
    hint: the languages are en, zh-CN; a folder holds words.toml, actions.toml, mail.html
    error: mail.html:2: unexpected end of block (in `mail.html`)
    error: zh-CN/words.toml:1:8: unclosed table, expected `]`
    ");
}

#[test]
fn a_language_without_words_is_refused() {
    let mut files = files();
    files.remove("zh-CN/words.toml");
    files.remove("mail.txt");
    let faults = Texts::parse(&files).unwrap_err();
    assert!(faults.len() > 150);
    assert!(told(&faults).contains("error: zh-CN/words.toml: a text is missing (in `reason.first-match`)"));
}

#[test]
fn both_languages_say_the_same_things() {
    let files = files();
    let keys = |tag: &str| -> BTreeSet<String> {
        let actions = files.iter().filter_map(|(path, text)| Some((path.strip_prefix("playbooks/")?, text)));
        let words = actions.flat_map(|(file, text)| {
            let table: toml::Table = text.parse().unwrap();
            let words = table["text"][tag].as_table().unwrap().clone();
            words.into_iter().map(move |(key, _)| format!("{}.{key}", file.trim_end_matches(".toml")))
        });
        words.collect()
    };
    assert_eq!(keys("en"), keys("zh-CN"));
    let ids = "move-stock move-up-floor raise-stock shutter insure photograph hold-shipment dispatch-early divert \
        switch-mode priority-delivery order-ahead visit check-after call-carrier";
    for id in ids.split_whitespace() {
        for part in ["title", "detail", "costs", "refused"] {
            assert!(keys("en").contains(&format!("{id}.{part}")), "{id}.{part}");
        }
    }
    let english: toml::Table = files["en/words.toml"].parse().unwrap();
    let chinese: toml::Table = files["zh-CN/words.toml"].parse().unwrap();
    assert!(english["agency"].as_table().unwrap().keys().eq(chinese["agency"].as_table().unwrap().keys()));
}

/// Verdict, reason, and what a mail then says.
const TOLD_IN_TWO_LINES: [(Language, Verdict, VerdictWhy, &str); 6] = [
    (
        Language::English,
        Verdict::Act,
        VerdictWhy::PaysAnyway,
        "Do not wait: even if the next forecast (Wed 11 Aug 02:00) eases, it pays: today's risk counts 40%, it pays from 1.7%. After the forecast of Wed 11 Aug 08:00 it is too late.",
    ),
    (
        Language::English,
        Verdict::Act,
        VerdictWhy::LastChance,
        "Do not wait: the next forecast (Wed 11 Aug 02:00) comes too late, and waiting for it gives up 231,000 CNY. Today's risk counts 40%; it pays from 1.7%.",
    ),
    (
        Language::English,
        Verdict::Wait,
        VerdictWhy::MayEase,
        "You can wait for the forecast of Wed 11 Aug 02:00: it may ease below what pays (1.7%; today's risk counts 40%). After the one of Wed 11 Aug 08:00 it is too late, and that gives up 231,000 CNY.",
    ),
    (
        Language::English,
        Verdict::Wait,
        VerdictWhy::MayEase,
        "Since the last mail: chance of gale 31% → 93%, expected loss 170,000 CNY → 241,000 CNY.",
    ),
    (Language::Chinese, Verdict::Wait, VerdictWhy::MayEase, "可以等8月11日周三 02:00的预报"),
    (
        Language::Chinese,
        Verdict::Act,
        VerdictWhy::PaysAnyway,
        "与上封邮件相比：大风概率31% → 93%，平均损失约17万元 → 约24.1万元。",
    ),
];

#[test]
fn act_or_wait_is_told_in_two_lines() {
    let check = |language: Language, verdict: Verdict, why: VerdictWhy, want: &str| {
        let mut world = World::new(language);
        let cny = |amount: i64| Money::new(amount.into(), Currency::parse("CNY").unwrap());
        let alert = world.alert("a1f3");
        alert.advice.actions[0].act_or_wait = Some(ActOrWait {
            verdict,
            why,
            p: 0.4017,
            expected_loss: cny(241_020),
            net_gain: cny(231_020),
            next_bulletin_at: Some("2004-08-10T18:00:00Z".parse().unwrap()),
            too_late_after: Some("2004-08-11T00:00:00Z".parse().unwrap()),
            waiting_risks: cny(231_020),
        });
        let told = Told {
            at: alert.opened_at,
            first_at: alert.opened_at,
            asked_at: alert.opened_at,
            level: Level::Warn,
            act_by: None,
            state: AlertState::Open,
            reminders: 0,
            p_34kt: Some(0.31),
            expected_loss: Some(cny(170_000)),
        };
        alert.told.insert(PersonId::new("li"), told);
        let composed = world.compose("li", "wp162004", &[("a1f3", Reason::LevelRose)], &[]);
        assert_eq!(composed.faults, Vec::new());
        let text = composed.notice.text.split_whitespace().collect::<Vec<_>>().join(if language == Language::English {
            " "
        } else {
            ""
        });
        let want =
            want.split_whitespace().collect::<Vec<_>>().join(if language == Language::English { " " } else { "" });
        assert!(text.contains(&want), "{}", composed.notice.text);
    };
    for (language, verdict, why, want) in TOLD_IN_TWO_LINES {
        check(language, verdict, why, want);
    }
}
