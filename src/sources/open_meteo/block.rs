//! A block of an answer (`hourly`, `daily` …): a column of times, and one for each variable.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use serde::de::value::{BorrowedStrDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, Deserializer, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess, Visitor};

use crate::domain::{MS_PER_KNOT, NMI_KM, Timestamp};
use crate::sources::formats::dates;
use crate::sources::formats::json::{Num, Text};

/// The blocks in the order in which they are looked at, each with how its variables are named.
pub(super) const BLOCKS: [(&str, Kind); 4] =
    [("hourly", Kind::Step), ("minutely_15", Kind::Step), ("daily", Kind::Day), ("current", Kind::Step)];

/// International foot and inch, exactly; a statute mile is 5280 feet (NIST Special Publication 811, appendix B).
const M_PER_FOOT: f64 = 0.3048;
const MM_PER_INCH: f64 = 25.4;
const KM_PER_MILE: f64 = 1.609_344;

/// Whether a block tells of times or of whole days, whose variables have names of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Step,
    Day,
}

/// What a column tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantity {
    Wind,
    Gust,
    Direction,
    Rain,
    Wave,
}

/// The variables by the kind of block; names without the second `_` are those of before 2023.
const VARIABLES: [(Kind, &str, Quantity); 16] = [
    (Kind::Step, "wind_speed_10m", Quantity::Wind),
    (Kind::Step, "windspeed_10m", Quantity::Wind),
    (Kind::Step, "wind_gusts_10m", Quantity::Gust),
    (Kind::Step, "windgusts_10m", Quantity::Gust),
    (Kind::Step, "wind_direction_10m", Quantity::Direction),
    (Kind::Step, "winddirection_10m", Quantity::Direction),
    (Kind::Step, "precipitation", Quantity::Rain),
    (Kind::Step, "wave_height", Quantity::Wave),
    (Kind::Day, "wind_speed_10m_max", Quantity::Wind),
    (Kind::Day, "windspeed_10m_max", Quantity::Wind),
    (Kind::Day, "wind_gusts_10m_max", Quantity::Gust),
    (Kind::Day, "windgusts_10m_max", Quantity::Gust),
    (Kind::Day, "wind_direction_10m_dominant", Quantity::Direction),
    (Kind::Day, "winddirection_10m_dominant", Quantity::Direction),
    (Kind::Day, "precipitation_sum", Quantity::Rain),
    (Kind::Day, "wave_height_max", Quantity::Wave),
];

/// What may follow a variable's name and makes it another variable, not a model's.
const OTHER_VARIABLES: [&str; 6] = ["probability", "hours", "max", "min", "mean", "type"];

impl Quantity {
    /// What a variable of a block tells of, and by which model when its name says so: `wave_height_ecmwf_wam025`.
    pub(super) fn of(key: &str, kind: Kind) -> Option<(Self, Option<&str>)> {
        VARIABLES.iter().filter(|(its, ..)| *its == kind).find_map(|(_, name, quantity)| {
            let rest = key.strip_prefix(name)?;
            if rest.is_empty() {
                return Some((*quantity, None));
            }
            let model = rest.strip_prefix('_').filter(|model| !model.is_empty())?;
            let is_other = model.split('_').next().is_some_and(|word| OTHER_VARIABLES.contains(&word));
            (!is_other).then_some((*quantity, Some(model)))
        })
    }

    /// What a value is multiplied by to be in knots, degrees, millimetres or metres; without a unit it is in the
    /// API's default.
    pub(super) fn factor(self, unit: Option<&str>) -> Option<f64> {
        match (self, unit) {
            (Self::Wind | Self::Gust, None | Some("km/h" | "kmh")) => Some(1.0 / NMI_KM),
            (Self::Wind | Self::Gust, Some("m/s" | "ms")) => Some(1.0 / MS_PER_KNOT),
            (Self::Wind | Self::Gust, Some("mp/h" | "mph")) => Some(KM_PER_MILE / NMI_KM),
            (Self::Rain, Some("inch" | "in")) => Some(MM_PER_INCH),
            (Self::Wave, Some("ft" | "foot" | "feet")) => Some(M_PER_FOOT),
            (Self::Wind | Self::Gust, Some("kn" | "kt" | "knots"))
            | (Self::Direction, None | Some("°"))
            | (Self::Rain, None | Some("mm"))
            | (Self::Wave, None | Some("m" | "metre"))
            // The API's word for a variable that the model does not have; its values are null.
            | (_, Some("undefined")) => Some(1.0),
            _ => None,
        }
    }

    /// A value as fine as models give it: tenths of a knot and a degree, hundredths of the others.
    pub(super) fn rounded(self, value: f64) -> f64 {
        let scale = if matches!(self, Self::Rain | Self::Wave) { 100.0 } else { 10.0 };
        (value * scale).round() / scale
    }

    /// True for what can be: the bounds lie well beyond all records (gust 220 kt, Barrow Island 1996; rain 1,825 mm a
    /// day, Réunion 1966; significant wave height 19 m, North Atlantic 2013; all WMO's archive of extremes).
    pub(super) fn is_sound(self, value: f64) -> bool {
        let most = match self {
            Self::Wind => 250.0,
            Self::Gust => 300.0,
            Self::Direction => 360.0,
            Self::Rain => 3_000.0,
            Self::Wave => 40.0,
        };
        (0.0..=most).contains(&value)
    }
}

/// The times of a block and the columns that tell of wind, rain or waves; others are not kept.
#[derive(Debug, Default)]
pub(super) struct Block<'a> {
    pub(super) time: Vec<Text<'a>>,
    pub(super) columns: Vec<(Cow<'a, str>, Vec<Num>)>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Block<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Branch;
        impl<'de> Visitor<'de> for Branch {
            type Value = Block<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Block<'de>, A::Error> {
                let mut block = Block::default();
                while let Some(Text(key)) = map.next_key()? {
                    let key = key.unwrap_or_default();
                    let is_kept = BLOCKS.iter().any(|(_, kind)| Quantity::of(&key, *kind).is_some());
                    if key == "time" {
                        block.time = map.next_value::<Many<Text<'_>>>()?.0;
                    } else if is_kept {
                        block.columns.push((key, map.next_value::<Many<Num>>()?.0));
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(block)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Block<'de>, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Block::default())
            }
            fn visit_unit<E>(self) -> Result<Block<'de>, E> {
                Ok(Block::default())
            }
            fn visit_bool<E>(self, _: bool) -> Result<Block<'de>, E> {
                Ok(Block::default())
            }
            fn visit_i64<E>(self, _: i64) -> Result<Block<'de>, E> {
                Ok(Block::default())
            }
            fn visit_u64<E>(self, _: u64) -> Result<Block<'de>, E> {
                Ok(Block::default())
            }
            fn visit_f64<E>(self, _: f64) -> Result<Block<'de>, E> {
                Ok(Block::default())
            }
            fn visit_str<E>(self, _: &str) -> Result<Block<'de>, E> {
                Ok(Block::default())
            }
        }
        deserializer.deserialize_any(Branch)
    }
}

/// An array of leaves; a lone one, as in `current`, is an array of one.
struct Many<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Branch<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Branch<T> {
            type Value = Many<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Many<T>, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(Many)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Many<T>, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Many(Vec::new()))
            }
            fn visit_unit<E>(self) -> Result<Many<T>, E> {
                Ok(Many(Vec::new()))
            }
            fn visit_bool<E>(self, _: bool) -> Result<Many<T>, E> {
                Ok(Many(Vec::new()))
            }
            fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Many<T>, E> {
                T::deserialize(value.into_deserializer()).map(|value| Many(vec![value]))
            }
            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Many<T>, E> {
                T::deserialize(value.into_deserializer()).map(|value| Many(vec![value]))
            }
            fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Many<T>, E> {
                T::deserialize(value.into_deserializer()).map(|value| Many(vec![value]))
            }
            fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Many<T>, E> {
                T::deserialize(value.to_owned().into_deserializer()).map(|value| Many(vec![value]))
            }
            fn visit_borrowed_str<E: serde::de::Error>(self, value: &'de str) -> Result<Many<T>, E> {
                T::deserialize(BorrowedStrDeserializer::new(value)).map(|value| Many(vec![value]))
            }
        }
        deserializer.deserialize_any(Branch(PhantomData))
    }
}

/// How the answer's clock stands to UTC.
pub(super) enum Clock {
    /// Ahead by so much.
    Ahead(SignedDuration),
    /// The answer names its zone alone.
    Zone(TimeZone),
    /// Not known; taken as UTC.
    Unknown,
}

impl Clock {
    /// By the offset in seconds, else by the zone's name.
    pub(super) fn new(offset_s: Option<f64>, zone: Option<&str>) -> Self {
        // The farthest zones are 14 hours ahead and 12 behind.
        if let Some(offset) = offset_s.filter(|offset| offset.abs() <= 86_400.0) {
            return Self::Ahead(SignedDuration::from_secs_f64(offset));
        }
        match zone {
            Some("GMT" | "UTC") => Self::Ahead(SignedDuration::ZERO),
            Some(name) => TimeZone::get(name).map_or(Self::Unknown, Self::Zone),
            None => Self::Unknown,
        }
    }

    pub(super) fn is_unsure(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// The instant of a time: seconds of the Unix epoch, or the clock's date and time.
    pub(super) fn instant(&self, text: &str) -> Option<Timestamp> {
        if !text.contains('-') {
            return Timestamp::from_second(text.parse().ok()?).ok();
        }
        let civil = dates::civil(text, 0)?;
        match self {
            Self::Ahead(ahead) => civil.checked_sub(*ahead).ok(),
            Self::Zone(zone) => {
                let civil = TimeZone::UTC.to_datetime(civil);
                civil.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp())
            }
            Self::Unknown => Some(civil),
        }
    }
}
