//! What JMA writes now as a text and now as an object: `"title"` or `{"jp": …, "en": …}`, `"2026-…"` or
//! `{"JST": …, "UTC": …}`.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{BorrowedStrDeserializer, MapAccessDeserializer};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::domain::{Position, Timestamp};
use crate::sources::formats::dates;
use crate::sources::formats::json::{Num, Row, Text};

/// A text, or an object of `T`; anything else is neither.
#[derive(Debug, Clone, Default)]
pub(super) struct TextOr<'a, T> {
    pub(super) text: Text<'a>,
    pub(super) object: Option<T>,
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for TextOr<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Either(PhantomData)).map(|(text, object)| Self { text, object })
    }
}

struct Either<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Either<T> {
    type Value = (Text<'de>, Option<T>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok((Text::default(), None))
    }
    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok((Text::default(), None))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok((Text(Some(value.to_string().into())), None))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok((Text(Some(value.to_string().into())), None))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok((Text(Some(value.to_string().into())), None))
    }
    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok((Text(Some(value.to_owned().into())), None))
    }
    fn visit_borrowed_str<E: serde::de::Error>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok((Text::deserialize(BorrowedStrDeserializer::new(value))?, None))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok((Text::default(), None))
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Ok((Text::default(), Some(T::deserialize(MapAccessDeserializer::new(map))?)))
    }
}

/// A word in two languages; a bare text is Japanese.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct TwoTongues<'a> {
    #[serde(borrow)]
    jp: Text<'a>,
    #[serde(borrow)]
    en: Text<'a>,
}

/// A word as a text or in two languages.
pub(super) type Words<'a> = TextOr<'a, TwoTongues<'a>>;

impl Words<'_> {
    pub(super) fn japanese(&self) -> Option<&str> {
        self.text.get().or_else(|| self.object.as_ref()?.jp.get())
    }

    pub(super) fn english(&self) -> Option<&str> {
        self.object.as_ref()?.en.get()
    }
}

/// One instant on two clocks.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct TwoClocks<'a> {
    #[serde(borrow, rename = "UTC")]
    utc: Text<'a>,
    #[serde(borrow, rename = "JST")]
    jst: Text<'a>,
}

/// An instant as a text or on two clocks; each text bears its offset.
pub(super) type Moment<'a> = TextOr<'a, TwoClocks<'a>>;

impl Moment<'_> {
    pub(super) fn instant(&self) -> Option<Timestamp> {
        let clocks = self.object.as_ref();
        let texts = [self.text.get(), clocks.and_then(|both| both.utc.get()), clocks.and_then(|both| both.jst.get())];
        texts.into_iter().flatten().find_map(dates::rfc_3339).map(dates::When::instant)
    }
}

/// A stretch of a circle: `[[lat, lon], metres, [from, to]]`.
#[derive(Debug, Clone, Default)]
pub(super) struct Arc {
    pub(super) centre: Row<Num>,
    pub(super) radius_m: Num,
}

impl<'de> Deserialize<'de> for Arc {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Row(stretch) = Row::<Piece>::deserialize(deserializer)?;
        let mut pieces = stretch.into_iter();
        let centre = pieces.next().map(|piece| piece.row).unwrap_or_default();
        Ok(Self { centre, radius_m: pieces.next().map(|piece| piece.number).unwrap_or_default() })
    }
}

/// A number, or an array of numbers.
#[derive(Default)]
struct Piece {
    number: Num,
    row: Row<Num>,
}

impl<'de> Deserialize<'de> for Piece {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Leaf;
        impl<'de> Visitor<'de> for Leaf {
            type Value = Piece;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }
            fn visit_unit<E>(self) -> Result<Piece, E> {
                Ok(Piece::default())
            }
            fn visit_bool<E>(self, _: bool) -> Result<Piece, E> {
                Ok(Piece::default())
            }
            fn visit_f64<E>(self, value: f64) -> Result<Piece, E> {
                Ok(Piece { number: Num(Some(value).filter(|value| value.is_finite())), ..Piece::default() })
            }
            fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Piece, E> {
                self.visit_f64(value as f64)
            }
            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Piece, E> {
                self.visit_f64(value as f64)
            }
            fn visit_str<E>(self, value: &str) -> Result<Piece, E> {
                Ok(Piece {
                    number: Num(value.trim().parse().ok().filter(|value: &f64| value.is_finite())),
                    ..Piece::default()
                })
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Piece, A::Error> {
                let row = Row::deserialize(serde::de::value::SeqAccessDeserializer::new(seq))?;
                Ok(Piece { row, ..Piece::default() })
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Piece, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Piece::default())
            }
        }
        deserializer.deserialize_any(Leaf)
    }
}

/// A position from `[lat, lon]`.
pub(super) fn position(row: &Row<Num>) -> Option<Position> {
    match row.0.as_slice() {
        [Num(Some(lat)), Num(Some(lon)), ..] => Position::lat_lon(*lat, *lon).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_or_two() {
        let words = |text| serde_json::from_str::<Words<'_>>(text).unwrap();
        assert_eq!(words("\"title\"").japanese(), Some("title"));
        let both = words("{\"jp\":\"実況\",\"en\":\"Analysis\",\"fr\":[1]}");
        assert_eq!((both.japanese(), both.english()), (Some("実況"), Some("Analysis")));
        for none in ["null", "true", "[[1]]", "{}"] {
            assert_eq!(words(none).japanese(), None, "{none}");
        }
        assert_eq!(words("7").japanese(), Some("7"));
    }

    #[test]
    fn arcs() {
        let arcs: Row<Arc> = serde_json::from_str("[[[24.5,141.2],\"185200\",[0,360]],[7],{},[[1,2],[3]]]").unwrap();
        let Row(arcs) = arcs;
        assert_eq!(arcs[0].radius_m, Num(Some(185_200.0)));
        assert_eq!(position(&arcs[0].centre), Position::lat_lon(24.5, 141.2).ok());
        assert!(arcs.iter().skip(1).all(|arc| arc.radius_m == Num(None)));
        assert_eq!(position(&arcs[1].centre), None);
    }

    #[test]
    fn an_instant_on_one_clock_or_two() {
        let instant = |text| serde_json::from_str::<Moment<'_>>(text).unwrap().instant();
        let expected = "2026-07-23T07:15:00Z".parse().ok();
        assert_eq!(instant("\"2026-07-23T16:15:00+09:00\""), expected);
        assert_eq!(instant("{\"JST\":\"2026-07-23T16:15:00+09:00\"}"), expected);
        assert_eq!(instant("{\"JST\":\"\",\"UTC\":\"2026-07-23T07:15:00Z\"}"), expected);
        assert_eq!(instant("{\"UTC\":\"soon\"}"), None);
    }
}
