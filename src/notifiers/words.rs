//! A notice in the words of a chat: cleaned, cut where the service cuts, and without anything that the service would
//! take for markup. Names and texts from outside are hostile: they call nobody and link nowhere.

use std::ops::Range;

use crate::domain::{Notice, Timestamp};

/// The longest title in characters: Slack's headers take 150 (its reference of blocks), the others more.
const TITLE_CHARS_MAX: usize = 150;
/// The longest address that is taken for a link of ours.
const LINK_BYTES_MAX: usize = 2_000;
/// The most links that a message offers as buttons.
const LINKS_MAX: usize = 5;
/// How far back a cut looks for the end of a word.
const WORD_CHARS_MAX: usize = 40;

/// A notice as a chat says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Letter {
    /// The subject, one line.
    pub(super) title: String,
    /// The text. Lines end with `\n`; there is no other control character and none that turns the direction.
    pub(super) text: String,
    /// What our own links begin with: `https://seawall.example.com/`.
    base: String,
    act_by: Option<Timestamp>,
    is_chinese: bool,
}

/// A stretch of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    /// Words, from whomever.
    Words(&'t str),
    /// An address of ours.
    Link(&'t str),
}

impl<'t> Piece<'t> {
    /// The stretch as it stands.
    pub(super) fn text(self) -> &'t str {
        match self {
            Self::Words(text) | Self::Link(text) => text,
        }
    }
}

impl Letter {
    /// The letter of a notice; links are those that begin with `base_url`.
    pub(super) fn of(notice: &Notice, base_url: &str) -> Self {
        let title = clean(&notice.subject).split_whitespace().collect::<Vec<_>>().join(" ");
        let title: String = title.chars().take(TITLE_CHARS_MAX).collect();
        Self {
            title: if title.is_empty() { "Seawall".to_owned() } else { title },
            text: clean(&notice.text).trim_end().to_owned(),
            base: format!("{}/", base_url.trim_end_matches('/')),
            act_by: notice.act_by,
            is_chinese: notice.lang.to_ascii_lowercase().starts_with("zh"),
        }
    }

    /// The text in stretches of words and links.
    pub(super) fn pieces<'t>(&self, text: &'t str) -> Vec<Piece<'t>> {
        let mut pieces = Vec::new();
        let mut done = 0;
        for link in self.link_places(text) {
            pieces.extend(text.get(done..link.start).filter(|words| !words.is_empty()).map(Piece::Words));
            pieces.extend(text.get(link.clone()).map(Piece::Link));
            done = link.end;
        }
        pieces.extend(text.get(done..).filter(|words| !words.is_empty()).map(Piece::Words));
        pieces
    }

    /// Our links in the text, each once, the first few.
    pub(super) fn links(&self) -> Vec<&str> {
        let mut links = Vec::new();
        for place in self.link_places(&self.text) {
            let link = self.text.get(place).unwrap_or_default();
            if links.len() < LINKS_MAX && !links.contains(&link) {
                links.push(link);
            }
        }
        links
    }

    /// What a button says that opens a link; numbered when there are several.
    pub(super) fn button(&self, index: usize) -> String {
        let word = if self.is_chinese { "打开页面" } else { "Open the page" };
        if index == 0 { word.to_owned() } else { format!("{word} {}", index + 1) }
    }

    /// As much of the text as `size` allows: all of it, or its beginning, then how much is missing, the deadline and
    /// the first link. A cut never falls into a character or a link.
    pub(super) fn fit(&self, max: usize, size: impl Fn(&str) -> usize) -> String {
        // No rendering makes a character smaller than the byte or character that a limit counts.
        if self.text.len() <= 8 * max && size(&self.text) <= max {
            return self.text.clone();
        }
        let borders: Vec<usize> = self.text.char_indices().map(|(at, _)| at).take(max + 1).collect();
        let (mut fits, mut most) = (0, borders.len().saturating_sub(1));
        while fits < most {
            let middle = fits + (most - fits).div_ceil(2);
            let cut = self.cut(borders.get(middle).copied().unwrap_or_default());
            if size(&cut) <= max { fits = middle } else { most = middle - 1 }
        }
        self.cut(borders.get(fits).copied().unwrap_or_default())
    }

    /// The text up to a byte, or a little less, and what must not be lost.
    fn cut(&self, at: usize) -> String {
        let links = self.link_places(&self.text);
        let at = links.iter().find(|link| link.start < at && at < link.end).map_or(at, |link| link.start);
        let kept = at_a_word(self.text.get(..at).unwrap_or_default());
        let missing = self.text.chars().count() - kept.chars().count();
        let mut lines = vec![kept.trim_end().to_owned()];
        lines.push(if self.is_chinese {
            format!("【此处截断，略去{missing}字】")
        } else {
            format!("[cut here: {missing} characters left out]")
        });
        if let Some(act_by) = self.act_by {
            let when = act_by.strftime("%Y-%m-%d %H:%M");
            lines.push(if self.is_chinese {
                format!("最迟开始时间：{when}（UTC）")
            } else {
                format!("Begin by {when} UTC")
            });
        }
        if let Some(first) = links.first().filter(|first| first.end > kept.len()) {
            lines.extend(self.text.get(first.clone()).map(str::to_owned));
        }
        lines.retain(|line| !line.is_empty());
        lines.join("\n")
    }

    /// Where our links stand: from the base to the first character that no address of ours holds.
    fn link_places(&self, text: &str) -> Vec<Range<usize>> {
        let mut places = Vec::new();
        let mut from = 0;
        while let Some(found) = text.get(from..).and_then(|rest| rest.find(&self.base)) {
            let start = from + found;
            let rest = text.get(start + self.base.len()..).unwrap_or_default();
            let length = rest.find(|c: char| !is_of_a_link(c)).unwrap_or(rest.len());
            let end = start + self.base.len() + length;
            // An address that is part of a longer one is none of ours: https://evil.example/?https://seawall…
            let stands_alone = text.get(..start).and_then(|before| before.chars().next_back()).is_none_or(begins_after);
            if stands_alone && end - start <= LINK_BYTES_MAX {
                places.push(start..end);
            }
            from = end;
        }
        places
    }
}

fn is_of_a_link(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | '~' | '%' | '?' | '=' | '&' | '#')
}

fn begins_after(c: char) -> bool {
    c.is_whitespace() || !c.is_ascii() || matches!(c, '(' | ':' | ',' | ';')
}

/// Back to the end of a word, when one is near.
fn at_a_word(text: &str) -> &str {
    let near = text.char_indices().rev().take(WORD_CHARS_MAX).find(|(_, c)| c.is_whitespace());
    near.and_then(|(at, _)| text.get(..at)).unwrap_or(text)
}

/// A text without control characters but line ends, without hidden characters, and without any that turns the direction
/// of what follows.
pub(super) fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => cleaned.push('\n'),
            '\t' => cleaned.push(' '),
            c if c.is_control() || is_hidden(c) => {}
            c => cleaned.push(c),
        }
    }
    cleaned
}

fn is_hidden(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{E0000}'..='\u{E007F}')
}

/// Words that no chat takes for markup: each character that begins some becomes the wide one that looks the same, so that
/// nothing is bold, quoted or mentioned, and `https://` and `www.` are no links.
pub(super) fn quiet(text: &str) -> String {
    let wide = |c| match c {
        '*' => '＊',
        '_' => '＿',
        '~' => '～',
        '`' => '｀',
        '#' => '＃',
        '[' => '［',
        ']' => '］',
        '<' => '＜',
        '>' => '＞',
        '@' => '＠',
        '\\' => '＼',
        c => c,
    };
    let quiet: String = text.chars().map(wide).collect();
    let quiet = quiet.replace("://", "：//");
    quiet.replace("www.", "www．").replace("WWW.", "WWW．")
}

#[cfg(test)]
mod tests {
    use super::super::suite::notice;
    use super::*;

    const BASE: &str = "https://seawall.example.com";
    const LINK: &str = "https://seawall.example.com/a/v1.x_y-z.Q";

    fn letter(text: &str) -> Letter {
        Letter::of(&Notice { text: text.to_owned(), ..notice("n1") }, BASE)
    }

    #[test]
    fn our_links_are_told_from_others() {
        let of = |text: &str| letter(text).links().into_iter().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(of(&format!("Answer\n{LINK}\n{LINK} then {LINK}2)")), [LINK.to_owned(), format!("{LINK}2")]);
        assert_eq!(of(&format!("https://evil.example/?u={LINK}")), [""; 0]);
        assert_eq!(of("https://seawall.example.com.evil.example/a"), [""; 0]);
        assert_eq!(of("见：https://seawall.example.com/a/1。"), ["https://seawall.example.com/a/1"]);
        let letter = letter("");
        assert_eq!(letter.pieces(&format!("a {LINK} b")), [Piece::Words("a "), Piece::Link(LINK), Piece::Words(" b")]);
    }

    #[test]
    fn what_is_cut_says_so_and_keeps_deadline_and_link() {
        let text = format!("{}\n{LINK}\nend", "台风 storm ".repeat(3000));
        let letter = letter(&text);
        for max in [300, 301, 302, 303, 1000, 2048] {
            let cut = letter.fit(max, str::len);
            assert!(cut.len() <= max && cut.len() > max - 60, "{max}: {}", cut.len());
            assert!(cut.contains("【此处截断，略去"), "{cut}");
            assert!(cut.contains("最迟开始时间：2004-08-11 04:00（UTC）") && cut.ends_with(LINK), "{cut}");
        }
        let early = Letter::of(&Notice { text: format!("{LINK}\n{text}"), ..notice("n1") }, BASE);
        let cut = early.fit(400, str::len);
        assert_eq!(cut.matches(LINK).count(), 1, "a link that is there already is not told again: {cut}");
        assert_eq!(letter.fit(1 << 20, str::len), text.trim_end());
    }

    #[test]
    fn a_cut_never_falls_into_a_link() {
        let letter = letter(&format!("x {LINK} {}", "y".repeat(500)));
        for max in 110..200 {
            let cut = letter.fit(max, str::len);
            assert!(cut.contains(LINK) && cut.matches("https").count() == 1, "{max}: {cut}");
        }
    }

    #[test]
    fn hidden_and_steering_characters_are_gone() {
        assert_eq!(clean("a\u{202e}b\u{0}c\r\nd\re\tf\u{200b}g\u{2028}h\u{1b}[0m"), "abc\nd\ne fg\nh[0m");
    }

    #[test]
    fn nothing_is_markup() {
        let quiet =
            quiet("<!channel> @all <at user_id=\"all\"> [x](https://evil.example) **b** `c` www.evil.example # \\");
        for markup in ["<", ">", "@", "[", "]", "*", "`", "://", "www.", "#", "\\"] {
            assert!(!quiet.contains(markup), "{markup} in {quiet}");
        }
    }
}
