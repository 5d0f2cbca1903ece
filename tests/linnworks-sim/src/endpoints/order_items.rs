//! Adding, changing and removing lines of open, unlocked orders (3.4).

use super::{Call, Endpoint, order_edit::open_order, view::Line};
use crate::{
    http::{
        bind::Wrapper,
        params::Params,
        reply::{ApiError, Reply},
    },
    state::{Order, OrderItem},
};
use serde::Serialize;
use uuid::Uuid;

pub(super) const TABLE: &[Endpoint] = &[
    Endpoint::write("Orders/AddOrderItem", 250, Wrapper::Flat, add),
    Endpoint::write("Orders/UpdateOrderItem", 150, Wrapper::Flat, update),
    Endpoint::write("Orders/RemoveOrderItem", 150, Wrapper::Flat, remove),
];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Outcome<'a> {
    totals_info: &'a crate::state::TotalsInfo,
    item: Option<Line<'a>>,
    item_weight: f64,
    total_weight: f64,
}

fn editable(call: &Call<'_>) -> Result<Order, ApiError> {
    let order = open_order(call, "orderId")?;
    if order.is_locked() || order.is_parked() {
        return Err(ApiError::refused(format!("Order {} is locked or parked", order.num_order_id)));
    }
    Ok(order)
}

fn store(call: &mut Call<'_>, mut order: Order, row: Option<Uuid>, note: String) -> Result<Reply, ApiError> {
    order.recalculate();
    let id = order.order_id;
    call.account.orders.insert(order);
    call.account.audit(id, call.now, call.user, "ITEMS_CHANGED", note);
    let Some(order) = call.account.orders.get(id) else { return Err(ApiError::invalid()) };
    let line = order.items.iter().find(|line| Some(line.row_id) == row);
    let outcome = Outcome {
        totals_info: &order.totals_info,
        item: line.map(|line| Line { line, order, account: call.account }),
        item_weight: order.shipping_info.item_weight,
        total_weight: order.shipping_info.total_weight,
    };
    Reply::json(&outcome, call.config)
}

fn priced(line: &mut OrderItem, sent: &Params, names: [&str; 4]) -> Result<(), ApiError> {
    let [price, discount, rate, inclusive] = names;
    line.price_per_unit = sent.number(price)?.unwrap_or(line.price_per_unit);
    line.discount = sent.number(discount)?.unwrap_or(line.discount);
    line.tax_rate = sent.number(rate)?.unwrap_or(line.tax_rate);
    line.tax_cost_inclusive = sent.boolean(inclusive)?.unwrap_or(line.tax_cost_inclusive);
    line.recalculate();
    Ok(())
}

fn add(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let mut order = editable(call)?;
    let id = call.params.need_guid("itemId")?;
    let Some(item) = call.account.items.get(id).cloned() else {
        return Err(ApiError::refused(format!("Stock item {id} does not exist")));
    };
    let quantity = call.params.int("quantity")?.and_then(|quantity| i32::try_from(quantity).ok()).unwrap_or(1);
    let mut line = OrderItem {
        row_id: call.account.new_id(),
        stock_item_id: id,
        quantity,
        channel_sku: call.params.text("channelSKU"),
        item_source: Some(order.general_info.source.clone()),
        price_per_unit: item.retail_price,
        tax_rate: item.tax_rate.max(0.0),
        added_date: call.now,
        ..OrderItem::default()
    };
    line.take_over(&item, call.account);
    let pricing = call.params.object("linePricing").unwrap_or_default();
    priced(&mut line, &pricing, ["PricePerUnit", "DiscountPercentage", "TaxRatePercentage", "TaxInclusive"])?;
    let (row, note) = (line.row_id, format!("Item {} added", line.sku));
    order.items.push(line);
    store(call, order, Some(row), note)
}

fn update(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let mut order = editable(call)?;
    let sent = call.params.need_object("orderItem")?;
    let row = sent.need_guid("RowId")?;
    let Some(line) = order.items.iter_mut().find(|line| line.row_id == row) else {
        return Err(ApiError::refused(format!("Order {} has no item with the row id {row}", order.num_order_id)));
    };
    let old = line.quantity;
    line.quantity = sent.int("Quantity")?.and_then(|quantity| i32::try_from(quantity).ok()).unwrap_or(old);
    if old > 0 && line.quantity != old {
        let quantity = line.quantity;
        for part in &mut line.composite_sub_items {
            part.quantity = part.quantity / old * quantity;
        }
    }
    line.title = sent.text("Title").unwrap_or(std::mem::take(&mut line.title));
    priced(line, &sent, ["PricePerUnit", "Discount", "TaxRate", "TaxCostInclusive"])?;
    let note = format!("Item {} changed", line.sku);
    store(call, order, Some(row), note)
}

fn remove(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let mut order = editable(call)?;
    let row = call.params.need_guid("rowid")?;
    let before = order.items.len();
    order.items.retain(|line| line.row_id != row);
    if order.items.len() == before {
        return Err(ApiError::refused(format!("Order {} has no item with the row id {row}", order.num_order_id)));
    }
    store(call, order, None, "Item removed".to_owned())
}
