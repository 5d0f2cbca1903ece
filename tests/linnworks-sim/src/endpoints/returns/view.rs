//! How RMAs and refunds are shown.

use crate::{
    rules::returns::find_line,
    state::{Account, Order, PostSale, Refund, RefundLine, Rma, RmaKind, RmaLine},
};
use serde_json::{Value, json};
use uuid::Uuid;

/// A status with what a person may do about it. Tags and texts of real channels are not public (inferred).
pub(super) fn status(status: PostSale) -> Value {
    let (tag, text, actionable, action) = match status {
        PostSale::Open => ("Open", "Booked", true, "Accept"),
        PostSale::Processed => ("Processed", "Actioned", false, ""),
        PostSale::Error => ("Error", "Refused by the channel", true, "Accept again"),
        PostSale::ErrorAcked => ("ErrorAcked", "Refused by the channel, acknowledged", false, ""),
        PostSale::Pending => ("Pending", "Awaiting the channel", false, ""),
    };
    json!({
        "StatusHeader": status,
        "StatusDetail": {
            "StatusTag": tag,
            "StatusDescription": text,
            "Actionable": actionable,
            "ActionDescription": action,
            "EditableFields": [],
        },
    })
}

/// A header with its lines.
pub(super) fn rma(rma: &Rma, account: &Account) -> Value {
    let order = account.orders.get(rma.order_id);
    let lines: Vec<Value> = rma.lines.iter().map(|line| rma_line(line, rma, order, account, None)).collect();
    json!({
        "RMAHeaderId": rma.header_id,
        "RMALines": lines,
        "OrderId": rma.order_id,
        "NumOrderId": order.map_or(0, |order| order.num_order_id),
        "Status": status(rma.status()),
        "OrderSource": order.map_or("", |order| &order.general_info.source),
        "OrderSubSource": order.and_then(|order| order.general_info.sub_source.as_deref()).unwrap_or_default(),
        "ExternalReference": rma.external_reference,
        "ChannelInitiated": rma.channel_initiated,
        "CreatedDate": rma.created_date,
        "Actioned": rma.status() == PostSale::Processed,
        "LastActionDate": rma.last_action_date,
    })
}

/// All lines of a header.
pub(super) fn rma_lines(rma: &Rma, account: &Account) -> Vec<Value> {
    let order = account.orders.get(rma.order_id);
    rma.lines.iter().map(|line| rma_line(line, rma, order, account, None)).collect()
}

/// A line; `wrong` is what is wrong with one that was not booked.
pub(super) fn rma_line(
    line: &RmaLine,
    rma: &Rma,
    order: Option<&Order>,
    account: &Account,
    wrong: Option<&str>,
) -> Value {
    let item = order.and_then(|order| find_line(order, line.order_item_row_id)).map(|(item, _)| item);
    let sent = line.exchange_stock_item_id.and_then(|id| account.items.get(id));
    let errors: Vec<Value> = line
        .errors
        .iter()
        .map(|error| {
            json!({
                "RMARowId": line.row_id,
                "ErrorMessage": error.error_message,
                "DateStamp": error.date_stamp,
                "Acknowledged": error.acknowledged,
            })
        })
        .collect();
    let last = line.errors.iter().rev().find(|error| !error.acknowledged).map(|error| &error.error_message);
    let despatched = line.kind != RmaKind::Return;
    json!({
        "RMARowId": line.row_id,
        "RMAHeaderId": rma.header_id,
        "Type": line.kind,
        "Status": status(line.status),
        "ExternalReference": rma.external_reference,
        "CreatedDate": rma.created_date,
        "Actioned": line.actioned_date.is_some(),
        "ActionedDate": line.actioned_date,
        "Deleted": false,
        "ResendQuantity": line.resend_quantity,
        "NewOrderId": line.new_order_id,
        "ValidationError": wrong,
        "Error": last,
        "Errors": errors,
        "Info": null,
        "ExchangeStockItemId": line.exchange_stock_item_id,
        "ExchangeSKU": sent.map(|item| &item.item_number),
        "ExchangeTitle": sent.map(|item| &item.item_title),
        "ExchangeQuantity": line.exchange_quantity,
        "DespatchLocationId": despatched.then_some(line.despatch_location_id),
        "AdditionalCost": line.additional_cost,
        "OrderItemRowId": line.order_item_row_id,
        "ReturnItemSKU": item.map(|item| &item.sku),
        "ReturnItemTitle": item.map(|item| &item.title),
        "BatchInventoryId": line.batch_inventory_id,
        "ReturnLocation": line.return_location,
        "ReturnQuantity": line.return_quantity,
        "RefundAmount": line.refund_amount,
        "RefundRowId": line.refund_row_id,
        "ScrapQuantity": line.scrap_quantity,
        "ReasonCategory": line.reason_category,
        "IsFreeText": line.reason_tag.is_empty(),
        "Reason": line.reason,
        "ReasonTag": line.reason_tag,
        "SubReasonTag": line.sub_reason_tag,
        "BinrackOverride": line.binrack_override,
    })
}

/// A refund's header with its lines.
pub(super) fn refund(refund: &Refund, account: &Account) -> Value {
    let order = account.orders.get(refund.order_id);
    let amount: f64 = refund.lines.iter().map(|line| line.amount).sum();
    json!({
        "RefundHeaderId": refund.header_id,
        "Currency": order.map_or("UNK", |order| &order.totals_info.currency),
        "Amount": crate::state::render::rounded(amount, 2),
        "RefundLines": refund_lines(refund, account),
        "RefundLink": null,
        "OrderId": refund.order_id,
        "NumOrderId": order.map_or(0, |order| order.num_order_id),
        "Status": status(refund.status()),
        "OrderSource": order.map_or("", |order| &order.general_info.source),
        "OrderSubSource": order.and_then(|order| order.general_info.sub_source.as_deref()).unwrap_or_default(),
        "ExternalReference": refund.external_reference,
        "ChannelInitiated": refund.channel_initiated,
        "CreatedDate": refund.created_date,
        "Actioned": refund.status() == PostSale::Processed,
        "LastActionDate": refund.last_action_date,
    })
}

/// All lines of a refund.
pub(super) fn refund_lines(refund: &Refund, account: &Account) -> Vec<Value> {
    let order = account.orders.get(refund.order_id);
    refund.lines.iter().map(|line| refund_line(line, refund, order, None)).collect()
}

/// A line of a refund; `wrong` is what is wrong with one that was not made.
pub(super) fn refund_line(line: &RefundLine, refund: &Refund, order: Option<&Order>, wrong: Option<&str>) -> Value {
    let item = line.order_item_row_id.and_then(|row| find_line(order?, row)).map(|(item, _)| item);
    let errors: Vec<Value> = line
        .errors
        .iter()
        .map(|error| {
            json!({
                "RefundRowId": line.refund_row_id,
                "ErrorMessage": error.error_message,
                "DateStamp": error.date_stamp,
                "Acknowledged": error.acknowledged,
            })
        })
        .collect();
    let refunded_item = item.map(|item| {
        json!({
            "OrderItemRowId": item.row_id,
            "ReturnRowId": line.return_row_id,
            "ItemSKU": item.sku,
            "ChannelSKU": item.channel_sku,
            "ItemTitle": item.title,
            "Cost": item.cost_inc_tax,
            "CancelledQuantity": 0,
        })
    });
    let last = line.errors.iter().rev().find(|error| !error.acknowledged).map(|error| &error.error_message);
    json!({
        "RefundRowId": line.refund_row_id,
        "RefundHeaderId": refund.header_id,
        "Status": status(line.status),
        "RefundedUnit": line.refunded_unit,
        "IsShippingRefund": line.refunded_unit == "Shipping",
        "IsAdditionalRefund": line.refunded_unit == "Additional",
        "IsCancellation": false,
        "RefundedItem": refunded_item,
        "ValidationError": wrong,
        "Error": last,
        "Errors": errors,
        "Actioned": line.actioned_date.is_some(),
        "ActionedDate": line.actioned_date,
        "ChannelInitiated": refund.channel_initiated,
        "Internal": true,
        "Deleted": false,
        "ExternalReference": refund.external_reference,
        "IsFreeText": line.reason_tag.is_empty(),
        "FreeTextOrNote": line.free_text_or_note,
        "Amount": line.amount,
        "Quantity": line.quantity,
        "ReasonTag": line.reason_tag,
        "SubReasonTag": line.sub_reason_tag,
        "ReasonCategory": line.reason_category,
    })
}

/// Reasons that the channel of an order knows for this purpose.
pub(super) fn reasons(account: &Account, order: Option<&Order>, kind: &str) -> Vec<Value> {
    let source = order.map_or("", |order| &order.general_info.source);
    let fitting = account
        .after_sales
        .channel_reasons
        .iter()
        .filter(|reason| reason.source.is_empty() || reason.source.eq_ignore_ascii_case(source))
        .filter(|reason| reason.types.is_empty() || reason.types == kind);
    fitting
        .map(|reason| json!({ "Types": kind, "Tag": reason.tag, "DisplayName": reason.display_name, "SubReasons": [] }))
        .collect()
}

/// The refund's row of a line, as a text to look for.
pub(super) fn row_text(row: Option<Uuid>) -> String {
    row.map(|row| row.to_string()).unwrap_or_default()
}
