//! Feishu's (Lark's) group robots: a card, or text; at most 20 KB, 100 messages a minute and 5 a second.
//!
//! Signed in the body with a timestamp in seconds: base64 of HMAC-SHA256 over nothing, the key being `<s>\n<secret>`.

use serde_json::{Map, Value, json};

use super::channel::{Channel, ChannelSettings, Heard, Outgoing};
use super::http::Request;
use super::pace::Limit;
use super::robot::Codes;
use super::sign::sign;
use super::wecom::plain;
use super::words::{Letter, quiet};
use crate::domain::{Level, Notice, Span, Timestamp};

const BODY_BYTES_MAX: usize = 20 * 1024;

const CODES: Codes = Codes {
    fields: &["code", "StatusCode"],
    // Limited in frequency.
    too_often: &[11_232],
    closed_for: Span::from_secs(60),
    // No such robot; signature or clock; sender's address; keyword; a card that it does not take.
    never: &[19_001, 19_002, 19_021, 19_022, 19_024, 11_246, 9_499],
};

/// A Feishu group.
pub(super) struct Feishu;

impl Channel for Feishu {
    fn kind(&self) -> &'static str {
        "feishu"
    }

    fn limits(&self) -> &'static [Limit] {
        // A second and a minute of theirs need not begin with ours.
        const { &[Limit::new(5, 2), Limit::new(100, 65)] }
    }

    fn request(&self, notice: &Notice, settings: &ChannelSettings, now: Timestamp) -> Outgoing {
        let letter = Letter::of(notice, &settings.base_url);
        let signed = signed(settings, now);
        let body = |text: &str| {
            let mut message = signed.clone();
            if settings.is_plain {
                message.insert("msg_type".to_owned(), "text".into());
                let text = format!("{}\n{}", quiet(&letter.title), plain(&letter, text));
                message.insert("content".to_owned(), json!({ "text": text }));
            } else {
                message.insert("msg_type".to_owned(), "interactive".into());
                message.insert("card".to_owned(), card(&letter, notice.level, text));
            }
            serde_json::to_vec(&message).unwrap_or_default()
        };
        let text = letter.fit(BODY_BYTES_MAX, |text| body(text).len());
        Outgoing(Request { url: settings.url.clone(), headers: Vec::new(), body: body(&text) })
    }

    fn heard(&self, body: &[u8]) -> Heard {
        CODES.heard(body)
    }
}

fn signed(settings: &ChannelSettings, now: Timestamp) -> Map<String, Value> {
    let mut signed = Map::new();
    if let Some(secret) = settings.secrets.first() {
        let seconds = now.as_second();
        let key = format!("{seconds}\n{}", secret.reveal());
        signed.insert("timestamp".to_owned(), seconds.to_string().into());
        signed.insert("sign".to_owned(), sign(key.as_bytes(), b"").into());
    }
    signed
}

/// A card whose texts are plain: nothing in them is markup.
fn card(letter: &Letter, level: Level, text: &str) -> Value {
    let colour = match level {
        Level::Act => "red",
        Level::Warn => "orange",
        Level::Watch => "blue",
    };
    let plain = |text: &str| json!({ "tag": "plain_text", "content": text });
    let mut elements = vec![json!({ "tag": "div", "text": plain(text) })];
    let links = letter.links();
    let buttons = links.iter().enumerate();
    let buttons: Vec<Value> = buttons
        .map(|(index, link)| json!({ "tag": "button", "text": plain(&letter.button(index)), "url": link, "type": "primary" }))
        .collect();
    if !buttons.is_empty() {
        elements.push(json!({ "tag": "action", "actions": buttons }));
    }
    json!({
        "config": { "wide_screen_mode": true },
        "header": { "title": plain(&letter.title), "template": colour },
        "elements": elements,
    })
}

#[cfg(test)]
mod tests {
    use super::super::suite::{notice, settings};
    use super::*;
    use crate::domain::Secret;

    fn sent(text: &str, is_plain: bool) -> (usize, Value) {
        let notice = Notice { text: text.to_owned(), ..notice("n1") };
        let mut settings = ChannelSettings { is_plain, ..settings("feishu", "http://127.0.0.1:9/hook/k") };
        settings.secrets = vec![Secret::new("demo")];
        let now = Timestamp::from_second(1_599_360_473).expect("in range");
        let request = Feishu.request(&notice, &settings, now).0;
        (request.body.len(), serde_json::from_slice(&request.body).expect("JSON"))
    }

    #[test]
    fn the_signature_stands_in_the_body() {
        let (_, sent) = sent("x", true);
        assert_eq!(sent["timestamp"], "1599360473");
        assert_eq!(sent["sign"], "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=", "by Python's hmac");
        assert_eq!(sent["msg_type"], "text");
    }

    #[test]
    fn a_card_with_plain_texts_and_a_button() {
        let (_, sent) = sent("<at user_id=\"all\">\nhttps://seawall.example.com/a/v1.token", false);
        let elements = &sent["card"]["elements"];
        assert_eq!(elements[0]["text"]["tag"], "plain_text");
        assert_eq!(elements[1]["actions"][0]["url"], "https://seawall.example.com/a/v1.token");
        assert_eq!(sent["card"]["header"]["template"], "red");
    }

    #[test]
    fn never_more_than_20_kb() {
        for is_plain in [true, false] {
            let (bytes, sent) = sent(&"雨\"\n".repeat(20_000), is_plain);
            assert!(bytes <= 20 * 1024 && bytes > 19 * 1024, "{bytes}");
            assert!(sent.to_string().contains("2004-08-11 04:00"));
        }
    }
}
