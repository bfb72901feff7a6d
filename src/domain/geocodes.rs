//! Warning areas that are known by code alone: which code covers which, and where a code lies when the user has said so.
//!
//! Agencies name areas by county, zone or district: UGC and SAME in the United States, `EMMA_ID` and NUTS in Europe,
//! GB/T 2260 in China. Many warnings have nothing else. A site lists its own codes (column `codes`); a table of shapes
//! can be given beside the portfolio.

use std::collections::BTreeMap;

use super::Footprint;

/// A system of codes, as far as it matters which code lies within which.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum System {
    /// China's administrative divisions (GB/T 2260): two digits a level, zeros for the levels below.
    China,
    /// SAME and FIPS 6-4: state and county; county 000 is the whole state (47 CFR 11.31).
    County,
    /// NWS zones and counties (UGC, NWSI 10-1702): `TXZ000` and `TXC000` are the whole state.
    Ugc,
    /// Eurostat's NUTS and ISO 3166: a longer code lies within a shorter one.
    Nested,
    /// Any other: a code covers itself.
    Plain(String),
}

impl System {
    fn of(name: &str) -> Self {
        let name = name.trim().to_ascii_uppercase();
        let holds = |words: &[&str]| words.iter().any(|word| name.contains(word));
        if holds(&["2260", "CPEAS", "ADCODE"]) {
            Self::China
        } else if matches!(name.as_str(), "SAME" | "FIPS" | "FIPS6" | "FIPS6-4") {
            Self::County
        } else if name == "UGC" {
            Self::Ugc
        } else if holds(&["NUTS", "3166"]) {
            Self::Nested
        } else {
            Self::Plain(name)
        }
    }

    /// A code as it is compared.
    fn normal(&self, code: &str) -> String {
        let code = code.trim().to_ascii_uppercase();
        let is_number = code.bytes().all(|byte| byte.is_ascii_digit());
        match self {
            // Twelve digits go down to villages; warnings never do.
            Self::China if is_number && code.len() == 12 => code.get(..6).unwrap_or_default().to_owned(),
            Self::County if is_number && code.len() == 5 => format!("0{code}"),
            _ => code,
        }
    }

    /// True when the area of the first code holds that of the second, both as they are compared.
    fn covers(&self, warned: &str, own: &str) -> bool {
        if warned == own {
            return !own.is_empty();
        }
        match self {
            Self::China => {
                let mut level = warned;
                while level.len() > 2 && level.ends_with("00") {
                    level = level.get(..level.len() - 2).unwrap_or_default();
                }
                warned.len() == 6 && own.len() == 6 && level.len() < 6 && own.starts_with(level)
            }
            Self::County => {
                let state = |code: &str| code.get(1..3).map(str::to_owned);
                warned.len() == 6 && warned.ends_with("000") && state(warned) == state(own)
            }
            Self::Ugc => warned.strip_suffix("000").is_some_and(|state| state.len() == 3 && own.starts_with(state)),
            Self::Nested => warned.len() >= 2 && own.starts_with(warned),
            Self::Plain(_) => false,
        }
    }
}

/// True when a warned area holds the area of a site's code. A site's code may name its system (`EMMA_ID:IT003`); without
/// one it counts in every system.
///
/// ```
/// # use seawall::domain::code_covers;
/// assert!(code_covers("EMMA_ID", "IT003", "IT003") && code_covers("EMMA_ID", "IT003", "emma_id:it003"));
/// // Taizhou (331000) holds its district Jiaojiang (331002).
/// assert!(code_covers("GB/T 2260", "331000", "331002") && !code_covers("GB/T 2260", "331002", "331000"));
/// assert!(!code_covers("EMMA_ID", "331000", "331002"));
/// ```
#[must_use]
pub fn code_covers(system: &str, warned: &str, own: &str) -> bool {
    let known = System::of(system);
    let own = match own.rsplit_once(':') {
        Some((name, code)) if System::of(name) == known => code,
        Some(_) => return false,
        None => own,
    };
    known.covers(&known.normal(warned), &known.normal(own))
}

/// Where codes lie, as far as the user has said.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Geocodes {
    shapes: BTreeMap<(System, String), Footprint>,
}

impl Geocodes {
    /// Adds a shape to a code.
    pub fn add(&mut self, system: &str, code: &str, shape: Footprint) {
        let system = System::of(system);
        let code = system.normal(code);
        let known = self.shapes.entry((system, code)).or_default();
        known.polygons.extend(shape.polygons);
        known.circles.extend(shape.circles);
    }

    /// The shape of a code.
    #[must_use]
    pub fn shape(&self, system: &str, code: &str) -> Option<&Footprint> {
        let system = System::of(system);
        let code = system.normal(code);
        self.shapes.get(&(system, code))
    }

    /// True when no code has a shape.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shapes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(system: &str, warned: &str, own: &str, expected: bool) {
        assert_eq!(code_covers(system, warned, own), expected, "{system} {warned} {own}");
    }

    #[test]
    fn china() {
        check("CPEAS Geographic Code", "370614000000", "370614", true);
        check("GB/T 2260", "330000", "331002", true);
        check("GB/T 2260", "331000", "331002", true);
        check("GB/T 2260", "331000", "330102", false);
        check("adcode", "331002", "331002", true);
        check("adcode", "331002", "331000", false);
        check("adcode", "000000", "331000", false);
    }

    #[test]
    fn the_united_states() {
        check("SAME", "048201", "48201", true);
        check("FIPS6", "048000", "048201", true);
        check("SAME", "048200", "048201", false);
        check("UGC", "TXZ213", "TXZ213", true);
        check("UGC", "TXZ000", "TXZ213", true);
        check("UGC", "TXZ213", "TXC213", false);
        check("UGC", "TXZ213", "UGC:TXZ213", true);
    }

    #[test]
    fn europe_and_others() {
        check("NUTS3", "FR10", "FR101", true);
        check("ISO 3166-2", "CN", "CN-ZJ", true);
        check("EMMA_ID", "DE04", "DE041", false);
        check("WARNCELLID", "803159016", "803159016", true);
        check("EMMA_ID", "IT003", "UGC:IT003", false);
        check("EMMA_ID", "", "", false);
    }

    #[test]
    fn shapes_are_found_under_any_spelling() {
        let mut codes = Geocodes::default();
        assert!(codes.is_empty());
        codes.add("SAME", "048201", Footprint::default());
        codes.add("adcode", "331002", Footprint::default());
        assert!(codes.shape("FIPS6", "48201").is_some());
        assert!(codes.shape("CPEAS Geographic Code", "331002000000").is_some());
        assert!(codes.shape("UGC", "48201").is_none());
    }
}
