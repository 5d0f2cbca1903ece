//! Stock: the warehouse's own sums, and what Linnworks shows by the one formula.

use std::collections::BTreeMap;

use harness_wms::{OrderStatus, StockLevel, Store};
use uuid::Uuid;

use super::{Findings, Rest};

/// The shelf holds what was put there and has not left; what is reserved is reserved for orders; and Linnworks shows, of every
/// product with stock, what it has to.
pub(super) async fn levels(
    rest: &Rest<'_>,
    stock: &[StockLevel],
    store: &Store,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let in_flight = in_flight(rest);
    let returned = returned(rest, store).await?;
    let received = received(rest, store).await?;
    let mut reserved: BTreeMap<&str, i64> = BTreeMap::new();
    for order in rest.orders.iter().filter(|order| !order.order_status.is_final()) {
        for item in &order.order_items {
            *reserved.entry(&item.sku).or_default() += item.allocated;
        }
    }
    for row in stock {
        let Some(shelf) = rest.books.shelf.get(&row.sku) else { continue };
        let sku = row.sku.as_str();
        if row.total_stock_level != *shelf || row.level < 0 {
            findings.complain(format!("{sku}: {shelf} have to be on the shelf, and {row:?}"));
        }
        let reserved = reserved.get(sku).copied().unwrap_or_default();
        if row.allocated != reserved {
            findings.complain(format!("{sku}: orders hold {reserved}, and {} are reserved", row.allocated));
        }
        let chosen = if rest.choices.on_hand { row.level } else { row.total_stock_level };
        let of = |units: &BTreeMap<String, i64>| units.get(sku).copied().unwrap_or_default();
        let owned = chosen + of(&in_flight) - of(&returned) - of(&received);
        let mut expected = (owned - i64::from(rest.choices.buffer)).max(0);
        if rest.choices.maximum > 0 {
            expected = expected.min(i64::from(rest.choices.maximum));
        }
        let level =
            rest.account.items.by_sku(sku).and_then(|item| item.level(Uuid::nil())).map(|row| i64::from(row.level));
        if level != Some(expected) {
            findings.complain(format!(
                "{sku}: Linnworks shows {level:?}, expected {expected} = {chosen} here + {} in flight - {} returned - {} received, \
                 by the rules",
                of(&in_flight), of(&returned), of(&received)
            ));
        }
    }
    Ok(())
}

/// Units that left the warehouse with orders that Linnworks holds open at the location.
fn in_flight(rest: &Rest<'_>) -> BTreeMap<String, i64> {
    let mut units = BTreeMap::new();
    for order in rest.orders.iter().filter(|order| OrderStatus::is_despatched(order.order_status)) {
        let there = order.source_order_id.parse().ok().and_then(|id| rest.account.orders.get(id));
        if there.is_some_and(|there| there.is_open() && there.fulfilment_location_id.is_nil()) {
            for item in &order.order_items {
                *units.entry(item.sku.clone()).or_default() += item.quantity;
            }
        }
    }
    units
}

/// Units that came back to the shelf and that we shall add at Linnworks.
async fn returned(rest: &Rest<'_>, store: &Store) -> anyhow::Result<BTreeMap<String, i64>> {
    let mut units = BTreeMap::new();
    if !rest.choices.action_returns {
        return Ok(units);
    }
    for one in store.returns(None, Some(true), 0, 1_000).await? {
        if !rest.waits("export-returns", &one.reference) {
            continue;
        }
        for item in one.return_items.iter().filter(|item| item.stock_action == harness_wms::StockAction::Restock) {
            *units.entry(item.sku.clone()).or_default() += item.quantity;
        }
    }
    Ok(units)
}

/// Units that were booked in and that we shall deliver at Linnworks.
async fn received(rest: &Rest<'_>, store: &Store) -> anyhow::Result<BTreeMap<String, i64>> {
    let mut units = BTreeMap::new();
    if !rest.choices.deliver {
        return Ok(units);
    }
    for asn in store.asns(None, None).await? {
        if rest.waits("import-purchase-orders", &asn.id.to_string()) {
            for item in &asn.items {
                *units.entry(item.sku.clone()).or_default() += item.quantity_booked - item.settled;
            }
        }
    }
    Ok(units)
}
