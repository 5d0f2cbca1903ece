//! Splitting an order into several that share its reference (3.5).

use crate::state::{Account, Order, OrderItem, Relation, Stamp, render::rounded};
use uuid::Uuid;

/// A new order to be split off.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// Rows of the order and how many of each.
    pub(crate) rows: Vec<(Uuid, i32)>,
    pub(crate) service: Option<Uuid>,
    pub(crate) park: bool,
}

/// Splits new orders off. The postage stays with the original, whose lines shrink.
///
/// # Errors
/// Why it cannot be split; nothing is changed then.
pub(crate) fn split(
    account: &mut Account,
    id: Uuid,
    parts: &[Part],
    now: Stamp,
    user: &str,
) -> Result<Vec<Uuid>, String> {
    let original = account.orders.get(id).cloned().ok_or_else(|| format!("Order {id} not found"))?;
    let number = original.num_order_id;
    if !original.is_open() || original.is_locked() || original.is_parked() {
        return Err(format!("Order {number} is processed, locked or parked and can not be split"));
    }
    let mut rest = original.clone();
    let mut made: Vec<Order> = Vec::new();
    for part in parts {
        let mut order = original.clone();
        order.order_id = account.new_id();
        order.num_order_id = account.orders.next_number() + i32::try_from(made.len()).unwrap_or_default();
        order.items.clear();
        order.notes.clear();
        (order.shipping_info.postage_cost, order.shipping_info.postage_cost_ex_tax) = (0.0, 0.0);
        (order.shipping_info.total_weight, order.shipping_info.item_weight) = (0.0, 0.0);
        order.shipping_info.tracking_number = Some(String::new());
        for (row, quantity) in &part.rows {
            let Some(line) = rest.items.iter_mut().find(|line| line.row_id == *row) else {
                return Err(format!("Order {number} has no item with the row id {row}"));
            };
            if *quantity < 1 || *quantity > line.quantity {
                return Err(format!("Order {number} has {} of {}, not {quantity}", line.quantity, line.sku));
            }
            let mut taken = scaled(line, *quantity);
            taken.row_id = account.new_id();
            *line = scaled(line, line.quantity - quantity);
            order.items.push(taken);
        }
        rest.items.retain(|line| line.quantity > 0);
        if let Some(service) = part.service.and_then(|id| account.postal_services.iter().find(|known| known.id == id)) {
            order.shipping_info.postal_service_id = service.id;
            order.shipping_info.postal_service_name.clone_from(&service.postal_service_name);
            order.shipping_info.vendor.clone_from(&service.vendor);
        }
        order.set_parked(part.park);
        order.recalculate();
        made.push(order);
    }
    if made.is_empty() || made.iter().any(|order| order.items.is_empty()) {
        return Err("A split needs at least one new order with items".to_owned());
    }
    if rest.items.is_empty() {
        return Err(format!("Order {number} would have no items left"));
    }
    rest.recalculate();
    account.orders.insert(rest);
    let mut ids = vec![id];
    for order in made {
        account.relations.push(Relation {
            parent_order_id: id,
            child_order_id: order.order_id,
            parent: number,
            child: order.num_order_id,
            kind: "SPLIT".to_owned(),
        });
        account.audit(id, now, user, "ORDER_SPLIT", format!("Order {} split off", order.num_order_id));
        account.audit(order.order_id, now, user, "ORDER_CREATED", format!("Order split from {number}"));
        ids.push(order.order_id);
        account.orders.insert(order);
    }
    Ok(ids)
}

/// The line with another quantity: money and components in proportion.
fn scaled(line: &OrderItem, quantity: i32) -> OrderItem {
    let share = if line.quantity == 0 { 0.0 } else { f64::from(quantity) / f64::from(line.quantity) };
    let mut scaled = line.clone();
    scaled.quantity = quantity;
    for (new, old) in [
        (&mut scaled.cost, line.cost),
        (&mut scaled.cost_inc_tax, line.cost_inc_tax),
        (&mut scaled.tax, line.tax),
        (&mut scaled.sales_tax, line.sales_tax),
        (&mut scaled.discount_value, line.discount_value),
    ] {
        *new = rounded(old * share, 2);
    }
    scaled.composite_sub_items = line.composite_sub_items.iter().map(|part| scaled_part(part, share)).collect();
    scaled
}

fn scaled_part(part: &OrderItem, share: f64) -> OrderItem {
    OrderItem { quantity: (f64::from(part.quantity) * share).round() as i32, ..part.clone() }
}
