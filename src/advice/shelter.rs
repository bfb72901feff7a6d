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
        let is_ours = to.dealer == site.dealer || to.kind == SiteKind::Other("depot".to_owned());
        // A shop or an office takes goods only when somebody said so.
        let is_store = matches!(&to.kind, SiteKind::Warehouse) || to.kind == SiteKind::Other("depot".to_owned());
        let has_room = to.room.unwrap_or(is_store);
        let is_safe =
            exposure(&to.id).is_none_or(|there| there.p_34kt() <= P_34KT_MAX && !there.surge.flag && !there.inside);
        to.id != site.id && is_ours && has_room && is_safe
    };
    let near = portfolio.sites.values().filter(fits).map(|to| told(to, false)).filter(|to| to.km <= KM_MAX);
    near.min_by(|a, b| a.km.total_cmp(&b.km).then_with(|| a.site.cmp(&b.site)))
}
