use super::*;
use crate::domain::{FeedId, Hazard, MsgType, Severity, Status, Technique, Timestamp};

fn parse_from(url: &str, body: &str) -> Parsed {
    let body = body.as_bytes().to_vec();
    Jma.parse(&Bulletin::new(FeedId::new("test"), "", url, Timestamp::UNIX_EPOCH, body))
}

fn parse(body: &str) -> Parsed {
    parse_from("https://www.jma.go.jp/bosai/typhoon/data/TC2620/specifications.json", body)
}

/// A typhoon telegram of this status, type, remark and times.
fn typhoon(status: &str, info_type: &str, remark: &str, infos: &str) -> String {
    format!(
        "<Report xmlns='http://xml.kishou.go.jp/jmaxml1/'><Control><Title>台風解析・予報情報（５日予報）（Ｈ３０）</Title>
        <DateTime>2020-09-28T06:47:11Z</DateTime><Status>{status}</Status></Control>
        <Head xmlns='http://xml.kishou.go.jp/jmaxml1/informationBasis1/'><Title>台風解析・予報情報</Title>
        <ReportDateTime>2020-09-28T15:50:00+09:00</ReportDateTime><EventID>TC2001</EventID>
        <InfoType>{info_type}</InfoType></Head><Body><MeteorologicalInfos type='台風情報'>{infos}
        <!-- {remark} --></MeteorologicalInfos></Body></Report>"
    )
}

fn info(kind: &str, time: &str, remark: &str) -> String {
    format!(
        "<MeteorologicalInfo><DateTime type='{kind}'>{time}</DateTime><Item><Kind><Property><TyphoonNamePart>
        <Name/><Number/><Remark>{remark}</Remark></TyphoonNamePart></Property></Kind><Kind><Property><CenterPart>
        <Coordinate type='中心位置（度分）'>+1750+14300/</Coordinate></CenterPart></Property></Kind></Item>
        </MeteorologicalInfo>"
    )
}

/// An advisory of the table: its title's category, and parts.
fn table(category: &str, parts: &str) -> String {
    format!(
        r#"[{{"part":"title","issue":{{"UTC":"2026-08-12T06:45:00Z"}},"typhoonNumber":"2617",
        "category":{{"jp":"台風","en":"{category}"}}}}{parts}]"#
    )
}

fn analysis(category: &str) -> String {
    format!(
        r#",{{"part":{{"jp":"実況","en":"Analysis"}},"advancedHours":0,"position":{{"deg":[22.2,144.0]}},
        "category":{{"jp":"台風","en":"{category}"}},"validtime":{{"UTC":"2026-08-12T06:00:00Z"}}}}"#
    )
}

const AHEAD: &str = r#",{"advancedHours":"24","position":{"deg":["25.5","-146.0"]},"pressure":994,
    "maximumWind":{"sustained":{"m/s":"18"},"gust":null}}"#;

#[track_caller]
fn check_standing(body: &str, technique: &str, standing: Technique, is_last: bool) {
    let hazard = only(parse(body));
    let track = hazard.track.unwrap();
    assert_eq!((track.technique.as_str(), track.standing, hazard.is_last), (technique, standing, is_last), "{body}");
}

#[track_caller]
fn only(parsed: Parsed) -> Hazard {
    assert!(parsed.faults.iter().all(|fault| !fault.is_fatal), "{:?}", parsed.faults);
    assert_eq!(parsed.hazards.len(), 1);
    parsed.hazards.into_iter().next().unwrap()
}

#[test]
fn what_an_advisory_without_a_forecast_is() {
    check_standing(&table("TS", &(analysis("TS") + AHEAD)), "JMA", Technique::Official, false);
    check_standing(&table("TS", &analysis("TS")), "BEST", Technique::Analysis, false);
    check_standing(&table("TD", &analysis("TD")), "JMA", Technique::Official, true);
    let now = info("実況", "2020-09-28T15:00:00+09:00", "");
    let ahead = info("予報　２４時間後", "2020-09-29T15:00:00+09:00", "");
    check_standing(&typhoon("通常", "発表", "", &(now.clone() + &ahead)), "JMA", Technique::Official, false);
    check_standing(&typhoon("通常", "発表", "", &now), "BEST", Technique::Analysis, false);
    for remark in ["台風消滅（温帯低気圧化）", "台風消滅（域外へ出る）", "台風発生の可能性が小さくなった"]
    {
        let last = info("実況", "2020-09-28T15:00:00+09:00", remark);
        check_standing(&typhoon("通常", "発表", "", &last), "JMA", Technique::Official, true);
    }
}

#[test]
fn parts_may_lack_their_time_and_their_winds() {
    let hazard = only(parse(&table("TS", &(analysis("TS") + AHEAD))));
    assert_eq!((hazard.event.as_str(), hazard.aliases[0].as_str()), ("jma:TC2620", "number:202617"));
    let ahead = &hazard.track.unwrap().fixes[1];
    assert_eq!((ahead.time.to_string().as_str(), ahead.tau_h), ("2026-08-13T06:00:00Z", 24));
    assert_eq!((ahead.vmax_kt, ahead.gust_kt, ahead.position.lon()), (Some(35.0), None, -146.0));
}

#[test]
fn parts_without_a_place_are_told() {
    let lost =
        r#",{"advancedHours":48,"validtime":{"UTC":"2026-08-14T06:00:00Z"}},{"advancedHours":999,"position":{}}"#;
    let parsed = parse(&table("TS", &(analysis("TS") + lost)));
    assert_eq!(parsed.hazards.len(), 1);
    let fields: Vec<_> = parsed.faults.iter().map(|fault| fault.place.field.clone().unwrap()).collect();
    assert_eq!(fields, ["[2].position.deg", "[3].validtime"]);
    assert!(parse(&table("TS", "")).faults[0].is_fatal);
    for body in ["{}", "[{}]", "[1]", "null", "\"x\"", "[[]]"] {
        assert!(parse(body).faults.iter().any(|fault| fault.is_fatal), "{body}");
    }
}

#[test]
fn a_quiet_day_is_no_fault() {
    for body in ["[]", " [ ]\n"] {
        let parsed = parse(body);
        assert!(parsed.faults.is_empty() && parsed.hazards.is_empty(), "{:?}", parsed.faults);
        assert!(parsed.active.unwrap().keys.is_empty());
    }
}

#[test]
fn a_storm_without_its_tc_number_goes_by_the_other() {
    let body = table("TS", &(analysis("TS") + AHEAD));
    let parsed = parse_from("specifications.json", &body);
    assert!(parsed.faults[0].what.contains("its typhoon number is taken instead"));
    assert_eq!(only(parsed).event, "jma:T202617");
    let letter = parse_from("", &body.replace("2617", "b"));
    assert_eq!((only(letter.clone()).event.as_str(), only(letter).aliases.len()), ("jma:b", 0));
    assert!(parse_from("", &body.replace("2617", "")).faults.iter().any(|fault| fault.is_fatal));
}

#[test]
fn the_past_keeps_its_hours_or_is_left_out() {
    let map = |time: &str, last: &str| {
        format!(
            r#"[{{"part":"title","issue":{{"UTC":"2026-08-12T06:45:00Z"}},"typhoonNumber":"2617"}},
            {{"part":{{"jp":"実況"}},"advancedHours":0,"validtime":{{"UTC":"{time}"}},"center":[22.2,144.0],
            "track":{{"preTyphoon":[[21.5,140.7],[22.1,141.9]],"typhoon":[[22.1,141.9],[22.2,142.9],{last}]}}}}]"#
        )
    };
    let taus = |time, last| {
        let track = only(parse(&map(time, last))).track.unwrap();
        assert_eq!(track.standing, Technique::Guidance);
        track.fixes.iter().map(|fix| fix.tau_h).collect::<Vec<_>>()
    };
    assert_eq!(taus("2026-08-12T06:00:00Z", "[22.2,144.0]"), [-9, -6, -3, 0]);
    assert_eq!(taus("2026-08-12T07:00:00Z", "[22.2,144.0]"), [0]);
    assert_eq!(taus("2026-08-12T06:00:00Z", "[22.2,143.9]"), [0]);
}

#[test]
fn statuses_and_types() {
    let infos = info("実況", "2020-09-28T15:00:00+09:00", "") + &info("予報", "2020-09-29T15:00:00+09:00", "");
    let of = |status, info_type| {
        let hazard = only(parse(&typhoon(status, info_type, "", &infos)));
        (hazard.status, hazard.msg)
    };
    assert_eq!(of("通常", "発表"), (Status::Actual, MsgType::Alert));
    assert_eq!(of("訓練", "訂正"), (Status::Exercise, MsgType::Update));
    assert_eq!(of("試験", "遅延"), (Status::Test, MsgType::Alert));
    let withdrawn = only(parse(&typhoon("通常", "取消", "", "")));
    assert_eq!((withdrawn.msg, withdrawn.event.as_str(), withdrawn.track), (MsgType::Cancel, "jma:TC2001", None));
    let odd = parse(&typhoon("?", "?", "", &infos));
    assert_eq!((odd.faults.len(), odd.hazards.len()), (2, 1));
    assert!(parse(&typhoon("通常", "発表", "", "")).faults[0].is_fatal);
}

#[test]
fn telegrams_of_other_kinds_are_named_and_left_unread() {
    let body = typhoon("通常", "発表", "", "").replace("台風解析・予報情報（５日予報）（Ｈ３０）", "竜巻注意情報");
    assert!(Jma.recognises(body.as_bytes()));
    let parsed = parse(&body);
    assert!(parsed.hazards.is_empty() && !parsed.faults[0].is_fatal);
    assert!(parsed.faults[0].what.contains("竜巻注意情報"));
    for broken in ["<Report/>", "<Report xmlns='http://xml.kishou.go.jp/jmaxml1/'><Control/><Head/></Report>", "<rss/>"]
    {
        assert!(parse(broken).faults.iter().any(|fault| fault.is_fatal), "{broken}");
    }
}

#[test]
fn warnings_that_are_lifted_by_code_00_and_withdrawn() {
    let warning = |info_type: &str| {
        typhoon("通常", info_type, "", "")
            .replace("台風解析・予報情報（５日予報）（Ｈ３０）", "気象警報・注意報（Ｒ０６）（大雨）")
            .replace(
                "</Body>",
                "<Warning type='気象警報・注意報（市町村等）'><Item><Kind><Name>解除</Name><Code>00</Code><Status>解除</Status>
                <LastKind><Name>レベル３大雨警報</Name><Code>03</Code></LastKind></Kind><Area><Name>隠岐の島町</Name>
                <Code>3252800</Code></Area></Item><Item><Kind><Name>レベル４大雨危険警報</Name><Code>03</Code>
                <Status>発表</Status></Kind><Area><Code>3220100</Code></Area></Item></Warning></Body>",
            )
    };
    let parsed = parse(&warning("発表"));
    assert!(parsed.faults.is_empty(), "{:?}", parsed.faults);
    let found: Vec<_> =
        parsed.hazards.iter().map(|hazard| (hazard.event.as_str(), hazard.severity, hazard.msg)).collect();
    assert_eq!(
        found,
        [
            ("jma:3252800:heavy-rain", Severity::Severe, MsgType::Cancel),
            ("jma:3220100:heavy-rain", Severity::Severe, MsgType::Alert)
        ]
    );
    assert_eq!(parsed.hazards[1].texts[1].event, "Heavy Rain Danger Warning");
    assert!(parse(&warning("取消")).hazards.iter().all(|hazard| hazard.msg == MsgType::Cancel));
}

#[test]
fn only_jmas_own_is_recognised() {
    for body in [
        "<Report><Control/></Report>",
        "<feed xmlns='http://www.w3.org/2005/Atom'><link href='http://xml.kishou.go.jp/jmaxml1/'/></feed>",
        "{\"part\":1}",
        "[]",
        "{\"tcId\":\"x\"}",
        "",
    ] {
        assert!(!Jma.recognises(body.as_bytes()), "{body}");
    }
    assert!(Jma.recognises(table("TS", "").as_bytes()));
}

#[test]
fn the_developers_feed_leads_to_telegrams() {
    let body = "<?xml version='1.0' encoding='utf-8'?><feed xmlns='http://www.w3.org/2005/Atom' xml:lang='ja'>
        <title>高頻度（随時）</title><link rel='related' href='https://www.jma.go.jp/'/>
        <link rel='self' href='https://www.data.jma.go.jp/developer/xml/feed/extra.xml'/>
        <entry><title>台風解析・予報情報（５日予報）（Ｈ３０）</title>
        <id>https://www.data.jma.go.jp/developer/xml/data/20260812214511_0_VPTW60_010000.xml</id>
        <link type='application/xml' href='https://www.data.jma.go.jp/developer/xml/data/20260812214511_0_VPTW60_010000.xml'/>
        <content type='text'>【台風解析・予報情報】</content></entry></feed>";
    let source = crate::sources::recognise(body.as_bytes()).unwrap();
    let bulletin = Bulletin::new(FeedId::new("test"), "", "", Timestamp::UNIX_EPOCH, body.as_bytes().to_vec());
    let parsed = source.parse(&bulletin);
    assert_eq!((source.id(), parsed.links.len(), parsed.faults.len()), ("feed", 1, 0), "{:?}", parsed.faults);
    let telegram = typhoon("通常", "発表", "", "");
    assert_eq!(crate::sources::recognise(telegram.as_bytes()).unwrap().id(), "jma");
}
