//! The letters that are built in: which there are, and how wide a text is.

use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Which letters the built-in font has; `tests/pictures/bake_font.py` makes both.
const LETTERS: &str = include_str!("../../data/fonts/noto-sans-sc.txt");

static KNOWN: LazyLock<BTreeSet<char>> = LazyLock::new(|| LETTERS.chars().collect());

/// True when every letter of a text is built in. A machine's own fonts are not asked, so that a picture is the same on
/// every machine.
pub fn can_write(text: &str) -> bool {
    text.chars().all(|c| KNOWN.contains(&c))
}

/// How wide a text is in units of its size: 1 for a Chinese character; for the others the font's own widths in groups,
/// rounded up.
pub(super) fn width(text: &str) -> f64 {
    let one = |c: char| match c {
        '\u{2E80}'.. => 1.0,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '→' | '▲' | '◆' | '●' | '○' => 0.92,
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '|' | '\'' => 0.3,
        ' ' => 0.23,
        'f' | 't' | 'r' | '-' | '(' | ')' | '/' => 0.4,
        'A'..='Z' => 0.68,
        _ => 0.57,
    };
    text.chars().map(one).sum()
}

/// The text cut to so many units, with an ellipsis.
pub(super) fn cut(text: &str, units: f64) -> String {
    if width(text) <= units {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in text.chars() {
        if width(&out) + width(c.encode_utf8(&mut [0; 4])) + 1.0 > units {
            break;
        }
        out.push(c);
    }
    format!("{}…", out.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_letters_are_built_in_and_others_are_known_to_be_not() {
        for text in ["台风“云娜”", "TZ-01 椒江海堤仓库", "Wed 11 Aug 14:00 (UTC−4)", "临海、温岭、衢州、瓯海", "93 %"]
        {
            assert!(can_write(text), "{text}");
        }
        for text in ["倉庫\u{1F4A7}", "ひらがな", "Київ", "\u{0}"] {
            assert!(!can_write(text), "{text}");
        }
    }

    #[test]
    fn long_names_are_cut() {
        assert_eq!(cut("TZ-01", 10.0), "TZ-01");
        assert_eq!(cut("椒江海堤仓库", 4.0), "椒江海…");
        assert!(width(&cut(&"abc ".repeat(30), 9.0)) <= 9.01);
    }
}
