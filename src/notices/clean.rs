//! Words from outside, made safe to print: no control or direction characters, no overlong names; and
//! lines folded by the columns that they take, for Chinese takes two a character.

/// The longest name of a site, dealer, person or storm that a mail shows, in characters.
pub(super) const NAME_MAX: usize = 60;
/// The longest note or sentence of an agency that a mail shows, in characters.
pub(super) const NOTE_MAX: usize = 280;

/// Characters that may not stand at the start of a line in Chinese.
const NOT_FIRST: &str = "，。、；：？！）」』”》…—";
/// Characters that may not stand at the end of a line in Chinese.
const NOT_LAST: &str = "（「『“《";

/// The text on one line, without characters that hide, reorder or break, cut to `max` characters.
pub(super) fn clean(text: &str, max: usize) -> String {
    let mut out = String::new();
    let (mut count, mut gap) = (0, false);
    for c in text.chars() {
        if c.is_whitespace() {
            gap = true;
        } else if !hides(c) {
            if gap && count > 0 {
                out.push(' ');
                count += 1;
            }
            gap = false;
            if count >= max {
                out.truncate(out.trim_end().len());
                out.push('…');
                return out;
            }
            out.push(c);
            count += 1;
        }
    }
    out
}

/// A name of a site, dealer, person or storm.
pub(super) fn name(text: &str) -> String {
    clean(text, NAME_MAX)
}

/// Folds a text to `width` columns; lines after the first begin with `indent` blanks. A word longer
/// than a line (a link) is not broken.
pub(super) fn fold(text: &str, width: usize, indent: usize) -> String {
    fold_from(text, 0, width, indent)
}

/// The same for a text that begins at column `start` of its first line.
pub(super) fn fold_from(text: &str, start: usize, width: usize, indent: usize) -> String {
    let mut out = String::new();
    for (index, line) in text.lines().enumerate() {
        if index > 0 {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
        }
        let mut column = if index > 0 { indent } else { start };
        let mut is_fresh = true;
        for (atom, space) in atoms(line) {
            let size = columns(&atom);
            if !is_fresh && column + usize::from(space) + size > width {
                out.push('\n');
                out.push_str(&" ".repeat(indent));
                column = indent;
            } else if space && !is_fresh {
                out.push(' ');
                column += 1;
            }
            out.push_str(&atom);
            column += size;
            is_fresh = false;
        }
    }
    out
}

/// The text with blanks after it up to `width` columns.
pub(super) fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

/// How many columns a text takes in a fixed-width font.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { usize::from(!is_mark(c)) }).sum()
}

/// Pieces that stay together, each with whether a blank stood before it.
fn atoms(line: &str) -> Vec<(String, bool)> {
    let mut atoms: Vec<(String, bool)> = Vec::new();
    let (mut space, mut glue) = (false, false);
    let mut last: Option<char> = None;
    for c in line.chars() {
        if c == ' ' {
            space = true;
            continue;
        }
        // A Chinese opening quote is one column wide, yet a line may break before it.
        let opens = NOT_LAST.contains(c) && last.is_some_and(is_wide);
        let breaks = space || opens || last.is_none_or(|l| is_wide(l) || is_wide(c));
        let stays = !space && ((NOT_FIRST.contains(c) && !NOT_LAST.contains(c)) || glue);
        match atoms.last_mut() {
            Some((atom, _)) if !breaks || stays => atom.push(c),
            _ => atoms.push((c.to_string(), space)),
        }
        glue = NOT_LAST.contains(c);
        space = false;
        last = Some(c);
    }
    atoms
}

fn is_wide(c: char) -> bool {
    matches!(u32::from(c), 0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF
        | 0xFE30..=0xFE6F | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 | 0x1F300..=0x1FAFF | 0x20000..=0x3FFFD)
}

fn is_mark(c: char) -> bool {
    matches!(u32::from(c), 0x0300..=0x036F | 0x20D0..=0x20FF | 0xFE00..=0xFE0F | 0xFE20..=0xFE2F)
}

/// Controls, soft hyphens, zero-width and direction characters, tags.
fn hides(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c), 0x00AD | 0x034F | 0x061C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F
            | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB
            | 0xE0000..=0xE0FFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_or_breaks_is_gone() {
        assert_eq!(clean("  a\r\nb\u{2028}c\u{0007}\u{202E}d\u{200B} ", 60), "a b cd");
        assert_eq!(clean("\u{2066}\u{0}", 60), "");
        assert_eq!(clean("abcdef", 3), "abc…");
        assert_eq!(clean("ab cdef", 3), "ab…");
        assert_eq!(clean("abc", 3), "abc");
    }

    #[test]
    fn lines_fold_by_columns() {
        assert_eq!(fold("one two three", 8, 2), "one two\n  three");
        assert_eq!(fold("https://example.org/abcdefgh x", 8, 0), "https://example.org/abcdefgh\nx");
        assert_eq!(fold("台风来了，快走。", 8, 0), "台风来\n了，快\n走。");
        assert_eq!(fold("去“台州”吧", 4, 0), "去\n“台\n州”\n吧");
        assert_eq!(fold("", 8, 0), "");
        assert_eq!(columns("台a"), 3);
        assert_eq!(pad("台", 4), "台  ");
    }
}
