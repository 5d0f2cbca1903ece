//! The older calls for booked returns, which see the same bookings; and the search through the history.

use super::{answer, number};
use crate::{
    endpoints::{Call, Endpoint, paging::Page},
    http::{
        bind::Wrapper,
        reply::{ApiError, Reply},
    },
    rules::returns::{action, delete, find_line},
    state::{Order, PostSale, Rma, RmaKind, RmaLine},
};
use serde_json::{Value, json};

pub(super) const TABLE: &[Endpoint] = &[
    Endpoint::get("ReturnsRefunds/GetBookedReturnsExchangeOrders", 150, orders),
    Endpoint::write("ReturnsRefunds/ActionBookedOrder", 150, Wrapper::Flat, act),
    Endpoint::write("ReturnsRefunds/DeleteBookedOrder", 150, Wrapper::Flat, delete_order),
    Endpoint::write("ReturnsRefunds/DeleteBookedItem", 150, Wrapper::Flat, delete_item),
    Endpoint::write("ReturnsRefunds/EditBookedItemInfo", 150, Wrapper::Flat, edit),
    Endpoint::get("ReturnsRefunds/SearchReturnsRefundsPaged", 150, search),
    Endpoint::get("ReturnsRefunds/GetSearchTypes", 150, search_types),
];

fn is_booked(rma: &Rma) -> bool {
    rma.lines.iter().any(|line| !line.status.is_closed() && line.kind != RmaKind::Resend)
}

fn orders(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let mut rows: Vec<Value> = Vec::new();
    for order in call.account.orders.iter() {
        let Some(rma) = call.account.after_sales.rmas_of(order.order_id).find(|rma| is_booked(rma)) else { continue };
        rows.push(json!({
            "pkOrderID": order.order_id,
            "nOrderId": order.num_order_id,
            "ReferenceNum": order.general_info.reference_num,
            "SecondaryReference": order.general_info.secondary_reference,
            "cFullName": order.customer_info.address.full_name,
            "ReturnDate": rma.created_date,
        }));
    }
    answer(Value::Array(rows), call)
}

/// Actions all open bookings of an order. "If the return is for a batched item, the batch must be booked in manually."
fn act(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("pkOrderId")?;
    let headers: Vec<i32> =
        call.account.after_sales.rmas_of(id).filter(|rma| is_booked(rma)).map(|rma| rma.header_id).collect();
    if headers.is_empty() {
        return Err(ApiError::refused(format!("Order {id} has no booked returns")));
    }
    for header in headers {
        action(call.account, header, id, true, call.config, call.now, call.user).map_err(ApiError::refused)?;
    }
    Ok(Reply::Void)
}

fn delete_order(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("pkOrderId")?;
    let headers: Vec<i32> = call.account.after_sales.rmas_of(id).map(|rma| rma.header_id).collect();
    for header in headers {
        delete(call.account, header, call.now, call.user);
    }
    Ok(Reply::Void)
}

/// The booking that holds this open row of this order.
fn holding(call: &Call<'_>, row: i32) -> Result<Rma, ApiError> {
    let id = call.params.need_guid("pkOrderId")?;
    let holds = |rma: &&Rma| rma.lines.iter().any(|line| line.row_id == row && !line.status.is_closed());
    let found = call.account.after_sales.rmas_of(id).find(holds).cloned();
    found.ok_or_else(|| ApiError::refused(format!("Order {id} has no booked return {row}")))
}

fn delete_item(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let row = number(call, "pkReturnId")?;
    let mut rma = holding(call, row)?;
    rma.lines.retain(|line| line.row_id != row);
    if rma.lines.is_empty() {
        call.account.after_sales.rmas.retain(|known| known.header_id != rma.header_id);
    } else {
        call.account.after_sales.put_rma(rma);
    }
    Ok(Reply::Void)
}

fn edit(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let sent = call.params.need_object("bookedReturnsExchangeItem")?;
    let row = sent.int("pkReturnId")?.and_then(|row| i32::try_from(row).ok()).ok_or_else(ApiError::invalid)?;
    let mut rma = holding(call, row)?;
    for line in rma.lines.iter_mut().filter(|line| line.row_id == row) {
        for (name, place) in [("ReturnQty", &mut line.return_quantity), ("ScrapQty", &mut line.scrap_quantity)] {
            if let Some(quantity) = sent.int(name)?.and_then(|quantity| i32::try_from(quantity).ok()) {
                *place = quantity;
            }
        }
        if let Some(location) = sent.guid("fkReturnLocationId")? {
            line.return_location = location;
        }
        for (name, place) in [("Category", &mut line.reason_category), ("Reason", &mut line.reason)] {
            if let Some(text) = sent.text(name) {
                *place = text;
            }
        }
    }
    call.account.after_sales.put_rma(rma);
    Ok(Reply::Void)
}

/// Dates: `historyType` chooses between returns and refunds; cancellations are not kept here and give nothing.
fn search(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let page = Page::of(call, "pageNum", "numEntriesPerPage", 50)?;
    let (from, to) = (call.params.date("from")?, call.params.date("to")?);
    let term = call.params.text("searchTerm").unwrap_or_default().trim().to_lowercase();
    let kind = call.params.text("historyType").unwrap_or_else(|| "RETURNS".to_owned()).to_ascii_uppercase();
    let in_time = |date: crate::state::Stamp| from.is_none_or(|from| date >= from) && to.is_none_or(|to| date <= to);
    let fits = |order: &Order, reference: &str| {
        term.is_empty()
            || reference.to_lowercase().contains(&term)
            || order.general_info.reference_num.to_lowercase().contains(&term)
            || order.num_order_id.to_string() == term
    };
    let mut rows: Vec<Value> = Vec::new();
    let after = &call.account.after_sales;
    if kind == "RETURNS" {
        for rma in after.rmas.iter().filter(|rma| in_time(rma.created_date)) {
            let Some(order) = call.account.orders.get(rma.order_id) else { continue };
            if fits(order, &rma.external_reference) {
                rows.extend(rma.lines.iter().map(|line| found(order, rma, line)));
            }
        }
    } else if kind == "REFUNDS" {
        for refund in after.refunds.iter().filter(|refund| in_time(refund.created_date)) {
            let Some(order) = call.account.orders.get(refund.order_id) else { continue };
            if fits(order, &refund.external_reference) {
                rows.extend(refund.lines.iter().map(|line| {
                    let mut row = head(order);
                    let more = json!({
                        "RefundReference": refund.external_reference,
                        "pkRefundRowId": line.refund_row_id,
                        "Amount": line.amount,
                        "CreateDate": refund.created_date,
                        "ActionDate": line.actioned_date,
                        "RefundStatus": line.status,
                    });
                    extend(&mut row, more);
                    row
                }));
            }
        }
    }
    for (place, row) in rows.iter_mut().enumerate() {
        crate::state::render::put(row, &["Row"], json!(place + 1));
    }
    let body = json!({
        "PageNumber": page.number,
        "EntriesPerPage": page.size,
        "TotalEntries": rows.len(),
        "TotalPages": page.pages(rows.len()),
        "Data": page.rows(&rows),
    });
    answer(body, call)
}

fn extend(row: &mut Value, more: Value) {
    if let (Value::Object(row), Value::Object(more)) = (row, more) {
        row.extend(more);
    }
}

fn head(order: &Order) -> Value {
    json!({
        "pkOrderID": order.order_id,
        "nOrderId": order.num_order_id,
        "ReferenceNum": order.general_info.reference_num,
        "Source": order.general_info.source,
        "SubSource": order.general_info.sub_source,
        "cCurrency": order.totals_info.currency,
        "dProcessedOn": order.processed_date_time,
        "cFullName": order.customer_info.address.full_name,
        "fTotalCharge": order.totals_info.total_charge,
    })
}

fn found(order: &Order, rma: &Rma, line: &RmaLine) -> Value {
    let item = find_line(order, line.order_item_row_id).map(|(item, _)| item);
    let mut row = head(order);
    let more = json!({
        "pkReturnId": line.row_id,
        "RowType": super::processed::row_type(line),
        "ReturnReference": rma.external_reference,
        "PendingRefundAmount": if line.status == PostSale::Open { line.refund_amount } else { 0.0 },
        "Reason": line.reason,
        "Category": line.reason_category,
        "ReturnQty": line.return_quantity,
        "fkReturnLocationId": line.return_location,
        "Scrapped": line.scrap_quantity > 0,
        "ScrapQty": line.scrap_quantity,
        "ReturnDate": rma.created_date,
        "ItemNumber": item.map(|item| &item.sku),
        "ItemTitle": item.map(|item| &item.title),
        "NewQty": line.exchange_quantity + line.resend_quantity,
    });
    extend(&mut row, more);
    row
}

fn search_types(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let rows: Vec<Value> = [("ALL_FIELDS", "All fields"), ("nOrderId", "Order number"), ("ReferenceNum", "Reference")]
        .into_iter()
        .map(|(field, name)| json!({ "Field": field, "Name": name, "AllowForAllDates": true, "ExactSearchOptional": true }))
        .collect();
    answer(Value::Array(rows), call)
}
