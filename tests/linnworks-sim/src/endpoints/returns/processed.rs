//! What `ProcessedOrders/*` says of returns, refunds and the order that they belong to (8.5).

use super::{answer, number};
use crate::{
    endpoints::{Call, Endpoint},
    http::{
        bind::Wrapper,
        reply::{ApiError, Reply},
    },
    rules::returns::{SentLine, action, book, find_line, resent, returnable, returned},
    state::{Account, Order, OrderItem, PostSale, ReturnCategory, Rma, RmaKind, RmaLine, Stamp},
};
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) const TABLE: &[Endpoint] = &[
    Endpoint::get("ProcessedOrders/GetReturnItemsInfo", 250, items),
    Endpoint::get("ProcessedOrders/GetReturnsExchanges", 150, returns),
    Endpoint::get("ProcessedOrders/GetReturnOrderInfo", 150, order_info),
    Endpoint::get("ProcessedOrders/CheckOrderFullyReturned", 150, fully_returned),
    Endpoint::get("ProcessedOrders/GetReturnCategories", 150, categories),
    Endpoint::write("ProcessedOrders/AddReturnCategory", 150, Wrapper::Flat, add_category),
    Endpoint::write("ProcessedOrders/RenameReturnCategory", 150, Wrapper::Flat, rename_category),
    Endpoint::write("ProcessedOrders/DeleteReturnCategory", 150, Wrapper::Flat, delete_category),
    Endpoint::write("ProcessedOrders/CreateExchange", 150, Wrapper::Flat, exchange),
    Endpoint::write("ProcessedOrders/CreateResend", 150, Wrapper::Flat, resend),
    Endpoint::write("ProcessedOrders/CreateFullResend", 150, Wrapper::Flat, full_resend),
    Endpoint::get("ProcessedOrders/GetRefunds", 150, refunds),
    Endpoint::get("ProcessedOrders/GetTotalRefunds", 150, total_refunds),
    Endpoint::get("ProcessedOrders/GetChannelRefundReasons", 150, refund_reasons),
    Endpoint::get("ProcessedOrders/GetProcessedRelatives", 150, relatives),
    Endpoint::get("ProcessedOrders/GetProcessedAuditTrail", 150, audit),
];

/// The processed order that is asked for.
fn order<'a>(call: &'a Call<'_>) -> Result<&'a Order, ApiError> {
    let id = call.params.need_guid("pkOrderId")?;
    let found = call.account.orders.get(id).filter(|order| !order.is_open());
    found.ok_or_else(|| ApiError::refused(format!("Order {id} not found")))
}

fn items(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let order = order(call)?;
    let lines = order.items.iter().filter(|line| !line.is_service);
    let rows: Vec<Value> = lines.map(|line| item(call, order, line, None)).collect();
    answer(Value::Array(rows), call)
}

fn item(call: &Call<'_>, order: &Order, line: &OrderItem, parent: Option<&OrderItem>) -> Value {
    let children: Vec<Value> =
        line.composite_sub_items.iter().map(|part| item(call, order, part, Some(line))).collect();
    json!({
        "ChildItems": children,
        "Batches": batches(call, order, line, parent),
        "OrderId": order.order_id,
        "fkOrderItemRowId": line.row_id,
        "ParentRowId": parent.map_or(Uuid::nil(), |parent| parent.row_id),
        "ReturnableQty": returnable(call.account, order, line, call.config),
        "OrderQty": line.quantity,
        "ReturnedQty": returned(call.account, order, line.row_id, call.config),
        "SKU": line.sku,
        "ItemTitle": line.title,
        "UnitValue": line.price_per_unit,
        "TaxRate": line.tax_rate,
        "TaxCostInclusive": line.tax_cost_inclusive,
        "Currency": order.totals_info.currency,
        "IsCompositeParent": !line.composite_sub_items.is_empty(),
        "IsPartialCompositeReturn": false,
        "ParentRatio": parent.map_or(1, |parent| line.quantity / parent.quantity.max(1)),
        "pkStockItemId": line.stock_item_id,
        "ResentQty": resent(call.account, order, line.row_id, call.config),
        "fkRefundRowId": null,
    })
}

/// One row per batch that the line was sent from; none for items without batches.
fn batches(call: &Call<'_>, order: &Order, line: &OrderItem, parent: Option<&OrderItem>) -> Vec<Value> {
    let assigned = line.bin_racks.iter().filter_map(|rack| Some((rack, rack.batch_id.filter(|id| *id != 0)?)));
    assigned
        .map(|(rack, batch)| {
            let number = call
                .account
                .items
                .get(line.stock_item_id)
                .and_then(|item| item.batches.iter().find(|row| row.batch_inventory_id == batch))
                .map(|row| row.batch_number.clone());
            json!({
                "OrderItemBatchId": rack.order_item_batch_id,
                "BatchInventoryId": batch,
                "BatchNumber": number,
                "DespatchUnitValue": line.despatch_stock_unit_cost,
                "OrderId": order.order_id,
                "fkOrderItemRowId": line.row_id,
                "ParentRowId": parent.map_or(Uuid::nil(), |parent| parent.row_id),
                "ReturnableQty": rack.quantity,
                "OrderQty": rack.quantity,
                "ReturnedQty": 0,
                "SKU": line.sku,
                "ItemTitle": line.title,
                "Currency": order.totals_info.currency,
                "pkStockItemId": line.stock_item_id,
            })
        })
        .collect()
}

/// The vendor's `RowType`.
pub(super) fn row_type(line: &RmaLine) -> &'static str {
    match (line.kind, line.status.is_closed()) {
        (RmaKind::Return, false) => "RETURNBOOKING",
        (RmaKind::Exchange, false) => "EXCHANGEBOOKING",
        (RmaKind::Return, true) if line.refund_amount > 0.0 => "RETURNREFUND",
        (RmaKind::Return, true) => "RETURN",
        (RmaKind::Exchange, true) => "EXCHANGE",
        (RmaKind::Resend, _) => "RESEND",
    }
}

fn returns(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let order = order(call)?;
    answer(Value::Array(return_rows(call.account, order)), call)
}

fn return_rows(account: &Account, order: &Order) -> Vec<Value> {
    let rmas = account.after_sales.rmas_of(order.order_id);
    rmas.flat_map(|rma| rma.lines.iter().map(move |line| (rma, line)))
        .map(|(rma, line)| return_row(account, order, rma, line))
        .collect()
}

fn return_row(account: &Account, order: &Order, rma: &Rma, line: &RmaLine) -> Value {
    let item = find_line(order, line.order_item_row_id).map(|(item, _)| item);
    let sent = line.exchange_stock_item_id.and_then(|id| account.items.get(id));
    let new = line.new_order_id.and_then(|id| account.orders.get(id));
    let closed = line.status == PostSale::Processed;
    let no_date = Stamp::unset();
    json!({
        "pkReturnId": line.row_id,
        "RowType": row_type(line),
        "ReturnReference": rma.external_reference,
        "fkOrderId": order.order_id,
        "fkOrderItemRowId": line.order_item_row_id,
        "OrderItemBatchId": 0,
        "nOrderId": order.num_order_id,
        "SKU": item.map(|item| &item.sku),
        "ItemTitle": item.map(|item| &item.title),
        "BatchNumber": "",
        "Reason": line.reason,
        "ChannelReason": line.reason_tag,
        "ChannelReasonSec": line.sub_reason_tag,
        "Category": line.reason_category,
        "ReturnQty": line.return_quantity,
        "fkReturnLocationId": line.return_location,
        "Scrapped": line.scrap_quantity > 0,
        "ScrapQty": line.scrap_quantity,
        "LastState": if closed { "ACTIONED" } else { "BOOKED" },
        "LastDate": line.actioned_date.unwrap_or(rma.created_date),
        "Completed": closed,
        "fkNewOrderId": line.new_order_id.unwrap_or_default(),
        "fkNewOrderItemRowId": new.and_then(|order| order.items.first()).map_or(Uuid::nil(), |item| item.row_id),
        "fkNewStockItemId": line.exchange_stock_item_id.unwrap_or_default(),
        "NewQty": line.exchange_quantity + line.resend_quantity,
        "NewOrderId": new.map_or(0, |order| order.num_order_id),
        "NewOrderCancelled": new.is_some_and(Order::is_cancelled),
        "NewSKU": sent.map_or("", |item| &item.item_number),
        "NewItemTitle": sent.map_or("", |item| &item.item_title),
        "NewOrderProcessedOn": new.and_then(|order| order.processed_date_time).unwrap_or(no_date),
        "AdditionalCost": line.additional_cost,
        "fkRefundRowId": line.refund_row_id.unwrap_or_default(),
        "RefundedAmount": if closed { line.refund_amount } else { 0.0 },
        "PendingRefund": if closed { 0.0 } else { line.refund_amount },
        "ReturnDate": rma.created_date,
    })
}

fn order_info(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let order = order(call)?;
    let address = &order.customer_info.address;
    let parts = [&address.address1, &address.town, &address.post_code, &address.country];
    let shipping: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    let body = json!({
        "pkOrderId": order.order_id,
        "nOrderId": order.num_order_id,
        "Source": order.general_info.source,
        "SubSource": order.general_info.sub_source,
        "PostalServiceName": order.shipping_info.postal_service_name,
        "cShippingAddress": shipping.join(", "),
        "cCurrency": order.totals_info.currency,
        "dReceivedDate": order.general_info.received_date,
        "dProcessedOn": order.processed_date_time,
        "fTotalCharge": order.totals_info.total_charge,
        "RefundLink": null,
    });
    answer(body, call)
}

fn fully_returned(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let order = order(call)?;
    let mut goods = order.items.iter().filter(|line| !line.is_service);
    let all = goods.all(|line| returnable(call.account, order, line, call.config) == 0);
    Reply::json(&all, call.config)
}

fn categories(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    Reply::json(&call.account.after_sales.return_categories, call.config)
}

fn add_category(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let category_name = call.params.need_text("categoryName")?;
    let list = &mut call.account.after_sales.return_categories;
    if list.iter().any(|known| known.category_name.eq_ignore_ascii_case(&category_name)) {
        return Err(ApiError::refused(format!("Category {category_name} already exists")));
    }
    let id = list.iter().map(|known| known.id).max().unwrap_or_default() + 1;
    let made = ReturnCategory { id, category_name };
    list.push(made.clone());
    Reply::json(&made, call.config)
}

fn rename_category(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let (id, name) = (number(call, "pkItemId")?, call.params.need_text("newName")?);
    let found = call.account.after_sales.return_categories.iter_mut().find(|known| known.id == id);
    found.ok_or_else(|| ApiError::refused(format!("Category {id} does not exist")))?.category_name = name;
    Ok(Reply::Void)
}

fn delete_category(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = number(call, "pkItemId")?;
    call.account.after_sales.return_categories.retain(|known| known.id != id);
    Ok(Reply::Void)
}

/// The older exchange: booked, or done at once.
fn exchange(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let (to, from) = (call.params.location("returnLocation")?, call.params.location("despatchLocation")?);
    let booking = call.params.boolean("isBooking")?.unwrap_or_default();
    let mut lines = Vec::new();
    for row in call.params.objects("exchangeItems")?.ok_or_else(ApiError::invalid)? {
        let int = |name: &str| -> Result<i32, ApiError> {
            Ok(row.int(name)?.and_then(|number| i32::try_from(number).ok()).unwrap_or_default())
        };
        lines.push(RmaLine {
            kind: RmaKind::Exchange,
            order_item_row_id: row.need_guid("OrderItemRowId")?,
            return_location: to,
            return_quantity: int("Qty")?,
            scrap_quantity: int("ScrapQty")?,
            refund_amount: row.number("Refund")?.unwrap_or_default(),
            exchange_stock_item_id: row.guid("NewStockItemId")?,
            exchange_quantity: int("NewQty")?,
            despatch_location_id: from,
            additional_cost: row.number("AdditionalCost")?.unwrap_or_default(),
            ..RmaLine::default()
        });
    }
    done(call, lines, booking)
}

fn resend(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let mut lines = Vec::new();
    for row in call.params.objects("resendItems")?.ok_or_else(ApiError::invalid)? {
        let quantity = row.int("Qty")?.and_then(|number| i32::try_from(number).ok()).unwrap_or_default();
        lines.push((row.need_guid("OrderItemRowId")?, quantity));
    }
    resend_lines(call, lines)
}

fn full_resend(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let goods = order(call)?.items.iter().filter(|line| !line.is_service);
    let lines = goods.map(|line| (line.row_id, line.quantity)).collect();
    resend_lines(call, lines)
}

fn resend_lines(call: &mut Call<'_>, lines: Vec<(Uuid, i32)>) -> Result<Reply, ApiError> {
    let from = call.params.location("despatchLocation")?;
    let lines = lines.into_iter().map(|(order_item_row_id, resend_quantity)| RmaLine {
        kind: RmaKind::Resend,
        order_item_row_id,
        resend_quantity,
        despatch_location_id: from,
        ..RmaLine::default()
    });
    done(call, lines.collect(), false)
}

/// Books the lines, and actions them unless only a booking is wanted; answers with the order's returns.
fn done(call: &mut Call<'_>, mut lines: Vec<RmaLine>, booking: bool) -> Result<Reply, ApiError> {
    let id = order(call)?.order_id;
    for line in &mut lines {
        line.reason_category = call.params.text("category").unwrap_or_default();
        line.reason = call.params.text("reason").unwrap_or_default();
        line.reason_tag = call.params.text("channelReason").unwrap_or_default();
    }
    let sent: Vec<SentLine> = lines.into_iter().map(|line| SentLine { line, remove: false }).collect();
    let header = book(call.account, id, &sent, None, false, call.config, call.now, call.user)
        .map_err(|rejected| ApiError::refused(rejected.errors.join("; ")))?;
    if !booking {
        action(call.account, header, id, true, call.config, call.now, call.user).map_err(ApiError::refused)?;
    }
    let order = order(call)?;
    answer(Value::Array(return_rows(call.account, order)), call)
}

fn refunds(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let order = order(call)?;
    let after = &call.account.after_sales;
    let all = after.refunds_of(order.order_id).flat_map(|refund| refund.lines.iter().map(move |line| (refund, line)));
    let rows: Vec<Value> = all
        .map(|(refund, line)| {
            let item = line.order_item_row_id.and_then(|row| find_line(order, row)).map(|(item, _)| item);
            json!({
                "pkRefundRowId": line.refund_row_id,
                "SKU": item.map(|item| &item.sku),
                "ItemTitle": item.map(|item| &item.title),
                "IsItem": line.refunded_unit == "Item",
                "IsService": line.refunded_unit == "Service",
                "Amount": line.amount,
                "Reason": line.free_text_or_note,
                "Actioned": line.actioned_date.is_some(),
                "ActionDate": line.actioned_date,
                "ReturnReference": refund.external_reference,
                "Cost": item.map_or(0.0, |item| item.cost_inc_tax),
                "RefundStatus": line.status,
                "IgnoredValidation": false,
                "fkOrderItemRowId": line.order_item_row_id,
                "ChannelReason": line.reason_tag,
                "ChannelReasonSec": line.sub_reason_tag,
                "IsNew": false,
            })
        })
        .collect();
    answer(Value::Array(rows), call)
}

fn total_refunds(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let order = order(call)?;
    let bookings = call.params.boolean("includeBookings")?.unwrap_or_default();
    let after = &call.account.after_sales;
    let mut amount: f64 =
        after.refunds_of(order.order_id).flat_map(|refund| &refund.lines).map(|line| line.amount).sum();
    if bookings {
        let open = after.rmas_of(order.order_id).flat_map(|rma| &rma.lines);
        amount += open.filter(|line| !line.status.is_closed()).map(|line| line.refund_amount).sum::<f64>();
    }
    let total = order.totals_info.total_charge;
    answer(json!({ "Amount": amount, "TotalCharge": total, "Refundable": (total - amount).max(0.0) }), call)
}

fn refund_reasons(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let order = order(call)?;
    let mut rows = super::view::reasons(call.account, Some(order), "ItemRefund");
    for row in &mut rows {
        if let Value::Object(row) = row {
            row.shift_remove("Types");
        }
    }
    answer(Value::Array(rows), call)
}

fn relatives(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("pkOrderId")?;
    let ties = call.account.relations.iter().filter(|tie| tie.parent_order_id == id || tie.child_order_id == id);
    let rows: Vec<Value> = ties
        .map(|tie| {
            json!({
                "ChildOrderId": tie.child,
                "ChildOrderPkOrderId": tie.child_order_id,
                "ParentOrderId": tie.parent,
                "ParentOrderPkOrderId": tie.parent_order_id,
                "RelationType": tie.kind,
            })
        })
        .collect();
    answer(Value::Array(rows), call)
}

fn audit(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("pkOrderId")?;
    let rows: Vec<Value> = call
        .account
        .audit
        .iter()
        .filter(|row| row.order_id == id)
        .enumerate()
        .map(|(place, row)| {
            json!({
                "sid_history": place + 1,
                "fkOrderId": id,
                "HistoryNote": row.note,
                "fkOrderHistoryTypeId": row.kind,
                "DateStamp": row.date,
                "Tag": "",
                "UpdatedBy": row.user,
                "TypeDescription": row.kind,
            })
        })
        .collect();
    answer(Value::Array(rows), call)
}
