//! The mail's picture: the storm's way, its winds and the places of this mail. A mail never fails for its picture.

use minijinja::context;
use sha2::{Digest as _, Sha256};

use super::clean;
use super::compose::domain;
use super::scene::{Scene, Spoken};
use super::sources::agency;
use super::view::Picture;
use crate::domain::{Attachment, Fault, Hazard, Level, Place, Position, Technique, Timestamp, Track};
use crate::pictures::{MapSite, Mark, PictureError, StormMap, Winds, can_write};

/// How many other agencies' tracks are drawn.
const OTHERS_MAX: usize = 3;
/// How many places the description names.
const NAMED_MAX: usize = 6;

/// A map of what the mail speaks of, and the words that tell the same; `None` without a track or a live alert, or when it
/// cannot be drawn.
pub(super) fn picture(scene: &Scene<'_>) -> Option<(Picture, Attachment)> {
    let (first, hazard, track) = scene.live().into_iter().find_map(|line| tracked(scene, line))?;
    let map = map(scene, &first, hazard, track);
    let drawn = match scene.desk.album.draw(&map) {
        Ok(drawn) => drawn,
        Err(PictureError::Nothing) => return None,
        Err(error) => {
            scene.says.note(Fault::minor(Place::default().field("picture"), error.to_string()));
            return None;
        }
    };
    let hash = Sha256::digest(&drawn.png).iter().take(12).fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    let cid = format!("map-{hash}@{}", domain(scene.desk.sender_domain));
    let alt = alt(scene, &first, hazard);
    let attachment = Attachment {
        name: "map.png".to_owned(),
        media_type: "image/png".to_owned(),
        content_id: Some(cid.clone()),
        bytes: drawn.png,
    };
    Some((Picture { cid, alt, width: drawn.width, height: drawn.height }, attachment))
}

/// A line whose storm has a track.
fn tracked<'a>(scene: &Scene<'a>, line: Spoken<'a>) -> Option<(Spoken<'a>, &'a Hazard, &'a Track)> {
    let hazard = scene.hazard(line.alert)?;
    Some((line, hazard, hazard.track.as_ref()?))
}

fn map<'a>(scene: &Scene<'a>, first: &Spoken<'a>, hazard: &'a Hazard, track: &'a Track) -> StormMap<'a> {
    let says = &scene.says;
    let analysis = analysis(hazard, track);
    let issued = hazard.issued.unwrap_or(analysis);
    let sites = sites(scene);
    let mut marks: Vec<(Mark, String)> = Vec::new();
    for (mark, key) in [
        (Mark::Act, "level.act"),
        (Mark::Warn, "level.warn"),
        (Mark::Watch, "level.watch"),
        (Mark::Over, "picture.over"),
    ] {
        if sites.iter().any(|site| site.mark == mark) {
            // Nobody is told to act where the wind is there already.
            let key = if mark == Mark::Act && all_blow(scene) { "short.blows" } else { key };
            marks.push((mark, says.word(key)));
        }
    }
    let facts = context! {
        agency => agency(says, hazard), issued => says.short(issued, &scene.zone),
        zone => says.zone(&scene.zone, issued),
    };
    StormMap {
        title: says.say("picture.title", &context! { storm => scene.storm.as_str() }),
        source: says.say("picture.source", &facts),
        track,
        analysis,
        others: others(scene, first, hazard),
        times: times(scene, first, track, analysis),
        sites,
        lanes: lanes(scene),
        winds: Winds {
            title: says.word("picture.winds"),
            gale: says.word("picture.gale"),
            storm: says.word("picture.storm"),
            typhoon: says.word("picture.typhoon"),
        },
        marks,
    }
}

/// True when a gale blows at every place of the highest level where something is still to be begun.
fn all_blow(scene: &Scene<'_>) -> bool {
    let open = |line: &Spoken<'_>| line.is_open() && line.alert.level == Level::Act;
    scene.live().iter().filter(|line| open(line)).all(|line| scene.blows(line.alert))
}

/// The instant from which on a track is a forecast: that of its analysis.
fn analysis(hazard: &Hazard, track: &Track) -> Timestamp {
    let fix = track.fixes.iter().rev().find(|fix| fix.tau_h <= 0).or(track.fixes.first());
    fix.map(|fix| fix.time).or(hazard.issued).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The mail's places, each once, with what is worst there.
fn sites(scene: &Scene<'_>) -> Vec<MapSite> {
    let mut sites: Vec<MapSite> = Vec::new();
    let live = scene.live();
    let over = scene.lines.iter().copied().filter(|line| !line.is_live());
    for line in live.iter().copied().chain(over) {
        let Some(site) = scene.site(line.alert) else { continue };
        let id = written(site.id.as_str());
        if sites.iter().any(|known| known.id == id) {
            continue;
        }
        let mark = match line.alert.level {
            _ if !line.is_live() || !line.is_open() => Mark::Over,
            Level::Act => Mark::Act,
            Level::Warn => Mark::Warn,
            Level::Watch => Mark::Watch,
        };
        let own = clean::name(&site.name);
        let name = if own.is_empty() || own == id || !can_write(&own) { id.clone() } else { format!("{id} {own}") };
        sites.push(MapSite { position: site.position, id, name, mark });
    }
    sites
}

/// An id as it can be written.
fn written(id: &str) -> String {
    clean::name(id).chars().map(|c| if can_write(c.encode_utf8(&mut [0; 4])) { c } else { '?' }).collect()
}

fn lanes<'a>(scene: &Scene<'a>) -> Vec<(String, &'a [Position])> {
    let mut lanes: Vec<(String, &'a [Position])> = Vec::new();
    for line in scene.live() {
        if let Some(lane) = scene.lane(line.alert).filter(|lane| lane.course.len() > 1) {
            let id = written(lane.id.as_str());
            if !lanes.iter().any(|(known, _)| *known == id) {
                lanes.push((id, &lane.course));
            }
        }
    }
    lanes
}

/// What other agencies forecast of the same storm: of each the newest track.
fn others<'a>(scene: &Scene<'a>, first: &Spoken<'_>, own: &Hazard) -> Vec<(String, &'a Track)> {
    let Some(event) = scene.desk.state.events.get(&first.alert.event) else { return Vec::new() };
    let mut found: Vec<(&str, Option<Timestamp>, &'a Track)> = Vec::new();
    for hazard in event.hazards.iter().filter_map(|id| scene.desk.state.hazards.get(id)) {
        let Some(track) = hazard.track.as_ref().filter(|track| track.standing == Technique::Official) else { continue };
        let agency = hazard.agency();
        if agency == own.agency() {
            continue;
        }
        match found.iter_mut().find(|(known, ..)| *known == agency) {
            Some(known) if known.1 < hazard.issued => *known = (agency, hazard.issued, track),
            Some(_) => {}
            None => found.push((agency, hazard.issued, track)),
        }
    }
    found.into_iter().take(OTHERS_MAX).map(|(agency, _, track)| (written(&agency.to_uppercase()), track)).collect()
}

/// When the storm is nearest the first place, then every fix of the forecast.
fn times(scene: &Scene<'_>, first: &Spoken<'_>, track: &Track, analysis: Timestamp) -> Vec<(Timestamp, String)> {
    let nearest = first.alert.exposure.closest_at.filter(|at| *at >= analysis);
    let mut times: Vec<Timestamp> = nearest.into_iter().chain([analysis]).collect();
    for fix in track.fixes.iter().filter(|fix| fix.time > analysis).map(|fix| fix.time) {
        // What is within three hours of the nearest is told by it.
        let is_told = nearest.is_some_and(|at| at.duration_since(fix).as_hours().abs() < 3);
        if !is_told && !times.contains(&fix) {
            times.push(fix);
        }
    }
    times.into_iter().map(|at| (at, scene.says.stamp(at, &scene.zone))).collect()
}

/// The picture in words, for who cannot see it or has pictures off.
fn alt(scene: &Scene<'_>, first: &Spoken<'_>, hazard: &Hazard) -> String {
    let says = &scene.says;
    let mut places: Vec<String> = Vec::new();
    for line in scene.live() {
        let word = super::table::standing(scene, &line).1;
        let place = scene.place(says, line.alert);
        let words = says.say("picture.place", &context! { place, level => word });
        if !places.contains(&words) {
            places.push(words);
        }
    }
    let exposure = &first.alert.exposure;
    let at = exposure.closest_at.map(|at| says.short(at, &scene.zone)).unwrap_or_default();
    let facts = context! {
        storm => scene.storm.as_str(), agency => agency(says, hazard), place => scene.place(says, first.alert),
        km => exposure.closest_km.map(|km| says.km(km)).unwrap_or_default(), at,
        places => named(scene, places),
    };
    says.say("picture.alt", &facts)
}

/// The places with what is to be done there, and how many more there are.
fn named(scene: &Scene<'_>, mut places: Vec<String>) -> String {
    let says = &scene.says;
    let n = places.len().saturating_sub(NAMED_MAX);
    places.truncate(NAMED_MAX);
    if n > 0 {
        places.push(says.say("place.more", &context! { n }));
    }
    places.join(says.name("form.clause").unwrap_or("; "))
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::World;
    use super::*;
    use crate::domain::{AlertState, Language, Notice, Reason};

    const BOTH: [(&str, Reason); 2] = [("a1f3", Reason::FirstMatch), ("b2c4", Reason::FirstMatch)];

    fn map(notice: &Notice) -> Option<&Attachment> {
        notice.attachments.iter().find(|part| part.media_type == "image/png")
    }

    #[test]
    fn the_map_goes_along_and_its_words_tell_the_same() {
        for language in [Language::English, Language::Chinese] {
            let composed = World::new(language).compose("li", "wp162004", &BOTH, &[]);
            assert_eq!(composed.faults, Vec::new());
            let part = map(&composed.notice).expect("a map");
            assert!(part.bytes.len() < 60_000, "{}", part.bytes.len());
            let html = &composed.notice.html;
            assert!(html.contains(&format!("src=\"cid:{}\"", part.content_id.as_deref().expect("an id"))));
            let alt = html.split("alt=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("words");
            let alone = composed.notice.html_alone();
            assert!(alone.contains("src=\"data:image/png;base64,iVBOR") && !alone.contains("cid:"));
            assert!(alt.contains("TZ-01") && alt.contains("LH-02") && alt.contains("23"), "{alt}");
        }
    }

    #[test]
    fn people_with_the_same_places_get_the_same_map() {
        let world = World::new(Language::English);
        let (li, chen) = (world.compose("li", "wp162004", &BOTH, &[]), world.compose("chen", "wp162004", &BOTH, &[]));
        assert_eq!(map(&li.notice), map(&chen.notice));
        assert_eq!(world.album.count(), 1, "it is drawn once");
    }

    #[test]
    fn without_a_track_or_a_danger_there_is_no_map() {
        let mut world = World::new(Language::English);
        let rain = world.compose("li", "cap-77aa", &[("d4e6", Reason::FirstMatch)], &[]);
        assert_eq!(map(&rain.notice), None);
        world.alert("a1f3").state = AlertState::Cleared;
        let over = world.compose("li", "wp162004", &[("a1f3", Reason::DangerOver)], &[]);
        assert!(map(&over.notice).is_none() && !over.notice.html.contains("<img"));
        for hazard in world.state.hazards.values_mut() {
            if let Some(track) = &mut hazard.track {
                track.fixes.clear();
            }
        }
        let empty = world.compose("li", "wp162004", &[("b2c4", Reason::FirstMatch)], &[]);
        assert!(empty.faults.is_empty() && map(&empty.notice).is_some(), "the place alone");
    }

    #[test]
    fn names_that_cannot_be_written_give_way_to_the_id() {
        let mut world = World::new(Language::English);
        for mut site in world.portfolio.sites.values().cloned().collect::<Vec<_>>() {
            site.name = "ひまわり倉庫".into();
            world.portfolio.sites.insert(site.id.clone(), site);
        }
        let composed = world.compose("li", "wp162004", &BOTH, &[]);
        assert!(composed.faults.is_empty() && map(&composed.notice).is_some());
        assert_eq!(written("TZ-01"), "TZ-01");
        assert_eq!(written("倉\u{1F4A7}1"), "??1");
    }
}
