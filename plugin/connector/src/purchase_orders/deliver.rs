//! `deliver`: what the warehouse received is booked in at the purchase order.
//!
//! Everything is a total: the state is read, what is already counted is left alone, and what is written is how much was
//! delivered in all, never how much more. So neither a repeat nor an answer that was lost can count anything twice. Linnworks
//! never lets the number fall.
use std::collections::BTreeMap;

use crate::contract::asns::Receipt;
use crate::contract::{Attempt, Change, Context, Directive, Failure, Mode, Outcome, Problem, Retry};
use crate::host::Host;
use crate::linnworks::CallError;
use crate::linnworks::purchase_orders::{self as orders, Item, PurchaseOrder, Status};
use crate::location;
use crate::problem::problem;
use crate::settings::Settings;

/// Books in what is not counted yet; one outcome for each receipt, with what was or would be changed.
///
/// # Errors
/// The settings, or a location that has become unusable.
pub async fn deliver<H: Host>(host: &H, ctx: &Context, receipts: &[Receipt]) -> Result<Vec<Outcome>, Failure> {
    let settings = Settings::parse(&ctx.settings)?;
    if !settings.deliver_po_on_book_in {
        return Ok(receipts
            .iter()
            .map(|receipt| outcome(receipt, Attempt::Held(switched_off()), Vec::new()))
            .collect());
    }
    location::require(host, ctx.now, &settings.location).await?;
    let mut outcomes = Vec::with_capacity(receipts.len());
    let mut over = false;
    for receipt in receipts {
        over |= host.report(outcomes.len() as u64, Some(receipts.len() as u64)) == Directive::Stop;
        if over {
            outcomes.push(outcome(receipt, Attempt::NotAttempted, Vec::new()));
            continue;
        }
        let (attempt, changes) = one(host, ctx.mode, &settings, receipt).await;
        // Without quota no further call can do any better.
        over |= matches!(attempt, Attempt::NotAttempted) && ctx.mode == Mode::Apply;
        outcomes.push(outcome(receipt, attempt, changes));
    }
    Ok(outcomes)
}

fn outcome(receipt: &Receipt, attempt: Attempt, changes: Vec<Change>) -> Outcome {
    Outcome { id: receipt.id.clone(), attempt, changes, remote_id: None }
}

/// What is to be written for a line.
struct Wanted {
    line: String,
    sku: String,
    old: u32,
    new: u32,
    ordered: u32,
}

async fn one<H: Host>(host: &H, mode: Mode, settings: &Settings, receipt: &Receipt) -> (Attempt, Vec<Change>) {
    let answer = match orders::by_id(host, &receipt.id).await {
        Ok(answer) => answer,
        Err(error) if orders::is_absent(&error) => return (Attempt::Refused(gone()), Vec::new()),
        Err(error) => return (failed(&error, false), Vec::new()),
    };
    let (wanted, closed) = match answer.read::<PurchaseOrder<'_>>() {
        Ok(order) => match lacking(&order, settings, receipt) {
            Ok(wanted) => (wanted, order.header().status() == Some(Status::Delivered)),
            Err(problem) => return (Attempt::Refused(problem), Vec::new()),
        },
        Err(error) => return (failed(&error, false), Vec::new()),
    };
    if wanted.is_empty() {
        return (Attempt::AlreadyDone, Vec::new());
    }
    if mode == Mode::Plan {
        return (Attempt::NotAttempted, wanted.iter().map(|line| change(line, line.new)).collect());
    }
    let mut trouble: Option<Attempt> = None;
    for line in &wanted {
        let written = match write(host, receipt, line).await {
            Err(CallError::Refused(..)) if line.new > line.ordered => {
                // More came than was ordered, and Linnworks does not take that: what was ordered is booked in, the rest is told.
                trouble.get_or_insert(Attempt::Refused(too_much(line)));
                if line.old < line.ordered { write_up_to(host, receipt, line, line.ordered).await } else { Ok(()) }
            }
            written => written,
        };
        if let Err(error) = written {
            let attempt = match &error {
                CallError::Refused(..) if closed => Attempt::Refused(is_closed()),
                error => failed(error, true),
            };
            let last = matches!(attempt, Attempt::NotAttempted | Attempt::InDoubt(_));
            trouble = Some(attempt);
            if last {
                break;
            }
        }
    }
    let Some((changes, complete)) = read_back(host, receipt, &wanted).await else {
        return (trouble.unwrap_or_else(|| Attempt::RetryLater(not_applied())), Vec::new());
    };
    let attempt = match trouble {
        _ if complete => Attempt::Done,
        None if closed => Attempt::Refused(is_closed()),
        Some(attempt) => attempt,
        None => Attempt::RetryLater(not_applied()),
    };
    (attempt, changes)
}

async fn write<H: Host>(host: &H, receipt: &Receipt, line: &Wanted) -> Result<(), CallError> {
    write_up_to(host, receipt, line, line.new).await
}

async fn write_up_to<H: Host>(host: &H, receipt: &Receipt, line: &Wanted, total: u32) -> Result<(), CallError> {
    orders::deliver(host, &receipt.id, &line.line, total).await
}

/// What the purchase order does not count yet of the receipt.
fn lacking(order: &PurchaseOrder<'_>, settings: &Settings, receipt: &Receipt) -> Result<Vec<Wanted>, Problem> {
    if !order.header().id.is_set() {
        return Err(gone());
    }
    let items: BTreeMap<String, &Item<'_>> = order.items().map(|item| (item.id.or_zero(), item)).collect();
    let mut wanted = Vec::new();
    for (line, total) in &receipt.lines {
        let key = line.trim().to_ascii_lowercase();
        let Some(item) = items.get(&key) else { return Err(line_gone(line)) };
        let old = u32::try_from(item.delivered.0.max(0)).unwrap_or(u32::MAX);
        if *total <= old {
            continue;
        }
        let sku = item.sku.trimmed().to_owned();
        if item.is_batched() {
            return Err(batched(&sku));
        }
        let ordered = u32::try_from(item.quantity.0.max(0)).unwrap_or(u32::MAX);
        wanted.push(Wanted { line: key, sku, old, new: *total, ordered });
    }
    if wanted.is_empty() {
        return Ok(wanted);
    }
    // A booking raises stock where the purchase order says, so it has to be here.
    if !order.header().location.is(&settings.location) {
        return Err(elsewhere());
    }
    if order.header().status() == Some(Status::Pending) {
        return Err(pending());
    }
    Ok(wanted)
}

/// What of it is counted now, as changes, and whether that is all; nothing, when it cannot be read.
async fn read_back<H: Host>(host: &H, receipt: &Receipt, wanted: &[Wanted]) -> Option<(Vec<Change>, bool)> {
    let answer = orders::by_id(host, &receipt.id).await.ok()?;
    let order = answer.read::<PurchaseOrder<'_>>().ok()?;
    let now: BTreeMap<String, u32> = order
        .items()
        .map(|item| (item.id.or_zero(), u32::try_from(item.delivered.0.max(0)).unwrap_or(u32::MAX)))
        .collect();
    let (mut changes, mut complete) = (Vec::new(), true);
    for line in wanted {
        let total = now.get(&line.line).copied().unwrap_or(line.old);
        complete &= total >= line.new;
        if total > line.old {
            changes.push(change(line, total));
        }
    }
    Some((changes, complete))
}

fn change(line: &Wanted, new: u32) -> Change {
    Change { field: format!("Delivered of {}", line.sku), old: Some(line.old.to_string()), new: Some(new.to_string()) }
}

/// What an error means for a receipt. Only a write can be in doubt.
fn failed(error: &CallError, writing: bool) -> Attempt {
    match error {
        CallError::InDoubt(_) if writing => Attempt::InDoubt(told(error)),
        CallError::Throttled(_) => Attempt::NotAttempted,
        CallError::Refused(..) | CallError::Forbidden(_) | CallError::Denied(_) => Attempt::Refused(told(error)),
        // It did not reach Linnworks, or was only to be read.
        CallError::InDoubt(_) | CallError::Unauthorised | CallError::Unavailable(_) | CallError::Unreadable(_) => {
            Attempt::RetryLater(told(error))
        }
    }
}

fn told(error: &CallError) -> Problem {
    problem(
        "deliver.refused",
        format!("The goods could not be booked in at the purchase order: {}.", error.describe()),
        "Open the purchase order in Linnworks and look what it waits for; it is tried again by itself.",
        Retry::AfterAChange,
    )
}

fn switched_off() -> Problem {
    problem(
        "deliver.switched-off",
        "DeliverPOOnBookIn is off, so Linnworks is not told what was received.",
        "Switch DeliverPOOnBookIn on, or book the goods in at the purchase order by hand.",
        Retry::AfterAChange,
    )
}

fn gone() -> Problem {
    problem(
        "deliver.purchase-order-gone",
        "Linnworks does not have the purchase order any more, so nothing can be booked in there.",
        "Correct the stock in Linnworks by hand if it does not follow the warehouse's.",
        Retry::Never,
    )
}

fn line_gone(line: &str) -> Problem {
    problem(
        "deliver.line-gone",
        format!("The purchase order has no line {line} any more, so what came of it cannot be booked in; nothing was."),
        "Add the line to the purchase order in Linnworks again, or book the goods in by hand.",
        Retry::Never,
    )
}

fn is_closed() -> Problem {
    problem(
        "deliver.closed",
        "The purchase order was closed (DELIVERED) before the goods came, and Linnworks takes none for it any more.",
        "Correct the stock in Linnworks by hand if it does not follow the warehouse's.",
        Retry::Never,
    )
}

fn batched(sku: &str) -> Problem {
    problem(
        "deliver.batched",
        format!("Linnworks keeps {sku} in batches, and which batch came is not known here; nothing was booked in."),
        "Book the purchase order in by hand in Linnworks.",
        Retry::Never,
    )
}

fn elsewhere() -> Problem {
    problem(
        "deliver.elsewhere",
        "The purchase order is for another location now, so booking it in would raise stock there; nothing was booked in.",
        "Set the purchase order's location back in Linnworks, or book the goods in by hand.",
        Retry::AfterAChange,
    )
}

fn pending() -> Problem {
    problem(
        "deliver.pending",
        "The purchase order is PENDING, a draft, and takes no goods.",
        "Set it to OPEN in Linnworks; the goods are then booked in by themselves.",
        Retry::AfterAChange,
    )
}

fn too_much(line: &Wanted) -> Problem {
    let (sku, ordered, more) = (&line.sku, line.ordered, line.new - line.ordered);
    problem(
        "deliver.over-receipt",
        format!("{} of {sku} came and {ordered} were ordered; Linnworks does not take the other {more}.", line.new),
        "Raise the quantity in the purchase order, or correct the stock in Linnworks by hand.",
        Retry::Never,
    )
}

fn not_applied() -> Problem {
    problem(
        "deliver.not-applied",
        "Linnworks accepted the booking, but the purchase order does not show it.",
        "Nothing to do: the next run tries again. If it lasts, look at the purchase order in Linnworks.",
        Retry::Later,
    )
}
