//! The indexes against brute force: what they find is what `covers` and `touches` say of each place and course.

use proptest::prelude::*;

use super::*;
use crate::domain::{Circle, Footprint, Km, Position, Ring};

fn at(lat: f64, lon: f64) -> Position {
    Position::lat_lon(lat.clamp(-90.0, 90.0), shortest_lon(lon)).expect("a position")
}

/// Numbers on a coarse grid in half of the cases, so that places lie on corners, edges and one above the other.
fn degrees(reach: f64) -> impl Strategy<Value = f64> {
    prop_oneof![(-reach * 4.0..reach * 4.0).prop_map(|n| n.round() / 4.0), -reach..reach]
}

fn offset(reach: f64) -> impl Strategy<Value = (f64, f64)> {
    (degrees(reach), degrees(reach))
}

fn closed(mut ring: Ring, is_closed: bool) -> Ring {
    if is_closed {
        ring.extend(ring.first().copied());
    }
    ring
}

/// Any corners in any order: edges cross, lie on each other, have no length.
fn scribble(reach: f64) -> impl Strategy<Value = Vec<(f64, f64)>> {
    prop::collection::vec(offset(reach), 0..12).prop_flat_map(|corners| {
        let count = corners.len().max(1);
        (Just(corners), 0..count, 0..3_usize).prop_map(|(mut corners, at, doubled)| {
            if let Some(corner) = corners.get(at).copied() {
                corners.splice(at..at, vec![corner; doubled]);
            }
            corners
        })
    })
}

/// A ring as agencies draw them, wound round its middle.
fn star(reach: f64) -> impl Strategy<Value = Vec<(f64, f64)>> {
    prop::collection::vec(0.3..1.0_f64, 3..60).prop_map(move |radii| {
        let count = radii.len() as f64;
        let corner = |(number, radius): (usize, &f64)| {
            let angle = std::f64::consts::TAU * number as f64 / count;
            (radius * reach * angle.sin(), radius * reach * angle.cos())
        };
        radii.iter().enumerate().map(corner).collect()
    })
}

fn polygon(reach: f64) -> impl Strategy<Value = Vec<(Vec<(f64, f64)>, bool)>> {
    let outer = prop_oneof![star(reach), scribble(reach)];
    let holes = prop::collection::vec(prop_oneof![star(reach * 0.3), scribble(reach)], 0..3);
    (outer, holes, any::<bool>()).prop_map(|(outer, holes, is_closed)| {
        std::iter::once(outer).chain(holes).map(|ring| (ring, is_closed)).collect()
    })
}

fn footprint(middle: (f64, f64), reach: f64) -> impl Strategy<Value = Footprint> {
    let circle = (offset(reach), prop_oneof![0.0..reach * 120.0, Just(f64::NAN), Just(-1.0), Just(30_000.0)]);
    let circles = prop_oneof![4 => Just(vec![]).boxed(), 1 => prop::collection::vec(circle, 1..3).boxed()];
    (prop::collection::vec(polygon(reach), 0..3), circles).prop_map(move |(polygons, circles)| {
        let place = |(lat, lon): (f64, f64)| at(middle.0 + lat, middle.1 + lon);
        let ring =
            |(corners, is_closed): (Vec<(f64, f64)>, bool)| closed(corners.into_iter().map(place).collect(), is_closed);
        Footprint {
            polygons: polygons.into_iter().map(|rings| rings.into_iter().map(ring).collect()).collect(),
            circles: circles.into_iter().map(|(o, radius_km)| Circle { centre: place(o), radius_km }).collect(),
        }
    })
}

/// Where things lie, and how wide: the Zhejiang coast, the ±180 line, near a pole, half the earth.
fn stage() -> impl Strategy<Value = ((f64, f64), f64)> {
    prop_oneof![
        Just(((28.0, 121.0), 2.0)),
        Just(((28.0, 121.0), 0.2)),
        Just(((-17.0, 180.0), 3.0)),
        Just(((52.0, -179.0), 12.0)),
        Just(((85.0, 40.0), 8.0)),
        Just(((0.0, 0.0), 85.0)),
        Just(((10.0, 170.0), 60.0)),
    ]
}

fn scene() -> impl Strategy<Value = (Footprint, Vec<Position>)> {
    scene_on(stage())
}

/// A stage on which no ring can wind round the earth: whose inside such a one has hangs on where it begins.
fn small_scene() -> impl Strategy<Value = (Footprint, Vec<Position>)> {
    scene_on(stage().prop_filter("it is small", |(_, reach)| *reach < 20.0))
}

fn scene_on(stage: impl Strategy<Value = ((f64, f64), f64)>) -> impl Strategy<Value = (Footprint, Vec<Position>)> {
    stage.prop_flat_map(|(middle, reach)| {
        let places = prop::collection::vec(offset(reach * 1.2), 0..80).prop_map(move |places| {
            places.into_iter().map(|(lat, lon)| at(middle.0 + lat, middle.1 + lon)).collect::<Vec<Position>>()
        });
        (footprint(middle, reach), places)
    })
}

/// The places, and every corner of the footprint, and the middles of its edges.
fn with_corners(area: &Footprint, mut places: Vec<Position>) -> Vec<Position> {
    for ring in area.polygons.iter().flatten() {
        places.extend(ring);
        let middle = |pair: &[Position]| {
            at(f64::midpoint(pair[0].lat(), pair[1].lat()), f64::midpoint(pair[0].lon(), pair[1].lon()))
        };
        places.extend(ring.windows(2).map(middle));
    }
    places
}

fn covered(area: &Footprint, places: &[Position]) -> Vec<u32> {
    (0..).zip(places).filter(|(_, place)| covers(area, **place)).map(|(id, _)| id).collect()
}

fn found(index: &PlaceIndex, area: &Footprint) -> Vec<u32> {
    let mut found = index.covered_by(&PreparedFootprint::new(area));
    found.sort_unstable();
    found
}

fn touched(area: &Footprint, courses: &[Vec<Position>]) -> Vec<u32> {
    (0..).zip(courses).filter(|(_, course)| touches(area, course)).map(|(id, _)| id).collect()
}

/// A longitude a whole turn away, where no bit is lost on the way there and back.
fn turned_exactly(lon: f64) -> f64 {
    let away = lon - 360.0_f64.copysign(lon);
    #[expect(clippy::float_cmp, reason = "not a bit may differ")]
    let is_exact = Position::lat_lon(0.0, away).is_ok_and(|place| place.lon() == lon);
    if is_exact { away } else { lon }
}

fn courses() -> impl Strategy<Value = (Footprint, Vec<Vec<Position>>)> {
    stage().prop_flat_map(|(middle, reach)| {
        let course = prop::collection::vec(offset(reach * 1.5), 0..24).prop_map(move |places| {
            places.into_iter().map(|(lat, lon)| at(middle.0 + lat, middle.1 + lon)).collect::<Vec<Position>>()
        });
        (footprint(middle, reach), prop::collection::vec(course, 0..12))
    })
}

#[test]
fn a_corner_is_covered_wherever_the_ring_begins() {
    for middle in [121.3, 179.9, -179.7, 0.1] {
        let mut corners: Ring =
            [(0.1, 0.2), (0.3, 1.7), (1.9, 1.1), (1.2, 0.4)].map(|(lat, lon)| at(lat + 28.1, lon + middle)).to_vec();
        for _ in 0..4 {
            corners.rotate_left(1);
            let area = Footprint { polygons: vec![vec![closed(corners.clone(), true)]], circles: Vec::new() };
            assert_eq!(found(&PlaceIndex::new(&corners, 1), &area), covered(&area, &corners), "{middle}");
            if middle < 178.0 && middle > -179.0 {
                assert_eq!(covered(&area, &corners).len(), 4, "{middle}");
            }
        }
    }
}

#[test]
fn a_comb_of_long_teeth_takes_no_more_memory_than_its_edges() {
    let teeth = 20_000;
    let tooth = |n: usize| at(if n.is_multiple_of(2) { -89.0 } else { 89.0 }, n as f64 * 0.005);
    let ring: Ring = (0..teeth).map(tooth).chain([at(-89.0, 100.0), at(-89.0, 0.0)]).collect();
    let area = Footprint { polygons: vec![vec![ring]], circles: Vec::new() };
    let places: Vec<Position> = (0..40).map(|n| at(f64::from(n) * 4.0 - 80.0, f64::from(n) * 2.3 + 0.001)).collect();
    assert_eq!(found(&PlaceIndex::new(&places, 1), &area), covered(&area, &places));
}

#[test]
fn a_place_takes_no_more_than_24_bytes() {
    let places: Vec<Position> =
        (0..200_000).map(|n: i32| at(f64::from(n % 997) * 0.08 - 40.0, f64::from(n) * 0.0017)).collect();
    for threads in [1, 2, 8] {
        let index = PlaceIndex::new(&places, threads);
        assert!(index.bytes() <= 24 * places.len(), "{} bytes", index.bytes());
    }
}

#[test]
fn nothing_is_found_in_nothing() {
    let area = PreparedFootprint::new(&Footprint::default());
    assert!(PlaceIndex::new(&[at(1.0, 1.0)], 2).covered_by(&area).is_empty());
    assert!(PlaceIndex::default().is_empty() && PlaceIndex::default().near(&[at(0.0, 0.0)], Km(1e6)).is_empty());
    assert!(CourseIndex::default().touched_by(&area).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_index_finds_what_covers_says((area, places) in scene()) {
        let places = with_corners(&area, places);
        let want = covered(&area, &places);
        let ready = PreparedFootprint::new(&area);
        let in_its_order = PlaceIndex::new(&places, 1).covered_by(&ready);
        for threads in [1, 2, 8] {
            let index = PlaceIndex::new(&places, threads);
            prop_assert_eq!(&found(&index, &area), &want);
            prop_assert_eq!(&index.covered_by(&ready), &in_its_order, "the same bytes on {} threads", threads);
        }
        prop_assert!(places.iter().all(|place| ready.covers(*place) == covers(&area, *place)));
    }

    /// Wherever a ring begins and whichever way it runs, whole turns of its corners in longitude, and in a mirror.
    #[test]
    fn how_a_ring_is_written_does_not_matter(
        (area, places) in small_scene(),
        start in any::<prop::sample::Index>(),
        is_backwards in any::<bool>(),
        is_turned in any::<bool>(),
    ) {
        let want = covered(&area, &places);
        let index = PlaceIndex::new(&places, 1);
        let mut other = area.clone();
        for ring in other.polygons.iter_mut().flatten() {
            let is_closed = ring.len() > 1 && ring.first() == ring.last();
            ring.truncate(ring.len() - usize::from(is_closed));
            let corners = ring.len();
            if corners > 0 {
                ring.rotate_left(start.index(corners));
            }
            if is_backwards {
                ring.reverse();
            }
            let turn = |place: &Position| if is_turned { turned_exactly(place.lon()) } else { place.lon() };
            let written = ring.iter().map(|place| Position::lat_lon(place.lat(), turn(place)).expect("a position"));
            *ring = closed(written.collect(), is_closed);
        }
        prop_assert_eq!(&found(&index, &other), &want);
        let flip = |place: &Position| at(-place.lat(), place.lon());
        let mirrored: Vec<Position> = places.iter().map(flip).collect();
        for ring in other.polygons.iter_mut().flatten() {
            *ring = ring.iter().map(flip).collect();
        }
        for circle in &mut other.circles {
            circle.centre = flip(&circle.centre);
        }
        prop_assert_eq!(&found(&PlaceIndex::new(&mirrored, 1), &other), &want, "mirrored");
    }

    #[test]
    fn many_places_in_one_row_are_told_apart((area, places) in scene(), which in any::<prop::sample::Index>()) {
        let places = with_corners(&area, places);
        let lats: Vec<f64> = area.polygons.iter().flatten().flatten().map(|place| place.lat()).collect();
        let lat = if lats.is_empty() { 0.0 } else { *which.get(&lats) };
        let row: Vec<Position> = places.iter().map(|place| at(lat + place.lat() * 1e-4, place.lon())).collect();
        prop_assert_eq!(found(&PlaceIndex::new(&row, 1), &area), covered(&area, &row));
    }

    #[test]
    fn places_come_and_go((area, places) in scene(), moved in prop::collection::vec((0..80_u32, offset(10.0)), 0..40)) {
        let mut places = places;
        let mut index = PlaceIndex::new(&places, 1);
        for (number, (lat, lon)) in moved {
            let Some(place) = places.get_mut(number as usize) else { continue };
            let to = at(place.lat() + lat, place.lon() + lon);
            prop_assert!(index.relocate(number, *place, to));
            *place = to;
        }
        prop_assert_eq!(found(&index, &area), covered(&area, &places));
        for (number, place) in (0..).zip(&places) {
            prop_assert!(index.remove(number, *place) && !index.remove(number, *place));
        }
        prop_assert!(index.is_empty());
        for (number, place) in (0..).zip(&places) {
            index.insert(number, *place);
        }
        prop_assert_eq!(index.len(), places.len());
        prop_assert_eq!(found(&index, &area), covered(&area, &places));
    }

    #[test]
    fn the_index_finds_what_touches_says((area, courses) in courses()) {
        let want = touched(&area, &courses);
        for threads in [1, 2, 8] {
            prop_assert_eq!(&CourseIndex::new(&courses, threads).touched_by(&PreparedFootprint::new(&area)), &want);
        }
    }

    #[test]
    fn courses_come_and_go((area, courses) in courses()) {
        let mut index = CourseIndex::default();
        for (id, course) in (0..).zip(&courses).collect::<Vec<_>>().into_iter().rev() {
            index.insert(id, course);
        }
        let ready = PreparedFootprint::new(&area);
        prop_assert_eq!(index.touched_by(&ready), touched(&area, &courses));
        for (id, course) in (0..).zip(&courses) {
            prop_assert_eq!(index.remove(id), !course.is_empty());
            prop_assert!(!index.remove(id));
        }
        prop_assert!(index.touched_by(&ready).is_empty());
    }

    #[test]
    fn nobody_near_is_lost((_, places) in scene(), way in prop::collection::vec((-89.0..89.0, -180.0..180.0), 1..6), km in 1.0..3000.0) {
        let way: Vec<Position> = way.into_iter().map(|(lat, lon)| at(lat, lon)).collect();
        let is_near = |place: &Position| way.iter().any(|from| {
            let (east, north) = plane_km(*from, *place);
            east.hypot(north) <= km
        });
        let near = PlaceIndex::new(&places, 1).near(&way, Km(km));
        prop_assert!(near.is_sorted_by(|a, b| a < b), "each once, in order");
        for (id, place) in (0..).zip(&places) {
            prop_assert!(!is_near(place) || near.contains(&id), "{place:?}");
        }
    }

    #[test]
    fn no_course_near_is_lost((_, courses) in courses(), way in prop::collection::vec(offset(30.0), 1..6), km in 1.0..2000.0) {
        let way: Vec<Position> = way.into_iter().map(|(lat, lon)| at(lat + 20.0, lon + 150.0)).collect();
        let near = CourseIndex::new(&courses, 1).near(&way, Km(km));
        for (id, course) in (0..).zip(&courses) {
            let is_near = densify(course, Km(50.0)).iter().any(|place| way.iter().any(|from| {
                let (east, north) = plane_km(*from, *place);
                east.hypot(north) <= km
            }));
            prop_assert!(!is_near || near.contains(&id), "{course:?}");
        }
    }
}
