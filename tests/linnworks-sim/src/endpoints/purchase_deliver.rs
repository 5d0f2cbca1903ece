//! Booking in what a purchase order brings (7).

use super::{Call, Endpoint, purchase_read::known, purchase_view};
use crate::{
    config::EditMode,
    http::{
        bind::Wrapper,
        params::Params,
        reply::{ApiError, Reply},
    },
    rules::purchasing::{self, Actor, Delivery, no_line},
    state::{PurchaseOrder, PurchaseStatus, render},
};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) const TABLE: &[Endpoint] = &[
    Endpoint::write("PurchaseOrder/Deliver_PurchaseItem", 250, Wrapper::Wrapped("deliverItemParameter"), one),
    Endpoint::write("PurchaseOrder/Deliver_PurchaseItems_WithQuantity", 150, Wrapper::Wrapped("request"), some),
    Endpoint::write("PurchaseOrder/Deliver_PurchaseItemAll", 150, Wrapper::Flat, all),
    Endpoint::write("PurchaseOrder/Deliver_PurchaseItemAll_ExceptBatchItems", 150, Wrapper::Flat, all_but_batches),
];

/// What is to be done with a delivery.
enum Verdict {
    /// This many more came.
    More(i32),
    /// Nothing happens, and it is answered as if it had.
    Ignored,
}

/// May the order take deliveries?
fn takes(order: &PurchaseOrder, call: &Call<'_>) -> Result<bool, ApiError> {
    match order.status {
        PurchaseStatus::Pending => Err(ApiError::refused("Pending purchase order can not be delivered")),
        PurchaseStatus::Open | PurchaseStatus::Partial => Ok(true),
        PurchaseStatus::Delivered => match call.config.purchase.after_delivered {
            EditMode::Allowed => Ok(true),
            EditMode::Ignored => Ok(false),
            EditMode::Refused => Err(ApiError::refused("Purchase order is already delivered")),
        },
    }
}

/// Judges a new total or an addition.
fn judge(
    order: &PurchaseOrder,
    line: Uuid,
    total: Option<i32>,
    more: Option<i32>,
    call: &Call<'_>,
) -> Result<Verdict, ApiError> {
    let rules = &call.config.purchase;
    let line = order.item(line).ok_or_else(no_line)?;
    let more = match (total, more) {
        (Some(total), _) => total - line.delivered,
        (None, Some(more)) => more,
        (None, None) => return Err(ApiError::invalid()),
    };
    if more < 0 && rules.decrease != EditMode::Allowed {
        return match rules.decrease {
            EditMode::Ignored => Ok(Verdict::Ignored),
            _ => Err(ApiError::refused("Delivered quantity can not be decreased")),
        };
    }
    if rules.over_delivery_refused && line.delivered.saturating_add(more) > line.quantity {
        return Err(ApiError::refused("Delivered quantity can not be greater than ordered quantity"));
    }
    Ok(if more == 0 { Verdict::Ignored } else { Verdict::More(more) })
}

fn small(params: &Params, name: &str) -> Result<Option<i32>, ApiError> {
    params.int(name)?.map(|number| i32::try_from(number).map_err(|_| ApiError::invalid())).transpose()
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Delivered {
    new_purchase_order_item: Value,
    purchase_order_header: Value,
    #[serde(skip_serializing_if = "render::omitted")]
    batch_inventory_id: Option<i32>,
}

/// `Delivered` is the new total, `AddToDelivered` an addition; where both are sent the total counts.
fn one(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let order = known(call, "pkPurchaseId")?;
    let (id, item) = (order.id, call.params.need_guid("pkPurchaseItemId")?);
    let sent = &call.params;
    let verdict = if takes(order, call)? {
        judge(order, item, small(sent, "Delivered")?, small(sent, "AddToDelivered")?, call)?
    } else {
        Verdict::Ignored
    };
    let delivery = Delivery {
        item,
        delivery: small(sent, "DeliveryId")?.filter(|id| *id != 0),
        batch_number: sent.text("BatchNumber").unwrap_or_default(),
        bin_rack: sent.text("BinRack").unwrap_or_default(),
        priority: small(sent, "PrioritySequence")?.unwrap_or_default(),
        more: 0,
    };
    let line = order.item(item).ok_or_else(no_line)?;
    let mut batch_inventory_id = None;
    if let Verdict::More(more) = verdict {
        if delivery.batch_number.trim().is_empty() && purchasing::wants_batch(call.account, line, call.config) {
            return Err(ApiError::refused(format!("Batch number is required for {}", line.sku)));
        }
        let by = Actor { now: call.now, user: call.user };
        batch_inventory_id = purchasing::deliver(call.account, id, &Delivery { more, ..delivery }, by)?;
    }
    let order = call.account.purchase_orders.get(id).ok_or_else(purchasing::does_not_exist)?;
    let line = order.item(item).ok_or_else(no_line)?;
    let delivered = Delivered {
        new_purchase_order_item: purchase_view::item(line, order, call.account, call.config),
        purchase_order_header: purchase_view::header(order, call.config),
        batch_inventory_id,
    };
    Reply::json(&delivered, call.config)
}

/// Several lines; nothing is booked in when one of them is refused. Answers nothing.
fn some(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let order = known(call, "pkPurchaseId")?;
    let id = order.id;
    let delivery = small(&call.params, "DeliveryId")?.filter(|id| *id != 0);
    if !takes(order, call)? {
        return Ok(Reply::Void);
    }
    let mut judged = Vec::new();
    for row in call.params.objects("Items")?.ok_or_else(ApiError::invalid)? {
        let item = row.need_guid("pkPurchaseItemId")?;
        let quantity = small(&row, "QuantityDelivered")?;
        let verdict = if call.config.purchase.quantity_is_total {
            judge(order, item, quantity, None, call)?
        } else {
            judge(order, item, None, quantity, call)?
        };
        let line = order.item(item).ok_or_else(no_line)?;
        if let Verdict::More(more) = verdict {
            if purchasing::wants_batch(call.account, line, call.config) {
                return Err(ApiError::refused(format!("Batch number is required for {}", line.sku)));
            }
            judged.push(Delivery { item, more, delivery, ..Delivery::default() });
        }
    }
    let by = Actor { now: call.now, user: call.user };
    for delivery in judged {
        purchasing::deliver(call.account, id, &delivery, by)?;
    }
    Ok(Reply::Void)
}

/// Books in whatever is outstanding and needs no batch; answers whether that was all.
fn outstanding(call: &mut Call<'_>, id: Uuid) -> Result<bool, ApiError> {
    let order = call.account.purchase_orders.get(id).ok_or_else(purchasing::does_not_exist)?;
    if !takes(order, call)? {
        return Ok(true);
    }
    let (batched, plain): (Vec<_>, Vec<_>) = order
        .items
        .iter()
        .filter(|line| line.outstanding() > 0)
        .partition(|line| purchasing::wants_batch(call.account, line, call.config));
    let whole = batched.is_empty();
    let deliveries: Vec<_> = plain
        .into_iter()
        .map(|line| Delivery { item: line.id, more: line.outstanding(), ..Delivery::default() })
        .collect();
    let by = Actor { now: call.now, user: call.user };
    for delivery in deliveries {
        purchasing::deliver(call.account, id, &delivery, by)?;
    }
    Ok(whole)
}

fn lines(call: &Call<'_>, id: Uuid) -> Result<Value, ApiError> {
    let order = call.account.purchase_orders.get(id).ok_or_else(purchasing::does_not_exist)?;
    Ok(json!({
        "PurchaseOrderItems": purchase_view::items(order, call.account, call.config),
        "PurchaseOrderHeader": purchase_view::header(order, call.config),
    }))
}

fn all(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let order = known(call, "purchaseId")?;
    let id = order.id;
    let batched = order
        .items
        .iter()
        .any(|line| line.outstanding() > 0 && purchasing::wants_batch(call.account, line, call.config));
    if batched && takes(order, call)? {
        return Err(ApiError::refused("Purchase order has batched items, which must be delivered one by one"));
    }
    outstanding(call, id)?;
    Reply::json(&lines(call, id)?, call.config)
}

fn all_but_batches(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = known(call, "purchaseId")?.id;
    let whole = outstanding(call, id)?;
    let message = if whole { "" } else { "Batched items must be delivered one by one" };
    let reply = json!({ "poHeaderAndItems": lines(call, id)?, "allItemsDelivered": whole, "message": message });
    Reply::json(&reply, call.config)
}
