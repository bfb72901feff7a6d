//! Another portfolio in the place of the old one, while a storm is on its way.

use super::super::Input;
use super::stage::*;
use crate::domain::*;

/// The turn over a changed portfolio. What lies where is known of the old one alone: whoever looks there finds nothing new.
fn renewed(stage: &mut Stage, change: impl FnOnce(&mut Portfolio)) -> PortfolioDiff {
    let before = stage.portfolio.clone();
    change(&mut stage.portfolio);
    let (diff, changed) = (stage.portfolio.diff_from(&before), stage.portfolio.changed_since(&before).map(Box::new));
    stage.indexed = Some(before);
    let by = Some("ops".to_owned());
    stage.turn(h(1), vec![Input::Renewed(Box::new(Renewal { by, diff: diff.clone(), changed }))]);
    stage.indexed = None;
    diff
}

#[test]
fn a_new_site_in_the_way_has_its_alert_and_the_others_stay_as_they_are() {
    let mut stage = Stage::new();
    stage.hear(h(0), vec![storm("wp01", 0, TAIZHOU, 60)]);
    let before = stage.state.alerts.clone();
    let diff = renewed(&mut stage, |portfolio| {
        for (id, at) in [("NEW", TAIZHOU), ("FAR", HAIPHONG)] {
            let site = site(id, "D-MA", at);
            portfolio.sites.insert(site.id.clone(), site);
        }
    });
    assert_eq!(
        (diff.sites.added, diff.sites.changed.len(), diff.dealers.count()),
        (vec!["FAR".into(), "NEW".into()], 0, 0)
    );
    assert!(stage.alert("NEW").is_live());
    assert!(stage.state.alerts.values().all(|alert| alert.subject.id != "FAR"), "too far away");
    for (id, alert) in before {
        assert_eq!(stage.state.alerts[&id].history, alert.history, "{id}");
    }
    let line = stage.lines.iter().find(|line| line.what == "portfolio").expect("a line of the journal");
    assert_eq!((&line.fields["by"], &line.fields["sites"]["added"]), (&"ops".into(), &2.into()));
    // The manager hears of it, once the last mail is old enough.
    stage.ticks(2..=30);
    assert!(stage.mails.iter().any(|mail| mail.alerts.contains(&stage.alert("NEW").id)), "{:?}", whys(&stage.mails));
}

#[test]
fn a_site_that_is_moved_or_worth_more_is_looked_at_again_and_one_that_is_gone_waits_for_the_next_bulletin() {
    let mut stage = Stage::new();
    stage.hear(h(0), vec![storm("wp01", 0, TAIZHOU, 60)]);
    let known = stage.alert("TZ").exposure.loss.clone();
    renewed(&mut stage, |portfolio| {
        let mut site = portfolio.sites.get(&SiteId::new("TZ")).cloned().expect("a site");
        site.stock = Some(cny(9_000_000));
        portfolio.sites.insert(site.id.clone(), site);
        portfolio.sites.retain(|id, _| id.as_str() != "WZ");
    });
    let loss = stage.alert("TZ").exposure.loss.clone();
    assert_ne!(loss, known);
    assert_eq!(loss.map(|loss| loss.at_risk), Some(9_000_000.into()));
    assert!(stage.alert("WZ").is_live());
}
