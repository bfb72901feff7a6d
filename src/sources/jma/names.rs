//! What JMA calls a storm: its numbers, and the classes of its strength.

use crate::domain::HazardText;

/// Hours ahead from which a time is a forecast; JMA's estimate of the next hour is none.
pub(super) const FORECAST_FROM_H: i32 = 2;

/// The international number `YYYYNN` of the four digits that JMA writes: `2628` is the twenty-eighth of 2026. Years
/// before 51 are of this century (the best tracks begin in 1951). A letter is a depression without a number.
pub(in crate::sources) fn international_number(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() != 4 || !text.bytes().all(|byte| byte.is_ascii_digit()) || text.ends_with("00") {
        return None;
    }
    let century = if text.get(..2)? >= "51" { "19" } else { "20" };
    Some(format!("{century}{text}"))
}

/// The full year of two digits, by the same rule.
pub(in crate::sources) fn full_year(two_digits: i16) -> i16 {
    if two_digits >= 51 { 1900 + two_digits } else { 2000 + two_digits }
}

/// The key of a storm by JMA's own number of it (`TC2624`), which it bears from its time as a depression.
pub(super) fn key_of(tc: &str) -> Option<String> {
    let is_word = !tc.is_empty() && tc.len() <= 32 && tc.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_word.then(|| format!("jma:{tc}"))
}

/// A class in English, by its letters, as RSMC Tokyo writes them out in its advisories.
pub(super) fn class_in_english(letters: &str) -> Option<&'static str> {
    Some(match letters.trim() {
        "TD" => "Tropical Depression",
        "TS" => "Tropical Storm",
        "STS" => "Severe Tropical Storm",
        "TY" => "Typhoon",
        "L" | "LOW" | "Low" => "Extratropical Low",
        _ => return None,
    })
}

/// The agency's words on a storm: its class in Japanese and English; a remark; where it is.
pub(super) fn texts(
    class: Option<&str>,
    letters: Option<&str>,
    remark: Option<&str>,
    place: Option<&str>,
) -> Vec<HazardText> {
    let known =
        |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty() && *text != "-").map(str::to_owned);
    let mut texts = Vec::new();
    if let Some(event) = known(class) {
        let (headline, description) = (known(remark), known(place));
        texts.push(HazardText { lang: "ja".to_owned(), event, headline, description, instruction: None });
    }
    if let Some(event) = letters.and_then(class_in_english) {
        texts.push(HazardText { lang: "en".to_owned(), event: event.to_owned(), ..HazardText::default() });
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (text, expected) in [("2628", Some("202628")), ("5101", Some("195101")), ("5016", Some("205016"))] {
            assert_eq!(international_number(text).as_deref(), expected);
        }
        for text in ["b", "", "11", "2600", "TC2628", "２６２８"] {
            assert_eq!(international_number(text), None, "{text}");
        }
        assert_eq!((full_year(4), full_year(50), full_year(51), full_year(99)), (2004, 2050, 1951, 1999));
    }

    #[test]
    fn keys() {
        assert_eq!(key_of("TC2624").as_deref(), Some("jma:TC2624"));
        for text in ["", "../TC2624", "TC 2624"] {
            assert_eq!(key_of(text), None, "{text}");
        }
    }

    #[test]
    fn words() {
        let both = texts(Some("台風"), Some("STS"), Some(" "), Some("-"));
        assert_eq!((both.len(), both[1].event.as_str()), (2, "Severe Tropical Storm"));
        assert_eq!((&both[0].headline, &both[0].description), (&None, &None));
        assert!(texts(None, Some("?"), None, None).is_empty());
    }
}
