//! A season of real storms over the sample portfolio: how many mails does a person get of one storm?
//!
//! The tracks are JTWC's best tracks of 2004, from `$SEAWALL_CORPUS`. The forecasts are derived from them with seeded
//! errors of the size that forecasts had then (the means of `examples/rananim-2004/make_archive.py`), since those of that
//! year are not at hand. Nobody answers, which makes the most mails that there can be.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use seawall::domain::{
    Bulletin, DocumentHash, FeedId, Fix, Hazard, HazardId, Parsed, PersonId, Portfolio, Position, Span, State,
    Technique, Timestamp, Track,
};
use seawall::engine::Places;
use seawall::sources;
use seawall::turn::{Input, turn};

use crate::dice::Dice;
use crate::house::Books;

/// Lead times in hours, and the mean error of the forecast position then, in nautical miles.
const MEAN_ERROR_NMI: [(i64, f64); 8] =
    [(0, 0.0), (12, 54.0), (24, 73.0), (36, 100.0), (48, 133.0), (72, 201.0), (96, 283.0), (120, 383.0)];
/// A storm that comes no nearer to any site than this, in km, is left out: nobody hears of it.
const NEAR_KM: f64 = 600.0;
/// The most mails to one person about one storm while nobody ever answers: to whoever looks after ten places on its way.
const BOUND: usize = 20;
/// The storm of that year that turned back twice, in thirteen days, and the most mails about it.
const LONGEST: &str = "wp102004";
const BOUND_LONGEST: usize = 28;
/// A forecast can be fetched this long after its analysis.
const PUBLISHED: Span = Span::from_mins(200);

#[test]
fn a_season_of_storms_makes_no_more_mails_than_a_person_reads() {
    let Some(corpus) = std::env::var_os("SEAWALL_CORPUS").map(PathBuf::from) else {
        eprintln!("skipped: SEAWALL_CORPUS names no corpus, so that there are no best tracks");
        return;
    };
    let books = Books::whole();
    let places = Places::new(books.portfolio());
    let mut sent: BTreeMap<(String, PersonId), Vec<String>> = BTreeMap::new();
    let storms = storms(&corpus, books.portfolio());
    assert!(storms.len() >= 5, "{} storms came near the sample portfolio in 2004", storms.len());
    for storm in &storms {
        for (person, mails) in told(storm, &books, &places) {
            sent.insert((storm.event.clone(), person), mails);
        }
    }
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for ((storm, person), mails) in &sent {
        eprintln!("{storm:<12} {person:<14} {:>3}", mails.len());
        for why in mails {
            *reasons.entry(why).or_default() += 1;
        }
    }
    for (why, mails) in reasons.iter().filter(|(_, mails)| **mails > 3) {
        eprintln!("{mails:>5} {why}");
    }
    let all: usize = sent.values().map(Vec::len).sum();
    let most = sent.values().map(Vec::len).max();
    eprintln!("{} storms, {all} mails, at most {most:?} to one person about one", storms.len());
    let bound = |storm: &str| if storm == LONGEST { BOUND_LONGEST } else { BOUND };
    let too_many = |((storm, _), mails): &(&(String, PersonId), &Vec<String>)| mails.len() > bound(storm);
    let too_many: Vec<_> = sent.iter().filter(too_many).map(|(to, mails)| (to, mails.len())).collect();
    assert!(too_many.is_empty(), "{too_many:?}");
}

/// The best tracks of the year that come near a site.
fn storms(corpus: &Path, portfolio: &Portfolio) -> Vec<Hazard> {
    let path = corpus.join("atcf/jtwc_wp_season_zips/bwp2004.zip");
    let body = std::fs::read(&path).expect("the best tracks of 2004");
    let bulletin = Bulletin::new(FeedId::new("best"), "jtwc", "bwp2004.zip", Timestamp::UNIX_EPOCH, body);
    let mut storms = sources::parse(None, &bulletin).expect("a format that is known").hazards;
    let is_near = |fix: &Fix| portfolio.sites.values().any(|site| km(fix.position, site.position) < NEAR_KM);
    storms.retain(|storm| storm.track.as_ref().is_some_and(|track| track.fixes.iter().any(is_near)));
    storms
}

/// Why each mail was sent, by person, while the storm lives and for a day after.
fn told(storm: &Hazard, books: &Books, places: &Places<'_>) -> BTreeMap<PersonId, Vec<String>> {
    let best = storm.track.as_ref().expect("storms have tracks");
    let (Some(first), Some(last)) = (best.fixes.first(), best.fixes.last()) else { return BTreeMap::new() };
    let mut dice = Dice::new(DocumentHash::of(storm.event.as_bytes()).digits().bytes().map(u64::from).sum());
    let (mut along, mut across) = (0.0, 0.0);
    let issues: BTreeSet<Timestamp> = best.fixes.iter().map(|fix| fix.time).collect();
    let (mut state, mut mails) = (State::default(), BTreeMap::<PersonId, Vec<String>>::new());
    let mut now = first.time;
    while now < last.time + Span::from_hours(30) {
        let mut inputs = Vec::new();
        for issued in issues.iter().filter(|issued| (now - Span::from_hours(2)..now).contains(&(**issued + PUBLISHED)))
        {
            // What is wrong with one forecast is mostly wrong with the next (0.95 from one to the next).
            (along, across) = (0.95 * along + 0.31 * dice.normal(), 0.95 * across + 0.31 * dice.normal());
            inputs.push(document(forecast(storm, best, *issued, (along, across)), now));
        }
        let turned = turn(&books.world(places), &state, inputs, now);
        assert_eq!(turned.faults, [], "{} at {now}", storm.event);
        for notice in turned.changes.notices.iter().filter(|notice| !notice.alerts.is_empty()) {
            mails.entry(notice.person.clone()).or_default().push(notice.why.join(" "));
        }
        state.apply(&turned.changes);
        now += Span::from_hours(2);
    }
    mails
}

fn document(hazard: Hazard, now: Timestamp) -> Input {
    let body = format!("{} {:?}", hazard.event, hazard.issued).into_bytes();
    let bulletin = Bulletin::new(FeedId::new("jtwc"), "jtwc", "https://example.com/deck", now, body);
    let hazard = Hazard { bulletin: bulletin.hash.clone(), ..hazard };
    Input::Bulletin(Box::new(bulletin), Parsed { hazards: vec![hazard], ..Parsed::default() })
}

/// What could have been forecast then: the best track, off by these shares of the usual error along and across it.
fn forecast(storm: &Hazard, best: &Track, issued: Timestamp, (along, across): (f64, f64)) -> Hazard {
    let at = |tau: i64| best.fixes.iter().find(|fix| fix.time == issued + Span::from_hours(tau));
    let fixes = MEAN_ERROR_NMI.iter().map_while(|(tau, mean)| {
        let fix = at(*tau)?;
        // Of each axis, from the mean length of a two-dimensional normal error.
        let sigma = mean / (std::f64::consts::PI / 2.0).sqrt() / 60.0;
        let (lat, lon) = (fix.position.lat(), fix.position.lon());
        let east = sigma * across / lat.to_radians().cos();
        let moved = Position::lat_lon(lat + sigma * along, lon + east).ok()?;
        Some(Fix { tau_h: i32::try_from(*tau).ok()?, position: moved, ..fix.clone() })
    });
    let fixes: Vec<Fix> = fixes.collect();
    let expires = fixes.last().map(|fix| fix.time);
    let standing = Technique::Official;
    let track = Track { standing, technique: "JTWC".to_owned(), fixes, ..best.clone() };
    let id = HazardId::new(format!("jtwc:{}", storm.event));
    Hazard { id, issued: Some(issued), expires, track: Some(track), is_last: false, ..storm.clone() }
}

fn km(a: Position, b: Position) -> f64 {
    let (north, east) = (a.lat() - b.lat(), (a.lon() - b.lon()) * a.lat().to_radians().cos());
    north.hypot(east) * 111.2
}
