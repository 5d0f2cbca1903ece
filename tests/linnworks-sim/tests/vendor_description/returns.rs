//! Plausible requests about returns and refunds.

use super::requests::{
    PROCESSED, RETURNED,
    Request::{self, Json, Query},
    nothing, query,
};
use linnworks_sim::state::{Account, PostSale, Refund, RefundLine, Rma, RmaKind, RmaLine, Stamp};
use serde_json::{Value, json};
use uuid::Uuid;

/// Every endpoint that has a row in [`plausible`].
pub(crate) const PATHS: &[&str] = &[
    "ProcessedOrders/AddReturnCategory",
    "ProcessedOrders/CheckOrderFullyReturned",
    "ProcessedOrders/CreateExchange",
    "ProcessedOrders/CreateFullResend",
    "ProcessedOrders/CreateResend",
    "ProcessedOrders/DeleteReturnCategory",
    "ProcessedOrders/GetChannelRefundReasons",
    "ProcessedOrders/GetProcessedAuditTrail",
    "ProcessedOrders/GetProcessedRelatives",
    "ProcessedOrders/GetRefunds",
    "ProcessedOrders/GetReturnCategories",
    "ProcessedOrders/GetReturnItemsInfo",
    "ProcessedOrders/GetReturnOrderInfo",
    "ProcessedOrders/GetReturnsExchanges",
    "ProcessedOrders/GetTotalRefunds",
    "ProcessedOrders/RenameReturnCategory",
    "ReturnsRefunds/AcknowledgeRMAErrors",
    "ReturnsRefunds/AcknowledgeRefundErrors",
    "ReturnsRefunds/ActionBookedOrder",
    "ReturnsRefunds/ActionRMABooking",
    "ReturnsRefunds/ActionRefund",
    "ReturnsRefunds/CreateRMABooking",
    "ReturnsRefunds/CreateRefund",
    "ReturnsRefunds/DeleteBookedItem",
    "ReturnsRefunds/DeleteBookedOrder",
    "ReturnsRefunds/DeleteRMA",
    "ReturnsRefunds/DeleteRefund",
    "ReturnsRefunds/EditBookedItemInfo",
    "ReturnsRefunds/GetActionableRMAHeaders",
    "ReturnsRefunds/GetActionableRefundHeaders",
    "ReturnsRefunds/GetBookedReturnsExchangeOrders",
    "ReturnsRefunds/GetProcessedOrAckedErrorRMAHeaders",
    "ReturnsRefunds/GetProcessedOrAckedErrorRefundHeaders",
    "ReturnsRefunds/GetRMAHeadersByOrderId",
    "ReturnsRefunds/GetRefundHeadersByOrderId",
    "ReturnsRefunds/GetRefundLinesByHeaderId",
    "ReturnsRefunds/GetRefundOptions",
    "ReturnsRefunds/GetReturnOptions",
    "ReturnsRefunds/GetSearchTypes",
    "ReturnsRefunds/GetTotalRefunds",
    "ReturnsRefunds/GetWarehouseLocations",
    "ReturnsRefunds/SearchReturnsRefundsPaged",
    "ReturnsRefunds/UpdateRMABooking",
    "ReturnsRefunds/UpdateRefund",
];

/// An open and a closed RMA, an open and a closed refund, for the order at [`RETURNED`].
pub(crate) fn seed(account: &mut Account, now: Stamp) {
    let order = account.orders.iter().nth(RETURNED).cloned().unwrap();
    let row = order.items[0].row_id;
    for (place, status) in [PostSale::Open, PostSale::Processed].into_iter().enumerate() {
        let kinds = [RmaKind::Return, RmaKind::Exchange, RmaKind::Resend];
        let lines = kinds.into_iter().map(|kind| RmaLine {
            kind,
            status,
            order_item_row_id: row,
            return_quantity: 1,
            exchange_quantity: 1,
            resend_quantity: 1,
            refund_amount: 2.5,
            exchange_stock_item_id: (kind == RmaKind::Exchange).then_some(order.items[0].stock_item_id),
            actioned_date: status.is_closed().then_some(now),
            ..RmaLine::default()
        });
        account.after_sales.put_rma(Rma {
            order_id: order.order_id,
            external_reference: format!("R-{place}"),
            created_date: now,
            lines: lines.collect(),
            ..Rma::default()
        });
        let line = RefundLine {
            refund_row_id: Uuid::from_u128(0x7000_8000_0000_0000_0000 + place as u128),
            refunded_unit: "Item".to_owned(),
            status,
            order_item_row_id: Some(row),
            amount: 1.5,
            quantity: 1,
            ..RefundLine::default()
        };
        let refund = Refund { order_id: order.order_id, created_date: now, lines: vec![line], ..Refund::default() };
        account.after_sales.put_refund(refund);
    }
    account.after_sales.return_categories =
        vec![linnworks_sim::state::ReturnCategory { id: 1, category_name: "Faulty".to_owned() }];
    account.after_sales.channel_reasons = vec![linnworks_sim::state::ChannelReason {
        tag: "not-as-described".to_owned(),
        display_name: "Not as described".to_owned(),
        ..linnworks_sim::state::ChannelReason::default()
    }];
}

fn wrapped(request: Value) -> Vec<Request> {
    vec![Json(json!({ "request": request }))]
}

/// The requests for an endpoint; none for one that has no row.
pub(crate) fn plausible(path: &str, account: &Account) -> Vec<Request> {
    let sold = account.orders.iter().nth(PROCESSED).unwrap();
    let back = account.orders.iter().nth(RETURNED).unwrap();
    let (sold_id, id, row) = (sold.order_id, back.order_id, sold.items[0].row_id);
    let default = Uuid::nil();
    let rma = &account.after_sales.rmas[0];
    let refund = &account.after_sales.refunds[0];
    let header = json!({ "RMAHeaderId": rma.header_id, "OrderId": id });
    match path {
        "ProcessedOrders/AddReturnCategory" => vec![Json(json!({ "categoryName": "Too small" }))],
        "ProcessedOrders/RenameReturnCategory" => vec![Json(json!({ "pkItemId": 1, "newName": "Broken" }))],
        "ProcessedOrders/DeleteReturnCategory" => vec![Json(json!({ "pkItemId": 1 }))],
        "ProcessedOrders/CreateExchange" => vec![Json(json!({ "pkOrderId": sold_id, "exchangeItems": [{
            "OrderItemRowId": row, "Qty": 1, "ScrapQty": 0, "Refund": 0.0, "AdditionalCost": 0.0,
            "NewStockItemId": sold.items[0].stock_item_id, "NewQty": 1 }], "despatchLocation": default,
            "returnLocation": default, "channelReason": "", "channelSubReason": "", "category": "Faulty",
            "reason": "Broken", "isBooking": false, "ignoredValidation": false }))],
        "ProcessedOrders/CreateFullResend" => vec![Json(json!({ "pkOrderId": sold_id, "despatchLocation": default,
            "category": "Lost", "reason": "Lost", "additionalCost": 0.0 }))],
        "ProcessedOrders/CreateResend" => vec![Json(json!({ "pkOrderId": sold_id, "resendItems": [{
            "OrderItemRowId": row, "Qty": 1 }], "despatchLocation": default, "category": "Lost", "reason": "Lost",
            "additionalCost": 0.0 }))],
        "ProcessedOrders/GetReturnCategories" => vec![nothing()],
        "ProcessedOrders/GetTotalRefunds" => {
            vec![Query(vec![("pkOrderId", id.to_string()), ("includeBookings", "true".to_owned())])]
        }
        "ProcessedOrders/CheckOrderFullyReturned"
        | "ProcessedOrders/GetChannelRefundReasons"
        | "ProcessedOrders/GetProcessedAuditTrail"
        | "ProcessedOrders/GetProcessedRelatives"
        | "ProcessedOrders/GetRefunds"
        | "ProcessedOrders/GetReturnItemsInfo"
        | "ProcessedOrders/GetReturnOrderInfo"
        | "ProcessedOrders/GetReturnsExchanges" => vec![query("pkOrderId", id), query("pkOrderId", sold_id)],
        "ReturnsRefunds/AcknowledgeRMAErrors" => {
            wrapped(json!({ "RMAHeaderId": rma.header_id, "RMARowIds": [1], "AcknowledgeAllErrors": false }))
        }
        "ReturnsRefunds/AcknowledgeRefundErrors" => wrapped(json!({ "RefundHeaderId": refund.header_id,
            "RefundRowIds": [refund.lines[0].refund_row_id], "AcknowledgeAllErrors": false })),
        "ReturnsRefunds/ActionBookedOrder" => vec![Json(json!({ "pkOrderId": id, "bookedItems": [] }))],
        "ReturnsRefunds/ActionRMABooking" => wrapped(header),
        "ReturnsRefunds/ActionRefund" => wrapped(json!({ "RefundHeaderId": refund.header_id, "OrderId": id })),
        "ReturnsRefunds/CreateRMABooking" => {
            let line = |quantity: i32| {
                json!({ "OrderItemRowId": row, "ReturnLocation": default, "ReturnQuantity": quantity,
                    "ScrapQuantity": 0, "RefundAmount": 1.5, "ReasonCategory": "Unwanted item", "Reason": "Returned" })
            };
            let booking = |quantity: i32| {
                json!({ "request": { "ChannelInitiated": false, "OrderId": sold_id, "Reference": "77",
                    "ReturnItems": [line(quantity)], "ExchangeItems": [], "ResendItems": [] } })
            };
            // Booked, and rejected with the texts in the answer.
            vec![Json(booking(1)), Json(booking(1000))]
        }
        "ReturnsRefunds/CreateRefund" => wrapped(json!({ "ChannelInitiated": false, "OrderId": sold_id,
            "RefundLines": [{ "OrderItemRowId": row, "RefundedUnit": "Item", "Amount": 1.5, "Quantity": 1,
            "FreeTextOrNote": "Broken", "ReasonTag": "", "SubReasonTag": "" }] })),
        "ReturnsRefunds/DeleteBookedItem" => vec![Json(json!({ "pkOrderId": id, "pkReturnId": 1 }))],
        "ReturnsRefunds/DeleteBookedOrder" => vec![Json(json!({ "pkOrderId": id }))],
        "ReturnsRefunds/DeleteRMA" => {
            wrapped(json!({ "RMAHeaderId": rma.header_id, "ReasonTag": "", "RejectOnChannel": false }))
        }
        "ReturnsRefunds/DeleteRefund" => {
            wrapped(json!({ "RefundHeaderId": refund.header_id, "ReasonTag": "", "RejectOnChannel": false }))
        }
        "ReturnsRefunds/EditBookedItemInfo" => vec![Json(json!({ "pkOrderId": id, "bookedReturnsExchangeItem": {
            "pkReturnId": 1, "ReturnQty": 1, "Reason": "Broken", "fkReturnLocationId": default } }))],
        "ReturnsRefunds/GetActionableRMAHeaders"
        | "ReturnsRefunds/GetActionableRefundHeaders"
        | "ReturnsRefunds/GetProcessedOrAckedErrorRMAHeaders"
        | "ReturnsRefunds/GetProcessedOrAckedErrorRefundHeaders" => {
            wrapped(json!({ "Page": 1, "Filters": { "Type": "ORDER_ID", "Value": id } }))
        }
        "ReturnsRefunds/GetRMAHeadersByOrderId" | "ReturnsRefunds/GetRefundHeadersByOrderId" => {
            wrapped(json!({ "OrderId": id }))
        }
        "ReturnsRefunds/GetRefundLinesByHeaderId" => {
            wrapped(json!({ "RefundHeaderId": refund.header_id, "OrderId": id }))
        }
        "ReturnsRefunds/GetRefundOptions" => wrapped(json!({ "RefundHeaderId": refund.header_id, "OrderId": id })),
        "ReturnsRefunds/GetReturnOptions" => wrapped(header),
        "ReturnsRefunds/GetSearchTypes" => vec![query("historyType", "RETURNS")],
        "ReturnsRefunds/GetTotalRefunds" => vec![query("fkOrderId", id)],
        "ReturnsRefunds/GetBookedReturnsExchangeOrders" | "ReturnsRefunds/GetWarehouseLocations" => vec![nothing()],
        "ReturnsRefunds/SearchReturnsRefundsPaged" => ["RETURNS", "REFUNDS"]
            .into_iter()
            .map(|kind| {
                Query(vec![
                    ("from", "2026-01-01T00:00:00Z".to_owned()),
                    ("to", "2026-12-31T00:00:00Z".to_owned()),
                    ("dateType", "ALLDATES".to_owned()),
                    ("exactMatch", "false".to_owned()),
                    ("searchTerm", String::new()),
                    ("pageNum", "1".to_owned()),
                    ("numEntriesPerPage", "20".to_owned()),
                    ("historyType", kind.to_owned()),
                ])
            })
            .collect(),
        "ReturnsRefunds/UpdateRMABooking" => wrapped(json!({ "OrderId": id, "RMAHeaderId": rma.header_id,
            "ReturnItems": [{ "RMARowId": rma.lines[0].row_id, "ReturnQuantity": 1, "ReturnLocation": default,
            "ScrapQuantity": 1, "Reason": "Broken" }], "ExchangeItems": [], "ResendItems": [],
            "AllowCreationOfNewOrder": false })),
        "ReturnsRefunds/UpdateRefund" => wrapped(json!({ "RefundHeaderId": refund.header_id, "OrderId": id,
            "RefundLines": [{ "RefundRowId": refund.lines[0].refund_row_id, "Amount": 2.0 }] })),
        _ => Vec::new(),
    }
}
