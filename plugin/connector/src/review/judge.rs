//! An order that Linnworks gives, against what was imported of it.
use std::collections::BTreeMap;

use super::{Known, key, vanished};
use crate::contract::reviews::{Finding, ImportedOrder};
use crate::contract::{Change, Failure};
use crate::host::Host;
use crate::import::{self, Flow, Locks};
use crate::linnworks::order::OrderDetails;

/// The findings about those orders of `batch` that are known, by id.
///
/// What is processed or cancelled is told as such and never as an edit: Linnworks takes names and addresses out of processed
/// orders after some days.
pub(super) async fn judge<H: Host>(
    host: &H,
    flow: &Flow,
    batch: &[ImportedOrder],
    known: &Known<'_>,
) -> Result<BTreeMap<String, Finding>, Failure> {
    let mut findings = BTreeMap::new();
    if known.orders.is_empty() && known.unreadable.is_empty() {
        return Ok(findings);
    }
    let locks = import::locks(host, flow, known.orders.values()).await?;
    // Countries are only needed for what is mapped, which is what was edited: most batches need none.
    let edited: Vec<&OrderDetails<'_>> = batch
        .iter()
        .filter_map(|imported| Some((imported, known.orders.get(&key(&imported.id))?)))
        .filter(|(imported, order)| !order.processed.0 && import::version(order) != imported.version)
        .map(|(_, order)| order)
        .collect();
    let countries = import::countries(host, flow, &edited).await?;
    for imported in batch {
        let id = key(&imported.id);
        let finding = match known.orders.get(&id) {
            Some(order) => one(host, flow, imported, order, (&countries, &locks)).await?,
            None => match known.unreadable(&id) {
                Some(finding) => finding,
                None => continue,
            },
        };
        findings.insert(id, finding);
    }
    Ok(findings)
}

async fn one<H: Host>(
    host: &H,
    flow: &Flow,
    imported: &ImportedOrder,
    order: &OrderDetails<'_>,
    (countries, locks): (&crate::linnworks::countries::Countries, &Locks),
) -> Result<Finding, Failure> {
    let id = key(&imported.id);
    match (order.processed.0, order.general.0.hold_or_cancel.0) {
        (true, false) => return Ok(Finding::Processed),
        // Some accounts keep what was merged away, as cancelled.
        (true, true) => {
            let successors = vanished::successors(host, &id).await?;
            return Ok(if successors.is_empty() { Finding::Cancelled } else { Finding::Merged(successors) });
        }
        (false, _) => {}
    }
    let (was, is) = (key(&imported.location), order.location());
    if !was.is_empty() && was != is {
        return Ok(Finding::Moved(is));
    }
    let known = import::Known { countries, lock: locks.of(&id) };
    if let Err(verdicts) = import::stands(flow, order, known) {
        return Ok(Finding::Blocked(verdicts));
    }
    let version = import::version(order);
    if version == imported.version {
        return Ok(Finding::Unchanged);
    }
    let changes = changes(&imported.version, &version);
    // A split takes lines or pieces away, so nothing else has to be asked for it.
    if changes.iter().any(|change| change.field == import::LINES) {
        let mut parts = vanished::split_off(host, &id).await?;
        if !parts.is_empty() {
            parts.insert(0, id);
            return Ok(Finding::Split(parts));
        }
    }
    Ok(match import::again(flow, order, known) {
        Ok(order) => Finding::Edited((changes, order)),
        Err(verdicts) => Finding::Blocked(verdicts),
    })
}

/// Names of the parts of the order that differ; none when the version that was imported is of another make, or not known.
fn changes(was: &str, is: &str) -> Vec<Change> {
    let fields = import::differing(was, is);
    fields.into_iter().map(|field| Change { field: field.to_owned(), old: None, new: None }).collect()
}
