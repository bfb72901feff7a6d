//! JMA's codes of weather warnings (警報等情報要素／気象警報・注意報), their levels and what they threaten.
//!
//! The code table is the one of JMA's XML manuals, with the codes that came with the reform of 28 May 2026: landslide
//! warnings of their own (09, 29, 39, 49) and danger warnings (危険警報: 43, 48, 49) between warning and emergency
//! warning. The English names are the ones of JMA's English pages; the danger warnings' are ours.
//!
//! Severity in CAP's words, as JMA gives none. The reformed levels are the alert levels of the Disaster Management
//! Basic Act, of which level 5 is a disaster that has begun or is at hand, and level 4 the call to leave:
//!
//! | JMA | alert level | severity | urgency |
//! |---|---|---|---|
//! | 特別警報, emergency warning | 5 | extreme | immediate |
//! | 危険警報, danger warning | 4 | severe | immediate |
//! | 警報, warning | 3 | severe | expected |
//! | 注意報, advisory, of what also has a warning | 2 | moderate | expected |
//! | 注意報, advisory, of what has none (thunder, fog, frost, …) | – | minor | expected |

use HazardKind::{Fire, Flood, Other, Surge, Thunderstorm, Wind, Winter};
use Level::{Advisory, Danger, Emergency, Warning};

use crate::domain::{HazardKind, Severity, Urgency};
use crate::sources::formats::kind::kind_of;

/// How grave a warning is, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sources) enum Level {
    Advisory,
    Warning,
    Danger,
    Emergency,
}

/// A code: the phenomenon that it warns of, and how gravely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sources) struct Kind {
    /// The phenomenon, in our word; the codes of one phenomenon take each other's place.
    pub(in crate::sources) phenomenon: String,
    pub(in crate::sources) hazard: HazardKind,
    /// `None` when neither the code nor the name tells.
    pub(in crate::sources) level: Option<Level>,
    /// The Japanese name.
    pub(in crate::sources) japanese: String,
    /// The English name, of codes that are known.
    pub(in crate::sources) english: Option<String>,
    /// False for what has advisories alone.
    has_warning: bool,
}

/// Code, phenomenon, kind, level, Japanese name, English name without its level.
type Row = (&'static str, &'static str, HazardKind, Level, &'static str, &'static str);

const TABLE: [Row; 36] = [
    ("02", "snowstorm", Winter, Warning, "暴風雪警報", "Snowstorm"),
    ("03", "heavy-rain", Flood, Warning, "大雨警報", "Heavy Rain"),
    ("04", "flood", Flood, Warning, "洪水警報", "Flood"),
    ("05", "storm", Wind, Warning, "暴風警報", "Storm"),
    ("06", "heavy-snow", Winter, Warning, "大雪警報", "Heavy Snow"),
    ("07", "high-waves", Surge, Warning, "波浪警報", "High Wave"),
    ("08", "storm-surge", Surge, Warning, "高潮警報", "Storm Surge"),
    ("09", "landslide", Flood, Warning, "土砂災害警報", "Landslide"),
    ("10", "heavy-rain", Flood, Advisory, "大雨注意報", "Heavy Rain"),
    ("12", "heavy-snow", Winter, Advisory, "大雪注意報", "Heavy Snow"),
    ("13", "snowstorm", Winter, Advisory, "風雪注意報", "Gale and Snow"),
    ("14", "thunderstorm", Thunderstorm, Advisory, "雷注意報", "Thunderstorm"),
    ("15", "storm", Wind, Advisory, "強風注意報", "Gale"),
    ("16", "high-waves", Surge, Advisory, "波浪注意報", "High Wave"),
    ("17", "snow-melting", Flood, Advisory, "融雪注意報", "Snow Melting"),
    ("18", "flood", Flood, Advisory, "洪水注意報", "Flood"),
    ("19", "storm-surge", Surge, Advisory, "高潮注意報", "Storm Surge"),
    ("20", "dense-fog", Other, Advisory, "濃霧注意報", "Dense Fog"),
    ("21", "dry-air", Fire, Advisory, "乾燥注意報", "Dry Air"),
    ("22", "avalanche", Winter, Advisory, "なだれ注意報", "Avalanche"),
    ("23", "low-temperature", Winter, Advisory, "低温注意報", "Low Temperature"),
    ("24", "frost", Winter, Advisory, "霜注意報", "Frost"),
    ("25", "ice-accretion", Winter, Advisory, "着氷注意報", "Ice Accretion"),
    ("26", "snow-accretion", Winter, Advisory, "着雪注意報", "Snow Accretion"),
    ("27", "other", Other, Advisory, "その他の注意報", "Other"),
    ("29", "landslide", Flood, Advisory, "土砂災害注意報", "Landslide"),
    ("32", "snowstorm", Winter, Emergency, "暴風雪特別警報", "Snowstorm"),
    ("33", "heavy-rain", Flood, Emergency, "大雨特別警報", "Heavy Rain"),
    ("35", "storm", Wind, Emergency, "暴風特別警報", "Storm"),
    ("36", "heavy-snow", Winter, Emergency, "大雪特別警報", "Heavy Snow"),
    ("37", "high-waves", Surge, Emergency, "波浪特別警報", "High Wave"),
    ("38", "storm-surge", Surge, Emergency, "高潮特別警報", "Storm Surge"),
    ("39", "landslide", Flood, Emergency, "土砂災害特別警報", "Landslide"),
    ("43", "heavy-rain", Flood, Danger, "大雨危険警報", "Heavy Rain"),
    ("48", "storm-surge", Surge, Danger, "高潮危険警報", "Storm Surge"),
    ("49", "landslide", Flood, Danger, "土砂災害危険警報", "Landslide"),
];

/// What a code means; of one that is not known, what its name tells.
pub(in crate::sources) fn kind(code: &str, name: Option<&str>) -> Kind {
    let rows = || TABLE.iter();
    let Some((_, phenomenon, kind, level, japanese, english)) = rows().find(|row| row.0 == code) else {
        return unknown(code, name);
    };
    let is_of_it = |row: &&Row| row.1 == *phenomenon && row.3 > Advisory;
    Kind {
        phenomenon: (*phenomenon).to_owned(),
        hazard: *kind,
        level: Some(*level),
        japanese: name.unwrap_or(japanese).to_owned(),
        english: Some((*english).to_owned()),
        has_warning: rows().any(|row| is_of_it(&row)),
    }
}

fn unknown(code: &str, name: Option<&str>) -> Kind {
    let level = name.and_then(level_in);
    Kind {
        phenomenon: format!("code-{code}"),
        hazard: name.map_or(Other, kind_of),
        level,
        japanese: name.map_or_else(|| format!("コード{code}"), str::to_owned),
        english: None,
        has_warning: level > Some(Advisory),
    }
}

/// The level that a name or the end of a status tells: `警報から注意報` is an advisory now.
pub(in crate::sources) fn level_in(text: &str) -> Option<Level> {
    let now = text.rsplit("から").next().unwrap_or(text);
    let words = [("特別警報", Emergency), ("危険警報", Danger), ("注意報", Advisory), ("警報", Warning)];
    words.into_iter().find(|(word, _)| now.contains(word)).map(|(_, level)| level)
}

impl Kind {
    /// The same phenomenon at another level, under that level's own code when there is one.
    pub(in crate::sources) fn at(self, level: Level) -> Self {
        if self.level == Some(level) {
            return self;
        }
        let mut rows = TABLE.iter();
        match rows.find(|row| row.1 == self.phenomenon && row.3 == level) {
            Some(row) => kind(row.0, None),
            None => Self { level: Some(level), ..self },
        }
    }

    pub(in crate::sources) fn severity(&self) -> Severity {
        match self.level {
            None => Severity::Unknown,
            Some(Emergency) => Severity::Extreme,
            Some(Danger | Warning) => Severity::Severe,
            Some(Advisory) if self.has_warning => Severity::Moderate,
            Some(Advisory) => Severity::Minor,
        }
    }

    pub(in crate::sources) fn urgency(&self) -> Urgency {
        match self.level {
            None => Urgency::Unknown,
            Some(Emergency | Danger) => Urgency::Immediate,
            Some(Warning | Advisory) => Urgency::Expected,
        }
    }

    /// `Heavy Rain Warning`.
    pub(in crate::sources) fn in_english(&self) -> Option<String> {
        let level = match self.level? {
            Advisory => "Advisory",
            Warning => "Warning",
            Danger => "Danger Warning",
            Emergency => "Emergency Warning",
        };
        self.english.as_ref().map(|name| format!("{name} {level}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(code: &str, phenomenon: &str, hazard: HazardKind, severity: Severity, urgency: Urgency, english: &str) {
        let found = kind(code, None);
        let told = (found.phenomenon.as_str(), found.hazard, found.severity(), found.urgency());
        assert_eq!(told, (phenomenon, hazard, severity, urgency), "{code}");
        assert_eq!(found.in_english().as_deref(), Some(english));
    }

    #[test]
    fn codes_that_are_known() {
        check("33", "heavy-rain", Flood, Severity::Extreme, Urgency::Immediate, "Heavy Rain Emergency Warning");
        check("49", "landslide", Flood, Severity::Severe, Urgency::Immediate, "Landslide Danger Warning");
        check("05", "storm", Wind, Severity::Severe, Urgency::Expected, "Storm Warning");
        check("15", "storm", Wind, Severity::Moderate, Urgency::Expected, "Gale Advisory");
        check("14", "thunderstorm", Thunderstorm, Severity::Minor, Urgency::Expected, "Thunderstorm Advisory");
        check("48", "storm-surge", Surge, Severity::Severe, Urgency::Immediate, "Storm Surge Danger Warning");
    }

    #[test]
    fn a_code_that_is_new_is_read_by_its_name() {
        let found = kind("59", Some("レベル４氾濫危険警報"));
        assert_eq!((found.severity(), found.phenomenon.as_str()), (Severity::Severe, "code-59"));
        assert_eq!(kind("60", Some("暴風警報")).hazard, Wind);
        let nameless = kind("61", None);
        assert_eq!((nameless.severity(), nameless.hazard, nameless.in_english()), (Severity::Unknown, Other, None));
    }

    #[test]
    fn the_level_now_is_the_one_after_the_word_from() {
        let levels = ["危険警報から注意報", "特別警報から危険警報", "特別警報から警報", "継続"].map(level_in);
        assert_eq!(levels, [Some(Advisory), Some(Danger), Some(Warning), None]);
    }

    #[test]
    fn another_level_of_the_same_phenomenon() {
        let raised = kind("29", None).at(Danger);
        assert_eq!((raised.japanese.as_str(), raised.severity()), ("土砂災害危険警報", Severity::Severe));
        assert_eq!(kind("14", None).at(Warning).severity(), Severity::Severe);
    }
}
