//! JSON from outside, read into typed structures whose leaves never fail: an agency that writes a number as a
//! string, `null`, `""` or something else altogether loses that value alone, not the document.
//!
//! Give every field `#[serde(default)]` and one of these leaves; then only text that is no JSON is fatal.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::domain::{Fault, Place};

/// What a leaf does with `null`, arrays and objects: they are not known.
macro_rules! leaf_that_never_fails {
    ($leaf:ty) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("anything")
        }
        fn visit_unit<E>(self) -> Result<$leaf, E> {
            Ok(Default::default())
        }
        fn visit_none<E>(self) -> Result<$leaf, E> {
            Ok(Default::default())
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<$leaf, A::Error> {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            Ok(Default::default())
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<$leaf, A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok(Default::default())
        }
    };
}

/// What a branch does with numbers, texts, truths and `null`: there is nothing in them.
macro_rules! scalars_are_nothing {
    ($branch:ty) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("anything")
        }
        fn visit_unit<E>(self) -> Result<$branch, E> {
            Ok(Default::default())
        }
        fn visit_none<E>(self) -> Result<$branch, E> {
            Ok(Default::default())
        }
        fn visit_bool<E>(self, _: bool) -> Result<$branch, E> {
            Ok(Default::default())
        }
        fn visit_f64<E>(self, _: f64) -> Result<$branch, E> {
            Ok(Default::default())
        }
        fn visit_i64<E>(self, _: i64) -> Result<$branch, E> {
            Ok(Default::default())
        }
        fn visit_u64<E>(self, _: u64) -> Result<$branch, E> {
            Ok(Default::default())
        }
        fn visit_str<E>(self, _: &str) -> Result<$branch, E> {
            Ok(Default::default())
        }
    };
}

/// How much of a document is looked at to recognise it.
const HEAD_BYTES: usize = 4_096;

/// The document as `T`, or the fatal fault that says where it breaks off. `serde_json` bounds the depth (128).
pub(crate) fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Fault> {
    serde_json::from_str(without_padding(text)).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let place = Place::at(u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX));
        let message = error.to_string();
        let what = message.split(" at line ").next().unwrap_or_default();
        Fault::fatal(place, format!("not readable JSON: {what}"))
            .hint("fetch it again; if it stays so, tell the agency")
    })
}

/// JSON out of a JSONP answer: `callback({…})`, with one pair of parentheses or more, with `;` or without.
/// What has no such wrapper comes back as it is, without the padding around it.
pub(crate) fn without_padding(text: &str) -> &str {
    let text = text.trim().trim_start_matches('\u{FEFF}').trim_start();
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '.');
    let rest = text.trim_start_matches(is_name);
    if !rest.starts_with('(') {
        return text;
    }
    let inner = rest.trim_start_matches(['(', ' ', '\r', '\n', '\t']);
    inner.trim_end_matches([')', ';', ' ', '\r', '\n', '\t'])
}

/// True when the document begins as JSON (or JSONP) and its head names every one of these keys.
pub(crate) fn has_keys(body: &[u8], keys: &[&str]) -> bool {
    let head = head(body);
    without_padding(&head).starts_with(['{', '[']) && keys.iter().all(|key| names_key(&head, key))
}

/// The first few kilobytes as text.
pub(crate) fn head(body: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(body.get(..HEAD_BYTES).unwrap_or(body))
}

fn names_key(head: &str, key: &str) -> bool {
    head.match_indices(key).any(|(at, _)| {
        let before = head.get(..at).and_then(|before| before.chars().next_back());
        let after = head.get(at + key.len()..).and_then(|after| after.strip_prefix('"')).map(str::trim_start);
        before == Some('"') && after.is_some_and(|after| after.starts_with(':'))
    })
}

/// A number, written as one or as a string; anything else is not known. Never NaN or infinite.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Num(pub(crate) Option<f64>);

impl Num {
    /// The number when it lies within a range.
    pub(crate) fn within(self, least: f64, most: f64) -> Option<f64> {
        self.0.filter(|value| (least..=most).contains(value))
    }
}

impl<'de> Deserialize<'de> for Num {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Leaf;
        impl<'de> Visitor<'de> for Leaf {
            type Value = Num;
            leaf_that_never_fails!(Num);
            fn visit_f64<E>(self, value: f64) -> Result<Num, E> {
                Ok(Num(Some(value).filter(|value| value.is_finite())))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Num, E> {
                Ok(Num(Some(value as f64)))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Num, E> {
                Ok(Num(Some(value as f64)))
            }
            fn visit_bool<E>(self, _: bool) -> Result<Num, E> {
                Ok(Num(None))
            }
            fn visit_str<E>(self, value: &str) -> Result<Num, E> {
                Ok(Num(value.trim().parse().ok().filter(|value: &f64| value.is_finite())))
            }
        }
        deserializer.deserialize_any(Leaf)
    }
}

/// A text, or a number or truth as it is written; blank and anything else is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Text<'a>(pub(crate) Option<Cow<'a, str>>);

impl Text<'_> {
    /// The text, trimmed; `None` when blank.
    pub(crate) fn get(&self) -> Option<&str> {
        self.0.as_deref().map(str::trim).filter(|text| !text.is_empty())
    }

    /// The text as its own, trimmed; `None` when blank.
    pub(crate) fn owned(&self) -> Option<String> {
        self.get().map(str::to_owned)
    }

    /// True for `true`, `"true"`, `"True"`, `1`.
    pub(crate) fn is_true(&self) -> bool {
        self.get().is_some_and(|text| text.eq_ignore_ascii_case("true") || text == "1")
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Leaf;
        impl<'de> Visitor<'de> for Leaf {
            type Value = Text<'de>;
            leaf_that_never_fails!(Text<'de>);
            fn visit_f64<E>(self, value: f64) -> Result<Text<'de>, E> {
                Ok(Text(Some(value.to_string().into())))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Text<'de>, E> {
                Ok(Text(Some(value.to_string().into())))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Text<'de>, E> {
                Ok(Text(Some(value.to_string().into())))
            }
            fn visit_bool<E>(self, value: bool) -> Result<Text<'de>, E> {
                Ok(Text(Some(if value { "true" } else { "false" }.into())))
            }
            fn visit_str<E>(self, value: &str) -> Result<Text<'de>, E> {
                Ok(Text(Some(value.to_owned().into())))
            }
            fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Some(value.into())))
            }
        }
        deserializer.deserialize_any(Leaf)
    }
}

/// A structure, or `None` where something else stands in its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Maybe<T>(pub(crate) Option<T>);

impl<T> Default for Maybe<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Maybe<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Branch<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Branch<T> {
            type Value = Maybe<T>;
            scalars_are_nothing!(Maybe<T>);
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Maybe<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(|value| Maybe(Some(value)))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Maybe<T>, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Maybe(None))
            }
        }
        deserializer.deserialize_any(Branch(PhantomData))
    }
}

/// An array of structures; a lone structure is an array of one. What is no structure is counted and passed over.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct List<T> {
    /// The structures with their place in the array, from 0.
    pub(crate) items: Vec<(usize, T)>,
    /// How many elements were none.
    pub(crate) odd: usize,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { items: Vec::new(), odd: 0 }
    }
}

impl<T> List<T> {
    /// The structures.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.items.iter().map(|(_, item)| item)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Branch<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Branch<T> {
            type Value = List<T>;
            scalars_are_nothing!(List<T>);
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<List<T>, A::Error> {
                let item = T::deserialize(MapAccessDeserializer::new(map))?;
                Ok(List { items: vec![(0, item)], odd: 0 })
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<T>, A::Error> {
                let mut list = List::default();
                let mut at = 0;
                while let Some(Maybe(item)) = seq.next_element::<Maybe<T>>()? {
                    match item {
                        Some(item) => list.items.push((at, item)),
                        None => list.odd += 1,
                    }
                    at += 1;
                }
                Ok(list)
            }
        }
        deserializer.deserialize_any(Branch(PhantomData))
    }
}

/// An array of leaves (numbers, texts, arrays of them); a lone one is an array of one, anything else is empty.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row<T>(pub(crate) Vec<T>);

impl<T> Default for Row<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Row<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Branch<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Branch<T> {
            type Value = Row<T>;
            scalars_are_nothing!(Row<T>);
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Row<T>, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(Row)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row<T>, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Row(Vec::new()))
            }
        }
        deserializer.deserialize_any(Branch(PhantomData))
    }
}

/// What is told by its place in an array, as in `[3304099, "SAUDEL", …]`.
pub(crate) trait Positional<'de>: Sized {
    /// Reads what it knows, place after place (see [`next`]); the rest is passed over.
    fn read<A: SeqAccess<'de>>(places: &mut A) -> Result<Self, A::Error>;
}

/// The next place of an array; nothing beyond its end.
pub(crate) fn next<'de, T: Deserialize<'de> + Default, A: SeqAccess<'de>>(places: &mut A) -> Result<T, A::Error> {
    Ok(places.next_element()?.unwrap_or_default())
}

/// An array read by its places, or `None` where something else stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Placed<T>(pub(crate) Option<T>);

impl<T> Default for Placed<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Positional<'de>> Deserialize<'de> for Placed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Branch<T>(PhantomData<T>);
        impl<'de, T: Positional<'de>> Visitor<'de> for Branch<T> {
            type Value = Placed<T>;
            scalars_are_nothing!(Placed<T>);
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Placed<T>, A::Error> {
                let read = T::read(&mut seq)?;
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Placed(Some(read)))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Placed<T>, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Placed(None))
            }
        }
        deserializer.deserialize_any(Branch(PhantomData))
    }
}

/// An object whose names are data: each with its value, in order. Anything else is empty.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Dict<T>(pub(crate) Vec<(String, T)>);

impl<T> Default for Dict<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Dict<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Branch<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Branch<T> {
            type Value = Dict<T>;
            scalars_are_nothing!(Dict<T>);
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Dict<T>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Dict(entries))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Dict<T>, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Dict(Vec::new()))
            }
        }
        deserializer.deserialize_any(Branch(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Storm<'a> {
        #[serde(borrow)]
        name: Text<'a>,
        wind: Num,
        fixes: List<Point>,
        radii: Row<Num>,
        inner: Maybe<Point>,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Point {
        lat: Num,
    }

    fn storm(text: &str) -> Storm<'_> {
        parse(text).unwrap()
    }

    #[test]
    fn numbers_and_texts_in_any_dress() {
        for (text, wind) in
            [("33", Some(33.0)), ("\"33\"", Some(33.0)), ("\" 33.5 \"", Some(33.5)), ("null", None), ("\"\"", None)]
        {
            assert_eq!(storm(&format!("{{\"wind\":{text}}}")).wind.0, wind, "{text}");
        }
        for text in ["[1,2]", "{\"a\":1}", "true", "\"1e999\"", "\"NaN\""] {
            assert_eq!(storm(&format!("{{\"wind\":{text},\"name\":\"x\"}}")).wind.0, None, "{text}");
        }
        assert_eq!(storm("{\"name\":2628}").name.get(), Some("2628"));
        assert_eq!(storm("{\"name\":\"小熊\\n\"}").name.get(), Some("小熊"));
        assert_eq!(storm("{\"name\":[]}").name.get(), None);
    }

    #[test]
    fn odd_branches_lose_themselves_alone() {
        let read = storm("{\"fixes\":[{\"lat\":1},7,null,{\"lat\":\"2\"}],\"inner\":[],\"radii\":\"x\"}");
        let lats: Vec<_> = read.fixes.items.iter().map(|(at, point)| (*at, point.lat.0)).collect();
        assert_eq!((lats, read.fixes.odd), (vec![(0, Some(1.0)), (3, Some(2.0))], 2));
        assert!(read.inner.0.is_none() && read.radii.0.is_empty());
        assert_eq!(storm("{\"fixes\":{\"lat\":5}}").fixes.items.len(), 1);
        assert_eq!(storm("{\"inner\":{\"lat\":5}}").inner.0.unwrap().lat.0, Some(5.0));
        assert_eq!(storm("{\"radii\":[1,\"2\",null]}").radii.0, [Num(Some(1.0)), Num(Some(2.0)), Num(None)]);
    }

    #[test]
    fn padding_is_taken_off() {
        for text in ["{\"a\":1}", "cb({\"a\":1})", "cb(({\"a\":1}));", " \u{FEFF}a.b_c( {\"a\":1} ) ;\n"] {
            assert_eq!(without_padding(text), "{\"a\":1}", "{text}");
        }
        assert!(has_keys(b"cb(({\"typhoonList\" : []}))", &["typhoonList"]));
        assert!(!has_keys(b"{\"a\":\"typhoonList\"}", &["typhoonList"]));
    }

    #[test]
    fn what_is_no_json_says_where() {
        let fault = parse::<Storm<'_>>("{\"name\":\n  oops}").unwrap_err();
        assert!(fault.is_fatal && fault.place.line == Some(2), "{fault:?}");
    }
}
