//! People who are away.

use super::super::{audience, stand_in};
use super::fixture::{h, ladder, opened, owed_with, people, person};
use crate::domain::{Level, PersonId, Portfolio, Role};
use crate::rules::Audience;

#[test]
fn the_deputy_hears_then_the_one_above_and_somebody_always() {
    let away = |from: &str, to: &str| vec![(from.parse().expect("a day"), to.parse().expect("a day"))];
    let check = |edit: &dyn Fn(&mut Portfolio), now: &str, want: &str| {
        let mut portfolio = Portfolio::default();
        for (id, boss) in [("li", "wang"), ("wu", "wang"), ("wang", "")] {
            let one = person(id, Role::AccountManager, (!boss.is_empty()).then_some(boss));
            portfolio.people.insert(one.id.clone(), one);
        }
        edit(&mut portfolio);
        let li = &portfolio.people[&PersonId::new("li")];
        let heard = stand_in(li, &portfolio, now.parse().expect("a time"));
        assert_eq!(heard.id.as_str(), want, "at {now}");
    };
    let leave = |portfolio: &mut Portfolio, id: &str, deputy: Option<&str>| {
        let one = portfolio.people.get_mut(&PersonId::new(id)).expect("a person");
        one.away = away("2004-08-10", "2004-08-12");
        one.deputy = deputy.map(PersonId::new);
    };
    let noon = "2004-08-11T04:00:00Z";
    check(&|_| {}, noon, "li");
    check(&|all| leave(all, "li", Some("wu")), noon, "wu");
    check(&|all| leave(all, "li", None), noon, "wang");
    // The days are those of Shanghai: the 12th ends at 16:00 UTC.
    check(&|all| leave(all, "li", Some("wu")), "2004-08-12T15:59:00Z", "wu");
    check(&|all| leave(all, "li", Some("wu")), "2004-08-12T16:00:00Z", "li");
    let both = |all: &mut Portfolio| {
        leave(all, "li", Some("wu"));
        leave(all, "wu", Some("li"));
    };
    check(&both, noon, "li");
    let chain = |all: &mut Portfolio| {
        leave(all, "li", Some("wu"));
        leave(all, "wu", None);
    };
    check(&chain, noon, "wang");
}

#[test]
fn who_stands_in_is_told_for_whom_and_who_is_away_is_left_in_peace() {
    let mut portfolio = people();
    let li = portfolio.people.get_mut(&PersonId::new("li")).expect("li");
    li.away = vec![("2004-08-09".parse().expect("a day"), "2004-08-10".parse().expect("a day"))];
    li.deputy = Some(PersonId::new("sun"));
    let alert = opened(Level::Warn);
    let heard = audience(&[Audience::AccountManager], &alert.subject, &portfolio, h(0));
    assert_eq!(heard.iter().map(|hearer| hearer.person.as_str()).collect::<Vec<_>>(), ["sun"]);
    assert_eq!(owed_with(&alert, 0, &portfolio, &ladder()), ["sun stands-in"]);
    // Told before the leave: nothing more while it lasts, and the deputy hears.
    let told = super::fixture::told(Level::Warn);
    assert_eq!(owed_with(&told, 13, &portfolio, &ladder()), ["sun stands-in"]);
    assert_eq!(owed_with(&told, 48, &portfolio, &ladder()), ["li unanswered"]);
}
