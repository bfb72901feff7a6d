//! The quick way: one pass over a plain document. Whatever is not plain is left to roxmltree.

use super::{Document, Entry, Words, key_of, small};
use crate::sources::formats::xml;

/// Attributes of one tag that are compared with one another; more are not plain.
const ATTRIBUTES_MAX: usize = 16;
/// Bytes of a tag and tags of a document, as `xml` bounds them.
const TAG_BYTES_MAX: usize = xml::TAG_BYTES_MAX;
/// Bytes of an element with its text, of a usual alert, so that the list of elements need not grow.
const ELEMENT_BYTES: usize = 64;
/// Name spaces that have a meaning of their own; whoever names them is not plain.
const RESERVED: &str = "http://www.w3.org/XML/1998/namespace";
const RESERVED_XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// The document, when it is plain: well-formed XML within the bounds of `xml`, with ASCII names and no document type.
pub(super) fn plain(text: &str, tags_max: usize) -> Option<Document<'_>> {
    u32::try_from(text.len()).ok()?;
    let mut scan = Scan {
        text,
        at: 0,
        tags_left: tags_max,
        document: Document { text, entries: Vec::with_capacity(text.len() / ELEMENT_BYTES), texts: Vec::new() },
        open: Vec::with_capacity(8),
        spaces: Vec::new(),
    };
    scan.declaration()?;
    scan.misc()?;
    scan.start_tag()?;
    while !scan.open.is_empty() {
        scan.content()?;
    }
    scan.misc()?;
    (scan.at == text.len()).then_some(scan.document)
}

struct Scan<'i> {
    text: &'i str,
    at: usize,
    tags_left: usize,
    document: Document<'i>,
    /// The elements that are open, each with its qualified name.
    open: Vec<(usize, &'i str)>,
    spaces: Vec<Space<'i>>,
}

/// A name space that is declared: by which prefix, at which depth, and whether it is CAP's.
struct Space<'i> {
    prefix: &'i str,
    depth: usize,
    is_cap: bool,
}

/// What the bytes of a text tell at one look.
#[expect(clippy::struct_excessive_bools, reason = "four things that have nothing to do with one another")]
struct Look {
    has_reference: bool,
    has_return: bool,
    has_end: bool,
    is_blank: bool,
}

impl<'i> Scan<'i> {
    fn rest(&self) -> &'i str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, beginning: &str) -> Option<()> {
        self.rest().starts_with(beginning).then(|| self.at += beginning.len())
    }

    /// What stands before `end`, which is passed.
    fn until(&mut self, end: &str) -> Option<&'i str> {
        let (inside, _) = self.rest().split_once(end)?;
        self.at += inside.len() + end.len();
        Some(inside)
    }

    fn blanks(&mut self) -> bool {
        let from = self.at;
        while self.byte().is_some_and(is_blank) {
            self.at += 1;
        }
        self.at > from
    }

    /// `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`, the last two as they like.
    fn declaration(&mut self) -> Option<()> {
        if self.take("<?xml ").is_none() {
            return Some(());
        }
        self.blanks();
        for name in ["version", "encoding", "standalone"] {
            if self.rest().starts_with(name) {
                self.attribute()?;
                let is_apart = self.blanks() || self.rest().starts_with("?>");
                is_apart.then_some(())?;
            } else if name == "version" {
                return None;
            }
        }
        self.take("?>")
    }

    /// Comments, instructions and blanks around the first element.
    fn misc(&mut self) -> Option<()> {
        loop {
            self.blanks();
            if self.rest().starts_with("<!--") {
                self.comment()?;
            } else if self.rest().starts_with("<?") {
                self.instruction()?;
            } else {
                return Some(());
            }
        }
    }

    /// Counts a tag, as `xml` does.
    fn count(&mut self) -> Option<()> {
        self.tags_left = self.tags_left.checked_sub(1)?;
        Some(())
    }

    fn comment(&mut self) -> Option<()> {
        self.count()?;
        self.take("<!--")?;
        let inside = self.until("--")?;
        look(inside)?;
        // `<!-->` is no end of a comment, though many a reader takes it for one, and the scan of `xml` does.
        let is_clear = !inside.starts_with('>') && !inside.starts_with("->");
        self.take(">").filter(|()| is_clear)
    }

    fn instruction(&mut self) -> Option<()> {
        self.count()?;
        self.take("<?")?;
        let target = self.name()?;
        let is_apart = self.blanks() || self.rest().starts_with("?>");
        look(self.until("?>")?)?;
        (is_apart && !target.eq_ignore_ascii_case("xml")).then_some(())
    }

    /// A text and the tag behind it.
    fn content(&mut self) -> Option<()> {
        let length = self.rest().find('<')?;
        if length > 0 {
            self.characters(length)?;
        }
        match self.text.as_bytes().get(self.at + 1)? {
            b'/' => self.end_tag(),
            b'?' => self.instruction(),
            b'!' if self.rest().starts_with("<!--") => self.comment(),
            b'!' => self.character_data(),
            _ => self.start_tag(),
        }
    }

    fn characters(&mut self, length: usize) -> Option<()> {
        let run = self.text.get(self.at..self.at + length)?;
        let look = look(run)?;
        let start = self.at;
        self.at += length;
        if look.has_end && run.contains("]]>") {
            return None;
        }
        match (look.has_reference, look.has_return) {
            // Blanks before the first word are trimmed off in the end.
            _ if look.is_blank && self.is_wordless() => {}
            (false, false) => self.add(start, run, None),
            (true, false) => self.add(start, run, Some(resolved(run)?)),
            (false, true) => self.add(start, run, Some(with_line_feeds(run))),
            (true, true) => return None,
        }
        Some(())
    }

    /// True as long as the innermost element has no text.
    fn is_wordless(&self) -> bool {
        let entry = self.open.last().and_then(|(at, _)| self.document.entries.get(*at));
        entry.is_some_and(|entry| entry.words == Words::None)
    }

    fn character_data(&mut self) -> Option<()> {
        self.count()?;
        self.take("<![CDATA[")?;
        let start = self.at;
        let run = self.until("]]>")?;
        let has_return = look(run)?.has_return;
        self.add(start, run, has_return.then(|| with_line_feeds(run)));
        Some(())
    }

    /// Adds a piece of text to the innermost element: as it stands from `start` on, or changed.
    fn add(&mut self, start: usize, run: &str, changed: Option<String>) {
        let Some(entry) = self.open.last().and_then(|(at, _)| self.document.entries.get_mut(*at)) else { return };
        let texts = &mut self.document.texts;
        let piece = changed.as_deref().unwrap_or(run);
        match entry.words {
            Words::None => match changed {
                None => entry.words = Words::At(small(start), small(start + run.len())),
                Some(changed) => {
                    entry.words = Words::Kept(small(texts.len()));
                    texts.push(changed);
                }
            },
            Words::At(from, to) => {
                let before = self.text.get(from as usize..to as usize).unwrap_or_default();
                entry.words = Words::Kept(small(texts.len()));
                texts.push([before, piece].concat());
            }
            Words::Kept(at) => {
                if let Some(text) = texts.get_mut(at as usize) {
                    text.push_str(piece);
                }
            }
        }
    }

    fn end_tag(&mut self) -> Option<()> {
        self.count()?;
        let start = self.at;
        let (at, name) = self.open.pop()?;
        self.take("</")?;
        self.take(name)?;
        self.blanks();
        self.take(">")?;
        self.document.close(at);
        let depth = self.open.len();
        while self.spaces.pop_if(|space| space.depth > depth).is_some() {}
        (self.at - start <= TAG_BYTES_MAX).then_some(())
    }

    fn start_tag(&mut self) -> Option<()> {
        self.count()?;
        let start = self.at;
        self.take("<")?;
        let (name, prefix, local) = self.qualified_name()?;
        let is_plain = self.byte()? == b'>';
        if !is_plain {
            self.attributes()?;
        }
        let is_empty = self.byte()? == b'/';
        self.take(if is_empty { "/>" } else { ">" })?;
        let at = self.document.entries.len();
        self.document.entries.push(Entry {
            start: small(start),
            name: small(start + 1 + name.len() - local.len()),
            name_length: u16::try_from(local.len()).ok()?,
            key: key_of(local),
            is_cap: self.is_cap(prefix)?,
            next: small(at + 1),
            words: Words::None,
        });
        if is_empty {
            let depth = self.open.len();
            while self.spaces.pop_if(|space| space.depth > depth).is_some() {}
        } else {
            self.open.push((at, name));
        }
        (self.open.len() <= xml::DEPTH_MAX && self.at - start <= TAG_BYTES_MAX).then_some(())
    }

    /// True when the prefix stands for CAP's name space or none; `None` when it was not declared.
    fn is_cap(&self, prefix: &str) -> Option<bool> {
        // Two blank ones are not compared byte by byte: that costs a fifth of the whole, for nothing lies where they point.
        let is_same = |space: &&Space<'_>| match (space.prefix.is_empty(), prefix.is_empty()) {
            (false, false) => space.prefix == prefix,
            (one, other) => one == other,
        };
        let space = self.spaces.iter().rev().find(is_same);
        space.map(|space| space.is_cap).or(prefix.is_empty().then_some(true))
    }

    /// The attributes of a tag, of which the name spaces are kept.
    fn attributes(&mut self) -> Option<()> {
        let depth = self.open.len() + 1;
        let mut names: [(&str, &str); ATTRIBUTES_MAX] = [("", ""); ATTRIBUTES_MAX];
        let mut count = 0;
        while self.blanks() && !matches!(self.byte()?, b'>' | b'/') {
            let (prefix, local, value) = self.attribute()?;
            if names.get(..count)?.iter().any(|(_, known)| *known == local) {
                return None;
            }
            *names.get_mut(count)? = (prefix, local);
            count += 1;
            let declared = if prefix == "xmlns" { local } else { "" };
            if !declared.is_empty() || (prefix.is_empty() && local == "xmlns") {
                let is_changed = value.bytes().any(|byte| matches!(byte, b'&' | b'\r' | b'\n' | b'\t'));
                let is_reserved = value == RESERVED || value == RESERVED_XMLNS || declared.starts_with("xml");
                if value.is_empty() || is_changed || is_reserved {
                    return None;
                }
                let is_cap = xml::CAP_NAMESPACES.contains(&value);
                self.spaces.push(Space { prefix: declared, depth, is_cap });
            }
        }
        let is_known =
            |(prefix, _): &(&str, &str)| matches!(*prefix, "" | "xmlns" | "xml") || self.is_cap(prefix).is_some();
        names.get(..count)?.iter().all(is_known).then_some(())
    }

    /// `prefix:local="value"`, the value as it stands.
    fn attribute(&mut self) -> Option<(&'i str, &'i str, &'i str)> {
        let (_, prefix, local) = self.qualified_name()?;
        self.blanks();
        self.take("=")?;
        self.blanks();
        let quote = if self.byte()? == b'"' { "\"" } else { "'" };
        self.take(quote)?;
        let value = self.until(quote)?;
        if look(value)?.has_reference {
            resolved(value)?;
        }
        (!value.contains('<')).then_some((prefix, local, value))
    }

    /// `local` or `prefix:local`, as a whole and in its parts.
    fn qualified_name(&mut self) -> Option<(&'i str, &'i str, &'i str)> {
        let start = self.at;
        let first = self.name()?;
        if self.byte() != Some(b':') {
            return Some((first, "", first));
        }
        self.at += 1;
        let local = self.name()?;
        Some((self.text.get(start..self.at)?, first, local))
    }

    /// A name of ASCII letters, digits, `_`, `-` and `.`.
    fn name(&mut self) -> Option<&'i str> {
        let start = self.at;
        let bytes = self.text.as_bytes().get(start..)?;
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        let length = bytes.iter().position(|byte| !is_name(*byte))?;
        let is_start = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'_';
        bytes.first().filter(|byte| is_start(byte))?;
        self.at += length;
        // A name in another script goes on.
        self.byte().filter(u8::is_ascii)?;
        self.text.get(start..self.at)
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

/// Looks at every byte of a text; `None` when one stands for no character of XML.
fn look(text: &str) -> Option<Look> {
    let (mut reference, mut end, mut back, mut wide, mut odd, mut word) = (false, false, false, false, false, false);
    for byte in text.bytes() {
        let is_blank = is_blank(byte);
        reference |= byte == b'&';
        end |= byte == b'>';
        back |= byte == b'\r';
        wide |= byte == 0xEF;
        odd |= byte < 0x20 && !is_blank;
        word |= !is_blank;
    }
    let has_no_character = wide && text.contains(['\u{FFFE}', '\u{FFFF}']);
    let look = Look { has_reference: reference, has_return: back, has_end: end, is_blank: !word };
    (!odd && !has_no_character).then_some(look)
}

/// The text with its references resolved; `None` when one is unknown or malformed.
pub(super) fn resolved(text: &str) -> Option<String> {
    let mut pieces = text.split('&');
    let mut whole = String::with_capacity(text.len());
    whole.push_str(pieces.next()?);
    for piece in pieces {
        let (name, after) = piece.split_once(';')?;
        whole.push(match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => numbered(name.strip_prefix('#')?)?,
        });
        whole.push_str(after);
    }
    Some(whole)
}

/// The character of a reference such as `#233` or `#xE9`, the `#` gone.
fn numbered(digits: &str) -> Option<char> {
    let (digits, radix) = digits.strip_prefix('x').map_or((digits, 10), |digits| (digits, 16));
    let is_number = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let c = char::from_u32(u32::from_str_radix(digits, radix).ok().filter(|_| is_number)?)?;
    // Line ends written as references are not made one as others are: they are not plain.
    (c >= ' ' && !matches!(c, '\u{FFFE}' | '\u{FFFF}')).then_some(c)
}

/// Line ends as XML 1.0 section 2.11 makes them.
fn with_line_feeds(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}
