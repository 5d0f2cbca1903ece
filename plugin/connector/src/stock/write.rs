//! Setting levels: one call for all rows, absolute, so that a repetition does no harm. Then they are read back: Linnworks leaves out
//! of its answer what it did not do, says nothing at all, or answers as if it had done it.
use std::collections::BTreeMap;

use super::{CHANGE_SOURCE, told};
use crate::contract::Attempt;
use crate::host::Host;
use crate::linnworks::CallError;
use crate::linnworks::stock::{self, Level, Update};

/// One level that is to be set.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// As the warehouse writes it.
    pub(super) sku: String,
    /// The item's id and how Linnworks writes its SKU.
    pub(super) id: String,
    pub(super) update: Update,
}

/// Sets the levels and says what became of each SKU.
pub(super) async fn set<H: Host>(host: &H, wanted: &[Wanted], location: &str) -> BTreeMap<String, Attempt> {
    let mut trouble: BTreeMap<&str, Attempt> = BTreeMap::new();
    let mut confirmed: BTreeMap<&str, i64> = BTreeMap::new();
    let mut batches = vec![wanted];
    let mut spent: Option<Attempt> = None;
    while let Some(batch) = batches.pop() {
        if batch.is_empty() {
            continue;
        }
        if let Some(attempt) = &spent {
            trouble.extend(batch.iter().map(|one| (one.sku.as_str(), attempt.clone())));
            continue;
        }
        let updates: Vec<Update> = batch.iter().map(|one| one.update.clone()).collect();
        let error = match stock::set(host, &updates, CHANGE_SOURCE).await {
            Ok(rows) => {
                confirmed.extend(batch.iter().filter_map(|one| Some((one.sku.as_str(), shown(one, &rows, location)?))));
                continue;
            }
            Err(error) => error,
        };
        // One row that Linnworks refuses has it refuse all: the halves find it, so that it holds back nobody.
        if matches!(error, CallError::Refused(..)) && batch.len() > 1 {
            let (first, second) = batch.split_at(batch.len() / 2);
            batches.push(second);
            batches.push(first);
            continue;
        }
        trouble.extend(batch.iter().map(|one| (one.sku.as_str(), attempt(&one.sku, &error))));
        // Without quota, session or permission no further call can do any better.
        if matches!(error, CallError::Throttled(_) | CallError::Unauthorised | CallError::Forbidden(_)) {
            spent = Some(Attempt::NotAttempted);
        }
    }
    let sent: Vec<&Wanted> = wanted
        .iter()
        .filter(|one| trouble.get(one.sku.as_str()).is_none_or(|attempt| matches!(attempt, Attempt::InDoubt(_))))
        .collect();
    let seen = read_back(host, &sent, location).await;
    let judge = |one: &Wanted| {
        let level = i64::from(one.update.level);
        // Where it cannot be read back, the answer counts.
        let shown = seen.get(&one.id).or_else(|| confirmed.get(one.sku.as_str())).copied();
        let attempt = match trouble.get(one.sku.as_str()) {
            None if shown == Some(level) => Attempt::Done,
            Some(Attempt::InDoubt(_)) if shown == Some(level) => Attempt::Done,
            Some(attempt) => attempt.clone(),
            None => Attempt::RetryLater(told::not_applied(&one.sku, one.update.level, shown)),
        };
        (one.sku.clone(), attempt)
    };
    wanted.iter().map(judge).collect()
}

fn attempt(sku: &str, error: &CallError) -> Attempt {
    match error {
        CallError::Refused(..) | CallError::Forbidden(_) | CallError::Denied(_) => {
            Attempt::Refused(told::refused(sku, error))
        }
        CallError::InDoubt(_) => Attempt::InDoubt(told::in_doubt(sku, error)),
        CallError::Throttled(_) => Attempt::NotAttempted,
        CallError::Unauthorised | CallError::Unavailable(_) | CallError::Unreadable(_) => {
            Attempt::RetryLater(told::unavailable(sku, error))
        }
    }
}

/// The level that the answer shows of one item at the location. Rows name the item by id or SKU, and not always the location.
fn shown(one: &Wanted, rows: &[Level], location: &str) -> Option<i64> {
    let same = |row: &&Level| match &row.id {
        Some(id) => *id == one.id,
        None => super::items::folded(&row.sku) == super::items::folded(&one.update.sku),
    };
    rows.iter().filter(same).find(|row| row.location == location).map(|row| row.level)
}

/// The levels that the items have now, by id; nothing, when that cannot be read.
async fn read_back<H: Host>(host: &H, wanted: &[&Wanted], location: &str) -> BTreeMap<String, i64> {
    if wanted.is_empty() {
        return BTreeMap::new();
    }
    let ids: Vec<String> = wanted.iter().map(|one| one.id.clone()).collect();
    let Ok(levels) = stock::levels(host, &ids).await else { return BTreeMap::new() };
    let at = |(id, rows): (String, Vec<Level>)| {
        let row = rows.into_iter().find(|row| row.location == location)?;
        Some((id, row.level))
    };
    levels.into_iter().filter_map(at).collect()
}
