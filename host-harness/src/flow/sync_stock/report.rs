//! What a stock run did.

use serde::Serialize;

use super::chunks::Difference;
use crate::flow::run::{self, Change, Fate};

/// Counts of SKUs, and what became of those that were not as they should be.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Whether everything was compared, or only what changed was told.
    pub all: bool,
    /// SKUs that the source had right.
    pub unchanged: usize,
    /// SKUs whose level was set, or in a dry run would be.
    pub written: usize,
    /// Of those, the ones that somebody else had changed at the source.
    pub drifted: usize,
    /// SKUs that the source does not take.
    pub refused: usize,
    /// SKUs whose level is not for us to set: composites, items counted by batch.
    pub left_alone: usize,
    /// SKUs that are told again by themselves.
    pub later: usize,
    /// SKUs that were sent and not answered.
    pub in_doubt: usize,
    /// SKUs whose turn did not come.
    pub untried: usize,
    /// SKUs that a guard held back.
    pub held_back: usize,
    /// Chunks that were done again, because stock moved at the source meanwhile.
    pub done_again: usize,
    /// What became of each SKU that was not unchanged.
    pub items: Vec<Fate>,
    /// The guard has judged what the run would do.
    #[serde(skip)]
    pub judged: bool,
    /// The first plan of the connection was released, or had nothing to release.
    #[serde(skip)]
    pub released: bool,
}

impl Report {
    /// Tells what becomes of a SKU that differs.
    pub(super) fn tell(&mut self, difference: &Difference, fate: &'static str, because: Vec<String>) {
        let changes = difference.changes.iter().cloned().map(Change::from).collect();
        self.items.push(Fate { reference: difference.item.sku.clone(), order_number: None, fate, because, changes });
    }
}

impl run::Report for Report {
    fn is_troubled(&self) -> bool {
        self.refused + self.later + self.in_doubt + self.held_back > 0
    }

    fn summary(&self, dry_run: bool) -> Vec<String> {
        let Self { unchanged, written, drifted, refused, left_alone, later, in_doubt, untried, held_back, .. } = self;
        let said = if dry_run { "to set" } else { "set" };
        let looked = if self.all { "everything compared" } else { "what changed was told" };
        let mut lines = vec![format!("{looked}: {unchanged} as they should be, {written} {said}")];
        if *drifted > 0 {
            lines.push(format!("{drifted} had been changed by others (see `harness stock drift`)"));
        }
        if *left_alone > 0 {
            lines.push(format!(
                "{left_alone} are not set: composites, parents of variations, batched or untracked items"
            ));
        }
        if self.is_troubled() || *untried > 0 {
            lines.push(format!(
                "{refused} refused, {later} are tried again, {in_doubt} in doubt, {untried} not tried, {held_back} held back \
                 (see `harness problems`)"
            ));
        }
        lines
    }

    fn fates(&self) -> &[Fate] {
        &self.items
    }
}
