//! One track of one storm as one agency tells it, on its way to become a hazard: what all storm formats share.

use crate::domain::{
    Averaging, Bulletin, Certainty, Fix, Footprint, Hazard, HazardId, HazardKind, HazardText, Knots, MsgType, Severity,
    Status, Technique, Timestamp, Track, Urgency, Wind, WindRadii,
};

/// A storm's track with its names. Fill what the document says; leave the rest as [`Cyclone::new`] makes it.
#[derive(Debug, Clone)]
pub(crate) struct Cyclone {
    /// The format's id, as the source names it.
    pub(crate) format: &'static str,
    /// The agency whose word it is, in small letters: `jma`.
    pub(crate) agency: String,
    /// The agency's own key of the storm: an ATCF key where there is one (`wp162004`), else `<agency>:<id>`.
    pub(crate) key: String,
    /// The technique as the document names it; an agency's name in capitals for its official forecast.
    pub(crate) technique: String,
    /// Whose word it is.
    pub(crate) standing: Technique,
    /// The averaging period of the winds.
    pub(crate) averaging: Averaging,
    /// When it was issued; the time of the analysis when the document says no more.
    pub(crate) issued: Option<Timestamp>,
    /// The name in capitals.
    pub(crate) name: Option<String>,
    /// Other spellings.
    pub(crate) names: Vec<String>,
    /// Other keys; see [`Hazard::aliases`].
    pub(crate) aliases: Vec<String>,
    /// The fixes, in any order; see [`in_order`].
    pub(crate) fixes: Vec<Fix>,
    /// The agency's words.
    pub(crate) texts: Vec<HazardText>,
    /// Areas that it draws besides.
    pub(crate) footprint: Footprint,
    /// Actual, unless the document says test or exercise.
    pub(crate) status: Status,
    /// A cancel withdraws.
    pub(crate) msg: MsgType,
    /// The agency's last word on this storm.
    pub(crate) is_last: bool,
}

impl Cyclone {
    /// A track of which nothing is known yet.
    pub(crate) fn new(
        format: &'static str,
        agency: &str,
        key: impl Into<String>,
        technique: &str,
        standing: Technique,
        averaging: Averaging,
    ) -> Self {
        Self {
            format,
            agency: agency.to_owned(),
            key: key.into(),
            technique: technique.to_owned(),
            standing,
            averaging,
            issued: None,
            name: None,
            names: Vec::new(),
            aliases: Vec::new(),
            fixes: Vec::new(),
            texts: Vec::new(),
            footprint: Footprint::default(),
            status: Status::Actual,
            msg: MsgType::Alert,
            is_last: false,
        }
    }

    /// The hazard. It is replaced by the next of the same storm and technique, in whatever format that comes.
    ///
    /// Severity is of the strongest 1-minute wind on the track, in CAP's words: hurricane force (64 kt) extreme, storm
    /// force (50 kt, the decks' own threshold) severe, gale force (34 kt) moderate.
    pub(crate) fn into_hazard(self, bulletin: &Bulletin) -> Hazard {
        let fixes = in_order(self.fixes);
        let on_one_minute = |vmax: f64| Wind::new(Knots(vmax), self.averaging).on(Averaging::OneMinute).0;
        let strongest = fixes.iter().filter_map(|fix| fix.vmax_kt).map(on_one_minute).fold(0.0, f64::max);
        let now = analysis(&fixes, self.standing).and_then(|fix| fix.vmax_kt).map(on_one_minute);
        let scheme = if is_atcf_key(&self.key) { "atcf:" } else { "" };
        let id = HazardId::new(format!("{scheme}{}:{}", self.key, self.technique));
        let kind = HazardKind::TropicalCyclone;
        Hazard {
            name: self.name,
            names: self.names,
            aliases: self.aliases,
            issued: self.issued,
            onset: fixes.first().map(|fix| fix.time),
            expires: fixes.last().map(|fix| fix.time),
            status: self.status,
            msg: self.msg,
            is_last: self.is_last,
            severity: severity(strongest),
            urgency: if now.is_some_and(|vmax| vmax >= 34.0) { Urgency::Immediate } else { Urgency::Expected },
            certainty: certainty(self.standing),
            texts: self.texts,
            footprint: self.footprint,
            track: (!fixes.is_empty()).then_some(Track {
                agency: self.agency.clone(),
                technique: self.technique,
                standing: self.standing,
                averaging: self.averaging,
                fixes,
            }),
            ..Hazard::new(id, &self.agency, self.format, &bulletin.hash, &self.key, kind)
        }
    }
}

/// CAP's severity of a storm by its strongest 1-minute wind in knots.
fn severity(vmax_kt: f64) -> Severity {
    match vmax_kt {
        vmax if vmax >= 64.0 => Severity::Extreme,
        vmax if vmax >= 50.0 => Severity::Severe,
        vmax if vmax >= 34.0 => Severity::Moderate,
        _ => Severity::Minor,
    }
}

/// How sure a track of this standing is, in CAP's words: an analysis was seen, a forecast is likely, a model possible.
pub(crate) fn certainty(standing: Technique) -> Certainty {
    match standing {
        Technique::Analysis => Certainty::Observed,
        Technique::Official => Certainty::Likely,
        Technique::Guidance | Technique::Member => Certainty::Possible,
    }
}

/// True for `wp162004`: two letters, a number of two, a year.
pub(crate) fn is_atcf_key(key: &str) -> bool {
    let (bytes, is_digit) = (key.as_bytes(), u8::is_ascii_digit);
    bytes.len() == 8
        && bytes.iter().take(2).all(u8::is_ascii_lowercase)
        && bytes.iter().skip(2).take(2).all(u8::is_ascii_alphanumeric)
        && bytes.iter().skip(4).all(is_digit)
}

/// The fix that tells how the storm is now: of tau 0, and of a best track the last one.
fn analysis(fixes: &[Fix], standing: Technique) -> Option<&Fix> {
    if standing == Technique::Analysis {
        return fixes.last();
    }
    fixes.iter().find(|fix| fix.tau_h >= 0).filter(|fix| fix.tau_h == 0)
}

/// Adds a fix; one of the same time as the last is the same fix with another radius.
pub(crate) fn add_fix(fixes: &mut Vec<Fix>, fix: Fix) {
    match fixes.last_mut() {
        Some(last) if last.time == fix.time => merge(last, fix),
        _ => fixes.push(fix),
    }
}

/// The fixes in order of time, no two at one time, their radii in order of threshold.
///
/// Radii that are 0 in every quadrant are left out: they say that there is no such wind, as no radii do.
pub(crate) fn in_order(mut fixes: Vec<Fix>) -> Vec<Fix> {
    let is_done = |fixes: &[Fix]| fixes.windows(2).all(|pair| matches!(pair, [a, b] if a.time < b.time));
    if !is_done(&fixes) {
        fixes.sort_by_key(|fix| fix.time);
        let mut ordered = Vec::with_capacity(fixes.len());
        for fix in fixes {
            add_fix(&mut ordered, fix);
        }
        fixes = ordered;
    }
    for fix in &mut fixes {
        fix.radii.retain(|radii| radii.max_km() > 0.0);
        fix.radii.sort_by_key(|radii| radii.kt);
    }
    fixes
}

/// Takes in what another line says of the same time. Where both speak, the first line stands.
fn merge(fix: &mut Fix, other: Fix) {
    fix.vmax_kt = fix.vmax_kt.or(other.vmax_kt);
    fix.pmin_hpa = fix.pmin_hpa.or(other.pmin_hpa);
    fix.rmw_km = fix.rmw_km.or(other.rmw_km);
    fix.gust_kt = fix.gust_kt.or(other.gust_kt);
    fix.circle_km = fix.circle_km.or(other.circle_km);
    for radii in other.radii {
        let is_known = |known: &WindRadii| known.kt == radii.kt;
        if !fix.radii.iter().any(is_known) {
            fix.radii.push(radii);
        }
    }
}

/// Radii in kilometres for NE, SE, SW, NW; `None` when all are 0 or one is beyond all measure (2,800 km, more than any
/// storm's gales have reached: Tip, 1979, 1,100 km).
pub(crate) fn radii(kt: u32, [ne_km, se_km, sw_km, nw_km]: [f64; 4]) -> Option<WindRadii> {
    let all = [ne_km, se_km, sw_km, nw_km];
    let is_sound = all.iter().all(|km| (0.0..=2_800.0).contains(km)) && all.iter().any(|km| *km > 0.0);
    is_sound.then_some(WindRadii { kt, ne_km, se_km, sw_km, nw_km })
}

/// A number to a tenth, as fine as any agency gives: kilometres and knots that were worked out from other units.
pub(crate) fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// Metres a second as knots, to a tenth.
pub(crate) fn knots_of_ms(ms: f64) -> f64 {
    tenth(ms / crate::domain::MS_PER_KNOT)
}

/// Kilometres an hour as knots, to a tenth.
pub(crate) fn knots_of_kmh(kmh: f64) -> f64 {
    tenth(kmh / crate::domain::NMI_KM)
}

/// Nautical miles as kilometres, to a tenth.
pub(crate) fn km_of_nmi(nmi: f64) -> f64 {
    tenth(nmi * crate::domain::NMI_KM)
}

/// A sustained wind that a storm can have, in knots; anything else is not known. Patricia (2015) had 185 kt.
pub(crate) fn sound_wind(kt: f64) -> Option<f64> {
    (1.0..=250.0).contains(&kt).then_some(kt)
}

/// A central pressure that a storm can have, in hectopascals; anything else is not known. Tip (1979) had 870 hPa.
pub(crate) fn sound_pressure(hpa: f64) -> Option<f64> {
    (800.0..=1_100.0).contains(&hpa).then_some(hpa)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Position;

    #[test]
    fn atcf_keys() {
        for key in ["wp162004", "al092022", "epc12021"] {
            assert!(is_atcf_key(key), "{key}");
        }
        for key in ["TC2624", "jma:TC2624", "WP162004", "wp16200", "nmc:3304099", ""] {
            assert!(!is_atcf_key(key), "{key}");
        }
    }

    #[test]
    fn radii_beyond_measure_are_unknown() {
        assert!(radii(34, [0.0; 4]).is_none());
        assert!(radii(34, [10.0, f64::NAN, 0.0, 0.0]).is_none());
        assert!(radii(34, [10.0, 0.0, 0.0, -1.0]).is_none());
        assert_eq!(radii(28, [10.0, 0.0, 0.0, 5.0]).map(|r| r.nw_km), Some(5.0));
    }

    #[test]
    fn radii_of_nought_are_left_out() {
        let reach = |kt, sw_km| WindRadii { kt, ne_km: 0.0, se_km: 0.0, sw_km, nw_km: 0.0 };
        let mut fix = Fix::at(Timestamp::UNIX_EPOCH, 0, Position::lat_lon(20.0, 120.0).unwrap());
        fix.radii = vec![reach(50, 10.0), reach(34, 0.0)];
        assert_eq!(in_order(vec![fix])[0].radii, [reach(50, 10.0)]);
    }

    #[test]
    fn units() {
        assert_eq!((knots_of_ms(33.0), knots_of_kmh(65.0), km_of_nmi(120.0)), (64.1, 35.1, 222.2));
    }
}
