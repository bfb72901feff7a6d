//! Positions as NHC's texts write them: `28.3N  94.7W`, `28.3N/94.7W`, `14.7 NORTE 82.0 OESTE`, and sea points such as
//! `20N 120W` or, in tenths, `290N 850W`.

use super::plain::Word;
use crate::domain::Position;

/// The position that begins at a word, and the word after it. Words in capitals.
pub(crate) fn at(words: &[Word<'_>], at: usize) -> Option<(Position, usize)> {
    let word = |at: usize| words.get(at).map_or("", |word| word.text);
    if let Some((lat, lon)) = word(at).split_once('/') {
        return Some((position(degrees(lat, 'N', 'S')?, degrees(lon, 'E', 'W')?)?, at + 1));
    }
    if let (Some(lat), Some(lon)) = (degrees(word(at), 'N', 'S'), degrees(word(at + 1), 'E', 'W')) {
        return Some((position(lat, lon)?, at + 2));
    }
    let lat: f64 = word(at).parse().ok()?;
    let lon: f64 = word(at + 2).parse().ok()?;
    let lat = match word(at + 1) {
        "N" | "NORTH" | "NORTE" => lat,
        "S" | "SOUTH" | "SUR" => -lat,
        _ => return None,
    };
    let lon = match word(at + 3) {
        "E" | "EAST" | "ESTE" => lon,
        "W" | "WEST" | "OESTE" => -lon,
        _ => return None,
    };
    Some((position(lat, lon)?, at + 4))
}

/// `28.3N` is 28.3, `94.7W` −94.7.
pub(crate) fn degrees(word: &str, positive: char, negative: char) -> Option<f64> {
    let (digits, sign) = match (word.strip_suffix(positive), word.strip_suffix(negative)) {
        (Some(digits), _) => (digits, 1.0),
        (_, Some(digits)) => (digits, -1.0),
        _ => return None,
    };
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    digits.parse::<f64>().ok().filter(|value| is_number && value.is_finite()).map(|value| sign * value)
}

fn position(lat: f64, lon: f64) -> Option<Position> {
    Position::lat_lon(lat, lon).ok()
}

/// The position in a place's own name: whole degrees, or tenths when the latitude has three digits.
pub(crate) fn of_sea_point(name: &str) -> Option<Position> {
    let (before, lon) = name.rsplit_once(' ')?;
    let lat = before.rsplit(' ').next()?;
    let is_whole = |word: &str| word.len() > 1 && word.bytes().rev().skip(1).all(|byte| byte.is_ascii_digit());
    if !is_whole(lat) || !is_whole(lon) {
        return None;
    }
    let scale = if lat.len() == 4 { 10.0 } else { 1.0 };
    position(degrees(lat, 'N', 'S')? / scale, degrees(lon, 'E', 'W')? / scale)
}

#[cfg(test)]
mod tests {
    use super::super::plain::words;
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(f64, f64)>) {
        let read = at(&words(text), 0).map(|(position, _)| (position.lat(), position.lon()));
        assert_eq!(read, expected, "{text}");
    }

    #[test]
    fn positions() {
        check("28.3N  94.7W", Some((28.3, -94.7)));
        check("28.3N/94.7W", Some((28.3, -94.7)));
        check("14.7 NORTE 82.0 OESTE", Some((14.7, -82.0)));
        check("12.5 SOUTH 170.1 EAST", Some((-12.5, 170.1)));
        for text in ["", "28.3N", "128.3N 94.7W", "28.3W 94.7N", "infN nanW", "1e1N 2W"] {
            check(text, None);
        }
    }

    #[test]
    fn sea_points() {
        let read = |name| of_sea_point(name).map(|position| (position.lat(), position.lon()));
        assert_eq!(read("20N 120W"), Some((20.0, -120.0)));
        assert_eq!(read("GFMX 290N 850W"), Some((29.0, -85.0)));
        assert_eq!(read("275N 1550W"), Some((27.5, -155.0)));
        assert_eq!(read("5N 165E"), Some((5.0, 165.0)));
        for name in ["NEW ORLEANS LA", "N W", "20N", "BUOY 51002", "É É"] {
            assert_eq!(read(name), None, "{name}");
        }
    }
}
