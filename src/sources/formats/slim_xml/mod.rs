//! A document's elements and their texts, and no more: a CAP alert in the memory of its own size, read in one pass.
//!
//! [`Node`] and the functions on it bear the names that they have in `xml`, so that what reads a document can be turned
//! from one to the other by its imports. What the quick way of [`scan`] is not sure of (a prefix without a name space, a
//! document type, anything not well-formed) roxmltree reads with the bounds of `xml`, and its word counts: the two ways
//! never differ in what they find, which a property test holds them to.

mod scan;

use std::borrow::Cow;

use super::fault_log::FaultLog;
use super::xml;
use crate::domain::{Fault, Place};

/// The elements of a document in the order of their tags.
#[derive(Debug, PartialEq)]
pub(crate) struct Document<'i> {
    text: &'i str,
    entries: Vec<Entry>,
    /// Texts that do not stand in the document as they are: with references, in pieces.
    texts: Vec<String>,
}

/// An element. Positions are bytes of the document.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Entry {
    /// Where its tag begins.
    start: u32,
    /// Its name without prefix.
    name: u32,
    name_length: u16,
    /// Of the name, so that most of those that differ are told apart at once; see [`key_of`].
    key: u32,
    /// Its name space is CAP's, or it has none.
    is_cap: bool,
    /// The number of the first element that is not inside this one.
    next: u32,
    words: Words,
}

/// The text of an element, its children's not counted.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Words {
    /// Blank.
    None,
    /// From here to there in the document.
    At(u32, u32),
    /// One of [`Document::texts`].
    Kept(u32),
}

/// An element of a document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node<'a, 'i> {
    document: &'a Document<'i>,
    at: usize,
    entry: Entry,
}

/// The document, or the fatal fault that says why it is none.
pub(crate) fn parse(text: &str) -> Result<Document<'_>, Fault> {
    match scan::plain(text, xml::TAGS_MAX) {
        Some(document) => Ok(document),
        None => Ok(slimmed(xml::parse(text)?.root_element())),
    }
}

/// As [`parse`], for tables of tracks, which have many tags and little else.
pub(crate) fn parse_long(text: &str) -> Result<Document<'_>, Fault> {
    match scan::plain(text, xml::LONG_TAGS_MAX) {
        Some(document) => Ok(document),
        None => Ok(slimmed(xml::parse_long(text)?.root_element())),
    }
}

/// An element of roxmltree, and all in it.
pub(crate) fn slimmed<'i>(root: roxmltree::Node<'_, 'i>) -> Document<'i> {
    let text = root.document().input_text();
    let mut document = Document { text, entries: Vec::new(), texts: Vec::new() };
    // The elements that are open, each with the byte where it ends.
    let mut open: Vec<(usize, usize)> = Vec::new();
    for node in root.descendants().filter(roxmltree::Node::is_element) {
        let range = node.range();
        while let Some((at, _)) = open.pop_if(|(_, end)| *end <= range.start) {
            document.close(at);
        }
        open.push((document.entries.len(), range.end));
        let words = document.keep(xml::text_of(node).map(Cow::into_owned));
        let tag = text.get(range.start + 1..).unwrap_or_default();
        let length = tag.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).unwrap_or(0);
        let name = node.tag_name().name();
        document.entries.push(Entry {
            start: small(range.start),
            name: small(range.start + 1 + length.saturating_sub(name.len())),
            name_length: u16::try_from(name.len()).unwrap_or(u16::MAX),
            key: key_of(name),
            is_cap: xml::is_cap(node, name),
            next: 0,
            words,
        });
    }
    while let Some((at, _)) = open.pop() {
        document.close(at);
    }
    document
}

/// The FNV-1a hash of a name, 32 bits (Fowler, Noll, Vo, Eastlake, draft-eastlake-fnv).
fn key_of(name: &str) -> u32 {
    name.bytes().fold(0x811C_9DC5, |key, byte| (key ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// No document of four gigabytes comes so far: none is fetched.
fn small(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

impl<'i> Document<'i> {
    /// The first element, which holds all others.
    pub(crate) fn root_element(&self) -> Option<Node<'_, 'i>> {
        self.node(0)
    }

    fn node(&self, at: usize) -> Option<Node<'_, 'i>> {
        self.entries.get(at).map(|entry| Node { document: self, at, entry: *entry })
    }

    fn close(&mut self, at: usize) {
        let next = small(self.entries.len());
        if let Some(entry) = self.entries.get_mut(at) {
            entry.next = next;
        }
    }

    fn keep(&mut self, text: Option<String>) -> Words {
        let Some(text) = text else { return Words::None };
        self.texts.push(text);
        Words::Kept(small(self.texts.len() - 1))
    }
}

impl<'a, 'i> Node<'a, 'i> {
    /// The name without its prefix.
    pub(crate) fn name(self) -> &'i str {
        let start = self.entry.name as usize;
        self.document.text.get(start..start + usize::from(self.entry.name_length)).unwrap_or_default()
    }

    /// The value of an attribute without prefix.
    pub(crate) fn attribute(self, name: &str) -> Option<Cow<'i, str>> {
        let name_end = self.entry.name as usize + usize::from(self.entry.name_length);
        let mut rest = self.document.text.get(name_end..)?.trim_start();
        while !rest.starts_with(['>', '/']) {
            let (known, after) = rest.split_once('=')?;
            let quoted = after.trim_start();
            let quote = quoted.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
            let (value, after) = quoted.strip_prefix(quote)?.split_once(quote)?;
            if known.trim_end() == name {
                return if value.contains('&') { scan::resolved(value).map(Cow::Owned) } else { Some(value.into()) };
            }
            rest = after.trim_start();
        }
        None
    }

    /// The elements inside this one, at any depth.
    pub(crate) fn descendants(self) -> impl Iterator<Item = Node<'a, 'i>> {
        (self.at + 1..self.entry.next as usize).filter_map(move |at| self.document.node(at))
    }

    /// The elements right inside this one.
    pub(crate) fn children(self) -> impl Iterator<Item = Node<'a, 'i>> {
        let end = self.entry.next as usize;
        let mut at = self.at + 1;
        std::iter::from_fn(move || {
            let child = self.document.node(at).filter(|_| at < end)?;
            at = (child.entry.next as usize).max(at + 1);
            Some(child)
        })
    }
}

/// The elements that `is_wanted`, in order, without those inside another such.
pub(crate) fn outermost<'a, 'i>(
    document: &'a Document<'i>,
    is_wanted: impl Fn(Node<'a, 'i>) -> bool,
) -> Vec<Node<'a, 'i>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(node) = document.node(at) {
        at += 1;
        if is_wanted(node) {
            at = at.max(node.entry.next as usize);
            found.push(node);
        }
    }
    found
}

/// True for an element of this local name in CAP's name spaces, or in none at all.
pub(crate) fn is_cap(node: Node<'_, '_>, name: &str) -> bool {
    is_keyed(node, name, key_of(name))
}

fn is_keyed(node: Node<'_, '_>, name: &str, key: u32) -> bool {
    node.entry.key == key && node.entry.is_cap && node.name() == name
}

/// The children that [`is_cap`].
pub(crate) fn cap_children<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    let key = key_of(name);
    node.children().filter(move |child| is_keyed(*child, name, key))
}

/// The text of the first CAP child of this name; `None` when there is none or it is blank.
pub(crate) fn cap_text<'a>(node: Node<'a, '_>, name: &'static str) -> Option<Cow<'a, str>> {
    cap_children(node, name).next().and_then(text_of)
}

/// The text of an element, trimmed, whatever comments stand in it; `None` when blank.
pub(crate) fn text_of<'a>(node: Node<'a, '_>) -> Option<Cow<'a, str>> {
    let document = node.document;
    let text = match node.entry.words {
        Words::None => return None,
        Words::At(start, end) => document.text.get(start as usize..end as usize)?,
        Words::Kept(at) => document.texts.get(at as usize)?,
    };
    Some(text.trim()).filter(|text| !text.is_empty()).map(Cow::Borrowed)
}

/// Where an element stands. Walks the document up to it: call it for faults alone.
pub(crate) fn place(node: Node<'_, '_>) -> Place {
    let before = node.document.text.get(..node.entry.start as usize).unwrap_or_default();
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Place::at(small(line), small(column))
}

/// Tells of something odd in a field of an element.
pub(crate) fn minor(log: &mut FaultLog, node: Node<'_, '_>, field: &str, what: impl Into<String>) {
    log.add(false, || Fault::minor(place(node).field(field), what));
}

/// Tells of something invalid in a field of an element.
pub(crate) fn fatal(log: &mut FaultLog, node: Node<'_, '_>, field: &str, what: impl Into<String>) {
    log.add(true, || Fault::fatal(place(node).field(field), what));
}

#[cfg(test)]
mod tests;
