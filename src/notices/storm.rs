//! What a storm or warning is called: `Typhoon Rananim`, `台风“云娜”`, or the warning's own words.

use minijinja::context;

use super::clean;
use super::speaker::Speaker;
use crate::domain::{Averaging, Event, EventId, Hazard, HazardKind, Language, State, Track, Wind};

/// Where a storm is called what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Basin {
    WestPacific,
    NorthAmerica,
    Other,
}

/// The name of an event in the speaker's language. `id` and `kind` serve when the event is no longer known.
pub(super) fn storm(says: &Speaker<'_>, state: &State, id: &EventId, kind: HazardKind) -> String {
    let event = state.events.get(id);
    let hazards: Vec<&Hazard> = event
        .map(|event| event.hazards.iter().filter_map(|hazard| state.hazards.get(hazard)).collect())
        .unwrap_or_default();
    let kind = event.map_or(kind, |event| event.kind);
    if kind == HazardKind::TropicalCyclone && is_storm(id, event, &hazards) {
        return named(says, id, event, &hazards);
    }
    let wanted = says.language();
    let own =
        hazards.iter().flat_map(|hazard| &hazard.texts).find(|text| Language::from_tag(&text.lang) == Some(wanted));
    let words = own.map(|text| clean::name(&text.event)).filter(|text| !text.is_empty());
    // Another language's words for it say less to this reader than our own word for its kind.
    let known = || event.and_then(|event| event.name.as_deref()).map(clean::name).filter(|name| !name.is_empty());
    let fits = |name: &String| name.is_ascii() == (wanted == Language::English);
    words.or_else(|| known().filter(fits)).unwrap_or_else(|| says.word(&format!("kind.{}", kind_key(kind))))
}

/// The key of a kind in the texts.
fn kind_key(kind: HazardKind) -> &'static str {
    match kind {
        HazardKind::TropicalCyclone => "tropical-cyclone",
        HazardKind::Wind => "wind",
        HazardKind::Surge => "surge",
        HazardKind::Flood => "flood",
        HazardKind::Winter => "winter",
        HazardKind::Thunderstorm => "thunderstorm",
        HazardKind::Tsunami => "tsunami",
        HazardKind::Earthquake => "earthquake",
        HazardKind::Fire => "fire",
        HazardKind::Other => "other",
    }
}

fn named(says: &Speaker<'_>, id: &EventId, event: Option<&Event>, hazards: &[&Hazard]) -> String {
    let basin = basin(id, event, hazards);
    let strength = if is_strong(hazards) { "strong" } else { "weak" };
    let region = match basin {
        Basin::WestPacific => "wp",
        Basin::NorthAmerica => "na",
        Basin::Other => "other",
    };
    let kind = says.word(&format!("storm.{region}-{strength}"));
    match event.and_then(|event| event.name.as_deref()).map(clean::name).filter(|name| is_name(name)) {
        Some(name) => {
            let key = format!("name.{}", name.to_uppercase());
            let name = says.name(&key).map_or_else(|| title_case(&name), str::to_owned);
            says.say("storm.named", &context! { kind, name })
        }
        None => match codes(id, event).find_map(atcf) {
            Some((basin, number)) => format!("{kind} {}{number}", basin.to_uppercase()),
            None => kind,
        },
    }
}

/// A storm has a track, a name of its own, or an ATCF id; a plain warning has none of them.
fn is_storm(id: &EventId, event: Option<&Event>, hazards: &[&Hazard]) -> bool {
    let name = event.and_then(|event| event.name.as_deref()).unwrap_or_default();
    let looks_so = !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '-');
    looks_so
        || codes(id, event).any(|code| atcf(code).is_some())
        || hazards.iter().any(|h| h.track.is_some() || h.name.is_some())
}

/// False when the forecast never reaches 64 kt; a storm of unknown strength is taken for a strong one.
fn is_strong(hazards: &[&Hazard]) -> bool {
    let tracks = hazards.iter().filter_map(|hazard| hazard.track.as_ref());
    let speed = |track: &Track| {
        let winds = track.fixes.iter().filter_map(|fix| fix.vmax_kt);
        winds.map(|kt| Wind::new(crate::domain::Knots(kt), track.averaging).on(Averaging::OneMinute).0).reduce(f64::max)
    };
    tracks.filter_map(speed).reduce(f64::max).is_none_or(|kt| kt >= 64.0)
}

fn basin(id: &EventId, event: Option<&Event>, hazards: &[&Hazard]) -> Basin {
    if let Some((basin, _)) = codes(id, event).find_map(atcf) {
        return match basin.as_str() {
            "wp" => Basin::WestPacific,
            "al" | "ep" | "cp" => Basin::NorthAmerica,
            _ => Basin::Other,
        };
    }
    let fix = hazards.iter().filter_map(|hazard| hazard.track.as_ref()).find_map(|track| track.fixes.first());
    match fix.map(|fix| (fix.position.lat(), fix.position.lon())) {
        Some((lat, lon)) if lat > 0.0 && lon >= 100.0 => Basin::WestPacific,
        Some((lat, lon)) if lat > 0.0 && lon < 0.0 => Basin::NorthAmerica,
        _ => Basin::Other,
    }
}

fn codes<'a>(id: &'a EventId, event: Option<&'a Event>) -> impl Iterator<Item = &'a str> {
    std::iter::once(id.as_str()).chain(event.into_iter().flat_map(|event| event.keys.iter().map(String::as_str)))
}

/// Basin and number of an ATCF id such as `wp162004`.
fn atcf(code: &str) -> Option<(String, String)> {
    let (basin, digits) = code.split_at_checked(2)?;
    let number = digits.get(..2)?;
    let is_one = basin.chars().all(|c| c.is_ascii_alphabetic())
        && digits.len() == 6
        && digits.chars().all(|c| c.is_ascii_digit());
    is_one.then(|| (basin.to_ascii_lowercase(), number.to_owned()))
}

/// What agencies write before a storm has a name is none.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !["INVEST", "UNNAMED", "NONAME", "NAMELESS", "GENESIS"].contains(&name.to_uppercase().as_str())
}

/// `RANANIM` as `Rananim`; a name that is not in capitals stays as it is.
fn title_case(name: &str) -> String {
    if name.chars().any(char::is_lowercase) {
        return name.to_owned();
    }
    let word = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(String::from).unwrap_or_default();
        first + &letters.as_str().to_lowercase()
    };
    name.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::with_speaker;
    use super::*;
    use crate::domain::Timestamp;

    fn check(language: Language, id: &str, name: Option<&str>, expected: &str) {
        let id = EventId::new(id);
        let event = Event {
            id: id.clone(),
            kind: HazardKind::TropicalCyclone,
            name: name.map(str::to_owned),
            names: std::collections::BTreeSet::new(),
            merged_into: None,
            keys: std::collections::BTreeSet::new(),
            hazards: std::collections::BTreeSet::new(),
            first_heard: Timestamp::UNIX_EPOCH,
            last_heard: Timestamp::UNIX_EPOCH,
            issued: None,
            over: None,
        };
        let mut state = State::default();
        state.events.insert(id.clone(), event);
        with_speaker(language, |says| assert_eq!(storm(says, &state, &id, HazardKind::TropicalCyclone), expected));
    }

    #[test]
    fn storms_are_called_as_their_basin_calls_them() {
        check(Language::English, "wp162004", Some("RANANIM"), "Typhoon Rananim");
        check(Language::Chinese, "wp162004", Some("RANANIM"), "台风“云娜”");
        check(Language::English, "al092004", Some("IVAN"), "Hurricane Ivan");
        check(Language::Chinese, "al092004", Some("IVAN"), "飓风“Ivan”");
        check(Language::English, "sh242004", Some("KONG-REY"), "Cyclone Kong-rey");
        check(Language::English, "wp162004", None, "Typhoon WP16");
        check(Language::English, "wp162004", Some("INVEST"), "Typhoon WP16");
        check(Language::English, "cap-12ab", Some("Typhoon Warning"), "Typhoon Warning");
        check(Language::Chinese, "cap-12ab", Some("Typhoon Warning"), "台风预警");
        check(Language::Chinese, "cap-12ab", Some("台风黄色预警"), "台风黄色预警");
        check(Language::English, "cap-12ab", None, "Storm warning");
    }
}
