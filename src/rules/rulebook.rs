//! All rules of a folder, and the numbers beside them: read at once, with every mistake named.

use std::collections::{BTreeMap, BTreeSet};

use super::cases::{self, CaseFailure, CaseReport};
use super::condition::FactContext;
use super::facts::{Facts, Seen};
use super::page::{Page, Section};
use super::rule::{Judgement, Rule};
use super::scope::Scope;
use super::shipped::RuleFiles;
use super::tables;
use super::transport_table::read_transport;
use super::{SubjectView, with_deep_stack};
use crate::domain::{DamageParams, Exposure, Fault, Level, Place, RuleId, Timestamp, TrackErrors, TransportParams};

/// Where the numbers lie.
const TRACK_ERRORS: &str = "errors/track.toml";
const DAMAGE: &str = "damage.toml";
const TRANSPORT: &str = "transport.toml";
/// The folder of the playbooks, whose files the advice room reads.
pub const PLAYBOOKS: &str = "playbooks";

/// The rules, checked.
#[derive(Debug, Clone)]
pub struct Rulebook {
    rules: BTreeMap<RuleId, Rule>,
    cases: Vec<Case>,
    track_errors: TrackErrors,
    damage: DamageParams,
    transport: TransportParams,
}

#[derive(Debug, Clone)]
struct Case {
    rule: RuleId,
    path: String,
    line: u32,
    name: String,
    facts: Facts,
    want: Option<Level>,
}

/// What is wrong with a folder of rules: paths as in [`RuleFiles`], each with its fault.
pub type FileFaults = Vec<(String, Fault)>;

impl Rulebook {
    /// Reads and checks a folder.
    ///
    /// # Errors
    /// Every mistake of every file, in order of path and place. Playbooks are checked by the advice room.
    pub fn check(files: &RuleFiles) -> Result<Self, FileFaults> {
        with_deep_stack(|| read(files))
            .unwrap_or_else(|error| Err(vec![(String::new(), Fault::fatal(Place::default(), error.to_string()))]))
    }

    /// The rules in order of id.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values()
    }

    /// A rule.
    #[must_use]
    pub fn rule(&self, id: &RuleId) -> Option<&Rule> {
        self.rules.get(id)
    }

    /// How far track forecasts miss: `errors/track.toml`.
    #[must_use]
    pub fn track_errors(&self) -> &TrackErrors {
        &self.track_errors
    }

    /// What storm and sea do to goods: `damage.toml`.
    #[must_use]
    pub fn damage(&self) -> &DamageParams {
        &self.damage
    }

    /// How transport stands up to wind: `transport.toml`.
    #[must_use]
    pub fn transport(&self) -> &TransportParams {
        &self.transport
    }

    /// What each rule about such an exposure says of it, in order of the rules' ids. A rule that does not match
    /// is there too, with no level; a rule about other subjects or hazards is not.
    #[must_use]
    pub fn judge(&self, exposure: &Exposure, view: &SubjectView<'_>, now: Timestamp) -> Vec<Judgement> {
        let about = |rule: &&Rule| rule.is_about(exposure.subject.kind, exposure.kind);
        let mut rules = self.rules.values().filter(about).peekable();
        if rules.peek().is_none() {
            return Vec::new();
        }
        let facts = Facts::of(&Seen { exposure, view, now });
        let context = FactContext::of(&facts);
        rules.map(|rule| rule.judge(&facts, &context)).collect()
    }

    /// What one rule says, as [`Rulebook::judge`] has it among the others'; `None` of a rule that is gone or is about other
    /// subjects or hazards.
    #[must_use]
    pub fn judge_by(
        &self,
        rule: &RuleId,
        exposure: &Exposure,
        view: &SubjectView<'_>,
        now: Timestamp,
    ) -> Option<Judgement> {
        let rule = self.rules.get(rule).filter(|rule| rule.is_about(exposure.subject.kind, exposure.kind))?;
        let facts = Facts::of(&Seen { exposure, view, now });
        Some(rule.judge(&facts, &FactContext::of(&facts)))
    }

    /// Runs the cases that lie beside the rules.
    #[must_use]
    pub fn run_cases(&self) -> CaseReport {
        let failures = self.cases.iter().filter_map(|case| self.run_case(case)).collect();
        CaseReport { count: self.cases.len(), failures }
    }

    fn run_case(&self, case: &Case) -> Option<CaseFailure> {
        let (level, faults) = self.rules.get(&case.rule)?.level(&FactContext::of(&case.facts));
        if level == case.want && faults.is_empty() {
            return None;
        }
        let name = |level: Option<Level>| level.map_or("none", Level::as_str);
        let mut what = vec![format!("wants {}, got {}", name(case.want), name(level))];
        what.extend(faults.iter().map(ToString::to_string));
        let what = what.join("; ");
        Some(CaseFailure { path: case.path.clone(), line: case.line, name: case.name.clone(), what })
    }
}

fn read(files: &RuleFiles) -> Result<Rulebook, FileFaults> {
    let mut faults = FileFaults::new();
    let playbooks = files.playbooks();
    let playbooks: BTreeSet<&str> = playbooks.iter().map(String::as_str).collect();
    let mut rules = BTreeMap::new();
    for (id, path, text) in files.of_folder("").filter(|(_, path, _)| ![DAMAGE, TRANSPORT].contains(path)) {
        match read_page(text, |root| Rule::read(id, root, &playbooks)) {
            Ok(rule) => _ = rules.insert(rule.id.clone(), rule),
            Err(mistakes) => faults.extend(mistakes.into_iter().map(|fault| (path.to_owned(), fault))),
        }
    }
    check_inhibitions(&rules, &mut faults);
    let cases = read_cases(files, &rules, &mut faults);
    let track_errors = read_table(files, TRACK_ERRORS, tables::read_track_errors, &mut faults);
    let damage = read_table(files, DAMAGE, tables::read_damage, &mut faults);
    let transport = read_table(files, TRANSPORT, read_transport, &mut faults);
    faults.sort_by(|(a, _), (b, _)| a.cmp(b));
    match (track_errors, damage, transport) {
        (Some(track_errors), Some(damage), Some(transport)) if faults.is_empty() => {
            Ok(Rulebook { rules, cases, track_errors, damage, transport })
        }
        _ => Err(faults),
    }
}

/// A rule that hides under one that there is not would never be hidden: that is a slip of the pen.
fn check_inhibitions(rules: &BTreeMap<RuleId, Rule>, faults: &mut FileFaults) {
    for (id, rule) in rules {
        let named = rule.inhibited_by.iter().flat_map(|inhibition| &inhibition.rules);
        for missing in named.filter(|named| *named == id || !rules.contains_key(*named)) {
            let known: Vec<&str> = rules.keys().filter(|known| *known != id).map(RuleId::as_str).collect();
            let fault = Fault::fatal(
                Place::default().field("inhibited_by.rules"),
                format!("there is no other rule `{missing}`"),
            );
            faults.push((format!("{id}.toml"), fault.hint(format!("there are: {}", known.join(", ")))));
        }
    }
}

/// Reads a whole file through one reader; what the reader gives counts only when nothing was wrong.
fn read_page<T>(text: &str, reader: impl FnOnce(&Section<'_>) -> Option<T>) -> Result<T, Vec<Fault>> {
    let page = Page::new(text);
    let read = page.parse().and_then(|table| reader(&page.root(&table)));
    let faults = page.into_faults();
    read.filter(|_| faults.is_empty()).ok_or(faults)
}

fn read_cases(files: &RuleFiles, rules: &BTreeMap<RuleId, Rule>, faults: &mut FileFaults) -> Vec<Case> {
    let mut all = Vec::new();
    for (path, text) in &files.0 {
        let Some(id) = path.strip_suffix(".cases.toml").filter(|id| !id.contains('/')) else { continue };
        let Some(rule) = rules.get(&RuleId::new(id)) else {
            // A rule that did not read has its own faults; only a missing one is news.
            if files.get(&format!("{id}.toml")).is_none() {
                let fault = Fault::fatal(Place::line(1), format!("there is no rule `{id}.toml` for these cases"));
                faults.push((path.clone(), fault));
            }
            continue;
        };
        match read_page(text, |root| Some(read_case_file(root, rule, path))) {
            Ok(cases) => all.extend(cases),
            Err(mistakes) => faults.extend(mistakes.into_iter().map(|fault| (path.clone(), fault))),
        }
    }
    all
}

fn read_case_file(root: &Section<'_>, rule: &Rule, path: &str) -> Vec<Case> {
    const WANTS: [(&str, Option<Level>); 4] =
        [("none", None), ("watch", Some(Level::Watch)), ("warn", Some(Level::Warn)), ("act", Some(Level::Act))];
    let scope = Scope::of(rule.subject);
    let base = cases::base_facts(root, &scope);
    let sections = root.sections("case");
    root.finish();
    let read = sections.iter().filter_map(|case| {
        let name = case.text("name");
        let want = case.required("want").and_then(|()| case.word("want", &WANTS));
        let facts = cases::case_facts(case, &base, &scope);
        case.finish();
        Some(Case { rule: rule.id.clone(), path: path.to_owned(), line: case.line(), name: name?, facts, want: want? })
    });
    read.collect()
}

fn read_table<T>(
    files: &RuleFiles,
    path: &str,
    reader: impl FnOnce(&str) -> Result<T, Vec<Fault>>,
    faults: &mut FileFaults,
) -> Option<T> {
    let missing = || vec![Fault::fatal(Place::default(), "the file is missing")];
    match files.get(path).ok_or_else(missing).and_then(reader) {
        Ok(table) => Some(table),
        Err(mistakes) => {
            faults.extend(mistakes.into_iter().map(|fault| (path.to_owned(), fault)));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        Arrival, ByThreshold, Codes, Currency, DealerId, EventId, HazardId, HazardKind, Insured, Loss, Money, Position,
        Severity, Site, SiteId, SiteKind, Subject, SubjectKind, Surge, hours,
    };
    use crate::rules::{Condition, FactValue, Wanted};

    fn now() -> Timestamp {
        "2004-08-10T00:00:00Z".parse().expect("time")
    }

    fn exposure(p_34kt: f64, early_h: f64) -> Exposure {
        let at = |h: f64| Some(now() + hours(h));
        let gale = Arrival {
            first: at(early_h + 6.0),
            early: at(early_h),
            likely: None,
            late: at(early_h + 12.0),
            last: None,
        };
        Exposure {
            event: EventId::new("wp162004"),
            hazard: HazardId::new("h"),
            kind: HazardKind::TropicalCyclone,
            subject: Subject { kind: SubjectKind::Site, id: "TZ-01".to_owned(), dealer: Some(DealerId::new("D")) },
            at: now(),
            issued: None,
            inside: false,
            onset: None,
            expires: None,
            severity: Severity::Extreme,
            closest_km: Some(20.0),
            closest_at: None,
            peak_kt: Some(f64::NAN),
            peak_at: None,
            peak_dir_deg: None,
            arrival: Some(ByThreshold { gale: Some(gale), storm: None, typhoon: None }),
            probability: Some(ByThreshold { gale: p_34kt, storm: 0.1, typhoon: 0.05 }),
            surge: Surge { flag: true, reasons: vec!["40 m from the sea".to_owned()] },
            loss: Some(Loss {
                currency: Currency::parse("CNY").expect("code"),
                at_risk: 600_000.into(),
                expected: 60_000.into(),
            }),
            basis: BTreeMap::new(),
            agencies: Vec::new(),
        }
    }

    fn taizhou() -> Site {
        let cny = |amount: i64| Some(Money::new(amount.into(), Currency::parse("CNY").expect("code")));
        Site {
            id: SiteId::new("TZ-01"),
            dealer: DealerId::new("D"),
            name: "Taizhou".into(),
            kind: SiteKind::Warehouse,
            position: Position::lat_lon(28.66, 121.42).expect("position"),
            coast_m: Some(40.0),
            elevation_m: Some(3.0),
            stock: cny(600_000),
            insured: Insured::Uninsurable,
            handling_h: Some(14.0),
            handling_cost: cny(10_000),
            shelter_site: None,
            dates: None,
            codes: Codes::default(),
            work: None,
            floors: None,
            room: None,
        }
    }

    fn shipped() -> Rulebook {
        Rulebook::check(&RuleFiles::shipped()).expect("the shipped rules read")
    }

    #[test]
    fn the_shipped_rules_read_and_their_cases_pass() {
        let book = shipped();
        let ids: Vec<&str> = book.rules().map(|rule| rule.id.as_str()).collect();
        assert_eq!(ids, ["official-warning-at-site", "storm-at-warehouse", "storm-on-lane"]);
        let report = book.run_cases();
        let told: Vec<String> = report.failures.iter().map(ToString::to_string).collect();
        assert!(told.is_empty(), "{told:#?}");
        assert!(report.count > 30, "{}", report.count);
        assert!(book.track_errors().row("jtwc", "wp", 2004).is_some());
        assert!((book.damage().v_half_ms["WP3"] - 80.2).abs() < 1e-9);
    }

    #[test]
    fn every_shipped_rule_is_tried_at_each_of_its_levels_and_at_none() {
        let book = shipped();
        for rule in book.rules() {
            let wants: Vec<_> = book.cases.iter().filter(|case| case.rule == rule.id).map(|case| case.want).collect();
            for want in [None, Some(Level::Watch), Some(Level::Warn), Some(Level::Act)] {
                assert!(wants.contains(&want), "{} {want:?}", rule.id);
            }
        }
    }

    #[test]
    fn an_exposure_is_judged_with_its_facts() {
        let site = taizhou();
        let view = SubjectView { site: Some(&site), ..SubjectView::default() };
        let check = |p_34kt, early_h, want| {
            let judged = shipped().judge(&exposure(p_34kt, early_h), &view, now());
            let levels: Vec<_> = judged.iter().map(|j| (j.rule.as_str(), j.level)).collect();
            assert_eq!(levels, [("official-warning-at-site", None), ("storm-at-warehouse", want)]);
            assert!(judged.iter().all(|j| j.faults.is_empty()), "{judged:?}");
            judged
        };
        check(0.05, 60.0, None);
        let judged = check(0.12, 60.0, Some(Level::Warn));
        assert_eq!(judged[1].facts.get("exposure.p_34kt"), Some(&FactValue::Number(0.12)));
        assert_eq!(judged[1].facts.get("site.coast_m"), Some(&FactValue::Number(40.0)));
        assert_eq!(judged[1].facts.get("lane.mode"), None);
        check(0.25, 39.0, Some(Level::Act));
    }

    /// The shipped files with one changed; what is told of it.
    fn told(path: &str, text: &str) -> Vec<String> {
        let mut files = RuleFiles::shipped();
        files.0.insert(path.to_owned(), text.to_owned());
        let faults = Rulebook::check(&files).err().unwrap_or_default();
        faults.iter().map(|(path, fault)| fault.in_file(&format!("rules/{path}"))).collect()
    }

    #[test]
    fn every_mistake_is_named_with_its_place() {
        let text = "title = 'Gale at the coast'\nsubject = 'site'\nkinds = ['wnd']\nplaybook = 'warehose'\n\
            audience = ['account-manager', 'everybody']\nwhen = 'exposure.p_34kt > 0.1'\nclear = 3\n\
            [ladder]\nremind_h = [3, 6]\n[levels]\nwarn = '''\nexposure.inside\n  && has(site.coast_km)\n'''\nact = 1\n";
        let want = [
            "error: rules/gale-at-coast.toml:3:10: unknown word `wnd` (in `kinds`)\nhint: did you mean `wind`?",
            "error: rules/gale-at-coast.toml:4:12: there is no playbook `warehose` (in `playbook`)\nhint: did you mean `warehouse`?",
            "error: rules/gale-at-coast.toml:5:32: unknown word `everybody` (in `audience`)\nhint: it can be account-manager, shipment-managers, logistics, regional-manager, management, operator",
            "error: rules/gale-at-coast.toml:6:9: `exposure.p_34kt` can be unknown, and nothing asks for it (in `when`)\nhint: write `has(exposure.p_34kt) && …`",
            "error: rules/gale-at-coast.toml:7:1: unknown key `clear`\nhint: known here: act_by_moved_h, audience, clear_after, inhibited_by, kinds, ladder, levels, linger_p_34kt, loss_rose, playbook, quiet_below, subject, title, when",
            "error: rules/gale-at-coast.toml:9:12: reminders must come faster, not slower (in `ladder.remind_h`)\nhint: as in `remind_h = [12, 6, 3]`; a quarter of an hour is the least",
            "error: rules/gale-at-coast.toml:13:10: unknown fact `site.coast_km` (in `levels.warn`)\nhint: did you mean `site.coast_m`? `seawall rules list` names them all",
            "error: rules/gale-at-coast.toml:15:7: `levels.act` should be a CEL expression in quotes",
        ];
        assert_eq!(told("gale-at-coast.toml", text), want);
    }

    #[test]
    fn other_files_are_checked_too() {
        assert_eq!(
            told("nobody.cases.toml", "[base]\n"),
            ["error: rules/nobody.cases.toml:1: there is no rule `nobody.toml` for these cases"]
        );
        let cases = "[base]\nsite.coast_km = 1\n[[case]]\nname = 'x'\nwant = 'wach'\nfacts = { site.kind = 3 }\n";
        assert_eq!(told("storm-at-warehouse.cases.toml", cases).len(), 3);
        assert_eq!(told("damage.toml", "x").len(), 1);
        assert_eq!(told("errors/track.toml", "[[row]]\n").len(), 5);
    }

    #[test]
    fn a_failing_case_is_named_with_its_line() {
        let mut files = RuleFiles::shipped();
        let path = "storm-at-warehouse.cases.toml";
        let text = "[base]\nexposure.p_34kt = 0.5\nexposure.inside = true\n\n[[case]]\nname = 'x'\nwant = 'watch'\n";
        files.0.insert(path.to_owned(), text.to_owned());
        let report = Rulebook::check(&files).expect("reads").run_cases();
        let told: Vec<String> = report.failures.iter().map(ToString::to_string).collect();
        assert_eq!(told, ["storm-at-warehouse.cases.toml:5: case `x`: wants watch, got act"]);
    }

    #[test]
    fn a_condition_that_fails_counts_as_false_and_is_told() {
        let mut files = RuleFiles::shipped();
        let text = files.0["storm-at-warehouse.toml"].clone();
        let text = text.replace("when = '''\n", "when = '''\nhas(dealer.tier) || dealer.tier == 'A' ||\n");
        files.0.insert("storm-at-warehouse.toml".to_owned(), text);
        let book = Rulebook::check(&files).expect("reads");
        let judged = book.judge(&exposure(0.0, 60.0), &SubjectView::default(), now());
        // The last clause is true, so the error before it does not count.
        assert!(judged[1].faults.iter().all(|fault| fault.what.contains("tier")), "{judged:?}");
        let mut flat = exposure(0.5, 60.0);
        (flat.probability, flat.arrival) = (None, None);
        let judged = book.judge(&flat, &SubjectView::default(), now());
        assert_eq!(judged[1].level, None);
        let fault = judged[1].faults.first().expect("told");
        assert_eq!(fault.what, "the condition failed: No such key: tier");
        assert_eq!(fault.place.field.as_deref(), Some("when"));
        assert!(fault.place.line.is_some());
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

        #[test]
        fn torn_files_are_told_of_and_harm_nothing(cut in 0usize..2500, put in "[ -~\\n]{0,6}", drop in 0usize..40) {
            let mut files = RuleFiles::shipped();
            for path in ["storm-at-warehouse.toml", "storm-on-lane.cases.toml", "errors/track.toml", "damage.toml"] {
                let text: Vec<char> = files.0[path].chars().collect();
                let (before, after) = text.split_at(cut.min(text.len()));
                let torn = before.iter().copied().chain(put.chars());
                let torn: String = torn.chain(after.iter().copied().skip(drop)).collect();
                files.0.insert(path.to_owned(), torn);
            }
            match Rulebook::check(&files) {
                Ok(book) => _ = book.judge(&exposure(0.3, 30.0), &SubjectView::default(), now()),
                Err(faults) => proptest::prop_assert!(faults.iter().all(|(path, _)| !path.is_empty()), "{faults:?}"),
            }
        }

        #[test]
        fn no_expression_panics(parts in proptest::collection::vec(proptest::sample::select(WORDS.to_vec()), 0..14)) {
            let source = parts.join(" ");
            let scope = Scope::of(SubjectKind::Site);
            let compiled = with_deep_stack(|| Condition::compile(&source, Wanted::Flag, &scope, Place::default()));
            if let Ok(condition) = compiled.expect("no panic") {
                let view = SubjectView::default();
                let seen = exposure(0.3, 30.0);
                let facts = Facts::of(&Seen { exposure: &seen, view: &view, now: now() });
                _ = condition.flag(&FactContext::of(&facts));
            }
        }
    }

    const WORDS: [&str; 30] = [
        "exposure.p_34kt",
        "exposure.inside",
        "site.kind",
        "has(site.coast_m)",
        "site.coast_m",
        "now.month",
        "1",
        "1.0",
        "'a'",
        "\"(\"",
        "&&",
        "||",
        "!",
        "==",
        "<",
        ">=",
        "+",
        "-",
        "*",
        "/",
        "%",
        "(",
        ")",
        "[",
        "]",
        "in",
        "? 1 :",
        ".matches(",
        "[1, 2].exists(x, x == 1)",
        "null",
    ];

    #[test]
    fn judging_needs_little_stack() {
        let book = shipped();
        let small = std::thread::Builder::new().stack_size(1 << 20);
        let worker = small.spawn(move || book.judge(&exposure(0.5, 20.0), &SubjectView::default(), now()).len());
        assert_eq!(worker.expect("thread").join().expect("no overflow"), 2);
    }
}
