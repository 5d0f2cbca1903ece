//! Making, changing, actioning, acknowledging and deleting refunds.

use super::{answer, number, view};
use crate::{
    endpoints::{Call, Endpoint},
    http::{
        bind::Wrapper,
        params::Params,
        reply::{ApiError, Reply},
    },
    rules::returns::find_line,
    state::{PostSale, PostSaleError, Refund, RefundLine},
};
use serde_json::{Value, json};

const REQUEST: Wrapper = Wrapper::Wrapped("request");

pub(super) const TABLE: &[Endpoint] = &[
    Endpoint::write("ReturnsRefunds/CreateRefund", 150, REQUEST, create),
    Endpoint::write("ReturnsRefunds/UpdateRefund", 150, REQUEST, update),
    Endpoint::write("ReturnsRefunds/ActionRefund", 150, REQUEST, act),
    Endpoint::write("ReturnsRefunds/AcknowledgeRefundErrors", 150, REQUEST, acknowledge),
    Endpoint::write("ReturnsRefunds/DeleteRefund", 150, REQUEST, delete),
    Endpoint::get("ReturnsRefunds/GetTotalRefunds", 150, total),
];

fn create(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let order_id = call.params.need_guid("OrderId")?;
    let rows = call.params.objects("RefundLines")?.unwrap_or_default();
    let order = call.account.orders.get(order_id).cloned();
    let reason = match &order {
        None => "MissingOrderInLinnworks",
        Some(order) if order.is_open() => "OpenOrderInLinnworks",
        Some(_) if rows.is_empty() => "NoNewRefundsSpecified",
        Some(_) => "None",
    };
    let header = call.account.after_sales.last_refund_header + 1;
    let number = order.as_ref().map_or(0, |order| order.num_order_id);
    let mut refund = Refund {
        header_id: header,
        order_id,
        external_reference: format!("REFUND{number}-{header}"),
        channel_initiated: call.params.boolean("ChannelInitiated")?.unwrap_or_default(),
        created_date: call.now,
        ..Refund::default()
    };
    let mut errors = Vec::new();
    if reason != "None" {
        errors.push(format!("The order can not be refunded: {reason}"));
    }
    for row in rows {
        let mut line = RefundLine {
            refunded_unit: row.text("RefundedUnit").unwrap_or_else(|| "Item".to_owned()),
            order_item_row_id: row.guid("OrderItemRowId")?.filter(|id| !id.is_nil()),
            return_row_id: row.int("ReturnRowId")?.and_then(|row| i32::try_from(row).ok()).filter(|row| *row != 0),
            ..RefundLine::default()
        };
        fill(&mut line, &row)?;
        let known = line
            .order_item_row_id
            .is_none_or(|row| order.as_ref().is_some_and(|order| find_line(order, row).is_some()));
        if !known {
            errors
                .push(format!("Order {number} has no item with the row id {}", view::row_text(line.order_item_row_id)));
        }
        if line.amount <= 0.0 {
            errors.push("The amount of a refund must be above 0".to_owned());
        }
        refund.lines.push(line);
    }
    if errors.is_empty() {
        for line in &mut refund.lines {
            line.refund_row_id = call.account.new_id();
        }
        call.account.after_sales.put_refund(refund.clone());
        call.account.audit(order_id, call.now, call.user, "REFUND_CREATED", format!("Refund {header} created"));
    } else {
        refund.header_id = 0;
    }
    shown(call, &refund, reason, errors, None)
}

/// What may change in a line of a refund.
fn fill(line: &mut RefundLine, row: &Params) -> Result<(), ApiError> {
    if let Some(amount) = row.number("Amount")? {
        line.amount = amount;
    }
    if let Some(quantity) = row.int("Quantity")?.and_then(|quantity| i32::try_from(quantity).ok()) {
        line.quantity = quantity;
    }
    for (name, place) in [
        ("FreeTextOrNote", &mut line.free_text_or_note),
        ("ReasonTag", &mut line.reason_tag),
        ("SubReasonTag", &mut line.sub_reason_tag),
        ("ReasonCategory", &mut line.reason_category),
    ] {
        if let Some(text) = row.text(name) {
            *place = text;
        }
    }
    Ok(())
}

fn known(call: &Call<'_>) -> Result<Refund, ApiError> {
    let (header, order) = (number(call, "RefundHeaderId")?, call.params.guid("OrderId")?);
    let found = call.account.after_sales.refund(header).filter(|refund| order.is_none_or(|id| id == refund.order_id));
    found.cloned().ok_or_else(|| ApiError::refused(format!("Refund {header} does not exist")))
}

fn update(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let mut refund = known(call)?;
    let mut errors = Vec::new();
    for row in call.params.objects("RefundLines")?.unwrap_or_default() {
        let id = row.need_guid("RefundRowId")?;
        let Some(at) = refund.lines.iter().position(|line| line.refund_row_id == id && !line.status.is_closed()) else {
            errors.push(format!("Refund {} has no open line {id}", refund.header_id));
            continue;
        };
        if row.boolean("RemoveFromRefund")?.unwrap_or_default() {
            refund.lines.remove(at);
        } else if let Some(line) = refund.lines.get_mut(at) {
            fill(line, &row)?;
        }
    }
    if errors.is_empty() {
        refund.last_action_date = Some(call.now);
        call.account.after_sales.put_refund(refund.clone());
    }
    shown(call, &refund, "None", errors, None)
}

fn act(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let mut refund = known(call)?;
    if refund.lines.iter().all(|line| line.status.is_closed()) {
        let error = format!("Refund {} was actioned already", refund.header_id);
        return shown(call, &refund, "None", vec![error], Some(false));
    }
    let mut errors = Vec::new();
    for line in refund.lines.iter_mut().filter(|line| !line.status.is_closed()) {
        match &call.config.returns.channel_refuses {
            Some(text) => {
                line.status = PostSale::Error;
                let error_message = text.clone();
                line.errors.push(PostSaleError { error_message, date_stamp: call.now, acknowledged: false });
                errors.push(text.clone());
            }
            None => {
                line.status = PostSale::Processed;
                line.actioned_date = Some(call.now);
            }
        }
    }
    refund.last_action_date = Some(call.now);
    call.account.after_sales.put_refund(refund.clone());
    let (header, order) = (refund.header_id, refund.order_id);
    call.account.audit(order, call.now, call.user, "REFUND_ACTIONED", format!("Refund {header} actioned"));
    let done = errors.is_empty();
    shown(call, &refund, "None", errors, Some(done))
}

fn acknowledge(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let mut refund = known(call)?;
    let all = call.params.boolean("AcknowledgeAllErrors")?.unwrap_or_default();
    let rows = call.params.guids("RefundRowIds")?.unwrap_or_default();
    for line in refund.lines.iter_mut().filter(|line| line.status == PostSale::Error) {
        if all || rows.contains(&line.refund_row_id) {
            line.status = PostSale::ErrorAcked;
            line.errors.iter_mut().for_each(|error| error.acknowledged = true);
        }
    }
    call.account.after_sales.put_refund(refund.clone());
    let mut body = body(call, &refund, "None", Vec::new());
    let whole = refund.status() == PostSale::ErrorAcked;
    crate::state::render::put(&mut body, &["EntireRefundHeaderSetToErrorAcked"], Value::Bool(whole));
    answer(body, call)
}

fn delete(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let mut refund = known(call)?;
    refund.lines.retain(|line| line.status.is_closed());
    if refund.lines.is_empty() {
        call.account.after_sales.refunds.retain(|other| other.header_id != refund.header_id);
    } else {
        call.account.after_sales.put_refund(refund);
    }
    answer(json!({}), call)
}

fn body(call: &Call<'_>, refund: &Refund, reason: &str, errors: Vec<String>) -> Value {
    json!({
        "RefundHeaderId": refund.header_id,
        "RefundReference": refund.external_reference,
        "Status": view::status(refund.status()),
        "CannotRefundReason": reason,
        "Errors": errors,
        "RefundLines": view::refund_lines(refund, call.account),
    })
}

fn shown(
    call: &Call<'_>,
    refund: &Refund,
    reason: &str,
    errors: Vec<String>,
    actioned: Option<bool>,
) -> Result<Reply, ApiError> {
    let mut body = body(call, refund, reason, errors);
    if let Some(done) = actioned {
        crate::state::render::put(&mut body, &["SuccessfullyActioned"], Value::Bool(done));
    }
    answer(body, call)
}

/// What of an order can still be refunded.
fn total(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("fkOrderId")?;
    let charge = call.account.orders.get(id).map_or(0.0, |order| order.totals_info.total_charge);
    let refunded: f64 =
        call.account.after_sales.refunds_of(id).flat_map(|refund| &refund.lines).map(|line| line.amount).sum();
    Reply::json(&crate::state::render::rounded((charge - refunded).max(0.0), 2), call.config)
}
