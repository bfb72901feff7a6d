//! Whose word a technique's track is.
//!
//! | technique | agency | standing |
//! |---|---|---|
//! | `JTWC` | jtwc | official: its warning |
//! | `OFCL` | nhc | official: NHC's or CPHC's advisory |
//! | `BEST`, `CARQ`, `WRNG` | nhc in AL, EP and CP, else jtwc | analysis: what the agency holds to have happened |
//! | `TCFA` | jtwc | analysis: the past track in a formation alert (our own name; the file has none) |
//! | models | the centre that runs it, as below | guidance |
//! | anything else (`TVCN`, `HCCA`, `OFCI`, `RJTD` …) | guidance | guidance |
//!
//! `WRNG` is the warning's own working point at its analysis time, not a forecast. `OFCI` is last cycle's forecast
//! moved on by interpolation, and another agency's forecast in a US deck (`RJTD`, `BABJ`) is a copy whose averaging
//! period the deck does not tell: neither is the agency's word, so that both are guidance.
//!
//! Winds in decks are 1-minute means (US practice: NHC and JTWC); models' winds are stored as if they were.

use crate::domain::Technique;

/// Centres by the techniques that they run, as NHC lists them (nhc.noaa.gov/modelsummary.shtml). `*` ends a beginning.
const CENTRES: [(&str, &[&str]); 7] = [
    ("ncep", &["AVN*", "GFS*", "AEM*", "AP*", "HWR*", "HWF*", "HFS*", "HFA*", "HFB*", "HMN*", "HMO*"]),
    ("ecmwf", &["ECM*", "EMX*", "EEM*", "EMN*", "EE0*", "EE1*", "EE2*", "EE3*", "EE4*", "EE5*"]),
    ("ukmo", &["EGR*", "UKX*", "UKM*", "UE*"]),
    ("cmc", &["CMC*", "CEM*"]),
    ("fnmoc", &["NVG*", "NGX*", "NEM*", "COT*", "CTC*"]),
    ("jma", &["JGS*"]),
    ("nhc", &["SHIP*", "DSHP*", "LGEM*", "OCD5", "CLP5", "SHF5"]),
];

/// The agency and the standing of a technique's track in a basin (upper case).
pub(super) fn of(technique: &str, basin: &str) -> (&'static str, Technique) {
    let national = if matches!(basin, "AL" | "EP" | "CP") { "nhc" } else { "jtwc" };
    match technique {
        "JTWC" => ("jtwc", Technique::Official),
        "OFCL" => ("nhc", Technique::Official),
        "BEST" | "CARQ" | "WRNG" => (national, Technique::Analysis),
        "TCFA" => ("jtwc", Technique::Analysis),
        _ => (centre(technique), Technique::Guidance),
    }
}

fn centre(technique: &str) -> &'static str {
    let runs = |pattern: &&str| match pattern.strip_suffix('*') {
        Some(beginning) => technique.starts_with(beginning),
        None => technique == *pattern,
    };
    CENTRES.iter().find(|(_, patterns)| patterns.iter().any(runs)).map_or("guidance", |(centre, _)| centre)
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
        assert_eq!(of("EE41", "EP"), ("ecmwf", Technique::Guidance));
        assert_eq!(of("TVCN", "AL"), ("guidance", Technique::Guidance));
        assert_eq!(of("OFCI", "AL"), ("guidance", Technique::Guidance));
    }
}
