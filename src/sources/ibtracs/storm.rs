//! One storm of the archive, and the tracks that the agencies have of it.

use csv::StringRecord;

use super::layout::{AGENCIES, Columns, Layout, number};
use super::position;
use crate::domain::{Averaging, Bulletin, Fix, Hazard, Knots, Status, Technique, Wind};
use crate::sources::formats::cyclone::{Cyclone, is_atcf_key, km_of_nmi, sound_pressure, sound_wind, tenth};
use crate::sources::formats::storm_key::{real_name, status};

/// A storm as far as it is read.
pub(super) struct Storm {
    pub(super) sid: String,
    atcf: Option<String>,
    /// The last name that is one, and its other spellings.
    names: Vec<String>,
    name_text: String,
    basin: String,
    tracks: [Vec<Fix>; AGENCIES.len()],
    wmo: Vec<Fix>,
    /// The averaging period of the archive's own winds: of the first of them.
    wmo_averaging: Option<Averaging>,
}

impl Storm {
    pub(super) fn new(sid: &str) -> Self {
        Self {
            sid: sid.to_owned(),
            atcf: None,
            names: Vec::new(),
            name_text: String::new(),
            basin: String::new(),
            tracks: Default::default(),
            wmo: Vec::new(),
            wmo_averaging: None,
        }
    }

    /// Takes in a line; `fix` is its time and the archive's own position.
    pub(super) fn add(&mut self, layout: &Layout, record: &StringRecord, fix: &Fix) {
        let text = |at: Option<usize>| at.and_then(|at| record.get(at)).unwrap_or_default().trim();
        if self.atcf.is_none() {
            self.atcf = atcf_key(text(layout.atcf));
        }
        let name = text(layout.name);
        if !name.is_empty() && name != self.name_text {
            name.clone_into(&mut self.name_text);
            let names = names(name);
            self.names = if names.is_empty() { std::mem::take(&mut self.names) } else { names };
        }
        let basin = text(layout.basin);
        if self.basin.is_empty() {
            basin.clone_into(&mut self.basin);
        }
        for (columns, track) in layout.agencies.iter().zip(&mut self.tracks) {
            if let Some(columns) = columns {
                track.extend(agency_fix(columns, record, fix));
            }
        }
        self.add_wmo(layout, record, fix, wmo_averaging(text(layout.wmo_agency), basin));
    }

    fn add_wmo(&mut self, layout: &Layout, record: &StringRecord, fix: &Fix, averaging: Averaging) {
        let mut fix = filled(&layout.wmo, record, fix);
        if let Some(vmax) = fix.vmax_kt {
            let basis = *self.wmo_averaging.get_or_insert(averaging);
            if basis != averaging {
                fix.vmax_kt = Some(tenth(Wind::new(Knots(vmax), averaging).on(basis).0));
            }
        }
        self.wmo.push(fix);
    }

    pub(super) fn into_hazards(self, bulletin: &Bulletin) -> Vec<Hazard> {
        let has_words = |fix: &Fix| fix.vmax_kt.is_some() || fix.pmin_hpa.is_some();
        let is_own_told = self.wmo.iter().any(has_words) || self.tracks.iter().all(Vec::is_empty);
        let told = Told {
            key: self.atcf.clone().unwrap_or_else(|| format!("ibtracs:{}", self.sid)),
            alias: self.atcf.is_some().then(|| format!("ibtracs:{}", self.sid)),
            status: self.atcf.as_deref().and_then(|key| key.get(2..4)).map_or(Status::Actual, status),
            names: self.names,
        };
        let national = national(self.atcf.as_deref(), &self.basin);
        let mut hazards = Vec::new();
        for (agency, fixes) in AGENCIES.iter().zip(self.tracks) {
            let name = if agency.name.is_empty() { national } else { agency.name };
            hazards.extend(told.hazard(name, agency.technique, agency.averaging, fixes, bulletin));
        }
        if is_own_told {
            let averaging = self.wmo_averaging.unwrap_or(Averaging::TenMinutes);
            hazards.extend(told.hazard("wmo", "BEST-WMO", averaging, self.wmo, bulletin));
        }
        hazards
    }
}

/// What all tracks of a storm share.
struct Told {
    key: String,
    alias: Option<String>,
    status: Status,
    names: Vec<String>,
}

impl Told {
    fn hazard(
        &self,
        agency: &str,
        technique: &str,
        averaging: Averaging,
        fixes: Vec<Fix>,
        bulletin: &Bulletin,
    ) -> Option<Hazard> {
        let issued = fixes.iter().map(|fix| fix.time).max()?;
        let cyclone = Cyclone {
            issued: Some(issued),
            name: self.names.first().cloned(),
            names: self.names.iter().skip(1).cloned().collect(),
            aliases: self.alias.iter().cloned().collect(),
            status: self.status,
            fixes,
            ..Cyclone::new("ibtracs", agency, self.key.as_str(), technique, Technique::Analysis, averaging)
        };
        Some(cyclone.into_hazard(bulletin))
    }
}

/// What an agency says of the storm at the time of `fix`; `None` when it gives no position, or has no columns for one
/// and gives no number.
fn agency_fix(columns: &Columns, record: &StringRecord, fix: &Fix) -> Option<Fix> {
    let Some((lat, lon)) = columns.lat.zip(columns.lon) else {
        let told = filled(columns, record, fix);
        return Some(told).filter(|fix| fix.vmax_kt.is_some() || fix.pmin_hpa.is_some());
    };
    let text = |at: usize| record.get(at).unwrap_or_default().trim();
    let lat = Some(text(lat)).filter(|lat| !lat.is_empty())?;
    Some(filled(columns, record, &Fix::at(fix.time, 0, position(lat, text(lon))?)))
}

fn filled(columns: &Columns, record: &StringRecord, fix: &Fix) -> Fix {
    Fix {
        vmax_kt: number(record, columns.wind).and_then(sound_wind),
        pmin_hpa: number(record, columns.pres).and_then(sound_pressure),
        rmw_km: number(record, columns.rmw).filter(|rmw| (1.0..999.0).contains(rmw)).map(km_of_nmi),
        gust_kt: number(record, columns.gust).and_then(sound_wind),
        radii: columns.radii(record),
        ..Fix::at(fix.time, 0, fix.position)
    }
}

/// The key of an ATCF number such as `WP162004`, with the archive's basins made ATCF's.
fn atcf_key(text: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let (basin, rest) = text.split_at_checked(2)?;
    let basin = match basin {
        "bb" | "as" => "io",
        "si" | "sp" | "au" => "sh",
        basin => basin,
    };
    Some(format!("{basin}{rest}")).filter(|key| is_atcf_key(key))
}

/// The US agency of a storm: the hurricane center's are the Atlantic and the Pacific east of 180.
fn national(atcf: Option<&str>, basin: &str) -> &'static str {
    match (atcf.and_then(|key| key.get(..2)), basin) {
        (Some("al" | "ep" | "cp"), _) | (None, "NA" | "EP") => "nhc",
        _ => "jtwc",
    }
}

/// The averaging period of `WMO_WIND` by the agency that it was taken from, else by the basin's responsible agency.
fn wmo_averaging(agency: &str, basin: &str) -> Averaging {
    let is_us = ["hurdat", "atcf", "cphc", "jtwc", "tcv"].iter().any(|us| agency.starts_with(us));
    match (agency, basin) {
        ("newdelhi", _) | ("", "NI") => Averaging::ThreeMinutes,
        ("", "NA" | "EP") => Averaging::OneMinute,
        _ if is_us => Averaging::OneMinute,
        _ => Averaging::TenMinutes,
    }
}

/// The names in a field: agencies' differing ones stand with colons between them.
fn names(text: &str) -> Vec<String> {
    text.split([':', '/', ';']).filter_map(|name| real_name(&name.replace('_', " "))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_the_decks() {
        let cases = [("WP162004", "wp162004"), ("BB012024", "io012024"), ("SI242024", "sh242024")];
        for (text, expected) in cases {
            assert_eq!(atcf_key(text).as_deref(), Some(expected));
        }
        for text in ["", "WP16", "unknown", "ÄÖ012024"] {
            assert_eq!(atcf_key(text), None, "{text}");
        }
    }

    #[test]
    fn names_of_several_agencies() {
        assert_eq!(names("RANANIM"), ["RANANIM"]);
        assert_eq!(names("KATIA:HAROLD"), ["KATIA", "HAROLD"]);
        for text in ["NOT_NAMED", "UNNAMED", "", "NOT NAMED"] {
            assert!(names(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn whose_wind_it_is() {
        assert_eq!(wmo_averaging("hurdat_epa", "EP"), Averaging::OneMinute);
        assert_eq!(wmo_averaging("tokyo", "WP"), Averaging::TenMinutes);
        assert_eq!(wmo_averaging("newdelhi", "NI"), Averaging::ThreeMinutes);
        assert_eq!(wmo_averaging("", "NI"), Averaging::ThreeMinutes);
        assert_eq!(wmo_averaging("", "NA"), Averaging::OneMinute);
        assert_eq!(wmo_averaging("reunion", "SI"), Averaging::TenMinutes);
        assert_eq!((national(None, "WP"), national(Some("cp012024"), "WP")), ("jtwc", "nhc"));
    }
}
