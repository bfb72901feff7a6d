//! A notice as the bytes of a mail: the same notice gives the same bytes.

use std::time::SystemTime;

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment as MailAttachment, Mailbox, MessageBuilder, MultiPart, SinglePart};
use lettre::{Address, Message};

use super::super::NotifierError;
use crate::domain::{Attachment, DocumentHash, Level, Notice, Timestamp};

/// The longest header text in characters, so that no line passes the 998 bytes of RFC 5322 2.1.1.
const HEADER_CHARS_MAX: usize = 300;

/// The longest Message-ID in bytes that is passed on.
const MESSAGE_ID_BYTES_MAX: usize = 250;

/// The longest link in bytes that a header holds.
const LINK_BYTES_MAX: usize = 900;

/// Whom our mails are from.
#[derive(Clone)]
pub struct Sender {
    from: Mailbox,
    reply_to: Option<Mailbox>,
}

impl Sender {
    /// Reads `Seawall <alerts@example.com>`, and where answers go when not there.
    pub fn parse(from: &str, reply_to: Option<&str>) -> Result<Self, NotifierError> {
        Ok(Self { from: mailbox("from", from)?, reply_to: reply_to.map(|text| mailbox("reply_to", text)).transpose()? })
    }
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sender(..)")
    }
}

/// The mail of a notice: plain text, and HTML as the alternative. Deterministic in every byte.
pub fn message(notice: &Notice, sender: &Sender) -> Result<Message, NotifierError> {
    let address: Address = notice.to.trim().parse().map_err(|error: lettre::address::AddressError| {
        NotifierError::Recipient { person: notice.person.clone(), detail: error.to_string() }
    })?;
    let name = Some(one_line(&notice.to_name)).filter(|name| !name.is_empty());
    let mut builder = Message::builder()
        .date(date(notice.queued_at))
        .message_id(Some(message_id(notice)))
        .from(sender.from.clone())
        .to(Mailbox::new(name, address))
        .subject(one_line(&notice.subject));
    if let Some(reply_to) = &sender.reply_to {
        builder = builder.reply_to(reply_to.clone());
    }
    builder = marks(threading(builder, notice), notice);
    builder.multipart(parts(notice)).map_err(|error| NotifierError::Message { detail: error.to_string() })
}

/// Plain text, and HTML with the pictures that it shows as the alternative; around them what is only attached.
fn parts(notice: &Notice) -> MultiPart {
    let (shown, attached): (Vec<&Attachment>, Vec<_>) =
        notice.attachments.iter().partition(|attachment| attachment.content_id.is_some());
    let html = part(ContentType::TEXT_HTML, &notice.html);
    let boundaries = Boundaries::of(notice);
    let words = MultiPart::alternative()
        .boundary(boundaries.around("words"))
        .singlepart(part(ContentType::TEXT_PLAIN, &notice.text));
    let words = if shown.is_empty() {
        words.singlepart(html)
    } else {
        let page = MultiPart::related().boundary(boundaries.around("page")).singlepart(html);
        words.multipart(shown.into_iter().fold(page, |page, attachment| page.singlepart(carried(attachment))))
    };
    if attached.is_empty() {
        return words;
    }
    let all = MultiPart::mixed().boundary(boundaries.around("all")).multipart(words);
    attached.into_iter().fold(all, |all, attachment| all.singlepart(carried(attachment)))
}

/// One attachment. A media type that cannot be read is plain bytes.
fn carried(attachment: &Attachment) -> SinglePart {
    let bytes = attachment.bytes.clone();
    let kind = ContentType::parse(&attachment.media_type)
        .or_else(|_| ContentType::parse("application/octet-stream"))
        .unwrap_or(ContentType::TEXT_PLAIN);
    match &attachment.content_id {
        Some(id) => MailAttachment::new_inline_with_name(one_line(id), one_line(&attachment.name)).body(bytes, kind),
        None => MailAttachment::new(one_line(&attachment.name)).body(bytes, kind),
    }
}

/// The mail as the bytes of an `.eml` file.
pub fn eml(notice: &Notice, sender: &Sender) -> Result<Vec<u8>, NotifierError> {
    message(notice, sender).map(|message| message.formatted())
}

fn mailbox(field: &'static str, text: &str) -> Result<Mailbox, NotifierError> {
    let parsed = one_line(text).parse::<Mailbox>();
    parsed.map_err(|error| NotifierError::Sender { field, detail: error.to_string() })
}

/// The mail headers that hold a thread together.
fn threading(mut builder: MessageBuilder, notice: &Notice) -> MessageBuilder {
    let references: Vec<&str> = notice.references.iter().map(String::as_str).filter(|id| is_message_id(id)).collect();
    if let Some(newest) = references.last() {
        builder = builder.in_reply_to((*newest).to_owned()).references(references.join(" "));
    }
    builder
}

/// What machines read: that no person wrote it (RFC 3834), and how urgent it is.
fn marks(builder: MessageBuilder, notice: &Notice) -> MessageBuilder {
    let lang: String = notice.lang.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(35).collect();
    let mut marks = vec![
        ("Auto-Submitted", "auto-generated".to_owned()),
        ("X-Auto-Response-Suppress", "All".to_owned()),
        ("X-Seawall-Level", notice.level.as_str().to_owned()),
        ("X-Seawall-Event", one_line(notice.event.as_str())),
        ("Content-Language", lang),
    ];
    if notice.level == Level::Act {
        marks.extend([("Importance", "high".to_owned()), ("X-Priority", "1".to_owned())]);
    }
    if let Some(link) = notice.list_unsubscribe.as_deref().filter(|link| is_https(link)) {
        // RFC 8058 3.1: by POST alone, for what opens links in mails only GETs them.
        marks.push(("List-Unsubscribe", format!("<{link}>")));
        marks.push(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
    }
    let marks = marks.into_iter().filter(|(_, value)| !value.is_empty());
    marks.fold(builder, |builder, (name, value)| {
        builder.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value))
    })
}

/// An address that can stand between `<` and `>` of a header.
fn is_https(link: &str) -> bool {
    link.starts_with("https://")
        && link.len() <= LINK_BYTES_MAX
        && link.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b','))
}

fn part(kind: ContentType, body: &str) -> SinglePart {
    let is_printable = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    let body = if body.chars().all(is_printable) { body.to_owned() } else { body.replace(|c| !is_printable(c), "") };
    SinglePart::builder().header(kind).body(body)
}

/// Where the parts of a mail end: made from its texts too, so that no text from outside can hold it.
struct Boundaries(String);

impl Boundaries {
    fn of(notice: &Notice) -> Self {
        let all = [notice.id.as_str(), &notice.text, &notice.html].join("\u{0}");
        Self(DocumentHash::of(all.as_bytes()).digits().chars().take(40).collect())
    }

    fn around(&self, part: &str) -> String {
        format!("seawall-{part}-{}", self.0)
    }
}

/// Mail dates begin with 1970 here: lettre panics on an earlier one.
fn date(at: Timestamp) -> SystemTime {
    at.max(Timestamp::UNIX_EPOCH).into()
}

/// The notice's own Message-ID, or, if that is none, one made from the notice's id.
fn message_id(notice: &Notice) -> String {
    if is_message_id(&notice.message_id) {
        return notice.message_id.clone();
    }
    format!("<{}@seawall.invalid>", DocumentHash::of(notice.id.as_str().as_bytes()).digits())
}

/// `<left@right>` in printable ASCII without blanks (RFC 5322 3.6.4, without quoting).
fn is_message_id(text: &str) -> bool {
    let inner = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    text.len() <= MESSAGE_ID_BYTES_MAX
        && inner.is_some_and(|inner| {
            inner.bytes().all(|b| b.is_ascii_graphic() && b != b'<' && b != b'>')
                && inner.split_once('@').is_some_and(|(left, right)| !left.is_empty() && !right.is_empty())
        })
}

/// Text from outside as one header line: no line end of any script, no control or direction character, no
/// disguised encoded-word, not too long.
fn one_line(text: &str) -> String {
    let visible: String = text.chars().map(|c| if breaks_lines(c) { ' ' } else { c }).filter(|c| !steers(*c)).collect();
    let words = visible.split_whitespace().collect::<Vec<_>>().join(" ").replace("=?", "= ?");
    words.chars().take(HEADER_CHARS_MAX).collect::<String>().trim_end().to_owned()
}

fn breaks_lines(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Characters that nobody sees and that turn the direction of what follows.
fn steers(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use mail_parser::{MessageParser, MimeHeaders as _};

    use super::super::sink::notice;
    use super::*;
    use crate::domain::EventId;

    fn sender() -> Sender {
        Sender::parse("海堤 Seawall <alerts@example.com>", Some("desk@example.com")).expect("addresses")
    }

    fn bytes(notice: &Notice) -> Vec<u8> {
        eml(notice, &sender()).expect("a mail")
    }

    fn header(bytes: &[u8], name: &str) -> Option<String> {
        let parsed = MessageParser::default().parse(bytes).expect("parses");
        parsed.header_raw(name).map(|value| value.trim().to_owned())
    }

    /// The names of the headers, as a server sees them.
    fn header_names(bytes: &[u8]) -> Vec<String> {
        let text = String::from_utf8(bytes.to_vec()).expect("ascii");
        let head = text.split("\r\n\r\n").next().expect("a head");
        let lines = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
        lines.map(|line| line.split(':').next().expect("a name").to_owned()).collect()
    }

    #[test]
    fn what_was_written_is_read_by_another_parser() {
        let notice = notice("n1");
        let bytes = bytes(&notice);
        let parsed = MessageParser::default().parse(&bytes).expect("parses");
        assert_eq!(parsed.subject(), Some(notice.subject.as_str()));
        assert_eq!(parsed.body_text(0).expect("text").replace("\r\n", "\n").trim_end(), notice.text.trim_end());
        assert_eq!(parsed.body_html(0).expect("html").replace("\r\n", "\n").trim_end(), notice.html.trim_end());
        assert_eq!(parsed.message_id(), Some("n1@seawall"));
        assert_eq!(parsed.date().expect("date").to_timestamp(), notice.queued_at.as_second());
        let to = parsed.to().and_then(|to| to.first()).expect("to");
        assert_eq!((to.name(), to.address()), (Some("李伟"), Some("li@example.com")));
        let from = parsed.from().and_then(|from| from.first()).expect("from");
        assert_eq!((from.name(), from.address()), (Some("海堤 Seawall"), Some("alerts@example.com")));
        let kinds: Vec<_> = parsed.parts.iter().filter_map(|part| part.content_type()?.subtype()).collect();
        assert_eq!(kinds, ["alternative", "plain", "html"]);
    }

    #[test]
    fn the_marks_are_there() {
        let bytes =
            bytes(&Notice { references: vec!["<a@seawall>".to_owned(), "<b@seawall>".to_owned()], ..notice("n1") });
        for (name, value) in [
            ("Auto-Submitted", "auto-generated"),
            ("X-Auto-Response-Suppress", "All"),
            ("Content-Language", "zh-CN"),
            ("X-Seawall-Level", "act"),
            ("X-Seawall-Event", "wp162004"),
            ("Importance", "high"),
            ("X-Priority", "1"),
            ("In-Reply-To", "<b@seawall>"),
            ("References", "<a@seawall> <b@seawall>"),
            ("Reply-To", "desk@example.com"),
            ("MIME-Version", "1.0"),
        ] {
            assert_eq!(header(&bytes, name).as_deref(), Some(value), "{name}");
        }
    }

    #[test]
    fn only_act_is_marked_as_important_and_only_answers_refer() {
        let bytes = bytes(&Notice { level: Level::Warn, ..notice("n1") });
        for name in ["Importance", "X-Priority", "In-Reply-To", "References"] {
            assert_eq!(header(&bytes, name), None, "{name}");
        }
    }

    #[test]
    fn one_click_unsubscribes_only_where_it_is_wanted_and_safe() {
        let with = |link: &str| bytes(&Notice { list_unsubscribe: Some(link.to_owned()), ..notice("n1") });
        let good = with("https://seawall.example/u/u1.abc.def");
        assert_eq!(header(&good, "List-Unsubscribe").as_deref(), Some("<https://seawall.example/u/u1.abc.def>"));
        assert_eq!(header(&good, "List-Unsubscribe-Post").as_deref(), Some("List-Unsubscribe=One-Click"));
        let long = format!("https://seawall.example/{}", "x".repeat(2000));
        for link in ["http://a.example/", "mailto:x@example.com", "https://a\r\nBcc: x", "https://a>,<https://b", &long]
        {
            assert_eq!(header_names(&with(link)), header_names(&bytes(&notice("n1"))), "{link}");
        }
    }

    #[test]
    fn a_calendar_entry_and_a_picture_go_along() {
        let attachment = |name: &str, kind: &str, id: Option<&str>, bytes: &[u8]| Attachment {
            name: name.to_owned(),
            media_type: kind.to_owned(),
            content_id: id.map(str::to_owned),
            bytes: bytes.to_vec(),
        };
        let entry = "BEGIN:VCALENDAR\r\nSUMMARY:最晚\r\nEND:VCALENDAR\r\n".as_bytes();
        let attachments = vec![
            attachment("map.png", "image/png", Some("map-1@seawall"), &[137, 80, 78, 71, 0, 255]),
            attachment("act-by.ics", "text/calendar; charset=utf-8; method=REQUEST", None, entry),
        ];
        let bytes = bytes(&Notice { attachments, ..notice("n1") });
        let parsed = MessageParser::default().parse(&bytes).expect("parses");
        let kinds: Vec<_> = parsed.parts.iter().filter_map(|part| part.content_type()?.subtype()).collect();
        assert_eq!(kinds, ["mixed", "alternative", "plain", "related", "html", "png", "calendar"]);
        let last = parsed.parts.last().expect("a part");
        assert_eq!(last.contents(), entry);
        let kind = last.content_type().expect("a kind");
        assert_eq!((kind.attribute("method"), kind.attribute("charset")), (Some("REQUEST"), Some("utf-8")));
    }

    #[test]
    fn the_same_notice_gives_the_same_bytes() {
        assert_eq!(bytes(&notice("n1")), bytes(&notice("n1")));
        let around = |id: &str, part: &str| Boundaries::of(&notice(id)).around(part);
        assert_ne!(around("n1", "words"), around("n2", "words"));
        assert_ne!(around("n1", "words"), around("n1", "page"));
    }

    #[test]
    fn no_field_can_add_a_header() {
        let clean = header_names(&bytes(&notice("n1")));
        let attacks = ["\r\nBcc: x@example.com", "\nBcc: x", "\rBcc: x", "\u{2028}Bcc: x", "\u{2029}Bcc: x"];
        let more = [
            "\u{85}Bcc: x",
            "\u{b}Bcc: x",
            "\u{c}Bcc: x",
            "\u{0}Bcc: x",
            "\u{202e}Bcc: x",
            "\r\n\r\n<p>",
            "\", <x@example.com>, \"",
        ];
        for attack in attacks.into_iter().chain(more) {
            for length in [0, 70, 400] {
                let text = format!("云娜{}{attack}", "a ".repeat(length));
                let hostile = Notice {
                    to_name: text.clone(),
                    subject: text.clone(),
                    event: EventId::new(text.clone()),
                    lang: text.clone(),
                    ..notice("n1")
                };
                let bytes = bytes(&hostile);
                assert_eq!(header_names(&bytes), clean, "{attack:?}");
                let parsed = MessageParser::default().parse(&bytes).expect("parses");
                assert!(parsed.bcc().is_none());
                assert_eq!(parsed.to().map(|to| to.iter().count()), Some(1), "{attack:?}");
                assert_eq!(parsed.to().and_then(|to| to.first()?.address()), Some("li@example.com"));
                let subject = parsed.subject().expect("a subject");
                assert!(!subject.contains(|c| breaks_lines(c) || steers(c)), "{subject:?}");
            }
        }
    }

    #[test]
    fn ids_that_are_none_are_replaced_and_left_out() {
        let hostile = Notice {
            message_id: "<a@b>\r\nBcc: x".to_owned(),
            references: vec!["<a b@c>".to_owned(), "x".to_owned(), "<ok@seawall>".to_owned(), "<\r\n@c>".to_owned()],
            ..notice("n1")
        };
        let bytes = bytes(&hostile);
        assert!(header(&bytes, "Message-ID").expect("one").ends_with("@seawall.invalid>"));
        assert_eq!(header(&bytes, "References").as_deref(), Some("<ok@seawall>"));
    }

    #[test]
    fn an_address_that_is_none_is_refused_without_being_shown() {
        for address in
            ["", "li", "li@", "a@b, c@d.com", "li@example.com\r\nRCPT TO:<x@example.com>", "<li@example.com>"]
        {
            let error = message(&Notice { to: address.to_owned(), ..notice("n1") }, &sender()).expect_err(address);
            let words = error.to_string();
            assert!(words.contains("person `li`") && !words.contains("example.com"), "{words}");
        }
        assert!(Sender::parse("nobody", None).is_err());
        assert!(Sender::parse("a@example.com", Some("nobody")).is_err());
    }

    #[test]
    fn every_line_is_short_enough_for_smtp_and_plain_ascii() {
        let long = "雨".repeat(20_000);
        let hostile = Notice {
            text: "x".repeat(5000),
            html: long.clone(),
            subject: "s".repeat(3000),
            to_name: long,
            ..notice("n1")
        };
        let bytes = bytes(&hostile);
        assert!(bytes.is_ascii());
        assert!(bytes.split(|b| *b == b'\n').all(|line| line.len() <= 998));
    }

    #[test]
    fn a_date_before_1970_is_no_panic() {
        bytes(&Notice { queued_at: Timestamp::MIN, ..notice("n1") });
        bytes(&Notice { queued_at: Timestamp::MAX, ..notice("n1") });
    }
}
