//! Tracking number and postal service: written one order at a time, for there is no other way, and read back together. What
//! the write would overwrite is given back as it was read.
use std::collections::BTreeMap;

use futures::future::join_all;

use super::board::{Board, Item, attempt_of, change};
use super::{gone, judge, problems};
use crate::contract::{Attempt, Directive, Failure, Level};
use crate::host::Host;
use crate::linnworks::standing::{self, Shipping};
use crate::linnworks::{CallError, shipping};
use crate::manifest::operations::GET_POSTAL_SERVICES;
use crate::settings::same_name;

/// So many writes are under way at once.
const AT_ONCE: usize = 8;

/// So many writes in a row without an answer, and the rest is left for later.
const PATIENCE: usize = 16;

/// Finds the ids of the postal services that orders shall be changed to.
///
/// # Errors
/// No usable answer; nothing is written yet.
pub(super) async fn services<H: Host>(host: &H, board: &mut Board<'_>) -> Result<(), Failure> {
    if !board.open().any(|item| item.service.is_some()) {
        return Ok(());
    }
    let known = shipping::services(host).await.map_err(|error| error.failure(GET_POSTAL_SERVICES.name))?;
    for item in board.open() {
        let Some(wanted) = item.service.clone() else { continue };
        match known.iter().find(|(name, _)| same_name(name, &wanted)) {
            Some((_, id)) => item.service_id = Some(id.clone()),
            None => item.end(Attempt::Refused(problems::service_unknown(&wanted))),
        }
    }
    Ok(())
}

/// Writes what Linnworks lacks, reads it back, and ends the despatches whose orders do not show it.
///
/// # Errors
/// No usable answer, while nothing was written.
pub(super) async fn tracking<H: Host>(host: &H, board: &mut Board<'_>) -> Result<(), Failure> {
    let wanted: Vec<(String, Shipping)> =
        board.open().filter_map(|item| Some((item.order.clone(), lacking(item)?))).collect();
    let lost = write(host, board, &wanted).await;
    let ids: Vec<String> = board
        .open()
        .filter(|item| item.unpark || wanted.iter().any(|(id, _)| *id == item.order))
        .map(|item| item.order.clone())
        .collect();
    read_back(host, board, &ids, &lost).await
}

/// What has to be written; nothing when Linnworks shows it already.
fn lacking(item: &Item<'_>) -> Option<Shipping> {
    if !item.lacks_tracking() && item.service_id.is_none() {
        return None;
    }
    let mut shipping = item.standing.shipping.clone();
    if !item.tracking.is_empty() {
        shipping.tracking_number.clone_from(&item.tracking);
    }
    if let Some(id) = &item.service_id {
        shipping.service_id.clone_from(id);
    }
    Some(shipping)
}

/// Writes; gives the errors of those whose answer was lost or unreadable, for the reading to decide.
async fn write<H: Host>(host: &H, board: &mut Board<'_>, wanted: &[(String, Shipping)]) -> BTreeMap<String, CallError> {
    let mut lost = BTreeMap::new();
    let (mut stopped, mut unanswered) = (false, 0);
    for chunk in wanted.chunks(AT_ONCE) {
        if stopped {
            for (id, _) in chunk {
                board.end(id, &Attempt::NotAttempted);
            }
            continue;
        }
        let results = join_all(chunk.iter().map(|(id, shipping)| shipping::set(host, id, shipping))).await;
        for ((id, _), result) in chunk.iter().zip(results) {
            board.sent(&result);
            let Err(error) = result else {
                unanswered = 0;
                continue;
            };
            stopped |= matches!(error, CallError::Throttled(_) | CallError::Unauthorised);
            unanswered += 1;
            match attempt_of("The tracking number could not be written", &error) {
                Some(fate) => board.end(id, &fate),
                None => {
                    lost.insert(id.clone(), error);
                }
            }
        }
        let stop = host.report(0, Some(wanted.len() as u64)) == Directive::Stop;
        stopped |= stop || unanswered >= PATIENCE;
    }
    lost
}

async fn read_back<H: Host>(
    host: &H,
    board: &mut Board<'_>,
    ids: &[String],
    lost: &BTreeMap<String, CallError>,
) -> Result<(), Failure> {
    if ids.is_empty() {
        return Ok(());
    }
    let found = match standing::of(host, ids).await {
        Ok(found) => found,
        Err(error) => {
            // What was written is safe to write again, and nothing was processed.
            let unread = attempt_of("The tracking number could not be read back", &error);
            for id in ids {
                let fate = match lost.get(id) {
                    Some(error) => Attempt::InDoubt(problems::told("The tracking number", error)),
                    None => unread.clone().unwrap_or(Attempt::NotAttempted),
                };
                board.end(id, &fate);
            }
            return Ok(());
        }
    };
    for item in board.open().filter(|item| ids.contains(&item.order)) {
        let Some(now) = found.get(&item.order) else { continue };
        let before = std::mem::replace(&mut item.standing, now.clone());
        if before.parked && !now.parked {
            item.changes.push(change("IsParked", Some("true"), Some("false")));
        }
        shown(host, item, &before.shipping);
        if let Some(fate) = judge::ended(item) {
            item.end(fate);
        } else if item.standing.parked {
            item.end(Attempt::Refused(problems::still_parked()));
        } else if item.lacks_tracking() || item.service_id.as_ref().is_some_and(|id| *id != now.shipping.service_id) {
            item.end(match lost.get(&item.order) {
                Some(error) => Attempt::InDoubt(problems::told("The tracking number", error)),
                None => Attempt::RetryLater(problems::tracking_not_applied()),
            });
        }
    }
    let missing: Vec<String> = ids.iter().filter(|id| !found.contains_key(*id)).cloned().collect();
    gone::resolve(host, board, &missing).await
}

/// Notes what is seen to have changed, also what nobody wanted changed.
fn shown<H: Host>(host: &H, item: &mut Item<'_>, before: &Shipping) {
    let now = item.standing.shipping.clone();
    if now.tracking_number != before.tracking_number {
        let old = Some(before.tracking_number.as_str()).filter(|old| !old.is_empty());
        item.changes.push(change("TrackingNumber", old, Some(&now.tracking_number)));
    }
    if now.service_id != before.service_id {
        item.changes.push(change("PostalServiceName", Some(&before.service), Some(&now.service)));
    }
    for (field, old, new) in [
        ("TotalWeight", before.total_weight, now.total_weight),
        ("ItemWeight", before.item_weight, now.item_weight),
        ("PostageCost", before.cost, now.cost),
    ] {
        if old != new {
            host.log(Level::Warn, &format!("order {}: {field} went from {old} to {new}", item.standing.number));
            item.changes.push(change(field, Some(&old.to_string()), Some(&new.to_string())));
        }
    }
}
