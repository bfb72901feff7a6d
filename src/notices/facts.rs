//! The rows of a block: when the wind comes and goes, how near, the sea, insurance, the answer.

use minijinja::context;

use super::clean::{self, NOTE_MAX};
use super::opening::last_answer;
use super::scene::{Scene, Spoken};
use super::view::{Chance, Fact};
use super::when::Zone;
use crate::domain::{
    AdvisedAction, Alert, AlertState, Dates, Exposure, Hazard, HazardText, Insured, Language, Role, Site, SiteKind,
    SubjectKind, Timestamp,
};

/// How many reasons for a flood a mail names.
const SURGE_REASONS_MAX: usize = 4;

/// The key of a role in the texts.
pub(super) fn role_key(role: Role) -> &'static str {
    match role {
        Role::AccountManager => "account-manager",
        Role::RegionalManager => "regional-manager",
        Role::Logistics => "logistics",
        Role::Management => "management",
        Role::Operator => "operator",
        Role::Dealer => "dealer",
    }
}

/// The chance of each force; none when there is no storm.
pub(super) fn chances(scene: &Scene<'_>, exposure: &Exposure) -> Vec<Chance> {
    let Some(p) = exposure.probability else { return Vec::new() };
    let says = &scene.says;
    let rows = [("chance.gale", p.gale), ("chance.storm", p.storm), ("chance.typhoon", p.typhoon)];
    let row = |(key, p): (&str, f64)| Chance { label: says.word(key), value: says.chance(p), share: share(p) };
    rows.into_iter().map(row).collect()
}

/// The best action in time that costs money and is worth it.
pub(super) fn money(alert: &Alert) -> Option<&AdvisedAction> {
    let paid = |action: &&AdvisedAction| {
        action.can_begin() && action.is_worth && action.cost.is_some_and(|cost| !cost.amount.is_zero())
    };
    alert.advice.actions.iter().find(paid)
}

/// True for what has a track and so winds at a place; false for a plain warning.
pub(super) fn is_storm(exposure: &Exposure) -> bool {
    exposure.probability.is_some() || exposure.arrival.is_some()
}

/// True while a gale blows at the place, on the forecast track.
pub(super) fn blows(exposure: &Exposure, now: Timestamp) -> bool {
    let gale = exposure.gale();
    let has_begun = gale.and_then(|gale| gale.first).is_some_and(|first| first <= now);
    let has_ended = gale.and_then(|gale| gale.last).is_some_and(|last| last <= now);
    is_storm(exposure) && !has_ended && (exposure.inside || has_begun)
}

/// The rows of one alert.
pub(super) fn facts(scene: &Scene<'_>, line: &Spoken<'_>) -> Vec<Fact> {
    let zone = scene.zone_of(line.alert);
    let exposure = &line.alert.exposure;
    let mut rows = Rows { scene, rows: Vec::new() };
    if !line.is_open() {
        rows.begins(exposure, &zone);
        rows.push("fact.state", state(scene, line.alert, &zone));
        return rows.rows;
    }
    if is_storm(exposure) {
        rows.wind(exposure, &zone);
    } else {
        rows.warning(line.alert, &zone);
    }
    if let Some(site) = scene.site(line.alert) {
        rows.site(line, site, &zone);
    }
    if let Some(lane) = scene.lane(line.alert) {
        let mode = clean::name(&lane.mode);
        let known = scene.says.name(&format!("mode.{}", mode.to_lowercase()));
        rows.push("fact.mode", known.map_or_else(|| mode.clone(), str::to_owned));
        if let Some(loss) = &exposure.loss {
            rows.push("fact.value", scene.says.money(loss.at_risk()));
        }
    }
    rows.push("fact.state", state(scene, line.alert, &zone));
    rows.rows
}

/// The agency's headline and instruction, in the reader's language when it has one.
pub(super) fn quote(scene: &Scene<'_>, alert: &Alert) -> Option<String> {
    let text = text(scene.hazard(alert)?, scene.says.language())?;
    let sentence = scene.says.name("form.sentence").unwrap_or(" ");
    let parts = [text.headline.as_deref(), text.instruction.as_deref()];
    let parts: Vec<_> = parts.into_iter().flatten().map(|part| clean::clean(part, NOTE_MAX)).collect();
    let quote = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(sentence);
    (!quote.is_empty()).then_some(quote)
}

/// Rows as they are gathered.
struct Rows<'s, 'a> {
    scene: &'s Scene<'a>,
    rows: Vec<Fact>,
}

impl Rows<'_, '_> {
    fn push(&mut self, label: &str, value: String) {
        if !value.is_empty() {
            self.rows.push(Fact { label: self.scene.says.word(label), value });
        }
    }

    fn begins(&mut self, exposure: &Exposure, zone: &Zone) {
        let says = &self.scene.says;
        let at = |at: Option<jiff::Timestamp>| at.map(|at| says.short(at, zone)).unwrap_or_default();
        let gale = exposure.gale();
        let (first, early) = gale.map_or((None, None), |gale| (gale.first, gale.early));
        let first_text = match (first, early) {
            (Some(first), Some(early)) if early < first => says.shorter(first, early, zone),
            _ => at(first),
        };
        let facts = context! { first => first_text, early => at(early) };
        let has_begun = blows(exposure, self.scene.now());
        let begins = match (first, early) {
            _ if has_begun => says.word("fact.begins-now"),
            (Some(first), Some(early)) if early < first => says.say("fact.begins-both", &facts),
            (Some(_), _) => says.say("fact.begins-first", &facts),
            (None, Some(_)) => says.say("fact.begins-early", &facts),
            (None, None) => String::new(),
        };
        self.push("fact.begins", begins);
    }

    fn wind(&mut self, exposure: &Exposure, zone: &Zone) {
        self.begins(exposure, zone);
        let says = &self.scene.says;
        let at = |at: Option<jiff::Timestamp>| at.map(|at| says.short(at, zone)).unwrap_or_default();
        let gale = exposure.gale();
        let ends = gale.and_then(|gale| gale.last);
        let ends = ends.map(|_| says.say("fact.ends-at", &context! { at => at(ends) })).unwrap_or_default();
        let closest = exposure
            .closest_km
            .map(|km| says.say("fact.closest-at", &context! { km => says.km(km), at => at(exposure.closest_at) }));
        let peak = exposure
            .peak_kt
            .map(|kt| says.say("fact.peak-at", &context! { wind => says.wind(kt), at => at(exposure.peak_at) }));
        self.push("fact.ends", ends);
        self.push("fact.closest", closest.unwrap_or_default());
        self.push("fact.peak", peak.unwrap_or_default());
    }

    fn warning(&mut self, alert: &Alert, zone: &Zone) {
        let says = &self.scene.says;
        let exposure = &alert.exposure;
        let at = |at: Option<jiff::Timestamp>| at.map(|at| says.short(at, zone)).unwrap_or_default();
        let severity = serde_json::to_value(exposure.severity).unwrap_or_default();
        let severity = says.word(&format!("severity.{}", severity.as_str().unwrap_or("unknown")));
        let warning = says.say("fact.warning-is", &context! { event => self.scene.storm.as_str(), severity });
        let valid = context! { onset => at(exposure.onset), expires => at(exposure.expires) };
        let has_valid = exposure.onset.is_some() || exposure.expires.is_some();
        let valid = if has_valid { says.say("fact.valid-is", &valid) } else { String::new() };
        self.push("fact.warning", warning);
        self.push("fact.valid", valid.trim().to_owned());
    }

    fn site(&mut self, line: &Spoken<'_>, site: &Site, zone: &Zone) {
        let (scene, says) = (self.scene, &self.scene.says);
        let exposure = &line.alert.exposure;
        self.push("fact.money", super::todo::money_line(scene, line).unwrap_or_default());
        let break_even = money(line.alert).and_then(|paid| paid.break_even_p);
        let worth = break_even.map(|p| says.say("fact.worth-is", &context! { p => says.fine_percent(p) }));
        self.push("fact.worth", worth.unwrap_or_default());
        self.push("fact.assumed", super::decision::assumed(scene, line.alert));
        if exposure.surge.flag {
            let reasons = surge_reasons(scene, exposure, site).join(says.name("form.list_comma").unwrap_or(", "));
            self.push("fact.sea", says.say("fact.sea-may", &context! { reasons }));
        }
        if site.kind == SiteKind::Occasion {
            let at = |at: Option<jiff::Timestamp>| at.map(|at| says.short(at, zone)).unwrap_or_default();
            let Dates { from, to } = site.dates.as_deref().copied().unwrap_or_default();
            let dates = says.say("fact.occasion-is", &context! { from => at(from), to => at(to) });
            self.push("fact.occasion", dates.trim().to_owned());
        }
        self.push(
            "fact.insured",
            says.word(match site.insured {
                Insured::Yes => "fact.insured-yes",
                Insured::No => "fact.insured-no",
                Insured::Uninsurable => "fact.insured-uninsurable",
                Insured::Unknown => "fact.insured-unknown",
            }),
        );
        let manager = scene.desk.portfolio.manager_of(&site.dealer).filter(|manager| manager.id != scene.person.id);
        if let Some(manager) = manager {
            let facts = context! { name => scene.person_name(&manager.id), email => clean::name(&manager.email) };
            self.push("fact.manager", says.say("fact.manager-is", &facts));
        }
        if line.is_visit() {
            let (lat, lon) = (format!("{:.4}", site.position.lat()), format!("{:.4}", site.position.lon()));
            self.push("fact.where", says.say("fact.where-is", &context! { name => clean::name(&site.name), lat, lon }));
        }
    }
}

/// Why the sea may come in: the engine's reasons where they can be read, else from the site's own facts.
fn surge_reasons(scene: &Scene<'_>, exposure: &Exposure, site: &Site) -> Vec<String> {
    let says = &scene.says;
    if says.name("form.surge_reasons") == Some("given") && !exposure.surge.reasons.is_empty() {
        return exposure.surge.reasons.iter().take(SURGE_REASONS_MAX).map(|reason| clean::name(reason)).collect();
    }
    let coast = site.coast_m.map(|m| says.say("fact.sea-coast", &context! { m => says.metres(m) }));
    let low = site.elevation_m.map(|m| says.say("fact.sea-low", &context! { m => says.metres(m) }));
    coast.into_iter().chain(low).collect()
}

/// Where the alert stands, who said so and when.
fn state(scene: &Scene<'_>, alert: &Alert, zone: &Zone) -> String {
    let key = match alert.state {
        AlertState::Open => "open",
        AlertState::Acknowledged => "acknowledged",
        AlertState::Acting => "acting",
        AlertState::Refused => "refused",
        AlertState::Done => "done",
        AlertState::Cleared => "cleared",
    };
    let answer = last_answer(alert);
    let who = answer.and_then(|answer| answer.by.as_ref()).map(|id| scene.person_name(id)).unwrap_or_default();
    let note = answer.and_then(|answer| answer.note.as_deref()).map(|note| clean::clean(note, NOTE_MAX));
    let at = answer.map(|answer| scene.says.short(answer.at, zone)).unwrap_or_default();
    let is_lane = scene.lane(alert).is_some();
    scene.says.say(&format!("state.{key}"), &context! { who, at, note => note.unwrap_or_default(), is_lane })
}

/// A hazard's words in the reader's language, else in any.
fn text(hazard: &Hazard, language: Language) -> Option<&HazardText> {
    let own = hazard.texts.iter().find(|text| Language::from_tag(&text.lang) == Some(language));
    own.or_else(|| hazard.texts.first())
}

/// A probability as whole percents for a bar.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=100 before the cast")]
fn share(p: f64) -> u32 {
    if p.is_nan() { 0 } else { (p * 100.0).round().clamp(0.0, 100.0) as u32 }
}

/// A map of a site; the place is ours, so no outside text is in the address.
pub(super) fn map(scene: &Scene<'_>, alert: &Alert) -> Option<String> {
    (alert.subject.kind == SubjectKind::Site).then_some(())?;
    let site = scene.site(alert)?;
    let (lat, lon) = (site.position.lat(), site.position.lon());
    Some(format!("https://www.openstreetmap.org/?mlat={lat:.5}&mlon={lon:.5}#map=15/{lat:.5}/{lon:.5}"))
}
