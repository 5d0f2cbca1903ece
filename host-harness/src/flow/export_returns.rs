//! Confirmed returns are told to the source, on the beat of the orders: from the queue that the confirmation filled, each by what
//! it is when its turn comes.
//!
//! A return that was reopened meanwhile is not told. What the source knows of it already, a person has to hear of: nothing there is
//! changed or taken back.

use std::sync::Arc;

use harness_capability::progress::Progress;
use harness_contract::export_returns::{OrderReturn, ReturnLine};
use harness_contract::types::{Attempt, Mode, Outcome, Problem, Retry};
use harness_engine::functions::ExportReturns;
use harness_wms::{Connection, Queued, RETURNS_FLOW, Return, ReturnItem, StockAction, StoreError};

use super::FlowError;
use super::queue::{Invoked, Report, work_off};
use super::run::{Ran, Running, carry_out};
use crate::platform::Platform;

/// The flow's name, in the database, the contract and on the command line.
pub const FLOW: &str = RETURNS_FLOW;

/// The switch among the connection's settings without which nothing is told.
pub const SWITCH: &str = "ExportReturns";

/// Returns of one invocation: as many as the contract allows.
const BATCH: usize = 50;

/// Runs the flow once. With an empty queue nothing is asked of the source.
///
/// # Errors
/// See [`FlowError`]; what was told before is committed.
pub async fn run(
    platform: &Platform,
    connection: &Connection,
    mode: Mode,
    progress: Arc<Progress>,
) -> Result<Ran<Report>, FlowError> {
    let work = async |running: &mut Running<'_, Report>| {
        // A person can run it with the switch off; it is off for them, too.
        if running.is_on(SWITCH) { work_off(running, BATCH, tell).await } else { Ok(()) }
    };
    carry_out(platform, connection, FLOW, mode, progress, work).await
}

async fn tell(running: &Running<'_, Report>, items: &[Queued]) -> Invoked {
    let (mut outcomes, mut returns) = (Vec::new(), Vec::new());
    for item in items {
        match running.platform.store.find_return(&item.item_id).await {
            Ok(found) if found.confirmed => returns.push(order_return(&found, item)),
            Ok(_) => outcomes.push(outcome(item, reopened(item))),
            Err(StoreError::NotFound { .. }) => outcomes.push(outcome(item, Attempt::Refused(gone()))),
            Err(error) => return Err(error.into()),
        }
    }
    if returns.is_empty() {
        return Ok((outcomes, None));
    }
    let attempt = running.call.begin().await?;
    let invoked = running.call.invoke(&attempt, ExportReturns { returns }).await;
    let (told, storage) = running.call.settle(&attempt, invoked)?;
    outcomes.extend(told);
    Ok((outcomes, storage))
}

fn order_return(found: &Return, item: &Queued) -> OrderReturn {
    OrderReturn {
        id: item.item_id.clone(),
        order_id: found.source_order_id.clone(),
        remote_id: item.remote_id.clone(),
        lines: found.return_items.iter().map(line).collect(),
        in_doubt: item.in_doubt,
    }
}

fn line(item: &ReturnItem) -> ReturnLine {
    let units = u32::try_from(item.quantity).unwrap_or(u32::MAX);
    let restock = item.stock_action == StockAction::Restock;
    ReturnLine {
        source_line_id: item.source_line_id.clone(),
        sku: item.sku.clone(),
        restocked: if restock { units } else { 0 },
        scrapped: if restock { 0 } else { units },
        reason: item.return_reason_name.clone(),
        comments: item.comments.clone(),
    }
}

fn outcome(item: &Queued, attempt: Attempt) -> Outcome {
    Outcome { id: item.item_id.clone(), attempt, changes: Vec::new(), remote_id: None }
}

/// What is to be said of a return that was confirmed, queued and then reopened.
fn reopened(item: &Queued) -> Attempt {
    let problem = |code: &str, message: String, remedy: &str| Problem {
        code: code.into(),
        message,
        remedy: remedy.into(),
        retry: Retry::AfterAChange,
        field: None,
        sku: None,
    };
    match (&item.remote_id, item.in_doubt) {
        (Some(remote), _) => Attempt::Refused(problem(
            "returns.reopened-after-booking",
            format!("The return was reopened in the warehouse after it was booked at the source as {remote}."),
            "Correct the booking at the source by hand if the return changes. Once it is confirmed again both are compared.",
        )),
        (None, true) => Attempt::Refused(problem(
            "returns.reopened-after-booking",
            "The return was reopened in the warehouse after it was sent to the source, which did not answer.".into(),
            "Look whether the source has booked it, and correct the booking by hand if the return changes. Once it is confirmed again \
             both are compared.",
        )),
        (None, false) => Attempt::Held(problem(
            "returns.reopened",
            "The return was reopened in the warehouse before the source was told of it.".into(),
            "Confirm it again once it is right.",
        )),
    }
}

fn gone() -> Problem {
    Problem {
        code: "returns.gone".into(),
        message: "The warehouse does not have the return any more.".into(),
        remedy: "Book it at the source by hand if it is needed there.".into(),
        retry: Retry::Never,
        field: None,
        sku: None,
    }
}
