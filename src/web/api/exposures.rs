//! Sites and lanes as GeoJSON, each with its worst alert: level, chances, and when each wind comes.

use std::collections::BTreeMap;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::problem::Problem;
use super::row::{AlertRow, LevelWord, StateWord, order};
use super::shapes::{self, Feature, FeatureCollection};
use super::{FEATURES_MAX, GEOJSON, Wanted, asked, sent_read};
use crate::domain::{Alert, Arrival, Lane, Portfolio, Site, State as Known, Subject, SubjectKind};
use crate::web::Web;
use crate::web::who::Guest;

/// Which places are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Scope {
    /// Those with an alert.
    #[default]
    Alerted,
    /// Every site and lane.
    All,
}

/// Which places are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Shown {
    /// alerted (only sites and lanes with an alert; usual) or all.
    #[serde(default)]
    #[param(inline)]
    scope: Scope,
    /// Only of this dealer.
    dealer: Option<String>,
    /// Only of dealers of this account manager.
    manager: Option<String>,
    /// Only alerts of this level: watch, warn or act.
    #[param(inline)]
    level: Option<LevelWord>,
    /// Only alerts in this state. Left out: all but cleared.
    #[param(inline)]
    state: Option<StateWord>,
    /// Only alerts of this event.
    event: Option<String>,
}

/// Sites (points) and lanes (lines) as a GeoJSON `FeatureCollection`, each with its worst alert: level, state, act-by,
/// chances of 34, 50 and 64 kt, and first, early, likely, late arrival and end of each.
#[utoipa::path(
    get, path = "/exposures", params(Shown), tag = "exposures",
    responses(
        (status = 200, description = "The features", body = FeatureCollection, content_type = "application/geo+json"),
        (status = 304, description = "Nothing has changed since the ETag given"),
        (status = 400, description = "A parameter is not understood", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "Who asks is not known", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not from here", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(web): State<Web>,
    guest: Guest,
    headers: HeaderMap,
    shown: Result<Query<Shown>, QueryRejection>,
) -> Result<Response, Problem> {
    let Shown { scope, dealer, manager, level, state, event } = asked(shown)?;
    let wanted = Wanted { dealer, manager, level, state, event, limit: None, cursor: None };
    sent_read(&web, &headers, GEOJSON, move |state, web| features(state, web, &guest, scope, &wanted)).await
}

fn features(state: &Known, web: &Web, guest: &Guest, scope: Scope, wanted: &Wanted) -> FeatureCollection {
    let portfolio = &*web.portfolio.get();
    let mut worst: BTreeMap<&Subject, &Alert> = BTreeMap::new();
    let seen = state.alerts.values().filter(|alert| wanted.has(alert, portfolio));
    for alert in seen.filter(|alert| guest.sees(portfolio, alert.subject.dealer.as_ref())) {
        let known = worst.entry(&alert.subject).or_insert(alert);
        let rank = |alert: &Alert| (std::cmp::Reverse(alert.level), order(alert));
        if rank(alert) < rank(known) {
            *known = alert;
        }
    }
    let sites = worst.iter().filter(|(subject, _)| subject.kind == SubjectKind::Site);
    let mut of_site: BTreeMap<&str, &Alert> = sites.map(|(subject, alert)| (subject.id.as_str(), *alert)).collect();
    let mut features = Vec::new();
    for lane in portfolio.lanes.values() {
        let subject = Subject { kind: SubjectKind::Lane, id: lane.id.to_string(), dealer: None };
        let alert = worst.get(&subject).copied();
        if alert.is_some() || scope == Scope::All {
            features.extend(lane_feature(lane, alert, state, portfolio));
        }
    }
    if scope == Scope::Alerted {
        let alerted: Vec<(&str, &Alert)> = std::mem::take(&mut of_site).into_iter().collect();
        for (id, alert) in alerted {
            let site = portfolio.sites.get(&crate::domain::SiteId::new(id));
            features.extend(site.map(|site| site_feature(site, Some(alert), state, portfolio)));
        }
        return FeatureCollection::of(features, FEATURES_MAX);
    }
    let is_of = |site: &&Site| {
        let dealer = portfolio.dealers.get(&site.dealer);
        guest.sees(portfolio, Some(&site.dealer))
            && wanted.dealer.as_deref().is_none_or(|wanted| site.dealer.as_str() == wanted)
            && wanted.manager.as_deref().is_none_or(|wanted| dealer.is_some_and(|d| d.manager.as_str() == wanted))
    };
    // Those in danger first, so that a full answer leaves out quiet ones.
    let (hit, quiet): (Vec<&Site>, Vec<&Site>) =
        portfolio.sites.values().filter(is_of).partition(|site| of_site.contains_key(site.id.as_str()));
    let room = FEATURES_MAX.saturating_add(1).saturating_sub(features.len());
    for site in hit.into_iter().chain(quiet).take(room) {
        features.push(site_feature(site, of_site.get(site.id.as_str()).copied(), state, portfolio));
    }
    FeatureCollection::of(features, FEATURES_MAX)
}

fn site_feature(site: &Site, alert: Option<&Alert>, state: &Known, portfolio: &Portfolio) -> Feature {
    let dealer = portfolio.dealers.get(&site.dealer);
    let manager = dealer.map(|dealer| &dealer.manager);
    let own = json!({
        "type": "site", "site": site.id, "site_name": site.name, "site_kind": site.kind, "dealer": site.dealer,
        "dealer_name": dealer.map(|dealer| &dealer.name), "manager": manager,
        "coast_m": site.coast_m, "stock_value": site.stock.map(|stock| stock.amount.normalize().to_string()),
        "currency": site.stock.map(|stock| stock.currency.to_string()),
    });
    Feature::new(format!("site/{}", site.id), shapes::point(site.position), with_alert(own, alert, state, portfolio))
}

fn lane_feature(lane: &Lane, alert: Option<&Alert>, state: &Known, portfolio: &Portfolio) -> Option<Feature> {
    let own = json!({
        "type": "lane", "lane": lane.id, "mode": lane.mode, "origin": lane.origin, "destination": lane.destination,
    });
    Some(Feature::new(
        format!("lane/{}", lane.id),
        shapes::line(&lane.course)?,
        with_alert(own, alert, state, portfolio),
    ))
}

fn with_alert(own: Value, alert: Option<&Alert>, state: &Known, portfolio: &Portfolio) -> Value {
    let Value::Object(mut all) = own else { return own };
    let Some(alert) = alert else {
        all.insert("level".to_owned(), Value::Null);
        return Value::Object(all);
    };
    let row = AlertRow::of(alert, state, portfolio);
    let exposure = &alert.exposure;
    let more = json!({
        "alert": row.id, "event": row.event, "event_name": row.event_name, "level": row.level, "state": row.state,
        "act_by": row.act_by, "danger_from": row.danger_from, "danger_to": row.danger_to, "peak_kt": row.peak_kt,
        "peak_at": row.peak_at, "closest_km": row.closest_km, "surge": row.surge,
        "p_34kt": exposure.probability.map(|p| p.gale), "p_50kt": exposure.probability.map(|p| p.storm),
        "p_64kt": exposure.probability.map(|p| p.typhoon),
        "expected_loss": row.expected_loss.map(|loss| loss.amount),
    });
    if let Value::Object(more) = more {
        all.extend(more);
    }
    if let Some(arrival) = exposure.arrival {
        for (kt, arrival) in [(34, arrival.gale), (50, arrival.storm), (64, arrival.typhoon)] {
            all.extend(arrivals(kt, arrival));
        }
    }
    Value::Object(all)
}

fn arrivals(kt: u32, arrival: Option<Arrival>) -> Vec<(String, Value)> {
    let Some(Arrival { first, early, likely, late, last }) = arrival else { return Vec::new() };
    let named = [("first", first), ("early", early), ("likely", likely), ("late", late), ("last", last)];
    named.map(|(name, at)| (format!("arrival_{kt}kt_{name}"), json!(at))).to_vec()
}
