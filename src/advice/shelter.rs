//! Where goods of a site can go.

use crate::domain::{Exposure, Portfolio, Shelter, Site, SiteId, SiteKind};
use crate::geo::distance;

/// The chance of 34-kt wind above which a place is no refuge: where NHC begins to draw arrival times, and the contour
/// that JTWC's ships keep out of (Sampson et al. 2025, Weather and Forecasting 40:991).
const P_34KT_MAX: f64 = 0.05;
/// No farther on the geodesic, in km: a day's drive there and back for a lorry at 40 km/h on roads a third longer. A guess.
const KM_MAX: f64 = 300.0;

/// The shelter that the site's file names, wherever it lies; else the nearest site of the same dealer or of kind `depot`
/// (ours) that may have room and is out of danger: 34-kt wind at most 5 % likely, and no sea. `exposure` is what the event
/// means for a site, `None` when nothing.
#[must_use]
pub fn shelter<'e>(
    site: &Site,
    portfolio: &Portfolio,
    exposure: impl Fn(&SiteId) -> Option<&'e Exposure>,
) -> Option<Shelter> {
    let told = |to: &Site, is_named: bool| {
        let there = exposure(&to.id);
        Shelter {
            site: to.id.clone(),
            is_named,
            has_room: to.room,
            km: distance(site.position, to.position).0,
            danger_from: there.and_then(Exposure::danger_from),
            p_34kt: there.map_or(0.0, Exposure::p_34kt),
        }
    };
    if let Some(named) = site.shelter_site.as_ref().and_then(|id| portfolio.sites.get(id)) {
        return Some(told(named, true));
    }
    let fits = |to: &&Site| {
        let is_ours = to.dealer == site.dealer || to.kind == SiteKind::Other("depot".into());
        // A shop or an office takes goods only when somebody said so.
        let is_store = matches!(&to.kind, SiteKind::Warehouse) || to.kind == SiteKind::Other("depot".into());
        let has_room = to.room.unwrap_or(is_store);
        let is_safe =
            exposure(&to.id).is_none_or(|there| there.p_34kt() <= P_34KT_MAX && !there.surge.flag && !there.inside);
        to.id != site.id && is_ours && has_room && is_safe
    };
    let near = portfolio.sites.values().filter(fits).map(|to| told(to, false)).filter(|to| to.km <= KM_MAX);
    near.min_by(|a, b| a.km.total_cmp(&b.km).then_with(|| a.site.cmp(&b.site)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::advice::tests::{exposure, taizhou};
    use crate::domain::{ByThreshold, DealerId, Position, Surge};

    fn site(id: &str, dealer: &str, lat: f64, kind: SiteKind, room: Option<bool>) -> Site {
        let position = Position::lat_lon(lat, 121.42).expect("place");
        Site { id: SiteId::new(id), dealer: DealerId::new(dealer), position, kind, room, ..taizhou() }
    }

    /// The site that is chosen for Taizhou (28.66° N) among these, with the chance of gales at some.
    fn check(sites: &[Site], named: Option<&str>, p_34kt: &[(&str, f64)], want: Option<&str>) {
        let from = Site { shelter_site: named.map(SiteId::new), ..taizhou() };
        let mut portfolio = Portfolio::default();
        portfolio.sites.extend(sites.iter().chain([&from]).map(|site| (site.id.clone(), site.clone())));
        let there: BTreeMap<SiteId, Exposure> = p_34kt
            .iter()
            .map(|(id, p)| {
                let probability = Some(ByThreshold { gale: *p, storm: 0.0, typhoon: 0.0 });
                (SiteId::new(*id), Exposure { probability, surge: Surge::default(), ..exposure(40.0, None) })
            })
            .collect();
        let got = shelter(&from, &portfolio, |id| there.get(id));
        assert_eq!(got.as_ref().map(|shelter| shelter.site.as_str()), want, "{got:?}");
        assert!(got.is_none_or(|shelter| shelter.is_named == named.is_some()));
    }

    #[test]
    fn the_nearest_of_the_dealers_or_ours_out_of_danger() {
        let depot = || SiteKind::Other("depot".into());
        let near = site("near", "D", 29.0, SiteKind::Warehouse, None);
        let far = site("far", "D", 29.5, SiteKind::Warehouse, Some(true));
        let sites = [near.clone(), far.clone()];
        check(&sites, None, &[], Some("near"));
        check(&sites, None, &[("near", 0.06)], Some("far"));
        check(&sites, None, &[("near", 0.05)], Some("near"));
        check(&sites, Some("far"), &[("far", 0.9)], Some("far"));
        check(&sites, None, &[("near", 0.5), ("far", 0.5)], None);
        check(&[site("full", "D", 29.0, SiteKind::Warehouse, Some(false))], None, &[], None);
        check(&[site("other", "E", 29.0, SiteKind::Warehouse, None)], None, &[], None);
        check(&[site("ours", "E", 29.0, depot(), None)], None, &[], Some("ours"));
        check(&[site("shop", "D", 29.0, SiteKind::Shop, None)], None, &[], None);
        check(&[site("shop", "D", 29.0, SiteKind::Shop, Some(true))], None, &[], Some("shop"));
        check(&[site("day", "D", 33.0, SiteKind::Warehouse, None)], None, &[], None);
    }
}
