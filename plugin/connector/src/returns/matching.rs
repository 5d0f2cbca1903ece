//! Which line of the order a returned line is: by the ids that the order was imported with, never by text.
use crate::contract::Problem;
use crate::contract::returns::{OrderReturn, ReturnLine};
use crate::linnworks::order::{Item, OrderDetails};

use super::problems;

/// What comes back of one line of the order, all rows of the return together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Id of the order's line.
    pub(super) row: String,
    pub(super) sku: String,
    pub(super) restocked: u32,
    pub(super) scrapped: u32,
    /// The reasons, each once.
    pub(super) reasons: Vec<String>,
    /// The remarks, each once.
    pub(super) comments: Vec<String>,
}

impl Wanted {
    /// All units.
    pub(super) fn units(&self) -> u32 {
        self.restocked.saturating_add(self.scrapped)
    }

    /// Why, without remarks.
    pub(super) fn category(&self) -> String {
        self.reasons.join("; ")
    }

    /// Why, with remarks.
    pub(super) fn reason(&self) -> String {
        let said: Vec<&str> = self.reasons.iter().chain(&self.comments).map(String::as_str).collect();
        said.join("; ")
    }
}

/// What comes back, one for each line of the order, in the order of the return's rows.
///
/// # Errors
/// A line that the order has not, more units than it had of one, or nothing at all.
pub(super) fn lines(order: &OrderDetails<'_>, ret: &OrderReturn) -> Result<Vec<Wanted>, Problem> {
    let mut lines: Vec<(Wanted, i64)> = Vec::new();
    for line in ret.lines.iter().filter(|line| line.restocked > 0 || line.scrapped > 0) {
        let Some((row, had)) = find(order, line) else {
            return Err(problems::line_unknown(order, line));
        };
        let at = lines.iter().position(|(one, _)| one.row == row).unwrap_or_else(|| {
            lines.push((Wanted { row, sku: line.sku.clone(), ..Wanted::default() }, had));
            lines.len() - 1
        });
        let Some((one, _)) = lines.get_mut(at) else { continue };
        one.restocked = one.restocked.saturating_add(line.restocked);
        one.scrapped = one.scrapped.saturating_add(line.scrapped);
        note(&mut one.reasons, &line.reason);
        note(&mut one.comments, &line.comments);
    }
    if let Some((one, had)) = lines.iter().find(|(one, had)| i64::from(one.units()) > *had) {
        return Err(problems::more_than_sold(&one.sku, one.units(), *had));
    }
    if lines.is_empty() {
        return Err(problems::nothing_returned());
    }
    Ok(lines.into_iter().map(|(one, _)| one).collect())
}

fn note(list: &mut Vec<String>, text: &str) {
    let text = text.trim();
    if !text.is_empty() && !list.iter().any(|known| known == text) {
        list.push(text.to_owned());
    }
}

/// The row id of the order's line, or of the part of a composite, and how many units it had. A line that Linnworks gave no id
/// when it was imported cannot be booked: Linnworks books by that id.
fn find(order: &OrderDetails<'_>, line: &ReturnLine) -> Option<(String, i64)> {
    let id = line.source_line_id.trim();
    let rows = order.items.0.iter().flat_map(|item| std::iter::once(item).chain(&item.parts.0));
    let mut same = rows.filter(|item| item.row.is_set() && item.row.is(id));
    same.next().map(|item: &Item<'_>| (item.row.or_zero(), item.quantity.whole().unwrap_or_default()))
}
