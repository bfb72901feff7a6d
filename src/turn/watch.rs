//! The watch over the feeds: which of them is silent, answers with nothing new, drops a storm, or answers oddly; and
//! the mails to the operators about it. Nothing is cleared by any of it.

use std::collections::BTreeMap;

use super::House;
use crate::alerts;
use crate::domain::{
    Alert, FeedId, FeedState, FeedTold, FeedTrouble, FeedWatch, Hazard, HazardId, Person, PersonId, Role, Span, State,
    Technique, Timestamp, TroubleKind,
};
use crate::notices::{self, FeedNews};

/// How long after its nominal time a bulletin may come before it is called late. A forecast bears the time of its
/// analysis and is sent about 3 h later (JTWC warnings: within 3 h of the synoptic hour); the fourth is a guess.
pub const GRACE: Span = Span::from_hours(4);

/// What is wrong with a feed, the worst of it. What happened while nobody asked is no fault of the feed: it has its
/// `silence_after` from when it is watched.
#[must_use]
pub fn trouble(watch: &FeedWatch, state: &State, now: Timestamp) -> Option<FeedTrouble> {
    let own = state.feeds.get(&(watch.feed.clone(), watch.url.clone()));
    let ok_at = own.and_then(|feed| feed.ok_at);
    if now.duration_since(watch.since) <= watch.silence_after {
        // What was wrong when the daemon stopped is wrong until the feed has had its time to show otherwise.
        let was_silent = |known: &FeedTrouble| known.kind == TroubleKind::Silent;
        let known = own.and_then(|feed| feed.vigil.trouble);
        return known.filter(|known| !was_silent(known) || ok_at.is_none_or(|at| at <= known.since));
    }
    let is_long = |since: Timestamp| now.duration_since(since) > watch.silence_after;
    if is_long(ok_at.unwrap_or(watch.since).max(watch.since)) {
        let since = ok_at.unwrap_or(watch.since);
        return Some(FeedTrouble { kind: TroubleKind::Silent, since });
    }
    let stale = stale_since(watch, state, now).map(|since| (TroubleKind::Stale, since));
    let dropped = addresses(state, &watch.feed).flat_map(|feed| feed.vigil.unnamed.values()).min();
    let unnamed = dropped.filter(|since| is_long(**since)).map(|since| (TroubleKind::Unnamed, *since));
    let odd = own.and_then(|feed| feed.vigil.odd_since).filter(|since| is_long(*since));
    let odd = odd.map(|since| (TroubleKind::Odd, since));
    stale.or(unnamed).or(odd).map(|(kind, since)| FeedTrouble { kind, since })
}

/// Agencies from which there is no news, and since when. One that speaks by another feed of the same kind (of storms,
/// or of warnings) is not silent.
fn silence(watches: &[FeedWatch], state: &State, now: Timestamp) -> Vec<(String, Timestamp)> {
    let mut kinds: BTreeMap<(&str, bool), Option<Timestamp>> = BTreeMap::new();
    for watch in watches {
        let trouble = trouble(watch, state, now);
        let silent = trouble.filter(|t| matches!(t.kind, TroubleKind::Silent | TroubleKind::Stale)).map(|t| t.since);
        let of_kind = kinds.entry((&watch.agency, watch.issues_every.is_some())).or_insert(Some(Timestamp::MIN));
        *of_kind = of_kind.zip(silent).map(|(known, since)| known.max(since));
    }
    let mut agencies: BTreeMap<&str, Timestamp> = BTreeMap::new();
    for ((agency, _), since) in kinds {
        if let Some(since) = since {
            let known = agencies.entry(agency).or_insert(since);
            *known = since.max(*known);
        }
    }
    agencies.into_iter().map(|(agency, since)| (agency.to_owned(), since)).collect()
}

/// Since when a feed has said nothing new, though a storm of its agency is in force and the next bulletin is overdue.
fn stale_since(watch: &FeedWatch, state: &State, now: Timestamp) -> Option<Timestamp> {
    let every = watch.issues_every?;
    let issued = addresses(state, &watch.feed).filter_map(|feed| feed.issued).max()?;
    let is_overdue = now.duration_since(issued) > every.checked_add(GRACE).unwrap_or(Span::MAX);
    (is_overdue && state.hazards.values().any(|hazard| is_storm_of(hazard, &watch.agency))).then_some(issued)
}

/// What is remembered of a feed's addresses.
fn addresses<'s>(state: &'s State, feed: &FeedId) -> impl Iterator<Item = &'s FeedState> {
    let of_feed = state.feeds.range((feed.clone(), String::new())..);
    let feed = feed.clone();
    of_feed.map(|(_, known)| known).take_while(move |known| known.feed == feed)
}

/// A storm that its agency holds active, by what is in force.
fn is_storm_of(hazard: &Hazard, agency: &str) -> bool {
    hazard.track.as_ref().is_some_and(|track| {
        let is_own = track.agency == agency || hazard.source == agency;
        is_own && !hazard.is_last && matches!(track.standing, Technique::Official | Technique::Analysis)
    })
}

impl House<'_> {
    /// How an address is; said in the journal only when it turns. What the watch remembers is the turn's own.
    pub(super) fn note_feed(&mut self, mut feed: FeedState) {
        let key = (feed.feed.clone(), feed.url.clone());
        let before = self.state.feeds.get(&key).cloned();
        feed.vigil = before.as_ref().map(|before| before.vigil.clone()).unwrap_or_default();
        if before.as_ref().map_or("well", FeedState::word) != feed.word() {
            self.note_feed_turn(&feed);
        }
        feed.vigil.odd_since = match feed.word() {
            "odd" => feed.vigil.odd_since.or(Some(self.now)),
            _ => None,
        };
        self.compare_lists(before.as_ref(), &mut feed);
        self.put_feed(feed);
    }

    /// Looks at every feed, and tells the operators what is wrong or over.
    pub(super) fn watch(&mut self) {
        let watches = self.world.watches;
        for watch in watches {
            self.forget_ended(&watch.feed);
            let found = trouble(watch, &self.state, self.now);
            let mut main = self.own_record(watch);
            if main.vigil.trouble.map(|known| known.kind) != found.map(|found| found.kind) {
                match (found, main.vigil.trouble) {
                    (Some(found), _) => self.note_trouble(watch, &found, false),
                    (None, Some(known)) => self.note_trouble(watch, &known, true),
                    (None, None) => {}
                }
                main.vigil.trouble = found;
                self.put_feed(main);
            }
            self.tell_operators(watch, found);
        }
        self.silence = silence(watches, &self.state, self.now);
    }

    /// A storm that the agency's list named before and names no more is noted, unless its last bulletin was had.
    fn compare_lists(&self, before: Option<&FeedState>, feed: &mut FeedState) {
        let Some(list) = &feed.active else { return };
        let old = before.and_then(|before| before.active.as_ref());
        let names = |keys: &[String], hazard: &Hazard| {
            keys.iter().any(|key| *key == hazard.event || hazard.aliases.contains(key))
        };
        // `nhc-at` is the list of one basin of NHC.
        let agency = list.agency.split_once('-').map_or(list.agency.as_str(), |(agency, _)| agency);
        let is_theirs = |hazard: &&Hazard| is_storm_of(hazard, &list.agency) || is_storm_of(hazard, agency);
        for hazard in self.state.hazards.values().filter(is_theirs) {
            if names(&list.keys, hazard) {
                feed.vigil.unnamed.remove(&hazard.id);
            } else if old.is_some_and(|old| names(&old.keys, hazard)) {
                feed.vigil.unnamed.entry(hazard.id.clone()).or_insert(self.now);
            }
        }
    }

    /// A storm that is no longer in force, or whose last bulletin has come, is missed by nobody.
    fn forget_ended(&mut self, feed: &FeedId) {
        let is_missed = |id: &HazardId| self.state.hazards.get(id).is_some_and(|hazard| !hazard.is_last);
        let ended = |known: &&FeedState| known.vigil.unnamed.keys().any(|id| !is_missed(id));
        let mut changed: Vec<FeedState> = addresses(&self.state, feed).filter(ended).cloned().collect();
        for known in &mut changed {
            known.vigil.unnamed.retain(|id, _| is_missed(id));
        }
        for known in changed {
            self.put_feed(known);
        }
    }

    fn tell_operators(&mut self, watch: &FeedWatch, found: Option<FeedTrouble>) {
        let operators = self.world.portfolio.people.values().filter(|person| person.role == Role::Operator);
        for operator in operators {
            let told = self.own_record(watch).vigil.told.get(&operator.id).copied();
            let step = step(told, found, watch, self.now);
            if matches!(step, Step::Tell(_) | Step::Over(_)) && self.sleeps(operator) {
                continue;
            }
            let told = match step {
                Step::Nothing => continue,
                Step::Keep(told) => Some(told),
                Step::Tell(trouble) => {
                    self.write_feed(watch, trouble, false, &operator.id);
                    Some(FeedTold { trouble, at: self.now, well_since: None })
                }
                Step::Over(trouble) => {
                    if self.is_worth_telling(watch, &trouble) {
                        self.write_feed(watch, trouble, true, &operator.id);
                    }
                    None
                }
            };
            let mut main = self.own_record(watch);
            match told {
                Some(told) => main.vigil.told.insert(operator.id.clone(), told),
                None => main.vigil.told.remove(&operator.id),
            };
            self.put_feed(main);
        }
    }

    /// A storm that ran out of force has not made its feed speak again.
    fn is_worth_telling(&self, watch: &FeedWatch, trouble: &FeedTrouble) -> bool {
        let issued = addresses(&self.state, &watch.feed).filter_map(|feed| feed.issued).max();
        trouble.kind != TroubleKind::Stale || issued.is_some_and(|issued| issued > trouble.since)
    }

    /// While nothing is in danger an operator's night is kept.
    fn sleeps(&self, operator: &Person) -> bool {
        let is_calm = !self.state.alerts.values().any(Alert::is_live);
        is_calm && alerts::quiet_until(operator, self.now).is_some()
    }

    fn write_feed(&mut self, watch: &FeedWatch, trouble: FeedTrouble, is_over: bool, to: &PersonId) {
        let main = self.own_record(watch);
        let storms: Vec<HazardId> =
            addresses(&self.state, &watch.feed).flat_map(|feed| feed.vigil.unnamed.keys().cloned()).collect();
        let alerts = self.state.alerts.values().filter(|alert| alert.is_live() && self.rests_on(alert, watch)).count();
        let fault = main.fault.as_deref();
        let news = FeedNews { watch, trouble, is_over, fault, storms: &storms, alerts };
        match notices::compose_feed(&news, to, &self.desk()) {
            Ok(composed) => {
                self.note_feed_notice(&composed.notice);
                self.post(composed);
            }
            Err(fault) => self.note_unwritten(&fault),
        }
    }

    fn rests_on(&self, alert: &Alert, watch: &FeedWatch) -> bool {
        self.state
            .hazards
            .get(&alert.exposure.hazard)
            .is_some_and(|hazard| hazard.agency() == watch.agency || hazard.source == watch.agency)
    }

    /// The feed's own record; a new one when it was never asked.
    fn own_record(&self, watch: &FeedWatch) -> FeedState {
        let known = self.state.feeds.get(&(watch.feed.clone(), watch.url.clone())).cloned();
        known.unwrap_or_else(|| FeedState::new(watch.feed.clone(), &watch.url))
    }

    fn put_feed(&mut self, feed: FeedState) {
        self.state.feeds.insert((feed.feed.clone(), feed.url.clone()), feed.clone());
        self.feeds.retain(|known| (&known.feed, &known.url) != (&feed.feed, &feed.url));
        self.feeds.push(feed);
    }
}

/// What an operator is owed about a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Nothing, and nothing to remember.
    Nothing,
    /// Nothing, but this is to be remembered.
    Keep(FeedTold),
    /// That something is wrong.
    Tell(FeedTrouble),
    /// That it is over.
    Over(FeedTrouble),
}

/// One mail when something is wrong, one more when it becomes something else and the last is not fresh, one when it is
/// over and has stayed so for the feed's `silence_after`: a server that flaps is told at that pace and no faster.
fn step(told: Option<FeedTold>, found: Option<FeedTrouble>, watch: &FeedWatch, now: Timestamp) -> Step {
    let has_lasted = |since: Timestamp| now.duration_since(since) > watch.silence_after;
    match (told, found) {
        (None, Some(found)) => Step::Tell(found),
        (Some(told), Some(found)) if told.trouble.kind != found.kind && has_lasted(told.at) => Step::Tell(found),
        (Some(told), Some(_)) if told.well_since.is_some() => Step::Keep(FeedTold { well_since: None, ..told }),
        (Some(told), None) => match told.well_since {
            None => Step::Keep(FeedTold { well_since: Some(now), ..told }),
            Some(since) if has_lasted(since) => Step::Over(told.trouble),
            Some(_) => Step::Nothing,
        },
        _ => Step::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).expect("in range")
    }

    fn watch(feed: &str, agency: &str, issues_every: Option<i64>) -> FeedWatch {
        FeedWatch {
            feed: FeedId::new(feed),
            url: "index".to_owned(),
            agency: agency.to_owned(),
            silence_after: Span::from_secs(100),
            issues_every: issues_every.map(Span::from_secs),
            since: at(0),
        }
    }

    fn put(state: &mut State, feed: &str, ok_at: i64) {
        let feed = FeedId::new(feed);
        let known = FeedState { ok_at: Some(at(ok_at)), ..FeedState::new(feed.clone(), "index") };
        state.feeds.insert((feed, "index".to_owned()), known);
    }

    #[test]
    fn a_feed_that_never_answered_is_silent_since_it_is_watched() {
        let mut state = State::default();
        let silence = |state: &State, now| silence(&[watch("f", "jma", None)], state, at(now));
        assert_eq!(silence(&state, 100), []);
        assert_eq!(silence(&state, 101), [("jma".to_owned(), at(0))]);
        put(&mut state, "f", 50);
        assert_eq!(silence(&state, 101), []);
        assert_eq!(silence(&state, 151), [("jma".to_owned(), at(50))]);
    }

    #[test]
    fn what_was_not_asked_while_the_daemon_was_down_is_no_silence() {
        let mut state = State::default();
        put(&mut state, "f", -86_400);
        assert_eq!(trouble(&watch("f", "jma", None), &state, at(100)), None);
        let silent = FeedTrouble { kind: TroubleKind::Silent, since: at(-86_400) };
        assert_eq!(trouble(&watch("f", "jma", None), &state, at(101)), Some(silent));
    }

    #[test]
    fn what_was_silent_before_a_restart_is_silent_till_it_speaks() {
        let silent = FeedTrouble { kind: TroubleKind::Silent, since: at(-500) };
        let mut state = State::default();
        put(&mut state, "f", -500);
        let own = state.feeds.values_mut().next().expect("a feed");
        own.vigil.trouble = Some(silent);
        for now in [0, 100, 101] {
            assert_eq!(trouble(&watch("f", "jma", None), &state, at(now)), Some(silent));
        }
        let own = state.feeds.values_mut().next().expect("a feed");
        own.ok_at = Some(at(1));
        assert_eq!(trouble(&watch("f", "jma", None), &state, at(1)), None);
    }

    #[test]
    fn an_agency_that_speaks_by_another_feed_of_its_kind_is_not_silent() {
        let watches = [watch("rss", "jtwc", Some(1)), watch("decks", "jtwc", Some(1)), watch("cap", "jtwc", None)];
        let mut state = State::default();
        put(&mut state, "decks", 150);
        put(&mut state, "cap", 150);
        assert_eq!(silence(&watches, &state, at(200)), []);
        put(&mut state, "decks", 50);
        assert_eq!(silence(&watches, &state, at(200)), [("jtwc".to_owned(), at(50))]);
    }

    #[test]
    fn an_operator_is_told_once_and_once_that_it_is_over() {
        let watch = watch("f", "jma", None);
        let silent = FeedTrouble { kind: TroubleKind::Silent, since: at(0) };
        let stale = FeedTrouble { kind: TroubleKind::Stale, since: at(0) };
        let told = FeedTold { trouble: silent, at: at(200), well_since: None };
        let well = FeedTold { well_since: Some(at(300)), ..told };
        for (known, found, now, expected) in [
            (None, None, 200, Step::Nothing),
            (None, Some(silent), 200, Step::Tell(silent)),
            (Some(told), Some(silent), 9_999, Step::Nothing),
            (Some(told), Some(stale), 250, Step::Nothing),
            (Some(told), Some(stale), 301, Step::Tell(stale)),
            (Some(told), None, 300, Step::Keep(well)),
            (Some(well), None, 400, Step::Nothing),
            (Some(well), Some(silent), 350, Step::Keep(told)),
            (Some(well), None, 401, Step::Over(silent)),
        ] {
            assert_eq!(step(known, found, &watch, at(now)), expected, "{known:?} {found:?} {now}");
        }
    }
}
