//! Whose word a technique's track is.
//!
//! | technique | agency | standing |
//! |---|---|---|
//! | `JTWC` | jtwc | official: its warning |
//! | `OFCL` | nhc | official: NHC's or CPHC's advisory |
//! | `BEST`, `CARQ`, `WRNG` | nhc in AL, EP and CP, else jtwc | analysis: what the agency holds to have happened |
//! | `TCFA` | jtwc | analysis: the past track in a formation alert (our own name; the file has none) |
//! | `FIX` | as `BEST` | analysis: the fixes of an f-deck (our own name) |
//! | members of an ensemble (`AP01`, `EE27`, `CP05`, `NP11`, `UE30`, controls `AC00` …) | the centre that runs it | member |
//! | models and their means (`AVNO`, `EMX`, `AEMN` …), also with circles (`…-TR`) | the centre that runs it | guidance |
//! | forecasts of other agencies, named by their WMO centre (`RJTD`, `BABJ` …) | that agency | guidance |
//! | `CONW` and JTWC's other consensuses | jtwc | guidance |
//! | anything else (`TVCN`, `HCCA`, `OFCI` …) | guidance | guidance |
//!
//! `WRNG` is the warning's own working point at its analysis time, not a forecast. `OFCI` is last cycle's forecast
//! moved on by interpolation, and another agency's forecast in a US deck is a copy whose averaging period the deck does
//! not tell: neither is the agency's word, so that both are guidance.
//!
//! Winds in decks are 1-minute means (US practice: NHC and JTWC); models' winds are stored as if they were.

use super::other_decks::CIRCLES;
use crate::domain::Technique;

/// Centres by the techniques that they run, as NHC (nhc.noaa.gov/modelsummary.shtml) and NRL ("ATCF database", lists of
/// objective aids) have them. `*` ends a beginning.
const CENTRES: [(&str, &[&str]); 8] = [
    (
        "ncep",
        &[
            "AVN*", "GFS*", "AEM*", "AP*", "HWR*", "HWF*", "HFS*", "HFA*", "HFB*", "HMN*", "HMO*", "GFD*", "GHM*",
            "NAM*",
        ],
    ),
    ("ecmwf", &["ECM*", "EMX*", "EMH*", "EHX*", "EEM*", "EMN*"]),
    ("ukmo", &["EGR*", "UKX*", "UKM*", "UEM*"]),
    ("cmc", &["CMC*", "CEM*"]),
    ("fnmoc", &["NVG*", "NGX*", "NGP*", "NEM*", "COT*", "CTC*", "COA*", "GFN*"]),
    ("jma", &["JGS*", "JTYM", "JENS"]),
    ("nhc", &["SHIP*", "DSHP*", "LGEM*", "OCD5", "CLP5", "SHF5"]),
    (
        "jtwc",
        &["CONW", "CONU", "ICNW", "CNSW", "JTWI", "JTWP", "S5YY", "S5XX", "STIP*", "ST5D", "ST10", "ST11", "C5NW"],
    ),
];

/// Agencies by the WMO's letters for their centres (WMO-No. 386, volume II: location indicators), under which decks
/// carry their forecasts.
const AGENCIES: [(&str, &[&str]); 11] = [
    ("jma", &["RJTD"]),
    ("cma", &["BABJ"]),
    ("hko", &["VHHH"]),
    ("pagasa", &["RPMM"]),
    ("kma", &["RKSL", "KMAW"]),
    ("cwa", &["RCTP"]),
    ("imd", &["DEMS"]),
    ("bom", &["AMMC", "ABRF", "ADRM", "APRF"]),
    ("meteo-france", &["FMEE"]),
    ("fms", &["NFFN"]),
    ("metservice", &["NZKL"]),
];

/// The first two letters of an ensemble's members, by the centre that runs it; two digits follow, 00 for the control.
const ENSEMBLES: [(&str, &[&str]); 6] = [
    ("ncep", &["AP", "AN", "AC"]),
    ("ecmwf", &["EE", "EN", "EP", "EC"]),
    ("ukmo", &["UE"]),
    ("cmc", &["CE", "CP", "CN", "CC"]),
    ("fnmoc", &["NP", "NN", "NC"]),
    ("jma", &["JE"]),
];

/// The agency and the standing of a technique's track in a basin (upper case).
pub(super) fn of(technique: &str, basin: &str) -> (&'static str, Technique) {
    let national = if matches!(basin, "AL" | "EP" | "CP") { "nhc" } else { "jtwc" };
    match technique {
        "JTWC" => ("jtwc", Technique::Official),
        "OFCL" => ("nhc", Technique::Official),
        "BEST" | "CARQ" | "WRNG" | "FIX" => (national, Technique::Analysis),
        "TCFA" => ("jtwc", Technique::Analysis),
        _ => match ensemble(technique) {
            Some(centre) => (centre, Technique::Member),
            None => (centre(technique.strip_suffix(CIRCLES).unwrap_or(technique)), Technique::Guidance),
        },
    }
}

/// The centre whose ensemble this is a member of.
fn ensemble(technique: &str) -> Option<&'static str> {
    let (letters, digits) = technique.split_at_checked(2)?;
    let is_member = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
    ENSEMBLES.iter().find(|(_, beginnings)| is_member && beginnings.contains(&letters)).map(|(centre, _)| *centre)
}

fn centre(technique: &str) -> &'static str {
    let runs = |pattern: &&str| match pattern.strip_suffix('*') {
        Some(beginning) => technique.starts_with(beginning),
        None => technique == *pattern,
    };
    let mut all = CENTRES.iter().chain(&AGENCIES);
    all.find(|(_, patterns)| patterns.iter().any(runs)).map_or("guidance", |(centre, _)| centre)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agencies_and_standings() {
        assert_eq!(of("JTWC", "WP"), ("jtwc", Technique::Official));
        assert_eq!(of("OFCL", "EP"), ("nhc", Technique::Official));
        assert_eq!(of("BEST", "AL"), ("nhc", Technique::Analysis));
        assert_eq!(of("CARQ", "IO"), ("jtwc", Technique::Analysis));
        assert_eq!(of("AVNO", "WP"), ("ncep", Technique::Guidance));
        assert_eq!(of("AEMN", "WP"), ("ncep", Technique::Guidance));
        assert_eq!(of("FIX", "WP"), ("jtwc", Technique::Analysis));
        assert_eq!(of("CONW", "WP"), ("jtwc", Technique::Guidance));
        assert_eq!(of("TVCN", "AL"), ("guidance", Technique::Guidance));
        assert_eq!(of("OFCI", "AL"), ("guidance", Technique::Guidance));
    }

    #[test]
    fn members_of_ensembles() {
        for (technique, centre) in [
            ("EE41", "ecmwf"),
            ("AP01", "ncep"),
            ("AC00", "ncep"),
            ("CE05", "cmc"),
            ("NP11", "fnmoc"),
            ("UE30", "ukmo"),
        ] {
            assert_eq!(of(technique, "EP"), (centre, Technique::Member), "{technique}");
        }
        for no_member in ["OCD5", "CLP5", "RI25", "APSU", "EE4", "EE411", "ÉE1"] {
            assert_eq!(of(no_member, "EP").1, Technique::Guidance, "{no_member}");
        }
    }

    #[test]
    fn copies_of_other_agencies_are_guidance() {
        for (technique, agency) in
            [("RJTD", "jma"), ("BABJ", "cma"), ("VHHH", "hko"), ("RPMM", "pagasa"), ("KMAW", "kma"), ("DEMS", "imd")]
        {
            assert_eq!(of(technique, "WP"), (agency, Technique::Guidance), "{technique}");
        }
        assert_eq!(of("EMX-TR", "AL"), ("ecmwf", Technique::Guidance));
    }
}
