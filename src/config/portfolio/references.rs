//! Do the files refer to each other rightly? What hangs in the air is cut off and named.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{FileFault, LANES, Rows, lanes};
use crate::domain::{
    Dealer, DealerId, Fault, Geocodes, Lane, LaneId, Person, PersonId, Place, Portfolio, Shipment, ShipmentId, Site,
    SiteId, Sites, StockLine,
};
use crate::storm;

/// Rows become a portfolio in which every reference leads somewhere, but for a dealer's manager: a dealer
/// whose manager is unknown stays, with a fatal fault.
pub(super) fn resolve(rows: Rows, faults: &mut Vec<FileFault>) -> Portfolio {
    let people = unique("people.csv", rows.people, |p| p.id.clone(), faults);
    let dealers = unique("dealers.csv", rows.dealers, |d| d.id.clone(), faults);
    let lanes = unique_lanes(rows.lanes, faults);
    let shipments = unique("shipments.csv", rows.shipments, |s| s.id.clone(), faults);
    let people = bosses(people, &dealers, faults);
    check_managers(&dealers, &people, faults);
    let dealers: BTreeMap<DealerId, Dealer> = without_lines(dealers);
    let sites = unique_sites(rows.sites, faults);
    name_those_at_sea(&sites, faults);
    let sites = sites_of_dealers(sites, &dealers, faults);
    let lanes = alternates(lanes, faults);
    Portfolio {
        shipments: shipments_on_lanes(shipments, &lanes, &dealers, faults),
        stock: stock_of_dealers(rows.stock, &dealers, faults),
        geocodes: Geocodes::default(),
        people,
        dealers,
        sites,
        lanes,
    }
}

type Lined<K, T> = BTreeMap<K, (u32, T)>;

fn minor(file: &str, line: u32, field: &str, what: String, hint: &str, faults: &mut Vec<FileFault>) {
    faults.push((file.to_owned(), Fault::minor(Place::line(line).field(field), what).hint(hint)));
}

fn fatal(file: &str, line: u32, field: &str, what: String, hint: &str, faults: &mut Vec<FileFault>) {
    faults.push((file.to_owned(), Fault::fatal(Place::line(line).field(field), what).hint(hint)));
}

fn without_lines<K: Ord, T>(rows: Lined<K, T>) -> BTreeMap<K, T> {
    rows.into_iter().map(|(id, (_, thing))| (id, thing)).collect()
}

/// The first of every id stays; later ones are named.
fn unique<K: Ord + std::fmt::Display, T>(
    file: &str,
    rows: Vec<(u32, T)>,
    id_of: impl Fn(&T) -> K,
    faults: &mut Vec<FileFault>,
) -> Lined<K, T> {
    let mut out: Lined<K, T> = BTreeMap::new();
    for (line, thing) in rows {
        let id = id_of(&thing);
        if let Some((first, _)) = out.get(&id) {
            let what = format!("the id `{id}` is already on line {first}; the row is skipped");
            minor(file, line, "id", what, "give every row an id of its own", faults);
        } else {
            out.insert(id, (line, thing));
        }
    }
    out
}

fn unique_lanes(rows: Vec<(u32, Lane)>, faults: &mut Vec<FileFault>) -> Lined<LaneId, Lane> {
    let mut out: Lined<LaneId, Lane> = BTreeMap::new();
    for (number, lane) in rows {
        if out.contains_key(&lane.id) {
            let what = format!("an earlier lane has the id `{}` too; this one is skipped", lane.id);
            lane_fault(number, "id", what, "give every lane an id of its own", faults);
        } else {
            out.insert(lane.id.clone(), (number, lane));
        }
    }
    out
}

fn lane_fault(number: u32, property: &str, what: String, hint: &str, faults: &mut Vec<FileFault>) {
    faults.push((LANES.to_owned(), Fault::minor(lanes::place_of(number, property), what).hint(hint)));
}

/// People whose `reports_to` leads to somebody, and never round in a ring.
fn bosses(
    mut people: Lined<PersonId, Person>,
    dealers: &Lined<DealerId, Dealer>,
    faults: &mut Vec<FileFault>,
) -> BTreeMap<PersonId, Person> {
    const FILE: &str = "people.csv";
    let known: BTreeSet<PersonId> = people.keys().cloned().collect();
    for (line, person) in people.values_mut() {
        if let Some(boss) = person.reports_to.take_if(|boss| !known.contains(boss)) {
            let what =
                format!("there is no person `{boss}`; an unanswered alert climbs no higher than `{}`", person.id);
            minor(FILE, *line, "reports_to", what, "name an id of this file", faults);
        }
    }
    for (line, person) in people.values_mut() {
        if let Some(dealer) = person.dealer.take_if(|dealer| !dealers.contains_key(dealer)) {
            let what = format!("there is no dealer `{dealer}`; the word of `{}` is no dealer's", person.id);
            minor(FILE, *line, "dealer", what, "name the id of a good row of dealers.csv", faults);
        }
        if let Some(deputy) = person.deputy.take_if(|deputy| !known.contains(deputy) || *deputy == person.id) {
            let what = format!("there is no other person `{deputy}`; nobody stands in for `{}`", person.id);
            minor(FILE, *line, "deputy", what, "name the id of another person of this file", faults);
        }
    }
    for id in known {
        let Some(last) = closes_ring(&id, &people) else { continue };
        if let Some((line, person)) = people.get_mut(&last) {
            let what = format!("`{last}` reports, by others, to themself; an unanswered alert climbs no higher");
            minor(FILE, *line, "reports_to", what, "leave it blank for the person at the top", faults);
            person.reports_to = None;
        }
    }
    without_lines(people)
}

/// The person on the way up from `id` who reports to somebody already passed.
fn closes_ring(id: &PersonId, people: &Lined<PersonId, Person>) -> Option<PersonId> {
    let mut passed = BTreeSet::from([id]);
    let mut at = id;
    while let Some(boss) = people.get(at).and_then(|(_, person)| person.reports_to.as_ref()) {
        if !passed.insert(boss) {
            return Some(at.clone());
        }
        at = boss;
    }
    None
}

fn check_managers(dealers: &Lined<DealerId, Dealer>, people: &BTreeMap<PersonId, Person>, faults: &mut Vec<FileFault>) {
    for (id, (line, dealer)) in dealers {
        if !people.contains_key(&dealer.manager) {
            let what = format!(
                "`{}` is nobody who can be reached: alerts for dealer `{id}` would reach no one",
                dealer.manager
            );
            fatal("dealers.csv", *line, "manager", what, "name the id of a good row of people.csv", faults);
        }
    }
}

const SITES: &str = "sites.csv";

/// The sites in order of their ids, the first row of each. Where there are a million, maps of ids would take as much memory
/// as the sites themselves; sorted in place they take none.
fn unique_sites(mut rows: Vec<(u32, Site)>, faults: &mut Vec<FileFault>) -> Vec<(u32, Site)> {
    rows.sort_unstable_by(|(line, site), (other_line, other)| site.id.cmp(&other.id).then(line.cmp(other_line)));
    rows.dedup_by(|(line, later), (first, site)| {
        let is_same = later.id == site.id;
        if is_same {
            let what = format!("the id `{}` is already on line {first}; the row is skipped", later.id);
            minor(SITES, *line, "id", what, "give every row an id of its own", faults);
        }
        is_same
    });
    rows
}

/// How many sites in the sea are named one by one: a portfolio of islands, or one whose columns are shifted, has many.
const AT_SEA_NAMED: usize = 20;

/// From so many rows on, all threads look at them.
const MANY: usize = 20_000;

/// What is found in some of the rows, each with its place among them, in their order.
fn among<T: Send>(rows: &[(u32, Site)], find: impl Fn(usize, &(u32, Site)) -> Option<T> + Sync) -> Vec<T> {
    let in_part = |first: usize, rows: &[(u32, Site)]| -> Vec<T> {
        (first..).zip(rows).filter_map(|(at, row)| find(at, row)).collect()
    };
    in_parts(rows, in_part).into_iter().flatten().collect()
}

/// What is made of each part of the rows, a part on each thread; the number is that of a part's first row.
fn in_parts<'r, T: Send>(rows: &'r [(u32, Site)], make: impl Fn(usize, &'r [(u32, Site)]) -> T + Sync) -> Vec<T> {
    let threads = if rows.len() < MANY { 1 } else { std::thread::available_parallelism().map_or(1, usize::from) };
    let length = rows.len().div_ceil(threads).max(1);
    let make = &|(part, rows): (usize, &'r [(u32, Site)])| make(part * length, rows);
    std::thread::scope(|scope| {
        let mut parts = rows.chunks(length).enumerate();
        let first = parts.next();
        let others: Vec<_> = parts.map(|part| scope.spawn(move || make(part))).collect();
        let first = first.map(make);
        let others =
            others.into_iter().map(|made| made.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        first.into_iter().chain(others).collect()
    })
}

fn name_those_at_sea(rows: &[(u32, Site)], faults: &mut Vec<FileFault>) {
    const HINT: &str = "check `lat` and `lon`";
    let is_at_sea = |site: &Site| storm::is_open_sea(site.position.lat(), site.position.lon());
    let mut lines = among(rows, |_, (line, site)| is_at_sea(site).then_some(*line));
    lines.sort_unstable();
    for line in lines.iter().take(AT_SEA_NAMED) {
        let what = "the place lies in the sea, by a map that knows no small islands; the site is kept";
        minor(SITES, *line, "lat", what.to_owned(), HINT, faults);
    }
    if let Some(line) = lines.get(AT_SEA_NAMED) {
        let more = lines.len() - AT_SEA_NAMED;
        minor(
            SITES,
            *line,
            "lat",
            format!("the places of {more} more rows lie in the sea, this one among them"),
            HINT,
            faults,
        );
    }
}

fn sites_of_dealers(
    mut rows: Vec<(u32, Site)>,
    dealers: &BTreeMap<DealerId, Dealer>,
    faults: &mut Vec<FileFault>,
) -> Sites {
    without_shelters_that_are_none(&mut rows, |line, site, shelter| {
        if dealers.contains_key(&site.dealer) {
            let what = format!("`{shelter}` is no other site; taken as none");
            minor(SITES, line, "shelter_site", what, "name the id of another site of this file", faults);
        }
    });
    let known: HashSet<&DealerId> = dealers.keys().collect();
    let is_known = |site: &Site| known.contains(&site.dealer);
    let strays =
        among(&rows, |_, (line, site)| (!is_known(site)).then(|| (*line, site.dealer.clone(), site.id.clone())));
    for (line, dealer, site) in &strays {
        let what = format!("there is no dealer `{dealer}`: alerts for site `{site}` would reach no one; it is skipped");
        fatal(SITES, *line, "dealer", what, "name the id of a good row of dealers.csv", faults);
    }
    if !strays.is_empty() {
        rows.retain(|(_, site)| is_known(site));
        // A shelter that was skipped for its own dealer is no shelter either.
        without_shelters_that_are_none(&mut rows, |_, _, _| {});
    }
    rows.into_iter().map(|(_, site)| site).collect()
}

/// Takes out shelters that are not among the sites, or the site itself.
fn without_shelters_that_are_none(rows: &mut [(u32, Site)], mut note: impl FnMut(u32, &Site, &SiteId)) {
    let ids: Vec<HashSet<&SiteId>> = in_parts(rows, |_, rows| rows.iter().map(|(_, site)| &site.id).collect());
    let is_site = |id: &SiteId| ids.iter().any(|ids| ids.contains(id));
    let is_none =
        |site: &Site| site.shelter_site.as_ref().is_some_and(|shelter| *shelter == site.id || !is_site(shelter));
    let none = among(rows, |at, (_, site)| is_none(site).then_some(at));
    for at in none {
        if let Some((line, site)) = rows.get_mut(at)
            && let Some(shelter) = site.shelter_site.take()
        {
            note(*line, site, &shelter);
        }
    }
}

fn alternates(mut lanes: Lined<LaneId, Lane>, faults: &mut Vec<FileFault>) -> BTreeMap<LaneId, Lane> {
    let known: BTreeSet<LaneId> = lanes.keys().cloned().collect();
    for (id, (number, lane)) in &mut lanes {
        let named = std::mem::take(&mut lane.alternates);
        for alternate in named {
            if known.contains(&alternate) && alternate != *id {
                lane.alternates.push(alternate);
            } else {
                let what = format!("`{alternate}` is no other lane; it is left out");
                lane_fault(*number, "alternates", what, "name the ids of other lanes of this file", faults);
            }
        }
    }
    circles(&lanes, faults);
    two_currencies(&lanes, faults);
    without_lines(lanes)
}

/// Names lanes whose costs nobody can compare. They stay: what else is known of them is weighed all the same.
fn two_currencies(lanes: &Lined<LaneId, Lane>, faults: &mut Vec<FileFault>) {
    for (id, (number, lane)) in lanes {
        for alternate in &lane.alternates {
            let other = lanes.get(alternate).and_then(|(_, other)| other.cost);
            let Some((ours, theirs)) = lane.cost.zip(other).filter(|(a, b)| a.currency != b.currency) else { continue };
            let what = format!(
                "`{id}` costs {} and its alternate `{alternate}` {}: no rate is known, and they are not compared",
                ours.currency, theirs.currency
            );
            lane_fault(*number, "currency", what, "give both costs in one currency", faults);
        }
    }
}

/// Names each circle of alternates once, where it closes. They stay: of each lane only its own alternates are tried.
fn circles(lanes: &Lined<LaneId, Lane>, faults: &mut Vec<FileFault>) {
    let mut done: BTreeSet<&LaneId> = BTreeSet::new();
    for from in lanes.keys() {
        // The way so far, each with the number of alternates that were followed from it.
        let mut way: Vec<(&LaneId, usize)> = if done.contains(from) { Vec::new() } else { vec![(from, 0)] };
        while let Some((at, followed)) = way.last_mut() {
            let (at, lane) = (*at, lanes.get(*at));
            let Some(next) = lane.and_then(|(_, lane)| lane.alternates.get(*followed)) else {
                done.insert(at);
                way.pop();
                continue;
            };
            *followed += 1;
            if let Some(first) = way.iter().position(|(passed, _)| *passed == next) {
                let passed = way.iter().skip(first).map(|(id, _)| id.to_string());
                let names: Vec<String> = passed.chain([next.to_string()]).collect();
                let what = format!("the alternates form a circle: {}; each is tried once", names.join(", "));
                let number = lane.map_or(1, |(number, _)| *number);
                lane_fault(number, "alternates", what, "leave the last one out, if it is none", faults);
            } else if !done.contains(next) {
                way.push((next, 0));
            }
        }
    }
}

fn shipments_on_lanes(
    shipments: Lined<ShipmentId, Shipment>,
    lanes: &BTreeMap<LaneId, Lane>,
    dealers: &BTreeMap<DealerId, Dealer>,
    faults: &mut Vec<FileFault>,
) -> BTreeMap<ShipmentId, Shipment> {
    const FILE: &str = "shipments.csv";
    let mut out = BTreeMap::new();
    for (id, (line, shipment)) in shipments {
        if !lanes.contains_key(&shipment.lane) {
            let what = format!("there is no lane `{}`; the row is skipped", shipment.lane);
            minor(FILE, line, "lane", what, "name the id of a lane of lanes.geojson", faults);
        } else if !dealers.contains_key(&shipment.dealer) {
            let what = format!("there is no dealer `{}`; the row is skipped", shipment.dealer);
            minor(FILE, line, "dealer", what, "name an id of dealers.csv", faults);
        } else {
            out.insert(id, shipment);
        }
    }
    out
}

fn stock_of_dealers(
    stock: Vec<(u32, StockLine)>,
    dealers: &BTreeMap<DealerId, Dealer>,
    faults: &mut Vec<FileFault>,
) -> Vec<StockLine> {
    const FILE: &str = "stock.csv";
    let mut out: Vec<StockLine> = Vec::new();
    let mut seen: BTreeSet<(DealerId, String)> = BTreeSet::new();
    for (line, row) in stock {
        if !dealers.contains_key(&row.dealer) {
            let what = format!("there is no dealer `{}`; the row is skipped", row.dealer);
            minor(FILE, line, "dealer", what, "name an id of dealers.csv", faults);
        } else if seen.insert((row.dealer.clone(), row.sku.clone())) {
            out.push(row);
        } else {
            let what = format!("an earlier row has `{}` of dealer `{}`; this one is skipped", row.sku, row.dealer);
            minor(FILE, line, "sku", what, "add the two up", faults);
        }
    }
    out
}
