//! What a run did.

use std::collections::BTreeMap;

use harness_wms::{AsnCommit, AsnDecided, AsnDecision};
use serde::Serialize;

use crate::flow::queue;
use crate::flow::run::{self, Fate};

/// What a run did, or in a dry run would do.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Purchase orders that the source listed.
    pub candidates: usize,
    /// Those that were read: never seen, moved, or waiting.
    pub fetched: usize,
    /// Notices created, or to be created.
    pub announced: usize,
    /// Products created for them.
    pub products: usize,
    /// Purchase orders announced before whose notice still fits.
    pub unchanged: usize,
    /// Purchase orders that were changed after they were announced.
    pub drifted: usize,
    /// Purchase orders not taken by the connector: check to count.
    pub skipped: BTreeMap<String, usize>,
    /// Purchase orders not taken by the warehouse: cause to count.
    pub refused: BTreeMap<String, usize>,
    /// Purchase orders that a person should look at though the warehouse did not refuse them.
    pub needs_attention: usize,
    /// Ids that the source did not know any more.
    pub absent: usize,
    /// What was told to the source.
    pub delivery: queue::Report,
    /// What became of each purchase order and each receipt.
    pub items: Vec<Fate>,
}

impl Report {
    /// Counts what was or would be committed.
    pub(super) fn tell(&mut self, decided: &[AsnDecided], commit: &AsnCommit) {
        self.absent += commit.absent.len();
        self.needs_attention += commit.problems.len();
        for one in decided {
            let (fate, because) = self.count(&one.decision);
            self.note(&one.reference, fate, because);
        }
        for skip in &commit.skipped {
            if let Some(first) = skip.verdicts.first() {
                *self.skipped.entry(first.check.clone()).or_default() += 1;
            }
            let because = skip.verdicts.iter().map(|verdict| format!("{}: {}", verdict.check, verdict.found)).collect();
            self.note(&skip.reference, "skip", because);
        }
        for id in &commit.absent {
            self.note(id, "absent", Vec::new());
        }
    }

    fn count(&mut self, decision: &AsnDecision) -> (&'static str, Vec<String>) {
        match decision {
            AsnDecision::Created { products, .. } => {
                self.announced += 1;
                self.products += products.len();
                ("announce", products.iter().map(|sku| format!("with the new product {sku}")).collect())
            }
            AsnDecision::Known { differences, .. } if differences.is_empty() => {
                self.unchanged += 1;
                ("unchanged", Vec::new())
            }
            AsnDecision::Known { differences, .. } => {
                self.drifted += 1;
                ("drift", differences.clone())
            }
            AsnDecision::Refused(problems) => {
                if let Some(first) = problems.first() {
                    *self.refused.entry(first.code.clone()).or_default() += 1;
                }
                ("refuse", problems.iter().map(|problem| format!("{} {}", problem.message, problem.remedy)).collect())
            }
        }
    }

    fn note(&mut self, reference: &str, fate: &'static str, because: Vec<String>) {
        self.items.push(Fate { reference: reference.to_owned(), fate, because, ..Fate::default() });
    }
}

impl run::Report for Report {
    fn is_troubled(&self) -> bool {
        // What another connection announced needs nobody.
        let refused = self.refused.keys().any(|cause| cause != "already-imported-by");
        refused || self.drifted + self.needs_attention > 0 || self.delivery.is_troubled()
    }

    fn summary(&self, dry_run: bool) -> Vec<String> {
        let will = if dry_run { "to be announced" } else { "announced" };
        let mut lines = vec![format!(
            "{} listed, {} read, {} {will} with {} new products, {} changed since they were announced",
            self.candidates, self.fetched, self.announced, self.products, self.drifted
        )];
        for (what, counts) in [("left out", &self.skipped), ("refused by the warehouse", &self.refused)] {
            if !counts.is_empty() {
                let counts: Vec<String> = counts.iter().map(|(cause, count)| format!("{cause} {count}")).collect();
                lines.push(format!("{what}: {} (see `harness problems`)", counts.join(", ")));
            }
        }
        if self.delivery.due > 0 {
            lines.extend(self.delivery.summary(dry_run).into_iter().map(|line| format!("receipts: {line}")));
        }
        lines
    }

    fn fates(&self) -> &[Fate] {
        &self.items
    }
}
