//! Pictures of Rananim over two places.

use resvg::tiny_skia::Pixmap;

use super::*;
use crate::domain::{Averaging, Fix, Technique, WindRadii};

fn place(lat: f64, lon: f64) -> Position {
    Position::lat_lon(lat, lon).expect("a position")
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn track() -> Track {
    let fix = |time: &str, tau: i32, (lat, lon): (f64, f64), kt: f64, reach: f64| Fix {
        vmax_kt: Some(kt),
        radii: [(34, 1.0), (50, 0.5), (64, 0.25)]
            .into_iter()
            .map(|(kt, share)| WindRadii {
                kt,
                ne_km: reach * share,
                se_km: reach * share * 0.9,
                sw_km: reach * share * 0.7,
                nw_km: reach * share * 0.8,
            })
            .collect(),
        ..Fix::at(at(time), tau, place(lat, lon))
    };
    Track {
        agency: "jtwc".to_owned(),
        technique: "JTWC".to_owned(),
        standing: Technique::Official,
        averaging: Averaging::OneMinute,
        fixes: vec![
            fix("2004-08-10T06:00:00Z", -6, (21.0, 127.4), 75.0, 180.0),
            fix("2004-08-10T12:00:00Z", 0, (22.0, 127.0), 85.0, 200.0),
            fix("2004-08-11T00:00:00Z", 12, (24.2, 125.6), 90.0, 220.0),
            fix("2004-08-11T12:00:00Z", 24, (26.4, 123.8), 90.0, 220.0),
            fix("2004-08-12T12:00:00Z", 48, (28.4, 121.3), 85.0, 220.0),
            fix("2004-08-13T12:00:00Z", 72, (29.5, 117.5), 45.0, 120.0),
        ],
    }
}

fn map(track: &Track) -> StormMap<'_> {
    let site = |lat, lon, id: &str, name: &str, mark| MapSite {
        position: place(lat, lon),
        id: id.to_owned(),
        name: format!("{id} {name}"),
        mark,
    };
    StormMap {
        title: "台风“云娜” Typhoon Rananim".to_owned(),
        source: "Forecast: JTWC".to_owned(),
        track,
        analysis: at("2004-08-10T12:00:00Z"),
        others: Vec::new(),
        times: vec![
            (at("2004-08-12T11:00:00Z"), "Thu 19:00".to_owned()),
            (at("2004-08-11T12:00:00Z"), "Wed 20:00".to_owned()),
        ],
        sites: vec![
            site(28.66, 121.45, "TZ-01", "椒江海堤仓库", Mark::Act),
            site(28.85, 121.12, "LH-02", "临海门店", Mark::Warn),
        ],
        lanes: Vec::new(),
        winds: Winds {
            title: "大风范围".to_owned(),
            gale: "8级".to_owned(),
            storm: "10级".to_owned(),
            typhoon: "12级".to_owned(),
        },
        marks: vec![(Mark::Act, "立即行动".to_owned()), (Mark::Warn, "做好准备".to_owned())],
    }
}

/// How many pixels of the picture are near a colour.
fn count(drawn: &Drawn, rgb: [u8; 3]) -> usize {
    let pixels = Pixmap::decode_png(&drawn.png).expect("a PNG");
    let sharp = f64::from(pixels.width()) / f64::from(drawn.width);
    assert!((1.7..=2.0).contains(&sharp) && pixels.height() > drawn.height, "{sharp}");
    let near = |pixel: &&resvg::tiny_skia::PremultipliedColorU8| {
        [pixel.red(), pixel.green(), pixel.blue()].into_iter().zip(rgb).all(|(a, b)| a.abs_diff(b) < 24)
    };
    pixels.pixels().iter().filter(near).count()
}

#[test]
fn a_map_has_land_sea_winds_and_marks_in_few_bytes() {
    let track = track();
    let drawn = Album::default().draw(&map(&track)).expect("a picture");
    assert!(drawn.png.len() < 60_000, "{} bytes", drawn.png.len());
    for (what, rgb) in
        [("sea", [219, 233, 244]), ("land", [239, 236, 227]), ("act", [163, 18, 10]), ("ink", [27, 33, 39])]
    {
        assert!(count(&drawn, rgb) > 60, "{what}");
    }
}

#[test]
fn the_same_map_gives_the_same_bytes_and_letters_leave_ink() {
    let track = track();
    let one = Album::default().draw(&map(&track)).expect("a picture");
    assert_eq!(one, Album::default().draw(&map(&track)).expect("a picture"));
    let nameless = Album::default().draw(&StormMap { title: String::new(), ..map(&track) }).expect("a picture");
    assert!(count(&one, [27, 33, 39]) > count(&nameless, [27, 33, 39]) + 500, "the title is written");
}

#[test]
fn odd_worlds_are_drawn_or_refused_but_never_a_panic() {
    let alone = Track { fixes: vec![Fix::at(at("2004-08-10T12:00:00Z"), 0, place(22.0, 127.0))], ..track() };
    assert!(Album::default().draw(&map(&alone)).is_ok(), "no winds");
    let empty = Track { fixes: Vec::new(), ..track() };
    assert_eq!(Album::default().draw(&StormMap { sites: Vec::new(), ..map(&empty) }), Err(PictureError::Nothing));
    let mut pole = track();
    pole.fixes.iter_mut().for_each(|fix| fix.position = place(89.0, 10.0));
    assert!(Album::default().draw(&StormMap { sites: Vec::new(), ..map(&pole) }).is_err());
    let hostile = "</text><image href=\"file:///etc/passwd\"/>\u{0}\u{1b}&amp;]]>".to_owned();
    let sites: Vec<MapSite> = (0..200_u8)
        .map(|n| MapSite {
            position: place(28.0 + f64::from(n) / 100.0, 121.0),
            id: hostile.clone(),
            name: hostile.clone(),
            mark: Mark::Watch,
        })
        .collect();
    let drawn =
        Album::default().draw(&StormMap { sites, title: hostile.repeat(40), ..map(&track()) }).expect("a picture");
    assert!(drawn.png.len() < 90_000, "{}", drawn.png.len());
}
