//! Booking, changing, actioning, acknowledging and deleting RMAs.

use super::{answer, number, view};
use crate::{
    endpoints::{Call, Endpoint},
    http::{
        bind::Wrapper,
        params::Params,
        reply::{ApiError, Reply},
    },
    rules::returns::{Rejected, SentLine, action, book, delete, update},
    state::{PostSale, Rma, RmaKind, RmaLine},
};
use serde_json::{Value, json};
use uuid::Uuid;

const REQUEST: Wrapper = Wrapper::Wrapped("request");

pub(super) const TABLE: &[Endpoint] = &[
    Endpoint::write("ReturnsRefunds/CreateRMABooking", 150, REQUEST, create),
    Endpoint::write("ReturnsRefunds/UpdateRMABooking", 150, REQUEST, change),
    Endpoint::write("ReturnsRefunds/ActionRMABooking", 150, REQUEST, act),
    Endpoint::write("ReturnsRefunds/AcknowledgeRMAErrors", 150, REQUEST, acknowledge),
    Endpoint::write("ReturnsRefunds/DeleteRMA", 150, REQUEST, remove),
];

fn create(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let order_id = call.params.need_guid("OrderId")?;
    let lines = sent(call)?;
    let reference = call.params.text("Reference");
    let by_channel = call.params.boolean("ChannelInitiated")?.unwrap_or_default();
    match book(call.account, order_id, &lines, reference, by_channel, call.config, call.now, call.user) {
        Ok(header) => booked(call, header),
        Err(rejected) => reject(call, 0, order_id, &rejected),
    }
}

fn change(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let (header, order_id) = (number(call, "RMAHeaderId")?, call.params.need_guid("OrderId")?);
    let lines = sent(call)?;
    match update(call.account, header, order_id, &lines, call.config, call.now, call.user) {
        Ok(()) => booked(call, header),
        Err(rejected) => reject(call, header, order_id, &rejected),
    }
}

fn booked(call: &Call<'_>, header: i32) -> Result<Reply, ApiError> {
    let items = call.account.after_sales.rma(header).map(|rma| view::rma_lines(rma, call.account)).unwrap_or_default();
    answer(json!({ "RMAHeaderId": header, "Items": items, "Errors": [], "Info": [] }), call)
}

fn reject(call: &Call<'_>, header: i32, order_id: Uuid, rejected: &Rejected) -> Result<Reply, ApiError> {
    if call.config.returns.rejected_status != 200 {
        let message = rejected.errors.join("; ");
        return Err(ApiError { status: call.config.returns.rejected_status, ..ApiError::refused(message) });
    }
    let order = call.account.orders.get(order_id);
    let shown = Rma { header_id: header, order_id, created_date: call.now, ..Rma::default() };
    let items: Vec<Value> = rejected
        .lines
        .iter()
        .map(|(line, wrong)| view::rma_line(line, &shown, order, call.account, wrong.as_deref()))
        .collect();
    answer(json!({ "RMAHeaderId": header, "Items": items, "Errors": rejected.errors, "Info": [] }), call)
}

fn act(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let (header, order_id) = (number(call, "RMAHeaderId")?, call.params.need_guid("OrderId")?);
    let with_form = call.params.object("Request").is_some();
    let outcome = action(call.account, header, order_id, with_form, call.config, call.now, call.user);
    let (refund, done, errors) = match outcome {
        Ok(done) => (done.refund_header, done.done, done.errors),
        Err(error) if call.config.returns.rejected_status != 200 => {
            return Err(ApiError { status: call.config.returns.rejected_status, ..ApiError::refused(error) });
        }
        Err(error) => (None, false, vec![error]),
    };
    let known = call.account.after_sales.rma(header).filter(|rma| rma.order_id == order_id);
    let body = json!({
        "RefundHeaderId": refund,
        "Status": known.map(|rma| view::status(rma.status())),
        "SuccessfullyActioned": done,
        "RMAHeaderId": header,
        "Items": known.map(|rma| view::rma_lines(rma, call.account)).unwrap_or_default(),
        "Errors": errors,
        "Info": [],
    });
    answer(body, call)
}

fn acknowledge(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let header = number(call, "RMAHeaderId")?;
    let all = call.params.boolean("AcknowledgeAllErrors")?.unwrap_or_default();
    let rows: Vec<i64> = call.params.list("RMARowIds")?.unwrap_or_default().iter().filter_map(Value::as_i64).collect();
    let Some(mut rma) = call.account.after_sales.rma(header).cloned() else {
        let errors = [format!("RMA {header} does not exist")];
        return answer(
            json!({ "EntireRMAHeaderSetToErrorAcked": false, "RMAHeaderId": header, "Items": [],
            "Errors": errors, "Info": [] }),
            call,
        );
    };
    for line in rma.lines.iter_mut().filter(|line| line.status == PostSale::Error) {
        if all || rows.contains(&i64::from(line.row_id)) {
            line.status = PostSale::ErrorAcked;
            line.errors.iter_mut().for_each(|error| error.acknowledged = true);
        }
    }
    rma.last_action_date = Some(call.now);
    let whole = rma.status() == PostSale::ErrorAcked;
    call.account.after_sales.put_rma(rma.clone());
    let items = view::rma_lines(&rma, call.account);
    let body = json!({ "EntireRMAHeaderSetToErrorAcked": whole, "RMAHeaderId": header, "Items": items, "Errors": [],
        "Info": [] });
    answer(body, call)
}

/// The answer has no members.
fn remove(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let header = number(call, "RMAHeaderId")?;
    if !delete(call.account, header, call.now, call.user) {
        return Err(ApiError::refused(format!("RMA {header} does not exist")));
    }
    answer(json!({}), call)
}

/// The lines that a booking sends, in the sequence returns, exchanges, resends.
fn sent(call: &Call<'_>) -> Result<Vec<SentLine>, ApiError> {
    let mut lines = Vec::new();
    for (name, kind) in
        [("ReturnItems", RmaKind::Return), ("ExchangeItems", RmaKind::Exchange), ("ResendItems", RmaKind::Resend)]
    {
        let Some(rows) = call.params.objects(name)? else {
            if call.config.returns.empty_lists_required {
                return Err(ApiError::invalid());
            }
            continue;
        };
        for row in rows {
            lines.push(SentLine {
                line: line(&row, kind)?,
                remove: row.boolean("RemoveFromBooking")?.unwrap_or_default(),
            });
        }
    }
    Ok(lines)
}

fn line(row: &Params, kind: RmaKind) -> Result<RmaLine, ApiError> {
    let int = |name: &str| -> Result<i32, ApiError> {
        Ok(row.int(name)?.and_then(|number| i32::try_from(number).ok()).unwrap_or_default())
    };
    let text = |name: &str| row.text(name).unwrap_or_default();
    Ok(RmaLine {
        row_id: int("RMARowId")?,
        kind,
        order_item_row_id: row.guid("OrderItemRowId")?.unwrap_or_default(),
        return_location: row.location("ReturnLocation")?,
        return_quantity: int("ReturnQuantity")?,
        scrap_quantity: int("ScrapQuantity")?,
        batch_inventory_id: Some(int("BatchInventoryId")?).filter(|id| *id != 0),
        refund_amount: row.number("RefundAmount")?.unwrap_or_default(),
        reason_category: text("ReasonCategory"),
        reason: text("Reason"),
        reason_tag: text("ReasonTag"),
        sub_reason_tag: text("SubReasonTag"),
        binrack_override: text("BinrackOverride"),
        exchange_stock_item_id: row.guid("ExchangeStockItemId")?.filter(|id| !id.is_nil()),
        exchange_quantity: int("ExchangeQuantity")?,
        resend_quantity: int("ResendQuantity")?,
        despatch_location_id: row.location("DespatchLocationId")?,
        additional_cost: row.number("AdditionalCost")?.unwrap_or_default(),
        ..RmaLine::default()
    })
}
