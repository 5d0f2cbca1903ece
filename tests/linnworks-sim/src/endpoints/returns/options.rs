//! What may be returned and refunded, and with which reasons.

use super::{answer, view};
use crate::{
    endpoints::{Call, Endpoint, view::OrderDetails},
    http::{
        bind::Wrapper,
        reply::{ApiError, Reply},
    },
    rules::returns::cannot_return,
    state::{Refund, render},
};
use serde_json::{Value, json};
use uuid::Uuid;

const REQUEST: Wrapper = Wrapper::Wrapped("request");

pub(super) const TABLE: &[Endpoint] = &[
    Endpoint::read("ReturnsRefunds/GetReturnOptions", 150, REQUEST, return_options),
    Endpoint::read("ReturnsRefunds/GetRefundOptions", 150, REQUEST, refund_options_of_order),
    Endpoint::get("ReturnsRefunds/GetWarehouseLocations", 150, locations),
];

fn return_options(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("OrderId")?;
    let header = call.params.int("RMAHeaderId")?.and_then(|header| i32::try_from(header).ok());
    let reason = cannot_return(call.account, id, call.config);
    let order = call.account.orders.get(id);
    let existing: Vec<Value> =
        call.account.after_sales.rmas_of(id).flat_map(|rma| view::rma_lines(rma, call.account)).collect();
    let rma = header.and_then(|header| call.account.after_sales.rma(header)).filter(|rma| rma.order_id == id);
    let options = json!({
        "CanSendRejectionIfDeleted": false,
        "CanReturn": reason.is_none(),
        "CanReturnInternally": reason.is_none(),
        "MustHaveRefund": false,
        "RefundAutoPopulated": false,
        "CanHaveRefund": reason.is_none(),
        "ReturnReasons": view::reasons(call.account, order, "ItemReturn"),
        "RejectionReasons": view::reasons(call.account, order, "RejectReturn"),
        "SubStatuses": [],
        "RefundOptions": refund_options(call, id, None),
        "CannotReturnReason": reason.unwrap_or("None"),
        "Order": details(call, id),
        "RMAHeader": rma.map(|rma| view::rma(rma, call.account)),
        "AllExistingRMAs": existing,
        "Errors": [],
        "Info": [],
    });
    answer(json!({ "ReturnOptions": options }), call)
}

fn refund_options_of_order(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("OrderId")?;
    let header = call.params.int("RefundHeaderId")?.and_then(|header| i32::try_from(header).ok());
    let known = header.and_then(|header| call.account.after_sales.refund(header)).filter(|row| row.order_id == id);
    answer(json!({ "RefundOptions": refund_options(call, id, known) }), call)
}

/// The order is shown only where refunds are asked for by themselves: within return options it stands beside them.
pub(super) fn refund_options(call: &Call<'_>, id: Uuid, header: Option<&Refund>) -> Value {
    let order = call.account.orders.get(id);
    let reason = match order {
        None => "MissingOrderInLinnworks",
        Some(order) if order.is_open() => "OpenOrderInLinnworks",
        Some(_) => "None",
    };
    let can = reason == "None";
    let refunded: f64 =
        call.account.after_sales.refunds_of(id).flat_map(|refund| &refund.lines).map(|line| line.amount).sum();
    let left = order.map_or(0.0, |order| order.totals_info.total_charge) - refunded > 0.004;
    let existing: Vec<Value> =
        call.account.after_sales.refunds_of(id).flat_map(|refund| view::refund_lines(refund, call.account)).collect();
    json!({
        "CanSendRejectionIfDeleted": false,
        "CanRefund": can && left,
        "CanRefundInternally": can && left,
        "CanRefundItems": can && left,
        "CanRefundServices": can && left,
        "CanRefundShipping": can && left,
        "CanRefundShippingIndependently": can && left,
        "CanRefundAdditionally": can,
        "CanRefundFreeText": can,
        "CanInsufficientRefundFreeText": can,
        "RefundFreeTextOrNoteMaxLength": 255,
        "SubStatuses": [],
        "InsufficientRefundReasons": view::reasons(call.account, order, "InsufficientRefund"),
        "ItemRefundReasons": view::reasons(call.account, order, "ItemRefund"),
        "ServiceRefundReasons": view::reasons(call.account, order, "ServiceRefund"),
        "ShippingRefundReasons": view::reasons(call.account, order, "ShippingRefund"),
        "ItemizedRefundReasons": [],
        "RejectionReasons": view::reasons(call.account, order, "RejectRefund"),
        "CannotRefundReason": if can && !left { "OrderIsFullyRefundedInLinnworks" } else { reason },
        "RefundHeader": header.map(|header| view::refund(header, call.account)),
        "AllExistingRefunds": existing,
        "Errors": [],
    })
}

/// An order inside a hand-made answer, with nulls and money as configured.
fn details(call: &Call<'_>, id: Uuid) -> Option<Value> {
    let order = call.account.orders.get(id)?;
    let shown = OrderDetails::new(order, call.account, call.config);
    let text = render::to_json(&shown, call.config.null_mode, call.config.float_noise).ok()?;
    serde_json::from_slice(&text).ok()
}

fn locations(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let rows: Vec<Value> = call
        .account
        .locations
        .iter()
        .map(|place| json!({ "LocationName": place.location_name, "pkStockLocationId": place.stock_location_id }))
        .collect();
    answer(Value::Array(rows), call)
}
