//! What each site lacks before the season. Once a warning is out it is too late: cover is refused then, and nobody
//! finds a shelter in a night.

use crate::domain::{DamageParams, Insured, Portfolio, Site, SiteFinding, SiteGap, SiteKind};

/// The findings, by site. An occasion and a site without any stock have nothing to move or insure.
#[must_use]
pub fn site_findings(portfolio: &Portfolio, damage: &DamageParams) -> Vec<SiteFinding> {
    let is_stocked =
        |site: &&Site| site.kind != SiteKind::Occasion && site.stock.is_none_or(|stock| !stock.amount.is_zero());
    let stocked = portfolio.sites.values().filter(is_stocked);
    stocked
        .flat_map(|site| {
            gaps(site, portfolio, damage).into_iter().map(|gap| SiteFinding {
                site: site.id.clone(),
                dealer: site.dealer.clone(),
                gap,
                stock: site.stock,
                shelter: site.shelter_site.clone(),
                coast_m: site.coast_m,
            })
        })
        .collect()
}

fn gaps(site: &Site, portfolio: &Portfolio, damage: &DamageParams) -> Vec<SiteGap> {
    let insurance = match site.insured {
        Insured::Yes => None,
        Insured::No => Some(SiteGap::Uninsured),
        Insured::Unknown => Some(SiteGap::InsuranceUnknown),
        Insured::Uninsurable => Some(SiteGap::Uninsurable),
    };
    let is_near = site.coast_m.is_some_and(|coast_m| coast_m < damage.surge_coast_m);
    let found = [
        insurance,
        is_near.then_some(SiteGap::NearSea),
        site.shelter_site.is_none().then_some(SiteGap::NoShelter),
        portfolio.manager_of(&site.dealer).is_none().then_some(SiteGap::NoContact),
        site.handling_h.is_none().then_some(SiteGap::HandlingUnknown),
        work_gap(site),
    ];
    found.into_iter().flatten().collect()
}

/// Who does not know when people work there is asked for that first.
fn work_gap(site: &Site) -> Option<SiteGap> {
    match &site.work {
        Some(work) if work.hours.is_some() => work.country.is_none().then_some(SiteGap::CountryUnknown),
        _ => Some(SiteGap::HoursUnknown),
    }
}
