//! Microsoft Teams by a workflow's webhook ("when a Teams webhook request is received"): an Adaptive Card 1.4.
//!
//! A message has at most 28 KB. The text stands in `RichTextBlock`s, in whose runs nothing is markup; mentions would need
//! entities, of which there are none. Links are buttons.

use serde_json::{Value, json};

use super::channel::{Channel, ChannelSettings, Heard, Outgoing};
use super::http::{Request, said};
use super::pace::Limit;
use super::words::Letter;
use crate::domain::{Level, Notice, Timestamp};

/// 28 KB, and a little less for what the workflow adds: a guess.
const BODY_BYTES_MAX: usize = 26 * 1024;

/// A Teams channel.
pub(super) struct Teams;

impl Channel for Teams {
    fn kind(&self) -> &'static str {
        "teams"
    }

    fn limits(&self) -> &'static [Limit] {
        const { &[Limit::new(4, 1)] }
    }

    fn request(&self, notice: &Notice, settings: &ChannelSettings, _now: Timestamp) -> Outgoing {
        let letter = Letter::of(notice, &settings.base_url);
        let body = |text: &str| serde_json::to_vec(&message(&letter, notice.level, text)).unwrap_or_default();
        let text = letter.fit(BODY_BYTES_MAX, |text| body(text).len());
        Outgoing(Request { url: settings.url.clone(), headers: Vec::new(), body: body(&text) })
    }

    fn heard(&self, body: &[u8]) -> Heard {
        // Older addresses answer 200 and tell what went wrong behind them in words.
        let said = said(body);
        if said.contains("HTTP error 429") {
            return Heard::Later(format!("too many messages{said}"));
        }
        if said.contains("delivery failed") {
            Heard::Later(format!("it could not pass it on{said}"))
        } else {
            Heard::Taken
        }
    }
}

fn message(letter: &Letter, level: Level, text: &str) -> Value {
    let colour = match level {
        Level::Act => "attention",
        Level::Warn => "warning",
        Level::Watch => "default",
    };
    let mut body = vec![json!({
        "type": "RichTextBlock",
        "inlines": [{ "type": "TextRun", "text": letter.title, "weight": "bolder", "size": "large", "color": colour }],
    })];
    body.extend(lines(text));
    let links = letter.links();
    let buttons = links.iter().enumerate();
    let actions: Vec<Value> = buttons
        .map(|(index, link)| json!({ "type": "Action.OpenUrl", "title": letter.button(index), "url": link }))
        .collect();
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "fallbackText": letter.title,
                "msteams": { "width": "Full" },
                "body": body,
                "actions": actions,
            },
        }],
    })
}

/// A block a line; a blank line is the space above the next.
fn lines(text: &str) -> Vec<Value> {
    let mut spacing = "medium";
    let mut blocks = Vec::new();
    for line in text.lines() {
        if line.trim().is_empty() {
            spacing = "medium";
            continue;
        }
        blocks.push(json!({
            "type": "RichTextBlock", "spacing": spacing, "inlines": [{ "type": "TextRun", "text": line }],
        }));
        spacing = "none";
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::super::suite::{notice, settings};
    use super::*;

    fn sent(text: &str) -> (usize, Value) {
        let notice = Notice { text: text.to_owned(), ..notice("n1") };
        let request = Teams.request(&notice, &settings("teams", "http://127.0.0.1:9/w"), Timestamp::UNIX_EPOCH).0;
        (request.body.len(), serde_json::from_slice(&request.body).expect("JSON"))
    }

    #[test]
    fn a_card_with_lines_and_a_button() {
        let (_, sent) =
            sent("one\n\ntwo <at>all</at> [x](https://evil.example)\nhttps://seawall.example.com/a/v1.token");
        let card = &sent["attachments"][0]["content"];
        let blocks = card["body"].as_array().expect("blocks");
        assert!(blocks.iter().all(|block| block["type"] == "RichTextBlock"), "no block reads markup");
        assert_eq!((blocks.len(), &blocks[2]["spacing"]), (4, &json!("medium")));
        assert_eq!(card["actions"][0]["url"], "https://seawall.example.com/a/v1.token");
    }

    #[test]
    fn never_more_than_28_kb() {
        for text in ["\n\"".repeat(20_000), "雨".repeat(40_000)] {
            let (bytes, sent) = sent(&text);
            assert!(bytes <= 28 * 1024 && bytes > 20 * 1024, "{bytes}");
            assert!(sent.to_string().contains("2004-08-11 04:00"));
        }
    }

    #[test]
    fn what_old_addresses_say() {
        let failed = b"Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId x";
        assert!(matches!(Teams.heard(failed), Heard::Later(_)));
        assert_eq!((Teams.heard(b"1"), Teams.heard(b"")), (Heard::Taken, Heard::Taken));
    }
}
