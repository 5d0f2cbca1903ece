//! Splitting, merging, cancelling, deleting, completing and moving orders (3.4, 3.5).

use super::{Call, Endpoint, view::OpenOrder};
use crate::{
    http::{
        bind::Wrapper,
        reply::{ApiError, Reply},
    },
    rules::{
        lifecycle,
        merging::merge,
        splitting::{Part, split},
    },
};
use serde_json::{Map, Value, json};

pub(super) const TABLE: &[Endpoint] = &[
    Endpoint::write("Orders/SplitOrder", 150, Wrapper::Flat, split_order),
    Endpoint::write("Orders/MergeOrders", 150, Wrapper::Flat, merge_orders),
    Endpoint::write("Orders/CancelOrder", 150, Wrapper::Flat, cancel),
    Endpoint::write("Orders/DeleteOrder", 150, Wrapper::Flat, delete),
    Endpoint::write("Orders/CompleteOrder", 150, Wrapper::Flat, complete),
    Endpoint::write("Orders/MoveToLocation", 150, Wrapper::Flat, move_to_location),
];

/// Answers with the original and the new orders.
fn split_order(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("orderId")?;
    let mut parts = Vec::new();
    for sent in call.params.objects("newOrders")?.ok_or_else(ApiError::invalid)? {
        let mut rows = Vec::new();
        for row in sent.objects("Items")?.ok_or_else(ApiError::invalid)? {
            let quantity = row.int("Quantity")?.and_then(|quantity| i32::try_from(quantity).ok()).unwrap_or_default();
            rows.push((row.need_guid("RowId")?, quantity));
        }
        let park = sent.boolean("ParkOrder")?.unwrap_or_default();
        parts.push(Part { rows, service: sent.guid("PostalServiceId")?, park });
    }
    let ids = split(call.account, id, &parts, call.now, call.user).map_err(ApiError::refused)?;
    let orders = ids.iter().filter_map(|id| call.account.orders.get(*id));
    let rows: Vec<_> = orders.map(|order| OpenOrder::new(order, call.account, call.config)).collect();
    Reply::json(&rows, call.config)
}

fn merge_orders(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let ids = call.params.need_guids("ordersToMerge")?;
    let service = call.params.guid("pkPostalServiceId")?;
    let merged = merge(call.account, &ids, service, call.config, call.now, call.user).map_err(ApiError::refused)?;
    match call.account.orders.get(merged) {
        Some(order) => Reply::json(&OpenOrder::new(order, call.account, call.config), call.config),
        None => Err(ApiError::invalid()),
    }
}

/// `refund` must be there, be it 0.
fn cancel(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("orderId")?;
    call.params.number("refund")?.ok_or_else(ApiError::invalid)?;
    let note = call.params.text("note").unwrap_or_default();
    lifecycle::cancel(call.account, id, &note, call.now, call.user).map_err(ApiError::refused)?;
    Reply::json(&id, call.config)
}

/// Gone for good; only the audit trail remembers.
fn delete(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("orderId")?;
    if call.account.orders.remove(id).is_none() {
        return Err(ApiError::refused(format!("Order {id} not found")));
    }
    call.account.audit(id, call.now, call.user, "ORDER_DELETED", "Order deleted");
    Ok(Reply::Void)
}

/// Makes an order of a draft.
fn complete(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("orderId")?;
    if call.account.orders.update(id, |order| order.draft = false).is_none() {
        return Err(ApiError::refused(format!("Order {id} not found")));
    }
    call.account.audit(id, call.now, call.user, "ORDER_COMPLETED", "Order completed");
    Reply::json(&id, call.config)
}

/// Each order by itself; the errors stand twice, as a list and by order.
fn move_to_location(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let to = call.params.location("pkStockLocationId")?;
    let (mut errors, mut moved, mut keyed) = (Vec::new(), Vec::new(), Map::new());
    for id in call.params.need_guids("orderIds")? {
        match lifecycle::move_to(call.account, id, to, call.now, call.user) {
            Ok(()) => moved.push(id),
            Err(error) => {
                keyed.insert(id.to_string(), Value::String(error.clone()));
                errors.push(error);
            }
        }
    }
    Reply::json(&json!({ "Errors": errors, "OrdersMoved": moved, "KeyedErrors": keyed }), call.config)
}
