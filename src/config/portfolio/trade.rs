//! `shipments.csv` and `stock.csv`: what is under way, and how long it may be late.

use rust_decimal::Decimal;

use super::super::table::{Columns, Row};
use crate::domain::{DealerId, LaneId, Shipment, ShipmentId, StockLine};

pub(super) const SHIPMENTS: Columns = Columns {
    required: &["id", "lane", "dealer"],
    optional: &["etd", "eta", "value", "currency", "required_by", "status"],
};

pub(super) const STOCK: Columns = Columns {
    required: &["dealer", "sku", "on_hand"],
    optional: &["daily_sales", "on_order", "trend_pct_month", "unit_value", "currency"],
};

/// One shipment. Times that contradict each other are taken as unknown, the shipment stays.
pub(super) fn read_shipment(row: &mut Row<'_>) -> Option<Shipment> {
    let id = ShipmentId::new(row.needed("id")?);
    let lane = LaneId::new(row.needed("lane")?);
    let dealer = DealerId::new(row.needed("dealer")?);
    let (mut etd, mut eta) = (row.time("etd"), row.time("eta"));
    if matches!((etd, eta), (Some(etd), Some(eta)) if eta < etd) {
        row.fault("eta", "it arrives before it departs; both times are taken as unknown", "check `etd` and `eta`");
        (etd, eta) = (None, None);
    }
    let currency = row.currency("currency");
    Some(Shipment {
        id,
        lane,
        dealer,
        etd,
        eta,
        value: row.money("value", currency),
        required_by: row.time("required_by"),
        status: row.text("status").map(|status| status.to_lowercase()).unwrap_or_default(),
    })
}

/// The stock of one SKU; a row without a count of what is on hand is skipped.
pub(super) fn read_stock(row: &mut Row<'_>) -> Option<StockLine> {
    let dealer = DealerId::new(row.needed("dealer")?);
    let sku = row.needed("sku")?;
    let on_hand = row.needed("on_hand").and_then(|_| row.amount("on_hand"))?;
    let currency = row.currency("currency");
    Some(StockLine {
        dealer,
        sku,
        on_hand,
        daily_sales: row.amount("daily_sales").unwrap_or(Decimal::ZERO),
        on_order: row.amount("on_order").unwrap_or(Decimal::ZERO),
        trend_pct_month: row.number("trend_pct_month", -100.0..=1000.0),
        unit_value: row.money("unit_value", currency).map(|money| (money.amount, money.currency)),
    })
}
