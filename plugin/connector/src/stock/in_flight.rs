//! What was despatched in the warehouse and is still held open at Linnworks, as Linnworks itself says in this very run: it takes
//! those goods off its level when the order is processed, so until then they count there.
use std::collections::{BTreeMap, BTreeSet};

use crate::contract::Failure;
use crate::contract::stock::InFlightOrder;
use crate::host::Host;
use crate::linnworks::orders;
use crate::manifest::operations::GET_ORDERS_BY_ID;

/// Units in flight by SKU.
#[derive(Debug, Default)]
pub(super) struct InFlight {
    units: BTreeMap<String, i64>,
    /// SKUs of orders that could not be read.
    unknown: BTreeSet<String>,
}

impl InFlight {
    /// The units of one SKU; none when an order that has it could not be read.
    pub(super) fn of(&self, sku: &str) -> Option<i64> {
        (!self.unknown.contains(sku)).then(|| self.units.get(sku).copied().unwrap_or_default())
    }
}

/// Reads which of the orders are still open at the location. One that was processed, moved to another location or merged away
/// will take nothing off this location's level any more. Units count for the SKU that left the warehouse's shelf, so a
/// composite's count at its parts.
///
/// # Errors
/// No usable answer.
pub(super) async fn read<H: Host>(host: &H, location: &str, despatched: &[InFlightOrder]) -> Result<InFlight, Failure> {
    let mut in_flight = InFlight::default();
    for batch in despatched.chunks(orders::BATCH) {
        let ids: Vec<String> = batch.iter().map(|order| order.id.clone()).collect();
        let answer = orders::by_id(host, &ids).await.map_err(|error| error.failure(GET_ORDERS_BY_ID.name))?;
        let (read, unreadable) = answer.read().map_err(|error| error.failure(GET_ORDERS_BY_ID.name))?;
        let open: BTreeSet<String> = read
            .iter()
            .filter(|order| !order.processed.0 && order.location() == location)
            .filter_map(|order| order.id.get())
            .collect();
        // A row without a readable id may be any of those that are missing.
        let nameless = unreadable.iter().any(|row| row.id.is_none());
        let readable: BTreeSet<String> = read.iter().filter_map(|order| order.id.get()).collect();
        for order in batch {
            let id = order.id.trim().to_ascii_lowercase();
            let broken = unreadable.iter().any(|row| row.id.as_deref() == Some(id.as_str()));
            if broken || (nameless && !readable.contains(&id)) {
                in_flight.unknown.extend(order.lines.iter().map(|(sku, _)| sku.clone()));
            } else if open.contains(&id) {
                for (sku, quantity) in &order.lines {
                    *in_flight.units.entry(sku.clone()).or_default() += i64::from(*quantity);
                }
            }
        }
    }
    Ok(in_flight)
}
