//! Despatched orders are told to the source.
//!
//! The hand that despatches an order queues it in its own transaction; here each queued despatch becomes what the contract calls
//! one (parcels, lines, batches, as the warehouse has them now) and is told with up to two hundred others. What came of each, its
//! problem and when it is tried again are one commit.

use std::collections::HashMap;
use std::sync::Arc;

use harness_capability::progress::Progress;
use harness_contract::push_despatch::{Batch, Despatch, DespatchedLine, Parcel};
use harness_contract::types::{Attempt, Mode, NameValue, Outcome, Problem, Retry};
use harness_engine::functions::PushDespatches;
use harness_wms::{Connection, Departure, Queued};

use super::FlowError;
use super::queue::{self, Invoked, Report};
use super::run::{self, Fate, Ran, Running};
use crate::platform::Platform;

/// The flow's name, in the database, the contract and on the command line.
pub const FLOW: &str = "push-despatch";

/// Despatches of one invocation: what the contract allows at most.
const BATCH: usize = 200;

/// Runs the flow once; `progress` tells meanwhile how far the invocation under way is. With nothing queued the source is not
/// called.
///
/// # Errors
/// See [`FlowError`]; what earlier batches of the run committed stays.
pub async fn watched(
    platform: &Platform,
    connection: &Connection,
    mode: Mode,
    progress: Arc<Progress>,
) -> Result<Ran<Report>, FlowError> {
    run::carry_out(platform, connection, FLOW, mode, progress, async |running: &mut Running<'_, Report>| {
        let told = queue::work_off(running, BATCH, tell).await;
        note(running).await?;
        told
    })
    .await
}

/// Adds to the timelines of the orders what was changed at the source for them, unparking included.
async fn note(running: &Running<'_, Report>) -> Result<(), FlowError> {
    if running.plans() {
        return Ok(());
    }
    let changed = running.report.items.iter().filter(|item| !item.changes.is_empty() || item.fate == "already-done");
    let note = |item: &Fate| {
        let event = if matches!(item.fate, "done" | "already-done") { "despatch-told" } else { "despatch-begun" };
        let changes: Vec<String> = item.changes.iter().map(ToString::to_string).collect();
        let detail = if changes.is_empty() { "it was known there".to_owned() } else { changes.join("; ") };
        (item.reference.clone(), event, detail)
    };
    let notes: Vec<_> = changed.map(note).collect();
    let (platform, client) = (running.platform, running.call.connection.client_id);
    Ok(platform.store.note_on_timelines(client, &notes, platform.now()).await?)
}

/// Has the component tell these items.
async fn tell(running: &Running<'_, Report>, items: &[Queued]) -> Invoked {
    let orders: Vec<i64> = items.iter().filter_map(|item| item.order_id).collect();
    let departures = running.platform.store.departures(&orders).await?;
    let mut departures: HashMap<i64, Departure> = departures.into_iter().map(|one| (one.order_id, one)).collect();
    let (mut despatches, mut outcomes) = (Vec::with_capacity(items.len()), Vec::new());
    for item in items {
        match item.order_id.and_then(|order| departures.remove(&order)) {
            Some(departure) => despatches.push(despatch(item, departure)),
            None => outcomes.push(nothing_to_tell(item)),
        }
    }
    if despatches.is_empty() {
        return Ok((outcomes, None));
    }
    let call = &running.call;
    let attempt = call.begin().await?;
    let invoked = call.invoke(&attempt, PushDespatches { despatches }).await;
    let (told, storage) = call.settle(&attempt, invoked)?;
    outcomes.extend(told);
    Ok((outcomes, storage))
}

/// A queued despatch in the contract's words.
fn despatch(item: &Queued, departure: Departure) -> Despatch {
    let number = |units: i64| u32::try_from(units).unwrap_or_default();
    let line = |line: harness_wms::DepartedLine| DespatchedLine {
        source_line_id: line.source_line_id,
        sku: line.sku,
        quantity: number(line.quantity),
        batches: line
            .batches
            .into_iter()
            .map(|(name, units)| Batch { number: name, quantity: number(units) })
            .collect(),
    };
    let parcel = |parcel: harness_wms::Parcel| Parcel {
        tracking_number: parcel.tracking_number,
        courier_service: parcel.courier_service,
    };
    let pair = |pair: harness_wms::NameValue| NameValue { name: pair.name, value: pair.value };
    Despatch {
        id: item.item_id.clone(),
        order_id: departure.source_order_id,
        order_number: departure.order_number,
        name_values: departure.name_values.into_iter().map(pair).collect(),
        despatched_at: departure.despatched_at,
        parcels: departure.parcels.into_iter().map(parcel).collect(),
        lines: departure.lines.into_iter().map(line).collect(),
        partial: departure.partial,
        remote_id: item.remote_id.clone(),
        in_doubt: item.in_doubt,
    }
}

/// The outcome of an item whose order is not there, or has not left.
fn nothing_to_tell(item: &Queued) -> Outcome {
    let problem = Problem {
        code: "despatch.nothing-to-tell".into(),
        message: "The warehouse has no despatch of this order any more.".into(),
        remedy: "Look the order up in the warehouse; if it has left, tell the source by hand.".into(),
        retry: Retry::Never,
        field: None,
        sku: None,
    };
    Outcome { id: item.item_id.clone(), attempt: Attempt::Refused(problem), changes: vec![], remote_id: None }
}
