//! `WeCom`'s group robots: markdown of at most 4,096 bytes, or text of at most 2,048; 20 messages a minute.
//!
//! The key stands in the address. Answers have status 200 and an `errcode`.

use serde_json::json;

use super::channel::{Channel, ChannelSettings, Heard, Outgoing};
use super::http::Request;
use super::pace::Limit;
use super::robot::Codes;
use super::words::{Letter, Piece, quiet};
use crate::domain::{Notice, Span, Timestamp};

const MARKDOWN_BYTES_MAX: usize = 4_096;
const TEXT_BYTES_MAX: usize = 2_048;

const CODES: Codes = Codes {
    fields: &["errcode"],
    // The interface is asked too often; at the same time.
    too_often: &[45_009, 45_033],
    closed_for: Span::from_secs(60),
    // The address is none or its robot was taken out; the key; kinds, parameters and contents that it refuses.
    never: &[93_000, 93_004, 93_008, 40_001, 40_008, 40_035, 40_058, 44_004, 45_002],
};

/// A `WeCom` group.
pub(super) struct WeCom;

impl Channel for WeCom {
    fn kind(&self) -> &'static str {
        "wecom"
    }

    fn limits(&self) -> &'static [Limit] {
        // A minute of theirs need not begin with ours: a little longer is surely enough.
        const { &[Limit::new(20, 65)] }
    }

    fn request(&self, notice: &Notice, settings: &ChannelSettings, _now: Timestamp) -> Outgoing {
        let letter = Letter::of(notice, &settings.base_url);
        let message = if settings.is_plain {
            let content = |text: &str| format!("{}\n{}", quiet(&letter.title), plain(&letter, text));
            let text = letter.fit(TEXT_BYTES_MAX, |text| content(text).len());
            json!({ "msgtype": "text", "text": { "content": content(&text) } })
        } else {
            let content = |text: &str| format!("**{}**\n{}", quiet(&letter.title), linked(&letter, text));
            let text = letter.fit(MARKDOWN_BYTES_MAX, |text| content(text).len());
            json!({ "msgtype": "markdown", "markdown": { "content": content(&text) } })
        };
        let body = serde_json::to_vec(&message).unwrap_or_default();
        Outgoing(Request { url: settings.url.clone(), headers: Vec::new(), body })
    }

    fn heard(&self, body: &[u8]) -> Heard {
        CODES.heard(body)
    }
}

/// Words quiet, links as they are.
pub(super) fn plain(letter: &Letter, text: &str) -> String {
    let pieces = letter.pieces(text).into_iter();
    pieces.map(|piece| if let Piece::Words(words) = piece { quiet(words) } else { piece.text().to_owned() }).collect()
}

/// Words quiet, links as markdown has them.
pub(super) fn linked(letter: &Letter, text: &str) -> String {
    let pieces = letter.pieces(text).into_iter();
    let written = pieces.map(|piece| match piece {
        Piece::Words(words) => quiet(words),
        Piece::Link(link) => format!("[{}]({link})", letter.button(0)),
    });
    written.collect()
}

#[cfg(test)]
mod tests {
    use super::super::suite::{notice, settings};
    use super::*;

    fn sent(text: &str, is_plain: bool) -> serde_json::Value {
        let notice = Notice { text: text.to_owned(), ..notice("n1") };
        let settings = ChannelSettings { is_plain, ..settings("wecom", "http://127.0.0.1:9/send?key=k") };
        let request = WeCom.request(&notice, &settings, Timestamp::UNIX_EPOCH).0;
        serde_json::from_slice(&request.body).expect("JSON")
    }

    #[test]
    fn both_forms_keep_within_their_bytes() {
        let text = format!("{}\nhttps://seawall.example.com/a/v1.token", "台风将至。<@all>\n".repeat(1000));
        let (plain, rich) = (sent(&text, true), sent(&text, false));
        let (plain, rich) = (&plain["text"]["content"], &rich["markdown"]["content"]);
        for (content, max) in [(plain, 2048), (rich, 4096)] {
            let content = content.as_str().expect("a text");
            assert!(content.len() <= max && content.len() > max - 150, "{}", content.len());
            assert!(content.contains("2004-08-11 04:00") && content.contains("https://seawall.example.com/a/v1.token"));
            assert!(!content.contains("<@all>") && content.contains("截断"));
        }
    }

    #[test]
    fn what_codes_mean() {
        let of = |code: i64| WeCom.heard(format!("{{\"errcode\":{code},\"errmsg\":\"x\"}}").as_bytes());
        assert_eq!(of(0), Heard::Taken);
        assert!(matches!(of(45_009), Heard::TooOften(..)));
        assert!(matches!(of(93_000), Heard::Never(_)));
        assert!(matches!(of(-1), Heard::Later(_)));
        assert!(matches!(WeCom.heard(b"<html>"), Heard::Later(_)));
        assert!(matches!(WeCom.heard(b"{}"), Heard::Later(_)));
    }
}
