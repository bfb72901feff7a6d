//! `DingTalk`'s group robots: markdown of at most 20,000 bytes, signed in the address with a timestamp in milliseconds.
//!
//! More than 20 messages a minute, and `DingTalk` closes the door for ten: so never more. After a start nothing goes until what
//! an earlier run sent no longer counts, and two of the twenty are left to `seawall notify test` and others.

use serde_json::json;
use url::Url;

use super::channel::{Channel, ChannelSettings, Heard, Outgoing};
use super::http::Request;
use super::pace::Limit;
use super::robot::Codes;
use super::sign::sign;
use super::wecom::linked;
use super::words::{Letter, quiet};
use crate::domain::{Notice, Secret, Span, Timestamp};

/// 20,000 with what JSON adds.
const BODY_BYTES_MAX: usize = 19_000;

const CODES: Codes = Codes {
    fields: &["errcode"],
    // Sent too fast.
    too_often: &[130_101, 410_100],
    closed_for: Span::from_mins(10),
    // Keyword, signature or sender's address not as the robot wants; no such token; the robot or its group is gone; bad JSON.
    never: &[310_000, 300_001, 300_005, 400_013, 400_101, 400_102, 40_035, 43_004, 400_105, 400_106],
};

/// A `DingTalk` group.
pub(super) struct DingTalk;

impl Channel for DingTalk {
    fn kind(&self) -> &'static str {
        "dingtalk"
    }

    fn limits(&self) -> &'static [Limit] {
        const { &[Limit::new(18, 65)] }
    }

    fn is_strict(&self) -> bool {
        true
    }

    fn request(&self, notice: &Notice, settings: &ChannelSettings, now: Timestamp) -> Outgoing {
        let letter = Letter::of(notice, &settings.base_url);
        let title = quiet(&letter.title);
        let body = |text: &str| {
            // Two blanks before a line's end keep it a line.
            let text = format!("#### {title}\n\n{}", linked(&letter, text).replace('\n', "  \n"));
            let message = json!({ "msgtype": "markdown", "markdown": { "title": title, "text": text }, "at": { "isAtAll": false } });
            serde_json::to_vec(&message).unwrap_or_default()
        };
        let text = letter.fit(BODY_BYTES_MAX, |text| body(text).len());
        Outgoing(Request { url: address(settings, now), headers: Vec::new(), body: body(&text) })
    }

    fn heard(&self, body: &[u8]) -> Heard {
        CODES.heard(body)
    }
}

/// The address with timestamp and signature: base64 of HMAC-SHA256, key the secret, over `<ms>\n<secret>`.
fn address(settings: &ChannelSettings, now: Timestamp) -> Secret {
    let (Some(secret), Ok(mut url)) = (settings.secrets.first(), Url::parse(settings.url.reveal())) else {
        return settings.url.clone();
    };
    let ms = now.as_millisecond();
    let signature = sign(secret.reveal().as_bytes(), format!("{ms}\n{}", secret.reveal()).as_bytes());
    url.query_pairs_mut().append_pair("timestamp", &ms.to_string()).append_pair("sign", &signature);
    Secret::new(String::from(url))
}

#[cfg(test)]
mod tests {
    use super::super::suite::{notice, settings};
    use super::*;

    #[test]
    fn the_signature_stands_in_the_address() {
        let mut settings = settings("dingtalk", "https://oapi.dingtalk.com/robot/send?access_token=t");
        settings.secrets = vec![Secret::new("this is secret")];
        let now = Timestamp::from_millisecond(1_577_262_236_757).expect("in range");
        // By Python: base64(hmac(b"this is secret", b"1577262236757\nthis is secret", sha256)), quoted.
        let expected = "https://oapi.dingtalk.com/robot/send?access_token=t&timestamp=1577262236757&sign=hmPWwU%2B7lVdm3ZZz0r9tSfx0L4Q26jWOZr9%2BGs6EZQM%3D";
        let url = address(&settings, now);
        assert_eq!(url.reveal(), expected);
    }

    #[test]
    fn lines_stay_lines_and_nobody_is_called() {
        let notice = Notice { text: "one @all\ntwo".to_owned(), ..notice("n1") };
        let request = DingTalk.request(&notice, &settings("dingtalk", "http://127.0.0.1:9/s"), Timestamp::UNIX_EPOCH).0;
        let body: serde_json::Value = serde_json::from_slice(&request.body).expect("JSON");
        assert!(body["markdown"]["text"].as_str().is_some_and(|text| text.ends_with("one ＠all  \ntwo")), "{body}");
        assert_eq!(body["at"]["isAtAll"], false);
    }

    #[test]
    fn what_codes_mean() {
        let of = |code: i64| DingTalk.heard(format!("{{\"errcode\":{code},\"errmsg\":\"x\"}}").as_bytes());
        assert_eq!(of(0), Heard::Taken);
        assert_eq!(of(130_101), Heard::TooOften("it answered code 130101: x".to_owned(), Span::from_mins(10)));
        assert!(matches!(of(310_000), Heard::Never(_)));
    }
}
