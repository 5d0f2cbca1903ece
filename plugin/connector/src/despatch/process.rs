//! Processing: in batches, one by one where the warehouse vouches for a scan, read back, and the causes of refusals found.
use std::collections::{BTreeMap, BTreeSet};

use super::board::{Board, attempt_of, change};
use super::{Flow, cause, gone, judge, locks, problems};
use crate::contract::{Attempt, Directive, Failure, Level};
use crate::host::Host;
use crate::linnworks::CallError;
use crate::linnworks::marks::{self, Mark};
use crate::linnworks::processing::{self, Said};
use crate::linnworks::standing::{self, Standing};
use crate::settings::MarkInvoicePrinted;

/// So many batches without an answer, and the rest is left for later.
const PATIENCE: usize = 2;

/// So many stock items are asked for in one call, in so many calls.
const ITEMS: usize = 200;
const ITEM_CALLS: usize = 5;

/// What came of asking for one order.
#[derive(Debug, Clone)]
enum Answer {
    Said(Said),
    Failed(CallError),
    Unsent,
}

type Answers = BTreeMap<String, Answer>;

/// Processes all orders that are to be gone on with, and says what became of each.
///
/// # Errors
/// No usable answer, while nothing was written.
pub(super) async fn all<H: Host>(host: &H, flow: &Flow, board: &mut Board<'_>) -> Result<(), Failure> {
    let answers = send(host, board).await;
    let mut refused = read_back(host, board, answers).await?;
    if flow.settings.mark_invoice_printed == MarkInvoicePrinted::OnDespatch && print(host, board).await? {
        let again = send_those(host, board, |standing| standing.invoice_printed).await;
        refused.extend(read_back(host, board, again).await?);
    }
    explain(host, flow, board, &refused).await;
    Ok(())
}

async fn send<H: Host>(host: &H, board: &mut Board<'_>) -> Answers {
    send_those(host, board, |_| true).await
}

async fn send_those<H: Host>(host: &H, board: &mut Board<'_>, which: impl Fn(&Standing) -> bool) -> Answers {
    let mut answers = Answers::new();
    let mut batches: Vec<(String, Vec<String>)> = Vec::new();
    let mut singly: Vec<(String, String)> = Vec::new();
    let mut by_location: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for item in board.open().filter(|item| which(&item.standing)) {
        if item.standing.is_scanned() {
            singly.push((item.standing.location.clone(), item.order.clone()));
        } else {
            let ids = by_location.entry(item.standing.location.clone()).or_default();
            if !ids.contains(&item.order) {
                ids.push(item.order.clone());
            }
        }
    }
    for (location, ids) in &by_location {
        batches.extend(ids.chunks(processing::BATCH).map(|ids| (location.clone(), ids.to_vec())));
    }
    // Taken from the end.
    batches.reverse();
    let (mut stopped, mut unanswered) = (false, 0);
    while let Some((location, ids)) = batches.pop() {
        if stopped {
            answers.extend(ids.into_iter().map(|id| (id, Answer::Unsent)));
            continue;
        }
        let result = processing::many(host, &location, &ids).await;
        board.sent(&result);
        match result {
            Ok(said) => {
                unanswered = 0;
                let answer = |id: String| {
                    let untold = || CallError::InDoubt("it does not say what became of the order".to_owned());
                    let answer = said.get(&id).cloned().map_or_else(|| Answer::Failed(untold()), Answer::Said);
                    (id, answer)
                };
                answers.extend(ids.into_iter().map(answer));
            }
            // The call itself does not exist on this account: one by one, then.
            Err(CallError::Refused(404, _)) => singly.extend(ids.into_iter().map(|id| (location.clone(), id))),
            Err(CallError::Refused(..)) if ids.len() > 1 => {
                let (first, second) = ids.split_at(ids.len() / 2);
                batches.push((location.clone(), second.to_vec()));
                batches.push((location, first.to_vec()));
            }
            Err(error) => {
                unanswered += 1;
                stopped = ends_it(&error) || unanswered >= PATIENCE;
                answers.extend(ids.into_iter().map(|id| (id, of_error(&error))));
            }
        }
        stopped |= host.report(answers.len() as u64, None) == Directive::Stop;
    }
    for (location, id) in singly {
        if stopped {
            answers.insert(id, Answer::Unsent);
            continue;
        }
        let result = processing::one(host, &location, &id).await;
        board.sent(&result);
        let answer = match result {
            Ok(said) => Answer::Said(said),
            Err(error) => {
                stopped = ends_it(&error);
                of_error(&error)
            }
        };
        answers.insert(id, answer);
        stopped |= host.report(answers.len() as u64, None) == Directive::Stop;
    }
    answers
}

fn ends_it(error: &CallError) -> bool {
    matches!(error, CallError::Throttled(_) | CallError::Unauthorised)
}

fn of_error(error: &CallError) -> Answer {
    match error {
        CallError::Throttled(_) | CallError::Unauthorised => Answer::Unsent,
        // The other way in which Linnworks refuses one order.
        CallError::Refused(_, text) => Answer::Said(Said { processed: false, text: text.clone() }),
        error => Answer::Failed(error.clone()),
    }
}

/// Reads the orders that were asked for, and ends the despatches whose orders are not refused. Gives what was said of the others.
async fn read_back<H: Host>(
    host: &H,
    board: &mut Board<'_>,
    answers: Answers,
) -> Result<BTreeMap<String, String>, Failure> {
    let sent: Vec<String> =
        answers.iter().filter(|(_, answer)| !matches!(answer, Answer::Unsent)).map(|(id, _)| id.clone()).collect();
    let found = if sent.is_empty() { Ok(BTreeMap::new()) } else { standing::of(host, &sent).await };
    let mut refused = BTreeMap::new();
    let mut missing = Vec::new();
    let found = match found {
        Ok(found) => found,
        Err(error) => {
            host.log(Level::Warn, &format!("what was processed could not be read back: {}", error.describe()));
            for (id, answer) in answers {
                board.end(&id, &unread(&answer, &error));
            }
            return Ok(refused);
        }
    };
    for (id, answer) in answers {
        if matches!(answer, Answer::Unsent) {
            board.end(&id, &Attempt::NotAttempted);
            continue;
        }
        let Some(now) = found.get(&id) else {
            missing.push(id);
            continue;
        };
        for item in board.open().filter(|item| item.order == id) {
            item.standing = now.clone();
            let fate = match &answer {
                _ if now.processed && !now.is_cancelled() => {
                    item.changes.push(change("Processed", Some("false"), Some("true")));
                    Attempt::Done
                }
                _ if now.is_cancelled() => Attempt::Refused(problems::cancelled()),
                Answer::Failed(CallError::InDoubt(why)) => {
                    Attempt::InDoubt(problems::told("Processing", &CallError::InDoubt(why.clone())))
                }
                Answer::Failed(error) => Attempt::RetryLater(problems::told("Processing", error)),
                Answer::Said(said) if said.processed => Attempt::RetryLater(problems::not_applied()),
                Answer::Said(said) => {
                    refused.insert(id.clone(), said.text.clone());
                    continue;
                }
                Answer::Unsent => Attempt::NotAttempted,
            };
            item.end(fate);
        }
    }
    gone::resolve(host, board, &missing).await?;
    Ok(refused)
}

/// What is known of an order that could not be read back.
fn unread(answer: &Answer, error: &CallError) -> Attempt {
    match answer {
        Answer::Unsent => Attempt::NotAttempted,
        Answer::Said(said) if !said.processed => Attempt::NotAttempted,
        _ => Attempt::InDoubt(problems::told("Processing", &CallError::InDoubt(error.describe()))),
    }
}

/// Marks the invoices of refused orders as printed, once; whether any is now.
async fn print<H: Host>(host: &H, board: &mut Board<'_>) -> Result<bool, Failure> {
    let ids: Vec<String> = board
        .open()
        .filter(|item| !item.standing.invoice_printed && !item.standing.parked && !item.standing.is_locked())
        .map(|item| item.order.clone())
        .collect();
    if ids.is_empty() {
        return Ok(false);
    }
    let result = marks::set(host, Mark::InvoicePrinted, &ids).await;
    board.sent(&result);
    if let Err(error) = result
        && let Some(fate) = attempt_of("The invoice could not be marked as printed", &error)
    {
        for id in &ids {
            board.end(id, &fate);
        }
        return Ok(false);
    }
    let Ok(found) = standing::of(host, &ids).await else { return Ok(false) };
    let mut any = false;
    for item in board.open().filter(|item| ids.contains(&item.order)) {
        let Some(now) = found.get(&item.order) else { continue };
        item.standing = now.clone();
        if now.invoice_printed {
            any = true;
            item.changes.push(change("InvoicePrinted", Some("false"), Some("true")));
        }
        if let Some(fate) = judge::ended(item) {
            item.end(fate);
        }
    }
    Ok(any)
}

/// Finds why each of the others is refused: by its record, by the list of locked orders where the words point there, by the
/// stock, then by that list all the same.
async fn explain<H: Host>(host: &H, flow: &Flow, board: &mut Board<'_>, refused: &BTreeMap<String, String>) {
    let text = |id: &str| refused.get(id).map(String::as_str).unwrap_or_default();
    for item in board.open() {
        if let Some(problem) = cause::of_record(item, text(&item.order), flow) {
            item.end(Attempt::Refused(problem));
        }
    }
    listed(host, board, |id| cause::speaks_of_a_lock(text(id))).await;
    let levels = levels(host, board).await;
    for item in board.open() {
        if let Some(problem) = cause::of_stock(&item.standing, &levels) {
            item.end(Attempt::Refused(problem));
        }
    }
    listed(host, board, |id| !cause::speaks_of_a_lock(text(id))).await;
    for item in board.open() {
        item.end(Attempt::Refused(cause::at_last(item, text(&item.order), flow)));
    }
}

/// Ends the despatches whose orders are locked although their records do not show it.
async fn listed<H: Host>(host: &H, board: &mut Board<'_>, which: impl Fn(&str) -> bool) {
    let asked = board.open().filter(|item| which(&item.order));
    let locations: BTreeSet<String> = asked.map(|item| item.standing.location.clone()).collect();
    let locked = locks::among(host, locations).await;
    for item in board.open().filter(|item| which(&item.order)) {
        if locked.get(&item.standing.location).is_some_and(|ids: &BTreeSet<String>| ids.contains(&item.order)) {
            item.end(Attempt::Refused(problems::locked()));
        }
    }
}

/// What lies on the shelf of what the orders need, as far as it can be asked.
async fn levels<H: Host>(host: &H, board: &mut Board<'_>) -> BTreeMap<(String, String), i64> {
    let lines = board.open().flat_map(|item| item.standing.lines.iter().filter(|line| !line.unlinked));
    let items: BTreeSet<String> = lines.map(|line| line.stock_item.clone()).collect();
    let items: Vec<String> = items.into_iter().collect();
    let mut levels = BTreeMap::new();
    for chunk in items.chunks(ITEMS).take(ITEM_CALLS) {
        match processing::levels(host, chunk).await {
            Ok(found) => levels.extend(found),
            Err(error) => {
                host.log(Level::Warn, &format!("stock levels are not known: {}", error.describe()));
                break;
            }
        }
    }
    levels
}
