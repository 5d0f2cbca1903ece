//! Cancelling an order and moving it to another location.

use crate::state::{Account, Stamp};
use uuid::Uuid;

/// Cancels an open order: it goes to the processed orders, marked as cancelled, and reserves nothing any more.
///
/// # Errors
/// Why it cannot be cancelled.
pub(crate) fn cancel(account: &mut Account, id: Uuid, note: &str, now: Stamp, user: &str) -> Result<(), String> {
    let order = account.orders.get(id).ok_or_else(|| format!("Order {id} not found"))?;
    if !order.is_open() {
        return Err(format!("Order {} is processed and can not be cancelled", order.num_order_id));
    }
    account.orders.update(id, |order| {
        order.set_parked(false);
        order.processed = true;
        order.processed_date_time = Some(now);
        order.general_info.hold_or_cancel = true;
    });
    account.audit(id, now, user, "ORDER_CANCELLED", format!("Order cancelled {note}").trim_end().to_owned());
    Ok(())
}

/// Moves an open order. In a fulfilment centre it is parked, and locked too when the centre does not deduct stock; out
/// of one it cannot be moved while it is parked (3.7).
///
/// # Errors
/// Why it cannot be moved.
pub(crate) fn move_to(account: &mut Account, id: Uuid, to: Uuid, now: Stamp, user: &str) -> Result<(), String> {
    let order = account.orders.get(id).ok_or_else(|| format!("Order {id} not found"))?;
    let number = order.num_order_id;
    if !order.is_open() {
        return Err(format!("Order {number} is processed and can not be moved"));
    }
    let from_centre = account.location(order.fulfilment_location_id).is_some_and(|from| from.is_fulfillment_center);
    if from_centre && order.is_parked() {
        return Err(format!("Order {number} is parked in a fulfilment centre location and can not be moved"));
    }
    let Some(location) = account.location(to).cloned() else { return Err(format!("Location {to} does not exist")) };
    account.orders.update(id, |order| {
        order.fulfilment_location_id = to;
        if location.is_fulfillment_center {
            order.set_parked(true);
            order.general_info.hold_or_cancel |= !location.fulfilment_center_deduct_stock_when_processed;
        }
    });
    account.audit(id, now, user, "CHANGE_LOCATION", format!("Order moved to location {}", location.location_name));
    Ok(())
}
