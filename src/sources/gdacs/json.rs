//! The `GeoJSON` of GDACS's API: lists of events, one event, its geometry, exposed places; and the timeline.

use std::collections::HashMap;

use serde::Deserialize;

use super::event::{Event, country};
use super::timeline::{self, Channel};
use super::track;
use crate::domain::{Area, Bulletin, Fault, Footprint, Hazard, Parsed, Place, Timestamp};
use crate::sources::formats::dates::{civil, rfc_3339};
use crate::sources::formats::fault_log::FaultLog;
use crate::sources::formats::geometry::Geometry;
use crate::sources::formats::json::{self, List, Maybe, Text};

/// Links that one document may lead to.
const LINKS_MAX: usize = 2_000;

/// Any of the documents: a collection of features, one feature, or a timeline.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Document<'a> {
    #[serde(borrow)]
    features: Option<List<Feature<'a>>>,
    #[serde(borrow)]
    geometry: Maybe<Geometry<'a>>,
    #[serde(borrow)]
    properties: Maybe<Properties<'a>>,
    #[serde(borrow)]
    channel: Maybe<Channel<'a>>,
}

/// One feature.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Feature<'a> {
    #[serde(borrow)]
    pub(super) geometry: Maybe<Geometry<'a>>,
    #[serde(borrow)]
    pub(super) properties: Maybe<Properties<'a>>,
}

/// What a feature says of its event and of itself.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Properties<'a> {
    #[serde(borrow)]
    eventtype: Text<'a>,
    #[serde(borrow)]
    eventid: Text<'a>,
    #[serde(borrow)]
    episodeid: Text<'a>,
    #[serde(borrow)]
    eventname: Text<'a>,
    #[serde(borrow)]
    glide: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    htmldescription: Text<'a>,
    #[serde(borrow)]
    alertlevel: Text<'a>,
    #[serde(borrow)]
    iscurrent: Text<'a>,
    #[serde(borrow)]
    country: Text<'a>,
    #[serde(borrow)]
    iso3: Text<'a>,
    #[serde(borrow)]
    fromdate: Text<'a>,
    #[serde(borrow)]
    todate: Text<'a>,
    #[serde(borrow)]
    datemodified: Text<'a>,
    #[serde(borrow)]
    source: Text<'a>,
    #[serde(borrow, rename = "Class")]
    pub(super) class: Text<'a>,
    #[serde(borrow)]
    pub(super) key: Text<'a>,
    #[serde(borrow)]
    pub(super) polygonlabel: Text<'a>,
    #[serde(borrow)]
    affectedcountries: List<Country<'a>>,
    #[serde(borrow)]
    severitydata: Maybe<SeverityData<'a>>,
    #[serde(borrow)]
    url: Maybe<Urls<'a>>,
    #[serde(borrow)]
    impacts: List<Impact<'a>>,
    /// Only exposed places have one.
    #[serde(borrow)]
    latitude: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Country<'a> {
    #[serde(borrow)]
    iso2: Text<'a>,
    #[serde(borrow)]
    iso3: Text<'a>,
    #[serde(borrow)]
    countryname: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SeverityData<'a> {
    #[serde(borrow)]
    severitytext: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Urls<'a> {
    #[serde(borrow)]
    geometry: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Impact<'a> {
    #[serde(borrow)]
    resource: Maybe<Resource<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Resource<'a> {
    #[serde(borrow)]
    timeline: Text<'a>,
}

pub(super) fn read(text: &str, bulletin: &Bulletin, log: &mut FaultLog) -> Result<Parsed, Fault> {
    let document: Document<'_> = json::parse(text)?;
    if let Some(channel) = document.channel.0 {
        return Ok(Parsed { hazards: timeline::read(&channel, bulletin, log), ..Parsed::default() });
    }
    if let Some(features) = document.features {
        if features.odd > 0 {
            let what = format!("{} features are none", features.odd);
            log.push(Fault::minor(Place::default().field("features"), what));
        }
        return Ok(read_features(features.items, bulletin, log));
    }
    if document.properties.0.is_some() {
        let feature = Feature { geometry: document.geometry, properties: document.properties };
        return Ok(read_features(vec![(0, feature)], bulletin, log));
    }
    let fault = Fault::fatal(Place::default(), "the JSON is none of GDACS: it has no features, event or timeline");
    Err(fault.hint("an empty list of GDACS is `{\"type\":\"FeatureCollection\",\"features\":[]}`"))
}

/// The features of one event.
#[derive(Default)]
struct Group<'a> {
    /// The point that stands for it, or its first feature.
    main: Feature<'a>,
    is_main_centroid: bool,
    /// Everything else: areas, track pieces.
    parts: Vec<Feature<'a>>,
}

fn read_features(features: Vec<(usize, Feature<'_>)>, bulletin: &Bulletin, log: &mut FaultLog) -> Parsed {
    let mut parsed = Parsed::default();
    let mut seen = std::collections::HashSet::new();
    for group in grouped(features, log) {
        let Some((hazard, link)) = group.read(bulletin, log) else { continue };
        parsed.hazards.push(hazard);
        let link = link.filter(|link| parsed.links.len() < LINKS_MAX && seen.insert(link.clone()));
        parsed.links.extend(link);
    }
    parsed
}

/// The features by event, in the order in which the events come.
fn grouped<'a>(features: Vec<(usize, Feature<'a>)>, log: &mut FaultLog) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut places: HashMap<(String, String), usize> = HashMap::new();
    for (at, feature) in features {
        let properties = feature.properties.0.as_ref();
        let identity = properties.and_then(Properties::identity);
        let Some(identity) = identity else {
            if properties.is_none_or(|properties| properties.latitude.get().is_none()) {
                let place = Place::default().field(format!("features[{at}].properties.eventid"));
                log.add(true, || Fault::fatal(place, "a feature without event type and number is lost"));
            }
            continue;
        };
        let is_centroid = properties.and_then(|p| p.class.get()).is_some_and(|class| class == "Point_Centroid");
        let episode = properties.and_then(|p| p.episodeid.get()?.parse::<u64>().ok());
        match places.get(&identity).and_then(|place| groups.get_mut(*place)) {
            Some(group) if is_centroid && (!group.is_main_centroid || episode > group.episode()) => {
                let before = std::mem::replace(&mut group.main, feature);
                if !group.is_main_centroid {
                    group.parts.push(before);
                }
                group.is_main_centroid = true;
            }
            Some(group) if !is_centroid => group.parts.push(feature),
            Some(_) => {}
            None => {
                places.insert(identity, groups.len());
                groups.push(Group { main: feature, is_main_centroid: is_centroid, parts: Vec::new() });
            }
        }
    }
    groups
}

impl Group<'_> {
    fn episode(&self) -> Option<u64> {
        self.main.properties.0.as_ref()?.episodeid.get()?.parse().ok()
    }

    /// The hazard, and where to read on about it.
    fn read(mut self, bulletin: &Bulletin, log: &mut FaultLog) -> Option<(Hazard, Option<String>)> {
        let properties = self.main.properties.0.take()?;
        let event = properties.event(&self.main, log)?;
        if !self.is_main_centroid {
            self.main.properties.0 = Some(properties);
            self.parts.push(self.main);
            return Some((Self::read_parts(event, &self.parts, bulletin, log), None));
        }
        let is_geometry = self.parts.iter().any(|part| !part.is_line());
        if is_geometry {
            return Some((Self::read_parts(event, &self.parts, bulletin, log), None));
        }
        let link = if event.is_current == Some(false) { None } else { properties.link(event.is_storm()) };
        Some((event.into_hazard(bulletin), link))
    }

    fn read_parts(event: Event, parts: &[Feature<'_>], bulletin: &Bulletin, log: &mut FaultLog) -> Hazard {
        if event.is_storm() {
            let (fixes, footprint) = track::read(&event, parts, log);
            return if fixes.is_empty() {
                event.into_hazard(bulletin)
            } else {
                event.into_track(fixes, footprint, bulletin)
            };
        }
        let mut footprint = Footprint::default();
        let mut odd = 0;
        for part in parts.iter().filter(|part| part.is_area()) {
            odd += part.geometry.0.as_ref().map_or(0, |geometry| geometry.add_to(&mut footprint));
        }
        if odd > 0 {
            log.push(Fault::minor(Place::default().field("geometry"), format!("{odd} rings of the areas are none")));
        }
        if footprint.is_empty() { event.into_hazard(bulletin) } else { event.into_area(footprint, bulletin) }
    }
}

impl Feature<'_> {
    pub(super) fn class(&self) -> &str {
        self.properties.0.as_ref().and_then(|properties| properties.class.get()).unwrap_or_default()
    }

    fn is_line(&self) -> bool {
        self.class().starts_with("Line")
    }

    /// True for an area in which the event is, not for one in which it may come to be, or for a map's frame.
    fn is_area(&self) -> bool {
        let class = self.class();
        class.starts_with("Poly") && !class.starts_with("Poly_Cones") && !class.starts_with("Poly_Global")
    }
}

impl Properties<'_> {
    fn identity(&self) -> Option<(String, String)> {
        let (kind, number) = (self.eventtype.get()?, self.eventid.get()?);
        let is_sound = kind.len() <= 4 && number.len() <= 16 && number.bytes().all(|byte| byte.is_ascii_digit());
        is_sound.then(|| (kind.to_ascii_uppercase(), number.to_owned()))
    }

    fn event(&self, feature: &Feature<'_>, log: &mut FaultLog) -> Option<Event> {
        let (kind, number) = self.identity()?;
        let mut time = |text: &Text<'_>, field: &str| {
            let read = text.get().and_then(utc);
            if read.is_none() && text.get().is_some() {
                let place = Place::default().field(format!("{kind}{number}.{field}"));
                log.add(false, || Fault::minor(place, "the time cannot be read"));
            }
            read
        };
        let (from, to) = (time(&self.fromdate, "fromdate"), time(&self.todate, "todate"));
        let modified = time(&self.datemodified, "datemodified");
        let severity = self.severitydata.0.as_ref().and_then(|severity| severity.severitytext.owned());
        let places = feature.geometry.0.as_ref().map(Geometry::places).unwrap_or_default();
        let is_point = feature.geometry.0.as_ref().is_some_and(|geometry| geometry.kind.get() == Some("Point"));
        Some(Event {
            name: self.eventname.owned(),
            headline: self.htmldescription.owned().or_else(|| self.name.owned()),
            description: severity,
            level: self.alertlevel.owned(),
            is_current: self.iscurrent.get().map(|_| self.iscurrent.is_true()),
            from,
            to,
            modified,
            areas: self.areas(),
            glide: self.glide.owned(),
            position: places.first().copied().filter(|_| is_point),
            source: self.source.owned(),
            kind,
            number,
        })
    }

    /// The countries; a list of names without codes when GDACS gives no more.
    fn areas(&self) -> Vec<Area> {
        let known: Vec<Area> = self
            .affectedcountries
            .iter()
            .filter_map(|one| Some(country(one.countryname.get()?, [one.iso2.get(), one.iso3.get()])))
            .collect();
        if !known.is_empty() {
            return known;
        }
        let named =
            self.country.get().map(|name| country(name, [None, self.iso3.get().filter(|_| !name.contains(','))]));
        named.into_iter().collect()
    }

    fn link(&self, is_storm: bool) -> Option<String> {
        let timelines = || self.impacts.iter().find_map(|impact| impact.resource.0.as_ref()?.timeline.owned());
        let geometry = || self.url.0.as_ref().and_then(|url| url.geometry.owned());
        is_storm.then(timelines).flatten().or_else(geometry)
    }
}

/// A time without a zone is UTC.
pub(super) fn utc(text: &str) -> Option<Timestamp> {
    rfc_3339(text).map(crate::sources::formats::dates::When::instant).or_else(|| civil(text, 0))
}
