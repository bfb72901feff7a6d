//! The plain text of an NHC product, out of what it comes wrapped in: a web page, an RSS item, a teletype's control
//! characters; and its words.

use std::borrow::Cow;

/// How much of a document is looked at to recognise it.
const HEAD_BYTES: usize = 4_096;
/// How far into a web page its text may begin; NHC's own pages have some 14 kB of furniture before it.
const PAGE_BYTES: usize = 256 * 1024;
/// The longest tag that is taken for one.
const TAG_CHARS_MAX: usize = 400;

/// One word of a text with its line, from 1. A run of dots is a word of its own: `...`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word<'a> {
    /// The word, without the full stop or comma behind it.
    pub(crate) text: &'a str,
    /// Its line.
    pub(crate) line: u32,
}

/// The words of a text, as split at blanks and at runs of dots. Give it capitals.
pub(crate) fn words(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    for (line, row) in (1..).zip(text.lines()) {
        for piece in row.split_whitespace() {
            split_at_dots(piece, line, &mut words);
        }
    }
    words
}

fn split_at_dots<'a>(piece: &'a str, line: u32, words: &mut Vec<Word<'a>>) {
    let mut rest = piece;
    while let Some((before, after)) = rest.split_once("..") {
        push(before, line, words);
        words.push(Word { text: "...", line });
        rest = after.trim_start_matches('.');
    }
    push(rest, line, words);
}

fn push<'a>(piece: &'a str, line: u32, words: &mut Vec<Word<'a>>) {
    let text = piece.trim_end_matches(['.', ',', ';', ':']);
    if !text.is_empty() {
        words.push(Word { text, line });
    }
}

/// The first kilobytes of a product's plain text; `None` for what is neither plain text nor a page with a text in it.
pub(crate) fn head(body: &[u8]) -> Option<String> {
    let start = body.trim_ascii_start();
    let lossy = |bytes: &[u8], most: usize| String::from_utf8_lossy(bytes.get(..most).unwrap_or(bytes)).into_owned();
    match start.first()? {
        b'{' | b'[' => None,
        b'<' => {
            let top = lossy(start, HEAD_BYTES).to_ascii_lowercase();
            let is_page = top.contains("<html") || top.contains("<!doctype html") || top.contains("<pre");
            if !is_page || top.starts_with("<?xml") {
                return None;
            }
            let page = start.get(..PAGE_BYTES).unwrap_or(start);
            let at = page.windows(4).position(|four| four.eq_ignore_ascii_case(b"<pre"))?;
            Some(plain(&lossy(page.get(at..)?, HEAD_BYTES)).into_owned())
        }
        _ => Some(plain(&lossy(body, HEAD_BYTES)).into_owned()),
    }
}

/// A product's plain text: of a page the first `<pre>`, without tags, entities, carriage returns and control characters.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    let text = first_pre(text).unwrap_or(text);
    let is_plain = |c: char| !matches!(c, '<' | '&' | '\u{A0}') && (c >= ' ' || matches!(c, '\n' | '\t'));
    if text.chars().all(is_plain) { Cow::Borrowed(text) } else { Cow::Owned(unwrapped(text)) }
}

/// What stands in the first `<pre>`, to its end or the document's.
fn first_pre(text: &str) -> Option<&str> {
    let mut from = 0;
    loop {
        let at = from + find_ignoring_case(text.get(from..)?, "<pre")?;
        let rest = text.get(at + 4..)?;
        // `<preload>` is no such tag.
        if rest.starts_with(['>', ' ', '\n', '\t', '\r']) {
            let inner = rest.split_once('>')?.1;
            let end = find_ignoring_case(inner, "</pre").unwrap_or(inner.len());
            return inner.get(..end);
        }
        from = at + 4;
    }
}

fn find_ignoring_case(text: &str, tag: &str) -> Option<usize> {
    text.as_bytes().windows(tag.len()).position(|window| window.eq_ignore_ascii_case(tag.as_bytes()))
}

fn unwrapped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        rest = after;
        match c {
            '<' if let Some((name, after)) = tag(after) => {
                // Where the line breaks anyhow, the tag breaks it no further.
                if is_break(name) && !after.trim_start_matches([' ', '\t', '\r']).starts_with('\n') {
                    out.push('\n');
                }
                rest = after;
            }
            '&' if let Some((c, after)) = entity(after) => {
                out.push(c);
                rest = after;
            }
            '\u{A0}' => out.push(' '),
            '\n' | '\t' => out.push(c),
            c if c < ' ' => {}
            c => out.push(c),
        }
    }
    out
}

fn is_break(tag: &str) -> bool {
    ["br", "p", "/p", "tr", "/div"].iter().any(|known| tag.eq_ignore_ascii_case(known))
}

/// The name of a tag and what follows it, when a `<` begins one.
fn tag(after: &str) -> Option<(&str, &str)> {
    if !after.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!')) {
        return None;
    }
    let end = after.bytes().take(TAG_CHARS_MAX).position(|byte| byte == b'>')?;
    let inner = after.get(..end)?;
    let name = inner.split(|c: char| c.is_whitespace()).next().unwrap_or_default();
    let name = if name.len() > 1 { name.trim_end_matches('/') } else { name };
    Some((name, after.get(end + 1..)?))
}

/// The character of an entity and what follows it, when a `&` begins one.
fn entity(after: &str) -> Option<(char, &str)> {
    let end = after.bytes().take(10).position(|byte| byte == b';')?;
    let c = match after.get(..end)? {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        named => {
            let number = named.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|c| *c >= ' ' || *c == '\n')?
        }
    };
    Some((c, after.get(end + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(plain(text), expected, "{text:?}");
    }

    #[test]
    fn plain_text_is_not_copied() {
        assert!(matches!(plain("34 KT... 60NE\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn wrappings_come_off() {
        check("\u{1}\r\r\n380 \r\r\nTCUCP1\u{3}", "\n380 \nTCUCP1");
        check(
            "<html><link rel=\"preload\"><PRE class='x'>\nA&amp;B &lt;1 &#78;O&nbsp;W</pre><pre>second</pre>",
            "\nA&B <1 NO W",
        );
        check("<br/>\n000<br/>\nTWOAT <br/><br/>\n\nx<br>y", "\n000\nTWOAT \n\n\nx\ny");
        check("a < b & c", "a < b & c");
        check("<pre>cut", "cut");
    }

    #[test]
    fn words_and_dots() {
        let read: Vec<_> = words("34 KT....... 60NE\nINLAND...AT 28.3N. X").iter().map(|w| (w.text, w.line)).collect();
        let expected =
            [("34", 1), ("KT", 1), ("...", 1), ("60NE", 1), ("INLAND", 2), ("...", 2), ("AT", 2), ("28.3N", 2)];
        assert_eq!(read.get(..8), Some(&expected[..]));
    }

    #[test]
    fn heads() {
        assert!(head(b"{\"a\":\"<pre>\"}").is_none());
        assert!(head(b"<?xml version='1.0'?><rss><pre>x").is_none());
        assert!(head(b"<html><body>404 not found</body></html>").is_none());
        let page = format!("<!-- a --><!DOCTYPE html>{}<pre>\nTCMAT2\n</pre>", " ".repeat(20_000));
        assert_eq!(head(page.as_bytes()).unwrap(), "\nTCMAT2\n");
    }
}
