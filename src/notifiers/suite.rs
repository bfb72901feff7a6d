//! What every channel must do, run for each of `ALL` against a server that checks a request as the real one would.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::sign::{bytes_of, sign};
use super::{ALL, Channel, ChannelNotifier, ChannelSettings, Notifier as _, Outgoing};
use crate::domain::{
    AlertId, CHANNEL_KINDS, ChannelSecrets, Delivery, EventId, Level, Notice, NoticeId, PersonId, Secret, Timestamp,
};

/// The secret of every channel here that has one; base64 too, for webhooks.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// The path of every address here, with what is secret in it.
const PATH: &str = "/services/T0001/B0001/kX7secretkey?access_token=q9tokenq9&key=w8keyw8";
/// Text from outside that wants to call everybody, to link, and to hide.
const HOSTILE: &str = "<!channel> <!here> <@U1> @all @所有人 <@all> <at user_id=\"all\">x</at> <at>all</at> \
    [click](https://evil.example/x) <https://evil.example|click> ![p](https://evil.example/p.png) **bold** `code` \
    \u{202e}desrever\u{202c} \u{0}\u{7}\u{1b}[31m \u{200b}\u{feff} {{7*7}} ${x} \" \\ \r\n# head\r\n> quote";

/// A notice of that id, in Chinese, with a deadline and a link of ours.
pub(super) fn notice(id: &str) -> Notice {
    Notice {
        id: NoticeId::new(id),
        person: PersonId::new("li"),
        channel: "ops".to_owned(),
        to_name: "李伟".to_owned(),
        to: "li@example.com".to_owned(),
        event: EventId::new("wp162004"),
        alerts: vec![AlertId::new("a1")],
        level: Level::Act,
        act_by: "2004-08-11T04:00:00Z".parse().ok(),
        why: vec!["first-match".to_owned()],
        lang: "zh-CN".to_owned(),
        subject: "台风云娜：台州仓库".to_owned(),
        message_id: format!("<{id}@seawall>"),
        references: Vec::new(),
        text: "台风将至，请最迟8月11日 12:00开始。\nhttps://seawall.example.com/a/v1.token\n".to_owned(),
        html: "<p>台风将至。</p>".to_owned(),
        list_unsubscribe: None,
        attachments: Vec::new(),
        queued_at: now(),
        attempts: 0,
        next_try: None,
        last_fault: None,
    }
}

/// Settings of a kind for an address, with a secret where the kind has one.
pub(super) fn settings(kind: &str, url: &str) -> ChannelSettings {
    let needs = CHANNEL_KINDS.iter().find(|known| known.name == kind).expect("a kind").secrets;
    ChannelSettings {
        id: "ops".to_owned(),
        kind: kind.to_owned(),
        url: Secret::new(url),
        secrets: if needs == ChannelSecrets::None { Vec::new() } else { vec![Secret::new(SECRET)] },
        is_plain: false,
        base_url: "https://seawall.example.com".to_owned(),
        timeout: Duration::from_secs(20),
    }
}

fn now() -> Timestamp {
    Timestamp::from_second(1_092_182_400).expect("in range")
}

fn hostile() -> Vec<Notice> {
    let blank =
        Notice { text: String::new(), subject: String::new(), lang: String::new(), act_by: None, ..notice("n0") };
    let texts =
        [HOSTILE.to_owned(), "雨".repeat(350_000), HOSTILE.repeat(2_500), "\"\\\n".repeat(100_000), "\u{0}".repeat(9)];
    let mut all = vec![notice("n1"), blank];
    for text in texts {
        let text = format!("{text}\nhttps://seawall.example.com/a/v1.token");
        all.push(Notice {
            subject: text.clone(),
            to_name: text.clone(),
            lang: text.clone(),
            text: text.clone(),
            ..notice("n2")
        });
        all.push(Notice { lang: "en".to_owned(), text, ..notice("n3") });
    }
    all
}

/// What the server does.
#[derive(Clone)]
enum Manner {
    /// Checks the request as the real service of that kind, and answers as it does.
    IsReal(&'static str),
    /// Answers with this head and body.
    Answers(String),
    /// Says nothing.
    IsSilent,
}

#[derive(Clone, Default)]
struct Server {
    asked: Arc<AtomicUsize>,
    faults: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Starts one; gives it and its address with [`PATH`].
    async fn start(manner: Manner) -> (Self, String) {
        let server = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
        let url = format!("http://{}{PATH}", listener.local_addr().expect("an address"));
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(stream, manner.clone()));
            }
        });
        (server, url)
    }

    /// Ends with the connection; an error is the other side's going away.
    async fn serve(self, mut stream: TcpStream, manner: Manner) -> Option<()> {
        loop {
            let (head, body) = request(&mut stream).await?;
            self.asked.fetch_add(1, Ordering::Relaxed);
            let reply = match &manner {
                Manner::IsSilent => std::future::pending().await,
                Manner::Answers(reply) => reply.clone(),
                Manner::IsReal(kind) => match real(kind, &head, &body) {
                    Ok(said) => format!("200 OK\r\n\r\n{said}"),
                    Err(fault) => {
                        self.faults.lock().expect("lock").push(format!("{kind}: {fault}"));
                        format!("400 Bad Request\r\n\r\n{fault}")
                    }
                },
            };
            let (head, body) = reply.split_once("\r\n\r\n")?;
            let whole = format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            stream.write_all(whole.as_bytes()).await.ok()?;
        }
    }
}

async fn request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        (stream.read_buf(&mut bytes).await.ok()? > 0).then_some(())?;
    };
    let body = bytes.split_off(end + 4);
    let head = String::from_utf8(bytes).ok()?;
    let length: usize = header(&head, "content-length")?.parse().ok()?;
    let mut whole = body;
    while whole.len() < length {
        (stream.read_buf(&mut whole).await.ok()? > 0).then_some(())?;
    }
    Some((head, whole))
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let mut fields = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// What the real service answers, or why it refuses.
fn real(kind: &str, head: &str, body: &[u8]) -> Result<&'static str, String> {
    let wrong = |what: &str| Err(what.to_owned());
    if !head.starts_with("POST /services/T0001/B0001/kX7secretkey?access_token=q9tokenq9&key=w8keyw8") {
        return wrong("the address");
    }
    if header(head, "content-type") != Some("application/json; charset=utf-8") {
        return wrong("the content type");
    }
    let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
    let json: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if text.chars().any(|c| c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{FEFF}'))
        || text.contains("\\u00")
    {
        return wrong("a control character");
    }
    match kind {
        "webhook" => webhook(head, body, &json),
        "slack" => slack(&json),
        "teams" => teams(body, &json),
        "wecom" => wecom(&json),
        "dingtalk" => dingtalk(head, body, &json),
        "feishu" => feishu(body, &json),
        _ => wrong("a kind without a server"),
    }
}

fn webhook(head: &str, body: &[u8], json: &Value) -> Result<&'static str, String> {
    let of = |name: &str| header(head, name).ok_or(format!("{name} is missing"));
    let (id, at, signature) = (of("webhook-id")?, of("webhook-timestamp")?, of("webhook-signature")?);
    let key = bytes_of(SECRET.trim_start_matches("whsec_")).ok_or("the key")?;
    let expected = format!("v1,{}", sign(&key, &[format!("{id}.{at}.").as_bytes(), body].concat()));
    let is_shaped =
        json["id"] == id && json["type"] == "notice" && json["text"].is_string() && json["links"].is_array();
    if signature == expected && is_shaped { Ok("") } else { Err("the signature or shape".to_owned()) }
}

fn slack(json: &Value) -> Result<&'static str, String> {
    let blocks = json["blocks"].as_array().ok_or("no blocks")?;
    let long =
        |text: &Value, max: usize| text.as_str().is_none_or(|text| text.is_empty() || text.chars().count() > max);
    if blocks.len() > 50 || long(&json["text"], 4_000) || long(&blocks[0]["text"]["text"], 150) {
        return Err("too long".to_owned());
    }
    for block in &blocks[1..] {
        let text = block["text"]["text"].as_str().ok_or("no text")?;
        let links = text.matches("<https://seawall.example.com/").count();
        if long(&block["text"]["text"], 3_000)
            || text.matches('<').count() != links
            || block["text"]["verbatim"] != true
        {
            return Err(format!("a section: {text}"));
        }
    }
    if json["text"].to_string().contains('<') { Err("the fallback".to_owned()) } else { Ok("ok") }
}

fn teams(body: &[u8], json: &Value) -> Result<&'static str, String> {
    let card = &json["attachments"][0]["content"];
    let is_shaped = json["type"] == "message" && card["type"] == "AdaptiveCard" && card["body"].is_array();
    let actions = card["actions"].as_array().ok_or("no actions")?;
    let ours =
        |action: &Value| action["url"].as_str().is_some_and(|url| url.starts_with("https://seawall.example.com/"));
    if body.len() > 28 * 1024 || !is_shaped || !actions.iter().all(ours) || json.to_string().contains("\"TextBlock\"") {
        return Err("size, shape or links".to_owned());
    }
    Ok("")
}

/// Text for a chat that reads markup: nobody is called, and no link is but ours.
fn tame(text: &str) -> Result<(), String> {
    let links = text.matches("](https://seawall.example.com/").count();
    let is_tame =
        !text.contains(['<', '@']) && text.matches("](").count() == links && text.matches("://").count() == links;
    if is_tame { Ok(()) } else { Err(format!("not tame: {}", text.chars().take(500).collect::<String>())) }
}

fn wecom(json: &Value) -> Result<&'static str, String> {
    let content = json["markdown"]["content"].as_str().ok_or("no content")?;
    tame(content)?;
    if content.is_empty() || content.len() > 4_096 || json["msgtype"] != "markdown" {
        return Ok(r#"{"errcode":45002,"errmsg":"content size out of limit"}"#);
    }
    Ok(r#"{"errcode":0,"errmsg":"ok"}"#)
}

fn dingtalk(head: &str, body: &[u8], json: &Value) -> Result<&'static str, String> {
    let target = head.split(' ').nth(1).unwrap_or_default();
    let url = url::Url::parse(&format!("http://x{target}")).map_err(|error| error.to_string())?;
    let of = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let ms = of("timestamp").ok_or("no timestamp")?;
    if of("sign") != Some(sign(SECRET.as_bytes(), format!("{ms}\n{SECRET}").as_bytes())) || ms.len() != 13 {
        return Ok(r#"{"errcode":310000,"errmsg":"sign not match"}"#);
    }
    let text = json["markdown"]["text"].as_str().ok_or("no text")?;
    tame(text)?;
    let is_shaped =
        json["msgtype"] == "markdown" && json["markdown"]["title"].is_string() && json["at"]["isAtAll"] == false;
    if is_shaped && body.len() <= 20_000 {
        Ok(r#"{"errcode":0,"errmsg":"ok"}"#)
    } else {
        Err("size or shape".to_owned())
    }
}

fn feishu(body: &[u8], json: &Value) -> Result<&'static str, String> {
    let at = json["timestamp"].as_str().ok_or("no timestamp")?;
    if json["sign"] != sign(format!("{at}\n{SECRET}").as_bytes(), b"") || at.len() != 10 {
        return Ok(r#"{"code":19021,"msg":"sign match fail or timestamp is not within one hour from current time"}"#);
    }
    let elements = json["card"]["elements"].as_array().ok_or("no elements")?;
    let is_plain = elements[0]["text"]["tag"] == "plain_text" && json["card"]["header"]["title"]["tag"] == "plain_text";
    if json["msg_type"] != "interactive" || !is_plain || body.len() > 20 * 1024 {
        return Ok(r#"{"code":9499,"msg":"Bad Request"}"#);
    }
    Ok(r#"{"code":0,"msg":"success","data":{}}"#)
}

fn notifier(channel: &dyn Channel, url: &str) -> ChannelNotifier {
    ChannelNotifier::new(settings(channel.kind(), url), None).expect("good settings")
}

/// What every channel makes of an answer.
async fn check(reply: &str, expected: impl Fn(&Delivery) -> bool) {
    for channel in ALL {
        let (_, url) = Server::start(Manner::Answers(reply.to_owned())).await;
        let delivery = notifier(*channel, &url).deliver(&notice("n1"), now()).await;
        assert!(expected(&delivery), "{} said {reply:?}: {delivery:?}", channel.kind());
    }
}

#[tokio::test]
async fn the_real_service_takes_every_notice() {
    for channel in ALL {
        let (server, url) = Server::start(Manner::IsReal(channel.kind())).await;
        for notice in hostile() {
            // A notifier of its own each, since this is not about the pace.
            let delivery = notifier(*channel, &url).deliver(&notice, now()).await;
            assert_eq!(*server.faults.lock().expect("lock"), [""; 0]);
            assert_eq!(delivery, Delivery::Taken, "{}", channel.kind());
        }
        assert_eq!(server.asked.load(Ordering::Relaxed), hostile().len(), "one request a notice");
    }
}

#[test]
fn every_kind_of_the_configuration_is_here_and_no_other() {
    let names: Vec<&str> = ALL.iter().map(|channel| channel.kind()).collect();
    assert_eq!(names, CHANNEL_KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>());
}

#[test]
fn the_same_notice_gives_the_same_bytes() {
    for channel in ALL {
        for notice in hostile() {
            let settings = settings(channel.kind(), "http://127.0.0.1:9/");
            let make = || channel.request(&notice, &settings, now()).0;
            assert_eq!(make(), make(), "{}", channel.kind());
        }
    }
}

#[tokio::test]
async fn a_wait_that_the_server_names_is_kept() {
    let until = Timestamp::from_second(now().as_second() + 120).expect("in range");
    check(
        "429 Too Many Requests\r\nretry-after: 120\r\n\r\n",
        |delivery| matches!(delivery, Delivery::NotBefore(at, _) if *at == until),
    )
    .await;
    check("503 Gone Fishing\r\nretry-after: 120\r\n\r\n", |delivery| matches!(delivery, Delivery::NotBefore(..))).await;
    for channel in ALL {
        let (server, url) = Server::start(Manner::Answers("429 Slow\r\nretry-after: 120\r\n\r\n".to_owned())).await;
        let notifier = notifier(*channel, &url);
        notifier.deliver(&notice("n1"), now()).await;
        assert_eq!(notifier.deliver(&notice("n2"), now()).await, Delivery::Held(until), "{}", channel.kind());
        assert_eq!(server.asked.load(Ordering::Relaxed), 1, "what it said to one holds for all");
    }
}

#[tokio::test]
async fn later_and_never() {
    for status in ["500 Oops", "502 Bad Gateway", "408 Slow", "429 Too Many Requests"] {
        check(&format!("{status}\r\n\r\n"), |delivery| matches!(delivery, Delivery::Later(_))).await;
    }
    for status in ["400 Bad Request", "401 No", "403 No", "404 Not Found", "410 Gone"] {
        let named = |fault: &str| fault.starts_with("channel `ops` (");
        check(&format!("{status}\r\n\r\nno"), |delivery| matches!(delivery, Delivery::Never(fault) if named(fault)))
            .await;
    }
}

#[tokio::test]
async fn nobody_there_or_nothing_said_is_later() {
    for channel in ALL {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
        let url = format!("http://{}{PATH}", listener.local_addr().expect("an address"));
        drop(listener);
        let refused = notifier(*channel, &url).deliver(&notice("n1"), now()).await;
        assert!(matches!(&refused, Delivery::Later(_)), "{}: {refused:?}", channel.kind());
        let (_, url) = Server::start(Manner::IsSilent).await;
        let hasty = ChannelSettings { timeout: Duration::from_millis(50), ..settings(channel.kind(), &url) };
        let silent = ChannelNotifier::new(hasty, None).expect("good settings").deliver(&notice("n1"), now()).await;
        assert!(matches!(&silent, Delivery::Later(why) if why.contains("no whole answer in time")), "{silent:?}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    for channel in ALL {
        let (elsewhere, to) = Server::start(Manner::Answers("200 OK\r\n\r\n".to_owned())).await;
        let (_, url) = Server::start(Manner::Answers(format!("307 Moved\r\nlocation: {to}\r\n\r\n"))).await;
        let delivery = notifier(*channel, &url).deliver(&notice("n1"), now()).await;
        assert!(matches!(&delivery, Delivery::Later(why) if why.contains("redirects")), "{delivery:?}");
        assert_eq!(elsewhere.asked.load(Ordering::Relaxed), 0);
    }
}

#[tokio::test]
async fn an_answer_of_any_length_is_an_answer() {
    let long = "x".repeat(3 << 20);
    for channel in ALL {
        let (_, url) = Server::start(Manner::Answers(format!("404 Not Found\r\n\r\n{long}"))).await;
        let delivery = notifier(*channel, &url).deliver(&notice("n1"), now()).await;
        assert!(matches!(&delivery, Delivery::Never(why) if why.chars().count() <= 300), "{}", channel.kind());
    }
}

#[tokio::test]
async fn no_word_of_ours_holds_a_secret() {
    const KEYS: [&str; 6] =
        ["kX7secretkey", "q9tokenq9", "w8keyw8", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "B0001/", "li@"];
    for channel in ALL {
        let has_secret = !settings(channel.kind(), "http://127.0.0.1:9/").secrets.is_empty();
        let secret = if has_secret { SECRET } else { "none" };
        let echo = format!("403 No\r\n\r\nbad {PATH} and {secret} for li@example.com");
        let (_, url) = Server::start(Manner::Answers(echo)).await;
        let notifier = notifier(*channel, &url);
        let Delivery::Never(fault) = notifier.deliver(&notice("n1"), now()).await else {
            panic!("{}", channel.kind());
        };
        let Outgoing(request) = channel.request(&notice("n1"), &settings(channel.kind(), &url), now());
        let said = format!("{fault} {notifier:?} {:?} {:?}", settings(channel.kind(), &url), request.url);
        let refused = ChannelNotifier::new(settings(channel.kind(), &format!("http://127.0.0.1:1{PATH}")), None);
        let refused = refused.expect("good settings").deliver(&notice("n1"), now()).await;
        for key in KEYS {
            assert!(!format!("{said} {refused:?}").contains(key), "{}: {key} in {said} {refused:?}", channel.kind());
        }
    }
}

#[tokio::test]
async fn what_would_be_too_often_waits_and_is_not_sent() {
    for channel in ALL {
        let (server, url) = Server::start(Manner::IsReal(channel.kind())).await;
        let notifier = notifier(*channel, &url);
        let mut held = 0;
        for second in 0..30 {
            let now = Timestamp::from_second(now().as_second() + second / 10).expect("in range");
            match notifier.deliver(&notice(&format!("n{second}")), now).await {
                Delivery::Taken => {}
                Delivery::Held(until) => held += usize::from(until > now),
                other => panic!("{}: {other:?}", channel.kind()),
            }
        }
        assert_eq!(server.asked.load(Ordering::Relaxed), 30 - held);
        let expected = match channel.kind() {
            "webhook" => 30,
            "slack" => 3,
            "teams" => 12,
            "wecom" => 20,
            "dingtalk" => 18,
            _ => 10,
        };
        assert_eq!(30 - held, expected, "{}", channel.kind());
    }
}

#[tokio::test]
async fn after_a_start_dingtalk_waits_for_what_an_earlier_run_sent() {
    let notifier =
        ChannelNotifier::new(settings("dingtalk", "http://127.0.0.1:1/"), Some(now())).expect("good settings");
    assert!(matches!(notifier.deliver(&notice("n1"), now()).await, Delivery::Held(until) if until > now()));
}
