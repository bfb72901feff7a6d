//! JSON to any server of the operator's, signed after Standard Webhooks 1.0: for an ERP, and for whatever reaches people by
//! SMS or phone.
//!
//! `webhook-id` comes from the notice's Message-ID and is the same in every try; `webhook-signature` bears one `v1,…` a
//! secret, so that a secret can be replaced without a gap.

use serde::Serialize;
use serde_json::Value;

use super::channel::{Channel, ChannelSettings, Outgoing};
use super::http::Request;
use super::sign::{bytes_of, sign};
use super::words::{Letter, clean};
use crate::domain::{DocumentHash, Notice, Timestamp};

/// The media type of an attachment that holds a signed order.
pub const ORDER_MEDIA_TYPE: &str = "application/vnd.seawall.order+json";

/// What a secret begins with.
const PREFIX: &str = "whsec_";

/// A webhook.
pub(super) struct Webhook;

/// The body. Fields are added to freely and taken away only after a deprecation.
#[derive(Serialize)]
struct Body<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: Timestamp,
    level: &'static str,
    event: &'a str,
    alerts: Vec<&'a str>,
    why: &'a [String],
    person: &'a str,
    name: String,
    language: String,
    subject: String,
    text: String,
    act_by: Option<Timestamp>,
    links: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<Value>,
}

impl Channel for Webhook {
    fn kind(&self) -> &'static str {
        "webhook"
    }

    fn request(&self, notice: &Notice, settings: &ChannelSettings, now: Timestamp) -> Outgoing {
        let id = id(notice);
        let body = body(notice, settings, &id);
        let seconds = now.as_second();
        let mut signed = format!("{id}.{seconds}.").into_bytes();
        signed.extend(&body);
        let keys = settings.secrets.iter().filter_map(|secret| key(secret.reveal()));
        let signatures: Vec<String> = keys.map(|key| format!("v1,{}", sign(&key, &signed))).collect();
        Outgoing(Request {
            url: settings.url.clone(),
            headers: vec![
                ("webhook-id", id),
                ("webhook-timestamp", seconds.to_string()),
                ("webhook-signature", signatures.join(" ")),
            ],
            body,
        })
    }
}

fn key(secret: &str) -> Option<Vec<u8>> {
    bytes_of(secret.strip_prefix(PREFIX).unwrap_or(secret))
}

/// The same for every try of one notice. Without a full stop: those part what is signed.
fn id(notice: &Notice) -> String {
    let named = if notice.message_id.is_empty() { notice.id.as_str() } else { &notice.message_id };
    let digits: String = DocumentHash::of(named.as_bytes()).digits().chars().take(32).collect();
    format!("msg_{digits}")
}

fn body(notice: &Notice, settings: &ChannelSettings, id: &str) -> Vec<u8> {
    let letter = Letter::of(notice, &settings.base_url);
    let order = order(notice);
    let one_line = |text: &str| clean(text).split_whitespace().collect::<Vec<_>>().join(" ");
    let body = Body {
        id,
        kind: if order.is_some() { "order.signed" } else { "notice" },
        timestamp: notice.queued_at,
        level: notice.level.as_str(),
        event: notice.event.as_str(),
        alerts: notice.alerts.iter().map(crate::domain::AlertId::as_str).collect(),
        why: &notice.why,
        person: notice.person.as_str(),
        name: one_line(&notice.to_name),
        language: notice.lang.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(35).collect(),
        subject: one_line(&notice.subject),
        text: letter.text.clone(),
        act_by: notice.act_by,
        links: letter.links(),
        order,
    };
    // Texts, times and what was JSON before: nothing of it cannot be written.
    serde_json::to_vec(&body).unwrap_or_default()
}

/// The signed order that the notice carries.
fn order(notice: &Notice) -> Option<Value> {
    let carried = notice.attachments.iter().find(|attachment| attachment.media_type == ORDER_MEDIA_TYPE)?;
    serde_json::from_slice(&carried.bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::super::suite::{notice, settings};
    use super::*;
    use crate::domain::{Attachment, Secret};

    fn sent(notice: &Notice, second: i64) -> Request {
        Webhook
            .request(
                notice,
                &settings("webhook", "http://127.0.0.1:9/hook"),
                Timestamp::from_second(second).expect("in range"),
            )
            .0
    }

    fn json(request: &Request) -> Value {
        serde_json::from_slice(&request.body).expect("JSON")
    }

    #[test]
    fn the_signature_of_the_specification() {
        // The example of the Standard Webhooks specification's libraries.
        let key = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a key");
        let signed = sign(&key, b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}");
        assert_eq!(signed, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn every_try_bears_the_same_id_and_body() {
        let (first, second) = (sent(&notice("n1"), 10), sent(&notice("n1"), 700));
        assert_eq!(first.body, second.body);
        assert_eq!(first.headers[0], second.headers[0]);
        assert_ne!(first.headers[2], second.headers[2]);
        assert_ne!(first.headers[0], sent(&notice("n2"), 10).headers[0]);
        assert!(!first.headers[0].1.contains('.'));
    }

    #[test]
    fn the_body_says_it_all() {
        let body = json(&sent(&notice("n1"), 10));
        for (field, expected) in [
            ("type", "notice"),
            ("level", "act"),
            ("event", "wp162004"),
            ("person", "li"),
            ("language", "zh-CN"),
            ("act_by", "2004-08-11T04:00:00Z"),
        ] {
            assert_eq!(body[field], expected, "{field}");
        }
        assert_eq!(body["alerts"][0], "a1");
        assert_eq!(body["links"][0], "https://seawall.example.com/a/v1.token");
        assert!(body.get("order").is_none());
    }

    #[test]
    fn a_signed_order_says_so() {
        let bytes = br#"{"proposal":"p1","lines":[{"sku":"A","quantity":"12"}]}"#.to_vec();
        let order = Attachment {
            name: "order.json".to_owned(),
            media_type: ORDER_MEDIA_TYPE.to_owned(),
            content_id: None,
            bytes,
        };
        let body = json(&sent(&Notice { attachments: vec![order], ..notice("n1") }, 10));
        assert_eq!((&body["type"], &body["order"]["lines"][0]["quantity"]), (&"order.signed".into(), &"12".into()));
    }

    #[test]
    fn secrets_may_overlap_while_one_is_replaced() {
        let mut settings = settings("webhook", "http://127.0.0.1:9/hook");
        settings.secrets.push(Secret::new("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
        let Outgoing(request) = Webhook.request(&notice("n1"), &settings, Timestamp::UNIX_EPOCH);
        let signatures: Vec<&str> = request.headers[2].1.split(' ').collect();
        assert_eq!(signatures.len(), 2);
        assert!(signatures.iter().all(|signature| signature.starts_with("v1,")));
    }
}
