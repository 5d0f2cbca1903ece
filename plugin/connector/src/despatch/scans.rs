//! Batches of the lines that demand it. The warehouse knows which batches left; where it does not say, one that is the only
//! one can be no other, and anything else would be a guess about goods that may have to be called back one day.
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::board::{Board, Item, attempt_of};
use super::problems;
use crate::contract::{Attempt, Problem};
use crate::host::Host;
use crate::linnworks::CallError;
use crate::linnworks::batches::{self, Assigned, Batch};
use crate::linnworks::standing::Line;

/// Batches by stock item and location, each read once in a call.
type Known = BTreeMap<(String, String), Vec<Batch>>;

/// Says which batches went into the orders that ask for it.
pub(super) async fn assign<H: Host>(host: &H, board: &mut Board<'_>) {
    let mut known = Known::new();
    let orders: Vec<String> = board.open().filter(|item| asks(item)).map(|item| item.order.clone()).collect();
    for order in orders {
        let Some(item) = board.items.iter().find(|item| item.fate.is_none() && item.order == order) else { continue };
        let rows = match read(host, &mut known, item).await {
            Ok(()) => rows(item, &known),
            Err(error) => {
                let fate = attempt_of("The batches could not be read", &error);
                board.end(&order, &fate.unwrap_or(Attempt::NotAttempted));
                continue;
            }
        };
        match rows {
            Ok(rows) => {
                let result = batches::assign(host, &order, &rows).await;
                board.sent(&result);
                if let Err(error) = result {
                    let doubt = || Attempt::InDoubt(problems::told("The batches", &error));
                    board.end(&order, &attempt_of("The batches could not be assigned", &error).unwrap_or_else(doubt));
                }
            }
            Err(problem) => board.end(&order, &Attempt::Refused(problem)),
        }
    }
}

/// Whether batches have to be said: some line demands them, and what is assigned is not all, or not what the warehouse says.
fn asks(item: &Item<'_>) -> bool {
    let demanding = || item.standing.lines.iter().filter(|line| line.batch_scan);
    demanding().any(|line| line.assigned != line.quantity || !told(item, line).is_empty())
}

/// What the warehouse says of the batches of a line: number and units.
fn told<'a>(item: &'a Item<'_>, line: &Line) -> Vec<(&'a str, i64)> {
    let lines = item.despatch.lines.iter();
    let own = lines.clone().filter(|one| one.source_line_id.eq_ignore_ascii_case(&line.row));
    let mut of: Vec<_> = own.collect();
    if of.is_empty() {
        // A line that was split off has another row than the one that was imported.
        of = lines.filter(|one| one.sku == line.sku).collect();
    }
    of.iter().flat_map(|one| &one.batches).map(|batch| (batch.number.trim(), i64::from(batch.quantity))).collect()
}

async fn read<H: Host>(host: &H, known: &mut Known, item: &Item<'_>) -> Result<(), CallError> {
    for line in item.standing.lines.iter().filter(|line| line.batch_scan) {
        let key = (line.stock_item.clone(), item.standing.location.clone());
        if let Entry::Vacant(place) = known.entry(key) {
            let (item, location) = place.key();
            let found = batches::of(host, item, location).await?;
            place.insert(found);
        }
    }
    Ok(())
}

fn rows(item: &Item<'_>, known: &Known) -> Result<Vec<Assigned>, Problem> {
    let mut rows = Vec::new();
    for line in item.standing.lines.iter().filter(|line| line.batch_scan) {
        let key = (line.stock_item.clone(), item.standing.location.clone());
        let there = known.get(&key).map(Vec::as_slice).unwrap_or_default();
        let row = |batch: &Batch, quantity: i64| Assigned {
            order_item_row_id: line.row.clone(),
            batch_inventory_id: batch.inventory_id,
            quantity,
        };
        let told = told(item, line);
        if told.is_empty() {
            let stocked: Vec<&Batch> = there.iter().filter(|batch| batch.quantity > 0).collect();
            match stocked.as_slice() {
                [one] => rows.push(row(one, line.quantity)),
                others => {
                    let found = format!(
                        "it has {} of them in stock there, and the warehouse does not tell which left",
                        others.len()
                    );
                    return Err(problems::batch_unknown(&line.sku, &found));
                }
            }
            continue;
        }
        for (number, quantity) in &told {
            let Some(batch) = there.iter().find(|batch| batch.number.eq_ignore_ascii_case(number)) else {
                let found =
                    format!("the warehouse says {number:?}, which Linnworks does not have at the order's location");
                return Err(problems::batch_unknown(&line.sku, &found));
            };
            rows.push(row(batch, *quantity));
        }
        let sum: i64 = told.iter().map(|(_, quantity)| quantity).sum();
        if sum != line.quantity {
            let found = format!("the warehouse tells the batches of {sum} units, and {} left", line.quantity);
            return Err(problems::batch_unknown(&line.sku, &found));
        }
    }
    Ok(rows)
}
