//! Stock levels: changing them, with history, batches and the floor at zero (5).

use crate::{
    config::Config,
    state::{Account, Order, OrderItem, Stamp, StockChange},
};
use uuid::Uuid;

/// Sets the level of an item at a location and writes the history. Returns false when there is no such item.
pub(crate) fn set_level(account: &mut Account, item: Uuid, location: Uuid, level: i32, now: Stamp, note: &str) -> bool {
    let Some(known) = account.items.get_mut(item) else { return false };
    let price = known.purchase_price;
    let row = known.level_mut(location);
    let (change, old_value) = (level - row.level, row.stock_value);
    let unit = if row.level > 0 && row.stock_value > 0.0 { row.stock_value / f64::from(row.level) } else { price };
    row.level = level;
    row.stock_value = unit * f64::from(level.max(0));
    row.last_update_date = now;
    note.clone_into(&mut row.last_update_operation);
    let stock_value = row.stock_value;
    account.stock_changes.push(StockChange {
        stock_item_id: item,
        location_id: location,
        date: now,
        level,
        stock_value,
        note: note.to_owned(),
        change_qty: change,
        change_value: stock_value - old_value,
    });
    true
}

/// Takes what an order holds off the shelf of its location: components for composites, batches where they were
/// assigned, else in the sequence of use.
pub(crate) fn deduct(account: &mut Account, order: &Order, config: &Config, now: Stamp) {
    let location = order.fulfilment_location_id;
    let note = format!("ORDER PROCESSED {}", order.num_order_id);
    for line in order.items.iter().flat_map(goods) {
        let level =
            account.items.get(line.stock_item_id).and_then(|item| item.level(location)).map_or(0, |row| row.level);
        let mut left = level - line.quantity;
        if !config.negative_stock {
            left = left.max(0);
        }
        if set_level(account, line.stock_item_id, location, left, now, &note) {
            take_batches(account, line, location);
        }
    }
}

/// The lines that are things: the line itself, or its components.
pub(crate) fn goods(line: &OrderItem) -> Vec<&OrderItem> {
    if line.is_service {
        return Vec::new();
    }
    if !line.composite_sub_items.is_empty() {
        return line.composite_sub_items.iter().flat_map(goods).collect();
    }
    if line.stock_item_id.is_nil() { Vec::new() } else { vec![line] }
}

fn take_batches(account: &mut Account, line: &OrderItem, location: Uuid) {
    let Some(item) = account.items.get_mut(line.stock_item_id).filter(|item| item.is_batched()) else { return };
    let by_date = item.inventory_tracking_type == 1;
    let assigned: Vec<_> = line.bin_racks.iter().filter_map(|rack| Some((rack.batch_id?, rack.quantity))).collect();
    if !assigned.is_empty() {
        for (batch, quantity) in assigned {
            for row in item.batches.iter_mut().filter(|row| row.batch_inventory_id == batch) {
                row.quantity = (row.quantity - quantity).max(0);
            }
        }
        return;
    }
    let mut rows: Vec<_> = item.batches.iter_mut().filter(|row| row.stock_location_id == location).collect();
    rows.sort_by_key(|row| if by_date { (row.sell_by, 0) } else { (None, row.priority_sequence) });
    let mut wanted = line.quantity;
    for row in rows {
        let taken = wanted.min(row.quantity).max(0);
        row.quantity -= taken;
        wanted -= taken;
    }
}
