//! Purchase orders: what an ordered product is made of, what a delivery does to stock, status and records (7).

use super::stock::set_level;
use crate::{
    config::Config,
    http::reply::ApiError,
    state::{Account, Batch, DeliveredRecord, PurchaseAudit, PurchaseItem, PurchaseOrder, PurchaseStatus, Stamp},
};
use uuid::Uuid;

/// Who does something when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Actor<'a> {
    pub(crate) now: Stamp,
    pub(crate) user: &'a str,
}

/// What a delivery brings of one line.
#[derive(Debug, Clone, Default)]
pub(crate) struct Delivery {
    pub(crate) item: Uuid,
    /// How many more came.
    pub(crate) more: i32,
    /// The delivery that it belongs to; a new one when none is named.
    pub(crate) delivery: Option<i32>,
    pub(crate) batch_number: String,
    pub(crate) bin_rack: String,
    pub(crate) priority: i32,
}

/// Writes a row of a purchase order's audit trail.
pub(crate) fn audit(account: &mut Account, order: Uuid, by: Actor<'_>, kind: &str, note: impl Into<String>) {
    let row = PurchaseAudit {
        id: account.new_id(),
        audit_trail_date_time_stamp: by.now,
        audit_trail_type: kind.to_owned(),
        audit_trail_note: note.into(),
        user_name: by.user.to_owned(),
    };
    account.purchase_orders.update(order, |order| order.audit.push(row));
}

/// What ordering a product adds: the product itself, or the components of a composite, each with its quantity and its
/// share of the cost (by purchase price and quantity; evenly where no price is known).
pub(crate) fn parts(account: &Account, item: Uuid, quantity: i32, cost: f64) -> Vec<(Uuid, i32, f64)> {
    let Some(known) = account.items.get(item).filter(|item| item.is_composite()) else {
        return vec![(item, quantity, cost)];
    };
    let worth = |id: Uuid, count: i32| account.items.get(id).map_or(0.0, |part| part.purchase_price * f64::from(count));
    let whole: f64 = known.composition.iter().map(|part| worth(part.linked_stock_item_id, part.quantity)).sum();
    let even = 1.0 / (known.composition.len().max(1) as f64);
    known
        .composition
        .iter()
        .map(|part| {
            let share = if whole > 0.0 { worth(part.linked_stock_item_id, part.quantity) / whole } else { even };
            (part.linked_stock_item_id, part.quantity.saturating_mul(quantity), cost * share)
        })
        .collect()
}

/// Lines for a product, without ids: one, or one for each component.
pub(crate) fn lines(account: &Account, item: Uuid, quantity: i32, cost: f64, tax_rate: f64) -> Vec<PurchaseItem> {
    parts(account, item, quantity, cost)
        .into_iter()
        .map(|(id, quantity, cost)| {
            let known = account.items.get(id);
            PurchaseItem {
                stock_item_id: id,
                sku: known.map(|item| item.item_number.clone()).unwrap_or_default(),
                item_title: known.map(|item| item.item_title.clone()).unwrap_or_default(),
                quantity,
                cost: crate::state::render::rounded(cost, 2),
                tax_rate,
                ..PurchaseItem::default()
            }
        })
        .collect()
}

/// Is this line's product kept in batches, so that a delivery must name one?
pub(crate) fn wants_batch(account: &Account, line: &PurchaseItem, config: &Config) -> bool {
    config.purchase.batch_number_required && account.items.get(line.stock_item_id).is_some_and(|item| item.is_batched())
}

/// Books in one line: stock at the order's location, delivered quantity, record, status. Answers the batch that it was
/// put in. The caller has seen to it that the order takes deliveries.
pub(crate) fn deliver(
    account: &mut Account,
    order: Uuid,
    delivery: &Delivery,
    by: Actor<'_>,
) -> Result<Option<i32>, ApiError> {
    let Some(known) = account.purchase_orders.get(order) else { return Err(does_not_exist()) };
    let Some(line) = known.item(delivery.item).cloned() else { return Err(no_line()) };
    let (location, number) = (known.location_id, known.external_invoice_number.clone());
    let unit_cost = line.cost / f64::from(line.quantity.max(1)) * known.conversion_rate;
    let last = known.delivered_records.iter().map(|record| record.delivery_id).max().unwrap_or_default();
    let level = account.items.get(line.stock_item_id).and_then(|item| item.level(location)).map_or(0, |row| row.level);
    let note = format!("PURCHASE ORDER {number} DELIVERED");
    set_level(account, line.stock_item_id, location, level.saturating_add(delivery.more), by.now, &note);
    let batch = put_in_batch(account, &line, location, delivery);
    let record = DeliveredRecord {
        delivery_id: delivery.delivery.unwrap_or(last + 1),
        id: account.new_number(),
        item_id: line.id,
        location_id: location,
        unit_cost,
        delivered_quantity: delivery.more,
        created_date_time: by.now,
        modified_date_time: by.now,
        batch_inventory_id: batch,
    };
    account.purchase_orders.update(order, |order| {
        for line in order.items.iter_mut().filter(|line| line.id == delivery.item) {
            line.delivered = line.delivered.saturating_add(delivery.more);
        }
        order.delivered_records.push(record);
        settle(order, by.now);
    });
    audit(account, order, by, "ITEM_DELIVERED", format!("{} of {} delivered", delivery.more, line.sku));
    Ok(batch)
}

/// Brings status and date of delivery in line with the delivered quantities.
fn settle(order: &mut PurchaseOrder, now: Stamp) {
    let status = order.status_by_lines();
    if status == PurchaseStatus::Delivered && order.status != status {
        order.date_of_delivery = now;
    }
    order.status = status;
}

fn put_in_batch(account: &mut Account, line: &PurchaseItem, location: Uuid, delivery: &Delivery) -> Option<i32> {
    if !account.items.get(line.stock_item_id)?.is_batched() {
        return None;
    }
    let (batch_id, inventory) = (account.new_number(), account.new_number());
    let item = account.items.get_mut(line.stock_item_id)?;
    let same =
        item.batches.iter().find(|batch| batch.batch_number == delivery.batch_number).map(|batch| batch.batch_id);
    let here = |batch: &&mut Batch| batch.batch_number == delivery.batch_number && batch.stock_location_id == location;
    if let Some(batch) = item.batches.iter_mut().find(here) {
        batch.quantity = batch.quantity.saturating_add(delivery.more);
        return Some(batch.batch_inventory_id);
    }
    item.batches.push(Batch {
        batch_id: same.unwrap_or(batch_id),
        batch_inventory_id: inventory,
        batch_number: delivery.batch_number.clone(),
        stock_location_id: location,
        priority_sequence: delivery.priority,
        quantity: delivery.more,
        bin_rack: delivery.bin_rack.clone(),
        ..Batch::default()
    });
    Some(inventory)
}

/// The refusal that an unknown purchase order gets (7, observed).
pub(crate) fn does_not_exist() -> ApiError {
    ApiError::refused("Purchase Order does not exist")
}

/// The refusal that an unknown line gets.
pub(crate) fn no_line() -> ApiError {
    ApiError::refused("Purchase order item does not exist")
}
