//! Why Linnworks does not process an order. The texts of refusals are nowhere promised, so a cause counts only when the
//! order's own record shows it; among several that it shows the text may point at one.
use std::collections::BTreeMap;

use super::Flow;
use super::board::Item;
use super::problems;
use crate::contract::Problem;
use crate::linnworks::standing::Standing;
use crate::settings::MarkInvoicePrinted;

/// A cause that the record allows, and words that a text about it would hold.
struct Candidate {
    words: &'static [&'static str],
    problem: Problem,
}

/// The cause, where the record leaves no choice or the text points at one that the record shows.
pub(super) fn of_record(item: &Item<'_>, text: &str, flow: &Flow) -> Option<Problem> {
    let standing = &item.standing;
    if standing.is_locked() {
        return Some(problems::locked());
    }
    if standing.parked {
        return Some(problems::still_parked());
    }
    let text = text.to_ascii_lowercase();
    let pointed = |candidate: &Candidate| candidate.words.iter().any(|word| text.contains(word));
    candidates(item, flow).into_iter().find(pointed).map(|candidate| candidate.problem)
}

/// Whether a refusal's words point at a lock, which only the list of locked orders can confirm.
pub(super) fn speaks_of_a_lock(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("lock") || text.contains("hold")
}

/// That a line lacks stock at the order's location.
pub(super) fn of_stock(standing: &Standing, levels: &BTreeMap<(String, String), i64>) -> Option<Problem> {
    let mut wanted: BTreeMap<&str, (i64, &str)> = BTreeMap::new();
    for line in standing.lines.iter().filter(|line| !line.unlinked) {
        let sum = wanted.entry(&line.stock_item).or_insert((0, &line.sku));
        sum.0 += line.quantity;
    }
    wanted.into_iter().find_map(|(item, (wanted, sku))| {
        let level = levels.get(&(item.to_owned(), standing.location.clone()))?;
        (*level < wanted).then(|| problems::no_stock(sku, *level, wanted))
    })
}

/// The likeliest of the causes that the record allows; the others are named beside it.
pub(super) fn at_last(item: &Item<'_>, text: &str, flow: &Flow) -> Problem {
    let mut candidates = candidates(item, flow).into_iter();
    let Some(first) = candidates.next() else { return problems::refused(text) };
    let others: Vec<String> = candidates.map(|candidate| candidate.problem.code).collect();
    let mut problem = first.problem;
    if !others.is_empty() {
        problem.message.push_str(&format!(" It may also be: {}.", others.join(", ")));
    }
    problem
}

/// What the record allows, the unusual first: an invoice or a label that is not printed is so in many accounts that do not ask
/// for it.
fn candidates(item: &Item<'_>, flow: &Flow) -> Vec<Candidate> {
    let standing = &item.standing;
    let shipping = &standing.shipping;
    let mut candidates = Vec::new();
    let mut add = |words, problem| candidates.push(Candidate { words, problem });
    if !standing.is_paid() {
        add(&["paid", "payment"][..], problems::unpaid(standing.status));
    }
    if let Some(line) = standing.lines.iter().find(|line| line.unlinked) {
        add(&["link"], problems::unlinked(&line.sku));
    }
    if let Some(line) = standing.lines.iter().find(|line| line.scan) {
        add(&["scan", "batch", "serial"], problems::scan_required(&line.sku));
    }
    if standing.note_to_acknowledge {
        add(&["note"], problems::note_to_acknowledge());
    }
    if shipping.tracking_number.is_empty() {
        add(&["tracking"], problems::tracking_required(&shipping.service));
    }
    if !standing.invoice_printed {
        let tried = flow.settings.mark_invoice_printed == MarkInvoicePrinted::OnDespatch;
        add(&["invoice"], if tried { problems::invoice_not_markable() } else { problems::invoice_not_printed() });
    }
    if !standing.label_printed {
        add(&["label"], problems::label_not_printed());
    }
    if shipping.total_weight.is_zero() {
        add(&["weight"], problems::weight_required(&shipping.service));
    }
    candidates
}
