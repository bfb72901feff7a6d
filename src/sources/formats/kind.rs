//! Which kind of threat an agency's words mean, in the languages of the feeds that we know.
//!
//! The words are our own reading of recorded warnings and of the agencies' published lists (CAP-AU and CAP-CP event
//! lists, MeteoAlarm awareness types, CMA and JMA warning names): a table to be lengthened, not a standard.

use crate::domain::HazardKind;

/// Kinds in the order in which they are tried, each with its words.
///
/// A word matches the beginning of any word of the text; `=word` only a whole one; one with a blank or of a script
/// that sets none is looked for anywhere. The order settles what two rows claim: a hurricane-force wind warning of the
/// open sea is wind, a heat wave is no wave, a thunderstorm gale is a thunderstorm, a storm surge is no storm, freezing rain is winter.
const WORDS: [(HazardKind, &[&str]); 12] = [
    (HazardKind::Other, &["heat wave", "heatwave"]),
    (HazardKind::Winter, &["cold wave"]),
    (HazardKind::Wind, &["hurricane force wind", "hurricane-force wind"]),
    (HazardKind::Tsunami, &["tsunami", "海啸", "海嘯", "津波", "해일"]),
    (
        HazardKind::TropicalCyclone,
        &[
            "typhoon",
            "hurricane",
            "tropical cyclone",
            "tropical storm",
            "tropical depression",
            "cyclon",
            "ciclon",
            "ciclón",
            "huracan",
            "huracán",
            "furacão",
            "furacao",
            "tormenta tropical",
            "tempestade tropical",
            "tempête tropicale",
            "ouragan",
            "bagyo",
            "bão",
            "áp thấp nhiệt đới",
            "台风",
            "颱風",
            "台風",
            "热带气旋",
            "热带风暴",
            "热带低压",
            "熱帶氣旋",
            "熱帯低気圧",
            "태풍",
        ],
    ),
    (HazardKind::Earthquake, &["earthquake", "volcan", "sismo", "terremoto", "séisme", "地震", "火山", "噴火", "지진"]),
    (
        HazardKind::Fire,
        &["fire", "bushfire", "wildfire", "red flag", "incendi", "waldbrand", "=feu", "feux", "火险", "火災", "山火"],
    ),
    (
        HazardKind::Surge,
        &[
            "surge",
            "coastal flood",
            "coastal event",
            "coastalevent",
            "lakeshore flood",
            "high surf",
            "high sea",
            "wave",
            "swell",
            "rip current",
            "sturmflut",
            "vagues",
            "submersion",
            "oleaje",
            "marejada",
            "mareggiata",
            "ressaca",
            "fenómenos costeros",
            "风暴潮",
            "海浪",
            "高潮",
            "波浪",
            "風暴潮",
            "풍랑",
        ],
    ),
    (
        HazardKind::Thunderstorm,
        &[
            "thunder",
            "lightning",
            "hail",
            "tornado",
            "waterspout",
            "gewitter",
            "orage",
            "temporal",
            "tormenta",
            "trovoada",
            "relámpago",
            "åska",
            "tuoni",
            "雷",
            "冰雹",
            "龙卷",
            "龍捲",
            "竜巻",
            "强对流",
            "뇌우",
        ],
    ),
    (
        HazardKind::Winter,
        &[
            "snow",
            "blizzard",
            "winter",
            "=ice",
            "=icy",
            "icing",
            "freez",
            "frost",
            "sleet",
            "avalanche",
            "wind chill",
            "extreme cold",
            "low temperature",
            "schnee",
            "glätte",
            "glatteis",
            "neige",
            "verglas",
            "nieve",
            "nevada",
            "=neve",
            "nevicat",
            "snö",
            "snjó",
            "雪",
            "寒潮",
            "寒冷",
            "道路结冰",
            "霜",
            "대설",
            "한파",
        ],
    ),
    (
        HazardKind::Flood,
        &[
            "flood",
            "rain",
            "hydrolog",
            "landslip",
            "landslide",
            "debris flow",
            "hochwasser",
            "regen",
            "starkregen",
            "pluie",
            "inondation",
            "crues",
            "lluvia",
            "inundaci",
            "chuva",
            "inundação",
            "pioggia",
            "alluvion",
            "mưa",
            "雨",
            "洪水",
            "山洪",
            "土砂",
            "地质灾害",
            "地質災害",
            "山泥傾瀉",
            "水浸",
            "渍涝",
            "호우",
        ],
    ),
    (
        HazardKind::Wind,
        &[
            "=wind",
            "=winds",
            "windy",
            "windstorm",
            "windböen",
            "gale",
            "gust",
            "squall",
            "storm",
            "sturm",
            "orkan",
            "böen",
            "=vent",
            "vents",
            "tempête",
            "viento",
            "vento",
            "vindur",
            "hvassviðri",
            "stormur",
            "大风",
            "大風",
            "强风",
            "強風",
            "暴风",
            "暴風",
            "阵风",
            "季候風",
            "강풍",
        ],
    ),
];

/// The kind that the words name; `Other` when none is known. Give the most telling text first, and others only
/// when it says nothing: a description names many things that a warning is not about.
///
/// ```text
/// kind_of("Typhoon Warning") == TropicalCyclone; kind_of("大风蓝色预警") == Wind
/// ```
pub(crate) fn kind_of(text: &str) -> HazardKind {
    let text = text.to_lowercase();
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let says = |pattern: &&str| {
        if let Some(whole) = pattern.strip_prefix('=') {
            words.contains(&whole)
        } else if pattern.contains([' ', '-']) || !is_spaced_script(pattern) {
            text.contains(*pattern)
        } else {
            words.iter().any(|word| word.starts_with(*pattern))
        }
    };
    WORDS.iter().find(|(_, patterns)| patterns.iter().any(says)).map_or(HazardKind::Other, |(kind, _)| *kind)
}

/// True for scripts that set blanks between words: here Latin with its accents, up to Vietnamese.
fn is_spaced_script(pattern: &str) -> bool {
    pattern.chars().all(|c| c < '\u{2000}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: HazardKind, texts: &[&str]) {
        for text in texts {
            assert_eq!(kind_of(text), kind, "{text}");
        }
    }

    #[test]
    fn storms_of_the_tropics() {
        let texts =
            ["Typhoon Warning", "Aviso de Ciclón Tropical en el Pacífico", "台风红色预警信号", "颱風", "태풍경보"];
        check(HazardKind::TropicalCyclone, &texts);
        check(HazardKind::TropicalCyclone, &["Hurricane Warning", "TORMENTA TROPICAL VICENTE", "Tropical Storm Watch"]);
    }

    #[test]
    fn winds() {
        check(
            HazardKind::Wind,
            &["Gale Warning", "大风蓝色预警", "Ventos Costeiros", "Veðurviðvörun: Vindur", "暴風警報"],
        );
        check(HazardKind::Wind, &["average wind speed at sea", "Hurricane Force Wind Warning", "Storm Warning"]);
    }

    #[test]
    fn the_sea() {
        check(
            HazardKind::Surge,
            &["Storm Surge Warning", "风暴潮橙色警报", "Coastal Flood Advisory", "High Surf", "波浪警報"],
        );
        check(HazardKind::Tsunami, &["Tsunami Cancellation", "津波注意報"]);
    }

    #[test]
    fn the_sky_and_the_ground() {
        check(HazardKind::Thunderstorm, &["STARKES GEWITTER", "Vigilance jaune orages", "雷雨大风", "Tornado Watch"]);
        check(
            HazardKind::Winter,
            &["Blizzard Warning", "Cold wave", "heavy snow SMHI-B", "neige", "暴風雪警報", "Freezing Rain"],
        );
        check(HazardKind::Flood, &["Flash Flood Watch", "FLOOD", "暴雨黄色预警", "大雨特別警報", "土砂災害"]);
        check(HazardKind::Earthquake, &["Earthquake", "火山"]);
        check(HazardKind::Fire, &["Grass Fire", "Red Flag Warning", "森林火险"]);
    }

    #[test]
    fn words_within_words_do_not_count() {
        check(
            HazardKind::Other,
            &["Child Abduction", "event", "preventive", "training", "window", "高温", "weather", ""],
        );
    }
}
