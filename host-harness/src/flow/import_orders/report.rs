//! What a run did.

use std::collections::{BTreeMap, HashMap};

use harness_wms::{Decided, Decision, ImportCommit, NewOrder, SkippedOrder};
use serde::Serialize;

use super::{BATCH, SPLIT_OFF, split_off_from};
use crate::flow::run::{self, Fate};

/// The check that an order fails which was placed on none of the days that were asked for.
const ANOTHER_DAY: &str = "another-day";

/// What a run did, or in a dry run would do.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Ids that the source listed.
    pub candidates: usize,
    /// Of those, the ones that the ledger did not settle.
    pub fetched: usize,
    /// Orders created, or to be created.
    pub imported: usize,
    /// Orders found to be in the warehouse already.
    pub already_imported: usize,
    /// Orders not taken by the connector: check to count.
    pub skipped: BTreeMap<String, usize>,
    /// Orders not taken by the warehouse: cause to count.
    pub refused: BTreeMap<String, usize>,
    /// Orders that a person should look at though the warehouse did not refuse them: left out and not on purpose, or never
    /// to be marked at the source.
    pub needs_attention: usize,
    /// Ids that the source did not know any more.
    pub absent: usize,
    /// Warnings on imported orders: code to count.
    pub warnings: BTreeMap<String, usize>,
    /// When the oldest imported order was placed, Unix milliseconds.
    pub oldest: Option<i64>,
    /// Orders marked as taken at the source.
    pub acknowledged: usize,
    /// Orders whose mark has still to be made.
    pub unacknowledged: usize,
    /// In a dry run, and for single orders: what becomes of each.
    pub orders: Vec<Fate>,
    /// Whether it keeps what becomes of each order, however many there are.
    #[serde(skip)]
    pub(super) keeps_all: bool,
}

impl Report {
    /// What a first run would do, in one sentence.
    pub(super) fn preview(&self) -> String {
        let skipped: usize = self.skipped.values().sum();
        let refused: usize = self.refused.values().sum();
        let oldest = self.oldest.and_then(chrono::DateTime::from_timestamp_millis);
        let mut sentence = format!("{} open orders would be imported", self.imported);
        if let Some(oldest) = oldest {
            sentence.push_str(&format!(", the oldest of {}", oldest.format("%Y-%m-%d")));
        }
        for (code, count) in &self.warnings {
            sentence.push_str(&format!(", {count} with the warning {code}"));
        }
        sentence.push_str(&format!("; {skipped} stay out, {refused} would be refused by the warehouse"));
        sentence
    }

    /// Counts what was or would be committed.
    pub(super) fn tell(&mut self, decided: &[Decided], commit: &ImportCommit) {
        self.absent += commit.absent.len();
        let mut ready: HashMap<&str, &NewOrder> = HashMap::with_capacity(commit.ready.len());
        for order in &commit.ready {
            ready.insert(&order.id, order);
        }
        for one in decided {
            self.tell_one(one, ready.get(one.id.as_str()).copied());
        }
        commit.skipped.iter().for_each(|skip| self.tell_skipped(skip));
        self.needs_attention += commit.problems.len();
    }

    pub(super) fn tell_skipped(&mut self, skip: &SkippedOrder) {
        if let Some(first) = skip.verdicts.first() {
            *self.skipped.entry(first.check.clone()).or_default() += 1;
        }
        let because = skip.verdicts.iter().map(|verdict| format!("{}: {}", verdict.check, verdict.found)).collect();
        self.note(skip.reference.clone(), None, "skip", because);
    }

    /// Of an order that is importable and was not placed on one of the days that were asked for.
    pub(super) fn tell_of_another_day(&mut self, order: &NewOrder) {
        *self.skipped.entry(ANOTHER_DAY.into()).or_default() += 1;
        let placed = order.source_order_date.and_then(chrono::DateTime::from_timestamp_millis);
        let found =
            placed.map_or_else(|| "no day is known".into(), |at| format!("placed on {}", at.format("%Y-%m-%d")));
        let number = Some(order.order_number.clone());
        self.note(order.source_reference.clone(), number, "skip", vec![format!("{ANOTHER_DAY}: {found}")]);
    }

    fn tell_one(&mut self, one: &Decided, order: Option<&NewOrder>) {
        let (fate, because): (&'static str, Vec<String>) = match &one.decision {
            Decision::Created { .. } => {
                self.imported += 1;
                for warning in order.iter().flat_map(|order| &order.warnings) {
                    *self.warnings.entry(warning.code.clone()).or_default() += 1;
                }
                let placed = order.and_then(|order| order.source_order_date);
                self.oldest = [self.oldest, placed].into_iter().flatten().min();
                ("import", Vec::new())
            }
            Decision::AlreadyImported { order_id, .. } => {
                self.already_imported += 1;
                ("skip", vec![format!("already imported as order {order_id}")])
            }
            Decision::SplitOff { from } => {
                *self.skipped.entry(SPLIT_OFF.into()).or_default() += 1;
                ("skip", vec![format!("{SPLIT_OFF}: {}", split_off_from(from))])
            }
            Decision::Refused(problems) => {
                if let Some(first) = problems.first() {
                    *self.refused.entry(first.code.clone()).or_default() += 1;
                }
                let because = problems.iter().map(|problem| format!("{} {}", problem.message, problem.remedy));
                ("refuse", because.collect())
            }
        };
        let reference = order.map(|order| order.source_reference.clone());
        self.note(reference.unwrap_or_default(), Some(one.order_number.clone()), fate, because);
    }

    fn note(&mut self, reference: String, order_number: Option<String>, fate: &'static str, because: Vec<String>) {
        // A real run of a hundred thousand orders is read in the warehouse, not here.
        if self.keeps_all || self.fetched <= BATCH {
            self.orders.push(Fate { reference, order_number, fate, because, changes: Vec::new() });
        }
    }
}

impl run::Report for Report {
    fn is_troubled(&self) -> bool {
        !self.refused.is_empty() || self.needs_attention > 0 || self.unacknowledged > 0
    }

    fn summary(&self, dry_run: bool) -> Vec<String> {
        let list = |counts: &BTreeMap<String, usize>| {
            counts.iter().map(|(what, count)| format!("{what} {count}")).collect::<Vec<_>>().join(", ")
        };
        let mut lines = vec![format!(
            "{} listed, {} looked at, {} {}, {} already in the warehouse",
            self.candidates,
            self.fetched,
            self.imported,
            if dry_run { "to import" } else { "imported" },
            self.already_imported,
        )];
        if !self.skipped.is_empty() {
            lines.push(format!("left out: {}", list(&self.skipped)));
        }
        if !self.refused.is_empty() {
            lines.push(format!("refused by the warehouse: {} (see `harness problems`)", list(&self.refused)));
        }
        if self.acknowledged + self.unacknowledged > 0 {
            lines.push(format!(
                "acknowledged at the source: {}, still to do: {}",
                self.acknowledged, self.unacknowledged
            ));
        }
        lines
    }

    fn fates(&self) -> &[Fate] {
        &self.orders
    }
}
