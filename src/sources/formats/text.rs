//! Bytes become text: byte order mark first, then the transport's charset, then the XML declaration, then UTF-8.
//!
//! Agencies still send GBK, `Shift_JIS` and ISO-8859-1. A wrong guess spoils words, never numbers, so that what
//! cannot be decoded is replaced by U+FFFD and told as a fault, and the document is read on.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};

use super::fault_log::FaultLog;
use crate::domain::{Bulletin, Fault, Place};

/// A UTF-8 byte order mark that was taken for ISO-8859-1 and encoded once more.
const DOUBLE_ENCODED_BOM: &[u8] = b"\xC3\xAF\xC2\xBB\xC2\xBF";
/// How far into a document its XML declaration may reach.
const DECLARATION_MAX: usize = 256;

/// The text of a bulletin, without its byte order mark.
pub(crate) fn of_bulletin<'a>(bulletin: &'a Bulletin, log: &mut FaultLog) -> Cow<'a, str> {
    decode(&bulletin.body, bulletin.charset.as_deref(), log)
}

/// The text of `body`, without its byte order mark. `charset` is what the transport said, if anything.
pub(crate) fn decode<'a>(body: &'a [u8], charset: Option<&str>, log: &mut FaultLog) -> Cow<'a, str> {
    if let Some(rest) = body.strip_prefix(DOUBLE_ENCODED_BOM) {
        let what = "the byte order mark was encoded twice; it is skipped";
        log.push(Fault::minor(Place::at(1, 1), what));
        return decode(rest, charset, log);
    }
    let (encoding, body) = match Encoding::for_bom(body) {
        Some((encoding, length)) => (encoding, body.get(length..).unwrap_or_default()),
        None => (without_bom(body, charset, log), body),
    };
    let (text, had_errors) = encoding.decode_without_bom_handling(body);
    if had_errors {
        let what = format!("some bytes are not {}; they are shown as \u{FFFD}", encoding.name());
        log.push(Fault::minor(Place::default(), what).hint("the sender should declare the encoding that it uses"));
    }
    text
}

/// The encoding of a document without a byte order mark.
fn without_bom(body: &[u8], charset: Option<&str>, log: &mut FaultLog) -> &'static Encoding {
    if let Some(label) = charset {
        match Encoding::for_label(label.as_bytes()) {
            Some(encoding) => return encoding,
            None => log.push(unknown_encoding(Place::default().field("charset"), label)),
        }
    }
    let Some(label) = declared(body) else { return UTF_8 };
    match Encoding::for_label(label.as_bytes()) {
        // A declaration that can be read byte by byte is not UTF-16, whatever it says (as in HTML, section 13.2.3.2).
        Some(encoding) if encoding.is_ascii_compatible() => encoding,
        Some(_) => UTF_8,
        None => {
            log.push(unknown_encoding(Place::at(1, 1).field("encoding"), label));
            UTF_8
        }
    }
}

fn unknown_encoding(place: Place, label: &str) -> Fault {
    let label: String = label.chars().take(40).collect();
    Fault::minor(place, format!("the encoding `{label}` is not known; the next best is used"))
}

/// The encoding that an XML declaration names.
fn declared(body: &[u8]) -> Option<&str> {
    let body = body.trim_ascii_start();
    let head = body.get(..DECLARATION_MAX).unwrap_or(body);
    let end = head.windows(2).position(|pair| pair == b"?>")?;
    // The declaration itself is ASCII; what follows it may not be.
    let declaration = std::str::from_utf8(head.get(..end)?).ok()?.strip_prefix("<?xml")?;
    let (_, after) = declaration.split_once("encoding")?;
    let value = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value.get(1..)?.split(quote).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &[u8], charset: Option<&str>, expected: &str, faults: usize) {
        let mut log = FaultLog::default();
        assert_eq!(decode(body, charset, &mut log), expected);
        let met = log.into_faults();
        assert_eq!(met.len(), faults, "{met:?}");
        assert!(met.iter().all(|fault| !fault.is_fatal));
    }

    #[test]
    fn utf_8_is_the_default_and_is_not_copied() {
        check("台风".as_bytes(), None, "台风", 0);
        let mut log = FaultLog::default();
        assert!(matches!(decode("台风".as_bytes(), None, &mut log), Cow::Borrowed(_)));
    }

    #[test]
    fn a_byte_order_mark_outranks_all() {
        check(b"\xEF\xBB\xBFgale", Some("gbk"), "gale", 0);
        check(b"\xFF\xFEg\0a\0", None, "ga", 0);
        check(b"\xC3\xAF\xC2\xBB\xC2\xBF<a/>", None, "<a/>", 1);
    }

    #[test]
    fn the_transport_outranks_the_declaration() {
        check(b"\xCC\xA8\xB7\xE7", Some("GB2312"), "台风", 0);
        check(
            b"<?xml version='1.0' encoding='utf-8'?>\xE9",
            Some("latin1"),
            "<?xml version='1.0' encoding='utf-8'?>é",
            0,
        );
    }

    #[test]
    fn the_declaration_is_heeded() {
        let latin = b"<?xml version = \"1.0\" encoding = \"ISO-8859-1\" ?>\xE9";
        check(latin, None, "<?xml version = \"1.0\" encoding = \"ISO-8859-1\" ?>é", 0);
        let japanese = b"<?xml version='1.0' encoding='Shift_JIS'?>\x91\xE4\x95\x97";
        check(japanese, None, "<?xml version='1.0' encoding='Shift_JIS'?>台風", 0);
    }

    #[test]
    fn what_is_not_known_or_not_so_is_told() {
        check(b"ok", Some("no-such"), "ok", 1);
        check(b"m\xE9t\xE9o", None, "m\u{FFFD}t\u{FFFD}o", 1);
        let sixteen = "<?xml version='1.0' encoding='utf-16'?>é";
        check(sixteen.as_bytes(), None, sixteen, 0);
    }
}
