//! What a run did.

use std::collections::{BTreeMap, HashMap};

use harness_wms::{Done, DueReview, ReviewResult};
use serde::Serialize;

use crate::flow::run::{self, Fate};

/// Fates that are kept of a real run.
const KEPT: usize = 200;

/// What a run did, or in a dry run would do.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Orders that were to be looked at.
    pub due: usize,
    /// Those that were.
    pub reviewed: usize,
    /// Batches of orders on which the connector broke.
    pub not_reviewed: usize,
    /// What was done: word to count; orders as they should be are left out.
    pub done: BTreeMap<Done, usize>,
    /// Orders that had waited for another and go on.
    pub let_go: usize,
    /// Orders about which nothing was done because there were too many at once.
    pub held_back: usize,
    /// All that had vanished from the list was looked at, and nothing is held back.
    #[serde(skip)]
    pub whole: bool,
    /// What became of each order that is not as it was.
    pub orders: Vec<Fate>,
    /// Also of those that are.
    #[serde(skip)]
    pub(super) keeps_all: bool,
}

impl run::Report for Report {
    fn is_troubled(&self) -> bool {
        let troubled = [Done::Stopped, Done::Told, Done::StillOpen];
        self.held_back > 0 || self.not_reviewed > 0 || troubled.iter().any(|done| self.done.contains_key(done))
    }

    fn summary(&self, dry_run: bool) -> Vec<String> {
        let mut lines = vec![format!("{} due, {} looked at", self.due, self.reviewed)];
        if !self.done.is_empty() {
            let would = if dry_run { "would be " } else { "" };
            let counts: Vec<String> =
                self.done.iter().map(|(done, count)| format!("{would}{} {count}", word(*done))).collect();
            lines.push(counts.join(", "));
        }
        if self.let_go > 0 {
            lines.push(format!("{} waited for another order and go on", self.let_go));
        }
        if self.held_back > 0 {
            lines.push(format!("{} held back: too many at once (see `harness problems`)", self.held_back));
        }
        lines
    }

    fn fates(&self) -> &[Fate] {
        &self.orders
    }
}

impl Report {
    /// Counts what was or would be done.
    pub(super) fn tell(&mut self, result: &ReviewResult, due: &[DueReview]) {
        self.let_go = result.let_go;
        let known: HashMap<&str, &DueReview> = due.iter().map(|one| (one.source_id.as_str(), one)).collect();
        for order in &result.orders {
            if order.done != Done::Nothing {
                *self.done.entry(order.done).or_default() += 1;
            } else if !self.keeps_all || !known.contains_key(order.id.as_str()) {
                continue;
            }
            if self.keeps_all || self.orders.len() < KEPT {
                self.orders.push(Fate {
                    reference: order.reference.clone(),
                    order_number: Some(order.order_number.clone()),
                    fate: word(order.done),
                    because: Some(order.because.clone()).filter(|text| !text.is_empty()).into_iter().collect(),
                    changes: Vec::new(),
                });
            }
        }
    }
}

fn word(done: Done) -> &'static str {
    match done {
        Done::Nothing => "unchanged",
        Done::Applied => "changed",
        Done::Cancelled => "cancelled",
        Done::Stopped => "stopped",
        Done::Released => "released",
        Done::Told => "told",
        Done::Missing => "missing",
        Done::StillOpen => "still-open",
    }
}
