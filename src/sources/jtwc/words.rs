//! The words of a bulletin. Lines are wrapped anywhere, and relays wrap them anew, so that nothing hangs on them.

use crate::domain::Position;

/// A text with single blanks between its words.
pub(super) fn flat(text: &str) -> String {
    let mut flat = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !flat.is_empty() {
            flat.push(' ');
        }
        flat.push_str(word);
    }
    flat
}

/// What follows a phrase, when it is there.
pub(super) fn after<'a>(text: &'a str, phrase: &str) -> Option<&'a str> {
    text.split_once(phrase).map(|(_, rest)| rest.trim_start())
}

/// The number that begins a text: `160 NM …`, `1009 MB`.
pub(super) fn number(text: &str) -> Option<f64> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    text.get(..end)?.trim_end_matches('.').parse().ok().filter(|number: &f64| number.is_finite())
}

/// The higher end of a range of knots such as `22 TO 27 KNOTS`: the agency's own estimate of what blows at most.
pub(super) fn knots_at_most(text: &str) -> Option<f64> {
    let mut words = text.split(' ');
    let first = number(words.next()?)?;
    let second = match (words.next(), words.next()) {
        (Some("TO"), Some(second)) => number(second),
        _ => None,
    };
    Some(first.max(second.unwrap_or(first))).filter(|knots| (1.0..=250.0).contains(knots))
}

/// A position that begins a text: `8.4N 114.0W, …`, `23N 126.7E`.
pub(super) fn position(text: &str) -> Option<Position> {
    let mut words = text.split([' ', '/', ',']).filter(|word| !word.is_empty());
    position_of(words.next()?, words.next()?)
}

/// A position of two words. Until about 2005 a check digit followed the letter, as in `11.6N8`.
pub(super) fn position_of(lat: &str, lon: &str) -> Option<Position> {
    Position::lat_lon(degrees(lat, 'N', 'S')?, degrees(lon, 'E', 'W')?).ok()
}

fn degrees(word: &str, plus: char, minus: char) -> Option<f64> {
    let word = word.trim_end_matches(['.', ',', ')', ';', '/']);
    let at = word.find([plus, minus])?;
    let (digits, rest) = word.split_at_checked(at)?;
    let sign = if rest.starts_with(plus) { 1.0 } else { -1.0 };
    let is_end = matches!(rest.len(), 1) || (rest.len() == 2 && rest.ends_with(|c: char| c.is_ascii_digit()));
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    digits.parse::<f64>().ok().filter(|_| is_end && is_number).map(|degrees| sign * degrees)
}

/// JTWC's number of a storm or disturbance, two digits and a letter, as a word of a text, with what follows it.
pub(super) fn storm_code(text: &str) -> Option<(&str, &str)> {
    let mut rest = text;
    loop {
        let start = rest.find(|c: char| c.is_ascii_alphanumeric())?;
        rest = rest.get(start..)?;
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (word, tail) = rest.split_at_checked(end)?;
        if is_storm_code(word) {
            return Some((word, tail));
        }
        rest = tail;
    }
}

/// True for `17W`, `01C`, `96B`; false for hours (`12Z`) and degrees (`23N`).
pub(super) fn is_storm_code(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.len() == 3
        && bytes.iter().take(2).all(u8::is_ascii_digit)
        && bytes.last().is_some_and(|letter| b"WCELABSPQX".contains(letter))
}

/// The name in parentheses that follows a storm's number; `None` for a spelled-out number and a place (`NW OF YAP`).
pub(super) fn name(after_code: &str) -> Option<String> {
    let name = after_code.trim_start().strip_prefix('(')?.split_once(')')?.0;
    crate::sources::formats::storm_key::real_name(name).filter(|name| !name.contains(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions() {
        let at = |lat, lon| Position::lat_lon(lat, lon).ok();
        assert_eq!(position("8.4N 114.0W, APPROXIMATELY"), at(8.4, -114.0));
        assert_eq!(position("23N 126.7E."), at(23.0, 126.7));
        assert_eq!(position("11.6N8 127.5E5"), at(11.6, 127.5));
        assert_eq!(position("15.1S/111.0E WITHIN"), at(-15.1, 111.0));
        for none in ["", "NEAR", "8.4N", "N W", "8.4N SOUTH", "98.4N 10.0E", "12.0NE 10.0E", "-8.4N 10.0E"] {
            assert_eq!(position(none), None, "{none}");
        }
    }

    #[test]
    fn numbers_and_ranges() {
        assert_eq!(number("160 NM"), Some(160.0));
        assert_eq!(number("1009."), Some(1009.0));
        assert_eq!(number("MB"), None);
        assert_eq!(knots_at_most("22 TO 27 KNOTS."), Some(27.0));
        assert_eq!(knots_at_most("22 TO 17 KNOTS"), Some(22.0));
        assert_eq!(knots_at_most("45 KNOTS"), Some(45.0));
        assert_eq!(knots_at_most("0 KNOTS"), None);
    }

    #[test]
    fn codes_and_names() {
        assert_eq!(storm_code("TYPHOON 17W (SAUDEL)"), Some(("17W", " (SAUDEL)")));
        assert_eq!(storm_code("AT 18Z NEAR 23N IN 1.A.(3)"), None);
        assert_eq!(name(" (SAUDEL) WARNING"), Some("SAUDEL".to_owned()));
        assert_eq!((name(" (SEVENTEEN)"), name(" (NW OF YAP)"), name(" WARNING (X)")), (None, None, None));
    }
}
