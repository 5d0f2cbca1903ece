//! Processing (despatching) orders: the four calls and the assignment of batches (3.1 to 3.3).

use super::{Call, Endpoint};
use crate::state::render::put;
use crate::{
    config::Refusal,
    http::{
        bind::Wrapper,
        reply::{ApiError, Reply},
    },
    rules::{
        processing::{Obstacle, Vouched, must_be_scanned, passable, process},
        stock::goods,
    },
    state::{BinRack, Order, OrderItem},
};
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) const TABLE: &[Endpoint] = &[
    Endpoint::write("Orders/ProcessOrder", 250, Wrapper::Flat, one),
    Endpoint::write("Orders/ProcessOrdersInBatch", 250, Wrapper::Flat, many),
    Endpoint::write("Orders/ProcessFulfilmentCentreOrder", 250, Wrapper::Flat, centre),
    Endpoint::write("Orders/ProcessOrderByOrderOrReferenceId", 150, Wrapper::Wrapped("request"), by_reference),
    Endpoint::write("Orders/ProcessOrder_RequiredBatchScans", 150, Wrapper::Flat, batch_scans),
];

fn attempt(call: &mut Call<'_>, id: Uuid, vouched: Vouched) -> Result<(), Obstacle> {
    process(call.account, id, vouched, call.config, call.now, call.user)
}

/// Success has no `Error` where nulls are left out.
fn result(call: &Call<'_>, id: Uuid, outcome: Result<(), Obstacle>) -> Value {
    let mut row = json!({ "OrderId": id, "Processed": outcome.is_ok() });
    match outcome {
        Err(obstacle) => put(&mut row, &["Error"], Value::String(obstacle.text())),
        Ok(()) if call.config.null_mode == crate::config::NullMode::Include => put(&mut row, &["Error"], Value::Null),
        Ok(()) => {}
    }
    row
}

fn answer(call: &Call<'_>, id: Uuid, outcome: Result<(), Obstacle>) -> Result<Reply, ApiError> {
    match outcome {
        Err(obstacle) if call.config.refusal == Refusal::Hard => Err(ApiError::refused(obstacle.text())),
        outcome => Reply::json(&result(call, id, outcome), call.config),
    }
}

fn one(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("orderId")?;
    let scanned = call.params.boolean("scanPerformed")?.unwrap_or_default();
    let outcome = attempt(call, id, Vouched { scanned, ..Vouched::default() });
    answer(call, id, outcome)
}

/// Each order by itself: some may be processed and others not. Where refusals are hard, one is enough for all.
fn many(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let ids = call.params.need_guids("ordersIds")?;
    if call.config.refusal == Refusal::Hard {
        let all = ids.iter().try_for_each(|id| passable(call.account, *id, Vouched::default(), call.config));
        all.map_err(|obstacle| ApiError::refused(obstacle.text()))?;
    }
    let mut rows = Vec::new();
    for id in ids {
        let outcome = attempt(call, id, Vouched::default());
        rows.push(result(call, id, outcome));
    }
    Reply::json(&rows, call.config)
}

fn centre(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("orderId")?;
    let outcome = attempt(call, id, Vouched { scanned: true, notes_acknowledged: true, as_centre: true });
    answer(call, id, outcome)
}

/// Answers with a state that machines can read.
fn by_reference(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let key = call.params.need_text("OrderOrReferenceId")?;
    let location = call.params.location("LocationId")?;
    let found = call
        .account
        .orders
        .open_at(location)
        .find(|order| order.num_order_id.to_string() == key || order.general_info.reference_num == key);
    let Some(order) = found.cloned() else {
        let message = format!("Order {key} not found");
        return Reply::json(&state("NOT_FOUND", &message, None, &[]), call.config);
    };
    let vouched = Vouched {
        scanned: call.params.boolean("ScansPerformed")?.unwrap_or_default(),
        notes_acknowledged: call.params.boolean("OrderProcessingNotesAcknowledged")?.unwrap_or_default(),
        as_centre: false,
    };
    let shown = match attempt(call, order.order_id, vouched) {
        Ok(()) => state("PROCESSED", "", Some((&order, call.now)), &[]),
        Err(obstacle) => {
            let name = match obstacle {
                Obstacle::NotFound => "NOT_FOUND",
                Obstacle::ScanRequired => "SCAN_REQUIRED",
                Obstacle::NotesUnacknowledged => "NOTE_ACKNOWLEDGEMENT_REQUIRED",
                Obstacle::Other(_) => "NOT_PROCESSED",
            };
            let scans = order.items.iter().flat_map(goods).filter(|line| must_be_scanned(line));
            let shown = |line: &OrderItem| json!({ "RowId": line.row_id, "SKU": line.sku, "Quantity": line.quantity });
            let rows: Vec<_> = scans.map(shown).collect();
            let mut shown = state(name, &obstacle.text(), None, if name == "SCAN_REQUIRED" { &rows } else { &[] });
            put(&mut shown, &["OrderId"], json!(order.order_id));
            shown
        }
    };
    Reply::json(&shown, call.config)
}

fn state(state: &str, message: &str, order: Option<(&Order, crate::state::Stamp)>, items: &[Value]) -> Value {
    let summary = order.map(|(order, now)| {
        json!({
            "OrderId": order.order_id,
            "NumOrderId": order.num_order_id,
            "ReceivedDate": order.general_info.received_date,
            "ProcessDate": now,
            "Source": order.general_info.source,
            "CustomerName": order.customer_info.address.full_name,
            "NumProducts": order.items.len(),
            "FulfillmentLocationId": order.fulfilment_location_id,
        })
    });
    json!({
        "ProcessedState": state,
        "Message": message,
        "Response": null,
        "OrderId": order.map_or(Uuid::nil(), |(order, _)| order.order_id),
        "OrderSummary": summary,
        "Items": items,
        "BatchInformation": [],
    })
}

/// Assigns scanned batches to lines; every line that asks for one must be covered. Overwrites earlier assignments.
fn batch_scans(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let sent = call.params.need_object("BatchAssignment")?;
    let id = sent.need_guid("orderId")?;
    let Some(mut order) = call.account.orders.get(id).filter(|order| order.is_open()).cloned() else {
        return Err(ApiError::refused(format!("Order {id} not found")));
    };
    let location = order.fulfilment_location_id;
    let mut assigned = Vec::new();
    for row in sent.objects("batchToItemMapping")?.ok_or_else(ApiError::invalid)? {
        let quantity = row.int("quantity")?.and_then(|quantity| i32::try_from(quantity).ok()).unwrap_or_default();
        let batch = row.int("batchInventoryId")?.and_then(|batch| i32::try_from(batch).ok()).unwrap_or_default();
        assigned.push((row.need_guid("orderItemRowId")?, batch, quantity));
    }
    let lines = order.items.iter_mut().flat_map(|line| {
        if line.composite_sub_items.is_empty() { vec![line] } else { line.composite_sub_items.iter_mut().collect() }
    });
    for line in lines.filter(|line| line.batch_number_scan_required) {
        let racks: Vec<_> = assigned.iter().filter(|(row, _, _)| *row == line.row_id).collect();
        let sum: i32 = racks.iter().map(|(_, _, quantity)| quantity).sum();
        if sum != line.quantity {
            let message = format!("Batches must be provided for {} of {}, not {sum}", line.quantity, line.sku);
            return Err(ApiError::refused(message));
        }
        line.bin_racks = racks
            .into_iter()
            .map(|(_, batch, quantity)| BinRack {
                quantity: *quantity,
                name: line.bin_rack.clone().unwrap_or_default(),
                location,
                batch_id: Some(*batch),
                order_item_batch_id: Some(*batch),
            })
            .collect();
    }
    call.account.orders.insert(order);
    call.account.audit(id, call.now, call.user, "BATCHES_ASSIGNED", "Batches assigned");
    Ok(Reply::Void)
}
