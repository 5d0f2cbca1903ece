//! Which parked orders are locked. An order's own record says so by `HoldOrCancel`, but not always; the id list can be asked.
use std::collections::BTreeSet;

use super::Flow;
use crate::contract::Level;
use crate::host::{Host, recall, remember};
use crate::linnworks::open_orders::{self, Narrow};
use crate::linnworks::order::OrderDetails;
use crate::manifest::operations::GET_ALL_OPEN_ORDERS;

const KEY: &str = "locked";

/// How long the list serves: the length of a run, so that each run asks once.
const AGE: i64 = 5 * 60 * 1000;

/// Ids of the orders that are locked although their records do not say so. Asks only when there are orders that are parked and
/// would otherwise be imported. Without an answer the records alone count.
pub(super) async fn among<'a, H: Host>(
    host: &H,
    flow: &Flow,
    orders: impl Iterator<Item = &'a OrderDetails<'a>> + Clone,
) -> BTreeSet<String> {
    let candidate = |order: &&OrderDetails<'_>| {
        order.is_parked()
            && !order.general.0.hold_or_cancel.0
            && !order.processed.0
            && order.location() == flow.settings.location
    };
    if flow.settings.ignore_parked_orders || !orders.clone().any(|order| candidate(&order)) {
        return BTreeSet::new();
    }
    if let Some(ids) = cached(host, flow) {
        return ids;
    }
    let ids: BTreeSet<String> = match open_orders::all(host, &flow.settings.location, Narrow::LockedAndParked).await {
        Ok(ids) => ids.into_iter().collect(),
        Err(error) => {
            host.log(
                Level::Warn,
                &format!("{}: locked orders are not known: {}", GET_ALL_OPEN_ORDERS.name, error.describe()),
            );
            return BTreeSet::new();
        }
    };
    // Linnworks ignores filters it does not understand: a list with orders that are not parked is such a list.
    let mut sound = orders.filter(|order| order.id.get().is_some_and(|id| ids.contains(&id)));
    if sound.any(|order| !order.is_parked()) {
        host.log(Level::Warn, &format!("{}: the filter for locked orders was ignored", GET_ALL_OPEN_ORDERS.name));
        return BTreeSet::new();
    }
    if let Ok(bytes) = serde_json::to_vec(&(flow.now, &flow.settings.location, &ids)) {
        remember(host, KEY, bytes);
    }
    ids
}

fn cached<H: Host>(host: &H, flow: &Flow) -> Option<BTreeSet<String>> {
    let (at, location, ids): (i64, String, BTreeSet<String>) = serde_json::from_slice(&recall(host, KEY)?).ok()?;
    (location == flow.settings.location && (0..AGE).contains(&(flow.now - at))).then_some(ids)
}
