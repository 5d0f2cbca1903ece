//! Which parked orders are locked. An order's own record says so by `HoldOrCancel`, but not always; the id list can be asked.
use std::collections::BTreeSet;

use super::Flow;
use super::checks::{FULFILLED_BY_AMAZON, PAID, RESEND};
use crate::contract::{Failure, Level};
use crate::host::{Host, recall, remember};
use crate::linnworks::CallError;
use crate::linnworks::open_orders::{self, Narrow};
use crate::linnworks::order::OrderDetails;
use crate::manifest::operations::GET_ALL_OPEN_ORDERS;

/// Where it is kept since when the list gives no usable answer.
const KEY: &str = "lock-unknown";

/// After so long without an answer a person should know.
const PATIENCE: i64 = 60 * 60 * 1000;

/// What is known of an order's lock beyond its own record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// It has none, or its own record tells all there is to know.
    None,
    /// The id list says that it is locked.
    Listed,
    /// The id list gave no usable answer.
    Unknown {
        /// For so long that a person should act.
        lasting: bool,
    },
}

/// Locks of the orders of one batch.
pub(crate) struct Locks {
    /// Parked orders that would come in if they are not locked.
    candidates: BTreeSet<String>,
    /// Ids that the list gave, or else whether it has been silent for long.
    listed: Result<BTreeSet<String>, bool>,
}

impl Locks {
    pub(crate) fn of(&self, id: &str) -> Lock {
        match &self.listed {
            _ if !self.candidates.contains(id) => Lock::None,
            Ok(ids) if ids.contains(id) => Lock::Listed,
            Ok(_) => Lock::None,
            Err(lasting) => Lock::Unknown { lasting: *lasting },
        }
    }
}

/// Finds the orders that are locked although their records do not say so. Asks, each time anew, only when there are parked
/// orders that would otherwise be imported: an order may be locked at any moment, and one that is imported is shipped.
///
/// # Errors
/// Linnworks answers nobody at present. When it refuses only this call, the locks are unknown and the candidates stay out.
pub(super) async fn among<'a, H: Host>(
    host: &H,
    flow: &Flow,
    orders: impl Iterator<Item = &'a OrderDetails<'a>> + Clone,
) -> Result<Locks, Failure> {
    let candidates: BTreeSet<String> =
        orders.clone().filter(|order| is_candidate(flow, order)).filter_map(|order| order.id.get()).collect();
    if candidates.is_empty() {
        return Ok(Locks { candidates, listed: Ok(BTreeSet::new()) });
    }
    let silence = match open_orders::all(host, &flow.settings.location, Narrow::LockedAndParked).await {
        Ok(ids) => {
            let ids: BTreeSet<String> = ids.into_iter().collect();
            // Linnworks ignores filters it does not understand: a list with orders that are not parked is such a list.
            let ignored = orders
                .filter(|order| !order.is_parked())
                .any(|order| order.id.get().is_some_and(|id| ids.contains(&id)));
            if !ignored {
                if recall(host, KEY).is_some_and(|since| !since.is_empty()) {
                    remember(host, KEY, Vec::new());
                }
                return Ok(Locks { candidates, listed: Ok(ids) });
            }
            "the filter for locked orders was ignored".to_owned()
        }
        Err(
            error @ (CallError::Unauthorised
            | CallError::Throttled(_)
            | CallError::Unavailable(_)
            | CallError::InDoubt(_)),
        ) => return Err(error.failure(GET_ALL_OPEN_ORDERS.name)),
        Err(error) => error.describe(),
    };
    host.log(Level::Warn, &format!("{}: locked orders are not known: {silence}", GET_ALL_OPEN_ORDERS.name));
    Ok(Locks { candidates, listed: Err(is_lasting(host, flow.now)) })
}

fn is_candidate(flow: &Flow, order: &OrderDetails<'_>) -> bool {
    let status = order.general.0.status.0;
    !flow.settings.ignore_parked_orders
        && order.is_parked()
        && !order.general.0.hold_or_cancel.0
        && !order.processed.0
        && (status == PAID || (status == RESEND && flow.settings.import_resends))
        && !order.is_from(FULFILLED_BY_AMAZON)
        && order.location() == flow.settings.location
}

/// Whether the list has given no answer for long; remembers the first time.
fn is_lasting<H: Host>(host: &H, now: i64) -> bool {
    let since = recall(host, KEY).and_then(|bytes| serde_json::from_slice::<i64>(&bytes).ok());
    match since {
        Some(since) => now - since >= PATIENCE,
        None => {
            remember(host, KEY, now.to_string().into_bytes());
            false
        }
    }
}
