//! When two names mean one storm: spellings, hyphens, names cut off, other scripts.

/// The shortest name in which one letter may differ; `NARI` and `NABI` were two storms.
const LETTERS_TO_ERR: usize = 6;
/// A deck's name field holds ten characters.
const CUT_OFF_AT: usize = 10;
/// A name of fewer characters is found in running text too easily: two for scripts that set no blanks.
const LETTERS_TO_FIND: usize = 4;

/// A name as it is compared: letters alone, in capitals. `None` when nothing is left of it, and for a number (`17W`).
///
/// ```text
/// plain("Chan-hom") == "CHANHOM"; plain("小熊\n") == "小熊"
/// ```
pub(super) fn plain(name: &str) -> Option<String> {
    let letters: String = name.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_uppercase).collect();
    let is_number = name.chars().any(|c| c.is_ascii_digit());
    (letters.chars().count() >= 2 && !is_number).then_some(letters)
}

/// True when two plain names may be spellings of one: equal, one cut off, or one letter apart in a long one.
pub(super) fn is_same(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if short.chars().count() + 1 >= CUT_OFF_AT && long.starts_with(short) {
        return true;
    }
    short.is_ascii() && short.len() >= LETTERS_TO_ERR && is_one_letter_apart(short.as_bytes(), long.as_bytes())
}

/// One letter put in, left out or changed.
fn is_one_letter_apart(short: &[u8], long: &[u8]) -> bool {
    let same = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    let (short, long) = (short.get(same..).unwrap_or_default(), long.get(same..).unwrap_or_default());
    let after = |letters: &[u8]| letters.get(1..).unwrap_or_default().to_vec();
    match long.len() - short.len() {
        0 => after(short) == after(long),
        1 => short == after(long),
        _ => false,
    }
}

/// True when a text speaks of a storm by this plain name: as a whole word, or anywhere in a script without blanks.
pub(super) fn is_named_in(name: &str, text: &str) -> bool {
    if !name.is_ascii() {
        return name.chars().count() >= 2 && text.contains(name);
    }
    let words = text.split(|c: char| !c.is_alphabetic() && c != '-').filter_map(plain);
    name.len() >= LETTERS_TO_FIND && words.into_iter().any(|word| word == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(a: &str, b: &str, expected: bool) {
        let (a, b) = (plain(a).unwrap(), plain(b).unwrap());
        assert_eq!((is_same(&a, &b), is_same(&b, &a)), (expected, expected), "{a} {b}");
    }

    #[test]
    fn spellings() {
        check("CHAN-HOM", "Chanhom", true);
        check("YUN-YEUNG", "YUNYEUNG", true);
        check("KAJIKI", "KAJIKKI", true);
        check("RANANIM", "RANANIN", true);
        check("BAVIPHANTOM", "BAVIPHANTO", true);
        check("小熊\n", "小熊", true);
    }

    #[test]
    fn two_storms() {
        check("NARI", "NABI", false);
        check("KONG-REY", "KROSA", false);
        check("MALAKAS", "MEGI", false);
        check("小熊", "云娜", false);
        assert_eq!((plain("12"), plain("17W")), (None, None));
    }

    #[test]
    fn names_in_texts() {
        for (name, text, expected) in [
            ("RANANIM", "Typhoon Rananim is approaching", true),
            ("CHANHOM", "typhoon CHAN-HOM, 980 hPa", true),
            ("ANA", "TROPICAL STORM ANA", false),
            ("RANANIM", "Rananims", false),
            ("云娜", "台风“云娜”逼近", true),
        ] {
            assert_eq!(is_named_in(name, text), expected, "{name} in {text}");
        }
    }
}
