//! `acknowledge`: the marks that say an order was taken. Read, write what is missing, read again: done twice it is as if done
//! once, and what Linnworks silently did not do is seen.
use std::collections::BTreeMap;

use super::Flow;
use crate::contract::{Attempt, Change, Context, Directive, Failure, Mode, Outcome, Problem, Retry};
use crate::host::Host;
use crate::linnworks::CallError;
use crate::linnworks::marks::{self, Mark};
use crate::linnworks::order::OrderDetails;
use crate::linnworks::orders::{self, Orders};
use crate::location;
use crate::manifest::operations::GET_ORDERS_BY_ID;
use crate::problem::problem;
use crate::settings::{MarkBy, MarkInvoicePrinted, Settings, same_name};

/// Marks the orders with these ids as the settings say. In mode `plan` nothing is written: what would be is in `changes`, and
/// the attempt is `not-attempted`.
///
/// # Errors
/// The settings, a location that has become unusable, or no usable answer to the first reading.
pub async fn acknowledge<H: Host>(host: &H, ctx: &Context, ids: &[String]) -> Result<Vec<Outcome>, Failure> {
    let flow = Flow::new(ctx)?;
    let wanted = wanted(&flow.settings);
    let mut outcomes = Vec::with_capacity(ids.len());
    if wanted.is_empty() {
        return Ok(ids.iter().map(|id| outcome(id, Attempt::AlreadyDone, Vec::new())).collect());
    }
    location::require(host, flow.now, &flow.settings.location).await?;
    let mut stopped = false;
    for batch in ids.chunks(orders::BATCH) {
        if stopped {
            outcomes.extend(batch.iter().map(|id| outcome(id, Attempt::NotAttempted, Vec::new())));
            continue;
        }
        let answer = match orders::by_id(host, batch).await {
            Ok(answer) => answer,
            // What was done before stays done and has to be told.
            Err(CallError::Throttled(_)) if !outcomes.is_empty() => {
                stopped = true;
                outcomes.extend(batch.iter().map(|id| outcome(id, Attempt::NotAttempted, Vec::new())));
                continue;
            }
            Err(error) => return Err(error.failure(GET_ORDERS_BY_ID.name)),
        };
        outcomes.extend(mark(host, &flow, &wanted, batch, &answer).await?);
        stopped = host.report(outcomes.len() as u64, Some(ids.len() as u64)) == Directive::Stop;
    }
    Ok(outcomes)
}

/// Whether the settings ask for any mark.
pub(super) fn is_wanted(settings: &Settings) -> bool {
    !wanted(settings).is_empty()
}

fn wanted(settings: &Settings) -> Vec<Mark<'_>> {
    let name = settings.mark_as_taken.name.trim();
    let mut wanted = Vec::new();
    // The invoice comes first: it is what keeps Linnworks from merging the order away.
    if settings.mark_invoice_printed == MarkInvoicePrinted::OnImport {
        wanted.push(Mark::InvoicePrinted);
    }
    match settings.mark_as_taken.by {
        MarkBy::None => {}
        MarkBy::Folder => wanted.push(Mark::Folder(name)),
        MarkBy::Identifier => wanted.push(Mark::Identifier(name)),
    }
    wanted
}

fn outcome(id: &str, attempt: Attempt, changes: Vec<Change>) -> Outcome {
    Outcome { id: id.to_owned(), attempt, changes, remote_id: None }
}

async fn mark<H: Host>(
    host: &H,
    flow: &Flow,
    wanted: &[Mark<'_>],
    ids: &[String],
    answer: &Orders,
) -> Result<Vec<Outcome>, Failure> {
    let before = index(answer)?;
    let mut missing: BTreeMap<String, Vec<Mark<'_>>> = BTreeMap::new();
    let mut settled: BTreeMap<String, Attempt> = BTreeMap::new();
    for id in ids {
        let key = key(id);
        match before.get(&key) {
            None => {
                settled.insert(key, Attempt::Refused(gone()));
            }
            // A processed order is in no open list any more; nobody takes it a second time.
            Some(order) if order.processed.0 => {
                settled.insert(key, Attempt::AlreadyDone);
            }
            Some(order) => {
                let lacking: Vec<Mark<'_>> = wanted.iter().copied().filter(|mark| !has(order, *mark)).collect();
                let forbidden = lacking.iter().any(|mark| !matches!(mark, Mark::Identifier(_)));
                if lacking.is_empty() {
                    settled.insert(key, Attempt::AlreadyDone);
                } else if forbidden && (order.is_parked() || order.general.0.hold_or_cancel.0) {
                    settled.insert(key.clone(), Attempt::Refused(blocked(order)));
                    let possible = lacking.into_iter().filter(|mark| matches!(mark, Mark::Identifier(_))).collect();
                    missing.insert(key, possible);
                } else {
                    missing.insert(key, lacking);
                }
            }
        }
    }
    let changes: BTreeMap<String, Vec<Change>> =
        missing.iter().map(|(id, marks)| (id.clone(), marks.iter().map(|mark| change(*mark)).collect())).collect();
    if flow.mode == Mode::Plan {
        let plan = |id: &String| {
            let key = key(id);
            let attempt = settled.get(&key).cloned().unwrap_or(Attempt::NotAttempted);
            outcome(id, attempt, changes.get(&key).cloned().unwrap_or_default())
        };
        return Ok(ids.iter().map(plan).collect());
    }
    let mut trouble: BTreeMap<String, Attempt> = BTreeMap::new();
    for mark in wanted {
        let ids: Vec<String> =
            missing.iter().filter(|(_, marks)| marks.contains(mark)).map(|(id, _)| id.clone()).collect();
        write(host, *mark, ids, &mut trouble).await;
    }
    let after = read_back(host, &missing).await;
    let judge = |id: &String| {
        let key = key(id);
        let marks = missing.get(&key).map(Vec::as_slice).unwrap_or_default();
        let done = |mark: &&Mark<'_>| after.get(&key).is_some_and(|marks| marks.contains(mark));
        let changes: Vec<Change> = marks.iter().filter(done).map(|mark| change(*mark)).collect();
        let complete = changes.len() == marks.len();
        let attempt = match (settled.get(&key), complete, trouble.get(&key)) {
            (Some(attempt), _, _) => attempt.clone(),
            (None, true, _) => Attempt::Done,
            (None, false, Some(attempt)) => attempt.clone(),
            (None, false, None) => Attempt::RetryLater(not_applied()),
        };
        outcome(id, attempt, changes)
    };
    Ok(ids.iter().map(judge).collect())
}

fn key(id: &str) -> String {
    id.trim().to_ascii_lowercase()
}

fn index(answer: &Orders) -> Result<BTreeMap<String, OrderDetails<'_>>, Failure> {
    let (read, _) = answer.read().map_err(|error| error.failure(GET_ORDERS_BY_ID.name))?;
    Ok(read.into_iter().filter_map(|order| Some((order.id.get()?, order))).collect())
}

fn has(order: &OrderDetails<'_>, mark: Mark<'_>) -> bool {
    match mark {
        Mark::Folder(name) => order.folders().any(|folder| same_name(folder, name)),
        Mark::Identifier(tag) => order.general.0.identifiers.0.iter().any(|one| same_name(one.tag.trimmed(), tag)),
        Mark::InvoicePrinted => order.general.0.invoice_printed.0,
    }
}

fn change(mark: Mark<'_>) -> Change {
    let (field, new) = match mark {
        Mark::Folder(name) => ("FolderName", name),
        Mark::Identifier(tag) => ("Identifiers", tag),
        Mark::InvoicePrinted => ("InvoicePrinted", "true"),
    };
    let old = matches!(mark, Mark::InvoicePrinted).then(|| "false".to_owned());
    Change { field: field.to_owned(), old, new: Some(new.to_owned()) }
}

/// Writes one mark on many orders. A batch that Linnworks refuses is halved until the order at fault stands alone, so that it
/// does not hold back the others.
async fn write<H: Host>(host: &H, mark: Mark<'_>, ids: Vec<String>, trouble: &mut BTreeMap<String, Attempt>) {
    let mut batches = vec![ids];
    let mut spent: Option<Attempt> = None;
    while let Some(batch) = batches.pop() {
        if batch.is_empty() {
            continue;
        }
        if let Some(attempt) = &spent {
            trouble.extend(batch.into_iter().map(|id| (id, attempt.clone())));
            continue;
        }
        let Err(error) = marks::set(host, mark, &batch).await else { continue };
        let attempt = match &error {
            CallError::Refused(..) if batch.len() > 1 => {
                let (first, second) = batch.split_at(batch.len() / 2);
                batches.push(second.to_vec());
                batches.push(first.to_vec());
                continue;
            }
            CallError::Refused(..) | CallError::Forbidden(_) | CallError::Denied(_) => Attempt::Refused(told(&error)),
            CallError::InDoubt(_) => Attempt::InDoubt(told(&error)),
            CallError::Throttled(_) => Attempt::NotAttempted,
            CallError::Unauthorised | CallError::Unavailable(_) | CallError::Unreadable(_) => {
                Attempt::RetryLater(told(&error))
            }
        };
        // Without quota or session no further call can do any better.
        if matches!(error, CallError::Throttled(_) | CallError::Unauthorised) {
            spent = Some(attempt.clone());
        }
        trouble.extend(batch.into_iter().map(|id| (id, attempt.clone())));
    }
}

/// What of the missing marks is there now; nothing, when that cannot be read.
async fn read_back<'m, H: Host>(
    host: &H,
    missing: &BTreeMap<String, Vec<Mark<'m>>>,
) -> BTreeMap<String, Vec<Mark<'m>>> {
    let ids: Vec<String> = missing.iter().filter(|(_, marks)| !marks.is_empty()).map(|(id, _)| id.clone()).collect();
    if ids.is_empty() {
        return BTreeMap::new();
    }
    let Ok(answer) = orders::by_id(host, &ids).await else { return BTreeMap::new() };
    let Ok(after) = index(&answer) else { return BTreeMap::new() };
    let there = |(id, marks): (&String, &Vec<Mark<'m>>)| {
        let order = after.get(id)?;
        Some((id.clone(), marks.iter().copied().filter(|mark| has(order, *mark)).collect()))
    };
    missing.iter().filter_map(there).collect::<BTreeMap<_, Vec<_>>>()
}

fn gone() -> Problem {
    problem(
        "acknowledge.order-gone",
        "Linnworks does not have the order any more, so it cannot be marked.",
        "Look whether it was merged, cancelled or deleted in Linnworks, and decide about the warehouse's order.",
        Retry::Never,
    )
}

fn blocked(order: &OrderDetails<'_>) -> Problem {
    let state = if order.general.0.hold_or_cancel.0 { "locked" } else { "parked" };
    problem(
        "acknowledge.order-blocked",
        format!("The order is {state} in Linnworks, which then takes neither a folder nor a printed invoice."),
        "Nothing to do: it is marked once it is neither parked nor locked. An identifier as mark works on parked orders, too.",
        Retry::AfterAChange,
    )
}

fn not_applied() -> Problem {
    problem(
        "acknowledge.not-applied",
        "Linnworks accepted the mark, but the order does not show it.",
        "Nothing to do: the next run tries again. If it lasts, look whether the folder or identifier exists in Linnworks.",
        Retry::Later,
    )
}

fn told(error: &CallError) -> Problem {
    problem(
        "acknowledge.refused",
        format!("The order could not be marked: {}.", error.describe()),
        "Run the connection check: it tells whether the folder or identifier exists and the user may write.",
        Retry::AfterAChange,
    )
}
