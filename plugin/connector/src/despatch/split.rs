//! An order that left in parts: each part but the last becomes an order of its own at Linnworks, and that one is processed.
//! Splitting is no call that may be repeated, so what an earlier attempt split off is looked for first.
use super::board::{Board, Item, attempt_of, change, key};
use super::problems;
use crate::contract::{Attempt, Failure, Problem};
use crate::host::Host;
use crate::linnworks::lookup;
use crate::linnworks::splitting::{self, Taken};
use crate::linnworks::standing::{self, Line, Standing};

/// Splits off the parts that are to be.
///
/// # Errors
/// No usable answer, while nothing was written.
pub(super) async fn parts<H: Host>(host: &H, board: &mut Board<'_>) -> Result<(), Failure> {
    for at in 0..board.items.len() {
        let Some(item) = board.items.get(at).filter(|item| item.fate.is_none() && item.split) else { continue };
        let root = item.order.clone();
        let taken: Vec<String> = board.items.iter().map(|item| item.order.clone()).filter(|id| *id != root).collect();
        // Earlier parts of the same call have changed the original.
        let now = match standing::of(host, std::slice::from_ref(&root)).await {
            Ok(found) => found.get(&root).cloned().unwrap_or_default(),
            Err(error) => {
                let fate = attempt_of("The order could not be read", &error).unwrap_or(Attempt::NotAttempted);
                end(board, at, fate);
                continue;
            }
        };
        let fate = match split_off(host, item, &now, &taken).await {
            Ok((child, sent)) => {
                board.wrote |= sent;
                adopt(board, at, child, sent);
                continue;
            }
            Err((fate, sent)) => {
                board.wrote |= sent;
                fate
            }
        };
        end(board, at, fate);
    }
    Ok(())
}

fn end(board: &mut Board<'_>, at: usize, fate: Attempt) {
    if let Some(item) = board.items.get_mut(at) {
        item.end(fate);
    }
}

fn adopt(board: &mut Board<'_>, at: usize, child: Standing, made: bool) {
    let Some(item) = board.items.get_mut(at) else { return };
    item.order.clone_from(&child.id);
    if made {
        item.changes.push(change("SplitOrder", Some(&item.despatch.order_id.clone()), Some(&child.id)));
    }
    item.unpark = child.parked;
    item.standing = child;
}

/// The order that holds this part, and whether it was made now. The error says, too, whether anything was sent.
async fn split_off<H: Host>(
    host: &H,
    item: &Item<'_>,
    now: &Standing,
    taken: &[String],
) -> Result<(Standing, bool), (Attempt, bool)> {
    let before =
        |error: &_| (attempt_of("What was split off could not be read", error).unwrap_or(Attempt::NotAttempted), false);
    let root = &item.order;
    let relations = lookup::relations(host, root).await.map_err(|error| before(&error))?;
    let children: Vec<String> = relations
        .iter()
        .filter(|one| one.parent.eq_ignore_ascii_case(root))
        .map(|one| key(&one.child))
        .filter(|id| id != root && !taken.contains(id))
        .collect();
    let known = if children.is_empty() {
        std::collections::BTreeMap::new()
    } else {
        standing::of(host, &children).await.map_err(|error| before(&error))?
    };
    if let Some(child) = known.values().find(|child| is_this(item, child)) {
        return Ok((child.clone(), false));
    }
    let rows = rows(item, &now.lines).map_err(|problem| (Attempt::Refused(problem), false))?;
    let service = &now.shipping.service_id;
    let answer = splitting::split(host, root, &now.location, service, &rows).await;
    let ids = answer.map_err(|error| {
        let doubt = || Attempt::InDoubt(problems::told("Splitting", &error));
        (attempt_of("The order could not be split", &error).unwrap_or_else(doubt), true)
    })?;
    let new: Vec<String> = ids.into_iter().filter(|id| id != root && !known.contains_key(id)).collect();
    let doubt = |found: &str| (Attempt::InDoubt(problems::not_split(found)), true);
    let [child] = new.as_slice() else { return Err(doubt("the answer does not name one new order")) };
    let found = standing::of(host, std::slice::from_ref(child)).await.map_err(|error| doubt(&error.describe()))?;
    match found.get(child) {
        Some(standing) if !standing.lines.is_empty() => Ok((standing.clone(), true)),
        _ => Err(doubt("the new order cannot be read")),
    }
}

/// Whether an order that was split off earlier holds this part: the same goods, open or processed with this tracking number.
fn is_this(item: &Item<'_>, child: &Standing) -> bool {
    let tracking = &child.shipping.tracking_number;
    let ours = !item.tracking.is_empty() && *tracking == item.tracking;
    let mut wanted: Vec<(&str, i64)> =
        item.despatch.lines.iter().map(|line| (line.sku.as_str(), i64::from(line.quantity))).collect();
    let mut there: Vec<(&str, i64)> = child.lines.iter().map(|line| (line.sku.as_str(), line.quantity)).collect();
    wanted.sort_unstable();
    there.sort_unstable();
    wanted == there && (ours || (!child.processed && tracking.is_empty()))
}

fn rows(item: &Item<'_>, lines: &[Line]) -> Result<Vec<Taken>, Problem> {
    let mut rows = Vec::new();
    for wanted in &item.despatch.lines {
        let line = lines.iter().find(|line| line.row.eq_ignore_ascii_case(&wanted.source_line_id));
        let Some(line) = line else {
            return Err(problems::not_split(&format!("{} is no line of the order any more", wanted.sku)));
        };
        if line.sold_row != line.row {
            return Err(problems::not_split(&format!("{} is a part of a composite", wanted.sku)));
        }
        let quantity = i64::from(wanted.quantity);
        if quantity > line.quantity {
            return Err(problems::not_split(&format!(
                "{quantity} of {} left, and it has {}",
                wanted.sku, line.quantity
            )));
        }
        rows.push(Taken { row_id: line.row.clone(), quantity });
    }
    Ok(rows)
}
