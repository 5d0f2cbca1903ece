//! Processing an order: the checks before it, what it does, and the refusals (3.1 to 3.3).

use super::stock;
use crate::{
    config::Config,
    state::{Account, Order, OrderItem, Stamp},
};
use uuid::Uuid;

/// What the caller vouches for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Vouched {
    pub(crate) scanned: bool,
    pub(crate) notes_acknowledged: bool,
    /// Called as the fulfilment centre, for which parking and locking is no obstacle.
    pub(crate) as_centre: bool,
}

/// Why an order is not processed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Obstacle {
    NotFound,
    ScanRequired,
    NotesUnacknowledged,
    Other(String),
}

impl Obstacle {
    /// The text of the refusal. The vendor's wording is not public: clients must not match on it (3.3).
    pub(crate) fn text(&self) -> String {
        match self {
            Self::NotFound => "Order not found".to_owned(),
            Self::ScanRequired => "Order requires items to be scanned before processing".to_owned(),
            Self::NotesUnacknowledged => "Order has processing notes that must be acknowledged".to_owned(),
            Self::Other(text) => text.clone(),
        }
    }
}

/// Processes an open order: deducts stock at its location, moves it to the processed orders, writes its audit trail.
///
/// # Errors
/// The first obstacle found; nothing is changed then.
pub(crate) fn process(
    account: &mut Account,
    id: Uuid,
    vouched: Vouched,
    config: &Config,
    now: Stamp,
    user: &str,
) -> Result<(), Obstacle> {
    let order = account.orders.get(id).cloned().ok_or(Obstacle::NotFound)?;
    check(account, &order, vouched, config)?;
    let centre = account.location(order.fulfilment_location_id).filter(|location| location.is_fulfillment_center);
    if centre.is_none_or(|location| location.fulfilment_center_deduct_stock_when_processed) {
        stock::deduct(account, &order, config, now);
    }
    account.orders.update(id, |order| {
        order.processed = true;
        order.processed_date_time = Some(now);
        order.general_info.hold_or_cancel = false;
        order.set_parked(false);
    });
    account.audit(id, now, user, "ORDER_PROCESSED", format!("Order {} has been processed", order.num_order_id));
    Ok(())
}

/// What keeps an order from being processed.
///
/// # Errors
/// The first obstacle found.
pub(crate) fn passable(account: &Account, id: Uuid, vouched: Vouched, config: &Config) -> Result<(), Obstacle> {
    check(account, account.orders.get(id).ok_or(Obstacle::NotFound)?, vouched, config)
}

fn check(account: &Account, order: &Order, vouched: Vouched, config: &Config) -> Result<(), Obstacle> {
    let (number, info, gates) = (order.num_order_id, &order.general_info, &config.gates);
    let refuse = |text: &str| Err(Obstacle::Other(format!("Order {number} {text}")));
    if order.is_cancelled() {
        return refuse("is cancelled and can not be processed");
    }
    if !order.is_open() {
        return refuse("is already processed");
    }
    let location = account.location(order.fulfilment_location_id);
    let centre = location.is_some_and(|location| location.is_fulfillment_center);
    if vouched.as_centre && !centre {
        return refuse("is not in a fulfilment centre location");
    }
    if order.is_locked() && !vouched.as_centre {
        return refuse("is locked and can not be processed");
    }
    if order.is_parked() && !vouched.as_centre {
        return refuse("is parked and can not be processed");
    }
    if gates.paid && !matches!(info.status, 1 | 4) {
        return refuse("is not paid");
    }
    if gates.invoice && !info.invoice_printed {
        return refuse("requires an invoice to be printed before processing");
    }
    if gates.label && !info.label_printed {
        return refuse("requires a shipping label to be printed before processing");
    }
    if gates.stock {
        if order.items.iter().any(OrderItem::is_unlinked) {
            return refuse("has items that are not linked to stock items");
        }
        let short = order.items.iter().flat_map(stock::goods).any(|line| {
            let item = account.items.get(line.stock_item_id);
            item.and_then(|item| item.level(order.fulfilment_location_id)).map_or(0, |row| row.level) < line.quantity
        });
        if short {
            return refuse("has insufficient stock");
        }
    }
    if gates.postal_service {
        let shipping = &order.shipping_info;
        let service = account.postal_services.iter().find(|service| service.id == shipping.postal_service_id);
        let tracked = shipping.tracking_number.as_deref().is_some_and(|number| !number.trim().is_empty());
        if service.is_some_and(|service| service.tracking_number_required) && !tracked {
            return refuse("requires a tracking number for its postal service");
        }
        if service.is_some_and(|service| service.weight_required) && shipping.total_weight <= 0.0 {
            return refuse("requires a weight for its postal service");
        }
    }
    let scans: Vec<_> = order.items.iter().flat_map(stock::goods).filter(|line| must_be_scanned(line)).collect();
    if gates.scan && !scans.is_empty() && (!vouched.scanned || !scans.iter().all(|line| batches_assigned(line))) {
        return Err(Obstacle::ScanRequired);
    }
    if gates.notes && !vouched.notes_acknowledged && order.notes.iter().any(|note| note.note_type_id == Some(1)) {
        return Err(Obstacle::NotesUnacknowledged);
    }
    Ok(())
}

/// Does this line ask for a scan of batch or serial number?
pub(crate) fn must_be_scanned(line: &OrderItem) -> bool {
    line.batch_number_scan_required || line.serial_number_scan_required
}

/// Batches are assigned to the whole quantity, where batches are asked for.
fn batches_assigned(line: &OrderItem) -> bool {
    let assigned: i32 = line
        .bin_racks
        .iter()
        .filter(|rack| rack.batch_id.is_some_and(|batch| batch != 0))
        .map(|rack| rack.quantity)
        .sum();
    !line.batch_number_scan_required || assigned == line.quantity
}
