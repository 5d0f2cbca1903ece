//! Purchase orders become advance shipment notices, and what came for them is told to the source.
//!
//! First what was booked in since the last run is told, from the queue that the warehouse's hands filled. Then the headers are
//! listed; those never seen, those that moved and those that wait are read in batches, and each batch is one commit: notices
//! created with the products that they may create, the others with what keeps them out, notices made before with what differs
//! by now. A run with nothing to do lists, and that is all.
//!
//! `batches`: from ids to commits. `deliver`: the queue. `report`: what a run did.

mod batches;
mod deliver;
mod report;

use std::collections::BTreeSet;
use std::sync::Arc;

use harness_capability::progress::Progress;
use harness_contract::types::Mode;
use harness_engine::functions::DiscoverPurchaseOrders;
use harness_wms::{Connection, ListedAsn};

use super::FlowError;
use super::import_orders::check_id;
use super::run::{Ran, Running, carry_out};
use crate::platform::Platform;
pub use report::Report;

/// The flow's name, in the database, the contract and on the command line.
pub const FLOW: &str = "import-purchase-orders";

/// The switch without which purchase orders do not concern the connection.
pub const SWITCH: &str = "ImportPurchaseOrdersAsAsn";

/// Ids of one `fetch`, receipts of one `deliver`: what the contract allows at most.
const BATCH: usize = 50;

/// Runs the flow once; `progress` tells meanwhile how far the invocation under way is. A run that was put off is no error: its
/// report says so.
///
/// # Errors
/// See [`FlowError`]; what was committed before stays.
pub async fn run(
    platform: &Platform,
    connection: &Connection,
    mode: Mode,
    progress: Arc<Progress>,
) -> Result<Ran<Report>, FlowError> {
    carry_out(platform, connection, FLOW, mode, progress, work).await
}

async fn work(running: &mut Running<'_, Report>) -> Result<(), FlowError> {
    let account = running.account().await?.id;
    let delivered = deliver::work_off(running).await;
    // Notices are made even when a receipt could not be told, unless nothing can be asked any more.
    if let Err(error) = &delivered
        && !error.is_of_its_batch()
    {
        return delivered;
    }
    if !running.is_on(SWITCH) {
        return delivered;
    }
    let listed = discover(running).await?;
    let (store, client) = (&running.platform.store, running.call.connection.client_id);
    let connection = running.call.connection.id;
    let wanted = store.asns_to_read(account, client, connection, &listed, running.platform.now()).await?;
    running.report.fetched = wanted.len();
    batches::read_all(running, account, &listed, &wanted).await?;
    if !running.plans() {
        clear_problems(running, &listed).await?;
    }
    delivered
}

async fn discover(running: &mut Running<'_, Report>) -> Result<Vec<ListedAsn>, FlowError> {
    let limits = &running.platform.config.runs;
    let (mut listed, mut seen) = (Vec::new(), BTreeSet::new());
    let mut checkpoint = None;
    for page_no in 0.. {
        if page_no >= limits.pages {
            return Err(FlowError::TooMuch { what: "pages", limit: limits.pages });
        }
        running.go_on()?;
        let attempt = running.call.begin().await?;
        let invoked = running.call.invoke(&attempt, DiscoverPurchaseOrders { checkpoint }).await;
        let (page, staged) = running.call.settle(&attempt, invoked)?;
        if let Some(staged) = staged.filter(|_| !running.plans()) {
            running.platform.store.commit_storage(&running.run, &staged).await?;
        }
        for candidate in page.candidates {
            check_id(&candidate.id)?;
            if seen.insert(candidate.id.clone()) {
                listed.push(ListedAsn { id: candidate.id, version: candidate.version.unwrap_or_default() });
            }
        }
        if listed.len() as u64 > limits.candidates {
            return Err(FlowError::TooMuch { what: "candidates", limit: limits.candidates });
        }
        checkpoint = page.checkpoint;
        if page.complete || checkpoint.is_none() {
            break;
        }
    }
    running.report.candidates = listed.len();
    Ok(listed)
}

/// Clears problems whose cause is gone. Those of purchase orders that were read were cleared,
/// or not, with their commit; one that waits and was not read again keeps its own.
async fn clear_problems(running: &Running<'_, Report>, listed: &[ListedAsn]) -> Result<(), FlowError> {
    let listed: BTreeSet<&str> = listed.iter().map(|one| one.id.as_str()).collect();
    let gone = running.platform.store.goods_in_problems_gone(running.run.connection_id, &listed).await?;
    running.clear_problems(&gone.iter().map(String::as_str).collect::<Vec<_>>()).await
}
