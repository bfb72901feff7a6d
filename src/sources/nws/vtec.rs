//! Valid Time Event Codes (NWS Directive 10-1703): `/O.CON.KPHI.CF.Y.0012.260815T0400Z-260815T1000Z/`.

use crate::domain::{HazardKind, Timestamp};

/// One VTEC string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Vtec<'a> {
    /// O operational, T test, E experimental, X experimental in an operational product.
    class: &'a str,
    action: &'a str,
    office: &'a str,
    phenomenon: &'a str,
    significance: &'a str,
    number: &'a str,
    end: &'a str,
}

impl<'a> Vtec<'a> {
    /// Reads one; a hydrologic one (`/00000.0.ER.…/`) is none.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let mut parts = text.trim().trim_matches('/').split('.');
        let mut next = || parts.next().filter(|part| !part.is_empty());
        let (class, action, office) = (next()?, next()?, next()?);
        let (phenomenon, significance, number) = (next()?, next()?, next()?);
        let (_, end) = next()?.split_once('-')?;
        let is_sound = class.len() == 1
            && office.len() == 4
            && phenomenon.len() == 2
            && significance.len() == 1
            && number.len() == 4
            && number.bytes().all(|byte| byte.is_ascii_digit());
        is_sound.then_some(Self { class, action, office, phenomenon, significance, number, end })
    }

    /// Of several the one that counts: the first that does not withdraw.
    pub(super) fn leading(texts: impl Iterator<Item = &'a str>) -> Option<Self> {
        let all: Vec<Self> = texts.filter_map(Self::read).collect();
        all.iter().find(|vtec| !vtec.withdraws()).or_else(|| all.first()).copied()
    }

    /// True for CAN (cancelled) and UPG (upgraded: another event stands in its place). EXP ends at its own time.
    pub(super) fn withdraws(&self) -> bool {
        matches!(self.action, "CAN" | "UPG")
    }

    pub(super) fn is_test(&self) -> bool {
        self.class == "T"
    }

    /// The event's key: `PHFO.HU.W.3001.2026`. Numbers begin anew each year, which VTEC leaves out: `year` is that of
    /// the first message, where known; else the end's.
    pub(super) fn key(&self, year: Option<i16>) -> String {
        let Self { office, phenomenon, significance, number, .. } = self;
        let key = format!("{office}.{phenomenon}.{significance}.{number}");
        match year.or_else(|| self.end_year()) {
            Some(year) => format!("{key}.{year}"),
            None => key,
        }
    }

    /// The end's year, where it has an end: `000000T0000Z` is until further notice.
    fn end_year(&self) -> Option<i16> {
        let year: i16 = self.end.get(..2)?.parse().ok()?;
        (!self.end.starts_with("000000")).then_some(2_000 + year)
    }

    /// Kinds of phenomena whose names do not tell them (Directive 10-1703, appendix A).
    pub(super) fn kind(&self) -> Option<HazardKind> {
        match self.phenomenon {
            "HU" | "TR" | "TY" => Some(HazardKind::TropicalCyclone),
            "SC" | "SW" | "BW" | "RB" | "SI" | "GL" | "SR" | "HF" | "WI" | "HW" | "LW" | "EW" => Some(HazardKind::Wind),
            "SE" | "BH" | "RP" | "SU" | "CF" | "LS" | "SS" => Some(HazardKind::Surge),
            "MA" | "SV" | "TO" => Some(HazardKind::Thunderstorm),
            "FF" | "FA" | "FL" | "HY" => Some(HazardKind::Flood),
            "UP" | "ZF" | "LE" | "SQ" => Some(HazardKind::Winter),
            "TS" => Some(HazardKind::Tsunami),
            "AF" | "MH" => Some(HazardKind::Earthquake),
            "FW" => Some(HazardKind::Fire),
            _ => None,
        }
    }
}

/// The year of an instant, in UTC.
pub(super) fn year(at: Timestamp) -> i16 {
    at.to_zoned(jiff::tz::TimeZone::UTC).year()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        let vtec = Vtec::read("/O.CON.PHFO.HU.W.3001.000000T0000Z-000000T0000Z/").unwrap();
        assert_eq!(vtec.key(Some(2026)), "PHFO.HU.W.3001.2026");
        assert_eq!(vtec.key(None), "PHFO.HU.W.3001");
        assert!(!vtec.withdraws() && !vtec.is_test());
        let ended = Vtec::read("/T.CAN.KLIX.SS.A.1001.000000T0000Z-210830T0300Z/").unwrap();
        assert_eq!(ended.key(None), "KLIX.SS.A.1001.2021");
        assert!(ended.withdraws() && ended.is_test());
    }

    #[test]
    fn what_is_no_event_code() {
        for text in ["", "/", "/00000.0.ER.000000T0000Z.000000T0000Z.000000T0000Z.OO/", "O.NEW.KLIX", "a.b.c.d.e.f.g"] {
            assert_eq!(Vtec::read(text), None, "{text}");
        }
    }

    #[test]
    fn of_several_the_one_that_stays() {
        let upgraded = "/O.UPG.KLIX.SS.A.1001.000000T0000Z-210830T0300Z/";
        let new = "/O.NEW.KLIX.SS.W.1001.210828T0300Z-210830T0300Z/";
        assert_eq!(Vtec::leading([upgraded, new].into_iter()), Vtec::read(new));
        assert_eq!(Vtec::leading([upgraded].into_iter()), Vtec::read(upgraded));
        assert_eq!(Vtec::leading(["junk"].into_iter()), None);
    }
}
