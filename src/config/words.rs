//! Small checks on words that people type: names, addresses, and what they may have meant.

use std::borrow::Cow;

/// What [`check_email`] found wrong, with the mend.
pub(super) struct BadEmail {
    pub(super) what: &'static str,
    pub(super) hint: &'static str,
}

/// The longest name, address or status that is taken, in characters.
const TEXT_MAX: usize = 300;

/// As [`clean`], without a copy where nothing had to be taken out.
pub(super) fn cleaned(text: &str) -> (Cow<'_, str>, bool) {
    let is_plain = text.len() <= TEXT_MAX && text.bytes().all(|b| (b' '..0x7f).contains(&b));
    if is_plain || (text.chars().count() <= TEXT_MAX && !text.chars().any(is_hidden)) {
        return (Cow::Borrowed(text.trim()), false);
    }
    let (text, is_changed) = clean(text);
    (Cow::Owned(text), is_changed)
}

/// The text without what could forge a header or hide in a line: control characters (line breaks among
/// them) and the marks that turn the direction of writing. The second value is true when any was there.
pub(super) fn clean(text: &str) -> (String, bool) {
    let kept: String = text.chars().filter(|c| !is_hidden(*c)).take(TEXT_MAX).collect();
    let is_changed = kept.len() != text.len();
    (kept.trim().to_owned(), is_changed)
}

/// What means yes, and what means no.
pub(super) const YES: [&str; 5] = ["yes", "y", "true", "1", "是"];
pub(super) const NO: [&str; 5] = ["no", "n", "false", "0", "否"];

/// True when the text is one of the words, small and capital letters alike.
pub(super) fn is_one_of(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// A plain, strict check of one address: ASCII, one `@`, nothing that means something in a mail header.
pub(super) fn check_email(email: &str) -> Result<(), BadEmail> {
    const PLAIN: &str = "write the address alone, like name@example.com";
    let bad = |what, hint| Err(BadEmail { what, hint });
    if email.is_empty() {
        return bad("there is no address", PLAIN);
    }
    if email.contains('＠') {
        return bad("the address has a full-width ＠", "type the @ of the Latin keyboard");
    }
    if !email.is_ascii() || email.len() > 254 {
        return bad("the address is longer than 254 characters or not plain ASCII", PLAIN);
    }
    if email.chars().any(|c| c.is_ascii_control() || c.is_ascii_whitespace() || "<>,;:\"()[]\\".contains(c)) {
        return bad("the address holds a character that an address cannot", PLAIN);
    }
    match email.split('@').collect::<Vec<_>>().as_slice() {
        [local, domain] if is_local_part(local) && is_domain(domain) => Ok(()),
        [_, _] => bad("the address has no proper part before or after its @", PLAIN),
        _ => bad("the address needs exactly one @", PLAIN),
    }
}

/// The known word that is nearest to what was typed, when it is near enough to be meant.
pub(super) fn nearest<'a>(typed: &str, known: &[&'a str]) -> Option<&'a str> {
    let (word, steps) =
        known.iter().map(|word| (*word, distance(&typed.to_lowercase(), word))).min_by_key(|(_, steps)| *steps)?;
    (steps <= 1 + word.len() / 4).then_some(word)
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn is_local_part(local: &str) -> bool {
    !local.is_empty() && local.len() <= 64 && local.split('.').all(|atom| !atom.is_empty())
}

fn is_domain(domain: &str) -> bool {
    let labels: Vec<&str> = domain.split('.').collect();
    let is_label = |label: &&str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    (domain == "localhost" || labels.len() > 1) && labels.iter().all(is_label)
}

/// Levenshtein's edit distance, one row at a time.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (above, to) in row.iter().skip(1).zip(b.chars()) {
            left = (diagonal + usize::from(from != to)).min(left + 1).min(above + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_cannot_be_forged_by_a_name() {
        assert_eq!(clean("Li\r\nBcc: all@example.com"), ("LiBcc: all@example.com".to_owned(), true));
        assert_eq!(clean("a\u{202e}b"), ("ab".to_owned(), true));
        assert_eq!(clean("王芳"), ("王芳".to_owned(), false));
    }

    #[test]
    fn addresses() {
        for good in ["li.wei@example.com", "ops@localhost", "a+b@x-y.example.org"] {
            assert!(check_email(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "li",
            "@example.com",
            "li@",
            "li@@example.com",
            "a@b@c.d",
            "li@nodot",
            "Li <li@example.com>",
            "li@example.com,x@example.com",
            "li @example.com",
            "li@example.com\r\nBcc:x",
            "li＠example.com",
            "li@exam_ple.com",
            "li..wei@example.com",
            "li@.com",
            "李@example.com",
        ] {
            assert!(check_email(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_was_meant() {
        assert_eq!(nearest("coast_km", &["coast_m", "lat"]), Some("coast_m"));
        assert_eq!(nearest("Stock", &["stock", "lat"]), Some("stock"));
        assert_eq!(nearest("weather", &["lat", "lon"]), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
