//! XML from outside, parsed with bounds: no DTD, no entities, no flood of tags or attributes, no recursion.
//!
//! roxmltree compares every attribute of a tag with every other, and gives every element a copy of all name spaces
//! around it, so that a megabyte of either would hold a core for seconds; the pre-scan refuses such a document
//! before it is parsed.

use std::borrow::Cow;

use roxmltree::{Document, Node, ParsingOptions};

use super::fault_log::FaultLog;
use super::text;
use crate::domain::{Fault, Place};

/// The longest tag, in bytes; the longest in recorded feeds is below 3 kB.
pub(super) const TAG_BYTES_MAX: usize = 32 * 1024;
/// The most attributes in one tag; recorded feeds have up to 30.
const ATTRIBUTES_MAX: usize = 256;
/// The most name spaces that one tag declares; GDACS declares eleven.
const NAMESPACES_MAX: usize = 24;
/// The deepest nesting; recorded feeds have up to 14.
pub(super) const DEPTH_MAX: usize = 100;
/// The most tags in one document.
pub(super) const TAGS_MAX: usize = 200_000;
/// The most nodes in one document: tags, texts and comments.
const NODES_MAX: u32 = 500_000;
/// How much of a document is looked at to find its root.
const HEAD_BYTES: usize = 64 * 1024;
/// The name spaces of CAP 1.0, 1.1 and 1.2.
pub(super) const CAP_NAMESPACES: [&str; 3] =
    ["http://www.incident.com/cap/1.0", "urn:oasis:names:tc:emergency:cap:1.1", "urn:oasis:names:tc:emergency:cap:1.2"];

/// The document, or the fatal fault that says why it is none.
pub(crate) fn parse(text: &str) -> Result<Document<'_>, Fault> {
    parse_within(text, TAGS_MAX, NODES_MAX)
}

fn parse_within(text: &str, tags_max: usize, nodes_max: u32) -> Result<Document<'_>, Fault> {
    scan(text, tags_max)?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: nodes_max, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|error| {
        let at = error.pos();
        // The message ends in its own position, which the place says already.
        let message = error.to_string();
        let what = message.split(" at ").next().unwrap_or_default();
        Fault::fatal(Place::at(at.row, at.col), format!("not well-formed XML: {what}"))
            .hint("fetch it again; if it stays so, tell the agency")
    })
}

/// The local name of the root element, as far as the first bytes tell. Parses nothing.
pub(crate) fn root_name(body: &[u8]) -> Option<String> {
    let head = body.get(..HEAD_BYTES).unwrap_or(body);
    let head = text::decode(head, None, &mut FaultLog::default());
    let mut rest: &str = head.trim_start();
    loop {
        rest = rest.strip_prefix('<')?;
        rest = match rest.as_bytes().first()? {
            b'?' => rest.split_once("?>")?.1,
            b'!' if rest.starts_with("!--") => rest.split_once("-->")?.1,
            // A document type may hold declarations in brackets.
            b'!' => match rest.split_once('>')? {
                (declaration, _) if declaration.contains('[') => {
                    rest.split_once(']').and_then(|(_, after)| after.split_once('>'))?.1
                }
                (_, after) => after,
            },
            _ => break,
        }
        .trim_start();
    }
    let name = rest.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next()?;
    let local = name.rsplit(':').next().filter(|local| !local.is_empty())?;
    Some(local.to_owned())
}

/// True for an element of this local name in CAP's name spaces, or in none at all.
pub(crate) fn is_cap(node: Node<'_, '_>, name: &str) -> bool {
    let tag = node.tag_name();
    node.is_element() && tag.name() == name && tag.namespace().is_none_or(|uri| CAP_NAMESPACES.contains(&uri))
}

/// The elements that `is_wanted`, in order, without those inside another such: no two overlap.
pub(crate) fn outermost<'a, 'i>(
    document: &'a Document<'i>,
    is_wanted: impl Fn(Node<'a, 'i>) -> bool,
) -> Vec<Node<'a, 'i>> {
    let mut found = Vec::new();
    let mut end = 0;
    for node in document.descendants().filter(|node| is_wanted(*node)) {
        if node.range().start >= end {
            end = node.range().end;
            found.push(node);
        }
    }
    found
}

/// The children that [`is_cap`].
pub(crate) fn cap_children<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| is_cap(*child, name))
}

/// The text of the first CAP child of this name; `None` when there is none or it is blank.
pub(crate) fn cap_text<'a>(node: Node<'a, '_>, name: &'static str) -> Option<Cow<'a, str>> {
    cap_children(node, name).next().and_then(text_of)
}

/// The text of an element, trimmed, whatever comments stand in it; `None` when blank.
pub(crate) fn text_of<'a>(node: Node<'a, '_>) -> Option<Cow<'a, str>> {
    let mut texts = node.children().filter(Node::is_text).filter_map(|child| child.text());
    let first = texts.next()?;
    let mut whole = Cow::Borrowed(first);
    for more in texts {
        whole.to_mut().push_str(more);
    }
    let whole = match whole {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    };
    (!whole.is_empty()).then_some(whole)
}

/// Where an element stands. Walks the document up to it: call it for faults alone.
pub(crate) fn place(node: Node<'_, '_>) -> Place {
    let at = node.document().text_pos_at(node.range().start);
    Place::at(at.row, at.col)
}

/// Tells of something odd in a field of an element.
pub(crate) fn minor(log: &mut FaultLog, node: Node<'_, '_>, field: &str, what: impl Into<String>) {
    log.add(false, || Fault::minor(place(node).field(field), what));
}

/// Tells of something invalid in a field of an element.
pub(crate) fn fatal(log: &mut FaultLog, node: Node<'_, '_>, field: &str, what: impl Into<String>) {
    log.add(true, || Fault::fatal(place(node).field(field), what));
}

/// Refuses what would cost too much to parse, and every document type.
fn scan(text: &str, tags_max: usize) -> Result<(), Fault> {
    let bytes = text.as_bytes();
    let (mut at, mut tags, mut depth) = (0, 0, 0_usize);
    while let Some(offset) = bytes.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'<')) {
        let start = at + offset;
        let rest = bytes.get(start..).unwrap_or_default();
        tags += 1;
        if tags > tags_max {
            return Err(refused(bytes, start, &format!("more than {tags_max} tags")));
        }
        let length = if rest.starts_with(b"<!--") {
            length_to(rest, b"-->")
        } else if rest.starts_with(b"<![CDATA[") {
            length_to(rest, b"]]>")
        } else if rest.starts_with(b"<?") {
            length_to(rest, b"?>")
        } else if rest.starts_with(b"<!") {
            return Err(refused(bytes, start, "a document type (DTD); entities are never read or fetched"));
        } else {
            tag_length(rest).map_err(|what| refused(bytes, start, &what))?
        };
        let tag = rest.get(..length).unwrap_or_default();
        if tag.starts_with(b"</") {
            depth = depth.saturating_sub(1);
        } else if !tag.starts_with(b"<!") && !tag.starts_with(b"<?") && !tag.ends_with(b"/>") {
            depth += 1;
        }
        if depth > DEPTH_MAX {
            return Err(refused(bytes, start, &format!("elements nested deeper than {DEPTH_MAX}")));
        }
        at = start + length;
    }
    Ok(())
}

/// Bytes up to and with `end`; all of them when it never comes.
fn length_to(bytes: &[u8], end: &[u8]) -> usize {
    bytes.windows(end.len()).position(|window| window == end).map_or(bytes.len(), |at| at + end.len())
}

/// Bytes of a tag, its quoted values included.
fn tag_length(bytes: &[u8]) -> Result<usize, String> {
    let (mut quote, mut values) = (None, 0);
    for (at, byte) in bytes.iter().enumerate() {
        if at > TAG_BYTES_MAX {
            return Err(format!("a tag longer than {TAG_BYTES_MAX} bytes"));
        }
        match (quote, byte) {
            (Some(open), _) if open == byte => quote = None,
            (None, b'"' | b'\'') => {
                quote = Some(byte);
                values += 1;
                if values > ATTRIBUTES_MAX {
                    return Err(format!("a tag with more than {ATTRIBUTES_MAX} attributes"));
                }
            }
            (None, b'>') => {
                let tag = bytes.get(..=at).unwrap_or_default();
                let namespaces = tag.windows(6).filter(|window| window.ends_with(b"xmlns")).count();
                if namespaces > NAMESPACES_MAX {
                    return Err(format!("a tag that declares more than {NAMESPACES_MAX} name spaces"));
                }
                return Ok(at + 1);
            }
            _ => {}
        }
    }
    Ok(bytes.len())
}

fn refused(bytes: &[u8], at: usize, what: &str) -> Fault {
    let before = bytes.get(..at).unwrap_or_default();
    let line = before.split(|byte| *byte == b'\n').count();
    Fault::fatal(
        Place::line(u32::try_from(line).unwrap_or(u32::MAX)),
        format!("the document is refused: it has {what}"),
    )
}

/// The most tags in one table of tracks. One storm of 52 members and 7 days is 25,000; fifty at once over 15 days, more
/// than the world has had, are 2.7 million.
pub(super) const LONG_TAGS_MAX: usize = 3_000_000;
/// The most nodes in such a table: its tags, texts and the blanks between them.
const LONG_NODES_MAX: u32 = 6_000_000;

/// As [`parse`], for tables of tracks, which have many tags and little else.
pub(crate) fn parse_long(text: &str) -> Result<Document<'_>, Fault> {
    parse_within(text, LONG_TAGS_MAX, LONG_NODES_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_refused(text: &str, expected: &str) {
        let fault = parse(text).unwrap_err();
        assert!(fault.is_fatal);
        assert!(fault.what.contains(expected), "{fault}");
    }

    #[test]
    fn hostile_documents_are_refused() {
        check_refused("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", "document type");
        check_refused(&format!("<a {}/>", "b='' ".repeat(300)), "attributes");
        check_refused(&format!("<a b='{}'/>", ">".repeat(40_000)), "longer than");
        check_refused(&"<a/>".repeat(200_001), "more than 200000 tags");
        check_refused("<a><b></a>", "not well-formed");
        check_refused("<a", "not well-formed");
        check_refused("", "not well-formed");
    }

    #[test]
    fn long_comments_and_data_are_fine() {
        let long = "<<<>>>".repeat(10_000);
        let text = format!("<a><!--{}--><![CDATA[{long}]]></a>", long.replace("--", ""));
        assert_eq!(text_of(parse(&text).unwrap().root_element()).unwrap(), long);
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        assert!(parse(&nested(DEPTH_MAX)).is_ok());
        check_refused(&nested(DEPTH_MAX + 1), "nested deeper");
        assert!(parse(&format!("<a>{}</a>", "<b/><!-- -->".repeat(200))).is_ok());
    }

    #[test]
    fn name_spaces_are_bounded() {
        use std::fmt::Write;
        let declared = |count: usize| {
            let mut tag = String::from("<a ");
            for number in 0..count {
                write!(tag, "xmlns:n{number}='u{number}' ").unwrap();
            }
            tag + "/>"
        };
        assert!(parse(&declared(NAMESPACES_MAX)).is_ok());
        check_refused(&declared(NAMESPACES_MAX + 1), "name spaces");
    }

    #[test]
    fn roots_are_found_behind_anything() {
        let cases: [(&[u8], Option<&str>); 6] = [
            (b"\xEF\xBB\xBF<?xml version='1.0'?>\n<!-- <rss> -->\n<cap:alert x='1'>", Some("alert")),
            (b"<feed>", Some("feed")),
            (b"<!DOCTYPE a [ <!ENTITY x 'y'> ]> <a/>", Some("a")),
            (b"{\"feed\":1}", None),
            (b"<!-- never ends", None),
            (b"\xFF\xFE<\0a\0>\0", Some("a")),
        ];
        for (body, expected) in cases {
            assert_eq!(root_name(body).as_deref(), expected);
        }
    }

    #[test]
    fn cap_names_in_any_of_its_name_spaces() {
        for uri in CAP_NAMESPACES {
            let text = format!("<c:alert xmlns:c='{uri}'><c:sender> a<!-- x -->b </c:sender></c:alert>");
            let document = parse(&text).unwrap();
            assert!(is_cap(document.root_element(), "alert"));
            assert_eq!(cap_text(document.root_element(), "sender").unwrap(), "ab");
        }
        assert!(is_cap(parse("<alert/>").unwrap().root_element(), "alert"));
        assert!(!is_cap(parse("<alert xmlns='urn:x'/>").unwrap().root_element(), "alert"));
    }
}
