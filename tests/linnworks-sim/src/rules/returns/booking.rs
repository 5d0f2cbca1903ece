//! Booking returns, exchanges and resends; changing and deleting what was booked.

use super::{actioning::book_in, cannot_return, find_line, returnable};
use crate::{
    config::Config,
    state::{Account, Order, PostSale, Rma, RmaKind, RmaLine, Stamp},
};
use uuid::Uuid;

/// A line as it was sent.
#[derive(Debug, Clone)]
pub(crate) struct SentLine {
    pub(crate) line: RmaLine,
    /// In an update: take the line out.
    pub(crate) remove: bool,
}

/// A rejected booking: what is wrong, over all and by line.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rejected {
    pub(crate) errors: Vec<String>,
    pub(crate) lines: Vec<(RmaLine, Option<String>)>,
}

impl Rejected {
    fn of(error: impl Into<String>) -> Self {
        Self { errors: vec![error.into()], lines: Vec::new() }
    }
}

/// The texts of the vendor are not public; clients must not match on them.
fn reason_text(reason: &str) -> String {
    let text = match reason {
        "MissingOrderInLinnworks" => "The order does not exist in Linnworks",
        "OpenOrderInLinnworks" => "Only processed orders can be returned: the order is open in Linnworks",
        "AlreadyReturnedInLinnworks" => "The order was returned already",
        "NoNewRMAsSpecified" => "No new RMAs were specified",
        _ => "The order can not be returned",
    };
    text.to_owned()
}

/// Books lines for an order; answers the header's number. Nothing is changed when any line is wrong.
///
/// # Errors
/// Everything that is wrong, at once.
#[allow(clippy::too_many_arguments, reason = "what a booking consists of")]
pub(crate) fn book(
    account: &mut Account,
    order_id: Uuid,
    sent: &[SentLine],
    reference: Option<String>,
    channel_initiated: bool,
    config: &Config,
    now: Stamp,
    user: &str,
) -> Result<i32, Rejected> {
    let only_resends = !sent.is_empty() && sent.iter().all(|sent| sent.line.kind == RmaKind::Resend);
    match cannot_return(account, order_id, config) {
        Some("AlreadyReturnedInLinnworks") if only_resends => {}
        Some(reason) => return Err(Rejected::of(reason_text(reason))),
        None => {}
    }
    if sent.is_empty() {
        return Err(Rejected::of(reason_text("NoNewRMAsSpecified")));
    }
    let Some(order) = account.orders.get(order_id).cloned() else {
        return Err(Rejected::of(reason_text("MissingOrderInLinnworks")));
    };
    let reference = reference.filter(|text| !text.trim().is_empty());
    if let Some(reference) = &reference {
        let taken = account.after_sales.rmas.iter().any(|rma| rma.external_reference == *reference);
        if taken && config.returns.same_reference_refused {
            return Err(Rejected::of(format!("An RMA with the reference {reference} exists already")));
        }
    }
    let lines: Vec<RmaLine> = sent.iter().map(|sent| sent.line.clone()).collect();
    judged(account, &order, &lines, &[], config)?;
    let mut rma = Rma {
        header_id: account.after_sales.last_rma_header + 1,
        order_id,
        external_reference: String::new(),
        channel_initiated,
        created_date: now,
        last_action_date: None,
        lines,
    };
    rma.external_reference = reference.unwrap_or_else(|| format!("RMA{}-{}", order.num_order_id, rma.header_id));
    if config.returns.stock_at_booking {
        for line in &rma.lines {
            book_in(account, &order, line, config, now);
        }
    }
    let header = account.after_sales.put_rma(rma);
    account.audit(order_id, now, user, "RMA_BOOKED", format!("Return booking {header} created"));
    Ok(header)
}

/// Changes the open lines of a booking; lines are found by their row.
///
/// # Errors
/// Everything that is wrong, at once.
pub(crate) fn update(
    account: &mut Account,
    header: i32,
    order_id: Uuid,
    sent: &[SentLine],
    config: &Config,
    now: Stamp,
    user: &str,
) -> Result<(), Rejected> {
    let found = account.after_sales.rma(header).filter(|rma| rma.order_id == order_id).cloned();
    let (Some(mut rma), Some(order)) = (found, account.orders.get(order_id).cloned()) else {
        return Err(Rejected::of(format!("RMA {header} of order {order_id} does not exist")));
    };
    let mut changed = Vec::new();
    let mut rejected = Rejected::default();
    for sent in sent {
        let row = sent.line.row_id;
        let Some(known) = rma.lines.iter_mut().find(|line| line.row_id == row) else {
            rejected.errors.push(format!("RMA {header} has no line {row}"));
            continue;
        };
        if known.status.is_closed() {
            rejected.errors.push(format!("Line {row} of RMA {header} was actioned and can not be changed"));
            continue;
        }
        // The order's line stays as it was booked: an update ignores what is sent for it.
        let (item, kind) = (known.order_item_row_id, known.kind);
        *known = RmaLine {
            order_item_row_id: item,
            kind,
            status: known.status,
            errors: known.errors.clone(),
            ..sent.line.clone()
        };
        if !sent.remove {
            changed.push(known.clone());
        }
    }
    if !rejected.errors.is_empty() {
        return Err(rejected);
    }
    let rows: Vec<i32> = rma.lines.iter().map(|line| line.row_id).collect();
    judged(account, &order, &changed, &rows, config)?;
    let removed: Vec<i32> = sent.iter().filter(|sent| sent.remove).map(|sent| sent.line.row_id).collect();
    rma.lines.retain(|line| !removed.contains(&line.row_id));
    rma.last_action_date = Some(now);
    if rma.lines.is_empty() {
        account.after_sales.rmas.retain(|known| known.header_id != header);
    } else {
        account.after_sales.put_rma(rma);
    }
    account.audit(order_id, now, user, "RMA_CHANGED", format!("Return booking {header} changed"));
    Ok(())
}

/// Deletes the lines of an RMA that are neither processed nor acknowledged errors, and the header with the last line.
/// Returns false when there is no such RMA.
pub(crate) fn delete(account: &mut Account, header: i32, now: Stamp, user: &str) -> bool {
    let Some(mut rma) = account.after_sales.rma(header).cloned() else { return false };
    rma.lines.retain(|line| line.status.is_closed());
    let order = rma.order_id;
    if rma.lines.is_empty() {
        account.after_sales.rmas.retain(|known| known.header_id != header);
    } else {
        account.after_sales.put_rma(rma);
    }
    account.audit(order, now, user, "RMA_DELETED", format!("Return booking {header} deleted"));
    true
}

/// Judges all lines together: two lines for one row must not exceed it either. `replaced` are the rows of the booking
/// that is being changed, whose quantities do not count.
fn judged(
    account: &Account,
    order: &Order,
    lines: &[RmaLine],
    replaced: &[i32],
    config: &Config,
) -> Result<(), Rejected> {
    let mut rejected = Rejected::default();
    for (place, line) in lines.iter().enumerate() {
        let before: i32 = lines
            .iter()
            .take(place)
            .filter(|other| other.order_item_row_id == line.order_item_row_id)
            .map(|other| other.return_quantity)
            .sum();
        let own: i32 = account
            .after_sales
            .rmas_of(order.order_id)
            .flat_map(|rma| &rma.lines)
            .filter(|known| replaced.contains(&known.row_id) && known.order_item_row_id == line.order_item_row_id)
            .filter(|known| known.status == PostSale::Open && config.returns.bookings_count)
            .map(|known| known.return_quantity)
            .sum();
        let wrong = fault_of(account, order, line, before - own, config);
        if let Some(text) = &wrong {
            rejected.errors.push(text.clone());
        }
        rejected.lines.push((line.clone(), wrong));
    }
    if rejected.errors.is_empty() { Ok(()) } else { Err(rejected) }
}

fn fault_of(account: &Account, order: &Order, line: &RmaLine, before: i32, config: &Config) -> Option<String> {
    let Some((item, _)) = find_line(order, line.order_item_row_id) else {
        return Some(format!("Order {} has no item with the row id {}", order.num_order_id, line.order_item_row_id));
    };
    let sku = &item.sku;
    if item.is_service {
        return Some(format!("{sku} is a service and can not be returned"));
    }
    let known_place = |id| account.location(id).is_some();
    if line.kind != RmaKind::Return && !known_place(line.despatch_location_id) {
        return Some(format!("Despatch location {} does not exist", line.despatch_location_id));
    }
    if line.kind == RmaKind::Resend {
        return (line.resend_quantity < 1).then(|| format!("The quantity of {sku} to resend must be at least 1"));
    }
    if line.return_quantity < 1 {
        return Some(format!("The quantity of {sku} to return must be at least 1"));
    }
    if line.scrap_quantity < 0
        || (line.scrap_quantity > line.return_quantity && config.returns.scrap == crate::config::Scrap::PartOfReturned)
    {
        return Some(format!("More of {sku} are scrapped than come back"));
    }
    let left = returnable(account, order, item, config) - before;
    if config.returns.too_many_refused && line.return_quantity > left {
        return Some(format!("{} of {sku} can be returned, not {}", left.max(0), line.return_quantity));
    }
    if !known_place(line.return_location) {
        return Some(format!("Return location {} does not exist", line.return_location));
    }
    let stock = account.items.get(item.stock_item_id);
    let batch = line.batch_inventory_id.filter(|id| *id != 0);
    if let Some(stock) = stock.filter(|stock| stock.is_batched()) {
        let fits = batch.is_some_and(|id| stock.batches.iter().any(|row| row.batch_inventory_id == id));
        if config.returns.batch_required && !fits {
            return Some(format!("{sku} is kept in batches: name one of its batches"));
        }
    }
    if line.kind == RmaKind::Exchange {
        let sent = line.exchange_stock_item_id.and_then(|id| account.items.get(id));
        if sent.is_none() || line.exchange_quantity < 1 {
            return Some(format!("The item that replaces {sku} does not exist, or its quantity is 0"));
        }
    }
    None
}
