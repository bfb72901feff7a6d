//! Slack's incoming webhooks: blocks, and plain text for whoever shows no blocks.
//!
//! Limits after Slack's reference of blocks: 50 blocks, 3,000 characters a section, 150 a header; one message a second a
//! webhook. `&`, `<` and `>` are escaped, so that nobody from outside can mention `<!channel>` or write a link.

use serde_json::{Value, json};

use super::channel::{Channel, ChannelSettings, Outgoing};
use super::http::Request;
use super::pace::Limit;
use super::words::{Letter, Piece, quiet};
use crate::domain::{Notice, Timestamp};

const SECTION_CHARS_MAX: usize = 3_000;
/// A line up to this length stays in one section.
const LINE_BYTES_MAX: usize = 500;
/// The most characters of all sections together: a chat is no mail, and Slack takes some 40,000 in all.
const TEXT_CHARS_MAX: usize = 12_000;
/// The most characters of the text that a notification on a phone shows.
const FALLBACK_CHARS_MAX: usize = 400;

/// A Slack channel.
pub(super) struct Slack;

impl Channel for Slack {
    fn kind(&self) -> &'static str {
        "slack"
    }

    fn limits(&self) -> &'static [Limit] {
        const { &[Limit::new(1, 1)] }
    }

    fn request(&self, notice: &Notice, settings: &ChannelSettings, _now: Timestamp) -> Outgoing {
        let letter = Letter::of(notice, &settings.base_url);
        let text =
            letter.fit(TEXT_CHARS_MAX, |text| written(&letter, text).iter().map(|part| part.chars().count()).sum());
        let mut blocks = vec![json!({
            "type": "header", "text": { "type": "plain_text", "text": quiet(&letter.title), "emoji": false },
        })];
        blocks.extend(sections(&letter, &text));
        let message = json!({
            "text": fallback(&letter, &text), "blocks": blocks, "unfurl_links": false, "unfurl_media": false,
        });
        let body = serde_json::to_vec(&message).unwrap_or_default();
        Outgoing(Request { url: settings.url.clone(), headers: Vec::new(), body })
    }
}

/// The text in the smallest parts that must not be parted: characters, their escapes, links.
fn written(letter: &Letter, text: &str) -> Vec<String> {
    let parts = letter.pieces(text).into_iter().flat_map(|piece| match piece {
        Piece::Words(words) => words.chars().map(escaped).collect::<Vec<_>>(),
        Piece::Link(link) => vec![format!("<{}>", link.replace('&', "&amp;"))],
    });
    parts.collect()
}

fn escaped(c: char) -> String {
    match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        // They have no escape; the wide ones look the same and make nothing bold.
        '*' | '_' | '~' | '`' | '@' => quiet(&c.to_string()),
        c => c.to_string(),
    }
}

/// Sections of at most 3,000 characters, parted at line ends where there are any.
fn sections(letter: &Letter, text: &str) -> Vec<Value> {
    let mut sections = Vec::new();
    let mut section = String::new();
    let mut length = 0;
    for part in written(letter, text) {
        let added = part.chars().count();
        if length + added > SECTION_CHARS_MAX {
            let line = section.rfind('\n').filter(|at| section.len() - at < LINE_BYTES_MAX);
            let rest = line.map(|at| section.split_off(at)).unwrap_or_default();
            sections.push(std::mem::replace(&mut section, rest.trim_start().to_owned()));
            length = section.chars().count();
        }
        section.push_str(&part);
        length += added;
    }
    sections.push(section);
    sections.retain(|section| !section.trim().is_empty());
    // `verbatim`: what looks like an address or a name stays text.
    let block =
        |text: &String| json!({ "type": "section", "text": { "type": "mrkdwn", "text": text, "verbatim": true } });
    sections.iter().map(block).collect()
}

fn fallback(letter: &Letter, text: &str) -> String {
    let words = format!("{}\n{text}", letter.title);
    quiet(&words).chars().take(FALLBACK_CHARS_MAX).map(escaped).collect()
}

#[cfg(test)]
mod tests {
    use super::super::suite::{notice, settings};
    use super::*;

    fn sent(text: &str) -> Value {
        let notice = Notice { text: text.to_owned(), ..notice("n1") };
        let request = Slack.request(&notice, &settings("slack", "http://127.0.0.1:9/T/B/x"), Timestamp::UNIX_EPOCH).0;
        serde_json::from_slice(&request.body).expect("JSON")
    }

    fn texts(sent: &Value) -> Vec<&str> {
        let blocks = sent["blocks"].as_array().expect("blocks");
        blocks.iter().skip(1).map(|block| block["text"]["text"].as_str().expect("a text")).collect()
    }

    #[test]
    fn our_link_is_one_and_no_other_is() {
        let sent = sent("<!channel> & <https://evil.example|click> *now*\nhttps://seawall.example.com/a/v1.token");
        let text = texts(&sent)[0];
        assert_eq!(
            text,
            "&lt;!channel&gt; &amp; &lt;https://evil.example|click&gt; ＊now＊\n<https://seawall.example.com/a/v1.token>"
        );
        assert!(!sent["text"].as_str().expect("a text").contains('<'));
    }

    #[test]
    fn long_texts_are_parted_at_lines_and_cut() {
        let line = format!("{}\n", "&".repeat(60));
        let sent = sent(&line.repeat(1000));
        let texts = texts(&sent);
        assert!(texts.iter().all(|text| text.chars().count() <= SECTION_CHARS_MAX));
        assert!(texts.len() <= 6 && texts.len() >= 4, "{}", texts.len());
        assert!(texts[0].ends_with("&amp;") && texts.last().is_some_and(|text| text.contains("2004-08-11 04:00")));
    }
}
