//! What JMA holds in force, area by area, becomes hazards: one for each area and phenomenon.
//!
//! A phenomenon has one level at a time in an area, and each telegram says all of it; a heavy rain warning that
//! becomes an emergency warning is not lifted, its place is taken. So the area's code and the phenomenon are the
//! hazard's id, in whatever document it comes. Of the tiers of areas, the forecast districts (class 10) and the
//! municipalities (class 20) are kept; prefectures and groups of municipalities only where there are neither.

use std::collections::{BTreeMap, HashMap};

use super::kinds::{Kind, Level, kind, level_in};
use crate::domain::{
    Area, Bulletin, Certainty, Fault, Hazard, HazardId, HazardText, MsgType, Place, Status, Timestamp,
};
use crate::sources::formats::fault_log::FaultLog;

/// Warnings of one document that are read. All of Japan has some 1,800 municipalities, each with a few.
const STATES_MAX: usize = 50_000;

/// The tiers of JMA's areas, from prefectures down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sources) enum Tier {
    /// 府県予報区等.
    Office,
    /// 一次細分区域等.
    Class10,
    /// 市町村等をまとめた地域等.
    Class15,
    /// 市町村等.
    Class20,
}

impl Tier {
    /// By a code alone: seven digits are a municipality; of six, whole prefectures end in `000`, as do a few that
    /// are one district.
    pub(in crate::sources) fn of_code(code: &str) -> Self {
        match code.len() {
            7.. => Self::Class20,
            _ if code.ends_with("000") => Self::Office,
            _ => Self::Class10,
        }
    }

    fn geocode(self) -> &'static str {
        match self {
            Self::Office => "jma-office",
            Self::Class10 => "jma-class10",
            Self::Class15 => "jma-class15",
            Self::Class20 => "jma-class20",
        }
    }

    fn is_kept_first(self) -> bool {
        matches!(self, Self::Class10 | Self::Class20)
    }
}

/// What holds of a whole bulletin.
#[derive(Debug, Clone)]
pub(in crate::sources) struct Issue {
    pub(in crate::sources) issued: Option<Timestamp>,
    pub(in crate::sources) headline: Option<String>,
    pub(in crate::sources) status: Status,
    /// A correction of an earlier one.
    pub(in crate::sources) is_correction: bool,
    /// All that it lists is taken back.
    pub(in crate::sources) is_withdrawal: bool,
    /// The kind of telegram, where a document holds several: each says all of its own phenomena.
    pub(in crate::sources) telegram: Option<String>,
}

/// One kind in one area, as a bulletin tells it.
#[derive(Debug, Clone, Copy)]
pub(in crate::sources) struct Told<'a> {
    pub(in crate::sources) area: &'a str,
    pub(in crate::sources) area_name: Option<&'a str>,
    pub(in crate::sources) tier: Tier,
    pub(in crate::sources) code: &'a str,
    pub(in crate::sources) name: Option<&'a str>,
    /// 発表, 継続, 解除, 警報から注意報, …
    pub(in crate::sources) status: &'a str,
    /// What else is to be minded: 竜巻, ひょう, うねり.
    pub(in crate::sources) additions: &'a str,
    /// The level that its properties give, where they do.
    pub(in crate::sources) level: Option<Level>,
}

/// An area's state of one phenomenon.
#[derive(Debug)]
struct State {
    area: String,
    area_name: Option<String>,
    tier: Tier,
    kind: Kind,
    msg: MsgType,
    additions: String,
    /// Which bulletin tells it.
    issue: usize,
}

impl State {
    fn is_in_force(&self) -> bool {
        self.msg != MsgType::Cancel
    }
}

/// The states that the bulletins of one document tell.
#[derive(Debug, Default)]
pub(in crate::sources) struct Book {
    issues: Vec<Issue>,
    states: Vec<State>,
    by_key: HashMap<(String, String), usize>,
    /// The newest bulletin that says of an area that there is nothing, by area and kind of telegram.
    nothing: HashMap<(String, String), usize>,
    left_out: usize,
}

impl Book {
    /// Begins with the next bulletin; what is added from now on is its.
    pub(in crate::sources) fn begin(&mut self, issue: Issue) {
        self.issues.push(issue);
    }

    /// Takes in one kind in one area: of a later bulletin, or else what is graver.
    pub(in crate::sources) fn add(&mut self, told: &Told<'_>, place: impl FnOnce() -> Place, log: &mut FaultLog) {
        let Some(issue) = self.issues.len().checked_sub(1) else { return };
        let mut kind = kind(told.code, told.name);
        if kind.english.is_none() {
            let code: String = told.code.chars().take(10).collect();
            let what = format!("the warning code `{code}` is not known; it is read by its name");
            log.add(false, || Fault::minor(place(), what).hint("tell Seawall's keepers of JMA's new code"));
        }
        if let Some(level) = told.level.or_else(|| level_in(told.status).filter(|_| told.status.contains("から"))) {
            kind = kind.at(level);
        }
        let state = State {
            area: told.area.to_owned(),
            area_name: told.area_name.map(str::to_owned),
            tier: told.tier,
            kind,
            msg: self.msg(told.status),
            additions: told.additions.to_owned(),
            issue,
        };
        let key = (state.area.clone(), state.kind.phenomenon.clone());
        let Some(known) = self.by_key.get(&key).and_then(|at| self.states.get_mut(*at)) else {
            if self.states.len() == STATES_MAX {
                self.left_out += 1;
                return;
            }
            self.by_key.insert(key, self.states.len());
            self.states.push(state);
            return;
        };
        let issued = |state: &State| self.issues.get(state.issue).and_then(|issue| issue.issued);
        // A prefecture that is one district has one code in both tiers.
        let rank = |state: &State| (issued(state), state.tier.is_kept_first(), state.is_in_force(), state.kind.level);
        if rank(&state) > rank(known) {
            *known = state;
        }
    }

    /// Takes in that there is nothing in an area, of what this kind of telegram tells.
    pub(in crate::sources) fn add_nothing(&mut self, area: &str) {
        let Some(at) = self.issues.len().checked_sub(1) else { return };
        let Some(telegram) = self.issues.get(at).and_then(|issue| issue.telegram.clone()) else { return };
        let issued = |at: usize| self.issues.get(at).and_then(|issue| issue.issued);
        let key = (area.to_owned(), telegram);
        let known = self.nothing.get(&key).copied();
        if known.is_none_or(|known| issued(at) > issued(known)) && (known.is_some() || self.nothing.len() < STATES_MAX)
        {
            self.nothing.insert(key, at);
        }
    }

    /// What a later telegram of the same kind no longer has is over.
    fn lift_what_is_gone(&mut self) {
        for state in &mut self.states {
            let Some(issue) = self.issues.get(state.issue) else { continue };
            let Some(telegram) = &issue.telegram else { continue };
            let Some(at) = self.nothing.get(&(state.area.clone(), telegram.clone())) else { continue };
            if self.issues.get(*at).is_some_and(|nothing| nothing.issued > issue.issued) {
                (state.msg, state.issue) = (MsgType::Cancel, *at);
            }
        }
    }

    fn msg(&self, status: &str) -> MsgType {
        let issue = self.issues.last();
        match status.trim() {
            _ if issue.is_some_and(|issue| issue.is_withdrawal) => MsgType::Cancel,
            "解除" => MsgType::Cancel,
            "発表" if issue.is_some_and(|issue| !issue.is_correction) => MsgType::Alert,
            _ => MsgType::Update,
        }
    }

    /// The hazards, in the order in which their areas came.
    pub(in crate::sources) fn into_hazards(
        mut self,
        format: &str,
        bulletin: &Bulletin,
        log: &mut FaultLog,
    ) -> Vec<Hazard> {
        if self.left_out > 0 {
            let what = format!("{} warnings beyond the first {STATES_MAX} are not read", self.left_out);
            log.push(Fault::fatal(Place::default(), what));
        }
        self.lift_what_is_gone();
        let keeps_all = !self.states.iter().any(|state| state.tier.is_kept_first());
        let kept = self.states.into_iter().filter(|state| keeps_all || state.tier.is_kept_first());
        let hazards = kept.filter_map(|state| {
            let issue = self.issues.get(state.issue)?;
            Some(hazard(state, issue, format, bulletin))
        });
        hazards.collect()
    }
}

fn hazard(state: State, issue: &Issue, format: &str, bulletin: &Bulletin) -> Hazard {
    let event = format!("jma:{}:{}", state.area, state.kind.phenomenon);
    let english =
        state.kind.in_english().map(|event| HazardText { lang: "en".to_owned(), event, ..Default::default() });
    let texts = std::iter::once(HazardText {
        lang: "ja".to_owned(),
        event: state.kind.japanese.clone(),
        headline: issue.headline.clone(),
        description: Some(state.additions).filter(|additions| !additions.is_empty()),
        instruction: None,
    });
    Hazard {
        issued: issue.issued,
        status: issue.status,
        msg: state.msg,
        severity: state.kind.severity(),
        urgency: state.kind.urgency(),
        certainty: Certainty::Likely,
        texts: texts.chain(english).collect(),
        areas: vec![Area {
            name: state.area_name.unwrap_or_else(|| state.area.clone()),
            geocodes: BTreeMap::from([(state.tier.geocode().to_owned(), state.area)]),
        }],
        ..Hazard::new(HazardId::new(event.clone()), "jma", format, &bulletin.hash, &event, state.kind.hazard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FeedId, Severity};

    fn issue(issued: &str) -> Issue {
        let status = Status::Actual;
        Issue {
            issued: issued.parse().ok(),
            headline: None,
            status,
            is_correction: false,
            is_withdrawal: false,
            telegram: None,
        }
    }

    fn told<'a>(area: &'a str, code: &'a str, status: &'a str) -> Told<'a> {
        let tier = Tier::of_code(area);
        Told { area, area_name: None, tier, code, name: None, status, additions: "", level: None }
    }

    /// An issue time, and area, code and status of its kinds.
    type Bulletins<'a> = (&'a str, &'a [(&'a str, &'a str, &'a str)]);

    /// Bulletins, each an issue time with its kinds, become ids with severity and message type.
    #[track_caller]
    fn check(bulletins: &[Bulletins<'_>], expected: &[(&str, Severity, MsgType)]) {
        let (mut book, mut log) = (Book::default(), FaultLog::default());
        for (issued, kinds) in bulletins {
            book.begin(issue(issued));
            for (area, code, status) in *kinds {
                book.add(&told(area, code, status), Place::default, &mut log);
            }
        }
        let bulletin = Bulletin::new(FeedId::new("t"), "", "", Timestamp::UNIX_EPOCH, Vec::new());
        let hazards = book.into_hazards("jma", &bulletin, &mut log);
        let found: Vec<_> = hazards.iter().map(|hazard| (hazard.id.as_str(), hazard.severity, hazard.msg)).collect();
        assert_eq!(found, expected);
    }

    const EARLY: &str = "2026-09-27T00:00:00Z";
    const LATE: &str = "2026-09-27T06:00:00Z";

    #[test]
    fn the_later_bulletin_counts_in_whatever_order_they_come() {
        let early: (&str, &[_]) = (EARLY, &[("1310100", "03", "発表")]);
        let late: (&str, &[_]) = (LATE, &[("1310100", "10", "警報から注意報")]);
        let expected = [("jma:1310100:heavy-rain", Severity::Moderate, MsgType::Update)];
        check(&[early, late], &expected);
        check(&[late, early], &expected);
        let lifted: (&str, &[_]) = (LATE, &[("1310100", "03", "解除")]);
        check(&[lifted, early], &[("jma:1310100:heavy-rain", Severity::Severe, MsgType::Cancel)]);
    }

    #[test]
    fn of_one_bulletin_the_graver_counts_and_what_is_in_force() {
        check(
            &[(EARLY, &[("130010", "10", "継続"), ("130010", "33", "発表"), ("130010", "43", "解除")])],
            &[("jma:130010:heavy-rain", Severity::Extreme, MsgType::Alert)],
        );
    }

    #[test]
    fn prefectures_are_kept_only_where_nothing_finer_is() {
        check(&[(EARLY, &[("130000", "15", "発表")])], &[("jma:130000:storm", Severity::Moderate, MsgType::Alert)]);
        check(
            &[(EARLY, &[("130000", "15", "発表"), ("130010", "15", "発表"), ("1310100", "15", "継続")])],
            &[
                ("jma:130010:storm", Severity::Moderate, MsgType::Alert),
                ("jma:1310100:storm", Severity::Moderate, MsgType::Update),
            ],
        );
    }

    #[test]
    fn the_level_now_stands_in_the_status() {
        check(
            &[(EARLY, &[("140010", "29", "危険警報から警報")])],
            &[("jma:140010:landslide", Severity::Severe, MsgType::Update)],
        );
    }
}
