//! `dealers.csv` and `sites.csv`: whose goods lie where, what they are worth, what moving them takes.

use super::super::table::{Columns, Row};
use super::super::words::{NO, YES, is_one_of};
use super::work;
use crate::domain::{
    Codes, Dates, Dealer, DealerId, Insured, PersonId, Position, PositionError, ShortText, Site, SiteId, SiteKind,
};

pub(super) const DEALERS: Columns =
    Columns { required: &["id", "name", "manager"], optional: &["tier", "language", "time_zone"] };

pub(super) const SITES: Columns = Columns {
    required: &["id", "dealer", "lat", "lon"],
    optional: &[
        "name",
        "kind",
        "coast_m",
        "elevation_m",
        "stock_value",
        "currency",
        "insured",
        "handling_h",
        "handling_cost",
        "shelter_site",
        "from",
        "to",
        "codes",
        "hours",
        "weekdays",
        "country",
        "daylight",
        "floors",
        "room",
    ],
};

/// One dealer. Who manages it is checked when all people are known.
pub(super) fn read_dealer(row: &mut Row<'_>) -> Option<Dealer> {
    let id = DealerId::new(row.needed("id")?);
    Some(Dealer {
        name: row.text("name").unwrap_or_else(|| id.to_string()),
        tier: row.text("tier").unwrap_or_default(),
        // A blank manager is found with the unknown ones, and is as fatal.
        manager: PersonId::new(row.text("manager").unwrap_or_default()),
        language: row.language("language"),
        time_zone: row.time_zone("time_zone"),
        id,
    })
}

/// One site; a row without an id, a dealer or a place on the earth is skipped.
pub(super) fn read_site(row: &mut Row<'_>) -> Option<Site> {
    let id = SiteId::new(row.needed_word("id")?);
    let dealer = DealerId::new(row.needed_word("dealer")?);
    let position = position(row)?;
    let currency = row.currency("currency");
    Some(Site {
        dealer,
        name: row.word("name").map_or_else(|| ShortText::from(id.as_str()), ShortText::from),
        kind: kind(row),
        position,
        coast_m: row.number("coast_m", 0.0..=5e6),
        elevation_m: row.number("elevation_m", -450.0..=9000.0),
        stock: row.money("stock_value", currency),
        insured: insured(row),
        handling_h: row.number("handling_h", 0.0..=2000.0),
        handling_cost: row.money("handling_cost", currency),
        shelter_site: row.word("shelter_site").map(SiteId::new),
        dates: dates(row),
        codes: row.word("codes").map(Codes::new).unwrap_or_default(),
        work: work::read(row),
        floors: work::floors(row),
        room: work::yes_or_no(row, "room"),
        id,
    })
}

fn position(row: &mut Row<'_>) -> Option<Position> {
    let (lat, lon) = (degrees(row, "lat"), degrees(row, "lon"));
    let (lat, lon) = (lat?, lon?);
    if lat == 0.0 && lon == 0.0 {
        row.fault("lat", "0, 0 lies in the sea off Africa; the row is skipped", "fill in the site's coordinates");
        return None;
    }
    match Position::lat_lon(lat, lon) {
        Ok(position) => Some(position),
        Err(error) => {
            let is_swapped = Position::lat_lon(lon, lat).is_ok();
            let hint = if is_swapped { "swap the two: lat is degrees north, lon degrees east" } else { DEGREES_HINT };
            let column = if matches!(error, PositionError::Latitude(_)) { "lat" } else { "lon" };
            row.fault(column, format!("{error}; the row is skipped"), hint);
            None
        }
    }
}

const DEGREES_HINT: &str = "write decimal degrees with a point, like 28.66 and 121.45";

fn degrees(row: &mut Row<'_>, column: &str) -> Option<f64> {
    let text = row.needed_word(column)?;
    match text.parse::<f64>() {
        Ok(degrees) if degrees.is_finite() => Some(degrees),
        _ => {
            row.fault(column, format!("`{text}` is not a number of degrees; the row is skipped"), DEGREES_HINT);
            None
        }
    }
}

fn kind(row: &mut Row<'_>) -> SiteKind {
    match row.word("kind") {
        None => SiteKind::Warehouse,
        Some(word) if is_one_of(&word, &["warehouse"]) => SiteKind::Warehouse,
        Some(word) if is_one_of(&word, &["shop"]) => SiteKind::Shop,
        Some(word) if is_one_of(&word, &["occasion"]) => SiteKind::Occasion,
        Some(other) => SiteKind::Other(other.to_lowercase().into()),
    }
}

fn insured(row: &mut Row<'_>) -> Insured {
    match row.word("insured") {
        None => Insured::Unknown,
        Some(word) if is_one_of(&word, &YES) => Insured::Yes,
        Some(word) if is_one_of(&word, &NO) => Insured::No,
        Some(word) if is_one_of(&word, &["uninsurable", "不可保"]) => Insured::Uninsurable,
        Some(text) => {
            row.fault(
                "insured",
                format!("`{text}` is not known; taken as unknown"),
                "write yes, no, uninsurable or nothing",
            );
            Insured::Unknown
        }
    }
}

/// The dates of an occasion. Without good ones it is watched at all times: better once too often.
fn dates(row: &mut Row<'_>) -> Option<Box<Dates>> {
    let dates = Dates { from: row.time("from"), to: row.time("to") };
    if matches!((dates.from, dates.to), (Some(first), Some(last)) if last < first) {
        row.fault("to", "it ends before it begins; the site is watched at all times", "check `from` and `to`");
        return None;
    }
    (dates != Dates::default()).then(|| Box::new(dates))
}
