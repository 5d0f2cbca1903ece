//! What was booked in is told to the source, notice by notice, as totals.

use std::collections::HashMap;

use harness_contract::import_purchase_orders::Receipt;
use harness_contract::types::{Attempt, Outcome};
use harness_engine::functions::DeliverReceipts;
use harness_wms::{AsnDelivery, Queued};

use super::{BATCH, Report};
use crate::flow::queue::{self, Invoked};
use crate::flow::run::Running;
use crate::flow::{FlowError, queue::Telling};

impl Telling for Report {
    fn telling(&mut self) -> &mut queue::Report {
        &mut self.delivery
    }
}

/// Works the queue off.
///
/// # Errors
/// What ends the run; what was told before is committed.
pub(super) async fn work_off(running: &mut Running<'_, Report>) -> Result<(), FlowError> {
    let result = queue::work_off(running, BATCH, tell).await;
    let told = std::mem::take(&mut running.report.delivery.items);
    running.report.items.extend(told);
    result
}

/// Gathers what each notice has to tell now, and has the component tell it.
async fn tell(running: &Running<'_, Report>, items: &[Queued]) -> Invoked {
    let store = &running.platform.store;
    let mut outcomes = Vec::with_capacity(items.len());
    let mut receipts = Vec::with_capacity(items.len());
    let mut by_source: HashMap<String, (String, AsnDelivery)> = HashMap::new();
    for item in items {
        let delivery = match item.item_id.parse() {
            Ok(asn) => store.asn_delivery(asn).await?,
            Err(_) => None,
        };
        // Settled before its outcome could be noted.
        let Some(delivery) = delivery else {
            outcomes.push(done(&item.item_id));
            continue;
        };
        let total = |units: i64| u32::try_from(units.max(0)).unwrap_or(u32::MAX);
        receipts.push(Receipt {
            id: delivery.source_id.clone(),
            lines: delivery.lines.iter().map(|line| (line.source_line_id.clone(), total(line.total))).collect(),
            in_doubt: item.in_doubt,
        });
        by_source.insert(delivery.source_id.clone(), (item.item_id.clone(), delivery));
    }
    if receipts.is_empty() {
        return Ok((outcomes, None));
    }
    let attempt = running.call.begin().await?;
    let invoked = running.call.invoke(&attempt, DeliverReceipts { receipts }).await;
    let (returned, staged) = running.call.settle(&attempt, invoked)?;
    for outcome in returned {
        let Some((item_id, delivery)) = by_source.remove(&outcome.id) else { continue };
        // Before the queue notes it: a crash between the two finds nothing left to tell, and tells nothing.
        if matches!(outcome.attempt, Attempt::Done | Attempt::AlreadyDone) && !running.plans() {
            store.settle_asn_delivery(&delivery).await?;
        }
        outcomes.push(Outcome { id: item_id, ..outcome });
    }
    Ok((outcomes, staged))
}

fn done(item_id: &str) -> Outcome {
    Outcome { id: item_id.to_owned(), attempt: Attempt::AlreadyDone, changes: Vec::new(), remote_id: None }
}
