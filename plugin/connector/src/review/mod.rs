//! What became of orders that were imported and are still open in the warehouse.
//!
//! By id, never by list: an order that a list lacks may have been moved, or the list cut short. `judge` looks at an order that
//! Linnworks gives; `vanished` finds out what became of one that it does not give, by further operations, so that one bad
//! answer makes nothing vanish. Reads only; nothing here remembers an order.
mod judge;
mod vanished;

use std::collections::{BTreeMap, BTreeSet};

use crate::contract::reviews::{Finding, ImportedOrder, ReviewResult};
use crate::contract::{Context, Directive, Failure};
use crate::host::Host;
use crate::import::Flow;
use crate::linnworks::order::OrderDetails;
use crate::linnworks::orders::{self, Orders, Unreadable};
use crate::manifest::operations::GET_ORDERS_BY_ID;
use crate::problem::failed;

/// Compares each order with what was imported: one result for each, in their order.
///
/// # Errors
/// The settings, or no usable answer from Linnworks.
pub async fn review<H: Host>(
    host: &H,
    ctx: &Context,
    imported: &[ImportedOrder],
) -> Result<Vec<ReviewResult>, Failure> {
    let flow = Flow::new(ctx)?;
    let mut results = Vec::with_capacity(imported.len());
    for batch in imported.chunks(orders::BATCH) {
        results.extend(batch_of(host, &flow, batch).await?);
        if host.report(results.len() as u64, Some(imported.len() as u64)) == Directive::Stop {
            return if results.len() < imported.len() { Err(Failure::Cancelled) } else { Ok(results) };
        }
    }
    Ok(results)
}

async fn batch_of<H: Host>(host: &H, flow: &Flow, batch: &[ImportedOrder]) -> Result<Vec<ReviewResult>, Failure> {
    let ids: BTreeSet<String> = batch.iter().map(|order| key(&order.id)).collect();
    let asked: Vec<String> = ids.iter().cloned().collect();
    let first = orders::by_id(host, &asked).await.map_err(|error| error.failure(GET_ORDERS_BY_ID.name))?;
    let known = Known::read(std::slice::from_ref(&first), &ids)?;
    let missing: Vec<String> = ids.iter().filter(|id| !known.has(id)).cloned().collect();
    let mut answers = vec![first];
    let mut findings = vanished::resolve(host, &missing, &mut answers).await?;
    let known = Known::read(&answers, &ids)?;
    findings.extend(judge::judge(host, flow, batch, &known).await?);
    let result = |order: &ImportedOrder| {
        let finding = findings.get(&key(&order.id)).cloned().unwrap_or(Finding::Gone);
        ReviewResult { id: order.id.clone(), finding }
    };
    Ok(batch.iter().map(result).collect())
}

/// Ids are compared in lower case.
fn key(id: &str) -> String {
    id.trim().to_ascii_lowercase()
}

/// What the answers so far give of the orders that were asked for.
struct Known<'a> {
    orders: BTreeMap<String, OrderDetails<'a>>,
    unreadable: BTreeMap<String, String>,
}

impl<'a> Known<'a> {
    /// The first row of an id counts; rows that nobody asked for do not.
    fn read(answers: &'a [Orders], ids: &BTreeSet<String>) -> Result<Self, Failure> {
        let mut known = Known { orders: BTreeMap::new(), unreadable: BTreeMap::new() };
        for answer in answers {
            let (orders, unreadable) = answer.read().map_err(|error| error.failure(GET_ORDERS_BY_ID.name))?;
            for order in orders {
                if let Some(id) = order.id.get().filter(|id| ids.contains(id)) {
                    known.orders.entry(id).or_insert(order);
                }
            }
            for Unreadable { id, why } in unreadable {
                if let Some(id) = id.filter(|id| ids.contains(id)) {
                    known.unreadable.entry(id).or_insert(why);
                }
            }
        }
        Ok(known)
    }

    fn has(&self, id: &str) -> bool {
        self.orders.contains_key(id) || self.unreadable.contains_key(id)
    }

    /// The finding about an order that is there and has a shape nobody expects: nobody can vouch for it.
    fn unreadable(&self, id: &str) -> Option<Finding> {
        let why = self.unreadable.get(id).filter(|_| !self.orders.contains_key(id))?;
        Some(Finding::Blocked(vec![failed(
            "unreadable",
            why.clone(),
            "Open and save the order in Linnworks; if it stays, report it with the id of the order.",
        )]))
    }
}
